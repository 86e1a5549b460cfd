//! Canonical JSON.

use didit_core::{canonicalize as canonical, canonicalize_strict};
use napi::bindgen_prelude::{BufferSlice, Either};
use napi::{Env, Result};
use napi_derive::napi;

use crate::error::Failure;

/// The canonical bytes of a body.
#[napi(catch_unwind)]
pub fn canonicalize<'env>(env: &'env Env, body: &[u8], strict: bool) -> Result<Either<BufferSlice<'env>, Failure>> {
    let outcome = if strict { canonicalize_strict(body) } else { canonical(body) };
    Ok(match outcome {
        Ok(bytes) => Either::A(BufferSlice::copy_from(env, bytes.as_bytes())?),
        Err(error) => Either::B(error.into()),
    })
}
