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
use std::time::Duration;

use tokio::time::Instant;

use super::Console;
use super::finding::{Prompt, Taken};
use super::marking::Grasp;
use super::notice::NOTE_TIME;
use super::own_picture::Picture;
use super::pacing::Pacing;
use crate::display::{Aside, Cut, NotPasted, OwnInput, Paste, Who};
use crate::geometry::{CellPos, Size};
use crate::input::chord::{ViewKey, view_key};
use crate::input::{KeyEvent, Modifiers, PointerEvent};
use crate::surface::Pixel;
use crate::terminal::lines::LinePos;
use crate::terminal::search::Towards;
use crate::terminal::view::{Scroll, View};
use crate::terminal::{LineSize, Screen, Terminal};

/// Viewers of one console that may have a view of their own at once.
pub const MAX_VIEWS: usize = 32;
/// Bytes of the pictures of those views; the largest that there is fits.
pub const MAX_PICTURES: u64 = 64 << 20;

/// The views of a console.
#[derive(Debug, Default)]
pub(super) struct Views {
    pub(super) list: Vec<Viewing>,
}

/// One viewer's view.
#[derive(Debug)]
pub(super) struct Viewing {
    pub(super) who: Who,
    pub(super) view: View,
    pub(super) grasp: Grasp,
    /// Its search, which `view` has the rest of.
    pub(super) prompt: Option<Prompt>,
    /// What is to be said to this viewer alone, until it does something.
    pub(super) said: Option<Said>,
    /// Where its pointer is on a link, which is underlined for this viewer only.
    pub(super) hovered: Option<CellPos>,
    pub(super) picture: Option<Picture>,
}

/// What is said to one viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: Arc<str>,
    /// No longer than until then.
    pub(super) until: Option<Instant>,
}

impl Said {
    /// As long as it does nothing else.
    pub(super) fn until_it_acts(text: &str) -> Self {
        Self { text: text.into(), until: None }
    }
}

impl Views {
    /// The terminal has changed.
    pub(super) fn touch(&mut self) {
        self.pictures().for_each(|picture| picture.doubted = true);
    }

    /// When they are painted is up to these.
    pub(super) fn pacings(&mut self) -> impl Iterator<Item = &mut Pacing> {
        self.pictures().map(|picture| &mut picture.pacing)
    }

    /// Bytes of their pictures where the display's, whose cells are `cell`, is `size`.
    pub(super) fn bytes(&self, size: Size, cell: Size) -> u64 {
        let pictures = self.list.iter().filter_map(|viewing| viewing.picture.as_ref());
        pictures.map(|picture| bytes(picture.becomes(size, cell))).sum()
    }

    /// The guest put this on the clipboards of those who look.
    pub(super) fn cut(&mut self, cut: &Cut) {
        self.pictures().for_each(|picture| picture.side.cut(cut.clone()));
    }

    /// Whether somebody looks at one.
    pub(super) fn are_watched(&self) -> bool {
        self.list.iter().filter_map(|viewing| viewing.picture.as_ref()).any(|picture| picture.side.is_watched())
    }

    /// Ends all of them, since where they were in the text is not known any more: their viewers go back to the display.
    /// Whoever types a query goes on typing it: its keys are not for the guest.
    pub(super) fn end_all(&mut self, terminal: &Terminal) {
        self.list.retain_mut(|viewing| {
            viewing.grasp.let_go();
            viewing.search_anew(terminal);
            viewing.touch();
            viewing.is_typing()
        });
    }

    /// Ends those that nobody looks at any more.
    pub(super) fn end_unwatched(&mut self) {
        self.list.retain(|viewing| {
            !viewing.who.is_gone() && viewing.picture.as_ref().is_none_or(|picture| picture.side.is_watched())
        });
    }

