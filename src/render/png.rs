//! A frame as a PNG file, for whoever wants a picture without a viewer.

use std::io::Write;

use crate::surface::Frame;

/// Writes `frame` as a PNG file of eight bits a colour, row by row.
///
/// # Errors
/// What `out` says, or that the picture is empty.
pub fn write(frame: &Frame, out: impl Write) -> std::io::Result<()> {
    let size = frame.size();
    let mut encoder = png::Encoder::new(out, size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(into_io)?;
    let mut stream = writer.stream_writer().map_err(into_io)?;
    let mut line = Vec::with_capacity(size.width as usize * 3);
    for y in 0..size.height {
        line.clear();
        line.extend(frame.row(y).iter().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1)));
        stream.write_all(&line)?;
    }
    stream.finish().map_err(into_io)?;
    writer.finish().map_err(into_io)
}

fn into_io(error: png::EncodingError) -> std::io::Error {
    match error {
        png::EncodingError::IoError(error) => error,
        other => std::io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Rect, Size};
    use crate::surface::Surface;

    #[test]
    fn a_picture_comes_back_as_it_was() {
        let mut surface = Surface::new(Size::new(3, 2), Size::new(1, 1), 0x010203);
        surface.fill(Rect::new(1, 1, 1, 1), 0xff8000);
        let mut file = Vec::new();
        write(&surface.publish(), &mut file).expect("memory takes it");
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG file");
        let mut pixels = vec![0; 18];
        let info = reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!((info.width, info.height, info.color_type), (3, 2, png::ColorType::Rgb));
        assert_eq!(pixels, [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 0xff, 0x80, 0, 1, 2, 3]);
    }
}
