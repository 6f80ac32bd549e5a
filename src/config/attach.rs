//! `vncterm attach`: what it is told on its command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use super::ctl;
use super::graphics::{first_line, layout};
use super::options::{GUEST_LAYOUTS, Group, Opt, Takes};
use super::resolve::{quoted, wrong};
use super::security::public;
use super::subcommands::{Operand, Subcommand};
use super::{ConfigError, Given};
use crate::access::Secret;
use crate::input::guest_layout::{self, GuestLayout};
use crate::net::address::Address;
use crate::net::tls::Trust;

/// One run of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attach {
    /// Where the server is.
    pub address: Address,
    /// Which console, by its name or number; else the one that the server shows first.
    pub console: Option<String>,
    /// What is done.
    pub way: Way,
    /// From where on.
    pub from: Start,
    /// The user's name, where the server knows users.
    pub user: Option<String>,
    /// The password; else it is asked for.
    pub password: Option<Secret>,
    /// Who vouches for the server; else its certificate is trusted when it is first seen.
    pub trust: Option<Trust>,
    /// How the user calls for the menu.
    pub escapes: Escapes,
    /// Nothing is sent to the guest.
    pub read_only: bool,
    /// The console shall have the size of the user's terminal.
    pub resize: bool,
    /// The same of a picture, if the user has said so or not so.
    pub resize_pictures: Option<bool>,
    /// How pictures are drawn.
    pub graphics: Graphics,
    /// All of a picture is shown, or else a part of it pixel by pixel.
    pub fit: bool,
    /// The keyboard of the guest behind a picture.
    pub layout: GuestLayout,
    /// Where the guest's sound goes, where nothing else is done.
    pub audio_out: Option<AudioOut>,
}

/// How pictures are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Graphics {
    /// As well as the terminal can.
    Auto,
    /// By kitty's graphics protocol.
    Kitty,
    /// By sixels.
    Sixel,
    /// In characters.
    Blocks,
}

/// Where sound goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioOut {
    /// To standard output.
    Stdout,
    /// To this file.
    File(PathBuf),
}

/// What is done with a console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is shown in the terminal.
    Show,
    /// Its bytes go to standard output, and those of standard input to it.
    Raw,
    /// The guest is heard.
    Hear,
    /// All there are are listed.
    List {
        /// For programs.
        json: bool,
    },
}

/// From where on a console's output is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// From the oldest that there is.
    Oldest,
    /// With so many lines of the history.
    Tail(u32),
    /// From now on.
    Now,
}

/// How the user calls for attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escapes {
    /// The character that Control makes the key of.
    pub control: Option<char>,
    /// The character at the beginning of a line.
    pub tilde: Option<char>,
}

impl Default for Escapes {
    fn default() -> Self {
        Self { control: Some(']'), tilde: Some('~') }
    }
}

/// It is no such list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is neither off nor a list of Ctrl- with a letter or one of @[\\]^_, and a character, such as Ctrl-],~")]
pub struct NoEscapes;

impl FromStr for Escapes {
    type Err = NoEscapes;

    fn from_str(text: &str) -> Result<Self, NoEscapes> {
        let mut escapes = Self { control: None, tilde: None };
        if text == "off" {
            return Ok(escapes);
        }
        for word in text.split(',') {
            let (of, rest) = match word.strip_prefix("Ctrl-") {
                Some(rest) => (&mut escapes.control, rest),
                None => (&mut escapes.tilde, word),
            };
            let mut chars = rest.chars();
            let (Some(ch), None, None) = (chars.next(), chars.next(), &of) else { return Err(NoEscapes) };
            let fits = match word == rest {
                true => ch.is_ascii_graphic() && !ch.is_ascii_alphanumeric(),
                // Return and Tab are needed as they are.
                false => {
                    matches!(ch.to_ascii_uppercase(), '@'..='_')
                        && !matches!(ch.to_ascii_uppercase(), 'I' | 'J' | 'M' | '[')
                }
            };
            if !fits {
                return Err(NoEscapes);
            }
            *of = Some(ch.to_ascii_lowercase());
        }
        Ok(escapes)
    }
}

