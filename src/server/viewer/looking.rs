//! What a viewer looks at, and how the picture of that gets to it: from one virtual terminal to another, from a display to
//! a view beside it and back, and from what has been seen to what is shown now.

use std::sync::Arc;

use tokio::time::Instant;

use super::super::Server;
use super::super::disconnect::Disconnect;
use super::super::dispatch::{Hands, SAID};
use super::super::extension::Around;
use super::cropping::{Led, from_frame, view};
use super::noting::Noting;
use super::refining::Refining;
use super::{NOTICES, Viewer};
use crate::console::vt::VtNumber;
use crate::display::{Display, Input, Kind, NotFitting, NotPasted, Note, OwnInput, Shown, Watching};
use crate::geometry::{Point, Size};
use crate::input::Locks;
use crate::rfb::encode::{WireFormat, encode};
use crate::rfb::ext::desktop_size::{Reason, Status};
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelFormat;
use crate::rfb::plan::{plan, repaint};
use crate::rfb::server::{ServerConnection, ServerEvent};
use crate::surface::{Frame, Seq};

/// What a viewer looks at, and how much of it it has seen.
pub(super) struct Looking {
    pub(super) vt: VtNumber,
    pub(super) watching: Watching,
    /// The frame it has, or will have when what is queued has arrived.
    seen: Seq,
    /// What of it the viewer does not have exactly.
    refining: Refining,
    /// What it has instead, until it has seen the first frame of another picture of the same console: a frame that led
    /// up to this one.
    left: Option<(Arc<Frame>, Seq)>,
    /// What lies over a proxied screen for this viewer alone.
    pub(super) noting: Noting,
    title: Arc<str>,
    bells: u64,
    cuts: u64,
    /// How often the guest had put the pointer somewhere.
    placed: u64,
    /// The lamps of the guest's keyboard, if it tells of them.
    lamps: Option<Locks>,
    /// The size of the frame that it saw last.
    size: Size,
    /// Where what it sees of a screen begins that is larger than its picture.
    corner: Point,
    /// Whether the pointer has led there.
    led: Led,
    /// Who caused the size of the next frame.
    reason: Reason,
}

impl Looking {
    /// The lamps of the guest's keyboard, if it tells of them.
    pub(super) fn lamps(&self) -> Option<Locks> {
        self.lamps
    }

    /// When what it does not have exactly is looked at again.
    pub(super) fn refines_at(&self) -> Option<Instant> {
        // A line that is to be laid over it, or taken away, goes first.
        self.refining.deadline(Instant::now()).filter(|_| self.seen != Seq::NONE && !self.noting.is_new())
    }

    /// The size of the frame that it saw last.
    pub(super) fn size(&self) -> Size {
        self.size
    }
}

impl Viewer {
    /// From now on its desktop has a size of its own, and shows `view` of display `of`, or that itself.
    pub(super) fn fits(&mut self, of: u32, size: Size, view: Option<Watching>) {
        // One that it has left meanwhile has nothing to say any more.
        let Some(looking) = self.looking.as_mut().filter(|looking| looking.watching.of() == of) else { return };
        if self.wish.replace(size) != Some(size) || self.conn.size() != size {
            // It lies elsewhere in the picture now.
            (looking.seen, looking.left) = (Seq::NONE, None);
        }
        let elsewhere = looking.watching.id() != of;
        let display = self.server.guest.vt(looking.vt).map(|vt| &vt.display).filter(|_| elsewhere);
        let to = view.or_else(|| display.map(Display::watch));
        self.see(|_| to);
    }

    /// What it looks at does not fit into `size`. What it wished for before is not what its user wants any more; but where
    /// it has only turned to a larger console, it is kept for others.
    pub(super) fn fits_not(&mut self, size: Size, why: NotFitting) {
        tracing::debug!(?why, "resize refused");
        self.conn.refuse_resize(match why {
            NotFitting::Small | NotFitting::Refused => Status::Prohibited,
            NotFitting::Many => Status::OutOfResources,
        });
        if why != NotFitting::Small || self.wish.is_none_or(|wish| wish == size) {
            return;
        }
        self.wish = None;
        let Some(looking) = &mut self.looking else { return };
        (looking.seen, looking.left) = (Seq::NONE, None);
        let display = self.server.guest.vt(looking.vt).map(|vt| vt.display.watch());
        self.see(|_| display);
    }

