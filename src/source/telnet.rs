//! Telnet (RFC 854) as a pure filter between a console and the connection to it.
//!
//! ```text
//! connection ─► receive ─► what the guest wrote        send, set_size, begin_break ◄─ console
//!            ◄─ output ◄── answers, escaped input ◄──────────────┘
//! ```
//! Options are negotiated as RFC 1143 says: an answer only to what changes something, so that no two ends can talk for
//! ever. We wait for the other end to speak telnet first: to a port that does not, negotiation would be typed text. Of
//! ourselves we then offer the window size and RFC 2217's control of a serial line; binary transmission we only accept,
//! since login services take an offer of it for a wish to have no line ends.

use std::fmt;

use super::WindowSize;

/// Bytes of a subnegotiation that are kept; a longer one is read to its end and forgotten.
pub const MAX_SUBNEGOTIATION: usize = 64;
/// Bytes that may wait for the connection before more input is taken from the console.
pub const MAX_OUTPUT: usize = 4 * 1024;
/// Bytes that may wait when an answer is added. The other end does not read if there are more: it gets none.
pub const MAX_ANSWERS: usize = 2 * MAX_OUTPUT;

// Commands (RFC 854).
const SE: u8 = 240;
const BRK: u8 = 243;
const SB: u8 = 250;
const WILL: u8 = 251;
const WONT: u8 = 252;
const DO: u8 = 253;
const DONT: u8 = 254;
const IAC: u8 = 255;

const CR: u8 = 13;

/// `TERMINAL-TYPE IS` and `SEND` (RFC 1091).
const TERMINAL_TYPE_IS: u8 = 0;
const TERMINAL_TYPE_SEND: u8 = 1;
/// `COM-PORT-OPTION SET-CONTROL`, and its values for a break (RFC 2217).
const SET_CONTROL: u8 = 5;
const BREAK_ON: u8 = 5;
const BREAK_OFF: u8 = 6;

/// An option that we know; every other is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// 8 bits, and a carriage return is one (RFC 856).
    Binary,
    /// What is typed is sent back (RFC 857).
    Echo,
    /// No turns are taken (RFC 858).
    SuppressGoAhead,
    /// What the terminal is (RFC 1091).
    TerminalType,
    /// The window's size (RFC 1073).
    WindowSize,
    /// The serial line behind the other end (RFC 2217).
    ComPort,
}

/// One row of the table of options.
struct Row {
    option: Known,
    number: u8,
    /// We do it when asked to.
    ours: bool,
    /// The other end may do it.
    theirs: bool,
    /// We offer it ourselves.
    offered: bool,
}

const OPTIONS: [Row; 6] = [
    Row { option: Known::Binary, number: 0, ours: true, theirs: true, offered: false },
    Row { option: Known::Echo, number: 1, ours: false, theirs: true, offered: false },
    Row { option: Known::SuppressGoAhead, number: 3, ours: true, theirs: true, offered: false },
    Row { option: Known::TerminalType, number: 24, ours: true, theirs: false, offered: false },
    Row { option: Known::WindowSize, number: 31, ours: true, theirs: false, offered: true },
    Row { option: Known::ComPort, number: 44, ours: true, theirs: false, offered: true },
];

/// How far an option is agreed upon, on one side (RFC 1143 §7; we never take back what we agreed to, so two of its
/// states and its queue do not occur).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Agreed {
    #[default]
    No,
    /// We have offered it, and hear no answer yet.
    Offered,
    Yes,
}

/// What the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Data,
    /// Data after a carriage return: a NUL belongs to it.
    Return,
    Command,
    /// The option that WILL, WONT, DO or DONT is about.
    Option(u8),
    Subnegotiation,
    /// After an IAC in a subnegotiation.
    SubnegotiationCommand,
}

/// One connection's telnet: see the module.
pub struct Telnet {
    terminal_type: String,
    size: WindowSize,
    state: State,
    ours: [Agreed; OPTIONS.len()],
    theirs: [Agreed; OPTIONS.len()],
    /// The other end has shown that it speaks telnet.
    spoken: bool,
    subnegotiation: Vec<u8>,
    output: Vec<u8>,
    /// How many of them are written.
    written: usize,
}

