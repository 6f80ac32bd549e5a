//! Operating system commands: titles and colours. What we do not know is ignored, and nothing of it is ever sent back.

use super::Terminal;
use super::palette::{Palette, Rgb};
use super::report::{Answer, Terminator};

impl Terminal {
    /// OSC, complete and within bounds; `text` is valid UTF-8 but may hold controls. Answers end as the question did.
    pub(super) fn operating_system_command(&mut self, text: &[u8], end: Terminator) {
        let Ok(text) = std::str::from_utf8(text) else { return };
        let (number, rest) = text.split_once(';').unwrap_or((text, ""));
        match number {
            "0" => {
                self.icon_title_command(rest);
                self.title_command(rest);
            }
            "1" => self.icon_title_command(rest),
            "2" => self.title_command(rest),
            "4" => self.indexed_colors(rest, end),
            "8" => self.set_link(rest),
            "7" => self.set_directory(rest),
            "10" => self.dynamic_colors(0, rest, end),
            "11" => self.dynamic_colors(1, rest, end),
            "12" => self.dynamic_colors(2, rest, end),
            "52" => self.set_clipboard(rest),
            "104" if rest.is_empty() => self.reset_indexed_colors(),
            "104" => rest.split(';').filter_map(|index| index.parse().ok()).for_each(|index| {
                let standard = self.options.palette.indexed(index);
                self.screen.palette.set_indexed(index, standard);
            }),
            "110" => self.screen.palette.set_foreground(self.options.palette.foreground()),
            "111" => self.screen.palette.set_background(self.options.palette.background()),
            "112" => self.screen.palette.set_cursor(self.options.palette.cursor()),
            "133" => self.mark_row(rest),
            _ => {}
        }
    }

    /// OSC 4: pairs of an index and a colour, or `?` to ask.
    fn indexed_colors(&mut self, rest: &str, end: Terminator) {
        let mut parts = rest.split(';');
        while let (Some(index), Some(color)) = (parts.next(), parts.next()) {
            let Ok(index) = index.parse::<u8>() else { continue };
            if color == "?" {
                self.answer(Answer::IndexedColor { index, rgb: self.screen.palette.indexed(index), end });
            } else if let Some(rgb) = parse_color(color) {
                self.screen.palette.set_indexed(index, rgb);
            }
        }
    }

    /// OSC 10, 11, 12: foreground, background, cursor; further values go to the next of them.
    fn dynamic_colors(&mut self, first: u8, rest: &str, end: Terminator) {
        for (which, color) in (first..3).zip(rest.split(';')) {
            if color == "?" {
                let rgb = self.dynamic_color(which);
                self.answer(Answer::DynamicColor { number: 10 + which, rgb, end });
            } else if let Some(rgb) = parse_color(color) {
                let palette = &mut self.screen.palette;
                match which {
                    0 => palette.set_foreground(rgb),
                    1 => palette.set_background(rgb),
                    _ => palette.set_cursor(Some(rgb)),
                }
            }
        }
    }

    fn dynamic_color(&self, which: u8) -> Rgb {
        let palette = &self.screen.palette;
        match which {
            0 => palette.foreground(),
            1 => palette.background(),
            // Unset, the cursor is painted in the colour of the text.
            _ => palette.cursor().unwrap_or(palette.foreground()),
        }
    }

    /// OSC 104 without a number, and Linux's `ESC ] R`.
    pub(super) fn reset_indexed_colors(&mut self) {
        for index in 0..=u8::MAX {
            let standard = self.options.palette.indexed(index);
            self.screen.palette.set_indexed(index, standard);
        }
    }

    /// Linux's `ESC ] P nrrggbb`: one of the first sixteen colours.
    pub(super) fn set_linux_color(&mut self, nrrggbb: u32) {
        self.screen.palette.set_indexed((nrrggbb >> 24) as u8, Rgb::from_u32(nrrggbb & 0xff_ffff));
    }
}

/// `#rgb` to `#rrrrggggbbbb`, `rgb:r/g/b` with one to four digits each, and the names of the eight colours (XParseColor).
fn parse_color(text: &str) -> Option<Rgb> {
    if let Some(digits) = text.strip_prefix('#') {
        let each = digits.len() / 3;
        if !matches!(digits.len(), 3 | 6 | 9 | 12) || !digits.is_ascii() {
            return None;
        }
        // This old form gives the high bits: #fff is not quite white in X, but f0f0f0.
        let part = |at: usize| -> Option<u8> {
            let value = u16::from_str_radix(&digits[at * each..(at + 1) * each], 16).ok()?;
            Some((value << (16 - 4 * each) >> 8) as u8)
        };
        return Some(Rgb { r: part(0)?, g: part(1)?, b: part(2)? });
    }
    if let Some(parts) = text.strip_prefix("rgb:") {
        let mut parts = parts.split('/').map(scaled);
        let rgb = Rgb { r: parts.next()??, g: parts.next()??, b: parts.next()?? };
        return parts.next().is_none().then_some(rgb);
    }
    let names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
    let values = [0x000000, 0xff0000, 0x00ff00, 0xffff00, 0x0000ff, 0xff00ff, 0x00ffff, 0xffffff];
    let at = names.iter().position(|name| text.eq_ignore_ascii_case(name))?;
    Some(Rgb::from_u32(values[at]))
}

/// One to four hexadecimal digits, scaled to eight bits.
fn scaled(digits: &str) -> Option<u8> {
    if !(1..=4).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let most = (1u32 << (4 * digits.len())) - 1;
    let value = u32::from_str_radix(digits, 16).ok()?;
    Some((value * 255 / most) as u8)
}

impl Palette {
    /// A colour as X writes it: `#rrggbb`, `rgb:rr/gg/bb` or one of the eight names.
    pub fn parse(text: &str) -> Option<Rgb> {
        parse_color(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_read_as_x_reads_them() {
        assert_eq!(parse_color("#fff"), Some(Rgb::from_u32(0xf0f0f0)));
        assert_eq!(parse_color("#123456"), Some(Rgb::from_u32(0x123456)));
        assert_eq!(parse_color("#111122223333"), Some(Rgb::from_u32(0x112233)));
        assert_eq!(parse_color("rgb:f/8/0"), Some(Rgb::from_u32(0xff8800)));
        assert_eq!(parse_color("rgb:ffff/8080/0000"), Some(Rgb::from_u32(0xff8000)));
        assert_eq!(parse_color("Red"), Some(Rgb::from_u32(0xff0000)));
        for wrong in ["", "#", "#12", "#ééé", "rgb:1/2", "rgb:1/2/3/4", "rgb:+1/2/3", "rgb:12345/0/0", "infra"] {
            assert_eq!(parse_color(wrong), None, "{wrong}");
        }
    }
}
