#!/usr/bin/env python3
"""Random control sequences, shown by xterm and by vncterm: what differs, as short as it can be made.

    differ.py SEED COUNT [TOPIC...]     of all topics, or of these

A case is a handful of pieces drawn from text, motions and a few topics, and a last question for the cursor and a last
character, which show where the cursor is, whether a wrap is pending, and what rendition and charset it has. A case that differs
is repeated without one piece after the other, as long as it differs, and what remains is written as a `feed` line of the
scripts under tests/screen. The same seed makes the same cases.

xterm 379 itself differs from what DEC's manuals say, and its later versions do, in these, which come up now and then:
a run of text that wraps out of a double-size line is wrapped at the same column in the next one; text that is inserted from left
of the margins on is not inserted within them; reverse wrap from the home position forgets how far it was to go; DECCARA
in stream extent changes cells where nothing was written; of text that wraps in VT52 mode a media copy makes one row;
of SGR 4 after 21 both lines stay. Needs xterm 379 and Xvfb; VNCTERM names our program.
"""

import argparse
import random
import re
import sys
import unicodedata

import ours
import xterm

COLUMNS, ROWS = 12, 6
MOST_FOUND = 12
# Before each case. xterm's RIS leaves the stack of renditions, the level, the saved modes, and the cursor saved on the other screen.
SAVED_MODES = "1;5;6;7;25;45;47;66;69;95"
RESET = b"\x1b<\x1b[65;1\"p\x1b[?42l\x1b[?69l\x1b[!p\x1b[?47h\x1b[2J\x1b[H\x1b7\x1b[?47l" + b"\x1b[#}" * 10 + b"\x1bc\x1b[?" + SAVED_MODES.encode() + b"s\x1b[2*x"
# After each: the answer tells the cursor as its modes count, the character what is pending.
END = "\x1b[6nZ9"
LETTERS = "abcdefghijklmnopqrsuvwxyz"  # without the t that would end a window operation


