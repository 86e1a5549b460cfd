//! Clients.

use std::sync::Arc;

use didit_core::api::{Config, Didit};
use didit_core::webhook::{Options, Scheme};
use napi::bindgen_prelude::{Either, External, Object};
use napi_derive::napi;

use crate::error::Failure;
use crate::pending::Pending;
use crate::webhook::{Built, built};

/// A client, credentials included, which JavaScript cannot look into.
pub struct Client {
    pub(crate) didit: Didit,
    pub(crate) pending: Arc<Pending>,
}

/// A client that was built.
#[napi(object, object_from_js = false)]
pub struct BuiltClient {
    /// The client.
    #[napi(ts_type = "ExternalObject<unknown>")]
    pub handle: External<Client>,
}

/// Builds a client from its options, as JSON, and from the variables of an environment.
#[napi(catch_unwind)]
pub fn build_client(
    config: String,
    #[napi(ts_arg_type = "object")] environment: Object<'_>,
    #[napi(ts_arg_type = "ExternalObject<unknown>")] pending: &External<Arc<Pending>>,
) -> Either<BuiltClient, Failure> {
    let variable = |name: &str| environment.get::<String>(name).ok().flatten();
    match Config::resolve(&config, &variable).and_then(Didit::new) {
        Ok(didit) => {
            let handle = External::new(Client { didit, pending: Arc::clone(pending) });
            Either::A(BuiltClient { handle })
        }
        Err(error) => Either::B(error.into()),
    }
}

/// Where the API is.
#[napi(catch_unwind)]
pub fn base_url(#[napi(ts_arg_type = "ExternalObject<unknown>")] client: &External<Client>) -> String {
    client.didit.config().base_url.clone()
}

/// What Didit last said about a rate limit.
#[napi(object, object_from_js = false)]
pub struct RateLimit {
    /// Requests in a window.
    pub limit: Option<f64>,
    /// What is left of them.
    pub remaining: Option<f64>,
    /// When the window ends, in seconds since 1970.
    pub reset: Option<f64>,
    /// Seconds to wait.
    pub retry_after: Option<f64>,
    /// The operation that met it.
    pub operation: String,
}

/// The rate limit that was seen last, if any was.
#[napi(catch_unwind)]
pub fn rate_limit(#[napi(ts_arg_type = "ExternalObject<unknown>")] client: &External<Client>) -> Option<RateLimit> {
    #[expect(clippy::cast_precision_loss, reason = "counts and times far below 2^53")]
    let number = |number: u64| number as f64;
    client.didit.rate_limit().map(|seen| RateLimit {
        limit: seen.limit.map(number),
        remaining: seen.remaining.map(number),
        reset: seen.reset.map(number),
        retry_after: seen.retry_after.map(|wait| wait.as_secs_f64()),
        operation: seen.operation,
    })
}

/// Builds a verifier of the client's secrets, or of its secret of V1.
#[napi(catch_unwind)]
pub fn client_verifier(
    #[napi(ts_arg_type = "ExternalObject<unknown>")] client: &External<Client>,
    legacy: bool,
) -> Either<Built, Failure> {
    let config = client.didit.config();
    let (secrets, options): (Vec<&[u8]>, _) = if legacy {
        let options = Options { schemes: vec![Scheme::V1], ..Options::default() };
        (config.legacy_webhook_secret.iter().map(|secret| secret.expose().as_bytes()).collect(), options)
    } else {
        (config.webhook_secrets.iter().map(|secret| secret.expose().as_bytes()).collect(), Options::default())
    };
    built(&secrets, options)
}
