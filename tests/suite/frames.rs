//! Painting: exact pictures of small screens, and the properties that make damage worth its name.

use std::path::PathBuf;
use std::sync::Arc;

use vncterm::font::{Font, FontOptions, Typeface};
use vncterm::geometry::{GridSize, Rect, Size};
use vncterm::render::{Blinks, Look, Painter};
use vncterm::surface::{Frame, FrameDamage, Move, Seq, Surface};
use vncterm::terminal::{Damage, Options, Terminal};

/// A terminal with its picture.
struct Console {
    terminal: Terminal,
    damage: Damage,
    painter: Painter,
    surface: Surface,
    look: Look,
}

impl Console {
    fn new(size: GridSize, font: Font) -> Self {
        let terminal = Terminal::new(size, Options::default());
        let painter = Painter::new(font, size);
        let surface = painter.new_surface(terminal.screen());
        Self { terminal, damage: Damage::default(), painter, surface, look: Look::default() }
    }

    fn feed(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.terminal.feed(bytes.as_ref());
        self
    }

    fn resize(&mut self, size: GridSize) {
        self.terminal.resize(size);
        let background = self.terminal.screen().palette().background().to_u32();
        self.surface.resize(self.painter.picture_size(size), self.painter.cell(), background);
    }

    fn frame(&mut self) -> Arc<Frame> {
        self.terminal.take_damage(&mut self.damage);
        self.painter.paint(self.terminal.screen(), &self.damage, self.look, &mut self.surface);
        self.surface.publish()
    }

    /// What the last bytes changed in the frame before.
    fn change(&mut self, bytes: impl AsRef<[u8]>) -> FrameDamage {
        let before = self.frame().seq();
        self.feed(bytes).frame().damage_since(before)
    }

    /// The same screen painted by somebody who has painted nothing before.
    fn painted_anew(&self, font: Font) -> Arc<Frame> {
        let screen = self.terminal.screen();
        let mut painter = Painter::new(font, screen.size());
        let mut surface = Surface::new(self.surface.size(), painter.cell(), 0x123456);
        painter.paint(screen, &Damage::all(screen.size()), self.look, &mut surface);
        surface.publish()
    }
}

/// Where frames differ first.
fn difference(a: &Frame, b: &Frame) -> Option<String> {
    if a.size() != b.size() {
        return Some(format!("{} and {}", a.size(), b.size()));
    }
    let places = (0..a.size().height).flat_map(|y| (0..a.size().width).map(move |x| (x, y)));
    let differs = |&(x, y): &(u32, u32)| a.row(y)[x as usize] != b.row(y)[x as usize];
    let tile = a.tile();
    places.into_iter().find(differs).map(|(x, y)| format!("row {} column {}", y / tile.height, x / tile.width))
}

// ---- exact pictures ------------------------------------------------------------------------------------------------

/// A face of few letters, drawn by hand, so that the pictures depend on nothing but painting: see tests/frames/face.txt.
fn face() -> Vec<u8> {
    let text = include_str!("../frames/face.txt");
    let mut glyphs: Vec<(char, Vec<u8>)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('%')) {
        match line.strip_prefix("glyph ").and_then(|rest| rest.chars().next()) {
            Some(ch) => glyphs.push((ch, Vec::new())),
            None => {
                let bits = line.bytes().take(8).enumerate().fold(0, |bits, (x, byte)| match byte {
                    b'#' => bits | 0x80 >> x,
                    _ => bits,
                });
                glyphs.last_mut().expect("a glyph's name comes first").1.push(bits);
            }
        }
    }
    let mut psf = vec![0x72, 0xb5, 0x4a, 0x86];
    for field in [0, 32, 1, glyphs.len() as u32, 16, 16, 8] {
        psf.extend(u32::to_le_bytes(field));
    }
    for (ch, rows) in &glyphs {
        assert_eq!(rows.len(), 16, "glyph {ch:?}");
        psf.extend(rows);
    }
    for (ch, _) in &glyphs {
        psf.extend(ch.to_string().bytes());
        psf.push(0xff);
    }
    psf
}

