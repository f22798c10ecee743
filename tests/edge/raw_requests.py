"""Requests that two parsers could read differently (tests/http_wall/raw_requests.cpp's kinds), each with another one hidden in it."""


def malformed(host, key, hidden):
    """{name: (bytes, whether it may be answered as a sound request)}. `hidden` is a whole request that must never be one.

    nginx is more lenient than Troupe's wall in points that make no second request (a bare LF, dots in a path): it passes them on in
    its own words, and the wall judges those again.
    """
    line, own = "POST /environments HTTP/1.1\r\n", f"Host: {host}\r\nX-API-Key: {key}\r\n"
    post = lambda headers, body=hidden: line + own + headers + "\r\n" + body
    length = lambda value: post(f"Content-Length: {value}\r\n", "abcde" + hidden)
    chunked = lambda body: post("Transfer-Encoding: chunked\r\n", body)
    get = lambda target, headers=own: f"GET {target} HTTP/1.1\r\n{headers}\r\n"
    end = "\r\nabcde\r\n0\r\n\r\n" + hidden
    refused = {
        "length and chunked": post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden),
        "chunked and length": post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + hidden),
        "two lengths": post("Content-Length: 5\r\nContent-Length: 41\r\n", "abcde" + hidden),
        "the same length twice": post("Content-Length: 5\r\nContent-Length: 5\r\n", "abcde" + hidden),
        **{f"length {value!r}": length(value) for value in ("5x", "+5", "5, 5", "abc", "-1", "0x5", "99999999999999999999")},
        "length over the limit": post("Content-Length: 4294967000\r\n", ""),
        "a body over the limit that hides requests": post("Content-Length: 2000000\r\n", hidden * 200),
        "a chunk over the limit": chunked("200000\r\nabcde" + hidden),
        **{f"chunk size {size!r}": chunked(size + end) for size in ("0x5", "+5", "-5", "fffffffffffffffff", "")},
        "a chunk longer than it said": chunked("3" + end),
        "an unknown coding": post("Transfer-Encoding: gzip\r\n"),
        "two codings": post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden),
        "a list of codings": post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n" + hidden),
        "a coding that looks like chunked": post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + hidden),
        "a coding after a tab": post("Transfer-Encoding:\tchunked\x0b\r\n", "0\r\n\r\n" + hidden),
        "a NUL in a value": get("/health", own + "X: a\0b\r\n"),
        "a NUL in a name": get("/health", own + "X\0: a\r\n"),
        "no host": get("/health", ""),
        "two hosts": get("/health", own + "Host: b\r\n"),
        "an empty host": get("/health", "Host:\r\n"),
        "a host with a path": get("/health", f"Host: {host}/b\r\n"),
        "a method of its own": f"CONNECT {host}:443 HTTP/1.1\r\n{own}\r\n",
        "a broken escape": get("/a%zz"),
        "an encoded NUL": get("/a%00"),
        "a space in the target": get("/a b"),
        "HTTP/2's preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "an unknown version": f"GET /health HTTP/2.1\r\n{own}\r\n",
        "a version with a tail": f"GET /health HTTP/1.1x\r\n{own}\r\n",
        "a version in lower case": f"GET /health http/1.1\r\n{own}\r\n",
        "a second handshake": "\x16\x03\x01\0\xa5\x01\0\0\xa1\x03\x03",
        "too long a target": get("/" + "a" * 9000),
        "fifty thousand slashes": get("/" * 50000),
        "a header too large": get("/health", own + f"X: {'a' * 40000}\r\n"),
        "a head without end": f"GET /health HTTP/1.1\r\n{own}X: {'a' * 40000}",
        "too many headers": get("/health", own + "".join(f"X-{n}: 1\r\n" for n in range(101))),
        "a host of nobody": get("/health", "Host: nobody.example\r\n"),
    }
    perhaps = {
        "an empty length": length(""),
        "chunks that end in a bare LF": chunked("5\nabcde\n0\n\n"),
        "a chunk extension with a LF": chunked("5;a\nabcde\r\n0\r\n\r\n"),
        "a chunk extension too large": chunked("5;" + "a" * 120000 + "\r\nabcde\r\n0\r\n\r\n"),
        "trailers too large": chunked("0\r\nX: " + "a" * 120000 + "\r\n\r\n"),
        "trailers that are headers": chunked("5\r\nabcde\r\n0\r\nContent-Length: 5\r\nHost: b\r\n\r\n"),
        "chunks in HTTP/1.0": f"POST /environments HTTP/1.0\r\n{own}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a bare LF": f"GET /health HTTP/1.1\nHost: {host}\n\n",
        "a bare LF in the head": get("/health", f"Host: {host}\nX: y\r\n"),
        "an empty first line": "\r\n" + get("/health"),
        "a CR in a value": get("/health", own + "X: a\rb\r\n"),
        "an escape in a value": get("/health", own + "X: a\x1b[2J\r\n"),
        "a folded value": get("/health", own + "X: a\r\n b\r\n"),
        "a fold that is a header": post("X: a\r\n\tContent-Length: 5\r\n", ""),
        "a space before the colon": post("Content-Length : 5\r\n", ""),
        "a header without a name": get("/health", own + ": a\r\n"),
        "a header without a colon": get("/health", own + "abc\r\n"),
        "a host with a user": get("/health", f"Host: a@{host}\r\n"),
        "an absolute target": get(f"http://{host}/health"),
        "an absolute target elsewhere": get("http://nobody.example/health"),
        "the whole server": f"OPTIONS * HTTP/1.1\r\n{own}\r\n",
        "an old version": "GET /health\r\n\r\n",
        "HTTP/1.2": f"GET /health HTTP/1.2\r\n{own}\r\n",
        "an unknown expectation": post("Expect: miracles\r\nContent-Length: 5\r\n", "abcde"),
        "an upgrade to h2c": get("/health", own + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
        "a websocket that is none": get("/health", own + "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        "a body of a GET": get("/health", own + f"Content-Length: {len(hidden)}\r\n") + hidden,
        "a body with a type that nobody knows": post(f"Content-Type: zz\r\nAccept: zz\r\nContent-Length: {len(hidden)}\r\n"),
        "a connection header that names others": post(f"Connection: close, Content-Length, X-API-Key\r\nContent-Length: {len(hidden)}\r\n"),
        **{f"target {target!r}": get(target) for target in ("//a", "/a//b", "/a/../b", "/a/./b", "/a/..", "/a/%2e%2E/b", "/a%2Fb", "/a%5cb", "/a%0d%0aX:%20y",
                                                           "/a%2", "/a#b", "/a\\b", "/\xe4", "/admin/../health", "/health/..;/admin/system")},
    }
    return {**{name: (text.encode("latin-1"), False) for name, text in refused.items()},
            **{name: (text.encode("latin-1"), True) for name, text in perhaps.items()}}
