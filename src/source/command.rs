//! A command on a PTY of its own, spawned with `portable-pty`: the only file that may block, and only while it starts.
//!
//! The command leads a session. Its end is seen through a pidfd, so that a grandchild that keeps the PTY open blocks
//! nothing; whatever it wrote before can still be read.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, PtySize};
use rustix::fs::Access;
use rustix::process::{Pid, PidfdFlags, Signal};
use rustix::termios::{self, InputModes, OptionalActions};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::{SourceEvent, Tty, WindowSize, watch};

/// How long a command may take to end after SIGHUP.
pub const HANG_UP_GRACE: Duration = Duration::from_secs(2);

/// Variables that a command gets from our environment, beside all of `LC_*` (limits.md §7).
const KEPT_VARIABLES: [&str; 5] = ["PATH", "HOME", "USER", "SHELL", "LANG"];

/// What to run.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The program and its arguments; never empty.
    argv: Vec<OsString>,
    directory: Option<PathBuf>,
    term: String,
    /// Set on top of everything else, in this order.
    variables: Vec<(OsString, OsString)>,
    /// What it is called, if not by its program.
    label: Option<String>,
    restart: Restart,
}

/// Whether a command that ended is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// No.
    #[default]
    Never,
    /// Unless all went well.
    OnFailure,
    /// However it ended.
    Always,
}

impl Restart {
    /// Whether it is, after this end.
    pub fn after(self, status: &ExitStatus) -> bool {
        match self {
            Self::Never => false,
            Self::OnFailure => !status.is_success(),
            Self::Always => true,
        }
    }
}

impl CommandLine {
    /// `program` with `arguments`, in this process's directory, as on an `xterm-256color`.
    pub fn new(program: impl Into<OsString>, arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut argv = vec![program.into()];
        argv.extend(arguments);
        let term = "xterm-256color".to_owned();
        Self { argv, directory: None, term, variables: Vec::new(), label: None, restart: Restart::Never }
    }

    /// What the shell makes of `script`. It is called by the first word there that is no assignment.
    pub fn shell(script: &OsStr) -> Self {
        let text = script.to_string_lossy();
        let word = text.split_whitespace().find(|word| !word.contains('=')).unwrap_or("sh");
        let label = Path::new(word).file_name().map(|name| name.to_string_lossy().into_owned());
        Self { label, ..Self::new("/bin/sh", ["-c".into(), script.to_owned()]) }
    }

    /// Started again when it has ended, or not.
    pub fn restarted(self, restart: Restart) -> Self {
        Self { restart, ..self }
    }

    /// Whether it is started again when it has ended.
    pub fn restart(&self) -> Restart {
        self.restart
    }

    /// With `TERM` set to `term`.
    pub fn with_term(self, term: &str) -> Self {
        Self { term: term.to_owned(), ..self }
    }

    /// Started in `directory`.
    pub fn in_directory(self, directory: &Path) -> Self {
        Self { directory: Some(directory.to_owned()), ..self }
    }

    /// With a variable of its environment set.
    pub fn with_variable(mut self, name: &OsStr, value: &OsStr) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What `TERM` is set to.
    pub fn term(&self) -> &str {
        &self.term
    }

    /// The last part of the program's path, or what a shell's command begins with.
    pub fn name(&self) -> String {
        if let Some(label) = &self.label {
            return label.clone();
        }
        let program = Path::new(&self.argv[0]);
        program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
    }

