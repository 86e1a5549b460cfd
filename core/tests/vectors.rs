//! The shared vectors, driven through the core. Python and Node run the same files, and the test runner
//! compares how many cases each language ran.

#![allow(clippy::expect_used, reason = "a failed expectation is the failure of the test")]

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use base64::Engine as _;
use didit_core::webhook::{
    BuildError, Environment, ExplainOptions, HeaderTimestamp, Headers, Options, RawHeaders, Scheme, UnixSeconds,
    Verifier, explain,
};
use didit_core::{Error, canonicalize, canonicalize_strict};
use serde_json::Value;

#[test]
fn every_canonical_vector() {
    run("canonical", canonical);
    run("canonical_own", canonical);
}

fn canonical(case: &Value) {
    let input = base64(&case["input"]);
    let outcome = canonicalize(&input).map_err(|error| error.code().as_str());
    if let Some(expected) = case["error"].as_str() {
        assert_eq!(outcome.map(|canonical| canonical.as_bytes().to_vec()), Err(expected));
        return;
    }
    let canonical = outcome.expect("accepted");
    let expected = base64(&case["canonical"]);
    assert_eq!(canonical.as_bytes(), expected);
    let duplicates = case["duplicates"] == true;
    assert_eq!(canonical.has_duplicates(), duplicates);
    let strict = canonicalize_strict(&input).map_err(|error| error.code().as_str());
    let strict = strict.map(|canonical| canonical.as_bytes().to_vec());
    assert_eq!(strict, if duplicates { Err("duplicate_key") } else { Ok(expected.clone()) });
    let again = canonicalize(&expected).expect("canonical bytes").into_bytes();
    assert!(matches!(again, std::borrow::Cow::Borrowed(_)), "what is canonical is borrowed");
    assert_eq!(*again, *expected);
}

#[test]
fn every_signature_vector() {
    run("signatures", verify);
}

#[test]
fn every_vector_of_the_default_pair() {
    run("pair", verify);
}

#[test]
fn every_vector_of_the_older_webhooks() {
    run("v1", verify);
}

/// `method` names the only accepted scheme; without it the default pair is accepted.
fn verify(case: &Value) {
    let defaults = Options::default();
    let given = &case["options"];
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let options = Options {
        schemes: match case["method"].as_str() {
            Some(method) => vec![Scheme::parse(method).expect("a scheme")],
            None => defaults.schemes,
        },
        max_age: given["max_age"].as_u64(),
        max_future: given["max_future"].as_u64().unwrap_or(defaults.max_future),
        max_body: given["max_body"].as_u64().map_or(defaults.max_body, |size| usize::try_from(size).expect("a size")),
        header_timestamp: match given["header_timestamp"].as_str() {
            Some(choice) => HeaderTimestamp::parse(choice).expect("a choice"),
            None => defaults.header_timestamp,
        },
        environments: given["environments"]
            .as_array()
            .map(|names| names.iter().map(|name| Environment::parse(&text(name)).expect("an environment")).collect()),
    };
    let secrets: Vec<String> = case["secrets"].as_array().expect("secrets").iter().map(text).collect();
    let secrets: Vec<&[u8]> = secrets.iter().map(String::as_bytes).collect();
    let mut headers = Headers::new();
    for (name, value) in case["headers"].as_object().expect("headers") {
        // A header that arrives more than once is an array.
        let once = std::slice::from_ref(value);
        for value in value.as_array().map_or(once, Vec::as_slice) {
            headers.push(name.as_bytes(), text(value).as_bytes());
        }
    }
    let body = base64(&case["body_b64"]);
    let now = UnixSeconds::new(case["now"].as_i64().expect("seconds")).expect("seconds");
    let verifier = Verifier::new(&secrets, options).map_err(|error| match error {
        BuildError::MissingSecret(error) => error,
        other => panic!("{other}"),
    });
    let outcome = verifier.as_ref().map_err(Clone::clone).and_then(|verifier| verifier.verify(&body, &headers, now));
    let told = outcome.as_ref().map_or_else(|error: &Error| error.code().as_str(), |_| "ok");
    assert_eq!(told, case["expect"].as_str().expect("a verdict"));
    let Ok(verified) = outcome else { return };
    if let Some(scheme) = case["scheme"].as_str() {
        assert_eq!(verified.scheme().as_str(), scheme);
    }
    if let Some(index) = case["secret_index"].as_u64() {
        assert_eq!(verified.secret_index() as u64, index);
    }
    if let Some(kind) = case["type"].as_str() {
        assert_eq!(verified.event().kind().as_str(), kind);
    }
    if let Some(outcome) = case["outcome"].as_str() {
        assert_eq!(verified.event().outcome().as_str(), outcome);
    }
}

