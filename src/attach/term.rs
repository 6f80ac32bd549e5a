//! The user's terminal, or the files in its place: reading, writing, and leaving it as it was.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc as blocking;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{OptionalActions, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::sync::mpsc;

use super::answers::checked;
use super::painter;
use super::profile::Profile;
use crate::geometry::{GridSize, Size};

/// Bytes read at once.
const READ: usize = 16 * 1024;
/// Reads that may wait to be taken.
const READS: usize = 4;
/// How long the terminal may take for what is under way before we leave it.
pub const LAST_WRITE: Duration = Duration::from_secs(1);

/// The size of the user's terminal; 80x24 if it does not tell.
pub fn size() -> GridSize {
    // Of the terminal that is painted on, which need not be the one that controls us.
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => GridSize::new(size.ws_col, size.ws_row),
        _ => GridSize::new(80, 24),
    }
}

/// The pixels of a cell of it, if it tells.
pub fn cell() -> Option<Size> {
    let size = tcgetwinsize(io::stdout()).ok()?;
    let part = |pixels: u16, cells: u16| u32::from(pixels) / u32::from(cells.max(1));
    checked(Size::new(part(size.ws_xpixel, size.ws_col), part(size.ws_ypixel, size.ws_row)))
}

/// Reads standard input on a thread, which waits when nobody takes what it has read. It ends with the input, or the program.
///
/// # Errors
/// The system's.
pub fn input() -> io::Result<mpsc::Receiver<Vec<u8>>> {
    let (out, input) = mpsc::channel(READS);
    let mut from = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    thread::Builder::new().name("input".into()).spawn(move || {
        let mut buffer = [0; READ];
        loop {
            match from.read(&mut buffer) {
                Ok(length @ 1..) if out.blocking_send(buffer[..length].to_vec()).is_ok() => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // Others may have made it so. Whatever comes of this, the next attempt to read tells.
                    let _ = poll(&mut [PollFd::new(&from, PollFlags::IN)], None);
                }
                _ => return,
            }
        }
    })?;
    Ok(input)
}

/// Writes to standard output on a thread, one thing at a time: a terminal that stands still holds nothing else up.
#[derive(Debug)]
pub struct Output {
    jobs: blocking::Sender<Vec<u8>>,
    done: mpsc::Receiver<io::Result<()>>,
    busy: bool,
}

impl Output {
    /// Begins.
    ///
    /// # Errors
    /// The system's.
    pub fn new() -> io::Result<Self> {
        Self::to(io::stdout().as_fd().try_clone_to_owned()?)
    }

