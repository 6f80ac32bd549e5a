//! One row of [`MODES`] per mode: setting, resetting, saving, reporting and the documentation follow from it.

use super::Terminal;
use super::report::Answer;

/// The modes, by the mnemonic or xterm's name for them. Each is one bit of [`Modes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// KAM: the keyboard is locked.
    KeyboardLock,
    /// IRM: printing shifts the rest of the line.
    Insert,
    /// SRM: the host echoes; reset, we would.
    SendReceive,
    /// LNM: a line feed is also a carriage return, and Return sends both.
    NewLine,
    /// DECCKM: cursor keys send `ESC O x`.
    ApplicationCursor,
    /// DECANM: reset means VT52.
    Ansi,
    /// DECCOLM: 132 columns. Gated by [`Mode::AllowColumns`]; changes the size only where the guest may.
    Columns132,
    /// DECSCLM: smooth scrolling. Kept, and reported, without effect.
    SmoothScroll,
    /// DECSCNM: the whole screen in reverse.
    ReverseScreen,
    /// DECOM: rows count from the top margin.
    Origin,
    /// DECAWM: printing past the last column goes on in the next row.
    Autowrap,
    /// DECARM: keys repeat. Kept, and reported, without effect.
    AutoRepeat,
    /// The cursor blinks (xterm, AT&T 610).
    CursorBlink,
    /// DECTCEM: the cursor is visible.
    CursorVisible,
    /// DECCOLM is obeyed (xterm).
    AllowColumns,
    /// A tab after the last column wraps first (xterm's fix for `more`).
    MoreFix,
    /// DECNRCM: national replacement character sets may be designated.
    NationalCharsets,
    /// Backspace at the left edge goes to the row above (xterm).
    ReverseWrap,
    /// DECNKM: the keypad sends `ESC O x`; also DECKPAM and DECKPNM.
    ApplicationKeypad,
    /// DECBKM: Backspace sends BS.
    BackspaceSendsBs,
    /// DECSDM: pictures begin in the upper left corner and do not scroll.
    SixelDisplay,
    /// DECLRMM: there are left and right margins, and no rows of double width.
    LeftRightMargins,
    /// DECNCSM: DECCOLM leaves the screen as it is.
    NoClearOnColumns,
    /// Focus changes are reported (`CSI I`, `CSI O`).
    FocusReport,
    /// On the alternate screen the wheel sends cursor keys (xterm).
    AlternateScroll,
    /// Meta sets the eighth bit (xterm).
    EightBitMeta,
    /// Meta sends ESC before the key (xterm).
    MetaSendsEscape,
    /// Alt sends ESC before the key (xterm).
    AltSendsEscape,
    /// Each picture has its own colour registers (xterm).
    PrivateColorRegisters,
    /// As [`Mode::ReverseWrap`]: what xterm calls so since that has become a narrower thing there.
    ReverseWrapExtended,
    /// The other modes may switch to the alternate screen (xterm).
    AllowAlternate,
    /// Pastes come between `CSI 200 ~` and `CSI 201 ~`.
    BracketedPaste,
    /// The picture is held back until the guest has drawn all of it.
    SynchronizedOutput,
    /// After a picture the cursor is right of it (RLogin, xterm).
    SixelCursorRight,
    /// The alternate screen, without more (DECSET 47).
    AlternateScreen,
    /// The alternate screen, erased when left (DECSET 1047).
    AlternateScreenErase,
    /// DECSC and DECRC as a mode (DECSET 1048).
    SaveCursor,
    /// The alternate screen with a saved cursor, erased when entered (DECSET 1049).
    AlternateScreenSave,
    /// Mouse tracking: presses only (X10).
    MouseX10,
    /// Mouse tracking: presses and releases.
    MouseNormal,
    /// Mouse tracking: motion while a button is held, too.
    MouseButton,
    /// Mouse tracking: all motion.
    MouseAny,
    /// Mouse coordinates in UTF-8.
    MouseUtf8,
    /// Mouse reports as `CSI < b ; x ; y M`.
    MouseSgr,
    /// Mouse reports as `CSI b ; x ; y M`.
    MouseUrxvt,
    /// Mouse reports as SGR ones, in pixels.
    MouseSgrPixels,
}

/// Which of the two sets a mode's number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModeKind {
    /// `CSI Ps h`.
    Ansi,
    /// `CSI ? Ps h`.
    Dec,
}

/// One row of [`MODES`].
#[derive(Debug)]
pub struct ModeRow {
    /// The mode.
    pub mode: Mode,
    /// Its name in documents.
    pub name: &'static str,
    /// The number in SM, RM, DECSET and DECRST.
    pub number: u16,
    /// Which set the number is of.
    pub kind: ModeKind,
    /// Whether it is set after a reset.
    pub default: bool,
    /// Modes of one group other than 0 exclude each other.
    pub group: u8,
}

const GROUP_TRACKING: u8 = 1;
const GROUP_ENCODING: u8 = 2;

