//! How modifiers are told, as far as xterm lets the guest choose: XTMODKEYS and XTFMTKEYS, one value for each kind of key.
//! xterm 379 has the first six kinds and no XTFMTKEYS; the others are those of its later versions.

use crate::terminal::Terminal;
use crate::terminal::decode::Params;
use crate::terminal::report::Answer;

/// The kinds of keys, by the numbers of XTMODKEYS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// `modifyKeyboard`: which keys of a VT220's keyboard tell modifiers at all; a bit each for keypad, cursor keys,
    /// function keys and the other ones.
    Keyboard,
    /// `modifyCursorKeys`.
    Cursor,
    /// `modifyFunctionKeys`.
    Function,
    /// `modifyKeypadKeys`; kept, without effect (xterm 379).
    Keypad,
    /// `modifyOtherKeys`: everything that types a character or a control.
    Other,
    /// Reserved by xterm; kept, without effect.
    String,
    /// `modifyModifierKeys`; kept, without effect.
    Modifier,
    /// `modifySpecialKeys`; kept, without effect.
    Special,
}

/// Kinds there are.
const KINDS: usize = 8;
/// The values of all kinds. -1 is what XTUNMODKEYS sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModifyKeys {
    modify: [i16; KINDS],
    format: [i16; KINDS],
}

/// Which of the two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// XTMODKEYS, final byte `m`: whether and where modifiers are told.
    Modify,
    /// XTFMTKEYS, final byte `f`: in which form.
    Format,
}

impl Default for ModifyKeys {
    fn default() -> Self {
        Self::INITIAL
    }
}

impl ModifyKeys {
    /// What a fresh terminal has: xterm's resources.
    pub const INITIAL: Self = Self { modify: [0, 2, 2, 0, 0, 0, 0, 0], format: [0; KINDS] };

    /// The value of XTMODKEYS.
    pub fn modify(&self, kind: Kind) -> i16 {
        self.modify[kind as usize]
    }

    /// Whether such keys are to be told as `CSI code ; modifiers u` (XTFMTKEYS).
    pub fn as_csi_u(&self, kind: Kind) -> bool {
        self.format[kind as usize] != 0
    }

    /// The values that differ from a fresh terminal's: kind, value, and which it is.
    pub fn changes(&self) -> impl Iterator<Item = (usize, i16, What)> {
        let initial = Self::default();
        let (modify, format) = (self.modify, self.format);
        let changed = move |kind: usize| {
            let modify = (modify[kind] != initial.modify[kind]).then_some((kind, modify[kind], What::Modify));
            modify.into_iter().chain((format[kind] != 0).then_some((kind, format[kind], What::Format)))
        };
        (0..KINDS).flat_map(changed)
    }

    fn values(&mut self, what: What) -> &mut [i16; KINDS] {
        match what {
            What::Modify => &mut self.modify,
            What::Format => &mut self.format,
        }
    }

    /// `CSI > Pp ; Pv m` or `f`; without a value back to the initial one, and all of them without a kind.
    fn set(&mut self, params: &Params, what: What) {
        let initial = *Self::default().values(what);
        let values = self.values(what);
        let kind = usize::from(params.get(0));
        match (params.len(), values.get_mut(kind)) {
            (1, _) if kind == 0 => *values = initial,
            (1, Some(value)) => *value = initial[kind],
            // Cut to sixteen bits with a sign, as in xterm: 65535 is how it reports -1, and it may be sent back.
            (_, Some(value)) => *value = params.get(1) as i16,
            (_, None) => {}
        }
    }
}

impl What {
    /// The final byte of its sequence, and of the answer.
    pub fn last(self) -> u8 {
        match self {
            Self::Modify => b'm',
            Self::Format => b'f',
        }
    }
}

impl Terminal {
    /// XTMODKEYS and XTFMTKEYS.
    pub(in crate::terminal) fn set_key_values(&mut self, params: &Params, what: What) {
        self.screen.keys.modify.set(params, what);
    }

    /// XTUNMODKEYS: -1 for this kind; without one it is the function keys.
    pub(in crate::terminal) fn disable_key_value(&mut self, kind: u16) {
        let kind = if kind == 0 { Kind::Function as u16 } else { kind };
        if let Some(value) = self.screen.keys.modify.modify.get_mut(usize::from(kind)) {
            *value = -1;
        }
    }

    /// XTQMODKEYS and XTQFMTKEYS: each kind asked for, in the form that would set it; -1, which is told as 65535, for one
    /// that there is not.
    pub(in crate::terminal) fn report_key_values(&mut self, params: &Params, what: What) {
        for &kind in params.rest(0) {
            let value = self.screen.keys.modify.values(what).get(usize::from(kind)).copied().unwrap_or(-1);
            self.answer(Answer::KeyValue { kind, value: value as u16, last: what.last() });
        }
    }
}
