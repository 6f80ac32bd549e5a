//! Viewers who scroll back and search, each in a view of its own.

use std::sync::Arc;

use super::super::marking::WHEEL_UP;
use super::super::views_stage::{MIDDLE, NONE, SHIFT, Stage, Viewer};
use super::*;
use crate::display::Input;
use crate::input::{Keysym, PointerEvent};
use crate::terminal::search::Search;

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
    assert!(Arc::ptr_eq(&before, &stage.show(&mut two)), "not even a new frame");
    assert_eq!(stage.got(), "", "nor does the guest get any of it");
    stage.key(&one, Keysym::END, SHIFT);
    assert_eq!(stage.text(&mut one)[0], "23");
    assert!(!one.has_view() && stage.console.views.list.is_empty());
    assert!(Arc::ptr_eq(&stage.show(&mut one), &stage.show(&mut two)));
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
    own(&mut stage, OwnInput::Key(key(Keysym::PAGE_UP, true), SHIFT, None));
    assert_eq!(stage.text(&mut one)[0], "17");
    own(&mut stage, OwnInput::Key(key(Keysym(0x6c), true), Modifiers::NONE, None));
    assert_eq!(stage.text(&mut one)[0], "23");
    stage.write("\x1b[?1003h");
    let event = PointerEvent { x: 3, y: 3, buttons: WHEEL_UP };
    own(&mut stage, OwnInput::Pointer(event, Modifiers::NONE));
    assert_eq!(stage.text(&mut one)[0], "18");
    assert_eq!(stage.got(), "");
}

#[tokio::test(start_paused = true)]
async fn one_viewer_is_told_something_for_a_while_and_no_other_sees_it() {
    let mut stage = Stage::counting(30).await;
    let (mut one, mut two) = (stage.viewer(1), stage.viewer(2));
    let who = one.presence.who();
    let own = |stage: &mut Stage, input| stage.console.take_input(&who, Input::Own(input));
    let key = |keysym| KeyEvent { keysym, keycode: None, down: true, repeat: false };
    own(&mut stage, OwnInput::Say("2 here".into(), NOTE_TIME));
    stage.show(&mut one);
    stage.show(&mut two);
    assert_eq!((stage.said(&one).as_deref(), two.has_view()), (Some("2 here|"), false));
    tokio::time::advance(NOTE_TIME).await;
    stage.publish();
    stage.show(&mut one);
    assert!(!one.has_view(), "its time is up");
    own(&mut stage, OwnInput::Say("not true for long".into(), NOTE_TIME));
    stage.show(&mut one);
    assert!(one.has_view());
    own(&mut stage, OwnInput::Say("".into(), NOTE_TIME));
    stage.show(&mut one);
    assert!(!one.has_view(), "it is taken back");
    own(&mut stage, OwnInput::Say("".into(), NOTE_TIME));
    assert!(stage.console.views.list.is_empty(), "nothing was said");

    // Keys that do nothing have their reason told, once for as long as it is read.
    let why = || Some("not your turn".into());
    own(&mut stage, OwnInput::Key(key(Keysym::CONTROL_L), Modifiers::NONE, why()));
    assert!(stage.console.views.list.is_empty());
    own(&mut stage, OwnInput::Key(key(Keysym(0x6c)), Modifiers::NONE, why()));
    stage.show(&mut one);
    assert_eq!(stage.said(&one).as_deref(), Some("not your turn|"));
    let view = one.watching.id();
    own(&mut stage, OwnInput::Key(key(Keysym(0x6d)), Modifiers::NONE, why()));
    stage.show(&mut one);
    assert_eq!(one.watching.id(), view, "no new picture for each key");
    own(&mut stage, OwnInput::Key(key(Keysym::PAGE_UP), SHIFT, why()));
    assert_eq!(stage.text(&mut one)[0], "17");
    assert_eq!(stage.said(&one).as_deref(), Some("not live: any key returns|6 lines up"));
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
    assert_eq!((last.rung, stage.console.notices.text()), (1, None), "nobody else is told");
    viewers.remove(0);
    stage.console.views.end_unwatched();
    let last = viewers.last_mut().expect("one");
    stage.key(last, Keysym::HOME, SHIFT);
    assert_eq!(stage.text(last)[0], "1");
}

