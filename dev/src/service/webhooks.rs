//! Webhook destinations, and the application's older single webhook.

use serde_json::{Value, json};

use super::Context;
use super::application::Application;
use super::call::Call;
use super::destination::Destination;
use super::reply::{Refusal, Reply};
use super::workflows::object;
use crate::clock::iso;
use crate::store::Database;

/// The types of events that a destination can ask for.
pub const EVENTS: [&str; 11] = [
    "status.updated",
    "data.updated",
    "user.status.updated",
    "user.data.updated",
    "business.status.updated",
    "business.data.updated",
    "activity.created",
    "transaction.created",
    "transaction.status.updated",
    "travel_rule.status.updated",
    "transaction_rule_suggestions.created",
];

/// `webhooks.destinations.create`.
///
/// # Errors
///
/// 400.
pub fn create(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let url = target(call.needed("url")?)?;
    refuse_taken(context, application, &url, "")?;
    let label = call.needed("label")?.to_owned();
    let events = events(call)?.unwrap_or_default();
    let destination = Destination {
        id: context.ids.uuid("destination"),
        application: application.id.clone(),
        label,
        url,
        enabled: flag(call, "enabled").unwrap_or(true),
        version: call.text("webhook_version").unwrap_or("v3").to_owned(),
        events,
        secret: context.ids.text("secret", 43),
        hidden: false,
        created_at: context.now,
        updated_at: context.now,
    };
    let answer = shown(context, &destination)?;
    context.destinations.save(context.db, destination)?;
    Ok(Reply::json(201, &answer))
}

/// `webhooks.destinations.list`: a plain array, oldest first, without secrets.
///
/// # Errors
///
/// 500 if the state cannot be read.
pub fn list(context: &Context<'_>, application: &Application) -> Result<Reply, Refusal> {
    let visible = context.destinations.of(&application.id).filter(|destination| !destination.hidden);
    let without_secret = |destination: &Destination| {
        let mut shown = shown(context, destination)?;
        if let Some(members) = shown.as_object_mut() {
            members.remove("secret_shared_key");
            members.remove("summary");
        }
        Ok::<_, Refusal>(shown)
    };
    Ok(Reply::json(200, &visible.map(without_secret).collect::<Result<Vec<_>, _>>()?))
}

/// `webhooks.destinations.retrieve`, with the secret and a summary.
///
/// # Errors
///
/// 404.
pub fn retrieve(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    Ok(Reply::json(200, &shown(context, &own(context, call, application)?)?))
}

/// `webhooks.destinations.update`: only what is given; the events are replaced, the secret stays.
///
/// # Errors
///
/// 404, 400.
pub fn update(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let mut destination = own(context, call, application)?;
    if let Some(url) = call.text("url") {
        destination.url = target(url)?;
        refuse_taken(context, application, &destination.url, &destination.id)?;
    }
    if let Some(label) = call.text("label") {
        destination.label = label.to_owned();
    }
    if let Some(version) = call.text("webhook_version") {
        destination.version = version.to_owned();
    }
    if let Some(events) = events(call)? {
        destination.events = events;
    }
    if let Some(enabled) = flag(call, "enabled") {
        destination.enabled = enabled;
    }
    destination.updated_at = context.now;
    let answer = shown(context, &destination)?;
    context.destinations.save(context.db, destination)?;
    Ok(Reply::json(200, &answer))
}

/// `webhooks.destinations.delete`.
///
/// # Errors
///
/// 404.
pub fn delete(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let destination = own(context, call, application)?;
    context.destinations.remove(context.db, &destination.id)?;
    Ok(Reply::empty(204))
}

/// The destination of a call.
///
/// # Errors
///
/// 404.
pub fn own(context: &Context<'_>, call: &Call, application: &Application) -> Result<Destination, Refusal> {
    let found = context.destinations.get(call.segment("destination_uuid"));
    found
        .filter(|destination| destination.application == application.id && !destination.hidden)
        .cloned()
        .ok_or_else(Refusal::not_found)
}

fn refuse_taken(context: &Context<'_>, application: &Application, url: &str, except: &str) -> Result<(), Refusal> {
    let taken = |known: &Destination| known.url == url && known.id != except && !known.hidden;
    if context.destinations.of(&application.id).any(taken) {
        return Err(Refusal::field("url", "A webhook destination with this url already exists."));
    }
    Ok(())
}

/// A destination as the API shows it to its owner.
///
/// # Errors
///
/// 500 if the state cannot be read.
pub fn shown(context: &Context<'_>, destination: &Destination) -> Result<Value, Refusal> {
    Ok(json!({
        "uuid": destination.id, "label": destination.label, "url": destination.url, "enabled": destination.enabled,
        "webhook_version": destination.version, "subscribed_events": destination.events, "secret_shared_key": destination.secret,
        "created_at": iso(destination.created_at), "updated_at": iso(destination.updated_at), "summary": summary(context, &destination.id)?,
    }))
}

