//! What the emulator did lately, for inspectors: API calls and deliveries.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::inspector::mask;

/// How many entries are kept.
const KEPT: usize = 500;
/// How much of a body is shown.
const SHOWN: usize = 64 << 10;

/// An API call as it came and went.
#[derive(Debug, Clone)]
pub struct CallEntry {
    /// Counts up.
    pub number: u64,
    /// Unix seconds.
    pub at: f64,
    /// The operation's id, where the path is one.
    pub operation: Option<&'static str>,
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The request's headers; those with credentials are masked.
    pub request_headers: Vec<(String, String)>,
    /// The request's body.
    pub request_body: Bytes,
    /// The answer's status.
    pub status: u16,
    /// The answer's headers.
    pub response_headers: Vec<(String, String)>,
    /// The answer's body.
    pub response_body: Bytes,
    /// In microseconds.
    pub micros: u64,
    /// Whether the caller got no answer, because that was asked for.
    pub lost: bool,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Entry {
    /// An API call.
    Call(CallEntry),
    /// An attempt to deliver, under its id.
    Delivery(u64, f64, Arc<crate::service::deliveries::Delivery>),
}

/// Keeps the newest entries, and tells those who listen of new ones.
pub struct Hub {
    state: Mutex<(u64, VecDeque<Entry>)>,
    /// `None` is the end.
    sender: broadcast::Sender<Option<Entry>>,
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl Hub {
    /// An empty one.
    pub fn new() -> Self {
        Self { state: Mutex::default(), sender: broadcast::channel(256).0 }
    }

    /// Keep an entry; it is given the number that it will have.
    pub fn add(&self, make: impl FnOnce(u64) -> Entry) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        let entry = make(state.0);
        if self.sender.receiver_count() > 0 {
            let _nobody_listens_any_more = self.sender.send(Some(entry.clone()));
        }
        state.1.push_back(entry);
        if state.1.len() > KEPT {
            state.1.pop_front();
        }
    }

    /// The newest entries, oldest first.
    pub fn newest(&self) -> Vec<Entry> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.iter().cloned().collect()
    }

    /// Every entry from now on; `None` is the end.
    pub fn listen(&self) -> broadcast::Receiver<Option<Entry>> {
        self.sender.subscribe()
    }

    /// Tell those who listen that nothing comes any more, so that nobody keeps the server from stopping.
    pub fn close(&self) {
        let _nobody_listens = self.sender.send(None);
    }

    /// Forget everything. A number is left out, so that those who listen notice that something is missing.
    pub fn clear(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        state.1.clear();
    }
}

impl Entry {
    /// As JSON, for the control API and the inspector.
    pub fn json(&self) -> Value {
        match self {
            Self::Call(call) => json!({
                "kind": "call", "number": call.number, "at": call.at, "operation": call.operation, "method": call.method, "path": call.path,
                "request_headers": call.request_headers, "request_body": shown(&call.request_body), "status": call.status,
                "response_headers": call.response_headers, "response_body": shown(&call.response_body), "micros": call.micros, "lost": call.lost,
            }),
            Self::Delivery(number, at, delivery) => {
                #[derive(Serialize)]
                struct Shown<'a> {
                    kind: &'static str,
                    number: u64,
                    at: f64,
                    delivery: &'a crate::service::deliveries::Delivery,
                }
                let shown = Shown { kind: "delivery", number: *number, at: *at, delivery };
                serde_json::to_value(shown).unwrap_or_default()
            }
        }
    }
}

/// A body as it may be shown: without secrets and keys, and not all of a long one.
pub fn shown(body: &Bytes) -> String {
    let Ok(text) = std::str::from_utf8(body) else { return format!("({} bytes that are no text)", body.len()) };
    let end = (0..=SHOWN.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    mask::masked(text.get(..end).unwrap_or_default())
}

/// A header's value as it may be shown.
pub fn masked(name: &str, value: &str) -> String {
    let secret = ["x-api-key", "authorization", "cookie", "session-token", "x-transaction-token"];
    if secret.contains(&name) { mask::MASK.to_owned() } else { mask::address(value) }
}