    /// Whether its program is there and may be run, before anything is started: what a library says of it names neither
    /// the search nor what to do.
    fn check(&self) -> io::Result<()> {
        let program = Path::new(&self.argv[0]);
        let runs = |path: &Path| rustix::fs::access(path, Access::EXEC_OK).is_ok() && !path.is_dir();
        let refuse = |kind, why: &str| Err(io::Error::new(kind, format!("{}: {why}", program.display())));
        if program.components().count() > 1 || program.is_absolute() {
            return match program.try_exists() {
                _ if runs(program) || self.directory.as_ref().is_some_and(|from| runs(&from.join(program))) => Ok(()),
                Ok(true) if program.is_dir() => {
                    refuse(io::ErrorKind::IsADirectory, "it is a directory; give a program")
                }
                Ok(true) => refuse(io::ErrorKind::PermissionDenied, "it may not be executed; see its mode (chmod +x)"),
                _ => refuse(io::ErrorKind::NotFound, "there is no such program; see how its path is spelt"),
            };
        }
        let path = self.variables.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.clone());
        let path = path.or_else(|| std::env::var_os("PATH")).unwrap_or_default();
        if std::env::split_paths(&path).any(|directory| runs(&directory.join(program))) {
            return Ok(());
        }
        refuse(io::ErrorKind::NotFound, "there is no such program in PATH; see how it is spelt, or give its whole path")
    }

    fn builder(&self) -> io::Result<CommandBuilder> {
        let mut builder = CommandBuilder::from_argv(self.argv.clone());
        builder.env_clear();
        for (name, value) in std::env::vars_os().filter(|(name, _)| is_kept(name)) {
            builder.env(name, value);
        }
        builder.env("TERM", &self.term);
        builder.env("COLORTERM", "truecolor");
        for (name, value) in &self.variables {
            builder.env(name, value);
        }
        // Left alone, `portable-pty` goes to the home directory.
        builder.cwd(match &self.directory {
            Some(directory) => directory.clone(),
            None => std::env::current_dir()?,
        });
        Ok(builder)
    }
}

fn is_kept(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| KEPT_VARIABLES.contains(&name) || name.starts_with("LC_"))
}

impl fmt::Debug for CommandLine {
    // Arguments may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandLine").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// By itself, with this status.
    Code(u32),
    /// By a signal, by name.
    Signal(String),
}

impl ExitStatus {
    /// Whether all went well.
    pub fn is_success(&self) -> bool {
        *self == Self::Code(0)
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "status {code}"),
            Self::Signal(signal) => f.write_str(signal),
        }
    }
}

/// A running command.
pub struct Command {
    tty: Tty,
    child: Box<dyn Child + Send + Sync>,
    group: Pid,
    /// Readable when the command has ended.
    ended: AsyncFd<OwnedFd>,
}

impl Command {
    /// Starts `line` on a new PTY of this size.
    pub fn spawn(line: &CommandLine, size: WindowSize) -> io::Result<Self> {
        line.check()?;
        let size = PtySize { rows: size.rows, cols: size.cols, pixel_width: size.width, pixel_height: size.height };
        let pair = portable_pty::native_pty_system().openpty(size).map_err(plain)?;
        let master = pair.master.as_raw_fd().ok_or(io::ErrorKind::Unsupported)?;
        let master = duplicate(master)?;
        rustix::io::ioctl_fionbio(&master, true)?;
        edit_in_characters(&master)?;
        let child = pair.slave.spawn_command(line.builder()?).map_err(plain)?;
        let pid = child.process_id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let group = pid.ok_or_else(|| io::Error::other("the command has no process number"))?;
        let ended = rustix::process::pidfd_open(group, PidfdFlags::NONBLOCK)?;
        // The slave is closed here: from now on only the command and its children hold it.
        Ok(Self { tty: Tty::new(master)?, child, group, ended: watch(ended, Interest::READABLE)? })
    }

    /// Waits for the command's end and reaps it. May be dropped half-way without loss, and called again later.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        reap(self.child.as_mut(), &self.ended).await
    }

    /// Waits for the command's end, and for its terminal to be ready.
    pub(super) async fn event(&mut self, interest: Option<Interest>) -> io::Result<SourceEvent> {
        let ended = reap(self.child.as_mut(), &self.ended);
        let Some(interest) = interest else { return Ok(SourceEvent::Ended(ended.await?)) };
        tokio::select! {
            ready = self.tty.ready(interest) => Ok(SourceEvent::Ready(ready?)),
            status = ended => Ok(SourceEvent::Ended(status?)),
        }
    }

    /// Ends the command and its process group: SIGHUP, and after two seconds SIGKILL. Nothing of them remains.
    pub async fn end(&mut self) -> io::Result<ExitStatus> {
        if self.child.try_wait()?.is_none() {
            self.signal(Signal::HUP);
            // Who is stopped hears nothing before he goes on.
            self.signal(Signal::CONT);
            // Whether it ended or not: others of the group may have ignored the hang-up. As long as the leader is not
            // reaped, the group's number cannot become another's.
            if tokio::time::timeout(HANG_UP_GRACE, self.ended.readable()).await.is_err() {
                tracing::info!(grace = ?HANG_UP_GRACE, "the command ignores the hang-up and is killed");
            }
            self.signal(Signal::KILL);
        }
        self.ended().await
    }

    /// Signals the command's group, and the one in the foreground of its terminal when that is another.
    fn signal(&self, signal: Signal) {
        if let Ok(foreground) = termios::tcgetpgrp(self.tty.fd.get_ref())
            && foreground != self.group
        {
            let _ = rustix::process::kill_process_group(foreground, signal);
        }
        // An error says that nobody is left, which is what was wanted.
        let _ = rustix::process::kill_process_group(self.group, signal);
    }

    pub(super) fn tty(&self) -> &Tty {
        &self.tty
    }
}

