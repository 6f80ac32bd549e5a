//! The pointers of viewers: what they mark, what they copy, and which of it is the guest's.

use std::sync::Arc;

use super::super::own_picture::lines_up;
use super::super::views_stage::{LEFT, NONE, RIGHT, SHIFT, Stage, Viewer, click, drag, pixel};
use super::*;
use crate::input::Keysym;

#[tokio::test]
async fn a_link_is_underlined_for_whose_pointer_is_on_it() {
    let mut stage = Stage::new().await;
    stage.write("see \x1b]8;;http://host/\x07this page\x1b]8;;\x07 or not\x1b[?25l");
    let (mut one, mut other) = (stage.viewer(1), stage.viewer(2));
    let (plain, theirs) = (stage.show(&mut one), stage.show(&mut other));
    stage.point(&one, 8 * 6, 8, 0, Modifiers::NONE);
    let hovered = stage.show(&mut one);
    let differs = |x: u32| (0..16).any(|y| hovered.row(y)[x as usize] != plain.row(y)[x as usize]);
    let columns: Vec<u32> = (0..40).filter(|col| (0..8).any(|x| differs(8 * col + x))).collect();
    assert_eq!(columns, (4..13).collect::<Vec<u32>>(), "all of the link and nothing else");
    assert_eq!(stage.show(&mut other).seq(), theirs.seq(), "nobody else sees it");
    stage.point(&one, 8 * 12 + 7, 15, 0, Modifiers::NONE);
    assert_eq!(stage.show(&mut one).seq(), hovered.seq(), "it is the same link");
    stage.point(&one, 8 * 13, 8, 0, Modifiers::NONE);
    assert!(stage.console.views.list.is_empty(), "a view that shows nothing more ends");
    let after = stage.show(&mut one);
    assert!((0..16).all(|y| after.row(y) == plain.row(y)));
    // Right of the cells and below them is nothing.
    stage.point(&one, 60_000, 60_000, 0, Modifiers::NONE);
    assert!(stage.console.views.list.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_link_ends_under_a_resting_pointer() {
    let mut stage = Stage::new().await;
    let link = "\x1b[H\x1b[?12l\x1b]8;;http://a/\x1b\\a link\x1b]8;;\x1b\\";
    stage.write(link);
    let mut one = stage.viewer(1);
    let plain = stage.show(&mut one);
    stage.point(&one, 4, 4, 0, Modifiers::NONE);
    stage.show(&mut one);
    assert_eq!(stage.console.views.list.len(), 1);
    stage.write("\x1b[H\x1b[J");
    stage.show(&mut one);
    assert!(stage.console.views.list.is_empty(), "other text is there");
    stage.write(link);
    stage.point(&one, 4, 4, 0, Modifiers::NONE);
    stage.show(&mut one);
    stage.write("\x1b[?1003h");
    stage.point(&one, 5, 4, 0, Modifiers::NONE);
    assert!(stage.console.views.list.is_empty(), "the guest has the pointer");
    let after = stage.show(&mut one);
    assert!((0..16).all(|y| after.row(y) == plain.row(y)));
}

#[tokio::test(start_paused = true)]
async fn what_is_dragged_over_is_marked_for_its_viewer_alone_and_copied() {
    let mut stage = Stage::new().await;
    stage.write("one two\r\nthree four");
    let (mut one, mut two) = (stage.viewer(1), stage.viewer(2));
    let before = stage.show(&mut two);
    click(&mut stage, &one, LEFT, (4, 0), NONE);
    stage.show(&mut one);
    assert!(!one.has_view(), "a click alone marks nothing");
    tokio::time::advance(CLICK_TIME).await;
    drag(&mut stage, &one, LEFT, (4, 0), (5, 1), NONE);
    assert!(stage.is_whole(&mut one) && one.has_view());
    assert_eq!(one.cut.as_deref(), Some("two\nthree"));
    let reversed = |stage: &mut Stage, viewer: &Viewer, row: u16| {
        let screen = stage.console.views.of(&viewer.presence.who()).expect("a view").view.screen();
        let is = |cell: &crate::terminal::cell::Cell| cell.attrs.contains(crate::terminal::cell::Attrs::REVERSE);
        screen.row(row).iter().filter(|cell| is(cell)).count()
    };
    assert_eq!((reversed(&mut stage, &one, 0), reversed(&mut stage, &one, 1)), (36, 5));
    click(&mut stage, &one, RIGHT, (10, 1), NONE);
    stage.show(&mut one);
    assert_eq!(one.cut.as_deref(), Some("two\nthree four"));
    tokio::time::advance(CLICK_TIME).await;
    click(&mut stage, &one, LEFT, (0, 0), SHIFT);
    stage.show(&mut one);
    assert_eq!(one.cut.as_deref(), Some("one two\nthree four"), "Shift extends too");
    assert!(Arc::ptr_eq(&before, &stage.show(&mut two)) && two.cut.is_none());
    assert_eq!(stage.got(), "");
    stage.write("\x1b[3;1Helsewhere");
    stage.show(&mut one);
    assert!(one.has_view());
    stage.write("\x1b[1;5HTWO");
    stage.show(&mut one);
    stage.show(&mut one);
    assert!(!one.has_view(), "what was marked is not there any more");
}

#[tokio::test(start_paused = true)]
async fn clicks_mark_words_and_lines_and_with_control_a_block_is_dragged() {
    let mut stage = Stage::new().await;
    stage.write("see /etc/fstab now\r\nsee /etc/group now");
    let mut one = stage.viewer(1);
    let mut wants = ["", "/etc/fstab", "see /etc/fstab now"].into_iter();
    for _ in 0..3 {
        click(&mut stage, &one, LEFT, (7, 0), NONE);
        stage.show(&mut one);
        assert_eq!(one.cut.clone().unwrap_or_default(), wants.next().expect("three"));
    }
    tokio::time::advance(CLICK_TIME).await;
    drag(&mut stage, &one, LEFT, (9, 0), (14, 1), Modifiers { control: true, ..NONE });
    assert!(stage.is_whole(&mut one));
    assert_eq!(one.cut.as_deref(), Some("fstab\ngroup"));
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_asked_for_the_mouse_has_it_and_shift_takes_it_back() {
    let mut stage = Stage::new().await;
    stage.write("one two\x1b[?1000h");
    let mut one = stage.viewer(1);
    drag(&mut stage, &one, LEFT, (0, 0), (3, 0), NONE);
    assert_eq!(stage.got(), "\x1b[M !!\x1b[M#$!");
    drag(&mut stage, &one, LEFT, (0, 0), (3, 0), SHIFT);
    stage.show(&mut one);
    assert_eq!(one.cut.as_deref(), Some("one"));
    tokio::time::advance(CLICK_TIME).await;
    drag(&mut stage, &one, LEFT, (4, 0), (7, 0), SHIFT);
    stage.show(&mut one);
    assert_eq!((one.cut.as_deref(), stage.got().as_str()), (Some("two"), ""), "anew, since Shift is needed anyway");
}

#[tokio::test(start_paused = true)]
async fn a_view_scrolls_along_with_what_is_dragged_to_its_edge() {
    let mut stage = Stage::counting(30).await;
    let mut one = stage.viewer(1);
    let (x, y) = pixel(&stage, (1, 2));
    stage.point(&one, x, y, LEFT, NONE);
    stage.point(&one, 0, 0, LEFT, NONE);
    stage.show(&mut one);
    for up in 1..=3 {
        assert_eq!(stage.console.publish_views(Instant::now()), Some(Instant::now() + SCROLL_INTERVAL));
        tokio::time::advance(SCROLL_INTERVAL).await;
        stage.show(&mut one);
        assert_eq!(stage.said(&one), Some(format!("not live: any key returns|{}", lines_up(up))));
    }
    stage.point(&one, 0, 0, 0, NONE);
    assert!(stage.is_whole(&mut one));
    assert_eq!(stage.console.publish_views(Instant::now()), None, "it has come to rest");
    assert_eq!(one.cut.as_deref(), Some("20\n21\n22\n23\n24\n2"));
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_too_long_is_not_copied_and_that_is_said_to_its_viewer_alone() {
    let mut stage = Stage::new().await;
    stage.write(&("x".repeat(39) + "\r\n").repeat(9_000));
    let (mut one, mut two) = (stage.viewer(1), stage.viewer(2));
    let before = stage.show(&mut two);
    drag(&mut stage, &one, LEFT, (3, 3), (8, 3), NONE);
    stage.key(&one, Keysym::HOME, SHIFT);
    click(&mut stage, &one, RIGHT, (0, 0), NONE);
    stage.show(&mut one);
    assert!(stage.said(&one).is_some_and(|said| said.starts_with("not copied: more than 256 KiB")));
    assert!(Arc::ptr_eq(&before, &stage.show(&mut two)));
}

#[tokio::test(start_paused = true)]
async fn three_clicks_at_one_place_and_in_time_are_one_two_and_three() {
    let (mut clicks, start) = (Clicks::default(), Instant::now());
    let at = |millis| start + Duration::from_millis(millis);
    let counts = [(0, 3), (100, 3), (499, 3), (600, 3), (1_000, 3), (1_100, 4), (1_200, 4)];
    assert_eq!(counts.map(|(millis, cell)| clicks.count(at(millis), 7, cell)), [1, 2, 3, 1, 1, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn what_one_points_at_in_lines_further_up_is_nothing_to_the_guest() {
    let mut stage = Stage::counting(60).await;
    stage.write("\x1b[?1002h\x1b[?1006h");
    let mut one = stage.viewer(1);
    stage.wheel(&one, true, NONE);
    assert_eq!(stage.got(), "\x1b[<64;7;4M", "on the screen the wheel is the guest's");
    stage.key(&one, Keysym::HOME, SHIFT);
    drag(&mut stage, &one, LEFT, (0, 0), (1, 0), NONE);
    assert_eq!(stage.text(&mut one)[0], "1");
    assert_eq!(one.cut.as_deref(), Some("1"));
    tokio::time::advance(CLICK_TIME).await;
    click(&mut stage, &one, LEFT, (3, 3), NONE);
    assert!(one.has_view(), "a click does not end it");
    stage.wheel(&one, false, NONE);
    assert_eq!(stage.text(&mut one)[0], "6");
    for _ in 0..20 {
        if stage.console.views.list.iter().any(|viewing| !viewing.view.is_live()) {
            stage.wheel(&one, false, NONE);
        }
    }
    stage.show(&mut one);
    assert!(!one.has_view(), "the wheel does");
    assert_eq!(stage.got(), "", "not even its release");
    // What began on the screen ends there: where it was.
    let (x, y) = pixel(&stage, (4, 4));
    stage.point(&one, x, y, LEFT, NONE);
    assert_eq!(stage.got(), "\x1b[<0;5;5M");
    stage.key(&one, Keysym::HOME, SHIFT);
    stage.point(&one, 0, 0, LEFT, NONE);
    stage.point(&one, 0, 0, LEFT | WHEEL_UP, NONE);
    assert_eq!(stage.got(), "");
    stage.point(&one, 0, 0, 0, NONE);
    assert_eq!(stage.got(), "\x1b[<0;5;5m");
    assert_eq!(stage.text(&mut one)[0], "1");
}

#[tokio::test(start_paused = true)]
async fn a_press_near_an_edge_is_no_drag() {
    let mut stage = Stage::counting(60).await;
    let mut one = stage.viewer(1);
    stage.wheel(&one, true, NONE);
    let top = stage.text(&mut one)[0].clone();
    let bottom = 7 * stage.console.painter.cell().height - 1;
    for y in [0, 3, bottom] {
        for point in [(8, LEFT), (9, LEFT), (9, 0)] {
            stage.point(&one, point.0, y, point.1, NONE);
        }
        tokio::time::advance(CLICK_TIME).await;
        assert_eq!(stage.text(&mut one)[0], top, "{y}");
    }
    assert_eq!(one.cut, None);
    // Over the edge, though, even from the row next to it.
    stage.point(&one, 8, 3, LEFT, NONE);
    stage.point(&one, 8, 0, LEFT, NONE);
    tokio::time::advance(SCROLL_INTERVAL).await;
    assert_ne!(stage.text(&mut one)[0], top);
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_gets_the_wheel_as_arrow_keys_gets_no_other_button() {
    let mut stage = Stage::new().await;
    stage.write("\x1b[?1007h\x1b[?1049hone two");
    let mut one = stage.viewer(1);
    drag(&mut stage, &one, LEFT, (0, 0), (3, 0), NONE);
    stage.show(&mut one);
    assert_eq!((one.cut.as_deref(), stage.got().as_str()), (Some("one"), ""));
    stage.wheel(&one, true, NONE);
    let got = stage.got();
    assert!(!got.is_empty() && got.replace("\x1b[A", "").is_empty(), "{got:?}");
}
