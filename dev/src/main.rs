//! `didit-dev`: Didit on one's own machine, and the developer's command.

#![forbid(unsafe_code)]

mod cli;
mod commands;
mod failure;
mod values;

use std::process::ExitCode;

use clap::Parser as _;
use cli::Command;

fn main() -> ExitCode {
    let command = match cli::Cli::try_parse() {
        Ok(asked) => asked.command,
        Err(error) => return misread(&error),
    };
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
    done.unwrap_or_else(|failure| {
        commands::complain(json, &failure.text());
        ExitCode::from(failure.code())
    })
}

/// Help that was asked for, or a mistake in the command line.
fn misread(error: &clap::Error) -> ExitCode {
    // What asks for JSON was not read either.
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let text = text.split("\n\n").next().unwrap_or_default();
        commands::complain(true, text.strip_prefix("error: ").unwrap_or(text).trim());
        return ExitCode::from(2);
    }
    let _nobody_reads_it = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
