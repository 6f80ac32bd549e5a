//! What a viewer is told beside the picture: acknowledgements, the desktop's name, the pointer's shape, bells, cut text.
//!
//! Only the latest of each is kept, and each is told at most [`NEWS_PER_SECOND`] times a second: however much happens,
//! a viewer that does not read holds nothing up and grows nothing.

use super::capabilities::Capabilities;
use super::encode::cursor;
use super::ext::clipboard::server_cut_text;
use super::ext::{rect_head, update_head};
use super::ids::Encoding;
use super::message::server::{NAME_MAX, ServerMessage, text};
use super::out::OutQueue;
use super::pixel_format::PixelCoder;
use super::wire::Writer;
use crate::geometry::{Rect, Size};
use crate::surface::PointerShape;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bells, names, pointer shapes and cut texts that one viewer is told in a second, at most, of each.
pub const NEWS_PER_SECOND: u32 = 10;

/// The pseudo-encodings that are acknowledged by an empty rectangle when they are first listed.
const ACKNOWLEDGED: [Encoding; 2] = [Encoding::QEMU_EXTENDED_KEY, Encoding::EXTENDED_MOUSE_BUTTONS];

/// Something that happened and is to be told, not too often.
#[derive(Debug, Default)]
struct Paced {
    waiting: bool,
    told: Option<Instant>,
}

impl Paced {
    /// When it may be told, if there is anything to tell; `None` also stands for "at once" in [`Self::is_due`].
    fn not_before(&self) -> Option<Instant> {
        self.told.map(|told| told + Duration::from_secs(1) / NEWS_PER_SECOND)
    }

    fn is_due(&self, now: Instant) -> bool {
        self.waiting && self.not_before().is_none_or(|at| now >= at)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.not_before().filter(|_| self.waiting)
    }

    /// Whether to tell it now; if so, it is told.
    fn take(&mut self, now: Instant) -> bool {
        let due = self.is_due(now);
        if due {
            *self = Self { waiting: false, told: Some(now) };
        }
        due
    }
}

/// What one viewer has not been told yet.
#[derive(Debug)]
pub(super) struct News {
    acknowledged: [bool; ACKNOWLEDGED.len()],
    name: Arc<str>,
    /// The name the viewer knows.
    told_name: Arc<str>,
    renamed: Paced,
    pointer: Option<Arc<PointerShape>>,
    /// The shape the viewer draws; it begins with its own.
    told_pointer: Option<Arc<PointerShape>>,
    reshaped: Paced,
    bell: Paced,
    cut_text: Option<Arc<str>>,
    cut: Paced,
}

impl News {
    /// For a viewer that was told `name` by ServerInit.
    pub(super) fn new(name: Arc<str>) -> Self {
        Self {
            acknowledged: [false; ACKNOWLEDGED.len()],
            told_name: Arc::clone(&name),
            name,
            renamed: Paced::default(),
            pointer: None,
            told_pointer: None,
            reshaped: Paced::default(),
            bell: Paced::default(),
            cut_text: None,
            cut: Paced::default(),
        }
    }

    pub(super) fn set_name(&mut self, name: Arc<str>) {
        self.name = name;
        self.renamed.waiting = self.name != self.told_name;
    }

    pub(super) fn set_pointer(&mut self, pointer: Option<Arc<PointerShape>>) {
        self.pointer = pointer;
        self.reshaped.waiting = self.pointer != self.told_pointer;
    }

    pub(super) fn ring(&mut self) {
        self.bell.waiting = true;
    }

    pub(super) fn cut(&mut self, text: Arc<str>) {
        self.cut_text = Some(text);
        self.cut.waiting = true;
    }

    /// Whether there are rectangles to tell, that go into an update.
    fn has_rects(&self, capabilities: &Capabilities, now: Instant) -> bool {
        self.renamed.is_due(now) && capabilities.lists(Encoding::DESKTOP_NAME)
            || self.reshaped.is_due(now) && capabilities.lists(Encoding::CURSOR)
            || ACKNOWLEDGED.iter().zip(self.acknowledged).any(|(ack, done)| !done && capabilities.lists(*ack))
    }

    /// Appends an update with the rectangles that are due, if there are any.
    pub(super) fn write_rects(
        &mut self,
        capabilities: &Capabilities,
        coder: &PixelCoder,
        picture: Size,
        now: Instant,
        out: &mut OutQueue,
    ) {
        if !self.has_rects(capabilities, now) {
            return;
        }
        let mut bytes = Vec::new();
        let mut rects = 0;
        let mut w = Writer::new(&mut bytes);
        for (ack, done) in ACKNOWLEDGED.into_iter().zip(&mut self.acknowledged) {
            if !*done && capabilities.lists(ack) {
                *done = true;
                rects += 1;
                // QEMU's own size for it: clients that check it know that one.
                rect_head(picture.rect(), ack, &mut w);
            }
        }
        if capabilities.lists(Encoding::DESKTOP_NAME) && self.renamed.take(now) {
            self.told_name = Arc::clone(&self.name);
            rects += 1;
            rect_head(Rect::default(), Encoding::DESKTOP_NAME, &mut w);
            text(&self.name, NAME_MAX, &mut w);
        }
        if capabilities.lists(Encoding::CURSOR) && self.reshaped.take(now) {
            self.told_pointer = self.pointer.clone();
            rects += 1;
            cursor::encode(self.pointer.as_deref(), coder, &mut bytes);
        }
        out.write(|w| {
            update_head(rects, w);
            w.bytes(&bytes);
        });
    }

    /// Appends the messages that are due.
    pub(super) fn write_messages(&mut self, capabilities: &Capabilities, now: Instant, out: &mut OutQueue) {
        if capabilities.swaps_bell_and_cut_text() {
            (self.bell.waiting, self.cut.waiting) = (false, false);
            self.cut_text = None;
        }
        if self.bell.take(now) {
            out.write(|w| ServerMessage::Bell.encode(w));
        }
        if self.cut.take(now)
            && let Some(text) = self.cut_text.take()
        {
            out.write(|w| server_cut_text(&text, w));
        }
    }

    /// When something that was held back becomes due. `open`: rectangles may be sent.
    pub(super) fn poll_timeout(&self, capabilities: &Capabilities, open: bool) -> Option<Instant> {
        let rects = [(&self.renamed, Encoding::DESKTOP_NAME), (&self.reshaped, Encoding::CURSOR)];
        let rects = rects.into_iter().filter(|(_, encoding)| open && capabilities.lists(*encoding));
        rects.map(|(paced, _)| paced).chain([&self.bell, &self.cut]).filter_map(Paced::poll_timeout).min()
    }
}
