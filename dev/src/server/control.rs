//! The control API, `/_dev/...`: what tests and people steer the emulator by.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::response;
use crate::service::reply::{Refusal, Reply};
use crate::service::{Context, Service, Status, application, session, sessions};

/// Its routes.
pub fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/_dev/status", get(status))
        .route("/_dev/clock", post(clock))
        .route("/_dev/sessions/{id}/status", post(move_session))
}

type Shared = State<Arc<Service>>;

/// Where the emulator stands, with what programs need to use it.
async fn status(State(service): Shared) -> Response<Body> {
    done(&service, |context| {
        let first = application::first(context)?;
        Ok(Reply::json(200, &json!({ "application": first, "base_url": context.base, "now": context.now })))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    set: Option<f64>,
    advance: Option<f64>,
    speed: Option<f64>,
}

/// Set, advance or speed up the clock; what falls due on the way happens before the answer.
async fn clock(State(service): Shared, body: Bytes) -> Response<Body> {
    let changed = read::<ClockChange>(&body).and_then(|wanted| {
        service.clock.change(wanted.set, wanted.advance, wanted.speed).map_err(|text| Refusal::detail(400, text))
    });
    match changed {
        Ok(reading) => done(&service, |context| {
            while session::expire(context)?.is_some_and(|next| next <= context.now) {}
            Ok(Reply::json(200, &reading))
        }),
        Err(refusal) => response(refusal.into_reply()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    status: String,
}

/// Move a session to a status, by the documented transitions.
async fn move_session(State(service): Shared, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    done(&service, |context| {
        let wanted: Move = read(&body)?;
        let known = Status::ALL.map(Status::as_str).join(", ");
        let target = Status::parse(&wanted.status).ok_or_else(|| {
            Refusal::detail(400, format!("There is no status {:?}; there are {known}.", wanted.status))
        })?;
        let mut session = session::by_id(context, &id)?;
        session.walk_to(context, target)?;
        Ok(Reply::json(200, &sessions::answer(&session, context.base)))
    })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}".as_slice() } else { body };
    serde_json::from_slice(body).map_err(|error| Refusal::detail(400, error.to_string()))
}

fn done(service: &Service, work: impl FnOnce(&mut Context<'_>) -> Result<Reply, Refusal>) -> Response<Body> {
    response(service.with(work).unwrap_or_else(Refusal::into_reply))
}
