//! Telnet: any cut of the bytes gives the same, what is kept stays small, and what is typed arrives at another telnet.

use vncterm::source::WindowSize;
use vncterm::source::telnet::{MAX_ANSWERS, MAX_OUTPUT, Telnet};

use super::Target;

pub const TARGET: Target = Target { name: "telnet", run, seeds, words: WORDS, max_len: 2_048 };

const WORDS: &[&[u8]] = &[
    b"\xff\xfb\x00",
    b"\xff\xfd\x00",
    b"\xff\xfb\x01",
    b"\xff\xfd\x03",
    b"\xff\xfd\x18",
    b"\xff\xfd\x1f",
    b"\xff\xfe\x1f",
    b"\xff\xfd\x2c",
    b"\xff\xfa\x18\x01\xff\xf0",
    b"\xff\xfa\x2c\x6b\xff\xff\xff\xf0",
    b"\xff\xff",
    b"\xff\xf1",
    b"\r\0",
    b"\r\n",
];

const SIZE: WindowSize = WindowSize { cols: 255, rows: 24, width: 640, height: 384 };

fn seeds() -> Vec<Vec<u8>> {
    vec![WORDS.concat(), b"\x05login: \xff\xfb\x01\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0\r\0".to_vec()]
}

/// The first byte says where the rest is cut.
fn run(input: &[u8]) {
    let Some((&cut, bytes)) = input.split_first() else { return };
    let mut whole = Telnet::new("xterm-256color", SIZE);
    let data = received(&mut whole, bytes);
    let answers = taken(&mut whole);
    assert!(data.len() <= bytes.len() && answers.len() <= MAX_ANSWERS);
    let mut pieces = Telnet::new("xterm-256color", SIZE);
    let (mut data_of_pieces, mut answers_of_pieces) = (Vec::new(), Vec::new());
    for piece in bytes.chunks(usize::from(cut).max(1)) {
        data_of_pieces.extend(received(&mut pieces, piece));
        answers_of_pieces.extend(taken(&mut pieces));
    }
    assert!(data == data_of_pieces && answers == answers_of_pieces, "cut at every {cut}");
    // Whatever was agreed: breaks and sizes are bounded too, and input waits for room.
    for _ in 0..1_000 {
        whole.begin_break();
        whole.set_size(WindowSize { cols: u16::from(cut), ..SIZE });
        whole.set_size(SIZE);
        whole.end_break();
    }
    assert!(whole.output().len() <= MAX_ANSWERS);
    taken(&mut whole);
    assert!(whole.send(&[0xff; 2 * MAX_OUTPUT]) < 2 * MAX_OUTPUT && whole.output().len() <= MAX_OUTPUT + 1);
    typed(bytes);
}

/// What one end types the other gets, when nothing was agreed.
fn typed(bytes: &[u8]) {
    let (mut ours, mut theirs) = (Telnet::new("vt220", SIZE), Telnet::new("vt220", SIZE));
    let (mut rest, mut seen) = (bytes, Vec::new());
    while !rest.is_empty() {
        let taken_up = ours.send(rest);
        rest = &rest[taken_up..];
        seen.extend(received(&mut theirs, &taken(&mut ours)));
    }
    assert!(seen == bytes && theirs.output().is_empty(), "what was typed became a command");
}

fn received(telnet: &mut Telnet, bytes: &[u8]) -> Vec<u8> {
    let mut buffer = bytes.to_vec();
    let length = telnet.receive(&mut buffer);
    buffer.truncate(length);
    buffer
}

fn taken(telnet: &mut Telnet) -> Vec<u8> {
    let output = telnet.output().to_vec();
    telnet.advance(output.len());
    output
}
