//! Our own client in front of a server, of other people's or ours, on a socket that blocks.

use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use vncterm::geometry::Size;
use vncterm::input::{KeyEvent, Keysym, PointerEvent};
use vncterm::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Login};
use vncterm::rfb::decode::DECODERS;
use vncterm::rfb::error::RfbError;
use vncterm::rfb::ids::Encoding;

use super::picture::Picture;
use super::stage::{seen_in_time, wait_for};

/// See the module.
pub struct Looking {
    stream: TcpStream,
    pub connection: ClientConnection,
    picture: vncterm::rfb::picture::Picture,
    /// What the server did, but for its pixels.
    pub events: Vec<ClientEvent>,
}

impl Looking {
    /// Lists `first` and everything beside pixels.
    pub fn at(port: u16, first: &[Encoding], login: Login) -> Looking {
        let mut encodings = first.to_vec();
        let pseudo = |encoding: &Encoding| DECODERS.iter().all(|decoder| decoder.encoding != *encoding);
        encodings.extend(ClientSettings::all_encodings().into_iter().filter(pseudo));
        Looking::listing(port, encodings, login)
    }

    /// Lists these and nothing else.
    pub fn listing(port: u16, encodings: Vec<Encoding>, login: Login) -> Looking {
        let size_max = Size::new(4096, 4096);
        let settings = ClientSettings { shared: true, login, pixel_format: None, encodings, size_max };
        let stream = seen_in_time(|| TcpStream::connect(("127.0.0.1", port)).ok()).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_millis(50))).expect("not zero");
        let connection = ClientConnection::new(settings, Instant::now());
        Looking { stream, connection, picture: vncterm::rfb::picture::Picture::default(), events: Vec::new() }
    }

    /// Handles what has come, writes, and waits a moment for more.
    pub fn turn(&mut self) -> Result<(), RfbError> {
        let picture = &mut self.picture;
        while let Some(event) = self.connection.poll_event(Instant::now(), &mut |drawing| picture.draw(&drawing))? {
            picture.follow(&event);
            match event {
                ClientEvent::Ready(_) => {
                    self.connection.request_update(false, None);
                    // Xvnc paints the pointer itself as long as it is where this client has not put it.
                    self.connection.send_pointer(PointerEvent::default());
                }
                ClientEvent::Updated { .. } => self.connection.request_update(true, None),
                ClientEvent::CutAnnounced => self.connection.request_cut_text(),
                other => self.events.push(other),
            }
        }
        while self.connection.queued() > 0 {
            let mut slices = [IoSlice::new(&[]); 8];
            let filled = self.connection.poll_transmit(&mut slices);
            let written = self.stream.write_vectored(&slices[..filled]).expect("it reads");
            self.connection.advance(written);
        }
        let mut buffer = vec![0; 1 << 16];
        match self.stream.read(&mut buffer) {
            Ok(length) => self.connection.receive(&buffer[..length]),
            Err(error) => assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}"),
        }
        Ok(())
    }

    /// What is seen.
    pub fn shown(&self) -> Picture {
        let Size { width, height } = self.picture.size();
        let pixels = (0..height).flat_map(|y| self.picture.row(y).to_vec()).collect();
        Picture { width: width as usize, height: height as usize, pixels }
    }

    /// Goes on until that is seen; `false` when it is not in time.
    pub fn sees(&mut self, mut screen: impl FnMut() -> Option<Picture>) -> bool {
        let look = || {
            self.turn().expect("the server speaks RFB");
            (self.shown() == screen()?).then_some(())
        };
        seen_in_time(look).is_some()
    }

    /// Goes on until `look` finds something.
    pub fn until<T>(&mut self, what: &str, mut look: impl FnMut(&mut Looking) -> Option<T>) -> T {
        wait_for(what, || {
            self.turn().expect("the server speaks RFB");
            look(self)
        })
    }

    /// Goes on until the server does something of this kind, after which nothing that it did is kept.
    pub fn until_told<T>(&mut self, what: &str, mut is_it: impl FnMut(&ClientEvent) -> Option<T>) -> T {
        self.until(what, |looking| {
            let found = looking.events.iter().find_map(&mut is_it);
            if found.is_some() {
                looking.events.clear();
            }
            found
        })
    }

    /// Goes on until the handshake is over, one way or the other.
    pub fn comes_in(&mut self) -> Result<(), RfbError> {
        let look = || match self.turn() {
            Ok(()) => self.connection.size().map(|_| Ok(())),
            Err(error) => Some(Err(error)),
        };
        seen_in_time(look).expect("the server answers")
    }

    /// Presses keys in this order, and lets them go in the other.
    pub fn press(&mut self, keysyms: &[u32]) {
        let presses = keysyms.iter().map(|keysym| (*keysym, true));
        for (keysym, down) in presses.chain(keysyms.iter().rev().map(|keysym| (*keysym, false))) {
            self.connection.send_key(KeyEvent { keysym: Keysym(keysym), keycode: None, down, repeat: false });
        }
    }
}
