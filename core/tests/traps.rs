//! Inputs that have broken other canonical writers and verifiers, by the sections of
//! docs/canonical-json.md and docs/webhooks.md that name them.

#![allow(clippy::expect_used, reason = "a failed expectation is the failure of the test")]

use didit_core::webhook::{
    BuildError, Environment, Headers, Options, Outcome, Scheme, UnixSeconds, Value, Verifier, parse_unsigned,
};
use didit_core::{Code, canonicalize, sign};

const SECRET: &[u8] = b"a secret of the tests";
const NOW: i64 = 1_774_970_000;

fn canonical(input: &[u8]) -> Vec<u8> {
    canonicalize(input).unwrap_or_else(|error| panic!("{error}")).into_bytes().into_owned()
}

fn seconds(seconds: i64) -> UnixSeconds {
    UnixSeconds::new(seconds).expect("seconds")
}

fn verifier(options: Options) -> Verifier {
    Verifier::new(&[SECRET], options).expect("a verifier")
}

fn signed(body: &[u8]) -> Headers {
    sign(body, SECRET, None).expect("signed").into_iter().collect()
}

// Resources: the work must not grow with the square of the input, nor the stack with its depth.

#[test]
fn a_thousand_nested_unsorted_objects_are_gathered_in_one_pass() {
    let padding = "x".repeat(2_000);
    let open: String = (0..1_000).map(|_| format!("{{\"b\":\"{padding}\",\"a\":")).collect();
    let body = format!("{open}0{}", "}".repeat(1_000));
    let close: String = (0..1_000).map(|_| format!(",\"b\":\"{padding}\"}}")).collect();
    assert_eq!(canonical(body.as_bytes()), format!("{}0{close}", "{\"a\":".repeat(1_000)).into_bytes());
}

#[test]
fn an_object_of_a_hundred_thousand_members_in_reverse_order() {
    let member = |number: usize| format!("\"{number:06}\":{number}");
    let body: Vec<String> = (0..100_000).rev().map(member).collect();
    let sorted: Vec<String> = (0..100_000).map(member).collect();
    assert_eq!(
        canonical(format!("{{{}}}", body.join(",")).as_bytes()),
        format!("{{{}}}", sorted.join(",")).into_bytes()
    );
}

#[test]
fn six_hundred_kilobytes_of_the_longest_whole_doubles() {
    let body = format!("[{}]", vec!["1e308"; 100_000].join(","));
    let out = canonical(body.as_bytes());
    assert_eq!(out.len(), 100_000 * 310 + 1);
    assert!(out.starts_with(b"[100000000000000001097906362944045541740492309677311846336810682903157585404911491537163328978494688899061249669721172515611590283743140088328307009198146046031271664502933027185697489699588559043338384466165001178426897626212945177628091195786707458122783970171784415105291802893207873272974885715430223118336,1"));
}

#[test]
fn a_megabyte_of_literals_beside_the_middle_between_two_doubles() {
    // The standard library needed half a second for these; each becomes one of the two neighbours.
    for (literal, printed) in [
        ("24703282292062327208e-343", "0"),
        ("24703282292062327209e-343", "5e-324"),
        ("74109846876186981626e-343", "5e-324"),
        ("74109846876186981627e-343", "1e-323"),
    ] {
        let list = |item: &str| format!("[{}]", vec![item; 1_000_000 / literal.len()].join(","));
        assert_eq!(canonical(list(literal).as_bytes()), list(printed).into_bytes());
    }
}

#[test]
fn a_megabyte_of_the_smallest_double() {
    let body = format!("[{}]", vec!["5e-324"; 150_000].join(","));
    assert_eq!(canonical(body.as_bytes()), body.as_bytes());
    let long = format!("[{}]", vec!["4.9406564584124654e-324"; 50_000].join(","));
    assert_eq!(canonical(long.as_bytes()), format!("[{}]", vec!["5e-324"; 50_000].join(",")).into_bytes());
}

#[test]
fn a_long_body_of_open_brackets_stops_at_the_limit() {
    for open in ["[", "{\"a\":"] {
        let error = canonicalize(open.repeat(2_000_000).as_bytes()).expect_err("too deep");
        assert_eq!((error.code(), error.position()), (Code::TooDeep, Some(1_000 * open.len())));
    }
}

