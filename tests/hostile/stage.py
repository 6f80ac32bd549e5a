"""The servers that are attacked, what is measured of them, and what their logs must say."""

import os
import re
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

import rfb
from wire import Failed, PATIENCE, WebSocket, Wire

TLS = Path(__file__).parent.parent / "tls"
AUTHORITY = str(TLS / "ca.pem")
FULL, VIEW = b"full", b"view"
USER, PASSWORD = b"ann", b"an open secret"
GUEST, TOKEN_KEY = b"db1", b"k" * 32

# Where browsers come from. The server takes who says nothing for 40 ms for a viewer, which a busy client is easily mistaken
# for; but where a browser has just asked for something, it waits for a second.
BROWSERS = "127.0.0.2"

# How much more memory a server may have at the end than once its healthy viewers had come in: what allocators keep back.
GROWTH_MAX = 32 * 1024 * 1024
# The same where the largest picture there may be was asked for: it has 64 MiB, in small pieces.
GROWTH_MAX_OF_PICTURES = 96 * 1024 * 1024
# Connections of attackers that a server may have at once, beside those that are refused.
CLIENTS = 400

# The console that is attacked keeps what it is sent; each healthy viewer has one that echoes.
KEEPS = "stty raw -echo; : >{ready}; exec tee {typed}"
ECHOES = "stty raw -echo; printf '\\033[?25l'; : >{ready}; exec cat"

# What the log says at the end of a connection on which RFB was spoken.
ENDS = ("viewer gone", "did not come in", "viewer not let in")
LINE = re.compile(r"viewer\{[^}]*peer=([0-9.]+:\d+)[^}]*\}: (.*)")


class Server:
    """A server on a port of its own, in a directory of its own."""

    def __init__(
        self,
        name,
        program,
        directory,
        *,
        options=(),
        files=None,
        host="127.0.0.1",
        first=KEEPS,
        descriptors=None,
        growth=GROWTH_MAX,
    ):
        self.name, self.directory = name, Path(directory)
        self.directory.mkdir()
        for file, content in (files or {}).items():
            self.path(file).touch(0o600)
            self.path(file).write_bytes(content)
        command = [program, "--listen", f"{host}::0", "--resize", "any"]
        command += [] if "--max-clients" in options else ["--max-clients", str(CLIENTS)]
        command += [option.replace("{DIR}", str(self.directory)) for option in options]
        for number, (title, script) in enumerate({"attacked": first, "typing": ECHOES, "browsing": ECHOES}.items(), 1):
            script = script.format(ready=self.path(f"ready{number}"), typed=self.path("typed"))
            command += ["--exec", f"{title}={script}"]
        if descriptors:
            command = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh", *command]
        environment = {**os.environ, "RUST_LOG": "vncterm=debug"}
        with open(self.path("log"), "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=environment
            )
        greeting = self.process.stdout.readline().decode()
        if not (found := re.search(r":(\d+)\s*$", greeting)):
            raise Failed(f"{name} says {greeting!r}, and {self.log()[-2000:]}")
        self.port = int(found.group(1))
        for number in (1, 2, 3):
            until(f"console {number} of {name}", self.path(f"ready{number}").exists)
        # Of all connections that were made by attackers.
        self.traces = []
        self.before = None
        # Who is healthy there.
        self.viewers = []
        self.growth = growth

    def path(self, name):
        return self.directory / name

    def log(self):
        return self.path("log").read_text(errors="replace")

    def typed(self):
        """What the console that is attacked was sent."""
        return self.path("typed").read_bytes()

    # Connections.

    def address(self, host=None):
        return (host or "127.0.0.1", self.port)

    def wire(self, **settings):
        """A connection on which nothing has been said."""
        return Wire(self.address(settings.pop("host", None)), on_open=self.traces.append, **settings)

    def browser(self, **settings):
        """The same from where browsers are: there the server waits longer for the first byte (see `Browsing`)."""
        return self.wire(source=BROWSERS, **settings)

    def web_socket(self, **settings):
        return WebSocket(self.address(), source=BROWSERS, on_open=self.traces.append, **settings)

    def client(self, password=None, subtype=None, wire=None, **settings):
        """A client that has come in."""
        wire = wire or self.wire()
        return rfb.Client(wire, password=password, subtype=subtype, authority=AUTHORITY, **settings)

    # What is measured.

    def status(self, field):
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+)", text, re.M).group(1))

    def memory(self):
        return self.status("VmRSS") * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def ticks(self):
        """Processor time, in hundredths of a second."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def measure(self):
        """What there is with the healthy viewers alone, as the measure of what there is at the end."""
        self.before = (self.memory(), self.status("Threads"), self.descriptors())

    def check(self):
        """All attackers have gone: so has all that they cost. What memory has grown by, in bytes."""
        memory, threads, descriptors = self.before
        if self.process.poll() is not None:
            raise Failed(f"{self.name} ended with {self.process.returncode}")
        # Threads that read files go when they had nothing to do for ten seconds.
        until(
            f"the descriptors of {self.name} to come back to {descriptors}",
            lambda: self.descriptors() <= descriptors,
            self.descriptors,
        )
        until(
            f"the threads of {self.name} to come back to {threads}",
            lambda: self.status("Threads") <= threads,
            lambda: self.status("Threads"),
        )
        until(f"the memory of {self.name} to come back", lambda: self.memory() - memory <= self.growth, self.memory)
        return self.memory() - memory

    def check_idle(self):
        """Nobody is there, and it does nothing: in one second of several it takes less than a twentieth of a processor."""

        def is_idle():
            before = self.ticks()
            time.sleep(1)
            return self.ticks() - before <= 5

        until(f"{self.name} to become idle", is_idle)

    def check_log(self):
        """What is wrong with the log: a panic or an error; more or fewer reasons than one for the end of a connection on
        which RFB was spoken, or another than there should be."""
        lines, wrong = self.log().splitlines(), []
        wrong += [line for line in lines if "panicked" in line or " ERROR " in line]
        if any("log lines dropped" in line for line in lines):
            # What is not there cannot be counted.
            return wrong
        ends = {}
        for found in filter(None, map(LINE.search, lines)):
            if found.group(2).startswith(ENDS):
                ends.setdefault(found.group(1), []).append(found.group(2))
        traces = {}
        for trace in list(self.traces):
            traces.setdefault(trace.peer, []).append(trace)
        for peer, its in traces.items():
            found = ends.get(peer, [])
            # A port may have been used again, and the server may have spoken to who did not listen.
            if not sum(trace.spoke for trace in its) <= len(found) <= len(its):
                wrong.append(f"{len(its)} connections of {peer} ended with {found}")
            for reason in (reason for trace in its for reason in trace.reasons):
                if not any(re.search(reason, end) for end in found):
                    wrong.append(f"{peer} should have ended with {reason!r}, and ended with {found}")
        return wrong

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(PATIENCE) != 0:
            raise Failed(f"asked to stop, {self.name} ended with {self.process.returncode}")


def until(what, holds, show=lambda: ""):
    """Waits until something holds, twice as long as for anything on one connection."""
    deadline = time.monotonic() + 2 * PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise Failed(f"waited in vain for {what} {show()}")
        time.sleep(0.05)


def raise_descriptor_limit():
    """As many descriptors as may be, for here and for the servers; how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def far_address():
    """An address of this machine that does not count as near; `None` if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Sends nothing: it only asks which way it would go.
            probe.connect(("192.0.2.254", 9))
            address = probe.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address
