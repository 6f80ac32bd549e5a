//! The pointer in a viewer's view: the wheel scrolls, and what is dragged over is marked and copied.
//!
//! ```text
//! press ─► where the selection begins; twice a word, three times a line; with Control or Alt a block
//! drag  ─► where it ends; at the upper or lower edge the view scrolls along
//! let go ─► its text goes to the clipboard of that viewer
//! ```
//! The right button, and Shift with the left one, bring the nearer end of the selection to where they are pressed.

use std::time::Duration;

use tokio::time::Instant;

use super::Console;
use super::views::{Said, Viewing, too_many};
use crate::display::{Aside, Who};
use crate::geometry::{Point, Size};
use crate::input::{Modifiers, PointerEvent};
use crate::terminal::selection::{Selection, Spot, Unit};
use crate::terminal::view::Scroll;
use crate::terminal::{LineSize, Terminal};

/// Lines that a step of the wheel scrolls (as xterm).
pub const WHEEL_LINES: i32 = 5;
/// How soon a click must follow the one before to make it a double click. It comes over a network.
pub const CLICK_TIME: Duration = Duration::from_millis(400);
/// How often a view scrolls by a line while something is dragged to its edge.
pub const SCROLL_INTERVAL: Duration = Duration::from_millis(50);

const LEFT: u16 = 1;
const RIGHT: u16 = 1 << 2;
pub(super) const WHEEL_UP: u16 = 1 << 3;
pub(super) const WHEEL_DOWN: u16 = 1 << 4;

/// What a viewer's pointer does in its view.
#[derive(Debug, Default)]
pub(super) struct Grasp {
    /// The buttons that are down.
    pub(super) buttons: u16,
    /// The one that marks; 0 when nothing is being marked.
    marks: u16,
    pointer: Point,
    /// Where it was when that button went down.
    pressed: Point,
    clicks: Clicks,
    /// Towards the oldest or not, and when.
    scrolls: Option<(bool, Instant)>,
}

/// Clicks at one place, one soon after the other.
#[derive(Debug, Default)]
struct Clicks {
    last: Option<(Instant, u64, u16)>,
    count: u8,
}

impl Clicks {
    /// Another one: the first, second or third of its kind.
    fn count(&mut self, now: Instant, line: u64, cell: u16) -> u8 {
        let follows = self.last.is_some_and(|(then, l, c)| now - then < CLICK_TIME && (l, c) == (line, cell));
        self.count = if follows { self.count % 3 + 1 } else { 1 };
        self.last = Some((now, line, cell));
        self.count
    }
}

impl Grasp {
    /// Nothing is being marked any more.
    pub(super) fn let_go(&mut self) {
        (self.marks, self.scrolls) = (0, None);
    }

    /// Whether a click may yet be followed by another, or a button is down.
    pub(super) fn is_busy(&self, now: Instant) -> bool {
        self.buttons != 0 || self.clicks.last.is_some_and(|(then, ..)| now - then < CLICK_TIME)
    }

    /// When the view scrolls along.
    pub(super) fn due(&self) -> Option<Instant> {
        self.scrolls.map(|(_, due)| due)
    }
}

impl Console {
    /// Gives a pointer that is not the guest's to its viewer's view.
    pub(super) fn view_follows(&mut self, who: &Who, event: PointerEvent, held: Modifiers) {
        let known = self.views.of(who).map(|viewing| (viewing.grasp.buttons, viewing.grasp.marks));
        let (before, marks) = known.unwrap_or_default();
        if event.buttons == before && marks == 0 {
            self.hover(who, event);
            return self.settle(who);
        }
        let takes_pointer = self.terminal.wants_pointer();
        let cell = self.painter.cell();
        let Some(viewing) = self.views.viewing(who, &self.terminal) else {
            return too_many(who);
        };
        viewing.grasp.buttons = event.buttons;
        viewing.grasp.pointer = Point { x: event.x, y: event.y };
        viewing.said = None;
        let pressed = event.buttons & !before;
        if pressed != 0 {
            viewing.grasp.pressed = viewing.grasp.pointer;
        }
        match pressed {
            _ if pressed & WHEEL_UP != 0 => viewing.wheel(WHEEL_LINES, held, &self.terminal),
            _ if pressed & WHEEL_DOWN != 0 => viewing.wheel(-WHEEL_LINES, held, &self.terminal),
            _ => {}
        }
        let spot = viewing.spot(cell, &self.terminal);
        if pressed & LEFT != 0 {
            viewing.begin_marking(spot, held, takes_pointer, &self.terminal);
        } else if pressed & RIGHT != 0 && viewing.view.selection.is_some() {
            viewing.grasp.marks = RIGHT;
            viewing.view.extend_selection(spot, &self.terminal);
        } else if marks != 0 {
            viewing.view.drag_selection(spot, &self.terminal);
        }
        viewing.scroll_at_edge(cell, Instant::now(), &self.terminal);
        let marks = viewing.grasp.marks;
        viewing.touch();
        if marks & !event.buttons != 0 {
            self.copy(who);
        }
        self.hover(who, event);
        self.settle(who);
    }