impl std::fmt::Display for Escapes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let control = self.control.map(|ch| format!("Ctrl-{}", ch.to_ascii_uppercase()));
        let tilde = self.tilde.map(|ch| format!("Return {ch}"));
        match [control, tilde].into_iter().flatten().collect::<Vec<_>>() {
            none if none.is_empty() => f.write_str("off"),
            some => f.write_str(&some.join(" or ")),
        }
    }
}

impl FromStr for Start {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match (text, text.strip_prefix("tail:")) {
            ("start", _) => Ok(Self::Oldest),
            ("now", _) => Ok(Self::Now),
            // `parse` alone would take "+1".
            (_, Some(lines)) if lines.bytes().all(|byte| byte.is_ascii_digit()) => {
                lines.parse().map(Self::Tail).map_err(|_| ())
            }
            _ => Err(()),
        }
    }
}

const CONSOLE: Opt = Opt { help: "Which console, by its name or number; else the one shown", ..ctl::CONSOLE };

const FROM: Opt = Opt {
    name: "from",
    short: None,
    takes: Takes::Name("start|tail:N|now"),
    default: None,
    repeatable: false,
    group: Group::Consoles,
    help: "With the history, N lines of it, or none",
    manual: "Without it the history is there to be looked back at: as much of the server's (`--scrollback`) as 2 MiB of text and colours hold, and the newest 10,000 lines of that and of what comes. With `--raw`: from the oldest byte that the server still has, or from now on, which is what it does by default.",
};

const RAW: Opt = Opt {
    name: "raw",
    short: None,
    takes: Takes::Flag,
    default: None,
    repeatable: false,
    group: Group::Consoles,
    help: "Pass bytes as they are, for scripts and file transfers",
    manual: "What the guest writes goes to standard output, and standard input to the guest, byte for byte; both may be files or pipes. It goes on after the end of standard input, until the console ends or a signal comes (Control-C). Bytes that are lost, because the server \
         no longer has them, are told in a line on standard error, and the exit status is 1 in the end. So it is with input that may not have arrived: what was on its way when the connection was lost, what the server does not let through, and what the guest had not taken a second after we were to end. What was not on its way yet is sent when there is a connection again, if the server still is the same one. \
         A connection that is lost is made anew, for as long as it takes; each reason why it cannot be is told once, and a server that says no for good (another certificate, a password) ends it with 1. \
         Where standard input and output are both a terminal, the bytes reach that terminal as they are, and whatever they make it do: do so only with guests that you trust. All keys are the guest's then, Control-C too; `--escape` holds, for leaving alone: with `d` or a full stop, at any time, and also with `--read-only`. \
         Where only standard input is one, it stays as it is: lines go to the guest once Return is typed, nothing is an escape, and Control-C ends it. With `--read-only`, standard input is not read then.",
};

const LIST: Opt = Opt {
    name: "list",
    short: None,
    takes: Takes::Flag,
    default: None,
    repeatable: false,
    group: Group::Consoles,
    help: "List the consoles there are, and end",
    manual: "",
};

const JSON: Opt = Opt {
    name: "json",
    short: None,
    takes: Takes::Flag,
    default: None,
    repeatable: false,
    group: Group::Consoles,
    help: "With --list, for programs: an object with all of them",
    manual: "Its `schema` is `vncterm-consoles/1`, and `consoles` holds, of each, `number` (of its virtual terminal; 0: none), `name`, `title`, `kind` (text or graphical), `state` (waiting, open or ended), `columns`, `rows` and `writable`.",
};

const AUDIO_OUT: Opt = Opt {
    name: "audio-out",
    short: None,
    takes: Takes::Path("FILE"),
    default: None,
    repeatable: false,
    group: Group::Sound,
    help: "Record the guest's sound as a WAV file; -: standard output",
    manual: "16 bits, two channels, 44100 frames a second, from now until a signal comes (Control-C); no console is shown meanwhile, and none is needed: any VNC server with QEMU's audio extension will do, QEMU's own too. While the guest is silent nothing is written. With `-` the head says that the length is not known, which players take: \
             `vncterm attach --audio-out - :1 | aplay`. FILE may be a fifo. What was lost, because the way or whoever reads the output was too slow, is silent in the recording, so that it keeps time; it is told in a line on standard error, and the exit status is 1. A lost connection is made anew, and is silent for as long as it was gone, up to ten minutes; a server that refuses us then is not asked again.",
};

