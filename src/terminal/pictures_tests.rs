//! What becomes of pictures: see [`super`].

use super::*;
use crate::geometry::GridSize;
use crate::terminal::{Damage, Options, dump};

const RED: u32 = 0xffff_0000;
const BLUE: u32 = 0xff00_00ff;

/// A terminal with cells of 2x3 pixels: a character of sixels is half a cell wide and two cells high.
fn terminal(cols: u16, rows: u16) -> Terminal {
    let options = Options { cell: Size::new(2, 3), ..Options::default() };
    Terminal::new(GridSize::new(cols, rows), options)
}

fn fed(cols: u16, rows: u16, bytes: &str) -> Terminal {
    let mut terminal = terminal(cols, rows);
    terminal.feed(bytes.as_bytes());
    assert_eq!(terminal.screen().broken_rule(), None);
    terminal
}

/// What each cell shows: a letter for the colours of the first and last pixel of a piece, or the character.
fn shown(terminal: &Terminal) -> Vec<String> {
    let screen = terminal.screen();
    let letter = |pixel: u32| match pixel {
        RED => 'R',
        BLUE => 'B',
        TRANSPARENT => '.',
        _ => '?',
    };
    let cell = |cell: &Cell| match cell.picture().map(|number| screen.pictures().pixels(number).expect("kept")) {
        Some([first, .., last]) => format!("{}{}", letter(*first), letter(*last)),
        _ => format!("{0}{0}", cell.char().unwrap_or(' ')),
    };
    (0..screen.size().rows).map(|row| screen.row(row).iter().map(cell).collect()).collect()
}

fn cursor(terminal: &Terminal) -> (u16, u16) {
    let pos = terminal.screen().cursor().pos;
    (pos.row, pos.col)
}

/// A picture of `pixels` columns and six rows: red above blue.
fn flag(pixels: usize) -> String {
    format!("\x1bPq#1;2;100;0;0!{pixels}F$#2;2;0;0;100!{pixels}w\x1b\\")
}

#[test]
fn cells_are_drawn_and_the_cursor_is_in_the_last_row() {
    let terminal = fed(5, 4, &format!("ab{}x", flag(4)));
    assert_eq!(shown(&terminal), ["aabbRRRR  ", "    xxBB  ", "          ", "          "], "what is written over goes");
    assert_eq!(cursor(&fed(5, 4, &format!("ab{}", flag(4)))), (1, 2));
    assert_eq!(dump::text(fed(5, 2, &format!("a{}b", flag(4))).screen()), "a\n b\n", "a blank in text");
    assert_eq!(cursor(&fed(5, 4, "ab\x1bPq#1;2;3;4;5???\x1b\\")), (0, 2), "no pixel, no picture");
}

#[test]
fn the_cursor_may_go_to_the_right() {
    assert_eq!(cursor(&fed(5, 4, &format!("\x1b[?8452h{}", flag(5)))), (1, 3));
    assert_eq!(cursor(&fed(5, 4, &format!("\x1b[?8452hab{}", flag(6)))), (2, 0), "no room: the next row");
    assert_eq!(cursor(&fed(5, 4, &format!("\x1b[?8452h\x1b[3;5H{}", flag(9)))), (3, 0), "which may have to be made");
}

#[test]
fn a_picture_scrolls_as_text_does() {
    let mut terminal = fed(3, 3, &format!("1\r\n2\r\n3{}", flag(2)));
    assert_eq!(shown(&terminal), ["22    ", "33RR  ", "  BB  "]);
    assert_eq!(terminal.history().lines(), 1);
    terminal.feed(b"\r\n\n");
    assert_eq!(shown(&terminal), ["  BB  ", "      ", "      "]);
    let row = terminal.history().row(2).expect("it scrolled off");
    assert_eq!(
        row.cells[1].picture().and_then(|number| terminal.screen().pictures().pixels(number)),
        Some(&[RED; 6][..])
    );
    terminal.resize(GridSize::new(3, 5));
    assert_eq!(shown(&terminal), ["22    ", "33RR  ", "  BB  ", "      ", "      "], "it comes back");
}

#[test]
fn margins_hold_and_below_them_it_is_cut() {
    let inside = fed(3, 4, &format!("1\r\n2\r\n3\r\n4\x1b[2;3r\x1b[3;2H{}", flag(2)));
    assert_eq!(shown(&inside), ["11    ", "33RR  ", "  BB  ", "44    "]);
    let below = fed(3, 4, &format!("1\r\n2\r\n3\r\n4\x1b[2;3r\x1b[4;2H{}", flag(2)));
    assert_eq!(shown(&below), ["11    ", "22    ", "33    ", "44RR  "]);
}

