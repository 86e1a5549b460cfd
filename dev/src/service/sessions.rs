//! `sessions.create` and `sessions.decision`.

use serde_json::Value;

use super::application::{self, Application};
use super::call::Call;
use super::reply::{Refusal, Reply};
use super::session::{self, Session};
use super::{Context, Status, decision, event, template};
use crate::json::Object;

/// The arrays that the steps of an ordinary workflow fill.
const USUAL: [&str; 5] = ["id_verifications", "liveness_checks", "face_matches", "aml_screenings", "ip_analyses"];

/// Create a session, or give the unfinished one of the same `vendor_data` again.
///
/// # Errors
///
/// 400, 403 and 500 as documented.
pub fn create(context: &mut Context<'_>, call: &Call) -> Result<Reply, Refusal> {
    let application = application::of_key(context, call)?;
    let workflow = call.needed("workflow_id")?.to_ascii_lowercase();
    let wanted = Wanted::read(call, &application, &workflow)?;
    let mut session = match wanted.unfinished(context)? {
        Some(mut session) => {
            session.callback = wanted.callback;
            session.metadata = wanted.metadata;
            session.update(context)?;
            session
        }
        None => wanted.begin(context, &application)?,
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
pub fn decision(context: &mut Context<'_>, call: &Call) -> Result<Reply, Refusal> {
    let session = session::by_id(context, call.segment("session_id"))?;
    let application = application::of_key(context, call)?;
    if session.application != application.id {
        return Err(Refusal::not_found());
    }
    Ok(Reply::object(&decision::of(context, &application, &session)))
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
    workflow_version: i64,
    callback: Option<String>,
    callback_method: String,
    vendor_data: Option<String>,
    metadata: Option<String>,
    language: Option<String>,
    contact_details: Option<String>,
    expected_details: Option<String>,
    scenario: Option<String>,
    features: Vec<String>,
}

impl Wanted {
    fn read(call: &Call, application: &Application, workflow: &str) -> Result<Self, Refusal> {
        let text = |name: &str| call.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let json = |name: &str| call.texts.get(name).filter(|text| *text != "null").map(str::to_owned);
        let scenario = text("sandbox_scenario");
        if let Some(name) = &scenario
            && application.environment == "sandbox"
            && template::scenario_status(name).is_none()
        {
            return Err(Refusal::field("sandbox_scenario", format!("\"{name}\" is not a valid choice.")));
        }
        Ok(Self {
            application: application.id.clone(),
            workflow_id: workflow.to_owned(),
            workflow_version: 1,
            callback: text("callback"),
            callback_method: text("callback_method").unwrap_or_else(|| "initiator".to_owned()),
            vendor_data: text("vendor_data"),
            metadata: json("metadata"),
            language: text("language"),
            contact_details: json("contact_details"),
            expected_details: json("expected_details"),
            // A live application has no scenarios; it leaves the field alone.
            scenario: scenario.filter(|_| application.environment == "sandbox"),
            features: USUAL.map(str::to_owned).to_vec(),
        })
    }

    fn unfinished(&self, context: &Context<'_>) -> Result<Option<Session>, Refusal> {
        let Some(vendor_data) = &self.vendor_data else { return Ok(None) };
        let condition = "WHERE application = ?1 AND vendor_data = ?2 AND workflow_id = ?3 AND workflow_version = ?4
            AND status IN ('Not Started', 'In Progress', 'Resubmitted', 'Awaiting User') ORDER BY number DESC LIMIT 1";
        let key = (&self.application, vendor_data, &self.workflow_id, self.workflow_version);
        Ok(crate::store::Database::first(context.db, &session::select(condition), key, session::read)?)
    }

    fn begin(self, context: &mut Context<'_>, application: &Application) -> Result<Session, Refusal> {
        let business = self.scenario.as_deref().is_some_and(template::is_business);
        let mut session = Session {
            number: 0,
            id: context.ids.uuid("session"),
            token: context.ids.text("token", 12),
            application: self.application,
            generation: "v3".to_owned(),
            kind: if business { "business" } else { "user" }.to_owned(),
            workflow_id: self.workflow_id,
            workflow_version: self.workflow_version,
            status: Status::NotStarted,
            vendor_data: self.vendor_data,
            callback: self.callback,
            callback_method: self.callback_method,
            language: self.language,
            metadata: self.metadata,
            contact_details: self.contact_details,
            expected_details: self.expected_details,
            scenario: self.scenario,
            features: Value::from(self.features).to_string(),
            checks: None,
            reviews: "[]".to_owned(),
            resubmit_info: None,
            created_at: context.now,
            deadline: session::deadline(context, Status::NotStarted),
        };
        session.insert(context)?;
        event::of_session(context, application, &session, "status.updated")?;
        Ok(session)
    }
}