const READ_ONLY: Opt = Opt {
    name: "read-only",
    short: None,
    takes: Takes::Flag,
    default: None,
    repeatable: false,
    group: Group::Consoles,
    help: "Watch: nothing that is typed is sent",
    manual: "",
};

const RESIZE: Opt = Opt {
    name: "resize",
    short: None,
    takes: Takes::OneOf("HOW", &["on", "off"]),
    default: Some("on"),
    repeatable: false,
    group: Group::Screen,
    help: "Ask for a console as large as the terminal: on or off",
    manual: "Whether it becomes so is the server's to say (`vncterm --resize`). Of a console that is larger, the part with the cursor is shown. A server's picture is asked to be as large where it is drawn in pixels, and where it is drawn in characters only if this is given: then of 8x16 pixels for each.",
};

const GRAPHICS: Opt = Opt {
    name: "graphics",
    short: None,
    takes: Takes::OneOf("HOW", &["auto", "kitty", "sixel", "blocks"]),
    default: Some("auto"),
    repeatable: false,
    group: Group::Screen,
    help: "How pictures are drawn: auto, kitty, sixel or blocks",
    manual: "`auto` asks the terminal what it can, and takes kitty's graphics protocol before sixels, and these before half blocks: characters in as many colours as `TERM`, `COLORTERM` and `NO_COLOR` tell of.",
};

const FIT: Opt = Opt {
    name: "fit",
    short: None,
    takes: Takes::OneOf("HOW", &["on", "off"]),
    default: Some("on"),
    repeatable: false,
    group: Group::Screen,
    help: "Show all of a picture, or a part pixel by pixel: on or off",
    manual: "The part that is shown follows the pointer, and the arrows in the menu. `v` in the menu turns it over.",
};

const GUEST_LAYOUT: Opt = Opt {
    name: "guest-layout",
    short: None,
    takes: Takes::OneOf("NAME", GUEST_LAYOUTS),
    default: Some(guest_layout::DEFAULT),
    repeatable: false,
    group: Group::Screen,
    help: "Keyboard of the guest, for what is typed into a picture",
    manual: "What it cannot type is refused before any of it is typed. `any`: keys are told by their characters, which X servers (Xvnc, x11vnc) take, whatever their layout.",
};

const ESCAPE: Opt = Opt {
    name: "escape",
    short: None,
    takes: Takes::Name("KEYS"),
    default: Some("Ctrl-],~"),
    repeatable: false,
    group: Group::Screen,
    help: "What calls for the menu, in a list; or off",
    manual: "A key with Control, such as `Ctrl-]`, which is hard to type on some keyboards; a character, such as `~`, which counts after Return and has the letter of a command follow at once; or both, with a comma between them.",
};

const USER: Opt = Opt {
    name: "user",
    short: None,
    takes: Takes::Name("NAME"),
    default: None,
    repeatable: false,
    group: Group::Security,
    help: "Your name, where the server knows users; else asked for",
    manual: "",
};

const PASSWORD_FILE: Opt = Opt {
    name: "password-file",
    short: None,
    takes: Takes::Path("FILE"),
    default: None,
    repeatable: false,
    group: Group::Security,
    help: "A password in its first line, mode 0600; else asked for",
    manual: "",
};

const CA: Opt = Opt {
    name: "ca",
    short: None,
    takes: Takes::Path("FILE"),
    default: None,
    repeatable: false,
    group: Group::Security,
    help: "Only servers whose certificate these issuers have signed",
    manual: "In PEM. The certificate must have the name that the server is called by. Nothing is said in clear then.",
};

