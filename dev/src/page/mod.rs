//! The hosted page at a session's `url`: a stand-in on which a person decides what the checks find.
//!
//! It keeps nothing between the steps: what was entered travels in the forms, so it works without JavaScript,
//! without cookies, and inside a frame of another site.
//!
//! * [`words`]: what it says, in each language
//! * [`fields`], [`draft`]: what can be changed, and what becomes of it
//! * [`view`]: the templates
//! * [`callback`], [`answer`]: where a person goes afterwards, and what the page may load

pub mod answer;
pub mod callback;
pub mod draft;
pub mod fields;
pub mod view;
pub mod words;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{Response, StatusCode};
use axum::routing::get;

use crate::server::request::pairs;
use crate::service::reply::{Content, Refusal};
use crate::service::session::{self, Session};
use crate::service::{Context, Service, Status};
use draft::Draft;
use fields::Step;
use view::View;
use words::Language;

/// Its routes.
pub fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/session/{token}", get(plain).post(plain_act))
        .route("/{language}/session/{token}", get(translated).post(translated_act))
}

type Shared = State<Arc<Service>>;

async fn plain(State(service): Shared, Path(token): Path<String>, RawQuery(query): RawQuery) -> Response<Body> {
    show(&service, Language::English, &token, query)
}

async fn plain_act(State(service): Shared, Path(token): Path<String>, body: Bytes) -> Response<Body> {
    act(&service, Language::English, &token, &body)
}

type Translated = Path<(String, String)>;

async fn translated(
    State(service): Shared,
    Path((language, token)): Translated,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    show(&service, Language::of(&language), &token, query)
}

async fn translated_act(State(service): Shared, Path((language, token)): Translated, body: Bytes) -> Response<Body> {
    act(&service, Language::of(&language), &token, &body)
}

/// Opening the page begins the session; waiting for another device does so too.
fn show(service: &Service, language: Language, token: &str, query: Option<String>) -> Response<Body> {
    let draft = Draft::new(query.as_deref().map(pairs).unwrap_or_default());
    let opened = service.with(|context| {
        let session = begun(context, token)?;
        Ok(View::of(context, &session, language, &draft))
    });
    let view = match opened {
        Ok(view) => view,
        Err(refusal) => return refused(language, refusal),
    };
    let initiator = matches!(view.callback_method.as_str(), "initiator" | "both");
    if draft.get("device") == Some("waiting") {
        return match &view.callback {
            Some(callback) if initiator && view.is_decided => answer::redirect(callback),
            _ => view.answer(StatusCode::OK),
        };
    }
    view.answer(StatusCode::OK)
}

fn begun(context: &mut Context<'_>, token: &str) -> Result<Session, Refusal> {
    let mut session = session::by_token(context, token)?;
    if session.status == Status::NotStarted {
        session.become_status(context, Status::InProgress)?;
    }
    Ok(session)
}

/// What a click asks for.
enum Click {
    /// Show a step, with what was entered so far.
    Step(Step),
    /// Go to a status.
    Status(Status),
}

/// A click: another step, or the session goes on, and the person to the callback.
fn act(service: &Service, language: Language, token: &str, body: &[u8]) -> Response<Body> {
    let draft = Draft::new(pairs(&String::from_utf8_lossy(body)));
    let acted = service.with(|context| {
        draft.check()?;
        let mut session = begun(context, token)?;
        let mistakes = draft.mistakes(&session, context.now);
        let click = click(&draft)?;
        let began = session.status;
        let status = match click {
            Click::Status(status) if mistakes.is_empty() => status,
            Click::Step(step) if mistakes.is_empty() => {
                return Ok((View::at(context, &session, language, &draft, step, &mistakes), None));
            }
            _ => {
                let step = draft.get("at").and_then(Step::parse).unwrap_or(Step::Result);
                return Ok((View::at(context, &session, language, &draft, step, &mistakes), None));
            }
        };
        let change = match status {
            Status::Abandoned => serde_json::Value::Null,
            _ => draft.change(context, &session, status)?,
        };
        if status == Status::Resubmitted {
            let reason = draft.get("reason").filter(|reason| !reason.trim().is_empty());
            let reason = reason.map_or_else(|| language.say("reason_default"), str::to_owned);
            session.resubmit_info = draft::resubmit_info(&draft, &reason);
        }
        session.walk_with(context, status, &change)?;
        let carried = draft.of_device();
        Ok((View::of(context, &session, language, &carried), Some(began)))
    });
    match acted {
        Ok((view, None)) => {
            let status = if view.mistakes.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
            view.answer(status)
        }
        Ok((view, Some(began))) => after(view, &draft, began),
        Err(refusal) => refused(language, refusal),
    }
}

fn click(draft: &Draft) -> Result<Click, Refusal> {
    if let Some(step) = draft.get("go").and_then(Step::parse) {
        return Ok(Click::Step(step));
    }
    let status = draft.get("status").and_then(Status::parse);
    status.map(Click::Status).ok_or_else(|| Refusal::detail(400, "There is no such status."))
}

/// Where the person is after the session went on.
fn after(mut view: View, draft: &Draft, began: Status) -> Response<Body> {
    // Who completes it on the device on which it began is both.
    let redirected = match draft.get("device") {
        Some("other") => matches!(view.callback_method.as_str(), "completer" | "both"),
        _ => true,
    };
    // A reviewer's click takes nobody anywhere, and who leaves is not there to be sent back.
    let callback = view.callback.clone().filter(|_| redirected && began.is_unfinished() && view.is_decided);
    match callback {
        Some(callback) if draft.get("embedded") != Some("true") => answer::redirect(&callback),
        onward => {
            // The window around the frame is told before the frame goes on.
            view.onward = onward;
            view.answer(StatusCode::OK)
        }
    }
}

fn refused(language: Language, refusal: Refusal) -> Response<Body> {
    let reply = refusal.into_reply();
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let detail = match &reply.content {
        Content::Json(text) => serde_json::from_str::<serde_json::Value>(text).unwrap_or_default(),
        _ => serde_json::Value::Null,
    };
    let text = detail.get("detail").and_then(serde_json::Value::as_str).unwrap_or_default();
    let text = if status == StatusCode::NOT_FOUND { language.say("unknown_session") } else { text.to_owned() };
    answer::page(status, &view::Problem { language, text: &text, style: answer::STYLE }, None)
}