    fn to(output: OwnedFd) -> io::Result<Self> {
        let (jobs, work) = blocking::channel::<Vec<u8>>();
        let (told, done) = mpsc::channel(1);
        let mut output = File::from(output);
        thread::Builder::new().name("output".into()).spawn(move || {
            while let Ok(bytes) = work.recv() {
                if told.blocking_send(write_all(&mut output, &bytes)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { jobs, done, busy: false })
    }

    /// Whether something is being written.
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// Writes, once all before has been written.
    pub fn write(&mut self, bytes: Vec<u8>) {
        // The thread only ends with this.
        self.busy = self.jobs.send(bytes).is_ok();
    }

    /// Waits until what is being written has been; for ever if nothing is. May be dropped half-way without loss.
    ///
    /// # Errors
    /// The output's.
    pub async fn done(&mut self) -> io::Result<()> {
        if !self.busy {
            return std::future::pending().await;
        }
        let done = self.done.recv().await;
        self.busy = false;
        done.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// Waits for the last of it, for so long. If it is busy then, the terminal takes nothing.
    pub async fn finish_within(&mut self, patience: Duration) {
        if self.busy {
            let _ = tokio::time::timeout(patience, self.done()).await;
        }
    }
}

/// How long the line may take that says how it ended.
const LAST_LINE: Duration = Duration::from_millis(250);

/// A line on standard error, which may be a terminal that takes nothing: then nobody reads it.
pub fn remark(text: &str) {
    let (told, said) = blocking::channel();
    let line = format!("vncterm: {text}\n");
    let write = move || told.send(io::stderr().write_all(line.as_bytes()));
    if thread::Builder::new().spawn(write).is_ok() {
        let _ = said.recv_timeout(LAST_LINE);
    }
}

/// Writes all of it, also to what does not block, as others may have made it.
fn write_all(output: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match output.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let _ = poll(&mut [PollFd::new(&*output, PollFlags::OUT)], None);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The terminal while it is ours: no echo, no lines, no signals from keys. It is as it was once this is dropped, and when
/// anything panics.
#[derive(Debug)]
pub struct Taken {
    /// What is written to it in the end; nothing if nothing was painted.
    ending: Arc<Mutex<Option<String>>>,
    taken: Arc<AtomicBool>,
}

impl Taken {
    /// Takes it; with a profile, to be painted on.
    ///
    /// # Errors
    /// It is none.
    pub fn take(profile: Option<Profile>) -> io::Result<Self> {
        crossterm::terminal::enable_raw_mode()?;
        let ending = profile.map(|profile| painter::ending(profile, painter::Owed::default()));
        let taken = Self { ending: Arc::new(Mutex::new(ending)), taken: Arc::new(AtomicBool::new(true)) };
        let (ending, is_taken, before) = (Arc::clone(&taken.ending), Arc::clone(&taken.taken), panic::take_hook());
        panic::set_hook(Box::new(move |told| {
            give_back(&ending, &is_taken);
            before(told);
        }));
        Ok(taken)
    }

    /// From now on this is written to it in the end.
    pub fn set_ending(&self, ending: String) {
        *self.ending.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
    }

    /// What is written to it in the end; nothing if it has been given back.
    pub fn ending(&self) -> Option<String> {
        let ending = self.ending.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ending.filter(|_| self.taken.load(Ordering::SeqCst))
    }

    /// Gives it back, for a while or for good: all has been written to it that is to be, or can be.
    pub fn lend(&self) {
        if self.taken.swap(false, Ordering::SeqCst) {
            let _ = crossterm::terminal::disable_raw_mode();
        }
    }

    /// Takes it again: after it was given back, and whenever others may have changed it.
    ///
    /// # Errors
    /// The system's.
    pub fn retake(&self) -> io::Result<()> {
        crossterm::terminal::enable_raw_mode()?;
        // That does nothing where it was not given back: but a shell that went on with us while we stood still has made it
        // a terminal of lines.
        make_raw(io::stdin().as_fd())?;
        self.taken.store(true, Ordering::SeqCst);
        Ok(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back(&self.ending, &self.taken);
    }
}

/// What a terminal was before is kept elsewhere.
fn make_raw(terminal: BorrowedFd<'_>) -> io::Result<()> {
    let mut settings = tcgetattr(terminal)?;
    settings.make_raw();
    Ok(tcsetattr(terminal, OptionalActions::Now, &settings)?)
}

/// Once, whoever does it. A terminal that is gone needs nothing.
fn give_back(ending: &Mutex<Option<String>>, taken: &AtomicBool) {
    if taken.swap(false, Ordering::SeqCst) {
        if let Some(ending) = ending.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            let mut out = io::stdout().lock();
            let _ = out.write_all(ending.as_bytes()).and_then(|()| out.flush());
        }
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

#[cfg(test)]
mod tests {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::LocalModes;

    use super::*;

    #[tokio::test]
    async fn what_is_written_is_written_in_order_and_one_at_a_time() {
        let (mut reader, writer) = io::pipe().expect("a pipe");
        let mut output = Output::to(writer.into()).expect("a thread");
        assert!(!output.is_busy());
        for text in ["one ", "two"] {
            output.write(text.as_bytes().to_vec());
            assert!(output.is_busy());
            output.done().await.expect("somebody reads");
        }
        drop(output);
        let mut all = String::new();
        reader.read_to_string(&mut all).expect("text");
        assert_eq!(all, "one two");
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_is_not_waited_for() {
        let (_reader, writer) = io::pipe().expect("a pipe");
        let mut output = Output::to(writer.into()).expect("a thread");
        output.write(vec![0; 1024 * 1024]);
        output.finish_within(LAST_WRITE).await;
        assert!(output.is_busy());
    }

    #[tokio::test]
    async fn a_reader_that_is_gone_is_told() {
        let (reader, writer) = io::pipe().expect("a pipe");
        let mut output = Output::to(writer.into()).expect("a thread");
        drop(reader);
        output.write(b"x".to_vec());
        assert_eq!(output.done().await.expect_err("nobody reads").kind(), io::ErrorKind::BrokenPipe);
    }

    /// The program that is watched by the test below.
    const PANICS: &str = "VNCTERM_TEST_PANICS";

    #[test]
    fn it_panics_with_the_terminal_taken() {
        if std::env::var_os(PANICS).is_none() {
            return;
        }
        let profile = Profile::of(|name| (name == "TERM").then(|| "xterm".to_owned())).expect("it can be painted on");
        let taken = Taken::take(Some(profile)).expect("a terminal");
        let modes = tcgetattr(io::stdin()).expect("a terminal").local_modes;
        assert!(!modes.intersects(LocalModes::ECHO | LocalModes::ICANON), "it was not taken");
        taken.set_ending("as it was".to_owned());
        panic!("as no guest should make it");
    }

    #[test]
    fn a_panic_gives_the_terminal_back_before_it_is_told() {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a PTY");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let path = ptsname(&master, Vec::new()).expect("a name").into_string().expect("ASCII");
        let open = || File::options().read(true).write(true).open(&path).expect("a terminal");
        let slave = open();
        let program = std::env::current_exe().expect("it runs");
        let test = "attach::term::tests::it_panics_with_the_terminal_taken";
        let mut program = std::process::Command::new(program)
            .args(["--exact", test, "--nocapture", "--test-threads", "1"])
            .env(PANICS, "1")
            .env("RUST_BACKTRACE", "0")
            .stdin(open())
            .stdout(open())
            .stderr(open())
            .spawn()
            .expect("it runs");
        let (mut said, mut master) = (Vec::new(), File::from(master));
        let mut buffer = [0; 1024];
        while !String::from_utf8_lossy(&said).contains("test result") {
            let length = master.read(&mut buffer).expect("the terminal is open here");
            said.extend_from_slice(&buffer[..length]);
        }
        assert!(!program.wait().expect("it is our child").success());
        let said = String::from_utf8_lossy(&said);
        let (ending, told) = (said.find("as it was"), said.find("as no guest should make it"));
        assert!(ending.is_some() && ending < told, "{said:?}");
        assert_eq!(said.matches("as it was").count(), 1, "{said:?}");
        let modes = tcgetattr(&slave).expect("settings").local_modes;
        assert!(modes.contains(LocalModes::ECHO | LocalModes::ICANON));
    }
}
