//! Only what was signed passes. The input is a body, and bytes that become headers; an independent HMAC
//! decides what the verdict has to be.

#![no_main]

use didit_core::webhook::{Headers, Options, Scheme, UnixSeconds, Verifier};
use didit_core::{canonicalize_strict, sign};
use hmac::{Hmac, KeyInit as _, Mac as _};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;

const SECRET: &[u8] = b"a secret of the fuzzer";

fuzz_target!(|input: (&[u8], &[u8], &[u8], i64, u8)| {
    let (body, v2, raw, now, choice) = input;
    let Ok(now) = UnixSeconds::new(now) else { return };
    let verifier = Verifier::new(&[b"an older secret", SECRET], Options::default()).expect("built");
    let mut headers = Headers::new();
    // Either the fuzzer's own bytes, or genuine headers of which some may be replaced.
    if choice & 1 == 1 {
        for (name, value) in sign(body, SECRET, None).unwrap_or_default() {
            headers.push(name.as_bytes(), value.as_bytes());
        }
    }
    let own = |bit: u8| choice & bit != 0;
    if own(2) {
        headers.push(b"x-signature-v2", v2);
    }
    if own(4) {
        headers.push(b"HTTP_X_SIGNATURE", raw);
    }
    if own(8) {
        headers.push(b"X-TIMESTAMP", now.get().to_string().as_bytes());
    }
    let Ok(verified) = verifier.verify(body, &headers, now) else { return };

    // What passed was signed: the given header is the MAC of the authenticated bytes.
    let message = verified.bytes();
    let given = |own_value: &[u8], is_own: bool| {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("any length");
        mac.update(message);
        let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        choice & 1 == 1 || (is_own && own_value == hex.as_bytes())
    };
    match verified.scheme() {
        Scheme::V2 => {
            assert_eq!(message, canonicalize_strict(body).expect("canonical").as_bytes());
            assert!(given(v2, own(2)));
        }
        Scheme::Raw => {
            assert_eq!(message, body);
            assert!(given(raw, own(4)));
        }
        other => panic!("{} was not asked for", other.as_str()),
    }
    assert_eq!(verified.secret_index(), 1);
    assert!(verified.signed_at().abs_diff(now.get()) <= 300);
});
