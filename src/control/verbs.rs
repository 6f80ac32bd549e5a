//! The VERBS table: what a control client may ask, and with which fields. Reading a request, `vncterm ctl`, its help and its
//! manual, and the table of docs/control.md are made from it or checked against it.

use crate::display::ScreenForm;

/// One thing that can be asked.
#[derive(Debug)]
pub struct Verb {
    /// Its name.
    pub name: &'static str,
    /// What is done.
    pub kind: Kind,
    /// What that is, in a line: a lower-case verb, without a full stop.
    pub summary: &'static str,
    /// What may be told with it, beside `id` and `verb`.
    pub fields: &'static [Field],
    /// What is in the answer, beside `id` and `ok`; `done` where there is nothing more.
    pub answer: &'static str,
}

/// Which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// How all stands.
    Status,
    /// A screen as it is now.
    Screen,
    /// A console's lines: its history and its screen.
    Text,
    /// Keys.
    Send,
    /// A paste.
    Paste,
    /// Another size.
    Resize,
    /// A break.
    Break,
    /// A SysRq.
    SysRq,
    /// Who looks.
    Viewers,
    /// Leads viewers to a console.
    Switch,
    /// Sends a viewer away.
    Kick,
    /// Says who writes.
    Writer,
    /// Lets somebody in once.
    Token,
}

/// Something that may be told with a verb.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What is right there.
    pub takes: Takes,
    /// Whether it must be there.
    pub required: bool,
}

/// What is right in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A console, by its number or its name.
    Console,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Text of at most so many bytes.
    Text(usize),
    /// A whole number in this range.
    Number(u64, u64),
}

/// Most bytes of a text that is sent: it is typed at once.
pub const MAX_SEND: usize = crate::display::question::MAX_STROKES;
/// Most bytes of a text that is pasted; of a viewer the same is taken.
pub const MAX_PASTE: usize = crate::display::MAX_PASTE;
/// Most bytes of the reason for which a viewer is sent away.
pub const MAX_REASON: usize = crate::server::MAX_REASON;
/// Seconds that a token is good for where nothing is said.
pub const LIFETIME: u64 = 60;
/// The most of them.
pub const MAX_LIFETIME: u64 = 3_600;
/// Most lines that are told at once.
pub const MAX_LINES: u64 = crate::display::question::MAX_LINES as u64;
/// Fewest and most columns of a console.
pub const COLUMNS: (u64, u64) = (4, 512);
/// Fewest and most rows of one.
pub const ROWS: (u64, u64) = (2, 256);
/// The largest number that every reader of JSON takes for itself (RFC 8259 §6).
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// The forms of a screen, and their names.
pub const FORMS: [(&str, ScreenForm); 4] = [
    ("text", ScreenForm::Text),
    ("ansi", ScreenForm::Sequences),
    ("json", ScreenForm::Json),
    ("png", ScreenForm::Picture),
];

const VIEWER: Field = Field { name: "viewer", takes: Takes::Number(1, MAX_NUMBER), required: false };
const CONSOLE: Field = Field { name: "console", takes: Takes::Console, required: false };

/// Every verb, in the order they are shown.
pub const VERBS: &[Verb] =
    &[STATUS, SCREEN, TEXT, SEND, PASTE, RESIZE, BREAK, SYSRQ, VIEWERS, SWITCH, KICK, WRITER, TOKEN];

/// See [`Kind::Status`].
pub const STATUS: Verb = Verb {
    name: "status",
    kind: Kind::Status,
    summary: "tell how the server and its consoles stand",
    fields: &[],
    answer: "`status`, of schema `vncterm-status/1`",
};

/// See [`Kind::Screen`].
pub const SCREEN: Verb = Verb {
    name: "screen",
    kind: Kind::Screen,
    summary: "show a console's screen as it is now",
    fields: &[
        CONSOLE,
        Field { name: "format", takes: Takes::OneOf(&["text", "ansi", "json", "png"]), required: false },
    ],
    answer: "`text`, `ansi`, `json` or `png`, as asked for",
};

/// See [`Kind::Text`].
pub const TEXT: Verb = Verb {
    name: "text",
    kind: Kind::Text,
    summary: "show a console's lines, those that have left the screen too",
    fields: &[
        CONSOLE,
        Field { name: "first", takes: Takes::Number(0, MAX_NUMBER), required: false },
        Field { name: "last", takes: Takes::Number(1, MAX_NUMBER), required: false },
    ],
    answer: "`lines`, `oldest`, `next`, `end`",
};

