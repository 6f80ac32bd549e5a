//! Part of a raster by kitty's graphics protocol: an image with a number, which takes the place of the one that had it before.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::scale::Raster;
use crate::geometry::Rect;

/// The most that is sent in one sequence, in characters of base64.
const CHUNK: usize = 4096;
/// The first number of ours, so that they are not those of other programs.
const FIRST: u32 = 0x5643_0000;
/// What deletes all that is to be seen on this screen.
pub const DELETE_ALL: &str = "\x1b_Ga=d,d=A,q=2\x1b\\";

/// `area` of the raster, from where the cursor is on, as the image of this number. Nothing is answered, and the cursor stays.
pub fn encode(raster: &Raster, area: Rect, number: u32, out: &mut String) {
    let mut bytes = ZlibEncoder::new(Vec::new(), Compression::fast());
    for y in area.y..area.bottom() {
        let row = raster.row(y).get(area.x as usize..area.right() as usize).unwrap_or_default();
        let row: Vec<u8> =
            row.iter().flat_map(|pixel| [(pixel >> 16) as u8, (pixel >> 8) as u8, *pixel as u8]).collect();
        bytes.write_all(&row).expect("memory takes it");
    }
    let text = STANDARD.encode(bytes.finish().expect("memory takes it"));
    let mut chunks = text.as_bytes().chunks(CHUNK).peekable();
    let mut keys = format!("a=T,f=24,o=z,s={},v={},i={},p=1,C=1,q=2,", area.width, area.height, id(number));
    while let Some(chunk) = chunks.next() {
        let more = u8::from(chunks.peek().is_some());
        let chunk = std::str::from_utf8(chunk).expect("base64 is ASCII");
        let _ = write!(out, "\x1b_G{keys}m={more};{chunk}\x1b\\");
        keys = "q=2,".into();
    }
}

/// Deletes the image of this number.
pub fn delete(number: u32, out: &mut String) {
    let _ = write!(out, "\x1b_Ga=d,d=I,i={},q=2\x1b\\", id(number));
}

fn id(number: u32) -> u32 {
    FIRST.saturating_add(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use std::io::Read as _;

    /// The keys of the first sequence, and the pixels of all.
    fn decoded(image: &str) -> (String, Vec<u8>) {
        let mut keys = String::new();
        let mut text = String::new();
        let mut ended = false;
        for sequence in image.split_terminator("\x1b\\") {
            let (head, data) = sequence.strip_prefix("\x1b_G").and_then(|rest| rest.split_once(';')).expect("APC");
            assert!(!ended && data.len() <= CHUNK && head.contains("q=2"));
            ended = head.ends_with("m=0");
            if keys.is_empty() {
                keys = head.to_owned();
            }
            text.push_str(data);
        }
        assert!(ended);
        let mut pixels = Vec::new();
        let bytes = STANDARD.decode(text).expect("base64");
        flate2::read::ZlibDecoder::new(&bytes[..]).read_to_end(&mut pixels).expect("zlib");
        (keys, pixels)
    }

    #[test]
    fn pixels_come_out_as_they_went_in_in_pieces_that_are_short_enough() {
        let size = Size::new(400, 40);
        let noise = |x: u32, y: u32| ((x * 0x9e_3779) ^ y.wrapping_mul(0x85eb_ca6b)).wrapping_mul(0xc2b2_ae35) >> 8;
        let raster = Raster::of(size, noise);
        for area in [size.rect(), Rect::new(3, 5, 1, 1), Rect::new(0, 0, 16, 4)] {
            let mut image = String::new();
            encode(&raster, area, 7, &mut image);
            let (keys, pixels) = decoded(&image);
            assert!(keys.contains(&format!("s={},v={},i={},", area.width, area.height, FIRST + 7)), "{keys}");
            let expected = (area.y..area.bottom())
                .flat_map(|y| (area.x..area.right()).flat_map(move |x| noise(x, y).to_be_bytes()[1..].to_vec()));
            assert!(pixels.into_iter().eq(expected));
        }
        assert!(image_count(&raster, size.rect()) > 1, "it was cut");
    }

    fn image_count(raster: &Raster, area: Rect) -> usize {
        let mut image = String::new();
        encode(raster, area, 0, &mut image);
        image.matches("\x1b_G").count()
    }
}
