//! What people do to a secret on its way into a program, undone.

use super::Cause;
use super::encoding::{base64_decode, base64_encode, hex_decode, hex_encode};

/// A key that a given secret may stand for.
pub(super) struct Variant {
    pub(super) cause: Cause,
    pub(super) key: Vec<u8>,
    /// Which of the secrets it was made of.
    pub(super) secret: usize,
    /// What was done to the secret, where the cause does not say it.
    pub(super) details: String,
}

/// Every key that one of the secrets may stand for, none of them empty or given itself.
pub(super) fn variants(secrets: &[&[u8]], others: &[&[u8]]) -> Vec<Variant> {
    let mut variants: Vec<Variant> = Vec::new();
    let mut add = |cause, key: Vec<u8>, secret, details: String| {
        let is_new = !secrets.contains(&key.as_slice()) && variants.iter().all(|variant| variant.key != key);
        if !key.is_empty() && is_new {
            variants.push(Variant { cause, key, secret, details });
        }
    };
    for (index, other) in others.iter().enumerate() {
        add(Cause::AnotherSecret, other.to_vec(), index, format!("number {} of the other secrets matches", index + 1));
    }
    for (index, secret) in secrets.iter().enumerate() {
        let mut spellings = vec![(*secret).to_vec()];
        for (cause, key) in rewritten(secret) {
            spellings.push(key.clone());
            add(cause, key, index, String::new());
        }
        // What was stripped may hide an encoding, as in whsec_ and base64 behind it.
        for spelling in spellings {
            for (cause, key) in decoded(&spelling) {
                add(cause, key, index, String::new());
            }
        }
    }
    variants
}

/// The secret with something around it taken away or put back.
fn rewritten(secret: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    const PREFIX: &[u8] = b"whsec_";
    let mut keys = Vec::new();
    let unmarked = secret.strip_prefix(b"\xef\xbb\xbf").unwrap_or(secret);
    let bare = unmarked.trim_ascii();
    keys.push((Cause::SecretWhitespace, bare.to_vec()));
    // Non-breaking spaces come with what was copied from a page.
    if let Ok(text) = str::from_utf8(unmarked) {
        let invisible = |c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}');
        keys.push((Cause::SecretWhitespace, text.trim_matches(invisible).into()));
        keys.push((Cause::SecretWhitespace, text.replace(invisible, "").into()));
    }
    for end in ["\n", "\r\n", " "] {
        keys.push((Cause::SecretWhitespace, [secret, end.as_bytes()].concat()));
    }
    let unquoted = match bare {
        [b'"', inside @ .., b'"'] | [b'\'', inside @ .., b'\''] | [b'`', inside @ .., b'`'] => inside,
        _ => bare,
    };
    keys.push((Cause::SecretQuoted, unquoted.to_vec()));
    keys.push((Cause::SecretQuoted, unquoted.trim_ascii().to_vec()));
    if let Some(equals) = bare.iter().position(|byte| *byte == b'=') {
        let (name, value) = bare.split_at_checked(equals).unwrap_or_default();
        let is_name = name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b' '));
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if is_name && !name.is_empty() {
            keys.push((Cause::SecretNamed, value.to_vec()));
            let quotes = |byte: &u8| matches!(byte, b'"' | b'\'');
            let inside = value.get(1..value.len().saturating_sub(1)).filter(|_| value.first().is_some_and(quotes));
            keys.extend(inside.map(|inside| (Cause::SecretNamed, inside.to_vec())));
        }
    }
    match unquoted.strip_prefix(PREFIX) {
        Some(rest) => keys.push((Cause::SecretPrefixAdded, rest.to_vec())),
        None => keys.push((Cause::SecretPrefixStripped, [PREFIX, unquoted].concat())),
    }
    keys
}

/// The texts of which the secret is the bytes, and the bytes of which it is the text.
fn decoded(secret: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    let mut keys = Vec::new();
    for url_safe in [true, false] {
        for padded in [false, true] {
            keys.push((Cause::SecretBase64Decoded, base64_encode(secret, url_safe, padded).into_bytes()));
        }
    }
    let hex = hex_encode(secret);
    keys.push((Cause::SecretHexDecoded, hex.to_ascii_uppercase().into_bytes()));
    keys.push((Cause::SecretHexDecoded, hex.into_bytes()));
    keys.extend(hex_decode(secret).map(|key| (Cause::SecretHexEncoded, key)));
    keys.extend(base64_decode(secret).map(|key| (Cause::SecretBase64Encoded, key)));
    keys
}

/// Whether this is a reference to a variable that nothing has replaced: `$NAME`, `${NAME}`, `%NAME%`, `{{ NAME }}`.
pub(super) fn looks_unexpanded(secret: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(secret.trim_ascii()) else { return false };
    let between = |start: &str, end: &str| text.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    // A default may stand behind the name, as in ${NAME:-}.
    let braced = between("${", "}").map(|inside| inside.split(':').next().unwrap_or_default());
    let named = braced.or(between("{{", "}}")).or(between("%", "%")).or_else(|| text.strip_prefix('$'));
    named.map(str::trim).is_some_and(|name| {
        let mut letters = name.bytes();
        letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
    })
}

/// Whether this has the shape of an API key, which a secret has not.
pub(super) fn looks_like_api_key(secret: &[u8]) -> bool {
    let bare = secret.trim_ascii();
    [&b"sk_live_"[..], b"sk_test_"].iter().any(|prefix| bare.starts_with(prefix))
}
