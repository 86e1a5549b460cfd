//! `didit-dev listen`: what an account's destinations are sent arrives here too, without a tunnel.

use std::collections::HashSet;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use didit_dev::delivery::attempt::headers;
use didit_dev::delivery::wire::wire;
use didit_dev::json::Object;
use serde_json::{Value, json};

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
    let forwarder = Forwarder { listen, account: &account, sender: &sender, secret: &secret };
    let mut left = listen.count.unwrap_or(u64::MAX);
    loop {
        for destination in &destinations {
            // A network that fails for a while ends nothing; what was not seen is there the next time.
            if let Err(message) = forwarder.look(&mut seen, destination, &mut left) {
                complain(listen, &message);
            }
            if left == 0 {
                return Ok(ExitCode::SUCCESS);
            }
        }
        std::thread::sleep(interval);
    }
}

fn complain(listen: &Listen, message: &str) {
    let text = if listen.json { json!({ "error": message }).to_string() } else { format!("didit-dev: {message}") };
    let _nobody_reads_it = writeln!(std::io::stderr(), "{text}");
}

struct Forwarder<'a> {
    listen: &'a Listen,
    account: &'a Account,
    sender: &'a Sender,
    secret: &'a str,
}

impl Forwarder<'_> {
    /// Forward what is new to a destination, but not more than what is left to forward.
    fn look(&self, seen: &mut Seen, destination: &str, left: &mut u64) -> Result<(), String> {
        let mut fresh =
            self.account.deliveries(destination, None, |row| seen.attempts.contains(member(row, "uuid")))?;
        fresh.reverse();
        for row in fresh {
            let id = member(&row, "uuid");
            let delivery = self.account.delivery(destination, id)?;
            seen.attempts.insert(id.to_owned());
            match self.forward(seen, &delivery, id) {
                Ok(true) => *left -= 1,
                Ok(false) => {}
                Err(message) => complain(self.listen, &message),
            }
            if *left == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Forward a delivery, unless its event was forwarded before.
    fn forward(&self, seen: &mut Seen, delivery: &Value, id: &str) -> Result<bool, String> {
        let body = member(delivery, "request_body");
        let mut payload = Object::parse(body).map_err(|_| format!("the body of delivery {id} is not a JSON object"))?;
        let event_id = payload.string("event_id").unwrap_or_else(|| id.to_owned());
        // Retries and other destinations carry the same event.
        if !seen.events.insert(event_id.clone()) {
            return Ok(false);
        }
        if payload.get("timestamp").is_some() {
            payload.set("timestamp", input::now(None));
        }
        let body = wire(&payload.text()).map_err(|error| error.to_string())?;
        let version = if payload.get("timestamp").is_some() { "v3" } else { "v1" };
        let signed = headers(body, self.secret, version).map_err(|error| error.to_string())?;
        let answered = self.sender.send(&self.listen.forward_to, &signed, None)?;
        let kind = member(delivery, "webhook_type");
        let json = self.listen.json;
        say(&if json { shown(kind, &event_id, &answered).to_string() } else { line(kind, &event_id, &answered) });
        Ok(true)
    }
}

/// Attempts that were looked at, and events that were forwarded.
#[derive(Default)]
struct Seen {
    attempts: HashSet<String>,
    events: HashSet<String>,
}
