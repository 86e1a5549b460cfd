//! The way of a person to the hosted page and back, and what the statuses of a session mean.

use didit_core::api::{Frame, iframe_html as core_iframe, parse_callback as core_callback};
use didit_core::status::{STATUSES, Status, reused};
use didit_core::webhook::Outcome;
use napi::bindgen_prelude::Either;
use napi_derive::napi;

use crate::error::Failure;

/// How the frame looks.
#[napi(object, object_to_js = false)]
pub struct FrameOptions {
    /// For assistive technology.
    pub title: Option<String>,
    /// A CSS width.
    pub width: Option<String>,
    /// A CSS height.
    pub height: Option<String>,
    /// The `id` of the element.
    pub id: Option<String>,
    /// The `class` of the element.
    pub class: Option<String>,
}

/// HTML.
#[napi(object, object_from_js = false)]
pub struct Html {
    /// The text.
    pub html: String,
}

/// What a callback claims.
#[napi(object, object_from_js = false)]
pub struct Callback {
    /// The session.
    pub session_id: String,
    /// The status.
    pub claimed_status: Option<String>,
}

/// An `iframe` for a session's URL.
#[napi(catch_unwind)]
pub fn iframe_html(url: String, options: FrameOptions) -> Either<Html, Failure> {
    let mut frame = Frame::default();
    frame.title = options.title.as_deref();
    frame.width = options.width.as_deref();
    frame.height = options.height.as_deref();
    frame.id = options.id.as_deref();
    frame.class = options.class.as_deref();
    match core_iframe(&url, &frame) {
        Ok(html) => Either::A(Html { html }),
        Err(error) => Either::B(error.into()),
    }
}

/// Reads what Didit appends to a callback.
#[napi(catch_unwind)]
pub fn parse_callback(url_or_query: String) -> Either<Callback, Failure> {
    match core_callback(&url_or_query) {
        Ok(callback) => {
            Either::A(Callback { session_id: callback.session_id, claimed_status: callback.claimed_status })
        }
        Err(error) => Either::B(error.into()),
    }
}

/// The documented statuses of a session.
#[napi(catch_unwind)]
pub fn session_statuses() -> Vec<String> {
    STATUSES.iter().map(|status| status.name.to_owned()).collect()
}

/// What a status means for access.
#[napi(catch_unwind)]
pub fn status_outcome(status: String) -> String {
    Outcome::of_status(&status).as_str().to_owned()
}

/// Whether the verification is over.
#[napi(catch_unwind)]
pub fn status_is_final(status: String) -> bool {
    Status::named(&status).is_some_and(|status| status.is_final)
}

/// What can come next.
#[napi(catch_unwind)]
pub fn status_transitions(status: String) -> Vec<String> {
    Status::named(&status)
        .map(|status| status.transitions.iter().map(|next| (*next).to_owned()).collect())
        .unwrap_or_default()
}

/// Whether a created session existed before.
#[napi(catch_unwind)]
pub fn session_reused(status: String) -> Option<bool> {
    reused(&status)
}
