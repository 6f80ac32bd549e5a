//! A line of a control client as a request: an object of one level, whose fields are those of its verb.
//!
//! ```text
//! {"id": 7, "verb": "screen", "console": "db1", "format": "png"}
//! ```

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::keys;
use super::verbs::{FORMS, Kind, LIFETIME, Takes, VERBS, Verb};
use crate::access::Role;
use crate::display::{ScreenForm, Stroke};
use crate::geometry::GridSize;

/// The reason that a viewer is sent away for where none is given.
const KICKED: &str = "whoever runs the server has ended the connection";
/// Characters of what was sent that a message shows.
const SHOWN: usize = 64;

/// What a client wants.
#[derive(Debug)]
pub struct Request {
    /// What the answer begins with: text, a number or null.
    pub id: Value,
    /// Which console, where it matters and is said.
    pub console: Option<Which>,
    /// What is to be done.
    pub work: Work,
}

/// Which console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// By the number of its virtual terminal.
    Number(u64),
    /// By its name, or a number as text.
    Name(String),
}

/// What is to be done. Its `Debug` shows no text.
pub enum Work {
    /// [`Kind::Status`].
    Status,
    /// [`Kind::Screen`].
    Screen(ScreenForm),
    /// [`Kind::Text`], from where on.
    Text(From),
    /// [`Kind::Send`].
    Send(Vec<Stroke>),
    /// [`Kind::Paste`].
    Paste(Arc<str>),
    /// [`Kind::Resize`].
    Resize(GridSize),
    /// [`Kind::Break`].
    Break,
    /// [`Kind::SysRq`], with this key.
    SysRq(u8),
    /// [`Kind::Viewers`].
    Viewers,
    /// [`Kind::Switch`] of this viewer, or of all.
    Switch(Option<u64>),
    /// [`Kind::Kick`] of this viewer, for this reason.
    Kick(u64, String),
    /// [`Kind::Writer`]: this viewer writes, or nobody.
    Writer(Option<u64>),
    /// [`Kind::Token`] for this role, good for so long.
    Token(Role, Duration),
}

/// Where lines begin that are to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// At this one.
    First(u64),
    /// So many before the end.
    Last(u64),
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status => f.write_str("Status"),
            Self::Screen(form) => write!(f, "Screen({form:?})"),
            Self::Text(from) => write!(f, "Text({from:?})"),
            Self::Send(strokes) => write!(f, "Send({} keys)", strokes.len()),
            Self::Paste(text) => write!(f, "Paste({} bytes)", text.len()),
            Self::Resize(grid) => write!(f, "Resize({grid})"),
            Self::Break => f.write_str("Break"),
            Self::SysRq(_) => f.write_str("SysRq"),
            Self::Viewers => f.write_str("Viewers"),
            Self::Switch(viewer) => write!(f, "Switch({viewer:?})"),
            Self::Token(role, lifetime) => write!(f, "Token({}, {} s)", role.name(), lifetime.as_secs()),
            Self::Writer(viewer) => write!(f, "Writer({viewer:?})"),
            Self::Kick(viewer, why) => write!(f, "Kick({viewer}, {why:?})"),
        }
    }
}

/// Why a line is no request, and the `id` of what would have been one.
#[derive(Debug, PartialEq)]
pub struct Fault {
    /// Null where it could not be read.
    pub id: Value,
    /// In plain words.
    pub why: String,
}

impl Request {
    /// Reads a line.
    ///
    /// # Errors
    /// It is not JSON, no object, or not what its verb takes.
    pub fn read(line: &[u8]) -> Result<Self, Fault> {
        let fault = |why: String| Fault { id: Value::Null, why };
        // The parser's own words name a column, and what it would have liked there.
        let mut object: Map<String, Value> =
            serde_json::from_slice(line).map_err(|error| fault(format!("a request is a JSON object: {error}")))?;
        let id = match object.remove("id").unwrap_or_default() {
            id @ (Value::Null | Value::Number(_) | Value::String(_)) => id,
            _ => return Err(fault("\"id\" is neither text nor a number".to_owned())),
        };
        match Self::of(object) {
            Ok((console, work)) => Ok(Self { id, console, work }),
            Err(why) => Err(Fault { id, why }),
        }
    }

