//! What the adapters of web frameworks answer.

use didit_core::Code;
use didit_core::receive::{self, Answer};
use napi_derive::napi;

/// One way to answer a delivery.
#[napi(object, object_from_js = false)]
pub struct AnswerRow {
    /// Its name.
    pub name: String,
    /// Its HTTP status.
    pub status: u32,
    /// What happened.
    pub meaning: String,
}

/// Every answer.
#[napi(catch_unwind)]
pub fn answers() -> Vec<AnswerRow> {
    let row = |answer: &Answer| AnswerRow {
        name: answer.as_str().to_owned(),
        status: u32::from(answer.status()),
        meaning: answer.meaning().to_owned(),
    };
    Answer::ALL.iter().map(row).collect()
}

/// The answer to a request whose head is reason enough to refuse it.
#[napi(catch_unwind)]
pub fn refuse_request(
    method: String,
    encoding: Option<String>,
    length: Option<String>,
    max_body: f64,
) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    let max_body = max_body as u64;
    receive::refuse_request(&method, encoding.as_deref(), length.as_deref(), max_body)
        .map(|answer| answer.as_str().to_owned())
}

/// The answer to a delivery with this error code, where it is another than the error's own.
#[napi(catch_unwind)]
pub fn answer_to(code: String) -> Option<String> {
    let code = Code::ALL.iter().find(|known| known.as_str() == code)?;
    receive::answer_to(*code).map(|answer| answer.as_str().to_owned())
}

/// What is odd about the time after which a handler is slow, although it is possible.
#[napi(catch_unwind)]
pub fn odd_slow_after(milliseconds: f64) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    let milliseconds = milliseconds as u64;
    receive::odd_slow_after(milliseconds)
}

/// The known name that one with a typing error must be meant for.
#[napi(catch_unwind)]
pub fn nearest_name(given: String, known: Vec<String>) -> Option<String> {
    didit_core::nearest(&given, known.iter().map(String::as_str)).map(str::to_owned)
}

/// After how many milliseconds a handler is slow, and how many secrets are tried.
#[napi(catch_unwind)]
pub fn receive_limits() -> Vec<u32> {
    vec![
        u32::try_from(receive::SLOW_AFTER_MS).unwrap_or(u32::MAX),
        u32::try_from(receive::MAX_SECRETS).unwrap_or(u32::MAX),
    ]
}
