//! Box drawing joins: what leaves a cell at its edge enters the next.

use super::lines::{Arm, arms};
use super::*;
use crate::font::{Metrics, canvas::FULL};
use crate::geometry::Size;

/// Cells from tiny to scaled, odd and even.
const CELLS: [(u32, u32, u32); 8] =
    [(5, 8, 1), (6, 12, 1), (7, 13, 1), (8, 16, 1), (9, 18, 1), (10, 21, 1), (18, 36, 2), (36, 72, 4)];

fn draw_at(code: u32, (width, height, scale): (u32, u32, u32)) -> Canvas {
    let mut canvas = Canvas::new(Size::new(width, height), if scale == 1 { 1 } else { 3 });
    let ch = char::from_u32(code).expect("a character");
    assert!(draw(ch, &Metrics::new(height, height * 3 / 4, scale), &mut canvas), "U+{code:04X} is drawn");
    canvas
}

/// Levels along the left, right, top and bottom edge.
fn edges(canvas: &Canvas) -> [Vec<u8>; 4] {
    let (width, height) = (canvas.width(), canvas.height());
    let column = |x: i32| (0..height).map(|y| canvas.level(x, y)).collect();
    let row = |y: i32| (0..width).map(|x| canvas.level(x, y)).collect();
    [column(0), column(width - 1), row(0), row(height - 1)]
}

/// The characters with arms, and those arms: left, right, up, down.
fn armed() -> impl Iterator<Item = (u32, [Arm; 4])> {
    let lines = (0x2500..=0x257f).filter(|code| !matches!(code, 0x2504..=0x250b | 0x254c..=0x254f | 0x256d..=0x2573));
    let lines = lines.map(|code| {
        let arms = arms(code);
        (code, [arms.left, arms.right, arms.up, arms.down])
    });
    use Arm::{Light, None};
    lines.chain([
        (0x256d, [None, Light, None, Light]),
        (0x256e, [Light, None, None, Light]),
        (0x256f, [Light, None, Light, None]),
        (0x2570, [None, Light, Light, None]),
    ])
}

#[test]
fn arms_meet_the_arms_of_all_neighbours_and_nothing_else_touches_an_edge() {
    for cell in CELLS {
        let drawn: Vec<_> = armed().map(|(code, arms)| (code, arms, edges(&draw_at(code, cell)))).collect();
        for (code, arms, edges) in &drawn {
            for side in 0..4 {
                let touched = edges[side].iter().any(|level| *level > 0);
                assert_eq!(touched, arms[side] != Arm::None, "U+{code:04X} side {side} in {cell:?}");
            }
        }
        for (left, left_arms, left_edges) in &drawn {
            for (right, right_arms, right_edges) in &drawn {
                if left_arms[1] == right_arms[0] {
                    assert_eq!(left_edges[1], right_edges[0], "U+{left:04X} beside U+{right:04X} in {cell:?}");
                }
                if left_arms[3] == right_arms[2] {
                    assert_eq!(left_edges[3], right_edges[2], "U+{left:04X} above U+{right:04X} in {cell:?}");
                }
            }
        }
    }
}

/// Whether all covered pixels hang together, by their sides.
fn parts(canvas: &Canvas) -> usize {
    let mut left: Vec<(i32, i32)> = (0..canvas.height())
        .flat_map(|y| (0..canvas.width()).map(move |x| (x, y)))
        .filter(|&(x, y)| canvas.level(x, y) > FULL / 2)
        .collect();
    let mut parts = 0;
    while let Some(start) = left.pop() {
        parts += 1;
        let mut edge = vec![start];
        while let Some((x, y)) = edge.pop() {
            for next in [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)] {
                if let Some(at) = left.iter().position(|place| *place == next) {
                    edge.push(left.swap_remove(at));
                }
            }
        }
    }
    parts
}

