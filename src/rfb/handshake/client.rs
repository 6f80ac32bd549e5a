//! Our side of the handshake towards a server: an upstream, or the one under test.
//!
//! ```text
//! Version ─► Types (3.7, 3.8) ─┬─► None ──────────────────────────────────┬─► Result (3.8) ─► ServerInit ─► done
//!    └─────► Type (3.3) ───────┼─► Challenge ─────────────────────────────┤
//!                              └─► VencryptVersion ─► VencryptVerdict ─► Subtypes ─┬─► SubtypeVerdict ─► Tls
//!                                                                                  └─► Plain
//!            any of them ─► Reason ─► refused
//! ```
//! After None there is a result in 3.8 alone, after all else always; a reason follows a failure in 3.8.

use super::Version;
use super::login::Login;
use super::vencrypt::{SUBTYPE_OK, VERSION, VERSION_OK};
use super::vnc_auth::CHALLENGE;
use crate::access::Method;
use crate::rfb::error::RfbError;
use crate::rfb::ids::{SecurityType, VencryptSubtype};
use crate::rfb::message::server::{REASON_MAX, ServerInit};
use crate::rfb::out::OutQueue;
use crate::rfb::wire::{Reader, printable};

/// The result of a step.
#[derive(Debug)]
pub(in crate::rfb) enum Step {
    /// More bytes are needed.
    Wait,
    /// On to the next state.
    Next(Handshake),
    /// Once what is queued has been written, TLS begins.
    StartTls(Handshake),
    /// ServerInit has come.
    Done(ServerInit),
}

/// Where a handshake stands: what we wait for.
#[derive(Clone, Copy, Debug)]
pub(in crate::rfb) enum Handshake {
    Version,
    /// 3.3: the server names the type.
    Type,
    /// 3.7 and 3.8: the server lists its types.
    Types(Version),
    /// VNC authentication.
    Challenge(Version),
    /// VeNCrypt: the highest version that the server knows.
    VencryptVersion(Version),
    /// Whether it takes ours.
    VencryptVerdict(Version),
    Subtypes(Version),
    /// Whether it takes the sub-type.
    SubtypeVerdict(Version, Method),
    /// TLS is about to begin.
    Tls(Version, Method),
    Result(Version),
    ServerInit,
    /// The server does not let us in, and says why.
    Reason,
}

/// What a client brings to a handshake.
#[derive(Clone, Debug)]
pub(in crate::rfb) struct Visitor {
    /// Other clients may stay.
    pub shared: bool,
    pub login: Login,
}

impl Visitor {
    /// One step with the bytes that have come. On [`Step::Wait`] nothing was taken.
    pub(in crate::rfb) fn step(
        &self,
        state: Handshake,
        r: &mut Reader<'_>,
        out: &mut OutQueue,
    ) -> Result<Step, RfbError> {
        // Every state but these waits for a few bytes, and goes on with the next.
        let next = match state {
            Handshake::ServerInit => return Ok(ServerInit::decode(r)?.map_or(Step::Wait, Step::Done)),
            Handshake::Reason => return reason(r),
            Handshake::Tls(..) => {
                nothing_in_clear(r)?;
                None
            }
            Handshake::SubtypeVerdict(version, method) => match r.u8() {
                None => None,
                Some(SUBTYPE_OK) => {
                    nothing_in_clear(r)?;
                    return Ok(Step::StartTls(Handshake::Tls(version, method)));
                }
                Some(_) => return Err(RfbError::Refused("the server does not take its own sub-type".to_owned())),
            },
            Handshake::Version => Version::decode(r)?.map(|version| {
                out.bytes(version.message());
                if version == Version::V3_3 { Handshake::Type } else { Handshake::Types(version) }
            }),
            Handshake::Type => match r.u32() {
                None => None,
                Some(0) => Some(Handshake::Reason),
                Some(number) => {
                    let number = u8::try_from(number).unwrap_or(u8::MAX);
                    Some(self.begin(self.login.choose(&[number])?, Version::V3_3, out))
                }
            },
            Handshake::Types(version) => self.types(version, r, out)?,
            Handshake::Challenge(version) => r.array::<CHALLENGE>().map(|challenge| {
                self.login.answer(&challenge, out);
                Handshake::Result(version)
            }),
            Handshake::VencryptVersion(version) => {
                vencrypt_version(r, out)?.map(|()| Handshake::VencryptVerdict(version))
            }
            Handshake::VencryptVerdict(version) => match r.u8() {
                None => None,
                Some(VERSION_OK) => Some(Handshake::Subtypes(version)),
                Some(_) => return Err(RfbError::Refused("the server does not take VeNCrypt 0.2".to_owned())),
            },
            Handshake::Subtypes(version) => self.subtypes(version, r, out)?,
            Handshake::Result(version) => match r.u32() {
                None => None,
                Some(0) => Some(self.client_init(out)),
                Some(_) if version == Version::V3_8 => Some(Handshake::Reason),
                Some(_) => return Err(RfbError::Refused("no reason is told".to_owned())),
            },
        };
        Ok(next.map_or(Step::Wait, Step::Next))
    }

