#!/usr/bin/env python3
"""An xterm whose terminal is ours: what is sent to it is shown, and what it shows can be read back, cell by cell.

xterm runs under the X server of DISPLAY, or under an Xvfb started for it. In it runs this file, which carries bytes between
xterm's PTY and a socket. xterm's own reports tell the cursor and the modes; its media copy tells the characters of all rows
with their attributes and the sizes of lines; its HTML dump tells the background of the cells that were never written.

A screen is told as `rows` (text), `styles` (runs of cells that do not look like those of a fresh terminal), `lines`
(double-size lines), `cursor` [row, column] from 0, `cursor_visible` and `alt_screen`.

A style is "ROW FROM-TO FOREGROUND/BACKGROUND ATTRIBUTES", columns from 0 and both ends in. A colour is a number of the palette
(0-15), "#rrggbb", or "fg" and "bg" for the terminal's own two. Reverse video is told by what it does: "bg/fg". A blank without
lines through it or under it shows its background only: it belongs to the run before it if that has the same background and no
lines. Needs xterm (379 is the reference), python3, Xvfb.
"""

import contextlib
import html
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tty
import unicodedata
from pathlib import Path

PATIENCE = 20.0
# Sixteen colours, and the terminal's own two, that no entry of the cube or the grey ramp has.
PALETTE = [f"#{0x11 + 0x0b * n:02x}{0xc1 - 0x07 * n:02x}{0x21 + 0x05 * n:02x}" for n in range(16)]
FOREGROUND, BACKGROUND = "#e1e3e5", "#010305"
CSI = rb"(?:\x1b\[|\x9b|\xc2\x9b)"
GRAPHICS = dict(zip("`abcdefghijklmnopqrstuvwxyz{|}~", "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"))
HIDDEN = "\uffff"  # what xterm keeps in the right half of a wide character


