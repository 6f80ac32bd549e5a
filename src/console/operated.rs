//! What an operator asks of a console without looking at it: its screen as it is now, keys typed into it, another size.
//!
//! None of it is seen by viewers but what the guest makes of it: a picture is painted by another painter on a surface of
//! its own, and the console's frames, and when they are made, stay as they are.

use super::Console;
use crate::display::question::{MAX_STROKES, Picture, ScreenBytes, Standing};
use crate::display::{Answer, ScreenForm, Stroke};
use crate::geometry::GridSize;
use crate::input::KeyEvent;
use crate::render::Look;
use crate::terminal::snapshot::Snapshot;
use crate::terminal::{Damage, dump};

/// Most pixels of a side of a picture that an operator asks for.
pub const MAX_SIDE: u32 = 8_192;

impl Console {
    /// How it stands.
    pub(super) fn standing(&self) -> Standing {
        let screen = self.terminal.screen();
        let cursor = screen.cursor().pos;
        Standing {
            detail: self.status.as_ref().map(ToString::to_string).unwrap_or_default(),
            alternate: screen.on_alternate(),
            history: self.terminal.history().lines(),
            cursor: (cursor.row, cursor.col),
            pastes: self.pastes.count(),
        }
    }

    /// The screen as it is now.
    pub(super) fn screen_as(&mut self, form: ScreenForm) -> Answer {
        let mut told = Answer::Refused("the terminal had to start anew; try again");
        self.guarded(|console| {
            let terminal = &console.terminal;
            let bytes = |bytes| Answer::Screen(ScreenBytes(bytes));
            told = match form {
                ScreenForm::Text => bytes(dump::text(terminal.screen()).into_bytes()),
                ScreenForm::Sequences => bytes(dump::sequences(terminal)),
                ScreenForm::Json => bytes(Snapshot { terminal, replies: b"", history: false }.to_json()),
                ScreenForm::Picture => Answer::Picture(console.picture_of_its_own()),
            };
        });
        told
    }

    fn picture_of_its_own(&self) -> Picture {
        let screen = self.terminal.screen();
        let mut painter = self.painter.another(screen.size());
        let mut surface = painter.new_surface(screen);
        painter.paint(screen, &Damage::all(screen.size()), Look::default(), &mut surface);
        Picture(surface.publish())
    }

    /// Types these keys, all of them or none. What waits for the source then is at most what its queue holds and the bytes
    /// of so many keys.
    pub(super) fn type_strokes(&mut self, strokes: &[Stroke]) -> Answer {
        if strokes.len() > MAX_STROKES {
            return Answer::Refused("too many keys at once: 4,096 at most; paste longer texts");
        }
        if let Some(why) = self.deaf() {
            return Answer::Refused(why);
        }
        if !self.takes_input() {
            return Answer::Refused("the guest takes no input now: it has not read what was typed before");
        }
        self.await_echo();
        self.make_way();
        for &(keysym, held) in strokes {
            for down in [true, false] {
                let event = KeyEvent { keysym, keycode: None, down, repeat: false };
                self.guarded(|console| console.terminal.key(&event, held));
            }
            self.take_events();
            let bytes = self.terminal.take_input();
            self.line.write(&bytes);
        }
        Answer::Done
    }

    /// Gives it so many cells, and a picture that just holds them.
    pub(super) fn resize_cells(&mut self, grid: GridSize) -> Answer {
        let size = self.painter.picture_size(grid);
        if size.width.max(size.height) > MAX_SIDE || size.width.min(size.height) == 0 {
            return Answer::Refused("its picture would have more than 8,192 pixels a side");
        }
        self.resize(size);
        Answer::Done
    }
}

#[cfg(test)]
#[path = "operated_tests.rs"]
mod tests;
