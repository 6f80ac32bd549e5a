//! The leader key: after it, the next key is for us and not for the guest. Hosts keep Ctrl-Alt-F1 and its like for
//! themselves; this works wherever keys arrive at all.
//!
//! ```text
//! leader ─► waiting ─► 1, F1 …: a virtual terminal · P, F, B …: what [`SECOND_KEYS`] says · Ctrl-Alt-F1: the guest's, whole
//!    ▲          │ C, A, S, U
//!    │          └────► a combination is put together ─► any key: the guest's, with these held
//!    └─ by default Ctrl, pressed twice with nothing else: no program has a use for it, no host takes it, and every
//!       keyboard has it
//! ```
//! A key pressed twice is known by its releases; they and modifiers reach the guest as ever, so none of them stays down.

use std::fmt;
use std::time::{Duration, Instant};

use super::chord::{PeopleKey, Target};
use super::key_name::{self, NoKey};
use super::{KeyEvent, Keysym, Modifiers};

/// How long the key after the leader is waited for.
pub const WAIT: Duration = Duration::from_secs(10);
/// A modifier is pressed twice if it goes down and up, down and up with no more than this from one to the next.
pub const TWICE: Duration = Duration::from_millis(500);

/// What the leader is where nothing else is said, as [`LeaderKey::parse`] reads it.
pub const DEFAULT: &str = "Ctrl Ctrl";

/// Which key is the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaderKey {
    /// This one, pressed with these modifiers.
    Key(Keysym, Modifiers),
    /// This modifier, pressed twice by itself.
    Twice(Modifiers),
}

impl LeaderKey {
    /// A key as `ctl send --keys` has it, or a modifier twice: `Ctrl-]`, `Pause`, `Ctrl Ctrl`.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, NoKey> {
        let mut words = text.split_ascii_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(one), Some(two), None) if one.eq_ignore_ascii_case(two) => {
                key_name::modifier(one).map(Self::Twice).ok_or_else(|| NoKey::Unknown(text.to_owned()))
            }
            (Some(one), None, None) => key_name::key(one).map(|(keysym, held)| Self::Key(keysym, held)),
            _ => Err(NoKey::Unknown(text.to_owned())),
        }
    }

    fn is(self, press: KeyEvent, held: Modifiers) -> bool {
        let Self::Key(keysym, with) = self else { return false };
        // X11 makes Meta of Alt while Shift is down.
        let others = |held: Modifiers| (held.control, held.alt || held.meta, held.super_key);
        let (key, pressed) = (keysym.usual(), press.keysym.usual());
        let lower = |keysym: Keysym| keysym.char().map(|ch| ch.to_lowercase().collect::<String>());
        let is_letter = |keysym: Keysym| keysym.char().is_some_and(char::is_alphabetic);
        // What Shift is down for is the layout's affair, but with letters and with keys that type nothing.
        let shift_counts = is_letter(key) || key.char().is_none();
        others(held) == others(with)
            && (!shift_counts || held.shift == with.shift)
            && (key == pressed || is_letter(key) && lower(key) == lower(pressed))
    }

    fn is_modifier(self, keysym: Keysym) -> bool {
        matches!(self, Self::Twice(modifier) if Modifiers::NONE.with(keysym) == modifier)
    }
}

impl fmt::Display for LeaderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(keysym, held) => f.write_str(&key_name::name(*keysym, *held)),
            Self::Twice(modifier) => write!(f, "{} twice", key_name::prefix(*modifier).trim_end_matches('-')),
        }
    }
}

/// A key that means something after the leader.
#[derive(Debug)]
pub struct SecondKey {
    /// Which one.
    pub key: Which,
    /// What it does.
    pub does: Does,
    /// What is said of it in the line over the picture; may be empty.
    pub short: &'static str,
    /// What the manual says of it.
    pub manual: &'static str,
}

/// Keys that mean something after the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Digits and function keys.
    Numbers,
    /// This letter, capital or small; or on a keyboard of other letters what is in its place, by its XT scancode.
    Letter(char, u32),
    /// This key.
    Named(Keysym),
}

