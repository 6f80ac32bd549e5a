//! Viewers who scroll back, select and search, each in a view of its own.

use std::os::fd::OwnedFd;

use super::super::marking::{CLICK_TIME, SCROLL_INTERVAL, WHEEL_DOWN, WHEEL_UP};
use super::super::testing::opened;
use super::*;
use crate::display::{Display, DisplayEvent, Input, Presence, Watching};
use crate::geometry::{GridSize, Size};
use crate::input::PointerEvent;
use crate::source::Endpoint;
use crate::source::pty::testing::new_pty;
use crate::surface::{Frame, Seq};

const GRID: GridSize = GridSize::new(40, 8);
const SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::NONE };

/// A console and its guest's end of the line.
struct Stage {
    console: Console,
    display: Display,
    guest: OwnedFd,
}

/// A viewer as the server makes one, but for the bytes.
struct Viewer {
    presence: Presence,
    watching: Watching,
    display: Display,
    seen: Seq,
    cut: Option<String>,
}

impl Stage {
    async fn new() -> Self {
        let (guest, path) = new_pty();
        let (console, display) = opened(Endpoint::Pty(path), GRID).await;
        Self { console, display, guest }
    }

    /// One whose guest has written the lines `1` to `count`.
    async fn counting(count: u32) -> Self {
        let mut stage = Self::new().await;
        let lines: Vec<String> = (1..=count).map(|n| n.to_string()).collect();
        stage.write(&lines.join("\r\n"));
        stage
    }

    fn write(&mut self, text: &str) {
        self.console.take_output(text.as_bytes());
    }

    fn viewer(&mut self, number: u64) -> Viewer {
        let mut presence = Presence::new(number);
        presence.meet(&self.display);
        let watching = self.display.watch();
        let mut viewer = Viewer { presence, watching, display: self.display.clone(), seen: Seq::NONE, cut: None };
        self.show(&mut viewer);
        viewer
    }

    fn key(&mut self, viewer: &Viewer, keysym: Keysym, held: Modifiers) {
        for down in [true, false] {
            let event = KeyEvent { keysym, keycode: None, down, repeat: false };
            self.console.take_input(&viewer.presence.who(), Input::Key(event, held));
        }
    }

    fn point(&mut self, viewer: &Viewer, x: u32, y: u32, buttons: u16, held: Modifiers) {
        let event = PointerEvent { x, y, buttons };
        self.console.take_input(&viewer.presence.who(), Input::Pointer { event, held, paste: None });
    }

    fn wheel(&mut self, viewer: &Viewer, up: bool, held: Modifiers) {
        self.point(viewer, 50, 50, if up { WHEEL_UP } else { WHEEL_DOWN }, held);
        self.point(viewer, 50, 50, 0, held);
    }

    /// Lets the viewer have the newest picture of what it looks at, as soon as pacing allows it.
    fn show(&mut self, viewer: &mut Viewer) -> std::sync::Arc<Frame> {
        viewer.hear();
        viewer.watching.want_beyond(viewer.seen);
        self.publish();
        // One that another viewer had painted may be newer than this one's, and not the newest there could be.
        viewer.seen = viewer.watching.newest().frame.seq();
        viewer.watching.want_beyond(viewer.seen);
        self.publish();
        let shown = viewer.watching.newest();
        assert!(!shown.stale);
        viewer.seen = shown.frame.seq();
        viewer.watching.want_beyond(viewer.seen);
        shown.frame
    }

    fn publish(&mut self) {
        self.console.pacing = Pacing::default();
        self.console.views.pictures().for_each(|picture| picture.pacing = Pacing::default());
        self.console.publish_if_due(Instant::now());
        self.console.publish_views(Instant::now());
    }

    /// What its view shows, row by row.
    fn text(&mut self, viewer: &mut Viewer) -> Vec<String> {
        self.show(viewer);
        let own = self.console.views.of(&viewer.presence.who()).map(|viewing| viewing.view.screen());
        let screen = own.unwrap_or(self.console.terminal.screen());
        crate::terminal::dump::text(screen).lines().map(str::to_owned).collect()
    }

    fn said(&self, viewer: &Viewer) -> Option<String> {
        let viewing = self.console.views.list.iter().find(|viewing| viewing.who == viewer.presence.who())?;
        let laid = viewing.picture.as_ref()?.laid.as_ref()?;
        Some(format!("{}|{}", laid.said(), laid.beside()))
    }

