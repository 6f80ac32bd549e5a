//! What a viewer is told beside the picture: acknowledgements, the desktop's name, the pointer's shape and place, its
//! keyboard's locks, bells, cut text.
//!
//! Only the latest of each is kept, and each is told at most [`NEWS_PER_SECOND`] times a second: however much happens,
//! a viewer that does not read holds nothing up and grows nothing.

use super::capabilities::Capabilities;
use super::encode::cursor::{self, POINTERS};
use super::exchange::Exchange;
use super::ext::clipboard::{Side, cut_text};
use super::ext::led::{self, LEDS};
use super::ext::{console, qemu_motion, rect_head, update_head, xvp};
use super::ids::Encoding;
use super::message::server::{NAME_MAX, ServerMessage, text};
use super::out::OutQueue;
use super::paced::Paced;
use super::pixel_format::PixelCoder;
use super::wire::Writer;
use crate::geometry::{Point, Rect, Size};
use crate::input::Locks;
use crate::surface::PointerShape;
use std::sync::Arc;
use std::time::Instant;

/// Bells, names, pointer shapes, states of locks and cut texts that one viewer is told in a second, at most, of each.
pub const NEWS_PER_SECOND: u32 = 10;

/// No place: pictures are smaller.
const NOWHERE: [u16; 2] = [u16::MAX; 2];

/// The pseudo-encodings that say where the pointer is: an empty rectangle, whose place is meant. The first that tells of both
/// is VMware's, for TigerVNC follows that alone.
const PLACES: [Encoding; 2] = [Encoding::VMWARE_CURSOR_POSITION, Encoding::POINTER_POS];

/// The pseudo-encodings that are acknowledged by an empty rectangle when they are first listed.
const ACKNOWLEDGED: [Encoding; 4] =
    [Encoding::QEMU_EXTENDED_KEY, Encoding::EXTENDED_MOUSE_BUTTONS, Encoding::CONSOLE, Encoding::QEMU_AUDIO];

/// What one viewer has not been told yet.
#[derive(Debug)]
pub(super) struct News {
    /// A bit for each of [`ACKNOWLEDGED`].
    acknowledged: u8,
    name: Arc<str>,
    /// The name the viewer knows.
    told_name: Arc<str>,
    renamed: Paced,
    pointer: Option<Arc<PointerShape>>,
    /// The shape the viewer draws; it begins with its own.
    told_pointer: Option<Arc<PointerShape>>,
    reshaped: Paced,
    /// Where the pointer was put last; [`NOWHERE`] once that is told, as often as its mode is. (An `Option` would not fit into
    /// what is left between the others.)
    place: [u16; 2],
    /// The pointer is told by its motions.
    relative: bool,
    /// The viewer knows it so.
    told_relative: bool,
    moded: Paced,
    locks: Locks,
    /// What the viewer takes its locks to be here.
    told_locks: Locks,
    locked: Paced,
    bell: Paced,
    /// What was cut here last. It stays for those who ask for it.
    cut_text: Option<Arc<str>>,
    cut: Paced,
    pub(super) clipboard: Exchange,
    pub(super) power: PowerNews,
    /// There is sound, which it may hear.
    pub(super) sound_offered: bool,
}

/// What the viewer hears of the guest's power buttons.
#[derive(Debug)]
pub(super) struct PowerNews {
    /// It may press them.
    pub(super) offered: bool,
    /// It has been told so.
    pub(super) told: bool,
    /// A button has failed.
    failed: Paced,
}

impl PowerNews {
    /// A button did not do what it was to do.
    pub(super) fn fail(&mut self) {
        self.failed.waiting = self.told;
    }
}

