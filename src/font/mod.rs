//! Characters to masks: which pixels of a cell a glyph covers, and how much of each.
//!
//! Who draws a character, first match wins:
//!
//! ```text
//! boxdraw/     lines, blocks, braille, Powerline: drawn from the size of the cell, so that they join exactly
//! typeface.rs  the user's files in their order: bitmap/ reads PSF and BDF, outline/file.rs TrueType and OpenType
//! strike.rs    the bundled face at its small size: bitmaps;
//! outline/     at all other sizes: outlines (the only folder naming fontdue)
//! packed.rs    what these lack: Chinese, Japanese, Korean, emoji and other scripts, as bitmaps
//! missing.rs   a box with the digits of the code point
//! ```
//!
//! A [`Font`] belongs to one size in pixels. It makes a mask when it is first asked for and keeps what `cache.rs` allows.

mod bitmap;
mod bits;
mod boxdraw;
mod cache;
mod canvas;
mod clusters;
mod missing;
mod outline;
mod packed;
mod strike;
mod typeface;

pub use bitmap::BitmapError;
pub use typeface::{FILE_BYTES_MAX, Typeface, TypefaceError};

use crate::geometry::Size;
use cache::MaskCache;
use canvas::Canvas;
use clusters::Part;
use outline::BundledFace;
use packed::PackedFace;
use strike::StrikeFace;

/// Largest scale of a font: every pixel of the unscaled cell becomes this many, each way.
pub const SCALE_MAX: u32 = 4;
/// Smallest height of an unscaled cell, in pixels.
pub const CELL_HEIGHT_MIN: u32 = 6;
/// Largest height of an unscaled cell, in pixels.
pub const CELL_HEIGHT_MAX: u32 = 64;
/// Largest width and height of a scaled cell, in pixels: what is kept of letters grows with its area.
pub const CELL_SIDE_MAX: u32 = 128;
/// A cluster is drawn from its first characters, this many; further marks would only blacken the cell.
pub const CLUSTER_CHARS_MAX: usize = 8;

/// Weight and slant of a glyph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// Neither bold nor italic.
    #[default]
    Regular,
    /// SGR 1.
    Bold,
    /// SGR 3.
    Italic,
    /// Both.
    BoldItalic,
}

impl Style {
    /// All styles; a style's place here is its index.
    pub const ALL: [Self; 4] = [Self::Regular, Self::Bold, Self::Italic, Self::BoldItalic];

    /// The style of this weight and slant.
    pub const fn new(bold: bool, italic: bool) -> Self {
        match (bold, italic) {
            (false, false) => Self::Regular,
            (true, false) => Self::Bold,
            (false, true) => Self::Italic,
            (true, true) => Self::BoldItalic,
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// What to draw in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlyphKey<'a> {
    /// The character and the marks that combine with it; nothing at all draws an empty cell.
    pub text: &'a [char],
    /// Weight and slant.
    pub style: Style,
    /// Whether it takes two cells.
    pub wide: bool,
}

/// How much of each pixel a glyph covers: one cell, or two side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    width: u16,
    height: u16,
    levels: Box<[u8]>,
}

impl Mask {
    fn new(size: Size, levels: Box<[u8]>) -> Self {
        debug_assert_eq!(size.area(), levels.len() as u64);
        Self { width: size.width as u16, height: size.height as u16, levels }
    }

    /// Pixels across: the cell's width, or twice that for a wide glyph.
    pub fn width(&self) -> u32 {
        u32::from(self.width)
    }

    /// Pixels down: the cell's height.
    pub fn height(&self) -> u32 {
        u32::from(self.height)
    }

    /// All rows, from the top, without gaps; each value is a level, 0 (background) to [`Font::LEVELS`]` - 1` (glyph).
    pub fn levels(&self) -> &[u8] {
        &self.levels
    }

    /// The rows from the top, each [`Mask::width`] levels long.
    pub fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.levels.chunks_exact(usize::from(self.width).max(1))
    }
}

