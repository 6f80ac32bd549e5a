//! `vncterm attach --audio-out`: a guest's sound to a file or to standard output, as a WAV file.
//!
//! It asks for no picture, but once, to be told that there is sound; so it works with every server that has QEMU's audio extension.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Failure;
use super::door::Door;
use super::server::{NoServer, pause};
use super::signals::{Said, Signals};
use crate::audio::wav;
use crate::client::{Client, Lost, PIXEL};
use crate::config::attach::AudioOut;
use crate::rfb::client::ClientEvent;
use crate::rfb::ext::audio::{Format, Heard};
use crate::rfb::ids::Encoding;

/// A server that has not said within so long that it has sound has none.
const NO_SOUND: Duration = Duration::from_secs(3);
/// Bytes that wait for whoever reads the output, at most: 11 seconds. Then the oldest go.
const WAITING: usize = 2 * 1024 * 1024;
/// An end that is followed by a beginning so soon is a hole and no silence.
const HOLE: Duration = Duration::from_millis(100);
/// How long the last of it may take.
const LAST_WRITE: Duration = Duration::from_secs(5);

/// See the module.
struct Recorder {
    format: Format,
    out: Output,
    /// When sound ended last.
    ended: Option<Instant>,
    /// Times that frames were lost before they came.
    holes: u64,
    heard: u64,
}

/// Records until a signal comes, or nobody reads any more.
///
/// # Errors
/// That there is no sound, that some was lost, and what ended it.
pub async fn record(to: AudioOut, mut door: Door) -> Result<(), Failure> {
    let format = Format::default();
    let (mut client, _) = door.enter().await?;
    door.asks = false;
    let mut signals = Signals::new().map_err(Failure::Terminal)?;
    let out = Output::to(&to, format)?;
    let mut recorder = Recorder { format, out, ended: None, holes: 0, heard: 0 };
    let end = loop {
        let why = match recorder.listen(&mut client, &mut signals).await {
            Ok(()) => break Ok(()),
            Err(Failure::NoServer(why)) => why,
            Err(error) => break Err(error),
        };
        remark(&format!("{why}; trying again"));
        match reach(&mut door, &mut signals).await {
            Some(again) => client = again,
            None => break Ok(()),
        }
    };
    recorder.finish(end).await
}

/// Another connection; `None`: we were asked to stop.
async fn reach(door: &mut Door, signals: &mut Signals) -> Option<Client> {
    let mut failures = 0;
    loop {
        failures += 1;
        let attempt = async {
            tokio::time::sleep(pause(failures)).await;
            door.enter().await
        };
        tokio::select! {
            entered = attempt => if let Ok((client, _)) = entered { return Some(client) },
            Said::Stop = signals.next() => return None,
        }
    }
}

impl Recorder {
    /// Hears one connection. `Ok`: that was all.
    async fn listen(&mut self, client: &mut Client, signals: &mut Signals) -> Result<(), Failure> {
        client.conn.listen(Some(self.format));
        client.conn.request_update(false, Some(PIXEL));
        let mut patience = Some(Instant::now() + NO_SOUND);
        loop {
            tokio::select! {
                event = next(client) => match event.map_err(NoServer::from)? {
                    ClientEvent::Acknowledged(Encoding::QEMU_AUDIO) => patience = None,
                    // The acknowledgement may come with what changes.
                    ClientEvent::Updated { .. } if patience.is_some() => client.conn.request_update(true, Some(PIXEL)),
                    ClientEvent::Sound(heard) => self.hear(heard),
                    _ => {}
                },
                done = self.out.done() => match done {
                    // Who reads no more has heard enough.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                    done => done.map_err(Failure::AudioOut)?,
                },
                () = tokio::time::sleep_until(patience.unwrap_or_else(Instant::now)), if patience.is_some() => {
                    return Err(Failure::NoSound);
                }
                Said::Stop = signals.next() => return Ok(()),
            }
        }
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Begin => {
                if self.ended.take().is_some_and(|ended| ended.elapsed() < HOLE) {
                    self.holes += 1;
                }
            }
            Heard::Data(frames) => {
                self.heard += frames.0.len() as u64;
                self.out.write(frames.0);
            }
            Heard::End => self.ended = Some(Instant::now()),
        }
    }

    /// Writes the rest, and says what became of it.
    async fn finish(self, end: Result<(), Failure>) -> Result<(), Failure> {
        let (format, heard, holes) = (self.format, self.heard, self.holes);
        let seconds = |bytes: u64| bytes as f64 / (f64::from(format.rate) * format.frame() as f64);
        let lost = self.out.lost;
        let written = self.out.finish().await;
        end?;
        written.map_err(Failure::AudioOut)?;
        if lost > 0 {
            remark(&format!("{:.2} s of sound are lost: the output is not read fast enough", seconds(lost)));
        }
        if holes > 0 {
            remark(&format!("sound was lost on its way, {holes} times"));
        }
        remark(&format!("{:.2} s of sound", seconds(heard - lost)));
        if lost > 0 || holes > 0 { Err(Failure::BytesLost) } else { Ok(()) }
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

/// A line on standard error. Nobody need be reading it.
fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "vncterm: {text}");
}

/// Where frames go: a thread writes them, so that a slow disk holds up nothing but its own bytes.
struct Output {
    jobs: Option<mpsc::Sender<Vec<u8>>>,
    told: mpsc::Receiver<io::Result<()>>,
    /// What waits for the thread, and how much that is.
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
    lost: u64,
}

