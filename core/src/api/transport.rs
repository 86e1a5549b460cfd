//! The seam where bytes leave and arrive: one request in, one answer or one failure out.

use std::fmt;
use std::time::Duration;

use super::cancel::Stop;
use super::operation::Verb;

pub mod scripted;
pub(crate) mod ureq;

/// A request, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The method.
    pub verb: Verb,
    /// The absolute URL.
    pub url: String,
    /// Names in lower case. They hold the credentials.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body; none where there is no body, not even an empty one.
    pub body: Option<Vec<u8>>,
}

impl HttpRequest {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    pub(crate) fn set_header(&mut self, name: &str, value: impl Into<String>) {
        match self.headers.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value.into(),
            None => self.headers.push((name.to_owned(), value.into())),
        }
    }
}

/// Neither the path nor the body: both hold personal data.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("verb", &self.verb)
            .field("body_bytes", &self.body.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// An answer, whatever its status.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// Names in lower case, in the order of the answer.
    pub headers: Vec<(String, String)>,
    /// The whole body, decompressed.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// An answer; for transports other than the built-in one.
    pub fn new(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        Self { status, headers, body }
    }

    /// The value of a header, the first where there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// No connection: refused, unreachable, no such host, or the proxy said no.
    Connect,
    /// No connection in time.
    ConnectTimeout,
    /// The certificate was not accepted, or the handshake failed.
    Tls,
    /// The connection broke.
    Lost,
    /// The answer is not HTTP, or cannot be decompressed.
    Malformed,
    /// The answer is longer than allowed.
    TooLarge,
    /// The deadline passed.
    Deadline,
    /// The caller ended the call.
    Cancelled,
}

/// No answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// Why.
    pub cause: Cause,
    /// Whether bytes of the request may have arrived. Where this is false, a repeat is always harmless.
    pub sent: bool,
    /// What the system says, without values of the request.
    pub text: Option<String>,
}

impl Failure {
    /// A failure; for transports other than the built-in one.
    pub fn new(cause: Cause, sent: bool) -> Self {
        Self { cause, sent, text: None }
    }
}

/// What a transport has to keep to while it sends one request.
#[derive(Debug)]
#[non_exhaustive]
pub struct Terms<'a> {
    /// What ends the call; to be asked at least every 50 ms.
    pub stop: &'a Stop,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long the answer's body may be, decompressed.
    pub max_response_bytes: u64,
}

/// Sends requests. It follows no redirect, repeats nothing, and adds no credentials.
pub trait Transport: Send + Sync {
    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    ///
    /// Why there is no answer, and whether the request may have arrived.
    fn send(&self, request: &HttpRequest, terms: &Terms<'_>) -> Result<HttpResponse, Failure>;
}
