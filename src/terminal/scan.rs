//! The stage before `vte`: ground text, encodings, C1, and the strings.
//!
//! `vte` alone shows wrong screens for what real consoles send: it lets bytes of 0x80 and above vanish inside a
//! sequence and goes on with it (systemd cuts coloured unit names that way), swallows what follows Linux's unterminated
//! `ESC ] P` and `ESC ] R`, cannot tell an aborted string from a complete one, knows no encoding but UTF-8, and takes
//! text a character at a time. So this stage decodes, prints runs of text itself, and gives `vte` only escape and
//! control sequences. It knows where a sequence ends and nothing more: what it means is [`super::decode`]'s.
//!
//! ```text
//! bytes ─ Encoding ─┬─ text ────────────────────────────► print
//!                   ├─ ESC …, CSI …, head of a DCS ─ vte ─► execute
//!                   ├─ sixels: drawn as they come ───────► pictures
//!                   ├─ OSC, DCS: collected up to 4 KiB ──► osc, report (only when BEL or ST ends them)
//!                   └─ APC, PM, SOS: swallowed
//! ```

mod vt52;

use super::Terminal;
use super::charset;
use super::clipboard::MAX_CLIPBOARD_STRING;
use super::function::Function;
use super::modes::Mode;
use super::report::Terminator;

pub(super) const BEL: u8 = 0x07;
pub(super) const CAN: u8 = 0x18;
pub(super) const SUB: u8 = 0x1a;
pub(super) const ESC: u8 = 0x1b;
const DEL: u8 = 0x7f;
const REPLACEMENT: char = '\u{fffd}';
/// What SUB shows: a terminal above the VT100 prints this (xterm).
const SUBSTITUTE: char = '\u{2426}';

/// Bytes kept of an OSC or DCS string, but for OSC 52; a longer one is swallowed to its end and ignored.
pub const MAX_STRING: usize = 4_096;

/// What the guest's bytes mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; broken sequences show U+FFFD, each as xterm counts them.
    #[default]
    Utf8,
    /// ISO 8859-1 with 8-bit C1 controls, GR through the charsets.
    Latin1,
    /// IBM code page 437: everything from 0x80 on is a character.
    Cp437,
}

impl Encoding {
    /// What `ESC % @` switches to in a terminal that began with this.
    pub(super) fn eight_bit(self) -> Self {
        if self == Self::Utf8 { Self::Latin1 } else { self }
    }
}

/// PC consoles' alternate fonts (SGR 10 to 12; Linux, SCO, ANSI.SYS and terminfo's `ansi`): while one is on, each byte is
/// a character of code page 437, whatever the encoding, and most controls are characters too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum PcFont {
    /// SGR 10: the usual one.
    #[default]
    None,
    /// SGR 11.
    Graphics,
    /// SGR 12: the same with the eighth bit set in every character.
    High,
}

impl PcFont {
    /// The controls that act even so, bit n for n: NUL, BS, LF, FF, CR, SO, SI, ESC (Linux).
    const ACTING: u32 = 0x0800_f501;

    /// Whether a control is a character.
    fn shows(self, byte: u8) -> bool {
        self != Self::None && (byte == DEL || Self::ACTING.checked_shr(byte.into()).unwrap_or(1) & 1 == 0)
    }
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ground,
    /// After ESC, and after its intermediates.
    Escape {
        intermediates: bool,
    },
    Csi,
    /// After `CSI [` of Linux's function keys: one more byte, whatever it is.
    Swallow,
    /// From `ESC P` to the final byte that says what the string is for.
    DcsHead,
    String(Kind),
    /// ESC came in a string: a backslash completes it, anything else abandons it.
    StringEscape(Kind),
    /// `ESC Y` of VT52 waits for its row, then its column.
    Vt52Row,
    Vt52Col {
        row: u16,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Osc,
    /// A device control string with a function that wants it, or one without.
    Dcs(Option<Function>),
    /// A device control string that draws a picture.
    Sixel,
    /// APC, PM, SOS.
    Ignored,
}

/// A code point or a control, as the encoding gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// 0x00 to 0x7F.
    Ascii(u8),
    /// A C1 control that came as one byte in an 8-bit encoding.
    C1(u8),
    /// U+0080 to U+009F in UTF-8: xterm ignores them.
    EncodedC1,
    /// U+00A0 and above, or U+FFFD for what is broken.
    Char(char),
}

