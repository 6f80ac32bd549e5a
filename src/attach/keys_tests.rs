//! What terminals send, whole and cut, and what it is understood as.

use super::*;
use crate::geometry::GridSize;
use crate::input::KeyEvent;
use crate::terminal::{Options, Terminal};

/// What a guest in these modes gets of what the user's terminal sends.
fn guest_gets(modes: &[u8], sent: &[u8]) -> Vec<u8> {
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
    terminal.feed(modes);
    let mut keys = Keys::default();
    let typed: Vec<Typed> = keys.take(sent).into_iter().chain(keys.give_up()).collect();
    let mut got = Vec::new();
    for typed in typed {
        match typed {
            Typed::Key(keysym, held) => {
                terminal.key(&KeyEvent { keysym, keycode: None, down: true, repeat: false }, held);
                got.extend(terminal.take_input());
            }
            Typed::Bytes(bytes) => got.extend(bytes),
            other => panic!("{other:?}"),
        }
    }
    got
}

#[test]
fn a_guest_with_xterms_modes_gets_what_an_xterm_sends() {
    let controls: Vec<Vec<u8>> = (0..0x80).map(|byte| vec![byte]).collect();
    let alt: Vec<Vec<u8>> = (0..0x80).map(|byte| vec![ESC, byte]).collect();
    let cursor =
        b"ABCDEFH".iter().flat_map(|last| [format!("\x1b[{}", *last as char), format!("\x1b[1;5{}", *last as char)]);
    let tilde = [2, 3, 5, 6, 15, 17, 18, 19, 20, 21, 23, 24]
        .into_iter()
        .flat_map(|n| [format!("\x1b[{n}~"), format!("\x1b[{n};2~")]);
    let others = ["\x1bOP", "\x1bOS", "\x1b[1;5P", "\x1b[Z", "ü", "漢", "\u{1f600}"].map(str::to_owned);
    let all = controls.into_iter().chain(alt).chain(cursor.chain(tilde).chain(others).map(String::into_bytes));
    let wrong: Vec<_> = all.filter(|sent| guest_gets(b"", sent) != *sent).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_guest_gets_what_its_modes_ask_for() {
    for (modes, sent, got) in [
        (&b"\x1b[?1h"[..], &b"\x1b[A\x1b[H"[..], &b"\x1bOA\x1bOH"[..]),
        (b"\x1b[20h", b"\r", b"\r\n"),
        (b"\x1b[?67h", b"\x7f", b"\x08"),
        (b"\x1b[>4;2m", b"\x03", b"\x1b[27;5;99~"),
        (b"", b"\x1b[[A\x1b[[E", b"\x1bOP\x1b[15~"),
        (b"", b"\x1b[1~\x1b[4~", b"\x1b[H\x1b[F"),
        (b"", b"\x1b\x1b[A", b"\x1b[1;3A"),
        (b"", b"\x1b[97;5u\x1b[27;5;98~", b"\x01\x02"),
        (b"", b"\x1b[99;9W\xff", b"\x1b[99;9W\xff"),
    ] {
        assert_eq!(guest_gets(modes, sent), got, "{modes:?} {sent:?}");
    }
}

#[test]
fn nothing_depends_on_how_it_is_cut() {
    let sent = "a\x1b[1;5A漢\x1b[<0;3;4M\x1b[<0;3;4m\x1b[200~p漢\x1b[201\x1b[201~b\x1b[I\x1b[?62;c\x1b]11;rgb:0/0/0\x1b\\\x1bOA".as_bytes();
    let keys = || Keys { expects: true, ..Keys::default() };
    let whole = joined(keys().take(sent));
    assert_eq!(whole.len(), 10, "{whole:?}");
    for size in 1..sent.len() {
        let mut keys = keys();
        let typed = sent.chunks(size).flat_map(|piece| keys.take(piece)).collect();
        assert!(joined(typed) == whole, "in pieces of {size}");
        assert!(!keys.is_waiting());
    }
}

/// With the pieces of pastes put together.
fn joined(typed: Vec<Typed>) -> Vec<Typed> {
    let mut all: Vec<Typed> = Vec::new();
    for typed in typed {
        match (all.last_mut(), typed) {
            (Some(Typed::Paste(text)), Typed::Paste(more)) => text.push_str(&more),
            (_, typed) => all.push(typed),
        }
    }
    all
}

#[test]
fn pastes_are_told_from_keys() {
    let mut keys = Keys::default();
    let paste = |text: &str| Typed::Paste(text.to_owned());
    assert!(keys.take(b"\x1b[200~one\x1b[A\x03") == [paste("one\x1b[A\x03")]);
    assert!(!keys.is_waiting() && keys.give_up().is_empty());
    assert!(
        keys.take(b"two\x1b[201~\x03") == [paste("two"), Typed::PasteEnd, Typed::Key(Keysym(u32::from(b'c')), CONTROL)]
    );
}

#[test]
fn what_never_ends_goes_through() {
    let mut keys = Keys::default();
    let endless = [b"\x1b[".as_slice(), &[b'1'; SEQUENCE_MAX]].concat();
    assert!(keys.take(&endless) == [Typed::Bytes(endless)] && !keys.is_waiting());
    assert!(keys.take(&[ESC]).is_empty() && keys.is_waiting());
    assert!(keys.give_up() == [Typed::Key(Keysym::ESCAPE, Modifiers::NONE)]);
    assert!(keys.take(b"\x1b[").is_empty());
    assert!(keys.give_up() == [Typed::Key(Keysym(u32::from(b'[')), ALT)]);
}

#[test]
fn answers_that_are_awaited_are_no_keys_however_late_the_rest_comes() {
    let whole: &[&[u8]] =
        &[b"\x1b_Gi=31;OK\x1b\\", b"\x1b[?62;4c", b"\x1b[6;16;8t", b"\x1b[8;24;80t", b"\x1b[?1016;2$y"];
    for answer in whole {
        for cut in 3..answer.len() {
            let mut keys = Keys { expects: true, ..Keys::default() };
            assert!(keys.take(&answer[..cut]).is_empty());
            assert_eq!(keys.patience(), ANSWER_WAIT, "{answer:?} at {cut}");
            let typed = keys.take(&answer[cut..]);
            assert!(typed.iter().all(|typed| matches!(typed, Typed::Answer(_))) && !keys.is_waiting());
            keys.take(&answer[..cut]);
            assert!(keys.give_up().is_empty());
        }
    }
}

#[test]
fn ends_of_keys_are_told_by_the_name_that_they_began_with() {
    let told = |bytes: &[u8]| {
        let word = |typed: &Typed| match typed {
            Typed::Key(keysym, _) => format!("+{}", keysym.name().unwrap_or("?")),
            Typed::KeyUp(keysym) => format!("-{}", keysym.name().unwrap_or("?")),
            other => format!("{other:?}"),
        };
        Keys::default().take(bytes).iter().map(word).collect::<Vec<_>>().join(" ")
    };
    for (sent, expected) in [
        (&b"\x1b[97;1:1u\x1b[97;1:2u\x1b[97;1:3u"[..], "+a +a -a"),
        (b"\x1b[97;;97u\x1b[97;1:3u", "+a -a"),
        (b"\x1b[57441;2u\x1b[49:33;2;33u\x1b[57441;1:3u\x1b[49;1:3u", "+Shift_L +exclam -Shift_L -exclam"),
        (b"\x1b[97;;97u\x1b[97:65;2;65u\x1b[97;1:3u", "+a -a +A -A"),
        (b"\x1b[97;5u\x1b[1;1:1A\x1b[1;1:3A\x1b[5;1:3~", "+a +Up -Up -Prior"),
        (b"\x1b[57399u\x1b[57408;1:3u\x1b[57376u", "+KP_0 -KP_9 +F13"),
        (b"\x1b[128512;;128512u", "+?"),
        // What an input method gives has no key, and no end.
        (b"\x1b[0;;229u", "+aring -aring"),
        (b"\x1b[0;;97:98u\x1b[99;;99u", "+a -a +b -b +c"),
        (b"\x1b[101;;180:101u\x1b[101;1:3u", "+acute -acute +e -e -e"),
        (b"\x1b[0;;u\x1b[u", "Bytes(6 bytes) Bytes(3 bytes)"),
    ] {
        assert_eq!(told(sent), expected, "{sent:?}");
    }
    let mut keys = Keys::default();
    for code in 0..2 * DOWN_MAX {
        keys.take(format!("\x1b[{}u", 0x100 + code).as_bytes());
    }
    assert_eq!(keys.down.len(), DOWN_MAX);
}

#[test]
fn the_mouse_is_told_from_0() {
    let typed = Keys::default().take(b"\x1b[<64;1;2M\x1b[<0;0;99999m\x1b[<1M");
    let report = |code, column, row, down| Typed::Mouse(MouseReport { code, column, row, down });
    assert!(typed == [report(64, 0, 1, true), report(0, 0, u16::MAX - 1, false)]);
}

#[test]
fn alt_with_what_begins_an_answer_and_keys_after_it_are_keys() {
    let letter = |ch: char, held| Typed::Key(Keysym(u32::from(ch)), held);
    for begin in ['P', ']', '_'] {
        let sent = format!("\x1b{begin}ls");
        let expected = [letter(begin, ALT), letter('l', Modifiers::NONE), letter('s', Modifiers::NONE)];
        let mut keys = Keys::default();
        assert!(keys.take(sent.as_bytes()) == expected && !keys.is_waiting(), "{begin}");
        // While answers are awaited one cannot know, and it comes a little later.
        keys.expect(true);
        assert!(keys.take(sent.as_bytes()).is_empty());
        assert_eq!(keys.patience(), ESCAPE_WAIT);
        assert!(keys.give_up() == expected && !keys.is_waiting(), "{begin}");
        assert!(keys.take(b"\x1bP>|XTerm(390)\x1b\\").is_empty() && !keys.is_waiting(), "an answer all the same");
    }
    // The rest of a key over a slow line.
    let mut keys = Keys::default();
    assert!(keys.take(b"\x1b[1").is_empty());
    assert_eq!(keys.patience(), ANSWER_WAIT);
    assert!(keys.take(b";5A") == [Typed::Key(Keysym::UP, CONTROL)]);
    keys.take(b"\x1b[1");
    assert!(keys.give_up() == [Typed::Bytes(b"\x1b[1".to_vec())], "nothing is lost");
}

#[test]
fn a_lock_is_told_with_the_key() {
    let typed = Keys::default().take(b"\x1b[97;65;65u\x1b[97:65;66;97u");
    let caps = Modifiers { caps_lock: true, ..Modifiers::NONE };
    let shifted = Modifiers { shift: true, ..caps };
    let key = |ch: char, held| Typed::Key(Keysym(u32::from(ch)), held);
    let up = Typed::KeyUp(Keysym(u32::from('A')));
    assert!(typed == [key('A', caps), up, key('a', shifted)], "{typed:?}");
}