#[test]
fn a_small_stack_is_enough_for_the_deepest_body() {
    let body = format!("{}0{}", "{\"b\":1,\"a\":".repeat(1_000), "}".repeat(1_000));
    let run = std::thread::Builder::new().stack_size(64 * 1024);
    let handle = run.spawn(move || canonical(body.as_bytes()).len()).expect("a thread");
    assert_eq!(handle.join().expect("no overflow"), 1_000 * 11 + 1 + 1_000);
}

#[test]
fn the_canonical_form_in_the_making_is_capped() {
    let body = format!("{{\"a\":[{}],\"timestamp\":{NOW}}}", vec!["1e308"; 3_000].join(","));
    assert!(body.len() < 20_000);
    let headers = signed(body.as_bytes());
    let options = Options { max_body: 20_000, ..Options::default() };
    let error = verifier(options).verify(body.as_bytes(), &headers, seconds(NOW)).expect_err("too large");
    assert_eq!(error.code(), Code::BodyTooLarge);
    assert!(verifier(Options::default()).verify(body.as_bytes(), &headers, seconds(NOW)).is_ok());
}

// Numbers.

#[test]
fn literals_longer_than_the_exponents_of_the_standard_library() {
    let zeros = "0".repeat(700_000);
    assert_eq!(canonical(format!("0.{zeros}1e700001").as_bytes()), b"1");
    assert_eq!(canonical(format!("-0.{zeros}15e700001").as_bytes()), b"-1.5");
    assert_eq!(canonical(format!("1{zeros}e-700000").as_bytes()), b"1");
    assert_eq!(canonical(format!("12{zeros}.0e-700001").as_bytes()), b"1.2");
    assert_eq!(canonicalize(format!("1{zeros}.0").as_bytes()).expect_err("infinite").code(), Code::NumberOutOfRange);
    assert_eq!(canonical(format!("0.{zeros}1").as_bytes()), b"0");
    let nines = "9".repeat(700_000);
    assert_eq!(canonical(format!("0.{nines}").as_bytes()), b"1");
    // Just above a tie, and the tie itself, decided by the last of very many digits.
    let tie = format!("1.00000000000000011102230246251565404236316680908203125{}", "0".repeat(2_000));
    assert_eq!(canonical(tie.as_bytes()), b"1");
    assert_eq!(canonical(format!("{tie}1").as_bytes()), b"1.0000000000000002");
}

#[test]
fn digits_are_those_of_python_and_so_is_their_layout() {
    for (literal, printed) in [
        ("1e23", "99999999999999991611392"),
        ("1e-5", "1e-05"),
        ("0.0001", "0.0001"),
        ("1e16", "10000000000000000"),
        ("9007199254740993", "9007199254740993"),
        ("9007199254740993.0", "9007199254740992"),
        ("1.5e+38", "150000000000000006067947700923341471744"),
        ("95.40", "95.4"),
        ("100000000000000.5", "100000000000000.5"),
        ("0.00099999999999999999", "0.001"),
    ] {
        assert_eq!(canonical(literal.as_bytes()), printed.as_bytes(), "{literal}");
    }
}

