//! [`Function`] → method: one flat match.

use super::charset::Charset;
use super::clipboard::ClipboardText;
use super::conformance::MAX_LEVEL;
use super::decode::Params;
use super::edit::NARROW_COLUMNS;
use super::function::Function;
use super::grid::LineSize;
use super::keyboard::KittyFlags;
use super::keyboard::modify::What;
use super::modes::{Mode, ModeKind};
use super::palette::Palette;
use super::rectangle::ALL_CHECKSUM_FLAGS;
use super::report::Answer;
use super::scan::{Encoding, PcFont};
use super::screen::{CursorShape, Screen};
use super::stacks::Stacks;
use super::tabs::Tabs;
use super::{Event, Terminal};
use crate::geometry::GridSize;

impl Terminal {
    /// Carries out a control function.
    pub(super) fn execute(&mut self, function: Function, params: &Params) {
        let p = params;
        // REP repeats what comes just before it, and nothing when that is another function (xterm).
        let last_printed = self.last_printed.take();
        if self.screen.conformance.level < MAX_LEVEL && function.level() > self.screen.conformance.level {
            return;
        }
        match function {
            Function::SCOSC if self.screen.modes.has(Mode::LeftRightMargins) => {
                self.set_left_right_margins(p.get(0), p.get(1));
            }
            Function::DECSC | Function::SCOSC => self.save_cursor(),
            Function::DECRC | Function::SCORC => self.restore_cursor(),
            Function::DECBI => self.back_index(),
            Function::DECFI => self.forward_index(),
            Function::DECKPAM => self.screen.modes.set(Mode::ApplicationKeypad, true),
            Function::DECKPNM => self.screen.modes.set(Mode::ApplicationKeypad, false),
            Function::IND => self.index(),
            Function::NEL => self.next_line(),
            Function::HTS => self.screen.tabs.set(self.screen.cursor.col),
            Function::RI => self.reverse_index(),
            Function::SS2 => self.screen.cursor.charsets.single = Some(2),
            Function::SS3 => self.screen.cursor.charsets.single = Some(3),
            Function::SPA => self.start_protection(),
            Function::EPA => self.end_protection(),
            Function::RIS => self.reset(),
            Function::LS2 => self.screen.cursor.charsets.left = 2,
            Function::LS3 => self.screen.cursor.charsets.left = 3,
            Function::LS1R => self.screen.cursor.charsets.right = 1,
            Function::LS2R => self.screen.cursor.charsets.right = 2,
            Function::LS3R => self.screen.cursor.charsets.right = 3,
            Function::DECDHLT => self.set_line_size(LineSize::DoubleTop),
            Function::DECDHLB => self.set_line_size(LineSize::DoubleBottom),
            Function::DECSWL => self.set_line_size(LineSize::Single),
            Function::DECDWL => self.set_line_size(LineSize::DoubleWidth),
            Function::DECALN => self.alignment_test(),
            Function::DOCS8 => self.set_encoding(self.options.charset.eight_bit()),
            Function::DOCSUTF8 | Function::LINUXUTF8 => self.set_encoding(Encoding::Utf8),
            Function::LINUXFK if p.get(0) == 0 => self.swallow_one(),
            Function::LINUXFK => {}
            Function::LINUXCUR => self.set_linux_cursor(p.get(0)),
            Function::G0D4 => self.designate(0, false, p),
            Function::G1D4 => self.designate(1, false, p),
            Function::G2D4 => self.designate(2, false, p),
            Function::G3D4 => self.designate(3, false, p),
            Function::G1D6 => self.designate(1, true, p),
            Function::G2D6 => self.designate(2, true, p),
            Function::G3D6 => self.designate(3, true, p),
            Function::ICH => self.insert_chars(p.count(0)),
            Function::CUU => self.cursor_up(p.count(0)),
            Function::CUD => self.cursor_down(p.count(0)),
            Function::CUF => self.cursor_forward(p.count(0)),
            Function::HPR => self.move_cols_relative(p.count(0)),
            Function::CUB => self.cursor_back(p.count(0)),
            Function::CNL => {
                self.cursor_down(p.count(0));
                self.carriage_return();
            }
            Function::CPL => {
                self.cursor_up(p.count(0));
                self.carriage_return();
            }
            Function::CHA | Function::HPA => self.move_to_col(p.count(0) - 1),
            Function::CUP | Function::HVP => self.move_to(p.count(0) - 1, p.count(1) - 1),
            Function::CHT => self.tab_forward(p.count(0)),
            Function::ED => self.erase_in_display(p.get(0), false),
            Function::EL => self.erase_in_line(p.get(0), false),
            Function::IL => self.insert_lines(p.count(0)),
            Function::DL => self.delete_lines(p.count(0)),
            Function::DCH => self.delete_chars(p.count(0)),
            Function::SU => self.scroll_up(p.count(0)),
            // With more parameters T starts mouse highlighting, which we have not.
            Function::SD if p.len() > 1 => {}
            Function::SD | Function::SDE => self.scroll_down(p.count(0)),
            Function::ECH => self.erase_chars(p.count(0)),
            Function::CBT => self.tab_back(p.count(0)),
            Function::REP => self.repeat(last_printed, p.count(0)),
            Function::DA1 | Function::DECID if p.get(0) == 0 || function == Function::DECID => {
                self.answer(Answer::PrimaryAttributes);
            }
            Function::DA2 if p.get(0) == 0 => self.answer(Answer::SecondaryAttributes),
            Function::DA3 if p.get(0) == 0 => self.answer(Answer::TertiaryAttributes),
            Function::DA1 | Function::DA2 | Function::DA3 | Function::DECID => {}
            Function::VPA => self.move_to_row(p.count(0) - 1),
            Function::VPR => self.move_rows_relative(p.count(0)),
            Function::TBC => self.clear_tabs(p.get(0)),
            Function::SM => self.set_modes(ModeKind::Ansi, p, true),
            Function::RM => self.set_modes(ModeKind::Ansi, p, false),
            Function::DECSET => self.set_modes(ModeKind::Dec, p, true),
            Function::DECRST => self.set_modes(ModeKind::Dec, p, false),
            Function::XTSAVE => p.rest(0).iter().for_each(|number| self.save_mode(*number)),
            Function::XTRESTORE => p.rest(0).iter().for_each(|number| self.restore_mode(*number)),
            Function::SGR => self.select_graphic_rendition(p),
            Function::DSR => self.report_status(p.get(0)),
            Function::DECDSR => self.report_dec_status(p.get(0), p.get(1)),
            Function::DECSTBM => self.set_margins(p.get(0), p.get(1)),
            Function::XTWINOPS => self.window_operation(p),
            Function::DECSED => self.erase_in_display(p.get(0), true),
            Function::DECSEL => self.erase_in_line(p.get(0), true),
            Function::DECST8C if p.get(0) == 5 => self.screen.tabs = Tabs::new(self.screen.size().cols),
            Function::DECST8C => {}
            Function::DECCARA => self.change_attributes(p, false),
            Function::DECRARA => self.change_attributes(p, true),
            Function::DECCRA => self.copy_rectangle(p),
            Function::DECFRA => self.fill_rectangle(p.get(0), p),
            Function::DECERA => self.erase_rectangle(p),
            Function::DECSERA => self.erase_rectangle_selectively(p),
            Function::DECSACE => self.select_attribute_extent(p.get(0)),
            Function::DECRQCRA => self.report_checksum(p),
            Function::XTCHECKSUM => self.screen.checksum_flags = (p.get(0) & ALL_CHECKSUM_FLAGS) as u8,
            Function::XTREPORTSGR => self.report_rendition(p),
            Function::DECIC => self.insert_columns(p.count(0)),
            Function::DECDC => self.delete_columns(p.count(0)),
            Function::SL => self.scroll_left(p.count(0)),
            Function::SR => self.scroll_right(p.count(0)),
            Function::DECRQM => self.report_mode(ModeKind::Ansi, p.get(0)),
            Function::DECRQMP => self.report_mode(ModeKind::Dec, p.get(0)),
            Function::XTMODKEYS => self.set_key_values(p, What::Modify),
            Function::XTFMTKEYS => self.set_key_values(p, What::Format),
            Function::XTUNMODKEYS => self.disable_key_value(p.get(0)),
            Function::XTQMODKEYS => self.report_key_values(p, What::Modify),
            Function::XTQFMTKEYS => self.report_key_values(p, What::Format),
            Function::KKPUSH => self.kitty_flags().push(KittyFlags::new(p.get(0))),
            Function::KKPOP => self.kitty_flags().pop(p.count(0)),
            Function::KKSET => self.kitty_flags().set(KittyFlags::new(p.get(0)), p.get(1)),
            Function::KKQUERY => self.report_kitty_flags(),
            Function::XTVERSION if p.get(0) == 0 => self.answer(Answer::Version),
            Function::XTVERSION => {}
            Function::DECSCUSR => self.set_cursor_style(p.get(0)),
            Function::DECSTR => self.soft_reset(),
            Function::DECSCL => self.set_conformance(p),
            Function::S7C1T => self.screen.conformance.eight_bit = false,
            Function::S8C1T => self.screen.conformance.eight_bit = true,
            Function::DECSCPP => self.set_columns_per_page(p.get(0)),
            Function::DECSNLS => self.set_lines(p.get(0)),
            Function::DECRQPSR => self.report_presentation(p.get(0)),
            Function::DECRQTSR => self.report_color_table(p.get(0), p.get(1)),
            Function::DECRQUPSS => self.report_preferred_set(),
            Function::XTSMGRAPHICS => self.report_graphics(p),
            Function::DECRQDE => self.answer(Answer::DisplayedExtent(self.screen.size())),
            Function::DECREQTPARM => self.report_terminal_parameters(p.get(0)),
            Function::XTSMTITLE => self.set_title_modes(p, true),
            Function::XTRMTITLE => self.set_title_modes(p, false),
            Function::XTTITLEPOS => self.report_title_stack(),
            Function::XTPUSHSGR | Function::XTPUSHSGR2 => self.push_rendition(p),
            Function::XTPOPSGR | Function::XTPOPSGR2 => self.pop_rendition(),
            Function::XTPUSHCOLORS => self.push_colors(p),
            Function::XTPOPCOLORS => self.pop_colors(p),
            Function::XTREPORTCOLORS => self.report_color_stack(),
            Function::DECSCA => self.select_protection(p.get(0)),
            // These act when their string is complete: see scan.rs.
            Function::DECRQSS | Function::XTGETTCAP | Function::XTSYNC | Function::DECSIXEL => {}
            Function::DECRSPS | Function::DECRSTS | Function::DECAUPSS => {}
        }
        // REP repeats a character that stands straight before it: ECMA-48 leaves the rest open, and xterm forgets it.
        self.last_printed = None;
    }

