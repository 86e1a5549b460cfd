//! Bodies inside other documents and texts: the events of clouds and queues, and lists of bytes.

use super::Cause;
use super::body::looks_like_object;
use super::encoding::base64_decode;
use crate::canonical::{Members, Span, Value, canonicalize_within, decode};

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
    let Some(canonical) = canonical(document) else { return Vec::new() };
    if let Some(bytes) = bytes_of(&canonical) {
        return vec![(Cause::BodyBytes, bytes)];
    }
    let found = values(&canonical).into_iter().filter_map(held).take(MOST);
    found.map(|body| (Cause::BodyWrapped, body)).collect()
}

fn canonical(document: &[u8]) -> Option<Vec<u8>> {
    let canonical = canonicalize_within(document, document.len().saturating_mul(4)).ok()?;
    Some(canonical.into_bytes().into_owned())
}

/// The strings and objects in a canonical document, but for the document itself.
fn values(canonical: &[u8]) -> Vec<&[u8]> {
    // Nothing wraps a body in more than that, and each is looked at as a whole.
    const DEEPEST: usize = 8;
    let mut spans = Vec::new();
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(byte) = canonical.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => {
                at = string_end(canonical, at);
                // A name is no value.
                if !open.is_empty() && canonical.get(at) != Some(&b':') {
                    spans.push((start, at));
                }
            }
            b'{' | b'[' => open.push(start),
            b'}' => match open.pop() {
                Some(start) if (1..=DEEPEST).contains(&open.len()) => spans.push((start, at)),
                _ => {}
            },
            b']' => drop(open.pop()),
            _ => {}
        }
    }
    spans.sort_unstable();
    spans.into_iter().filter_map(|(start, end)| canonical.get(start..end)).collect()
}

/// Behind the quote that closes a string, whose content begins there.
fn string_end(json: &[u8], content: usize) -> usize {
    let mut at = content;
    loop {
        match json.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') => return at + 1,
            Some(_) => at += 1,
            None => return at,
        }
    }
}

/// The body that a value holds: an object with a time, as every delivery has one, or the text of an object.
fn held(value: &[u8]) -> Option<Vec<u8>> {
    if let [b'"', content @ .., b'"'] = value {
        let begins_so = |start: &[u8]| content.starts_with(start);
        // The base64 of a brace and a quote, and what a text of an object may begin with.
        if ![&b"ey"[..], b"{", b" ", b"\\"].into_iter().any(begins_so) {
            return None;
        }
        let text = decode(content).into_owned().into_bytes();
        let decoded = base64_decode(&text).filter(|text| looks_like_object(text));
        return decoded.or_else(|| looks_like_object(&text).then_some(text));
    }
    let members = Members::scan(value)?;
    let has_time = ["timestamp", "created_at"].into_iter().any(|name| members.text(value, name).is_some());
    has_time.then(|| value.to_vec())
}

/// The bytes in an array of numbers: by itself, as JSON writes a Buffer of Node, or as it writes a `Uint8Array`.
fn bytes_of(canonical: &[u8]) -> Option<Vec<u8>> {
    let bytes = match Members::scan(canonical) {
        None => numbers(canonical)?,
        Some(members) => match members.get(canonical, "data") {
            Some(Value::Array(text)) => numbers(text)?,
            Some(_) => return None,
            None => numbered(canonical, &members)?,
        },
    };
    looks_like_object(&bytes).then_some(bytes)
}

fn numbers(array: &[u8]) -> Option<Vec<u8>> {
    let digits = str::from_utf8(array).ok()?.strip_prefix('[')?.strip_suffix(']')?;
    digits.split(',').map(|digits| digits.parse().ok()).collect()
}

/// The bytes under the names "0", "1" and so on.
fn numbered(canonical: &[u8], members: &Members) -> Option<Vec<u8>> {
    let parsed = |(name, value): (_, _)| -> Option<(usize, u8)> {
        let text = |span: Span| str::from_utf8(canonical.get(span.start..span.end)?).ok();
        Some((text(name)?.parse().ok()?, text(value)?.parse().ok()?))
    };
    let mut bytes: Vec<(usize, u8)> = members.spans().map(parsed).collect::<Option<_>>()?;
    bytes.sort_unstable();
    let is_whole = bytes.iter().enumerate().all(|(at, (place, _))| at == *place);
    is_whole.then(|| bytes.into_iter().map(|(_, byte)| byte).collect())
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
    let canonical = canonical(body)?;
    if bytes_of(&canonical).is_some() {
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
