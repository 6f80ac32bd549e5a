//! Standard input: what another program prints, to be looked at. There is no way back to it.

use std::fs::File;
use std::io::{self, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::io::unix::AsyncFd;
use tokio::io::{Interest, Ready};

use super::watch;

/// Standard input, through a pipe of our own: it may be a file, which the reactor cannot watch, and others may share
/// it, so that it has to stay as blocking or not as it is. A thread copies; it ends with the input or with the program.
#[derive(Debug)]
pub struct Stdin {
    pipe: AsyncFd<OwnedFd>,
}

impl Stdin {
    /// Begins to read this process's standard input. Only one console can.
    pub fn open() -> io::Result<Self> {
        Self::copying(io::stdin().as_fd().try_clone_to_owned()?)
    }

    fn copying(input: OwnedFd) -> io::Result<Self> {
        let (ours, mut theirs) = io::pipe()?;
        let ours = OwnedFd::from(ours);
        rustix::io::ioctl_fionbio(&ours, true)?;
        let mut input = File::from(input);
        thread::Builder::new().name("stdin".into()).spawn(move || {
            // An error ends the input as its end does; a console that is gone ends the copying.
            if let Err(error) = copy(&mut input, &mut theirs) {
                tracing::debug!(%error, "standard input cannot be read any more");
            }
        })?;
        Ok(Self { pipe: watch(ours, Interest::READABLE)? })
    }

    pub(super) async fn ready(&self) -> io::Result<Ready> {
        Ok(self.pipe.ready(Interest::READABLE).await?.ready())
    }

    pub(super) fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        self.pipe.try_io(Interest::READABLE, |fd| Ok(rustix::io::read(fd, &mut *into)?))
    }
}

/// Copies to the end. Input that does not block is waited for: one that shares it may have made it so.
fn copy(input: &mut File, output: &mut PipeWriter) -> io::Result<()> {
    let (mut ends, mut read, mut shown) = (LineEnds::default(), [0; 16 * 1024], Vec::new());
    loop {
        match input.read(&mut read) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                shown.clear();
                ends.push(&read[..length], &mut shown);
                output.write_all(&shown)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                // Whatever comes of this, even nothing, the next attempt to read tells.
                let _ = poll(&mut [PollFd::new(&*input, PollFlags::IN)], None);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Ends lines as the line discipline of a terminal would (ONLCR), for no terminal is between a program and its pipe:
/// without that, each line of a text begins below the end of the one before.
///
/// What comes from a guest has been through one already, and a line feed alone means what it says there. The end of the
/// first line tells which of the two it is.
#[derive(Debug, Default)]
struct LineEnds {
    /// Whether lines end in a line feed alone; `None` until one has ended.
    bare: Option<bool>,
    after_return: bool,
}

impl LineEnds {
    /// Adds to `out` what of `bytes` a terminal is to see: at most twice as much.
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            if byte == b'\n' && *self.bare.get_or_insert(!self.after_return) && !self.after_return {
                out.push(b'\r');
            }
            out.push(byte);
            self.after_return = byte == b'\r';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Reads to the end.
    async fn read(stdin: &Stdin) -> Vec<u8> {
        let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            stdin.ready().await.expect("readable");
            match stdin.try_read(&mut buffer) {
                Ok(0) => return seen,
                Ok(length) => seen.extend_from_slice(&buffer[..length]),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        }
    }

    #[tokio::test]
    async fn input_that_does_not_block_has_not_ended() {
        let (input, mut output) = io::pipe().expect("a pipe");
        rustix::io::ioctl_fionbio(&input, true).expect("does not block");
        let stdin = Stdin::copying(input.into()).expect("starts");
        let writer = thread::spawn(move || {
            for _ in 0..64 {
                output.write_all(&[b'x'; 1000]).expect("somebody reads");
                thread::yield_now();
            }
        });
        assert_eq!(read(&stdin).await.len(), 64_000);
        writer.join().expect("no panic");
    }

    #[test]
    fn the_lines_of_a_text_end_as_on_a_terminal() {
        for (input, shown) in [
            ("make: one\ntwo\n\nthree\r\nfour\n", "make: one\r\ntwo\r\n\r\nthree\r\nfour\r\n"),
            ("[    0.0] boot\r\n\x1b[2;5Hx\ny\r\n", "[    0.0] boot\r\n\x1b[2;5Hx\ny\r\n"),
            ("50 %\r100 %\ndone\n", "50 %\r100 %\r\ndone\r\n"),
            ("\n", "\r\n"),
        ] {
            for size in 1..=input.len() {
                let (mut ends, mut out) = (LineEnds::default(), Vec::new());
                input.as_bytes().chunks(size).for_each(|piece| ends.push(piece, &mut out));
                assert_eq!(String::from_utf8_lossy(&out), shown, "in pieces of {size}");
            }
        }
    }

    #[tokio::test]
    async fn a_file_is_read_to_its_end() {
        let path = std::env::temp_dir().join(format!("vncterm-stdin-{}", std::process::id()));
        let mut file = std::fs::File::create(&path).expect("creates");
        file.write_all(&[b'x'; 100_000]).expect("writes");
        let stdin = Stdin::copying(std::fs::File::open(&path).expect("opens").into()).expect("starts");
        std::fs::remove_file(&path).expect("removes");
        assert_eq!(read(&stdin).await.len(), 100_000);
    }
}
