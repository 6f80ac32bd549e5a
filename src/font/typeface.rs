//! A user's typeface: one font file, or one for each style, read once for all consoles.

use std::io::Read;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use super::bitmap::{BitmapError, BitmapFace};
use super::canvas::Canvas;
use super::outline::{GLYPHS_MAX, OutlineFile};
use super::{CELL_HEIGHT_MAX, CELL_HEIGHT_MIN, FontError, Style, strike};
use crate::geometry::Size;

/// Largest font file, in bytes, after it is unpacked.
pub const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why a file is no typeface.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum TypefaceError {
    /// It begins as no font we know.
    #[error("it begins as none that can be read: TrueType, OpenType, PSF or BDF, the last two perhaps with gzip")]
    Unknown,
    /// It is larger than [`FILE_BYTES_MAX`].
    #[error("it has more than 16 MiB; cut it down to the characters you need, with pyftsubset for instance")]
    Large,
    /// The compressed data are damaged.
    #[error("it is damaged: gzip cannot unpack it")]
    Gzip,
    /// Too many outlines to expand.
    #[error("it has {0} glyphs, more than {GLYPHS_MAX}; cut it down to those you need, with pyftsubset for instance")]
    Glyphs(u32),
    /// An outline file is damaged.
    #[error("it is damaged: {0}")]
    Outline(&'static str),
    /// A bitmap file is damaged, or beyond a limit.
    #[error("it is damaged: {0}")]
    Bitmap(#[from] BitmapError),
}

/// A typeface. Copies share the file; two are equal if they do.
#[derive(Clone, Debug)]
pub struct Typeface {
    regular: Arc<File>,
    /// By [`Style`], for those that have a file of their own.
    styles: [Option<Arc<File>>; 4],
}

#[derive(Debug)]
enum File {
    Bitmap(BitmapFace),
    Outline(OutlineFile),
}

impl PartialEq for Typeface {
    fn eq(&self, other: &Self) -> bool {
        let same = |one: &Option<Arc<File>>, other: &Option<Arc<File>>| match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        Arc::ptr_eq(&self.regular, &other.regular)
            && self.styles.iter().zip(&other.styles).all(|(one, other)| same(one, other))
    }
}

impl Eq for Typeface {}

impl Typeface {
    /// Reads the regular face from the bytes of a file.
    pub fn read(file: &[u8]) -> Result<Self, TypefaceError> {
        Ok(Self { regular: Arc::new(File::read(file)?), styles: [const { None }; 4] })
    }

    /// Reads another style from the bytes of a file; without one, it is made from the regular face.
    pub fn add_style(&mut self, style: Style, file: &[u8]) -> Result<(), TypefaceError> {
        let mut file = File::read(file)?;
        // It may never be needed.
        if let File::Outline(file) = &mut file {
            file.close();
        }
        self.styles[style.index()] = Some(Arc::new(file));
        Ok(())
    }

    /// The cell of the letters, the row below their feet, and whether they are black and white.
    pub(super) fn cell(&self, height: Option<u32>, scale: u32) -> Result<(Size, u32, bool), FontError> {
        match &*self.regular {
            File::Bitmap(face) => {
                let own = face.cell();
                if height.is_some_and(|height| height != own.height) {
                    return Err(FontError::Fixed(own.height));
                }
                Ok((Size::new(own.width * scale, own.height * scale), face.baseline() * scale, true))
            }
            File::Outline(file) => {
                let height = height.unwrap_or(strike::CELL.height);
                debug_assert!((CELL_HEIGHT_MIN..=CELL_HEIGHT_MAX).contains(&height));
                let (cell, baseline) = file.cell(height * scale);
                Ok((cell, baseline, false))
            }
        }
    }

    /// Draws a character; `false` when the typeface has none.
    pub(super) fn draw(&self, ch: char, style: Style, baseline: u32, canvas: &mut Canvas) -> bool {
        let own = self.styles[style.index()].as_ref();
        own.is_some_and(|file| file.draw(ch, Style::Regular, baseline, canvas))
            || self.regular.draw(ch, style, baseline, canvas)
    }
}

impl File {
    fn read(file: &[u8]) -> Result<Self, TypefaceError> {
        if file.starts_with(&GZIP) {
            return Self::read_plain(&unpack(file)?);
        }
        Self::read_plain(file)
    }

    fn read_plain(file: &[u8]) -> Result<Self, TypefaceError> {
        if file.len() > FILE_BYTES_MAX {
            return Err(TypefaceError::Large);
        }
        if BitmapFace::is_one(file) {
            return Ok(Self::Bitmap(BitmapFace::read(file)?));
        }
        if !OutlineFile::is_one(file) {
            return Err(TypefaceError::Unknown);
        }
        match OutlineFile::glyphs(file) {
            None => Err(TypefaceError::Outline("it does not say how many glyphs it has")),
            Some(glyphs) if glyphs > GLYPHS_MAX => Err(TypefaceError::Glyphs(glyphs)),
            Some(_) => OutlineFile::read(file).map(Self::Outline).map_err(TypefaceError::Outline),
        }
    }

    fn draw(&self, ch: char, style: Style, baseline: u32, canvas: &mut Canvas) -> bool {
        match self {
            Self::Bitmap(face) => face.draw(ch, style, canvas),
            Self::Outline(file) => file.draw(ch, style, baseline, canvas),
        }
    }
}

/// Unpacks gzip, and no more of it than a font may have.
fn unpack(file: &[u8]) -> Result<Vec<u8>, TypefaceError> {
    let mut plain = Vec::new();
    let most = FILE_BYTES_MAX as u64 + 1;
    MultiGzDecoder::new(file).take(most).read_to_end(&mut plain).map_err(|_| TypefaceError::Gzip)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::font::{CELL_SIDE_MAX, Font, FontOptions, GlyphKey};
    use std::io::Write;

    const OUTLINE: &[u8] = include_bytes!("../../fonts/greek-regular.ttf");
    const BOLD: &[u8] = include_bytes!("../../fonts/greek-bold.ttf");
    const BITMAP: &[u8] = include_bytes!("../../fonts/small-regular.psf");

    fn packed(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(plain).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    }

    fn font(faces: &[Typeface], cell_height: Option<u32>, scale: u32) -> Result<Font, FontError> {
        Font::new(FontOptions { faces, cell_height, scale })
    }

    fn levels(font: &mut Font, ch: char, style: Style) -> Vec<u8> {
        font.mask(GlyphKey { text: &[ch], style, wide: false }).levels().to_vec()
    }

    #[test]
    fn a_packed_file_is_the_same_font() {
        let plain = Typeface::read(BITMAP).expect("a file of the program");
        let unpacked = Typeface::read(&packed(BITMAP)).expect("the same, packed");
        let [mut one, mut other] = [plain, unpacked].map(|face| font(&[face], None, 1).expect("it has one size"));
        assert_eq!(levels(&mut one, 'g', Style::Regular), levels(&mut other, 'g', Style::Regular));
    }

    #[test]
    fn files_that_are_no_fonts_are_refused() {
        let refused = |file: &[u8]| Typeface::read(file).expect_err("no font");
        assert_eq!(refused(b""), TypefaceError::Unknown);
        assert_eq!(refused(b"%PDF-1.7"), TypefaceError::Unknown);
        assert_eq!(refused(&packed(b"hello")), TypefaceError::Unknown);
        assert_eq!(refused(&packed(BITMAP)[..2000]), TypefaceError::Gzip);
        assert_eq!(refused(&packed(&vec![0; FILE_BYTES_MAX + 1])), TypefaceError::Large);
        assert_eq!(refused(&vec![0; FILE_BYTES_MAX + 1]), TypefaceError::Large);
        assert_eq!(refused(&vec![0; FILE_BYTES_MAX]), TypefaceError::Unknown);
        assert!(matches!(refused(&OUTLINE[..200]), TypefaceError::Outline(_)));
    }

    #[test]
    fn files_of_too_many_glyphs_are_refused_before_they_are_opened() {
        // A table directory with nothing in it but the count.
        let with = |glyphs: u16| {
            let mut file = b"\0\x01\0\0\0\x01\0\0\0\0\0\0maxp\0\0\0\0\0\0\0\x1c\0\0\0\x06\0\0\x50\0".to_vec();
            file.extend(glyphs.to_be_bytes());
            Typeface::read(&file).expect_err("there are no outlines")
        };
        assert_eq!(with(GLYPHS_MAX as u16 + 1), TypefaceError::Glyphs(GLYPHS_MAX + 1));
        assert!(matches!(with(GLYPHS_MAX as u16), TypefaceError::Outline(_)));
    }

    #[test]
    fn the_first_face_decides_the_cell_and_the_next_draw_what_it_lacks() {
        let outline = Typeface::read(OUTLINE).expect("a file of the program");
        let bitmap = Typeface::read(BITMAP).expect("a file of the program");
        // Greek alone: Latin letters come from the next face, and are those of a font of that alone.
        let mut both = font(&[outline.clone(), bitmap.clone()], Some(20), 1).expect("a size in range");
        let mut alone = font(&[outline], Some(20), 1).expect("a size in range");
        assert_eq!(both.cell(), alone.cell());
        assert_eq!(levels(&mut both, 'λ', Style::Regular), levels(&mut alone, 'λ', Style::Regular));
        assert_ne!(levels(&mut both, 'g', Style::Regular), levels(&mut alone, 'g', Style::Regular));
        let mut bitmap = font(&[bitmap], None, 2).expect("its own size");
        assert_eq!(bitmap.cell(), Size::new(16, 32));
        assert!(levels(&mut bitmap, '語', Style::Regular).iter().any(|level| *level > 0), "at last ours");
    }

    #[test]
    fn a_style_with_a_file_is_drawn_from_it() {
        let mut own = Typeface::read(OUTLINE).expect("a file of the program");
        own.add_style(Style::Bold, BOLD).expect("a file of the program");
        let [bold, plain] = [BOLD, OUTLINE].map(|file| Typeface::read(file).expect("a file of the program"));
        assert!(own != plain && own == own.clone());
        let [mut own, mut bold, mut plain] =
            [own, bold, plain].map(|face| font(&[face], Some(32), 1).expect("a size in range"));
        assert_eq!(levels(&mut own, 'λ', Style::Bold), levels(&mut bold, 'λ', Style::Regular));
        assert_eq!(levels(&mut own, 'λ', Style::Regular), levels(&mut plain, 'λ', Style::Regular));
        assert_eq!(levels(&mut own, 'λ', Style::Italic), levels(&mut plain, 'λ', Style::Italic));
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        let bitmap = Typeface::read(BITMAP).expect("a file of the program");
        assert_eq!(font(std::slice::from_ref(&bitmap), Some(18), 1).err(), Some(FontError::Fixed(16)));
        assert!(font(&[bitmap], Some(16), 4).is_ok(), "its own size is right");
        let outline = Typeface::read(OUTLINE).expect("a file of the program");
        assert!(font(std::slice::from_ref(&outline), Some(CELL_SIDE_MAX / 2), 2).is_ok());
        assert!(matches!(font(&[outline], Some(CELL_SIDE_MAX / 2), 3).err(), Some(FontError::Cell(_))));
    }
}
