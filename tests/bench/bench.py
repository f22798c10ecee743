#!/usr/bin/env python3
"""The figures, each as a ratio of two things measured side by side in one run. `./test bench` starts the parts and calls this.

  bench.py [deploy] [reads] [tools] [keys] [transitions] [plans] [growth] [recovery] [edge]     without names: all of them

Prints a Markdown table; docs/benchmarks.md keeps the last one that was committed."""
import http.client, json, multiprocessing, os, re, secrets, shutil, socket, statistics, subprocess, sys, tempfile, time, urllib.parse
from concurrent.futures import ThreadPoolExecutor

from edge import edge
from growth import growth

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build/ci/tests/bench")
BINARY = os.environ["TROUPE_TEST_BINARY"]
URL = os.environ["TROUPE_TEST_DATABASE_URL"]
ENGINE = os.environ.get("TROUPE_TEST_DOCKER_HOST", "")
rows = []


def told(name, ours, theirs, ratio, goal):
    rows.append((name, ours, theirs, ratio, goal))
    print(f"{name}: {ours} against {theirs}: {ratio} (goal {goal})", flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, seconds, why):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(0.05)
    raise TimeoutError(why)


class Docker(http.client.HTTPConnection):
    """The Engine API over its unix socket."""

    def __init__(self):
        super().__init__("docker", timeout=60)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(ENGINE.removeprefix("unix://"))

    def call(self, method, path, body=None):
        self.request(method, "/v1.41" + path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
        answer = self.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:200]}")
        return json.loads(data) if data and answer.getheader("Content-Type", "").startswith("application/json") else data


class Database:
    def __init__(self, name):
        self.name = f"bench_{os.getpid()}_{name}"
        parts = urllib.parse.urlsplit(URL)
        self.url = urllib.parse.urlunsplit(parts._replace(path="/" + self.name))
        self.sql(f'create database "{self.name}"', URL)

    def sql(self, text, url=None):
        return subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", url or self.url, "-c", text], check=True, capture_output=True, text=True).stdout.strip()

    def copies(self, table, count, pattern, **changes):
        """`count` copies of the row with this id, numbered g.n; `changes`: columns as SQL."""
        names = self.sql(f"select string_agg(quote_ident(column_name), ',' order by ordinal_position) from information_schema.columns where table_name = '{table}' and table_schema = 'public' and is_generated = 'NEVER' and is_identity = 'NO'").split(",")
        self.sql(f"insert into {table} ({','.join(names)}) select {','.join(changes.get(n, 't.' + n) for n in names)} from {table} t, generate_series(1, {count}) as g(n) where t.id = '{pattern}'")

    @staticmethod
    def new_id(prefix, number):
        """An id's form, from a number as SQL."""
        return f"'{prefix}_' || lpad(translate(to_hex({number}), '0189', 'ghij'), 16, 'z')"

    def drop(self):
        def dropped():  # FORCE may not end the server's own autovacuum workers, which leave by themselves
            try:
                self.sql(f'drop database "{self.name}" with (force)', URL)
                return True
            except subprocess.CalledProcessError:
                return False
        wait_for(dropped, 10, "the database cannot be dropped")


class Troupe:
    def __init__(self, database, **settings):
        self.state = tempfile.mkdtemp(prefix="troupe-bench-")
        os.chmod(self.state, 0o755)
        self.port, self.inner, admin = free_port(), free_port(), free_port()
        self.env = dict(os.environ, DATABASE_URL=database.url, PORT=str(self.port), INTERNAL_PORT=str(self.inner), ADMIN_ADDRESS=f"127.0.0.1:{admin}",
                        STATE_DIR=self.state, DEPLOYMENTS_PER_MINUTE="100000", PLANS_PER_MINUTE="100000", INSTANCE=f"bench-{os.getpid()}", LOG_LEVEL="warn", **settings)
        self.log = open(os.path.join(self.state, "log"), "w+")
        self.started = time.monotonic()
        self.process = subprocess.Popen([BINARY, "serve"], env=self.env, stdout=self.log, stderr=subprocess.STDOUT)
        self.key = None

    def ready(self, seconds=60):
        def answers():
            if self.process.poll() is not None:
                raise RuntimeError(open(self.log.name).read()[-2000:])
            try:
                c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                c.request("GET", "/openapi.json")
                return c.getresponse().status == 200
            except OSError:
                return False
        wait_for(answers, seconds, "troupe did not come up")
        return time.monotonic() - self.started

    def make_key(self):
        out = subprocess.run([BINARY, "key", "create", "--name", "bench"], env=self.env, check=True, capture_output=True, text=True).stdout
        self.key = out.strip().splitlines()[-1]

    def call(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        c.request(method, path, json.dumps(body) if body is not None else None, {"X-API-Key": self.key, "Content-Type": "application/json"})
        answer = c.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:500]}")
        return json.loads(data)

    def processor_time(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss(self):
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.process.pid}/status").read()).group(1)) * 1024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.state, ignore_errors=True)


