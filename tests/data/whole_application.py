"""A whole application of real programs on a real Swarm: a PostgreSQL with its volume, a migration that has to end well before the web server
starts, and a worker that writes rows all the while; planned, put up, put up again, changed, broken, pruned and read back."""
import datetime
import re
import unittest

import house
import programs

COMPOSE = """
services:
  web:
    image: {web}
    depends_on:
      migrate: {{condition: service_completed_successfully}}
    environment: {{GREETING: "${{GREETING:-hello}}"}}
    healthcheck: {{test: [CMD, wget, -q, -O, "-", "http://127.0.0.1:8080/"], interval: 1s, timeout: 5s, start_period: 20s}}
  worker:
    image: {postgres}
    depends_on: [migrate]
    entrypoint: [sh, -c]
    command: ["while :; do psql -X -q -h db -U postgres -d app -c 'INSERT INTO done DEFAULT VALUES'; sleep 0.1; done"]
    environment: {{PGPASSWORD: "${{PASSWORD}}", PGCONNECT_TIMEOUT: "3"}}
  migrate:
    image: {postgres}
    restart: "no"
    depends_on: {{db: {{condition: service_healthy}}}}
    entrypoint: [sh, -c]
    command: ["psql -X -v ON_ERROR_STOP=1 -h db -U postgres -d app -c 'CREATE TABLE IF NOT EXISTS done (id bigserial PRIMARY KEY)'"]
    environment: {{PGPASSWORD: "${{PASSWORD}}"}}
  db:
    image: {postgres}
    command: [postgres, -c, "log_min_messages={level}"]
    environment: {{POSTGRES_PASSWORD: "${{PASSWORD}}", POSTGRES_DB: app}}
    healthcheck: {{test: [CMD, pg_isready, -q, -U, postgres, -d, app], interval: 1s, timeout: 5s, retries: 5, start_period: 30s}}
    volumes: ["data:/var/lib/postgresql/data"]
"""
GIVEN = {"PASSWORD": programs.PASSWORD}


def moment(text):
    return datetime.datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00")


class WholeApplication(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        cls.postgres = programs.POSTGRES.image(house.ENGINE)
        cls.house = cls.enterClassContext(house.House(house.ENGINE, MAX_MEMORY_MB=1024))
        cls.house.start()
        cls.docker = cls.house.docker

    def setUp(self):
        self.environment = self.house.make_environment()
        self.addCleanup(self.house.delete_environment, self.environment, 180)
        self.path = f"/environments/{self.environment}/application"

    def compose(self, web="web:1", level="warning"):
        return COMPOSE.format(web=f"{house.REGISTRY}/{web}", postgres=self.postgres, level=level)

    def apply(self, text, status="SUCCEEDED", **more):
        """How its steps ended."""
        operation = self.house.ok("PUT", self.path, {"compose": text, "variables": GIVEN, **more})["operation"]
        path = f"/operations/{operation['id']}?wait=10s"
        over = house.eventually(lambda: (o := self.house.ok("GET", path)["operation"])["status"] not in ("APPLYING", "ROLLING_BACK") and o, "it is over", 240)
        self.assertEqual(status, over["status"], over)
        return {s["service"]: s["status"] for s in over["steps"]}

    def containers(self, service):
        return self.docker.containers(f"label=com.troupe.environment={self.environment}", f"label=com.troupe.service={service}")

    def running(self, service):
        """The one that does; that of the release before may take a moment to end."""
        alone = lambda: (found := [c for c in self.containers(service) if c["State"]["Running"]]) and len(found) == 1 and found[0]
        return house.eventually(alone, f"one container of {service} runs", 60)

    def ids(self):
        """Of Swarm's tasks, as the docker client sees them."""
        return {name: self.running(name)["Config"]["Labels"]["com.docker.swarm.task.id"] for name in ("db", "web", "worker")}

    def rows(self):
        return int(self.docker("exec", self.running("db")["Id"], "psql", "-X", "-A", "-t", "-U", "postgres", "-d", "app", "-c", "SELECT count(*) FROM done"))

    def test_it_goes_up_in_its_order_and_stays_whole_through_changes(self):
        plan = self.house.ok("POST", self.path + "/plan", {"compose": self.compose(), "variables": GIVEN})["plan"]
        self.assertEqual(["db", "migrate", "web", "worker"], [c["service"] for c in plan["changes"]])
        self.assertEqual({"db", "migrate", "web", "worker"}, set(self.apply(self.compose(), plan=plan["id"])))
        steps = {d["name"]: d for d in self.house.ok("GET", f"/deployments/environment/{self.environment}")["deployments"]}
        self.assertEqual("SUCCEEDED", steps["migrate"]["status"])
        told = {name: self.house.events(d["id"]) for name, d in steps.items()}
        over = {name: moment(events[-1]["time"]) for name, events in told.items()}
        began = {name: next(moment(e["time"]) for e in events if e["status"] == "PULLING_IMAGE") for name, events in told.items()}
        self.assertLess(over["db"], began["migrate"])
        self.assertLess(over["migrate"], moment(self.running("web")["State"]["StartedAt"]))
        self.assertLess(over["migrate"], moment(self.running("worker")["State"]["StartedAt"]))
        house.eventually(lambda: self.rows() > 3, "the worker writes")

        before = self.ids()
        self.assertEqual({}, self.apply(self.compose()))
        self.assertEqual(before, self.ids(), "nothing was touched")
        self.assertEqual({"web": "DONE"}, self.apply(self.compose(), variables={**GIVEN, "GREETING": "good day"}))
        after = self.ids()
        self.assertEqual({"web"}, {name for name in after if after[name] != before[name]})
        self.assertIn("GREETING=good day", self.running("web")["Config"]["Env"])

    def test_a_broken_one_goes_back_whole_and_no_row_is_lost(self):
        self.apply(self.compose())
        house.eventually(lambda: self.rows() > 3, "the worker writes")
        rows, web = self.rows(), self.running("web")["Id"]
        ends = self.apply(self.compose(web="none:1", level="info"), "ROLLED_BACK")
        self.assertEqual({"db": "ROLLED_BACK", "web": "FAILED"}, ends)
        self.assertEqual(web, self.running("web")["Id"], "what serves was not touched")
        self.assertIn("log_min_messages=warning", self.running("db")["Args"] + self.running("db")["Config"]["Cmd"])
        house.eventually(lambda: self.rows() > rows, "the worker writes again, behind the rows that there were", 60)

        text = self.house.call("GET", self.path).body.decode()
        self.assertNotIn(programs.PASSWORD, text)
        self.assertIn("      migrate:\n        condition: service_completed_successfully\n", text)
        self.assertIn("      db:\n        condition: service_healthy\n", text)
        self.assertEqual({}, self.apply(text), text)
        self.assertEqual(text, self.house.call("GET", self.path).body.decode())
        kept = re.sub(r"  worker:\n(?:    .*\n)+", "", self.compose())
        self.assertEqual({"worker": "DONE"}, self.apply(kept, prune=True), kept)
        self.assertEqual([], [c for c in self.containers("worker") if c["State"]["Running"]])


if __name__ == "__main__":
    house.main()