/// Where lines go that are drawn with the text, all in pixels of the scaled cell; `top` counts from the cell's top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// The first row below the feet of the letters.
    pub baseline: u32,
    /// Thickness of every line below, at least 1.
    pub thickness: u32,
    /// Top of a single underline.
    pub underline: u32,
    /// Top of a strike through the small letters.
    pub strike: u32,
    /// Top of an overline.
    pub overline: u32,
}

impl Metrics {
    /// The lines of a cell `height` pixels high whose letters stand on `baseline`, drawn at `scale`.
    fn new(height: u32, baseline: u32, scale: u32) -> Self {
        let thickness = (height / 16).max(scale).max(1);
        let underline = (baseline + thickness).min(height.saturating_sub(thickness));
        let strike = (baseline * 2 / 3).min(height.saturating_sub(thickness));
        Self { baseline, thickness, underline, strike, overline: 0 }
    }
}

/// What a font is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FontOptions<'a> {
    /// The user's faces. The first decides the size of the cell; what it lacks is looked for in the next, at last in those
    /// in the program.
    pub faces: &'a [Typeface],
    /// Height of the cell in pixels at scale 1, [`CELL_HEIGHT_MIN`] to [`CELL_HEIGHT_MAX`]; `None` for the size that
    /// the first face was made for, which is the crispest. A bitmap face has only its own.
    pub cell_height: Option<u32>,
    /// 1 to [`SCALE_MAX`].
    pub scale: u32,
}

impl Default for FontOptions<'_> {
    fn default() -> Self {
        Self { faces: &[], cell_height: None, scale: 1 }
    }
}

impl FontOptions<'_> {
    /// The cell, the row below the feet of the letters, and whether these are black and white.
    fn shape(&self) -> Result<(Size, u32, bool), FontError> {
        let scale = self.scale;
        if !(1..=SCALE_MAX).contains(&scale) {
            return Err(FontError::Scale(scale));
        }
        if let Some(height) = self.cell_height.filter(|h| !(CELL_HEIGHT_MIN..=CELL_HEIGHT_MAX).contains(h)) {
            return Err(FontError::Size(height));
        }
        let shape = match self.faces.first() {
            Some(face) => face.cell(self.cell_height, scale)?,
            None => match self.cell_height.unwrap_or(strike::CELL.height) * scale {
                height if height == strike::CELL.height => (strike::CELL, strike::BASELINE, true),
                height => {
                    let face = BundledFace::new(height);
                    (face.cell(), face.baseline(), false)
                }
            },
        };
        let (cell, ..) = shape;
        if cell.width > CELL_SIDE_MAX || cell.height > CELL_SIDE_MAX {
            return Err(FontError::Cell(cell));
        }
        Ok(shape)
    }
}

/// Why there is no font.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum FontError {
    /// The scale is 0 or too large.
    #[error("scale {0} is not between 1 and {SCALE_MAX}")]
    Scale(u32),
    /// The size is too small to draw or too large to keep.
    #[error("font size {0} is not between {CELL_HEIGHT_MIN} and {CELL_HEIGHT_MAX} pixels")]
    Size(u32),
    /// A bitmap face is asked for in another size than its own.
    #[error("the font is a bitmap of {0} pixels and has no other size; enlarge it by a scale")]
    Fixed(u32),
    /// The cell that comes of face, size and scale is too large.
    #[error("cells of {0} pixels are too large; at most {CELL_SIDE_MAX}x{CELL_SIDE_MAX}")]
    Cell(Size),
}

/// A font at one size: gives the mask of any text.
#[derive(Debug)]
pub struct Font {
    artist: Artist,
    cache: MaskCache,
}

/// All that draws; apart from the cache, so that one can be borrowed while the other works.
#[derive(Debug)]
struct Artist {
    cell: Size,
    metrics: Metrics,
    /// The steps of grey between background and glyph at the edges of what is drawn beside the letters: bitmaps are
    /// black and white, and a line of text in two colours costs half the bytes of one in three.
    steps: u8,
    /// The user's.
    faces: Vec<Typeface>,
    bundled: Bundled,
}

