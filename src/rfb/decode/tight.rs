//! Tight (rfbproto, "Tight Encoding").

use super::embedded::Embedded;
use super::inflate::Inflater;
use super::{Context, Drawing, jpeg};
use crate::geometry::Rect;
use crate::rfb::encode::tight::{
    EXPLICIT_FILTER, FILL, FILTER_COPY, FILTER_GRADIENT, FILTER_PALETTE, JPEG, MAX_WIDTH, MIN_DEFLATED,
};
use crate::rfb::pixel_format::PixelCoder;
use crate::rfb::wire::{Malformed, Reader};
use crate::surface::Pixel;

/// Zlib streams of a connection.
pub(super) const STREAMS: usize = 4;

/// A rectangle being decoded.
#[derive(Debug, Default)]
pub(super) struct Rectangle {
    state: State,
    /// The rows painted.
    row: u32,
    /// The row above, for the gradient: the components of its pixels.
    above: Vec<[u32; 3]>,
}

#[derive(Debug, Default)]
enum State {
    /// The control byte comes next.
    #[default]
    Control,
    Filter {
        stream: usize,
    },
    Palette {
        stream: usize,
    },
    /// The length of the deflated data.
    Length {
        stream: usize,
        filter: Filter,
    },
    Rows {
        source: Source,
        filter: Filter,
    },
    Jpeg(Embedded),
}

/// Where the rows come from.
#[derive(Clone, Copy, Debug)]
enum Source {
    Plain,
    Stream(usize),
}

#[derive(Clone, Debug)]
enum Filter {
    Copy,
    Palette(Vec<Pixel>),
    Gradient,
}

impl Rectangle {
    /// Whether the rectangle is complete.
    pub fn decode(
        &mut self,
        streams: &mut [Inflater; STREAMS],
        context: &mut Context<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<bool, Malformed> {
        let coder = context.tpixel();
        loop {
            let next = match &mut self.state {
                State::Control => match control(streams, context, &coder, reader)? {
                    Some(Some(next)) => Some(next),
                    Some(None) => return Ok(true),
                    None => None,
                },
                State::Filter { stream } => filter(*stream, context.rect, &coder, reader)?,
                State::Palette { stream } => palette(*stream, context.rect, &coder, reader)?,
                State::Length { stream, filter } => match reader.whole(compact_length)? {
                    Some(length) => {
                        streams[*stream].announce(length);
                        Some(State::Rows { source: Source::Stream(*stream), filter: filter.clone() })
                    }
                    None => None,
                },
                State::Jpeg(file) => {
                    let Some(file) = file.gather(reader)? else { return Ok(false) };
                    jpeg::paint(&file, context)?;
                    return Ok(true);
                }
                State::Rows { .. } => return self.rows(streams, context, &coder, reader),
            };
            let Some(next) = next else { return Ok(false) };
            self.state = next;
        }
    }

    /// Decodes rows as long as there are bytes; whether that was all of them.
    fn rows(
        &mut self,
        streams: &mut [Inflater; STREAMS],
        context: &mut Context<'_>,
        coder: &PixelCoder,
        reader: &mut Reader<'_>,
    ) -> Result<bool, Malformed> {
        let State::Rows { source, filter } = &self.state else { return Ok(false) };
        let length = filter.row_len(context.rect.width, coder);
        let mut pixels = Vec::new();
        // A rectangle of no pixels has no rows either.
        while length > 0 && self.row < context.rect.height {
            let row = match source {
                Source::Plain => reader.bytes(length),
                Source::Stream(stream) => {
                    let stream = &mut streams[*stream];
                    while stream.inflated().len() < length {
                        if !stream.more(reader)? {
                            return Ok(false);
                        }
                    }
                    stream.inflated().get(..length)
                }
            };
            let Some(row) = row else { return Ok(false) };
            pixels.clear();
            filter.apply(row, context.rect.width, coder, &mut self.above, &mut pixels)?;
            if let Source::Stream(stream) = source {
                streams[*stream].consume(length);
            }
            (context.paint)(Drawing::Pixels(Rect { y: context.rect.y + self.row, height: 1, ..context.rect }, &pixels));
            self.row += 1;
        }
        match source {
            Source::Plain => Ok(true),
            Source::Stream(stream) => streams[*stream].finish(reader),
        }
    }
}

/// Reads the control byte and, of a fill, the colour. `Some(None)`: the rectangle is complete.
fn control(
    streams: &mut [Inflater; STREAMS],
    context: &mut Context<'_>,
    coder: &PixelCoder,
    reader: &mut Reader<'_>,
) -> Result<Option<Option<State>>, Malformed> {
    let Some(control) = reader.peek() else { return Ok(None) };
    let fill = control & 0xf0 == FILL;
    let color = if fill {
        let Some(bytes) = reader.whole(|r| Ok(r.skip(1).and_then(|()| r.bytes(coder.len()))))? else {
            return Ok(None);
        };
        coder.take(bytes)
    } else {
        let _ = reader.skip(1);
        None
    };
    for (bit, stream) in streams.iter_mut().enumerate() {
        if control >> bit & 1 != 0 {
            stream.restart();
        }
    }
    if let Some(color) = color {
        (context.paint)(Drawing::Fill(context.rect, color));
        return Ok(Some(None));
    }
    if context.rect.width > MAX_WIDTH {
        return Err(Malformed("a Tight rectangle that is too wide"));
    }
    if control & 0xf0 == JPEG {
        return Ok(Some(Some(State::Jpeg(Embedded::new(context.rect, jpeg::BYTES_PER_PIXEL)))));
    }
    if control & FILL != 0 {
        return Err(Malformed("a Tight compression that was not asked for"));
    }
    let stream = usize::from(control >> 4 & 3);
    Ok(Some(Some(if control & EXPLICIT_FILTER != 0 {
        State::Filter { stream }
    } else {
        rows_of(Filter::Copy, stream, context.rect, coder)
    })))
}

fn filter(stream: usize, rect: Rect, coder: &PixelCoder, reader: &mut Reader<'_>) -> Result<Option<State>, Malformed> {
    Ok(match reader.u8() {
        None => None,
        Some(FILTER_COPY) => Some(rows_of(Filter::Copy, stream, rect, coder)),
        Some(FILTER_PALETTE) => Some(State::Palette { stream }),
        Some(FILTER_GRADIENT) if coder.len() > 1 => Some(rows_of(Filter::Gradient, stream, rect, coder)),
        Some(_) => return Err(Malformed("an unknown Tight filter")),
    })
}

fn palette(stream: usize, rect: Rect, coder: &PixelCoder, reader: &mut Reader<'_>) -> Result<Option<State>, Malformed> {
    let bytes = reader.whole(|r| {
        let Some(highest) = r.u8() else { return Ok(None) };
        Ok(r.bytes((usize::from(highest) + 1) * coder.len()))
    })?;
    Ok(bytes.map(|bytes| {
        let mut colors = Vec::new();
        coder.take_row(bytes, &mut colors);
        rows_of(Filter::Palette(colors), stream, rect, coder)
    }))
}

/// What follows the filter: a length, unless the data are few.
fn rows_of(filter: Filter, stream: usize, rect: Rect, coder: &PixelCoder) -> State {
    let length = filter.row_len(rect.width, coder) as u64 * u64::from(rect.height);
    if length < MIN_DEFLATED as u64 {
        State::Rows { source: Source::Plain, filter }
    } else {
        State::Length { stream, filter }
    }
}

/// Up to 22 bits: seven a byte, the lowest first, and eight in the third.
pub(super) fn compact_length(reader: &mut Reader<'_>) -> Result<Option<usize>, Malformed> {
    let mut length = 0;
    for shift in [0, 7, 14] {
        let Some(byte) = reader.u8() else { return Ok(None) };
        let more = byte & 0x80 != 0 && shift < 14;
        length |= usize::from(if more { byte & 0x7f } else { byte }) << shift;
        if !more {
            break;
        }
    }
    Ok(Some(length))
}

impl Filter {
    /// Bytes of a row.
    fn row_len(&self, width: u32, coder: &PixelCoder) -> usize {
        let width = width as usize;
        match self {
            Self::Palette(colors) if colors.len() <= 2 => width.div_ceil(8),
            Self::Palette(_) => width,
            Self::Copy | Self::Gradient => width * coder.len(),
        }
    }