    /// What was marked goes to its viewer's clipboard.
    fn copy(&mut self, who: &Who) {
        let Some(viewing) = self.views.of(who) else { return };
        viewing.grasp.let_go();
        let Some(selection) = viewing.view.selection.take_if(|selection| !selection.is_empty()) else {
            viewing.view.selection = None;
            return;
        };
        match selection.text(&self.terminal) {
            // Blanks alone are no text.
            Some(text) if text.trim().is_empty() => {}
            Some(text) => {
                tracing::debug!(bytes = text.len(), "copied");
                if !who.tell(Aside::Cut(text.into())) {
                    viewing.said = Some(Said::until_it_acts("not copied: the viewer does not listen"));
                }
            }
            None => viewing.said = Some(Said::until_it_acts("not copied: more than 256 KiB of text")),
        }
        viewing.view.selection = Some(selection);
    }
}

impl Viewing {
    fn wheel(&mut self, lines: i32, held: Modifiers, terminal: &Terminal) {
        // Full-screen programs have no history; with Shift it is looked at all the same.
        if !terminal.screen().on_alternate() || held.shift || !self.view.is_live() {
            self.view.scroll(Scroll::Lines(lines), terminal);
        }
    }

    fn begin_marking(&mut self, spot: Spot, held: Modifiers, takes_pointer: bool, terminal: &Terminal) {
        self.grasp.marks = LEFT;
        let count = self.grasp.clicks.count(Instant::now(), spot.line, spot.cell);
        let unit = match count {
            1 if held.control || held.alt || held.meta => Unit::Block,
            1 => Unit::Character,
            2 => Unit::Word,
            _ => Unit::Line,
        };
        // Where the guest takes the pointer, Shift only says that it is not for the guest.
        if count == 1 && held.shift && !takes_pointer && self.view.selection.is_some() {
            self.view.extend_selection(spot, terminal);
        } else {
            self.view.selection = Some(Selection::begin(unit, spot, terminal));
        }
    }

    /// Where its pointer is in the text.
    fn spot(&self, cell: Size, terminal: &Terminal) -> Spot {
        let Point { x, y } = self.grasp.pointer;
        let row = (y / cell.height.max(1)).min(u32::from(self.rows_seen(terminal)) - 1);
        let line = self.view.top_line(terminal) + u64::from(row);
        let double = terminal.line(line).is_some_and(|row| row.line_size != LineSize::Single);
        let cols = terminal.screen().size().cols;
        let (width, cols) = if double { (2 * cell.width, (cols / 2).max(1)) } else { (cell.width, cols) };
        let width = width.max(1);
        let place = |x: u32, most: u16| u16::try_from(x / width).unwrap_or(most).min(most);
        Spot { line, cell: place(x, cols - 1), border: place(x.saturating_add(width / 2), cols) }
    }

    /// Rows that nothing of ours lies over.
    fn rows_seen(&self, terminal: &Terminal) -> u16 {
        let rows = terminal.screen().size().rows;
        if self.covers_last_row() { (rows - 1).max(1) } else { rows }
    }

    /// Decides whether the view scrolls along with what is dragged to its edge: from another row, or over the edge. A click
    /// near it is only a click.
    fn scroll_at_edge(&mut self, cell: Size, now: Instant, terminal: &Terminal) {
        let (y, pressed) = (self.grasp.pointer.y, self.grasp.pressed.y);
        let bottom = u32::from(self.rows_seen(terminal)) * cell.height;
        let margin = cell.height / 4;
        let elsewhere = y / cell.height.max(1) != pressed / cell.height.max(1) || self.grasp.scrolls.is_some();
        let at_top = y < margin && elsewhere || y == 0 && pressed > 0;
        let at_bottom = y.saturating_add(margin) >= bottom && elsewhere || y.saturating_add(1) >= bottom && y > pressed;
        let up = at_top && self.view.top_line(terminal) > terminal.lines().start;
        let down = at_bottom && !self.view.is_live();
        self.grasp.scrolls = match (self.grasp.marks != 0 && (up || down), self.grasp.scrolls) {
            (false, _) => None,
            (true, Some((towards, due))) if towards == up => Some((towards, due)),
            (true, _) => Some((up, now + SCROLL_INTERVAL)),
        };
    }

    /// Scrolls along with what is dragged to its edge, if it is time.
    pub(super) fn scroll_along(&mut self, cell: Size, now: Instant, terminal: &Terminal) {
        let Some((up, _)) = self.grasp.scrolls.filter(|(_, due)| now >= *due) else { return };
        self.grasp.scrolls = None;
        self.view.scroll(Scroll::Lines(if up { 1 } else { -1 }), terminal);
        let spot = self.spot(cell, terminal);
        self.view.drag_selection(spot, terminal);
        self.scroll_at_edge(cell, now, terminal);
        self.touch();
    }
}

#[cfg(test)]
#[path = "marking_tests.rs"]
mod tests;