fn test_font(scale: u32) -> Font {
    let face = Typeface::read(&face()).expect("a sound PSF2 file");
    Font::new(FontOptions { faces: &[face], scale, ..FontOptions::default() }).expect("a scale from 1 to 4")
}

/// Compares with tests/frames/NAME.ppm, or writes it when `BLESS` is set.
fn check_frame(name: &str, frame: &Frame) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/frames").join(name).with_extension("ppm");
    let mut ppm = format!("P6\n{} {}\n255\n", frame.size().width, frame.size().height).into_bytes();
    ppm.extend(frame.rows(frame.size().rect()).flatten().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1)));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, ppm).expect("the picture can be written");
    } else {
        let expected = std::fs::read(&path).unwrap_or_default();
        assert!(expected == ppm, "{name} is not painted as in {}; BLESS=1 rewrites it", path.display());
    }
}

/// One small screen for each matter: name, columns, rows, what the guest sent.
const PICTURES: &[(&str, u16, u16, &str)] = &[
    ("colors", 8, 2, "\x1b[31mA\x1b[42mb\x1b[97;104mg\x1b[38;5;208mA\x1b[38;2;1;200;90mb\x1b[0;7mg\x1b[27;100mA"),
    ("bold_and_dim", 8, 2, "\x1b[34mA\x1b[1mb\x1b[0;1mg\x1b[0;2mA\x1b[31mb\x1b[7mg\x1b[0;8mA"),
    ("underlines", 8, 3, "\x1b[4mAg\x1b[21mgg\x1b[4:3mAg\r\n\x1b[4:4mAg\x1b[4:5mgg\x1b[58;5;9;4:3mAg\x1b[4:1mg"),
    ("strike_and_overline", 8, 2, "\x1b[9mAb\x1b[29;53mgg\x1b[9;4;33mb \x1b[7m A"),
    ("boxes", 8, 3, "┌─┬─┐█▒\r\n│A│b│░\r\n└─┴─┘▄"),
    ("wide_and_combining", 8, 2, "Ａb\x1b[7mｇ\x1b[0mb\u{301}g\u{308}"),
    ("double_size", 8, 4, "\x1b#3Ab\x1b[4mg\r\n\x1b#4Ab\x1b[4mg\r\n\x1b[m\x1b#6AgＡ\r\nAbg"),
    ("reverse_screen", 8, 2, "\x1b[?5hAb\x1b[31mg\x1b[44mA\x1b[0;7mb"),
    (
        "palette",
        8,
        2,
        "\x1b]4;1;#8040ff\x1b\\\x1b]10;#ffff00\x1b\\\x1b]11;#203040\x1b\\\x1b]12;#00ff00\x1b\\A\x1b[31mb",
    ),
    ("cursor_block", 4, 1, "Ab\x1b[4mg\x1b[1;3H"),
    ("cursor_underline", 4, 1, "\x1b[4 qAb\x1b[H"),
    ("cursor_bar", 4, 1, "\x1b[6 qAb\x1b[H"),
    ("cursor_wide", 4, 1, "\x1b[2 qbＡ\x1b[1;3H"),
    (
        "sixel",
        8,
        3,
        "A\x1bPq#1;2;100;0;0#2;1;0;50;100#3;2;0;80;20!20~$#2!10?!10G-#3!20~-#2!3~#1!3~#3!14~-#2!20~\x1b\\b\x1b[3;2H\x1b[4mg",
    ),
    (
        "sixel_over",
        6,
        2,
        "\x1b[44mAbgAbg\x1b[H\x1bPq#1;2;100;100;0!24F-!24F-!24F\x1b\\\x1b[1;2H\x1bP;1q#2;2;0;100;100!12o-!12B\x1b\\",
    ),
    (
        "sixel_double",
        6,
        3,
        "\x1b#3\x1bP;1q#1~?~?~?~?~?~?~-#2~~~~-#2N??N??N\x1b\\\r\n\x1b#4\x1bP;1q#1@AC~?~?~-#3~-NNNN\x1b\\\r\n\x1b#6\x1bPq#3~?~?~?~?~!9?~\x1b\\",
    ),
    ("cursor_on_picture", 4, 1, "\x1bPq#1!24~-!24~-!24N\x1b\\\x1b[1;2H"),
    ("cursor_hidden", 4, 1, "Ab\x1b[H\x1b[?25l"),
];

