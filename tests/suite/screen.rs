//! Screen scripts: what each sequence does, with damage and replies. See tests/screen/README.md for their form.

use vncterm::geometry::GridSize;
use vncterm::terminal::{Options, Terminal};

fn text(terminal: &Terminal) -> Vec<String> {
    let screen = terminal.screen();
    let line = |row| -> String { screen.row(row).iter().map(|cell| cell.char().unwrap_or(' ')).collect() };
    (0..screen.size().rows).map(|row| line(row).trim_end().to_string()).collect()
}

#[test]
fn prints_wraps_and_scrolls() {
    let mut terminal = Terminal::new(GridSize::new(5, 3), Options::default());
    terminal.feed(b"\x1b[31mabcdefg\r\n1\r\n2\x1b[2;2H\x1b[K");
    assert_eq!(text(&terminal), ["fg", "1", "2"]);
    assert_eq!(terminal.history().lines(), 1);
}