/// The UTF-8 sequence that has begun (xterm's rules: what RFC 3629 forbids is still one sequence, and one U+FFFD).
#[derive(Clone, Copy, Debug, Default)]
struct Utf8 {
    /// Continuation bytes still to come; 0 between characters.
    missing: u8,
    value: u32,
    broken: bool,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Scanner {
    pub(super) state: State,
    pub(super) encoding: Encoding,
    pub(super) font: PcFont,
    /// What bytes mean now: the encoding, or the alternate font's.
    text: Encoding,
    utf8: Utf8,
    string: Vec<u8>,
    /// The string grew beyond its limit: what it says is lost.
    overflow: bool,
    /// Whether there may be text for the clipboard, for which strings may be longer.
    clipboard: bool,
    /// Bytes of the sequence or character that has begun and not ended.
    pub(super) unfinished: usize,
    /// The function that the last byte completed, where bytes come one by one: see trace.rs.
    pub(super) completed: Option<Function>,
}

impl Scanner {
    pub(super) fn new(encoding: Encoding, clipboard: bool) -> Self {
        let (state, utf8) = (State::Ground, Utf8::default());
        Self {
            state,
            encoding,
            font: PcFont::None,
            text: encoding,
            utf8,
            string: Vec::new(),
            overflow: false,
            clipboard,
            unfinished: 0,
            completed: None,
        }
    }

    /// Nothing has begun that has not ended.
    fn is_between(&self) -> bool {
        self.state == State::Ground && self.utf8.missing == 0
    }

    fn begin_string(&mut self, kind: Kind) {
        let string = std::mem::take(&mut self.string);
        self.put_back(string);
        self.overflow = false;
        self.state = State::String(kind);
    }

    fn collect(&mut self, unit: Unit) {
        let mut buffer = [0; 4];
        let bytes = match unit {
            Unit::Ascii(byte) => {
                buffer[0] = byte;
                &buffer[..1]
            }
            Unit::Char(ch) => ch.encode_utf8(&mut buffer).as_bytes(),
            Unit::C1(_) | Unit::EncodedC1 => return,
        };
        let length = self.string.len() + bytes.len();
        if length > MAX_STRING && length > self.max_string() {
            self.overflow = true;
        } else {
            self.string.extend_from_slice(bytes);
        }
    }

    /// Bytes kept of the string that has begun.
    fn max_string(&self) -> usize {
        let clipboard = self.clipboard && self.state == State::String(Kind::Osc) && self.string.starts_with(b"52;");
        if clipboard { MAX_CLIPBOARD_STRING } else { MAX_STRING }
    }

    /// Keeps the memory of a string for the next one, unless it is that of a long one.
    fn put_back(&mut self, mut string: Vec<u8>) {
        string.clear();
        string.shrink_to(MAX_STRING);
        self.string = string;
    }

    /// Bytes that a string holds at the moment.
    pub(super) fn memory(&self) -> usize {
        self.string.capacity()
    }
}

impl Utf8 {
    /// Takes one byte of 0x80 and above.
    fn push(&mut self, byte: u8) -> Option<Unit> {
        if byte < 0xc0 {
            return self.push_continuation(byte);
        }
        let (missing, value) = match byte {
            0xc0..=0xdf => (1, byte & 0x1f),
            0xe0..=0xef => (2, byte & 0x0f),
            0xf0..=0xf7 => (3, byte & 0x07),
            0xf8..=0xfb => (4, byte & 0x03),
            0xfc..=0xfd => (5, byte & 0x01),
            _ => return Some(Unit::Char(REPLACEMENT)),
        };
        *self = Self { missing, value: value.into(), broken: matches!(byte, 0xc0 | 0xc1 | 0xf8..) };
        None
    }

