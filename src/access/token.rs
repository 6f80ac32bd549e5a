//! Tokens: what a panel gives somebody to come in with, once, for one role and one console.
//!
//! A token is text, [`PREFIX`] and then these bytes in base64url (RFC 4648 §5) without padding:
//!
//! ```text
//! ┌───┬──────┬────────┬─────────┬───────┬─────────┬─────┐
//! │ 1 │ role │ issued │ expires │ nonce │ console │ mac │   the times in milliseconds since 1970, big-endian;
//! │ 1 │  1   │   8    │    8    │  16   │  0…256  │ 32  │   the console's name, or nothing for all of them
//! └───┴──────┴────────┴─────────┴───────┴─────────┴─────┘
//! ```
//! The mac is HMAC-SHA256 (RFC 2104), with the key of `--token-file`, of `vncterm.token`, a zero byte, the guest's name, a zero byte, and
//! all that stands before the mac: one key may serve a host's many guests, and a token is good for one of them.
//!
//! What was used is remembered until it expires, what was issued before we began is refused, and nothing is taken before it
//! was issued, by our clock: so nothing is taken twice, even by two of us, one after the other. The clock and random bytes
//! are arguments.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use super::{Role, Secret};

/// What every token begins with.
pub const PREFIX: &str = "vncterm.token.";
/// What the mac begins with, so that nothing that was authenticated for another purpose is a token.
const CONTEXT: &[u8] = b"vncterm.token\0";
/// The first byte.
const VERSION: u8 = 1;
/// Bytes of a nonce.
pub const NONCE: usize = 16;
const MAC: usize = 32;
/// Bytes before the console's name.
const FIXED: usize = 1 + 1 + 8 + 8 + NONCE;
/// The longest name of a console, in bytes.
pub const CONSOLE_MAX: usize = 256;
/// The longest that a token may be good for.
pub const LIFETIME_MAX: Duration = Duration::from_secs(3600);
/// So far the clock of who issues a token may be ahead of ours: his tokens are waited for.
pub const AHEAD_MAX: Duration = Duration::from_secs(5);
/// Used tokens that are remembered; with more than that not yet expired none is taken.
pub const USED_MAX: usize = 65_536;
/// The shortest key, and the longest, in bytes.
pub const KEY_MIN: usize = 32;
/// See [`KEY_MIN`].
pub const KEY_MAX: usize = 1024;

/// What a token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What its bearer may do.
    pub role: Role,
    /// The name of the only console that he sees; all of them where there is none.
    pub console: Option<String>,
}

/// Why a token is not taken: for the log. Its bearer is told no more than that it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is none.
    #[error("it is no token")]
    NoToken,
    /// It was made with another key, for another guest, or was changed.
    #[error("it was not made with our key for this guest")]
    Forged,
    /// It is too late.
    #[error("it has expired")]
    Expired,
    /// It is good from then on, which is within [`AHEAD_MAX`].
    #[error("it is good in a moment")]
    Ahead(u64),
    /// It is too early: clocks differ.
    #[error("it is from the future")]
    Early,
    /// Nobody knows whether it was used.
    #[error("it was issued before this server began")]
    Older,
    /// It is good for longer than any may be.
    #[error("it is good for more than an hour")]
    Lasting,
    /// Somebody has come in with it.
    #[error("it was used already")]
    Used,
    /// Too many are remembered.
    #[error("too many tokens were used of late")]
    Full,
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// It would never be taken.
    #[error("a token is good for a moment up to an hour, no longer")]
    Lifetime,
    /// It has no room.
    #[error("the name of the console has more than {CONSOLE_MAX} bytes")]
    Console,
}

/// A key in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenKey(Secret);

/// What is wrong with such a file; says what would be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It can be guessed.
    #[error("holds a key of {0} bytes, and {KEY_MIN} are the least: make one with openssl rand -hex 32")]
    Short(usize),
    /// Who reads it otherwise would have another key.
    #[error("is not one line of text: make one with openssl rand -hex 32")]
    NotALine,
}

impl TokenKey {
    /// Reads the contents of such a file: one line of text, which is the key, without the line's end.
    pub fn parse(text: &[u8]) -> Result<Self, KeyError> {
        let line = text.strip_suffix(b"\n").unwrap_or(text);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.iter().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::NotALine);
        }
        if line.len() < KEY_MIN { Err(KeyError::Short(line.len())) } else { Ok(Self(Secret::new(line.to_vec()))) }
    }
}

/// Tokens for one guest: those we make, and those that were used.
pub struct Tokens {
    key: hmac::Key,
    guest: String,
    /// Milliseconds since 1970.
    since: u64,
    /// When the last of those expired that are no longer in `used`: a clock that is set back brings none of them back.
    forgotten: u64,
    /// When each expires, and its nonce.
    used: BTreeSet<(u64, [u8; NONCE])>,
}

