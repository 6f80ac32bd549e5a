//! The mouse becomes reports as xterm sends them: `tests/keys/mouse.txt` was recorded from it.

use super::{Mode, Modes, Terminal};
use crate::geometry::{CellPos, Point};
use crate::input::Modifiers;

/// The pointer over a console's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CellPointer {
    /// The cell it is on.
    pub pos: CellPos,
    /// Where it is, in pixels from the top left corner of the text.
    pub pixel: Point,
    /// Bit n is button n+1; bits 3 to 6 are the wheel: up, down, left, right; 7 and 8 are back and forward.
    pub buttons: u16,
    /// The modifiers held.
    pub modifiers: Modifiers,
}

/// What the guest wants to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tracking {
    /// Nothing.
    #[default]
    Off,
    /// DECSET 9: presses of the first three buttons.
    X10,
    /// DECSET 1000: presses and releases.
    Normal,
    /// DECSET 1002: motion too while a button is held.
    Button,
    /// DECSET 1003: all motion.
    Any,
}

/// How it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// `CSI M` and three bytes; columns and rows past 223 are told as NUL.
    #[default]
    Bytes,
    /// DECSET 1005: the same as UTF-8, up to 2015.
    Utf8,
    /// DECSET 1006: `CSI < button ; column ; row M`, `m` for a release.
    Sgr,
    /// DECSET 1015: `CSI button ; column ; row M`.
    Urxvt,
    /// DECSET 1016: as 1006, in pixels.
    SgrPixels,
}

/// The modes that matter to the mouse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MouseModes {
    /// What the guest wants to know.
    pub tracking: Tracking,
    /// How it is told.
    pub encoding: Encoding,
}

/// The pointer as it was when the guest was last told.
#[derive(Clone, Copy, Debug, Default)]
pub struct MouseState {
    buttons: u16,
    place: (u32, u32),
}

/// Buttons that there are codes for.
const BUTTONS: u16 = 0x7ff;
/// Those of them that the X10 mode knows.
const X10_BUTTONS: u16 = 0x007;
const WHEEL_UP: u16 = 0x008;
const WHEEL_DOWN: u16 = 0x010;
/// Those that have no release: the wheel's up and down.
const WHEEL: u16 = WHEEL_UP | WHEEL_DOWN;
/// Those that motion can be held with: all but the wheel's four.
const HELD: u16 = BUTTONS & !0x078;
/// The code of no button: of a release, where it is not told which.
const NO_BUTTON: u8 = 3;
/// Added for motion.
const MOTION: u8 = 32;

impl Terminal {
    /// The pointer moved, or a button went down or up: the guest hears of it as far as it asked for.
    pub fn pointer(&mut self, event: CellPointer) {
        if self.wants_wheel() {
            self.scroll_by_keys(event.buttons & !self.mouse.buttons);
        }
        let mut reports = Vec::new();
        self.mouse.report(event, MouseModes::of(self.screen.modes), &mut reports);
        self.push_reports(&reports);
    }

    /// Whether the wheel is for the guest though it did not ask for the pointer: on the alternate screen it moves the cursor
    /// (mode 1007).
    pub fn wants_wheel(&self) -> bool {
        self.screen.modes.has(Mode::AlternateScroll) && self.screen.on_alternate() && !self.wants_pointer()
    }

    /// Five cursor keys for each step of the wheel (xterm's translations).
    fn scroll_by_keys(&mut self, pressed: u16) {
        const ROWS: usize = 5;
        let application = self.screen.modes.has(Mode::ApplicationCursor);
        for (button, last) in [(WHEEL_UP, b'A'), (WHEEL_DOWN, b'B')] {
            if pressed & button != 0 {
                self.push_keys(&[0x1b, if application { b'O' } else { b'[' }, last].repeat(ROWS));
            }
        }
    }

    /// Whether the guest asked for the pointer.
    pub fn wants_pointer(&self) -> bool {
        self.tracking() != Tracking::Off
    }

    /// What the guest wants to know of the pointer.
    pub fn tracking(&self) -> Tracking {
        MouseModes::of(self.screen.modes).tracking
    }
}

impl MouseModes {
    fn of(modes: Modes) -> Self {
        let tracking = [
            (Mode::MouseX10, Tracking::X10),
            (Mode::MouseNormal, Tracking::Normal),
            (Mode::MouseButton, Tracking::Button),
            (Mode::MouseAny, Tracking::Any),
        ];
        let encoding = [
            (Mode::MouseUtf8, Encoding::Utf8),
            (Mode::MouseSgr, Encoding::Sgr),
            (Mode::MouseUrxvt, Encoding::Urxvt),
            (Mode::MouseSgrPixels, Encoding::SgrPixels),
        ];
        Self {
            tracking: tracking.into_iter().find_map(|(mode, it)| modes.has(mode).then_some(it)).unwrap_or_default(),
            encoding: encoding.into_iter().find_map(|(mode, it)| modes.has(mode).then_some(it)).unwrap_or_default(),
        }
    }
}

