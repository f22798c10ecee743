"""Logs are there when they are needed: after failures, stops, releases and kills of the server, each line once."""
import contextlib
import http.client
import json
import time
import unittest

import house

WEB = f"{house.REGISTRY}/web"
# A thousand numbered lines a second, 15,000 in all.
MARKERS = "n=1; while [ $n -le 15000 ]; do seq $n $((n + 99)) | sed 's/^/line /'; n=$((n + 100)); sleep 0.1; done; sleep 1000"
COUNT = 15000


def shell(script):
    return {"image": WEB, "tag": "1", "command": ["/bin/sh", "-c", script]}


class Logs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_database()
        house.need("TROUPE_TEST_DOCKER_HOST", "TROUPE_TEST_REGISTRY")
        cls.house = cls.enterClassContext(house.House(house.ENGINE)).start()
        cls.house.wait_at_the_door()

    def setUp(self):
        self.environment = self.house.make_environment()
        self.addCleanup(self.house.delete_environment, self.environment)

    def deploy(self, script, **more):
        return self.house.settle(self.house.deploy(self.environment, **shell(script), **more))

    def lines(self, id, query="tail=10000"):
        return [line["message"] for line in self.house.ok("GET", f"/deployments/{id}/logs?{query}")["lines"]]

    def writes(self, id, message, within=20):
        return house.eventually(lambda: message in (found := self.lines(id)) and found, f"{id} wrote {message}", within)

    def all_pages(self, id):
        """From the newest page to the oldest, in the order of time."""
        found, path = [], f"/deployments/{id}/logs?tail=4000"
        while True:
            page = self.house.ok("GET", path)
            found = [line["message"] for line in page["lines"]] + found
            if not page.get("nextCursor"):
                return found
            path = f"/deployments/{id}/logs?tail=4000&cursor={page['nextCursor']}"

    def test_no_line_is_lost_or_doubled_by_kills_of_the_server(self):
        began = time.monotonic()
        id = self.house.deploy(self.environment, **shell(MARKERS))["deploymentId"]
        for kill in range(4):
            house.eventually(lambda: len(self.all_pages(id)) > 2000 * (kill + 1), "lines are kept", 60, 0.2)
            self.house.kill()
            self.house.start()
        expected = [f"line {n}" for n in range(1, COUNT + 1)]
        house.eventually(lambda: self.lines(id, "tail=1") == expected[-1:], "the last line is kept", 90, 0.3)
        found = self.all_pages(id)
        print(f"{len(found)} lines, 4 kills, {time.monotonic() - began:.0f} s")
        self.assertEqual(len(expected), len(found))
        self.assertEqual(expected, found)

    def test_what_failed_stopped_or_was_replaced_still_tells(self):
        failed = self.deploy("echo before the end; exit 3", name="bad")
        self.assertEqual("FAILED", failed["status"])
        self.assertIn("before the end", self.writes(failed["id"], "before the end"))

        first = self.deploy("echo I am the first; sleep 1000")
        self.writes(first["id"], "I am the first")
        second = self.deploy("echo I am the second; sleep 1000")
        self.assertEqual("RUNNING", second["status"])
        self.writes(second["id"], "I am the second")
        self.house.reaches(first["id"], "SUPERSEDED", 10)
        self.assertEqual(["I am the first"], self.lines(first["id"]))
        self.assertEqual(["I am the second"], self.lines(second["id"]))
        self.assertEqual(["I am the first", "I am the second"], self.lines(second["id"], "deployment=all"))
        self.assertEqual(["I am the second"], self.lines(second["id"], "deployment=all&contains=second"))

        self.house.ok("POST", f"/deployments/{second['id']}/stop")
        self.house.reaches(second["id"], "STOPPED")
        self.assertEqual(["I am the second"], self.lines(second["id"]))
        self.house.ok("POST", f"/deployments/{second['id']}/start")
        self.house.reaches(second["id"], "RUNNING")
        house.eventually(lambda: self.lines(second["id"]) == 2 * ["I am the second"], "both runs are there")

    def test_times_bound_what_is_read(self):
        id = self.deploy("echo early; sleep 3; echo late; sleep 1000")["id"]
        self.writes(id, "late")
        early, late = self.house.ok("GET", f"/deployments/{id}/logs")["lines"]
        self.assertEqual(["late"], self.lines(id, f"since={late['timestamp']}"))
        self.assertEqual(["early"], self.lines(id, f"until={early['timestamp']}"))
        self.assertEqual(["late"], self.lines(id, "tail=1"))
        refused = self.house.call("GET", f"/deployments/{id}/logs?since=yesterday&tail=0")
        self.assertEqual(400, refused.status)
        self.assertEqual({"?since", "?tail"}, {e["pointer"] for e in refused.problem["errors"]})

    def events_of(self, path, count, last=None):
        """So many events of a stream, as (id, message)."""
        headers = {"X-API-Key": self.house.key, "Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=30)) as connection:
            connection.request("GET", path, headers=headers)
            stream, found, id = connection.getresponse(), [], None
            self.assertEqual(200, stream.status)
            while len(found) < count:
                line = stream.readline().decode()
                self.assertTrue(line, "the stream ended early")
                if line.startswith("id:"):
                    id = line[3:].strip()
                elif line.startswith("data:"):
                    found.append((id, json.loads(line[5:])["message"]))
            return found

    def test_a_stream_goes_on_where_it_was_cut_off_also_by_a_kill(self):
        id = self.deploy("n=1; while :; do echo line $n; n=$((n + 1)); sleep 0.05; done")["id"]
        path = f"/deployments/{id}/logs?follow=true&tail=10000"
        found = self.events_of(path, 50)
        for _ in range(2):
            self.house.kill()
            self.house.start()
            found += self.events_of(path, 50, last=found[-1][0])
        self.assertEqual([f"line {n}" for n in range(1, 151)], [message for _, message in found])
        self.assertEqual(len(found), len({id for id, _ in found}))

    def test_volumes_are_listed_and_go_when_nobody_uses_them(self):
        volume = {"name": "data", "mountPath": "/data"}
        id = self.deploy("echo 12345 > /data/file; sleep 1000", volumes=[volume])["id"]
        path = f"/environments/{self.environment}/volumes"
        listed = house.eventually(lambda: (v := self.house.ok("GET", path)["volumes"]) and v, "the volume is listed")
        self.assertEqual(["data"], [v["name"] for v in listed])
        self.assertEqual([id], [use["deploymentId"] for use in listed[0]["usedBy"]])
        self.assertEqual(409, self.house.call("DELETE", f"{path}/data?confirm=data").status)
        self.house.ok("DELETE", f"/deployments/{id}")
        self.house.reaches(id, "REMOVED")
        self.assertEqual(["data"], [v["name"] for v in self.house.ok("GET", path)["volumes"]], "Docker keeps it, so it is shown")
        self.assertEqual(400, self.house.call("DELETE", f"{path}/data").status, "its name once more")
        self.house.ok("DELETE", f"{path}/data?confirm=data")
        self.assertEqual([], self.house.ok("GET", path)["volumes"])
        self.assertEqual([], self.house.docker.list("volume", f"label=com.troupe.environment={self.environment}"))


if __name__ == "__main__":
    house.main()