    /// The view that it saw has ended: back to the display itself, unless it was told to look elsewhere; an error if that
    /// was it.
    pub(super) fn return_from_view(&mut self) -> Result<(), Disconnect> {
        if let Some(aside) = self.hands.try_aside() {
            self.listen(aside);
            return Ok(());
        }
        let Some(looking) = &self.looking else { return Ok(()) };
        let display = self.display_of(looking.vt).filter(|display| display.id() != looking.watching.id());
        let own = display.ok_or(Disconnect::NoDisplay)?.watch();
        self.see(|_| Some(own));
        Ok(())
    }

    /// Who sees a part of a screen only sees what is beyond an edge once the pointer comes there.
    pub(super) fn follow_pointer(&mut self, event: &ServerEvent, now: Instant) {
        let (ServerEvent::Pointer(event), Some(looking)) = (event, &mut self.looking) else { return };
        // A click is let go where it was made, and what is dragged stays under the pointer.
        if event.buttons != 0 || self.hands.holds_buttons() {
            return;
        }
        let Some(view) = self.conn.wire_format().and_then(|format| format.view) else { return };
        if looking.watching.kind() == Kind::Graphics
            && let Some(corner) = looking.led.follow(Point { x: event.x, y: event.y }, view, looking.size, now)
        {
            looking.corner = corner;
            (looking.seen, looking.left) = (Seq::NONE, None);
        }
    }

    /// Looks at another picture of the same console from now on.
    pub(super) fn see(&mut self, choose: impl FnOnce(&Looking) -> Option<Watching>) {
        let Some(looking) = &mut self.looking else { return };
        let Some(watching) = choose(looking) else { return };
        tracing::debug!(own = watching.id() != watching.of(), "sees another picture of the VT");
        let mut before = std::mem::replace(&mut looking.watching, watching);
        looking.reason = Reason::Server;
        let goes_on = before.id() == looking.watching.of() && looking.watching.goes_on_from(looking.seen);
        if looking.seen != Seq::NONE && !goes_on {
            looking.left = Some((before.newest().frame, looking.seen));
            looking.seen = Seq::NONE;
        }
        let id = before.id();
        if before.leave() {
            self.server.cache.forget(id);
        }
    }

    /// Exchanges one display for another, after the keys held in the old one were released there.
    pub(super) fn switch(&mut self, vt: VtNumber) {
        let exists = self.server.guest.seen_by(self.only()).vt(vt).is_some();
        let Some(looking) = self.looking.as_ref().filter(|_| exists) else { return };
        (self.leaving, self.farewell) = (None, None);
        if looking.vt == vt {
            return;
        }
        let releases = self.hands.let_go();
        self.backlog.extend(releases, looking.watching.input(), Instant::now());
        // A console can do without them, but a key of a proxied screen would stay down.
        if looking.watching.kind() == Kind::Graphics && self.backlog.blocks() {
            self.leaving = Some(vt);
        } else {
            self.turn_to(vt);
        }
    }

    /// Goes where it was to go, once nothing holds it up any more.
    pub(super) fn turn_away(&mut self) {
        if let Some(vt) = self.leaving.take_if(|_| !self.backlog.blocks()) {
            self.turn_to(vt);
            if let Some(said) = self.farewell.take() {
                self.say_farewell(&said);
            }
        }
    }

    /// Where it turned to, the others turn too, if that is how the server is set up.
    pub(super) fn take_along(&self, vt: VtNumber) {
        let Some(display) = self.display_of(vt).filter(|_| self.server.settings.all_switch) else { return };
        if self.hands.writes() && self.only().is_none() {
            self.server.roster.show(None, display.id());
        }
    }

    /// The proxied screen of that number has ended: back to the console that it came from, if it looks there; and why is
    /// said there.
    pub(super) fn go_back(&mut self, display: u32, said: Arc<str>) {
        // Another may have taken its place before this was heard.
        let stays = self.server.guest.up().contains(&display);
        if stays || self.looking.as_ref().is_none_or(|looking| looking.watching.of() != display) {
            return;
        }
        let guest = self.server.guest.seen_by(self.only());
        let console = || guest.iter().find(|(_, vt)| vt.display.kind() == Kind::Text).map(|(vt, _)| vt);
        if let Some(vt) = self.came_from.take().or_else(console) {
            self.switch(vt);
            match self.leaving {
                Some(_) => self.farewell = Some(said),
                None => self.say_farewell(&said),
            }
        }
    }

    /// Says why it was led back; who types just now is not heard until he has seen that.
    fn say_farewell(&mut self, said: &Arc<str>) {
        match self.hush.begin(Instant::now()) {
            true => self.say(format!("{said}; keys count again once you pause").into()),
            false => self.say(Arc::clone(said)),
        }
    }

