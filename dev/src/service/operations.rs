//! A few operations, until the generated table is there.

use didit_core::api::operation::*;

const fn one(id: &'static str, verb: Verb, path: &'static str) -> Operation {
    Operation { id, verb, path, host: Host::Verification, auth: Auth::ApiKey, confidence: Confidence::Documented, retry: Retry::Never,
        pagination: Pagination::None, body: BodyKind::Json, response: ResponseKind::Json, parameters: &[], open: true, scope: RateScope::Write }
}

pub static OPERATIONS: &[Operation] = &[
    one("sessions.create", Verb::Post, "/v3/session/"),
    one("sessions.decision", Verb::Get, "/v3/session/{session_id}/decision/"),
    one("webhooks.destinations.create", Verb::Post, "/v3/webhook/destinations/"),
];
