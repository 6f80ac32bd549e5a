//! Colours as X writes them (XParseColor), which is how guests name them in OSC 4, 5 and 10 to 19.

use super::color_space;
use super::palette::{Palette, Rgb};

/// Names that X knows, without blanks and numbered shades; "grey" is spelt "gray".
const NAMES: &[(&str, u32)] = &[
    ("aliceblue", 0xf0f8ff),
    ("antiquewhite", 0xfaebd7),
    ("aquamarine", 0x7fffd4),
    ("azure", 0xf0ffff),
    ("beige", 0xf5f5dc),
    ("bisque", 0xffe4c4),
    ("black", 0x000000),
    ("blanchedalmond", 0xffebcd),
    ("blue", 0x0000ff),
    ("blueviolet", 0x8a2be2),
    ("brown", 0xa52a2a),
    ("burlywood", 0xdeb887),
    ("cadetblue", 0x5f9ea0),
    ("chartreuse", 0x7fff00),
    ("chocolate", 0xd2691e),
    ("coral", 0xff7f50),
    ("cornflowerblue", 0x6495ed),
    ("cornsilk", 0xfff8dc),
    ("cyan", 0x00ffff),
    ("darkblue", 0x00008b),
    ("darkcyan", 0x008b8b),
    ("darkgoldenrod", 0xb8860b),
    ("darkgray", 0xa9a9a9),
    ("darkgreen", 0x006400),
    ("darkkhaki", 0xbdb76b),
    ("darkmagenta", 0x8b008b),
    ("darkolivegreen", 0x556b2f),
    ("darkorange", 0xff8c00),
    ("darkorchid", 0x9932cc),
    ("darkred", 0x8b0000),
    ("darksalmon", 0xe9967a),
    ("darkseagreen", 0x8fbc8f),
    ("darkslateblue", 0x483d8b),
    ("darkslategray", 0x2f4f4f),
    ("darkturquoise", 0x00ced1),
    ("darkviolet", 0x9400d3),
    ("debianred", 0xd70751),
    ("deeppink", 0xff1493),
    ("deepskyblue", 0x00bfff),
    ("dimgray", 0x696969),
    ("dodgerblue", 0x1e90ff),
    ("firebrick", 0xb22222),
    ("floralwhite", 0xfffaf0),
    ("forestgreen", 0x228b22),
    ("gainsboro", 0xdcdcdc),
    ("ghostwhite", 0xf8f8ff),
    ("gold", 0xffd700),
    ("goldenrod", 0xdaa520),
    ("gray", 0xbebebe),
    ("green", 0x00ff00),
    ("greenyellow", 0xadff2f),
    ("honeydew", 0xf0fff0),
    ("hotpink", 0xff69b4),
    ("indianred", 0xcd5c5c),
    ("ivory", 0xfffff0),
    ("khaki", 0xf0e68c),
    ("lavender", 0xe6e6fa),
    ("lavenderblush", 0xfff0f5),
    ("lawngreen", 0x7cfc00),
    ("lemonchiffon", 0xfffacd),
    ("lightblue", 0xadd8e6),
    ("lightcoral", 0xf08080),
    ("lightcyan", 0xe0ffff),
    ("lightgoldenrod", 0xeedd82),
    ("lightgoldenrodyellow", 0xfafad2),
    ("lightgray", 0xd3d3d3),
    ("lightgreen", 0x90ee90),
    ("lightpink", 0xffb6c1),
    ("lightsalmon", 0xffa07a),
    ("lightseagreen", 0x20b2aa),
    ("lightskyblue", 0x87cefa),
    ("lightslateblue", 0x8470ff),
    ("lightslategray", 0x778899),
    ("lightsteelblue", 0xb0c4de),
    ("lightyellow", 0xffffe0),
    ("limegreen", 0x32cd32),
    ("linen", 0xfaf0e6),
    ("magenta", 0xff00ff),
    ("maroon", 0xb03060),
    ("mediumaquamarine", 0x66cdaa),
    ("mediumblue", 0x0000cd),
    ("mediumorchid", 0xba55d3),
    ("mediumpurple", 0x9370db),
    ("mediumseagreen", 0x3cb371),
    ("mediumslateblue", 0x7b68ee),
    ("mediumspringgreen", 0x00fa9a),
    ("mediumturquoise", 0x48d1cc),
    ("mediumvioletred", 0xc71585),
    ("midnightblue", 0x191970),
    ("mintcream", 0xf5fffa),
    ("mistyrose", 0xffe4e1),
    ("moccasin", 0xffe4b5),
    ("navajowhite", 0xffdead),
    ("navy", 0x000080),
    ("navyblue", 0x000080),
    ("oldlace", 0xfdf5e6),
    ("olivedrab", 0x6b8e23),
    ("orange", 0xffa500),
    ("orangered", 0xff4500),
    ("orchid", 0xda70d6),
    ("palegoldenrod", 0xeee8aa),
    ("palegreen", 0x98fb98),
    ("paleturquoise", 0xafeeee),
    ("palevioletred", 0xdb7093),
    ("papayawhip", 0xffefd5),
    ("peachpuff", 0xffdab9),
    ("peru", 0xcd853f),
    ("pink", 0xffc0cb),
    ("plum", 0xdda0dd),
    ("powderblue", 0xb0e0e6),
    ("purple", 0xa020f0),
    ("red", 0xff0000),
    ("rosybrown", 0xbc8f8f),
    ("royalblue", 0x4169e1),
    ("saddlebrown", 0x8b4513),
    ("salmon", 0xfa8072),
    ("sandybrown", 0xf4a460),
    ("seagreen", 0x2e8b57),
    ("seashell", 0xfff5ee),
    ("sienna", 0xa0522d),
    ("skyblue", 0x87ceeb),
    ("slateblue", 0x6a5acd),
    ("slategray", 0x708090),
    ("snow", 0xfffafa),
    ("springgreen", 0x00ff7f),
    ("steelblue", 0x4682b4),
    ("tan", 0xd2b48c),
    ("thistle", 0xd8bfd8),
    ("tomato", 0xff6347),
    ("turquoise", 0x40e0d0),
    ("violet", 0xee82ee),
    ("violetred", 0xd02090),
    ("wheat", 0xf5deb3),
    ("white", 0xffffff),
    ("whitesmoke", 0xf5f5f5),
    ("yellow", 0xffff00),
    ("yellowgreen", 0x9acd32),
];
/// A name is not longer than this.
const MAX_NAME: usize = 24;

