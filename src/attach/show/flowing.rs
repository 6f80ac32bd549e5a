//! A console's stream in the user's terminal: the task's part.

use tokio::time::Instant;

use super::{End, Show};
use crate::attach::Failure;
use crate::attach::retry::passes;
use crate::attach::server::pause;
use crate::rfb::client::StreamEvent;
use crate::rfb::ext::stream::{Charset, Keyboard, Opened};
use crate::rfb::ids::ConsoleRequest;
use crate::terminal::{Encoding, KeyTable};

impl Show {
    /// Asks for the stream of the console that was chosen. Where there are too many, some are about to end.
    pub(super) fn open_stream(&mut self) {
        let Some(server) = &mut self.server else { return };
        if !self.feed.begin(server, self.attach.from, true) {
            self.open_later();
        }
    }

    fn open_later(&mut self) {
        self.refusals = self.refusals.saturating_add(1);
        self.reopen = Some(Instant::now() + pause(self.refusals));
    }

    /// Takes what came of it. Some: that was all.
    pub(super) fn flows(&mut self, event: StreamEvent) -> Result<Option<End>, Failure> {
        self.dirty = true;
        match event {
            StreamEvent::Opened(opened) => self.opened(&opened),
            StreamEvent::Data { offset, bytes } => {
                self.front.output(&bytes.0);
                self.took(bytes.0.len());
                self.feed.reached(offset + bytes.0.len() as u64);
            }
            StreamEvent::Dump { last, bytes, .. } => {
                self.feed.dumped(last);
                self.front.output(&bytes.0);
                self.took(bytes.0.len());
            }
            StreamEvent::Gap { offset, length } => {
                self.feed.gap(offset.saturating_add(length));
                self.say(&format!("{length} bytes of output came too fast and were passed over"));
            }
            StreamEvent::Size { size, .. } => self.front.console_resized(size),
            StreamEvent::Refused { operation: ConsoleRequest::OPEN, reason } => self.refused(reason)?,
            // Whether it is followed is the server's to say.
            StreamEvent::Refused { operation: ConsoleRequest::RESIZE, .. } => {}
            StreamEvent::Refused { reason, .. } => self.say(&reason),
            StreamEvent::Closed { ended: true, reason } => return Ok(Some(End::Ended(reason))),
            StreamEvent::Closed { .. } | StreamEvent::Room => {}
        }
        self.flush();
        Ok(None)
    }

    fn opened(&mut self, opened: &Opened) {
        let (is_new, is_another) = (self.feed.is_new(), self.feed.is_another(opened));
        let goes_on = self.feed.opened(opened);
        if goes_on && self.front.console_size() != opened.size {
            // What a terminal makes of another size depends on every size in between, and those are not told.
            self.feed.tear();
            if let Some(server) = &mut self.server {
                self.feed.close(server);
            }
            return self.open_stream();
        }
        if !goes_on {
            let charset = match opened.charset {
                Charset::Utf8 => Encoding::Utf8,
                Charset::Latin1 => Encoding::Latin1,
                Charset::Cp437 => Encoding::Cp437,
            };
            let keys = match opened.keyboard {
                Keyboard::Xterm => KeyTable::Xterm,
                Keyboard::Vt220 => KeyTable::Vt220,
                Keyboard::Linux => KeyTable::Linux,
            };
            self.front.begin(opened.size, charset, keys);
        }
        if is_another {
            // Whoever typed it meant something else than what is there now. (What is typed ahead of a console that has just
            // been chosen is meant for that.)
            self.feed.forget_unsent();
        }
        self.refusals = 0;
        let failures = std::mem::take(&mut self.failures);
        if is_another {
            self.say("connected again; the server was started anew, and what was before is not known");
        } else if failures > 0 && !is_new {
            self.say("connected again");
        }
        self.ask_for_size();
    }

    /// The stream may not be had, or not now.
    fn refused(&mut self, reason: String) -> Result<(), Failure> {
        self.feed.lost();
        if passes(&reason) {
            self.say(&reason);
            self.open_later();
        } else if self.feed.resumes() {
            // There is no such place; there is a screen all the same.
            self.feed.tear();
            self.open_stream();
        } else {
            return Err(Failure::Refused(reason));
        }
        Ok(())
    }

    fn took(&mut self, bytes: usize) {
        if let (Some(server), Some(number)) = (&mut self.server, self.feed.number()) {
            server.conn().take_from_stream(number, bytes);
        }
    }

    pub(super) fn flush(&mut self) {
        if let Some(server) = &mut self.server {
            self.feed.flush(server);
        }
    }
}