fn summary(context: &Context<'_>, id: &str) -> Result<Value, Refusal> {
    let sql = "SELECT count(*), count(*) FILTER (WHERE status = 'failed'), min(response_time), avg(response_time), max(response_time), max(created_at)
               FROM deliveries WHERE destination = ?1";
    let summary = context.db.first(sql, [id], |row| {
        let (total, failed): (i64, i64) = (row.get(0)?, row.get(1)?);
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let rate = if total == 0 { 0.0 } else { (failed as f64 * 1000.0 / total as f64).round() / 10.0 };
        let last: Option<i64> = row.get(5)?;
        Ok(json!({ "total_deliveries": total, "failed_deliveries": failed, "error_rate_percentage": rate,
            "min_response_time_ms": row.get::<_, Option<i64>>(2)?, "avg_response_time_ms": row.get::<_, Option<f64>>(3)?.map(f64::round),
            "max_response_time_ms": row.get::<_, Option<i64>>(4)?, "last_delivery_at": last.map(iso) }))
    })?;
    Ok(summary.unwrap_or_default())
}

/// Where events may be sent. Didit asks for public https; here loopback is the point.
///
/// # Errors
///
/// 400.
pub fn target(url: &str) -> Result<String, Refusal> {
    let parsed: Option<axum::http::Uri> = url.parse().ok();
    let fits = |uri: &axum::http::Uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    };
    parsed.filter(fits).map(|_| url.to_owned()).ok_or_else(|| Refusal::field("url", "Enter a valid URL."))
}

/// The wanted types of events; `None` if the call does not say.
fn events(call: &Call) -> Result<Option<Vec<String>>, Refusal> {
    let Some(wanted) = call.body.get("subscribed_events").filter(|wanted| !wanted.is_null()) else { return Ok(None) };
    let wanted: Vec<String> = serde_json::from_value(wanted.clone())
        .map_err(|_| Refusal::field("subscribed_events", "Expected a list of strings."))?;
    check_events("subscribed_events", &wanted)?;
    Ok(Some(wanted))
}

/// Refuse an empty list of types of events, and one with a type that no destination is sent.
///
/// # Errors
///
/// 400 for the field.
pub fn check_events(field: &str, wanted: &[String]) -> Result<(), Refusal> {
    if wanted.is_empty() {
        return Err(Refusal::field(field, "This list may not be empty."));
    }
    match wanted.iter().find(|event| !EVENTS.contains(&event.as_str())) {
        Some(unknown) => Err(Refusal::field(field, format!("\"{unknown}\" is not a valid choice."))),
        None => Ok(()),
    }
}

fn flag(call: &Call, name: &str) -> Option<bool> {
    call.body.get(name).and_then(Value::as_bool)
}

/// `webhooks.config.retrieve` and `webhooks.config.update`: the application's single webhook.
///
/// It is kept as a destination that lists do not show; V1 sessions are told of here.
///
/// # Errors
///
/// 400.
pub fn config(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let known = context.destinations.of(&application.id).find(|destination| destination.hidden).cloned();
    let sql = "SELECT details FROM applications WHERE id = ?1";
    let details: Option<String> = context.db.first(sql, [&application.id], |row| row.get(0))?;
    let mut details = object(details.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default());
    let first_secret = details.get("secret").and_then(Value::as_str).map(str::to_owned);
    let mut webhook = known.unwrap_or_else(|| Destination {
        id: String::new(),
        application: application.id.clone(),
        label: "webhook".to_owned(),
        url: String::new(),
        enabled: true,
        version: "v3".to_owned(),
        // It is older than all events but those of sessions.
        events: ["status.updated", "data.updated"].map(str::to_owned).to_vec(),
        secret: first_secret.unwrap_or_default(),
        hidden: true,
        created_at: context.now,
        updated_at: context.now,
    });
    if webhook.secret.is_empty() {
        webhook.secret = context.ids.text("secret", 43);
    }
    if call.operation.id.ends_with("update") {
        if let Some(url) = call.text("webhook_url") {
            webhook.url = target(url)?;
        }
        webhook.enabled = call.body.get("webhook_url") != Some(&Value::Null);
        if let Some(version) = call.text("webhook_version") {
            webhook.version = version.to_owned();
        }
        if flag(call, "rotate_secret_key") == Some(true) {
            webhook.secret = context.ids.text("secret", 43);
        }
        for name in ["capture_method", "data_retention_months", "allowed_domains"] {
            if let Some(value) = call.body.get(name) {
                details.insert(name.to_owned(), value.clone());
            }
        }
        context.db.run(
            "UPDATE applications SET details = ?2 WHERE id = ?1",
            (&application.id, Value::Object(details.clone()).to_string()),
        )?;
    }
    let of = |name: &str, default: Value| details.get(name).cloned().unwrap_or(default);
    let answer = json!({
        "webhook_url": if webhook.url.is_empty() { Value::Null } else { webhook.url.clone().into() }, "webhook_version": webhook.version,
        "secret_shared_key": webhook.secret, "capture_method": of("capture_method", "both".into()),
        "data_retention_months": of("data_retention_months", Value::Null), "allowed_domains": of("allowed_domains", json!([])),
    });
    if !webhook.url.is_empty() {
        if webhook.id.is_empty() {
            webhook.id = context.ids.uuid("destination");
        }
        webhook.updated_at = context.now;
        context.destinations.save(context.db, webhook)?;
    }
    Ok(Reply::json(200, &answer))
}
