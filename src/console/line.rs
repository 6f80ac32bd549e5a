//! The line a console hangs on: its source, whether it is there or not, and what waits to be written to it.

use std::io;
use std::time::Duration;

use tokio::io::Interest;
use tokio::time::Instant;

use crate::display::board;
use crate::source::reconnect::explain;
use crate::source::{Break, Command, Endpoint, ExitStatus, Reconnect, Restart, Source, SourceEvent, Stdin, WindowSize};

/// Bytes that wait for the source; with so many, nothing more is taken from viewers. A paste does not wait here.
pub const INPUT_QUEUE: usize = 64 * 1024;
/// Room kept for the terminal's answers: with so many bytes waiting, no more of them are taken.
pub const ANSWERS: usize = 4 * 1024;
/// How long a break lasts; what is written meanwhile would be lost. `tcsendbreak` takes at least that.
pub const BREAK: Duration = Duration::from_millis(250);
/// How long a break may take until it is over: it comes after what was typed before, and a guest that stands still may
/// never let that through. What it holds back then is thrown away: whoever wants a break does not wait for it.
pub const BREAK_PATIENCE: Duration = Duration::from_secs(2);

/// The source and its state.
#[derive(Debug)]
pub struct Line {
    state: State,
    size: WindowSize,
    waiting: Vec<u8>,
    /// How many of `waiting` are written.
    written: usize,
    /// The break that is being sent.
    breaking: Option<Breaking>,
}

/// A break on its way.
#[derive(Debug)]
struct Breaking {
    by: Break,
    /// When to end it, or to lose patience.
    until: Option<Instant>,
}

/// Waits until the break is over, or has to be helped; for ever without one. May be dropped half-way without loss.
async fn news(breaking: &mut Option<Breaking>) -> BreakNews {
    let Some(Breaking { by, until }) = breaking else { return std::future::pending().await };
    let timeout = async {
        match *until {
            Some(until) => tokio::time::sleep_until(until).await,
            None => std::future::pending().await,
        }
    };
    match by {
        Break::ByUs => {
            timeout.await;
            BreakNews::Due
        }
        Break::BySystem(sending) => tokio::select! {
            sent = sending => BreakNews::Sent(sent.map_err(io::Error::other).and_then(|sent| sent)),
            () = timeout => BreakNews::Stuck,
        },
    }
}

/// What became of a break.
enum BreakNews {
    /// It has lasted long enough and is to be ended.
    Due,
    /// It is over.
    Sent(io::Result<()>),
    /// What was typed before it does not get through.
    Stuck,
}

#[derive(Debug)]
enum State {
    /// There, and how to open it again if it can be.
    Open(Source, Option<Reconnect>),
    /// A command whose terminal nobody holds any more, but which has not ended.
    Closed(Source, Option<Reconnect>),
    /// Not there yet, or not any more.
    Waiting(Reconnect),
    /// Ended for good.
    Ended,
}

/// What happened on a line.
#[derive(Debug)]
pub enum LineEvent {
    /// There may be something to read or room to write.
    Ready,
    /// The source is there.
    Opened,
    /// The source is not there, for this reason; it is tried again.
    Refused(String),
    /// The command has ended. What it wrote before can still be read.
    Ended(ExitStatus),
}

impl Line {
    /// Starts a command or begins with standard input; everything else is opened by [`Line::event`].
    pub fn open(endpoint: &Endpoint, size: WindowSize) -> io::Result<Self> {
        let state = match endpoint {
            Endpoint::Command(command) => {
                let again = command.restart() != Restart::Never;
                let mut reconnect = again.then(|| Reconnect::new(endpoint.clone()));
                reconnect.iter_mut().for_each(Reconnect::found);
                State::Open(Source::Command(Command::spawn(command, size)?), reconnect)
            }
            Endpoint::Stdin => State::Open(Source::Stdin(Stdin::open()?), None),
            other => State::Waiting(Reconnect::new(other.clone())),
        };
        Ok(Self { state, size, waiting: Vec::new(), written: 0, breaking: None })
    }