class Topics:
    """Each method draws a piece of its topic."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def number(self, least, most):
        return self.random.randint(least, most)

    def one(self, *pieces):
        return self.random.choice(pieces)

    def csi(self, numbers, final):
        return f"\x1b[{numbers}{final}"

    def rectangle(self):
        top, left = self.number(1, ROWS), self.number(1, COLUMNS)
        return f"{top};{left};{self.number(top, ROWS)};{self.number(left, COLUMNS)}"

    def text(self):
        return "".join(self.random.choices(LETTERS, k=self.number(1, 14)))

    def motion(self):
        return self.one(
            self.csi(f"{self.number(1, ROWS)};{self.number(1, COLUMNS)}", self.one(*"HHHf")),
            self.csi(self.number(1, 9), self.one(*"ABCDEFaejkZI")),
            self.csi(self.number(1, COLUMNS), self.one(*"Gd`")),
            "\r", "\n", "\v", "\b" * self.number(1, 3), "\t", "\x1bD", "\x1bM", "\x1bE")

    def margins(self):
        return self.one(
            self.csi(f"{self.number(1, ROWS - 1)};{self.number(2, ROWS)}", "r"),
            "\x1b[?69h" + self.csi(f"{self.number(1, COLUMNS - 1)};{self.number(2, COLUMNS)}", "s"),
            "\x1b[?69l", "\x1b[?6h", "\x1b[?6l", "\x1b[r", "\x1b[s")

    def editing(self):
        return self.one(
            self.csi(self.number(1, 4), self.one(*"@PXLMST")), self.csi(self.number(0, 2), self.one(*"JK")),
            self.csi(self.number(1, 3), self.one("'}", "'~", " @", " A")), "\x1b6", "\x1b9", "\x1b[4h", "\x1b[4l", "\x1b[4l",
            self.one(*LETTERS) + self.csi(self.number(1, 15), "b"))

    def rectangles(self):
        return self.one(
            self.csi(f"{self.rectangle()};1;{self.number(1, ROWS)};{self.number(1, COLUMNS)};1", "$v"),
            self.csi(f"{self.number(65, 90)};{self.rectangle()}", "$x"),
            self.csi(self.rectangle(), self.one("$z", "${")),
            self.csi(f"{self.rectangle()};{self.one(1, 4, 7, 22, 24, 27)}", self.one("$r", "$t")))

    def protection(self):
        return self.one(
            self.csi(self.number(0, 2), '"q'), self.csi("?" + str(self.number(0, 2)), self.one(*"JK")), self.csi(self.rectangle(), "${"),
            "\x1bV", "\x1bW", self.csi(self.number(0, 2), self.one(*"JK")), self.csi(self.number(1, 4), "X"))

    def charsets(self):
        return self.one(
            "\x1b" + self.one(*"()*+") + self.one("B", "0", "<", ">", "%5", "K", "R", "1", "2"), "\x0e", "\x0f", "\x1bn", "\x1bo", "\x1bN" + self.one(*LETTERS), "\x1bO" + self.one(*LETTERS),
            "\x1b[?42h", "\x1b[?42l", "~}{|#[\\]_`" + self.one(*"lqkx"))

    def wide(self):
        return "".join(self.random.choices(["漢", "字", "x", "y", "e\u0301", "한"], k=self.number(1, 6)))

    def tabs(self):
        return self.one("\x1bH", "\x1b[g", "\x1b[3g", "\t\t", self.csi(self.number(1, 4), self.one(*"IZ")))

    def wrapping(self):
        return self.one("\x1b[?7l", "\x1b[?7h", "\x1b[?45h", "\x1b[?45l", "\b" * self.number(1, 9), self.text() + self.text(), self.csi(self.number(1, 20), "D"))

    def sizes(self):
        return "\r\x1b#" + self.one(*"345688")

    def rendition(self):
        def colour():
            return self.one(f"5;{self.number(0, 255)}", f"2;{self.number(0, 255)};{self.number(0, 255)};{self.number(0, 255)}")
        return self.csi(self.one(
            self.number(0, 9), self.number(21, 29), self.number(30, 49), self.number(90, 107), "38;" + colour(), "48;" + colour(),
            "38:5:" + str(self.number(0, 255)), "", f"{self.number(0, 9)};{self.number(30, 47)}"), "m")

    def screens(self):
        return self.csi("?" + self.one("47", "1047", "1048", "1049"), self.one(*"hl"))

    def saving(self):
        return self.one(
            "\x1b7", "\x1b8", "\x1b[s", "\x1b[u", "\x1b[!p", f"\x1b[?{self.one(*SAVED_MODES.split(';'))}{self.one('s', 'r')}",
            "\x1b[#{", "\x1b[#}", "\x1b[?5h", "\x1b[?5l", "\x1b[20h", "\x1b[20l")

    def levels(self):
        return self.one("\x1b[61\"p", "\x1b[62\"p", "\x1b[65;1\"p", "\x1b[65\"p", "\x1b[?2l", "\x1b<", "\x1b F", "\x1b G", "\x1bF", "\x1bJ", "\x1bK", "\x1bA", "\x1bC", "\x1bI",
                        "\x1bY" + chr(32 + self.number(0, ROWS)) + chr(32 + self.number(0, COLUMNS)), "`abz")

    def broken(self):
        return self.one("\x1b", "\x1b[", "\x1b[3", "\x1b[?", "\x1b]2;a", "\x1bP1", "\x1b\\", "\x18", "\x7f", "\0", "\x1b[1;2", "\x1b[ ", "\x1b[>1", "\x1b[1\n2H", "é", "\x1b_x", "\x07")


TOPICS = [name for name in vars(Topics) if not name.startswith("_") and name not in ("number", "one", "csi", "rectangle")]


def case(seed, topics):
    """The pieces of a case."""
    draw = Topics(seed)
    some = ["text", "motion", *draw.random.sample(topics, min(len(topics), draw.number(1, 3)))]
    return [getattr(draw, draw.one(*some))() for _ in range(draw.number(4, 25))]


def told_by_xterm(terminal, text):
    terminal.send(RESET)
    came = terminal.ask(text.encode() + b"\x18\x1b<")
    terminal.send(b"\x1b[?42l\x1b[?69l\x1b[?6l\x1b[?5l")
    screen = terminal.screen()
    if screen["geometry"] != [COLUMNS, ROWS]:
        terminal.resize((COLUMNS, ROWS))
    return {**comparable(screen), "told": re.findall(rb"(?:\[|\x9b)(\d+;\d+)R", came)[-1:]}


def told_by_us(text):
    told = ours.dumped(RESET + text.encode(), "--geometry", f"{COLUMNS}x{ROWS}")
    replies = bytes.fromhex(told["replies"])
    return {**comparable(ours.screen(told)), "told": re.findall(rb"(?:\[|\x9b)(\d+;\d+)R", replies)[-1:]}


def comparable(screen):
    """What both can tell: a media copy has neither the sizes of empty rows nor the lines under blanks at a row's end, and of rows of
    double size the half that is not seen, where xterm keeps what DEC's terminals lose."""
    # What a set does not have is one replacement character or another.
    rows = [unicodedata.normalize("NFC", row).replace("⸮", "\ufffd") for row in screen["screen"]]
    sizes = dict(screen["lines"])
    shown = [(row[:COLUMNS // 2] if number in sizes else row).rstrip() for number, row in enumerate(rows)]
    has_text = lambda number, column=0: number < len(shown) and column < len(shown[number])

    def is_told(style):
        row, start = int(style.split()[0]), int(re.findall(r" (\d+)-", style)[0])
        return row not in sizes and (has_text(row, start) or not xterm.LINES & set(style.split()))
    styles = [style for style in screen["styles"] if is_told(style)]
    return {**screen, "screen": shown, "styles": styles, "lines": [line for line in screen["lines"] if has_text(line[0])]}


def differ(terminal, pieces):
    text = "".join(pieces) + END
    return ours.differences(told_by_xterm(terminal, text), told_by_us(text), ("told", "lines"))


def shortest(terminal, pieces):
    """The pieces without which nothing would differ."""
    at = len(pieces)
    while at > 0:
        at = min(at, len(pieces)) - 1
        fewer = pieces[:at] + pieces[at + 1:]
        if fewer and differ(terminal, fewer):
            pieces, at = fewer, len(fewer)
    return pieces


def quoted(text):
    names = {"\x1b": "\\e", "\r": "\\r", "\n": "\\n", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
    return "".join(names.get(ch) or (f"\\x{ord(ch):02x}" if ch < " " or ch == "\x7f" else ch) for ch in text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("topics", nargs="*")
    arguments = parser.parse_args()
    found = 0
    with xterm.display(), xterm.Xterm((COLUMNS, ROWS), resources={"c132": "false", "decTerminalID": "525"}) as terminal:
        for number in range(arguments.count):
            pieces = case(f"{arguments.seed}.{number}", arguments.topics or TOPICS)
            if not differ(terminal, pieces):
                continue
            pieces = shortest(terminal, pieces)
            print(f'== {number}\nfeed "{quoted("".join(pieces) + END)}"', *differ(terminal, pieces), sep="\n", flush=True)
            found += 1
            if found == MOST_FOUND:
                break
    print(f"{number + 1} cases, {found} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
