//! Bad input of every kind: a clear answer, and the server goes on.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{Answer, Dev, PATIENCE, Webhooks};

const JSON: (&str, &str) = ("content-type", "application/json");

fn connect(dev: &Dev) -> TcpStream {
    let stream = TcpStream::connect(dev.base.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _reset_after_the_answer = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// It refuses, with a JSON object that says why.
fn refused(answer: &Answer, what: &str) {
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    let json = answer.json();
    let said = json.as_object().is_some_and(|members| !members.is_empty());
    assert!(said, "{what}: {}", answer.text());
}

fn goes_on(dev: &Dev) {
    assert_eq!(dev.send("GET", "/healthz", &[], b"").status, 200);
    dev.create(json!({}));
}

#[test]
fn bodies_that_are_no_json_and_values_of_wrong_types() {
    let dev = Dev::start();
    let key = dev.known("api_key");
    let deep = "[".repeat(200_000);
    let wide = format!("{{\"workflow_id\":\"{}\"}}", "x".repeat(1 << 20));
    let bodies: [&[u8]; 12] = [
        b"{",
        b"nonsense",
        b"\xff\xfe\x00",
        b"\"",
        b"[]",
        b"7",
        b"null",
        b"{\"workflow_id\":{}}",
        b"{\"workflow_id\":1e999}",
        b"\x00",
        deep.as_bytes(),
        wide.as_bytes(),
    ];
    let paths = [
        "/v3/session/",
        "/v3/workflows/",
        "/v3/webhook/destinations/",
        "/v3/users/create/",
        "/v3/lists/",
        "/v3/transactions/",
    ];
    for (at, body) in bodies.iter().enumerate() {
        for path in paths {
            refused(&dev.send("POST", path, &[("x-api-key", &key), JSON], body), &format!("{path}, body {at}"));
        }
        for path in ["clock", "credits", "faults", "destinations", "misbehaviours", "events"] {
            // The control API has no member of that name anywhere.
            refused(&dev.send("POST", &format!("/_dev/{path}"), &[JSON], body), &format!("/_dev/{path}, body {at}"));
        }
    }
    let wrong: [Value; 5] = [json!("x"), json!([1]), json!({ "a": 1 }), json!(-1.5), json!(true)];
    for value in &wrong {
        for (path, name) in [
            ("clock", "advance"),
            ("credits", "credits"),
            ("destinations", "url"),
            ("misbehaviours", "misbehaviour"),
            ("events", "type"),
            ("faults", "operation"),
        ] {
            let fits = matches!((name, value), ("advance", Value::Number(_)));
            if !fits {
                let answer =
                    dev.send("POST", &format!("/_dev/{path}"), &[JSON], json!({ name: value }).to_string().as_bytes());
                refused(&answer, &format!("{path} {name} {value}"));
            }
        }
    }
    goes_on(&dev);
}

#[test]
fn paths_and_methods_that_are_none() {
    let dev = Dev::start();
    let key = dev.known("api_key");
    let long = format!("/{}", "a".repeat(20_000));
    for path in [
        "/",
        "/v3/",
        "/v4/session/",
        "/v3/session/%ff%00/decision/",
        "/v3/session/..%2f..%2f/decision/",
        "/_dev/x/y",
        "/_media/a/b",
        "/session/%00",
        &long,
    ] {
        let answer = dev.send("GET", path, &[("x-api-key", &key)], b"");
        assert!(
            (400..500).contains(&answer.status) && !answer.text().is_empty(),
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
    }
    for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        for path in ["/healthz", "/v3/session/", "/_dev/clock"] {
            let answer = dev.send(method, path, &[("x-api-key", &key)], b"x");
            assert_eq!(
                (answer.status, answer.json()["detail"].is_string()),
                (405, true),
                "{method} {path}: {}",
                answer.text()
            );
        }
    }
    for text in [
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /\u{e9} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "\r\n\r\n\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    ] {
        let mut stream = connect(&dev);
        stream.write_all(text.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let said = answer(&mut stream);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{text:?}: {said}");
    }
    goes_on(&dev);
}

#[test]
fn a_huge_body_gets_its_answer() {
    let dev = Dev::start();
    let key = dev.known("api_key");
    for path in ["/v3/session/", "/_dev/events", "/session/x"] {
        let mut stream = connect(&dev);
        let length: usize = 100 << 20;
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {key}\r\nContent-Length: {length}\r\n\r\n"
        )
        .unwrap();
        let piece = vec![b' '; 1 << 20];
        for _ in 0..100 {
            stream.write_all(&piece).unwrap();
        }
        let said = answer(&mut stream);
        assert!(said.starts_with("HTTP/1.1 413 ") && said.contains("larger than 40 MB"), "{path}: {said}");
    }
    let mut stream = connect(&dev);
    write!(stream, "POST /v3/session/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        .unwrap();
    let said = answer(&mut stream);
    assert!(said.starts_with("HTTP/1.1 400 "), "{said}");
    goes_on(&dev);
}

#[test]
fn those_who_send_slowly_or_break_off_hold_up_nobody() {
    let dev = Dev::start();
    let key = dev.known("api_key");
    let beginnings = [
        "GET / HT".to_owned(),
        String::new(),
        "POST /v3/session/ HTTP/1.1\r\nHost: localhost\r\nX-A: ".to_owned(),
        format!(
            "POST /v3/session/ HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {key}\r\nContent-Length: 100\r\n\r\n{{\"work"
        ),
        "POST /_dev/clock HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"ad".to_owned(),
    ];
    let mut slow = Vec::new();
    for at in 0..200 {
        let mut stream = connect(&dev);
        stream.write_all(beginnings[at % beginnings.len()].as_bytes()).unwrap();
        slow.push(stream);
    }
    goes_on(&dev);
    // Half of them hang up, and the rest stays.
    slow.truncate(100);
    goes_on(&dev);
    // They keep it from stopping only for so long: Drop waits for the end.
    let begun = std::time::Instant::now();
    drop(dev);
    assert!(begun.elapsed() < PATIENCE);
    drop(slow);
}

#[test]
fn receivers_that_never_answer_or_answer_nonsense_hold_up_nobody() {
    let dev = Dev::with(|setup| setup.timeout = Duration::from_millis(300));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let nonsense = TcpListener::bind("127.0.0.1:0").unwrap();
    let endless = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let urls = [silent.local_addr(), nonsense.local_addr(), endless.local_addr()]
        .map(|address| format!("http://{}/", address.unwrap()));
    std::thread::spawn(move || {
        for mut stream in nonsense.incoming().flatten() {
            let _gone = stream.write_all(b"\x00\x01 what?\r\n\r\n");
        }
    });
    std::thread::spawn(move || {
        for mut stream in endless.incoming().flatten() {
            std::thread::spawn(move || {
                let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                while stream
                    .write_all(b"400\r\n")
                    .and_then(|()| stream.write_all(&[b'x'; 0x400]))
                    .and_then(|()| stream.write_all(b"\r\n"))
                    .is_ok()
                {
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
        }
    });
    let good = Webhooks::start();
    for url in urls.iter().chain([&format!("http://{gone}/")]) {
        dev.control("destinations", json!({ "url": url, "events": ["status.updated"] }));
    }
    dev.destination(&good, &["status.updated"]);
    for _ in 0..100 {
        dev.create(json!({}));
    }
    good.take(100);
    let note = |url: &str| {
        let all = dev.send("GET", "/_dev/deliveries", &[], b"").json();
        let found = all.as_array().unwrap().iter().find(|one| one["request_url"] == url).cloned();
        found.map(|one| (one["status"].clone(), one["note"].clone()))
    };
    let expected =
        [(&urls[0], "timeout"), (&urls[1], "connection failed"), (&format!("http://{gone}/"), "connection failed")];
    for (url, expected) in expected {
        let begun = std::time::Instant::now();
        let found = loop {
            match note(url) {
                Some(found) => break found,
                None if begun.elapsed() > PATIENCE => panic!("nothing was written down about {url}"),
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        assert_eq!(found, (json!("failed"), json!(expected)), "{url}");
    }
    goes_on(&dev);
    drop(silent);
}
