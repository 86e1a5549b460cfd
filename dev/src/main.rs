//! `didit-dev`: Didit on one's own machine, and the developer's command.

#![forbid(unsafe_code)]

mod cli;
mod commands;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use cli::Command;

fn main() -> ExitCode {
    let command = cli::Cli::parse().command;
    let json = command.json();
    let done = match command {
        Command::Serve(serve) => commands::serve::run(*serve),
        Command::Trigger(trigger) => commands::trigger::run(&trigger),
        Command::Listen(listen) => commands::listen::run(&listen),
        Command::Explain(explain) => commands::explain::run(&explain),
        Command::Sign(sign) => commands::sign::run(&sign),
        Command::Verify(verify) => commands::verify::run(&verify),
        Command::Recover(recover) => commands::recover::run(&recover),
        Command::Completions { shell, json } => commands::completions(shell, json),
    };
    done.unwrap_or_else(|message| {
        let text =
            if json { serde_json::json!({ "error": message }).to_string() } else { format!("didit-dev: {message}") };
        let _nobody_reads_it = writeln!(std::io::stderr(), "{text}");
        ExitCode::FAILURE
    })
}
