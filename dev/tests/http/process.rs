//! The program itself: ports, files, signals, exit codes, and what it prints for programs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::commands::{SECRET, run, text};
use crate::common::{PATIENCE, Webhooks};

/// A folder of its own, gone at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("didit-dev-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// `serve` on a free port, once it says that it is ready.
pub(crate) struct Serving {
    child: Option<Child>,
    pub(crate) ready: Value,
}

impl Serving {
    pub(crate) fn start(folder: &Folder, more: &[&str], environment: &[(&str, &str)]) -> Self {
        let file = folder.file("ready.json");
        let mut child = Command::new(env!("CARGO_BIN_EXE_didit-dev"))
            .args(["serve", "--port", "0", "--ready-file", &file])
            .args(more)
            .env_remove("DIDIT_WEBHOOK_SECRET")
            .env_remove("DIDIT_API_KEY")
            .env_remove("DIDIT_WORKFLOW_ID")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while !Path::new(&file).exists() {
            assert!(child.try_wait().unwrap().is_none() && begun.elapsed() < PATIENCE, "it does not get ready");
            std::thread::sleep(Duration::from_millis(10));
        }
        let ready = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        Self { child: Some(child), ready }
    }

    pub(crate) fn address(&self) -> String {
        self.ready["base_url"].as_str().unwrap().trim_start_matches("http://").to_owned()
    }

    pub(crate) fn get(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        stream
    }

