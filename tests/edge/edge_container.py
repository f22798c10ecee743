"""One edge container of a test, driven as the engine drives it: archives and exec alone."""
import contextlib
import hashlib
import http.client
import io
import json
import os
import secrets
import socket
import ssl
import subprocess
import tarfile

import acme
import house

CONTAINER = house.ROOT / "nginx/edge/container"
TEMPLATES = house.ROOT / "nginx/edge/templates"


def needs_edge():
    house.need("TROUPE_TEST_DOCKER_HOST", "TROUPE_TEST_HOST_IP", "TROUPE_TEST_GATEWAY_IP", "TROUPE_TEST_EDGE_IMAGE")


def render(template, id, domain, upstream="", settings=""):
    """As nginx/site_config.cpp does: without an upstream nobody answers."""
    text = (TEMPLATES / f"{template}.conf.in").read_text()
    answer = f"set $edge_upstream {upstream}; proxy_pass http://$edge_upstream;" if upstream else \
        'default_type text/plain; set $edge_retry_after 10; return 503 "Nothing is deployed at this address.\\n";'
    for placeholder, value in (("id", id), ("domain", domain), ("upstream", upstream), ("settings", settings), ("locations", "  location / { %s }\n" % answer)):
        text = text.replace("{{%s}}" % placeholder, value)
    return text


class Edge:
    """Use as a context manager; nothing of it is left in the Engine afterwards."""

    def __init__(self, pebble=None, **options):
        self.name = "troupe-edge-" + secrets.token_hex(4)
        self.instance = "edge-" + secrets.token_hex(4)
        self.docker = house.Docker(house.ENGINE, self.instance)
        options = {"instance": self.instance, "image": os.environ["TROUPE_TEST_EDGE_IMAGE"], **options}
        if pebble:
            options |= {"dns": pebble.address, "acme-ca": pebble.ca_file}
        self.options = [str(x) for key, value in options.items() if value for x in (f"--{key}", value)]
        self.pebble = pebble

    def __enter__(self):
        try:
            self.start()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, kind=None, *_):
        if kind:
            print(f"---- the end of {self.name}'s log ----\n{self.log()[-4000:]}")
        house.run(CONTAINER, "remove", house.ENGINE, self.name)

    def log(self):
        done = self.docker("logs", self.name, check=False)
        return done.stdout + done.stderr

    def start(self):
        house.run(CONTAINER, "start", house.ENGINE, self.name, *self.options, timeout=600)

    def recreate(self):
        """Another container, with the same volume."""
        house.run(CONTAINER, "stop", house.ENGINE, self.name)
        self.start()

    def restart(self):
        self.docker("restart", self.name)
        self.wait_until_healthy()

    def wait_until_healthy(self):
        house.eventually(lambda: self.docker.inspect("container", self.name)["State"]["Health"]["Status"] == "healthy", "the edge is healthy", 60)

    # ---- commands

    def start_command(self, *arguments):
        """A command that a test wants to interrupt; does not wait."""
        return subprocess.Popen(["docker", "-H", house.ENGINE, "exec", self.name, "edge", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def processes(self):
        """(id, command line) of each process in it."""
        script = 'for p in /proc/[0-9]*; do echo "${p#/proc/} $(tr "\\0" " " <$p/cmdline)"; done'
        return [line.split(" ", 1) for line in self.docker("exec", self.name, "bash", "-c", script, check=False).stdout.splitlines()]

    def kill(self, command):
        """SIGKILL for the processes that are `edge COMMAND`, if there are any."""
        found = [id for id, line in self.processes() if f"/edge {command}" in line]
        self.docker("exec", self.name, "bash", "-c", 'kill -9 "$@"', "bash", *found, check=False)

    def __call__(self, *arguments, code=0):
        """The one JSON object that a command prints."""
        done = self.docker("exec", self.name, "edge", *arguments, check=False, timeout=200)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def upload(self, **sites):
        """A site's text, or None to remove it, by id."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for id, text in sites.items():
                data = (text or "").encode()
                member = tarfile.TarInfo(f"{id}.conf" if text is not None else f"{id}.gone")
                member.size, member.mode = len(data), 0o644
                tar.addfile(member, io.BytesIO(data))
        subprocess.run(["docker", "-H", house.ENGINE, "cp", "-", f"{self.name}:/edge/incoming"], input=archive.getvalue(), check=True, timeout=60)

    def apply(self, **sites):
        """Uploads and applies; insists that nginx takes all."""
        self.upload(**sites)
        answer = self("apply")
        assert sorted(answer["applied"]) == sorted(sites) and not answer["refused"], answer
        assert {id: sha for id, sha in self("state")["sites"].items() if id in sites} == \
            {id: hashlib.sha256(text.encode()).hexdigest() for id, text in sites.items() if text is not None}
        return answer

    def request(self, id, domain, pebble=None, fresh_until=1, **options):
        pebble = pebble or self.pebble
        return self("request-certificate", id, domain, "--directory", options.get("directory", pebble.directory), "--fresh-until", str(fresh_until))

    def site(self, domain, upstream, id=None, template="site-https", settings=""):
        """All the way: the name leads here, a certificate, the site in force."""
        id = id or "dom_" + secrets.token_hex(8)
        self.pebble.set_address(domain, house.HOST_IP)
        issued = self.request(id, domain)
        assert issued["result"] == "issued", issued
        self.apply(**{id: render(template, id, domain, upstream, settings)})
        return id

    # ---- as the internet sees it

    def trusted(self):
        return ssl.create_default_context(cadata=self.pebble.root())

    def connect(self, domain, secure=True, timeout=20, small=False, protocols=(), preface=b""):
        """A socket to the edge; over TLS the name is verified. A small one takes in little that is not read. `protocols`: ALPN's.
        `preface`: what a load balancer says before all else."""
        wire = socket.socket()
        wire.settimeout(timeout)
        if small:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.connect((house.HOST_IP, 443 if secure else 80))
        wire.sendall(preface)
        if not secure:
            return wire
        context = self.trusted()
        if protocols:
            context.set_alpn_protocols(protocols)
        return context.wrap_socket(wire, server_hostname=domain)

    def get(self, domain, path="/", secure=True, method="GET", body=None, headers=None, preface=b""):
        """An Answer, or None where the connection is closed without one."""
        connection = http.client.HTTPConnection(domain, timeout=20)
        with contextlib.closing(self.connect(domain, secure, preface=preface)) as connection.sock:
            try:
                connection.request(method, path, body=body, headers={"Host": domain, **(headers or {})})
                answer = connection.getresponse()
                return house.Answer(answer.status, answer.headers, answer.read(), 0)
            except ConnectionResetError:  # RemoteDisconnected is one
                return None


def main():
    house.main()


__all__ = ["Edge", "acme", "main", "needs_edge", "render"]
