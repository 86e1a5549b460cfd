//! `didit-dev recover`: events that never arrived are sent once more.

use std::collections::{BTreeMap, HashSet};
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::account::{Account, member};
use super::{Done, say};
use crate::cli::Recover;

/// Find events of which no attempt arrived, and have each sent once more.
pub(crate) fn run(asked: &Recover) -> Done {
    if didit_dev::clock::days(&asked.since).is_none() {
        return Err("--since must be a day, YYYY-MM-DD".to_owned());
    }
    let account = Account::new()?;
    let (mut found, mut sent, mut failed) = (0, 0, 0);
    for destination in account.destinations(asked.destination.as_deref())? {
        let lost = lost(&account, &destination, &asked.since)?;
        found += lost.len();
        for (at, (event, id)) in lost.iter().enumerate() {
            let resent = if asked.dry_run { Ok(()) } else { account.resend(&destination, id) };
            match &resent {
                Ok(()) => sent += 1,
                Err(_) => failed += 1,
            }
            progress(at + 1, lost.len());
            let outcome = resent
                .as_ref()
                .map_or_else(|error| error.as_str(), |()| if asked.dry_run { "would be resent" } else { "resent" });
            if asked.json {
                say(&json!({ "event_id": event, "delivery": id, "destination": destination, "outcome": outcome })
                    .to_string());
            } else if resent.is_err() || asked.dry_run {
                say(&format!("{event} (delivery {id}): {outcome}"));
            }
        }
    }
    let summary = json!({ "lost": found, "resent": if asked.dry_run { 0 } else { sent }, "failed": failed });
    say(&if asked.json {
        summary.to_string()
    } else {
        format!(
            "{found} events had not arrived; {sent} {}, {failed} failed.",
            if asked.dry_run { "would be resent" } else { "resent" }
        )
    });
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Events without a good attempt, each with its newest delivery.
fn lost(account: &Account, destination: &str, since: &str) -> Result<BTreeMap<String, String>, String> {
    let rows = account.deliveries(destination, Some(since), |_| false)?;
    let arrived = |row: &Value| {
        let status = row.get("response_status").and_then(Value::as_i64);
        status.map_or(member(row, "status") == "delivered", |status| (200..300).contains(&status))
    };
    let subject = |row: &Value| (member(row, "session_id").to_owned(), member(row, "webhook_type").to_owned());
    let failed: HashSet<_> = rows.iter().filter(|row| !arrived(row)).map(subject).collect();
    let (mut lost, mut good) = (BTreeMap::new(), HashSet::new());
    // The list does not say which event an attempt belongs to, so those that may belong together are read.
    for row in rows.iter().filter(|row| failed.contains(&subject(row))) {
        let id = member(row, "uuid");
        let whole = account.delivery(destination, id)?;
        let body: Value = serde_json::from_str(member(&whole, "request_body")).unwrap_or_default();
        let event = body.get("event_id").and_then(Value::as_str).unwrap_or(id).to_owned();
        if arrived(row) {
            good.insert(event);
        } else {
            lost.entry(event).or_insert_with(|| id.to_owned());
        }
    }
    lost.retain(|event, _| !good.contains(event));
    Ok(lost)
}

/// A bar for people; nothing for pipes and logs.
fn progress(done: usize, all: usize) {
    let mut screen = std::io::stderr();
    if screen.is_terminal() {
        let width = 30;
        let filled = done * width / all.max(1);
        let _nobody_sees_it = write!(
            screen,
            "\r[{}{}] {done}/{all}{}",
            "#".repeat(filled),
            " ".repeat(width - filled),
            if done == all { "\n" } else { "" }
        );
        let _nobody_sees_it = screen.flush();
    }
}
