"""What a deployment and a list cost beside what there is already: services in the same environment, releases in the past.

`./test bench growth` calls it through bench.py. All environments live in one process and are measured in turns, so that whatever else
the machine does meets them all. TROUPE_GROWTH=1000 leaves the largest environment out. Prints Markdown tables for docs/benchmarks.md."""
import http.client, os, signal, statistics, subprocess, time

LARGEST = int(os.environ.get("TROUPE_GROWTH", "10000"))
SERVICES = tuple(n for n in (1, 100, 1_000, 10_000) if n <= LARGEST)  # in one environment, before it is measured
PAST = (1, 10, 1_000)               # releases of one service that are over
ROUNDS, POSTS, CONNECTIONS = 3, 200, 16
OTHERS = 300                        # environments with nothing in them


def table(head, rows):
    print(f"\n| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


class Grown:
    """A Troupe with environments of all sizes, at rest."""

    def __init__(self, bench):
        self.bench, self.database = bench, bench.Database("growth")
        self.troupe = self.start()
        self.troupe.make_key()
        self.key = self.troupe.key
        self.sized = {n: self.environment(f"with-{n}") for n in SERVICES}
        self.aged = {n: self.environment(f"past-{n}") for n in PAST}
        first = {e: self.deploy(e, "web") for e in (*self.sized.values(), *self.aged.values())}
        at = 0
        self.troupe.stop()
        ident = self.database.new_id
        for n, e in self.sized.items():
            number = f"{at} + g.n"
            self.copy(n - 1, first[e], ident("dep", number), ident("job", number), service="'s' || g.n", spec="jsonb_set(t.spec, '{name}', to_jsonb('s' || g.n))")
            at += n
        for n, e in self.aged.items():
            number = f"{at} + g.n"
            self.copy(n, first[e], ident("dep", number), ident("job", number), status="'SUPERSEDED'")
            at += n
        self.database.copies("environments", OTHERS, self.sized[1], id=ident("env", "g.n"), name="'other-' || g.n")
        self.database.sql("analyze")
        self.living = sum(SERVICES) + len(PAST)
        self.began = time.monotonic()
        self.troupe = self.start()
        self.troupe.key = self.key
        bench.wait_for(self.rebuilt, 900, "not every service was made again")
        self.woken = time.monotonic() - self.began

    def start(self):
        troupe = self.bench.Troupe(self.database, DOCKER_HOST="simulated:", STABILITY_WINDOW="0s")
        troupe.ready(300)
        return troupe

    def environment(self, name):
        return self.troupe.call("POST", "/environments", {"name": name})["environment"]["id"]

    def deploy(self, environment, name):
        made = self.troupe.call("POST", "/deployments", {"environmentId": environment, "name": name, "image": "nginx", "tag": "1"})
        shown = self.troupe.call("GET", f"/deployments/job/{made['jobId']}?wait=60s")["deployment"]
        if shown["status"] != "RUNNING":
            raise RuntimeError(shown)
        return made["deploymentId"]

    def size(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.troupe.inner, timeout=90)
        connection.request("GET", path, headers={"X-API-Key": self.key})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {text[:300]}")
        return len(text)

    def copy(self, count, pattern, id, job, **changes):
        if count:
            self.database.copies("deployments", count, pattern, id=id, job_id=job, number="t.number - 1000000 - g.n", **changes)

    # A simulated Swarm is empty at its start.
    def rebuilt(self):
        time.sleep(0.5)
        return int(self.database.sql("select count(*) from transitions where detail like 'the service was missing and was made again%'")) >= self.living

    def stop(self):
        self.troupe.stop()
        self.database.drop()


def post_many(all, environment, prefix):
    """(accepted a second, seconds until all run, processor time of one in milliseconds, answers other than 202)"""
    troupe, those = all.troupe, f"from deployments where environment_id = '{environment}' and service like '{prefix}%'"
    used = troupe.processor_time()
    wrk = subprocess.Popen(["wrk", "-t1", f"-c{CONNECTIONS}", "-d300s", "--timeout", "60s", "-s", os.path.join(all.bench.ROOT, "tests/bench/deploy.lua"),
                            f"http://127.0.0.1:{troupe.inner}", "--", troupe.key, environment, prefix, str(POSTS)], stdout=subprocess.PIPE, text=True)

    while "all answered" not in (line := wrk.stdout.readline()):
        if not line:
            raise RuntimeError("wrk ended too early")
    wrk.send_signal(signal.SIGINT)  # it would wait until its time is up
    refused = int(wrk.communicate()[0].rsplit("refused ", 1)[1].split()[0])

    def run():
        return all.database.sql(f"select count(*) filter (where status <> 'RUNNING') {those}") == "0"
    all.bench.wait_for(run, 300, "not all of them run")
    count, posting, running = map(float, all.database.sql(
        f"select count(*), extract(epoch from max(created_at) - min(created_at)), extract(epoch from max(running_since) - min(created_at)) {those}").split("|"))
    return count / posting, running, (troupe.processor_time() - used) / count * 1e3, refused


def services(all):
    got = {n: [] for n in SERVICES}
    for r in range(ROUNDS):
        for n, e in all.sized.items():
            got[n].append(post_many(all, e, f"r{r}x"))
            print(f"{n:,} services, round {r}: " + ", ".join(f"{x:,.2f}" for x in got[n][-1]), flush=True)
    rows, base = [], None
    for n in SERVICES:
        rate, ran, used, _ = (statistics.median(x) for x in zip(*got[n]))
        base = base or rate
        rows.append((f"{n:,}", f"{rate:,.0f}/s", f"{rate / base:.2f}", f"{ran:.2f} s", f"{used:.2f} ms", f"{sum(x[3] for x in got[n])} of {ROUNDS * POSTS}"))
    table(("services in the environment", f"POST /deployments accepted, {CONNECTIONS} connections", "against 1", f"until some {POSTS} of them run", "processor time of one", "not answered with 202"), rows)


def past(all):
    got = {n: [] for n in PAST}
    for _ in range(5 * ROUNDS):
        for n, e in all.aged.items():
            began, used = time.monotonic(), all.troupe.processor_time()
            all.deploy(e, "web")
            got[n].append((time.monotonic() - began, all.troupe.processor_time() - used))
    rows = []
    for n in PAST:
        took, used = zip(*got[n])
        rows.append((f"{n:,}", f"{statistics.median(took) * 1e3:,.1f} ms", f"{statistics.mean(used) * 1e3:.1f} ms"))
    table(("past releases of the service", "POST to RUNNING of the next", "processor time of one"), rows)


def lists(all):
    """Each list in turns with a GET of one object of about the same size."""
    one = f"/environments/{all.sized[100]}"
    key, rows = (f"X-API-Key: {all.key}",), []
    wanted = all.size(one)
    services_at = f"/environments/{all.sized[1_000]}/services"
    for name, path in (("GET /environments", "/environments"), ("GET /environments/:id/services", services_at), ("GET /deployments", "/deployments"),
                       ("GET /deployments?status=RUNNING", "/deployments?status=RUNNING")):
        join = "&" if "?" in path else "?"
        limit = max(1, min(200, round(wanted / (all.size(f"{path}{join}limit=20") / 20))))
        listed, single = [], []
        for _ in range(3):
            listed.append(all.bench.wrk(all.troupe.inner, f"{path}{join}limit={limit}", key, 2))
            single.append(all.bench.wrk(all.troupe.inner, one, key, 2))
        a, b = statistics.median(listed), statistics.median(single)
        rows.append((f"`{name}`, {limit} of them, {all.size(f'{path}{join}limit={limit}'):,} bytes", f"{a:,.0f}/s", f"{b:,.0f}/s", f"{a / b:.2f}"))
    table(("list", "answers", f"GET of one object of {wanted:,} bytes", "ratio"), rows)


def growth(bench):
    all = Grown(bench)
    try:
        print(f"{all.living:,} services at rest were looked at and made again in {all.woken:.0f} s; load {os.getloadavg()[0]:.1f}", flush=True)
        lists(all)  # first, while the sizes are what they are called
        services(all)
        past(all)
        print(f"\nload {os.getloadavg()[0]:.1f}; {all.troupe.rss() / 2**20:.0f} MB resident", flush=True)
    finally:
        all.stop()
