"""Clients that write to a program all the time, from its environment, and note each row that it has acknowledged."""
import re

import house

SERVICE = "writers"

# A session whose client ended begins anew under another number: what was not acknowledged is never written again.
SCRIPT = """
prepare() {{ {prepare}; }}
client() {{ {client}; }}
statement() {{ {statement}; }}
statements() {{
  session=$1 run=$1-$(cut -d' ' -f1 /proc/uptime) n=0
  while :; do
    n=$((n + 1)) id=$run-$n
    statement
    [ $((n % 10)) != 0 ] || usleep 100000
  done
}}
write() {{
  while :; do
    statements "$1" | client >>"/acknowledged/$1"
    usleep 100000
  done
}}
until prepare; do usleep 200000; done
for session in {sessions}; do write "$session" & done
wait
"""


class Writers:
    """Deploys them as a service of their own."""

    def __init__(self, own, environment, program, image, sessions, within):
        self.house, self.environment, self.within = own, environment, within
        parts = {part: getattr(program, part) for part in ("prepare", "client", "statement")}
        script = SCRIPT.format(**parts, sessions=" ".join(f"s{n}" for n in range(1, sessions + 1)))
        # The image declares the server's data, which a client has none of.
        mounts = [{"name": "acknowledged", "mountPath": "/acknowledged"},
                  {"mountPath": program.data, "ephemeral": True}]
        own.run_release(environment, image, name=SERVICE, command=["sh", "-c", script], envVars=program.writer_env,
                        volumes=mounts)

    def containers(self):
        return self.house.docker.list("container", f"label=com.troupe.environment={self.environment}",
                                      f"label=com.troupe.service={SERVICE}", "status=running")

    def note(self, command):
        """What a shell command says in the writers' container."""
        found = self.containers()
        return self.house.docker("exec", found[0], "sh", "-c", command) if found else ""

    def count(self):
        return int(self.note("cat /acknowledged/* | wc -l") or 0)

    def acknowledged(self):
        """The ids of the rows."""
        return set(re.findall(r"^s\d+-[\d.]+-\d+$", self.note("cat /acknowledged/*"), re.MULTILINE))

    def go_on(self):
        """Waits until the program has acknowledged rows anew."""
        before = self.count()
        try:
            house.eventually(lambda: self.count() > before + 10, "rows are acknowledged", self.within, every=0.1)
        except AssertionError as error:
            said = [self.house.docker("logs", "--tail", "5", found, check=False) for found in self.containers()]
            raise AssertionError(f"{error}: {[each.stdout + each.stderr for each in said]}") from error
