//! What viewers do, and what comes of it.

use super::*;
use crate::geometry::Size;
use crate::input::Keysym;
use crate::rfb::ext::clipboard::CutText;
use crate::rfb::ext::console::Request;

fn key(keysym: Keysym, down: bool) -> ServerEvent {
    ServerEvent::Key(KeyEvent { keysym, keycode: None, down, repeat: false })
}

fn cut(text: &str) -> ServerEvent {
    ServerEvent::CutText(CutText::Kept(text.into()))
}

fn handle(hands: &mut Hands, event: ServerEvent) -> Outcome {
    hands.handle(event, Instant::now(), || Sizing::Console, |vt| vt <= 2, |point| point, || "not your turn".into())
}

/// What comes to the display of these events, and the last switch.
fn all(events: impl IntoIterator<Item = ServerEvent>, role: Role) -> (Vec<Input>, Option<VtNumber>) {
    let mut hands = Hands::of(1, role, false, None);
    let (mut input, mut switch_to) = (Vec::new(), None);
    for event in events {
        let outcome = handle(&mut hands, event);
        input.extend(outcome.input);
        switch_to = outcome.switch_to.or(switch_to);
    }
    (input, switch_to)
}

#[tokio::test]
async fn what_was_marked_here_is_pasted_next() {
    let mut hands = Hands::of(1, Role::Write, false, None);
    handle(&mut hands, cut("the viewer's"));
    hands.copied("marked".into());
    let outcome = handle(&mut hands, ServerEvent::Pointer(PointerEvent { x: 1, y: 1, buttons: 2 }));
    let [Input::Pointer { paste: Some(Ok(paste)), .. }] = outcome.input.as_slice() else { panic!("a paste") };
    assert_eq!(paste.text(), "marked");
}

#[tokio::test]
async fn who_may_only_watch_writes_nothing_but_may_look_elsewhere() {
    let events = || {
        vec![
            cut("text"),
            key(Keysym(0x61), true),
            ServerEvent::Pointer(PointerEvent { x: 1, y: 1, buttons: 2 }),
            ServerEvent::SetDesktopSize(Size::new(800, 600)),
            key(Keysym::SHIFT_L, true),
            key(Keysym::INSERT, true),
            key(Keysym::INSERT, false),
            key(Keysym::SHIFT_L, false),
            key(Keysym::CONTROL_L, true),
            key(Keysym::ALT_L, true),
            key(Keysym(Keysym::F1.0 + 1), true),
        ]
    };
    let (input, switch_to) = all(events(), Role::View);
    assert!(!input.is_empty() && input.iter().all(|input| matches!(input, Input::Own(_))), "{input:?}");
    assert_eq!(switch_to, VtNumber::new(2));
    let (input, switch_to) = all(events(), Role::Write);
    assert!(input.iter().any(|input| matches!(input, Input::Paste(Ok(paste)) if paste.text() == "text")));
    assert!(input.iter().any(|input| matches!(input, Input::Resize(_))));
    assert_eq!(switch_to, VtNumber::new(2));
    let refused = handle(&mut Hands::of(1, Role::View, false, None), ServerEvent::SetDesktopSize(Size::new(800, 600)));
    assert_eq!(refused.refuse_resize, Some(Status::Prohibited));
}

#[tokio::test]
async fn power_buttons_are_for_those_who_may_write() {
    for role in [Role::View, Role::Write, Role::Admin] {
        let outcome = handle(&mut Hands::of(1, role, false, None), ServerEvent::Power(PowerButton::Reset));
        assert_eq!(outcome.power.is_some(), role != Role::View, "{role:?}");
    }
}

#[tokio::test]
async fn the_chord_is_not_typed_and_what_is_held_is_let_go() {
    let mut hands = Hands::of(1, Role::Write, false, None);
    handle(&mut hands, key(Keysym::CONTROL_L, true));
    handle(&mut hands, key(Keysym::ALT_L, true));
    let chord = handle(&mut hands, key(Keysym(Keysym::F1.0 + 1), true));
    assert!(chord.input.is_empty());
    let releases = hands.let_go();
    assert_eq!(releases.len(), 2);
    assert!(releases.iter().all(|input| matches!(input, Input::Key(event, _) if !event.down)));
    assert!(hands.let_go().is_empty());
    // Nothing of it reaches the next display.
    for keysym in [Keysym(Keysym::F1.0 + 1), Keysym::ALT_L, Keysym::CONTROL_L] {
        assert!(handle(&mut hands, key(keysym, false)).input.is_empty());
    }
}