    pub(super) fn pictures(&mut self) -> impl Iterator<Item = &mut Picture> {
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

    /// Where they are, and where their searches are, for a terminal that gets another size.
    pub(super) fn places(&self) -> Vec<LinePos> {
        let places = |viewing: &Viewing| {
            let [found, home] = viewing.search_places();
            [viewing.view.place(), found, home].map(|place| place.unwrap_or(LIVE))
        };
        self.list.iter().flat_map(places).collect()
    }

    /// Where [`Views::places`] have come to.
    pub(super) fn resized(&mut self, places: &[LinePos], terminal: &Terminal) {
        for (viewing, places) in self.list.iter_mut().zip(places.chunks(3)) {
            let &[place, found, home] = places else { continue };
            let place = Some(place).filter(|_| !viewing.view.is_live());
            viewing.view.resized(place, terminal);
            viewing.search_resized(found, home, terminal);
            viewing.grasp.let_go();
            viewing.touch();
        }
    }

    /// The picture, whose cells are `cell`, has become `size`, and there are so many bytes of others: ends the views, from
    /// the newest, for which there is no room any more. Whether there were any.
    pub(super) fn end_surplus(&mut self, size: Size, cell: Size, beside: u64) -> bool {
        let (mut used, before) = (0, self.list.len());
        self.list.retain_mut(|viewing| {
            let first = used == 0;
            used += viewing.picture.as_ref().map_or(0, |picture| bytes(picture.becomes(size, cell)));
            let fits = viewing.picture.is_none() || first || used + beside <= MAX_PICTURES;
            if !fits && viewing.is_typing() {
                viewing.picture = None;
            }
            fits || viewing.is_typing()
        });
        self.list.len() < before
    }
}

/// The bytes of a picture.
pub(super) fn bytes(size: Size) -> u64 {
    size.area() * size_of::<Pixel>() as u64
}

/// Stands for a view that shows the screen.
const LIVE: LinePos = LinePos { line: 0, col: 0 };

impl Viewing {
    /// Whether it shows more than the screen.
    pub(super) fn is_needed(&self) -> bool {
        self.is_asked_for() || self.hovered.is_some()
    }

    /// Whether it does only because the pointer happens to be on a link.
    fn is_only_hovered(&self) -> bool {
        !self.is_asked_for()
    }

    fn is_asked_for(&self) -> bool {
        let marked = self.view.selection.as_ref().is_some_and(|selection| !selection.is_empty());
        !self.view.is_live() || marked || self.prompt.is_some() || self.said.is_some()
    }

    /// Whether a line of ours lies over the last row.
    pub(super) fn covers_last_row(&self) -> bool {
        !self.view.is_live() || self.prompt.is_some()
    }

    /// When what is said to its viewer has been said for long enough.
    pub(super) fn said_until(&self) -> Option<Instant> {
        self.said.as_ref().and_then(|said| said.until)
    }

    /// It may differ from what was painted last.
    pub(super) fn touch(&mut self) {
        self.picture.iter_mut().for_each(|picture| picture.uncomposed = true);
    }
}

impl Console {
    /// Gives a key to its viewer's view; whether that was all that is to be done about it. A key that types leads back
    /// to the screen first.
    pub(super) fn view_takes_key(&mut self, who: &Who, event: &KeyEvent, held: Modifiers) -> bool {
        if !event.down {
            return self.taken.release(who, event);
        }
        if let Some(viewing) = self.views.of(who) {
            viewing.said = None;
        }
        let scrolled = self.views.of(who).is_some_and(|viewing| viewing.covers_last_row());
        let mut takes = self.view_heeds_key(who, event, held, scrolled);
        if !takes && self.taken.repeats(who, event) {
            // It has done all that it could, and is held down a moment too long.
            takes = true;
        } else if !takes && scrolled && !event.keysym.is_modifier() {
            self.scroll_view(who, Scroll::Live);
        }
        self.taken.press(who, event, takes);
        self.settle(who);
        takes
    }

    /// Does in its viewer's view what a key that went down asks for there, if anything.
    fn view_heeds_key(&mut self, who: &Who, event: &KeyEvent, held: Modifiers, scrolled: bool) -> bool {
        // Full-screen programs have no history, and uses for these keys (as in VTE).
        let ours = scrolled || !self.terminal.screen().on_alternate();
        let key = view_key(event.keysym, held).filter(|key| match key {
            ViewKey::Find => true,
            // Where no shell has said where its prompts are, these keys are the guest's.
            ViewKey::PromptUp | ViewKey::PromptDown => ours && (scrolled || self.terminal.has_prompts()),
            _ => ours,
        });
        match key.map(scroll_of) {
            Some(Some(scroll)) => {
                self.scroll_view(who, scroll);
                true
            }
            Some(None) => {
                match self.views.viewing(who, &self.terminal) {
                    Some(viewing) => viewing.begin_search(&self.terminal),
                    None => too_many(who),
                }
                true
            }
            None => {
                let viewing = self.views.of(who);
                viewing.is_some_and(|viewing| viewing.search_takes(event, held, &self.terminal) == Taken::Yes)
            }
        }
    }

