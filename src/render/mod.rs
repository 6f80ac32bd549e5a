//! Screen, damage and font to a surface.
//!
//! Damage says which cells *may* differ; a viewer shall be sent those that *do*. So a [`Painter`] keeps a shadow of
//! what it painted, compares each damaged cell with it, and paints the difference:
//!
//! ```text
//! Screen ──▶ style.rs: what is to be seen ──▶ differs from shadow.rs? ──▶ glyph, lines.rs, cursor.rs ──▶ Surface
//!             (colours, glyph, lines, cursor)     no: not dirty
//! ```
//!
//! The cursor is a part of how its cell looks; so are blinking, the palette and reverse video. None of them needs damage:
//! the painter notices, looks at the cells concerned again, and finds those that differ.

mod blend;
mod cursor;
mod lines;
mod overlay;
pub mod png;
mod shadow;
mod style;

use std::ops::Range;

pub use overlay::Overlay;

use crate::font::{Font, GlyphKey};
use crate::geometry::{CellPos, GridSize, Rect, Size};
use crate::surface::{Pixel, Surface, TileRow, Tiles};
use crate::terminal::damage::{Damage, Move};
use crate::terminal::sixel::TRANSPARENT;
use crate::terminal::{LineSize, Screen};
use blend::Ramps;
use lines::Lines;
use shadow::Shadow;
use style::{Context, Painted, Piece, Place, Resolver, Row};

/// What a move costs, in cells: some bytes on the wire, and a copy of many pixels at each viewer.
const MOVE_COST: usize = 2;

/// What a picture depends on beside its screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether keys go here: without focus a block cursor is hollow.
    pub focused: bool,
    /// Whether what blinks is to be seen just now, the cursor too.
    pub blink_on: bool,
    /// The same of what blinks rapidly.
    pub rapid_on: bool,
}

/// What of a picture blinks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blinks {
    /// Something does: see [`Look::blink_on`].
    pub slowly: bool,
    /// Something does so rapidly: see [`Look::rapid_on`].
    pub rapidly: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { focused: true, blink_on: true, rapid_on: true }
    }
}

/// Paints one screen on one surface.
#[derive(Debug)]
pub struct Painter {
    brush: Brush,
    shadow: Shadow,
    /// Where the shadow has a cursor.
    cursor: Option<CellPos>,
    context: Option<Context>,
    /// The colour around the cells.
    margin: Option<Pixel>,
    /// The surface's when it was painted last.
    epoch: u32,
    overlay: Option<Overlay>,
    /// The link under the pointer, and what has been one since the last painting.
    hovered: Vec<(u16, Range<u16>)>,
    was_hovered: Vec<(u16, Range<u16>)>,
    /// The row where the surface has an overlay.
    overlaid: Option<u16>,
    /// The cells of one row that differ, kept for their memory.
    changed: Vec<(u16, Painted)>,
}

impl Painter {
    /// A painter that has painted nothing yet.
    pub fn new(font: Font, size: GridSize) -> Self {
        Self {
            brush: Brush::new(font),
            shadow: Shadow::new(size),
            cursor: None,
            context: None,
            margin: None,
            epoch: 0,
            overlay: None,
            hovered: Vec::new(),
            was_hovered: Vec::new(),
            overlaid: None,
            changed: Vec::new(),
        }
    }

    /// Another one with the same font, for the twin ([`Surface::twin`]) of the surface that this one paints on: it knows
    /// what is there. Nothing lies over its screen.
    pub fn twin(&self) -> Self {
        Self {
            shadow: self.shadow.clone(),
            cursor: self.cursor,
            context: self.context,
            margin: self.margin,
            epoch: self.epoch,
            was_hovered: self.was_hovered.iter().chain(&self.hovered).cloned().collect(),
            overlaid: self.overlaid,
            ..Self::new(self.brush.font.another(), GridSize::new(1, 1))
        }
    }

    /// Another one with the same font that has painted nothing yet.
    pub fn another(&self, size: GridSize) -> Self {
        Self::new(self.brush.font.another(), size)
    }

