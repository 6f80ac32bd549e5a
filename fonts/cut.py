#!/usr/bin/env python3
"""Cuts the bundled faces; docs/fonts.md says why these, and how they were chosen.

Small (8x16): Terminus Font's bitmaps of that size as PSF2 files, one for each style, and `small-more.psf`: what it
lacks, drawn from DejaVu Sans Mono by FreeType in black and white with the hints that are in the font.

Large (16x32 and all other sizes): DejaVu Sans Mono. fontdue, which draws these, knows no hinting and expands every
glyph of a file when it opens it. So FreeType fits the outlines to pixels here, once, and they are written back: one
unit of a new file is 1/64 of a pixel, and stems and heights lie on whole pixels when it is drawn at that size or a
multiple. Each file holds a few hundred glyphs, so that opening one is quick.

Characters that src/font/boxdraw draws are left out. The files carry no names; both licences reserve theirs.

Needs fontTools and freetype-py, and Debian's fonts-terminus-otb and fonts-dejavu. Usage: cut.py [--out DIR]
"""
import argparse
import os
import struct
import sys

import freetype
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

TERMINUS = "/usr/share/fonts/opentype/terminus/terminus-%s.otb"
DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono%s.ttf"
STYLES = {  # ours, Terminus Font's, DejaVu's
    "regular": ("normal", ""),
    "bold": ("bold", "-Bold"),
    "italic": ("oblique", "-Oblique"),
    "bold-italic": ("bold-oblique", "-BoldOblique"),
}

# Small: the cell, and the pixels per em at which DejaVu's letters fill it.
SMALL, SMALL_BASELINE, SMALL_PPEM = (8, 16), 12, 13
# Large: the same; src/font/outline/bundled.rs has these numbers too.
LARGE, LARGE_PPEM = (16, 32), 26
# The automatic hinter, as for black and white: stems of whole pixels across as well as down. The font's own hints give
# three pixels to a stem at this size, or, as interpreted since FreeType 2.7, fit heights alone.
FIT = freetype.FT_LOAD_FORCE_AUTOHINT | freetype.FT_LOAD_TARGET_MONO

# The large files and their code points; src/font/outline/bundled.rs holds the same table. Letters are cut in all styles,
# symbols from the regular face alone, which the other styles borrow.
SUBSETS = [
    ("latin", [(0x20, 0x7E), (0xA0, 0xFF)]),
    ("latin-extended", [(0x100, 0x24F)]),
    ("phonetic", [(0x250, 0x36F), (0x1D00, 0x1DFF)]),
    ("greek", [(0x370, 0x3FF)]),
    ("cyrillic", [(0x400, 0x52F)]),
    ("latin-additional", [(0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA720, 0xA7FF)]),
    ("punctuation", [(0x2000, 0x214F)]),
    ("arrows", [(0x2150, 0x21FF)]),
    ("mathematics", [(0x2200, 0x22FF)]),
    ("technical", [(0x2300, 0x24FF)]),
    ("symbols", [(0x25A0, 0x26FF)]),
    ("dingbats", [(0x2700, 0x27FF), (0x2900, 0x2BFF), (0xFB00, 0xFB06), (0xFFFD, 0xFFFD)]),
]
SYMBOLS = {"arrows", "mathematics", "technical", "symbols", "dingbats"}
# Drawn from the size of the cell.
BOXDRAW = set(range(0x2500, 0x25A0)) | set(range(0x2800, 0x2900)) | set(range(0x23BA, 0x23BE))
BOXDRAW |= set(range(0x1CD00, 0x1CDE6)) | set(range(0x1FB00, 0x1FBB0)) | set(range(0x1FBF0, 0x1FBFA)) | {0x1FBE6, 0x1FBE7}
# Terminus Font draws these smaller than what they stand for: bullets of systemd, squares of plots.
SHAPES = set(range(0x25A0, 0x2600))
WANTED = {c for _, ranges in SUBSETS for first, last in ranges for c in range(first, last + 1)} - BOXDRAW


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    print(f"{os.path.basename(path)}: {len(data)} bytes")