    fn push_continuation(&mut self, byte: u8) -> Option<Unit> {
        if self.missing == 0 {
            return Some(Unit::Char(REPLACEMENT));
        }
        // Overlong: a shorter form would do.
        self.broken |= self.value == 0 && u32::from(byte & 0x7f) >> (7 - self.missing) == 0;
        self.value = self.value << 6 | u32::from(byte & 0x3f);
        self.missing -= 1;
        (self.missing == 0).then(|| self.finish())
    }

    fn finish(&self) -> Unit {
        match char::from_u32(self.value) {
            Some('\u{80}'..='\u{9f}') if !self.broken => Unit::EncodedC1,
            // U+FFFE and U+FFFF are not characters; xterm uses one of them for the halves of wide ones.
            Some(ch) if !self.broken && !matches!(ch, '\u{fffe}' | '\u{ffff}') => Unit::Char(ch),
            _ => Unit::Char(REPLACEMENT),
        }
    }
}

/// The length of the run of printable ASCII that `bytes` begins with, eight bytes at a step.
#[inline]
fn ascii_run(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let mut chunks = bytes.chunks_exact(8);
    let mut at = 0;
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().expect("chunks of eight"));
        // The high bit of each byte: below 0x20 (first such byte is exact), 0x7F, or above.
        let odd = (word.wrapping_sub(ONES * 0x20) | (word ^ (ONES * 0x7f)).wrapping_sub(ONES) | word) & HIGH;
        if odd != 0 {
            return at + (odd.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + chunks.remainder().iter().take_while(|byte| matches!(byte, 0x20..=0x7e)).count()
}

/// A well-formed character of two or three bytes at the start of `bytes`, and its length: what nearly all text beyond
/// ASCII is. Everything else goes the long way.
#[inline]
pub(super) fn common_char(bytes: &[u8]) -> Option<(char, usize)> {
    // A lead byte and one or two that continue it; what is overlong, a surrogate, a control or no character is left out.
    let (code, len) = match *bytes {
        [lead @ 0xe1..=0xef, second @ 0x80..=0xbf, third @ 0x80..=0xbf, ..] => {
            (u32::from(lead & 0x0f) << 12 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f), 3)
        }
        [0xe0, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, ..] => {
            (u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f), 3)
        }
        [lead @ 0xc3..=0xdf, second @ 0x80..=0xbf, ..] | [lead @ 0xc2, second @ 0xa0..=0xbf, ..] => {
            (u32::from(lead & 0x1f) << 6 | u32::from(second & 0x3f), 2)
        }
        _ => return None,
    };
    let ch = char::from_u32(code)?;
    (code < 0xfffe).then_some((ch, len))
}

impl Terminal {
    /// Takes bytes of the guest, up to the end of a synchronized update or enough work; how many. See [`Terminal::feed_update`].
    pub(super) fn scan(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        // How much was left where the last sequence or text began.
        let mut begun = None;
        self.updates.ended = false;
        self.work = Default::default();
        while let Some(byte) = rest.first().copied() {
            let used = if self.scanner.is_between() {
                begun = Some(rest.len());
                self.ground(byte, rest)
            } else if self.scanner.state == State::String(Kind::Sixel) && (0x20..=0x7e).contains(&byte) {
                self.draw(rest)
            } else {
                self.step_byte(byte)
            };
            rest = &rest[used..];
            // Not for each byte: most of the time this is a run of text or a whole sequence.
            if self.work.pauses && used > 0 {
                break;
            }
        }
        let taken = bytes.len() - rest.len();
        self.scanner.unfinished = match begun {
            _ if self.scanner.is_between() => 0,
            Some(left) => left - rest.len(),
            None => self.scanner.unfinished + taken,
        };
        taken
    }

    /// Changes the encoding, from the next byte on.
    pub(super) fn set_encoding(&mut self, encoding: Encoding) {
        self.scanner.encoding = encoding;
        self.set_text();
    }

