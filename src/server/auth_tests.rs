//! Attempts at the gate, on a paused clock.

use super::*;
use crate::access::passwords::Passwords;
use crate::access::security::{Means, Tls};
use crate::access::throttle::{BURST, FREE_FAILURES};
use crate::access::token::TokenKey;
use crate::access::users::tests::users;
use crate::rfb::handshake::vnc_auth::Answer;

/// A gate for passwords, users and tokens.
fn gate() -> Gate {
    let means = Means {
        passwords: Passwords::parse(b"full\nview\n").ok(),
        users: Some(Arc::new(users())),
        token_key: TokenKey::parse(&[b'k'; 32]).ok(),
        tls: Tls::Absent,
    };
    Gate::new(Security::new(None, means).expect("a policy"), None, "db1")
}

/// What somebody shows is worth, where there is one console, `uart`.
async fn judge(gate: &Gate, peer: Peer, credentials: Credentials) -> Result<Pass, Denied> {
    gate.judge(peer, credentials, find).await
}

fn find(console: &str) -> Option<VtNumber> {
    VtNumber::new(2).filter(|_| console == "uart")
}

fn plain(user: &str, password: &str) -> Credentials {
    Credentials::Plain { user: user.into(), password: Secret::new(password.into()) }
}

fn role(role: Role) -> Result<Pass, Denied> {
    Ok(Pass { role, only: None, name: None })
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
    assert_eq!(judge(&gate, Peer::Unix, answer("full")).await, role(Role::Write));
    assert_eq!(judge(&gate, far(1), answer("view")).await, role(Role::View));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(judge(&gate, far(1), answer("Full")).await, Err(Denied::Wrong));
    assert_eq!(begun.elapsed(), WRONG_AFTER);
}

