//! The properties of a picture's memory: whatever is written, scrolled and resized, and however late a viewer asks,
//! moves and dirty pixels take it exactly to the frame, and are no more than what changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use vncterm::geometry::{Point, Rect, Size};
use vncterm::surface::{Frame, FrameDamage, Move, Pixel, PointerShape, Region, Seq, Surface};

const CELL: Size = Size::new(9, 18);

/// Numbers that look random and are the same each time (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    }

    /// Less than `end`.
    fn below(&mut self, end: u32) -> u32 {
        self.next() % end
    }

    fn rect(&mut self, within: Size) -> Rect {
        let (x, y) = (self.below(within.width), self.below(within.height));
        Rect::new(x, y, self.below(within.width - x + 1), self.below(within.height - y + 1))
    }
}

/// A region as one flag for each pixel of a small square.
#[derive(Clone, PartialEq, Debug)]
struct Bitmap(Vec<bool>);

impl Bitmap {
    const SIDE: u32 = 20;

    fn new(pixel: impl Fn(u32, u32) -> bool) -> Self {
        Self((0..Self::SIDE * Self::SIDE).map(|at| pixel(at % Self::SIDE, at / Self::SIDE)).collect())
    }

    fn of(region: &Region) -> Self {
        Self::new(|x, y| region.contains(Rect::new(x, y, 1, 1)))
    }

    fn has(&self, x: i64, y: i64) -> bool {
        let inside = 0..i64::from(Self::SIDE);
        inside.contains(&x) && inside.contains(&y) && self.0[(y * i64::from(Self::SIDE) + x) as usize]
    }

    /// As a region, pixel by pixel.
    fn region(&self) -> Region {
        let pixels = (0..Self::SIDE * Self::SIDE).filter(|at| self.0[*at as usize]);
        pixels.map(|at| Rect::new(at % Self::SIDE, at / Self::SIDE, 1, 1)).collect()
    }
}

#[test]
fn regions_do_what_bitmaps_do() {
    let random = &mut Random(0x5eed);
    let square = Size::new(Bitmap::SIDE, Bitmap::SIDE);
    for _ in 0..150 {
        let some = |random: &mut Random| (0..random.below(6)).map(|_| random.rect(square)).collect::<Region>();
        let (a, b) = (some(random), some(random));
        let (bits_a, bits_b) = (Bitmap::of(&a), Bitmap::of(&b));
        let both =
            |keep: fn(bool, bool) -> bool| Bitmap(bits_a.0.iter().zip(&bits_b.0).map(|(a, b)| keep(*a, *b)).collect());
        // Equality of values, not only of sets: each result is canonical.
        assert_eq!(a.union(&b), both(|a, b| a || b).region());
        assert_eq!(a.intersect(&b), both(|a, b| a && b).region());
        assert_eq!(a.subtract(&b), both(|a, b| a && !b).region());
        assert_eq!(a.area(), bits_a.0.iter().filter(|set| **set).count() as u64);
        assert!(a.rects().iter().all(|rect| a.bounds().contains(*rect)));

        let (dx, dy) = (random.below(30) as i32 - 20, random.below(30) as i32 - 20);
        let shifted = Bitmap::new(|x, y| bits_a.has(i64::from(x) - i64::from(dx), i64::from(y) - i64::from(dy)));
        let visible = a.translate(dx, dy).intersect(&Region::from(square.rect()));
        assert_eq!(visible, shifted.region(), "{a:?} by {dx},{dy}");

        let step = Move { area: random.rect(square), dx, dy };
        let moved = Bitmap::new(|x, y| {
            let (from_x, from_y) = (i64::from(x) - i64::from(dx), i64::from(y) - i64::from(dy));
            let in_area = |x: i64, y: i64| {
                let (across, down) = (step.area.x..step.area.right(), step.area.y..step.area.bottom());
                (i64::from(across.start)..i64::from(across.end)).contains(&x)
                    && (i64::from(down.start)..i64::from(down.end)).contains(&y)
            };
            let here = in_area(x.into(), y.into());
            if here { in_area(from_x, from_y) && bits_a.has(from_x, from_y) } else { bits_a.has(x.into(), y.into()) }
        });
        assert_eq!(a.moved(&step), moved.region(), "{a:?} {step:?}");
    }
}