    /// A painter of screens of this size with the same faces, at the largest size at which one fits into a picture of
    /// `room`; `None` where it does not even fit at this one's.
    pub fn fitting(&self, grid: GridSize, room: Size) -> Option<Self> {
        let most = Size::new(room.width / u32::from(grid.cols).max(1), room.height / u32::from(grid.rows).max(1));
        Some(Self::new(self.brush.font.within(most)?, grid))
    }

    /// The pixels of a cell: the tile for the surface.
    pub fn cell(&self) -> Size {
        self.brush.cell
    }

    /// The pixels of a screen.
    pub fn picture_size(&self, grid: GridSize) -> Size {
        let cell = self.cell();
        Size::new(u32::from(grid.cols) * cell.width, u32::from(grid.rows) * cell.height)
    }

    /// A surface just large enough for a screen.
    pub fn new_surface(&self, screen: &Screen) -> Surface {
        let background = screen.palette().background().to_u32();
        Surface::new(self.picture_size(screen.size()), self.cell(), background)
    }

    /// What of all that was painted blinks, so that it must be painted again when the [`Look`] changes.
    pub fn blinks(&self, screen: &Screen) -> Blinks {
        let cursor = screen.cursor();
        let hidden = self.overlay.as_ref().is_some_and(|overlay| overlay.hides_cursor());
        let painted = self.shadow.blinks();
        Blinks { slowly: painted.slowly || cursor.visible && cursor.blink && !hidden, ..painted }
    }

    /// From the next painting on, these cells of the screen (rows, and columns in them, from above and from the left) are
    /// underlined: they are the link that the pointer is on. It is not in the guest's terminal, and whoever else looks has a painter of his own.
    pub fn set_hovered(&mut self, cells: Vec<(u16, Range<u16>)>) {
        if self.hovered != cells {
            self.was_hovered.append(&mut self.hovered);
            self.hovered = cells;
        }
    }

    /// From the next painting on, `overlay` lies over its row; without one, all is the screen's.
    pub fn set_overlay(&mut self, overlay: Option<Overlay>) {
        self.overlay = overlay;
    }

    /// Brings `surface`, which nobody else may write to, up to date with `screen`, of which at most `damage` changed
    /// since the last time.
    ///
    /// A surface larger than the screen has a margin right and below; of a smaller one the rest is not seen. Its tile
    /// becomes the cell.
    pub fn paint(&mut self, screen: &Screen, damage: &Damage, look: Look, surface: &mut Surface) {
        // Borrowed by the resolver while the painter paints.
        let overlay = self.overlay.take().filter(|overlay| overlay.row() < screen.size().rows);
        let hovered = std::mem::take(&mut self.hovered);
        self.paint_with(overlay.as_ref(), &hovered, screen, damage, look, surface);
        (self.overlay, self.hovered) = (overlay, hovered);
    }

    fn paint_with(
        &mut self,
        overlay: Option<&Overlay>,
        hovered: &[(u16, Range<u16>)],
        screen: &Screen,
        damage: &Damage,
        look: Look,
        surface: &mut Surface,
    ) {
        let mut resolver = Resolver::new(screen, look, overlay, hovered);
        let size = screen.size();
        let anew = self.adopt(size, surface, resolver.background());
        let context = Some(resolver.context());
        let everything = anew || self.context != context || damage.rows() != size.rows;
        self.context = context;

        let mut spans: Vec<Range<u16>> = match everything {
            true => vec![0..size.cols; usize::from(size.rows)],
            false => (0..size.rows).map(|row| damage.span(row)).collect(),
        };
        if !anew {
            self.follow(damage.moves(), &mut resolver, &mut spans, surface);
        }
        let cursor = resolver.cursor().map(|cursor| cursor.pos);
        for pos in self.cursor.into_iter().chain(cursor) {
            self.include(&resolver, pos, &mut spans);
        }
        self.cursor = cursor;
        // Damage says nothing of these rows: the screen's cells did not change.
        for row in self.overlaid.into_iter().chain(overlay.map(Overlay::row)) {
            if let Some(span) = spans.get_mut(usize::from(row)) {
                *span = 0..size.cols;
            }
        }
        self.overlaid = overlay.map(Overlay::row);
        self.follow_hovered(hovered, damage, &mut spans);
        for (row, span) in (0..).zip(spans) {
            self.paint_row(row, span, &mut resolver, surface);
        }
        self.paint_margin(resolver.background(), surface);
    }

