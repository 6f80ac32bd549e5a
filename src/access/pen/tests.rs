//! Every sequence of takings and releasings of a few viewers, and what each of them leads to.

use std::collections::{BTreeSet, VecDeque};

use super::*;

const ROLES: [Role; 4] = [Role::View, Role::Write, Role::Write, Role::Admin];
const WATCHER: u64 = 0;
const ONE: u64 = 1;
const OTHER: u64 = 2;
const ADMIN: u64 = 3;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn take(pen: &mut Pen, who: u64, now: Instant) -> Result<Option<Change>, Refusal> {
    pen.take(who, ROLES[who as usize], false, now)
}

fn force(pen: &mut Pen, who: u64, now: Instant) -> Result<Option<Change>, Refusal> {
    pen.take(who, ROLES[who as usize], true, now)
}

#[test]
fn where_all_write_there_is_nothing_to_take() {
    let (mut pen, now) = (Pen::new(Writers::All), Instant::now());
    assert_eq!(take(&mut pen, ONE, now), Err(Refusal::AllWrite));
    assert_eq!(force(&mut pen, ADMIN, now), Err(Refusal::AllWrite));
    assert_eq!((pen.release(ONE), pen.hand(ONE, Role::Write)), (Err(Refusal::NotYours), Err(Refusal::AllWrite)));
    assert_eq!(ROLES.map(|role| pen.lets_write(9, role)), [false, true, true, true]);
}

#[test]
fn one_takes_what_nobody_has_and_the_other_waits_for_five_seconds() {
    let (mut pen, now) = (Pen::new(Writers::One), Instant::now());
    assert!(!pen.lets_write(ONE, Role::Write), "nobody writes by himself");
    assert_eq!(take(&mut pen, ONE, now), Ok(Some(Change::Writes(ONE))));
    assert_eq!(take(&mut pen, ONE, now), Ok(None));
    assert_eq!(take(&mut pen, OTHER, now), Ok(Some(Change::Asks(OTHER, ONE))));
    assert_eq!(take(&mut pen, OTHER, now + seconds(3)), Ok(None), "and has not begun to wait anew");
    assert_eq!(take(&mut pen, ADMIN, now), Err(Refusal::AnotherAsks));
    assert_eq!(pen.asking(), Some(Asking { who: OTHER, until: now + GRACE }));
    assert_eq!(pen.settle(now + GRACE - Duration::from_millis(1)), None);
    assert!(pen.lets_write(ONE, Role::Write) && !pen.lets_write(OTHER, Role::Write));
    assert_eq!(pen.settle(now + GRACE), Some(Change::Writes(OTHER)));
    assert!(!pen.lets_write(ONE, Role::Write) && pen.lets_write(OTHER, Role::Write));
    assert_eq!((pen.asking(), pen.settle(now + 2 * GRACE)), (None, None));
}

#[test]
fn who_is_denied_asks_again_later_and_others_may_meanwhile() {
    let (mut pen, now) = (Pen::new(Writers::One), Instant::now());
    assert_eq!(take(&mut pen, ADMIN, now), Ok(Some(Change::Writes(ADMIN))));
    assert_eq!(take(&mut pen, ONE, now), Ok(Some(Change::Asks(ONE, ADMIN))));
    assert_eq!(pen.answer(ADMIN, OTHER, false, now), Err(Refusal::NotAsked));
    assert_eq!(pen.answer(OTHER, ONE, true, now), Err(Refusal::NotYours));
    assert_eq!(pen.answer(ADMIN, ONE, false, now), Ok(Change::Denied(ONE, ADMIN)));
    assert_eq!(pen.answer(ADMIN, ONE, false, now), Err(Refusal::NotAsked));
    let refused = take(&mut pen, ONE, now + seconds(1));
    assert_eq!(refused, Err(Refusal::DeniedLately(seconds(9))));
    assert_eq!(refused.expect_err("refused").to_string(), "you were denied just now; ask again in 10 s");
    assert_eq!(take(&mut pen, OTHER, now + seconds(1)), Ok(Some(Change::Asks(OTHER, ADMIN))));
    assert_eq!(pen.release(OTHER), Ok(Change::Withdrawn(OTHER)));
    assert_eq!(take(&mut pen, ONE, now + DENIED), Ok(Some(Change::Asks(ONE, ADMIN))));
    assert_eq!(pen.answer(ADMIN, ONE, true, now + DENIED), Ok(Change::Writes(ONE)));
}

#[test]
fn admins_force_and_watchers_never_write() {
    let (mut pen, now) = (Pen::new(Writers::One), Instant::now());
    assert_eq!(take(&mut pen, WATCHER, now), Err(Refusal::Watches));
    assert_eq!(pen.hand(WATCHER, Role::View), Err(Refusal::Watches));
    assert_eq!(take(&mut pen, ONE, now), Ok(Some(Change::Writes(ONE))));
    assert_eq!(force(&mut pen, OTHER, now), Err(Refusal::NoAdmin));
    assert_eq!(take(&mut pen, OTHER, now), Ok(Some(Change::Asks(OTHER, ONE))));
    assert_eq!(force(&mut pen, ADMIN, now), Ok(Some(Change::Writes(ADMIN))));
    assert_eq!(pen.asking(), None, "whoever asked asks the one who writes now");
    assert_eq!(pen.hand(OTHER, Role::Write), Ok(Some(Change::Writes(OTHER))));
    assert_eq!(pen.hand(OTHER, Role::Write), Ok(None));
}

