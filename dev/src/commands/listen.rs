//! `didit-dev listen`: what an account's destinations are sent arrives here too, without a tunnel.

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Duration;

use didit_dev::delivery::attempt::headers;
use didit_dev::delivery::wire::wire;
use didit_dev::json::Object;

use super::account::{Account, member};
use super::send::{Sender, line, shown};
use super::{Done, input, say};
use crate::cli::Listen;

/// Look for new deliveries, and forward each event once.
pub(crate) fn run(listen: &Listen) -> Done {
    let interval =
        Duration::try_from_secs_f64(listen.interval).map_err(|_| "--interval must be a number of seconds")?;
    let secret = input::secret(&listen.secret)?;
    let (account, sender) = (Account::new()?, Sender::new()?);
    let destinations = account.destinations(listen.destination.as_deref())?;
    let mut seen = Seen::default();
    for destination in &destinations {
        // What was there before is old news; the newest page is enough to know where it ends.
        let mut rows = 0;
        let newest = account.deliveries(destination, None, |_| {
            rows += 1;
            rows > 50
        })?;
        newest.iter().for_each(|row| seen.attempts.extend([member(row, "uuid").to_owned()]));
    }
    if !listen.json {
        say(&format!(
            "Forwarding what {} destination(s) are sent to {}. Stop with Ctrl-C.",
            destinations.len(),
            listen.forward_to
        ));
    }
    let mut forwarded = 0;
    loop {
        for destination in &destinations {
            let mut fresh = account.deliveries(destination, None, |row| seen.attempts.contains(member(row, "uuid")))?;
            fresh.reverse();
            for row in fresh {
                seen.attempts.insert(member(&row, "uuid").to_owned());
                if let Some(done) =
                    forward(listen, &account, &sender, &secret, &mut seen, destination, member(&row, "uuid"))?
                {
                    say(&done);
                    forwarded += 1;
                }
                if listen.count.is_some_and(|count| forwarded >= count) {
                    return Ok(ExitCode::SUCCESS);
                }
            }
        }
        std::thread::sleep(interval);
    }
}

/// Attempts that were looked at, and events that were forwarded.
#[derive(Default)]
struct Seen {
    attempts: HashSet<String>,
    events: HashSet<String>,
}

fn forward(
    listen: &Listen,
    account: &Account,
    sender: &Sender,
    secret: &str,
    seen: &mut Seen,
    destination: &str,
    id: &str,
) -> Result<Option<String>, String> {
    let delivery = account.delivery(destination, id)?;
    let body = member(&delivery, "request_body");
    let mut payload = Object::parse(body).map_err(|_| format!("the body of delivery {id} is not a JSON object"))?;
    let event_id = payload.string("event_id").unwrap_or_else(|| id.to_owned());
    // Retries and other destinations carry the same event.
    if !seen.events.insert(event_id.clone()) {
        return Ok(None);
    }
    if payload.get("timestamp").is_some() {
        payload.set("timestamp", input::now(None));
    }
    let body = wire(&payload.text()).map_err(|error| error.to_string())?;
    let version = if payload.get("timestamp").is_some() { "v3" } else { "v1" };
    let signed = headers(body, secret, version).map_err(|error| error.to_string())?;
    let answered = sender.send(&listen.forward_to, &signed, None)?;
    let kind = member(&delivery, "webhook_type");
    Ok(Some(if listen.json { shown(kind, &event_id, &answered).to_string() } else { line(kind, &event_id, &answered) }))
}
