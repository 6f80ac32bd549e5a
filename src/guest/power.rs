//! The guest's power buttons: commands of the operator's, run when a viewer asks for one (xvp).

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tracing::Instrument;

use crate::input::PowerButton;

/// A command that takes longer is killed, and all that it started in its process group.
pub const LONGEST: Duration = Duration::from_secs(60);

/// The commands behind the buttons. One runs at a time.
#[derive(Debug, Default)]
pub struct Power {
    commands: Vec<(PowerButton, OsString)>,
    running: Arc<AtomicBool>,
}

/// Why a command is not even tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPressed {
    /// There is none for that button.
    #[error("there is no command for it")]
    NoCommand,
    /// That of a button pressed before.
    #[error("another one runs")]
    Running,
}

/// Why a command did not do what it was to do.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("it cannot be started: {0}")]
    Start(#[from] io::Error),
    #[error("{0}")]
    Status(ExitStatus),
    #[error("killed: it took more than {} s", LONGEST.as_secs())]
    TooLong,
}

impl Power {
    /// Buttons with these commands, for the shell; the others do nothing.
    pub fn new(commands: Vec<(PowerButton, OsString)>) -> Self {
        Self { commands, running: Arc::default() }
    }

    /// Whether any button does anything.
    pub fn is_there(&self) -> bool {
        !self.commands.is_empty()
    }

    /// Runs the command of a button, for the guest of this name, and calls `failed` if it does not end well. What
    /// becomes of it is logged.
    pub(super) fn press(
        &self,
        button: PowerButton,
        guest: &str,
        failed: impl FnOnce() + Send + 'static,
    ) -> Result<(), NotPressed> {
        let found = self.commands.iter().find(|(of, _)| *of == button);
        let (_, script) = found.ok_or(NotPressed::NoCommand)?;
        if self.running.swap(true, Ordering::AcqRel) {
            return Err(NotPressed::Running);
        }
        let command = command(script, button, guest);
        let running = Arc::clone(&self.running);
        let task = async move {
            tracing::info!(button = button.name(), "power button: its command starts");
            let result = run(command).await;
            running.store(false, Ordering::Release);
            match result {
                Ok(()) => tracing::info!(button = button.name(), "power button: its command has ended well"),
                Err(why) => {
                    tracing::warn!(button = button.name(), %why, "power button: its command failed");
                    failed();
                }
            }
        };
        tokio::spawn(task.in_current_span());
        Ok(())
    }
}

/// What the shell makes of `script`. Nothing that a viewer or a guest chose is in it, and only names are in what it can
/// read: the guest's is the operator's.
fn command(script: &OsString, button: PowerButton, guest: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(script).env("VNCTERM_GUEST", guest).env("VNCTERM_POWER", button.name());
    // What it says of its troubles stands among ours.
    command.stdin(Stdio::null()).stdout(Stdio::null()).process_group(0);
    command
}

/// Starts it and waits for its end, on threads that may wait.
async fn run(mut command: Command) -> Result<(), Failed> {
    let spawned = tokio::task::spawn_blocking(move || command.spawn()).await;
    let mut child = spawned.map_err(io::Error::other)??;
    let group = Pid::from_child(&child);
    let mut ended = tokio::task::spawn_blocking(move || child.wait());
    let ended = tokio::select! {
        ended = &mut ended => ended,
        () = tokio::time::sleep(LONGEST) => {
            // It is not waited for yet, so the number is still its own.
            let _ = kill_process_group(group, Signal::KILL);
            let _ = ended.await;
            return Err(Failed::TooLong);
        }
    };
    let status = ended.map_err(io::Error::other)??;
    if status.success() { Ok(()) } else { Err(Failed::Status(status)) }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    fn power(script: &str) -> Power {
        Power::new(vec![(PowerButton::Reset, script.into())])
    }

    /// Waits until no command runs.
    async fn done(power: &Power) {
        while power.running.load(Ordering::Acquire) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_command_hears_who_the_guest_is_and_whether_it_failed_is_told() {
        let (failed, mut heard) = mpsc::unbounded_channel();
        let press = |power: &Power, guest: &str| {
            let failed = failed.clone();
            power.press(PowerButton::Reset, guest, move || failed.send(()).expect("somebody listens"))
        };
        let power = power(r#"test "$VNCTERM_GUEST $VNCTERM_POWER" = 'one; exit 0 # reset'"#);
        assert_eq!(press(&power, "one; exit 0 #"), Ok(()), "no shell reads it");
        assert_eq!(press(&power, "two"), Err(NotPressed::Running));
        done(&power).await;
        assert!(heard.try_recv().is_err());
        assert_eq!(press(&power, "two"), Ok(()));
        assert_eq!(heard.recv().await, Some(()));
        assert_eq!(power.press(PowerButton::Reboot, "one", || ()), Err(NotPressed::NoCommand));
    }

    #[tokio::test]
    async fn a_command_that_does_not_end_is_killed_with_what_it_started() {
        let (failed, mut heard) = mpsc::unbounded_channel();
        let power = power("sleep 1000 & sleep 1000");
        power.press(PowerButton::Reset, "one", move || failed.send(()).expect("somebody listens")).expect("pressed");
        tokio::time::pause();
        let told = loop {
            tokio::select! {
                biased;
                told = heard.recv() => break told,
                // It may not have begun to wait the first time.
                () = tokio::time::advance(LONGEST) => {}
            }
        };
        assert_eq!(told, Some(()));
        done(&power).await;
    }
}