macro_rules! mode {
    ($mode:ident, $name:literal, $number:literal, $kind:ident) => {
        mode!($mode, $name, $number, $kind, false, 0)
    };
    ($mode:ident, $name:literal, $number:literal, $kind:ident, $default:literal) => {
        mode!($mode, $name, $number, $kind, $default, 0)
    };
    ($mode:ident, $name:literal, $number:literal, $kind:ident, $default:literal, $group:expr) => {
        ModeRow {
            mode: Mode::$mode,
            name: $name,
            number: $number,
            kind: ModeKind::$kind,
            default: $default,
            group: $group,
        }
    };
}

/// Every mode there is. The order is that of [`Mode`], so that a mode finds its row.
pub const MODES: &[ModeRow] = &[
    mode!(KeyboardLock, "keyboard_lock", 2, Ansi),
    mode!(Insert, "insert", 4, Ansi),
    mode!(SendReceive, "send_receive", 12, Ansi, true),
    mode!(NewLine, "newline", 20, Ansi),
    mode!(ApplicationCursor, "app_cursor", 1, Dec),
    mode!(Ansi, "ansi", 2, Dec, true),
    mode!(Columns132, "columns_132", 3, Dec),
    mode!(SmoothScroll, "smooth_scroll", 4, Dec),
    mode!(ReverseScreen, "reverse_screen", 5, Dec),
    mode!(Origin, "origin", 6, Dec),
    mode!(Autowrap, "autowrap", 7, Dec, true),
    mode!(AutoRepeat, "auto_repeat", 8, Dec, true),
    mode!(CursorBlink, "cursor_blink", 12, Dec),
    mode!(CursorVisible, "cursor_visible", 25, Dec, true),
    mode!(AllowColumns, "allow_columns", 40, Dec),
    mode!(MoreFix, "more_fix", 41, Dec),
    mode!(NationalCharsets, "national_charsets", 42, Dec),
    mode!(ReverseWrap, "reverse_wrap", 45, Dec),
    mode!(ApplicationKeypad, "app_keypad", 66, Dec),
    mode!(BackspaceSendsBs, "backspace_sends_bs", 67, Dec),
    mode!(SixelDisplay, "sixel_display", 80, Dec),
    mode!(LeftRightMargins, "left_right_margins", 69, Dec),
    mode!(NoClearOnColumns, "no_clear_on_columns", 95, Dec),
    mode!(FocusReport, "focus_report", 1004, Dec),
    mode!(AlternateScroll, "alternate_scroll", 1007, Dec),
    mode!(EightBitMeta, "eight_bit_meta", 1034, Dec),
    mode!(MetaSendsEscape, "meta_sends_escape", 1036, Dec, true),
    mode!(AltSendsEscape, "alt_sends_escape", 1039, Dec, true),
    mode!(PrivateColorRegisters, "private_color_registers", 1070, Dec, true),
    mode!(ReverseWrapExtended, "reverse_wrap_extended", 1045, Dec),
    mode!(AllowAlternate, "allow_alternate", 1046, Dec, true),
    mode!(BracketedPaste, "bracketed_paste", 2004, Dec),
    mode!(SynchronizedOutput, "synchronized_output", 2026, Dec),
    mode!(SixelCursorRight, "sixel_cursor_right", 8452, Dec),
    mode!(AlternateScreen, "alternate_screen", 47, Dec),
    mode!(AlternateScreenErase, "alternate_screen_erase", 1047, Dec),
    mode!(SaveCursor, "save_cursor", 1048, Dec),
    mode!(AlternateScreenSave, "alternate_screen_save", 1049, Dec),
    mode!(MouseX10, "mouse_x10", 9, Dec, false, GROUP_TRACKING),
    mode!(MouseNormal, "mouse_normal", 1000, Dec, false, GROUP_TRACKING),
    mode!(MouseButton, "mouse_button", 1002, Dec, false, GROUP_TRACKING),
    mode!(MouseAny, "mouse_any", 1003, Dec, false, GROUP_TRACKING),
    mode!(MouseUtf8, "mouse_utf8", 1005, Dec, false, GROUP_ENCODING),
    mode!(MouseSgr, "mouse_sgr", 1006, Dec, false, GROUP_ENCODING),
    mode!(MouseUrxvt, "mouse_urxvt", 1015, Dec, false, GROUP_ENCODING),
    mode!(MouseSgrPixels, "mouse_sgr_pixels", 1016, Dec, false, GROUP_ENCODING),
];

/// A set of modes: one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modes(u128);

impl Modes {
    /// What a fresh terminal has.
    pub const DEFAULT: Self = {
        let (mut bits, mut i) = (0, 0);
        while i < MODES.len() {
            assert!(MODES[i].mode as usize == i, "MODES is in the order of Mode");
            bits |= (MODES[i].default as u128) << i;
            i += 1;
        }
        Self(bits)
    };

