"""look.py PREFIX...: which containers mount a volume of a prefix writable and have a process that lives.

Run in a private Engine's namespaces, as root; ends with its input. Tells on stdout, a line of JSON each, what changed:
{"at": seconds, "now": {volume: [[container, …], postmasters]}}, with "who": {container: ["pid name state", …]} where there
are two at one volume, and at the end
{"looks", "seconds", "longest_gap": seconds, "crowded": looks that found two containers or postmasters at one volume}.
"""
import collections
import json
import os
import sys
import threading
import time

INTERVAL = 0.02  # s between two looks


class Processes:
    """Which containers mount the volumes of the prefixes writable, and have a process that lives."""

    def __init__(self, prefixes):
        self.prefixes = tuple(prefixes)
        self.engine = os.readlink("/proc/self/ns/mnt")
        self.known = {}  # (process, its mount namespace) -> [volumes, container, how often it was looked at]

    def look(self):
        """{volume: {container: [processes]}}"""
        spaces, seen = collections.defaultdict(list), set()
        for process in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
            space = self.space(process)
            if space and space != self.engine:
                spaces[space].append(process)
        found = collections.defaultdict(dict)
        for space, processes in spaces.items():
            key = (processes[0], space)
            seen.add(key)
            for volume in self.volumes(key):
                found[volume][self.known[key][1]] = processes
        self.known = {key: value for key, value in self.known.items() if key in seen}
        # A process seen early may have ended before one was seen late. Who still lives has lived beside the others.
        for volume, containers in found.items():
            if len(containers) > 1:
                found[volume] = {name: group for name, group in containers.items() if self.space(group[0])}
        return {volume: containers for volume, containers in found.items() if containers}

    @staticmethod
    def space(process):
        """None once it has ended, reaped or not."""
        try:
            return os.readlink(f"/proc/{process}/ns/mnt")
        except OSError:
            return None

    def volumes(self, key):
        known = self.known.setdefault(key, [[], "", 0])
        # A container's mounts come one by one while it is made; before, those of the Engine are there, among them what it copies into
        # a new volume just then. Until runc has become its program nothing of it has begun.
        if not known[0] and known[2] < 200:
            try:
                with open(f"/proc/{key[0]}/comm") as name:
                    if name.read().startswith("runc"):
                        return []
                known[2] += 1
                with open(f"/proc/{key[0]}/mountinfo") as mounts:
                    fields = [line.split() for line in mounts]
                with open(f"/proc/{key[0]}/cgroup") as group:
                    known[1] = group.readline().strip().rsplit("/", 1)[-1][:12]
            except OSError:
                return []
            names = (field[3].split("/") for field in fields if "rw" in field[5].split(","))
            known[0] = [name[-2] for name in names if name[-1] == "_data" and name[-2].startswith(self.prefixes)]
        return known[0]

    @staticmethod
    def postmasters(processes):
        """Of the processes, the servers that are nobody's worker. One whose server was killed has a title still."""
        parents, workers = {}, set()
        for process in processes:
            try:
                with open(f"/proc/{process}/stat") as stat, open(f"/proc/{process}/cmdline") as command:
                    name, rest = stat.read().split("(", 1)[1].rsplit(") ", 1)
                    # Nothing to read: it is dying.
                    title = command.read()
            except OSError:
                continue
            if name == "postgres":
                parents[process] = int(rest.split()[1])
                if not title or title.startswith("postgres: "):
                    workers.add(process)
        return sum(parent not in parents and process not in workers for process, parent in parents.items())


def is_crowd(containers, postmasters):
    return len(containers) > 1 or postmasters > 1


def who(processes):
    """The first of them, as the kernel names them."""
    told = []
    for process in processes[:8]:
        try:
            with open(f"/proc/{process}/stat") as stat:
                name, rest = stat.read().split("(", 1)[1].rsplit(") ", 1)
            told.append(f"{process} {name} {rest[0]}")
        except OSError:
            told.append(f"{process} ended")
    return told


def watch(prefixes, stopped):
    processes, before, crowded, looks, longest = Processes(prefixes), None, 0, 0, 0.0
    began = last = time.monotonic()
    os.nice(-10)  # on a busy machine it must look as often
    while not stopped.wait(INTERVAL):
        found = processes.look()
        now = {volume: [sorted(containers), sum(map(processes.postmasters, containers.values()))]
               for volume, containers in found.items()}
        crowds = [volume for volume, at in now.items() if is_crowd(*at)]
        looks += 1
        crowded += bool(crowds)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
        if now != before:
            told = {"who": {name: who(group) for volume in crowds for name, group in found[volume].items()}} if crowds else {}
            print(json.dumps({"at": time.time(), "now": now, **told}), flush=True)
            before = now
    summary = {"looks": looks, "seconds": time.monotonic() - began, "longest_gap": longest, "crowded": crowded}
    print(json.dumps(summary), flush=True)


def main():
    stopped = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stopped.set()), daemon=True).start()
    watch(sys.argv[1:], stopped)


if __name__ == "__main__":
    main()