    /// Says something over what it looks at.
    pub(super) fn say(&mut self, said: Arc<str>) {
        let Some(looking) = &self.looking else { return };
        let said = vec![Input::Own(OwnInput::Say(said, SAID))];
        self.backlog.extend(said, looking.watching.input(), Instant::now());
    }

    fn turn_to(&mut self, vt: VtNumber) {
        let before = self.looking.as_ref().map(|looking| (looking.vt, looking.watching.kind()));
        if let Some((console, Kind::Text)) = before {
            self.came_from = Some(console);
        }
        // What the old display has no room for is not the new one's; and it lets go what is held there.
        let left_paste = self.backlog.drop_all();
        self.leave_display();
        self.look_at(vt);
        if let Some(looking) = self.looking.as_ref().filter(|_| left_paste) {
            let said = vec![Input::Paste(Err(NotPasted::LeftBehind))];
            self.backlog.extend(said, looking.watching.input(), Instant::now());
        }
    }

    pub(super) fn look_at(&mut self, vt: VtNumber) {
        let Some(display) = self.server.guest.vt(vt).map(|vt| &vt.display) else { return };
        tracing::debug!(vt = vt.get(), "looks at a VT");
        let shown = display.peek();
        self.looking = Some(Looking {
            vt,
            watching: display.watch(),
            seen: Seq::NONE,
            refining: Refining::default(),
            left: None,
            noting: Noting::default(),
            title: "".into(),
            bells: shown.bells,
            cuts: shown.cut.count,
            placed: shown.beside.placed.count,
            lamps: None,
            size: shown.frame.size(),
            corner: Point::default(),
            led: Led::default(),
            reason: Reason::Server,
        });
        self.backlog.turn_to(display.kind());
        self.hush.end();
        self.conn.show_screen(display.kind() == Kind::Graphics);
        let clipboard = self.hands.meet(display);
        if let Some(seat) = &self.seat {
            seat.looks_at(display.id());
        }
        // The name without a title; with one it follows as soon as the first frame is taken.
        self.conn.send_name(self.server.guest.desktop_name(vt, "").into());
        let Some(looking) = &self.looking else { return };
        // A proxied screen has no letters to be made larger.
        let fit = self.wish.filter(|_| looking.watching.kind() == Kind::Text).map(Input::Fit);
        self.backlog.extend(clipboard.into_iter().chain(fit).collect(), looking.watching.input(), Instant::now());
    }

    pub(super) fn leave_display(&mut self) {
        let Some(looking) = self.looking.take() else { return };
        for release in self.hands.let_go() {
            // A console that has no room for it can do without: it acts on presses. A proxied screen hears that its
            // viewer has gone, and lets go what is held.
            let _ = looking.watching.input().try_send((self.hands.who(), release));
        }
        let id = looking.watching.id();
        if looking.watching.leave() {
            self.server.cache.forget(id);
        }
    }

    /// Queues what may go out now: notices, then pictures and streams in turns.
    pub(super) async fn prepare(&mut self) {
        if self.hung_up || self.looking.is_none() || self.prepare_notices() {
            return;
        }
        let streamed = !std::mem::take(&mut self.streamed) && self.prepare_streams();
        if !streamed && !self.prepare_picture().await {
            self.prepare_streams();
        }
    }

    /// Queues what streams carry.
    fn prepare_streams(&mut self) -> bool {
        if self.conn.takes_notices() {
            let now = Instant::now();
            while self.conn.queued() < NOTICES
                && let Some(notice) = self.extension.next_of_streams(now)
            {
                self.conn.send_notice(&notice);
            }
            self.streamed = self.conn.queued() > 0;
        }
        self.streamed
    }

    /// Queues what is told by the console extension.
    fn prepare_notices(&mut self) -> bool {
        let only = self.only();
        if let Some(looking) = self.looking.as_ref().filter(|_| self.conn.takes_notices()) {
            let (server, now) = (&self.server, Instant::now());
            let (viewer, role, vt) = (self.ticket.number(), self.hands.role(), looking.vt);
            let guest = server.guest.seen_by(only);
            let around = Around { guest, roster: &server.roster, viewer, role, vt };
            while self.conn.queued() < NOTICES
                && let Some(notice) = self.extension.next(around, now)
            {
                self.conn.send_notice(&notice);
            }
            return self.conn.queued() > 0;
        }
        false
    }

