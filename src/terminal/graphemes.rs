//! Grapheme clusters (mode 2027): what Unicode calls a user-perceived character (UAX #29) is one unit in one place.
//!
//! Without the mode each character has its own columns, as `wcwidth` and xterm count them, and only marks of no width join
//! the one before. With it a family, a flag, a skin tone, a syllable of Hangul and a conjunct of Devanagari are one cell
//! each, one or two columns wide: as wide as their characters together, as Unicode's presentation selectors and ligatures
//! have it, and never wider than two columns.
//!
//! A cluster comes a character at a time, and nobody knows whether it is complete. So each is put down at once, and what
//! joins it later is put into the same cell, which may become wider or narrower by that; it goes to the next row if there
//! is no room any more. How the bytes were cut makes no difference.

use unicode_segmentation::GraphemeCursor;

use super::Terminal;
use super::cell::Cell;
use super::clusters::MAX_MARKS;
use super::modes::Mode;
use super::width;

/// Characters remembered of a cluster beyond those that its cell keeps: the next character may depend on them.
const MAX_TAIL: usize = 24;
/// Bytes of a character, at most.
const MAX_UTF8: usize = 4;
/// Bytes of a cluster, all that is remembered of it, and the character after it.
const MAX_TEXT: usize = (1 + MAX_MARKS + MAX_TAIL + 1) * MAX_UTF8;

/// What is known of the cluster that was printed last, beside its cell.
#[derive(Debug, Default)]
pub(super) struct OpenCluster {
    /// Its characters beyond those in its cell, which is full.
    tail: Vec<char>,
    /// Whether even ASCII joins it: it ends with a character that goes before others, such as an Arabic number sign.
    pub(super) joins_ascii: bool,
}

/// The text of a cluster and one more character, with room for all that there can be.
struct Text {
    bytes: [u8; MAX_TEXT],
    len: usize,
}

impl Text {
    fn new(chars: impl IntoIterator<Item = char>) -> Self {
        let mut text = Self { bytes: [0; MAX_TEXT], len: 0 };
        chars.into_iter().for_each(|ch| text.push(ch));
        text
    }