/// What a key does after the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// It leads to the virtual terminal of its number.
    Switch,
    /// It pastes the viewer's clipboard.
    Paste,
    /// It is typed as this one, with these modifiers.
    Type(Keysym, Modifiers),
    /// The same, to a console alone.
    TypeAtText(Keysym, Modifiers),
    /// Something that has to do with the other viewers.
    People(PeopleKey),
    /// The guest gets the key after it with this one held, too.
    Hold(Modifiers),
    /// Nothing: the leader is taken back.
    Nothing,
}

const CONTROL: Modifiers = Modifiers { control: true, ..Modifiers::NONE };
const ALT: Modifiers = Modifiers { alt: true, ..Modifiers::NONE };
const SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::NONE };
const SUPER: Modifiers = Modifiers { super_key: true, ..Modifiers::NONE };

/// The keys that mean something after the leader: what they do, the line over the picture and the manual follow from it.
pub const SECOND_KEYS: &[SecondKey] = &[
    SecondKey {
        key: Which::Numbers,
        does: Does::Switch,
        short: "1-9 VT",
        manual: "Switch to that virtual terminal, as Ctrl-Alt with the function key does (0 is 10).",
    },
    SecondKey {
        key: Which::Letter('P', 0x19),
        does: Does::Paste,
        short: "P paste",
        manual: "Paste what is on the viewer's clipboard, as Ctrl-Alt-P does.",
    },
    SecondKey {
        key: Which::Letter('F', 0x21),
        does: Does::TypeAtText(Keysym(0x66), Modifiers { control: true, ..SHIFT }),
        short: "F find",
        manual: "Find something in a console's lines, as Ctrl-Shift-F does.",
    },
    SecondKey {
        key: Which::Letter('B', 0x30),
        does: Does::TypeAtText(Keysym::BREAK, CONTROL),
        short: "B break",
        manual: "Send a break to a console's source, as Control-Pause does.",
    },
    SecondKey {
        key: Which::Letter('W', 0x11),
        does: Does::People(PeopleKey::Write),
        short: "W write",
        manual: "With `--writers one`: write, or ask to, or let others, as Ctrl-Alt-W does.",
    },
    SecondKey {
        key: Which::Letter('N', 0x31),
        does: Does::People(PeopleKey::Deny),
        short: "",
        manual: "With `--writers one`: go on writing although another asks, as Ctrl-Alt-N does.",
    },
    SecondKey {
        key: Which::Letter('O', 0x18),
        does: Does::People(PeopleKey::Others),
        short: "O who",
        manual: "Say who is there, as Ctrl-Alt-O does.",
    },
    SecondKey {
        key: Which::Named(Keysym::DELETE),
        does: Does::Type(Keysym::DELETE, Modifiers { control: true, ..ALT }),
        short: "Del C-A-Del",
        manual: "Send the guest Ctrl-Alt-Del.",
    },
    SecondKey {
        key: Which::Letter('C', 0x2e),
        does: Does::Hold(CONTROL),
        short: "CASU+key",
        manual: "Send the guest the key after it with Control held. Several of C, A, S and U go together: C, A and F1 are Ctrl-Alt-F1.",
    },
    SecondKey { key: Which::Letter('A', 0x1e), does: Does::Hold(ALT), short: "", manual: "The same with Alt." },
    SecondKey { key: Which::Letter('S', 0x1f), does: Does::Hold(SHIFT), short: "", manual: "The same with Shift." },
    SecondKey {
        key: Which::Letter('U', 0x16),
        does: Does::Hold(SUPER),
        short: "",
        manual: "The same with Super, the key with a window or a command sign on it.",
    },
    SecondKey { key: Which::Named(Keysym::ESCAPE), does: Does::Nothing, short: "", manual: "Take the leader back." },
];

/// Scancodes of the digits' keys, 1 to 9 and 0.
const DIGITS: std::ops::RangeInclusive<u32> = 0x02..=0x0b;

impl SecondKey {
    /// What it is called.
    pub fn name(&self) -> String {
        match self.key {
            Which::Numbers => "1 … 9, 0, F1 … F12".to_owned(),
            Which::Letter(letter, _) => letter.to_string(),
            Which::Named(keysym) => key_name::name(keysym, Modifiers::NONE),
        }
    }

    /// Whether it is of any use there.
    fn is_for(&self, target: Target, one_writes: bool) -> bool {
        match self.does {
            Does::TypeAtText(..) => target == Target::Text,
            Does::People(PeopleKey::Write | PeopleKey::Deny) => one_writes,
            _ => true,
        }
    }

