//! Workflows: a stable id for sessions, and a UUID for each version.

use serde_json::{Map, Value, json};

use super::application::Application;
use super::call::Call;
use super::page::Window;
use super::reply::{Refusal, Reply};
use super::{Context, documents, template};
use crate::store::Database;

/// What sessions need to know of a workflow.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// The latest published version.
    pub version: i64,
    /// The arrays that its steps fill.
    pub features: Vec<String>,
    /// Whether it is about a company.
    pub business: bool,
    /// Where people go afterwards, unless a session says otherwise.
    pub callback: Option<String>,
    /// Seconds until a session that nobody opened expires.
    pub expires: Option<i64>,
}

/// The arrays that the steps of the first workflow fill.
const USUAL: [&str; 5] = ["id_verifications", "liveness_checks", "face_matches", "aml_screenings", "ip_analyses"];

/// The workflow of an id.
///
/// # Errors
///
/// 400 if the application has none of that id.
pub fn of_session(context: &Context<'_>, application: &Application, id: &str) -> Result<Workflow, Refusal> {
    let sql = "SELECT content FROM documents WHERE application = ?1 AND kind = 'workflows' AND (parent = ?2 OR id = ?2)
               AND content ->> 'status' = 'published' ORDER BY position DESC LIMIT 1";
    let text: Option<String> = context.db.first(sql, (&application.id, id), |row| row.get(0))?;
    if let Some(text) = text {
        return Ok(read(&serde_json::from_str(&text).unwrap_or_default()));
    }
    let first: bool = context.db.value(
        "SELECT EXISTS (SELECT 1 FROM applications WHERE id = ?1 AND details ->> 'workflow_id' = ?2)",
        (&application.id, id),
    )?;
    if first {
        return Ok(Workflow {
            version: 1,
            features: USUAL.map(str::to_owned).to_vec(),
            business: false,
            callback: None,
            expires: None,
        });
    }
    Err(Refusal::field("workflow_id", "Workflow not found."))
}

fn read(document: &Value) -> Workflow {
    let names: Vec<&str> =
        document.get("features").and_then(Value::as_array).into_iter().flatten().filter_map(feature_name).collect();
    let number = |name: &str| document.get(name).and_then(Value::as_i64);
    Workflow {
        version: number("version").unwrap_or(1),
        features: names.iter().filter_map(|name| super::decision::array_of(name)).map(str::to_owned).collect(),
        business: names.iter().any(|name| super::decision::is_business(name)),
        callback: document.get("callback").and_then(Value::as_str).map(str::to_owned),
        expires: number("session_expiration_time"),
    }
}

fn feature_name(feature: &Value) -> Option<&str> {
    feature.as_str().or_else(|| feature.get("feature")?.as_str())
}

/// `workflows.create`.
///
/// # Errors
///
/// 400 for features that are not known.
pub fn create(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    check_features(call)?;
    let (uuid, id) = (context.ids.uuid("workflow_version"), context.ids.uuid("workflow"));
    let mut document = object(json!({
        "uuid": uuid, "workflow_id": id, "workflow_label": null, "is_default": false, "is_archived": false, "status": "published", "version": 1,
        "total_price": "0.00", "min_price": "0.00", "max_price": "0.00", "is_simple_workflow": true, "is_editable": true,
        "workflow_url": format!("{}/_dev/workflows/{id}", context.base), "max_retry_attempts": null, "retry_window_days": null,
        "special_add_on_prices": {}, "features": [],
    }));
    document.extend(call.body.clone());
    let business = read(&Value::Object(document.clone())).business;
    document.insert("workflow_type".to_owned(), if business { "kyb" } else { "kyc" }.into());
    documents::save(context, &application.id, "workflows", &id, &uuid, &document)?;
    Ok(Reply::json(201, &document))
}

