#!/usr/bin/env python3
"""Writes keysym_table.rs, keysym_names.rs and dead_key_table.rs.

usage: ./generate.py [/usr/include/X11]       (Debian: x11proto-dev; facts of the X11 keysym registry)

The values, names and characters of the keysyms are facts from X.Org's keysymdef.h and XF86keysym.h; what their comments
do not say (ranges that were dropped from newer headers) follows from the character sets the ranges were made from.
The compositions are Python's Unicode database's.
"""
import os
import re
import sys
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = sys.argv[1] if len(sys.argv) > 1 else "/usr/include/X11"

# Dead key: (keysym, combining mark, spacing accent, what it gives with a space). As in X.Org's en_US.UTF-8 Compose:
# with a space the ASCII stand-in where there is one, twice the accent itself.
DEAD = [
    (0xfe50, 0x0300, "`", "`"), (0xfe51, 0x0301, "\u00b4", "'"), (0xfe52, 0x0302, "^", "^"),
    (0xfe53, 0x0303, "~", "~"), (0xfe54, 0x0304, "\u00af", "\u00af"), (0xfe55, 0x0306, "\u02d8", "\u02d8"),
    (0xfe56, 0x0307, "\u02d9", "\u02d9"), (0xfe57, 0x0308, "\u00a8", '"'), (0xfe58, 0x030a, "\u00b0", "\u00b0"),
    (0xfe59, 0x030b, "\u02dd", "\u02dd"), (0xfe5a, 0x030c, "\u02c7", "\u02c7"), (0xfe5b, 0x0327, "\u00b8", "\u00b8"),
    (0xfe5c, 0x0328, "\u02db", "\u02db"), (0xfe5d, 0x0345, "\u037a", "\u037a"), (0xfe5e, 0x3099, "\u309b", "\u309b"),
    (0xfe5f, 0x309a, "\u309c", "\u309c"), (0xfe60, 0x0323, ".", "."), (0xfe61, 0x0309, "?", "?"),
    (0xfe62, 0x031b, "'", "'"), (0xfe63, 0x0335, "/", "/"), (0xfe64, 0x0313, "\u1fbf", "'"),
    (0xfe65, 0x0314, "\u1ffe", "`"), (0xfe66, 0x030f, "\u02f5", '"'), (0xfe67, 0x0325, "\u02f3", "\u02f3"),
    (0xfe68, 0x0331, "\u02cd", "_"), (0xfe69, 0x032d, "\ua788", "^"), (0xfe6a, 0x0330, "\u02f7", "~"),
    (0xfe6b, 0x032e, "\u02d8", "\u02d8"), (0xfe6c, 0x0324, "\u00a8", '"'), (0xfe6d, 0x0311, "\u0311", "\u0311"),
    (0xfe6e, 0x0326, ",", ","), (0xfe6f, 0x20a0, "\u00a4", "\u00a4"), (0xfe8c, 0x03b1, "\u00b5", "\u00b5"),
    (0xfe90, 0x0332, "_", "_"), (0xfe91, 0x030d, "\u02c8", "\u02c8"), (0xfe92, 0x0329, "\u02cc", "\u02cc"),
    (0xfe93, 0x0338, "/", "/"),
    # HP, Sun and DEC keyboards.
    (0x100000a8, 0x0301, "\u00b4", "'"), (0x100000a9, 0x0300, "`", "`"), (0x100000aa, 0x0302, "^", "^"),
    (0x100000ab, 0x0308, "\u00a8", '"'), (0x100000ac, 0x0303, "~", "~"),
    (0x1000fe22, 0x0308, "\u00a8", '"'), (0x1000fe27, 0x0301, "\u00b4", "'"), (0x1000fe2c, 0x0327, "\u00b8", "\u00b8"),
    (0x1000fe5e, 0x0302, "^", "^"), (0x1000fe60, 0x0300, "`", "`"), (0x1000fe7e, 0x0303, "~", "~"),
    (0x1000feb0, 0x030a, "\u00b0", "\u00b0"),
    (0x1005ff00, 0x0300, "`", "`"), (0x1005ff01, 0x0302, "^", "^"), (0x1005ff02, 0x0303, "~", "~"),
    (0x1005ff03, 0x0301, "\u00b4", "'"), (0x1005ff04, 0x0308, "\u00a8", '"'), (0x1005ff05, 0x0327, "\u00b8", "\u00b8"),
]
# What Unicode does not decompose: letters with a stroke, the currency key and the Greek key, after the Compose file.
STROKE = {"d": "đ", "D": "Đ", "h": "ħ", "H": "Ħ", "l": "ł", "L": "Ł", "o": "ø", "O": "Ø", "t": "ŧ", "T": "Ŧ", "b": "ƀ",
          "B": "Ƀ", "g": "ǥ", "G": "Ǥ", "i": "ɨ", "I": "Ɨ", "z": "ƶ", "Z": "Ƶ", "u": "ʉ", "U": "Ʉ", "a": "ⱥ", "A": "Ⱥ",
          "c": "ȼ", "C": "Ȼ", "e": "ɇ", "E": "Ɇ", "j": "ɉ", "J": "Ɉ", "p": "ᵽ", "P": "Ᵽ", "r": "ɍ", "R": "Ɍ", "y": "ɏ",
          "Y": "Ɏ", "<": "≮", ">": "≯", "=": "≠"}
