//! A client in front of our server: started as the table says, shown things, typed at, and looked at.

use std::fs;
use std::time::{Duration, Instant};

use super::clients::{Client, Depth, Follows, Row, Shows};
use super::picture::Picture;
use super::stage::{Running, Server, Xvfb, seen_in_time};

/// Text, all colours, box drawing, wide and combining characters, every attribute; no cursor.
pub const SCENE: &str = r"printf '\033[?25l\033[2J\033[HThe quick brown fox jumps over the lazy dog 0123456789\r\n';
i=0; while [ $i -lt 256 ]; do printf '\033[48;5;%dm ' $i; i=$((i+1)); done; printf '\033[m\r\n';
i=0; while [ $i -lt 80 ]; do printf '\033[48;2;%d;%d;%dm ' $((i*3)) $((255-i*2)) $((i*5%256)); i=$((i+1)); done; printf '\033[m';
printf '\033[1mbold\033[m \033[3mitalic\033[m \033[4munderline\033[m \033[7minverse\033[m \033[9mstrike\033[m \033[31mred\033[m \033[38;2;255;128;0morange\033[m\r\n';
printf '\342\224\214\342\224\200\342\224\220 \342\226\210\342\226\223\342\226\222\342\226\221 \344\275\240\345\245\275 e\314\201 \342\242\277\r\n'";

/// What happens to the scene: one line changes; everything scrolls, and lines come from below; little is left.
const STEPS: [&str; 4] = [
    r"printf '\033[6H\033[2KThis line is \033[1;32mnew\033[m.'",
    r"printf '\033[24;1H'; i=0; while [ $i -lt 7 ]; do printf '\r\n\033[3%dmline %d' $i $i; i=$((i+1)); done; printf '\033[m'",
    r"printf '\033[5;20r\033[5H\033[3M\033[20H\033[44mbelow\033[m\033[r'",
    r"printf '\033[2J\033[H\033[34mA \033[43mfew\033[m colours.'",
];

/// Asks for a line, and shows it.
const ASK: &str =
    "stty cooked -echo; echo ready >{DIR}/ready; read -r line; stty raw; printf '\\033[9HYou typed: %s' \"$line\"";
const TYPED: &str = "Hello World 42";

/// Runs a client once for each of its rows.
pub fn every_row(client: &Client) {
    for row in client.rows {
        let server = Server::showing(SCENE, &["--resize", "fixed"]);
        let Some(mut run) = Run::start(client, row, &server) else { return };
        run.shows_all(&server.picture());
        let said = server.said_of_pictures().unwrap_or_else(|| super::picture::RawViewer::PICTURES.to_owned());
        let format = row.depth.format;
        let wanted = format!("encoding={:?} bits_per_pixel={} ", row.encoding, format.bits_per_pixel);
        let true_colour = format!(" true_colour={}", format.true_colour);
        assert!(
            said.starts_with(&wanted) && said.ends_with(&true_colour),
            "{}: {said:?} instead of {wanted:?}",
            run.what
        );
        for step in STEPS {
            server.play(step);
            run.shows_all(&server.picture());
        }
        if run.can_type() {
            run.types_a_line(&server);
            run.shows_all(&server.picture());
        }
    }
}

/// Runs a client on its first row while the desktop becomes larger and smaller.
pub fn in_every_size(client: &Client) {
    let server = Server::showing(SCENE, &["--resize", "any"]);
    let Some(mut run) = Run::start(client, &client.rows[0], &server) else { return };
    let first = server.picture();
    run.shows_all(&first);
    // Whole cells, and within the X screen.
    for (columns, rows) in [(100, 30), (60, 20), (80, 24)] {
        let (width, height) = (first.width / 80 * columns, first.height / 24 * rows);
        if client.follows == Follows::Larger && width < first.width {
            continue;
        }
        server.resize(width, height);
        run.shows("the new size", &mut || match client.follows {
            Follows::Always | Follows::Larger => server.picture(),
            Follows::Never => server.picture().lower_left(first.width, first.height),
        });
        server.play(STEPS[0]);
    }
}

