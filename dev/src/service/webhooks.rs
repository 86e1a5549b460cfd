//! Webhook destinations.

use serde_json::{Value, json};

use super::Context;
use super::application;
use super::call::Call;
use super::destination::Destination;
use super::reply::{Refusal, Reply};
use crate::clock::iso;

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
/// 400 and 403.
pub fn create(context: &mut Context<'_>, call: &Call) -> Result<Reply, Refusal> {
    let application = application::of_key(context, call)?;
    let url = target(call.needed("url")?)?;
    if context.destinations.of(&application.id).any(|known| known.url == url && !known.hidden) {
        return Err(Refusal::field("url", "A webhook destination with this url already exists."));
    }
    let destination = Destination {
        id: context.ids.uuid("destination"),
        application: application.id,
        label: call.needed("label")?.to_owned(),
        url,
        enabled: call.body.get("enabled").and_then(Value::as_bool).unwrap_or(true),
        version: call.text("webhook_version").unwrap_or("v3").to_owned(),
        events: events(call)?.unwrap_or_default(),
        secret: context.ids.text("secret", 43),
        hidden: false,
        created_at: context.now,
        updated_at: context.now,
    };
    let answer = shown(&destination, true);
    context.destinations.save(context.db, destination)?;
    Ok(Reply::json(201, &answer))
}

/// A destination as the API shows it.
pub fn shown(destination: &Destination, with_secret: bool) -> Value {
    let mut shown = json!({
        "uuid": destination.id, "label": destination.label, "url": destination.url, "enabled": destination.enabled,
        "webhook_version": destination.version, "subscribed_events": destination.events,
        "created_at": iso(destination.created_at), "updated_at": iso(destination.updated_at),
    });
    if let Some(members) = shown.as_object_mut().filter(|_| with_secret) {
        members.insert("secret_shared_key".to_owned(), destination.secret.clone().into());
    }
    shown
}

/// Where events may be sent. Didit asks for public https; here loopback is the point.
///
/// # Errors
///
/// 400.
pub fn target(url: &str) -> Result<String, Refusal> {
    let parsed: Option<axum::http::Uri> = url.parse().ok();
    let known = parsed.filter(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    known.map(|_| url.to_owned()).ok_or_else(|| Refusal::field("url", "Enter a valid URL."))
}

/// The wanted types of events; `None` if the call does not say.
///
/// # Errors
///
/// 400 for none, or for one that is not known.
pub fn events(call: &Call) -> Result<Option<Vec<String>>, Refusal> {
    let Some(wanted) = call.body.get("subscribed_events") else { return Ok(None) };
    let wanted: Vec<String> = serde_json::from_value(wanted.clone())
        .map_err(|_| Refusal::field("subscribed_events", "Expected a list of strings."))?;
    if wanted.is_empty() {
        return Err(Refusal::field("subscribed_events", "This list may not be empty."));
    }
    match wanted.iter().find(|event| !EVENTS.contains(&event.as_str())) {
        Some(unknown) => Err(Refusal::field("subscribed_events", format!("\"{unknown}\" is not a valid choice."))),
        None => Ok(Some(wanted)),
    }
}
