//! What the bytes of a viewer go through: a socket, and perhaps a WebSocket on it.
//!
//! ```text
//! viewer's task ◄─► Pipe ◄─► [WebSocket] ◄─► [ahead] ◄─► Stream (TCP, Unix, TLS)
//! ```
//! Its owner sees a stream of bytes, waits for [`Pipe::ready`] and moves what can be moved at once. What a WebSocket says
//! by itself (pongs, pings, its close) goes out on the way.

use std::io::{self, IoSlice};
use std::time::Duration;

use tokio::io::{Interest, Ready};
use tokio::time::Instant;

use super::Stream;
use super::pulse::{Beat, Beats};
use super::tls::Session;
use super::websocket::{CloseCode, Violation, WebSocket};

/// How long an end is waited for that the peer has to make, so that it reads what was said last.
const LINGER: Duration = Duration::from_millis(500);
/// What is read meanwhile, in bytes, and thrown away.
const LINGER_BYTES: usize = 256 * 1024;
/// Slices of its owner's that are written at once.
const SLICES: usize = 16;

/// The way to one viewer.
#[derive(Debug)]
pub struct Pipe {
    stream: Stream,
    /// What was read to learn what is spoken here, and not understood yet.
    ahead: Vec<u8>,
    web_socket: Option<Box<Framed>>,
}

/// A WebSocket and what is known of the peer's life.
#[derive(Debug)]
struct Framed {
    frames: WebSocket,
    beats: Beats,
    life: Life,
    /// The peer has said that it is done.
    closed: bool,
}

/// Whether the other end of a WebSocket is there: something must come after a question.
#[derive(Debug, Default)]
struct Life {
    /// It was asked, and nothing has come since.
    asked: bool,
    /// It was sent payload since the last look. A slow link may carry so much of it that the question is far behind.
    busy: bool,
}

impl Life {
    /// Whether it is to be given up at this look.
    fn is_over(&mut self) -> bool {
        let busy = std::mem::take(&mut self.busy);
        self.asked && !busy
    }
}

impl From<Stream> for Pipe {
    fn from(stream: Stream) -> Self {
        Self { stream, ahead: Vec::new(), web_socket: None }
    }
}

impl Pipe {
    /// Gives bytes back that were read and not understood: they are read again, first.
    pub fn unread(&mut self, bytes: &[u8]) {
        self.ahead.splice(0..0, bytes.iter().copied());
    }

    /// From now on what is read and written is what frames of a WebSocket carry; its handshake is over.
    pub fn begin_web_socket(&mut self, beats: Beats) {
        let framed = Framed { frames: WebSocket::new(), beats, life: Life::default(), closed: false };
        self.web_socket = Some(Box::new(framed));
    }

    /// From its next byte on, those that were given back among them, it is TLS. There is no WebSocket: those are within TLS,
    /// not around it.
    #[must_use]
    pub fn into_tls(self, session: Session) -> Self {
        Self { stream: self.stream.into_tls(session.after(self.ahead)), ahead: Vec::new(), ..self }
    }

    /// See [`Stream::shake_hands`].
    ///
    /// # Errors
    /// The same.
    pub async fn shake_hands(&mut self) -> io::Result<()> {
        self.stream.shake_hands().await
    }

    /// See [`Stream::speaks_http`].
    pub fn speaks_http(&self) -> bool {
        self.stream.speaks_http()
    }

    /// Whether its bytes are carried by a WebSocket.
    pub fn is_web_socket(&self) -> bool {
        self.web_socket.is_some()
    }

    /// Whether its bytes are encrypted.
    pub fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Waits until something of `interest` can be done. May be dropped half-way without loss.
    ///
    /// # Errors
    /// The socket's, and `TimedOut` when a WebSocket's peer does not answer any more.
    pub async fn ready(&mut self, interest: Interest) -> io::Result<Ready> {
        let ended = self.web_socket.as_ref().is_some_and(|framed| framed.closed);
        if interest.is_readable() && (ended || !self.ahead.is_empty()) {
            return Ok(Ready::READABLE);
        }
        let Some(framed) = &mut self.web_socket else { return self.stream.ready(interest).await };
        loop {
            let owes = framed.frames.owes();
            let wanted = if owes { interest | Interest::WRITABLE } else { interest };
            tokio::select! {
                ready = self.stream.ready(wanted) => {
                    let ready = ready?;
                    if owes && ready.is_writable() {
                        framed.flush(&mut self.stream)?;
                    }
                    if ready.is_readable() && interest.is_readable() || ready.is_writable() && interest.is_writable() {
                        return Ok(ready);
                    }
                }
                Ok(()) = framed.beats.changed() => framed.beat(&mut self.stream)?,
            }
        }
    }

