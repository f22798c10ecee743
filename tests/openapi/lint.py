"""The OpenAPI description, as a server gives it, before the linters that its readers use: Spectral and Redocly. From npm, pinned by
package-lock.json; what is left out, and why, stands in spectral.yaml and redocly.yaml."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import unittest

import house
from house import House, ROOT

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = ROOT / "build" / "openapi"  # with node_modules, kept from run to run
# Redocly would tell its makers of each run, and ask for a newer version.
ENVIRONMENT = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def setUpModule():
    house.needs_database()
    if not shutil.which("node") or not shutil.which("npm"):
        raise unittest.SkipTest("node and npm are not there")
    PACKAGES.mkdir(parents=True, exist_ok=True)
    for file in (*HERE.glob("*.yaml"), *HERE.glob("package*.json")):
        shutil.copy(file, PACKAGES)
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = PACKAGES / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=PACKAGES, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise unittest.SkipTest(f"npm ci: {done.stderr[-500:]}")
        stamp.write_text(wanted)


class Linters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with House() as troupe:
            troupe.start()
            answer = troupe.call("GET", "/openapi.json", key=None)
            assert answer.status == 200, answer.status
            (PACKAGES / "openapi.json").write_text(json.dumps(answer.json, indent=2))

    def lint(self, *command):
        done = subprocess.run([f"node_modules/.bin/{command[0]}", *command[1:]], cwd=PACKAGES, capture_output=True, text=True, timeout=300, env=ENVIRONMENT)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_spectral_finds_nothing(self):
        self.assertIn("No results with a severity of", self.lint("spectral", "lint", "openapi.json", "--ruleset", "spectral.yaml", "--fail-severity", "hint"))

    def test_redocly_finds_nothing(self):
        said = self.lint("redocly", "lint", "openapi.json", "--config", "redocly.yaml", "--max-problems", "1000")
        self.assertIn("Your API description is valid", said)
        self.assertNotIn("warning", said)


if __name__ == "__main__":
    house.main()
