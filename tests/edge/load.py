"""Visitors of a domain: so many requests a second through TLS, each counted, whatever happens behind the domain."""
import collections
import http.client
import socket
import ssl
import statistics
import threading
import time

import house

VISITORS = 10
SLOW = 10  # a visitor who waits this long has lost the request


class Load:
    """Use as a context manager. Half of the visitors keep their connection, half make a new one for each request.

    sent, failures ["time: why"], reconnects, seconds [of each answered request]. A kept connection that the edge closes between two
    requests (a reload does) is no failure: the visitor asks once more on a new one, as browsers do, and `reconnects` counts it.
    """

    def __init__(self, edge, domain, bodies, rate=50):
        self.domain, self.bodies, self.rate = domain, bodies, rate
        self.context = edge.trusted()
        self.sent, self.reconnects, self.failures, self.seconds, self.answers = 0, 0, [], [], collections.Counter()
        self.lock, self.began = threading.Lock(), time.monotonic()
        self.visitors = [house.Background(lambda stopped, n=n: self.visit(n, stopped)) for n in range(VISITORS)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for visitor in self.visitors:
            visitor.finish()

    def connect(self):
        wire = socket.create_connection((house.HOST_IP, 443), timeout=SLOW)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = http.client.HTTPConnection(self.domain, timeout=SLOW)
        connection.sock = self.context.wrap_socket(wire, server_hostname=self.domain)
        return connection

    def visit(self, number, stopped):
        keeps, kept, pause = number % 2 == 0, None, VISITORS / self.rate
        due = time.monotonic() + number / self.rate
        while not stopped.wait(max(0, due - time.monotonic())):
            due = max(due + pause, time.monotonic() - pause)  # after a wait, no more than one at once
            began, why = time.monotonic(), None
            try:
                kept, why = self.ask(kept)
            except (OSError, http.client.HTTPException) as error:
                kept, why = None, repr(error)
            with self.lock:
                self.sent += 1
                if why:
                    self.failures.append(f"{began - self.began:.2f} s, {'kept' if keeps else 'new'} connection: {why}")
                else:
                    self.seconds.append(time.monotonic() - began)
            if kept and not keeps:
                kept.close()
                kept = None
        if kept:
            kept.close()

    def ask(self, kept):
        """(the connection if it may be used again, what is wrong with the answer)"""
        connection = kept or self.connect()
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            connection.close()
            if not kept:
                raise
            with self.lock:
                self.reconnects += 1
            return self.ask(None)
        body = answer.read().decode(errors="replace").strip()
        with self.lock:
            self.answers[body] += 1
        wrong = None if answer.status == 200 and body in self.bodies else f"{answer.status} {body[:80]!r}"
        return None if answer.will_close else connection, wrong

    def percentile(self, percent):
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[percent - 1]
