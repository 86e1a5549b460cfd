//! The rate limits: what was last seen, and an optional limiter that waits instead of hitting them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::operation::RateScope;
use super::transport::HttpResponse;

const WINDOW: Duration = Duration::from_secs(60);

/// What the service last said about a rate limit; it speaks of it only when the limit was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests in a window.
    pub limit: Option<u64>,
    /// What is left of them.
    pub remaining: Option<u64>,
    /// When the window ends, in seconds since 1970.
    pub reset: Option<u64>,
    /// How long to wait.
    pub retry_after: Option<Duration>,
    /// The operation that met it.
    pub operation: String,
}

/// How many requests of a scope fit into a minute; `None` where waiting would make no sense.
const fn per_minute(scope: RateScope) -> Option<usize> {
    match scope {
        RateScope::Read | RateScope::Ingest | RateScope::SessionCreate => Some(600),
        RateScope::Write => Some(300),
        RateScope::LegacyDecision => Some(100),
        RateScope::Pdf => Some(50),
        // Five an hour: a caller wants to know that, not to sleep.
        RateScope::Account | RateScope::None => None,
    }
}

/// The windows that a request counts in: scopes add up.
const fn scopes(scope: RateScope) -> &'static [RateScope] {
    match scope {
        RateScope::Read => &[RateScope::Read],
        RateScope::Write => &[RateScope::Write],
        RateScope::Ingest => &[RateScope::Ingest],
        RateScope::SessionCreate => &[RateScope::SessionCreate],
        RateScope::LegacyDecision => &[RateScope::Read, RateScope::LegacyDecision],
        RateScope::Pdf => &[RateScope::Read, RateScope::Pdf],
        RateScope::Account | RateScope::None => &[],
    }
}

#[derive(Default)]
struct Window {
    sent: VecDeque<Instant>,
    closed_until: Option<Instant>,
}

impl Window {
    /// How long until a request fits in.
    fn wait(&mut self, now: Instant, most: usize) -> Duration {
        while self.sent.front().is_some_and(|sent| now.saturating_duration_since(*sent) >= WINDOW) {
            self.sent.pop_front();
        }
        let full = self.sent.front().filter(|_| self.sent.len() >= most).map(|oldest| *oldest + WINDOW);
        let opens = full.max(self.closed_until);
        opens.map_or(Duration::ZERO, |opens| opens.saturating_duration_since(now))
    }
}

/// The memory of one client.
#[derive(Default)]
pub(crate) struct Limits {
    last: Mutex<Option<RateLimit>>,
    windows: Mutex<HashMap<RateScope, Window>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Limits {
    pub(crate) fn last(&self) -> Option<RateLimit> {
        lock(&self.last).clone()
    }

    /// Counts a request in, or says how long it has to wait.
    pub(crate) fn admit(&self, scope: RateScope, now: Instant) -> Result<(), Duration> {
        let mut windows = lock(&self.windows);
        let limited = || scopes(scope).iter().filter_map(|scope| Some((*scope, per_minute(*scope)?)));
        let waits = limited().map(|(scope, most)| windows.entry(scope).or_default().wait(now, most));
        let wait = waits.max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(wait);
        }
        for (scope, _) in limited() {
            windows.entry(scope).or_default().sent.push_back(now);
        }
        Ok(())
    }

    /// Keeps what an answer says about limits, and closes the window of a scope that was exceeded.
    pub(crate) fn learn(
        &self,
        operation: &str,
        scope: RateScope,
        response: &HttpResponse,
        retry_after: Option<Duration>,
    ) {
        let number = |name: &str| response.header(name)?.trim().parse().ok();
        let seen = RateLimit {
            limit: number("x-ratelimit-limit"),
            remaining: number("x-ratelimit-remaining"),
            reset: number("x-ratelimit-reset"),
            retry_after,
            operation: operation.to_owned(),
        };
        if response.status != 429 && seen.limit.or(seen.remaining).or(seen.reset).is_none() {
            return;
        }
        *lock(&self.last) = Some(seen);
        if let (429, Some(wait)) = (response.status, retry_after)
            && per_minute(scope).is_some()
        {
            lock(&self.windows).entry(scope).or_default().closed_until = Some(Instant::now() + wait);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_window_opens_when_its_oldest_request_is_a_minute_old() {
        let limits = Limits::default();
        let start = Instant::now();
        for _ in 0..50 {
            assert_eq!(limits.admit(RateScope::Pdf, start), Ok(()));
        }
        assert_eq!(limits.admit(RateScope::Pdf, start + Duration::from_secs(10)), Err(Duration::from_secs(50)));
        assert_eq!(limits.admit(RateScope::Read, start), Ok(()), "other scopes go on");
        assert_eq!(limits.admit(RateScope::Pdf, start + Duration::from_secs(60)), Ok(()));
    }

    #[test]
    fn a_refused_request_is_counted_nowhere() {
        let limits = Limits::default();
        let start = Instant::now();
        for _ in 0..50 {
            limits.admit(RateScope::Pdf, start).expect("room");
        }
        for _ in 0..1000 {
            limits.admit(RateScope::Pdf, start).expect_err("full");
        }
        for _ in 0..550 {
            limits.admit(RateScope::Read, start).expect("550 of 600 are left");
        }
        limits.admit(RateScope::Read, start).expect_err("scopes add up");
    }

    #[test]
    fn a_429_closes_its_scope_for_as_long_as_it_asks() {
        let limits = Limits::default();
        let headers = vec![("X-RateLimit-Limit".to_owned(), "300".to_owned())];
        let answer = HttpResponse::new(429, headers, Vec::new());
        limits.learn("sessions.delete", RateScope::Write, &answer, Some(Duration::from_secs(7)));
        let wait = limits.admit(RateScope::Write, Instant::now()).expect_err("closed");
        assert!(wait > Duration::from_secs(6) && wait <= Duration::from_secs(7), "{wait:?}");
        assert_eq!(limits.last().and_then(|last| last.limit), Some(300));
    }
}
