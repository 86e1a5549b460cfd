//! Sentences about operations, parameters and fields, the same in every target.

use crate::model::{Auth, Field, Host, Operation, Pagination, Parameter, Retry, Text, Type};

/// The first line: a sentence.
pub(crate) fn summary(operation: &Operation) -> String {
    sentence(&operation.summary)
}

/// What follows it: where the call goes, how sure that is, and what else is known.
pub(crate) fn details(operation: &Operation) -> Vec<String> {
    let mut place = format!("`{} {}`", operation.verb.to_uppercase(), operation.path);
    match &operation.host {
        Host::Verification => {}
        Host::Account => place += " on the account host",
        Host::Issuer(_) => place += " on the account host, or its twin below the application's issuer",
    }
    let mut first = format!("{place}; {}.", operation.confidence.mark());
    if operation.open {
        first += " Only its path is known: what it takes and answers is handed on unchecked.";
    }
    let mut paragraphs = vec![first];
    if !operation.description.is_empty() {
        paragraphs.push(sentence(&operation.description));
    }
    if operation.deprecated {
        paragraphs.push("Deprecated by Didit.".to_owned());
    }
    paragraphs
}

pub(crate) fn authorization(operation: &Operation) -> &'static str {
    match operation.auth {
        Auth::ApiKey => "API key",
        Auth::Bearer => "account token",
        Auth::Basic => "client id and secret",
        Auth::Legacy => "V1 token, fetched by the client",
        Auth::None => "none",
    }
}

pub(crate) fn retry(operation: &Operation) -> String {
    match &operation.retry {
        Retry::Safe => "only reads".to_owned(),
        Retry::Idempotent => "a repeat leaves the same state".to_owned(),
        Retry::IdempotentWith(name) => format!("a repeat is harmless with `{name}`"),
        Retry::Never => "not repeated once it may have arrived".to_owned(),
    }
}

pub(crate) fn pagination(operation: &Operation) -> Option<&'static str> {
    match operation.pagination {
        Pagination::None => None,
        Pagination::LimitOffset => Some("pages by `limit` and `offset`"),
        Pagination::Array => Some("the whole list at once"),
    }
}

/// What a parameter is, in one line.
pub(crate) fn parameter(parameter: &Parameter) -> String {
    let mut text = about(&parameter.description, &parameter.kind);
    if let Some(option) = &parameter.option {
        text = join(&text, &format!("The client's `{option}` stands in."));
    }
    let text = if text.is_empty() { fallback(&parameter.name) } else { text };
    join(&text, sensitivity(parameter.secret, parameter.personal))
}

/// What the member of an object is; empty where its name is all that is known.
pub(crate) fn field(field: &Field) -> String {
    join(&about(&field.description, &field.kind), sensitivity(field.secret, field.personal))
}

fn sensitivity(secret: bool, personal: bool) -> &'static str {
    match (secret, personal) {
        (true, _) => "Gives access: keep it out of logs.",
        (false, true) => "Personal data.",
        (false, false) => "",
    }
}

fn about(description: &str, kind: &Type) -> String {
    let mut text = sentence(description);
    for fact in facts(kind) {
        text = join(&text, &fact);
    }
    text
}

/// A line for what has a name and nothing else.
pub(crate) fn fallback(name: &str) -> String {
    sentence(&name.replace('_', " "))
}

fn facts(kind: &Type) -> Vec<String> {
    match kind {
        Type::Text(text) => text_facts(text),
        Type::Integer { minimum, maximum } => range(minimum.as_ref(), maximum.as_ref()),
        Type::Number { minimum, maximum } => range(minimum.as_ref(), maximum.as_ref()),
        Type::Array { items, min_items, max_items } => {
            let mut facts = facts(items);
            match (min_items, max_items) {
                (None, None) => {}
                (Some(least), None) => facts.push(format!("At least {least}.")),
                (None, Some(most)) => facts.push(format!("At most {most}.")),
                (Some(least), Some(most)) => facts.push(format!("{least} to {most}.")),
            }
            facts
        }
        _ => vec![],
    }
}

fn text_facts(text: &Text) -> Vec<String> {
    let mut facts = Vec::new();
    match text.check.as_deref() {
        Some("uuid") => facts.push("UUID.".to_owned()),
        Some("date") => facts.push("YYYY-MM-DD.".to_owned()),
        Some("date-time") => facts.push("ISO 8601.".to_owned()),
        Some("callback-url") => facts.push("An absolute URL.".to_owned()),
        _ => {}
    }
    if !text.known.is_empty() {
        facts.push(format!("Known values: {}.", text.known.join(", ")));
    }
    match (text.min_length, text.max_length) {
        (None | Some(0), None) => {}
        (Some(least), None) => facts.push(format!("At least {least} characters.")),
        (None | Some(0), Some(most)) => facts.push(format!("At most {most} characters.")),
        (Some(least), Some(most)) if least == most => facts.push(format!("{least} characters.")),
        (Some(least), Some(most)) => facts.push(format!("{least} to {most} characters.")),
    }
    facts
}

fn range<T: ToString>(minimum: Option<&T>, maximum: Option<&T>) -> Vec<String> {
    match (minimum.map(ToString::to_string), maximum.map(ToString::to_string)) {
        (None, None) => vec![],
        (Some(least), None) if least == "0" => vec![],
        (Some(least), None) => vec![format!("At least {least}.")],
        (None, Some(most)) => vec![format!("At most {most}.")],
        (Some(least), Some(most)) => vec![format!("{least} to {most}.")],
    }
}

fn join(text: &str, more: &str) -> String {
    if more.is_empty() {
        return text.to_owned();
    }
    // A description that says the same is left as it is.
    if text.contains(more.trim_end_matches('.')) {
        text.to_owned()
    } else {
        format!("{text} {more}").trim_start().to_owned()
    }
}

/// With a capital letter and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return text;
    }
    // A name in code stays as it is written.
    let first_word = text.split(' ').next().unwrap_or_default();
    let is_name = first_word.contains('_') || first_word.starts_with('`');
    let text = if is_name { text } else { crate::names::capitalised(&text) };
    if text.ends_with(['.', '!', '?']) { text } else { text + "." }
}

/// Lines of at most that many characters.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