    /// Queues title, bell, size, pixels.
    async fn prepare_picture(&mut self) -> bool {
        let Some(looking) = self.looking.as_mut() else { return false };
        let Some(wanted) = self.conn.update_wanted() else { return false };
        let shown = looking.watching.newest();
        let seen = if wanted.full { Seq::NONE } else { looking.seen };
        if seen == Seq::NONE && shown.stale {
            // Title and bells are no newer than the frame: who comes back from a view has heard of more.
            looking.watching.want_beyond(seen);
            return false;
        }
        let told = tell(&self.server, &mut self.conn, looking, &mut self.hands, &shown);
        let frame = shown.frame;
        if seen != Seq::NONE && !looking.noting.is_new() && self.refine(&frame).await {
            return true;
        }
        let Some(looking) = self.looking.as_mut() else { return told };
        if frame.seq() <= seen && !looking.noting.is_new() {
            looking.watching.want_beyond(seen);
            return told;
        }
        looking.size = frame.size();
        let had = self.conn.size();
        if !fit(&mut self.conn, looking, self.wish) {
            self.had = Some(had).filter(|_| looking.reason != Reason::ThisClient);
            // What becomes of its pixels then is its own affair.
            looking.left = None;
            return true;
        }
        looking.reason = Reason::OtherClient;
        let Some(format) = self.conn.wire_format().cloned() else { return told };
        let step = looking.step(&frame, wanted.full, &format);
        let from = self.conn.fit_colours(step.target(), step.from);
        // The colours may be others now.
        let Some(format) = self.conn.wire_format().cloned() else { return told };
        let update = match step.is_shared {
            // Nobody else makes this step.
            false => Arc::new(encode(step.target(), &plan(step.target(), from, &format), &format)),
            true => self.server.cache.get(looking.watching.id(), &frame, from, &format).await,
        };
        if update.rects() == 0 && !wanted.full {
            // What changed lies outside the viewer's picture, or was undone.
            looking.has(&frame, step);
            looking.watching.want_beyond(looking.seen);
            return told;
        }
        if self.conn.send_update(&update, &format, Instant::now().into_std()) {
            let skipped =
                if from == Seq::NONE || !step.is_shared { 0 } else { (frame.seq().0 - from.0).saturating_sub(1) };
            tracing::trace!(seq = frame.seq().0, rects = update.rects(), bytes = update.len(), skipped, "update");
            self.updates += 1;
            self.skipped += skipped;
            let damage = (from != Seq::NONE).then(|| step.target().damage_since(from));
            looking.refining.sent(damage.as_ref(), update.lossy(), Instant::now());
            looking.has(&frame, step);
            log_format(&mut self.logged, &format);
        }
        true
    }

    /// From now on this lies over what it sees of the proxied screen of that number, or nothing does.
    pub(super) fn lay_over(&mut self, of: u32, note: Option<Note>) {
        if let Some(looking) = self.looking.as_mut().filter(|looking| looking.watching.of() == of) {
            looking.noting.set(note);
        }
    }
}

/// What leads a viewer from what it has to what it is to have.
struct Step {
    /// What it is to have, with what lies over it.
    picture: Arc<Frame>,
    /// The same, as it follows what the viewer has, if that is no frame of the display.
    crossing: Option<Frame>,
    /// The frame that it has, in the numbers of `crossing` or of the display.
    from: Seq,
    /// Others may make it, too.
    is_shared: bool,
    /// The line that is to be there is in it.
    noted: bool,
}

impl Step {
    fn target(&self) -> &Frame {
        self.crossing.as_ref().unwrap_or(&self.picture)
    }
}

impl Looking {
    /// What leads to `frame`; all of it, if that is asked for.
    fn step(&self, frame: &Arc<Frame>, full: bool, format: &WireFormat) -> Step {
        let seen = if full { Seq::NONE } else { self.seen };
        let left = self.left.as_ref().filter(|_| !full);
        let known = self.noting.has().or_else(|| (frame.seq() == seen).then_some(frame));
        // A line is laid over what the viewer has, as soon as that is known.
        if self.noting.is_idle() || left.is_some() || seen != Seq::NONE && known.is_none() {
            let crossing = left.and_then(|(left, seen)| frame.after(left, *seen));
            let (crossing, from) = crossing.map_or((None, seen), |(frame, before)| (Some(frame), before));
            let is_shared = crossing.is_none();
            return Step { picture: Arc::clone(frame), crossing, from, is_shared, noted: false };
        }
        let part = format.view.map_or(frame.size().rect(), |view| view.shown(frame.size()));
        let picture = self.noting.over(frame, part);
        let crossing = known.filter(|_| seen != Seq::NONE).and_then(|known| picture.after(known, known.seq()));
        let (crossing, from) = crossing.map_or((None, Seq::NONE), |(frame, before)| (Some(frame), before));
        Step { picture, crossing, from, is_shared: false, noted: true }
    }

