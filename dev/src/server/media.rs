//! What the links of a decision lead to: small invented pictures, for as long as a link works.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::Response;
use axum::routing::get;

use super::response;
use crate::service::reply::{Refusal, Reply};
use crate::service::{Service, media, report};

/// Its route.
pub fn routes() -> Router<Arc<Service>> {
    Router::new().route("/_media/{session}/{name}", get(show))
}

#[derive(Default, serde::Deserialize)]
struct Link {
    expires: Option<i64>,
    signature: Option<String>,
}

async fn show(
    State(service): State<Arc<Service>>,
    Path((session, name)): Path<(String, String)>,
    link: Result<Query<Link>, QueryRejection>,
) -> Response<Body> {
    let link = link.map(|Query(link)| link).unwrap_or_default();
    let expires = link.expires.unwrap_or(0);
    let refused = |text: &str| response(Refusal::detail(403, text).into_reply());
    if link.signature.as_deref() != Some(media::signature(&session, &name, expires).as_str()) {
        return refused("The link's signature does not match.");
    }
    if service.clock.now() > expires {
        return refused("The link has expired; read the decision again for a new one.");
    }
    if name.ends_with(".pdf") {
        return response(Reply::bytes(
            "application/pdf",
            report::pdf("An invented document", &["didit-dev".to_owned()]),
        ));
    }
    response(Reply::bytes("image/png", PICTURE.to_vec()))
}

/// One grey pixel.
const PICTURE: [u8; 67] = [
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49,
    0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81, 0x77, 0xcd, 0x72, 0xb6, 0x00, 0x00,
    0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];
