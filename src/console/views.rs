//! What single viewers see otherwise than the others: each such viewer has a [`View`] of the terminal, and a picture of
//! its own that is painted only while it looks.
//!
//! ```text
//! key, wheel ─► View (pure) ─► is it more than the screen?  yes ─► a picture beside the display's, and the viewer is led to it
//!                                                            no  ─► none: dropping it leads the viewer back
//! ```
//! Nobody else notices: the display's own frames stay as they are.

use std::sync::Arc;

use tokio::time::Instant;

use super::Console;
use super::notice::Laid;
use super::pacing::Pacing;
use crate::display::{Aside, OwnInput, PictureSide, Who};
use crate::geometry::{CellPos, Size};
use crate::input::chord::{ViewKey, view_key};
use crate::input::{KeyEvent, Keysym, Modifiers, PointerEvent};
use crate::render::{Look, Painter};
use crate::surface::Surface;
use crate::terminal::lines::LinePos;
use crate::terminal::view::{Scroll, View};
use crate::terminal::{Damage, LineSize, Screen, Terminal};

/// Viewers of one console that may have a view of their own at once.
pub const MAX_VIEWS: usize = 32;
/// Lines that a step of the wheel scrolls (as xterm).
pub const WHEEL_LINES: i32 = 5;

/// The buttons that are the wheel's up and down.
const WHEEL_UP: u16 = 1 << 3;
const WHEEL_DOWN: u16 = 1 << 4;

/// The views of a console.
#[derive(Debug, Default)]
pub(super) struct Views {
    list: Vec<Viewing>,
    /// The key whose press a view has taken last: its release is not the guest's either.
    taken: Option<(Who, Keysym)>,
}

/// One viewer's view.
#[derive(Debug)]
struct Viewing {
    who: Who,
    view: View,
    buttons: u16,
    /// Where its pointer is on a link, which is underlined for this viewer only.
    hovered: Option<CellPos>,
    picture: Option<Picture>,
}

/// What is painted for one viewer.
#[derive(Debug)]
struct Picture {
    side: PictureSide,
    painter: Painter,
    surface: Surface,
    damage: Damage,
    pacing: Pacing,
    laid: Option<Laid>,
    /// The view may differ from what was painted last.
    unpainted: bool,
    /// The bells that the viewer was told of.
    bells: u64,
}

impl Views {
    /// The terminal has changed.
    pub(super) fn touch(&mut self) {
        self.pictures().for_each(|picture| picture.unpainted = true);
    }

    /// The guest holds the picture back: its update has this number; or it does not any more.
    pub(super) fn hold(&mut self, update: Option<u64>) {
        self.pictures().for_each(|picture| match update {
            Some(count) => picture.pacing.hold(count, Instant::now().into_std()),
            None => picture.pacing.release(),
        });
    }

    /// The guest put `text` on the clipboards of those who look.
    pub(super) fn cut(&mut self, text: &Arc<str>) {
        self.pictures().for_each(|picture| picture.side.cut(Arc::clone(text)));
    }

    /// Whether somebody looks at one.
    pub(super) fn are_watched(&self) -> bool {
        self.list.iter().filter_map(|viewing| viewing.picture.as_ref()).any(|picture| picture.side.is_watched())
    }

    /// Ends all of them: their viewers go back to the display.
    pub(super) fn end_all(&mut self) {
        *self = Self::default();
    }

    /// Ends those that nobody looks at any more.
    pub(super) fn end_unwatched(&mut self) {
        self.list.retain(|viewing| {
            !viewing.who.is_gone() && viewing.picture.as_ref().is_none_or(|picture| picture.side.is_watched())
        });
    }

    fn pictures(&mut self) -> impl Iterator<Item = &mut Picture> {
        self.list.iter_mut().filter_map(|viewing| viewing.picture.as_mut())
    }

    fn of(&mut self, who: &Who) -> Option<&mut Viewing> {
        self.list.iter_mut().find(|viewing| viewing.who == *who)
    }

    /// Where they are, for a terminal that gets another size.
    pub(super) fn places(&self) -> Vec<LinePos> {
        self.list.iter().map(|viewing| viewing.view.place().unwrap_or(LIVE)).collect()
    }

    /// Where [`Views::places`] have come to.
    pub(super) fn resized(&mut self, places: &[LinePos], terminal: &Terminal) {
        for (viewing, place) in self.list.iter_mut().zip(places) {
            let place = Some(*place).filter(|_| !viewing.view.is_live());
            viewing.view.resized(place, terminal);
        }
        self.touch();
    }
}

/// Stands for a view that shows the screen.
const LIVE: LinePos = LinePos { line: 0, col: 0 };

impl Viewing {
    /// Whether it shows more than the screen.
    fn is_needed(&self) -> bool {
        !self.view.is_live() || self.hovered.is_some()
    }
}

