//! The file of `--users-file`: names, roles, and hashes of passwords by Argon2id (RFC 9106).
//!
//! A line is `NAME:ROLE:$argon2id$v=19$m=…,t=…,p=…$SALT$HASH`; empty lines and those that begin with `#` are passed over. To
//! find out whether a password is right costs memory and time, as it should cost whoever has got hold of the file; it
//! costs as much for a name that is nobody's.

use std::collections::BTreeMap;

use argon2::password_hash::{Output, PasswordHash, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHasher, Version};
use zeroize::Zeroizing;

use super::Role;

/// Users in one file.
pub const USERS_MAX: usize = 4096;
/// The longest name of a user, in characters.
pub const NAME_MAX: usize = 64;
/// The longest password, in bytes: as much as a viewer may send.
pub const PASSWORD_MAX: usize = 1024;
/// Bytes of the salt of a hash that we make.
pub const SALT: usize = 16;
/// What a hash that others made may take: memory in KiB, KiB in all its passes over it, and lanes.
pub const MEMORY_MAX: u32 = 64 * 1024;
/// See [`MEMORY_MAX`]: some tenths of a second, so that a wrong password is known to be wrong before it is answered.
pub const COST_MAX: u64 = 256 * 1024;
/// See [`MEMORY_MAX`].
pub const LANES_MAX: u32 = 16;

/// An allocation of so many bytes has pages of its own always: glibc's limit for that grows with use, but not beyond 32 MiB
/// (mallopt(3), M_MMAP_THRESHOLD).
const OWN_PAGES: usize = 33 << 20;

/// The users of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Users {
    by_name: BTreeMap<String, User>,
    /// What is worked on for a name that is nobody's: the hash that takes longest.
    decoy: Hash,
}

#[derive(Clone, PartialEq, Eq)]
struct User {
    role: Role,
    hash: Hash,
}

/// What is wrong with such a file; says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsersError {
    /// Nobody would come in.
    #[error("holds no user: add one with vncterm passwd")]
    Nobody,
    /// It is no text.
    #[error("is not UTF-8")]
    NotText,
    /// There are too many.
    #[error("has more than {USERS_MAX} users")]
    Many,
    /// It has no three fields.
    #[error("line {0} is not NAME:ROLE:HASH, as vncterm passwd writes it")]
    Fields(usize),
    /// The first field.
    #[error("line {0} does not begin with a name of 1 to {NAME_MAX} characters")]
    Name(usize),
    /// The second field.
    #[error("line {0} has a role that is none of view, write, admin")]
    Role(usize),
    /// The third field.
    #[error("line {0} has no hash of Argon2id ($argon2id$v=19$...): make one with vncterm passwd")]
    Hash(usize),
    /// It would eat the machine up.
    #[error(
        "line {0} has a hash that takes more than 64 MiB, 256 MiB in all its passes, or 16 lanes: make another one with vncterm passwd"
    )]
    Costly(usize),
    /// Only one of them would count.
    #[error("line {0} has the same name as one before it")]
    Twice(usize),
}

/// What the lines of a file say: their numbers, from 1 on, names, roles and hashes.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
}

impl Users {
    /// Reads the contents of such a file.
    pub fn parse(text: &[u8]) -> Result<Self, UsersError> {
        let text = std::str::from_utf8(text).map_err(|_| UsersError::NotText)?;
        let mut by_name = BTreeMap::new();
        let mut decoy: Option<Hash> = None;
        for (number, line) in lines(text) {
            let mut fields = line.trim_end().splitn(3, ':');
            let (Some(name), Some(role), Some(hash)) = (fields.next(), fields.next(), fields.next()) else {
                return Err(UsersError::Fields(number));
            };
            if !is_name(name) {
                return Err(UsersError::Name(number));
            }
            let role = Role::named(role).ok_or(UsersError::Role(number))?;
            let hash = Hash::parse(hash, number)?;
            if decoy.as_ref().is_none_or(|decoy| decoy.cost < hash.cost) {
                decoy = Some(hash.clone());
            }
            if by_name.insert(name.to_owned(), User { role, hash }).is_some() {
                return Err(UsersError::Twice(number));
            }
            if by_name.len() > USERS_MAX {
                return Err(UsersError::Many);
            }
        }
        decoy.map(|decoy| Self { by_name, decoy }).ok_or(UsersError::Nobody)
    }

    /// Whether there is a user of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The role of a user with this password. It takes up to [`MEMORY_MAX`] and some tenths of a second, whether or not there
    /// is one of that name.
    pub fn role(&self, name: &str, password: &[u8]) -> Option<Role> {
        let user = self.by_name.get(name);
        let right = user.map_or(&self.decoy, |user| &user.hash).is_of(password);
        user.filter(|_| right).map(|user| user.role)
    }
}

impl std::fmt::Debug for Users {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Users({})", self.by_name.len())
    }
}

/// Whether a user can have this name.
pub fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.chars().count())
        && name.trim() == name
        && !name.starts_with('#')
        && !name.contains(|c: char| c == ':' || c.is_control())
}