/// `vncterm attach`.
pub const ATTACH: Subcommand = Subcommand {
    name: "attach",
    summary: "show a console, or a VNC server's picture, in this terminal",
    shared: &[],
    own: &[
        CONSOLE,
        FROM,
        RAW,
        LIST,
        JSON,
        READ_ONLY,
        RESIZE,
        GRAPHICS,
        FIT,
        GUEST_LAYOUT,
        ESCAPE,
        USER,
        PASSWORD_FILE,
        CA,
        AUDIO_OUT,
    ],
    operand: Operand::Words(" ADDRESS"),
    manual: MANUAL,
    examples: &[
        ("vncterm attach :1", "what a server on this machine shows, at display 1"),
        ("vncterm attach --console db1 host::6000", "another one, at port 6000"),
        ("vncterm attach --list --json unix:/run/vncterm.sock", "all there are, for a program"),
        ("vncterm attach host:3", "also QEMU or Xvnc there, at display 3: its picture"),
        ("vncterm attach --raw --from start :1 > boot.log", "what the guest has written and writes"),
        ("vncterm attach --audio-out tone.wav :1", "what the guest plays"),
    ],
};

const MANUAL: &str = "\
`vncterm attach` shows a console of a running `vncterm` in the terminal that it is started in: the screen and the history (see `--from`) are there at once, whatever happened before. It goes over the connection that VNC viewers use, with the same passwords, certificates and roles. \
ADDRESS is `HOST`, `HOST:DISPLAY`, `HOST:PORT`, `HOST::PORT`, `:DISPLAY` or `unix:PATH`.

What the guest prints goes through a terminal emulator here, and only text, colours and attributes reach yours: nothing that a guest writes can reach your clipboard, or make your terminal answer. Colours are those that your terminal has, as `TERM`, `COLORTERM` and `NO_COLOR` tell. Keys are sent as the guest's programs have asked for \
them, whatever your terminal is, and so are pastes and, where a program asked for it, the mouse. A paste of more than one line is asked about first where the guest has not asked for brackets around it and would take each line for typed. What the guest asks of its terminal is answered by the server, once, however many look.

Of any other VNC server (QEMU, Xvnc, x11vnc and their kin), and of a guest's graphical screen, the picture is shown. Keys, chords, the mouse and the wheel are sent. Most terminals tell that a key was pressed and no more: it goes down and up at once, with its modifiers around it; those with kitty's keyboard protocol tell all. \
What you paste is put on the server's clipboard; `t` in the menu types it instead. Nothing that the server says reaches your terminal but pixels, and a name without control characters.

When the connection is lost the last screen stays, and it is tried again; output goes on where it was, and what the server no longer has is told, with the screen behind it.

`Ctrl-]`, or Return and then `~`, calls for this program (see `--escape`); one of these letters says what it is to do:

`d` or a full stop: detach. The console goes on. `c`: choose a console; `n` and `p`: the next one and the one before. `b`: look back at lines that have left the screen, with PageUp, PageDown, Home, End and the arrows; there, `/` finds something, `n` and `N` go on to the older and newer one, and `q` leads back. `f`: the same, beginning with a search. \
`k`: send a break. Before a picture, `v`: all of it, or a part pixel by pixel, which the arrows in the menu move; `x`: send Ctrl-Alt-Del, Ctrl-Alt with a function key and the like; `t`: type what was pasted last. `w`: write, or let others, where one writes at a time. `s`: a status line. `r`: redraw. `z`: suspend. `?`: help. `Ctrl-]` again, or `~`, sends just that.

The first time that a server shows a certificate, its fingerprint is shown and you are asked whether you trust it; then it is kept in `$XDG_STATE_HOME/vncterm/known_servers` (or under `~/.local/state`), and another one is refused. `--ca` does without that. A server that has shown one before is never talked to in clear. Where neither TLS nor this machine keeps what is said, the question for a password and the status line say so: not encrypted.";

/// Its exit statuses.
pub(super) const EXIT_STATUS: &[(&str, &str)] = &[
    (
        "0",
        "Detached, stopped by a signal, or the console has ended. Also where nobody reads on: a reader of its output that goes away early is no failure.",
    ),
    (
        "1",
        "There is no connection, or none any more that is worth trying again; the server has no such console, or not for us; bytes were lost, or may have been; the output could not be written.",
    ),
    ("2", "Wrong use: an option or its value, or no terminal."),
];

