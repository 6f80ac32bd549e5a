//! A console behind a connection that speaks telnet. Plain sockets need nothing beside [`Stream`].

use std::io::{self, IoSlice};

use tokio::io::{Interest, Ready};

use super::WindowSize;
use super::telnet::Telnet;
use crate::net::Stream;

/// A connection and its telnet.
#[derive(Debug)]
pub struct TelnetSocket {
    stream: Stream,
    telnet: Telnet,
}

impl TelnetSocket {
    /// Speaks telnet over `stream`, for a terminal of this type and size.
    pub fn new(stream: Stream, terminal_type: &str, size: WindowSize) -> Self {
        Self { stream, telnet: Telnet::new(terminal_type, size) }
    }

    pub(super) async fn ready(&mut self, interest: Interest) -> io::Result<Ready> {
        self.stream.ready(interest).await
    }

    /// `Interrupted` when what came was telnet's alone: there may be more.
    pub(super) fn try_read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.try_read(into)?;
        if length == 0 {
            return Ok(0);
        }
        match self.telnet.receive(&mut into[..length]) {
            0 => Err(io::ErrorKind::Interrupted.into()),
            data => Ok(data),
        }
    }

    pub(super) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.telnet.send(bytes);
        self.flush()?;
        if taken == 0 && !bytes.is_empty() { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(taken) }
    }

    /// Writes what telnet has to say.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while self.has_output() {
            match self.stream.try_write_vectored(&[IoSlice::new(self.telnet.output())]) {
                Ok(written) => self.telnet.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether something waits to be written.
    pub(super) fn has_output(&self) -> bool {
        !self.telnet.output().is_empty()
    }

    pub(super) fn set_size(&mut self, size: WindowSize) {
        self.telnet.set_size(size);
    }

    pub(super) fn set_break(&mut self, on: bool) {
        if on { self.telnet.begin_break() } else { self.telnet.end_break() }
    }
}
