#!/usr/bin/env python3
"""Records what xterm sends for each key, modifier and mode: xterm.txt with its usual keyboard, vt220.txt with its VT220's,
csi_u.txt with formatOtherKeys, which xterm 379 has as a resource only, and later.txt with what later xterms have besides.

usage: ./record.py xterm|vt220|csi_u|later [DISPLAY]   (needs Xvfb, xterm, xdotool, xmodmap; the display, :87, must be free;
                                                        XTERM in the environment says which xterm to run)

Every key tested gets a keycode of its own that has its keysym on all levels, so that keysym and modifiers are exactly
those of the table. A snowman after each key tells when the answer is complete. xterm is told to send ESC for Alt
(metaSendsEscape, the 8-bit input mode off) and DEL for BackSpace, and its own shortcuts are taken away.
"""
import os
import re
import select
import subprocess
import sys
import tempfile
import termios
import time
import tty

HERE = os.path.dirname(os.path.abspath(__file__))
# The snowman's keycode, its keysym, and what it types, as itself or as modifyOtherKeys 3 has it.
SYNC = (255, "U2603", re.compile(b"\xe2\x98\x83|\x1b\\[(27;1;9731~|9731;1u)"))
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
    ("other_keys_1", "\x1b[>4;1m", "\x1b[>4m", False, CHARS),
    ("other_keys_1", "\x1b[>4;1m", "\x1b[>4m", False, OTHERS),
    ("other_keys_2", "\x1b[>4;2m", "\x1b[>4m", False, CHARS),
    ("other_keys_2", "\x1b[>4;2m", "\x1b[>4m", False, OTHERS),
    ("newline", "\x1b[20h", "\x1b[20l", False, ["Return", "Linefeed", "KP_Enter"]),
    ("delete_del", "\x1b[?1037h", "\x1b[?1037l", False, ["Delete", "KP_Delete", "BackSpace"]),
    ("other_keys_2 delete_del", "\x1b[>4;2m\x1b[?1037h", "\x1b[>4m\x1b[?1037l", False, ["Delete", "KP_Delete", "BackSpace"]),
    ("app_keypad num_lock no_num_lock_modifier", "\x1b=\x1b[?1035l", "\x1b>\x1b[?1035h", True, KEYPAD),
    ("other_keys_2 backarrow newline", "\x1b[?67h\x1b[20h\x1b[>4;2m", "\x1b[?67l\x1b[20l\x1b[>4m", False, EDITING),
    ("modify_keyboard_15", "\x1b[>0;15m", "\x1b[>0m", False, OTHERS),
    ("modify_keyboard_4", "\x1b[>0;4m", "\x1b[>0m", False, OTHERS),
    ("modify_cursor_off", "\x1b[>1n", "\x1b[>1m", False, MOTION + MISC + KEYPAD),
    ("modify_function_off", "\x1b[>2n", "\x1b[>2m", False, MISC + FUNCTION),
    *((f"modify_cursor_{n}", f"\x1b[>1;{n}m", "\x1b[>1m", False, MOTION + MISC + KEYPAD) for n in (0, 1, 3)),
    *((f"modify_function_{n}", f"\x1b[>2;{n}m", "\x1b[>2m", False, MISC + FUNCTION) for n in (0, 1, 3)),
    ("modify_cursor_3 app_cursor", "\x1b[>1;3m\x1b[?1h", "\x1b[>1m\x1b[?1l", False, MOTION),
    ("modify_cursor_0 app_cursor", "\x1b[>1;0m\x1b[?1h", "\x1b[>1m\x1b[?1l", False, MOTION),
]
# What formatOtherKeys could matter to.
FORMATTED = [row for row in MODES if row[0] == "normal" or row[0].startswith("other_keys")]
# What came after xterm 379 (recorded from 410).
LATER = [
    ("other_keys_3", "\x1b[>4;3m", "\x1b[>4m", False, CHARS),
    ("other_keys_3", "\x1b[>4;3m", "\x1b[>4m", False, OTHERS),
    ("other_keys_3 csi_u", "\x1b[>4;3m\x1b[>4;1f", "\x1b[>4m\x1b[>4f", False, CHARS),
    ("other_keys_3 csi_u", "\x1b[>4;3m\x1b[>4;1f", "\x1b[>4m\x1b[>4f", False, OTHERS),
    ("other_keys_2 csi_u", "\x1b[>4;2m\x1b[>4;1f", "\x1b[>4m\x1b[>4f", False, CHARS),
    ("other_keys_1 csi_u", "\x1b[>4;1m\x1b[>4;1f", "\x1b[>4m\x1b[>4f", False, CHARS),
    ("other_keys_3 backarrow newline", "\x1b[?67h\x1b[20h\x1b[>4;3m", "\x1b[?67l\x1b[20l\x1b[>4m", False, EDITING),
]


def shown(data):
    """The bytes, printable: ^[ for ESC and so on, - for none."""
    if not data:
        return "-"
    text = data.decode("utf-8", "backslashreplace")
    return "".join(f"^{chr(ord(c) ^ 64)}" if c < " " or c == "\x7f" else "\\s" if c == " " else "\\-" if c == "-" else
                   "\\^" if c == "^" else "\\\\" if c == "\\" else c for c in text)


def inside(out, modes):
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
        while not (end := SYNC[2].search(data)):
            if not select.select([fd], [], [], 5)[0]:
                return b"TIMEOUT" + data
            data += os.read(fd, 4096)
        return data[: end.start()]

    for _ in range(3):
        keys(str(SYNC[0]))
        until_sync()
    for name, on, off, num_lock, wanted in modes:
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
            inside(out, {"csi_u.txt": FORMATTED, "later.txt": LATER}.get(os.path.basename(sys.argv[2]), MODES))
        return
    keyboard, display = (sys.argv[1:] + [":87"])[:2]
    more = {"xterm": [], "vt220": ["-kt", "vt220"], "csi_u": ["-xrm", "XTerm*VT100*formatOtherKeys: 1"], "later": []}[keyboard]
    program = os.environ.get("XTERM", "xterm")
    version = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stdout.strip()
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
            subprocess.run([program, "-u8", *more, *options, "-e", sys.executable, os.path.abspath(__file__), "--inside", path], env=env, check=True)
        finally:
            server.terminate()
            server.wait()


main()
