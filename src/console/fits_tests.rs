//! Viewers that see a console in larger letters. Its grid is 40x8, and its own cells 8x16.

use std::sync::Arc;

use super::super::views_stage::{GRID, LEFT, NONE, SHIFT, Stage, Viewer};
use super::*;
use crate::input::Keysym;
use crate::surface::Frame;

/// Whether what a viewer sees is what painting all of the screen at once gives in letters of this size.
fn is_whole(stage: &mut Stage, frame: &Frame, cell: Size) -> bool {
    let screen = stage.console.terminal.screen();
    let room = Size::new(cell.width * u32::from(GRID.cols), cell.height * u32::from(GRID.rows));
    let mut painter = stage.console.painter.fitting(GRID, room).expect("they are larger");
    assert_eq!(painter.cell(), cell);
    let mut surface = painter.new_surface(screen);
    painter.paint(screen, &Damage::all(GRID), Look::default(), &mut surface);
    let whole = surface.publish();
    assert_eq!(frame.size(), whole.size());
    (0..frame.size().height).all(|y| frame.row(y) == whole.row(y))
}

#[tokio::test(start_paused = true)]
async fn the_same_cells_are_drawn_larger_and_viewers_share_them() {
    let mut stage = Stage::counting(20).await;
    let (mut one, mut two, mut plain) = (stage.viewer(1), stage.viewer(2), stage.viewer(3));
    assert_eq!(stage.fit(&mut one, 650, 270), Some(Ok(())));
    let before = stage.show(&mut one);
    assert!(is_whole(&mut stage, &before, Size::new(16, 32)));
    assert_eq!(stage.fit(&mut two, 1_000, 256), Some(Ok(())));
    assert!(one.watching.id() == two.watching.id() && one.has_view());
    let plain_before = stage.show(&mut plain);
    stage.write("\r\n\x1b[31mred\x1b[m \u{6f22} \u{2514}\x1b[5;3Hhere");
    for viewer in [&mut two, &mut one] {
        let frame = stage.show(viewer);
        assert!(is_whole(&mut stage, &frame, Size::new(16, 32)));
    }
    let after = one.watching.newest().frame;
    let damage = after.damage_since(before.seq());
    assert_eq!(damage.moves.iter().map(|step| step.dy).collect::<Vec<_>>(), [-32], "a scroll is a move there too");
    let plain_after = stage.show(&mut plain);
    assert!(is_whole(&mut stage, &plain_after, Size::new(8, 16)));
    assert_eq!(plain_after.damage_since(plain_before.seq()).moves.len(), 1, "nothing is lost to others");
    stage.fit(&mut one, 320, 128);
    let own = stage.show(&mut one);
    assert!(!one.has_view() && Arc::ptr_eq(&own, &plain_after), "as large as the display: that itself");
}

#[tokio::test(start_paused = true)]
async fn they_are_painted_only_for_those_who_look() {
    let mut stage = Stage::counting(20).await;
    let mut one = stage.viewer(1);
    stage.fit(&mut one, 640, 256);
    let before = stage.show(&mut one);
    stage.write("more");
    stage.console.publish_fits(Instant::now());
    assert!(!Arc::ptr_eq(&before, &stage.show(&mut one)));
    let shown = one.watching.newest().frame.seq();
    one.seen = shown;
    stage.console.fits.pacings().for_each(|pacing| *pacing = Pacing::default());
    stage.write("\x1b[H");
    drop(one);
    stage.wake().await;
    assert!(stage.console.fits.are_none() && stage.console.fits.wishes.is_empty());
}

#[tokio::test(start_paused = true)]
async fn notes_and_blinking_are_there_too() {
    let mut stage = Stage::counting(3).await;
    let mut one = stage.viewer(1);
    stage.fit(&mut one, 640, 256);
    let before = stage.show(&mut one);
    stage.console.note("a note".to_owned());
    let noted = stage.show(&mut one);
    assert!((7 * 32..8 * 32).any(|y| noted.row(y) != before.row(y)), "the last row");
    assert!((0..6 * 32).all(|y| noted.row(y) == before.row(y)));
    tokio::time::advance(super::super::notice::NOTE_TIME).await;
    let after = stage.show(&mut one);
    assert!(is_whole(&mut stage, &after, Size::new(16, 32)));
    stage.write("\x1b[5mblink");
    let on = stage.show(&mut one);
    let due = stage.console.publish_fits(Instant::now()).expect("it blinks");
    tokio::time::advance(due - Instant::now()).await;
    assert_ne!(on.seq(), stage.show(&mut one).seq());
}

#[tokio::test(start_paused = true)]
async fn what_is_smaller_than_the_picture_is_refused() {
    let mut stage = Stage::counting(3).await;
    let mut one = stage.viewer(1);
    for (width, height) in [(319, 1_000), (1_000, 127)] {
        assert_eq!(stage.fit(&mut one, width, height), Some(Err(NotFitting::Small)));
    }
    stage.fit(&mut one, 640, 256);
    stage.key(&one, Keysym::HOME, SHIFT);
    assert_eq!(stage.show(&mut one).size(), Size::new(640, 256));
    assert_eq!(stage.fit(&mut one, 300, 100), Some(Err(NotFitting::Small)));
    assert_eq!(stage.show(&mut one).size(), Size::new(320, 128), "it is nearest to that");
    assert!(stage.console.fits.wishes.is_empty());
}