    /// The controls of one byte, C0. ESC, CAN and SUB are [`super::scan`]'s.
    pub(super) fn control(&mut self, byte: u8) {
        self.last_printed = None;
        match byte {
            0x07 => self.events.ring(),
            0x08 => self.cursor_back(1),
            b'\t' => self.tab_forward(1),
            b'\n' | 0x0b | 0x0c => self.line_feed(),
            b'\r' => self.carriage_return(),
            0x0e => self.screen.cursor.charsets.left = 1,
            0x0f => self.screen.cursor.charsets.left = 0,
            _ => {}
        }
    }

    fn set_modes(&mut self, kind: ModeKind, params: &Params, on: bool) {
        for number in params.rest(0) {
            self.set_mode_number(kind, *number, on);
            // What follows DECANM is not for a VT52 (xterm).
            if self.vt52() {
                break;
            }
        }
    }

    /// SCS: the parameters are the second intermediate and the final byte.
    fn designate(&mut self, set: usize, size96: bool, params: &Params) {
        let designator = (params.get(0) as u8, params.get(1) as u8);
        let (level, national) = (self.screen.conformance.level, self.screen.modes.has(Mode::NationalCharsets));
        if let Some(charset) = Charset::designated(size96, designator, level, national) {
            let preferred = charset == Charset::DecSupplemental && designator == Charset::PREFERRED;
            self.screen.cursor.charsets.sets[set] = match self.screen.preferred_set {
                // G0 has never 96 characters.
                other if preferred && set == 0 && other.designator().0 => return,
                other if preferred => other,
                _ => charset,
            };
        } else if size96 && designator == Charset::PREFERRED && self.screen.preferred_set.designator().0 {
            self.screen.cursor.charsets.sets[set] = self.screen.preferred_set;
        }
    }

