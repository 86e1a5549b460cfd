//! `didit-dev listen`: what an account's destinations are sent arrives here too, without a tunnel.

use std::collections::{HashMap, HashSet};
use std::process::ExitCode;
use std::time::Duration;

use didit_dev::delivery::attempt::headers;
use didit_dev::delivery::wire::wire;
use didit_dev::json::Object;
use serde_json::Value;

use super::account::{Account, member};
use super::send::{Sender, line, shown};
use super::{Done, complain, input, say};
use crate::cli::Listen;
use crate::failure::Failure;

/// The longest pause after failures, unless the service asks for a longer one.
const LONGEST: Duration = Duration::from_secs(30);

/// Look for new deliveries, and forward each event once.
pub(crate) fn run(asked: &Listen) -> Done {
    let secret = input::secret(&asked.secret)?;
    let (account, sender) = (Account::new()?, Sender::new()?);
    let destinations = account.destinations(asked.destination.as_deref())?;
    let mut listening = Listening { asked, account, sender, secret, seen: Seen::default(), forwarded: 0 };
    for destination in &destinations {
        // What was there before is old news; the newest page is enough to know where it ends.
        let mut rows = 0;
        let newest = listening.account.deliveries(destination, None, |_| {
            rows += 1;
            rows > 50
        })?;
        newest.iter().for_each(|row| listening.seen.attempts.extend([member(row, "uuid").to_owned()]));
    }
    if !asked.json {
        say(&format!(
            "Forwarding what {} destination(s) are sent to {}. Stop with Ctrl-C.",
            destinations.len(),
            asked.forward_to
        ));
    }
    let mut pause = asked.interval;
    loop {
        let looked = destinations.iter().try_for_each(|destination| listening.look(destination));
        if listening.is_done() {
            return Ok(ExitCode::SUCCESS);
        }
        pause = match looked {
            Ok(()) => asked.interval,
            // What fails for a while ends nothing; what was not seen is there the next time.
            Err(failure) => {
                let longer = (pause * 2).min(LONGEST).max(asked.interval);
                let pause = failure.asks_to_wait().map_or(longer, |wait| wait.max(longer));
                let text = failure.text();
                complain(asked.json, &format!("{} Trying again in {:.1} s.", text, pause.as_secs_f64()));
                pause
            }
        };
        std::thread::sleep(pause);
    }
}

struct Listening<'a> {
    asked: &'a Listen,
    account: Account,
    sender: Sender,
    secret: String,
    seen: Seen,
    forwarded: u64,
}

/// Attempts that were looked at, events that were forwarded, and how often an attempt was listed but not there.
#[derive(Default)]
struct Seen {
    attempts: HashSet<String>,
    events: HashSet<String>,
    missing: HashMap<String, u32>,
}

impl Seen {
    /// Whether an attempt was missing so often that nobody needs to look for it any more.
    fn is_gone(&mut self, id: &str) -> bool {
        let missing = self.missing.entry(id.to_owned()).or_default();
        *missing += 1;
        *missing >= 3
    }
}

impl Listening<'_> {
    fn is_done(&self) -> bool {
        self.asked.count.is_some_and(|count| self.forwarded >= count)
    }

    /// Forward what is new at a destination, oldest first. What could not be read is still new the next time.
    fn look(&mut self, destination: &str) -> Result<(), Failure> {
        let seen = &self.seen.attempts;
        let mut fresh = self.account.deliveries(destination, None, |row| seen.contains(member(row, "uuid")))?;
        fresh.reverse();
        for row in fresh {
            if self.is_done() {
                return Ok(());
            }
            let id = member(&row, "uuid");
            match self.account.delivery(destination, id) {
                Ok(delivery) => self.forward(id, &delivery)?,
                // What follows it is not to wait for ever.
                Err(failure) if failure.status() == Some(404) && self.seen.is_gone(id) => {
                    complain(self.asked.json, &format!("delivery {id} is not there, and is not forwarded"));
                }
                Err(failure) => return Err(failure),
            }
            self.seen.attempts.insert(id.to_owned());
        }
        Ok(())
    }

    fn forward(&mut self, id: &str, delivery: &Value) -> Result<(), Failure> {
        let json = self.asked.json;
        let Ok(mut payload) = Object::parse(member(delivery, "request_body")) else {
            complain(json, &format!("the body of delivery {id} is not a JSON object, and is not forwarded"));
            return Ok(());
        };
        let event_id = payload.string("event_id").unwrap_or_else(|| id.to_owned());
        // Retries and other destinations carry the same event.
        if !self.seen.events.insert(event_id.clone()) {
            return Ok(());
        }
        let mut version = "v1";
        if payload.get("timestamp").is_some() {
            payload.set("timestamp", input::now(None));
            version = "v3";
        }
        let body = wire(&payload.text()).map_err(|error| error.to_string())?;
        let signed = headers(body, &self.secret, version).map_err(|error| error.to_string())?;
        let answered = self.sender.send(&self.asked.forward_to, &signed, None)?;
        let kind = member(delivery, "webhook_type");
        say(&if json { shown(kind, &event_id, &answered).to_string() } else { line(kind, &event_id, &answered) });
        self.forwarded += 1;
        Ok(())
    }
}
