//! The guest's power buttons: commands of the operator's, run when a viewer asks for one (xvp).

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tracing::Instrument;

use crate::input::PowerButton;

/// A command that takes longer is killed, and all that it started in its process group.
pub const LONGEST: Duration = Duration::from_secs(60);

/// How long nothing can be pressed after a command has ended: viewers cannot have programs started, and lines logged, as
/// fast as they can ask for it.
pub const APART: Duration = Duration::from_secs(1);

/// The commands behind the buttons. One runs at a time.
#[derive(Debug, Default)]
pub struct Power {
    commands: Vec<(PowerButton, OsString)>,
    /// One runs, or has just ended.
    busy: Arc<AtomicBool>,
}

/// Nobody else's command starts before this is dropped.
struct Turn(Arc<AtomicBool>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Why a command is not even tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPressed {
    /// There is none for that button.
    #[error("there is no command for it")]
    NoCommand,
    /// That of a button pressed before runs, or ended less than [`APART`] ago.
    #[error("another one runs, or has just ended")]
    Busy,
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
        Self { commands, busy: Arc::default() }
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
        if self.busy.swap(true, Ordering::AcqRel) {
            return Err(NotPressed::Busy);
        }
        let turn = Turn(Arc::clone(&self.busy));
        let command = command(script, button, guest);
        let task = async move {
            tracing::info!(button = button.name(), "power button: its command starts");
            match run(command).await {
                Ok(()) => tracing::info!(button = button.name(), "power button: its command has ended well"),
                Err(why) => {
                    tracing::warn!(button = button.name(), %why, "power button: its command failed");
                    failed();
                }
            }
            tokio::time::sleep(APART).await;
            drop(turn);
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

/// Starts it, waits for its end and reaps it.
async fn run(mut command: Command) -> Result<(), Failed> {
    let spawned = tokio::task::spawn_blocking(move || command.spawn()).await;
    let mut child = spawned.map_err(io::Error::other)??;
    let in_time = match watch(&child) {
        Ok(ended) => tokio::time::timeout(LONGEST, ended.readable()).await.is_ok(),
        Err(error) => {
            end(&mut child)?;
            return Err(error.into());
        }
    };
    if !in_time {
        end(&mut child)?;
        return Err(Failed::TooLong);
    }
    // It has ended: nothing is waited for.
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(Failed::Status(status)) }
}

/// Readable when the command has ended. No thread waits for it.
#[expect(deprecated, reason = "the other way is unsafe, and an OwnedFd is what it says")]
fn watch(child: &Child) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(pidfd_open(Pid::from_child(child), PidfdFlags::NONBLOCK)?, Interest::READABLE)
}

/// Kills it with its process group. As it is not reaped yet, the group's number is still its own.
fn end(child: &mut Child) -> io::Result<ExitStatus> {
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    child.wait()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    /// Presses a button behind which is this, and where to hear that it failed.
    fn pressed(script: &str) -> (Power, UnboundedReceiver<()>) {
        let (failed, heard) = unbounded_channel();
        let power = Power::new(vec![(PowerButton::Reset, script.into())]);
        let press = power.press(PowerButton::Reset, "one", move || failed.send(()).expect("somebody listens"));
        assert_eq!(press, Ok(()));
        (power, heard)
    }

    /// Waits for it while the clock stands still.
    async fn until(mut done: impl FnMut() -> bool) {
        while !done() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_command_hears_which_button_of_which_guest() {
        let script = OsString::from(r#"test "$VNCTERM_GUEST $VNCTERM_POWER" = 'one; exit 0 # reset'"#);
        let run = |guest| run(command(&script, PowerButton::Reset, guest));
        assert!(run("one; exit 0 #").await.is_ok(), "no shell reads the name");
        assert!(matches!(run("two").await, Err(Failed::Status(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn commands_run_one_by_one_and_not_at_once() {
        let (power, mut heard) = pressed("exit 3");
        let again = || power.press(PowerButton::Reset, "one", || ());
        assert_eq!(power.press(PowerButton::Reboot, "one", || ()), Err(NotPressed::NoCommand));
        assert_eq!(again(), Err(NotPressed::Busy));
        until(|| heard.try_recv().is_ok()).await;
        assert_eq!(again(), Err(NotPressed::Busy));
        tokio::time::advance(APART).await;
        until(|| !power.busy.load(Ordering::Acquire)).await;
        assert_eq!(again(), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_does_not_end_is_killed_with_what_it_started() {
        let mut command = command(&"sleep 1000 & echo; sleep 1000".into(), PowerButton::Reset, "one");
        let (mut read, write) = io::pipe().expect("descriptors are to be had");
        command.stdout(write);
        let run = tokio::spawn(run(command));
        let started = tokio::task::spawn_blocking(move || {
            read.read_exact(&mut [0]).expect("the command writes");
            read
        });
        let mut read = started.await.expect("it does not panic");
        while !run.is_finished() {
            tokio::time::advance(LONGEST).await;
        }
        assert!(matches!(run.await, Ok(Err(Failed::TooLong))));
        // Whoever lived on would hold the other end open.
        let rest = tokio::task::spawn_blocking(move || read.read_to_end(&mut Vec::new()));
        assert_eq!(rest.await.expect("it does not panic").expect("a pipe"), 0);
    }
}
