//! Calls: from the thread of JavaScript to a thread of the pool, and back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use didit_core::{Code, Error};
use napi::bindgen_prelude::{Buffer, Either, External, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;

use crate::api::Client;
use crate::attempts::AttemptQueue;
use crate::error::Failure;
use crate::fake::{Answer as CoreAnswer, CallOptions, CancelToken, Didit};
use crate::pool;

/// One call.
#[napi(object, object_to_js = false)]
pub struct Request {
    /// The name of an operation, or a method if there is a path.
    pub operation: String,
    /// A path of the caller's own.
    pub path: Option<String>,
    /// `{"params": {...}, "extra_body": {...}, ...}` as JSON.
    pub arguments: String,
    /// The parts of an upload.
    pub files: Vec<Part>,
    /// Whether to find out the arguments of the next page.
    pub list: bool,
    /// Seconds for the whole call.
    pub timeout: Option<f64>,
    /// Seconds for a connection.
    pub connect_timeout: Option<f64>,
    /// How often the request may be repeated.
    pub max_retries: Option<u32>,
}

/// One file of an upload.
#[napi(object, object_to_js = false)]
pub struct Part {
    /// The name of the field.
    pub field: String,
    /// The file's own name.
    pub filename: Option<String>,
    /// The media type.
    pub content_type: Option<String>,
    /// The bytes.
    pub content: Uint8Array,
}

/// What the API answered.
#[napi(object, object_from_js = false)]
pub struct Answer {
    /// The HTTP status.
    pub status: u32,
    /// Names and values of the headers, each on a line of its own: one string is made faster than many.
    pub headers: String,
    /// The id of the request.
    pub request_id: Option<String>,
    /// How many requests it took.
    pub attempts: u32,
    /// The body.
    pub body: Buffer,
    /// The arguments of the next page.
    pub next: Option<String>,
}

/// What a thread of the pool brings back.
struct Outcome {
    answer: CoreAnswer,
    next: Option<String>,
}

/// Makes a call on a thread of the pool. The promise is never rejected: a failure is a value.
#[napi(catch_unwind, ts_return_type = "Promise<Answer | Failure>")]
pub fn call<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "ExternalObject<unknown>")] client: &External<Client>,
    request: Request,
    #[napi(ts_arg_type = "ExternalObject<unknown> | undefined")] cancel: Option<&External<CancelToken>>,
    #[napi(ts_arg_type = "ExternalObject<unknown> | undefined")] attempts: Option<&External<Arc<AttemptQueue>>>,
) -> Result<Object<'env>> {
    let (deferred, promise) = env.create_deferred()?;
    let token = cancel.map(|token| (**token).clone()).unwrap_or_default();
    let registered = client.pending.register(token.clone());
    let observer = attempts.map(|queue| Arc::clone(queue));
    let didit = client.didit.clone();
    let job = move |runs: bool| {
        let outcome = if runs {
            guarded(|| make(&didit, &request, token, observer))
        } else {
            Err(Error::new(Code::Internal))
        };
        // The environment may end from now on: nothing of this call is left in it but the promise.
        drop((didit, registered));
        deferred.resolve(move |_| Ok(into_js(outcome)));
    };
    pool::run(Box::new(job));
    Ok(promise)
}

/// A token that ends the calls that it is given to.
#[napi(catch_unwind, ts_return_type = "ExternalObject<unknown>")]
pub fn cancel_token() -> External<CancelToken> {
    External::new(CancelToken::default())
}

/// Ends the calls of a token.
#[napi(catch_unwind)]
pub fn cancel(#[napi(ts_arg_type = "ExternalObject<unknown>")] token: &External<CancelToken>) {
    token.cancel();
}

/// The failure of a call that was cancelled.
#[napi(catch_unwind)]
pub fn cancelled() -> Failure {
    Error::new(Code::Cancelled).into()
}

/// How many threads the pool has.
#[napi(catch_unwind)]
pub fn pool_threads() -> u32 {
    u32::try_from(pool::threads()).unwrap_or(u32::MAX)
}

/// A panic, whose text may hold anything, as an internal error.
fn guarded<T>(job: impl FnOnce() -> std::result::Result<T, Error>) -> std::result::Result<T, Error> {
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|_| Err(Error::new(Code::Internal)))
}

fn make(
    didit: &Didit,
    request: &Request,
    cancel: CancelToken,
    observer: Option<Arc<AttemptQueue>>,
) -> std::result::Result<Outcome, Error> {
    let options = CallOptions {
        timeout: request.timeout.map(Duration::from_secs_f64),
        connect_timeout: request.connect_timeout.map(Duration::from_secs_f64),
        max_retries: request.max_retries,
        cancel,
        observer: observer.map(|queue| queue as _),
    };
    let answer = didit.call(&request.operation, &request.arguments, &options)?;
    Ok(Outcome { answer, next: None })
}

fn into_js(outcome: std::result::Result<Outcome, Error>) -> Either<Answer, Failure> {
    match outcome {
        Ok(Outcome { answer, next }) => Either::A(Answer {
            status: u32::from(answer.status),
            headers: lines(&answer.headers),
            request_id: answer.request_id,
            attempts: answer.attempts,
            body: answer.body.into(),
            next,
        }),
        Err(error) => Either::B(error.into()),
    }
}

fn lines(headers: &[(String, String)]) -> String {
    headers.iter().flat_map(|(name, value)| [name, "\n", value, "\n"]).collect()
}
