//! Deleting sessions, reports of them, and handing them to another application.

use serde_json::{Value, json};

use super::application::Application;
use super::call::Call;
use super::reply::{Refusal, Reply};
use super::review::own;
use super::session::{self, Session};
use super::{Context, Status, caller, decision, report, template};
use crate::clock::iso;
use crate::store::Database;

/// `sessions.delete`.
///
/// # Errors
///
/// 404.
pub fn delete(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let session = own(context, call, application)?;
    let retain = call.body.get("retain_face_embeddings") == Some(&Value::Bool(true));
    Ok(Reply::json(200, &remove(context, &session, retain)?))
}

/// `sessions.batch_delete`; unknown numbers are passed over in silence.
///
/// # Errors
///
/// 400 if neither numbers nor `delete_all` are given.
pub fn batch_delete(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let numbers: Option<Vec<i64>> =
        call.body.get("session_numbers").and_then(|numbers| serde_json::from_value(numbers.clone()).ok());
    let all = call.body.get("delete_all") == Some(&Value::Bool(true));
    if numbers.is_none() && !all {
        return Err(Refusal::detail(400, "Provide session_numbers or delete_all."));
    }
    let sql = session::select(
        "WHERE application = ?1 AND (?2 OR number IN (SELECT value FROM json_each(?3))) ORDER BY number",
    );
    let wanted = json!(numbers.unwrap_or_default()).to_string();
    let found = context.db.rows(&sql, (&application.id, all, wanted), session::read)?;
    let results = found.iter().map(|session| remove(context, session, false)).collect::<Result<Vec<_>, _>>()?;
    Ok(Reply::json(200, &json!({ "results": results })))
}

fn remove(context: &Context<'_>, session: &Session, retain: bool) -> Result<Value, Refusal> {
    context.db.run("DELETE FROM sessions WHERE number = ?1", [session.number])?;
    let outcome = match (&session.vendor_data, retain) {
        (_, false) => "deleted",
        (Some(_), true) => "retained_with_user",
        (None, true) => "ineligible_no_vendor_user",
    };
    Ok(
        json!({ "session_id": session.id, "session_number": session.number, "face_retention_outcome": outcome, "biometric_template_uuid": null }),
    )
}

/// `sessions.pdf`.
///
/// # Errors
///
/// 403 while there is nothing to report.
pub fn pdf(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let session = own(context, call, application)?;
    if !session.status.has_report() {
        return Err(Refusal::forbidden());
    }
    let mut lines = vec![
        "Made by didit-dev. Nobody was verified.".to_owned(),
        String::new(),
        format!("Session: {}", session.id),
        format!("Number: {}", session.number),
        format!("Status: {}", session.status.as_str()),
        format!("Created: {}", iso(session.created_at)),
    ];
    let checks = session.checks();
    for (array, feature) in template::arrays() {
        for entry in checks.get(array).and_then(Value::as_array).into_iter().flatten() {
            lines.push(format!("{feature}: {}", entry.get("status").and_then(Value::as_str).unwrap_or("-")));
        }
    }
    Ok(Reply::bytes("application/pdf", report::pdf("Verification report", &lines)))
}

/// `sessions.share`: a token with which another application can take the session over.
///
/// # Errors
///
/// 400 unless the session is decided.
pub fn share(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let session = own(context, call, application)?;
    if !session.status.has_report() {
        return Err(Refusal::detail(400, "Only a finished session can be shared."));
    }
    let lifetime = call.body.get("ttl_in_seconds").and_then(Value::as_i64).unwrap_or(3600);
    let token = caller::new_token(context, "share", &session.id, lifetime)?;
    Ok(Reply::json(
        200,
        &json!({ "share_token": token, "for_application_id": call.body.get("for_application_id"), "session_kind": session.kind }),
    ))
}

/// `sessions.import_shared`.
///
/// # Errors
///
/// 400 for a token that is not valid, 403 for one that was used.
pub fn import_shared(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let token = call.needed("share_token")?;
    let sql = "SELECT subject, kind FROM tokens WHERE token = ?1 AND kind IN ('share', 'shared') AND expires_at > ?2";
    let found: Option<(String, String)> =
        context.db.first(sql, (token, context.now), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (source, kind) = found.ok_or_else(|| Refusal::detail(400, "The share token is invalid or has expired."))?;
    if kind == "shared" {
        return Err(Refusal::detail(403, "This session has already been imported."));
    }
    context.db.run("UPDATE tokens SET kind = 'shared' WHERE token = ?1", [token])?;
    let mut session = session::by_id(context, &source)?;
    session.id = context.ids.uuid("session");
    session.token = context.ids.text("token", 12);
    session.application.clone_from(&application.id);
    session.workflow_id = call.needed("workflow_id")?.to_ascii_lowercase();
    session.vendor_data = call.text("vendor_data").map(str::to_owned);
    session.created_at = context.now;
    if call.body.get("trust_review") != Some(&Value::Bool(true)) {
        session.status = Status::InReview;
    }
    session.insert(context)?;
    let mut answer = decision::of(context, application, &session);
    answer.set("shared_from_session", source);
    Ok(Reply::json(201, &answer))
}

/// `sandbox.arm`.
///
/// # Errors
///
/// 400 for an unknown scenario, or once the session has begun.
pub fn arm(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let mut session = own(context, call, application)?;
    let scenario = call.needed("scenario")?;
    if template::scenario_status(scenario).is_none() {
        return Err(Refusal::field("scenario", template::no_scenario(scenario)));
    }
    if session.status != Status::NotStarted {
        return Err(Refusal::detail(400, "A scenario can be armed only while the session is Not Started."));
    }
    session.scenario = Some(scenario.to_owned());
    session.update(context)?;
    Ok(Reply::json(200, &json!({ "session_id": session.id, "scenario": scenario, "status": session.status.as_str() })))
}
