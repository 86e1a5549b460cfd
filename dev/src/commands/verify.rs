//! `didit-dev verify`.

use std::process::ExitCode;

use didit_core::Verifier;
use didit_core::webhook::{Options, UnixSeconds};
use serde_json::json;

use super::{Done, input, say};
use crate::cli::Verify;

/// Verify a delivery, as an application would.
pub(crate) fn run(asked: &Verify) -> Done {
    let secret = input::secret(&asked.input.secret)?;
    let options = Options { max_age: asked.max_age, ..Options::default() };
    let verifier = Verifier::new(&[secret.as_bytes()], options).map_err(|error| error.to_string())?;
    let delivery = input::delivery(&asked.input)?;
    let now = UnixSeconds::new(input::now(asked.input.now))?;
    let verified = verifier.verify(&delivery.body, &delivery.headers.relevant(), now);
    let (code, text) = match &verified {
        Ok(verified) => {
            ("genuine", format!("genuine: {} covers the {}", verified.scheme().as_str(), verified.covers().as_str()))
        }
        Err(error) => (error.code().as_str(), error.to_string()),
    };
    say(&if asked.input.json { json!({ "verdict": code, "message": text }).to_string() } else { text });
    Ok(if verified.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
