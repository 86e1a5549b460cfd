//! Applications, the first one, and who may call for which.

use rusqlite::Row;
use serde_json::{Value, json};

use super::Context;
use super::call::Call;
use super::reply::Refusal;
use crate::store::Database;

/// An application, for which a key calls.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its UUID.
    pub id: String,
    /// `live` or `sandbox`.
    pub environment: String,
    /// How many sessions it can still create; `None` is without end.
    pub credits: Option<i64>,
}

/// What a program needs to use the emulator.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Credentials {
    /// `x-api-key`.
    pub api_key: String,
    /// The workflow of the first application.
    pub workflow_id: String,
    /// The secret of the first application's single webhook, and of destinations made by the control API.
    pub webhook_secret: String,
    /// The application's UUID.
    pub application_id: String,
    /// The organization's UUID.
    pub organization_id: String,
    /// The client id of V1.
    pub client_id: String,
    /// The members whose values somebody gave, now or at an earlier start: they may be those of a real account.
    #[serde(skip)]
    pub given: Vec<&'static str>,
}

impl Credentials {
    /// As everybody who can call the control API may see them: null in place of what somebody gave.
    pub fn shown(&self) -> Value {
        let mut shown = serde_json::to_value(self).unwrap_or_default();
        for name in &self.given {
            if let Some(value) = shown.get_mut(name) {
                *value = Value::Null;
            }
        }
        shown
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Application> {
    Ok(Application { id: row.get(0)?, environment: row.get(1)?, credits: row.get(2)? })
}

/// The application of the call's key.
///
/// # Errors
///
/// 403, or 401 where that is asked for.
pub fn of_key(context: &Context<'_>, call: &Call) -> Result<Application, Refusal> {
    let Some(key) = call.header("x-api-key").filter(|key| !key.is_empty()) else { return Err(Refusal::forbidden()) };
    let sql = select("WHERE api_key = ?1");
    context.db.first(&sql, [key], read)?.ok_or_else(|| {
        if context.options.auth_errors_401 { Refusal::detail(401, "Invalid API key.") } else { Refusal::forbidden() }
    })
}

/// The application of that UUID.
///
/// # Errors
///
/// 500 if the state cannot be read.
pub fn by_id(context: &Context<'_>, id: &str) -> Result<Option<Application>, Refusal> {
    Ok(context.db.first(&select("WHERE id = ?1"), [id], read)?)
}

fn select(condition: &str) -> String {
    format!("SELECT id, environment, credits FROM applications {condition}")
}

/// A new application with its key, workflow and webhook secret.
///
/// # Errors
///
/// 500 if the state cannot be written.
pub fn create(context: &mut Context<'_>, organization: &str, name: &str) -> Result<String, Refusal> {
    let environment = context.options.environment.clone();
    let id = context.ids.uuid("application");
    let client_id = context.ids.text("client", 22);
    let prefix = if environment == "live" { "sk_live_" } else { "sk_test_" };
    let generated = format!("{prefix}{}", context.ids.text("key", 43));
    context.db.run(
        "INSERT INTO applications (id, organization, name, client_id, api_key, environment, credits, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        (&id, organization, name, client_id, generated, environment, context.options.credits, context.now),
    )?;
    Ok(id)
}

/// Make the first application, if the state is new.
///
/// # Errors
///
/// 500 if the state cannot be written.
pub fn seed(context: &mut Context<'_>) -> Result<(), Refusal> {
    let known: i64 = context.db.value("SELECT count(*) FROM applications", [])?;
    let first = if known == 0 {
        let organization = context.ids.uuid("organization");
        let id = create(context, &organization, "didit-dev")?;
        let workflow_id = context.options.workflow_id.clone().unwrap_or_else(|| context.ids.uuid("workflow"));
        let secret = context.options.secret.clone().unwrap_or_else(|| context.ids.text("secret", 43));
        let details = json!({ "workflow_id": workflow_id, "secret": secret }).to_string();
        context.db.run("UPDATE applications SET details = ?2 WHERE id = ?1", (&id, details))?;
        context.db.run("INSERT INTO meta VALUES ('first', ?1)", [&id])?;
        id
    } else {
        context.db.value("SELECT value FROM meta WHERE name = 'first'", [])?
    };
    let before = self::first(context)?.webhook_secret;
    let set = |name: &str, value: &str| {
        let sql = "UPDATE applications SET details = json_set(details, '$.' || ?2, ?3) WHERE id = ?1";
        context.db.run(sql, (&first, name, value))
    };
    if let Some(workflow_id) = &context.options.workflow_id {
        set("workflow_id", workflow_id)?;
    }
    if let Some(key) = &context.options.api_key {
        context.db.run("UPDATE applications SET api_key = ?2 WHERE id = ?1", (&first, key))?;
        set("api_key_given", "yes")?;
    }
    if let Some(secret) = &context.options.secret {
        set("secret", secret)?;
        set("secret_given", "yes")?;
        sign_with(context, &first, &before, secret)?;
    }
    Ok(())
}

/// Those destinations that are signed for with the first application's own secret follow it.
fn sign_with(context: &mut Context<'_>, first: &str, before: &str, secret: &str) -> Result<(), Refusal> {
    let signed = context.destinations.of(first).filter(|one| one.secret == before);
    let signed: Vec<_> = signed.cloned().collect();
    for mut destination in signed {
        secret.clone_into(&mut destination.secret);
        context.destinations.save(context.db, destination)?;
    }
    Ok(())
}

/// What the first application is called by.
///
/// # Errors
///
/// 500 if the state cannot be read.
pub fn first(context: &Context<'_>) -> Result<Credentials, Refusal> {
    let sql = "SELECT id, organization, client_id, api_key, details ->> 'workflow_id', details ->> 'secret',
                      details ->> 'api_key_given' IS NOT NULL, details ->> 'secret_given' IS NOT NULL FROM applications
               WHERE id = (SELECT value FROM meta WHERE name = 'first')";
    let found = context.db.first(sql, [], |row| {
        Ok(Credentials {
            application_id: row.get(0)?,
            organization_id: row.get(1)?,
            client_id: row.get(2)?,
            api_key: row.get(3)?,
            workflow_id: row.get(4)?,
            webhook_secret: row.get(5)?,
            given: [("api_key", row.get(6)?), ("webhook_secret", row.get(7)?)]
                .into_iter()
                .filter_map(|(name, given)| if given { Some(name) } else { None })
                .collect(),
        })
    })?;
    found.ok_or_else(Refusal::not_found)
}