    /// The server's list of types; an empty one is a refusal.
    fn types(&self, version: Version, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Option<Handshake>, RfbError> {
        let types = r.whole(|r| Ok(r.u8().and_then(|count| r.bytes(count.into()))))?;
        let Some(types) = types else { return Ok(None) };
        if types.is_empty() {
            return Ok(Some(Handshake::Reason));
        }
        let chosen = self.login.choose(types)?;
        out.bytes(&[chosen.0]);
        Ok(Some(self.begin(chosen, version, out)))
    }

    /// The server knows which type it will be.
    fn begin(&self, chosen: SecurityType, version: Version, out: &mut OutQueue) -> Handshake {
        match chosen {
            SecurityType::VNC_AUTHENTICATION => Handshake::Challenge(version),
            SecurityType::VENCRYPT => Handshake::VencryptVersion(version),
            _ if version == Version::V3_8 => Handshake::Result(version),
            _ => self.client_init(out),
        }
    }

    /// The server's list of sub-types.
    fn subtypes(
        &self,
        version: Version,
        r: &mut Reader<'_>,
        out: &mut OutQueue,
    ) -> Result<Option<Handshake>, RfbError> {
        let numbers = r.whole(|r| Ok(r.u8().and_then(|count| r.bytes(usize::from(count) * 4))))?;
        let Some((numbers, _)) = numbers.map(<[u8]>::as_chunks::<4>) else { return Ok(None) };
        let offered: Vec<_> = numbers.iter().map(|number| VencryptSubtype(u32::from_be_bytes(*number))).collect();
        let (method, chosen) = self.login.choose_subtype(&offered)?;
        out.write(|w| {
            w.u32(chosen.0);
        });
        if method.is_x509() {
            return Ok(Some(Handshake::SubtypeVerdict(version, method)));
        }
        // Nothing answers the sub-type Plain.
        self.login.tell(out);
        Ok(Some(Handshake::Result(version)))
    }

    /// TLS has begun: what follows goes through it.
    pub(in crate::rfb) fn encrypted(&self, state: Handshake, out: &mut OutQueue) -> Handshake {
        let Handshake::Tls(version, method) = state else { return state };
        match method.within() {
            Method::VncAuth => return Handshake::Challenge(version),
            Method::Plain => self.login.tell(out),
            _ => {}
        }
        Handshake::Result(version)
    }

    fn client_init(&self, out: &mut OutQueue) -> Handshake {
        out.write(|w| {
            w.flag(self.shared);
        });
        Handshake::ServerInit
    }
}

/// What came in clear must not be taken for what came through TLS.
fn nothing_in_clear(r: &Reader<'_>) -> Result<(), RfbError> {
    if r.remaining().is_empty() { Ok(()) } else { Err(RfbError::Misbehaved("bytes in clear before TLS has begun")) }
}

/// The server knows this version of VeNCrypt and those before it; ours must be among them.
fn vencrypt_version(r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Option<()>, RfbError> {
    let Some(version) = r.array::<2>() else { return Ok(None) };
    if version < VERSION {
        let number = i64::from(u16::from_be_bytes(version));
        return Err(RfbError::Unsupported { what: "version of VeNCrypt", number });
    }
    out.bytes(&VERSION);
    Ok(Some(()))
}

/// A reason is shown as far as [`REASON_MAX`]; nobody waits for the rest.
fn reason(r: &mut Reader<'_>) -> Result<Step, RfbError> {
    let mut probe = r.clone();
    let length = probe.u32().map(|length| usize::try_from(length).unwrap_or(REASON_MAX).min(REASON_MAX));
    match length.and_then(|length| probe.bytes(length)) {
        None => Ok(Step::Wait),
        Some(text) => Err(RfbError::Refused(printable(text, REASON_MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Secret;
    use crate::rfb::handshake::vnc_auth::answer;

    fn visitor(methods: &[Method]) -> Visitor {
        let password = Some(Secret::new(b"secret".to_vec()));
        Visitor { shared: true, login: Login { methods: methods.to_vec(), user: Some("anna".into()), password } }
    }

    /// Runs a handshake on what a server says, byte by byte: what we said in clear and within TLS, and how it ended.
    fn run(visitor: &Visitor, clear: &[u8], encrypted: &[u8]) -> ([Vec<u8>; 2], Result<Option<ServerInit>, RfbError>) {
        let (mut state, mut said) = (Handshake::Version, [OutQueue::new(), OutQueue::new()]);
        let mut begins = Some(encrypted);
        let (mut server, mut out, mut taken, mut end) = (clear, 0, 0, 0);
        let result = loop {
            let mut r = Reader::new(&server[taken..end]);
            match visitor.step(state, &mut r, &mut said[out]) {
                Ok(Step::Wait) if end == server.len() => break Ok(None),
                Ok(Step::Wait) => end += 1,
                Ok(Step::Next(next)) => state = next,
                Ok(Step::Done(init)) => break Ok(Some(init)),
                Ok(Step::StartTls(next)) => {
                    assert_eq!(taken + r.position(), server.len(), "all that came in clear was read");
                    (server, out, taken, end) = (begins.take().expect("once"), 1, 0, 0);
                    state = visitor.encrypted(next, &mut said[out]);
                    continue;
                }
                Err(error) => break Err(error),
            }
            taken += r.position();
        };
        (said.map(|out| out.to_vec()), result)
    }

    fn refusal(visitor: &Visitor, server: &[u8]) -> String {
        match run(visitor, server, b"").1 {
            Err(RfbError::Refused(why) | RfbError::NoWayIn { why, .. }) => why,
            other => panic!("{other:?}"),
        }
    }

    const INIT: &[u8] = b"\0\x10\0\x08\x20\x18\0\x01\0\xff\0\xff\0\xff\x10\x08\0\0\0\0\0\0\0\x04test";

    fn comes_in(visitor: &Visitor, clear: &[u8], encrypted: &[u8]) -> [Vec<u8>; 2] {
        let parts = if encrypted.is_empty() {
            [[clear, INIT].concat(), vec![]]
        } else {
            [clear.into(), [encrypted, INIT].concat()]
        };
        let (said, result) = run(visitor, &parts[0], &parts[1]);
        assert_eq!(result.map(|init| init.map(|init| init.name)), Ok(Some("test".to_owned())));
        said
    }

    #[test]
    fn each_version_has_its_rules() {
        for (server, client) in [
            (&b"RFB 003.003\n\0\0\0\x01"[..], &b"RFB 003.003\n\x01"[..]),
            (b"RFB 003.007\n\x02\x02\x01", b"RFB 003.007\n\x01\x01"),
            (b"RFB 003.008\n\x02\x13\x01\0\0\0\0", b"RFB 003.008\n\x01\x01"),
            (b"RFB 003.889\n\x01\x01\0\0\0\0", b"RFB 003.008\n\x01\x01"),
        ] {
            assert_eq!(comes_in(&visitor(&[Method::None]), server, b"")[0], client);
        }
    }

    #[test]
    fn a_challenge_is_answered_in_every_version() {
        let challenge: [u8; CHALLENGE] = std::array::from_fn(|index| index as u8 * 7);
        let answered = answer(b"secret", &challenge);
        for (opening, chosen) in [
            (&b"RFB 003.003\n\0\0\0\x02"[..], &b"RFB 003.003\n"[..]),
            (b"RFB 003.007\n\x02\x01\x02", b"RFB 003.007\n\x02"),
            (b"RFB 003.008\n\x01\x02", b"RFB 003.008\n\x02"),
        ] {
            let server = [opening, &challenge, &[0; 4]].concat();
            let both = visitor(&[Method::VncAuth, Method::None]);
            assert_eq!(comes_in(&both, &server, b"")[0], [chosen, &answered, &[1]].concat());
        }
    }

    #[test]
    fn refusals_are_told_with_their_reason() {
        for server in [
            &b"RFB 003.003\n\0\0\0\0\0\0\0\x04f\x1bul"[..],
            b"RFB 003.008\n\0\0\0\0\x04f\x1bul",
            b"RFB 003.008\n\x01\x01\0\0\0\x01\0\0\0\x04f\x1bul",
            b"RFB 003.008\n\x01\x01\0\0\0\x02\0\0\0\x04f\x1bul",
        ] {
            assert_eq!(refusal(&visitor(&[Method::None]), server), "ful");
        }
        let long = [&b"RFB 003.008\n\0\xff\xff\xff\xff"[..], &[b'x'; REASON_MAX]].concat();
        assert_eq!(refusal(&visitor(&[Method::None]), &long), "x".repeat(REASON_MAX));
        // Before 3.8 there is none after a wrong password, and nothing to wait for.
        let wrong = [&b"RFB 003.007\n\x01\x02"[..], &[0; CHALLENGE], &[0, 0, 0, 1]].concat();
        assert_eq!(refusal(&visitor(&[Method::VncAuth]), &wrong), "no reason is told");
    }

    #[test]
    fn what_both_know_is_taken_in_our_order() {
        let offers = |types: &[u8]| [&b"RFB 003.008\n"[..], &[types.len() as u8], types].concat();
        let chosen = |visitor: &Visitor| run(visitor, &offers(&[1, 2, 19]), b"").0[0][12..].to_vec();
        assert_eq!(chosen(&visitor(&[Method::VncAuth, Method::None])), [2]);
        assert_eq!(chosen(&visitor(&[Method::X509None, Method::VncAuth])), [19]);
        let upstream = visitor(&[Method::VncAuth, Method::Plain, Method::None]);
        assert_eq!(run(&upstream, &offers(&[19, 2]), b"").0[0][12..], [2], "whatever is within VeNCrypt");
        let poor = Visitor { shared: true, login: Login { password: None, ..visitor(&Method::ALL).login } };
        assert_eq!(
            refusal(&poor, &offers(&[2, 16])),
            "the server offers VncAuthentication, 16, and we have x509none, none"
        );
        assert_eq!(
            refusal(&visitor(&[Method::X509Vnc]), b"RFB 003.003\n\0\0\x01\x02"),
            "the server offers 255, and we have x509vnc"
        );
    }

    #[test]
    fn vencrypt_is_spoken_with_and_without_tls() {
        let opening = |subtype: u32| [&b"RFB 003.008\n\x02\x13\x02\0\x02\0\x01"[..], &subtype.to_be_bytes()].concat();
        let plain = &b"\0\0\0\x04\0\0\0\x06annasecret"[..];
        let said = comes_in(&visitor(&[Method::Plain]), &[opening(256), vec![0; 4]].concat(), b"");
        assert_eq!(said[0], [b"RFB 003.008\n\x13\0\x02\0\0\x01\0", plain, &[1]].concat());
        let (challenge, answered) = ([3; CHALLENGE], answer(b"secret", &[3; CHALLENGE]));
        for (method, number, server, client) in [
            (Method::X509None, 260, vec![0; 4], vec![1]),
            (Method::X509Vnc, 261, [&challenge[..], &[0; 4]].concat(), [&answered[..], &[1]].concat()),
            (Method::X509Plain, 262, vec![0; 4], [plain, &[1]].concat()),
        ] {
            let clear = [opening(number), vec![1]].concat();
            let said = comes_in(&visitor(&[method]), &clear, &server);
            assert_eq!(said[0], [&b"RFB 003.008\n\x13\0\x02"[..], &number.to_be_bytes()].concat());
            assert_eq!(said[1], client, "{method:?}");
        }
    }

    #[test]
    fn nothing_in_clear_comes_into_tls() {
        let visitor = visitor(&[Method::X509None]);
        let state = Handshake::SubtypeVerdict(Version::V3_8, Method::X509None);
        let step = |bytes: &[u8]| visitor.step(state, &mut Reader::new(bytes), &mut OutQueue::new());
        assert!(matches!(step(&[1]), Ok(Step::StartTls(_))));
        assert!(matches!(step(&[1, 0]), Err(RfbError::Misbehaved(_))));
        assert!(matches!(step(&[0]), Err(RfbError::Refused(_))));
        let tls = Handshake::Tls(Version::V3_8, Method::X509None);
        assert!(visitor.step(tls, &mut Reader::new(&[0]), &mut OutQueue::new()).is_err());
    }

    #[test]
    fn vencrypt_before_0_2_and_anonymous_tls_are_refused() {
        let says = |bytes: &[u8]| {
            let server = [&b"RFB 003.008\n\x01\x13"[..], bytes].concat();
            run(&visitor(&Method::ALL), &server, b"").1
        };
        assert!(matches!(says(&[0, 1]), Err(RfbError::Unsupported { number: 1, .. })));
        assert!(matches!(says(&[0, 2, 0xff]), Err(RfbError::Refused(_))));
        assert!(
            matches!(says(&[0, 2, 0, 1, 0, 0, 1, 2]), Err(RfbError::NoWayIn { lacking: None, vencrypt: false, why }) if why.contains("258"))
        );
        assert!(matches!(says(&[0, 2, 0, 0]), Err(RfbError::NoWayIn { .. })));
        let encrypts = run(&visitor(&[Method::None]), b"RFB 003.008\n\x01\x13", b"").1;
        assert!(matches!(encrypts, Err(RfbError::NoWayIn { lacking: None, vencrypt: true, .. })));
    }
}