    fn push(&mut self, ch: char) {
        if let Some(room) = self.bytes.get_mut(self.len..self.len + MAX_UTF8) {
            self.len += ch.encode_utf8(room).len();
        }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

/// Whether `next` belongs to the cluster that `text` is.
fn joins(mut text: Text, next: char) -> bool {
    let before = text.len;
    text.push(next);
    let whole = text.as_str();
    // All of the text is there, so that nothing is left to be asked for.
    !GraphemeCursor::new(before, whole.len(), true).is_boundary(whole, 0).unwrap_or(true)
}

/// Whether `ch` belongs to what comes after it (UAX #29, Prepend). There are few, all in some scripts.
fn is_prepend(ch: char) -> bool {
    matches!(ch as u32, 0x600..=0x8ff | 0xd00..=0xd7f | 0x1_1000..=0x1_1fff) && joins(Text::new([ch]), 'a')
}

impl Terminal {
    /// Prints `ch` in mode 2027 if there is more to it than its width: whether it did.
    pub(super) fn print_grapheme(&mut self, ch: char) -> bool {
        let joins_any = std::mem::take(&mut self.open_cluster.joins_ascii);
        if self.join_cluster(ch, joins_any) {
            return true;
        }
        self.open_cluster.tail.clear();
        self.open_cluster.joins_ascii = is_prepend(ch);
        let bare = self.open_cluster.joins_ascii && width::columns(ch) == 0;
        if bare {
            // It waits for what it belongs to in a cell of its own, or it would join what comes before it.
            self.last_printed = Some(ch);
            self.put(ch, 1);
        }
        bare
    }

    /// Joins `ch` to the cluster that was printed last, if it belongs to it.
    fn join_cluster(&mut self, ch: char, joins_any: bool) -> bool {
        // Ideographs and letters that nothing but a preceding sign takes to itself.
        let alone = matches!(ch as u32, 0..=0xa8 | 0xaa..=0xad | 0xaf..=0x2ff | 0x3041..=0x3096 | 0x30a1..=0x30fa | 0x3400..=0x9fff);
        let Some((row, col, cell)) = self.open_cell().filter(|_| joins_any || !alone) else { return false };
        let single = cell.char();
        let kept = match (&single, cell.cluster()) {
            (_, Some(index)) => self.screen.clusters.text(index),
            (Some(ch), None) => std::slice::from_ref(ch),
            (None, None) => return false,
        };
        let full = kept.len() > MAX_MARKS;
        if !full {
            self.open_cluster.tail.clear();
        }
        if !joins(Text::new(kept.iter().chain(&self.open_cluster.tail).copied()), ch) {
            return false;
        }
        let columns = width::cluster_columns(Text::new(kept.iter().copied().chain([ch])).as_str());
        self.open_cluster.joins_ascii = is_prepend(ch);
        let joined = if full { None } else { self.joined(cell, ch) };
        match joined {
            // What has no room in the cell is not shown, but what comes after it may belong to it.
            None if full => {
                if self.open_cluster.tail.len() == MAX_TAIL {
                    self.open_cluster.tail.remove(0);
                }
                self.open_cluster.tail.push(ch);
            }
            None => {}
            Some(joined) if columns == 1 + u8::from(cell.is_wide()) => {
                self.screen.grid.cells_mut(row, col..col + 1)[0] = joined;
                self.damage.mark(row, col..col + u16::from(columns));
            }
            Some(joined) => self.print_again(row, col, joined, columns),
        }
        true
    }

    /// The cell that was written last, if nothing has come between and it holds text: row, column, and what is in it.
    fn open_cell(&self) -> Option<(u16, u16, Cell)> {
        let cursor = &self.screen.cursor;
        let cells = self.screen.row(cursor.row);
        let mut col = cursor.written?;
        if col > 0 && cells.get(usize::from(col))?.is_spacer() {
            col -= 1;
        }
        let cell = *cells.get(usize::from(col))?;
        Some((cursor.row, col, cell)).filter(|_| !cell.is_spacer())
    }

    /// Prints the cluster at `col` of the cursor's row anew, as if it had had so many columns from the beginning.
    fn print_again(&mut self, row: u16, col: u16, cluster: Cell, columns: u8) {
        let old = 1 + u16::from(cluster.is_wide());
        self.screen.cursor.col = col;
        self.screen.cursor.depart();
        if self.screen.modes.has(Mode::Insert) {
            self.shift_cells(old, false);
        } else {
            // Where it has no room it leaves an empty column, as any wide character does.
            self.screen.grid.fill(row, col..col + old, Cell::EMPTY);
            self.damage.mark(row, col..col + old);
        }
        let pen = std::mem::replace(&mut self.screen.cursor.pen, cluster.as_pen());
        self.put(' ', columns.into());
        self.screen.cursor.pen = pen;
        if let (Some((row, col, cell)), Some(index)) = (self.open_cell(), cluster.cluster()) {
            self.screen.grid.cells_mut(row, col..col + 1)[0] = cell.with_cluster(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::Options;

    fn terminal(cols: u16, rows: u16, text: &str) -> Terminal {
        let mut terminal = Terminal::new(GridSize::new(cols, rows), Options::default());
        terminal.feed(b"\x1b[?2027h");
        terminal.feed(text.as_bytes());
        assert_eq!(terminal.screen().broken_rule(), None, "{text:?}");
        terminal
    }

    /// The cells of the first row up to the cursor: their text, and a `+` behind what is wide.
    fn cells(terminal: &Terminal) -> Vec<String> {
        let screen = terminal.screen();
        let row = &screen.row(0)[..usize::from(screen.cursor().pos.col)];
        let text = |cell: &Cell| match (cell.cluster(), cell.char()) {
            (Some(index), _) => screen.cluster(index).iter().collect(),
            (None, ch) => ch.map(String::from).unwrap_or_default(),
        };
        let plus = |cell: &Cell| if cell.is_wide() { "+" } else { "" };
        row.iter().filter(|cell| !cell.is_spacer()).map(|cell| text(cell) + plus(cell)).collect()
    }

    #[test]
    fn clusters_are_one_cell_of_their_width() {
        for (text, expected) in [
            ("ae\u{301}b", &["a", "e\u{301}", "b"][..]),
            ("👨\u{200d}👩\u{200d}👧x", &["👨\u{200d}👩\u{200d}👧+", "x"]),
            ("🇩🇪🇫🇷", &["🇩🇪+", "🇫🇷+"]),
            ("🇩x", &["🇩", "x"]),
            ("👍🏽☝🏽", &["👍🏽+", "☝🏽+"]),
            ("❤❤\u{fe0f}x", &["❤", "❤\u{fe0f}+", "x"]),
            ("👍\u{fe0e}x", &["👍\u{fe0e}", "x"]),
            ("1\u{fe0f}\u{20e3}2", &["1\u{fe0f}\u{20e3}+", "2"]),
            ("a\u{fe0f}", &["a\u{fe0f}"]),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1161}", &["\u{1112}\u{1161}\u{11ab}+", "\u{1100}\u{1161}+"]),
            ("\u{1100}가", &["\u{1100}가+"]),
            ("क\u{94d}षत", &["क\u{94d}ष+", "त"]),
            ("กำ", &["กำ+"]),
            (
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
                &["🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}+"],
            ),
            ("\u{600}12", &["\u{600}1+", "2"]),
            ("x\u{70f}ab", &["x", "\u{70f}a", "b"]),
            ("漢字\u{3099}か", &["漢+", "字\u{3099}+", "か+"]),
            ("©\u{fe0f}®", &["©\u{fe0f}+", "®"]),
            ("\u{1f9d1}\u{200d}©x", &["\u{1f9d1}\u{200d}©+", "x"]),
        ] {
            let whole = terminal(40, 1, text);
            assert_eq!(cells(&whole), expected, "{text:?}");
            let mut pieces = terminal(40, 1, "");
            text.bytes().for_each(|byte| pieces.feed(&[byte]));
            assert_eq!(whole.screen().difference(pieces.screen()), None, "{text:?}");
        }
    }

    #[test]
    fn without_the_mode_characters_have_their_own_columns() {
        let mut terminal = terminal(40, 1, "\x1b[?2027l👨\u{200d}👩🇩🇪👍🏽❤\u{fe0f}");
        assert_eq!(cells(&terminal), ["👨\u{200d}+", "👩+", "🇩", "🇪", "👍+", "🏽+", "❤\u{fe0f}"]);
        terminal.feed(b"\x1b[?2027h\x1b[?2027$p");
        assert_eq!(terminal.take_input(), b"\x1b[?2027;1$y");
        terminal.feed(b"\x1bc\x1b[?2027$p");
        assert_eq!(terminal.take_input(), b"\x1b[?2027;2$y");
    }

    #[test]
    fn a_motion_ends_a_cluster() {
        assert_eq!(cells(&terminal(40, 1, "🇩\x1b[C🇪x")), ["🇩", "", "🇪", "x"]);
        assert_eq!(cells(&terminal(40, 1, "🇩\x1b[31m🇪")), ["🇩🇪+"], "a rendition does not");
    }

    #[test]
    fn a_cluster_that_grows_at_the_edge_goes_to_the_next_row() {
        let grown = terminal(4, 2, "abc❤\u{fe0f}d");
        let at_once = terminal(4, 2, "abc\x1b[1;4H\x1b[X👍d");
        let place = |terminal: &Terminal| terminal.screen().cursor();
        assert_eq!((place(&grown), grown.screen().line_wrapped(0)), (place(&at_once), true));
        assert!(grown.screen().row(0)[3].is_empty() && grown.screen().row(1)[0].is_wide());
        // Without a next row it goes back.
        let kept = terminal(4, 2, "\x1b[?7labc❤\u{fe0f}");
        assert!(kept.screen().row(0)[2].is_wide() && kept.screen().cursor().pos.row == 0);
        let shrunk = terminal(4, 2, "ab👍\u{fe0e}c");
        assert!(!shrunk.screen().row(0)[2].is_wide() && shrunk.screen().row(0)[3].char() == Some('c'));
        assert_eq!(terminal(1, 2, "❤\u{fe0f}x").screen().row(1)[0].char(), Some('x'));
    }

    #[test]
    fn a_cluster_that_grows_keeps_its_looks_and_shifts_what_is_inserted_before() {
        let mut inserted = terminal(8, 1, "xyz\x1b[H\x1b[4h\x1b[31m❤\x1b[32m\u{fe0f}");
        assert!(inserted.screen().row(0)[0].is_wide());
        assert_eq!(inserted.screen().row(0)[2].char(), Some('x'));
        assert_eq!(inserted.screen().row(0)[0].fg, crate::terminal::cell::Color::indexed(1));
        inserted.feed(b"a");
        assert_eq!(inserted.screen().row(0)[2].fg, crate::terminal::cell::Color::indexed(2));
        assert_eq!(inserted.screen().row(0)[3].char(), Some('x'));
    }

    #[test]
    fn a_cluster_is_bounded_and_stays_one() {
        // Ten characters: two people of different skin, and a kiss.
        let kiss = "👨🏻\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨🏿";
        let family = "👨🏻\u{200d}👩🏻\u{200d}👧🏻\u{200d}👦🏻";
        for text in [kiss, family] {
            let kept: String = text.chars().take(1 + MAX_MARKS).collect();
            assert_eq!(cells(&terminal(40, 1, &format!("{text}x"))), [kept + "+", "x".into()]);
        }
        let mut long = terminal(40, 1, "a");
        (0..100_000).for_each(|_| long.feed("\u{301}".as_bytes()));
        long.feed("\u{200d}b".as_bytes());
        let [first, b] = &cells(&long)[..] else { panic!("two cells") };
        assert_eq!((first.chars().count(), b.as_str()), (1 + MAX_MARKS, "b"));
        assert!(long.open_cluster.tail.capacity() <= 2 * MAX_TAIL);
    }

    #[test]
    fn repeating_repeats_the_character_as_xterm_does() {
        assert_eq!(cells(&terminal(40, 1, "e\u{301}\x1b[2b")), ["e\u{301}", "e", "e"]);
        assert_eq!(cells(&terminal(40, 1, "👍🏽\x1b[1b")), ["👍🏽+", "👍+"]);
    }
}
