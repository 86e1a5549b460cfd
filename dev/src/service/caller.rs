//! Who calls, by key or token.

use didit_core::api::operation::Auth;

use super::Context;
use super::application::{self, Application};
use super::call::Call;
use super::reply::Refusal;
use crate::store::Database;

/// Who calls, and for which application and organization.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    application: Option<Application>,
    /// The organization's UUID, for those who came with an account's token.
    pub organization: Option<String>,
}

impl Caller {
    /// The application that is called for.
    ///
    /// # Errors
    ///
    /// 403 if there is none.
    pub fn application(&self) -> Result<&Application, Refusal> {
        self.application.as_ref().ok_or_else(Refusal::forbidden)
    }
}

/// Find out who calls.
///
/// # Errors
///
/// 404 for an unknown session, which comes before the key; 403, or 401.
pub fn identify(context: &Context<'_>, call: &Call) -> Result<Caller, Refusal> {
    if call.operation.path.contains("/session/{session_id}/") {
        let known: bool =
            context.db.value("SELECT EXISTS (SELECT 1 FROM sessions WHERE id = ?1)", [call.segment("session_id")])?;
        if !known {
            return Err(Refusal::not_found());
        }
    }
    let caller = match call.operation.auth {
        Auth::None | Auth::Basic => Caller::default(),
        Auth::ApiKey => Caller { application: Some(application::of_key(context, call)?), organization: None },
        Auth::Legacy => {
            let id = subject(context, call, "legacy")?;
            Caller { application: application::by_id(context, &id)?, organization: None }
        }
        Auth::Bearer => {
            let organization = subject(context, call, "account")?;
            let sql = "SELECT id FROM applications WHERE organization = ?1 AND (?2 = '' OR id = ?2) ORDER BY created_at LIMIT 1";
            let wanted = call.segment("application_id");
            let id: Option<String> = context.db.first(sql, (&organization, wanted), |row| row.get(0))?;
            let application = match id {
                Some(id) => application::by_id(context, &id)?,
                None => None,
            };
            Caller { application, organization: Some(organization) }
        }
    };
    // Application-scoped paths name the application that the key belongs to.
    if let (Some(named), Some(application)) = (call.path.get("application_id"), &caller.application)
        && !matches!(call.operation.host, didit_core::api::operation::Host::Issuer(_))
        && *named != application.id
    {
        return Err(Refusal::not_found());
    }
    Ok(caller)
}

fn subject(context: &Context<'_>, call: &Call, kind: &str) -> Result<String, Refusal> {
    let wrong = || Refusal::detail(401, "Authentication credentials were not provided or are not valid.");
    let token = call.bearer().ok_or_else(wrong)?;
    let sql = "SELECT subject FROM tokens WHERE token = ?1 AND kind = ?2 AND expires_at > ?3";
    context.db.first(sql, (token, kind, context.now), |row| row.get(0))?.ok_or_else(wrong)
}

/// A new token of a kind for a subject.
///
/// # Errors
///
/// 500 if the state cannot be written.
pub fn new_token(context: &mut Context<'_>, kind: &str, subject: &str, lifetime: i64) -> Result<String, Refusal> {
    let token = context.ids.text("token_of_account", 43);
    context.db.run("DELETE FROM tokens WHERE expires_at <= ?1", [context.now])?;
    context.db.run("INSERT INTO tokens VALUES (?1, ?2, ?3, ?4)", (&token, kind, subject, context.now + lifetime))?;
    Ok(token)
}
