#!/usr/bin/env python3
"""Compares faces, sizes, ways of fitting and numbers of grey levels by the bytes that screens of text cost on the wire.

Three pictures of seeded text: a log (one rectangle), a screen painted in four colours (a rectangle for each row, one
update) and one line alone. Each is packed as Tight does (two colours: one bit to a pixel; up to 256: one byte) and as
ZRLE does (tiles of 64x64 with 1, 2 or 4 bits to a pixel), deflated at level 6 with fresh history. The yardstick is the
9x18 bitmap font that xterm is shown with. With --pictures DIR it writes a PNG for each row, to be looked at.

Needs freetype-py and Pillow. Usage: compare.py [--pictures DIR] [FACE...]
"""
import argparse
import os
import random
import zlib

import freetype

TRUETYPE = "/usr/share/fonts/truetype/"
OPENTYPE = "/usr/share/fonts/opentype/"
FACES = {
    "misc-fixed": "/usr/share/fonts/X11/misc/9x18.pcf.gz",
    "terminus": OPENTYPE + "terminus/terminus-normal.otb",
    "spleen": OPENTYPE + "spleen/spleen-8x16.otf",
    "dejavu": TRUETYPE + "dejavu/DejaVuSansMono.ttf",
    "hack": TRUETYPE + "hack/Hack-Regular.ttf",
    "liberation": TRUETYPE + "liberation/LiberationMono-Regular.ttf",
    "jetbrains": TRUETYPE + "jetbrains-mono/JetBrainsMono-Regular.ttf",
    "firacode": TRUETYPE + "firacode/FiraCode-Regular.ttf",
    "mononoki": TRUETYPE + "mononoki/mononoki-Regular.ttf",
    "noto": TRUETYPE + "noto/NotoSansMono-Regular.ttf",
    "agave": TRUETYPE + "agave/agave-r-autohinted.ttf",
    "monoid": TRUETYPE + "monoid/Monoid-Regular.ttf",
    "fantasque": TRUETYPE + "fantasque-sans/Normal/TTF/FantasqueSansMono-Regular.ttf",
}
# Pixels per em and the cell, for faces whose letters are 0.6 em wide.
SIZES = [(13, 8, 16), (14, 8, 17), (15, 9, 18), (26, 16, 32)]
FIT = {  # the font's hints, the automatic hinter, neither
    "hints": freetype.FT_LOAD_TARGET_MONO,
    "auto": freetype.FT_LOAD_TARGET_MONO | freetype.FT_LOAD_FORCE_AUTOHINT,
    "none": freetype.FT_LOAD_NO_HINTING,
}
LEVELS = [2, 3, 4, 8]
WORDS = ("let mut buffer = self.queue match frame => return Ok(()) fn for in 0..n { } if else encode( rect, &tile) ?; "
         "impl struct pub use std::io Vec<u8> write_all read // note width height usize u32 while break; true").split()
COLS, ROWS = 80, 24
SHOWN = ["root@debian:~# systemctl status ssh.service --no-pager -l | grep -v '^$'",
         "[    1.234567] ACPI: IRQ 9 ~ 0xfed00000-0xfed003ff %$@& (loaded; enabled)",
         "The quick brown fox jumps over the lazy dog 0123456789 {[(<>)]} Åäöéß",
         "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz",
         "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~ 0O1lI 5S 8B rn m vv w"]


