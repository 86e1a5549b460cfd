//! Resources whose state is the document itself: what was created is listed, read, changed and deleted again.

use serde_json::{Map, Value};

use super::Context;
use super::application::Application;
use super::call::Call;
use super::examples;
use super::page::Window;
use super::reply::{Refusal, Reply};
use crate::clock::iso;
use crate::store::Database;

/// A resource that is kept as documents.
struct Kept {
    /// Its name in the ids of operations.
    resource: &'static str,
    /// The path parameter that names a document.
    parameter: &'static str,
    /// The path parameter that names what it belongs to.
    parent: &'static str,
    /// The member that must not come twice.
    unique: &'static str,
}

const fn kept(resource: &'static str, parameter: &'static str, parent: &'static str, unique: &'static str) -> Kept {
    Kept { resource, parameter, parent, unique }
}

const KEPT: [Kept; 12] = [
    kept("questionnaires", "questionnaire_uuid", "", ""),
    kept("lists", "list_uuid", "", "name"),
    kept("lists.entries", "entry_uuid", "list_uuid", ""),
    kept("transactions.rules", "rule_uuid", "", "title"),
    kept("cases", "case_uuid", "", ""),
    kept("cases.notes", "note_uuid", "case_uuid", ""),
    kept("cases.blueprints", "blueprint_uuid", "", ""),
    kept("travel_rule.wallet_addresses", "entry_uuid", "", "address"),
    kept("report_templates", "template_uuid", "", ""),
    kept("regulatory_reports", "report_uuid", "", ""),
    kept("imports", "import_id", "", ""),
    kept("account.members", "member_id", "", "email"),
];

/// Answer a call on one of these resources; `None` if it is on another.
///
/// # Errors
///
/// 400 for a name that is taken, 404 for a document that is not there.
pub fn answer(context: &mut Context<'_>, call: &Call, application: &Application) -> Option<Result<Reply, Refusal>> {
    let (resource, method) = call.operation.id.rsplit_once('.')?;
    let kept = KEPT.iter().find(|kept| kept.resource == resource)?;
    let parent = call.segment(kept.parent).to_owned();
    if !kept.parent.is_empty() {
        let owner = resource.rsplit_once('.').map_or(resource, |(owner, _)| owner);
        match find(context, &application.id, owner, &parent) {
            Ok(Some(_)) => {}
            Ok(None) => return Some(Err(Refusal::not_found())),
            Err(refusal) => return Some(Err(refusal)),
        }
    }
    let id = call.segment(kept.parameter);
    match method {
        "create" | "upload_face" | "invite" => Some(create(context, call, application, kept, &parent)),
        "list" => Some(list(context, call, application, resource, &parent)),
        "retrieve" => Some(retrieve(context, application, resource, id)),
        "update" => Some(update(context, call, application, kept, id)),
        "delete" => Some(delete(context, application, resource, id)),
        "resolve" => Some(resolve(context, call, application, id)),
        _ => None,
    }
}

fn create(
    context: &mut Context<'_>,
    call: &Call,
    application: &Application,
    kept: &Kept,
    parent: &str,
) -> Result<Reply, Refusal> {
    if let Some(value) = call.text(kept.unique) {
        refuse_taken(context, application, kept, value, "")?;
    }
    let id = context.ids.uuid("document");
    let mut document = examples::object(call.operation.id);
    for (name, value) in &mut document {
        // An example's values are nobody's: what the caller did not say is not known.
        if !matches!(name.as_str(), "status" | "mode" | "evaluation_mode" | "priority" | "list_type") {
            *value = match value {
                Value::Array(_) => Value::Array(Vec::new()),
                Value::Object(_) => Map::new().into(),
                Value::Bool(_) => false.into(),
                _ => Value::Null,
            };
        }
    }
    document.extend(call.body.clone());
    document.insert("uuid".to_owned(), id.clone().into());
    for name in ["created_at", "updated_at"] {
        if document.contains_key(name) || kept.resource == "lists" {
            document.insert(name.to_owned(), iso(context.now).into());
        }
    }
    document.remove("image");
    save(context, &application.id, kept.resource, parent, &id, &document)?;
    Ok(Reply::json(examples::status(call.operation.id), &document))
}

fn refuse_taken(
    context: &Context<'_>,
    application: &Application,
    kept: &Kept,
    value: &str,
    except: &str,
) -> Result<(), Refusal> {
    let sql = "SELECT EXISTS (SELECT 1 FROM documents WHERE application = ?1 AND kind = ?2 AND content ->> ?3 = ?4 AND id <> ?5)";
    let taken: bool = context.db.value(sql, (&application.id, kept.resource, kept.unique, value, except))?;
    if taken { Err(Refusal::field(kept.unique, format!("This {} is already taken.", kept.unique))) } else { Ok(()) }
}

fn list(
    context: &Context<'_>,
    call: &Call,
    application: &Application,
    kind: &str,
    parent: &str,
) -> Result<Reply, Refusal> {
    let window = Window::of(call, 50);
    let (count, results) = page(context, &application.id, kind, parent, window)?;
    if examples::is_array(call.operation.id) {
        return Ok(Reply::json(200, &results));
    }
    Ok(Reply::json(200, &window.page(context.base, call, count, results)))
}

