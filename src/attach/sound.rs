//! `vncterm attach --audio-out`: a guest's sound to a file or to standard output, as a WAV file.
//!
//! It asks for no picture, but once, to be told that there is sound; so it works with every server that has QEMU's audio extension.

mod keeping;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Failure;
use super::door::Door;
use super::retry::{Told, is_final, reason};
use super::server::{NoServer, pause};
use super::signals::Signals;
use super::term::remark;
use crate::audio::wav;
use crate::client::{Client, Lost, PIXEL};
use crate::config::attach::AudioOut;
use crate::rfb::client::ClientEvent;
use crate::rfb::ext::audio::{Format, Heard};
use crate::rfb::ids::Encoding;
use keeping::{Keeping, Piece};

/// A server that has not said within so long that it has sound has none.
const NO_SOUND: Duration = Duration::from_secs(3);
/// Bytes that wait for whoever reads the output, at most: 11 seconds. Then the oldest become silence.
const WAITING: usize = 2 * 1024 * 1024;
/// Frames that wait are put together up to so many bytes.
const JOB: usize = 16 * 1024;
/// How long the last of it may take.
const LAST_WRITE: Duration = Duration::from_secs(5);

/// See the module.
struct Recorder {
    to: AudioOut,
    format: Format,
    /// Once there is a server with sound: what was there before is kept until then.
    out: Option<Output>,
    keeping: Keeping,
    heard: u64,
    /// Attempts in vain, and why, since there was sound last.
    failures: u32,
    told: Told,
}

/// Records until a signal comes, or nobody reads any more.
///
/// # Errors
/// That there is no sound, that some was lost, and what ended it.
pub async fn record(to: AudioOut, mut door: Door) -> Result<(), Failure> {
    let (client, _) = door.enter().await?;
    door.asks = false;
    let mut signals = Signals::new().map_err(Failure::Terminal)?;
    let format = Format::default();
    let keeping = Keeping::new(format);
    let mut recorder = Recorder { to, format, out: None, keeping, heard: 0, failures: 0, told: Told::default() };
    let end = recorder.run(client, &mut door, &mut signals).await;
    recorder.finish(end, &mut signals).await
}

impl Recorder {
    /// Hears one connection after the other.
    async fn run(&mut self, mut client: Client, door: &mut Door, signals: &mut Signals) -> Result<(), Failure> {
        loop {
            match self.listen(&mut client, signals).await {
                Err(Failure::NoServer(why)) => self.complain(&why.to_string()),
                done => return done,
            }
            let rest = self.keeping.lost(Instant::now().into_std());
            self.write(rest);
            match self.reach(door, signals).await? {
                Some(again) => client = again,
                None => return Ok(()),
            }
        }
    }

    /// Each reason is said once, however often it is tried.
    fn complain(&mut self, why: &str) {
        if self.told.is_new(why) {
            remark(&format!("{why}; trying again"));
        }
    }

    /// Another connection; `None`: we were asked to stop.
    async fn reach(&mut self, door: &mut Door, signals: &mut Signals) -> Result<Option<Client>, Failure> {
        loop {
            self.failures = self.failures.saturating_add(1);
            let attempt = async {
                tokio::time::sleep(pause(self.failures)).await;
                door.enter().await
            };
            let entered = tokio::select! {
                entered = attempt => entered,
                () = signals.stopped() => return Ok(None),
                done = done(&mut self.out) => return done.map(|()| None),
            };
            match entered {
                Ok((client, _)) => return Ok(Some(client)),
                Err(why) if is_final(&why) => return Err(why.into()),
                Err(why) => self.complain(reason(&why.to_string())),
            }
        }
    }

    /// Hears one connection. `Ok`: that was all.
    async fn listen(&mut self, client: &mut Client, signals: &mut Signals) -> Result<(), Failure> {
        client.conn.listen(Some(self.format));
        client.conn.request_update(false, Some(PIXEL));
        let mut patience = Some(Instant::now() + NO_SOUND);
        loop {
            tokio::select! {
                event = next(client) => match event.map_err(NoServer::from)? {
                    ClientEvent::Acknowledged(Encoding::QEMU_AUDIO) => {
                        patience = None;
                        self.failures = 0;
                        self.told.clear();
                        if self.out.is_none() {
                            self.out = Some(Output::to(&self.to, self.format)?);
                        }
                    }
                    // The acknowledgement may come with what changes.
                    ClientEvent::Updated { .. } if patience.is_some() => client.conn.request_update(true, Some(PIXEL)),
                    ClientEvent::Sound(heard) => self.hear(heard),
                    _ => {}
                },
                done = done(&mut self.out) => return done,
                () = tokio::time::sleep_until(patience.unwrap_or_else(Instant::now)), if patience.is_some() => {
                    return Err(Failure::NoSound);
                }
                () = signals.stopped() => return Ok(()),
            }
        }
    }