#[test]
fn single_lines_hang_together_and_double_ones_stay_apart() {
    for cell in CELLS {
        for (code, arms) in armed() {
            let doubles = arms.iter().filter(|arm| **arm == Arm::Double).count();
            let expected = match code {
                0x2550 | 0x2551 => 2,                   // ═ ║
                0x2554 | 0x2557 | 0x255a | 0x255d => 2, // corners: an outer and an inner line
                0x2560 | 0x2563 | 0x2566 | 0x2569 => 3, // a through line and two corners
                0x256c => 4,                            // ╬: four corners
                0x255e..=0x256b if doubles > 0 => parts(&draw_at(code, (18, 36, 2))),
                0x256d..=0x2570 => continue, // arcs thin out between the pixels of a small cell
                _ => 1,
            };
            assert_eq!(parts(&draw_at(code, cell)), expected, "U+{code:04X} in {cell:?}");
        }
    }
}

#[test]
fn blocks_and_their_complements_fill_the_cell_without_overlap() {
    // Upper and lower half, left and right half, quadrants and the three others, sextants 1 and 2-6.
    let pairs =
        [(0x2580, 0x2584), (0x258c, 0x2590), (0x2598, 0x259f), (0x259d, 0x2599), (0x2596, 0x259c), (0x2597, 0x259b)];
    let sextants = (0x1fb00..0x1fb1e).map(|code| (code, 0x1fb3b - (code - 0x1fb00)));
    let mosaics =
        (0x1fb3c..0x1fb52).map(|code| (code, code + 22)).chain((0x1fb68..0x1fb6c).map(|code| (code, code + 4)));
    // Upper quarter to seven eighths with the rest below, right quarter to seven eighths with the rest on the left.
    let upper = [(0x1fb82, 0x2586), (0x1fb83, 0x2585), (0x1fb84, 0x2583), (0x1fb85, 0x2582), (0x1fb86, 0x2581)];
    let right = [(0x1fb87, 0x258a), (0x1fb88, 0x258b), (0x1fb89, 0x258d), (0x1fb8a, 0x258e), (0x1fb8b, 0x258f)];
    let others = [(0x1fb95, 0x1fb96), (0x1fb9a, 0x1fb9b), (0x1cd00, 0x1cde3), (0x1cea8, 0x1cde5)];
    let sextants = sextants.chain(mosaics).chain(upper).chain(right).chain(others);
    for cell in CELLS {
        for (one, other) in pairs.into_iter().chain(sextants.clone()) {
            let (a, b) = (draw_at(one, cell), draw_at(other, cell));
            for y in 0..a.height() {
                for x in 0..a.width() {
                    assert_eq!(a.level(x, y) + b.level(x, y), FULL, "U+{one:04X} U+{other:04X} {x},{y} in {cell:?}");
                }
            }
        }
        for (lower, more) in (0x2581..0x2588).map(|code| (code, code + 1)) {
            let (a, b) = (draw_at(lower, cell), draw_at(more, cell));
            assert!((0..a.height()).all(|y| a.level(0, y) <= b.level(0, y)), "U+{more:04X} is higher in {cell:?}");
        }
    }
}

#[test]
fn shades_are_quarters() {
    for (code, quarters) in [(0x2591, 1), (0x2592, 2), (0x2593, 3), (0x2588, 4)] {
        let canvas = draw_at(code, (9, 18, 1));
        let levels = |y: i32| (0..9).map(move |x| (x, y));
        assert!((0..18).flat_map(levels).all(|(x, y)| canvas.level(x, y) == quarters * FULL / 4), "U+{code:04X}");
    }
}

#[test]
fn braille_dots_are_all_there_and_apart() {
    for cell in CELLS {
        for dots in 0..=255u32 {
            let canvas = draw_at(0x2800 + dots, cell);
            // The tiniest cells have no room for a gap between four rows of dots.
            if cell.1 > 8 {
                assert_eq!(parts(&canvas), dots.count_ones() as usize, "U+{:04X} in {cell:?}", 0x2800 + dots);
            }
        }
    }
}

#[test]
fn powerline_separators_touch_the_whole_edge_they_join() {
    for cell in CELLS {
        for (code, side) in [(0xe0b0, 0), (0xe0b2, 1), (0xe0b4, 0), (0xe0b6, 1), (0xe0b8, 3), (0xe0be, 2)] {
            let edge = &edges(&draw_at(code, cell))[side];
            let covered = edge.iter().filter(|level| **level > 0).count();
            assert!(covered + 2 >= edge.len(), "U+{code:04X} in {cell:?}: {edge:?}");
        }
    }
}

