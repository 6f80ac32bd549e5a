//! `vncterm ctl`: how the verbs of the control socket are said on a command line. What each does stands in its row of
//! `control::verbs`; a test holds both together.

use std::ffi::OsString;
use std::path::PathBuf;

use super::options::{Group, MIN_COLUMNS, MIN_ROWS, Opt, Takes};
use super::resolve::{quoted, size_from};
use super::subcommands::{FORMAT, Family, Operand, Subcommand};
use super::{ConfigError, Given};
use crate::control::verbs::{self, Kind, Verb};
use crate::geometry::GridSize;

/// The environment variable that names the socket.
pub const SOCKET_VARIABLE: &str = "VNCTERM_CONTROL";

/// One request to a running server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ctl {
    /// Where it is; else it is looked for.
    pub socket: Option<PathBuf>,
    /// What is asked: the name of a verb.
    pub verb: &'static str,
    /// The fields of the request.
    pub fields: Vec<(&'static str, Told)>,
    /// The answer as JSON, not for people.
    pub json: bool,
}

/// The value of a field. Its `Debug` shows no text.
#[derive(Clone, PartialEq, Eq)]
pub enum Told {
    /// Text.
    Text(String),
    /// A whole number.
    Number(u64),
    /// What standard input has.
    Input,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Number(number) => write!(f, "Number({number})"),
            Self::Input => f.write_str("Input"),
        }
    }
}

/// What the manual says of all of them.
pub const FAMILY: Family = Family {
    name: "ctl",
    summary: "look at the consoles of a running server, and drive them",
    manual: "\
`vncterm ctl` asks a server that was started with `--control PATH` for one thing, shows what it answers, and ends. No viewer needs to be there, and none notices: nothing is painted for it, and what viewers see stays as it is, but \
for what the guest does.

The server is the one at `--socket`, or else at the path in the environment variable `VNCTERM_CONTROL`, or else the only one that answers at `$XDG_RUNTIME_DIR/vncterm*.sock` or `/run/vncterm/*.sock`. Only the user who runs it, and root, may ask it \
anything; whoever may, may do all of this, whatever `--view-only` and `--resize` say of viewers.

A console is called by its name or by the number of its virtual terminal; the first one is meant where none is. `--socket` and `--console` may stand before the verb, too.

Programs that ask often can speak to the socket themselves, in lines of JSON: docs/control.md describes them.",
    exit_status: &[
        ("0", "It is done."),
        ("1", "It was refused, or no server was reached; or the output could not be written. One line on standard error says why."),
        ("2", "Wrong use: a verb, an option or its value."),
    ],
};

const SOCKET: Opt = Opt {
    name: "socket",
    short: None,
    takes: Takes::Path("PATH"),
    default: None,
    repeatable: false,
    group: Group::General,
    help: "The server's control socket",
    manual: "",
};

/// Its row, which is the same for `attach`.
pub(super) const CONSOLE: Opt = Opt {
    name: "console",
    short: None,
    takes: Takes::Name("NAME|N"),
    default: None,
    repeatable: false,
    group: Group::Consoles,
    help: "Which console, by its name or number; else the first",
    manual: "",
};

/// The same option, which means more for a token.
const ONLY: Opt = Opt { help: "The only console its bearer sees; else all of them", ..CONSOLE };

const JSON: Opt = Opt {
    name: "json",
    short: None,
    takes: Takes::Flag,
    default: None,
    repeatable: false,
    group: Group::Screen,
    help: "For programs: JSON, as docs/control.md describes it",
    manual: "",
};

const LAST: Opt = Opt {
    name: "last",
    short: None,
    takes: Takes::Number(1, u32::MAX),
    default: None,
    repeatable: false,
    group: Group::Screen,
    help: "Only so many of the last rows that are not empty",
    manual: "",
};

const KEYS: Opt = Opt {
    name: "keys",
    short: None,
    takes: Takes::Flag,
    default: None,
    repeatable: false,
    group: Group::Consoles,
    help: "Take the words for the names of keys, such as F5 or Ctrl-C",
    manual: "",
};

const VIEWER: Opt = Opt {
    name: "viewer",
    short: None,
    takes: Takes::Number(1, u32::MAX),
    default: None,
    repeatable: false,
    group: Group::Viewers,
    help: "Only this viewer, by its number; else all of them",
    manual: "",
};