impl Drop for Command {
    // Only when the console's task was ended by a panic or with its runtime; else `end` was called before.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::HUP);
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command").field("group", &self.group).finish_non_exhaustive()
    }
}

async fn reap(child: &mut (dyn Child + Send + Sync), ended: &AsyncFd<OwnedFd>) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(match status.signal() {
                Some(signal) => ExitStatus::Signal(signal.to_owned()),
                None => ExitStatus::Code(status.exit_code()),
            });
        }
        ended.readable().await?.clear_ready();
    }
}

/// What erases a character in the kernel's line editing (`cat`, `read`, a login prompt) shall erase all its bytes.
fn edit_in_characters(master: &OwnedFd) -> io::Result<()> {
    let mut line = termios::tcgetattr(master)?;
    line.input_modes |= InputModes::IUTF8;
    Ok(termios::tcsetattr(master, OptionalActions::Now, &line)?)
}

/// `portable-pty` lends only the number of its master; this makes a descriptor of our own of it, without `unsafe`.
fn duplicate(number: RawFd) -> io::Result<OwnedFd> {
    struct Number(RawFd);
    impl AsRawFd for Number {
        fn as_raw_fd(&self) -> RawFd {
            self.0
        }
    }
    filedescriptor::FileDescriptor::dup(&Number(number)).map_err(io::Error::other)?.as_fd().try_clone_to_owned()
}

