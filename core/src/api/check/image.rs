//! Images that travel as base64 inside JSON.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// What is wrong with an image, if anything: its encoding, its size, its kind.
pub(super) fn problem(text: &str, max_bytes: Option<usize>) -> Option<String> {
    if text.starts_with("data:") {
        return Some("starts with data:; only the base64 after the comma belongs here".to_owned());
    }
    let too_large = |most: usize| format!("is larger than {most} bytes");
    // Four characters hold three bytes; what is far too long is not decoded at all.
    if let Some(most) = max_bytes.filter(|most| text.len() / 4 * 3 > most.saturating_add(3)) {
        return Some(too_large(most));
    }
    let Ok(bytes) = BASE64_STANDARD.decode(text) else {
        return Some("is not base64 (the standard alphabet, with padding, without line ends)".to_owned());
    };
    if let Some(most) = max_bytes.filter(|most| bytes.len() > *most) {
        return Some(too_large(most));
    }
    (!is_image(&bytes)).then(|| "is not a JPEG, PNG, WebP or TIFF image".to_owned())
}

fn is_image(bytes: &[u8]) -> bool {
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let others: [&[u8]; 4] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*"];
    webp || others.iter().any(|magic| bytes.starts_with(magic))
}
