//! Larger letters in other people's viewers: a window that is made larger is filled with the same cells, drawn larger.

use super::clients::{self, Client, Depth, Row};
use super::run::{Run, SCENE};
use super::stage::Server;

/// How often viewers have asked for another size.
fn wishes(server: &Server) -> usize {
    server.log().matches("a viewer wants larger letters").count()
}

/// Makes the client's window larger, and looks at what it shows and how often it asks for that.
fn fills_its_window(client: &Client) {
    let server = Server::showing(SCENE, &["--resize", "fixed"]);
    let row = &client.rows[0];
    let depth = Depth { screen: "-screen 0 1500x1000x24", ..row.depth };
    let Some(mut run) = Run::start(client, &Row { depth, ..*row }, &server) else { return };
    run.shows_all(&server.picture());
    let before = wishes(&server);
    let screen = run.screen.as_ref().expect("it has a window");
    // 16 pixels for each of 80 columns, and not 17.
    assert!(screen.xdotool("search --onlyvisible --name . windowsize 1350 900"));
    let double = Server::showing(SCENE, &["--resize", "fixed", "--scale", "2"]);
    screen.wait_until_shown("larger letters", &double.picture(), 0);
    for line in ["one", "two", "three"] {
        let step = format!("printf '\\r\\n{line}'");
        server.play(&step);
        double.play(&step);
        screen.wait_until_shown(line, &double.picture(), 0);
    }
    // Whoever answered each size with another wish would not have stopped by now.
    let asked = wishes(&server) - before;
    assert!((1..=3).contains(&asked), "asked {asked} times");
    assert_eq!(server.picture().width, 640, "the console is as it was");
}

#[test]
#[ignore = "needs TigerVNC, Xvfb and xdotool"]
fn tigervnc_fills_its_window() {
    fills_its_window(&Client { command: "exec vncviewer -MenuKey= {OPTIONS} {ADDRESS}", ..clients::TIGERVNC });
}

#[test]
#[ignore = "needs gvncviewer, Xvfb and xdotool"]
fn gvncviewer_fills_its_window_and_asks_no_more() {
    fills_its_window(&clients::GVNCVIEWER);
}
