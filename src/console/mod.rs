//! One task per console: it drains the source into the terminal, and paints when somebody wants to see.
//!
//! ```text
//! source ─► Terminal, Tail ─(damage)─► Painter ─► Surface ─► Frame ─► display
//!    ◄──── Line (what waits) ◄── keys, pastes, answers ◄── Terminal ◄── display
//! ```
//! It never waits for a viewer, and gives way only to those who read its bytes quickly: `giving_way.rs`. Output is parsed in
//! slices, and between two of them everybody else has a turn. A panic in terminal or painter resets both and goes on: no
//! byte of a guest takes its console away.

pub mod asked;
pub mod drawing;
mod finding;
pub mod fits;
mod giving_way;
mod grip;
pub mod handle;
mod last_words;
pub mod line;
pub mod marking;
pub mod notice;
pub mod operated;
mod own_picture;
pub mod pacing;
pub mod paste;
mod pointer;
mod publish;
pub mod status;
pub mod streams;
pub mod tail;
mod taken;
#[cfg(test)]
mod testing;
mod views;
#[cfg(test)]
mod views_stage;
pub mod vt;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::display::board::Board;
use crate::display::{Cut, Display, DisplayEvent, DisplaySide, Input, NotPasted, Paste, Who, display};
use crate::geometry::{CellPos, GridSize, Point, Size};
use crate::input::{Modifiers, PointerEvent};
use crate::render::Painter;
use crate::shutdown::Stop;
use crate::source::{ExitStatus, WindowSize};
use crate::surface::Surface;
use crate::terminal::mouse::CellPointer;
use crate::terminal::{Damage, Event, Terminal};

use asked::Asked;
use drawing::Drawing;
use fits::Fits;
use handle::Settings;
use line::{Line, LineEvent};
use notice::Notices;
use pacing::{Pacing, Resizes};
use paste::Pastes;
use pointer::Pointers;
use publish::Blink;
use status::{Matter, Status};
use streams::Streams;
use tail::Tail;
use taken::TakenKeys;
use views::Views;

/// Bytes parsed before others have a turn, and read at once.
pub const SLICE: usize = 64 * 1024;
/// The longest a console parses before others have their turn, give or take one read: a few bytes can ask for a lot
/// of work on a large screen.
pub const TURN: Duration = Duration::from_millis(4);
/// The least time between two rings of the bell (limits.md §3: four a second).
pub const BELL_INTERVAL: Duration = Duration::from_millis(250);

thread_local! {
    /// Where output is read to before it is parsed: one for each worker, since quiet consoles are many.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; SLICE]);
}

/// A console: see the module.
struct Console {
    line: Line,
    tail: Tail,
    terminal: Terminal,
    options: crate::terminal::Options,
    /// What was read and waits for the next turn.
    unparsed: Vec<u8>,
    damage: Damage,
    painter: Painter,
    surface: Surface,
    pointers: Pointers,
    side: DisplaySide,
    pacing: Pacing,
    drawing: Drawing,
    resizes: Resizes,
    /// What became of the source, when that is to be said.
    status: Option<Status>,
    notices: Notices,
    /// The terminal may differ from what was painted last.
    unpainted: bool,
    /// Viewers who join have been told so.
    stale: bool,
    pastes: Pastes,
    grip: grip::Grip,
    title: Arc<str>,
    bells: u64,
    rang: Option<Instant>,
    blink: Blink,
    /// What single viewers see.
    views: Views,
    /// What viewers with larger letters see.
    fits: Fits,
    /// What has changed on the screen just now, kept for its memory.
    fresh: Damage,
    /// Keys that went down for us.
    taken: TakenKeys,
    /// What the guest last put on the viewers' clipboards.
    cut: Cut,
    /// Somebody looks, and the guest knows.
    focused: bool,
    /// What viewers ask beside the picture.
    asked: Asked,
    /// Those who read its bytes.
    streams: Streams,
    /// Where all that is to be told beside the picture is told.
    board: Board,
    /// The command has ended for good; until when that is told at last.
    ended: Option<(ExitStatus, Instant)>,
    ending: Option<oneshot::Sender<ExitStatus>>,
}

