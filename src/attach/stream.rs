//! One console's stream, for as long as the user attends to it: where it stands, so that it goes on there over another
//! connection, and what was typed and has no room yet.

use super::server::Server;
use crate::config::attach::Start as From;
use crate::rfb::ext::stream::{Opened, Opening, Start};

/// Bytes of output that may be on their way to us.
const CREDIT: u32 = 512 * 1024;
/// Bytes of input that may wait for room; what is beyond is dropped, and that is said.
pub const UNSENT_MAX: usize = 4 << 20;

/// See the module.
#[derive(Debug, Default)]
pub struct Feed {
    /// Its number over this connection; `None`: it is not open.
    number: Option<u32>,
    /// The console's, likewise.
    pub console: u32,
    /// What the console is called, which is the same over every connection.
    pub name: String,
    /// Which run of the console it was, and the place of the next byte.
    place: Option<(u64, u64)>,
    unsent: Vec<u8>,
}

/// Whether what was typed will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It will.
    All,
    /// There was too much of it.
    Dropped,
}

impl Feed {
    /// Opens the stream of `console`, from `from` on if it was never open before. Whether that can be.
    pub fn open(&mut self, server: &mut Server, console: u32, name: &str, from: From, dumps: bool) -> bool {
        if self.name != name {
            *self = Self { name: name.to_owned(), ..Self::default() };
        }
        let lines = match from {
            From::Oldest => u32::MAX,
            From::Tail(lines) => lines,
            From::Now => 0,
        };
        let start = match (self.place, from) {
            (Some((run, offset)), _) => Start::At { run, offset },
            (None, From::Oldest) if !dumps => Start::Oldest,
            (None, _) => Start::Now,
        };
        self.console = console;
        self.number = server.conn().open_stream(Opening { console, start, dumps, lines, credit: CREDIT });
        self.number.is_some()
    }

    /// Ends it: another console is looked at.
    pub fn close(&mut self, server: &mut Server) {
        if let Some(number) = self.number.take() {
            server.conn().close_stream(number);
        }
    }

    /// The connection is gone.
    pub fn lost(&mut self) {
        self.number = None;
    }

    /// Its number, while it is open.
    pub fn number(&self) -> Option<u32> {
        self.number
    }

    /// Whether it was never open.
    pub fn is_new(&self) -> bool {
        self.place.is_none()
    }

    /// It is open. Whether what came before goes on.
    pub fn opened(&mut self, opened: &Opened) -> bool {
        let goes_on = self.place.is_some_and(|(run, _)| run == opened.run);
        self.place = Some((opened.run, opened.offset));
        goes_on
    }

    /// Everything before this place has come, or is lost.
    pub fn reached(&mut self, next: u64) {
        if let Some((_, offset)) = &mut self.place {
            *offset = next;
        }
    }

    /// These bytes are for the guest.
    pub fn send(&mut self, bytes: &[u8]) -> Kept {
        let room = UNSENT_MAX.saturating_sub(self.unsent.len());
        if bytes.len() > room {
            return Kept::Dropped;
        }
        self.unsent.extend_from_slice(bytes);
        Kept::All
    }

    /// What waits to be sent.
    pub fn unsent(&self) -> usize {
        self.unsent.len()
    }

    /// Sends what there is room for.
    pub fn flush(&mut self, server: &mut Server) {
        let Some(number) = self.number.filter(|_| !self.unsent.is_empty() && server.takes_more()) else { return };
        let taken = server.conn().write_to_stream(number, &self.unsent);
        self.unsent.drain(..taken);
    }

    /// Forgets what waits: whoever typed it meant something else than what is there now.
    pub fn forget_unsent(&mut self) {
        self.unsent = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;

    #[test]
    fn it_goes_on_where_it_was_in_the_same_run_only() {
        let opened = |run, offset| Opened {
            console: 1,
            run,
            offset,
            size: GridSize::new(80, 24),
            charset: Default::default(),
            room: 0,
        };
        let mut feed = Feed::default();
        assert!(!feed.opened(&opened(7, 100)), "there was nothing before");
        feed.reached(150);
        assert_eq!(feed.place, Some((7, 150)));
        assert!(feed.opened(&opened(7, 150)));
        assert!(!feed.opened(&opened(8, 0)));
        assert_eq!(feed.place, Some((8, 0)));
    }

    #[test]
    fn what_waits_for_room_is_bounded() {
        let mut feed = Feed::default();
        assert_eq!(feed.send(&vec![b'x'; UNSENT_MAX]), Kept::All);
        assert_eq!((feed.send(b"y"), feed.unsent()), (Kept::Dropped, UNSENT_MAX));
        feed.forget_unsent();
        assert_eq!((feed.send(b"y"), feed.unsent()), (Kept::All, 1));
    }
}
