#!/usr/bin/env python3
"""Attacks a server with malformed and hostile clients, while healthy viewers must stay served.

attack.py [--binary PROGRAM] [--only NAME]... [--list]

The attacks are in a table: --list shows what each does and what the server must do, which is what limits it. They run at
the same time, against servers of several kinds; each server has healthy viewers (healthy.py), over TCP and over a
WebSocket, from before the first attack until after the last. At the end each server must be alive and idle, must have
logged no panic and one reason for the end of each connection, and must have given back what it was made to take: memory
to within GROWTH_MAX, threads and descriptors to the last one.

What is waited for has a deadline, which is long: nothing here is about speed. Needs Python 3 and nothing else.
"""

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import rfb
from healthy import Browsing, Healthy
from pages import SECRET
from stage import (
    AUTHORITY,
    BROWSERS,
    FULL,
    GUEST,
    GROWTH_MAX_OF_PICTURES,
    PASSWORD,
    TLS,
    TOKEN_KEY,
    USER,
    VIEW,
    Server,
    far_address,
    raise_descriptor_limit,
    until,
)
from table import ATTACKS
from wire import Ended, Failed, WebSocket, Wire

# What fills the table.
for topic in (
    "greeting",
    "credentials",
    "encrypted",
    "users",
    "messages",
    "clipboards",
    "consoles",
    "power",
    "frames",
    "pages",
    "controls",
    "stalls",
):
    importlib.import_module(topic)

# Attacks at the same time on one server.
AT_ONCE = 12
# Letters that the healthy viewers must see before the first attack and after the last.
LETTERS = 4
PASSWORDS = {"passwords": FULL + b"\n" + VIEW + b"\n"}
DESCRIPTORS = 64


def start(kind, program, directory):
    """A server of this kind."""
    make = partial(Server, kind, program, directory / kind)
    secured = ("--password-file", "{DIR}/passwords")
    if kind == "password":
        return make(options=(*secured, "--power-reset", "printf x >>{DIR}/pressed"), files=PASSWORDS)
    if kind == "far":
        server = make(options=secured, files=PASSWORDS, host="0.0.0.0")
        server.far = far_address()
        return server
    if kind == "tls":
        certificate = ("--tls-cert", str(TLS / "server.pem"), "--tls-key", "{DIR}/key", "--security", "x509vnc,vncauth")
        return make(options=(*secured, *certificate), files={**PASSWORDS, "key": (TLS / "server.key").read_bytes()})
    if kind == "users":
        certificate = ("--tls-cert", str(TLS / "server.pem"), "--tls-key", "{DIR}/key", "--security", "x509plain,vncauth")
        keys = ("--users-file", "{DIR}/users", "--token-file", "{DIR}/tokens", "--name", GUEST.decode())
        subprocess.run(
            [program, "passwd", "--user", USER.decode(), "--role", "write", str(directory / "passwd")],
            input=PASSWORD + b"\n",
            check=True,
            stderr=subprocess.DEVNULL,
        )
        files = {**PASSWORDS, "key": (TLS / "server.key").read_bytes(), "tokens": TOKEN_KEY + b"\n"}
        files["users"] = (directory / "passwd").read_bytes()
        return make(options=(*secured, *certificate, *keys), files=files)
    if kind == "control":
        return make(options=("--control", "{DIR}/control"))
    if kind == "root":
        furnish(directory / "served", directory / "secret")
        return make(options=("--web-root", str(directory / "served")))
    if kind == "full":
        return make(options=("--max-clients", "4"))
    if kind == "few":
        return make(options=(), descriptors=DESCRIPTORS)
    if kind == "deaf":
        return make(first="stty raw -echo; : >{ready}; : >{typed}; exec sleep 600")
    if kind == "sizes":
        return make(growth=GROWTH_MAX_OF_PICTURES)
    return make()


def furnish(directory, secret):
    """A directory to be served, with what must not be sent in it and beside it."""
    (directory / "below").mkdir(parents=True)
    for name in ("index.html", "page.html", "below/page.html"):
        (directory / name).write_text("a page")
    for path in (secret, directory / ".hidden", directory / "below/.hidden"):
        path.write_bytes(SECRET)
    (directory / "file").write_bytes(bytes(12 << 20))
    with open(directory / "large", "wb") as large:
        large.truncate(17 << 20)
    (directory / "outside").symlink_to(secret)
    (directory / "outwards").symlink_to("/etc")
    os.mkfifo(directory / "pipe")


def healthy_viewers(server):
    """Over TCP, on the server's second console, and over a WebSocket, on its third."""
    address = server.address()
    password = FULL if server.name in ("password", "far", "tls", "users") else None
    subtype = rfb.X509_VNC if server.name == "tls" else None

    def over_tcp():
        return rfb.Client(Wire(address), password, subtype=subtype, authority=AUTHORITY)

    def over_web_socket():
        # Before any browser has asked for something, one that is too slow is taken for a viewer.
        for _ in range(20):
            try:
                return rfb.Client(WebSocket(address, source=BROWSERS, authority=subtype and AUTHORITY), password)
            except Ended as ended:
                if not ended.said.startswith(b"RFB "):
                    raise
        raise Failed("a browser is taken for a viewer again and again")

    return [Healthy(f"{server.name}, TCP", over_tcp, 2), Healthy(f"{server.name}, WebSocket", over_web_socket, 3)]


