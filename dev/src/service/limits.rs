//! The documented rate limits: a sliding minute for each key and scope.

use std::collections::{HashMap, VecDeque};

use didit_core::api::operation::RateScope;

use super::reply::Refusal;

/// Recent calls of every caller.
#[derive(Debug, Default)]
pub struct Limits(HashMap<(String, RateScope), VecDeque<f64>>);

/// How many callers are remembered before the idle ones are forgotten.
const CALLERS: usize = 10_000;

const fn limit(scope: RateScope) -> Option<(usize, f64)> {
    match scope {
        RateScope::Read | RateScope::Ingest | RateScope::SessionCreate => Some((600, 60.0)),
        RateScope::Write => Some((300, 60.0)),
        RateScope::LegacyDecision => Some((100, 60.0)),
        RateScope::Pdf => Some((50, 60.0)),
        RateScope::Account => Some((5, 3600.0)),
        RateScope::None => None,
    }
}

impl Limits {
    /// Count a call.
    ///
    /// # Errors
    ///
    /// 429 with its four headers, if there were too many; such a call is not counted.
    pub fn count(&mut self, caller: &str, scope: RateScope, now: f64) -> Result<(), Refusal> {
        let Some((most, window)) = limit(scope) else { return Ok(()) };
        if self.0.len() > CALLERS {
            self.0.retain(|_, calls| calls.back().is_some_and(|last| *last > now - 3600.0));
        }
        let calls = self.0.entry((caller.to_owned(), scope)).or_default();
        // The clock may have been set back; calls of the future would count for ever.
        while calls.front().is_some_and(|first| *first <= now - window || *first > now) {
            calls.pop_front();
        }
        if calls.len() < most {
            calls.push_back(now);
            return Ok(());
        }
        let free = calls.front().map_or(now, |first| first + window);
        let seconds = (free - now).ceil().max(1.0);
        Err(Refusal::detail(429, format!("Request was throttled. Expected available in {seconds} seconds."))
            .with("Retry-After", format!("{seconds}"))
            .with("X-RateLimit-Limit", most.to_string())
            .with("X-RateLimit-Remaining", "0")
            .with("X-RateLimit-Reset", format!("{}", free.ceil())))
    }

    /// Forget everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
