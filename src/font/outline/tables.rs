//! What an outline file says of itself (OpenType 1.9), read before fontdue takes it at its word.
//!
//! fontdue walks and expands all that a file names as soon as it opens it, and a few bytes can name very much: a map of
//! four thousand million characters, a glyph made of forty that are each made of forty, as many tables of kerning.
//! What it will come to is counted here, in time that grows with the file alone.

use super::file::GLYPHS_MAX;

/// Most characters that the maps of a file may cover, taken together: there are half as many.
pub(super) const CODES_MAX: u64 = 2 * 0x11_0000;
/// Most points of all outlines, those that glyphs are made of counted again for each: a hundred for each of
/// [`GLYPHS_MAX`]. A point becomes some lines of 64 bytes.
pub(super) const POINTS_MAX: u64 = 100 * GLYPHS_MAX as u64;
/// A glyph may be made of others, which may be made of others, so many times; ttf-parser goes no deeper either.
const DEPTH_MAX: u32 = 32;

/// How many glyphs a file has (`maxp`); `None` if it is not put together as it should be.
pub(super) fn glyphs(file: &[u8]) -> Option<u32> {
    // Which of several tables counts is for fontdue to say.
    tables(file, b"maxp")?.filter_map(|table| u16_at(table, 4)).map(u32::from).max()
}

/// For how many characters fontdue will ask which glyph they have, at most: the sum of what the maps of a file (`cmap`)
/// say they cover. `None` if they are not put together as they should be.
pub(super) fn codes(file: &[u8]) -> Option<u64> {
    let mut codes: u64 = 0;
    for cmap in tables(file, b"cmap")? {
        for index in 0..usize::from(u16_at(cmap, 2)?) {
            let map = u32_at(cmap, 4 + 8 * index + 4)?;
            codes += match u16_at(cmap, map)? {
                // Maps in groups of a first code, a last one and a glyph; all others are of 16 bits.
                12 | 13 => {
                    let groups = cmap.get(map + 16..)?.as_chunks::<12>().0.iter().take(u32_at(cmap, map + 12)?);
                    groups
                        .filter_map(|group| Some(u32_at(group, 4)?.saturating_sub(u32_at(group, 0)?) as u64 + 1))
                        .sum()
                }
                _ => 1 << 16,
            };
            if codes > CODES_MAX {
                return Some(codes);
            }
        }
    }
    Some(codes)
}

/// How many points the outlines of a file have (`glyf`); 0 if it has outlines of another kind.
pub(super) fn points(file: &[u8]) -> Option<u64> {
    let only = |name| {
        let mut found = tables(file, name)?;
        // Of two nobody can know which counts.
        Some((found.next(), found.next())).filter(|(_, second)| second.is_none()).map(|(first, _)| first)
    };
    let (Some(glyf), Some(loca), Some(head)) = (only(b"glyf")?, only(b"loca")?, only(b"head")?) else { return Some(0) };
    let offset = if u16_at(head, 50)? == 0 { 2 } else { 4 };
    let glyphs = (loca.len() / offset).saturating_sub(1).min(usize::from(u16::MAX));
    let mut outlines = Outlines { glyf, loca, offset, known: vec![None; glyphs] };
    Some((0..glyphs).fold(0_u64, |sum, glyph| sum.saturating_add(outlines.points(glyph, 0))))
}

/// The outlines of a TrueType file.
struct Outlines<'a> {
    glyf: &'a [u8],
    /// Where each glyph begins and the one before it ends, in numbers of `offset` bytes.
    loca: &'a [u8],
    offset: usize,
    /// The points of the glyphs looked at so far.
    known: Vec<Option<u64>>,
}

impl<'a> Outlines<'a> {
    /// The points of a glyph; no number that can be reached for one that is made of itself, or too deep.
    fn points(&mut self, glyph: usize, depth: u32) -> u64 {
        let Some(known) = self.known.get_mut(glyph) else { return 0 };
        if depth == DEPTH_MAX {
            return u64::MAX;
        }
        if let Some(known) = *known {
            return known;
        }
        // Whoever comes here again while we are at it is made of itself.
        *known = Some(u64::MAX);
        let points = self.data(glyph).map_or(0, |data| match u16_at(data, 0).map(u16::cast_signed) {
            Some(contours @ 1..) => u16_at(data, 8 + 2 * contours as usize).map_or(0, |last| u64::from(last) + 1),
            Some(..0) => Components(&data[2..]).fold(0, |sum, part| sum.saturating_add(self.points(part, depth + 1))),
            Some(0) | None => 0,
        });
        self.known[glyph] = Some(points);
        points
    }