#[test]
fn between_left_and_right_margins_it_is_as_wide_as_they_are() {
    let rows = "1\r\n2\r\n3\x1b[?69h\x1b[2;3s";
    let inside = fed(4, 3, &format!("{rows}\x1b[3;2H{}", flag(9)));
    assert_eq!(shown(&inside), ["11      ", "22RRRR  ", "33BBBB  "], "only the columns scroll");
    let beside = fed(4, 3, &format!("{rows}\x1b[3;4H{}", flag(9)));
    assert_eq!(shown(&beside), ["11      ", "22      ", "33    RR"], "where nothing scrolls it is cut");
    let right = fed(4, 3, &format!("{rows}\x1b[?8452h\x1b[1;2H{}", flag(4)));
    assert_eq!(cursor(&right), (2, 1), "the next row begins at the left margin");
}

#[test]
fn in_display_mode_it_is_in_the_corner_and_nothing_moves() {
    let terminal = fed(3, 2, "\x1b[?80h\x1b[2;3Hx\x1bPq#1;2;100;0;0!99~-!99~-!99~\x1b\\");
    assert_eq!((shown(&terminal), cursor(&terminal)), (vec!["RRRRRR".into(), "RRRRRR".into()], (1, 2)));
    assert_eq!(terminal.history().lines(), 0);
}

#[test]
fn what_is_not_drawn_shows_what_was_there() {
    let dot = "\x1bP;1q#1;2;100;0;0@\x1b\\";
    let terminal = fed(3, 2, &format!("abc\x1b[H\x1b[44m{dot}\x1b[1;2H\x1bP;1q#1;2;0;0;100??C\x1b\\"));
    assert_eq!(shown(&terminal), ["R.bb..", "      "], "a cell without a pixel keeps its text");
    let over = fed(3, 2, &format!("{}\x1b[H\x1bP;1q#2;2;0;0;100A\x1b\\{dot}", flag(2)));
    let piece = over.screen().row(0)[0].picture().and_then(|number| over.screen().pictures().pixels(number));
    assert_eq!(piece, Some(&[RED, RED, BLUE, RED, RED, RED][..]));
    let filled = fed(3, 2, "\x1bP0;0q\"1;1;4;2#1;2;100;0;0@\x1b\\");
    assert_eq!(shown(&filled)[0], "R.?.  ", "register 0 is black where the size was declared");
}

#[test]
fn wide_characters_lose_both_halves() {
    let terminal = fed(4, 1, "漢字\x1b[1;2H\x1bP;1q#1;2;100;0;0@\x1b\\");
    assert_eq!(shown(&terminal), ["  R.字字  "]);
}

#[test]
fn registers_are_private_unless_told_otherwise() {
    let define = "\x1bPq#3;2;100;0;0\x1b\\";
    let draw = "\x1bPq#3~\x1b\\";
    assert_eq!(shown(&fed(1, 2, &format!("{define}{draw}")))[0], "?.");
    assert_eq!(shown(&fed(1, 2, &format!("\x1b[?1070l{define}{draw}")))[0], "R.");
    assert_eq!(shown(&fed(1, 2, &format!("\x1b[?1070l{define}\x1bc{draw}")))[0], "?.");
}

#[test]
fn a_string_that_does_not_end_draws_nothing() {
    for end in ["\x18", "\x1a", "\x1b[m", "\x1bc"] {
        let terminal = fed(3, 2, &format!("\x1bPq#1~~{end}"));
        assert!(terminal.sixel.is_none() && terminal.screen().pictures.pieces.is_empty(), "{end:?}");
    }
}

#[test]
fn a_dump_has_the_pictures() {
    let bytes = format!("a{}\x1b[?1070l\x1bPq#9;2;1;2;3\x1b\\\x1b[3;2H\x1b[41m{0}\x1b[?1049h\x1b[1;5H{0}", flag(3));
    let terminal = fed(5, 4, &bytes);
    let mut copy = self::terminal(5, 4);
    copy.feed(&dump::sequences(&terminal));
    assert_eq!(terminal.screen().difference(copy.screen()), None);
    copy.feed(flag(1).as_bytes());
    assert!(terminal.screen().difference(copy.screen()).is_some(), "a picture makes a difference");
}

#[test]
fn a_dump_keeps_the_picture_where_a_wrap_is_pending() {
    let mut terminal = fed(2, 2, "\x1b[?80hab\x1bPq#1~!9~\x1b\\");
    assert!(terminal.screen().cursor().pending_wrap);
    let mut copy = self::terminal(2, 2);
    copy.feed(&dump::sequences(&terminal));
    terminal.feed(b"\r");
    copy.feed(b"\r");
    assert_eq!(terminal.screen().difference(copy.screen()), None);
}

