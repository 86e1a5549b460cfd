//! Where a person goes afterwards.

use crate::service::session::Session;

/// The callback with the session's id and status appended, in characters that a header can hold.
pub fn returning(callback: &str, session: &Session) -> String {
    let (before, fragment) = callback.split_once('#').map_or((callback, None), |(before, after)| (before, Some(after)));
    let separator = if before.contains('?') { '&' } else { '?' };
    let status = session.status.as_str().replace(' ', "%20");
    let mut url = format!("{before}{separator}verificationSessionId={}&status={status}", session.id);
    if let Some(fragment) = fragment {
        url.push('#');
        url.push_str(fragment);
    }
    ascii(&url)
}

fn ascii(url: &str) -> String {
    let mut written = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}

/// Whether a browser may be sent there: a scheme that runs nothing in the page's own name.
pub fn is_safe(url: &str) -> bool {
    scheme(url)
        .is_some_and(|scheme| !["javascript", "data", "vbscript", "blob", "file", "about"].contains(&scheme.as_str()))
}

/// What `form-action` needs to allow so that the answer to a form may redirect there.
pub fn form_action(url: &str) -> Option<String> {
    let scheme = scheme(url).filter(|_| is_safe(url))?;
    let rest = url.split_once("://").map(|(_, rest)| rest).filter(|_| scheme == "http" || scheme == "https");
    let authority = rest.and_then(|rest| rest.split(['/', '?', '#', '\\']).next()).unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let plain =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
    Some(if plain { format!("{scheme}://{host}") } else { format!("{scheme}:") })
}

fn scheme(url: &str) -> Option<String> {
    let (scheme, _) = url.split_once(':')?;
    let named = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (named && scheme.starts_with(|first: char| first.is_ascii_alphabetic())).then(|| scheme.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_callback_itself_may_be_redirected_to() {
        let allowed = |url| form_action(url);
        assert_eq!(allowed("https://app.example.com/done?a=1").as_deref(), Some("https://app.example.com"));
        assert_eq!(allowed("http://127.0.0.1:3000#x").as_deref(), Some("http://127.0.0.1:3000"));
        assert_eq!(allowed("https://user:pw@a.example:8443/").as_deref(), Some("https://a.example:8443"));
        assert_eq!(allowed("myapp://verify/done").as_deref(), Some("myapp:"));
        assert_eq!(allowed("https://bücher.example/").as_deref(), Some("https:"));
        assert_eq!(allowed("https://a.example;script-src *").as_deref(), Some("https:"));
        assert_eq!(allowed("http://[::1]:3000/").as_deref(), Some("http:"));
        assert_eq!(
            (allowed("javascript:alert(1)"), allowed("JavaScript:x"), allowed("/relative"), allowed("")),
            (None, None, None, None)
        );
    }

    #[test]
    fn what_no_header_can_hold_is_percent_encoded() {
        assert_eq!(ascii("https://a.example/é\r\nx y"), "https://a.example/%C3%A9%0D%0Ax%20y");
    }
}