impl Palette {
    /// A colour as X writes it: `#rrggbb` with one to four digits each, `rgb:rr/gg/bb`, `rgbi:r/g/b`, `CIEXYZ:x/y/z` and
    /// its kin, or a name.
    pub fn parse(text: &str) -> Option<Rgb> {
        if let Some(digits) = text.strip_prefix('#') {
            return from_digits(digits);
        }
        let Some((space, parts)) = text.split_once(':') else { return named(text) };
        let mut parts = parts.split('/');
        let [Some(a), Some(b), Some(c), None] = std::array::from_fn(|_| parts.next()) else { return None };
        if space.eq_ignore_ascii_case("rgb") {
            return Some(Rgb { r: scaled(a)?, g: scaled(b)?, b: scaled(c)? });
        }
        let number = |text: &str| text.trim_ascii_start().parse().ok().filter(|number: &f64| number.is_finite());
        let [r, g, b] = color_space::from_space(space, [number(a)?, number(b)?, number(c)?])?;
        Some(Rgb { r, g, b })
    }
}

/// `#rgb` to `#rrrrggggbbbb`. This old form gives the high bits: #fff is not quite white in X, but f0f0f0.
fn from_digits(digits: &str) -> Option<Rgb> {
    let each = digits.len() / 3;
    if !matches!(digits.len(), 3 | 6 | 9 | 12) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let part = |at: usize| -> Option<u8> {
        let value = u16::from_str_radix(&digits[at * each..(at + 1) * each], 16).ok()?;
        Some((value << (16 - 4 * each) >> 8) as u8)
    };
    Some(Rgb { r: part(0)?, g: part(1)?, b: part(2)? })
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

/// A colour by its name, in any case and with blanks wherever; `gray0` to `gray100` too.
fn named(text: &str) -> Option<Rgb> {
    let name: String = text.chars().filter(|ch| *ch != ' ').take(MAX_NAME).collect();
    let name = name.to_ascii_lowercase().replace("grey", "gray");
    if let Some(percent) = name.strip_prefix("gray").filter(|digits| digits.starts_with(|ch: char| ch.is_ascii_digit()))
    {
        let percent: u32 = percent.parse().ok().filter(|percent| *percent <= 100)?;
        // Halves go up, but for two of them: so X's own list has it.
        let level = ((percent * 255 + 50) / 100 - u32::from(matches!(percent, 50 | 90))) as u8;
        return Some(Rgb { r: level, g: level, b: level });
    }
    let at = NAMES.binary_search_by_key(&name.as_str(), |(name, _)| name).ok()?;
    Some(Rgb::from_u32(NAMES[at].1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_read_as_x_reads_them() {
        let parse = |text: &str| Palette::parse(text).map(Rgb::to_u32);
        assert_eq!(parse("#fff"), Some(0xf0f0f0));
        assert_eq!(parse("#123456"), Some(0x123456));
        assert_eq!(parse("#111122223333"), Some(0x112233));
        assert_eq!(parse("rgb:f/8/0"), Some(0xff8800));
        assert_eq!(parse("rgb:ffff/8080/0000"), Some(0xff8000));
        assert_eq!(parse("RGBi:1/1/1"), Some(0xffffff));
        assert_eq!(parse("CIELab:1/1/1"), Some(0x6c6767));
        assert_eq!(parse("Red"), Some(0xff0000));
        assert_eq!(parse("Light Sea Green"), Some(0x20b2aa));
        assert_eq!(
            (parse("grey50"), parse("gray100"), parse("darkgrey")),
            (Some(0x7f7f7f), Some(0xffffff), Some(0xa9a9a9))
        );
        for wrong in [
            "",
            "#",
            "#12",
            "#ééé",
            "#+12",
            "rgb:1/2",
            "rgb:1/2/3/4",
            "rgb:+1/2/3",
            "rgb:12345/0/0",
            "infra",
            "gray101",
            "rgbi:1/1",
            "rgbi:nan/0/0",
            "rgbi:1/1/inf",
            "ciexyz:1/x/1",
            "cmy:1/1/1",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse(&"red".repeat(100)), None);
    }

    #[test]
    fn names_are_in_order() {
        assert!(NAMES.is_sorted_by_key(|(name, _)| name));
        assert!(NAMES.iter().all(|(name, _)| name.len() <= MAX_NAME && !name.contains("grey")));
    }
}
