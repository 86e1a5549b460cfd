//! The client beyond single requests: configuration, credentials, tokens, retries, pages, hooks, secrets.

#![allow(clippy::expect_used, reason = "a failed expectation is the failure of the test")]

mod support;

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use didit_core::Code;
use didit_core::api::retry::{Ended, Facts, decide};
use didit_core::api::transport::{Cause, Failure, HttpResponse, scripted::Scripted};
use didit_core::api::{
    Answer, Arguments, Attempt, CallOptions, CancelToken, Config, Didit, Frame, OPERATIONS, Observer, Operation,
    iframe_html, in_camel_case, next_page, parse_callback,
};
use didit_core::status::{STATUSES, Status, reused};
use serde_json::{Value, json};
use support::{Server, json as answer};

const ID: &str = "11111111-2222-3333-4444-555555555555";

fn operation(id: &str) -> &'static Operation {
    Operation::named(id).expect("known")
}

fn resolve(given: Value, variables: &[(&str, &str)]) -> Result<Config, didit_core::Error> {
    let look = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Config::resolve(&given.to_string(), &look)
}

fn scripted(script: Vec<Result<HttpResponse, Failure>>) -> (Didit, Arc<Scripted>) {
    let transport = Arc::new(Scripted::new(script));
    let config = resolve(json!({"api_key": "key", "access_token": "token"}), &[]).expect("a configuration");
    (Didit::with_transport(config, Arc::clone(&transport) as _), transport)
}

fn good(body: &str) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::new(200, Vec::new(), body.into()))
}

#[test]
fn a_client_belongs_to_every_thread() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Didit>();
    shared::<CallOptions>();
    shared::<CancelToken>();
}

#[test]
fn arguments_win_over_the_environment_and_empty_variables_are_missing() {
    let variables = [("DIDIT_API_KEY", "from-environment"), ("DIDIT_WORKFLOW_ID", ""), ("CLIENT_ID", "v1")];
    let config = resolve(json!({"timeout": 1.5, "max_retries": 0}), &variables).expect("a configuration");
    assert_eq!(config.api_key.as_ref().map(|key| key.expose()), Some("from-environment"));
    assert_eq!((config.workflow_id, config.timeout), (None, Duration::from_millis(1500)));
    assert_eq!(config.client_id.expect("V1").expose(), "v1");
    let config = resolve(json!({"api_key": "given"}), &variables).expect("a configuration");
    assert_eq!(config.api_key.expect("a key").expose(), "given");
    let secrets = [("DIDIT_WEBHOOK_SECRET", "new"), ("DIDIT_WEBHOOK_SECRET_PREVIOUS", "old")];
    let config = resolve(json!({}), &secrets).expect("a configuration");
    let found: Vec<&str> = config.webhook_secrets.iter().map(|secret| secret.expose()).collect();
    assert_eq!(found, ["new", "old"]);
}

