"""Makes the images of the table in an Engine. They share one layer of Debian's busybox and setpriv, or are made from the
images of config/scripts/program-images."""
import io
import pathlib
import struct
import subprocess
import tarfile
import tempfile

import house
import programs

SCRIPTS = house.ROOT / "config/scripts"
GOSU = '#!/bin/sh\nuser=$1; shift\nexec /usr/bin/setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups "$@"\n'


def member(path, kind=tarfile.REGTYPE, mode=0o644, owner="0", size=0):
    entry = tarfile.TarInfo(path)
    uid, _, gid = owner.partition(":")
    entry.type, entry.mode, entry.size = kind, mode, size
    entry.uid, entry.gid = int(uid), int(gid or uid)
    return entry


class Archive:
    def __init__(self):
        self.bytes = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.bytes, mode="w", format=tarfile.PAX_FORMAT)

    def file(self, path, content, mode=0o644, owner="0", capabilities=0):
        content = content.encode() if isinstance(content, str) else content
        entry = member(path, mode=mode, owner=owner, size=len(content))
        if capabilities:  # VFS_CAP_REVISION_2, effective
            value = struct.pack("<IIIII", 0x02000001, capabilities, 0, 0, 0)
            entry.pax_headers["SCHILY.xattr.security.capability"] = value.decode("latin-1")
        self.tar.addfile(entry, io.BytesIO(content))

    def directory(self, path, mode, owner):
        self.tar.addfile(member(path, tarfile.DIRTYPE, mode, owner))

    def done(self):
        self.tar.close()
        return self.bytes.getvalue()


def build(engine, name, dockerfile, files):
    context = Archive()
    context.file("Dockerfile", dockerfile)
    context.file("files.tar", files)
    done = subprocess.run(["docker", "-H", engine, "build", "-q", "-t", name, "-"], input=context.done(), capture_output=True,
                          timeout=120, env={"DOCKER_BUILDKIT": "0", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp"})
    if done.returncode != 0:
        raise subprocess.SubprocessError(f"{name}: {done.stderr.decode()}")


class Images:
    """Use as a context manager: what it made is gone afterwards, but for the images of the real programs."""

    def __init__(self, engine):
        self.engine, self.made = engine, []

    def __enter__(self):
        with tempfile.TemporaryDirectory() as directory:
            rootfs = pathlib.Path(directory, "rootfs")
            house.run(SCRIPTS / "busybox-rootfs", rootfs)
            house.run(SCRIPTS / "with-libraries", rootfs, "/usr/bin/setpriv")
            (rootfs / "bin/gosu").write_text(GOSU)
            (rootfs / "bin/gosu").chmod(0o755)
            (rootfs / "bin/setpriv").unlink(missing_ok=True)  # busybox's knows no users
            (rootfs / "www/index.html").write_text("it runs\n")
            (rootfs / "run").mkdir()
            (rootfs / "var").mkdir()
            (rootfs / "var/run").symlink_to("/run")
            self.libraries = Archive()
            for path in sorted(rootfs.rglob("*")):
                if path.is_file() and not path.is_symlink() and path.parts[len(rootfs.parts)] in ("lib", "lib64", "usr"):
                    self.libraries.file(str(path.relative_to(rootfs)), path.read_bytes(), 0o755)
            self.libraries.file("bin/gosu", GOSU, 0o755)
            self.libraries = self.libraries.done()
            house.run("tar", "-C", rootfs, "--owner=0", "--group=0", "--numeric-owner", "-cf", directory + "/base.tar", ".")
            self.busybox = (rootfs / "bin/busybox").read_bytes()
            self.passwd = (rootfs / "etc/passwd").read_text()
            self.group = (rootfs / "etc/group").read_text()
            house.run(SCRIPTS / "import-image", self.engine, "troupe-images-base:1", directory + "/base.tar", "ENV PATH=/usr/sbin:/usr/bin:/bin")
        self.made.append("troupe-images-base:1")
        return self

    def __exit__(self, *error):
        house.run("docker", "-H", self.engine, "rmi", "-f", *reversed(self.made), check=False)

    def base_of(self, row):
        if row.base == "base":
            return "troupe-images-base:1"
        if row.base == "nginx":
            return house.REGISTRY + "/nginx:1"
        return {"postgres": programs.POSTGRES, "mariadb": programs.MARIADB, "redis": programs.REDIS}[row.base].image(self.engine)

    def make(self, row):
        """The image's reference."""
        files = Archive()
        if row.base == "base":
            known = [(n, u, g[0] if g else u) for n, u, *g in row.users]
            files.file("etc/passwd", self.passwd + "".join(f"{n}:x:{u}:{g}:{n}:/home/{n}:/bin/sh\n" for n, u, g in known))
            members = {"keys": "app"} if row.name == "groups" else {}
            files.file("etc/group", self.group + "".join(f"{n}:x:{g}:{members.get(n, '')}\n" for n, _, g in known if g))
        for path, mode, owner in row.directories:
            files.directory(path, mode, owner)
        for path, content, mode, owner in row.files:
            files.file(path, content, mode, owner)
        if row.capabilities:
            files.file("usr/bin/busybox-server", self.busybox, 0o755, capabilities=row.capabilities)
        elif "/usr/bin/busybox-server" in row.script:
            files.file("usr/bin/busybox-server", self.busybox, 0o755)
        files.file(row.path[1:], "#!/bin/sh\n" + row.script, 0o755)
        lines = [f"FROM {self.base_of(row)}"]
        extra = ""
        if row.base in ("postgres", "mariadb", "redis"):
            extra = "ADD libraries.tar /\n"
        dockerfile = "\n".join(lines) + f"\n{extra}ADD files.tar /\nENTRYPOINT [\"{row.path}\"]\n" + "\n".join(row.docker) + "\n"
        name = f"troupe-images-{row.name}:1"
        if extra:
            self.build_with_libraries(name, dockerfile, files.done())
        else:
            build(self.engine, name, dockerfile, files.done())
        self.made.append(name)
        return name

    def build_with_libraries(self, name, dockerfile, files):
        """The images of real programs have no setpriv."""
        whole = f"troupe-images-libraries-of-{name}"
        first, rest = dockerfile.split("ADD libraries.tar /\n")
        build(self.engine, whole, first + "USER root\nADD files.tar /\n", self.libraries)
        self.made.append(whole)
        build(self.engine, name, f"FROM {whole}\n" + rest, files)