    /// SGR 10 to 12.
    pub(super) fn set_pc_font(&mut self, font: PcFont) {
        if self.scanner.font != font {
            self.scanner.font = font;
            self.set_text();
        }
    }

    fn set_text(&mut self) {
        let scanner = &mut self.scanner;
        scanner.text = if scanner.font == PcFont::None { scanner.encoding } else { Encoding::Cp437 };
        scanner.utf8 = Utf8::default();
    }

    /// Loses the next byte.
    pub(super) fn swallow_one(&mut self) {
        self.scanner.state = State::Swallow;
    }

    /// Takes as much of `rest` as is of one kind, in the ground state; `byte` is its first.
    #[inline]
    fn ground(&mut self, byte: u8, rest: &[u8]) -> usize {
        match byte {
            0x20..=0x7e if self.scanner.font != PcFont::High => {
                let run = ascii_run(rest);
                self.print_ascii(&rest[..run]);
                return run;
            }
            ESC if rest.get(1) == Some(&b'[') && !self.vt52() => {
                if let Some((function, len)) = self.decoder.push_csi(rest) {
                    match function {
                        Some(function) => {
                            let params = *self.decoder.params();
                            self.execute(function, &params);
                        }
                        None => self.last_printed = None,
                    }
                    return len;
                }
            }
            b'\r' => {
                self.last_printed = None;
                self.carriage_return();
                return 1;
            }
            b'\n' => {
                self.last_printed = None;
                self.line_feed();
                return 1;
            }
            0x80.. if self.scanner.text == Encoding::Utf8 && !self.sets_have_right_half() => {
                let run = self.print_text(rest);
                if run > 0 {
                    return run;
                }
                if let Some((ch, len)) = common_char(rest) {
                    self.print(ch);
                    return len;
                }
            }
            _ => {}
        }
        self.step_byte(byte)
    }

    /// Takes as much of `rest` as draws a picture.
    fn draw(&mut self, rest: &[u8]) -> usize {
        let run = ascii_run(rest);
        if let Some(sixel) = &mut self.sixel {
            sixel.feed(&rest[..run], &mut self.drawing);
        }
        // Only what a broken character has left to say.
        self.scanner.utf8 = Utf8::default();
        run
    }

    /// Takes one byte in any state: 1, or 0 when it only ended a broken character and must be looked at again.
    fn step_byte(&mut self, byte: u8) -> usize {
        let unit = match self.scanner.text {
            Encoding::Utf8 if byte >= 0x80 && self.scanner.utf8.missing == 0 && self.sets_have_right_half() => {
                // UTF-8 has no C1 controls, even so (xterm).
                (byte >= 0xa0).then(|| Unit::Char(self.right_half(byte)))
            }
            Encoding::Utf8 => {
                let utf8 = &mut self.scanner.utf8;
                if utf8.missing > 0 && !(0x80..0xc0).contains(&byte) {
                    utf8.missing = 0;
                    self.step(Unit::Char(REPLACEMENT));
                    return 0;
                }
                if byte < 0x80 { Some(Unit::Ascii(byte)) } else { utf8.push(byte) }
            }
            _ if byte < 0x80 => Some(Unit::Ascii(byte)),
            Encoding::Cp437 => Some(Unit::Char(charset::cp437(byte))),
            Encoding::Latin1 if byte < 0xa0 => Some(Unit::C1(byte)),
            Encoding::Latin1 => Some(Unit::Char(self.right_half(byte))),
        };
        if let Some(unit) = unit {
            self.step(unit);
        }
        1
    }

    /// Whether bytes from 0x80 on are 8-bit text even though UTF-8 is the encoding: while a set other than ASCII is in GR,
    /// and with DECNRCM. What was made for a VT220 shows its characters then, as in xterm.
    #[inline]
    fn sets_have_right_half(&self) -> bool {
        !self.screen.cursor.charsets.right_is_free() || self.screen.modes.has(Mode::NationalCharsets)
    }

