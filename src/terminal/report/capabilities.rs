//! XTGETTCAP: what terminfo says of `xterm-256color`, asked for at run time. The names are terminfo's, and termcap's where
//! it has any that programs ask for.

use super::{Answer, hex};
use crate::terminal::Terminal;

/// Capabilities that one XTGETTCAP may ask for; the rest of a longer list is ignored.
const MAX_CAPABILITIES: usize = 16;

/// A capability by its terminfo name, its termcap name (empty if it has none), and what it is.
type Row = (&'static str, &'static str, &'static str);

const TABLE: &[Row] = &[
    ("name", "TN", "xterm-256color"),
    ("colors", "Co", "256"),
    ("RGB", "", "8"),
    ("Tc", "", ""),
    ("AX", "", ""),
    ("XT", "", ""),
    ("bce", "ut", ""),
    ("am", "", ""),
    ("xenl", "xn", ""),
    ("setrgbf", "", "\x1b[38:2:%p1%d:%p2%d:%p3%dm"),
    ("setrgbb", "", "\x1b[48:2:%p1%d:%p2%d:%p3%dm"),
    ("Cr", "", "\x1b]112\x07"),
    ("Cs", "", "\x1b]12;%p1%s\x07"),
    ("E3", "", "\x1b[3J"),
    ("Ms", "", "\x1b]52;%p1%s;%p2%s\x07"),
    ("Se", "", "\x1b[2 q"),
    ("Ss", "", "\x1b[%p1%d q"),
    ("Smulx", "", "\x1b[4:%p1%dm"),
    ("Setulc", "", "\x1b[58:2::%p1%{65536}%/%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%dm"),
    ("Sync", "", "\x1b[?2026%?%p1%{1}%-%tl%eh%;"),
    ("smxx", "", "\x1b[9m"),
    ("rmxx", "", "\x1b[29m"),
    ("Smol", "", "\x1b[53m"),
    ("Rmol", "", "\x1b[55m"),
    ("BE", "", "\x1b[?2004h"),
    ("BD", "", "\x1b[?2004l"),
    ("PS", "", "\x1b[200~"),
    ("PE", "", "\x1b[201~"),
    ("XM", "", "\x1b[?1006;1000%?%p1%{1}%=%th%el%;"),
    ("xm", "", "\x1b[<%i%p3%d;%p1%d;%p2%d;%?%p4%tM%em%;"),
    ("kmous", "Km", "\x1b[<"),
    ("kbs", "kb", "\x7f"),
    ("kcbt", "kB", "\x1b[Z"),
    ("kcub1", "kl", "\x1bOD"),
    ("kcud1", "kd", "\x1bOB"),
    ("kcuf1", "kr", "\x1bOC"),
    ("kcuu1", "ku", "\x1bOA"),
    ("khome", "kh", "\x1bOH"),
    ("kend", "@7", "\x1bOF"),
    ("kich1", "kI", "\x1b[2~"),
    ("kdch1", "kD", "\x1b[3~"),
    ("kpp", "kP", "\x1b[5~"),
    ("knp", "kN", "\x1b[6~"),
    ("kent", "@8", "\x1bOM"),
    ("kbeg", "@1", "\x1bOE"),
    ("ka1", "K1", "\x1bOw"),
    ("ka2", "", "\x1bOx"),
    ("ka3", "K3", "\x1bOy"),
    ("kb1", "", "\x1bOt"),
    ("kb2", "K2", "\x1bOu"),
    ("kb3", "", "\x1bOv"),
    ("kc1", "K4", "\x1bOq"),
    ("kc2", "", "\x1bOr"),
    ("kc3", "K5", "\x1bOs"),
    ("kp5", "", "\x1bOE"),
    ("kpADD", "", "\x1bOk"),
    ("kpCMA", "", "\x1bOl"),
    ("kpDIV", "", "\x1bOo"),
    ("kpDOT", "", "\x1bOn"),
    ("kpMUL", "", "\x1bOj"),
    ("kpSUB", "", "\x1bOm"),
    ("kpZRO", "", "\x1bOp"),
    // Shifted keys that have names of their own; with other modifiers a digit follows the names below.
    ("kind", "kF", "\x1b[1;2B"),
    ("kri", "kR", "\x1b[1;2A"),
    ("kLFT", "#4", "\x1b[1;2D"),
    ("kRIT", "%i", "\x1b[1;2C"),
    ("kHOM", "#2", "\x1b[1;2H"),
    ("kEND", "*7", "\x1b[1;2F"),
    ("kIC", "#3", "\x1b[2;2~"),
    ("kDC", "*4", "\x1b[3;2~"),
    ("kPRV", "%e", "\x1b[5;2~"),
    ("kNXT", "%c", "\x1b[6;2~"),
];

/// Keys whose names take the digit of their modifiers, with what stands before it and after it.
const MODIFIED: [(&str, &str, &str); 10] = [
    ("kUP", "\x1b[1;", "A"),
    ("kDN", "\x1b[1;", "B"),
    ("kRIT", "\x1b[1;", "C"),
    ("kLFT", "\x1b[1;", "D"),
    ("kHOM", "\x1b[1;", "H"),
    ("kEND", "\x1b[1;", "F"),
    ("kIC", "\x1b[2;", "~"),
    ("kDC", "\x1b[3;", "~"),
    ("kPRV", "\x1b[5;", "~"),
    ("kNXT", "\x1b[6;", "~"),
];

/// What F1 to F12 send: `ESC O x`, or `CSI n ~`.
const FUNCTION_KEYS: [&str; 12] = ["P", "Q", "R", "S", "15", "17", "18", "19", "20", "21", "23", "24"];
/// The modifiers of kf1 to kf12, kf13 to kf24 and so on.
const KEY_MODIFIERS: [u8; 6] = [1, 2, 5, 6, 3, 4];
/// kf63 is the last one that terminfo has.
const LAST_FUNCTION_KEY: usize = 63;

/// What `name` is, if we have it.
fn capability(name: &str) -> Option<String> {
    if let Some((_, _, value)) = TABLE.iter().find(|row| row.0 == name || (row.1 == name && !name.is_empty())) {
        return Some((*value).into());
    }
    if let Some(number) = function_key(name) {
        return Some(function_key_sends(number));
    }
    let modifier = |key: &str| match name.strip_prefix(key)?.as_bytes() {
        [] => Some(2),
        [digit @ b'3'..=b'8'] => Some(digit - b'0'),
        _ => None,
    };
    MODIFIED.iter().find_map(|(key, before, after)| Some(format!("{before}{}{after}", modifier(key)?)))
}

/// The number of `kfN`, or of termcap's `k1` to `k9`, `k;`, `F1` to `F9`.
fn function_key(name: &str) -> Option<usize> {
    let number = match name.as_bytes() {
        [b'k', digit @ b'1'..=b'9'] => usize::from(digit - b'0'),
        b"k;" => 10,
        [b'F', digit @ b'1'..=b'9'] => usize::from(digit - b'0') + 10,
        [b'F', letter @ b'A'..=b'Z'] => usize::from(letter - b'A') + 20,
        [b'F', letter @ b'a'..=b'r'] => usize::from(letter - b'a') + 46,
        _ => name.strip_prefix("kf").filter(|digits| !digits.starts_with(['+', '0']))?.parse().ok()?,
    };
    (1..=LAST_FUNCTION_KEY).contains(&number).then_some(number)
}

fn function_key_sends(number: usize) -> String {
    let (key, modifier) = (FUNCTION_KEYS[(number - 1) % 12], KEY_MODIFIERS[(number - 1) / 12]);
    match (key.len(), modifier) {
        (1, 1) => format!("\x1bO{key}"),
        (1, _) => format!("\x1b[1;{modifier}{key}"),
        (_, 1) => format!("\x1b[{key}~"),
        (_, _) => format!("\x1b[{key};{modifier}~"),
    }
}

/// The text that pairs of hexadecimal digits spell.
fn unhex(digits: &[u8]) -> Option<String> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = digits.chunks(2).map(|pair| match *pair {
        [high, low] => Some((digit(high)? << 4 | digit(low)?) as u8),
        _ => None,
    });
    String::from_utf8(pairs.collect::<Option<Vec<u8>>>()?).ok()
}

