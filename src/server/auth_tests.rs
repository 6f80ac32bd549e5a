//! Attempts at the gate, on a paused clock.

use super::*;
use crate::access::passwords::Passwords;
use crate::access::throttle::{BURST, FREE_FAILURES};
use crate::rfb::handshake::vnc_auth::Answer;

fn gate() -> Gate {
    let passwords = Passwords::parse(b"full\nview\n").expect("two passwords");
    Gate::new(Security { methods: vec![Method::VncAuth], passwords: Some(passwords), ..Security::open() }, None)
}

fn far(last: u8) -> Peer {
    let at = |last| std::net::SocketAddr::from(([192, 0, 2, last], 1));
    Peer::Tcp { remote: at(last), local: at(99) }
}

fn answer(password: &str) -> Credentials {
    Credentials::VncAuth(Answer::to(&[7; CHALLENGE], password.as_bytes()))
}

#[tokio::test(start_paused = true)]
async fn each_password_has_its_role_and_a_right_one_is_answered_at_once() {
    let (gate, begun) = (gate(), Instant::now());
    assert_eq!(gate.judge(Peer::Unix, answer("full")).await, Ok(Pass { role: Role::Write, name: None }));
    assert_eq!(gate.judge(far(1), answer("view")).await, Ok(Pass { role: Role::View, name: None }));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(gate.judge(far(1), answer("Full")).await, Err(Denied::Wrong));
    assert_eq!(begun.elapsed(), WRONG_AFTER);
    let plain = Credentials::Plain { user: "full".into(), password: crate::access::Secret::new(b"full".to_vec()) };
    assert_eq!(gate.judge(far(1), plain).await, Err(Denied::Wrong), "no user");
}

#[tokio::test(start_paused = true)]
async fn who_guesses_from_afar_is_refused_and_nobody_else() {
    let gate = gate();
    for _ in 0..FREE_FAILURES {
        assert_eq!(gate.judge(far(1), answer("wrong")).await, Err(Denied::Wrong));
    }
    let denied = gate.judge(far(1), answer("full")).await.expect_err("not looked at");
    assert_eq!(denied.to_string(), "Too many attempts failed; try again in 10 s");
    for other in [far(2), Peer::Unix] {
        assert!(gate.judge(other, answer("full")).await.is_ok());
    }
    tokio::time::advance(Duration::from_secs(10)).await;
    assert!(gate.judge(far(1), answer("full")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn guessing_nearby_slows_those_who_guess_and_lets_the_right_one_in() {
    let (gate, begun) = (gate(), Instant::now());
    let guesses = (0..BURST).map(|_| gate.judge(Peer::Unix, answer("wrong")));
    let guesses: Vec<_> = guesses.map(Box::pin).collect();
    for guess in guesses {
        assert_eq!(guess.await, Err(Denied::Wrong));
    }
    assert!(gate.judge(Peer::Unix, answer("full")).await.is_ok());
    assert!(begun.elapsed() <= WRONG_AFTER * BURST);
    // Those who hang up before they are answered have tried.
    for _ in 0..BURST {
        let guess = gate.judge(Peer::Unix, answer("wrong"));
        assert!(tokio::time::timeout(Duration::from_millis(1), guess).await.is_err());
    }
    let begun = Instant::now();
    assert!(gate.judge(Peer::Unix, answer("full")).await.is_ok());
    assert!(begun.elapsed() > Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_crowd_that_knows_the_password_comes_in_at_once() {
    // Timers count in milliseconds: between two, one that is due already would still be waited for.
    tokio::time::advance(Duration::from_micros(500)).await;
    let (gate, begun) = (std::sync::Arc::new(gate()), Instant::now());
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let gate = std::sync::Arc::clone(&gate);
        crowd.spawn(async move { gate.judge(Peer::Unix, answer("full")).await });
    }
    for passed in crowd.join_all().await {
        assert!(passed.is_ok());
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[test]
fn every_connection_has_a_challenge_of_its_own() {
    let gate = gate();
    let challenge = || match gate.offer(Transport::Local) {
        SecurityPolicy::Offer(offer) => offer.challenge,
        SecurityPolicy::Refuse(reason) => panic!("{reason}"),
    };
    assert_ne!(challenge(), challenge());
}