#[tokio::test]
async fn a_middle_click_carries_the_text_once_and_a_held_button_is_let_go() {
    let mut hands = Hands::of(1, Role::Write, false, None);
    handle(&mut hands, cut("text"));
    let at = |x, buttons| ServerEvent::Pointer(PointerEvent { x, y: 0, buttons });
    let pasted = |outcome: &Outcome| match outcome.input.as_slice() {
        [Input::Pointer { paste, .. }] => paste.is_some(),
        other => panic!("{other:?}"),
    };
    assert!(pasted(&handle(&mut hands, at(1, MIDDLE))));
    assert!(!pasted(&handle(&mut hands, at(2, MIDDLE))));
    assert!(handle(&mut hands, at(2, MIDDLE)).input.is_empty(), "nothing new");
    assert!(matches!(hands.let_go().as_slice(), [Input::Pointer { event, .. }] if event.buttons == 0));
    assert!(hands.let_go().is_empty());
}

#[tokio::test(start_paused = true)]
async fn events_are_bounded_in_a_second() {
    let mut hands = Hands::of(1, Role::Write, false, None);
    let taken = |hands: &mut Hands| {
        let mut moves = (0..MAX_EVENTS_PER_SECOND + 10)
            .map(|x| ServerEvent::Pointer(PointerEvent { x, y: 0, buttons: 0 }))
            .filter(|event| !handle(hands, event.clone()).input.is_empty());
        moves.by_ref().count()
    };
    // The first move is to where the pointer is already.
    assert_eq!(taken(&mut hands), MAX_EVENTS_PER_SECOND as usize - 1);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(taken(&mut hands), MAX_EVENTS_PER_SECOND as usize);
}

#[tokio::test(start_paused = true)]
async fn no_key_and_no_button_stays_down_after_a_busy_second() {
    let mut hands = Hands::of(1, Role::Write, false, None);
    handle(&mut hands, key(Keysym::CONTROL_L, true));
    let at = |x, buttons| ServerEvent::Pointer(PointerEvent { x, y: 0, buttons });
    for x in 0..2 * MAX_EVENTS_PER_SECOND {
        handle(&mut hands, at(x, 0b101));
    }
    assert!(handle(&mut hands, at(0, 0b111)).input.is_empty(), "one more button is dropped");
    for (buttons, held) in [(0b110, 0b100), (0b010, 0)] {
        let released = handle(&mut hands, at(0, buttons)).input;
        assert!(matches!(released[..], [Input::Pointer { event, .. }] if event.buttons == held), "{released:?}");
    }
    assert!(handle(&mut hands, key(Keysym(0x61), true)).input.is_empty(), "a press is dropped");
    handle(&mut hands, key(Keysym::CONTROL_L, false));
    assert!(hands.let_go().is_empty(), "nothing is held");
}

#[tokio::test]
async fn a_text_that_is_too_long_is_refused_when_it_is_pasted() {
    let mut hands = Hands::of(1, Role::Write, false, None);
    let paste = |hands: &mut Hands| {
        let keys = [(Keysym::SHIFT_L, true), (Keysym::INSERT, true), (Keysym::INSERT, false), (Keysym::SHIFT_L, false)];
        let inputs = keys.map(|(keysym, down)| handle(hands, key(keysym, down)).input);
        inputs.into_iter().flatten().find_map(|input| if let Input::Paste(paste) = input { Some(paste) } else { None })
    };
    let refused = |paste: Option<Result<Paste, NotPasted>>| paste.expect("a paste").expect_err("refused");
    assert_eq!(refused(paste(&mut hands)), NotPasted::Nothing);
    handle(&mut hands, ServerEvent::CutText(CutText::TooLong(300_000)));
    assert_eq!(refused(paste(&mut hands)), NotPasted::TooLong(300_000));
    // Latin-1 that is too long as UTF-8.
    handle(&mut hands, ServerEvent::CutText(CutText::Kept(vec![0xe9; 200_000])));
    assert_eq!(refused(paste(&mut hands)), NotPasted::TooLong(400_000));
    handle(&mut hands, cut(&"x".repeat(200_000)));
    let first = paste(&mut hands);
    assert!(matches!(first, Some(Ok(_))));
    assert_eq!(refused(paste(&mut hands)), NotPasted::Busy);
    drop(first);
    assert!(matches!(paste(&mut hands), Some(Ok(_))));
    // What was copied before is not what is meant any more.
    handle(&mut hands, ServerEvent::CutAnnounced);
    assert_eq!(refused(paste(&mut hands)), NotPasted::NotHere);
    handle(&mut hands, cut("new"));
    assert!(matches!(paste(&mut hands), Some(Ok(paste)) if paste.text() == "new"));
}

