//! `didit-dev trigger`.

use std::process::ExitCode;

use didit_dev::delivery::attempt::{Signed, USER_AGENT, sign};
use didit_dev::delivery::misbehaviour::Misbehaviour;
use didit_dev::delivery::wire::wire;
use didit_dev::service::event::Event;
use didit_dev::service::sample::{Sample, UNSIGNED, payload};
use serde_json::{Map, Value};

use super::send::{Sender, arrived, line, shown};
use super::{Done, input, say};
use crate::cli::Trigger;

/// Build an event, sign it and send it.
pub(crate) fn run(trigger: &Trigger) -> Done {
    let wrong = match &trigger.misbehave {
        Some(name) => Some(Misbehaviour::parse(name).ok_or_else(|| unknown(name))?),
        None => None,
    };
    let mut members = Map::new();
    for assignment in &trigger.set {
        assign(&mut members, assignment)?;
    }
    let sample = Sample {
        kind: trigger.event.clone(),
        scenario: trigger.scenario.clone(),
        status: trigger.status.clone(),
        members,
    };
    let now = input::now(trigger.now);
    let seed = match &trigger.seed {
        Some(seed) => seed.clone(),
        None => didit_dev::ids::Ids::random().map_err(|error| error.to_string())?.uuid("event"),
    };
    let payload = payload(&sample, now, &seed)?;
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
        unsigned(&event, now)?
    } else {
        let secret = input::secret(&trigger.secret)?;
        sign(&event, "v3", now, &secret, wrong).map_err(|error| error.to_string())?
    };
    let answered = Sender::new()?.send(&trigger.to, &signed, wrong)?;
    if trigger.json {
        say(&shown(&trigger.event, &event_id, &answered).to_string());
    } else {
        say(&line(&trigger.event, &event_id, &answered));
    }
    Ok(if arrived(&answered) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn unknown(name: &str) -> String {
    format!("there is no misbehaviour {name:?}; there are {}", Misbehaviour::ALL.map(Misbehaviour::as_str).join(", "))
}

/// The callback of a registry search carries no signature.
fn unsigned(event: &Event, now: i64) -> Result<Signed, String> {
    let mut payload = event.payload.clone();
    payload.set("timestamp", now);
    let body = wire(&payload.text()).map_err(|error| error.to_string())?;
    let headers =
        [("Content-Type", "application/json"), ("User-Agent", USER_AGENT), ("X-Didit-Unsigned-Callback", "true")];
    Ok(Signed { headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(), body })
}

/// `a.0.b=value`, or `$.a[0].b=value`: numbers are places in arrays.
fn assign(members: &mut Map<String, Value>, assignment: &str) -> Result<(), String> {
    let (path, text) = assignment.split_once('=').ok_or_else(|| format!("--set {assignment}: there is no ="))?;
    let value: Value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
    let path = path.strip_prefix("$.").unwrap_or(path).replace('[', ".").replace(']', "");
    let mut names: Vec<&str> = path.split('.').collect();
    let first = names.remove(0);
    if first.is_empty() {
        return Err(format!("--set {assignment}: there is no name"));
    }
    let mut place = members.entry(first).or_insert(Value::Null);
    for name in names {
        place = match name.parse::<usize>() {
            Ok(at) if at < 1000 => {
                if !place.is_array() {
                    *place = Value::Array(Vec::new());
                }
                let Value::Array(items) = place else {
                    return Err(format!("--set {assignment}: this cannot be an array"));
                };
                if items.len() <= at {
                    items.resize(at + 1, Value::Object(Map::new()));
                }
                items.get_mut(at).ok_or("this place is out of reach")?
            }
            _ => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                let Value::Object(object) = place else {
                    return Err(format!("--set {assignment}: this cannot be an object"));
                };
                object.entry(name).or_insert(Value::Null)
            }
        };
    }
    *place = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_reach_into_objects_and_arrays() {
        let mut members = Map::new();
        for assignment in [
            "vendor_data=user 1",
            "decision.id_verifications.0.age=18",
            "metadata={\"a\":[1]}",
            "a.b=\"7\"",
            "$.c[1].d=x=[y]",
        ] {
            assign(&mut members, assignment).unwrap_or_default();
        }
        let expected = serde_json::json!({ "vendor_data": "user 1", "decision": { "id_verifications": [{ "age": 18 }] }, "metadata": { "a": [1] }, "a": { "b": "7" }, "c": [{}, { "d": "x=[y]" }] });
        assert_eq!(Value::Object(members), expected);
        assert!(assign(&mut Map::new(), "nothing").is_err() && assign(&mut Map::new(), "=1").is_err());
    }
}
