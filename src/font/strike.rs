//! The bundled face at its small size: bitmaps, read where they lie in the program.
//!
//! At sixteen pixels a letter is drawn better by hand than by any outline, and in two colours it costs half the bytes on
//! the wire that it would cost with grey (docs/fonts.md).

use super::Style;
use super::bitmap::BitmapFace;
use super::canvas::Canvas;
use crate::geometry::Size;

/// The cell of these bitmaps.
pub(super) const CELL: Size = Size::new(8, 16);
/// The first row below the feet of the letters.
pub(super) const BASELINE: u32 = 12;

/// The files: the letters by [`Style`], then what these lack, in one style.
const FILES: [&[u8]; 5] = [
    include_bytes!("../../fonts/small-regular.psf"),
    include_bytes!("../../fonts/small-bold.psf"),
    include_bytes!("../../fonts/small-italic.psf"),
    include_bytes!("../../fonts/small-bold-italic.psf"),
    include_bytes!("../../fonts/small-more.psf"),
];
const MORE: usize = 4;

/// The small bundled face; of each file the table of characters is made when it is first needed.
#[derive(Debug, Default)]
pub(super) struct StrikeFace {
    files: [Option<Box<BitmapFace>>; FILES.len()],
}

impl StrikeFace {
    /// Bytes kept.
    pub fn memory(&self) -> usize {
        self.files.iter().flatten().map(|file| file.memory()).sum()
    }

    /// Draws a character; `false` when the face has none. All styles have the same letters.
    pub fn draw(&mut self, ch: char, style: Style, canvas: &mut Canvas) -> bool {
        // The file of a style is the style; only the last has to be slanted or thickened.
        self.file(style.index()).is_some_and(|file| file.draw(ch, Style::Regular, canvas))
            || self.file(MORE).is_some_and(|file| file.draw(ch, style, canvas))
    }

    /// A file; `None` if it did not open, which a test rules out.
    fn file(&mut self, index: usize) -> Option<&BitmapFace> {
        if self.files[index].is_none() {
            self.files[index] = BitmapFace::bundled(FILES[index]).ok().map(Box::new);
        }
        self.files[index].as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_opens_with_the_right_cell_and_the_same_letters() {
        let mut face = StrikeFace::default();
        for (index, bytes) in FILES.into_iter().enumerate() {
            let file = BitmapFace::bundled(bytes).expect("a file of the program");
            assert_eq!(file.cell(), CELL);
            assert!(face.file(index).is_some());
        }
        assert!(FILES[..MORE].iter().all(|file| file.len() == FILES[0].len()));
        assert_eq!(face.file(0).map(BitmapFace::baseline), Some(BASELINE));
        assert!(face.memory() < 48 * 1024, "tables alone are kept, {} bytes", face.memory());
    }
}
