//! What xterm lets programs put away and take back: renditions (XTPUSHSGR) and palettes (XTPUSHCOLORS).

use super::Terminal;
use super::cell::{Attrs, Cell, Color, Underline};
use super::decode::Params;
use super::palette::Palette;
use super::report::Answer;

/// Renditions put away at once; those pushed beyond that are only counted.
pub const MAX_RENDITIONS: usize = 10;
/// Palettes put away at once.
pub const MAX_PALETTES: usize = 10;

/// See the module.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Stacks {
    renditions: Vec<SavedRendition>,
    /// Renditions pushed when there was no more room: as many pops do nothing.
    lost: u16,
    /// By their number, from 1; one may be missing below another.
    palettes: Vec<Option<Palette>>,
    /// The number of the palette put away last; 0 for none.
    palettes_used: usize,
}

/// A rendition, and which parts of it were asked to be put away.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SavedRendition {
    parts: Parts,
    pen: Cell,
    underline_color: Color,
}

/// Parts of a rendition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parts {
    /// The bits of these attributes.
    attrs: u16,
    underline: bool,
    foreground: bool,
    background: bool,
}

impl Parts {
    /// DECSCA's protection is no rendition.
    const ALL: Self = Self { attrs: !Attrs::PROTECTED.bits(), underline: true, foreground: true, background: true };

    /// The parts that the parameters of XTPUSHSGR name, by the numbers of SGR that would set them; 30 and 31 for the
    /// colours, which older versions numbered 10 and 11.
    fn named(params: &[u16]) -> Self {
        let mut parts = Self::default();
        let underlines =
            Attrs::NONE.with_underline(Underline::Dashed).bits() | Attrs::NONE.with_underline(Underline::Curly).bits();
        for name in params {
            parts.attrs |= match name {
                1 => Attrs::BOLD.bits(),
                2 => Attrs::DIM.bits(),
                3 => Attrs::ITALIC.bits(),
                4 | 21 => underlines,
                5 => Attrs::BLINK.bits() | Attrs::RAPID_BLINK.bits(),
                7 => Attrs::REVERSE.bits(),
                8 => Attrs::HIDDEN.bits(),
                9 => Attrs::STRIKE.bits(),
                _ => 0,
            };
            parts.underline |= matches!(name, 4 | 21);
            parts.foreground |= matches!(name, 10 | 30);
            parts.background |= matches!(name, 11 | 31);
        }
        parts
    }
}

impl Stacks {
    /// The number of bytes that they take.
    pub(super) fn memory(&self) -> usize {
        self.renditions.capacity() * size_of::<SavedRendition>()
            + self.palettes.capacity() * size_of::<Option<Palette>>()
    }
}

impl Terminal {
    /// XTPUSHSGR: all of the rendition, or the parts that are named.
    pub(super) fn push_rendition(&mut self, params: &Params) {
        let pen = self.screen.cursor.pen;
        let parts = if params.rest(0) == [0] { Parts::ALL } else { Parts::named(params.rest(0)) };
        if self.stacks.renditions.len() == MAX_RENDITIONS {
            self.stacks.lost = self.stacks.lost.saturating_add(1);
            return;
        }
        let underline_color = self.screen.underline_color(&pen);
        self.stacks.renditions.push(SavedRendition { parts, pen, underline_color });
    }

    /// XTPOPSGR.
    pub(super) fn pop_rendition(&mut self) {
        if self.stacks.lost > 0 {
            self.stacks.lost -= 1;
            return;
        }
        let Some(SavedRendition { parts, pen: saved, underline_color }) = self.stacks.renditions.pop() else { return };
        let pen = &mut self.screen.cursor.pen;
        pen.attrs = Attrs::from_bits(pen.attrs.bits() & !parts.attrs | saved.attrs.bits() & parts.attrs);
        if parts.foreground {
            pen.fg = saved.fg;
        }
        if parts.background {
            pen.bg = saved.bg;
        }
        if parts.underline {
            self.screen.set_underline_color(underline_color);
        }
    }

    /// XTPUSHCOLORS: on top of the stack, or in the place that is named.
    pub(super) fn push_colors(&mut self, params: &Params) {
        for place in params.rest(0) {
            let number = if *place == 0 { self.stacks.palettes_used + 1 } else { usize::from(*place) };
            if number > MAX_PALETTES {
                continue;
            }
            let stacks = &mut self.stacks;
            stacks.palettes.resize_with(stacks.palettes.len().max(number), || None);
            stacks.palettes[number - 1] = Some(self.screen.palette.clone());
            stacks.palettes_used = number;
        }
    }

    /// XTPOPCOLORS: from the top of the stack, or from the place that is named.
    pub(super) fn pop_colors(&mut self, params: &Params) {
        for place in params.rest(0) {
            let number = if *place == 0 { self.stacks.palettes_used } else { usize::from(*place) };
            let saved = number.checked_sub(1).and_then(|at| self.stacks.palettes.get(at));
            if let Some(Some(palette)) = saved {
                self.screen.palette.copy_from(palette);
                self.stacks.palettes_used = number - 1;
            }
        }
    }

    /// XTREPORTCOLORS: the place in the stack, and how high it is.
    pub(super) fn report_color_stack(&mut self) {
        let (used, height) = (self.stacks.palettes_used, self.stacks.palettes.len());
        self.answer(Answer::ColorStack { used, height });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::Options;

    #[test]
    fn stacks_end_growing() {
        let mut terminal = Terminal::new(GridSize::new(10, 2), Options::default());
        for _ in 0..1_000 {
            terminal.feed(b"\x1b[#{\x1b[#P");
        }
        assert_eq!(terminal.stacks.renditions.len(), MAX_RENDITIONS);
        assert_eq!(terminal.stacks.palettes.len(), MAX_PALETTES);
        assert!(terminal.stacks.memory() < 64 * 1_024);
        terminal.feed(b"\x1b[99#P\x1b[#R");
        assert_eq!(terminal.take_input(), b"\x1b[?10;10#Q");
    }
}
