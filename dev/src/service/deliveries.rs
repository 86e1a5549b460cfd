//! Deliveries: one for each attempt, newest first.

use std::sync::Arc;

use rusqlite::Row;
use serde_json::{Value, json};

use super::application::Application;
use super::call::Call;
use super::event::Event;
use super::page::Window;
use super::reply::{Refusal, Reply};
use super::{Context, webhooks};
use crate::clock::{days, iso};
use crate::json::Object;
use crate::store::Database;

/// An attempt as it is written down.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Delivery {
    /// Its UUID.
    pub uuid: String,
    /// The destination's UUID.
    pub destination: String,
    /// The session that it is about.
    pub session_id: Option<String>,
    /// The id of the event.
    pub event_id: String,
    /// The type of the event.
    pub webhook_type: String,
    /// 1 for the first.
    pub attempt: u32,
    /// `send`, `retry` or `resend`, or the misbehaviour that it was.
    pub kind: String,
    /// Where to.
    pub request_url: String,
    /// JSON: names to values.
    pub request_header: String,
    /// The body as sent.
    pub request_body: String,
    /// `delivered` or `failed`.
    pub status: String,
    /// What the receiver answered.
    pub response_status: Option<u16>,
    /// In milliseconds.
    pub response_time_ms: Option<i64>,
    /// Why there is no answer.
    pub note: Option<String>,
    /// Unix seconds.
    pub created_at: i64,
}

const COLUMNS: &str =
    "id, destination, session_id, event_id, event_type, attempt, kind, url, headers, body, status, response_status,
    response_time, note, created_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        uuid: row.get(0)?,
        destination: row.get(1)?,
        session_id: row.get(2)?,
        event_id: row.get(3)?,
        webhook_type: row.get(4)?,
        attempt: row.get(5)?,
        kind: row.get(6)?,
        request_url: row.get(7)?,
        request_header: row.get(8)?,
        request_body: row.get(9)?,
        status: row.get(10)?,
        response_status: row.get(11)?,
        response_time_ms: row.get(12)?,
        note: row.get(13)?,
        created_at: row.get(14)?,
    })
}

impl Delivery {
    /// As the API lists it; with headers and body, both JSON in a string, as the API shows a single one.
    fn shown(&self, whole: bool) -> Value {
        let mut shown = json!({
            "uuid": self.uuid, "session_id": self.session_id, "request_url": self.request_url, "response_status": self.response_status,
            "response_time_ms": self.response_time_ms, "status": self.status, "webhook_type": self.webhook_type,
            "created_at": iso(self.created_at),
        });
        if let Some(members) = shown.as_object_mut().filter(|_| whole) {
            members.insert("request_header".to_owned(), self.request_header.clone().into());
            members.insert("request_body".to_owned(), self.request_body.clone().into());
        }
        shown
    }

    /// Write it down, and let the oldest go.
    ///
    /// # Errors
    ///
    /// 500 if the state cannot be written.
    pub fn insert(&self, context: &Context<'_>) -> Result<(), Refusal> {
        let position: i64 = context.db.value(
            "INSERT INTO deliveries (id, destination, session_id, event_id, event_type, attempt, kind, url, headers, body, status,
               response_status, response_time, note, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) RETURNING position",
            rusqlite::params![
                self.uuid, self.destination, self.session_id, self.event_id, self.webhook_type, self.attempt, self.kind, self.request_url,
                self.request_header, self.request_body, self.status, self.response_status, self.response_time_ms, self.note, self.created_at
            ],
        )?;
        context.db.run("DELETE FROM deliveries WHERE position <= ?1", [position - i64::from(context.options.keep)])?;
        Ok(())
    }
}

/// The newest deliveries of all destinations, for the control API.
///
/// # Errors
///
/// 500 if the state cannot be read.
pub fn newest(context: &Context<'_>, most: i64) -> Result<Vec<Delivery>, Refusal> {
    Ok(context.db.rows(&format!("SELECT {COLUMNS} FROM deliveries ORDER BY position DESC LIMIT ?1"), [most], read)?)
}

