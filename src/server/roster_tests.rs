//! Who is in, who writes, and what is said of it.

use super::*;
use crate::access::pen::DENIED;
use crate::display::{DisplayEvent, DisplaySide, Presence, Question, display, display_of};
use crate::geometry::Size;
use crate::surface::Surface;

const WAY: Way = Way { tls: false, web_socket: false, unix: true };

fn person(number: u64) -> Person {
    let since = Instant::now();
    Person { number, name: None, peer: Peer::Unix, way: WAY, role: Role::Write, display: 1, confined: false, since }
}

fn numbers(roster: &Roster) -> Vec<u64> {
    roster.people().iter().map(|person| person.number).collect()
}

#[tokio::test(start_paused = true)]
async fn who_comes_and_goes_is_known_and_those_who_follow_hear_of_it() {
    let roster = Roster::new(Writers::All, Vec::new());
    let mut changes = roster.follow();
    let viewers = [Presence::new(7), Presence::new(3)];
    let seats = [roster.seat(person(7), viewers[0].who()), roster.seat(person(3), viewers[1].who())];
    assert_eq!(numbers(&roster), [3, 7]);
    assert!(Arc::ptr_eq(&roster.people(), &roster.people()), "nothing has changed: nothing is copied");
    assert!(changes.has_changed().expect("open"));
    changes.mark_unchanged();
    seats[0].looks_at(2);
    assert_eq!(roster.person(7).map(|person| person.display), Some(2));
    assert!(changes.has_changed().expect("open"));
    changes.mark_unchanged();
    seats[0].did_something(Instant::now());
    assert!(!changes.has_changed().expect("open"), "that somebody types is no news");
    drop(seats);
    assert!(numbers(&roster).is_empty() && roster.person(7).is_none());
}

#[tokio::test(start_paused = true)]
async fn idle_is_who_does_nothing() {
    let roster = Roster::new(Writers::All, Vec::new());
    let viewer = Presence::new(1);
    tokio::time::advance(Duration::from_secs(5)).await;
    let (one, _other) = (roster.seat(person(1), viewer.who()), roster.seat(person(2), viewer.who()));
    tokio::time::advance(Duration::from_secs(60)).await;
    one.did_something(Instant::now());
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(roster.idle(Instant::now()), [(1, Duration::from_secs(2)), (2, Duration::from_secs(62))]);
}

#[tokio::test]
async fn one_or_all_are_told_to_look_elsewhere() {
    let roster = Roster::new(Writers::All, Vec::new());
    let mut viewers = [Presence::new(1), Presence::new(2)];
    let seats = [roster.seat(person(1), viewers[0].who()), roster.seat(person(2), viewers[1].who())];
    assert_eq!((roster.show(Some(2), 5), roster.show(Some(9), 5)), (1, 0));
    assert!(matches!(viewers[1].try_aside(), Some(Aside::Show(5))) && viewers[0].try_aside().is_none());
    assert_eq!(roster.show(None, 6), 2);
    assert!(viewers.iter_mut().all(|viewer| matches!(viewer.try_aside(), Some(Aside::Show(6)))));
    seats[1].looks_at(6);
    assert_eq!((roster.show(None, 6), roster.show(Some(2), 6)), (1, 0), "who is there already is led nowhere");
    let _confined = roster.seat(Person { confined: true, ..person(3) }, Presence::new(3).who());
    assert_eq!(roster.show(Some(3), 6), 0, "nor is who sees one alone");
}

