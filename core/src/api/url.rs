//! URLs: the base that a client talks to, and the percent-encoding of what is put into them.

use std::net::IpAddr;

use super::config::wrong;
use crate::Error;

/// A base URL: scheme, host, perhaps a port and a path, without a slash at the end.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) text: String,
    pub(crate) loopback: bool,
}

/// Reads a base URL. Plain http is for this machine only: everything else would show credentials.
pub(crate) fn base(option: &str, text: &str) -> Result<Base, Error> {
    let text = text.trim_end_matches('/');
    let bad = || wrong(option, "is not a URL of the form https://host[:port][/path]");
    let (scheme, rest) = text.split_once("://").ok_or_else(bad)?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let visible = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\\\"<>@^`{|}".contains(&byte));
    let host = host_of(authority).ok_or_else(bad)?;
    if !visible(path) || path.split('/').any(is_dots) {
        return Err(bad());
    }
    let loopback = is_loopback(host);
    match scheme {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err(wrong(option, "uses plain http, which is accepted only for this machine (127.0.0.1)")),
        _ => return Err(bad()),
    }
    Ok(Base { text: text.to_owned(), loopback })
}

/// The host of a URL and its port, without credentials and without anything of the path.
pub(crate) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// Whether a host, with its port, is this machine.
pub(crate) fn is_this_machine(host: &str) -> bool {
    host_of(host).is_some_and(is_loopback)
}

fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(host, port)| (host, port.strip_prefix(':').or(Some(port))))?,
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let named = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    let valid_host = !host.is_empty() && (named || (authority.starts_with('[') && host.parse::<IpAddr>().is_ok()));
    let valid_port = port.is_none_or(|port| port.is_empty() || port.parse::<u16>().is_ok());
    (valid_host && valid_port).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A segment that steps in the path instead of naming something, written plainly or encoded.
pub(crate) fn is_dots(segment: &str) -> bool {
    // Two dots, both of them encoded, are the longest.
    segment.len() <= 6 && matches!(&*segment.replace("%2e", ".").replace("%2E", "."), "." | "..")
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
pub(crate) fn encode(into: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let unreserved = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    if text.bytes().all(|byte| unreserved(&byte)) {
        // Nearly all ids.
        into.push_str(text);
        return;
    }
    for byte in text.bytes() {
        if unreserved(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            for digit in [byte >> 4, byte & 15] {
                into.push(char::from(DIGITS.get(usize::from(digit)).copied().unwrap_or(b'0')));
            }
        }
    }
}

/// `name=value` pairs, joined by `&`.
pub(crate) fn query(pairs: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        encode(&mut text, name);
        text.push('=');
        encode(&mut text, value);
    }
    text
}

/// Reads a query: `+` is a space, and what is not UTF-8 is `None`.
pub(crate) fn decode_query(text: &str) -> Option<Vec<(String, String)>> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(name)?, decode(value)?))
    };
    text.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, tail @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                let byte = digit(high)? * 16 + digit(low)?;
                bytes.push(u8::try_from(byte).ok()?);
                rest = tail;
            }
            (b'%', _) => return None,
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_dots_however_they_are_encoded() {
        for dots in [".", "..", "%2e", "%2E", "%2e.", ".%2E", "%2e%2E"] {
            assert!(is_dots(dots), "{dots}");
        }
        for name in ["", "...", "a", "%2f", "%2e%2e%2e", "%2e%2e.", ".a", "2e"] {
            assert!(!is_dots(name), "{name}");
        }
    }

    #[test]
    fn only_what_is_reserved_is_encoded() {
        for (text, encoded) in [("aZ09-._~", "aZ09-._~"), ("a b/é", "a%20b%2F%C3%A9"), ("", ""), ("%2e", "%252e")] {
            let mut into = "x".to_owned();
            encode(&mut into, text);
            assert_eq!(into, format!("x{encoded}"));
        }
    }
}
