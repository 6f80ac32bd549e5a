//! What an option is: the columns of the table in [`super::options`].

/// One option.
#[derive(Debug)]
pub struct Opt {
    /// The long name, without dashes.
    pub name: &'static str,
    /// The short one.
    pub short: Option<char>,
    /// What it takes, and what is right there.
    pub takes: Takes,
    /// What stands in `--help` and in the manual when the option is not given.
    pub default: Option<&'static str>,
    /// Whether it may be given more than once.
    pub repeatable: bool,
    /// The heading it stands under.
    pub group: Group,
    /// One line for `--help`.
    pub help: &'static str,
    /// What the manual adds: paragraphs, parted by blank lines, with `code` and _placeholders_.
    pub manual: &'static str,
}

/// The value of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// None: it is given or not.
    Flag,
    /// None, and how often it is given counts.
    Count,
    /// Text for a person, shown as `PLACEHOLDER`: at most [`super::options::MAX_NAME`] characters, none of them a control character.
    Name(&'static str),
    /// A terminal type as terminfo knows them.
    TerminalType,
    /// A path.
    Path(&'static str),
    /// A console's source: a path, perhaps with `NAME=` before it.
    NamedPath(&'static str),
    /// A console's source, perhaps with `NAME=` before it: a serial port, `DEV[,BAUD[,8N1[,FLOW]]]`.
    NamedSerial,
    /// A console's source, perhaps with `NAME=` before it: a port of some host.
    NamedHostPort,
    /// A console's source, perhaps with `NAME=` before it: a command for the shell.
    NamedCommand,
    /// A command for the shell.
    Command,
    /// `KEY=VALUE`.
    Assignment,
    /// Where to listen.
    Address,
    /// A host whose pages are trusted.
    Origin,
    /// `COLUMNSxROWS`.
    Geometry,
    /// Addresses that begin alike.
    Network,
    /// `WIDTHxHEIGHT`, in pixels.
    PictureSize,
    /// `OFFSET:COLUMNSxROWS`: a size from a byte of the input on.
    ResizeAt,
    /// A time as `90s`, `30m` or `2h`, of seconds if no unit is given; or `off`.
    Duration,
    /// A whole number in this range.
    Number(u32, u32),
    /// One of these words, shown as the placeholder.
    OneOf(&'static str, &'static [&'static str]),
    /// Some of these words, parted by commas, each at most once.
    ListOf(&'static str, &'static [&'static str]),
}

/// Headings of `--help` and the manual, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Where console bytes come from.
    Consoles,
    /// What a console looks like.
    Screen,
    /// Who looks at it, and how.
    Viewers,
    /// Who may come in.
    Security,
    /// The guest's graphics.
    Graphics,
    /// Its sound.
    Sound,
    /// The program itself.
    General,
}

impl Group {
    /// All of them, in the order they are shown.
    pub const ALL: &'static [Group] = &[
        Group::Consoles,
        Group::Screen,
        Group::Viewers,
        Group::Security,
        Group::Graphics,
        Group::Sound,
        Group::General,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Consoles => "Consoles",
            Self::Screen => "Screen",
            Self::Viewers => "Viewers",
            Self::Security => "Security",
            Self::Graphics => "Graphics",
            Self::Sound => "Sound",
            Self::General => "General",
        }
    }
}

impl Takes {
    /// The placeholder of the value in `--help` and the manual; `None` when there is no value.
    pub fn placeholder(self) -> Option<&'static str> {
        match self {
            Self::Flag | Self::Count => None,
            Self::Name(text) | Self::Path(text) | Self::NamedPath(text) => Some(text),
            Self::NamedSerial => Some("DEV[,BAUD[,8N1]]"),
            Self::NamedHostPort => Some("[NAME=]HOST:PORT"),
            Self::NamedCommand => Some("[NAME=]COMMAND"),
            Self::Command => Some("COMMAND"),
            Self::TerminalType => Some("TYPE"),
            Self::Assignment => Some("KEY=VALUE"),
            Self::Address => Some("ADDRESS"),
            Self::Origin => Some("HOST"),
            Self::Geometry => Some("COLUMNSxROWS"),
            Self::Network => Some("CIDR"),
            Self::PictureSize => Some("WIDTHxHEIGHT"),
            Self::ResizeAt => Some("OFFSET:COLSxROWS"),
            Self::Duration => Some("TIME"),
            Self::Number(..) => Some("N"),
            Self::OneOf(text, _) | Self::ListOf(text, _) => Some(text),
        }
    }
}
