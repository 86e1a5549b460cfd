//! A session in the state, and what happens when its status changes.

use rusqlite::Row;
use serde_json::{Value, json};

use super::application;
use super::reply::Refusal;
use super::{Context, Status, decision, event, people, template};
use crate::clock::iso;
use crate::store::Database;

/// A verification session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Counts up in each emulator.
    pub number: i64,
    /// Its UUID.
    pub id: String,
    /// What opens the hosted page.
    pub token: String,
    /// The application's UUID.
    pub application: String,
    /// `v3`, or `v1` for those of the older flow.
    pub generation: String,
    /// `user` or `business`.
    pub kind: String,
    /// Its workflow.
    pub workflow_id: String,
    /// The version of the workflow that it runs on.
    pub workflow_version: i64,
    /// Where it stands.
    pub status: Status,
    /// The caller's own id of the person.
    pub vendor_data: Option<String>,
    /// Where the person goes afterwards.
    pub callback: Option<String>,
    /// Which device goes there.
    pub callback_method: String,
    /// The language of the page.
    pub language: Option<String>,
    /// JSON.
    pub metadata: Option<String>,
    /// JSON.
    pub contact_details: Option<String>,
    /// JSON.
    pub expected_details: Option<String>,
    /// What the checks will find.
    pub scenario: Option<String>,
    /// JSON: the names of the arrays of its decision.
    pub features: String,
    /// JSON: the arrays of its decision.
    pub checks: Option<String>,
    /// JSON: what reviewers did.
    pub reviews: String,
    /// JSON: what is to be done again.
    pub resubmit_info: Option<String>,
    /// Unix seconds.
    pub created_at: i64,
    /// When time runs out for its status, in Unix seconds.
    pub deadline: Option<i64>,
    /// What is merged into the checks of the next status; not kept.
    pub change: Option<Value>,
}

const COLUMNS: &str = "number, id, token, application, generation, kind, workflow_id, workflow_version, status, vendor_data,
    callback, callback_method, language, metadata, contact_details, expected_details, scenario, features, checks, reviews,
    resubmit_info, created_at, deadline";

/// Read a row of [`select`].
///
/// # Errors
///
/// If a column has an unexpected type.
pub fn read(row: &Row<'_>) -> rusqlite::Result<Session> {
    let status: String = row.get(8)?;
    Ok(Session {
        number: row.get(0)?,
        id: row.get(1)?,
        token: row.get(2)?,
        application: row.get(3)?,
        generation: row.get(4)?,
        kind: row.get(5)?,
        workflow_id: row.get(6)?,
        workflow_version: row.get(7)?,
        status: Status::parse(&status).unwrap_or(Status::NotStarted),
        vendor_data: row.get(9)?,
        callback: row.get(10)?,
        callback_method: row.get(11)?,
        language: row.get(12)?,
        metadata: row.get(13)?,
        contact_details: row.get(14)?,
        expected_details: row.get(15)?,
        scenario: row.get(16)?,
        features: row.get(17)?,
        checks: row.get(18)?,
        reviews: row.get(19)?,
        resubmit_info: row.get(20)?,
        created_at: row.get(21)?,
        deadline: row.get(22)?,
        change: None,
    })
}

/// The statement that reads sessions under a condition.
pub fn select(condition: &str) -> String {
    format!("SELECT {COLUMNS} FROM sessions {condition}")
}

/// The session of an id, of whatever application.
///
/// # Errors
///
/// 404.
pub fn by_id(context: &Context<'_>, id: &str) -> Result<Session, Refusal> {
    context.db.first(&select("WHERE id = ?1"), [id], read)?.ok_or_else(Refusal::not_found)
}

/// The session whose page has that token.
///
/// # Errors
///
/// 404.
pub fn by_token(context: &Context<'_>, token: &str) -> Result<Session, Refusal> {
    context.db.first(&select("WHERE token = ?1"), [token], read)?.ok_or_else(Refusal::not_found)
}

impl Session {
    /// Whether it is about a company.
    pub fn is_business(&self) -> bool {
        self.kind == "business"
    }

    /// The hosted page, with the language in the path where one was asked for.
    pub fn url(&self, base: &str) -> String {
        match &self.language {
            Some(language) => format!("{base}/{language}/session/{}", self.token),
            None => format!("{base}/session/{}", self.token),
        }
    }

