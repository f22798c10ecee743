"""What people do to a deployed program, each waited for until it has settled."""
import itertools

import house
import programs

KINDS = ("change", "restart", "rollback", "bad_command", "never_healthy", "stop_and_start")


class Operations:
    """Of one program with a volume. Deploys it; `current` is the id of the release that runs."""

    def __init__(self, own, environment, program, image, within=90):
        self.house, self.environment, self.program, self.image, self.within = own, environment, program, image, within
        self.revisions = itertools.count(1)
        self.current = self.settle(self.release(), "RUNNING")["id"]

    def run(self, kind, meanwhile=lambda: None):
        """Calls meanwhile() once the operation is under way. The program runs afterwards, as one healthy container."""
        for _ in getattr(self, kind)():
            meanwhile()
        house.eventually(self.runs, f"the program runs after {kind}", self.within, every=0.1)

    def runs(self):
        deployment = self.house.deployment(self.current)
        return (deployment["status"], deployment["health"]) == ("RUNNING", "ok") and len(self.containers()) == 1

    def containers(self, *filters):
        """Ids of the running ones, of whatever release."""
        return self.house.docker.list("container", f"label=com.troupe.environment={self.environment}",
                                      f"label=com.troupe.service={programs.SERVICE}", "status=running", *filters)

    def inside(self, *command, **options):
        found = self.containers()
        assert found, "the program does not run"
        return self.house.docker("exec", found[0], *command, **options)

    def release(self, **more):
        """A release that differs from all others in a variable."""
        body = self.program.deployment(**more)
        body["envVars"] = {**body.get("envVars", {}), "REVISION": str(next(self.revisions))}
        return self.house.deploy(self.environment, self.image, **body)

    def settle(self, accepted, status):
        deployment = self.house.settle(accepted, self.within)
        assert deployment["status"] == status, deployment
        return deployment

    def order(self, verb):
        return self.house.ok("POST", f"/deployments/{self.current}/{verb}")

    # ---- the kinds

    def change(self):
        accepted = self.release()
        yield
        self.current = self.settle(accepted, "RUNNING")["id"]

    def restart(self):
        before = set(self.containers())
        self.order("restart")
        yield
        house.eventually(lambda: not before & set(self.containers()), "the former one ends", self.within, every=0.1)

    def crash(self):
        """No operation of anybody's: the program dies by itself."""
        before = set(self.containers())
        self.house.docker("kill", *before)
        yield
        house.eventually(lambda: set(self.containers()) - before, "another container runs", self.within, every=0.1)

    def rollback(self):
        accepted = self.order("rollback")
        yield
        self.current = self.settle(accepted, "RUNNING")["id"]

    def fail(self, **body):
        accepted = self.release(**body)
        yield
        failed = self.settle(accepted, "FAILED")
        assert failed["rolledBackTo"] == self.current, failed

    def bad_command(self):
        return self.fail(command=["/no/such/program"])

    def never_healthy(self):
        return self.fail(healthCheck={"command": ["false"], "intervalSeconds": 1, "timeoutSeconds": 1, "retries": 1,
                                      "startPeriodSeconds": 0})

    def stop_and_start(self):
        self.order("stop")
        yield
        self.house.reaches(self.current, "STOPPED", self.within)
        self.order("start")
        self.house.reaches(self.current, "RUNNING", self.within)
