//! What the control API and the page refuse, and how they say it.

use serde_json::{Value, json};

use crate::common::{Dev, Webhooks};

/// The text of a refusal, which is JSON.
fn refused(dev: &Dev, method: &str, path: &str, body: &str, status: u16) -> String {
    let answer = dev.send(method, path, &[], body.as_bytes());
    assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {path}: {}", answer.text());
    let detail = answer.json();
    let detail = detail["detail"].as_str().map_or_else(|| detail.to_string(), str::to_owned);
    assert!(!detail.is_empty(), "{method} {path}: {}", answer.text());
    detail
}

#[test]
fn values_that_mean_nothing_are_refused() {
    let dev = Dev::start();
    let id = dev.create(json!({}))["session_id"].as_str().unwrap().to_owned();
    let to = |path: &str| format!("/_dev/{}", path.replace("ID", &id));
    let cases = [
        ("destinations", json!({ "url": "http://a.example", "events": ["status.update"] }), "status.update"),
        ("destinations", json!({ "url": "http://a.example", "events": [] }), "empty"),
        ("destinations", json!({ "url": "http://a.example", "version": "v9" }), "v9"),
        ("misbehaviours", json!({ "misbehaviour": "drop", "destination": "nobody" }), "nobody"),
        ("misbehaviours", json!({ "misbehaviour": "drop", "times": 0 }), "once"),
        ("sessions/ID/status", json!({ "status": "Approved", "checks": { "nope": [] } }), "nope"),
        ("sessions/ID/status", json!({ "status": "Approved", "checks": { "face_matches": 5 } }), "face_matches"),
        ("sessions/ID/status", json!({ "status": "Approved", "checks": { "id_verifications": ["x"] } }), "id_verif"),
        ("sessions/ID/status", json!({ "status": "Approved", "resubmit_info": { "a": 1 } }), "Resubmitted"),
        ("sessions/ID/status", json!({ "status": "Resubmitted", "resubmit_info": 1 }), "resubmit_info"),
        ("sessions/ID/status", json!({ "status": "Approved", "scenario": "nobody" }), "nobody"),
        ("sessions/ID/status", json!({ "status": "Approved", "scenario": "decline_aml_hit" }), "ends in \"Declined\""),
        ("sessions/ID/status", json!({ "status": "Expired", "scenario": "approve" }), "not on the way to \"Expired\""),
        ("sessions/ID/checks", json!({ "nope": 1 }), "nope"),
        ("sessions/ID/checks", json!({ "face_matches": 5 }), "face_matches"),
        ("sessions/ID/checks", json!({ "id_verifications": "x" }), "id_verifications"),
        ("faults", json!({ "operation": "*" }), "nothing"),
        ("faults", json!({ "operation": "*", "body": { "a": 1 } }), "status"),
        ("faults", json!({ "operation": "*", "headers": { "Retry-After": "1" }, "delay_ms": 1 }), "status"),
        ("faults", json!({ "operation": "*", "status": 429, "headers": { "X-Nobody": "1" } }), "X-Nobody"),
        (
            "faults",
            json!({ "operation": "*", "status": 429, "headers": { "Retry-After": "1\r\nX: y" } }),
            "Retry-After",
        ),
        ("faults", json!({ "operation": "*", "delay_ms": 60_001 }), "60000"),
        ("faults", json!({ "operation": "*", "status": 503, "times": 0 }), "once"),
        ("credits", json!({ "credits": -1 }), "-1"),
        ("credits", json!({}), "credits"),
        ("events", json!({ "type": "kyb.registry_search.resolved" }), "trigger"),
    ];
    for (path, body, named) in cases {
        let detail = refused(&dev, "POST", &to(path), &body.to_string(), 400);
        assert!(detail.contains(named), "{path} {body}: {detail}");
    }
    assert_eq!(dev.send("GET", "/_dev/faults", &[], b"").json(), json!([]));
    assert_eq!(dev.send("GET", "/_dev/misbehaviours", &[], b"").json(), json!([]));
    assert_eq!(dev.get("/v3/webhook/destinations/").json(), json!([]));
    assert_eq!(dev.get(&format!("/v3/session/{id}/decision/")).json()["status"], "Not Started");
    dev.control("credits", json!({ "credits": null }));
    let webhooks = Webhooks::start();
    let made = dev.control("destinations", json!({ "url": webhooks.url, "version": "v2", "events": ["data.updated"] }));
    dev.control("misbehaviours", json!({ "misbehaviour": "drop", "destination": made["uuid"] }));
}