#[test]
fn diagonals_reach_their_corners() {
    for cell in CELLS {
        let (rising, falling) = (draw_at(0x2571, cell), draw_at(0x2572, cell));
        let (right, bottom) = (rising.width() - 1, rising.height() - 1);
        assert!(rising.level(0, bottom) > 0 && rising.level(right, 0) > 0, "{cell:?}");
        assert!(falling.level(0, 0) > 0 && falling.level(right, bottom) > 0, "{cell:?}");
    }
}

#[test]
fn every_character_draws_something_in_every_cell() {
    let codes = (0x2500..=0x259f).chain(0x2801..=0x28ff).chain(0x23ba..=0x23bd).chain(0xe0a0..=0xe0a2);
    let legacy = (0x1fb00..=0x1fbaf).filter(|code| *code != 0x1fb93).chain(0x1fbf0..=0x1fbf9);
    let codes: Vec<u32> = codes.chain(0xe0b0..=0xe0bf).chain(legacy).chain(0x1cd00..=0x1cde5).collect();
    for cell in CELLS.into_iter().chain([(1, 1, 1), (2, 3, 1)]) {
        for &code in &codes {
            let canvas = draw_at(code, cell);
            let covered = (0..canvas.height()).any(|y| (0..canvas.width()).any(|x| canvas.level(x, y) > 0));
            // Sextants, eighths and braille need more than a few pixels.
            assert!(covered || cell.0 < 5, "U+{code:04X} in {cell:?}");
        }
    }
}

#[test]
fn octants_are_all_different_and_agree_with_quadrants() {
    let cell = (8, 16, 1);
    let rows = |canvas: &Canvas| (0..16).map(|y| (canvas.level(0, y), canvas.level(7, y))).collect::<Vec<_>>();
    let elsewhere = [0x1cea0, 0x1cea3, 0x1cea8, 0x1ceab, 0x1fbe6, 0x1fbe7, 0x2580, 0x2588, 0x258c, 0x1fb82, 0x2586];
    let codes = (0x1cd00..=0x1cde5).chain(elsewhere).chain(0x2596..=0x259f);
    let mut seen = std::collections::BTreeSet::new();
    let count = codes.map(|code| seen.insert(rows(&draw_at(code, cell)))).filter(|new| *new).count();
    assert_eq!(count, 230 + elsewhere.len() + 10);
    // What their names say: BLOCK OCTANT-3, BLOCK OCTANT-23, and so on.
    for (code, set) in
        [(0x1cd00, [3].as_slice()), (0x1cd01, &[2, 3]), (0x1cd03, &[4]), (0x1cde5, &[2, 3, 4, 5, 6, 7, 8])]
    {
        let canvas = draw_at(code, cell);
        for octant in 1..=8i32 {
            let (x, y) = ((octant - 1) % 2 * 4, (octant - 1) / 2 * 4);
            assert_eq!(canvas.level(x, y) == FULL, set.contains(&octant), "U+{code:04X} octant {octant}");
        }
    }
}

#[test]
fn mosaics_are_filled_on_the_right_side() {
    // The corners that are covered: upper left, upper right, lower left, lower right.
    let corners = [
        (0x1fb3c, [0, 0, 1, 0]),
        (0x1fb41, [0, 1, 1, 1]),
        (0x1fb46, [0, 0, 1, 1]),
        (0x1fb47, [0, 0, 0, 1]),
        (0x1fb4c, [1, 0, 1, 1]),
        (0x1fb51, [0, 0, 1, 1]),
        (0x1fb52, [1, 1, 0, 1]),
        (0x1fb67, [1, 1, 0, 0]),
        (0x1fb7c, [1, 0, 1, 1]),
        (0x1fb7d, [1, 1, 1, 0]),
        (0x1fb7e, [1, 1, 0, 1]),
        (0x1fb7f, [0, 1, 1, 1]),
    ];
    for cell in [(9, 18, 1), (18, 36, 2), (36, 72, 4)] {
        for (code, expected) in corners {
            let canvas = draw_at(code, cell);
            let (right, bottom) = (canvas.width() - 1, canvas.height() - 1);
            let drawn = [(0, 0), (right, 0), (0, bottom), (right, bottom)].map(|(x, y)| canvas.level(x, y) > FULL / 3);
            assert_eq!(drawn.map(u8::from), expected, "U+{code:04X} in {cell:?}");
        }
    }
}

