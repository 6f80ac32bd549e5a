//! Clusters of characters in one or two cells: what of them is a letter, a mark or neither.

use super::canvas::Canvas;

/// What a further character of a cluster is to its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// It is laid over the base.
    Mark,
    /// A frame around the base.
    Frame,
    /// A circle around it.
    Circle,
    /// It says how the others are to be drawn, and we have one way.
    Unseen,
    /// From here on the cluster is another picture of its own: families and flags are shown by their first.
    End,
}

/// What `ch`, which is not the first of its cluster, is.
pub(super) fn part(ch: char) -> Part {
    match ch {
        '\u{200d}' => Part::End,
        '\u{20dd}' => Part::Circle,
        '\u{20de}' | '\u{20e3}' => Part::Frame,
        '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' => Part::Unseen,
        '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}' => Part::Unseen,
        _ => Part::Mark,
    }
}

/// The letters of a flag, if the cluster is one.
pub(super) fn flag(text: &[char]) -> Option<[char; 2]> {
    let is_letter = |ch: &char| ('\u{1f1e6}'..='\u{1f1ff}').contains(ch);
    text.first_chunk::<2>().copied().filter(|pair| pair.iter().all(is_letter))
}

/// The Hangul syllable that the first characters of a cluster make up, and how many these are (Unicode ch. 3.12).
pub(super) fn syllable(text: &[char]) -> Option<(char, usize)> {
    let index = |ch: Option<&char>, first: u32, count: u32| {
        ch.and_then(|ch| u32::from(*ch).checked_sub(first)).filter(|index| *index < count)
    };
    let leading = index(text.first(), 0x1100, 19)?;
    let vowel = index(text.get(1), 0x1161, 21)?;
    let trailing = index(text.get(2), 0x11a8, 27).map_or(0, |index| index + 1);
    let code = 0xac00 + (leading * 21 + vowel) * 28 + trailing;
    Some((char::from_u32(code)?, if trailing > 0 { 3 } else { 2 }))
}

/// A frame or a circle, `thick` pixels, as large as the canvas.
pub(super) fn enclose(part: Part, thick: i32, canvas: &mut Canvas) {
    let (width, height) = (canvas.width(), canvas.height());
    if part == Part::Circle {
        let (half_x, half_y) = (width as f32 / 2.0, height as f32 / 2.0);
        let radius = half_x.min(half_y);
        // Higher than wide in a cell that is: a letter has to fit.
        let stretch = (half_y / radius).min(1.6);
        let inner = radius - thick as f32;
        canvas.fill_where(|x, y| (inner..=radius).contains(&(x - half_x).hypot((y - half_y) / stretch)));
        return;
    }
    let inset = width / 16;
    let (left, right, top, bottom) = (inset, width - inset, height / 16, height - height / 16);
    for ys in [top..top + thick, bottom - thick..bottom] {
        canvas.fill(left..right, ys);
    }
    for xs in [left..left + thick, right - thick..right] {
        canvas.fill(xs, top..bottom);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jamo_make_syllables() {
        assert_eq!(syllable(&['\u{1112}', '\u{1161}', '\u{11ab}']), Some(('한', 3)));
        assert_eq!(syllable(&['\u{1100}', '\u{1173}', '\u{301}']), Some(('그', 2)));
        assert_eq!(syllable(&['\u{1112}', '\u{11ab}']), None);
        assert_eq!(syllable(&['한', '\u{11ab}']), None);
        assert_eq!(syllable(&['\u{1112}', '\u{1175}', '\u{11c2}']), Some(('힣', 3)));
    }

    #[test]
    fn flags_are_two_letters() {
        assert_eq!(flag(&['\u{1f1e9}', '\u{1f1ea}']), Some(['\u{1f1e9}', '\u{1f1ea}']));
        assert_eq!((flag(&['\u{1f1e9}']), flag(&['\u{1f1e9}', 'a']), flag(&[])), (None, None, None));
    }
}
