"""A client that says exactly the bytes it is told, through TLS, and reads answers as HTTP/1.1 frames them."""
import collections
import contextlib
import select
import socket

Answer = collections.namedtuple("Answer", "status headers body")


class RawClient:
    def __init__(self, edge, domain, timeout=40, **options):  # longer than the edge waits for the rest of a body
        self.wire = edge.connect(domain, timeout=timeout, **options)
        self.data, self.closed = b"", False

    def send(self, data):
        """False where the other side has closed."""
        with contextlib.suppress(OSError):
            self.wire.sendall(data)
            return True
        return False

    def read(self):
        """More bytes than are there; False at the end of the connection."""
        try:
            got = self.wire.recv(65536)
        except TimeoutError:
            return False
        except OSError:
            got = b""
        self.closed = not got
        self.data += got
        return bool(got)

    def take(self, size):
        while len(self.data) < size and self.read():
            pass
        out, self.data = self.data[:size], self.data[size:]
        return out

    def line(self):
        while b"\n" not in self.data and self.read():
            pass
        out, _, self.data = self.data.partition(b"\n")
        return out.strip()

    def answer(self):
        """The next Answer; None at the end of the connection or of patience."""
        first = self.line().split(b" ", 2)
        if len(first) < 2 or not first[0].startswith(b"HTTP/1."):
            return None
        headers = {}
        while line := self.line():
            name, _, value = line.partition(b":")
            headers[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.line() or b"0", 16):
                body += self.take(size)
                self.line()
            self.line()
        else:
            body = self.take(int(headers.get("content-length", 0)))
        return Answer(int(first[1]), headers, body)

    def answers(self):
        out = []
        while one := self.answer():
            out.append(one)
        return out

    def is_over(self, more):
        """Says more, reads nothing; whether the other side has ended the connection."""
        if more and not self.send(more):
            return True
        poll = select.poll()
        poll.register(self.wire, select.POLLRDHUP)
        return bool(poll.poll(0))

    def close(self):
        with contextlib.suppress(OSError):
            self.wire.shutdown(socket.SHUT_RDWR)
        self.wire.close()
