//! A transport that plays a script: for tests, ours and yours.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::{Cause, Failure, HttpRequest, HttpResponse, Terms, Transport};

/// Gives the answers of its script in turn and keeps the requests. After the script no connection
/// can be made.
#[derive(Default)]
pub struct Scripted {
    script: Mutex<VecDeque<Result<HttpResponse, Failure>>>,
    requests: Mutex<Vec<HttpRequest>>,
}

impl Scripted {
    /// A transport that plays `script`.
    pub fn new(script: impl IntoIterator<Item = Result<HttpResponse, Failure>>) -> Self {
        Self { script: Mutex::new(script.into_iter().collect()), requests: Mutex::default() }
    }

    /// What has been sent so far.
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Transport for Scripted {
    fn send(&self, request: &HttpRequest, terms: &Terms<'_>) -> Result<HttpResponse, Failure> {
        if terms.stop.ask().is_err() {
            return Err(Failure::new(Cause::Cancelled, false));
        }
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let next = self.script.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        next.unwrap_or_else(|| Err(Failure::new(Cause::Connect, false)))
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripted").field("requests", &self.requests().len()).finish_non_exhaustive()
    }
}
