#!/usr/bin/env python3
"""Every screen of vttest, in xterm and in vncterm, compared cell by cell.

    run.py play OUT [MENU...]     walks through the menus (1 to 11; "11.2.3" is a menu in one) of a live vttest twice: once its
                                  questions are answered by an xterm, once by vncterm; what it wrote goes to OUT
    run.py compare OUT            shows the bytes of the first walk to both, up to each page, and says what differs; then says
                                  which pages of the second walk show something else than those of the first
    run.py pictures OUT [PAGE...] the pages that differ, or these, as pictures: xterm's above ours

A page is where vttest waits for a key. Pages are named by the choices that lead to them and a count: "3.8-1". VNCTERM names the
program, target/debug/vncterm if unset. Needs vttest, xterm 379, Xvfb; for pictures xdotool and ImageMagick.
"""

import argparse
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/recordings"))
import ours  # noqa: E402
import xterm  # noqa: E402

SIZE = (80, 24)
MENU = re.compile(rb"Enter choice number \(0 - (\d+)\): $")
PROMPT = re.compile(rb"(?i)(push|press|hit|type) [^\x1b]{0,30}<?(return|enter|any key)[^\x1b]{0,60}$")
RESULT = re.compile(rb"(?i)<?return>?[^\x1b\n]{0,40}$")
# What a page wants other than RETURN, by what it says.
KEYS = [
    # Two clicks, as both would tell of them in the mode that is on first: xterm's own way is with tests/keys.
    (rb"(?i)mouse", b"\x1b[M +)\x1b[M#+)\x1b[M 0+\x1b[M#0+q"),
    (rb"(?i)new window name", b"a window\r"),
    (rb"(?i)hold down|auto repeat", b"aaaa\r"),
    (rb"(?i)finish with TAB", b"\t"),
    (rb"(?i)finish with DEL", b"\x7f"),
    (rb"(?i)two spaces|double space", b"  "),
    (rb"(?i)'q'|q to (quit|exit)|\(q\)", b"q"),
    (rb"(?i)'x'|x to (quit|exit)", b"x"),
]
MOST_PAGES = 40
MEDIA_COPY = re.compile(rb"\x1b\[\??[0-9]*i")


def new_xterm(**resources):
    """An xterm that, as it does unless it is told otherwise, does not change its width for DECCOLM."""
    return xterm.Xterm(SIZE, resources={"c132": "false", **resources})


class OfXterm:
    """Answers as an xterm gives them."""

    def __init__(self):
        self.terminal = new_xterm()

    def shown(self, data):
        self.terminal.send(data)

    def answers(self):
        said = b""
        while select.select([self.terminal], [], [], 0.05)[0]:
            said += self.terminal.receive()
        return said

    def close(self):
        self.terminal.__exit__()


class OfVncterm:
    """Answers as vncterm gives them: what a dump of all bytes so far has replied."""

    def __init__(self):
        self.data, self.told, self.asked = b"", 0, 0

    def shown(self, data):
        self.data += data

    def answers(self):
        if self.asked == len(self.data):
            time.sleep(0.02)
            return b""
        self.asked = len(self.data)
        replies = bytes.fromhex(ours.dumped(self.data)["replies"])
        said, self.told = replies[self.told:], len(replies)
        return said

    def close(self):
        pass


