//! The SUBCOMMANDS table: the words a command line begins with, and what may follow them. Help, the manual pages and the
//! reading of the command line are made from it, as those of an option are from its row.

use super::options::{Group, OPTIONS, Opt, Takes};
use super::{attach, ctl};

/// One subcommand.
#[derive(Debug)]
pub struct Subcommand {
    /// The words that name it: `dump`, `debug replay`.
    pub name: &'static str,
    /// What it does, in a line of `vncterm --help`; a lower-case verb, without a full stop.
    pub summary: &'static str,
    /// Names of rows of [`OPTIONS`] that mean the same here.
    pub shared: &'static [&'static str],
    /// Options of its own.
    pub own: &'static [Opt],
    /// What stands after the options.
    pub operand: Operand,
    /// What the manual says first: paragraphs, parted by blank lines, with `code`.
    pub manual: &'static str,
    /// What people do most, and what it means.
    pub examples: &'static [(&'static str, &'static str)],
}

/// What stands after the options of a subcommand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Nothing: standard input is read.
    StandardInput,
    /// A command to run, after `--`.
    Command,
    /// The name of a file, which may be left out.
    File,
    /// The name of a file.
    ThisFile,
    /// Words, shown like this; they may stand among the options.
    Words(&'static str),
    /// Nothing, and nothing is read but what options name.
    Nothing,
}

/// Subcommands whose names begin with the same word, where there is something to be said of them together.
#[derive(Debug)]
pub struct Family {
    /// That word.
    pub name: &'static str,
    /// What they do, in a line; a lower-case verb, without a full stop.
    pub summary: &'static str,
    /// What their manual says first.
    pub manual: &'static str,
    /// Their exit statuses, and what each means.
    pub exit_status: &'static [(&'static str, &'static str)],
}

/// Every family.
pub const FAMILIES: &[Family] = &[ctl::FAMILY];

/// `vncterm` without a subcommand.
pub const SERVE: &Subcommand = &SUBCOMMANDS[0];

