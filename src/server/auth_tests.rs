//! Attempts at the gate, on a paused clock.

use super::*;
use crate::access::passwords::Passwords;
use crate::access::security::{Means, Tls};
use crate::access::throttle::{BURST, CROWD_DELAY, FREE_FAILURES, LONGEST_WAIT};
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
    let gate = gate();
    let mut guesses: Vec<_> = (0..BURST + 2).map(|_| Box::pin(judge(&gate, Peer::Unix, answer("wrong")))).collect();
    for guess in &mut guesses {
        assert!(tokio::time::timeout(Duration::ZERO, guess).await.is_err());
    }
    let begun = Instant::now();
    assert!(judge(&gate, Peer::Unix, answer("full")).await.is_ok());
    assert_eq!(begun.elapsed(), Duration::ZERO);
    // Those who hang up before they are answered, 18 a second and for a minute, slow down each other.
    for second in 0..60 {
        for _ in 0..18 {
            let guess = judge(&gate, Peer::Unix, answer("wrong"));
            assert!(tokio::time::timeout(Duration::ZERO, guess).await.is_err());
        }
        let came = Instant::now();
        assert!(judge(&gate, Peer::Unix, answer("full")).await.is_ok(), "in second {second}");
        assert!(came.elapsed() <= CROWD_DELAY);
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    let begun = Instant::now();
    assert_eq!(judge(&gate, Peer::Unix, answer("wrong")).await, Err(Denied::Wrong));
    assert!((LONGEST_WAIT / 2..=LONGEST_WAIT).contains(&begun.elapsed()));
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
    assert_eq!(gate.redeem(bare, find).await, role(Role::Admin));
    assert_eq!(gate.redeem(bare, find).await, Err(Denied::Token), "again");
    assert_eq!(gate.redeem(&mint(Role::View, "hvc0"), find).await, Err(Denied::Token), "no such console");
    let other = Gate::new(gate.access().security.clone(), None, "db2");
    assert_eq!(other.redeem(&mint(Role::View, ""), find).await, Err(Denied::Token), "of another guest");
    let without = Gate::new(Security::open(), None, "db1");
    let grant = Grant { role: Role::View, console: None };
    assert_eq!(without.mint(&grant, Duration::from_secs(60)), Err(NoToken::NoKey));
}

#[tokio::test(start_paused = true)]
async fn stale_tokens_keep_nobody_out_and_are_answered_late() {
    let gate = gate();
    let grant = Grant { role: Role::View, console: None };
    for peer in [far(1), Peer::Unix] {
        let begun = Instant::now();
        let mut stale: Vec<_> =
            (0..50).map(|_| Box::pin(judge(&gate, peer, plain("", "vncterm.token.stale")))).collect();
        for stale in &mut stale {
            assert!(tokio::time::timeout(Duration::ZERO, stale).await.is_err());
        }
        let token = gate.mint(&grant, Duration::from_secs(60)).expect("a token");
        assert_eq!(judge(&gate, peer, plain("", &token)).await, role(Role::View));
        assert_eq!(judge(&gate, peer, answer("full")).await, role(Role::Write));
        assert_eq!(begun.elapsed(), Duration::ZERO);
        for stale in stale {
            assert_eq!(stale.await, Err(Denied::Token));
        }
        assert_eq!(begun.elapsed(), WRONG_AFTER);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_of_a_clock_that_is_ahead_is_waited_for() {
    let gate = gate();
    let panel = Tokens::new(&TokenKey::parse(&[b'k'; 32]).expect("a key"), "db1", 0);
    let ahead = |by| {
        let grant = Grant { role: Role::View, console: None };
        panel.mint(&grant, Duration::from_secs(60), now_ms() + by, [7; token::NONCE]).expect("a token")
    };
    let (begun, soon) = (Instant::now(), ahead(4_000));
    assert_eq!(gate.redeem(&soon, find).await, role(Role::View));
    assert!((3..=4).contains(&begun.elapsed().as_secs()));
    assert_eq!(gate.redeem(&soon, find).await, Err(Denied::Token), "and is good once");
    assert_eq!(gate.redeem(&ahead(60_000), find).await, Err(Denied::Token));
}

#[tokio::test(start_paused = true)]
async fn what_others_have_read_on_the_way_is_not_looked_at_where_there_is_tls() {
    let [certificate, key] =
        [&include_bytes!("../../tests/tls/server.pem")[..], include_bytes!("../../tests/tls/server.key")];
    let acceptor = Acceptor::new(certificate, key, None).expect("a certificate");
    let tls = Gate::new(gate().access().security.clone(), Some(acceptor), "db1");
    let token = || tls.mint(&Grant { role: Role::View, console: None }, Duration::from_secs(60)).expect("a token");
    let seen = token();
    let denied = tls.redeem_carried(far(1), Transport::WebSocket, &seen, find).await.expect_err("in clear");
    assert!(denied.to_string().ends_with("open this page with https://"));
    assert_eq!(
        tls.redeem_carried(far(1), Transport::Encrypted, &seen, find).await,
        role(Role::View),
        "it was not used"
    );
    for near in [
        Peer::Unix,
        Peer::Tcp { remote: "127.0.0.1:1".parse().expect("near"), local: "127.0.0.1:2".parse().expect("near") },
    ] {
        assert_eq!(tls.redeem_carried(near, Transport::WebSocket, &token(), find).await, role(Role::View), "a proxy's");
    }
    let clear = gate();
    let token = clear.mint(&Grant { role: Role::View, console: None }, Duration::from_secs(60)).expect("a token");
    assert_eq!(clear.redeem_carried(far(1), Transport::WebSocket, &token, find).await, role(Role::View));
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
    assert_eq!(gate.redeem(&used, find).await, role(Role::View));
    let means = |password: &[u8], key: u8| Means {
        passwords: Passwords::parse(password).ok(),
        token_key: TokenKey::parse(&[key; 32]).ok(),
        ..Means::default()
    };
    let policy = |means| Security::new(None, means).expect("a policy");
    assert_eq!(gate.change(policy(means(b"other", b'K')), None), Ok(()));
    assert_eq!(judge(&gate, Peer::Unix, answer("other")).await, role(Role::Write));
    assert_eq!(judge(&gate, Peer::Unix, answer("full")).await, Err(Denied::Wrong));
    assert_eq!(gate.redeem(&old, find).await, Err(Denied::Token), "of the key before");
    assert_eq!(gate.redeem(&token(&gate), find).await, role(Role::View));
    assert_eq!(gate.change(policy(means(b"third", b'k')), None), Ok(()));
    assert_eq!(gate.redeem(&used, find).await, Err(Denied::Token), "with the old key, and used");
    for other in [Security::open(), policy(Means { token_key: None, ..means(b"full", b'k') })] {
        assert_eq!(gate.change(other, None), Err(NotChanged));
    }
    assert_eq!(judge(&gate, Peer::Unix, answer("third")).await, role(Role::Write), "all is as it was");
}
