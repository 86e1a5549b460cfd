//! Pages as HTTP answers: what they may load, who may embed them, and who may keep them.

use std::sync::LazyLock;

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The style of the page, which stands in it.
pub const STYLE: &str = include_str!("../../templates/session.css");
/// What the page tells a window that embeds it; it works without.
pub const SCRIPT: &str = include_str!("../../templates/session.js");

static HASHES: LazyLock<[String; 2]> = LazyLock::new(|| [STYLE, SCRIPT].map(hash));

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// A page that anybody may embed; its forms lead to itself and to where `form_action` allows.
pub fn page(status: StatusCode, template: &impl Template, form_action: Option<&str>) -> Response<Body> {
    let Ok(text) = template.render() else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, Body::from("The page could not be made."));
    };
    let [style, script] = &*HASHES;
    let policy = format!(
        "default-src 'none'; style-src {style}; script-src {script}; img-src data:; form-action 'self' {}; base-uri 'none'; frame-ancestors *",
        form_action.unwrap_or_default()
    );
    let mut response = plain(status, Body::from(text));
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Off to another page.
pub fn redirect(url: &str) -> Response<Body> {
    let mut response = plain(StatusCode::SEE_OTHER, Body::empty());
    if let Ok(location) = HeaderValue::try_from(url) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The token in the path opens the session, so the path goes nowhere and nothing is kept.
fn plain(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
