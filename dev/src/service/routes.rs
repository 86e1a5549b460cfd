//! From the path of a call to its operation, and from the operation to the function that answers it.

use std::collections::HashMap;
use std::sync::LazyLock;

use didit_core::api::operation::{Host, Operation, Verb};

use super::Context;
use super::call::Call;
use super::reply::{Refusal, Reply};
use super::{sessions, webhooks};

/// Where the account host's operations are, below the emulator's address.
pub const ACCOUNT: &str = "/auth/v2";

type Verbs = HashMap<Verb, &'static Operation>;

static ROUTES: LazyLock<matchit::Router<Verbs>> = LazyLock::new(|| {
    let mut by_path: HashMap<String, Verbs> = HashMap::new();
    for operation in didit_core::api::OPERATIONS {
        let path = match operation.host {
            Host::Verification => operation.path.to_owned(),
            Host::Account | Host::Issuer(_) => format!("{ACCOUNT}{}", operation.path),
        };
        by_path.entry(path).or_default().insert(operation.verb, operation);
    }
    let mut router = matchit::Router::new();
    for (path, verbs) in by_path {
        if let Err(error) = router.insert(&path, verbs) {
            tracing::error!(%path, %error, "an operation cannot be reached");
        }
    }
    router
});

/// What a path leads to.
#[derive(Debug)]
pub enum Found {
    /// An operation, and its path parameters still percent-encoded.
    Operation(&'static Operation, Vec<(String, String)>),
    /// A path with other verbs.
    OtherVerbs(Vec<Verb>),
    /// The same path with a slash at the end is one.
    NeedsSlash,
    /// Nothing.
    Nothing,
}

/// The operation of a verb and a path.
pub fn find(verb: Verb, path: &str) -> Found {
    if let Ok(found) = ROUTES.at(path) {
        return match found.value.get(&verb) {
            Some(operation) => {
                let parameters = found.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                Found::Operation(operation, parameters)
            }
            None => Found::OtherVerbs(found.value.keys().copied().collect()),
        };
    }
    if ROUTES.at(&format!("{path}/")).is_ok() { Found::NeedsSlash } else { Found::Nothing }
}

/// Answer a call.
///
/// # Errors
///
/// The refusals that Didit documents.
pub fn answer(context: &mut Context<'_>, call: &Call) -> Result<Reply, Refusal> {
    match call.operation.id {
        "sessions.create" => sessions::create(context, call),
        "sessions.decision" => sessions::decision(context, call),
        "webhooks.destinations.create" => webhooks::create(context, call),
        _ => Err(Refusal::detail(501, "didit-dev does not answer this operation.")),
    }
}