#[test]
fn every_vector_of_mistakes() {
    run("explain", mistake);
}

fn mistake(case: &Value) {
    let defaults = Options::default();
    let given = &case["options"];
    let texts = |value: &Value| -> Vec<String> {
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|text| text.as_str().expect("a string").to_owned()).collect()
    };
    let verifier = Options {
        schemes: match given["schemes"].is_null() {
            true => defaults.schemes,
            false => texts(&given["schemes"]).iter().map(|name| Scheme::parse(name).expect("a scheme")).collect(),
        },
        header_timestamp: match given["header_timestamp"].as_str() {
            Some(choice) => HeaderTimestamp::parse(choice).expect("a choice"),
            None => defaults.header_timestamp,
        },
        max_body: given["max_body"].as_u64().map_or(defaults.max_body, |size| usize::try_from(size).expect("a size")),
        environments: given["environments"].is_array().then(|| {
            texts(&given["environments"]).iter().map(|name| Environment::parse(name).expect("an environment")).collect()
        }),
        ..defaults
    };
    let (secrets, others) = (texts(&case["secrets"]), texts(&case["other_secrets"]));
    let bytes = |texts: &'_ [String]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    let (secrets, others) = (bytes(&secrets), bytes(&others));
    let secrets: Vec<&[u8]> = secrets.iter().map(Vec::as_slice).collect();
    let others: Vec<&[u8]> = others.iter().map(Vec::as_slice).collect();
    let mut headers = RawHeaders::new();
    for (name, value) in case["headers"].as_object().expect("headers") {
        let once = std::slice::from_ref(value);
        for value in value.as_array().map_or(once, Vec::as_slice) {
            headers.push(name.as_bytes(), value.as_str().expect("a string").as_bytes());
        }
    }
    let options = ExplainOptions { verifier, other_secrets: &others };
    let body = base64(&case["body_b64"]);
    let found = explain(&body, &headers, &secrets, &options, case["now"].as_i64().expect("a number")).expect("options");
    let expect = &case["expect"];
    let told = (found.verdict(), found.cause().as_str(), found.confidence().as_str(), found.skew());
    let expected = ["verdict", "cause", "confidence"].map(|name| expect[name].as_str().expect("a name"));
    assert_eq!(told, (expected[0], expected[1], expected[2], expect["skew"].as_i64()), "{}", found.summary());
    let ruled_out: Vec<&str> = found.ruled_out().iter().map(|cause| cause.as_str()).collect();
    for cause in texts(&expect["ruled_out"]) {
        assert!(ruled_out.contains(&cause.as_str()), "{cause} is not ruled out: {ruled_out:?}");
    }
}

/// Runs every case of `tests/vectors/NAME.json` and tells how many there were.
#[test]
fn every_vector_of_calls() {
    run("http", support::http_case::check);
}

fn run(name: &str, check: impl Fn(&Value)) {
    static COUNTS: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/vectors/{name}.json"));
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases: Vec<Value> = serde_json::from_slice(&text).expect("an array of cases");
    for case in &cases {
        // The name of a failing case is in the panic's output.
        let _named = NameOnPanic(case["name"].as_str().unwrap_or_default());
        check(case);
    }
    let mut counts = COUNTS.lock().expect("no test panics while it counts");
    counts.insert(name.to_owned(), cases.len());
    if let Some(path) = std::env::var_os("DIDIT_VECTOR_COUNTS") {
        std::fs::write(path, serde_json::to_string(&*counts).expect("numbers")).expect("the counts");
    }
}

/// Prints which case was running when a test panics.
struct NameOnPanic<'a>(&'a str);

impl Drop for NameOnPanic<'_> {
    #[expect(clippy::print_stderr, reason = "it is how a test reports")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in the case: {}", self.0);
        }
    }
}

fn base64(value: &Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(value.as_str().expect("base64")).expect("base64")
}
