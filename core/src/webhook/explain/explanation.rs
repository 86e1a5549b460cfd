//! What [`explain`](super::explain()) found.

use super::{Cause, Confidence};
use crate::Code;

/// Why a delivery failed. It holds no secret, no MAC, no header value and no part of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub(super) refusal: Option<Code>,
    pub(super) cause: Cause,
    pub(super) confidence: Confidence,
    pub(super) details: String,
    pub(super) skew: Option<i64>,
    pub(super) ruled_out: Vec<Cause>,
}

impl Explanation {
    /// `genuine`, or the code with which the verifier refuses the delivery.
    pub fn verdict(&self) -> &'static str {
        self.refusal.map_or(Cause::Genuine.as_str(), Code::as_str)
    }

    /// The code with which the verifier refuses the delivery; `None` if it is genuine.
    pub fn refusal(&self) -> Option<Code> {
        self.refusal
    }

    /// The mistake.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// How sure that is.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// What happened, in words.
    pub fn summary(&self) -> String {
        let what = self.cause.message();
        let mut text: String = what.chars().take(1).flat_map(char::to_uppercase).chain(what.chars().skip(1)).collect();
        if self.confidence == Confidence::Likely {
            text = format!("Probably {what}");
        }
        if self.details.is_empty() { format!("{text}.") } else { format!("{text}: {}.", self.details) }
    }

    /// What to do about it.
    pub fn cure(&self) -> &'static str {
        self.cause.cure()
    }

    /// By how many seconds now is after the signed time, where the times are what is wrong.
    pub fn skew(&self) -> Option<i64> {
        self.skew
    }

    /// What was tried and is not it, in the order of [`Cause::ALL`].
    pub fn ruled_out(&self) -> &[Cause] {
        &self.ruled_out
    }
}
