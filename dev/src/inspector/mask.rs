//! Secrets, keys and passwords in bodies, hidden where people see them.

/// Members whose strings nobody shows.
const HIDDEN: [&str; 13] = [
    "password",
    "new_password",
    "current_password",
    "api_key",
    "secret",
    "secret_shared_key",
    "webhook_secret",
    "client_secret",
    "access_token",
    "refresh_token",
    "session_token",
    "token",
    "code",
];

/// What stands in their place.
pub const MASK: &str = "(hidden)";

/// A body with those members hidden and every other character as it was; it may be cut off anywhere.
pub fn masked(body: &str) -> String {
    if body.trim_start().starts_with(['{', '[']) { json(body) } else { form(body) }
}

fn json(body: &str) -> String {
    let mut shown = String::with_capacity(body.len());
    let mut rest = body;
    let mut secret = false;
    while let Some(at) = rest.find('"') {
        let (before, string) = rest.split_at(at);
        // The value follows its name at once; with anything else between them it is no string.
        let directly = before.trim().is_empty() || before.trim() == ":";
        shown.push_str(before);
        let end = closing(string);
        let (string, after) = string.split_at(end);
        let is_name = after.trim_start().starts_with(':');
        if secret && directly && !is_name {
            shown.push('"');
            shown.push_str(MASK);
            shown.push('"');
        } else {
            shown.push_str(string);
        }
        let name = serde_json::from_str::<String>(string).unwrap_or_default();
        secret = is_name && HIDDEN.contains(&name.as_str());
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// Where a string that begins with a quote ends.
fn closing(string: &str) -> usize {
    let mut escaped = false;
    for (at, one) in string.char_indices().skip(1) {
        match one {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    string.len()
}

fn form(body: &str) -> String {
    let pair = |part: &str| match part.split_once('=') {
        Some((name, _)) if HIDDEN.contains(&name) => format!("{name}={MASK}"),
        _ => part.to_owned(),
    };
    body.split('&').map(pair).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_nothing_else_changes() {
        let body = r#"{ "email":"a@b.example", "password" : "p\"w", "nested":[{"api_key":"k"}], "note":"password", "access_token":null, "x":"y" }"#;
        let expected = r#"{ "email":"a@b.example", "password" : "(hidden)", "nested":[{"api_key":"(hidden)"}], "note":"password", "access_token":null, "x":"y" }"#;
        assert_eq!(masked(body), expected);
        assert_eq!(masked("grant_type=x&client_secret=abc&y=1"), "grant_type=x&client_secret=(hidden)&y=1");
        assert_eq!(masked(r#"{"secret":"cut o"#), r#"{"secret":"(hidden)""#);
        assert_eq!(masked(r#"{"p\u0061ssword":"x"}"#), r#"{"p\u0061ssword":"(hidden)"}"#);
        assert_eq!((masked(""), masked("plain")), (String::new(), "plain".to_owned()));
    }
}