/// See [`Kind::Send`].
pub const SEND: Verb = Verb {
    name: "send",
    kind: Kind::Send,
    summary: "type text or keys into a console",
    fields: &[
        CONSOLE,
        Field { name: "text", takes: Takes::Text(MAX_SEND), required: false },
        Field { name: "keys", takes: Takes::Text(MAX_SEND), required: false },
    ],
    answer: "done",
};

/// See [`Kind::Paste`].
pub const PASTE: Verb = Verb {
    name: "paste",
    kind: Kind::Paste,
    summary: "paste text into a console, as fast as its guest takes it",
    fields: &[CONSOLE, Field { name: "text", takes: Takes::Text(MAX_PASTE), required: true }],
    answer: "done",
};

/// See [`Kind::Resize`].
pub const RESIZE: Verb = Verb {
    name: "resize",
    kind: Kind::Resize,
    summary: "give a console another size",
    fields: &[
        CONSOLE,
        Field { name: "columns", takes: Takes::Number(COLUMNS.0, COLUMNS.1), required: true },
        Field { name: "rows", takes: Takes::Number(ROWS.0, ROWS.1), required: true },
    ],
    answer: "done",
};

/// See [`Kind::Break`].
pub const BREAK: Verb = Verb {
    name: "break",
    kind: Kind::Break,
    summary: "send a break, where the source can carry one",
    fields: &[CONSOLE],
    answer: "done",
};

/// See [`Kind::SysRq`].
pub const SYSRQ: Verb = Verb {
    name: "sysrq",
    kind: Kind::SysRq,
    summary: "send a break and a key, which Linux takes for a magic SysRq",
    fields: &[CONSOLE, Field { name: "key", takes: Takes::Text(1), required: true }],
    answer: "done",
};

/// See [`Kind::Viewers`].
pub const VIEWERS: Verb = Verb {
    name: "viewers",
    kind: Kind::Viewers,
    summary: "list who looks, at what, and since when",
    fields: &[],
    answer: "`viewers`, a list",
};

/// See [`Kind::Switch`].
pub const SWITCH: Verb = Verb {
    name: "switch",
    kind: Kind::Switch,
    summary: "lead viewers to another console",
    fields: &[Field { name: "console", takes: Takes::Console, required: true }, VIEWER],
    answer: "`viewers`, how many were led there",
};

/// See [`Kind::Kick`].
pub const KICK: Verb = Verb {
    name: "kick",
    kind: Kind::Kick,
    summary: "send a viewer away",
    fields: &[
        Field { name: "viewer", takes: Takes::Number(1, MAX_NUMBER), required: true },
        Field { name: "reason", takes: Takes::Text(MAX_REASON), required: false },
    ],
    answer: "done",
};

/// See [`Kind::Writer`].
pub const WRITER: Verb = Verb {
    name: "writer",
    kind: Kind::Writer,
    summary: "say which viewer writes, where one does at a time",
    fields: &[Field { name: "action", takes: Takes::OneOf(&["take", "release"]), required: true }, VIEWER],
    answer: "done",
};

/// See [`Kind::Token`].
pub const TOKEN: Verb = Verb {
    name: "token",
    kind: Kind::Token,
    summary: "make a token with which somebody comes in, once",
    fields: &[
        CONSOLE,
        Field { name: "role", takes: Takes::OneOf(&["view", "write", "admin"]), required: true },
        Field { name: "lifetime", takes: Takes::Number(1, MAX_LIFETIME), required: false },
    ],
    answer: "`token`",
};

impl Verb {
    /// The verb of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        VERBS.iter().find(|verb| verb.name == name)
    }

    /// Its field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_apart_and_read_well() {
        for (at, verb) in VERBS.iter().enumerate() {
            assert!(VERBS[..at].iter().all(|other| other.name != verb.name && other.kind != verb.kind));
            assert!(verb.summary.len() <= 64 && !verb.summary.ends_with('.'), "{}", verb.name);
            assert!(verb.fields.iter().all(|field| !["id", "verb"].contains(&field.name)), "{}", verb.name);
        }
        let forms: Vec<&str> = FORMS.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            SCREEN.field("format").map(|field| field.takes),
            Some(Takes::OneOf(&["text", "ansi", "json", "png"]))
        );
        assert_eq!(forms, ["text", "ansi", "json", "png"]);
    }
}
