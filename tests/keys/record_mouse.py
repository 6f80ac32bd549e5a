#!/usr/bin/env python3
"""Records what xterm reports of the mouse in each tracking mode and encoding, into mouse.txt.

usage: ./record_mouse.py        (needs Xvfb, xterm, xdotool, xmodmap)

A script is a list of strokes: @col,row moves into that cell, +n and -n press and release button n, [name and ]name
press and release a modifier. A snowman after each script tells when the answer is complete.
"""
import os
import select
import subprocess
import sys
import tempfile
import termios
import time
import tty

HERE = os.path.dirname(os.path.abspath(__file__))
DISPLAY = ":88"
SYNC = (255, "U2603", "\u2603".encode())
CELL, BORDER = (6, 13), 2  # of the font "6x13"

CLICKS = ["@5,3 +1 -1", "@0,0 +2 -2", "@5,3 +3 -3", "+4 -4 +5 -5", "+6 -6 +7 -7", "+8 -8 +9 -9"]
DRAGS = ["@5,3 +1 @6,3 @6,4 -1", "+1 +3 @7,4 -1 @8,4 -3", "@9,5 @10,5", "+2 +4 -4 @11,5 -2"]
MODIFIED = ["[Shift_L +1 -1 ]Shift_L", "[Alt_L +1 -1 ]Alt_L", "[Control_L +1 @12,6 -1 ]Control_L", "[Control_L +4 -4 ]Control_L",
            "[Shift_L [Alt_L [Control_L @13,6 +1 -1 ]Control_L ]Alt_L ]Shift_L"]
FAR = ["@94,7 +1 -1", "@95,7 +1 -1", "@222,7 +1 -1", "@223,7 +1 -1", "@230,7 +1 -1"]
TRACKING, ENCODINGS = [9, 1000, 1002, 1003], [0, 1005, 1006, 1015, 1016]


def shown(data):
    """The bytes, printable; - for none."""
    return "".join(chr(b) if 0x21 <= b < 0x7f and b not in b"\\-" else f"\\x{b:02x}" for b in data) or "-"


def inside(out):
    """Runs in the xterm."""
    subprocess.run(["xmodmap", "-"], input=f"keycode {SYNC[0]} = {' '.join([SYNC[1]] * 4)}\n", text=True, check=True)
    fd = os.open("/dev/tty", os.O_RDWR)
    tty.setraw(fd, termios.TCSANOW)
    time.sleep(1)
    window = subprocess.run(["xdotool", "search", "--class", "xterm"], capture_output=True, text=True, check=True).stdout.split()[-1]

    def until_sync():
        subprocess.run(["xdotool", "key", str(SYNC[0])], check=True)
        data = b""
        while SYNC[2] not in data:
            if not select.select([fd], [], [], 5)[0]:
                return b"TIMEOUT" + data
            data += os.read(fd, 4096)
        return data[: data.index(SYNC[2])]

    def play(script):
        command = ["xdotool"]
        for stroke in script.split():
            kind, rest = stroke[0], stroke[1:]
            if kind == "@":
                col, row = map(int, rest.split(","))
                # Not the corner: pixels are recorded too.
                command += ["mousemove", "--window", window, str(BORDER + col * CELL[0] + 2), str(BORDER + row * CELL[1] + 5)]
            else:
                command += [{"+": "mousedown", "-": "mouseup", "[": "keydown", "]": "keyup"}[kind], rest]
        subprocess.run(command, check=True)

    play("@1,1")
    until_sync()
    until_sync()
    for tracking in TRACKING:
        for encoding in ENCODINGS:
            on = f"\x1b[?{tracking}h" + (f"\x1b[?{encoding}h" if encoding else "")
            scripts = CLICKS + DRAGS + MODIFIED + FAR if tracking == 1002 or encoding in (0, 1006) else CLICKS[:1] + DRAGS + FAR
            play("@1,1")
            os.write(fd, on.encode())
            until_sync()
            out.write(f"\nmode {tracking} {encoding}\n")
            for script in scripts:
                play(script)
                out.write(f"{script:<40} {shown(until_sync())}\n")
                out.flush()
            os.write(fd, on.replace("h", "l").encode())


def main():
    if len(sys.argv) > 1:
        with open(sys.argv[1], "a", encoding="utf-8") as out:
            inside(out)
        return
    version = subprocess.run(["xterm", "-version"], capture_output=True, text=True, check=True).stdout.strip()
    path = os.path.join(HERE, "mouse.txt")
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"# What {version} reports of the mouse, recorded by record_mouse.py. Each mode (tracking, encoding) starts with the\n"
                  f"# pointer in cell 1,1. A cell is {CELL[0]}x{CELL[1]} pixels, of which the pointer is on the one at 2,5.\n"
                  "# Then a line a script: @col,row moves, +n -n are buttons, [ ] modifiers; and the bytes, - for none.\n")
    with tempfile.TemporaryDirectory() as log:
        server = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1600x600x24"], stderr=open(log + "/x", "w"))
        try:
            time.sleep(2)
            env = dict(os.environ, DISPLAY=DISPLAY, LC_ALL="C.UTF-8")
            # Without the menus that Control pops up and what Meta does, and with Shift passed on.
            translations = "translations: #override <Btn1Down>: select-start()\\n <BtnMotion>: select-extend()"
            options = [arg for r in [translations, "shiftEscape: always", "internalBorder: 2", "font: 6x13"] for arg in ("-xrm", f"XTerm*VT100*{r}")]
            subprocess.run(["xterm", "-u8", "+sb", "-b", "2", "-bw", "0", "-geometry", "240x24+0+0", *options, "-e", sys.executable,
                            os.path.abspath(__file__), path], env=env, check=True)
        finally:
            server.terminate()
            server.wait()


main()