    /// What a byte of the right half is in 8-bit mode; inside a sequence no shift is used up.
    fn right_half(&mut self, byte: u8) -> char {
        if self.scanner.state == State::Ground { self.screen.cursor.charsets.map_right(byte) } else { char::from(byte) }
    }

    fn step(&mut self, unit: Unit) {
        // An 8-bit C1 control is ESC and the letter 0x40 below it (ECMA-35 §13.2), in every state.
        if let Unit::C1(byte) = unit {
            self.step(Unit::Ascii(ESC));
            return self.step(Unit::Ascii(byte - 0x40));
        }
        match self.scanner.state {
            State::Ground => self.step_ground(unit),
            State::Escape { .. } | State::Csi | State::DcsHead => self.step_sequence(unit),
            State::Swallow => {
                self.scanner.state = State::Ground;
                // Controls are none of it.
                if let Unit::Ascii(byte @ ..0x20) = unit {
                    self.step_ground(unit);
                    if !matches!(byte, ESC | CAN | SUB) {
                        self.scanner.state = State::Swallow;
                    }
                }
            }
            State::String(kind) => self.step_string(kind, unit),
            State::StringEscape(kind) => {
                if unit == Unit::Ascii(b'\\') {
                    self.finish_string(kind, Terminator::St);
                } else {
                    // xterm carries out what the ESC began, and forgets the string.
                    self.sixel = None;
                    self.begin_escape();
                    self.step_sequence(unit);
                }
            }
            State::Vt52Row | State::Vt52Col { .. } => self.step_vt52_address(unit),
        }
    }

    fn step_ground(&mut self, unit: Unit) {
        match unit {
            Unit::Ascii(ESC) => self.begin_escape(),
            Unit::Ascii(byte @ (..0x20 | DEL)) if !self.scanner.font.shows(byte) && byte != SUB => self.control(byte),
            Unit::Ascii(byte) if self.scanner.font == PcFont::High => self.print(charset::cp437(byte | 0x80)),
            Unit::Ascii(byte @ (..0x20 | DEL)) if self.scanner.font != PcFont::None => {
                self.print(charset::cp437_control(byte));
            }
            Unit::Ascii(SUB) => self.print(SUBSTITUTE),
            Unit::Ascii(byte @ 0x20..=0x7e) => self.print_ascii(&[byte]),
            Unit::Ascii(byte) => self.control(byte),
            Unit::Char(ch) => self.print(ch),
            Unit::EncodedC1 | Unit::C1(_) => {}
        }
    }

    fn begin_escape(&mut self) {
        self.scanner.state = State::Escape { intermediates: false };
        self.decoder.push(&[ESC]);
    }

    /// Ends a sequence without carrying it out.
    fn abort(&mut self) {
        self.scanner.state = State::Ground;
        self.decoder.cancel();
    }

    /// One unit of an escape or control sequence, or of the head of a device control string.
    fn step_sequence(&mut self, unit: Unit) {
        let byte = match unit {
            Unit::Ascii(byte) => byte,
            // A character aborts the sequence and is itself lost (xterm).
            Unit::Char(_) => return self.abort(),
            Unit::EncodedC1 | Unit::C1(_) => return,
        };
        match byte {
            ESC => self.begin_escape(),
            CAN => self.abort(),
            SUB => {
                self.abort();
                self.print(SUBSTITUTE);
            }
            // Controls act in the middle of a sequence, which then goes on.
            0x00..=0x1f => self.control(byte),
            DEL => {}
            _ => match self.scanner.state {
                State::Escape { intermediates: false } if self.vt52() => self.step_vt52(byte),
                State::Escape { intermediates } => self.step_escape(byte, intermediates),
                State::DcsHead if byte >= 0x40 => {
                    let function = self.decoder.push(&[byte]);
                    let kind = if function == Some(Function::DECSIXEL) { Kind::Sixel } else { Kind::Dcs(function) };
                    if kind == Kind::Sixel {
                        self.begin_picture(self.decoder.params().get(1));
                    }
                    self.decoder.cancel();
                    self.scanner.begin_string(kind);
                }
                _ if byte >= 0x40 => {
                    self.scanner.state = State::Ground;
                    self.sequence(&[byte]);
                }
                _ => {
                    self.decoder.push(&[byte]);
                }
            },
        }
    }

