//! The same seed and the same calls give the same; and what a reset begins anew.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::{Dev, PATIENCE, Webhooks};

fn deliveries(dev: &Dev, count: usize) -> Vec<Value> {
    let begun = std::time::Instant::now();
    loop {
        let all = dev.send("GET", "/_dev/deliveries", &[], b"").json();
        let all = all.as_array().unwrap().clone();
        if all.len() >= count {
            return all;
        }
        assert!(begun.elapsed() < PATIENCE, "{} deliveries of {count}", all.len());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_seed_fixes_which_delivery_has_which_id() {
    // In each run another destination is the slow one, so that the attempts end in another order.
    let run = |slow: usize| -> BTreeMap<(String, String), String> {
        let (dev, one, other) = (Dev::start(), Webhooks::start(), Webhooks::start());
        let ids = [&one, &other].map(|to| dev.destination(to, &["status.updated"])["uuid"].clone());
        dev.control("misbehaviours", json!({ "misbehaviour": "trickle", "destination": ids[slow] }));
        dev.create(json!({}));
        let all = deliveries(&dev, 2);
        let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
        all.iter().map(|one| ((text(one, "event_id"), text(one, "destination")), text(one, "uuid"))).collect()
    };
    let (first, second) = (run(0), run(1));
    assert_eq!(first, second);
    assert_eq!(first.len(), 2);
}

#[test]
fn the_same_event_twice_has_two_ids() {
    let (dev, webhooks) = (Dev::start(), Webhooks::start());
    dev.destination(&webhooks, &["status.updated"]);
    dev.control("misbehaviours", json!({ "misbehaviour": "duplicate" }));
    for _ in 0..2 {
        dev.control("events", json!({ "type": "status.updated", "members": { "event_id": "e" } }));
    }
    let mut ids: Vec<String> = deliveries(&dev, 3).iter().map(|one| one["uuid"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_reset_begins_with_the_clock_and_the_numbers_of_the_start() {
    let dev = Dev::start();
    let now = |dev: &Dev| dev.send("GET", "/_dev/clock", &[], b"").json();
    let (started, first) = (now(&dev), dev.create(json!({})));
    assert_eq!((&first["session_number"], &started), (&json!(1), &json!({ "now": 1_790_000_000.0, "speed": 0.0 })));
    dev.create(json!({}));
    dev.control("clock", json!({ "advance": 5000, "speed": 0.5 }));
    dev.control("reset", json!({}));
    assert_eq!(now(&dev), started);
    assert_eq!(dev.create(json!({}))["session_number"], 1);
}

#[test]
fn an_answer_can_be_lost_on_its_way() {
    let dev = Dev::start();
    dev.control("faults", json!({ "operation": "sessions.create", "lose_answer": true }));
    let address = dev.base.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = json!({ "workflow_id": dev.known("workflow_id") }).to_string();
    let head = format!(
        "POST /v3/session/ HTTP/1.1\r\nHost: {address}\r\nX-Api-Key: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        dev.known("api_key"),
        body.len()
    );
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _cut = std::io::Read::read_to_end(&mut stream, &mut answer);
    assert_eq!(String::from_utf8_lossy(&answer), "");
    assert_eq!(dev.get("/v3/sessions/").json()["count"], 1);
    let entries = dev.send("GET", "/_dev/entries", &[], b"").json();
    assert_eq!((&entries[0]["status"], &entries[0]["lost"]), (&json!(201), &json!(true)));
    assert_eq!(entries[1]["lost"], false);
    dev.create(json!({}));
}