/// `workflows.list`, newest first; the workflow that every application starts with comes last.
///
/// # Errors
///
/// 500 if the state cannot be read.
pub fn list(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let window = Window::of(call, 50);
    let sql = "SELECT content FROM documents WHERE application = ?1 AND kind = 'workflows' ORDER BY position DESC";
    let texts: Vec<String> = context.db.rows(sql, [&application.id], |row| row.get(0))?;
    let mut all: Vec<Value> = texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    all.extend(first(context, application)?.map(Value::Object));
    let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let (skip, take) =
        (usize::try_from(window.offset).unwrap_or(usize::MAX), usize::try_from(window.limit).unwrap_or(0));
    let results = all.into_iter().skip(skip).take(take).collect();
    Ok(Reply::json(200, &window.page(context.base, call, count, results)))
}

/// `workflows.retrieve`.
///
/// # Errors
///
/// 404.
pub fn retrieve(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    Ok(Reply::json(200, &find(context, call, application)?))
}

/// `workflows.update`: a published version that is changed becomes the next one.
///
/// # Errors
///
/// 404, or 400 for features that are not known.
pub fn update(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let mut document = find(context, call, application)?;
    check_features(call)?;
    document.extend(
        call.body.iter().filter(|(name, _)| *name != "uuid").map(|(name, value)| (name.clone(), value.clone())),
    );
    let version =
        document.get("version").and_then(Value::as_i64).unwrap_or(1) + i64::from(call.body.contains_key("features"));
    document.insert("version".to_owned(), version.into());
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    documents::save(context, &application.id, "workflows", &text("workflow_id"), &text("uuid"), &document)?;
    Ok(Reply::json(200, &document))
}

/// `workflows.delete`.
///
/// # Errors
///
/// 404.
pub fn delete(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let sql = "DELETE FROM documents WHERE application = ?1 AND kind = 'workflows' AND id = ?2";
    if context.db.run(sql, (&application.id, call.segment("settings_uuid")))? == 0 {
        Err(Refusal::not_found())
    } else {
        Ok(Reply::empty(204))
    }
}

fn find(context: &Context<'_>, call: &Call, application: &Application) -> Result<Map<String, Value>, Refusal> {
    let id = call.segment("settings_uuid");
    if let Some(document) = documents::find(context, &application.id, "workflows", id)? {
        return Ok(document);
    }
    first(context, application)?
        .filter(|document| document.get("uuid").and_then(Value::as_str) == Some(id))
        .ok_or_else(Refusal::not_found)
}

/// The workflow that the first application starts with, as the API shows it.
fn first(context: &Context<'_>, application: &Application) -> Result<Option<Map<String, Value>>, Refusal> {
    let sql = "SELECT details ->> 'workflow_id' FROM applications WHERE id = ?1";
    let id: Option<Option<String>> = context.db.first(sql, [&application.id], |row| row.get(0))?;
    let features: Vec<Value> = USUAL
        .iter()
        .filter_map(|array| super::decision::workflow_feature(array))
        .map(|name| json!({ "feature": name }))
        .collect();
    Ok(id.flatten().map(|id| {
        object(json!({ "uuid": id, "workflow_id": id, "workflow_label": "didit-dev", "workflow_type": "kyc", "is_default": true, "is_archived": false,
            "status": "published", "version": 1, "features": features, "is_simple_workflow": true, "is_editable": true,
            "total_price": "0.00", "min_price": "0.00", "max_price": "0.00" }))
    }))
}

fn check_features(call: &Call) -> Result<(), Refusal> {
    let features = call.body.get("features").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for feature in features {
        let name = feature_name(feature).unwrap_or_default();
        if super::decision::array_of(name).is_none() && !matches!(name, "AGE_ESTIMATION" | "DOCUMENT_AI") {
            return Err(Refusal::field("features", format!("\"{name}\" is not a valid choice.")));
        }
    }
    Ok(())
}

/// The members of a JSON object.
pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Whether a scenario or a workflow makes a session one about a company.
pub fn is_business(workflow: &Workflow, scenario: Option<&str>) -> bool {
    workflow.business || scenario.is_some_and(template::is_business)
}
