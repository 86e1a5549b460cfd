//! The commands, run as people run them.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::common::{Dev, Webhooks};

pub(crate) fn run(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_didit-dev"))
        .args(arguments)
        .env_remove("DIDIT_WEBHOOK_SECRET")
        .env_remove("DIDIT_API_KEY")
        .env_remove("DIDIT_WORKFLOW_ID")
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) const SECRET: (&str, &str) = ("DIDIT_WEBHOOK_SECRET", "an-invented-secret");

#[test]
fn trigger_sends_every_event() {
    let webhooks = Webhooks::start();
    assert_eq!(didit_dev::service::sample::kinds().len(), 12);
    for kind in didit_dev::service::sample::kinds() {
        let output = run(
            &["trigger", kind, "--to", &webhooks.url, "--json", "--now", "1790000000", "--set", "vendor_data=Zoë"],
            &[SECRET],
            "",
        );
        assert!(output.status.success(), "{kind}: {}", String::from_utf8_lossy(&output.stderr));
        let one = webhooks.next();
        assert_eq!(
            (one.json()["webhook_type"].as_str(), one.json()["vendor_data"].as_str()),
            (Some(kind), Some("Zoë"))
        );
        if kind.starts_with("kyb") {
            assert!(one.header("x-signature-v2").is_none() && one.header("x-didit-unsigned-callback").is_some());
        } else {
            assert_eq!(one.verify(SECRET.1, 1_790_000_000), Ok(()));
        }
        assert_eq!(serde_json::from_str::<Value>(&text(&output)).unwrap()["response_status"], 200);
    }
    let output = run(
        &[
            "trigger",
            "status.updated",
            "--to",
            &webhooks.url,
            "--scenario",
            "decline_aml_hit",
            "--set",
            "decision.aml_screenings.0.score=1",
        ],
        &[SECRET],
        "",
    );
    assert!(output.status.success());
    let one = webhooks.next().json();
    assert_eq!(
        (&one["status"], &one["decision"]["aml_screenings"][0]["score"], &one["environment"]),
        (&json!("Declined"), &json!(1), &json!("sandbox"))
    );
    assert!(!run(&["trigger", "status.updated", "--to", &webhooks.url], &[], "").status.success());
    assert!(!run(&["trigger", "nothing", "--to", &webhooks.url], &[SECRET], "").status.success());
}

/// Answers one request with a body.
fn answering(status: &str, body: &str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = [0; 65536];
        let mut read = 0;
        // The signed delivery ends with the brace of its body.
        while read == 0 || request.get(read - 1) != Some(&b'}') {
            read += std::io::Read::read(&mut socket, request.get_mut(read..).unwrap()).unwrap();
        }
        socket.write_all(answer.as_bytes()).unwrap();
    });
    url
}

