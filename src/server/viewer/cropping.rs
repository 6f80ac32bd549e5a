//! What a client sees whose picture cannot have the size of the frames: a part of them, somewhere in its picture.

use std::time::Duration;

use tokio::time::Instant;

use crate::display::Kind;
use crate::geometry::{Point, Size};
use crate::rfb::plan::View;

/// So near to an edge of the client's picture its pointer asks for what lies beyond, in pixels; nearer in small pictures.
const EDGE: u32 = 32;

/// So long each part is seen that a pointer leads to which stays at the edge: on its way there it leads to the next one
/// only.
const STEP: Duration = Duration::from_millis(400);

/// What of a frame of `size` is seen: all of it, in the middle; or, where it is too large, of a console its left and its
/// bottom, where the prompt is, and of a proxied screen what begins at `corner`.
pub(super) fn view(picture: Size, size: Size, kind: Kind, corner: Point) -> View {
    let middle = |picture: u32, size: u32| picture.saturating_sub(size) / 2;
    let last = Point { x: size.width.saturating_sub(picture.width), y: size.height.saturating_sub(picture.height) };
    View {
        picture,
        crop: match kind {
            Kind::Text => Point { x: 0, y: last.y },
            Kind::Graphics => Point { x: corner.x.min(last.x), y: corner.y.min(last.y) },
        },
        offset: Point { x: middle(picture.width, size.width), y: middle(picture.height, size.height) },
    }
}

/// A place in the client's picture, as it lies in the frame of `size`; beside the frame, the nearest place in it.
pub(super) fn to_frame(point: Point, view: Option<View>, size: Size) -> Point {
    let Some(View { crop, offset, .. }) = view else { return point };
    let along = |at: u32, offset: u32, crop: u32, length: u32| {
        at.saturating_sub(offset).saturating_add(crop).min(length.saturating_sub(1))
    };
    Point { x: along(point.x, offset.x, crop.x, size.width), y: along(point.y, offset.y, crop.y, size.height) }
}

/// A place in the frame, as it lies in the client's picture; `None` if that does not show it.
pub(super) fn from_frame(point: Point, view: Option<View>) -> Option<Point> {
    let Some(View { picture, crop, offset }) = view else { return Some(point) };
    let x = point.x.checked_sub(crop.x)?.checked_add(offset.x)?;
    let y = point.y.checked_sub(crop.y)?.checked_add(offset.y)?;
    (x < picture.width && y < picture.height).then_some(Point { x, y })
}

/// When a pointer led further that is still at the edge.
#[derive(Debug, Default)]
pub(super) struct Led(Option<Instant>);

impl Led {
    /// Where what is seen of a frame of `size` is to begin now that the pointer is there in the client's picture; `None`:
    /// where it begins.
    pub(super) fn follow(&mut self, pointer: Point, view: View, size: Size, now: Instant) -> Option<Point> {
        let picture = view.picture;
        let is_at_edge = |at: u32, length: u32| at < edge(length) || at >= length - edge(length);
        if !is_at_edge(pointer.x, picture.width) && !is_at_edge(pointer.y, picture.height) {
            self.0 = None;
        }
        let corner = follow(pointer, view, size).filter(|_| self.0.is_none_or(|led| now >= led + STEP))?;
        self.0 = Some(now);
        Some(corner)
    }
}

fn edge(picture: u32) -> u32 {
    EDGE.min(picture / 8)
}

