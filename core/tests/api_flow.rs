//! The documented flow over a real socket: what is sent, and what comes of the answer.

#![allow(clippy::expect_used, reason = "a failed expectation is the failure of the test")]

mod support;

use didit_core::Code;
use didit_core::api::{Arguments, CallOptions, Operation};
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
    assert_eq!(error.message(), "Didit refused the request: status 400: callback: Enter a valid URL");
    let http = error.http().expect("facts");
    assert_eq!((http.status, http.attempts, &*http.fields[0].path), (Some(400), 1, "callback"));
}
