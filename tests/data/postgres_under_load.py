"""PostgreSQL under load, while its deployment is changed, restarted, rolled back, stopped, and releases of it fail: no
acknowledged commit is lost, no page is damaged, and at no moment do two servers write to one data directory.

12 operations, spread over three databases; 50 with TROUPE_LONG=1; 100 of one database with TROUPE_LONG=2, on an Engine
of its own, with kill -9 of PostgreSQL, and of troupe and dockerd while an operation is under way.
TROUPE_DATA_OPERATIONS sets how many, TROUPE_DATA_SEED draws the same ones again.
"""
import collections
import concurrent.futures
import contextlib
import os
import pathlib
import random
import re
import tempfile
import time
import unittest

import house
import kill9
import operations
import programs
import trial
import witness

LEVEL = int(os.environ.get("TROUPE_LONG") or 0)
COUNT = int(os.environ.get("TROUPE_DATA_OPERATIONS") or (12, 50, 100)[LEVEL])
SEED = int(os.environ.get("TROUPE_DATA_SEED") or random.SystemRandom().randrange(1 << 32))
DATABASES = 3 if LEVEL < 2 else 1
PRIVATE_ENGINE = house.ROOT / "docker/private-engine"
PSQL = ("psql", "-X", "-A", "-t", "-U", "postgres", "-d", "app", "-c")
# Nothing, where `written` counts of each session what `kept` holds.
TORN = ("SELECT session, rows, count(id) FROM written LEFT JOIN kept ON starts_with(id, session || '-') "
        "GROUP BY session, rows HAVING rows <> count(id)")
# What PostgreSQL logs of a server that was not stopped in good order, or whose files are not what it wrote.
TROUBLE = ("PANIC", "not properly shut down", "was interrupted", "invalid page", "could not read", "bogus data")


def kinds_in_turn(chance):
    """COUNT kinds, each as often as the others, dealt to the databases; to each a change first, to have something to go
    back to."""
    kinds, found = operations.KINDS + (("crash",) if LEVEL == 2 else ()), ["change"] * DATABASES
    while len(found) < COUNT:
        found += chance.sample(kinds, len(kinds))
    return [found[:COUNT][n::DATABASES] for n in range(DATABASES)]


