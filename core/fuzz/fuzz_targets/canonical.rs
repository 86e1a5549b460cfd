//! Whatever the input: no panic; the output is a fixed point, borrowed the second time, and means the
//! same to another parser; what that parser accepts is refused only for a listed reason.

#![no_main]

use std::borrow::Cow;

use didit_core::{Code, canonicalize, canonicalize_strict};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize as _;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let strict = canonicalize_strict(input);
    match canonicalize(input) {
        Ok(canonical) => {
            let refused = strict.err().map(|error| error.code());
            assert_eq!(refused, canonical.has_duplicates().then_some(Code::DuplicateKey));
            let bytes = canonical.into_bytes();
            let again = canonicalize(&bytes).expect("canonical bytes");
            assert!(!again.has_duplicates());
            assert!(matches!(again.into_bytes(), Cow::Borrowed(same) if *same == *bytes));
            if let (Some(before), Some(after)) = (parse(input), parse(&bytes)) {
                assert!(same(&before, &after), "the meaning changed");
            }
        }
        Err(error) => {
            assert!(error.position().is_none_or(|position| position <= input.len()));
            let listed = matches!(
                error.code(),
                Code::IntegerTooLong
                    | Code::TooDeep
                    | Code::UnexpectedBom
                    | Code::LoneSurrogate
                    | Code::NumberOutOfRange
            );
            assert!(listed || parse(input).is_none(), "refused as {}", error.code().as_str());
        }
    }
});

fn parse(text: &[u8]) -> Option<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    deserializer.disable_recursion_limit();
    let depth = text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if depth > 500 {
        // The other parser recurses.
        return None;
    }
    let value = Value::deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(value)
}

/// Equal, if numbers are compared as doubles: the other parser rounds, and not always to the nearest.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let (left, right) = (left.as_f64().unwrap_or(0.0), right.as_f64().unwrap_or(0.0));
            (left - right).abs() <= left.abs() * 1e-14 + f64::MIN_POSITIVE
        }
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
