//! The control API, `/_dev/...`: what tests and people steer the emulator by.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::Response;
use axum::response::sse::{self, Sse};
use axum::routing::{delete, get, post};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::{Stream, StreamExt as _};

use super::{input, response};
use crate::delivery::misbehaviour::Misbehaviour;
use crate::hub::Entry;
use crate::service::destination::Destination;
use crate::service::event::{self, Event};
use crate::service::faults::Fault;
use crate::service::reply::{Refusal, Reply};
use crate::service::sample::{self, Sample, UNSIGNED};
use crate::service::{
    Context, Service, Status, application, deliveries, session, sessions, template, transactions, webhooks,
};
use crate::store::Database;

/// Its routes.
pub fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/_dev/status", get(status))
        .route("/_dev/clock", get(read_clock).post(clock))
        .route("/_dev/credits", post(credits))
        .route("/_dev/reset", post(reset))
        .route("/_dev/faults", get(list_faults).post(add_fault).delete(clear_faults))
        .route("/_dev/mail", get(mail))
        .route("/_dev/entries", get(entries))
        .route("/_dev/stream", get(stream))
        .route("/_dev/deliveries", get(list_deliveries))
        .route("/_dev/deliveries/{id}/resend", post(resend))
        .route("/_dev/destinations", post(add_destination))
        .route("/_dev/misbehaviours", get(list_misbehaviours).post(misbehave).delete(behave))
        .route("/_dev/events", post(send_event))
        .route("/_dev/sessions/{id}/status", post(move_session))
        .route("/_dev/sessions/{id}/checks", post(change_checks))
        .route("/_dev/transactions/{id}/status", post(move_transaction))
        .route("/_dev/{*unknown}", delete(unknown).get(unknown).post(unknown).put(unknown).patch(unknown))
}

type Shared = State<Arc<Service>>;

async fn unknown() -> Response<Body> {
    response(Refusal::detail(404, "The control API has no such path; docs/didit-dev.md lists it.").into_reply())
}

/// Where the emulator stands, with what programs need to use it; what came from the environment may be somebody's real
/// key, so it is only said that it did.
async fn status(State(service): Shared) -> Response<Body> {
    done(&service, |context| {
        let first = application::first(context)?;
        let count = |table: &str| context.db.value::<i64>(&format!("SELECT count(*) FROM {table}"), []);
        let counts = json!({ "sessions": count("sessions")?, "deliveries": count("deliveries")? });
        Ok(Reply::json(
            200,
            &json!({ "application": first.shown(), "from_environment": first.given, "base_url": context.base, "now": context.precise, "counts": counts }),
        ))
    })
}

