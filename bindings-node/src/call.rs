//! Calls: from the thread of JavaScript to a thread of the pool, and back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use didit_core::api::operation::{Operation, Verb};
use didit_core::api::{Answer as CoreAnswer, Arguments, CallOptions, CancelToken, Didit, FilePart, next_page};
use didit_core::{Code, Error};
use napi::bindgen_prelude::{Buffer, Either, External, Object, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;

use crate::api::Client;
use crate::attempts::AttemptQueue;
use crate::error::Failure;
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
    /// `{"json": ...}`: the body for a path of the caller's own.
    pub body: Option<String>,
    /// The options of this call as JSON.
    pub options: Option<String>,
    /// The parts of an upload.
    pub files: Vec<Part>,
    /// Whether to find out the arguments of the next page.
    pub list: bool,
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
    #[napi(ts_type = "ExternalObject<unknown>")]
    pub next: Option<External<Arguments>>,
}

/// A call on its way to a thread of the pool. Nothing in it belongs to JavaScript.
struct Job {
    didit: Didit,
    target: Target,
    arguments: Given,
    files: Vec<FilePart>,
    options: Option<String>,
    list: bool,
    cancel: CancelToken,
    attempts: Option<Arc<AttemptQueue>>,
    asked: Instant,
}

enum Target {
    Operation(String),
    Path { method: String, path: String, body: Option<String> },
}

enum Given {
    Text(String),
    Page(Arguments),
}

/// What a thread of the pool brings back.
struct Outcome {
    answer: CoreAnswer,
    next: Option<Arguments>,
}

/// Makes a call on a thread of the pool. The promise is never rejected: a failure is a value.
#[napi(catch_unwind, ts_return_type = "Promise<Answer | Failure>")]
pub fn call<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "ExternalObject<unknown>")] client: &External<Client>,
    request: Request,
    #[napi(ts_arg_type = "ExternalObject<unknown> | undefined")] next: Option<&External<Arguments>>,
    #[napi(ts_arg_type = "ExternalObject<unknown> | undefined")] cancel: Option<&External<CancelToken>>,
    #[napi(ts_arg_type = "ExternalObject<unknown> | undefined")] attempts: Option<&External<Arc<AttemptQueue>>>,
) -> Result<Object<'env>> {
    let cancel = cancel.map(|token| (**token).clone()).unwrap_or_default();
    let registered = client.pending.register(cancel.clone());
    let job = Job {
        didit: client.didit.clone(),
        arguments: next.map_or(Given::Text(request.arguments), |page| Given::Page((**page).clone())),
        // Copies: JavaScript could change its own bytes while they are being sent.
        files: request.files.into_iter().map(file_part).collect(),
        target: match request.path {
            Some(path) => Target::Path { method: request.operation, path, body: request.body },
            None => Target::Operation(request.operation),
        },
        options: request.options,
        list: request.list,
        cancel,
        attempts: attempts.map(|queue| Arc::clone(queue)),
        asked: Instant::now(),
    };
    on_pool(env, move || {
        let outcome = job.run();
        drop(registered);
        outcome
    })
}

/// Panics on a thread of the pool, so that a test can show that Node survives it. Not part of the package's interface.
#[napi(catch_unwind, ts_return_type = "Promise<Answer | Failure>")]
pub fn panic_in_pool_for_test(env: &Env) -> Result<Object<'_>> {
    on_pool(env, || panic!("a panic that a test asked for"))
}

/// A promise of what a thread of the pool finds out.
fn on_pool(
    env: &Env,
    work: impl FnOnce() -> std::result::Result<Outcome, Error> + Send + 'static,
) -> Result<Object<'_>> {
    let (deferred, promise) = env.create_deferred()?;
    pool::run(Box::new(move |runs| {
        let outcome = if runs { guarded(work) } else { Err(Error::new(Code::Internal)) };
        deferred.resolve(move |_| Ok(into_js(outcome)));
    }));
    Ok(promise)
}

/// A token that ends the calls that it is given to.
#[napi(catch_unwind, ts_return_type = "ExternalObject<unknown>")]
pub fn cancel_token() -> External<CancelToken> {
    External::new(CancelToken::new())
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

/// The failure of an answer that is not JSON.
#[napi(catch_unwind)]
pub fn not_json() -> Failure {
    Error::about(Code::InvalidResponse, "the body is not JSON").into()
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

impl Job {
    fn run(self) -> std::result::Result<Outcome, Error> {
        let mut options = CallOptions::from_json(self.options.as_deref().unwrap_or("{}"))?;
        // The time in which all threads were busy counts too.
        let timeout = options.timeout.unwrap_or(self.didit.config().timeout);
        options.timeout = Some(timeout.saturating_sub(self.asked.elapsed()));
        options.cancel = self.cancel;
        options.observer = self.attempts.map(|queue| queue as _);
        let mut arguments = match self.arguments {
            Given::Text(text) => Arguments::from_json(&text)?,
            Given::Page(page) => page,
        };
        arguments.files.extend(self.files);
        match self.target {
            Target::Operation(id) => {
                let operation = Operation::named(&id)?;
                let answer = self.didit.call(operation, &arguments, &options)?;
                let next = if self.list { next_page(operation, &arguments, &answer)? } else { None };
                Ok(Outcome { answer, next })
            }
            Target::Path { method, path, body } => {
                // Read as a parameter, so that it is read with the same care.
                let mut body = body.map(|text| Arguments::from_json(&text)).transpose()?;
                let body = body.as_mut().and_then(|body| body.params.remove("json"));
                let answer = self.didit.request(Verb::named(&method)?, &path, body.as_ref(), &arguments, &options)?;
                Ok(Outcome { answer, next: None })
            }
        }
    }
}

fn file_part(part: Part) -> FilePart {
    let filename = part.filename.unwrap_or_else(|| part.field.clone());
    let mut file = FilePart::new(part.field, filename, part.content.to_vec());
    file.content_type = part.content_type;
    file
}

fn into_js(outcome: std::result::Result<Outcome, Error>) -> Either<Answer, Failure> {
    match outcome {
        Ok(Outcome { answer, next }) => Either::A(Answer {
            status: u32::from(answer.status),
            headers: lines(&answer.headers),
            request_id: answer.request_id,
            attempts: answer.attempts,
            body: answer.body.into(),
            next: next.map(External::new),
        }),
        Err(error) => Either::B(error.into()),
    }
}

fn lines(headers: &[(String, String)]) -> String {
    headers.iter().flat_map(|(name, value)| [name, "\n", value, "\n"]).collect()
}
