//! The connection to those who receive events.

use std::time::{Duration, Instant};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio_stream::wrappers::ReceiverStream;

/// What a body can fail with while it is sent: a connection that is cut on purpose.
pub type SendError = Box<dyn std::error::Error + Send + Sync>;

/// A body on its way out.
pub type Outgoing = BoxBody<Bytes, SendError>;

/// Sends requests and follows no redirects.
#[derive(Clone)]
pub struct Client {
    hyper: Hyper<HttpsConnector<HttpConnector>, Outgoing>,
    /// How long the receiver may take.
    pub timeout: Duration,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The status, or why there is none.
    pub outcome: Result<u16, Failure>,
    /// How long it took, in milliseconds.
    pub elapsed: u64,
    /// The `error` of an answer in JSON that is no 2xx, where it is a name such as `signature_mismatch`.
    pub error: Option<String>,
    /// What an adapter says of a delivery that it has taken, as JSON: `{"received":true,"duplicate":false}`.
    pub said: Option<String>,
    /// Where a redirect leads, without a query.
    pub redirect: Option<String>,
}

impl Answered {
    /// No answer.
    pub const fn nothing(failure: Failure, elapsed: u64) -> Self {
        Self { outcome: Err(failure), elapsed, error: None, said: None, redirect: None }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// None came in time.
    Timeout,
    /// No connection, or one that broke.
    Connection,
    /// It was never sent, because that was asked for.
    Dropped,
}

impl Failure {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Connection => "connection failed",
            Self::Dropped => "dropped",
        }
    }
}

impl Client {
    /// A client whose receivers have so long to answer; Didit gives them 5 seconds.
    pub fn new(timeout: Duration) -> Self {
        let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        let hyper = Hyper::builder(TokioExecutor::new())
            .http1_title_case_headers(true)
            .pool_idle_timeout(Duration::from_secs(15))
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(64)
            .build(connector);
        Self { hyper, timeout }
    }

    /// Send a request. The answer's body is read to its end, so that the connection can be used again.
    pub async fn send(&self, request: Request<Outgoing>) -> Answered {
        let begun = Instant::now();
        let exchange = async {
            let response = self.hyper.request(request).await.map_err(|_| Failure::Connection)?;
            let status = response.status().as_u16();
            let redirect = location(&response);
            let body = drain(response, LONGEST_OF_OURS).await;
            let good = (200..300).contains(&status);
            let (error, said) = if good { (None, said_in(&body)) } else { (error_in(&body), None) };
            Ok(Answered { outcome: Ok(status), elapsed: 0, error, said, redirect })
        };
        let answer = tokio::time::timeout(self.timeout, exchange).await.unwrap_or(Err(Failure::Timeout));
        let elapsed = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        match answer {
            Ok(answered) => Answered { elapsed, ..answered },
            Err(failure) => Answered::nothing(failure, elapsed),
        }
    }
}

/// Nobody needs more of an answer than this.
const MOST: usize = 1 << 20;

/// An answer that names an error, or what became of a delivery, is short.
const LONGEST_OF_OURS: usize = 4096;

/// Reads an answer to its end, and returns its beginning.
async fn drain(mut response: Response<Incoming>, keep: usize) -> Vec<u8> {
    let (mut read, mut kept) = (0, Vec::new());
    while let Some(Ok(frame)) = response.frame().await {
        let data = frame.data_ref().map_or(&[][..], |data| data);
        kept.extend(data.iter().take(keep.saturating_sub(kept.len())));
        read += data.len();
        if read > MOST {
            break;
        }
    }
    kept
}

/// The name of the error. What is no name is left out: an answer may hold anything.
fn error_in(body: &[u8]) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    answer.get("error")?.as_str().filter(|name| is_name(name)).map(str::to_owned)
}

/// What the adapters of this project answer where they take a delivery: members that they know, with values that are
/// names, and nothing else of the answer.
fn said_in(body: &[u8]) -> Option<String> {
    const KNOWN: &[&str] = &["received", "duplicate", "ignored", "type", "outcome", "scheme"];
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    answer.get("received")?.as_bool()?;
    let shown = |name: &&str| match answer.get(*name)? {
        serde_json::Value::Bool(value) => Some(format!("\"{name}\":{value}")),
        serde_json::Value::String(text) if is_name(text) => Some(format!("\"{name}\":\"{text}\"")),
        _ => None,
    };
    Some(format!("{{{}}}", KNOWN.iter().filter_map(shown).collect::<Vec<_>>().join(",")))
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.');
    text.bytes().all(plain) && (1..=64).contains(&text.len())
}

fn location(response: &Response<Incoming>) -> Option<String> {
    let found = response.headers().get(hyper::header::LOCATION).filter(|_| response.status().is_redirection())?;
    let text: String = found.to_str().ok()?.chars().take(300).collect();
    Some(without_query(&text).to_owned())
}

/// A URL, or a part of one, without its query, which may hold anything.
pub fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// A body that is sent at once.
pub fn whole(body: impl Into<Bytes>) -> Outgoing {
    Full::new(body.into()).map_err(|never| match never {}).boxed()
}

/// A body in so many pieces, with a pause between them.
pub fn pieces(body: &[u8], count: usize, pause: Duration) -> Outgoing {
    let size = body.len().div_ceil(count.max(1)).max(1);
    let chunks: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
    streamed(chunks, pause, false)
}

/// A body whose connection breaks after the first half.
pub fn half(body: &[u8]) -> Outgoing {
    let first = body.get(..body.len() / 2).unwrap_or_default();
    streamed(vec![Bytes::copy_from_slice(first)], Duration::from_millis(20), true)
}

fn streamed(chunks: Vec<Bytes>, pause: Duration, break_off: bool) -> Outgoing {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Frame<Bytes>, SendError>>(1);
    tokio::spawn(async move {
        for chunk in chunks {
            if sender.send(Ok(Frame::data(chunk))).await.is_err() {
                return;
            }
            tokio::time::sleep(pause).await;
        }
        if break_off {
            let _already_gone = sender.send(Err("cut on purpose".into())).await;
        }
    });
    BoxBody::new(StreamBody::new(ReceiverStream::new(receiver)))
}
