//! Deliveries as documented, and as they go wrong.

use serde_json::{Value, json};

use crate::common::{Dev, Received, Webhooks};

const NOW: i64 = 1_790_000_000;

fn secret(destination: &Value) -> String {
    destination["secret_shared_key"].as_str().unwrap().to_owned()
}

#[test]
fn a_delivery_is_repeated_twice_with_the_same_event_id() {
    let (dev, webhooks) = (Dev::start(), Webhooks::start());
    let destination = dev.destination(&webhooks, &["status.updated"]);
    webhooks.answer(503);
    dev.create(json!({}));
    let first = webhooks.next();
    assert!(webhooks.is_quiet());
    wait_for_deliveries(&dev, 1);
    dev.control("clock", json!({ "advance": 60 }));
    let second = webhooks.next();
    wait_for_deliveries(&dev, 2);
    dev.control("clock", json!({ "advance": 239 }));
    assert!(webhooks.is_quiet());
    dev.control("clock", json!({ "advance": 1 }));
    let third = webhooks.next();
    // Not stamped anew, so the last one is at the very edge of the window.
    assert!(first.body == second.body && second.body == third.body);
    assert_eq!(third.verify(&secret(&destination), NOW + 300), Ok(()));
    assert_eq!(third.verify(&secret(&destination), NOW + 301), Err("timestamp_too_old".to_owned()));
    wait_for_deliveries(&dev, 3);
    dev.control("clock", json!({ "advance": 100_000 }));
    assert!(webhooks.is_quiet());
    let path = format!("/v3/webhook/destinations/{}/", destination["uuid"].as_str().unwrap());
    let page = dev.get(&format!("{path}deliveries/")).json();
    assert_eq!(
        (&page["count"], &page["results"][0]["response_status"], &page["results"][0]["status"]),
        (&json!(3), &json!(503), &json!("failed"))
    );
    let summary = &dev.get(&path).json()["summary"];
    assert_eq!((&summary["total_deliveries"], &summary["error_rate_percentage"]), (&json!(3), &json!(100.0)));

    webhooks.answer(200);
    let one = format!("{path}deliveries/{}/", page["results"][0]["uuid"].as_str().unwrap());
    let kept = dev.get(&one).json();
    assert_eq!(kept["request_body"].as_str().unwrap().as_bytes(), third.body);
    assert!(
        serde_json::from_str::<Value>(kept["request_header"].as_str().unwrap()).unwrap()["X-Signature-V2"].is_string()
    );
    let promised = dev.post(&format!("{one}resend/"), Value::Null).json();
    let again = webhooks.next();
    assert_eq!(
        (&again.json()["event_id"], &again.json()["created_at"]),
        (&first.json()["event_id"], &first.json()["created_at"])
    );
    assert_eq!(again.json()["timestamp"], NOW + 100_300);
    assert_eq!(again.verify(&secret(&destination), NOW + 100_300), Ok(()));
    wait_for_deliveries(&dev, 4);
    assert_eq!(
        dev.get(&format!("{path}deliveries/{}/", promised["uuid"].as_str().unwrap())).json()["status"],
        "delivered"
    );
}