    fn step_escape(&mut self, byte: u8, intermediates: bool) {
        let string = match byte {
            0x20..=0x2f => {
                self.decoder.push(&[byte]);
                self.scanner.state = State::Escape { intermediates: true };
                return;
            }
            b'[' | b'P' if !intermediates => {
                self.decoder.push(&[byte]);
                self.scanner.state = if byte == b'[' { State::Csi } else { State::DcsHead };
                return;
            }
            b']' if !intermediates => Kind::Osc,
            b'X' | b'^' | b'_' if !intermediates => Kind::Ignored,
            _ => {
                self.scanner.state = State::Ground;
                return self.sequence(&[byte]);
            }
        };
        self.decoder.cancel();
        self.scanner.begin_string(string);
    }

    /// Gives `vte` the end of a sequence, and carries out what it means.
    fn sequence(&mut self, bytes: &[u8]) {
        if let Some(function) = self.decoder.push(bytes) {
            let params = *self.decoder.params();
            self.scanner.completed = Some(function);
            self.execute(function, &params);
        } else {
            self.last_printed = None;
        }
    }

    fn step_string(&mut self, kind: Kind, unit: Unit) {
        match unit {
            Unit::Ascii(ESC) => self.scanner.state = State::StringEscape(kind),
            Unit::Ascii(byte @ (CAN | SUB)) => {
                self.scanner.state = State::Ground;
                self.sixel = None;
                if byte == SUB {
                    self.print(SUBSTITUTE);
                }
            }
            Unit::Ascii(BEL) if kind == Kind::Osc => self.finish_string(kind, Terminator::Bel),
            Unit::Ascii(BEL) => self.events.ring(),
            _ if matches!(kind, Kind::Sixel | Kind::Ignored) => {}
            _ => {
                self.scanner.collect(unit);
                if kind == Kind::Osc {
                    self.linux_palette();
                }
            }
        }
    }

    /// Linux's `ESC ] R` and `ESC ] P nrrggbb` have no terminator: they end where they end.
    fn linux_palette(&mut self) {
        match self.scanner.string.as_slice() {
            [b'R'] => self.reset_indexed_colors(),
            [b'P', digits @ ..] if digits.len() == 7 && digits.iter().all(u8::is_ascii_hexdigit) => {
                let digits = std::str::from_utf8(digits).unwrap_or_default();
                let value = u32::from_str_radix(digits, 16).unwrap_or_default();
                self.set_linux_color(value);
            }
            _ => return,
        }
        self.scanner.state = State::Ground;
    }

    /// BEL or ST ended a string: only now does it count.
    fn finish_string(&mut self, kind: Kind, end: Terminator) {
        self.scanner.state = State::Ground;
        self.last_printed = None;
        if self.scanner.overflow {
            return;
        }
        let string = std::mem::take(&mut self.scanner.string);
        match kind {
            Kind::Osc => self.operating_system_command(&string, end),
            Kind::Dcs(Some(Function::DECRQSS)) => self.report_setting(&string),
            // The parameters are still those of the string's head: nothing else was decoded since.
            Kind::Dcs(Some(Function::DECRSPS)) => self.restore_presentation(self.decoder.params().get(0), &string),
            Kind::Dcs(Some(Function::DECRSTS)) => self.restore_color_table(self.decoder.params().get(0), &string),
            Kind::Dcs(Some(Function::DECAUPSS)) => self.prefer_set(self.decoder.params().get(0), &string),
            Kind::Dcs(Some(Function::XTGETTCAP)) => self.report_capabilities(&string),
            Kind::Dcs(Some(Function::XTSYNC)) => self.synchronize_by_string(),
            Kind::Sixel => self.finish_picture(),
            Kind::Dcs(_) | Kind::Ignored => {}
        }
        self.scanner.put_back(string);
    }
}
