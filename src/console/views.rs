//! What single viewers see otherwise than the others: each such viewer has a [`View`] of the terminal, and a picture of
//! its own that is painted only while it looks.
//!
//! ```text
//! key, wheel ─► View (pure) ─► is it more than the screen?  yes ─► a picture beside the display's, and the viewer is led to it
//!                                                            no  ─► none: dropping it leads the viewer back
//! ```
//! Nobody else notices: the display's own frames stay as they are. What the pointer does is in `marking.rs`, searching in
//! `finding.rs`.

use std::sync::Arc;

use tokio::time::Instant;

use super::Console;
use super::finding::{Prompt, Taken};
use super::marking::Grasp;
use super::notice::Laid;
use super::pacing::Pacing;
use crate::display::{Aside, OwnInput, PictureSide, Who};
use crate::geometry::{CellPos, Size};
use crate::input::chord::{ViewKey, view_key};
use crate::input::{KeyEvent, Keysym, Modifiers, PointerEvent};
use crate::render::{Blinks, Look, Painter};
use crate::surface::Surface;
use crate::terminal::lines::LinePos;
use crate::terminal::view::{Scroll, View};
use crate::terminal::{Damage, LineSize, Screen, Terminal};

/// Viewers of one console that may have a view of their own at once.
pub const MAX_VIEWS: usize = 32;

/// The views of a console.
#[derive(Debug, Default)]
pub(super) struct Views {
    list: Vec<Viewing>,
    /// The key whose press a view has taken last: its release is not the guest's either.
    taken: Option<(Who, Keysym)>,
}

/// One viewer's view.
#[derive(Debug)]
pub(super) struct Viewing {
    who: Who,
    pub(super) view: View,
    pub(super) grasp: Grasp,
    /// Its search, which `view` has the rest of.
    pub(super) prompt: Option<Prompt>,
    /// What is to be said to this viewer alone, until it does something.
    pub(super) said: Option<&'static str>,
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
    /// Whether what blinks was to be seen.
    look: Look,
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

    pub(super) fn of(&mut self, who: &Who) -> Option<&mut Viewing> {
        self.list.iter_mut().find(|viewing| viewing.who == *who)
    }

    /// A viewer's view, which begins now if it has none. `None` if there are too many.
    pub(super) fn viewing(&mut self, who: &Who, terminal: &Terminal) -> Option<&mut Viewing> {
        if let Some(at) = self.list.iter().position(|viewing| viewing.who == *who) {
            return self.list.get_mut(at);
        }
        if self.list.len() >= MAX_VIEWS {
            tracing::debug!("no view: {MAX_VIEWS} viewers have one");
            return None;
        }
        let (view, grasp) = (View::new(terminal), Grasp::default());
        self.list.push(Viewing {
            who: who.clone(),
            view,
            grasp,
            prompt: None,
            said: None,
            hovered: None,
            picture: None,
        });
        self.list.last_mut()
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
            viewing.grasp.let_go();
        }
        self.touch();
    }
}

/// Stands for a view that shows the screen.
const LIVE: LinePos = LinePos { line: 0, col: 0 };

impl Viewing {
    /// Whether it shows more than the screen.
    fn is_needed(&self) -> bool {
        let marked = self.view.selection.as_ref().is_some_and(|selection| !selection.is_empty());
        !self.view.is_live() || marked || self.prompt.is_some() || self.said.is_some() || self.hovered.is_some()
    }

    /// Whether a line of ours lies over the last row.
    pub(super) fn covers_last_row(&self) -> bool {
        !self.view.is_live() || self.prompt.is_some()
    }

    /// It may differ from what was painted last.
    pub(super) fn touch(&mut self) {
        self.picture.iter_mut().for_each(|picture| picture.unpainted = true);
    }
}

