//! What happens to the bytes of a body on their way, undone.

use super::Cause;
use super::charset::Table;
use super::encoding::{base64_decode, hex_decode, html_decode, percent_decode};
use super::python::unprinted;
use super::tree::Tree;
use super::wrapping;
use crate::{Code, canonicalize};

/// The bodies that this one may have been, each with what happened to it.
pub(super) fn repaired(body: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    let mut bodies: Vec<(Cause, Vec<u8>)> = Vec::new();
    let mut add = |cause, candidate: Option<Vec<u8>>| {
        let is_new = |candidate: &Vec<u8>| candidate != body && bodies.iter().all(|(_, known)| known != candidate);
        if let Some(candidate) = candidate.filter(is_new) {
            bodies.push((cause, candidate));
        }
    };
    add(Cause::BodyBom, without_mark(body).map(<[u8]>::to_vec));
    // The three bytes of a mark as characters.
    add(Cause::BodyBom, body.strip_prefix("\u{ef}\u{bb}\u{bf}".as_bytes()).map(<[u8]>::to_vec));
    add(Cause::BodyNewline, Some(body.trim_ascii().to_vec()));
    add(Cause::BodyNewline, Some([body, b"\n"].concat()));
    add(Cause::BodyLineEnds, body.contains(&b'\r').then(|| without_returns(body)));
    add(Cause::BodyLineEnds, body.contains(&b'\n').then(|| with_returns(body)));
    add(Cause::BodyNewline, Some(without_zeros(body).to_vec()));
    add(Cause::BodyUtf16, from_utf16(body));
    add(Cause::BodyQuoted, unquoted(body));
    add(Cause::BodyQuoted, unquoted(body).and_then(|body| unquoted(&body)));
    add(Cause::BodyQuoted, body.starts_with(b"{\\\"").then(|| unquoted(&[b"\"", body, b"\""].concat())).flatten());
    for text in [Some(body.to_vec()), unquoted(body)].into_iter().flatten() {
        add(Cause::BodyBase64, base64_decode(&text).filter(|body| looks_like_object(body)));
    }
    add(Cause::BodyPython, unprinted(body));
    add(Cause::BodyForm, from_form(body));
    add(Cause::BodyHtml, without_references(body));
    add(Cause::BodyHex, hex_decode(body.trim_ascii()));
    wrapping::unwrapped(body).into_iter().for_each(|(cause, inner)| add(cause, Some(inner)));
    let canonical = canonicalize(body).ok().map(|canonical| canonical.into_bytes().into_owned());
    for table in Table::ALL {
        // A JSON writer may have escaped what was misread; and what was misread once may be so again.
        for text in [Some(body), canonical.as_deref()].into_iter().flatten() {
            let once = table.encode(text);
            let twice = once.as_deref().and_then(|text| Table::ALL.iter().find_map(|table| table.encode(text)));
            for text in [once, twice].into_iter().flatten() {
                add(Cause::BodyMojibake, without_mark(&text).map(<[u8]>::to_vec));
                add(Cause::BodyMojibake, Some(text));
            }
        }
        add(Cause::BodyLatin1, table.decode(body));
    }
    add(Cause::BodyTruncated, completed(body));
    // A mark and a newline come together when a file was written as text.
    add(Cause::BodyBom, without_mark(body).map(|body| body.trim_ascii().to_vec()));
    bodies
}

/// What can be seen of a body without any MAC.
pub(super) fn visible(body: &[u8], content_length: Option<usize>) -> Option<Cause> {
    if body.starts_with(b"\xef\xbb\xbf") {
        return Some(Cause::BodyBom);
    }
    if from_utf16(body).is_some() {
        return Some(Cause::BodyUtf16);
    }
    if unquoted(body).is_some_and(|body| looks_like_object(&body)) {
        return Some(Cause::BodyQuoted);
    }
    if base64_decode(body).is_some_and(|body| looks_like_object(&body)) {
        return Some(Cause::BodyBase64);
    }
    // Names in single quotes; a dict that is printed never begins otherwise.
    let is_dict = matches!(body.trim_ascii_start(), [b'{', b'\'', ..]) && body.trim_ascii_end().ends_with(b"}");
    if is_dict || unprinted(body).is_some_and(|body| looks_like_object(&body)) {
        return Some(Cause::BodyPython);
    }
    if let Some(cause) = instead(body).or_else(|| wrapping::visible(body)) {
        return Some(cause);
    }
    if from_form(body).is_some() {
        return Some(Cause::BodyForm);
    }
    if from_html(body).is_some() {
        return Some(Cause::BodyHtml);
    }
    if body.starts_with(b"7b") && hex_decode(body.trim_ascii()).is_some_and(|body| looks_like_object(&body)) {
        return Some(Cause::BodyHex);
    }
    let ends_early = || {
        let at_end = canonicalize(body)
            .is_err_and(|error| error.code() == Code::Syntax && error.position() == Some(body.trim_ascii_end().len()));
        at_end && !body.ends_with(b"}")
    };
    let is_short = || content_length.is_some_and(|length| length > body.len());
    if looks_like_object(body) && !is_closed(body) && (is_short() || ends_early()) {
        return Some(Cause::BodyTruncated);
    }
    body.windows(3).any(|bytes| bytes == "\u{fffd}".as_bytes()).then_some(Cause::BodyReplaced)
}

