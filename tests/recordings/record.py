#!/usr/bin/env python3
"""Makes the recordings of this folder: what a program writes to its terminal, and the screen that xterm shows for it.

    record.py take NAME...      runs these sessions of sessions.py anew (all that are missing without a name)
    record.py judge [NAME...]   asks xterm again what the bytes of these recordings, or of all, show
    record.py show NAME         what xterm shows for a recording, without writing anything

A session runs in a PTY of its own, in namespaces of its own (no network, no foreign processes, a home with a few files), and
talks to a real xterm: its questions get xterm's answers. Its keys are pressed whenever it has been quiet for a moment. Only
then its bytes are played to a fresh xterm, whose screen is written down. Needs root, xterm 379 and Xvfb; see xterm.py.
"""

import argparse
import curses
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import sessions
from xterm import Xterm, display

FOLDER = Path(__file__).parent
MARK = "xterm 379 (Debian 12): media copy, HTML dump, cursor and modes by its reports"
MOST_BYTES = 40 * 1024
LONGEST = 300.0
# The session sees itself only, and can change nothing: programs that run as root replace whatever they take for their files.
SANDBOX = ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--mount-proc", "sh", "-c", """
hostname guest; ip link set lo up 2>/dev/null
set -e
mount -t tmpfs -o mode=755 home /home; mount -t tmpfs tmp /tmp; mount --rbind /dev /dev
mount -o remount,bind,ro /dev; mount -o remount,bind,ro /
mkdir /home/demo; cd /home/demo; . "$0"; set +e; exec "$@" """]


def take(session):
    """The bytes of a session, and the sizes [offset, columns, rows] that its terminal got meanwhile."""
    with Xterm(session.size, utf8=session.charset != "latin1") as terminal:
        pid, master = pty.fork()
        if pid == 0:
            script = str(FOLDER / "home.sh")
            command = session.command if session.plain else [*SANDBOX, script, *session.command]
            os.execvpe(command[0], command, session.environment())
        set_size(master, session.size)
        try:
            return Play(session, terminal, master).run()
        finally:
            os.close(master)
            os.kill(pid, signal.SIGHUP)
            time.sleep(0.2)
            with_ending = os.waitpid(pid, os.WNOHANG)[0]
            if not with_ending:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def set_size(master, size):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))


class Play:
    """A session being played: its steps, and what it has written."""

    def __init__(self, session, terminal, master):
        self.session, self.terminal, self.master = session, terminal, master
        self.written, self.sizes, self.ended, self.begun, self.since = b"", [], False, False, 0
        curses.setupterm(session.term)

    def run(self):
        for step in self.session.steps:
            if self.ended:
                break
            self.do(step)
        self.quiet(self.session.rest)
        return self.written, self.sizes

    def do(self, step):
        if isinstance(step, str):
            self.quiet(self.session.rest)
            self.since = len(self.written)
            os.write(self.master, self.keys(step))
        elif "until" in step:
            self.until(step["until"].encode())
        elif "size" in step:
            self.quiet(self.session.rest)
            self.sizes.append([len(self.written), *step["size"]])
            self.terminal.resize(step["size"])
            set_size(self.master, step["size"])
        elif "rest" in step:
            self.quiet(step["rest"])
        elif "forget" in step:
            self.quiet(self.session.rest)
            self.written, self.sizes, self.since = b"", [], 0
            self.terminal.send(b"\x1bc")

    def keys(self, text):
        """Text with `<kf1>` and other names of terminfo in it, for keys as this TERM has them; `<<` is a `<`."""
        sent = {"esc": b"\x1b", "cr": b"\r", "tab": b"\t", "<": b"<"}
        def key(found):
            name = found.group(1)
            return sent[name].decode("latin1") if name in sent else (curses.tigetstr(name) or b"").decode("latin1")
        return re.sub(r"<(<|\w+>)", lambda found: key(re.match(r"<(<|\w+)", found.group())), text).encode(self.session.charset)

    def pump(self, timeout):
        """Carries what comes within `timeout` seconds between the program and xterm; whether the program wrote."""
        ready = select.select([self.master, self.terminal], [], [], timeout)[0]
        if self.terminal in ready:
            os.write(self.master, self.terminal.receive())
        if self.master not in ready:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            data = b""
        self.ended = not data
        self.written += data
        self.terminal.send(self.session.recode(data))
        return bool(data)

    def quiet(self, rest):
        """Until something has been written, and then nothing for `rest` seconds."""
        if not self.begun:
            self.begun = True
            self.until(b".")
        begun = last = time.monotonic()
        while not self.ended and time.monotonic() < min(last + rest, begun + 20 + rest):
            if self.pump(0.05):
                last = time.monotonic()

    def until(self, pattern):
        """Until what was written since the last key has `pattern` in it."""
        end = time.monotonic() + LONGEST
        while not re.search(pattern, self.written[self.since:]):
            if self.ended or time.monotonic() > end:
                raise TimeoutError(f"{self.session.name}: no {pattern!r} in {self.written[-2000:]!r}")
            self.pump(0.2)


def judge(data, size, sizes, charset):
    """What a fresh xterm shows for these bytes."""
    utf8 = charset != "latin1"
    if charset not in ("utf-8", "latin1"):
        assert not sizes
        data = b"".join(byte.decode(charset).encode() if byte >= b"\x80" else byte for byte in each(data))
    with Xterm(size, utf8) as terminal:
        terminal.feed(data, sizes)
        return terminal.screen()


def each(data):
    return (data[at:at + 1] for at in range(len(data)))


def hosts():
    """Names of machines that no recording may tell: where this one gets its software."""
    told = "".join(path.read_text(errors="replace") for path in Path("/etc/apt").rglob("*") if path.suffix in (".list", ".sources", ".conf"))
    return {name.split("@")[-1] for name in re.findall(r"https?://([^/\s\"]+)", told)}


def write(name, head, shown):
    """Writes the expectation; the differences that were explained stay."""
    path = FOLDER / f"{name}.json"
    told = {**head, **{key: value for key, value in shown.items() if key != "geometry"}}
    if path.exists():
        kept = json.loads(path.read_text()).get("differences")
        told |= {"differences": kept} if kept else {}
    small = lambda value: json.dumps(value, ensure_ascii=False)
    lines = [
        f' "{key}": ' + ("[\n" + ",\n".join(f"  {small(item)}" for item in value) + "\n ]" if
                         key in ("screen", "styles", "differences") and value else small(value))
        for key, value in told.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def take_and_write(session):
    data, sizes = take(session)
    assert data, f"{session.name} wrote nothing"
    assert len(data) <= MOST_BYTES, f"{session.name}: {len(data)} bytes are too many"
    told = [host for host in hosts() if host.encode() in data]
    assert not told, f"{session.name} names {told}"
    head = {
        "name": session.name, "geometry": session.size, "term": session.term, "charset": session.charset, "sizes": sizes,
        "how": session.how, "bytes": len(data), "expected_from": MARK}
    shown = judge(data, session.size, sizes, session.charset)
    write(session.name, head, shown)
    (FOLDER / f"{session.name}.bin").write_bytes(data)


def again(name, keep):
    """Asks xterm again about a recording."""
    path = FOLDER / f"{name}.json"
    head = json.loads(path.read_text())
    head = {key: head[key] for key in ("name", "geometry", "term", "charset", "sizes", "how", "bytes") if key in head}
    head = {**head, "charset": head.get("charset", "utf-8"), "sizes": head.get("sizes", []), "expected_from": MARK}
    data = path.with_suffix(".bin").read_bytes()
    assert len(data) == head["bytes"], f"{name} has {len(data)} bytes"
    shown = judge(data, head["geometry"], head["sizes"], head["charset"])
    if keep:
        write(name, head, shown)
    else:
        print("\n".join(shown["screen"] + shown["styles"]), shown["cursor"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["take", "judge", "show"])
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    known = {session.name: session for session in sessions.SESSIONS}
    recorded = sorted(path.stem for path in FOLDER.glob("*.bin"))
    failed = 0
    with display():
        for name in arguments.names or (recorded if arguments.what != "take" else [n for n in known if n not in recorded]):
            try:
                if arguments.what == "take":
                    take_and_write(known[name])
                else:
                    again(name, arguments.what == "judge")
                print(name, flush=True)
            except (AssertionError, TimeoutError, KeyError) as error:
                failed += 1
                print(f"{name}: {error!r}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