def running(task):
    return task["Status"]["State"] == "running"


def same_service(docker, name, network):
    """What Troupe asked of Docker for the service of this name, on a network of the bench's own."""
    query = urllib.parse.quote(json.dumps({"label": [f"com.troupe.service={name}"]}))
    spec = docker.call("GET", f"/services?filters={query}")[0]["Spec"]
    spec["TaskTemplate"]["Networks"] = [{"Target": network}]
    return spec


def bare_deploy(docker, spec, name):
    """What anybody would write by hand: create the service, look until its task runs."""
    spec = json.loads(json.dumps(spec))
    spec["Name"] = name
    spec["Labels"] = spec["TaskTemplate"]["ContainerSpec"]["Labels"] = {"bench": name}
    docker.call("POST", "/services/create", spec)
    query = urllib.parse.quote(json.dumps({"service": [name]}))
    while not any(running(t) for t in docker.call("GET", f"/tasks?filters={query}")):
        time.sleep(0.05)


def deploy():
    """(a) POST -> RUNNING of an image that is here, against a bare loop over the Engine API; stability window 0."""
    image, tag = "troupe-bench", "1"
    docker = Docker()
    local, scripts = f"{image}:{tag}", os.path.join(ROOT, "config/scripts")
    with tempfile.TemporaryDirectory() as rootfs:
        os.chmod(rootfs, 0o755)
        subprocess.run([f"{scripts}/busybox-rootfs", rootfs], check=True)
        subprocess.run([f"{scripts}/import-image", ENGINE, local, rootfs, 'CMD ["sleep","1000000"]'], check=True, capture_output=True)
    database = Database("deploy")
    troupe = Troupe(database, DOCKER_HOST=ENGINE, STABILITY_WINDOW="0s")
    try:
        troupe.ready()
        troupe.make_key()
        environment = troupe.call("POST", "/environments", {"name": "bench"})["environment"]["id"]
        network = docker.call("POST", "/networks/create", {"Name": f"bench-{os.getpid()}", "Driver": "overlay", "Attachable": True})["Id"]
        body = {"environmentId": environment, "image": local.rsplit(":", 1)[0], "tag": tag}

        same = {}

        def ours(name):
            start = time.monotonic()
            job = troupe.call("POST", "/deployments", dict(body, name=name))["jobId"]
            d = troupe.call("GET", f"/deployments/job/{job}?wait=60s")["deployment"]
            took = time.monotonic() - start
            if d["status"] != "RUNNING":
                raise RuntimeError(json.dumps(d))
            if not same:
                same.update(same_service(docker, name, network))

            def remove():
                troupe.call("DELETE", f"/deployments/{d['id']}")
                wait_for(lambda: troupe.call("GET", f"/deployments/{d['id']}")["deployment"]["status"] == "REMOVED", 60, "not removed")
            return took, remove

        def theirs(name):
            mine = Docker()
            start = time.monotonic()
            bare_deploy(mine, same, name)
            took = time.monotonic() - start
            query = urllib.parse.quote(json.dumps({"label": [f"com.docker.swarm.service.name={name}"]}))
            tasks = urllib.parse.quote(json.dumps({"label": [f"bench={name}"]}))

            def gone():  # its tasks too, else Swarm is still at work when ours begins
                for c in mine.call("GET", f"/containers/json?all=1&filters={query}"):
                    mine.call("DELETE", f"/containers/{c['Id']}?force=1&v=1")
                return not mine.call("GET", f"/tasks?filters={tasks}")

            def remove():
                mine.call("DELETE", f"/services/{name}")
                wait_for(gone, 60, "not gone")
            return took, remove

        def at_once(what, n, label):
            with ThreadPoolExecutor(n) as pool:
                results = list(pool.map(lambda i: what(f"{label}{i}"), range(n)))
                took = max(r[0] for r in results)
            for _, remove in results:  # only now: removing beside those that still start would be measured with them
                remove()
            return took

        at_once(ours, 1, "warm")
        at_once(theirs, 1, "warm-bare")
        for n, rounds in ((1, 15), (10, 6)):
            a, b = [], []
            for r in range(rounds):  # in turns, so that whatever else the machine does meets both
                a.append(at_once(ours, n, f"o{n}x{r}x"))
                b.append(at_once(theirs, n, f"t{n}x{r}x"))
            x, y = statistics.median(a), statistics.median(b)
            told(f"POST to RUNNING, {n} at once", f"{x * 1000:.0f} ms", f"{y * 1000:.0f} ms (bare Engine API)", f"{x / y:.2f}", "<= 1.10")
        docker.call("DELETE", f"/networks/{network}")
        troupe.call("DELETE", f"/environments/{environment}")
        wait_for(lambda: not docker.call("GET", "/networks?filters=" + urllib.parse.quote(json.dumps({"label": [f"com.troupe.instance=bench-{os.getpid()}"]}))), 60, "environment not gone")
    finally:
        troupe.stop()
        database.drop()


