//! A proxied screen as viewers see it, from the keys that they press to the pixels that they get. There is no upstream
//! here: the test paints the screen, and takes what viewers do to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::own_viewer::{Viewer, scratch, within};
use vncterm::access::pen::Writers;
use vncterm::access::security::Security;
use vncterm::console::vt::{Vt, Vts};
use vncterm::display::{
    Aside, Beside, Cut, Display, DisplayEvent, DisplaySide, Input, Kind, NotFitting, Note, Placed, Who, display_of,
};
use vncterm::geometry::{Point, Rect, Size};
use vncterm::guest::Guest;
use vncterm::input::{KeyEvent, Keysym, PointerEvent, PointerMotion};
use vncterm::net::listen::Listener;
use vncterm::rfb::client::{ClientEvent, ClientSettings};
use vncterm::rfb::ids::Encoding;
use vncterm::server::admission::{Limits, Sharing};
use vncterm::server::auth::Gate;
use vncterm::server::handoff::Switch;
use vncterm::server::{ResizePolicy, Server, Settings};
use vncterm::shutdown::{Stopper, stopper};
use vncterm::surface::{Pixel, Surface};

const CELL: Size = Size::new(8, 16);
const TILE: Size = Size::new(64, 16);
/// What the console shows, and what the screen shows at first.
const TEXT: Pixel = 0x0011_2233;
const SCREEN: Pixel = 0x0044_5566;

/// A display that the test paints.
struct Painted {
    display: Display,
    side: DisplaySide,
    surface: Surface,
}

impl Painted {
    fn new(kind: Kind, id: u32, size: Size, tile: Size, pixel: Pixel) -> Self {
        let mut surface = Surface::new(size, tile, pixel);
        let (display, side) = display_of(kind, id, surface.publish());
        side.picture.show(surface.publish(), &"".into(), 0);
        Self { display, side, surface }
    }

    /// Shows what was painted.
    fn show(&mut self) {
        self.side.picture.show(self.surface.publish(), &"".into(), 0);
    }

    /// Puts something on the viewer's clipboard, and waits until it is there: it has heard of all else, too.
    async fn cut(&mut self, viewer: &mut Viewer) {
        let count = self.display.peek().cut.count + 1;
        self.side.picture.cut(Cut { count, text: "from the screen".into() });
        let cut = |event: &ClientEvent| matches!(event, ClientEvent::CutText(_));
        viewer.until(|viewer| viewer.events.iter().any(cut)).await;
        viewer.events.retain(|event| !cut(event));
    }

    /// What viewers did next.
    async fn input(&mut self) -> (Who, Input) {
        loop {
            if let DisplayEvent::Input(who, input) = within(self.side.event(true)).await {
                return (who, input);
            }
        }
    }
}

/// A server with a console on VT 1 and a screen on VT 2.
struct Stage {
    text: Painted,
    screen: Painted,
    path: PathBuf,
    stopper: Stopper,
}

impl Stage {
    fn new() -> Self {
        let text = Painted::new(Kind::Text, 1, Size::new(320, 160), CELL, TEXT);
        let screen = Painted::new(Kind::Graphics, 2, Size::new(640, 400), TILE, SCREEN);
        let mut vts = Vts::default();
        for (name, painted) in [("console", &text), ("screen", &screen)] {
            vts.add(Vt { name: name.into(), display: painted.display.clone() }).expect("there is room");
        }
        let limits = Limits { max_viewers: 64, evict_oldest: false, sharing: Sharing::Shared };
        let settings = Settings {
            limits,
            view_only: false,
            resize: ResizePolicy::Any,
            writers: Writers::All,
            switch: Switch::Manual,
            leader: None,
            all_switch: false,
            own_user_only: false,
        };
        let gate = Gate::new(Security::open(), None, "guest");
        let server = Server::new(Guest::new("guest".into(), vts), settings, gate, None);
        let path = scratch("screen");
        let address = format!("unix:{}", path.display()).parse().expect("an address");
        let (stopper, stop) = stopper();
        for listener in Listener::bind(&address, &[]).expect("binds") {
            tokio::spawn(Arc::clone(&server).serve(listener, stop.clone()));
        }
        Self { text, screen, path, stopper }
    }