impl Console {
    /// Gives a key to its viewer's view; whether that was all that is to be done about it. A key that types leads back
    /// to the screen first.
    pub(super) fn view_takes_key(&mut self, who: &Who, event: &KeyEvent, held: Modifiers) -> bool {
        if !event.down {
            return self.views.taken.take_if(|(taker, key)| taker == who && *key == event.keysym).is_some();
        }
        let scrolled = self.views.of(who).is_some_and(|viewing| !viewing.view.is_live());
        // Full-screen programs have no history, and uses for these keys (as in VTE).
        let ours = scrolled || !self.terminal.screen().on_alternate();
        if let Some(key) = view_key(event.keysym, held).filter(|_| ours) {
            self.views.taken = Some((who.clone(), event.keysym));
            self.scroll_view(who, scroll_of(key));
            return true;
        }
        if scrolled && !event.keysym.is_modifier() {
            self.scroll_view(who, Scroll::Live);
        }
        false
    }

    /// What a viewer does that may only watch.
    pub(super) fn view_takes(&mut self, who: &Who, input: OwnInput) {
        match input {
            OwnInput::Key(event, held) => drop(self.view_takes_key(who, &event, held)),
            OwnInput::Pointer(event, held) => self.view_follows(who, event, held),
        }
    }

    /// Gives a pointer that is not the guest's to its viewer's view.
    pub(super) fn view_follows(&mut self, who: &Who, event: PointerEvent, held: Modifiers) {
        let known = self.views.of(who);
        let before = known.as_ref().map_or(0, |viewing| viewing.buttons);
        let scrolled = known.is_some_and(|viewing| !viewing.view.is_live());
        let pressed = event.buttons & !before;
        if event.buttons != before
            && let Some(viewing) = self.viewing(who)
        {
            viewing.buttons = event.buttons;
        }
        let lines = match pressed {
            _ if pressed & WHEEL_UP != 0 => WHEEL_LINES,
            _ if pressed & WHEEL_DOWN != 0 => -WHEEL_LINES,
            _ => 0,
        };
        let full_screen = self.terminal.screen().on_alternate() && !held.shift && !scrolled;
        if lines != 0 && !full_screen {
            self.scroll_view(who, Scroll::Lines(lines));
        }
        self.hover(who, event);
        self.settle(who);
    }

    /// Notes whether a viewer's pointer is on a link.
    fn hover(&mut self, who: &Who, event: PointerEvent) {
        let known = self.views.of(who);
        let before = known.as_ref().and_then(|viewing| viewing.hovered);
        let own = known.filter(|viewing| !viewing.view.is_live()).map(|viewing| viewing.view.screen());
        let screen = own.unwrap_or(self.terminal.screen());
        let hovered = cell_at(event, self.painter.cell(), screen).filter(|pos| screen.link_at(*pos).is_some());
        let cells = |pos: Option<CellPos>| pos.map(|pos| screen.link_cells(pos));
        if before == hovered {
            return;
        }
        let differs = cells(before) != cells(hovered);
        if let Some(viewing) = self.viewing(who) {
            viewing.hovered = hovered;
            if let Some(picture) = viewing.picture.as_mut().filter(|_| differs) {
                picture.unpainted = true;
            }
        }
    }

    /// Scrolls a viewer's view. Where there are no lines to scroll to, nothing happens.
    fn scroll_view(&mut self, who: &Who, scroll: Scroll) {
        if self.viewing(who).is_none() {
            return;
        }
        let Some(viewing) = self.views.list.iter_mut().find(|viewing| viewing.who == *who) else { return };
        if viewing.view.scroll(scroll, &self.terminal)
            && let Some(picture) = &mut viewing.picture
        {
            picture.unpainted = true;
        }
        self.settle(who);
    }

    /// A viewer's view, which begins now if it has none.
    fn viewing(&mut self, who: &Who) -> Option<&mut Viewing> {
        if let Some(at) = self.views.list.iter().position(|viewing| viewing.who == *who) {
            return self.views.list.get_mut(at);
        }
        if self.views.list.len() >= MAX_VIEWS {
            tracing::debug!("no view: {MAX_VIEWS} viewers have one");
            return None;
        }
        let view = View::new(&self.terminal);
        self.views.list.push(Viewing { who: who.clone(), view, buttons: 0, hovered: None, picture: None });
        self.views.list.last_mut()
    }

    /// A view that has become more than the screen gets a picture; one that is no more than that loses it.
    fn settle(&mut self, who: &Who) {
        let Some(at) = self.views.list.iter().position(|viewing| viewing.who == *who) else { return };
        let viewing = &self.views.list[at];
        match (viewing.is_needed(), viewing.picture.is_some()) {
            (true, false) => {
                let picture = self.open_picture(who);
                if picture.is_none() {
                    self.views.list.swap_remove(at);
                } else {
                    self.views.list[at].picture = picture;
                }
            }
            (false, _) if viewing.buttons == 0 => drop(self.views.list.swap_remove(at)),
            (false, true) => self.views.list[at].picture = None,
            _ => {}
        }
    }

