//! A server's picture in the user's terminal, in place of a console: the task's part.
//!
//! A server is asked for the next picture when the one before is on its way to the terminal, so that it paints one ahead of a
//! slow terminal and no more, and the last one is never left out.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::Show;
use crate::attach::Failure;
use crate::attach::picture::hands::Deed;
use crate::attach::picture::{CELL, Picture};
use crate::attach::server::Server;
use crate::geometry::{Point, Size};
use crate::input::cut_text::typed;
use crate::input::{PointerEvent, PointerMotion};
use crate::rfb::client::ClientEvent;

/// From character to character of what is typed: QEMU takes a hundred keys going down or up in a second, and of a capital
/// letter there are four.
const PACE: Duration = Duration::from_millis(40);

/// What is known of the picture that is watched.
#[derive(Debug, Default)]
pub(super) struct Watching {
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
        *self = Self::default();
    }

    /// Nothing more is typed. Whether something was.
    pub(super) fn stop(&mut self) -> bool {
        self.text.clear();
        self.due.take().is_some()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due
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
        let deeds = self.front.turn_away();
        tell(server, &mut self.watching, deeds);
        server.turn_away();
    }

    /// Lets go of what is held.
    pub(super) fn let_go(&mut self) {
        let deeds = self.front.turn_away();
        if let Some(server) = &mut self.server {
            tell(server, &mut self.watching, deeds);
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
        let (cells, Some(server)) = (self.front.size(), &mut self.server) else { return };
        let wanted = Size::new(u32::from(cells.cols) * CELL.width, u32::from(cells.rows) * CELL.height);
        if self.front.picture().is_some()
            && self.attach.resize_pictures.unwrap_or(false)
            && !self.attach.read_only
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
        if deeds.iter().any(|deed| matches!(deed, Deed::Key(_))) && self.watching.stop() {
            self.say("stopped typing");
            return;
        }
        match &mut self.server {
            None => self.say("there is no connection: what is typed is not sent"),
            Some(server) if !server.takes_more() => self.say("the server does not read: what is typed is not sent"),
            Some(server) => tell(server, &mut self.watching, deeds),
        }
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
