//! What an operator asks of a console, without tasks.

use std::os::fd::OwnedFd;

use super::super::testing::opened;
use super::*;
use crate::display::board::State;
use crate::input::{Keysym, Modifiers};
use crate::source::Endpoint;
use crate::source::pty::testing::new_pty;

async fn stage() -> (OwnedFd, Console) {
    let (guest, path) = new_pty();
    (guest, opened(Endpoint::Pty(path), GridSize::new(20, 4)).await.0)
}

#[tokio::test]
async fn a_screen_is_told_and_nothing_of_the_console_changes() {
    let (_guest, mut console) = stage().await;
    console.take_output(b"one\r\n\x1b[1mtwo");
    let (seq, unpainted) = (console.side.picture.shown().frame.seq(), console.unpainted);
    let text = Answer::Screen(ScreenBytes(b"one\ntwo\n\n\n".to_vec()));
    assert_eq!(console.screen_as(ScreenForm::Text), text);
    assert!(matches!(console.screen_as(ScreenForm::Sequences), Answer::Screen(_)));
    assert!(matches!(console.screen_as(ScreenForm::Json), Answer::Screen(_)));
    let Answer::Picture(picture) = console.screen_as(ScreenForm::Picture) else { panic!("no picture") };
    assert_eq!(picture.0.size(), console.surface.size());
    assert_eq!((console.side.picture.shown().frame.seq(), console.unpainted), (seq, unpainted));
    assert!(console.terminal.has_damage(), "it is still to be painted for whoever looks");
    assert_eq!(format!("{text:?}"), "Screen(ScreenBytes(10 bytes))");
}

#[tokio::test]
async fn keys_are_typed_all_or_none() {
    let (guest, mut console) = stage().await;
    let stroke = (Keysym::from_char('x').expect("a keysym"), Modifiers::NONE);
    assert_eq!(console.type_strokes(&vec![stroke; MAX_STROKES]), Answer::Done);
    let mut buffer = [0; 2 * MAX_STROKES];
    let read = rustix::io::read(&guest, &mut buffer[..]).expect("reads");
    assert!(read > 0 && buffer[..read].iter().all(|byte| *byte == b'x'));
    let refused = console.type_strokes(&vec![stroke; MAX_STROKES + 1]);
    assert_eq!(refused, Answer::Refused("too many keys at once: 4,096 at most; paste longer texts"));
    while console.takes_input() {
        console.type_strokes(&vec![stroke; MAX_STROKES]);
    }
    let pending = console.line.pending();
    assert!(matches!(console.type_strokes(&[stroke]), Answer::Refused(_)));
    assert_eq!(console.line.pending(), pending);
}

#[tokio::test]
async fn answers_that_the_guest_does_not_read_give_way_to_what_is_typed() {
    let (_guest, mut console) = stage().await;
    while !console.terminal.has_input() {
        console.take_output(&b"\x1b[6n".repeat(1_000));
    }
    let stroke = (Keysym::RETURN, Modifiers::NONE);
    let before = console.line.pending();
    assert_eq!(console.type_strokes(&[stroke]), Answer::Done);
    assert_eq!(console.line.pending(), before + 1);
}

#[tokio::test]
async fn a_size_is_taken_where_its_picture_can_be_made() {
    let (_guest, mut console) = stage().await;
    let cell = console.painter.cell();
    let most = GridSize::new((MAX_SIDE / cell.width).try_into().expect("few"), 4);
    assert_eq!(console.resize_cells(most), Answer::Done);
    assert_eq!(console.terminal.screen().size(), most);
    let more = GridSize::new(most.cols + 1, 4);
    assert!(matches!(console.resize_cells(more), Answer::Refused(_)));
    assert!(matches!(console.resize_cells(GridSize::new(0, 4)), Answer::Refused(_)));
    assert_eq!(console.terminal.screen().size(), most);
}

#[tokio::test]
async fn who_is_not_there_hears_nothing() {
    let (mut console, _display) =
        super::super::testing::console(Endpoint::Pty("/nowhere/at/all".into()), GridSize::new(20, 4));
    assert_eq!(console.line.state(), State::Waiting);
    let stroke = (Keysym::RETURN, Modifiers::NONE);
    assert_eq!(console.type_strokes(&[stroke]), Answer::Refused("the guest is not there"));
}
