//! `didit-dev sign`.

use std::process::ExitCode;

use didit_core::webhook::UnixSeconds;
use serde_json::{Map, Value};

use super::{Done, input, notice, say};
use crate::cli::Sign;

/// Print the headers that Didit would send with a body.
pub(crate) fn run(asked: &Sign) -> Done {
    let secret = input::secret(&asked.secret)?;
    let body = input::bytes(&asked.file)?;
    let stamp = asked.timestamp.map(UnixSeconds::new).transpose()?;
    let headers = didit_core::sign(&body, secret.as_bytes(), stamp).map_err(|error| error.to_string())?;
    if !headers.iter().any(|(name, _)| *name == "X-Timestamp") {
        let hint =
            "the body has no timestamp that could be signed, so there is no X-Timestamp; give one with --timestamp";
        notice(asked.json, hint);
    }
    if asked.json {
        let members: Map<String, Value> =
            headers.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        say(&Value::Object(members).to_string());
    } else {
        headers.iter().for_each(|(name, value)| say(&format!("{name}: {value}")));
    }
    Ok(ExitCode::SUCCESS)
}
