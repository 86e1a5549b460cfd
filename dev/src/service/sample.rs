//! Events that nobody caused: for `trigger`, and for tests of receivers.

use serde_json::{Map, Value};

use super::template::{self, data, expand, merge};
use crate::json::Object;

/// What is wanted.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The type of the event.
    #[serde(rename = "type")]
    pub kind: String,
    /// One of the sandbox's scenarios; session events only.
    #[serde(default)]
    pub scenario: Option<String>,
    /// The new status.
    #[serde(default)]
    pub status: Option<String>,
    /// Members of the payload, merged into what is there.
    #[serde(default)]
    pub members: Map<String, Value>,
}

/// The type of the callback that Didit does not sign.
pub const UNSIGNED: &str = "kyb.registry_search.resolved";

/// Every type that can be made.
pub fn kinds() -> Vec<&'static str> {
    let signed = data().get("types").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str());
    signed.chain([UNSIGNED]).collect()
}

/// The payload of a sample, complete but for `timestamp`.
///
/// # Errors
///
/// A message that names what is not known.
pub fn payload(sample: &Sample, now: i64, seed: &str) -> Result<Object, String> {
    let mut payload = if sample.kind == UNSIGNED { unsigned() } else { signed(sample)? };
    if let Some(id) = sample.members.get("session_id").and_then(Value::as_str) {
        replace_id(&mut payload, "@uuid:session_id", id);
    }
    expand(&mut payload, now, seed);
    merge(&mut payload, &Value::Object(sample.members.clone()));
    mirror(&mut payload);
    let mut object = Object::parse(&payload.to_string()).map_err(|error| error.to_string())?;
    object.remove("timestamp");
    Ok(object)
}

fn signed(sample: &Sample) -> Result<Value, String> {
    let kinds = kinds().join(", ");
    let kind = data()
        .pointer(&format!("/types/{}", sample.kind))
        .ok_or_else(|| format!("there is no event {:?}; there are {kinds}", sample.kind))?;
    let text = |value: &'static Value, name: &str| value.get(name).and_then(Value::as_str);
    let family = data().pointer(&format!("/families/{}", text(kind, "family").unwrap_or_default())).unwrap_or(kind);
    let mut payload = data().get("envelope").cloned().unwrap_or_default();
    let mut sources = vec![family.get("payload"), kind.get("payload")];
    let mut steps = None;
    let mut status = sample.status.clone();
    let mut scenario_payload = None;
    if let Some(name) = &sample.scenario {
        if family.get("scenarios").is_none() {
            return Err(format!("{} has no scenarios", sample.kind));
        }
        let known: Vec<&str> = template::scenarios().collect();
        let ends = template::scenario_status(name)
            .ok_or_else(|| format!("there is no scenario {name:?}; there are {}", known.join(", ")))?;
        status = status.or_else(|| Some(ends.to_owned()));
        scenario_payload = data().pointer(&format!("/scenarios/{name}/payload"));
        steps = template::steps(Some(name), ends);
        merge(&mut payload, &serde_json::json!({ "environment": "sandbox" }));
    }
    let status = status.or_else(|| text(family, "default").map(str::to_owned));
    let mut decided = false;
    if let Some(status) = &status {
        let statuses = family.get("statuses").and_then(Value::as_object);
        let known: Vec<&str> = statuses.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let part = statuses.and_then(|statuses| statuses.get(status));
        let part =
            part.ok_or_else(|| format!("{} has no status {status:?}; there are {}", sample.kind, known.join(", ")))?;
        sources.push(part.get("payload"));
        decided = part.get("steps").is_some();
        steps = steps.or_else(|| part.get("steps").and_then(Value::as_object));
    }
    sources.push(scenario_payload);
    for source in sources.into_iter().flatten() {
        merge(&mut payload, source);
    }
    let members = payload.as_object_mut().ok_or("the envelope is no object")?;
    members.insert("webhook_type".to_owned(), sample.kind.clone().into());
    if let (Some(status), Some(name)) = (status, text(family, "status_member")) {
        members.insert(name.to_owned(), status.into());
    }
    if let Some(steps) = steps.filter(|_| decided) {
        members.insert("decision".to_owned(), decision(steps));
    }
    Ok(payload)
}

fn decision(steps: &Map<String, Value>) -> Value {
    let mut decision = data().pointer("/decision/payload").cloned().unwrap_or_default();
    let Some(members) = decision.as_object_mut() else { return decision };
    let mut features = Vec::new();
    for (array, feature) in template::arrays() {
        let step = steps.get(array);
        if step.is_some() {
            features.push(Value::from(feature));
        }
        let found = step.filter(|step| !step.is_null()).map(|step| {
            let mut entry = template::entry(array);
            merge(&mut entry, step);
            Value::Array(vec![entry])
        });
        members.insert(array.to_owned(), found.unwrap_or_default());
    }
    members.insert("features".to_owned(), features.into());
    decision
}

fn mirror(payload: &mut Value) {
    let names =
        data().pointer("/decision/mirrored").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    for name in names {
        let value = payload.get(name).cloned();
        if let (Some(value), Some(decision)) = (value, payload.get_mut("decision").and_then(Value::as_object_mut)) {
            decision.insert(name.to_owned(), value);
        }
    }
}

fn unsigned() -> Value {
    serde_json::json!({
        "webhook_type": UNSIGNED, "event_id": "@uuid:event_id", "kyb_response_id": "@uuid:kyb_response_id", "search_status": "resolved",
        "search_resolved": true, "companies": [{ "name": "Sample Holdings Ltd", "registration_number": "00000001", "country_code": "UT" }],
    })
}

fn replace_id(value: &mut Value, placeholder: &str, id: &str) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|value| replace_id(value, placeholder, id)),
        Value::Array(items) => items.iter_mut().for_each(|value| replace_id(value, placeholder, id)),
        Value::String(text) if text == placeholder => id.clone_into(text),
        _ => {}
    }
}