impl Telnet {
    /// For a terminal of this type, as terminfo calls it, and this size.
    pub fn new(terminal_type: &str, size: WindowSize) -> Self {
        Self {
            terminal_type: terminal_type.to_owned(),
            size,
            state: State::Data,
            ours: Default::default(),
            theirs: Default::default(),
            spoken: false,
            subnegotiation: Vec::new(),
            output: Vec::new(),
            written: 0,
        }
    }

    /// Takes what came over the connection, cut anywhere, and leaves what the guest wrote at the beginning of `buffer`:
    /// so many bytes.
    pub fn receive(&mut self, buffer: &mut [u8]) -> usize {
        let (mut from, mut to) = (0, 0);
        while from < buffer.len() {
            if self.state == State::Data {
                // All up to the next byte that means something is moved at once.
                let rest = &buffer[from..];
                let plain = rest.iter().position(|&b| b == IAC || b == CR).unwrap_or(rest.len());
                buffer.copy_within(from..from + plain, to);
                (from, to) = (from + plain, to + plain);
                if from == buffer.len() {
                    break;
                }
            }
            if let Some(data) = self.step(buffer[from]) {
                buffer[to] = data;
                to += 1;
            }
            from += 1;
        }
        to
    }

    /// One byte; the data it makes, if any.
    fn step(&mut self, byte: u8) -> Option<u8> {
        let (next, data) = match self.state {
            State::Return if byte == 0 => (State::Data, None),
            State::Data | State::Return => match byte {
                IAC => (State::Command, None),
                CR if !self.is_agreed(&self.theirs, Known::Binary) => (State::Return, Some(CR)),
                data => (State::Data, Some(data)),
            },
            State::Command => match byte {
                IAC => (State::Data, Some(IAC)),
                WILL | WONT | DO | DONT => (State::Option(byte), None),
                SB => {
                    self.subnegotiation.clear();
                    (State::Subnegotiation, None)
                }
                // Nothing else asks anything of us.
                _ => (State::Data, None),
            },
            State::Option(verb) => {
                self.negotiate(verb, byte);
                (State::Data, None)
            }
            State::Subnegotiation if byte == IAC => (State::SubnegotiationCommand, None),
            State::Subnegotiation => (self.keep(byte), None),
            State::SubnegotiationCommand => match byte {
                IAC => (self.keep(IAC), None),
                SE => {
                    self.understand();
                    (State::Data, None)
                }
                // A command where none may be: the subnegotiation was cut off.
                _ => {
                    self.state = State::Command;
                    return self.step(byte);
                }
            },
        };
        self.state = next;
        data
    }

    fn keep(&mut self, byte: u8) -> State {
        // One more than the limit says that it was passed.
        if self.subnegotiation.len() <= MAX_SUBNEGOTIATION {
            self.subnegotiation.push(byte);
        }
        State::Subnegotiation
    }

    fn is_agreed(&self, side: &[Agreed; OPTIONS.len()], option: Known) -> bool {
        OPTIONS.iter().zip(side).any(|(row, agreed)| row.option == option && *agreed == Agreed::Yes)
    }

    fn negotiate(&mut self, verb: u8, number: u8) {
        let ours = matches!(verb, DO | DONT);
        let (yes, no) = if ours { (WILL, WONT) } else { (DO, DONT) };
        let row = OPTIONS.iter().position(|row| row.number == number && if ours { row.ours } else { row.theirs });
        if let Some(index) = row {
            let side = if ours { &mut self.ours } else { &mut self.theirs };
            let wanted = if matches!(verb, DO | WILL) { Agreed::Yes } else { Agreed::No };
            let before = std::mem::replace(&mut side[index], wanted);
            match (before, wanted) {
                (Agreed::No, Agreed::Yes) => self.answer(&[IAC, yes, number]),
                (Agreed::Yes, Agreed::No) => self.answer(&[IAC, no, number]),
                // An answer to our offer, or nothing new.
                _ => {}
            }
            if ours && before != Agreed::Yes && wanted == Agreed::Yes {
                self.agreed_to_do(OPTIONS[index].option);
            }
        } else if matches!(verb, DO | WILL) {
            self.answer(&[IAC, no, number]);
        }
        self.offer();
    }

    /// Offers what we can do, once, to whoever speaks telnet.
    fn offer(&mut self) {
        if std::mem::replace(&mut self.spoken, true) {
            return;
        }
        for (index, row) in OPTIONS.iter().enumerate().filter(|(_, row)| row.offered) {
            if self.ours[index] == Agreed::No {
                self.ours[index] = Agreed::Offered;
                self.answer(&[IAC, WILL, row.number]);
            }
        }
    }