    fn hear(&mut self, heard: Heard) {
        let now = Instant::now().into_std();
        let pieces = match heard {
            Heard::Begin => self.keeping.begin(now),
            Heard::Data(frames) => {
                self.heard += frames.0.len() as u64;
                self.keeping.data(frames.0, now)
            }
            Heard::End => self.keeping.end(now),
        };
        self.write(pieces);
    }

    fn write(&mut self, pieces: Vec<Piece>) {
        // There is one: nothing is heard before the server has said that there is sound.
        self.out.iter_mut().for_each(|out| pieces.iter().cloned().for_each(|piece| out.write(piece)));
    }

    /// Writes the rest, and says what became of it.
    async fn finish(mut self, end: Result<(), Failure>, signals: &mut Signals) -> Result<(), Failure> {
        let rest = self.keeping.settle(Instant::now().into_std());
        self.write(rest);
        let (format, Keeping { holes, missing, .. }) = (self.format, self.keeping);
        let seconds = |bytes: u64| bytes as f64 / (f64::from(format.rate) * format.frame() as f64);
        let Some(out) = self.out else { return end };
        let lost = out.lost;
        let written = tokio::select! {
            written = out.finish() => written,
            // Whoever says it twice does not want to wait.
            () = signals.stopped() => Err(io::ErrorKind::Interrupted.into()),
        };
        end?;
        written.map_err(Failure::AudioOut)?;
        if lost > 0 {
            remark(&format!("{:.2} s of sound are lost: the output is not read fast enough", seconds(lost)));
        }
        if holes > 0 {
            let missing = seconds(missing);
            remark(&format!("sound was lost on its way, {holes} times: {missing:.2} s of it, which are silent here"));
        }
        remark(&format!("{:.2} s of sound", seconds(self.heard - lost)));
        if lost > 0 || holes > 0 { Err(Failure::BytesLost) } else { Ok(()) }
    }
}

/// Waits until nothing more can be written: that somebody reads no more is all. May be dropped half-way without loss.
async fn done(out: &mut Option<Output>) -> Result<(), Failure> {
    let Some(out) = out else { return std::future::pending().await };
    match out.done().await {
        // Who reads no more has heard enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => match &out.path {
            Some(path) if !out.is_open() => Err(Failure::NoAudioOut(path.clone(), error)),
            _ => Err(Failure::AudioOut(error)),
        },
        Ok(()) => Ok(()),
    }
}

/// The next thing the server does. May be dropped half-way without loss.
async fn next(client: &mut Client) -> Result<ClientEvent, Lost> {
    loop {
        if let Some(event) = client.conn.poll_event(Instant::now().into_std(), &mut |_| ())? {
            return Ok(event);
        }
        client.write()?;
        let timeout = client.conn.poll_timeout().map(Instant::from_std);
        tokio::select! {
            ready = client.ready() => {
                if ready?.is_readable() {
                    client.read_some()?;
                }
            }
            () = tokio::time::sleep_until(timeout.unwrap_or_else(Instant::now)), if timeout.is_some() => {}
        }
    }
}

/// Where frames go: a thread opens it and writes them, so that a slow disk, or a fifo that nobody reads, holds up nothing but its own
/// bytes.
struct Output {
    /// What is opened, where that is not open already.
    path: Option<PathBuf>,
    opened: Arc<AtomicBool>,
    jobs: Option<mpsc::Sender<Piece>>,
    told: mpsc::Receiver<io::Result<()>>,
    /// What waits for the thread, and how many bytes of frames that are.
    waiting: VecDeque<Piece>,
    bytes: usize,
    lost: u64,
}

impl Output {
    /// Begins with a head that knows no length yet.
    fn to(to: &AudioOut, format: Format) -> Result<Self, Failure> {
        let (jobs, work) = mpsc::channel(1);
        let (tell, told) = mpsc::channel(1);
        let path = match to {
            AudioOut::Stdout => None,
            AudioOut::File(path) => Some(path.clone()),
        };
        let opened = Arc::new(AtomicBool::new(false));
        let (is_open, to) = (Arc::clone(&opened), path.clone());
        let write = move || {
            let opened: io::Result<Box<dyn Sink>> = match to {
                None => Ok(Box::new(io::stdout())),
                Some(path) => File::create(path).map(|file| Box::new(file) as _),
            };
            let written = opened.and_then(|mut out| {
                is_open.store(true, Ordering::Release);
                write_all(&mut *out, format, work)
            });
            // Nobody need hear it any more.
            let _ = tell.blocking_send(written);
        };
        std::thread::Builder::new().name("sound".into()).spawn(write).map_err(Failure::Start)?;
        Ok(Self { path, opened, jobs: Some(jobs), told, waiting: VecDeque::new(), bytes: 0, lost: 0 })
    }

