//! The console's task: what blinks, what waits for its turn, what a panic leaves.

use super::*;
use crate::display::Watching;
use crate::source::Endpoint;

/// Waits for a device that never comes.
fn console() -> (Console, Display) {
    testing::console(Endpoint::Pty("/nonexistent/vncterm".into()), GridSize::new(20, 5))
}

#[tokio::test(start_paused = true)]
async fn pictures_draw_no_more_than_they_may() {
    let (mut console, _display) = console();
    let picture = b"\x1bPq\"1;1;160;2048?\x1b\\";
    let before = console.terminal.history().lines();
    (0..1_000).for_each(|_| console.take_output(picture));
    assert_eq!(console.terminal.pixels_allowed(), 0);
    let drawn = console.terminal.history().lines() - before;
    let most = drawing::MAX_PIXELS / u64::from(160 * console.painter.cell().height);
    assert!(drawn > 128 && (drawn as u64) < most, "{drawn}");
    tokio::time::advance(Duration::from_secs(1)).await;
    console.take_output(b"x");
    assert_eq!(console.terminal.pixels_allowed(), drawing::MAX_PIXELS);
}

#[tokio::test]
async fn a_panic_starts_the_terminal_anew_and_the_console_goes_on() {
    let (mut console, display) = console();
    let mut viewer = display.watch();
    let mut publish = |console: &mut Console| {
        let shown = viewer.newest();
        viewer.want_beyond(shown.frame.seq());
        console.pacing = Pacing::default();
        console.publish_if_due(Instant::now());
        viewer.newest().frame
    };
    let empty = publish(&mut console);
    console.take_output(b"text");
    let before = publish(&mut console);
    assert!(before.row(8) != empty.row(8));
    console.guarded(|_| panic!("as a test wants it"));
    let anew = publish(&mut console);
    assert!(anew.seq() > before.seq() && anew.resized() > before.seq(), "nothing of before is relied on");
    assert!((0..anew.size().height).all(|y| anew.row(y) == empty.row(y)));
    console.take_output(b"text");
    let again = publish(&mut console);
    assert!((0..again.size().height).all(|y| again.row(y) == before.row(y)));
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_is_held_back_is_seen_when_it_is_done_and_each_of_several_is() {
    let (mut console, display) = console();
    let mut viewer = display.watch();
    let mut show = |console: &mut Console| {
        let shown = viewer.newest();
        viewer.want_beyond(shown.frame.seq());
        let wake = console.publish_if_due(Instant::now());
        (viewer.newest().frame.seq() > shown.frame.seq(), wake)
    };
    let millis = Duration::from_millis;
    assert!(show(&mut console).0);
    tokio::time::advance(millis(100)).await;
    console.take_output(b"\x1b[?2026ha");
    assert_eq!(show(&mut console), (false, Some(Instant::now() + millis(150))));
    let before = display.peek().frame.seq();
    console.take_output(b"b\x1b[?2026l");
    assert!(display.peek().frame.seq() > before, "it is done");
    show(&mut console);
    tokio::time::advance(millis(100)).await;
    console.take_output(b"c\x1b[?2026hd");
    tokio::time::advance(millis(150)).await;
    assert!(show(&mut console).0, "it took too long");
    // The end of one and the beginning of another come in one piece, again and again.
    for _ in 0..10 {
        tokio::time::advance(millis(100)).await;
        assert!(!show(&mut console).0, "not in the middle");
        let before = display.peek().frame.seq();
        console.take_output(b"e\x1b[?2026l\x1b[?2026hf");
        assert!(display.peek().frame.seq() > before);
    }
}

#[tokio::test(start_paused = true)]
async fn the_pointer_is_a_bar_and_an_arrow_where_the_guest_takes_it() {
    let (mut console, display) = console();
    let mut viewer = display.watch();
    let pointers = pointer::Pointers::new(console.painter.cell());
    for (output, guests) in [("text", false), ("\x1b[?1000h", true), ("more", true), ("\x1b[?1000l", false)] {
        let seen = viewer.newest().frame.seq();
        viewer.want_beyond(seen);
        console.take_output(output.as_bytes());
        tokio::time::advance(Duration::from_millis(100)).await;
        console.publish_if_due(Instant::now());
        assert_eq!(viewer.newest().frame.pointer(), Some(&pointers.shape(guests)), "{output:?}");
    }
}

/// A console with a viewer that always wants the next frame.
fn watched() -> (Console, Display, Watching) {
    let (console, display) = console();
    let viewer = display.watch();
    (console, display, viewer)
}

#[tokio::test(start_paused = true)]
async fn what_blinks_wakes_a_watched_console_and_no_other() {
    let (mut console, _display, mut viewer) = watched();
    let start = Instant::now();
    let at = |millis: u64| start + Duration::from_millis(millis);
    // When the console wants to be woken after what came at that time, in milliseconds.
    let mut wake = |console: &mut Console, millis: u64, watched: bool| {
        let seen = viewer.newest().frame.seq();
        if watched {
            viewer.want_beyond(seen);
        }
        let wake = console.publish_if_due(at(millis));
        let changed = viewer.newest().frame.seq() > seen;
        (wake.map(|wake| wake.duration_since(start).as_millis()), changed)
    };
    console.take_output(b"steady\x1b[?12l");
    wake(&mut console, 0, true);
    assert_eq!(wake(&mut console, 100, true), (None, false), "nothing blinks");
    console.take_output(b"\x1b[5mslow \x1b[m");
    wake(&mut console, 1_000, true);
    assert_eq!(wake(&mut console, 1_010, true), (Some(1_500), false));
    assert_eq!(wake(&mut console, 1_500, true), (Some(2_000), true));
    assert_eq!(wake(&mut console, 1_900, true), (Some(2_000), false));
    assert_eq!(wake(&mut console, 2_000, true), (Some(2_500), true));
    assert_eq!(wake(&mut console, 2_100, false), (None, false), "nobody wants it");
    console.take_output(b"\x1b[6mfast\x1b[m");
    wake(&mut console, 2_150, true);
    assert_eq!(wake(&mut console, 2_170, true), (Some(2_250), false));
    assert_eq!(wake(&mut console, 2_250, true), (Some(2_500), true));
    console.take_output(b"\x1b[2J\x1b[5m   ");
    wake(&mut console, 3_000, true);
    assert_eq!(wake(&mut console, 3_020, true), (None, false), "blanks do not blink");
}

#[tokio::test(start_paused = true)]
async fn what_asks_for_a_lot_of_work_waits_for_its_turns_and_none_of_it_is_lost() {
    let (mut console, _display) = console();
    let flood = "x\x1b#8".repeat(10_000) + "\x1b[2J\x1b[Hdone";
    // The time of the turn is over at once.
    let over = Some(Instant::now());
    let taken = console.parse(flood.as_bytes(), over);
    assert!(0 < taken && taken < flood.len());
    console.unparsed.extend_from_slice(&flood.as_bytes()[taken..]);
    let mut turns = 1;
    while !console.unparsed.is_empty() {
        console.go_on(over);
        turns += 1;
    }
    assert!(turns > 4, "{turns}");
    assert_eq!(crate::terminal::dump::text(console.terminal.screen()).trim(), "done");
    assert_eq!(console.terminal.screen().cursor().pos, CellPos { row: 0, col: 4 });
}

#[tokio::test(start_paused = true)]
async fn a_guest_that_changes_its_size_again_and_again_is_held_back_and_the_last_one_counts() {
    let (mut console, _display) = console();
    let options = crate::terminal::Options { window_ops: true, ..Default::default() };
    console.terminal = Terminal::new(GridSize::new(20, 5), options);
    let size = |console: &Console| console.terminal.screen().size();
    // All at once, as programs do that try a few.
    for wide in 0..pacing::MAX_RESIZES {
        console.take_output(format!("\x1b[8;7;{}t", 31 + wide % 2).as_bytes());
        assert_eq!(u32::from(size(&console).cols), 31 + wide % 2);
    }
    let last = size(&console);
    console.take_output(b"\x1b[8;8;42ta\x1b[8;9;43tb");
    assert_eq!(size(&console), last);
    let due = console.pace_resizes(Instant::now());
    assert_eq!(due, Some(Instant::now() + pacing::RESIZE_INTERVAL));
    tokio::time::advance(Duration::from_millis(499)).await;
    assert_eq!(console.pace_resizes(Instant::now()), due);
    assert_eq!(size(&console), last);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(console.pace_resizes(Instant::now()), None);
    assert_eq!(size(&console), GridSize::new(43, 9));
    assert_eq!(console.surface.size().height, 9 * console.painter.cell().height);
    assert_eq!(crate::terminal::dump::text(console.terminal.screen()).trim(), "ab");
    // What a viewer chooses counts more than what waits.
    console.take_output(b"\x1b[8;6;30t");
    assert!(console.terminal.resize_waits());
    console.terminal.resize(GridSize::new(22, 5));
    assert!(!console.terminal.resize_waits());
}

#[test]
fn a_window_is_told_in_cells_and_pixels() {
    let told = window(GridSize::new(80, 24), Size::new(8, 16));
    assert_eq!(told, WindowSize { cols: 80, rows: 24, width: 640, height: 384 });
    assert_eq!(window(GridSize::new(1024, 1024), Size::new(64, 128)).height, u16::MAX);
}
