"""Agents at the door: the official SDKs walk the story on a real Swarm, the official conformance suite looks at the wire. From npm,
pinned by package-lock.json."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import house
from house import House, ROOT

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = ROOT / "build" / "mcp"  # with node_modules, kept from run to run
SUITE = "node_modules/@modelcontextprotocol/conformance/dist/index.js"

# The scenarios that a server with tools of its own can pass, and the checks in them that want what it must not have: the suite's own
# test tools, prompts or resources. Every other check must succeed, and at least so many.
LEGACY = {"server-initialize": (2, set()), "ping": (2, set()), "tools-list": (3, set()), "dns-rebinding-protection": (2, set()),
          "server-session-lifecycle": (0, set())}  # there are no sessions, which it notes
MODERN = {"server-stateless": (21, {"sep-2575-server-rejects-undeclared-capability", "sep-2575-missing-capability-http-400",
                                    "sep-2575-http-server-no-independent-requests-on-stream", "sep-2575-server-no-log-without-loglevel"}),
          "caching": (4, {"sep-2549-prompts-list-caching-hints", "sep-2549-resources-list-caching-hints",
                          "sep-2549-resources-templates-list-caching-hints"}),
          "tools-list": (4, set()), "http-header-validation": (14, set()), "dns-rebinding-protection": (2, set()),
          "server-sse-multiple-streams": (1, set())}


def node(script, *arguments, timeout=300):
    command = ["node", "--import", "./older_node.mjs", script, *map(str, arguments)]
    return subprocess.run(command, cwd=PACKAGES, capture_output=True, text=True, timeout=timeout)


def setUpModule():
    house.needs_database()
    if not shutil.which("node") or not shutil.which("npm"):
        raise unittest.SkipTest("node and npm are not there")
    PACKAGES.mkdir(parents=True, exist_ok=True)
    for file in (*HERE.glob("*.mjs"), *HERE.glob("package*.json")):
        shutil.copy(file, PACKAGES)
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = PACKAGES / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=PACKAGES, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise unittest.SkipTest(f"npm ci: {done.stderr[-500:]}")
        stamp.write_text(wanted)


class Story(unittest.TestCase):
    def test_both_sdks_walk_it_on_a_real_engine(self):
        house.needs_engine()
        with House(engine=house.ENGINE) as troupe:
            troupe.start()
            for era in ("legacy", "modern"):
                with self.subTest(era):
                    done = node("story.mjs", f"http://127.0.0.1:{troupe.port}/mcp", troupe.key, house.REGISTRY, era)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                    self.assertIn(f"the {era} story is told", done.stdout)


class Conformance(unittest.TestCase):
    def test_the_scenarios_without_fixtures_pass_in_both_eras(self):
        with House() as troupe, tempfile.TemporaryDirectory() as out:
            troupe.start()
            with subprocess.Popen(["node", "with_key.mjs", str(troupe.port), troupe.key], cwd=PACKAGES, stdout=subprocess.PIPE, text=True) as proxy:
                try:
                    url = f"http://127.0.0.1:{int(proxy.stdout.readline())}/mcp"
                    for revision, scenarios in (("2025-11-25", LEGACY), ("2026-07-28", MODERN)):
                        for scenario, (least, untestable) in scenarios.items():
                            with self.subTest(f"{scenario} {revision}"):
                                self.look_at(url, scenario, revision, least, untestable, pathlib.Path(out, revision, scenario))
                finally:
                    proxy.kill()

    def look_at(self, url, scenario, revision, least, untestable, out):
        done = node(SUITE, "server", "--url", url, "--scenario", scenario, "--spec-version", revision, "-o", out)
        checks = [check for file in out.rglob("checks.json") for check in json.loads(file.read_text())]
        self.assertTrue(checks, done.stdout + done.stderr)
        bad = {check["id"]: check.get("errorMessage") for check in checks if check["status"] in ("FAILURE", "WARNING")}
        self.assertEqual(set(bad), untestable, bad)
        self.assertGreaterEqual(sum(check["status"] == "SUCCESS" for check in checks), least)


if __name__ == "__main__":
    house.main()
