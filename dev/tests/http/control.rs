//! The control API.

use serde_json::{Value, json};

use crate::common::{Dev, Webhooks};

#[test]
fn faults_come_as_often_as_asked_for() {
    let dev = Dev::start();
    dev.control(
        "faults",
        json!({ "operation": "sessions.create", "status": 503, "times": 2, "headers": { "Retry-After": "1" } }),
    );
    let body = || json!({ "workflow_id": dev.known("workflow_id") });
    let first = dev.post("/v3/session/", body());
    assert_eq!((first.status, first.header("retry-after")), (503, Some("1")));
    assert_eq!((dev.post("/v3/session/", body()).status, dev.post("/v3/session/", body()).status), (503, 201));
    dev.control("faults", json!({ "operation": "sessions.create", "status": 502, "lose_answer": true }));
    assert_eq!(dev.post("/v3/session/", body()).status, 502);
    assert_eq!(dev.get("/v3/sessions/").json()["count"], 2);
    assert_eq!(dev.send("POST", "/_dev/faults", &[], br#"{"operation":"nothing.at_all"}"#).status, 400);
}

#[test]
fn any_event_can_be_sent() {
    let (dev, webhooks) = (Dev::start(), Webhooks::start());
    let destination = dev.control("destinations", json!({ "url": webhooks.url }));
    assert_eq!(destination["secret_shared_key"], dev.known("webhook_secret"));
    for kind in didit_dev::service::sample::kinds().into_iter().filter(|kind| !kind.starts_with("kyb")) {
        dev.control("events", json!({ "type": kind, "members": { "vendor_data": "somebody" } }));
        let one = webhooks.next();
        assert_eq!(
            (one.json()["webhook_type"].as_str(), one.json()["vendor_data"].as_str()),
            (Some(kind), Some("somebody"))
        );
        assert_eq!(one.verify(&dev.known("webhook_secret"), 1_790_000_000), Ok(()), "{kind}");
    }
    assert_eq!(dev.send("POST", "/_dev/events", &[], br#"{"type":"session.exploded"}"#).status, 400);
    assert_eq!(
        dev.send("POST", "/_dev/events", &[], br#"{"type":"status.updated","scenario":"approve","status":"Approved"}"#)
            .status,
        200
    );
}

#[test]
fn what_checks_find_can_be_said() {
    let dev = Dev::start();
    let session = dev.create(json!({}));
    let id = session["session_id"].as_str().unwrap();
    let checks = json!({ "id_verifications": [{ "first_name": "Ægir", "last_name": "学" }], "face_matches": [{ "score": 12.5 }] });
    dev.control(&format!("sessions/{id}/status"), json!({ "status": "Approved", "checks": checks }));
    let decision = dev.decision(&session);
    assert_eq!(
        (&decision["id_verifications"][0]["first_name"], &decision["face_matches"][0]["score"]),
        (&json!("Ægir"), &json!(12.5))
    );
    assert_eq!(decision["id_verifications"][0]["document_type"], "Passport");
}

#[test]
fn a_scenario_counts_on_the_way_and_later() {
    let dev = Dev::start();
    let session = dev.create(json!({}));
    let path = format!("sessions/{}/status", session["session_id"].as_str().unwrap());
    // Not decided yet: the scenario counts when the session comes to its end, without being named again.
    dev.control(&path, json!({ "status": "In Progress", "scenario": "decline_document_expired" }));
    dev.control(&path, json!({ "status": "Declined" }));
    let risk = |decision: Value| decision["id_verifications"][0]["warnings"][0]["risk"].clone();
    assert_eq!(risk(dev.decision(&session)), "DOCUMENT_EXPIRED");
    // On the way to a status that comes after its end.
    let session = dev.create(json!({ "vendor_data": "another" }));
    let path = format!("sessions/{}/status", session["session_id"].as_str().unwrap());
    dev.control(&path, json!({ "status": "Kyc Expired", "scenario": "approve" }));
    assert_eq!(dev.decision(&session)["status"], "Kyc Expired");
}

#[test]
fn a_reset_begins_anew_and_entries_show_no_key() {
    let dev = Dev::start();
    dev.create(json!({}));
    let entries = dev.send("GET", "/_dev/entries", &[], b"");
    assert_eq!(entries.json()[0]["operation"], "sessions.create");
    assert!(!entries.text().contains(&dev.known("api_key")));
    dev.control("reset", json!({}));
    assert_eq!(dev.get("/v3/sessions/").json()["count"], 0);
    assert_eq!(dev.send("GET", "/_dev/nothing", &[], b"").status, 404);
    assert_eq!(dev.send("POST", "/_dev/clock", &[], br#"{"advance":1e300}"#).status, 400);
    assert_eq!(dev.send("POST", "/_dev/clock", &[], br#"{"hurry":1}"#).status, 400);
}

#[test]
fn links_to_a_page_show_no_token() {
    let dev = Dev::start();
    let session = dev.create(json!({ "language": "ar" }));
    let (url, token) = (session["url"].as_str().unwrap(), session["session_token"].as_str().unwrap());
    assert!(url.ends_with(&format!("/ar/session/{token}")), "{url}");
    dev.decision(&session);
    dev.get("/v3/sessions/");
    dev.get(&format!("/ar/session/{token}/nothing?token={token}"));
    dev.send("GET", "/v3/sessions/", &[("x-api-key", "x"), ("referer", url)], b"");
    let entries = dev.send("GET", "/_dev/entries", &[], b"");
    assert!(entries.text().contains("/ar/session/(hidden)") && !entries.text().contains(token), "{}", entries.text());
    for entry in entries.json().as_array().unwrap() {
        let inspected = dev.send("GET", &format!("/_dev/calls/{}/inspect", entry["number"]), &[], b"");
        assert!(inspected.status == 200 && !inspected.text().contains(token), "{}", inspected.text());
    }
}

#[test]
fn a_file_keeps_the_state() {
    let folder = std::env::temp_dir().join(format!("didit-dev-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("state.sqlite");
    let (key, session) = {
        let dev = Dev::with(|setup| setup.file = Some(file.clone()));
        (dev.known("api_key"), dev.create(json!({ "vendor_data": "a" })))
    };
    let dev = Dev::with(|setup| setup.file = Some(file.clone()));
    assert_eq!(dev.known("api_key"), key);
    assert_eq!(dev.decision(&session)["status"], "Not Started");
    assert_ne!(dev.create(json!({}))["session_id"], session["session_id"]);
    drop(dev);
    std::fs::remove_dir_all(folder).unwrap();
}
