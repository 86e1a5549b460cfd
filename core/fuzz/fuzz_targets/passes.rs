//! The fast passes against the full one, on small inputs, which are what a fuzzer gets far with.
//!
//! Short bodies never take a fast pass. So each one is made long in two ways, by a member that sorts before all others
//! and by white space around every token, which change nothing else about it: the answers have to be the same.

#![no_main]

use didit_core::{Error, canonicalize};
use libfuzzer_sys::fuzz_target;

/// Longer than any body that is left to the full pass alone.
const PADDING: usize = 300;

fuzz_target!(|input: &[u8]| {
    let Some(members) = input.strip_prefix(b"{\"") else { return };
    if input.len() >= 256 {
        return;
    }
    // What follows the brace decides whether a comma is right: a name does.
    let padding = "x".repeat(PADDING);
    let long = [format!("{{\"\":\"{padding}\",\"").as_bytes(), members].concat();
    let spaced = [input, &b" ".repeat(PADDING)].concat();
    match answer(input) {
        Ok((bytes, has_duplicates)) => {
            assert_eq!(answer(&spaced).expect("only more white space"), (bytes.clone(), has_duplicates));
            // Unless there is a member of that name already.
            if !bytes.starts_with(b"{\"\":") {
                let expected = [format!("{{\"\":\"{padding}\",").as_bytes(), &bytes[1..]].concat();
                assert_eq!(answer(&long).expect("only one more member"), (expected, has_duplicates));
            }
        }
        Err(error) => {
            assert_eq!(answer(&spaced).expect_err("only more white space").code(), error.code());
            assert_eq!(answer(&long).expect_err("only one more member").code(), error.code());
        }
    }
});

fn answer(body: &[u8]) -> Result<(Vec<u8>, bool), Error> {
    canonicalize(body).map(|canonical| {
        let has_duplicates = canonical.has_duplicates();
        (canonical.into_bytes().into_owned(), has_duplicates)
    })
}