fn wait_for_deliveries(dev: &Dev, count: usize) {
    for _ in 0..1000 {
        if dev.send("GET", "/_dev/deliveries", &[], b"").json().as_array().unwrap().len() >= count {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{count} deliveries were not written down");
}

#[test]
fn retries_can_be_stamped_anew() {
    let dev = Dev::with(|setup| setup.options.restamp = true);
    let webhooks = Webhooks::start();
    let destination = dev.destination(&webhooks, &["status.updated"]);
    webhooks.answer(404);
    dev.create(json!({}));
    let first = webhooks.next();
    wait_for_deliveries(&dev, 1);
    dev.control("clock", json!({ "advance": 60 }));
    let second = webhooks.next();
    assert_eq!(second.json()["timestamp"].as_i64().unwrap() - first.json()["timestamp"].as_i64().unwrap(), 60);
    assert_eq!(first.json()["event_id"], second.json()["event_id"]);
    assert_eq!(second.verify(&secret(&destination), NOW + 60), Ok(()));
}

#[test]
fn every_destination_gets_what_it_asked_for_under_its_own_secret() {
    let (dev, one, other) = (Dev::start(), Webhooks::start(), Webhooks::start());
    let first = dev.destination(&one, &["status.updated"]);
    let second = dev.destination(&other, &["status.updated", "data.updated"]);
    assert_ne!(secret(&first), secret(&second));
    let refused = |body: Value| dev.post("/v3/webhook/destinations/", body).status;
    assert_eq!(
        refused(
            json!({ "label": "x", "url": one.url, "webhook_version": "v3", "subscribed_events": ["status.updated"] })
        ),
        400
    );
    assert_eq!(
        refused(
            json!({ "label": "x", "url": "ftp://a", "webhook_version": "v3", "subscribed_events": ["status.updated"] })
        ),
        400
    );
    assert_eq!(
        refused(json!({ "label": "x", "url": "http://a.example", "webhook_version": "v3", "subscribed_events": [] })),
        400
    );
    let listed = dev.get("/v3/webhook/destinations/").json();
    assert!(listed.is_array() && listed[0]["uuid"] == first["uuid"] && listed[0].get("secret_shared_key").is_none());
    let session = dev.create(json!({ "vendor_data": "Zoë 😀" }));
    let (a, b) = (one.next(), other.next());
    assert_eq!(a.json()["event_id"], b.json()["event_id"]);
    assert_eq!((a.verify(&secret(&first), NOW), b.verify(&secret(&second), NOW)), (Ok(()), Ok(())));
    assert!(a.body.is_ascii() && String::from_utf8_lossy(&a.body).contains("Zo\\u00eb \\ud83d\\ude00"));
    assert_ne!(a.header("X-Signature"), a.header("X-Signature-V2"));
    let path = format!("/v3/webhook/destinations/{}/", first["uuid"].as_str().unwrap());
    assert_eq!(dev.call("PATCH", &path, json!({ "subscribed_events": [] })).status, 400);
    assert_eq!(
        dev.call("PATCH", &path, json!({ "enabled": false, "uuid": "other" })).json()["secret_shared_key"],
        first["secret_shared_key"]
    );
    dev.become_status(&session, "Approved");
    assert_eq!(other.take(2).len(), 2);
    assert!(one.is_quiet());
    assert_eq!((dev.call("DELETE", &path, Value::Null).status, dev.get(&path).status), (204, 404));
}

#[test]
fn deliveries_go_wrong_on_request() {
    let (dev, webhooks) = (Dev::start(), Webhooks::start());
    let destination = dev.destination(&webhooks, &["status.updated"]);
    let secret = secret(&destination);
    let spoilt = |name: &str| -> Received {
        dev.control("misbehaviours", json!({ "misbehaviour": name, "destination": destination["uuid"] }));
        dev.create(json!({ "vendor_data": format!("Zoë {name}"), "metadata": "a/b" }));
        webhooks.next()
    };
    let raw = |one: &Received| {
        let options =
            didit_core::webhook::Options { schemes: vec![didit_core::webhook::Scheme::Raw], ..Default::default() };
        let verifier = didit_core::Verifier::new(&[secret.as_bytes()], options).unwrap();
        let headers: didit_core::webhook::RawHeaders =
            one.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        verifier
            .verify(&one.body, &headers.relevant(), didit_core::webhook::UnixSeconds::new(NOW).unwrap())
            .map(drop)
            .map_err(|error| error.code().as_str())
    };
    assert_eq!(spoilt("wrong_secret").verify(&secret, NOW), Err("signature_mismatch".to_owned()));
    for name in ["reencoded", "unescaped", "escaped"] {
        let one = spoilt(name);
        assert_eq!((one.verify(&secret, NOW), raw(&one)), (Ok(()), Err("signature_mismatch")), "{name}");
    }
    assert_eq!(spoilt("header_refreshed").verify(&secret, NOW), Err("timestamp_too_old".to_owned()));
    assert_eq!(spoilt("timestamp_stripped").verify(&secret, NOW), Err("missing_timestamp".to_owned()));
    assert_eq!(spoilt("signatures_stripped").verify(&secret, NOW), Err("missing_signature".to_owned()));
    assert_eq!(spoilt("trickle").verify(&secret, NOW), Ok(()));
    let twice = (spoilt("duplicate"), webhooks.next());
    assert_eq!(twice.0.body, twice.1.body);
    dev.control("misbehaviours", json!({ "misbehaviour": "drop" }));
    dev.create(json!({}));
    assert!(webhooks.is_quiet());
    dev.control("misbehaviours", json!({ "misbehaviour": "cut" }));
    dev.create(json!({}));
    assert!(webhooks.is_quiet());
    dev.control("misbehaviours", json!({ "misbehaviour": "delay" }));
    dev.create(json!({}));
    assert!(webhooks.is_quiet());
    dev.control("clock", json!({ "advance": 302 }));
    let late = (0..3)
        .map(|_| webhooks.next())
        .find(|one| one.verify(&secret, NOW + 302) == Err("timestamp_too_old".to_owned()));
    assert!(late.is_some());
    assert_eq!(dev.send("POST", "/_dev/misbehaviours", &[], br#"{"misbehaviour":"shout"}"#).status, 400);
}

#[test]
fn an_event_can_be_overtaken() {
    let (dev, webhooks) = (Dev::start(), Webhooks::start());
    dev.destination(&webhooks, &["status.updated"]);
    dev.control("misbehaviours", json!({ "misbehaviour": "reorder" }));
    let session = dev.create(json!({}));
    dev.become_status(&session, "In Progress");
    let order: Vec<_> = webhooks.take(2).iter().map(|one| one.json()["status"].clone()).collect();
    assert_eq!(order, [json!("In Progress"), json!("Not Started")]);
}

#[test]
fn a_destination_that_never_answers_stops_nothing() {
    let dev = Dev::with(|setup| setup.timeout = std::time::Duration::from_millis(200));
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let body =
        json!({ "label": "silent", "url": url, "webhook_version": "v3", "subscribed_events": ["status.updated"] });
    assert_eq!(dev.post("/v3/webhook/destinations/", body).status, 201);
    let webhooks = Webhooks::start();
    dev.destination(&webhooks, &["status.updated"]);
    for _ in 0..20 {
        dev.create(json!({}));
    }
    assert_eq!(webhooks.take(20).len(), 20);
    wait_for_deliveries(&dev, 40);
    let all = dev.send("GET", "/_dev/deliveries", &[], b"").json();
    let timed_out =
        all.as_array().unwrap().iter().filter(|one| one["note"] == "timeout" && one["status"] == "failed").count();
    assert_eq!(timed_out, 20);
}

#[test]
fn older_versions_have_singular_objects() {
    let (dev, webhooks) = (Dev::start(), Webhooks::start());
    let body =
        json!({ "label": "v2", "url": webhooks.url, "webhook_version": "v2", "subscribed_events": ["status.updated"] });
    let destination = dev.post("/v3/webhook/destinations/", body).json();
    let session = dev.create(json!({}));
    dev.become_status(&session, "Approved");
    let last = webhooks.take(3).remove(2);
    let decision = &last.json()["decision"];
    assert!(
        decision["id_verification"]["status"] == "Approved"
            && decision.get("id_verifications").is_none()
            && decision["id_verification"].get("node_id").is_none()
    );
    assert_eq!(last.verify(&secret(&destination), NOW), Ok(()));
}
