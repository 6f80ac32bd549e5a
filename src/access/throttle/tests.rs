//! Attempts at passwords, on a clock that stands still until it is moved.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn far(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([192, 0, 2, last]))
}

/// Tries and fails; whether it was judged, and when.
fn fail(throttle: &mut Throttle, source: Option<IpAddr>, what: Credential<'_>, now: Instant) -> Turn {
    let (attempt, turn) = throttle.turn(source, what, now);
    if matches!(turn, Turn::At(_)) {
        throttle.wrong(attempt, now);
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
            entries: throttle.entries.into_iter().filter(|(key, _)| Some(key.source) == far(1)).collect(),
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
fn where_somebody_has_come_in_it_goes_on_at_a_pace() {
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
fn nearby_nobody_is_refused_and_wrong_ones_are_answered_slowly() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    for _ in 0..1000 {
        let (attempt, turn) = throttle.turn(None, Credential::VncPassword, now);
        assert_eq!(turn, Turn::At(now));
        throttle.right(attempt, now);
    }
    let mut wrong = |now| {
        let (attempt, turn) = throttle.turn(None, Credential::VncPassword, now);
        assert!(turn == Turn::At(now) || turn == Turn::At(now + CROWD_DELAY), "{turn:?}");
        throttle.wrong(attempt, now)
    };
    for number in 0..BURST + 16 {
        assert_eq!(wrong(now), now + PACE * number.saturating_sub(BURST - 1), "number {number}");
    }
    for second in 1..60 {
        let now = now + SECOND * second;
        let answers: Vec<Instant> = (0..18).map(|_| wrong(now)).collect();
        assert_eq!(answers[1..], [now + LONGEST_WAIT; 17], "nobody waits until the handshake is over");
    }
    let now = now + SECOND * 60;
    assert_eq!(throttle.turn(None, Credential::VncPassword, now).1, Turn::At(now), "whoever is right");
    assert!(throttle.entries.is_empty());
}

#[test]
fn one_address_that_tries_many_names_is_slowed_down() {
    let (mut throttle, now) = (Throttle::default(), Instant::now());
    let turns: Vec<Turn> =
        (0..40).map(|number| throttle.turn(far(1), Credential::User(&number.to_string()), now).1).collect();
    assert_eq!(turns[9], Turn::At(now));
    assert_eq!(turns[10], Turn::At(now + PACE));
    assert!(matches!(turns[39], Turn::Refused(_)));
    // What was refused is not remembered: there are as many names as one likes.
    assert_eq!(throttle.entries.len(), 1 + 26);
}

#[test]
fn who_tries_many_names_keeps_out_nobody_who_has_come_in_and_spoils_nothing_for_the_others() {
    let (mut throttle, mut now) = (Throttle::default(), Instant::now());
    let (attempt, _) = throttle.turn(far(1), Credential::User("anna"), now);
    throttle.right(attempt, now);
    for number in 0..30 {
        fail(&mut throttle, far(1), Credential::User(&number.to_string()), now);
    }
    now += SECOND;
    assert_eq!(throttle.turn(far(1), Credential::User("anna"), now).1, Turn::At(now));
    // Berta never had; what is refused because of the others is no failure of hers.
    let full =
        |name: u32| matches!(throttle.turn(far(1), Credential::User(&format!("no {name}")), now).1, Turn::Refused(_));
    assert!((0..BURST * 4).any(full));
    for _ in 0..100 {
        assert_eq!(throttle.turn(far(1), Credential::User("berta"), now).1, Turn::Refused(PACE));
    }
    now += PACE;
    let (attempt, turn) = throttle.turn(far(1), Credential::User("berta"), now);
    assert_eq!(turn, Turn::At(now + LONGEST_WAIT));
    throttle.right(attempt, now);
    assert_eq!(throttle.turn(far(1), Credential::User("berta"), now).1, Turn::At(now));
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