    /// What the guest has got. What is written is not there at once in the kernel, so it is read up to a mark.
    fn got(&mut self) -> String {
        const MARK: u8 = 0;
        self.console.line.write(&[MARK]);
        self.console.line.flush();
        let mut got = Vec::new();
        while got.last() != Some(&MARK) {
            let mut read = [0; 4096];
            let length = rustix::io::read(&self.guest, &mut read).expect("the guest's end of the line");
            got.extend_from_slice(&read[..length]);
        }
        got.pop();
        String::from_utf8(got).expect("text")
    }

    async fn wake(&mut self) {
        let event = self.console.side.event(true).await;
        assert!(matches!(event, DisplayEvent::Woken));
        self.console.display_event(event);
    }

    /// Whether what a viewer sees is what painting all of it at once gives.
    fn is_whole(&mut self, viewer: &mut Viewer) -> bool {
        let frame = self.show(viewer);
        let Some(viewing) = self.console.views.of(&viewer.presence.who()) else { return true };
        let Some(picture) = &viewing.picture else { return true };
        let screen = viewing.view.screen();
        let mut painter = picture.painter.beside(screen.size());
        let background = screen.palette().background().to_u32();
        let mut surface = Surface::new(frame.size(), painter.cell(), background);
        painter.set_overlay(picture.laid.as_ref().map(Laid::overlay));
        painter.paint(screen, &Damage::all(screen.size()), Look::default(), &mut surface);
        let whole = surface.publish();
        (0..frame.size().height).all(|y| frame.row(y) == whole.row(y))
    }
}

impl Viewer {
    /// Does what the display says, as the server's viewers do.
    fn hear(&mut self) {
        while let Some(aside) = self.presence.try_aside() {
            match aside {
                Aside::View(view) => (self.watching, self.seen) = (view, Seq::NONE),
                Aside::Cut(text) => self.cut = Some(text.to_string()),
            }
        }
        if self.watching.is_over() {
            (self.watching, self.seen) = (self.display.watch(), Seq::NONE);
        }
    }

    fn has_view(&self) -> bool {
        self.watching.id() != self.display.id()
    }
}

#[tokio::test(start_paused = true)]
async fn one_scrolls_back_and_the_others_see_nothing_of_it() {
    let mut stage = Stage::counting(30).await;
    let (mut one, mut two) = (stage.viewer(1), stage.viewer(2));
    let before = stage.show(&mut two);
    stage.key(&one, Keysym::PAGE_UP, SHIFT);
    assert_eq!(stage.text(&mut one)[0], "17");
    assert!(one.has_view() && !two.has_view());
    assert_eq!(stage.said(&one).as_deref(), Some("not live: any key returns|6 lines up"));
    stage.key(&one, Keysym::UP, Modifiers { control: true, ..SHIFT });
    stage.wheel(&one, true, Modifiers::NONE);
    assert_eq!(stage.text(&mut one)[0], "11");
    stage.key(&one, Keysym::HOME, SHIFT);
    assert_eq!(stage.text(&mut one)[0], "1");
    assert!(std::sync::Arc::ptr_eq(&before, &stage.show(&mut two)), "not even a new frame");
    assert_eq!(stage.got(), "", "nor does the guest get any of it");
    stage.key(&one, Keysym::END, SHIFT);
    assert_eq!(stage.text(&mut one)[0], "23");
    assert!(!one.has_view() && stage.console.views.list.is_empty());
    assert!(std::sync::Arc::ptr_eq(&stage.show(&mut one), &stage.show(&mut two)));
}

#[tokio::test(start_paused = true)]
async fn output_does_not_move_a_view_and_a_key_that_types_leaves_it() {
    let mut stage = Stage::counting(30).await;
    let mut one = stage.viewer(1);
    stage.wheel(&one, true, Modifiers::NONE);
    let before = stage.text(&mut one);
    assert_eq!(before[0], "18");
    stage.write("\r\n31\r\n32");
    assert_eq!(stage.text(&mut one), before);
    assert_eq!(stage.said(&one).as_deref(), Some("not live: any key returns|7 lines up"));
    stage.key(&one, Keysym::SHIFT_L, Modifiers::NONE);
    stage.show(&mut one);
    assert!(one.has_view(), "Shift alone types nothing");
    stage.key(&one, Keysym(0x6c), Modifiers::NONE);
    assert_eq!(stage.text(&mut one)[7], "32");
    assert!(!one.has_view());
    assert_eq!(stage.got(), "l");
}

