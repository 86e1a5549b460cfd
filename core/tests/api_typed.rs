//! The generated resources and types, over a scripted transport.
#![cfg(feature = "typed")]
#![allow(clippy::unwrap_used, reason = "a failed expectation is the failure of the test")]

use std::sync::{Arc, Mutex};

use didit_core::api::transport::{Failure, HttpRequest, HttpResponse, Terms, Transport};
use didit_core::api::types::sessions::{
    ContactDetailsInput, ExpectedDetailsInput, SessionsCreateParams, SessionsDecisionParams, SessionsListParams,
    SessionsUpdateStatusParams,
};
use didit_core::api::types::users::UsersListParams;
use didit_core::api::{Config, Didit};
use serde_json::{Value, json};

const WORKFLOW: &str = "11111111-2222-3333-4444-555555555555";
const SESSION: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

/// Answers in turn, and keeps what was asked.
#[derive(Default)]
struct Script {
    answers: Mutex<Vec<Value>>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl Transport for Script {
    fn send(&self, request: &HttpRequest, _terms: &Terms) -> Result<HttpResponse, Failure> {
        self.asked.lock().unwrap().push(request.clone());
        let body = self.answers.lock().unwrap().remove(0).to_string().into_bytes();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Ok(HttpResponse::new(200, headers, body))
    }
}

fn client(answers: &[Value]) -> (Didit, Arc<Script>) {
    let script = Arc::new(Script { answers: Mutex::new(answers.to_vec()), ..Script::default() });
    let config = Config::resolve(r#"{"api_key": "sample-key"}"#, &|_| None).unwrap();
    (Didit::with_transport(config, script.clone()), script)
}

fn body(script: &Script) -> Value {
    serde_json::from_slice(script.asked.lock().unwrap()[0].body.as_deref().unwrap()).unwrap()
}

#[test]
fn a_session_is_created_from_a_builder() {
    let answer = json!({"session_id": SESSION, "status": "In Progress", "url": "https://verify.didit.me/session/abc",
        "session_token": "abc", "workflow_id": WORKFLOW, "session_number": "not a number", "tomorrow": true});
    let (didit, script) = client(&[answer]);
    let params = SessionsCreateParams::new()
        .workflow_id(WORKFLOW)
        .vendor_data("user-123")
        .contact_details(ContactDetailsInput::new().email("alex.sample@example.com"))
        .expected_details(ExpectedDetailsInput::new().expected_document_types(["p", "ID"]))
        .metadata(json!({"plan": "premium"}));
    let session = didit.sessions().create(params).unwrap();
    assert_eq!(session.session_id(), Some(SESSION));
    assert_eq!(session.reused(), Some(true));
    // A member of another type than described reads as absent, and stays within reach.
    assert_eq!(session.session_number(), None);
    assert_eq!(session.get("tomorrow"), Some(&Value::Bool(true)));
    assert_eq!(session.answer().status, 200);
    assert_eq!(
        body(&script),
        json!({"workflow_id": WORKFLOW, "vendor_data": "user-123", "metadata": {"plan": "premium"},
            "contact_details": {"email": "alex.sample@example.com"},
            "expected_details": {"expected_document_types": ["P", "ID"]}})
    );
}

#[test]
fn debug_shows_ids_and_statuses_only() {
    let (didit, _) = client(&[json!({"session_id": SESSION, "status": "Not Started", "session_token": "secret-token",
        "url": "https://verify.didit.me/session/secret-token", "workflow_id": WORKFLOW, "vendor_data": "user-123"})]);
    let session = didit.sessions().create(SessionsCreateParams::new().workflow_id(WORKFLOW)).unwrap();
    let text = format!("{session:?}");
    assert!(text.contains(SESSION) && text.contains("Not Started"), "{text}");
    assert!(!text.contains("secret-token") && !text.contains("user-123"), "{text}");
    let params = format!("{:?}", SessionsCreateParams::new().vendor_data("user-123"));
    assert_eq!(params, "SessionsCreateParams");
}

#[test]
fn path_parameters_stand_before_the_others() {
    let decision = json!({"session_id": SESSION, "status": "Approved", "id_verifications": [{"first_name": "Alex"}]});
    let (didit, script) = client(&[decision, json!({"session_id": SESSION})]);
    let decision = didit.sessions().decision(SESSION, SessionsDecisionParams::new()).unwrap();
    assert_eq!(decision.id_verifications().unwrap()[0].first_name(), Some("Alex"));
    didit.sessions().update_status(SESSION, SessionsUpdateStatusParams::new("Approved").comment("seen")).unwrap();
    let asked = script.asked.lock().unwrap();
    assert!(asked[0].url.ends_with(&format!("/v3/session/{SESSION}/decision/")));
    assert!(asked[1].url.ends_with(&format!("/v3/session/{SESSION}/update-status/")));
}

#[test]
fn lists_go_on_until_the_last_page() {
    let next = "https://verification.didit.me/v3/users/?limit=1&offset=1";
    let pages = [
        json!({"count": 2, "next": next, "results": [{"vendor_data": "a"}]}),
        json!({"next": null, "results": [{"vendor_data": "b"}]}),
    ];
    let (didit, script) = client(&pages);
    let page = didit.users().list(UsersListParams::new().limit(1)).unwrap();
    assert_eq!(page.count(), Some(2));
    let names: Vec<_> = page.items().map(|user| user.unwrap().vendor_data().unwrap().to_owned()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(script.asked.lock().unwrap().len(), 2);
}

#[test]
fn a_plain_array_is_a_page_of_objects() {
    let (didit, _) = client(&[json!([{"label": "one"}, {"label": "two"}])]);
    let destinations = didit.webhooks().destinations().list().unwrap().results();
    assert_eq!(destinations.iter().map(|it| it.label().unwrap()).collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn a_wrong_argument_is_refused_before_anything_is_sent() {
    let (didit, script) = client(&[]);
    let error = didit.sessions().create(SessionsCreateParams::new().workflow_id("no uuid")).unwrap_err();
    assert_eq!(error.code().as_str(), "invalid_argument");
    assert!(didit.sessions().list(SessionsListParams::new().limit(-1)).is_err());
    assert!(script.asked.lock().unwrap().is_empty());
}
