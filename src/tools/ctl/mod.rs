//! `vncterm ctl`: one request to a running server over its control socket (docs/control.md), and its answer shown.

mod connection;
mod show;

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::{Failure, Streams};
use crate::config::ctl::{Ctl, Told};
use crate::config::printable;
use crate::control::verbs::{Kind, MAX_PASTE, Verb};
use connection::Connection;

/// Asks, and writes what was answered.
pub fn run(ctl: &Ctl, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let Some(verb) = Verb::named(ctl.verb) else { return Err(Failure::Refused("there is no such verb".to_owned())) };
    let mut request: Map<String, Value> = [("verb".to_owned(), ctl.verb.into())].into_iter().collect();
    for (name, told) in &ctl.fields {
        let value = match told {
            Told::Text(text) => text.as_str().into(),
            Told::Number(number) => (*number).into(),
            Told::Input => input(streams)?.into(),
        };
        request.insert((*name).to_owned(), value);
    }
    let mut connection = Connection::open(ctl.socket.as_deref())?;
    if verb.kind == Kind::Paste {
        // It takes as long as the guest does.
        connection.wait_for_ever()?;
    }
    let output = match verb.kind {
        Kind::Text => text(&mut connection, request)?,
        _ => shown(verb.kind, ctl.json, &connection.ask(&request)?)?,
    };
    streams.output.write_all(&output).map_err(Failure::Write)
}

/// All of standard input that can be pasted.
fn input(streams: &mut Streams<'_>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let most = MAX_PASTE as u64 + 1;
    let read = (&mut *streams.input).take(most).read_to_end(&mut bytes);
    read.map_err(|error| Failure::Read("standard input".to_owned(), error))?;
    match bytes.len() {
        0 => Err(Failure::Refused("there is nothing to paste".to_owned())),
        length if length > MAX_PASTE => Err(Failure::Refused(format!("a paste has at most {} KiB", MAX_PASTE / 1024))),
        // As from a viewer: what is not UTF-8 is Latin-1.
        _ => Ok(crate::input::cut_text::decode_cut_text(&bytes)),
    }
}

/// What is written of an answer.
fn shown(kind: Kind, json: bool, answer: &Map<String, Value>) -> Result<Vec<u8>, Failure> {
    let field = |name: &str| answer.get(name).ok_or(Failure::Strange);
    let text = |name: &str| field(name)?.as_str().ok_or(Failure::Strange);
    let line = |value: &Value| format!("{value}\n").into_bytes();
    Ok(match kind {
        Kind::Status if json => line(field("status")?),
        Kind::Status => show::status(field("status")?).into_bytes(),
        Kind::Viewers if json => line(field("viewers")?),
        Kind::Viewers => show::viewers(field("viewers")?).into_bytes(),
        Kind::Screen => match ["text", "ansi", "json", "png"].into_iter().find(|name| answer.contains_key(*name)) {
            Some("json") => line(field("json")?),
            Some("png") => STANDARD.decode(text("png")?).map_err(|_| Failure::Strange)?,
            Some(name) => text(name)?.as_bytes().to_vec(),
            None => return Err(Failure::Strange),
        },
        Kind::Token => format!("{}\n", printable(text("token")?)).into_bytes(),
        Kind::Switch => {
            let count = field("viewers")?.as_u64().ok_or(Failure::Strange)?;
            format!("{count} viewer{} switched\n", if count == 1 { "" } else { "s" }).into_bytes()
        }
        Kind::Text
        | Kind::Send
        | Kind::Paste
        | Kind::Resize
        | Kind::Break
        | Kind::SysRq
        | Kind::Kick
        | Kind::Writer => Vec::new(),
    })
}

/// All lines, asked for piece by piece, as far as they went when it began.
fn text(connection: &mut Connection, mut request: Map<String, Value>) -> Result<Vec<u8>, Failure> {
    let (mut out, mut end) = (String::new(), None);
    loop {
        let answer = connection.ask(&request)?;
        let number = |name: &str| answer.get(name).and_then(Value::as_u64).ok_or(Failure::Strange);
        let (next, end) = (number("next")?, *end.get_or_insert(number("end")?));
        let lines = answer.get("lines").and_then(Value::as_array).ok_or(Failure::Strange)?;
        for line in lines {
            out.push_str(line["text"].as_str().ok_or(Failure::Strange)?);
            if line["goes_on"] != true {
                out.push('\n');
            }
        }
        if next >= end || lines.is_empty() {
            break;
        }
        request.remove("last");
        request.insert("first".to_owned(), next.into());
    }
    out.truncate(out.trim_end_matches('\n').len());
    if !out.is_empty() {
        out.push('\n');
    }
    Ok(out.into_bytes())
}