    fn agreed_to_do(&mut self, option: Known) {
        if option == Known::WindowSize {
            self.send_size();
        }
    }

    /// A subnegotiation is complete.
    fn understand(&mut self) {
        let number = |option| OPTIONS.iter().find(|row| row.option == option).map(|row| row.number);
        if let [option, TERMINAL_TYPE_SEND, ..] = self.subnegotiation[..]
            && Some(option) == number(Known::TerminalType)
            && self.is_agreed(&self.ours, Known::TerminalType)
            && self.subnegotiation.len() <= MAX_SUBNEGOTIATION
        {
            // In capitals, as names of terminals are assigned; login services make them small again.
            let name = self.terminal_type.to_ascii_uppercase();
            self.subnegotiate(Known::TerminalType, &[&[TERMINAL_TYPE_IS], name.as_bytes()].concat());
        }
    }

    /// `IAC SB OPTION … IAC SE`.
    fn subnegotiate(&mut self, option: Known, content: &[u8]) {
        let Some(row) = OPTIONS.iter().find(|row| row.option == option) else { return };
        let mut bytes = vec![IAC, SB, row.number];
        for &byte in content {
            bytes.push(byte);
            if byte == IAC {
                bytes.push(IAC);
            }
        }
        bytes.extend([IAC, SE]);
        self.answer(&bytes);
    }

    fn answer(&mut self, bytes: &[u8]) {
        if self.output().len() + bytes.len() <= MAX_ANSWERS {
            self.output.extend_from_slice(bytes);
        }
    }

    fn send_size(&mut self) {
        let WindowSize { cols, rows, .. } = self.size;
        self.subnegotiate(Known::WindowSize, &[cols.to_be_bytes(), rows.to_be_bytes()].concat());
    }

    /// The window has this size now.
    pub fn set_size(&mut self, size: WindowSize) {
        let told = (self.size.cols, self.size.rows);
        self.size = size;
        if told != (size.cols, size.rows) && self.is_agreed(&self.ours, Known::WindowSize) {
            self.send_size();
        }
    }

    /// Puts input for the guest into [`Telnet::output`]; how many of the bytes found room.
    pub fn send(&mut self, bytes: &[u8]) -> usize {
        let binary = self.is_agreed(&self.ours, Known::Binary);
        for (index, &byte) in bytes.iter().enumerate() {
            if self.output().len() >= MAX_OUTPUT {
                return index;
            }
            self.output.push(byte);
            match byte {
                IAC => self.output.push(IAC),
                // Alone it would begin a line's end (RFC 854, "The NVT printer and keyboard").
                CR if !binary => self.output.push(0),
                _ => {}
            }
        }
        bytes.len()
    }

    /// A break begins. Where the other end controls a serial line, it lasts until [`Telnet::end_break`]; else the other
    /// end makes of it what it can.
    pub fn begin_break(&mut self) {
        if self.is_agreed(&self.ours, Known::ComPort) {
            self.subnegotiate(Known::ComPort, &[SET_CONTROL, BREAK_ON]);
        } else {
            self.answer(&[IAC, BRK]);
        }
    }

    /// The break is over.
    pub fn end_break(&mut self) {
        if self.is_agreed(&self.ours, Known::ComPort) {
            self.subnegotiate(Known::ComPort, &[SET_CONTROL, BREAK_OFF]);
        }
    }

    /// Bytes for the connection; [`Telnet::advance`] says how many were taken.
    pub fn output(&self) -> &[u8] {
        &self.output[self.written..]
    }

    /// So many bytes of the output were written.
    pub fn advance(&mut self, count: usize) {
        self.written = (self.written + count).min(self.output.len());
        if self.written == self.output.len() {
            self.output.clear();
            self.written = 0;
        } else if self.written >= MAX_OUTPUT {
            self.output.drain(..self.written);
            self.written = 0;
        }
    }
}

impl fmt::Debug for Telnet {
    // Keystrokes are never logged (house rule 8).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Telnet({} bytes wait)", self.output().len())
    }
}

#[cfg(test)]
#[path = "telnet_tests.rs"]
mod tests;
