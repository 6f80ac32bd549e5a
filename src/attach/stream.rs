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
    /// The server has said that it is.
    is_open: bool,
    /// The console's, likewise.
    pub console: u32,
    /// What the console is called, which is the same over every connection.
    pub name: String,
    /// Which run of the console it was, and the place of the next byte.
    place: Option<(u64, u64)>,
    /// Where bytes are missing, a dump says what the screen looks like without them.
    dumps: bool,
    /// Such a dump is to come, or has begun and not ended: what there is now is the screen of no place.
    torn: bool,
    unsent: Vec<u8>,
    /// Room there was for input over this connection when none had been sent, and that there is now: what is between them is
    /// on its way to the guest.
    room: (usize, usize),
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
        self.choose(console, name);
        self.begin(server, from, dumps)
    }

    /// It is this console's from now on. Of another one nothing is known, and what was typed for the one before is forgotten.
    pub fn choose(&mut self, console: u32, name: &str) {
        if self.name != name {
            *self = Self { name: name.to_owned(), ..Self::default() };
        }
        self.console = console;
    }

    /// Opens the stream of the console that was chosen, likewise.
    pub fn begin(&mut self, server: &mut Server, from: From, dumps: bool) -> bool {
        let lines = match from {
            From::Oldest => u32::MAX,
            From::Tail(lines) => lines,
            From::Now => 0,
        };
        let start = match (self.place.filter(|_| !self.torn), from) {
            (Some((run, offset)), _) => Start::At { run, offset },
            (None, From::Oldest) if !dumps => Start::Oldest,
            (None, _) => Start::Now,
        };
        (self.dumps, self.is_open) = (dumps, false);
        let console = self.console;
        self.number = server.conn().open_stream(Opening { console, start, dumps, lines, credit: CREDIT });
        self.number.is_some()
    }

    /// Ends it: another console is looked at, or it is opened anew.
    pub fn close(&mut self, server: &mut Server) {
        self.is_open = false;
        if let Some(number) = self.number.take() {
            server.conn().close_stream(number);
        }
    }

    /// The connection is gone, or the server has refused it.
    pub fn lost(&mut self) {
        (self.number, self.is_open, self.room) = (None, false, (0, 0));
    }

    /// Its number, while it is open.
    pub fn number(&self) -> Option<u32> {
        self.number
    }

    /// Whether it was never open.
    pub fn is_new(&self) -> bool {
        self.place.is_none()
    }

    /// Whether the console runs anew, and what was typed and seen before was another run's.
    pub fn is_another(&self, opened: &Opened) -> bool {
        self.place.is_some_and(|(run, _)| run != opened.run)
    }

    /// It is open. Whether what came before goes on.
    pub fn opened(&mut self, opened: &Opened) -> bool {
        let goes_on = self.resumes() && self.place == Some((opened.run, opened.offset));
        self.place = Some((opened.run, opened.offset));
        (self.is_open, self.torn) = (true, self.dumps && !goes_on);
        let room = usize::try_from(opened.room).unwrap_or(usize::MAX);
        self.room = (room, room);
        goes_on
    }

    /// Whether it was opened, or would be, where it was before.
    pub fn resumes(&self) -> bool {
        self.place.is_some() && !self.torn
    }

    /// What there is now is not what the console shows: it is to be opened with a dump.
    pub fn tear(&mut self) {
        self.torn = true;
    }

    /// Bytes are missing before this place.
    pub fn gap(&mut self, next: u64) {
        self.reached(next);
        self.torn = self.dumps;
    }

    /// A piece of a dump has come, or the last one.
    pub fn dumped(&mut self, last: bool) {
        self.torn = !last;
    }

    /// Whether a dump is on its way: what there is now is nothing to be looked at.
    pub fn is_torn(&self) -> bool {
        self.torn && self.is_open
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
        self.room_came(server);
    }

    /// There is another room for input: the guest has taken some.
    pub fn room_came(&mut self, server: &mut Server) {
        if let Some(number) = self.number {
            self.room.1 = server.conn().room_on_stream(number);
        }
    }

    /// What was sent over this connection and is not known to have reached the guest.
    pub fn in_flight(&self) -> usize {
        self.room.0.saturating_sub(self.room.1)
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

    fn opened(run: u64, offset: u64) -> Opened {
        let size = GridSize::new(80, 24);
        Opened { console: 1, run, offset, size, charset: Default::default(), keyboard: Default::default(), room: 0 }
    }

    #[test]
    fn it_goes_on_where_it_was_in_the_same_run_only() {
        let mut feed = Feed::default();
        assert!(!feed.opened(&opened(7, 100)), "there was nothing before");
        feed.reached(150);
        assert_eq!(feed.place, Some((7, 150)));
        assert!(!feed.is_another(&opened(7, 150)) && feed.is_another(&opened(8, 0)));
        assert!(feed.opened(&opened(7, 150)));
        assert!(!feed.opened(&opened(8, 0)));
        assert_eq!(feed.place, Some((8, 0)));
        assert!(!feed.opened(&opened(8, 1)), "a byte would be missing");
    }

    #[test]
    fn a_screen_whose_dump_has_not_ended_is_no_place_to_go_on_from() {
        let mut feed = Feed { dumps: true, ..Feed::default() };
        feed.opened(&opened(7, 100));
        assert!(feed.is_torn() && !feed.resumes(), "its dump is to come");
        feed.dumped(false);
        assert!(feed.is_torn() && !feed.resumes());
        feed.lost();
        assert!(!feed.is_torn() && !feed.resumes(), "nothing comes, and what there is may be looked at");
        assert!(!feed.opened(&opened(7, 100)), "the same place, and yet the screen is another one");
        feed.dumped(true);
        assert!(!feed.is_torn() && feed.resumes());
        feed.reached(150);
        feed.gap(200);
        assert!(feed.is_torn() && !feed.resumes());
        feed.dumped(true);
        feed.lost();
        assert!(feed.resumes() && feed.opened(&opened(7, 200)));
        assert!(!feed.is_torn(), "nothing is missing, and no dump comes");
        feed.tear();
        assert!(!feed.resumes());
    }

    #[test]
    fn without_dumps_what_is_missing_is_missing() {
        let mut feed = Feed::default();
        feed.opened(&opened(7, 100));
        feed.gap(200);
        assert!(feed.resumes() && !feed.is_torn());
        assert_eq!(feed.place, Some((7, 200)));
    }

    #[test]
    fn what_has_not_come_back_as_room_is_on_its_way_until_the_connection_is_lost() {
        let mut feed = Feed::default();
        assert_eq!(feed.in_flight(), 0);
        feed.opened(&Opened { room: 100, ..opened(7, 0) });
        for (room, flies) in [(100, 0), (60, 40), (90, 10), (100, 0), (0, 100), (120, 0)] {
            feed.room.1 = room;
            assert_eq!(feed.in_flight(), flies);
        }
        feed.room.1 = 1;
        feed.lost();
        assert_eq!(feed.in_flight(), 0);
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