const REASON: Opt = Opt {
    name: "reason",
    short: None,
    takes: Takes::Name("TEXT"),
    default: None,
    repeatable: false,
    group: Group::Viewers,
    help: "What is logged, and told to a viewer that can be told",
    manual: "",
};

/// Options that may stand between `ctl` and the verb.
pub const BEFORE_THE_VERB: [&str; 2] = [SOCKET.name, CONSOLE.name];

/// `vncterm ctl status`.
pub const STATUS: Subcommand = Subcommand {
    name: "ctl status",
    summary: verbs::STATUS.summary,
    shared: &[],
    own: &[JSON, SOCKET],
    operand: Operand::Nothing,
    manual: "With `--json`, an object whose `schema` is `vncterm-status/1`.",
    examples: &[
        ("vncterm ctl status", "how all consoles stand"),
        ("vncterm ctl status --json | jq -r '.consoles[].state'", "for each of them: open, waiting or ended"),
    ],
};

/// `vncterm ctl screen`.
pub const SCREEN: Subcommand = Subcommand {
    name: "ctl screen",
    summary: verbs::SCREEN.summary,
    shared: &[],
    own: &[CONSOLE, FORMAT, SOCKET],
    operand: Operand::Nothing,
    manual: "\
The formats are those of `vncterm dump`, which see: rows of text, escape sequences that rebuild the screen, `vncterm-dump/1` without the rows of the history, and the picture that a viewer would see. What lies over a viewer's picture (that the guest is gone, \
for instance) is not on it.",
    examples: &[("vncterm ctl screen --console db1 --format png > db1.png", "a picture of it")],
};

/// `vncterm ctl text`.
pub const TEXT: Subcommand = Subcommand {
    name: "ctl text",
    summary: verbs::TEXT.summary,
    shared: &[],
    own: &[CONSOLE, LAST, SOCKET],
    operand: Operand::Nothing,
    manual: "\
All lines that are kept, the oldest first, down to the last one on the screen that is not empty. What was one line before the screen's edge parted it is one again. While a full-screen program shows the alternate screen, the \
lines end with the history.",
    examples: &[("vncterm ctl text | grep -n panic", "what the guest has said")],
};

/// `vncterm ctl send`.
pub const SEND: Subcommand = Subcommand {
    name: "ctl send",
    summary: verbs::SEND.summary,
    shared: &[],
    own: &[CONSOLE, KEYS, SOCKET],
    operand: Operand::Words(" TEXT..."),
    manual: "\
The words, with a blank between two of them, are typed at once, as if somebody had pressed the keys. In them `\\n` and `\\r` are Return, `\\t` Tab, `\\e` Escape, `\\b` Control-H, `\\a` Control-G, `\\\\` a backslash; `\\x03` or `\\003` is the \
character of that number (Control-C), and so is `\\u20ac` (the euro sign). Nothing is added: end a command with `\\n`.

With `--keys` each word is a key: X11's names (Return, Up, F5, KP_Enter), those that are written on keys (Enter, Esc, Del, PgUp), or a character, and before it `Ctrl-`, `Alt-`, `Shift-` and `Meta-`.

At most 4,096 bytes are taken, all of them or none: none while the guest is not there, or does not read what was typed before.",
    examples: &[
        ("vncterm ctl send 'root\\n'", "log in"),
        ("vncterm ctl send --keys Ctrl-Alt-Up F12 Return", "keys by name"),
    ],
};

/// `vncterm ctl paste`.
pub const PASTE: Subcommand = Subcommand {
    name: "ctl paste",
    summary: verbs::PASTE.summary,
    shared: &[],
    own: &[CONSOLE, SOCKET],
    operand: Operand::Words(" [TEXT...]"),
    manual: "\
What standard input has is pasted, or the words: as from a viewer, bracketed where the guest asked for that, without control characters, and waiting for the guest. It ends when all of it is typed, and stops when it is interrupted. At most 256 KiB are taken.",
    examples: &[("vncterm ctl paste < setup.sh", "a file, as fast as the guest reads it")],
};

