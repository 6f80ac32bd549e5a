//! Who we are and how we are: device attributes and status reports.

use super::Answer;
use crate::terminal::Terminal;
use crate::terminal::decode::Params;
use crate::terminal::sixel::{MAX_HEIGHT, MAX_WIDTH, REGISTERS};

/// The level from which on there are pages, macros and sessions.
const VT420: u8 = 4;

impl Terminal {
    /// DSR: 5 is "are you well", 6 the cursor's position.
    pub(in crate::terminal) fn report_status(&mut self, which: u16) {
        match which {
            5 => self.answer(Answer::Well),
            6 => {
                let (row, col) = self.reported_position();
                self.answer(Answer::CursorPosition { row, col });
            }
            _ => {}
        }
    }

    /// DEC's DSR: what a level has not is not answered there. There is no printer, no locator and one session;
    /// user-defined keys are locked, for they are not to be had.
    pub(in crate::terminal) fn report_dec_status(&mut self, which: u16, request: u16) {
        let level = self.screen.conformance.level;
        let lowest = match which {
            6 | 996 => 1,
            15 | 25 | 26 => 2,
            53 | 55 | 56 => 3,
            _ => VT420,
        };
        if level < lowest {
            return;
        }
        let answer = match which {
            6 => {
                let (row, col) = self.reported_position();
                Answer::ExtendedPosition { row, col, page: level >= VT420 }
            }
            15 => Answer::DecStatus("13"),
            25 => Answer::DecStatus("21"),
            // A North American keyboard; from a VT320 on ready, from a VT420 on an LK201.
            26 => Answer::DecStatus(match level {
                2 => "27;1",
                3 => "27;1;0",
                _ => "27;1;0;0",
            }),
            53 | 55 => Answer::DecStatus("53"),
            56 => Answer::DecStatus("57;0"),
            62 => Answer::MacroSpace,
            63 => Answer::MacroChecksum(request),
            75 => Answer::DecStatus("70"),
            85 => Answer::DecStatus("83"),
            996 => return self.report_color_scheme(),
            _ => return,
        };
        self.answer(answer);
    }

    /// DECREQTPARM, which only a VT100 has: 8 bits, no parity, 38,400 baud.
    pub(in crate::terminal) fn report_terminal_parameters(&mut self, solicited: u16) {
        if self.screen.conformance.level == 1 && solicited <= 1 {
            self.answer(Answer::TerminalParameters(solicited));
        }
    }

    /// XTSMGRAPHICS: how many colour registers there are (1), and how large a picture may be (2), now (action 1) or at most
    /// (4). To reset (2) or set (3) does nothing, and so succeeds where nothing needs to be done. The status is 0, or 1 for an
    /// item and 2 for an action that there is not (ReGIS's too), or 3 for what cannot be.
    pub(in crate::terminal) fn report_graphics(&mut self, params: &Params) {
        if params.len() != 3 {
            return;
        }
        let (item, action, value) = (params.get(0), params.get(1), params.get(2));
        let size = self.screen.size();
        let cell = self.options.cell;
        let width = (u32::from(size.cols) * cell.width).min(MAX_WIDTH);
        let height = (u32::from(size.rows) * cell.height).min(MAX_HEIGHT);
        let (status, values) = match (item, action) {
            (1, 1 | 2 | 4) => (0, format!(";{REGISTERS}")),
            (1, 3) if usize::from(value) == REGISTERS => (0, format!(";{REGISTERS}")),
            (2, 1) => (0, format!(";{width};{height}")),
            (2, 4) => (0, format!(";{MAX_WIDTH};{MAX_HEIGHT}")),
            (1, 3) | (2, 2 | 3) => (3, String::new()),
            (1 | 2, _) => (2, String::new()),
            _ => (1, String::new()),
        };
        self.answer(Answer::Graphics { item, status, values });
    }

    /// The cursor's row and column from 1, counted from the margins in origin mode.
    fn reported_position(&self) -> (u16, u16) {
        let (rows, cols) = self.screen.page();
        let cursor = &self.screen.cursor;
        (cursor.row.saturating_sub(rows.start) + 1, cursor.col.saturating_sub(cols.start) + 1)
    }
}
