//! What `explain` says of every known mistake, and what it must not say of anything else.

#![allow(clippy::expect_used, reason = "a failed expectation is the failure of the test")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use didit_core::sign;
use didit_core::webhook::{Cause, Confidence, ExplainOptions, Explanation, RawHeaders, explain};
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn every_cause_is_made_by_a_vector() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/explain.json");
    let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(path).expect("explain.json")).expect("JSON");
    let made: BTreeSet<&str> = cases.iter().filter_map(|case| case["expect"]["cause"].as_str()).collect();
    let known: BTreeSet<&str> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
    assert_eq!(made, known);
}

#[test]
fn every_cause_is_in_the_guide() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/explain.md");
    let guide = std::fs::read_to_string(path).expect("the guide");
    for cause in Cause::ALL {
        let row = format!("| `{}` | {} | {} |\n", cause.as_str(), cause.message(), cause.cure());
        assert!(guide.contains(&row), "docs/explain.md lacks:\n{row}");
    }
}

#[test]
fn cures_are_sentences_and_messages_are_not() {
    for cause in Cause::ALL {
        assert!(cause.cure().ends_with('.'), "{cause:?}");
        assert!(!cause.message().ends_with('.'), "{cause:?}");
    }
}

const SECRET: &[u8] = b"a secret of the tests";
const NOW: i64 = 1_774_970_001;

fn told(body: &[u8], headers: &RawHeaders) -> Explanation {
    explain(body, headers, &[SECRET], &ExplainOptions::default(), NOW).expect("options")
}

