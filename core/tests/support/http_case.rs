//! Plays one case of tests/vectors/http.json against a real server on loopback.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use didit_core::Error;
use didit_core::api::operation::Verb;
use didit_core::api::{Answer, Arguments, CallOptions, Config, Didit, FilePart, Operation};
use serde_json::{Map, Value, json};

use super::{Received, Server};

pub fn check(case: &Value) {
    let exchanges = case["exchanges"].as_array().expect("exchanges").clone();
    let count = exchanges.len();
    let server = Server::start(move |number, _, stream| {
        // A request too many gets no answer, and is counted below.
        let Some(exchange) = exchanges.get(number) else { return stream.end() };
        stream.write_all(&bytes(exchange, "answer")).expect("the answer");
        if exchange["close"] == true {
            stream.end();
        }
    });
    let outcome = call(&client(&server, &case["client"]), &case["call"]);
    let received = server.received();
    assert_eq!(received.len(), count, "requests");
    for (request, exchange) in received.iter().zip(case["exchanges"].as_array().expect("exchanges")) {
        same_request(request, &exchange["expect"]);
    }
    match outcome {
        Ok(answer) => same_answer(&answer, &case["result"]),
        Err(error) => same_error(&error, &case["error"], &server.url()),
    }
}

/// The options of every case; those of its own come on top.
fn client(server: &Server, own: &Value) -> Didit {
    let mut options = json!({"base_url": server.url(), "api_key": "sk_test_vector", "max_retries": 0, "timeout": 20.0});
    options.as_object_mut().expect("an object").extend(own.as_object().expect("an object").clone());
    Didit::new(Config::resolve(&options.to_string(), &|_| None).expect("a configuration")).expect("a client")
}

fn call(client: &Didit, call: &Value) -> Result<Answer, Error> {
    let options = CallOptions::from_json(&call.get("options").unwrap_or(&json!({})).to_string()).expect("options");
    let raw = &call["request"];
    let params = if raw.is_null() { &call["params"] } else { &raw["query"] };
    let arguments = json!({
        "params": params, "extra_body": call["extra_body"], "extra_query": call["extra_query"],
        "extra_headers": call["extra_headers"],
    });
    let mut arguments = Arguments::from_json(&arguments.to_string())?;
    for file in call["files"].as_array().into_iter().flatten() {
        let (field, name) = (file["field"].as_str().expect("a field"), file["filename"].as_str().expect("a name"));
        arguments.files.push(FilePart::new(field, name, bytes(file, "bytes")));
    }
    let Some(method) = raw["method"].as_str() else {
        return client.call(Operation::named(call["operation"].as_str().expect("an id"))?, &arguments, &options);
    };
    let verbs = [("GET", Verb::Get), ("POST", Verb::Post), ("PUT", Verb::Put), ("PATCH", Verb::Patch)];
    let verb = verbs.iter().find(|(name, _)| *name == method).map_or(Verb::Delete, |(_, verb)| *verb);
    client.request(verb, raw["path"].as_str().expect("a path"), raw.get("json"), &arguments, &options)
}

/// A member that is text, or base64 under the name with `_base64`.
fn bytes(value: &Value, name: &str) -> Vec<u8> {
    match value[name].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => {
            let encoded = value.get(format!("{name}_base64")).or_else(|| value.get("base64")).and_then(Value::as_str);
            BASE64_STANDARD.decode(encoded.expect("text or base64")).expect("base64")
        }
    }
}

fn same_request(request: &Received, expected: &Value) {
    assert_eq!(json!(request.line), expected["line"]);
    let mut headers: Map<String, Value> =
        request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), json!(value))).collect();
    let agent = headers.remove("user-agent").expect("a user agent");
    assert!(agent.as_str().is_some_and(|agent| agent.starts_with("didit-client/")), "{agent}");
    assert!(
        headers.remove("host").is_some_and(|host| host.as_str().is_some_and(|host| host.starts_with("127.0.0.1:")))
    );
    assert_eq!(Value::Object(headers), expected["headers"]);
    let no_body = expected.get("body").is_none() && expected.get("body_base64").is_none();
    let body = if no_body { Vec::new() } else { bytes(expected, "body") };
    assert_eq!(String::from_utf8_lossy(&request.body), String::from_utf8_lossy(&body));
    assert_eq!(request.body, body);
}

fn same_answer(answer: &Answer, expected: &Value) {
    assert_eq!(json!(answer.status), expected["status"]);
    if expected["empty"] == true {
        assert!(answer.body.is_empty());
    } else if expected.get("json").is_some() {
        assert_eq!(answer.json::<Value>().expect("JSON"), expected["json"]);
    } else {
        assert_eq!(answer.body, bytes(expected, "body"));
    }
}

/// Only what the case names is compared.
fn same_error(error: &Error, expected: &Value, url: &str) {
    let place = url.trim_start_matches("http://");
    let http = error.http();
    let fields = http.map(|http| {
        let field = |field: &didit_core::FieldError| json!({"path": field.path, "messages": field.messages});
        http.fields.iter().map(field).collect::<Vec<_>>()
    });
    let found = json!({
        "code": error.code().as_str(),
        "message": error.message().replace(place, "HOST"),
        "status": http.and_then(|http| http.status),
        "request_id": http.and_then(|http| http.request_id.clone()),
        "retry_after": http.and_then(|http| http.retry_after).map(|wait| wait.as_secs_f64()),
        "detail": http.and_then(|http| http.detail.clone()),
        "api_code": http.and_then(|http| http.api_code.clone()),
        "errors": fields.unwrap_or_default(),
        "attempts": http.map_or(0, |http| http.attempts),
    });
    for (name, value) in expected.as_object().unwrap_or_else(|| panic!("an answer was expected, not {error}")) {
        assert_eq!(&found[name], value, "{name} of {error}");
    }
}
