"""Headless Chromium by the WebDriver protocol (W3C), as far as the tests need it."""
import contextlib
import os
import shutil
import subprocess
import tempfile
import unittest

import house

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
ENTER, TAB = "\ue007", "\ue004"


class Chromium:
    def __init__(self, *more_flags):
        for program in ("/usr/bin/chromium", "/usr/bin/chromedriver"):
            if not os.path.exists(program):
                raise unittest.SkipTest(program + " is not installed")
        self.flags, (self.port,) = [*FLAGS, *more_flags], house.free_ports(1)

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="troupe-browser-")
        self.driver = subprocess.Popen(["/usr/bin/chromedriver", f"--port={self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       preexec_fn=house.die_with_parent)
        self.session = None

        def ready():
            with contextlib.suppress(OSError):
                return house.http_call(self.port, "GET", "/status").json["value"]["ready"]
        house.eventually(ready, "ChromeDriver listens")
        options = {"binary": "/usr/bin/chromium", "args": [*self.flags, f"--user-data-dir={self.directory}"]}
        self.session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options,
                                                                                      "goog:loggingPrefs": {"browser": "ALL"}}}})["sessionId"]
        return self

    def __exit__(self, *_):
        if self.session:
            with contextlib.suppress(Exception):
                self.ask("DELETE", f"/session/{self.session}")
        self.driver.terminate()
        self.driver.wait(10)
        shutil.rmtree(self.directory, ignore_errors=True)

    def ask(self, method, path, body=None):
        answer = house.http_call(self.port, method, path, body if body is not None else {} if method == "POST" else None)
        assert answer.status == 200, f"{method} {path}: {answer}"
        return answer.json["value"]

    def do(self, method, path, body=None):
        return self.ask(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        self.do("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.do("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent ?? null", selector)

    def press(self, keys):
        """As somebody without a mouse does, wherever the focus is."""
        element = self.do("GET", "/element/active")[ELEMENT]
        self.do("POST", f"/element/{element}/value", {"text": keys})

    def complaints(self):
        """What the console says: policy violations, failed loads."""
        return [entry["message"] for entry in self.do("POST", "/se/log", {"type": "browser"})]
