//! `didit-dev trigger`.

use std::process::ExitCode;

use didit_dev::delivery::attempt::{Signed, USER_AGENT, sign, spoil};
use didit_dev::delivery::engine::DELAY;
use didit_dev::delivery::misbehaviour::Misbehaviour;
use didit_dev::delivery::wire::wire;
use didit_dev::service::event::Event;
use didit_dev::service::sample::{Sample, UNSIGNED, payload};
use serde_json::{Map, Value};

use super::assign::assign;
use super::send::{Sender, arrived, line, shown};
use super::{Done, input, say};
use crate::cli::Trigger;
use crate::failure::Failure;

/// Build an event, sign it and send it.
pub(crate) fn run(trigger: &Trigger) -> Done {
    let wrong = trigger.misbehave;
    let now = input::now(trigger.now);
    let seed = match &trigger.seed {
        Some(seed) => seed.clone(),
        None => didit_dev::ids::Ids::random().map_err(|error| error.to_string())?.uuid("event"),
    };
    let mut sample = Sample {
        kind: trigger.event.clone(),
        scenario: trigger.scenario.clone(),
        status: trigger.status.clone(),
        members: Map::new(),
    };
    if sample.kind == UNSIGNED && (sample.scenario.is_some() || sample.status.is_some()) {
        return Err(Failure::Mistake(format!("{UNSIGNED} has neither scenarios nor statuses")));
    }
    let usual = payload(&sample, now, &seed).map_err(Failure::Mistake)?;
    let usual: Value = serde_json::from_str(&usual.text()).map_err(|error| error.to_string())?;
    for assignment in &trigger.set {
        assign(&mut sample.members, &usual, assignment)
            .map_err(|text| Failure::Mistake(format!("--set {assignment}: {text}")))?;
    }
    let payload = payload(&sample, now, &seed).map_err(Failure::Mistake)?;
    let event_id = payload.string("event_id").unwrap_or_default();
    let event = Event {
        id: event_id.clone(),
        kind: trigger.event.clone(),
        session_id: None,
        order: String::new(),
        payload,
        legacy: false,
    };
    let signed = if trigger.event == UNSIGNED {
        unsigned(&event, now, wrong)?
    } else {
        let secret = input::secret(&trigger.secret)?;
        // What arrives too late was signed so long ago.
        let stamp = if wrong == Some(Misbehaviour::Delay) { now.saturating_sub(DELAY) } else { now };
        sign(&event, "v3", stamp, &secret, wrong).map_err(|error| error.to_string())?
    };
    let sender = Sender::new()?;
    let mut all = true;
    for _ in 0..if wrong == Some(Misbehaviour::Duplicate) { 2 } else { 1 } {
        let answered = sender.send(&trigger.to, &signed, wrong)?;
        if trigger.json {
            say(&shown(&trigger.event, &event_id, &answered).to_string());
        } else {
            say(&line(&trigger.event, &event_id, &answered));
        }
        all &= arrived(&answered);
    }
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The callback of a registry search carries no signature, so only its way can go wrong.
fn unsigned(event: &Event, now: i64, wrong: Option<Misbehaviour>) -> Result<Signed, Failure> {
    use Misbehaviour::{Cut, Duplicate, Escaped, Reencoded, Trickle, Unescaped};
    if let Some(wrong) = wrong
        && !matches!(wrong, Duplicate | Reencoded | Unescaped | Escaped | Trickle | Cut)
    {
        return Err(Failure::Mistake(format!("--misbehave {}: {UNSIGNED} is not signed", wrong.as_str())));
    }
    let mut payload = event.payload.clone();
    payload.set("timestamp", now);
    let body = wire(&payload.text()).map_err(|error| error.to_string())?;
    let headers =
        [("Content-Type", "application/json"), ("User-Agent", USER_AGENT), ("X-Didit-Unsigned-Callback", "true")];
    let mut signed =
        Signed { headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(), body };
    if let Some(wrong) = wrong {
        spoil(&mut signed, wrong);
    }
    Ok(signed)
}