impl Output {
    /// Begins with a head that knows no length yet.
    fn to(to: &AudioOut, format: Format) -> Result<Self, Failure> {
        let (jobs, work) = mpsc::channel(1);
        let (tell, told) = mpsc::channel(1);
        let mut out: Box<dyn Sink> = match to {
            AudioOut::Stdout => Box::new(io::stdout()),
            AudioOut::File(path) => {
                Box::new(File::create(path).map_err(|error| Failure::NoAudioOut(path.clone(), error))?)
            }
        };
        let write = move || tell.blocking_send(write_all(&mut *out, format, work));
        std::thread::Builder::new().name("sound".into()).spawn(write).map_err(Failure::Start)?;
        Ok(Self { jobs: Some(jobs), told, waiting: VecDeque::new(), bytes: 0, lost: 0 })
    }

    /// Writes, once all before has been written; what is too much is lost.
    fn write(&mut self, frames: Vec<u8>) {
        self.bytes += frames.len();
        self.waiting.push_back(frames);
        while self.bytes > WAITING
            && let Some(oldest) = self.waiting.pop_front()
        {
            self.bytes -= oldest.len();
            self.lost += oldest.len() as u64;
        }
        self.pass_on();
    }

    /// Gives the thread what it takes now.
    fn pass_on(&mut self) {
        while let Some(jobs) = &self.jobs
            && let Ok(room) = jobs.try_reserve()
            && let Some(frames) = self.waiting.pop_front()
        {
            self.bytes -= frames.len();
            room.send(frames);
        }
    }

    /// Waits until the thread has ended, which it does by itself only when it cannot write; and gives it what it takes meanwhile.
    /// May be dropped half-way without loss.
    async fn done(&mut self) -> io::Result<()> {
        loop {
            let (waits, jobs) = (!self.waiting.is_empty(), &self.jobs);
            tokio::select! {
                told = self.told.recv() => return told.unwrap_or(Ok(())),
                room = async { match jobs { Some(jobs) => jobs.reserve().await.ok(), None => None } }, if waits && jobs.is_some() => {
                    let Some(room) = room else { continue };
                    if let Some(frames) = self.waiting.pop_front() {
                        self.bytes -= frames.len();
                        room.send(frames);
                    }
                }
            }
        }
    }

    /// Writes the rest, and the length into the head.
    async fn finish(mut self) -> io::Result<()> {
        let last = async {
            while !self.waiting.is_empty() {
                let Some(jobs) = &self.jobs else { break };
                let Ok(room) = jobs.reserve().await else { break };
                room.send(self.waiting.pop_front().unwrap_or_default());
            }
            self.jobs = None;
            self.told.recv().await.unwrap_or(Ok(()))
        };
        match tokio::time::timeout(LAST_WRITE, last).await {
            Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Ok(done) => done,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
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
fn write_all(out: &mut dyn Sink, format: Format, mut work: mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    out.write_all(&wav::head(format, None))?;
    let mut length = 0_u64;
    while let Some(frames) = work.blocking_recv() {
        out.write_all(&frames)?;
        length += frames.len() as u64;
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

    fn path() -> std::path::PathBuf {
        std::env::temp_dir().join(format!("vncterm-sound-{}.wav", std::process::id()))
    }

    #[tokio::test]
    async fn a_file_has_every_frame_and_its_length_in_its_head() {
        let format = Format::default();
        let mut out = Output::to(&AudioOut::File(path()), format).expect("a file");
        let frames: Vec<u8> = (0..100_000_u32).map(|number| (number % 251) as u8).collect();
        frames.chunks(1_764).for_each(|piece| out.write(piece.to_vec()));
        assert_eq!(out.lost, 0);
        out.finish().await.expect("written");
        let file = std::fs::read(path()).expect("there");
        std::fs::remove_file(path()).expect("removed");
        assert_eq!(file[..wav::HEAD], wav::head(format, Some(100_000)));
        assert!(file[wav::HEAD..] == frames);
    }

    #[tokio::test]
    async fn of_what_nobody_reads_the_oldest_is_lost_and_counted() {
        // A thread that takes nothing.
        let (jobs, _work) = mpsc::channel(1);
        let (_tell, told) = mpsc::channel(1);
        let mut out = Output { jobs: Some(jobs), told, waiting: VecDeque::new(), bytes: 0, lost: 0 };
        (0..WAITING / 1_024 + 4).for_each(|_| out.write(vec![0; 1_024]));
        // One piece is the thread's.
        assert_eq!((out.bytes, out.lost), (WAITING, 3 * 1_024));
    }

    #[tokio::test]
    async fn a_hole_is_told_from_a_silence() {
        let (jobs, _work) = mpsc::channel(1);
        let (_tell, told) = mpsc::channel(1);
        let out = Output { jobs: Some(jobs), told, waiting: VecDeque::new(), bytes: 0, lost: 0 };
        let mut recorder = Recorder { format: Format::default(), out, ended: None, holes: 0, heard: 0 };
        tokio::time::pause();
        for heard in [Heard::Begin, Heard::End, Heard::Begin, Heard::End] {
            recorder.hear(heard);
        }
        assert_eq!(recorder.holes, 1);
        tokio::time::advance(HOLE).await;
        recorder.hear(Heard::Begin);
        assert_eq!(recorder.holes, 1);
    }
}
