#!/usr/bin/env python3
"""Cuts fallback.bits: the characters that the bundled faces lack, as bitmaps that src/font/packed.rs reads in place.

The glyphs are GNU Unifont's: 16x16 pixels for characters of two columns (Chinese, Japanese, Korean, emoji), 8x16 for
those of one. Left out is what the bundled faces have (cut.py), what src/font/boxdraw draws, private and control
characters, and the historic scripts beyond the Basic Multilingual Plane. src/font/packed.rs describes the file.

Unifont's glyphs sit two rows lower than ours: each half page of 128 characters is raised as far as all of it allows, at
most those two rows, so that marks keep their distance from the letters they belong to.

Needs fontTools, freetype-py, and Debian's unifont, fonts-unifont and fonts-dejavu (`dpkg-deb -x` somewhere will do).
Usage: cut_fallback.py [--root DIR] [--out DIR]
"""
import argparse
import os
import struct
import unicodedata

import freetype
from fontTools.ttLib import TTFont

import cut

HEX = "usr/share/unifont/unifont.hex"
UPPER = "usr/share/fonts/opentype/unifont/unifont_upper.otf"
# Of the Supplementary Multilingual Plane: mathematical letters; game pieces, enclosed letters, emoji and other symbols.
PLANE_1 = [range(0x1D400, 0x1D800), range(0x1F000, 0x1FC00)]
# What fills a cell of one column only when squeezed is drawn for symbols alone: letters so narrow cannot be read.
SQUEEZED = [range(0x2000, 0x2E80), range(0x1F000, 0x1FC00)]
# Marks as wide as these are for wide letters.
WIDE_MARKS = range(0x3000, 0x3100)
# Characters that are not seen, though they have a glyph: joiners, fillers of Hangul, variation selectors.
UNSEEN = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)}
HEIGHT, PAGE, PAGES = 16, 256, 512
RAISE = 14 - cut.SMALL_BASELINE


def basic_plane(root):
    """{code: rows from the top, one or two bytes each} of the Basic Multilingual Plane."""
    with open(os.path.join(root, HEX)) as file:
        lines = (line.strip().split(":") for line in file)
        return {int(code, 16): bytes.fromhex(rows) for code, rows in lines}


def upper_plane(root):
    """The same of PLANE_1. Only the outlines of these are packaged; at 16 pixels they are the bitmaps they came from."""
    path = os.path.join(root, UPPER)
    face = freetype.Face(path)
    face.set_pixel_sizes(0, HEIGHT)
    known = TTFont(path).getBestCmap()
    return {c: drawn(face, c) for codes in PLANE_1 for c in codes if c in known}


def drawn(face, code):
    flags = freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_TARGET_MONO | freetype.FT_LOAD_RENDER
    face.load_char(chr(code), flags)
    glyph, bitmap = face.glyph, face.glyph.bitmap
    width = glyph.advance.x >> 6
    rows = [0] * HEIGHT
    for y in range(bitmap.rows):
        for x in range(bitmap.width):
            if bitmap.buffer[y * bitmap.pitch + x // 8] >> (7 - x % 8) & 1:
                rows[y + 14 - glyph.bitmap_top] |= 1 << (width - 1 - x - glyph.bitmap_left)
    return b"".join(row.to_bytes(width // 8, "big") for row in rows)


def is_wanted(code, rows):
    char = chr(code)
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Co", "Cs", "Zs", "Zl", "Zp") or code in UNSEEN or not any(rows):
        return False
    if category == "Cn" and code < 0x10000:  # its number in a box; beyond it Python's tables are older than the glyphs
        return False
    if len(rows) == HEIGHT or unicodedata.east_asian_width(char) in "WF":
        return True
    allowed = [WIDE_MARKS] if category in ("Mn", "Mc", "Me") else SQUEEZED
    return any(code in codes for codes in allowed)


def raised(glyphs):
    """All glyphs of a half page, higher by as many rows as are empty in each of them."""
    row = {code: len(rows) // HEIGHT for code, rows in glyphs.items()}
    empty = min(next(y for y in range(HEIGHT) if any(rows[y * row[code]:(y + 1) * row[code]])) for code, rows in glyphs.items())
    by = min(RAISE, empty)
    return {code: rows[by * row[code]:] + bytes(by * row[code]) for code, rows in glyphs.items()}


def packed(glyphs):
    """The file: a table of pages, then each page: which codes it has, which of them are wide, their rows."""
    table, pages = [], b""
    start = 4 + 4 * PAGES
    for first in range(0, PAGE * PAGES, PAGE):
        codes = [code for code in range(first, first + PAGE) if code in glyphs]
        table.append(start + len(pages) if codes else 0)
        if codes:
            wide = [code for code in codes if len(glyphs[code]) == 2 * HEIGHT]
            sets = (sum(1 << (code - first) for code in some) for some in (codes, wide))
            pages += b"".join(some.to_bytes(PAGE // 8, "little") for some in sets)
            pages += b"".join(glyphs[code] for code in codes)
    return b"FBK1" + struct.pack(f"<{PAGES}I", *table) + pages


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default="/", help="where the packages are unpacked")
    parser.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
    options = parser.parse_args()
    have = cut.WANTED & set(TTFont(cut.DEJAVU % "").getBestCmap())
    glyphs = {c: rows for c, rows in (basic_plane(options.root) | upper_plane(options.root)).items()
              if c >= 0xA0 and c not in have and c not in cut.BOXDRAW and is_wanted(c, rows)}
    halves = {}
    for code, rows in glyphs.items():
        halves.setdefault(code // 128, {})[code] = rows
    glyphs = {code: rows for half in halves.values() for code, rows in raised(half).items()}
    wide = sum(len(rows) == 2 * HEIGHT for rows in glyphs.values())
    print(f"{len(glyphs)} glyphs, {wide} of them wide")
    cut.write(os.path.join(options.out, "fallback.bits"), packed(glyphs))


if __name__ == "__main__":
    main()
