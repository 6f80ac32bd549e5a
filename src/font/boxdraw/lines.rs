//! Straight lines, whole and dashed (U+2500 to U+257F but for arcs and diagonals), and the scan lines of a VT100.

use super::Frame;
use crate::font::canvas::Canvas;
use std::ops::Range;

/// The arm of a character towards one edge of its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arm {
    None,
    Light,
    Heavy,
    Double,
}

/// The arms of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arms {
    pub left: Arm,
    pub right: Arm,
    pub up: Arm,
    pub down: Arm,
}

/// U+2500 to U+257F, sixteen to a row: the arms to the left, right, up and down; `l`ight, `h`eavy, `d`ouble or none.
/// Dashes, arcs and diagonals have none here.
const ARMS: [&str; 8] = [
    "ll.. hh.. ..ll ..hh .... .... .... .... .... .... .... .... .l.l .h.l .l.h .h.h",
    "l..l h..l l..h h..h .ll. .hl. .lh. .hh. l.l. h.l. l.h. h.h. .lll .hll .lhl .llh",
    ".lhh .hhl .hlh .hhh l.ll h.ll l.hl l.lh l.hh h.hl h.lh h.hh ll.l hl.l lh.l hh.l",
    "ll.h hl.h lh.h hh.h lll. hll. lhl. hhl. llh. hlh. lhh. hhh. llll hlll lhll hhll",
    "llhl lllh llhh hlhl lhhl hllh lhlh hhhl hhlh hlhh lhhh hhhh .... .... .... ....",
    "dd.. ..dd .d.l .l.d .d.d d..l l..d d..d .dl. .ld. .dd. d.l. l.d. d.d. .dll .ldd",
    ".ddd d.ll l.dd d.dd dd.l ll.d dd.d ddl. lld. ddd. ddll lldd dddd .... .... ....",
    ".... .... .... .... l... ..l. .l.. ...l h... ..h. .h.. ...h lh.. ..lh hl.. ..hl",
];

/// The arms of U+2500 to U+257F.
pub(super) fn arms(code: u32) -> Arms {
    let offset = (code - 0x2500) as usize;
    let arm = |i: usize| match ARMS[offset / 16].as_bytes()[offset % 16 * 5 + i] {
        b'l' => Arm::Light,
        b'h' => Arm::Heavy,
        b'd' => Arm::Double,
        _ => Arm::None,
    };
    Arms { left: arm(0), right: arm(1), up: arm(2), down: arm(3) }
}

/// Draws a character made of arms or dashes.
pub(super) fn draw(code: u32, frame: Frame, canvas: &mut Canvas) -> bool {
    match code {
        0x2504..=0x250b => dashes(if code < 0x2508 { 3 } else { 4 }, code & 2 != 0, code & 1 != 0, frame, canvas),
        0x254c..=0x254f => dashes(2, code & 2 != 0, code & 1 != 0, frame, canvas),
        0x256d..=0x2573 => return false,
        _ => draw_arms(arms(code), frame, canvas),
    }
    true
}

/// One direction of a cell, so that a horizontal and a vertical arm are drawn by the same code.
#[derive(Clone, Copy)]
struct Axis {
    /// Length of the cell along the arm.
    length: i32,
    /// Where lines along the arm lie across it.
    across: i32,
    /// Where lines across the arm lie along it.
    along: i32,
    light: i32,
}

impl Frame {
    fn horizontal(self) -> Axis {
        Axis { length: self.width, across: self.y, along: self.x, light: self.light }
    }

    fn vertical(self) -> Axis {
        Axis { length: self.height, across: self.x, along: self.y, light: self.light }
    }
}

/// The pixels across a single line that has its light edge at `at`.
fn stroke(arm: Arm, at: i32, light: i32) -> Range<i32> {
    match arm {
        Arm::Heavy => at - light / 2..at - light / 2 + 2 * light,
        _ => at..at + light,
    }
}

/// The two lines of a double one: the nearer to the origin first.
fn pair(at: i32, light: i32) -> [Range<i32>; 2] {
    [at - light..at, at + light..at + 2 * light]
}