    fn clear_tabs(&mut self, which: u16) {
        match which {
            0 => self.screen.tabs.clear(self.screen.cursor.col),
            3 => self.screen.tabs.clear_all(),
            _ => {}
        }
    }

    /// DECSCUSR: odd numbers blink; 0 is the default, which does not: a blinking cursor wakes every viewer.
    fn set_cursor_style(&mut self, style: u16) {
        let shape = match style {
            0..=2 => CursorShape::Block,
            3 | 4 => CursorShape::Underline,
            5 | 6 => CursorShape::Bar,
            _ => return,
        };
        self.screen.cursor_shape = shape;
        self.screen.modes.set(Mode::CursorBlink, style % 2 == 1);
    }

    /// Linux's cursor: the size is in the low four bits; 16 makes a block of any, in colours that we leave aside. terminfo
    /// sends it beside DECTCEM, and with the same meaning, so one of the two is enough for a state.
    fn set_linux_cursor(&mut self, cursor: u16) {
        let size = if cursor & 0x10 == 0 { cursor & 0x0f } else { 0 };
        self.screen.modes.set(Mode::CursorVisible, size != 1);
        match size {
            1 => {}
            2 | 3 => self.screen.cursor_shape = CursorShape::Underline,
            _ => self.screen.cursor_shape = CursorShape::Block,
        }
    }

