//! Colours named by the light they are, `CIEXYZ:x/y/z` and its kin, on the screen that X takes for granted where nobody
//! measured it (Xlib's colour management: a Tektronix tube). xterm takes them all, so programs may send them.

/// Intensities of red, green and blue from 0 to 1.
type Linear = [f64; 3];

/// CIE XYZ, in which the screen's white has Y = 1.
type Xyz = [f64; 3];

/// CIE u', v' and Y.
type Uvy = [f64; 3];

const TO_LINEAR: [[f64; 3]; 3] = [
    [3.483_404_812_535_39, -1.521_763_749_272_852, -0.559_231_333_540_497_8],
    [-1.071_527_513_061_936, 1.965_937_952_043_724, 0.036_736_913_395_534_62],
    [0.063_511_797_904_977_88, -0.200_205_010_004_964_8, 0.810_709_420_316_482_2],
];
/// The screen's white.
const WHITE: Xyz = [0.949_664_4, 1.0, 1.406_040_3];
/// How far a colour may lie outside of what the screen can show before it is made paler.
const TOLERANCE: f64 = 0.001;
/// Halvings while the palest colour that fits is looked for: more than a double has bits.
const HALVINGS: u32 = 60;
/// u' and v' of what TekHVC takes for the best red, from which hues are counted.
const BEST_RED: (f64, f64) = (0.712_7, 0.493_1);
const CHROMA_SCALE: f64 = 7.507_25;

/// Which intensity, in millionths, each value of a channel has on that screen.
struct Channel {
    /// Values below the first step.
    low: &'static [(u8, u32)],
    /// From [`FIRST_STEP`] on, [`STEP`] apart.
    steps: [u32; 48],
}

const FIRST_STEP: u32 = 0x14;
const STEP: u32 = 5;
const MILLION: f64 = 1_000_000.0;

const CHANNELS: [Channel; 3] = [
    // Red.
    Channel {
        low: &[(0x09, 0), (0x0a, 936), (0x0f, 1_481)],
        steps: [
            2_329, 3_529, 5_127, 7_169, 9_699, 12_759, 16_392, 20_637, 25_533, 31_119, 37_431, 44_504, 52_373, 61_069,
            70_624, 81_070, 92_433, 104_744, 118_026, 132_307, 147_610, 163_958, 181_371, 199_871, 219_475, 240_202,
            262_069, 285_089, 309_278, 334_647, 361_208, 388_971, 417_945, 448_138, 479_555, 512_202, 546_082, 581_199,
            617_552, 655_144, 693_971, 734_031, 775_322, 817_837, 861_571, 906_515, 952_662, 1_000_000,
        ],
    },
    // Green.
    Channel {
        low: &[(0x13, 0)],
        steps: [
            832, 1_998, 3_612, 5_736, 8_428, 11_745, 15_740, 20_463, 25_960, 32_275, 39_449, 47_519, 56_520, 66_484,
            77_439, 89_409, 102_418, 116_485, 131_625, 147_853, 165_176, 183_604, 203_140, 223_783, 245_533, 268_384,
            292_327, 317_351, 343_441, 370_580, 398_747, 427_919, 458_068, 489_165, 521_176, 554_067, 587_797, 622_324,
            657_604, 693_588, 730_225, 767_459, 805_235, 843_491, 882_164, 921_187, 960_490, 1_000_000,
        ],
    },
    // Blue.
    Channel {
        low: &[(0x0e, 0), (0x0f, 1_341)],
        steps: [
            2_080, 3_188, 4_729, 6_766, 9_357, 12_559, 16_424, 21_004, 26_344, 32_489, 39_481, 47_357, 56_154, 65_903,
            76_634, 88_373, 101_145, 114_968, 129_862, 145_841, 162_915, 181_095, 200_386, 220_791, 242_309, 264_937,
            288_670, 313_499, 339_410, 366_390, 394_421, 423_481, 453_547, 484_592, 516_587, 549_498, 583_291, 617_925,
            653_361, 689_553, 726_454, 764_013, 802_178, 840_891, 880_093, 919_723, 959_715, 1_000_000,
        ],
    },
];

impl Channel {
    /// The value whose intensity this is.
    fn value(&self, intensity: f64) -> u8 {
        let steps = self.steps.iter().zip((FIRST_STEP..).step_by(STEP as usize)).map(|(light, value)| (value, *light));
        let points = self.low.iter().map(|(value, light)| (u32::from(*value), *light)).chain(steps);
        let wanted = intensity.clamp(0.0, 1.0) * MILLION;
        let mut below: Option<(u32, u32)> = None;
        for (value, light) in points {
            let Some((from, dark)) = below.filter(|_| f64::from(light) > wanted) else {
                below = Some((value, light));
                continue;
            };
            let part = (wanted - f64::from(dark)) / f64::from(light - dark);
            return (f64::from(from) + f64::from(value - from) * part).round() as u8;
        }
        u8::MAX
    }
}

/// The colour that three numbers are in the space called `space`, as X writes it; `None` for a space that it has not, and
/// for what is no colour there.
pub(super) fn from_space(space: &str, [a, b, c]: [f64; 3]) -> Option<[u8; 3]> {
    let spaces = ["rgbi", "ciexyz", "cieuvy", "ciexyy", "cielab", "cieluv", "tekhvc"];
    let which = spaces.iter().position(|name| space.eq_ignore_ascii_case(name))?;
    let light = |y: f64| (0.0..=1.0).contains(&y);
    let lightness = |l: f64| (0.0..=100.0).contains(&l);
    match which {
        0 => [a, b, c].into_iter().all(light).then(|| values([a, b, c])),
        1 => light(b).then(|| shown([a, b, c])),
        2 => light(c).then(|| shown(uvy_to_xyz([a, b, c]))),
        3 => light(c).then(|| shown(xyy_to_xyz([a, b, c]))),
        4 => lightness(a).then(|| shown(lab_to_xyz([a, b, c]))),
        5 => lightness(a).then(|| shown(luv_to_xyz([a, b, c]))),
        _ => (lightness(b) && c >= 0.0).then(|| shown(hvc_to_xyz([a, b, c]))),
    }
}