    fn is_open(&self) -> bool {
        self.opened.load(Ordering::Acquire)
    }

    /// Writes, once all before has been written. What is too much is lost, and becomes silence; before somebody opens the other end
    /// of a fifo it is lost on nobody.
    fn write(&mut self, piece: Piece) {
        match (piece, self.waiting.back_mut()) {
            (Piece::Frames(frames), Some(Piece::Frames(last))) if last.len() + frames.len() <= JOB => {
                self.bytes += frames.len();
                last.extend(frames);
            }
            (Piece::Silence(bytes), Some(Piece::Silence(last))) => *last = last.saturating_add(bytes),
            (piece, _) => {
                self.bytes += if let Piece::Frames(frames) = &piece { frames.len() } else { 0 };
                self.waiting.push_back(piece);
            }
        }
        let mut silence = 0;
        while self.bytes > WAITING
            && let Some(oldest) = self.waiting.pop_front()
        {
            silence += match oldest {
                Piece::Frames(frames) => {
                    self.bytes -= frames.len();
                    self.lost += if self.is_open() { frames.len() as u64 } else { 0 };
                    frames.len() as u64
                }
                Piece::Silence(bytes) => bytes,
            };
        }
        if silence > 0 && self.is_open() {
            self.waiting.push_front(Piece::Silence(silence));
        }
        self.pass_on();
    }

    fn take(&mut self) -> Option<Piece> {
        let piece = self.waiting.pop_front()?;
        self.bytes -= if let Piece::Frames(frames) = &piece { frames.len() } else { 0 };
        Some(piece)
    }

    /// Gives the thread what it takes now.
    fn pass_on(&mut self) {
        while !self.waiting.is_empty()
            && let Some(Ok(room)) = self.jobs.as_ref().map(mpsc::Sender::try_reserve)
        {
            let Some(piece) = self.waiting.pop_front() else { return };
            self.bytes -= if let Piece::Frames(frames) = &piece { frames.len() } else { 0 };
            room.send(piece);
        }
    }

    /// Waits until the thread has ended, which it does by itself only when it cannot write; and gives it what it takes meanwhile.
    /// May be dropped half-way without loss.
    async fn done(&mut self) -> io::Result<()> {
        loop {
            let jobs = self.jobs.clone().filter(|_| !self.waiting.is_empty());
            tokio::select! {
                told = self.told.recv() => return told.unwrap_or(Ok(())),
                Some(room) = async { Some(jobs?.reserve_owned().await.ok()) } => {
                    match (room, self.take()) {
                        (Some(room), Some(piece)) => drop(room.send(piece)),
                        // The thread has ended, and says why.
                        _ => return self.told.recv().await.unwrap_or(Ok(())),
                    }
                }
            }
        }
    }

    /// Writes the rest, and the length into the head.
    async fn finish(mut self) -> io::Result<()> {
        // The end of a fifo that nobody reads has nobody to wait for, but a file that is being opened has.
        let patience = if self.path.is_none() || self.is_open() { LAST_WRITE } else { LAST_WRITE / 10 };
        let last = async {
            while !self.waiting.is_empty() {
                let Some(jobs) = self.jobs.clone() else { break };
                let Ok(room) = jobs.reserve_owned().await else { break };
                drop(self.take().map(|piece| room.send(piece)));
            }
            self.jobs = None;
            self.told.recv().await.unwrap_or(Ok(()))
        };
        match tokio::time::timeout(patience, last).await {
            Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Ok(done) => done,
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "nobody reads it")),
        }
    }
}

/// What a WAV file is written to.
trait Sink: Write + Send {
    /// Writes the head anew, where that can be.
    fn rewrite(&mut self, head: &[u8]) -> io::Result<()>;
}

impl Sink for File {
    fn rewrite(&mut self, head: &[u8]) -> io::Result<()> {
        match self.seek(SeekFrom::Start(0)) {
            Ok(_) => self.write_all(head),
            // A pipe, or a fifo.
            Err(_) => Ok(()),
        }
    }
}

