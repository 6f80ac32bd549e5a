//! What the interop tests need around a viewer: a directory of their own, our server, an X server without a screen.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};

use super::picture::{Picture, RawViewer};

/// How long other programs may take for anything.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `look` finds something.
///
/// # Panics
/// When it finds nothing in time.
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    seen_in_time(look).unwrap_or_else(|| panic!("waited in vain for {what}"))
}

/// Waits until `look` finds something; `None` when it finds nothing in time.
pub fn seen_in_time<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let found = look();
        if found.is_some() {
            return found;
        }
        sleep(Duration::from_millis(50));
    }
    None
}

/// A program that ends with the test.
pub struct Running {
    process: Child,
    out: Option<BufReader<ChildStdout>>,
}

impl Running {
    pub fn new(mut process: Child) -> Running {
        let out = process.stdout.take().map(BufReader::new);
        Running { process, out }
    }

    /// Starts `program`; `None`, with a line that says so, when this machine has none.
    pub fn start(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Option<Running> {
        let mut command = Command::new(program);
        command.args(arguments).envs(environment.iter().copied());
        match command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn() {
            Ok(child) => Some(Running::new(child)),
            Err(error) => {
                eprintln!("skipped: {program}: {error}");
                None
            }
        }
    }

    /// Stops it, as Ctrl-Z does; it does not read any more, but its connection stands.
    pub fn stop(&self) {
        kill_process(Pid::from_child(&self.process), Signal::STOP).expect("it is our child");
    }

    /// Lets it go on after [`Running::stop`].
    pub fn go_on(&self) {
        kill_process(Pid::from_child(&self.process), Signal::CONT).expect("it is our child");
    }

    /// Waits for its end; whether all went well. One that does not end is ended.
    pub fn succeeds(mut self) -> bool {
        drop(self.process.stdin.take());
        let end = seen_in_time(|| self.process.try_wait().expect("it is our child"));
        end.is_some_and(|end| end.success())
    }

    /// Its next line on standard output; empty when there are no more, or none in time: it is ended then.
    pub fn line(&mut self) -> String {
        let mut out = self.out.take().expect("the output is a pipe");
        let (send, read) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            out.read_line(&mut line).expect("the output is text");
            // Who has given up does not want it.
            let _ = send.send((out, line));
        });
        match read.recv_timeout(PATIENCE) {
            Ok((out, line)) => {
                self.out = Some(out);
                line.trim().to_owned()
            }
            Err(_) => {
                let _ = self.process.kill();
                String::new()
            }
        }
    }

    /// Tells it something on its standard input, and waits for the line that answers.
    pub fn tell(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().expect("the input is a pipe");
        writeln!(input, "{line}").expect("the program reads");
        assert_eq!(self.line(), "done", "answer to {line:?}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A directory under target/ that ends with the test.
pub struct Directory(pub PathBuf);

impl Directory {
    pub fn new() -> Directory {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("interop-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("target/ can be written");
        Directory(path)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("the path of the project is UTF-8").to_owned()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes a file that only its owner may read, as those of secrets must be.
pub fn private(directory: &Directory, name: &str, contents: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(directory.path(name));
    file.as_mut().expect("the directory is new").write_all(contents).expect("written");
}

/// A port that nobody has.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback address can be bound");
    listener.local_addr().expect("it is bound").port()
}

/// Our program, or the one that `VNCTERM` names.
pub fn program() -> PathBuf {
    let program = std::env::var("VNCTERM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_vncterm").into());
    fs::canonicalize(crate::house::source::root().join(program)).expect("the program was built")
}

/// Our server, on a port that the kernel chose.
pub struct Server {
    _process: Running,
    pub port: u16,
    pub directory: Directory,
}

impl Server {
    /// Serves the consoles that `arguments` name; `{DIR}` in them becomes a directory of the test's own.
    pub fn start(arguments: &[&str]) -> Server {
        Server::start_in(|_| (), arguments)
    }

    /// The same, once the directory has been furnished.
    pub fn start_in(furnish: impl FnOnce(&Directory), arguments: &[&str]) -> Server {
        let directory = Directory::new();
        furnish(&directory);
        let place = directory.path("");
        let mut command = Command::new(program());
        command.args(["--listen", "127.0.0.1::0"]);
        command.args(arguments.iter().map(|argument| argument.replace("{DIR}", &place)));
        let log = fs::File::create(directory.path("log")).expect("the directory can be written");
        command.env("RUST_LOG", "debug").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut process = Running::new(command.spawn().expect("the program was built"));
        let greeting = process.line();
        let port = greeting.rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("no port in {greeting:?}"));
        Server { _process: process, port, directory }
    }

    /// Serves what a shell script shows on a raw terminal. More is shown by [`Server::play`].
    pub fn showing(script: &str, arguments: &[&str]) -> Server {
        // The terminal answers the cursor report only after all that came before it.
        let script = format!(
            "stty raw -echo; mkfifo {{DIR}}/steps; step='{script}'; \
             while :; do eval \"$step\"; printf '\\033[6n'; dd bs=64 count=1 of={{DIR}}/shown 2>/dev/null; \
             read -r step <{{DIR}}/steps; done",
            script = script.replace('\'', "'\\''")
        );
        let server = Server::start(&[arguments, &["--", "sh", "-c", &script]].concat());
        server.wait_until_shown();
        server
    }

    /// Has the script go on with one more line, and waits until its output has been understood.
    pub fn play(&self, line: &str) {
        self.begin(line);
        self.wait_until_shown();
    }

    /// Has the script go on with one more line. [`Server::wait_until_shown`] must follow.
    pub fn begin(&self, line: &str) {
        let line = line.replace("{DIR}", &self.directory.path(""));
        // Opened so, it does not wait for a script that has ended.
        let nonblock = i32::try_from(OFlags::NONBLOCK.bits()).expect("a flag of open(2)");
        let steps = self.directory.path("steps");
        let mut steps = wait_for("the script to read", || {
            fs::OpenOptions::new().write(true).custom_flags(nonblock).open(&steps).ok()
        });
        steps.write_all((line + "\n").as_bytes()).expect("it is short");
    }

    /// Waits until all that the script has shown has been understood.
    pub fn wait_until_shown(&self) {
        self.wait_for_file("shown");
    }

    /// Waits until the file has something in it, takes it away, and gives what was in it.
    pub fn wait_for_file(&self, name: &str) -> String {
        let path = self.directory.path(name);
        let text = wait_for(name, || fs::read_to_string(&path).ok().filter(|text| !text.is_empty()));
        fs::remove_file(path).expect("it is there");
        text
    }

    /// The console's picture as our own small viewer gets it: all of it, without compression.
    pub fn picture(&self) -> Picture {
        RawViewer::connect(self.port).picture()
    }

    /// Has a viewer ask for another size of the desktop, and waits until it has it.
    pub fn resize(&self, width: usize, height: usize) {
        let mut viewer = RawViewer::connect(self.port);
        viewer.resize(width, height);
        wait_for("the new size", || {
            let picture = self.picture();
            ((picture.width, picture.height) == (width, height)).then_some(())
        });
    }

    /// What the server has said, down to what it decided.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path("log")).expect("the log is text")
    }

    /// For each paste that a viewer asked for, whether there was something to paste.
    pub fn pastes(&self) -> Vec<bool> {
        let asked = |line: &&str| line.contains(" paste paste=") || line.contains(" no paste why=");
        self.log().lines().filter(asked).map(|line| !line.contains(" no paste why=")).collect()
    }

    /// How the pictures of the last other viewer than our own small one were made, as the log says it.
    pub fn said_of_pictures(&self) -> Option<String> {
        let log = self.log();
        let mut said = log.lines().filter_map(|line| line.split_once("picture sent ")).map(|(_, how)| how);
        said.rfind(|how| *how != RawViewer::PICTURES).map(str::to_owned)
    }

    /// `HOST::PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1::{}", self.port)
    }

    /// `HOST:DISPLAY`, for viewers that know no ports.
    pub fn display(&self) -> String {
        format!("127.0.0.1:{}", i32::from(self.port) - 5900)
    }
}

