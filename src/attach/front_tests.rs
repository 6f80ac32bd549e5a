//! What the user does, and what comes of it.

use super::*;
use crate::attach::canvas::Glyph;
use crate::attach::picture::hands::Takes;
use crate::attach::profile::{Depth, Profile};
use crate::geometry::Size;
use crate::surface::Surface;

const SIZE: GridSize = GridSize::new(40, 6);

fn front(output: &str) -> Front {
    let mut front = Front::new(SIZE, Escapes::default());
    front.begin(SIZE, Encoding::Utf8, KeyTable::Xterm);
    front.about = About { name: "db1".into(), server: "host:1".into(), ..About::default() };
    front.output(output.as_bytes());
    front
}

fn rows(front: &mut Front) -> Vec<String> {
    let canvas = front.canvas();
    let text = |row: u16| {
        let glyphs = canvas.row(row).iter().map(|patch| match &patch.glyph {
            Glyph::One(ch) | Glyph::Two(ch) => *ch,
            _ => ' ',
        });
        glyphs.collect::<String>().trim_end().to_owned()
    };
    (0..canvas.size().rows).map(text).collect()
}

/// What the guest is sent of what is typed.
fn sent(front: &mut Front, typed: &[u8]) -> String {
    let bytes = front.typed(typed).into_iter().flat_map(|wish| match wish {
        Wish::Send(bytes) => bytes,
        other => format!("{{{other:?}}}").into_bytes(),
    });
    String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).replace('\x1b', "^")
}

#[test]
fn keys_pastes_and_the_mouse_are_sent_as_the_guest_wants_them() {
    for (modes, typed, expected) in [
        ("", "ls\r\x1b[A", "ls\r^[A"),
        ("\x1b[?1h", "\x1b[A", "^OA"),
        ("", "\x1b[200~a\n\x1b[201~c", "a\rc"),
        ("\x1b[?2004h", "\x1b[200~a\x1b\nb\x1b[201~c", "^[200~a\rb^[201~c"),
        ("", "\x1b[<0;1;1M", ""),
        ("\x1b[?1000h\x1b[?1006h", "\x1b[<0;3;2M\x1b[<0;3;2m", "^[<0;3;2M^[<0;3;2m"),
        (
            "\x1b[?1003h\x1b[?1006h",
            "\x1b[<35;3;2M\x1b[<64;3;2M\x1b[<2;3;2M\x1b[<34;4;2M",
            "^[<35;3;2M^[<64;3;2M^[<2;3;2M^[<34;4;2M",
        ),
        ("\x1b[?1000h\x1b[?1006h", "\x1b[<0;41;2M", ""),
        ("", "\x1b[I", ""),
        ("\x1b[?1004h", "\x1b[I\x1b[O", "^[I^[O"),
        ("\x1b[>1u", "\x03", "^[99;5u"),
    ] {
        assert_eq!(sent(&mut front(modes), typed.as_bytes()), expected, "{modes:?} {typed:?}");
    }
    assert_eq!(sent(&mut front("\x1b[6n\x1b[c\x1b]11;?\x07"), b"x"), "x", "what the guest asks is answered elsewhere");
    let mut watcher = front("");
    watcher.about.read_only = true;
    assert_eq!(sent(&mut watcher, b"x\x1b[200~y\x1b[201~\x1d.~."), "{Detach}");
}

#[test]
fn a_long_paste_loses_nothing() {
    let mut front = front("\x1b[?2004h");
    let text = "漢字 and more\n".repeat(20_000);
    let sent = sent(&mut front, format!("\x1b[200~{text}\x1b[201~").as_bytes());
    assert!(sent == format!("^[200~{}^[201~", text.replace('\n', "\r")));
}

#[test]
fn the_menu_takes_one_letter_and_the_guest_none() {
    let mut front = front("$ ");
    assert_eq!(sent(&mut front, b"a\x1d"), "a");
    assert!(rows(&mut front)[5].starts_with(" d detach"));
    assert_eq!(sent(&mut front, b"kb"), "{Break}b");
    assert_eq!(rows(&mut front)[5], "");
    assert_eq!(sent(&mut front, b"\x1d\x1d\x1dX\x1dd\x1d."), "\u{1d}{Detach}{Detach}");
    assert_eq!(sent(&mut front, b"\r~k\r~~"), "\r{Break}\r~");
    sent(&mut front, b"\x1d?");
    assert!(rows(&mut front).concat().contains("detach"));
    assert_eq!(sent(&mut front, b"xy"), "y");
    sent(&mut front, b"\x1ds");
    assert!(rows(&mut front)[5].starts_with(" db1 at host:1  40x6"));
    sent(&mut front, b"\x1ds");
    assert_eq!(rows(&mut front)[5], "");
}

