//! What the emulator answers: the description's examples, and invented data where it has none.

use indexmap::IndexMap;
use minijinja::Environment;
use serde::Serialize;

use super::{File, Files};
use crate::model::{Answer, Field, Model, Operation, ResponseKind, Text, Type};
use crate::openapi::Json;

const FOLDER: &str = "dev/src/generated";

/// How deep invented objects may be nested.
const DEEPEST: usize = 6;

#[derive(Serialize)]
struct Sample {
    status: u16,
    #[serde(rename = "type")]
    kind: &'static str,
    example: Json,
}

#[derive(Serialize)]
struct Failure<'a> {
    description: &'a str,
    example: Json,
}

pub(crate) fn files(model: &Model, _templates: &Environment<'_>) -> Files {
    let answers: IndexMap<String, Sample> =
        model.operations.iter().map(|operation| (operation.id(), sample(model, operation))).collect();
    let errors: IndexMap<&str, Failure<'_>> = model
        .errors
        .iter()
        .map(|(status, error)| {
            let example = error.examples.values().next().cloned();
            let example = example.unwrap_or_else(|| object([("detail", Json::Text(error.description.clone()))]));
            (status.as_str(), Failure { description: &error.description, example })
        })
        .collect();
    Ok(vec![json("answers.json", &answers)?, json("errors.json", &errors)?])
}

fn json(name: &str, value: &impl Serialize) -> Result<File, String> {
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    Ok(File { path: format!("{FOLDER}/{name}"), text: text + "\n" })
}

fn sample(model: &Model, operation: &Operation) -> Sample {
    let mut good = operation.responses.iter().filter(|(status, _)| status.starts_with('2'));
    let (status, documented) = match good.next() {
        Some((status, response)) => (status.parse().unwrap_or(200), response.values().next()),
        None => (200, None),
    };
    let kind = match operation.response {
        ResponseKind::Json => "json",
        ResponseKind::Pdf => "pdf",
        ResponseKind::Csv => "csv",
        ResponseKind::Empty => "empty",
    };
    let example = documented.cloned().unwrap_or_else(|| match &operation.answer {
        Answer::Value(kind) => invented(model, "", kind, 0),
        Answer::List { item, bare: true } => Json::Array(vec![invented(model, "", item, 0)]),
        Answer::List { item, bare: false } => object([
            ("count", Json::Integer(1)),
            ("next", Json::Null),
            ("previous", Json::Null),
            ("results", Json::Array(vec![invented(model, "", item, 0)])),
        ]),
        Answer::File | Answer::Empty => Json::Null,
    });
    Sample { status, kind, example }
}

fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn member(model: &Model, field: &Field, depth: usize) -> Json {
    let has_known = matches!(&field.kind, Type::Text(text) if !text.known.is_empty() || !text.values.is_empty());
    if field.nullable && !has_known {
        return Json::Null;
    }
    invented(model, &field.name, &field.kind, depth)
}

fn invented(model: &Model, name: &str, kind: &Type, depth: usize) -> Json {
    match kind {
        Type::Any => Json::Null,
        Type::Boolean => Json::Boolean(false),
        Type::Integer { minimum, .. } => Json::Integer(minimum.unwrap_or(1).max(1)),
        Type::Number { .. } | Type::NumberOrText => Json::Number(0.5),
        Type::Text(text) => Json::Text(invented_text(name, text)),
        Type::File { .. } => Json::Text(String::new()),
        Type::Array { .. } if depth >= DEEPEST => Json::Array(vec![]),
        Type::Array { items, .. } => match invented(model, name, items, depth + 1) {
            Json::Null => Json::Array(vec![]),
            item => Json::Array(vec![item]),
        },
        Type::Object(held) if depth < DEEPEST => {
            let fields = &model.objects[held].fields;
            Json::Object(fields.iter().map(|field| (field.name.clone(), member(model, field, depth + 1))).collect())
        }
        Type::Map(_) | Type::Object(_) => Json::Object(IndexMap::new()),
    }
}

fn invented_text(name: &str, text: &Text) -> String {
    if let Some(value) = text.values.first().or_else(|| text.known.first()) {
        return value.clone();
    }
    match text.check.as_deref() {
        Some("uuid") => "00000000-0000-4000-8000-000000000000".to_owned(),
        Some("date") => "2026-01-01".to_owned(),
        Some("date-time") => "2026-01-01T00:00:00Z".to_owned(),
        Some("uri" | "callback-url") => format!("https://example.invalid/{name}"),
        Some("email") => "somebody@example.invalid".to_owned(),
        _ if name.ends_with("_at") => "2026-01-01T00:00:00Z".to_owned(),
        _ if name.ends_with("date") || name == "date_of_birth" => "2026-01-01".to_owned(),
        _ if name == "uuid" || name.ends_with("_uuid") => "00000000-0000-4000-8000-000000000000".to_owned(),
        _ if name.ends_with("url") => format!("https://example.invalid/{name}"),
        _ => format!("sample {}", name.replace('_', " ")).trim_end().to_owned(),
    }
}