    fn of(object: Map<String, Value>) -> Result<(Option<Which>, Work), String> {
        let given = Given::read(object)?;
        let console = match given.fields.get("console") {
            Some(Value::Number(number)) => number.as_u64().map(Which::Number),
            Some(Value::String(name)) => Some(Which::Name(name.clone())),
            _ => None,
        };
        let work = match given.verb.kind {
            Kind::Status => Work::Status,
            Kind::Screen => Work::Screen(given.form()),
            Kind::Text => Work::Text(given.from()?),
            Kind::Send => Work::Send(given.strokes()?),
            Kind::Paste => Work::Paste(given.text("text").unwrap_or_default().into()),
            Kind::Resize => {
                let count = |name| given.number(name).and_then(|number| u16::try_from(number).ok()).unwrap_or(1);
                Work::Resize(GridSize::new(count("columns"), count("rows")))
            }
            Kind::Break => Work::Break,
            Kind::SysRq => Work::SysRq(given.key()?),
            Kind::Viewers => Work::Viewers,
            Kind::Token => {
                let role = given.text("role").and_then(Role::named).unwrap_or(Role::View);
                Work::Token(role, Duration::from_secs(given.number("lifetime").unwrap_or(LIFETIME)))
            }
            Kind::Switch => Work::Switch(given.number("viewer")),
            Kind::Writer => match (given.text("action"), given.number("viewer")) {
                (Some("release"), None) => Work::Writer(None),
                (Some("release"), Some(_)) => {
                    return Err("\"viewer\" has no place where writing is released".to_owned());
                }
                (_, None) => return Err("\"viewer\" of writer is missing: who is to write".to_owned()),
                (_, viewer) => Work::Writer(viewer),
            },
            Kind::Kick => {
                let why = given.text("reason").filter(|why| !why.is_empty()).unwrap_or(KICKED);
                Work::Kick(given.number("viewer").unwrap_or_default(), why.to_owned())
            }
        };
        Ok((console, work))
    }
}

/// The fields of a request, each as its verb takes it.
struct Given {
    verb: &'static Verb,
    fields: Map<String, Value>,
}

