//! Sessions in every state: decisions, transitions, clocks, credits, limits, bad requests.

use serde_json::{Value, json};

use crate::common::{Dev, Webhooks};

const ARRAYS: [&str; 11] = [
    "id_verifications",
    "nfc_verifications",
    "liveness_checks",
    "face_matches",
    "poa_verifications",
    "database_validations",
    "aml_screenings",
    "ip_analyses",
    "phone_verifications",
    "email_verifications",
    "questionnaire_responses",
];

#[test]
fn the_decision_is_there_in_every_status_and_the_event_carries_what_belongs_to_it() {
    let (dev, webhooks) = (Dev::start(), Webhooks::start());
    dev.destination(&webhooks, &["status.updated"]);
    let statuses = [
        "In Progress",
        "In Review",
        "Approved",
        "Declined",
        "Resubmitted",
        "Awaiting User",
        "Abandoned",
        "Expired",
        "Kyc Expired",
    ];
    for status in statuses {
        let session = dev.create(json!({}));
        assert_eq!(dev.become_status(&session, status)["status"], status);
        let decision = dev.decision(&session);
        assert_eq!(decision["status"], status);
        for array in ARRAYS {
            assert!(decision[array].is_null() || decision[array].is_array(), "{status} {array}");
        }
        let event = loop {
            let event = webhooks.next().json();
            if event["status"] == status && event["session_id"] == session["session_id"] {
                break event;
            }
        };
        let decided = matches!(status, "Approved" | "Declined" | "In Review" | "Abandoned");
        assert_eq!(event.get("decision").is_some(), decided, "{status}");
        assert_eq!(event.get("resubmit_info").is_some(), status == "Resubmitted", "{status}");
        assert!(!decided || event["decision"] == decision, "{status}");
    }
}

