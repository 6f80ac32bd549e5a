//! DECRQTSR and DECRSTS, as far as they are about colours (VT340, VT525): the table of colours, told and put back.

use super::Answer;
use crate::terminal::Terminal;
use crate::terminal::function::Function;
use crate::terminal::palette::Rgb;
use crate::terminal::sixel;

/// Colours in the table: a VT525's.
const COLORS: u8 = 16;
/// DECCTR.
const COLOR_TABLE: u16 = 2;
/// Hue from blue, lightness and saturation.
const HLS: u16 = 1;
/// Red, green and blue, in percent.
const RGB: u16 = 2;

impl Terminal {
    /// DECRQTSR: told in `space`; what a terminal means by its whole state (1) is not told.
    pub(in crate::terminal) fn report_color_table(&mut self, kind: u16, space: u16) {
        if kind != COLOR_TABLE || space > RGB {
            return;
        }
        let color = |index: u8| {
            let rgb = self.screen.palette.indexed(index);
            match space {
                RGB => {
                    let [red, green, blue] = sixel::to_percent(rgb.to_u32());
                    format!("{index};{RGB};{red};{green};{blue}")
                }
                _ => {
                    let [hue, lightness, saturation] = to_hls(rgb);
                    format!("{index};{HLS};{hue};{lightness};{saturation}")
                }
            }
        };
        let colors: Vec<_> = (0..COLORS).map(color).collect();
        self.answer(Answer::ColorTable(colors.join("/")));
    }

    /// DECRSTS: what is wrong in it ends it, and what stood before counts.
    pub(in crate::terminal) fn restore_color_table(&mut self, kind: u16, colors: &[u8]) {
        if kind != COLOR_TABLE || self.screen.conformance.level < Function::DECRSTS.level() {
            return;
        }
        for color in colors.split(|byte| *byte == b'/').take(COLORS.into()) {
            let numbers: Option<Vec<u16>> =
                color.split(|byte| *byte == b';').map(super::presentation::number).collect();
            let Some(&[index, space, a, b, c]) = numbers.as_deref() else {
                return;
            };
            let parts = match space {
                HLS => sixel::from_hls(a, b, c),
                RGB => [a, b, c].map(|part| part.min(100) as u8),
                _ => return,
            };
            let Some(index) = u8::try_from(index).ok().filter(|index| *index < COLORS) else { return };
            self.screen.palette.set_indexed(index, Rgb::from_u32(sixel::from_percent(parts) & 0xff_ffff));
        }
    }
}

/// Hue in degrees from blue, lightness and saturation in percent: what [`sixel::from_hls`] takes.
fn to_hls(rgb: Rgb) -> [u32; 3] {
    let [red, green, blue] = [16, 8, 0].map(|shift| f32::from((rgb.to_u32() >> shift) as u8) / 255.0);
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    let (chroma, light) = (most - least, (most + least) / 2.0);
    if chroma == 0.0 {
        return [0, (light * 100.0).round() as u32, 0];
    }
    // Where it lies between red (120), green (240) and blue (0).
    let hue = match most {
        _ if most == red => 120.0 + 60.0 * (green - blue) / chroma,
        _ if most == green => 240.0 + 60.0 * (blue - red) / chroma,
        _ => 60.0 * (red - green) / chroma,
    };
    let saturation = chroma / (1.0 - (2.0 * light - 1.0).abs());
    [hue.rem_euclid(360.0).round() as u32 % 360, (light * 100.0).round() as u32, (saturation * 100.0).round() as u32]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::Options;

    #[test]
    fn hues_go_there_and_back() {
        for (rgb, hls) in [
            (0x0000ff, [0, 50, 100]),
            (0xff0000, [120, 50, 100]),
            (0x00ff00, [240, 50, 100]),
            (0xffff00, [180, 50, 100]),
            (0x7f7f7f, [0, 50, 0]),
            (0xffffff, [0, 100, 0]),
            (0x330000, [120, 10, 100]),
        ] {
            assert_eq!(to_hls(Rgb::from_u32(rgb)), hls, "{rgb:06x}");
            let [hue, lightness, saturation] = hls.map(|part| part as u16);
            let back = sixel::from_percent(sixel::from_hls(hue, lightness, saturation)) & 0xff_ffff;
            let near = [16, 8, 0].iter().all(|shift| (rgb >> shift & 0xff).abs_diff(back >> shift & 0xff) <= 3);
            assert!(near, "{rgb:06x} {back:06x}");
        }
    }

    #[test]
    fn what_is_told_comes_back() {
        let size = GridSize::new(10, 2);
        let mut one = Terminal::new(size, Options::default());
        for ask in ["\x1b[2;1$u", "\x1b[2;2$u"] {
            one.feed(b"\x1b]4;3;#336699\x07");
            one.feed(ask.as_bytes());
            let told = String::from_utf8(one.take_input()).expect("ASCII");
            assert!(told.starts_with("\x1bP2$s0;") && told.ends_with("\x1b\\"), "{told:?}");
            assert_eq!(told.split('/').count(), usize::from(COLORS));
            let mut two = Terminal::new(size, Options::default());
            two.feed(told.replace("$s", "$p").as_bytes());
            let near = |index: u8| {
                let [ours, theirs] = [&one, &two].map(|of| of.screen().palette().indexed(index).to_u32());
                [16, 8, 0].iter().all(|shift| (ours >> shift & 0xff).abs_diff(theirs >> shift & 0xff) <= 5)
            };
            assert!((0..COLORS).all(near), "{told:?}");
        }
    }
}
