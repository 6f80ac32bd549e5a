//! DesktopSize and ExtendedDesktopSize (rfbproto; pseudo-encodings -223 and -308, message 251): a picture that changes size.
//!
//! Of two clients' different habits this makes one rule:
//! - A size changes only in an update of its own, between updates of pixels. ExtendedDesktopSize wins if both are listed.
//! - ExtendedDesktopSize answers every non-incremental request, alone in its update, and does not use the request up.
//! - Of SetDesktopSize only width and height are judged, because libvncclient sends uninitialised screens. A granted
//!   request is answered with exactly the client's values.
//! - Requests beyond [`REQUESTS_PER_SECOND`] wait. Then the latest is looked at, and those before it are refused: a window
//!   that is dragged ends with the size it has. Refusing at once would be a race at the speed of the network, because
//!   gvncviewer answers every size with its window's own.

use super::{rect_head, update_head};
use crate::geometry::{Rect, Size};
use crate::rfb::error::RfbError;
use crate::rfb::ids::{ClientMessageType, Encoding};
use crate::rfb::out::OutQueue;
use crate::rfb::wire::{Reader, Writer};
use std::time::{Duration, Instant};

/// The smallest picture a client may ask for.
pub const SIZE_MIN: Size = Size::new(160, 48);
/// The largest picture a client may ask for.
pub const SIZE_MAX: Size = Size::new(4_096, 4_096);
/// The number of the only screen. libvncclient, and with it remmina and others, takes no new size from a layout with a
/// screen 0, and gives up at the first rectangle outside its old picture.
pub const SCREEN_ID: u32 = 1;
/// How many SetDesktopSize of one client are looked at in a second.
pub const REQUESTS_PER_SECOND: usize = 2;

/// Of the requests that came too soon so many are refused; what a client sends beyond that is not answered.
const OVERTAKEN_MAX: u8 = 64;

/// One SCREEN of a layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// The client's or server's number for it.
    pub id: u32,
    /// Its part of the picture.
    pub area: Rect,
    /// Nothing is defined yet.
    pub flags: u32,
}

/// Size and screens, as SetDesktopSize and ExtendedDesktopSize carry them. Not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenLayout {
    /// The picture's size in pixels.
    pub size: Size,
    /// At most 255.
    pub screens: Vec<Screen>,
}

/// Who caused a new size (the x-position of the rectangle).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The server itself, or its guest.
    Server = 0,
    /// The client that is told.
    ThisClient = 1,
    /// Another client.
    OtherClient = 2,
}

/// What became of a SetDesktopSize (the y-position of the rectangle).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Granted.
    Ok = 0,
    /// This client may not, or nobody may.
    Prohibited = 1,
    /// Not now.
    OutOfResources = 2,
    /// Too small or too large.
    InvalidLayout = 3,
}

impl ScreenLayout {
    /// One screen that covers the picture.
    pub fn single(size: Size) -> Self {
        Self { size, screens: vec![Screen { id: SCREEN_ID, area: size.rect(), flags: 0 }] }
    }

    /// SetDesktopSize after its type.
    pub(in crate::rfb) fn decode(r: &mut Reader<'_>) -> Option<Self> {
        r.skip(1)?;
        let size = Size::new(r.u16()?.into(), r.u16()?.into());
        let count = r.u8()?;
        r.skip(1)?;
        Some(Self { size, screens: decode_screens(r, count)? })
    }

    /// SetDesktopSize.
    pub(in crate::rfb) fn encode_request(&self, w: &mut Writer<'_>) {
        w.u8(ClientMessageType::SET_DESKTOP_SIZE.0).pad(1).pixels(self.size.width).pixels(self.size.height);
        w.u8(self.count()).pad(1);
        self.encode_screens(w);
    }

    /// What follows the head of an ExtendedDesktopSize rectangle with these dimensions.
    pub(in crate::rfb) fn decode_rect(r: &mut Reader<'_>, size: Size) -> Option<Self> {
        let count = r.u8()?;
        r.skip(3)?;
        Some(Self { size, screens: decode_screens(r, count)? })
    }

    /// An ExtendedDesktopSize rectangle.
    fn encode_rect(&self, reason: Reason, status: Status, w: &mut Writer<'_>) {
        let head = Rect { x: reason as u32, y: status as u32, ..self.size.rect() };
        rect_head(head, Encoding::EXTENDED_DESKTOP_SIZE, w);
        w.u8(self.count()).pad(3);
        self.encode_screens(w);
    }

