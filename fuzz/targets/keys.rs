//! Keys, pointers and cut texts: a viewer's keyboard stays tidy and small, and what it types is what a keyboard can type.

use std::collections::HashSet;
use std::time::Instant;

use vncterm::geometry::{CellPos, GridSize, Point};
use vncterm::input::chord::Target as Seen;
use vncterm::input::cut_text::{decode_cut_text, typed};
use vncterm::input::keyboard::{Keyboard, MAX_KEYS, Outcome};
use vncterm::input::leader::{self, LeaderKey};
use vncterm::input::pressed::{MAX_PRESSED, Pressed};
use vncterm::input::{KeyEvent, Keysym, Modifiers};
use vncterm::terminal::mouse::CellPointer;
use vncterm::terminal::{KeyTable, Options, Terminal};

use super::Target;

pub const TARGET: Target = Target { name: "keys", run: keys, seeds, words: WORDS, max_len: 2_048 };

/// An event is six bytes: what and modifiers, the keycode, the keysym.
const EVENT: usize = 6;
const WORDS: &[&[u8]] = &[
    b"\x01\x1d\0\0\xff\xe3",
    b"\x01\x38\0\0\xff\xe9",
    b"\x01\x3b\0\0\xff\xbe",
    b"\x01\0\0\0\xff\xe3\0\0\0\0\xff\xe3\x01\0\0\0\xff\xe3\0\0\0\0\xff\xe3",
    b"\x00\x3b\0\0\xff\xbe",
    b"\x01\0\0\0\xff\xe1",
    b"\x01\0\0\0\0A",
    b"\x00\0\0\0\0a",
    b"\x01\0\0\0\xfe\x51",
    b"\x01\0\0\0\xff\xb5",
    b"\x02\0",
    b"\x04\0",
    b"\x08\0\0\x01\x02\x01",
    b"\x10\x1b[?1003h\x1b[?1006h",
    b"\x10\x1b=\x1b[?1h",
    b"\x10\x1b[=9u",
    b"\x10\x1b[>3u",
    b"\x10\x1b[>4;\x103m\0\0\0",
    b"\x10\x1b[>4;\x101f\0\0\0",
];

fn seeds() -> Vec<Vec<u8>> {
    vec![WORDS.concat(), b"\x01\0\0\0\xfe\x51\x01\0\0\0\0e\x02\0\0\0\0\0".to_vec()]
}

/// A key as a display knows it.
type Key = (Keysym, Option<u32>);

/// A viewer of a console or of a proxied screen, with the keys that are down there.
struct Viewer {
    keyboard: Keyboard,
    seen: Seen,
    down: HashSet<Key>,
}

/// Plays the events of `data`.
pub fn keys(data: &[u8]) {
    let viewer = |seen| Viewer {
        keyboard: Keyboard::new(true, LeaderKey::parse(leader::DEFAULT).ok()),
        seen,
        down: HashSet::new(),
    };
    let mut viewers = [viewer(Seen::Graphical), viewer(Seen::Text)];
    let mut pressed = Pressed::default();
    // Whose keyboard it is follows from the whole, so that a change of any byte may change it.
    let sum = data.iter().fold(0usize, |sum, byte| sum.wrapping_add((*byte).into()));
    let keys = KeyTable::ALL[sum % KeyTable::ALL.len()];
    let options = Options { keys, backspace_bs: sum % 2 == 0, ..Options::default() };
    let mut terminal = Terminal::new(GridSize::new(80, 24), options);
    for event in data.chunks_exact(EVENT) {
        let keysym = Keysym(u32::from_be_bytes([event[2], event[3], event[4], event[5]]));
        let key = KeyEvent {
            keysym,
            keycode: (event[1] != 0).then_some(event[1].into()),
            down: event[0] & 1 != 0,
            repeat: false,
        };
        match event[0] & 0x1e {
            0x02 => {
                pressed.release_all();
                assert!(pressed.release_all().is_empty());
                viewers.iter_mut().for_each(Viewer::leave);
            }
            0x04 => pressed.hold_back(key),
            0x08 => point(&mut terminal, event),
            0x10 => terminal.feed(&event[1..]),
            _ => {
                pressed.update(key);
                viewers.iter_mut().for_each(|viewer| viewer.key(key, &mut terminal));
            }
        }
        assert!(pressed.len() <= MAX_PRESSED);
        terminal.take_input();
    }
    let text = decode_cut_text(data);
    assert!(typed(&text).all(|ch| !ch.is_control() || matches!(ch, '\r' | '\t')));
}

impl Viewer {
    fn key(&mut self, key: KeyEvent, terminal: &mut Terminal) {
        match self.keyboard.event(key, self.seen, Instant::now(), |vt| vt < 8) {
            Outcome::Keys(events, held) => {
                assert!(!events.is_empty() && events.len() <= MAX_KEYS);
                for event in events {
                    terminal.key(&event, held);
                    self.tell(event);
                }
            }
            Outcome::Switch(vt) => {
                assert!((1..8).contains(&vt));
                self.leave();
            }
            Outcome::Paste | Outcome::People(_) | Outcome::Nothing => {}
        }
    }

    fn leave(&mut self) {
        for event in self.keyboard.leave() {
            assert!(!event.down);
            self.tell(event);
        }
        assert!(self.down.is_empty(), "a key stays down");
    }

    /// What the display hears: a release has had its press. A console does not care, and its dead keys make other keys of
    /// the presses.
    fn tell(&mut self, event: KeyEvent) {
        let key = (event.keysym, event.keycode);
        if self.seen == Seen::Text {
            return;
        }
        if event.down {
            self.down.insert(key);
        } else {
            assert!(self.down.remove(&key), "a release without a press");
        }
        assert!(self.down.len() <= MAX_PRESSED);
    }
}

fn point(terminal: &mut Terminal, event: &[u8]) {
    let modifiers = Modifiers { shift: event[1] & 1 != 0, control: event[1] & 2 != 0, ..Modifiers::default() };
    let pos = CellPos { row: event[2].into(), col: event[3].into() };
    let pixel = Point { x: u32::from(event[2]) << 24, y: u32::from(event[3]) };
    let buttons = u16::from_be_bytes([event[4], event[5]]);
    terminal.pointer(CellPointer { pos, pixel, buttons, modifiers });
    assert!(terminal.wants_pointer() || terminal.wants_wheel() || !terminal.has_input());
}