    fn data(&self, glyph: usize) -> Option<&'a [u8]> {
        let place = |index: usize| match self.offset {
            2 => u16_at(self.loca, 2 * index).map(|half| 2 * usize::from(half)),
            _ => u32_at(self.loca, 4 * index),
        };
        self.glyf.get(place(glyph)?..place(glyph + 1)?)
    }
}

/// The glyphs that a glyph is made of, from the bytes behind the number of its contours. Read as ttf-parser does it, to
/// which points instead of distances (flag 2 not set) take no room.
struct Components<'a>(&'a [u8]);

impl Iterator for Components<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        /// The box of the glyph, which comes first.
        const BOX: usize = 8;
        let (flags, part) = u16_at(self.0, BOX).zip(u16_at(self.0, BOX + 2))?;
        let distances = match flags & 3 {
            3 => 4,
            2 => 2,
            _ => 0,
        };
        let scale = match flags {
            _ if flags & 0x80 != 0 => 8,
            _ if flags & 0x40 != 0 => 4,
            _ if flags & 0x08 != 0 => 2,
            _ => 0,
        };
        let more = flags & 0x20 != 0;
        // The rest as if it had a box before it too.
        self.0 = self.0.get(4 + distances + scale..).filter(|_| more).unwrap_or_default();
        Some(part.into())
    }
}

/// The file without its kerning (`kern`), which fontdue reads whole and nobody here asks for.
pub(super) fn without_kerning(file: &[u8]) -> Box<[u8]> {
    let mut kept: Box<[u8]> = file.into();
    for at in records(file, b"kern").into_iter().flatten() {
        // A table of no length: the records must stay in their order.
        if let Some(length) = kept.get_mut(at + 12..at + 16) {
            length.fill(0);
        }
    }
    kept
}

/// What the tables of this name hold; those that are not there as they should be are left out.
fn tables<'a>(file: &'a [u8], name: &'a [u8; 4]) -> Option<impl Iterator<Item = &'a [u8]> + 'a> {
    Some(records(file, name)?.filter_map(|at| {
        let start = u32_at(file, at + 8)?;
        file.get(start..start.checked_add(u32_at(file, at + 12)?)?)
    }))
}

