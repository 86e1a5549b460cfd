//! `didit-dev`: Didit on one's own machine, and the developer's command.

#![forbid(unsafe_code)]

mod cli;
mod commands;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let done = match cli::Cli::parse().command {
        cli::Command::Serve(serve) => commands::serve::run(*serve),
    };
    done.unwrap_or_else(|message| {
        let _nobody_reads_it = writeln!(std::io::stderr(), "didit-dev: {message}");
        ExitCode::FAILURE
    })
}