#[tokio::test(start_paused = true)]
async fn who_guesses_from_afar_is_refused_and_nobody_else() {
    let gate = gate();
    for _ in 0..FREE_FAILURES {
        assert_eq!(judge(&gate, far(1), answer("wrong")).await, Err(Denied::Wrong));
    }
    let denied = judge(&gate, far(1), answer("full")).await.expect_err("not looked at");
    assert_eq!(denied.to_string(), "Too many attempts failed; try again in 10 s");
    for other in [far(2), Peer::Unix] {
        assert!(judge(&gate, other, answer("full")).await.is_ok());
    }
    tokio::time::advance(Duration::from_secs(10)).await;
    assert!(judge(&gate, far(1), answer("full")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn guessing_nearby_slows_those_who_guess_and_lets_the_right_one_in() {
    let (gate, begun) = (gate(), Instant::now());
    let guesses = (0..BURST).map(|_| judge(&gate, Peer::Unix, answer("wrong")));
    let guesses: Vec<_> = guesses.map(Box::pin).collect();
    for guess in guesses {
        assert_eq!(guess.await, Err(Denied::Wrong));
    }
    assert!(judge(&gate, Peer::Unix, answer("full")).await.is_ok());
    assert!(begun.elapsed() <= WRONG_AFTER * BURST);
    // Those who hang up before they are answered have tried.
    for _ in 0..BURST {
        let guess = judge(&gate, Peer::Unix, answer("wrong"));
        assert!(tokio::time::timeout(Duration::from_millis(1), guess).await.is_err());
    }
    let begun = Instant::now();
    assert!(judge(&gate, Peer::Unix, answer("full")).await.is_ok());
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
        crowd.spawn(async move { judge(&gate, Peer::Unix, answer("full")).await });
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

#[tokio::test]
async fn a_user_comes_in_with_his_password_and_his_name() {
    let gate = gate();
    for role in Role::ALL {
        let pass = judge(&gate, far(1), plain(role.name(), role.name())).await.expect("his password");
        assert_eq!((pass.role, pass.only, pass.name.as_deref()), (role, None, Some(role.name())));
    }
    let at_once = futures(4, || judge(&gate, Peer::Unix, plain("view", "view"))).await;
    assert!(at_once.iter().all(Result::is_ok) && gate.hashes.available_permits() == HASHES_AT_ONCE);
}

/// So many of it at the same time.
async fn futures<T>(count: usize, make: impl Fn() -> T) -> Vec<T::Output>
where
    T: Future,
{
    let mut waiting: Vec<_> = (0..count).map(|_| Box::pin(make())).collect();
    let mut ended = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                ended.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    ended
}

#[tokio::test]
async fn no_more_hashes_are_made_at_once_than_so_many() {
    let gate = gate();
    let permits: Vec<_> = (0..HASHES_AT_ONCE).map(|_| Arc::clone(&gate.hashes).try_acquire_owned()).collect();
    assert!(permits.iter().all(Result::is_ok));
    let mut waits = Box::pin(judge(&gate, Peer::Unix, plain("view", "view")));
    let waiting = tokio::time::timeout(Duration::from_millis(1), &mut waits).await;
    assert!(waiting.is_err());
    drop(permits);
    assert!(waits.await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn who_is_nobody_is_told_no_more_than_who_is_wrong() {
    let gate = gate();
    for (user, password) in [("view", "wrong"), ("nobody", "view"), ("", ""), ("view", "vncterm.token.")] {
        let expected = if password.starts_with(token::PREFIX) { Denied::Token } else { Denied::Wrong };
        let begun = Instant::now();
        assert_eq!(judge(&gate, Peer::Unix, plain(user, password)).await, Err(expected), "{user}");
        assert!(begun.elapsed() >= WRONG_AFTER);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_lets_in_once_where_it_says() {
    let gate = gate();
    let mint = |role, console: &str| {
        let grant = Grant { role, console: Some(console.to_owned()).filter(|console| !console.is_empty()) };
        gate.mint(&grant, Duration::from_secs(60)).expect("a token")
    };
    let token = mint(Role::View, "uart");
    let seen = Pass { role: Role::View, only: VtNumber::new(2), name: None };
    assert_eq!(judge(&gate, far(1), plain("whoever", &token)).await, Ok(seen));
    assert_eq!(judge(&gate, far(1), plain("whoever", &token)).await, Err(Denied::Token), "again");
    let bare = mint(Role::Admin, "");
    let bare = bare.strip_prefix(token::PREFIX).expect("begins so");
    assert_eq!(gate.redeem(far(1), bare, find).await, role(Role::Admin));
    assert_eq!(gate.redeem(far(1), bare, find).await, Err(Denied::Token), "again");
    assert_eq!(gate.redeem(far(1), &mint(Role::View, "hvc0"), find).await, Err(Denied::Token), "no such console");
    let other = Gate::new(gate.access().security.clone(), None, "db2");
    assert_eq!(other.redeem(far(1), &mint(Role::View, ""), find).await, Err(Denied::Token), "of another guest");
    let without = Gate::new(Security::open(), None, "db1");
    let grant = Grant { role: Role::View, console: None };
    assert_eq!(without.mint(&grant, Duration::from_secs(60)), Err(NoToken::NoKey));
}

#[test]
fn a_token_is_the_same_wherever_it_stands() {
    assert_eq!(token::PREFIX, crate::net::websocket::handshake::TOKEN_PREFIX);
}

#[test]
fn where_nobody_can_come_in_the_reason_is_said() {
    let means = Means { users: Some(Arc::new(users())), ..Means::default() };
    let gate = Gate::new(Security::new(None, means).expect("a policy"), None, "db1");
    let offered = |transport| match gate.offer(transport) {
        SecurityPolicy::Offer(offer) => Ok(offer.methods.to_vec()),
        SecurityPolicy::Refuse(reason) => Err(reason),
    };
    assert_eq!(offered(Transport::Local), Ok(vec![Method::Plain]));
    assert_eq!(offered(Transport::LocalWebSocket), Ok(vec![Method::Plain]));
    for transport in [Transport::Clear, Transport::WebSocket] {
        assert!(offered(transport).expect_err("nothing").starts_with("Nobody comes in here"));
    }
}

#[tokio::test]
async fn what_is_asked_for_may_change_and_not_whether() {
    let gate = gate();
    let token =
        |gate: &Gate| gate.mint(&Grant { role: Role::View, console: None }, Duration::from_secs(60)).expect("a token");
    let (used, old) = (token(&gate), token(&gate));
    assert_eq!(gate.redeem(Peer::Unix, &used, find).await, role(Role::View));
    let means = |password: &[u8], key: u8| Means {
        passwords: Passwords::parse(password).ok(),
        token_key: TokenKey::parse(&[key; 32]).ok(),
        ..Means::default()
    };
    let policy = |means| Security::new(None, means).expect("a policy");
    assert_eq!(gate.change(policy(means(b"other", b'K')), None), Ok(()));
    assert_eq!(judge(&gate, Peer::Unix, answer("other")).await, role(Role::Write));
    assert_eq!(judge(&gate, Peer::Unix, answer("full")).await, Err(Denied::Wrong));
    assert_eq!(gate.redeem(Peer::Unix, &old, find).await, Err(Denied::Token), "of the key before");
    assert_eq!(gate.redeem(Peer::Unix, &token(&gate), find).await, role(Role::View));
    assert_eq!(gate.change(policy(means(b"third", b'k')), None), Ok(()));
    assert_eq!(gate.redeem(Peer::Unix, &used, find).await, Err(Denied::Token), "with the old key, and used");
    for other in [Security::open(), policy(Means { token_key: None, ..means(b"full", b'k') })] {
        assert_eq!(gate.change(other, None), Err(NotChanged));
    }
    assert_eq!(judge(&gate, Peer::Unix, answer("third")).await, role(Role::Write), "all is as it was");
}