/// A delivery in Didit's wire form.
fn delivery(name: &str, number: f64) -> Vec<u8> {
    let body = serde_json::json!({
        "metadata": {"name": name, "number": number, "none": [], "empty": {}},
        "session_id": "s-1", "status": "Approved", "timestamp": 1_774_970_000, "webhook_type": "status.updated",
    });
    let canonical = didit_core::canonicalize(body.to_string().as_bytes()).expect("JSON").into_bytes().into_owned();
    let text = String::from_utf8(canonical).expect("UTF-8");
    let mut wire = String::new();
    for character in text.chars() {
        if character.is_ascii() {
            wire.push(character);
        } else {
            character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| wire.push_str(&format!("\\u{unit:04x}")));
        }
    }
    wire.into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn what_is_genuine_is_called_genuine(name in ".{0,12}", number in -1e6..1e6) {
        let body = delivery(&name, number);
        let found = told(&body, &sign(&body, SECRET, None).expect("signed").into_iter().collect());
        prop_assert_eq!((found.cause(), found.confidence(), found.verdict()), (Cause::Genuine, Confidence::Certain, "genuine"));
    }

    #[test]
    fn random_signatures_stay_unknown(name in ".{0,12}", number in -1e6..1e6, macs in "[0-9a-f]{192}") {
        let body = delivery(&name, number);
        let names = ["X-Signature-V2", "X-Signature", "X-Signature-Simple"];
        let mut headers: RawHeaders =
            names.iter().enumerate().map(|(at, name)| (*name, &macs[at * 64..at * 64 + 64])).collect();
        headers.push(b"X-Timestamp", b"1774970000");
        let found = told(&body, &headers);
        prop_assert_eq!((found.cause(), found.confidence()), (Cause::Unknown, Confidence::Unknown));
        prop_assert!(found.ruled_out().len() > 30);
    }

    #[test]
    fn a_flipped_bit_of_the_body_is_never_certain(
        name in ".{0,12}", number in -1e6..1e6, at in any::<prop::sample::Index>(), bit in 0_u8..8, simple in any::<bool>(),
    ) {
        let body = delivery(&name, number);
        let headers = sign(&body, SECRET, None).expect("signed").into_iter();
        let headers: RawHeaders = headers.filter(|(name, _)| simple || *name != "X-Signature-Simple").collect();
        let mut forged = body.clone();
        forged[at.index(body.len())] ^= 1 << bit;
        let found = told(&forged, &headers);
        let is_same = || didit_core::canonicalize(&forged).expect("genuine").as_bytes().to_vec()
            == didit_core::canonicalize(&body).expect("genuine").as_bytes();
        if found.cause() == Cause::Genuine {
            prop_assert!(is_same());
        } else {
            prop_assert_ne!(found.confidence(), Confidence::Certain, "{:?}", found);
        }
    }

    #[test]
    fn a_flipped_bit_of_the_signatures_is_never_certain(
        name in ".{0,12}", number in -1e6..1e6, at in 0_usize..64, bit in 0_u8..8,
    ) {
        let body = delivery(&name, number);
        let headers: RawHeaders = sign(&body, SECRET, None).expect("signed").into_iter().map(|(name, value)| {
            let mut value = value.into_bytes();
            if name.starts_with("X-Signature") {
                value[at] ^= 1 << bit;
            }
            (name, value)
        }).collect();
        let found = told(&body, &headers);
        prop_assert_ne!(found.cause(), Cause::Genuine);
        // That a header holds no digits is a fact, of whatever it was before.
        let is_fact = found.cause() == Cause::SignatureMalformed && found.verdict() == "malformed_signature";
        prop_assert!(is_fact || found.confidence() != Confidence::Certain, "{:?}", found);
    }

    #[test]
    fn genuine_is_what_the_verifier_calls_so(
        name in ".{0,4}", repeated in 0_usize..5, value in "|0|1774970000|1774970001|[0-9a-f]{64}", first in any::<bool>(),
        secret in prop::sample::select(vec![SECRET, b"another"]), now in NOW - 2000..NOW + 2000, rewritten in any::<bool>(),
    ) {
        let mut body = delivery(&name, 1.5);
        let mut pairs: Vec<(String, String)> =
            sign(&body, SECRET, None).expect("signed").into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Some((name, _)) = pairs.get(repeated).cloned() {
            pairs.insert(if first { 0 } else { pairs.len() }, (name, value));
        }
        if rewritten {
            body.push(b'\n');
        }
        let headers: RawHeaders = pairs.iter().map(|(name, value)| (name, value)).collect();
        let found = explain(&body, &headers, &[secret], &ExplainOptions::default(), now).expect("options");
        prop_assert_eq!(found.verdict() == "genuine", found.cause() == Cause::Genuine, "{:?}", found);
    }

    #[test]
    fn no_secret_explains_a_forgery(
        secret in "([\"'\\\\{}\\[\\]=:,;%&$ #a-c0-9\u{e9}\u{200b}]|\\PC){1,40}", macs in "[0-9a-f]{128}",
    ) {
        let headers = [("X-Signature-V2", &macs[..64]), ("X-Signature-Simple", &macs[64..]), ("X-Timestamp", "1774970000")];
        let options = ExplainOptions { other_secrets: &[secret.as_bytes(), b"'other'"], ..ExplainOptions::default() };
        let secrets: [&[u8]; 2] = [secret.as_bytes(), SECRET];
        let found = explain(&delivery("a", 1.0), &headers.into_iter().collect(), &secrets, &options, NOW).expect("options");
        prop_assert_ne!(found.confidence(), Confidence::Certain, "{:?}", found);
        let shown = format!("{:?} {}", found, found.summary());
        prop_assert!(secret.len() < 20 || !shown.contains(&secret));
    }

    #[test]
    fn any_input_is_explained(body in proptest::collection::vec(any::<u8>(), 0..80), value in "\\PC{0,80}", now in any::<i64>()) {
        let headers = [("X-Signature-V2", &value), ("X-Signature", &value), ("X-Timestamp", &value)].into_iter().collect();
        let found = explain(&body, &headers, &[SECRET], &ExplainOptions::default(), now).expect("options");
        prop_assert_ne!(found.cause(), Cause::Genuine);
        prop_assert!(!found.summary().is_empty());
    }
}

