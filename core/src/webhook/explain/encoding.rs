//! Base64 and hexadecimal digits of either case, for undoing mistakes; verification takes neither.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub(super) fn base64_encode(bytes: &[u8], url_safe: bool, padded: bool) -> String {
    let alphabet = if url_safe { URL_SAFE } else { STANDARD };
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            let digit = alphabet.get((bits >> (18 - 6 * place)) & 63);
            text.extend(digit.map(|digit| char::from(*digit)));
        }
        if padded {
            text.extend(std::iter::repeat_n('=', 3 - group.len()));
        }
    }
    text
}

/// Either alphabet, with or without padding; line breaks are skipped.
pub(super) fn base64_decode(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let digits = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in digits.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    // A single digit left over is no byte.
    (count < 6 && !bytes.is_empty()).then_some(bytes)
}

pub(super) fn hex_encode(bytes: &[u8]) -> String {
    crate::webhook::headers::encode_hex(bytes)
}

/// Digits of either case.
pub(super) fn hex_decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.chunks_exact(2).map(byte).collect()
}

/// Without `%XX`, and `+` for a space if asked; `None` if there is neither.
pub(super) fn percent_decode(text: &[u8], plus: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        let escape = behind.get(..2).filter(|_| *first == b'%').and_then(hex_decode);
        rest = behind.get(2..).filter(|_| escape.is_some()).unwrap_or(behind);
        match escape {
            Some(byte) => bytes.extend(byte),
            None => bytes.push(if plus && *first == b'+' { b' ' } else { *first }),
        }
    }
    (bytes != text).then_some(bytes)
}

/// Everything but letters, digits and `-._~` as `%XX`.
pub(super) fn percent_encode(text: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            encoded.push(*byte);
        } else {
            encoded.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    encoded
}

/// Without the references to the characters that have a meaning in HTML.
pub(super) fn html_decode(text: &str) -> String {
    const REFERENCES: [(&str, &str); 13] = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#x22;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&#039;", "'"),
        ("&#x27;", "'"),
        ("&#x2F;", "/"),
        ("&#x3D;", "="),
        ("&#x60;", "`"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        // Last, so that nothing is decoded twice.
        ("&amp;", "&"),
    ];
    REFERENCES.iter().fold(text.to_owned(), |text, (reference, character)| text.replace(reference, character))
}

#[cfg(test)]
mod tests {
    use super::{base64_decode, base64_encode, hex_decode, html_decode, percent_decode, percent_encode};

    #[test]
    fn base64_there_and_back() {
        for length in 1..40_u8 {
            let bytes: Vec<u8> = (0..length).map(|at| at.wrapping_mul(73).wrapping_add(length)).collect();
            for (url_safe, padded) in [(true, true), (true, false), (false, true), (false, false)] {
                assert_eq!(base64_decode(base64_encode(&bytes, url_safe, padded).as_bytes()), Some(bytes.clone()));
            }
        }
        assert_eq!(base64_encode(b"any carnal pleas", false, true), "YW55IGNhcm5hbCBwbGVhcw==");
        assert_eq!(base64_decode(b"{\"a\":1}"), None);
        assert_eq!(hex_decode(b"0aFF"), Some(vec![10, 255]));
    }

    #[test]
    fn percent_and_html() {
        assert_eq!(percent_encode(b"a+b/c=~"), b"a%2Bb%2Fc%3D~");
        assert_eq!(percent_decode(b"a%2bb%2Fc%3D%", false), Some(b"a+b/c=%".to_vec()));
        assert_eq!(percent_decode(b"a+b", true), Some(b"a b".to_vec()));
        assert_eq!(percent_decode(b"a+b%", false), None);
        assert_eq!(html_decode("&quot;a&amp;lt;b&lt;"), "\"a&lt;b<");
    }
}