/// `vncterm ctl resize`.
pub const RESIZE: Subcommand = Subcommand {
    name: "ctl resize",
    summary: verbs::RESIZE.summary,
    shared: &[],
    own: &[CONSOLE, SOCKET],
    operand: Operand::Words(" COLUMNSxROWS"),
    manual: "Whatever `--resize` says, and however many viewers there are; one that may can change it again.",
    examples: &[("vncterm ctl resize 132x43", "132 columns, 43 rows")],
};

/// `vncterm ctl break`.
pub const BREAK: Subcommand = Subcommand {
    name: "ctl break",
    summary: verbs::BREAK.summary,
    shared: &[],
    own: &[CONSOLE, SOCKET],
    operand: Operand::Nothing,
    manual: "Serial ports and telnet carry one; other sources refuse it.",
    examples: &[],
};

/// `vncterm ctl sysrq`.
pub const SYSRQ: Subcommand = Subcommand {
    name: "ctl sysrq",
    summary: verbs::SYSRQ.summary,
    shared: &[],
    own: &[CONSOLE, SOCKET],
    operand: Operand::Words(" KEY"),
    manual: "The key is a letter or a digit: `b` restarts a Linux guest at once, `s` writes its disks out, `h` lists what else there is.",
    examples: &[("vncterm ctl sysrq s", "write the disks out")],
};

/// `vncterm ctl viewers`.
pub const VIEWERS: Subcommand = Subcommand {
    name: "ctl viewers",
    summary: verbs::VIEWERS.summary,
    shared: &[],
    own: &[JSON, SOCKET],
    operand: Operand::Nothing,
    manual: "",
    examples: &[],
};

/// `vncterm ctl switch`.
pub const SWITCH: Subcommand = Subcommand {
    name: "ctl switch",
    summary: verbs::SWITCH.summary,
    shared: &[],
    own: &[VIEWER, SOCKET],
    operand: Operand::Words(" CONSOLE"),
    manual: "It says how many were told. They may go back as they came.",
    examples: &[("vncterm ctl switch --viewer 3 db1", "show db1 to viewer 3")],
};

/// `vncterm ctl kick`.
pub const KICK: Subcommand = Subcommand {
    name: "ctl kick",
    summary: verbs::KICK.summary,
    shared: &[],
    own: &[REASON, SOCKET],
    operand: Operand::Words(" N"),
    manual: "By its number, as `ctl viewers` and the log have it. It may come in again.",
    examples: &[("vncterm ctl kick 3 --reason maintenance", "end the connection of viewer 3")],
};

/// `vncterm ctl writer`.
pub const WRITER: Subcommand = Subcommand {
    name: "ctl writer",
    summary: verbs::WRITER.summary,
    shared: &[],
    own: &[SOCKET],
    operand: Operand::Words(" take N|release"),
    manual: "For servers with `--writers one`. `take N` lets viewer N write at once, whoever does; `release` takes it from whoever does, and nobody writes until a viewer takes it.",
    examples: &[("vncterm ctl writer take 3", "let viewer 3 write")],
};

/// `vncterm ctl token`.
pub const TOKEN: Subcommand = Subcommand {
    name: "ctl token",
    summary: verbs::TOKEN.summary,
    shared: &[],
    own: &[ONLY, ROLE, LIFETIME, SOCKET],
    operand: Operand::Nothing,
    manual: "\
For panels. The server must have been started with `--token-file`. Its bearer may do what the role says, and with `--console` sees that console alone. The page takes it from its address, behind `#token=`; clients of a WebSocket give it as a subprotocol, and other viewers as a password. \
It never belongs in a URL's path or query, which proxies log.",
    examples: &[("vncterm ctl token --console db1 --role view", "to look at db1, within a minute")],
};

const ROLE: Opt = Opt {
    name: "role",
    short: None,
    takes: Takes::OneOf("ROLE", &["view", "write", "admin"]),
    default: Some("view"),
    repeatable: false,
    group: Group::Security,
    help: "What its bearer may do: view, write or admin",
    manual: "",
};

const LIFETIME: Opt = Opt {
    name: "lifetime",
    short: None,
    takes: Takes::Number(1, 3_600),
    default: Some("60"),
    repeatable: false,
    group: Group::Security,
    help: "Seconds within which it has to be used, up to 3600",
    manual: "",
};

