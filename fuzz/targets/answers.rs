//! What a terminal may write to its guest unasked by a person: nothing but standard answers, and in these no text that a
//! guest could choose, for a shell may read them. This is written from the standards and not from the code that answers.

/// Printable bytes that an answer may hold in a control sequence before its final byte.
fn is_parameter(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b';' | b':')
}

/// The final bytes, with the intermediates before them, of the control sequences that are answers: DA, DSR, CPR, DECRPM,
/// window reports, XTSMGRAPHICS, keyboard modes, stacks of titles and colours, and the like.
const FINALS: [&str; 16] = ["c", "n", "R", "$y", "t", "u", "m", "S", "x", "f", "*{", "\"w", "#S", "#Q", "#y", "I"];

/// The next answer in `bytes` and what follows it; `None` when these begin with none.
fn next(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(b"\x1b")?;
    match rest.first()? {
        b'[' => control_sequence(&rest[1..]),
        b']' => {
            let (string, after) = string(&rest[1..])?;
            command(string).then_some(after)
        }
        b'P' => {
            let (string, after) = string(&rest[1..])?;
            device_string(string).then_some(after)
        }
        b'/' => rest.strip_prefix(b"/Z"),
        _ => None,
    }
}

fn control_sequence(bytes: &[u8]) -> Option<&[u8]> {
    let bytes = bytes.strip_prefix(b"?").or_else(|| bytes.strip_prefix(b">")).unwrap_or(bytes);
    let params = bytes.iter().take_while(|byte| is_parameter(**byte)).count();
    FINALS.iter().find_map(|last| bytes[params..].strip_prefix(last.as_bytes()))
}

/// What stands before the end of a string, and what after it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| !matches!(byte, 0x20..=0x7e))?;
    let (string, rest) = bytes.split_at(end);
    let after = rest.strip_prefix(b"\x07").or_else(|| rest.strip_prefix(b"\x1b\\"))?;
    Some((string, after))
}

/// Colours, and titles without a text.
fn command(string: &[u8]) -> bool {
    if matches!(string, b"L" | b"l") {
        return true;
    }
    let Some(at) = string.windows(4).position(|part| part == b"rgb:") else { return false };
    let (which, color) = (&string[..at], &string[at + 4..]);
    let parts: Vec<_> = color.split(|byte| *byte == b'/').collect();
    let hex = |part: &&[u8]| part.len() == 4 && part.iter().all(u8::is_ascii_hexdigit);
    which.iter().all(|byte| is_parameter(*byte)) && parts.len() == 3 && parts.iter().all(hex)
}

/// DA3, XTVERSION, DECRPSS, XTGETTCAP, DECCKSR, DECPSR and DECRPTS.
fn device_string(string: &[u8]) -> bool {
    let numbers = string.iter().take_while(|byte| is_parameter(**byte)).count();
    let rest = &string[numbers..];
    let body = |introducer: &str| rest.strip_prefix(introducer.as_bytes());
    let hex = |text: &[u8]| text.iter().all(u8::is_ascii_hexdigit);
    if let Some(text) = body("!|").or_else(|| body("!~")) {
        return hex(text) && text.len() <= 8;
    }
    if let Some(text) = body(">|") {
        return text == concat!("vncterm(", env!("CARGO_PKG_VERSION"), ")").as_bytes();
    }
    if let Some(text) = body("$r") {
        // A setting: its numbers, then the function that sets it.
        let params = text.iter().take_while(|byte| is_parameter(**byte)).count();
        return text.len() - params <= 2 || matches!(&text[params..], b"");
    }
    if let Some(text) = body("+r") {
        return text.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'=' | b';'));
    }
    if let Some(text) = body("$u") {
        return text.len() < 2_048 && if string.starts_with(b"1") { cursor_information(text) } else { tab_stops(text) };
    }
    if let Some(text) = body("!u") {
        return text.len() <= 2;
    }
    body("$s").is_some_and(|text| text.iter().all(|byte| is_parameter(*byte) || *byte == b'/'))
}

