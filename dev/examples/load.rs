//! How many sessions didit-dev creates, and webhooks it delivers, in a second, and what memory it takes.
//!
//! `cargo run --release -p didit-dev --example load -- target/release/didit-dev 100000`: both ends run on this machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement may fail loudly, and prints its figures"
)]

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How many requests are on their way at the same time.
const CONNECTIONS: u64 = 32;
/// How often it says how far it is.
const STEPS: u64 = 10;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().expect("the path of didit-dev");
    let total: u64 = arguments.next().map_or(100_000, |count| count.parse().expect("how many sessions"));
    let ready_file = std::env::temp_dir().join(format!("didit-dev-load-{}.json", std::process::id()));
    let mut child = Command::new(binary)
        .args(["serve", "--port", "0", "--no-rate-limits", "--log", "warn", "--ready-file"])
        .arg(&ready_file)
        .stdout(Stdio::null())
        .spawn()
        .expect("didit-dev starts");
    let ready: Value = loop {
        std::thread::sleep(Duration::from_millis(20));
        if let Ok(text) = std::fs::read_to_string(&ready_file) {
            break serde_json::from_str(&text).unwrap();
        }
    };
    std::fs::remove_file(&ready_file).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(load(&ready, child.id(), total));
    child.kill().unwrap();
    child.wait().unwrap();
}

async fn load(ready: &Value, pid: u32, total: u64) {
    let address = ready["base_url"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhook", listener.local_addr().unwrap());
    let delivered = Arc::new(AtomicU64::new(0));
    tokio::spawn(receive(listener, Arc::clone(&delivered)));
    let key = ready["api_key"].as_str().unwrap();
    let destination =
        json!({ "label": "load", "url": url, "webhook_version": "v3", "subscribed_events": ["status.updated"] });
    let mut stream = TcpStream::connect(&address).await.unwrap();
    assert_eq!(exchange(&mut stream, &request(&address, "/v3/webhook/destinations/", key, &destination)).await, 201);

    let created = Arc::new(AtomicU64::new(0));
    let body = json!({ "workflow_id": ready["workflow_id"], "metadata": { "plan": "premium" } });
    let request = Arc::new(request(&address, "/v3/session/", key, &body));
    let begun = Instant::now();
    for _ in 0..CONNECTIONS {
        let (address, request, created) = (address.clone(), Arc::clone(&request), Arc::clone(&created));
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            while created.fetch_add(1, Ordering::Relaxed) < total {
                assert_eq!(exchange(&mut stream, &request).await, 201);
            }
        });
    }
    let mut shown = 0;
    while delivered.load(Ordering::Relaxed) < total {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let done = delivered.load(Ordering::Relaxed);
        if done * STEPS / total > shown {
            shown = done * STEPS / total;
            println!("{done} delivered after {:.1} s, {} MB", begun.elapsed().as_secs_f64(), resident(pid));
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{total} sessions created and webhooks delivered in {seconds:.1} s: {:.0} a second, {} MB, {:.0} µs of CPU for each",
        total as f64 / seconds,
        resident(pid),
        processor(pid) * 1e6 / total as f64,
    );
}

fn request(address: &str, path: &str, key: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: {address}\r\nx-api-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

async fn exchange(stream: &mut TcpStream, request: &[u8]) -> u16 {
    stream.write_all(request).await.unwrap();
    let mut buffer = Vec::with_capacity(2048);
    message(stream, &mut buffer).await.expect("an answer");
    std::str::from_utf8(&buffer[9..12]).unwrap().parse().unwrap()
}

/// Read one message with its body into the buffer.
async fn message(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
        let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        let length: usize = text.split("content-length: ").nth(1)?.lines().next()?.trim().parse().ok()?;
        while buffer.len() < head + 4 + length {
            if stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        }
        return Some(());
    }
}

async fn receive(listener: TcpListener, delivered: Arc<AtomicU64>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let delivered = Arc::clone(&delivered);
        tokio::spawn(async move {
            let mut buffer = Vec::with_capacity(8192);
            while message(&mut stream, &mut buffer).await.is_some() {
                delivered.fetch_add(1, Ordering::Relaxed);
                if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.is_err() {
                    return;
                }
            }
        });
    }
}

/// Megabytes that a process holds, where the system says so.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Seconds for which a process had a core, where the system says so; its clock has 100 ticks a second.
fn processor(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or("");
    after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