/// Checks what was given to one of them.
pub fn resolve(given: &Given) -> Result<Ctl, ConfigError> {
    let words: Vec<String> = given.command.iter().map(utf8).collect::<Result<_, _>>()?;
    let name = given.subcommand.name.strip_prefix("ctl ").unwrap_or_default();
    // A test resolves each of them.
    let verb = Verb::named(name).ok_or_else(|| ConfigError::new(format!("{name} is no verb")))?;
    let has = |option: &Opt| given.subcommand.own.iter().any(|own| own == option);
    let mut fields = Vec::new();
    if has(&CONSOLE)
        && let Some((option, value)) = given.value(CONSOLE.name)
    {
        fields.push((option.name, Told::Text(utf8(&value)?)));
    }
    if has(&FORMAT) {
        fields.push((FORMAT.name, Told::Text(given.word(FORMAT.name)?)));
    }
    if has(&ROLE) {
        fields.push((ROLE.name, Told::Text(given.word(ROLE.name)?)));
    }
    for option in [&LAST, &VIEWER, &LIFETIME] {
        if has(option)
            && let Some(number) = given.optional_number(option.name)?
        {
            fields.push((option.name, Told::Number(number.into())));
        }
    }
    if has(&REASON)
        && let Some((option, value)) = given.value(REASON.name)
    {
        fields.push((option.name, Told::Text(utf8(&value)?)));
    }
    fields.extend(operand(verb, &words, has(&KEYS) && given.flag(KEYS.name))?);
    let socket = given.value(SOCKET.name).map(|(_, value)| PathBuf::from(value));
    Ok(Ctl { socket, verb: verb.name, fields, json: has(&JSON) && given.flag(JSON.name) })
}

/// What the words after the options say.
fn operand(verb: &Verb, words: &[String], keys: bool) -> Result<Vec<(&'static str, Told)>, ConfigError> {
    let missing = |what: &str| ConfigError::new(format!("ctl {} needs {what}; see vncterm ctl {0} --help", verb.name));
    let wrong = |word: &str, why: &str| ConfigError::new(format!("ctl {}: {} {why}", verb.name, quoted(word.as_ref())));
    let one = |what: &str| match words {
        [word] => Ok(word.as_str()),
        [] => Err(missing(what)),
        [_, more, ..] => Err(wrong(more, "is one word too many")),
    };
    let viewer = |word: &str| {
        let number = word.parse().ok().filter(|_| word.bytes().all(|byte| byte.is_ascii_digit()));
        number.map(Told::Number).ok_or_else(|| wrong(word, "is not the number of a viewer"))
    };
    Ok(match verb.kind {
        Kind::Send if words.is_empty() => return Err(missing("something to send")),
        Kind::Send if keys => vec![("keys", Told::Text(words.join(" ")))],
        Kind::Send => {
            let text =
                unescape(&words.join(" ")).map_err(|escape| wrong(&escape, "is no escape; \\\\ is a backslash"))?;
            vec![("text", Told::Text(text))]
        }
        Kind::Paste if words.is_empty() || words == ["-"] => vec![("text", Told::Input)],
        Kind::Paste => vec![("text", Told::Text(words.join(" ")))],
        Kind::Resize => {
            let word = one("a size, such as 100x30")?;
            let size =
                size_from(word.as_ref(), GridSize::new(MIN_COLUMNS, MIN_ROWS)).map_err(|why| wrong(word, &why))?;
            vec![("columns", Told::Number(size.cols.into())), ("rows", Told::Number(size.rows.into()))]
        }
        Kind::SysRq => match one("a key")? {
            key if key.len() == 1 && key.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                vec![("key", Told::Text(key.to_owned()))]
            }
            word => return Err(wrong(word, "is not a letter or a digit")),
        },
        Kind::Switch => vec![("console", Told::Text(one("a console, by its name or number")?.to_owned()))],
        Kind::Kick => vec![("viewer", viewer(one("the number of a viewer, as ctl viewers has it")?)?)],
        Kind::Writer => match words {
            [action] if action == "release" => vec![("action", Told::Text(action.clone()))],
            [action, number] if action == "take" => {
                vec![("action", Told::Text(action.clone())), ("viewer", viewer(number)?)]
            }
            [] => return Err(missing("take and the number of a viewer, or release")),
            [action] if action == "take" => return Err(missing("the number of a viewer, as ctl viewers has it")),
            [first, rest @ ..] => {
                let word = if first == "take" || first == "release" { rest.last().unwrap_or(first) } else { first };
                return Err(wrong(word, "is neither take with the number of a viewer nor release"));
            }
        },
        Kind::Status | Kind::Screen | Kind::Text | Kind::Break | Kind::Viewers | Kind::Token => Vec::new(),
    })
}