CURRENCY = {"a": "؋", "b": "฿", "c": "¢", "d": "₫", "e": "€", "f": "ƒ", "g": "₲", "h": "₴", "k": "₭", "l": "£", "m": "₥",
            "n": "₦", "p": "₰", "r": "₢", "s": "₪", "t": "৳", "w": "₩", "y": "¥", "A": "₳", "B": "₱", "C": "₡", "D": "₯",
            "E": "₠", "F": "₣", "G": "₲", "H": "₴", "K": "₭", "L": "₤", "M": "ℳ", "N": "₦", "P": "₧", "R": "₨", "S": "$",
            "T": "₮", "W": "₩"}
GREEK = dict(zip("abgdezhqiklmnxoprstufcywABGDEZHQIKLMNXOPRSTUFCYW", "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"))


def header(name, pattern):
    with open(os.path.join(INCLUDE, name)) as lines:
        for line in lines:
            if m := re.match(pattern, line):
                yield m


def keysyms():
    """(value, name, character or None, whether the character is this keysym's alone)"""
    for m in header("keysymdef.h", r"#define XK_(\w+)\s+0x([0-9a-fA-F]+)\s*(?:/\*(.*)\*/)?"):
        code = re.search(r"(\(?)U\+([0-9A-F]{4,6})", m[3] or "")
        yield int(m[2], 16), m[1], int(code[2], 16) if code else None, bool(code) and not code[1]
    for m in header("XF86keysym.h", r"#define XF86XK_(\w+)\s+(_EVDEVK\()?0x([0-9a-fA-F]+)"):
        yield int(m[3], 16) + (0x10081000 if m[2] else 0), "XF86" + m[1], None, False


def dropped_ranges():
    """Keysyms of older headers that old keymaps still make: value, character."""
    for byte in range(0xa0, 0x100):  # Latin-8 (ISO 8859-14), what Latin-1 lacks
        char = ord(bytes([byte]).decode("iso8859_14"))
        if char > 0xff and char not in (0x10a, 0x10b, 0x120, 0x121, 0x178):
            yield 0x1200 + byte, char
    armenian = [0x587, 0x589, 0x29, 0x28, 0xbb, 0xab, 0x2014, 0x2e, 0x55d, 0x2c, 0x2013, 0x58a, 0x2026, 0x55c, 0x55b, 0x55e]
    for i, char in enumerate(armenian):
        yield 0x14a2 + i, char
    for i in range(0x26):
        yield 0x14b2 + 2 * i, 0x531 + i
        yield 0x14b3 + 2 * i, 0x561 + i
    yield 0x14fe, 0x55a
    for i in range(0x27):
        yield 0x15d0 + i, 0x10d0 + i
    for low, char in {0xa3: 0x1e8a, 0xa6: 0x12c, 0xa9: 0x1b5, 0xaa: 0x1e6, 0xaf: 0x19f, 0xb3: 0x1e8b, 0xb6: 0x12d,
                      0xb9: 0x1b6, 0xba: 0x1e7, 0xbd: 0x1d2, 0xbf: 0x275, 0xc6: 0x18f, 0xd1: 0x1e36, 0xe1: 0x1e37,
                      0xf6: 0x259}.items():
        yield 0x1600 + low, char
    for low in range(0xa0, 0xfa):  # Vietnamese: as in Unicode, save for the marks in the places of Ygrave and ygrave
        yield 0x1e00 + low, {0xf2: 0x300, 0xf3: 0x301}.get(low, 0x1e00 + low)
    for low, char in {0x9f: 0x303, 0xfa: 0x1a0, 0xfb: 0x1a1, 0xfc: 0x1af, 0xfd: 0x1b0, 0xfe: 0x309, 0xff: 0x323}.items():
        yield 0x1e00 + low, char
    for low in range(0xa0, 0xac):
        yield 0x2000 + low, 0x2000 + low


