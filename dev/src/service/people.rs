//! Users and businesses: the entities behind `vendor_data`.

use serde_json::{Map, Value, json};

use super::application::Application;
use super::call::Call;
use super::event::Event;
use super::page::Window;
use super::reply::{Refusal, Reply};
use super::session::Session;
use super::workflows::object;
use super::{Context, Status, documents};
use crate::clock::iso;
use crate::store::Database;

/// Users or businesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    User,
    Business,
}

impl Kind {
    const fn plural(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Business => "businesses",
        }
    }

    const fn singular(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Business => "business",
        }
    }

    fn row(self, id: &str, vendor_data: &str, now: i64) -> Map<String, Value> {
        let mut row = object(json!({
            "didit_internal_id": id, "vendor_data": vendor_data, "display_name": null, "status": "ACTIVE", "metadata": null,
            "session_count": 0, "approved_count": 0, "declined_count": 0, "in_review_count": 0, "features": [],
            "first_session_at": null, "last_session_at": null, "last_activity_at": null, "tags": [], "created_at": iso(now),
        }));
        row.extend(object(match self {
            Self::User => {
                json!({ "full_name": null, "date_of_birth": null, "effective_name": null, "portrait_image_url": null,
                "issuing_states": [], "approved_emails": {}, "approved_phones": {} })
            }
            Self::Business => {
                json!({ "legal_name": null, "registration_number": null, "country_code": null, "region": null })
            }
        }));
        row
    }
}

/// Answer a call on users or businesses; `None` for what is kept nowhere.
///
/// # Errors
///
/// 400 for a `vendor_data` that is taken, 404 for one that is not known.
pub fn answer(
    context: &mut Context<'_>,
    call: &Call,
    application: &Application,
    kind: Kind,
) -> Option<Result<Reply, Refusal>> {
    let method = call.operation.id.rsplit('.').next()?;
    match method {
        "create" => Some(create(context, call, application, kind)),
        "list" => Some(list(context, call, application, kind)),
        "retrieve" => Some(find(context, call, application, kind).map(|row| Reply::json(200, &row))),
        "update" => Some(update(context, call, application, kind)),
        "update_status" => Some(update_status(context, call, application, kind)),
        "batch_delete" => Some(delete(context, call, application, kind)),
        _ => None,
    }
}

fn key(vendor_data: &str) -> String {
    vendor_data.trim().to_lowercase()
}

fn create(context: &mut Context<'_>, call: &Call, application: &Application, kind: Kind) -> Result<Reply, Refusal> {
    let vendor_data = key(call.needed("vendor_data")?);
    if vendor_data.len() > 2000 {
        return Err(Refusal::field("vendor_data", "Ensure this field has no more than 2000 bytes."));
    }
    if documents::find(context, &application.id, kind.plural(), &vendor_data)?.is_some() {
        return Err(Refusal::field(
            "vendor_data",
            format!("A {} with this vendor_data already exists.", kind.singular()),
        ));
    }
    let id = context.ids.uuid("entity");
    let mut row = kind.row(&id, &vendor_data, context.now);
    take(&mut row, call);
    documents::save(context, &application.id, kind.plural(), "", &vendor_data, &row)?;
    Ok(Reply::json(201, &row))
}

/// Take over what a call says of an entity.
fn take(row: &mut Map<String, Value>, call: &Call) {
    for (name, value) in call.body.iter().filter(|(name, _)| {
        !matches!(
            name.as_str(),
            "vendor_data" | "didit_internal_id" | "workflow_id" | "send_verification_link" | "language"
        )
    }) {
        row.insert(name.clone(), value.clone());
    }
    if let (None, Some(first)) = (call.text("full_name"), call.text("first_name")) {
        let full = format!("{first} {}", call.text("last_name").unwrap_or_default());
        row.insert("full_name".to_owned(), full.trim().into());
    }
    let name = ["display_name", "full_name", "legal_name"]
        .iter()
        .find_map(|name| row.get(*name).filter(|name| !name.is_null()).cloned());
    if row.contains_key("effective_name") {
        row.insert("effective_name".to_owned(), name.unwrap_or_default());
    }
}

fn list(context: &Context<'_>, call: &Call, application: &Application, kind: Kind) -> Result<Reply, Refusal> {
    let window = Window::of(call, 50);
    let (status, search) = (call.asked("status").unwrap_or(""), call.asked("search").unwrap_or(""));
    let condition = "WHERE application = ?1 AND kind = ?2 AND (?3 = '' OR content ->> 'status' = ?3)
        AND (?4 = '' OR instr(lower(id || ' ' || coalesce(content ->> 'full_name', content ->> 'legal_name', '')), lower(?4)) > 0)";
    let count: i64 = context.db.value(
        &format!("SELECT count(*) FROM documents {condition}"),
        (&application.id, kind.plural(), status, search),
    )?;
    let sql = format!("SELECT content FROM documents {condition} ORDER BY position DESC LIMIT ?5 OFFSET ?6");
    let values = (&application.id, kind.plural(), status, search, window.limit, window.offset);
    let texts: Vec<String> = context.db.rows(&sql, values, |row| row.get(0))?;
    let mut page = window.page(
        context.base,
        call,
        count,
        texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect(),
    );
    if let Some(members) = page.as_object_mut() {
        members.insert("count".to_owned(), count.min(100).into());
    }
    Ok(Reply::json(200, &page))
}

