//! A connection that we make to a VNC server, or one that a server makes to us: it moves bytes, [`ClientConnection`] thinks.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::time::Duration;

use tokio::io::{Interest, Ready};
use tokio::time::Instant;

use crate::geometry::Rect;
use crate::net::Stream;
use crate::net::tls::{Dialling, Session};
use crate::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Turn};
use crate::rfb::error::RfbError;
use crate::rfb::message::server::ServerInit;

/// Bytes read at once.
pub const READ: usize = 256 * 1024;
/// Slices written at once.
const SLICES: usize = 16;
/// With so many bytes to be written nothing is read: they are answers that the server does not take. Larger than a cut text,
/// so that no server that writes before it reads waits for us while we wait for it.
pub const ANSWERS_MAX: usize = 2 * 1024 * 1024;
/// What is done with what has come before others have their turn: some milliseconds' worth of drawing.
pub const TURN: Turn = Turn { pixels: 4 * 1024 * 1024, queued: ANSWERS_MAX };
/// For so long half an update is not shown; on a slow way it is, from then on.
pub const SEAMLESS: Duration = Duration::from_millis(100);
/// What is asked for so that the server says anything at all.
pub const PIXEL: Rect = Rect::new(0, 0, 1, 1);

thread_local! {
    /// Where bytes are read to before they are understood: one for each worker.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// Why a connection to a server ends.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// It has hung up.
    #[error("it has hung up")]
    Left,
    /// It does not speak RFB as it should, or did not let us in.
    #[error(transparent)]
    Rfb(#[from] RfbError),
    /// The system's.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// See the module.
#[derive(Debug)]
pub struct Client {
    /// `None` for a moment, while TLS begins.
    stream: Option<Stream>,
    /// What is said and heard.
    pub conn: ClientConnection,
    /// Once all that is queued has left, it goes on over this; it is not read meanwhile.
    starting_tls: Option<Session>,
    /// Since when bytes have waited of which none was taken.
    pub stalled: Option<Instant>,
    /// It takes nothing any more, but what it said before may still be read.
    deaf: bool,
}

impl Client {
    fn new(stream: Stream, settings: ClientSettings, now: Instant) -> Self {
        Self {
            stream: Some(stream),
            conn: ClientConnection::new(settings, now.into_std()),
            starting_tls: None,
            stalled: None,
            deaf: false,
        }
    }

    /// Comes in to the server at the other end of `stream`, within TLS by `tls` where that is agreed on.
    ///
    /// # Errors
    /// Why it did not let us in.
    pub async fn greet(
        stream: Stream,
        settings: ClientSettings,
        tls: Option<Dialling>,
    ) -> Result<(Self, ServerInit), Lost> {
        let mut client = Self::new(stream, settings, Instant::now());
        loop {
            match client.conn.poll_event(Instant::now().into_std(), &mut |_| ())? {
                Some(ClientEvent::Ready(init)) => return Ok((client, init)),
                Some(ClientEvent::StartTls) => {
                    let session = tls.as_ref().map(Dialling::session).transpose()?;
                    client.starting_tls = Some(session.ok_or(RfbError::Misbehaved("TLS that nobody has asked for"))?);
                }
                Some(_) => continue,
                None => {}
            }
            client.write()?;
            let deadline = client.conn.poll_timeout().map_or_else(Instant::now, Instant::from_std);
            tokio::select! {
                ready = client.ready() => {
                    if ready?.is_readable() && client.starting_tls.is_none() {
                        client.read_some()?;
                    }
                }
                () = tokio::time::sleep_until(deadline) => {}
            }
        }
    }

    /// Whether what is said is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        matches!(self.stream, Some(Stream::Tls(_)))
    }

    /// Whether so much waits to be written that nothing is read.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.conn.queued() >= ANSWERS_MAX
    }

    /// Waits until something can be read, or written where there is something to write. May be dropped half-way without
    /// loss.
    pub async fn ready(&mut self) -> io::Result<Ready> {
        let reads = self.starting_tls.is_none() && !self.is_full();
        let interest = match (reads, self.conn.queued() > 0) {
            (true, true) => Interest::READABLE | Interest::WRITABLE,
            (true, false) => Interest::READABLE,
            (false, _) => Interest::WRITABLE,
        };
        match &mut self.stream {
            Some(stream) => stream.ready(interest).await,
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Takes some of what has come, at most [`READ`] bytes, and how much; `None` when there is no more now.
    ///
    /// # Errors
    /// It has hung up, or the system's.
    pub fn read_some(&mut self) -> Result<Option<usize>, Lost> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        let read = SCRATCH.with_borrow_mut(|scratch| {
            let length = stream.try_read(scratch)?;
            self.conn.receive(&scratch[..length]);
            io::Result::Ok(length)
        });
        match read {
            Ok(0) => Err(Lost::Left),
            Ok(length) => Ok(Some(length)),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => Ok(None),
                // It was TLS's own.
                io::ErrorKind::Interrupted => Ok(Some(0)),
                io::ErrorKind::ConnectionReset => Err(Lost::Left),
                _ => Err(Lost::Io(error)),
            },
        }
    }

    /// Writes what the kernel takes.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&mut self) -> Result<(), Lost> {
        while let Some(stream) = self.stream.as_mut().filter(|_| !self.deaf) {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = self.conn.poll_transmit(&mut slices);
            if filled == 0 {
                self.stalled = None;
                break;
            }
            match stream.try_write_vectored(&slices[..filled]) {
                Ok(length) => {
                    self.conn.advance(length);
                    self.stalled = None;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stalled.get_or_insert_with(Instant::now);
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What it said before it hung up is worth hearing, and reading tells that it has.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    self.stalled.get_or_insert_with(Instant::now);
                    self.deaf = true;
                }
                Err(error) => return Err(Lost::Io(error)),
            }
        }
        if self.deaf {
            if self.starting_tls.is_some() {
                return Err(Lost::Left);
            }
            self.conn.advance(self.conn.queued());
            return Ok(());
        }
        if self.conn.queued() == 0
            && let Some(session) = self.starting_tls.take()
        {
            self.stream = self.stream.take().map(|stream| stream.into_tls(session));
            self.conn.tls_started();
            return self.write();
        }
        Ok(())
    }
}
