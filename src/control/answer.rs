//! Answers: an object on a line for each request.

use serde_json::Value;

/// What comes of a request: fields of the answer, or why it is refused, in plain words.
pub(super) type Outcome = Result<Vec<(&'static str, Part)>, String>;

/// The value of a field.
pub(super) enum Part {
    /// As it is.
    Value(Value),
    /// JSON already, without line ends.
    Json(Vec<u8>),
}

/// The line, with its end.
pub(super) fn line(id: &Value, outcome: Outcome) -> Vec<u8> {
    let mut line = format!("{{\"id\":{id},\"ok\":{}", outcome.is_ok()).into_bytes();
    let fields = outcome.unwrap_or_else(|why| vec![("error", Part::Value(why.into()))]);
    for (name, part) in fields {
        // A name of ours has nothing that would have to be escaped.
        line.extend_from_slice(format!(",\"{name}\":").as_bytes());
        match part {
            Part::Value(value) => line.extend_from_slice(value.to_string().as_bytes()),
            Part::Json(json) => line.extend_from_slice(&json),
        }
    }
    line.extend_from_slice(b"}\n");
    line
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_answer_is_a_line_of_json() {
        let told = |id: Value, outcome| String::from_utf8(line(&id, outcome)).expect("UTF-8");
        assert_eq!(told(json!(7), Ok(Vec::new())), "{\"id\":7,\"ok\":true}\n");
        let parts = vec![("text", Part::Value("a\nb\"".into())), ("json", Part::Json(b"{\"x\":1}".to_vec()))];
        assert_eq!(
            told(Value::Null, Ok(parts)),
            "{\"id\":null,\"ok\":true,\"text\":\"a\\nb\\\"\",\"json\":{\"x\":1}}\n"
        );
        assert_eq!(told(json!("\n"), Err("no".into())), "{\"id\":\"\\n\",\"ok\":false,\"error\":\"no\"}\n");
    }
}
