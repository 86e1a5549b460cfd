//! The cases that every store has to pass, in every language; and the guard's.

#![allow(clippy::unwrap_used, reason = "a failed expectation is the failure of the test")]

use std::collections::HashMap;
use std::thread::sleep;
use std::time::Duration;

use didit_core::guard::{SessionEvent, Source, Verification, apply};
use didit_core::store::{Attempt, Claim, Key, MemoryStore, StoreError};
use serde_json::Value;

fn vectors(name: &str) -> Value {
    let path = format!("{}/../tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// What the two stores have in common.
trait Store {
    fn claim(&self, key: &Key, lease: Duration) -> Attempt;
    fn renew(&self, key: &Key, token: &str, lease: Duration) -> bool;
    fn complete(&self, key: &Key, token: &str) -> Result<(), StoreError>;
    fn release(&self, key: &Key, token: &str) -> bool;
    fn is_done(&self, key: &Key) -> bool;
}

macro_rules! store {
    ($kind:ty, $($wait:expr)?, |$result:ident| $unwrapped:expr) => {
        impl Store for $kind {
            fn claim(&self, key: &Key, lease: Duration) -> Attempt {
                let $result = <$kind>::claim(self, key, lease, $($wait)?);
                $unwrapped
            }
            fn renew(&self, key: &Key, token: &str, lease: Duration) -> bool {
                let $result = <$kind>::renew(self, key, token, lease, $($wait)?);
                $unwrapped
            }
            fn complete(&self, key: &Key, token: &str) -> Result<(), StoreError> {
                <$kind>::complete(self, key, token, $($wait)?)
            }
            fn release(&self, key: &Key, token: &str) -> bool {
                let $result = <$kind>::release(self, key, token, $($wait)?);
                $unwrapped
            }
            fn is_done(&self, key: &Key) -> bool {
                let $result = <$kind>::is_done(self, key, $($wait)?);
                $unwrapped
            }
        }
    };
}

store!(MemoryStore, , |result| result);
#[cfg(feature = "sqlite")]
store!(didit_core::store::SqliteStore, true, |result| result.unwrap());

fn suite(store: &dyn Store) {
    let lease = Duration::from_secs(30);
    let vectors = vectors("store");
    let cases = vectors["cases"].as_array().unwrap();
    assert!(cases.len() > 5);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let key = Key::new("suite", name).unwrap();
        let steps: Vec<(&str, &str, &Value)> = (case["steps"].as_array().unwrap().iter())
            .map(|step| (step[0].as_str().unwrap(), step[1].as_str().unwrap(), &step[2]))
            .collect();
        let mut claims: HashMap<&str, Claim> = HashMap::new();
        for (method, who, expected) in &steps {
            let dies = steps.iter().any(|(method, other, _)| *method == "expire" && other == who);
            let token = claims.get(who).map(|claim| claim.token.clone()).unwrap_or_default();
            let said = match *method {
                "claim" => {
                    let first = dies && !claims.contains_key(who);
                    let attempt = store.claim(&key, if first { Duration::from_millis(1) } else { lease });
                    let said = attempt.as_str().into();
                    if let Attempt::New(claim) = attempt {
                        claims.insert(who, claim);
                    }
                    said
                }
                "expire" => {
                    sleep(Duration::from_millis(20));
                    Value::Null
                }
                "attempts" => claims[who].attempts.into(),
                "is_done" => store.is_done(&key).into(),
                "complete" => match store.complete(&key, &token) {
                    Ok(()) => "ok".into(),
                    Err(error) => didit_core::Error::from(error).code().as_str().into(),
                },
                "release" => store.release(&key, &token).into(),
                "renew" => store.renew(&key, &token, lease).into(),
                other => panic!("there is no method {other}"),
            };
            assert_eq!(&said, *expected, "{name}: {method} {who}");
        }
    }
}

#[test]
fn memory() {
    suite(&MemoryStore::new());
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite() {
    let folder = std::env::temp_dir().join(format!("didit-store-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("events.db");
    let store = didit_core::store::SqliteStore::open(&path, didit_core::store::SqliteStore::TABLE).unwrap();
    suite(&store);
    let counts = store.counts(true).unwrap();
    assert!(counts.done > 3);
    drop(store);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn keys() {
    for row in vectors("store")["keys"].as_array().unwrap() {
        let key = Key::new(row["namespace"].as_str().unwrap(), row["event_id"].as_str().unwrap());
        assert_eq!(key.ok().as_ref().map(Key::as_str), row["key"].as_str(), "{row}");
    }
}

#[test]
fn guard() {
    let begin = 1_774_970_000;
    for case in vectors("guard")["cases"].as_array().unwrap() {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let same = case.get("same").is_some();
        let event = case["event"].as_array().map(|event| SessionEvent {
            session_id: text(&event[0]),
            status: text(&event[1]),
            created_at: event[2].as_i64().map(|at| begin + at),
            signed_at: begin + event[3].as_i64().unwrap(),
            event_key: "e-2".to_owned(),
        });
        let current = case["current"].as_array().map(|current| Verification {
            session_id: text(&current[0]),
            status: text(&current[1]),
            changed_at: begin + current[2].as_i64().unwrap(),
            dispatched: false,
            signed_at: begin + current[2].as_i64().unwrap() + 1,
            source: if current[3] == "api" { Source::Api } else { Source::Event },
            event_key: if same { "e-2" } else { "e-1" }.to_owned(),
        });
        let applied = apply(event.as_ref(), current.as_ref());
        assert_eq!(applied.verdict.as_str(), case["verdict"], "{}", case["name"]);
        assert_eq!(applied.changed, case["changed"], "{}", case["name"]);
    }
}