/// DECTABSR: columns, with `/` between them.
fn tab_stops(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'/')
}

/// DECCIR: ten fields. Those that are no numbers are single characters for flags, and the names of four charsets.
fn cursor_information(text: &[u8]) -> bool {
    let fields: Vec<_> = text.split(|byte| *byte == b';').collect();
    let number = |field: &&[u8]| field.len() <= 5 && field.iter().all(u8::is_ascii_digit);
    let flags = |field: &&[u8]| field.len() == 1;
    fields.len() == 10
        && [0, 1, 2, 6, 7].iter().all(|at| number(&fields[*at]))
        && [3, 4, 5, 8].iter().all(|at| flags(&fields[*at]))
        && fields[9].len() <= 8
}

/// A title, where they may be told: text without controls, in UTF-8 or in Latin-1. What follows it.
fn title(bytes: &[u8]) -> Option<&[u8]> {
    let start = [&b"\x1b]"[..], b"\x9d"].into_iter().find(|start| bytes.starts_with(start))?;
    let text = bytes[start.len()..].strip_prefix(b"L").or_else(|| bytes[start.len()..].strip_prefix(b"l"))?;
    let ends =
        |rest: &[u8]| [&b"\x1b\\"[..], b"\x07", b"\x9c"].into_iter().find(|end| rest.starts_with(end)).map(<[u8]>::len);
    let utf8 = |title: &[u8]| std::str::from_utf8(title).is_ok_and(|title| !title.chars().any(char::is_control));
    let latin = |title: &[u8]| title.iter().all(|byte| matches!(byte, 0x20..=0x7e | 0xa0..));
    let after = |clean: &dyn Fn(&[u8]) -> bool| {
        (0..text.len()).find_map(|at| {
            let end = at + ends(&text[at..])?;
            clean(&text[..at]).then(|| &text[end..])
        })
    };
    // In UTF-8 the second byte of a character may be that of ST.
    after(&utf8).or_else(|| after(&latin))
}

/// What is left of `answers` from the first that is no standard one, if there is such a one. Controls of eight bits, for
/// guests that asked for them, count as those of seven. With `titles` those may be told.
pub fn stray(answers: &[u8], titles: bool) -> Option<String> {
    let mut seven = Vec::with_capacity(answers.len());
    let mut rest = answers;
    while let Some((byte, later)) = rest.split_first() {
        if let Some(after) = title(rest).filter(|_| titles) {
            rest = after;
            continue;
        }
        match byte {
            0x80..=0x9f => seven.extend([0x1b, byte - 0x40]),
            _ => seven.push(*byte),
        }
        rest = later;
    }
    let mut rest = &seven[..];
    while !rest.is_empty() {
        match next(rest) {
            Some(after) => rest = after,
            None => return Some(rest.escape_ascii().to_string()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::stray;

    #[test]
    fn standard_answers_pass_and_text_of_a_guest_does_not() {
        let good = "\x1b[?62;22c\x1b[0n\x1b[3;4R\x1bP1$r0;1m\x1b\\\x1bP0$r\x1b\\\x1b]4;1;rgb:0000/ffff/8080\x07\x1b]L\x1b\\\x1b/Z";
        assert_eq!(stray(good.as_bytes(), false), None);
        for bad in
            ["ls\r", "\x1b]Lls\x1b\\", "\x1bP0$rrm -rf\x1b\\", "\x1b]4;ls;rgb:0/0/0\x07", "\x1b[3;4", "\x1b[3R\n"]
        {
            assert!(stray(bad.as_bytes(), false).is_some(), "{bad:?}");
        }
        assert_eq!(stray("\x1b[0n\x1b]lls Ü\x1b\\\x1b]L\x1b\\".as_bytes(), true), None);
        assert!(stray(b"\x1b]lls\r\x1b\\", true).is_some());
        assert_eq!(stray(b"\x9dl\xdc\x9c", true), None);
        assert!(stray(b"\x1b]l\xdc\x84ls\xff\x1b\\", true).is_some());
    }
}
