//! The pictures of views: each begins as the display's, and is painted when its viewer waits for one and it shows
//! something else than before.
//!
//! ```text
//! what its viewer did ─► uncomposed ─────────────────────────► put together anew, painted
//! what the guest wrote ─► doubted ─► is it still the same? no ─┘   yes ─► at most the line that lies over it
//! ```

use tokio::time::Instant;

use super::Console;
use super::notice::Laid;
use super::pacing::Pacing;
use super::pointer::Pointers;
use super::views::Viewing;
use crate::display::{Aside, PictureSide, Watching, Who};
use crate::geometry::{CellPos, Size};
use crate::render::{Blinks, Look, Painter};
use crate::surface::Surface;
use crate::terminal::Damage;
use crate::terminal::search::Search;
use crate::terminal::view::View;

/// What is painted for one viewer.
#[derive(Debug)]
pub(super) struct Picture {
    /// Dropped before the picture ends.
    home: Home,
    pub(super) side: PictureSide,
    pub(super) painter: Painter,
    surface: Surface,
    pointers: Pointers,
    damage: Damage,
    pub(super) pacing: Pacing,
    pub(super) laid: Option<Laid>,
    /// Whether what blinks was to be seen.
    look: Look,
    /// It is to be put together anew.
    pub(super) uncomposed: bool,
    /// The terminal has changed: what it shows may be something else now.
    pub(super) doubted: bool,
}

/// Where a viewer goes when its own picture ends, if that is not the display.
#[derive(Debug)]
struct Home {
    who: Who,
    picture: Option<Watching>,
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(picture) = self.picture.take() {
            self.who.tell(Aside::View(picture));
        }
    }
}

