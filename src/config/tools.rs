//! What the subcommands other than `serve` were told, checked.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::ctl::{self, Ctl};
use super::options::{MAX_RESIZES, Opt};
use super::resolve::{charset, clear, geometry_from, wrong};
use super::{Clear, ConfigError, Given, Look, look};
use crate::access::Role;
use crate::access::users::is_name;
use crate::geometry::GridSize;
use crate::terminal::Encoding;

/// The smallest screen of a tool: nobody has to work on it.
const LEAST: GridSize = GridSize::new(1, 1);

/// One run of such a subcommand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `vncterm dump`; its colours make it large.
    Dump(Box<Dump>),
    /// `vncterm passwd`.
    Passwd(Passwd),
    /// `vncterm debug replay`.
    Replay(Script),
    /// `vncterm debug functions`.
    Functions(Functions),
    /// `vncterm debug transcript`.
    Transcript(Transcript),
    /// `vncterm ctl`.
    Ctl(Ctl),
}

/// `vncterm passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passwd {
    /// The file of users; it need not be there yet.
    pub file: PathBuf,
    /// Whose password; asked for when there is none.
    pub user: Option<String>,
    /// What he may do; what he might before, or write, when there is none.
    pub role: Option<Role>,
}

/// `vncterm debug replay`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The terminal and what happens to it.
    pub replay: Replay,
    /// One function on a line, in place of a script.
    pub functions: bool,
    /// Bytes after which to stop.
    pub until: u64,
    /// What is read; standard input when there is none.
    pub file: Option<PathBuf>,
}

/// `vncterm debug functions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Functions {
    /// What is read; nothing when there is none.
    pub file: Option<PathBuf>,
}

/// `vncterm dump`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump {
    /// The terminal and what happens to it.
    pub replay: Replay,
    /// What is written.
    pub format: DumpFormat,
    /// How a picture is drawn.
    pub look: Look,
}

/// A terminal that recorded output is fed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Its size at first.
    pub geometry: GridSize,
    /// Lines of history.
    pub scrollback: usize,
    /// What becomes of what the output clears.
    pub clear: Clear,
    /// What its bytes mean.
    pub charset: Encoding,
    /// It may change the size of the screen, and read its titles back.
    pub window_ops: bool,
    /// The sizes it takes on: after so many bytes of input this one. Sorted by offset.
    pub resizes: Vec<(u64, GridSize)>,
}

impl Default for Replay {
    /// What the options say unless they are given.
    fn default() -> Self {
        Self {
            geometry: GridSize::new(80, 24),
            scrollback: 10_000,
            clear: Clear::Keep,
            charset: Encoding::Utf8,
            window_ops: false,
            resizes: Vec::new(),
        }
    }
}

/// What a dump is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpFormat {
    /// Rows of text.
    Text,
    /// Escape sequences that rebuild the screen.
    Ansi,
    /// Everything: schema `vncterm-dump/1`.
    Json,
    /// The picture.
    Png,
}

/// `vncterm debug transcript`: one of the two, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// What the client sent; `-` is standard input.
    pub client: Option<PathBuf>,
    /// What the server sent.
    pub server: Option<PathBuf>,
}

/// Checks what was given to a subcommand other than `serve`, and fills in what was not.
pub fn resolve(given: &Given) -> Result<Tool, ConfigError> {
    Ok(match given.subcommand.name {
        "passwd" => Tool::Passwd(passwd(given)?),
        "debug replay" => Tool::Replay(script(given)?),
        "debug functions" => Tool::Functions(Functions { file: file(given) }),
        "debug transcript" => Tool::Transcript(transcript(given)?),
        name if name.starts_with("ctl ") => Tool::Ctl(ctl::resolve(given)?),
        _ => Tool::Dump(dump(given)?.into()),
    })
}

fn passwd(given: &Given) -> Result<Passwd, ConfigError> {
    let file = file(given).filter(|file| !file.as_os_str().is_empty());
    let file = file.ok_or_else(|| ConfigError::new("vncterm passwd needs the name of a file: vncterm passwd FILE"))?;
    let user = given.value("user").map(|(row, value)| match value.to_str().filter(|name| is_name(name)) {
        Some(name) => Ok(name.to_owned()),
        None => Err(wrong(row, &value, "is not a name: 1 to 64 characters, no colon, no # and no blank before it")),
    });
    let role = match given.value("role") {
        Some(_) => Role::named(&given.word("role")?),
        None => None,
    };
    Ok(Passwd { file, user: user.transpose()?, role })
}

