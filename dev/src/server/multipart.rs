//! `multipart/form-data`, read from a body that is all there.

use serde_json::Value;

use crate::service::call::{Call, FilePart};
use crate::service::check::is_known_file;

/// Put the parts of a body into a call; `None` if they cannot be told apart.
pub fn read(call: &mut Call, boundary: &str, body: &[u8]) -> Option<()> {
    let delimiter = format!("--{boundary}").into_bytes();
    let mut rest = body.get(find(body, &delimiter)? + delimiter.len()..)?;
    loop {
        if rest.starts_with(b"--") {
            return Some(());
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end = find(rest, &[b"\r\n".as_slice(), &delimiter].concat())?;
        part(call, rest.get(..end)?)?;
        rest = rest.get(end + 2 + delimiter.len()..)?;
    }
}

fn part(call: &mut Call, part: &[u8]) -> Option<()> {
    let split = find(part, b"\r\n\r\n")?;
    let (head, content) = (std::str::from_utf8(part.get(..split)?).ok()?, part.get(split + 4..)?);
    let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let field = parameter(disposition, "name")?;
    if parameter(disposition, "filename").is_some() {
        call.files.push(FilePart { field, size: content.len(), known: is_known_file(content, true) });
        return Some(());
    }
    let value = Value::from(String::from_utf8_lossy(content).into_owned());
    // A name that comes again makes a list.
    match call.body.get_mut(&field) {
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.clone(), value]),
        None => drop(call.body.insert(field, value)),
    }
    Some(())
}

fn parameter(disposition: &str, name: &str) -> Option<String> {
    let found = disposition.split(';').map(str::trim).find_map(|part| part.strip_prefix(name)?.strip_prefix('='))?;
    Some(found.trim_matches('"').to_owned())
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len().max(1)).position(|window| window == wanted)
}
