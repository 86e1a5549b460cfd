//! From options to a server that answers.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn;
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;

use super::guard::Guard;
use super::{api, body, connections, control, input, media};
use crate::clock::Clock;
use crate::delivery::client::Client;
use crate::delivery::engine::Engine;
use crate::inspector;
use crate::page;
use crate::service::{Options, Service, application, session};

/// How the server is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// The address in links, where it is not the one listened on.
    pub public_url: Option<String>,
    /// Names by which it may be called beside its address.
    pub names: Vec<String>,
    /// The state's file; `None` keeps it in memory.
    pub file: Option<PathBuf>,
    /// When the clock starts, in Unix seconds; `None` is now.
    pub start: Option<f64>,
    /// Emulated seconds in one real second.
    pub speed: f64,
    /// How long a destination has to answer.
    pub timeout: Duration,
    /// How the service behaves.
    pub options: Options,
}

/// A server that has its port and answers once it is run.
pub struct Server {
    /// The emulated service.
    pub service: Arc<Service>,
    /// Where it listens.
    pub address: SocketAddr,
    guard: Arc<Guard>,
    listener: TcpListener,
    timeout: Duration,
}

impl Server {
    /// Open the state and take the port.
    ///
    /// # Errors
    ///
    /// A message for the person who started it.
    pub async fn bind(setup: Setup) -> Result<Self, String> {
        let clock = Clock::new(setup.start, setup.speed);
        let service = Arc::new(Service::open(setup.options, clock, setup.file.as_deref())?);
        let listener = TcpListener::bind(setup.address).await.map_err(|error| {
            let used = error.kind() == std::io::ErrorKind::AddrInUse;
            let cure = if used { "; another program has the port, and --port 0 takes a free one" } else { "" };
            format!("cannot listen on {}: {error}{cure}", setup.address)
        })?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let guard = Arc::new(Guard::new(address.ip(), &setup.names, setup.public_url.as_deref()));
        service.set_base(
            setup
                .public_url
                .map_or_else(|| format!("http://{}", callable(address)), |url| url.trim_end_matches('/').to_owned()),
        );
        Ok(Self { service, address, guard, listener, timeout: setup.timeout })
    }

    /// What programs need to use it, as the ready file holds it.
    ///
    /// # Errors
    ///
    /// If the state cannot be read.
    pub fn ready(&self) -> Result<serde_json::Value, String> {
        let first = self
            .service
            .with(|context| application::first(context))
            .map_err(|_| "the state cannot be read".to_owned())?;
        let base = self.service.base();
        let mut ready = json!({ "base_url": base, "account_url": format!("{base}/auth/v2"), "port": self.address.port(), "pid": std::process::id() });
        if let (Some(ready), Ok(serde_json::Value::Object(first))) =
            (ready.as_object_mut(), serde_json::to_value(first))
        {
            ready.extend(first);
        }
        Ok(ready)
    }

    /// Which of them somebody gave, so that they are not to be shown.
    ///
    /// # Errors
    ///
    /// If the state cannot be read.
    pub fn given(&self) -> Result<Vec<&'static str>, String> {
        let first = self.service.with(|context| application::first(context));
        first.map(|first| first.given).map_err(|_| "the state cannot be read".to_owned())
    }

    /// Answer until `stop` is done.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) {
        let _engine = Engine::start(&self.service, Client::new(self.timeout));
        tokio::spawn(expire(Arc::clone(&self.service)));
        let rest = Router::new().route("/healthz", get(healthz)).merge(media::routes()).fallback(api::handle);
        let limited = |routes: Router<Arc<Service>>| {
            let routes = routes.method_not_allowed_fallback(api::not_allowed);
            routes.layer(DefaultBodyLimit::disable()).layer(from_fn(body::whole))
        };
        let control = control::routes().merge(inspector::routes());
        let routes = self
            .guard
            .api(limited(rest))
            .merge(self.guard.control(limited(control).layer(from_fn(input::refusals))))
            .merge(self.guard.page(limited(page::routes())))
            .with_state(Arc::clone(&self.service));
        let service = self.service;
        let stop = async move {
            stop.await;
            service.hub.close();
        };
        connections::serve(self.listener, routes, stop).await;
    }
}

/// Where it is reached from this machine: all addresses together are none that can be called.
fn callable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    address
}

async fn healthz(State(service): State<Arc<Service>>) -> axum::response::Response {
    let reading = service.clock.reading();
    super::response(crate::service::reply::Reply::json(
        200,
        &json!({ "status": "ok", "service": "didit-dev", "clock": reading }),
    ))
}

/// Let time run out for sessions.
async fn expire(service: Arc<Service>) {
    loop {
        let next = service.with(session::expire).unwrap_or_default();
        // New sessions do not wake this up, so it looks again after a second of the emulated clock.
        let soon = service.clock.precise() + 1.0;
        #[expect(clippy::cast_precision_loss, reason = "times are far below 2^53")]
        let due = next.map_or(soon, |next| (next as f64).min(soon));
        service.clock.wait_until(Some(due)).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