/// A picture without bands or stamps: what a surface should show, and what a viewer does with damage.
#[derive(Clone, PartialEq)]
struct Picture {
    size: Size,
    pixels: Vec<Pixel>,
}

impl Picture {
    fn new(size: Size, pixel: Pixel) -> Self {
        Self { size, pixels: vec![pixel; size.area() as usize] }
    }

    fn of(frame: &Frame) -> Self {
        Self { size: frame.size(), pixels: (0..frame.size().height).flat_map(|y| frame.row(y)).copied().collect() }
    }

    fn at(&mut self, x: u32, y: u32) -> &mut Pixel {
        &mut self.pixels[(y * self.size.width + x) as usize]
    }

    /// Sets the pixels of `rect` from `source`, which has as many, row by row.
    fn put(&mut self, rect: Rect, source: impl IntoIterator<Item = Pixel>) {
        let places = (rect.y..rect.bottom()).flat_map(|y| (rect.x..rect.right()).map(move |x| (x, y)));
        let mut source = source.into_iter();
        for (x, y) in places {
            *self.at(x, y) = source.next().expect("as many pixels as places");
        }
        assert!(source.next().is_none());
    }

    fn copy(&self, rect: Rect) -> Vec<Pixel> {
        let rows = (rect.y..rect.bottom()).map(|y| (y * self.size.width + rect.x) as usize);
        rows.flat_map(|start| &self.pixels[start..start + rect.width as usize]).copied().collect()
    }

    /// What a viewer does.
    fn apply(&mut self, damage: &FrameDamage, frame: &Frame) {
        if self.size != frame.size() {
            *self = Self::new(frame.size(), 0xdead);
        }
        for step in &damage.moves {
            let taken = self.copy(step.source());
            self.put(step.target(), taken);
        }
        for rect in damage.dirty.rects() {
            self.put(*rect, frame.rows(*rect).flatten().copied());
        }
    }
}

/// A surface with the picture it should show.
struct Pair {
    surface: Surface,
    expected: Picture,
}

impl Pair {
    fn new(size: Size) -> Self {
        Self { surface: Surface::new(size, CELL, 7), expected: Picture::new(size, 7) }
    }

    fn act(&mut self, random: &mut Random) {
        let size = self.surface.size();
        let rows = size.height / CELL.height;
        match random.below(20) {
            0 if random.below(10) == 0 => {
                let size = Size::new(1 + random.below(80), 1 + random.below(150));
                let pixel = random.next();
                self.surface.resize(size, CELL, pixel);
                self.expected = Picture::new(size, pixel);
            }
            0..9 => {
                let rect = Rect { width: 1 + random.below(12), height: 1 + random.below(20), ..random.rect(size) };
                self.fill(rect, random.next());
            }
            9 => self.fill(Rect::new(0, random.below(rows + 1) * CELL.height, size.width, CELL.height), random.next()),
            10 => {
                let row = random.below(rows + 1);
                let (first, last) = (random.below(5), random.below(9));
                let pixel = random.next();
                let Some(mut tile_row) = self.surface.tile_row(row, false) else { return };
                tile_row.tiles(first..last).rows().for_each(|row| row.fill(pixel));
                self.paint(Rect::new(first * 9, row * 18, last.saturating_sub(first) * 9, 18), pixel);
            }
            11 => self.draw(random),
            12 | 13 => self.copy(random),
            _ if rows > 0 => {
                let start = random.below(rows);
                let end = start + 1 + random.below(rows - start);
                self.scroll(start, end, random.below(7) as i32 - 2);
            }
            _ => {}
        }
    }

    /// Draws over what is there, in some pixels with what is there already.
    fn draw(&mut self, random: &mut Random) {
        let rect = random.rect(self.surface.size());
        let mut pixels = self.expected.copy(rect);
        let (every, colour) = (1 + random.below(200), random.next());
        pixels.iter_mut().for_each(|pixel| *pixel = if random.below(every) == 0 { colour } else { *pixel });
        if random.below(4) == 0 {
            self.surface.draw_fill(rect, colour);
            pixels.fill(colour);
        } else {
            self.surface.draw(rect, &pixels);
        }
        self.expected.put(rect, pixels);
    }