/// Where the part of a frame of `size` is to begin that is seen with the pointer there in the client's picture: half a
/// picture further towards the edge that it has come to. `None`: where it begins now.
fn follow(pointer: Point, view: View, size: Size) -> Option<Point> {
    let along = |at: u32, picture: u32, crop: u32, length: u32| {
        let edge = edge(picture);
        let (step, last) = ((picture / 2).max(1), length.saturating_sub(picture));
        match at {
            _ if at < edge => crop.saturating_sub(step),
            _ if at >= picture - edge => (crop + step).min(last),
            _ => crop,
        }
    };
    let View { picture, crop, .. } = view;
    let corner = Point {
        x: along(pointer.x, picture.width, crop.x, size.width),
        y: along(pointer.y, picture.height, crop.y, size.height),
    };
    (corner != crop).then_some(corner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: Size = Size::new(640, 400);

    fn at(x: u32, y: u32) -> Point {
        Point { x, y }
    }

    #[test]
    fn a_smaller_frame_is_in_the_middle_and_the_pointer_beside_it_at_its_edge() {
        let size = Size::new(600, 300);
        for kind in [Kind::Text, Kind::Graphics] {
            let view = view(PICTURE, size, kind, at(99, 99));
            assert_eq!((view.crop, view.offset), (at(0, 0), at(20, 50)));
            let mapped = |x, y| to_frame(at(x, y), Some(view), size);
            assert_eq!([mapped(0, 0), mapped(20, 50), mapped(639, 399)], [at(0, 0), at(0, 0), at(599, 299)]);
            assert_eq!(follow(at(0, 399), view, size), None);
            assert_eq!(from_frame(at(599, 299), Some(view)), Some(at(619, 349)));
        }
        assert_eq!(to_frame(at(7, 8), None, size), at(7, 8));
        assert_eq!(from_frame(at(7, 8), None), Some(at(7, 8)));
    }

    #[test]
    fn of_the_pointers_place_only_what_is_seen_is_told() {
        let view = view(PICTURE, Size::new(1024, 768), Kind::Graphics, at(384, 200));
        for (x, y, told) in [(384, 200, Some(at(0, 0))), (1023, 599, Some(at(639, 399)))] {
            assert_eq!(from_frame(at(x, y), Some(view)), told);
        }
        for (x, y) in [(383, 200), (384, 199), (384, 600), (u32::MAX, 200)] {
            assert_eq!(from_frame(at(x, y), Some(view)), None);
        }
    }

    #[test]
    fn of_a_larger_screen_the_part_is_seen_that_the_pointer_leads_to() {
        let size = Size::new(1024, 768);
        assert_eq!(view(PICTURE, size, Kind::Text, at(0, 0)).crop, at(0, 368), "the prompt");
        let mut corner = at(0, 0);
        let mut go = |x, y| {
            let view = view(PICTURE, size, Kind::Graphics, corner);
            corner = follow(at(x, y), view, size).unwrap_or(corner);
            corner
        };
        assert_eq!(go(300, 200), at(0, 0));
        assert_eq!(go(0, 0), at(0, 0), "there is nothing beyond");
        assert_eq!(go(639, 200), at(320, 0));
        assert_eq!(go(639, 399), at(384, 200));
        assert_eq!(go(300, 399), at(384, 368));
        assert_eq!(go(0, 200), at(64, 368));
        assert_eq!(view(PICTURE, Size::new(700, 500), Kind::Graphics, corner).crop, at(60, 100), "a smaller frame now");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pointer_leads_on_when_it_comes_again_or_stays_for_a_while() {
        let (size, start) = (Size::new(2000, 400), Instant::now());
        let view = |x| view(PICTURE, size, Kind::Graphics, at(x, 0));
        let mut led = Led::default();
        let mut leads = |x, from, now| led.follow(at(x, 200), view(from), size, now).map(|corner| corner.x);
        assert_eq!(leads(630, 0, start), Some(320));
        assert_eq!(leads(639, 320, start), None);
        assert_eq!(leads(639, 320, start + STEP), Some(640));
        assert_eq!(leads(639, 640, start + STEP), None);
        assert_eq!(leads(500, 640, start + STEP), None);
        assert_eq!(leads(639, 640, start + STEP), Some(960));
    }

    #[test]
    fn the_smallest_picture_is_no_trap() {
        for picture in [Size::new(1, 1), Size::new(2, 9)] {
            let view = view(picture, Size::new(u32::MAX, 5), Kind::Graphics, at(u32::MAX, u32::MAX));
            follow(at(picture.width - 1, picture.height - 1), view, Size::new(5, 5));
            to_frame(at(u32::MAX, u32::MAX), Some(view), Size::new(0, 0));
        }
    }
}
