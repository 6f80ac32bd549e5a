//! Decodings: the bytes of a rectangle back to pixels, for our own viewer and for an upstream's screen.
//!
//! A decoder takes bytes as they come and paints as it goes; it keeps no more than a row of pixels and the window of
//! its zlib stream, whatever a length says. What it paints lies in its rectangle: [`Decoders::decode`] sees to that.
//!
//! ```text
//! begin(rect, encoding) ─► decode(bytes) ─► Incomplete(taken): come again with the rest and more
//!                              │   └──────► Done(taken): begin the next rectangle
//!                              └─ paint(Drawing) …
//! ```

pub mod cursor;
mod embedded;
mod hextile;
mod inflate;
mod jpeg;
mod raw;
pub mod rre;
mod tight;
mod tight_png;
mod zlib;
mod zrle;

use std::cell::Cell;
use std::sync::Arc;

use super::colour_map::ColourMap;
use super::ids::Encoding;
use super::pixel_format::{PixelCoder, PixelFormat};
use super::wire::{Malformed, Reader};
use crate::geometry::{Point, Rect, Size};
use crate::surface::{Pixel, Surface};
use inflate::Inflater;

/// One step of drawing.
#[derive(Debug)]
pub enum Drawing<'a> {
    /// The pixels of a rectangle, row by row; as many as it holds.
    Pixels(Rect, &'a [Pixel]),
    /// A rectangle of one colour.
    Fill(Rect, Pixel),
    /// The rectangle gets what is, before this, in one of the same size at this place.
    Copy(Rect, Point),
}

impl Drawing<'_> {
    /// Draws it on `surface`, which compares before it writes.
    pub fn draw_on(&self, surface: &mut Surface) {
        match self {
            Self::Pixels(target, pixels) => surface.draw(*target, pixels),
            Self::Fill(target, pixel) => surface.draw_fill(*target, *pixel),
            Self::Copy(target, source) => surface.copy(*target, *source),
        }
    }

    /// What is drawn on.
    pub const fn target(&self) -> Rect {
        match self {
            Self::Pixels(target, _) | Self::Fill(target, _) | Self::Copy(target, _) => *target,
        }
    }
}

/// How far a rectangle has come, and the bytes taken for it by this call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More is needed. Bytes not taken must be given again, with further ones.
    Incomplete(usize),
    /// The rectangle is complete; what was not taken belongs to the next.
    Done(usize),
}

/// One way to decode a rectangle.
#[derive(Debug)]
pub struct Decoder {
    /// Its number and name.
    pub encoding: Encoding,
    begin: fn() -> Work,
}

/// What can be decoded, and so asked for; what we like best comes first.
pub const DECODERS: &[Decoder] = &[
    Decoder { encoding: Encoding::TIGHT, begin: || Work::Tight(tight::Rectangle::default()) },
    Decoder { encoding: Encoding::ZRLE, begin: || Work::Zrle(zrle::Rectangle::zrle()) },
    Decoder { encoding: Encoding::ZLIB, begin: || Work::Zlib(zlib::Rectangle::default()) },
    Decoder { encoding: Encoding::TIGHT_PNG, begin: || Work::TightPng(tight_png::Rectangle::default()) },
    Decoder { encoding: Encoding::TRLE, begin: || Work::Trle(zrle::Rectangle::trle()) },
    Decoder { encoding: Encoding::HEXTILE, begin: || Work::Hextile(hextile::Rectangle::default()) },
    Decoder { encoding: Encoding::CORRE, begin: || Work::Rre(rre::Rectangle::corre()) },
    Decoder { encoding: Encoding::RRE, begin: || Work::Rre(rre::Rectangle::rre()) },
    Decoder { encoding: Encoding::COPY_RECT, begin: || Work::CopyRect },
    Decoder { encoding: Encoding::RAW, begin: || Work::Raw { row: 0 } },
];