/// Checks what was given to it.
pub fn resolve(given: &Given) -> Result<Attach, ConfigError> {
    let address = address(&given.command)?;
    let way = match (given.flag(LIST.name), given.flag(RAW.name), given.flag(JSON.name)) {
        (true, true, _) => return Err(ConfigError::new("--list and --raw are two things: leave one out")),
        (false, _, true) => return Err(ConfigError::new("--json is for --list, which is not given")),
        (true, false, json) => Way::List { json },
        (false, true, false) => Way::Raw,
        (false, false, false) if given.value(AUDIO_OUT.name).is_some() => Way::Hear,
        (false, false, false) => Way::Show,
    };
    let audio_out = audio_out(given, way)?;
    let from = match given.value(FROM.name) {
        None if way == Way::Raw => Start::Now,
        None => Start::Oldest,
        Some((row, value)) => match value.to_str().and_then(|text| text.parse().ok()) {
            Some(Start::Tail(_)) if way == Way::Raw => {
                return Err(wrong(row, &value, "counts lines, and --raw knows none: give start or now"));
            }
            Some(start) => start,
            None => return Err(wrong(row, &value, "is none of start, tail:N and now")),
        },
    };
    let text = |name: &str| given.value(name).map(|(_, value)| value.to_string_lossy().into_owned());
    let escapes = match given.value(ESCAPE.name) {
        Some((row, value)) => {
            value.to_string_lossy().parse().map_err(|error: NoEscapes| wrong(row, &value, &error.to_string()))?
        }
        None => Escapes::default(),
    };
    let password = given.value(PASSWORD_FILE.name).map(|(row, file)| first_line(row, &file)).transpose()?;
    let trust = match given.value(CA.name) {
        Some((row, file)) => {
            let pem = public(row, &file)?;
            Some(Trust::new(&pem).map_err(|error| wrong(row, &file, &error.to_string()))?)
        }
        None => None,
    };
    Ok(Attach {
        address,
        console: text(CONSOLE.name),
        way,
        from,
        user: text(USER.name),
        password,
        trust,
        escapes,
        read_only: given.flag(READ_ONLY.name),
        resize: given.word(RESIZE.name)? == "on",
        resize_pictures: given.is_given(RESIZE.name).then_some(given.word(RESIZE.name)? == "on"),
        graphics: match given.word(GRAPHICS.name)?.as_str() {
            "kitty" => Graphics::Kitty,
            "sixel" => Graphics::Sixel,
            "blocks" => Graphics::Blocks,
            _ => Graphics::Auto,
        },
        fit: given.word(FIT.name)? == "on",
        layout: layout(given)?,
        audio_out,
    })
}

/// `--audio-out`: it is all that is done.
fn audio_out(given: &Given, way: Way) -> Result<Option<AudioOut>, ConfigError> {
    let Some((row, value)) = given.value(AUDIO_OUT.name) else { return Ok(None) };
    if way != Way::Hear {
        return Err(ConfigError::new("--audio-out shows and passes no console: leave out --list and --raw, or it"));
    }
    match value.as_encoded_bytes() {
        b"" => Err(wrong(row, &value, "names no file")),
        b"-" => Ok(Some(AudioOut::Stdout)),
        _ => Ok(Some(AudioOut::File(value.into()))),
    }
}

