//! Text that viewers paste into a proxied screen: typed, key by key, as fast as a guest takes keys.
//!
//! What the guest's keyboard cannot type is refused before any of it is typed. What a viewer does waits behind its paste,
//! another paste too, but for Escape and Control-C, which stop it. When a paste begins, all that its viewer holds is let go,
//! and nothing that it does reaches the guest until the paste is through: so whatever is dropped of what waits, nothing is
//! left down. Who pastes much is told how far it is, once a second.

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::display::{Answer, Aside, Held, Input, NotPasted, OwnInput, Paste, Who};
use crate::input::KeyEvent;
use crate::input::cut_text::typed;
use crate::input::guest_layout::GuestLayout;

use super::Upstream;
use super::input::{NOT_THERE, NOTE_TIME};
use super::link::Link;

/// Characters a second unless told otherwise: QEMU takes a hundred keys going down or up in a second, and of a capital
/// letter there are four.
const RATE: NonZeroU32 = NonZeroU32::new(25).expect("not zero");

/// Pastes that are under way or wait, of all viewers; more are refused.
pub const MAX_PASTES: usize = 64;

/// A paste that takes longer says how far it is.
pub const PROGRESS_AFTER: Duration = Duration::from_millis(500);

/// And says so anew when so much more time has passed: a line over the picture is painted for it.
pub const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// What is to be typed.
#[derive(Debug)]
pub(super) struct Typing {
    layout: GuestLayout,
    /// From character to character.
    pace: Duration,
    jobs: VecDeque<Job>,
    /// When the next character is typed.
    due: Option<Instant>,
    /// What those who paste have not been told yet, and for how long it is to be seen.
    tidings: Vec<(Who, String, Duration)>,
}

/// One paste.
#[derive(Debug)]
struct Job {
    who: Who,
    /// It counts for its viewer until it is typed.
    paste: Paste,
    /// What of it is typed; the first bytes are already.
    text: String,
    at: usize,
    /// How many characters these are, typed and in all.
    typed: usize,
    all: usize,
    /// When its viewer is told how far it is.
    tells_at: Instant,
    /// It has been.
    has_told: bool,
    /// What its viewer does meanwhile.
    behind: Held,
    /// More than that.
    overflows: bool,
    /// Who asked for it waits for its end.
    reply: Option<oneshot::Sender<Answer>>,
}

/// Why a text is not typed. No log shows it: it may have a character of the text in it.
enum Refusal {
    /// The guest's keyboard of this name has no key for that.
    NoKey(&'static str, char),
    /// There are [`MAX_PASTES`] already.
    TooMany,
}

impl Refusal {
    /// To who asked for it otherwise than before the picture.
    fn told(&self) -> &'static str {
        match self {
            Self::NoKey(..) => {
                "there is a character in it that no key of the guest's keyboard types; see --guest-layout"
            }
            Self::TooMany => "too many pastes wait",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey(name, ch) => {
                write!(f, "not pasted: no key of the guest's keyboard ({name}) types {ch}; see --guest-layout")
            }
            Self::TooMany => f.write_str("not pasted: too many pastes wait"),
        }
    }
}

/// What one character comes to.
#[derive(Debug)]
struct Step {
    /// The keys that type it.
    keys: Vec<KeyEvent>,
    /// The paste that it was the last one of.
    through: Option<Job>,
}

impl Typing {
    pub(super) fn new(layout: GuestLayout, rate: Option<NonZeroU32>) -> Self {
        let pace = Duration::from_secs(1) / rate.unwrap_or(RATE).get();
        Self { layout, pace, jobs: VecDeque::new(), due: None, tidings: Vec::new() }
    }

    /// When the next character is typed, if there is any and the guest takes input now; or when somebody is told how far his
    /// paste is.
    pub(super) fn deadline(&self, takes_input: bool) -> Option<Instant> {
        let due = self.due.filter(|_| takes_input && !self.jobs.is_empty());
        self.jobs.iter().filter(|job| job.reply.is_none()).map(|job| job.tells_at).chain(due).min()
    }