impl Console {
    /// Gives a key to its viewer's view; whether that was all that is to be done about it. A key that types leads back
    /// to the screen first.
    pub(super) fn view_takes_key(&mut self, who: &Who, event: &KeyEvent, held: Modifiers) -> bool {
        if !event.down {
            return self.views.taken.take_if(|(taker, key)| taker == who && *key == event.keysym).is_some();
        }
        if let Some(viewing) = self.views.of(who) {
            viewing.said = None;
        }
        let scrolled = self.views.of(who).is_some_and(|viewing| viewing.covers_last_row());
        // Full-screen programs have no history, and uses for these keys (as in VTE).
        let ours = scrolled || !self.terminal.screen().on_alternate();
        let key = view_key(event.keysym, held).filter(|key| ours || *key == ViewKey::Find);
        let takes = match key.map(scroll_of) {
            Some(Some(scroll)) => {
                self.scroll_view(who, scroll);
                true
            }
            Some(None) => {
                let viewing = self.views.viewing(who, &self.terminal);
                viewing.into_iter().for_each(|viewing| viewing.begin_search(&self.terminal));
                true
            }
            None => {
                let viewing = self.views.of(who);
                viewing.is_some_and(|viewing| viewing.search_takes(event, held, &self.terminal) == Taken::Yes)
            }
        };
        if takes {
            self.views.taken = Some((who.clone(), event.keysym));
        } else if scrolled && !event.keysym.is_modifier() {
            self.scroll_view(who, Scroll::Live);
        }
        self.settle(who);
        takes
    }

    /// What a viewer does that may only watch.
    pub(super) fn view_takes(&mut self, who: &Who, input: OwnInput) {
        match input {
            OwnInput::Key(event, held) => drop(self.view_takes_key(who, &event, held)),
            OwnInput::Pointer(event, held) => self.view_follows(who, event, held),
        }
    }

    /// Notes whether a viewer's pointer is on a link.
    pub(super) fn hover(&mut self, who: &Who, event: PointerEvent) {
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
        if let Some(viewing) = self.views.viewing(who, &self.terminal) {
            viewing.hovered = hovered;
            if let Some(picture) = viewing.picture.as_mut().filter(|_| differs) {
                picture.unpainted = true;
            }
        }
    }

    /// The guest has a viewer's pointer: it is on no link of ours.
    pub(super) fn unhover(&mut self, who: &Who) {
        if let Some(viewing) = self.views.of(who)
            && viewing.hovered.take().is_some()
        {
            if let Some(picture) = &mut viewing.picture {
                picture.unpainted = true;
            }
            self.settle(who);
        }
    }

    /// Scrolls a viewer's view. Where there are no lines to scroll to, nothing happens.
    fn scroll_view(&mut self, who: &Who, scroll: Scroll) {
        let Some(viewing) = self.views.viewing(who, &self.terminal) else { return };
        if viewing.view.scroll(scroll, &self.terminal) {
            viewing.touch();
        }
        self.settle(who);
    }

    /// A view that has become more than the screen gets a picture; one that is no more than that loses it.
    pub(super) fn settle(&mut self, who: &Who) {
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
            (false, _) if !viewing.grasp.is_busy(Instant::now()) => drop(self.views.list.swap_remove(at)),
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
            look: Look::default(),
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
            let cell = console.painter.cell();
            list.iter_mut().for_each(|viewing| viewing.scroll_along(cell, now, &console.terminal));
            // One search has its turn, whichever has waited longest: each has a place behind the others then.
            if let Some(at) = list.iter().position(Viewing::is_looking) {
                list[at..].rotate_left(1);
                list.iter_mut().rev().take(1).for_each(|viewing| viewing.look_on(&console.terminal));
            }
            let looking = list.iter().any(Viewing::is_looking).then_some(now);
            let due = list.iter_mut().filter_map(|viewing| console.publish_view(viewing, now));
            wakes = due.chain(looking).min();
            list.retain_mut(|viewing| viewing.keep(now));
        });
        if all_well {
            self.views.list = list;
            // Where the text of a link has changed under a pointer, nothing is left to show.
            let over = |viewing: &&Viewing| !viewing.is_needed() && viewing.picture.is_some();
            let over: Vec<Who> = self.views.list.iter().filter(over).map(|viewing| viewing.who.clone()).collect();
            over.iter().for_each(|who| self.settle(who));
        }
        wakes
    }

    fn publish_view(&self, viewing: &mut Viewing, now: Instant) -> Option<Instant> {
        let laid = self.laid_over(viewing);
        let due = viewing.grasp.due();
        let Viewing { view, grasp, picture, hovered, .. } = viewing;
        let picture = picture.as_mut()?;
        if picture.laid != laid {
            picture.painter.set_overlay(laid.as_ref().map(Laid::overlay));
            picture.laid = laid;
            picture.unpainted = true;
        }
        if !picture.side.is_wanted() {
            if picture.unpainted {
                picture.side.mark_stale();
            }
            return due;
        }
        let blinks = picture.blink(view, self, now);
        let changes = self.notices.changes().into_iter().chain(blinks).chain(due).min();
        if picture.unpainted {
            if let Some(earliest) = picture.pacing.wait_until(now.into_std()) {
                return due.into_iter().chain([Instant::from_std(earliest)]).min();
            }
            if view.check_selection(&self.terminal) {
                grasp.let_go();
            }
            picture.paint(view, hovered, self);
            picture.pacing.published(now.into_std());
        } else if !picture.side.is_fresh_wanted() && picture.bells == self.bells {
            return changes;
        }
        picture.bells = self.bells;
        picture.side.show(picture.surface.publish(), &self.title, self.bells);
        changes
    }

    /// A viewer pastes: into its query, if that is being typed. Whether it was.
    pub(super) fn view_takes_paste(&mut self, who: &Who, text: &str) -> bool {
        self.views.of(who).is_some_and(|viewing| viewing.search_takes_text(text))
    }

    /// What this viewer does is for the guest: it shall see what comes of it.
    pub(super) fn view_goes_live(&mut self, who: &Who) {
        if let Some(viewing) = self.views.of(who).filter(|viewing| viewing.covers_last_row()) {
            viewing.end_search(None, &self.terminal);
            self.settle(who);
        }
    }

    /// What lies over a view: its search; or how far up it is, and how to get back; else what lies over the screen.
    fn laid_over(&self, viewing: &Viewing) -> Option<Laid> {
        let size = self.terminal.screen().size();
        let up = viewing.view.lines_up(&self.terminal);
        let notice = self.notices.laid();
        let (said, beside) = match (&viewing.prompt, &viewing.view.search, viewing.said) {
            (Some(prompt), Some(search), _) => prompt.says(search, up),
            (.., Some(said)) => (said.to_owned(), if up > 0 { lines_up(up) } else { String::new() }),
            _ if up == 0 => return notice.cloned(),
            _ => (notice.map_or("not live: any key returns", Laid::said).to_owned(), lines_up(up)),
        };
        Some(Laid::new(said, beside, size.rows - 1, size.cols, notice.is_some_and(Laid::hides_cursor)))
    }
}