#[test]
fn what_else_is_wrong_is_said_beside_the_secret() {
    let body = delivery("Sample", 1.5);
    let headers: RawHeaders = sign(&body, SECRET, None).expect("signed").into_iter().collect();
    let given: [&[u8]; 1] = [b"a secret of the tests\n"];
    let said = |body: &[u8]| explain(body, &headers, &given, &ExplainOptions::default(), NOW).expect("options");
    let forged = String::from_utf8(body.clone()).expect("text").replace("Sample", "Mallory");
    for (body, besides) in [
        (body.clone(), ""),
        (forged.into_bytes(), "besides, probably the body was changed"),
        (body.iter().map(|byte| if *byte == b' ' { b'\t' } else { *byte }).chain(*b"\n\n").collect(), ""),
        (
            String::from_utf8(body).expect("text").replace("{}", "[]").into_bytes(),
            "besides, the body was written anew as PHP",
        ),
    ] {
        let found = said(&body);
        assert_eq!((found.cause(), found.confidence()), (Cause::SecretWhitespace, Confidence::Certain), "{found:?}");
        assert!(found.summary().contains(besides), "{}", found.summary());
        assert_eq!(found.summary().contains("besides"), !besides.is_empty(), "{}", found.summary());
    }
}

#[test]
fn names_and_comments_around_a_secret_are_no_keys() {
    let body = delivery("Sample", 1.5);
    for (given, key) in [
        (r#"{"value":"a secret of the tests"}"#, "value"),
        (r#"{"secret_shared_key":"a secret of the tests"}"#, "secret_shared_key"),
        (r#"{"secret":"a secret of the tests","env":"prod"}"#, "env"),
        ("export A='a-secret-of-the-tests'", "export"),
        ("a-secret-of-the-tests # production", "production"),
    ] {
        let headers: RawHeaders = sign(&body, key.as_bytes(), None).expect("signed").into_iter().collect();
        let found = explain(&body, &headers, &[given.as_bytes()], &ExplainOptions::default(), NOW).expect("options");
        assert_ne!(found.confidence(), Confidence::Certain, "{given}: {found:?}");
    }
}

#[test]
fn nothing_secret_is_shown() {
    let body = delivery("Sample", 1.5);
    let pairs = sign(&body, SECRET, None).expect("signed");
    let headers: RawHeaders = pairs.iter().map(|(name, value)| (name, value)).collect();
    let given: [&[u8]; 1] = [b"a secret of the tests\n"];
    let options = ExplainOptions { other_secrets: &[b"another one"], ..ExplainOptions::default() };
    let found = explain(&body, &headers, &given, &options, NOW).expect("options");
    let shown = format!("{found:?} {options:?} {headers:?} {} {}", found.summary(), found.cure());
    for secret in ["a secret of the tests", "another one", "Sample", pairs[1].1.as_str()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// A delivery of half a megabyte and its headers, signed with a secret.
fn large(secret: &[u8], schemes: &[&str]) -> (Vec<u8>, RawHeaders) {
    let item = r#"{"first_name":"Jos\u00e9","score":96.15,"url":"https://example.com/a/b","warnings":[]}"#;
    let body = format!(
        r#"{{"many":[{}],"session_id":"s-1","status":"Approved","timestamp":1774970000,"webhook_type":"status.updated"}}"#,
        vec![item; 6000].join(",")
    );
    let headers = sign(body.as_bytes(), secret, None).expect("signed").into_iter();
    let is_sent = |name: &str| name == "X-Timestamp" || schemes.contains(&name);
    let headers = headers.filter(|(name, _)| is_sent(name)).collect();
    (body.into_bytes(), headers)
}

#[test]
fn secrets_are_mended_before_forms_are_made() {
    let secrets: [&[u8]; 5] = [b"first", b"second", b"third", b"fourth", b"\"the fifth\""];
    let options = ExplainOptions::default();
    for schemes in [&["X-Signature-V2", "X-Signature", "X-Signature-Simple"][..], &["X-Signature-V2"], &["X-Signature"]]
    {
        let (body, headers) = large(b"the fifth", schemes);
        let found = explain(&body, &headers, &secrets, &options, NOW).expect("options");
        assert_eq!((found.cause(), found.confidence()), (Cause::SecretQuoted, Confidence::Certain), "{schemes:?}");
        let decoded: [&[u8]; 5] = [b"first", b"second", b"third", b"fourth", b"the key"];
        let (body, headers) = large(b"dGhlIGtleQ==", schemes);
        let found = explain(&body, &headers, &decoded, &options, NOW).expect("options");
        assert_eq!(
            (found.cause(), found.confidence()),
            (Cause::SecretBase64Decoded, Confidence::Certain),
            "{schemes:?}"
        );
    }
}

#[test]
fn where_the_budget_ends_nothing_else_is_claimed() {
    let (body, _) = large(SECRET, &[]);
    let spaced = String::from_utf8(body).expect("UTF-8").replace("\",\"", "\" , \"");
    let headers = ["X-Signature-V2", "X-Signature"].map(|name| (name, "0".repeat(64))).into_iter();
    let headers: RawHeaders = headers.chain([("X-Timestamp", NOW.to_string())]).collect();
    let secrets: [&[u8]; 5] = [b"first", b"second", b"third", b"fourth", b"fifth"];
    let found = explain(spaced.as_bytes(), &headers, &secrets, &ExplainOptions::default(), NOW).expect("options");
    assert_eq!((found.cause(), found.confidence()), (Cause::Unknown, Confidence::Unknown));
    assert!(found.summary().contains("not everything was tried"), "{}", found.summary());
}

/// What PHP's `json_encode(json_decode($body, true))` makes of a body without numbers of its own.
fn through_php(body: &[u8]) -> Vec<u8> {
    String::from_utf8(body.to_vec()).expect("UTF-8").replace("{}", "[]").replace('/', "\\/").into_bytes()
}

#[test]
fn objects_that_php_has_emptied_are_found_by_their_names() {
    // More empty containers than could be tried each by itself, and a name that is both an object and an array.
    let hit = r#"{"adverse_media_matches":[],"linked_entities":[],"pep_matches":[],"risk_scores":{},"warnings":[]}"#;
    let body = format!(
        r#"{{"decision":{{"aml":{{"custom_list":{{}},"hits":[{}],"matches":[],"reviews":[]}},"extra_fields":{{}},"extra_files":[]}},"#,
        [hit; 4].join(",")
    ) + r#""metadata":{"plan":"a/b"},"session_id":"s-1","status":"Declined","timestamp":1774970000,"webhook_type":"status.updated"}"#;
    let headers = sign(body.as_bytes(), SECRET, None).expect("signed").into_iter().collect();
    assert_eq!(told(body.as_bytes(), &headers).cause(), Cause::Genuine);
    let found = told(&through_php(body.as_bytes()), &headers);
    assert_eq!((found.cause(), found.confidence()), (Cause::BodyPhp, Confidence::Certain), "{found:?}");
}

#[test]
fn a_large_number_that_stands_twice_is_one_number() {
    let body = br#"{"a":1234567890123456789,"b":[1234567890123456789],"timestamp":1774970000}"#;
    let headers = sign(body, SECRET, None).expect("signed").into_iter().collect();
    let rounded = String::from_utf8(body.to_vec())
        .expect("UTF-8")
        .replace("3456789,", "3456800,")
        .replace("3456789]", "3456800]");
    let found = told(rounded.as_bytes(), &headers);
    assert_eq!((found.cause(), found.confidence()), (Cause::BodyJavascript, Confidence::Certain));
}

#[test]
fn large_and_deep_bodies_end() {
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    let wide = format!("{{\"a\":[{}1e308]}}", "1e308,".repeat(3000));
    let arrays = format!("{{\"a\":[{}[]]}}", "[],".repeat(20_000));
    let headers = [("X-Signature-V2", "0".repeat(64)), ("X-Timestamp", NOW.to_string())].into_iter().collect();
    for body in [deep, wide, arrays, "[".repeat(500_000), "\"\\".repeat(200_000)] {
        assert_ne!(told(body.as_bytes(), &headers).cause(), Cause::Genuine);
    }
}
