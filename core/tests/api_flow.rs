//! The documented flow over a real socket: what is sent, and what comes of the answer.

#![allow(clippy::expect_used, reason = "a failed expectation is the failure of the test")]

mod support;

use didit_core::Code;
use didit_core::api::{Arguments, CallOptions, Config, Didit, Operation};
use serde_json::Value;
use support::{Server, json};

const WORKFLOW: &str = "11111111-2222-3333-4444-555555555555";
const SESSION: &str = r#"{"session_id":"s","session_token":"t","status":"Not Started","url":"u","workflow_id":"w"}"#;

#[test]
fn a_session_is_created() {
    let server = Server::answering(json("201 Created", SESSION));
    let create = Operation::named("sessions.create").expect("known");
    let arguments = Arguments::new().with("workflow_id", WORKFLOW).with("vendor_data", "user-123");
    let answer = server.client().call(create, &arguments, &CallOptions::default()).expect("an answer");
    assert_eq!((answer.status, answer.attempts), (201, 1));
    assert_eq!(answer.json::<Value>().expect("JSON"), serde_json::from_str::<Value>(SESSION).expect("JSON"));
    let [request] = &server.received()[..] else { panic!("one request") };
    assert_eq!(request.line, "POST /v3/session/ HTTP/1.1");
    assert_eq!(request.header("x-api-key"), Some("sk_test_key"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.text(), format!(r#"{{"vendor_data":"user-123","workflow_id":"{WORKFLOW}"}}"#));
}

#[test]
fn a_refusal_names_the_field() {
    let server = Server::answering(json("400 Bad Request", r#"{"callback":["Enter a valid URL."]}"#));
    let create = Operation::named("sessions.create").expect("known");
    let arguments = Arguments::new().with("workflow_id", WORKFLOW);
    let error = server.client().call(create, &arguments, &CallOptions::default()).expect_err("refused");
    assert_eq!(error.code(), Code::InvalidRequest);
    let said = "Didit refused the request: status 400: callback: Enter a valid URL";
    let place = format!(" (sessions.create at {})", server.url().trim_start_matches("http://"));
    assert_eq!(error.message(), format!("{said}{place}"));
    let http = error.http().expect("facts");
    assert_eq!((http.status, http.attempts, &*http.fields[0].path), (Some(400), 1, "callback"));
}

#[test]
fn a_refusal_names_the_call_and_the_host() {
    let create = Operation::named("sessions.create").expect("known");
    let arguments = Arguments::new().with("workflow_id", WORKFLOW);
    for status in ["401 Unauthorized", "403 Forbidden", "409 Conflict", "500 Internal Server Error", "302 Found"] {
        let server = Server::answering(json(status, r#"{"detail":"No."}"#));
        let error = server.client().call(create, &arguments, &CallOptions::default()).expect_err("refused");
        let place = format!("(sessions.create at {})", server.url().trim_start_matches("http://"));
        assert!(error.message().ends_with(&place), "{error}");
    }
}

#[test]
fn a_base_url_that_says_the_version_again_is_told() {
    let server = Server::answering(json("404 Not Found", r#"{"detail":"Not found."}"#));
    let create = Operation::named("sessions.create").expect("known");
    let arguments = Arguments::new().with("workflow_id", WORKFLOW);
    for (suffix, told) in [("", false), ("/v3", true), ("/v3/", true), ("/v2", false)] {
        let options = format!(r#"{{"base_url":"{}{suffix}","api_key":"k"}}"#, server.url());
        let client = Didit::new(Config::resolve(&options, &|_| None).expect("configuration")).expect("client");
        let error = client.call(create, &arguments, &CallOptions::default()).expect_err("not found");
        assert_eq!(error.code(), Code::NotFound);
        assert_eq!(error.message().contains("the base URL ends in /v3"), told, "{suffix}: {error}");
    }
}
