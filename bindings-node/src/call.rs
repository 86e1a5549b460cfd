//! Calls: from the thread of JavaScript to a thread of the pool, and back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use didit_core::api::operation::{Operation, Verb};
use didit_core::api::{Answer, Arguments, CallOptions, CancelToken, Didit, FilePart, next_page};
use didit_core::{Code, Error};
use napi::bindgen_prelude::{Either, External, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;

use crate::api::Client;
use crate::attempts::AttemptQueue;
use crate::error::Failure;
use crate::pending::{Answered, Ended, Pending};
use crate::{pool, verdict};

/// What only some calls have.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct Details {
    /// A path of the caller's own, under the method that stands in the place of the operation.
    pub path: Option<String>,
    /// `{"json": ...}`: the body for a path of the caller's own.
    pub body: Option<String>,
    /// The options of this call as JSON.
    pub options: Option<String>,
    /// The parts of an upload.
    pub files: Vec<Part>,
    /// Whether to find out the arguments of the next page.
    pub list: bool,
    /// Whether the answer is not JSON, so that its bytes are wanted.
    pub bytes: bool,
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

/// A call on its way to a thread of the pool. Nothing in it belongs to JavaScript.
struct Job {
    didit: Didit,
    target: Target,
    arguments: Given,
    files: Vec<FilePart>,
    options: Option<String>,
    list: bool,
    bytes: bool,
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

/// Makes a call on a thread of the pool, which settles the call of this number.
#[napi(catch_unwind)]
#[allow(
    clippy::too_many_arguments,
    reason = "one crosses faster than a member of an object; the macro doubles `expect`"
)]
pub fn call(
    env: &Env,
    #[napi(ts_arg_type = "ExternalObject<unknown>")] client: &External<Client>,
    number: u32,
    operation: String,
    arguments: String,
    details: Option<Details>,
    #[napi(ts_arg_type = "ExternalObject<unknown> | undefined")] next: Option<&External<Arguments>>,
    #[napi(ts_arg_type = "ExternalObject<unknown> | undefined")] cancel: Option<&External<CancelToken>>,
    #[napi(ts_arg_type = "ExternalObject<unknown> | undefined")] attempts: Option<&External<Arc<AttemptQueue>>>,
) -> Result<()> {
    let cancel = cancel.map(|token| (**token).clone()).unwrap_or_default();
    let Details { path, body, options, files, list, bytes } = details.unwrap_or_default();
    let job = Job {
        didit: client.didit.clone(),
        arguments: next.map_or(Given::Text(arguments), |page| Given::Page((**page).clone())),
        // Copies: JavaScript could change its own bytes while they are being sent.
        files: files.into_iter().map(file_part).collect(),
        target: match path {
            Some(path) => Target::Path { method: operation, path, body },
            None => Target::Operation(operation),
        },
        options,
        list,
        bytes,
        cancel,
        attempts: attempts.map(|queue| Arc::clone(queue)),
        asked: Instant::now(),
    };
    client.pending.register(env, number, job.cancel.clone())?;
    on_pool(&client.pending, number, move || job.run());
    Ok(())
}

/// Panics on a thread of the pool, so that a test can show that Node survives it. Not part of the package's interface.
#[napi(catch_unwind)]
pub fn panic_in_pool_for_test(
    env: &Env,
    #[napi(ts_arg_type = "ExternalObject<unknown>")] pending: &External<Arc<Pending>>,
    number: u32,
) -> Result<()> {
    pending.register(env, number, CancelToken::new())?;
    on_pool(pending, number, || panic!("a panic that a test asked for"));
    Ok(())
}

/// Settles a call with what a thread of the pool finds out.
fn on_pool(
    pending: &Arc<Pending>,
    number: u32,
    work: impl FnOnce() -> std::result::Result<Answered, Error> + Send + 'static,
) {
    let pending = Arc::clone(pending);
    pool::run(Box::new(move |runs| {
        let outcome = if runs { guarded(work) } else { Err(Error::new(Code::Internal)) };
        Box::new(move || pending.settle(Ended { number, outcome }))
    }));
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
    fn run(self) -> std::result::Result<Answered, Error> {
        let mut options = match &self.options {
            Some(text) => CallOptions::from_json(text)?,
            None => CallOptions::default(),
        };
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
        let (answer, next) = match self.target {
            Target::Operation(id) => {
                let operation = Operation::named(&id)?;
                let answer = self.didit.call(operation, &arguments, &options)?;
                let next = if self.list { next_page(operation, &arguments, &answer)? } else { None };
                (answer, next)
            }
            Target::Path { method, path, body } => {
                // Read as a parameter, so that it is read with the same care.
                let mut body = body.map(|text| Arguments::from_json(&text)).transpose()?;
                let body = body.as_mut().and_then(|body| body.params.remove("json"));
                (self.didit.request(Verb::named(&method)?, &path, body.as_ref(), &arguments, &options)?, None)
            }
        };
        answered(answer, next, self.bytes)
    }
}

fn file_part(part: Part) -> FilePart {
    let filename = part.filename.unwrap_or_else(|| part.field.clone());
    let mut file = FilePart::new(part.field, filename, part.content.to_vec());
    file.content_type = part.content_type;
    file
}

/// What crosses is made here, so that the thread of JavaScript has less to do.
fn answered(mut answer: Answer, next: Option<Arguments>, bytes: bool) -> std::result::Result<Answered, Error> {
    let body = if bytes {
        Either::B(answer.body)
    } else {
        let text = verdict::ascii(std::mem::take(&mut answer.body));
        if text.len() > LONGEST_TEXT.load(Ordering::Relaxed) {
            // The call would never be settled.
            return Err(answer.invalid("the body is longer than a string can be"));
        }
        Either::A(text)
    };
    Ok(Answered {
        status: u32::from(answer.status),
        attempts: answer.attempts,
        headers: lines(&answer.headers),
        request_id: answer.request_id,
        body,
        next,
    })
}

/// How long a string of V8 may be, in characters.
static LONGEST_TEXT: AtomicUsize = AtomicUsize::new((1 << 29) - 24);

/// Sets how long the text of an answer may be, so that a test need not send one that is too long, and gives what it was
/// before. Not part of the package's interface.
#[napi(catch_unwind)]
pub fn limit_text_for_test(characters: u32) -> u32 {
    let before = LONGEST_TEXT.swap(usize::try_from(characters).unwrap_or(usize::MAX), Ordering::Relaxed);
    u32::try_from(before).unwrap_or(u32::MAX)
}

fn lines(headers: &[(String, String)]) -> String {
    headers.iter().flat_map(|(name, value)| [name, "\n", value, "\n"]).collect()
}
