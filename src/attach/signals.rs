//! What the system tells by signals.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// We are to end: somebody wants that, or the terminal is gone.
    Stop,
    /// The terminal has another size.
    Resized,
    /// We go on after having been stopped.
    Continued,
}

/// See the module.
#[derive(Debug)]
pub struct Signals {
    stops: [Signal; 4],
    resized: Signal,
    continued: Signal,
}

impl Signals {
    /// From now on they do nothing by themselves.
    ///
    /// # Errors
    /// The system's.
    pub fn new() -> io::Result<Self> {
        let stop = |kind| signal(kind);
        Ok(Self {
            stops: [
                stop(SignalKind::terminate())?,
                stop(SignalKind::interrupt())?,
                stop(SignalKind::hangup())?,
                stop(SignalKind::quit())?,
            ],
            resized: signal(SignalKind::window_change())?,
            continued: signal(SignalKind::from_raw(Self::CONTINUE))?,
        })
    }

    /// SIGCONT, which has no name in tokio.
    const CONTINUE: i32 = rustix::process::Signal::CONT.as_raw();

    /// Waits until we are to end, whatever else is told. May be dropped half-way without loss.
    pub async fn stopped(&mut self) {
        while self.next().await != Said::Stop {}
    }

    /// The next one. May be dropped half-way without loss.
    pub async fn next(&mut self) -> Said {
        let [terminate, interrupt, hang_up, quit] = &mut self.stops;
        tokio::select! {
            _ = terminate.recv() => Said::Stop,
            _ = interrupt.recv() => Said::Stop,
            _ = hang_up.recv() => Said::Stop,
            _ = quit.recv() => Said::Stop,
            _ = self.resized.recv() => Said::Resized,
            _ = self.continued.recv() => Said::Continued,
        }
    }
}