#[tokio::test(start_paused = true)]
async fn who_types_is_led_when_he_pauses_and_who_sees_one_display_alone_or_that_one_never() {
    const QUIET: Duration = Duration::from_secs(2);
    let roster = Roster::new(Writers::All, Vec::new());
    let mut viewers = [1, 2, 3, 4].map(Presence::new);
    let mut people = [1, 2, 3, 4].map(person);
    (people[2].confined, people[3].display) = (true, 7);
    let mut who = viewers.iter().map(Presence::who);
    let seats = people.map(|person| roster.seat(person, who.next().expect("one each")));
    tokio::time::advance(Duration::from_secs(9)).await;
    let typed = Instant::now();
    seats[0].typed(typed);
    roster.expect_at(7, &[8]);
    let lead = |now| roster.lead(7, QUIET, now);
    let is_led = |viewer: &mut Presence| matches!(viewer.try_aside(), Some(Aside::Show(7)));
    assert_eq!(lead(typed), Some(typed + QUIET));
    assert_eq!(viewers.each_mut().map(is_led), [false, true, false, false]);
    seats[0].typed(typed + QUIET / 2);
    assert_eq!(lead(typed + QUIET), Some(typed + QUIET / 2 + QUIET));
    assert!(!is_led(&mut viewers[0]));
    assert_eq!(lead(typed + 2 * QUIET), None);
    assert!(is_led(&mut viewers[0]));
    assert_eq!(lead(typed + 9 * QUIET), None);
    assert!(!is_led(&mut viewers[0]), "once");
}

#[tokio::test(start_paused = true)]
async fn who_has_been_there_by_himself_is_not_led_there_until_it_appears_anew() {
    const QUIET: Duration = Duration::from_secs(2);
    let roster = Roster::new(Writers::All, Vec::new());
    let mut viewer = Presence::new(1);
    let seat = roster.seat(person(1), viewer.who());
    tokio::time::advance(Duration::from_secs(9)).await;
    let typed = Instant::now();
    seat.typed(typed);
    roster.expect_at(7, &[8]);
    roster.expect_at(8, &[7]);
    assert_eq!(roster.lead(7, QUIET, typed), Some(typed + QUIET));
    // The chords there and back.
    seat.looks_at(7);
    seat.looks_at(1);
    for display in [7, 8] {
        assert_eq!(roster.lead(display, QUIET, typed + 2 * QUIET), None);
    }
    assert!(viewer.try_aside().is_none(), "neither there, nor to another that came up beside it");
    roster.expect_at(7, &[8]);
    roster.expect_nobody_at(7);
    assert_eq!(roster.lead(7, QUIET, typed + 2 * QUIET), None);
    assert!(viewer.try_aside().is_none(), "it has gone");
    roster.expect_at(7, &[8]);
    assert_eq!(roster.lead(7, QUIET, typed + 2 * QUIET), None);
    assert!(matches!(viewer.try_aside(), Some(Aside::Show(7))));
}

#[tokio::test]
async fn people_have_names_for_people() {
    let mut one = person(4);
    assert_eq!(one.called(), "viewer 4");
    let at = |address: &str| address.parse().expect("an address");
    one.peer = Peer::Tcp { remote: at("192.0.2.7:1"), local: at("192.0.2.1:5900") };
    assert_eq!(one.called(), "viewer 4", "where it is others do not learn");
    one.name = Some("anna".into());
    assert_eq!(one.called(), "anna");
    let words = [(true, true), (true, false), (false, true), (false, false)];
    let words = words.map(|(web_socket, tls)| Way { tls, web_socket, unix: false }.to_string());
    assert_eq!((words.join(" ").as_str(), WAY.to_string().as_str()), ("wss ws tls tcp", "unix"));
}

/// Two viewers and an admin, where one writes at a time, and where it is said who.
fn seated() -> (Arc<Roster>, [Presence; 3], [Seat; 3], DisplaySide) {
    let frame = Surface::new(Size::new(8, 16), Size::new(8, 16), 0).publish();
    let (display, side) = display(1, frame);
    let roster = Roster::new(Writers::One, vec![display]);
    let viewers = [1, 2, 3].map(Presence::new);
    let seats = [(1, Role::Write), (2, Role::Write), (3, Role::Admin)].map(|(number, role)| {
        let who = viewers[number as usize - 1].who();
        roster.seat(Person { role, ..person(number) }, who)
    });
    (roster, viewers, seats, side)
}

