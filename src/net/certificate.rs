//! When a certificate is valid, read from its DER (RFC 5280 §4.1): rustls does not say it, and nobody else should have to
//! come to know it by a viewer that is turned away.

/// Seconds since 1970, UTC, of both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first at which it is valid.
    pub from: i64,
    /// The last.
    pub to: i64,
}

/// Tags of DER.
const SEQUENCE: u8 = 0x30;
const EXPLICIT_0: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

impl Validity {
    /// That of a certificate in DER; `None` for what is none.
    pub fn of(der: &[u8]) -> Option<Self> {
        let (certificate, _) = value(der, SEQUENCE)?;
        let (mut fields, _) = value(certificate, SEQUENCE)?;
        if fields.first() == Some(&EXPLICIT_0) {
            fields = item(fields)?.2; // version
        }
        // serialNumber, signature, issuer.
        for _ in 0..3 {
            fields = item(fields)?.2;
        }
        let (validity, _) = value(fields, SEQUENCE)?;
        let (tag, from, rest) = item(validity)?;
        let (tag_to, to, _) = item(rest)?;
        Some(Self { from: time(tag, from)?, to: time(tag_to, to)? })
    }

    /// What is wrong at `now`, in words; `None` when it is valid.
    pub fn fault(&self, now: i64) -> Option<&'static str> {
        match now {
            _ if now > self.to => Some("has expired"),
            _ if now < self.from => Some("is not valid yet"),
            _ => None,
        }
    }
}

/// The next item: its tag, its contents, and what follows it.
fn item(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), rest.get(2..)?),
        // 64 KiB are more than any certificate has.
        _ => return None,
    };
    rest.split_at_checked(length).map(|(contents, rest)| (tag, contents, rest))
}

/// The contents of the next item, which has this tag, and what follows it.
fn value(der: &[u8], expected: u8) -> Option<(&[u8], &[u8])> {
    item(der).filter(|(tag, ..)| *tag == expected).map(|(_, contents, rest)| (contents, rest))
}

/// `YYMMDDhhmmssZ`, of 1950 to 2049, or `YYYYMMDDhhmmssZ`.
fn time(tag: u8, text: &[u8]) -> Option<i64> {
    let digits = text.strip_suffix(b"Z").filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let (year, rest) = match (tag, digits.len()) {
        (UTC_TIME, 12) => {
            let short = number(&digits[..2]);
            (if short < 50 { 2000 + short } else { 1900 + short }, &digits[2..])
        }
        (GENERALIZED_TIME, 14) => (number(&digits[..4]), &digits[4..]),
        _ => return None,
    };
    let [month, day, hour, minute, second] = [0, 2, 4, 6, 8].map(|at| number(&rest[at..at + 2]));
    (1..=12).contains(&month).then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

fn number(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
}

/// Days from 1970 to a day of the Gregorian calendar. A year is taken to begin with March, so that a leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (tag, text, seconds) in [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (UTC_TIME, "500101000000Z", Some(-631_152_000)),
            (GENERALIZED_TIME, "20000229120000Z", Some(951_825_600)),
            (GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799)),
            (GENERALIZED_TIME, "20001301000000Z", None),
            (UTC_TIME, "20000229120000Z", None),
            (UTC_TIME, "70010100000xZ", None),
            (UTC_TIME, "7001010000000", None),
        ] {
            assert_eq!(time(tag, text.as_bytes()), seconds, "{text}");
        }
    }

    #[test]
    fn what_is_cut_or_no_certificate_has_no_validity() {
        let whole = [0x30, 3, 0x30, 1, 2];
        for end in 0..=whole.len() {
            assert_eq!(Validity::of(&whole[..end]), None);
        }
        assert_eq!(Validity::of(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        let validity = Validity { from: 10, to: 20 };
        assert_eq!(
            [9, 10, 20, 21].map(|now| validity.fault(now)),
            [Some("is not valid yet"), None, None, Some("has expired")]
        );
    }
}
