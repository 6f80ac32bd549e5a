//! VT52 (DECANM reset): escapes of one letter, and an address of two bytes.

use super::{CAN, ESC, SUB, State, Unit};
use crate::terminal::Terminal;
use crate::terminal::charset::Charset;
use crate::terminal::function::Function;
use crate::terminal::report::Answer;

impl Terminal {
    #[inline]
    pub(in crate::terminal) fn vt52(&self) -> bool {
        self.screen.conformance.level == 0
    }

    pub(super) fn step_vt52(&mut self, byte: u8) {
        self.abort();
        match byte {
            b'A' => self.cursor_up(1),
            b'B' => self.cursor_down(1),
            b'C' => self.cursor_forward(1),
            b'D' => self.cursor_back(1),
            b'F' => self.screen.cursor.charsets.sets[0] = Charset::Vt52Graphics,
            b'G' => self.screen.cursor.charsets.sets[0] = Charset::Ascii,
            b'H' => self.move_to(0, 0),
            b'I' => self.reverse_index(),
            b'J' => self.erase_in_display(0, false),
            b'K' => self.erase_in_line(0, false),
            b'Y' => self.scanner.state = State::Vt52Row,
            b'Z' => self.answer(Answer::Vt52Identity),
            b'=' => self.execute(Function::DECKPAM, &Default::default()),
            b'>' => self.execute(Function::DECKPNM, &Default::default()),
            b'<' => self.leave_vt52(),
            // Not a VT52's, but whoever wants a fresh terminal cannot know what it was before.
            b'c' => self.reset(),
            _ => {}
        }
    }

    pub(super) fn step_vt52_address(&mut self, unit: Unit) {
        let value = match unit {
            Unit::Ascii(ESC) => return self.begin_escape(),
            Unit::Ascii(CAN | SUB) => return self.abort(),
            Unit::Ascii(byte @ 0x20..) => u16::from(byte - 0x20),
            Unit::Ascii(byte) => return self.control(byte),
            Unit::Char(_) => return self.abort(),
            Unit::EncodedC1 | Unit::C1(_) => return,
        };
        match self.scanner.state {
            State::Vt52Col { row } => {
                self.scanner.state = State::Ground;
                self.move_to(row, value);
            }
            _ => self.scanner.state = State::Vt52Col { row: value },
        }
    }
}
