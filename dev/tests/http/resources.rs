//! Everything beside sessions: accounts, workflows, people, lists, transactions, V1, and what is only an example.

use didit_core::api::OPERATIONS;
use didit_core::api::operation::{Auth, Host, Place, Schema, Verb};
use serde_json::{Map, Value, json};

use crate::common::{Dev, Webhooks};

#[test]
fn an_account_is_registered_verified_and_used() {
    let dev = Dev::start();
    let post = |path: &str, body: Value| {
        dev.send(
            "POST",
            &format!("/auth/v2{path}"),
            &[("content-type", "application/json")],
            body.to_string().as_bytes(),
        )
    };
    let weak = post("/programmatic/register/", json!({ "email": "a@example.com", "password": "password" }));
    assert_eq!(
        (weak.status, weak.json()),
        (400, json!({ "password": ["The password must have an upper case letter."] }))
    );
    let account = json!({ "email": "Alex@example.com", "password": "Invented-1" });
    let registered = post("/programmatic/register/", account.clone());
    assert_eq!((registered.status, &registered.json()["email"]), (201, &json!("alex@example.com")));
    assert_eq!(post("/programmatic/resend-otp/", json!({ "email": "alex@example.com" })).status, 429);
    assert_eq!(
        post("/programmatic/verify-email/", json!({ "email": "alex@example.com", "code": "000000" })).status,
        400
    );
    assert_eq!(post("/programmatic/login/", account.clone()).status, 400);
    let code = dev.send("GET", "/_dev/mail", &[], b"").json()[0]["code"].clone();
    let verified = post("/programmatic/verify-email/", json!({ "email": "alex@example.com", "code": code })).json();
    let key = verified["application"]["api_key"].as_str().unwrap();
    assert!(key.starts_with("sk_test_") && verified["expires_in"] == 86_400, "{verified}");
    let made = dev.send(
        "POST",
        "/v3/workflows/",
        &[("x-api-key", key), ("content-type", "application/json")],
        br#"{"features":[{"feature":"OCR"},{"feature":"NFC"}]}"#,
    );
    assert_eq!(made.status, 201, "{}", made.text());
    let workflow = made.json()["workflow_id"].clone();
    let created = dev.send(
        "POST",
        "/v3/session/",
        &[("x-api-key", key), ("content-type", "application/json")],
        json!({ "workflow_id": workflow }).to_string().as_bytes(),
    );
    assert_eq!(created.status, 201, "{}", created.text());
    dev.become_status(&created.json(), "Approved");
    let path = format!("/v3/session/{}/decision/", created.json()["session_id"].as_str().unwrap());
    let decision = dev.send("GET", &path, &[("x-api-key", key)], b"").json();
    assert_eq!(
        (&decision["features"], &decision["nfc_verifications"][0]["status"], &decision["face_matches"]),
        (&json!(["ID_VERIFICATION", "NFC"]), &json!("Approved"), &Value::Null)
    );
    // Another application's sessions are nobody's business.
    assert_eq!(dev.get(&path).status, 404);
    let login = post("/programmatic/login/", account).json();
    let bearer = format!("Bearer {}", login["access_token"].as_str().unwrap());
    let organizations = dev.send("GET", "/auth/v2/organizations/me/", &[("authorization", &bearer)], b"").json();
    assert_eq!(organizations[0]["uuid"], verified["organization"]["uuid"]);
    let applications =
        format!("/auth/v2/organizations/me/{}/applications/", organizations[0]["uuid"].as_str().unwrap());
    assert_eq!(dev.send("GET", &applications, &[("authorization", &bearer)], b"").json()[0]["api_key"], key);
    assert_eq!(dev.send("GET", &applications, &[], b"").status, 401);
    for _ in 0..5 {
        post("/programmatic/login/", json!({ "email": "alex@example.com", "password": "wrong" }));
    }
    assert_eq!(
        post("/programmatic/login/", json!({ "email": "alex@example.com", "password": "Invented-1" })).status,
        429
    );
}