#[test]
fn diagonals_between_middles_meet_lines_and_each_other() {
    for cell in CELLS {
        let cross = edges(&draw_at(0x253c, cell));
        let touches = |edge: &[u8], line: &[u8]| edge.iter().zip(line).any(|(level, full)| *level > 0 && *full > 0);
        for (code, sides) in [(0x1fba0, [0, 2]), (0x1fba1, [1, 2]), (0x1fba2, [0, 3]), (0x1fba3, [1, 3])] {
            let drawn = edges(&draw_at(code, cell));
            for side in sides {
                assert!(touches(&drawn[side], &cross[side]), "U+{code:04X} side {side} in {cell:?}");
            }
        }
        let (all, parts) =
            (draw_at(0x1fbae, cell), [0x1fba0, 0x1fba1, 0x1fba2, 0x1fba3].map(|code| draw_at(code, cell)));
        for (x, y) in (0..all.height()).flat_map(|y| (0..all.width()).map(move |x| (x, y))) {
            assert_eq!(
                all.level(x, y),
                parts.iter().map(|part| part.level(x, y)).max().unwrap_or(0),
                "{x},{y} {cell:?}"
            );
        }
    }
}

#[test]
fn digits_have_the_segments_of_eight() {
    for cell in CELLS {
        let digits: Vec<Canvas> = (0x1fbf0..=0x1fbf9).map(|code| draw_at(code, cell)).collect();
        for (number, digit) in digits.iter().enumerate() {
            for (x, y) in (0..digit.height()).flat_map(|y| (0..digit.width()).map(move |x| (x, y))) {
                assert!(digit.level(x, y) <= digits[8].level(x, y), "{number} in {cell:?}");
            }
        }
        assert!(parts(&digits[8]) >= parts(&digits[1]));
    }
}

#[test]
fn shapes_of_the_supplement_are_drawn_at_every_size() {
    let codes = (0x1fbcb..=0x1fbef).chain([0x1fbfa]).chain(0x1cc21..=0x1cc2f).chain(0x1ce51..=0x1ce8f);
    for code in codes.chain(0x1ce90..=0x1ceaf) {
        for cell in CELLS {
            let canvas = draw_at(code, cell);
            assert!(canvas.into_levels().iter().any(|level| *level > 0), "U+{code:04X} in {cell:?}");
        }
    }
}

#[test]
fn sixteenths_fill_the_cell_and_separate_parts_do_not_touch() {
    for cell in CELLS.into_iter().filter(|(width, ..)| *width >= 8) {
        let mut all = Canvas::new(Size::new(cell.0, cell.1), 1);
        let mut area = 0;
        for canvas in (0x1ce90..=0x1ce9f).map(|code| draw_at(code, cell)) {
            all.put(&canvas, 0, 0);
            area += canvas.into_levels().iter().filter(|level| **level > 0).count();
        }
        assert_eq!(area as u32, cell.0 * cell.1, "they do not lie over each other in {cell:?}");
        assert!(all.into_levels().iter().all(|level| *level == FULL));
        assert_eq!((parts(&draw_at(0x1cc2f, cell)), parts(&draw_at(0x1ce8f, cell))), (4, 6), "{cell:?}");
    }
}

#[test]
fn what_is_not_assigned_is_not_drawn() {
    let mut canvas = Canvas::new(Size::new(8, 16), 1);
    for code in [0x1fb93, 0x1fbb0, 0x1fbfb, 0x1cc20, 0x1cc30, 0x1ccff, 0x1cde6, 0x1ce50, 0x1ceb0] {
        let ch = char::from_u32(code).expect("a character");
        assert!(!draw(ch, &Metrics::new(16, 12, 1), &mut canvas), "U+{code:04X}");
    }
}
