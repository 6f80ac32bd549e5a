//! What viewers see in views of their own, and what it costs to show it.

use super::super::views_stage::{LEFT, NONE, SHIFT, Stage, Viewer, drag};
use super::*;
use crate::display::Input;
use crate::geometry::Size;
use crate::input::Keysym;
use crate::surface::{Frame, Seq};

/// However it came about, what a viewer sees is what painting all of it at once gives.
#[tokio::test(start_paused = true)]
async fn step_by_step_is_what_at_once_would_be() {
    let mut stage = Stage::counting(30).await;
    let mut viewers: Vec<Viewer> = (1..=3).map(|number| stage.viewer(number)).collect();
    let mut seed = 7u32;
    let mut random = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    };
    let outputs = [
        "text \x1b[1;31mred\x1b[m ",
        "\r\nline",
        "\r\n\r\n\r\n",
        "\x1b[2J",
        "漢字 e\u{301}",
        "\x1b[H\x1b[K",
        "\x1b#6wide\r\n",
        "\x1b[?5h",
        "\x1b[?5l",
        "\x1b[?1049h",
        "\x1b[?1049l",
        "\x1b]4;1;#2050a0\x07",
        "a long line that will not fit in the columns that there are here ",
    ];
    let keys = [Keysym::PAGE_UP, Keysym::PAGE_DOWN, Keysym::HOME, Keysym::END, Keysym::PAGE_UP];
    for step in 0..600 {
        let viewer = &viewers[random(3) as usize];
        match random(8) {
            0..=3 => stage.write(outputs[random(outputs.len() as u32) as usize]),
            4 | 5 => stage.key(viewer, keys[random(keys.len() as u32) as usize], SHIFT),
            6 => stage.wheel(viewer, random(2) == 0, SHIFT),
            _ if random(8) == 0 => {
                let size = Size::new(80 + random(500), 40 + random(200));
                stage.console.take_input(&viewer.presence.who(), Input::Resize(size));
            }
            _ => {}
        }
        let at = random(3) as usize;
        assert!(stage.is_whole(&mut viewers[at]), "step {step}");
    }
    for viewer in &mut viewers {
        assert!(stage.is_whole(viewer));
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_view_wants_no_time_and_a_panic_ends_it() {
    let mut stage = Stage::counting(30).await;
    let mut one = stage.viewer(1);
    stage.key(&one, Keysym::HOME, SHIFT);
    stage.show(&mut one);
    assert_eq!(stage.console.publish_views(Instant::now()), None);
    stage.console.guarded(|_| panic!("as a test wants it"));
    stage.show(&mut one);
    assert!(!one.has_view());
}

#[tokio::test(start_paused = true)]
async fn text_blinks_where_a_link_is_hovered() {
    let mut stage = Stage::new().await;
    stage.write("\x1b[?12l\x1b]8;;http://a/\x1b\\a link\x1b]8;;\x1b\\ \x1b[5mblinks");
    let mut one = stage.viewer(1);
    stage.point(&one, 4, 4, 0, NONE);
    let mut seen = vec![stage.show(&mut one)];
    for _ in 0..2 {
        tokio::time::advance(crate::console::publish::BLINK_INTERVAL).await;
        seen.push(stage.show(&mut one));
    }
    let same = |a: &Frame, b: &Frame| (0..16).all(|y| a.row(y) == b.row(y));
    assert!(!same(&seen[0], &seen[1]) && same(&seen[0], &seen[2]));
    assert!(stage.console.publish_views(Instant::now()).is_some(), "it wakes by itself");
}

#[tokio::test(start_paused = true)]
async fn opening_a_view_and_leaving_it_tells_nothing_again() {
    let mut stage = Stage::counting(30).await;
    stage.write("\x1b]2;a title\x07\x07");
    let (mut one, mut two) = (stage.viewer(1), stage.viewer(2));
    let told = |viewer: &mut Viewer| {
        let shown = viewer.watching.newest();
        (shown.title.to_string(), shown.bells, shown.cut.count)
    };
    let before = (("a title".to_owned(), 1, 0), ("a title".to_owned(), 1, 0));
    assert_eq!((told(&mut one), told(&mut two)), before);
    stage.key(&one, Keysym::PAGE_UP, SHIFT);
    one.hear();
    assert!(one.has_view());
    assert_eq!(told(&mut one), before.0, "before anything was painted");
    stage.show(&mut one);
    assert_eq!(told(&mut one), before.0);
    stage.key(&one, Keysym::END, SHIFT);
    stage.show(&mut one);
    assert!(!one.has_view());
    assert_eq!(told(&mut one), before.0);
    // Both hear of what comes meanwhile.
    stage.key(&one, Keysym::PAGE_UP, SHIFT);
    stage.show(&mut one);
    tokio::time::advance(crate::console::BELL_INTERVAL).await;
    stage.write("\x1b]2;another\x07\x07");
    for viewer in [&mut one, &mut two] {
        stage.show(viewer);
        assert_eq!(told(viewer), ("another".to_owned(), 2, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_guest_copies_is_counted_wherever_one_looks() {
    let mut stage = Stage::counting(30).await;
    let mut one = stage.viewer(1);
    stage.key(&one, Keysym::PAGE_UP, SHIFT);
    stage.console.cut("told between two pictures".into());
    let count = |viewer: &mut Viewer| viewer.watching.newest().cut.count;
    assert_eq!(count(&mut one), 1);
    one.hear();
    assert_eq!((one.has_view(), count(&mut one)), (true, 1));
    stage.console.cut("told to the view".into());
    assert_eq!(count(&mut one), 2);
    stage.key(&one, Keysym::END, SHIFT);
    one.hear();
    let cut = one.watching.newest().cut;
    assert_eq!((one.has_view(), cut.count, &*cut.text), (false, 2, "told to the view"), "and to the display");
    drop(one);
    stage.wake().await;
    stage.console.cut("to nobody".into());
    assert_eq!(stage.display.peek().cut.count, 2);
}

/// The rows of cells in which `frame` differs from the one before it.
fn rows_changed(stage: &Stage, frame: &Frame, seen: Seq) -> Vec<u32> {
    let cell = stage.console.painter.cell().height;
    let dirty = frame.damage_since(seen).dirty;
    (0..frame.size().height / cell)
        .filter(|row| dirty.intersects(crate::geometry::Rect::new(0, row * cell, frame.size().width, cell)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn output_changes_only_the_distance_of_lines_that_have_left_the_screen() {
    let mut stage = Stage::counting(40).await;
    let mut one = stage.viewer(1);
    stage.key(&one, Keysym::HOME, SHIFT);
    let before = stage.show(&mut one);
    stage.write("\r\n41\x1b[2;3Hmore\x1b[?12h\x07\x1b]2;title\x07");
    let viewing = &stage.console.views.list[0];
    assert!(viewing.view.is_current(&stage.console.terminal));
    let after = stage.show(&mut one);
    assert_eq!(rows_changed(&stage, &after, before.seq()), [7]);
    stage.write("\x1b[3;3Hmore");
    let same = stage.show(&mut one);
    assert_eq!(same.seq(), after.seq(), "nothing at all");
    stage.write("\x1b]4;1;#123456\x07");
    assert!(!stage.console.views.list[0].view.is_current(&stage.console.terminal), "colours");
    assert!(stage.is_whole(&mut one));
    stage.key(&one, Keysym::END, SHIFT);
    drag(&mut stage, &one, LEFT, (0, 0), (2, 0), NONE);
    stage.show(&mut one);
    assert!(!stage.console.views.list[0].view.is_current(&stage.console.terminal), "it shows the screen");
}

#[tokio::test(start_paused = true)]
async fn a_view_goes_on_from_the_frame_that_its_viewer_has() {
    let mut stage = Stage::counting(40).await;
    let mut one = stage.viewer(1);
    let before = stage.show(&mut one);
    drag(&mut stage, &one, LEFT, (0, 2), (2, 2), NONE);
    one.hear();
    assert!(one.watching.goes_on_from(before.seq()));
    let marked = stage.show(&mut one);
    assert_eq!(rows_changed(&stage, &marked, before.seq()), [2]);
    stage.key(&one, Keysym::END, SHIFT);
    stage.key(&one, Keysym(0x78), NONE);
    let mut two = stage.viewer(2);
    ('0'..'Z').for_each(|ch| stage.write(&format!("\r\n{}", String::from(ch).repeat(30))));
    let before = stage.show(&mut two);
    for up in [true, false] {
        stage.wheel(&two, up, NONE);
        let scrolled = stage.show(&mut two);
        if up {
            assert_eq!(scrolled.damage_since(before.seq()).moves.len(), 1, "most of it has only moved");
        }
    }
    assert!(!two.has_view());
}
