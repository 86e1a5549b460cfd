//! Transactions, judged by rules of the emulator's own: by their amount.

use serde_json::{Map, Value, json};

use super::application::Application;
use super::call::Call;
use super::event::Event;
use super::page::Window;
use super::reply::{Refusal, Reply};
use super::{Context, documents, examples};
use crate::clock::iso;
use crate::store::Database;

/// `transactions.create`: 201, or 200 with what is known already under the same `transaction_id`.
///
/// # Errors
///
/// 400.
pub fn create(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let txn_id = call.needed("transaction_id")?.to_owned();
    let sql =
        "SELECT content FROM documents WHERE application = ?1 AND kind = 'transactions' AND content ->> 'txn_id' = ?2";
    let known: Option<String> = context.db.first(sql, (&application.id, &txn_id), |row| row.get(0))?;
    if let Some(text) = known {
        return Ok(Reply::json(200, &serde_json::from_str::<Value>(&text).unwrap_or_default()));
    }
    let details = call.body.get("transaction_details").cloned().unwrap_or_default();
    let amount = details
        .get("amount")
        .and_then(|amount| amount.as_f64().or_else(|| amount.as_str()?.parse().ok()))
        .unwrap_or(0.0);
    let (status, score, severity) = verdict(amount);
    let uuid = context.ids.uuid("transaction");
    let mut document: Map<String, Value> =
        examples::object("transactions.retrieve").into_iter().map(|(name, _)| (name, Value::Null)).collect();
    let detail = |name: &str| details.get(name).cloned().unwrap_or_default();
    let parties: Vec<Value> = [("APPLICANT", "subject"), ("COUNTERPARTY", "counterparty")]
        .into_iter()
        .filter_map(|(role, name)| Some(party(role, call.body.get(name)?)))
        .collect();
    for (name, value) in [
        ("uuid", json!(uuid)),
        ("txn_id", json!(txn_id)),
        ("status", json!(status)),
        ("score", json!(score)),
        ("severity", json!(severity)),
        ("amount", detail("amount")),
        ("currency", detail("currency")),
        ("direction", detail("direction")),
        ("parties", json!(parties)),
        ("rule_runs", json!([])),
        ("provider_results", json!([])),
        ("environment", json!(application.environment)),
        ("created_at", json!(iso(context.now))),
        ("txn_date", call.body.get("transaction_at").cloned().unwrap_or_else(|| json!(iso(context.now)))),
        ("transaction_category", call.body.get("transaction_category").cloned().unwrap_or_default()),
        ("custom_properties", call.body.get("custom_properties").cloned().unwrap_or_default()),
    ] {
        document.insert(name.to_owned(), value);
    }
    documents::save(context, &application.id, "transactions", "", &uuid, &document)?;
    tell(context, application, &document, "transaction.created");
    Ok(Reply::json(201, &document))
}

/// Below 1,000 approved, below 10,000 for review, above declined; whatever the currency.
fn verdict(amount: f64) -> (&'static str, i64, &'static str) {
    if amount < 1_000.0 {
        ("APPROVED", 12, "LOW")
    } else if amount < 10_000.0 {
        ("IN_REVIEW", 55, "MEDIUM")
    } else {
        ("DECLINED", 91, "HIGH")
    }
}

fn party(role: &str, given: &Value) -> Value {
    let mut party = given.clone();
    if let Some(members) = party.as_object_mut() {
        members.insert("role".to_owned(), role.into());
        let country = given.get("address").and_then(|address| address.get("country")).cloned().unwrap_or_default();
        members.insert("country_code".to_owned(), country);
    }
    party
}

/// `transactions.list`; `count` stops at 100, `total_transactions` does not.
///
/// # Errors
///
/// 500 if the state cannot be read.
pub fn list(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let window = Window::of(call, 50);
    let (count, results) = documents::page(context, &application.id, "transactions", "", window)?;
    let mut page = window.page(context.base, call, count, results);
    if let Some(members) = page.as_object_mut() {
        members.insert("count".to_owned(), count.min(100).into());
        members.insert("total_transactions".to_owned(), count.into());
    }
    Ok(Reply::json(200, &page))
}

/// `transactions.retrieve`.
///
/// # Errors
///
/// 404.
pub fn retrieve(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let document = documents::find(context, &application.id, "transactions", call.segment("transaction_uuid"))?;
    Ok(Reply::json(200, &document.ok_or_else(Refusal::not_found)?))
}

/// `transactions.batch_delete`.
///
/// # Errors
///
/// 400 if neither ids nor `delete_all` are given.
pub fn batch_delete(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let all = call.body.get("delete_all") == Some(&Value::Bool(true));
    let Some(ids) = call.body.get("transaction_uuids").cloned().or_else(|| all.then(|| json!([]))) else {
        return Err(Refusal::detail(400, "Provide transaction_uuids or delete_all."));
    };
    let sql = "DELETE FROM documents WHERE application = ?1 AND kind = 'transactions' AND (?2 OR id IN (SELECT value FROM json_each(?3)))";
    context.db.run(sql, (&application.id, all, ids.to_string()))?;
    Ok(Reply::empty(204))
}

/// Give a transaction another status, for the control API.
///
/// # Errors
///
/// 404.
pub fn set_status(
    context: &mut Context<'_>,
    application: &Application,
    id: &str,
    status: &str,
) -> Result<Value, Refusal> {
    let mut document = documents::find(context, &application.id, "transactions", id)?.ok_or_else(Refusal::not_found)?;
    document.insert("status".to_owned(), status.into());
    documents::change(context, &application.id, "transactions", id, &document)?;
    tell(context, application, &document, "transaction.status.updated");
    Ok(Value::Object(document))
}

/// A sandbox's transactions are told of to nobody.
fn tell(context: &mut Context<'_>, application: &Application, document: &Map<String, Value>, kind: &str) {
    if application.environment == "sandbox" {
        return;
    }
    let id = document.get("uuid").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut event = Event::new(context, application, kind, &id);
    event.payload.set("transaction_id", &id);
    for name in ["txn_id", "status", "score", "severity", "amount", "currency", "direction", "action_required"] {
        event.payload.set(name, document.get(name));
    }
    event.send(context, application);
}