/// The hash of a password, and how it was made.
#[derive(Clone, PartialEq, Eq)]
pub struct Hash {
    text: Zeroizing<String>,
    cost: u64,
}

/// KiB of memory, times the passes over it.
fn cost(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

impl Hash {
    /// Of a password that somebody will have from now on, with a fresh `salt`. `None` where there is no memory for it.
    pub fn of(password: &[u8], salt: [u8; SALT]) -> Option<Self> {
        // OWASP's recommendation for servers: 19 MiB, two passes.
        Self::with(password, salt, Params::DEFAULT)
    }

    fn with(password: &[u8], salt: [u8; SALT], params: Params) -> Option<Self> {
        let cost = cost(&params);
        let salt = SaltString::encode_b64(&salt).ok()?;
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let text = Zeroizing::new(hasher.hash_password(password, &salt).ok()?.to_string());
        Some(Self { text, cost })
    }

    fn parse(text: &str, line: usize) -> Result<Self, UsersError> {
        let wrong = UsersError::Hash(line);
        let hash = PasswordHash::new(text).map_err(|_| wrong.clone())?;
        let known = hash.algorithm == Algorithm::Argon2id.ident() && hash.version == Some(Version::V0x13.into());
        let Some(params) = Params::try_from(&hash).ok().filter(|_| known && hash.salt.is_some() && hash.hash.is_some())
        else {
            return Err(wrong);
        };
        let cost = cost(&params);
        if params.m_cost() > MEMORY_MAX || cost > COST_MAX || params.p_cost() > LANES_MAX {
            return Err(UsersError::Costly(line));
        }
        Ok(Self { text: Zeroizing::new(text.to_owned()), cost })
    }

    /// In time that does not depend on where it differs.
    fn is_of(&self, password: &[u8]) -> bool {
        self.made_of(password).is_some_and(|(made, hash)| made == hash)
    }

    /// What is made of `password`, and what should be. `None` where there is no memory for it.
    fn made_of(&self, password: &[u8]) -> Option<(Output, Output)> {
        let hash = PasswordHash::new(&self.text).ok()?;
        let params = Params::try_from(&hash).ok()?;
        let mut salt = [0; Salt::MAX_LENGTH];
        let salt = hash.salt?.decode_b64(&mut salt).ok()?;
        let (expected, mut memory) = (hash.hash?, memory(params.block_count())?);
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let made = Output::init_with(expected.len(), |out| {
            Ok(hasher.hash_password_into_with_memory(password, salt, out, &mut memory[..])?)
        });
        Some((made.ok()?, expected))
    }
}

/// Memory to work in, which goes back to the system when it is dropped.
///
/// As many bytes as [`OWN_PAGES`] are asked for at least. Of fewer the allocator keeps what was freed, for each thread that
/// was ever given some: guessers could make that half a gigabyte. What is not touched costs nothing.
fn memory(blocks: usize) -> Option<Vec<Block>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(blocks.max(OWN_PAGES / Block::SIZE)).ok()?;
    memory.resize(blocks, Block::new());
    Some(memory)
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hash")
    }
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There was nobody of that name.
    Added(Role),
    /// There was.
    Changed(Role),
}