#[test]
fn pictures_are_exact() {
    for (name, cols, rows, bytes) in PICTURES {
        let mut console = Console::new(GridSize::new(*cols, *rows), test_font(1));
        check_frame(name, &console.feed(bytes).frame());
    }
}

#[test]
fn pictures_at_scale_two_and_without_focus_are_exact() {
    let mut console = Console::new(GridSize::new(5, 2), test_font(2));
    check_frame("scale_two", &console.feed("\x1b[4:3mAg\x1b[m┌┐\r\n\x1b[6 q").frame());
    let mut console = Console::new(GridSize::new(4, 1), test_font(1));
    console.look.focused = false;
    check_frame("cursor_hollow", &console.feed("AbＡ\x1b[1;3H").frame());
}

#[test]
fn pictures_of_blinking_and_of_raised_text_are_exact() {
    let mut console = Console::new(GridSize::new(8, 1), test_font(1));
    (console.look.blink_on, console.look.rapid_on) = (false, true);
    check_frame("blink_off", &console.feed("\x1b[5mA\x1b[6mb\x1b[mg\x1b[4;5mAb\x1b[7m g").frame());
    let mut console = Console::new(GridSize::new(8, 2), Font::default());
    check_frame("raised", &console.feed("x\x1b[73m2\x1b[m H\x1b[74m2\x1b[mO\r\n\x1b[74;4mi\x1b[73m漢\x1b[7mq").frame());
    let mut console = Console::new(GridSize::new(16, 1), Font::default());
    check_frame(
        "clusters",
        &console
            .feed("A\u{30a}\u{301}q\u{307}\u{323}\u{1112}\u{1161}\u{11ab}a\u{20dd}1\u{20e3}x\u{fe0f}e\u{338}")
            .frame(),
    );
}

#[test]
fn what_is_larger_than_the_screen_has_a_margin() {
    let mut console = Console::new(GridSize::new(3, 1), test_font(1));
    console.surface = Surface::new(Size::new(3 * 8 + 13, 16 + 21), Size::new(8, 16), 0xff00ff);
    check_frame("margin", &console.feed("Abg").frame());
    let damage = console.change("\x1b]11;#404040\x1b\\");
    assert_eq!(damage.dirty.bounds(), console.surface.size().rect());
    // And what is smaller shows a part.
    console.surface = Surface::new(Size::new(13, 9), Size::new(8, 16), 0xff00ff);
    console.painter = Painter::new(test_font(1), GridSize::new(3, 1));
    check_frame("cut_off", &console.frame());
}

/// The terminal decides how many columns a character takes, and the font's files were cut beforehand: both must agree.
#[test]
fn fallback_glyphs_are_as_wide_as_the_terminal_says() {
    let squeezed = |code| matches!(code, 0x2000..0x2e80 | 0x1f000..0x1fc00);
    let is_mark = |code| matches!(code, 0x3000..0x3100 | 0x20d0..0x2100);
    let mut narrowed = 0;
    for (ch, wide) in Font::fallback() {
        let code = u32::from(ch);
        let columns = vncterm::terminal::width::columns(ch);
        match (columns, wide) {
            (1, true) if squeezed(code) => narrowed += 1,
            (0, true) => assert!(is_mark(code), "U+{code:04X}"),
            // Watch, star, dice: drawn small, in the middle of two cells.
            (2, false) => assert!(squeezed(code), "U+{code:04X}"),
            (_, wide) => assert_eq!(wide, columns == 2, "U+{code:04X}"),
        }
    }
    assert!((1000..3000).contains(&narrowed), "{narrowed} symbols are squeezed into one column");
}

// ---- what is dirty -------------------------------------------------------------------------------------------------

/// The cell in `col` and `row` of a console with the test font.
fn cell(col: u32, row: u32) -> Rect {
    Rect::new(col * 8, row * 16, 8, 16)
}

