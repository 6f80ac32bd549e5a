//! Pastes into a console whose guest reads as much as the test lets it.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use super::super::line::{INPUT_QUEUE, Line};
use super::super::notice::NOTE_TIME;
use super::super::testing::opened;
use super::*;
use crate::display::{Display, DisplayEvent, MAX_PASTE, Presence, Watching};
use crate::geometry::GridSize;
use crate::input::{KeyEvent, Keysym, Modifiers, PointerEvent};
use crate::source::pty::testing::new_pty;
use crate::source::{Endpoint, SerialLine, WindowSize};

/// A console and its guest's end of the line.
struct Stage {
    console: Console,
    display: Display,
    guest: Option<OwnedFd>,
    read: Vec<u8>,
}

const OPEN: &str = "\x1b[200~";
const CLOSE: &str = "\x1b[201~";

impl Stage {
    async fn new() -> Self {
        Self::on(Endpoint::Pty).await
    }

    /// With a source of this kind.
    async fn on(endpoint: impl FnOnce(PathBuf) -> Endpoint) -> Self {
        let (guest, path) = new_pty();
        rustix::io::ioctl_fionbio(&guest, true).expect("does not block");
        let (console, display) = opened(endpoint(path), GridSize::new(60, 5)).await;
        Self { console, display, guest: Some(guest), read: Vec::new() }
    }

    /// Somebody who looks at it, and has been shown all there is.
    fn watched(&mut self) -> Watching {
        let mut viewer = self.display.watch();
        let seen = viewer.newest().frame.seq();
        viewer.want_beyond(seen);
        self.console.publish_if_due(Instant::now());
        assert!(!viewer.newest().stale);
        viewer
    }

    fn viewer(&self, number: u64) -> Presence {
        let mut viewer = Presence::new(number);
        viewer.meet(&self.display);
        viewer
    }

    fn act(&mut self, viewer: &Presence, input: Input) {
        self.console.take_input(&viewer.who(), input);
    }

    fn paste(&mut self, viewer: &Presence, text: &str) {
        self.act(viewer, Input::Paste(viewer.paste(&text.into())));
        self.console.type_pastes();
    }

    fn key(&mut self, viewer: &Presence, keysym: Keysym, control: bool) {
        for down in [true, false] {
            let held = Modifiers { control, ..Modifiers::NONE };
            self.act(viewer, Input::Key(KeyEvent { keysym, keycode: None, down, repeat: false }, held));
        }
    }

    fn type_char(&mut self, viewer: &Presence, ch: char) {
        self.key(viewer, Keysym::from_char(ch).expect("a keysym"), false);
    }

    /// The guest reads sixteen bytes at a time, until all it read ends like this.
    async fn read_until(&mut self, end: &str) -> String {
        self.read_all(|read| read.ends_with(end.as_bytes())).await
    }

    /// The guest reads sixteen bytes at a time, until all it read is so; all of it.
    async fn read_all(&mut self, done: impl Fn(&[u8]) -> bool) -> String {
        while !done(&self.read) {
            self.turn().await;
            // Brackets and keys come on top of a piece.
            assert!(self.console.line.pending() <= 4 * PIECE, "more waits than a piece");
        }
        String::from_utf8(std::mem::take(&mut self.read)).expect("UTF-8")
    }

    /// Sixteen bytes for the guest, and a turn for the console.
    async fn turn(&mut self) {
        let mut buffer = [0; 16];
        let guest = self.guest.as_ref().expect("there is one");
        if let Ok(length) = rustix::io::read(guest, &mut buffer[..]) {
            self.read.extend_from_slice(&buffer[..length]);
        }
        self.console.line.flush();
        self.console.pass_on();
        self.console.type_pastes();
        tokio::task::yield_now().await;
    }

    /// Fills the line with a paste that goes on; it began with `text`.
    fn stall(&mut self, viewer: &Presence, text: &str) {
        let fill = MAX_PASTE - text.len();
        self.paste(viewer, &(text.to_owned() + &"x".repeat(fill)));
        while self.console.type_pastes() {}
        assert!(self.console.line.pending() > 0, "the guest does not read");
    }