#[test]
fn workflows_have_versions_and_refuse_unknown_fields() {
    let dev = Dev::start();
    let refused =
        dev.post("/v3/workflows/", json!({ "features": [{ "feature": "OCR" }], "is_liveness_enabled": true }));
    assert_eq!((refused.status, refused.json()), (400, json!({ "is_liveness_enabled": ["Unknown field."] })));
    assert_eq!(dev.post("/v3/workflows/", json!({ "features": [{ "feature": "MAGIC" }] })).status, 400);
    let made = dev
        .post("/v3/workflows/", json!({ "features": [{ "feature": "KYB_REGISTRY" }, { "feature": "KYB_KEY_PEOPLE" }] }))
        .json();
    let path = format!("/v3/workflows/{}/", made["uuid"].as_str().unwrap());
    let session = dev.post("/v3/session/", json!({ "workflow_id": made["workflow_id"], "vendor_data": "acme" })).json();
    dev.become_status(&session, "Awaiting User");
    let decision = dev.decision(&session);
    assert_eq!(
        (&decision["session_kind"], &decision["key_people_checks"][0]["status"]),
        (&json!("business"), &json!("Not Finished"))
    );
    // A newer version is another workflow to the reuse of sessions.
    assert_eq!(dev.call("PATCH", &path, json!({ "features": [{ "feature": "KYB_REGISTRY" }] })).json()["version"], 2);
    let newer = dev.post("/v3/session/", json!({ "workflow_id": made["workflow_id"], "vendor_data": "acme" })).json();
    assert_eq!((&newer["workflow_version"], newer["session_id"] == session["session_id"]), (&json!(2), false));
    assert_eq!(dev.get("/v3/workflows/").json()["count"], 2);
    assert_eq!((dev.call("DELETE", &path, Value::Null).status, dev.get(&path).status), (204, 404));
}

#[test]
fn people_are_kept_and_told_of() {
    let (dev, webhooks) = (Dev::start(), Webhooks::start());
    dev.destination(&webhooks, &["user.status.updated", "user.data.updated"]);
    let made = dev.post("/v3/users/create/", json!({ "vendor_data": " User/1 ", "full_name": "Sample Persona" }));
    assert_eq!(
        (made.status, &made.json()["vendor_data"], &made.json()["status"]),
        (201, &json!("user/1"), &json!("ACTIVE"))
    );
    assert_eq!(dev.post("/v3/users/create/", json!({ "vendor_data": "user/1" })).status, 400);
    assert_eq!(dev.call("PATCH", "/v3/users/user%2F1/", json!({ "display_name": "S." })).json()["display_name"], "S.");
    let event = webhooks.next().json();
    assert_eq!(
        (&event["webhook_type"], &event["changes"]["display_name"]),
        (&json!("user.data.updated"), &json!({ "previous": null, "current": "S." }))
    );
    assert_eq!(dev.call("PATCH", "/v3/users/user%2F1/update-status/", json!({ "status": "BLOCKED" })).status, 200);
    let event = webhooks.next().json();
    assert_eq!(
        (&event["webhook_type"], &event["previous_status"], &event["status"]),
        (&json!("user.status.updated"), &json!("ACTIVE"), &json!("BLOCKED"))
    );
    let session = dev.create(json!({ "vendor_data": "user/1" }));
    dev.become_status(&session, "Approved");
    assert_eq!(dev.get("/v3/users/user%2F1/").json()["approved_count"], 1);
    assert_eq!(dev.get("/v3/users/?search=sample").json()["count"], 1);
    assert_eq!(dev.post("/v3/users/delete/", json!({ "vendor_data_list": ["user/1"] })).json()["deleted"], 1);
    assert_eq!(dev.get("/v3/users/user%2F1/").status, 404);
    assert_eq!(dev.post("/v3/businesses/create/", json!({ "vendor_data": "acme", "legal_name": "Acme" })).status, 201);
}

