"""The edge: what visitors notice of changes behind a domain, how long a domain and a deployment take to be there, and 1,000 sites.

`./test bench edge` calls it through bench.py. Prints Markdown tables for docs/benchmarks.md; ends with an error where a request was lost."""
import contextlib, datetime, json, os, statistics, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", room) for room in ("edge", "product")]
from edge_container import Edge, house, render
from load import Load
from public_house import PublicHouse

# Answers a WebSocket's handshake and says again what it hears; to all else it is an event stream, with an event a second.
LIVE = r"""read -r method path rest
while read -r line && [ "${#line}" -gt 1 ]; do :; done
if [ "$path" = /socket ]; then printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'; exec cat; fi
printf 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n'
while printf 'data: now\n\n'; do sleep 1; done"""


def table(head, rows):
    print(f"\n| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()


def milliseconds(seconds):
    return f"{seconds * 1000:,.0f} ms"


def spread(seconds):
    return f"{milliseconds(statistics.median(seconds))} ({milliseconds(min(seconds))} to {milliseconds(max(seconds))})"


def served(all, domain):
    with contextlib.suppress(OSError):
        return all.page(domain)[0] == 200


def public(all, environment=None, **body):
    """(environment, its domain), served."""
    environment, domain = environment or all.web(**body), all.name()
    all.publish(environment, domain)
    all.becomes(environment, "ACTIVE")
    return environment, domain


# ---- no request lost -----------------------------------------------------------------------------------------------------------

class Connections:
    """A WebSocket and an event stream of a neighbour's, held open; `heard` what came through each."""

    def __init__(self, all):
        _, self.domain = public(all, command=["busybox", "nc", "-ll", "-p", "8080", "-e", "busybox", "sh", "-c", LIVE])
        self.heard, self.lost, self.wires = {}, [], {}
        for path, head in (("/socket", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), ("/events", "Accept: text/event-stream\r\n")):
            self.wires[path] = house.eventually(lambda: self.open(all, path, head), f"{path} is open", 20)
            self.heard[path] = 0
        self.threads = [house.Background(self.talk), house.Background(self.listen)]

    def open(self, all, path, head):
        wire = all.edge.connect(self.domain)
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: {self.domain}\r\n{head}\r\n".encode())
        stream = wire.makefile("rb")
        if stream.readline().split()[1] not in (b"101", b"200"):
            return None
        while stream.readline().strip():
            pass
        return wire, stream

    def talk(self, stopped):
        wire, stream = self.wires["/socket"]
        while not stopped.wait(1):
            wire.sendall(b"still here\n")
            if stream.readline() != b"still here\n":
                return self.lost.append("/socket")
            self.heard["/socket"] += 1

    def listen(self, stopped):
        while not stopped.is_set():
            line = self.wires["/events"][1].readline()
            if not line:
                return self.lost.append("/events")
            self.heard["/events"] += line == b"data: now\n"

    def close(self):
        for thread in self.threads:
            thread.finish()
        for wire, stream in self.wires.values():
            stream.close()
            wire.close()


def changes(all):
    """Each change under 50 requests a second."""
    environment, domain = public(all, healthCheck=all.CHECK)
    neighbour, rows, lost = all.web(), [], []
    deployment = all.update(environment, "1")
    connections, began, reloads = Connections(all), time.monotonic(), all.edge("state")["generation"]

    def updates():
        for n in range(10):
            yield all.update(environment, "21"[n % 2])

    def neighbours():
        for _ in range(5):
            public(all, neighbour)
            all.house.ok("DELETE", f"/environments/{neighbour}/public")

    def during(what, work):
        nonlocal deployment
        with Load(all.edge, domain, ("web 1", "web 2")) as load:
            for deployment in work() or ():
                pass
            time.sleep(3)  # what a change leaves behind may be noticed later
        took = time.monotonic() - load.began
        rows.append((what, f"{took:.0f} s", f"{load.sent:,}", str(len(load.failures)), *(milliseconds(load.percentile(p)) for p in (50, 99)),
                     milliseconds(max(load.seconds)), str(load.reconnects)))
        print(*rows[-1], *load.failures[:10], sep="\n  ", flush=True)
        lost.extend(load.failures)
    during("nothing changes", lambda: time.sleep(20))
    during("ten updates, start-first, with a health check", updates)
    during("a scale 1 → 3", lambda: all.scale(deployment, 3))
    during("a scale 3 → 1", lambda: all.scale(deployment, 1))
    during("a restart", lambda: all.restart(deployment))
    during("a neighbour's domain comes and goes five times", neighbours)
    reloads = all.edge("state")["generation"] - reloads
    connections.close()
    table(("50 requests a second while", "for", "requests", "lost", "p50", "p99", "longest", "kept connections that were closed"), rows)
    print(f"\nA WebSocket and an event stream of a third domain, open for {time.monotonic() - began:.0f} s across {reloads} reloads: "
          f"{connections.heard['/socket']} and {connections.heard['/events']} messages, {len(connections.lost)} of the two lost.")
    return lost + connections.lost


# ---- how long --------------------------------------------------------------------------------------------------------------------

def commands(all, since):
    """[(command, seconds)] of what Troupe ran in the edge's container since then."""
    out, begun = [], {}
    events = all.house.docker("events", "--since", str(since), "--until", str(time.time()), "--filter", f"container={all.edge.name}", "--format", "{{json .}}")
    for event in map(json.loads, events.splitlines()):
        program = event["Actor"]["Attributes"].get("execID")
        if event["Action"].startswith("exec_start: edge "):
            begun[program] = event["Action"].split()[2], event["timeNano"]
        elif event["Action"] == "exec_die" and program in begun:
            out.append((begun[program][0], (event["timeNano"] - begun[program][1]) / 1e9))
    return out


def moments(all):
    """From POST …/public to ACTIVE with the parts of it; from a container's start to its first answer through the edge."""
    whole, parts = [], {}
    for _ in range(7):
        environment = all.web()
        began, since = time.monotonic(), time.time()
        public(all, environment)
        whole.append(time.monotonic() - began)
        for command, seconds in commands(all, since):
            parts.setdefault(command, []).append(seconds)
        all.house.delete_environment(environment)
    rows = [("POST …/public to ACTIVE", spread(whole))]
    for command, what in (("check-domain", "the domain leads here"), ("request-certificate", "the ACME client, with Pebble's answers"), ("apply", "nginx takes the site, each time")):
        rows.append((f"of it `edge {command}`: {what}", spread(parts[command])))

    environment = all.house.make_environment()
    _, domain = public(all, environment)
    for what, body in (("without a health check", {}), ("with a health check each second", {"healthCheck": all.CHECK})):
        took = []
        for _ in range(7):
            accepted = all.house.deploy(environment, f"{house.REGISTRY}/web", tag="1", name="web", ports=[{"container": 8080}], **body)
            house.eventually(lambda: served(all, domain), "the deployment is served", 60, every=0.01)
            first = time.time()
            deployment = all.house.settle(accepted)
            [container] = all.containers(deployment)
            started = all.house.docker.inspect("container", container)["State"]["StartedAt"]
            took.append(first - datetime.datetime.fromisoformat(started[:26].rstrip("Z") + "+00:00").timestamp())
            all.house.ok("DELETE", f"/deployments/{deployment['id']}")
            all.house.reaches(deployment["id"], "REMOVED")
            house.eventually(lambda: not served(all, domain), "nothing is served", 60)
        rows.append((f"a container's start to its first answer through the edge, {what}", spread(took)))
    table(("what", "median (least to most)"), rows)


# ---- 1,000 sites -------------------------------------------------------------------------------------------------------------------

CERTIFICATES = """cd /edge && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj / -addext subjectAltName=DNS:x.example \
  -keyout /tmp/key -out /tmp/cert -days 30 2>/dev/null
while read -r id; do mkdir kept/$id.1 && cp /tmp/cert kept/$id.1/fullchain.pem && cp /tmp/key kept/$id.1/privkey.pem && ln -s ../kept/$id.1 certificates/$id; done"""


def sites():
    """What a change costs at 0, 100 and 1,000 sites that are there already."""
    rows, there = [], 0
    with Edge(http="18080", https="18443") as edge:
        bash = lambda script, **options: edge.docker("exec", "-i", edge.name, "bash", "-c", script, **options)
        site = lambda n, upstream="tasks.a-web:8080": {f"dom_{n:016}": render("site-https", f"dom_{n:016}", f"n{n}.example", upstream)}

        def timed(command):
            """(seconds, seconds of processor) of a command in the container, as itself tells them."""
            done = bash(f"TIMEFORMAT='%R %U %S'; time edge {command}", check=False)
            assert done.returncode == 0 and not json.loads(done.stdout).get("refused"), done
            real, user, system = map(float, done.stderr.splitlines()[-1].split())
            return real, user + system

        def memory():
            """Resident MB of nginx's master and of one worker."""
            told = bash(r"""for p in /proc/[0-9]*; do case $(tr '\0' ' ' <$p/cmdline 2>/dev/null) in "nginx: "*" is shutting down"*) ;; "nginx: "*) sed -n 's/^VmRSS:[^0-9]*//p' $p/status ;; esac; done""")
            kilobytes = sorted((int(line.split()[0]) for line in told.splitlines()), reverse=True)
            return kilobytes[0] / 1024, kilobytes[-1] / 1024

        for count in (1, 100, 1000):
            bash(CERTIFICATES, stdin="".join(f"{id}\n" for n in range(there, count) for id in site(n)))
            edge.upload(**{id: text for n in range(there, count) for id, text in site(n).items()})
            many = timed("apply")
            added, there = count - there, count
            ones, reloads = [], []
            for n in range(7):
                edge.upload(**site(count // 2, f"tasks.b{n}-web:8080"))
                ones.append(timed("apply"))
                reloads.append(timed("reload"))
            rows.append((f"{count:,}", f"{added:,} in {many[0]:.2f} s ({many[1]:.2f} s)", *(f"{statistics.median(x):.2f} s" for x in zip(*ones)),
                         *(f"{statistics.median(x):.2f} s" for x in zip(*reloads)), "{:.0f} + {:.0f} a worker".format(*memory())))
    table(("sites", "`edge apply` of those that came (its processor time)", "of one change", "its processor time", "`edge reload`", "its processor time", "nginx, MB resident"), rows)


def edge():
    sites()
    with PublicHouse() as all:
        moments(all)
        lost = changes(all)
    if lost:
        raise RuntimeError(f"{len(lost)} requests were lost: {lost[:5]}")