fn utf8(value: &OsString) -> Result<String, ConfigError> {
    let text = value.to_str().map(str::to_owned);
    text.ok_or_else(|| ConfigError::new(format!("ctl: {} is not UTF-8", quoted(value))))
}

/// Text with its escapes, as C has them, taken for what they mean; else the first that means nothing.
fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let first = after.chars().next();
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        let run =
            |from: &str, most: usize, radix: u32| from.chars().take(most).take_while(|ch| ch.is_digit(radix)).count();
        let (ch, length) = match first {
            Some('n') => (Some('\n'), 1),
            Some('r') => (Some('\r'), 1),
            Some('t') => (Some('\t'), 1),
            Some('e' | 'E') => (Some('\u{1b}'), 1),
            Some('b') => (Some('\u{8}'), 1),
            Some('a') => (Some('\u{7}'), 1),
            Some('\\') => (Some('\\'), 1),
            Some('0'..='7') => {
                let digits = run(after, 3, 8);
                (number(&after[..digits], 8), digits)
            }
            Some(kind @ ('x' | 'u' | 'U')) => {
                let most = match kind {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits = run(&after[1..], most, 16);
                (number(&after[1..=digits], 16), 1 + digits)
            }
            _ => (None, first.map_or(0, char::len_utf8)),
        };
        out.push(ch.ok_or_else(|| format!("\\{}", &after[..length]))?);
        rest = &after[length..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::arguments::{Request, read};
    use super::super::subcommands::SUBCOMMANDS;
    use super::*;
    use crate::control::verbs::VERBS;

    fn ctl(words: &[&str]) -> Result<Ctl, ConfigError> {
        let arguments = ["vncterm", "ctl"].iter().chain(words).map(OsString::from);
        let Request::Tool(given) = read(arguments)? else { panic!("no tool: {words:?}") };
        resolve(&given)
    }

    fn fields(words: &[&str]) -> Vec<(&'static str, Told)> {
        ctl(words).unwrap_or_else(|error| panic!("{words:?}: {error}")).fields
    }

    fn text(text: &str) -> Told {
        Told::Text(text.to_owned())
    }

    #[test]
    fn every_verb_has_a_row_with_its_summary_and_its_fields() {
        let rows: Vec<&Subcommand> = SUBCOMMANDS.iter().filter(|row| row.name.starts_with("ctl ")).collect();
        let names: Vec<String> = VERBS.iter().map(|verb| format!("ctl {}", verb.name)).collect();
        assert_eq!(rows.iter().map(|row| row.name).collect::<Vec<_>>(), names);
        for (row, verb) in rows.iter().zip(VERBS) {
            assert_eq!(row.summary, verb.summary);
            let fields = row.own.iter().filter(|option| ![SOCKET.name, JSON.name, KEYS.name].contains(&option.name));
            fields.for_each(|option| assert!(verb.field(option.name).is_some(), "{}: {}", row.name, option.name));
        }
    }

    #[test]
    fn verbs_are_told_what_they_take() {
        assert_eq!(fields(&["screen"]), [("format", text("text"))]);
        assert_eq!(
            fields(&["screen", "--console=2", "--format", "png"]),
            [("console", text("2")), ("format", text("png"))]
        );
        assert_eq!(fields(&["text", "--last", "5"]), [("last", Told::Number(5))]);
        assert_eq!(fields(&["send", "--console", "db", "ls", "x\\n"]).last(), Some(&("text", text("ls x\n"))));
        assert_eq!(fields(&["send", "--keys", "Up", "Ctrl-C"]), [("keys", text("Up Ctrl-C"))]);
        assert_eq!(fields(&["send", "--", "--keys"]), [("text", text("--keys"))]);
        assert_eq!(fields(&["paste"]), [("text", Told::Input)]);
        assert_eq!(fields(&["paste", "a\\n", "b"]), [("text", text("a\\n b"))]);
        assert_eq!(fields(&["resize", "100x30"]), [("columns", Told::Number(100)), ("rows", Told::Number(30))]);
        assert_eq!(fields(&["sysrq", "b"]), [("key", text("b"))]);
        assert_eq!(fields(&["switch", "--viewer", "3", "db"]), [("viewer", Told::Number(3)), ("console", text("db"))]);
        assert_eq!(fields(&["kick", "3", "--reason", "x y"]), [("reason", text("x y")), ("viewer", Told::Number(3))]);
        let token = [("role", text("view")), ("lifetime", Told::Number(60))];
        assert_eq!(fields(&["token"]), token);
        assert!(ctl(&["status", "--json"]).is_ok_and(|ctl| ctl.json && ctl.socket.is_none()));
    }

    #[test]
    fn the_socket_and_the_console_may_stand_before_the_verb() {
        let expected = ctl(&["screen", "--socket", "/run/x", "--console", "db"]);
        for words in [
            &["--socket", "/run/x", "--console=db", "screen"][..],
            &["--socket=/run/x", "screen", "--console", "db"],
            &["--console", "db", "screen", "--socket", "/run/x"],
        ] {
            assert_eq!(ctl(words), expected, "{words:?}");
        }
        let error = |words: &[&str]| ctl(words).expect_err("wrong").to_string();
        assert_eq!(error(&["--socket", "/run/x"]), "ctl needs to know what to do; see vncterm ctl --help");
        assert_eq!(
            error(&["--format", "png", "screen"]),
            "\"--format\" is nothing that ctl can do; see vncterm ctl --help"
        );
    }

    #[test]
    fn escapes_are_those_of_c() {
        let all = "\\n\\r\\t\\e\\b\\a\\\\\\0\\033[\\x3\\x1b\\u20ac\\U1f600.";
        assert_eq!(unescape(all), Ok("\n\r\t\u{1b}\u{8}\u{7}\\\0\u{1b}[\u{3}\u{1b}€😀.".to_owned()));
        for (wrong, escape) in [("a\\q", "\\q"), ("\\", "\\"), ("\\x", "\\x"), ("\\ud800", "\\ud800"), ("\\é", "\\é")]
        {
            assert_eq!(unescape(wrong), Err(escape.to_owned()));
        }
    }

    #[test]
    fn wrong_use_is_told_in_one_line() {
        for (words, line) in [
            (&["send"][..], "ctl send needs something to send; see vncterm ctl send --help"),
            (&["send", "\\q"], "ctl send: \"\\q\" is no escape; \\\\ is a backslash"),
            (
                &["writer"],
                "ctl writer needs take and the number of a viewer, or release; see vncterm ctl writer --help",
            ),
            (
                &["writer", "take"],
                "ctl writer needs the number of a viewer, as ctl viewers has it; see vncterm ctl writer --help",
            ),
            (&["writer", "take", "ann"], "ctl writer: \"ann\" is not the number of a viewer"),
            (&["writer", "give"], "ctl writer: \"give\" is neither take with the number of a viewer nor release"),
            (&["writer", "release", "3"], "ctl writer: \"3\" is neither take with the number of a viewer nor release"),
            (&["resize"], "ctl resize needs a size, such as 100x30; see vncterm ctl resize --help"),
            (&["resize", "80"], "ctl resize: \"80\" is not COLUMNSxROWS, such as 80x24"),
            (&["resize", "1x1"], "ctl resize: \"1x1\" is outside 4x2 to 512x256"),
            (&["resize", "80x24", "x"], "ctl resize: \"x\" is one word too many"),
            (&["sysrq", "!"], "ctl sysrq: \"!\" is not a letter or a digit"),
            (&["kick", "anna"], "ctl kick: \"anna\" is not the number of a viewer"),
            (&["screen", "--format", "pdf"], "--format: \"pdf\" is none of text, ansi, json, png"),
        ] {
            assert_eq!(ctl(words).expect_err("wrong").to_string(), line, "{words:?}");
        }
        assert_eq!(format!("{:?}", text("secret")), "Text(6 bytes)");
    }
}
