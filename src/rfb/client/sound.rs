//! A server's sound, at its client: asked for once the server has acknowledged that it has some, and handed on as it comes.

use super::ClientEvent;
use crate::rfb::ext::audio::{Format, Heard, Request};
use crate::rfb::ext::stream::Bytes;
use crate::rfb::out::OutQueue;
use crate::rfb::wire::Reader;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Sound {
    acknowledged: bool,
    /// What is wanted.
    wanted: Option<Format>,
    /// What was asked for.
    asked: Option<Format>,
}

impl Sound {
    /// The server has said that it has sound.
    pub(super) fn acknowledged(&mut self, out: &mut OutQueue) {
        self.acknowledged = true;
        self.ask(out);
    }

    pub(super) const fn is_acknowledged(&self) -> bool {
        self.acknowledged
    }

    pub(super) fn listen(&mut self, format: Option<Format>, out: &mut OutQueue) {
        self.wanted = format;
        self.ask(out);
    }

    /// Says what has changed. The format is told while nothing is listened to: what of the old one is on its way else, nobody
    /// could tell.
    fn ask(&mut self, out: &mut OutQueue) {
        if !self.acknowledged || self.wanted == self.asked {
            return;
        }
        out.write(|w| {
            if self.asked.is_some() {
                Request::Disable.encode(w);
            }
            if let Some(format) = self.wanted {
                Request::SetFormat(format).encode(w);
                Request::Enable.encode(w);
            }
        });
        self.asked = self.wanted;
    }

    /// What comes of that, if anybody still listens.
    pub(super) fn heard(&self, heard: Heard) -> Option<ClientEvent> {
        self.asked.is_some().then_some(ClientEvent::Sound(heard))
    }

    /// Takes what has come of a message of which so many bytes are left, in whole frames; how much that is. `None`: wait for
    /// more. A frame that the message does not finish is dropped, so that what follows is not shifted for ever.
    pub(super) fn read(&mut self, left: u32, r: &mut Reader<'_>) -> Option<(u32, Option<ClientEvent>)> {
        let frame = self.asked.map_or(1, Format::frame);
        let came = r.remaining().len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let is_all = u32::try_from(came).is_ok_and(|came| came == left);
        let whole = came - came % frame;
        let taken = if is_all { came } else { whole };
        if taken == 0 {
            return None;
        }
        let frames = r.bytes(taken)?.get(..whole).unwrap_or_default().to_vec();
        let heard = if whole > 0 { self.heard(Heard::Data(Bytes(frames))) } else { None };
        Some((u32::try_from(taken).unwrap_or(left), heard))
    }
}
