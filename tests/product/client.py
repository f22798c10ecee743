"""The commands for people, as a person and as CI would use them, against a server on the simulated engine."""
import contextlib
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import unittest

import house


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_database()
        cls.house = cls.enterClassContext(house.House())
        cls.house.start()
        cls.url = f"http://127.0.0.1:{cls.house.port}"

    def setUp(self):
        self.home = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="troupe-client-")))

    def variables(self, **more):
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), **more}

    def run_client(self, *words, stdin="", cwd=None, **more):
        return subprocess.run([house.BINARY, *words], capture_output=True, text=True, input=stdin, timeout=90, cwd=cwd, env=self.variables(**more))

    def ok(self, *words, **more):
        done = self.run_client(*words, **more)
        self.assertEqual((0, ""), (done.returncode, done.stderr), words)
        return done.stdout

    def refused(self, code, text, *words, **more):
        done = self.run_client(*words, **more)
        self.assertEqual(code, done.returncode, (words, done))
        self.assertIn(text, done.stderr)
        return done

    def log_in(self):
        self.assertIn("Logged in", self.ok("login", self.url, stdin=self.house.key + "\n"))

    def environment(self):
        name = "e-" + os.urandom(4).hex()
        self.ok("env", "create", name)
        return name

    def test_login_keeps_the_key_for_its_owner_alone_and_logout_forgets_it(self):
        self.refused(3, "not logged in", "whoami")
        self.refused(3, "valid API key", "login", self.url, "--key", "rw_prod_none.none")
        self.refused(4, "does not answer", "login", "http://127.0.0.1:1", "--key", "k")
        path = self.home / ".config/troupe/config.json"
        self.assertFalse(path.exists(), "a key that was refused is not kept")
        self.log_in()
        self.assertEqual(0o600, stat.S_IMODE(path.stat().st_mode))
        self.assertEqual([path], list(path.parent.iterdir()))
        self.assertIn('"tester"', self.ok("whoami"))
        self.assertEqual("tester", json.loads(self.ok("whoami", "--json"))["account"]["keyName"])
        self.refused(3, "valid API key", "whoami", TROUPE_API_KEY="rw_prod_none.none")
        self.refused(3, "no key for", "whoami", "--url", "http://127.0.0.1:1")  # the key is told to its own server alone
        self.ok("logout")
        self.assertFalse(path.exists())
        self.assertIn('"tester"', self.ok("whoami", "--url", self.url, "--key", self.house.key))
        self.assertIn('"tester"', self.ok("whoami", TROUPE_URL=self.url, TROUPE_API_KEY=self.house.key))

    def test_a_service_is_deployed_changed_listed_and_its_logs_are_shown(self):
        self.log_in()
        name = self.environment()
        self.assertIn(name, self.ok("env", "list"))
        chosen = {"TROUPE_ENVIRONMENT": name}
        self.refused(2, "--image", "deploy", "web", **chosen)
        told = self.ok("deploy", "web", "--image", "registry.example/web", "--tag", "1", "--port", "80", "--var", "A=1", **chosen)
        phases = re.findall(r"^ +\d+\.\d s  ([A-Z_]+)", told, re.M)
        self.assertEqual(["PENDING", "RUNNING"], [phases[0], phases[-1]], told)
        self.assertIn("web runs", told)
        self.assertNotIn("\x1b", told)
        accepted = json.loads(self.ok("deploy", "web", "--tag", "2", "--var", "B=2", "--no-wait", "--json", "-e", name))
        self.house.settle(accepted)
        after = self.house.deployment(accepted["deploymentId"])
        self.assertEqual(("registry.example/web:2", ["A", "B"], [80]),
                         (after["image"], sorted(after["envVars"]), [p["container"] for p in after["ports"]]))
        self.assertRegex(self.ok("ps", "-e", name), r"web +RUNNING +ok +\d/1 +registry.example/web:2")
        self.assertEqual("web", json.loads(self.ok("ps", "--json", **chosen))["services"][0]["name"])
        self.ok("logs", "web", "--tail", "5", **chosen)
        self.assertIn("lines", json.loads(self.ok("logs", "web", "--json", **chosen)))
        self.refused(1, "refused (404)", "logs", "nothing", **chosen)

    def test_a_service_is_led_through_its_life(self):
        self.log_in()
        name = self.environment()
        at = ("-e", name)
        made = self.run_client("deploy", "web", "--image", "registry.example/web", "--tag", "1", "--port", "80", "--var", "A=1", "--json", *at)
        self.assertEqual(0, made.returncode, made.stderr)
        self.assertIn("RUNNING", made.stderr, "the steps stand where no program reads them")
        first = json.loads(made.stdout)
        self.assertIn("web runs", self.ok("scale", "web", "3", *at))
        self.assertRegex(self.ok("ps", *at), r"web +RUNNING +ok +3/3")
        told = self.ok("stop", "web", *at)
        self.assertIn("web is STOPPED", told)
        self.assertNotIn("PULLING_IMAGE", told, "what was before is no news")
        self.assertRegex(told, r"^ +0\.0 s  ")
        self.assertIn("web is STOPPED", self.ok("scale", "web", "2", *at), "that is how many there are once it is started")
        self.assertIn("web runs", self.ok("start", "web", *at))
        self.assertIn("web runs", self.ok("restart", "web", *at))
        self.assertIn("web runs", self.ok("vars", "set", "web", "B=a=b", *at))
        self.assertEqual("A\nB\n", self.ok("vars", "list", "web", *at))
        self.ok("vars", "unset", "web", "A", *at)
        self.assertEqual("B\n", self.ok("vars", "list", "web", *at))
        self.ok("deploy", "web", "--tag", "2", *at)
        self.assertRegex(self.ok("history", "web", *at), r"RUNNING +registry.example/web:2 .*serves\n")
        self.ok("rollback", "web", "--to", first["deployment"]["id"], *at)
        self.assertRegex(self.ok("ps", *at), r"registry.example/web:1")
        self.assertRegex(self.ok("events", "web", *at), r"s  RUNNING")
        self.refused(1, "--port HOST:PORT", "open", "web", *at)
        self.ok("scale", "web", "1", *at)
        self.ok("deploy", "web", "--port", f"{house.free_ports(1)[0]}:80", *at)
        self.assertRegex(self.ok("open", "web", *at), r"^\S+:\d+\n$")
        for words, text in ((("scale", "web", "many"), '"many"'), (("vars", "set", "web", "B"), "NAME=VALUE"), (("remove", "web"), "--yes"),
                            (("env", "remove", name), "--yes"), (("vars", "bogus"), '"bogus"')):
            self.refused(2, text, *words, **({} if words[0] in ("env", "vars") and words[1] != "set" else {"TROUPE_ENVIRONMENT": name}))
        self.refused(1, "refused (4", "rollback", "web", "--to", "dep_aaaaaaaaaaaaaaaa", *at)
        self.refused(1, "refused (404)", "restart", "nothing", *at)
        self.assertIn("web is REMOVED", self.ok("remove", "web", "--yes", *at))
        self.assertIn("is gone", self.ok("env", "remove", name, "--yes"))
        self.assertNotIn(name, self.ok("env", "list"))

    def test_a_registry_gets_a_login_whose_password_stands_on_no_command_line(self):
        self.log_in()
        done = self.run_client("registry", "login", "registry.example:5000", "--username", "alice", stdin="s3cret\n")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertNotIn("s3cret", done.stdout + done.stderr)
        self.assertRegex(self.ok("registry", "list"), r"registry.example:5000 +alice")
        wrong = self.run_client("registry", "login", "ghcr.io", "--username", "alice", stdin="wrong\n")
        self.assertEqual(1, wrong.returncode)
        self.assertIn("refused this login", wrong.stderr)
        self.refused(2, "--username", "registry", "login", "ghcr.io")
        self.refused(2, "no password", "registry", "login", "ghcr.io", "--username", "alice")
        self.ok("registry", "logout", "registry.example:5000")
        self.refused(1, "404", "registry", "logout", "registry.example:5000")

    def test_a_deployment_that_ends_otherwise_exits_1_and_a_refusal_names_the_field(self):
        self.log_in()
        name = self.environment()
        command = subprocess.Popen([house.BINARY, "deploy", "web", "--image", "registry.example/web", "-e", name], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=self.variables())
        [environment] = [e["id"] for e in self.house.ok("GET", "/environments?limit=200")["environments"] if e["name"] == name]
        path = f"/deployments/environment/{environment}"
        [deployment] = house.eventually(lambda: self.house.ok("GET", path)["deployments"], "it is accepted")
        self.house.ok("POST", f"/deployments/{deployment['id']}/cancel")
        told, why = command.communicate(timeout=60)
        self.assertEqual(1, command.returncode, (told, why))
        self.assertIn("it is CANCELLED", why)
        self.refused(1, "/name", "deploy", "Not A Name", "--image", "x", "-e", name)

    def test_what_is_wrong_is_named(self):
        for words, text in ((("deploy", "web", "--bogus"), '"--bogus"'), (("env", "bogus"), '"bogus"'), (("ps", "more"), '"more"'),
                            (("deploy",), "SERVICE"), (("deploy", "web", "--port", "x"), "--port x"), (("completion", "csh"), '"csh"')):
            self.refused(2, text, *words)
        self.log_in()
        name = self.environment()
        self.environment()
        self.refused(2, name, "ps")
        self.refused(1, '"no-such"', "ps", "-e", "no-such")

    def test_help_lists_both_groups_and_completion_offers_what_there_is(self):
        self.assertRegex(self.ok("--help"), r"(?s)serve.*deploy SERVICE")
        self.assertIn("--no-wait", self.ok("deploy", "--help"))
        self.assertIn("env create", self.ok("env", "--help"))
        for words, offered in ((["troupe", ""], "deploy"), (["troupe", "env", ""], "create"), (["troupe", "deploy", "--"], "--image"),
                               (["troupe", "env", "list", "--"], "--json")):
            script = (f'source <({house.BINARY} completion bash); COMP_WORDS=({" ".join(repr(w) for w in words)}); '
                      f'COMP_CWORD={len(words) - 1}; _troupe; printf "%s\\n" "${{COMPREPLY[@]}}"')
            self.assertIn(offered, house.run("bash", "-c", script).split(), words)
        for shell in ("zsh", "fish"):
            text = self.ok("completion", shell)
            self.assertIn("no-wait", text)
            if shutil.which(shell):
                house.run(shell, "-n", stdin=text)

    def in_terminal(self, *words, typed=(), **more):
        """What a terminal shows, and the exit code. `typed`: pairs of what is waited for and what is typed then."""
        child, terminal = pty.fork()
        if child == 0:
            os.execve(house.BINARY, [house.BINARY, *words], self.variables(**more))
        seen, typed, end = "", list(typed), time.monotonic() + 60
        with contextlib.suppress(OSError):  # the child's end is an error here
            while time.monotonic() < end:
                if not select.select([terminal], [], [], 1)[0]:
                    continue
                got = os.read(terminal, 4096)
                if not got:
                    break
                seen += got.decode(errors="replace")
                if typed and typed[0][0] in seen:
                    os.write(terminal, typed.pop(0)[1].encode())
        if time.monotonic() >= end:
            os.kill(child, signal.SIGKILL)
        os.close(terminal)
        return seen, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def test_a_terminal_hides_the_key_redraws_progress_and_ctrl_c_says_that_it_goes_on(self):
        seen, code = self.in_terminal("login", self.url, typed=[("Key: ", self.house.key + "\n")])
        self.assertEqual(0, code, seen)
        self.assertNotIn(self.house.key, seen)
        name = self.environment()
        seen, code = self.in_terminal("deploy", "slow", "--image", "registry.example/slow", "-e", name, typed=[("\x1b[K", "\x03")])
        self.assertEqual(130, code, seen)
        self.assertRegex(seen, r"The deployment dep_\S+ goes on")

    def test_a_command_starts_at_once(self):
        times = []
        for _ in range(10):
            began = time.monotonic()
            self.ok("completion", "bash")
            times.append(time.monotonic() - began)
        self.assertLess(min(times), 0.2)  # 0.05 is what is meant; a busy machine takes longer

    def test_the_program_without_the_server_is_used_alike(self):
        program = os.environ.get("TROUPE_TEST_CLI", pathlib.Path(house.BINARY).parents[1] / "client/troupe-cli")
        if not os.path.exists(program):
            self.skipTest(f"there is no {program}")
        def ask(*words):
            return subprocess.run([program, *words], capture_output=True, text=True, timeout=90, env=self.variables(TROUPE_URL=self.url, TROUPE_API_KEY=self.house.key))
        self.assertIn('"tester"', ask("whoami").stdout)
        self.log_in()
        name = self.environment()
        told = ask("deploy", "web", "--image", "registry.example/web", "-e", name)
        self.assertEqual((0, True), (told.returncode, "web runs" in told.stdout), told)
        self.assertEqual(self.ok("ps", "-e", name), ask("ps", "-e", name).stdout)
        self.assertEqual(self.ok("--version"), ask("--version").stdout)
        self.assertIn("deploy SERVICE", ask("--help").stdout)
        unknown = ask("serve")
        self.assertEqual((64, True), (unknown.returncode, '"serve" is no command here' in unknown.stderr), unknown)

    @staticmethod
    def screen_of(command):
        """The lines below `$ command` in README.md, as it has them."""
        text = (house.ROOT / "README.md").read_text()
        [block] = [b for b in re.findall(r"^```\w*\n(\$ .*?)^```", text, re.M | re.S) if b.startswith(f"$ {command}")]
        return block.splitlines()[1:]

    @staticmethod
    def shape(line):
        """What of it is the same each time."""
        line = re.sub(r"^ +\d+\.\d s  ", "TIME ", line.rstrip())
        line = re.sub(r"^(TIME [A-Z_]{4,}).*", r"\1", line)  # a deployment's step; what is told of it differs
        line = re.sub(r"^(TIME [a-z]+ +)[A-Z_]{4,}$", r"\1STATUS", line)  # a service of an application
        return re.sub(r"^  \S+:\d+$", "  ADDRESS", line)

    @staticmethod
    def drawn(shown):
        """Each line that a terminal showed, without colours and the cursor's ways."""
        return [re.sub(r"\x1b\[\d*[A-Za-z]", "", part) for part in re.split(r"[\r\n]+", shown)]

    def test_the_screens_in_the_readme_are_what_the_program_shows(self):
        self.log_in()
        chosen = {"TROUPE_ENVIRONMENT": self.environment()}
        web = "  web: {image: \"registry.example.org/shop:%d\"}\n"
        path = self.home / "compose.yaml"
        path.write_text("services:\n" + web % 3)
        self.ok("up", "-f", str(path), "--yes", **chosen)
        path.write_text("services:\n" + (web % 4).replace("}", ", depends_on: [migrate]}") +
                        "  migrate: {image: \"registry.example.org/shop:4\", depends_on: [db]}\n  db: {image: \"registry.example.org/postgres:16\"}\n")
        shown, code = self.in_terminal("up", "-f", str(path), typed=[("[y/N] ", "y\n")], **chosen)
        self.assertEqual(0, code, shown)
        drawn, screen = self.drawn(shown), self.screen_of("troupe up")
        begin = next(i for i, line in enumerate(screen) if line.startswith("Do this?"))
        plan = [[re.sub(r"^    sha256:[0-9a-f]{64}$", "    DIGEST", line) for line in lines[:begin + 1]] for lines in (screen, drawn)]
        self.assertEqual(*plan, "the plan")
        seen = {self.shape(line) for line in drawn[begin + 1:]}
        for line in screen[begin + 1:]:
            self.assertIn(self.shape(line), seen, "a service's progress")

        told = self.ok("deploy", "shown", "--image", "nginx", "--tag", "1.26", "--port", f"{house.free_ports(1)[0]}:80", **chosen).splitlines()
        screen = [line.replace("web runs", "shown runs") for line in self.screen_of("troupe deploy")]
        seen = {self.shape(line) for line in told}
        for line in screen:
            self.assertIn(self.shape(line), seen, told)


    COMPOSE = """
services:
  web:
    image: registry.example/web:${TAG:-1}
    depends_on: [db]
    environment: {GREETING: "${GREETING}", SECRET: }
  db:
    image: registry.example/db:1
"""

    def test_a_compose_file_is_shown_applied_changed_and_taken_down(self):
        self.log_in()
        chosen = {"TROUPE_ENVIRONMENT": self.environment()}
        self.refused(2, "no compose.yaml here", "up", cwd=self.home, **chosen)
        (self.home / "compose.yaml").write_text(self.COMPOSE)
        (self.home / ".env").write_text("# for this file\nexport GREETING='hello you'\nSECRET=\"s3cret\"\nOTHER=never-sent\n")
        self.refused(2, "--yes", "up", cwd=self.home, **chosen)
        plan = self.ok("up", "--plan", cwd=self.home, **chosen)
        lines = plan.splitlines()
        self.assertEqual(["+ db  registry.example/db:1", "+ web  registry.example/web:1", "    after db"], [line for line in lines if "sha256:" not in line])
        self.assertEqual(2, sum(line.startswith("    sha256:") for line in lines), plan)
        told = self.ok("up", "--yes", cwd=self.home, **chosen)
        self.assertTrue(told.endswith("Done.\n"), told)
        self.assertLess(told.index("db   DONE"), told.index("web  DONE"))
        self.assertEqual("Everything is as it is wanted.", self.ok("up", "--yes", cwd=self.home, **chosen).splitlines()[-1])
        changed = self.ok("up", "--yes", "--var", "TAG=2", cwd=self.home, **chosen)
        self.assertIn("~ web  registry.example/web:2", changed)
        self.assertIn("    /tag: 1 -> 2", changed)
        self.assertNotIn("s3cret", changed)
        self.assertIn("  db  unchanged", changed)
        asked = json.loads(self.ok("up", "--plan", "--json", cwd=self.home, TAG="3", **chosen))["plan"]
        self.assertEqual("registry.example/web:3", asked["changes"][1]["image"]["reference"], "a variable of this process")
        text = self.ok("export", **chosen)
        self.assertNotIn("s3cret", text)
        (self.home / "exported.yaml").write_text(text)
        self.assertEqual("Everything is as it is wanted.", self.ok("up", "-f", "exported.yaml", cwd=self.home, **chosen).splitlines()[-1])
        self.refused(2, "--yes", "down", **chosen)
        self.assertTrue(self.ok("down", "--yes", **chosen).endswith("Done.\n"))
        self.assertEqual(1, len(self.ok("ps", **chosen).splitlines()))

    def test_an_application_that_fails_ends_with_one_and_says_why(self):
        self.log_in()
        chosen = {"TROUPE_ENVIRONMENT": self.environment()}
        path = self.home / "broken.yaml"
        path.write_text("services:\n  web: {image: \"registry.example/web-missing:1\"}\n  db: {image: registry.example/db:1}\n")
        done = self.refused(1, "ROLLED_BACK: web: ", "up", "-f", str(path), "--yes", **chosen)
        self.assertIn("FAILED", done.stdout)
        self.assertEqual("Nothing is there that would go.\n", self.ok("down", "--yes", **chosen), "what is over is not promised to go")
        done = self.run_client("up", "-f", str(path), "--yes", "--json", "--keep", **chosen)
        self.assertEqual((1, "FAILED"), (done.returncode, json.loads(done.stdout)["operation"]["status"]))
        self.refused(2, "is a directory", "up", "-f", str(self.home), **chosen)
        path.write_text("services:\n  web: {image: a, privileged: true}\n")
        self.refused(1, "line 2", "up", "-f", str(path), **chosen)
        (self.home / ".env").write_text("no assignment\n")
        self.refused(2, "line 1: write NAME=VALUE", "up", "-f", str(path), **chosen)

    def test_an_application_is_followed_through_a_restart_of_the_server(self):
        self.log_in()
        name = self.environment()
        path = self.home / "compose.yaml"
        path.write_text("services:\n  web: {image: registry.example/web-slow:1}\n")
        command = subprocess.Popen([house.BINARY, "up", "-f", path, "--yes", "-e", name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.variables())
        [environment] = [e["id"] for e in self.house.ok("GET", "/environments?limit=200")["environments"] if e["name"] == name]
        house.eventually(lambda: self.house.ok("GET", f"/environments/{environment}/operations")["operations"], "it is accepted")
        self.house.kill()
        self.house.launch()
        told, why = command.communicate(timeout=90)
        self.assertEqual((0, "", True), (command.returncode, why, told.endswith("Done.\n")), told)

    def test_in_a_terminal_it_asks_and_each_service_is_a_line(self):
        self.log_in()
        chosen = {"TROUPE_ENVIRONMENT": self.environment()}
        path = self.home / "compose.yaml"
        path.write_text("services:\n  web: {image: registry.example/web:1}\n  db: {image: registry.example/db:1}\n")
        shown, code = self.in_terminal("up", "-f", str(path), typed=[("[y/N] ", "n\n")], **chosen)
        self.assertEqual((1, True), (code, "nothing was changed" in shown), shown)
        shown, code = self.in_terminal("up", "-f", str(path), typed=[("[y/N] ", "y\n")], **chosen)
        self.assertEqual(0, code, shown)
        self.assertIn("\x1b[32m+ web", shown)
        self.assertIn("\x1b[2A", shown, "two lines are redrawn")
        self.assertIn("DONE", shown)


if __name__ == "__main__":
    house.main()
