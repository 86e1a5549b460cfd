//! What the checks of a session find: the data that the testing modules of both packages ship.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::clock::{date, iso};
use crate::ids::derived;

static DATA: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../bindings-python/didit_client/testing/deliveries.json");
    serde_json::from_str(text).unwrap_or_default()
});

/// The whole data; `docs/testing.md` says what is in it.
pub fn data() -> &'static Value {
    &DATA
}

/// What is said of a scenario that there is not, with those that there are: the list is ours.
pub fn no_scenario(name: &str) -> String {
    format!("\"{name}\" is not a valid choice. didit-dev knows {}", scenarios().collect::<Vec<_>>().join(", "))
}

/// The names of the sandbox's scenarios.
pub fn scenarios() -> impl Iterator<Item = &'static str> {
    member(data(), "scenarios").keys().map(String::as_str)
}

/// The status that a scenario ends in.
pub fn scenario_status(name: &str) -> Option<&'static str> {
    data().pointer(&format!("/scenarios/{name}/status"))?.as_str()
}

/// Whether a scenario is about a company.
pub fn is_business(name: &str) -> bool {
    data().pointer(&format!("/scenarios/{name}/payload/session_kind")).and_then(Value::as_str) == Some("business")
}

/// What a scenario's checks find, or else what is most usual for a status.
pub fn steps(scenario: Option<&str>, status: &str) -> Option<&'static Map<String, Value>> {
    let path = match scenario {
        Some(name) => format!("/scenarios/{name}/steps"),
        None => format!("/families/session/statuses/{status}/steps"),
    };
    data().pointer(&path)?.as_object()
}

/// The arrays of a decision, in their order, with the name of their feature.
pub fn arrays() -> impl Iterator<Item = (&'static str, &'static str)> {
    let feature = |check: &'static Value| check.get("feature").and_then(Value::as_str).unwrap_or_default();
    member(data(), "decision")
        .get("checks")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(move |(name, check)| (name.as_str(), feature(check)))
}

/// The usual entry of an array.
pub fn entry(array: &str) -> Value {
    data().pointer(&format!("/decision/checks/{array}/entry")).cloned().unwrap_or_default()
}

fn member(value: &'static Value, name: &str) -> &'static Map<String, Value> {
    static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    value.get(name).and_then(Value::as_object).unwrap_or(&EMPTY)
}

/// `base` with `change` in it: objects member by member, arrays place by place, anything else replaced.
pub fn merge(base: &mut Value, change: &Value) {
    match (base, change) {
        (Value::Object(base), Value::Object(change)) => {
            for (name, value) in change {
                merge(base.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(base), Value::Array(change)) => {
            base.resize(change.len(), Value::Null);
            for (base, change) in base.iter_mut().zip(change) {
                merge(base, change);
            }
        }
        (base, Value::Object(change)) => {
            *base = Value::Object(Map::new());
            merge(base, &Value::Object(change.clone()));
        }
        (base, change) => *base = change.clone(),
    }
}

/// Put times and ids in place of the texts that begin with @.
pub fn expand(value: &mut Value, now: i64, seed: &str) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|value| expand(value, now, seed)),
        Value::Array(items) => items.iter_mut().for_each(|value| expand(value, now, seed)),
        Value::String(text) => {
            if let Some(found) = text.strip_prefix('@').and_then(|text| expanded(text, now, seed)) {
                *value = found;
            }
        }
        _ => {}
    }
}

fn expanded(text: &str, now: i64, seed: &str) -> Option<Value> {
    if let Some(name) = text.strip_prefix("uuid:") {
        return Some(derived(&[seed, name]).into());
    }
    let (kind, offset) = text.split_at(text.find(['+', '-'])?);
    let offset: i64 = offset.strip_prefix('+').unwrap_or(offset).parse().ok()?;
    match kind {
        "now" => Some((now + offset).into()),
        "time" => Some(iso(now + offset).into()),
        "date" => Some(date(now.div_euclid(86_400) + offset).into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_has_a_status_and_steps_of_known_arrays() {
        let known: Vec<&str> = arrays().map(|(name, _)| name).collect();
        assert_eq!((scenarios().count(), known.len()), (16, 14));
        for name in scenarios() {
            assert!(matches!(scenario_status(name), Some("Approved" | "Declined" | "In Review")), "{name}");
            assert!(steps(Some(name), "").unwrap().keys().all(|array| known.contains(&array.as_str())), "{name}");
        }
        assert!(is_business("decline_kyb_registry_mismatch") && !is_business("approve"));
    }

    #[test]
    fn texts_with_an_at_are_replaced() {
        let mut value = serde_json::json!(["@now-6", "@time+0", "@date+30", "@uuid:a", "@other", "x"]);
        expand(&mut value, 86_400, "s");
        let id = derived(&["s", "a"]);
        assert_eq!(value, serde_json::json!([86_394, "1970-01-02T00:00:00Z", "1970-02-01", id, "@other", "x"]));
    }
}