#[test]
fn pixels_are_bounded_and_the_oldest_go_first() {
    let options = Options { cell: Size::new(64, 128), scrollback_lines: 100, ..Options::default() };
    let mut terminal = Terminal::new(GridSize::new(8, 20), options);
    let most = terminal.screen().pictures.capacity();
    let wide = "\x1bPq#1;2;100;0;0!512~\x1b\\";
    terminal.feed(format!("\x1b[20;1H{wide}").as_bytes());
    for _ in 0..2 * most / 8 {
        terminal.feed(b"\x1b[H\x1bPq#2!512~\x1b\\");
        assert!(terminal.memory() < MAX_BYTES + (1 << 20), "{}", terminal.memory());
    }
    assert!(terminal.screen().pictures.pieces.len() > most / 2);
    let kept = |terminal: &Terminal, row: u16| {
        let pixels = |cell: &Cell| terminal.screen().pictures().pixels(cell.picture()?).map(|pixels| pixels[0]);
        terminal.screen().row(row).iter().filter_map(pixels).collect::<Vec<u32>>()
    };
    assert_eq!(kept(&terminal, 19), [RED; 8], "what is on the screen is not what goes");
    let mut damage = Damage::default();
    terminal.take_damage(&mut damage);
    // Now the screen alone has more than fits.
    terminal.resize(GridSize::new(32, 32));
    for row in 1..=32 {
        terminal.feed(format!("\x1b[{row}H\x1bPq#2!2048~\x1b\\").as_bytes());
    }
    assert!(terminal.screen().pictures.pieces.len() <= most);
    assert_eq!((kept(&terminal, 31).len(), kept(&terminal, 0).len()), (32, 0));
    assert!(terminal.screen().row(0).iter().all(|cell| cell.picture().is_none()), "the cells know");
    assert_eq!(terminal.screen().broken_rule(), None);
}

#[test]
fn numbers_begin_anew_without_a_mistake() {
    let mut terminal = fed(4, 4, &flag(2));
    terminal.screen.pictures.next = Cell::MAX_PICTURE - 1;
    terminal.feed(format!("\x1b[3H{}", flag(2)).as_bytes());
    assert_eq!(terminal.screen().broken_rule(), None);
    assert_eq!(
        shown(&terminal),
        ["        ", "        ", "        ", "BB      "],
        "all before the last number is gone"
    );
    assert_eq!(Cell::EMPTY.with_picture(Cell::MAX_PICTURE).picture(), Some(Cell::MAX_PICTURE));
    assert_eq!(Cell::EMPTY.with_picture(0x0abc_def1).picture(), Some(0x0abc_def1));
}

#[test]
fn when_numbers_begin_anew_the_history_shows_no_other_pictures() {
    let mut terminal = fed(3, 2, &format!("{}\r\n\n\n\n", flag(2)));
    let pieces = |terminal: &Terminal| -> Vec<usize> {
        let count = |row: crate::terminal::HistoryRow| row.cells.iter().filter(|cell| cell.picture().is_some()).count();
        let rows: Vec<usize> = terminal.history().rows().map(count).collect();
        let one_by_one = (0..rows.len()).filter_map(|index| terminal.history().row(index).map(count));
        assert_eq!(one_by_one.collect::<Vec<_>>(), rows);
        rows
    };
    assert_eq!(pieces(&terminal), [1, 1, 0, 0]);
    terminal.screen.pictures.next = Cell::MAX_PICTURE;
    terminal.feed(format!("\x1b[H{}\r\n\n\n\n", flag(6)).as_bytes());
    assert_eq!(pieces(&terminal), [0, 0, 0, 0, 3, 3, 0, 0], "old ones are gone, new ones are there");
    terminal.resize(GridSize::new(3, 9));
    assert_eq!(shown(&terminal)[3..5], ["RRRRRR", "BBBBBB"]);
    assert!(terminal.screen().row(0).iter().all(|cell| cell.picture().is_none()));
    terminal.feed(format!("\x1b[H{}\x1b[9H\n\n\n", flag(2)).as_bytes());
    assert_eq!(pieces(&terminal)[..3], [0, 1, 1], "what has the number of a row that came back");
}

#[test]
fn a_picture_ends_where_no_more_pixels_are_allowed() {
    // Six columns and six rows drawn: 36 pixels, and as many to be cut into cells.
    let allowed = |pixels: u64, step: usize| {
        let mut terminal = terminal(3, 4);
        terminal.allow_pixels(pixels);
        let picture = format!("{}x", flag(6));
        picture.as_bytes().chunks(step).for_each(|bytes| terminal.feed(bytes));
        terminal
    };
    for step in [1, 7, 1_000] {
        assert_eq!(shown(&allowed(72, step)), ["RRRRRR", "xxBBBB", "      ", "      "]);
        assert_eq!(shown(&allowed(71, step)), ["RRRRRR", "xxBB  ", "      ", "      "]);
        assert_eq!(shown(&allowed(53, step)), ["xxRR  ", "      ", "      ", "      "], "it goes down no further");
        assert_eq!(
            shown(&allowed(18, step)),
            ["xx    ", "      ", "      ", "      "],
            "the string ends where it ends"
        );
    }
    assert_eq!(allowed(100, 9).pixels_allowed(), 28);
    let mut corner = terminal(3, 4);
    corner.allow_pixels(72 - 6);
    corner.feed(format!("\x1b[?80h{}", flag(6)).as_bytes());
    assert_eq!(shown(&corner), ["RRRRRR", "BBBB  ", "      ", "      "]);
    corner.feed(flag(6).as_bytes());
    assert_eq!(shown(&corner), ["RRRRRR", "BBBB  ", "      ", "      "]);
    corner.feed(b"\x1bc");
    assert_eq!(corner.pixels_allowed(), 0, "nor is a reset a way to more");
}
