//! Verifying, signing and reading deliveries.

use didit_core::sign as core_sign;
use didit_core::webhook::{
    BuildError, Options, PathStep, UnixSeconds, Verifier, parse_unsigned as parse, spaced_secrets,
    unsupported_value as unsupported,
};
use napi::bindgen_prelude::{BufferSlice, Either, External, Uint8Array};
use napi::{Env, JsString, Result};
use napi_derive::napi;

use crate::convert::{VerifierOptions, headers as core_headers, laid_headers};
use crate::error::Failure;
use crate::verdict;

/// An event that nothing authenticates.
#[napi(object, object_from_js = false)]
pub struct Unsigned<'env> {
    /// The kind of the event.
    pub kind: String,
    /// The JSON text of the event.
    pub payload: BufferSlice<'env>,
}

/// What a verifier was built with, as far as the face has to know it.
#[napi(object, object_from_js = false)]
pub struct Built {
    /// The verifier, secrets included, which JavaScript cannot look into.
    #[napi(ts_type = "ExternalObject<unknown>")]
    pub handle: External<Verifier>,
    /// The longest body in bytes.
    pub max_body: f64,
    /// Whether parsed payloads can be verified at all.
    pub accepts_parsed: bool,
    /// What is odd about the options although it is possible.
    pub oddities: Vec<String>,
    /// Which secrets have white space around them, in words that show nothing of it.
    pub spaced: Vec<String>,
}

/// Builds a verifier.
#[napi(catch_unwind)]
pub fn build_verifier(secrets: Vec<Uint8Array>, options: VerifierOptions) -> Either<Built, Failure> {
    let options = match options.into_core() {
        Ok(options) => options,
        Err(message) => return Either::B(Failure::range_error(message)),
    };
    let secrets: Vec<&[u8]> = secrets.iter().map(AsRef::as_ref).collect();
    built(&secrets, options)
}

pub(crate) fn built(secrets: &[&[u8]], options: Options) -> Either<Built, Failure> {
    match Verifier::new(secrets, options) {
        Ok(verifier) => Either::A(Built {
            #[expect(clippy::cast_precision_loss, reason = "no body is 2^53 bytes long")]
            max_body: verifier.options().max_body as f64,
            accepts_parsed: verifier.accepts_parsed(),
            oddities: verifier.options().oddities(),
            spaced: spaced_secrets(secrets),
            handle: External::new(verifier),
        }),
        Err(BuildError::MissingSecret(error)) => Either::B(error.into()),
        Err(other) => Either::B(Failure::range_error(other.to_string())),
    }
}

/// Verifies a delivery from the bytes of its body. The desk holds the headers, and in their place afterwards what is known
/// of the verdict beside the bytes.
#[napi(catch_unwind)]
pub fn verify<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "ExternalObject<unknown>")] verifier: &External<Verifier>,
    body: &[u8],
    mut desk: BufferSlice<'_>,
    now: f64,
) -> Result<Either<JsString<'env>, Failure>> {
    verdict::of(env, now, &mut desk, |now, desk| verifier.verify(body, &laid_headers(desk), now))
}

/// The checks of `verify_parsed` that need the headers alone; nothing if they pass.
#[napi(catch_unwind)]
pub fn check_parsed_headers(
    #[napi(ts_arg_type = "ExternalObject<unknown>")] verifier: &External<Verifier>,
    headers: String,
) -> Option<Failure> {
    verifier.check_parsed_headers(&core_headers(&headers)).err().map(Failure::from)
}

/// Verifies a delivery from the JSON text that the face wrote from a parsed body.
#[napi(catch_unwind)]
pub fn verify_parsed<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "ExternalObject<unknown>")] verifier: &External<Verifier>,
    text: &[u8],
    headers: String,
    mut desk: BufferSlice<'_>,
    now: f64,
) -> Result<Either<JsString<'env>, Failure>> {
    verdict::of(env, now, &mut desk, |now, _| verifier.verify_parsed(text, &core_headers(&headers), now))
}

/// The error for a value that JSON does not have, at the end of a path of names and indices.
#[napi(catch_unwind)]
pub fn unsupported_value(path: Vec<Either<String, u32>>, kind: String) -> Failure {
    let steps: Vec<PathStep<'_>> = path
        .iter()
        .map(|step| match step {
            Either::A(name) => PathStep::Name(name),
            Either::B(index) => PathStep::Index(*index as usize),
        })
        .collect();
    unsupported(&steps, &kind).into()
}

/// The headers that Didit would send, as a flat list of names and values.
#[napi(catch_unwind)]
pub fn sign(body: &[u8], secret: &[u8], signed_at: Option<f64>) -> Either<Vec<String>, Failure> {
    let signed_at = match signed_at.map(UnixSeconds::from_f64).transpose() {
        Ok(signed_at) => signed_at,
        Err(message) => return Either::B(Failure::type_error(message)),
    };
    match core_sign(body, secret, signed_at) {
        Ok(pairs) => Either::A(pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()),
        Err(error) => Either::B(error.into()),
    }
}

/// Reads a callback that Didit does not sign.
#[napi(catch_unwind)]
pub fn parse_unsigned<'env>(env: &'env Env, body: &[u8]) -> Result<Either<Unsigned<'env>, Failure>> {
    Ok(match parse(body, Options::default().max_body) {
        Ok(event) => Either::A(Unsigned {
            kind: event.kind().to_owned(),
            payload: BufferSlice::copy_from(env, event.payload())?,
        }),
        Err(error) => Either::B(error.into()),
    })
}

/// The most containers that may stand inside each other.
#[napi(catch_unwind)]
pub fn max_depth() -> u32 {
    u32::try_from(didit_core::canonical::MAX_DEPTH).unwrap_or(u32::MAX)
}

/// The names of the headers that count, in lower case.
#[napi(catch_unwind)]
pub fn header_names() -> Vec<String> {
    didit_core::webhook::Headers::NAMES.iter().map(|name| (*name).to_owned()).collect()
}
