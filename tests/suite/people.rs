//! Several people at one guest: who is there, and what is done with them.

use super::own_viewer::{Guest, Viewer, display, serve, within};
use vncterm::access::Role;
use vncterm::net::listen::Peer;

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

    first.switch(2);
    first.until_it_shows(&display(&running, 2)).await;
    assert_eq!(roster.people().iter().map(|person| person.display).collect::<Vec<_>>(), [2, 1]);
    // Whoever runs the server turns one of them, then all.
    assert_eq!(roster.show(Some(people[1].number), 2), 1);
    second.until_it_shows(&display(&running, 2)).await;
    assert_eq!(roster.show(None, 1), 2);
    one.print(b"here").await;
    first.until_it_shows(&display(&running, 1)).await;
    second.until_it_shows(&display(&running, 1)).await;
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