#[tokio::test(start_paused = true)]
async fn searching_is_typed_at_the_bottom_and_nothing_of_it_reaches_the_guest() {
    let control_shift = Modifiers { control: true, ..SHIFT };
    let mut stage = Stage::counting(1_000).await;
    let (mut one, mut two) = (stage.viewer(1), stage.viewer(2));
    let before = stage.show(&mut two);
    stage.key(&one, Keysym(0x46), control_shift);
    assert_eq!(stage.text(&mut one)[0], "993");
    assert_eq!(stage.said(&one).as_deref(), Some("find: ▏|Return stays, Esc ends"));
    stage.key(&one, Keysym(0x31), NONE);
    stage.key(&one, Keysym(0x37), NONE);
    assert_eq!(found(&mut stage, &mut one)[4], "917");
    assert_eq!(stage.said(&one).as_deref(), Some("find: 17▏|80 lines up"));
    assert!(stage.is_whole(&mut one));
    stage.key(&one, Keysym::UP, NONE);
    assert_eq!(found(&mut stage, &mut one)[4], "817");
    stage.key(&one, Keysym(0x78), NONE);
    found(&mut stage, &mut one);
    assert_eq!(stage.said(&one).as_deref(), Some("find: 17x▏|not found"));
    stage.key(&one, Keysym::BACKSPACE, NONE);
    assert_eq!(found(&mut stage, &mut one)[4], "917");
    stage.key(&one, Keysym::RETURN, NONE);
    stage.key(&one, Keysym(0x6e), NONE);
    assert_eq!(found(&mut stage, &mut one)[4], "817");
    assert_eq!(stage.said(&one).as_deref(), Some("found: 17|180 lines up"));
    stage.key(&one, Keysym(0x4e), SHIFT);
    assert_eq!(found(&mut stage, &mut one)[4], "917");
    assert!(Arc::ptr_eq(&before, &stage.show(&mut two)));
    assert_eq!(stage.got(), "");
    stage.key(&one, Keysym(0x6c), NONE);
    assert_eq!(stage.text(&mut one)[0], "993");
    assert!(!one.has_view());
    assert_eq!(stage.got(), "l", "any other key is typed");
    stage.key(&one, Keysym::PAGE_UP, SHIFT);
    stage.key(&one, Keysym(0x66), control_shift);
    stage.key(&one, Keysym(0x39), NONE);
    found(&mut stage, &mut one);
    stage.key(&one, Keysym::ESCAPE, NONE);
    assert_eq!(stage.text(&mut one)[0], "987", "back to where it began");
    assert_eq!(stage.got(), "");
}

#[tokio::test(start_paused = true)]
async fn their_pictures_take_so_many_bytes_and_no_more() {
    let mut stage = Stage::counting(3_000).await;
    let mut viewers: Vec<Viewer> = (0..4).map(|number| stage.viewer(number)).collect();
    for viewer in &viewers {
        stage.key(viewer, Keysym::HOME, SHIFT);
    }
    assert_eq!(stage.console.views.list.len(), 4);
    let resize = |stage: &mut Stage, who: &Who, bytes: u64| {
        let pixels = u32::try_from(bytes / size_of::<Pixel>() as u64).expect("a small number");
        stage.console.take_input(who, Input::Resize(Size::new(1024, pixels / 1024)));
    };
    resize(&mut stage, &viewers[0].presence.who(), MAX_PICTURES / 3);
    assert_eq!(stage.console.views.list.len(), 3, "the newest had to go");
    stage.show(&mut viewers[3]);
    assert!(!viewers[3].has_view() && stage.console.notices.text().is_some_and(|note| note.contains("no room")));
    stage.key(&viewers[3], Keysym::HOME, SHIFT);
    stage.show(&mut viewers[3]);
    assert_eq!((viewers[3].has_view(), viewers[3].rung), (false, 1));
    resize(&mut stage, &viewers[0].presence.who(), MAX_PICTURES);
    assert_eq!(stage.console.views.list.len(), 1, "one may always be");
}

