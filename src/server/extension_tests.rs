//! The console extension at one viewer: who may ask what, and how much of it may wait.

use super::super::roster::{Person as Seated, Way};
use super::*;
use crate::console::vt::{Vt, Vts};
use crate::display::{DisplayEvent, DisplaySide, Presence, display};
use crate::geometry::{GridSize, Size};
use crate::guest::Guest;
use crate::net::listen::Peer;
use crate::surface::Surface;

/// A guest with two consoles, whose ends we hold.
fn guest() -> (Guest, [DisplaySide; 2]) {
    let mut vts = Vts::default();
    let sides = [5, 6].map(|id| {
        let frame = Surface::new(Size::new(8, 16), Size::new(8, 16), 0).publish();
        let (display, side) = display(id, frame);
        vts.add(Vt { name: format!("c{id}"), display }).expect("room");
        side
    });
    (Guest::new("guest".into(), vts), sides)
}

fn post(guest: &Guest, id: u32, title: &str, notes: u64) {
    let (grid, note) = (GridSize::new(80, 24), (notes, "said".into()));
    let about = About { state: State::Open, can_break: true, grid, title: title.into(), note };
    guest.vts().board().post(id, &about);
}

fn all(extension: &mut Extension, guest: &Guest, vt: VtNumber, now: Instant) -> Vec<Notice> {
    let roster = Roster::new(Writers::All, Vec::new());
    let around = around(guest, &roster, vt);
    std::iter::from_fn(|| extension.next(around, now)).collect()
}

fn extension() -> Extension {
    Extension::of(Presence::new(1).who())
}

/// What is around a viewer that sees all of it.
fn around<'a>(guest: &'a Guest, roster: &'a Roster, vt: VtNumber) -> Around<'a> {
    Around { guest: guest.seen_by(None), roster, viewer: 1, role: Role::Write, vt }
}

fn ask(extension: &mut Extension, guest: &Guest, request: Request) -> Result<Option<Wish>, RfbError> {
    let roster = Roster::new(Writers::All, Vec::new());
    extension.handle(Ok(request), around(guest, &roster, VtNumber::FIRST), Instant::now())
}