/// Every subcommand; the first is the default.
pub const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand {
        name: "serve",
        summary: "serve consoles to viewers (the default)",
        shared: &[],
        own: OPTIONS,
        operand: Operand::Command,
        manual: super::generate::DESCRIPTION,
        examples: &[
            ("vncterm", "your shell, at 127.0.0.1:5900"),
            ("vncterm --pty /dev/pts/3", "a guest's serial console"),
            ("vncterm --unix uart=/run/db1.uart --unix hvc0=/run/db1.hvc0", "two of them: Ctrl-Alt-F1 and Ctrl-Alt-F2"),
            ("vncterm --serial /dev/ttyUSB0,9600 --telnet cs1:7003", "a serial port, and one of a console server"),
            ("vncterm --listen :1 -- firecracker --no-api --config-file vm.json", "a microVM's console, at display 1"),
        ],
    },
    attach::ATTACH,
    Subcommand {
        name: "dump",
        summary: "show the screen that recorded output ends on",
        shared: &["geometry", "font", "font-size", "scale", "theme", "scrollback", "clear", "charset", "window-ops"],
        own: &[FORMAT, RESIZE_AT],
        operand: Operand::StandardInput,
        manual: "\
`vncterm dump` reads what a console printed from standard input, runs it through the terminal emulator that `vncterm` serves consoles with, and writes \
the screen it ends on to standard output. The input may be of any size. It is taken as it is: a text whose lines end in a line feed alone goes down the screen in steps, which sed 's/$/\\r/' before it mends.

`text` is the rows of the screen, without the blanks at their ends. `png` is the picture that a viewer would see. `ansi` is escape sequences, in UTF-8, \
that make a terminal of the same size look and behave the same; they hold neither the history nor what was answered, and a wrap that is pending \
over an empty cell is lost.

`json` is everything: an object whose `schema` is `vncterm-dump/1`, with `geometry` (`cols`, `rows`), `cursor` (`row` and `col` from 0, `visible`, `pending_wrap`, \
`shape` block, underline or bar, `blink`), `modes`, `title`, `icon_title`, `replies` (the bytes that the terminal answered, in hexadecimal; at most the \
first mebibyte), `scrollback` (`lines`), `rows` and `scrollback_rows`, the oldest first. With a wrap pending `col` is the last column.

A row has `wrapped` (its text goes on in the next), `line` (single, double-width, double-top or double-bottom) and `cells`. A cell has `ch`, the character and what combines \
with it, empty for an empty cell and for the right half of a wide character; `wide`, 0, 1 for the left half or 2 for the right; `fg` and `bg`, which are \
`\"default\"`, `{\"index\": n}` or `{\"rgb\": \"#rrggbb\"}`; `attrs`, a list of bold, dim, italic, underline, double_underline, curly_underline, dotted_underline, \
dashed_underline, blink, rapid_blink, reverse, hidden, strike, overline, protected, superscript and subscript; and, when its underline has a colour of its own, `ul`.",
        examples: &[
            ("vncterm dump < boot.log", "the last screen of a boot, as text"),
            ("vncterm dump --geometry 132x50 --format png < session > screen.png", "the same as a picture"),
            ("vncterm dump --format json --resize 4096:100x30 < session", "everything about it, resized on the way"),
        ],
    },
    Subcommand {
        name: "passwd",
        summary: "give a user of --users-file a password",
        shared: &[],
        own: &[USER, ROLE],
        operand: Operand::ThisFile,
        manual: "\
Adds a user to a file for `vncterm --users-file FILE`, or gives one who is there another password. The file is made if it is not there; every other line of it stays as it is. \
It is exchanged for the new one in one step, and belongs to whoever runs this, who alone may read it (mode 0600). A server reads it when it starts, and on SIGHUP.

On a terminal the password is asked for twice, and not shown; else it is the first line of standard input. It has from 1 to 1024 bytes. What is kept is its hash by Argon2id (19 MiB, two passes). \
To take a user away, delete his line.",
        examples: &[
            ("vncterm passwd /etc/vncterm/users", "asks for a name and a password"),
            ("vncterm passwd --user ann --role view users < new", "one who may only look, with the password in a file"),
        ],
    },
    Subcommand {
        name: "debug replay",
        summary: "play recorded output step by step",
        shared: &["geometry", "scrollback", "clear", "charset", "window-ops"],
        own: &[RESIZE_AT, UNTIL, BY_FUNCTION],
        operand: Operand::File,
        manual: "\
Feeds recorded output, a file or standard input, to the terminal emulator, and writes a screen script: the size, the bytes as text, and the screen, the cursor, \
the damage and the answers that they lead to. It is the form of the tests under `tests/screen`: put there, corrected where the terminal is wrong, it is the \
report of a bug and its test.

With `--functions` it writes a line for each run of text, control, sequence or string instead: its offset, its mnemonic, its bytes, the cells it may have changed \
(`row:first-last`, after any `scroll`), and what was answered.",
        examples: &[
            ("vncterm debug replay boot.log", "a script that ends on the same screen"),
            ("vncterm debug replay --functions --until 4096 boot.log", "what the first 4096 bytes say"),
        ],
    },
    Subcommand {
        name: "debug functions",
        summary: "list the control functions there are, or those of a recording",
        shared: &[],
        own: &[],
        operand: Operand::File,
        manual: "\
Without a file: the control functions that the terminal knows, with their sequences. With a file (`-` is standard input): what is in it, how often, and at which \
byte first; what the terminal does not know is among it, as `unknown`.",
        examples: &[("vncterm debug functions boot.log", "what a guest makes use of")],
    },
    Subcommand {
        name: "debug transcript",
        summary: "read what a VNC viewer and server sent each other",
        shared: &[],
        own: &[CLIENT, SERVER],
        operand: Operand::Nothing,
        manual: "\
Reads recorded bytes of one direction of a connection, from its first byte on, and writes a line for each message: the bytes, in the notation of the transcripts \
under `tests/rfb`, and what they mean. Of pixels only their number is told. A connection that is encrypted, or authenticates otherwise than by None or \
VncAuthentication, can be read up to there. What a server sent cannot be read far without what its client sent, which decides on versions, pixel formats and \
more: give both. Passwords, keys and texts in a recording are as legible as those who recorded it should expect.

`socat -r client.rec -R server.rec TCP-LISTEN:5999 TCP:127.0.0.1:5900` records a viewer that connects to port 5999.",
        examples: &[("vncterm debug transcript --client client.rec --server server.rec", "both directions, one after the other")],
    },
    ctl::STATUS,
    ctl::SCREEN,
    ctl::TEXT,
    ctl::SEND,
    ctl::PASTE,
    ctl::RESIZE,
    ctl::BREAK,
    ctl::SYSRQ,
    ctl::VIEWERS,
    ctl::SWITCH,
    ctl::KICK,
    ctl::WRITER,
    ctl::TOKEN,
];

