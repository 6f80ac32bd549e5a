//! What the user's terminal is asked, and its answers: whether it shows images, how large its cells are, what it can tell of
//! the mouse and the keyboard.
//!
//! All is asked at once. What everybody answers (DA1) is asked last, so that whoever has answered that has answered everything.
//! Until that has come, or [`EXPECTED`] has passed, what can be an answer is none of the user's keys; afterwards only what nobody can
//! type is one.

use std::time::Duration;

use crate::geometry::{GridSize, Size};

/// So long answers are expected: that is a very slow way.
pub const EXPECTED: Duration = Duration::from_secs(10);
/// What is asked in the end (DA1): what comes before the answer was on its way before the terminal was given back.
pub const LAST: &str = "\x1b[c";
/// The number of an image that is never shown.
const PROBE: &str = "31";
/// What is asked about images: kitty's protocol, the colours of sixels and their largest size (XTSMGRAPHICS).
const IMAGES: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[?1;1;0S\x1b[?2;1;0S";
/// What is asked about cells (XTWINOPS), places of the mouse in pixels (DECRQM) and the keyboard (kitty), and then DA1.
const OTHERS: &str = "\x1b[16t\x1b[14t\x1b[?1016$p\x1b[?u\x1b[c";
/// A cell is at least so many pixels wide and high, and at most so many; else what is told is no size of a cell.
const CELL: std::ops::RangeInclusive<u32> = 2..=256;
/// The largest images that are drawn by sixels, in pixels of a side: more is not drawn by those who read them.
const SIXELS_MAX: u32 = 2048;

/// What the terminal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Whether it takes images by kitty's protocol.
    Kitty(bool),
    /// It is there (DA1), and whether it has sixels.
    Attributes {
        /// It has.
        sixel: bool,
    },
    /// The pixels of a cell.
    Cell(Size),
    /// The pixels of all its cells.
    Window(Size),
    /// The colours of a sixel image.
    Registers(u32),
    /// The largest sixel image.
    Largest(Size),
    /// It can tell where the mouse is in pixels.
    PixelMouse,
    /// What it tells of keys, as it was asked to (kitty's flags).
    Keyboard(u32),
}

/// Numbers between semicolons.
fn numbers(text: &[u8]) -> Option<Vec<u32>> {
    let number = |field: &[u8]| std::str::from_utf8(field).ok()?.parse().ok();
    text.split(|byte| *byte == b';').map(number).collect()
}

/// `CSI` and these parameters, intermediates and last byte; `None`: it is no answer that is known.
pub fn sequence(parameters: &[u8], last: u8) -> Option<Answer> {
    let (private, rest) = match parameters {
        [b'?', rest @ ..] => (true, rest),
        _ => (false, parameters),
    };
    if let (true, Some(mode), b'y') = (private, rest.strip_suffix(b"$"), last) {
        // Set, reset, or always set.
        return matches!(numbers(mode)?[..], [1016, 1..=3]).then_some(Answer::PixelMouse);
    }
    match (private, last, &numbers(rest)?[..]) {
        (true, b'c', [_, attributes @ ..]) => Some(Answer::Attributes { sixel: attributes.contains(&4) }),
        (true, b'u', [flags]) => Some(Answer::Keyboard(*flags)),
        (true, b'S', [1, 0, colors]) => Some(Answer::Registers(*colors)),
        (true, b'S', [2, 0, width, height]) => Some(Answer::Largest(Size::new(*width, *height))),
        (false, b't', [6, height, width]) => Some(Answer::Cell(Size::new(*width, *height))),
        (false, b't', [4, height, width]) => Some(Answer::Window(Size::new(*width, *height))),
        _ => None,
    }
}

/// A string: what stands between `ESC` and its end.
pub fn string(text: &[u8]) -> Option<Answer> {
    let (keys, said) = text.strip_prefix(b"_G").map(|text| {
        let at = text.iter().position(|byte| *byte == b';').unwrap_or(text.len());
        (&text[..at], text.get(at + 1..).unwrap_or_default())
    })?;
    let ours = keys.split(|byte| *byte == b',').any(|key| key.strip_prefix(b"i=") == Some(PROBE.as_bytes()));
    ours.then_some(Answer::Kitty(said == b"OK"))
}

/// What the terminal is known to be able to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// It has answered all that it answers.
    pub complete: bool,
    /// It takes images by kitty's protocol.
    pub kitty: bool,
    /// It has sixels.
    pub sixel: bool,
    /// The colours of a sixel image, if it has told.
    pub registers: Option<u32>,
    /// The largest sixel image, if it has told.
    pub largest: Option<Size>,
    /// The pixels of a cell, if it has told.
    pub cell: Option<Size>,
    /// It can tell where the mouse is in pixels.
    pub pixel_mouse: bool,
    /// It has a keyboard protocol, and tells so much by it.
    pub keyboard: Option<u32>,
}