    fn count(&self) -> u8 {
        u8::try_from(self.screens.len()).unwrap_or(u8::MAX)
    }

    fn encode_screens(&self, w: &mut Writer<'_>) {
        for screen in self.screens.iter().take(self.count().into()) {
            w.u32(screen.id);
            w.pixels(screen.area.x).pixels(screen.area.y).pixels(screen.area.width).pixels(screen.area.height);
            w.u32(screen.flags);
        }
    }
}

fn decode_screens(r: &mut Reader<'_>, count: u8) -> Option<Vec<Screen>> {
    // Memory is taken for what has come, not for what is announced.
    let mut fields = Reader::new(r.bytes(usize::from(count) * 16)?);
    let mut screens = Vec::with_capacity(count.into());
    while let Some(id) = fields.u32() {
        let area = crate::rfb::message::client::decode_rect(&mut fields)?;
        screens.push(Screen { id, area, flags: fields.u32()? });
    }
    Some(screens)
}

/// How a client learns of a new size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rfb) enum Means {
    /// It listed neither: its picture keeps the size of ServerInit.
    None,
    /// DesktopSize.
    Plain,
    /// ExtendedDesktopSize.
    Extended,
}

/// The size of one client's picture, as far as it was told, and its wishes.
#[derive(Debug)]
pub(in crate::rfb) struct DesktopSize {
    /// What the client was told last.
    size: Size,
    /// What it is to be told between two updates.
    change: Option<(Size, Reason)>,
    /// A non-incremental request came: the layout is to be sent.
    layout_due: bool,
    /// A request that was passed up and not yet answered.
    asked: Option<ScreenLayout>,
    /// The latest request that came too soon.
    late: Option<ScreenLayout>,
    /// How many came too soon before it, and are owed a refusal.
    overtaken: u8,
    /// When the last requests were looked at, the oldest first.
    looked_at: [Option<Instant>; REQUESTS_PER_SECOND],
}

impl DesktopSize {
    /// A client that was told `size` by ServerInit.
    pub(in crate::rfb) const fn new(size: Size) -> Self {
        let looked_at = [None; REQUESTS_PER_SECOND];
        Self { size, change: None, layout_due: false, asked: None, late: None, overtaken: 0, looked_at }
    }

    /// The size of the client's picture.
    pub(in crate::rfb) const fn size(&self) -> Size {
        self.size
    }

    /// SetDesktopSize came from a client that listed ExtendedDesktopSize.
    pub(in crate::rfb) fn ask(&mut self, layout: ScreenLayout) {
        if self.late.replace(layout).is_some() {
            self.overtaken = OVERTAKEN_MAX.min(self.overtaken + 1);
        }
    }

    /// The wish to be looked at now, if any. What needs no decision is answered here.
    pub(in crate::rfb) fn poll_asked(&mut self, now: Instant, out: &mut OutQueue) -> Option<Size> {
        if self.late.is_none() || self.wait_until().is_some_and(|until| now < until) {
            return None;
        }
        let layout = self.late.take()?;
        for _ in 0..std::mem::take(&mut self.overtaken) {
            self.refuse(Status::OutOfResources, out);
        }
        self.looked_at.rotate_left(1);
        self.looked_at[REQUESTS_PER_SECOND - 1] = Some(now);
        let size = layout.size;
        let within = |value: u32, min: u32, max: u32| (min..=max).contains(&value);
        if !within(size.width, SIZE_MIN.width, SIZE_MAX.width) || !within(size.height, SIZE_MIN.height, SIZE_MAX.height)
        {
            self.refuse(Status::InvalidLayout, out);
            return None;
        }
        if size == self.size && self.change.is_none() {
            answer(&layout, Status::Ok, out);
            return None;
        }
        // One that was passed up earlier and is still undecided is overtaken.
        self.refuse_asked(Status::OutOfResources, out);
        self.asked = Some(layout);
        Some(size)
    }

    /// When a wish that came too soon may be looked at.
    pub(in crate::rfb) fn poll_timeout(&self) -> Option<Instant> {
        self.late.as_ref().and(self.wait_until())
    }

    fn wait_until(&self) -> Option<Instant> {
        self.looked_at[0].map(|at| at + Duration::from_secs(1))
    }

    /// The wish that was passed up is not granted.
    pub(in crate::rfb) fn refuse_asked(&mut self, status: Status, out: &mut OutQueue) {
        if self.asked.take().is_some() {
            self.refuse(status, out);
        }
    }

    fn refuse(&self, status: Status, out: &mut OutQueue) {
        answer(&ScreenLayout::single(self.size), status, out);
    }