#[tokio::test(start_paused = true)]
async fn full_screen_programs_keep_their_keys_and_shift_with_the_wheel_is_never_theirs() {
    let mut stage = Stage::counting(30).await;
    let mut one = stage.viewer(1);
    stage.write("\x1b[?1049h\x1b[?1000h");
    stage.key(&one, Keysym::PAGE_UP, SHIFT);
    stage.wheel(&one, true, Modifiers::NONE);
    assert_eq!(stage.got(), "\x1b[5;2~\x1b[M`'$");
    stage.write("\x1b[?1000l");
    stage.wheel(&one, true, Modifiers::NONE);
    stage.show(&mut one);
    assert!(!one.has_view());
    stage.wheel(&one, true, SHIFT);
    assert_eq!(stage.text(&mut one)[0], "18");
    stage.key(&one, Keysym::PAGE_DOWN, SHIFT);
    stage.show(&mut one);
    assert!(!one.has_view());
    assert_eq!(stage.got(), "");
}

#[tokio::test(start_paused = true)]
async fn who_may_only_watch_scrolls_and_types_nothing() {
    let mut stage = Stage::counting(30).await;
    let mut one = stage.viewer(1);
    let who = one.presence.who();
    let own = |stage: &mut Stage, input| stage.console.take_input(&who, Input::Own(input));
    let key = |keysym, down| KeyEvent { keysym, keycode: None, down, repeat: false };
    own(&mut stage, OwnInput::Key(key(Keysym::PAGE_UP, true), SHIFT));
    assert_eq!(stage.text(&mut one)[0], "17");
    own(&mut stage, OwnInput::Key(key(Keysym(0x6c), true), Modifiers::NONE));
    assert_eq!(stage.text(&mut one)[0], "23");
    stage.write("\x1b[?1003h");
    let event = PointerEvent { x: 3, y: 3, buttons: WHEEL_UP };
    own(&mut stage, OwnInput::Pointer(event, Modifiers::NONE));
    assert_eq!(stage.text(&mut one)[0], "18");
    assert_eq!(stage.got(), "");
}

#[tokio::test(start_paused = true)]
async fn a_view_ends_when_its_viewer_turns_away_or_goes() {
    let mut stage = Stage::counting(30).await;
    let (mut one, two) = (stage.viewer(1), stage.viewer(2));
    stage.wake().await;
    stage.key(&one, Keysym::PAGE_UP, SHIFT);
    stage.key(&two, Keysym::PAGE_UP, SHIFT);
    assert_eq!(stage.console.views.list.len(), 2);
    stage.text(&mut one);
    // Another VT.
    one.watching = crate::display::display(9, stage.display.peek().frame).0.watch();
    drop(two);
    stage.wake().await;
    assert!(stage.console.views.list.is_empty());
}

