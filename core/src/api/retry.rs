//! Whether to try again, and when: a pure decision.

use std::time::Duration;

use super::transport::Cause;

/// The first wait doubles with each attempt, up to the longest.
const FIRST: Duration = Duration::from_millis(500);
/// Didit's advice for 429 is to begin with 5 s where the answer does not say.
const FIRST_OF_LIMIT: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(40);

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Without an answer.
    Failed {
        /// Why.
        cause: Cause,
        /// Whether bytes of the request may have arrived.
        sent: bool,
    },
    /// With this status.
    Answered {
        /// The status.
        status: u16,
        /// How long the service asks to wait.
        retry_after: Option<Duration>,
    },
}

/// Everything that the decision depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// How the attempt ended.
    pub ended: Ended,
    /// Whether a repeat is harmless although the request may have been carried out.
    pub repeatable: bool,
    /// How many attempts there have been.
    pub attempts: u32,
    /// How many repeats are allowed.
    pub max_retries: u32,
    /// What is left until the deadline.
    pub remaining: Option<Duration>,
    /// A random number from 0 up to 1.
    pub chance: f64,
}

/// How long to wait before the next attempt; `None` to give up.
///
/// A request that may have been carried out is repeated only if that is harmless. What the service asks
/// to wait is the least, and a wait that would end after the deadline is not begun.
pub fn decide(facts: &Facts) -> Option<Duration> {
    if facts.attempts > facts.max_retries {
        return None;
    }
    let (may_repeat, floor, first) = match facts.ended {
        Ended::Failed { cause: Cause::Connect | Cause::ConnectTimeout, .. } => (true, None, FIRST),
        Ended::Failed { cause: Cause::Lost | Cause::Malformed, sent } => (!sent || facts.repeatable, None, FIRST),
        Ended::Failed { .. } => (false, None, FIRST),
        Ended::Answered { status: 429, retry_after } => {
            (true, retry_after, if retry_after.is_some() { FIRST } else { FIRST_OF_LIMIT })
        }
        Ended::Answered { status: 502..=504, retry_after } => (facts.repeatable, retry_after, FIRST),
        Ended::Answered { .. } => (false, None, FIRST),
    };
    if !may_repeat {
        return None;
    }
    let doubled = first.saturating_mul(1 << facts.attempts.saturating_sub(1).min(16)).min(LONGEST);
    let wait = floor.unwrap_or_default().saturating_add(doubled.mul_f64(facts.chance.clamp(0.0, 1.0)));
    facts.remaining.is_none_or(|remaining| wait < remaining).then_some(wait)
}

/// Chance enough to spread the repeats of many clients; nothing secret depends on it.
pub(crate) fn chance() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let bits = RandomState::new().hash_one(std::time::Instant::now()) >> 32;
    f64::from(u32::try_from(bits).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
}