    /// The picture to be sent from now on has this size.
    pub(in crate::rfb) fn change(&mut self, size: Size, reason: Reason) {
        self.change = if size == self.size { None } else { Some((size, reason)) };
        if self.change.is_none() && self.asked.as_ref().is_some_and(|asked| asked.size == size) {
            self.layout_due = true;
        }
    }

    /// A non-incremental request came.
    pub(in crate::rfb) fn full_request(&mut self) {
        self.layout_due = true;
    }

    /// Whether an update of pixels must wait for [`Self::write`].
    pub(in crate::rfb) const fn is_due(&self) -> bool {
        self.change.is_some() || self.layout_due
    }

    /// Writes what is due as an update of its own; whether the size of the client's picture changed.
    pub(in crate::rfb) fn write(&mut self, means: Means, out: &mut OutQueue) -> bool {
        let due = std::mem::take(&mut self.layout_due);
        let change = self.change.take();
        let (size, reason) = change.unwrap_or((self.size, Reason::Server));
        match means {
            Means::None => return false,
            Means::Plain => {
                if change.is_some() {
                    out.write(|w| {
                        update_head(1, w);
                        rect_head(size.rect(), Encoding::DESKTOP_SIZE, w);
                    });
                }
            }
            Means::Extended => {
                let granted = self.asked.take_if(|asked| asked.size == size && (change.is_some() || due));
                match granted {
                    Some(layout) => answer(&layout, Status::Ok, out),
                    None if change.is_some() || due => out.write(|w| {
                        update_head(1, w);
                        ScreenLayout::single(size).encode_rect(reason, Status::Ok, w);
                    }),
                    None => (),
                }
            }
        }
        self.size = size;
        change.is_some()
    }
}

/// The answer to a SetDesktopSize.
fn answer(layout: &ScreenLayout, status: Status, out: &mut OutQueue) {
    out.write(|w| {
        update_head(1, w);
        layout.encode_rect(Reason::ThisClient, status, w);
    });
}

impl TryFrom<u32> for Reason {
    type Error = RfbError;