fn values(light: Linear) -> [u8; 3] {
    std::array::from_fn(|at| CHANNELS[at].value(light[at]))
}

/// A colour as that screen shows it: one that it cannot show becomes paler until it can, its hue and lightness kept.
fn shown(color: Xyz) -> [u8; 3] {
    let light = linear(color);
    if fits(light, TOLERANCE) {
        return values(light);
    }
    let (color, white) = (xyz_to_uvy(color), xyz_to_uvy(WHITE));
    if color[2] >= 1.0 {
        return [u8::MAX; 3];
    }
    let paler = |part: f64| {
        let towards = |at: usize| white[at] + (color[at] - white[at]) * part;
        linear(uvy_to_xyz([towards(0), towards(1), color[2]]))
    };
    let (mut some, mut all) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let half = (some + all) / 2.0;
        *(if fits(paler(half), 0.0) { &mut some } else { &mut all }) = half;
    }
    values(paler(some))
}

fn linear(color: Xyz) -> Linear {
    TO_LINEAR.map(|row| row[0] * color[0] + row[1] * color[1] + row[2] * color[2])
}

fn fits(light: Linear, tolerance: f64) -> bool {
    light.iter().all(|part| (-tolerance..=1.0 + tolerance).contains(part))
}

fn uvy_to_xyz([u, v, light]: Uvy) -> Xyz {
    let scale = 6.0 * u - 16.0 * v + 12.0;
    let (x, y) = if scale == 0.0 { (0.0, 0.0) } else { (9.0 * u / scale, 4.0 * v / scale) };
    xyy_to_xyz([x, y, light])
}

fn xyy_to_xyz([x, y, light]: [f64; 3]) -> Xyz {
    let z = 1.0 - x - y;
    if y == 0.0 { [x, light, z] } else { [x * light / y, light, z * light / y] }
}

fn xyz_to_uvy([x, y, z]: Xyz) -> Uvy {
    let scale = x + 15.0 * y + 3.0 * z;
    if scale == 0.0 {
        let [u, v, _] = xyz_to_uvy(WHITE);
        return [u, v, y];
    }
    [4.0 * x / scale, 9.0 * y / scale, y]
}

/// Y of L*.
fn light_of(lightness: f64) -> f64 {
    if lightness < 7.999_536_24 { lightness / 903.29 } else { ((lightness + 16.0) / 116.0).powi(3) }
}

fn luv_to_xyz([lightness, u, v]: [f64; 3]) -> Xyz {
    let white = xyz_to_uvy(WHITE);
    let scale = 13.0 * lightness / 100.0;
    let (u, v) = if scale == 0.0 { (0.0, 0.0) } else { (u / scale, v / scale) };
    uvy_to_xyz([white[0] + u, white[1] + v, light_of(lightness)])
}

fn lab_to_xyz([lightness, a, b]: [f64; 3]) -> Xyz {
    let root = (lightness + 16.0) / 116.0;
    let light = root.powi(3);
    if light < 0.008_856 {
        let dark = lightness / 9.032_92;
        return [WHITE[0] * (a / 3_893.5 + dark), dark, WHITE[2] * (dark - b / 1_557.4)];
    }
    [WHITE[0] * (root + a / 5.0).powi(3), light, WHITE[2] * (root - b / 2.0).powi(3)]
}

fn hvc_to_xyz([hue, value, chroma]: [f64; 3]) -> Xyz {
    let white = xyz_to_uvy(WHITE);
    if value == 0.0 || value == 100.0 {
        return uvy_to_xyz([white[0], white[1], value / 100.0]);
    }
    let offset = ((BEST_RED.1 - white[1]) / (BEST_RED.0 - white[0])).atan();
    let (sin, cos) = (hue.to_radians() + offset).sin_cos();
    let reach = chroma / (value * CHROMA_SCALE);
    uvy_to_xyz([white[0] + cos * reach, white[1] + sin * reach, light_of(value)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_those_of_xlib() {
        for (space, one, half) in [
            ("rgbi", 0xffffff, 0xc1bbbb),
            ("CIEXYZ", 0xffffff, 0xddb5a0),
            ("CIEuvY", 0xffffff, 0xffa3ae),
            ("CIExyY", 0xffffff, 0xf7b30e),
            ("CIELab", 0x6c6767, 0x524f4f),
            ("CIELuv", 0x16140e, 0x0e130e),
            ("TekHVC", 0x1a130f, 0x11130e),
        ] {
            let number = |value: f64| {
                let [r, g, b] = from_space(space, [value; 3]).expect("a colour");
                u32::from_be_bytes([0, r, g, b])
            };
            assert_eq!((number(1.0), number(0.5)), (one, half), "{space}");
        }
    }

    #[test]
    fn no_number_is_too_odd() {
        let odd = [0.0, -0.0, 1.0, -1.0, 100.0, 1e300, -1e300, 1e-300, f64::MAX, f64::MIN_POSITIVE];
        for space in ["rgbi", "ciexyz", "cieuvy", "ciexyy", "cielab", "cieluv", "tekhvc"] {
            for a in odd {
                for b in odd {
                    for c in odd {
                        from_space(space, [a, b, c]);
                    }
                }
            }
        }
        assert_eq!(from_space("rgbi", [0.0, 0.0, 1.5]), None);
        assert_eq!(from_space("cmyk", [0.0; 3]), None);
    }
}
