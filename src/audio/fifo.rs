//! Sound from a fifo: raw samples, as PulseAudio's pipe sink and `sox` write them, or a WAV file, as QEMU's `wav` audiodev does.
//!
//! It is read for life, with or without listeners, and whoever writes never gets a signal because nobody reads: it stays open from
//! the start. Each writer is a stream of its own, with a head of its own or without; where somebody keeps the fifo open, a head begins
//! another sound.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tokio::net::unix::pipe::{OpenOptions, Receiver};
use tokio::time::{Instant, sleep, timeout};

use super::pace::Pace;
use super::wav::{self, Beginning};
use super::{PIECES, Publisher};
use crate::rfb::ext::audio::Format;
use crate::shutdown::Stop;

/// How often it is read while sound comes: about a piece each time, however small what is written.
const TICK: Duration = Duration::from_millis(1000 / PIECES as u64);
/// The same while nobody listens.
const IDLE_TICK: Duration = Duration::from_millis(100);
/// No more than this gathers in the pipe meanwhile: a quarter of what it holds.
const GATHERS: usize = 16 * 1024;
/// Without a sample for so long there is no sound.
const SILENT: Duration = Duration::from_secs(1);
/// How often a silent fifo is looked for: another may have taken its name.
const LOOK: Duration = Duration::from_secs(2);
/// How long it is until one that cannot be opened is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Bytes read at once.
const READ: usize = 64 * 1024;

/// Where sound comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fifo {
    /// It is made if nothing is there.
    pub path: PathBuf,
    /// Of samples without a head.
    pub format: Format,
}

/// Reads it until asked to stop.
pub fn start(fifo: Fifo, publisher: Publisher, mut stop: Stop) {
    let mut reader = Reader { fifo, publisher, said: String::new() };
    tokio::spawn(async move {
        tokio::select! {
            () = reader.run() => {}
            () = stop.requested() => {}
        }
    });
}

struct Reader {
    fifo: Fifo,
    publisher: Publisher,
    /// What went wrong last: it is said once.
    said: String,
}

impl Reader {
    async fn run(&mut self) {
        // It is held until the next is open, so that whoever writes in between finds a reader.
        let mut before = None;
        loop {
            let opened = open(&self.fifo.path).await;
            drop(before.take());
            match opened {
                Ok(pipe) => {
                    self.said.clear();
                    tracing::debug!(path = %self.fifo.path.display(), "sound: the fifo is open");
                    if let Err(error) = self.read(&pipe).await {
                        self.complain(&error.to_string());
                        sleep(AGAIN).await;
                    }
                    before = Some(pipe);
                }
                Err(error) => {
                    self.complain(&error.to_string());
                    sleep(AGAIN).await;
                }
            }
        }
    }

    fn complain(&mut self, why: &str) {
        if self.said != why {
            tracing::warn!(path = %self.fifo.path.display(), why, "sound: the fifo cannot be read; it is tried again");
            self.said = why.to_owned();
        }
    }

    /// Reads what one writer writes, or several who follow one another closely; until the last has gone, or another file has taken
    /// the name.
    async fn read(&mut self, pipe: &Receiver) -> io::Result<()> {
        let mut stream = Stream::default();
        let read = self.read_stream(pipe, &mut stream).await;
        stream.pause(&mut self.publisher);
        read
    }

    async fn read_stream(&mut self, pipe: &Receiver, stream: &mut Stream) -> io::Result<()> {
        let mut pace: Option<(usize, Pace)> = None;
        let mut buffer = vec![0; READ];
        loop {
            if !self.wait(pipe, stream).await? {
                return Ok(());
            }
            let rate = stream.format.map_or_else(|| rate_of(self.fifo.format), rate_of);
            let now = Instant::now().into_std();
            let (_, pace) = match &mut pace {
                Some(known) if known.0 == rate => known,
                _ => pace.insert((rate, Pace::new(rate, now))),
            };
            let there = usize::try_from(rustix::io::ioctl_fionread(pipe)?).unwrap_or(READ);
            // At its end there is nothing, which is read all the same.
            let allowed = if there == 0 { READ } else { pace.allows(there.min(READ), now) };
            if allowed > 0 {
                let room = buffer.get_mut(..allowed).unwrap_or_default();
                match pipe.try_read(room) {
                    Ok(0) => return Ok(()),
                    Ok(length) => {
                        pace.took(length);
                        stream.take(room.get(..length).unwrap_or_default(), self.fifo.format, &mut self.publisher);
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                    Err(error) => return Err(error),
                }
            }
            let tick = if self.publisher.wanted().is_some() { TICK } else { IDLE_TICK };
            sleep(tick.min(Duration::from_secs(1).mul_f64(GATHERS as f64 / rate as f64))).await;
        }
    }

    /// Waits until there is something to be read, and says so when there is no sound meanwhile. `false`: there will be nothing,
    /// because another file has the name.
    async fn wait(&mut self, pipe: &Receiver, stream: &mut Stream) -> io::Result<bool> {
        if let Ok(ready) = timeout(SILENT, pipe.readable()).await {
            return ready.map(|()| true);
        }
        stream.pause(&mut self.publisher);
        let own = rustix::fs::fstat(pipe)?;
        loop {
            if let Ok(ready) = timeout(LOOK, pipe.readable()).await {
                return ready.map(|()| true);
            }
            let there = fs::metadata(&self.fifo.path);
            if there.is_ok_and(|there| (there.dev(), there.ino()) != (own.st_dev, own.st_ino)) {
                return Ok(false);
            }
        }
    }
}

/// Bytes of a second.
fn rate_of(format: Format) -> usize {
    format.frame() * format.rate as usize
}

/// Opens it; makes it if nothing is there. QEMU and others would make a file of that name else, and fill the disk.
async fn open(path: &Path) -> io::Result<Receiver> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0) {
                Ok(()) | Err(rustix::io::Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(error) => return Err(error),
        Ok(found) if !found.file_type().is_fifo() => {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no fifo"));
        }
        Ok(_) => {}
    }
    OpenOptions::new().open_receiver(path)
}