impl Given {
    fn read(mut fields: Map<String, Value>) -> Result<Self, String> {
        let verb = match fields.remove("verb") {
            Some(Value::String(name)) => Verb::named(&name).ok_or_else(|| {
                format!("\"{}\" is no verb; there are {}", shown(&name), list(VERBS.iter().map(|verb| verb.name)))
            })?,
            Some(_) => return Err("\"verb\" is no text".to_owned()),
            None => return Err(format!("\"verb\" is missing; there are {}", list(VERBS.iter().map(|verb| verb.name)))),
        };
        for (name, value) in &fields {
            let Some(field) = verb.field(name) else {
                let known = ["id"].into_iter().chain(verb.fields.iter().map(|field| field.name));
                return Err(format!(
                    "\"{}\" is nothing that {} takes; it takes {}",
                    shown(name),
                    verb.name,
                    list(known)
                ));
            };
            if let Some(wrong) = wrong(field.takes, value) {
                return Err(format!("\"{name}\" of {} {wrong}", verb.name));
            }
        }
        match verb.fields.iter().find(|field| field.required && !fields.contains_key(field.name)) {
            Some(missing) => Err(format!("\"{}\" of {} is missing", missing.name, verb.name)),
            None => Ok(Self { verb, fields }),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.fields.get(name)?.as_u64()
    }

    fn form(&self) -> ScreenForm {
        let asked = self.text("format");
        FORMS.iter().find(|(name, _)| asked == Some(*name)).map_or(ScreenForm::Text, |(_, form)| *form)
    }

    fn from(&self) -> Result<From, String> {
        match (self.number("first"), self.number("last")) {
            (Some(_), Some(_)) => Err("text takes \"first\" or \"last\", not both".to_owned()),
            (_, Some(last)) => Ok(From::Last(last)),
            (first, None) => Ok(From::First(first.unwrap_or(0))),
        }
    }

    fn strokes(&self) -> Result<Vec<Stroke>, String> {
        let strokes = match (self.text("text"), self.text("keys")) {
            (Some(text), None) => keys::of_text(text),
            (None, Some(names)) => keys::of_names(names).map_err(|error| error.to_string())?,
            _ => return Err("send takes \"text\" or \"keys\", and one of them".to_owned()),
        };
        if strokes.is_empty() { Err("there is nothing to send".to_owned()) } else { Ok(strokes) }
    }

    fn key(&self) -> Result<u8, String> {
        let key = self.text("key").and_then(|key| key.bytes().next()).filter(u8::is_ascii_alphanumeric);
        key.ok_or_else(|| "the key of a SysRq is a letter or a digit".to_owned())
    }
}

/// What is wrong with a field's value, as it follows its name.
fn wrong(takes: Takes, value: &Value) -> Option<String> {
    match (takes, value) {
        (Takes::Console, Value::String(_)) => None,
        (Takes::Console, Value::Number(number)) if number.is_u64() => None,
        (Takes::Console, _) => Some("is neither a console's name nor its number".to_owned()),
        (Takes::OneOf(words), Value::String(word)) if words.contains(&word.as_str()) => None,
        (Takes::OneOf(words), _) => Some(format!("is none of {}", list(words.iter().copied()))),
        (Takes::Text(most), Value::String(text)) if text.len() <= most => None,
        (Takes::Text(most), Value::String(text)) => Some(format!("has {} bytes; {most} are the most", text.len())),
        (Takes::Text(_), _) => Some("is no text".to_owned()),
        (Takes::Number(least, most), value) if value.as_u64().is_some_and(|n| (least..=most).contains(&n)) => None,
        (Takes::Number(least, most), _) => Some(format!("is not a whole number from {least} to {most}")),
    }
}

fn list(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// What a client sent, as a message shows it.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|ch| !ch.is_control()).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(line: &str) -> Request {
        Request::read(line.as_bytes()).expect(line)
    }

    fn why(line: &str) -> String {
        Request::read(line.as_bytes()).expect_err(line).why
    }