#[test]
fn who_leaves_writes_no_longer_and_nobody_takes_his_place_but_who_asked_for_it() {
    let (mut pen, now) = (Pen::new(Writers::One), Instant::now());
    assert_eq!(take(&mut pen, ONE, now), Ok(Some(Change::Writes(ONE))));
    assert_eq!((pen.leave(OTHER), pen.leave(ONE)), (None, Some(Change::Released(ONE))));
    assert_eq!(pen.writer(), None);
    assert_eq!(take(&mut pen, ONE, now), Ok(Some(Change::Writes(ONE))));
    assert_eq!(take(&mut pen, OTHER, now), Ok(Some(Change::Asks(OTHER, ONE))));
    assert_eq!(pen.leave(ONE), Some(Change::Writes(OTHER)));
    assert_eq!(take(&mut pen, ADMIN, now), Ok(Some(Change::Asks(ADMIN, OTHER))));
    assert_eq!(pen.leave(ADMIN), Some(Change::Withdrawn(ADMIN)));
    assert_eq!(pen.release(OTHER), Ok(Change::Released(OTHER)));
}

/// A state as far as it makes a difference: with times as seconds that are left.
type Known = (Option<u64>, Option<(u64, u64)>, Option<(u64, u64)>);

fn known(pen: &Pen, now: Instant) -> Known {
    let left = |until: Instant| until.saturating_duration_since(now).as_secs();
    let denied = pen.denied.map(|(who, until)| (who, left(until))).filter(|(_, left)| *left > 0);
    (pen.writer, pen.asking.map(|asking| (asking.who, left(asking.until))), denied)
}

/// Everything that four viewers can do, in every state that can be reached, second by second.
#[test]
fn in_every_state_that_can_be_reached_only_who_wants_to_writes() {
    let begun = Instant::now();
    let mut seen = BTreeSet::from([known(&Pen::new(Writers::One), begun)]);
    let mut states = VecDeque::from([(Pen::new(Writers::One), begun)]);
    while let Some((before, now)) = states.pop_front() {
        let asked = before.asking.map(|asking| asking.who);
        let mut follows = |pen: Pen, now: Instant, wants: Option<u64>, forced: bool| {
            if let Some(writer) = pen.writer {
                assert!(ROLES[writer as usize].may_write(), "{before:?} {pen:?}");
                let may = before.writer == Some(writer) || asked == Some(writer) || wants == Some(writer);
                assert!(may, "promoted by itself: {before:?} {pen:?}");
                let mine = wants == Some(writer) && asked != Some(writer) && before.writer != Some(writer);
                assert!(!mine || before.writer.is_none() || forced, "took without asking: {before:?} {pen:?}");
            }
            if let Some(asking) = pen.asking {
                assert!(pen.writer.is_some_and(|writer| writer != asking.who), "{pen:?}");
                assert!(asking.until <= now + GRACE);
            }
            if seen.insert(known(&pen, now)) {
                states.push_back((pen, now));
            }
        };
        for who in 0..4 {
            for forced in [false, true] {
                let mut pen = before.clone();
                if pen.take(who, ROLES[who as usize], forced, now).is_err() {
                    assert_eq!(pen, before);
                }
                follows(pen, now, Some(who), forced);
            }
            let mut pen = before.clone();
            let _ = pen.release(who);
            assert!(pen.writer != Some(who) && pen.asking.is_none_or(|asking| asking.who != who));
            follows(pen, now, None, false);
            let mut pen = before.clone();
            pen.leave(who);
            assert!(known(&pen, now).2.is_none_or(|(denied, _)| denied != who) && pen.writer != Some(who));
            follows(pen, now, None, false);
            for (asker, grant) in (0..4).flat_map(|asker| [(asker, false), (asker, true)]) {
                let mut pen = before.clone();
                let answered = pen.answer(who, asker, grant, now);
                assert_eq!(answered.is_ok(), before.writer == Some(who) && asked == Some(asker));
                assert!(!grant || answered.is_err() || pen.writer == Some(asker));
                follows(pen, now, None, false);
            }
        }
        let (mut pen, later) = (before.clone(), now + seconds(1));
        assert_eq!(pen.settle(later).is_some(), before.asking.is_some_and(|asking| asking.until <= later));
        follows(pen, later, None, false);
    }
    // Everything that is possible has been there: nobody, or one of three, and then who asks, and who was denied.
    assert!(seen.len() > 100, "{}", seen.len());
    assert!(seen.iter().any(|(writer, asking, denied)| writer.is_some() && asking.is_some() && denied.is_some()));
}