impl Tokens {
    /// None was used yet. Times are in milliseconds since 1970, here and below.
    pub fn new(TokenKey(key): &TokenKey, guest: &str, now: u64) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.bytes());
        Self { key, guest: guest.to_owned(), since: now, forgotten: 0, used: BTreeSet::new() }
    }

    /// Another key from now on. What was used stays used.
    pub fn change_key(&mut self, TokenKey(key): &TokenKey) {
        self.key = hmac::Key::new(hmac::HMAC_SHA256, key.bytes());
    }

    /// The text of a token that is good once, for so long. `nonce` is random.
    ///
    /// # Errors
    /// A lifetime of nothing, or of more than [`LIFETIME_MAX`], and a name of more than [`CONSOLE_MAX`].
    pub fn mint(&self, grant: &Grant, lifetime: Duration, now: u64, nonce: [u8; NONCE]) -> Result<String, MintError> {
        let console = grant.console.as_deref().unwrap_or_default();
        if console.len() > CONSOLE_MAX {
            return Err(MintError::Console);
        }
        if lifetime.is_zero() || lifetime > LIFETIME_MAX {
            return Err(MintError::Lifetime);
        }
        let mut bytes = vec![VERSION, number(grant.role)];
        bytes.extend(now.to_be_bytes());
        bytes.extend(now.saturating_add(millis(lifetime)).to_be_bytes());
        bytes.extend(nonce);
        bytes.extend(console.as_bytes());
        let mac = hmac::sign(&self.key, &self.authenticated(&bytes));
        bytes.extend(mac.as_ref());
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Takes a token, with or without its [`PREFIX`], for this time and never again.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn take(&mut self, token: &str, now: u64) -> Result<Grant, Refused> {
        let token = token.strip_prefix(PREFIX).unwrap_or(token);
        if token.len() > (FIXED + CONSOLE_MAX + MAC).div_ceil(3) * 4 {
            return Err(Refused::NoToken);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Refused::NoToken)?;
        let (body, mac) = bytes.split_last_chunk::<MAC>().ok_or(Refused::NoToken)?;
        let read = read(body).ok_or(Refused::NoToken)?;
        hmac::verify(&self.key, &self.authenticated(body), mac).map_err(|_| Refused::Forged)?;
        let Token { grant, issued, expires, nonce } = read;
        match () {
            () if expires <= now.max(self.forgotten) => return Err(Refused::Expired),
            () if issued > now.saturating_add(millis(AHEAD_MAX)) => return Err(Refused::Early),
            () if issued < self.since => return Err(Refused::Older),
            () if expires > issued.saturating_add(millis(LIFETIME_MAX)) => return Err(Refused::Lasting),
            () if issued > now => return Err(Refused::Ahead(issued)),
            () => {}
        }
        let kept = self.used.split_off(&(now, [0; NONCE]));
        if let Some((expired, _)) = std::mem::replace(&mut self.used, kept).last() {
            self.forgotten = *expired;
        }
        if self.used.contains(&(expires, nonce)) {
            return Err(Refused::Used);
        }
        if self.used.len() >= USED_MAX {
            return Err(Refused::Full);
        }
        self.used.insert((expires, nonce));
        Ok(grant)
    }

    fn authenticated(&self, body: &[u8]) -> Vec<u8> {
        [CONTEXT, self.guest.as_bytes(), &[0], body].concat()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("guest", &self.guest).field("used", &self.used.len()).finish_non_exhaustive()
    }
}

struct Token {
    grant: Grant,
    issued: u64,
    expires: u64,
    nonce: [u8; NONCE],
}

/// What stands before the mac.
fn read(body: &[u8]) -> Option<Token> {
    let (&[version, role], rest) = body.split_first_chunk()?;
    let (issued, rest) = rest.split_first_chunk()?;
    let (expires, rest) = rest.split_first_chunk()?;
    let (nonce, console) = rest.split_first_chunk()?;
    let role = Role::ALL.into_iter().find(|known| number(*known) == role).filter(|_| version == VERSION)?;
    let console = std::str::from_utf8(console).ok().filter(|console| console.len() <= CONSOLE_MAX)?;
    let console = (!console.is_empty()).then(|| console.to_owned());
    let (issued, expires) = (u64::from_be_bytes(*issued), u64::from_be_bytes(*expires));
    Some(Token { grant: Grant { role, console }, issued, expires, nonce: *nonce })
}