#[test]
fn lists_questionnaires_and_transactions_are_kept() {
    let dev = Dev::with(|setup| setup.options.environment = "live".to_owned());
    let webhooks = Webhooks::start();
    dev.destination(&webhooks, &["transaction.created", "transaction.status.updated"]);
    let body = json!({ "name": "friends", "list_type": "allowlist", "entry_type": "email" });
    let list = dev.post("/v3/lists/", body.clone());
    assert_eq!((list.status, dev.post("/v3/lists/", body).status), (201, 400), "{}", list.text());
    let entries = format!("/v3/lists/{}/entries/", list.json()["uuid"].as_str().unwrap());
    let entry = dev.post(&entries, json!({ "value": "a@example.com" }));
    assert_eq!((entry.status, dev.get(&entries).json()["results"][0]["value"].clone()), (201, json!("a@example.com")));
    assert_eq!(
        dev.call("DELETE", &format!("{entries}{}/", entry.json()["uuid"].as_str().unwrap()), Value::Null).status,
        204
    );
    assert_eq!(dev.get("/v3/lists/11111111-2222-4333-8444-555555555555/entries/").status, 404);
    let body = json!({ "transaction_id": "tx-1", "transaction_category": "finance", "subject": { "entity_type": "person", "vendor_data": "u", "full_name": "S", "address": { "country": "UTO" } },
        "transaction_details": { "direction": "outbound", "amount": "1500.50", "currency": "EUR" } });
    let made = dev.post("/v3/transactions/", body.clone());
    assert_eq!(
        (made.status, &made.json()["status"], &made.json()["parties"][0]["country_code"]),
        (201, &json!("IN_REVIEW"), &json!("UTO")),
        "{}",
        made.text()
    );
    assert_eq!(dev.post("/v3/transactions/", body).json()["uuid"], made.json()["uuid"]);
    let id = made.json()["uuid"].as_str().unwrap().to_owned();
    dev.control(&format!("transactions/{id}/status"), json!({ "status": "APPROVED" }));
    let events = webhooks.take(2);
    assert_eq!((&events[0].json()["txn_id"], &events[1].json()["status"]), (&json!("tx-1"), &json!("APPROVED")));
    assert_eq!(dev.get("/v3/transactions/").json()["total_transactions"], 1);
}

#[test]
fn of_what_there_can_be_any_number_the_oldest_go() {
    let dev = Dev::with(|setup| setup.options.keep = 20);
    let webhooks = Webhooks::start();
    dev.destination(&webhooks, &["status.updated"]);
    dev.post("/v3/lists/", json!({ "name": "friends", "list_type": "allowlist", "entry_type": "email" }));
    let sessions: Vec<Value> = (0..50)
        .map(|at| {
            let session = dev.create(json!({ "vendor_data": format!("user-{at}") }));
            dev.become_status(&session, "Approved");
            session
        })
        .collect();
    webhooks.take(150);
    let gone = dev.get(&format!("/v3/session/{}/decision/", sessions[0]["session_id"].as_str().unwrap()));
    assert_eq!((gone.status, &dev.decision(&sessions[49])["status"]), (404, &json!("Approved")));
    let count = |path: &str| dev.get(path).json()["count"].as_i64().unwrap();
    assert_eq!((count("/v3/sessions/"), count("/v3/users/")), (20, 20));
    assert_eq!((dev.get("/v3/users/user-0/").status, dev.get("/v3/users/user-49/").status), (404, 200));
    assert_eq!((count("/v3/workflows/"), count("/v3/lists/")), (1, 1), "settings stay");
    let counts = &dev.send("GET", "/_dev/status", &[], b"").json()["counts"];
    assert!(counts["deliveries"].as_i64().unwrap() <= 20, "{counts}");
}

#[test]
fn the_first_flow_still_works() {
    let (dev, webhooks) = (Dev::start(), Webhooks::start());
    let set = dev.call("PATCH", "/v3/webhook/", json!({ "webhook_url": webhooks.url, "webhook_version": "v1" })).json();
    assert_eq!(set["secret_shared_key"], dev.known("webhook_secret"));
    let basic = |secret: &str| {
        use base64::Engine as _;
        format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(format!("{}:{secret}", dev.known("client_id"))))
    };
    let token = |secret: &str| {
        dev.send(
            "POST",
            "/auth/v2/token/",
            &[("authorization", &basic(secret)), ("content-type", "application/x-www-form-urlencoded")],
            b"grant_type=client_credentials",
        )
    };
    assert_eq!(token("wrong").status, 401);
    let token = token(&dev.known("api_key")).json();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let created = dev.send(
        "POST",
        "/v1/session/",
        &headers,
        br#"{"callback":"https://a.example/","vendor_data":"u","features":"OCR + FACE"}"#,
    );
    assert_eq!(created.status, 201, "{}", created.text());
    dev.become_status(&created.json(), "Approved");
    let decision = dev
        .send(
            "GET",
            &format!("/v1/session/{}/decision/", created.json()["session_id"].as_str().unwrap()),
            &headers,
            b"",
        )
        .json();
    assert_eq!(
        (&decision["kyc"]["status"], &decision["face_match"]["status"]),
        (&json!("Approved"), &json!("Approved"))
    );
    let received = webhooks.take(3);
    let last = &received[2];
    assert!(
        last.header("x-signature").is_some()
            && last.header("x-signature-v2").is_none()
            && last.header("x-timestamp").is_none()
    );
    assert_eq!((&last.json()["decision"]["kyc"]["status"], last.json().get("timestamp")), (&json!("Approved"), None));
}

