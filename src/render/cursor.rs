//! The text cursor: where it is, and what it does to the look of its cell.

use super::Look;
use super::style::Painted;
use crate::font::Metrics;
use crate::geometry::{CellPos, Rect, Size};
use crate::surface::{Pixel, Tiles};
use crate::terminal::screen::{CursorShape, Screen};

/// What is drawn over a cell for the cursor. A filled block is not: it changes the colours of its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outline {
    None,
    Underline,
    Bar,
    /// The block of a terminal without focus.
    Hollow,
}

/// The cursor as it is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CursorLook {
    /// The cell; the left one of a wide character.
    pub(super) pos: CellPos,
    /// `None` for a filled block.
    outline: Option<Outline>,
    /// What the guest set with OSC 12.
    color: Option<Pixel>,
}

impl CursorLook {
    /// `None` when it is not to be seen.
    pub(super) fn of(screen: &Screen, look: Look) -> Option<Self> {
        let cursor = screen.cursor();
        let size = screen.size();
        let inside = cursor.pos.row < size.rows && cursor.pos.col < size.cols;
        // Without focus it neither blinks nor is filled.
        if !cursor.visible || !inside || look.focused && cursor.blink && !look.blink_on {
            return None;
        }
        let outline = match cursor.shape {
            CursorShape::Block if look.focused => None,
            CursorShape::Block => Some(Outline::Hollow),
            CursorShape::Underline => Some(Outline::Underline),
            CursorShape::Bar => Some(Outline::Bar),
        };
        let cells = screen.row(cursor.pos.row);
        let mut pos = cursor.pos;
        let left = pos.col.saturating_sub(1);
        if cells[usize::from(pos.col)].is_spacer() && cells[usize::from(left)].is_wide() {
            pos.col = left;
        }
        Some(Self { pos, outline, color: screen.palette().cursor().map(|rgb| rgb.to_u32()) })
    }
}

/// Puts the cursor on a cell. `foreground` and `background` are the screen's own colours.
pub(super) fn mark(painted: &mut Painted, look: CursorLook, foreground: Pixel, background: Pixel) {
    // The colour that the guest chose, or the text's: the first that can be told from the background.
    let candidates = [look.color.unwrap_or(painted.foreground), painted.foreground, foreground, background];
    let under = painted.background;
    let color = candidates.into_iter().find(|color| *color != under).unwrap_or(under ^ 0xff_ffff);
    // A picture would hide a filled block.
    let outline = look.outline.or(painted.picture().map(|_| Outline::Hollow));
    match outline {
        Some(outline) => (painted.outline, painted.cursor) = (outline, color),
        None => {
            // The text has the colour that the block hides, and so has an underline in the colour of the text.
            if painted.line == painted.foreground {
                painted.line = under;
            }
            (painted.foreground, painted.background) = (under, color);
        }
    }
}

/// Draws the outline into the painted cell.
pub(super) fn draw(painted: &Painted, cell: Size, metrics: &Metrics, tiles: &mut Tiles<'_>) {
    let Size { width, height } = cell;
    let thin = metrics.thickness.min(width).min(height);
    let thick = (2 * thin).min(width).min(height);
    let (first, last) = (painted.slice == 0, painted.slice + 1 == painted.slices());
    let left = |thickness| Rect::new(0, 0, thickness, height);
    let mut fill = |rect| tiles.fill(rect, painted.cursor);
    match painted.outline {
        Outline::None => {}
        Outline::Underline => fill(Rect::new(0, height - thick, width, thick)),
        Outline::Bar if first => fill(left(thick)),
        Outline::Bar => {}
        Outline::Hollow => {
            fill(Rect::new(0, 0, width, thin));
            fill(Rect::new(0, height - thin, width, thin));
            if first {
                fill(left(thin));
            }
            if last {
                fill(Rect::new(width - thin, 0, thin, height));
            }
        }
    }
}