#[test]
fn another_console_is_chosen_by_its_number_or_its_neighbours() {
    let mut front = front("");
    let place = |console, name: &str| Place { console, name: name.into(), about: "open".into() };
    assert_eq!(sent(&mut front, b"\x1dn"), "", "there is no other");
    front.places = vec![place(3, "web"), place(5, "db1"), place(9, "db2")];
    assert_eq!(sent(&mut front, b"\x1dn\x1dp"), "{Attach(9)}{Attach(3)}");
    sent(&mut front, b"\x1dc");
    assert!(rows(&mut front).contains(&" 2 * db1  open".to_owned()));
    assert_eq!(sent(&mut front, b"3\x1dc7\x1dc\x1b[Ax"), "{Attach(9)}x");
}

#[test]
fn lines_that_left_the_screen_are_looked_at_and_searched() {
    let lines: Vec<String> = (1..=50).map(|n| format!("line {n}")).collect();
    let mut front = front(&lines.join("\r\n"));
    assert_eq!(sent(&mut front, b"\x1db"), "");
    assert_eq!(rows(&mut front)[..2], ["line 41", "line 42"]);
    front.output(b"\r\nmore");
    assert_eq!(rows(&mut front)[0], "line 41", "output does not move it");
    sent(&mut front, b"\x1b[H");
    assert_eq!(rows(&mut front)[0], "line 1");
    sent(&mut front, b"/LINE 7");
    assert_eq!(rows(&mut front)[5].split("  ").next(), Some(" find: LINE 7_"));
    sent(&mut front, b"\x7f\x7f\x7f\x7f\x7f\x7fline 17\r");
    assert!(rows(&mut front).iter().any(|row| row == "line 17"));
    assert_eq!(sent(&mut front, b"qx"), "x");
    assert_eq!(rows(&mut front)[5], "more");
    sent(&mut front, b"\x1dfnowhere");
    assert!(rows(&mut front)[5].contains("not found"));
    assert_eq!(sent(&mut front, b"\x1b"), "");
    front.give_up();
    assert_eq!(sent(&mut front, b"y"), "y");
}

#[test]
fn what_is_said_goes_away_by_itself_or_with_a_key() {
    let (mut front, now) = (front(""), Instant::now());
    front.say("gone", now);
    assert_eq!(rows(&mut front)[5], " gone");
    front.tick(now + NOTE - Duration::from_millis(1));
    assert_eq!((rows(&mut front)[5].as_str(), front.deadline()), (" gone", Some(now + NOTE)));
    front.tick(now + NOTE);
    assert_eq!((rows(&mut front)[5].as_str(), front.deadline()), ("", None));
    front.say("again", now);
    sent(&mut front, b"x");
    assert_eq!(rows(&mut front)[5], "");
    front.about.trouble = "no connection".into();
    assert_eq!(rows(&mut front)[5], " no connection");
    front.output(b"\x07");
    assert_eq!((front.take_bell(now), front.take_bell(now)), (true, false));
}

#[test]
fn a_guest_that_rings_all_the_time_is_heard_four_times_a_second() {
    let (mut front, now) = (front(""), Instant::now());
    let heard = (0..120).filter(|frame| {
        front.output(b"\x07");
        front.take_bell(now + *frame * Duration::from_micros(16_667))
    });
    assert_eq!(heard.count(), 8, "in two seconds");
}

