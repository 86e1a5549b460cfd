//! Events: what happened, in the envelope that webhooks have.

use std::sync::Arc;

use super::application::Application;
use super::reply::Refusal;
use super::session::Session;
use super::{Context, Status, decision};
use crate::json::Object;

/// Something that happened, before it is stamped, signed and sent.
#[derive(Debug)]
pub struct Event {
    /// The same in every attempt and to every destination.
    pub id: String,
    /// `status.updated` and the like.
    pub kind: String,
    /// The session that it is about.
    pub session_id: Option<String>,
    /// Events with the same key are sent one after the other.
    pub order: String,
    /// The payload without `timestamp`.
    pub payload: Object,
    /// Whether it is about a session of V1, which only the application's single webhook is told of.
    pub legacy: bool,
}

impl Event {
    /// An event of an application, with the members that every event has.
    pub fn new(context: &mut Context<'_>, application: &Application, kind: &str, order: &str) -> Self {
        let id = context.ids.uuid("event");
        let mut payload = Object::default();
        payload.set("event_id", &id).set("webhook_type", kind);
        payload.set("application_id", &application.id).set("environment", &application.environment);
        Self { id, kind: kind.to_owned(), session_id: None, order: order.to_owned(), payload, legacy: false }
    }

    /// Send it to every destination of the application that is subscribed to it.
    pub fn send(self, context: &mut Context<'_>, application: &Application) {
        let event = Arc::new(self);
        for destination in context.destinations.subscribed(&application.id, &event.kind, event.legacy) {
            context.dispatch(&event, destination);
        }
    }
}

/// Tell of a session that its status or its data is new.
///
/// # Errors
///
/// 500 if the state cannot be read.
pub fn of_session(
    context: &mut Context<'_>,
    application: &Application,
    session: &Session,
    kind: &str,
) -> Result<(), Refusal> {
    if !context.destinations.any(&application.id) {
        return Ok(());
    }
    let mut event = Event::new(context, application, kind, &session.id);
    event.session_id = Some(session.id.clone());
    event.legacy = session.generation == "v1";
    let payload = &mut event.payload;
    payload.set("created_at", context.now).set("session_id", &session.id).set("status", session.status.as_str());
    payload.set("workflow_id", &session.workflow_id).set("workflow_version", session.workflow_version);
    payload.set("vendor_data", &session.vendor_data).set_text("metadata", session.metadata.as_deref());
    if session.is_business() {
        payload.set("session_kind", "business").set("business_session_id", &session.id);
        payload.set("vendor_business_id", &session.vendor_data);
    }
    if session.status.has_decision() {
        payload.set("decision", decision::of(context, application, session));
    }
    if session.status == Status::Resubmitted {
        payload.set_text("resubmit_info", session.resubmit_info.as_deref());
    }
    event.send(context, application);
    Ok(())
}
