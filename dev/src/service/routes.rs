//! From the path of a call to its operation, and from the operation to the function that answers it.

use std::collections::HashMap;
use std::sync::LazyLock;

use didit_core::api::operation::{Host, Operation, Verb};

use serde_json::json;

use super::application::Application;
use super::call::Call;
use super::caller::{self, Caller};
use super::reply::{Refusal, Reply};
use super::{
    Context, account, check, deliveries, documents, examples, legacy, listing, people, removal, review, sessions,
    transactions, webhooks, workflows,
};
use crate::clock::iso;

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
    let caller = caller::identify(context, call)?;
    check::check(call)?;
    match call.operation.id {
        "system.healthcheck" => Ok(Reply::json(200, &json!({ "status": "ok", "timestamp": iso(context.now) }))),
        "account.register" => account::register(context, call),
        "account.verify_email" => account::verify_email(context, call),
        "account.resend_otp" => account::resend_otp(context, call),
        "account.login" => account::login(context, call),
        "account.organizations.list" => account::organizations(context, &caller),
        "legacy.create_token" => legacy::create_token(context, call),
        id if id.starts_with("account.applications.") => account::applications(context, call, &caller),
        _ => for_application(context, call, &caller),
    }
}

fn for_application(context: &mut Context<'_>, call: &Call, caller: &Caller) -> Result<Reply, Refusal> {
    let Ok(application) = caller.application() else { return Ok(examples::answer(call)) };
    match call.operation.id {
        "sessions.create" => sessions::create(context, call, application),
        "sessions.decision" => sessions::decision(context, call, application),
        "sessions.list" => listing::list(context, call, application),
        "sessions.update_status" => review::update_status(context, call, application),
        "sessions.update_data" => review::update_data(context, call, application, "id_verifications"),
        "sessions.update_poa_data" => review::update_data(context, call, application, "poa_verifications"),
        "sessions.update_feature_status" => review::update_feature_status(context, call, application),
        "sessions.list_feature_overrides" => review::list_overrides(context, call, application),
        "sessions.update_aml_hit_status" | "sessions.bulk_update_aml_hit_status" => {
            review::update_hits(context, call, application)
        }
        "sessions.reviews.list" => review::list_reviews(context, call, application),
        "sessions.reviews.create" => review::create_review(context, call, application),
        "sessions.delete" => removal::delete(context, call, application),
        "sessions.batch_delete" => removal::batch_delete(context, call, application),
        "sessions.pdf" => removal::pdf(context, call, application),
        "sessions.share" => removal::share(context, call, application),
        "sessions.import_shared" => removal::import_shared(context, call, application),
        "sandbox.arm" => removal::arm(context, call, application),
        "sandbox.list_scenarios" => Ok(listing::scenarios()),
        "legacy.create_session" => legacy::create_session(context, call, application),
        "legacy.decision" => legacy::decision(context, call, application),
        "workflows.create" => workflows::create(context, call, application),
        "workflows.list" => workflows::list(context, call, application),
        "workflows.retrieve" => workflows::retrieve(context, call, application),
        "workflows.update" => workflows::update(context, call, application),
        "workflows.delete" => workflows::delete(context, call, application),
        "webhooks.destinations.create" => webhooks::create(context, call, application),
        "webhooks.destinations.list" => webhooks::list(context, application),
        "webhooks.destinations.retrieve" => webhooks::retrieve(context, call, application),
        "webhooks.destinations.update" => webhooks::update(context, call, application),
        "webhooks.destinations.delete" => webhooks::delete(context, call, application),
        "webhooks.config.retrieve" | "webhooks.config.update" => webhooks::config(context, call, application),
        "webhooks.deliveries.list" => deliveries::list(context, call, application),
        "webhooks.deliveries.retrieve" => deliveries::retrieve(context, call, application),
        "webhooks.deliveries.resend" => deliveries::resend(context, call, application),
        "transactions.create" => transactions::create(context, call, application),
        "transactions.list" => transactions::list(context, call, application),
        "transactions.retrieve" => transactions::retrieve(context, call, application),
        "transactions.batch_delete" => transactions::batch_delete(context, call, application),
        "billing.retrieve_balance" => Ok(balance(application)),
        _ => kept(context, call, application),
    }
}

/// What is kept as documents, and what is not kept at all.
fn kept(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let of_people = match call.operation.resource() {
        "users" => people::answer(context, call, application, people::Kind::User),
        "businesses" => people::answer(context, call, application, people::Kind::Business),
        _ => documents::answer(context, call, application),
    };
    of_people.unwrap_or_else(|| Ok(examples::answer(call)))
}

/// One credit is shown as one dollar; without a count there is always plenty.
fn balance(application: &Application) -> Reply {
    let credits = application.credits.unwrap_or(1_000_000);
    Reply::json(
        200,
        &json!({ "balance": format!("{credits}.0000"), "auto_refill_enabled": false, "auto_refill_amount": null, "auto_refill_threshold": null }),
    )
}