    /// Waits for something to happen. May be dropped half-way without loss.
    pub async fn event(&mut self) -> LineEvent {
        // During a break nothing is written, so that there may be room all the while.
        let queued = self.breaking.is_none() && self.pending() > 0;
        let breaking = &mut self.breaking;
        let event = match &mut self.state {
            State::Open(source, _) => {
                let writing = queued || source.has_output();
                let interest = if writing { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
                tokio::select! {
                    event = source.event(Some(interest)) => event,
                    news = news(breaking) => {
                        self.break_news(news);
                        return LineEvent::Ready;
                    }
                }
            }
            State::Closed(source, _) => source.event(None).await,
            State::Waiting(reconnect) => {
                return match reconnect.attempt(self.size).await {
                    Ok(source) => {
                        self.opened(source);
                        LineEvent::Opened
                    }
                    Err(refusal) => LineEvent::Refused(explain(&refusal)),
                };
            }
            State::Ended => std::future::pending().await,
        };
        match event {
            Ok(SourceEvent::Ready(_)) => LineEvent::Ready,
            Ok(SourceEvent::Ended(status)) => LineEvent::Ended(status),
            Err(error) => {
                tracing::warn!(%error, "the source cannot be waited for");
                self.close();
                LineEvent::Ready
            }
        }
    }

    fn opened(&mut self, mut source: Source) {
        source.set_size(self.size);
        let before = std::mem::replace(&mut self.state, State::Ended);
        let reconnect = if let State::Waiting(reconnect) = before { Some(reconnect) } else { None };
        self.state = State::Open(source, reconnect);
    }

    /// Reads what is there. `Ok(0)` when the source hung up just now; `WouldBlock` when there is nothing; `Interrupted`
    /// when there may be more.
    pub fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let State::Open(source, _) = &mut self.state else { return Err(io::ErrorKind::WouldBlock.into()) };
        match source.try_read(into) {
            Err(error) if !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                tracing::debug!(%error, "the source cannot be read");
                self.close();
                Ok(0)
            }
            Ok(0) => {
                self.close();
                Ok(0)
            }
            read => read,
        }
    }

    /// The source hung up: it is waited for, and of a command first the end.
    fn close(&mut self) {
        self.drop_waiting();
        self.breaking = None;
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Open(source @ Source::Command(_), reconnect) => State::Closed(source, reconnect),
            State::Open(_, Some(mut reconnect)) => {
                reconnect.lost();
                State::Waiting(reconnect)
            }
            // Standard input, or a command that cannot even be waited for.
            State::Open(..) | State::Closed(..) | State::Ended => State::Ended,
            waiting @ State::Waiting(_) => waiting,
        };
    }

    /// The command's output has been read to the end: nothing more comes, unless it is started again after an end like
    /// this; whether it is.
    pub fn finish(&mut self, status: &ExitStatus) -> bool {
        self.drop_waiting();
        let before = std::mem::replace(&mut self.state, State::Ended);
        if let State::Open(_, Some(mut reconnect)) | State::Closed(_, Some(mut reconnect)) = before
            && let Endpoint::Command(command) = reconnect.endpoint()
            && command.restart().after(status)
        {
            reconnect.lost();
            self.state = State::Waiting(reconnect);
            return true;
        }
        false
    }

    /// Somebody looks at the console, or nobody any more: then a source that is not there is looked for less often.
    pub fn set_watched(&mut self, watched: bool) {
        match &mut self.state {
            State::Open(_, Some(reconnect)) | State::Closed(_, Some(reconnect)) | State::Waiting(reconnect) => {
                reconnect.set_watched(watched);
            }
            State::Open(_, None) | State::Closed(_, None) | State::Ended => {}
        }
    }

    /// How the source stands. A command whose terminal nobody holds any more is about to end.
    pub fn state(&self) -> board::State {
        match self.state {
            State::Open(..) | State::Closed(..) => board::State::Open,
            State::Waiting(_) => board::State::Waiting,
            State::Ended => board::State::Ended,
        }
    }

    /// Whether the source is there and can carry a break.
    pub fn can_break(&self) -> bool {
        matches!(&self.state, State::Open(source, _) if source.can_break())
    }

    /// Sends a break; whether the source is there and can carry one.
    pub fn send_break(&mut self) -> bool {
        let State::Open(source, _) = &mut self.state else { return false };
        if self.breaking.is_none() {
            let Some(by) = source.begin_break(BREAK) else { return false };
            let time = if matches!(by, Break::ByUs) { BREAK } else { BREAK_PATIENCE };
            self.breaking = Some(Breaking { by, until: Some(Instant::now() + time) });
            source.flush();
        }
        true
    }

    fn break_news(&mut self, news: BreakNews) {
        let State::Open(source, _) = &mut self.state else { return };
        match news {
            BreakNews::Due => self.end_break(),
            BreakNews::Stuck => {
                tracing::info!("the guest takes nothing: what was typed before the break is thrown away");
                self.breaking.iter_mut().for_each(|breaking| breaking.until = None);
                source.discard_output();
            }
            BreakNews::Sent(sent) => {
                if let Err(error) = sent {
                    tracing::warn!(%error, "no break was sent");
                }
                self.breaking = None;
                self.flush();
            }
        }
    }

    fn end_break(&mut self) {
        self.breaking = None;
        if let State::Open(source, _) = &mut self.state {
            source.end_break();
            self.flush();
        }
    }

    /// Whether more input may be taken from viewers.
    pub fn has_room(&self) -> bool {
        self.pending() + ANSWERS < INPUT_QUEUE
    }

    /// Whether the terminal's answers may be taken; until then it keeps them, and drops those that are too many. A guest
    /// that asks faster than it reads cannot fill the queue with answers, and so keep viewers from stopping it.
    pub fn has_room_for_answers(&self) -> bool {
        self.pending() < ANSWERS
    }

    /// Bytes that wait to be written.
    pub fn pending(&self) -> usize {
        self.waiting.len() - self.written
    }

    /// Appends bytes for the guest, and writes what can be written. Without a source there is nobody to hear them.
    pub fn write(&mut self, bytes: &[u8]) {
        if matches!(self.state, State::Open(..)) {
            self.waiting.extend_from_slice(bytes);
            self.flush();
        }
    }

    /// Writes what can be written now.
    pub fn flush(&mut self) {
        let State::Open(source, _) = &mut self.state else { return };
        source.flush();
        while self.written < self.waiting.len() && self.breaking.is_none() {
            match source.try_write(&self.waiting[self.written..]) {
                Ok(written) if written > 0 => self.written += written,
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // The next read says that it is gone.
                Err(_) => self.written = self.waiting.len(),
            }
        }
        if self.written == self.waiting.len() {
            self.drop_waiting();
        } else if self.written >= INPUT_QUEUE {
            self.waiting.drain(..self.written);
            self.written = 0;
        }
    }

    fn drop_waiting(&mut self) {
        self.written = 0;
        self.waiting.clear();
        // What was needed while the source took nothing is given back.
        self.waiting.shrink_to(ANSWERS);
    }

    /// Tells the guest its size, now and whenever the source is opened.
    pub fn set_size(&mut self, size: WindowSize) {
        self.size = size;
        if let State::Open(source, _) = &mut self.state {
            source.set_size(size);
        }
    }

    /// Whether the source is there.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open(..))
    }

    /// Whether the source is there and hears what is written.
    pub fn listens(&self) -> bool {
        matches!(&self.state, State::Open(source, _) if source.listens())
    }

    /// Whether nothing comes any more, and nothing is waited for.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// What is waited for, when a source is.
    pub fn awaited(&self) -> Option<String> {
        match &self.state {
            State::Waiting(reconnect) => Some(reconnect.endpoint().to_string()),
            _ => None,
        }
    }

    /// Ends a command that runs and puts a device back as it was found.
    pub async fn shut_down(mut self) {
        if matches!(self.breaking, Some(Breaking { by: Break::ByUs, .. })) {
            self.end_break();
        }
        if let State::Open(Source::Command(mut command), _) | State::Closed(Source::Command(mut command), _) =
            self.state
            && let Err(error) = command.end().await
        {
            tracing::warn!(%error, "the command could not be ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::CommandLine;
    use crate::source::pty::testing::new_pty;
    use std::fs;

    const SIZE: WindowSize = WindowSize { cols: 80, rows: 24, width: 640, height: 384 };

    fn command(script: &str) -> Line {
        let endpoint = Endpoint::Command(CommandLine::new("/bin/sh", ["-c".into(), script.into()]));
        Line::open(&endpoint, SIZE).expect("starts")
    }

    #[tokio::test]
    async fn a_commands_last_words_are_heard_before_its_end() {
        let mut line = command("printf 'last words'; exit 5");
        let mut heard = Vec::new();
        loop {
            let event = line.event().await;
            let mut buffer = [0; 64];
            while let Ok(length @ 1..) = line.read(&mut buffer) {
                heard.extend_from_slice(&buffer[..length]);
            }
            if let LineEvent::Ended(status) = event {
                assert_eq!(status, ExitStatus::Code(5));
                break;
            }
        }
        assert_eq!(heard, b"last words");
        assert!(!line.finish(&ExitStatus::Code(5)) && !line.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn a_device_is_opened_again_through_its_link_and_told_its_size() {
        let link = std::env::temp_dir().join(format!("vncterm-line-{}", std::process::id()));
        let _ = fs::remove_file(&link);
        let mut line = Line::open(&Endpoint::Pty(link.clone()), SIZE).expect("waits");
        assert!(matches!(line.event().await, LineEvent::Refused(why) if why.is_empty()));
        for _ in 0..2 {
            let (master, path) = new_pty();
            std::os::unix::fs::symlink(&path, &link).expect("links");
            while !line.is_open() {
                line.event().await;
            }
            let size = rustix::termios::tcgetwinsize(&master).expect("a size");
            assert_eq!((size.ws_col, size.ws_row), (SIZE.cols, SIZE.rows));
            line.write(b"x");
            while line.pending() > 0 {
                line.event().await;
                line.flush();
            }
            let mut buffer = [0; 8];
            assert_eq!(rustix::io::read(&master, &mut buffer[..]).expect("reads"), 1);
            fs::remove_file(&link).expect("removes");
            drop(master);
            while line.is_open() {
                line.event().await;
                let _ = line.read(&mut buffer);
            }
            assert_eq!(line.awaited(), Some(link.display().to_string()));
        }
    }

    #[tokio::test]
    async fn what_the_guest_does_not_take_is_bounded() {
        // In raw mode, as a guest's serial driver has it, and never reading.
        let (_master, path) = new_pty();
        let mut line = Line::open(&Endpoint::Pty(path), SIZE).expect("waits");
        while !line.is_open() {
            line.event().await;
        }
        let mut taken = 0;
        while line.has_room() {
            line.write(&[b'x'; 1000]);
            taken += 1000;
            assert!(taken < 1 << 20, "the kernel takes no end of bytes");
        }
        assert!(line.pending() < INPUT_QUEUE && !line.has_room_for_answers());
    }

    /// A serial line's break begins when all before it has been sent, which the kernel waits for; a thread plays it.
    #[tokio::test(start_paused = true)]
    async fn a_break_that_the_guest_holds_up_holds_nobody_up() {
        let (master, path) = new_pty();
        rustix::io::ioctl_fionbio(&master, true).expect("does not block");
        let mut line = Line::open(&Endpoint::Pty(path), SIZE).expect("waits");
        while !line.is_open() {
            line.event().await;
        }
        let (send, sent) = std::sync::mpsc::channel();
        let by = Break::BySystem(tokio::task::spawn_blocking(move || sent.recv().map_err(io::Error::other)));
        let begun = Instant::now();
        line.breaking = Some(Breaking { by, until: Some(begun + BREAK_PATIENCE) });
        line.write(b"after");
        assert_eq!(line.pending(), 5, "nothing is written before it is over");
        rustix::io::write(&master, b"output").expect("writes");
        let mut buffer = [0; 32];
        while line.read(&mut buffer).is_err() {
            line.event().await;
        }
        // Time stands still while a thread is busy.
        tokio::time::advance(BREAK_PATIENCE).await;
        while line.breaking.as_ref().is_some_and(|breaking| breaking.until.is_some()) {
            line.event().await;
        }
        assert_eq!(line.pending(), 5, "patience is lost, and the break goes on");
        send.send(()).expect("still waited for");
        while line.pending() > 0 {
            line.event().await;
        }
        assert_eq!(rustix::io::read(&master, &mut buffer[..]), Ok(5));
    }

    #[tokio::test]
    async fn shutting_down_ends_the_command() {
        let mut line = command("echo $$; exec sleep 1000");
        let (mut heard, mut buffer) = (Vec::new(), [0; 64]);
        while !heard.ends_with(b"\n") {
            line.event().await;
            while let Ok(length @ 1..) = line.read(&mut buffer) {
                heard.extend_from_slice(&buffer[..length]);
            }
        }
        let process = format!("/proc/{}", String::from_utf8_lossy(&heard).trim());
        assert!(fs::exists(&process).expect("can be told"));
        line.shut_down().await;
        assert!(!fs::exists(&process).expect("can be told"), "ended and reaped");
    }
}
