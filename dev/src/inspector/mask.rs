//! Secrets, keys, passwords and tokens, hidden where people see them.

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
            shown.push_str(&links(string));
        }
        let name = serde_json::from_str::<String>(string).unwrap_or_default();
        secret = is_name && HIDDEN.contains(&name.as_str());
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// A text with the token of every link to a hosted page hidden: who has the link can end the session.
pub fn links(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    // Some writers of JSON escape the slash.
    while let Some((at, marker)) =
        ["/session/", "\\/session\\/"].iter().filter_map(|marker| Some((rest.find(marker)?, *marker))).min()
    {
        let (before, after) = rest.split_at(at + marker.len());
        let end = after.find(|one: char| !one.is_ascii_alphanumeric() && !"-_%".contains(one)).unwrap_or(after.len());
        let (segment, after) = after.split_at(end);
        shown.push_str(before);
        let version = before
            .strip_suffix(marker)
            .is_some_and(|before| ["/v1", "/v2", "/v3"].iter().any(|version| before.ends_with(version)));
        shown.push_str(if version || segment.is_empty() { segment } else { MASK });
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// A path with its query: links and what the query carries.
pub fn address(text: &str) -> String {
    let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
    query.map_or_else(|| links(path), |query| format!("{}?{}", links(path), form(query)))
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
        _ => links(part),
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
        assert_eq!(
            masked(
                r#"{"url":"http://a/ar/session/t-0_k?x=1","n":"http:\/\/a\/session\/tok","api":"/v3/session/1-2/decision/"}"#
            ),
            r#"{"url":"http://a/ar/session/(hidden)?x=1","n":"http:\/\/a\/session\/(hidden)","api":"/v3/session/1-2/decision/"}"#
        );
        assert_eq!(address("/en/session/tok/more?token=a&b=c"), "/en/session/(hidden)/more?token=(hidden)&b=c");
        assert_eq!(address("/v3/session/?vendor_data=x"), "/v3/session/?vendor_data=x");
        assert_eq!(links("/session/"), "/session/");
        assert_eq!((masked(""), masked("plain")), (String::new(), "plain".to_owned()));
    }
}
