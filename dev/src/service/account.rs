//! Accounts: register, verify, log in; organizations and applications.

use rusqlite::Row;
use serde_json::{Value, json};

use super::call::Call;
use super::caller::{self, Caller};
use super::reply::{Refusal, Reply};
use super::{Context, application, workflows};
use crate::clock::iso;
use crate::store::Database;

/// How long a code can be used, in seconds; one source says 15 minutes, another 10.
const CODE_LIFETIME: i64 = 900;
/// How long a token of an account can be used, in seconds.
const TOKEN_LIFETIME: i64 = 86_400;

/// `account.register`. The code is not mailed: the log and the control API show it.
///
/// # Errors
///
/// 400 for a weak password or a known address.
pub fn register(context: &mut Context<'_>, call: &Call) -> Result<Reply, Refusal> {
    let (email, password) = (call.needed("email")?.to_lowercase(), call.needed("password")?);
    check_password(password)?;
    let verified: Option<bool> =
        context.db.first("SELECT verified FROM accounts WHERE email = ?1", [&email], |row| row.get(0))?;
    if verified == Some(true) {
        return Err(Refusal::field("email", "An account with this email already exists."));
    }
    let sql = "INSERT INTO accounts (email, password) VALUES (?1, ?2) ON CONFLICT (email) DO UPDATE SET password = ?2";
    context.db.run(sql, (&email, digest(password)))?;
    send_code(context, &email)?;
    Ok(Reply::json(
        201,
        &json!({ "message": "A verification code was sent. didit-dev shows it in its log and under /_dev/mail.", "email": email }),
    ))
}

/// `account.resend_otp`.
///
/// # Errors
///
/// 429 within a minute of the last code.
pub fn resend_otp(context: &mut Context<'_>, call: &Call) -> Result<Reply, Refusal> {
    let email = call.needed("email")?.to_lowercase();
    let sent: Option<Option<i64>> =
        context
            .db
            .first("SELECT code_sent FROM accounts WHERE email = ?1 AND NOT verified", [&email], |row| row.get(0))?;
    if let Some(wait) = sent.flatten().map(|sent| sent + 60 - context.now).filter(|wait| *wait > 0) {
        return Err(
            Refusal::detail(429, "Please wait before asking for another code.").with("Retry-After", wait.to_string())
        );
    }
    // Who is registered is nobody's business.
    if sent.is_some() {
        send_code(context, &email)?;
    }
    Ok(Reply::json(200, &json!({})))
}

fn send_code(context: &mut Context<'_>, email: &str) -> Result<(), Refusal> {
    let code = context.ids.code("code");
    // To whom is not said: /_dev/mail knows.
    tracing::info!(code, "mail: the verification code");
    context.db.run(
        "UPDATE accounts SET code = ?2, code_expires = ?3, code_sent = ?4 WHERE email = ?1",
        (email, code, context.now + CODE_LIFETIME, context.now),
    )?;
    Ok(())
}

/// `account.verify_email`: the account's first organization and application, with their key.
///
/// # Errors
///
/// 400 for a code that is wrong or too old.
pub fn verify_email(context: &mut Context<'_>, call: &Call) -> Result<Reply, Refusal> {
    let (email, code) = (call.needed("email")?.to_lowercase(), call.needed("code")?.to_ascii_uppercase());
    let sql =
        "SELECT EXISTS (SELECT 1 FROM accounts WHERE email = ?1 AND code = ?2 AND code_expires > ?3 AND NOT verified)";
    let right: bool = context.db.value(sql, (&email, code, context.now))?;
    if !right {
        return Err(Refusal::detail(400, "Invalid or expired verification code."));
    }
    let organization = context.ids.uuid("organization");
    let name = email.split('@').next().unwrap_or_default().to_owned();
    let application = application::create(context, &organization, &name)?;
    context.db.run(
        "UPDATE accounts SET verified = 1, code = NULL, organization = ?2 WHERE email = ?1",
        (&email, &organization),
    )?;
    let mut answer = tokens(context, &organization)?;
    answer.insert("organization".to_owned(), json!({ "uuid": organization, "name": name }));
    answer.insert("application".to_owned(), shown(context, &application)?);
    Ok(Reply::json(200, &answer))
}

/// `account.login`, with the documented lock after 5, 10 and 20 failures.
///
/// # Errors
///
/// 500 if the state cannot be read or written.
pub fn login(context: &mut Context<'_>, call: &Call) -> Result<Reply, Refusal> {
    let (email, password) = (call.needed("email")?.to_lowercase(), call.needed("password")?);
    let sql = "SELECT password, organization, failures, locked_until FROM accounts WHERE email = ?1 AND verified";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let found: Option<(String, Option<String>, i64, Option<i64>)> = context.db.first(sql, [&email], read)?;
    let wrong = || Refusal::detail(400, "Invalid email or password.").into_reply();
    let Some((expected, organization, failures, locked)) = found else { return Ok(wrong()) };
    if let Some(wait) = locked.map(|until| until - context.now).filter(|wait| *wait > 0) {
        return Ok(Refusal::detail(429, "Too many failed attempts.")
            .with("Retry-After", wait.to_string())
            .into_reply());
    }
    if digest(password) != expected {
        let failures = failures + 1;
        let lock = match failures {
            5 => Some(900),
            10 => Some(3600),
            20 => Some(86_400),
            _ => None,
        };
        let until = lock.map(|seconds| context.now + seconds);
        // This is an answer and no refusal: what it counted has to stay.
        context
            .db
            .run("UPDATE accounts SET failures = ?2, locked_until = ?3 WHERE email = ?1", (&email, failures, until))?;
        return Ok(wrong());
    }
    context.db.run("UPDATE accounts SET failures = 0, locked_until = NULL WHERE email = ?1", [&email])?;
    let answer = tokens(context, &organization.unwrap_or_default())?;
    Ok(Reply::json(200, &answer))
}

