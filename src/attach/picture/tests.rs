//! Pictures in cells and by images, as they change.

use super::*;
use crate::attach::profile::Depth;
use crate::surface::Surface;

const PROFILE: Profile = Profile { depth: Depth::Direct, window: true, utf8: true, multiplexed: false };
const TILE: Size = Size::new(64, 16);

fn picture(surface: &mut Surface, as_it_is: bool) -> Picture {
    let mut picture = Picture::new(PROFILE, as_it_is);
    picture.show(surface.publish());
    picture
}

fn draw(picture: &mut Picture, size: GridSize) -> Canvas {
    let mut canvas = Canvas::new(size);
    picture.draw(&mut canvas, size.rows);
    canvas
}

#[test]
fn all_of_it_is_seen_in_its_shape() {
    let square = Size::new(1, 1);
    for (size, room, unit, expected) in [
        // Half blocks of common cells are square.
        ((1024, 768), (80, 48), square, (64, 48)),
        ((1920, 1080), (80, 48), square, (80, 45)),
        ((100, 1000), (80, 48), square, (5, 48)),
        ((1, 8192), (80, 48), square, (1, 48)),
        ((640, 480), (640, 480), square, (640, 480)),
        ((640, 480), (1279, 9999), square, (640, 480)),
        ((640, 480), (1280, 9999), square, (1280, 960)),
        // Those of wide cells are not.
        ((1000, 1000), (80, 48), Size::new(20, 10), (24, 48)),
        ((1000, 500), (80, 480), Size::new(20, 10), (80, 80)),
    ] {
        let (size, room) = (Size::new(size.0, size.1), Size::new(room.0, room.1));
        assert_eq!(fitting(size, room, unit), Size::new(expected.0, expected.1), "{size} in {room}");
    }
}

#[test]
fn what_has_changed_and_the_pointer_are_drawn_as_if_all_were() {
    let mut surface = Surface::new(Size::new(400, 300), TILE, 0x20_3040);
    let mut kept = picture(&mut surface, false);
    let size = GridSize::new(80, 24);
    let shape = |color: u32| {
        let pixels = vec![color; 256].into();
        Some(Arc::new(PointerShape { size: Size::new(16, 16), hotspot: Point::default(), pixels }))
    };
    draw(&mut kept, size);
    for step in 0..12_u32 {
        match step % 4 {
            0 => surface.fill(Rect::new(step * 20, step * 10, 70, 33), 0xff_0000 + step),
            1 => surface.set_pointer(shape(0xff00_ff00 + step)),
            2 => kept.move_pointer(Point { x: 390 - step * 30, y: step * 25 }),
            _ => surface.scroll(1..9, 2),
        }
        kept.show(surface.publish());
        let now = draw(&mut kept, size);
        let mut fresh = picture(&mut surface, false);
        fresh.pointer = kept.pointer;
        assert!(now == draw(&mut fresh, size), "step {step}");
    }
    // Another size, and another terminal.
    surface.resize(Size::new(123, 456), TILE, 0x11_2233);
    kept.show(surface.publish());
    for size in [size, GridSize::new(200, 50), GridSize::new(1, 1), GridSize::new(3, 90)] {
        let now = draw(&mut kept, size);
        let mut fresh = picture(&mut surface, false);
        fresh.pointer = kept.pointer;
        assert!(now == draw(&mut fresh, size), "{size}");
    }
}

#[test]
fn places_on_the_terminal_lead_to_the_picture() {
    let mut surface = Surface::new(Size::new(1000, 480), TILE, 0);
    let mut picture = picture(&mut surface, false);
    // 80x38 pixels of the user's: rows 2 to 20.
    draw(&mut picture, GridSize::new(80, 24));
    assert_eq!((picture.lens.target, picture.at), (Size::new(80, 38), CellPos { row: 2, col: 0 }));
    let report = |row, column| MouseReport { code: 0, column, row, down: true };
    let find = |row, col| picture.find(report(row, col), false).expect("there is a picture");
    assert_eq!(find(2, 0), (Point { x: 6, y: 18 }, true));
    assert_eq!(find(20, 79), (Point { x: 993, y: 473 }, true));
    assert!(!find(1, 40).1 && !find(21, 40).1 && find(21, 40).0.y > 460);
    assert_eq!(find(1, 40).0.y, 6);
    assert_eq!(Picture::new(PROFILE, false).find(report(0, 0), false), None);
}

