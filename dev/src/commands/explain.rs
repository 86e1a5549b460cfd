//! `didit-dev explain`.

use std::process::ExitCode;

use didit_core::webhook::{Cause, ExplainOptions, explain};
use serde_json::json;

use super::{Done, input, say};
use crate::cli::Explain;

/// Say which of the known mistakes it is.
pub(crate) fn run(asked: &Explain) -> Done {
    // A secret that is missing is a finding.
    let secret = input::secret(&asked.input.secret).unwrap_or_default();
    let others = asked.other_secrets.as_deref().map(input::secrets).transpose()?.unwrap_or_default();
    let others: Vec<&[u8]> = others.iter().map(String::as_bytes).collect();
    let delivery = input::delivery(&asked.input)?;
    let options = ExplainOptions { other_secrets: &others, ..ExplainOptions::default() };
    let now = input::now(asked.input.now);
    let found = explain(&delivery.body, &delivery.headers, &[secret.as_bytes()], &options, now)
        .map_err(|error| error.to_string())?;
    let genuine = found.cause() == Cause::Genuine;
    if asked.input.json {
        let ruled_out: Vec<&str> = found.ruled_out().iter().map(|cause| cause.as_str()).collect();
        say(&json!({ "verdict": found.verdict(), "cause": found.cause().as_str(), "confidence": found.confidence().as_str(),
            "summary": found.summary(), "cure": found.cure(), "skew": found.skew(), "ruled_out": ruled_out })
        .to_string());
    } else {
        say(&format!(
            "{} ({}, {})\n\n{}\n{}",
            found.verdict(),
            found.cause().as_str(),
            found.confidence().as_str(),
            found.summary(),
            found.cure()
        ));
    }
    Ok(if genuine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