    /// A picture beside the display's, and its viewer told to look there.
    fn open_picture(&self, who: &Who) -> Option<Picture> {
        let grid = self.terminal.screen().size();
        let painter = self.painter.beside(grid);
        let background = self.terminal.screen().palette().background().to_u32();
        let mut surface = Surface::new(self.surface.size(), painter.cell(), background);
        surface.set_pointer(self.surface.pointer().cloned());
        let (side, watching) = self.side.open_view(surface.publish())?;
        who.tell(Aside::View(watching)).then(|| Picture {
            side,
            painter,
            surface,
            damage: Damage::none(grid),
            pacing: Pacing::default(),
            laid: None,
            unpainted: true,
            bells: self.bells,
        })
    }

    /// Paints and publishes those views that somebody waits for, if it is time. When to come back, if that is known.
    pub(super) fn publish_views(&mut self, now: Instant) -> Option<Instant> {
        if self.views.list.is_empty() {
            return None;
        }
        let mut list = std::mem::take(&mut self.views.list);
        let mut wakes = None;
        let all_well = self.guarded(|console| {
            let due = list.iter_mut().filter_map(|viewing| console.publish_view(viewing, now));
            wakes = due.min();
        });
        if all_well {
            self.views.list = list;
        }
        wakes
    }

    fn publish_view(&self, viewing: &mut Viewing, now: Instant) -> Option<Instant> {
        let Viewing { view, picture, hovered, .. } = viewing;
        let picture = picture.as_mut()?;
        let laid = self.laid_over(view);
        if picture.laid != laid {
            picture.painter.set_overlay(laid.as_ref().map(Laid::overlay));
            picture.laid = laid;
            picture.unpainted = true;
        }
        if !picture.side.is_wanted() {
            if picture.unpainted {
                picture.side.mark_stale();
            }
            return None;
        }
        let changes = self.notices.changes();
        if picture.unpainted {
            if let Some(earliest) = picture.pacing.wait_until(now.into_std()) {
                return Some(Instant::from_std(earliest));
            }
            picture.paint(view, *hovered, self);
            picture.pacing.published(now.into_std());
        } else if !picture.side.is_fresh_wanted() && picture.bells == self.bells {
            return changes;
        }
        picture.bells = self.bells;
        picture.side.show(picture.surface.publish(), &self.title, self.bells);
        changes
    }

    /// What lies over a view: how far up it is, and how to get back; else what lies over the screen.
    fn laid_over(&self, view: &View) -> Option<Laid> {
        let size = self.terminal.screen().size();
        let up = view.lines_up(&self.terminal);
        let notice = self.notices.laid();
        if up == 0 {
            return notice.cloned();
        }
        let said = notice.map_or("not live: any key returns", Laid::said).to_owned();
        let beside = format!("{up} line{} up", if up == 1 { "" } else { "s" });
        Some(Laid::new(said, beside, size.rows - 1, size.cols, notice.is_some_and(Laid::hides_cursor)))
    }
}

impl Picture {
    fn paint(&mut self, view: &mut View, hovered: Option<CellPos>, console: &Console) {
        if self.surface.size() != console.surface.size() {
            let background = console.terminal.screen().palette().background().to_u32();
            self.surface.resize(console.surface.size(), self.painter.cell(), background);
        }
        view.compose(&console.terminal, &mut self.damage);
        self.painter.set_hovered(hovered.map_or_else(Vec::new, |pos| view.screen().link_cells(pos)));
        self.painter.paint(view.screen(), &self.damage, Look::default(), &mut self.surface);
        self.unpainted = false;
    }
}

/// The cell that a pointer is on, if it is on one.
fn cell_at(event: PointerEvent, cell: Size, screen: &Screen) -> Option<CellPos> {
    let size = screen.size();
    let place = |pixels: u32, cell: u32, count: u16| u16::try_from(pixels / cell.max(1)).ok().filter(|at| *at < count);
    let row = place(event.y, cell.height, size.rows)?;
    let col = place(event.x, cell.width, size.cols)?;
    Some(CellPos { row, col: if screen.line_size(row) == LineSize::Single { col } else { col / 2 } })
}

fn scroll_of(key: ViewKey) -> Scroll {
    match key {
        ViewKey::LineUp => Scroll::Lines(1),
        ViewKey::LineDown => Scroll::Lines(-1),
        ViewKey::PageUp => Scroll::Pages(1),
        ViewKey::PageDown => Scroll::Pages(-1),
        ViewKey::Oldest => Scroll::Oldest,
        ViewKey::Live => Scroll::Live,
    }
}

#[cfg(test)]
#[path = "views_tests.rs"]
mod tests;
