//! Which of the known mistakes is it?
//!
//! [`explain`] takes a delivery that failed and undoes, one after the other, what people are known to do to
//! bodies, headers, secrets and clocks. Where a recomputed MAC matches, the mistake is proven. It decides
//! nothing: whether a delivery is genuine is the [`Verifier`]'s word alone, and what explains a refusal
//! does not lift it.
//!
//! * [`cause`](Cause): the mistakes, and their cures
//! * `raw_headers`, `signature`: what stands in the headers, read leniently
//! * `secret`, `secret_text`, `placeholder`: what becomes of secrets in configurations
//! * `encoding`, `charset`: base64, digits, escapes and character sets
//! * `body`, `python`, `wrapping`: what becomes of bytes on their way
//! * `tree`, `writer`, `number`, `forms`: JSON as other languages write it
//! * `loss`: what lossy writers have lost
//! * `rewriting`: how a body that was written anew differs
//! * `document`, `messages`: all that may have been signed for a body
//! * `meaning`: what a MAC that matches proves
//! * `signed`, `times`: genuine signatures with something else wrong, most of all the time
//! * `appearance`: what fits without a proof
//! * `case`, `tried`: the order in which all this is tried, and what is ruled out then

mod appearance;
mod body;
mod case;
mod cause;
mod charset;
mod document;
mod encoding;
mod explanation;
mod forms;
mod loss;
mod meaning;
mod messages;
mod number;
mod placeholder;
mod python;
mod raw_headers;
mod rewriting;
mod search;
mod secret;
mod secret_text;
mod signature;
mod signed;
mod times;
mod tree;
mod tried;
mod wrapping;
mod writer;

use super::{BuildError, Options, Verifier};
use crate::Code;

pub use cause::{Cause, Confidence};
pub use explanation::Explanation;
pub use raw_headers::RawHeaders;

/// How a delivery was verified, and what else may explain it.
#[derive(Clone, Default)]
pub struct ExplainOptions<'a> {
    /// The options of the verifier that refused the delivery.
    pub verifier: Options,
    /// Secrets that were not given to the verifier, of other destinations or older ones.
    pub other_secrets: &'a [&'a [u8]],
}

/// Says which of the known mistakes made a delivery fail.
///
/// `now` is the time by which it was verified, in Unix seconds; a number that can only be milliseconds is a
/// finding here. This is a tool for developers: it may take a second, and its answer is no verification.
///
/// # Errors
///
/// A message about options that contradict each other. A missing secret is a finding.
///
/// ```
/// use didit_core::webhook::{Cause, Confidence, ExplainOptions, explain, sign};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let body = br#"{"timestamp":1774970000}"#;
/// let headers = sign(body, b"the secret", None)?.into_iter().collect();
/// let found = explain(body, &headers, &[b"the secret\n"], &ExplainOptions::default(), 1774970005)?;
/// assert_eq!(found.verdict(), "signature_mismatch");
/// assert_eq!((found.cause(), found.confidence()), (Cause::SecretWhitespace, Confidence::Certain));
/// # Ok(())
/// # }
/// ```
pub fn explain(
    body: &[u8],
    headers: &RawHeaders,
    secrets: &[&[u8]],
    options: &ExplainOptions<'_>,
    now: i64,
) -> Result<Explanation, BuildError> {
    let verifier = match Verifier::new(secrets, options.verifier.clone()) {
        Ok(verifier) => verifier,
        Err(BuildError::MissingSecret(error)) => {
            return Ok(Explanation {
                refusal: Some(error.code()),
                cause: Cause::SecretMissing,
                confidence: Confidence::Certain,
                details: String::new(),
                skew: None,
                ruled_out: Vec::new(),
            });
        }
        Err(error) => return Err(error),
    };
    let clock = times::Clock::of(now);
    let outcome = verifier.verify(body, &headers.relevant(), clock.seconds);
    let refusal = match (&outcome, clock.unit) {
        (Ok(_), None) => None,
        (Ok(_), Some(_)) => Some(Code::TimestampTooOld),
        (Err(error), _) => Some(error.code()),
    };
    Ok(case::Case { body, headers, secrets, options, verifier, clock, refusal }.explanation())
}

/// Neither secrets nor their number are shown.
impl std::fmt::Debug for ExplainOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExplainOptions").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}
