//! What the commands do.

pub(crate) mod account;
mod assign;
pub(crate) mod explain;
pub(crate) mod input;
pub(crate) mod listen;
pub(crate) mod recover;
pub(crate) mod send;
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod trigger;
pub(crate) mod verify;

use std::io::Write as _;
use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::failure::Failure;

/// A command ends with an exit code, or with a message for the person who gave it.
pub(crate) type Done = Result<ExitCode, Failure>;

/// Print a line; whoever closed the pipe wants no more.
pub(crate) fn say(line: &str) {
    let _nobody_reads_it = writeln!(std::io::stdout(), "{line}");
}

/// Say what went wrong, where results are not.
pub(crate) fn complain(json: bool, text: &str) {
    let line = if json { serde_json::json!({ "error": text }).to_string() } else { format!("didit-dev: {text}") };
    let _nobody_reads_it = writeln!(std::io::stderr(), "{line}");
}

/// Say something that is no result, where results are not.
pub(crate) fn notice(json: bool, text: &str) {
    let line = if json { serde_json::json!({ "notice": text }).to_string() } else { format!("didit-dev: {text}") };
    let _nobody_reads_it = writeln!(std::io::stderr(), "{line}");
}

/// Print a completion script.
pub(crate) fn completions(shell: clap_complete::Shell, json: bool) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut crate::cli::Cli::command(), "didit-dev", &mut script);
    if json {
        let script = String::from_utf8_lossy(&script);
        say(&serde_json::json!({ "shell": shell.to_string(), "script": script }).to_string());
    } else {
        let _nobody_reads_it = std::io::stdout().write_all(&script);
    }
    Ok(ExitCode::SUCCESS)
}