impl MouseState {
    /// Appends what the guest is to be told of the pointer's new state: motion first, then one report for each button
    /// that went down or up.
    pub fn report(&mut self, event: CellPointer, modes: MouseModes, out: &mut Vec<u8>) {
        let place = place(event, modes.encoding);
        let (moved, before) = (place != self.place, self.buttons);
        let after = event.buttons & BUTTONS;
        *self = Self { buttons: after, place };
        let report =
            Report { place, modifiers: modifier_bits(event.modifiers, modes.tracking), encoding: modes.encoding };

        // The buttons held during the motion are those held before the event.
        let held = before & HELD;
        let motion = match modes.tracking {
            Tracking::Any => moved,
            Tracking::Button => moved && held != 0,
            Tracking::Off | Tracking::X10 | Tracking::Normal => false,
        };
        if motion {
            let button = if held == 0 { NO_BUTTON } else { code(held.trailing_zeros()) };
            report.write(button + MOTION, true, out);
        }
        if modes.tracking == Tracking::Off {
            return;
        }
        for n in 0..u16::BITS {
            let bit = 1 << n;
            if (before ^ after) & bit == 0 {
                continue;
            }
            let pressed = after & bit != 0;
            let told = match (modes.tracking, pressed) {
                (Tracking::X10, true) => X10_BUTTONS & bit != 0,
                (Tracking::X10, false) => false,
                (_, true) => true,
                (_, false) => WHEEL & bit == 0,
            };
            if told {
                report.write(code(n), pressed, out);
            }
        }
    }
}

/// What all reports of one event have in common.
struct Report {
    /// Column and row, or pixels, from 0.
    place: (u32, u32),
    modifiers: u8,
    encoding: Encoding,
}

impl Report {
    fn write(&self, code: u8, pressed: bool, out: &mut Vec<u8>) {
        let (x, y) = (self.place.0 + 1, self.place.1 + 1);
        let release = if pressed { code } else { NO_BUTTON } | self.modifiers;
        match self.encoding {
            Encoding::Bytes | Encoding::Utf8 => {
                out.extend_from_slice(b"\x1b[M");
                self.write_value(u32::from(release), out);
                self.write_value(x, out);
                self.write_value(y, out);
            }
            Encoding::Urxvt => {
                out.extend_from_slice(format!("\x1b[{};{x};{y}M", release + 32).as_bytes());
            }
            Encoding::Sgr | Encoding::SgrPixels => {
                let last = if pressed { 'M' } else { 'm' };
                out.extend_from_slice(format!("\x1b[<{};{x};{y}{last}", code | self.modifiers).as_bytes());
            }
        }
    }

    /// One of the three values of the older encodings: 32 is added, and what is then too big becomes NUL.
    fn write_value(&self, value: u32, out: &mut Vec<u8>) {
        let shifted = value + 32;
        match (self.encoding, u8::try_from(shifted)) {
            (Encoding::Utf8, _) => {
                let ch = char::from_u32(shifted).filter(|&ch| ch < '\u{800}').unwrap_or('\0');
                out.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
            }
            (_, Ok(byte)) => out.push(byte),
            (_, Err(_)) => out.push(0),
        }
    }
}

/// The place as it will be told: motion past what an encoding can tell is none.
fn place(event: CellPointer, encoding: Encoding) -> (u32, u32) {
    /// The first column or row, from 0, that is told as NUL.
    const BYTES_LIMIT: u32 = 223;
    const UTF8_LIMIT: u32 = 2015;
    let limit = match encoding {
        Encoding::SgrPixels => return (event.pixel.x.min(u32::from(u16::MAX)), event.pixel.y.min(u32::from(u16::MAX))),
        Encoding::Bytes => BYTES_LIMIT,
        Encoding::Utf8 => UTF8_LIMIT,
        Encoding::Sgr | Encoding::Urxvt => u32::MAX,
    };
    (u32::from(event.pos.col).min(limit), u32::from(event.pos.row).min(limit))
}

/// The code of button `n`, from 0: three buttons, the wheel's four, and the others.
fn code(n: u32) -> u8 {
    let n = n as u8;
    match n {
        0..=2 => n,
        3..=6 => 64 + n - 3,
        _ => 128 + n - 7,
    }
}

/// The modifiers' bits; the X10 mode tells none.
fn modifier_bits(held: Modifiers, tracking: Tracking) -> u8 {
    if tracking == Tracking::X10 {
        return 0;
    }
    4 * u8::from(held.shift) + 8 * u8::from(held.alt || held.meta) + 16 * u8::from(held.control)
}

#[cfg(test)]
#[path = "mouse_tests.rs"]
mod tests;