#[test]
fn one_changed_cell_is_one_rectangle() {
    let mut console = Console::new(GridSize::new(10, 4), test_font(1));
    console.feed("\x1b[?25lAbAbAbAb\x1b[H");
    let damage = console.change("\x1b[1;3Hg");
    assert_eq!((damage.moves.len(), damage.dirty.rects()), (0, &[cell(2, 0)][..]));
    let damage = console.change("\x1b[3;10Hg");
    assert_eq!(damage.dirty.rects(), [cell(9, 2)]);
}

#[test]
fn what_is_written_again_is_not_dirty() {
    let mut console = Console::new(GridSize::new(10, 4), test_font(1));
    console.feed("\x1b[?25lAb\x1b[31mAb e\u{301}Ａ");
    let damage = console.change("\x1b[H\x1b[2J\x1b[mAb\x1b[31mAb\x1b[32m \x1b[31me\u{301}Ａ");
    assert!(damage.is_empty(), "{damage:?}");
    let damage = console.change("\x1b[1;6He\u{302}");
    assert_eq!(damage.dirty.rects(), [cell(5, 0)], "another mark is another text");
    assert!(console.change("\x1b[?5h\x1b[?5l").is_empty());
}

#[test]
fn a_moved_cursor_is_two_cells() {
    let mut console = Console::new(GridSize::new(10, 4), test_font(1));
    console.feed("AbAＡA");
    let damage = console.change("\x1b[3;4H");
    assert_eq!(damage.dirty.rects(), [cell(6, 0), cell(3, 2)]);
    let damage = console.change("\x1b[1;5H");
    assert_eq!(damage.dirty.rects(), [Rect::new(3 * 8, 0, 16, 16), cell(3, 2)], "a wide character has two cells");
    let damage = console.change("g");
    assert_eq!(damage.dirty.rects(), [Rect::new(3 * 8, 0, 24, 16)]);
    assert_eq!(console.change("\x1b[?25l").dirty.rects(), [cell(5, 0)]);
    assert!(console.change("\x1b[2;2H").is_empty(), "a hidden cursor is nowhere");
}

#[test]
fn a_scroll_is_a_move_and_the_new_line() {
    let mut console = Console::new(GridSize::new(10, 4), test_font(1));
    console.feed("\x1b[?25lA\r\nb\r\ng\r\nx");
    let damage = console.change("\r\ny");
    let all = console.surface.size().rect();
    assert_eq!(damage.moves, [Move { area: all, dx: 0, dy: -16 }]);
    assert_eq!(damage.dirty.rects(), [Rect::new(0, 48, 80, 16)]);
}

#[test]
fn the_cursor_does_not_stay_behind_when_its_cell_scrolls() {
    let mut console = Console::new(GridSize::new(10, 4), test_font(1));
    console.feed("A\r\nb\r\ng\r\nAb");
    let damage = console.change("\ng");
    assert_eq!(damage.moves.len(), 1);
    assert_eq!(damage.dirty.rects(), [cell(2, 2), Rect::new(0, 48, 80, 16)]);
    assert_eq!(difference(&console.frame(), &console.painted_anew(test_font(1))), None);
}

#[test]
fn equal_lines_that_scroll_are_not_painted() {
    let mut console = Console::new(GridSize::new(10, 4), test_font(1));
    console.feed("\x1b[?25lAb\r\nAb\r\nAb\r\nAb");
    assert!(console.change("\r\nAb").is_empty());
    // All but one line equal: cheaper without the move.
    console.feed("\x1b[2;1Hg\x1b[4;3H");
    let damage = console.change("\r\nAb");
    assert_eq!(damage.moves, []);
    assert_eq!(damage.dirty.rects(), [Rect::new(0, 0, 8, 32)]);
}