#[test]
fn trigger_says_which_error_the_receiver_named_and_nothing_else_of_its_answer() {
    let trigger = |url: &str| text(&run(&["trigger", "status.updated", "--to", url], &[SECRET], ""));
    let said = trigger(&answering("401 Unauthorized", r#"{"error":"signature_mismatch","of":"Jane"}"#));
    assert!(said.contains("-> 401 signature_mismatch in ") && !said.contains("Jane"), "{said}");
    let said = trigger(&answering("500 Internal Server Error", r#"{"error":"no Jane Sample"}"#));
    assert!(said.contains("-> 500 in ") && !said.contains("Jane"), "{said}");
    let said = trigger(&answering("500 Internal Server Error", "<html>"));
    assert!(said.contains("-> 500 in "), "{said}");
}

#[test]
fn trigger_says_what_became_of_a_delivery_that_was_taken() {
    let trigger = |url: &str| run(&["trigger", "status.updated", "--to", url], &[SECRET], "");
    let ignored = r#"{"received": true, "duplicate": false, "ignored": "other_environment", "of": "jane"}"#;
    let said = text(&trigger(&answering("200 OK", ignored)));
    let shown = r#"-> 200 {"received":true,"duplicate":false,"ignored":"other_environment"} in "#;
    assert!(said.contains(shown), "{said}");
    // What an application answers of its own is not repeated.
    for own in [r#"{"received":"jane"}"#, r#"{"user":"jane"}"#, "ok", r#"["received"]"#] {
        let said = text(&trigger(&answering("200 OK", own)));
        assert!(said.contains("-> 200 in "), "{said}");
    }
    let said = text(&trigger(&answering("200 OK", r#"{"received":true,"type":"Jane Sample"}"#)));
    assert!(said.contains(r#"-> 200 {"received":true} in "#), "{said}");
    let json = run(&["trigger", "status.updated", "--to", &answering("200 OK", ignored), "--json"], &[SECRET], "");
    let json: Value = serde_json::from_str(&text(&json)).unwrap();
    assert_eq!(json["answer"], json!({ "received": true, "duplicate": false, "ignored": "other_environment" }));
    assert_eq!(json["redirect"], Value::Null);
}

#[test]
fn trigger_says_that_a_redirect_is_a_failure_and_where_it_leads() {
    let head = "307 Temporary Redirect\r\nLocation: /webhooks/didit/?token=of-somebody";
    let output = run(&["trigger", "status.updated", "--to", &answering(head, "")], &[SECRET], "");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("-> 307 in ") && said.contains("it redirects to /webhooks/didit/, and Didit"), "{said}");
    assert!(!said.contains("of-somebody"), "{said}");
}

#[test]
fn what_nobody_answers_and_a_port_that_is_taken_come_with_advice() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let refused = run(&["serve", "--port", &port], &[], "");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--port 0 takes a free one"));
    drop(listener);
    let url = format!("http://127.0.0.1:{port}/hook");
    let said = text(&run(&["trigger", "status.updated", "--to", &url], &[SECRET], ""));
    assert!(said.contains("connection failed (does the receiver run"), "{said}");
}

#[test]
fn what_is_signed_verifies_and_what_does_not_is_explained() {
    let body = r#"{"timestamp":1790000000,"webhook_type":"status.updated"}"#;
    let headers = text(&run(&["sign"], &[SECRET], body));
    let request = format!("POST /webhook HTTP/1.1\r\n{}\r\n\r\n{body}", headers.trim().replace('\n', "\r\n"));
    let verified = run(&["verify", "--now", "1790000001"], &[SECRET], &request);
    assert!(verified.status.success(), "{}", text(&verified));
    let other = ("DIDIT_WEBHOOK_SECRET", "an-invented-secret\n");
    let refused = run(&["verify", "--now", "1790000001", "--json"], &[other], &request);
    assert_eq!(
        (refused.status.code(), serde_json::from_str::<Value>(&text(&refused)).unwrap()["verdict"].as_str()),
        (Some(1), Some("signature_mismatch"))
    );
    let explained = run(&["explain", "--now", "1790000001", "--json"], &[other], &request);
    assert_eq!(serde_json::from_str::<Value>(&text(&explained)).unwrap()["cause"], "secret_whitespace");
    for output in [&verified, &refused, &explained] {
        let all = format!("{}{}", text(output), String::from_utf8_lossy(&output.stderr));
        assert!(!all.contains("an-invented-secret"), "{all}");
    }
    let late = run(&["explain"], &[SECRET], &request);
    assert!(!late.status.success() && !text(&late).is_empty());
    assert!(text(&run(&["completions", "bash"], &[], "")).contains("didit-dev"));
}

#[test]
fn listen_forwards_and_recover_repairs() {
    let (dev, far, near) = (Dev::start(), Webhooks::start(), Webhooks::start());
    dev.control("clock", json!({ "speed": 1 }));
    let destination = dev.destination(&far, &["status.updated"]);
    let key = dev.known("api_key");
    let account = [("DIDIT_API_KEY", key.as_str()), ("DIDIT_BASE_URL", dev.base.as_str()), SECRET];
    let mut listening = Command::new(env!("CARGO_BIN_EXE_didit-dev"))
        .args(["listen", "--forward-to", &near.url, "--interval", "0.1", "--count", "1", "--json"])
        .envs(account)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It says nothing before it has looked once; what comes later is new to it either way.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    far.answer(500);
    dev.create(json!({}));
    let (original, copy) = (far.next(), near.next());
    assert!(listening.wait().unwrap().success());
    assert_eq!(original.json()["event_id"], copy.json()["event_id"]);
    assert_eq!(copy.verify(SECRET.1, copy.json()["timestamp"].as_i64().unwrap()), Ok(()));

    // Nothing but what a real account offers was asked.
    let entries = dev.send("GET", "/_dev/entries", &[], b"").json();
    for entry in entries.as_array().unwrap().iter().filter(|entry| entry["kind"] == "call" && entry["method"] == "GET")
    {
        let asked = ["webhooks.destinations.list", "webhooks.deliveries.list", "webhooks.deliveries.retrieve"];
        assert!(asked.contains(&entry["operation"].as_str().unwrap()), "{entry}");
    }

    let since = ["recover", "--since", "2026-01-01", "--json"];
    far.answer(200);
    let mut recovered = Value::Null;
    for _ in 0..50 {
        let output = run(&since, &account, "");
        recovered = serde_json::from_str(text(&output).lines().last().unwrap_or("null")).unwrap_or_default();
        if recovered["resent"] == 1 {
            break;
        }
    }
    assert_eq!(recovered, json!({ "lost": 1, "resent": 1, "arrived": 1, "failed": 0, "unknown": 0 }));
    let again = far.next();
    assert_eq!(
        (
            &again.json()["event_id"],
            again.verify(
                destination["secret_shared_key"].as_str().unwrap(),
                again.json()["timestamp"].as_i64().unwrap()
            )
        ),
        (&original.json()["event_id"], Ok(()))
    );
}

#[test]
fn listen_outlives_a_network_that_fails() {
    let (dev, far, near) = (Dev::start(), Webhooks::start(), Webhooks::start());
    dev.control("clock", json!({ "speed": 1 }));
    dev.destination(&far, &["status.updated"]);
    let key = dev.known("api_key");
    let account = [("DIDIT_API_KEY", key.as_str()), ("DIDIT_BASE_URL", dev.base.as_str()), SECRET];
    let listening = Command::new(env!("CARGO_BIN_EXE_didit-dev"))
        .args(["listen", "--forward-to", &near.url, "--interval", "0.1", "--count", "2", "--json"])
        .envs(account)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    dev.control("faults", json!({ "operation": "webhooks.deliveries.list", "status": 403, "times": 2 }));
    dev.control("faults", json!({ "operation": "webhooks.deliveries.retrieve", "status": 404, "times": 1 }));
    let (first, second) = (dev.create(json!({})), dev.create(json!({})));
    let mut sessions = [near.next(), near.next()].map(|one| one.json()["session_id"].clone());
    let mut expected = [first["session_id"].clone(), second["session_id"].clone()];
    for ids in [&mut sessions, &mut expected] {
        ids.sort_by_key(Value::to_string);
    }
    assert_eq!(sessions, expected);
    let output = listening.wait_with_output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !complaints.contains(&key), "{complaints}");
    assert_eq!(complaints.lines().filter(|line| line.starts_with("{\"error\":")).count(), 3, "{complaints}");
}
