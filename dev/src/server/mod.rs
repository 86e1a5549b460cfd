//! The HTTP server around the service.
//!
//! * [`api`]: Didit's API
//! * [`body`], [`connections`]: what callers may do to it, and for how long
//! * [`control`]: `/_dev`, what tests and people steer the emulator by
//! * [`guard`]: who may call
//! * [`input`]: what the control API is given
//! * [`run`]: from options to a server that answers

pub mod api;
pub mod body;
pub mod connections;
pub mod control;
pub mod guard;
pub mod input;
pub mod media;
pub mod multipart;
pub mod request;
pub mod run;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use crate::service::reply::{Content, Reply};

/// Marks a response that nobody gets: the connection is cut instead.
#[derive(Debug, Clone, Copy)]
pub struct Lost;

/// A reply as an HTTP response.
pub fn response(reply: Reply) -> Response<Body> {
    let (media_type, body) = match reply.content {
        Content::Empty => (None, Body::empty()),
        Content::Json(text) => (Some("application/json"), Body::from(text)),
        Content::Bytes(media_type, bytes) => (Some(media_type), Body::from(bytes)),
    };
    let mut response = Response::new(body);
    if reply.lost {
        response.extensions_mut().insert(Lost);
    }
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(media_type) = media_type {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (header::HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