    /// Takes a paste; or says why not.
    fn begin(&mut self, who: &Who, paste: Paste, now: Instant) -> Result<&mut Job, Refusal> {
        let text: String = typed(paste.text()).collect();
        if let Some(ch) = self.layout.untypable(text.chars()) {
            return Err(Refusal::NoKey(self.layout.name(), ch));
        }
        if self.jobs.len() >= MAX_PASTES {
            return Err(Refusal::TooMany);
        }
        self.jobs.push_back(Job {
            who: who.clone(),
            paste,
            at: 0,
            typed: 0,
            all: text.chars().count(),
            text,
            tells_at: now + PROGRESS_AFTER,
            has_told: false,
            behind: Held::default(),
            overflows: false,
            reply: None,
        });
        self.due.get_or_insert(now);
        Ok(self.jobs.back_mut().expect("it was put there just now"))
    }

    /// The paste of a viewer that is under way or waits: of each viewer there is one.
    fn of(&mut self, who: &Who) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.who == *who)
    }

    /// What is to be done now of what a viewer did: nothing if it waits behind the viewer's paste. If it stops that, the
    /// modifiers that the viewer holds by now go down first.
    fn behind(&mut self, who: &Who, input: Input) -> Vec<Input> {
        let Some(job) = self.of(who) else { return vec![input] };
        if matches!(input, Input::Resize(_) | Input::Fit(_) | Input::Cut(_) | Input::Own(_) | Input::Paste(Err(_))) {
            return vec![input];
        }
        if !input.stops_paste() {
            job.overflows |= job.behind.push(input).is_err();
            return Vec::new();
        }
        let behind = std::mem::take(&mut job.behind);
        // Of those, nobody knows any more which are down.
        let mut does = if job.overflows { Vec::new() } else { held_modifiers(behind) };
        self.stop("the paste was stopped", |job| job.who == *who);
        // Escape has done what it was for.
        does.extend(Some(input).filter(Input::is_interrupt));
        does
    }

    /// Drops pastes, with what waits behind them, and says why.
    fn stop(&mut self, why: &'static str, which: impl Fn(&Job) -> bool) {
        self.jobs.retain_mut(|job| {
            let stops = which(job);
            match job.reply.take_if(|_| stops) {
                // Nobody may wait for it any more.
                Some(reply) => drop(reply.send(Answer::Refused(why))),
                None if stops => {
                    let told = format!("paste stopped after {} of {} characters", job.typed, job.all);
                    self.tidings.push((job.who.clone(), told, NOTE_TIME));
                }
                None => {}
            }
            !stops
        });
        if self.jobs.is_empty() {
            self.due = None;
        }
    }

    /// Drops the pastes of those who have gone.
    pub(super) fn forget_gone(&mut self) {
        self.stop("its client has gone", |job| job.who.is_gone());
    }

    /// There is nobody any more who could be typed to.
    pub(super) fn lost(&mut self) {
        self.stop(NOT_THERE, |_| true);
        // Why is said where viewers go now.
        self.tidings.clear();
    }

    /// How many there are.
    pub(super) fn pastes(&self) -> usize {
        self.jobs.len()
    }

    /// The keys that type one character; none, if there are none.
    pub(super) fn keys(&self, ch: char, caps: bool) -> Vec<KeyEvent> {
        self.layout.keys(ch, caps)
    }

    /// What is typed next, if it is time for it.
    fn next(&mut self, caps: bool, now: Instant) -> Option<Step> {
        let due = self.due.filter(|due| now >= *due)?;
        // Time in which the guest took no keys is not made up for.
        self.due = Some(due.max(now.checked_sub(self.pace).unwrap_or(now)) + self.pace);
        let job = self.jobs.front_mut()?;
        let ch = job.text[job.at..].chars().next();
        (job.at, job.typed) = (job.at + ch.map_or(0, char::len_utf8), job.typed + 1);
        let keys = ch.map_or_else(Vec::new, |ch| self.layout.keys(ch, caps));
        let mut through = if job.at >= job.text.len() { self.jobs.pop_front() } else { None };
        if self.jobs.is_empty() {
            self.due = None;
        }
        if let Some(job) = &mut through {
            tracing::debug!(paste = ?job.paste, "typed");
            if let Some(reply) = job.reply.take() {
                // Likewise.
                let _ = reply.send(Answer::Done);
            } else if job.has_told {
                self.tidings.push((job.who.clone(), format!("pasted {} characters", job.all), NOTE_TIME));
            }
        }
        Some(Step { keys, through })
    }

    /// What those who paste are to be told by now, and for how long it is to be seen.
    fn tidings(&mut self, now: Instant) -> Vec<(Who, String, Duration)> {
        for (before, job) in
            self.jobs.iter_mut().enumerate().filter(|(_, job)| job.reply.is_none() && now >= job.tells_at)
        {
            (job.tells_at, job.has_told) = (now + PROGRESS_EVERY, true);
            let told = match before {
                0 => format!("pasting {} of {} characters, Esc stops", job.typed, job.all),
                1 => "another paste goes before yours, Esc stops".to_owned(),
                _ => format!("{before} other pastes go before yours, Esc stops"),
            };
            // Until it is told anew, and a little longer.
            self.tidings.push((job.who.clone(), told, 2 * PROGRESS_EVERY));
        }
        std::mem::take(&mut self.tidings)
    }
}