/// `account.organizations.list`.
///
/// # Errors
///
/// 403.
pub fn organizations(context: &Context<'_>, caller: &Caller) -> Result<Reply, Refusal> {
    let organization = caller.organization.as_deref().ok_or_else(Refusal::forbidden)?;
    let email: Option<String> =
        context.db.first("SELECT email FROM accounts WHERE organization = ?1", [organization], |row| row.get(0))?;
    let name = email.as_deref().and_then(|email| email.split('@').next());
    let since: Option<i64> =
        context.db.value("SELECT min(created_at) FROM applications WHERE organization = ?1", [organization])?;
    Ok(Reply::json(
        200,
        &json!([{ "uuid": organization, "name": name, "contact_email": email, "created_at": since.map(iso) }]),
    ))
}

/// `account.applications`: list, create, retrieve, update.
///
/// # Errors
///
/// 404 for somebody else's.
pub fn applications(context: &mut Context<'_>, call: &Call, caller: &Caller) -> Result<Reply, Refusal> {
    let organization = caller.organization.clone().ok_or_else(Refusal::forbidden)?;
    if call.segment("org_id") != organization {
        return Err(Refusal::not_found());
    }
    let own = |context: &Context<'_>, id: &str| -> Result<(), Refusal> {
        let own: bool = context.db.value(
            "SELECT EXISTS (SELECT 1 FROM applications WHERE id = ?1 AND organization = ?2)",
            (id, &organization),
        )?;
        if own { Ok(()) } else { Err(Refusal::not_found()) }
    };
    let id = call.segment("app_id").to_owned();
    match call.operation.id.rsplit('.').next() {
        Some("create") => {
            let name = call.text("name").unwrap_or("application").to_owned();
            let id = application::create(context, &organization, &name)?;
            note_details(context, call, &id)?;
            Ok(Reply::json(201, &shown(context, &id)?))
        }
        Some("retrieve") => {
            own(context, &id)?;
            Ok(Reply::json(200, &shown(context, &id)?))
        }
        Some("update") => {
            own(context, &id)?;
            if let Some(name) = call.text("name") {
                context.db.run("UPDATE applications SET name = ?2 WHERE id = ?1", (&id, name))?;
            }
            note_details(context, call, &id)?;
            Ok(Reply::json(200, &shown(context, &id)?))
        }
        _ => {
            let sql = "SELECT id FROM applications WHERE organization = ?1 ORDER BY created_at, id";
            let ids: Vec<String> = context.db.rows(sql, [&organization], |row| row.get(0))?;
            let all = ids.iter().map(|id| shown(context, id)).collect::<Result<Vec<_>, _>>()?;
            Ok(Reply::json(200, &all))
        }
    }
}

fn note_details(context: &Context<'_>, call: &Call, id: &str) -> Result<(), Refusal> {
    let members = call
        .body
        .iter()
        .filter(|(name, _)| *name != "name")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    context.db.run(
        "UPDATE applications SET details = json_patch(details, ?2) WHERE id = ?1",
        (id, Value::Object(members).to_string()),
    )?;
    Ok(())
}

fn shown(context: &Context<'_>, id: &str) -> Result<Value, Refusal> {
    let sql = "SELECT id, name, client_id, api_key, details FROM applications WHERE id = ?1";
    let read = |row: &Row<'_>| {
        let details: String = row.get(4)?;
        let details: Value = serde_json::from_str(&details).unwrap_or_default();
        let of = |name: &str| details.get(name).cloned().unwrap_or_default();
        Ok(
            json!({ "uuid": row.get::<_, String>(0)?, "name": row.get::<_, String>(1)?, "client_id": row.get::<_, String>(2)?,
            "api_key": row.get::<_, String>(3)?, "website_url": of("website_url"), "redirect_uris": of("redirect_uris"),
            "terms_url": of("terms_url"), "privacy_url": of("privacy_url"), "description": of("description") }),
        )
    };
    context.db.first(sql, [id], read)?.ok_or_else(Refusal::not_found)
}

fn tokens(context: &mut Context<'_>, organization: &str) -> Result<serde_json::Map<String, Value>, Refusal> {
    let access = caller::new_token(context, "account", organization, TOKEN_LIFETIME)?;
    let refresh = caller::new_token(context, "refresh", organization, 30 * TOKEN_LIFETIME)?;
    Ok(workflows::object(json!({ "access_token": access, "refresh_token": refresh, "expires_in": TOKEN_LIFETIME })))
}

fn check_password(password: &str) -> Result<(), Refusal> {
    let rules: [(bool, &str); 5] = [
        (password.chars().count() >= 8, "The password must have at least 8 characters."),
        (password.chars().any(char::is_uppercase), "The password must have an upper case letter."),
        (password.chars().any(char::is_lowercase), "The password must have a lower case letter."),
        (password.chars().any(|character| character.is_ascii_digit()), "The password must have a digit."),
        (
            password.contains(|character| "!@#$%^&*()_+-=[]{}|;:,.<>?".contains(character)),
            "The password must have a special character.",
        ),
    ];
    match rules.into_iter().find(|(kept, _)| !kept) {
        Some((_, rule)) => Err(Refusal::field("password", rule)),
        None => Ok(()),
    }
}

/// Invented passwords only; this keeps them out of the state's file.
fn digest(password: &str) -> String {
    crate::ids::derived(&["password", password])
}