class PostgresUnderLoad(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_database()
        if LEVEL < 2:
            house.need("TROUPE_TEST_DOCKER_HOST", "TROUPE_TEST_ENGINE_DIR")
            cls.engine, cls.engine_dir = house.ENGINE, house.ENGINE_DIR
        else:  # dockerd gets killed
            cls.engine_dir = pathlib.Path(tempfile.mkdtemp(prefix="troupe-data-"))
            cls.addClassCleanup(house.as_root, PRIVATE_ENGINE, "remove", cls.engine_dir)
            answer = house.as_root(PRIVATE_ENGINE, "start", cls.engine_dir)
            cls.engine = dict(line.split("=", 1) for line in answer.splitlines())["DOCKER_HOST"]
        cls.image = programs.POSTGRES.image(cls.engine)
        cls.own = cls.enterClassContext(house.House(cls.engine))
        cls.own.start()
        cls.chance = random.Random(SEED)

    def test_no_acknowledged_commit_is_lost_and_never_do_two_servers_write(self):
        began, environments = time.monotonic(), [self.own.make_environment() for _ in range(DATABASES)]
        with contextlib.ExitStack() as stack:
            watcher = stack.enter_context(witness.Watcher(self.engine_dir, *map(programs.volume, environments)))
            # A dockerd that is killed tells nobody.
            heard = stack.enter_context(kill9.Heard(self.own, ("container", "volume"))) if LEVEL < 2 else None
            pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(DATABASES))
            under_way = [pool.submit(self.suffer, *each) for each in zip(environments, kinds_in_turn(self.chance))]
            tried = [each.result() for each in under_way]
            report, events = watcher.report(), heard.events() if heard else None
        self.tell(tried, time.monotonic() - began)
        for database, one in enumerate(tried):
            with self.subTest(database=database, seed=SEED):
                self.assertEqual([], one.wrong)
        self.hear(report, events, environments)

    def suffer(self, environment, kinds):
        """The trial after all these operations and the examination of what they left."""
        within = 240
        one = trial.Trial(self.own, programs.POSTGRES, self.image, environment, sessions=4, within=within)
        one.run(kinds, self.fault)
        if len(one.acknowledged) < 20 * len(kinds):
            one.wrong.append(f"only {len(one.acknowledged)} rows were acknowledged: no load")
        for examine in (self.examine, self.examine_files):
            try:
                examine(one)
            except (AssertionError, RuntimeError) as error:
                one.wrong.append(f"it cannot be examined: {error}")
        return one

    def fault(self, number):
        """What befalls an operation that is under way."""
        if LEVEL < 2 or number % 3 == 0:
            return
        time.sleep(self.chance.uniform(0, 3))
        if number % 9 == 5:
            house.as_root(PRIVATE_ENGINE, "kill-daemon", self.engine_dir)
            house.as_root(PRIVATE_ENGINE, "start-daemon", self.engine_dir)
        else:
            self.own.kill()
            self.own.start()

    @staticmethod
    def examine(one):
        if torn := one.operations.inside(*PSQL, TORN):
            one.wrong.append(f"transactions are there in part: {torn}")
        found = one.operations.inside("pg_amcheck", "-U", "postgres", "--all", "--install-missing", "--heapallindexed",
                                      "--parent-check", check=False)
        if found.returncode != 0 or found.stdout or found.stderr:
            one.wrong.append(f"amcheck: exit code {found.returncode}: {found.stdout}{found.stderr}")

    def examine_files(self, one):
        """What the server leaves that is stopped now; pg_checksums refuses it if it was not shut down in good order."""
        self.own.ok("POST", f"/deployments/{one.operations.current}/stop")
        self.own.reaches(one.operations.current, "STOPPED")
        data = programs.POSTGRES.data
        alone = ("run", "--rm", "--network=none", "--user=999", f"--volume={one.volume}:{data}:ro")
        found = self.own.docker(*alone, "--entrypoint=pg_checksums", self.image, "--check", check=False)
        if found.returncode != 0 or not re.search(r"Bad checksums: +0\b", found.stdout):
            one.wrong.append(f"checksums: exit code {found.returncode}: {found.stdout}{found.stderr}")
        log = self.own.docker(*alone, "--entrypoint=sh", self.image, "-c", f"cat {data}/log/*").splitlines()
        trouble = [line for line in log if any(word in line for word in TROUBLE)]
        starts = sum("ready to accept" in line for line in log)
        print(f"{starts} starts in PostgreSQL's log, {len(trouble)} lines of trouble")
        if trouble and LEVEL < 2:  # who is killed cannot shut down
            one.wrong.append(f"{len(trouble)} times in its log: {trouble[:3]}")

    @staticmethod
    def tell(tried, took):
        seconds = collections.defaultdict(list)
        for one in tried:
            print(one.told())
            for kind, times in one.seconds.items():
                seconds[kind] += times
        each = ", ".join(f"{kind} {sum(times) / len(times):.1f} s" for kind, times in sorted(seconds.items()))
        print(f"{sum(map(len, seconds.values()))} operations, {took:.0f} s in all, seed {SEED}: {each}")

    def hear(self, report, events, environments):
        """What both witnesses tell."""
        rate, gap, crowded = report["looks"] / report["seconds"], report["longest_gap"], report["crowded"]
        print(f"{report['looks']} looks, {rate:.0f} a second, the longest gap {gap:.2f} s; {crowded} found two writers")
        with self.subTest("the Engine's processes"):
            self.assertGreaterEqual(rate, 20)
            self.assertEqual(0, crowded, witness.crowds(report)[:3])
        for database, environment in enumerate(environments if events is not None else ()):
            with self.subTest("Docker's events", database=database):
                found, containers = witness.overlaps(events, environment, programs.SERVICE)
                print(f"{containers} containers in Docker's events, {len(found)} pairs of them at the same time")
                self.assertGreater(containers, COUNT // DATABASES // 2)
                self.assertEqual([], found)


if __name__ == "__main__":
    house.main()