    /// Makes shadow and surface fit; returns whether nothing is left of what was painted.
    fn adopt(&mut self, size: GridSize, surface: &mut Surface, background: Pixel) -> bool {
        if surface.tile() != self.cell() {
            surface.resize(surface.size(), self.cell(), background);
        }
        let known = self.context.is_some() && self.epoch == surface.epoch();
        self.epoch = surface.epoch();
        if known && self.shadow.size() == size {
            return false;
        }
        self.shadow = Shadow::new(size);
        self.cursor = None;
        self.overlaid = None;
        self.margin = None;
        true
    }

    /// Scrolls shadow and surface as the screen did, if fewer cells differ then than otherwise. If not, everything that
    /// was to move is to be looked at where it is: lines that are all the same need no painting when they scroll.
    fn follow(&mut self, moves: &[Move], resolver: &mut Resolver<'_>, spans: &mut [Range<u16>], surface: &mut Surface) {
        if moves.is_empty() {
            return;
        }
        let cols = self.shadow.size().cols;
        let mut unmoved = spans.to_vec();
        let mut uncovered = vec![false; spans.len()];
        for step in moves {
            let rows = usize::from(step.rows.start)..usize::from(step.rows.end).min(spans.len());
            unmoved[rows.clone()].fill(0..cols);
            let distance = (step.up.unsigned_abs() as usize).min(rows.len());
            let carried = &mut uncovered[rows];
            if step.up > 0 {
                carried.rotate_left(distance);
                let kept = carried.len() - distance;
                carried[kept..].fill(true);
            } else {
                carried.rotate_right(distance);
                carried[..distance].fill(true);
            }
        }
        moves.iter().for_each(|step| self.shadow.scroll(step.rows.clone(), step.up));
        let moved_cost = self.cost(resolver, spans, &uncovered, usize::MAX) + MOVE_COST * moves.len();
        moves.iter().rev().for_each(|step| self.shadow.scroll(step.rows.clone(), -step.up));
        if self.cost(resolver, &unmoved, &[], moved_cost) <= moved_cost {
            spans.clone_from_slice(&unmoved);
            return;
        }
        for step in moves {
            self.shadow.scroll(step.rows.clone(), step.up);
            surface.scroll(u32::from(step.rows.start)..u32::from(step.rows.end), step.up);
            self.cursor = self.cursor.map(|pos| moved(pos, step));
            self.overlaid = self.overlaid.map(|row| moved(CellPos { row, col: 0 }, step).row);
        }
    }

    /// How many cells are to be sent: those of `spans` that differ, and all of the rows that are `uncovered`, where
    /// those without anything in them cost next to nothing. Some number above `limit` if more than that.
    fn cost(&self, resolver: &mut Resolver<'_>, spans: &[Range<u16>], uncovered: &[bool], limit: usize) -> usize {
        let cols = self.shadow.size().cols;
        let background = resolver.background();
        let mut cost = 0;
        for (index, span) in (0..).zip(spans) {
            let row = resolver.row(index);
            cost += match uncovered.get(usize::from(index)) {
                Some(true) => (0..cols).filter(|col| !resolver.painted(&row, *col).is_empty(background)).count(),
                _ => span.clone().filter(|col| self.differs(resolver, index, &row, *col)).count(),
            };
            if cost > limit {
                break;
            }
        }
        cost
    }

    /// Adds the rows of the link under the pointer, and of what was one, to what is looked at. What has scrolled could be
    /// anywhere.
    fn follow_hovered(&mut self, hovered: &[(u16, Range<u16>)], damage: &Damage, spans: &mut [Range<u16>]) {
        let cols = self.shadow.size().cols;
        let none = hovered.is_empty() && self.was_hovered.is_empty();
        if !none && !damage.moves().is_empty() {
            spans.fill(0..cols);
        }
        for (row, _) in hovered.iter().chain(&self.was_hovered) {
            if let Some(span) = spans.get_mut(usize::from(*row)) {
                *span = 0..cols;
            }
        }
        self.was_hovered.clear();
    }