#[tokio::test(start_paused = true)]
async fn there_are_so_many_sizes_and_no_more() {
    let mut stage = Stage::counting(3).await;
    let mut viewers: Vec<Viewer> = (0..=MAX_FITS as u64).map(|number| stage.viewer(number)).collect();
    let wish = |number: usize| (4_096, 8 * (20 + number as u32));
    for (number, viewer) in viewers.iter_mut().enumerate() {
        let expected = if number < MAX_FITS { Ok(()) } else { Err(NotFitting::Many) };
        assert_eq!(stage.fit(viewer, wish(number).0, wish(number).1), Some(expected));
    }
    assert_eq!(stage.fit(&mut viewers[0], wish(MAX_FITS).0, wish(MAX_FITS).1), Some(Ok(())), "one for another");
    stage.console.fits.end_unwatched();
    assert_eq!(stage.console.fits.list.len(), MAX_FITS);
    assert_eq!(stage.fit(&mut viewers[MAX_FITS], wish(0).0, wish(0).1), Some(Err(NotFitting::Many)));
    drop(viewers.remove(1));
    stage.console.fits.end_unwatched();
    assert_eq!(stage.fit(&mut viewers[MAX_FITS - 1], wish(0).0, wish(0).1), Some(Ok(())));
}

#[tokio::test(start_paused = true)]
async fn their_pictures_take_so_many_bytes_and_no_more() {
    let mut stage = Stage::counting(3).await;
    let mut viewers: Vec<Viewer> = (0..MAX_FITS as u64).map(|number| stage.viewer(number)).collect();
    let granted = viewers.iter_mut().zip(57..).filter_map(|(viewer, half)| stage.fit(viewer, 4_096, 16 * half));
    let granted: Vec<_> = granted.collect();
    assert_eq!(granted.last(), Some(&Err(NotFitting::Many)));
    assert!(granted.contains(&Ok(())) && stage.console.fits.bytes() <= MAX_PICTURES);
}

#[tokio::test(start_paused = true)]
async fn looking_back_and_marking_are_in_the_same_letters_and_end_there() {
    let mut stage = Stage::counting(30).await;
    let mut one = stage.viewer(1);
    stage.fit(&mut one, 640, 256);
    stage.show(&mut one);
    let fit = one.watching.id();
    stage.key(&one, Keysym::PAGE_UP, SHIFT);
    assert_eq!(stage.text(&mut one)[0], "17");
    assert!(one.watching.id() != fit && one.has_view());
    assert_eq!(stage.show(&mut one).size(), Size::new(640, 256));
    stage.fit(&mut one, 1_280, 512);
    assert_eq!(stage.text(&mut one)[0], "17", "it stays where it is");
    assert_eq!(stage.show(&mut one).size(), Size::new(1_280, 512));
    stage.fit(&mut one, 640, 256);
    stage.key(&one, Keysym(0x6c), NONE);
    stage.show(&mut one);
    let frame = stage.show(&mut one);
    assert_eq!(frame.size(), Size::new(640, 256), "back to where it was");
    assert!(one.has_view() && stage.console.views.list.is_empty());
    // The word in the first cells of the fourth row.
    for buttons in [LEFT, 0, LEFT, 0] {
        stage.point(&one, 30, 3 * 32 + 20, buttons, NONE);
    }
    one.hear();
    assert_eq!(one.cut.as_deref(), Some("26"));
}

#[tokio::test(start_paused = true)]
async fn the_guest_hears_of_the_cells_that_are_pointed_at() {
    let mut stage = Stage::counting(3).await;
    let mut one = stage.viewer(1);
    stage.fit(&mut one, 640, 256);
    stage.write("\x1b[?1000;1006h");
    stage.point(&one, 639, 255, LEFT, NONE);
    stage.point(&one, 639, 255, 0, NONE);
    assert_eq!(stage.got(), "\x1b[<0;40;8M\x1b[<0;40;8m");
}

#[tokio::test(start_paused = true)]
async fn another_grid_gets_the_letters_that_fit_it() {
    let mut stage = Stage::counting(3).await;
    let (mut one, two) = (stage.viewer(1), stage.viewer(2));
    stage.fit(&mut one, 640, 256);
    let mut resize = |one: &mut Viewer, width, height| {
        stage.console.take_input(&two.presence.who(), Input::Resize(Size::new(width, height)));
        stage.show(one).size()
    };
    assert_eq!(resize(&mut one, 160, 128), Size::new(320, 256), "20 columns");
    assert_eq!(resize(&mut one, 640, 256), Size::new(640, 256), "80 columns fit as they are");
    assert!(!one.has_view());
    assert_eq!(resize(&mut one, 960, 320), Size::new(960, 320), "too large for its desktop");
    assert_eq!(resize(&mut one, 320, 128), Size::new(640, 256));
    assert!(one.has_view());
}

#[test]
fn what_is_pointed_at_stays_in_its_cell() {
    let (from, to) = (Size::new(20, 41), Size::new(9, 18));
    for (x, y) in [(0, 0), (19, 40), (20, 41), (799, 983), (u32::MAX, 5)] {
        let event = scaled(PointerEvent { x, y, buttons: 1 }, from, to);
        assert_eq!((event.x / 9, event.y / 18), (x / 20, y / 41));
    }
}
