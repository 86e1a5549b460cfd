//! Calls of the API against a server in this process, beside what bare ureq takes for the same requests.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use didit_core::api::{Arguments, CallOptions, Config, Didit, Operation};
use serde_json::{Value, json};

use crate::Contestant;

const ID: &str = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const BODY: &str = r#"{"session_id":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee","status":"Approved","vendor_data":null}"#;

/// The contestants with many calls in flight.
pub const POOLS: [&str; 2] = ["Rust: bare ureq pool", "Rust: ours"];

/// Starts a server that answers any request at once, and says where it is.
pub fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    format!("http://{address}")
}

/// Requests here have no body, so that the empty line ends them.
fn answer(mut stream: TcpStream) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", BODY.len());
    let answer = [head, BODY.to_owned()].concat();
    stream.set_nodelay(true).expect("a socket");
    let (mut buffer, mut filled) = ([0; 16_384], 0);
    while let Ok(count @ 1..) = stream.read(&mut buffer[filled..]) {
        filled += count;
        if buffer[..filled].ends_with(b"\r\n\r\n") {
            filled = 0;
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn bare(base: &str) -> impl Fn() + Send + Sync + Clone + 'static {
    let config = ureq::config::Config::builder().max_idle_connections(64).max_idle_connections_per_host(64).build();
    let (agent, url) = (ureq::Agent::new_with_config(config), format!("{base}/v3/session/{ID}/decision/"));
    move || {
        let mut answer = agent.get(&url).header("x-api-key", "key").call().expect("an answer");
        assert_eq!(answer.body_mut().read_to_vec().expect("a body").len(), BODY.len());
    }
}

fn ours(base: &str) -> impl Fn() + Send + Sync + Clone + 'static {
    let options = json!({"base_url": base, "api_key": "key"}).to_string();
    let client = Didit::new(Config::resolve(&options, &|_| None).expect("options")).expect("a client");
    let operation = Operation::named("sessions.decision").expect("known");
    move || {
        let arguments = Arguments::new().with("session_id", ID);
        let answer = client.call(operation, &arguments, &CallOptions::default()).expect("an answer");
        assert_eq!(answer.body.len(), BODY.len());
    }
}

/// One call after the other.
pub fn load(base: &str) -> Vec<Contestant> {
    vec![("Rust: bare ureq", Box::new(bare(base))), ("Rust: ours", Box::new(ours(base)))]
}

/// Calls per second of as many threads as there are to be calls in flight.
pub fn throughput(request: &Value) -> f64 {
    let base = request["calls"].as_str().expect("a URL");
    let seconds = request["seconds"].as_f64().expect("seconds");
    let in_flight = request["in_flight"].as_u64().unwrap_or(64);
    match request["name"].as_str().expect("a name") {
        "Rust: ours" => many(ours(base), in_flight, seconds),
        _ => many(bare(base), in_flight, seconds),
    }
}

fn many(call: impl Fn() + Send + Sync + Clone + 'static, in_flight: u64, seconds: f64) -> f64 {
    // The connections are made before the clock starts.
    std::thread::scope(|scope| (0..in_flight).for_each(|_| drop(scope.spawn(&call))));
    let (over, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..in_flight {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    call();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(Duration::from_secs_f64(seconds));
        let rate = done.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
        over.store(true, Ordering::Relaxed);
        rate
    })
}
