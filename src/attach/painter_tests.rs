//! What is written makes a terminal show the canvas: our own terminal is the user's here.

use super::*;
use crate::attach::canvas::Window;
use crate::geometry::GridSize;
use crate::terminal::{Mode, Options, Terminal, dump};

const SIZE: GridSize = GridSize::new(12, 6);
const ALL: Profile = Profile { depth: Depth::Direct, window: true, utf8: true, multiplexed: false };

fn terminal(bytes: &[u8]) -> Terminal {
    let mut terminal = Terminal::new(SIZE, Options::default());
    terminal.feed(bytes);
    terminal
}

fn canvas(guest: &Terminal) -> Canvas {
    let mut canvas = Canvas::new(SIZE);
    canvas.draw(guest.screen(), Window::default(), SIZE.rows);
    canvas
}

/// What the user's terminal shows, in the words of a canvas.
fn shown(user: &Terminal) -> Canvas {
    canvas(user)
}

#[test]
fn the_users_terminal_shows_what_the_guests_does_step_by_step() {
    let (mut guest, mut user, mut painter) = (terminal(b""), terminal(b"$ vncterm attach"), Painter::new(ALL));
    for step in [
        "one\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsix",
        "\r\nseven",
        "\x1b[1;1H\x1b[1;31;48;2;9;8;7mred\x1b[m\x1b[K",
        "\x1b[2;1H漢漢漢\x1b[2;2H\x1b[4:3;58;5;9mcurl",
        "\x1b[2;1H漢e\u{301}e\u{301}",
        "\x1b[3;11H漢\x1b[3;12Hx",
        "\x1b[?5h",
        "\x1b[?5l\x1b[44m\x1b[2J\x1b[m",
        "\x1b[H\x1b[7mreverse\x1b[m\x1b[1m bold",
        "\x1b[6;1H\n\n\n\x1b[4 q",
        "\x1b[?25l",
        "\x1b[?1049h\x1b[Halternate\x1b[?25h",
        "\x1b[?1049l",
        "\x1b[6;12Hedge\r\n\r\n",
        "\x1b[2J\x1b[3;3H┌─┐\x1b[4;3H│\u{1f600}│",
    ] {
        guest.feed(step.as_bytes());
        let wanted = canvas(&guest);
        user.feed(painter.paint(wanted.clone(), "").as_bytes());
        assert_eq!(shown(&user), wanted, "{step:?}");
        assert_eq!(painter.paint(wanted, ""), "", "it is shown already");
    }
    user.feed(ending(ALL, painter.owed()).as_bytes());
    assert!(dump::text(user.screen()).starts_with("$ vncterm at"), "what was there before is back");
    assert!(user.screen().modes() == terminal(b"").screen().modes(), "and so are the modes");
}

#[test]
fn any_guest_leads_to_the_same_picture() {
    let mut random = 0x2545_f491_u32;
    let mut next = move |below: u32| {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        random % below
    };
    let pieces: [&[u8]; 16] = [
        b"abc",
        "漢字".as_bytes(),
        b"\r\n",
        b"\x1b[31m",
        b"\x1b[7m",
        b"\x1b[m",
        b"\x1b[K",
        b"\x1b[2J",
        b"\x1bM",
        b"\x1b[L",
        b"\x1b[3P",
        "e\u{301}\u{1f468}\u{200d}\u{1f469}".as_bytes(),
        b"\x1b[?5h",
        b"\x1b[?5l",
        b"\x1b#6",
        b"\x1b[4;44m",
    ];
    for _ in 0..200 {
        let (mut guest, mut user, mut painter) = (terminal(b""), terminal(b""), Painter::new(ALL));
        for _ in 0..20 {
            guest.feed(format!("\x1b[{};{}H", next(7), next(13)).as_bytes());
            guest.feed(pieces[next(16) as usize]);
            guest.feed(pieces[next(16) as usize]);
            if next(3) == 0 {
                let wanted = canvas(&guest);
                user.feed(painter.paint(wanted.clone(), "").as_bytes());
                assert_eq!(shown(&user), wanted);
            }
        }
    }
}

#[test]
fn nothing_of_a_hostile_guest_gets_out() {
    let mut guest = terminal(
        b"\x1b]52;c;aGk=\x07\x1b]0;\x1b[6n\x07\x1b[6n\x1b[c\x1b[21t\x1bP$qm\x1b\\\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\x1b_Gx\x1b\\\x9b6n\x1b[?1003h\x1b[?1004h",
    );
    guest.feed("\u{9b}6n\u{202e}".as_bytes());
    let out = Painter::new(ALL).paint(canvas(&guest), "");
    for never in ["]52", "\x1b]8", "\x1b[6n", "\x1b[c", "21t", "\x1bP", "\x1b_", "\u{9b}"] {
        assert!(!out.contains(never), "{never:?} in {out:?}");
    }
    let title = out.split("\x1b]2;").nth(1);
    assert_eq!(title, None, "a title is what the caller sets");
    let known = |part: &&str| part.is_empty() || "[(\\]".contains(&part[..1]);
    assert!(out.split('\x1b').skip(1).all(|part| known(&part)), "{out:?}");
}

#[test]
fn colours_are_those_that_there_are() {
    let guest = terminal(b"\x1b[38;2;255;0;0;48;5;196;1mx");
    let painted = |depth| Painter::new(Profile { depth, ..ALL }).paint(canvas(&guest), "");
    for (depth, sgr) in [
        (Depth::Direct, "\x1b[0;1;38;2;255;0;0;48;5;196m"),
        (Depth::Indexed, "\x1b[0;1;38;5;196;48;5;196m"),
        (Depth::Sixteen, "\x1b[0;1;91;101m"),
        (Depth::Mono, "\x1b[0;1m"),
    ] {
        assert!(painted(depth).contains(&format!("{sgr}x")), "{depth:?}: {:?}", painted(depth));
    }
}

