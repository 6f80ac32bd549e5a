//! A server's picture in the user's terminal, in place of a console: the task's part.
//!
//! A server is asked for the next picture when the one before is on its way to the terminal, so that it paints one ahead of a
//! slow terminal and no more, and the last one is never left out.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::Show;
use crate::attach::answers::{Abilities, EXPECTED};
use crate::attach::canvas::Canvas;
use crate::attach::painter::Owed;
use crate::attach::picture::hands::{Deed, Takes};
use crate::attach::picture::sheet::Images;
use crate::attach::picture::{CELL, Picture, kitty, sixel};
use crate::attach::server::Server;
use crate::attach::{Failure, painter, term};
use crate::config::attach::Graphics;
use crate::geometry::{Point, Size};
use crate::input::cut_text::typed;
use crate::input::{PointerEvent, PointerMotion};
use crate::rfb::client::ClientEvent;

/// From character to character of what is typed: QEMU takes a hundred keys going down or up in a second, and of a capital
/// letter there are four.
const PACE: Duration = Duration::from_millis(40);

/// How long a picture waits for what the terminal answers; what comes later counts all the same.
const ANSWERS: Duration = Duration::from_millis(700);

/// The cells of a VT340, where nobody tells how large they are.
const VT340_CELL: Size = Size::new(10, 20);
/// The largest sixel image, where nobody tells: xterm's default.
const LARGEST: Size = Size::new(1000, 1000);

/// What is known of the picture that is watched.
#[derive(Debug, Default)]
pub(super) struct Watching {
    /// The terminal was asked what it can, and until when its answers are waited for.
    answers: Option<Instant>,
    /// Until when they may come.
    expected: Option<Instant>,
    /// What its end has to say.
    ending: Owed,
    /// The console that the server was asked to show, and has not said that it does.
    pub(super) awaited: Option<u32>,
    /// The size that was asked for last.
    asked_size: Option<Size>,
    /// The server takes motions of the pointer, and not its places.
    relative: bool,
    /// Where the pointer was told to be.
    pointer: Option<Point>,
    /// What is being typed, and when it goes on.
    text: VecDeque<char>,
    due: Option<Instant>,
}

impl Watching {
    /// What was known was another connection's.
    pub(super) fn server_is_new(&mut self) {
        *self = Self { answers: self.answers, expected: self.expected, ending: self.ending, ..Self::default() };
    }

    /// Nothing more is typed. Whether something was.
    pub(super) fn stop(&mut self) -> bool {
        self.text.clear();
        self.due.take().is_some()
    }

    /// Whether the terminal was asked what it can.
    pub(super) fn has_asked(&self) -> bool {
        self.expected.is_some()
    }

    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        [self.due, self.answers.filter(|until| *until > now)].into_iter().flatten().min()
    }
}

impl Show {
    /// Shows a server's picture from now on.
    pub(super) fn watch(&mut self, mut server: Server) {
        if self.front.picture().is_none() {
            self.front.watch(Picture::new(self.profile, !self.attach.fit));
        }
        self.front.picture().into_iter().for_each(Picture::begin);
        if self.name.is_none() {
            let name = if server.name.is_empty() { "VNC" } else { &server.name };
            name.clone_into(&mut self.front.about.name);
        }
        server.watch();
        self.server = Some(server);
    }

    /// Shows a console from now on.
    pub(super) fn turn_away(&mut self, server: &mut Server) {
        self.watching.stop();
        if self.front.picture().is_some_and(|picture| picture.images().is_some()) {
            let delete = self.delete_images();
            self.painter.wipe(delete);
        }
        let deeds = self.front.turn_away();
        tell(server, &mut self.watching, deeds);
        server.turn_away();
    }

    /// Lets go of what is held.
    pub(super) fn let_go(&mut self) {
        let deeds = self.front.let_go();
        if let Some(server) = &mut self.server {
            tell(server, &mut self.watching, deeds);
        }
    }

    /// Whether the picture waits for what the terminal can do. It is asked when the first picture comes.
    pub(super) fn waits_for_answers(&mut self, now: Instant) -> bool {
        if self.front.picture().is_none() || !self.profile.window {
            return false;
        }
        let until = *self.watching.answers.get_or_insert_with(|| {
            let questions = Abilities::questions(self.profile.multiplexed);
            // What a terminal makes of what it does not know is gone with the first picture.
            self.output.write(format!("\x1b[?1049h{questions}").into_bytes());
            self.watching.expected = Some(now + EXPECTED);
            if self.attach.graphics == Graphics::Blocks { now } else { now + ANSWERS }
        });
        // What was asked for is on its way, and nothing else is written meanwhile.
        self.output.is_busy() || !self.front.abilities().complete && now < until
    }

