//! Didit's API: every request that is for nobody else.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use axum::http::request::Parts;
use http_body_util::{BodyExt, Limited};

use super::{request, response};
use crate::service::Service;
use crate::service::reply::{Refusal, Reply};
use crate::service::routes::{self, Found};

/// The largest body that is read; files of 30 MB are documented.
const LARGEST: usize = 40 << 20;

/// Answer a request.
pub async fn handle(State(service): State<Arc<Service>>, request: Request) -> Response<Body> {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LARGEST).collect().await.map(|body| body.to_bytes());
    let reply = match body {
        Ok(body) => answer(&service, &parts, &body),
        Err(_) => Refusal::detail(413, "The body is larger than 40 MB, or its end never came.").into_reply(),
    };
    let elapsed = begun.elapsed().as_micros();
    tracing::info!(method = %parts.method, path = parts.uri.path(), status = reply.status, micros = elapsed, "call");
    response(reply)
}

fn answer(service: &Service, parts: &Parts, body: &Bytes) -> Reply {
    let path = parts.uri.path();
    let Some(verb) = request::verb(parts) else {
        return Refusal::detail(405, format!("Method \"{}\" not allowed.", parts.method)).into_reply();
    };
    let (operation, parameters) = match routes::find(verb, path) {
        Found::Operation(operation, parameters) => (operation, parameters),
        Found::OtherVerbs(_) => {
            return Refusal::detail(405, format!("Method \"{}\" not allowed.", parts.method)).into_reply();
        }
        Found::NeedsSlash => return Reply::empty(301).with("Location", with_slash(parts)),
        Found::Nothing => return Refusal::not_found().into_reply(),
    };
    let answered = request::read(operation, parameters, parts, body)
        .and_then(|call| service.with(|context| routes::answer(context, &call)));
    answered.unwrap_or_else(Refusal::into_reply)
}

/// Where a path without its last slash is redirected to, as Django does.
fn with_slash(parts: &Parts) -> String {
    match parts.uri.query() {
        Some(query) => format!("{}/?{query}", parts.uri.path()),
        None => format!("{}/", parts.uri.path()),
    }
}