#[test]
fn who_may_only_watch_may_look_and_no_more() {
    let takes = |force| Request::Take { force };
    for request in [
        takes(false),
        takes(true),
        Request::Release,
        Request::Answer { viewer: 1, grant: true },
        Request::Break { console: 1 },
        Request::SysRq { console: 1, key: b'b' },
    ] {
        assert!(permitted(Role::View, false, || true, request.clone()).is_err(), "{request:?}");
        assert_eq!(permitted(Role::Admin, true, || true, request.clone()), Ok(request.clone()));
        let for_the_writer = matches!(request, Request::Break { .. } | Request::SysRq { .. });
        assert_eq!(permitted(Role::Admin, false, || true, request).is_err(), for_the_writer);
    }
    let lines = |count| Request::Lines { request: 1, console: 1, first: 0, count };
    for (count, good) in [(0, false), (1, true), (LINES_MAX, true), (LINES_MAX + 1, false)] {
        assert_eq!(permitted(Role::View, false, || true, lines(count)).is_ok(), good, "{count}");
    }
    for (key, good) in [(b'b', true), (b'9', true), (b' ', false), (0xe9, false), (27, false)] {
        assert_eq!(permitted(Role::Write, true, || true, Request::SysRq { console: 1, key }).is_ok(), good, "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn consoles_are_told_once_and_then_what_changes_four_times_a_second() {
    let (guest, _sides) = guest();
    let (mut extension, now) = (extension(), Instant::now());
    post(&guest, 5, "one", 0);
    post(&guest, 6, "two", 0);
    assert!(all(&mut extension, &guest, VtNumber::FIRST, now).is_empty() && extension.deadline().is_none());
    ask(&mut extension, &guest, Request::Subscribe { topics: topic::CONSOLES }).expect("taken");
    let told = all(&mut extension, &guest, VtNumber::FIRST, now);
    let numbers: Vec<_> = told.iter().map(Notice::number).collect();
    assert_eq!(numbers.iter().map(|number| number.0).collect::<Vec<_>>(), [16, 16, 18]);
    post(&guest, 5, "a", 0);
    post(&guest, 5, "b", 1);
    assert!(all(&mut extension, &guest, VtNumber::FIRST, now).is_empty(), "not yet");
    let due = extension.deadline().expect("then");
    assert_eq!(due, now + INTERVAL);
    let told = all(&mut extension, &guest, VtNumber::FIRST, due);
    assert!(matches!(&told[0], Notice::Console(console) if console.title == "b"));
    assert_eq!(told[1..], [Notice::Note { warning: false, text: "said".into() }]);
    assert!(all(&mut extension, &guest, VtNumber::FIRST, due + INTERVAL).is_empty());
    assert_eq!(extension.deadline(), None, "no timer");
    let other = VtNumber::new(2).expect("a number");
    assert_eq!(all(&mut extension, &guest, other, due), [Notice::Here { console: 6 }]);
}

#[tokio::test]
async fn what_waits_for_an_answer_and_for_its_reader_is_bounded() {
    let (guest, [mut side, _other]) = guest();
    let mut extension = extension();
    for _ in 0..MAX_PENDING {
        assert_eq!(ask(&mut extension, &guest, Request::Break { console: 5 }), Ok(None));
    }
    assert!(extension.waiting.is_empty());
    for _ in 0..MAX_WAITING {
        assert_eq!(ask(&mut extension, &guest, Request::Break { console: 5 }), Ok(None));
    }
    assert!(ask(&mut extension, &guest, Request::Break { console: 5 }).is_err());
    let DisplayEvent::Asked(question) = side.event(true).await else { panic!("no question") };
    question.reply.send(Answer::Done).expect("it is waited for");
    extension.waiting.clear();
    extension.wait(true, Instant::now).await;
    assert_eq!((extension.pending.len(), extension.waiting.len()), (MAX_PENDING - 1, 1));
    drop(side);
    extension.wait(true, Instant::now).await;
    let reason = "the console has no answer";
    assert_eq!(extension.waiting.back(), Some(&refused((ConsoleRequest::BREAK, 0), reason)));
}

#[tokio::test(start_paused = true)]
async fn text_is_asked_for_again_when_it_was_told() {
    let (guest, [mut side, mut other]) = guest();
    let mut extension = extension();
    ask(&mut extension, &guest, Request::Subscribe { topics: topic::TEXT }).expect("taken");
    let mut not_before = Instant::now();
    for top in 0..3 {
        assert!(all(&mut extension, &guest, VtNumber::FIRST, Instant::now()).is_empty());
        let DisplayEvent::Asked(question) = side.event(true).await else { panic!("no question") };
        let Ask::Text { told, not_before: then } = question.ask else { panic!("another question") };
        assert_eq!(then, not_before);
        let (text, told) = told.news(question::Text { top, ..question::Text::default() }).expect("news");
        question.reply.send(Answer::Text(text, told)).expect("it is waited for");
        extension.wait(true, Instant::now).await;
        not_before = Instant::now() + TEXT_INTERVAL;
        let told = all(&mut extension, &guest, VtNumber::FIRST, Instant::now()).pop();
        assert!(matches!(told, Some(Notice::Text(text)) if text.top == top && text.console == 5));
    }
    let vt = VtNumber::new(2).expect("a number");
    assert!(all(&mut extension, &guest, vt, Instant::now()).is_empty());
    let DisplayEvent::Asked(question) = other.event(true).await else { panic!("no question") };
    let Ask::Text { told, .. } = question.ask else { panic!("another question") };
    assert_eq!(told, Told::default(), "nothing is known of another console");
    ask(&mut extension, &guest, Request::Subscribe { topics: 0 }).expect("taken");
    assert!(question.reply.is_closed() && extension.deadline().is_none());
}

#[test]
fn who_sees_one_console_knows_of_no_other() {
    let (guest, _sides) = guest();
    let [first, second] = [1, 2].map(|number| VtNumber::new(number).expect("1 to 12"));
    let (mut extension, now, seen) = (extension(), Instant::now(), guest.seen_by(Some(second)));
    let roster = Roster::new(Writers::All, Vec::new());
    let around = Around { guest: seen, ..around(&guest, &roster, second) };
    post(&guest, 5, "one", 0);
    post(&guest, 6, "two", 0);
    assert!(seen.vt(first).is_none() && seen.vt(second).is_some_and(|vt| vt.name == "c6"));
    extension.handle(Ok(Request::Subscribe { topics: topic::CONSOLES }), around, now).expect("taken");
    let told: Vec<Notice> = std::iter::from_fn(|| extension.next(around, now)).collect();
    assert!(
        matches!(&told[..], [Notice::Console(Console { console: 6, .. }), Notice::Here { console: 6 }]),
        "{told:?}"
    );
    let lines = Request::Lines { request: 2, console: 5, first: 0, count: 1 };
    for request in [Request::Switch { console: 5 }, Request::Break { console: 5 }, lines] {
        let numbers = request.numbers();
        assert_eq!(extension.handle(Ok(request), around, now), Ok(None));
        let told = extension.next(around, now);
        assert_eq!(told, Some(refused(numbers, NO_CONSOLE)));
    }
    let switched = extension.handle(Ok(Request::Switch { console: 6 }), around, now);
    assert_eq!(switched, Ok(Some(Wish::Look(second))));
}

#[test]
fn a_name_that_several_consoles_have_leads_to_none() {
    let (guest, _sides) = guest();
    assert_eq!((guest.find("c6"), guest.find("c7")), (VtNumber::new(2), None));
    let mut vts = guest.vts().clone();
    let vt = vts.get(VtNumber::FIRST).expect("there is one").clone();
    vts.add(vt).expect("room");
    let guest = Guest::new("guest".into(), vts);
    assert_eq!((guest.find("c6"), guest.find("c5")), (VtNumber::new(2), None));
}

#[tokio::test(start_paused = true)]
async fn people_are_told_at_once_and_then_what_changes_four_times_a_second() {
    let (guest, _sides) = guest();
    let roster = Roster::new(Writers::One, Vec::new());
    let viewers = [Presence::new(7), Presence::new(9)];
    let seats = [(7, Role::Admin), (9, Role::View)].map(|(number, role)| {
        let way = Way { tls: false, web_socket: true, unix: false };
        let name = (role == Role::View).then(|| "anna".into());
        let person =
            Seated { number, name, peer: Peer::Unix, way, role, display: 5, confined: false, since: Instant::now() };
        roster.seat(person, viewers[0].who())
    });
    let around = Around { viewer: 7, role: Role::Admin, ..around(&guest, &roster, VtNumber::FIRST) };
    let mut extension = extension();
    assert!(extension.next(around, Instant::now()).is_none() && extension.deadline().is_none(), "not subscribed to");
    let subscribe = |topics| Ok(Request::Subscribe { topics });
    assert_eq!(extension.handle(subscribe(topic::PEOPLE), around, Instant::now()), Ok(None));
    let told = |extension: &mut Extension| match extension.next(around, Instant::now()) {
        Some(Notice::People(people)) => Some(people),
        None => None,
        other => panic!("{other:?}"),
    };
    let people = told(&mut extension).expect("at once");
    assert_eq!((people.you, people.writer, people.one_writes, people.asking), (7, 0, true, 0));
    let persons: Vec<_> =
        people.people.iter().map(|person| (person.viewer, person.role, person.console, person.name.as_str())).collect();
    assert_eq!(persons, [(7, 2, 5, "viewer 7"), (9, 0, 5, "anna")]);
    assert!(told(&mut extension).is_none() && extension.deadline().is_none(), "no timer");

    seats[0].take(false, Instant::now()).expect("nobody has it");
    extension.wait(true, Instant::now).await;
    assert_eq!(told(&mut extension).expect("at once").writer, 7);
    seats[1].looks_at(6);
    extension.wait(true, Instant::now).await;
    let people = told(&mut extension).expect("a change");
    assert_eq!(people.people[1].console, 6);
    assert_eq!(extension.handle(subscribe(0), around, Instant::now()), Ok(None));
    drop(seats);
    assert!(told(&mut extension).is_none() && extension.deadline().is_none());
}

#[tokio::test(start_paused = true)]
async fn who_asks_to_write_is_told_with_the_time_that_is_left() {
    let (guest, _sides) = guest();
    let roster = Roster::new(Writers::One, Vec::new());
    let viewer = Presence::new(1);
    let seats = [1, 2].map(|number| {
        let way = Way { tls: false, web_socket: true, unix: false };
        let since = Instant::now();
        let person =
            Seated { number, name: None, peer: Peer::Unix, way, role: Role::Write, display: 5, confined: false, since };
        roster.seat(person, viewer.who())
    });
    seats[0].take(false, Instant::now()).expect("nobody has it");
    seats[1].take(false, Instant::now()).expect("it may ask");
    tokio::time::advance(Duration::from_millis(1_500)).await;
    let people = people_told(around(&guest, &roster, VtNumber::FIRST), Instant::now());
    assert_eq!((people.writer, people.asking, people.grace), (1, 2, 3_500));
}
