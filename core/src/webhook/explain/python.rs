//! What Python prints of a body, read back.

/// The text of printed bytes or a printed string, or the JSON text of a printed dict or list.
pub(super) fn unprinted(body: &[u8]) -> Option<Vec<u8>> {
    let text = body.trim_ascii();
    match text {
        [b'b', rest @ ..] if matches!(rest, [b'"' | b'\'', ..]) => whole(rest, Kind::Bytes),
        [b'\'', ..] => whole(text, Kind::Text),
        // JSON never has a single quote there, and no name of Didit's has an apostrophe in it.
        [b'{', b'\'', ..] | [b'[', b'{', b'\'', ..] => transcribed(text),
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bytes,
    Text,
}

/// The content of a literal that is the whole text.
fn whole(text: &[u8], kind: Kind) -> Option<Vec<u8>> {
    let (content, end) = literal(text, 0, kind)?;
    (end == text.len()).then_some(content)
}

/// The content of the literal that starts at `start`, and where it ends.
fn literal(text: &[u8], start: usize, kind: Kind) -> Option<(Vec<u8>, usize)> {
    let quote = *text.get(start)?;
    let mut content = Vec::new();
    let mut at = start + 1;
    loop {
        let byte = *text.get(at)?;
        at += 1;
        if byte == quote {
            return Some((content, at));
        }
        if byte != b'\\' {
            content.push(byte);
            continue;
        }
        let escape = *text.get(at)?;
        at += 1;
        let digits = match escape {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        match escape {
            b'n' => content.push(b'\n'),
            b'r' => content.push(b'\r'),
            b't' => content.push(b'\t'),
            b'\\' | b'\'' | b'"' => content.push(escape),
            b'x' | b'u' | b'U' => {
                let code = str::from_utf8(text.get(at..at + digits)?).ok()?;
                let code = u32::from_str_radix(code, 16).ok()?;
                at += digits;
                if kind == Kind::Bytes {
                    content.push(u8::try_from(code).ok()?);
                } else {
                    content.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            _ => return None,
        }
    }
}

/// A printed dict or list as JSON.
fn transcribed(text: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [(&[u8], &[u8]); 3] = [(b"True", b"true"), (b"False", b"false"), (b"None", b"null")];
    let mut json = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        if matches!(byte, b'\'' | b'"') {
            let (content, end) = literal(text, at, Kind::Text)?;
            write_string(&content, &mut json);
            at = end;
        } else if let Some((word, written)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
            json.extend_from_slice(written);
            at += word.len();
        } else {
            json.push(*byte);
            at += 1;
        }
    }
    Some(json)
}

fn write_string(content: &[u8], json: &mut Vec<u8>) {
    json.push(b'"');
    for byte in content {
        match byte {
            b'"' | b'\\' => json.extend_from_slice(&[b'\\', *byte]),
            0..=0x1f => json.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => json.push(*byte),
        }
    }
    json.push(b'"');
}