/// Runs a client beside programs that paint whole screens, part by part, and looks at what they leave. The first row for
/// a few seconds; but every row, and for so many seconds, when `VNCTERM_BUSY` says how many.
pub fn beside_a_busy_program(client: &Client) {
    let seconds = std::env::var("VNCTERM_BUSY").ok().map(|seconds| seconds.parse().expect("seconds"));
    let rows = if seconds.is_some() { client.rows } else { &client.rows[..1] };
    let busy = Duration::from_secs(seconds.unwrap_or(3));
    let recordings = crate::house::source::root().join("tests/recordings");
    let mut recordings: Vec<_> = fs::read_dir(recordings)
        .expect("there are recordings")
        .map(|entry| entry.expect("the directory can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
        .collect();
    recordings.sort();
    for row in rows {
        let server = Server::showing(SCENE, &["--resize", "fixed"]);
        let Some(mut run) = Run::start(client, row, &server) else { return };
        run.shows_all(&server.picture());
        let begun = Instant::now();
        while begun.elapsed() < busy {
            for path in &recordings {
                // In pieces, as a slow line brings it.
                let file = path.display();
                server.play(&format!(
                    "n=0; while dd if={file} bs=1000 skip=$n count=1 2>/dev/null >{{DIR}}/piece; [ -s {{DIR}}/piece ]; \
                     do cat {{DIR}}/piece; sleep 0.02; n=$((n+1)); done"
                ));
            }
        }
        server.play(r"printf '\033[?25l'");
        // What they asked the terminal has been answered too, and may pass for the answer to that.
        run.shows("what is left", &mut || server.picture());
    }
}

/// A client that runs.
pub struct Run {
    pub what: String,
    shows: Shows,
    depth: Depth,
    pub screen: Option<Xvfb>,
    _beside: Option<Running>,
    pub client: Option<Running>,
    command: String,
    file: String,
}

impl Run {
    /// `None`, with a line that says so, when this machine has not what it needs.
    pub fn start(client: &Client, row: &Row, server: &Server) -> Option<Run> {
        Run::start_on(client, row, server, |_| true)
    }

    /// The same, once its screen has been furnished; `None` too where that cannot be.
    pub fn start_on(client: &Client, row: &Row, server: &Server, furnish: impl FnOnce(&Xvfb) -> bool) -> Option<Run> {
        let file = server.directory.path("picture.png");
        let web = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let web = web.expect("ports are free").port();
        let words = |command: &str| in_place(command, row, server, web);
        if !shell(&words(client.needs), &[]).succeeds() {
            eprintln!("skipped: {}: {:?} fails", client.name, client.needs);
            return None;
        }
        let screen = if client.shows == Shows::OnScreen { Some(Xvfb::start(row.depth.screen)?) } else { None };
        if !screen.as_ref().is_none_or(furnish) {
            return None;
        }
        assert!(shell(&words(client.prepare), &[]).succeeds(), "{:?}", client.prepare);
        let beside = (!client.beside.is_empty()).then(|| shell(&words(client.beside), &[]));
        let mut run = Run {
            what: format!("{} {}", client.name, row.options),
            shows: client.shows,
            depth: row.depth,
            screen,
            _beside: beside,
            client: None,
            command: words(client.command),
            file,
        };
        if client.shows != Shows::InFile {
            run.client = Some(run.begin());
        }
        Some(run)
    }

    fn begin(&self) -> Running {
        let display = self.screen.as_ref().map(Xvfb::display).unwrap_or_default();
        let home = self.file.rsplit_once('/').map(|(directory, _)| directory).unwrap_or_default();
        shell(&self.command, &[("DISPLAY", display), ("HOME", home)])
    }

    pub fn shows_all(&mut self, wanted: &Picture) {
        self.shows("everything", &mut || wanted.clone());
    }

    /// Waits until the client shows what is wanted, in the colours that it asked for. Else both pictures are kept.
    fn shows(&mut self, what: &str, wanted: &mut dyn FnMut() -> Picture) {
        let depth = self.depth;
        let seen = seen_in_time(|| {
            let wanted = depth.of_picture(&wanted());
            self.picture().contains(&wanted, depth.error_of(&wanted)).then_some(())
        });
        if seen.is_none() {
            let kept = concat!(env!("CARGO_TARGET_TMPDIR"), "/interop");
            for (name, picture) in [("wanted", depth.of_picture(&wanted())), ("shown", self.picture())] {
                fs::write(format!("{kept}-{name}.ppm"), picture.to_ppm()).expect("target/ can be written");
            }
            panic!("{} does not show {what}: see {kept}-wanted.ppm and -shown.ppm", self.what);
        }
    }

    fn picture(&mut self) -> Picture {
        match self.shows {
            Shows::OnScreen => return self.screen.as_ref().expect("it was started").screen(),
            Shows::InFile => assert!(self.begin().succeeds(), "{}", self.what),
            Shows::AsTold => self.client.as_mut().expect("it was started").tell(&format!("picture {}", self.file)),
        }
        Picture::from_file(&fs::read(&self.file).expect("the picture was written"))
    }

    fn can_type(&self) -> bool {
        self.shows != Shows::InFile
    }

    /// Types a line, and waits until the console shows it.
    pub fn types_a_line(&mut self, server: &Server) {
        server.begin(ASK);
        server.wait_for_file("ready");
        self.types(TYPED);
        server.wait_until_shown();
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        match (&self.screen, &mut self.client) {
            (Some(screen), _) => {
                focus(screen);
                for word in line.split_inclusive(' ') {
                    assert!(screen.xdotool(&format!("type --delay 20 {}", word.trim())));
                    assert!(screen.xdotool(if word.ends_with(' ') { "key space" } else { "key Return" }));
                }
            }
            (None, Some(client)) => client.tell(&format!("type {line}")),
            (None, None) => {}
        }
    }
}

impl Depth {
    /// What becomes of the colours.
    fn of_picture(&self, picture: &Picture) -> Picture {
        match self.format {
            format if format.true_colour => picture.with_levels([format.red_max, format.green_max, format.blue_max]),
            _ => picture.clone(),
        }
    }

    fn error_of(&self, picture: &Picture) -> u8 {
        if self.format.true_colour || picture.colors() > MAP_IS_EXACT { self.error } else { 0 }
    }
}

/// So many colours have their own entries in a map of 256, whatever was shown before.
const MAP_IS_EXACT: usize = 192;

/// Without a window manager nobody else gives the client the keyboard.
pub fn focus(screen: &Xvfb) {
    assert!(screen.xdotool("search --onlyvisible --name . windowfocus mousemove 500 350"), "a window");
}

fn shell(command: &str, environment: &[(&str, &str)]) -> Running {
    Running::start("sh", &["-c", command], environment).expect("there is always a shell")
}

/// A command of the table, for this row and this server.
fn in_place(command: &str, row: &Row, server: &Server, web: u16) -> String {
    let viewers = crate::house::source::root().join("tests/suite/interop/viewers");
    [
        ("{OPTIONS}", row.options),
        ("{HOST}", "127.0.0.1"),
        ("{PORT}", &server.port.to_string()),
        ("{ADDRESS}", &server.address()),
        ("{DISPLAY}", &server.display()),
        ("{FILE}", &server.directory.path("picture.png")),
        ("{DIR}", &server.directory.path("")),
        ("{WEB}", &web.to_string()),
        ("{VIEWERS}", viewers.to_str().expect("the path of the project is UTF-8")),
        ("{BUILT}", env!("CARGO_TARGET_TMPDIR")),
    ]
    .iter()
    .fold(command.to_owned(), |command, (name, value)| command.replace(name, value))
}
