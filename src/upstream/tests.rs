//! What an upstream may cost the others, and what it may not break.

use tokio::io::AsyncWriteExt;

use super::link::tests::linked;
use super::*;
use crate::display::{Aside, Ask, INPUT_SLOTS, Input, MAX_HELD, OwnInput, Presence, ScreenForm};
use crate::input::guest_layout::DEFAULT;
use crate::input::{KeyEvent, Keysym, Modifiers};
use crate::rfb::pixel_format::PixelFormat;

/// A proxied screen that is neither dialled nor called.
fn screen() -> (Upstream, Display, Announced) {
    screen_with(None)
}

/// One that is not dialled, and perhaps called.
fn screen_with(listens: Option<Listens>) -> (Upstream, Display, Announced) {
    let manners = Manners::plain(Size::new(64, 64));
    let settings = Settings {
        id: 1,
        to: None,
        manners,
        listens,
        layout: GuestLayout::find(DEFAULT).expect("a layout"),
        paste_rate: None,
        font: Font::default(),
        grid: GridSize::new(80, 25),
        console: Some(1),
        board: Board::default(),
        budget: Budget::default(),
        sound: None,
    };
    let (announcer, stage) = Announcer::new();
    let (upstream, display) = Upstream::new(settings, announcer);
    (upstream, display, stage)
}

/// An update of a whole picture of 16 by 16 pixels.
fn picture() -> Vec<u8> {
    [&[0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 16, 0, 0, 0, 0][..], &[1; 16 * 16 * 4]].concat()
}

/// The same with a connection that has its first picture.
async fn served() -> (Upstream, Display, Link) {
    let (mut upstream, display, _) = screen();
    let (mut link, _) = linked().await;
    upstream.surface.resize(Size::new(16, 16), TILE, 0);
    link.client.conn.receive(&picture());
    assert!(upstream.take(&mut link).expect("well-formed") && link.up.is_some());
    (upstream, display, link)
}

#[tokio::test]
async fn much_work_for_few_bytes_is_done_in_turns() {
    let resize = |side: u8| [&[0, 0, 0, 1, 0, 0, 0, 0, 0, side, 0, side][..], &(-223_i32).to_be_bytes()].concat();
    let resizes = [resize(63), resize(64)].concat().repeat(1_000);
    let copies = [&[0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 16, 0, 0, 0, 1][..], &[0; 4]].concat().repeat(10_000);
    for (what, bytes) in [("resizes", resizes), ("copies", copies), ("nothing", vec![0; 200_000])] {
        let (mut upstream, _, mut link) = served().await;
        link.client.conn.receive(&bytes);
        let mut turns = 1;
        loop {
            link.client.conn.begin_turn(TURN);
            if upstream.take(&mut link).expect("well-formed") {
                break;
            }
            turns += 1;
            // As if it had taken the answers.
            link.client.conn.advance(link.client.conn.queued());
        }
        assert!((2..100).contains(&turns), "{what}: {turns}");
    }
}

#[tokio::test]
async fn after_a_panic_nothing_of_the_picture_is_taken_over() {
    let (mut upstream, display, link) = served().await;
    upstream.lost(&link, &End::Broken);
    let viewer = display.watch();
    viewer.want_beyond(display.peek().frame.seq());
    upstream.publish_placard();
    assert!(!upstream.announcer.is_up() && display.peek().frame.size() == upstream.surface.size());
    assert_ne!(upstream.surface.size(), Size::new(16, 16));
}

#[tokio::test]
async fn a_panic_ends_a_connection_alone_and_the_next_one_is_served() {
    let (screen, calls) = reverse::screen();
    let (upstream, display, mut stage) = screen_with(Some(Listens { at: "here".into(), calls }));
    let (stopper, stop) = crate::shutdown::stopper();
    let running = tokio::spawn(upstream.run(stop));
    let viewer = Presence::new(1);
    let panics = async || {
        // No clock has a time so late.
        let say = OwnInput::Say("never".into(), Duration::MAX);
        assert!(display.send(viewer.who(), Input::Own(say)));
        while display.input().capacity() < INPUT_SLOTS {
            tokio::task::yield_now().await;
        }
    };
    for _ in 0..2 {
        panics().await;
        let (link, mut far) = linked().await;
        far.write_all(&picture()).await.expect("written");
        let init =
            ServerInit { size: Size::new(16, 16), pixel_format: PixelFormat::SERVER_DEFAULT, name: String::new() };
        assert!(screen.give(Arrived { link, init }));
        stage.wait_for(|stage| stage.is_up).await.expect("it goes on");
        panics().await;
        let down = stage.wait_for(|stage| !stage.is_up).await.expect("it goes on").clone();
        assert_eq!(*down.why, *End::Broken.to_string());
    }
    stopper.stop();
    running.await.expect("it ends when it is asked to");
}

