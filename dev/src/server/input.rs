//! What the control API is given: read, and refused in words that are not those of a programming language.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, header};
use axum::middleware::Next;
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::response;
use crate::service::reply::Refusal;
use crate::service::template;

/// Read a body, which is a JSON object; an empty one is one without members.
///
/// # Errors
///
/// 400.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}".as_slice() } else { body };
    let refused = |text: String| Refusal::detail(400, text);
    let value: Value =
        serde_json::from_slice(body).map_err(|error| refused(format!("The body is not JSON: {error}.")))?;
    if !value.is_object() {
        return Err(refused("The body is not a JSON object.".to_owned()));
    }
    // From the bytes, so that the text of numbers and a name that is there twice are seen.
    serde_json::from_slice(body).map_err(|error| refused(in_words(&error.to_string())))
}

/// An error of serde without the names of Rust.
fn in_words(text: &str) -> String {
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
    // What was found is somebody's own words; what was expected is not.
    let (found, expected) = text.split_once(", expected ").map_or((text, None), |(a, b)| (a, Some(b)));
    let Some(expected) = expected else { return format!("The body does not fit: {found}.") };
    let expected = match expected {
        "f64" => "a number",
        "i64" | "u64" | "u32" | "u16" => "an integer that is not too large, and not negative where that means nothing",
        "a string" => "a text",
        "a sequence" => "an array",
        "a map" => "an object",
        "a boolean" => "true or false",
        other => other,
    };
    let found = ["sequence", "map"].iter().zip(["array", "object"]).fold(found.to_owned(), |found, (rust, json)| {
        found.replace(&format!("invalid type: {rust}"), &format!("invalid type: {json}"))
    });
    format!("The body does not fit: {found}, expected {expected}.")
}

/// What is merged into the arrays of a decision: entries that are objects, in arrays that a decision has.
///
/// # Errors
///
/// 400 that names what is none.
pub fn checks(checks: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, entries) in checks {
        if !template::arrays().any(|(array, _)| array == name) {
            let known: Vec<&str> = template::arrays().map(|(array, _)| array).collect();
            let text = format!("A decision has no array {name:?}; there are {}.", known.join(", "));
            return Err(Refusal::detail(400, text));
        }
        if !entries.as_array().is_some_and(|entries| entries.iter().all(Value::is_object)) {
            return Err(Refusal::detail(400, format!("{name} has to be an array of objects.")));
        }
    }
    Ok(())
}

/// Give refusals that are plain text, as the framework words them, the form of all others.
pub async fn refusals(request: Request, next: Next) -> Response<Body> {
    let answer = next.run(request).await;
    let plain =
        answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !plain || !answer.status().is_client_error() {
        return answer;
    }
    let (head, body) = answer.into_parts();
    let text = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    response(Refusal::detail(head.status.as_u16(), String::from_utf8_lossy(&text)).into_reply())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_no_types_of_rust() {
        let words = [
            ("invalid type: string \"f64\", expected f64 at line 1 column 9", "\"f64\", expected a number."),
            ("invalid type: sequence, expected a string at line 1 column 1", "type: array, expected a text."),
            ("missing field `url` at line 1 column 2", "The body does not fit: missing field `url`."),
            ("unknown field `a`, expected one of `b`, `c` at line 1 column 2", "`a`, expected one of `b`, `c`."),
        ];
        for (error, end) in words {
            assert!(in_words(error).ends_with(end), "{}", in_words(error));
        }
    }
}
