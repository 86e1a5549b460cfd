//! The access token of V1: fetched when it is needed, kept until shortly before it expires, and fetched
//! once however many calls need it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cancel::{Stop, Stopped};
use super::operation::{
    Auth, BodyKind, Confidence, Host, Operation, Pagination, RateScope, ResponseKind, Retry, Shape, Verb,
};
use super::response::{Answer, object};
use crate::secret::Secret;
use crate::{Code, Error};

/// How long before its end a token is no longer used.
const EARLY: Duration = Duration::from_secs(60);

/// The call that fetches a token. Its one parameter never differs, so it is not one here.
pub(crate) static FETCH: Operation = Operation {
    id: "legacy.create_token",
    verb: Verb::Post,
    path: "/token/",
    host: Host::Account,
    auth: Auth::Basic,
    confidence: Confidence::Documented,
    retry: Retry::Idempotent,
    pagination: Pagination::None,
    body: BodyKind::Form,
    response: ResponseKind::Json,
    shape: Shape::Any,
    parameters: &[],
    open: false,
    scope: RateScope::None,
};

#[derive(Default)]
struct State {
    token: Option<(Secret, Instant)>,
    fetching: bool,
    /// Counts fetches, so that those who waited for one that failed share its error.
    fetches: u64,
    failed: Option<Error>,
}

#[derive(Default)]
pub(crate) struct Tokens {
    state: Mutex<State>,
    changed: Condvar,
}

/// Ends a fetch even if it panics, so that nobody waits for it for ever.
struct Fetching<'a>(&'a Tokens);

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.fetching = false;
        state.fetches += 1;
        self.0.changed.notify_all();
    }
}

impl Tokens {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token, fetched by `fetch` if there is none; whether it was fetched just now.
    pub(crate) fn get(
        &self,
        stop: &Stop,
        fetch: impl FnOnce() -> Result<Answer, Error>,
    ) -> Result<(Secret, bool), Error> {
        let mut state = self.lock();
        let begun = state.fetches;
        loop {
            if let Some((token, until)) = &state.token
                && Instant::now() < *until
            {
                return Ok((token.clone(), state.fetches != begun));
            }
            if !state.fetching {
                break;
            }
            state = self.changed.wait_timeout(state, stop.slice()).unwrap_or_else(PoisonError::into_inner).0;
            if let (true, Some(error)) = (state.fetches != begun, &state.failed) {
                return Err(error.clone());
            }
            drop(state);
            stop.ask().map_err(stopped)?;
            state = self.lock();
        }
        state.fetching = true;
        state.failed = None;
        drop(state);
        let fetching = Fetching(self);
        let result = fetch().and_then(|answer| read(&answer));
        let mut state = self.lock();
        let outcome = match result {
            Ok((token, until)) => {
                state.token = Some((token.clone(), until));
                Ok((token, true))
            }
            Err(error) => {
                // Who cancelled this fetch, or gave it so little time, did so for one call only: of those
                // that waited for it, the next fetches anew.
                let of_one_call = matches!(error.code(), Code::Cancelled | Code::Timeout);
                state.failed = (!of_one_call).then(|| error.clone());
                Err(error)
            }
        };
        drop(state);
        drop(fetching);
        outcome
    }

    /// Forgets a token that the service refused, unless another call has replaced it already.
    pub(crate) fn forget(&self, refused: &Secret) {
        let mut state = self.lock();
        if state.token.as_ref().is_some_and(|(token, _)| token == refused) {
            state.token = None;
        }
    }
}

fn read(answer: &Answer) -> Result<(Secret, Instant), Error> {
    let members = object(&answer.body).unwrap_or_default();
    let token = members.get("access_token").and_then(|token| token.as_str()).and_then(Secret::new);
    let token = token.filter(|token| token.expose().bytes().all(|byte| byte.is_ascii_graphic()));
    let token = token.ok_or_else(|| Error::about(Code::InvalidResponse, "the answer holds no access_token"))?;
    let seconds = members.get("expires_in").and_then(|seconds| seconds.as_f64()).unwrap_or_default();
    let lifetime = Duration::from_secs_f64(seconds.clamp(0.0, 10.0 * 365.0 * 86_400.0));
    // A token that lives for less than two minutes is used for half of its life.
    let usable = lifetime.saturating_sub(EARLY).max(lifetime / 2);
    Ok((token, Instant::now() + usable))
}

pub(crate) fn stopped(why: Stopped) -> Error {
    Error::new(match why {
        Stopped::Cancelled => Code::Cancelled,
        Stopped::Deadline => Code::Timeout,
    })
}
