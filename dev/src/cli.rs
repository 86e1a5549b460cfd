//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// An offline stand-in for the Didit service, and the developer's command. Not an official Didit product.
#[derive(Debug, Parser)]
#[command(name = "didit-dev", version)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play Didit: the API, the hosted page and the webhooks
    Serve(Box<Serve>),
}

/// `didit-dev serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The address to listen on; anything but loopback lets others in
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 8787)]
    pub(crate) port: u16,
    /// The address in links, where it is another one
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Keep the state in this SQLite file instead of in memory
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Write what programs need, as JSON, to this file once calls are answered; contains the API key
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
    /// The same seed gives the same ids, keys and tokens
    #[arg(long)]
    pub(crate) seed: Option<String>,
    /// When the clock starts, in Unix seconds, instead of now
    #[arg(long, value_name = "SECONDS")]
    pub(crate) now: Option<f64>,
    /// Emulated seconds in one real second; 0 stands still
    #[arg(long, default_value_t = 1.0)]
    pub(crate) speed: f64,
    /// The environment of applications
    #[arg(long, value_enum, default_value_t = Environment::Sandbox)]
    pub(crate) environment: Environment,
    /// The status of answers to a bad API key: 403 as the guide says, or 401 as the newest documents do
    #[arg(long, value_parser = ["403", "401"], default_value = "403")]
    pub(crate) auth_errors: String,
    /// Do not limit how often the API is called
    #[arg(long)]
    pub(crate) no_rate_limits: bool,
    /// How many sessions can be created; without end by default
    #[arg(long)]
    pub(crate) credits: Option<i64>,
    /// How many sessions, and how many deliveries, are kept
    #[arg(long, default_value_t = 20_000)]
    pub(crate) keep: u32,
    /// Give automatic retries a new timestamp; it is not known whether Didit does
    #[arg(long)]
    pub(crate) restamp_retries: bool,
    /// Seconds that a destination has to answer
    #[arg(long, default_value_t = 5.0)]
    pub(crate) timeout: f64,
    /// Write the log as JSON lines
    #[arg(long)]
    pub(crate) json: bool,
    /// What is logged: error, warn, info or debug
    #[arg(long, default_value = "info")]
    pub(crate) log: tracing::Level,
}

/// `live` or `sandbox`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Environment {
    Live,
    Sandbox,
}
