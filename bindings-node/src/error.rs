//! Failures as plain objects, from which `lib/errors.ts` makes errors.

use didit_core::api::in_camel_case;
use didit_core::{Code, Error, FieldError, Http};
use napi_derive::napi;

/// Why a call failed: an error of the core, or a mistake in an argument (`TypeError`, `RangeError`), which
/// has a class and a message only.
#[napi(object, object_from_js = false)]
pub struct Failure {
    /// The class of the error to throw.
    pub class_name: String,
    /// The whole text of the error.
    pub message: String,
    /// The stable code.
    pub code: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The status to answer with.
    pub http_status: Option<u32>,
    /// Offset in bytes from the start of the body.
    pub position: Option<f64>,
    /// The members of a parsed payload that are to blame.
    pub paths: Option<Vec<String>>,
    /// What the API said about a call that failed.
    pub answer: Option<FailedAnswer>,
}

/// What the API said about a call that failed.
#[napi(object, object_from_js = false)]
pub struct FailedAnswer {
    /// The status, where an answer came.
    pub status: Option<u32>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// Seconds.
    pub retry_after: Option<f64>,
    /// Didit's own code.
    pub api_code: Option<String>,
    /// What Didit says.
    pub detail: Option<String>,
    /// What is wrong with which argument.
    pub errors: Vec<FailedField>,
    /// How often the request was sent.
    pub attempts: u32,
}

/// What is wrong with one argument.
#[napi(object, object_from_js = false)]
pub struct FailedField {
    /// Which argument.
    pub path: String,
    /// What is wrong.
    pub messages: Vec<String>,
}

impl Failure {
    /// A wrong type of argument.
    pub(crate) fn type_error(message: String) -> Self {
        Self::argument("TypeError", message)
    }

    /// An argument of the right type with a value that makes no sense.
    pub(crate) fn range_error(message: String) -> Self {
        Self::argument("RangeError", message)
    }

    fn argument(class_name: &str, message: String) -> Self {
        Self {
            class_name: class_name.to_owned(),
            message,
            code: None,
            hint: None,
            http_status: None,
            position: None,
            paths: None,
            answer: None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = error.code();
        let text = error.to_string();
        Self {
            class_name: code.class().as_str().to_owned(),
            message: if code == Code::InvalidConfiguration { in_camel_case(&text) } else { text },
            code: Some(code.as_str().to_owned()),
            hint: Some(error.hint().to_owned()),
            http_status: Some(u32::from(code.http_status())),
            #[expect(clippy::cast_precision_loss, reason = "no body is 2^53 bytes long")]
            position: error.position().map(|position| position as f64),
            paths: Some(error.paths().to_vec()),
            answer: error.http().map(FailedAnswer::from),
        }
    }
}

impl From<&Http> for FailedAnswer {
    fn from(http: &Http) -> Self {
        Self {
            status: http.status.map(u32::from),
            request_id: http.request_id.clone(),
            retry_after: http.retry_after.map(|wait| wait.as_secs_f64()),
            api_code: http.api_code.clone(),
            detail: http.detail.clone(),
            errors: http.fields.iter().map(FailedField::from).collect(),
            attempts: http.attempts,
        }
    }
}

impl From<&FieldError> for FailedField {
    fn from(field: &FieldError) -> Self {
        Self { path: field.path.clone(), messages: field.messages.clone() }
    }
}

/// The failure that a caught panic becomes.
#[napi(catch_unwind)]
pub fn internal_error() -> Failure {
    Error::new(Code::Internal).into()
}

/// Every error code with its class, status and hint.
#[napi(catch_unwind)]
pub fn error_table() -> Vec<Failure> {
    Code::ALL.iter().map(|code| Error::new(*code).into()).collect()
}