    fn differs<'a>(&self, resolver: &mut Resolver<'a>, index: u16, row: &Row<'a>, col: u16) -> bool {
        let painted = resolver.painted(row, col);
        !self.shadow.shows(index, col, &painted, resolver.cluster_of(&painted, row, col))
    }

    /// Adds the places of the cell at `pos` to what is looked at.
    fn include(&self, resolver: &Resolver<'_>, pos: CellPos, spans: &mut [Range<u16>]) {
        let Some(span) = spans.get_mut(usize::from(pos.row)) else { return };
        let cols = self.shadow.size().cols;
        // A wide character has the place to its right too; in a row of double width it is simplest to look at all.
        let places = match resolver.row(pos.row).is_single() {
            true => pos.col.min(cols)..pos.col.saturating_add(2).min(cols),
            false => 0..cols,
        };
        let empty = span.start >= span.end;
        *span = if empty { places } else { span.start.min(places.start)..span.end.max(places.end) };
    }

    /// Paints the cells of `span` that differ.
    fn paint_row(&mut self, index: u16, span: Range<u16>, resolver: &mut Resolver<'_>, surface: &mut Surface) {
        if span.is_empty() {
            return;
        }
        self.changed.clear();
        let cols = self.shadow.size().cols;
        let row = resolver.row(index);
        // What a place shows depends on the cell to its left too, and on any in a row of double width.
        let span = if row.is_single() { span.start..span.end.saturating_add(1).min(cols) } else { 0..cols };
        for col in span {
            let painted = resolver.painted(&row, col);
            let text = resolver.cluster_of(&painted, &row, col);
            if !self.shadow.shows(index, col, &painted, text) {
                self.shadow.set(index, col, painted, text);
                self.changed.push((col, painted));
            }
        }
        if self.changed.is_empty() {
            return;
        }
        let cell = self.cell();
        let covered = self.changed.len() == usize::from(cols) && surface.size().width <= u32::from(cols) * cell.width;
        if let Some(mut tiles) = surface.tile_row(u32::from(index), covered) {
            for run in self.changed.chunk_by(|(a_col, a), (b_col, b)| a.is_plain() && a == b && a_col + 1 == *b_col) {
                let (col, painted) = &run[0];
                let text = resolver.cluster_of(painted, &row, *col);
                let piece = resolver.piece_of(painted, &row);
                self.brush.paint(painted, text, piece, u32::from(*col)..u32::from(*col) + run.len() as u32, &mut tiles);
            }
        }
    }

    /// Fills what is right of the cells and below them.
    fn paint_margin(&mut self, background: Pixel, surface: &mut Surface) {
        if self.margin.replace(background) == Some(background) {
            return;
        }
        let (cells, size) = (self.picture_size(self.shadow.size()), surface.size());
        let right = size.width.saturating_sub(cells.width);
        let below = size.height.saturating_sub(cells.height);
        surface.fill(Rect::new(cells.width, 0, right, cells.height.min(size.height)), background);
        surface.fill(Rect::new(0, cells.height, size.width, below), background);
    }
}

/// Where a cell goes; one that is lost is painted anyway, so any place will do.
fn moved(pos: CellPos, step: &Move) -> CellPos {
    if !step.rows.contains(&pos.row) {
        return pos;
    }
    let row = (i32::from(pos.row) - step.up).clamp(i32::from(step.rows.start), i32::from(step.rows.end) - 1);
    CellPos { row: u16::try_from(row).unwrap_or(pos.row), ..pos }
}

/// What cells are painted with.
#[derive(Debug)]
struct Brush {
    font: Font,
    cell: Size,
    lines: Lines,
    ramps: Ramps,
    /// The font of what stands above or below the line, made when there is such text.
    small: Option<Box<Font>>,
    /// A glyph of that in a cell.
    placed: Vec<u8>,
}

impl Brush {
    fn new(font: Font) -> Self {
        let cell = font.cell();
        Self {
            cell,
            lines: Lines::new(cell, font.metrics()),
            ramps: Ramps::new(),
            small: None,
            placed: Vec::new(),
            font,
        }
    }

