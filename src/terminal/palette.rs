//! The 256 colours and the dynamic ones, and what a [`Color`] looks like in them.

use super::cell::{Color, ColorKind};

/// A colour as light, eight bits for each part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rgb {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

/// What a terminal looks like before the guest changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// The default foreground.
    pub foreground: Rgb,
    /// The default background.
    pub background: Rgb,
    /// The cursor's colour; `None` for that of the text under it.
    pub cursor: Option<Rgb>,
    /// Black, red, green, yellow, blue, magenta, cyan, white; then the same, bright.
    pub colors: [Rgb; 16],
    /// Whether bold text in one of the first eight colours has the bright one instead (xterm's `boldColors`).
    pub bold_is_bright: bool,
    /// How much of its colour faint text (SGR 2) keeps, in percent from 0 to 100; the rest is its background's.
    pub dim: u8,
}

impl Theme {
    /// The bundled dark one. Its colours are not xterm's, whose blue cannot be read on black, and whose primaries glare.
    /// These are evenly light, told apart at a glance, and black is the background, so that programs which paint it leave
    /// no patches.
    ///
    /// The foreground is exactly grey, and not lighter than two thirds in two bits: a tint that is pleasant in full colour
    /// falls on different sides of a step in each channel where a viewer has 64 colours, and becomes plain blue.
    pub const DARK: Self = Self::new(
        0xd4d4d4,
        0x0d0f12,
        [
            0x0d0f12, 0xd05050, 0x45a552, 0xc8a02c, 0x2d5fc4, 0xb05cc6, 0x2fa3ad, 0xc9cdd4, 0x6b717d, 0xff7070,
            0x6fd67a, 0xf0cd58, 0x7aa7ff, 0xd98df2, 0x62d6df, 0xffffff,
        ],
    );

    /// A theme of these colours, each 0x00RRGGBB, and nothing else special.
    pub const fn new(foreground: u32, background: u32, colors: [u32; 16]) -> Self {
        let mut index = 0;
        let mut rgb = [Rgb::from_u32(0); 16];
        while index < 16 {
            rgb[index] = Rgb::from_u32(colors[index]);
            index += 1;
        }
        Self {
            foreground: Rgb::from_u32(foreground),
            background: Rgb::from_u32(background),
            cursor: None,
            colors: rgb,
            bold_is_bright: true,
            dim: 67,
        }
    }
}

/// The colours of a terminal. Two palettes are equal when every colour is; the generation does not count.
#[derive(Clone, Debug)]
pub struct Palette {
    indexed: [Rgb; 256],
    foreground: Rgb,
    background: Rgb,
    cursor: Option<Rgb>,
    /// Colours that programs may set and ask for, but which nothing is painted in; see [`Kept`].
    kept: [Option<Rgb>; Kept::COUNT],
    bold_is_bright: bool,
    dim: u8,
    generation: u32,
}

/// A colour that is kept for those who ask, and without effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// OSC 5: of bold (0), underlined, blinking, reverse and italic (4) text.
    Special(u8),
    /// OSC 13 to 19: the pointer's two, Tektronix's two, the highlight's background, Tektronix's cursor, the highlight's
    /// text.
    Dynamic(u8),
}

impl Kept {
    /// Special colours that there are.
    pub(super) const SPECIALS: u8 = 5;
    const FIRST_DYNAMIC: u8 = 13;
    const LAST_DYNAMIC: u8 = 19;
    const COUNT: usize = (Self::SPECIALS + Self::LAST_DYNAMIC - Self::FIRST_DYNAMIC + 1) as usize;

    /// Every one of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let dynamic = (Self::FIRST_DYNAMIC..=Self::LAST_DYNAMIC).map(Self::Dynamic);
        (0..Self::SPECIALS).map(Self::Special).chain(dynamic)
    }

    fn place(self) -> usize {
        usize::from(match self {
            Self::Special(number) => number.min(Self::SPECIALS - 1),
            Self::Dynamic(number) => {
                Self::SPECIALS + number.clamp(Self::FIRST_DYNAMIC, Self::LAST_DYNAMIC) - Self::FIRST_DYNAMIC
            }
        })
    }
}

impl Rgb {
    /// From 0x00RRGGBB.
    pub const fn from_u32(rgb: u32) -> Self {
        Self { r: (rgb >> 16) as u8, g: (rgb >> 8) as u8, b: rgb as u8 }
    }

    /// Whether dark text can be read on it better than light text: by its luma (ITU-R BT.601).
    pub const fn is_light(self) -> bool {
        299 * self.r as u32 + 587 * self.g as u32 + 114 * self.b as u32 >= 128_000
    }

    /// As 0x00RRGGBB.
    pub const fn to_u32(self) -> u32 {
        (self.r as u32) << 16 | (self.g as u32) << 8 | self.b as u32
    }
}

impl Palette {
    /// The colours of a theme.
    pub fn new(theme: &Theme) -> Self {
        let themed = |index: u8| theme.colors.get(usize::from(index)).copied();
        Self {
            indexed: std::array::from_fn(|index| themed(index as u8).unwrap_or(Self::standard(index as u8))),
            foreground: theme.foreground,
            background: theme.background,
            cursor: theme.cursor,
            kept: [None; Kept::COUNT],
            bold_is_bright: theme.bold_is_bright,
            dim: theme.dim.min(100),
            generation: 0,
        }
    }

