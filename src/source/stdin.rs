//! Standard input: what another program prints, to be looked at. There is no way back to it.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::thread;

use tokio::io::unix::AsyncFd;
use tokio::io::{Interest, Ready};

use super::watch;

/// Standard input, through a pipe of our own: it may be a file, which the reactor cannot watch, and others may share
/// it, so that it has to stay as blocking as it is. A thread copies; it ends with the input or with the program.
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
        let mut input = std::fs::File::from(input);
        thread::Builder::new().name("stdin".into()).spawn(move || {
            // An error ends the input as its end does; a console that is gone ends the copying.
            if let Err(error) = io::copy(&mut input, &mut theirs) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[tokio::test]
    async fn a_file_is_read_to_its_end() {
        let path = std::env::temp_dir().join(format!("vncterm-stdin-{}", std::process::id()));
        let mut file = std::fs::File::create(&path).expect("creates");
        file.write_all(&[b'x'; 100_000]).expect("writes");
        let stdin = Stdin::copying(std::fs::File::open(&path).expect("opens").into()).expect("starts");
        std::fs::remove_file(&path).expect("removes");
        let (mut seen, mut buffer) = (0, [0; 4096]);
        loop {
            stdin.ready().await.expect("readable");
            match stdin.try_read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => seen += length,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        }
        assert_eq!(seen, 100_000);
    }
}
