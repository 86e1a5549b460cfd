//! Connections: whoever sends nothing loses his, and nobody keeps the server from stopping.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Lost;

/// How long the head of a request may take, and a connection may stay without one.
const HEAD: Duration = Duration::from_secs(30);
/// How long answers that are on their way have to arrive once the server stops.
const GRACE: Duration = Duration::from_secs(3);
/// A pause when there are no more file descriptors.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// Answer whoever connects until `stop` is done.
pub async fn serve(listener: TcpListener, routes: Router, stop: impl Future<Output = ()>) {
    let (closing, closed) = watch::channel(());
    let mut open = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => drop(open.spawn(answer(stream, peer, routes.clone(), closed.clone()))),
                // The one who connected is gone again, or there are too many; neither is the end.
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            },
            Some(_) = open.join_next() => {}
            () = &mut stop => break,
        }
    }
    drop((listener, closing));
    let _some_did_not_end = tokio::time::timeout(GRACE, async { while open.join_next().await.is_some() {} }).await;
}

async fn answer(stream: TcpStream, peer: SocketAddr, routes: Router, mut closed: watch::Receiver<()>) {
    let _slower_without = stream.set_nodelay(true);
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let answering = routes.call(request);
        async move {
            // An error ends the connection without an answer.
            answering.await.map_or_else(
                |never| match never {},
                |answer| if answer.extensions().get::<Lost>().is_some() { Err("lost on purpose") } else { Ok(answer) },
            )
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = closed.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _broken = connection.await;
}
