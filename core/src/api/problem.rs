//! Reading what the API says when it refuses: its bodies do not share one form.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::operation::Operation;
use super::response::{is_html, object};
use super::transport::HttpResponse;
use crate::{Code, Error, FieldError, Http};

/// Members that speak of the whole request, in the order in which they are believed.
const SPOKEN: &[&str] = &["detail", "message", "error", "title", "error_description"];

/// How many texts an error keeps, and how long its message may become.
const MOST_FIELDS: usize = 100;
const LONGEST: usize = 600;

/// The error of an answer whose status is not 2xx. `operation` is none for paths that are not described.
pub(crate) fn error(
    response: &HttpResponse,
    mut http: Http,
    operation: Option<&Operation>,
    values: &[String],
    credentials: &[&str],
) -> Error {
    read(response, operation, &mut http);
    withhold(&mut http, credentials);
    let code = code(response, &http);
    let mut about = format!("status {}", response.status);
    let said = say(&http);
    if !said.is_empty() {
        about.push_str(": ");
        // The sentence goes on with the hint, and brings its own full stop.
        about.push_str(cleared(&said, values).trim_end_matches(['.', ' ']));
    } else if matches!(response.status, 301..=303 | 307 | 308) {
        about.push_str(", a redirect");
    } else if is_html(response) {
        about.push_str(", with an HTML page, as a proxy sends it");
    } else if response.body.is_empty() {
        about.push_str(", with an empty body");
    }
    if (response.status, code) == (404, Code::UnexpectedStatus) {
        about.push_str("; Didit says in JSON that it knows no such object, so the base URL may be wrong");
    }
    Error::about(code, about).with_http(http)
}

fn code(response: &HttpResponse, http: &Http) -> Code {
    match response.status {
        402 => Code::InsufficientCredits,
        400 if speaks_of_credits(http) => Code::InsufficientCredits,
        400 | 413 | 422 => Code::InvalidRequest,
        401 | 403 => Code::AuthenticationFailed,
        // A page of another server must not look like a session that is gone.
        404 if serde_json::from_slice::<IgnoredAny>(&response.body).is_err() => Code::UnexpectedStatus,
        404 => Code::NotFound,
        409 => Code::Conflict,
        429 => Code::RateLimited,
        500..=599 => Code::ServerError,
        _ => Code::UnexpectedStatus,
    }
}

/// The text is not documented word for word, so what it must be about decides: credits, balance, funds.
fn speaks_of_credits(http: &Http) -> bool {
    let texts = http.detail.iter().chain(&http.api_code).chain(http.fields.iter().flat_map(|field| &field.messages));
    texts.map(|text| text.to_lowercase().replace('_', " ")).any(|text| {
        let short = ["insufficient", "not enough", "enough", "out of", "no "].iter().any(|word| text.contains(word));
        short && ["credit", "balance", "funds"].iter().any(|word| text.contains(word))
    })
}

/// Fills in what the body says, whatever its form.
fn read(response: &HttpResponse, operation: Option<&Operation>, http: &mut Http) {
    let Some(members) = object(&response.body) else {
        match serde_json::from_slice(&response.body) {
            Ok(Value::String(text)) => http.detail = Some(text),
            Ok(Value::Array(items)) => collect("", &Value::Array(items), &mut http.fields),
            _ => {}
        }
        return;
    };
    http.api_code = members.get("code").and_then(Value::as_str).map(str::to_owned);
    let takes = |name: &str| {
        operation.is_some_and(|operation| operation.parameters.iter().any(|parameter| parameter.wire == name))
    };
    http.detail = SPOKEN.iter().find_map(|name| match members.get(*name) {
        // The texts about an argument of that name.
        Some(Value::Array(_)) if takes(name) => None,
        Some(Value::String(text)) => Some(text.clone()),
        // A detail can also be a list of texts, or an object with a message of its own.
        Some(Value::Array(items)) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            (!texts.is_empty()).then(|| texts.join(" "))
        }
        Some(Value::Object(inner)) => SPOKEN.iter().find_map(|name| inner.get(*name)?.as_str().map(str::to_owned)),
        _ => None,
    });
    if http.api_code.is_none() {
        http.api_code = ["error", "error_code"].iter().find_map(|name| {
            let text = members.get(*name)?.as_str()?;
            let coded = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
            (coded && http.detail.as_deref() != Some(text)).then(|| text.to_owned())
        });
    }
    // Errors in a list or object of their own, else every member that is not about the whole request.
    for name in ["errors", "validation_errors", "fields", "field_errors", "detail"] {
        match members.get(name) {
            // A detail is words, unless it lists objects: then each of them speaks of an argument.
            Some(errors) if name == "detail" && (takes(name) || !lists_objects(errors)) => {}
            Some(errors) => collect("", errors, &mut http.fields),
            None => {}
        }
    }
    if http.fields.is_empty() && matches!(response.status, 400 | 402 | 409 | 422) {
        let spoken = http.detail.is_some();
        own_fields(&members, &takes, spoken, &mut http.fields);
    }
    http.fields.truncate(MOST_FIELDS);
}

fn lists_objects(value: &Value) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_object))
}

/// Leaves out keys, tokens, passwords and codes, should an answer repeat them: nobody has to read them in an error.
fn withhold(http: &mut Http, credentials: &[&str]) {
    // As long as a code is. What is shorter is nobody's, and may be a part of other words.
    const SHORTEST: usize = 6;
    let of_fields = http.fields.iter_mut().flat_map(|field| field.messages.iter_mut().chain([&mut field.path]));
    for text in http.detail.iter_mut().chain(&mut http.api_code).chain(of_fields) {
        for credential in credentials.iter().filter(|credential| credential.len() >= SHORTEST) {
            if text.contains(credential) {
                *text = text.replace(credential, "…");
            }
        }
    }
}