#[test]
fn blinking_is_seen_and_known() {
    let mut console = Console::new(GridSize::new(10, 2), test_font(1));
    console.feed("\x1b[?25lA\x1b[5mb").frame();
    let blinks = |slowly, rapidly| Blinks { slowly, rapidly };
    assert_eq!(console.painter.blinks(console.terminal.screen()), blinks(true, false));
    console.look.blink_on = false;
    assert_eq!(console.change("").dirty.rects(), []);
    console.look.blink_on = true;
    let before = console.frame().seq();
    assert_eq!(before, Seq(3));
    console.look.blink_on = false;
    assert_eq!(console.frame().damage_since(before).dirty.rects(), [cell(1, 0)]);
    console.feed("\x1b[H\x1b[m\x1b[2J").frame();
    assert_eq!(console.painter.blinks(console.terminal.screen()), blinks(false, false));
    console.feed("\x1b[5m \x1b[6mbg\x1b[4m ").frame();
    assert_eq!(console.painter.blinks(console.terminal.screen()), blinks(false, true), "a blank does not blink");
    let before = console.frame().seq();
    console.look.rapid_on = false;
    let dirty = console.frame().damage_since(before).dirty;
    assert_eq!(dirty.rects(), [Rect::new(8, 0, 24, 16)], "lines blink with their text");
}

#[test]
fn the_link_under_the_pointer_is_underlined() {
    let mut console = Console::new(GridSize::new(10, 4), test_font(1));
    console.feed("\x1b[?25lAbgAbg\r\n\x1b[4mAbg\x1b[m x\r\n漢b");
    let before = console.frame().seq();
    console.painter.set_hovered(vec![(0, 2..4), (1, 0..2), (2, 0..1)]);
    let frame = console.frame();
    check_frame("hovered", &frame);
    let dirty = frame.damage_since(before).dirty;
    assert_eq!(dirty.rects(), [Rect::new(16, 0, 16, 16), Rect::new(0, 16, 16, 32)]);
    assert!(console.change("").is_empty());
    // What scrolls away from below the pointer is no link any more.
    console.feed("\x1b[4;1H\n").frame();
    console.painter.set_hovered(Vec::new());
    assert_eq!(difference(&console.frame(), &console.painted_anew(test_font(1))), None);
}

// ---- properties ----------------------------------------------------------------------------------------------------

/// Numbers that look random and are the same each time (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32 % end
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u32) as usize]
    }

    /// Something that a guest might send; most of it does something.
    fn bytes(&mut self) -> Vec<u8> {
        const TEXT: &[&str] = &[
            "A",
            "b",
            "gx",
            " ",
            "Ab Ab Ab",
            "é",
            "e\u{301}",
            "e\u{302}\u{308}",
            "漢",
            "字字",
            "│",
            "\r\n",
            "\n",
            "\t",
            "\x08",
            "\r",
            "AbgxAbgxAbgxAbgx",
        ];
        const PLAIN: &[&str] = &[
            "\x1bM",
            "\x1bD",
            "\x1bE",
            "\x1b7",
            "\x1b8",
            "\x1b#3",
            "\x1b#4",
            "\x1b#5",
            "\x1b#6",
            "\x1b#8",
            "\x1bc",
            "\x1b[?5h",
            "\x1b[?5l",
            "\x1b[?1049h",
            "\x1b[?1049l",
            "\x1b[?25l",
            "\x1b[?25h",
            "\x1b[2 q",
            "\x1b[3 q",
            "\x1b[5 q",
            "\x1b]4;1;#123456\x1b\\",
            "\x1b]104\x1b\\",
            "\x1b]11;#102030\x1b\\",
            "\x1b]111\x1b\\",
            "\x1b]12;#ff0000\x1b\\",
            "\x1b[58;5;3m",
            "\x1bPq#1!20~-#2!9~-!9~\x1b\\",
            "\x1bP;1q#1!25B\x1b\\",
            "\x1b[?80h",
            "\x1b[?80l",
            "\x1b[59m",
            "\x1b[4:3m",
            "\x1b[?69h",
            "\x1b[4h",
            "\x1b[4l",
        ];
        match self.below(10) {
            0..5 => self.pick(TEXT).into(),
            5 => self.pick(PLAIN).into(),
            6 => format!("\x1b[{}m", self.pick(&[0, 1, 2, 3, 4, 5, 7, 8, 9, 21, 31, 42, 53, 95, 104])).into(),
            7 => format!("\x1b[{};{}H", self.below(9), self.below(25)).into(),
            8 => format!("\x1b[{};{}r", self.below(5), self.below(9)).into(),
            _ => format!("\x1b[{}{}", self.below(5), self.pick(&['@', 'J', 'K', 'L', 'M', 'P', 'S', 'T', 'X', 'b']))
                .into(),
        }
    }
}