    fn find(press: KeyEvent) -> Option<&'static Self> {
        let keysym = press.keysym.usual();
        let keysym = if keysym == Keysym::KP_DELETE { Keysym::DELETE } else { keysym };
        let ch = keysym.char().map(|ch| ch.to_ascii_uppercase());
        let named = SECOND_KEYS.iter().find(|second| match second.key {
            Which::Numbers => number(keysym).is_some(),
            Which::Letter(letter, _) => ch == Some(letter),
            Which::Named(named) => keysym == named,
        });
        // The keys that have these letters elsewhere.
        named.or_else(|| {
            let keycode = press.keycode?;
            SECOND_KEYS.iter().find(|second| match second.key {
                Which::Numbers => DIGITS.contains(&keycode),
                // Another letter of this alphabet is that letter.
                Which::Letter(_, place) => !ch.is_some_and(|ch| ch.is_ascii_alphabetic()) && place == keycode,
                Which::Named(_) => false,
            })
        })
    }
}

/// The virtual terminal that a key's sign stands for.
fn number(keysym: Keysym) -> Option<u8> {
    if let Some(digit) = keysym.char().and_then(|ch| ch.to_digit(10)) {
        return u8::try_from(digit).ok().map(|digit| if digit == 0 { 10 } else { digit });
    }
    let function = keysym.0.checked_sub(Keysym::F1.0).filter(|_| keysym <= Keysym::F12)?;
    u8::try_from(function + 1).ok()
}

/// The same for a key, by its place where its sign is none.
fn number_of(press: KeyEvent) -> Option<u8> {
    let by_place = || press.keycode.filter(|keycode| DIGITS.contains(keycode)).map(|keycode| keycode - 1);
    number(press.keysym.usual()).or_else(|| by_place().and_then(|number| u8::try_from(number).ok()))
}

/// What is to be done about a press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has nothing to do with the leader.
    Pass,
    /// The display gets it, whatever combination of ours it would be.
    Whole,
    /// Nobody gets it, and this is to be done.
    Do(Does),
    /// Nobody gets it; that virtual terminal is to be seen.
    Switch(u8),
    /// It is typed with these modifiers.
    With(Modifiers),
}

/// What is to be said over the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// What there is after the leader.
    Keys,
    /// The next key goes to the guest with these.
    Holding(Modifiers),
    /// The key after the leader meant nothing.
    NoSuchKey,
    /// Nor is there such a virtual terminal.
    NoSuchVt(u8),
}

/// The modifier that is pressed twice: how far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tap {
    #[default]
    None,
    Down(Instant),
    Up(Instant),
    Again(Instant),
}

/// The leader has been pressed.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    until: Instant,
    /// What the next key is to be pressed with.
    with: Modifiers,
    /// A modifier has been pressed since: what it is held for is a combination.
    combines: bool,
}

/// Recognizes the leader and what comes after it, key by key.
#[derive(Debug, Default)]
pub struct Leader {
    key: Option<LeaderKey>,
    one_writes: bool,
    tap: Tap,
    waiting: Option<Waiting>,
    hint: Option<Hint>,
}

impl Leader {
    /// Without a key there is none. With `one_writes`, viewers take turns at writing.
    pub(super) fn new(key: Option<LeaderKey>, one_writes: bool) -> Self {
        Self { key, one_writes, ..Self::default() }
    }

    /// What is to be said over the picture now.
    pub(super) fn hint(&self) -> Option<Hint> {
        self.hint
    }

    /// That, in words, to who looks at `target`.
    pub(super) fn say(&self, hint: Hint, target: Target) -> String {
        let shorts =
            SECOND_KEYS.iter().filter(|second| second.is_for(target, self.one_writes) && !second.short.is_empty());
        let keys = shorts.map(|second| second.short).collect::<Vec<_>>().join(", ");
        match hint {
            Hint::Keys => keys,
            Hint::Holding(held) => format!("{}…: the guest gets the next key so", key_name::prefix(held)),
            Hint::NoSuchKey => {
                let leader = self.key.map(|key| key.to_string()).unwrap_or_default();
                format!("that key is none of them. {leader}, then: {keys}")
            }
            Hint::NoSuchVt(vt) => format!("there is no VT {vt}"),
        }
    }

