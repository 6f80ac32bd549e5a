//! `vte` → [`Function`]: the only file that names `vte`.
//!
//! It is given nothing but escape and control sequences and the heads of device control strings: text, OSC and the
//! contents of strings are [`super::scan`]'s. A sequence may come whole or in pieces.
//!
//! `vte` takes a sequence byte by byte, and programs send the same few hundred sequences over and over. So what it made
//! of a whole one is remembered (`memo.rs`), and it is asked only once.

use super::function::{Function, Introducer};
use super::memo::{self, Memo};

/// Parameters kept of one sequence, sub-parameters included; xterm keeps as many.
pub const MAX_PARAMS: usize = 30;

/// The parameters of a sequence; each is cut at 65,535, and one left out is 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Params {
    pub(super) values: [u16; MAX_PARAMS],
    pub(super) len: u8,
    /// Bit n: value n is a sub-parameter, it follows a colon.
    pub(super) sub: u32,
    /// Bit n: value n was left out; see [`Params::given`].
    omitted: u32,
}

impl Params {
    /// The number of values, sub-parameters included; at least 1 for a control sequence.
    #[inline]
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Value `at`; 0 when it is not there.
    #[inline]
    pub fn get(&self, at: usize) -> u16 {
        if at < self.len() { self.values[at] } else { 0 }
    }

    /// Value `at`; `None` when it was left out. To be asked only of functions that [`Decoder`] does not remember: of
    /// others it is not known.
    pub fn given(&self, at: usize) -> Option<u16> {
        self.rest(at).first().copied().filter(|_| self.omitted >> at & 1 == 0)
    }

    /// Value `at`, or 1 instead of 0: a count.
    #[inline]
    pub fn count(&self, at: usize) -> u16 {
        self.get(at).max(1)
    }

    /// All values from `at` on.
    pub fn rest(&self, at: usize) -> &[u16] {
        self.values.get(at..self.len()).unwrap_or(&[])
    }

    /// Whether any value is a sub-parameter.
    #[inline]
    pub fn has_sub(&self) -> bool {
        self.sub != 0
    }

    /// The parameter at `at` with its sub-parameters.
    #[inline]
    pub fn group(&self, at: usize) -> &[u16] {
        let after = (self.sub >> 1).checked_shr(at as u32).unwrap_or(0);
        let end = at + 1 + after.trailing_ones() as usize;
        self.values.get(at..end.min(self.len())).unwrap_or(&[])
    }

    #[inline]
    fn copy_from(&mut self, params: &vte::Params) {
        let (mut len, mut sub) = (0, 0u32);
        for group in params {
            for (nth, value) in group.iter().enumerate() {
                let Some(slot) = self.values.get_mut(len) else { break };
                *slot = *value;
                sub |= u32::from(nth > 0) << len;
                len += 1;
            }
        }
        self.len = len as u8;
        self.sub = sub;
    }
}

/// Sequences in, functions out.
pub struct Decoder {
    parser: vte::Parser<1>,
    sink: Sink,
    memo: Memo,
    omitted: Omitted,
}

/// Which parameters of the sequence that has begun are left out: `vte` makes zeros of them.
#[derive(Clone, Copy, Default)]
struct Omitted {
    bits: u32,
    /// The number of the parameter that comes next, and whether it has no digit yet.
    at: u8,
    empty: bool,
}

impl Omitted {
    fn push(&mut self, byte: u8) {
        match byte {
            super::scan::ESC => *self = Self { empty: true, ..Self::default() },
            b'0'..=b'9' => self.empty = false,
            b';' | b':' => {
                self.note();
                self.at = self.at.saturating_add(1);
                self.empty = true;
            }
            0x40..=0x7e if byte != b'[' => self.note(),
            _ => {}
        }
    }

    fn note(&mut self) {
        if self.empty {
            self.bits |= 1u32.checked_shl(self.at.into()).unwrap_or(0);
        }
    }
}

#[derive(Default)]
struct Sink {
    function: Option<Function>,
    params: Params,
}

