"""Much used images with nothing but themselves and the variables that they demand: most run; of those that do not, the first
answer names the one field that mends it.

TROUPE_LONG=1 tries all rows. TROUPE_IMAGES_PAGE=1 writes docs/images.md from what was found.
"""
import concurrent.futures
import os
import re
import time
import unittest

import house
import images
import table

PAGE = house.ROOT / "docs/images.md"
AT_ONCE = 4
HEAD = """# Images as they are

What becomes of much used images that are deployed with nothing but the variables that they demand. Where Debian has the program it is the real one, elsewhere a
stand-in that does at its start what the real program does with files, users and capabilities (`tests/images/table.py`). `tests/images` writes this page.

| like | what it does at its start | alone | then |
| --- | --- | --- | --- |
"""


def patch_of(hint):
    """The part of a deployment's body that a hint asks for, and its name."""
    if found := re.search(r'`security\.preset`: "([\w-]+)"', hint):
        return "security.preset", {"security": {"preset": found[1]}}
    if found := re.search(r'`security\.writablePaths`: \["([^"]+)"\]', hint):
        return "security.writablePaths", {"security": {"writablePaths": [found[1]]}}
    if found := re.search(r"`shmSizeMb`: (\d+)", hint):
        return "shmSizeMb", {"shmSizeMb": int(found[1])}
    if found := re.search(r'`tmpfs`: \[\{"path": "([^"]+)", "sizeMb": (\d+)', hint):
        return "tmpfs", {"tmpfs": [{"path": found[1], "sizeMb": int(found[2])}]}
    if found := re.search(r'`envVars`: \{"(\w+)"', hint):
        return "envVars", {"envVars": {found[1]: "x"}}
    return "", {}


class MuchUsedImagesRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        cls.images = cls.enterClassContext(images.Images(house.ENGINE))
        cls.own = cls.enterClassContext(house.House(house.ENGINE))
        cls.own.start()

    def attempt(self, environment, row, image, **more):
        """The deployment once it has settled, and whether the program does its work."""
        body = {"name": "it", "envVars": row.variables, **more}
        if extra := more.get("envVars"):
            body["envVars"] = {**row.variables, **extra}
        name, tag = image.rsplit(":", 1)
        deployment = self.own.settle(self.own.deploy(environment, name, tag=tag, **body), within=120)
        works = deployment["status"] == "RUNNING" and self.works(environment, row)
        return deployment, works

    def works(self, environment, row):
        """A short while later the same container is still there, and passes the row's check."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            running = [c["Id"] for c in self.own.docker.containers(f"label=com.troupe.environment={environment}", "status=running")]
            if running and self.own.docker("exec", running[0], "sh", "-c", row.check or "wget -q -O - http://127.0.0.1:8080/ || wget -q -O - http://127.0.0.1:80/",
                                           check=False).returncode == 0:
                return True
            time.sleep(0.5)
        return False

    def try_row(self, row):
        """(alone, then, what is wrong)"""
        environment = self.own.make_environment()
        try:
            image = self.images.make(row)
            deployment, works = self.attempt(environment, row, image)
            if works:
                preset = deployment["security"]["effective"]["preset"]
                alone = "runs" if preset == "restricted" else f"runs, as {preset}"
                return alone, "", f"it runs without {row.word}" if row.word else ""
            error = deployment["error"] or {"code": "it says RUNNING and does no work", "hint": "", "detail": ""}
            named, patch = patch_of(error["hint"])
            if not row.word or named != row.word:
                return error["code"], named, f"{error['code']}, {error['hint']}: {error['detail'][-500:]}"
            deployment, works = self.attempt(environment, row, image, **patch)
            value = re.sub(r'[{}"]', "", str(list(patch.values())[0]).replace("'", ""))
            then = f"runs with `{named}`: {value.split(': ', 1)[-1] if ': ' in value else value}"
            return error["code"], then, "" if works else f"nor with {patch}: {deployment['error']}"
        finally:
            self.own.delete_environment(environment)

    def test_alone_or_with_the_one_word_that_the_answer_names(self):
        rows = [row for row in table.ROWS if house.LONG or row.quick]
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(self.try_row, rows))
        print(f"{len(rows)} images in {time.monotonic() - began:.0f} s; {sum(f[0].startswith('runs') for f in found)} run alone")
        if os.environ.get("TROUPE_IMAGES_PAGE") == "1":
            PAGE.write_text(HEAD + "".join(f"| {row.name} | {row.behaviour} | {alone} | {then} |\n" for row, (alone, then, _) in zip(rows, found)))
        for row, (_, _, wrong) in zip(rows, found):
            with self.subTest(row.name):
                self.assertEqual("", wrong)


if __name__ == "__main__":
    house.main()
