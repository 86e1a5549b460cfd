//! Attempts on their way to the hooks of a client.
//!
//! The threads that make them put them into a queue and wake the event loop; the face empties it there, and once more
//! before a call ends, so that a hook has been told of every attempt before the program sees the answer.

use std::sync::{Arc, Mutex, PoisonError};

use didit_core::api::{Attempt as CoreAttempt, Observer};
use napi::bindgen_prelude::{External, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};
use napi_derive::napi;

/// Does not keep the event loop alive: a pending call does.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// What the hooks of one client have not been told yet.
pub struct AttemptQueue {
    attempts: Mutex<Vec<Attempt>>,
    wake: Wake,
}

/// One request of a call, before or after it was made.
#[napi(object, object_from_js = false)]
pub struct Attempt {
    /// `before` or `after`.
    pub phase: String,
    /// The name of the operation.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// The path, with the names of its parameters.
    pub path: String,
    /// 1 for the first.
    pub attempt: u32,
    /// The status, where an answer came.
    pub status: Option<u32>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// Seconds.
    pub elapsed: Option<f64>,
    /// The code of the error, where it failed.
    pub error_code: Option<String>,
    /// Seconds until the next attempt, where there will be one.
    pub retry_in: Option<f64>,
}

impl Observer for AttemptQueue {
    fn before(&self, attempt: &CoreAttempt<'_>) {
        self.push("before", attempt);
    }

    fn after(&self, attempt: &CoreAttempt<'_>) {
        self.push("after", attempt);
    }
}

impl AttemptQueue {
    fn push(&self, phase: &str, attempt: &CoreAttempt<'_>) {
        let attempt = Attempt {
            phase: phase.to_owned(),
            operation: attempt.operation.to_owned(),
            method: attempt.verb.as_str().to_owned(),
            path: attempt.path.to_owned(),
            attempt: attempt.attempt,
            status: attempt.status.map(u32::from),
            request_id: attempt.request_id.map(str::to_owned),
            elapsed: attempt.elapsed.map(|elapsed| elapsed.as_secs_f64()),
            error_code: attempt.code.map(|code| code.as_str().to_owned()),
            retry_in: attempt.retry_in.map(|wait| wait.as_secs_f64()),
        };
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).push(attempt);
        self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }
}

/// A queue; `wake` is called on the event loop when there is something in it.
#[napi(catch_unwind, ts_return_type = "ExternalObject<unknown>")]
pub fn attempt_queue(
    #[napi(ts_arg_type = "() => void")] wake: Function<'_, (), ()>,
) -> Result<External<Arc<AttemptQueue>>> {
    let wake = wake.build_threadsafe_function::<()>().weak::<true>().build()?;
    Ok(External::new(Arc::new(AttemptQueue { attempts: Mutex::default(), wake })))
}

/// Empties a queue.
#[napi(catch_unwind)]
pub fn take_attempts(
    #[napi(ts_arg_type = "ExternalObject<unknown>")] queue: &External<Arc<AttemptQueue>>,
) -> Vec<Attempt> {
    std::mem::take(&mut *queue.attempts.lock().unwrap_or_else(PoisonError::into_inner))
}