#[test]
fn a_part_follows_the_pointer_and_the_keys_and_stays_in_the_picture() {
    let mut surface = Surface::new(Size::new(400, 300), TILE, 0);
    let mut picture = picture(&mut surface, true);
    let size = GridSize::new(80, 24);
    let mut after = |act: &dyn Fn(&mut Picture)| {
        act(&mut picture);
        draw(&mut picture, size);
        (picture.lens.source.x, picture.lens.source.y)
    };
    assert_eq!(after(&|_| ()), (0, 0));
    assert_eq!(after(&|picture| picture.move_pointer(Point { x: 40, y: 20 })), (0, 0), "it is in the middle");
    assert_eq!(after(&|picture| picture.move_pointer(Point { x: 79, y: 20 })), (10, 0));
    assert_eq!(after(&|picture| picture.move_pointer(Point { x: 399, y: 299 })), (320, 252));
    assert_eq!(after(&|picture| picture.pan(-1, 0)), (280, 252));
    assert_eq!(after(&|picture| picture.pan(-90, -1)), (0, 228));
    assert_eq!(after(&|picture| picture.move_pointer(Point { x: 0, y: 0 })), (0, 0));
    // All of it, and back to where the pointer is.
    assert_eq!(after(&Picture::turn_over), (0, 0));
    assert_eq!(picture.lens.source, Rect::new(0, 0, 400, 300));
    picture.move_pointer(Point { x: 200, y: 150 });
    picture.turn_over();
    draw(&mut picture, size);
    assert_eq!(picture.lens.source, Rect::new(160, 126, 80, 48));
}

#[test]
fn images_are_drawn_where_something_has_changed_and_wiped_when_they_are_elsewhere() {
    let mut surface = Surface::new(Size::new(800, 480), TILE, 0x20_3040);
    let mut picture = picture(&mut surface, false);
    picture.set_images(Some(Images::Kitty), Size::new(10, 20));
    let size = GridSize::new(100, 30);
    let images = |picture: &mut Picture| {
        let canvas = draw(picture, size);
        assert!(canvas == Canvas::new(size), "no characters");
        let mut out = String::new();
        assert!(!picture.draw_images(size.rows, &mut out));
        (out.matches("a=T").count(), picture.take_stale())
    };
    assert_eq!(images(&mut picture), (24 * 3, false));
    assert_eq!(images(&mut picture), (0, false));
    surface.fill(Rect::new(5, 5, 2, 2), 1);
    picture.show(surface.publish());
    // A tile of the surface is as high as two thirds of a row.
    assert_eq!(images(&mut picture), (1, false));
    picture.turn_over();
    assert_eq!(images(&mut picture), (0, false), "there is room for all of it as it is");
    let at = |column, row| MouseReport { code: 0, column, row, down: true };
    // It begins at column 10 and row 3.
    assert_eq!(picture.find(at(100, 60), true), Some((Point { x: 0, y: 0 }, true)));
    assert_eq!(picture.find(at(899, 539), true), Some((Point { x: 799, y: 479 }, true)));
    assert_eq!(picture.find(at(10, 3), false), Some((Point { x: 5, y: 10 }, true)));
    assert!(!picture.find(at(99, 60), true).expect("a picture").1);
    picture.forget();
    assert_eq!(images(&mut picture), (24 * 3, true));
    surface.resize(Size::new(400, 480), TILE, 1);
    picture.show(surface.publish());
    assert_eq!(images(&mut picture), (24 * 2, true));
    picture.set_images(None, Size::new(10, 20));
    let canvas = draw(&mut picture, size);
    assert!(picture.take_stale() && canvas != Canvas::new(size));
}