    /// Copies a rectangle, most often to where it overlaps itself.
    fn copy(&mut self, random: &mut Random) {
        let size = self.surface.size();
        let from = random.rect(size);
        let near = |random: &mut Random, at: u32, room: u32| (at + random.below(9)).saturating_sub(4).min(room);
        let x = near(random, from.x, size.width - from.width);
        let y = near(random, from.y, size.height - from.height);
        let target = Rect { x, y, ..from };
        self.surface.copy(target, Point { x: from.x, y: from.y });
        let taken = self.expected.copy(from);
        self.expected.put(target, taken);
    }

    fn fill(&mut self, rect: Rect, pixel: Pixel) {
        self.surface.fill(rect, pixel);
        self.paint(rect, pixel);
    }

    fn paint(&mut self, rect: Rect, pixel: Pixel) {
        let rect = rect.intersection(self.expected.size.rect());
        self.expected.put(rect, std::iter::repeat_n(pixel, rect.area() as usize));
    }

    fn scroll(&mut self, start: u32, end: u32, up: i32) {
        self.surface.scroll(start..end, up);
        let width = self.expected.size.width;
        let rows = &mut self.expected.pixels[(start * 18 * width) as usize..(end * 18 * width) as usize];
        let distance = (up.unsigned_abs() * 18 * width) as usize;
        if distance <= rows.len() {
            if up > 0 { rows.rotate_left(distance) } else { rows.rotate_right(distance) }
        }
    }
}

#[test]
fn damage_misses_no_pixel() {
    for seed in 1..40 {
        let random = &mut Random(seed * 0x9e37_79b9);
        let mut pair = Pair::new(Size::new(40 + random.below(30), 100 + random.below(60)));
        let mut viewers = vec![(Seq::NONE, Picture::new(Size::new(1, 1), 0)); 6];
        let mut kept: Vec<(Arc<Frame>, Picture)> = Vec::new();
        for _ in 0..120 {
            (0..random.below(6)).for_each(|_| pair.act(random));
            let frame = pair.surface.publish();
            assert!(Picture::of(&frame) == pair.expected, "seed {seed}: the frame shows what was written");
            for (index, (seen, picture)) in (0..).zip(&mut viewers) {
                // The first is always up to date, the others lag more and more.
                if random.below(1 + index * index) == 0 {
                    let damage = frame.damage_since(*seen);
                    picture.apply(&damage, &frame);
                    assert!(*picture == pair.expected, "seed {seed}: from {seen:?} to {:?}: {damage:?}", frame.seq());
                    *seen = frame.seq();
                }
            }
            if random.below(10) == 0 {
                kept.push((frame, pair.expected.clone()));
            }
        }
        assert!(kept.iter().all(|(frame, picture)| Picture::of(frame) == *picture), "frames never change");
    }
}

#[test]
fn damage_is_exactly_the_tiles_written_since() {
    let random = &mut Random(77);
    let size = Size::new(9 * 7 + 4, 18 * 5 + 11); // margins narrower and lower than a cell
    let mut surface = Surface::new(size, CELL, 0);
    surface.publish();
    let mut changed = BTreeMap::new();
    for round in 2..60 {
        for _ in 0..1 + random.below(4) {
            let (col, row) = (random.below(8), random.below(6));
            let tile = Rect::new(col * 9, row * 18, 9, 18).intersection(size.rect());
            let rect = Rect::new(tile.x + random.below(tile.width), tile.y + random.below(tile.height), 1, 1);
            surface.fill(rect, random.next());
            changed.insert((row, col), (round, tile));
        }
        let frame = surface.publish();
        assert_eq!(frame.seq(), Seq(round));
        for seen in 1..=round {
            let newer: Region = changed.values().filter(|(at, _)| *at > seen).map(|(_, tile)| *tile).collect();
            let damage = frame.damage_since(Seq(seen));
            assert_eq!((damage.moves.as_slice(), &damage.dirty), (&[][..], &newer), "{seen} to {round}");
        }
    }
}

#[test]
fn a_scroll_is_a_move_and_the_uncovered_row() {
    let size = Size::new(9 * 10, 18 * 6);
    let mut surface = Surface::new(size, CELL, 0);
    surface.publish();
    surface.scroll(1..5, 1);
    let frame = surface.publish();
    let area = Rect::new(0, 18, 90, 72);
    let uncovered = Rect::new(0, 72, 90, 18);
    let damage = frame.damage_since(Seq(1));
    assert_eq!(damage.moves, [Move { area, dx: 0, dy: -18 }]);
    assert_eq!(damage.dirty.rects(), [uncovered]);

    // A frame later there is still one move, twice as far; the changed cell went along.
    surface.fill(Rect::new(9, 54, 9, 18), 1);
    surface.scroll(1..5, 1);
    let damage = surface.publish().damage_since(Seq(1));
    assert_eq!(damage.moves, [Move { area, dx: 0, dy: -36 }]);
    assert_eq!(damage.dirty.rects(), [Rect::new(9, 36, 9, 18), Rect::new(0, 54, 90, 36)]);
}