fn draw_arms(arms: Arms, frame: Frame, canvas: &mut Canvas) {
    let Arms { left, right, up, down } = arms;
    let (horizontal, vertical) = (frame.horizontal(), frame.vertical());
    for (xs, ys) in spans(left, right, [up, down], horizontal, false) {
        canvas.fill(xs, ys);
    }
    for (xs, ys) in spans(right, left, [up, down], horizontal, true) {
        canvas.fill(xs, ys);
    }
    for (ys, xs) in spans(up, down, [left, right], vertical, false) {
        canvas.fill(xs, ys);
    }
    for (ys, xs) in spans(down, up, [left, right], vertical, true) {
        canvas.fill(xs, ys);
    }
}

/// The rectangles of one arm, along and across it. `crossing` are the arms across it, the nearer to the origin first;
/// `far`: the arm ends at the edge away from the origin.
fn spans(arm: Arm, opposite: Arm, crossing: [Arm; 2], axis: Axis, far: bool) -> Vec<(Range<i32>, Range<i32>)> {
    let lines = match arm {
        Arm::None => Vec::new(),
        Arm::Light | Arm::Heavy => {
            let doubled = crossing.contains(&Arm::Double);
            // Against a double line on both sides (╢) it stops at the near one; at a corner (╖) it covers both.
            let near = doubled && opposite == Arm::None && !crossing.contains(&Arm::None);
            vec![(stroke(arm, axis.across, axis.light), near)]
        }
        Arm::Double => {
            // Each of the two lines stops at the near one of a double line that leaves on its side, and else goes on to
            // the far one: ╗ has an outer corner and an inner one.
            let near = |side: usize| crossing[side] == Arm::Double;
            pair(axis.across, axis.light).into_iter().enumerate().map(|(side, line)| (line, near(side))).collect()
        }
    };
    lines.into_iter().map(|(line, near)| (reach(crossing, axis, far, near), line)).collect()
}

/// How far an arm reaches from its edge into the cell: over the line that crosses it, or the centre when none does.
fn reach(crossing: [Arm; 2], axis: Axis, far: bool, near: bool) -> Range<i32> {
    let covered = if crossing.contains(&Arm::Double) {
        let [first, second] = pair(axis.along, axis.light);
        match (near, far) {
            (true, false) => first,
            (true, true) => second,
            (false, _) => first.start..second.end,
        }
    } else {
        let thickest = if crossing.contains(&Arm::Heavy) { Arm::Heavy } else { Arm::Light };
        stroke(thickest, axis.along, axis.light)
    };
    if far { covered.start..axis.length } else { 0..covered.end }
}

/// `count` dashes in the cell, each in the middle of its share, so that the rhythm goes on in the next cell.
fn dashes(count: i32, vertical: bool, heavy: bool, frame: Frame, canvas: &mut Canvas) {
    let axis = if vertical { frame.vertical() } else { frame.horizontal() };
    let line = stroke(if heavy { Arm::Heavy } else { Arm::Light }, axis.across, axis.light);
    for i in 0..count {
        let (start, end) = (i * axis.length / count, (i + 1) * axis.length / count);
        let gap = ((end - start) / 3).clamp(1, (end - start - 1).max(1));
        let dash = start + gap / 2..(end - (gap - gap / 2)).max(start + gap / 2 + 1);
        if vertical {
            canvas.fill(line.clone(), dash);
        } else {
            canvas.fill(dash, line.clone());
        }
    }
}

/// U+23BA to U+23BD: the scan lines 1, 3, 7 and 9 of the nine rows of a VT100's character; 5 is U+2500.
pub(super) fn scan_line(code: u32, frame: Frame, canvas: &mut Canvas) -> bool {
    let last = frame.height - frame.light;
    let top = match code {
        0x23ba => 0,
        0x23bb => frame.y / 2,
        0x23bc => frame.y + (last - frame.y) / 2,
        _ => last,
    };
    canvas.fill(0..frame.width, top..top + frame.light);
    true
}