/// An X server whose screen is a file.
pub struct Xvfb {
    _process: Running,
    display: String,
    directory: Directory,
}

impl Xvfb {
    /// With a screen as these arguments say it.
    pub fn start(screen: &str) -> Option<Xvfb> {
        let directory = Directory::new();
        // Without its cursor, which would lie in the picture; and not starting anew when its last client goes.
        let place = directory.path("");
        let arguments = format!("-displayfd 1 {screen} -nolisten tcp -nocursor -noreset -fbdir {place}");
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let mut process = Running::start("Xvfb", &arguments, &[])?;
        let display = format!(":{}", process.line());
        let screen = Xvfb { _process: process, display, directory };
        // Else the X server takes Ctrl-Alt-Fn for itself, and no viewer hears it.
        let _ = screen.run("setxkbmap", &["-layout", "us", "-option", "srvrkeys:none"]).map(Running::succeeds);
        Some(screen)
    }

    /// What `DISPLAY` is for its programs.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Starts a program that shows itself here.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Option<Running> {
        Running::start(program, arguments, &[("DISPLAY", &self.display), ("HOME", &self.directory.path(""))])
    }

    /// Runs `xdotool` to its end; false when there is none.
    pub fn xdotool(&self, arguments: &str) -> bool {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        self.run("xdotool", &arguments).is_some_and(Running::succeeds)
    }

    /// What the screen shows now.
    pub fn screen(&self) -> Picture {
        let file = fs::read(self.directory.path("Xvfb_screen0")).expect("Xvfb made its framebuffer file");
        Picture::from_xwd(&file)
    }

    /// Waits until the screen shows `wanted` somewhere, each colour within `error` of it.
    pub fn wait_until_shown(&self, what: &str, wanted: &Picture, error: u8) {
        wait_for(what, || self.screen().contains(wanted, error).then_some(()));
    }
}