#[test]
fn scrolling_everything_away_is_painting() {
    let size = Size::new(90, 108);
    let mut surface = Surface::new(size, CELL, 0);
    surface.publish();
    (0..6).for_each(|_| surface.scroll(0..6, 1));
    let all = FrameDamage { moves: vec![], dirty: Region::from(size.rect()) };
    assert_eq!(surface.publish().damage_since(Seq(1)), all);
    surface.scroll(0..6, i32::MIN);
    assert_eq!(surface.publish().damage_since(Seq(2)), all);
}

#[test]
fn too_many_moves_become_painting() {
    let mut pair = Pair::new(Size::new(90, 18 * 40));
    let mut viewer = Picture::of(&pair.surface.publish());
    for start in 0..39 {
        pair.fill(Rect::new(3, start * 18, 9, 9), start);
        pair.scroll(start, start + 2, 1);
    }
    let frame = pair.surface.publish();
    let damage = frame.damage_since(Seq(1));
    assert!(damage.moves.len() <= 8, "{} moves", damage.moves.len());
    viewer.apply(&damage, &frame);
    assert!(viewer == pair.expected);
}

#[test]
fn a_viewer_far_behind_gets_what_changed_without_moves() {
    let mut pair = Pair::new(Size::new(90, 18 * 8));
    let mut viewer = Picture::of(&pair.surface.publish());
    for round in 0..20 {
        pair.scroll(0, 4, 1);
        pair.fill(Rect::new(0, 54, 30, 18), round);
        pair.surface.publish();
    }
    let frame = pair.surface.publish();
    let damage = frame.damage_since(Seq(1));
    assert_eq!(damage.dirty, Region::from(Rect::new(0, 0, 90, 72)), "the rows that moved, and no others");
    assert!(damage.moves.is_empty());
    viewer.apply(&damage, &frame);
    assert!(viewer == pair.expected);
}

#[test]
fn a_change_of_size_is_everything_once() {
    let mut surface = Surface::new(Size::new(90, 90), CELL, 0);
    let first = surface.publish();
    assert_eq!((first.seq(), first.resized()), (Seq(1), Seq(1)));
    surface.scroll(0..5, 2);
    surface.resize(Size::new(50, 31), CELL, 0);
    let second = surface.publish();
    assert_eq!(second.resized(), Seq(2));
    let all = FrameDamage { moves: vec![], dirty: Region::from(Rect::new(0, 0, 50, 31)) };
    assert_eq!(second.damage_since(Seq(1)), all);
    surface.fill(Rect::new(0, 0, 1, 1), 1);
    let third = surface.publish();
    assert_eq!((third.resized(), third.damage_since(Seq(1))), (Seq(2), all));
    assert_eq!(third.damage_since(Seq(2)).dirty.rects(), [Rect::new(0, 0, 9, 18)]);
}

#[test]
fn nothing_new_is_the_same_frame() {
    let mut surface = Surface::new(Size::new(90, 90), CELL, 0);
    let first = surface.publish();
    surface.scroll(0..0, 3);
    surface.scroll(0..5, 0);
    surface.fill(Rect::new(90, 0, 5, 5), 1);
    surface.fill(Rect::new(0, 0, 0, 5), 1);
    surface.set_pointer(None);
    assert!(!surface.is_dirty());
    assert!(Arc::ptr_eq(&first, &surface.publish()));
    assert!(first.damage_since(Seq(1)).is_empty() && first.damage_since(Seq(99)).is_empty());

    let shape = PointerShape { size: Size::new(1, 1), hotspot: Point::default(), pixels: [0xff00_0000].into() };
    surface.set_pointer(Some(Arc::new(shape)));
    let second = surface.publish();
    assert_eq!((second.seq(), second.pointer().is_some()), (Seq(2), true));
    assert!(second.damage_since(Seq(1)).is_empty());
}
