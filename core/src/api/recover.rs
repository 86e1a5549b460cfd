//! Which events never arrived: told from the attempts that Didit lists for a destination.
//!
//! The list has one row for each attempt, newest first, and does not say which event an attempt belongs to. So the
//! rows that may matter are read one by one, and their bodies tell.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// An event of which no attempt arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Its `event_id`; the attempt's own id where the body names none.
    pub event_id: String,
    /// The newest of its attempts: the one to resend.
    pub delivery: String,
    /// What happened, as far as Didit says: `status.updated` and so on.
    pub webhook_type: Option<String>,
    /// The session that it is about.
    pub session_id: Option<String>,
    /// When the newest attempt was made, as Didit writes it.
    pub attempted_at: Option<String>,
}

/// Reads a list of attempts from JSON; None unless it is one.
pub fn attempts(json: &str) -> Option<Vec<Value>> {
    serde_json::from_str(json).ok()
}

/// The ids of the attempts that have to be read: those that failed, and those that may have been a success of the same
/// event.
pub fn suspects(attempts: &[Value]) -> Vec<&str> {
    let failed: HashSet<_> = attempts.iter().filter(|row| !arrived(row)).map(subject).collect();
    attempts.iter().filter(|row| failed.contains(&subject(row))).filter_map(|row| text(row, "uuid")).collect()
}

/// The events that never arrived, oldest first. `attempts` are the rows that were read, with their `request_body`,
/// newest first.
pub fn lost(attempts: &[Value]) -> Vec<Lost> {
    let mut order: Vec<Lost> = Vec::new();
    let mut found: HashMap<String, bool> = HashMap::new();
    for row in attempts {
        let Some(delivery) = text(row, "uuid") else { continue };
        let event_id = event_of(row).unwrap_or_else(|| delivery.to_owned());
        if let Some(good) = found.get_mut(&event_id) {
            *good |= arrived(row);
            continue;
        }
        found.insert(event_id.clone(), arrived(row));
        let own = |name| text(row, name).map(str::to_owned);
        order.push(Lost {
            event_id,
            delivery: delivery.to_owned(),
            webhook_type: own("webhook_type"),
            session_id: own("session_id"),
            attempted_at: own("created_at"),
        });
    }
    order.retain(|lost| found.get(&lost.event_id) == Some(&false));
    order.reverse();
    order
}

/// Whether an attempt was answered with 2xx.
fn arrived(row: &Value) -> bool {
    match row.get("response_status").and_then(Value::as_i64) {
        Some(status) => (200..300).contains(&status),
        None => text(row, "status") == Some("delivered"),
    }
}

/// What attempts of one event have in common in the list.
fn subject(row: &Value) -> (Option<&str>, Option<&str>) {
    (text(row, "session_id"), text(row, "webhook_type"))
}

fn event_of(row: &Value) -> Option<String> {
    let body: Value = serde_json::from_str(text(row, "request_body")?).ok()?;
    Some(body.get("event_id")?.as_str()?.to_owned())
}

fn text<'a>(row: &'a Value, name: &str) -> Option<&'a str> {
    row.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn attempt(id: &str, session: &str, status: Option<i64>) -> Value {
        json!({ "uuid": id, "session_id": session, "webhook_type": "status.updated", "response_status": status })
    }

    fn read(mut row: Value, event: &str) -> Value {
        row["request_body"] = json!(json!({ "event_id": event }).to_string());
        row
    }

    #[test]
    fn only_subjects_with_a_failure_are_read() {
        let rows = [attempt("d3", "s1", Some(200)), attempt("d2", "s2", Some(204)), attempt("d1", "s1", None)];
        assert_eq!(suspects(&rows), ["d3", "d1"]);
        assert_eq!(suspects(&[attempt("d1", "s1", Some(301))]), ["d1"], "a redirect is not followed");
    }

    #[test]
    fn an_event_is_lost_unless_one_of_its_attempts_arrived() {
        let rows = [
            read(attempt("d5", "s1", Some(503)), "e-2"),
            read(attempt("d4", "s1", Some(200)), "e-1"),
            read(attempt("d3", "s1", Some(500)), "e-2"),
            read(attempt("d2", "s1", None), "e-1"),
            attempt("d1", "s2", Some(404)),
        ];
        let lost = lost(&rows);
        let found: Vec<_> = lost.iter().map(|lost| (lost.event_id.as_str(), lost.delivery.as_str())).collect();
        assert_eq!(found, [("d1", "d1"), ("e-2", "d5")], "oldest first, each with its newest attempt");
    }

    #[test]
    fn a_success_after_the_failure_counts_and_the_word_stands_in_for_a_status() {
        let mut delivered = read(attempt("d2", "s1", None), "e-1");
        delivered["status"] = json!("delivered");
        assert_eq!(lost(&[delivered, read(attempt("d1", "s1", Some(500)), "e-1")]), []);
    }
}
