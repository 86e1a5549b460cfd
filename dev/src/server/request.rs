//! From an HTTP request to a call.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use didit_core::api::operation::{BodyKind, Operation, Verb};
use serde_json::{Map, Value};

use super::multipart;
use crate::json::Object;
use crate::service::call::Call;
use crate::service::reply::Refusal;

/// The verb of a request, where the API has it.
pub fn verb(parts: &Parts) -> Option<Verb> {
    match parts.method.as_str() {
        "GET" => Some(Verb::Get),
        "POST" => Some(Verb::Post),
        "PUT" => Some(Verb::Put),
        "PATCH" => Some(Verb::Patch),
        "DELETE" => Some(Verb::Delete),
        _ => None,
    }
}

/// Read a request of an operation.
///
/// # Errors
///
/// 400 if it cannot be read, 415 for a body of another type.
pub fn read(
    operation: &'static Operation,
    path: Vec<(String, String)>,
    parts: &Parts,
    body: &Bytes,
) -> Result<Call, Refusal> {
    let path = path.into_iter().map(|(name, value)| (name, decode(&value, false))).collect();
    let query = parts.uri.query().map(pairs).unwrap_or_default();
    let headers = headers(&parts.headers);
    let mut call =
        Call { operation, path, query, headers, body: Map::new(), texts: Object::default(), files: Vec::new() };
    let media_type =
        call.header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match media_type.as_str() {
        _ if body.is_empty() || operation.body == BodyKind::None => {}
        "application/json" | "" => json(&mut call, body)?,
        "application/x-www-form-urlencoded" => {
            let text = String::from_utf8_lossy(body);
            call.body = pairs(&text).into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        }
        "multipart/form-data" => {
            let boundary = call
                .header("content-type")
                .and_then(|value| value.split("boundary=").nth(1))
                .map(|rest| rest.split(';').next().unwrap_or("").trim_matches('"').to_owned());
            let parts = boundary
                .filter(|boundary| !boundary.is_empty())
                .and_then(|boundary| multipart::read(&mut call, &boundary, body));
            parts.ok_or_else(|| Refusal::detail(400, "Multipart form parse error"))?;
        }
        other => return Err(Refusal::detail(415, format!("Unsupported media type \"{other}\" in request."))),
    }
    Ok(call)
}

fn json(call: &mut Call, body: &Bytes) -> Result<(), Refusal> {
    let text = std::str::from_utf8(body).map_err(|error| {
        Refusal::detail(400, format!("JSON parse error - the body is not UTF-8 at byte {}", error.valid_up_to()))
    })?;
    let value: Value =
        serde_json::from_str(text).map_err(|error| Refusal::detail(400, format!("JSON parse error - {error}")))?;
    match value {
        Value::Object(members) => {
            call.body = members;
            call.texts = Object::parse(text).unwrap_or_default();
            Ok(())
        }
        other => {
            let kind = match other {
                Value::Array(_) => "list",
                Value::String(_) => "str",
                Value::Number(_) => "int",
                Value::Bool(_) => "bool",
                _ => "null",
            };
            Err(Refusal::field("non_field_errors", format!("Invalid data. Expected a dictionary, but got {kind}.")))
        }
    }
}

/// Headers by their lowercase names; of several the first counts.
pub fn headers(headers: &HeaderMap) -> HashMap<String, String> {
    let mut read = HashMap::new();
    for (name, value) in headers {
        read.entry(name.as_str().to_owned()).or_insert_with(|| String::from_utf8_lossy(value.as_bytes()).into_owned());
    }
    read
}

/// The pairs of a query or a form.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(name, true), decode(value, true))
    };
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// Percent-decoding; what is no UTF-8 afterwards is replaced.
pub fn decode(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (first, after) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            (b'+', _) if plus_is_space => bytes.push(b' '),
            _ => bytes.push(first),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(decode("a%2Fb%20c+d%", false), "a/b c+d%");
        assert_eq!(
            pairs("a=1+2&b=%C3%A9&c&&a=3"),
            [("a", "1 2"), ("b", "é"), ("c", ""), ("a", "3")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        assert_eq!(decode("%ff%4", false), "\u{fffd}%4");
    }
}