#[test]
fn of_a_paste_of_more_than_one_line_the_user_is_asked_first() {
    let lines = b"\x1b[200~rm x\nrm \xc3\xb6\n\x1b[201~";
    for (answer, expected) in
        [(&b"y"[..], "rm x\rrm ö\r"), (b"\r", "rm x\rrm ö\r"), (b"n", ""), (b"\x1b[A", ""), (b"\x1d", "")]
    {
        let mut front = front("");
        assert_eq!(sent(&mut front, lines), "", "not yet");
        assert!(rows(&mut front)[5].starts_with(" Paste 2 lines, each as if typed?"), "{:?}", rows(&mut front));
        assert_eq!(sent(&mut front, lines), "", "one is enough");
        assert_eq!(sent(&mut front, answer), expected, "{answer:?}");
        assert_eq!((rows(&mut front)[5].as_str(), sent(&mut front, b"x").as_str()), ("", "x"));
    }
    for (text, lines) in [("a\rb", 2), ("a\r\nb\r\n", 2), ("\n\na", 3)] {
        assert_eq!(pasting::question(text), format!("Paste {lines} lines, each as if typed?"));
    }
    let mut other = front("");
    sent(&mut other, lines);
    other.leave();
    assert_eq!(sent(&mut other, b"y"), "y", "another console was never asked about");
    let mut brackets = front("");
    sent(&mut brackets, lines);
    brackets.output(b"\x1b[?2004h");
    assert_eq!(sent(&mut brackets, b"y"), "^[200~rm x\rrm ö\r^[201~");
}

#[test]
fn a_paste_that_is_looked_through_is_bounded() {
    let mut front = front("");
    let paste = |length| [&b"\x1b[200~"[..], &vec![b'x'; length], b"\x1b[201~"].concat();
    assert_eq!(sent(&mut front, &paste(pasting::HELD_MAX)).len(), pasting::HELD_MAX);
    assert_eq!(sent(&mut front, &paste(pasting::HELD_MAX + 1)), "{TooLong}");
    assert_eq!(sent(&mut front, &paste(3)), "xxx");
}

#[test]
fn what_is_typed_ahead_of_a_console_is_encoded_for_that_one() {
    let mut front = front("\x1b[?1h\x1b[?2004h\x1b[?1000h\x1b[?1006hhere");
    front.leave();
    assert_eq!(sent(&mut front, b"\x1b[A\x1b[200~x\x1b[201~\x1b[<0;3;2M"), "^[Ax");
    assert_eq!(rows(&mut front)[0], "here", "what is seen is the one before");
    front.begin(SIZE, Encoding::Utf8, KeyTable::Xterm);
    front.output(b"\x1b[?1h");
    assert_eq!(sent(&mut front, b"\x1b[A"), "^OA");
}

#[test]
fn the_rest_of_a_paste_is_not_for_the_console_that_was_chosen_meanwhile() {
    let mut front = front("");
    sent(&mut front, b"\x1b[200~rm -r\r");
    front.leave();
    front.begin(SIZE, Encoding::Utf8, KeyTable::Xterm);
    assert_eq!(sent(&mut front, b" old\rrm -r new\r\x1b[201~"), "{TooLong}");
    assert_eq!(sent(&mut front, b"\x1b[200~ls\x1b[201~"), "ls", "and the next one is whole");
}

#[test]
fn keys_are_those_of_the_keyboard_that_the_console_has() {
    let mut front = front("");
    assert_eq!(sent(&mut front, b"\x1bOP"), "^OP");
    front.begin(SIZE, Encoding::Utf8, KeyTable::Linux);
    assert_eq!(sent(&mut front, b"\x1bOP"), "^[[A");
}

#[test]
fn the_status_line_says_that_others_may_read_along() {
    let mut front = front("");
    front.about.in_clear = true;
    sent(&mut front, b"\x1ds");
    assert!(rows(&mut front)[5].starts_with(" db1 at host:1  40x6  not encr"), "{:?}", rows(&mut front)[5]);
}

#[test]
fn the_title_is_clean_and_the_mouse_is_the_guests() {
    let mut front = front("\x1b]2;vi\u{9c}m\x07\x1b[?1002h\x1b[?1004h");
    let canvas = front.canvas();
    assert_eq!((canvas.title.as_str(), canvas.mouse, canvas.focus), ("vim - db1", Tracking::Button, true));
    front.about.read_only = true;
    let canvas = front.canvas();
    assert_eq!((canvas.mouse, canvas.focus), (Tracking::Off, false));
}

/// Before a picture of which a part is seen.
fn watching() -> Front {
    let mut front = front("");
    let profile = Profile { depth: Depth::Direct, window: true, utf8: true, multiplexed: false };
    front.watch(Picture::new(profile, true));
    front.show_frame(Surface::new(Size::new(400, 300), Size::new(64, 16), 0x80_0000).publish());
    assert_eq!(front.canvas().mouse, Tracking::Any);
    front
}