impl Abilities {
    /// What is to be asked of a terminal of windows; `multiplexed`: it stands for others, which do not get what it does not
    /// know.
    pub fn questions(multiplexed: bool) -> String {
        let images = if multiplexed { "" } else { IMAGES };
        format!("{images}{OTHERS}")
    }

    /// Takes an answer of a terminal with so many cells. Whether it says anything new.
    pub fn take(&mut self, answer: Answer, cells: GridSize) -> bool {
        let before = *self;
        match answer {
            Answer::Kitty(can) => self.kitty = can,
            Answer::Attributes { sixel } => (self.complete, self.sixel) = (true, sixel),
            Answer::Cell(size) => self.cell = checked(size).or(self.cell),
            Answer::Window(size) if self.cell.is_none() => {
                let (cols, rows) = (u32::from(cells.cols.max(1)), u32::from(cells.rows.max(1)));
                self.cell = checked(Size::new(size.width / cols, size.height / rows));
            }
            Answer::Window(_) => {}
            Answer::Registers(colors) => self.registers = Some(colors.clamp(2, 256)),
            Answer::Largest(size) if size.area() > 0 => {
                self.largest = Some(Size::new(size.width.min(SIXELS_MAX), size.height.min(SIXELS_MAX)));
            }
            Answer::Largest(_) => {}
            Answer::PixelMouse => self.pixel_mouse = true,
            Answer::Keyboard(flags) => self.keyboard = Some(flags),
        }
        before != *self
    }
}

/// A size that cells may have.
pub fn checked(cell: Size) -> Option<Size> {
    (CELL.contains(&cell.width) && CELL.contains(&cell.height)).then_some(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_understood_and_others_are_none() {
        for (parameters, last, expected) in [
            (&b"?62;4;22"[..], b'c', Some(Answer::Attributes { sixel: true })),
            (b"?1;2", b'c', Some(Answer::Attributes { sixel: false })),
            (b"?4", b'c', Some(Answer::Attributes { sixel: false })),
            (b">41;4;0", b'c', None),
            (b"6;16;8", b't', Some(Answer::Cell(Size::new(8, 16)))),
            (b"4;480;640", b't', Some(Answer::Window(Size::new(640, 480)))),
            (b"8;24;80", b't', None),
            (b"?1;0;256", b'S', Some(Answer::Registers(256))),
            (b"?2;0;1000;800", b'S', Some(Answer::Largest(Size::new(1000, 800)))),
            (b"?1;3;0", b'S', None),
            (b"?1016;2$", b'y', Some(Answer::PixelMouse)),
            (b"?1016;0$", b'y', None),
            (b"?1006;1$", b'y', None),
            (b"?15", b'u', Some(Answer::Keyboard(15))),
            (b"97;5", b'u', None),
            (b"?99999999999", b'u', None),
        ] {
            assert_eq!(sequence(parameters, last), expected, "{parameters:?} {last}");
        }
        for (text, expected) in [
            (&b"_Gi=31;OK"[..], Some(Answer::Kitty(true))),
            (b"_Gi=31;ENOTSUPPORTED:no", Some(Answer::Kitty(false))),
            (b"_Gi=7;OK", None),
            (b"_G", None),
            (b"P>|XTerm(390)", None),
        ] {
            assert_eq!(string(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_told_is_bounded() {
        let (mut known, cells) = (Abilities::default(), GridSize::new(80, 24));
        for (answer, new) in [
            (Answer::Cell(Size::new(0, 0)), false),
            (Answer::Cell(Size::new(9999, 16)), false),
            (Answer::Window(Size::new(640, 384)), true),
            (Answer::Window(Size::new(1, 1)), false),
            (Answer::Cell(Size::new(10, 20)), true),
            (Answer::Registers(u32::MAX), true),
            (Answer::Largest(Size::new(u32::MAX, 1000)), true),
            (Answer::Attributes { sixel: true }, true),
            (Answer::Attributes { sixel: true }, false),
        ] {
            assert_eq!(known.take(answer, cells), new, "{answer:?}");
        }
        assert_eq!((known.cell, known.registers), (Some(Size::new(10, 20)), Some(256)));
        assert_eq!((known.largest, known.complete), (Some(Size::new(2048, 1000)), true));
    }

    #[test]
    fn what_all_answer_is_asked_last() {
        for multiplexed in [true, false] {
            let questions = Abilities::questions(multiplexed);
            assert!(questions.ends_with("\x1b[c") && questions.contains('_') != multiplexed);
        }
    }
}
