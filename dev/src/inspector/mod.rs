//! The inspector at `/_dev`: what was called and delivered, as it happens.
//!
//! * [`diff`]: received against canonical bytes
//! * [`copies`]: a delivery or a call as a test of one's own
//! * [`mask`]: secrets and keys in bodies

pub mod copies;
pub mod diff;
pub mod mask;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Response, header};
use axum::routing::get;
use didit_core::webhook::{ExplainOptions, Options, RawHeaders, Scheme, explain};
use serde_json::{Value, json};

use crate::hub::{self, Entry};
use crate::server::response;
use crate::service::deliveries::{self, Delivery};
use crate::service::reply::{Refusal, Reply};
use crate::service::{Context, Service};

const PAGE: &str = include_str!("../../templates/inspector.html");
const STYLE: &str = include_str!("../../templates/inspector.css");
const SCRIPT: &str = include_str!("../../templates/inspector.js");
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Its routes.
pub fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/_dev", get(|| async { asset("text/html; charset=utf-8", PAGE) }))
        .route("/_dev/", get(|| async { asset("text/html; charset=utf-8", PAGE) }))
        .route("/_dev/inspector.css", get(|| async { asset("text/css; charset=utf-8", STYLE) }))
        .route("/_dev/inspector.js", get(|| async { asset("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/_dev/deliveries/{id}/inspect", get(delivery))
        .route("/_dev/calls/{number}/inspect", get(call))
}

type Shared = State<Arc<Service>>;

fn asset(media_type: &'static str, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    for (name, value) in [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What is to say of a delivery: its canonical form, why a receiver would refuse it, and tests that expect just that.
async fn delivery(State(service): Shared, Path(id): Path<String>) -> Response<Body> {
    let found = service.with(|context| {
        let delivery = deliveries::by_id(context, &id)?;
        let secrets = Secrets::of(context, &delivery);
        Ok((delivery, secrets))
    });
    let (delivery, secrets) = match found {
        Ok(found) => found,
        Err(refusal) => return response(refusal.into_reply()),
    };
    // It may take a second, and others want their answers meanwhile.
    let done = tokio::task::spawn_blocking(move || inspect(&delivery, &secrets)).await;
    response(done.map_or_else(
        |_| Refusal::detail(500, "The delivery could not be examined.").into_reply(),
        |found| Reply::json(200, &found),
    ))
}

struct Secrets {
    own: String,
    others: Vec<String>,
    v1: bool,
}

impl Secrets {
    fn of(context: &Context<'_>, delivery: &Delivery) -> Self {
        let destination = context.destinations.get(&delivery.destination);
        let application = destination.map_or("", |destination| destination.application.as_str());
        let others = context.destinations.of(application).filter(|other| other.id != delivery.destination);
        let headers: Value = serde_json::from_str(&delivery.request_header).unwrap_or_default();
        Self {
            own: destination.map_or_else(String::new, |destination| destination.secret.clone()),
            others: others.map(|other| other.secret.clone()).collect(),
            // Payloads of V1 have the raw signature alone, and no signed time.
            v1: headers.get("X-Signature").is_some()
                && headers.get("X-Timestamp").is_none()
                && headers.get("X-Signature-V2").is_none(),
        }
    }
}

fn inspect(delivery: &Delivery, secrets: &Secrets) -> Value {
    let body = delivery.request_body.as_bytes();
    let canonical = match didit_core::canonicalize(body) {
        Ok(canonical) => {
            let text = String::from_utf8_lossy(canonical.as_bytes()).into_owned();
            json!({ "bytes": text.len(), "diff": diff::diff(&delivery.request_body, &text) })
        }
        Err(error) => json!({ "error": error.code().as_str() }),
    };
    let mut headers = RawHeaders::new();
    let stored: Value = serde_json::from_str(&delivery.request_header).unwrap_or_default();
    for (name, value) in stored.as_object().into_iter().flatten() {
        headers.push(name.as_bytes(), value.as_str().unwrap_or_default().as_bytes());
    }
    let others: Vec<&[u8]> = secrets.others.iter().map(String::as_bytes).collect();
    let mut options = ExplainOptions { verifier: Options::default(), other_secrets: &others };
    if secrets.v1 {
        options.verifier.schemes = vec![Scheme::V1];
    }
    let now = delivery.created_at;
    let explained = explain(body, &headers, &[secrets.own.as_bytes()], &options, now);
    let (verdict, copies) = match explained {
        Ok(found) => (
            json!({ "verdict": found.verdict(), "cause": found.cause().as_str(), "confidence": found.confidence().as_str(),
                "summary": found.summary(), "cure": found.cure() }),
            copies::of_delivery(delivery, secrets.v1, found.verdict(), now),
        ),
        Err(error) => {
            (json!({ "error": error.to_string() }), copies::of_delivery(delivery, secrets.v1, "unknown", now))
        }
    };
    json!({ "received": { "bytes": body.len() }, "canonical": canonical, "verdict": verdict, "judged_at": now, "copies": copies })
}

async fn call(State(service): Shared, Path(number): Path<String>) -> Response<Body> {
    let number: Option<u64> = number.parse().ok();
    let found = service.hub.newest().into_iter().find_map(|entry| match entry {
        Entry::Call(call) if Some(call.number) == number => Some(call),
        _ => None,
    });
    let reply = match found {
        Some(call) => Reply::json(200, &json!({ "copies": copies::of_call(&call, &hub::shown(&call.request_body)) })),
        None => Refusal::not_found().into_reply(),
    };
    response(reply)
}
