//! The decision: what the checks of a session found, as arrays with one entry for each.

use serde_json::{Map, Value};

use super::application::Application;
use super::session::Session;
use super::{Context, Status, media, template};
use crate::clock::iso;
use crate::json::Object;

/// The arrays of a person's decision that are present, if only as null; a company's has three more.
const OF_BUSINESSES: [&str; 3] = ["registry_checks", "key_people_checks", "document_verifications"];

/// A feature's name in workflows, and the array of the decision that it fills.
const FEATURES: [(&str, &str); 14] = [
    ("OCR", "id_verifications"),
    ("NFC", "nfc_verifications"),
    ("LIVENESS", "liveness_checks"),
    ("FACE_MATCH", "face_matches"),
    ("PROOF_OF_ADDRESS", "poa_verifications"),
    ("DATABASE_VALIDATION", "database_validations"),
    ("AML", "aml_screenings"),
    ("IP_ANALYSIS", "ip_analyses"),
    ("PHONE_VERIFICATION", "phone_verifications"),
    ("EMAIL_VERIFICATION", "email_verifications"),
    ("QUESTIONNAIRE", "questionnaire_responses"),
    ("KYB_REGISTRY", "registry_checks"),
    ("KYB_KEY_PEOPLE", "key_people_checks"),
    ("KYB_DOCUMENTS", "document_verifications"),
];

/// The name in workflows of what fills an array.
pub fn workflow_feature(array: &str) -> Option<&'static str> {
    FEATURES.into_iter().find(|(_, filled)| *filled == array).map(|(feature, _)| feature)
}

/// The array that a feature of a workflow fills.
pub fn array_of(feature: &str) -> Option<&'static str> {
    FEATURES.into_iter().find(|(name, _)| *name == feature).map(|(_, array)| array)
}

/// Whether a feature makes a session one about a company.
pub fn is_business(feature: &str) -> bool {
    array_of(feature).is_some_and(|array| OF_BUSINESSES.contains(&array))
}

/// Let the checks find what belongs to the session's new status.
pub fn find(context: &Context<'_>, session: &mut Session) {
    let features: Vec<String> = serde_json::from_str(&session.features).unwrap_or_default();
    let scenario =
        session.scenario.as_deref().filter(|name| template::scenario_status(name) == Some(session.status.as_str()));
    let before: Map<String, Value> =
        session.checks.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let found = match session.status {
        Status::NotStarted | Status::Expired => Map::new(),
        // What has been found stays found.
        Status::KycExpired | Status::Resubmitted => return,
        Status::InProgress => begun(&features),
        Status::AwaitingUser => waiting(&features),
        Status::Abandoned => before,
        Status::Approved | Status::Declined | Status::InReview => outcome(&features, scenario, session.status),
    };
    let mut found = Value::Object(found);
    template::expand(&mut found, context.now, &session.id);
    session.checks = Some(found.to_string());
}

/// The first step has begun, and nothing is known yet.
fn begun(features: &[String]) -> Map<String, Value> {
    let Some(first) = features.first() else { return Map::new() };
    let mut entry = Map::new();
    if let Some(node) = template::entry(first).get("node_id") {
        entry.insert("node_id".to_owned(), node.clone());
    }
    entry.insert("status".to_owned(), "Not Finished".into());
    entry.insert("warnings".to_owned(), Value::Array(Vec::new()));
    Map::from_iter([(first.clone(), Value::Array(vec![Value::Object(entry)]))])
}

/// The company has been looked up, and its people have not all been verified.
fn waiting(features: &[String]) -> Map<String, Value> {
    let mut found = Map::new();
    for array in features {
        let mut entry = template::entry(array);
        if array == "key_people_checks" {
            let pending =
                serde_json::json!({ "status": "Not Finished", "ubo_kyc_summary": { "approved": 1, "pending": 1 } });
            template::merge(&mut entry, &pending);
        }
        if array == "registry_checks" || array == "key_people_checks" {
            found.insert(array.clone(), Value::Array(vec![entry]));
        }
    }
    found
}

/// All steps are done.
fn outcome(features: &[String], scenario: Option<&str>, status: Status) -> Map<String, Value> {
    let steps = template::steps(scenario, status.as_str());
    let mut found = Map::new();
    for (array, _) in template::arrays() {
        let step = steps.and_then(|steps| steps.get(array));
        let planned = features.iter().any(|feature| feature == array);
        // A scenario may need a check that the workflow does not name; a step that is null was never reached.
        let reached = match step {
            Some(step) => !step.is_null() && (planned || scenario.is_some()),
            None => planned,
        };
        if reached {
            let mut entry = template::entry(array);
            if let Some(step) = step {
                template::merge(&mut entry, step);
            }
            found.insert(array.to_owned(), Value::Array(vec![entry]));
        }
    }
    if status == Status::Declined && !has_status(&found, "Declined") {
        mark(&mut found, "Declined", "error");
    }
    if status == Status::InReview && !has_status(&found, "In Review") {
        mark(&mut found, "In Review", "warning");
    }
    found
}

fn has_status(found: &Map<String, Value>, status: &str) -> bool {
    let of = |entry: &Value| entry.get("status").and_then(Value::as_str) == Some(status);
    found.values().filter_map(Value::as_array).flatten().any(of)
}

/// A workflow without the usual steps is declined or reviewed for its first one.
fn mark(found: &mut Map<String, Value>, status: &str, level: &str) {
    let Some((array, entries)) = found.iter_mut().next() else { return };
    let feature = template::arrays().find(|(name, _)| name == array).map_or("", |(_, feature)| feature);
    let Some(entry) = entries.get_mut(0) else { return };
    let node = entry.get("node_id").cloned().unwrap_or_default();
    let warning = serde_json::json!({
        "feature": feature, "risk": "DATA_INCONSISTENT", "log_type": level, "short_description": "Data inconsistent",
        "long_description": "Sample text for DATA_INCONSISTENT.", "additional_data": null, "node_id": node,
    });
    template::merge(entry, &serde_json::json!({ "status": status, "warnings": [warning] }));
}

/// The decision as the API answers it and as events carry it.
pub fn of(context: &Context<'_>, application: &Application, session: &Session) -> Object {
    let mut decision = Object::default();
    let features: Vec<String> = serde_json::from_str(&session.features).unwrap_or_default();
    let mut checks: Value =
        session.checks.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    media::sign(context, &mut checks, &session.id);
    let mut names = Vec::new();
    for (array, feature) in template::arrays() {
        let found = checks.get(array);
        if found.is_some() || features.iter().any(|planned| planned == array) {
            names.push(feature);
        }
        if found.is_some() || session.is_business() || !OF_BUSINESSES.contains(&array) {
            decision.set(array, found);
        }
    }
    decision.set("session_id", &session.id).set("session_kind", &session.kind).set("session_number", session.number);
    decision.set("session_url", session.url(context.base)).set("status", session.status.as_str());
    decision
        .set("environment", &application.environment)
        .set("workflow_id", &session.workflow_id)
        .set("features", names);
    decision.set("vendor_data", &session.vendor_data).set_text("metadata", session.metadata.as_deref());
    decision.set_text("expected_details", session.expected_details.as_deref());
    decision.set_text("contact_details", session.contact_details.as_deref());
    decision.set("callback", &session.callback).set("created_at", iso(session.created_at));
    let expires = session.deadline.filter(|_| session.status == Status::Approved).map(iso);
    decision.set("expires_at", expires).set_text("reviews", Some(&session.reviews));
    decision
}
