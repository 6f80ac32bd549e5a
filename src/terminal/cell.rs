//! A cell: one character, its colours and its attributes, in sixteen bytes.

/// A colour as the guest named it; the palette turns it into light.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Color(u32);

/// What a [`Color`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorKind {
    /// The terminal's default foreground or background.
    Default,
    /// An entry of the palette, 0 to 255.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

impl Color {
    /// The terminal's default foreground or background.
    pub const DEFAULT: Self = Self(0);

    /// Palette entry `index`.
    pub const fn indexed(index: u8) -> Self {
        Self(1 << 24 | index as u32)
    }

    /// A direct colour.
    pub const fn rgb(r: u8, g: u8, b: u8) -> Self {
        Self(2 << 24 | (r as u32) << 16 | (g as u32) << 8 | b as u32)
    }

    /// What this colour says.
    pub const fn kind(self) -> ColorKind {
        match self.0 >> 24 {
            0 => ColorKind::Default,
            1 => ColorKind::Indexed(self.0 as u8),
            _ => ColorKind::Rgb((self.0 >> 16) as u8, (self.0 >> 8) as u8, self.0 as u8),
        }
    }
}

impl std::fmt::Debug for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind().fmt(f)
    }
}

/// How a cell is underlined (SGR 4, 4:n, 21).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Underline {
    /// Not at all.
    #[default]
    None,
    /// One line.
    Single,
    /// Two lines.
    Double,
    /// A wave.
    Curly,
    /// Dots.
    Dotted,
    /// Dashes.
    Dashed,
}

/// The attributes of a cell, one bit each and three for the underline.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Attrs(u16);

impl Attrs {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// SGR 1.
    pub const BOLD: Self = Self(1);
    /// SGR 2.
    pub const DIM: Self = Self(1 << 1);
    /// SGR 3.
    pub const ITALIC: Self = Self(1 << 2);
    /// SGR 5.
    pub const BLINK: Self = Self(1 << 3);
    /// SGR 6.
    pub const RAPID_BLINK: Self = Self(1 << 4);
    /// SGR 7.
    pub const REVERSE: Self = Self(1 << 5);
    /// SGR 8.
    pub const HIDDEN: Self = Self(1 << 6);
    /// SGR 9.
    pub const STRIKE: Self = Self(1 << 7);
    /// SGR 53.
    pub const OVERLINE: Self = Self(1 << 8);
    /// Protected: by DECSCA from selective erasing, by SPA from all (which of them counts is the screen's to say).
    pub const PROTECTED: Self = Self(1 << 9);
    /// SGR 73.
    pub const SUPERSCRIPT: Self = Self(1 << 10);
    /// SGR 74.
    pub const SUBSCRIPT: Self = Self(1 << 11);
    const UNDERLINE_SHIFT: u32 = 12;
    const UNDERLINE_MASK: u16 = 7 << Self::UNDERLINE_SHIFT;

    /// Whether all of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is set.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// With `other` set too.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// With `other` cleared.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The style of the underline.
    pub const fn underline(self) -> Underline {
        match (self.0 & Self::UNDERLINE_MASK) >> Self::UNDERLINE_SHIFT {
            0 => Underline::None,
            1 => Underline::Single,
            2 => Underline::Double,
            3 => Underline::Curly,
            4 => Underline::Dotted,
            _ => Underline::Dashed,
        }
    }

    /// With this underline instead of any other.
    pub const fn with_underline(self, underline: Underline) -> Self {
        Self((self.0 & !Self::UNDERLINE_MASK) | (underline as u16) << Self::UNDERLINE_SHIFT)
    }

    /// The bits, for compact storage.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// From [`Attrs::bits`].
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
}

impl std::fmt::Debug for Attrs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attrs({:#06x})", self.0)
    }
}

/// One cell of a screen. A wide character takes two: the left holds it, the right is its spacer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Cell {
    glyph: u32,
    /// Foreground, before bold, dim and reverse are applied.
    pub fg: Color,
    /// Background, before reverse is applied.
    pub bg: Color,
    /// Bold, underline and so on.
    pub attrs: Attrs,
    /// Index into the screen's table of rare things (underline colour, link); 0 for none.
    pub extra: u16,
}

impl Cell {
    const SCALAR: u32 = 0x1f_ffff;
    const WIDE: u32 = 1 << 21;
    const SPACER: u32 = 1 << 22;
    const CLUSTER: u32 = 1 << 23;
    /// The other bits but those of [`Cell::KINDS`] are the number of a piece of a picture.
    const PICTURE: u32 = 1 << 31;
    const KINDS: u32 = Self::WIDE | Self::SPACER | Self::CLUSTER | Self::PICTURE;
    /// The largest number of a piece of a picture.
    pub(super) const MAX_PICTURE: u32 = (1 << 28) - 1;