def escape(char):
    return {"'": "\\'", "\\": "\\\\"}.get(chr(char), chr(char)) if 0x20 <= char < 0x7f else f"\\u{{{char:x}}}"


def filled(items, indent, width=120):
    line, lines = indent, []
    for item in items:
        if len(line) + len(item) + 1 > width:
            lines.append(line.rstrip())
            line = indent
        line += item + " "
    return "\n".join([*lines, line.rstrip()])


def write_keysyms():
    chars, one_way, names, named = {}, set(), {}, set()
    for value, name, char, own in keysyms():
        if char and value > 0xff and value < 0x01000000:
            chars.setdefault(value, char)
            if not own:
                one_way.add(value)
        if name not in named:  # the first name of a value is its own, the others are kept for reading
            named.add(name)
            names.setdefault(value, []).append(name)
    for value, char in dropped_ranges():
        if value not in chars:
            chars[value] = char
            one_way.add(value)
    first = {}
    for value in sorted(chars, key=lambda v: (v in one_way, v)):
        if chars[value] < 0x100 or chars[value] in first:
            one_way.add(value)
        first.setdefault(chars[value], value)
    own = sorted((c, v) for v, c in chars.items() if v not in one_way)
    with open(os.path.join(HERE, "keysym_table.rs"), "w") as out:
        out.write("//! Which characters X11's keysyms stand for. Written by generate.py; do not edit.\n\n")
        out.write("/// Keysyms outside Latin-1 and the Unicode range that stand for a character, in order of the keysym.\n#[rustfmt::skip]\n")
        out.write(f"pub(super) static CHARS: [(u16, char); {len(chars)}] = [\n")
        out.write(filled([f"({v:#06x}, '{escape(c)}')," for v, c in sorted(chars.items())], "    ") + "\n];\n\n")
        out.write("/// Of these the ones that a character goes back to, in order of the character.\n#[rustfmt::skip]\n")
        out.write(f"pub(super) static KEYSYMS: [(char, u16); {len(own)}] = [\n")
        out.write(filled([f"('{escape(c)}', {v:#06x})," for c, v in own], "    ") + "\n];\n")
    with open(os.path.join(HERE, "keysym_names.rs"), "w") as out:
        out.write("//! What X11's keysyms are called. Written by generate.py; do not edit.\n\n")
        out.write("/// `value=name` for every keysym that has a name, in order of the value, which is hexadecimal; the first name of a\n")
        out.write("/// value is the one to print. One text, since a table of `&str` would have to be relocated at each start.\n#[rustfmt::skip]\n")
        out.write('pub(super) static NAMES: &str = "\\\n')
        out.write(filled([f"{v:x}={n}" for v, ns in sorted(names.items()) for n in ns], "    ", 117).replace("\n", " \\\n"))
        out.write('";\n')


def write_dead_keys():
    marks = sorted({d[1] for d in DEAD})
    pairs = {}
    for code in range(0x80, 0x30000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and parts[0][0] != "<" and int(parts[1], 16) in marks:
            if unicodedata.normalize("NFC", chr(code)) == chr(code):
                pairs[int(parts[1], 16), int(parts[0], 16)] = code
    for mark, table in ((0x335, STROKE), (0x338, STROKE), (0x20a0, CURRENCY), (0x3b1, GREEK)):
        for base, char in table.items():
            pairs.setdefault((mark, ord(base)), ord(char))
    with open(os.path.join(HERE, "dead_key_table.rs"), "w") as out:
        out.write("//! Dead keys and what they compose to. Written by generate.py; do not edit.\n\n")
        out.write("/// Dead key, its combining mark (any other character where Unicode has none), the accent it gives when pressed\n")
        out.write("/// twice, and what it gives with a space; in order of the keysym.\n#[rustfmt::skip]\n")
        out.write(f"pub(super) static DEAD_KEYS: [(u32, char, char, char); {len(DEAD)}] = [\n")
        items = [f"({k:#x}, '{escape(m)}', '{escape(ord(a))}', '{escape(ord(s))}')," for k, m, a, s in sorted(DEAD)]
        out.write(filled(items, "    ") + "\n];\n\n")
        out.write("/// Combining mark, base and the composed character (Unicode's canonical compositions, and letters with a stroke,\n")
        out.write("/// currency signs and Greek letters), in order of mark and base.\n#[rustfmt::skip]\n")
        out.write(f"pub(super) static COMPOSITIONS: [(char, char, char); {len(pairs)}] = [\n")
        items = [f"('{escape(m)}', '{escape(b)}', '{escape(c)}')," for (m, b), c in sorted(pairs.items())]
        out.write(filled(items, "    ") + "\n];\n")


write_keysyms()
write_dead_keys()