fn address(words: &[OsString]) -> Result<Address, ConfigError> {
    let wrong = |word: &OsString, why: &str| ConfigError::new(format!("attach: {} {why}", quoted(word)));
    match words {
        [] => Err(ConfigError::new("attach needs the address of a server; see vncterm attach --help")),
        [_, more, ..] => Err(wrong(more, "is one word too many")),
        [one] => match one.to_str().ok_or_else(|| wrong(one, "is not UTF-8"))?.parse() {
            Ok(Address::Tcp { port: 0, .. }) => Err(wrong(one, "has no port that can be connected to")),
            Ok(address) => Ok(address),
            Err(error) => Err(ConfigError::new(format!("attach: {error}"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::arguments::{Request, read};

    fn attach(words: &[&str]) -> Result<Attach, String> {
        let words = ["vncterm", "attach"].iter().chain(words).map(OsString::from);
        match read(words).map_err(|error| error.to_string())? {
            Request::Attach(given) => resolve(&given).map_err(|error| error.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_said_is_what_is_done() {
        let plain = attach(&[":1"]).expect("right");
        assert_eq!(plain.address, Address::tcp("127.0.0.1", 5901));
        assert_eq!((plain.way, plain.from, plain.read_only, plain.resize), (Way::Show, Start::Oldest, false, true));
        assert_eq!((plain.escapes, plain.console), (Escapes::default(), None));
        let list = attach(&["--list", "unix:/run/x", "--json"]).expect("right");
        assert_eq!((list.way, list.address), (Way::List { json: true }, Address::Unix("/run/x".into())));
        let raw = attach(&["h::6000", "--raw", "--read-only", "--console", "db1"]).expect("right");
        assert_eq!((raw.way, raw.from, raw.read_only), (Way::Raw, Start::Now, true));
        assert_eq!((raw.console.as_deref(), raw.address), (Some("db1"), Address::tcp("h", 6000)));
        let heard = attach(&["h", "--audio-out", "-"]).expect("right");
        assert_eq!((heard.way, heard.audio_out), (Way::Hear, Some(AudioOut::Stdout)));
        let tail = attach(&["h", "--from", "tail:20", "--resize", "off", "--escape", "off"]).expect("right");
        assert_eq!((tail.from, tail.resize, tail.escapes.control), (Start::Tail(20), false, None));
        assert_eq!((plain.graphics, plain.fit, plain.layout.name()), (Graphics::Auto, true, "us"));
        assert_eq!((plain.resize_pictures, tail.resize_pictures), (None, Some(false)));
        let picture = attach(&["h", "--graphics", "sixel", "--fit", "off", "--guest-layout", "de"]).expect("right");
        assert_eq!((picture.graphics, picture.fit, picture.layout.name()), (Graphics::Sixel, false, "de"));
    }

    #[test]
    fn wrong_use_is_told_in_one_line() {
        for (words, part) in [
            (&[][..], "attach needs the address of a server"),
            (&["h:1", "h:2"], "\"h:2\" is one word too many"),
            (&["5901"], "is ambiguous"),
            (&["h::0"], "has no port that can be connected to"),
            (&["h", "--json"], "--json is for --list"),
            (&["h", "--list", "--raw"], "leave one out"),
            (&["h", "--audio-out", "x.wav", "--raw"], "leave out --list and --raw, or it"),
            (&["h", "--audio-out", ""], "names no file"),
            (&["h", "--raw", "--from", "tail:3"], "give start or now"),
            (&["h", "--from", "tail:"], "is none of start, tail:N and now"),
            (&["h", "--from", "tail:+3"], "is none of start, tail:N and now"),
            (&["h", "--escape", "xx"], "--escape: \"xx\" is neither off nor a list"),
            (&["h", "--ca", "/nowhere"], "--ca: \"/nowhere\""),
            (&["h", "--password-file", "/dev/null"], "--password-file"),
        ] {
            let line = attach(words).expect_err("it is wrong");
            assert!(line.contains(part) && !line.contains('\n'), "{words:?}: {line}");
        }
    }

    #[test]
    fn escapes_are_what_they_are_called() {
        for wrong in ["", "Ctrl-", "Ctrl-I", "Ctrl-M", "Ctrl-[", "Ctrl-1", "a", "~,%", "Ctrl-A,Ctrl-B", "~~", "Ctrl-]x"]
        {
            assert_eq!(wrong.parse::<Escapes>(), Err(NoEscapes), "{wrong}");
        }
        assert_eq!("Ctrl-],~".parse(), Ok(Escapes::default()));
        assert_eq!(Escapes::default().to_string(), "Ctrl-] or Return ~");
        assert_eq!(Escapes { control: None, tilde: None }.to_string(), "off");
    }
}
