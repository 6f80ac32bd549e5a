//! Attempts at passwords, on a clock that stands still until it is moved.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn far(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([192, 0, 2, last]))
}

/// Tries and fails; whether it was judged, and when.
fn fail(throttle: &mut Throttle, source: Option<IpAddr>, what: Credential<'_>, now: Instant) -> Turn {
    let (_, turn) = throttle.turn(source, what, now);
    if matches!(turn, Turn::At(_)) {
        throttle.wrong(now);
    }
    turn
}

#[test]
fn from_afar_five_failures_are_free_and_refusals_double() {
    let (mut throttle, mut now) = (Throttle::default(), Instant::now());
    for _ in 0..FREE_FAILURES {
        assert_eq!(fail(&mut throttle, far(1), Credential::VncPassword, now), Turn::At(now));
        now += SECOND;
    }
    now -= SECOND;
    for seconds in [10, 20, 40, 80, 160, 300, 300] {
        let refusal = Duration::from_secs(seconds);
        assert_eq!(fail(&mut throttle, far(1), Credential::VncPassword, now), Turn::Refused(refusal));
        assert_eq!(
            fail(&mut throttle, far(2), Credential::VncPassword, now + SECOND),
            Turn::At(now + SECOND),
            "another"
        );
        throttle = Throttle {
            entries: throttle.entries.into_iter().filter(|(key, _)| key.source == far(1)).collect(),
            ..throttle
        };
        now += refusal;
        assert_eq!(fail(&mut throttle, far(1), Credential::VncPassword, now), Turn::At(now));
    }
}

#[test]
fn many_at_once_are_no_way_around_it() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    let judged = (0..50).filter(|_| matches!(throttle.turn(far(1), Credential::User("root"), now).1, Turn::At(_)));
    assert_eq!(judged.count(), FREE_FAILURES as usize);
}

#[test]
fn one_user_under_attack_does_not_lock_out_the_others_behind_the_address() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    for _ in 0..FREE_FAILURES {
        fail(&mut throttle, far(1), Credential::User("anna"), now);
    }
    assert!(matches!(fail(&mut throttle, far(1), Credential::User("anna"), now), Turn::Refused(_)));
    assert_eq!(throttle.turn(far(1), Credential::User("berta"), now).1, Turn::At(now));
    assert_eq!(throttle.turn(far(2), Credential::User("anna"), now).1, Turn::At(now), "nor anna elsewhere");
}

#[test]
fn where_somebody_has_come_in_nobody_is_refused() {
    let (mut throttle, mut now) = (Throttle::default(), Instant::now());
    let (attempt, _) = throttle.turn(far(1), Credential::VncPassword, now);
    throttle.right(attempt, now);
    for _ in 0..BURST + 4 {
        assert!(matches!(fail(&mut throttle, far(1), Credential::VncPassword, now), Turn::At(_)));
    }
    // Only slower, until what was wrong has been worked off.
    assert_eq!(throttle.turn(far(1), Credential::VncPassword, now).1, Turn::At(now + PACE * 5));
    now += SECOND * 30;
    assert_eq!(throttle.turn(far(1), Credential::VncPassword, now).1, Turn::At(now));
}

#[test]
fn a_success_clears_what_failed_before() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    for _ in 1..FREE_FAILURES {
        fail(&mut throttle, far(1), Credential::VncPassword, now);
    }
    let (attempt, turn) = throttle.turn(far(1), Credential::VncPassword, now);
    assert_eq!(turn, Turn::At(now), "the last free one");
    throttle.right(attempt, now);
    assert_eq!(throttle.turn(far(1), Credential::VncPassword, now).1, Turn::At(now));
}

#[test]
fn nearby_nobody_is_refused_and_what_is_right_does_not_count() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    for _ in 0..1000 {
        let (attempt, turn) = throttle.turn(None, Credential::VncPassword, now);
        assert_eq!(turn, Turn::At(now));
        throttle.right(attempt, now);
    }
    for number in 0..BURST + 16 {
        let due = now + PACE * number.saturating_sub(BURST - 1);
        let turn = throttle.turn(None, Credential::VncPassword, now).1;
        assert_eq!(turn, Turn::At(due), "number {number}");
    }
    // Nobody's turn comes when the handshake is over; and other users have their own.
    assert_eq!(throttle.turn(None, Credential::VncPassword, now).1, Turn::Refused(PACE));
    assert_eq!(throttle.turn(None, Credential::User("anna"), now).1, Turn::At(now));
    assert_eq!(throttle.turn(None, Credential::VncPassword, now + PACE).1, Turn::At(now + PACE + LONGEST_WAIT));
}

#[test]
fn one_address_that_tries_many_names_is_slowed_down() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    let turns: Vec<Turn> =
        (0..40).map(|number| throttle.turn(far(1), Credential::User(&number.to_string()), now).1).collect();
    assert_eq!(turns[9], Turn::At(now));
    assert_eq!(turns[10], Turn::At(now + PACE));
    assert!(matches!(turns[39], Turn::Refused(_)));
}

#[test]
fn when_much_fails_everybody_waits_a_second() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    for last in 0..CROWD as u8 {
        assert_eq!(fail(&mut throttle, far(last), Credential::VncPassword, now), Turn::At(now));
    }
    assert_eq!(throttle.turn(far(200), Credential::VncPassword, now).1, Turn::At(now + CROWD_DELAY));
    let later = now + SECOND;
    assert_eq!(throttle.turn(far(201), Credential::VncPassword, later).1, Turn::At(later));
}

#[test]
fn what_is_remembered_is_bounded_and_forgotten() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    for number in 0..MAX_ENTRIES as u32 {
        let source = IpAddr::from((0x0a00_0000 + number).to_be_bytes());
        throttle.turn(Some(source), Credential::VncPassword, now + Duration::from_micros(number.into()));
    }
    assert_eq!(throttle.entries.len(), MAX_ENTRIES);
    for _ in 0..=FREE_FAILURES {
        throttle.turn(far(1), Credential::VncPassword, now + SECOND);
    }
    assert_eq!(throttle.entries.len(), MAX_ENTRIES);
    assert!(matches!(throttle.turn(far(1), Credential::VncPassword, now + SECOND).1, Turn::Refused(_)));
    let later = now + SECOND + FORGOTTEN;
    assert_eq!(throttle.turn(far(1), Credential::VncPassword, later).1, Turn::At(later));
}

#[test]
fn an_address_of_ipv6_is_its_network() {
    let at = |text: &str| text.parse::<IpAddr>().expect(text);
    assert_eq!(network(at("2001:db8:1:2:3::9")), network(at("2001:db8:1:2::1")));
    assert_ne!(network(at("2001:db8:1:2::1")), network(at("2001:db8:1:3::1")));
    assert_eq!(network(at("::ffff:192.0.2.1")), at("192.0.2.1"));
}