fn retrieve(context: &Context<'_>, application: &Application, kind: &str, id: &str) -> Result<Reply, Refusal> {
    let document = find(context, &application.id, kind, id)?.ok_or_else(Refusal::not_found)?;
    Ok(Reply::json(200, &document))
}

fn update(
    context: &mut Context<'_>,
    call: &Call,
    application: &Application,
    kept: &Kept,
    id: &str,
) -> Result<Reply, Refusal> {
    let mut document = find(context, &application.id, kept.resource, id)?.ok_or_else(Refusal::not_found)?;
    if let Some(value) = call.text(kept.unique) {
        refuse_taken(context, application, kept, value, id)?;
    }
    document.extend(
        call.body.iter().filter(|(name, _)| *name != "uuid").map(|(name, value)| (name.clone(), value.clone())),
    );
    if document.contains_key("updated_at") {
        document.insert("updated_at".to_owned(), iso(context.now).into());
    }
    change(context, &application.id, kept.resource, id, &document)?;
    Ok(Reply::json(200, &document))
}

fn delete(context: &Context<'_>, application: &Application, kind: &str, id: &str) -> Result<Reply, Refusal> {
    let sql = "DELETE FROM documents WHERE application = ?1 AND kind = ?2 AND id = ?3";
    if context.db.run(sql, (&application.id, kind, id))? == 0 {
        return Err(Refusal::not_found());
    }
    context.db.run("DELETE FROM documents WHERE application = ?1 AND parent = ?2", (&application.id, id))?;
    Ok(Reply::empty(204))
}

fn resolve(context: &mut Context<'_>, call: &Call, application: &Application, id: &str) -> Result<Reply, Refusal> {
    let mut document = find(context, &application.id, "cases", id)?.ok_or_else(Refusal::not_found)?;
    document.insert("status".to_owned(), "RESOLVED".into());
    document.insert("resolution".to_owned(), call.body.get("resolution").cloned().unwrap_or_default());
    document.insert("resolution_notes".to_owned(), call.body.get("note").cloned().unwrap_or_default());
    document.insert("resolved_at".to_owned(), iso(context.now).into());
    change(context, &application.id, "cases", id, &document)?;
    Ok(Reply::json(200, &document))
}

/// A document of an application.
///
/// # Errors
///
/// 500 if the state cannot be read.
pub fn find(
    context: &Context<'_>,
    application: &str,
    kind: &str,
    id: &str,
) -> Result<Option<Map<String, Value>>, Refusal> {
    let sql = "SELECT content FROM documents WHERE application = ?1 AND kind = ?2 AND id = ?3";
    let text: Option<String> = context.db.first(sql, (application, kind, id), |row| row.get(0))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// What describes how an application is set up. There is little of it, and everything else needs it.
const SETTINGS: &str = "'workflows', 'questionnaires', 'lists', 'transactions.rules', 'cases.blueprints', 'report_templates', 'account.members'";

/// Keep a new document, and let the oldest go: of users, transactions and so on, a load test makes any number.
///
/// # Errors
///
/// 500 if the state cannot be written.
pub fn save(
    context: &Context<'_>,
    application: &str,
    kind: &str,
    parent: &str,
    id: &str,
    document: &Map<String, Value>,
) -> Result<(), Refusal> {
    let text = serde_json::to_string(document).unwrap_or_default();
    let sql = "INSERT INTO documents (application, kind, id, parent, content) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (application, kind, id) DO UPDATE SET content = ?5 RETURNING position";
    let position: i64 = context.db.value(sql, (application, kind, id, parent, text))?;
    let sql = format!("DELETE FROM documents WHERE position <= ?1 AND kind NOT IN ({SETTINGS})");
    context.db.run(&sql, [position - i64::from(context.options.keep)])?;
    Ok(())
}

/// Keep a document's new content.
///
/// # Errors
///
/// 500 if the state cannot be written.
pub fn change(
    context: &Context<'_>,
    application: &str,
    kind: &str,
    id: &str,
    document: &Map<String, Value>,
) -> Result<(), Refusal> {
    let text = serde_json::to_string(document).unwrap_or_default();
    context.db.run(
        "UPDATE documents SET content = ?4 WHERE application = ?1 AND kind = ?2 AND id = ?3",
        (application, kind, id, text),
    )?;
    Ok(())
}

/// How many documents there are, and those in the window, newest first.
///
/// # Errors
///
/// 500 if the state cannot be read.
pub fn page(
    context: &Context<'_>,
    application: &str,
    kind: &str,
    parent: &str,
    window: Window,
) -> Result<(i64, Vec<Value>), Refusal> {
    let count = context.db.value(
        "SELECT count(*) FROM documents WHERE application = ?1 AND kind = ?2 AND parent = ?3",
        (application, kind, parent),
    )?;
    let sql = "SELECT content FROM documents WHERE application = ?1 AND kind = ?2 AND parent = ?3 ORDER BY position DESC LIMIT ?4 OFFSET ?5";
    let texts: Vec<String> =
        context.db.rows(sql, (application, kind, parent, window.limit, window.offset), |row| row.get(0))?;
    Ok((count, texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect()))
}
