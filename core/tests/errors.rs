//! The table of error codes that all languages share, in both directions.

#![allow(clippy::expect_used, reason = "a failed expectation is the failure of the test")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use didit_core::Code;
use serde_json::Value;

fn table() -> Vec<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/errors.json");
    let text = std::fs::read(path).expect("errors.json");
    let mut table: Value = serde_json::from_slice(&text).expect("JSON");
    serde_json::from_value(table["codes"].take()).expect("an array of codes")
}

#[test]
fn the_table_has_every_code_as_the_core_has_it() {
    let rows = table();
    assert_eq!(rows.len(), Code::ALL.len());
    for (row, code) in rows.iter().zip(Code::ALL) {
        assert_eq!(row["code"], code.as_str());
        assert_eq!(row["class"], code.class().as_str(), "{code:?}");
        assert_eq!(row["http_status"], code.http_status(), "{code:?}");
        assert_eq!(row["message"], code.message(), "{code:?}");
        assert_eq!(row["hint"], code.hint(), "{code:?}");
    }
}

#[test]
fn every_code_of_the_table_is_known_and_none_is_there_twice() {
    let rows = table();
    let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let listed: BTreeSet<&str> = rows.iter().filter_map(|row| row["code"].as_str()).collect();
    assert_eq!(known, listed);
    assert_eq!(listed.len(), rows.len());
}

#[test]
fn hints_are_sentences_and_messages_are_not() {
    for code in Code::ALL {
        assert!(code.hint().ends_with('.'), "{code:?}");
        assert!(!code.message().ends_with('.'), "{code:?}");
    }
}

#[test]
fn a_position_is_the_byte_to_blame() {
    for (body, code, position) in [
        (&b"{\"a\":1,}"[..], Code::Syntax, 7),
        (b"[1 2]", Code::Syntax, 3),
        (b"{\"a\":\"\\x\"}", Code::Syntax, 6),
        (b"[\"\\ud800\"]", Code::LoneSurrogate, 2),
        (b"[1,1e999]", Code::NumberOutOfRange, 3),
        (b"{\"a\":\"\xff\"}", Code::InvalidUtf8, 6),
        (b"\xef\xbb\xbf{}", Code::UnexpectedBom, 0),
        (b"", Code::Syntax, 0),
    ] {
        let error = didit_core::canonicalize(body).expect_err("refused");
        assert_eq!((error.code(), error.position()), (code, Some(position)), "{}", body.escape_ascii());
    }
}
