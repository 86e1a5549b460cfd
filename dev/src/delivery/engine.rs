//! What is sent when, and again.
//!
//! Events about the same thing reach a destination one after the other; all others go at the same time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::Request;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::attempt::{self, Signed};
use super::client::{Answered, Client, Failure, Outgoing, half, pieces, whole, without_query};
use super::misbehaviour::Misbehaviour;
use crate::hub::Entry;
use crate::service::deliveries::Delivery;
use crate::service::destination::Destination;
use crate::service::reply::Refusal;
use crate::service::{Context, Dispatch, Service};
use crate::store::Database as _;

/// The most requests on their way to one destination at the same time.
const IN_FLIGHT: usize = 64;
/// The most events that wait for one destination, and the most repetitions that wait for their time: a
/// destination that never answers must neither fill the memory nor hold up the others.
const WAITING: usize = 20_000;
/// Seconds before the second and the third attempt.
pub const RETRIES: [f64; 2] = [60.0, 240.0];
/// Seconds by which a delayed delivery leaves the window.
pub const DELAY: i64 = 301;
/// How long an event that is to be overtaken waits for the next one.
const OVERTAKEN: Duration = Duration::from_secs(2);

/// A destination and what an event is about.
type Line = (String, String);

/// Sends events.
pub struct Engine {
    service: Arc<Service>,
    client: Client,
    permits: Mutex<HashMap<String, Arc<Semaphore>>>,
    /// Who waits behind whom, of those that have an attempt on its way.
    lines: Mutex<Lines>,
    later: UnboundedSender<Later>,
}

#[derive(Default)]
struct Lines {
    waiting: HashMap<Line, VecDeque<Dispatch>>,
    /// How many wait for each destination, or are on their way there.
    counts: HashMap<String, usize>,
}

impl Lines {
    fn leave(&mut self, destination: &str) {
        if let Some(count) = self.counts.get_mut(destination) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.counts.remove(destination);
            }
        }
    }
}

/// Something that is due at a time of the emulated clock.
enum Later {
    Attempt(f64, Dispatch),
    /// Signed already.
    Send(f64, Dispatch, Box<(Destination, Signed)>),
}

impl Engine {
    /// Begin to send what the service hands over. It goes on until the runtime ends.
    pub fn start(service: &Arc<Service>, client: Client) -> Arc<Self> {
        let (queue, dispatches) = unbounded_channel();
        let (later, due) = unbounded_channel();
        service.set_queue(queue);
        let (permits, lines) = (Mutex::default(), Mutex::default());
        let engine = Arc::new(Self { service: Arc::clone(service), client, permits, lines, later });
        tokio::spawn(Arc::clone(&engine).run(dispatches, due));
        engine
    }

    async fn run(self: Arc<Self>, mut dispatches: UnboundedReceiver<Dispatch>, mut laters: UnboundedReceiver<Later>) {
        let mut waiting: BinaryHeap<Reverse<(Due, u64)>> = BinaryHeap::new();
        let mut kept: HashMap<u64, Later> = HashMap::new();
        let mut count = 0;
        loop {
            let now = self.service.clock.precise();
            while let Some(&Reverse((due, number))) = waiting.peek()
                && due.0 <= now
            {
                waiting.pop();
                match kept.remove(&number) {
                    Some(Later::Attempt(_, dispatch)) => self.queue(dispatch),
                    Some(Later::Send(_, dispatch, signed)) => {
                        let (destination, signed) = *signed;
                        let engine = Arc::clone(&self);
                        tokio::spawn(async move {
                            engine.send(dispatch, &destination, &signed, Some(Misbehaviour::Delay)).await
                        });
                    }
                    None => {}
                }
            }
            let next = waiting.peek().map(|Reverse((due, _))| due.0);
            tokio::select! {
                dispatch = dispatches.recv() => match dispatch {
                    Some(dispatch) => self.queue(dispatch),
                    None => return,
                },
                Some(later) = laters.recv() => {
                    let (Later::Attempt(due, _) | Later::Send(due, ..)) = &later;
                    if kept.len() >= WAITING {
                        tracing::warn!("too many deliveries wait for their time; this one is lost");
                        continue;
                    }
                    count += 1;
                    waiting.push(Reverse((Due(*due), count)));
                    kept.insert(count, later);
                }
                () = self.service.clock.wait_until(next) => {}
            }
        }
    }

