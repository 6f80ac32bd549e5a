//! Several people at one guest: who is there, and what is done with them.

use std::time::Duration;

use tokio::time::Instant;

use super::own_viewer::{Guest, Viewer, display, serve, within};
use vncterm::access::Role;
use vncterm::access::pen::{GRACE, Writers};
use vncterm::input::Keysym;
use vncterm::net::listen::Peer;
use vncterm::run::Running;
use vncterm::server::roster::Writing;

/// Waits until it is so.
async fn until_they(running: &Running, so: impl Fn(Writing) -> bool) {
    within(async {
        while !so(running.server().roster().writing()) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Ctrl-Alt and a letter.
fn chord(viewer: &mut Viewer, letter: char) {
    viewer.press(&[Keysym::CONTROL_L, Keysym::ALT_L, Keysym(letter.into())]);
    viewer.write();
}

#[tokio::test]
async fn it_is_known_who_is_there_and_what_they_look_at() {
    let (one, two) = (Guest::new(), Guest::new());
    let running = serve(&[&one, &two], |_| {}).await;
    let roster = running.server().roster();
    let (mut first, mut second) = (Viewer::join(&running).await, Viewer::join(&running).await);
    let people = roster.people();
    assert_eq!(people.len(), 2);
    assert!(people[0].number > 0 && people[0].number < people[1].number);
    assert_eq!((people[0].peer, people[0].way.to_string().as_str()), (Peer::Unix, "unix"));
    assert_eq!((people[0].role, people[0].name.clone(), people[0].display), (Role::Write, None, 1));

    // Else both look the same.
    two.print(b"there").await;
    first.switch(2);
    first.until_it_shows(&display(&running, 2)).await;
    assert_eq!(roster.people().iter().map(|person| person.display).collect::<Vec<_>>(), [2, 1]);
    // Whoever runs the server turns one of them, then all.
    assert_eq!(roster.show(Some(people[1].number), 2), 1);
    second.until_it_shows(&display(&running, 2)).await;
    assert_eq!(roster.show(None, 1), 2);
    first.until_it_shows(&display(&running, 1)).await;
    second.until_it_shows(&display(&running, 1)).await;
    within(running.stop()).await;
}

#[tokio::test]
async fn before_whom_nobody_sits_is_sent_away_and_the_others_stay() {
    let guest = Guest::new();
    let timeout = Duration::from_secs(600);
    let running = serve(&[&guest], |config| config.idle_timeout = Some(timeout)).await;
    let (mut idle, mut busy) = (Viewer::join(&running).await, Viewer::join(&running).await);
    // From here on nothing is waited for that takes the kernel time of its own.
    tokio::time::pause();
    for key in ['a', 'b', 'c'] {
        tokio::time::advance(timeout / 2).await;
        busy.press(&[Keysym(key.into())]);
        busy.write();
        let idle = || running.server().roster().idle(Instant::now()).last().map_or(timeout, |(_, idle)| *idle);
        while idle() >= timeout / 2 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(running.viewers(), 1);
    tokio::time::resume();
    within(async { while idle.wait_and_read(1024).await.is_ok() {} }).await;
    within(running.stop()).await;
}

#[tokio::test]
async fn one_who_is_sent_away_goes_and_the_others_stay() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let (server, display) = (running.server(), display(&running, 1));
    let (mut first, mut second) = (Viewer::join(&running).await, Viewer::join(&running).await);
    let number = server.roster().people()[0].number;
    assert!(server.send_away(number, "maintenance"));
    assert!(!server.send_away(number, "maintenance"), "it has gone");
    within(async { while first.wait_and_read(1 << 16).await.is_ok() {} }).await;
    guest.print(b"still here").await;
    second.until_it_shows(&display).await;
    within(async {
        while server.roster().people().len() > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(server.roster().person(number).is_none());
    within(running.stop()).await;
}

#[tokio::test]
async fn one_writes_and_the_others_watch_until_it_is_their_turn() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| config.writers = Writers::One).await;
    let (mut one, mut two) = (Viewer::join(&running).await, Viewer::join(&running).await);
    let numbers: Vec<u64> = running.server().roster().people().iter().map(|person| person.number).collect();
    one.type_text("nobody writes");
    chord(&mut one, 'w');
    until_they(&running, |now| now.writer == Some(numbers[0])).await;
    two.type_text("another writes");
    one.type_text("a");
    assert_eq!(guest.read_some().await, b"a");

    chord(&mut two, 'w');
    until_they(&running, |now| now.asking.is_some_and(|(who, _)| who == numbers[1])).await;
    chord(&mut one, 'n');
    until_they(&running, |now| now.asking.is_none()).await;
    two.type_text("denied");
    one.type_text("b");
    assert_eq!(guest.read_some().await, b"b");

    chord(&mut one, 'w');
    until_they(&running, |now| now.writer.is_none()).await;
    one.type_text("nobody writes");
    chord(&mut two, 'w');
    until_they(&running, |now| now.writer == Some(numbers[1])).await;
    one.type_text("another writes");
    two.type_text("c");
    assert_eq!(guest.read_some().await, b"c");

    // Whoever leaves writes no longer, and nobody in its place.
    drop(two);
    until_they(&running, |now| now.writer.is_none()).await;
    one.type_text("not by itself");
    chord(&mut one, 'w');
    until_they(&running, |now| now.writer == Some(numbers[0])).await;
    one.type_text("d");
    assert_eq!(guest.read_some().await, b"d");
    within(running.stop()).await;
}

#[tokio::test(start_paused = true)]
async fn who_asks_and_is_not_answered_writes_in_five_seconds() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| config.writers = Writers::One).await;
    let (mut one, mut two) = (Viewer::join(&running).await, Viewer::join(&running).await);
    let numbers: Vec<u64> = running.server().roster().people().iter().map(|person| person.number).collect();
    chord(&mut one, 'w');
    until_they(&running, |now| now.writer == Some(numbers[0])).await;
    chord(&mut two, 'w');
    until_they(&running, |now| now.asking.is_some_and(|(who, _)| who == numbers[1])).await;
    tokio::time::advance(GRACE).await;
    until_they(&running, |now| now.writer == Some(numbers[1]) && now.asking.is_none()).await;
    within(running.stop()).await;
}

#[tokio::test]
async fn who_is_there_is_said_to_the_one_who_asks() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let display = display(&running, 1);
    let (mut one, mut two) = (Viewer::join(&running).await, Viewer::join(&running).await);
    one.until_it_shows(&display).await;
    two.until_it_shows(&display).await;
    let live = display.peek().frame;
    chord(&mut one, 'o');
    one.until(|viewer| !viewer.shows_as(&live, |pixel| pixel)).await;
    assert_eq!(two.read(1 << 16).expect("the server stays"), 0, "not a byte");
    one.type_text("x");
    one.until_it_shows(&display).await;
    assert_eq!(guest.read_some().await, b"x");
    // Where all write, the keys of taking turns are the guest's.
    chord(&mut one, 'w');
    assert_eq!(guest.read_some().await, b"\x1b\x17");
    within(running.stop()).await;
}