async fn read_clock(State(service): Shared) -> Response<Body> {
    response(Reply::json(200, &service.clock.reading()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    set: Option<f64>,
    advance: Option<f64>,
    speed: Option<f64>,
}

/// Set, advance or speed up the clock; sessions whose time runs out on the way do so before the answer.
async fn clock(State(service): Shared, body: Bytes) -> Response<Body> {
    let changed = input::read::<ClockChange>(&body).and_then(|wanted| {
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
struct Credits {
    // A member that is missing is a slip, and null is not.
    #[serde(deserialize_with = "Option::deserialize")]
    credits: Option<i64>,
}

/// How many sessions can still be created; null is without end.
async fn credits(State(service): Shared, body: Bytes) -> Response<Body> {
    done(&service, |context| {
        let wanted: Credits = input::read(&body)?;
        if let Some(negative) = wanted.credits.filter(|credits| *credits < 0) {
            return Err(Refusal::detail(400, format!("There cannot be {negative} credits.")));
        }
        context.db.run("UPDATE applications SET credits = ?1", [wanted.credits])?;
        Ok(Reply::json(200, &json!({ "credits": wanted.credits })))
    })
}

async fn reset(State(service): Shared) -> Response<Body> {
    response(service.reset().map_or_else(Refusal::into_reply, |()| Reply::json(200, &json!({}))))
}

async fn list_faults(State(service): Shared) -> Response<Body> {
    response(Reply::json(200, &service.faults.all()))
}

async fn add_fault(State(service): Shared, body: Bytes) -> Response<Body> {
    let added = input::read::<Fault>(&body).and_then(|fault| {
        fault.check()?;
        service.faults.add(fault.clone());
        Ok(Reply::json(200, &fault))
    });
    response(added.unwrap_or_else(Refusal::into_reply))
}

async fn clear_faults(State(service): Shared) -> Response<Body> {
    service.faults.clear();
    response(Reply::json(200, &json!([])))
}

/// The codes that Didit would have mailed.
async fn mail(State(service): Shared) -> Response<Body> {
    done(&service, |context| {
        let sql = "SELECT email, code, code_expires FROM accounts WHERE code IS NOT NULL ORDER BY code_sent DESC";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(
                json!({ "email": row.get::<_, String>(0)?, "code": row.get::<_, String>(1)?, "expires_at": row.get::<_, i64>(2)? }),
            )
        };
        Ok(Reply::json(200, &context.db.rows(sql, [], read)?))
    })
}

/// The newest calls and deliveries, oldest first.
async fn entries(State(service): Shared) -> Response<Body> {
    let entries: Vec<Value> = service.hub.newest().iter().map(Entry::json).collect();
    response(Reply::json(200, &entries))
}

/// Every call and delivery from now on, as server-sent events.
async fn stream(State(service): Shared) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    // Who is too slow misses some; the list has them.
    let entries = BroadcastStream::new(service.hub.listen()).filter_map(Result::ok);
    let entries = entries.take_while(Option::is_some).filter_map(|entry| entry);
    Sse::new(entries.map(|entry| Ok(sse::Event::default().data(entry.json().to_string()))))
        .keep_alive(sse::KeepAlive::default())
}

async fn list_deliveries(State(service): Shared) -> Response<Body> {
    done(&service, |context| Ok(Reply::json(200, &deliveries::newest(context, 500)?)))
}

async fn resend(State(service): Shared, Path(id): Path<String>) -> Response<Body> {
    done(&service, |context| {
        let delivery = deliveries::by_id(context, &id)?;
        Ok(Reply::json(200, &json!({ "uuid": deliveries::send_again(context, &delivery)? })))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewDestination {
    url: String,
    events: Option<Vec<String>>,
    version: Option<String>,
}

/// A destination of the first application, signed with its known secret.
async fn add_destination(State(service): Shared, body: Bytes) -> Response<Body> {
    done(&service, |context| {
        let wanted: NewDestination = input::read(&body)?;
        let first = application::first(context)?;
        let url = webhooks::target(&wanted.url)?;
        let version = wanted.version.unwrap_or_else(|| "v3".to_owned());
        if !["v1", "v2", "v3"].contains(&version.as_str()) {
            return Err(Refusal::field("version", format!("\"{version}\" is not a valid choice.")));
        }
        if let Some(events) = &wanted.events {
            webhooks::check_events("events", events)?;
        }
        let secret_given = first.given.contains(&"webhook_secret");
        let known = context.destinations.of(&first.application_id).find(|one| one.url == url && !one.hidden).cloned();
        let destination = Destination {
            id: known.map_or_else(|| context.ids.uuid("destination"), |known| known.id),
            application: first.application_id,
            label: "didit-dev".to_owned(),
            url,
            enabled: true,
            version,
            events: wanted.events.unwrap_or_else(|| webhooks::EVENTS.map(str::to_owned).to_vec()),
            secret: first.webhook_secret,
            hidden: false,
            created_at: context.now,
            updated_at: context.now,
        };
        let mut answer = webhooks::shown(context, &destination)?;
        if let Some(secret) = answer.get_mut("secret_shared_key").filter(|_| secret_given) {
            *secret = Value::Null;
        }
        context.destinations.save(context.db, destination)?;
        Ok(Reply::json(200, &answer))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Misbehave {
    #[serde(default = "any")]
    destination: String,
    misbehaviour: String,
    #[serde(default = "once")]
    times: u32,
}

fn any() -> String {
    "*".to_owned()
}

const fn once() -> u32 {
    1
}

/// Let the next deliveries go wrong.
async fn misbehave(State(service): Shared, body: Bytes) -> Response<Body> {
    let asked = input::read::<Misbehave>(&body).and_then(|wanted| {
        let known = Misbehaviour::ALL.map(Misbehaviour::as_str).join(", ");
        let one = Misbehaviour::parse(&wanted.misbehaviour).ok_or_else(|| {
            Refusal::detail(400, format!("There is no misbehaviour {:?}; there are {known}.", wanted.misbehaviour))
        })?;
        if wanted.times == 0 {
            return Err(Refusal::detail(400, "A misbehaviour comes at least once."));
        }
        let there = service.with(|context| Ok(context.destinations.get(&wanted.destination).is_some()))?;
        if wanted.destination != "*" && !there {
            let text = format!("There is no destination {:?}; * is any of them.", wanted.destination);
            return Err(Refusal::detail(400, text));
        }
        service.misbehaviours.add(&wanted.destination, one, wanted.times);
        Ok(misbehaviours(&service))
    });
    response(asked.unwrap_or_else(Refusal::into_reply))
}

fn misbehaviours(service: &Service) -> Reply {
    let all: Vec<Value> = service
        .misbehaviours
        .all()
        .into_iter()
        .map(|(destination, name, times)| json!({ "destination": destination, "misbehaviour": name, "times": times }))
        .collect();
    Reply::json(200, &all)
}

async fn list_misbehaviours(State(service): Shared) -> Response<Body> {
    response(misbehaviours(&service))
}

async fn behave(State(service): Shared) -> Response<Body> {
    service.misbehaviours.clear();
    response(misbehaviours(&service))
}

/// An event that nobody caused, to the first application's destinations.
async fn send_event(State(service): Shared, body: Bytes) -> Response<Body> {
    done(&service, |context| {
        let wanted: Sample = input::read(&body)?;
        if wanted.kind == UNSIGNED {
            let text = format!("{UNSIGNED} goes to no destination; `didit-dev trigger` sends it to a URL.");
            return Err(Refusal::detail(400, text));
        }
        let first = application::first(context)?;
        let application = application::by_id(context, &first.application_id)?.ok_or_else(Refusal::not_found)?;
        let seed = context.ids.uuid("event");
        let mut payload = sample::payload(&wanted, context.now, &seed).map_err(|text| Refusal::detail(400, text))?;
        if !wanted.members.contains_key("application_id") {
            payload.set("application_id", &application.id);
        }
        let mut event = Event::new(context, &application, &wanted.kind, &seed);
        event.id = payload.string("event_id").unwrap_or(event.id);
        event.session_id = payload.string("session_id");
        event.payload = payload;
        let answer = json!({ "event_id": event.id });
        event.send(context, &application);
        Ok(Reply::json(200, &answer))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    status: String,
    /// Merged into the arrays of the decision.
    #[serde(default)]
    checks: Map<String, Value>,
    /// What the checks find.
    scenario: Option<String>,
    /// Exactly as the event carries it.
    resubmit_info: Option<Value>,
}

/// Move a session to a status, by the documented transitions.
async fn move_session(State(service): Shared, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    done(&service, |context| {
        let wanted: Move = input::read(&body)?;
        let known = Status::ALL.map(Status::as_str).join(", ");
        let target = Status::parse(&wanted.status).ok_or_else(|| {
            Refusal::detail(400, format!("There is no status {:?}; there are {known}.", wanted.status))
        })?;
        input::checks(&wanted.checks)?;
        if let Some(info) = &wanted.resubmit_info {
            if !info.is_object() {
                return Err(Refusal::detail(400, "resubmit_info has to be an object."));
            }
            if target != Status::Resubmitted {
                return Err(Refusal::detail(400, "resubmit_info belongs to the status \"Resubmitted\"."));
            }
        }
        let mut session = session::by_id(context, &id)?;
        if let Some(scenario) = wanted.scenario {
            let Some(end) = template::scenario_status(&scenario).and_then(Status::parse) else {
                return Err(Refusal::detail(400, format!("There is no scenario {scenario:?}.")));
            };
            if let Some(way) = session.status.way_to(target) {
                // Where the session has not been decided it still can end as the scenario does.
                let undecided = matches!(target, Status::NotStarted | Status::InProgress | Status::AwaitingUser);
                if !undecided && !way.contains(&end) {
                    let (end, target) = (end.as_str(), target.as_str());
                    let text =
                        format!("The scenario {scenario:?} ends in {end:?}, which is not on the way to {target:?}.");
                    return Err(Refusal::detail(400, text));
                }
            }
            session.scenario = Some(scenario);
        }
        if let Some(info) = wanted.resubmit_info {
            session.resubmit_info = Some(info.to_string());
        }
        session.walk_with(context, target, &Value::Object(wanted.checks))?;
        Ok(Reply::json(200, &sessions::answer(&session, context.base)))
    })
}

/// Merge something into what the checks of a session found, and tell of it.
async fn change_checks(State(service): Shared, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    done(&service, |context| {
        let wanted: Map<String, Value> = input::read(&body)?;
        input::checks(&wanted)?;
        let mut session = session::by_id(context, &id)?;
        let mut checks = session.checks();
        template::merge(&mut checks, &Value::Object(wanted));
        session.checks = Some(checks.to_string());
        session.update(context)?;
        let application = application::by_id(context, &session.application)?.ok_or_else(Refusal::not_found)?;
        event::of_session(context, &application, &session, "data.updated")?;
        Ok(Reply::json(200, &checks))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveTransaction {
    status: String,
}

/// Give a transaction of the first application another status.
async fn move_transaction(State(service): Shared, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    done(&service, |context| {
        let wanted: MoveTransaction = input::read(&body)?;
        let first = application::first(context)?;
        let application = application::by_id(context, &first.application_id)?.ok_or_else(Refusal::not_found)?;
        Ok(Reply::json(200, &transactions::set_status(context, &application, &id, &wanted.status)?))
    })
}

fn done(service: &Service, work: impl FnOnce(&mut Context<'_>) -> Result<Reply, Refusal>) -> Response<Body> {
    response(service.with(work).unwrap_or_else(Refusal::into_reply))
}