class Run:
    """A run of attacks on servers with healthy viewers."""

    def __init__(self, attacks, program, directory):
        self.attacks, self.program, self.directory = attacks, program, directory
        self.failures, self.lock, self.under_way = [], threading.Lock(), set()
        # How long each attack took, in seconds.
        self.took = []
        self.servers, self.viewers, self.browsers = {}, {}, {}

    def fail(self, what, error):
        with self.lock:
            self.failures.append(f"{what}: {error}")
            print(f"FAILED {self.failures[-1]}", flush=True)

    def prepare(self):
        for kind in sorted({attack.server for attack in self.attacks}):
            self.servers[kind] = start(kind, self.program, self.directory)
        for kind, server in self.servers.items():
            self.viewers[kind] = server.viewers = healthy_viewers(server)
            # One that has no descriptors left turns away whoever comes, browsers too.
            self.browsers[kind] = Browsing(server) if kind != "few" else None
        for kind, server in self.servers.items():
            for viewer in self.viewers[kind]:
                viewer.served(LETTERS)
            server.measure()

    def one(self, attack):
        self.under_way.add(attack.name)
        begun = time.monotonic()
        try:
            attack.run(self.servers[attack.server])
        except Ended as error:
            self.fail(attack.name, f"must {attack.must}; {error}")
        except Failed as error:
            self.fail(attack.name, f"must {attack.must}; but {error}")
        except Exception:
            self.fail(attack.name, traceback.format_exc())
        finally:
            self.under_way.discard(attack.name)
            self.took.append((time.monotonic() - begun, attack.name))

    def on_each(self, what):
        """Does this for all servers at the same time."""
        threads = [threading.Thread(target=what, args=(kind,)) for kind in self.servers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def attack(self, kind):
        """All attacks on one server: those that wait begin first, those that want to be alone come last."""
        its = [attack for attack in self.attacks if attack.server == kind]
        together = sorted((attack for attack in its if not attack.alone), key=lambda attack: not attack.slow)
        slow = sum(attack.slow for attack in together)
        with ThreadPoolExecutor(slow + AT_ONCE) as pool:
            list(pool.map(self.one, together))
        for attack in its:
            if attack.alone:
                self.one(attack)

    def watch(self, done):
        """Says what was under way when a healthy viewer was served no more."""
        told = set()
        while not done.wait(0.2):
            for viewer in (viewer for its in self.viewers.values() for viewer in its if viewer.name not in told):
                if wrong := viewer.failure():
                    told.add(viewer.name)
                    self.fail(viewer.name, f"{wrong} (under way: {', '.join(sorted(self.under_way))})")

    def all(self):
        done = threading.Event()
        watcher = threading.Thread(target=self.watch, args=(done,))
        watcher.start()
        self.on_each(self.attack)
        done.set()
        watcher.join()
        self.on_each(self.finish)

    def finish(self, kind):
        """What is left on a server of it all: nothing but the healthy viewers, who are served; then nobody."""
        server = self.servers[kind]
        try:
            grown = server.check()
            until(f"the log of {kind} to be complete", lambda: not server.check_log(), server.check_log)
            said = []
            for viewer in self.viewers[kind]:
                viewer.served(LETTERS)
                letters, worst = viewer.stop()
                said.append(f"{letters} letters, the slowest after {worst * 1000:.0f} ms")
            if browser := self.browsers[kind]:
                said.append(f"{browser.stop()} pages")
            server.check_idle()
            server.stop()
            print(f"{kind}: {'; '.join(said)}; memory grew by {grown / 1024 / 1024:.1f} MiB")
        except Exception as error:
            self.fail(kind, error)

    def clean(self):
        for viewer in (viewer for its in self.viewers.values() for viewer in its):
            viewer.kill()
        for server in self.servers.values():
            server.process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=Path(__file__).parents[2] / "target/debug/vncterm", help="the program to attack")
    parser.add_argument("--only", action="append", metavar="NAME", help="attacks whose names begin so")
    parser.add_argument("--list", action="store_true", help="say what there is, and attack nobody")
    arguments = parser.parse_args()
    chosen = [attack for attack in ATTACKS if not arguments.only or attack.name.startswith(tuple(arguments.only))]
    if arguments.list:
        for attack in chosen:
            print(f"{attack.name} ({attack.server})\n    {attack.does}\n    The server must {attack.must}.")
        print(f"{len(chosen)} attacks")
        return 0
    if far_address() is None:
        print("skipped: attacks from another machine, for this one has no address but its own")
        chosen = [attack for attack in chosen if attack.server != "far"]
    raise_descriptor_limit()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vncterm-hostile-") as directory:
        run = Run(chosen, str(Path(arguments.binary).resolve()), Path(directory))
        try:
            run.prepare()
            run.all()
        finally:
            run.clean()
    longest = ", ".join(f"{name} {took:.0f} s" for took, name in sorted(run.took, reverse=True)[:5])
    print(f"{len(chosen)} attacks in {time.monotonic() - begun:.0f} s, {len(run.failures)} failures; the longest: {longest}")
    return 1 if run.failures or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