    /// What is said over the picture now.
    fn said(&mut self) -> Option<String> {
        self.console.lay_over(Instant::now());
        self.console.notices.text().map(str::to_owned)
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_through_a_reader_of_sixteen_bytes() {
    let mut stage = Stage::new().await;
    let viewer = stage.viewer(1);
    let key: String = (0..4096_u32).map(|n| char::from(b'!' + (n * n % 93) as u8)).collect();
    stage.paste(&viewer, &key);
    assert_eq!(stage.read_until(&key).await, key);
}

#[tokio::test(start_paused = true)]
async fn what_others_type_goes_between_characters_and_never_into_brackets() {
    let mut stage = Stage::new().await;
    let (pasting, other) = (stage.viewer(1), stage.viewer(2));
    stage.console.take_output(b"\x1b[?2004h");
    let text = "é€😀".repeat(MAX_PASTE / 9);
    stage.paste(&pasting, &text);
    while stage.console.type_pastes() {}
    stage.type_char(&other, 'k');
    stage.key(&other, Keysym::ESCAPE, false);
    stage.console.take_output(b"\x1b[5n");
    let length = text.len() + 2 * (OPEN.len() + CLOSE.len()) + "k\x1b\x1b[0n".len();
    let all = stage.read_all(|read| read.len() >= length).await;
    let parts: Vec<&str> = all.split(OPEN).collect();
    let ["", first, second] = parts[..] else { panic!("{} parts", parts.len()) };
    let first = first.strip_suffix(&(CLOSE.to_owned() + "k\x1b\x1b[0n")).expect("keys and answer after the bracket");
    assert_eq!(first.to_owned() + second, text + CLOSE);
    assert!(!first.is_empty(), "they did not wait for the end");
}

#[tokio::test(start_paused = true)]
async fn what_the_pasting_viewer_types_waits_and_others_paste_in_turn() {
    let mut stage = Stage::new().await;
    let (one, two) = (stage.viewer(1), stage.viewer(2));
    let long = "x".repeat(MAX_PASTE - 10);
    stage.paste(&one, &long);
    stage.key(&one, Keysym::RETURN, false);
    stage.paste(&one, "again");
    stage.type_char(&one, '!');
    stage.paste(&two, "two");
    stage.type_char(&two, '?');
    assert_eq!(stage.read_until("!").await, long + "\rtwo?again!");
}

#[tokio::test(start_paused = true)]
async fn escape_and_control_c_stop_it_and_close_the_bracket() {
    for (keysym, control, sent) in [(Keysym::ESCAPE, false, ""), (Keysym(0x63), true, "\x03")] {
        let mut stage = Stage::new().await;
        let viewer = stage.viewer(1);
        stage.console.take_output(b"\x1b[?2004h");
        stage.stall(&viewer, "begin");
        stage.type_char(&viewer, '!');
        stage.paste(&viewer, "");
        stage.key(&viewer, keysym, control);
        stage.type_char(&viewer, '.');
        let all = stage.read_until(".").await;
        let text = all.strip_prefix(&(OPEN.to_owned() + "begin")).expect("it began");
        let text = text.strip_suffix(&format!("{CLOSE}{sent}.")).expect("it was closed, and what waited was dropped");
        assert!(text.len() < MAX_PASTE && text.bytes().all(|byte| byte == b'x'));
        let said = stage.said().expect("a note");
        assert!(said.starts_with("paste stopped after ") && said.ends_with(" of 256 KiB"), "{said}");
        // What was held is not any more.
        assert!(viewer.paste(&"x".repeat(MAX_PASTE).into()).is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_viewer_that_leaves_takes_its_paste_along_unless_it_need_not_wait() {
    let mut stage = Stage::new().await;
    let viewer = stage.viewer(1);
    stage.act(&viewer, Input::Paste(viewer.paste(&"short".into())));
    stage.key(&viewer, Keysym::RETURN, false);
    drop(viewer);
    stage.console.type_pastes();
    assert_eq!(stage.read_until("\r").await, "short\r");
    let viewer = stage.viewer(2);
    stage.stall(&viewer, "");
    drop(viewer);
    assert!(!stage.console.type_pastes() && stage.console.pastes.queue.is_empty());
    assert!(stage.said().expect("a note").ends_with(": its viewer has left"));
}

#[tokio::test(start_paused = true)]
async fn who_types_before_there_is_a_source_is_told_what_is_waited_for() {
    let mut stage = Stage::new().await;
    let endpoint = Endpoint::Tcp("db1:4001".parse().expect("right"));
    let size = WindowSize { cols: 60, rows: 5, width: 480, height: 80 };
    stage.console.line = Line::open(&endpoint, size).expect("waits");
    let viewer = stage.viewer(1);
    stage.type_char(&viewer, 'x');
    assert_eq!(stage.said().as_deref(), Some("waiting for db1:4001"));
    assert!(stage.console.status.as_ref().is_some_and(|status| status.unheard));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_goes_away_ends_the_paste() {
    let mut stage = Stage::new().await;
    let viewer = stage.viewer(1);
    stage.stall(&viewer, "");
    stage.guest = None;
    while stage.console.line.is_open() {
        let event = stage.console.line.event().await;
        stage.console.line_event(event).await;
    }
    stage.console.type_pastes();
    assert!(stage.said().expect("a note").ends_with(" of 256 KiB: the guest is gone"));
    stage.paste(&viewer, "text");
    assert_eq!(stage.said().as_deref(), Some("not pasted: the guest is not there"));
    tokio::time::advance(NOTE_TIME).await;
    assert!(stage.said().expect("the status").starts_with("the guest is gone; waiting for "));
}

#[tokio::test(start_paused = true)]
async fn a_note_from_before_does_not_hide_that_the_guest_is_gone() {
    let mut stage = Stage::new().await;
    stage.console.note("a break was sent".to_owned());
    assert_eq!(stage.said().as_deref(), Some("a break was sent"));
    stage.guest = None;
    while stage.console.line.is_open() {
        let event = stage.console.line.event().await;
        stage.console.line_event(event).await;
    }
    assert!(stage.said().expect("the status").starts_with("the guest is gone; waiting for "));
}

#[tokio::test(start_paused = true)]
async fn a_long_paste_says_how_far_it_is_and_its_end() {
    let mut stage = Stage::new().await;
    let (one, two) = (stage.viewer(1), stage.viewer(2));
    stage.stall(&one, "");
    assert_eq!(stage.said(), None, "not at once");
    tokio::time::advance(PROGRESS_AFTER).await;
    let said = stage.said().expect("progress");
    assert!(said.starts_with("pasting ") && said.ends_with(" of 256 KiB, Esc stops"), "{said}");
    stage.paste(&two, "2");
    assert!(stage.said().expect("progress").ends_with("Esc stops; 1 more"));
    stage.read_until("2").await;
    assert_eq!(stage.said().as_deref(), Some("pasted 256 KiB"));
    tokio::time::advance(NOTE_TIME).await;
    assert_eq!(stage.said(), None);
    stage.paste(&one, "short");
    stage.read_until("short").await;
    assert_eq!(stage.said(), None, "nobody needs to hear of that");
    stage.paste(&one, &"x".repeat(MAX_PASTE + 1));
    assert_eq!(stage.said().as_deref(), Some("not pasted: 257 KiB of text, and 256 KiB are the most"));
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_kept() {
    for rate in [1, 10, 960, 11_520, 1_000_000] {
        let mut pastes = Pastes::new(NonZeroU32::new(rate));
        let who = Presence::new(1);
        let paste = who.paste(&"x".repeat(MAX_PASTE).into()).expect("room");
        pastes.queue.push_back(Job::new(who.who(), paste));
        let (start, mut now, mut bytes) = (Instant::now(), Instant::now(), 0);
        while now < start + Duration::from_secs(20) {
            match pastes.due() {
                // A timer is a little late.
                Some(due) if now < due => now = due + Duration::from_millis(1),
                _ => {
                    let length = pastes.queue[0].next(pastes.piece()).len();
                    pastes.typed(length, now);
                    bytes += length as u64;
                }
            }
        }
        let wanted = 20 * u64::from(rate);
        let tolerance = wanted / 100 + PIECE as u64;
        assert!(bytes.abs_diff(wanted) <= tolerance, "{rate}: {bytes}");
    }
    assert_eq!(Pastes::new(None).piece(), PIECE);
    assert_eq!(Pastes::new(None).due(), None);
}

#[tokio::test(start_paused = true)]
async fn a_piece_ends_between_characters_and_not_in_a_lines_end() {
    let viewer = Presence::new(1);
    let pieces = |text: &str, most: usize| {
        let paste = viewer.paste(&text.into()).expect("room");
        let mut job = Job::new(viewer.who(), paste);
        let mut pieces = Vec::new();
        while !job.is_done() {
            let piece = job.next(most).to_owned();
            job.at += piece.len();
            pieces.push(piece);
        }
        pieces
    };
    assert_eq!(pieces("abcdé€", 5), ["abcd", "é€"]);
    assert_eq!(pieces("abcd\r\n\r\nz", 5), ["abcd\r\n", "\r\nz"]);
    assert_eq!(pieces("a€😀", 0), ["a", "€", "😀"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_said_is_not_where_the_guest_writes() {
    let mut stage = Stage::new().await;
    let row = |stage: &mut Stage, output: &[u8]| {
        stage.console.take_output(output);
        stage.console.note("note".to_owned());
        stage.console.lay_over(Instant::now());
        stage.console.notices.row().expect("a note")
    };
    assert_eq!(row(&mut stage, b"first row"), 4);
    assert_eq!(row(&mut stage, b"\x1b[5;1Hlast row"), 0);
    assert_eq!(row(&mut stage, b"\x1b[3;1H"), 0, "it stays where it is");
    assert_eq!(row(&mut stage, b"\x1b[1;1H"), 4);
}

#[tokio::test(start_paused = true)]
async fn a_button_of_a_viewer_that_went_away_is_let_go() {
    let mut stage = Stage::new().await;
    let viewer = stage.viewer(1);
    stage.console.take_output(b"\x1b[?1000h\x1b[?1006h");
    let press = PointerEvent { x: 20, y: 20, buttons: 1 };
    stage.act(&viewer, Input::Pointer { event: press, held: Modifiers::NONE, paste: None });
    assert_eq!(stage.read_until("M").await, "\x1b[<0;3;2M");
    drop(viewer);
    stage.console.display_event(DisplayEvent::Woken);
    assert_eq!(stage.read_until("m").await, "\x1b[<0;3;2m");
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_does_not_read_gets_no_more_than_its_queue() {
    let mut stage = Stage::new().await;
    let viewer = stage.viewer(1);
    let mut taken = 0;
    while stage.console.takes_input() {
        stage.type_char(&viewer, 'x');
        taken += 1;
        assert!(taken < 1 << 20, "no end of keys is taken");
    }
    assert!(stage.console.line.pending() < INPUT_QUEUE && stage.console.line.pending() > INPUT_QUEUE / 2);
    // The guest reads again, and so viewers are heard again.
    while !stage.console.takes_input() {
        stage.turn().await;
    }
    assert!(stage.console.line.pending() < INPUT_QUEUE);
}

#[tokio::test(start_paused = true)]
async fn who_joins_sees_what_is_said_now_and_not_what_was() {
    let mut stage = Stage::new().await;
    drop(stage.watched());
    stage.console.note("note".to_owned());
    let ends = stage.console.publish_if_due(Instant::now());
    assert_eq!(ends, Some(Instant::now() + NOTE_TIME));
    assert!(stage.display.peek().stale);
}

/// Its kernel would take some KiB at once.
#[tokio::test(start_paused = true)]
async fn a_paste_does_not_get_ahead_of_a_serial_line() {
    let line = |path| Endpoint::Serial(SerialLine::new(path, Some("9600")).expect("right"));
    let mut stage = Stage::on(line).await;
    let viewer = stage.viewer(1);
    let begun = Instant::now();
    stage.paste(&viewer, &"x".repeat(960));
    while let Some(due) = stage.console.next_piece_due() {
        tokio::time::sleep_until(due).await;
        stage.turn().await;
    }
    assert!((950..=1000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_joins_after_an_answer_sees_what_came_before_it() {
    let mut stage = Stage::new().await;
    let _viewer = stage.watched();
    // Others have their turn now, before anything is painted.
    stage.console.take_output(b"new\x1b[6n");
    assert!(stage.display.peek().stale);
}

/// It asks and does not read: its answers must not keep viewers from typing what stops it.
#[tokio::test]
async fn a_flood_of_questions_leaves_room_for_keys() {
    let mut stage = Stage::new().await;
    let viewer = stage.viewer(1);
    for _ in 0..200 {
        stage.console.take_output(&b"\x1b[c".repeat(1000));
    }
    assert!(stage.console.terminal.has_input(), "answers wait everywhere");
    assert!(stage.console.line.pending() <= 2 * super::super::line::ANSWERS && stage.console.takes_input());
    stage.type_char(&viewer, 'k');
    assert!(stage.console.takes_input());
    let mut buffer = [0; 4096];
    loop {
        let read = rustix::io::read(stage.guest.as_ref().expect("there is one"), &mut buffer[..]);
        if buffer[..read.unwrap_or_default()].contains(&b'k') {
            break;
        }
        stage.console.take_output(b"\x1b[c\x1b[c");
        stage.console.line.flush();
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_viewer_that_writes_no_longer_pastes_no_longer() {
    let mut stage = Stage::new().await;
    let (one, other) = (stage.viewer(1), stage.viewer(2));
    stage.console.take_output(b"\x1b[?2004h");
    stage.stall(&one, "begin");
    stage.type_char(&one, '!');
    stage.act(&other, Input::Own(crate::display::OwnInput::Yield));
    assert_ne!(stage.said().as_deref().map(|said| said.starts_with("paste stopped")), Some(true), "another one's");
    stage.act(&one, Input::Own(crate::display::OwnInput::Yield));
    assert!(stage.said().expect("a note").ends_with(": its viewer writes no longer"));
    stage.type_char(&other, '?');
    let got = stage.read_until("?").await;
    assert!(got.ends_with(&format!("x{CLOSE}?")) && got.len() < MAX_PASTE, "{} bytes", got.len());
}
