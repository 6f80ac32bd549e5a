#!/usr/bin/env python3
"""Records what xterm sends for each key, modifier and mode: xterm.txt with its usual keyboard, vt220.txt with its VT220's.

usage: ./record.py xterm|vt220 [DISPLAY]       (needs Xvfb, xterm, xdotool, xmodmap; the display, :87, must be free)

Every key tested gets a keycode of its own that has its keysym on all levels, so that keysym and modifiers are exactly
those of the table. A snowman after each key tells when the answer is complete. xterm is told to send ESC for Alt
(metaSendsEscape, the 8-bit input mode off) and DEL for BackSpace, and its own shortcuts are taken away.
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
SYNC = (255, "U2603", "\u2603".encode())
MODIFIERS = {"Shift_L": 50, "Alt_L": 64, "Control_L": 37, "Num_Lock": 77}
COLUMNS = [[name for bit, name in enumerate(["Shift_L", "Alt_L", "Control_L"]) if n >> bit & 1] for n in range(8)]

CHARS = [f"U{c:04X}" if c > 0x7e else (chr(c) if chr(c).isalnum() else hex(c)) for c in [*range(0x20, 0x7f), 0xe9, 0x44f, 0x20ac, 0x4e2d]]
EDITING = ["BackSpace", "Tab", "ISO_Left_Tab", "Linefeed", "Clear", "Return", "Pause", "Escape", "Delete"]
MOTION = ["Home", "Left", "Up", "Right", "Down", "Prior", "Next", "End", "Begin"]
MISC = ["Select", "Print", "Execute", "Insert", "Undo", "Redo", "Menu", "Find", "Cancel", "Help", "Break", "Scroll_Lock"]
KEYPAD = ["KP_Space", "KP_Tab", "KP_Enter", "KP_F1", "KP_F2", "KP_F3", "KP_F4", "KP_Home", "KP_Left", "KP_Up", "KP_Right",
          "KP_Down", "KP_Prior", "KP_Next", "KP_End", "KP_Begin", "KP_Insert", "KP_Delete", "KP_Equal", "KP_Multiply",
          "KP_Add", "KP_Separator", "KP_Subtract", "KP_Decimal", "KP_Divide"] + [f"KP_{n}" for n in range(10)]
FUNCTION = [f"F{n}" for n in range(1, 36)]
OTHERS = EDITING + MOTION + MISC + KEYPAD + FUNCTION
# Of the keycodes those whose XKB type takes no modifier for itself, nor is in the modifier map; xdotool takes 8 and 9
# for the digits.
FREE = [c for c in range(10, 255) if c not in (37, 50, *range(62, 65), 66, *range(67, 97), *range(104, 109), 127, 133, 134, *range(203, 208))]

# Name in the table, what sets the mode, what resets it, whether Num Lock is on, the keys.
MODES = [
    ("normal", "", "", False, CHARS),
    ("normal", "", "", False, OTHERS),
    ("app_cursor", "\x1b[?1h", "\x1b[?1l", False, MOTION + KEYPAD),
    ("app_keypad", "\x1b=", "\x1b>", False, MOTION + EDITING + KEYPAD),
    ("num_lock", "", "", True, KEYPAD),
    ("app_keypad num_lock", "\x1b=", "\x1b>", True, KEYPAD),
    ("app_cursor app_keypad", "\x1b[?1h\x1b=", "\x1b[?1l\x1b>", False, MOTION + KEYPAD),
    ("backarrow", "\x1b[?67h", "\x1b[?67l", False, ["BackSpace", "Delete"]),
    ("vt52", "\x1b[?2l", "\x1b<", False, ["a", "BackSpace", "Tab", "ISO_Left_Tab", "Return"] + MOTION + MISC + KEYPAD + FUNCTION[:20]),
    ("vt52 app_keypad", "\x1b[?2l\x1b=", "\x1b>\x1b<", False, MOTION + KEYPAD),
    ("other_keys_1", "\x1b[>4;1m", "\x1b[>4m", False, CHARS + EDITING + KEYPAD + ["Up", "F1", "Delete"]),
    ("other_keys_2", "\x1b[>4;2m", "\x1b[>4m", False, CHARS + EDITING + KEYPAD + ["Up", "F1", "Delete"]),
    ("newline", "\x1b[20h", "\x1b[20l", False, ["Return", "Linefeed", "KP_Enter"]),
]


def shown(data):
    """The bytes, printable: ^[ for ESC and so on, - for none."""
    if not data:
        return "-"
    text = data.decode("utf-8", "backslashreplace")
    return "".join(f"^{chr(ord(c) ^ 64)}" if c < " " or c == "\x7f" else "\\s" if c == " " else "\\-" if c == "-" else
                   "\\^" if c == "^" else "\\\\" if c == "\\" else c for c in text)


def inside(out):
    """Runs in the xterm."""
    codes = {}

    def give_codes(wanted):
        codes.clear()
        codes.update(zip(wanted, FREE))
        lines = [f"keycode {c} = {' '.join([k] * 4)}" for k, c in codes.items()]
        lines.append(f"keycode {SYNC[0]} = {' '.join([SYNC[1]] * 4)}")
        lines += [f"keycode {c} = {k} {k.replace('Alt', 'Meta')}" for k, c in MODIFIERS.items()]
        lines += ["clear mod1", "add mod1 = Alt_L", "clear mod2", "add mod2 = Num_Lock"]
        subprocess.run(["xmodmap", "-"], input="\n".join(lines) + "\n", text=True, check=True)
        time.sleep(0.5)

    give_codes([])
    fd = os.open("/dev/tty", os.O_RDWR)
    tty.setraw(fd, termios.TCSANOW)
    time.sleep(1)

    def keys(*strokes):
        subprocess.run(["xdotool", "key", "--delay", "0", *strokes], check=True)

    def until_sync():
        data = b""
        while SYNC[2] not in data:
            if not select.select([fd], [], [], 5)[0]:
                return b"TIMEOUT" + data
            data += os.read(fd, 4096)
        return data[: data.index(SYNC[2])]

    for _ in range(3):
        keys(str(SYNC[0]))
        until_sync()
    for name, on, off, num_lock, wanted in MODES:
        give_codes(wanted)
        os.write(fd, on.encode())
        if num_lock:
            keys(str(MODIFIERS["Num_Lock"]))
        keys(str(SYNC[0]))
        until_sync()
        out.write(f"\nmode {name}\n")
        for key in wanted:
            row = []
            for held in COLUMNS:
                stroke = "+".join([str(MODIFIERS[m]) for m in held] + [str(codes[key])])
                keys(stroke, str(SYNC[0]))
                row.append(shown(until_sync()))
            label = chr(int(key, 16)) if key.startswith("0x") else chr(int(key[1:], 16)) if key[0] == "U" and len(key) == 5 else key
            out.write(f"{'space' if label == ' ' else label:<14}" + "".join(f" {cell:<11}" for cell in row).rstrip() + "\n")
            out.flush()
        os.write(fd, off.encode())
        if num_lock:
            keys(str(MODIFIERS["Num_Lock"]))


def main():
    if sys.argv[1:2] == ["--inside"]:
        with open(sys.argv[2], "a", encoding="utf-8") as out:
            inside(out)
        return
    keyboard, display = (sys.argv[1:] + [":87"])[:2]
    more = {"xterm": [], "vt220": ["-kt", "vt220"]}[keyboard]
    version = subprocess.run(["xterm", "-version"], capture_output=True, text=True, check=True).stdout.strip()
    path = os.path.join(HERE, keyboard + ".txt")
    with open(path, "w", encoding="utf-8") as out:
        said = " ".join([version, *more])
        out.write(f"# What {said} sends, recorded by record.py. One line a key: its name (or the character it types), then the\n"
                  "# bytes with the modifiers: none, Shift, Alt, Shift-Alt, Control, Shift-Control, Alt-Control, all three.\n"
                  "# ^[ is ESC; - is nothing; \\s \\- \\^ \\\\ are the characters themselves.\n")
    with tempfile.TemporaryDirectory() as log:
        server = subprocess.Popen(["Xvfb", display, "-screen", "0", "800x600x24"], stderr=open(log + "/x", "w"))
        try:
            time.sleep(2)
            env = dict(os.environ, DISPLAY=display, LC_ALL="C.UTF-8")
            resources = ["metaSendsEscape: true", "altSendsEscape: true", "eightBitInput: false", "backarrowKey: false",
                         "backarrowKeyIsErase: false", "translations: #replace ~Meta<Key>: insert-seven-bit()\\n Meta<Key>: insert-eight-bit()"]
            options = [arg for r in resources for arg in ("-xrm", f"XTerm*VT100*{r}")]
            subprocess.run(["xterm", "-u8", *more, *options, "-e", sys.executable, os.path.abspath(__file__), "--inside", path], env=env, check=True)
        finally:
            server.terminate()
            server.wait()


main()
