//! Telling Python about each attempt of a call.

use didit_core::api::{Attempt, CancelToken, Observer};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::api::{Interrupted, keep};

/// Calls a Python function before and after each attempt.
pub(crate) struct Told {
    pub(crate) observer: Py<PyAny>,
    pub(crate) interrupted: Interrupted,
    pub(crate) token: CancelToken,
}

impl Told {
    fn tell(&self, done: bool, attempt: &Attempt<'_>) {
        let number = (attempt.attempt, attempt.status, attempt.request_id);
        let seconds = |duration: Option<std::time::Duration>| duration.map(|duration| duration.as_secs_f64());
        let times = (seconds(attempt.elapsed), attempt.code.map(|code| code.as_str()), seconds(attempt.retry_in));
        let facts = (done, attempt.operation, attempt.verb.as_str(), attempt.path, number, times);
        Python::attach(|py| {
            let Err(error) = self.observer.call1(py, facts) else { return };
            if error.is_instance_of::<PyException>(py) {
                // A fault of the hook is none of the call, and must be heard of all the same.
                error.write_unraisable(py, Some(self.observer.bind(py)));
            } else {
                // KeyboardInterrupt and SystemExit end the call and reach the caller.
                keep(&self.interrupted, error);
                self.token.cancel();
            }
        });
    }
}

impl Observer for Told {
    fn before(&self, attempt: &Attempt<'_>) {
        self.tell(false, attempt);
    }

    fn after(&self, attempt: &Attempt<'_>) {
        self.tell(true, attempt);
    }
}