#[test]
fn before_a_picture_keys_and_pastes_are_the_servers_and_the_menu_has_other_things() {
    let mut front = watching();
    for (typed, expected) in [
        (&b"a"[..], "{Do(2 deeds)}"),
        (b"\x1b[<0;3;3M\x1b[<0;3;3m", "{Do(1 deeds)}{Do(1 deeds)}"),
        (b"\x1b[200~ab\x1b[201~", "{Cut or Type(2 bytes)}"),
        (b"\x1dt", "{Cut or Type(2 bytes)}"),
        (b"\x1dxd", "{Do(6 deeds)}"),
        (b"\x1dx\x1b[23~", "{Do(6 deeds)}"),
        (b"\x1dx\x1b", ""),
        (b"\x1dk", ""),
        (b"\x1db", ""),
        (b"\x1d\x1d", "{Do(4 deeds)}"),
    ] {
        assert_eq!(sent(&mut front, typed), expected, "{typed:?}");
        front.give_up();
    }
    front.about.read_only = true;
    assert_eq!(sent(&mut front, b"a\x1b[<0;3;3M\x1b[200~x\x1b[201~\x1dxd"), "");
    for command in [b"\x1dt", b"\x1dk", b"\x1dw"] {
        assert_eq!(sent(&mut front, command), "");
    }
}

#[test]
fn arrows_in_the_menu_move_what_is_seen_of_a_picture() {
    let mut front = watching();
    let first = |front: &mut Front| {
        front.canvas();
        let report = MouseReport { code: 35, column: 0, row: 0, down: true };
        front.picture().and_then(|picture| picture.find(report, false)).map(|(at, _)| (at.x, at.y))
    };
    assert_eq!(first(&mut front), Some((0, 1)));
    assert_eq!(sent(&mut front, b"\x1d\x1b[C\x1b[C\x1b[B"), "");
    assert_eq!(first(&mut front), Some((40, 7)), "each counts, whatever has been drawn");
    assert_eq!(sent(&mut front, b"\x1b[D"), "", "the menu stays");
    assert_eq!(first(&mut front), Some((20, 7)));
    assert_eq!(sent(&mut front, b"v\x1b[C"), "{Do(2 deeds)}");
}

#[test]
fn a_paste_that_is_too_long_is_none_and_answers_are_nobodys_keys() {
    let mut front = watching();
    let paste = [&b"\x1b[200~"[..], &vec![b'x'; watching::PASTE_MAX + 1], b"\x1b[201~"].concat();
    assert_eq!(sent(&mut front, &paste), "{Cut or Type(0 bytes)}");
    front.expect_answers(true);
    assert_eq!(sent(&mut front, b"\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?31u\x1b[?62;4c"), "");
    let known = *front.abilities();
    assert!(known.complete && known.kitty && known.sixel && known.cell == Some(Size::new(10, 20)));
    assert!(front.canvas().every_key);
    // Keys go down and up by themselves from now on.
    assert_eq!(sent(&mut front, b"\x1b[97;;97u"), "{Do(1 deeds)}");
    assert_eq!(sent(&mut front, b"\x1b[97;1:3u"), "{Do(1 deeds)}");
    assert_eq!(sent(&mut front, b"\x1b[98;;98u\x1b[O"), "{Do(1 deeds)}{Do(1 deeds)}", "it lost the focus");
    assert!(front.turn_away().is_empty() && !front.canvas().every_key);
}

/// The same as words: what goes down and up, and where the mouse is with which buttons.
fn done(front: &mut Front, typed: &[u8]) -> String {
    let mut told = Vec::new();
    for wish in front.typed(typed) {
        match wish {
            Wish::Do(deeds) => told.extend(deeds.iter().map(|deed| match deed {
                Deed::Key(key) => {
                    format!("{}{}", if key.down { '+' } else { '-' }, key.keysym.name().unwrap_or_default())
                }
                Deed::Point(at) => format!("{}", at.buttons),
            })),
            other => told.push(format!("{{{other:?}}}")),
        }
    }
    told.join(" ")
}

/// Before a picture, on a terminal that tells of every key and its end.
fn with_ends() -> Front {
    let mut front = watching();
    front.expect_answers(true);
    assert_eq!(done(&mut front, b"\x1b[?31u\x1b[?62;4c"), "");
    front
}

const BUTTON_DOWN: &[u8] = b"\x1b[<0;3;3M";
const BUTTON_UP: &[u8] = b"\x1b[<0;3;3m";

