//! Keys and pointers as viewers send them, whatever they are meant for.

pub mod chord;
pub mod compose;
pub mod cut_text;
mod dead_key_table;
pub mod dead_keys;
pub mod guest_layout;
pub mod key_name;
pub mod keyboard;
pub mod keysym;
mod keysym_names;
mod keysym_table;
pub mod leader;
pub mod pressed;

/// An X11 key symbol, as RFC 6143 §7.5.4 carries it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Keysym(pub u32);

/// One key going down or up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyEvent {
    /// What the viewer's layout made of the key; `Keysym(0)` when only the keycode is known.
    pub keysym: Keysym,
    /// The XT scancode (QEMU Extended Key); `None` or 0 when unknown. A proxied screen lives by it; a console only tells
    /// its guest which key it was, if that asks for it.
    pub keycode: Option<u32>,
    /// Pressed, or else released.
    pub down: bool,
    /// Pressed again without having been released. RFB knows no such thing: it is [`pressed`] that tells.
    pub repeat: bool,
}

/// A button of the guest's machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerButton {
    /// The guest shall end what it does and switch itself off.
    Shutdown,
    /// The guest shall end what it does and start again.
    Reboot,
    /// The machine starts again, whatever the guest does.
    Reset,
}

impl PowerButton {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Shutdown, Self::Reboot, Self::Reset];

    /// Its name in options, logs and environments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shutdown => "shutdown",
            Self::Reboot => "reboot",
            Self::Reset => "reset",
        }
    }
}

/// The locks of a viewer's keyboard, as far as its keys have shown them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locks {
    /// Num Lock: on until something tells otherwise, as on most keyboards.
    pub num: bool,
    /// Caps Lock.
    pub caps: bool,
    /// Scroll Lock.
    pub scroll: bool,
}

impl Default for Locks {
    fn default() -> Self {
        Self { num: true, caps: false, scroll: false }
    }
}

/// Modifier keys held while a key is pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Modifiers {
    /// Either Shift.
    pub shift: bool,
    /// Either Alt (not AltGr).
    pub alt: bool,
    /// Either Control.
    pub control: bool,
    /// Either Meta.
    pub meta: bool,
    /// Either Super.
    pub super_key: bool,
    /// Either Hyper.
    pub hyper: bool,
    /// AltGr: `ISO_Level3_Shift` or `Mode_switch`.
    pub level3: bool,
    /// Num Lock is on, or nothing has told otherwise.
    pub num_lock: bool,
    /// Num Lock is on, and the viewer's keys have shown it.
    pub num_lock_told: bool,
    /// Caps Lock is on, as far as the viewer's keys have shown it.
    pub caps_lock: bool,
}

impl Modifiers {
    /// None is held, and no lock is on: the default, for constants.
    pub const NONE: Self = Self {
        shift: false,
        alt: false,
        control: false,
        meta: false,
        super_key: false,
        hyper: false,
        level3: false,
        num_lock: false,
        num_lock_told: false,
        caps_lock: false,
    };

    /// These, and the modifier that `keysym` is, if it is one that is held.
    #[must_use]
    pub fn with(self, keysym: Keysym) -> Self {
        match keysym {
            Keysym::SHIFT_L | Keysym::SHIFT_R => Self { shift: true, ..self },
            Keysym::CONTROL_L | Keysym::CONTROL_R => Self { control: true, ..self },
            Keysym::ALT_L | Keysym::ALT_R => Self { alt: true, ..self },
            Keysym::META_L | Keysym::META_R => Self { meta: true, ..self },
            Keysym::SUPER_L | Keysym::SUPER_R => Self { super_key: true, ..self },
            Keysym::HYPER_L | Keysym::HYPER_R => Self { hyper: true, ..self },
            Keysym::ISO_LEVEL3_SHIFT | Keysym::ISO_LEVEL5_SHIFT | Keysym::MODE_SWITCH => Self { level3: true, ..self },
            _ => self,
        }
    }
}

/// The pointer's state, in pixels of the picture the viewer sees (RFC 6143 §7.5.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PointerEvent {
    /// Pixels from the left edge.
    pub x: u32,
    /// Pixels from the top edge.
    pub y: u32,
    /// Bit n is button n+1; bits 3 to 6 are the wheel: up, down, left, right; 7 and 8 are back and forward.
    pub buttons: u16,
}

/// How the pointer was moved, for guests that are told nothing else of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PointerMotion {
    /// Pixels to the right; negative: to the left.
    pub dx: i32,
    /// Pixels down; negative: up.
    pub dy: i32,
    /// As in [`PointerEvent`].
    pub buttons: u16,
}

impl std::fmt::Debug for Keysym {
    // Keystrokes are never logged (house rule 8).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keysym(..)")
    }
}

impl std::fmt::Debug for KeyEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyEvent").field("down", &self.down).finish_non_exhaustive()
    }
}