#[test]
fn repainting_the_damage_equals_painting_anew() {
    for seed in 1..25 {
        let random = &mut Random(seed * 0x9e37_79b9);
        let mut console =
            Console::new(GridSize::new(1 + random.below(24) as u16, 1 + random.below(8) as u16), test_font(1));
        let mut sent = Vec::new();
        for _ in 0..60 {
            for _ in 0..random.below(8) {
                let bytes = random.bytes();
                console.feed(&bytes);
                sent.push(String::from_utf8_lossy(&bytes).into_owned());
            }
            match random.below(30) {
                0 => console.resize(GridSize::new(1 + random.below(24) as u16, 1 + random.below(8) as u16)),
                1 => console.look.focused ^= true,
                2 => console.look.blink_on ^= true,
                3 => console.look.rapid_on ^= true,
                _ => {}
            }
            let frame = console.frame();
            let place = difference(&frame, &console.painted_anew(test_font(1)));
            assert_eq!(place, None, "seed {seed}, after {sent:?}");
        }
    }
}

#[test]
fn dirty_cells_are_cells_that_differ() {
    for seed in 1..25 {
        let random = &mut Random(seed * 0x51_7cc1);
        let mut console = Console::new(GridSize::new(20, 6), test_font(1));
        // Letters that differ from each other, one colour, no cursor: what looks different has different pixels. And
        // no wrapping, which might scroll.
        console.feed("\x1b[?25l\x1b[?7l");
        let mut before = console.frame();
        for _ in 0..80 {
            for _ in 0..random.below(4) {
                let (row, col) = (random.below(6) + 1, random.below(20) + 1);
                console
                    .feed(format!("\x1b[{row};{col}H{}", random.pick(&["A", "bg", "Abgx", " ", "\x1b[K", "\x1b[3X"])));
            }
            let frame = console.frame();
            let cells = (0..6).flat_map(|row| (0..20).map(move |col| cell(col, row)));
            let dirty = frame.damage_since(before.seq()).dirty;
            for cell in cells {
                let differs = !frame.rows(cell).eq(before.rows(cell));
                assert_eq!(dirty.contains(cell), differs, "seed {seed}: {cell:?}");
            }
            before = frame;
        }
    }
}

// ---- a tool --------------------------------------------------------------------------------------------------------

/// Renders a file of bytes to a picture, to be looked at:
/// `SNAPSHOT=in.bin:out.png:80x24:2:18 cargo test --test suite snapshot -- --ignored` (the size of the screen, the scale
/// and the height of a cell may be left out).
#[test]
#[ignore = "a tool"]
fn snapshot() {
    let arguments = std::env::var("SNAPSHOT").expect("SNAPSHOT=IN:OUT[:COLSxROWS[:SCALE[:HEIGHT]]]");
    let words: Vec<&str> = arguments.split(':').collect();
    let number = |text: Option<&str>, default| text.and_then(|text| text.parse().ok()).unwrap_or(default);
    let (cols, rows) = words.get(2).and_then(|size| size.split_once('x')).unzip();
    let size = GridSize::new(number(cols, 80), number(rows, 24));
    let scale = u32::from(number(words.get(3).copied(), 1));
    let cell_height = words.get(4).and_then(|height| height.parse().ok());
    let font = Font::new(FontOptions { scale, cell_height, ..FontOptions::default() }).expect("a scale from 1 to 4");
    let mut console = Console::new(size, font);
    let frame = console.feed(std::fs::read(words[0]).expect("a file of bytes")).frame();
    let file = std::fs::File::create(words[1]).expect("a file for the picture");
    let mut encoder = png::Encoder::new(file, frame.size().width, frame.size().height);
    encoder.set_color(png::ColorType::Rgb);
    let pixels = frame.rows(frame.size().rect()).flatten().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1));
    let mut writer = encoder.write_header().expect("a picture of sound size");
    writer.write_image_data(&pixels.collect::<Vec<u8>>()).expect("as many bytes as pixels");
}