/// Where the records of the tables of this name are: name, checksum, place and length.
fn records<'a>(file: &'a [u8], name: &'a [u8; 4]) -> Option<impl Iterator<Item = usize> + 'a> {
    // Of a collection the first face counts, here and for fontdue.
    let start = if file.starts_with(b"ttcf") { u32_at(file, 12)? } else { 0 };
    let records = (0..usize::from(u16_at(file, start.checked_add(4)?)?)).map(move |index| start + 12 + 16 * index);
    Some(records.filter(move |at| file.get(*at..at + 4) == Some(name)))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::OutlineFile;
    use super::*;

    const FILE: &[u8] = include_bytes!("../../../fonts/latin-regular.ttf");

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn halves(halves: &[u16]) -> Vec<u8> {
        halves.iter().flat_map(|half| half.to_be_bytes()).collect()
    }

    /// The file with these tables in place of its own, or beside them.
    fn with(changed: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
        let names = FILE[12..].as_chunks::<16>().0.iter().take(u16_at(FILE, 4).expect("a count").into());
        let mut all: BTreeMap<[u8; 4], Vec<u8>> = names
            .map(|record| *record.first_chunk().expect("a name"))
            .map(|name| (name, tables(FILE, &name).expect("a file").next().expect("a table").to_vec()))
            .collect();
        all.extend(changed.iter().map(|(name, table)| (**name, table.clone())));
        let mut file = [&FILE[..4], &halves(&[all.len() as u16, 0, 0, 0])].concat();
        let mut start = 12 + 16 * all.len();
        for (name, table) in &all {
            file.extend([&name[..], &words(&[0, start as u32, table.len() as u32])].concat());
            start += table.len();
        }
        [file, all.into_values().flatten().collect()].concat()
    }

    /// The file with these glyphs for its first ones; all others are empty.
    fn with_glyphs(glyphs: &[Vec<u8>]) -> Vec<u8> {
        let mut head = tables(FILE, b"head").expect("a file").next().expect("a table").to_vec();
        head[50..52].copy_from_slice(&[0, 1]);
        let count = super::glyphs(FILE).expect("a count") as usize;
        let ends = glyphs.iter().scan(0, |end, glyph| {
            *end += glyph.len() as u32;
            Some(*end)
        });
        let mut places: Vec<u32> = std::iter::once(0).chain(ends).collect();
        places.resize(count + 1, *places.last().expect("a first one"));
        with(&[(b"head", head), (b"loca", words(&places)), (b"glyf", glyphs.concat())])
    }

    /// A glyph that is made of these.
    fn made_of(parts: &[u16]) -> Vec<u8> {
        let mut glyph = halves(&[u16::MAX, 0, 0, 100, 100]);
        for (index, part) in parts.iter().enumerate() {
            let more = if index + 1 < parts.len() { 0x20 } else { 0 };
            // Distances of a byte or two, and a scale of every kind.
            let (flags, rest): (u16, &[u8]) = match index % 4 {
                0 => (2, &[0; 2]),
                1 => (2 | 8, &[0, 0, 0x40, 0]),
                2 => (3 | 0x40, &[0, 0, 0, 0, 0x40, 0, 0x40, 0]),
                _ => (2 | 0x80, &[0, 0, 0x40, 0, 0, 0, 0, 0, 0x40, 0]),
            };
            glyph.extend([&halves(&[flags | more, *part])[..], rest].concat());
        }
        glyph
    }

    fn triangle() -> Vec<u8> {
        [halves(&[1, 0, 0, 100, 100, 2, 0]), vec![1; 3], halves(&[0, 100, 50, 0, 0, 100])].concat()
    }

    #[test]
    fn the_tables_are_written_as_they_are_read() {
        assert_eq!(glyphs(FILE), Some(192));
        for name in [b"glyf", b"cmap", b"loca"] {
            assert!(tables(&with(&[]), name).expect("a file").eq(tables(FILE, name).expect("a file")));
        }
    }

    #[test]
    fn any_bytes_can_be_counted() {
        for length in 0..FILE.len().min(600) {
            let _ = (glyphs(&FILE[..length]), codes(&FILE[..length]), points(&FILE[..length]));
            assert_eq!(without_kerning(&FILE[..length])[..], FILE[..length]);
        }
        let mut collection = b"ttcf\0\x01\0\0\0\0\0\x01\0\0\0\x10".to_vec();
        collection.extend(FILE);
        assert_eq!(glyphs(&collection[..16]), None);
        assert_eq!(glyphs(b"ttcf\0\0\0\0\0\0\0\0\xff\xff\xff\xff"), None);
    }

    #[test]
    fn maps_of_more_characters_than_there_are_are_refused_before_they_are_walked() {
        let with_map = |groups: u32, last: u32| {
            let head = words(&[1, 3 << 16 | 10, 12, 12 << 16, 16 + 12 * groups, 0, groups]);
            with(&[(b"cmap", [head, words(&[0, last, 1]).repeat(groups as usize)].concat())])
        };
        assert_eq!(codes(&with_map(2, 0x10_ffff)), Some(CODES_MAX));
        for (groups, last) in [(1, u32::MAX), (3, 0x10_ffff), (100_000, u32::MAX)] {
            let error = OutlineFile::read(&with_map(groups, last)).expect_err("too many");
            assert_eq!(error, "it claims more characters than there are", "{groups} to {last:x}");
        }
    }

    #[test]
    fn points_are_counted_for_every_glyph_that_is_made_of_them() {
        let file = with_glyphs(&[made_of(&[1, 1, 2, 2, 7]), made_of(&[2, 2, 2, 2, 2]), triangle()]);
        // Five times a triangle in the second, and that twice and two more in the first.
        assert_eq!(points(&file), Some(36 + 15 + 3));
        assert!(OutlineFile::read(&file).is_ok());
        assert!(points(FILE).is_some_and(|points| (1_000..20_000).contains(&points)));
    }

    #[test]
    fn glyphs_made_of_too_many_others_or_of_themselves_are_refused() {
        // Forty of forty of forty …: 40^5 triangles.
        let mut towering: Vec<_> = (1..=5).map(|next| made_of(&[next; 40])).collect();
        towering.push(triangle());
        let circle = [made_of(&[1, 1]), made_of(&[0, 0])];
        let mut chain: Vec<_> = (1..=40).map(|next| made_of(&[next])).collect();
        chain.push(triangle());
        for glyphs in [&towering[..], &circle, &chain] {
            let error = OutlineFile::read(&with_glyphs(glyphs)).expect_err("too many");
            assert_eq!(error, "its outlines have more points than can be kept");
        }
        assert!(points(&with_glyphs(&chain[10..])).is_some(), "glyphs that are not there have no points");
    }

    #[test]
    fn kerning_is_left_out_however_much_of_it_there_is_said_to_be() {
        // Apple's: four thousand million tables without length.
        let kern = [words(&[1 << 16, u32::MAX, 0]), halves(&[1, 0])].concat();
        let file = with(&[(b"kern", kern)]);
        let kept = without_kerning(&file);
        assert_eq!(tables(&kept, b"kern").expect("a file").next(), Some(&[][..]));
        assert!(OutlineFile::read(&file).is_ok());
    }
}
