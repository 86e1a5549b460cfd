//! Faults injected at the socket. Each ends in the right error or result before the deadline, and the
//! server counts how often a request came.

#![allow(clippy::expect_used, reason = "a failed expectation is the failure of the test")]

mod support;

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use didit_core::api::{Answer, Arguments, CallOptions, CancelToken, Config, Didit, Operation};
use didit_core::{Code, Error};
use flate2::{Compression, write::GzEncoder};
use support::{Server, http, json, serve};

const ID: &str = "11111111-2222-3333-4444-555555555555";
const GOOD: &str = r#"{"session_id":"s","session_token":"t","status":"Approved","url":"u","workflow_id":"w"}"#;

/// Reads a decision: always repeatable.
fn read(client: &Didit, options: &CallOptions) -> Result<Answer, Error> {
    let operation = Operation::named("sessions.decision").expect("known");
    client.call(operation, &Arguments::new().with("session_id", ID), options)
}

/// Creates a session without vendor_data: never repeatable once its bytes may have arrived.
fn create(client: &Didit, options: &CallOptions) -> Result<Answer, Error> {
    let operation = Operation::named("sessions.create").expect("known");
    client.call(operation, &Arguments::new().with("workflow_id", ID), options)
}

fn within(seconds: f64) -> CallOptions {
    CallOptions::from_json(&format!(r#"{{"timeout":{seconds}}}"#)).expect("options")
}

fn code(result: Result<Answer, Error>) -> Code {
    result.expect_err("a fault").code()
}

#[test]
fn refused_connections_are_tried_again_and_nothing_was_sent() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let options = format!(r#"{{"base_url":"http://127.0.0.1:{port}","api_key":"k"}}"#);
    let client = Didit::new(Config::resolve(&options, &|_| None).expect("configuration")).expect("client");
    let error = create(&client, &within(30.0)).expect_err("refused");
    assert_eq!(error.code(), Code::ConnectionFailed);
    assert_eq!(error.http().expect("facts").attempts, 4);
    let said = "connection refused; nothing listens there; is didit-dev running?";
    assert!(error.message().ends_with(&format!("{said} (sessions.create at 127.0.0.1:{port})")), "{error}");
}

#[test]
fn a_reset_before_the_answer_repeats_only_what_may_be_repeated() {
    let server = Server::start(|_, _, stream| stream.reset());
    assert_eq!(code(create(&server.client(), &within(10.0))), Code::ConnectionLost);
    assert_eq!(server.received().len(), 1, "a POST is never sent twice");
    assert_eq!(code(read(&server.client(), &within(10.0))), Code::ConnectionLost);
    assert_eq!(server.received().len(), 5, "a GET is sent four times");
}

#[test]
fn a_session_with_vendor_data_is_repeated() {
    let server = Server::start(|number, _, stream| match number {
        0 => stream.reset(),
        _ => stream.write_all(&json("201 Created", GOOD)).unwrap_or(()),
    });
    let operation = Operation::named("sessions.create").expect("known");
    let arguments = Arguments::new().with("workflow_id", ID).with("vendor_data", "user-1");
    let answer = server.client().call(operation, &arguments, &within(10.0)).expect("an answer");
    assert_eq!((answer.attempts, server.received().len()), (2, 2));
}

#[test]
fn a_connection_that_ends_without_a_word_is_lost() {
    let server = Server::start(|_, _, stream| stream.end());
    assert_eq!(code(create(&server.client(), &within(10.0))), Code::ConnectionLost);
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_reset_during_the_head_or_the_body_is_not_an_answer() {
    for part in ["HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 38\r\n\r\n{\"session_id\""] {
        let server = Server::start(move |_, _, stream| {
            stream.write_all(part.as_bytes()).unwrap_or(());
            stream.flush().unwrap_or(());
            thread::sleep(Duration::from_millis(20));
            stream.reset();
        });
        assert_eq!(code(create(&server.client(), &within(10.0))), Code::ConnectionLost, "{part}");
        assert_eq!(server.received().len(), 1);
    }
}

#[test]
fn a_reset_after_the_answer_spoils_neither_it_nor_the_next_call() {
    let server = Server::start(|_, _, stream| {
        stream.write_all(&json("200 OK", GOOD)).unwrap_or(());
        thread::sleep(Duration::from_millis(20));
        stream.reset();
    });
    let client = server.client();
    for count in 1..=3 {
        let answer = create(&client, &within(10.0)).expect("an answer");
        assert_eq!(answer.attempts, 1);
        // The reset has to have arrived, or else the next request is sent into it, and lost for good.
        thread::sleep(Duration::from_millis(100));
        assert_eq!(server.received().len(), count);
    }
}

#[test]
fn a_stalled_head_or_body_ends_with_the_deadline() {
    for part in ["", "HTTP/1.1 200 OK\r\nconte", "HTTP/1.1 200 OK\r\ncontent-length: 38\r\n\r\n{\"session_id\""] {
        let server = Server::start(move |_, _, stream| {
            stream.write_all(part.as_bytes()).unwrap_or(());
            thread::sleep(Duration::from_secs(30));
        });
        let begun = Instant::now();
        assert_eq!(code(read(&server.client(), &within(0.4))), Code::Timeout, "{part}");
        assert!(begun.elapsed() >= Duration::from_millis(400));
        assert_eq!(server.received().len(), 1, "the deadline covers all attempts");
    }
}

#[test]
fn a_slow_trickle_ends_with_the_deadline() {
    let server = Server::start(|_, _, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").unwrap_or(());
        for _ in 0..1000 {
            if stream.write_all(b" ").is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!(code(read(&server.client(), &within(0.5))), Code::Timeout);
}

#[test]
fn a_trickle_that_ends_in_time_is_an_answer() {
    let server = Server::start(|_, _, stream| {
        for byte in json("200 OK", GOOD) {
            stream.write_all(&[byte]).unwrap_or(());
            thread::sleep(Duration::from_millis(2));
        }
    });
    assert_eq!(read(&server.client(), &within(20.0)).expect("an answer").body, GOOD.as_bytes());
}

#[test]
fn a_body_that_is_too_short_is_not_an_answer() {
    let short = format!("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{GOOD}");
    let server = Server::start(move |_, _, stream| {
        stream.write_all(short.as_bytes()).unwrap_or(());
        stream.end();
    });
    assert_eq!(code(create(&server.client(), &within(10.0))), Code::ConnectionLost);
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_body_that_is_cut_without_a_length_is_not_json() {
    let server = Server::start(|_, _, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"session_id\"").unwrap_or(());
        stream.end();
    });
    let error = create(&server.client(), &within(10.0)).expect_err("cut");
    assert_eq!(error.code(), Code::InvalidResponse);
    assert!(error.message().contains("the JSON ends too early (sessions.create at "), "{error}");
}

#[test]
fn a_body_that_is_longer_than_its_length_is_cut_and_its_connection_closed() {
    let long = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{GOOD}HTTP/1.1 200 OK", GOOD.len());
    let server = Server::answering(long);
    let client = server.client();
    for _ in 0..2 {
        assert_eq!(read(&client, &within(10.0)).expect("an answer").body, GOOD.as_bytes());
    }
    assert_eq!(server.connections(), 2, "the stray bytes belong to nobody");
}

#[test]
fn garbage_is_not_http() {
    let server = Server::start(|_, _, stream| {
        stream.write_all(b"220 mail.example.com ESMTP\r\n\r\n").unwrap_or(());
        stream.end();
    });
    assert_eq!(code(create(&server.client(), &within(10.0))), Code::InvalidResponse);
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_head_or_a_body_without_end_is_refused() {
    let server = Server::start(|_, _, stream| {
        let line = format!("x-filler: {}\r\n", "a".repeat(1000));
        stream.write_all(b"HTTP/1.1 200 OK\r\n").unwrap_or(());
        while stream.write_all(line.as_bytes()).is_ok() {}
    });
    assert_eq!(code(create(&server.client(), &within(10.0))), Code::ResponseTooLarge);

    let server = Server::answering(json("200 OK", &format!("[{}]", "1,".repeat(50_000))));
    let mut config = server.config();
    config.max_response_bytes = 10_000;
    let client = Didit::new(config).expect("client");
    assert_eq!(code(create(&client, &within(10.0))), Code::ResponseTooLarge);
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect("memory");
    let packed = encoder.finish().expect("memory");
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", packed.len());
    [head.into_bytes(), packed].concat()
}

#[test]
fn gzip_is_unpacked_within_the_limit() {
    let server = Server::answering(gzip(GOOD.as_bytes()));
    let answer = read(&server.client(), &within(10.0)).expect("an answer");
    assert_eq!(answer.body, GOOD.as_bytes());
    assert_eq!(answer.header("content-length"), None, "it was the length of something else");
    assert!(server.received()[0].header("accept-encoding").is_some_and(|value| value.contains("gzip")));

    let bomb = Server::answering(gzip(&b" ".repeat(5_000_000)));
    let mut config = bomb.config();
    config.max_response_bytes = 1_000_000;
    assert_eq!(code(read(&Didit::new(config).expect("client"), &within(10.0))), Code::ResponseTooLarge);

    let mut torn = gzip(GOOD.as_bytes());
    let last = torn.len() - 12;
    torn[last] ^= 0xff;
    let torn = Server::answering(torn);
    assert_eq!(code(create(&torn.client(), &within(10.0))), Code::InvalidResponse);
}

#[test]
fn a_429_is_repeated_after_what_it_asks_in_seconds_and_as_a_date() {
    for as_a_date in [false, true] {
        // Whole seconds are cut off a date, so that two are at least one.
        let date = || httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2));
        let header =
            move || if as_a_date { format!("retry-after: {}\r\n", date()) } else { "retry-after: 1\r\n".into() };
        let server = Server::start(move |number, _, stream| {
            let answer = match number {
                0 => http("429 Too Many Requests", &header(), r#"{"detail":"Request was throttled."}"#),
                _ => json("201 Created", GOOD),
            };
            stream.write_all(&answer).unwrap_or(());
        });
        let begun = Instant::now();
        let client = server.client();
        let answer = create(&client, &within(20.0)).expect("an answer");
        assert_eq!((answer.attempts, server.received().len()), (2, 2), "a POST may be repeated after 429");
        assert!(begun.elapsed() >= Duration::from_millis(900), "the wait is a floor");
        assert!(client.rate_limit().is_some_and(|seen| seen.operation == "sessions.create"));
    }
}

#[test]
fn a_wait_that_would_miss_the_deadline_is_not_begun() {
    let server = Server::answering(http("429 Too Many Requests", "retry-after: 30\r\n", "{}"));
    let begun = Instant::now();
    let error = read(&server.client(), &within(5.0)).expect_err("limited");
    assert_eq!(error.code(), Code::RateLimited);
    assert_eq!(error.http().and_then(|http| http.retry_after), Some(Duration::from_secs(30)));
    assert_eq!(server.received().len(), 1);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_storm_of_503_ends_in_a_server_error() {
    let server = Server::answering(http("503 Service Unavailable", "content-type: text/html\r\n", "<h1>Busy</h1>"));
    let error = read(&server.client(), &within(20.0)).expect_err("busy");
    assert_eq!(error.code(), Code::ServerError);
    assert!(error.message().contains("HTML"), "{error}");
    assert_eq!((error.http().expect("facts").attempts, server.received().len()), (4, 4));
    assert_eq!(code(create(&server.client(), &within(20.0))), Code::ServerError);
    assert_eq!(server.received().len(), 5, "a POST is not repeated after 503");
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Server::answering(json("200 OK", GOOD));
    let location = format!("location: {}/v3/\r\n", elsewhere.url());
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let server = Server::answering(http(status, &location, ""));
        assert_eq!(code(create(&server.client(), &within(10.0))), Code::UnexpectedStatus, "{status}");
        assert_eq!(code(read(&server.client(), &within(10.0))), Code::UnexpectedStatus, "{status}");
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn a_call_is_cancelled_wherever_it_is() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("bind");
    let full = FullBacklog::new();
    let stalled = Server::start(|_, _, _| thread::sleep(Duration::from_secs(30)));
    let body = Server::start(|_, _, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{").unwrap_or(());
        thread::sleep(Duration::from_secs(30));
    });
    let busy = Server::answering(http("503 Service Unavailable", "retry-after: 20\r\n", ""));
    let address = |listener: &TcpListener| format!("http://{}", listener.local_addr().expect("address"));
    for (stage, url) in [
        ("no answer", address(&silent)),
        ("connecting", address(&full.listener)),
        ("head", stalled.url()),
        ("body", body.url()),
        ("waiting to repeat", busy.url()),
    ] {
        let options = format!(r#"{{"base_url":"{url}","api_key":"k"}}"#);
        let client = Didit::new(Config::resolve(&options, &|_| None).expect("configuration")).expect("client");
        let cancel = CancelToken::new();
        let mut options = within(60.0);
        options.cancel = cancel.clone();
        let call = thread::spawn(move || read(&client, &options));
        thread::sleep(Duration::from_millis(150));
        let begun = Instant::now();
        cancel.cancel();
        let result = call.join().expect("no panic");
        let took = begun.elapsed();
        assert_eq!(code(result), Code::Cancelled, "{stage}");
        // The promise is 200 ms; a busy machine gets more, which is still far from the time-out.
        assert!(took < Duration::from_secs(2), "{stage}: {took:?}");
    }
}

/// A listener that accepts no more connections: the kernel leaves further ones unanswered.
struct FullBacklog {
    listener: TcpListener,
    _waiting: Vec<socket2::Socket>,
}

impl FullBacklog {
    fn new() -> Self {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("socket");
        let any: std::net::SocketAddr = "127.0.0.1:0".parse().expect("address");
        socket.bind(&any.into()).expect("bind");
        socket.listen(0).expect("listen");
        let address = socket.local_addr().expect("address");
        let waiting = (0..4).map(|_| {
            let client = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("socket");
            client.set_nonblocking(true).expect("non-blocking");
            drop(client.connect(&address));
            client
        });
        let waiting = waiting.collect();
        Self { listener: socket.into(), _waiting: waiting }
    }
}

#[test]
fn a_connection_that_is_never_made_ends_with_its_own_time_out() {
    let full = FullBacklog::new();
    let url = format!("http://{}", full.listener.local_addr().expect("address"));
    let options = format!(r#"{{"base_url":"{url}","api_key":"k","connect_timeout":0.2,"max_retries":1}}"#);
    let client = Didit::new(Config::resolve(&options, &|_| None).expect("configuration")).expect("client");
    let error = create(&client, &within(30.0)).expect_err("no connection");
    assert_eq!(error.code(), Code::ConnectTimeout);
    assert_eq!(error.http().expect("facts").attempts, 2, "nothing was sent, so even a POST is tried again");
}

#[test]
fn an_unknown_host_is_a_failed_connection() {
    let options = r#"{"base_url":"https://no-such-host.invalid","api_key":"k","max_retries":0,"proxy":""}"#;
    let client = Didit::new(Config::resolve(options, &|_| None).expect("configuration")).expect("client");
    let found = code(read(&client, &within(20.0)));
    assert!(matches!(found, Code::ConnectionFailed | Code::ConnectTimeout), "{found:?}");
}

#[test]
fn threads_share_a_client_and_its_connections() {
    let server = Server::start(|_, _, stream| {
        thread::sleep(Duration::from_millis(20));
        stream.write_all(&json("200 OK", GOOD)).unwrap_or(());
    });
    let client = server.client();
    let workers: Vec<_> = (0..16)
        .map(|_| {
            let client = client.clone();
            thread::spawn(move || (0..10).for_each(|_| drop(read(&client, &within(20.0)).expect("an answer"))))
        })
        .collect();
    workers.into_iter().for_each(|worker| worker.join().expect("no panic"));
    assert_eq!(server.received().len(), 160);
    assert!(server.connections() <= 16, "{} connections", server.connections());
}

/// A TLS server with a certificate for `names`, and its CA as PEM.
fn tls_server(names: &[&str]) -> (u16, String, Arc<Mutex<Vec<support::Received>>>) {
    let ca_key = rcgen::KeyPair::generate().expect("a key");
    let mut ca = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).expect("a certificate").pem();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certificate = rcgen::CertificateParams::new(names).expect("names").signed_by(&key, &issuer).expect("signed");
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a pair");
    let (config, received) = (Arc::new(config), Arc::new(Mutex::new(Vec::new())));
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = listener.local_addr().expect("address").port();
    let kept = Arc::clone(&received);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let received = Arc::clone(&kept);
            let script: support::Script =
                Arc::new(|_, _, stream| stream.write_all(&json("200 OK", GOOD)).unwrap_or(()));
            thread::spawn(move || serve(rustls::StreamOwned::new(connection, stream), &received, &script));
        }
    });
    (port, ca_pem, received)
}

fn tls_client(port: u16, host: &str, more: &str) -> Didit {
    let options = format!(r#"{{"base_url":"https://{host}:{port}","api_key":"k"{more}}}"#);
    Didit::new(Config::resolve(&options, &|_| None).expect("configuration")).expect("client")
}

#[test]
fn certificates_are_checked() {
    let (port, ca, received) = tls_server(&["localhost"]);
    let file = std::env::temp_dir().join(format!("didit-ca-{}.pem", std::process::id()));
    std::fs::write(&file, ca).expect("a file");
    let path = serde_json::to_string(file.to_str().expect("UTF-8")).expect("JSON");

    for more in ["", r#","system_trust_store":true"#] {
        let error = create(&tls_client(port, "localhost", more), &within(10.0)).expect_err("unknown CA");
        assert_eq!(error.code(), Code::TlsFailed);
        assert!(error.message().contains("an authority that is not trusted"), "{error}");
    }
    for option in ["ca_file", "extra_ca_file"] {
        let more = format!(r#","{option}":{path}"#);
        let answer = create(&tls_client(port, "localhost", &more), &within(10.0)).expect("a trusted server");
        assert_eq!(answer.body, GOOD.as_bytes());
        let error = create(&tls_client(port, "127.0.0.1", &more), &within(10.0)).expect_err("another name");
        assert_eq!(error.code(), Code::TlsFailed);
        assert!(error.message().contains("for another host name"), "{error}");
    }
    let more = format!(r#","system_trust_store":true,"extra_ca_file":{path}"#);
    create(&tls_client(port, "localhost", &more), &within(10.0)).expect("trusted besides the system's roots");
    let requests = received.lock().expect("lock").len();
    assert_eq!(requests, 3, "nothing is sent to a server that is not trusted");
    std::fs::remove_file(file).expect("removed");
}

#[test]
fn a_connection_over_tls_is_used_again_and_can_be_cancelled() {
    let (port, ca, received) = tls_server(&["localhost"]);
    let file = std::env::temp_dir().join(format!("didit-ca-again-{}.pem", std::process::id()));
    std::fs::write(&file, ca).expect("a file");
    let path = serde_json::to_string(file.to_str().expect("UTF-8")).expect("JSON");
    let client = tls_client(port, "localhost", &format!(r#","ca_file":{path}"#));
    for _ in 0..3 {
        read(&client, &within(10.0)).expect("an answer");
    }
    assert_eq!(received.lock().expect("lock").len(), 3);
    let cancelled = CancelToken::new();
    cancelled.cancel();
    let mut options = within(10.0);
    options.cancel = cancelled;
    assert_eq!(code(read(&client, &options)), Code::Cancelled);
    std::fs::remove_file(file).expect("removed");
}

#[test]
fn plain_text_where_tls_is_expected_is_a_failed_handshake() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = listener.local_addr().expect("address").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap_or(());
        }
    });
    assert_eq!(code(create(&tls_client(port, "127.0.0.1", ""), &within(10.0))), Code::TlsFailed);
}