    /// Whether the picture waits for what the terminal answers: until that has come, or been waited for.
    pub(super) fn is_asking(&mut self, now: Instant) -> bool {
        self.watching.answers.is_some_and(|until| now < until)
            && !self.front.abilities().complete
            && self.front.picture().is_some()
    }

    /// Says what becomes of what the user does next.
    pub(super) fn tell_what_counts(&mut self) {
        let now = Instant::now();
        self.front.expect_answers(self.watching.expected.is_some_and(|until| now < until));
        self.front.set_takes(match &self.server {
            Some(server) if server.takes_more() && self.watching.due.is_none() => Takes::All,
            Some(server) if server.takes_more() => Takes::NoKeys,
            _ => Takes::Ends,
        });
    }

    /// What the terminal is to show: cells, images over them, and whether there are more of these.
    pub(super) fn drawn(&mut self) -> (Canvas, String, bool) {
        let (abilities, choice) = (*self.front.abilities(), self.attach.graphics);
        let cell = abilities.cell.or_else(term::cell);
        let sixel = Images::Sixel {
            colors: abilities.registers.map_or(sixel::REGISTERS, |colors| colors as usize),
            largest: abilities.largest.unwrap_or(LARGEST),
        };
        let images = match choice {
            Graphics::Kitty => Some(Images::Kitty),
            Graphics::Sixel => Some(sixel),
            Graphics::Auto if abilities.kitty && cell.is_some() => Some(Images::Kitty),
            Graphics::Auto if abilities.sixel && cell.is_some() => Some(sixel),
            Graphics::Auto | Graphics::Blocks => None,
        };
        let images = images.filter(|_| self.profile.window);
        let fallback = if images.is_some() { VT340_CELL } else { CELL };
        let delete = self.delete_images();
        if let Some(picture) = self.front.picture() {
            picture.set_images(images, cell.unwrap_or(fallback));
        }
        let canvas = self.front.canvas();
        if self.front.picture().is_some_and(Picture::take_stale) {
            self.painter.wipe(delete);
        }
        let (images, more) = self.front.images(&canvas);
        (canvas, images, more)
    }

