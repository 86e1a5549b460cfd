//! The calls that an environment of Node (the main thread, or a worker of worker_threads) is waiting for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use didit_core::api::CancelToken;
use napi::bindgen_prelude::External;
use napi::{Env, Result};
use napi_derive::napi;

/// What has to be ended when the environment ends, so that no thread goes on for nobody.
#[derive(Default)]
pub struct Pending(Mutex<Calls>);

#[derive(Default)]
struct Calls {
    last: u64,
    tokens: HashMap<u64, CancelToken>,
    closed: bool,
}

/// A call of this environment, until it is dropped.
pub(crate) struct Registered {
    pending: Arc<Pending>,
    number: u64,
}

impl Pending {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the call with the environment.
    pub(crate) fn register(self: &Arc<Self>, token: CancelToken) -> Registered {
        let mut calls = self.calls();
        if calls.closed {
            token.cancel();
        }
        calls.last = calls.last.wrapping_add(1);
        let number = calls.last;
        calls.tokens.insert(number, token);
        Registered { pending: Arc::clone(self), number }
    }

    fn close(&self) {
        let mut calls = self.calls();
        calls.closed = true;
        calls.tokens.values().for_each(CancelToken::cancel);
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.pending.calls().tokens.remove(&self.number);
    }
}

/// The list of calls of this environment. They end when it does.
#[napi(catch_unwind, ts_return_type = "ExternalObject<unknown>")]
pub fn pending_calls(env: &Env) -> Result<External<Arc<Pending>>> {
    let pending = Arc::<Pending>::default();
    env.add_env_cleanup_hook(Arc::clone(&pending), |pending| pending.close())?;
    Ok(External::new(pending))
}