/// How far up a view is.
pub(super) fn lines_up(up: u64) -> String {
    match up {
        0 => "live".to_owned(),
        1 => "1 line up".to_owned(),
        _ => format!("{up} lines up"),
    }
}

impl Viewing {
    /// Whether there is still something to keep it for. A picture of nothing more than the screen goes.
    fn keep(&mut self, now: Instant) -> bool {
        if !self.is_needed() {
            self.picture = None;
        }
        self.is_needed() || self.grasp.is_busy(now)
    }
}

impl Picture {
    fn paint(&mut self, view: &mut View, hovered: &mut Option<CellPos>, console: &Console) {
        if self.surface.size() != console.surface.size() {
            let background = console.terminal.screen().palette().background().to_u32();
            self.surface.resize(console.surface.size(), self.painter.cell(), background);
        }
        view.compose(&console.terminal, &mut self.damage);
        *hovered = hovered.filter(|pos| view.screen().link_at(*pos).is_some());
        self.painter.set_hovered(hovered.map_or_else(Vec::new, |pos| view.screen().link_cells(pos)));
        self.painter.paint(view.screen(), &self.damage, self.look, &mut self.surface);
        self.unpainted = false;
    }

    /// When what blinks in a view of the screen as it is changes next: it blinks there as on the screen.
    fn blink(&mut self, view: &View, console: &Console, now: Instant) -> Option<Instant> {
        let blinks = self.painter.blinks(view.screen());
        let steady = !view.is_live() || blinks == Blinks::default();
        let (look, next) = match steady {
            true => (Look::default(), None),
            false => console.blink.at(now, blinks),
        };
        self.unpainted |= look != std::mem::replace(&mut self.look, look);
        next
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

/// Where a key scrolls to; `None` for the one that begins a search.
fn scroll_of(key: ViewKey) -> Option<Scroll> {
    Some(match key {
        ViewKey::LineUp => Scroll::Lines(1),
        ViewKey::LineDown => Scroll::Lines(-1),
        ViewKey::PageUp => Scroll::Pages(1),
        ViewKey::PageDown => Scroll::Pages(-1),
        ViewKey::Oldest => Scroll::Oldest,
        ViewKey::Live => Scroll::Live,
        ViewKey::Find => return None,
    })
}

#[cfg(test)]
#[path = "views_tests.rs"]
mod tests;
