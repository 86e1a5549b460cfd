//! `didit-dev recover`: events that never arrived are sent once more.

use std::collections::HashSet;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use didit_core::api::recover::{self, Lost};
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
        for (at, event) in lost.iter().enumerate() {
            let resent = if asked.dry_run { Ok(()) } else { account.resend(&destination, &event.delivery) };
            match &resent {
                Ok(()) => sent += 1,
                Err(_) => failed += 1,
            }
            progress(at + 1, lost.len());
            let outcome = resent
                .as_ref()
                .map_or_else(|error| error.as_str(), |()| if asked.dry_run { "would be resent" } else { "resent" });
            if asked.json {
                say(&json!({ "event_id": event.event_id, "delivery": event.delivery, "destination": destination,
                    "webhook_type": event.webhook_type, "session_id": event.session_id, "attempted_at": event.attempted_at,
                    "outcome": outcome })
                .to_string());
            } else if resent.is_err() || asked.dry_run {
                say(&format!("{} (delivery {}): {outcome}", event.event_id, event.delivery));
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

/// The events that never arrived, oldest first; which those are the core decides, as it does for the packages.
fn lost(account: &Account, destination: &str, since: &str) -> Result<Vec<Lost>, String> {
    let rows = account.deliveries(destination, Some(since), |_| false)?;
    let suspects: HashSet<&str> = recover::suspects(&rows).into_iter().collect();
    let mut read = Vec::with_capacity(suspects.len());
    for row in rows.iter().filter(|row| suspects.contains(member(row, "uuid"))) {
        let (mut whole, more) = (row.clone(), account.delivery(destination, member(row, "uuid"))?);
        if let (Some(whole), Value::Object(more)) = (whole.as_object_mut(), more) {
            whole.extend(more);
        }
        read.push(whole);
    }
    Ok(recover::lost(&read))
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
