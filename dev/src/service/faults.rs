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
    /// The status of the answer; without one the call is only slow.
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
    /// Whether the call is answered as usual, but the answer is lost.
    #[serde(default)]
    pub lose_answer: bool,
    /// How many calls.
    #[serde(default = "once")]
    pub times: u32,
}

const fn once() -> u32 {
    1
}

impl Fault {
    /// Wait as long as it says.
    pub async fn wait(&self) {
        // Nobody waits longer than a minute, so a slip of the pen does not hang a test for ever.
        tokio::time::sleep(Duration::from_millis(self.delay_ms.min(60_000))).await;
    }

    /// The answer, if it has one of its own.
    pub fn reply(&self) -> Option<Reply> {
        let status = self.status?;
        let body = self.body.clone().unwrap_or_else(|| json!({ "detail": "A fault that was asked for." }));
        let mut reply = Refusal::body(status, body).into_reply();
        for (name, value) in &self.headers {
            // Only the headers that Didit documents can be asked for.
            let known = [
                "Retry-After",
                "X-RateLimit-Limit",
                "X-RateLimit-Remaining",
                "X-RateLimit-Reset",
                "Location",
                "X-Request-Id",
            ];
            if let Some(name) = known.into_iter().find(|known| known.eq_ignore_ascii_case(name)) {
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
