//! What the interop tests need around a viewer: a directory of their own, our server, an X server without a screen.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::picture::{Picture, RawViewer};

/// How long other programs may take for anything.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `look` finds something.
///
/// # Panics
/// When it finds nothing in time.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        sleep(Duration::from_millis(50));
    }
}

/// A program that ends with the test.
pub struct Running(pub Child);

impl Running {
    /// Starts `program`; `None`, with a line that says so, when this machine has none.
    pub fn start(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Option<Running> {
        let mut command = Command::new(program);
        command.args(arguments).envs(environment.iter().copied());
        match command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn() {
            Ok(child) => Some(Running(child)),
            Err(error) => {
                eprintln!("skipped: {program}: {error}");
                None
            }
        }
    }

    /// Stops it, as Ctrl-Z does; it does not read any more, but its connection stands.
    pub fn stop(&self) {
        let pid = Pid::from_child(&self.0);
        kill_process(pid, Signal::STOP).expect("it is our child");
    }

    /// Its first line on standard output.
    pub fn first_line(&mut self) -> String {
        let mut line = String::new();
        let out = self.0.stdout.take().expect("the output is a pipe");
        BufReader::new(out).read_line(&mut line).expect("the program says something");
        line.trim().to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
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

/// Our server, on a port that the kernel chose.
pub struct Server {
    _process: Running,
    pub port: u16,
    pub directory: Directory,
}

impl Server {
    /// Serves the consoles that `arguments` name; `{DIR}` in them becomes a directory of the test's own.
    pub fn start(arguments: &[&str]) -> Server {
        let directory = Directory::new();
        let program = std::env::var("VNCTERM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_vncterm").into());
        let program = fs::canonicalize(crate::house::source::root().join(program)).expect("the program was built");
        let program = program.to_str().expect("the path of the project is UTF-8");
        let place = directory.path("");
        let consoles: Vec<String> = arguments.iter().map(|argument| argument.replace("{DIR}", &place)).collect();
        let mut arguments = vec!["--listen", "127.0.0.1::0"];
        arguments.extend(consoles.iter().map(String::as_str));
        let mut process = Running::start(program, &arguments, &[]).expect("the program was built");
        let greeting = process.first_line();
        let port = greeting.rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("no port in {greeting:?}"));
        Server { _process: process, port, directory }
    }

    /// Serves what a shell script shows: it is run on a raw terminal, and is done when its output has been understood.
    pub fn showing(script: &str, arguments: &[&str]) -> Server {
        // The terminal answers the cursor report at the end only after all that came before it.
        let script = format!(
            "stty raw -echo; {script}; printf '\\033[6n'; dd bs=64 count=1 of={{DIR}}/shown 2>/dev/null; sleep 600"
        );
        let mut all = arguments.to_vec();
        all.extend(["--", "sh", "-c", &script]);
        let server = Server::start(&all);
        server.wait_for_file("shown");
        server
    }

    /// Waits until the file has something in it, and reads it.
    pub fn wait_for_file(&self, name: &str) -> String {
        let path = self.directory.path(name);
        wait_for(name, || fs::read_to_string(&path).ok().filter(|text| !text.is_empty()))
    }

    /// The console's picture as our own small viewer gets it: all of it, without compression.
    pub fn picture(&self) -> Picture {
        RawViewer::connect(self.port).picture()
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
    pub fn start() -> Option<Xvfb> {
        let directory = Directory::new();
        let place = directory.path("");
        // Without its cursor, which would lie in the picture; and not starting anew when its last client goes.
        let arguments = [
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1024x768x24",
            "-nolisten",
            "tcp",
            "-nocursor",
            "-noreset",
            "-fbdir",
            &place,
        ];
        let mut process = Running::start("Xvfb", &arguments, &[])?;
        let display = format!(":{}", process.first_line());
        let screen = Xvfb { _process: process, display, directory };
        // Else the X server takes Ctrl-Alt-Fn for itself, and no viewer hears it.
        if let Some(mut keys) = screen.run("setxkbmap", &["-layout", "us", "-option", "srvrkeys:none"]) {
            let _ = keys.0.wait();
        }
        Some(screen)
    }

    /// Starts a program that shows itself here.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Option<Running> {
        Running::start(program, arguments, &[("DISPLAY", &self.display), ("HOME", &self.directory.path(""))])
    }

    /// Runs `xdotool` to its end; false when there is none.
    pub fn xdotool(&self, arguments: &[&str]) -> bool {
        let Some(mut tool) = self.run("xdotool", arguments) else { return false };
        tool.0.wait().is_ok_and(|status| status.success())
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