    /// An empty cell in the default colours.
    pub const EMPTY: Self = Self { glyph: 0, fg: Color::DEFAULT, bg: Color::DEFAULT, attrs: Attrs::NONE, extra: 0 };

    /// An empty cell with this background: what an erasure leaves (background colour erase).
    pub const fn erased(bg: Color) -> Self {
        Self { bg, ..Self::EMPTY }
    }

    /// The same colours and attributes with the character `ch`, one column wide.
    pub const fn with_char(self, ch: char) -> Self {
        Self { glyph: ch as u32, ..self }
    }

    /// The left half of the wide character `ch`.
    pub const fn with_wide_char(self, ch: char) -> Self {
        Self { glyph: ch as u32 | Self::WIDE, ..self }
    }

    /// The same colours and attributes with the printable ASCII character `byte`.
    #[inline]
    pub(super) const fn with_ascii(self, byte: u8) -> Self {
        Self { glyph: byte as u32, ..self }
    }

    /// An empty cell with the same colours and attributes: a pen.
    pub(super) const fn as_pen(self) -> Self {
        Self { glyph: 0, ..self }
    }

    /// What is left when only the character goes: a blank that keeps its looks, or an empty cell if it has none.
    pub(super) fn blanked(self) -> Self {
        if self.is_empty() || self.same_style(Self::EMPTY) { Self::erased(self.bg) } else { self.with_char(' ') }
    }

    /// The right half of a wide character.
    pub const fn as_spacer(self) -> Self {
        Self { glyph: Self::SPACER, ..self }
    }

    /// With the screen's cluster number `index` (base character and combining marks) in place of the character.
    pub const fn with_cluster(self, index: u32) -> Self {
        Self { glyph: (self.glyph & (Self::WIDE | Self::SPACER)) | Self::CLUSTER | (index & Self::SCALAR), ..self }
    }

    /// The character `ch` in place of a cluster, one or two columns wide as that was.
    pub(super) const fn with_base(self, ch: char) -> Self {
        Self { glyph: (self.glyph & (Self::WIDE | Self::SPACER)) | ch as u32, ..self }
    }

    /// With piece `number` of a picture in place of the character.
    pub(super) const fn with_picture(self, number: u32) -> Self {
        let glyph = Self::PICTURE | (number & Self::SCALAR) | (number & Self::MAX_PICTURE & !Self::SCALAR) << 3;
        Self { glyph, ..self }
    }

    /// The number of the piece, when this cell is one of a picture: see [`super::pictures`].
    pub const fn picture(self) -> Option<u32> {
        if self.glyph & Self::PICTURE == 0 {
            return None;
        }
        Some((self.glyph & Self::SCALAR) | (self.glyph & !Self::KINDS & !Self::SCALAR) >> 3)
    }

    /// The character; `None` for an empty cell, the right half of a wide one, a cluster, or a piece of a picture.
    pub const fn char(self) -> Option<char> {
        if self.glyph & (Self::SPACER | Self::CLUSTER | Self::PICTURE) != 0 || self.glyph & Self::SCALAR == 0 {
            None
        } else {
            char::from_u32(self.glyph & Self::SCALAR)
        }
    }

    /// The number of the cluster, when this cell holds one.
    pub const fn cluster(self) -> Option<u32> {
        if self.glyph & Self::CLUSTER != 0 { Some(self.glyph & Self::SCALAR) } else { None }
    }

    /// Whether this is the left half of a wide character.
    pub const fn is_wide(self) -> bool {
        self.glyph & Self::WIDE != 0
    }

    /// Whether this is the right half of a wide character.
    pub const fn is_spacer(self) -> bool {
        self.glyph & Self::SPACER != 0
    }

    /// Whether nothing was ever printed here (a printed space is not empty).
    pub const fn is_empty(self) -> bool {
        self.glyph == 0
    }

    /// The character as a byte, right if [`Cell::oddness`] is 0.
    #[inline]
    pub(super) const fn ascii(self) -> u8 {
        self.glyph as u8
    }

    /// 0 if this is an ASCII character in the default style. A number, so that those of a row can be joined without a
    /// branch for each cell.
    #[inline]
    pub(super) const fn oddness(self) -> u32 {
        let style = self.fg.0 | self.bg.0 | self.attrs.0 as u32 | self.extra as u32;
        // The empty cell's glyph, 0, becomes a number with the highest bit set.
        style | self.glyph & !0x7f | self.glyph.wrapping_sub(1) >> 31
    }

    /// Whether two cells have the same colours, attributes and rare things, whatever they hold.
    pub fn same_style(self, other: Self) -> bool {
        (self.fg, self.bg, self.attrs, self.extra) == (other.fg, other.bg, other.attrs, other.extra)
    }

    /// Whether two cells hold the same character, whatever their colours.
    pub const fn same_glyph(self, other: Self) -> bool {
        self.glyph == other.glyph
    }
}

impl Default for Cell {
    fn default() -> Self {
        Self::EMPTY
    }
}