/// Members that are texts about arguments. Some names are those of arguments as well as of what an answer says
/// about itself: then the form of the value decides, and whether the operation takes such an argument.
fn own_fields(members: &Map<String, Value>, takes: &impl Fn(&str) -> bool, spoken: bool, into: &mut Vec<FieldError>) {
    const OF_THE_ANSWER: &[&str] =
        &["code", "status", "status_code", "request_id", "type", "error_code", "timestamp", "path"];
    for (name, value) in members {
        let is_text = !value.is_array() && !value.is_object();
        let (path, is_field) = match &**name {
            "non_field_errors" | "__all__" => ("", true),
            name if SPOKEN.contains(&name) && value.is_array() => (name, takes(name)),
            name if SPOKEN.contains(&name) => ("", value.is_object()),
            name if OF_THE_ANSWER.contains(&name) && is_text => (name, takes(name) && !spoken),
            name => (name, true),
        };
        if is_field {
            collect(path, value, into);
        }
    }
}

/// Texts at any depth, with the path to each. A list of texts is several messages of one field; a list
/// item or member that names its own field is believed.
fn collect(path: &str, value: &Value, into: &mut Vec<FieldError>) {
    match value {
        Value::String(text) => push(path, text, into),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                match item {
                    Value::String(text) => push(path, text, into),
                    Value::Object(members) if named(path, members, into) => {}
                    // DRF fills the places of items without errors with empty objects.
                    other => collect(&format!("{path}[{index}]"), other, into),
                }
            }
        }
        Value::Object(members) => {
            if named(path, members, into) {
                return;
            }
            for (name, member) in members {
                let at = match (path, &**name) {
                    (_, "non_field_errors" | "__all__") => path.to_owned(),
                    ("", name) => name.to_owned(),
                    (path, name) => format!("{path}.{name}"),
                };
                collect(&at, member, into);
            }
        }
        _ => {}
    }
}

/// `{"field": "email", "message": "..."}`, `{"loc": ["body", "email"], "msg": "..."}`, `{"code": "...", "message": "..."}`.
fn named(path: &str, members: &Map<String, Value>, into: &mut Vec<FieldError>) -> bool {
    let text = |names: &[&str]| names.iter().find_map(|name| members.get(*name)?.as_str().map(str::to_owned));
    let Some(message) = text(&["message", "msg", "detail", "code", "error"]) else { return false };
    let named = match members.get("loc") {
        Some(Value::Array(steps)) => Some(place(steps)),
        _ => text(&["field", "name", "param", "path", "attr"]),
    };
    let structured = named.is_some() || members.contains_key("code") || members.contains_key("message");
    if structured {
        let inner = named.unwrap_or_default();
        let dot = if path.is_empty() || inner.is_empty() { "" } else { "." };
        push(&format!("{path}{dot}{inner}"), &message, into);
    }
    structured
}

/// `["body", "features", 1, "feature"]` as `features[1].feature`.
fn place(steps: &[Value]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Value::String(name) if path.is_empty() && (name == "body" || name == "query") => {}
            Value::String(name) if path.is_empty() => path.push_str(name),
            Value::String(name) => path.extend([".", name]),
            Value::Number(index) => path.push_str(&format!("[{index}]")),
            _ => {}
        }
    }
    path
}

fn push(path: &str, text: &str, into: &mut Vec<FieldError>) {
    if let Some(field) = into.iter_mut().find(|field| field.path == path) {
        field.messages.push(text.to_owned());
    } else if into.len() < MOST_FIELDS {
        into.push(FieldError::new(path, text));
    }
}

fn say(http: &Http) -> String {
    let of_field = |field: &FieldError| {
        let texts = field.messages.join(" ");
        if field.path.is_empty() { texts } else { format!("{}: {texts}", field.path) }
    };
    let mut texts: Vec<String> = http.detail.iter().cloned().collect();
    texts.extend(http.fields.iter().map(of_field));
    if let Some(code) = http.api_code.as_ref().filter(|code| !texts.contains(code)) {
        texts.push(format!("({code})"));
    }
    texts.join("; ")
}

/// The service's words without what they may repeat of the request: what stands in quotes, the values of
/// the call, e-mail addresses, long numbers, links.
pub(crate) fn cleared(text: &str, values: &[String]) -> String {
    let mut text: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).take(LONGEST * 4).collect();
    let mut values: Vec<&String> = values.iter().filter(|value| value.chars().count() >= 3).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in values {
        text = text.replace(value.as_str(), "…");
    }
    let mut clear = String::new();
    let mut rest = &*text;
    while let Some((before, quote, after)) = next_quote(rest) {
        clear.push_str(before);
        clear.push('…');
        rest = after.split_once(quote).map_or("", |(_, after)| after);
    }
    clear.push_str(rest);
    let risky = |word: &&str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        word.contains('@') || word.contains("://") || digits >= 5
    };
    let words: Vec<&str> = clear.split(' ').map(|word| if risky(&word) { "…" } else { word }).collect();
    words.join(" ").chars().take(LONGEST).collect()
}

/// The next quotation: an apostrophe inside a word does not open one.
fn next_quote(text: &str) -> Option<(&str, char, &str)> {
    let mut before = ' ';
    for (index, character) in text.char_indices() {
        let closing = match character {
            '"' => Some('"'),
            '“' => Some('”'),
            '«' => Some('»'),
            '`' => Some('`'),
            '\'' if !before.is_alphanumeric() => Some('\''),
            _ => None,
        };
        if let Some(closing) = closing {
            let after = text.get(index + character.len_utf8()..)?;
            return Some((text.get(..index)?, closing, after));
        }
        before = character;
    }
    None
}
