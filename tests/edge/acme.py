"""An ACME server for tests: Pebble with a CA of its own, and the name server that it and the edge ask (pebble-challtestsrv).

Both listen on the host's end of the private Engine, TROUPE_TEST_GATEWAY_IP: the name server on port 53, so that a container may
have it as its `--dns`. A third of all nonces is refused, as Pebble does to find clients that cannot bear it.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import urllib.request

import house

GATEWAY = os.environ.get("TROUPE_TEST_GATEWAY_IP", "")


class Pebble:
    """Use as a context manager.

    directory   the URL that an ACME client is given
    ca_file     what vouches for that URL's server
    """

    def __init__(self, address=GATEWAY, port=14000, http_port=80, bad_nonces=30, valid_seconds=90 * 86400):
        self.address, self.port, self.http_port, self.bad_nonces, self.valid_seconds = address, port, http_port, bad_nonces, valid_seconds
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="troupe-pebble-"))
        self.ca_file = self.work / "ca.pem"
        self.directory = f"https://{address}:{port}/dir"
        self.server = self.names = None

    def __enter__(self):
        try:
            self.make_certificates()
            self.start_names()
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.stop()
        if self.names:
            end(self.names)
        shutil.rmtree(self.work, ignore_errors=True)

    def make_certificates(self):
        def openssl(*arguments):
            house.run("openssl", *arguments, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        openssl("req", "-x509", "-keyout", self.work / "ca.key", "-out", self.ca_file, "-days", "30", "-subj", "/CN=The tests' CA",
                "-addext", "basicConstraints=critical,CA:TRUE")
        openssl("req", "-keyout", self.work / "key.pem", "-out", self.work / "request.pem", "-subj", "/CN=pebble")
        (self.work / "names").write_text(f"subjectAltName=IP:{self.address}\n")
        house.run("openssl", "x509", "-req", "-in", self.work / "request.pem", "-CA", self.ca_file, "-CAkey", self.work / "ca.key",
                  "-CAcreateserial", "-days", "30", "-out", self.work / "cert.pem", "-extfile", self.work / "names")

    # ---- names

    def start_names(self):
        """Port 53 takes root."""
        command = ["pebble-challtestsrv", "-dns01", f"{self.address}:53", "-management", f"{self.address}:{self.port + 2}", "-http01", "",
                   "-https01", "", "-tlsalpn01", "", "-defaultIPv4", "", "-defaultIPv6", ""]
        self.names = self.launch([*([] if os.geteuid() == 0 else ["sudo", "-n"]), *command], "names.log")
        house.eventually(lambda: listens(self.address, self.port + 2), f"the name server listens at {self.address}")

    def manage(self, path, **body):
        request = urllib.request.Request(f"http://{self.address}:{self.port + 2}/{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()

    def set_address(self, name, *addresses, ipv6=()):
        """From now on the name leads to these; none is a name without an address."""
        for kind, found in (("a", addresses), ("aaaa", ipv6)):
            self.manage(f"clear-{kind}", host=name + ".")
            if found:
                self.manage(f"add-{kind}", host=name + ".", addresses=list(found))

    # ---- the server

    def start(self):
        """A new Pebble: it knows no account and no order of a former one, and has other roots."""
        (self.work / "config.json").write_text(json.dumps({"pebble": {
            "listenAddress": f"{self.address}:{self.port}", "managementListenAddress": f"{self.address}:{self.port + 1}",
            "certificate": str(self.work / "cert.pem"), "privateKey": str(self.work / "key.pem"), "httpPort": self.http_port, "tlsPort": 443,
            "certificateValidityPeriod": self.valid_seconds}}))
        self.server = self.launch(["pebble", "-config", self.work / "config.json", "-dnsserver", f"{self.address}:53"], "pebble.log",
                                  PEBBLE_WFE_NONCEREJECT=str(self.bad_nonces), PEBBLE_VA_NOSLEEP="1", PEBBLE_AUTHZREUSE="0")
        house.eventually(lambda: listens(self.address, self.port) and listens(self.address, self.port + 1), "Pebble listens")
        return self

    def stop(self):
        if self.server:
            end(self.server)
            self.server = None

    def pause(self):
        """It accepts connections and says nothing."""
        self.server.send_signal(signal.SIGSTOP)

    def resume(self):
        self.server.send_signal(signal.SIGCONT)

    def log(self):
        return (self.work / "pebble.log").read_text(errors="replace")

    def root(self):
        """The certificate, as PEM, that what Pebble issues chains up to."""
        trusted = ssl.create_default_context(cafile=str(self.ca_file))
        with urllib.request.urlopen(f"https://{self.address}:{self.port + 1}/roots/0", timeout=10, context=trusted) as answer:
            return answer.read().decode()

    def launch(self, command, log, **environment):
        with open(self.work / log, "ab") as out:
            return subprocess.Popen([str(c) for c in command], stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
                                    env={**os.environ, **environment}, preexec_fn=house.die_with_parent)


def end(process):
    process.send_signal(signal.SIGCONT)
    process.terminate()
    process.wait(10)


def listens(address, port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0
