//! `listen` and `recover` where an account does not answer, or a receiver refuses.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::commands::{SECRET, run, text};
use crate::common::{Dev, Webhooks};
use crate::process::error_of;

/// `listen`, once it has looked for the first time.
struct Listening(Child);

impl Listening {
    fn start(dev: &Dev, near: &Webhooks, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_didit-dev"))
            .args(["listen", "--forward-to", &near.url, "--interval", "0.1"])
            .args(more)
            .envs([("DIDIT_API_KEY", dev.known("api_key").as_str()), ("DIDIT_BASE_URL", dev.base.as_str()), SECRET])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("Forwarding"), "{line}");
        Self(child)
    }

    fn end(mut self) -> String {
        let _ended_already = self.0.kill();
        error_of(&self.0.wait_with_output().unwrap())
    }
}

#[test]
fn listen_goes_on_after_a_failure_and_waits_as_long_as_it_is_told() {
    let (dev, far, near) = (Dev::start(), Webhooks::start(), Webhooks::start());
    dev.control("clock", json!({ "speed": 1 }));
    dev.destination(&far, &["status.updated"]);
    let listening = Listening::start(&dev, &near, &[]);
    // More often than the client itself tries again.
    dev.control("faults", json!({ "operation": "webhooks.deliveries.list", "lose_answer": true, "times": 4 }));
    dev.create(json!({}));
    assert_eq!(far.next().json()["event_id"], near.next().json()["event_id"]);
    dev.control(
        "faults",
        json!({ "operation": "webhooks.deliveries.list", "status": 429, "headers": { "Retry-After": "1" }, "times": 4 }),
    );
    dev.create(json!({}));
    assert_eq!(far.next().json()["event_id"], near.next().json()["event_id"]);
    // One delivery cannot be read at first, and is not forgotten.
    dev.control("faults", json!({ "operation": "webhooks.deliveries.retrieve", "status": 503, "times": 4 }));
    dev.create(json!({}));
    assert_eq!(far.next().json()["event_id"], near.next().json()["event_id"]);
    let entries = dev.send("GET", "/_dev/entries", &[], b"").json();
    let calls: Vec<&Value> =
        entries.as_array().unwrap().iter().filter(|one| one["operation"] == "webhooks.deliveries.list").collect();
    let mut limited = 0;
    for pair in calls.windows(2).filter(|pair| pair[0]["status"] == 429) {
        limited += 1;
        assert!(pair[1]["at"].as_f64().unwrap() - pair[0]["at"].as_f64().unwrap() > 0.99, "{pair:?}");
    }
    assert_eq!(limited, 4);
    let said = listening.end();
    assert!(said.contains("Trying again in "), "{said}");
}

#[test]
fn recover_says_what_came_of_it() {
    let (dev, far) = (Dev::start(), Webhooks::start());
    let destination = dev.destination(&far, &["status.updated"]);
    far.answer(500);
    dev.create(json!({}));
    far.next();
    let key = dev.known("api_key");
    let account = [("DIDIT_API_KEY", key.as_str()), ("DIDIT_BASE_URL", dev.base.as_str())];
    let recover = |more: &[&str]| {
        let all: Vec<&str> = ["recover", "--since", "2026-01-01"].iter().chain(more).copied().collect();
        let output = run(&all, &account, "");
        (output.status.code(), text(&output))
    };
    let begun = std::time::Instant::now();
    // The attempt is written down a moment after it was answered.
    loop {
        let (code, listed) = recover(&["--dry-run"]);
        assert_eq!(code, Some(0), "{listed}");
        if listed.ends_with("1 event had not arrived; 1 would be resent.\n") {
            break;
        }
        assert!(begun.elapsed() < crate::common::PATIENCE, "{listed}");
    }
    let (code, said) = recover(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("refused again: the receiver answered 500"), "{said}");
    assert!(said.ends_with("1 event had not arrived; 0 have arrived now, 1 failed.\n"), "{said}");
    // Where the new attempt does not show, that is said too.
    far.answer(200);
    dev.control("misbehaviours", json!({ "misbehaviour": "delay", "destination": destination["uuid"] }));
    let (code, said) = recover(&["--json", "--wait", "0.3"]);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(lines[0]["outcome"], "resent; whether it arrived is not known");
    assert_eq!(lines[1], json!({ "lost": 1, "resent": 1, "arrived": 0, "failed": 0, "unknown": 1 }));
    let (code, said) = recover(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.ends_with("1 event had not arrived; 1 has arrived now, 0 failed.\n"), "{said}");
    assert_eq!(recover(&[]), (Some(0), "0 events had not arrived.\n".to_owned()));
}
