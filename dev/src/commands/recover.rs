//! `didit-dev recover`: events that never arrived are sent once more.

use std::collections::{HashMap, HashSet};
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use didit_core::api::recover::{self, Lost};
use serde_json::{Value, json};

use super::account::{Account, member};
use super::{Done, say};
use crate::cli::Recover;
use crate::failure::Failure;

/// How long to wait before looking again for what came of a new attempt.
const PAUSE: Duration = Duration::from_millis(250);

/// What came of an event.
enum Outcome {
    /// Only listed.
    Listed,
    /// The new attempt was answered with 2xx.
    Arrived,
    /// It was answered with something else, or with nothing.
    Refused(Option<u64>),
    /// It does not show, or not yet.
    Unknown,
    /// It could not be asked for.
    Failed(String),
}

impl Outcome {
    fn text(&self) -> String {
        match self {
            Self::Listed => "would be resent".to_owned(),
            Self::Arrived => "arrived".to_owned(),
            Self::Refused(Some(status)) => format!("refused again: the receiver answered {status}"),
            Self::Refused(None) => "refused again: the receiver did not answer".to_owned(),
            Self::Unknown => "resent; whether it arrived is not known".to_owned(),
            Self::Failed(text) => text.clone(),
        }
    }
}

/// Find events of which no attempt arrived, have each sent once more, and see whether it arrives.
pub(crate) fn run(asked: &Recover) -> Done {
    let account = Account::new()?;
    let mut outcomes = Vec::new();
    for destination in account.destinations(asked.destination.as_deref())? {
        let lost = lost(&account, &destination, &asked.since)?;
        let found = if asked.dry_run {
            lost.iter().map(|_| Outcome::Listed).collect()
        } else {
            resend(&account, &destination, &lost, asked.wait)
        };
        for (event, outcome) in lost.iter().zip(found) {
            if asked.json {
                say(&json!({ "event_id": event.event_id, "delivery": event.delivery, "destination": destination,
                    "webhook_type": event.webhook_type, "session_id": event.session_id, "attempted_at": event.attempted_at,
                    "outcome": outcome.text() })
                .to_string());
            } else if !matches!(outcome, Outcome::Arrived) {
                say(&format!("{} (delivery {}): {}", event.event_id, event.delivery, outcome.text()));
            }
            outcomes.push(outcome);
        }
    }
    let count = |fits: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| fits(outcome)).count();
    let all = outcomes.len();
    let resent = count(|one| matches!(one, Outcome::Arrived | Outcome::Refused(_) | Outcome::Unknown));
    let arrived = count(|one| matches!(one, Outcome::Arrived));
    let failed = count(|one| matches!(one, Outcome::Refused(_) | Outcome::Failed(_)));
    let unknown = count(|one| matches!(one, Outcome::Unknown));
    if asked.json {
        say(&json!({ "lost": all, "resent": resent, "arrived": arrived, "failed": failed, "unknown": unknown })
            .to_string());
    } else {
        let mut text = format!("{all} {} had not arrived", if all == 1 { "event" } else { "events" });
        if asked.dry_run && all > 0 {
            text.push_str(&format!("; {all} would be resent"));
        } else if all > 0 {
            let have = if arrived == 1 { "has" } else { "have" };
            text.push_str(&format!("; {arrived} {have} arrived now, {failed} failed"));
            if arrived + failed < all {
                text.push_str(&format!(", of {unknown} it is not known"));
            }
        }
        say(&format!("{text}."));
    }
    // Exit code 0 says that nothing is lost any more, or that nobody asked for more than a list.
    Ok(if failed + unknown == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The events that never arrived, oldest first; which those are the core decides, as it does for the packages.
fn lost(account: &Account, destination: &str, since: &str) -> Result<Vec<Lost>, Failure> {
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

/// Have each sent once more, and look for the new attempts until all are there or it takes too long.
fn resend(account: &Account, destination: &str, lost: &[Lost], patience: Duration) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(lost.len());
    let mut open: HashMap<String, usize> = HashMap::new();
    for (at, event) in lost.iter().enumerate() {
        outcomes.push(match account.resend(destination, &event.delivery) {
            Ok(attempt) => {
                open.extend(attempt.map(|attempt| (attempt, at)));
                Outcome::Unknown
            }
            Err(failure) => Outcome::Failed(failure.text()),
        });
        progress(at + 1, lost.len());
    }
    let begun = Instant::now();
    loop {
        // The new ones are among the newest; others may have come between them.
        let mut left = open.len() * 2 + 50;
        let newest = account.deliveries(destination, None, |_| {
            left = left.saturating_sub(1);
            left == 0
        });
        for row in newest.unwrap_or_default() {
            let status = row.get("response_status").and_then(Value::as_u64);
            let outcome = match (member(&row, "status"), status) {
                (_, Some(200..300)) | ("delivered", _) => Outcome::Arrived,
                (_, Some(_)) | ("failed", _) => Outcome::Refused(status),
                // It is on its way.
                _ => continue,
            };
            if let Some(place) = open.remove(member(&row, "uuid")).and_then(|at| outcomes.get_mut(at)) {
                *place = outcome;
            }
        }
        if open.is_empty() || begun.elapsed() >= patience {
            return outcomes;
        }
        std::thread::sleep(PAUSE.min(patience));
    }
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
