//! Who may call: programs, and the emulator's own pages; nobody's page in somebody's browser.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;

use crate::common::{Dev, PATIENCE};

/// A request exactly as given, on a connection of its own; what comes back until it is closed.
fn raw(dev: &Dev, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(dev.base.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    // At once: who is refused is not listened to any longer.
    let head = head.replace('\n', "\r\n");
    let request = format!("{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

#[test]
fn a_name_that_leads_here_from_elsewhere_gets_nothing() {
    let dev = Dev::with(|setup| setup.names = vec!["didit-dev".to_owned()]);
    let session = dev.create(json!({}));
    let (key, port) = (dev.known("api_key"), dev.base.rsplit(':').next().unwrap());
    let page = session["url"].as_str().unwrap().trim_start_matches(&dev.base).to_owned();
    for (method, path) in [
        ("GET", "/_dev/status"),
        ("POST", "/_dev/reset"),
        ("GET", "/v3/sessions/"),
        ("GET", "/healthz"),
        ("GET", &page),
        ("GET", "/_dev"),
    ] {
        let ask = |host: &str| raw(&dev, &format!("{method} {path} HTTP/1.1\nHost: {host}\nX-Api-Key: {key}"), "");
        let refused = ask(&format!("rebound.example:{port}"));
        assert_eq!(status(&refused), "421", "{path}: {refused}");
        assert!(refused.contains("--allow-host") && !refused.contains(&key), "{refused}");
        assert_eq!(status(&ask("x\r\nHost: localhost")), "400", "{path}");
        if method == "GET" {
            for host in
                [format!("localhost:{port}"), "127.0.0.1".to_owned(), "[::1]".to_owned(), format!("didit-dev:{port}")]
            {
                assert_eq!(status(&ask(&host)), "200", "{path} {host}");
            }
        }
    }
    assert_eq!(status(&raw(&dev, "GET http://rebound.example/_dev/status HTTP/1.1\nHost: localhost", "")), "421");
    assert_eq!(dev.get("/v3/sessions/").json()["count"], 1, "nothing was forgotten");
}

#[test]
fn a_page_of_somebody_else_can_steer_nothing() {
    let dev = Dev::start();
    let session = dev.create(json!({}));
    let host = dev.base.trim_start_matches("http://");
    let form = "Content-Type: text/plain";
    for origin in ["https://evil.example", "http://localhost:3000", "null"] {
        for path in ["/_dev/reset", "/_dev/credits", "/_dev/faults", "/v3/session/", "/auth/v2/programmatic/register/"]
        {
            let refused = raw(&dev, &format!("POST {path} HTTP/1.1\nHost: {host}\nOrigin: {origin}\n{form}"), "{}");
            assert_eq!(status(&refused), "403", "{path} {origin}: {refused}");
            assert!(
                refused.contains("another origin") && !refused.to_lowercase().contains("access-control"),
                "{refused}"
            );
        }
        let asked = raw(&dev, &format!("OPTIONS /_dev/reset HTTP/1.1\nHost: {host}\nOrigin: {origin}"), "");
        assert_eq!(status(&asked), "403", "{asked}");
    }
    let image = format!("GET /_dev/status HTTP/1.1\nHost: {host}\nSec-Fetch-Mode: no-cors\nSec-Fetch-Site: cross-site");
    assert_eq!(status(&raw(&dev, &image, "")), "403");
    // A link in the developer's own application still leads to the inspector.
    let link = format!("GET /_dev HTTP/1.1\nHost: {host}\nSec-Fetch-Mode: navigate\nSec-Fetch-Site: same-site");
    assert_eq!(status(&raw(&dev, &link, "")), "200");
    let own = format!("POST /_dev/clock HTTP/1.1\nHost: {host}\nOrigin: {}\nSec-Fetch-Site: same-origin", dev.base);
    assert_eq!(status(&raw(&dev, &own, "{\"advance\":1}")), "200");
    assert_eq!(dev.decision(&session)["status"], "Not Started", "nothing was forgotten");
}

#[test]
fn the_page_stands_in_frames_and_the_api_answers_programs() {
    let dev = Dev::start();
    let session = dev.create(json!({}));
    let host = dev.base.trim_start_matches("http://");
    let path = session["url"].as_str().unwrap().trim_start_matches(&dev.base).to_owned();
    let framed = raw(
        &dev,
        &format!(
            "GET {path} HTTP/1.1\nHost: {host}\nSec-Fetch-Dest: iframe\nSec-Fetch-Mode: navigate\nSec-Fetch-Site: cross-site"
        ),
        "",
    );
    assert_eq!(status(&framed), "200");
    assert!(framed.contains("frame-ancestors *") && !framed.to_lowercase().contains("x-frame-options"), "{framed}");
    // Its policy about referrers makes the origin of its forms opaque.
    let head =
        format!("POST {path} HTTP/1.1\nHost: {host}\nOrigin: null\nContent-Type: application/x-www-form-urlencoded");
    let clicked = raw(&dev, &head, "status=Approved");
    assert!(matches!(status(&clicked), "200" | "303"), "{clicked}");
    assert_eq!(dev.decision(&session)["status"], "Approved");
    assert_eq!(status(&raw(&dev, &head.replace("null", "https://evil.example"), "status=Declined")), "403");
    let key = dev.known("api_key");
    assert_eq!(status(&raw(&dev, &format!("GET /v3/sessions/ HTTP/1.0\nX-Api-Key: {key}"), "")), "200");
}