    /// A viewer that sees the console.
    async fn viewer(&self, encodings: &[Encoding]) -> Viewer {
        let mut viewer = Viewer::connect_to(&self.path, encodings, None).await;
        viewer.until_it_shows(&self.text.display).await;
        viewer
    }

    /// A viewer that sees the screen.
    async fn watcher(&mut self) -> Viewer {
        self.watcher_with(&ClientSettings::all_encodings()).await
    }

    /// A viewer that lists these and sees the screen.
    async fn watcher_with(&mut self, encodings: &[Encoding]) -> Viewer {
        let mut viewer = self.viewer(encodings).await;
        viewer.switch(2);
        viewer.until_it_shows(&self.screen.display).await;
        viewer
    }

    /// A viewer wishes for that size; who it is to the screen.
    async fn wish(&mut self, viewer: &mut Viewer, size: Size) -> Who {
        viewer.conn.set_desktop_size(size);
        viewer.until(|viewer| viewer.conn.queued() == 0).await;
        let (who, Input::Resize(asked)) = self.screen.input().await else { panic!("a wish") };
        assert_eq!(asked, size);
        who
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stopper.stop();
        let _ = std::fs::remove_file(&self.path);
    }
}

fn key(keysym: u32, keycode: Option<u32>, down: bool) -> KeyEvent {
    KeyEvent { keysym: Keysym(keysym), keycode, down, repeat: false }
}

/// Sends keys, and waits until they have left.
async fn send(viewer: &mut Viewer, keys: impl IntoIterator<Item = KeyEvent>) {
    keys.into_iter().for_each(|key| viewer.conn.send_key(key));
    viewer.until(|viewer| viewer.conn.queued() == 0).await;
}

const CONTROL: u32 = 0xffe3;
const ALT: u32 = 0xffe9;
const F1: u32 = 0xffbe;

#[tokio::test]
async fn keys_reach_a_screen_as_they_came_and_none_stays_down_when_its_viewer_turns_away() {
    let mut stage = Stage::new();
    let mut viewer = stage.watcher().await;
    while stage.text.side.try_input().is_some() {}
    // A dead key, a letter behind it, the keys that paste into a console; and then more than there is room for at once.
    let some = [
        key(0xfe51, Some(0x28), true),
        key(0xfe51, Some(0x28), false),
        key(0x65, Some(0x12), true),
        key(0x65, Some(0x12), false),
        key(0xffe1, Some(0x2a), true),
        key(0xff63, Some(0xd2), true),
    ];
    let many = (0..200).flat_map(|n| [key(0x61 + n % 26, None, true), key(0x61 + n % 26, None, false)]);
    let chord = [key(CONTROL, Some(0x1d), true), key(ALT, Some(0x38), true), key(F1, Some(0x3b), true)];
    let after = [key(CONTROL, Some(0x1d), false), key(ALT, Some(0x38), false), key(F1, Some(0x3b), false)];
    let sent: Vec<KeyEvent> = some.into_iter().chain(many).collect();
    send(&mut viewer, sent.iter().copied().chain(chord).chain(after)).await;
    let mut came = Vec::new();
    let owed = [key(0xff63, Some(0xd2), false), chord[1], chord[0], key(0xffe1, Some(0x2a), false)];
    for _ in 0..sent.len() + 2 + owed.len() {
        let (_, Input::Key(event, _)) = stage.screen.input().await else { panic!("keys were sent") };
        came.push(KeyEvent { repeat: false, ..event });
    }
    let owed = owed.map(|key| KeyEvent { down: false, ..key });
    let want: Vec<KeyEvent> = sent.into_iter().chain([chord[0], chord[1]]).chain(owed).collect();
    assert!(came == want, "{} keys", came.len());
    viewer.until_it_shows(&stage.text.display).await;
    assert!(stage.text.side.try_input().is_none(), "the console gets none of it");
}