#[test]
fn a_terminal_without_utf8_or_windows_gets_what_it_understands() {
    let plain = Profile { depth: Depth::Sixteen, window: false, utf8: false, multiplexed: false };
    let mut wanted = canvas(&terminal("\x1b[?1000h┌─┐漢e\u{301}ö".as_bytes()));
    wanted.set_title("tïtle");
    let mut painter = Painter::new(plain);
    let out = painter.paint(wanted, "");
    assert!(out.is_ascii() && out.contains("+-+? e?"), "{out:?}");
    for never in ["\x1b]", " q", "?1000", "?2026", "?2004"] {
        assert!(!out.contains(never) && !ending(plain, painter.owed()).contains(never), "{never}");
    }
}

#[test]
fn rows_that_scroll_are_moved_and_a_character_costs_a_few_bytes() {
    let mut guest = terminal(b"first line\r\nsecond line\r\nthird line\r\nfourth line\r\nfifth line\r\nsixth");
    let mut painter = Painter::new(ALL);
    painter.paint(canvas(&guest), "");
    guest.feed(b"!");
    let one = painter.paint(canvas(&guest), "");
    assert!(one.len() < 48, "{one:?}");
    guest.feed(b"\r\nseventh");
    let scrolled = painter.paint(canvas(&guest), "");
    assert!(scrolled.contains('\n') && !scrolled.contains("third"), "{scrolled:?}");
}

#[test]
fn what_the_guest_wants_to_hear_of_is_switched_on_and_off() {
    let (mut user, mut painter) = (terminal(b""), Painter::new(ALL));
    let mut wanted = canvas(&terminal(b""));
    for (mouse, focus) in
        [(Tracking::Normal, false), (Tracking::Any, true), (Tracking::Button, false), (Tracking::Off, false)]
    {
        (wanted.mouse, wanted.focus) = (mouse, focus);
        user.feed(painter.paint(wanted.clone(), "").as_bytes());
        let modes = user.screen().modes();
        let on = [Mode::MouseNormal, Mode::MouseButton, Mode::MouseAny].map(|mode| modes.has(mode));
        assert_eq!(on, [Tracking::Normal, Tracking::Button, Tracking::Any].map(|one| one == mouse));
        assert_eq!((modes.has(Mode::FocusReport), modes.has(Mode::MouseSgr)), (focus, mouse != Tracking::Off));
    }
}

#[test]
fn another_size_and_a_stranger_in_the_terminal_are_painted_over() {
    let (mut user, mut painter, guest) = (terminal(b""), Painter::new(ALL), terminal(b"text"));
    let wanted = canvas(&guest);
    user.feed(painter.paint(wanted.clone(), "").as_bytes());
    user.feed(b"\x1b[Hsomebody else's\x1b[31m");
    painter.forget();
    user.feed(painter.paint(wanted.clone(), "").as_bytes());
    assert_eq!(shown(&user), wanted);
    assert!(painter.paint(Canvas::new(GridSize::new(5, 5)), "").contains("\x1b[2J"));
}

#[test]
fn keys_are_told_as_before_and_images_are_gone_in_the_end() {
    let mut painter = Painter::new(ALL);
    let mut wanted = Canvas::new(GridSize::new(5, 5));
    wanted.every_key = true;
    (wanted.mouse, wanted.pixels) = (Tracking::Any, true);
    let out = painter.paint(wanted.clone(), "IMAGE");
    assert!(out.contains("\x1b[?1003h\x1b[?1016h") && out.contains("\x1b[>31u\x1b[?u") && out.contains("IMAGE"));
    assert_eq!(painter.paint(wanted.clone(), ""), "");
    assert!(painter.paint(wanted.clone(), "IMAGE").contains("IMAGE"));
    // Put on the stack once, whatever else is written anew.
    painter.forget();
    assert!(!painter.paint(wanted.clone(), "").contains("[>31u"));
    painter.wipe("DELETE");
    let wiped = painter.paint(wanted.clone(), "");
    assert!(wiped.contains("DELETE\x1b[2J") && !wiped.contains("1003h"), "{wiped:?}");
    assert!(ending(ALL, Owed { images: "DELETE", ..painter.owed() }).contains("DELETE\x1b[<u"));
    painter.left();
    assert!(painter.paint(wanted.clone(), "").contains("[>31u"));
    (wanted.every_key, wanted.pixels) = (false, false);
    let out = painter.paint(wanted, "");
    assert!(out.contains("\x1b[<u") && out.contains("\x1b[?1016l") && out.contains("\x1b[?1006h"));
}

#[test]
fn the_title_is_put_away_once_and_fetched_back_once() {
    let (guest, mut painter) = (terminal(b"\x1b]2;t\x07one"), Painter::new(ALL));
    let count = |all: &str, one: &str| all.matches(one).count();
    assert_eq!(count(&ending(ALL, painter.owed()), FETCH_TITLE), 0, "nothing was painted");
    let mut all = String::new();
    for taking in 1..=2 {
        all += &painter.paint(canvas(&guest), "");
        painter.forget();
        all += &painter.paint(canvas(&guest), "");
        all += &painter.paint(Canvas::new(GridSize::new(20, 3)), "");
        assert_eq!(count(&all, PUT_TITLE_AWAY), taking, "written anew, and in another size");
        all += &ending(ALL, painter.owed());
        painter.left();
        assert_eq!(count(&all, FETCH_TITLE), taking);
    }
}