#[test]
fn what_is_wrong_with_a_request_is_said_in_json_and_in_words() {
    let dev = Dev::start();
    assert!(refused(&dev, "DELETE", "/_dev/credits", "", 405).contains("DELETE"));
    assert!(refused(&dev, "GET", "/_dev/reset", "", 405).contains("GET"));
    assert!(refused(&dev, "OPTIONS", "/_dev/nothing", "", 405).contains("OPTIONS"));
    assert!(refused(&dev, "GET", "/_dev/nothing", "", 404).contains("no such path"));
    refused(&dev, "GET", "/_dev/calls/x/inspect", "", 404);
    refused(&dev, "GET", "/_dev/calls/99999999999999999999999/inspect", "", 404);
    refused(&dev, "POST", "/_dev/deliveries/%ff/resend", "", 400);
    refused(&dev, "GET", "/_media/x/y.png?expires=never", "", 403);
    let cases = [
        ("clock", "[]", "JSON object"),
        ("sessions/x/status", "[]", "JSON object"),
        ("sessions/x/status", "[\"Approved\"]", "JSON object"),
        ("credits", "7", "JSON object"),
        ("clock", "{", "not JSON"),
        ("clock", "\u{feff}", "not JSON"),
        ("clock", r#"{"advance":"1"}"#, "number"),
        ("credits", r#"{"credits":1.5}"#, "integer"),
        ("faults", r#"{"operation":"*","status":70000}"#, "integer"),
        ("faults", r#"{"operation":1}"#, "text"),
        ("faults", r#"{"operation":"*","headers":[]}"#, "object"),
        ("destinations", r#"{"url":"http://a.example","events":"x"}"#, "array"),
        ("events", "{}", "type"),
        ("clock", r#"{"hurry":1}"#, "hurry"),
    ];
    for (path, body, named) in cases {
        let detail = refused(&dev, "POST", &format!("/_dev/{path}"), body, 400);
        assert!(detail.contains(named), "{path} {body}: {detail}");
        for rust in ["struct ", "f64", "i64", "u16", "u32", "a sequence", "a map", "elements"] {
            assert!(!detail.contains(rust), "{path} {body}: {detail}");
        }
    }
}

#[test]
fn the_page_takes_only_its_own_fields() {
    let dev = Dev::start();
    let session = dev.create(json!({}));
    let path = session["url"].as_str().unwrap().strip_prefix(&dev.base).unwrap().to_owned();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for (wrong, named) in [
        ("id_verifications.date_of_birth=99", "date_of_birth"),
        ("id_verifications.date_of_birth=1990-02-30", "date_of_birth"),
        ("id_verifications.expiration_date=soon", "expiration_date"),
        ("id_verifications.firstname=Zoe", "id_verifications.firstname"),
        ("nothing=1", "nothing"),
        ("nope.score=1", "nope.score"),
        ("id_verifications.status=Perfect", "id_verifications.status"),
        ("resubmit=nope", "nope"),
    ] {
        let answer = dev.send("POST", &path, &form, format!("status=Approved&{wrong}").as_bytes());
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.text());
        assert!(answer.text().contains(named), "{wrong}: {}", answer.text());
    }
    let status = dev.decision(&session)["status"].clone();
    assert!(status == "In Progress" || status == "Not Started", "{status}");
    let good = "status=Approved&id_verifications.date_of_birth=1990-02-28&id_verifications.status=Approved&face_matches.score=12.5";
    assert_eq!(dev.send("POST", &path, &form, good.as_bytes()).status, 200);
    assert_eq!(dev.decision(&session)["id_verifications"][0]["date_of_birth"], Value::from("1990-02-28"));
}

#[test]
fn what_need_not_be_done_again_is_no_mistake() {
    let dev = Dev::start();
    let session = dev.create(json!({}));
    let id = session["session_id"].as_str().unwrap();
    // Somebody found what no person could have entered.
    let checks = json!({ "id_verifications": [{ "date_of_birth": "99" }] });
    dev.control(&format!("sessions/{id}/status"), json!({ "status": "Declined", "checks": checks }));
    let info = json!({ "nodes_to_resubmit": [{ "node_id": "feature_face_match", "feature": "FACE_MATCH" }] });
    dev.control(&format!("sessions/{id}/status"), json!({ "status": "Resubmitted", "resubmit_info": info }));
    let path = session["url"].as_str().unwrap().strip_prefix(&dev.base).unwrap().to_owned();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = dev.send("POST", &path, &form, b"status=Approved");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(dev.decision(&session)["id_verifications"][0]["date_of_birth"], "99");
}
