//! The Node binding: converts arguments and results, and decides nothing.
//!
//! A failure is returned as a value, not thrown, so that `lib/errors.ts` can throw an error of the right
//! class whose stack starts at the caller. Every exported function carries `catch_unwind`: a panic becomes
//! an exception, which the face turns into an `InternalError`; it never ends the process.

#![deny(unsafe_code)]
#![expect(unreachable_pub, reason = "what JavaScript reaches has to be `pub` for the macros of napi")]

mod api;
mod attempts;
mod call;
mod canonical;
mod convert;
mod error;
mod explain;
mod guard;
mod receive;
mod store;
mod verdict;
mod pending;
mod pool;
mod presenting;
mod webhook;

use std::sync::Once;

use napi_derive::napi;

/// Replaces the panic report of the standard library, which quotes the panic's message and with it, perhaps,
/// a part of the body. The place in the source is enough for a bug report.
#[napi(catch_unwind)]
pub fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
            #[expect(clippy::print_stderr, reason = "the only way to tell where the fault is")]
            {
                eprintln!("didit-client: internal error at {place}; please report it");
            }
        }));
    });
}

/// Panics, so that a test can show that Node survives it. Not part of the package's interface.
#[napi(catch_unwind)]
pub fn panic_for_test() {
    panic!("a panic that a test asked for");
}
