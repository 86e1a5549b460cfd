//! What holds for every document, tried on random ones.

#![allow(clippy::expect_used, reason = "a failed expectation is the failure of the test")]

use didit_core::webhook::{self, Headers, Options, UnixSeconds, Verifier};
use didit_core::{Code, canonicalize, sign};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::Value;
use sha2::Sha256;

/// A JSON text of a tree, with white space, escapes and an order of members that `seed` chooses.
fn spell(value: &Value, seed: &mut u64, text: &mut String) {
    fn next(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed >> 33
    }
    fn space(seed: &mut u64, text: &mut String) {
        text.push_str(["", "", " ", "\n\t"][next(seed) as usize % 4]);
    }
    fn string(content: &str, seed: &mut u64, text: &mut String) {
        text.push('"');
        for character in content.chars() {
            if next(seed).is_multiple_of(3) || character < ' ' || matches!(character, '"' | '\\') {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                text.push(character);
            }
        }
        text.push('"');
    }
    space(seed, text);
    match value {
        Value::String(content) => string(content, seed, text),
        Value::Array(elements) => {
            text.push('[');
            for (index, element) in elements.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                spell(element, seed, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            let mut members: Vec<_> = members.iter().collect();
            for index in (1..members.len()).rev() {
                members.swap(index, next(seed) as usize % (index + 1));
            }
            for (index, (name, member)) in members.into_iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                space(seed, text);
                string(name, seed, text);
                space(seed, text);
                text.push(':');
                spell(member, seed, text);
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
    space(seed, text);
}

fn document() -> impl Strategy<Value = Value> {
    let name = prop_oneof!["[a-c]{0,3}", "\\PC{0,9}", "[\\x00-\\x1f\"\\\\]{1,2}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e4..1e4).prop_map(Value::from),
        proptest::num::f64::NORMAL.prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(name.clone(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn spelled(value: &Value, mut seed: u64) -> Vec<u8> {
    let mut text = String::new();
    spell(value, &mut seed, &mut text);
    text.into_bytes()
}

fn canonical(text: &[u8]) -> Option<Vec<u8>> {
    canonicalize(text).ok().map(|canonical| canonical.into_bytes().into_owned())
}

/// Equal, if numbers are compared as doubles.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| right.get(name).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}

/// Hashing begins while a body is still being looked at. Whatever is found behind that, and whichever of the secrets
/// it was, the verdict is that of one hash over the whole canonical form.
#[test]
fn what_was_hashed_too_early_does_not_count() {
    let now = UnixSeconds::new(1_790_000_000).expect("in range");
    let members: String = (100..180).map(|number| format!("\"name{number}\":\"\\u00e9 {number}\",")).collect();
    let ends = [
        "\"timestamp\":1790000000}",
        "\"timestamp\":1790000000 }",
        "\"timestamp\":1790000000,\"a\":1}",
        "\"timestamp\":1790000000,\"u\":{\"b\":1,\"a\":2}}",
        "\"timestamp\":1790000000,\"u\":1.50}",
        "\"timestamp\":1790000000,\"\\u0075\":1}",
        "\"timestamp\":1790000000,\"u\":\"\\ud83d\\ude00\"}",
    ];
    let secrets: [&[u8]; 4] = [b"one", b"two", b"three", b"four"];
    for end in ends {
        let body = format!("{{{members}{end}");
        let bytes = canonicalize(body.as_bytes()).expect("JSON").into_bytes();
        for (right, secret) in secrets.iter().enumerate() {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key");
            mac.update(&bytes);
            let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            let headers: Headers =
                [("x-signature-v2", &*signature), ("x-timestamp", "1790000000")].into_iter().collect();
            for known in 1..=secrets.len() {
                let verifier = Verifier::new(&secrets[..known], Options::default()).expect("secrets");
                let verdict = verifier.verify(body.as_bytes(), &headers, now);
                if right < known {
                    let verified = verdict.expect("genuine");
                    assert_eq!((verified.secret_index(), verified.bytes()), (right, &*bytes), "{end}");
                } else {
                    assert_eq!(verdict.expect_err("forged").code(), Code::SignatureMismatch, "{end}");
                }
            }
        }
    }
}

/// A body in ASCII whose escapes alone are not canonical stands for its event, too.
#[test]
fn what_was_sent_says_the_same() {
    let now = UnixSeconds::new(1_790_000_000).expect("in range");
    let verifier = Verifier::new(&[b"key"], Options::default()).expect("a secret");
    let long = "x".repeat(300);
    for (body, is_sent) in [
        (
            format!("{{\"a\":\"\\u00e9\",\"b\":[\"\\/{long}\"],\"timestamp\":1790000000,\"z\":\"\\ud83d\\ude00\"}}"),
            true,
        ),
        (format!("{{\"a\":\"\\n\",\"b\":[\"{long}\"],\"timestamp\":1790000000}}"), false),
        (format!("{{\"a\":\"\\u00e9é\",\"b\":[\"{long}\"],\"timestamp\":1790000000}}"), false),
        (format!("{{\"b\":\"\\u00e9\",\"a\":[\"{long}\"],\"timestamp\":1790000000}}"), false),
        (format!("{{\"a\":\"\\u00e9\",\"b\":[\"{long}\", 1],\"timestamp\":1790000000}}"), false),
        (format!("{{\"a\":\"\\u00e9\",\"b\":[\"{long}\",1.0],\"timestamp\":1790000000}}"), false),
    ] {
        let signed = sign(body.as_bytes(), b"key", Some(now)).expect("JSON");
        let headers: Headers = signed.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let verified = verifier.verify(body.as_bytes(), &headers, now).expect("genuine");
        let event = verified.event();
        assert_eq!(event.sent().map(|(sent, _)| sent), is_sent.then_some(body.as_bytes()), "{body}");
        if let Some((sent, index)) = event.sent() {
            for name in ["a", "b", "timestamp", "z", "none"] {
                let text = |value: Option<webhook::Value<'_>>| match value {
                    Some(webhook::Value::Array(text)) => format!("{:?}", canonicalize(text).expect("JSON").as_bytes()),
                    other => format!("{other:?}"),
                };
                assert_eq!(text(index.get(sent, name)), text(event.get(name)), "{name}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_spelling_of_a_document_does_not_matter(value in document(), one in any::<u64>(), other in any::<u64>()) {
        let (one, other) = (spelled(&value, one), spelled(&value, other));
        prop_assert_eq!(canonical(&one), canonical(&other));
        prop_assert!(!canonicalize(&one).is_ok_and(|canonical| canonical.has_duplicates()));
    }

    #[test]
    fn the_canonical_form_is_a_fixed_point_and_keeps_the_meaning(value in document(), seed in any::<u64>()) {
        let canonical = canonicalize(&spelled(&value, seed)).expect("valid JSON").into_bytes().into_owned();
        let again = canonicalize(&canonical).expect("canonical JSON").into_bytes();
        prop_assert!(matches!(again, std::borrow::Cow::Borrowed(_)));
        prop_assert_eq!(&*again, &*canonical);
        // Another parser reads the same tree from it, except that whole doubles have become integers.
        let read: Value = serde_json::from_slice(&canonical).expect("JSON");
        prop_assert!(same(&read, &value), "{} became {}", value, read);
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_become_a_fixed_point(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Some(form) = canonical(&bytes) {
            prop_assert_eq!(canonical(&form), Some(form));
        }
    }

    #[test]
    fn bytes_that_look_like_json_are_refused_or_become_a_fixed_point(text in "[\\[\\]{}:,\"\\\\u0-9eE+.a-f \\n-]{0,60}") {
        if let Some(form) = canonical(text.as_bytes()) {
            prop_assert_eq!(canonical(&form), Some(form));
        }
    }

    #[test]
    fn a_genuine_delivery_passes_and_any_flipped_bit_of_it_fails(
        value in document(), seed in any::<u64>(), at in any::<prop::sample::Index>(), bit in 0_u8..8,
    ) {
        const SECRET: &[u8] = b"a secret of the tests";
        let body = spelled(&serde_json::json!({"metadata": value, "timestamp": 1_774_970_000}), seed);
        let headers = sign(&body, SECRET, None).expect("signed");
        let verifier = Verifier::new(&[SECRET], Options::default()).expect("built");
        let now = UnixSeconds::new(1_774_970_001).expect("seconds");
        let verify = |body: &[u8], headers: &Headers| {
            verifier.verify(body, headers, now).map(|verified| verified.bytes().to_vec()).map_err(|error| error.code())
        };
        let genuine: Headers = headers.iter().map(|(name, value)| (name, value)).collect();
        let authenticated = verify(&body, &genuine).expect("genuine");
        prop_assert_eq!(Some(authenticated.clone()), canonical(&body));

        // A flipped bit of the body may leave the canonical form as it was, for example in white space;
        // then the same bytes are authenticated.
        let mut flipped = body.clone();
        flipped[at.index(body.len())] ^= 1 << bit;
        match verify(&flipped, &genuine) {
            Ok(bytes) => prop_assert_eq!(bytes, authenticated),
            Err(code) => prop_assert!(code.http_status() < 500),
        }

        // A flipped bit of both signatures never passes.
        let forged: Headers = headers.iter().map(|(name, value)| {
            let mut value = value.clone().into_bytes();
            if name.starts_with("X-Signature") {
                let at = at.index(value.len());
                value[at] ^= 1 << bit;
            }
            (*name, value)
        }).collect();
        let refused = verify(&body, &forged).expect_err("forged");
        prop_assert!(matches!(refused, Code::SignatureMismatch | Code::MalformedSignature), "{:?}", refused);
    }
}
