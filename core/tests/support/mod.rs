//! A server on loopback that speaks raw HTTP: it keeps what arrives, and does with each connection what
//! its script says.

#![allow(dead_code, unreachable_pub, reason = "each test program uses its part")]
#![allow(clippy::expect_used, reason = "a failed expectation is the failure of the test")]

pub mod http_case;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use didit_core::api::{Config, Didit};

/// A request as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }
}

/// What the server does with a request once it has read it.
pub type Script = Arc<dyn Fn(usize, &Received, &mut dyn Stream) + Send + Sync>;

pub trait Stream: Read + Write {
    /// Ends the connection with a reset.
    fn reset(&mut self);
    /// Ends the connection in order.
    fn end(&mut self);
}

impl Stream for TcpStream {
    fn reset(&mut self) {
        // Closing a socket that has no time to linger resets the connection.
        let socket = socket2::SockRef::from(&*self);
        socket.set_linger(Some(Duration::ZERO)).expect("linger");
        drop(std::mem::replace(self, spare()));
    }

    fn end(&mut self) {
        self.shutdown(std::net::Shutdown::Both).unwrap_or(());
    }
}

/// A connection that nobody uses, to put in the place of one that is closed.
fn spare() -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    TcpStream::connect(listener.local_addr().expect("address")).expect("connect")
}

impl<S: Stream> Stream for rustls::StreamOwned<rustls::ServerConnection, S> {
    fn reset(&mut self) {
        self.sock.reset();
    }

    fn end(&mut self) {
        self.sock.end();
    }
}

pub struct Server {
    pub port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Starts a server whose `script` gets the number of the request, from 0 on.
    pub fn start(script: impl Fn(usize, &Received, &mut dyn Stream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let port = listener.local_addr().expect("address").port();
        let (received, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let server = Self { port, received: Arc::clone(&received), connections: Arc::clone(&connections) };
        let script: Script = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (received, script) = (Arc::clone(&received), Arc::clone(&script));
                thread::spawn(move || serve(stream, &received, &script));
            }
        });
        server
    }

    /// A server that gives the same answer to everything.
    pub fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |_, _, stream| stream.write_all(&answer).unwrap_or(()))
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("lock").clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn config(&self) -> Config {
        let options = serde_json::json!({
            "base_url": self.url(), "api_key": "sk_test_key", "client_id": "id", "client_secret": "secret",
            "access_token": "account-token", "timeout": 5.0,
        });
        Config::resolve(&options.to_string(), &|_| None).expect("a configuration")
    }

    pub fn client(&self) -> Didit {
        Didit::new(self.config()).expect("a client")
    }
}

pub fn serve<S: Stream>(mut stream: S, received: &Mutex<Vec<Received>>, script: &Script) {
    while let Some(request) = read_request(&mut stream) {
        let number = {
            let mut all = received.lock().expect("lock");
            all.push(request.clone());
            all.len() - 1
        };
        script(number, &request, &mut stream);
        if request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            return;
        }
    }
}

pub fn read_request(stream: &mut dyn Read) -> Option<Received> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next()?.to_owned();
    let split = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(split).collect();
    let mut request = Received { line, headers, body: Vec::new() };
    let length = request.header("content-length").map_or(0, |length| length.parse().expect("a length"));
    request.body = vec![0; length];
    stream.read_exact(&mut request.body).ok()?;
    Some(request)
}

/// An answer with its length.
pub fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

pub fn json(status: &str, body: &str) -> Vec<u8> {
    http(status, "content-type: application/json\r\n", body)
}
