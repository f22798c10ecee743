"""Two witnesses of who writes to a volume when: the Engine's processes, many times a second, and Docker's events."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import house

LOOK = pathlib.Path(__file__).with_name("look.py")


class Watcher:
    """Use as a context manager. Looks all the time at the processes of the private Engine in `directory`, as root.

    `volumes` are beginnings of names. report(): what look.py tells at its end, and "told": what it told before.
    """

    def __init__(self, directory, *volumes):
        self.directory, self.volumes = directory, volumes

    def __enter__(self):
        self.out = tempfile.NamedTemporaryFile("a")
        script = house.ROOT / "docker/private-engine"
        command = [script, "exec", self.directory, sys.executable, "-B", LOOK, *self.volumes]
        rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
        self.process = subprocess.Popen([*rights, *map(str, command)], stdin=subprocess.PIPE, stdout=self.out,
                                        preexec_fn=house.die_with_parent)
        house.eventually(lambda: self.lines() or self.process.poll() is not None, "the watcher looks", 20)
        return self

    def __exit__(self, *_):
        self.finish()
        self.out.close()

    def lines(self):
        text = pathlib.Path(self.out.name).read_text()
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    def finish(self):
        """The end of its input ends it: a signal would not get through nsenter."""
        self.process.stdin.close()
        self.process.wait(20)
        assert self.process.returncode == 0, f"the watcher ended with {self.process.returncode}"

    def report(self):
        self.finish()
        *told, summary = self.lines()
        return {**summary, "told": told[1:]}


def overlaps(events, environment, service):
    """By what Docker told: pairs of the service's containers that ran at the same time, with the seconds; and how many
    containers there were."""
    wanted = {"com.troupe.environment": environment, "com.troupe.service": service}
    began, ended = {}, {}
    for event in events:
        actor = event["Actor"]
        if event["Type"] == "container" and wanted.items() <= actor["Attributes"].items():
            if event["Action"] == "start":
                began[actor["ID"]] = event["timeNano"] / 1e9
            elif event["Action"] == "die":
                ended[actor["ID"]] = event["timeNano"] / 1e9
    in_order = sorted(began, key=began.get)
    found = []
    for n, former in enumerate(in_order):
        for later in in_order[n + 1:]:
            common = min(ended.get(former, time.time()), ended.get(later, time.time())) - began[later]
            if common > 0:
                found.append((former[:12], later[:12], round(common, 3)))
    return found, len(began)


def crowds(report):
    """What a watcher told of two at one volume, in order."""
    return [line for line in report["told"] if "who" in line]
