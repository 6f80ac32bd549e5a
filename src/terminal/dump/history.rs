//! Rows of the history → escape sequences that make them scroll off the top of a fresh terminal of the same width.
//!
//! Each row stands for itself: it begins and ends in the plain rendition, so that the newest that fit can be taken. What is
//! left out: links, pictures, what a shell has marked, and that the newest row goes on in the screen's first.

use std::fmt::Write as _;

use super::super::cell::Cell;
use super::super::grid::LineSize;
use super::super::report::rendition;
use super::super::scrollback::{HistoryRow, Scrollback, Tables};
use super::line_size_digit;
use crate::geometry::GridSize;

/// Bytes of rows of the history, at most: of more, the newest.
pub const HISTORY_MAX: usize = 2 << 20;

/// Appends the newest `rows` rows of `history`, for a terminal of `size` whose cursor may be anywhere. The screen is blank then.
pub(super) fn put(history: &Scrollback, rows: usize, size: GridSize, out: &mut String) {
    let count = rows.min(history.lines());
    let (mut newest, mut bytes) = (Vec::new(), 0);
    let mut below: Option<HistoryRow> = None;
    for index in (history.lines() - count..history.lines()).rev() {
        let Some(row) = history.row(index) else { break };
        let text = sequences(&row, below.as_ref(), size.cols);
        bytes += text.len();
        if bytes > HISTORY_MAX {
            break;
        }
        newest.push(text);
        below = Some(row);
    }
    if newest.is_empty() {
        return;
    }
    out.push_str("\x1b[H");
    newest.iter().rev().for_each(|text| out.push_str(text));
    // What of them is on the screen leaves it.
    let _ = write!(out, "\x1b[{}H", size.rows);
    let left = newest.len().min(usize::from(size.rows) - 1);
    out.extend(std::iter::repeat_n('\n', left));
}

/// A row, and what leads to the one `below` it.
fn sequences(row: &HistoryRow, below: Option<&HistoryRow>, cols: u16) -> String {
    let mut out = String::new();
    if row.line_size != LineSize::Single {
        let _ = write!(out, "\x1b#{}", line_size_digit(row.line_size));
    }
    let mut pen = Cell::EMPTY;
    for run in row.cells.chunk_by(|a, b| a.is_empty() && b.is_empty() && a.bg == b.bg) {
        let cell = run[0];
        if cell.is_spacer() {
            continue;
        }
        if !cell.same_style(pen) {
            let underline = row.extra(&cell).underline;
            let _ = write!(out, "\x1b[{}m", rendition(cell.fg, cell.bg, cell.attrs, underline));
            pen = cell;
        }
        if cell.is_empty() {
            let _ = write!(out, "\x1b[{0}X\x1b[{0}C", run.len());
        } else {
            push_cell(row, &cell, &mut out);
        }
    }
    if !pen.same_style(Cell::EMPTY) {
        out.push_str("\x1b[m");
    }
    // It goes on by itself where a character has no room any more.
    let wide = |below: &HistoryRow| below.cells.first().is_some_and(|cell| cell.is_wide());
    let end = row.cells.len() + usize::from(below.is_some_and(wide) && row.cells.len() + 1 == usize::from(cols));
    let full = row.cells.last().is_some_and(|cell| !cell.is_empty()) && end >= usize::from(cols);
    if !(row.wrapped && below.is_some() && full) {
        out.push_str("\r\n");
    }
    out
}

/// The characters of a cell; a blank for a piece of a picture.
fn push_cell(row: &HistoryRow, cell: &Cell, out: &mut String) {
    match cell.cluster().and_then(|index| row.clusters.get(index as usize)) {
        Some(cluster) => out.extend(cluster),
        None => out.push(cell.char().unwrap_or(' ')),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sequences_with_history;
    use super::*;
    use crate::terminal::{Options, Terminal};

    fn terminal(size: GridSize, bytes: &[u8]) -> Terminal {
        let mut terminal = Terminal::new(size, Options::default());
        terminal.feed(bytes);
        terminal
    }

    fn rows(terminal: &Terminal) -> Vec<HistoryRow> {
        terminal.history().rows().collect()
    }

    #[test]
    fn the_history_is_rebuilt_and_the_screen_after_it() {
        let size = GridSize::new(12, 4);
        let texts: [&[u8]; 7] = [
            b"one\r\ntwo\r\n",
            b"\x1b[1;31mred\x1b[m plain \x1b[48;2;1;2;3mblue\r\n\x1b[m\r\n",
            "wrapped around 漢字 and 漢 again, for long\r\n".as_bytes(),
            "eleven cols漢字\r\n".as_bytes(),
            b"a\x1b[5Cb\x1b[44m\x1b[K\x1b[m\r\n\x1b#6wide\r\n",
            "e\u{301}\u{302} \x1b[4:3mcurly\x1b[m\r\n".as_bytes(),
            b"last\r\n\r\n\r\n\r\n$ ",
        ];
        for count in 1..=texts.len() {
            let guest = terminal(size, &texts[texts.len() - count..].concat());
            let mut client = terminal(size, b"whatever it showed before\r\n\n\n\n\n\n\x1b[5m");
            let before = client.history().lines();
            client.feed(&sequences_with_history(&guest, 1_000));
            assert_eq!(super::super::text(client.screen()), super::super::text(guest.screen()));
            let (expected, found) = (rows(&guest), rows(&client));
            let found = &found[found.len() - expected.len()..];
            assert!(client.history().lines() >= before);
            for (mut expected, found) in expected.into_iter().zip(found) {
                // The newest is followed by a screen that is painted anew.
                expected.wrapped = found.wrapped;
                assert_eq!(format!("{:?}", expected.cells), format!("{:?}", found.cells));
                assert_eq!((expected.clusters, expected.line_size), (found.clusters.clone(), found.line_size));
            }
        }
    }

    #[test]
    fn lines_that_go_on_stay_one_line() {
        let size = GridSize::new(10, 3);
        let guest = terminal(size, "0123456789abc\r\n01234567漢字漢字漢\r\n\r\n\r\n\r\n".as_bytes());
        let mut client = Terminal::new(size, Options::default());
        client.feed(&sequences_with_history(&guest, 1_000));
        let wrapped = |terminal: &Terminal| rows(terminal).iter().map(|row| row.wrapped).collect::<Vec<_>>();
        assert_eq!(wrapped(&guest)[..4], [true, false, true, false]);
        assert_eq!(wrapped(&client), wrapped(&guest));
    }

    #[test]
    fn of_many_rows_the_newest_are_told() {
        let size = GridSize::new(200, 3);
        let mut guest = Terminal::new(size, Options { scrollback_lines: 50_000, ..Options::default() });
        (0..40_000).for_each(|line| guest.feed(format!("{line:0>190}\r\n").as_bytes()));
        let bytes = sequences_with_history(&guest, usize::MAX);
        assert!((HISTORY_MAX - 1_000..HISTORY_MAX + 10_000).contains(&bytes.len()));
        let two = String::from_utf8(sequences_with_history(&guest, 2)).expect("UTF-8");
        assert!(two.contains("39997\r\n") && !two.contains("39995\r\n"));
    }
}