    /// What entry `index` is unless a theme or the guest says otherwise: 16 ANSI colours, the 6x6x6 cube, 24 greys.
    pub const fn standard(index: u8) -> Rgb {
        match index {
            0..=15 => Theme::DARK.colors[index as usize],
            16..=231 => {
                let n = index - 16;
                Rgb { r: Self::cube_level(n / 36), g: Self::cube_level(n / 6 % 6), b: Self::cube_level(n % 6) }
            }
            232..=255 => {
                let level = 8 + 10 * (index - 232);
                Rgb { r: level, g: level, b: level }
            }
        }
    }

    const fn cube_level(step: u8) -> u8 {
        if step == 0 { 0 } else { 55 + 40 * step }
    }

    /// The light of `color`; `default` is what [`Color::DEFAULT`] stands for.
    pub fn resolve(&self, color: Color, default: Rgb) -> Rgb {
        match color.kind() {
            ColorKind::Default => default,
            ColorKind::Indexed(index) => self.indexed[usize::from(index)],
            ColorKind::Rgb(r, g, b) => Rgb { r, g, b },
        }
    }

    /// Entry `index`.
    pub fn indexed(&self, index: u8) -> Rgb {
        self.indexed[usize::from(index)]
    }

    /// The default foreground (OSC 10).
    pub fn foreground(&self) -> Rgb {
        self.foreground
    }

    /// The default background (OSC 11).
    pub fn background(&self) -> Rgb {
        self.background
    }

    /// The cursor's colour (OSC 12); `None` while it is not set: then the painter chooses.
    pub fn cursor(&self) -> Option<Rgb> {
        self.cursor
    }

    /// A colour that is only kept; `None` while it was not set.
    pub(super) fn kept(&self, which: Kept) -> Option<Rgb> {
        self.kept[which.place()]
    }

    /// Changes a colour that is only kept: nothing needs painting.
    pub(super) fn set_kept(&mut self, which: Kept, rgb: Option<Rgb>) {
        self.kept[which.place()] = rgb;
    }

    /// Whether bold text in one of the first eight colours has the bright one instead.
    pub fn bold_is_bright(&self) -> bool {
        self.bold_is_bright
    }

    /// How much of its colour faint text keeps, in percent.
    pub fn dim(&self) -> u8 {
        self.dim
    }

    /// A number that changes whenever a colour does.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Changes entry `index`.
    pub fn set_indexed(&mut self, index: u8, rgb: Rgb) {
        let old = std::mem::replace(&mut self.indexed[usize::from(index)], rgb);
        self.note(old != rgb);
    }

    /// Changes the default foreground.
    pub fn set_foreground(&mut self, rgb: Rgb) {
        let old = std::mem::replace(&mut self.foreground, rgb);
        self.note(old != rgb);
    }

    /// Changes the default background.
    pub fn set_background(&mut self, rgb: Rgb) {
        let old = std::mem::replace(&mut self.background, rgb);
        self.note(old != rgb);
    }

    /// Changes the cursor's colour.
    pub fn set_cursor(&mut self, rgb: Option<Rgb>) {
        let old = std::mem::replace(&mut self.cursor, rgb);
        self.note(old != rgb);
    }

    /// Takes all colours of `other`; the generation moves on only if that changes one.
    pub fn copy_from(&mut self, other: &Self) {
        if *self != *other {
            let generation = self.generation.wrapping_add(1);
            *self = Self { generation, ..other.clone() };
        }
    }

    /// Moves the generation on though no colour changed.
    pub(super) fn touch(&mut self) {
        self.note(true);
    }

    fn note(&mut self, changed: bool) {
        self.generation = self.generation.wrapping_add(u32::from(changed));
    }
}

impl Default for Palette {
    fn default() -> Self {
        Self::new(&Theme::DARK)
    }
}

impl PartialEq for Palette {
    fn eq(&self, other: &Self) -> bool {
        let dynamic = |p: &Self| (p.foreground, p.background, p.cursor, p.kept, p.bold_is_bright, p.dim);
        self.indexed == other.indexed && dynamic(self) == dynamic(other)
    }
}

impl Eq for Palette {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_colours_are_told_from_dark_ones() {
        let light = [0xffffff, 0xfdf6e3, 0x00ff00, 0x808080].map(|rgb| Rgb::from_u32(rgb).is_light());
        assert_eq!(light, [true; 4]);
        let dark = [0x000000, 0x0d0f12, 0x0000ff, 0xff0000, 0x7f7f7f].map(|rgb| Rgb::from_u32(rgb).is_light());
        assert_eq!(dark, [false; 5]);
    }

    #[test]
    fn cube_and_greys_are_xterms() {
        assert_eq!(Palette::standard(16), Rgb::from_u32(0x000000));
        assert_eq!(Palette::standard(67), Rgb::from_u32(0x5f87af));
        assert_eq!(Palette::standard(231), Rgb::from_u32(0xffffff));
        assert_eq!(Palette::standard(232), Rgb::from_u32(0x080808));
        assert_eq!(Palette::standard(255), Rgb::from_u32(0xeeeeee));
    }

    #[test]
    fn generation_counts_changes_only() {
        let mut palette = Palette::default();
        palette.set_indexed(1, Palette::standard(1));
        assert_eq!(palette.generation(), 0);
        palette.set_indexed(1, Rgb::from_u32(0x123456));
        assert_eq!(palette.generation(), 1);
        palette.copy_from(&Palette::default());
        assert_eq!(palette.generation(), 2);
        palette.copy_from(&Palette::default());
        assert_eq!(palette.generation(), 2);
    }
}