/// What is said next over the picture.
async fn said(side: &mut DisplaySide) -> String {
    match side.event(false).await {
        DisplayEvent::Asked(Question { ask: Ask::Note { said, .. }, .. }) => said,
        other => panic!("{other:?}"),
    }
}

fn writers(seats: &[Seat; 3]) -> [bool; 3] {
    [0, 1, 2].map(|at: usize| seats[at].may_write())
}

#[tokio::test(start_paused = true)]
async fn one_writes_and_everybody_hears_who() {
    let (roster, mut viewers, seats, mut side) = seated();
    assert_eq!(writers(&seats), [false; 3], "nobody by himself");
    let now = Instant::now();
    assert_eq!(seats[0].pass_the_pen(now), Ok(()));
    assert_eq!(said(&mut side).await, "viewer 1 writes now");
    assert_eq!(seats[1].pass_the_pen(now), Ok(()));
    assert_eq!(said(&mut side).await, "viewer 2 asks viewer 1, and writes in 5 s");
    assert_eq!((seats[0].writes_at(), seats[1].writes_at()), (None, Some(now + GRACE)));
    assert_eq!(writers(&seats), [true, false, false]);
    tokio::time::advance(GRACE).await;
    seats[1].settle(Instant::now());
    assert_eq!(said(&mut side).await, "viewer 2 writes now");
    assert_eq!(writers(&seats), [false, true, false]);
    assert!(matches!(viewers[0].try_aside(), Some(Aside::Yield)) && viewers[1].try_aside().is_none());
    assert_eq!(seats[1].writes_at(), None);

    // The admin asks, is denied, and then does not wait.
    assert_eq!(seats[2].pass_the_pen(Instant::now()), Ok(()));
    assert_eq!(seats[0].deny(Instant::now()), Err(Refusal::NotYours));
    assert_eq!(seats[1].deny(Instant::now()), Ok(()));
    assert_eq!(seats[1].deny(Instant::now()), Err(Refusal::NotAsked));
    assert_eq!(said(&mut side).await, "viewer 3 asks viewer 2, and writes in 5 s");
    assert_eq!(said(&mut side).await, "viewer 2 goes on writing");
    assert!(matches!(seats[2].take(false, Instant::now()), Err(Refusal::DeniedLately(_))));
    assert_eq!(seats[2].take(true, Instant::now()), Ok(()));
    assert_eq!((said(&mut side).await.as_str(), writers(&seats)), ("viewer 3 writes now", [false, false, true]));

    // Asking again is asking no longer; for an admin it is forcing.
    assert_eq!((seats[0].pass_the_pen(Instant::now()), roster.writing().asking.map(|(who, _)| who)), (Ok(()), Some(1)));
    assert_eq!((seats[0].pass_the_pen(Instant::now()), roster.writing().asking), (Ok(()), None));
    assert_eq!(seats[2].pass_the_pen(Instant::now()), Ok(()), "whoever writes releases");
    assert_eq!(writers(&seats), [false; 3]);
    assert_eq!(seats[0].take(false, Instant::now()), Ok(()));
    // Denied just now, it does not take that for an answer; else it asks first.
    assert_eq!((seats[2].pass_the_pen(Instant::now()), writers(&seats)), (Ok(()), [false, false, true]));
    assert_eq!((roster.let_write(1), seats[0].may_write()), (Ok(true), true));
    tokio::time::advance(DENIED).await;
    assert_eq!((seats[2].pass_the_pen(Instant::now()), writers(&seats)), (Ok(()), [true, false, false]));
    assert_eq!((seats[2].pass_the_pen(Instant::now()), writers(&seats)), (Ok(()), [false, false, true]));
}

