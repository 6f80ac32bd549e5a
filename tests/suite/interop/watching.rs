//! `vncterm attach` as the terminal's viewer of other people's servers: inside tmux, and in an xterm with sixels.

use std::fs;
use std::net::TcpStream;
use std::process::Command;

use super::picture::Picture;
use super::stage::{Directory, Running, Xvfb, free_port, program, wait_for};
use super::xvnc::{COLOURS, Xvnc};

/// A tmux of its own, which ends with the test.
struct Tmux {
    socket: String,
    _directory: Directory,
}

impl Tmux {
    /// Runs `vncterm attach` with these arguments in a window of 80x24; `None`, with a line that says so, without tmux.
    fn attach(arguments: &str) -> Option<Tmux> {
        let directory = Directory::new();
        let tmux = Tmux { socket: directory.path("tmux"), _directory: directory };
        let attach = format!("COLORTERM=truecolor {} attach {arguments}", program().display());
        let begun = Command::new("tmux")
            .env("LC_ALL", "C.UTF-8")
            .args(["-S", &tmux.socket, "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", &attach])
            .status();
        match begun {
            Ok(status) => assert!(status.success(), "tmux begins"),
            Err(error) => {
                eprintln!("skipped: tmux: {error}");
                return None;
            }
        }
        Some(tmux)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let all = [&["-S", &self.socket][..], arguments].concat();
        let output = Command::new("tmux").env("LC_ALL", "C.UTF-8").args(all).output().expect("it is there");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What it shows, with its colours.
    fn screen(&self) -> String {
        self.run(&["capture-pane", "-e", "-p"])
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
#[ignore = "needs Xvnc, xterm, xdotool and tmux"]
fn xvnc_is_drawn_in_tmux_in_its_colours_and_typed_into() {
    let Some(server) = Xvnc::start("-geometry 640x480 -depth 24 -SecurityTypes None").and_then(Xvnc::paint) else {
        return;
    };
    let Some(tmux) = Tmux::attach(&format!("127.0.0.1::{}", server.port)) else { return };
    let [r, g, b] = [16, 8, 0].map(|shift| COLOURS[0] >> shift & 0xff);
    let color = format!("48;2;{r};{g};{b}");
    wait_for("its colour", || tmux.screen().contains(&color).then_some(()));
    let file = server.directory.path("typed");
    let Some(_shell) = server.run("xterm", &["-geometry", "60x20+0+100", "-e", "sh"]) else { return };
    wait_for("a shell", || server.does("xdotool", &["search", "--class", "xterm"]).then_some(()));
    // The window with the pointer in it gets the keys.
    assert!(server.does("xdotool", &["mousemove", "100", "200"]));
    wait_for("what was typed", || {
        tmux.run(&["send-keys", "-l", &format!("echo 'A!~{{}}' > {file}")]);
        tmux.run(&["send-keys", "Enter"]);
        fs::read_to_string(&file).ok().filter(|text| text == "A!~{}\n")
    });
    tmux.run(&["send-keys", "C-]", "d"]);
    wait_for("its end", || tmux.run(&["list-sessions"]).is_empty().then_some(()));
}

#[test]
#[ignore = "needs QEMU and tmux"]
fn the_firmware_of_qemu_is_drawn_and_its_menu_answers() {
    let port = free_port();
    let arguments = format!("-vnc 127.0.0.1:{} -monitor none -net none -boot menu=on,splash-time=60000", port - 5900);
    let Some(_guest) = Running::start("qemu-system-x86_64", &arguments.split(' ').collect::<Vec<_>>(), &[]) else {
        return;
    };
    wait_for("its port", || TcpStream::connect(("127.0.0.1", port)).ok());
    let Some(tmux) = Tmux::attach(&format!("127.0.0.1::{port}")) else { return };
    let lit = |screen: &str| screen.lines().filter(|line| line.contains('▀')).count();
    let before = wait_for("its firmware", || Some(lit(&tmux.screen())).filter(|lines| *lines > 0));
    wait_for("its boot menu", || {
        tmux.run(&["send-keys", "Escape"]);
        Some(()).filter(|()| lit(&tmux.screen()) > before + 1)
    });
}

#[test]
#[ignore = "needs Xvnc, Xvfb, xterm and ImageMagick"]
fn an_xterm_with_sixels_shows_every_pixel() {
    let Some(server) = Xvnc::start("-geometry 320x200 -depth 24 -SecurityTypes None") else { return };
    let Some(paints) = server.run("display", &["-window", "root", "-size", "320x200", "plasma:red-blue"]) else {
        return;
    };
    paints.succeeds();
    let Some(screen) = Xvfb::start("-screen 0 900x700x24") else { return };
    let attach = format!("exec {} attach --resize off 127.0.0.1::{}", program().display(), server.port);
    let terminal = ["-ti", "vt340", "-xrm", "XTerm*numColorRegisters: 256", "-geometry", "60x20+0+0", "-e", &attach];
    let Some(_terminal) = screen.run("xterm", &terminal) else { return };
    let wanted = server.screen().expect("ImageMagick is there");
    wait_for("the picture", || within(&screen.screen(), &wanted).then_some(()));
}

/// Whether one picture is part of another, as near as 256 colours come.
fn within(all: &Picture, part: &Picture) -> bool {
    const NEAR: u32 = 48;
    let near = |a: u32, b: u32| [16, 8, 0].iter().all(|shift| (a >> shift & 0xff).abs_diff(b >> shift & 0xff) <= NEAR);
    let row_is_at = |x: usize, y: usize, row: usize| {
        let there = &all.pixels[(y + row) * all.width + x..][..part.width];
        there.iter().zip(&part.pixels[row * part.width..]).all(|(a, b)| near(*a, *b))
    };
    let places = (0..=all.height.saturating_sub(part.height))
        .flat_map(|y| (0..=all.width.saturating_sub(part.width)).map(move |x| (x, y)));
    places.into_iter().any(|(x, y)| (0..part.height).all(|row| row_is_at(x, y, row)))
}
