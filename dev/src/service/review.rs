//! What reviewers do over the API: set a status, correct data, judge a check or a hit.

use serde_json::{Map, Value, json};

use super::application::Application;
use super::call::Call;
use super::page::Window;
use super::reply::{Refusal, Reply};
use super::session::{self, Session};
use super::{Context, Status, decision, documents, event, template};
use crate::clock::iso;

/// The session of a call, if it is the application's.
///
/// # Errors
///
/// 404.
pub fn own(context: &Context<'_>, call: &Call, application: &Application) -> Result<Session, Refusal> {
    let session = session::by_id(context, call.segment("session_id"))?;
    if session.application == application.id { Ok(session) } else { Err(Refusal::not_found()) }
}

/// `sessions.update_status`.
///
/// # Errors
///
/// 400 where a reviewer may not set a status.
pub fn update_status(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let mut session = own(context, call, application)?;
    let wanted = call.needed("new_status")?;
    let new = Status::parse(wanted)
        .filter(|status| matches!(status, Status::Approved | Status::Declined | Status::Resubmitted))
        .ok_or_else(|| Refusal::field("new_status", format!("\"{wanted}\" is not a valid choice.")))?;
    if !session.status.can_be_reviewed() {
        let text = format!("The status of a session that is {:?} cannot be changed.", session.status.as_str());
        return Err(Refusal::detail(400, text));
    }
    if call.body.get("send_email") == Some(&Value::Bool(true)) && call.text("email_address").is_none() {
        return Err(Refusal::field("email_address", "This field is required when send_email is true."));
    }
    let comment = call.text("comment");
    if new == Status::Resubmitted {
        if let Some(nodes) = call.body.get("nodes_to_resubmit").filter(|nodes| !nodes.is_null()) {
            let reason = comment.unwrap_or("Please do this step again.");
            let names = nodes.as_array().into_iter().flatten().filter_map(|node| node.get("node_id")?.as_str());
            let reasons: Map<String, Value> = names.map(|name| (name.to_owned(), reason.into())).collect();
            session.resubmit_info = Some(json!({ "nodes_to_resubmit": nodes, "reasons": reasons }).to_string());
        } else {
            session.resubmit_info = None;
        }
    }
    session.add_review(context.now, "API Client", new.as_str(), comment);
    // A reviewer's word stands beside what the checks found, which stays.
    session.set_status(context, new, true)?;
    Ok(Reply::json(200, &json!({ "session_id": session.id, "session_kind": session.kind })))
}

/// `sessions.update_data` and `sessions.update_poa_data`.
///
/// # Errors
///
/// 400 while the check has found nothing.
pub fn update_data(
    context: &mut Context<'_>,
    call: &Call,
    application: &Application,
    array: &str,
) -> Result<Reply, Refusal> {
    let mut session = own(context, call, application)?;
    let mut checks = session.checks();
    let node = call.text("node_id");
    let entry = checks.get_mut(array).and_then(Value::as_array_mut).and_then(|entries| match node {
        Some(node) => entries.iter_mut().find(|entry| entry.get("node_id").and_then(Value::as_str) == Some(node)),
        None => entries.first_mut(),
    });
    let Some(entry) = entry else {
        return Err(Refusal::detail(400, "This session has no data that could be updated."));
    };
    let changed: Map<String, Value> = call
        .body
        .iter()
        .filter(|(name, _)| *name != "node_id")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    template::merge(entry, &Value::Object(changed));
    if call.body.contains_key("first_name") || call.body.contains_key("last_name") {
        let name = |part: &str| entry.get(part).and_then(Value::as_str).unwrap_or_default().to_owned();
        let full = format!("{} {}", name("first_name"), name("last_name"));
        template::merge(entry, &json!({ "full_name": full.trim() }));
    }
    let answer = entry.clone();
    session.checks = Some(checks.to_string());
    session.update(context)?;
    event::of_session(context, application, &session, "data.updated")?;
    Ok(Reply::json(200, &answer))
}