def bitmap_of(face, code, flags, baseline):
    """A character in black and white: one byte for each row of the small cell; what sticks out is cut off."""
    face.load_char(chr(code), flags | freetype.FT_LOAD_TARGET_MONO | freetype.FT_LOAD_RENDER)
    glyph, (width, height) = face.glyph, SMALL
    rows = [0] * height
    for y in range(glyph.bitmap.rows):
        for x in range(glyph.bitmap.width):
            if glyph.bitmap.buffer[y * glyph.bitmap.pitch + x // 8] >> (7 - x % 8) & 1:
                to_x, to_y = x + glyph.bitmap_left, y + baseline - glyph.bitmap_top
                if 0 <= to_x < width and 0 <= to_y < height:
                    rows[to_y] |= 0x80 >> to_x
    return bytes(rows)


def psf2(bitmaps):
    """A PSF2 file of {code: rows}, its glyphs in the order of their codes."""
    width, height = SMALL
    header = struct.pack("<4s7I", b"\x72\xb5\x4a\x86", 0, 32, 1, len(bitmaps), height, height, width)
    codes = sorted(bitmaps)
    return header + b"".join(bitmaps[c] for c in codes) + b"".join(chr(c).encode() + b"\xff" for c in codes)


def cut_small(out):
    for style, (name, _) in STYLES.items():
        path = TERMINUS % name
        face = freetype.Face(path)
        face.select_size([(s.width, s.height) for s in face.available_sizes].index(SMALL))
        codes = sorted((WANTED - SHAPES) & set(TTFont(path).getBestCmap()))
        write(os.path.join(out, f"small-{style}.psf"), psf2({c: bitmap_of(face, c, 0, SMALL_BASELINE) for c in codes}))
    path = DEJAVU % ""
    face = freetype.Face(path)
    face.set_pixel_sizes(0, SMALL_PPEM)
    more = sorted((WANTED & set(TTFont(path).getBestCmap())) - set(codes))
    write(os.path.join(out, "small-more.psf"), psf2({c: bitmap_of(face, c, 0, SMALL_BASELINE) for c in more}))


class Pen(TTGlyphPen):
    """Takes what FreeType's decompose() gives."""

    open = False

    def move(self, to, _):
        self.close()
        self.moveTo((to.x, to.y))
        self.open = True

    def line(self, to, _):
        self.lineTo((to.x, to.y))

    def conic(self, control, to, _):
        self.qCurveTo((control.x, control.y), (to.x, to.y))

    def cubic(self, *_):
        sys.exit("cubic outlines are not expected in a TrueType file")

    def close(self):
        if self.open:
            self.closePath()
            self.open = False


def fitted(face, code):
    """The hinted outline of a character, in 1/64 pixels."""
    face.load_char(chr(code), FIT | freetype.FT_LOAD_NO_BITMAP)
    pen = Pen(None)
    face.glyph.outline.decompose(None, pen.move, pen.line, pen.conic, pen.cubic)
    pen.close()
    return pen.glyph()


def truetype(face, codes):
    """A TrueType file of these characters alone."""
    names = {code: f"u{code:04X}" for code in codes}
    glyphs = {".notdef": TTGlyphPen(None).glyph()} | {names[code]: fitted(face, code) for code in codes}
    builder = FontBuilder(LARGE_PPEM * 64, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({code: names[code] for code in codes})
    builder.setupGlyf(glyphs)
    boxes = builder.font["glyf"]
    left = {name: boxes[name].xMin if boxes[name].numberOfContours else 0 for name in glyphs}
    builder.setupHorizontalMetrics({name: (LARGE[0] * 64, left[name]) for name in glyphs})
    builder.setupHorizontalHeader(ascent=LARGE_PPEM * 64, descent=-LARGE_PPEM * 16)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = 0  # the same input gives the same bytes
    builder.font.recalcTimestamp = False
    return builder.font


def cut_large(out):
    for style, (_, name) in STYLES.items():
        path = DEJAVU % name
        face = freetype.Face(path)
        face.set_pixel_sizes(0, LARGE_PPEM)
        cmap = TTFont(path).getBestCmap()
        for subset, ranges in SUBSETS:
            if style == "regular" or subset not in SYMBOLS:
                codes = [c for first, last in ranges for c in range(first, last + 1) if c in cmap and c not in BOXDRAW]
                path = os.path.join(out, f"{subset}-{style}.ttf")
                truetype(face, codes).save(path)
                print(f"{os.path.basename(path)}: {len(codes)} glyphs, {os.path.getsize(path)} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
    out = parser.parse_args().out
    cut_small(out)
    cut_large(out)


if __name__ == "__main__":
    main()
