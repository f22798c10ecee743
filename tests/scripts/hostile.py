"""What lies in wait for an Engine that pulls: a registry that sends it elsewhere, and where it is sent.

hostile.py registry ADDRESS PORT redirect|realm URL   each image's manifest is said to be at URL, or tokens are
hostile.py listen ADDRESS PORT FILE                   the first line of each request goes to FILE
"""
import http.server
import sys


class Registry(http.server.BaseHTTPRequestHandler):
    how = where = ""

    def do_GET(self):
        if self.how == "realm":
            self.answer(401, "WWW-Authenticate", f'Bearer realm="{self.where}",service="hostile"')
        elif self.path == "/v2/":
            self.answer(200, "Docker-Distribution-Api-Version", "registry/2.0")
        else:
            self.answer(307, "Location", self.where)

    do_HEAD = do_GET

    def answer(self, status, name, value):
        self.send_response(status)
        self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Listener(Registry):
    file = ""

    def do_GET(self):
        with open(self.file, "a") as out:
            out.write(self.requestline + "\n")
        self.answer(404, "X-Here", "yes")

    do_HEAD = do_GET


def main(what, address, port, *more):
    if what == "registry":
        Registry.how, Registry.where = more
    else:
        (Listener.file,) = more
    http.server.ThreadingHTTPServer((address, int(port)), Registry if what == "registry" else Listener).serve_forever()


main(*sys.argv[1:])