#[tokio::test]
async fn whose_turn_it_is_not_is_told_so_and_writes_nothing() {
    let mut hands = Hands::of(1, Role::Write, true, None);
    let typed = |hands: &mut Hands| handle(hands, key(Keysym(0x61), true)).input;
    let told = |input: &[Input]| match input {
        [Input::Own(OwnInput::Key(_, _, Some(why)))] => &**why == "not your turn",
        _ => false,
    };
    assert!(told(&typed(&mut hands)));
    let shift = handle(&mut hands, key(Keysym::SHIFT_L, true)).input;
    assert!(matches!(shift[..], [Input::Own(OwnInput::Key(_, _, None))]), "nothing is typed with it alone");
    handle(&mut hands, cut("text"));
    let pasted = handle(&mut hands, key(Keysym::INSERT, true)).input;
    assert!(matches!(pasted[..], [Input::Own(OwnInput::Say(..))]));
    handle(&mut hands, key(Keysym::INSERT, false));
    let resized = handle(&mut hands, ServerEvent::SetDesktopSize(Size::new(800, 600)));
    assert_eq!((resized.refuse_resize, resized.input.len()), (Some(Status::Prohibited), 0));
    assert!(handle(&mut hands, ServerEvent::Power(PowerButton::Reset)).power.is_none());
    let breaks = handle(&mut hands, ServerEvent::Console(Request::Break { console: 1 }));
    assert!(matches!(breaks.request, Some(Err(_))));

    assert!(hands.turn(true).is_empty());
    assert!(matches!(typed(&mut hands)[..], [Input::Key(..)]));
    let pasted = handle(&mut hands, key(Keysym::INSERT, true)).input;
    assert!(matches!(&pasted[..], [Input::Paste(Ok(paste))] if paste.text() == "text"), "cut when it only watched");
    assert!(hands.turn(true).is_empty(), "nothing new");
    let owed = hands.turn(false);
    let released = |input: &Input| matches!(input, Input::Key(event, _) if !event.down);
    assert!(owed[..2].iter().all(released) && matches!(owed[2..], [Input::Own(OwnInput::Yield)]), "{owed:?}");
    assert!(typed(&mut hands).is_empty(), "what was held then is not typed on");
    handle(&mut hands, key(Keysym(0x61), false));
    assert!(told(&typed(&mut hands)));
}

#[tokio::test]
async fn a_turn_is_for_those_who_may_write() {
    let mut hands = Hands::of(1, Role::View, true, None);
    assert!(hands.turn(true).is_empty());
    let typed = handle(&mut hands, key(Keysym(0x61), true)).input;
    assert!(matches!(typed[..], [Input::Own(OwnInput::Key(_, _, None))]));
    let chord = [Keysym::CONTROL_L, Keysym::ALT_L, Keysym('w'.into())];
    let asked = chord.map(|keysym| handle(&mut hands, key(keysym, true)).people);
    assert_eq!(asked, [None, None, Some(PeopleKey::Write)], "it is told why not");
}

fn screen() -> Display {
    let frame = crate::surface::Surface::new(Size::new(64, 16), Size::new(64, 16), 0).publish();
    crate::display::display_of(Kind::Graphics, 1, frame).0
}

#[tokio::test]
async fn a_screen_is_told_of_the_clipboard_by_one_who_may_write_and_of_each_text_once() {
    let told = |input: Option<Input>| match input {
        Some(Input::Cut(text)) => Some(text.to_string()),
        None => None,
        other => panic!("{other:?}"),
    };
    let (mut hands, screen) = (Hands::of(1, Role::Write, false, None), screen());
    assert!(handle(&mut hands, cut("before")).input.is_empty(), "not for a console");
    assert_eq!(told(hands.meet(&screen)).as_deref(), Some("before"));
    assert_eq!(told(hands.meet(&screen)), None);
    let mut cut_there = |text: &str| told(handle(&mut hands, cut(text)).input.pop());
    assert_eq!(cut_there("before"), None, "the same");
    assert_eq!(cut_there("new").as_deref(), Some("new"));
    handle(&mut hands, ServerEvent::CutText(CutText::TooLong(300_000)));
    hands.copied("the screen's".into());
    assert_eq!(told(hands.meet(&screen)), None, "too long, and then its own");
    for echo in [ServerEvent::CutAnnounced, cut("the screen's"), cut("the screen's")] {
        assert_eq!(told(handle(&mut hands, echo).input.pop()), None, "sent back, and announced before");
    }
    let mut watches = Hands::of(1, Role::View, false, None);
    handle(&mut watches, cut("text"));
    assert_eq!(told(watches.meet(&screen)), None);
    let mut waits = Hands::of(1, Role::Write, true, None);
    waits.meet(&screen);
    assert!(handle(&mut waits, cut("text")).input.is_empty());
    assert!(waits.turn(true).is_empty());
    assert_eq!(told(waits.clipboard()).as_deref(), Some("text"), "now that it is its turn");
}