    /// Paints the columns `cols`: one, or several that all have one colour.
    fn paint(
        &mut self,
        painted: &Painted,
        text: &[char],
        piece: Option<Piece<'_>>,
        cols: Range<u32>,
        row: &mut TileRow<'_>,
    ) {
        let mut tiles = row.tiles(cols);
        if painted.glyph == Painted::BLANK || painted.picture().is_some() {
            tiles.rows().for_each(|row| row.fill(painted.background));
            piece.into_iter().for_each(|piece| self.picture(painted, piece, &mut tiles));
        } else {
            self.glyph(painted, text, &mut tiles);
        }
        if painted.has_lines() {
            self.lines.draw(painted, &mut tiles);
        }
        cursor::draw(painted, self.cell, self.font.metrics(), &mut tiles);
    }

    /// Draws a piece of a picture over the background, from the nearest pixel of each where cells have another size.
    fn picture(&self, painted: &Painted, piece: Piece<'_>, tiles: &mut Tiles<'_>) {
        let (wide, high, top) = match painted.size {
            LineSize::Single => (1, 1, 0),
            LineSize::DoubleWidth => (2, 1, 0),
            LineSize::DoubleTop => (2, 2, 0),
            LineSize::DoubleBottom => (2, 2, self.cell.height),
        };
        let left = u32::from(painted.slice) * self.cell.width;
        let columns = (0..self.cell.width).map(|x| (left + x) * piece.size.width / (wide * self.cell.width));
        let columns: Vec<usize> = columns.map(|x| x as usize).collect();
        for (y, row) in (0..).zip(tiles.rows()) {
            let y = (top + y) * piece.size.height / (high * self.cell.height);
            let pixels = piece.pixels.chunks(piece.size.width as usize).nth(y as usize).unwrap_or_default();
            for (pixel, x) in row.iter_mut().zip(&columns) {
                if let Some(drawn) = pixels.get(*x).filter(|drawn| **drawn != TRANSPARENT) {
                    *pixel = drawn & 0xff_ffff;
                }
            }
        }
    }

    /// Puts a smaller glyph at the top of a cell, or at its bottom, in the middle.
    fn place(&mut self, key: GlyphKey<'_>, place: Place) {
        let small = self.small.get_or_insert_with(|| Box::new(self.font.smaller()));
        let mask = small.mask(key);
        let width = self.cell.width as usize * (1 + usize::from(key.wide));
        let height = self.cell.height as usize;
        let (own, rows) = (mask.width() as usize, mask.height() as usize);
        let (left, top) =
            (width.saturating_sub(own) / 2, if place == Place::Raised { 0 } else { height.saturating_sub(rows) });
        self.placed.clear();
        self.placed.resize(width * height, 0);
        for (to, from) in self.placed.chunks_exact_mut(width).skip(top).zip(mask.rows()) {
            let own = own.min(width - left);
            to[left..left + own].copy_from_slice(&from[..own]);
        }
    }

    fn glyph(&mut self, painted: &Painted, text: &[char], tiles: &mut Tiles<'_>) {
        let single = [char::from_u32(painted.glyph).unwrap_or(char::REPLACEMENT_CHARACTER)];
        let text = if painted.glyph == Painted::CLUSTER { text } else { &single };
        let key = GlyphKey { text, style: painted.style, wide: painted.wide };
        if painted.place != Place::Line {
            self.place(key, painted.place);
        }
        let (levels, width) = match painted.place {
            Place::Line => {
                let mask = self.font.mask(key);
                (mask.levels(), mask.width() as usize)
            }
            _ => (&self.placed[..], self.cell.width as usize * (1 + usize::from(painted.wide))),
        };
        let ramp = self.ramps.get(painted.foreground, painted.background);
        let left = usize::from(painted.slice) * self.cell.width as usize;
        if painted.size == LineSize::Single {
            return ramp.paint(tiles, levels.get(left..).unwrap_or_default(), width);
        }
        // Twice as wide, and twice as high if one half of the height is asked for.
        let (top, steps) = match painted.size {
            LineSize::DoubleTop => (0, 2),
            LineSize::DoubleBottom => (self.cell.height as usize, 2),
            _ => (0, 1),
        };
        for (y, row) in tiles.rows().enumerate() {
            let levels = levels.chunks_exact(width).nth((top + y) / steps).unwrap_or_default();
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = ramp.color(levels.get((left + x) / 2).copied().unwrap_or(0));
            }
        }
    }
}
