//! The transport that really sends: ureq, with connections of our own.
//!
//! This folder is the only place that names ureq, and [`call`] says why its own time-outs are not used.

use std::io::{self, Read};
use std::sync::Arc;

use ::ureq::config::{AutoHeaderValue, Config as UreqConfig};
use ::ureq::http::{HeaderName, Method, Request};
use ::ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, Transport as Stream,
};
use ::ureq::{Agent, Body, Proxy};

use super::{Cause, Failure, HttpRequest, HttpResponse, Terms, Transport};
use crate::api::config::Config;
use crate::api::operation::Verb;
use crate::{Code, Error};

mod call;
mod connect;
mod socket;
mod tls;

use call::{Call, current};

/// Idle connections that are kept, in all: as many as calls can be in flight in a binding.
const IDLE: usize = 256;

/// For each direction of each connection, and again for TLS. The head of an answer has to fit in.
const BUFFER: usize = 32 * 1024;

const LONG_HEAD: &str = "the head is too long";

pub(crate) struct Ureq {
    /// For https, by the proxy if there is one.
    agent: Agent,
    /// For plain http, which only goes to this machine: a proxy would read the credentials.
    direct: Agent,
}

impl Ureq {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let proxy = match &config.proxy {
            Some(proxy) => Some(proxy_of(proxy.expose(), config.no_proxy.as_deref())?),
            None => None,
        };
        let tls = tls::configuration(&config.trust)?;
        let settings = |proxy| {
            UreqConfig::builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .proxy(proxy)
                .user_agent(AutoHeaderValue::None)
                .accept(AutoHeaderValue::None)
                .max_idle_connections(IDLE)
                .max_idle_connections_per_host(IDLE)
                .input_buffer_size(BUFFER)
                .output_buffer_size(BUFFER)
                .max_response_header_size(BUFFER)
                .timeout_await_100(None)
                .build()
        };
        let chain = ConnectProxyConnector::default().chain(connect::SocketConnector).chain(tls::TlsConnector(tls));
        let chain = Arc::new(chain);
        let agent = |proxy| Agent::with_parts(settings(proxy), Whole(Arc::clone(&chain)), connect::Later);
        Ok(Self { agent: agent(proxy), direct: agent(None) })
    }
}

/// Only plain http proxies: ureq would send a request through a TLS proxy without TLS of its own.
fn proxy_of(url: &str, no_proxy: Option<&str>) -> Result<Proxy, Error> {
    let wrong =
        || Error::about(Code::InvalidConfiguration, "proxy is not of the form http://[user:password@]host:port");
    if !url.starts_with("http://") {
        return Err(wrong());
    }
    let plain = Proxy::new(url).map_err(|_| wrong())?;
    let Some(no_proxy) = no_proxy else { return Ok(plain) };
    let mut builder = Proxy::builder(plain.protocol()).host(plain.host()).port(plain.port());
    if let Some(user) = plain.username() {
        builder = builder.username(user);
    }
    if let Some(password) = plain.password() {
        builder = builder.password(password);
    }
    for host in no_proxy.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        builder = builder.no_proxy(host);
    }
    builder.build().map_err(|_| wrong())
}

impl Transport for Ureq {
    fn send(&self, request: &HttpRequest, terms: &Terms<'_>) -> Result<HttpResponse, Failure> {
        let call = call::enter(terms.stop, terms.connect_timeout);
        // A call that was cancelled before it began does not touch the network.
        call.go_on().map_err(|_| call.failure(Cause::Cancelled, None))?;
        let mut answer = self.run(request).map_err(|error| failure(&call, error))?;
        let mut body = Vec::new();
        let unlimited = answer.body_mut().with_config().limit(u64::MAX).reader();
        let mut limited = unlimited.take(terms.max_response_bytes.saturating_add(1));
        let read = limited.read_to_end(&mut body).map_err(|error| failure(&call, error.into()))?;
        if u64::try_from(read).is_ok_and(|read| read > terms.max_response_bytes) {
            return Err(call.failure(Cause::TooLarge, None));
        }
        let text = |value: &::ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        Ok(HttpResponse { status: answer.status().as_u16(), headers, body })
    }
}

impl Ureq {
    fn run(&self, request: &HttpRequest) -> Result<::ureq::http::Response<Body>, ::ureq::Error> {
        let method = match request.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
            Verb::Patch => Method::PATCH,
            Verb::Delete => Method::DELETE,
        };
        let mut builder = Request::builder().method(method).uri(&request.url);
        for (name, value) in &request.headers {
            let mut value = ::ureq::http::HeaderValue::from_str(value).map_err(::ureq::http::Error::from)?;
            value.set_sensitive(true);
            builder =
                builder.header(HeaderName::from_bytes(name.as_bytes()).map_err(::ureq::http::Error::from)?, value);
        }
        let agent = if request.url.starts_with("https://") { &self.agent } else { &self.direct };
        match &request.body {
            // ureq expects no body with GET and DELETE unless it is told.
            Some(body) if matches!(request.verb, Verb::Get | Verb::Delete) => {
                let (parts, ()) = builder.body(())?.into_parts();
                let mut forced = match request.verb {
                    Verb::Get => agent.get(parts.uri),
                    _ => agent.delete(parts.uri),
                }
                .force_send_body();
                if let Some(headers) = forced.headers_mut() {
                    *headers = parts.headers;
                }
                forced.send(&body[..])
            }
            Some(body) => agent.run(builder.body(&body[..])?),
            None => agent.run(builder.body(())?),
        }
    }
}

fn failure(call: &Call, error: ::ureq::Error) -> Failure {
    use ::ureq::Error as E;
    let (cause, text) = match error {
        E::Io(error) if call.sent() => (lost_or_malformed(&error), Some(error.kind().to_string())),
        E::Io(error) => (Cause::Connect, Some(error.kind().to_string())),
        E::ConnectProxyFailed(_) => (Cause::Connect, Some("the proxy refused the connection".to_owned())),
        E::HostNotFound | E::ConnectionFailed => (Cause::Connect, None),
        E::LargeResponseHeader(..) => (Cause::TooLarge, Some(LONG_HEAD.to_owned())),
        E::Timeout(_) => (Cause::Deadline, None),
        E::Tls(_) | E::TlsRequired => (Cause::Tls, None),
        E::Decompress(..) => (Cause::Malformed, Some("the body cannot be decompressed".to_owned())),
        _ if call.sent() => (Cause::Malformed, Some("it is not HTTP".to_owned())),
        _ => (Cause::Connect, None),
    };
    call.failure(cause, text)
}

fn lost_or_malformed(error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Cause::Malformed,
        _ => Cause::Lost,
    }
}

/// The whole chain of connectors: it knows when a connection is ready for the request itself.
#[derive(Debug)]
struct Whole<C>(Arc<C>);

impl<C: Connector<()>> Connector<()> for Whole<C> {
    type Out = Ready<C::Out>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<()>) -> Result<Option<Self::Out>, ::ureq::Error> {
        let call = current()?;
        let made = call.connecting(|| self.0.connect(details, chained));
        Ok(made?.map(Ready))
    }
}

/// A connection that notes when bytes of a request leave.
#[derive(Debug)]
struct Ready<T>(T);

impl<T: Stream> Stream for Ready<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ::ureq::Error> {
        current()?.sending();
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ::ureq::Error> {
        if self.0.buffers().input_append_buf().is_empty() {
            // Reading nothing into no room would look like the end of the connection.
            return Err(current()?.fail(Cause::TooLarge, Some(LONG_HEAD.to_owned())).into());
        }
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

impl std::fmt::Debug for Ureq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ureq")
    }
}