    /// Send now, or after what is about the same thing.
    fn queue(self: &Arc<Self>, dispatch: Dispatch) {
        let line = (dispatch.destination.clone(), dispatch.event.order.clone());
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let count = lines.counts.entry(line.0.clone()).or_default();
        if *count >= WAITING {
            drop(lines);
            tracing::warn!(event = dispatch.event.kind, "too many deliveries wait for their turn; this one is lost");
            return;
        }
        *count += 1;
        if let Some(behind) = lines.waiting.get_mut(&line) {
            behind.push_back(dispatch);
            return;
        }
        lines.waiting.insert(line.clone(), VecDeque::new());
        drop(lines);
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            let mut next = Some(dispatch);
            while let Some(dispatch) = next {
                engine.turn(&line, dispatch).await;
                next = engine.next_in(&line);
            }
        });
    }

    fn next_in(&self, line: &Line) -> Option<Dispatch> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.leave(&line.0);
        let next = lines.waiting.get_mut(line).and_then(VecDeque::pop_front);
        if next.is_none() {
            lines.waiting.remove(line);
        }
        next
    }

    /// It is an event's turn: sign it, and let it go wrong where that was asked for.
    async fn turn(self: &Arc<Self>, line: &Line, dispatch: Dispatch) {
        let wrong = self.service.misbehaviours.take(&dispatch.destination);
        if wrong == Some(Misbehaviour::Reorder) {
            self.overtake(line).await;
        }
        let Some((destination, signed, dispatch)) = self.signed(dispatch, wrong) else { return };
        match wrong {
            Some(Misbehaviour::Drop) => {
                let answered = Answered::nothing(Failure::Dropped, 0);
                self.record(&dispatch, &destination, &signed, &answered, wrong);
            }
            Some(Misbehaviour::Delay) => {
                #[expect(clippy::cast_precision_loss, reason = "it is small")]
                let due = self.service.clock.precise() + DELAY as f64;
                let _nobody_left_to_send = self.later.send(Later::Send(due, dispatch, Box::new((destination, signed))));
            }
            Some(Misbehaviour::Duplicate) => {
                self.send(dispatch.clone(), &destination, &signed, wrong).await;
                self.send(Dispatch { promised: None, ..dispatch }, &destination, &signed, wrong).await;
            }
            _ => self.send(dispatch, &destination, &signed, wrong).await,
        }
    }

    /// Let the next event about the same thing go first, if one comes in time.
    async fn overtake(self: &Arc<Self>, line: &Line) {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < OVERTAKEN {
            let next = {
                let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
                let next = lines.waiting.get_mut(line).and_then(VecDeque::pop_front);
                if next.is_some() {
                    lines.leave(&line.0);
                }
                next
            };
            if let Some(next) = next {
                if let Some((destination, signed, next)) = self.signed(next, None) {
                    self.send(next, &destination, &signed, Some(Misbehaviour::Reorder)).await;
                }
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn signed(&self, mut dispatch: Dispatch, wrong: Option<Misbehaviour>) -> Option<(Destination, Signed, Dispatch)> {
        let found = self.service.with(|context| Ok(context.destinations.get(&dispatch.destination).cloned()));
        let destination = found.ok().flatten().filter(|destination| destination.enabled)?;
        let now = self.service.clock.now();
        let stamp = dispatch.stamp.filter(|_| !self.service.options.restamp).unwrap_or(now);
        dispatch.stamp = Some(stamp);
        match attempt::sign(&dispatch.event, &destination.version, stamp, &destination.secret, wrong) {
            Ok(signed) => Some((destination, signed, dispatch)),
            Err(error) => {
                tracing::error!(%error, event = dispatch.event.kind, "an event could not be signed");
                None
            }
        }
    }

    fn permits(&self, destination: &str) -> Arc<Semaphore> {
        let mut all = self.permits.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() > 1000 {
            // Destinations come and go; those without a request on its way can be forgotten.
            all.retain(|_, permits| Arc::strong_count(permits) > 1);
        }
        Arc::clone(all.entry(destination.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(IN_FLIGHT))))
    }

    async fn send(&self, dispatch: Dispatch, destination: &Destination, signed: &Signed, wrong: Option<Misbehaviour>) {
        let permits = self.permits(&destination.id);
        let Ok(permit) = permits.acquire().await else { return };
        let answered = match request(&destination.url, signed, wrong) {
            Ok(request) => self.client.send(request).await,
            Err(_) => Answered::nothing(Failure::Connection, 0),
        };
        drop(permit);
        self.record(&dispatch, destination, signed, &answered, wrong);
        let repeat = match answered.outcome {
            Ok(status) => status == 404 || (500..600).contains(&status),
            Err(_) => true,
        };
        let wait = usize::try_from(dispatch.attempt).ok().and_then(|made| RETRIES.get(made.checked_sub(1)?));
        // A manual resend is one attempt.
        let automatic = dispatch.promised.is_none() && wrong != Some(Misbehaviour::Duplicate);
        if let (true, true, Some(wait)) = (repeat, automatic, wait) {
            let due = self.service.clock.precise() + wait;
            let attempt = dispatch.attempt + 1;
            let _nobody_left_to_send = self.later.send(Later::Attempt(due, Dispatch { attempt, ..dispatch }));
        }
    }

    fn record(
        &self,
        dispatch: &Dispatch,
        destination: &Destination,
        signed: &Signed,
        answered: &Answered,
        wrong: Option<Misbehaviour>,
    ) {
        let status = answered.outcome.ok();
        let delivered = status.is_some_and(|status| (200..300).contains(&status));
        let note = answered.outcome.err().map(Failure::as_str);
        let kind = match (wrong, &dispatch.promised, dispatch.attempt) {
            (Some(wrong), ..) => wrong.as_str(),
            (None, Some(_), _) => "resend",
            (None, None, 1) => "send",
            _ => "retry",
        };
        let (to, redirect) = (place(&destination.url), answered.redirect.as_deref());
        tracing::info!(
            event = dispatch.event.kind,
            to,
            kind,
            attempt = dispatch.attempt,
            status,
            note,
            redirect,
            "delivery"
        );
        let headers: serde_json::Map<String, serde_json::Value> =
            signed.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let written = self.service.with(|context| {
            let uuid = match &dispatch.promised {
                Some(promised) => promised.clone(),
                None => delivery_id(context, &dispatch.event.id, &destination.id, dispatch.attempt)?,
            };
            let delivery = Delivery {
                uuid,
                destination: destination.id.clone(),
                session_id: dispatch.event.session_id.clone(),
                event_id: dispatch.event.id.clone(),
                webhook_type: dispatch.event.kind.clone(),
                attempt: dispatch.attempt,
                kind: kind.to_owned(),
                request_url: destination.url.clone(),
                request_header: serde_json::Value::Object(headers).to_string(),
                request_body: signed.body.clone(),
                status: if delivered { "delivered" } else { "failed" }.to_owned(),
                response_status: status,
                response_time_ms: i64::try_from(answered.elapsed).ok(),
                note: note.map(str::to_owned),
                created_at: context.now,
            };
            delivery.insert(context)?;
            Ok((delivery, context.precise))
        });
        match written {
            Ok((delivery, at)) => self.service.hub.add(|number| Entry::Delivery(number, at, Arc::new(delivery))),
            Err(_) => tracing::error!("a delivery could not be written down"),
        }
    }
}

/// The id of an attempt. It follows from what is sent where, not from who answers first; a second request of the same
/// attempt, or a second event under the same id, has the next one.
fn delivery_id(context: &Context<'_>, event: &str, destination: &str, attempt: u32) -> Result<String, Refusal> {
    let mut place: u64 = 0;
    loop {
        let parts = [event, destination, &attempt.to_string(), &place.to_string()];
        let id = context.ids.uuid_of("delivery", &parts);
        let taken: bool = context.db.value("SELECT EXISTS (SELECT 1 FROM deliveries WHERE id = ?1)", [&id])?;
        if !taken {
            return Ok(id);
        }
        place += 1;
    }
}

/// The host and the path of a destination.
fn place(url: &str) -> &str {
    let rest = without_query(url);
    let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
    let authority = rest.find('/').unwrap_or(rest.len());
    // Somebody may have put a password before the host.
    rest.get(..authority).and_then(|host| host.rfind('@')).and_then(|at| rest.get(at + 1..)).unwrap_or(rest)
}

/// A request to a URL.
///
/// # Errors
///
/// If the URL or a header is none.
pub fn request(
    url: &str,
    signed: &Signed,
    wrong: Option<Misbehaviour>,
) -> Result<Request<Outgoing>, hyper::http::Error> {
    let mut request = Request::post(url);
    for (name, value) in &signed.headers {
        request = request.header(name, value);
    }
    let body = signed.body.as_bytes();
    let length = body.len();
    match wrong {
        Some(Misbehaviour::Trickle) => {
            request.header("Content-Length", length).body(pieces(body, 40, Duration::from_millis(25)))
        }
        Some(Misbehaviour::Cut) => request.header("Content-Length", length).body(half(body)),
        _ => request.body(whole(signed.body.clone())),
    }
}

/// A time to sort by.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Due(f64);

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