#[tokio::test(start_paused = true)]
async fn a_key_goes_up_for_whom_it_went_down() {
    let control_shift = Modifiers { control: true, ..SHIFT };
    let mut stage = Stage::counting(60).await;
    let one = stage.viewer(1);
    // The kitty protocol, with releases and with every key as a sequence.
    stage.write("\x1b[>11u");
    let event = |stage: &mut Stage, keysym: u32, held: Modifiers, down: bool, repeat: bool| {
        let event = KeyEvent { keysym: Keysym(keysym), keycode: None, down, repeat };
        stage.console.take_input(&one.presence.who(), Input::Key(event, held));
        stage.got()
    };
    const F: u32 = 0x46;
    const X: u32 = 0x78;
    const N: u32 = 0x6e;
    let up = Keysym::PAGE_UP.0;
    assert_eq!(event(&mut stage, X, NONE, true, false), "\x1b[120u");
    assert_eq!(event(&mut stage, F, control_shift, true, false), "");
    assert_eq!(event(&mut stage, X, NONE, false, false), "\x1b[120;1:3u", "it went down for the guest");
    assert_eq!(event(&mut stage, N, NONE, true, false), "", "a letter of the query");
    assert_eq!(event(&mut stage, F, control_shift, false, false), "");
    assert_eq!(event(&mut stage, Keysym::ESCAPE.0, NONE, true, false), "");
    assert_eq!(event(&mut stage, N, NONE, false, false), "", "two are held at once");
    assert_eq!(event(&mut stage, Keysym::ESCAPE.0, NONE, true, true), "", "nor are its repeats the guest's");
    assert_eq!(event(&mut stage, Keysym::ESCAPE.0, NONE, false, false), "");
    assert_eq!(event(&mut stage, Keysym::ESCAPE.0, NONE, true, false), "\x1b[27u");
    assert_eq!(event(&mut stage, Keysym::ESCAPE.0, NONE, false, false), "\x1b[27;1:3u");
    assert_eq!(event(&mut stage, up, SHIFT, true, false), "");
    assert_eq!(event(&mut stage, X, NONE, true, false), "\x1b[120u", "it ends the view");
    assert!(stage.console.views.list.is_empty());
    assert_eq!(event(&mut stage, up, NONE, false, false), "", "whose key goes up later");
    assert_eq!(event(&mut stage, X, NONE, false, false), "\x1b[120;1:3u");
}

#[tokio::test(start_paused = true)]
async fn a_query_takes_what_its_viewer_pastes_and_no_more_than_it_may_have() {
    let control_shift = Modifiers { control: true, ..SHIFT };
    let mut stage = Stage::counting(60).await;
    // The guest has the mouse, but not that of a viewer that types a query.
    stage.write("\x1b[?1000h");
    let one = stage.viewer(1);
    stage.key(&one, Keysym(0x46), control_shift);
    let middle = |stage: &mut Stage, text: &str| {
        let paste = one.presence.paste(&text.into());
        let event = PointerEvent { x: 5, y: 5, buttons: MIDDLE };
        stage.console.take_input(&one.presence.who(), Input::Pointer { event, held: NONE, paste: Some(paste) });
        stage.point(&one, 5, 5, 0, NONE);
    };
    let query = |stage: &Stage| stage.console.views.list[0].view.search.as_ref().expect("a search").query().to_owned();
    middle(&mut stage, "1\u{1b}2\nnot this line");
    assert_eq!(query(&stage), "12");
    middle(&mut stage, &"x".repeat(100_000));
    assert_eq!(query(&stage).len(), crate::terminal::search::MAX_QUERY);
    stage.console.take_input(&one.presence.who(), Input::Paste(Err(NotPasted::Nothing)));
    assert_eq!(stage.console.views.list[0].said, Some(Said::until_it_acts("nothing to paste")));
    assert_eq!(stage.got(), "");
    // What was found is looked at: now the text is for the guest, as is any key.
    stage.key(&one, Keysym::RETURN, NONE);
    middle(&mut stage, "text");
    stage.console.type_pastes();
    assert_eq!(stage.got(), "text");
    assert!(!stage.console.views.list.iter().any(Viewing::covers_last_row));
}

