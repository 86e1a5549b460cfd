//! `sessions.list`, and the sandbox's catalogue of scenarios.

use rusqlite::types::Value as Sql;
use serde_json::{Value, json};

use super::application::Application;
use super::call::Call;
use super::page::Window;
use super::reply::{Refusal, Reply};
use super::session::{self, Session};
use super::{Context, Status, media, template};
use crate::clock::{days, iso};
use crate::store::Database;

/// One page of sessions, newest first.
///
/// # Errors
///
/// 400 for a status that is none.
pub fn list(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let mut conditions = vec!["application = ?1".to_owned(), "generation = 'v3'".to_owned()];
    let mut values = vec![Sql::from(application.id.clone())];
    let mut add = |condition: &str, value: Sql| {
        values.push(value);
        conditions.push(condition.replace("??", &format!("?{}", values.len())));
    };
    if let Some(statuses) = call.asked("status") {
        let wanted: Vec<&str> = statuses.split(',').map(str::trim).collect();
        if let Some(unknown) = wanted.iter().find(|status| Status::parse(status).is_none()) {
            return Err(Refusal::field("status", format!("\"{unknown}\" is not a valid choice.")));
        }
        add("status IN (SELECT value FROM json_each(??))", json!(wanted).to_string().into());
    }
    for name in ["vendor_data", "workflow_id"] {
        if let Some(value) = call.asked(name) {
            add(&format!("{name} = ??"), value.to_owned().into());
        }
    }
    match call.asked("session_kind").unwrap_or("user") {
        "all" => {}
        kind => add("kind = ??", kind.to_owned().into()),
    }
    if let Some(text) = call.asked("search") {
        let pattern = format!("%{}%", text.replace(['%', '_'], ""));
        add(
            "(vendor_data LIKE ?? OR id LIKE ?? OR checks ->> '$.id_verifications[0].full_name' LIKE ??)",
            pattern.into(),
        );
    }
    if let Some(country) = call.asked("country") {
        add("checks ->> '$.id_verifications[0].issuing_state' = ??", country.to_owned().into());
    }
    for (name, condition, later) in [("date_from", "created_at >= ??", 0), ("date_to", "created_at < ??", 1)] {
        if let Some(day) = call.asked(name).and_then(days) {
            add(condition, ((day + later) * 86_400).into());
        }
    }
    let condition = format!("WHERE {}", conditions.join(" AND "));
    let count: i64 =
        context.db.value(&format!("SELECT count(*) FROM sessions {condition}"), rusqlite::params_from_iter(&values))?;
    let window = Window::of(call, 50);
    let sql =
        session::select(&format!("{condition} ORDER BY number DESC LIMIT {} OFFSET {}", window.limit, window.offset));
    let found = context.db.rows(&sql, rusqlite::params_from_iter(&values), session::read)?;
    let rows = found.iter().map(|session| row(context, session)).collect();
    Ok(Reply::json(200, &window.page(context.base, call, count, rows)))
}

fn row(context: &Context<'_>, session: &Session) -> Value {
    let mut checks = session.checks();
    media::sign(context, &mut checks, &session.id);
    let first = |array: &str, name: &str| {
        checks.get(array).and_then(|entries| entries.get(0)?.get(name)).cloned().unwrap_or_default()
    };
    let features: Vec<Value> = template::arrays()
        .filter_map(|(array, feature)| {
            Some(json!({ "feature": feature, "status": checks.get(array)?.get(0)?.get("status")? }))
        })
        .collect();
    let verified = |array: &str, name: &str, member: &str| {
        let value = first(array, name);
        if value.is_null() {
            Value::Null
        } else {
            json!({ member: value, "is_verified": first(array, "status") == "Approved" })
        }
    };
    json!({
        "session_id": session.id, "session_kind": session.kind, "session_number": session.number,
        "session_url": session.url(context.base), "portrait_image": first("id_verifications", "portrait_image"),
        "document_type": first("id_verifications", "document_type"), "full_name": first("id_verifications", "full_name"),
        "country": first("id_verifications", "issuing_state"), "status": session.status.as_str(),
        "vendor_data": session.vendor_data, "created_at": iso(session.created_at), "features": features,
        "phone_number": verified("phone_verifications", "full_number", "number"),
        "email_address": verified("email_verifications", "email", "email"), "workflow_id": session.workflow_id,
    })
}

/// Every scenario with the status that it ends in.
pub fn scenarios() -> Reply {
    let one = |name: &str| json!({ "scenario": name, "status": template::scenario_status(name) });
    Reply::json(200, &template::scenarios().map(one).collect::<Vec<_>>())
}