fn find(
    context: &Context<'_>,
    call: &Call,
    application: &Application,
    kind: Kind,
) -> Result<Map<String, Value>, Refusal> {
    documents::find(context, &application.id, kind.plural(), &key(call.segment("vendor_data")))?
        .ok_or_else(Refusal::not_found)
}

fn update(context: &mut Context<'_>, call: &Call, application: &Application, kind: Kind) -> Result<Reply, Refusal> {
    let before = find(context, call, application, kind)?;
    let mut row = before.clone();
    take(&mut row, call);
    keep(context, application, kind, &before, &row)?;
    Ok(Reply::json(200, &row))
}

fn update_status(
    context: &mut Context<'_>,
    call: &Call,
    application: &Application,
    kind: Kind,
) -> Result<Reply, Refusal> {
    let mut row = find(context, call, application, kind)?;
    let status = call.needed("status")?;
    if !matches!(status, "ACTIVE" | "FLAGGED" | "BLOCKED") {
        return Err(Refusal::field("status", format!("\"{status}\" is not a valid choice.")));
    }
    let previous = row.insert("status".to_owned(), status.into()).unwrap_or_default();
    let vendor_data = key(call.segment("vendor_data"));
    documents::change(context, &application.id, kind.plural(), &vendor_data, &row)?;
    if previous != status {
        let mut event = Event::new(context, application, &format!("{}.status.updated", kind.singular()), &vendor_data);
        event.payload.set("vendor_data", &vendor_data).set("status", status).set("previous_status", previous);
        event.send(context, application);
    }
    Ok(Reply::json(200, &row))
}

fn delete(context: &Context<'_>, call: &Call, application: &Application, kind: Kind) -> Result<Reply, Refusal> {
    let texts = |name: &str| call.body.get(name).cloned().unwrap_or_else(|| json!([])).to_string();
    let all = call.body.get("delete_all") == Some(&Value::Bool(true));
    let known = ["vendor_data_list", "didit_internal_id_list"].iter().any(|name| call.body.contains_key(*name));
    if !all && !known {
        return Err(Refusal::detail(400, "Provide vendor_data_list, didit_internal_id_list or delete_all."));
    }
    let sql = "DELETE FROM documents WHERE application = ?1 AND kind = ?2 AND (?3 OR id IN (SELECT lower(trim(value)) FROM json_each(?4))
               OR content ->> 'didit_internal_id' IN (SELECT value FROM json_each(?5)))";
    let values = (&application.id, kind.plural(), all, texts("vendor_data_list"), texts("didit_internal_id_list"));
    Ok(Reply::json(200, &json!({ "deleted": context.db.run(sql, values)? })))
}

/// Keep an entity's new row, and tell of what is new in it.
fn keep(
    context: &mut Context<'_>,
    application: &Application,
    kind: Kind,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<(), Refusal> {
    let vendor_data = after.get("vendor_data").and_then(Value::as_str).unwrap_or_default().to_owned();
    documents::save(context, &application.id, kind.plural(), "", &vendor_data, after)?;
    let mut changes = Map::new();
    for (name, value) in
        after.iter().filter(|(name, value)| before.get(*name) != Some(*value) && *name != "last_activity_at")
    {
        changes.insert(name.clone(), json!({ "previous": before.get(name), "current": value }));
    }
    if changes.is_empty() {
        return Ok(());
    }
    let mut event = Event::new(context, application, &format!("{}.data.updated", kind.singular()), &vendor_data);
    let names: Vec<&String> = changes.keys().collect();
    event.payload.set("vendor_data", &vendor_data).set("changed_fields", names).set("changes", &changes);
    event.send(context, application);
    Ok(())
}

/// Count a session that was decided for the entity that it is about.
///
/// # Errors
///
/// 500 if the state cannot be read or written.
pub fn count(context: &mut Context<'_>, application: &Application, session: &Session) -> Result<(), Refusal> {
    let name = match session.status {
        Status::Approved => "approved_count",
        Status::Declined => "declined_count",
        Status::InReview => "in_review_count",
        _ => return Ok(()),
    };
    let Some(vendor_data) = session.vendor_data.as_deref().map(key).filter(|text| !text.is_empty()) else {
        return Ok(());
    };
    let kind = if session.is_business() { Kind::Business } else { Kind::User };
    let before = match documents::find(context, &application.id, kind.plural(), &vendor_data)? {
        Some(row) => row,
        None => kind.row(&context.ids.uuid("entity"), &vendor_data, context.now),
    };
    let mut row = before.clone();
    let mut add = |name: &str| {
        let count = row.get(name).and_then(Value::as_i64).unwrap_or(0) + 1;
        row.insert(name.to_owned(), count.into());
    };
    add(name);
    add("session_count");
    let created = Value::from(iso(session.created_at));
    if row.get("first_session_at").is_none_or(Value::is_null) {
        row.insert("first_session_at".to_owned(), created.clone());
    }
    row.insert("last_session_at".to_owned(), created);
    row.insert("last_activity_at".to_owned(), iso(context.now).into());
    let checks = session.checks();
    for member in ["full_name", "date_of_birth"] {
        let found = checks.pointer(&format!("/id_verifications/0/{member}")).filter(|value| !value.is_null());
        if let (Some(found), Kind::User, Status::Approved) = (found, kind, session.status) {
            row.insert(member.to_owned(), found.clone());
        }
    }
    keep(context, application, kind, &before, &row)
}