    /// The pointer was used, or the viewer turned elsewhere: what was pressed before is no leader.
    pub(super) fn interrupt(&mut self) {
        self.tap = Tap::None;
    }

    /// All of it is forgotten.
    pub(super) fn forget(&mut self) {
        (self.tap, self.waiting, self.hint) = (Tap::None, None, None);
    }

    /// A key goes down that was up, with `held` held before. `alone`: no other key is.
    pub(super) fn press(
        &mut self,
        press: KeyEvent,
        held: Modifiers,
        alone: bool,
        target: Target,
        now: Instant,
        vt_exists: impl Fn(u8) -> bool,
    ) -> Verdict {
        let Some(key) = self.key else { return Verdict::Pass };
        self.tap = match self.tap {
            _ if !alone || !key.is_modifier(press.keysym) => Tap::None,
            Tap::Up(since) if now.duration_since(since) <= TWICE => Tap::Again(now),
            _ => Tap::Down(now),
        };
        let Some(waiting) = self.waiting.filter(|waiting| now < waiting.until) else {
            (self.waiting, self.hint) = (None, None);
            if !key.is(press, held) {
                return Verdict::Pass;
            }
            self.begin(now);
            return Verdict::Do(Does::Nothing);
        };
        if press.keysym.is_modifier() {
            self.waiting = Some(Waiting { combines: true, ..waiting });
            return Verdict::Pass;
        }
        (self.waiting, self.hint) = (None, None);
        let combination = held.control || held.alt || held.meta || held.super_key;
        if key.is(press, held) || waiting.combines && combination && waiting.with == Modifiers::NONE {
            return Verdict::Whole;
        }
        self.second(press, waiting, target, now, vt_exists)
    }

    /// What the key after the leader means.
    fn second(
        &mut self,
        press: KeyEvent,
        waiting: Waiting,
        target: Target,
        now: Instant,
        vt_exists: impl Fn(u8) -> bool,
    ) -> Verdict {
        let second = SecondKey::find(press).filter(|second| second.is_for(target, self.one_writes));
        match second.map(|second| second.does) {
            // One that is held already is the key itself: C and C are Ctrl-C.
            Some(Does::Hold(more)) if union(waiting.with, more) != waiting.with => {
                let with = union(waiting.with, more);
                self.waiting = Some(Waiting { until: now + WAIT, with, combines: false });
                self.hint = Some(Hint::Holding(with));
                Verdict::Do(Does::Nothing)
            }
            _ if waiting.with != Modifiers::NONE => Verdict::With(waiting.with),
            Some(Does::Switch) => match number_of(press) {
                Some(vt) if vt_exists(vt) => Verdict::Switch(vt),
                vt => {
                    self.hint = vt.map(Hint::NoSuchVt);
                    Verdict::Do(Does::Nothing)
                }
            },
            Some(does) => Verdict::Do(does),
            None => {
                self.hint = Some(Hint::NoSuchKey);
                Verdict::Do(Does::Nothing)
            }
        }
    }

    /// A key goes up.
    pub(super) fn release(&mut self, release: KeyEvent, now: Instant) {
        let of_it = self.key.is_some_and(|key| key.is_modifier(release.keysym));
        self.tap = match self.tap {
            Tap::Down(since) if of_it && now.duration_since(since) <= TWICE => Tap::Up(now),
            Tap::Again(since) if of_it && now.duration_since(since) <= TWICE => {
                match self.waiting.take() {
                    None => self.begin(now),
                    // The guest has got it all the time.
                    Some(_) => self.hint = None,
                }
                Tap::None
            }
            _ => Tap::None,
        };
    }

    fn begin(&mut self, now: Instant) {
        self.waiting = Some(Waiting { until: now + WAIT, with: Modifiers::NONE, combines: false });
        self.hint = Some(Hint::Keys);
    }
}

/// Both of them, as far as they can be held for a key.
fn union(a: Modifiers, b: Modifiers) -> Modifiers {
    Modifiers {
        control: a.control || b.control,
        alt: a.alt || b.alt,
        shift: a.shift || b.shift,
        super_key: a.super_key || b.super_key,
        ..a
    }
}

#[cfg(test)]
#[path = "leader_tests.rs"]
mod tests;
