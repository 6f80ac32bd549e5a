//! The window that xterm would have (XTWINOPS). There is none: viewers come and go, each with a window of its own. So it is
//! modelled, and what is asked of it is answered from the model. What would change it, or the size of the screen, is
//! done only where the operator lets guests do that ([`super::Options::window_ops`]).

use super::Terminal;
use super::decode::Params;
use super::report::Answer;
use crate::geometry::GridSize;

/// The cells of the screen that the window is on, at least: as many of 8x16 pixels as 1920x1080 have room for. A window
/// that viewers made larger fills its screen.
pub const DESKTOP: GridSize = GridSize::new(240, 67);
/// DECSNLS and DECSLPP: the highest number of lines that is one.
const MAX_LINES: u16 = 255;
/// DECSLPP has no final byte of its own: from this number on XTWINOPS is it.
const FEWEST_LINES: u16 = 24;

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// Pixels right of and below the desktop's upper left corner.
    position: (u16, u16),
    iconified: bool,
    /// The size to go back to, while the window is maximized or fills the desktop.
    restored: Option<GridSize>,
}

/// What the guest wants of the size of the screen while it may not have it.
#[derive(Debug, Default)]
pub(super) struct Resizes {
    held: bool,
    wanted: Option<GridSize>,
}

impl Terminal {
    /// Whether the guest has to wait with the next size that it wants: a new size wraps all of the history anew. What it
    /// wanted last is carried out as soon as it need not.
    pub fn hold_resizes(&mut self, held: bool) {
        self.resizes.held = held;
        if !held && let Some(size) = self.resizes.wanted.take() {
            self.resize_for_guest(size);
        }
    }

    /// Whether the guest waits for a size.
    pub fn resize_waits(&self) -> bool {
        self.resizes.wanted.is_some()
    }

    /// Whether the guest has changed the size since [`Terminal::take_events`] was called last.
    pub fn resized_by_guest(&self) -> bool {
        self.events.resized
    }

    /// Changes the size as the guest asked for it and may; whoever shows the screen hears of it by an event.
    pub(super) fn resize_for_guest(&mut self, size: GridSize) {
        if self.resizes.held {
            self.resizes.wanted = Some(size);
            return;
        }
        let before = self.screen.size();
        let history = if size.cols == before.cols { 0 } else { self.history.lines() };
        self.count_cells(u32::try_from(history).unwrap_or(u32::MAX).saturating_mul(before.cols.into()));
        self.count_screen();
        self.resize(size);
        let resized = self.screen.size() != before;
        self.events.resized |= resized;
        self.work.pauses |= resized;
    }

    /// A size that somebody else chose counts more than what the guest wanted before.
    pub(super) fn forget_wanted_size(&mut self) {
        self.resizes.wanted = None;
    }
}

impl Terminal {
    /// XTWINOPS. Titles may be put away and taken back by anybody, as terminfo's smcup and rmcup do.
    pub(super) fn window_operation(&mut self, params: &Params) {
        let size = self.screen.size();
        let desktop = self.desktop();
        match params.get(0) {
            11 => self.answer(Answer::WindowState { iconified: self.window.iconified }),
            13 => {
                let (x, y) = self.window.position;
                self.answer(Answer::WindowPosition { x, y });
            }
            14 => self.answer_pixels(4, size),
            15 => self.answer_pixels(5, desktop),
            16 => self.answer_pixels(6, GridSize::new(1, 1)),
            18 => self.answer(Answer::SizeInCells { kind: 8, size }),
            19 => self.answer(Answer::SizeInCells { kind: 9, size: desktop }),
            20 => self.report_title('L'),
            21 => self.report_title('l'),
            22 => self.push_titles(params.get(1), params.get(2)),
            23 => self.pop_titles(params.get(1), params.get(2)),
            _ if self.options.window_ops => self.change_window(params, size, desktop),
            _ => {}
        }
    }

    fn change_window(&mut self, params: &Params, size: GridSize, desktop: GridSize) {
        // What is left out stays as it is, and 0 is as much as there is room for.
        let wanted = |at: usize, unit: u32, now: u16, most: u16| match params.given(at) {
            None => now,
            Some(0) => most,
            Some(value) => ((u32::from(value) / unit).max(1) as u16).min(most),
        };
        let cell = self.options.cell;
        match params.get(0) {
            1 => self.window.iconified = false,
            2 => self.window.iconified = true,
            3 => self.window.position = (params.get(1), params.get(2)),
            4 => {
                let rows = wanted(1, cell.height.max(1), size.rows, desktop.rows);
                let cols = wanted(2, cell.width.max(1), size.cols, desktop.cols);
                self.resize_window(GridSize::new(cols, rows));
            }
            8 => {
                let rows = wanted(1, 1, size.rows, desktop.rows);
                let cols = wanted(2, 1, size.cols, desktop.cols);
                self.resize_window(GridSize::new(cols, rows));
            }
            9 => match params.get(1) {
                0 => self.restore_window(),
                1 => self.maximize_window(desktop),
                2 => self.maximize_window(GridSize::new(size.cols, desktop.rows)),
                3 => self.maximize_window(GridSize::new(desktop.cols, size.rows)),
                _ => {}
            },
            10 => match params.get(1) {
                1 => self.maximize_window(desktop),
                2 if self.window.restored.is_none() => self.maximize_window(desktop),
                _ => self.restore_window(),
            },
            lines @ FEWEST_LINES.. => self.set_lines(lines),
            // Raising, lowering and painting anew have nothing to act on.
            _ => {}
        }
    }

    /// The cells of the screen that the window is on.
    fn desktop(&self) -> GridSize {
        let size = self.screen.size();
        GridSize::new(size.cols.max(DESKTOP.cols), size.rows.max(DESKTOP.rows))
    }

    fn answer_pixels(&mut self, kind: u8, cells: GridSize) {
        let cell = self.options.cell;
        let (width, height) = (u32::from(cells.cols) * cell.width, u32::from(cells.rows) * cell.height);
        self.answer(Answer::SizeInPixels { kind, width, height });
    }

    fn resize_window(&mut self, size: GridSize) {
        self.window.restored = None;
        self.resize_for_guest(size);
    }

    fn maximize_window(&mut self, size: GridSize) {
        let before = self.screen.size();
        self.window.restored.get_or_insert(before);
        self.resize_for_guest(size);
    }

    fn restore_window(&mut self) {
        if let Some(size) = self.window.restored.take() {
            self.resize_for_guest(size);
        }
    }

    /// DECSNLS and DECSLPP: the number of lines.
    pub(super) fn set_lines(&mut self, lines: u16) {
        if self.options.window_ops && (1..=MAX_LINES).contains(&lines) {
            let lines = lines.min(self.desktop().rows);
            self.resize_window(GridSize::new(self.screen.size().cols, lines));
        }
    }

    /// DECSCPP: 80 columns, or 132.
    pub(super) fn set_columns_per_page(&mut self, columns: u16) {
        let columns = if columns == 0 { 80 } else { columns };
        if self.options.window_ops && matches!(columns, 80 | 132) {
            self.resize_window(GridSize::new(columns, self.screen.size().rows));
        }
    }
}