    /// What a viewer does that may only watch.
    pub(super) fn view_takes(&mut self, who: &Who, input: OwnInput) {
        match input {
            OwnInput::Key(event, held, why) => {
                let why = why.filter(|_| event.down && !event.keysym.is_modifier());
                if !self.says_already(who, why.as_deref(), view_key(event.keysym, held))
                    && !self.view_takes_key(who, &event, held)
                    && let Some(why) = why
                {
                    self.say_to(who, why, NOTE_TIME);
                }
            }
            OwnInput::Pointer(event, held) => self.view_follows(who, event, held),
            OwnInput::Say(text, time) => self.say_to(who, text, time),
            OwnInput::Yield => self.yield_paste(who),
            // A console acts on presses.
            OwnInput::LetGo => {}
        }
    }

    /// Whether a viewer that only sees the screen reads already what a key of no use to it would have us say.
    fn says_already(&mut self, who: &Who, why: Option<&str>, key: Option<ViewKey>) -> bool {
        let viewing = self.views.of(who).filter(|viewing| key.is_none() && !viewing.covers_last_row());
        let said = viewing.and_then(|viewing| viewing.said.as_ref());
        said.is_some_and(|said| said.until.is_some() && why == Some(&*said.text))
    }

    /// Says something to one viewer, until it does something or some time has passed; an empty text takes back what was said.
    fn say_to(&mut self, who: &Who, text: Arc<str>, time: Duration) {
        if text.is_empty() {
            if let Some(viewing) = self.views.of(who).filter(|viewing| viewing.said.is_some()) {
                viewing.said = None;
                viewing.touch();
                self.settle(who);
            }
            return;
        }
        let Some(viewing) = self.views.viewing(who, &self.terminal) else {
            return too_many(who);
        };
        viewing.said = Some(Said { text, until: Some(Instant::now() + time) });
        viewing.touch();
        self.settle(who);
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
            if differs {
                viewing.touch();
            }
        }
    }

    /// The guest has a viewer's pointer: it is on no link of ours.
    pub(super) fn unhover(&mut self, who: &Who) {
        if let Some(viewing) = self.views.of(who)
            && viewing.hovered.take().is_some()
        {
            viewing.touch();
            self.settle(who);
        }
    }

    /// Scrolls a viewer's view. Where there are no lines to scroll to, nothing happens.
    fn scroll_view(&mut self, who: &Who, scroll: Scroll) {
        let Some(viewing) = self.views.viewing(who, &self.terminal) else {
            return too_many(who);
        };
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
                let room = self.has_room_for_view(who);
                let unasked = viewing.is_only_hovered();
                let picture = if room { self.open_picture(who) } else { None };
                match picture {
                    Some(picture) => self.views.list[at].picture = Some(picture),
                    // Its keys are not for the guest, even if it does not see them.
                    None if self.views.list[at].is_typing() => {}
                    None => drop(self.views.list.remove(at)),
                }
                if !room && !unasked {
                    too_many(who);
                }
            }
            (false, _) if !viewing.grasp.is_busy(Instant::now()) => drop(self.views.list.remove(at)),
            (false, true) => self.views.list[at].picture = None,
            _ => {}
        }
    }

    /// Whether this viewer may have a picture of its own. One may always be.
    fn has_room_for_view(&self, who: &Who) -> bool {
        let size = self.fits.of(who).map_or(self.surface.size(), |fit| fit.surface.size());
        let used = self.views.bytes(self.surface.size(), self.painter.cell());
        used == 0 || used + self.fits.bytes() + bytes(size) <= MAX_PICTURES
    }

    /// A viewer pastes: into its query, if that is being typed. Whether it was.
    pub(super) fn view_takes_paste(&mut self, who: &Who, paste: &Result<Paste, NotPasted>) -> bool {
        self.views.of(who).is_some_and(|viewing| viewing.search_takes_paste(paste))
    }

    /// Whether the pointer of a viewer is its own, whatever the guest has asked for: what it points at is not where the
    /// guest has it, or it types a query.
    pub(super) fn has_own_pointer(&mut self, who: &Who) -> bool {
        self.views.of(who).is_some_and(|viewing| viewing.covers_last_row())
    }

    /// What this viewer does is for the guest: it shall see what comes of it.
    pub(super) fn view_goes_live(&mut self, who: &Who) {
        if let Some(viewing) = self.views.of(who).filter(|viewing| viewing.covers_last_row()) {
            viewing.end_search(None, &self.terminal);
            self.settle(who);
        }
    }
}

/// Tells a viewer, and nobody else, that it cannot have a view.
pub(super) fn too_many(who: &Who) {
    tracing::debug!("no view: too many viewers have one");
    who.tell(Aside::Bell);
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
        ViewKey::PromptUp => Scroll::Prompt(Towards::Oldest),
        ViewKey::PromptDown => Scroll::Prompt(Towards::Newest),
        ViewKey::Find => return None,
    })
}

#[cfg(test)]
#[path = "views_tests.rs"]
mod tests;