/// What programs print where there is no text of a body.
fn instead(body: &[u8]) -> Option<Cause> {
    let text = str::from_utf8(body).ok()?.trim();
    // Of JavaScript, Java, .NET and Ruby; and of Python, whose objects stand in angle brackets with their address.
    let is_object = ["[object ", "[B@", "System.Byte[]", "#<"].iter().any(|start| text.starts_with(start))
        || (text.starts_with('<') && text.ends_with('>') && text.contains(" at 0x") && !text.contains("</"));
    if is_object {
        return Some(Cause::BodyObject);
    }
    matches!(text, "" | "undefined" | "null" | "None" | "{}" | "\"\"" | "b''").then_some(Cause::BodyEmpty)
}

/// Whether the bytes begin as gzip, zlib or zstandard does, be it as base64 or read as text.
pub(super) fn is_compressed(body: &[u8]) -> bool {
    let is_packed = |bytes: &[u8]| match bytes {
        [0x1f, 0x8b, 8, ..] | [0x78, 0x01 | 0x9c | 0xda, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => true,
        // This header is two letters, with which a text may begin.
        [0x78, 0x5e, ..] => str::from_utf8(bytes).is_err(),
        _ => false,
    };
    // Read as text, the bytes beyond ASCII became other characters in each character set, or were lost.
    let gzip = ["\u{1f}\u{8b}\u{8}", "\u{1f}\u{2039}\u{8}", "\u{1f}\u{fffd}\u{8}"];
    let zlib = ["x\u{9c}", "x\u{153}", "x\u{da}"];
    let begins = |starts: &[&str]| starts.iter().any(|start| body.starts_with(start.as_bytes()));
    let is_text = || body.iter().all(|byte| *byte >= b'\t');
    let is_base64 = || body.starts_with(b"H4sI") && base64_decode(body).is_some_and(|bytes| is_packed(&bytes));
    is_packed(body) || begins(&gzip) || (begins(&zlib) && !is_text()) || is_base64()
}

/// The body as a form or a URL has it, be it behind a name.
fn from_form(body: &[u8]) -> Option<Vec<u8>> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let equals = body.iter().position(|byte| !is_name(byte)).filter(|at| body.get(*at) == Some(&b'='));
    let value = equals.and_then(|equals| body.get(equals + 1..)).unwrap_or(body);
    let value = value.strip_suffix(b"=").unwrap_or(value);
    let is_whole = value.len() < body.len() || value.starts_with(b"%7");
    // A plus sign is a space in forms and itself in the parts of URLs, where a space is %20.
    let plus = !value.windows(3).any(|bytes| bytes == b"%20");
    let decoded = percent_decode(value, plus).unwrap_or_else(|| value.to_vec());
    (is_whole && looks_like_object(&decoded)).then_some(decoded)
}

/// The body without the references of HTML in place of its quotes.
fn from_html(body: &[u8]) -> Option<Vec<u8>> {
    without_references(body).filter(|decoded| !looks_like_object(body) && looks_like_object(decoded))
}

fn without_references(body: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(body).ok().filter(|text| text.contains('&'))?;
    Some(html_decode(text).into_bytes())
}

fn without_zeros(body: &[u8]) -> &[u8] {
    let end = body.iter().rposition(|byte| *byte != 0 && !byte.is_ascii_whitespace()).map_or(0, |last| last + 1);
    body.get(..end).unwrap_or_default()
}

pub(super) fn looks_like_object(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start(), [b'{', rest @ ..] if matches!(rest.trim_ascii_start(), [b'"' | b'}', ..]))
}

fn without_mark(body: &[u8]) -> Option<&[u8]> {
    body.strip_prefix(b"\xef\xbb\xbf")
}

/// The text with line ends of one character.
pub(super) fn without_returns(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(body.len());
    for (at, byte) in body.iter().enumerate() {
        if *byte != b'\r' || body.get(at + 1) != Some(&b'\n') {
            text.push(*byte);
        }
    }
    text
}

fn with_returns(body: &[u8]) -> Vec<u8> {
    without_returns(body).split(|byte| *byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..])
}

/// The text as UTF-8, from either order of bytes, with a mark or without.
fn from_utf16(body: &[u8]) -> Option<Vec<u8>> {
    let (big_endian, text) = match body {
        [0xfe, 0xff, text @ ..] => (true, text),
        [0xff, 0xfe, text @ ..] => (false, text),
        [0, b'{', ..] => (true, body),
        [b'{', 0, ..] => (false, body),
        _ => return None,
    };
    let unit = |pair: &[u8]| match (pair, big_endian) {
        ([high, low], true) | ([low, high], false) => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    };
    let units: Option<Vec<u16>> = text.chunks(2).map(unit).collect();
    String::from_utf16(&units?).ok().map(String::into_bytes)
}

/// The text in a JSON string.
fn unquoted(body: &[u8]) -> Option<Vec<u8>> {
    if !body.trim_ascii_start().starts_with(b"\"") || canonicalize(body).is_err() {
        return None;
    }
    Tree::of(body).root_string().map(String::into_bytes)
}

/// Whether each container and string is closed: a shorter body than the header tells of was written anew.
fn is_closed(body: &[u8]) -> bool {
    let (open, in_string, _) = open_ends(body);
    open.is_empty() && !in_string
}

/// The body with its open string and containers closed, if it lacks no more than that.
fn completed(body: &[u8]) -> Option<Vec<u8>> {
    let (open, in_string, escaped) = open_ends(body);
    if open.is_empty() || escaped {
        return None;
    }
    let mut whole = body.to_vec();
    whole.extend(in_string.then_some(b'"'));
    whole.extend(open.iter().rev());
    Some(whole)
}

/// What would close the containers that are open at the end, and whether it is in a string or behind a backslash.
fn open_ends(body: &[u8]) -> (Vec<u8>, bool, bool) {
    let mut open = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => drop(open.pop()),
            _ => {}
        }
    }
    (open, in_string, escaped)
}