fn transcript(given: &Given) -> Result<Transcript, ConfigError> {
    let file = |name| given.value(name).map(|(_, value)| PathBuf::from(value));
    let transcript = Transcript { client: file("client"), server: file("server") };
    match &transcript {
        Transcript { client: None, server: None } => {
            Err(ConfigError::new("there is nothing to read: give --client FILE, --server FILE or both"))
        }
        Transcript { client, server } if client == server => {
            Err(ConfigError::new("--server: it cannot be the same file as that of --client"))
        }
        _ => Ok(transcript),
    }
}

fn dump(given: &Given) -> Result<Dump, ConfigError> {
    let replay = replay(given)?;
    let format = match given.word("format")?.as_str() {
        "ansi" => DumpFormat::Ansi,
        "json" => DumpFormat::Json,
        "png" => DumpFormat::Png,
        _ => DumpFormat::Text,
    };
    // Only a picture can be too large.
    let last = replay.resizes.last().map_or(replay.geometry, |(_, size)| *size);
    let look = look::look(given, if format == DumpFormat::Png { last } else { LEAST })?;
    Ok(Dump { replay, format, look })
}

fn script(given: &Given) -> Result<Script, ConfigError> {
    let until = match given.value("until") {
        Some(_) => given.number("until")?.into(),
        None => u64::MAX,
    };
    Ok(Script { replay: replay(given)?, functions: given.flag("functions"), until, file: file(given) })
}

fn file(given: &Given) -> Option<PathBuf> {
    given.command.first().map(PathBuf::from)
}

fn replay(given: &Given) -> Result<Replay, ConfigError> {
    let geometry = match given.value("geometry") {
        Some((option, value)) => geometry_from(option, &value, LEAST)?,
        None => GridSize::new(80, 24),
    };
    let mut resizes: Vec<(u64, GridSize)> =
        given.values("resize").map(|(option, value)| resize_at(option, &value)).collect::<Result<_, _>>()?;
    if resizes.len() > MAX_RESIZES {
        return Err(ConfigError::new(format!("--resize: {} sizes are more than {MAX_RESIZES}", resizes.len())));
    }
    // Stable: what is given for one offset happens in the order given.
    resizes.sort_by_key(|(offset, _)| *offset);
    Ok(Replay {
        geometry,
        scrollback: given.number("scrollback")? as usize,
        clear: clear(given)?,
        charset: charset(given)?,
        window_ops: given.word("window-ops")? == "on",
        resizes,
    })
}

