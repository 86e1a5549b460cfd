//! An emulator on a free port, somebody who calls it, and somebody who receives its webhooks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use didit_dev::server::run::{Server, Setup};
use didit_dev::service::Options;
use serde_json::{Value, json};

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running emulator.
pub(crate) struct Dev {
    pub(crate) base: String,
    pub(crate) ready: Value,
    agent: ureq::Agent,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The usual setup: a clock that stands still, and a seed.
pub(crate) fn setup() -> Setup {
    Setup {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        public_url: None,
        names: Vec::new(),
        file: None,
        start: Some(1_790_000_000.0),
        speed: 0.0,
        timeout: Duration::from_secs(5),
        options: Options { seed: Some("7".to_owned()), rate_limits: false, ..Options::default() },
    }
}

impl Dev {
    pub(crate) fn start() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut Setup)) -> Self {
        let mut setup = setup();
        change(&mut setup);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (tell, told) = channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let server = Server::bind(setup).await.unwrap();
                tell.send(server.ready().unwrap()).unwrap();
                server.run(async { drop(stopped.await) }).await;
            });
            runtime.shutdown_timeout(Duration::from_millis(100));
        });
        let ready: Value = told.recv_timeout(PATIENCE).expect("the emulator starts");
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_global(Some(PATIENCE))
            .build();
        let base = ready["base_url"].as_str().unwrap().to_owned();
        Self { base, ready, agent: config.into(), stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn known(&self, name: &str) -> String {
        self.ready[name].as_str().unwrap_or_default().to_owned()
    }

    /// Send bytes with headers.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = if body.is_empty() && method == "GET" {
            self.agent.run(request.body(()).unwrap()).expect("an answer")
        } else {
            self.agent.run(request.body(body.to_vec()).unwrap()).expect("an answer")
        };
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect();
        let mut bytes = Vec::new();
        response.body_mut().as_reader().read_to_end(&mut bytes).expect("the whole answer");
        Answer { status: response.status().as_u16(), headers, bytes }
    }

    /// Call the API with the first application's key.
    pub(crate) fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let key = self.known("api_key");
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, &[("x-api-key", key.as_str()), ("content-type", "application/json")], text.as_bytes())
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null)
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, body)
    }

    /// Use the control API; what it refuses fails the test.
    pub(crate) fn control(&self, path: &str, body: Value) -> Value {
        let answer = self.send(
            "POST",
            &format!("/_dev/{path}"),
            &[("content-type", "application/json")],
            body.to_string().as_bytes(),
        );
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Create a session of the first workflow.
    pub(crate) fn create(&self, more: Value) -> Value {
        let mut body = json!({ "workflow_id": self.known("workflow_id") });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.post("/v3/session/", body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// Move a session to a status.
    pub(crate) fn become_status(&self, session: &Value, status: &str) -> Value {
        self.control(
            &format!("sessions/{}/status", session["session_id"].as_str().unwrap()),
            json!({ "status": status }),
        )
    }

    pub(crate) fn decision(&self, session: &Value) -> Value {
        let answer = self.get(&format!("/v3/session/{}/decision/", session["session_id"].as_str().unwrap()));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Make a destination for a receiver.
    pub(crate) fn destination(&self, receiver: &Webhooks, events: &[&str]) -> Value {
        let answer = self.post(
            "/v3/webhook/destinations/",
            json!({ "label": "test", "url": receiver.url, "webhook_version": "v3", "subscribed_events": events }),
        );
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.expect("the emulator ends");
            }
        }
    }
}

/// A delivery as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// What the core says of it.
    pub(crate) fn verify(&self, secret: &str, now: i64) -> Result<(), String> {
        let verifier = didit_core::Verifier::new(&[secret.as_bytes()], Default::default()).unwrap();
        let headers: didit_core::webhook::RawHeaders =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let now = didit_core::webhook::UnixSeconds::new(now).unwrap();
        verifier
            .verify(&self.body, &headers.relevant(), now)
            .map(drop)
            .map_err(|error| error.code().as_str().to_owned())
    }
}

/// Somebody who receives webhooks and answers what the test wants.
pub(crate) struct Webhooks {
    pub(crate) url: String,
    pub(crate) status: Arc<AtomicU16>,
    received: Mutex<Receiver<Received>>,
}

impl Webhooks {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(200));
        let (sender, received) = channel();
        let answer = Arc::clone(&status);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (sender, answer) = (sender.clone(), Arc::clone(&answer));
                std::thread::spawn(move || drop(serve(&stream, &sender, &answer)));
            }
        });
        Self { url, status, received: Mutex::new(received) }
    }

    /// The next delivery.
    pub(crate) fn next(&self) -> Received {
        self.received.lock().unwrap().recv_timeout(PATIENCE).expect("a delivery")
    }

    /// The next deliveries.
    pub(crate) fn take(&self, count: usize) -> Vec<Received> {
        (0..count).map(|_| self.next()).collect()
    }

    /// Whether nothing comes for a while.
    pub(crate) fn is_quiet(&self) -> bool {
        self.received.lock().unwrap().recv_timeout(Duration::from_millis(300)).is_err()
    }

    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }
}

fn serve(stream: &TcpStream, sender: &Sender<Received>, status: &AtomicU16) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream.try_clone()?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let length = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body)?;
        drop(sender.send(Received { headers, body }));
        write!(writer, "HTTP/1.1 {} X\r\ncontent-length: 2\r\n\r\nok", status.load(Ordering::SeqCst))?;
    }
}
