//! The keys that a secret may stand for, as it was given.

use super::Cause;
use super::encoding::{base64_encode, hex_encode, percent_encode};
use super::secret_text::{Reading, readings};

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
///
/// Each costs a MAC for every message, so their number is bounded.
pub(super) fn variants(secrets: &[&[u8]], others: &[&[u8]]) -> Vec<Variant> {
    const MOST: usize = 400;
    let mut variants: Vec<Variant> = Vec::new();
    let mut known: std::collections::HashSet<Vec<u8>> = secrets.iter().map(|secret| secret.to_vec()).collect();
    let mut add = |cause, key: Vec<u8>, secret, details: String| {
        if !key.is_empty() && variants.len() < MOST + others.len() && known.insert(key.clone()) {
            variants.push(Variant { cause, key, secret, details });
        }
    };
    let matches = |index: usize| format!("number {} of the other secrets matches", index + 1);
    for (index, other) in others.iter().enumerate() {
        add(Cause::AnotherSecret, other.to_vec(), index, matches(index));
    }
    for (index, secret) in secrets.iter().enumerate() {
        for Reading { cause, text, note } in keys(secret) {
            add(cause, text, index, note.to_owned());
        }
    }
    // So many that nothing more would be added.
    for (index, other) in others.iter().enumerate().take(MOST) {
        for Reading { cause, text, .. } in keys(other) {
            let details = format!("{}, after another mistake: {}", matches(index), cause.message());
            add(Cause::AnotherSecret, text, index, details);
        }
    }
    variants
}

/// What the secret may be, and what has it as its outcome: first what is likelier.
fn keys(secret: &[u8]) -> Vec<Reading> {
    // What is longer is no secret with something around it, and would be hashed again for each message.
    const LONGEST: usize = 16 << 10;
    if secret.len() > LONGEST {
        return Vec::new();
    }
    // More than this have little in them, and each has a dozen outcomes.
    const ORIGINS: usize = 16;
    let mut keys = readings(secret);
    let is_whole = |reading: &&Reading| reading.cause < Cause::SecretBase64Decoded;
    let origins: Vec<Reading> = keys.iter().filter(is_whole).take(ORIGINS).cloned().collect();
    for end in ["\n", "\r\n", " "] {
        keys.push(Reading::of(Cause::SecretWhitespace, [secret, end.as_bytes()].concat()));
    }
    keys.extend(outcomes(secret));
    for origin in origins {
        keys.extend(outcomes(&origin.text).into_iter().map(|outcome| outcome.after(origin.cause)));
    }
    keys
}

/// The texts of which something else was made before it was given.
fn outcomes(secret: &[u8]) -> Vec<Reading> {
    const PREFIX: &[u8] = b"whsec_";
    let mut keys = Vec::new();
    let mut add = |cause, key: Vec<u8>, note| keys.push(Reading { cause, text: key, note });
    if !secret.starts_with(PREFIX) {
        add(Cause::SecretPrefixStripped, [PREFIX, secret].concat(), "");
    }
    for url_safe in [true, false] {
        for padded in [false, true] {
            add(Cause::SecretBase64Decoded, base64_encode(secret, url_safe, padded).into_bytes(), "");
        }
    }
    let hex = hex_encode(secret);
    add(Cause::SecretHexDecoded, hex.to_ascii_uppercase().into_bytes(), "");
    add(Cause::SecretHexDecoded, hex.into_bytes(), "");
    add(Cause::SecretEscaped, percent_encode(secret), "it was percent-decoded, as the parts of a URL are");
    let replaced = |from: &[u8], to: &[u8]| secret.split(|byte| from.contains(byte)).collect::<Vec<_>>().join(to);
    add(Cause::SecretEscaped, replaced(b" ", b"+"), "plus signs have become spaces, as in a form");
    add(Cause::SecretEscaped, replaced(b"$", b"$$"), "two dollar signs have become one");
    add(Cause::SecretCase, secret.to_ascii_lowercase(), "");
    add(Cause::SecretCase, secret.to_ascii_uppercase(), "");
    keys
}

/// The secrets that differ from this one by one slip of the hand, each with what it is: some thousands.
///
/// Only for what is long and plain enough to be a secret that was copied.
pub(super) fn mistyped(secret: &[u8]) -> impl Iterator<Item = (Vec<u8>, &'static str)> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=";
    let is_plain = (16..=64).contains(&secret.len()) && secret.iter().all(|byte| ALPHABET.contains(byte));
    let places = if is_plain { secret.len() + 1 } else { 0 };
    (0..places).flat_map(move |place| {
        let (before, after) = secret.split_at_checked(place).unwrap_or_default();
        let (this, rest) = after.split_at_checked(1).unwrap_or_default();
        let removed = Some(([before, rest].concat(), "one is too many")).filter(|_| !this.is_empty());
        let swapped = match rest {
            [next, rest @ ..] => Some(([before, &[*next], this, rest].concat(), "two have changed places")),
            [] => None,
        };
        let inserted = ALPHABET.iter().map(move |byte| ([before, &[*byte], after].concat(), "one is missing"));
        let replacements = if this.is_empty() { &[][..] } else { ALPHABET };
        let others = replacements.iter().filter(move |byte| this != [**byte]);
        let replaced = others.map(move |byte| ([before, &[*byte], rest].concat(), "one is another"));
        removed.into_iter().chain(swapped).chain(inserted).chain(replaced)
    })
}

#[cfg(test)]
mod tests {
    use super::variants;

    #[test]
    fn variants_are_few_and_none_comes_twice() {
        let list = (0..200).map(|at| format!("\"s{at}\": 'v%20{at}&amp;'")).collect::<Vec<_>>().join(", ");
        let nested = format!("{{{list}}} # {}", "NAME=\"".repeat(100));
        let secrets: Vec<&[u8]> = vec![b"plain", list.as_bytes(), nested.as_bytes(), b"\xff\0", b"\n"];
        for secret in &secrets {
            let found = variants(&[secret], &[]);
            assert!(found.len() < 300, "{}", found.len());
        }
        let found = variants(&secrets, &secrets);
        let keys: std::collections::HashSet<&[u8]> = found.iter().map(|variant| variant.key.as_slice()).collect();
        assert_eq!(keys.len(), found.len());
        assert!(found.len() <= 405 && found.iter().all(|variant| !secrets.contains(&variant.key.as_slice())));
    }
}
