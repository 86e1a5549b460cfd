//! What is sent when, and again.
//!
//! Events about the same thing reach a destination one after the other; all others go at the same time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use hyper::Request;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::attempt::{self, Signed};
use super::client::{Answered, Client, Failure, Outgoing, whole};
use crate::service::destination::Destination;
use crate::service::{Dispatch, Service};
use crate::store::Database;

/// The most requests on their way at the same time.
const IN_FLIGHT: usize = 256;

/// Seconds before the second and the third attempt.
pub const RETRIES: [f64; 2] = [60.0, 240.0];

/// Sends events.
pub struct Engine {
    service: Arc<Service>,
    client: Client,
    permits: Semaphore,
    /// Who waits behind whom: a destination and a subject that have an attempt on its way.
    lines: Mutex<HashMap<(String, String), VecDeque<Dispatch>>>,
    later: UnboundedSender<Later>,
}

struct Later {
    due: f64,
    dispatch: Dispatch,
}

impl Engine {
    /// Begin to send what the service hands over. It goes on until the runtime ends.
    pub fn start(service: &Arc<Service>, client: Client) -> Arc<Self> {
        let (queue, dispatches) = unbounded_channel();
        let (later, retries) = unbounded_channel();
        service.set_queue(queue);
        let engine = Arc::new(Self {
            service: Arc::clone(service),
            client,
            permits: Semaphore::new(IN_FLIGHT),
            lines: Mutex::new(HashMap::new()),
            later,
        });
        tokio::spawn(Arc::clone(&engine).run(dispatches, retries));
        engine
    }

    async fn run(self: Arc<Self>, mut dispatches: UnboundedReceiver<Dispatch>, mut retries: UnboundedReceiver<Later>) {
        let mut waiting: BinaryHeap<Reverse<(Due, u64)>> = BinaryHeap::new();
        let mut kept: HashMap<u64, Dispatch> = HashMap::new();
        let mut count = 0;
        loop {
            let now = self.service.clock.precise();
            while let Some(&Reverse((due, number))) = waiting.peek()
                && due.0 <= now
            {
                waiting.pop();
                if let Some(dispatch) = kept.remove(&number) {
                    self.queue(dispatch);
                }
            }
            let next = waiting.peek().map(|Reverse((due, _))| due.0);
            tokio::select! {
                dispatch = dispatches.recv() => match dispatch {
                    Some(dispatch) => self.queue(dispatch),
                    None => return,
                },
                Some(Later { due, dispatch }) = retries.recv() => {
                    count += 1;
                    kept.insert(count, dispatch);
                    waiting.push(Reverse((Due(due), count)));
                }
                () = self.service.clock.wait_until(next) => {}
            }
        }
    }

    /// Send now, or after what is about the same thing.
    fn queue(self: &Arc<Self>, dispatch: Dispatch) {
        let line = (dispatch.destination.clone(), dispatch.event.order.clone());
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(behind) = lines.get_mut(&line) {
            behind.push_back(dispatch);
            return;
        }
        lines.insert(line.clone(), VecDeque::new());
        drop(lines);
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            let mut next = Some(dispatch);
            while let Some(dispatch) = next {
                engine.attempt(dispatch).await;
                let mut lines = engine.lines.lock().unwrap_or_else(PoisonError::into_inner);
                next = lines.get_mut(&line).and_then(VecDeque::pop_front);
                if next.is_none() {
                    lines.remove(&line);
                }
            }
        });
    }

    async fn attempt(&self, dispatch: Dispatch) {
        let Ok(_permit) = self.permits.acquire().await else { return };
        let now = self.service.clock.now();
        let found = self.service.with(|context| Ok(context.destinations.get(&dispatch.destination).cloned()));
        let Ok(Some(destination)) = found else { return };
        if !destination.enabled {
            return;
        }
        let stamp = dispatch.stamp.filter(|_| !self.service.options.restamp).unwrap_or(now);
        let signed = match attempt::sign(&dispatch.event.payload, stamp, &destination.secret) {
            Ok(signed) => signed,
            Err(error) => {
                tracing::error!(%error, event = dispatch.event.kind, "an event could not be signed");
                return;
            }
        };
        let answered = self.client.send(request(&destination.url, &signed)).await;
        self.record(&dispatch, &destination, &signed, &answered);
        let repeat = match answered.outcome {
            Ok(status) => status == 404 || (500..600).contains(&status),
            Err(_) => true,
        };
        let wait = usize::try_from(dispatch.attempt).ok().and_then(|made| RETRIES.get(made.checked_sub(1)?));
        if let (true, Some(wait)) = (repeat, wait) {
            let due = self.service.clock.precise() + wait;
            let attempt = dispatch.attempt + 1;
            let _nobody_left_to_send =
                self.later.send(Later { due, dispatch: Dispatch { attempt, stamp: Some(stamp), ..dispatch } });
        }
    }

    fn record(&self, dispatch: &Dispatch, destination: &Destination, signed: &Signed, answered: &Answered) {
        let status = answered.outcome.ok();
        let delivered = status.is_some_and(|status| (200..300).contains(&status));
        let note = answered.outcome.err().map(Failure::as_str);
        tracing::info!(event = dispatch.event.kind, attempt = dispatch.attempt, status, note, "delivery");
        let headers: serde_json::Map<String, serde_json::Value> =
            signed.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let written = self.service.with(|context| {
            let id = context.ids.uuid("delivery");
            let position: i64 = context.db.value(
                "INSERT INTO deliveries (id, destination, event_id, event_type, session_id, attempt, kind, url, headers, body, status,
                   response_status, response_time, note, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'send', ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) RETURNING position",
                rusqlite::params![
                    id, destination.id, dispatch.event.id, dispatch.event.kind, dispatch.event.session_id, dispatch.attempt,
                    destination.url, serde_json::Value::Object(headers).to_string(), signed.body,
                    if delivered { "delivered" } else { "failed" }, status, i64::try_from(answered.elapsed).ok(), note, context.now
                ],
            )?;
            context.db.run("DELETE FROM deliveries WHERE position <= ?1", [position - i64::from(context.options.keep)])?;
            Ok(())
        });
        if written.is_err() {
            tracing::error!("a delivery could not be written down");
        }
    }
}

fn request(url: &str, signed: &Signed) -> Request<Outgoing> {
    let mut request = Request::post(url);
    for (name, value) in &signed.headers {
        request = request.header(name, value);
    }
    // The address was parsed when the destination was made, and our headers are ASCII.
    request.body(whole(signed.body.clone())).unwrap_or_else(|_| Request::new(whole("")))
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