/// The bundled letters of one size.
#[derive(Debug)]
enum Bundled {
    Strike(StrikeFace),
    Outline(BundledFace),
}

impl Font {
    /// The number of levels of coverage: level `n` covers `n / (LEVELS - 1)` of the pixel. Halves, thirds and quarters
    /// are exact; letters use few of them (see docs/fonts.md), so that a line of text has few colours.
    pub const LEVELS: u8 = 13;

    /// The font that `options` describe.
    pub fn new(options: FontOptions<'_>) -> Result<Self, FontError> {
        let (cell, baseline, is_bitmap) = options.shape()?;
        let metrics = Metrics::new(cell.height, baseline, options.scale);
        let steps = if is_bitmap { 1 } else { 3 };
        let artist = Artist { cell, metrics, steps, faces: options.faces.to_vec(), bundled: Bundled::new(cell) };
        Ok(Self { artist, cache: MaskCache::default() })
    }

    /// The same faces at the largest size whose cells are at most `most` pixels; `None` where this one's are larger.
    pub fn within(&self, most: Size) -> Option<Self> {
        let (own, faces) = (self.cell(), &self.artist.faces[..]);
        // A face of bitmaps grows by whole steps, and outlines pixel by pixel.
        let steps = (1..=SCALE_MAX).map(|scale| FontOptions { faces, cell_height: None, scale });
        let heights = (own.height..=most.height.min(CELL_SIDE_MAX)).filter_map(|height| {
            let scale = height.div_ceil(CELL_HEIGHT_MAX);
            let cell_height = Some(height / scale).filter(|_| height.is_multiple_of(scale));
            cell_height.map(|_| FontOptions { faces, cell_height, scale })
        });
        let shapes = steps.chain(heights).filter_map(|options| options.shape().ok().map(|(cell, ..)| (cell, options)));
        let fits = |cell: Size, in_size: Size| cell.width <= in_size.width && cell.height <= in_size.height;
        let largest = shapes.filter(|(cell, _)| fits(*cell, most)).max_by_key(|(cell, _)| cell.height);
        match largest.filter(|(cell, _)| *cell != own && fits(own, *cell)) {
            Some((_, options)) => Self::new(options).ok(),
            None => fits(own, most).then(|| self.another()),
        }
    }
    /// The same font, with masks of its own: nothing of them is drawn yet.
    pub fn another(&self) -> Self {
        let Artist { cell, metrics, steps, ref faces, .. } = self.artist;
        let artist = Artist { cell, metrics, steps, faces: faces.clone(), bundled: Bundled::new(cell) };
        Self { artist, cache: MaskCache::default() }
    }

    /// The font of letters that stand above or below the line beside those of this one: about two thirds as high.
    pub fn smaller(&self) -> Self {
        let height = (self.cell().height * 11 / 16).max(CELL_HEIGHT_MIN);
        let scale = height.div_ceil(CELL_HEIGHT_MAX);
        let options = FontOptions { faces: &self.artist.faces, cell_height: Some(height / scale), scale };
        let bundled = FontOptions { faces: &[], ..options };
        // A face of bitmaps has one size.
        let font = Self::new(options).ok().filter(|font| font.cell().width <= self.cell().width);
        font.or_else(|| Self::new(bundled).ok()).unwrap_or_default()
    }

    /// The size of a cell, in pixels.
    pub fn cell(&self) -> Size {
        self.artist.cell
    }

    /// Where the baseline and the lines are.
    pub fn metrics(&self) -> &Metrics {
        &self.artist.metrics
    }

    /// The mask of a glyph, one cell wide or two. Text that no face has is drawn as its code point in a box.
    pub fn mask(&mut self, glyph: GlyphKey<'_>) -> &Mask {
        let artist = &mut self.artist;
        self.cache.get_or_draw(glyph, || artist.draw(glyph))
    }

    /// The characters of the bundled fallback, and whether each takes two cells.
    pub fn fallback() -> impl Iterator<Item = (char, bool)> {
        PackedFace::BUNDLED.chars()
    }