    /// The viewer has `frame` now, by that step.
    fn has(&mut self, frame: &Frame, step: Step) {
        (self.seen, self.left) = (frame.seq(), None);
        self.noting.sent(step.picture, step.noted);
    }
}

impl Viewer {
    /// Gives it exactly what it has of a frame not exactly, and what has been quiet for a while; a part of it, so that what
    /// changes meanwhile has its turn. Whether it was sent anything.
    async fn refine(&mut self, frame: &Frame) -> bool {
        let Some(looking) = &mut self.looking else { return false };
        let now = Instant::now();
        if looking.refining.deadline(now).is_none_or(|at| at > now) {
            return false;
        }
        let Some(region) = looking.refining.next(now, &frame.damage_since(looking.seen)) else { return false };
        let Some(format) = self.conn.wire_format().cloned() else { return false };
        let update = match looking.noting.has() {
            None => self.server.cache.again(looking.watching.id(), frame, &region, &format).await,
            // Nobody else has it with that line over it.
            Some(noted) => {
                let format = format.lossless();
                Arc::new(encode(noted, &repaint(noted, &region, &format), &format))
            }
        };
        if update.rects() > 0 && !self.conn.send_update(&update, &format, Instant::now().into_std()) {
            return false;
        }
        looking.refining.refined(&region, Instant::now());
        if update.rects() == 0 {
            return false;
        }
        tracing::trace!(seq = looking.seen.0, rects = update.rects(), bytes = update.len(), "exactly now");
        self.updates += 1;
        true
    }
}

/// Says how updates are made, whenever that has changed.
fn log_format(logged: &mut Option<(Encoding, PixelFormat)>, format: &WireFormat) {
    let now = (format.encoding, format.pixel_format);
    if *logged != Some(now) {
        *logged = Some(now);
        let PixelFormat { bits_per_pixel, depth, true_colour, .. } = format.pixel_format;
        tracing::debug!(encoding = ?format.encoding, bits_per_pixel, depth, true_colour, "picture sent");
    }
}

/// Tells what is new beside the picture; whether anything is.
fn tell(server: &Server, conn: &mut ServerConnection, looking: &mut Looking, hands: &mut Hands, shown: &Shown) -> bool {
    let mut told = false;
    if looking.bells != shown.bells {
        looking.bells = shown.bells;
        conn.send_bell();
        told = true;
    }
    if looking.cuts != shown.cut.count {
        looking.cuts = shown.cut.count;
        // A clipboard may hold a password: those who only watch are not given the guest's.
        if hands.role().may_write() {
            // As for what it copied itself.
            hands.copied(Arc::clone(&shown.cut.text));
            conn.send_cut_text(Arc::clone(&shown.cut.text));
            told = true;
        }
    }
    if looking.title != shown.title {
        looking.title = Arc::clone(&shown.title);
        conn.send_name(server.guest.desktop_name(looking.vt, &shown.title).into());
        told = true;
    }
    // Most often the same ones, which is nothing new.
    conn.send_pointer(shown.frame.pointer().cloned());
    looking.lamps = shown.beside.lamps;
    conn.send_locks(looking.lamps.unwrap_or_else(|| hands.locks()));
    if looking.placed != shown.beside.placed.count {
        looking.placed = shown.beside.placed.count;
        let view = conn.wire_format().and_then(|format| format.view);
        if let Some(place) = from_frame(shown.beside.placed.at, view) {
            conn.send_pointer_place(place);
            told = true;
        }
    }
    hands.set_relative(shown.beside.relative);
    conn.send_pointer_mode(shown.beside.relative);
    told
}

/// Makes the client's picture fit the frame that it is to see, or as large as its user wishes where these fit into that; `false`
/// when it has to be told first.
fn fit(conn: &mut ServerConnection, looking: &Looking, wish: Option<Size>) -> bool {
    let &Looking { size, corner, reason, ref watching, .. } = looking;
    let kind = watching.kind();
    // A proxied screen has no letters to be made larger: its desktop is as large as it is.
    let wish = wish.filter(|_| kind == Kind::Text);
    let view = |picture| view(picture, size, kind, corner);
    let holds = |wish: &Size| size.width <= wish.width && size.height <= wish.height;
    let (picture, wanted) = (conn.size(), wish.filter(holds).unwrap_or(size));
    if picture == wanted {
        conn.set_view(Some(view(picture)).filter(|_| picture != size));
        return true;
    }
    if conn.send_resize(wanted, reason) {
        tracing::debug!(from = %picture, to = %wanted, ?reason, "resized");
        conn.set_view(None);
        return false;
    }
    tracing::trace!(%picture, frame = %size, "its picture keeps its size and shows a part");
    conn.set_view(Some(view(picture)));
    true
}