impl Decoder {
    /// A decoder that waits for an ESC.
    pub fn new() -> Self {
        Self {
            parser: vte::Parser::default(),
            sink: Sink::default(),
            memo: Memo::default(),
            omitted: Omitted::default(),
        }
    }

    /// Takes the whole control sequence that `bytes` begin with, `ESC [` to its final byte, while none has begun: its
    /// function, if we have it, and its length. `None` when it is not all there, or not plain: then it goes byte by
    /// byte.
    #[inline]
    pub fn push_csi(&mut self, bytes: &[u8]) -> Option<(Option<Function>, usize)> {
        if let Some((key, len)) = memo::short_key(bytes) {
            if let Some(function) = self.memo.short(key, &mut self.sink.params) {
                return Some((Some(function), len));
            }
            let function = self.push(&bytes[..len]);
            if let Some(function) = function.filter(Self::remembers) {
                self.memo.remember_short(key, function, &self.sink.params);
            }
            return Some((function, len));
        }
        let len = memo::length(bytes)?;
        let key = &bytes[2..len];
        if let Some(function) = self.memo.long(key, &mut self.sink.params) {
            return Some((Some(function), len));
        }
        let function = self.push(&bytes[..len]);
        if let Some(function) = function.filter(Self::remembers) {
            self.memo.remember_long(key, function, &self.sink.params);
        }
        Some((function, len))
    }

    /// Bytes that it takes beside itself.
    pub fn memory(&self) -> usize {
        self.memo.memory()
    }

    /// Takes a sequence or a piece of one; the function, if it is complete and we have such a one.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) -> Option<Function> {
        self.parser.advance(&mut self.sink, bytes);
        bytes.iter().for_each(|byte| self.omitted.push(*byte));
        self.sink.params.omitted = self.omitted.bits;
        self.sink.function.take()
    }

    /// Whether what `vte` made of a sequence is remembered. Not where a parameter that was left out is another than 0:
    /// that is rare, and takes the long way.
    fn remembers(function: &Function) -> bool {
        !matches!(function, Function::XTWINOPS | Function::XTSMTITLE | Function::XTRMTITLE)
    }

    /// Forgets a sequence that has begun.
    pub fn cancel(&mut self) {
        self.parser.advance(&mut self.sink, &[super::scan::CAN]);
        self.sink.function = None;
    }

    /// The parameters of the last function.
    #[inline]
    pub fn params(&self) -> &Params {
        &self.sink.params
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Sink {
    /// `ignore` says that `vte` met too many parameters, which only shortens the list, or too many intermediates.
    #[inline]
    fn dispatch(&mut self, introducer: Introducer, params: &vte::Params, intermediates: &[u8], ignore: bool, last: u8) {
        if ignore && params.len() <= MAX_PARAMS {
            return;
        }
        self.function = Function::find(introducer, intermediates, last);
        if self.function.is_some() {
            self.params.copy_from(params);
        }
    }
}

impl vte::Perform for Sink {
    fn csi_dispatch(&mut self, params: &vte::Params, intermediates: &[u8], ignore: bool, action: char) {
        self.dispatch(Introducer::Csi, params, intermediates, ignore, action as u8);
    }

    fn hook(&mut self, params: &vte::Params, intermediates: &[u8], ignore: bool, action: char) {
        self.dispatch(Introducer::Dcs, params, intermediates, ignore, action as u8);
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], ignore: bool, byte: u8) {
        if !ignore {
            // ESC ( A and its kin: the intermediates and the final byte name the set, not the function.
            self.params = Params::charset(intermediates, byte);
            self.function = Function::find(Introducer::Esc, intermediates, byte);
        }
    }
}

impl Params {
    /// The second intermediate (0 if none) and the final byte of an escape sequence, for SCS.
    fn charset(intermediates: &[u8], last: u8) -> Self {
        let mut params = Self { len: 2, ..Self::default() };
        params.values[0] = intermediates.get(1).copied().unwrap_or(0).into();
        params.values[1] = last.into();
        params
    }
}