    /// End it as a terminal or a supervisor does.
    pub(crate) fn stop(mut self, signal: &str) -> Output {
        let mut child = self.child.take().unwrap();
        let pid = child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if begun.elapsed() > PATIENCE {
                drop(child.kill());
                panic!("{signal} does not end it");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        child.wait_with_output().unwrap()
    }
}

impl Drop for Serving {
    /// A test that fails leaves nothing running.
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

pub(crate) fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn it_takes_a_free_port_writes_the_ready_file_and_ends_politely() {
    for signal in ["-INT", "-TERM"] {
        let folder = Folder::new(signal);
        let serving = Serving::start(&folder, &["--seed", "7"], &[]);
        let port = serving.ready["port"].as_u64().unwrap();
        assert_ne!(port, 0);
        assert_eq!(serving.ready["base_url"], format!("http://127.0.0.1:{port}"));
        assert_eq!(serving.ready["account_url"], format!("http://127.0.0.1:{port}/auth/v2"));
        assert_eq!(serving.ready["pid"], serving.child.as_ref().unwrap().id());
        for name in ["api_key", "workflow_id", "webhook_secret", "client_id", "application_id"] {
            assert!(serving.ready[name].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(folder.file("ready.json")).unwrap().permissions().mode() & 0o777, 0o600);
        }
        // Neither an inspector nor somebody who never finishes keeps it from ending.
        let mut stream = serving.get("/_dev/stream");
        let mut first = String::new();
        BufReader::new(&mut stream).read_line(&mut first).unwrap();
        assert!(first.starts_with("HTTP/1.1 200 "), "{first}");
        let mut unfinished = TcpStream::connect(serving.address()).unwrap();
        unfinished.write_all(b"POST /v3/session/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{").unwrap();
        let (address, ready) = (serving.address(), serving.ready.clone());
        let output = serving.stop(signal);
        assert_eq!(output.status.code(), Some(0), "{signal}: {}", error_of(&output));
        assert!(TcpStream::connect(address).is_err());
        let printed = text(&output);
        for (variable, name) in [
            ("DIDIT_BASE_URL", "base_url"),
            ("DIDIT_API_KEY", "api_key"),
            ("DIDIT_WORKFLOW_ID", "workflow_id"),
            ("DIDIT_WEBHOOK_SECRET", "webhook_secret"),
        ] {
            assert!(printed.contains(&format!("export {variable}={}\n", ready[name].as_str().unwrap())), "{printed}");
        }
        assert!(printed.contains("It is not Didit, and nobody is verified by it."), "{printed}");
        assert!(!error_of(&output).contains(ready["api_key"].as_str().unwrap()));
        assert!(!error_of(&output).contains('\u{1b}'), "colours are for terminals");
    }
}

#[test]
fn what_it_prints_is_for_a_shell_to_take() {
    let given = [("DIDIT_API_KEY", "sk_live_of-somebody")];
    for environment in [&given[..0], &given] {
        let folder = Folder::new("shell");
        let serving = Serving::start(&folder, &[], environment);
        let ready = serving.ready.clone();
        let printed = text(&serving.stop("-TERM"));
        let show = "printf '%s %s %s' \"$DIDIT_BASE_URL\" \"$DIDIT_API_KEY\" \"$DIDIT_WEBHOOK_SECRET\"";
        let shell = Command::new("sh")
            .args(["-euc", &format!("{printed}{show}")])
            .env_remove("DIDIT_WEBHOOK_SECRET")
            .env("DIDIT_API_KEY", "that of the shell")
            .output()
            .unwrap();
        let key = if environment.is_empty() { ready["api_key"].as_str().unwrap() } else { "that of the shell" };
        let [base, secret] = ["base_url", "webhook_secret"].map(|name| ready[name].as_str().unwrap());
        assert_eq!((error_of(&shell), text(&shell)), (String::new(), format!("{base} {key} {secret}")));
    }
}

#[test]
fn the_log_says_where_a_delivery_went() {
    let (folder, webhooks) = (Folder::new("to"), Webhooks::start());
    let serving = Serving::start(&folder, &["--json"], &[]);
    let url = format!("{}?token=of-somebody", webhooks.url);
    let body = json!({ "label": "x", "url": url, "webhook_version": "v3", "subscribed_events": ["status.updated"] });
    let key = serving.ready["api_key"].as_str().unwrap().to_owned();
    post(&serving, "/v3/webhook/destinations/", &key, &body);
    post(&serving, "/v3/session/", &key, &json!({ "workflow_id": serving.ready["workflow_id"] }));
    webhooks.next();
    // What the control API tells of it has been logged before.
    let begun = Instant::now();
    loop {
        let mut told = String::new();
        let mut stream = TcpStream::connect(serving.address()).unwrap();
        write!(stream, "GET /_dev/deliveries HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        stream.read_to_string(&mut told).unwrap();
        if told.contains("delivered") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{told}");
        std::thread::sleep(Duration::from_millis(10));
    }
    let log = error_of(&serving.stop("-TERM"));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let delivery = lines.iter().find(|line| line["message"] == "delivery").expect(&log);
    assert_eq!(delivery["to"], webhooks.url.trim_start_matches("http://"));
    assert_eq!((&delivery["status"], &delivery["redirect"]), (&json!(200), &Value::Null));
    assert!(!log.contains("of-somebody"));
}

#[test]
fn the_log_is_json_lines_without_keys() {
    let folder = Folder::new("log");
    let given = [("DIDIT_API_KEY", "sk_live_of-somebody"), ("DIDIT_WEBHOOK_SECRET", "a-secret-of-somebody")];
    let serving = Serving::start(&folder, &["--json"], &given);
    assert_eq!((&serving.ready["api_key"], &serving.ready["webhook_secret"]), (&json!(given[0].1), &json!(given[1].1)));
    for path in ["/v3/sessions/", "/ar/session/a-token/nothing"] {
        let mut line = String::new();
        BufReader::new(serving.get(path)).read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 40"), "{line}");
    }
    let output = serving.stop("-TERM");
    assert_eq!((output.status.code(), text(&output)), (Some(0), String::new()));
    let lines: Vec<Value> = error_of(&output).lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let paths: Vec<&str> = lines.iter().filter_map(|line| line["path"].as_str()).collect();
    assert_eq!(paths, ["/v3/sessions/", "/ar/session/(hidden)/nothing"]);
    assert!(lines[0]["message"].as_str().unwrap().contains("it is a stand-in, not Didit"), "{lines:?}");
    for (_, secret) in given {
        assert!(!error_of(&output).contains(secret));
    }
    let serving = Serving::start(&Folder::new("banner"), &[], &given);
    let output = serving.stop("-TERM");
    assert!(text(&output).contains("# DIDIT_API_KEY is that of the environment\n"), "{}", text(&output));
    assert!(!text(&output).contains(given[0].1) && !text(&output).contains(given[1].1));
}

#[test]
fn what_stops_it_from_starting_is_said() {
    let folder = Folder::new("start");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let broken = folder.file("broken.sqlite");
    std::fs::write(&broken, "this is no database, however long one looks at it ".repeat(100)).unwrap();
    let nowhere = folder.file("nowhere/x");
    let cases: [(&[&str], i32, &str); 10] = [
        (&["--port", &port], 1, &format!("cannot listen on 127.0.0.1:{port}")),
        (&["--port", "0", "--ready-file", &nowhere], 1, "cannot write"),
        (&["--port", "0", "--state", &nowhere], 1, "the state cannot be opened"),
        (&["--port", "0", "--state", &broken], 1, "the state cannot be"),
        (&["--port", "0", "--speed", "1e9"], 2, "between 0 and 1000000"),
        (&["--port", "0", "--timeout=-1"], 2, "it has to be a number"),
        (&["--port", "65536"], 2, "65536"),
        (&["--host", "nowhere"], 2, "nowhere"),
        (&["--auth-errors", "402"], 2, "402"),
        (&["--api-key", "sk_live_x"], 2, "unexpected argument '--api-key'"),
    ];
    for (arguments, code, expected) in cases {
        let all: Vec<&str> = ["serve"].iter().chain(arguments).copied().collect();
        let output = run(&all, &[], "");
        let said = error_of(&output);
        assert_eq!((output.status.code(), said.contains(expected)), (Some(code), true), "{arguments:?}: {said}");
        assert_eq!(text(&output), "", "{arguments:?}");
        let all: Vec<&str> = all.iter().chain(&["--json"]).copied().collect();
        let said = error_of(&run(&all, &[], ""));
        let error: Value = serde_json::from_str(said.trim()).expect(&said);
        assert!(error["error"].as_str().unwrap().contains(expected), "{said}");
    }
    assert!(!Path::new(&nowhere).exists());
}

#[test]
fn every_command_prints_json_where_programs_read_it() {
    let (folder, far, near) = (Folder::new("json"), Webhooks::start(), Webhooks::start());
    let serving = Serving::start(&folder, &["--seed", "7", "--log", "error"], &[]);
    let (base, key) = (serving.ready["base_url"].as_str().unwrap(), serving.ready["api_key"].as_str().unwrap());
    let account = [("DIDIT_BASE_URL", base), ("DIDIT_API_KEY", key), SECRET];
    let json = |arguments: &[&str], input: &str, code: i32| -> Vec<Value> {
        let output = run(arguments, &account, input);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {} {}", text(&output), error_of(&output));
        let lines: Vec<Value> = text(&output).lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        assert!(!lines.is_empty() && lines.iter().all(Value::is_object), "{arguments:?}: {lines:?}");
        lines
    };
    // An account with a delivery that failed, made by the documented operations alone.
    let body =
        json!({ "label": "x", "url": far.url, "webhook_version": "v3", "subscribed_events": ["status.updated"] });
    post(&serving, "/v3/webhook/destinations/", key, &body);
    far.answer(500);
    let mut listening = Command::new(env!("CARGO_BIN_EXE_didit-dev"))
        .args(["listen", "--forward-to", &near.url, "--interval", "0.1", "--count", "1", "--json"])
        .envs(account)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    post(&serving, "/v3/session/", key, &json!({ "workflow_id": serving.ready["workflow_id"] }));
    near.next();
    assert!(listening.wait().unwrap().success());
    let mut forwarded = String::new();
    listening.stdout.take().unwrap().read_to_string(&mut forwarded).unwrap();
    assert_eq!(serde_json::from_str::<Value>(forwarded.trim()).unwrap()["response_status"], 200);

    let dry = json(&["recover", "--since", "2026-01-01", "--dry-run", "--json"], "", 0);
    assert_eq!((&dry[0]["outcome"], &dry[0]["webhook_type"]), (&json!("would be resent"), &json!("status.updated")));
    let delivery = dry[0]["delivery"].as_str().unwrap();
    // The secret of its destination is not the one of the environment.
    let explained = json(&["explain", "--delivery", delivery, "--json"], "", 1);
    assert_eq!(explained[0]["verdict"], "signature_mismatch");
    assert_eq!(json(&["verify", "--delivery", delivery, "--json"], "", 1)[0]["verdict"], "signature_mismatch");
    far.answer(200);
    let resent = json(&["recover", "--since", "2026-01-01", "--json"], "", 0);
    assert_eq!(
        (&resent[0]["outcome"], &resent[1]),
        (&json!("arrived"), &json!({ "lost": 1, "resent": 1, "arrived": 1, "failed": 0, "unknown": 0 }))
    );
    assert_eq!(far.take(2)[1].json()["event_id"], resent[0]["event_id"]);

    let body = r#"{"timestamp":1790000000,"webhook_type":"status.updated"}"#;
    let headers = json(&["sign", "--json"], body, 0).remove(0);
    let whole = json!({ "headers": headers, "body": body }).to_string();
    assert_eq!(json(&["verify", "--now", "1790000000", "--json"], &whole, 0)[0]["verdict"], "genuine");
    assert_eq!(json(&["explain", "--now", "1790000000", "--json"], &whole, 0)[0]["cause"], "genuine");
    assert_eq!(json(&["trigger", "status.updated", "--to", &near.url, "--json"], "", 0)[0]["response_status"], 200);
    near.answer(503);
    assert_eq!(json(&["trigger", "status.updated", "--to", &near.url, "--json"], "", 1)[0]["response_status"], 503);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = json(&["completions", shell, "--json"], "", 0).remove(0);
        assert!(script["script"].as_str().unwrap().contains("trigger"), "{script}");
    }
    // What goes wrong is JSON as well, and says nothing secret.
    let failures: [(&[&str], i32); 6] = [
        (&["trigger", "session.exploded", "--to", &near.url, "--json"], 2),
        (&["recover", "--since", "yesterday", "--json"], 2),
        (&["listen", "--forward-to", &near.url, "--interval=-1", "--json"], 2),
        (&["sign", "/nowhere/at/all", "--json"], 1),
        (&["verify", "--delivery", "11111111-2222-4333-8444-555555555555", "--json"], 1),
        (&["explain", "/nowhere/at/all", "--json"], 1),
    ];
    for (arguments, code) in failures {
        let output = run(arguments, &account, "");
        let said = error_of(&output);
        let error: Value = serde_json::from_str(said.trim()).unwrap_or_else(|_| panic!("{arguments:?}: {said}"));
        assert!(output.status.code() == Some(code) && error["error"].is_string(), "{arguments:?}: {said}");
        assert!(!said.contains(key) && !said.contains(SECRET.1), "{said}");
    }
    serving.stop("-TERM");
}

#[test]
fn no_option_takes_a_secret() {
    let help = text(&run(&["help"], &[], ""));
    for command in ["serve", "trigger", "listen", "explain", "sign", "verify", "recover", "completions"] {
        assert!(help.contains(command), "{help}");
        let output = run(&[command, "--help"], &[], "");
        assert!(output.status.success());
        let options: Vec<String> =
            text(&output).split_whitespace().filter(|word| word.starts_with("--")).map(str::to_owned).collect();
        assert!(options.iter().any(|option| option == "--json"), "{command}: {options:?}");
        for option in options {
            let named = ["secret", "key", "token", "password"].iter().any(|word| option.contains(word));
            assert!(!named || option.ends_with("-file") || option == "--other-secrets", "{command} {option}");
        }
    }
}

fn post(serving: &Serving, path: &str, key: &str, body: &Value) {
    let mut stream = TcpStream::connect(serving.address()).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {key}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 201 "), "{line}");
}