/// `OFFSET:COLUMNSxROWS`.
fn resize_at(row: &Opt, value: &OsStr) -> Result<(u64, GridSize), ConfigError> {
    let parts = value.to_str().and_then(|text| text.split_once(':'));
    let Some((offset, size)) = parts.filter(|(offset, _)| offset.bytes().all(|b| b.is_ascii_digit())) else {
        return Err(wrong(row, value, "is not OFFSET:COLUMNSxROWS, such as 4096:100x30"));
    };
    let offset = offset.parse().map_err(|_| wrong(row, value, "does not begin with a number of bytes"))?;
    Ok((offset, geometry_from(row, OsStr::new(size), LEAST)?))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::super::arguments::{Request, read};
    use super::*;

    fn tool(words: &str) -> Result<Tool, ConfigError> {
        let arguments = std::iter::once("vncterm").chain(words.split_whitespace()).map(OsString::from);
        let Request::Tool(given) = read(arguments)? else { panic!("no tool: {words}") };
        resolve(&given)
    }

    fn error(words: &str) -> String {
        tool(words).expect_err(words).to_string()
    }

    #[test]
    fn a_dump_is_text_of_80x24_unless_told_otherwise() {
        let plain = Dump { replay: Replay::default(), format: DumpFormat::Text, look: Look::default() };
        assert_eq!(tool("dump"), Ok(Tool::Dump(plain.into())));
        let words = "dump --geometry 10x5 --format json --scrollback 3 --scale 2 --resize 9:4x4 --resize 2:5x5 --resize 9:6x6 \
             --clear honour --charset cp437 --window-ops on";
        let resizes = [(2, 5, 5), (9, 4, 4), (9, 6, 6)].map(|(at, cols, rows)| (at, GridSize::new(cols, rows)));
        let replay = Replay {
            geometry: GridSize::new(10, 5),
            scrollback: 3,
            clear: Clear::Honour,
            charset: Encoding::Cp437,
            window_ops: true,
            resizes: resizes.to_vec(),
        };
        let look = Look { scale: 2, ..Look::default() };
        let dump = Dump { replay, format: DumpFormat::Json, look };
        assert_eq!(tool(words), Ok(Tool::Dump(dump.into())));
    }

    #[test]
    fn what_debug_reads_may_be_named() {
        let replay = Replay { resizes: vec![(7, LEAST)], ..Replay::default() };
        let words = "debug replay --resize 7:1x1 --until 9 --functions boot.log";
        let script = Script { replay, functions: true, until: 9, file: Some("boot.log".into()) };
        assert_eq!(tool(words), Ok(Tool::Replay(script)));
        let Ok(Tool::Replay(script)) = tool("debug replay") else { panic!("it is right") };
        assert_eq!((script.functions, script.until, script.file), (false, u64::MAX, None));
        assert_eq!(tool("debug functions -"), Ok(Tool::Functions(Functions { file: Some("-".into()) })));
        let both = Transcript { client: Some("c".into()), server: Some("-".into()) };
        assert_eq!(tool("debug transcript --client c --server -"), Ok(Tool::Transcript(both)));
        assert!(error("debug transcript").starts_with("there is nothing to read: give --client FILE"));
        assert!(error("debug transcript --client - --server -").starts_with("--server: it cannot be the same file"));
        assert!(error("debug transcript rec").starts_with("unexpected argument 'rec' found; see vncterm"));
        assert_eq!(error("debug"), "debug needs to know what to do; see vncterm debug --help");
        assert_eq!(error("debug relpay"), "\"relpay\" is nothing that debug can do; see vncterm debug --help");
        assert!(error("debug replay a b").contains("'b' found; one file is enough"));
    }

    #[test]
    fn a_password_is_for_somebody_in_a_file() {
        let passwd = |user: Option<&str>, role| Passwd { file: "users".into(), user: user.map(str::to_owned), role };
        assert_eq!(tool("passwd users"), Ok(Tool::Passwd(passwd(None, None))));
        let admin = passwd(Some("ann"), Some(Role::Admin));
        assert_eq!(tool("passwd users --user ann --role admin"), Ok(Tool::Passwd(admin)));
        assert_eq!(error("passwd"), "vncterm passwd needs the name of a file: vncterm passwd FILE");
        assert_eq!(error("passwd u --role root"), "--role: \"root\" is none of view, write, admin");
        assert!(error("passwd u --user a:b").starts_with("--user: \"a:b\" is not a name: 1 to 64 characters"));
    }

    #[test]
    fn errors_say_what_would_be_right() {
        for (words, line) in [
            ("dump --format pdf", "--format: \"pdf\" is none of text, ansi, json, png"),
            ("dump --resize 80x24", "--resize: \"80x24\" is not OFFSET:COLUMNSxROWS, such as 4096:100x30"),
            ("dump --resize=-1:80x24", "--resize: \"-1:80x24\" is not OFFSET:COLUMNSxROWS, such as 4096:100x30"),
            ("dump --resize :80x24", "--resize: \":80x24\" does not begin with a number of bytes"),
            ("dump --resize 5:80", "--resize: \"80\" is not COLUMNSxROWS, such as 80x24"),
            ("dump --resize 5:0x1", "--resize: \"0x1\" is outside 1x1 to 512x256"),
        ] {
            assert_eq!(error(words), line);
        }
        let resizes = |count: usize| format!("dump {}", "--resize 1:80x24 ".repeat(count));
        assert!(error("dump --theme nice").starts_with("--theme: \"nice\" is no file and none of dark, light"));
        // 512 cells of 32 pixels are too wide for a picture, and for nothing else.
        assert!(error("dump --format png --geometry 512x24 --scale 4").contains("more than 8192 a side"));
        assert!(tool("dump --format json --geometry 512x24 --scale 4").is_ok());
        assert!(tool(&resizes(MAX_RESIZES)).is_ok());
        assert!(error(&resizes(MAX_RESIZES + 1)).contains("1001 sizes"));
    }
}
