//! Larger letters for viewers whose desktop is larger than the console's picture, where nobody may change the console's
//! size: the same cells, drawn at the largest size at which they all fit.
//!
//! ```text
//! Terminal ─(damage)─┬─► the display's painter and surface
//!                    └─► one painter and surface for each size of letters that somebody looks at
//! ```
//! Viewers with letters of one size share a picture, whatever is left around it on their desktops: that is put there
//! for each of them. What they point at is counted in the display's own pixels from here on.

use tokio::time::Instant;

use super::Console;
use super::notice::Laid;
use super::own_picture::Picture;
use super::pacing::Pacing;
use super::pointer::Pointers;
use super::views::{MAX_PICTURES, bytes};
use crate::display::{Aside, Cut, Input, NotFitting, OwnInput, PictureSide, Watching, Who};
use crate::geometry::Size;
use crate::input::PointerEvent;
use crate::render::{Blinks, Look, Painter};
use crate::surface::Surface;
use crate::terminal::Damage;

/// Sizes of letters beside its own that a console is painted in at once. Their pictures take no more bytes than those of
/// views (`MAX_PICTURES`, for both together).
pub const MAX_FITS: usize = 8;

/// Who sees a console in which size.
#[derive(Debug, Default)]
pub(super) struct Fits {
    /// One for each viewer that has asked for a size, as long as it is there.
    wishes: Vec<Wish>,
    list: Vec<Fit>,
}

#[derive(Debug)]
struct Wish {
    who: Who,
    size: Size,
    /// The cells of what it sees; `None` if those are the display's.
    cell: Option<Size>,
}

/// The console's picture with other letters.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) side: PictureSide,
    pub(super) painter: Painter,
    pub(super) surface: Surface,
    pub(super) pointers: Pointers,
    pub(super) pacing: Pacing,
    damage: Damage,
    laid: Option<Laid>,
    /// Whether what blinks was to be seen.
    look: Look,
    /// The terminal may differ from what was painted last.
    unpainted: bool,
}

impl Fits {
    /// The picture that this viewer has instead of the display's.
    pub(super) fn of(&self, who: &Who) -> Option<&Fit> {
        let cell = self.wishes.iter().find(|wish| wish.who == *who)?.cell?;
        self.with_cell(cell)
    }

    fn with_cell(&self, cell: Size) -> Option<&Fit> {
        self.list.iter().find(|fit| fit.painter.cell() == cell)
    }

    /// Whether somebody looks at one.
    pub(super) fn are_watched(&self) -> bool {
        self.list.iter().any(|fit| fit.side.is_watched())
    }

    /// Ends those that nobody looks at any more.
    pub(super) fn end_unwatched(&mut self) {
        self.list.retain(|fit| fit.side.is_watched());
        self.wishes.retain(|wish| !wish.who.is_gone());
    }

    /// The terminal has changed.
    pub(super) fn touch(&mut self) {
        self.list.iter_mut().for_each(|fit| fit.unpainted = true);
    }

    /// The terminal is another one: nothing that was painted says anything of it.
    pub(super) fn forget(&mut self) {
        for fit in &mut self.list {
            fit.damage.mark_rows(0..fit.damage.rows());
            fit.unpainted = true;
        }
    }

    /// Here is what has changed on the screen.
    pub(super) fn damaged(&mut self, damage: &Damage) {
        self.list.iter_mut().for_each(|fit| fit.damage.append(damage));
    }

    /// Whether the terminal's damage is of no interest to any of them.
    pub(super) fn are_none(&self) -> bool {
        self.list.is_empty()
    }

    /// When they are painted is up to these.
    pub(super) fn pacings(&mut self) -> impl Iterator<Item = &mut Pacing> {
        self.list.iter_mut().map(|fit| &mut fit.pacing)
    }

    /// The guest put this on the clipboards of those who look.
    pub(super) fn cut(&self, cut: &Cut) {
        self.list.iter().for_each(|fit| fit.side.cut(cut.clone()));
    }

    /// Bytes of their pictures.
    pub(super) fn bytes(&self) -> u64 {
        self.list.iter().map(|fit| bytes(fit.surface.size())).sum()
    }

    /// How many others than this viewer's there are.
    fn others(&self, who: &Who) -> usize {
        let has = |wish: &Wish, fit: &Fit| wish.who != *who && wish.cell == Some(fit.painter.cell());
        self.list.iter().filter(|fit| self.wishes.iter().any(|wish| has(wish, fit))).count()
    }
}

impl Console {
    /// A viewer wants what it sees to fill a picture of this size.
    pub(super) fn fit(&mut self, who: &Who, size: Size) {
        let placed = self.place(who, size);
        tracing::debug!(%size, not = ?placed.as_ref().err(), "a viewer wants larger letters");
        match placed {
            Ok(placed) => self.see_fit(who.clone(), size, placed),
            Err(why) => {
                let before = if why == NotFitting::Small { self.leave_fit(who) } else { None };
                who.tell(Aside::FitsNot { size, why });
                before.into_iter().for_each(Picture::end);
                self.settle(who);
            }
        }
    }

