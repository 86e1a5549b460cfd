//! The guide's flow over HTTP: a session, the page, the webhook, the decision.

use crate::common::{Dev, Webhooks};
use serde_json::json;

#[test]
fn a_session_is_created_opened_approved_and_told_of() {
    let (dev, webhooks) = (Dev::start(), Webhooks::start());
    let destination = dev.destination(&webhooks, &["status.updated"]);
    let secret = destination["secret_shared_key"].as_str().unwrap();
    let session = dev.create(json!({ "vendor_data": "user-123", "metadata": { "plan": "premium" }, "callback": "https://app.example.com/done?a=1" }));
    let names: Vec<&str> = session.as_object().unwrap().keys().map(String::as_str).collect();
    let documented = [
        "callback",
        "metadata",
        "session_id",
        "session_number",
        "session_token",
        "status",
        "url",
        "vendor_data",
        "workflow_id",
        "workflow_version",
    ];
    assert_eq!(names, documented);
    assert_eq!(
        (session["status"].as_str(), session["session_token"].as_str().map(str::len)),
        (Some("Not Started"), Some(12))
    );

    let url = session["url"].as_str().unwrap();
    assert_eq!(url, format!("{}/session/{}", dev.base, session["session_token"].as_str().unwrap()));
    let page = dev.send("GET", url, &[], b"");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(dev.decision(&session)["status"], "In Progress");
    let clicked = dev.send("POST", url, &[("content-type", "application/x-www-form-urlencoded")], b"status=Approved");
    let id = session["session_id"].as_str().unwrap();
    let back = format!("https://app.example.com/done?a=1&verificationSessionId={id}&status=Approved");
    assert_eq!((clicked.status, clicked.header("location")), (303, Some(back.as_str())));

    let received = webhooks.take(3);
    let statuses: Vec<_> = received.iter().map(|one| one.json()["status"].as_str().unwrap().to_owned()).collect();
    assert_eq!(statuses, ["Not Started", "In Progress", "Approved"]);
    for one in &received {
        assert_eq!(one.verify(secret, 1_790_000_000), Ok(()));
        assert_eq!(one.verify("another secret", 1_790_000_000), Err("signature_mismatch".to_owned()));
        assert_eq!(one.header("user-agent"), Some("DiditWebhook/2.0 +https://didit.me"));
    }
    let last = received[2].json();
    assert_eq!(last["decision"], dev.decision(&session));
    assert_eq!(
        (last["metadata"].clone(), last["vendor_data"].clone()),
        (json!({ "plan": "premium" }), json!("user-123"))
    );
    assert!(received[0].json().get("decision").is_none());
}

#[test]
fn an_unfinished_session_is_given_again() {
    let dev = Dev::start();
    let first = dev.create(json!({ "vendor_data": "user-1", "callback": "https://a.example/1" }));
    dev.become_status(&first, "In Progress");
    let again = dev.create(
        json!({ "vendor_data": "user-1", "callback": "https://a.example/2", "metadata": [1], "language": "es" }),
    );
    assert_eq!((&again["session_id"], &again["status"]), (&first["session_id"], &json!("In Progress")));
    assert_eq!((&again["callback"], &again["metadata"]), (&json!("https://a.example/2"), &json!([1])));
    assert_eq!(dev.decision(&first)["metadata"], json!([1]));
    dev.become_status(&first, "Declined");
    assert_ne!(dev.create(json!({ "vendor_data": "user-1" }))["session_id"], first["session_id"]);
    assert_ne!(dev.create(json!({}))["session_id"], dev.create(json!({}))["session_id"]);
}

#[test]
fn the_language_is_in_the_url() {
    let dev = Dev::start();
    let session = dev.create(json!({ "language": "ar" }));
    let token = session["session_token"].as_str().unwrap();
    assert_eq!(session["url"], format!("{}/ar/session/{token}", dev.base));
    assert_eq!(dev.send("GET", session["url"].as_str().unwrap(), &[], b"").status, 200);
    assert_eq!(dev.send("GET", "/session/unknown-token", &[], b"").status, 404);
}

#[test]
fn bad_keys_are_403_and_unknown_sessions_404() {
    let dev = Dev::start();
    let denied = json!({ "detail": "You do not have permission to perform this action." });
    for headers in [&[][..], &[("x-api-key", "wrong")], &[("x-api-key", "")]] {
        let answer = dev.send("POST", "/v3/session/", headers, b"{}");
        assert_eq!((answer.status, answer.json()), (403, denied.clone()));
    }
    let unknown = dev.get("/v3/session/11111111-2222-3333-4444-555555555555/decision/");
    assert_eq!((unknown.status, unknown.json()), (404, json!({ "detail": "Not found." })));
    let newer = Dev::with(|setup| setup.options.auth_errors_401 = true);
    assert_eq!(newer.send("POST", "/v3/session/", &[("x-api-key", "wrong")], b"{}").status, 401);
    assert_eq!(newer.send("POST", "/v3/session/", &[], b"{}").status, 403);
}

#[test]
fn a_seed_repeats_everything() {
    let run = || {
        let dev = Dev::start();
        let mut session = dev.create(json!({ "vendor_data": "a" }));
        session["url"] = json!(null);
        (dev.known("api_key"), dev.known("workflow_id"), session)
    };
    assert_eq!(run(), run());
    assert_ne!(run().0, Dev::with(|setup| setup.options.seed = Some("8".to_owned())).known("api_key"));
    assert_ne!(run().0, Dev::with(|setup| setup.options.seed = None).known("api_key"));
}

#[test]
fn a_callback_keeps_its_query_and_its_fragment() {
    let dev = Dev::start();
    for (callback, expected) in [
        ("myapp://verify/done", "myapp://verify/done?verificationSessionId=ID&status=In%20Review"),
        ("https://a.example/?x=1#top", "https://a.example/?x=1&verificationSessionId=ID&status=In%20Review#top"),
    ] {
        let session = dev.create(json!({ "callback": callback }));
        let clicked = dev.send("POST", session["url"].as_str().unwrap(), &[], b"status=In+Review");
        assert_eq!(
            clicked.header("location").unwrap().replace(session["session_id"].as_str().unwrap(), "ID"),
            expected
        );
    }
}
