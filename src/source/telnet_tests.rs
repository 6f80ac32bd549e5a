//! Telnet byte by byte: what goes through, what is answered, and what never is.

use super::*;

const SIZE: WindowSize = WindowSize { cols: 80, rows: 255, width: 640, height: 384 };
const ECHO: u8 = 1;
const SGA: u8 = 3;
const TTYPE: u8 = 24;
const NAWS: u8 = 31;
const COM_PORT: u8 = 44;
/// What we offer as soon as the other end speaks.
const OFFERS: [u8; 6] = [IAC, WILL, NAWS, IAC, WILL, COM_PORT];

fn telnet() -> Telnet {
    Telnet::new("xterm-256color", SIZE)
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

/// One that has spoken already, and whose offers were taken.
fn talking() -> Telnet {
    let mut telnet = telnet();
    received(&mut telnet, &[IAC, WONT, ECHO]);
    assert_eq!(taken(&mut telnet), OFFERS);
    telnet
}

#[test]
fn a_port_that_does_not_speak_telnet_is_told_nothing_of_it() {
    let mut telnet = telnet();
    assert_eq!(received(&mut telnet, b"login: \r\n\x1b[H"), b"login: \r\n\x1b[H");
    assert_eq!(telnet.send(b"root"), 4);
    telnet.set_size(WindowSize { cols: 100, ..SIZE });
    assert_eq!(taken(&mut telnet), b"root");
}

#[test]
fn commands_are_taken_out_and_the_escape_is_one_byte() {
    let mut telnet = talking();
    // NOP, AYT, GA, DM, EOR, a break of the other end.
    let bytes = [b'a', IAC, 241, b'b', IAC, IAC, b'c', IAC, 246, IAC, 249, IAC, 242, IAC, 239, IAC, BRK, b'd'];
    assert_eq!(received(&mut telnet, &bytes), [b'a', b'b', IAC, b'c', b'd']);
    assert_eq!(taken(&mut telnet), b"");
}

#[test]
fn a_carriage_return_has_a_nul_behind_it_until_transmission_is_binary() {
    let mut telnet = talking();
    assert_eq!(received(&mut telnet, b"a\r\0b\r\nc\0\r\r\0"), b"a\rb\r\nc\0\r\r");
    telnet.send(b"x\r\ny\xff");
    assert_eq!(taken(&mut telnet), b"x\r\0\ny\xff\xff");
    received(&mut telnet, &[IAC, WILL, 0, IAC, DO, 0]);
    assert_eq!(taken(&mut telnet), [IAC, DO, 0, IAC, WILL, 0]);
    assert_eq!(received(&mut telnet, b"a\r\0b"), b"a\r\0b");
    telnet.send(b"x\r\xff");
    assert_eq!(taken(&mut telnet), b"x\r\xff\xff");
}

#[test]
fn what_is_known_is_agreed_to_once_and_the_rest_refused() {
    let mut telnet = talking();
    received(&mut telnet, &[IAC, WILL, ECHO, IAC, WILL, SGA, IAC, DO, SGA, IAC, DO, ECHO, IAC, WILL, 200, IAC, DO, 39]);
    let answers =
        [IAC, DO, ECHO, IAC, DO, SGA, IAC, WILL, SGA, IAC, WONT, ECHO, IAC, DONT, 200, IAC, WONT, 39].to_vec();
    assert_eq!(taken(&mut telnet), answers);
    // Said again it changes nothing, so nothing is said to it.
    received(&mut telnet, &[IAC, WILL, ECHO, IAC, WILL, SGA, IAC, DO, SGA]);
    received(&mut telnet, &[IAC, DONT, 39, IAC, WONT, 200, IAC, DONT, NAWS, IAC, DONT, NAWS]);
    assert_eq!(taken(&mut telnet), b"");
    received(&mut telnet, &[IAC, WONT, ECHO, IAC, DONT, SGA]);
    assert_eq!(taken(&mut telnet), [IAC, DONT, ECHO, IAC, WONT, SGA]);
}

/// Two ends that answer each other fall silent, whatever one of them begins with.
#[test]
fn two_of_us_do_not_talk_for_ever() {
    for verb in [WILL, WONT, DO, DONT] {
        for option in 0..=255 {
            let (mut a, mut b) = (telnet(), telnet());
            received(&mut a, &[IAC, verb, option]);
            let mut turns = 0;
            loop {
                let (to_b, to_a) = (taken(&mut a), taken(&mut b));
                if to_b.is_empty() && to_a.is_empty() {
                    break;
                }
                assert!(received(&mut b, &to_b).is_empty() && received(&mut a, &to_a).is_empty());
                turns += 1;
                assert!(turns < 10, "{verb} {option}");
            }
        }
    }
}

#[test]
fn the_size_is_told_when_agreed_to_and_when_it_changes() {
    let mut telnet = talking();
    received(&mut telnet, &[IAC, DO, NAWS]);
    assert_eq!(taken(&mut telnet), [IAC, SB, NAWS, 0, 80, 0, 255, 255, IAC, SE]);
    telnet.set_size(SIZE);
    assert_eq!(taken(&mut telnet), b"", "it has not changed");
    telnet.set_size(WindowSize { cols: 300, rows: 24, ..SIZE });
    assert_eq!(taken(&mut telnet), [IAC, SB, NAWS, 1, 44, 0, 24, IAC, SE]);
    // Asked for by the other end, without our offer.
    let mut telnet = Telnet::new("vt220", WindowSize { rows: 24, ..SIZE });
    received(&mut telnet, &[IAC, DO, NAWS]);
    let answer = [&[IAC, WILL, NAWS, IAC, SB, NAWS, 0, 80, 0, 24, IAC, SE][..], &[IAC, WILL, COM_PORT]].concat();
    assert_eq!(taken(&mut telnet), answer);
}

#[test]
fn the_terminal_is_named_when_asked_for() {
    let mut telnet = talking();
    let ask = [IAC, SB, TTYPE, TERMINAL_TYPE_SEND, IAC, SE];
    received(&mut telnet, &ask);
    assert_eq!(taken(&mut telnet), b"", "not before it is agreed to");
    received(&mut telnet, &[IAC, DO, TTYPE]);
    received(&mut telnet, &ask);
    let mut wanted = vec![IAC, WILL, TTYPE, IAC, SB, TTYPE, TERMINAL_TYPE_IS];
    wanted.extend(b"XTERM-256COLOR\xff\xf0");
    assert_eq!(taken(&mut telnet), wanted);
}

#[test]
fn a_break_goes_as_far_as_the_other_end_understands() {
    let mut telnet = talking();
    telnet.begin_break();
    telnet.end_break();
    assert_eq!(taken(&mut telnet), [IAC, BRK]);
    received(&mut telnet, &[IAC, DO, COM_PORT]);
    assert_eq!(taken(&mut telnet), b"", "our offer was answered");
    telnet.begin_break();
    assert_eq!(taken(&mut telnet), [IAC, SB, COM_PORT, 5, 5, IAC, SE]);
    telnet.end_break();
    assert_eq!(taken(&mut telnet), [IAC, SB, COM_PORT, 5, 6, IAC, SE]);
    // What it reports of its line is no output of the guest.
    assert_eq!(received(&mut telnet, &[b'a', IAC, SB, COM_PORT, 107, 0x30, IAC, SE, b'b']), b"ab");
}

#[test]
fn a_subnegotiation_is_bounded_and_may_be_cut_off() {
    let mut telnet = talking();
    received(&mut telnet, &[IAC, DO, TTYPE]);
    taken(&mut telnet);
    let long = [&[IAC, SB, TTYPE, TERMINAL_TYPE_SEND][..], &[0; 100_000], &[IAC, SE, b'x']].concat();
    assert_eq!(received(&mut telnet, &long), b"x");
    assert!(taken(&mut telnet).is_empty() && telnet.subnegotiation.capacity() <= 2 * MAX_SUBNEGOTIATION);
    let fits = [&[IAC, SB, TTYPE, TERMINAL_TYPE_SEND][..], &[0; MAX_SUBNEGOTIATION - 2], &[IAC, SE]].concat();
    received(&mut telnet, &fits);
    assert!(!taken(&mut telnet).is_empty());
    assert_eq!(received(&mut telnet, &[IAC, SB, TTYPE, IAC, WILL, 99, b'y']), b"y");
    assert_eq!(taken(&mut telnet), [IAC, DONT, 99]);
}

#[test]
fn an_end_that_asks_and_never_reads_gets_no_more_than_the_limit() {
    let mut telnet = talking();
    for _ in 0..10_000 {
        received(&mut telnet, &[IAC, DO, 99, IAC, DO, SGA, IAC, DONT, SGA]);
    }
    assert!((MAX_ANSWERS - 3..=MAX_ANSWERS).contains(&telnet.output().len()));
    assert_eq!(telnet.send(b"x"), 0);
    telnet.advance(MAX_ANSWERS - 10);
    assert_eq!(telnet.send(b"x"), 1);
    let input = vec![IAC; MAX_OUTPUT];
    taken(&mut telnet);
    assert_eq!(telnet.send(&input), MAX_OUTPUT / 2, "each byte is two");
}

#[test]
fn any_cut_gives_the_same() {
    let bytes = [
        &b"a\r\0b\xff\xffc\r\n"[..],
        &[IAC, WILL, ECHO, IAC, DO, TTYPE, IAC, SB, TTYPE, 1, IAC, SE, b'd', CR, IAC, 241, 0, IAC, DO, NAWS],
    ]
    .concat();
    let mut whole = telnet();
    let (data, output) = (received(&mut whole, &bytes), taken(&mut whole));
    for cut in 0..=bytes.len() {
        let mut telnet = telnet();
        let mut seen = received(&mut telnet, &bytes[..cut]);
        seen.extend(received(&mut telnet, &bytes[cut..]));
        assert_eq!((seen, taken(&mut telnet)), (data.clone(), output.clone()), "{cut}");
    }
}
