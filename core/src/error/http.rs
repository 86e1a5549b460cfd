//! What an error of a call knows beyond its code.

use std::fmt;
use std::time::Duration;

/// What the API said about a call that failed.
///
/// `detail`, `api_code` and the texts of `fields` are the service's own words. They can repeat what was
/// sent, so `Debug` and the message of the error leave them out or clear them of it.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Http {
    /// The status of the answer; none where no answer came, or nothing was sent.
    pub status: Option<u16>,
    /// The id under which the service knows the request.
    pub request_id: Option<String>,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
    /// The service's own code, such as `contract_billing_suspended`.
    pub api_code: Option<String>,
    /// What the service says.
    pub detail: Option<String>,
    /// What is wrong with which argument, found here or by the service.
    pub fields: Vec<FieldError>,
    /// How often the request was sent.
    pub attempts: u32,
}

/// What is wrong with one argument.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// Where: `contact_details.email`, `features[1].feature`; empty for the request as a whole.
    pub path: String,
    /// What is wrong with it.
    pub messages: Vec<String>,
}

impl FieldError {
    #[cfg(feature = "api")]
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), messages: vec![message.into()] }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<&str> = self.fields.iter().map(|field| &*field.path).collect();
        f.debug_struct("Http")
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("retry_after", &self.retry_after)
            .field("fields", &fields)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldError").field("path", &self.path).finish_non_exhaustive()
    }
}