impl Console {
    /// A picture beside the one that its viewer has seen so far, and that viewer told to look there.
    pub(super) fn open_picture(&self, who: &Who) -> Option<Picture> {
        let fit = self.fits.of(who);
        let home = fit.map(|fit| self.side.watch_view(&fit.side)).unwrap_or_default();
        let home = Home { who: who.clone(), picture: home };
        let (surface, painter, pointers, pacing) = match fit {
            Some(fit) => (&fit.surface, &fit.painter, &fit.pointers, &fit.pacing),
            None => (&self.surface, &self.painter, &self.pointers, &self.pacing),
        };
        let mut surface = surface.twin();
        let (side, watching) = self.side.open_view(surface.publish())?;
        who.tell(Aside::View(watching)).then(|| Picture {
            home,
            side,
            painter: painter.twin(),
            surface,
            pointers: pointers.clone(),
            damage: Damage::none(self.terminal.screen().size()),
            pacing: pacing.clone(),
            laid: None,
            look: Look::default(),
            uncomposed: true,
            doubted: false,
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
            list.iter_mut().for_each(|viewing| {
                viewing.scroll_along(cell, now, &console.terminal);
                viewing.said.take_if(|said| said.until.is_some_and(|until| now >= until));
            });
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
        }
        wakes
    }

    /// Paints and publishes a view, if its viewer waits for that and it is time. When to come back, if that is known.
    fn publish_view(&self, viewing: &mut Viewing, now: Instant) -> Option<Instant> {
        let due = viewing.grasp.due().into_iter().chain(viewing.said_until()).min();
        let picture = viewing.picture.as_mut()?;
        if !picture.side.is_wanted() {
            if picture.uncomposed || picture.doubted {
                picture.side.mark_stale();
            }
            return due;
        }
        let blinks = picture.blink(&viewing.view, self, now);
        let changes = self.notices.changes().into_iter().chain(blinks).chain(due).min();
        let wait = picture.pacing.wait_until(now.into_std()).map(Instant::from_std);
        if wait.is_some() && picture.doubted {
            return due.into_iter().chain(wait).min();
        }
        viewing.resolve_doubt(self);
        let laid = self.laid_over(viewing);
        let Viewing { view, hovered, picture, .. } = viewing;
        let picture = picture.as_mut()?;
        let blinked = picture.look != picture.look_now(view, self, now);
        if picture.uncomposed || blinked || picture.laid != laid {
            if wait.is_some() {
                return due.into_iter().chain(wait).min();
            }
            picture.look = picture.look_now(view, self, now);
            picture.lay(laid);
            picture.paint(view, hovered, self);
            picture.pacing.published(now.into_std());
        }
        // Where nothing is new nobody is woken.
        picture.side.show(picture.surface.publish(), &self.title, self.bells);
        changes
    }

    /// What lies over a view: its search; or how far up it is, and how to get back; else what lies over the screen.
    fn laid_over(&self, viewing: &Viewing) -> Option<Laid> {
        let size = self.terminal.screen().size();
        let (up, top) = (viewing.view.lines_up(&self.terminal), viewing.view.top_line(&self.terminal));
        // What was found in the last row of the screen is to be seen; lines further up can scroll to where it is.
        let found = viewing.view.search.as_ref().and_then(Search::found);
        let covered = found.is_some_and(|found| found.last.line == top + u64::from(size.rows) - 1);
        let row = if covered { 0 } else { size.rows - 1 };
        let notice = self.notices.laid();
        let (said, beside) = match (&viewing.prompt, &viewing.view.search, &viewing.said) {
            (Some(prompt), Some(search), None) => prompt.says(search, up, size.cols),
            (Some(prompt), Some(search), Some(said)) => (prompt.says(search, up, size.cols).0, said.text.to_string()),
            (.., Some(said)) => (said.text.to_string(), if up > 0 { lines_up(up) } else { String::new() }),
            _ if up == 0 => return notice.cloned(),
            _ => (notice.map_or("not live: any key returns", Laid::said).to_owned(), lines_up(up)),
        };
        Some(Laid::new(said, beside, row, size.cols, notice.is_some_and(Laid::hides_cursor)))
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
    /// The terminal has changed: finds out whether what this view shows has.
    fn resolve_doubt(&mut self, console: &Console) {
        let Some(picture) = self.picture.as_mut() else { return };
        if !std::mem::take(&mut picture.doubted) {
            return;
        }
        if self.view.check_selection(&console.terminal) {
            self.grasp.let_go();
            picture.uncomposed = true;
        }
        picture.uncomposed |= !self.view.is_current(&console.terminal);
    }

    /// Whether there is still something to keep it for. A picture of nothing more than the screen goes: where the text of
    /// a link has changed under a pointer, nothing is left to show.
    fn keep(&mut self, now: Instant) -> bool {
        if !self.is_needed() {
            self.picture = None;
        }
        self.is_needed() || self.grasp.is_busy(now)
    }
}

impl Picture {
    /// Ends it. Its viewer has been told where to look.
    pub(super) fn end(mut self) {
        self.home.picture = None;
    }

    /// The size that it is to have where the display's, whose cells are `cell`, is `size`.
    pub(super) fn becomes(&self, size: Size, cell: Size) -> Size {
        if self.painter.cell() == cell { size } else { self.surface.size() }
    }

    /// Lays this over it when it is painted next.
    fn lay(&mut self, laid: Option<Laid>) {
        if self.laid != laid {
            self.painter.set_overlay(laid.as_ref().map(Laid::overlay));
            self.laid = laid;
        }
    }

    fn paint(&mut self, view: &mut View, hovered: &mut Option<CellPos>, console: &Console) {
        let guests = view.is_live() && console.terminal.wants_pointer();
        self.surface.set_pointer(Some(self.pointers.shape(guests)));
        let grid = console.terminal.screen().size();
        let size = self.becomes(console.surface.size(), console.painter.cell());
        if self.surface.size() != size {
            let background = console.terminal.screen().palette().background().to_u32();
            self.surface.resize(size, self.painter.cell(), background);
        }
        if std::mem::take(&mut self.uncomposed) || view.screen().size() != grid {
            view.compose(&console.terminal, &mut self.damage);
            *hovered = hovered.filter(|pos| view.screen().link_at(*pos).is_some());
            self.painter.set_hovered(hovered.map_or_else(Vec::new, |pos| view.screen().link_cells(pos)));
        } else {
            self.damage.reset(grid);
        }
        self.painter.paint(view.screen(), &self.damage, self.look, &mut self.surface);
    }

    /// When what blinks in a view of the screen as it is changes next: it blinks there as on the screen.
    fn blink(&self, view: &View, console: &Console, now: Instant) -> Option<Instant> {
        self.blinking(view).and_then(|blinks| console.blink.at(now, blinks).1)
    }

    /// How what blinks is to look now.
    fn look_now(&self, view: &View, console: &Console, now: Instant) -> Look {
        self.blinking(view).map_or(Look::default(), |blinks| console.blink.at(now, blinks).0)
    }

    /// What blinks, if anything does: what is not live is steady.
    fn blinking(&self, view: &View) -> Option<Blinks> {
        let blinks = self.painter.blinks(view.screen());
        Some(blinks).filter(|blinks| view.is_live() && *blinks != Blinks::default())
    }
}

#[cfg(test)]
#[path = "own_picture_tests.rs"]
mod tests;
