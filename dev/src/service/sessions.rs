//! `sessions.create` and `sessions.decision`.

use serde_json::Value;

use super::application::Application;
use super::call::Call;
use super::reply::{Refusal, Reply};
use super::review::own;
use super::session::{self, Session};
use super::workflows::Workflow;
use super::{Context, Status, decision, event, template, workflows};
use crate::json::Object;
use crate::store::Database;

/// Create a session, or give the unfinished one of the same `vendor_data` again.
///
/// # Errors
///
/// 400, 403 and 500 as documented.
pub fn create(context: &mut Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let id = call.needed("workflow_id")?.to_ascii_lowercase();
    let workflow = workflows::of_session(context, application, &id)?;
    check_domain(context, call, application)?;
    let wanted = Wanted::read(call, application, id, workflow)?;
    let mut session = match wanted.unfinished(context)? {
        Some(mut session) => {
            session.callback = wanted.callback;
            session.metadata = wanted.metadata;
            session.update(context)?;
            session
        }
        None => {
            pay(context, application)?;
            wanted.begin(context, application)?
        }
    };
    if let Some(language) = call.text("language") {
        session.language = Some(language.to_owned());
    }
    Ok(Reply::json(201, &answer(&session, context.base)))
}

/// The decision, at any time.
///
/// # Errors
///
/// 404 for an unknown session, before the key is looked at; 403.
pub fn decision(context: &Context<'_>, call: &Call, application: &Application) -> Result<Reply, Refusal> {
    let session = own(context, call, application)?;
    let mut answer = decision::of(context, application, &session);
    if call.asked("include") == Some("events") {
        answer.set("events", Vec::<Value>::new()).set("activity_reviews", Vec::<Value>::new());
        answer
            .set("workflow_version", session.workflow_version)
            .set("workflow_type", if session.is_business() { "kyb" } else { "kyc" });
    }
    Ok(Reply::object(&answer))
}

/// Where the application allows only some domains, a callback over http or https has to be in one.
fn check_domain(context: &Context<'_>, call: &Call, application: &Application) -> Result<(), Refusal> {
    let Some(callback) = call.text("callback") else { return Ok(()) };
    let sql = "SELECT details -> 'allowed_domains' FROM applications WHERE id = ?1";
    let text: Option<Option<String>> = context.db.first(sql, [&application.id], |row| row.get(0))?;
    let allowed: Vec<String> = text.flatten().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let parsed: Option<axum::http::Uri> = callback.parse().ok();
    let host = parsed
        .filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
        .and_then(|uri| uri.host().map(str::to_owned));
    match host.filter(|_| !allowed.is_empty()) {
        Some(host) if !allowed.iter().any(|domain| host == *domain || host.ends_with(&format!(".{domain}"))) => {
            Err(Refusal::field("callback", "The domain of this URL is not allowed."))
        }
        _ => Ok(()),
    }
}

/// One session costs one credit, where credits are counted at all.
fn pay(context: &Context<'_>, application: &Application) -> Result<(), Refusal> {
    match application.credits {
        None => Ok(()),
        Some(left) if left > 0 => {
            context.db.run("UPDATE applications SET credits = credits - 1 WHERE id = ?1", [&application.id])?;
            Ok(())
        }
        Some(_) => Err(Refusal::detail(400, "You don't have enough credits to create a session.")),
    }
}

/// A session as the answer of its creation shows it.
pub fn answer(session: &Session, base: &str) -> Object {
    let mut answer = Object::default();
    answer.set("session_id", &session.id).set("session_number", session.number).set("session_token", &session.token);
    answer.set("url", session.url(base)).set("vendor_data", &session.vendor_data);
    answer.set_text("metadata", session.metadata.as_deref()).set("status", session.status.as_str());
    answer.set("workflow_id", &session.workflow_id).set("workflow_version", session.workflow_version);
    answer.set("callback", &session.callback);
    answer
}

/// What the caller of create wants.
struct Wanted {
    application: String,
    workflow_id: String,
    workflow: Workflow,
    callback: Option<String>,
    callback_method: String,
    vendor_data: Option<String>,
    metadata: Option<String>,
    language: Option<String>,
    contact_details: Option<String>,
    expected_details: Option<String>,
    scenario: Option<String>,
}

impl Wanted {
    fn read(call: &Call, application: &Application, workflow_id: String, workflow: Workflow) -> Result<Self, Refusal> {
        let text = |name: &str| call.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let json = |name: &str| call.texts.get(name).filter(|text| *text != "null").map(str::to_owned);
        let scenario = text("sandbox_scenario");
        if let Some(name) = &scenario
            && application.environment == "sandbox"
            && template::scenario_status(name).is_none()
        {
            return Err(Refusal::field("sandbox_scenario", template::no_scenario(name)));
        }
        Ok(Self {
            application: application.id.clone(),
            workflow_id,
            callback: text("callback").or_else(|| workflow.callback.clone()),
            workflow,
            callback_method: text("callback_method").unwrap_or_else(|| "initiator".to_owned()),
            vendor_data: text("vendor_data"),
            metadata: json("metadata"),
            language: text("language"),
            contact_details: json("contact_details"),
            expected_details: json("expected_details"),
            // A live application has no scenarios; it leaves the field alone.
            scenario: scenario.filter(|_| application.environment == "sandbox"),
        })
    }

    fn unfinished(&self, context: &Context<'_>) -> Result<Option<Session>, Refusal> {
        let Some(vendor_data) = &self.vendor_data else { return Ok(None) };
        let condition = "WHERE application = ?1 AND vendor_data = ?2 AND workflow_id = ?3 AND workflow_version = ?4
            AND status IN ('Not Started', 'In Progress', 'Resubmitted', 'Awaiting User') ORDER BY number DESC LIMIT 1";
        let key = (&self.application, vendor_data, &self.workflow_id, self.workflow.version);
        Ok(context.db.first(&session::select(condition), key, session::read)?)
    }

    fn begin(self, context: &mut Context<'_>, application: &Application) -> Result<Session, Refusal> {
        let business = workflows::is_business(&self.workflow, self.scenario.as_deref());
        let deadline = match self.workflow.expires {
            Some(seconds) => Some(context.now.saturating_add(seconds)),
            None => session::deadline(context, Status::NotStarted),
        };
        let mut session = Session {
            number: 0,
            id: context.ids.uuid("session"),
            token: context.ids.text("token", 12),
            application: self.application,
            generation: "v3".to_owned(),
            kind: if business { "business" } else { "user" }.to_owned(),
            workflow_id: self.workflow_id,
            workflow_version: self.workflow.version,
            status: Status::NotStarted,
            vendor_data: self.vendor_data,
            callback: self.callback,
            callback_method: self.callback_method,
            language: self.language,
            metadata: self.metadata,
            contact_details: self.contact_details,
            expected_details: self.expected_details,
            scenario: self.scenario,
            features: Value::from(self.workflow.features).to_string(),
            checks: None,
            reviews: "[]".to_owned(),
            resubmit_info: None,
            created_at: context.now,
            deadline,
            change: None,
        };
        session.insert(context)?;
        event::of_session(context, application, &session, "status.updated")?;
        Ok(session)
    }
}