#[tokio::test(start_paused = true)]
async fn there_are_so_many_views_and_no_more() {
    let mut stage = Stage::counting(30).await;
    let mut viewers: Vec<Viewer> = (0..=MAX_VIEWS as u64).map(|number| stage.viewer(number)).collect();
    viewers.iter().for_each(|viewer| stage.key(viewer, Keysym::HOME, SHIFT));
    assert_eq!(stage.console.views.list.len(), MAX_VIEWS);
    let last = viewers.last_mut().expect("one");
    assert_eq!(stage.text(last)[0], "23");
    viewers.remove(0);
    stage.console.views.end_unwatched();
    let last = viewers.last_mut().expect("one");
    stage.key(last, Keysym::HOME, SHIFT);
    assert_eq!(stage.text(last)[0], "1");
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

/// The pixel in the left half of a cell.
fn pixel(stage: &Stage, (col, row): (u32, u32)) -> (u32, u32) {
    let cell = stage.console.painter.cell();
    (col * cell.width + 1, row * cell.height + cell.height / 2)
}

/// Drags from one cell to another with a button held.
fn drag(stage: &mut Stage, viewer: &Viewer, button: u16, from: (u32, u32), to: (u32, u32), held: Modifiers) {
    let (from, to) = (pixel(stage, from), pixel(stage, to));
    stage.point(viewer, from.0, from.1, button, held);
    stage.point(viewer, to.0, to.1, button, held);
    stage.point(viewer, to.0, to.1, 0, held);
}

fn click(stage: &mut Stage, viewer: &Viewer, button: u16, at: (u32, u32), held: Modifiers) {
    drag(stage, viewer, button, at, at, held);
}

const NONE: Modifiers = Modifiers::NONE;

const LEFT: u16 = 1;
const RIGHT: u16 = 4;

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
async fn searching_is_typed_at_the_bottom_and_nothing_of_it_reaches_the_guest() {
    let control_shift = Modifiers { control: true, ..SHIFT };
    let mut stage = Stage::counting(1_000).await;
    let (mut one, mut two) = (stage.viewer(1), stage.viewer(2));
    let before = stage.show(&mut two);
    let look = |stage: &mut Stage, one: &mut Viewer| {
        while stage.console.views.list.iter().any(Viewing::is_looking) {
            stage.publish();
        }
        stage.text(one)
    };
    stage.key(&one, Keysym(0x46), control_shift);
    assert_eq!(stage.text(&mut one)[0], "993");
    assert_eq!(stage.said(&one).as_deref(), Some("find: ▏|Return stays, Esc ends"));
    stage.key(&one, Keysym(0x31), NONE);
    stage.key(&one, Keysym(0x37), NONE);
    assert_eq!(look(&mut stage, &mut one)[4], "917");
    assert_eq!(stage.said(&one).as_deref(), Some("find: 17▏|80 lines up  Return stays, Esc ends"));
    assert!(stage.is_whole(&mut one));
    stage.key(&one, Keysym::UP, NONE);
    assert_eq!(look(&mut stage, &mut one)[4], "817");
    stage.key(&one, Keysym(0x78), NONE);
    look(&mut stage, &mut one);
    assert_eq!(stage.said(&one).as_deref(), Some("find: 17x▏|not found  Return stays, Esc ends"));
    stage.key(&one, Keysym::BACKSPACE, NONE);
    assert_eq!(look(&mut stage, &mut one)[4], "917");
    stage.key(&one, Keysym::RETURN, NONE);
    stage.key(&one, Keysym(0x6e), NONE);
    assert_eq!(look(&mut stage, &mut one)[4], "817");
    assert_eq!(stage.said(&one).as_deref(), Some("found: 17|180 lines up  n older, N newer, Esc ends"));
    stage.key(&one, Keysym(0x4e), SHIFT);
    assert_eq!(look(&mut stage, &mut one)[4], "917");
    assert!(Arc::ptr_eq(&before, &stage.show(&mut two)));
    assert_eq!(stage.got(), "");
    stage.key(&one, Keysym(0x6c), NONE);
    assert_eq!(stage.text(&mut one)[0], "993");
    assert!(!one.has_view());
    assert_eq!(stage.got(), "l", "any other key is typed");
    stage.key(&one, Keysym::PAGE_UP, SHIFT);
    stage.key(&one, Keysym(0x66), control_shift);
    stage.key(&one, Keysym(0x39), NONE);
    look(&mut stage, &mut one);
    stage.key(&one, Keysym::ESCAPE, NONE);
    assert_eq!(stage.text(&mut one)[0], "987", "back to where it began");
    assert_eq!(stage.got(), "");
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
async fn text_blinks_where_a_link_is_hovered() {
    let mut stage = Stage::new().await;
    stage.write("\x1b[?12l\x1b]8;;http://a/\x1b\\a link\x1b]8;;\x1b\\ \x1b[5mblinks");
    let mut one = stage.viewer(1);
    stage.point(&one, 4, 4, 0, Modifiers::NONE);
    let mut seen = vec![stage.show(&mut one)];
    for _ in 0..2 {
        tokio::time::advance(crate::console::publish::BLINK_INTERVAL).await;
        seen.push(stage.show(&mut one));
    }
    let same = |a: &Frame, b: &Frame| (0..16).all(|y| a.row(y) == b.row(y));
    assert!(!same(&seen[0], &seen[1]) && same(&seen[0], &seen[2]));
    assert!(stage.console.publish_views(Instant::now()).is_some(), "it wakes by itself");
}