impl Upstream {
    /// A viewer wants to paste, and has no paste under way.
    pub(super) fn paste(&mut self, who: &Who, paste: Result<Paste, NotPasted>, link: &mut Link) {
        let begin = |paste| self.typing.begin(who, paste, Instant::now()).map(|_| ()).map_err(|why| why.to_string());
        match paste.map_err(|why| why.to_string()).and_then(begin) {
            // The keys with which it was asked for would make others of all that is typed.
            Ok(()) => self.let_go_of(|holder| holder == who, Some(link)),
            Err(why) => {
                // What is wrong with it may be one of its characters, which no log shows.
                tracing::debug!("no paste");
                who.tell(Aside::Bell);
                self.lay_over(who, &why.as_str().into(), NOTE_TIME);
                self.say(&why);
            }
        }
    }

    /// Somebody who looks at nothing wants to paste.
    pub(super) fn paste_asked(&mut self, who: &Who, paste: Paste, reply: oneshot::Sender<Answer>) {
        match self.typing.begin(who, paste, Instant::now()) {
            Ok(job) => job.reply = Some(reply),
            Err(why) => {
                // Likewise.
                let _ = reply.send(Answer::Refused(why.told()));
            }
        }
    }

    /// What is to be done now of what a viewer did.
    pub(super) fn behind_paste(&mut self, who: &Who, input: Input) -> Vec<Input> {
        self.typing.behind(who, input)
    }

    /// Who writes no longer pastes no longer.
    pub(super) fn stop_paste(&mut self, who: &Who) {
        self.typing.stop("the paste was stopped", |job| job.who == *who);
    }

    /// Types what it is time for.
    pub(super) fn type_on(&mut self, link: &mut Link, now: Instant) {
        while link.takes_input()
            && let Some(step) = self.typing.next(self.beside.lamps.is_some_and(|lamps| lamps.caps), now)
        {
            step.keys.into_iter().for_each(|key| link.client.conn.send_key(key));
            let Some(Job { who, paste, mut behind, overflows, .. }) = step.through else { continue };
            // It does not count any more.
            drop(paste);
            while let Some(input) = behind.pop() {
                self.take_input(&who, input, Some(link));
                if let Some(next) = self.typing.of(&who) {
                    (next.behind, next.overflows) = (behind, overflows);
                    break;
                }
            }
            // Some of what was too much were keys that went up.
            if overflows {
                self.take_input(&who, Input::Own(OwnInput::LetGo), Some(link));
            }
        }
        for (who, told, time) in self.typing.tidings(now) {
            // He may have turned elsewhere meanwhile.
            if who.is_at(self.side.id()) {
                self.lay_over(&who, &told.as_str().into(), time);
            }
        }
    }
}