impl News {
    /// For a viewer that was told `name` by ServerInit.
    pub(super) fn new(name: Arc<str>) -> Self {
        Self {
            acknowledged: 0,
            told_name: Arc::clone(&name),
            name,
            renamed: Paced::new(NEWS_PER_SECOND),
            pointer: None,
            told_pointer: None,
            reshaped: Paced::new(NEWS_PER_SECOND),
            place: NOWHERE,
            relative: false,
            told_relative: false,
            moded: Paced::new(NEWS_PER_SECOND),
            locks: Locks::default(),
            told_locks: Locks::default(),
            locked: Paced::new(NEWS_PER_SECOND),
            bell: Paced::new(NEWS_PER_SECOND),
            cut_text: None,
            cut: Paced::new(NEWS_PER_SECOND),
            clipboard: Exchange::new(Side::Server),
            power: PowerNews { offered: false, told: false, failed: Paced::new(NEWS_PER_SECOND) },
            sound_offered: false,
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

    pub(super) fn place_pointer(&mut self, place: Point) {
        self.place = [place.x, place.y].map(|at| u16::try_from(at).unwrap_or(u16::MAX));
        self.settle_pointer();
    }

    /// What was told of the pointer's place means another screen.
    pub(super) fn forget_place(&mut self) {
        self.place = NOWHERE;
        self.settle_pointer();
    }

    pub(super) fn set_pointer_mode(&mut self, relative: bool) {
        self.relative = relative;
        self.settle_pointer();
    }

    /// There may be something to tell of the pointer's mode or its place, or nothing any more.
    fn settle_pointer(&mut self) {
        self.moded.waiting = self.relative != self.told_relative || self.place != NOWHERE;
    }

    /// Whether the viewer was told last to tell motions of its pointer.
    pub(super) fn tells_motions(&self) -> bool {
        self.told_relative
    }

    /// The viewer's keys show its locks to be so. It is told only what it does not take for granted: as long as Num
    /// Lock is on and the others are off, which is what nearly everybody has, nothing at all; and then what its own
    /// keyboard has, so that the two never fight.
    pub(super) fn set_locks(&mut self, locks: Locks) {
        self.locks = locks;
        self.locked.waiting = self.locks != self.told_locks;
    }

    pub(super) fn ring(&mut self) {
        self.bell.waiting = true;
    }

    pub(super) fn cut(&mut self, text: Arc<str>) {
        self.cut_text = Some(text);
        self.cut.waiting = true;
    }

    /// Whether this pseudo-encoding has been acknowledged.
    pub(super) fn is_acknowledged(&self, encoding: Encoding) -> bool {
        ACKNOWLEDGED.iter().enumerate().any(|(index, ack)| *ack == encoding && self.acknowledged & 1 << index != 0)
    }

    fn tells_mode(&self, capabilities: &Capabilities) -> bool {
        self.relative != self.told_relative && capabilities.lists(Encoding::QEMU_POINTER_MOTION)
    }

    /// Where the pointer was put, and how that is told.
    fn tells_place(&self, capabilities: &Capabilities) -> Option<(Encoding, [u16; 2])> {
        capabilities.first_of(&PLACES).filter(|_| self.place != NOWHERE).map(|kind| (kind, self.place))
    }

    /// Whether either is to be told.
    fn tells_pointer(&self, capabilities: &Capabilities) -> bool {
        self.tells_mode(capabilities) || self.tells_place(capabilities).is_some()
    }

    /// The pseudo-encodings that are to be acknowledged and were not, each with its bit.
    fn owed(&self, capabilities: &Capabilities) -> impl Iterator<Item = (u8, Encoding)> {
        let bits = (0..).map(|index| 1 << index).zip(ACKNOWLEDGED);
        bits.filter(|&(bit, ack)| {
            let is_there = ack != Encoding::QEMU_AUDIO || self.sound_offered;
            self.acknowledged & bit == 0 && is_there && capabilities.lists(ack)
        })
    }

    /// Whether there are rectangles to tell, that go into an update.
    fn has_rects(&self, capabilities: &Capabilities, now: Instant) -> bool {
        self.renamed.is_due(now) && capabilities.lists(Encoding::DESKTOP_NAME)
            || self.reshaped.is_due(now) && capabilities.first_of(&POINTERS).is_some()
            || self.moded.is_due(now) && self.tells_pointer(capabilities)
            || self.locked.is_due(now) && capabilities.first_of(&LEDS).is_some()
            || self.owed(capabilities).next().is_some()
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
        let owed = self.owed(capabilities).fold(0, |bits, (bit, ack)| {
            rects += 1;
            // QEMU's own size for it: clients that check it know that one.
            let area = if ack == Encoding::CONSOLE { console::ACKNOWLEDGEMENT } else { picture.rect() };
            rect_head(area, ack, &mut w);
            bits | bit
        });
        self.acknowledged |= owed;
        if capabilities.lists(Encoding::DESKTOP_NAME) && self.renamed.take(now) {
            self.told_name = Arc::clone(&self.name);
            rects += 1;
            rect_head(Rect::default(), Encoding::DESKTOP_NAME, &mut w);
            text(&self.name, NAME_MAX, &mut w);
        }
        if self.tells_pointer(capabilities) && self.moded.take(now) {
            if self.tells_mode(capabilities) {
                self.told_relative = self.relative;
                rects += 1;
                qemu_motion::encode(self.relative, picture, &mut w);
            }
            if let Some((kind, [x, y])) = self.tells_place(capabilities) {
                self.place = NOWHERE;
                rects += 1;
                rect_head(Rect::new(x.into(), y.into(), 0, 0), kind, &mut w);
            }
        }
        if let Some(leds) = capabilities.first_of(&LEDS).filter(|_| self.locked.take(now)) {
            self.told_locks = self.locks;
            rects += 1;
            led::encode(self.locks, leds, &mut w);
        }
        if let Some(kind) = capabilities.first_of(&POINTERS).filter(|_| self.reshaped.take(now)) {
            self.told_pointer = self.pointer.clone();
            rects += 1;
            cursor::encode(self.pointer.as_deref(), kind, coder, &mut bytes);
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
        if self.power.offered && !self.power.told && capabilities.lists(Encoding::XVP) {
            self.power.told = true;
            out.write(|w| xvp::encode(xvp::VERSION, xvp::INIT, w));
        }
        if self.power.failed.take(now) {
            out.write(|w| xvp::encode(xvp::VERSION, xvp::FAIL, w));
        }
        if self.bell.take(now) {
            out.write(|w| ServerMessage::Bell.encode(w));
        }
        if capabilities.lists(Encoding::EXTENDED_CLIPBOARD) {
            self.clipboard.write(&mut self.cut, self.cut_text.as_deref(), now, out);
        } else if self.cut.take(now)
            && let Some(text) = &self.cut_text
        {
            out.write(|w| cut_text(Side::Server, text, w));
        }
    }

    /// When something that was held back becomes due. `open`: rectangles may be sent.
    pub(super) fn poll_timeout(&self, capabilities: &Capabilities, open: bool) -> Option<Instant> {
        let rects: [(_, &[Encoding]); 3] =
            [(&self.renamed, &[Encoding::DESKTOP_NAME]), (&self.reshaped, &POINTERS), (&self.locked, &LEDS)];
        let rects = rects.into_iter().filter(|(_, any)| open && capabilities.first_of(any).is_some());
        let moded = self.moded.poll_timeout().filter(|_| open && self.tells_pointer(capabilities));
        let clipboard = self.clipboard.poll_timeout().filter(|_| capabilities.lists(Encoding::EXTENDED_CLIPBOARD));
        let messages = [&self.bell, &self.cut, &self.power.failed];
        rects
            .map(|(paced, _)| paced)
            .chain(messages)
            .filter_map(Paced::poll_timeout)
            .chain(clipboard)
            .chain(moded)
            .min()
    }
}
