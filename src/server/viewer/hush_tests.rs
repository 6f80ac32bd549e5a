//! Somebody types while the graphics end.

use super::*;
use crate::input::{KeyEvent, Keysym, Modifiers};

const MOMENT: Duration = Duration::from_millis(200);

fn key(keysym: Keysym, down: bool) -> Input {
    Input::Key(KeyEvent { keysym, keycode: None, down, repeat: false }, Modifiers::NONE)
}

/// How much of a press of Return comes through, and of a release of Shift.
fn taken(hush: &mut Hush, now: Instant) -> usize {
    let mut inputs = vec![key(Keysym::RETURN, true), key(Keysym::SHIFT_L, false)];
    hush.sift(&mut inputs, now);
    inputs.len()
}

#[test]
fn who_types_must_pause_and_who_does_not_need_not() {
    let (mut hush, start) = (Hush::default(), Instant::now());
    assert!(!hush.begin(start));
    assert_eq!(taken(&mut hush, start), 2);
    assert!(!hush.begin(start + QUIET), "he has been quiet");
    assert!(hush.begin(start + MOMENT));
    // However long he types on.
    let mut now = start + MOMENT;
    for _ in 0..20 {
        now += MOMENT;
        assert_eq!(taken(&mut hush, now), 1, "releases pass");
    }
    assert_eq!(taken(&mut hush, now + PAUSE), 2);
    assert!(hush.begin(now + PAUSE));
    hush.end();
    assert_eq!(taken(&mut hush, now + PAUSE), 2);
}