/// `sessions.update_feature_status`.
///
/// # Errors
///
/// 404 for a node that the session has not.
pub fn update_feature_status(
    context: &mut Context<'_>,
    call: &Call,
    application: &Application,
) -> Result<Reply, Refusal> {
    let mut session = own(context, call, application)?;
    let status = call.needed("new_status")?.to_owned();
    let node = call.segment("node_id").to_owned();
    let mut checks = session.checks();
    let mut feature = None;
    for (array, entries) in checks.as_object_mut().into_iter().flatten() {
        for entry in entries.as_array_mut().into_iter().flatten() {
            if node == "default" && feature.is_none() || entry.get("node_id").and_then(Value::as_str) == Some(&node) {
                template::merge(entry, &json!({ "status": status }));
                feature = decision::workflow_feature(array);
            }
        }
    }
    let Some(feature) = feature else { return Err(Refusal::not_found()) };
    session.checks = Some(checks.to_string());
    session.update(context)?;
    let id = context.ids.uuid("override");
    let note = json!({ "uuid": id, "node_id": node, "feature_type": feature, "new_status": status, "comment": call.text("comment"),
        "state": "applied", "person_in_flow": session.status.is_unfinished(), "created_at": iso(context.now) });
    documents::save(context, &application.id, "overrides", &session.id, &id, note.as_object().unwrap_or(&Map::new()))?;
    event::of_session(context, application, &session, "data.updated")?;
    Ok(Reply::json(200, &json!({ "feature_type": feature, "node_id": node, "new_status": status })))
}

/// `sessions.list_feature_overrides`, newest first.
///
/// # Errors
///
/// 404.
pub fn list_overrides(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let session = own(context, call, application)?;
    let (_, results) =
        documents::page(context, &application.id, "overrides", &session.id, Window { limit: 1000, offset: 0 })?;
    Ok(Reply::json(200, &results))
}

/// `sessions.update_aml_hit_status`, and the one for several hits. The decision's status stays as it is.
///
/// # Errors
///
/// 404 for a hit that the session has not.
pub fn update_hits(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let mut session = own(context, call, application)?;
    let single = [Value::Object(call.body.clone())];
    let updates = call.body.get("hit_updates").and_then(Value::as_array).map_or(single.as_slice(), Vec::as_slice);
    let mut checks = session.checks();
    for update in updates {
        let wanted = update.get("hit_id").and_then(Value::as_str).unwrap_or_default();
        let entries = checks.get_mut("aml_screenings").and_then(Value::as_array_mut).into_iter().flatten();
        let mut hits = entries.filter_map(|entry| entry.get_mut("hits")?.as_array_mut()).flatten();
        let Some(hit) = hits.find(|hit| hit.get("id").and_then(Value::as_str) == Some(wanted)) else {
            return Err(Refusal::not_found());
        };
        template::merge(hit, &json!({ "review_status": update.get("review_status") }));
    }
    session.checks = Some(checks.to_string());
    session.update(context)?;
    let answer = match call.body.get("hit_updates") {
        Some(_) => json!({ "message": "The hits were updated.", "updated": updates.len() }),
        None => {
            json!({ "message": "The hit was updated.", "hit_id": call.text("hit_id"), "review_status": call.text("review_status") })
        }
    };
    Ok(Reply::json(200, &answer))
}

/// `sessions.reviews.list`.
///
/// # Errors
///
/// 404.
pub fn list_reviews(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let session = own(context, call, application)?;
    let window = Window::of(call, 50);
    let (count, results) = documents::page(context, &application.id, "reviews", &session.id, window)?;
    Ok(Reply::json(200, &window.page(context.base, call, count, results)))
}

/// `sessions.reviews.create`: a note that changes no status.
///
/// # Errors
///
/// 404.
pub fn create_review(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let session = own(context, call, application)?;
    let id = context.ids.uuid("review");
    let review = json!({ "uuid": id, "activity_type": "REVIEW", "actor_display": "API Client", "actor_email": null, "actor_type": "API_KEY",
        "new_status": call.body.get("new_status"), "previous_status": session.status.as_str(), "comment": call.body.get("comment"),
        "created_at": iso(context.now) });
    documents::save(context, &application.id, "reviews", &session.id, &id, review.as_object().unwrap_or(&Map::new()))?;
    Ok(Reply::json(201, &review))
}