class Glyphs:
    """A face at one size: coverage of each character's cell, 0 to 255."""

    def __init__(self, name, ppem, width, height, fit, levels=2):
        self.face = freetype.Face(FACES.get(name, name))
        self.mode = freetype.FT_RENDER_MODE_MONO if levels == 2 else freetype.FT_RENDER_MODE_NORMAL
        self.width, self.height, self.flags = width, height, FIT[fit]
        self.bitmap = not self.face.is_scalable or name == "terminus"
        self.strike_missing = False
        if self.bitmap:
            sizes = self.face.available_sizes
            pick = next((i for i, s in enumerate(sizes) if s.height == height and s.width == width), None)
            self.strike_missing = pick is None
            if pick is not None:
                self.face.select_size(pick)
        else:
            self.face.set_pixel_sizes(0, ppem)
        self.cells = {}
        self.baseline = height * 14 // 18 if not self.bitmap else None

    def cell(self, ch):
        if ch not in self.cells:
            self.cells[ch] = self.draw(ch)
        return self.cells[ch]

    def draw(self, ch):
        rows = [bytearray(self.width) for _ in range(self.height)]
        slot = self.face.glyph
        if self.bitmap:
            self.face.load_char(ch, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_MONO)
            baseline = self.face.size.ascender >> 6
        else:
            self.face.load_char(ch, self.flags)
            slot.render(self.mode)
            baseline = self.baseline
        image = slot.bitmap
        for y in range(image.rows):
            for x in range(image.width):
                if image.pixel_mode == freetype.FT_PIXEL_MODE_MONO:
                    value = 255 * (image.buffer[y * image.pitch + x // 8] >> (7 - x % 8) & 1)
                else:
                    value = image.buffer[y * image.pitch + x]
                to_x, to_y = x + slot.bitmap_left, y + baseline - slot.bitmap_top
                if 0 <= to_x < self.width and 0 <= to_y < self.height:
                    rows[to_y][to_x] = value
        return rows


def text(rng, cols):
    line = " " * rng.choice([0, 0, 4, 8])
    while len(line) < cols - 12:
        line += rng.choice(WORDS) + " "
    return line[:cols].ljust(cols)


def picture(glyphs, lines, levels, colours):
    """Rows of pixels, as indices into a palette; index 0 is the background, each colour has its own levels."""
    out = []
    for at, line in enumerate(lines):
        colour = colours[at % len(colours)]
        cells = [glyphs.cell(ch) for ch in line]
        for y in range(glyphs.height):
            row = bytearray()
            for cell in cells:
                for value in cell[y]:
                    level = (value * (levels - 1) + 127) // 255
                    row.append(level and colour * (levels - 1) + level)
            out.append(row)
    return out


def bits(row, indices, depth):
    """A row packed with `depth` bits to a pixel, padded to whole bytes."""
    out, acc, used = bytearray(), 0, 0
    for value in row:
        acc, used = acc << depth | indices[value], used + depth
        if used == 8:
            out.append(acc)
            acc = used = 0
    if used:
        out.append(acc << 8 - used)
    return out


def tight(deflate, rows):
    used = sorted({v for row in rows for v in row})
    indices = {v: i for i, v in enumerate(used)}
    header = 12 + 2 + 3 * len(used) + 3
    data = b"".join(bits(r, indices, 1 if len(used) <= 2 else 8) for r in rows)
    return header + len(deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH))


def zrle(deflate, rows):
    data = bytearray()
    for top in range(0, len(rows), 64):
        for left in range(0, len(rows[0]), 64):
            tile = [r[left:left + 64] for r in rows[top:top + 64]]
            used = sorted({v for r in tile for v in r})
            data.append(len(used))
            for v in used:
                data += bytes([v * 7 & 255, v * 13 & 255, v * 29 & 255])
            if len(used) > 16:
                for r in tile:
                    for v in r:
                        data += bytes([v * 7 & 255, v * 13 & 255, v * 29 & 255])
            elif len(used) > 1:
                depth = 1 if len(used) == 2 else 2 if len(used) <= 4 else 4
                data += b"".join(bits(r, {v: i for i, v in enumerate(used)}, depth) for r in tile)
    return 16 + len(deflate.compress(bytes(data)) + deflate.flush(zlib.Z_SYNC_FLUSH))


def measure(glyphs, levels):
    rng = random.Random(7)
    log = [text(rng, COLS) for _ in range(ROWS)]
    result = []
    for pack in (tight, zrle):
        result.append(pack(zlib.compressobj(6), picture(glyphs, log, levels, [0])))
        rows = picture(glyphs, log, levels, [0, 1, 2, 3])
        deflate, h = zlib.compressobj(6), glyphs.height
        result.append(sum(pack(deflate, rows[i * h:i * h + h]) for i in range(ROWS)))
        lines = [pack(zlib.compressobj(6), picture(glyphs, [line], levels, [0])) for line in log[:8]]
        result.append(sum(lines) / len(lines))
    return result


def show(glyphs, levels, path):
    from PIL import Image
    rows = picture(glyphs, [l.ljust(COLS) for l in SHOWN], levels, [0])
    image = Image.new("RGB", (len(rows[0]), len(rows)))
    shade = [tuple(b + (208 - b) * v // (levels - 1) for b in (16, 20, 24)) for v in range(levels)]
    image.putdata([shade[v] for row in rows for v in row])
    image.save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures")
    parser.add_argument("faces", nargs="*")
    args = parser.parse_args()
    base = measure(Glyphs("misc-fixed", 18, 9, 18, "hints"), 2)
    print("face fit cell levels | Tight: log rows line | ZRLE: log rows line   (bytes; share of misc-fixed)")
    for name in args.faces or FACES:
        for ppem, width, height in SIZES:
            for fit in FIT:
                for levels in LEVELS:
                    glyphs = Glyphs(name, ppem, width, height, fit, levels)
                    if glyphs.strike_missing:
                        break
                    got = measure(glyphs, levels)
                    cells = " ".join(f"{v:6.0f} {v / b:4.2f}" for v, b in zip(got, base))
                    print(f"{name:11} {fit:8} {ppem}@{width}x{height} {levels:2} | {cells}", flush=True)
                    if args.pictures:
                        picture_name = f"{name}-{fit}-{ppem}@{width}x{height}-{levels}.png"
                        show(glyphs, levels, os.path.join(args.pictures, picture_name))
                    if glyphs.bitmap:
                        break
                if glyphs.bitmap:
                    break


if __name__ == "__main__":
    main()
