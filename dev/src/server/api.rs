//! Didit's API: every request that is for nobody else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, Response};
use didit_core::api::operation::Operation;
use http_body_util::BodyExt;

use super::{request, response};
use crate::hub::{CallEntry, Entry, masked};
use crate::inspector::mask;
use crate::service::Service;
use crate::service::call::Call;
use crate::service::reply::{Content, Refusal, Reply};
use crate::service::routes::{self, Found};

/// The largest body that is kept for inspectors.
const SHOWN: usize = 256 << 10;

/// Answer a request.
pub async fn handle(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    // It is all there already.
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let (operation, reply) = match operation(&parts) {
        Ok((operation, path)) => (Some(operation), answer(&service, operation, path, &parts, &body, peer).await),
        Err(refusal) => (None, refusal.into_reply()),
    };
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    let name = operation.map(|operation| operation.id);
    tracing::info!(method = %parts.method, path = mask::links(parts.uri.path()), operation = name, status = reply.status, micros, "call");
    note(&service, name, &parts, body, &reply, micros);
    response(reply)
}

type Reached = (&'static Operation, Vec<(String, String)>);

fn operation(parts: &Parts) -> Result<Reached, Refusal> {
    let verb = request::verb(parts).ok_or_else(|| other_methods(&parts.method))?;
    match routes::find(verb, parts.uri.path()) {
        Found::Operation(operation, path) => Ok((operation, path)),
        Found::OtherVerbs(_) => Err(other_methods(&parts.method)),
        Found::NeedsSlash => {
            Err(Refusal::detail(301, "The path ends with a slash.").with("Location", with_slash(parts)))
        }
        Found::Nothing => Err(Refusal::not_found()),
    }
}

/// A path that is none of the API's has other methods.
pub async fn not_allowed(method: Method) -> Response<Body> {
    response(other_methods(&method).into_reply())
}

fn other_methods(method: &Method) -> Refusal {
    Refusal::detail(405, format!("Method \"{method}\" not allowed."))
}

async fn answer(
    service: &Service,
    operation: &'static Operation,
    path: Vec<(String, String)>,
    parts: &Parts,
    body: &Bytes,
    peer: SocketAddr,
) -> Reply {
    let fault = service.faults.take(operation.id);
    if let Some(fault) = &fault {
        fault.wait().await;
        if let Some(reply) = fault.reply().filter(|_| !fault.lose_answer) {
            return reply;
        }
    }
    let answered = request::read(operation, path, parts, body).and_then(|call| {
        // A call that is refused counts as one, so the limit is not part of its transaction.
        limit(service, &call, peer)?;
        service.with(|context| routes::answer(context, &call))
    });
    let reply = answered.unwrap_or_else(Refusal::into_reply);
    // What was asked is done, and the caller does not learn of it.
    match fault.filter(|fault| fault.lose_answer) {
        Some(fault) => fault.reply().unwrap_or(Reply { lost: true, ..reply }),
        None => reply,
    }
}

fn limit(service: &Service, call: &Call, peer: SocketAddr) -> Result<(), Refusal> {
    if !service.options.rate_limits {
        return Ok(());
    }
    let forwarded =
        call.header("x-forwarded-for").and_then(|hops| hops.split(',').next()).map(|hop| hop.trim().to_owned());
    let key = call.header("x-api-key").map(str::to_owned);
    let caller = key.or(forwarded).unwrap_or_else(|| peer.ip().to_string());
    service.with(|context| context.limits.count(&caller, call.operation.scope, context.precise))
}

/// Where a path without its last slash is redirected to, as Django does.
fn with_slash(parts: &Parts) -> String {
    match parts.uri.query() {
        Some(query) => format!("{}/?{query}", parts.uri.path()),
        None => format!("{}/", parts.uri.path()),
    }
}

fn note(service: &Service, operation: Option<&'static str>, parts: &Parts, body: Bytes, reply: &Reply, micros: u64) {
    let request_headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), masked(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    let response_body = match &reply.content {
        Content::Empty => Bytes::new(),
        Content::Json(text) => Bytes::copy_from_slice(text.as_bytes()),
        Content::Bytes(_, bytes) => Bytes::copy_from_slice(bytes),
    };
    let shown = |body: Bytes| if body.len() > SHOWN { Bytes::from_static(b"(too large to show)") } else { body };
    service.hub.add(|number| {
        Entry::Call(CallEntry {
            number,
            at: service.clock.precise(),
            operation,
            method: parts.method.to_string(),
            path: parts.uri.path_and_query().map_or_else(String::new, |path| mask::address(path.as_str())),
            request_headers,
            request_body: shown(body),
            status: reply.status,
            response_headers: reply
                .headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), masked(name, value)))
                .collect(),
            response_body: shown(response_body),
            micros,
            lost: reply.lost,
        })
    });
}
