//! One row of [`MODES`] per mode: setting, resetting, saving, reporting and the documentation follow from it.

use super::Terminal;
use super::cursor::SavedCursor;
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
    /// DECOM: rows and columns count from the margins, and the cursor stays within.
    Origin,
    /// DECAWM: printing past the last column goes on in the next row.
    Autowrap,
    /// The cursor blinks (xterm, AT&T 610).
    CursorBlink,
    /// The cursor blinks by the viewer's wish (xterm's menu). Kept, and reported, without effect.
    CursorBlinkMenu,
    /// DECPFF: a form feed ends what is printed. Kept, and reported: there is no printer.
    PrintFormFeed,
    /// DECPEX: the whole page is printed, not the scroll region. Kept, and reported: there is no printer.
    PrintExtent,
    /// DECTCEM: the cursor is visible.
    CursorVisible,
    /// There is a scroll bar (rxvt). Kept, and reported, without effect.
    ScrollBar,
    /// Keys may change the font's size (rxvt). Kept, and reported, without effect.
    FontKeys,
    /// DECCOLM is obeyed (xterm).
    AllowColumns,
    /// A tab after the last column wraps first (xterm's fix for `more`).
    MoreFix,
    /// DECNRCM: national replacement character sets may be designated.
    NationalCharsets,
    /// The bell rings near the right margin (xterm). Kept, and reported, without effect.
    MarginBell,
    /// Backspace at the left edge goes to the row above (xterm).
    ReverseWrap,
    /// DECNKM: the keypad sends `ESC O x`; also DECKPAM and DECKPNM.
    ApplicationKeypad,
    /// DECBKM: Backspace sends BS.
    BackspaceSendsBs,
    /// DECLRMM: there are left and right margins, and no rows of double width.
    LeftRightMargins,
    /// DECSDM: pictures begin in the upper left corner and do not scroll.
    SixelDisplay,
    /// DECNCSM: DECCOLM leaves the screen as it is.
    NoClearOnColumns,
    /// Focus changes are reported (`CSI I`, `CSI O`).
    FocusReport,
    /// On the alternate screen the wheel sends cursor keys (xterm).
    AlternateScroll,
    /// Output scrolls the view back down (rxvt). Kept, and reported, without effect: a view is its viewer's.
    ScrollOnOutput,
    /// A key scrolls the view back down (rxvt). Kept, and reported, without effect.
    ScrollOnKey,
    /// Scrolling may skip frames (xterm). Kept, and reported, without effect: it always may.
    FastScroll,
    /// Meta sets the eighth bit (xterm).
    EightBitMeta,
    /// Num Lock keeps the keypad out of application mode (xterm).
    RealNumLock,
    /// Meta sends ESC before the key (xterm).
    MetaSendsEscape,
    /// The Delete key sends DEL (xterm).
    DeleteIsDel,
    /// Alt sends ESC before the key (xterm).
    AltSendsEscape,
    /// A selection stays when it is no longer highlighted (xterm). Kept, and reported, without effect.
    KeepSelection,
    /// Selecting copies to the clipboard (xterm). Kept, and reported: what a selection does is its viewer's.
    SelectToClipboard,
    /// A bell asks the window manager for attention (xterm). Kept, and reported, without effect.
    BellIsUrgent,
    /// A bell raises the window (xterm). Kept, and reported, without effect.
    PopOnBell,
    /// The clipboard keeps what was copied (xterm). Kept, and reported, without effect.
    KeepClipboard,
    /// As [`Mode::ReverseWrap`]: what xterm calls so since that has become a narrower thing there.
    ReverseWrapExtended,
    /// The other modes may switch to the alternate screen (xterm).
    AllowAlternate,
    /// Each picture has its own colour registers (xterm).
    PrivateColorRegisters,
    /// Pastes come between `CSI 200 ~` and `CSI 201 ~`.
    BracketedPaste,
    /// The picture is held back until the guest has drawn all of it.
    SynchronizedOutput,
    /// Grapheme clusters are one unit, in one place.
    GraphemeClusters,
    /// Changes of the colour scheme, dark or light, are reported (`CSI ? 997 ; Ps n`).
    ColorSchemeReport,
    /// The size of the screen is reported when it changes (`CSI 48 ; … t`).
    InBandResize,
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
    mode!(CursorBlink, "cursor_blink", 12, Dec),
    mode!(CursorBlinkMenu, "cursor_blink_menu", 13, Dec),
    mode!(PrintFormFeed, "print_form_feed", 18, Dec),
    mode!(PrintExtent, "print_extent", 19, Dec),
    mode!(CursorVisible, "cursor_visible", 25, Dec, true),
    mode!(ScrollBar, "scroll_bar", 30, Dec),
    mode!(FontKeys, "font_keys", 35, Dec, true),
    mode!(AllowColumns, "allow_columns", 40, Dec),
    mode!(MoreFix, "more_fix", 41, Dec),
    mode!(NationalCharsets, "national_charsets", 42, Dec),
    mode!(MarginBell, "margin_bell", 44, Dec),
    mode!(ReverseWrap, "reverse_wrap", 45, Dec),
    mode!(ApplicationKeypad, "app_keypad", 66, Dec),
    mode!(BackspaceSendsBs, "backspace_sends_bs", 67, Dec),
    mode!(LeftRightMargins, "left_right_margins", 69, Dec),
    mode!(SixelDisplay, "sixel_display", 80, Dec),
    mode!(NoClearOnColumns, "no_clear_on_columns", 95, Dec),
    mode!(FocusReport, "focus_report", 1004, Dec),
    mode!(AlternateScroll, "alternate_scroll", 1007, Dec),
    mode!(ScrollOnOutput, "scroll_on_output", 1010, Dec),
    mode!(ScrollOnKey, "scroll_on_key", 1011, Dec),
    mode!(FastScroll, "fast_scroll", 1014, Dec, true),
    mode!(EightBitMeta, "eight_bit_meta", 1034, Dec),
    mode!(RealNumLock, "real_num_lock", 1035, Dec, true),
    mode!(MetaSendsEscape, "meta_sends_escape", 1036, Dec, true),
    mode!(DeleteIsDel, "delete_is_del", 1037, Dec),
    mode!(AltSendsEscape, "alt_sends_escape", 1039, Dec, true),
    mode!(KeepSelection, "keep_selection", 1040, Dec, true),
    mode!(SelectToClipboard, "select_to_clipboard", 1041, Dec),
    mode!(BellIsUrgent, "bell_is_urgent", 1042, Dec),
    mode!(PopOnBell, "pop_on_bell", 1043, Dec),
    mode!(KeepClipboard, "keep_clipboard", 1044, Dec),
    mode!(ReverseWrapExtended, "reverse_wrap_extended", 1045, Dec),
    mode!(AllowAlternate, "allow_alternate", 1046, Dec, true),
    mode!(PrivateColorRegisters, "private_color_registers", 1070, Dec, true),
    mode!(BracketedPaste, "bracketed_paste", 2004, Dec),
    mode!(SynchronizedOutput, "synchronized_output", 2026, Dec),
    mode!(GraphemeClusters, "grapheme_clusters", 2027, Dec),
    mode!(ColorSchemeReport, "color_scheme_report", 2031, Dec),
    mode!(InBandResize, "in_band_resize", 2048, Dec),
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