    /// The picture in which a viewer sees everything in this size, and its cell: `None` for the display itself.
    fn place(&mut self, who: &Who, size: Size) -> Result<Option<(Size, Watching)>, NotFitting> {
        let grid = self.terminal.screen().size();
        let painter = self.painter.fitting(grid, size).ok_or(NotFitting::Small)?;
        let cell = painter.cell();
        if cell == self.painter.cell() {
            return Ok(None);
        }
        if let Some(fit) = self.fits.with_cell(cell) {
            return self.side.watch_view(&fit.side).map(|view| Some((cell, view))).ok_or(NotFitting::Many);
        }
        let views = self.views.bytes(self.surface.size(), self.painter.cell());
        let room = self.fits.bytes() + views + bytes(painter.picture_size(grid)) <= MAX_PICTURES;
        if self.fits.others(who) >= MAX_FITS || !(room || self.fits.are_none()) {
            return Err(NotFitting::Many);
        }
        let mut surface = painter.new_surface(self.terminal.screen());
        let (side, view) = self.side.open_view(surface.publish()).ok_or(NotFitting::Many)?;
        self.fits.list.push(Fit {
            side,
            pointers: Pointers::new(cell),
            painter,
            surface,
            pacing: self.pacing.clone(),
            damage: Damage::none(grid),
            laid: None,
            look: Look::default(),
            unpainted: true,
        });
        Ok(Some((cell, view)))
    }

    /// Tells a viewer where it sees what it wants; what it has scrolled back to is there too.
    fn see_fit(&mut self, who: Who, size: Size, placed: Option<(Size, Watching)>) {
        let (cell, view) = placed.unzip();
        let before = self.leave_fit(&who);
        self.fits.wishes.push(Wish { who: who.clone(), size, cell });
        who.tell(Aside::Fits { of: self.side.id(), size, view });
        // It hears where it goes before it hears that this is over.
        before.into_iter().for_each(Picture::end);
        self.settle(&who);
    }

    /// Forgets what a viewer wanted. The picture of its view in those letters is to be ended.
    fn leave_fit(&mut self, who: &Who) -> Option<Picture> {
        self.fits.wishes.retain(|wish| wish.who != *who);
        self.views.of(who).and_then(|viewing| viewing.picture.take())
    }

    /// The grid or the terminal is another one: everybody gets what fits now. Those for whom nothing does go back to the
    /// display, and to this when something does again.
    pub(super) fn fit_anew(&mut self) {
        let before = std::mem::take(&mut self.fits);
        for Wish { who, size, .. } in before.wishes {
            match self.place(&who, size) {
                Ok(placed) => self.see_fit(who, size, placed),
                Err(_) => self.fits.wishes.push(Wish { who, size, cell: None }),
            }
        }
    }

    /// Gives what has changed on the screen to all that paint it.
    pub(super) fn gather(&mut self) {
        if self.fits.are_none() && self.damage.is_empty() {
            return self.terminal.take_damage(&mut self.damage);
        }
        self.terminal.take_damage(&mut self.fresh);
        self.damage.append(&self.fresh);
        self.fits.damaged(&self.fresh);
    }

    /// Paints and publishes those that somebody waits for, if it is time. When to come back, if that is known.
    pub(super) fn publish_fits(&mut self, now: Instant) -> Option<Instant> {
        if self.fits.are_none() {
            return None;
        }
        self.gather();
        let mut list = std::mem::take(&mut self.fits.list);
        let mut wakes = None;
        let all_well = self.guarded(|console| {
            wakes = list.iter_mut().filter_map(|fit| console.publish_fit(fit, now)).min();
        });
        // Their viewers see the display otherwise, which paints without them.
        if all_well {
            self.fits.list = list;
        }
        wakes
    }

    fn publish_fit(&self, fit: &mut Fit, now: Instant) -> Option<Instant> {
        if !fit.side.is_wanted() {
            if fit.unpainted {
                fit.side.mark_stale();
            }
            return None;
        }
        let blinks = fit.painter.blinks(self.terminal.screen());
        let blinking = Some(blinks).filter(|blinks| *blinks != Blinks::default());
        let (look, blinked) = blinking.map(|blinks| self.blink.at(now, blinks)).unzip();
        let look = look.unwrap_or_default();
        let changes = self.notices.changes().into_iter().chain(blinked.flatten()).min();
        if fit.unpainted || fit.look != look || fit.laid.as_ref() != self.notices.laid() {
            if let Some(wait) = fit.pacing.wait_until(now.into_std()).map(Instant::from_std) {
                fit.side.mark_stale();
                return Some(wait);
            }
            fit.look = look;
            fit.paint(self);
            fit.pacing.published(now.into_std());
        }
        // Where nothing is new nobody is woken.
        fit.side.show(fit.surface.publish(), &self.title, self.bells);
        changes
    }

    /// What this viewer does, in the display's pixels.
    pub(super) fn in_own_pixels(&self, who: &Who, mut input: Input) -> Input {
        if let Input::Pointer { event, .. } | Input::Own(OwnInput::Pointer(event, _)) = &mut input
            && let Some(fit) = self.fits.of(who)
        {
            *event = scaled(*event, fit.painter.cell(), self.painter.cell());
        }
        input
    }
}

impl Fit {
    fn paint(&mut self, console: &Console) {
        if self.laid.as_ref() != console.notices.laid() {
            self.laid = console.notices.laid().cloned();
            self.painter.set_overlay(self.laid.as_ref().map(Laid::overlay));
        }
        self.surface.set_pointer(Some(self.pointers.shape(console.terminal.wants_pointer())));
        self.painter.paint(console.terminal.screen(), &self.damage, self.look, &mut self.surface);
        self.damage.clear();
        self.unpainted = false;
    }
}

/// A place in a picture with cells of one size, where it is in one with others: in the same cell.
fn scaled(event: PointerEvent, from: Size, to: Size) -> PointerEvent {
    let scaled = |at: u32, from: u32, to: u32| {
        u32::try_from(u64::from(at) * u64::from(to) / u64::from(from.max(1))).unwrap_or(u32::MAX)
    };
    PointerEvent { x: scaled(event.x, from.width, to.width), y: scaled(event.y, from.height, to.height), ..event }
}

#[cfg(test)]
#[path = "fits_tests.rs"]
mod tests;
