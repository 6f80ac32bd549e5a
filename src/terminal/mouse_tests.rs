//! Tests of `mouse.rs`.

use super::*;
use crate::geometry::GridSize;
use crate::terminal::Options;

const RECORDED: &str = include_str!("../../tests/keys/mouse.txt");

/// The pointer of the recording: moves, presses and releases one after the other.
#[derive(Default)]
struct Script {
    state: MouseState,
    pointer: CellPointer,
    modes: MouseModes,
}

impl Script {
    fn start(modes: MouseModes) -> Self {
        let mut script = Self { modes, ..Self::default() };
        script.play("@1,1");
        script
    }

    fn play(&mut self, strokes: &str) -> Vec<u8> {
        let mut out = Vec::new();
        for stroke in strokes.split(' ') {
            let (kind, rest) = stroke.split_at(1);
            match kind {
                "@" => {
                    let (col, row) = rest.split_once(',').expect("column and row");
                    let pos = CellPos { col: col.parse().expect("a column"), row: row.parse().expect("a row") };
                    self.pointer.pixel = Point { x: u32::from(pos.col) * 6 + 2, y: u32::from(pos.row) * 13 + 5 };
                    self.pointer.pos = pos;
                }
                "+" | "-" => self.pointer.buttons ^= 1 << (rest.parse::<u32>().expect("a button") - 1),
                _ => {
                    let modifiers = &mut self.pointer.modifiers;
                    let modifier = match rest {
                        "Shift_L" => &mut modifiers.shift,
                        "Alt_L" => &mut modifiers.alt,
                        _ => &mut modifiers.control,
                    };
                    *modifier = kind == "[";
                }
            }
            self.state.report(self.pointer, self.modes, &mut out);
        }
        out
    }
}

fn shown(bytes: &[u8]) -> String {
    let hidden = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'\\' | b'-');
    let show = |&byte| if hidden(byte) { format!("\\x{byte:02x}") } else { char::from(byte).to_string() };
    if bytes.is_empty() { "-".into() } else { bytes.iter().map(show).collect() }
}

#[test]
fn the_mouse_reports_what_xterm_reports() {
    let (mut script, mut compared) = (Script::default(), 0);
    for line in RECORDED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(mode) = line.strip_prefix("mode ") {
            let (tracking, encoding) = mode.split_once(' ').expect("tracking and encoding");
            script = Script::start(MouseModes {
                tracking: match tracking {
                    "9" => Tracking::X10,
                    "1000" => Tracking::Normal,
                    "1002" => Tracking::Button,
                    _ => Tracking::Any,
                },
                encoding: match encoding {
                    "1005" => Encoding::Utf8,
                    "1006" => Encoding::Sgr,
                    "1015" => Encoding::Urxvt,
                    "1016" => Encoding::SgrPixels,
                    _ => Encoding::Bytes,
                },
            });
            continue;
        }
        let (strokes, xterms) = line.rsplit_once(' ').expect("a script and bytes");
        let strokes = strokes.trim_end();
        assert_eq!(shown(&script.play(strokes)), xterms, "{strokes} in {:?}", script.modes);
        compared += 1;
    }
    assert!(compared > 250, "{compared}");
}

#[test]
fn nothing_is_told_unless_asked_for() {
    let mut script = Script::start(MouseModes::default());
    assert_eq!(script.play("@5,3 +1 @6,3 -1 +4 -4"), b"");
}

#[test]
fn a_terminal_reports_in_the_modes_it_is_in() {
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
    let click = CellPointer { pos: CellPos { row: 2, col: 4 }, buttons: 1, ..CellPointer::default() };
    let mut reported = |output: &[u8]| {
        terminal.feed(output);
        let wanted = terminal.wants_pointer();
        terminal.pointer(click);
        terminal.pointer(CellPointer { buttons: 0, ..click });
        let reports = shown(&terminal.take_input());
        assert_eq!(wanted, reports != "-");
        reports
    };
    assert_eq!(reported(b""), "-");
    assert_eq!(reported(b"\x1b[?9h"), "\\x1b[M\\x20%#");
    assert_eq!(reported(b"\x1b[?1000h"), "\\x1b[M\\x20%#\\x1b[M#%#");
    assert_eq!(reported(b"\x1b[?1006h"), "\\x1b[<0;5;3M\\x1b[<0;5;3m");
    assert_eq!(reported(b"\x1b[?1002;1015h"), "\\x1b[32;5;3M\\x1b[35;5;3M");
    assert_eq!(reported(b"\x1b[?1016h"), "\\x1b[<0;1;1M\\x1b[<0;1;1m");
    assert_eq!(reported(b"\x1bc"), "-");
}

