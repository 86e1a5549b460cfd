//! The Rust side of the benchmark: one JSON request a line, one answer a line. See ../bench.py.

mod calls;

use std::hint::black_box;
use std::io::{BufRead as _, Write as _};
use std::time::Instant;

use base64::Engine as _;
use didit_core::webhook::{Headers, Options, UnixSeconds, Verifier};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};

/// One thing that is measured.
pub type Contestant = (&'static str, Box<dyn Fn()>);

fn main() {
    let mut contestants: Vec<Contestant> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let answer = match request["do"].as_str() {
            Some("serve") => json!(calls::serve()),
            Some("load") if request["in_flight"].is_u64() => json!(calls::POOLS),
            Some("throughput") => json!(calls::throughput(&request)),
            Some("load") if request["calls"].is_string() => {
                contestants = calls::load(request["calls"].as_str().expect("a URL"));
                json!(contestants.iter().map(|(name, _)| name).collect::<Vec<_>>())
            }
            Some("load") => {
                contestants = load(&request);
                json!(contestants.iter().map(|(name, _)| name).collect::<Vec<_>>())
            }
            Some("measure") => {
                let name = request["name"].as_str().expect("a name");
                let (_, run) = contestants.iter().find(|(known, _)| *known == name).expect("a contestant");
                json!(measure(run, request["seconds"].as_f64().expect("seconds")))
            }
            _ => json!(null),
        };
        println!("{answer}");
        std::io::stdout().flush().expect("an open pipe");
    }
}

/// Nanoseconds per call, over as many calls as fit into `seconds`.
fn measure(run: &dyn Fn(), seconds: f64) -> f64 {
    let start = Instant::now();
    let mut calls = 0_u32;
    let mut batch = 1;
    while start.elapsed().as_secs_f64() < seconds {
        for _ in 0..batch {
            run();
        }
        calls += batch;
        batch = (batch * 2).min(calls / 4 + 1);
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

fn load(request: &Value) -> Vec<Contestant> {
    let bytes = |name: &str| {
        let text = request[name].as_str().expect("base64");
        base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
    };
    let body = bytes("body");
    if request["hostile"] == true {
        // As a service sees them: signed by nobody, and just let in by the limit.
        let options = Options { max_body: body.len(), ..Options::default() };
        let verifier = Verifier::new(&[b"secret"], options).expect("a verifier");
        let mac = "0".repeat(64);
        let headers: Headers = [("X-Signature-V2", mac.as_str()), ("X-Timestamp", "0")].into_iter().collect();
        let now = UnixSeconds::new(0).expect("seconds");
        let message = body.clone();
        return vec![
            ("core canonicalize", Box::new(move || drop(black_box(didit_core::canonicalize(black_box(&body)))))),
            ("core verify", Box::new(move || drop(black_box(verifier.verify(black_box(&message), &headers, now))))),
        ];
    }
    let (canonical, secret) = (bytes("canonical"), bytes("secret"));
    // As a server has them: a list of names and values.
    let pair = |(name, value): (&String, &Value)| (name.clone(), value.as_str().expect("a string").to_owned());
    let pairs: Vec<(String, String)> = request["headers"].as_object().expect("headers").iter().map(pair).collect();
    let headers = move || -> Headers { pairs.iter().map(|(name, value)| (name, value)).collect() };
    let options = Options { max_body: usize::MAX, ..Options::default() };
    let verifier = Verifier::new(&[&secret], options).expect("a verifier");
    let now = UnixSeconds::new(request["now"].as_i64().expect("seconds")).expect("seconds");
    let sha2_key = Hmac::<sha2::Sha256>::new_from_slice(&secret).expect("any length");
    let ring_key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
    let message = canonical.clone();
    vec![
        (
            "HMAC alone, sha2",
            Box::new(move || {
                let mut mac = sha2_key.clone();
                mac.update(black_box(&canonical));
                black_box(mac.finalize());
            }),
        ),
        (
            "HMAC alone, ring",
            Box::new(move || {
                black_box(ring::hmac::sign(&ring_key, black_box(&message)));
            }),
        ),
        (
            "core verify",
            Box::new(move || {
                black_box(verifier.verify(black_box(&body), &headers(), now).expect("genuine"));
            }),
        ),
    ]
}