def wrk(port, path, headers=(), seconds=5):
    out = subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", "--latency", *[x for h in headers for x in ("-H", h)], f"http://127.0.0.1:{port}{path}"],
                         check=True, capture_output=True, text=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if bad:
        raise RuntimeError(out)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def reads():
    """(b) authenticated reads against a bare Pistache handler that sends the same bytes; on loopback and through the door."""
    database = Database("reads")
    troupe = Troupe(database, DOCKER_HOST="simulated:", STABILITY_WINDOW="0s")
    bare = None
    folder = tempfile.mkdtemp(prefix="troupe-bench-")
    os.chmod(folder, 0o755)
    try:
        troupe.ready()
        troupe.make_key()
        environment = troupe.call("POST", "/environments", {"name": "bench"})["environment"]["id"]
        job = troupe.call("POST", "/deployments", {"environmentId": environment, "image": "nginx", "tag": "1"})["jobId"]
        troupe.call("GET", f"/deployments/job/{job}?wait=30s")
        for path in (f"/environments/{environment}", f"/deployments/job/{job}"):
            body = json.dumps(troupe.call("GET", path), separators=(",", ":"))
            file = os.path.join(folder, "body")
            with open(file, "w") as f:
                f.write(body)
            port, bare_door = free_port(), free_port()
            bare = subprocess.Popen([os.path.join(BUILD, "bare_pistache"), str(port), file, "2"])
            # The very door, led to the other server and without the limits that a benchmark is meant to hit.
            conf = open(os.path.join(troupe.state, "door", "nginx.conf")).read() if os.path.exists(os.path.join(troupe.state, "door", "nginx.conf")) else \
                open(subprocess.run(["find", os.path.join(troupe.state, "door"), "-name", "*.conf"], capture_output=True, text=True).stdout.split()[0]).read()
            conf = re.sub(r"^\s*limit_(req|conn)(?!_zone).*;$", "", conf, flags=re.M)
            doors = []
            for upstream, listen in ((troupe.inner, free_port()), (port, bare_door)):
                text = conf.replace(f"127.0.0.1:{troupe.inner}", f"127.0.0.1:{upstream}").replace(f":{troupe.port}", f":{listen}")
                place = tempfile.mkdtemp(prefix="door-", dir=folder)
                os.chmod(place, 0o755)
                text = text.replace(os.path.join(troupe.state, "door"), place)
                for name in os.listdir(os.path.join(troupe.state, "door")):
                    source = os.path.join(troupe.state, "door", name)
                    if os.path.isdir(source):
                        os.makedirs(os.path.join(place, name), exist_ok=True)
                        os.chmod(os.path.join(place, name), 0o777)
                with open(os.path.join(place, "nginx.conf"), "w") as f:
                    f.write(text)
                doors.append((subprocess.Popen(["/usr/sbin/nginx", "-p", place, "-c", os.path.join(place, "nginx.conf")]), listen))
            for _, p in doors + [(bare, port)]:
                wait_for(lambda p=p: socket.socket().connect_ex(("127.0.0.1", p)) == 0, 10, f"port {p}")
            key = (f"X-API-Key: {troupe.key}",)
            for where, mine, other in (("on loopback", troupe.inner, port), ("through the door", doors[0][1], doors[1][1])):
                a, b = [], []
                for _ in range(3):
                    a.append(wrk(mine, path, key))
                    b.append(wrk(other, path, key))
                x, y = statistics.median(a), statistics.median(b)
                told(f"GET {path.rsplit('/', 1)[0]}/:id, {len(body)} bytes, {where}", f"{x:.0f}/s", f"{y:.0f}/s (bare Pistache)", f"{x / y:.2f}", ">= 0.70")
            for d, _ in doors:
                d.terminate()
                d.wait()
            bare.kill()
            bare.wait()
    finally:
        if bare and bare.poll() is None:
            bare.kill()
        troupe.stop()
        database.drop()
        shutil.rmtree(folder, ignore_errors=True)


