//! What is marked, what is copied, and what ends a selection.

use super::*;
use crate::geometry::GridSize;
use crate::terminal::Options;

fn terminal(text: &str) -> Terminal {
    let mut terminal = Terminal::new(GridSize::new(20, 4), Options::default());
    terminal.feed(text.as_bytes());
    terminal
}

/// The spot in the left half of a cell.
fn at(line: u64, cell: u16) -> Spot {
    Spot { line, cell, border: cell }
}

/// What is copied when `unit` is marked from one spot to another.
fn copied(terminal: &Terminal, unit: Unit, from: Spot, to: Spot) -> String {
    let mut selection = Selection::begin(unit, from, terminal);
    selection.drag(to, terminal);
    selection.text(terminal).expect("short")
}

#[test]
fn characters_are_marked_from_border_to_border_either_way() {
    let terminal = terminal("one two\r\nthree   \r\nfour");
    assert!(Selection::begin(Unit::Character, at(0, 2), &terminal).is_empty());
    assert_eq!(copied(&terminal, Unit::Character, at(0, 1), at(0, 6)), "ne tw");
    assert_eq!(copied(&terminal, Unit::Character, at(0, 6), at(0, 1)), "ne tw");
    assert_eq!(copied(&terminal, Unit::Character, at(0, 4), at(2, 2)), "two\nthree\nfo", "no blanks at the ends");
    assert_eq!(copied(&terminal, Unit::Character, at(1, 9), at(3, 5)), "\nfour\n");
}

#[test]
fn wrapped_lines_are_one_and_wide_characters_are_whole() {
    let terminal = terminal("a line that goes on in the next\r\n漢字e\u{301}x\r\nnineteen characters漢");
    assert_eq!(copied(&terminal, Unit::Character, at(0, 12), at(1, 4)), "goes on in t");
    assert_eq!(copied(&terminal, Unit::Line, at(1, 3), at(1, 3)), "a line that goes on in the next");
    assert_eq!(copied(&terminal, Unit::Character, at(2, 1), at(2, 3)), "漢字");
    assert!(Selection::begin(Unit::Character, at(2, 1), &terminal).is_empty(), "a click in the middle of one");
    assert_eq!(copied(&terminal, Unit::Character, at(2, 4), at(2, 6)), "e\u{301}x");
    assert_eq!(copied(&terminal, Unit::Line, at(3, 0), at(4, 0)), "nineteen characters漢", "no pad between them");
    let selection = Selection::begin(Unit::Line, at(0, 0), &terminal);
    assert_eq!((selection.columns(0), selection.columns(1), selection.columns(2)), (0..u16::MAX, 0..20, 0..0));
}

#[test]
fn words_are_addresses_too_and_reach_over_the_ends_of_rows() {
    let terminal = terminal("see https://a.example/x?y=1#z, (or /etc/fstab) now---  ==  naïve_x");
    let word = |line, cell| copied(&terminal, Unit::Word, at(line, cell), at(line, cell));
    assert_eq!(word(0, 7), "https://a.example/x?y=1#z,");
    assert_eq!(word(1, 3), "https://a.example/x?y=1#z,");
    assert_eq!((word(0, 1).as_str(), word(0, 3).as_str()), ("see", " "));
    assert_eq!(word(1, 11), "(", "a character that is in no word goes with its like");
    assert_eq!(word(1, 17), "/etc/fstab");
    let mut selection = Selection::begin(Unit::Word, at(0, 1), &terminal);
    selection.drag(at(0, 9), &terminal);
    assert_eq!(selection.text(&terminal).as_deref(), Some("see https://a.example/x?y=1#z,"));
    selection.drag(at(0, 0), &terminal);
    assert_eq!(selection.text(&terminal).as_deref(), Some("see"));
}

#[test]
fn a_block_is_columns() {
    let terminal = terminal("abcdef\r\n漢字漢\r\nx\r\nabcdef");
    assert_eq!(copied(&terminal, Unit::Block, at(0, 4), at(3, 1)), "bcd\n漢字\n\nbcd");
    let mut selection = Selection::begin(Unit::Block, at(0, 2), &terminal);
    selection.drag(at(3, 2), &terminal);
    assert!(selection.is_empty() && selection.columns(1) == (0..0));
}

#[test]
fn its_nearer_end_is_extended() {
    let terminal = terminal("0123456789");
    let mut selection = Selection::begin(Unit::Character, at(0, 3), &terminal);
    selection.drag(at(0, 6), &terminal);
    for (to, want) in [(8, "34567"), (4, "4567"), (9, "45678"), (0, "012345678")] {
        selection.extend(at(0, to), &terminal);
        assert_eq!(selection.text(&terminal).as_deref(), Some(want));
    }
}

#[test]
fn it_stays_with_its_text_and_ends_when_that_changes() {
    let mut terminal = terminal("one\r\ntwo\r\nthree\r\nfour");
    let mut selection = Selection::begin(Unit::Character, at(1, 0), &terminal);
    selection.drag(at(2, 3), &terminal);
    for output in ["\r\nfive", "\x1b[3;7Hbeside it", "\x1b[31m", "\x1b[4;1H\r\nsix\r\nseven\r\neight\r\nnine"] {
        terminal.feed(output.as_bytes());
        assert!(selection.holds(&terminal), "{output:?}");
        assert_eq!(selection.text(&terminal).as_deref(), Some("two\nthr"));
    }
    for output in ["\x1b[1;1Hx", "\x1b[2J", "\x1b[?1049hx"] {
        let mut terminal = self::terminal("one\r\ntwo");
        let mut selection = Selection::begin(Unit::Line, at(0, 0), &terminal);
        terminal.feed(output.as_bytes());
        assert_eq!(selection.holds(&terminal), output == "\x1b[2J", "what is cleared is in the history: {output:?}");
    }
    let options = Options { scrollback_lines: 2, ..Options::default() };
    let mut terminal = Terminal::new(GridSize::new(20, 2), options);
    terminal.feed(b"one\r\ntwo");
    let mut selection = Selection::begin(Unit::Line, at(0, 0), &terminal);
    terminal.feed(b"\r\n3\r\n4");
    assert!(selection.holds(&terminal));
    terminal.feed(b"\r\n5");
    assert!(!selection.holds(&terminal), "it was dropped");
}

#[test]
fn text_is_bounded_and_so_is_a_line() {
    let options = Options { scrollback_lines: 100_000, ..Options::default() };
    let mut terminal = Terminal::new(GridSize::new(100, 4), options);
    let line = "x".repeat(99) + "\r\n";
    let lines = MAX_TEXT / 100 + 1;
    terminal.feed(line.repeat(lines).as_bytes());
    let mut selection = Selection::begin(Unit::Character, at(0, 0), &terminal);
    selection.drag(at(lines as u64 - 2, 99), &terminal);
    assert!(selection.text(&terminal).is_some_and(|text| text.len() <= MAX_TEXT));
    selection.drag(at(lines as u64 + 2, 99), &terminal);
    assert_eq!(selection.text(&terminal), None);
    terminal.feed("y".repeat(100 * 3 * MAX_WRAPPED).as_bytes());
    let end = terminal.history().end();
    let selection = Selection::begin(Unit::Line, at(end - MAX_WRAPPED as u64 - 100, 0), &terminal);
    assert_eq!(selection.end.line - selection.start.line, 2 * MAX_WRAPPED as u64);
}