#[test]
fn motion_within_a_cell_is_told_in_pixels_only() {
    for (encoding, want) in [(Encoding::Sgr, ""), (Encoding::SgrPixels, "\x1b[<35;9;20M")] {
        let mut script = Script::start(MouseModes { tracking: Tracking::Any, encoding });
        let mut out = Vec::new();
        let moved = CellPointer { pixel: Point { x: 8, y: 19 }, ..script.pointer };
        script.state.report(moved, script.modes, &mut out);
        script.state.report(moved, script.modes, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), want);
    }
}

#[test]
fn one_event_may_move_and_press_and_release() {
    let mut script = Script::start(MouseModes { tracking: Tracking::Any, encoding: Encoding::Sgr });
    script.play("+1");
    let mut out = Vec::new();
    let event = CellPointer { pos: CellPos { row: 4, col: 9 }, buttons: 0b100, ..script.pointer };
    script.state.report(event, script.modes, &mut out);
    assert_eq!(String::from_utf8_lossy(&out), "\x1b[<32;10;5M\x1b[<0;10;5m\x1b[<2;10;5M");
}

#[test]
fn far_places_are_told_as_far_as_they_can_be() {
    let far = CellPointer {
        pos: CellPos { row: u16::MAX, col: u16::MAX },
        pixel: Point { x: u32::MAX, y: u32::MAX },
        buttons: u16::MAX,
        ..CellPointer::default()
    };
    for (encoding, first) in [
        (Encoding::Bytes, &b"\x1b[MC\0\0"[..]),
        (Encoding::Utf8, b"\x1b[MC\0\0"),
        (Encoding::Sgr, b"\x1b[<35;65536;65536M"),
        (Encoding::Urxvt, b"\x1b[67;65536;65536M"),
        (Encoding::SgrPixels, b"\x1b[<35;65536;65536M"),
    ] {
        let mut out = Vec::new();
        MouseState::default().report(far, MouseModes { tracking: Tracking::Any, encoding }, &mut out);
        assert!(out.starts_with(first), "{}", shown(&out));
        // Motion and the eleven buttons.
        assert!(out.len() <= 12 * b"\x1b[<163;65536;65536M".len());
    }
}

#[test]
fn on_the_alternate_screen_the_wheel_may_move_the_cursor() {
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
    let mut turned = |output: &[u8], buttons| {
        terminal.feed(output);
        terminal.pointer(CellPointer { buttons, ..CellPointer::default() });
        terminal.pointer(CellPointer::default());
        terminal.take_input().escape_ascii().to_string()
    };
    assert_eq!(turned(b"\x1b[?1007h", WHEEL_UP), "", "not on the primary screen");
    assert_eq!(turned(b"\x1b[?1049h", WHEEL_UP), "\\x1b[A".repeat(5));
    assert_eq!(turned(b"\x1b[?1h", WHEEL_DOWN), "\\x1bOB".repeat(5), "DECCKM");
    assert_eq!(turned(b"", 0b111), "", "buttons are not the wheel");
    assert_eq!(turned(b"\x1b[?1000h\x1b[?1006h", WHEEL_UP), "\\x1b[<64;1;1M", "who takes the pointer has it");
    assert_eq!(turned(b"\x1b[?1000;1007l", WHEEL_UP), "");
}

#[test]
fn highlight_tracking_is_refused() {
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
    terminal.feed(b"\x1b[?1000h\x1b[?1001h\x1b[?1001$p");
    assert!(terminal.wants_pointer(), "what was on stays on");
    assert_eq!(terminal.take_input(), b"\x1b[?1001;0$y");
}