class Walk:
    """A vttest that is led through its menus."""

    def __init__(self, terminal):
        self.terminal, self.written, self.pages, self.ended = terminal, b"", [], False
        self.since = 0
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execvpe("vttest", ["vttest", "24x80.132"], {**os.environ, "TERM": "vt420", "LC_ALL": "C"})
        __import__("fcntl").ioctl(self.master, __import__("termios").TIOCSWINSZ, b"\x18\0\x50\0\0\0\0\0")

    def close(self):
        os.close(self.master)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.terminal.close()

    def pump(self, timeout):
        if not select.select([self.master], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            self.ended = True
            return False
        self.written += data
        self.terminal.shown(data)
        return True

    def wait(self):
        """Until vttest waits: after a prompt for a short while of quiet, else for a longer one."""
        last = time.monotonic()
        while not self.ended:
            if self.pump(0.05):
                last = time.monotonic()
                continue
            answer = self.terminal.answers()
            if answer:
                os.write(self.master, answer)
                last = time.monotonic()
            fresh = self.written[self.since:]
            asked = MENU.search(fresh) or PROMPT.search(fresh[-200:])
            if time.monotonic() - last > (0.2 if asked else 1.5):
                return

    def press(self, keys):
        self.since = len(self.written)
        os.write(self.master, keys)
        self.wait()

    def menu(self):
        """The number of the menu that is shown, if one is, and how many choices it has: "" is the first of all."""
        fresh = self.written[self.since:]
        found = MENU.search(fresh)
        number = re.findall(rb"Menu ([0-9.]*[0-9])", fresh)
        return (number[-1].decode() if number else "", int(found.group(1))) if found else (None, 0)

    def leave(self, name):
        """Notes the page that is shown."""
        self.pages.append([name, len(self.written)])

    def go(self, name, choice):
        """Makes a choice in the menu that is shown, and walks all there is until a menu is back."""
        print(name, len(self.written), file=sys.stderr, flush=True)
        self.press(b"%d\r" % choice)
        for count in range(1, MOST_PAGES + 2):
            number, choices = self.menu()
            if number == name:
                self.leave(f"{name}-menu")
                shown = self.written[self.since:]
                for inner in range(1, choices + 1):
                    # The menu of a newer terminal has that of the one before it as its first choice.
                    if re.search(rb"\b%d\. Test VT\d+ features" % inner, shown) and name.count("."):
                        continue
                    self.go(f"{name}.{inner}", inner)
                    if self.menu()[0] != name:
                        return
                self.press(b"0\r")
            if number is not None or self.ended:
                return
            self.leave(f"{name}-{count}")
            self.press(self.key())
        raise TimeoutError(f"{name} does not end: {self.written[self.since:]!r}")

    def key(self):
        fresh = self.written[self.since:]
        for said, key in KEYS:
            if re.search(said, fresh):
                return key
        return b"\r"


def walk(terminal, menus):
    """What vttest wrote, and its pages."""
    steps = Walk(terminal)
    try:
        steps.wait()
        steps.leave("0-menu")
        for menu in menus:
            at = [int(part) for part in menu.split(".")]
            for depth, choice in enumerate(at[:-1]):
                steps.press(b"%d\r" % choice)
            steps.go(menu, at[-1])
            for _ in at[:-1]:
                steps.press(b"0\r")
        return steps.written, steps.pages
    except TimeoutError as error:
        print(error, file=sys.stderr)
        return steps.written, steps.pages
    finally:
        steps.close()


def play(out, menus):
    out.mkdir(parents=True, exist_ok=True)
    for menu in menus:
        for name, terminal in (("xterm", OfXterm), ("vncterm", OfVncterm)):
            written, pages = walk(terminal(), [menu])
            (out / f"{menu}.{name}.bin").write_bytes(written)
            (out / f"{menu}.{name}.json").write_text(json.dumps(pages))


def our_screen(data):
    return ours.screen(ours.dumped(data))


def xterm_screen(data):
    with new_xterm() as terminal:
        terminal.feed(data)
        return terminal.screen()


def compare(out):
    total = differ = 0
    for path in sorted(out.glob("*.xterm.bin")):
        menu = path.name.removesuffix(".xterm.bin")
        data, pages = path.read_bytes(), json.loads(path.with_suffix(".json").read_text())
        live_path = out / f"{menu}.vncterm.bin"
        live = live_path.read_bytes() if live_path.exists() else data
        ends = dict(json.loads(live_path.with_suffix(".json").read_text())) if live_path.exists() else dict(pages)
        for page, end in pages:
            total += 1
            # Reading xterm's screen is printing: what vttest prints would get into it.
            theirs = xterm_screen(MEDIA_COPY.sub(b"", data[:end]))
            found = ours.differences(theirs, our_screen(data[:end]))
            if page not in ends:
                found.append("the walk with our answers has no such page")
            elif live[:ends[page]] != data[:end]:
                other = ours.differences(theirs, our_screen(live[:ends[page]]))
                found += ["with our answers: " + line for line in other if line not in found]
            if found:
                differ += 1
                print(f"== {page} ({end})", *found, sep="\n", flush=True)
    print(f"{total} pages, {differ} differ")
    return differ


def pictures(out, wanted):
    for path in sorted(out.glob("*.xterm.bin")):
        data = path.read_bytes()
        for page, end in json.loads(path.with_suffix(".json").read_text()):
            if wanted and page not in wanted:
                continue
            with new_xterm(faceName="DejaVu Sans Mono", faceSize="10") as terminal:
                terminal.feed(data[:end])
                terminal.settle()
                time.sleep(0.3)
                terminal.picture(out / "theirs.png")
            made = subprocess.run([ours.VNCTERM, "dump", "--format", "png", "--theme", "xterm"], input=data[:end], capture_output=True, check=True)
            (out / "ours.png").write_bytes(made.stdout)
            subprocess.run(["convert", str(out / "theirs.png"), str(out / "ours.png"), "-append", str(out / f"{page}.png")], check=True)
            print(out / f"{page}.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["play", "compare", "pictures"])
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    with xterm.display():
        if arguments.what == "play":
            play(arguments.out, arguments.names or [str(menu) for menu in range(1, 12)])
        elif arguments.what == "compare":
            return 1 if compare(arguments.out) else 0
        else:
            pictures(arguments.out, arguments.names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
