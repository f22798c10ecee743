"""A program under load in an environment of its own, what is done to it, and what of its data is lost by that."""
import collections
import time

import operations
import programs
import writers


class Trial:
    """Deploys program and writers.

    wrong: what went wrong, a line each
    seconds: how long each operation took, by its kind
    acknowledged, lost: the ids of rows
    """

    def __init__(self, own, program, image, environment, sessions=2, within=90):
        self.program, self.volume = program, programs.volume(environment)
        self.wrong, self.seconds, self.acknowledged, self.lost = [], collections.defaultdict(list), set(), set()
        self.operations = operations.Operations(own, environment, program, image, within)
        self.writers = writers.Writers(own, environment, program, image, sessions, within)
        self.writers.go_on()

    def run(self, kinds, fault=lambda number: None):
        """One operation after the other; calls fault(number) while each is under way. Ends early where the program does
        not come back: all that follow would wait for it."""
        for number, kind in enumerate(kinds):
            began = time.monotonic()
            try:
                self.operations.run(kind, lambda: fault(number))
                self.writers.go_on()
                self.compare(f"{number}, {kind}")
            except (AssertionError, RuntimeError) as error:
                self.wrong.append(f"{number}, {kind}: {error}")
                return
            self.seconds[kind].append(time.monotonic() - began)

    def compare(self, when):
        """What is acknowledged with what is there. In this order, for the writers go on."""
        before, noted = self.lost, self.writers.acknowledged()
        assert noted >= self.acknowledged, "the writers' own notes are not whole"
        self.acknowledged = noted
        kept = set(self.operations.inside(*self.program.read).split())
        self.lost = self.acknowledged - kept
        if new := self.lost - before:
            count = f"{len(new)} of {len(self.acknowledged)} acknowledged rows"
            self.wrong.append(f"{when}: {count} are lost: {sorted(new)[:3]}")

    def told(self):
        return f"{self.program.name}: {len(self.acknowledged)} rows acknowledged, {len(self.lost)} lost"