#[tokio::test]
async fn a_wish_that_was_granted_and_changed_nothing_is_answered() {
    let (mut upstream, _, mut link) = served().await;
    let mut presence = Presence::new(1);
    let wished = Size::new(20, 20);
    upstream.resizing = Some((presence.who(), wished));
    let granted = ClientEvent::SetDesktopSizeAnswered { status: 0 };
    upstream.upstream_did(granted, &mut link, Instant::now()).expect("well-formed");
    assert!(upstream.resizing.is_none());
    let told = presence.aside().await;
    assert!(matches!(told, Aside::FitsNot { size, .. } if size == wished));
}

#[tokio::test]
async fn a_picture_that_is_asked_for_is_as_new_as_can_be_and_reaches_those_who_look() {
    let (mut upstream, display, mut link) = served().await;
    link.write().expect("it takes it");
    let now = Instant::now();
    link.age();
    let mut answer = display.ask(Ask::Screen(ScreenForm::Picture)).expect("there is room");
    let DisplayEvent::Asked(question) = upstream.side.event(true).await else { panic!("it was asked") };
    upstream.answer(question, Some(&mut link));
    upstream.paint_on(&mut link, now);
    assert!(answer.try_recv().is_err(), "nobody knows what it looks like now");
    link.client.conn.receive(&[&[0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0][..], &[9; 4]].concat());
    upstream.take(&mut link).expect("well-formed");
    let Ok(Answer::Picture(Picture(frame))) = answer.try_recv() else { panic!("a picture") };
    assert_eq!(frame.row(0)[0], 0x0009_0909);
    assert!(Arc::ptr_eq(&frame, &display.peek().frame));
}

#[tokio::test]
async fn what_was_typed_before_its_viewer_had_left_is_typed_and_let_go() {
    let (mut upstream, display, mut link) = served().await;
    link.write().expect("it takes it");
    let before = link.client.conn.queued();
    let mut presence = Presence::new(1);
    presence.meet(&display);
    let press = KeyEvent { keysym: Keysym(0x62), keycode: None, down: true, repeat: false };
    assert!(display.send(presence.who(), Input::Key(press, Modifiers::default())));
    drop(presence);
    // Either may be heard first.
    let (who, input) = loop {
        match upstream.side.event(true).await {
            DisplayEvent::Input(who, input) => break (who, input),
            woken => upstream.viewer_did(woken, Some(&mut link)),
        }
    };
    upstream.take_input(&who, input, Some(&mut link));
    assert_eq!(link.client.conn.queued() - before, 8, "a press");
    upstream.let_go(Some(&mut link));
    assert_eq!(link.client.conn.queued() - before, 2 * 8, "and a release");
}

#[tokio::test]
async fn of_what_waits_behind_a_paste_nothing_stays_down_however_much_it_is() {
    for stops in [false, true] {
        let (mut upstream, display, mut link) = served().await;
        let mut presence = Presence::new(1);
        presence.meet(&display);
        let paste = presence.paste(&"ab".into()).expect("room");
        upstream.take_input(&presence.who(), Input::Paste(Ok(paste)), Some(&mut link));
        let key = |keysym, down| KeyEvent { keysym, keycode: None, down, repeat: false };
        let keys = std::iter::repeat_n(key(Keysym::SHIFT_L, true), MAX_HELD).chain([key(Keysym::SHIFT_L, false)]);
        for event in keys.chain(stops.then(|| key(Keysym::ESCAPE, true))) {
            upstream.take_input(&presence.who(), Input::Key(event, Modifiers::default()), Some(&mut link));
        }
        let now = Instant::now();
        (0..10).for_each(|second| upstream.type_on(&mut link, now + Duration::from_secs(second)));
        assert_eq!(upstream.typing.pastes(), 0);
        assert_eq!(upstream.held.take_up(|_| true), (vec![], None), "stopped: {stops}");
    }
}

#[tokio::test]
async fn no_size_is_asked_for_that_would_not_be_taken() {
    let (mut upstream, _, mut link) = served().await;
    // A server that takes sizes says so by telling one with its screens.
    let layout = [&[0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 16][..], &(-308_i32).to_be_bytes(), &[1, 0, 0, 0]].concat();
    let screen = [&[0; 8][..], &[0, 16, 0, 16], &[0; 4]].concat();
    link.client.conn.receive(&[layout, screen].concat());
    upstream.take(&mut link).expect("well-formed");
    assert!(link.client.conn.is_resizable());
    let mut presence = Presence::new(1);
    for (wished, granted) in [(Size::new(65, 64), false), (Size::new(64, 64), true)] {
        let before = link.client.conn.queued();
        upstream.take_input(&presence.who(), Input::Resize(wished), Some(&mut link));
        assert_eq!(link.client.conn.queued() > before, granted);
        if !granted {
            assert!(matches!(presence.aside().await, Aside::FitsNot { size, .. } if size == wished));
        }
    }
}

#[tokio::test]
async fn what_a_guest_that_is_gone_has_shown_last_is_not_what_is_there() {
    let (mut upstream, display, link) = served().await;
    upstream.lost(&link, &End::Left);
    assert_ne!(display.peek().frame.size(), Size::new(16, 16), "words");
}
