#!/usr/bin/env python3
"""Cuts the bundled faces out of a TrueType family: grid-fitted once, in small subset files.

fontdue, which draws the glyphs, knows no hinting and expands every glyph of a file when it opens it. So FreeType runs
the family's own hinting here, once, at the size that vncterm draws by default, and the fitted outlines are written
back: one unit of the new file is 1/64 of a pixel, stems and heights lie exactly on whole pixels at that size, and at
twice and three times the size they still do. Each file holds a few hundred glyphs, so that opening one is quick.

Needs fontTools and freetype-py. Usage: cut.py [--out DIR]; the sources are Debian's, see SOURCES below.
"""
import argparse
import os
import sys

import freetype
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

PPEM = 15
ADVANCE = 9          # pixels, the width of a cell at scale 1
SOURCES = "/usr/share/fonts/truetype/dejavu"
FACES = {
    "regular": "DejaVuSansMono.ttf",
    "bold": "DejaVuSansMono-Bold.ttf",
    "italic": "DejaVuSansMono-Oblique.ttf",
    "bold-italic": "DejaVuSansMono-BoldOblique.ttf",
}
# Name of the file and its code points; src/font/outline.rs holds the same table. Letters are cut in all styles, symbols
# from the regular face alone, which the other styles borrow.
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
LOAD = freetype.FT_LOAD_TARGET_MONO | freetype.FT_LOAD_NO_BITMAP


def fitted_glyph(face, code):
    """The hinted outline of a character, in 1/64 pixels."""
    face.load_char(code, LOAD)
    outline = face.glyph.outline
    pen = TTGlyphPen(None)
    if outline.n_contours:
        outline.decompose(
            pen,
            move_to=lambda to, pen: (close(pen), pen.moveTo((to.x, to.y)), setattr(pen, "started", True)) and None,
            line_to=lambda to, pen: pen.lineTo((to.x, to.y)),
            conic_to=lambda control, to, pen: pen.qCurveTo((control.x, control.y), (to.x, to.y)),
            cubic_to=lambda *_: sys.exit("cubic outlines are not expected in a TrueType file"),
        )
        close(pen)
    return pen.glyph()


def close(pen):
    if getattr(pen, "started", False):
        pen.closePath()
        pen.started = False


def write_subset(face, style, name, ranges, cmap, path):
    codes = [code for first, last in ranges for code in range(first, last + 1) if code in cmap]
    if not codes:
        return 0
    names = {code: f"u{code:04X}" for code in codes}
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for code in codes:
        glyphs[names[code]] = fitted_glyph(face, code)
    upem = PPEM * 64
    builder = FontBuilder(upem, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({code: names[code] for code in codes})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({glyph: (ADVANCE * 64, builder.font["glyf"][glyph].xMin if builder.font["glyf"][glyph].numberOfContours else 0) for glyph in glyphs})
    builder.setupHorizontalHeader(ascent=upem, descent=-upem // 4)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = 0   # the same input gives the same bytes
    builder.font.recalcTimestamp = False
    builder.save(path)
    return len(codes)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
    out = parser.parse_args().out
    for style, file in FACES.items():
        source = os.path.join(SOURCES, file)
        face = freetype.Face(source)
        face.set_pixel_sizes(0, PPEM)
        cmap = TTFont(source).getBestCmap()
        for name, ranges in SUBSETS:
            if style != "regular" and name in SYMBOLS:
                continue
            path = os.path.join(out, f"{name}-{style}.ttf")
            count = write_subset(face, style, name, ranges, cmap, path)
            if count:
                print(f"{os.path.basename(path)}: {count} glyphs, {os.path.getsize(path)} bytes")


main()
