//! What does not show in times: memory and instructions. The body comes on standard input.
//!
//! `probe memory` prints the most bytes that were allocated at once beside the body, by `canonicalize` and by `verify`.
//! `probe run` calls each of `canonicalize`, `verify` and HMAC alone once, in functions that callgrind can tell apart;
//! see ../../../instructions.py.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use didit_core::webhook::{Event, Headers, Options, Scheme, UnixSeconds, Value, Verifier};
use didit_core::{canonicalize, sign};
use hmac::{Hmac, KeyInit as _, Mac as _};

const SECRET: &[u8] = b"bench-secret-0123456789-abcdefghijklmnopqrs";

/// The system's allocator, with a look at how much is in use.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grown(by: usize) {
    let in_use = IN_USE.fetch_add(by, Relaxed) + by;
    PEAK.fetch_max(in_use, Relaxed);
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Large blocks are moved without a copy, so that old and new are never both there.
        IN_USE.fetch_sub(layout.size(), Relaxed);
        grown(size);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let mut body = Vec::new();
    std::io::stdin().read_to_end(&mut body).expect("a body");
    // As if the body's length were the limit that just lets it in.
    let options = Options { max_body: body.len().max(1), ..Options::default() };
    let verifier = Verifier::new(&[SECRET], options).expect("a verifier");
    let (headers, now) = genuine(&body).unwrap_or_else(|| {
        // Signed by nobody: verify has to read all of it to find that out.
        let headers = [("X-Signature-V2", "0".repeat(64)), ("X-Timestamp", "0".to_owned())].into_iter().collect();
        (headers, 0)
    });
    let now = UnixSeconds::new(now).expect("seconds");
    match std::env::args().nth(1).as_deref() {
        Some("memory") => {
            let canonicalize = peak(|| measured_canonicalize(&body));
            let verify = peak(|| measured_verify(&verifier, &body, &headers, now));
            println!("{canonicalize} {verify}");
        }
        Some("run") => {
            measured_canonicalize(&body);
            measured_verify(&verifier, &body, &headers, now);
            let canonical = canonicalize(&body).expect("canonical").into_bytes();
            let key = Hmac::new_from_slice(SECRET).expect("any length");
            measured_mac(&key, &canonical);
        }
        _ => panic!("memory or run"),
    }
}

/// The headers of a delivery and its time, if the body is one.
fn genuine(body: &[u8]) -> Option<(Headers, i64)> {
    let payload = canonicalize(body).ok()?.into_bytes();
    let event = Event::from_verified(payload, Scheme::V2)?;
    let Some(Value::Number(signed_at)) = event.get("timestamp") else { return None };
    Some((sign(body, SECRET, None).ok()?.into_iter().collect(), signed_at.parse().ok()?))
}

fn peak(run: impl FnOnce()) -> usize {
    let before = IN_USE.load(Relaxed);
    PEAK.store(before, Relaxed);
    run();
    PEAK.load(Relaxed) - before
}

#[inline(never)]
fn measured_canonicalize(body: &[u8]) {
    drop(black_box(canonicalize(black_box(body))));
}

#[inline(never)]
fn measured_verify(verifier: &Verifier, body: &[u8], headers: &Headers, now: UnixSeconds) {
    drop(black_box(verifier.verify(black_box(body), headers, now)));
}

#[inline(never)]
fn measured_mac(key: &Hmac<sha2::Sha256>, message: &[u8]) {
    let mut mac = key.clone();
    mac.update(black_box(message));
    black_box(mac.finalize());
}