/// A value that a schema takes.
fn value(schema: &Schema) -> Value {
    match schema {
        Schema::Boolean => json!(true),
        Schema::Integer { minimum, .. } => json!(minimum.unwrap_or(1).max(1)),
        Schema::Number { minimum, .. } => json!(minimum.unwrap_or(1.0).max(1.0)),
        Schema::String(text) if !text.values.is_empty() => json!(text.values[0]),
        Schema::String(text) => match text.check.map(|check| format!("{check:?}")).as_deref() {
            Some("Uuid") => json!("11111111-2222-4333-8444-555555555555"),
            Some("CallbackUrl" | "Url") => json!("https://a.example/"),
            Some("Language") => json!("en"),
            Some("DocumentType") => json!("P"),
            Some("Base64Image") => json!("iVBORw0KGgoAAAANSUhEUgAA"),
            Some("Date") => json!("2026-01-01"),
            Some("DateTime") => json!("2026-01-01T00:00:00Z"),
            Some("Email") => json!("a@example.com"),
            _ => json!("x".repeat(text.min_length.unwrap_or(1).max(1))),
        },
        Schema::Array { items, .. } => json!([value(items)]),
        Schema::Object { fields, .. } => Value::Object(
            fields
                .iter()
                .filter(|field| field.required)
                .map(|field| (field.name.to_owned(), value(field.schema)))
                .collect::<Map<_, _>>(),
        ),
        Schema::OneOf(schemas) => value(schemas[0]),
        _ => json!("any"),
    }
}

#[test]
fn every_operation_answers() {
    let dev = Dev::start();
    let (key, mut examples) = (dev.known("api_key"), 0);
    for operation in OPERATIONS {
        let mut path = operation.path.replace("{application_id}", &dev.known("application_id"));
        if matches!(operation.host, Host::Account | Host::Issuer(_)) {
            path = format!("/auth/v2{path}");
        }
        let (mut body, mut query, mut files) = (Map::new(), Vec::new(), Vec::new());
        for parameter in
            operation.parameters.iter().filter(|parameter| parameter.required || parameter.place == Place::Path)
        {
            match parameter.place {
                Place::Path => {
                    path = path.replace(&format!("{{{}}}", parameter.wire), "11111111-2222-4333-8444-555555555555")
                }
                Place::Query => {
                    query.push(format!("{}={}", parameter.wire, value(parameter.schema).as_str().unwrap_or("1")))
                }
                Place::Body => drop(body.insert(parameter.wire.to_owned(), value(parameter.schema))),
                Place::File => files.push(parameter.wire),
                _ => {}
            }
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let method = match operation.verb {
            Verb::Get => "GET",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Patch => "PATCH",
            Verb::Delete => "DELETE",
        };
        let (kind, bytes) = if files.is_empty() {
            ("application/json", Value::Object(body).to_string().into_bytes())
        } else {
            ("multipart/form-data; boundary=b", parts(&body, &files))
        };
        let bytes = if method == "GET" { Vec::new() } else { bytes };
        let answer = dev.send(method, &path, &[("x-api-key", &key), ("content-type", kind)], &bytes);
        let example = answer.header("x-didit-dev-example").is_some();
        examples += usize::from(example);
        // Without the thing that is asked for there is nothing to show; without a token nobody is known.
        let allowed = match operation.auth {
            Auth::Bearer | Auth::Basic => &[401][..],
            Auth::Legacy => &[401, 404][..],
            _ => &[200, 201, 202, 204, 400, 404][..],
        };
        assert!(allowed.contains(&answer.status), "{}: {} {}", operation.id, answer.status, answer.text());
        assert!(!example || answer.status < 300, "{}", operation.id);
    }
    assert!(examples > 80, "{examples}");
}

fn parts(body: &Map<String, Value>, files: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in body {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        bytes.extend_from_slice(
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").as_bytes(),
        );
    }
    for name in files {
        bytes.extend_from_slice(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n").as_bytes());
        bytes.extend_from_slice(b"\xff\xd8\xff\xe0 an invented picture\r\n");
    }
    bytes.extend_from_slice(b"--b--\r\n");
    bytes
}
