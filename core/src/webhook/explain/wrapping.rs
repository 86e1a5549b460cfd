//! Bodies inside other documents and texts: the events of clouds and queues, and lists of bytes.

use super::Cause;
use super::body::looks_like_object;
use super::encoding::base64_decode;
use super::tree::{Node, Style, Tree};
use crate::canonical::{Members, Value, canonicalize_within};
use crate::canonicalize;

/// The bodies that stand in this one.
pub(super) fn unwrapped(body: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    // An event of a queue may hold a notification that holds the body.
    const DEPTH: usize = 3;
    let mut found: Vec<(Cause, Vec<u8>)> = byte_list(body).map(|bytes| (Cause::BodyBytes, bytes)).into_iter().collect();
    found.extend(surrounded(body).map(|body| (Cause::BodyWrapped, body.to_vec())));
    let mut outer = vec![body.to_vec()];
    for _ in 0..DEPTH {
        let inner: Vec<_> = outer.iter().flat_map(|outer| contents(outer)).take(MOST).collect();
        outer = inner.iter().map(|(_, body)| body.clone()).collect();
        found.extend(inner);
    }
    found
}

/// The object in a text that is none: a whole request, a part of a form, a line of a log.
fn surrounded(text: &[u8]) -> Option<&[u8]> {
    let start = text.windows(2).position(|bytes| bytes == b"{\"")?;
    let end = text.iter().rposition(|byte| *byte == b'}')?;
    let (before, after) = (text.get(..start)?, text.get(end + 1..)?);
    let has_more = before.iter().chain(after).any(|byte| !byte.is_ascii_whitespace());
    text.get(start..=end).filter(|_| has_more)
}

/// The most bodies that are looked for in one.
const MOST: usize = 8;

/// What stands in one document and may be a body.
fn contents(document: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    if canonicalize(document).is_err() {
        return Vec::new();
    }
    let mut tree = Tree::of(document);
    if let Some(bytes) = bytes_of(&tree) {
        return vec![(Cause::BodyBytes, bytes)];
    }
    let mut found = Vec::new();
    // The root is the document itself, or a string that was quoted and is no wrapping.
    let places: Vec<usize> = (1..tree.0.len()).filter(|place| may_hold(&tree, *place)).take(MOST).collect();
    for place in places {
        let Some(node) = tree.0.get(place).cloned() else { continue };
        if let Node::String(text) = node {
            let text = text.into_bytes();
            let decoded = base64_decode(&text).filter(|text| looks_like_object(text));
            found.push((Cause::BodyWrapped, decoded.unwrap_or(text)));
        } else if let Some(root) = tree.0.first_mut() {
            // Children keep their places, so the whole of them is written from the new root.
            *root = node;
            let text = tree.write(Style::CANONICAL, document.len().saturating_mul(4));
            found.extend(text.map(|text| (Cause::BodyWrapped, text)));
        }
    }
    found
}

/// Whether the node is an object with a time, as every delivery has one, or the text of an object.
fn may_hold(tree: &Tree, place: usize) -> bool {
    match tree.0.get(place) {
        Some(Node::Object(members)) => {
            members.iter().any(|(name, _)| matches!(name.as_str(), "timestamp" | "created_at"))
        }
        Some(Node::String(text)) => {
            // The base64 of a brace and a quote.
            let is_base64 = || text.starts_with("ey") && base64_decode(text.as_bytes()).is_some();
            looks_like_object(text.as_bytes()) || is_base64()
        }
        _ => false,
    }
}

/// The bytes in an array of numbers: by itself, as JSON writes a Buffer of Node, or as it writes a `Uint8Array`.
fn bytes_of(tree: &Tree) -> Option<Vec<u8>> {
    let elements = match tree.0.first()? {
        Node::Array(elements) => elements.clone(),
        Node::Object(members) => match members.iter().find(|(name, _)| name == "data").map(|(_, place)| place) {
            Some(place) => match tree.0.get(*place)? {
                Node::Array(elements) => elements.clone(),
                _ => return None,
            },
            None if members.iter().enumerate().all(|(at, (name, _))| *name == at.to_string()) => {
                members.iter().map(|(_, place)| *place).collect()
            }
            None => return None,
        },
        _ => return None,
    };
    let byte = |place: &usize| match tree.0.get(*place) {
        Some(Node::Number(digits)) => digits.parse().ok(),
        _ => None,
    };
    let bytes: Vec<u8> = elements.iter().map(byte).collect::<Option<_>>()?;
    looks_like_object(&bytes).then_some(bytes)
}

/// The bytes in a list without brackets, as JavaScript turns a `Uint8Array` into text.
fn byte_list(text: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(text).ok().filter(|text| text.starts_with("123,"))?;
    let bytes: Vec<u8> = text.trim_end().split(',').map(|digits| digits.parse().ok()).collect::<Option<_>>()?;
    looks_like_object(&bytes).then_some(bytes)
}

/// What can be seen of it without any MAC: only what is made to hold other bodies.
pub(super) fn visible(body: &[u8]) -> Option<Cause> {
    if byte_list(body).is_some() {
        return Some(Cause::BodyBytes);
    }
    let canonical = canonicalize_within(body, body.len().saturating_mul(4)).ok()?;
    let canonical = canonical.into_bytes();
    if bytes_of(&Tree::of(&canonical)).is_some() {
        return Some(Cause::BodyBytes);
    }
    let members = Members::scan(&canonical)?;
    let has = |name| members.get(&canonical, name).is_some();
    let is_notification =
        matches!(members.get(&canonical, "Type"), Some(Value::String(kind)) if kind == "Notification");
    let is_event = has("body") && (has("isBase64Encoded") || has("requestContext"));
    let is_known = is_event || has("Records") || (is_notification && has("Message"));
    (is_known && !has("webhook_type")).then_some(Cause::BodyWrapped)
}