/// Where a stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// At its beginning, or at that of another one.
    #[default]
    Head,
    /// Among its samples.
    Samples,
    /// Behind them, or in something that cannot be heard: whatever comes before the next head is no sound.
    Between,
}

/// What comes through the fifo while somebody has it open for writing: one sound, or several. Who keeps it open for others, as a
/// shell does, has their heads follow one another without an end between them; so heads are looked for everywhere.
#[derive(Debug, Default)]
struct Stream {
    part: Part,
    /// Of its samples, or of those before, once that is known.
    format: Option<Format>,
    /// Its head as far as it has come, and then the beginning of a frame, or of another head.
    held: Vec<u8>,
    /// How many bytes of samples there are yet, where its head has told.
    left: Option<u64>,
    /// The samples have no head.
    raw: bool,
    /// Something came that cannot be heard: it is said once.
    complained: bool,
    /// The publisher has been told that there is sound.
    sounds: bool,
}

impl Stream {
    /// Takes what has come.
    fn take(&mut self, bytes: &[u8], raw: Format, publisher: &mut Publisher) {
        self.held.extend_from_slice(bytes);
        while match self.part {
            Part::Head => self.head(raw),
            Part::Samples => self.samples(publisher),
            Part::Between => self.between(),
        } {}
    }

    /// Whether there is more to be done.
    fn head(&mut self, raw: Format) -> bool {
        match wav::beginning(&self.held) {
            Beginning::Short => return false,
            Beginning::Raw => (self.format, self.left, self.raw) = (Some(raw), None, true),
            Beginning::Wav { format, head, length } => {
                self.held.drain(..head.min(self.held.len()));
                (self.format, self.left, self.raw) = (Some(format), length.map(u64::from), false);
            }
            Beginning::Foreign(why) => {
                if !std::mem::replace(&mut self.complained, true) {
                    tracing::warn!(why, "sound: what comes through the fifo cannot be heard");
                }
                // So that it is not found again.
                self.held.drain(..4.min(self.held.len()));
                self.part = Part::Between;
                return true;
            }
        }
        self.part = Part::Samples;
        true
    }

    /// Likewise.
    fn samples(&mut self, publisher: &mut Publisher) -> bool {
        let Some(format) = self.format else { return false };
        let (next, is_whole) = wav::next_head(&self.held);
        let there = self.left.map_or(next, |left| next.min(usize::try_from(left).unwrap_or(usize::MAX)));
        let whole = there - there % format.frame();
        self.say(format, whole, publisher);
        match self.left {
            // The rest tells of the sound, and is none.
            Some(left) if left < format.frame() as u64 => self.part = Part::Between,
            _ if is_whole => {
                self.held.drain(..next - whole);
                self.part = Part::Head;
            }
            _ => return false,
        }
        self.end(publisher);
        true
    }

    /// Likewise.
    fn between(&mut self) -> bool {
        let (next, is_whole) = wav::next_head(&self.held);
        self.held.drain(..next);
        if is_whole {
            self.part = Part::Head;
        }
        is_whole
    }

    /// So many bytes of what is held are whole frames.
    fn say(&mut self, format: Format, whole: usize, publisher: &mut Publisher) {
        if whole == 0 {
            return;
        }
        if !std::mem::replace(&mut self.sounds, true) {
            publisher.begin(format);
        }
        publisher.frames(self.held.get(..whole).unwrap_or_default());
        self.held.drain(..whole);
        self.left = self.left.map(|left| left.saturating_sub(whole as u64));
    }

    /// Nothing comes any more, for now. What looked like a head was none then. Half a frame without a head was left behind by a
    /// writer that was cut off, and the next one begins with a frame of his own; behind a head it is the same writer still, who
    /// writes by blocks that end where they may.
    fn pause(&mut self, publisher: &mut Publisher) {
        if let (Part::Samples, Some(format)) = (self.part, self.format) {
            let there =
                self.left.and_then(|left| usize::try_from(left).ok()).unwrap_or(usize::MAX).min(self.held.len());
            self.say(format, there - there % format.frame(), publisher);
            if self.raw {
                self.held.clear();
                self.part = Part::Head;
            }
        }
        self.end(publisher);
    }

    fn end(&mut self, publisher: &mut Publisher) {
        if std::mem::take(&mut self.sounds) {
            publisher.end();
        }
    }
}

#[cfg(test)]
#[path = "fifo_tests.rs"]
mod tests;