def tools():
    """A tool's call against the request that it stands for: round trips through the door over one connection, in turns."""
    database = Database("tools")
    troupe = Troupe(database, DOCKER_HOST="simulated:", STABILITY_WINDOW="0s")
    try:
        troupe.ready()
        troupe.make_key()
        environment = troupe.call("POST", "/environments", {"name": "bench"})["environment"]["id"]
        release = {"environmentId": environment, "image": "nginx", "tag": "1"}
        job = troupe.call("POST", "/deployments", release)["jobId"]
        troupe.call("GET", f"/deployments/job/{job}?wait=30s")
        connection = socket.create_connection(("127.0.0.1", troupe.port), 30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def timed(method, path, body):
            """Without a client library, whose own work would hide the server's."""
            text = json.dumps(body) if body else ""
            request = (f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {troupe.key}\r\nAccept: application/json, text/event-stream\r\n" +
                       (f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}" if body else "\r\n")).encode()
            start = time.perf_counter()
            connection.sendall(request)
            data = b""
            while not (head := re.search(rb"Content-Length: (\d+)\r\n.*?\r\n\r\n", data, re.S)) or len(data) < head.end() + int(head.group(1)):
                data += connection.recv(65536)
            took = time.perf_counter() - start
            if data[9:10] != b"2" or b"isError" in data:
                raise RuntimeError(f"{method} {path}: {data[:900]}")
            return took

        def tool(name, arguments):
            return timed("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}})

        for name, ours, theirs, rounds in (
                ("get_deployment_status", lambda n: tool("get_deployment_status", {"jobId": job}), lambda n: timed("GET", f"/deployments/job/{job}", None), 500),
                ("create_deployment", lambda n: tool("create_deployment", dict(release, name=f"a{n}")), lambda n: timed("POST", "/deployments", dict(release, name=f"b{n}")), 300)):
            a, b = [], []
            for n in range(rounds):
                for which, took in ((ours, a), (theirs, b)) if n % 2 else ((theirs, b), (ours, a)):
                    time.sleep(0.03)  # within the door's own limits; and what a deployment began is done
                    took.append(which(n))
            x, y = statistics.median(a), statistics.median(b)
            told(f"{name} through MCP", f"{x * 1e6:.0f} µs", f"{y * 1e6:.0f} µs (its REST twin)", f"{x / y:.2f}", "<= 1.15")
    finally:
        troupe.stop()
        database.drop()


def paced(port, path, rate, seconds, headers, report):
    """`rate` requests a second over one connection, each timed from when it was due; tells {status: [seconds …]}."""
    connection, took = http.client.HTTPConnection("127.0.0.1", port, timeout=30), {}
    began = time.monotonic()
    for n in range(int(rate * seconds)):
        due = began + n / rate
        time.sleep(max(0, due - time.monotonic()))
        connection.request("GET", path, headers=headers(n))
        answer = connection.getresponse()
        answer.read()
        took.setdefault(answer.status, []).append(time.monotonic() - due)
    report.put(took)


def keys():
    """Good requests while 1,000 bad keys a second come in from many addresses, against the same in quiet. At the inner port, past the
    door's own limits, with the addresses that the door would tell."""
    database = Database("keys")
    troupe = Troupe(database, DOCKER_HOST="simulated:", STABILITY_WINDOW="0s")
    try:
        troupe.ready()
        troupe.make_key()
        path, seconds, flooders = f"/environments/{troupe.call('POST', '/environments', {'name': 'bench'})['environment']['id']}", 15, 4
        known = troupe.key.split(".")[0]

        def bad(n):  # every other one of a known key id: the wrong secret of a key that exists
            return {"X-API-Key": f"{known if n % 2 else 'rw_prod_' + secrets.token_hex(8)}.{'x' * 43}", "X-Real-IP": f"198.51.{n // 250 % 250}.{n % 250}"}

        def measure(flooded):
            good, flood = multiprocessing.Queue(), multiprocessing.Queue()
            all_of_them = [multiprocessing.Process(target=paced, args=(troupe.inner, path, 100, seconds, lambda n: {"X-API-Key": troupe.key}, good))]
            all_of_them += [multiprocessing.Process(target=paced, args=(troupe.inner, path, 1000 / flooders, seconds, bad, flood)) for _ in range(flooders * flooded)]
            for process in all_of_them:
                process.start()
            (status, times), = good.get(timeout=120).items()
            refused = [flood.get(timeout=120) for _ in all_of_them[1:]]
            for process in all_of_them:
                process.join()
            if status != 200 or any(set(r) - {401, 429, 503} for r in refused):
                raise RuntimeError(f"good: {status}; bad: {[set(r) for r in refused]}")
            return statistics.quantiles(times, n=100)[98]
        quiet, flooded = zip(*[(measure(False), measure(True)) for _ in range(3)])
        x, y = statistics.median(flooded), statistics.median(quiet)
        told("p99 of a good request while 1,000 bad keys/s come in", f"{x * 1000:.1f} ms", f"{y * 1000:.1f} ms in quiet", f"{x / y:.2f}", "<= 2.00")
    finally:
        troupe.stop()
        database.drop()


def transitions():
    """(c) transitions persisted a second."""
    got = {}
    for n in (1, 1000):
        database = Database(f"transitions{n}")
        try:
            got[n] = int(subprocess.run([os.path.join(BUILD, "transitions"), database.url, str(n), "10"], check=True, capture_output=True, text=True).stdout)
        finally:
            database.drop()
    told("Transitions persisted, 1,000 in flight against 1", f"{got[1000]}/s", f"{got[1]}/s", f"{got[1000] / got[1]:.1f}", "grows")


def plans():
    """What a plan of an application costs by its services: of those that are not there yet, of twenty images and of one each, and of what
    stands already. All in one process and in turns; at the inner port, past the door's own limits."""
    database = Database("plans")
    troupe = Troupe(database, DOCKER_HOST="simulated:", STABILITY_WINDOW="0s")
    sizes, rounds, took = (10, 100, 1_000), 9, {}
    try:
        troupe.ready()
        troupe.make_key()
        environments = {n: troupe.call("POST", "/environments", {"name": f"with-{n}"})["environment"]["id"] for n in (0, *sizes)}

        def file(n, images):
            return json.dumps({"services": {f"s{i}": {
                "image": f"registry.example/i{i % images}:1", "environment": {"LEVEL": "info", "NAME": f"s{i}"}, "mem_limit": "64m", "volumes": [f"data{i}:/data"],
                **({"depends_on": [f"s{i // 10}"]} if i >= 10 else {})} for i in range(n)},
                "volumes": {f"data{i}": {} for i in range(n)}})
        connection = http.client.HTTPConnection("127.0.0.1", troupe.inner, timeout=90)

        def timed(environment, text, action):
            start, used = time.perf_counter(), troupe.processor_time()
            connection.request("POST", f"/environments/{environment}/application/plan", json.dumps({"compose": text}), {"X-API-Key": troupe.key, "Content-Type": "application/json"})
            answer = connection.getresponse()
            body = json.loads(answer.read())
            seconds = time.perf_counter() - start
            if answer.status != 200 or {c["action"] for c in body["plan"]["changes"]} != {action}:
                raise RuntimeError(f"{answer.status} {str(body)[:500]}")
            return seconds, troupe.processor_time() - used

        for n in sizes:
            path = f"/environments/{environments[n]}/application"
            operation = troupe.call("PUT", path, {"compose": file(n, 20)})["operation"]["id"]
            wait_for(lambda: troupe.call("GET", f"/operations/{operation}?wait=10s")["operation"]["status"] == "SUCCEEDED", 600, "it was not applied")
        kinds = (("that are not there, of 20 images", 0, 20, "create"), ("that are not there, of an image each", 0, max(sizes), "create"), ("that stand already", None, 20, "unchanged"))
        for _ in range(rounds):
            for name, environment, images, action in kinds:
                for n in sizes:
                    took.setdefault((name, n), []).append(timed(environments[n if environment is None else environment], file(n, images), action))
        for name, *_ in kinds:
            for n in sizes:
                seconds, used = (statistics.median(x) for x in zip(*took[name, n]))
                smallest = statistics.median(x for x, _ in took[name, sizes[0]])
                told(f"Plan of {n:,} services {name}", f"{seconds * 1e3:.0f} ms", f"{used * 1e3:.0f} ms of processor time", f"{seconds / smallest:.1f}", "<= 300 ms" if n == max(sizes) else "told")
    finally:
        troupe.stop()
        database.drop()


def recovery():
    """(d) 100,000 deployments in 10,000 environments on the simulated engine; with TROUPE_LONG=1 ten times as many."""
    environments, deployments = (100_000, 1_000_000) if os.environ.get("TROUPE_LONG") == "1" else (10_000, 100_000)
    database = Database("recovery")
    try:
        subprocess.run([BINARY, "migrate"], env=dict(os.environ, DATABASE_URL=database.url), check=True, capture_output=True)
        sample = Troupe(database, DOCKER_HOST="simulated:", STABILITY_WINDOW="0s")
        sample.ready()
        sample.make_key()
        environment = sample.call("POST", "/environments", {"name": "pattern"})["environment"]["id"]
        job = sample.call("POST", "/deployments", {"environmentId": environment, "image": "nginx", "tag": "1"})
        sample.call("GET", f"/deployments/job/{job['jobId']}?wait=30s")
        empty = sample.rss()
        sample.stop()

        ident = database.new_id
        database.copies("environments", environments, environment, id=ident("env", "g.n"), name="'e' || g.n")
        database.copies("deployments", deployments, job["deploymentId"], id=ident("dep", "g.n"), job_id=ident("job", "g.n"), environment_id=ident("env", f"1 + (g.n - 1) % {environments}"),
                        number="g.n", service="'s' || g.n", spec="jsonb_set(t.spec, '{name}', to_jsonb('s' || g.n))")
        database.sql("analyze environments, deployments")  # rows that came one by one would have been looked at long ago
        troupe = Troupe(database, DOCKER_HOST="simulated:", STABILITY_WINDOW="0s")
        try:
            up = troupe.ready(300)
            rss = troupe.rss()
            told(f"Recovery of {deployments:,} deployments in {environments:,} environments", f"{up:.1f} s to the first answer", f"{rss / 2**20:.0f} MB resident", f"{(rss - empty) / (deployments + environments) / 1024:.1f} KB an actor", "told")
            # A simulated Swarm is empty at its start: each deployment looks, misses its service, makes it again and says so.
            troupe.key, answered = sample.key, []

            def rebuilt():
                try:
                    answered.append(bool(troupe.call("GET", f"/environments/{environment}")))
                except (RuntimeError, OSError):  # 503, or no answer in time: all wait for the same two cores
                    answered.append(False)
                time.sleep(1)
                return int(database.sql("select count(*) from transitions where detail like 'the service was missing and was made again%'")) >= deployments
            wait_for(rebuilt, deployments / 100, "not every service was made again")
            settled, rss = time.monotonic() - troupe.started, troupe.rss()
            told("The same, until each has found its service missing and made it again", f"{settled:.0f} s", f"{rss / 2**20:.0f} MB resident",
                 f"{sum(answered)} of {len(answered)} GETs meanwhile were answered with 200", "told")
        finally:
            troupe.stop()
    finally:
        database.drop()


if __name__ == "__main__":
    known = {"deploy": deploy, "reads": reads, "tools": tools, "keys": keys, "transitions": transitions, "plans": plans, "growth": lambda: growth(sys.modules[__name__]), "recovery": recovery, "edge": edge}
    chosen = sys.argv[1:] or list(known)
    for name, needed in (("deploy", "TROUPE_TEST_DOCKER_HOST"), ("edge", "TROUPE_TEST_EDGE_IMAGE")):
        if name in chosen and not os.environ.get(needed):
            print(f"no {needed}: `{name}` is left out")
            chosen.remove(name)
    for name in chosen:
        known[name]()
    if rows:
        print("\n| what | Troupe | against | ratio | goal |\n| --- | --- | --- | --- | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |")