def cube(index):
    """The colour of an entry of the palette from 16 on, as every terminal has it."""
    if index >= 232:
        return "#" + f"{8 + 10 * (index - 232):02x}" * 3
    index -= 16
    return "#" + "".join(f"{55 + 40 * level if level else 0:02x}" for level in (index // 36, index // 6 % 6, index % 6))


@contextlib.contextmanager
def display():
    """An X server: the one of DISPLAY, or one for the time being."""
    if os.environ.get("DISPLAY"):
        yield os.environ["DISPLAY"]
        return
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    os.environ["DISPLAY"] = ":" + os.read(reader, 16).decode().strip()
    try:
        yield os.environ["DISPLAY"]
    finally:
        server.terminate()
        server.wait()
        del os.environ["DISPLAY"]


class Xterm:
    """A running xterm of `size` (columns, rows)."""

    def __init__(self, size, utf8=True, resources=()):
        self.folder = Path(tempfile.mkdtemp(prefix="vncterm-xterm-"))
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.folder / "socket"))
        listener.listen(1)
        listener.settimeout(PATIENCE)
        settings = {
            "printerCommand": f"cat >{self.folder}/part; mv {self.folder}/part {self.folder}/copy",
            "printerAutoClose": "true", "printAttributes": "2", "printerExtent": "true", "printerNewLine": "true",
            "foreground": FOREGROUND, "background": BACKGROUND, "boldColors": "false", "allowWindowOps": "true",
            "scrollBar": "false", "c132": "true", **{f"color{n}": colour for n, colour in enumerate(PALETTE)},
            **dict(resources),
        }
        command = ["xterm", "-geometry", f"{size[0]}x{size[1]}+0+0", "-u8" if utf8 else "+u8"]
        for name, value in settings.items():
            command += ["-xrm", f"XTerm*{name}: {value}"]
        command += ["-e", sys.executable, __file__, str(self.folder / "socket")]
        environment = {**os.environ, "LC_ALL": "C.UTF-8" if utf8 else "C"}
        self.asked = 0
        self.process = subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket, _ = listener.accept()
        listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def fileno(self):
        return self.socket.fileno()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """What xterm has answered; waits for something."""
        return self.socket.recv(65536)

    def ask(self, question=b""):
        """All that comes until xterm has worked off the question, and all before it.

        It is followed by one for a colour that nobody else asks for, which works at every level of conformance.
        """
        self.asked = (self.asked + 1) % 100
        self.send(question + b"\x1b]4;%d;?\x1b\\" % (100 + self.asked))
        came, end = b"", time.monotonic() + PATIENCE
        while b"4;%d;rgb:" % (100 + self.asked) not in came:
            if time.monotonic() > end:
                raise TimeoutError(f"xterm does not answer {question!r}: {came!r}")
            if select.select([self.socket], [], [], 0.2)[0]:
                came += self.receive()
        return came

    def settle(self):
        """Waits until xterm has worked off all that was sent."""
        self.ask()

    def size(self):
        """Columns and rows."""
        rows, columns = re.findall(CSI + rb"8;(\d+);(\d+)t", self.ask(b"\x1b[18t"))[-1]
        return int(columns), int(rows)

    def resize(self, size):
        """Gives xterm another size, as one who draws at its window would."""
        self.settle()
        self.send(b"\x1b[8;%d;%dt" % (size[1], size[0]))
        end = time.monotonic() + PATIENCE
        while self.size() != tuple(size):
            if time.monotonic() > end:
                raise TimeoutError("xterm does not change its size")

    def feed(self, data, sizes=()):
        """Plays `data`, with the `sizes` [offset, columns, rows] that the terminal got meanwhile."""
        at = 0
        for offset, columns, rows in [*sizes, [len(data), 0, 0]]:
            while at < offset:
                self.send(data[at:min(offset, at + 4096)])
                at = min(offset, at + 4096)
                while select.select([self.socket], [], [], 0)[0]:
                    self.receive()
            if columns:
                self.resize((columns, rows))

    def screen(self):
        """What it shows now. Margins, VT52 mode and the place of the cursor are lost by asking."""
        self.send(b"\x1b<")
        self.settle()
        came = self.ask(b"\x1b[?6$p\x1b[?25$p\x1b[?47$p\x1b[?1047$p\x1b[?1049$p\x1bP$qr\x1b\\\x1b[6n")
        modes = {int(mode): int(value) for mode, value in re.findall(CSI + rb"\?(\d+);(\d)\$y", came)}
        row, column = (int(number) for number in re.findall(CSI + rb"(\d+);(\d+)R", came)[-1])
        margins = re.findall(rb"1\$r(\d+);\d+r", came)
        if modes.get(6) == 1 and margins:
            row += int(margins[-1]) - 1
        size = self.size()
        # What the program has printed comes first: the copy is only what follows it.
        self.ask(b"\x1b[4i\x1b[?4i\x1b[?18l")
        if any((self.folder / name).exists() for name in ("part", "copy")):
            time.sleep(0.3)
            (self.folder / "copy").unlink(missing_ok=True)
        self.send(b"\x1b[?6l\x1b[?19h\x1b[r\x1b[i\x1b[10i")
        rows, styles, lines = cells(self.printed(), self.dumped())
        return {
            "geometry": list(size), "screen": rows, "styles": styles, "lines": lines,
            "cursor": [row - 1, column - 1], "cursor_visible": modes.get(25, 1) == 1,
            "alt_screen": 1 in (modes.get(47), modes.get(1047), modes.get(1049)),
        }

    def printed(self):
        return self.file("copy", lambda path: True)

    def dumped(self):
        return self.file("*.xhtml", lambda path: read(path).rstrip().endswith("</html>"))

    def file(self, name, whole):
        """The text of a file that xterm makes."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for path in self.folder.glob(name):
                if whole(path):
                    text = read(path)
                    path.unlink()
                    return text
            time.sleep(0.02)
        raise TimeoutError(f"xterm makes no {name}")

    def picture(self, path):
        """Its window as a PNG file."""
        window = subprocess.run(
            ["xdotool", "search", "--pid", str(self.process.pid)], capture_output=True, text=True, check=True).stdout.split()[-1]
        subprocess.run(["import", "-silent", "-window", window, str(path)], check=True)


def read(path):
    """A file of xterm's, with its own line ends: graphics that are no Unicode are control characters in an HTML dump."""
    return path.read_bytes().decode(errors="replace")


def cells(printed, dumped):
    """Rows, styles and lines of a media copy and an HTML dump of the same screen."""
    rows, styles, lines = [], [], []
    dump = re.search(r"<pre[^>]*>\n?(.*?)</pre>", dumped, re.S).group(1).removesuffix("\n").split("\n")
    copy = printed.removesuffix("\n").split("\n")[-len(dump):]
    for number, (line, marked) in enumerate(zip(copy, dump)):
        size = re.match(r"\x1b#([3-6])", line)
        if size and size.group(1) != "5":
            lines.append([number, {"3": "double-top", "4": "double-bottom", "6": "double-width"}[size.group(1)]])
        written = list(read_copy(unshifted(re.sub(r"^\x1b#[3-6]", "", line).rstrip("\r"))))
        rows.append("".join(text for text, _ in written if text != HIDDEN).rstrip())
        styles += runs(number, looks(written, read_dump(marked)))
    while rows and not rows[-1]:
        rows.pop()
    return rows, styles, lines


