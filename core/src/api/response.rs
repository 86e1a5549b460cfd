//! From an answer to a result or an error.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::operation::{Operation, ResponseKind, Shape};
use super::transport::{Cause, Failure, HttpResponse};
use super::{problem, shape, time};
use crate::{Code, Error, Http};

/// A good answer.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The status: 2xx.
    pub status: u16,
    /// Names in lower case, in the order of the answer.
    pub headers: Vec<(String, String)>,
    /// The whole body; empty, or JSON that has been checked to be JSON, or a file.
    pub body: Vec<u8>,
    /// The id under which the service knows the request.
    pub request_id: Option<String>,
    /// How often the request was sent.
    pub attempts: u32,
}

impl Answer {
    /// The body as `T`; an empty body is read as null.
    ///
    /// # Errors
    ///
    /// `invalid_response` where the body is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let body = if self.body.is_empty() { b"null" } else { &*self.body };
        serde_json::from_slice(body)
            .map_err(|error| self.invalid(format!("the JSON has another shape than expected ({:?})", error.classify())))
    }

    /// The error `invalid_response` of this answer, whose head it tells of; `about` says what is wrong with the body.
    pub fn invalid(&self, about: impl Into<Box<str>>) -> Error {
        let (status, request_id) = (Some(self.status), self.request_id.clone());
        let http = Http { status, request_id, attempts: self.attempts, ..Http::default() };
        Error::about(Code::InvalidResponse, about).with_http(http)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }
}

/// Neither the body nor the headers: both can hold personal data and links.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("attempts", &self.attempts)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Reads an answer. `values` are the strings of the call, which no message repeats, and `credentials` what no part
/// of an error does. `operation` is none for paths that are not described, whose body may be anything.
pub(crate) fn judge(
    response: HttpResponse,
    operation: Option<&Operation>,
    values: impl Fn() -> Vec<String>,
    credentials: &[&str],
) -> Result<Answer, Error> {
    let request_id = request_id(&response);
    let http = || Http { status: Some(response.status), request_id: request_id.clone(), ..Http::default() };
    if !(200..300).contains(&response.status) {
        let retry_after = retry_after(&response, SystemTime::now());
        return Err(problem::error(&response, Http { retry_after, ..http() }, operation, &values(), credentials));
    }
    if let Some(wrong) = operation.and_then(|operation| mismatch(&response, operation)) {
        return Err(Error::about(Code::InvalidResponse, wrong).with_http(http()));
    }
    let HttpResponse { status, headers, body } = response;
    Ok(Answer { status, headers, body, request_id, attempts: 0 })
}

/// What is wrong with the body of a good status.
fn mismatch(response: &HttpResponse, operation: &Operation) -> Option<String> {
    let (body, kind) = (&*response.body, operation.response);
    let blank = body.iter().all(u8::is_ascii_whitespace);
    // Some operations answer 204 in one version of the API and 200 with an object in another.
    let may_be_blank = match (kind, operation.shape) {
        (ResponseKind::Empty, _) | (ResponseKind::Json, Shape::Any) => true,
        (ResponseKind::Json, Shape::Object { required, .. }) => required.is_empty(),
        _ => false,
    };
    if blank && may_be_blank && matches!(response.status, 204 | 205) {
        return None;
    }
    let json = || serde_json::from_slice::<IgnoredAny>(body).is_ok();
    let wanted = match kind {
        ResponseKind::Empty if blank || json() => return None,
        ResponseKind::Json if json() && std::str::from_utf8(body).is_err() => {
            return Some("the body is not JSON: it is not UTF-8".to_owned());
        }
        ResponseKind::Json if json() => {
            return shape::problem(body, &operation.shape).map(|wrong| format!("the body is not {wrong}"));
        }
        ResponseKind::Pdf if body.starts_with(b"%PDF-") => return None,
        ResponseKind::Csv if !blank && !is_html(response) && !json() => return None,
        ResponseKind::Empty => "nothing or JSON",
        ResponseKind::Json => "JSON",
        ResponseKind::Pdf => "a PDF",
        ResponseKind::Csv => "CSV",
    };
    let found = match () {
        () if blank => "it is empty",
        () if is_html(response) => "it is an HTML page, as a proxy or a captive portal sends it",
        () if kind == ResponseKind::Json && looks_cut(body) => "the JSON ends too early",
        () => "it is something else",
    };
    Some(format!("the body is not {wanted}: {found}"))
}

pub(crate) fn is_html(response: &HttpResponse) -> bool {
    let declared = response.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    declared || response.body.trim_ascii_start().first() == Some(&b'<')
}

fn looks_cut(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

/// The headers under which services and their proxies name a request.
pub(crate) fn request_id(response: &HttpResponse) -> Option<String> {
    const NAMES: &[&str] = &["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray"];
    let id = NAMES.iter().find_map(|name| response.header(name))?;
    let short = id.len() <= 200 && id.bytes().all(|byte| byte.is_ascii_graphic());
    short.then(|| id.to_owned())
}

/// `Retry-After` in seconds or as a date; `X-RateLimit-Reset` where it is missing. At most a day.
pub(crate) fn retry_after(response: &HttpResponse, now: SystemTime) -> Option<Duration> {
    const DAY: Duration = Duration::from_secs(86_400);
    let until = |epoch: u64| (UNIX_EPOCH + Duration::from_secs(epoch)).duration_since(now).unwrap_or_default();
    let number = |text: &str| text.parse::<u32>().ok().map(u64::from);
    let wait = match response.header("retry-after").map(str::trim) {
        Some(text) => match number(text) {
            Some(seconds) => Duration::from_secs(seconds),
            None => until(time::http_date(text)?),
        },
        None if response.status == 429 => until(number(response.header("x-ratelimit-reset")?.trim())?),
        None => return None,
    };
    Some(wait.min(DAY))
}

/// The error of a call that got no answer.
pub(crate) fn transport_error(failure: Failure) -> Error {
    let code = match failure.cause {
        Cause::Connect => Code::ConnectionFailed,
        Cause::ConnectTimeout => Code::ConnectTimeout,
        Cause::Tls => Code::TlsFailed,
        Cause::Lost => Code::ConnectionLost,
        Cause::Malformed => Code::InvalidResponse,
        Cause::TooLarge => Code::ResponseTooLarge,
        Cause::Deadline => Code::Timeout,
        Cause::Cancelled => Code::Cancelled,
    };
    match failure.text {
        Some(text) => Error::about(code, text),
        None => Error::new(code),
    }
    .with_http(Http::default())
}

/// The members of a JSON object, as far as it is one.
pub(crate) fn object(body: &[u8]) -> Option<serde_json::Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_another_shape_is_told_with_its_head() {
        let head = Answer { status: 200, headers: vec![], body: vec![], request_id: Some("req-1".into()), attempts: 2 };
        let error = Answer { body: b"[]".to_vec(), ..head }.json::<u32>().unwrap_err();
        assert_eq!(error.code(), Code::InvalidResponse);
        let http = error.http().expect("what the service said");
        assert_eq!((http.status, http.request_id.as_deref(), http.attempts), (Some(200), Some("req-1"), 2));
    }
}