/// A rectangle begun, by its encoding.
#[derive(Debug)]
enum Work {
    Raw { row: u32 },
    CopyRect,
    Rre(rre::Rectangle),
    Hextile(hextile::Rectangle),
    Zlib(zlib::Rectangle),
    Trle(zrle::Rectangle),
    Zrle(zrle::Rectangle),
    Tight(tight::Rectangle),
    TightPng(tight_png::Rectangle),
}

/// The decoders of one connection.
#[derive(Debug)]
pub struct Decoders {
    format: PixelFormat,
    /// What pixels stand for that are indices; empty until it is told.
    colours: Arc<ColourMap>,
    zlib: Inflater,
    zrle: Inflater,
    tight: [Inflater; tight::STREAMS],
    picture: Size,
    current: Option<(Rect, Work)>,
    budget: Budget,
}

/// How many pixels may still be drawn.
#[derive(Clone, Copy, Debug)]
struct Budget {
    /// In this update. `None`: more were.
    update: Option<u64>,
    /// Before others have their turn.
    turn: u64,
}

impl Budget {
    const UNLIMITED: Self = Self { update: Some(u64::MAX), turn: u64::MAX };

    /// With so many pixels drawn.
    fn less(self, pixels: u64) -> Self {
        let update = self.update.and_then(|left| left.checked_sub(pixels));
        Self { update, turn: self.turn.saturating_sub(pixels) }
    }
}

/// What a decoder works with besides its own state.
struct Context<'a> {
    rect: Rect,
    format: &'a PixelFormat,
    colours: &'a Arc<ColourMap>,
    paint: &'a mut dyn FnMut(Drawing<'_>),
    budget: &'a Cell<Budget>,
}

impl Context<'_> {
    /// Whether others have their turn: who could draw much more from few bytes comes again for it.
    fn is_turn_over(&self) -> bool {
        self.budget.get().turn == 0
    }

    /// Translates from PIXEL.
    fn pixel(&self) -> PixelCoder {
        self.format.pixel().with_colours(Some(self.colours))
    }

    /// Translates from CPIXEL.
    fn cpixel(&self) -> PixelCoder {
        self.format.cpixel().with_colours(Some(self.colours))
    }

    /// Translates from TPIXEL.
    fn tpixel(&self) -> PixelCoder {
        self.format.tpixel().with_colours(Some(self.colours))
    }
}

impl Decoders {
    /// Decoders for a connection whose pixels have this checked format.
    pub fn new(format: PixelFormat) -> Self {
        let tight = std::array::from_fn(|_| Inflater::default());
        let (zlib, zrle) = (Inflater::default(), Inflater::default());
        let (picture, budget) = (Size::default(), Budget::UNLIMITED);
        Self { format, colours: Arc::default(), zlib, zrle, tight, picture, current: None, budget }
    }

    /// An update begins, whose rectangles may draw so many pixels; before the first there is no limit.
    pub fn begin_update(&mut self, pixels: u64) {
        self.budget.update = Some(pixels);
    }

    /// From now on so many pixels may be drawn before [`Self::is_turn_over`]; before the first turn there is no limit.
    pub fn begin_turn(&mut self, pixels: u64) {
        self.budget.turn = pixels;
    }

    /// Something was done that takes as long as drawing so many pixels.
    pub fn charge(&mut self, pixels: u64) {
        self.budget.turn = self.budget.turn.saturating_sub(pixels);
    }

    /// Whether as much was done as may be before others have their turn.
    pub fn is_turn_over(&self) -> bool {
        self.budget.turn == 0
    }

    /// From the next rectangle on, pixels have this checked format. The streams go on.
    pub fn set_pixel_format(&mut self, format: PixelFormat) {
        self.format = format;
    }

    /// Entries of the colour map, from number `first` on: red, green and blue of 16 bits each. They count from the next
    /// rectangle on; what was painted before keeps its colours.
    pub fn set_colours(&mut self, first: u16, colours: &[[u16; 3]]) {
        let pixel = |channels: &[u16; 3]| channels.iter().fold(0, |pixel, value| pixel << 8 | Pixel::from(value >> 8));
        let colours: Vec<Pixel> = colours.iter().map(pixel).collect();
        Arc::make_mut(&mut self.colours).set(first, &colours);
    }

