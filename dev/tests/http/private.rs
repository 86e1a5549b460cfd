//! What stays private: credentials out of the environment, the state's file, and logs that programs read.

use std::io::{BufRead as _, BufReader, Read as _};

use serde_json::{Value, json};

use crate::common::{Dev, Webhooks};
use crate::process::{Folder, Serving, error_of};

const GIVEN: [(&str, &str); 2] =
    [("DIDIT_API_KEY", "sk_live_of-somebody"), ("DIDIT_WEBHOOK_SECRET", "a-secret-of-somebody")];

fn body_of(serving: &Serving, path: &str) -> String {
    let mut reader = BufReader::new(serving.get(path));
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

#[test]
fn what_came_from_the_environment_is_not_shown() {
    let folder = Folder::new("environment");
    let state = folder.file("state.sqlite");
    let serving = Serving::start(&folder, &["--state", &state], &GIVEN);
    let status: Value = serde_json::from_str(&body_of(&serving, "/_dev/status")).unwrap();
    let application = &status["application"];
    assert_eq!((&application["api_key"], &application["webhook_secret"]), (&Value::Null, &Value::Null));
    assert_eq!(status["from_environment"], json!(["api_key", "webhook_secret"]));
    assert!(application["workflow_id"].is_string());
    serving.stop("-TERM");
    // They are still somebody's when the next start finds them in its state.
    std::fs::remove_file(folder.file("ready.json")).unwrap();
    let serving = Serving::start(&folder, &["--state", &state], &[]);
    let said = body_of(&serving, "/_dev/status");
    let printed = serving.stop("-TERM");
    for (_, secret) in GIVEN {
        assert!(!said.contains(secret), "{said}");
        assert!(!crate::commands::text(&printed).contains(secret));
    }
    // A destination of the control API is signed for with that secret, and does not tell it.
    let dev = Dev::with(|setup| setup.options.secret = Some(GIVEN[1].1.to_owned()));
    let made = dev.control("destinations", json!({ "url": "http://127.0.0.1:1/webhook" }));
    assert!(made["uuid"].is_string() && made["secret_shared_key"].is_null(), "{made}");
    let dev = Dev::start();
    let status = dev.send("GET", "/_dev/status", &[], b"").json();
    assert_eq!(status["application"]["api_key"], dev.known("api_key"));
    assert_eq!(status["from_environment"], json!([]));
}

#[test]
fn a_new_secret_counts_for_destinations_that_are_there() {
    let folder = Folder::new("secret");
    let file = std::path::PathBuf::from(folder.file("state.sqlite"));
    let webhooks = Webhooks::start();
    let start = |secret: &str| {
        let secret = secret.to_owned();
        Dev::with(|setup| {
            setup.file = Some(file.clone());
            setup.options.secret = Some(secret);
        })
    };
    let own = {
        let dev = start("the-first-secret");
        dev.control("destinations", json!({ "url": webhooks.url }));
        let other = Webhooks::start();
        dev.destination(&other, &["status.updated"])["secret_shared_key"].clone()
    };
    let dev = start("the-second-secret");
    dev.create(json!({}));
    let one = webhooks.next();
    assert_eq!(one.verify("the-second-secret", 1_790_000_000), Ok(()));
    // One that was made by the API has a secret of its own, which stays.
    let all = dev.get("/v3/webhook/destinations/").json();
    let made = all.as_array().unwrap().iter().find(|one| one["label"] == "test").unwrap();
    let path = format!("/v3/webhook/destinations/{}/", made["uuid"].as_str().unwrap());
    assert_eq!(dev.get(&path).json()["secret_shared_key"], own);
}

#[cfg(unix)]
#[test]
fn the_state_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("mode");
    let file = folder.file("state.sqlite");
    let modes = || {
        ["", "-wal", "-shm"]
            .map(|more| std::fs::metadata(format!("{file}{more}")).unwrap().permissions().mode() & 0o777)
    };
    let dev = Dev::with(|setup| setup.file = Some(file.clone().into()));
    dev.create(json!({}));
    assert_eq!(modes(), [0o600; 3]);
    drop(dev);
    // One that is there already becomes so.
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let dev = Dev::with(|setup| setup.file = Some(file.clone().into()));
    dev.create(json!({}));
    assert_eq!(modes(), [0o600; 3]);
}

#[test]
fn a_log_that_no_terminal_shows_has_no_colours() {
    let folder = Folder::new("colours");
    let serving = Serving::start(&folder, &[], &[]);
    body_of(&serving, "/_dev/status");
    body_of(&serving, "/v3/sessions/");
    let log = error_of(&serving.stop("-TERM"));
    assert!(log.contains("call") && !log.contains('\x1b'), "{log}");
}

#[test]
fn a_mailed_code_is_logged_without_its_address() {
    let folder = Folder::new("mail");
    let serving = Serving::start(&folder, &[], &[]);
    let body = r#"{"email":"zoe@somewhere.example","password":"Aa1!aaaaaaaa"}"#;
    let mut stream = std::net::TcpStream::connect(serving.address()).unwrap();
    std::io::Write::write_all(
        &mut stream,
        format!(
            "POST /auth/v2/programmatic/register/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .as_bytes(),
    )
    .unwrap();
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 201"), "{line}");
    let mails: Value = serde_json::from_str(&body_of(&serving, "/_dev/mail")).unwrap();
    let log = error_of(&serving.stop("-TERM"));
    assert!(log.contains(mails[0]["code"].as_str().unwrap()) && !log.contains("somewhere.example"), "{log}");
}