const USER: Opt = Opt {
    name: "user",
    short: None,
    takes: Takes::Name("NAME"),
    default: None,
    repeatable: false,
    group: Group::Security,
    help: "Whose password; on a terminal it is asked for",
    manual: "A name has 1 to 64 characters, no colon, and begins with neither # nor a blank.",
};

const ROLE: Opt = Opt {
    name: "role",
    short: None,
    takes: Takes::OneOf("ROLE", &["view", "write", "admin"]),
    default: None,
    repeatable: false,
    group: Group::Security,
    help: "What the user may do: view, write or admin",
    manual: "Without it, a user who is there keeps his role, and another one may write. `admin` may also take the keyboard from others.",
};

const CLIENT: Opt = Opt {
    name: "client",
    short: None,
    takes: Takes::Path("FILE"),
    default: None,
    repeatable: false,
    group: Group::Viewers,
    help: "What the client sent; - is standard input",
    manual: "",
};

const SERVER: Opt = Opt {
    name: "server",
    short: None,
    takes: Takes::Path("FILE"),
    default: None,
    repeatable: false,
    group: Group::Viewers,
    help: "What the server sent; - is standard input",
    manual: "",
};

const UNTIL: Opt = Opt {
    name: "until",
    short: None,
    takes: Takes::Number(0, u32::MAX),
    default: None,
    repeatable: false,
    group: Group::Screen,
    help: "Stop after so many bytes of input",
    manual: "",
};

const BY_FUNCTION: Opt = Opt {
    name: "functions",
    short: None,
    takes: Takes::Flag,
    default: None,
    repeatable: false,
    group: Group::Screen,
    help: "Write one function on a line instead",
    manual: "",
};

pub(super) const FORMAT: Opt = Opt {
    name: "format",
    short: None,
    takes: Takes::OneOf("FORMAT", &["text", "ansi", "json", "png"]),
    default: Some("text"),
    repeatable: false,
    group: Group::Screen,
    help: "What to write: text, ansi, json or png",
    manual: "",
};

const RESIZE_AT: Opt = Opt {
    name: "resize",
    short: None,
    takes: Takes::ResizeAt,
    default: None,
    repeatable: true,
    group: Group::Screen,
    help: "Resize the screen after so many bytes of input",
    manual: "Several at one offset happen in the order given. An offset beyond the end of the input is never reached, and a warning says so.",
};

impl Subcommand {
    /// Its options, in the order they are shown.
    pub fn options(&self) -> impl Iterator<Item = &'static Opt> {
        OPTIONS.iter().filter(|option| self.shared.contains(&option.name)).chain(self.own)
    }

    /// The row of an option.
    ///
    /// # Panics
    /// When it has no such option: the name is a constant of this program, and a test resolves every option.
    pub fn option(&self, name: &str) -> &'static Opt {
        self.options().find(|option| option.name == name).expect("only names of the table are asked for")
    }

    /// What one types: `vncterm dump [OPTIONS]`.
    pub fn usage(&self) -> String {
        let name = if self.name == SERVE.name { "[serve]" } else { self.name };
        let operand = match self.operand {
            Operand::StandardInput => " < FILE",
            Operand::Command => " [-- COMMAND [ARG...]]",
            Operand::File => " [FILE]",
            Operand::ThisFile => " FILE",
            Operand::Words(shown) => shown,
            Operand::Nothing => "",
        };
        format!("vncterm {name} [OPTIONS]{operand}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shared_option_is_in_the_table_and_no_option_is_there_twice() {
        for subcommand in SUBCOMMANDS {
            let names: Vec<&str> = subcommand.options().map(|option| option.name).collect();
            assert!(subcommand.shared.iter().all(|name| names.contains(name)), "{}: {names:?}", subcommand.name);
            let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
            assert_eq!(twice, None, "{}", subcommand.name);
        }
    }
}