#[test]
fn a_status_follows_only_by_the_documented_transitions() {
    let dev = Dev::start();
    let session = dev.create(json!({}));
    dev.become_status(&session, "Expired");
    let path = format!("/_dev/sessions/{}/status", session["session_id"].as_str().unwrap());
    let refused = dev.send("POST", &path, &[], br#"{"status":"Approved"}"#);
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(dev.send("POST", &path, &[], br#"{"status":"approved"}"#).status, 400);
    assert_eq!(dev.decision(&session)["status"], "Expired");
}

#[test]
fn every_scenario_ends_as_it_says() {
    let dev = Dev::start();
    let catalogue = dev.get("/v1/sandbox/scenarios/").json();
    assert_eq!(catalogue.as_array().unwrap().len(), 16);
    for one in catalogue.as_array().unwrap() {
        let (name, status) = (one["scenario"].as_str().unwrap(), one["status"].as_str().unwrap());
        let session = dev.create(json!({ "sandbox_scenario": name }));
        dev.become_status(&session, status);
        let decision = dev.decision(&session);
        let entries = decision.as_object().unwrap().values().filter_map(Value::as_array).flatten();
        let (mut risky, mut found) = (0, Vec::new());
        for entry in entries.filter(|entry| entry.get("node_id").is_some()) {
            found.push(entry["status"].as_str().unwrap_or_default().to_owned());
            risky += entry["warnings"].as_array().map_or(0, Vec::len);
        }
        assert_eq!(found.iter().any(|status| status == "Declined"), status == "Declined", "{name}");
        assert_eq!(risky > 0, name != "approve", "{name}");
        assert_eq!(decision["session_kind"] == "business", name.contains("kyb"), "{name}");
    }
    let refused =
        dev.post("/v3/session/", json!({ "workflow_id": dev.known("workflow_id"), "sandbox_scenario": "approve_all" }));
    assert_eq!(refused.status, 400);
    let said = refused.json()["sandbox_scenario"][0].as_str().unwrap().to_owned();
    assert!(said.starts_with("\"approve_all\" is not a valid choice. didit-dev knows approve, decline_"), "{said}");
    for name in didit_dev::service::template::scenarios() {
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[test]
fn time_runs_out() {
    let dev = Dev::with(|setup| {
        setup.options.kyc_expire_after = Some(1000);
        setup.options.abandon_after = 500;
        setup.options.expire_after = 100;
    });
    let (unopened, begun, approved) = (dev.create(json!({})), dev.create(json!({})), dev.create(json!({})));
    dev.become_status(&begun, "In Progress");
    dev.become_status(&approved, "Approved");
    assert_eq!(dev.decision(&approved)["expires_at"], "2026-09-21T14:30:00Z");
    for (advance, expected) in [
        (99, ["Not Started", "In Progress", "Approved"]),
        (1, ["Expired", "In Progress", "Approved"]),
        (400, ["Expired", "Abandoned", "Approved"]),
        (500, ["Expired", "Abandoned", "Kyc Expired"]),
    ] {
        dev.control("clock", json!({ "advance": advance }));
        let statuses =
            [&unopened, &begun, &approved].map(|session| dev.decision(session)["status"].as_str().unwrap().to_owned());
        assert_eq!(statuses, expected.map(str::to_owned), "{advance}");
    }
}

#[test]
fn requests_that_do_not_fit_the_description_are_400() {
    let dev = Dev::start();
    let workflow = dev.known("workflow_id");
    let wrong = |body: Value, expected: Value| {
        let answer = dev.post("/v3/session/", body.clone());
        assert_eq!((answer.status, answer.json()), (400, expected), "{body}");
    };
    wrong(json!({}), json!({ "workflow_id": ["This field is required."] }));
    wrong(json!({ "workflow_id": null }), json!({ "workflow_id": ["This field may not be null."] }));
    wrong(json!({ "workflow_id": "x" }), json!({ "workflow_id": ["Must be a valid UUID."] }));
    wrong(json!({ "workflow_id": 7 }), json!({ "workflow_id": ["Not a valid string."] }));
    wrong(
        json!({ "workflow_id": "11111111-2222-4333-8444-555555555555" }),
        json!({ "workflow_id": ["Workflow not found."] }),
    );
    wrong(
        json!({ "workflow_id": workflow, "callback": "nowhere", "callback_method": "none", "language": "!" }),
        json!({
        "callback": ["Enter a valid URL."], "callback_method": ["\"none\" is not a valid choice."], "language": ["\"!\" is not a valid choice."] }),
    );
    wrong(
        json!({ "workflow_id": workflow, "expected_details": { "expected_document_types": ["P", "XX"] } }),
        json!({ "expected_details": { "expected_document_types": ["\"XX\" is not a valid choice."] } }),
    );
    wrong(
        json!({ "workflow_id": workflow, "contact_details": { "send_notification_emails": "perhaps" } }),
        json!({ "contact_details": { "send_notification_emails": ["Must be a valid boolean."] } }),
    );
    wrong(json!([1]), json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got list."] }));
    dev.create(
        json!({ "expected_details": { "expected_document_types": ["p", "Id"] }, "callback": null, "something_new": 1 }),
    );
    let key = dev.known("api_key");
    let send = |kind: &str, body: &[u8]| {
        dev.send("POST", "/v3/session/", &[("x-api-key", &key), ("content-type", kind)], body).status
    };
    assert_eq!(send("application/json", b"{\"workflow_id\":"), 400);
    assert_eq!(send("application/json", b"\xff\xfe"), 400);
    assert_eq!(send("application/json", "[".repeat(100_000).as_bytes()), 400);
    assert_eq!(send("text/plain", b"hello"), 415);
    assert_eq!(send("multipart/form-data", b"hello"), 400);
    assert_eq!(send("multipart/form-data; boundary=x", b"--x\r\nContent"), 400);
    assert_eq!(dev.send("PUT", "/v3/session/", &[], b"").status, 405);
    assert_eq!(dev.send("PROPFIND", "/v3/session/", &[], b"x").status, 405);
    assert_eq!(dev.get("/v3/nothing/").status, 404);
    let redirected = dev.get("/v3/sessions?limit=1");
    assert_eq!((redirected.status, redirected.header("location")), (301, Some("/v3/sessions/?limit=1")));
    assert_eq!(dev.send("GET", "/healthz", &[], b"").json()["status"], "ok");
}

#[test]
fn credits_run_out() {
    let dev = Dev::with(|setup| setup.options.credits = Some(1));
    let first = dev.create(json!({ "vendor_data": "a" }));
    let refused = dev.post("/v3/session/", json!({ "workflow_id": dev.known("workflow_id") }));
    assert_eq!(refused.status, 400);
    assert_eq!(dev.create(json!({ "vendor_data": "a" }))["session_id"], first["session_id"]);
    dev.control("credits", json!({ "credits": 1 }));
    assert_eq!(dev.get("/v3/billing/balance/").json()["balance"], "1.0000");
    dev.create(json!({}));
}

#[test]
fn the_limits_hold_by_the_emulated_clock() {
    let dev = Dev::with(|setup| setup.options.rate_limits = true);
    for _ in 0..300 {
        dev.post("/v3/lists/", json!({}));
    }
    let refused = dev.post("/v3/lists/", json!({}));
    assert_eq!(refused.status, 429);
    let headers = ["retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
        .map(|name| refused.header(name).unwrap().to_owned());
    assert_eq!(headers, ["60", "300", "0", "1790000060"].map(str::to_owned));
    assert_eq!(dev.get("/v3/lists/").status, 200);
    assert!(dev.get("/v3/lists/").header("x-ratelimit-limit").is_none());
    dev.control("clock", json!({ "advance": 60 }));
    assert_eq!(dev.post("/v3/lists/", json!({})).status, 400);
}

#[test]
fn sessions_are_listed_reviewed_reported_and_deleted() {
    let (dev, webhooks) = (Dev::start(), Webhooks::start());
    dev.destination(&webhooks, &["data.updated"]);
    let (first, second) = (dev.create(json!({ "vendor_data": "a b" })), dev.create(json!({})));
    dev.become_status(&first, "Declined");
    let id = first["session_id"].as_str().unwrap();
    let listed = dev.get("/v3/sessions/?status=Declined,Approved").json();
    assert_eq!(
        (&listed["count"], &listed["results"][0]["session_id"], &listed["results"][0]["full_name"]),
        (&json!(1), &first["session_id"], &json!("Sample Persona"))
    );
    let page = dev.get("/v3/sessions/?limit=1").json();
    assert_eq!(
        (&page["count"], &page["results"][0]["session_id"], &page["previous"]),
        (&json!(2), &second["session_id"], &Value::Null)
    );
    assert_eq!(dev.get(page["next"].as_str().unwrap()).json()["results"][0]["session_id"], first["session_id"]);
    assert_eq!(dev.get("/v3/sessions/?vendor_data=a%20b").json()["count"], 1);
    assert_eq!(dev.get("/v3/sessions/?status=declined").status, 400);
    assert_eq!(dev.get("/v3/sessions/?date_from=2026-09-22").json()["count"], 0);
    assert_eq!(dev.get("/v3/sessions/?limit=x").status, 400);

    let review = |body: Value| dev.call("PATCH", &format!("/v3/session/{id}/update-status/"), body).status;
    assert_eq!(review(json!({ "new_status": "In Review" })), 400);
    assert_eq!(
        review(
            json!({ "new_status": "Resubmitted", "comment": "sharper, please", "nodes_to_resubmit": [{ "node_id": "feature_ocr", "feature": "OCR" }] })
        ),
        200
    );
    let decision = dev.decision(&first);
    assert_eq!((&decision["status"], &decision["reviews"][0]["user"]), (&json!("Resubmitted"), &json!("API Client")));
    assert_eq!(
        dev.call(
            "PATCH",
            &format!("/v3/session/{}/update-status/", second["session_id"].as_str().unwrap()),
            json!({ "new_status": "Approved" })
        )
        .status,
        400
    );
    assert_eq!(
        dev.call("PATCH", &format!("/v3/session/{id}/update-data/"), json!({ "first_name": "Zoë" })).status,
        200
    );
    assert_eq!(
        (
            webhooks.next().json()["webhook_type"].clone(),
            dev.decision(&first)["id_verifications"][0]["full_name"].clone()
        ),
        (json!("data.updated"), json!("Zoë Persona"))
    );

    assert_eq!(dev.get(&format!("/v3/session/{id}/generate-pdf/")).status, 403);
    dev.become_status(&first, "Approved");
    let report = dev.get(&format!("/v3/session/{id}/generate-pdf/"));
    assert_eq!(
        (report.status, report.header("content-type"), &report.bytes[..5]),
        (200, Some("application/pdf"), b"%PDF-".as_slice())
    );
    let picture = dev.decision(&first)["id_verifications"][0]["portrait_image"].as_str().unwrap().to_owned();
    assert_eq!(dev.send("GET", &picture, &[], b"").header("content-type"), Some("image/png"));
    assert_eq!(dev.send("GET", &picture.replace("portrait", "other"), &[], b"").status, 403);
    dev.control("clock", json!({ "advance": 3601 }));
    assert_eq!(dev.send("GET", &picture, &[], b"").status, 403);
    assert_eq!(
        dev.call("DELETE", &format!("/v3/session/{id}/delete/"), Value::Null).json()["face_retention_outcome"],
        "deleted"
    );
    assert_eq!(dev.get(&format!("/v3/session/{id}/decision/")).status, 404);
    assert_eq!(
        dev.post("/v3/sessions/delete/", json!({ "delete_all": true })).json()["results"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn media_links_work_for_an_hour_and_only_as_they_are() {
    let dev = Dev::start();
    let session = dev.create(json!({ "sandbox_scenario": "approve" }));
    dev.become_status(&session, "Approved");
    let link = || dev.decision(&session)["id_verifications"][0]["front_image"].as_str().unwrap().to_owned();
    let first = link();
    let picture = dev.send("GET", &first, &[], b"");
    assert_eq!(
        (picture.status, picture.header("content-type"), &picture.bytes[..4]),
        (200, Some("image/png"), b"\x89PNG".as_slice())
    );
    let (path, query) = first.split_once('?').unwrap();
    let forged = query.replace("expires=", "expires=9");
    for wrong in [
        path.to_owned(),
        format!("{path}?{forged}"),
        format!("{path}x?{query}"),
        first.replace("signature=", "signature=0"),
    ] {
        assert_eq!(dev.send("GET", &wrong, &[], b"").status, 403, "{wrong}");
    }
    dev.control("clock", json!({ "advance": 3600 }));
    assert_eq!(dev.send("GET", &first, &[], b"").status, 200);
    dev.control("clock", json!({ "advance": 1 }));
    let late = dev.send("GET", &first, &[], b"");
    assert!(late.status == 403 && late.text().contains("expired"), "{}", late.text());
    assert_eq!(dev.send("GET", &link(), &[], b"").status, 200, "a new one works");
}
