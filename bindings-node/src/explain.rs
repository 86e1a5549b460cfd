//! Which of the known mistakes is it?

use didit_core::webhook::{Cause, ExplainOptions, explain as core_explain};
use napi::bindgen_prelude::{Either, Uint8Array};
use napi_derive::napi;

use crate::convert::{VerifierOptions, raw_headers};
use crate::error::Failure;

/// Which known mistake a delivery is.
#[napi(object, object_from_js = false)]
pub struct Found {
    /// `genuine`, or the code of the refusal.
    pub verdict: String,
    /// The name of the mistake.
    pub cause: String,
    /// How sure that is.
    pub confidence: String,
    /// What happened.
    pub summary: String,
    /// What to do about it.
    pub cure: String,
    /// Seconds from the signed time to now.
    pub skew: Option<f64>,
    /// What was tried and is not it.
    pub ruled_out: Vec<String>,
}

/// Says which of the known mistakes made a delivery fail.
#[napi(catch_unwind)]
pub fn explain(
    body: &[u8],
    headers: Vec<String>,
    secrets: Vec<Uint8Array>,
    other_secrets: Vec<Uint8Array>,
    options: VerifierOptions,
    now: f64,
) -> Either<Found, Failure> {
    let verifier = match options.into_core() {
        Ok(verifier) => verifier,
        Err(message) => return Either::B(Failure::range_error(message)),
    };
    if !now.is_finite() {
        return Either::B(Failure::type_error(format!("{now} is not a time in seconds since 1970")));
    }
    let secrets: Vec<&[u8]> = secrets.iter().map(AsRef::as_ref).collect();
    let other_secrets: Vec<&[u8]> = other_secrets.iter().map(AsRef::as_ref).collect();
    let options = ExplainOptions { verifier, other_secrets: &other_secrets };
    #[expect(clippy::cast_possible_truncation, reason = "saturates, which leaves a number that no clock shows")]
    let now = now.floor() as i64;
    match core_explain(body, &raw_headers(&headers), &secrets, &options, now) {
        Ok(found) => Either::A(Found {
            verdict: found.verdict().to_owned(),
            cause: found.cause().as_str().to_owned(),
            confidence: found.confidence().as_str().to_owned(),
            summary: found.summary(),
            cure: found.cure().to_owned(),
            #[expect(clippy::cast_precision_loss, reason = "a difference of times of at most 13 digits")]
            skew: found.skew().map(|skew| skew as f64),
            ruled_out: found.ruled_out().iter().map(|cause| cause.as_str().to_owned()).collect(),
        }),
        Err(error) => Either::B(Failure::range_error(error.to_string())),
    }
}

/// The names of all causes.
#[napi(catch_unwind)]
pub fn cause_names() -> Vec<String> {
    Cause::ALL.iter().map(|cause| cause.as_str().to_owned()).collect()
}
