//! Looking back and marking text with other people's mice, and what is in their X selections then.

use super::clients;
use super::picture::RawViewer;
use super::stage::{Running, Server, Xvfb, wait_for};

/// More lines than a screen has, and in row 20, behind what was there, what is to be copied.
const SCRIPT: &str =
    "stty opost onlcr; seq -f 'line %g of sixty' 60; printf '\\033[20;5Hthis is cöpied, this not\\033[22;1H'";

/// A viewer of TigerVNC's on a screen of its own.
struct Seat {
    screen: Xvfb,
    _viewer: Running,
}

impl Seat {
    fn take(server: &Server) -> Option<Self> {
        let screen = Xvfb::start(clients::TRUE_COLOR_SCREEN)?;
        let options = ["-MenuKey=", "-RemoteResize=0", &server.address()];
        let viewer = screen.run("vncviewer", &options)?;
        screen.wait_until_shown("the first picture", &server.picture(), 0);
        // Without a window manager nobody else gives it the keyboard.
        screen.xdotool(&format!("{WINDOW} windowfocus --sync")).then_some(Self { screen, _viewer: viewer })
    }

    /// Moves the pointer to the middle of a cell, and does more.
    fn at(&self, (col, row): (u32, u32), more: &str) {
        let place = format!("{WINDOW} mousemove --window %1 {} {} {more}", 8 * col + 1, 16 * row + 8);
        assert!(self.screen.xdotool(place.trim()));
    }

    /// Waits until the X selections hold this.
    fn wait_for_selections(&self, want: &str) {
        for selection in ["--primary", "--clipboard"] {
            wait_for(selection, || {
                let is_there = format!("test \"$(xsel --output {selection})\" = '{want}'");
                self.screen.run("sh", &["-c", &is_there]).is_some_and(Running::succeeds).then_some(())
            });
        }
    }
}

const WINDOW: &str = "search --onlyvisible --name TigerVNC";

#[test]
#[ignore = "needs Xvfb, TigerVNC, xdotool and xsel"]
fn what_is_dragged_over_in_tigervnc_is_in_the_x_selections() {
    let server = Server::showing(SCRIPT, &["--resize", "fixed"]);
    let Some(seat) = Seat::take(&server) else { return };
    let Some(true) = seat.screen.run("xsel", &["--version"]).map(Running::succeeds) else { return };
    seat.at((4, 19), "mousedown 1");
    seat.at((12, 19), "");
    seat.at((18, 19), "mouseup 1");
    seat.wait_for_selections("this is cöpied");
    seat.at((20, 19), "click --repeat 3 --delay 50 1");
    seat.wait_for_selections("linethis is cöpied, this not");
}

#[test]
#[ignore = "needs Xvfb, TigerVNC and xdotool"]
fn the_wheel_in_tigervnc_scrolls_what_it_shows_and_nobody_elses_picture() {
    let server = Server::showing(SCRIPT, &["--resize", "fixed"]);
    let live = server.picture();
    let Some(seat) = Seat::take(&server) else { return };
    let mut ours = RawViewer::connect(server.port);
    assert!(ours.picture() == live);
    seat.at((4, 4), "click 4");
    wait_for("another picture", || (!seat.screen.screen().contains(&live, 0)).then_some(()));
    assert!(ours.picture() == live, "nobody else sees it");
    seat.at((4, 4), "click 5");
    seat.screen.wait_until_shown("what is going on", &live, 0);
    assert!(seat.screen.xdotool("key shift+Home"));
    wait_for("the oldest lines", || (!seat.screen.screen().contains(&live, 0)).then_some(()));
    assert!(seat.screen.xdotool("key x"), "any key returns");
    seat.screen.wait_until_shown("what is going on", &live, 0);
}
