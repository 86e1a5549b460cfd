//! Names and connections, so that a caller can leave while the system still waits.
//!
//! Neither `getaddrinfo` nor `connect` can be interrupted. Both run on threads of their own, only when a
//! connection is needed; the call waits in slices. A thread that nobody waits for any more ends with the
//! time-out of the connection.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::call::{Call, current};
use super::socket::Socket;
use crate::api::transport::Cause;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, Either, NextTimeout, Transport};

/// When the next address is tried beside the one that does not answer.
const STAGGER: Duration = Duration::from_millis(250);

/// How long a connection thread may outlive its call.
const LONGEST: Duration = Duration::from_secs(30);

/// ureq asks for addresses before it looks into its pool. They are looked up when a connection is made.
#[derive(Debug)]
pub(super) struct Later;

impl Resolver for Later {
    fn resolve(
        &self,
        _: &ureq::http::Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

#[derive(Debug)]
pub(super) struct SocketConnector;

impl<In: Transport> Connector<In> for SocketConnector {
    type Out = Either<In, Socket>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if let Some(chained) = chained {
            return Ok(Some(Either::A(chained)));
        }
        let uri = details.uri;
        let default_port = if details.needs_tls() { 443 } else { 80 };
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let call = current()?;
        let addresses = resolve(&call, host, uri.port_u16().unwrap_or(default_port))?;
        let stream = race(&call, &addresses)?;
        stream.set_nodelay(true)?;
        Ok(Some(Either::B(Socket::new(stream, details.config))))
    }
}

/// Runs `work` on a thread of its own, or here where none can be had.
fn elsewhere(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).stack_size(256 * 1024).spawn(work).map(drop)
}

fn resolve(call: &Call, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (sender, receiver) = channel();
    let name = host.to_owned();
    elsewhere("didit-resolve", move || {
        // Nobody may be waiting any more.
        let _ = sender.send((&*name, port).to_socket_addrs().map(Iterator::collect));
    })?;
    let found: io::Result<Vec<SocketAddr>> = wait(call, &receiver, None)?.unwrap_or_else(|| Ok(Vec::new()));
    match found {
        Ok(addresses) if !addresses.is_empty() => Ok(interleaved(addresses)),
        _ => Err(call.fail(Cause::Connect, Some("the host name was not found".to_owned()))),
    }
}

/// The families in turn, so that a broken one costs one stagger and not one for each of its addresses.
fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|one| one.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut all = Vec::new();
    loop {
        let pair = (first.next(), second.next());
        all.extend(pair.0);
        all.extend(pair.1);
        if pair == (None, None) {
            return all;
        }
    }
}

/// Tries the addresses, each a moment after the one before or as soon as that one failed; the first
/// connection wins.
fn race(call: &Call, addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let (sender, receiver) = channel();
    let mut waiting = addresses.iter();
    let mut under_way = 0_usize;
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    loop {
        if let Some(&address) = waiting.next() {
            let sender = sender.clone();
            elsewhere("didit-connect", move || {
                let _ = sender.send(TcpStream::connect_timeout(&address, LONGEST));
            })?;
            under_way += 1;
        } else if under_way == 0 {
            return Err(call.fail(Cause::Connect, Some(last.kind().to_string())));
        }
        let patience = (waiting.len() > 0).then_some(STAGGER);
        match wait(call, &receiver, patience)? {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(error)) => {
                under_way -= 1;
                last = error;
            }
            None => {}
        }
    }
}

/// Waits for a result in slices; `None` when the patience was too short.
fn wait<T>(call: &Call, receiver: &Receiver<T>, patience: Option<Duration>) -> io::Result<Option<T>> {
    let until = patience.map(|patience| Instant::now() + patience);
    loop {
        call.go_on()?;
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Ok(None);
        }
        match receiver.recv_timeout(left.map_or(call.slice(), |left| left.min(call.slice()))) {
            Ok(result) => return Ok(Some(result)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
