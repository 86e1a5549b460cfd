//! The stable error codes: one table that every language repeats word for word.
//!
//! A code says what is wrong, its class which kind of failure it is, its HTTP status what to answer
//! the sender, and its hint what the receiver's developer can do. No error ever holds a secret, a
//! computed MAC, a header value or any part of the body except member names.

use std::fmt;

mod codes;
mod http;

pub use codes::{Code, ErrorClass};
pub use http::{FieldError, Http};

/// A failure: its [`Code`], and where in the body it was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: Code,
    position: Option<usize>,
    paths: Box<[String]>,
    detail: Option<Box<str>>,
    http: Option<Box<Http>>,
}

impl Error {
    /// An error that has nothing to add to its code.
    pub fn new(code: Code) -> Self {
        Self { code, position: None, paths: Box::default(), detail: None, http: None }
    }

    pub(crate) fn at(code: Code, position: usize) -> Self {
        Self { position: Some(position), ..Self::new(code) }
    }

    /// Without its position, where that would count bytes of a text that the caller has never seen.
    pub(crate) fn without_position(self) -> Self {
        Self { position: None, ..self }
    }

    pub(crate) fn with_paths(code: Code, paths: Vec<String>) -> Self {
        Self { paths: paths.into(), ..Self::new(code) }
    }

    /// [`Code::UnsupportedValue`]: `path` names the value, `kind` its type in the caller's language.
    pub fn unsupported_value(path: String, kind: &str) -> Self {
        Self { detail: Some(kind.into()), ..Self::with_paths(Code::UnsupportedValue, vec![path]) }
    }

    /// [`Code::StoreUnavailable`]: `reason` says what failed, without any value of an event.
    pub fn store_unavailable(reason: &str) -> Self {
        Self { detail: Some(reason.into()), ..Self::new(Code::StoreUnavailable) }
    }

    /// [`Code::WrongEnvironment`]: `seen` is a word of this library for what the delivery names.
    pub(crate) fn wrong_environment(seen: &'static str) -> Self {
        Self { detail: Some(seen.into()), ..Self::new(Code::WrongEnvironment) }
    }

    /// A failure of a call. `about` says more in words of this library or in text that has been
    /// cleared of the caller's values; it follows the code's message.
    #[cfg(feature = "api")]
    pub fn about(code: Code, about: impl Into<Box<str>>) -> Self {
        Self { detail: Some(about.into()), ..Self::new(code) }
    }

    /// With more behind what is said.
    #[cfg(feature = "api")]
    pub(crate) fn with_more(self, more: &str) -> Self {
        let detail = match &self.detail {
            Some(detail) => format!("{detail}; {more}"),
            None => more.to_owned(),
        };
        Self { detail: Some(detail.into()), ..self }
    }

    /// Whether this is what is said beside the code's message.
    #[cfg(feature = "api")]
    pub(crate) fn says(&self, text: &str) -> bool {
        self.detail.as_deref() == Some(text)
    }

    /// With the place behind what else is said.
    #[cfg(feature = "api")]
    pub(crate) fn with_place(self, place: &str) -> Self {
        let detail = match &self.detail {
            Some(detail) => format!("{detail} ({place})"),
            None => place.to_owned(),
        };
        Self { detail: Some(detail.into()), ..self }
    }

    #[cfg(feature = "api")]
    pub(crate) fn with_http(self, http: Http) -> Self {
        Self { http: Some(Box::new(http)), ..self }
    }

    /// What the API's answer said, where there was one; and the field errors that were found here.
    pub fn http(&self) -> Option<&Http> {
        self.http.as_deref()
    }

    /// What is wrong.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What is wrong in words, with the place where it was met.
    pub fn message(&self) -> String {
        let mut text = String::from(self.code.message());
        if let Some(position) = self.position {
            text.push_str(&format!(" (byte {position})"));
        }
        match (&*self.paths, &self.detail) {
            ([], None) => {}
            ([], Some(about)) => text.push_str(&format!(": {about}")),
            ([path], Some(kind)) => text.push_str(&format!(": {path} is of type {kind}")),
            (paths, _) => text.push_str(&format!(": {}", paths.join(", "))),
        }
        text
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        self.code.hint()
    }

    /// Offset in bytes from the start of the body, where one place is to blame.
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// The members of a parsed payload that are to blame, as `$.decision.items[3].score`.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.code.as_str(), self.message(), self.hint())
    }
}

impl std::error::Error for Error {}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}