#[test]
fn what_cannot_be_is_refused_by_name_and_without_its_value() {
    for (given, says) in [
        (json!({"base_url": "http://verification.didit.me"}), "base_url uses plain http"),
        (json!({"base_url": "https://user:secret@example.com"}), "base_url is not a URL"),
        (json!({"base_url": "https://example.com?x=secret"}), "base_url is not a URL"),
        (json!({"base_url": "http://127.0.0.1.example.com"}), "base_url uses plain http"),
        (json!({"base_url": "ftp://127.0.0.1"}), "base_url is not a URL"),
        (json!({"api_key": "secret\n"}), "api_key has white space around it"),
        (json!({"webhook_secret": ["secret", ""]}), "webhook_secret is empty"),
        (json!({"webhook_secret": []}), "webhook_secret is empty"),
        (json!({"timeout": 0}), "timeout is not a number of seconds"),
        (json!({"timeout": "secret"}), "timeout is not a number of seconds"),
        (json!({"timeout": "NaN"}), "timeout is not a number of seconds above 0"),
        (json!({"timeout": 30_000}), "timeout is above 3600 seconds, which is an hour; time-outs are in seconds"),
        (json!({"connect_timeout": -1}), "connect_timeout is not a number of seconds above 0"),
        (json!({"api_key": "x".repeat(9000)}), "api_key is longer than 8192 bytes"),
        (json!({"max_retries": -1}), "max_retries is not a whole number"),
        (json!({"retries": "secret"}), "retries is not an option of the client"),
        (json!({"system_trust_store": true, "ca_file": "secret"}), "ca_file and system_trust_store exclude"),
    ] {
        let error = resolve(given, &[]).expect_err(says);
        assert_eq!(error.code(), Code::InvalidConfiguration, "{says}");
        assert!(error.message().contains(says), "{error}");
        assert!(!error.to_string().contains("secret") || says.contains("secret"), "{error}");
    }
    let socks = [("ALL_PROXY", "socks5://secret@proxy:1080")];
    let error = resolve(json!({}), &socks).expect_err("another kind of proxy").to_string();
    assert!(error.contains(": ALL_PROXY is not of the form http://") && !error.contains("secret"), "{error}");
    assert!(resolve(json!({"proxy": ""}), &socks).expect("none").proxy.is_none());
    for proxy in ["https://proxy:3128", "socks5://proxy:1080", "http://"] {
        let config = resolve(json!({"proxy": proxy}), &[]).expect("not looked at yet");
        assert_eq!(Didit::new(config).expect_err(proxy).code(), Code::InvalidConfiguration);
    }
    for (name, given) in [
        ("api_key", r#"{"api_key":"secret\udcff"}"#),
        ("webhook_secret", r#"{"timeout":5,"webhook_secret":["secret\ud800"]}"#),
    ] {
        let error = Config::resolve(given, &|_| None).expect_err(name).to_string();
        assert!(error.contains(&format!(": {name} holds half of a surrogate pair")), "{error}");
        assert!(!error.contains("secret\\"), "{error}");
    }
    let error = CallOptions::from_json(r#"{"access_token":"secret\udcff"}"#).expect_err("half a pair").to_string();
    assert!(error.contains(": access_token holds half of a surrogate pair"), "{error}");
    for variable in
        ["DIDIT_API_KEY", "DIDIT_WEBHOOK_SECRET_PREVIOUS", "WEBHOOK_SECRET_KEY", "SSL_CERT_FILE", "ALL_PROXY"]
    {
        let error = resolve(json!({}), &[(variable, "secret\u{FFFD}")]).expect_err(variable).to_string();
        assert!(error.contains(&format!(": {variable} is not UTF-8")), "{error}");
        assert!(!error.contains("secret\u{FFFD}"), "{error}");
    }
    let config = resolve(json!({"ca_file": "/no/such/file"}), &[]).expect("not looked at yet");
    assert!(Didit::new(config).expect_err("no file").message().contains("ca_file: the file cannot be read"));
}

#[test]
fn a_face_names_options_as_its_language_does() {
    let text = "ca_file and system_trust_store exclude each other; extra_ca_file adds to either; an api_keys is none";
    let camel = "caFile and systemTrustStore exclude each other; extraCaFile adds to either; an api_keys is none";
    assert_eq!(in_camel_case(text), camel);
}

#[test]
fn a_field_that_is_set_by_hand_is_looked_at_too() {
    let mut config = Config::default();
    config.base_url = "http://verification.didit.me".to_owned();
    assert_eq!(Didit::new(config).expect_err("plain http").code(), Code::InvalidConfiguration);
}

#[test]
fn only_https_and_this_machine_are_reached_and_an_emulator_has_its_own_account_host() {
    for base in ["http://localhost:3000/", "http://127.0.0.1:1", "http://[::1]:8080", "https://proxy.example.com/didit"]
    {
        resolve(json!({"base_url": base}), &[]).expect(base);
    }
    let local = resolve(json!({"base_url": "http://localhost:3000/"}), &[("HTTPS_PROXY", "http://p:1")]);
    let local = local.expect("a configuration");
    assert_eq!((&*local.base_url, &*local.account_url), ("http://localhost:3000", "http://localhost:3000/auth/v2"));
    assert!(local.proxy.is_none(), "a proxy is not asked for this machine");
    let real = resolve(json!({}), &[("HTTPS_PROXY", "p:1"), ("HTTP_PROXY", "http://cgi:1")]).expect("a configuration");
    assert_eq!(real.account_url, "https://apx.didit.me/auth/v2");
    assert_eq!(real.proxy.expect("a proxy").expose(), "http://p:1");
}

#[test]
fn the_key_goes_to_the_verification_host_alone() {
    let config = resolve(json!({"api_key": "key", "access_token": "t", "client_id": "i", "client_secret": "s"}), &[]);
    let config = config.expect("a configuration");
    let mut with_key = 0;
    for operation in OPERATIONS {
        let transport = Arc::new(Scripted::default());
        let client = Didit::with_transport(config.clone(), Arc::clone(&transport) as _);
        let mut arguments = Arguments::new();
        for parameter in operation.parameters {
            if parameter.place == didit_core::api::operation::Place::Path {
                arguments.params.insert(parameter.name.to_owned(), ID.into());
            }
        }
        let options = CallOptions::from_json(r#"{"max_retries":0}"#).expect("options");
        drop(client.call(operation, &arguments, &options));
        for request in transport.requests() {
            let to_verification = request.url.starts_with("https://verification.didit.me/");
            let has_key = request.headers.iter().any(|(_, value)| value == "key");
            assert!(to_verification || !has_key, "{}", operation.id);
            assert!(to_verification || request.url.starts_with("https://apx.didit.me/auth/v2/"), "{}", operation.id);
            with_key += usize::from(has_key);
        }
    }
    assert!(with_key > 50, "{with_key} operations were tried with the key");
}

#[test]
fn one_token_serves_calls_that_come_together_and_is_renewed_when_it_is_refused() {
    let server = Server::start(|_, request, stream| {
        let reply = if request.line.contains("/token/") {
            thread::sleep(Duration::from_millis(150));
            answer("200 OK", r#"{"access_token":"t","expires_in":86400}"#)
        } else {
            answer("200 OK", r#"{"status":"Approved"}"#)
        };
        stream.write_all(&reply).unwrap_or(());
    });
    let client = server.client();
    let read = |client: &Didit| {
        let arguments = Arguments::new().with("session_id", ID);
        client.call(operation("legacy.decision"), &arguments, &CallOptions::default())
    };
    thread::scope(|scope| (0..16).for_each(|_| drop(scope.spawn(|| read(&client).expect("an answer")))));
    let tokens = || server.received().iter().filter(|request| request.line.contains("/token/")).count();
    assert_eq!((tokens(), server.received().len()), (1, 17));

    let refusing = Server::start(|number, request, stream| {
        let reply = match (request.line.contains("/token/"), number) {
            (true, _) => answer("200 OK", &format!(r#"{{"access_token":"t-{number}","expires_in":86400}}"#)),
            (false, 2) => answer("401 Unauthorized", r#"{"detail":"revoked"}"#),
            (false, _) => answer("200 OK", "{}"),
        };
        stream.write_all(&reply).unwrap_or(());
    });
    let client = refusing.client();
    read(&client).expect("an answer");
    read(&client).expect("an answer by a new token");
    let tokens: Vec<_> =
        refusing.received().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    let bearer = |name: &str| Some(format!("Bearer {name}"));
    assert_eq!(tokens[1..3], [bearer("t-0"), bearer("t-0")]);
    assert_eq!(tokens[4], bearer("t-3"));
}

#[test]
fn a_failed_token_fails_all_that_waited_for_it_once() {
    let server = Server::start(|_, _, stream| {
        thread::sleep(Duration::from_millis(200));
        stream.write_all(&answer("401 Unauthorized", r#"{"error":"invalid_client"}"#)).unwrap_or(());
    });
    let client = server.client();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let arguments = Arguments::new().with("session_id", ID);
                let error = client.call(operation("legacy.decision"), &arguments, &CallOptions::default());
                assert_eq!(error.expect_err("refused").code(), Code::AuthenticationFailed);
            });
        }
    });
    assert!(server.received().len() < 8, "{} requests", server.received().len());
}

#[test]
fn who_waited_for_a_token_that_another_had_no_time_for_fetches_it_anew() {
    let server = Server::start(|number, request, stream| {
        if number == 0 {
            // Longer than the first call has time, and shorter than the others have.
            thread::sleep(Duration::from_millis(700));
        }
        let reply = match request.line.contains("/token/") {
            true => answer("200 OK", r#"{"access_token":"t","expires_in":86400}"#),
            false => answer("200 OK", r#"{"status":"Approved"}"#),
        };
        stream.write_all(&reply).unwrap_or(());
    });
    let client = server.client();
    let read = |timeout: u64| {
        let mut options = CallOptions::default();
        options.timeout = Some(Duration::from_millis(timeout));
        client.call(operation("legacy.decision"), &Arguments::new().with("session_id", ID), &options)
    };
    thread::scope(|scope| {
        let hasty = scope.spawn(|| read(400));
        while server.received().is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        let patient: Vec<_> = (0..4).map(|_| scope.spawn(|| read(20_000))).collect();
        assert_eq!(hasty.join().expect("no panic").expect_err("no time").code(), Code::Timeout);
        for call in patient {
            call.join().expect("no panic").expect("an answer");
        }
    });
    let tokens = server.received().iter().filter(|request| request.line.contains("/token/")).count();
    assert_eq!(tokens, 2, "one for the hasty call, one for all the others");
}

fn facts(ended: Ended) -> Facts {
    Facts {
        ended,
        repeatable: false,
        attempts: 1,
        max_retries: 3,
        remaining: Some(Duration::from_secs(60)),
        chance: 0.5,
    }
}

#[test]
fn what_is_repeated_is_decided_by_facts_alone() {
    let failed = |cause, sent| facts(Ended::Failed { cause, sent });
    let status =
        |status, seconds: Option<u64>| facts(Ended::Answered { status, retry_after: seconds.map(Duration::from_secs) });
    let repeatable = |facts| Facts { repeatable: true, ..facts };
    for (name, facts, wait) in [
        ("no connection", failed(Cause::Connect, false), Some(250)),
        ("lost before anything was sent", failed(Cause::Lost, false), Some(250)),
        ("lost after it was sent", failed(Cause::Lost, true), None),
        ("lost, but harmless", repeatable(failed(Cause::Lost, true)), Some(250)),
        ("untrusted", repeatable(failed(Cause::Tls, false)), None),
        ("cancelled", repeatable(failed(Cause::Cancelled, false)), None),
        ("too late", repeatable(failed(Cause::Deadline, true)), None),
        ("too large", repeatable(failed(Cause::TooLarge, true)), None),
        ("limited", status(429, Some(7)), Some(7250)),
        ("limited, for how long is not said", status(429, None), Some(2500)),
        ("limited for longer than is left", status(429, Some(60)), None),
        ("503", status(503, None), None),
        ("503, harmless", repeatable(status(503, Some(2))), Some(2250)),
        ("500", repeatable(status(500, None)), None),
        ("404", repeatable(status(404, None)), None),
        ("the last attempt", Facts { attempts: 4, ..failed(Cause::Connect, false) }, None),
        ("the third attempt", Facts { attempts: 3, ..failed(Cause::Connect, false) }, Some(1000)),
        ("a very late attempt", Facts { attempts: 40, max_retries: 99, ..failed(Cause::Connect, false) }, Some(20_000)),
    ] {
        assert_eq!(decide(&facts), wait.map(Duration::from_millis), "{name}");
    }
}

#[test]
fn an_answer_that_is_not_utf_8_is_none() {
    let (client, _) = scripted(vec![Ok(HttpResponse::new(200, Vec::new(), b"{\"session_id\":\"\xff\"}".to_vec()))]);
    let arguments = Arguments::new().with("session_id", ID);
    let error = client.call(operation("sessions.decision"), &arguments, &CallOptions::default()).expect_err("no text");
    assert!(error.message().contains("the body is not JSON: it is not UTF-8"), "{error}");
    assert_eq!(error.http().and_then(|http| http.status), Some(200));
}

#[test]
fn pages_end_on_null_and_never_lead_elsewhere() {
    let list = operation("sessions.list");
    let page = |next: &str| {
        let (client, _) = scripted(vec![good(&format!(r#"{{"count":3,"next":{next},"results":[]}}"#))]);
        client.call(list, &Arguments::new(), &CallOptions::default()).expect("a page")
    };
    let first = Arguments::new().with("status", "Approved").with("limit", 1);
    assert_eq!(next_page(list, &first, &page("null")).expect("a list"), None);
    let elsewhere = page(r#""https://elsewhere.example/steal?limit=1&offset=1&status=Approved""#);
    let second = next_page(list, &first, &elsewhere).expect("a list").expect("a page");
    let (client, transport) = scripted(vec![good(r#"{"next":null,"results":[]}"#)]);
    client.call(list, &second, &CallOptions::default()).expect("a page");
    assert_eq!(
        transport.requests()[0].url,
        "https://verification.didit.me/v3/sessions/?limit=1&offset=1&status=Approved"
    );
    assert_eq!(next_page(list, &second, &elsewhere).expect("a list"), None, "the same page again is the end");
    let (client, _) = scripted(vec![good(r#"[{"uuid":"d"}]"#)]);
    let destinations = operation("webhooks.destinations.list");
    let plain: Answer = client.call(destinations, &Arguments::new(), &CallOptions::default()).expect("a list");
    assert_eq!(next_page(destinations, &Arguments::new(), &plain).expect("a list"), None);
}

#[test]
fn callbacks_are_read_and_not_believed() {
    let id = format!("verificationSessionId={ID}");
    for text in [
        format!("https://yourapp.example/done?a=1&{id}&status=In%20Review#top"),
        format!("/done?{id}&status=In+Review"),
        format!("?{id}&status=In%20Review"),
        format!("{id}&status=In%20Review&status=In%20Review"),
        format!("myapp://verified?{id}&status=In%20Review"),
    ] {
        let callback = parse_callback(&text).expect("a callback");
        assert_eq!((&*callback.session_id, callback.claimed_status.as_deref()), (ID, Some("In Review")), "{text}");
    }
    for text in [
        String::new(),
        "https://yourapp.example/done".to_owned(),
        "verificationSessionId=".to_owned(),
        "verificationSessionId=../../account".to_owned(),
        format!("{id}&verificationSessionId=aaaaaaaa-2222-3333-4444-555555555555"),
        format!("{id}&status=Approved&status=Declined"),
        format!("{id}&status=%ff"),
        format!("{id}&status=%4"),
    ] {
        assert_eq!(parse_callback(&text).expect_err("refused").code(), Code::InvalidCallback, "{text}");
    }
}

#[test]
fn a_frame_escapes_what_it_holds() {
    let html = iframe_html("https://verify.example/s?a=1&b=\"><script>'", &Frame::default()).expect("a frame");
    assert_eq!(
        html,
        "<iframe src=\"https://verify.example/s?a=1&amp;b=&quot;&gt;&lt;script&gt;&#39;\" \
         title=\"Identity verification\" allow=\"camera; microphone; fullscreen; autoplay; encrypted-media\" \
         style=\"width: 100%; height: 700px; border: none;\"></iframe>"
    );
    for url in ["javascript:alert(1)", "http://verify.example/", "//verify.example/", "https://a b/"] {
        iframe_html(url, &Frame::default()).expect_err(url);
    }
    let mut wide = Frame::default();
    wide.width = Some("1px; background: url(x)");
    iframe_html("https://verify.example/", &wide).expect_err("more than a length");
}

#[test]
fn there_are_ten_statuses() {
    assert_eq!(STATUSES.len(), 10);
    assert_eq!(Status::named("approved"), None);
    assert_eq!((reused("Not Started"), reused("In Progress")), (None, Some(true)));
}

#[test]
fn large_numbers_arrive_whole_or_not_at_all() {
    let error = Arguments::from_json(r#"{"params":{"metadata":{"id":12345678901234567890123}}}"#).expect_err("refused");
    assert_eq!(error.code(), Code::InvalidArgument);
    for fine in ["18446744073709551615", "-9223372036854775808", "1.5e300", r#""12345678901234567890123\"4""#] {
        Arguments::from_json(&format!(r#"{{"params":{{"a":{fine}}}}}"#)).expect(fine);
    }
    // Other crates of a workspace could switch these features of serde_json on for everybody.
    let value: Value = serde_json::from_str(r#"{"b":1,"a":12345678901234567890123}"#).expect("JSON");
    assert_eq!(value.to_string(), r#"{"a":1.2345678901234568e+22,"b":1}"#);
}

#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Observer for Log {
    fn before(&self, attempt: &Attempt<'_>) {
        self.0.lock().expect("lock").push(format!("{attempt:?}"));
    }

    fn after(&self, attempt: &Attempt<'_>) {
        self.before(attempt);
    }
}

#[test]
fn nothing_that_is_shown_holds_a_secret_or_a_person() {
    let secrets =
        ["sk_live_secret", "user-alex", "alex@example.com", "https://verify.example/tokenized", "hook-secret"];
    let options = json!({"api_key": "sk_live_secret", "webhook_secret": "hook-secret", "max_retries": 1});
    let config = resolve(options, &[]).expect("a configuration");
    let refusal = r#"{"vendor_data":["user-alex (alex@example.com) has https://verify.example/tokenized"]}"#;
    let busy = HttpResponse::new(503, vec![("x-request-id".into(), "r-1".into())], refusal.into());
    let refused = HttpResponse::new(400, Vec::new(), refusal.into());
    let transport = Arc::new(Scripted::new([Ok(busy.clone()), Ok(refused)]));
    let log = Arc::new(Log::default());
    let client = Didit::with_transport(config.clone(), Arc::clone(&transport) as _).observed_by(Arc::clone(&log) as _);
    let arguments = Arguments::new()
        .with("workflow_id", ID)
        .with("vendor_data", "user-alex")
        .with("contact_details", json!({"email": "alex@example.com"}));
    let error = client.call(operation("sessions.create"), &arguments, &CallOptions::default()).expect_err("refused");
    let told = log.0.lock().expect("lock").clone();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told[1].contains("r-1") && told[1].contains("server_error") || told[1].contains("ServerError"), "{told:?}");
    let shown = [
        format!("{client:?} {config:?} {arguments:?} {busy:?} {transport:?} {:?}", transport.requests()),
        format!("{error} {error:?}"),
        told.join(" "),
    ];
    for text in shown {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(error.http().expect("facts").fields[0].messages[0].contains("user-alex"), "whoever asks is told");
}

#[test]
fn the_limiter_refuses_to_wait_beyond_the_deadline() {
    let limited = HttpResponse::new(429, vec![("retry-after".into(), "30".into())], Vec::new());
    let transport = Arc::new(Scripted::new([Ok(limited)]));
    let config = resolve(json!({"api_key": "k", "limiter": true, "timeout": 5}), &[]).expect("a configuration");
    let client = Didit::with_transport(config, Arc::clone(&transport) as _);
    let arguments = Arguments::new().with("session_id", ID);
    for _ in 0..2 {
        let error = client.call(operation("sessions.decision"), &arguments, &CallOptions::default());
        assert_eq!(error.expect_err("limited").code(), Code::RateLimited);
    }
    assert_eq!(transport.requests().len(), 1, "the second was held back");
}

#[test]
fn a_proxy_is_asked_for_hosts_elsewhere() {
    let proxy = Server::answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let options =
        json!({"api_key": "k", "proxy": format!("http://user:pw@127.0.0.1:{}", proxy.port), "max_retries": 0});
    let client = Didit::new(resolve(options, &[]).expect("a configuration")).expect("a client");
    let arguments = Arguments::new().with("workflow_id", ID);
    let error = client.call(operation("sessions.create"), &arguments, &CallOptions::default()).expect_err("refused");
    assert_eq!(error.code(), Code::ConnectionFailed);
    let [request] = &proxy.received()[..] else { panic!("one request") };
    assert_eq!(request.line, "CONNECT verification.didit.me:443 HTTP/1.1");
    assert_eq!(request.header("proxy-authorization"), Some("Basic dXNlcjpwdw=="));
    assert_eq!(request.header("x-api-key"), None);
}

#[test]
fn a_proxy_never_reads_credentials_for_this_machine() {
    let proxy = Server::answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let service = Server::answering("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    let options = json!({
        "api_key": "k",
        "base_url": format!("http://127.0.0.1:{}", service.port),
        "proxy": format!("http://127.0.0.1:{}", proxy.port),
        "max_retries": 0,
    });
    let client = Didit::new(resolve(options, &[]).expect("a configuration")).expect("a client");
    let arguments = Arguments::new().with("session_id", ID);
    client.call(operation("sessions.decision"), &arguments, &CallOptions::default()).expect_err("not found");
    assert_eq!(service.received().len(), 1);
    assert!(proxy.received().is_empty());
}