#[tokio::test]
async fn a_chord_for_a_vt_that_is_not_there_is_the_screens() {
    let mut stage = Stage::new();
    let mut viewer = stage.watcher().await;
    let chord = [CONTROL, ALT, F1 + 4].map(|keysym| key(keysym, None, true));
    send(&mut viewer, chord).await;
    for want in chord {
        let (_, Input::Key(event, _)) = stage.screen.input().await else { panic!("keys were sent") };
        assert!(event == want);
    }
}

#[tokio::test]
async fn what_a_viewer_has_on_its_clipboard_is_told_to_a_screen_once() {
    let mut stage = Stage::new();
    let mut viewer = stage.viewer(&[Encoding::RAW, Encoding::DESKTOP_SIZE]).await;
    viewer.conn.send_cut_text(b"before");
    viewer.switch(2);
    viewer.until_it_shows(&stage.screen.display).await;
    let cut = async |stage: &mut Stage| match stage.screen.input().await {
        (_, Input::Cut(text)) => text.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(cut(&mut stage).await, "before");
    stage.screen.cut(&mut viewer).await;
    // What came from there is sent back, as some viewers do; and then something else.
    viewer.conn.send_cut_text(b"from the screen");
    viewer.conn.send_cut_text(b"later");
    viewer.until(|viewer| viewer.conn.queued() == 0).await;
    assert_eq!(cut(&mut stage).await, "later");
}

#[tokio::test]
async fn a_screen_that_takes_motions_gets_them() {
    let mut stage = Stage::new();
    let mut encodings = ClientSettings::all_encodings();
    let mut knows = stage.watcher_with(&encodings).await;
    encodings.retain(|encoding| *encoding != Encoding::QEMU_POINTER_MOTION);
    let mut viewer = stage.watcher_with(&encodings).await;
    let at = |x, y, buttons| PointerEvent { x, y, buttons };
    viewer.conn.send_pointer(at(10, 20, 2));
    viewer.until(|viewer| viewer.conn.queued() == 0).await;
    let (_, Input::Pointer { event, paste: None, .. }) = stage.screen.input().await else { panic!("the pointer") };
    assert_eq!(event, at(10, 20, 2));
    stage.screen.side.picture.show_beside(Beside { relative: true, ..Beside::default() });
    stage.screen.cut(&mut viewer).await;
    viewer.conn.send_pointer(at(15, 17, 0));
    viewer.until(|viewer| viewer.conn.queued() == 0).await;
    let (_, Input::Motion(motion)) = stage.screen.input().await else { panic!("a motion") };
    assert_eq!((motion.dx, motion.dy, motion.buttons), (5, -3, 0));
    knows.until(|viewer| viewer.events.contains(&ClientEvent::PointerMode { relative: true })).await;
    let motion = PointerMotion { dx: -2, dy: 7, buttons: 1 };
    knows.conn.send_motion(motion);
    knows.until(|viewer| viewer.conn.queued() == 0).await;
    let (_, Input::Motion(told)) = stage.screen.input().await else { panic!("a motion") };
    assert_eq!(told, motion);
}

#[tokio::test]
async fn where_the_guest_puts_the_pointer_is_told_to_those_who_can_hear_it() {
    let mut stage = Stage::new();
    let place = |count, x, y| Beside { placed: Placed { count, at: Point { x, y } }, ..Beside::default() };
    stage.screen.side.picture.show_beside(place(1, 1, 1));
    let pictures = [Encoding::RAW, Encoding::DESKTOP_SIZE];
    let mut viewers = Vec::new();
    for places in [&[Encoding::VMWARE_CURSOR_POSITION, Encoding::POINTER_POS][..], &[Encoding::POINTER_POS], &[]] {
        viewers.push(stage.watcher_with(&[&pictures, places].concat()).await);
    }
    stage.screen.side.picture.show_beside(place(2, 30, 40));
    stage.screen.show();
    for (viewer, hears) in viewers.iter_mut().zip([true, true, false]) {
        // What comes later is behind it.
        viewer.until_it_shows(&stage.screen.display).await;
        if hears {
            viewer.until(|viewer| viewer.events.contains(&ClientEvent::PointerMoved(Point { x: 30, y: 40 }))).await;
        }
        let told = viewer.events.iter().filter(|event| matches!(event, ClientEvent::PointerMoved(_))).count();
        assert_eq!(told, usize::from(hears), "and not what was before");
    }
}

#[tokio::test]
async fn a_size_that_a_viewer_wants_is_asked_of_the_screen_which_may_refuse() {
    let mut stage = Stage::new();
    let mut viewer = stage.watcher().await;
    let (granted, refused) = (Size::new(800, 600), Size::new(500, 300));
    let who = stage.wish(&mut viewer, granted).await;
    stage.screen.surface.resize(granted, TILE, SCREEN);
    stage.screen.show();
    viewer.until(|viewer| viewer.picture().size() == granted).await;
    assert!(who == stage.wish(&mut viewer, refused).await);
    who.tell(Aside::FitsNot { size: refused, why: NotFitting::Refused });
    let told = |event: &ClientEvent| matches!(event, ClientEvent::SetDesktopSizeAnswered { status: 1 });
    viewer.until(|viewer| viewer.events.iter().any(told)).await;
    assert_eq!(viewer.picture().size(), granted);
}

#[tokio::test]
async fn who_asks_for_the_size_that_it_had_before_is_not_taken_at_its_word() {
    let mut stage = Stage::new();
    let mut viewer = stage.viewer(&ClientSettings::all_encodings()).await;
    let had = viewer.picture().size();
    viewer.switch(2);
    viewer.until_it_shows(&stage.screen.display).await;
    assert_ne!(viewer.picture().size(), had);
    viewer.conn.set_desktop_size(had);
    let told = |event: &ClientEvent| matches!(event, ClientEvent::SetDesktopSizeAnswered { status: 1 });
    viewer.until(|viewer| viewer.events.iter().any(told)).await;
    // It is the next thing that the screen hears.
    stage.wish(&mut viewer, Size::new(500, 300)).await;
}

/// Whether a viewer's picture is the part of the screen that begins there.
fn shows_part(viewer: &Viewer, screen: &Display, corner: Point) -> bool {
    let picture = viewer.picture();
    let (frame, width) = (screen.peek().frame, picture.size().width as usize);
    let part = |y: u32| &frame.row(corner.y + y)[corner.x as usize..][..width];
    viewer.is_in() && (0..picture.size().height).all(|y| picture.row(y) == part(y))
}

#[tokio::test]
async fn a_viewer_whose_picture_stays_as_it_is_sees_the_part_that_its_pointer_leads_to() {
    let mut stage = Stage::new();
    for (y, row) in (0..).zip(stage.screen.surface.rows_mut(Size::new(640, 400).rect())) {
        (0..).zip(row).for_each(|(x, pixel)| *pixel = x << 12 | y);
    }
    stage.screen.show();
    let mut viewer = stage.viewer(&[Encoding::RAW, Encoding::COPY_RECT]).await;
    viewer.switch(2);
    let point = |x, y| Point { x, y };
    viewer.until(|viewer| shows_part(viewer, &stage.screen.display, point(0, 0))).await;
    for (pointer, corner, place) in [
        (point(319, 80), point(160, 0), point(319, 80)),
        // It has to leave the edge, or to stay there for a while.
        (point(200, 80), point(160, 0), point(360, 80)),
        (point(200, 150), point(160, 80), point(360, 150)),
        (point(200, 80), point(160, 80), point(360, 160)),
    ] {
        viewer.conn.send_pointer(PointerEvent { x: pointer.x, y: pointer.y, buttons: 0 });
        viewer.until(|viewer| shows_part(viewer, &stage.screen.display, corner)).await;
        let (_, Input::Pointer { event, .. }) = stage.screen.input().await else { panic!("the pointer") };
        assert_eq!(point(event.x, event.y), place);
    }
    // What is painted later is seen there, and a smaller screen in the middle of black.
    stage.screen.surface.fill(Size::new(640, 400).rect(), TEXT);
    stage.screen.show();
    viewer.until(|viewer| shows_part(viewer, &stage.screen.display, point(160, 80))).await;
    stage.screen.surface.resize(Size::new(300, 100), TILE, SCREEN);
    stage.screen.show();
    viewer
        .until(|viewer| {
            let row = |y| viewer.picture().row(y);
            let inside = [&[0; 10][..], &[SCREEN; 300], &[0; 10]].concat();
            row(29) == [0; 320] && row(30) == inside && row(129) == inside && row(130) == [0; 320]
        })
        .await;
}

/// A picture that no level of quality below the highest shows as it is.
fn photograph(surface: &mut Surface) {
    let mut noise = 1_u32;
    for (y, row) in (0..).zip(surface.rows_mut(Size::new(640, 400).rect())) {
        for (x, pixel) in (0..).zip(row) {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *pixel = (x / 3) << 16 | (y / 2) << 8 | noise >> 28;
        }
    }
}

/// What a viewer lists that takes such a picture as JPEG.
fn takes_jpeg() -> [Encoding; 4] {
    let quality = Encoding(Encoding::QUALITY_LEVEL_0.0 + 3);
    [Encoding::TIGHT, Encoding::COPY_RECT, Encoding::DESKTOP_SIZE, quality]
}

#[tokio::test]
async fn a_photograph_comes_at_once_as_it_may_and_exactly_when_it_has_been_quiet() {
    let mut stage = Stage::new();
    let mut viewer = stage.viewer(&takes_jpeg()).await;
    viewer.switch(2);
    viewer.until_it_shows(&stage.screen.display).await;
    photograph(&mut stage.screen.surface);
    stage.screen.show();
    let first = viewer.picture().row(200).to_vec();
    viewer.until(|viewer| viewer.picture().row(200) != first).await;
    let photograph = stage.screen.display.peek().frame;
    assert!(!viewer.shows_as(&photograph, |pixel| pixel), "first it is only near");
    // Elsewhere things go on.
    stage.screen.surface.fill(Rect::new(0, 0, 64, 16), TEXT);
    stage.screen.show();
    viewer.until_it_shows(&stage.screen.display).await;
}

#[tokio::test]
async fn with_a_line_over_it_a_photograph_becomes_exact_all_the_same() {
    let mut stage = Stage::new();
    let mut viewer = stage.viewer(&takes_jpeg()).await;
    viewer.switch(2);
    viewer.until_it_shows(&stage.screen.display).await;
    viewer.press(&[Keysym::SHIFT_L]);
    viewer.until(|viewer| viewer.conn.queued() == 0).await;
    let (who, _) = stage.screen.input().await;
    let picture = Surface::new(Size::new(64, 16), TILE, TEXT).publish();
    let until = Instant::now() + Duration::from_secs(3600);
    assert!(who.tell(Aside::Note(2, Some(Note { picture, until }))));
    // In the middle, eight pixels above the lower edge.
    let line = Rect::new(288, 376, 64, 16);
    let has_line = |viewer: &Viewer| viewer.picture().row(line.y)[line.x as usize] == TEXT;
    viewer.until(has_line).await;
    photograph(&mut stage.screen.surface);
    stage.screen.show();
    let photograph = stage.screen.display.peek().frame;
    let noted =
        photograph.under(&Surface::new(Size::new(64, 16), TILE, TEXT).publish(), Point { x: line.x, y: line.y });
    viewer.until(|viewer| viewer.shows_as(&noted, |pixel| pixel)).await;
    assert!(has_line(&viewer));
}
