//! Faults that are asked for: the next calls of an operation fail.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::reply::{Refusal, Reply};

/// What goes wrong.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The id of an operation such as `sessions.create`, or `*` for all.
    pub operation: String,
    /// The status of the answer; without one the call is only slow, or its answer lost.
    #[serde(default)]
    pub status: Option<u16>,
    /// The body of the answer.
    #[serde(default)]
    pub body: Option<Value>,
    /// Its headers.
    #[serde(default)]
    pub headers: HashMap<String, String>,
    /// Milliseconds before anything happens.
    #[serde(default)]
    pub delay_ms: u64,
    /// Whether the call is done, but its answer lost: the caller gets `status`, or without one the end of the connection.
    #[serde(default)]
    pub lose_answer: bool,
    /// How many calls.
    #[serde(default = "once")]
    pub times: u32,
}

const fn once() -> u32 {
    1
}

/// The headers that can be asked for: those that Didit documents.
const HEADERS: [&str; 6] =
    ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Location", "X-Request-Id"];
/// The longest delay, so that a slip of the pen does not hang a test for ever.
const LONGEST_MS: u64 = 60_000;

impl Fault {
    /// Refuse what would not do what it says.
    ///
    /// # Errors
    ///
    /// 400.
    pub fn check(&self) -> Result<(), Refusal> {
        let refused = |text: String| Err(Refusal::detail(400, text));
        let known =
            self.operation == "*" || didit_core::api::OPERATIONS.iter().any(|operation| operation.id == self.operation);
        if !known {
            return refused(format!("There is no operation {:?}.", self.operation));
        }
        if self.status.is_some_and(|status| !(200..600).contains(&status)) || self.times == 0 {
            return refused("A fault has a status of 200 to 599, and comes at least once.".to_owned());
        }
        if self.delay_ms > LONGEST_MS {
            return refused(format!("A delay has at most {LONGEST_MS} milliseconds."));
        }
        if self.status.is_none() && (self.body.is_some() || !self.headers.is_empty()) {
            return refused("A body and headers belong to an answer: give its status too.".to_owned());
        }
        if self.status.is_none() && self.delay_ms == 0 && !self.lose_answer {
            return refused("This fault does nothing: give it a status, a delay_ms or lose_answer.".to_owned());
        }
        for (name, value) in &self.headers {
            if !HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                return refused(format!("A fault cannot have the header {name:?}; there are {}.", HEADERS.join(", ")));
            }
            if axum::http::HeaderValue::try_from(value).is_err() {
                return refused(format!("The header {name} cannot have this value."));
            }
        }
        Ok(())
    }

    /// Wait as long as it says.
    pub async fn wait(&self) {
        tokio::time::sleep(Duration::from_millis(self.delay_ms)).await;
    }

    /// The answer, if it has one of its own.
    pub fn reply(&self) -> Option<Reply> {
        let status = self.status?;
        let body = self.body.clone().unwrap_or_else(|| json!({ "detail": "A fault that was asked for." }));
        let mut reply = Refusal::body(status, body).into_reply();
        for (name, value) in &self.headers {
            if let Some(name) = HEADERS.into_iter().find(|known| known.eq_ignore_ascii_case(name)) {
                reply = reply.with(name, value.clone());
            }
        }
        Some(reply)
    }
}

/// The faults that are still to come.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Ask for one.
    pub fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// The fault for a call of an operation, if there is one left.
    pub fn take(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = faults.iter().position(|fault| fault.operation == operation || fault.operation == "*")?;
        let fault = faults.get_mut(at)?;
        fault.times = fault.times.saturating_sub(1);
        let taken = fault.clone();
        if taken.times == 0 {
            faults.remove(at);
        }
        Some(taken)
    }

    /// Those that are still to come.
    pub fn all(&self) -> Vec<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forget them.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
