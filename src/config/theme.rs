//! Themes: the table of those in the program, and the files of others.

use std::ops::Range;

use serde::Deserialize;

use crate::terminal::{Rgb, Theme};

/// Largest file of a theme, in bytes; one that says everything has a few hundred.
pub const MAX_THEME_FILE: usize = 64 * 1024;

/// A theme in the program.
#[derive(Debug)]
pub struct Named {
    /// What `--theme` takes.
    pub name: &'static str,
    /// For the manual.
    pub about: &'static str,
    /// Its colours.
    pub theme: Theme,
}

/// Every theme in the program; the first is the default.
pub const THEMES: &[Named] = &[
    Named { name: "dark", about: "light grey on almost black, in muted colours", theme: Theme::DARK },
    Named {
        name: "light",
        about: "dark grey on almost white; what a program calls white is a grey that can be read",
        theme: Theme::new(
            0x24292f,
            0xfafaf8,
            [
                0x24292f, 0xb3261e, 0x1f7a33, 0x8a6100, 0x1f5fbf, 0x8b3fa8, 0x0f7580, 0x6b717d, 0x57606a, 0xcf222e,
                0x1a7f37, 0x9a6700, 0x2f6fe0, 0xa347ba, 0x1b7c83, 0x868f98,
            ],
        ),
    },
    Named {
        name: "contrast",
        about: "white on black; every colour but black has at least seven times its lightness (WCAG AAA)",
        theme: Theme {
            cursor: Some(Rgb::from_u32(0xffe05f)),
            dim: 80,
            ..Theme::new(
                0xffffff,
                0x000000,
                [
                    0x000000, 0xff8080, 0x5fe05f, 0xffe05f, 0x8cb8ff, 0xff94ff, 0x5fe8e8, 0xe0e0e0, 0xb0b0b0, 0xffa8a8,
                    0x90ff90, 0xfff09c, 0xb4d0ff, 0xffbcff, 0xa0ffff, 0xffffff,
                ],
            )
        },
    },
    Named {
        name: "tide",
        about: "soft colours on a dark blue-green; bold text keeps its colour",
        theme: Theme {
            bold_is_bright: false,
            ..Theme::new(
                0xc3d0d2,
                0x04262f,
                [
                    0x0c3540, 0xe0604e, 0x86a53a, 0xcf9b2e, 0x4a9fdc, 0xd06a9e, 0x3cb3a6, 0xc3d0d2, 0x6c8a93, 0xff8a78,
                    0xa9c95a, 0xeec15a, 0x7cc0f2, 0xec93bf, 0x6fd6c9, 0xf3f7f5,
                ],
            )
        },
    },
    Named {
        name: "xterm",
        about: "the colours of xterm",
        theme: Theme::new(
            0xe5e5e5,
            0x000000,
            [
                0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000,
                0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
            ],
        ),
    },
    Named {
        name: "vga",
        about: "the colours of a PC's text mode and the Linux console",
        theme: Theme::new(
            0xaaaaaa,
            0x000000,
            [
                0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa, 0x555555, 0xff5555,
                0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
            ],
        ),
    },
];

/// The theme of this name.
pub fn named(name: &str) -> Option<Theme> {
    THEMES.iter().find(|named| named.name == name).map(|named| named.theme)
}

/// A theme file, in TOML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    foreground: Color,
    background: Color,
    cursor: Option<Color>,
    colors: [Color; 16],
    #[serde(default = "bright")]
    bold_is_bright: bool,
    #[serde(default)]
    dim: Dim,
}

fn bright() -> bool {
    Theme::DARK.bold_is_bright
}

/// `#rrggbb`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Color(Rgb);

impl TryFrom<String> for Color {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let value = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let shown: String = text.chars().take(32).collect();
        value.map(|value| Self(Rgb::from_u32(value))).ok_or(format!("\"{shown}\" is no colour, such as \"#d4d4d4\""))
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "i64")]
struct Dim(u8);

impl Default for Dim {
    fn default() -> Self {
        Self(Theme::DARK.dim)
    }
}

impl TryFrom<i64> for Dim {
    type Error = &'static str;

    fn try_from(percent: i64) -> Result<Self, Self::Error> {
        u8::try_from(percent).ok().filter(|percent| *percent <= 100).map(Self).ok_or("dim is from 0 to 100 percent")
    }
}