    /// DECSTR (VT220 ch. 4): modes, margins, rendition and charsets; not the screen, nor the cursor's place.
    pub(super) fn soft_reset(&mut self) {
        self.end_all_protection();
        self.reset_indexed_colors();
        let screen = &mut self.screen;
        for (mode, on) in [
            (Mode::Insert, false),
            (Mode::KeyboardLock, false),
            (Mode::ApplicationCursor, false),
            (Mode::ApplicationKeypad, false),
            (Mode::Origin, false),
            (Mode::Autowrap, true),
            (Mode::ReverseWrap, false),
            (Mode::ReverseWrapExtended, false),
            (Mode::LeftRightMargins, false),
            (Mode::CursorBlink, false),
            (Mode::CursorVisible, true),
            (Mode::NationalCharsets, false),
        ] {
            screen.modes.set(mode, on);
        }
        screen.reset_margins();
        screen.checksum_flags = 0;
        screen.preferred_set = Charset::DecSupplemental;
        screen.cursor_shape = CursorShape::default();
        screen.cursor.pen = super::cell::Cell::EMPTY;
        screen.cursor.charsets = Default::default();
        screen.saved[usize::from(screen.alternate)] = Default::default();
        self.screen.keys = Default::default();
        // A pending wrap stays, where there is still an end of the row (xterm).
        self.keep_in_row();
        self.set_pc_font(PcFont::None);
    }

    /// RIS: as a fresh terminal, but for the history, which takes what was on the screen, and the titles.
    pub(super) fn reset(&mut self) {
        // What is lost with the alternate screen was drawn to be drawn again; the primary one below it was not.
        self.switch_screen(false, false);
        self.save_cleared();
        self.count_screen();
        let wide = self.screen.modes.has(Mode::Columns132);
        let size = self.screen.size();
        let mut palette = self.screen.palette.clone();
        palette.copy_from(&self.options.palette);
        let mut fresh = Screen::new(size, self.options.cell, palette, self.options.modes());
        // The history may still show some of them.
        fresh.pictures.take_pieces(&mut self.screen.pictures);
        fresh.title = std::mem::take(&mut self.screen.title);
        fresh.icon_title = std::mem::take(&mut self.screen.icon_title);
        self.synchronize(false);
        self.screen = fresh;
        self.saved_modes = self.options.modes();
        self.reset_titles();
        self.stacks = Stacks::default();
        self.window = Default::default();
        self.last_printed = None;
        self.open_cluster = Default::default();
        self.set_pc_font(PcFont::None);
        self.set_encoding(self.options.charset);
        self.damage.mark_rows(0..size.rows);
        if wide {
            self.resize_for_guest(GridSize::new(NARROW_COLUMNS, size.rows));
        }
    }
}

impl Terminal {
    /// The colours a reset goes back to.
    pub fn default_palette(&self) -> &Palette {
        &self.options.palette
    }
}

/// What happened beside the screen, kept until [`Terminal::take_events`] asks. Nothing here can grow: a bell is a bell
/// however often it rang, and only the last title and the last text for the clipboard count.
#[derive(Debug, Default)]
pub(super) struct Events {
    bell: bool,
    pub(super) title: bool,
    pub(super) icon_title: bool,
    pub(super) line_break: bool,
    pub(super) clipboard: Option<ClipboardText>,
    pub(super) resized: bool,
}

impl Events {
    pub(super) fn ring(&mut self) {
        self.bell = true;
    }

    pub(super) fn take(&mut self, screen: &Screen) -> Vec<Event> {
        let Self { bell, title, icon_title, line_break, clipboard, resized } = std::mem::take(self);
        let mut events = Vec::new();
        events.extend(resized.then(|| Event::Resize(screen.size())));
        events.extend(bell.then_some(Event::Bell));
        events.extend(icon_title.then(|| Event::IconTitle(screen.icon_title.clone())));
        events.extend(title.then(|| Event::Title(screen.title.clone())));
        events.extend(line_break.then_some(Event::Break));
        events.extend(clipboard.map(Event::Clipboard));
        events
    }

    /// Bytes that it takes beside itself.
    pub(super) fn memory(&self) -> usize {
        self.clipboard.as_ref().map_or(0, |text| text.0.capacity())
    }
}
