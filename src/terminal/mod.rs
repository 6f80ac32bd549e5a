//! Bytes in; screen, damage and events out.
//!
//! ```text
//! feed → scan (text, encodings, strings) ─┬─ print ──────────┐
//!                                         └─ decode (vte) → execute → cursor, edit, scroll, sgr, modes, report …
//! ```
//!
//! There is no wrong input, only unknown input: [`Terminal::feed`] cannot fail, and nothing a guest sends can make a
//! terminal grow beyond its limits.

pub mod cell;
pub mod charset;
mod check;
pub mod clipboard;
pub mod clusters;
mod color_space;
mod color_spec;
mod colors;
mod conformance;
mod cursor;
pub mod damage;
pub mod decode;
pub mod dump;
mod edit;
mod execute;
mod extras;
pub mod function;
mod graphemes;
pub mod grid;
mod history_links;
mod history_marks;
pub mod input;
pub mod keyboard;
pub mod lines;
mod memo;
pub mod modes;
pub mod mouse;
pub mod osc;
pub mod palette;
mod paste;
pub mod pictures;
mod print;
mod rectangle;
mod reflow;
pub mod refused;
mod report;
pub mod scan;
pub mod screen;
mod scroll;
pub mod scrollback;
pub mod search;
pub mod selection;
mod sgr;
pub mod shell;
pub mod sixel;
pub mod snapshot;
pub mod stacks;
mod synchronized;
mod tabs;
pub mod text;
pub mod titles;
pub mod trace;
pub mod view;
pub mod width;
pub mod window;
mod work;

pub use damage::{Damage, Move};
pub use extras::{Extra, Link, MAX_EXTRAS};
pub use grid::LineSize;
pub use keyboard::KeyTable;
pub use modes::{Mode, Modes};
pub use palette::{Palette, Rgb, Theme};
pub use scan::Encoding;
pub use screen::{CursorShape, CursorView, Screen};
pub use scrollback::{HistoryRow, Scrollback};
pub use shell::Marks;
pub use synchronized::{MAX_SYNCHRONIZED, MAX_UPDATE};
pub use work::MAX_WORK;

use crate::geometry::{GridSize, Size};

/// Columns and rows of the largest screen; a larger size is cut down to it.
pub const MAX_SIZE: GridSize = GridSize::new(1_024, 1_024);

/// How a terminal is set up; what the guest cannot change.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rows of history, at most; [`scrollback::MAX_BYTES`] holds besides.
    pub scrollback_lines: usize,
    /// What the guest's bytes mean until it says otherwise.
    pub charset: Encoding,
    /// Whether the guest may put text on the viewers' clipboards (OSC 52). It never reads them.
    pub guest_clipboard: bool,
    /// Whether queries are answered; off where nobody may write to the guest.
    pub answer: bool,
    /// What the guest erases goes to the history, which ED 3 leaves alone.
    pub keep_cleared: bool,
    /// Whether the guest may change the size of the screen, move its window, and read its titles back.
    pub window_ops: bool,
    /// The colours of a fresh terminal.
    pub palette: Palette,
    /// Whose keyboard it has.
    pub keys: KeyTable,
    /// Whether Backspace sends BS in a fresh terminal, as if DECBKM were set; the guest may still say otherwise.
    pub backspace_bs: bool,
    /// The pixels of a cell where the screen is shown: what a picture of sixels is cut into.
    pub cell: Size,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scrollback_lines: 10_000,
            charset: Encoding::Utf8,
            guest_clipboard: false,
            answer: true,
            keep_cleared: true,
            window_ops: false,
            palette: Palette::default(),
            keys: KeyTable::default(),
            backspace_bs: false,
            cell: Size::new(8, 16),
        }
    }
}

impl Options {
    /// The modes of a fresh terminal.
    fn modes(&self) -> Modes {
        let mut modes = Modes::DEFAULT;
        modes.set(Mode::BackspaceSendsBs, self.backspace_bs);
        modes
    }
}

/// What happened beside the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// BEL, at least once.
    Bell,
    /// The window's title changed to this.
    Title(String),
    /// The icon's title changed to this.
    IconTitle(String),
    /// The guest changed the size of the screen to this ([`Options::window_ops`]).
    Resize(GridSize),
    /// A key asked for a break on the line, at least once.
    Break,
    /// This is for the viewers' clipboards; empty, they are cleared. Only with [`Options::guest_clipboard`].
    Clipboard(clipboard::ClipboardText),
}