    fn apply(
        &self,
        row: &[u8],
        width: u32,
        coder: &PixelCoder,
        above: &mut Vec<[u32; 3]>,
        pixels: &mut Vec<Pixel>,
    ) -> Result<(), Malformed> {
        match self {
            Self::Copy => coder.take_row(row, pixels),
            Self::Palette(colors) => {
                let two = colors.len() <= 2;
                for x in 0..width as usize {
                    let index = if two { row[x / 8] >> (7 - x % 8) & 1 } else { row[x] };
                    let color = colors.get(usize::from(index));
                    pixels.push(*color.ok_or(Malformed("a Tight index beyond its palette"))?);
                }
            }
            Self::Gradient => {
                above.resize(width as usize, [0; 3]);
                undo_gradient(row, coder, above, pixels);
            }
        }
        Ok(())
    }
}

/// Each component is sent as its difference from left + above - above left, cut to what the component can be.
fn undo_gradient(row: &[u8], coder: &PixelCoder, above: &mut [[u32; 3]], pixels: &mut Vec<Pixel>) {
    let maxima = coder.maxima();
    let (mut left, mut above_left) = ([0; 3], [0; 3]);
    for (bytes, above) in row.chunks_exact(coder.len()).zip(above) {
        let difference = coder.components(bytes);
        let mut here = [0; 3];
        for (i, here) in here.iter_mut().enumerate() {
            let predicted = (left[i] + above[i]).saturating_sub(above_left[i]).min(maxima[i]);
            *here = (predicted + difference[i]) & maxima[i];
        }
        pixels.push(coder.color_of(here));
        above_left = *above;
        *above = here;
        left = here;
    }
}