    /// What pixels stand for that are indices, as far as it has been told.
    pub fn colours(&self) -> &ColourMap {
        &self.colours
    }

    /// Translates from PIXEL, as rectangles have it now.
    pub(super) fn pixel(&self) -> PixelCoder {
        self.format.pixel().with_colours(Some(&self.colours))
    }

    /// Begins a rectangle in a picture of this size.
    pub fn begin(&mut self, rect: Rect, encoding: Encoding, picture: Size) -> Result<(), Malformed> {
        let decoder = DECODERS.iter().find(|decoder| decoder.encoding == encoding);
        let decoder = decoder.ok_or(Malformed("a rectangle in an encoding that was not asked for"))?;
        let inside = u64::from(rect.x) + u64::from(rect.width) <= u64::from(picture.width)
            && u64::from(rect.y) + u64::from(rect.height) <= u64::from(picture.height);
        if !inside {
            return Err(Malformed("a rectangle outside the framebuffer"));
        }
        self.picture = picture;
        self.current = Some((rect, (decoder.begin)()));
        Ok(())
    }

    /// Goes on with the rectangle begun. It may be incomplete because the turn is over, too. After an error the connection
    /// cannot go on.
    pub fn decode(&mut self, bytes: &[u8], paint: &mut dyn FnMut(Drawing<'_>)) -> Result<Progress, Malformed> {
        let Some((rect, work)) = &mut self.current else { return Ok(Progress::Done(0)) };
        let rect = *rect;
        let budget = &Cell::new(self.budget);
        let mut inside = |drawing: Drawing<'_>| {
            let target = drawing.target();
            budget.set(budget.get().less(target.area()));
            debug_assert!(rect.contains(target), "{target:?} outside {rect:?}");
            if rect.contains(target) && budget.get().update.is_some() {
                paint(drawing);
            }
        };
        let (format, colours) = (&self.format, &self.colours);
        let mut context = Context { rect, format, colours, paint: &mut inside, budget };
        let mut reader = Reader::new(bytes);
        let done = match work {
            Work::Raw { row } => raw::decode(row, &mut context, &mut reader),
            Work::CopyRect => copy_rect(self.picture, &mut context, &mut reader)?,
            Work::Rre(rectangle) => rectangle.decode(&mut context, &mut reader)?,
            Work::Hextile(rectangle) => rectangle.decode(&mut context, &mut reader)?,
            Work::Zlib(rectangle) => rectangle.decode(&mut self.zlib, &mut context, &mut reader)?,
            Work::Trle(rectangle) => rectangle.decode(None, &mut context, &mut reader)?,
            Work::Zrle(rectangle) => rectangle.decode(Some(&mut self.zrle), &mut context, &mut reader)?,
            Work::Tight(rectangle) => rectangle.decode(&mut self.tight, &mut context, &mut reader)?,
            Work::TightPng(rectangle) => rectangle.decode(&mut context, &mut reader)?,
        };
        self.budget = budget.get();
        if self.budget.update.is_none() {
            return Err(Malformed("an update that covers the picture too often"));
        }
        if !done {
            return Ok(Progress::Incomplete(reader.position()));
        }
        self.current = None;
        Ok(Progress::Done(reader.position()))
    }
}

/// CopyRect (RFC 6143 §7.7.2).
fn copy_rect(picture: Size, context: &mut Context<'_>, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    let rect = context.rect;
    let Some((x, y)) = reader.whole(|r| Ok(r.u16().zip(r.u16())))? else { return Ok(false) };
    let source = Rect { x: x.into(), y: y.into(), ..rect };
    if !picture.rect().contains(source) {
        return Err(Malformed("a CopyRect from outside the framebuffer"));
    }
    (context.paint)(Drawing::Copy(rect, Point { x: source.x, y: source.y }));
    Ok(true)
}