    /// Write it as new; its number comes back.
    ///
    /// # Errors
    ///
    /// 500 if the state cannot be written.
    pub fn insert(&mut self, context: &Context<'_>) -> Result<(), Refusal> {
        self.number = context.db.value(
            "INSERT INTO sessions (id, token, application, generation, kind, workflow_id, workflow_version, status, vendor_data,
               callback, callback_method, language, metadata, contact_details, expected_details, scenario, features, checks,
               reviews, resubmit_info, created_at, deadline)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
             RETURNING number",
            rusqlite::params![
                self.id, self.token, self.application, self.generation, self.kind, self.workflow_id, self.workflow_version,
                self.status.as_str(), self.vendor_data, self.callback, self.callback_method, self.language, self.metadata,
                self.contact_details, self.expected_details, self.scenario, self.features, self.checks, self.reviews,
                self.resubmit_info, self.created_at, self.deadline
            ],
        )?;
        // The oldest go, so that a test of load needs no more memory than a short one.
        context.db.run("DELETE FROM sessions WHERE number <= ?1", [self.number - i64::from(context.options.keep)])?;
        Ok(())
    }

    /// Write what can change.
    ///
    /// # Errors
    ///
    /// 500 if the state cannot be written.
    pub fn update(&self, context: &Context<'_>) -> Result<(), Refusal> {
        context.db.run(
            "UPDATE sessions SET status = ?2, vendor_data = ?3, callback = ?4, callback_method = ?5, language = ?6, metadata = ?7,
               contact_details = ?8, expected_details = ?9, scenario = ?10, checks = ?11, reviews = ?12, resubmit_info = ?13,
               deadline = ?14 WHERE number = ?1",
            rusqlite::params![
                self.number, self.status.as_str(), self.vendor_data, self.callback, self.callback_method, self.language,
                self.metadata, self.contact_details, self.expected_details, self.scenario, self.checks, self.reviews,
                self.resubmit_info, self.deadline
            ],
        )?;
        Ok(())
    }

    /// What its checks found: arrays by their names.
    pub fn checks(&self) -> Value {
        self.checks.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// Give it another status, with everything that follows: what the checks found, the clock, the event.
    ///
    /// Whether the status may follow is for the caller to say.
    ///
    /// # Errors
    ///
    /// 500 if the state cannot be written.
    pub fn become_status(&mut self, context: &mut Context<'_>, status: Status) -> Result<(), Refusal> {
        self.set_status(context, status, false)
    }

    /// Like [`Session::become_status`]; what the checks found may stay as it is.
    ///
    /// # Errors
    ///
    /// 500 if the state cannot be written.
    pub fn set_status(&mut self, context: &mut Context<'_>, status: Status, keep_checks: bool) -> Result<(), Refusal> {
        let Some(application) = application::by_id(context, &self.application)? else {
            return Err(Refusal::not_found());
        };
        self.status = status;
        self.deadline = deadline(context, status);
        if !keep_checks {
            decision::find(context, self);
        }
        if let Some(change) = self.change.take() {
            let mut checks = self.checks();
            template::merge(&mut checks, &change);
            self.checks = Some(checks.to_string());
        }
        if status == Status::Resubmitted && self.resubmit_info.is_none() {
            self.resubmit_info = Some(resubmit_info(self).to_string());
        }
        if status != Status::Resubmitted {
            self.resubmit_info = None;
        }
        self.update(context)?;
        event::of_session(context, &application, self, "status.updated")?;
        people::count(context, &application, self)
    }

    /// Go to a status by the documented transitions, with an event for each.
    ///
    /// # Errors
    ///
    /// 409 if no way leads there.
    pub fn walk_to(&mut self, context: &mut Context<'_>, status: Status) -> Result<(), Refusal> {
        self.walk_with(context, status, &Value::Null)
    }

    /// Like [`Session::walk_to`]; `change` is merged into what the checks find at the end.
    ///
    /// # Errors
    ///
    /// 409 if no way leads there, 400 if the change is not one of arrays.
    pub fn walk_with(&mut self, context: &mut Context<'_>, status: Status, change: &Value) -> Result<(), Refusal> {
        let Some(way) = self.status.way_to(status) else {
            let text = format!("A session does not go from {:?} to {:?}.", self.status.as_str(), status.as_str());
            return Err(Refusal::detail(409, text));
        };
        if let Some((last, before)) = way.split_last() {
            let info = self.resubmit_info.take();
            before.iter().try_for_each(|next| self.become_status(context, *next))?;
            self.resubmit_info = info;
            self.change =
                Some(change.clone()).filter(|change| change.as_object().is_some_and(|members| !members.is_empty()));
            self.become_status(context, *last)?;
        }
        Ok(())
    }

    /// Note what a reviewer did.
    pub fn add_review(&mut self, now: i64, user: &str, new_status: &str, comment: Option<&str>) {
        let mut reviews: Vec<Value> = serde_json::from_str(&self.reviews).unwrap_or_default();
        reviews.push(json!({ "user": user, "new_status": new_status, "comment": comment, "created_at": iso(now) }));
        self.reviews = Value::Array(reviews).to_string();
    }
}

/// When time runs out for a status.
pub fn deadline(context: &Context<'_>, status: Status) -> Option<i64> {
    let after = match status {
        Status::NotStarted => Some(context.options.expire_after),
        Status::InProgress => Some(context.options.abandon_after),
        Status::Approved => context.options.kyc_expire_after,
        _ => None,
    };
    after.map(|seconds| context.now.saturating_add(seconds))
}

/// What happens to all sessions whose time has run out; returns when the next one's does.
///
/// # Errors
///
/// 500 if the state cannot be read or written.
pub fn expire(context: &mut Context<'_>) -> Result<Option<i64>, Refusal> {
    let due =
        context.db.rows(&select("WHERE deadline <= ?1 ORDER BY deadline, number LIMIT 500"), [context.now], read)?;
    for mut session in due {
        let next = match session.status {
            Status::NotStarted => Status::Expired,
            Status::InProgress => Status::Abandoned,
            _ => Status::KycExpired,
        };
        session.become_status(context, next)?;
    }
    Ok(context.db.value("SELECT min(deadline) FROM sessions", [])?)
}

/// What is to be done again where nobody said it: the first check that failed, or the document.
fn resubmit_info(session: &Session) -> Value {
    let checks = session.checks();
    let entries =
        checks.as_object().into_iter().flatten().filter_map(|(array, entries)| Some((array, entries.as_array()?)));
    let declined = entries
        .flat_map(|(array, entries)| entries.iter().map(move |entry| (array.as_str(), entry)))
        .find(|(_, entry)| entry.get("status").and_then(Value::as_str) == Some("Declined"));
    let (node, feature) = declined
        .and_then(|(array, entry)| Some((entry.get("node_id")?.as_str()?, decision::workflow_feature(array)?)))
        .unwrap_or(("feature_ocr", "OCR"));
    json!({ "nodes_to_resubmit": [{ "node_id": node, "feature": feature }], "reasons": { node: "Please do this step again." } })
}