/// A terminal: see the module.
pub struct Terminal {
    options: Options,
    scanner: scan::Scanner,
    decoder: decode::Decoder,
    screen: Screen,
    history: Scrollback,
    damage: Damage,
    events: execute::Events,
    input: input::InputQueue,
    mouse: mouse::MouseState,
    saved_modes: Modes,
    titles: titles::Titles,
    stacks: stacks::Stacks,
    window: window::Window,
    resizes: window::Resizes,
    /// What REP repeats.
    last_printed: Option<char>,
    bracket: paste::Bracket,
    updates: synchronized::Updates,
    work: work::Work,
    open_cluster: graphemes::OpenCluster,
    /// The picture that is being drawn.
    sixel: Option<Box<sixel::Decoder>>,
    /// The pixels that pictures may still draw.
    drawing: sixel::Allowance,
}

impl Terminal {
    /// A fresh terminal of `size`, cut to 1x1 … [`MAX_SIZE`].
    pub fn new(size: GridSize, options: Options) -> Self {
        let size = clamp(size);
        Self {
            scanner: scan::Scanner::new(options.charset, options.guest_clipboard),
            decoder: decode::Decoder::new(),
            screen: Screen::new(size, options.cell, options.palette.clone(), options.modes()),
            history: Scrollback::new(options.scrollback_lines),
            damage: Damage::all(size),
            events: execute::Events::default(),
            input: input::InputQueue::default(),
            mouse: mouse::MouseState::default(),
            saved_modes: options.modes(),
            titles: titles::Titles::default(),
            stacks: stacks::Stacks::default(),
            window: window::Window::default(),
            resizes: window::Resizes::default(),
            last_printed: None,
            bracket: paste::Bracket::None,
            updates: synchronized::Updates::default(),
            work: work::Work::default(),
            open_cluster: graphemes::OpenCluster::default(),
            sixel: None,
            drawing: sixel::Allowance::UNLIMITED,
            options,
        }
    }

    /// Takes what the guest sent, cut anywhere.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = &rest[self.feed_update(rest)..];
        }
    }

    /// Takes what the guest sent, but not beyond the end of a synchronized update: then the screen is as the guest wants
    /// it to be seen. Nor beyond a function that asks for a lot of work, once there was enough ([`MAX_WORK`]). The number
    /// of bytes taken, at least one if there is one.
    pub fn feed_update(&mut self, bytes: &[u8]) -> usize {
        self.scan(bytes)
    }

    /// How many of the last bytes belong to a sequence or a character that has not ended. Nothing of it shows yet: a terminal
    /// that looks like this one, and then takes these bytes, is like this one in that, too.
    pub fn unfinished(&self) -> usize {
        self.scanner.unfinished
    }

    /// Tells the guest that its console came into or went out of focus, if it wants to know.
    pub fn focus(&mut self, focused: bool) {
        if self.screen.modes.has(Mode::FocusReport) {
            self.push_reports(if focused { b"\x1b[I" } else { b"\x1b[O" });
        }
    }

    /// Bytes for the guest: keys, pastes, reports and answers, in order. Leaves none.
    pub fn take_input(&mut self) -> Vec<u8> {
        self.input.take()
    }

    /// Whether [`Terminal::take_input`] would give any.
    pub fn has_input(&self) -> bool {
        !self.input.is_empty()
    }

    /// The screen.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// What scrolled off the screen or was erased from it.
    pub fn history(&self) -> &Scrollback {
        &self.history
    }

    /// Exchanges the damage since the last call for `into`, whose content is forgotten and its memory used again.
    pub fn take_damage(&mut self, into: &mut Damage) {
        into.reset(self.screen.size());
        std::mem::swap(&mut self.damage, into);
    }

    /// Whether [`Terminal::take_damage`] would give any. A cursor that moved, or another palette, is none.
    pub fn has_damage(&self) -> bool {
        !self.damage.is_empty()
    }

    /// What happened beside the screen since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.events.take(&self.screen)
    }

    /// The number of bytes all of it takes, for the test of the limits.
    pub fn memory(&self) -> usize {
        let parts = self.history.memory() + self.scanner.memory() + self.decoder.memory() + self.input.memory();
        let sixel = self.sixel.as_ref().map_or(0, |sixel| sixel.memory());
        let parts = parts + self.titles.memory() + self.stacks.memory() + self.events.memory() + sixel;
        self.screen.memory() + parts
    }
}

/// The nearest size that we have.
fn clamp(size: GridSize) -> GridSize {
    GridSize::new(size.cols.clamp(1, MAX_SIZE.cols), size.rows.clamp(1, MAX_SIZE.rows))
}

impl std::fmt::Debug for Terminal {
    // What is on the screen may be secret (house rule 8).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Terminal({})", self.screen.size())
    }
}