/// A mode whose number is known, but which is what it is: DECRPM answers "permanently set" or "permanently reset".
#[derive(Debug)]
pub struct PermanentMode {
    /// What it would be, by its mnemonic.
    pub name: &'static str,
    /// The number in SM, RM, DECSET and DECRST.
    pub number: u16,
    /// Which set the number is of.
    pub kind: ModeKind,
    /// Whether it is set.
    pub set: bool,
    /// The conformance level from which on it is known (xterm).
    pub level: u8,
}

macro_rules! permanent {
    ($($kind:ident $level:literal $set:literal: $($number:literal $name:literal),*;)*) => {
        /// Every mode that cannot be changed.
        pub const PERMANENT_MODES: &[PermanentMode] = &[
            $($(PermanentMode { name: $name, number: $number, kind: ModeKind::$kind, set: $set, level: $level },)*)*
        ];
    };
}

permanent! {
    Ansi 1 false: 1 "GATM", 3 "CRM", 5 "SRTM", 7 "VEM", 10 "HEM", 11 "PUM", 13 "FEAM", 14 "FETM", 15 "MATM", 16 "TTM",
        17 "SATM", 18 "TSM", 19 "EBM";
    Dec 1 false: 8 "DECARM", 38 "DECTEK", 46 "logging", 1050 "termcap_keys", 1051 "sun_keys", 1052 "hp_keys",
        1053 "sco_keys", 1060 "legacy_keys", 1061 "vt220_keys", 2001 "click_moves", 2002 "paste_moves",
        2003 "double_click_deletes", 2005 "paste_quotes", 2006 "paste_literal_newline";
    Dec 1 true: 14 "cursor_blink_xor";
    Dec 3 false: 10 "DECEDM", 11 "DECLTM", 16 "DECEKEM", 53 "DEC131TM", 59 "DECKKDM", 60 "DECHCCM", 61 "DECVCCM",
        64 "DECPCCM", 68 "DECKBUM", 73 "DECXRLM";
    Dec 4 false: 81 "DECKPM";
    Dec 5 false: 34 "DECRLM", 36 "DECHEM", 57 "DECNAKB", 58 "DECIPEM", 96 "DECRLCM", 97 "DECCRTSM", 98 "DECARSM",
        99 "DECMCM", 100 "DECAAM", 101 "DECCANSM", 102 "DECNULM", 103 "DECHDPXM", 104 "DECESKM", 106 "DECOSCNM",
        108 "DECNUMLK", 109 "DECCAPSLK", 110 "DECKLHIM", 111 "DECFWM", 112 "DECRPL", 113 "DECHWUM", 114 "DECATCUM",
        115 "DECATCBM", 116 "DECBBSM", 117 "DECECM";
}

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