impl Terminal {
    /// XTGETTCAP: names in hexadecimal, separated by semicolons. One answer has all of them, up to the first that we do not
    /// know; if that is the first of all, it is an error (xterm).
    pub(in crate::terminal) fn report_capabilities(&mut self, names: &[u8]) {
        let known = |name: &[u8]| {
            // A name that we know is one of ours: to repeat it tells the guest nothing of its own choice.
            let name = unhex(name)?;
            Some(format!("{}={}", hex(&name), hex(&capability(&name)?)))
        };
        let known: Vec<_> = names.split(|byte| *byte == b';').take(MAX_CAPABILITIES).map_while(known).collect();
        self.answer(Answer::Capabilities((!known.is_empty()).then(|| known.join(";"))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_terminfo() {
        for (name, sends) in [
            ("kcuu1", "\x1bOA"),
            ("ku", "\x1bOA"),
            ("kf1", "\x1bOP"),
            ("k5", "\x1b[15~"),
            ("k;", "\x1b[21~"),
            ("F1", "\x1b[23~"),
            ("FA", "\x1b[19;2~"),
            ("FB", "\x1b[20;2~"),
            ("kf13", "\x1b[1;2P"),
            ("kf25", "\x1b[1;5P"),
            ("kf48", "\x1b[24;6~"),
            ("kf63", "\x1b[1;4R"),
            ("Fr", "\x1b[1;4R"),
            ("kUP", "\x1b[1;2A"),
            ("kUP5", "\x1b[1;5A"),
            ("kDC7", "\x1b[3;7~"),
        ] {
            assert_eq!(capability(name).as_deref(), Some(sends), "{name}");
        }
        for unknown in ["", "kf0", "kf64", "kf+1", "kUP9", "kUP2", "k", "khlp"] {
            assert_eq!(capability(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn hexadecimal_is_read_whole_or_not_at_all() {
        assert_eq!(unhex(b"436f").as_deref(), Some("Co"));
        for wrong in [&b"4"[..], b"4g", b"ff", b"+1"] {
            assert_eq!(unhex(wrong), None);
        }
    }
}