def unshifted(line):
    """A row of a media copy without SO and SI, between which an xterm that is not in UTF-8 prints DEC's graphics."""
    told, graphics = "", False
    for part in re.findall(r"\x1b\[[0-9:;]*m|.", line, re.S):
        if part in "\x0e\x0f":
            graphics = part == "\x0e"
        else:
            told += GRAPHICS.get(part, part) if graphics else part
    return told


def read_copy(line):
    """Cells of a row of a media copy: text, and SGR parameters; `None` for a cell before which xterm sent none."""
    line = re.sub(r"^\x1b\[0m|\x1b\[0m$", "", line)
    cell, style = None, None
    for sgr, ch in re.findall(r"((?:\x1b\[[0-9:;]*m)*)([^\x1b])", line):
        if cell and not sgr and is_mark(ch):
            cell += ch
            continue
        if cell is not None:
            yield cell, style
        cell, style = ch, (re.findall(r"\[([0-9:;]*)m", sgr)[-1] if sgr else None)
    if cell is not None:
        yield cell, style


def is_mark(ch):
    return unicodedata.category(ch) in ("Mn", "Me", "Cf") or "\u1160" <= ch <= "\u11ff"


def read_dump(marked):
    """Cells of a row of an HTML dump, without the right halves of wide ones: the background."""
    for style, text in re.findall(r"<span class='[^']*' style='([^']*)'>(.*?)</span>", marked):
        back = re.search(r"background: rgb\(([\d.]+)%, ([\d.]+)%, ([\d.]+)%\)", style).groups()
        back = "#" + "".join(f"{round(float(part) * 2.55):02x}" for part in back)
        for _ in html.unescape(text):
            yield name_of(back)


def name_of(colour):
    if colour in (FOREGROUND, BACKGROUND):
        return "fg" if colour == FOREGROUND else "bg"
    return str(PALETTE.index(colour)) if colour in PALETTE else colour


def looks(written, backs):
    """The look of every cell of a row. Written cells that have attributes tell all of it; the dump tells of the others."""
    found, backs = [], list(backs)
    while backs or len(found) < len(written):
        at = len(found)
        text, sgr = written[at] if at < len(written) else (" ", None)
        if text == HIDDEN:
            found.append(found[-1])
            continue
        back = backs.pop(0) if backs else "bg"
        own = look(text, sgr) if sgr else f"fg/{back}"
        if found and not text.strip() and not LINES & set(own.split()) and background(own) == background(found[-1]) \
                and not LINES & set(found[-1].split()):
            own = found[-1]
        found.append(own)
    return found


def background(look):
    return look.split()[0].split("/")[1]


LINES = {"underline", "double_underline", "strike"}
ATTRIBUTES = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 5: "blink", 8: "hidden", 9: "strike", 21: "double_underline"}


def look(text, sgr):
    """The look of a cell that xterm prints with these parameters."""
    fore, back, names, reverse = "fg", "bg", [], False
    for part in sgr.split(";"):
        numbers = [int(number or 0) for number in part.split(":")]
        first = numbers[0]
        if first in (38, 48):
            colour = cube(numbers[2]) if numbers[1] == 5 else "#%02x%02x%02x" % tuple(numbers[-3:])
            fore, back = (colour, back) if first == 38 else (fore, colour)
        elif first == 7:
            reverse = True
        elif first in ATTRIBUTES:
            names.append(ATTRIBUTES[first])
        elif first >= 30:
            colour = str(first % 10 + 8 * (first >= 90))
            fore, back = (colour, back) if first // 10 in (3, 9) else (fore, colour)
    if reverse:
        fore, back = back, fore
    lines = LINES & set(names)
    if not text.strip():
        names, fore = [name for name in names if name in lines], fore if lines else "fg"
    return " ".join([f"{fore}/{back}", *sorted(names)])


def runs(number, found):
    """The looks of a row as runs, without those of a fresh terminal."""
    start, told = 0, []
    for at in range(1, len(found) + 1):
        if at == len(found) or found[at] != found[start]:
            if found[start] != "fg/bg":
                told.append(f"{number} {start}-{at - 1} {found[start]}")
            start = at
    return told


def carry(path):
    """Inside of xterm: carries bytes between its PTY and the socket, until one ends."""
    tty.setraw(0)
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(path)
    while True:
        ready = select.select([0, peer], [], [])[0]
        if 0 in ready:
            peer.sendall(os.read(0, 65536))
        if peer in ready:
            data = peer.recv(65536)
            if not data:
                return
            while data:
                data = data[os.write(1, data):]


if __name__ == "__main__":
    carry(sys.argv[1])