#[test]
fn what_is_held_is_let_go_when_the_menu_comes_and_nothing_is_held_there() {
    let mut front = with_ends();
    assert_eq!(done(&mut front, b"\x1b[57442;5u\x1b[97;5u"), "+Control_L +a");
    assert_eq!(done(&mut front, BUTTON_DOWN), "1");
    assert_eq!(done(&mut front, b"\x1b[93;5u"), "-a -Control_L 0", "Ctrl-]");
    // Ends of what was let go, Shift for a letter, and the focus.
    assert_eq!(done(&mut front, b"\x1b[97;5:3u\x1b[57442;1:3u\x1b[57441;2u\x1b[57441;1:3u\x1b[O"), "");
    assert_eq!(done(&mut front, BUTTON_UP), "");
    assert_eq!(done(&mut front, b"?"), "");
    assert_eq!(done(&mut front, b"x\x1b[97;;97u"), "+a", "the help has gone");
    assert_eq!(done(&mut front, b"\x1b[97;1:3u"), "-a");
}

#[test]
fn a_guest_with_a_mouse_is_told_that_it_goes_up_when_the_menu_comes_or_beside_the_screen() {
    let mut front = front("\x1b[?1002h\x1b[?1006h\x1b[?1004h");
    assert_eq!(sent(&mut front, b"\x1b[<0;3;2M\x1d"), "^[<0;3;2M^[<0;3;2m");
    assert_eq!(sent(&mut front, b"\x1b[O\x1b[I"), "^[O^[I", "whether somebody is there is told all the same");
    assert_eq!(sent(&mut front, b"\x1b[<0;3;2mX"), "");
    assert_eq!(sent(&mut front, b"\x1b[<0;3;2M\x1b[<0;99;99m"), "^[<0;3;2M^[<32;40;6M^[<0;40;6m");
    assert_eq!(sent(&mut front, b"\x1b[<0;99;99M\x1b[<32;3;2M\x1b[<0;3;2m"), "");
}

#[test]
fn a_character_that_was_no_escape_does_not_stay_down() {
    let mut front = with_ends();
    assert_eq!(done(&mut front, b"\x1b[13u\x1b[13;1:3u"), "+Return -Return");
    assert_eq!(done(&mut front, b"\x1b[57441;2u"), "+Shift_L");
    assert_eq!(done(&mut front, b"\x1b[96:126;2;126u\x1b[96;2:3u"), "");
    assert_eq!(done(&mut front, b"\x1b[97:65;2;65u"), "+asciitilde -asciitilde +A");
    assert_eq!(done(&mut front, b"\x1b[97;2:3u\x1b[57441;1:3u"), "-A -Shift_L");
    assert!(front.let_go().is_empty());
}

#[test]
fn a_server_that_takes_nothing_is_told_of_ends_alone_and_the_user_why() {
    let mut front = with_ends();
    assert_eq!(done(&mut front, b"\x1b[97;;97u"), "+a");
    front.set_takes(Takes::Ends);
    assert_eq!(done(&mut front, b"\x1b[98;;98u\x1b[98;1:3u\x1b[97;1:3u"), "{Unsent} -a");
    assert_eq!(done(&mut front, b"\x1dxd"), "{Unsent}");
    front.set_takes(Takes::All);
    assert_eq!(done(&mut front, b"\x1b[97;;97u"), "+a");
    front.forget_hands();
    assert_eq!(done(&mut front, b"\x1b[97;1:3u"), "", "over another connection it was never down");
    front.about.read_only = true;
    done(&mut front, b"\x1b[97;;97u");
    assert!(front.let_go().is_empty(), "and who watches tells nothing");
}

#[test]
fn locks_are_the_users_and_what_they_make_of_a_key_is_told() {
    let mut front = with_ends();
    assert_eq!(done(&mut front, b"\x1b[57358;65u\x1b[57358;65:3u\x1b[57360;129u\x1b[57360;129:3u"), "");
    assert_eq!(done(&mut front, b"\x1b[97;65;65u\x1b[97;65:3u"), "+Shift_L +A -A -Shift_L");
    assert_eq!(done(&mut front, b"\x1dxl"), "+Caps_Lock -Caps_Lock", "the guest's own");
    assert_eq!(done(&mut front, b"\x1b[0;;229u"), "+aring -aring", "what an input method gives has no end");
    assert!(front.let_go().is_empty());
}

#[test]
fn alt_with_a_letter_that_begins_answers_is_typed_at_once() {
    assert_eq!(sent(&mut front(""), b"\x1bPls\x1b]x\x1b_y"), "^Pls^]x^_y");
}