#[tokio::test(start_paused = true)]
async fn who_looks_at_a_proxied_screen_is_told_himself_who_writes() {
    let frame = Surface::new(Size::new(8, 16), Size::new(8, 16), 0).publish();
    let (display, _side) = display_of(Kind::Graphics, 7, frame);
    let roster = Roster::new(Writers::One, vec![display]);
    let mut viewers = [1, 2].map(Presence::new);
    let seats = [(1, 7), (2, 1)]
        .map(|(number, display)| roster.seat(Person { display, ..person(number) }, viewers[number as usize - 1].who()));
    seats[1].take(false, Instant::now()).expect("nobody has it");
    seats[1].release(Instant::now()).expect("it writes");
    for line in ["viewer 2 writes now", "viewer 2 writes no longer  Ctrl-Alt-W to write"] {
        assert!(matches!(viewers[0].try_aside(), Some(Aside::Say(said)) if &*said == line));
    }
    assert!(!matches!(viewers[1].try_aside(), Some(Aside::Say(_))), "who looks elsewhere reads it there");
}

#[tokio::test(start_paused = true)]
async fn where_the_one_who_writes_leaves_nobody_does() {
    let (roster, mut viewers, [one, other, admin], mut side) = seated();
    one.take(false, Instant::now()).expect("nobody has it");
    assert_eq!(said(&mut side).await, "viewer 1 writes now");
    let mut changes = roster.follow();
    drop(one);
    assert_eq!(said(&mut side).await, "viewer 1 writes no longer");
    assert!(changes.has_changed().expect("open") && roster.writing().writer.is_none() && !other.may_write());
    changes.mark_unchanged();
    // Whoever runs the server lets one write, or nobody.
    assert_eq!((roster.let_write(2), roster.let_write(9)), (Ok(true), Ok(false)));
    assert!(other.may_write() && !admin.may_write());
    assert_eq!((roster.let_nobody_write(), roster.let_nobody_write()), (true, false));
    assert!(!other.may_write() && matches!(viewers[1].try_aside(), Some(Aside::Yield)));
}

#[tokio::test]
async fn it_is_said_why_one_does_not_write_and_who_is_there() {
    let (roster, _viewers, seats, _side) = seated();
    assert_eq!(seats[0].why_not(), "nobody writes: Ctrl-Alt-W to be the one who does");
    assert_eq!(seats[0].presence(), "3 here, nobody writes: you, viewer 2, viewer 3");
    seats[1].take(false, Instant::now()).expect("nobody has it");
    assert_eq!(seats[0].why_not(), "viewer 2 writes, and you watch: Ctrl-Alt-W asks");
    assert_eq!(seats[0].presence(), "3 here, viewer 2 writes: you, viewer 3");
    assert_eq!(seats[1].presence(), "3 here, you write: viewer 1, viewer 3");
    let watcher = Presence::new(4);
    let seat = roster.seat(Person { role: Role::View, ..person(4) }, watcher.who());
    assert_eq!(seat.why_not(), "you may only watch here");
    assert_eq!(seats[1].presence(), "4 here, you write: viewer 1, viewer 3, viewer 4 (watches)");
    let guest = roster.seat(Person { display: 2, confined: true, ..person(5) }, watcher.who());
    assert_eq!(guest.presence(), "1 here, somebody else writes: you", "those on other consoles are not its business");
    guest.looks_at(1);
    assert_eq!(guest.presence(), "5 here, viewer 2 writes: viewer 1, viewer 3, viewer 4 (watches), you");
    let all = Roster::new(Writers::All, Vec::new());
    let viewer = Presence::new(1);
    let many: Vec<Seat> = (1..=30).map(|number| all.seat(person(number), viewer.who())).collect();
    let line = many[0].presence();
    assert!(line.starts_with("30 here: you, viewer 2, ") && line.ends_with(", viewer 20, 10 more"), "{line}");
    assert_eq!(line.split(", ").count(), super::super::seat::MAX_NAMES + 1);
    let long = Person { name: Some("x".repeat(300).into()), ..person(1) };
    assert_eq!(long.called().len(), MAX_NAME);
}
