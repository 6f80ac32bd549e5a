//! What the user's terminal can do, as its environment tells: nothing is asked of it, so nothing has to be waited for.

use crate::terminal::Rgb;
use crate::terminal::palette::Palette;

/// How many colours it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None, or none are wanted: bold, reverse and underline remain.
    Mono,
    /// The sixteen of its theme.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// All of them.
    Direct,
}

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its colours.
    pub depth: Depth,
    /// It understands what terminals of windows do: titles, shapes of the cursor, the mouse, brackets around pastes.
    pub window: bool,
    /// It understands UTF-8; else what is not ASCII is shown as well as that can be.
    pub utf8: bool,
    /// It stands for other terminals (tmux, screen), and does not pass on what it does not know.
    pub multiplexed: bool,
}

/// Terminals that have all colours and do not say so in COLORTERM everywhere (sudo and ssh drop it).
const DIRECT: &[&str] = &["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour", "rio"];
/// Those without any.
const MONO: &[&str] = &["vt52", "vt100", "vt102", "vt220", "vt320", "vt420", "ansi-m", "xterm-mono"];

/// Why a terminal is not fit to be drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this terminal cannot place its cursor (TERM is not set, or dumb): set TERM, or use --raw")]
pub struct Dumb;

impl Profile {
    /// From what the environment says of it; empty variables are none.
    ///
    /// # Errors
    /// It cannot be drawn on.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Dumb> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = variable("TERM").filter(|term| !["dumb", "unknown"].contains(&term.as_str())).ok_or(Dumb)?;
        let first = term.split('-').next().unwrap_or_default();
        let is = |names: &[&str]| names.contains(&term.as_str()) || names.contains(&first);
        let direct = variable("COLORTERM").is_some_and(|kind| kind == "truecolor" || kind == "24bit");
        // https://no-color.org
        let depth = if variable("NO_COLOR").is_some() || is(MONO) {
            Depth::Mono
        } else if direct || is(DIRECT) || term.ends_with("-direct") {
            Depth::Direct
        } else if term.ends_with("-256color") {
            Depth::Indexed
        } else {
            Depth::Sixteen
        };
        // POSIX: the first of these that is set counts.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).unwrap_or_default();
        let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
        let window = first != "linux" && !is(MONO);
        let multiplexed = ["tmux", "screen"].contains(&first.split('.').next().unwrap_or_default());
        Ok(Self { depth, window, utf8, multiplexed })
    }
}

/// What the first sixteen colours are by default in xterm; what the user has made of them is not known.
const SIXTEEN: [u32; 16] = [
    0x00_0000, 0xcd_0000, 0x00_cd00, 0xcd_cd00, 0x00_00ee, 0xcd_00cd, 0x00_cdcd, 0xe5_e5e5, 0x7f_7f7f, 0xff_0000,
    0x00_ff00, 0xff_ff00, 0x5c_5cff, 0xff_00ff, 0x00_ffff, 0xff_ffff,
];

/// Likewise on the Linux console and the VGA before it.
const VGA: [u32; 16] = [
    0x00_0000, 0xaa_0000, 0x00_aa00, 0xaa_5500, 0x00_00aa, 0xaa_00aa, 0x00_aaaa, 0xaa_aaaa, 0x55_5555, 0xff_5555,
    0x55_ff55, 0xff_ff55, 0x55_55ff, 0xff_55ff, 0x55_ffff, 0xff_ffff,
];

/// The entry from 16 to 255 of xterm's palette that comes nearest.
pub fn nearest_indexed(rgb: Rgb) -> u8 {
    (16..=255).min_by_key(|index| distance(Palette::standard(*index), rgb)).unwrap_or_default()
}

/// The entry from 0 to 15 that comes nearest.
pub fn nearest_of_sixteen(rgb: Rgb) -> u8 {
    let nearest = (0..).zip(SIXTEEN).min_by_key(|(_, there)| distance(Rgb::from_u32(*there), rgb));
    nearest.map_or(0, |(index, _)| index)
}

/// The first sixteen colours as the terminal has them by default.
pub fn sixteen(profile: Profile) -> [Rgb; 16] {
    let colors = if profile.window { SIXTEEN } else { VGA };
    colors.map(Rgb::from_u32)
}

/// Green counts most and blue least, as eyes have it (the weights are those of "redmean" at its middle).
pub fn distance(a: Rgb, b: Rgb) -> u32 {
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    5 * square(a.r, b.r) + 8 * square(a.g, b.g) + 5 * square(a.b, b.b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(variables: &[(&str, &str)]) -> Result<Profile, Dumb> {
        Profile::of(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        for (variables, depth) in [
            (&[("TERM", "xterm")][..], Depth::Sixteen),
            (&[("TERM", "xterm"), ("COLORTERM", "truecolor")], Depth::Direct),
            (&[("TERM", "xterm-256color")], Depth::Indexed),
            (&[("TERM", "tmux-256color"), ("COLORTERM", "24bit")], Depth::Direct),
            (&[("TERM", "foot-extra")], Depth::Direct),
            (&[("TERM", "xterm-direct")], Depth::Direct),
            (&[("TERM", "linux")], Depth::Sixteen),
            (&[("TERM", "vt100")], Depth::Mono),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::Mono),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Indexed),
        ] {
            assert_eq!(profile(variables).map(|profile| profile.depth), Ok(depth), "{variables:?}");
        }
        for term in ["", "dumb", "unknown"] {
            assert_eq!(profile(&[("TERM", term), ("COLORTERM", "truecolor")]), Err(Dumb));
        }
    }

    #[test]
    fn the_first_variable_of_the_locale_counts() {
        for (locale, utf8) in [
            (&[("LANG", "de_DE.UTF-8")][..], true),
            (&[("LANG", "C.utf8")], true),
            (&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")], false),
            (&[("LANG", "C"), ("LC_CTYPE", "en_GB.UTF-8"), ("LC_ALL", "")], true),
            (&[], false),
        ] {
            let profile = profile(&[&[("TERM", "xterm")], locale].concat()).expect("a terminal");
            assert_eq!(profile.utf8, utf8, "{locale:?}");
        }
    }

    #[test]
    fn only_terminals_of_windows_have_titles() {
        for (term, window) in [
            ("xterm", true),
            ("screen.xterm-256color", true),
            ("linux", false),
            ("linux-16color", false),
            ("vt220", false),
        ] {
            assert_eq!(profile(&[("TERM", term)]).expect("a terminal").window, window, "{term}");
        }
    }

    #[test]
    fn colours_that_are_not_there_become_their_neighbours() {
        for (rgb, indexed, sixteen) in
            [(0x00_0000, 16, 0), (0xff_ffff, 231, 15), (0x80_8080, 244, 8), (0xff_0000, 196, 9), (0x5f_87af, 67, 8)]
        {
            let rgb = Rgb::from_u32(rgb);
            assert_eq!((nearest_indexed(rgb), nearest_of_sixteen(rgb)), (indexed, sixteen), "{rgb:?}");
        }
        for index in 16..=255 {
            let there = Palette::standard(index);
            assert_eq!(Palette::standard(nearest_indexed(there)), there, "what is there is itself");
        }
    }
}
