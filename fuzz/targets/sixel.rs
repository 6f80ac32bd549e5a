//! Pictures: whatever draws them, cut anywhere, gives one screen within the limits, a dump draws it again, ESC c ends it.

use vncterm::geometry::{GridSize, Size};
use vncterm::terminal::{Options, Terminal};

use super::super::driver::Input;
use super::Target;
use super::terminal::{rebuilt, reset};

/// A picture being drawn, all pictures kept, and as much again while the oldest make room.
const MEMORY: usize = 40 << 20;

pub const TARGET: Target = Target {
    name: "sixel",
    run,
    seeds,
    words: &[
        b"\x1bPq",
        b"\x1bP0;1q",
        b"\x1b\\",
        b"#",
        b"#1;2;9;80;100",
        b"#2;1;240;50;100",
        b"!",
        b"!99999",
        b"\"1;1;",
        b"~",
        b"?",
        b"-",
        b"$",
        b";",
        b"\x1b[?80h",
        b"\x1b[?8452h",
        b"\x1b[?1070l",
        b"\r\n",
        b"\x1b[H",
        b"\x1b[2;3r",
        b"\x1b[?1049h",
        b"\x1b[?1049l",
        b"\x1b[2J",
        b"\x1b[L",
        b"\x1b[P",
        b"\x1b#6",
        b"text",
        b"\xe6\xbc\xa2",
    ],
    max_len: 400,
};

fn seeds() -> Vec<Vec<u8>> {
    let head = [12, 5, 3, 5, 7];
    let pictures: [&[u8]; 4] = [
        b"ab\x1bPq\"1;1;20;12#1;2;100;0;0!20~$#2!10G-#1!20~-\x1b\\text",
        b"\x1b[?8452h\x1bP0;1q#1;1;120;50;100!9?!9~-!18~\x1b\\\x1bP0;1q#3@\x1b\\\n\n",
        b"\x1b[?80h\x1bPq!99~-!99~-!99~\x1b\\\x1b[?80l\x1b[2;3r\x1b[?1070l\x1bPq#9;2;1;2;3!99~\x1b\\",
        b"\x1b#6\x1bPq!60~-!60~\x1b\\\x1b[Pxy\x1b[?1049h\x1bPq~\x1b\\",
    ];
    pictures.iter().map(|picture| [&head[..], picture].concat()).collect()
}

/// The first bytes choose the size of the screen and of its cells, and where the input is cut.
fn run(input: &[u8]) {
    let mut input = Input(input);
    let size = GridSize::new(1 + u16::from(input.u8() % 30), 1 + u16::from(input.u8() % 10));
    let cell = Size::new(1 + u32::from(input.u8() % 16), 1 + u32::from(input.u8() % 32));
    let step = 1 + usize::from(input.u8() % 40);
    let bytes = input.0;
    let options = Options { cell, scrollback_lines: 50, ..Options::default() };
    let mut whole = Terminal::new(size, options.clone());
    whole.feed(bytes);
    assert_eq!(whole.screen().broken_rule(), None);
    assert!(whole.memory() < MEMORY, "{} bytes", whole.memory());
    let mut pieces = Terminal::new(size, options.clone());
    bytes.chunks(step).for_each(|piece| pieces.feed(piece));
    assert_eq!(whole.screen().difference(pieces.screen()), None, "whole and in pieces");
    assert_eq!(whole.history().lines(), pieces.history().lines());
    // Drawing it again costs as many bytes as there are pixels and more; a large one is no better than a small one.
    if u32::from(size.cols) * cell.width < 200 {
        assert_eq!(rebuilt(whole, &options), None, "dumped");
    }
    reset(pieces, options);
}