    #[test]
    fn requests_are_read() {
        let request = read(r#"{"verb":"screen","id":"a","console":2,"format":"png"}"#);
        assert_eq!((request.id, request.console), (json!("a"), Some(Which::Number(2))));
        assert!(matches!(request.work, Work::Screen(ScreenForm::Picture)));
        let request = read(r#" { "console" : "db", "verb" : "screen" } "#);
        assert_eq!((request.id, request.console), (Value::Null, Some(Which::Name("db".into()))));
        assert!(matches!(request.work, Work::Screen(ScreenForm::Text)));
        assert!(matches!(read(r#"{"verb":"text","last":9}"#).work, Work::Text(From::Last(9))));
        assert!(matches!(read(r#"{"verb":"text","first":0}"#).work, Work::Text(From::First(0))));
        assert!(matches!(read(r#"{"verb":"send","text":"\u001b\n"}"#).work, Work::Send(keys) if keys.len() == 2));
        assert!(matches!(read(r#"{"verb":"send","keys":"Up Ctrl-C"}"#).work, Work::Send(keys) if keys.len() == 2));
        assert!(matches!(read(r#"{"verb":"sysrq","key":"b"}"#).work, Work::SysRq(b'b')));
        let resize = read(r#"{"verb":"resize","columns":100,"rows":30}"#).work;
        assert!(matches!(resize, Work::Resize(grid) if grid == GridSize::new(100, 30)));
        assert!(matches!(read(r#"{"verb":"switch","console":1,"viewer":3}"#).work, Work::Switch(Some(3))));
        assert!(matches!(read(r#"{"verb":"switch","console":"db"}"#).work, Work::Switch(None)));
        let (role, minute) = (Role::Write, Duration::from_secs(60));
        assert!(
            matches!(read(r#"{"verb":"token","role":"write"}"#).work, Work::Token(r, t) if (r, t) == (role, minute))
        );
        assert!(matches!(read(r#"{"verb":"kick","viewer":3}"#).work, Work::Kick(3, why) if why == KICKED));
        assert!(matches!(read(r#"{"verb":"kick","viewer":3,"reason":"x"}"#).work, Work::Kick(3, why) if why == "x"));
    }

    #[test]
    fn what_is_wrong_is_said_in_plain_words() {
        for (line, part) in [
            ("", "a request is a JSON object: "),
            ("[1]", "a request is a JSON object: invalid type"),
            (r#"{"verb":"status""#, "a request is a JSON object: EOF"),
            (r#"{"verb":"status"} {}"#, "trailing characters"),
            ("{}", "\"verb\" is missing; there are status, screen, text, "),
            (r#"{"verb":1}"#, "\"verb\" is no text"),
            (r#"{"verb":"scre\nen"}"#, "\"screen\" is no verb; there are status"),
            (r#"{"verb":"status","id":{}}"#, "\"id\" is neither text nor a number"),
            (
                r#"{"verb":"screen","fromat":"png"}"#,
                "\"fromat\" is nothing that screen takes; it takes id, console, format",
            ),
            (r#"{"verb":"screen","format":"pdf"}"#, "\"format\" of screen is none of text, ansi, json, png"),
            (r#"{"verb":"screen","console":[1]}"#, "\"console\" of screen is neither a console's name nor its number"),
            (r#"{"verb":"resize","columns":100}"#, "\"rows\" of resize is missing"),
            (r#"{"verb":"resize","columns":3,"rows":2}"#, "\"columns\" of resize is not a whole number from 4 to 512"),
            (
                r#"{"verb":"resize","columns":4.5,"rows":2}"#,
                "\"columns\" of resize is not a whole number from 4 to 512",
            ),
            (r#"{"verb":"kick","viewer":0}"#, "\"viewer\" of kick is not a whole number from 1 to "),
            (r#"{"verb":"switch","viewer":1}"#, "\"console\" of switch is missing"),
            (r#"{"verb":"token"}"#, "\"role\" of token is missing"),
            (r#"{"verb":"token","role":"view","lifetime":3601}"#, "is not a whole number from 1 to 3600"),
            (r#"{"verb":"text","first":1,"last":1}"#, "not both"),
            (r#"{"verb":"send"}"#, "send takes \"text\" or \"keys\""),
            (r#"{"verb":"send","text":""}"#, "there is nothing to send"),
            (r#"{"verb":"send","keys":"F99"}"#, "\"F99\" is no key"),
            (r#"{"verb":"sysrq","key":"!"}"#, "a letter or a digit"),
            (r#"{"verb":"sysrq","key":"bb"}"#, "has 2 bytes; 1 are the most"),
        ] {
            assert!(why(line).contains(part), "{line}: {}", why(line));
        }
        let fault = Request::read(br#"{"id":7,"verb":"no"}"#).expect_err("no verb");
        assert_eq!(fault.id, json!(7), "whose answer it is");
        let deep = format!("{{\"verb\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(why(&deep).contains("recursion limit"), "{}", why(&deep));
    }

    #[test]
    fn texts_are_as_long_as_they_may_be_and_no_longer() {
        use super::super::verbs::{MAX_PASTE, MAX_SEND};
        for (verb, most) in [("send", MAX_SEND), ("paste", MAX_PASTE)] {
            let line = |length| json!({"verb": verb, "text": "x".repeat(length)}).to_string();
            assert!(Request::read(line(most).as_bytes()).is_ok(), "{verb}");
            assert!(why(&line(most + 1)).contains("are the most"), "{verb}");
        }
    }
}
