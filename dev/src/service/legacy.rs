//! The V1 flow: a token for a client, sessions with features in one string, decisions with singular objects.

use serde_json::{Map, Value, json};

use super::application::Application;
use super::call::Call;
use super::reply::{Refusal, Reply};
use super::review::own;
use super::session::Session;
use super::{Context, Status, caller, decision, event, session};
use crate::clock::iso;
use crate::store::Database;

/// The features that V1 knows, each with the arrays of today that it fills.
const FEATURES: [(&str, &str); 4] =
    [("OCR", "id_verifications"), ("NFC", "nfc_verifications"), ("FACE", "face_matches"), ("AML", "aml_screenings")];

/// `legacy.create_token`. The client secret of an application is its API key.
///
/// # Errors
///
/// 401 for another secret.
pub fn create_token(context: &mut Context<'_>, call: &Call) -> Result<Reply, Refusal> {
    use base64::Engine as _;
    let wrong = || Refusal::body(401, json!({ "error": "invalid_client" }));
    let given = call.header("authorization").and_then(|value| value.strip_prefix("Basic ")).ok_or_else(wrong)?;
    let decoded = base64::prelude::BASE64_STANDARD.decode(given.trim()).map_err(|_| wrong())?;
    let decoded = String::from_utf8(decoded).map_err(|_| wrong())?;
    let (client, secret) = decoded.split_once(':').ok_or_else(wrong)?;
    if call.text("grant_type") != Some("client_credentials") {
        return Err(Refusal::body(400, json!({ "error": "unsupported_grant_type" })));
    }
    let sql = "SELECT id FROM applications WHERE client_id = ?1 AND api_key = ?2";
    let application: String = context.db.first(sql, (client, secret), |row| row.get(0))?.ok_or_else(wrong)?;
    let token = caller::new_token(context, "legacy", &application, 3600)?;
    Ok(Reply::json(200, &json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 })))
}

/// `legacy.create_session`.
///
/// # Errors
///
/// 400 for features that V1 does not know.
pub fn create_session(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let asked = call.text("features").unwrap_or("OCR");
    let mut arrays = Vec::new();
    for name in asked.split('+').map(str::trim) {
        let found = FEATURES.iter().find(|(feature, _)| *feature == name);
        let (_, array) =
            found.ok_or_else(|| Refusal::field("features", format!("\"{asked}\" is not a valid choice.")))?;
        arrays.push(Value::from(*array));
    }
    let mut session = Session {
        number: 0,
        id: context.ids.uuid("session"),
        token: context.ids.text("token", 12),
        application: application.id.clone(),
        generation: "v1".to_owned(),
        kind: "user".to_owned(),
        workflow_id: crate::ids::derived(&["v1", asked]),
        workflow_version: 1,
        status: Status::NotStarted,
        vendor_data: call.text("vendor_data").map(str::to_owned),
        callback: call.text("callback").map(str::to_owned),
        callback_method: "initiator".to_owned(),
        language: None,
        metadata: None,
        contact_details: None,
        expected_details: None,
        scenario: None,
        features: Value::Array(arrays).to_string(),
        checks: None,
        reviews: "[]".to_owned(),
        resubmit_info: None,
        created_at: context.now,
        deadline: session::deadline(context, Status::NotStarted),
        change: None,
    };
    session.insert(context)?;
    event::of_session(context, application, &session, "status.updated")?;
    let answer = json!({ "session_id": session.id, "session_number": session.number, "session_token": session.token,
        "url": session.url(context.base), "vendor_data": session.vendor_data, "callback": session.callback, "features": asked,
        "status": session.status.as_str(), "created_at": iso(session.created_at) });
    Ok(Reply::json(201, &answer))
}

/// `legacy.decision`.
///
/// # Errors
///
/// 404.
pub fn decision(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let session = own(context, call, application)?;
    Ok(Reply::json(200, &singular(context, application, &session, true)))
}

/// A decision with singular objects, as V1 (`kyc`) and V2 webhooks have it. The exact shapes are not known.
pub fn singular(context: &Context<'_>, application: &Application, session: &Session, first_generation: bool) -> Value {
    let whole = decision::of(context, application, session).text();
    let whole: Map<String, Value> = serde_json::from_str(&whole).unwrap_or_default();
    singular_of(whole, first_generation)
}

/// The same of a decision with arrays.
pub fn singular_of(whole: Map<String, Value>, first_generation: bool) -> Value {
    const NAMES: [(&str, &str); 11] = [
        ("id_verifications", "id_verification"),
        ("nfc_verifications", "nfc"),
        ("liveness_checks", "liveness"),
        ("face_matches", "face_match"),
        ("poa_verifications", "poa"),
        ("phone_verifications", "phone"),
        ("email_verifications", "email"),
        ("aml_screenings", "aml"),
        ("database_validations", "database_validation"),
        ("ip_analyses", "ip_analysis"),
        ("questionnaire_responses", "questionnaire"),
    ];
    let mut single = Map::new();
    for (name, value) in whole {
        match NAMES.iter().find(|(array, _)| *array == name) {
            Some(&(array, object)) => {
                let Some(mut entry) = value.get(0).cloned() else { continue };
                if let Some(entry) = entry.as_object_mut() {
                    entry.remove("node_id");
                }
                let renamed = if first_generation && array == "id_verifications" { "kyc" } else { object };
                single.insert(renamed.to_owned(), entry);
            }
            None => {
                single.insert(name, value);
            }
        }
    }
    Value::Object(single)
}