    /// Bytes of masks kept: what the font costs beyond its own few hundred bytes and the user's files, which all fonts
    /// share.
    pub fn memory(&self) -> usize {
        let letters = match &self.artist.bundled {
            Bundled::Strike(face) => face.memory(),
            Bundled::Outline(face) => face.memory(),
        };
        self.cache.memory() + letters
    }
}

impl Default for Font {
    /// The bundled face in its own size.
    fn default() -> Self {
        Self::new(FontOptions::default()).expect("the bundled face at scale 1 has no way to fail")
    }
}

impl Artist {
    fn draw(&mut self, glyph: GlyphKey<'_>) -> Mask {
        let size = Size::new(self.cell.width * if glyph.wide { 2 } else { 1 }, self.cell.height);
        let mut canvas = Canvas::new(size, self.steps);
        let text = &glyph.text[..glyph.text.len().min(CLUSTER_CHARS_MAX)];
        match clusters::flag(text).filter(|_| glyph.wide) {
            Some(letters) => self.draw_flag(letters, glyph.style, &mut canvas),
            None => self.draw_cluster(text, glyph.style, &mut canvas),
        }
        Mask::new(size, canvas.into_levels())
    }

    fn draw_cluster(&mut self, text: &[char], style: Style, canvas: &mut Canvas) {
        let Some(first) = text.first() else { return };
        let (base, used) = clusters::syllable(text).unwrap_or((*first, 1));
        self.draw_base(base, style, canvas);
        for &ch in &text[used..] {
            match clusters::part(ch) {
                Part::Mark => self.draw_mark(ch, style, canvas),
                part @ (Part::Frame | Part::Circle) => {
                    clusters::enclose(part, self.metrics.thickness as i32, canvas);
                }
                Part::Unseen => {}
                Part::End => break,
            }
        }
    }

    /// The letters of a country, one in each of two cells.
    fn draw_flag(&mut self, letters: [char; 2], style: Style, canvas: &mut Canvas) {
        for (letter, left) in letters.into_iter().zip([0, self.cell.width as i32]) {
            let mut half = Canvas::new(self.cell, self.steps);
            self.draw_base(letter, style, &mut half);
            canvas.put(&half, left, 0);
        }
    }

    fn draw_base(&mut self, base: char, style: Style, canvas: &mut Canvas) {
        if base == ' ' || base == '\u{a0}' || base == '\u{3000}' {
            return;
        }
        if !boxdraw::draw(base, &self.metrics, canvas) && !self.letter(base, style, canvas) {
            missing::draw(base, self.metrics.thickness, canvas);
        }
    }

    /// A mark that no face has is left out: its base character says more than a box over it.
    fn draw_mark(&mut self, mark: char, style: Style, canvas: &mut Canvas) {
        let mut over = canvas.blank();
        if self.letter(mark, style, &mut over) {
            canvas.overlay_mark(&over, self.metrics.thickness);
        }
    }

    /// Draws a character from the first face that has it; `false` when none does.
    fn letter(&mut self, ch: char, style: Style, canvas: &mut Canvas) -> bool {
        let baseline = self.metrics.baseline;
        self.faces.iter().any(|face| face.draw(ch, style, baseline, canvas))
            || self.bundled.draw(ch, style, baseline, canvas)
            || PackedFace::BUNDLED.draw(ch, style, canvas)
    }
}

impl Bundled {
    /// The letters for a cell, as high as fits: they are half as wide as high.
    fn new(cell: Size) -> Self {
        match cell {
            strike::CELL => Self::Strike(StrikeFace::default()),
            _ => Self::Outline(BundledFace::new(cell.height.min(2 * cell.width))),
        }
    }

    fn draw(&mut self, ch: char, style: Style, baseline: u32, canvas: &mut Canvas) -> bool {
        match self {
            Self::Strike(face) => face.draw(ch, style, canvas),
            Self::Outline(face) => face.draw(ch, style, baseline, canvas),
        }
    }
}

#[cfg(test)]
mod tests;
