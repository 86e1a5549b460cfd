//! The form in which Didit transmits JSON: canonical, with everything but ASCII escaped.

use std::fmt::Write as _;

/// The body of a payload.
///
/// # Errors
///
/// Those of `canonicalize`: Didit could not send such a payload either.
pub fn wire(payload: &str) -> Result<String, didit_core::Error> {
    let canonical = didit_core::canonicalize(payload.as_bytes())?;
    let text = std::str::from_utf8(canonical.as_bytes()).unwrap_or_default();
    Ok(escape(text))
}

/// The same text with `\u` escapes for everything but ASCII and for U+007F, as Python writes them.
pub fn escape(text: &str) -> String {
    let is_plain = |character: char| character < '\u{7f}';
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 64);
    for character in text.chars() {
        if is_plain(character) {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _writing_to_a_string_cannot_fail = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_sorted_compact_and_ascii() {
        let body = wire("{\"b\": 95.0, \"a\": \"é😀\u{7f}\", \"n\": 12345678901234567890123}").unwrap();
        assert_eq!(body, r#"{"a":"\u00e9\ud83d\ude00\u007f","b":95,"n":12345678901234567890123}"#);
    }
}