/// One line, whatever `portable-pty` says.
fn plain(error: impl fmt::Display) -> io::Error {
    io::Error::other(error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::*;

    const SIZE: WindowSize = WindowSize { cols: 80, rows: 24, width: 640, height: 384 };

    fn shell(script: &str) -> Command {
        let line = CommandLine::new("/bin/sh", ["-c".into(), script.into()]);
        Command::spawn(&line, SIZE).expect("starts")
    }

    /// Reads until the end, or until `until` was seen.
    async fn read(source: &mut Source, until: &str) -> String {
        let mut seen = Vec::new();
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&seen).contains(until) {
            source.ready(Interest::READABLE).await.expect("readable");
            match source.try_read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => seen.extend_from_slice(&buffer[..length]),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        }
        String::from_utf8_lossy(&seen).into_owned()
    }

    #[tokio::test]
    async fn it_has_the_size_the_terminal_and_no_more_of_our_environment() {
        let command = shell("stty size; env; ls -l /proc/self/fd; echo done");
        let mut source = Source::Command(command);
        let text = read(&mut source, "done").await;
        assert!(text.contains("24 80\r\n"), "{text}");
        assert!(text.contains("TERM=xterm-256color\r\n") && text.contains("COLORTERM=truecolor\r\n"), "{text}");
        assert!(!text.contains("CARGO"), "{text}");
        // Its own directory listing takes one; nothing but the terminal besides.
        let open = text.lines().filter(|line| line.contains(" -> ")).filter(|line| !line.contains("/dev/pts/"));
        assert_eq!(open.count(), 1, "{text}");
    }

    #[tokio::test]
    async fn erasing_a_character_erases_all_its_bytes() {
        let mut source = Source::Command(shell("stty -echo; echo ready; read -r line; echo \"$line.\" done"));
        read(&mut source, "ready").await;
        source.try_write("aé\x7f\r".as_bytes()).expect("room");
        assert_eq!(read(&mut source, "done").await.trim(), "a. done");
    }

    #[tokio::test]
    async fn variables_are_set_on_top() {
        let line = CommandLine::new("/bin/sh", ["-c".into(), "env; echo done".into()]);
        let line = line.with_variable("TERM".as_ref(), "vt52".as_ref()).with_variable("NEW".as_ref(), "a=b".as_ref());
        let text = read(&mut Source::Command(Command::spawn(&line, SIZE).expect("starts")), "done").await;
        assert!(text.contains("TERM=vt52\r\n") && text.contains("NEW=a=b\r\n") && !text.contains("xterm"), "{text}");
    }

    #[tokio::test]
    async fn its_status_is_known() {
        assert_eq!(shell("exit 0").ended().await.expect("ends"), ExitStatus::Code(0));
        assert_eq!(shell("exit 7").ended().await.expect("ends"), ExitStatus::Code(7));
        assert!(matches!(shell("kill -9 $$").ended().await.expect("ends"), ExitStatus::Signal(_)));
    }

    #[tokio::test]
    async fn a_grandchild_that_keeps_the_terminal_blocks_nothing() {
        let mut command = shell("trap '' HUP; sleep 1000 & echo $! last words; exit 3");
        assert_eq!(command.ended().await.expect("ends"), ExitStatus::Code(3));
        let mut source = Source::Command(command);
        let text = read(&mut source, "last words").await;
        let sleeper: i32 = text.split_whitespace().next().expect("a number").parse().expect("a number");
        let _ = rustix::process::kill_process(Pid::from_raw(sleeper).expect("a process"), Signal::KILL);
    }

    #[tokio::test]
    async fn ending_leaves_nobody_even_who_ignores_a_hang_up() {
        tokio::time::pause();
        let script = "trap '' HUP; sleep 1000 & echo $! ready; while :; do wait; done";
        let mut source = Source::Command(shell(script));
        let text = read(&mut source, "ready").await;
        let sleeper = text.split_whitespace().next().expect("a number").to_owned();
        let Source::Command(mut command) = source else { panic!("a command") };
        let begun = tokio::time::Instant::now();
        assert!(matches!(command.end().await.expect("ends"), ExitStatus::Signal(_)));
        assert_eq!(begun.elapsed().as_secs(), 2, "the time that the manual promises");
        // A zombie is none of ours any more: init reaps it in its own time.
        let lives = || {
            let stat = std::fs::read_to_string(format!("/proc/{sleeper}/stat"));
            stat.is_ok_and(|stat| !stat.contains(") Z "))
        };
        while lives() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn who_is_stopped_hears_the_hang_up() {
        let mut source = Source::Command(shell("trap 'exit 3' HUP; echo ready; kill -STOP $$; while :; do :; done"));
        read(&mut source, "ready").await;
        let Source::Command(mut command) = source else { panic!("a command") };
        assert_eq!(command.end().await.expect("ends"), ExitStatus::Code(3));
    }

    #[tokio::test]
    async fn what_cannot_be_started_says_why_in_one_line() {
        for (program, why) in [
            ("/nonexistent/command", "there is no such program; see"),
            ("vncterm-nosuchprog", "no such program in PATH"),
            ("/etc/passwd", "may not be executed"),
            ("/usr", "is a directory"),
        ] {
            let error = Command::spawn(&CommandLine::new(program, []), SIZE).expect_err(program).to_string();
            assert!(error.contains(why) && !error.contains('\n'), "{program}: {error}");
        }
    }

    #[test]
    fn the_environment_is_an_allow_list() {
        for (name, kept) in [("PATH", true), ("LC_ALL", true), ("LD_PRELOAD", false), ("AWS_SECRET", false)] {
            assert_eq!(is_kept(OsStr::new(name)), kept, "{name}");
        }
    }

    #[test]
    fn a_shells_command_is_called_by_what_it_starts() {
        for (script, name) in [("top", "top"), ("LANG=C exec /usr/bin/fc --x=y", "exec"), ("/a/b -c", "b"), (" ", "sh")]
        {
            assert_eq!(CommandLine::shell(OsStr::new(script)).name(), name, "{script}");
        }
    }

    #[test]
    fn what_ended_is_started_again_as_asked_for() {
        let ends = [ExitStatus::Code(0), ExitStatus::Code(1), ExitStatus::Signal("Killed".into())];
        for (restart, again) in
            [(Restart::Never, [false; 3]), (Restart::OnFailure, [false, true, true]), (Restart::Always, [true; 3])]
        {
            assert_eq!(ends.each_ref().map(|status| restart.after(status)), again);
        }
    }

    #[test]
    fn arguments_are_not_shown() {
        let line = CommandLine::new("/usr/bin/mysql", ["--password=secret".into()]);
        assert_eq!(format!("{line:?}"), "CommandLine { name: \"mysql\", .. }");
    }
}
