//! All headers of a request, as they came: what verification drops may be what explains it.

use crate::webhook::{Headers, Scheme};

/// The headers of a request, none dropped and none judged.
#[derive(Clone, Default)]
pub struct RawHeaders(Vec<(Vec<u8>, Vec<u8>)>);

impl RawHeaders {
    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one header.
    pub fn push(&mut self, name: &[u8], value: &[u8]) {
        self.0.push((name.to_vec(), value.to_vec()));
    }

    /// Those that verification looks at.
    pub fn relevant(&self) -> Headers {
        self.0.iter().map(|(name, value)| (name, value)).collect()
    }

    /// The values of a header, whose name is given in lower case.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |(given, _)| is_named(given, name)).map(|(_, value)| value.as_slice())
    }

    /// The first value of a header that is not empty.
    pub(super) fn first<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.values(name).find(|value| !value.is_empty())
    }

    /// The values of all headers that are none of Didit's.
    pub(super) fn others(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(|(name, _)| !Headers::is_relevant(name)).map(|(_, value)| value.as_slice())
    }
}

/// The lower-case name of the header that holds a scheme's signature.
pub(super) const fn header_of(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::V2 => "x-signature-v2",
        Scheme::Raw | Scheme::V1 => "x-signature",
        Scheme::Simple => "x-signature-simple",
    }
}

/// Equal without regard to case and to how WSGI spells names.
fn is_named(given: &[u8], name: &str) -> bool {
    let plain = match given.split_at_checked(5) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(b"http_") => rest,
        _ => return given.eq_ignore_ascii_case(name.as_bytes()),
    };
    let dashed = plain.iter().map(|byte| if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() });
    dashed.eq(name.bytes())
}

/// Values are not shown: a signature in a log can be replayed.
impl std::fmt::Debug for RawHeaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawHeaders").finish_non_exhaustive()
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> FromIterator<(N, V)> for RawHeaders {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut headers = Self::new();
        for (name, value) in pairs {
            headers.push(name.as_ref(), value.as_ref());
        }
        headers
    }
}