/// The contents of a file in which this user has this password: every other line stays as it is. Without a `role`, a user
/// who was there keeps the one he has, and another one may write.
pub fn with_user(text: &str, name: &str, role: Option<Role>, hash: &Hash) -> (Zeroizing<String>, Change) {
    let is_his = |line: &str| line.split_once(':').is_some_and(|(its, _)| its == name);
    let had = lines(text).find(|(_, line)| is_his(line));
    let old = had.and_then(|(_, line)| Role::named(line.split(':').nth(1)?));
    let role = role.or(old).unwrap_or(Role::Write);
    let his = Zeroizing::new(format!("{name}:{}:{}", role.name(), &*hash.text));
    let mut out = Zeroizing::new(String::with_capacity(text.len() + his.len() + 2));
    for (number, line) in (1..).zip(text.lines()) {
        out.push_str(if had.is_some_and(|(at, _)| at == number) { &his } else { line });
        out.push('\n');
    }
    match had {
        Some(_) => (out, Change::Changed(role)),
        None => {
            out.push_str(&his);
            out.push('\n');
            (out, Change::Added(role))
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// As quick as a hash can be.
    fn hash(password: &str) -> Hash {
        Hash::with(password.as_bytes(), [7; SALT], Params::new(8, 1, 1, None).expect("allowed")).expect("a hash")
    }

    /// A file with a user of each role, whose passwords are their names'.
    pub(crate) fn users() -> Users {
        let line = |role: Role| format!("{0}:{0}:{1}\n", role.name(), &*hash(role.name()).text);
        Users::parse(Role::ALL.map(line).concat().as_bytes()).expect("users")
    }

    #[test]
    fn each_has_his_password_and_his_role() {
        let users = users();
        for role in Role::ALL {
            assert_eq!(users.role(role.name(), role.name().as_bytes()), Some(role));
            assert_eq!(users.role(role.name(), b"wrong"), None);
        }
        assert_eq!(
            (users.role("nobody", b"view"), users.role("", b""), users.role("View", b"view")),
            (None, None, None)
        );
        assert_eq!(format!("{users:?}"), "Users(3)");
    }

    #[test]
    fn hashes_that_others_made_are_taken() {
        // argon2 of the reference implementation: echo -n password | argon2 somesalt -id -t 2 -m 8 -p 1
        let users = "# people\n\nann:admin:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\r\n";
        let users = Users::parse(users.as_bytes()).expect("a user");
        assert_eq!(users.role("ann", b"password"), Some(Role::Admin));
        assert_eq!(users.role("ann", b"Password"), None);
    }

    #[test]
    fn a_name_that_is_nobodys_costs_what_the_costliest_costs() {
        let costly = Hash::with(b"x", [1; SALT], Params::new(16, 3, 1, None).expect("allowed")).expect("a hash");
        let text = format!("a:view:{}\nb:view:{}\nc:view:{}\n", &*hash("a").text, &*costly.text, &*hash("c").text);
        assert!(Users::parse(text.as_bytes()).expect("users").decoy == costly);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let good = hash("x").text;
        let with = |params: &str| good.replace("m=8,t=1,p=1", params);
        for (text, error) in [
            (String::new(), UsersError::Nobody),
            ("# nobody\n\n".to_owned(), UsersError::Nobody),
            ("ann".to_owned(), UsersError::Fields(1)),
            ("\nann:view\n".to_owned(), UsersError::Fields(2)),
            (format!(":view:{}", &*good), UsersError::Name(1)),
            (format!(" ann:view:{}", &*good), UsersError::Name(1)),
            (format!("{}:view:{}", "x".repeat(NAME_MAX + 1), &*good), UsersError::Name(1)),
            (format!("ann:root:{}", &*good), UsersError::Role(1)),
            ("ann:view:secret".to_owned(), UsersError::Hash(1)),
            ("ann:view:$2b$12$abcdefghijklmnopqrstuv".to_owned(), UsersError::Hash(1)),
            (format!("ann:view:{}", good.replace("argon2id", "argon2i")), UsersError::Hash(1)),
            (format!("ann:view:{}", good.replace("v=19", "v=16")), UsersError::Hash(1)),
            (format!("ann:view:{}", good.rsplit_once('$').expect("fields").0), UsersError::Hash(1)),
            (format!("ann:view:{}", with("m=65537,t=1,p=1")), UsersError::Costly(1)),
            (format!("ann:view:{}", with("m=65536,t=5,p=1")), UsersError::Costly(1)),
            (format!("ann:view:{}", with("m=256,t=1,p=17")), UsersError::Costly(1)),
            (format!("ann:view:{0}\nann:write:{0}\n", &*good), UsersError::Twice(2)),
        ] {
            assert_eq!(Users::parse(text.as_bytes()).expect_err(&text), error);
        }
        assert_eq!(Users::parse(b"ann:view:\xff"), Err(UsersError::NotText));
        assert!(Users::parse(format!("{}:view:{}", "ß".repeat(NAME_MAX), &*good).as_bytes()).is_ok());
        assert!(Users::parse(format!("ann:view:{}", with("m=65536,t=4,p=16")).as_bytes()).is_ok());
        let many = |count: usize| (0..count).map(|number| format!("u{number}:view:{}\n", &*good)).collect::<String>();
        assert!(Users::parse(many(USERS_MAX).as_bytes()).is_ok());
        assert_eq!(Users::parse(many(USERS_MAX + 1).as_bytes()), Err(UsersError::Many));
    }

    #[test]
    fn one_line_is_changed_and_the_others_stay() {
        let (one, change) = with_user("", "ann", None, &hash("1"));
        assert_eq!(change, Change::Added(Role::Write));
        let (two, change) = with_user(&format!("# people\n{}", &*one), "bob", Some(Role::View), &hash("2"));
        assert_eq!((change, two.lines().count()), (Change::Added(Role::View), 3));
        let (three, change) = with_user(two.trim_end(), "bob", None, &hash("3"));
        assert_eq!(change, Change::Changed(Role::View));
        assert!(three.starts_with(&format!("# people\n{}", &*one)), "{}", &*three);
        let users = Users::parse(three.as_bytes()).expect("users");
        assert_eq!((users.role("ann", b"1"), users.role("bob", b"3")), (Some(Role::Write), Some(Role::View)));
        assert_eq!(with_user(&three, "ann", Some(Role::Admin), &hash("1")).1, Change::Changed(Role::Admin));
        assert!(with_user(&three, "nn", None, &hash("1")).0.starts_with("# people\nann:"));
    }

    #[test]
    fn what_is_worked_in_has_pages_of_its_own() {
        let memory = memory(256).expect("there is memory");
        assert!(memory.len() == 256 && memory.capacity() * Block::SIZE > 32 << 20);
    }

    #[test]
    fn our_own_hashes_are_within_the_limits() {
        let hash = Hash::of(b"password", [1; SALT]).expect("there is memory");
        let users = Users::parse(format!("ann:view:{}", &*hash.text).as_bytes()).expect("within the limits");
        assert_eq!(users.role("ann", b"password"), Some(Role::View));
        assert!(hash.text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && format!("{hash:?}") == "Hash");
    }
}
