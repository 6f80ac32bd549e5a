//! An X server that is an RFB server too: what a guest's graphics often are.

use std::fs;

use super::picture::Picture;
use super::stage::{Directory, Running, free_port, wait_for};

/// The password of those that ask for one; VNC authentication knows no longer ones.
pub const PASSWORD: &str = "secret12";
/// The same, as `vncpasswd -f` writes it.
const PASSWORD_FILE: &[u8] = &[0x24, 0xb5, 0xae, 0x4c, 0xe1, 0x55, 0x03, 0xc6];

/// The colour that [`Xvnc::paint`] gives a screen, and the nearest with 16 bits: 23, 16 and 4 of 31, 63 and 31.
pub const COLOUR: &str = "#c04020";
pub const COLOURS: [u32; 2] = [0x00c0_4020, 0x00bd_4121];

/// See the module.
pub struct Xvnc {
    /// A program that stays: with `-once` the server ends with its last one.
    stays: Option<Running>,
    pub process: Running,
    pub display: String,
    pub port: u16,
    pub directory: Directory,
}

impl Xvnc {
    /// On a port of its own.
    pub fn start(arguments: &str) -> Option<Xvnc> {
        Xvnc::start_at(free_port(), arguments)
    }

    /// With these arguments beside those that all need. `{DIR}` is a directory of its own, where `passwd` holds [`PASSWORD`].
    /// `None`, with a line that says so, when this machine has none.
    pub fn start_at(port: u16, arguments: &str) -> Option<Xvnc> {
        let directory = Directory::new();
        fs::write(directory.path("passwd"), PASSWORD_FILE).expect("the directory is new");
        let all = format!("-displayfd 1 -rfbport {port} -localhost -nolisten tcp -noreset {arguments}");
        let all = all.replace("{DIR}/", &directory.path(""));
        let mut process = Running::start("Xvnc", &all.split_whitespace().collect::<Vec<_>>(), &[])?;
        let display = format!(":{}", process.line());
        Some(Xvnc { stays: None, process, display, port, directory })
    }

    /// Gives the screen one of [`COLOURS`], and a small window in its corner that stays.
    pub fn paint(mut self) -> Option<Xvnc> {
        self.stays = Some(self.run("xterm", &["-geometry", "20x2+0+0", "-e", "sleep", "1000"])?);
        wait_for("its window", || self.run("xdotool", &["search", "--class", "xterm"])?.succeeds().then_some(()));
        self.does("xsetroot", &["-solid", COLOUR]).then_some(self)
    }

    /// Starts a program that shows itself here.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Option<Running> {
        Running::start(program, arguments, &[("DISPLAY", &self.display), ("HOME", &self.directory.path(""))])
    }

    /// Runs a program here to its end, and whether all went well; `false` when there is none.
    pub fn does(&self, program: &str, arguments: &[&str]) -> bool {
        self.run(program, arguments).is_some_and(Running::succeeds)
    }

    /// What is on the screen, as programs are told it.
    pub fn screen(&self) -> Option<Picture> {
        let path = self.directory.path("screen.ppm");
        let file = format!("ppm:{path}");
        let taken = self.does("import", &["-silent", "-window", "root", "-depth", "8", &file]);
        taken.then(|| Picture::from_file(&fs::read(&path).expect("import made it")))
    }
}

/// Whether a screen of this size is painted so, as far as its middle shows it.
pub fn is_painted(picture: &Picture, width: usize, height: usize) -> bool {
    let middle = picture.pixels.get((height / 2) * width + width / 2);
    (picture.width, picture.height) == (width, height) && middle.is_some_and(|pixel| COLOURS.contains(pixel))
}
