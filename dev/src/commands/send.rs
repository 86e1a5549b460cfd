//! Sending one signed request, and saying what came of it.

use std::time::Duration;

use didit_dev::delivery::attempt::Signed;
use didit_dev::delivery::client::{Answered, Client, Failure};
use didit_dev::delivery::engine;
use didit_dev::delivery::misbehaviour::Misbehaviour;
use serde_json::{Value, json};

/// Sends requests one after the other.
pub(crate) struct Sender {
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Sender {
    /// With Didit's five seconds for the receiver.
    pub(crate) fn new() -> Result<Self, String> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        Ok(Self { client: Client::new(Duration::from_secs(5)), runtime })
    }

    /// Send a request to a URL.
    pub(crate) fn send(&self, url: &str, signed: &Signed, wrong: Option<Misbehaviour>) -> Result<Answered, String> {
        self.runtime.block_on(async {
            let request = engine::request(url, signed, wrong).map_err(|error| format!("{url}: {error}"))?;
            Ok(self.client.send(request).await)
        })
    }
}

/// Whether it arrived.
pub(crate) fn arrived(answered: &Answered) -> bool {
    answered.outcome.is_ok_and(|status| (200..300).contains(&status))
}

/// What came of it, as JSON.
pub(crate) fn shown(kind: &str, event_id: &str, answered: &Answered) -> Value {
    json!({ "webhook_type": kind, "event_id": event_id, "response_status": answered.outcome.ok(),
        "failure": answered.outcome.err().map(Failure::as_str), "error": answered.error,
        "answer": answered.said.as_deref().and_then(|said| serde_json::from_str::<Value>(said).ok()),
        "redirect": answered.redirect,
        "response_time_ms": answered.elapsed })
}

/// What came of it, for people.
pub(crate) fn line(kind: &str, event_id: &str, answered: &Answered) -> String {
    let outcome = match answered.outcome {
        Ok(status) => match answered.error.as_ref().or(answered.said.as_ref()) {
            Some(said) => format!("{status} {said}"),
            None => status.to_string(),
        },
        Err(Failure::Connection) => {
            format!("{} (does the receiver run, and is the port right?)", Failure::Connection.as_str())
        }
        Err(failure) => failure.as_str().to_owned(),
    };
    let redirect = answered.redirect.as_ref().map_or_else(String::new, |place| {
        format!(
            "; it redirects to {place}, and Didit takes a redirect for a failure: register the address that answers"
        )
    });
    format!("{kind} {event_id} -> {outcome} in {} ms{redirect}", answered.elapsed)
}
