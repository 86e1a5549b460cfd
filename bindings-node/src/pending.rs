//! The calls that an environment of Node (the main thread, or a worker of worker_threads) is waiting for.
//!
//! All of them come back by one way, which is opened once: a threadsafe function for each, as napi's own promises have
//! it, costs more than the call itself does on this side of the border.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use didit_core::Error;
use didit_core::api::{Arguments, CancelToken};
use napi::bindgen_prelude::{Buffer, Either, External, FnArgs, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status};
use napi_derive::napi;

use crate::error::Failure;

/// A call that has ended: its number, and what became of it.
pub(crate) struct Ended {
    pub(crate) number: u32,
    pub(crate) outcome: std::result::Result<Answered, Error>,
}

/// What the API answered, ready to cross.
pub(crate) struct Answered {
    pub(crate) status: u32,
    pub(crate) attempts: u32,
    /// Names and values of the headers, each on a line of its own: one string is made faster than many.
    pub(crate) headers: String,
    pub(crate) request_id: Option<String>,
    /// JSON as ASCII text, which V8 copies as it is, or the bytes of something else.
    pub(crate) body: Either<String, Vec<u8>>,
    /// The arguments of the next page.
    pub(crate) next: Option<Arguments>,
}

/// The arguments of the function that settles calls. They are not one object, which would take longer to make.
type Settled = (
    u32,
    Option<Failure>,
    u32,
    u32,
    Option<String>,
    Option<String>,
    Option<Either<String, Buffer>>,
    Option<External<Arguments>>,
);

/// The way back. It does not keep the event loop alive, [`Keeper`] does.
type Settle = ThreadsafeFunction<Ended, (), FnArgs<Settled>, Status, false, true>;

/// Keeps the event loop alive while it is referred to. Nothing goes through it, so no thread waits for its lock.
type Keeper = ThreadsafeFunction<(), (), (), Status, false, true>;

/// The calls of an environment, and their way back to it.
pub struct Pending {
    calls: Arc<Mutex<Calls>>,
    settle: Settle,
}

/// What has to be ended when the environment ends, so that no thread goes on for nobody.
struct Calls {
    tokens: HashMap<u32, CancelToken>,
    keeper: Keeper,
    closed: bool,
}

fn locked(calls: &Mutex<Calls>) -> MutexGuard<'_, Calls> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pending {
    /// Notes a call, which ends with the environment. The event loop lives until it has been settled.
    pub(crate) fn register(&self, env: &Env, number: u32, token: CancelToken) -> Result<()> {
        let mut calls = locked(&self.calls);
        if calls.closed {
            token.cancel();
        }
        if calls.tokens.is_empty() {
            calls.keep(env, true)?;
        }
        calls.tokens.insert(number, token);
        Ok(())
    }

    /// Brings an outcome back, from any thread. Nobody waits for it once the environment has ended.
    pub(crate) fn settle(&self, ended: Ended) {
        self.settle.call(ended, ThreadsafeFunctionCallMode::NonBlocking);
    }
}

impl Calls {
    fn settled(&mut self, env: &Env, number: u32) -> Result<()> {
        self.tokens.remove(&number);
        if self.tokens.is_empty() { self.keep(env, false) } else { Ok(()) }
    }

    #[expect(deprecated, reason = "napi has no other way to do it more than once")]
    fn keep(&mut self, env: &Env, alive: bool) -> Result<()> {
        if alive { self.keeper.refer(env) } else { self.keeper.unref(env) }
    }

    fn close(&mut self) {
        self.closed = true;
        self.tokens.values().for_each(CancelToken::cancel);
    }
}

impl From<Ended> for FnArgs<Settled> {
    fn from(Ended { number, outcome }: Ended) -> Self {
        FnArgs::from(match outcome {
            Ok(Answered { status, attempts, headers, request_id, body, next }) => {
                let body = match body {
                    Either::A(text) => Either::A(text),
                    Either::B(bytes) => Either::B(Buffer::from(bytes)),
                };
                (number, None, status, attempts, Some(headers), request_id, Some(body), next.map(External::new))
            }
            Err(error) => (number, Some(Failure::from(error)), 0, 0, None, None, None, None),
        })
    }
}

/// The calls of this environment. They end when it does, and `settle` is told of each other end.
#[napi(catch_unwind, ts_return_type = "ExternalObject<unknown>")]
pub fn pending_calls(
    env: &Env,
    #[napi(
        ts_arg_type = "(number: number, failure: Failure | null, status: number, attempts: number, headers: string, requestId: string | null, body: string | Buffer, next: ExternalObject<unknown> | null) => void"
    )]
    settle: Function<'_, FnArgs<Settled>, ()>,
) -> Result<External<Arc<Pending>>> {
    let keeper = settle.build_threadsafe_function::<()>().weak::<true>().build_callback(|_| Ok(()))?;
    let calls = Arc::new(Mutex::new(Calls { tokens: HashMap::new(), keeper, closed: false }));
    let waiting = Arc::clone(&calls);
    let settle = settle.build_threadsafe_function::<Ended>().weak::<true>().build_callback(move |ended| {
        locked(&waiting).settled(&ended.env, ended.value.number)?;
        Ok(ended.value.into())
    })?;
    let pending = Arc::new(Pending { calls, settle });
    env.add_env_cleanup_hook(Arc::clone(&pending), |pending| locked(&pending.calls).close())?;
    Ok(External::new(pending))
}