    /// Whether `mode` is set.
    #[inline]
    pub const fn has(self, mode: Mode) -> bool {
        self.0 >> mode as u8 & 1 != 0
    }

    /// Sets or resets `mode` and nothing else.
    pub const fn set(&mut self, mode: Mode, on: bool) {
        self.0 = self.0 & !(1 << mode as u8) | (on as u128) << mode as u8;
    }

    /// Resets all modes of a group.
    fn clear_group(&mut self, group: u8) {
        for row in MODES.iter().filter(|row| row.group == group) {
            self.set(row.mode, false);
        }
    }
}

/// The row of a mode's number, if we have such a mode.
pub fn find(kind: ModeKind, number: u16) -> Option<&'static ModeRow> {
    MODES.iter().find(|row| row.kind == kind && row.number == number)
}

impl Terminal {
    /// SM, RM, DECSET, DECRST of one number; unknown numbers are ignored.
    pub(super) fn set_mode_number(&mut self, kind: ModeKind, number: u16, on: bool) {
        if let Some(row) = find(kind, number) {
            self.set_mode(row, on);
        }
    }

    fn set_mode(&mut self, row: &'static ModeRow, on: bool) {
        match row.mode {
            // Leaving a wrap pending in a mode that no longer wraps would move the cursor much later.
            Mode::Autowrap => self.screen.cursor.pending_wrap &= on,
            Mode::Columns132 => {
                if !self.screen.modes.has(Mode::AllowColumns) {
                    return;
                }
                self.set_columns(on);
            }
            Mode::LeftRightMargins => self.set_margin_mode(on),
            Mode::AllowAlternate if !on => self.switch_screen(false, false),
            Mode::AlternateScreen | Mode::AlternateScreenErase | Mode::AlternateScreenSave | Mode::SaveCursor
                if !self.screen.modes.has(Mode::AllowAlternate) => {}
            Mode::AlternateScreen => self.switch_screen(on, false),
            Mode::AlternateScreenErase => self.switch_screen(on, !on),
            Mode::SynchronizedOutput => self.synchronize(on),
            Mode::SaveCursor if on => self.save_cursor(),
            Mode::SaveCursor => self.restore_cursor(),
            Mode::AlternateScreenSave => self.switch_screen_saving(on),
            _ => {}
        }
        // xterm: the last one set wins, and resetting any of them ends tracking altogether; an encoding ends only when it
        // is reset itself, for programs reset those that they do not want after setting the one that they do.
        if row.group != 0 && (on || row.group == GROUP_TRACKING) {
            self.screen.modes.clear_group(row.group);
        }
        // What acts at once is no state of its own: which screen is shown says the rest.
        let acts = matches!(
            row.mode,
            Mode::AlternateScreen | Mode::AlternateScreenErase | Mode::AlternateScreenSave | Mode::SaveCursor
        );
        // DECCOLM stays set only where it did change the size.
        let kept = !acts && (row.mode != Mode::Columns132 || self.options.window_ops);
        self.screen.modes.set(row.mode, on && kept);
        if row.mode == Mode::Origin {
            self.move_to(0, 0);
        }
    }

    /// Whether the mode counts as set for DECRQM and the dump: the screen modes answer for one another.
    pub(super) fn mode_is_set(&self, mode: Mode) -> bool {
        match mode {
            Mode::AlternateScreen | Mode::AlternateScreenErase | Mode::AlternateScreenSave => {
                self.screen.on_alternate()
            }
            _ => self.screen.modes.has(mode),
        }
    }

    /// XTSAVE: `CSI ? Ps s`.
    pub(super) fn save_mode(&mut self, number: u16) {
        if let Some(row) = find(ModeKind::Dec, number) {
            let on = self.mode_is_set(row.mode);
            self.saved_modes.set(row.mode, on);
        }
    }

    /// XTRESTORE: `CSI ? Ps r`. What was never saved has the value of a fresh terminal.
    pub(super) fn restore_mode(&mut self, number: u16) {
        if let Some(row) = find(ModeKind::Dec, number) {
            let on = self.saved_modes.has(row.mode);
            // Restoring one of a group must not end another that is on.
            if row.group == 0 || on || self.screen.modes.has(row.mode) {
                self.set_mode(row, on);
            }
        }
    }

    /// DECRQM: `CSI Ps $ p` and `CSI ? Ps $ p`, answered with DECRPM: 0 unknown, 1 set, 2 reset.
    pub(super) fn report_mode(&mut self, kind: ModeKind, number: u16) {
        let value = match find(kind, number) {
            None => 0,
            Some(row) => 2 - u8::from(self.mode_is_set(row.mode)),
        };
        self.answer(Answer::Mode { kind, number, value });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_defaults_hold() {
        for (i, row) in MODES.iter().enumerate() {
            assert!(MODES[..i].iter().all(|other| (other.kind, other.number) != (row.kind, row.number)));
            assert_eq!(Modes::DEFAULT.has(row.mode), row.default, "{}", row.name);
        }
    }
}