#[test]
fn every_power_of_two_that_is_a_double_is_exact() {
    // By decimal addition, which shares nothing with the limbs of the core.
    let mut digits = vec![1_u8];
    let mut power = 1.0_f64;
    for _ in 0..1_024 {
        let exact: String = digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
        assert_eq!(canonical(format!("{power:e}").as_bytes()), exact.as_bytes());
        power *= 2.0;
        let mut carry = 0;
        for digit in &mut digits {
            let doubled = *digit * 2 + carry;
            (*digit, carry) = (doubled % 10, doubled / 10);
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
}

// Names.

#[test]
fn private_names_of_serializers_are_names_like_any_other() {
    for name in ["$serde_json::private::Number", "$serde_json::private::RawValue", "__proto__", "toJSON"] {
        let body = format!("{{\"{name}\":\"12\"}}");
        assert_eq!(canonical(body.as_bytes()), body.as_bytes());
        let wrong = format!("{{\"{name}\":\"x\"}}");
        assert_eq!(canonical(wrong.as_bytes()), wrong.as_bytes());
    }
}

#[test]
fn names_are_compared_decoded_and_may_hold_nul() {
    let body = br#"{"b\"":1,"b\u0000":2,"b":3,"b!":4,"\u0062\u0001":5}"#;
    assert_eq!(canonical(body), br#"{"b":3,"b\u0000":2,"b\u0001":5,"b!":4,"b\"":1}"#);
}

#[test]
fn names_that_agree_in_the_first_bytes_are_compared_to_their_ends() {
    let names =
        ["country_a", "country_a ", "country_a!", "country_aa", "country_b", "country_bbbbbbbb", "country_bbbbbbbc"];
    let object = |names: &mut dyn Iterator<Item = &&str>| {
        format!("{{{}}}", names.map(|name| format!("\"{name}\":0")).collect::<Vec<_>>().join(","))
    };
    let (sorted, reversed) = (object(&mut names.iter()), object(&mut names.iter().rev()));
    assert_eq!(canonical(reversed.as_bytes()), sorted.as_bytes());
    assert_eq!(canonical(sorted.as_bytes()), sorted.as_bytes());
}

/// Somebody who has the secret puts the MAC of the body as it is into the header of V2. That counts only where the body
/// is its own canonical form, at every depth.
#[test]
fn the_mac_of_a_body_that_is_not_canonical_is_no_v2_signature() {
    for (inside, code) in [
        (r#"{"b":1,"c":2}"#, None),
        (r#"{"c":1,"b":2}"#, Some(Code::SignatureMismatch)),
        (r#"{"x":{"c":1,"b":2}}"#, Some(Code::SignatureMismatch)),
        (r#"[[{"country_b":1,"country_a":2}]]"#, Some(Code::SignatureMismatch)),
        (r#"{"b":1,"b":1}"#, Some(Code::DuplicateKey)),
        (r#"[{"x":[{"b":1,"\u0062":1}]}]"#, Some(Code::DuplicateKey)),
        (r#"{"b": 1}"#, Some(Code::SignatureMismatch)),
        (r#""\u00e9""#, Some(Code::SignatureMismatch)),
        (r#""\/""#, Some(Code::SignatureMismatch)),
        (r#""\u001F""#, Some(Code::SignatureMismatch)),
        ("95.0", Some(Code::SignatureMismatch)),
        ("1e5", Some(Code::SignatureMismatch)),
        ("-0", Some(Code::SignatureMismatch)),
        ("0.50", Some(Code::SignatureMismatch)),
        ("0.00001", Some(Code::SignatureMismatch)),
        ("01", Some(Code::Syntax)),
        ("NaN", Some(Code::Syntax)),
        ("[1,]", Some(Code::Syntax)),
    ] {
        let body = format!("{{\"a\":{inside},\"timestamp\":{NOW}}}");
        // Of the three signatures, the one over the bytes as they are.
        let raw = sign(body.as_bytes(), SECRET, Some(seconds(NOW))).ok();
        let mac =
            raw.and_then(|signed| signed.into_iter().find(|(name, _)| *name == "X-Signature")).map(|(_, mac)| mac);
        let mac = mac.unwrap_or_else(|| "0".repeat(64));
        let headers: Headers =
            [("X-Signature-V2", mac.as_str()), ("X-Timestamp", &NOW.to_string())].into_iter().collect();
        let verdict = verifier(Options::default()).verify(body.as_bytes(), &headers, seconds(NOW));
        assert_eq!(verdict.err().map(|error| error.code()), code, "{inside}");
    }
}

#[test]
fn mistakes_in_utf8_come_first_wherever_they_are() {
    for body in [&b"{\"a\":\"\xff\"}"[..], b"\xff", b"[1,]\xc3", b"{\"a\\n\xe9\":1}", b"\xef\xbb\xbf[\"\xed\xa0\x80\"]"]
    {
        assert_eq!(canonicalize(body).expect_err("refused").code(), Code::InvalidUtf8, "{body:?}");
    }
    // A quote in the last sixteen bytes, after escapes, between characters of every length.
    for length in 0..40 {
        let text = format!("\"{}\\u00e9\u{e9}\u{5c71}\u{1f600}\"", "x".repeat(length));
        assert_eq!(canonical(text.as_bytes()), text.replace("\\u00e9", "\u{e9}").into_bytes());
        let cut = text.replace('\u{1f600}', "").into_bytes();
        let wrong = [&cut[..cut.len() - 2], b"\""].concat();
        assert_eq!(canonicalize(&wrong).expect_err("refused").code(), Code::InvalidUtf8);
    }
}

// Secrets, headers, time.

#[test]
fn no_secret_or_an_empty_one_is_an_error_when_the_verifier_is_built() {
    for secrets in [&[][..], &[&b""[..]], &[SECRET, b""]] {
        let error = Verifier::new(secrets, Options::default()).expect_err("refused");
        assert!(matches!(error, BuildError::MissingSecret(error) if error.code() == Code::MissingSecret));
    }
    assert_eq!(sign(b"{}", b"", None).expect_err("refused").code(), Code::MissingSecret);
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let schemes = |schemes: &[Scheme]| Options { schemes: schemes.to_vec(), ..Options::default() };
    let environments =
        |environments: &[Environment]| Options { environments: Some(environments.to_vec()), ..Options::default() };
    for options in [
        schemes(&[]),
        schemes(&[Scheme::V2, Scheme::Simple]),
        schemes(&[Scheme::V1, Scheme::Raw]),
        environments(&[]),
        Options { schemes: vec![Scheme::Simple], ..environments(&[Environment::Live]) },
    ] {
        let shown = format!("{options:?}");
        assert!(matches!(Verifier::new(&[SECRET], options), Err(BuildError::Option(_))), "{shown}");
    }
}

#[test]
fn the_order_of_the_schemes_does_not_matter() {
    let body = format!("{{\"timestamp\": {NOW}}}");
    let options = Options { schemes: vec![Scheme::Raw, Scheme::V2, Scheme::Raw], ..Options::default() };
    let verifier = verifier(options);
    let verified = verifier.verify(body.as_bytes(), &signed(body.as_bytes()), seconds(NOW)).expect("genuine");
    assert_eq!(verified.scheme(), Scheme::V2);
}

#[test]
fn header_names_in_any_case_and_as_wsgi_writes_them() {
    let body = format!("{{\"timestamp\":{NOW}}}");
    for spell in
        [str::to_lowercase, str::to_uppercase, |name: &str| format!("HTTP_{}", name.to_uppercase().replace('-', "_"))]
    {
        let signed = sign(body.as_bytes(), SECRET, None).expect("signed");
        let headers: Headers = signed.iter().map(|(name, value)| (spell(name), value)).collect();
        assert!(verifier(Options::default()).verify(body.as_bytes(), &headers, seconds(NOW)).is_ok());
    }
}

#[test]
fn milliseconds_and_numbers_that_are_no_time_are_refused() {
    assert!(UnixSeconds::new(NOW * 1_000).is_err());
    assert!(UnixSeconds::new(i64::MIN).is_err());
    for number in [f64::NAN, f64::INFINITY, 1.7e12, -1e300] {
        assert!(UnixSeconds::from_f64(number).is_err(), "{number}");
    }
    assert_eq!(UnixSeconds::from_f64(1.9).map(UnixSeconds::get), Ok(1));
    assert_eq!(UnixSeconds::from_f64(-0.5).map(UnixSeconds::get), Ok(-1));
}

#[test]
fn a_signed_time_far_from_now_does_not_wrap_around() {
    for time in ["0", "999999999999999999"] {
        let body = format!("{{\"timestamp\":{time}}}");
        let error = verifier(Options::default()).verify(body.as_bytes(), &signed(body.as_bytes()), seconds(NOW));
        let code = error.expect_err("not now").code();
        assert!(matches!(code, Code::TimestampTooOld | Code::TimestampInFuture), "{code:?}");
    }
}

// Events.

#[test]
fn the_simple_scheme_shows_its_four_fields_only() {
    let body = format!(
        r#"{{"decision":{{}},"event_id":"e","session_id":"s","status":"Approved","timestamp":{NOW},"vendor_data":"v","webhook_type":"status.updated"}}"#
    );
    let verifier = verifier(Options { schemes: vec![Scheme::Simple], ..Options::default() });
    let verified = verifier.verify(body.as_bytes(), &signed(body.as_bytes()), seconds(NOW)).expect("genuine");
    assert_eq!(verified.covers().as_str(), "envelope");
    assert_eq!(verified.bytes(), format!("{NOW}:s:Approved:status.updated").as_bytes());
    assert_eq!(verified.event().outcome(), Outcome::Granted);
    for unsigned in ["decision", "event_id", "vendor_data"] {
        assert_eq!(verified.event().get(unsigned), None);
    }
    assert_eq!(verified.event().get("session_id"), Some(Value::String("s".into())));
}

#[test]
fn under_raw_the_event_is_the_body_and_the_last_duplicate_counts() {
    let body = format!(
        "{{ \"status\": \"Approved\", \"sta\\u0074us\": \"Declined\", \"score\": 95.0, \"timestamp\": {NOW} }}"
    );
    let verifier = verifier(Options { schemes: vec![Scheme::Raw], ..Options::default() });
    let headers = signed(body.as_bytes());
    let verified = verifier.verify(body.as_bytes(), &headers, seconds(NOW)).expect("genuine");
    assert_eq!(verified.bytes(), body.as_bytes());
    assert_eq!(verified.event().get("status"), Some(Value::String("Declined".into())));
    assert_eq!(verified.event().get("score"), Some(Value::Number("95.0")));
}

#[test]
fn an_unsigned_callback_never_has_the_type_of_a_signed_event() {
    for (webhook_type, kind) in [
        ("kyb.registry_search.resolved", "kyb.registry_search.resolved"),
        ("status.updated", "unknown"),
        ("x", "unknown"),
    ] {
        let body = format!("{{\"webhook_type\":\"{webhook_type}\"}}");
        assert_eq!(parse_unsigned(body.as_bytes(), 1_000).expect("an object").kind(), kind);
    }
    for (body, code) in [("[]", Code::BodyNotObject), ("{\"a\":1,\"a\":2}", Code::DuplicateKey), ("x", Code::Syntax)] {
        assert_eq!(parse_unsigned(body.as_bytes(), 1_000).expect_err("refused").code(), code);
    }
    assert_eq!(parse_unsigned(b"{}", 1).expect_err("refused").code(), Code::BodyTooLarge);
}

// Parsed bodies.

#[test]
fn a_parsed_body_that_lost_digits_says_where() {
    let body = format!(
        r#"{{"metadata":{{"id":9007199254740993,"more ids":[1,{{"x":12345678901234567890}}]}},"timestamp":{NOW}}}"#
    );
    let headers = signed(body.as_bytes());
    // As a face writes what JSON.parse made of it.
    let text = format!(
        r#"{{"timestamp":{NOW},"metadata":{{"id":9007199254740992.0,"more ids":[1,{{"x":12345678901234567000.0}}],"score":0.5}}}}"#
    );
    let verifier = verifier(Options::default());
    let error = verifier.verify_parsed(text.as_bytes(), &headers, seconds(NOW)).expect_err("lost digits");
    assert_eq!(error.code(), Code::ParsedPrecision);
    assert_eq!(error.paths(), ["$.metadata.id", "$.metadata[\"more ids\"][1].x"]);
    let exact = verifier.verify_parsed(body.as_bytes(), &headers, seconds(NOW)).expect("exact integers");
    assert_eq!(exact.bytes(), body.as_bytes());
    let forged = verifier.verify_parsed(b"{\"timestamp\":1774970000}", &headers, seconds(NOW)).expect_err("forged");
    assert_eq!(forged.code(), Code::SignatureMismatch);
}

#[test]
fn what_an_unauthenticated_payload_can_write_into_a_log_is_bounded() {
    let verifier = verifier(Options::default());
    let headers = signed(format!("{{\"timestamp\":{NOW}}}").as_bytes());
    let name = "alice@example.com ".repeat(10_000);
    let wide = format!("{{\"{name}\":[{}]}}", vec!["1e300"; 100].join(","));
    let deep = format!("{}1e300{}", format!("{{\"{}\":", "n".repeat(900)).repeat(900), "}".repeat(900));
    for text in [wide, deep] {
        let error = verifier.verify_parsed(text.as_bytes(), &headers, seconds(NOW)).expect_err("forged");
        assert_eq!(error.code(), Code::ParsedPrecision);
        assert!(error.to_string().len() < 8_000, "{}", error.to_string().len());
    }
    let steps = vec![didit_core::webhook::PathStep::Name(&name); 900];
    assert!(didit_core::webhook::unsupported_value(&steps, "Date").to_string().len() < 2_000);
}

// Nothing that is printed shows a secret, a MAC or the body.

#[test]
fn debug_and_display_show_no_secret_and_no_personal_data() {
    let body = format!(r#"{{"event_id":"e","timestamp":{NOW},"vendor_data":"Jane Doe"}}"#);
    let headers = signed(body.as_bytes());
    let verifier = verifier(Options::default());
    let verified = verifier.verify(body.as_bytes(), &headers, seconds(NOW)).expect("genuine");
    let error = verifier.verify(b"{\"name\":\"Jane Doe\"}", &headers, seconds(NOW)).expect_err("forged");
    let mac = sign(body.as_bytes(), SECRET, None).expect("signed").swap_remove(1).1;
    for shown in [
        format!("{verifier:?}"),
        format!("{headers:?}"),
        format!("{verified:?}"),
        format!("{error:?}"),
        error.to_string(),
    ] {
        for hidden in ["a secret of the tests", "Jane", "name", &mac] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