    /// What deletes images that are not cells.
    fn delete_images(&mut self) -> &'static str {
        let by_kitty = self.front.picture().and_then(|picture| picture.images()) == Some(Images::Kitty);
        if by_kitty { kitty::DELETE_ALL } else { "" }
    }

    /// What is written to the terminal in the end is what is owed to it.
    pub(super) fn set_ending(&mut self) {
        // Once there were images, they are deleted in the end.
        let images = [self.watching.ending.images, self.delete_images()].into_iter().find(|images| !images.is_empty());
        let owed = Owed { images: images.unwrap_or(""), ..self.painter.owed() };
        if owed != self.watching.ending {
            self.watching.ending = owed;
            self.taken.set_ending(painter::ending(self.profile, owed));
        }
    }

    /// The server says which console it shows us. Unless the user has said which one he wants, we follow.
    pub(super) fn here(&mut self, console: u32) -> Result<(), Failure> {
        match self.watching.awaited {
            Some(awaited) if awaited == console => self.watching.awaited = None,
            // It was another one before that.
            Some(_) => {}
            None if self.attach.console.is_none() => return self.go_to(console),
            None => {}
        }
        Ok(())
    }

    /// Something that has to do with its picture.
    pub(super) fn look(&mut self, event: &ClientEvent) {
        if self.front.picture().is_none() {
            return;
        }
        self.dirty = true;
        match event {
            ClientEvent::Bell => self.front.ring(),
            ClientEvent::PointerMoved(at) => self.front.pointer_moved(*at),
            ClientEvent::PointerMode { relative } => self.watching.relative = *relative,
            ClientEvent::Name(name) if self.name.is_none() => name.clone_into(&mut self.front.about.name),
            ClientEvent::Updated { .. } => self.ask_for_desktop_size(),
            ClientEvent::SetDesktopSizeAnswered { status: 1.. } => self.say("the server keeps the size that it has"),
            _ => {}
        }
    }

    /// What is painted next is the server's newest picture; and it is asked for the one after that.
    pub(super) fn take_frame(&mut self) {
        let Some(server) = &mut self.server else { return };
        if let Some(frame) = server.frame() {
            self.front.show_frame(frame);
            server.ask_for_changes();
        }
    }

    /// Asks for a desktop as large as the terminal, if that is wanted and the server has told that it may be asked.
    pub(super) fn ask_for_desktop_size(&mut self) {
        let cells = self.front.size();
        let drawn_in_pixels = self.front.picture().is_some_and(|picture| picture.images().is_some());
        let cell = self.front.picture().map_or(CELL, |picture| picture.cell());
        let rows = if drawn_in_pixels { cells.rows.saturating_sub(1).max(1) } else { cells.rows };
        let wanted = Size::new(u32::from(cells.cols) * cell.width, u32::from(rows) * cell.height);
        if self.front.picture().is_some()
            && self.attach.resize_pictures.unwrap_or(drawn_in_pixels)
            && !self.attach.read_only
            && let Some(server) = &mut self.server
            && server.conn().is_resizable()
            && self.watching.asked_size != Some(wanted)
        {
            self.watching.asked_size = Some(wanted);
            if server.size() != wanted {
                server.conn().set_desktop_size(wanted);
            }
        }
    }

    /// What the user did.
    pub(super) fn act(&mut self, deeds: Vec<Deed>) {
        if let Some(server) = &mut self.server {
            tell(server, &mut self.watching, deeds);
        }
    }

    /// What the user did is not sent.
    pub(super) fn say_unsent(&mut self) {
        if self.attach.read_only {
            return;
        }
        let text = match (self.server.is_some(), self.watching.stop()) {
            (false, _) => "there is no connection: what is typed is not sent",
            (true, true) => "stopped typing",
            (true, false) => "the server does not read: what is typed is not sent",
        };
        self.say(text);
    }

    /// The user has pasted something.
    pub(super) fn cut(&mut self, text: String) {
        let Some(server) = &mut self.server else { return };
        if text.is_empty() {
            return self.say("that is too long to be pasted");
        }
        server.conn().announce_cut_text(text.into());
        let menu = self.attach.escapes;
        self.say(&format!("it is in the server's clipboard now; {menu} and t types it"));
    }

    /// The user wants it typed.
    pub(super) fn begin_typing(&mut self, text: &str) {
        let text: VecDeque<char> = typed(text).collect();
        if let Some(ch) = self.attach.layout.untypable(text.iter().copied()) {
            // The user's own text, on the user's own screen.
            let name = self.attach.layout.name();
            return self.say(&format!("no key of the guest's keyboard ({name}) types {ch}; see --guest-layout"));
        }
        self.watching.text = text;
        self.watching.due = Some(Instant::now());
        self.say("typing; any key stops it");
    }

    /// Types the next character, if it is time for it.
    pub(super) fn type_on(&mut self, now: Instant) {
        if self.watching.due.is_none_or(|due| due > now) {
            return;
        }
        self.watching.due = Some(now + PACE);
        let Some(server) = self.server.as_mut().filter(|server| server.takes_more()) else { return };
        match self.watching.text.pop_front() {
            Some(ch) => {
                let keys = self.attach.layout.keys(ch, false);
                tell(server, &mut self.watching, keys.into_iter().map(Deed::Key).collect());
            }
            None => self.watching.due = None,
        }
    }
}

/// Tells a server.
fn tell(server: &mut Server, watching: &mut Watching, deeds: Vec<Deed>) {
    for deed in deeds {
        match deed {
            Deed::Key(key) => server.conn().send_key(key),
            Deed::Point(PointerEvent { x, y, buttons }) => {
                let before = watching.pointer.replace(Point { x, y }).unwrap_or(Point { x, y });
                let apart = |to: u32, from: u32| i32::try_from(i64::from(to) - i64::from(from)).unwrap_or(0);
                if watching.relative {
                    server.conn().send_motion(PointerMotion {
                        dx: apart(x, before.x),
                        dy: apart(y, before.y),
                        buttons,
                    });
                } else {
                    server.conn().send_pointer(PointerEvent { x, y, buttons });
                }
            }
        }
    }
}
