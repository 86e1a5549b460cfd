//! The words of the description's extensions, as the model's types.

use crate::build::Result;
use crate::model::{Auth, BodyKind, Confidence, Host, Pagination, Place, RateScope, ResponseKind, Retry};
use crate::{names, openapi};

pub(crate) fn auth(given: &openapi::Operation) -> Result<Auth> {
    let schemes: Vec<&str> = given.security.iter().flat_map(|one| one.keys()).map(String::as_str).collect();
    match schemes.as_slice() {
        [] => Ok(Auth::None),
        ["ApiKey", ..] => Ok(Auth::ApiKey),
        ["ClientBasic"] => Ok(Auth::Basic),
        ["Bearer"] if given.resource == "legacy" => Ok(Auth::Legacy),
        ["Bearer"] => Ok(Auth::Bearer),
        other => Err(format!("nothing is known of the security {other:?}")),
    }
}

pub(crate) fn host(given: &openapi::Operation) -> Result<Host> {
    match (given.host.as_deref(), &given.issuer_path) {
        (None, None) => Ok(Host::Verification),
        (Some("account"), None) => Ok(Host::Account),
        (Some("issuer"), Some(path)) => Ok(Host::Issuer(path.clone())),
        _ => Err("x-host and x-issuer-path do not fit".to_owned()),
    }
}

pub(crate) fn retry(text: &str) -> Result<Retry> {
    match text.split_once(':') {
        None => one_of(text, &[("safe", Retry::Safe), ("idempotent", Retry::Idempotent), ("never", Retry::Never)]),
        Some(("idempotent-with", name)) => Ok(Retry::IdempotentWith(names::snake(name))),
        Some(_) => Err(format!("nothing is known of the retry class {text}")),
    }
}

/// Which of Didit's rate limits an operation counts against.
pub(crate) fn scope(path: &str, verb: &str, host: &Host) -> RateScope {
    match (host, verb, path) {
        (Host::Account, _, "/programmatic/register/" | "/programmatic/resend-otp/") => RateScope::Account,
        (Host::Account | Host::Issuer(_), ..) => RateScope::None,
        (_, "get", _) if path.ends_with("/generate-pdf/") => RateScope::Pdf,
        (_, "get", _) if path.ends_with("/decision/") && !path.starts_with("/v3/") => RateScope::LegacyDecision,
        (_, "get", _) => RateScope::Read,
        (_, "post", "/v3/transactions/" | "/v3/events/" | "/v3/events/batch/") => RateScope::Ingest,
        (_, "post", "/v3/session/") => RateScope::SessionCreate,
        _ => RateScope::Write,
    }
}

pub(crate) const CONFIDENCES: [(&str, Confidence); 4] = [
    ("guide", Confidence::Documented),
    ("docs", Confidence::Documented),
    ("repo", Confidence::Seen),
    ("peer", Confidence::Reported),
];
pub(crate) const PAGINATIONS: [(&str, Pagination); 3] =
    [("none", Pagination::None), ("limit-offset", Pagination::LimitOffset), ("array", Pagination::Array)];
pub(crate) const BODIES: [(&str, BodyKind); 4] =
    [("none", BodyKind::None), ("json", BodyKind::Json), ("multipart", BodyKind::Multipart), ("form", BodyKind::Form)];
pub(crate) const RESPONSES: [(&str, ResponseKind); 4] = [
    ("json", ResponseKind::Json),
    ("pdf", ResponseKind::Pdf),
    ("csv", ResponseKind::Csv),
    ("empty", ResponseKind::Empty),
];
pub(crate) const PLACES: [(&str, Place); 3] =
    [("path", Place::Path), ("query", Place::Query), ("header", Place::Header)];

pub(crate) fn one_of<T: Clone>(text: &str, known: &[(&str, T)]) -> Result<T> {
    let found = known.iter().find(|(name, _)| *name == text).map(|(_, value)| value.clone());
    found.ok_or_else(|| format!("{text:?} is none of the known values"))
}
