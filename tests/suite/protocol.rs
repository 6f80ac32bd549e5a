//! docs/protocol.md says what src/rfb does: every number with its name, what is sent, and every limit.

use vncterm::console::fits::MAX_FITS;
use vncterm::rfb::capabilities::ENCODINGS_MAX;
use vncterm::rfb::client::{COVERAGE_MAX, ClientSettings};
use vncterm::rfb::decode::cursor::MAX_CURSOR;
use vncterm::rfb::decode::rre;
use vncterm::rfb::encode::ENCODERS;
use vncterm::rfb::ext::audio;
use vncterm::rfb::ext::clipboard::{CUT_TEXT_KEPT, CUT_TEXT_MAX};
use vncterm::rfb::ext::console::{LINES_MAX, NOTICE_MAX, REQUEST_MAX};
use vncterm::rfb::ext::desktop_size::{REQUESTS_PER_SECOND, SIZE_MAX, SIZE_MIN};
use vncterm::rfb::ext::extended_clipboard::{INFLATED_MAX, PROVIDES_PER_SECOND};
use vncterm::rfb::ext::stream::{PIECE_MAX, STREAMS_MAX};
use vncterm::rfb::ids::{
    ClientMessageType, ConsoleNotice, ConsoleRequest, Encoding, SecurityType, ServerMessageType, VencryptSubtype,
};
use vncterm::rfb::message::FENCE_PAYLOAD_MAX;
use vncterm::rfb::message::server::{NAME_MAX, REASON_MAX};
use vncterm::rfb::server::{ANSWERS_MAX, HANDSHAKE_TIMEOUT, NEWS_PER_SECOND, SOUND_MAX};

const DOCUMENT: &str = include_str!("../../docs/protocol.md");

/// The rows of the table under a heading: three cells each.
fn table(heading: &str) -> Vec<[&'static str; 3]> {
    let (_, section) = DOCUMENT.split_once(&format!("\n## {heading}\n")).expect("the heading is there");
    let section = section.split("\n## ").next().unwrap_or(section);
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        cells.try_into().expect("three cells")
    })
    .collect()
}

fn numbers_and_names(heading: &str) -> Vec<(i64, &'static str)> {
    table(heading).iter().map(|[number, name, _]| (number.parse().expect("a number"), *name)).collect()
}

#[test]
fn every_number_is_documented_with_its_name() {
    let named = |number: i64, name: Option<&'static str>| (number, name.expect("it is named"));
    let expected: Vec<_> = SecurityType::NAMED.iter().map(|id| named(id.0.into(), id.name())).collect();
    assert_eq!(numbers_and_names("Security types"), expected);
    let expected: Vec<_> = VencryptSubtype::NAMED.iter().map(|id| named(id.0.into(), id.name())).collect();
    assert_eq!(numbers_and_names("VeNCrypt sub-types"), expected);
    let expected: Vec<_> = ClientMessageType::NAMED.iter().map(|id| named(id.0.into(), id.name())).collect();
    assert_eq!(numbers_and_names("Messages from the client"), expected);
    let expected: Vec<_> = ServerMessageType::NAMED.iter().map(|id| named(id.0.into(), id.name())).collect();
    assert_eq!(numbers_and_names("Messages from the server"), expected);
    let expected: Vec<_> = ConsoleRequest::NAMED.iter().map(|id| named(id.0.into(), id.name())).collect();
    assert_eq!(numbers_and_names("Console requests"), expected);
    let expected: Vec<_> = ConsoleNotice::NAMED.iter().map(|id| named(id.0.into(), id.name())).collect();
    assert_eq!(numbers_and_names("Console notices"), expected);
    let expected: Vec<_> = Encoding::NAMED.iter().map(|id| named(id.0.into(), id.name())).collect();
    assert_eq!(numbers_and_names("Encodings"), expected);
}

#[test]
fn the_encodings_of_pixels_are_those_we_have() {
    for [number, name, usage] in table("Encodings") {
        let ours = ENCODERS.iter().any(|encoder| encoder.encoding.0.to_string() == number);
        assert_eq!(usage == "pixels", ours, "{name}");
    }
}

/// What the transcript shows of the console extension, by the numbers in it.
#[test]
fn every_message_of_the_console_extension_is_in_a_transcript() {
    let transcript = include_str!("../rfb/extensions/console.txt");
    let shown = |who: &str| -> std::collections::BTreeSet<u16> {
        let lines = transcript.lines().filter_map(|line| line.strip_prefix(who)?.strip_prefix(" ff 02 u16:"));
        lines.map(|line| line.split(' ').next().expect("a word").parse().expect("an operation")).collect()
    };
    assert!(ConsoleRequest::NAMED.iter().all(|id| shown("client").contains(&id.0)));
    assert!(ConsoleNotice::NAMED.iter().all(|id| shown("server").contains(&id.0)));
}

#[test]
fn what_is_listed_to_servers_is_documented_and_its_limits() {
    let rows = table("Towards servers");
    let limits = rows.iter().position(|[what, ..]| *what == "what").expect("a second table");
    let listed: Vec<i64> = rows[..limits].iter().map(|[number, ..]| number.parse().expect("a number")).collect();
    let ours: Vec<i64> = ClientSettings::all_encodings().iter().map(|encoding| encoding.0.into()).collect();
    assert_eq!(listed, ours);
    let named = |[number, name, _]: &[&str; 3]| number.parse().map(Encoding).is_ok_and(|id| id.name() == Some(*name));
    assert!(rows[..limits].iter().all(named));
    let documented = rows[limits + 2..].iter().map(|[_, limit, _]| limit.parse::<u64>().expect("a number"));
    assert!(documented.eq([COVERAGE_MAX, MAX_CURSOR.into(), rre::COVERAGE_MAX]));
}

#[test]
fn limits_are_those_of_the_source() {
    let limits = [
        HANDSHAKE_TIMEOUT.as_secs(),
        ENCODINGS_MAX.into(),
        CUT_TEXT_KEPT as u64,
        CUT_TEXT_MAX.into(),
        FENCE_PAYLOAD_MAX as u64,
        ANSWERS_MAX as u64,
        SIZE_MIN.width.into(),
        SIZE_MIN.height.into(),
        SIZE_MAX.width.max(SIZE_MAX.height).into(),
        REQUESTS_PER_SECOND as u64,
        MAX_FITS as u64,
        NEWS_PER_SECOND.into(),
        PROVIDES_PER_SECOND.into(),
        INFLATED_MAX.into(),
        NAME_MAX as u64,
        REASON_MAX as u64,
        REQUEST_MAX as u64,
        NOTICE_MAX as u64,
        LINES_MAX.into(),
        STREAMS_MAX as u64,
        PIECE_MAX as u64,
        audio::RATE_MIN.into(),
        audio::RATE_MAX.into(),
        SOUND_MAX as u64,
        audio::DATA_MAX.into(),
    ];
    let documented: Vec<u64> = table("Limits").iter().map(|[_, limit, _]| limit.parse().expect("a number")).collect();
    assert_eq!(documented, limits);
}
