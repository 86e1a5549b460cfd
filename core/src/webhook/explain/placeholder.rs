//! What stands where a secret should, as can be seen of it.

/// What this is instead of a secret; `None` if it may be one.
pub(super) fn placeholder(secret: &[u8]) -> Option<&'static str> {
    let Ok(text) = str::from_utf8(secret) else { return None };
    let bare = text.trim_matches(|c: char| is_unseen(c) || matches!(c, '"' | '\'' | '`' | '\u{201c}' | '\u{201d}'));
    let lower = bare.to_lowercase();
    if bare.is_empty() {
        return Some("there is nothing in it that can be seen");
    }
    if matches!(lower.as_str(), "none" | "null" | "undefined" | "nil" | "nan" | "false" | "true" | "{}" | "[]")
        || lower.starts_with("[object ")
    {
        return Some("it is how a program prints a value that is missing or no text");
    }
    if is_masked(lower.strip_prefix("whsec_").unwrap_or(&lower)) {
        return Some("it is masked, as consoles and logs show secrets");
    }
    let places = ["arn:aws", "/run/secrets/", "/etc/secrets/", "projects/"];
    if lower.contains("://") || places.iter().any(|place| lower.starts_with(place)) {
        return Some("it is an address or a path, and not what is found there");
    }
    is_sample(bare, &lower).then_some("it is the text of a template or an example")
}

/// The words that ask for a secret.
const ASKING: [&str; 9] = ["your", "insert", "replace", "enter", "paste", "put", "change", "here", "example"];

/// Whether most of it is hidden.
fn is_masked(lower: &str) -> bool {
    const MASKS: [char; 6] = ['*', '\u{2022}', '\u{25cf}', '\u{2219}', '\u{b7}', '\u{2026}'];
    let is_filler = |c: char| MASKS.contains(&c) || matches!(c, 'x' | '.' | '-' | '_' | '?' | '#');
    let is_run = lower.chars().nth(1).is_some() && lower.chars().all(is_filler);
    let masks = lower.chars().filter(|c| MASKS.contains(c)).count();
    is_run || masks > 2 || lower.contains('\u{2026}') || lower.contains("...") || lower.contains("xxxxxx")
}

/// Whether it is words about a secret in place of one.
fn is_sample(bare: &str, lower: &str) -> bool {
    const WHOLE: [&str; 16] = [
        "changeme",
        "changeit",
        "replaceme",
        "placeholder",
        "secretkey",
        "mysecret",
        "mysecretkey",
        "webhooksecret",
        "secrethere",
        "redacted",
        "removed",
        "todo",
        "fixme",
        "tbd",
        "dummy",
        "example",
    ];
    const ASKED: [&str; 9] = ["secret", "key", "webhook", "token", "value", "here", "didit", "this", "me"];
    let is_tag = bare.len() > 2 && bare.starts_with('<') && bare.ends_with('>');
    // Words with digits are what generators of secrets make.
    let are_words =
        bare.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '_' | '.' | '<' | '>' | '[' | ']'));
    if is_tag || !are_words {
        return is_tag;
    }
    let joined: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    let separated = split_words(bare);
    let has = |known: &[&str]| separated.iter().any(|word| known.contains(&word.as_str()));
    let is_yours = joined.starts_with("your") && ["secret", "key", "token"].iter().any(|word| joined.contains(word));
    WHOLE.contains(&joined.as_str()) || is_yours || (separated.len() > 1 && has(&ASKING) && has(&ASKED))
}

/// The words of `your-webhook-secret`, `YOUR_WEBHOOK_SECRET` and `yourWebhookSecret` in lower case.
fn split_words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in text.chars() {
        let begins = !character.is_alphabetic() || (character.is_uppercase() && after_lower);
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphabetic()) {
            word.extend(character.to_lowercase());
        }
        after_lower = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// White space, control characters and those that only steer how others are shown.
pub(super) fn is_unseen(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Whether this is a reference to a variable that nothing has replaced: `$NAME`, `${NAME}`, `%NAME%`, `{{ NAME }}`,
/// or its bare name, as a missing `$` leaves it.
pub(super) fn looks_unexpanded(secret: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(secret.trim_ascii()) else { return false };
    let bare = ["process.env.", "import.meta.env.", "env."].iter().find_map(|prefix| text.strip_prefix(prefix));
    let (is_path, name) = (bare.is_some(), bare.unwrap_or(text));
    let is_name = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let tells = name.contains("_SECRET") || name.ends_with("_KEY");
    if is_name && (tells || is_path) && !split_words(name).iter().any(|word| ASKING.contains(&word.as_str())) {
        return true;
    }
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

#[cfg(test)]
mod tests {
    use super::placeholder;

    #[test]
    fn placeholders_are_seen_and_secrets_are_not() {
        for text in [
            " \n",
            "None",
            "null",
            "undefined",
            "\"\"",
            "[object Object]",
            "changeme",
            "CHANGE_ME",
            "your-webhook-secret",
            "your_webhook_secret_here",
            "YOUR_SECRET",
            "yourSecretKey",
            "yoursecrethere",
            "<secret>",
            "[insert secret]",
            "****",
            "abcd****wxyz",
            "abcd\u{2026}wxyz",
            "abcd...wxyz",
            "whsec_xxx",
            "\u{2022}\u{2022}\u{2022}",
            "REPLACE_ME",
            "didit webhook secret here",
            "replace this",
            "whsec_...",
        ] {
            assert!(placeholder(text.as_bytes()).is_some(), "{text}");
        }
        for text in [
            "a secret of the tests",
            "secret",
            "wrong",
            "correct horse battery staple",
            "kT9x-didit-Q2hhbmdlTWU0NTY3ODkw",
            "the-secret-of-the-mistakes-tests",
            "s3cr3t*key",
            "yoUr0",
            "0123456789abcdef0123456789abcdef",
            "key-xx-yy",
            "a",
        ] {
            assert_eq!(placeholder(text.as_bytes()), None, "{text}");
        }
    }
}
