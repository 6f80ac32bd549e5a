//! Keys of several countries through real X servers and viewers: the same key gives the character that is on it there,
//! in a console as beside it.

use super::clients::{self, Client};
use super::run::{Run, focus};
use super::stage::{Running, Server};

/// A layout as `setxkbmap` takes it, keys by their keycodes (`+` between those held together), and what they type. The
/// keys of the first row of letters are 24 to 35, of the second 38 to 48, of the third 52 to 61, and the digits' 10 to
/// 21; 50 is Shift, 108 the right Alt, 66 Caps Lock, 77 Num Lock, 79 the keypad's 7.
const ROWS: &[(&str, &str, &str)] = &[
    ("-layout us", "24 29 50+11 50+38 66 38 66 38 77 79 77", "qy@AAa7"),
    ("-layout de", "29 20 34 50+34 108+24 108+26 108+16 21 26 49 38", "zßüÜ@€{éâ"),
    ("-layout fr", "24 10 50+10 11 19 108+19 34 26 50+34 50+31", "a&1éà@êÏ"),
    ("-layout us -variant dvorak", "24 38 39 29 40 50+24", "'aofe\""),
    ("-layout jp", "34 132 50+97 50+11 38", "@\\_\"a"),
    ("-layout us -option compose:ralt", "108 50+48 30 108 26 21 108 39 39 108 48 26", "ü€ßé"),
    ("-layout ru", "38 39 24", "фый"),
];

fn types_what_is_on_its_keys(client: &Client) {
    for (layout, keys, wanted) in ROWS {
        let script = "stty -echo; echo >{DIR}/ready; read -r line; printf %s \"$line\" >{DIR}/typed; sleep 600";
        let server = Server::start(&["--resize", "fixed", "--", "sh", "-c", script]);
        server.wait_for_file("ready");
        let Some(mut run) = Run::start_on(client, &client.rows[0], &server, |screen| {
            let words: Vec<&str> = ["-option", ""].into_iter().chain(layout.split(' ')).collect();
            screen.run("setxkbmap", &words).is_some_and(Running::succeeds)
        }) else {
            return;
        };
        run.shows_all(&server.picture());
        let screen = run.screen.as_ref().expect("it has a window");
        focus(screen);
        // The first key after the focus has come may be lost in a busy viewer: a backspace is not missed.
        assert!(screen.xdotool(&format!("key --delay 40 22 {keys} 36")));
        assert_eq!(server.wait_for_file("typed"), *wanted, "{} {layout}", client.name);
    }
}

#[test]
#[ignore = "needs TigerVNC, Xvfb, setxkbmap and xdotool"]
fn tigervnc_types_what_is_on_its_keys() {
    types_what_is_on_its_keys(&clients::TIGERVNC);
}

#[test]
#[ignore = "needs gvncviewer, Xvfb, setxkbmap and xdotool"]
fn gvncviewer_types_what_is_on_its_keys() {
    types_what_is_on_its_keys(&clients::GVNCVIEWER);
}

#[test]
#[ignore = "needs xtightvncviewer, Xvfb, setxkbmap and xdotool"]
fn xtightvncviewer_types_what_is_on_its_keys() {
    types_what_is_on_its_keys(&clients::XTIGHTVNCVIEWER);
}

#[test]
#[ignore = "needs remmina, Xvfb, setxkbmap and xdotool"]
fn remmina_types_what_is_on_its_keys() {
    types_what_is_on_its_keys(&clients::REMMINA);
}