#[tokio::test]
async fn what_is_held_while_a_paste_is_typed_goes_up_before_it_and_down_again_with_the_next_key() {
    let strokes = |input: Vec<Input>| -> Vec<String> {
        let stroke = |input: &Input| match input {
            Input::Key(event, _) => {
                format!("{}{}", if event.down { '+' } else { '-' }, event.keysym.name().unwrap_or("?"))
            }
            other => format!("{other:?}"),
        };
        input.iter().map(stroke).collect()
    };
    let mut hands = Hands::of(1, Role::Write, false, None);
    hands.meet(&screen());
    handle(&mut hands, cut("text"));
    let chord = [Keysym::CONTROL_L, Keysym::ALT_L, Keysym('p'.into())].map(|keysym| key(keysym, true));
    let input = chord.into_iter().flat_map(|event| handle(&mut hands, event).input).collect();
    assert_eq!(
        strokes(input),
        ["+Control_L", "+Alt_L", "-Alt_L", "-Control_L", "Paste(Ok(4 bytes))"],
        "no key of a paste is typed with what is held"
    );
    assert!(handle(&mut hands, key(Keysym('p'.into()), false)).input.is_empty());
    let input = handle(&mut hands, key(Keysym::DELETE, true)).input;
    assert_eq!(strokes(input), ["+Control_L", "+Alt_L", "+Delete"]);
}

#[tokio::test]
async fn motions_are_told_from_the_first_one_on() {
    let frame = crate::surface::Surface::new(Size::new(64, 16), Size::new(64, 16), 0).publish();
    let (display, side) = crate::display::display_of(Kind::Graphics, 1, frame);
    side.picture.show_beside(crate::display::Beside { relative: true, ..Default::default() });
    let mut hands = Hands::of(1, Role::Write, false, None);
    hands.meet(&display);
    let input = handle(&mut hands, ServerEvent::Pointer(PointerEvent { x: 5, y: 3, buttons: 0 })).input;
    assert!(matches!(input[..], [Input::Motion(PointerMotion { dx: 5, dy: 3, buttons: 0 })]), "{input:?}");
}

#[tokio::test]
async fn who_may_only_watch_a_screen_does_nothing_there() {
    let mut hands = Hands::of(1, Role::View, false, None);
    hands.meet(&screen());
    hands.set_relative(true);
    let at = |x, buttons| ServerEvent::Pointer(PointerEvent { x, y: 0, buttons });
    let paste = [Keysym::CONTROL_L, Keysym::ALT_L, Keysym('p'.into())].map(|keysym| key(keysym, true));
    for event in
        [at(3, 1), at(5, 0), cut("text"), ServerEvent::SetDesktopSize(Size::new(800, 600))].into_iter().chain(paste)
    {
        assert!(handle(&mut hands, event).input.is_empty());
    }
    assert!(hands.let_go().is_empty());
}

#[tokio::test]
async fn a_screen_has_no_letters_to_be_made_larger_and_its_middle_button_is_its_own() {
    let mut hands = Hands::of(1, Role::Write, false, None);
    hands.meet(&screen());
    handle(&mut hands, cut("text"));
    let wish = ServerEvent::SetDesktopSize(Size::new(800, 600));
    let outcome = hands.handle(wish, Instant::now(), || Sizing::Letters, |_| true, |point| point, || "".into());
    assert_eq!((outcome.refuse_resize, outcome.input.len()), (Some(Status::Prohibited), 0));
    let click = ServerEvent::Pointer(PointerEvent { x: 1, y: 1, buttons: MIDDLE });
    assert!(matches!(handle(&mut hands, click).input[..], [Input::Pointer { paste: None, .. }]));
    hands.set_relative(true);
    let released = hands.let_go();
    assert!(matches!(released[..], [Input::Motion(PointerMotion { dx: 0, dy: 0, buttons: 0 })]), "{released:?}");
}