#[tokio::test(start_paused = true)]
async fn where_a_shell_says_where_its_prompts_are_one_goes_from_prompt_to_prompt() {
    let control_shift = Modifiers { control: true, ..SHIFT };
    let mut stage = Stage::new().await;
    let mut one = stage.viewer(1);
    stage.key(&one, Keysym::PAGE_UP, control_shift);
    assert_eq!(stage.got(), "\x1b[5;6~", "no shell has said anything");
    for command in 1..=5 {
        stage.write(&format!("\x1b]133;A\x07$ command {command}\r\n\x1b]133;C\x07one\r\ntwo\r\nthree\r\nfour\r\n"));
    }
    let mut went = Vec::new();
    for (keysym, times) in [(Keysym::PAGE_UP, 4), (Keysym::PAGE_DOWN, 4)] {
        for _ in 0..times {
            stage.key(&one, keysym, control_shift);
            went.push(stage.text(&mut one)[0].clone());
        }
    }
    let [c1, c2, c3, c4] = [1, 2, 3, 4].map(|n| format!("$ command {n}"));
    assert_eq!(went[..6], [&c4, &c3, &c2, &c1, &c2, &c3].map(String::clone));
    assert_eq!(went[6], c4);
    assert!(!one.has_view() && stage.got().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_found_in_the_last_row_is_not_covered() {
    let control_shift = Modifiers { control: true, ..SHIFT };
    let mut stage = Stage::counting(60).await;
    let mut one = stage.viewer(1);
    stage.key(&one, Keysym(0x46), control_shift);
    for (key, row) in [(0x36, 0), (0x30, 0), (Keysym::UP.0, 0), (Keysym::BACKSPACE.0, 0), (0x78, 7)] {
        stage.key(&one, Keysym(key), NONE);
        while stage.console.views.list.iter().any(Viewing::is_looking) {
            stage.publish();
        }
        stage.show(&mut one);
        let picture = stage.console.views.list[0].picture.as_ref().expect("a picture");
        assert_eq!(picture.laid.as_ref().map(|laid| laid.row()), Some(row), "{key:x}");
    }
}

/// Looks until nothing is being looked for; what the view shows then.
fn found(stage: &mut Stage, viewer: &mut Viewer) -> Vec<String> {
    while stage.console.views.list.iter().any(Viewing::is_looking) {
        stage.publish();
    }
    stage.text(viewer)
}

#[tokio::test(start_paused = true)]
async fn a_search_goes_on_through_other_sizes() {
    let control_shift = Modifiers { control: true, ..SHIFT };
    let mut stage = Stage::counting(300).await;
    let mut one = stage.viewer(1);
    stage.key(&one, Keysym(0x46), control_shift);
    stage.key(&one, Keysym(0x31), NONE);
    stage.key(&one, Keysym(0x37), NONE);
    assert!(found(&mut stage, &mut one).contains(&"217".to_owned()));
    for (size, next) in [(Size::new(640, 320), "217"), (Size::new(160, 96), "217")] {
        stage.console.take_input(&one.presence.who(), Input::Resize(size));
        let shown = found(&mut stage, &mut one);
        assert!(shown.contains(&next.to_owned()), "{size}: {shown:?}");
        assert_eq!(
            stage.console.views.list[0].view.search.as_ref().and_then(Search::found).map(|found| found.first.line),
            Some(216)
        );
    }
    stage.key(&one, Keysym::RETURN, NONE);
    stage.key(&one, Keysym(0x6e), NONE);
    assert!(found(&mut stage, &mut one).contains(&"179".to_owned()));
    assert_eq!(stage.got(), "");
}

#[tokio::test(start_paused = true)]
async fn who_types_a_query_types_it_whatever_becomes_of_the_screen() {
    let control_shift = Modifiers { control: true, ..SHIFT };
    let mut stage = Stage::counting(300).await;
    let (mut one, two) = (stage.viewer(1), stage.viewer(2));
    stage.key(&one, Keysym(0x46), control_shift);
    stage.key(&one, Keysym(0x72), NONE);
    stage.key(&two, Keysym::PAGE_UP, SHIFT);
    stage.console.views.end_all(&stage.console.terminal);
    assert_eq!(stage.console.views.list.len(), 1, "who only looked back looks at the screen");
    stage.key(&one, Keysym(0x6d), NONE);
    found(&mut stage, &mut one);
    assert_eq!(stage.said(&one).as_deref(), Some("find: rm▏|not found"));
    // No room for its picture.
    stage.console.views.list[0].picture = None;
    let far = Size::new(4_096, 4_096);
    stage.console.take_input(&two.presence.who(), Input::Resize(far));
    stage.key(&two, Keysym::PAGE_UP, SHIFT);
    stage.key(&one, Keysym(0x20), NONE);
    assert!(
        stage.console.views.list.iter().any(|viewing| viewing.who == one.presence.who() && viewing.picture.is_none())
    );
    stage.key(&one, Keysym::RETURN, NONE);
    assert_eq!(stage.got(), "");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_long_query_is_to_be_seen() {
    let control_shift = Modifiers { control: true, ..SHIFT };
    let mut stage = Stage::counting(30).await;
    let mut one = stage.viewer(1);
    stage.key(&one, Keysym(0x46), control_shift);
    (0x61..=0x7a).chain(0x30..=0x39).for_each(|keysym| stage.key(&one, Keysym(keysym), NONE));
    found(&mut stage, &mut one);
    assert_eq!(stage.said(&one).as_deref(), Some("find: …rstuvwxyz0123456789▏|not found"));
}