const fn number(role: Role) -> u8 {
    match role {
        Role::View => 0,
        Role::Write => 1,
        Role::Admin => 2,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;
    const MINUTE: Duration = Duration::from_secs(60);

    fn key(text: &[u8]) -> TokenKey {
        TokenKey::parse(text).expect("a key")
    }

    fn tokens() -> Tokens {
        Tokens::new(&key(&[b'k'; KEY_MIN]), "db1", NOW)
    }

    fn grant(role: Role, console: &str) -> Grant {
        Grant { role, console: (!console.is_empty()).then(|| console.to_owned()) }
    }

    fn minted(grant: &Grant, nonce: u8) -> String {
        tokens().mint(grant, MINUTE, NOW, [nonce; NONCE]).expect("a token")
    }

    /// The token with its bytes changed.
    fn changed(token: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX).expect("a token")).expect("base64url");
        change(&mut bytes);
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    #[test]
    fn a_token_is_good_once_for_what_it_says() {
        let mut tokens = tokens();
        for role in Role::ALL {
            for console in ["", "uart", "Konsole ß"] {
                let grant = grant(role, console);
                let token = minted(&grant, tokens.used.len() as u8);
                assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{token}");
                assert_eq!(tokens.take(&token, NOW), Ok(grant));
                assert_eq!(tokens.take(&token, NOW), Err(Refused::Used));
                assert_eq!(tokens.take(token.strip_prefix(PREFIX).expect("begins so"), NOW), Err(Refused::Used));
            }
        }
        assert_eq!(format!("{tokens:?}"), "Tokens { guest: \"db1\", used: 9, .. }");
    }

    /// The example of docs/security.md, made by its script.
    #[test]
    fn a_panel_may_make_them_itself() {
        let token = minted(&grant(Role::Write, "uart"), 0x11);
        let document = include_str!("../../docs/security.md");
        assert!(document.contains(&token), "{token}");
        assert!(document.contains(&format!("{KEY_MIN} letters `k`")) && document.contains(&NOW.to_string()));
    }

    #[test]
    fn what_it_says_cannot_be_changed() {
        let token = minted(&grant(Role::View, "uart"), 1);
        let bytes = URL_SAFE_NO_PAD.decode(&token[PREFIX.len()..]).expect("base64url");
        let mut tokens = tokens();
        let refused = |tokens: &mut Tokens, token: &str| tokens.take(token, NOW).expect_err(token);
        let another_role = changed(&token, |bytes| bytes[1] = number(Role::Admin));
        assert_eq!(refused(&mut tokens, &another_role), Refused::Forged);
        let another_console = changed(&token, |bytes| bytes[FIXED..FIXED + 4].copy_from_slice(b"hvc0"));
        assert_eq!(refused(&mut tokens, &another_console), Refused::Forged);
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let why = refused(&mut tokens, &changed(&token, |bytes| bytes[at] ^= 1 << bit));
                assert!(matches!(why, Refused::Forged | Refused::NoToken), "{why:?}");
            }
            let why = refused(&mut tokens, &changed(&token, |bytes| bytes.truncate(at)));
            assert!(matches!(why, Refused::Forged | Refused::NoToken), "{why:?}");
        }
        assert!(tokens.used.is_empty() && tokens.take(&token, NOW).is_ok());
    }

    #[test]
    fn another_key_or_another_guest_is_another_token() {
        let token = minted(&grant(Role::View, ""), 1);
        let mut other_key = Tokens::new(&key(&[b'K'; KEY_MIN]), "db1", NOW);
        assert_eq!(other_key.take(&token, NOW), Err(Refused::Forged));
        let mut other_guest = Tokens::new(&key(&[b'k'; KEY_MIN]), "db2", NOW);
        assert_eq!(other_guest.take(&token, NOW), Err(Refused::Forged));
    }

    #[test]
    fn it_is_good_from_when_it_was_made_until_it_expires() {
        let (token, minute) = (minted(&grant(Role::View, ""), 1), millis(MINUTE));
        let mut tokens = tokens();
        assert_eq!(tokens.take(&token, NOW + minute), Err(Refused::Expired));
        let mut begun_later = Tokens::new(&key(&[b'k'; KEY_MIN]), "db1", NOW + 1);
        assert_eq!(begun_later.take(&token, NOW + 1), Err(Refused::Older));
        let ahead =
            |by: u64| tokens.mint(&grant(Role::View, ""), MINUTE, NOW + by, [by as u8; NONCE]).expect("a token");
        let (ahead, far_ahead) = (ahead(millis(AHEAD_MAX)), ahead(millis(AHEAD_MAX) + 1));
        let mut tokens = self::tokens();
        assert_eq!(tokens.take(&far_ahead, NOW), Err(Refused::Early));
        let good_from = NOW + millis(AHEAD_MAX);
        assert_eq!(tokens.take(&ahead, NOW), Err(Refused::Ahead(good_from)));
        assert_eq!(tokens.take(&ahead, good_from - 1), Err(Refused::Ahead(good_from)));
        assert!(tokens.take(&ahead, good_from).is_ok() && tokens.take(&token, NOW + minute - 1).is_ok());
    }

    #[test]
    fn what_was_used_is_not_taken_by_the_server_that_follows_whatever_the_panels_clock_says() {
        for ahead in [0, 1, millis(AHEAD_MAX)] {
            let mut used_at = NOW;
            let mut tokens = tokens();
            let token = tokens.mint(&grant(Role::View, ""), MINUTE, NOW + ahead, [1; NONCE]).expect("a token");
            while tokens.take(&token, used_at).is_err() {
                used_at += 1;
            }
            let mut next = Tokens::new(&key(&[b'k'; KEY_MIN]), "db1", used_at + 1);
            assert_eq!(next.take(&token, used_at + 1), Err(Refused::Older), "{ahead} ms ahead");
        }
    }

    #[test]
    fn a_clock_that_jumps_ahead_and_back_brings_nothing_back_and_keeps_nobody_out() {
        let mut tokens = tokens();
        let [used, fresh] = [1, 2].map(|nonce| minted(&grant(Role::View, ""), nonce));
        assert!(tokens.take(&used, NOW).is_ok());
        let later = NOW + 1000 * millis(LIFETIME_MAX);
        let far = tokens.mint(&grant(Role::View, ""), MINUTE, later, [3; NONCE]).expect("a token");
        assert_eq!(tokens.take(&fresh, later), Err(Refused::Expired));
        assert!(tokens.take(&far, later).is_ok());
        assert_eq!(tokens.take(&used, NOW + 1), Err(Refused::Expired));
        let next = tokens.mint(&grant(Role::View, ""), MINUTE, NOW + 1, [4; NONCE]).expect("a token");
        assert!(tokens.take(&next, NOW + 1).is_ok());
    }

    #[test]
    fn no_token_lasts_longer_than_an_hour() {
        let tokens = tokens();
        let mint = |lifetime, console: &str| tokens.mint(&grant(Role::View, console), lifetime, NOW, [0; NONCE]);
        assert_eq!(mint(LIFETIME_MAX + Duration::from_millis(1), ""), Err(MintError::Lifetime));
        assert_eq!(mint(Duration::ZERO, ""), Err(MintError::Lifetime));
        assert_eq!(mint(MINUTE, &"x".repeat(CONSOLE_MAX + 1)), Err(MintError::Console));
        let longest = mint(LIFETIME_MAX, &"x".repeat(CONSOLE_MAX)).expect("just so");
        assert!(self::tokens().take(&longest, NOW).is_ok());
        // Others that have the key might make one.
        let lasting = changed(&longest, |bytes| {
            bytes[10..18].copy_from_slice(&(NOW + millis(LIFETIME_MAX) + 1).to_be_bytes());
            bytes.truncate(bytes.len() - MAC);
            let mac = hmac::sign(&tokens.key, &tokens.authenticated(bytes));
            bytes.extend(mac.as_ref());
        });
        assert_eq!(self::tokens().take(&lasting, NOW), Err(Refused::Lasting));
    }

    #[test]
    fn used_ones_are_remembered_until_they_expire_and_no_more_than_so_many() {
        let mut tokens = tokens();
        tokens.used = (0..USED_MAX as u128 - 1).map(|number| (NOW + 1, number.to_be_bytes())).collect();
        let (one, other) = (minted(&grant(Role::View, ""), 0xee), minted(&grant(Role::View, ""), 0xff));
        assert!(tokens.take(&one, NOW).is_ok());
        assert_eq!(tokens.take(&other, NOW), Err(Refused::Full));
        assert!(tokens.take(&other, NOW + 2).is_ok());
        assert_eq!((tokens.take(&one, NOW + 2), tokens.used.len()), (Err(Refused::Used), 2));
    }

    #[test]
    fn what_is_no_token_is_refused_before_it_is_read() {
        for text in ["", PREFIX, "vncterm.token.!!", "AA==", &"A".repeat(100), &"A".repeat(1 << 20)] {
            assert_eq!(tokens().take(text, NOW), Err(Refused::NoToken));
        }
    }

    #[test]
    fn a_key_is_a_line_that_is_long_enough() {
        let line = "0123456789abcdef0123456789abcdef";
        for file in [line.to_owned(), format!("{line}\n"), format!("{line}\r\n")] {
            assert_eq!(TokenKey::parse(file.as_bytes()), Ok(TokenKey(Secret::new(line.into()))));
        }
        assert_eq!(TokenKey::parse(&line.as_bytes()[1..]), Err(KeyError::Short(31)));
        assert_eq!(TokenKey::parse(b"\n"), Err(KeyError::Short(0)));
        for file in [format!("{line}\n\n"), format!("{line} {line}"), format!("{line}\0")] {
            assert_eq!(TokenKey::parse(file.as_bytes()), Err(KeyError::NotALine));
        }
        assert!(!format!("{:?}", key(line.as_bytes())).contains(line));
    }
}