/// The delivery of an id, of any application.
///
/// # Errors
///
/// 404.
pub fn by_id(context: &Context<'_>, id: &str) -> Result<Delivery, Refusal> {
    context
        .db
        .first(&format!("SELECT {COLUMNS} FROM deliveries WHERE id = ?1"), [id], read)?
        .ok_or_else(Refusal::not_found)
}

fn own(context: &Context<'_>, call: &Call, application: &Application) -> Result<Delivery, Refusal> {
    let destination = webhooks::own(context, call, application)?;
    let delivery = by_id(context, call.segment("delivery_uuid"))?;
    if delivery.destination == destination.id { Ok(delivery) } else { Err(Refusal::not_found()) }
}

/// `webhooks.deliveries.list`; `count` is exact up to 100 and stays there.
///
/// # Errors
///
/// 404.
pub fn list(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let destination = webhooks::own(context, call, application)?;
    let day = |name: &str, later: i64, default: i64| {
        call.asked(name).and_then(days).map_or(default, |day| (day + later) * 86_400)
    };
    let (from, until) = (day("date_from", 0, i64::MIN), day("date_to", 1, i64::MAX));
    let condition = "WHERE destination = ?1 AND created_at >= ?2 AND created_at < ?3";
    let count: i64 =
        context.db.value(&format!("SELECT count(*) FROM deliveries {condition}"), (&destination.id, from, until))?;
    let window = Window::of(call, 50);
    let sql = format!("SELECT {COLUMNS} FROM deliveries {condition} ORDER BY position DESC LIMIT ?4 OFFSET ?5");
    let found = context.db.rows(&sql, (&destination.id, from, until, window.limit, window.offset), read)?;
    let mut page = window.page(context.base, call, count, found.iter().map(|delivery| delivery.shown(false)).collect());
    if let Some(members) = page.as_object_mut() {
        members.insert("count".to_owned(), count.min(100).into());
    }
    Ok(Reply::json(200, &page))
}

/// `webhooks.deliveries.retrieve`.
///
/// # Errors
///
/// 404.
pub fn retrieve(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    Ok(Reply::json(200, &own(context, call, application)?.shown(true)))
}

/// `webhooks.deliveries.resend`: the stored payload with a fresh timestamp and today's secret.
///
/// The new attempt is under way when the answer goes out, so it has no response yet.
///
/// # Errors
///
/// 404.
pub fn resend(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let delivery = own(context, call, application)?;
    let id = send_again(context, &delivery)?;
    let mut shown = delivery.shown(true);
    if let Some(members) = shown.as_object_mut() {
        members.insert("uuid".to_owned(), id.into());
        members.insert("status".to_owned(), "pending".into());
        members.insert("response_status".to_owned(), Value::Null);
        members.insert("response_time_ms".to_owned(), Value::Null);
        members.insert("created_at".to_owned(), iso(context.now).into());
    }
    Ok(Reply::json(200, &shown))
}

/// Send what a delivery carried once more; the id that the new attempt will have comes back.
///
/// # Errors
///
/// 500 if the stored payload cannot be read.
pub fn send_again(context: &mut Context<'_>, delivery: &Delivery) -> Result<String, Refusal> {
    let mut payload =
        Object::parse(&delivery.request_body).map_err(|_| Refusal::detail(500, "The stored payload is not JSON."))?;
    payload.remove("timestamp");
    let event = Event {
        id: delivery.event_id.clone(),
        kind: delivery.webhook_type.clone(),
        session_id: delivery.session_id.clone(),
        order: format!("resend {}", delivery.uuid),
        payload,
        legacy: false,
    };
    let id = context.ids.uuid("resend");
    context.dispatch_again(&Arc::new(event), delivery.destination.clone(), id.clone());
    Ok(id)
}
