"""A tenant's application, on this host: what it says, what it was told, and answers that try to talk nginx into something."""
import http.server
import threading

import acme


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.command, self.path, self.headers))
        if self.path == "/socket":
            return self.echo()
        if self.path == "/events":
            return self.events()
        if self.path == "/close":
            self.close_connection = True
            return
        self.send_response(200)
        if self.path == "/x-accel":
            for name, value in (("Redirect", "/.well-known/acme-challenge/planted"), ("Limit-Rate", "1"), ("Buffering", "yes"), ("Expires", "@1"), ("Charset", "utf-7")):
                self.send_header(f"X-Accel-{name}", value)
        self.answer(b"hello from the application\n" * (4000 if self.path == "/x-accel" else 1))

    def do_POST(self):
        self.server.seen.append((self.command, self.path, self.headers))
        if self.path == "/close":
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.answer(body[::-1])

    def answer(self, body):
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def echo(self):
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade")):
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        while got := self.rfile.readline():
            self.wfile.write(b"echo " + got)

    def events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        while self.server.more_events.wait(60):
            self.server.more_events.clear()
            self.wfile.write(b"data: now\n\n")

    def log_message(self, *_):
        pass


class Application(http.server.ThreadingHTTPServer):
    """Use as a context manager. `upstream` is what a site is given; `seen` what arrived: (method, path, headers)."""
    daemon_threads = True

    def __init__(self):
        super().__init__((acme.GATEWAY, 0), Handler)
        self.seen, self.more_events = [], threading.Event()
        self.upstream = "%s:%s" % self.server_address[:2]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
