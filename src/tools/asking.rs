//! Asking a person for a secret, on a terminal that does not show it.

use std::io::{self, Read};
use std::os::fd::BorrowedFd;

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// A line of `input` without its end; of one that has more than `most` bytes, one more than that. `None`: a byte of `stops`
/// came first.
pub fn line(input: &mut dyn Read, stops: &[u8], most: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    // With room for all of it, so that no part of it stays behind where it was too small.
    let mut line = Zeroizing::new(Vec::with_capacity(most + 1));
    let mut byte = [0];
    loop {
        let came = match input.read(&mut byte) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            came => came?,
        };
        match byte {
            _ if came == 0 => break,
            [b'\n'] => break,
            [stop] if stops.contains(&stop) => return Ok(None),
            _ if line.len() > most => {}
            [byte] => line.push(byte),
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(line))
}

/// A terminal that does not show what is typed; put back when dropped.
///
/// The keys that would interrupt us end the line instead: a program that was killed would leave the terminal so.
pub struct Hidden<'a> {
    terminal: BorrowedFd<'a>,
    before: Termios,
    stops: [u8; 2],
}

impl<'a> Hidden<'a> {
    /// From now on, until it is dropped.
    pub fn on(terminal: BorrowedFd<'a>) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        hidden.local_modes.insert(LocalModes::ICANON | LocalModes::ECHONL);
        let stops = [SpecialCodeIndex::VINTR, SpecialCodeIndex::VQUIT].map(|index| before.special_codes[index]);
        for (index, stop) in [SpecialCodeIndex::VEOL, SpecialCodeIndex::VEOL2].into_iter().zip(stops) {
            hidden.special_codes[index] = stop;
        }
        tcsetattr(terminal, OptionalActions::Flush, &hidden)?;
        Ok(Self { terminal, before, stops })
    }
}

impl Hidden<'_> {
    /// The bytes of the keys that would interrupt us.
    pub fn stops(&self) -> &[u8] {
        &self.stops
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