    fn try_from(number: u32) -> Result<Self, RfbError> {
        [Self::Server, Self::ThisClient, Self::OtherClient]
            .into_iter()
            .find(|reason| *reason as u32 == number)
            .ok_or(RfbError::Unsupported { what: "reason for a size", number: number.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Size = Size::new(640, 480);
    const LARGE: Size = Size::new(1_280, 960);

    /// x, y, width, height of the rectangle in each update of the queue, which is emptied.
    fn sent(out: &mut OutQueue) -> Vec<(u32, u32, Size)> {
        let bytes = out.to_vec();
        out.advance(bytes.len());
        let mut r = Reader::new(&bytes);
        let mut found = Vec::new();
        while r.array::<4>().is_some() {
            let head = crate::rfb::message::client::decode_rect(&mut r).expect("a head");
            assert_eq!(r.i32(), Some(Encoding::EXTENDED_DESKTOP_SIZE.0));
            ScreenLayout::decode_rect(&mut r, head.size()).expect("a layout");
            found.push((head.x, head.y, head.size()));
        }
        found
    }

    #[test]
    fn a_granted_wish_is_answered_with_the_clients_own_values() {
        let (mut desktop, mut out) = (DesktopSize::new(SMALL), OutQueue::new());
        let garbage = Screen { id: 0x2020_2020, area: Rect::new(0x2020, 0x2020, 1, 1), flags: 0x2020_2020 };
        let wish = ScreenLayout { size: LARGE, screens: vec![garbage] };
        desktop.ask(wish.clone());
        assert_eq!(desktop.poll_asked(Instant::now(), &mut out), Some(LARGE));
        assert!(out.is_empty(), "nothing is promised before the picture has that size");
        desktop.change(LARGE, Reason::Server);
        assert!(desktop.write(Means::Extended, &mut out));
        let mut expected = Vec::new();
        let mut w = Writer::new(&mut expected);
        update_head(1, &mut w);
        wish.encode_rect(Reason::ThisClient, Status::Ok, &mut w);
        assert_eq!(out.to_vec(), expected);
        assert_eq!(desktop.size(), LARGE);
    }

    #[test]
    fn sizes_beyond_the_limits_are_invalid_and_the_same_size_is_only_answered() {
        let now = Instant::now();
        for (size, status) in [
            (Size::new(159, 48), Status::InvalidLayout),
            (Size::new(160, 47), Status::InvalidLayout),
            (Size::new(4_097, 48), Status::InvalidLayout),
            (Size::new(160, 65_535), Status::InvalidLayout),
            (Size::new(0, 0), Status::InvalidLayout),
            (SMALL, Status::Ok),
        ] {
            let (mut desktop, mut out) = (DesktopSize::new(SMALL), OutQueue::new());
            desktop.ask(ScreenLayout::single(size));
            assert_eq!(desktop.poll_asked(now, &mut out), None);
            assert_eq!(sent(&mut out), [(1, status as u32, SMALL)], "{size}");
        }
        for size in [SIZE_MIN, SIZE_MAX] {
            let (mut desktop, mut out) = (DesktopSize::new(SMALL), OutQueue::new());
            desktop.ask(ScreenLayout::single(size));
            assert_eq!(desktop.poll_asked(now, &mut out), Some(size));
        }
    }

    #[test]
    fn a_third_wish_in_a_second_waits_and_the_latest_is_looked_at() {
        let (mut desktop, mut out) = (DesktopSize::new(SMALL), OutQueue::new());
        let start = Instant::now();
        let mut seen = Vec::new();
        for (ms, width) in [(0, 300), (10, 310), (20, 320), (30, 330), (500, 340)] {
            desktop.ask(ScreenLayout::single(Size::new(width, 300)));
            seen.extend(desktop.poll_asked(start + Duration::from_millis(ms), &mut out));
        }
        assert_eq!(seen, [Size::new(300, 300), Size::new(310, 300)]);
        assert_eq!(sent(&mut out), [(1, 2, SMALL)], "the second overtook the first, which was not decided");
        let wake = desktop.poll_timeout().expect("a wish waits");
        assert_eq!(wake, start + Duration::from_secs(1));
        assert!(out.is_empty());
        assert_eq!(desktop.poll_asked(wake, &mut out), Some(Size::new(340, 300)));
        assert_eq!(desktop.poll_timeout(), None);
        assert_eq!(sent(&mut out), [(1, 2, SMALL); 3], "so are the two between, and the second");
    }

    #[test]
    fn a_flood_of_wishes_is_answered_in_part() {
        let (mut desktop, mut out) = (DesktopSize::new(SMALL), OutQueue::new());
        let start = Instant::now();
        for _ in 0..10_000 {
            desktop.ask(ScreenLayout::single(LARGE));
            desktop.poll_asked(start, &mut out);
        }
        assert_eq!(sent(&mut out).len(), 1);
        assert_eq!(desktop.poll_asked(start + Duration::from_secs(1), &mut out), Some(LARGE));
        assert_eq!(sent(&mut out).len(), usize::from(OVERTAKEN_MAX) + 1);
    }

    #[test]
    fn a_refused_wish_leaves_the_size() {
        let (mut desktop, mut out) = (DesktopSize::new(SMALL), OutQueue::new());
        desktop.ask(ScreenLayout::single(LARGE));
        desktop.poll_asked(Instant::now(), &mut out);
        desktop.refuse_asked(Status::Prohibited, &mut out);
        desktop.refuse_asked(Status::Prohibited, &mut out);
        assert_eq!(sent(&mut out), [(1, 1, SMALL)], "one answer for one request");
    }

    #[test]
    fn every_full_request_is_told_the_layout() {
        let (mut desktop, mut out) = (DesktopSize::new(SMALL), OutQueue::new());
        desktop.full_request();
        desktop.full_request();
        assert!(desktop.is_due());
        assert!(!desktop.write(Means::Extended, &mut out));
        assert_eq!(sent(&mut out), [(0, 0, SMALL)]);
        assert!(!desktop.is_due());
    }

    #[test]
    fn plain_desktop_size_is_sent_only_for_a_change() {
        let (mut desktop, mut out) = (DesktopSize::new(SMALL), OutQueue::new());
        desktop.full_request();
        assert!(!desktop.write(Means::Plain, &mut out));
        assert!(out.is_empty());
        desktop.change(LARGE, Reason::OtherClient);
        assert!(desktop.write(Means::Plain, &mut out));
        assert_eq!(out.to_vec(), [0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 3, 0xc0, 0xff, 0xff, 0xff, 0x21]);
    }

    #[test]
    fn without_either_extension_the_size_stays() {
        let (mut desktop, mut out) = (DesktopSize::new(SMALL), OutQueue::new());
        desktop.change(LARGE, Reason::Server);
        assert!(!desktop.write(Means::None, &mut out));
        assert_eq!((desktop.size(), out.len()), (SMALL, 0));
    }
}