/// The theme that a file describes; else the line of the mistake and what it is.
pub fn parse(text: &str) -> Result<Theme, String> {
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|Range { start, .. }| text[..start.min(text.len())].matches('\n').count() + 1);
        // What the parser says may go over several lines; the first says what is wrong.
        let what = error.message().lines().next().unwrap_or_default().to_owned();
        line.map_or_else(|| what.clone(), |line| format!("line {line}: {what}"))
    })?;
    Ok(Theme {
        foreground: file.foreground.0,
        background: file.background.0,
        cursor: file.cursor.map(|color| color.0),
        colors: file.colors.map(|color| color.0),
        bold_is_bright: file.bold_is_bright,
        dim: file.dim.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.1).
    fn luminance(color: Rgb) -> f64 {
        let part = |value: u8| match f64::from(value) / 255.0 {
            low if low <= 0.040_45 => low / 12.92,
            high => ((high + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * part(color.r) + 0.7152 * part(color.g) + 0.0722 * part(color.b)
    }

    /// Contrast ratio (WCAG 2.1), 1 to 21.
    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn contrast_is_as_wcag_counts_it() {
        assert!((contrast(Rgb::from_u32(0xffffff), Rgb::from_u32(0)) - 21.0).abs() < 1e-9);
        assert!((contrast(Rgb::from_u32(0x777777), Rgb::from_u32(0xffffff)) - 4.48).abs() < 0.01);
    }

    #[test]
    fn our_own_themes_can_be_read() {
        for (name, text, color) in
            [("dark", 7.0, 3.0), ("light", 7.0, 3.0), ("tide", 7.0, 4.0), ("contrast", 21.0, 7.0)]
        {
            let theme = named(name).expect("it is in the table");
            let shown = contrast(theme.foreground, theme.background);
            assert!(shown >= text - 1e-9, "{name}: text {shown:.1}");
            // Black is a background on dark themes; on light ones it is the text.
            for (index, entry) in theme.colors.iter().enumerate().skip(1) {
                let shown = contrast(*entry, theme.background);
                assert!(shown >= color, "{name}: colour {index} {shown:.1}");
            }
        }
    }

    #[test]
    fn names_are_told_apart_and_the_first_is_the_default() {
        for (index, named) in THEMES.iter().enumerate() {
            assert!(THEMES[index + 1..].iter().all(|other| other.name != named.name));
        }
        assert_eq!(THEMES[0].theme, Theme::DARK);
        assert_eq!(named("Dark"), None);
    }

    fn file(more: &str) -> String {
        let colors: Vec<String> = (0..16).map(|index| format!("\"#0000{index:02x}\"")).collect();
        format!("foreground = \"#FFffff\"\nbackground = \"#010203\"\ncolors = [{}]\n{more}", colors.join(", "))
    }

    #[test]
    fn a_file_says_everything_or_leaves_it_at_the_default() {
        let theme = parse(&file("")).expect("it is right");
        assert_eq!((theme.foreground.to_u32(), theme.background.to_u32()), (0xffffff, 0x010203));
        assert_eq!((theme.colors[15].to_u32(), theme.cursor), (15, None));
        assert_eq!((theme.bold_is_bright, theme.dim), (true, 67));
        let theme =
            parse(&file("cursor = \"#ff0000\"\nbold-is-bright = false\ndim = 0 # a comment")).expect("it is right");
        assert_eq!((theme.cursor, theme.bold_is_bright, theme.dim), (Some(Rgb::from_u32(0xff0000)), false, 0));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (more, line, word) in [
            ("curser = \"#ffffff\"", 4, "curser"),
            ("dim = 101", 4, "0 to 100"),
            ("\n\ncursor = \"red\"", 6, "\"red\" is no colour, such as"),
            ("cursor = \"#12345\u{e9}\"", 4, "is no colour"),
            ("cursor = 5", 4, "expected a string"),
            ("cursor = ", 4, ""),
            ("dim = \"\"\"", 4, ""),
        ] {
            let error = parse(&file(more)).expect_err(more);
            assert!(error.starts_with(&format!("line {line}: ")) && error.contains(word), "{more}: {error}");
            assert!(!error.contains('\n'), "{error}");
        }
        let missing = parse("foreground = \"#ffffff\"").expect_err("no background");
        assert!(missing.contains("background"), "{missing}");
        let short = parse(&file("").replace("\"#00000f\"", "")).expect_err("fifteen colours");
        assert!(short.starts_with("line 3: "), "{short}");
    }
}