impl Mode {
    /// The conformance level from which on it can be set, and is known (xterm).
    pub(super) const fn level(self) -> u8 {
        match self {
            Self::NationalCharsets => 2,
            Self::LeftRightMargins => 4,
            Self::NoClearOnColumns => 5,
            _ => 0,
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

    /// What the conformance level has not cannot be set or reset.
    fn set_mode(&mut self, row: &'static ModeRow, on: bool) {
        if row.mode.level() > self.screen.conformance.level {
            return;
        }
        match row.mode {
            Mode::Columns132 => {
                if !self.screen.modes.has(Mode::AllowColumns) {
                    return;
                }
                self.set_columns(on);
            }
            Mode::LeftRightMargins => self.set_margin_mode(on),
            Mode::Ansi if !on => self.enter_vt52(),
            Mode::AllowAlternate if !on => self.switch_screen(false, false),
            Mode::AlternateScreen | Mode::AlternateScreenErase | Mode::AlternateScreenSave | Mode::SaveCursor
                if !self.screen.modes.has(Mode::AllowAlternate) => {}
            Mode::AlternateScreen => self.switch_screen(on, false),
            // It is erased when it is left, and not from the primary screen (xterm).
            Mode::AlternateScreenErase => self.switch_screen(on, !on && self.screen.alternate),
            Mode::SynchronizedOutput => self.synchronize(on),
            Mode::GraphemeClusters => self.open_cluster = Default::default(),
            Mode::InBandResize if on => self.report_size(),
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
            // xterm: whether anything was saved.
            Mode::SaveCursor => self.screen.saved[usize::from(self.screen.alternate)] != SavedCursor::default(),
            _ => self.screen.modes.has(mode),
        }
    }

    /// XTSAVE: `CSI ? Ps s`.
    pub(super) fn save_mode(&mut self, number: u16) {
        match find(ModeKind::Dec, number) {
            Some(row) if row.mode == Mode::SaveCursor => self.save_cursor(),
            Some(row) => self.saved_modes.set(row.mode, self.mode_is_set(row.mode)),
            None => {}
        }
    }

    /// XTRESTORE: `CSI ? Ps r`. What was never saved has the value of a fresh terminal.
    pub(super) fn restore_mode(&mut self, number: u16) {
        if let Some(row) = find(ModeKind::Dec, number) {
            // What this saves is the cursor itself (xterm).
            let on = row.mode != Mode::SaveCursor && self.saved_modes.has(row.mode);
            // Restoring one of a group must not end another that is on.
            if row.group == 0 || on || self.screen.modes.has(row.mode) {
                self.set_mode(row, on);
            }
        }
    }

    /// DECRQM: `CSI Ps $ p` and `CSI ? Ps $ p`, answered with DECRPM: 0 unknown, 1 set, 2 reset, 3 permanently set, 4
    /// permanently reset. What a conformance level has not is unknown there.
    pub(super) fn report_mode(&mut self, kind: ModeKind, number: u16) {
        let level = self.screen.conformance.level;
        let permanent = |row: &&PermanentMode| row.kind == kind && row.number == number && row.level <= level;
        let value = match find(kind, number).filter(|row| row.mode.level() <= level) {
            Some(row) => 2 - u8::from(self.mode_is_set(row.mode)),
            None => PERMANENT_MODES.iter().find(permanent).map_or(0, |row| 4 - u8::from(row.set)),
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
            assert!(PERMANENT_MODES.iter().all(|other| (other.kind, other.number) != (row.kind, row.number)));
            assert_eq!(Modes::DEFAULT.has(row.mode), row.default, "{}", row.name);
        }
        assert!(PERMANENT_MODES.is_sorted_by_key(|row| (row.kind == ModeKind::Dec, row.level)));
    }
}
