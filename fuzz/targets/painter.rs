//! Painting: whatever a guest sends, repainting what is damaged gives the picture that painting anew gives.

use vncterm::font::Font;
use vncterm::geometry::GridSize;
use vncterm::render::{Look, Painter};
use vncterm::surface::Frame;
use vncterm::terminal::{Damage, Options, Terminal};

use super::super::driver::Input;
use super::Target;

pub const TARGET: Target = Target {
    name: "painter",
    run,
    seeds,
    words: &[
        b"\x1b[",
        b"\x1b#3",
        b"\x1b#6",
        b"\n",
        b"\x1bM",
        b"e\xcc\x81",
        b"\xe5\xad\x97",
        b"\x1b]11;#102030\x07",
        b"\x1b[?5h",
        b"\x1bP;1q#1!9~-!20B\x1b\\",
    ],
    max_len: 512,
};

fn seeds() -> Vec<Vec<u8>> {
    // Columns, rows, then steps: focus, blinking, a length and as many bytes.
    let pieces = |size: [u8; 2], texts: &[&str]| {
        let pieces = texts.iter().flat_map(|text| [&[0, 0, text.len() as u8], text.as_bytes()].concat());
        size.into_iter().chain(pieces).collect()
    };
    vec![
        pieces([12, 4], &["one\r\ntwo\r\nthree\r\nfour", "\r\n", "\x1b[2;3r\x1b[3;1H\n\n", "\x1b[?5h\x1b[4:3mu\x1b[L"]),
        pieces([9, 3], &["e\u{301}字字\x1b[2D", "\x1b#6x\r\n\x1b#3y", "\x1b[5mz\x1b[4 q\x1b[1;31;44mq", "\x1b[?1049h"]),
    ]
}

fn run(input: &[u8]) {
    let mut input = Input(input);
    let size = GridSize::new(1 + u16::from(input.u8() % 30), 1 + u16::from(input.u8() % 8));
    let mut terminal = Terminal::new(size, Options::default());
    let mut painter = Painter::new(Font::default(), size);
    let mut surface = painter.new_surface(terminal.screen());
    let mut damage = Damage::default();
    loop {
        let look = Look { focused: input.u8() & 1 == 0, blink_on: input.u8() & 1 == 0, rapid_on: input.u8() & 2 == 0 };
        terminal.take_damage(&mut damage);
        painter.paint(terminal.screen(), &damage, look, &mut surface);
        let frame = surface.publish();
        let mut fresh = Painter::new(Font::default(), size);
        let mut anew = fresh.new_surface(terminal.screen());
        fresh.paint(terminal.screen(), &Damage::all(size), look, &mut anew);
        assert_eq!(different_row(&frame, &anew.publish()), None);
        if input.is_empty() {
            break;
        }
        terminal.feed(input.piece());
    }
}

fn different_row(a: &Frame, b: &Frame) -> Option<u32> {
    (0..a.size().height).find(|y| a.row(*y) != b.row(*y))
}
