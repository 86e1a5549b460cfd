//! The hosted page at a session's `url`: a stand-in on which a person decides what the checks find.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::get;

use crate::server::request::pairs;
use crate::service::reply::Refusal;
use crate::service::session::{self, Session};
use crate::service::{Service, Status};

/// Its routes.
pub fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/session/{token}", get(plain).post(plain_act))
        .route("/{language}/session/{token}", get(translated).post(translated_act))
}

type Shared = State<Arc<Service>>;

#[derive(Template)]
#[template(path = "session.html")]
struct Page<'a> {
    language: &'a str,
    status: &'a str,
    choices: Vec<(&'a str, &'a str)>,
}

async fn plain(State(service): Shared, Path(token): Path<String>) -> Response<Body> {
    show(&service, "en", &token)
}

async fn plain_act(State(service): Shared, Path(token): Path<String>, body: Bytes) -> Response<Body> {
    act(&service, &token, &body)
}

async fn translated(State(service): Shared, Path((language, token)): Path<(String, String)>) -> Response<Body> {
    show(&service, &language, &token)
}

async fn translated_act(
    State(service): Shared,
    Path((_, token)): Path<(String, String)>,
    body: Bytes,
) -> Response<Body> {
    act(&service, &token, &body)
}

/// Opening the page begins the session.
fn show(service: &Service, language: &str, token: &str) -> Response<Body> {
    let opened = service.with(|context| {
        let mut session = session::by_token(context, token)?;
        if session.status == Status::NotStarted {
            session.become_status(context, Status::InProgress)?;
        }
        Ok(session)
    });
    match opened {
        Ok(session) => html(StatusCode::OK, &page(&session, language)),
        Err(refusal) => refused(refusal),
    }
}

fn page<'a>(session: &Session, language: &'a str) -> Page<'a> {
    let labels = [
        (Status::Approved, "Approve"),
        (Status::Declined, "Decline"),
        (Status::InReview, "Send to review"),
        (Status::Abandoned, "Abandon"),
    ];
    let choices = labels.into_iter().filter(|(next, _)| session.status.next().contains(next));
    Page {
        language,
        status: session.status.as_str(),
        choices: choices.map(|(status, label)| (status.as_str(), label)).collect(),
    }
}

/// A click: the session goes on, and the person to the callback.
fn act(service: &Service, token: &str, body: &[u8]) -> Response<Body> {
    let form = pairs(&String::from_utf8_lossy(body));
    let wanted = form.iter().find(|(name, _)| name == "status").and_then(|(_, value)| Status::parse(value));
    let acted = service.with(|context| {
        let mut session = session::by_token(context, token)?;
        let status = wanted.ok_or_else(|| Refusal::detail(400, "There is no such status."))?;
        session.walk_to(context, status)?;
        Ok((session.url(context.base), session))
    });
    match acted {
        Ok((url, session)) => {
            redirect(&session.callback.as_deref().map_or(url, |callback| returning(callback, &session)))
        }
        Err(refusal) => refused(refusal),
    }
}

/// The callback with the session's id and status appended.
pub fn returning(callback: &str, session: &Session) -> String {
    let (before, fragment) = callback.split_once('#').map_or((callback, None), |(before, after)| (before, Some(after)));
    let separator = if before.contains('?') { '&' } else { '?' };
    let status = session.status.as_str().replace(' ', "%20");
    let mut url = format!("{before}{separator}verificationSessionId={}&status={status}", session.id);
    if let Some(fragment) = fragment {
        url.push('#');
        url.push_str(fragment);
    }
    url
}

fn redirect(url: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(location) = HeaderValue::try_from(url) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn refused(refusal: Refusal) -> Response<Body> {
    crate::server::response(refusal.into_reply())
}

fn html(status: StatusCode, page: &impl Template) -> Response<Body> {
    let mut response = Response::new(Body::from(page.render().unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