impl Console {
    fn new(settings: Settings, ending: oneshot::Sender<ExitStatus>) -> std::io::Result<(Self, Display)> {
        // A port takes some KiB before it makes us wait. A paste that runs no faster than the line does not get ahead of
        // it: so it is as far as it says, and stops when it is stopped.
        let paste_rate = settings.endpoint.characters_per_second().into_iter().chain(settings.paste_rate).min();
        let options = crate::terminal::Options { cell: settings.font.cell(), ..settings.terminal };
        let terminal = Terminal::new(settings.grid, options.clone());
        let grid = terminal.screen().size();
        let painter = Painter::new(settings.font, grid);
        let mut surface = painter.new_surface(terminal.screen());
        let pointers = Pointers::new(painter.cell());
        surface.set_pointer(Some(pointers.shape(false)));
        let line = Line::open(&settings.endpoint, window(grid, painter.cell()))?;
        let (display, side) = display(settings.id, surface.publish());
        let console = Self {
            line,
            tail: Tail::new(),
            terminal,
            options,
            unparsed: Vec::new(),
            damage: Damage::none(grid),
            painter,
            surface,
            pointers,
            side,
            pacing: Pacing::default(),
            drawing: Drawing::begin(Instant::now()),
            resizes: Resizes::default(),
            status: None,
            notices: Notices::default(),
            unpainted: true,
            stale: true,
            pastes: Pastes::new(paste_rate),
            grip: grip::Grip::default(),
            title: "".into(),
            bells: 0,
            rang: None,
            blink: Blink::begin(Instant::now()),
            views: Views::default(),
            fits: Fits::default(),
            fresh: Damage::none(grid),
            taken: TakenKeys::default(),
            cut: Cut::default(),
            focused: false,
            asked: Asked::default(),
            streams: Streams::new(grid),
            board: settings.board,
            ended: None,
            ending: Some(ending),
        };
        Ok((console, display))
    }

    async fn run(mut self, mut stop: Stop) {
        tracing::info!(size = %self.terminal.screen().size(), "console started");
        loop {
            let typing = self.type_pastes();
            let now = Instant::now();
            let resize_due = self.pace_resizes(now);
            self.search_on();
            let (picture, fits, views) = (self.publish_if_due(now), self.publish_fits(now), self.publish_views(now));
            self.post_about();
            let rests = self.tell_streams(now);
            let last = self.tell_end(now);
            let wakes = [picture, fits, views, self.tell_text(now), self.next_piece_due(), resize_due, rests, last];
            let wake = wakes.into_iter().flatten().min();
            let takes_input = self.takes_input();
            let unparsed = !self.unparsed.is_empty();
            let searching = self.asked.is_searching();
            tokio::select! {
                event = self.line.event(), if rests.is_none() => self.line_event(event).await,
                event = self.side.event(takes_input) => self.display_event(event),
                () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
                () = tokio::task::yield_now(), if typing || searching => {}
                () = tokio::task::yield_now(), if unparsed => self.go_on(Some(Instant::now() + TURN)),
                () = stop.requested() => break,
            }
        }
        self.line.shut_down().await;
        tracing::debug!("console ended");
    }

    async fn line_event(&mut self, event: LineEvent) {
        match event {
            LineEvent::Ready => {
                self.line.flush();
                self.pass_on();
                if self.drain(SLICE, Some(TURN)) {
                    tokio::task::yield_now().await;
                }
            }
            LineEvent::Opened => {
                tracing::info!("source opened");
                self.go_on(None);
                if matches!(&self.status, Some(status) if matches!(status.matter, Matter::Restarting(..))) {
                    // Another program has another mind: nothing that the one before asked for is for it.
                    self.take_output(&status::anew(&self.terminal));
                }
                self.set_status(None);
            }
            LineEvent::Refused(why) => self.refused(why),
            LineEvent::Ended(status) => self.command_ended(status),
        }
    }