impl Sink for io::Stdout {
    fn rewrite(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

/// The thread's work, until nobody gives it any more.
fn write_all(out: &mut dyn Sink, format: Format, mut work: mpsc::Receiver<Piece>) -> io::Result<()> {
    out.write_all(&wav::head(format, None))?;
    let mut length = 0_u64;
    while let Some(piece) = work.blocking_recv() {
        match piece {
            Piece::Frames(frames) => {
                out.write_all(&frames)?;
                length += frames.len() as u64;
            }
            // All of its samples are signed.
            Piece::Silence(bytes) => length += io::copy(&mut io::repeat(0).take(bytes), out)?,
        }
        if work.is_empty() {
            out.flush()?;
        }
    }
    out.flush()?;
    // One that is longer than the head can tell says that it does not know.
    out.rewrite(&wav::head(format, u32::try_from(length).ok().filter(|length| *length < u32::MAX - 64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("vncterm-{name}-{}.wav", std::process::id()))
    }

    /// To a thread that takes nothing; and what that holds.
    fn stuck(opened: bool) -> (Output, mpsc::Receiver<Piece>, mpsc::Sender<io::Result<()>>) {
        let (jobs, work) = mpsc::channel(1);
        let (tell, told) = mpsc::channel(1);
        let opened = Arc::new(AtomicBool::new(opened));
        let waiting = VecDeque::new();
        (Output { path: None, opened, jobs: Some(jobs), told, waiting, bytes: 0, lost: 0 }, work, tell)
    }

    #[tokio::test]
    async fn a_file_has_every_frame_and_its_length_in_its_head() {
        let (path, format) = (path("sound"), Format::default());
        let mut out = Output::to(&AudioOut::File(path.clone()), format).expect("a thread");
        let frames: Vec<u8> = (0..100_000_u32).map(|number| (number % 251) as u8).collect();
        frames.chunks(1_764).for_each(|piece| out.write(Piece::Frames(piece.to_vec())));
        out.write(Piece::Silence(30_000));
        out.write(Piece::Frames(vec![7; 4]));
        assert_eq!(out.lost, 0);
        out.finish().await.expect("written");
        let file = std::fs::read(&path).expect("there");
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(file[..wav::HEAD], wav::head(format, Some(130_004)));
        assert!(file[wav::HEAD..] == [&frames[..], &[0; 30_000], &[7; 4]].concat());
    }

    #[tokio::test]
    async fn of_what_nobody_reads_the_oldest_becomes_silence_and_is_counted() {
        let (mut out, mut work, _tell) = stuck(true);
        // One job is the thread's.
        let jobs = WAITING / JOB + 4;
        (0..jobs).for_each(|_| out.write(Piece::Frames(vec![1; JOB])));
        assert_eq!((out.bytes, out.lost), (WAITING, 3 * JOB as u64));
        assert_eq!(work.try_recv(), Ok(Piece::Frames(vec![1; JOB])));
        out.pass_on();
        assert_eq!(work.try_recv(), Ok(Piece::Silence(3 * JOB as u64)), "the rest is where it belongs");
        (0..1_000).for_each(|_| out.write(Piece::Silence(4)));
        assert!(out.waiting.len() <= WAITING / JOB + 2);
    }

    #[tokio::test]
    async fn a_fifo_that_nobody_reads_yet_holds_nothing_up_and_is_given_what_comes_then() {
        let (mut out, _work, _tell) = stuck(false);
        (0..WAITING / JOB + 9).for_each(|_| out.write(Piece::Frames(vec![1; JOB])));
        assert_eq!((out.bytes, out.lost), (WAITING, 0));
        assert!(!out.waiting.iter().any(|piece| matches!(piece, Piece::Silence(_))));
        let path = path("fifo");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).expect("a fifo");
        let mut out = Output::to(&AudioOut::File(path.clone()), Format::default()).expect("a thread");
        out.write(Piece::Frames(vec![1; 4]));
        assert!(!out.is_open());
        let mut reader = File::options().read(true).open(&path).expect("somebody writes");
        out.finish().await.expect("written");
        let mut all = Vec::new();
        reader.read_to_end(&mut all).expect("read");
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(all, [&wav::head(Format::default(), None)[..], &[1; 4]].concat());
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_made_is_named() {
        let mut out = Some(Output::to(&AudioOut::File("/no/such/file".into()), Format::default()).expect("a thread"));
        let error = done(&mut out).await.expect_err("it cannot be made").to_string();
        assert!(error.starts_with("cannot write /no/such/file: "), "{error}");
    }
}
