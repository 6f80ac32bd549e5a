//! The extended clipboard with one peer, as both sides of RFB keep it: what the peer can, what it asked for and announced, and
//! what it is still to be told. Its messages are in [`super::ext::extended_clipboard`].

use super::error::RfbError;
use super::ext::clipboard::{CutText, Side};
use super::ext::extended_clipboard::{self, Caps, Message, PROVIDES_PER_SECOND};
use super::news::NEWS_PER_SECOND;
use super::out::OutQueue;
use super::paced::Paced;
use std::time::{Duration, Instant};

/// What the peer's message led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    /// It says what it can.
    Caps,
    /// It has a text, which it would send if it was asked.
    Announced,
    Text(CutText),
}

/// The peer's end, and what is owed to it.
#[derive(Debug)]
pub(super) struct Exchange {
    /// Ours.
    side: Side,
    caps: Caps,
    /// It asked for our text, or what we have.
    provide: Paced,
    notify: Paced,
    /// It has a text, which we ask for.
    request: Paced,
    /// Texts that it sent in the second that began then.
    taken: Option<(Instant, u32)>,
}

impl Exchange {
    /// With a peer that has not said yet what it can.
    pub(super) fn new(side: Side) -> Self {
        let (provide, notify) = (Paced::new(NEWS_PER_SECOND), Paced::new(NEWS_PER_SECOND));
        let request = Paced::new(PROVIDES_PER_SECOND);
        Self { side, caps: Caps::default(), provide, notify, request, taken: None }
    }

    /// A message has come, that begins with `body` and had `length` bytes in all.
    pub(super) fn hear(&mut self, body: &[u8], length: usize, now: Instant) -> Result<Heard, RfbError> {
        match Message::decode(body, length)? {
            Message::Caps(caps) => {
                self.caps = caps;
                return Ok(Heard::Caps);
            }
            Message::Request => self.provide.waiting = true,
            Message::Peek => self.notify.waiting = true,
            Message::Notify if self.caps.answers() => return Ok(Heard::Announced),
            Message::Provide if body.len() < length => return Ok(Heard::Text(CutText::TooLong(length))),
            Message::Provide if self.admits(now) => {
                return Ok(extended_clipboard::text_of(body).map_or(Heard::Nothing, Heard::Text));
            }
            Message::Provide => {
                self.ask();
                return Ok(Heard::Announced);
            }
            Message::Notify | Message::Nothing => {}
        }
        Ok(Heard::Nothing)
    }

    /// Asks for the peer's text, when there is time.
    pub(super) fn ask(&mut self) {
        self.request.waiting = self.caps.answers();
    }

    /// Whether a text of the peer is looked at now; else it has to be asked for again.
    fn admits(&mut self, now: Instant) -> bool {
        let second = self.taken.filter(|(began, _)| now.duration_since(*began) < Duration::from_secs(1));
        let (began, count) = second.unwrap_or((now, 0));
        let admitted = count < PROVIDES_PER_SECOND;
        if admitted {
            self.taken = Some((began, count + 1));
        }
        admitted
    }

    /// Appends the messages that are due. What was cut here is told first and sent when it is asked for, which suits every
    /// peer; what cannot be told is sent. `cut`: `text` is new.
    pub(super) fn write(&mut self, cut: &mut Paced, text: Option<&str>, now: Instant, out: &mut OutQueue) {
        let side = self.side;
        if cut.take(now) {
            if self.caps.takes_notices() {
                self.notify.waiting = true;
            } else {
                self.provide.waiting |= self.caps.takes_unasked(text.unwrap_or_default());
            }
        }
        if self.notify.take(now) {
            out.write(|w| extended_clipboard::notify(side, text.unwrap_or_default(), w));
        }
        if self.request.take(now) {
            out.write(|w| extended_clipboard::request(side, w));
        }
        // Who asks although there is nothing is not answered, as by other servers.
        if self.provide.take(now)
            && let Some(text) = text
        {
            out.write(|w| extended_clipboard::provide(side, text, w));
        }
    }

    /// When something that was held back becomes due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        [&self.provide, &self.notify, &self.request].into_iter().filter_map(Paced::poll_timeout).min()
    }
}