/// The presses of those modifiers that are down after all this.
fn held_modifiers(mut behind: Held) -> Vec<Input> {
    let mut down: Vec<Input> = Vec::new();
    while let Some(input) = behind.pop() {
        let Input::Key(event, _) = &input else { continue };
        let same = |input: &Input| matches!(input, Input::Key(held, _) if (held.keysym, held.keycode) == (event.keysym, event.keycode));
        match event.down {
            true if event.keysym.is_held_modifier() && !down.iter().any(same) => down.push(input),
            true => {}
            false => down.retain(|held| !same(held)),
        }
    }
    down
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Presence;
    use crate::input::{Keysym, Modifiers};

    fn typing() -> Typing {
        Typing::new(GuestLayout::find("us").expect("a layout"), NonZeroU32::new(10))
    }

    fn paste(viewer: &Presence, text: &str) -> Paste {
        viewer.paste(&text.into()).expect("room")
    }

    fn begin(typing: &mut Typing, viewer: &Presence, text: &str, now: Instant) -> Result<(), String> {
        typing.begin(&viewer.who(), paste(viewer, text), now).map(|_| ()).map_err(|why| why.to_string())
    }

    fn key(keysym: Keysym, held: Modifiers) -> Input {
        Input::Key(KeyEvent { keysym, keycode: None, down: true, repeat: false }, held)
    }

    /// The characters whose keys go down by then, and how much waited behind what is through.
    fn typed_by(typing: &mut Typing, now: Instant) -> (String, Option<usize>) {
        let (mut text, mut waited) = (String::new(), None);
        while let Some(Step { keys, through }) = typing.next(false, now) {
            let down = keys.iter().filter(|key| key.down && !key.keysym.is_modifier());
            text.extend(down.map(|key| key.keysym.char().unwrap_or('\r')));
            waited = through.map(|job| job.behind.len()).or(waited);
        }
        (text, waited)
    }

    #[tokio::test(start_paused = true)]
    async fn a_text_is_typed_at_its_pace_and_keys_wait_behind_it() {
        let (mut typing, viewer, start) = (typing(), Presence::new(1), Instant::now());
        let tick = Duration::from_millis(100);
        begin(&mut typing, &viewer, "aB\r\n", start).expect("it can be typed");
        assert_eq!(typed_by(&mut typing, start), ("a".into(), None));
        assert_eq!(typing.deadline(true), Some(start + tick));
        assert_eq!(typed_by(&mut typing, start + tick / 2).0, "");
        assert!(typing.behind(&viewer.who(), key(Keysym(0x78), Modifiers::NONE)).is_empty());
        assert_eq!(typing.behind(&Presence::new(2).who(), key(Keysym(0x78), Modifiers::NONE)).len(), 1, "another's");
        assert_eq!(typed_by(&mut typing, start + tick), ("B".into(), None));
        assert_eq!(typed_by(&mut typing, start + 2 * tick), ("\r".into(), Some(1)));
        assert_eq!(typing.deadline(true), None);
        begin(&mut typing, &viewer, "late", start + 99 * tick).expect("it can be typed");
        assert_eq!(typed_by(&mut typing, start + 99 * tick).0, "l", "time that has passed is not made up for");
    }

    #[tokio::test(start_paused = true)]
    async fn who_pastes_much_is_told_how_far_it_is_and_how_it_ended() {
        let (mut typing, viewers, start) = (typing(), [1, 2].map(Presence::new), Instant::now());
        let one = viewers[0].who();
        let told = |typing: &mut Typing, millis| -> Vec<String> {
            let now = start + Duration::from_millis(millis);
            typed_by(typing, now);
            let whose = |who: Who| if who == one { "one" } else { "other" };
            typing.tidings(now).into_iter().map(|(who, told, _)| format!("{}: {told}", whose(who))).collect()
        };
        begin(&mut typing, &viewers[0], &"A".repeat(20), start).expect("room");
        begin(&mut typing, &viewers[1], "abcd", start).expect("room");
        assert!(told(&mut typing, 0).is_empty());
        assert_eq!(typing.deadline(false), Some(start + PROGRESS_AFTER), "although the guest takes nothing");
        // Of time that has passed one character is made up for.
        assert_eq!(
            told(&mut typing, 500),
            ["one: pasting 3 of 20 characters, Esc stops", "other: another paste goes before yours, Esc stops"]
        );
        assert!(told(&mut typing, 1000).is_empty(), "so often and no more");
        assert_eq!(told(&mut typing, 1500)[0], "one: pasting 7 of 20 characters, Esc stops");
        assert!(typing.behind(&one, key(Keysym::ESCAPE, Modifiers::NONE)).is_empty());
        assert_eq!(told(&mut typing, 2000), ["one: paste stopped after 7 of 20 characters"]);
        assert_eq!(told(&mut typing, 3000), ["other: pasted 4 characters"]);
        assert_eq!(typing.deadline(false), None);
        // What takes no time says nothing, nor does what ends with the guest.
        begin(&mut typing, &viewers[0], "a", start).expect("room");
        assert!(told(&mut typing, 4000).is_empty());
        begin(&mut typing, &viewers[0], "ab", start).expect("room");
        typing.lost();
        assert!(told(&mut typing, 5000).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_typed_is_refused_as_a_whole_and_so_are_too_many() {
        let (mut typing, viewer, now) = (typing(), Presence::new(1), Instant::now());
        let why = begin(&mut typing, &viewer, "abc \u{44f}", now).expect_err("not on this keyboard");
        assert!(why.contains("(us) types \u{44f}"), "{why}");
        assert_eq!(typing.deadline(true), None);
        for _ in 0..MAX_PASTES {
            begin(&mut typing, &viewer, "a", now).expect("room");
        }
        assert!(begin(&mut typing, &viewer, "a", now).is_err());
        typing.lost();
        assert_eq!(typing.deadline(true), None);
    }

    #[tokio::test(start_paused = true)]
    async fn escape_stops_it_control_c_too_and_who_goes_takes_it_along() {
        let (mut typing, viewer, now) = (typing(), Presence::new(1), Instant::now());
        let control = Modifiers { control: true, ..Modifiers::NONE };
        let up = |keysym| Input::Key(KeyEvent { keysym, keycode: None, down: false, repeat: false }, Modifiers::NONE);
        let names = |inputs: Vec<Input>| -> Vec<Keysym> {
            let keysym = |input| match input {
                Input::Key(event, _) => event.keysym,
                other => panic!("{other:?}"),
            };
            inputs.into_iter().map(keysym).collect()
        };
        let c = Keysym(0x63);
        for (stops, passes) in [
            (key(Keysym::ESCAPE, Modifiers::NONE), &[Keysym::CONTROL_L][..]),
            (key(c, control), &[Keysym::CONTROL_L, c][..]),
        ] {
            begin(&mut typing, &viewer, "text", now).expect("room");
            let x = Keysym(0x78);
            let second = Input::Paste(Ok(paste(&viewer, "more")));
            for waits in [key(Keysym::SHIFT_L, Modifiers::NONE), key(x, Modifiers::NONE), up(Keysym::SHIFT_L), second] {
                assert!(typing.behind(&viewer.who(), waits).is_empty());
            }
            assert!(typing.behind(&viewer.who(), key(Keysym::CONTROL_L, control)).is_empty());
            assert_eq!(names(typing.behind(&viewer.who(), stops)), passes, "what it holds, and no more");
            assert_eq!(typing.deadline(true), None);
        }
        let escape = key(Keysym::ESCAPE, Modifiers::NONE);
        assert_eq!(typing.behind(&viewer.who(), escape).len(), 1, "with nothing to stop it is the guest's");
        begin(&mut typing, &viewer, "text", now).expect("room");
        drop(viewer);
        typing.forget_gone();
        assert_eq!(typing.deadline(true), None);
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_without_looking_hears_what_has_become_of_it() {
        let (mut typing, viewer, now) = (typing(), Presence::new(1), Instant::now());
        let ask = |typing: &mut Typing, text: &str| {
            let (reply, answer) = oneshot::channel();
            let begun = typing.begin(&viewer.who(), paste(&viewer, text), now);
            (begun.map(|job| job.reply = Some(reply)).is_err(), answer)
        };
        let (refused, mut answer) = ask(&mut typing, "ab");
        assert!(!refused && answer.try_recv().is_err() && typing.pastes() == 1);
        typed_by(&mut typing, now + Duration::from_millis(100));
        assert_eq!(answer.try_recv(), Ok(Answer::Done));
        let (_, mut answer) = ask(&mut typing, "ab");
        typing.lost();
        assert_eq!(answer.try_recv(), Ok(Answer::Refused(NOT_THERE)));
        assert!(ask(&mut typing, "\u{44f}").0 && typing.pastes() == 0);
    }
}