    fn refused(&mut self, why: String) {
        let Some(what) = self.line.awaited() else { return };
        let mut status = match self.status.take() {
            Some(status) => status,
            None => Status::new(Matter::Waiting(what), Instant::now()),
        };
        // Said once, however often it is tried.
        if status.told.as_ref() != Some(&why) {
            status.told = Some(why);
            tracing::info!("{status}");
        }
        self.status = Some(status);
    }

    fn lost(&mut self) {
        let matter = match self.line.awaited() {
            Some(what) => Matter::Lost(what),
            None if self.line.is_over() => Matter::Over,
            // A command is about to end, and that will be said.
            None => return tracing::debug!("nobody holds the command's terminal any more"),
        };
        tracing::info!("source gone");
        self.notices.take_back();
        self.set_status(Some(Status::new(matter, Instant::now())));
    }

    fn set_status(&mut self, status: Option<Status>) {
        self.status = status;
    }

    /// Reads and parses up to about `limit` bytes for about `turn`, as long as there are any; whether it stopped before
    /// there were none.
    fn drain(&mut self, limit: usize, turn: Option<Duration>) -> bool {
        let end = turn.map(|turn| Instant::now() + turn);
        self.go_on(end);
        SCRATCH.with_borrow_mut(|scratch| {
            let (mut drained, mut first) = (0, true);
            let room = &mut scratch[..pacing::read_limit(self.terminal.screen().size())];
            while drained < limit && end.is_none_or(|end| std::mem::take(&mut first) || Instant::now() < end) {
                if !self.unparsed.is_empty() {
                    break;
                }
                match self.line.read(room) {
                    Ok(0) => {
                        self.lost();
                        return false;
                    }
                    Ok(length) => {
                        drained += length;
                        let taken = self.parse(&room[..length], end);
                        self.unparsed.extend_from_slice(&room[taken..length]);
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(_) => return false,
                }
            }
            true
        })
    }

    /// Parses what the last turn left, up to about `end`.
    fn go_on(&mut self, end: Option<Instant>) {
        let mut bytes = std::mem::take(&mut self.unparsed);
        if !bytes.is_empty() {
            bytes.drain(..self.parse(&bytes, end));
            self.unparsed = bytes;
        }
    }

    /// The guest wrote this; all of it is parsed.
    fn take_output(&mut self, bytes: &[u8]) {
        self.parse(bytes, None);
    }

    /// Parses some of `bytes` at least, and no more once `end` has come; how many.
    fn parse(&mut self, bytes: &[u8], end: Option<Instant>) -> usize {
        let pixels = self.drawing.allow(self.terminal.pixels_allowed(), Instant::now());
        self.terminal.allow_pixels(pixels);
        let mut rest = bytes;
        while !rest.is_empty() && (rest.len() == bytes.len() || end.is_none_or(|end| Instant::now() < end)) {
            let mut taken = rest.len();
            self.guarded(|console| taken = console.terminal.feed_update(rest));
            self.keep(&rest[..taken]);
            self.unpainted = true;
            self.views.touch();
            self.fits.touch();
            self.asked.touch();
            self.heed_updates();
            if self.terminal.resized_by_guest() {
                self.pace_resizes(Instant::now());
            }
            rest = &rest[taken..];
        }
        // Before any answer leaves: who hears one and looks shall see all that came before it.
        self.tell_stale();
        self.take_events();
        self.pass_on();
        bytes.len() - rest.len()
    }

    /// Holds the picture back while the guest draws it, and shows it when it is done, before another begins.
    fn heed_updates(&mut self) {
        match self.terminal.synchronized() {
            Some(count) => self.pacing.hold(count, Instant::now().into_std()),
            None => self.pacing.release(),
        }
        let held = self.terminal.synchronized();
        self.views.pacings().chain(self.fits.pacings()).for_each(|pacing| match held {
            Some(count) => pacing.hold(count, Instant::now().into_std()),
            None => pacing.release(),
        });
        if self.terminal.update_ended() {
            self.take_events();
            self.publish_if_due(Instant::now());
            self.publish_fits(Instant::now());
            self.publish_views(Instant::now());
        }
    }

    /// Follows a size that the guest chose, and holds the next one back when it is too soon. When it is not any more, if
    /// the guest waits for that.
    fn pace_resizes(&mut self, now: Instant) -> Option<Instant> {
        let mut wait = self.resizes.wait_until(now.into_std());
        if wait.is_none() {
            self.guarded(|console| console.terminal.hold_resizes(false));
        }
        if self.terminal.resized_by_guest() {
            self.resizes.resized(now.into_std());
            self.take_events();
            wait = self.resizes.wait_until(now.into_std());
        }
        self.terminal.hold_resizes(wait.is_some());
        wait.filter(|_| self.terminal.resize_waits()).map(Instant::from_std)
    }

    fn take_events(&mut self) {
        for event in self.terminal.take_events() {
            match event {
                Event::Bell => self.ring(Instant::now()),
                Event::Title(title) => self.title = title.into(),
                Event::IconTitle(_) => {}
                Event::Resize(grid) => self.resized_by_guest(grid),
                Event::Break => {
                    self.send_break();
                }
                Event::Clipboard(text) => self.cut(text.0.into()),
            }
        }
    }

    /// The guest put `text` on the clipboards of those who look now, wherever they do.
    fn cut(&mut self, text: Arc<str>) {
        if self.is_watched() {
            self.cut = Cut { count: self.cut.count + 1, text };
            self.views.cut(&self.cut);
            self.fits.cut(&self.cut);
            self.side.picture.cut(self.cut.clone());
        }
    }

    /// Sends a break, and says so, or why not; whether it was sent.
    fn send_break(&mut self) -> bool {
        let sent = self.line.send_break();
        tracing::info!(sent, "a viewer asked for a break");
        if sent {
            self.note("a break was sent".to_owned());
        } else if self.line.is_open() {
            self.note("this source cannot carry a break".to_owned());
        }
        sent
    }

    fn ring(&mut self, now: Instant) {
        if self.rang.is_none_or(|rang| now.duration_since(rang) >= BELL_INTERVAL) {
            self.rang = Some(now);
            self.bells += 1;
        }
    }

    fn display_event(&mut self, event: DisplayEvent) {
        match event {
            DisplayEvent::Input(who, input) => {
                self.take_input(&who, input);
                // Whatever else has come meanwhile goes the same way at once.
                while self.takes_input()
                    && let Some((who, input)) = self.side.try_input()
                {
                    self.take_input(&who, input);
                }
            }
            DisplayEvent::Asked(question) => self.asked(question),
            DisplayEvent::Woken => {
                self.views.end_unwatched();
                self.fits.end_unwatched();
                self.taken.forget_gone();
                let watched = self.is_watched();
                if watched != self.focused {
                    self.focused = watched;
                    self.line.set_watched(watched);
                    self.terminal.focus(watched);
                    self.pass_on();
                }
                // The button of a viewer that went away; whether its paste goes on is looked at anyway.
                if let Some(event) = self.grip.released() {
                    self.report_pointer(event, Modifiers::NONE);
                    self.pass_on();
                }
            }
        }
    }

    /// Whether anybody looks at anything of it.
    fn is_watched(&self) -> bool {
        self.side.picture.is_watched() || self.views.are_watched() || self.fits.are_watched()
    }

    /// Whether input is taken now; else it waits with the viewers.
    fn takes_input(&self) -> bool {
        self.line.has_room()
    }

    fn take_input(&mut self, who: &Who, input: Input) {
        self.guarded(|console| console.heed(who, input));
    }

    fn heed(&mut self, who: &Who, input: Input) {
        let input = match self.in_own_pixels(who, input) {
            // What a viewer sees itself waits for no paste.
            Input::Fit(size) => return self.fit(who, size),
            Input::Key(event, held) if self.view_takes_key(who, &event, held) => return,
            Input::Own(input) => return self.view_takes(who, input),
            Input::Paste(paste) if self.view_takes_paste(who, &paste) => return,
            input => input,
        };
        if let Some(input) = self.behind_paste(who, input) {
            self.act(who.clone(), input);
        }
    }

    /// Does what a viewer wants.
    fn act(&mut self, who: Who, input: Input) {
        if matches!(input, Input::Key(..) | Input::Bytes(..) | Input::Paste(Ok(_))) {
            self.await_echo();
        }
        let typed = matches!(input, Input::Key(..));
        self.make_way();
        match input {
            Input::Key(event, held) => {
                self.guarded(|console| console.terminal.key(&event, held));
                self.take_events();
            }
            Input::Pointer { event, held, paste } => self.point(&who, event, held, paste),
            Input::Paste(paste) => self.begin_paste(who, paste),
            Input::Resize(size) => self.resize(size),
            Input::Fit(size) => self.fit(&who, size),
            Input::Own(input) => self.view_takes(&who, input),
            Input::Bytes(bytes, done) => self.write_raw(&bytes, done),
            // Viewers keep these for proxied screens.
            Input::Motion(_) | Input::Cut(_) => {}
        }
        if typed && !self.line.listens() && self.terminal.has_input() {
            self.unheard();
        }
        self.line.write(&self.terminal.take_input());
    }

    /// Bytes for the guest, as somebody's own terminal made them.
    fn write_raw(&mut self, bytes: &[u8], done: oneshot::Sender<()>) {
        if !self.line.listens() {
            self.unheard();
        }
        self.line.write(bytes);
        // Who sent them may have gone.
        let _ = done.send(());
    }

    /// What somebody does comes before answers of which the guest has not read those before: these are dropped.
    fn make_way(&mut self) {
        self.pass_on();
        if self.terminal.has_input() {
            self.terminal.take_input();
        }
    }

    /// Something was typed: what the guest makes of it is to be seen at once.
    fn await_echo(&mut self) {
        let now = Instant::now().into_std();
        let others = self.views.pacings().chain(self.fits.pacings());
        others.chain([&mut self.pacing]).for_each(|pacing| pacing.typed(now));
    }

    /// A viewer's pointer: the guest's, or its own.
    fn point(&mut self, who: &Who, event: PointerEvent, held: Modifiers, paste: Option<Result<Paste, NotPasted>>) {
        let wheel = event.buttons & (marking::WHEEL_UP | marking::WHEEL_DOWN) != 0 && self.terminal.wants_wheel();
        let own = self.has_own_pointer(who);
        // Shift keeps the pointer from the guest; and so does looking at other lines than those it would be told of.
        let ours = held.shift || own || !(self.terminal.wants_pointer() || wheel);
        let event = if own { self.grip.held_still(who, event) } else { event };
        if self.grip.follows(who, event, ours) {
            self.unhover(who);
            return self.report_pointer(event, held);
        }
        self.view_follows(who, event, held);
        if ours
            && let Some(paste) = paste
            && !self.view_takes_paste(who, &paste)
        {
            self.begin_paste(who.clone(), paste);
        }
    }

    /// Somebody types, and nobody hears it. It is not kept: typed into whatever comes next, it could do anything there.
    fn unheard(&mut self) {
        if let (None, Some(what)) = (&self.status, self.line.awaited()) {
            // The first attempt has no outcome yet: a host that does not answer takes seconds to say so.
            self.set_status(Some(Status::new(Matter::Waiting(what), Instant::now())));
        }
        match &mut self.status {
            Some(status) => status.unheard = true,
            None if self.line.is_open() => self.note("standard input takes no keys".to_owned()),
            None => self.note("keys are dropped: the command has closed its terminal".to_owned()),
        }
    }

    fn report_pointer(&mut self, event: PointerEvent, held: Modifiers) {
        let cell = self.painter.cell();
        let grid = self.terminal.screen().size();
        let place = |pixels: u32, cell: u32, count: u16| (pixels / cell.max(1)).min(u32::from(count) - 1) as u16;
        let pos = CellPos { row: place(event.y, cell.height, grid.rows), col: place(event.x, cell.width, grid.cols) };
        let pixel = Point { x: event.x, y: event.y };
        let pointer = CellPointer { pos, pixel, buttons: event.buttons, modifiers: held };
        self.guarded(|console| console.terminal.pointer(pointer));
    }

    /// Moves what the terminal has for the guest to the line.
    fn pass_on(&mut self) {
        if self.terminal.has_input() && self.line.has_room_for_answers() {
            self.line.write(&self.terminal.take_input());
        }
    }

    /// The picture gets exactly this size, and the grid as many cells as fit; the rest is margin.
    fn resize(&mut self, size: Size) {
        if size == self.surface.size() {
            return;
        }
        let cell = self.painter.cell();
        let count = |pixels: u32, cell: u32| u16::try_from(pixels / cell.max(1)).unwrap_or(u16::MAX).max(1);
        let grid = GridSize::new(count(size.width, cell.width), count(size.height, cell.height));
        let mut places = self.views.places();
        self.guarded(|console| console.terminal.resize_following(grid, &mut places));
        self.views.resized(&places, &self.terminal);
        self.surface_resized(size);
    }

    /// The guest changed the grid: the picture becomes as large as that.
    fn resized_by_guest(&mut self, grid: GridSize) {
        self.views.end_all(&self.terminal);
        let cell = self.painter.cell();
        self.surface_resized(Size::new(u32::from(grid.cols) * cell.width, u32::from(grid.rows) * cell.height));
    }

    /// The grid has a new size; the picture follows it.
    fn surface_resized(&mut self, size: Size) {
        let (cell, grid) = (self.painter.cell(), self.terminal.screen().size());
        let background = self.terminal.screen().palette().background().to_u32();
        self.surface.resize(size, cell, background);
        self.fit_anew();
        if self.views.end_surplus(size, cell, self.fits.bytes()) {
            self.note("views ended: there is no room for so many of this size".to_owned());
        }
        self.line.set_size(window(grid, cell));
        self.keep_size(grid);
        self.asked.touch();
        self.unpainted = true;
        tracing::debug!(%size, %grid, "resized");
    }

    /// Does `work`; if it panics, the terminal starts anew (limits.md §1 rule 1). Whether it did not.
    fn guarded(&mut self, work: impl FnOnce(&mut Self)) -> bool {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_ok() {
            return true;
        }
        tracing::error!("a panic in the terminal; it starts anew");
        let grid = self.terminal.screen().size();
        self.terminal = Terminal::new(grid, self.options.clone());
        self.damage = Damage::none(grid);
        // Another epoch of the surface makes the painter forget what it painted.
        let background = self.terminal.screen().palette().background().to_u32();
        self.surface.resize(self.surface.size(), self.painter.cell(), background);
        self.notices.forget();
        self.views.end_all(&self.terminal);
        self.fits.forget();
        self.asked.touch();
        self.streams.begin_anew();
        self.unpainted = true;
        false
    }
}

/// A grid as the guest is told of it.
fn window(grid: GridSize, cell: Size) -> WindowSize {
    let pixels = |count: u16, cell: u32| u16::try_from(u32::from(count) * cell).unwrap_or(u16::MAX);
    WindowSize {
        cols: grid.cols,
        rows: grid.rows,
        width: pixels(grid.cols, cell.width),
        height: pixels(grid.rows, cell.height),
    }
}

#[cfg(test)]
mod tests;