    /// Reads what is there; `Ok(0)` at the end, `WouldBlock` when there is nothing yet, `Interrupted` when what came was
    /// the WebSocket's alone: there may be more.
    ///
    /// # Errors
    /// The socket's, and `InvalidData` for what is no WebSocket: the peer is told why with the next write.
    pub fn try_read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.web_socket.as_ref().is_some_and(|framed| framed.closed) {
            return Ok(0);
        }
        let length = if self.ahead.is_empty() { self.stream.try_read(into)? } else { self.take_ahead(into) };
        let Some(framed) = self.web_socket.as_mut().filter(|_| length > 0) else { return Ok(length) };
        framed.life.asked = false;
        let received = framed.frames.receive(&mut into[..length], Instant::now().into_std()).map_err(invalid)?;
        framed.closed = received.closed;
        // Where nothing can be written, what came before counts all the same.
        let _ = framed.flush(&mut self.stream);
        if received.payload == 0 && !received.closed {
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(received.payload)
    }

    fn take_ahead(&mut self, into: &mut [u8]) -> usize {
        let length = self.ahead.len().min(into.len());
        into[..length].copy_from_slice(&self.ahead[..length]);
        self.ahead.drain(..length);
        if self.ahead.is_empty() {
            self.ahead = Vec::new();
        }
        length
    }

    /// Writes as much as the kernel takes, of the first sixteen parts; `WouldBlock` when it takes nothing now. What was not
    /// taken must be what is written next.
    ///
    /// # Errors
    /// The socket's, and `BrokenPipe` where a WebSocket is being closed.
    pub fn try_write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match &mut self.web_socket {
            None => self.stream.try_write_vectored(parts),
            Some(framed) => framed.write(&mut self.stream, &parts[..parts.len().min(SLICES)]),
        }
    }

    /// Says in a close frame why nothing more will come, where there is a WebSocket. Its owner writes nothing after that.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        if let Some(framed) = &mut self.web_socket {
            framed.frames.close(code, reason);
        }
    }

    /// Writes what the WebSocket owes, tells the peer that nothing more will come, and waits a little for its end: a
    /// connection that is dropped with something unread is reset, and what was said last would be lost with it.
    pub async fn linger(mut self) {
        if let Some(framed) = &mut self.web_socket {
            // What cannot be written now never is.
            let _ = framed.flush(&mut self.stream);
        }
        if self.stream.end_writing().is_err() {
            return;
        }
        let drain = async {
            let mut scratch = [0; 512];
            let mut left = LINGER_BYTES;
            while self.stream.ready(Interest::READABLE).await.is_ok() {
                match self.stream.try_read(&mut scratch) {
                    Ok(0) => return,
                    Ok(length) if length > left => return,
                    Ok(length) => left -= length,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(_) => return,
                }
            }
        };
        // Whoever does not end in time is ended.
        let _ = tokio::time::timeout(LINGER, drain).await;
    }
}

fn invalid(violation: Violation) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, violation)
}

impl Framed {
    /// Writes what the WebSocket owes, as far as the kernel takes it now.
    fn flush(&mut self, stream: &mut Stream) -> io::Result<()> {
        match self.write(stream, &[]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && self.frames.is_closing() => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// Writes what is owed and then of `parts`; how much of those.
    fn write(&mut self, stream: &mut Stream, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let waiting = parts.iter().map(|part| part.len()).sum();
        loop {
            self.frames.offer(waiting);
            let mut left = usize::try_from(self.frames.payload_left()).unwrap_or(usize::MAX);
            let mut slices = [IoSlice::new(&[]); SLICES + 1];
            slices[0] = IoSlice::new(self.frames.own());
            for (slot, part) in slices[1..].iter_mut().zip(parts) {
                *slot = IoSlice::new(&part[..part.len().min(left)]);
                left -= slot.len();
            }
            if slices.iter().all(|slice| slice.is_empty()) {
                break;
            }
            let written = stream.try_write_vectored(&slices[..=parts.len()])?;
            let taken = self.frames.advance(written);
            if taken > 0 {
                self.life.busy = true;
                return Ok(taken);
            }
        }
        if waiting > 0 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(0) }
    }

    /// Asks the peer, or looks whether it has answered.
    fn beat(&mut self, stream: &mut Stream) -> io::Result<()> {
        let beat = *self.beats.borrow_and_update();
        match beat {
            Beat::Ask => {
                self.frames.ping();
                self.life.asked = true;
                self.flush(stream)
            }
            Beat::Look if self.life.is_over() => {
                Err(io::Error::new(io::ErrorKind::TimedOut, "the other end of the WebSocket does not answer"))
            }
            Beat::Look => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "pipe_tests.rs"]
mod tests;
