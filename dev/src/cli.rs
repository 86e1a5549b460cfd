//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use didit_dev::delivery::misbehaviour::Misbehaviour;
use didit_dev::service::sample;

use crate::values::{self, LAST};

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
    /// Send an event to a URL, signed with DIDIT_WEBHOOK_SECRET
    Trigger(Trigger),
    /// Forward the events of an account or of the emulator to a URL of this machine, signed anew
    Listen(Listen),
    /// Say why a delivery is refused
    Explain(Explain),
    /// Print the headers that Didit would send with a body
    Sign(Sign),
    /// Verify a delivery
    Verify(Verify),
    /// Send deliveries that failed once more
    Recover(Recover),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl Command {
    /// Whether programs read what it prints.
    pub(crate) const fn json(&self) -> bool {
        match self {
            Self::Serve(asked) => asked.json,
            Self::Trigger(asked) => asked.json,
            Self::Listen(asked) => asked.json,
            Self::Explain(asked) => asked.input.json,
            Self::Sign(asked) => asked.json,
            Self::Verify(asked) => asked.input.json,
            Self::Recover(asked) => asked.json,
            Self::Completions { json, .. } => *json,
        }
    }
}

/// Where secrets come from: never from the command line, where everybody can read them.
#[derive(Debug, Args)]
pub(crate) struct SecretSource {
    /// Read the webhook secret from this file instead of DIDIT_WEBHOOK_SECRET
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
}

/// `didit-dev trigger`.
#[derive(Debug, Args)]
pub(crate) struct Trigger {
    /// The type of the event
    #[arg(value_parser = PossibleValuesParser::new(sample::kinds()))]
    pub(crate) event: String,
    /// Where to send it
    #[arg(long, value_name = "URL", value_parser = values::url)]
    pub(crate) to: String,
    /// One of the sandbox's scenarios; session events only
    #[arg(long)]
    pub(crate) scenario: Option<String>,
    /// The new status
    #[arg(long)]
    pub(crate) status: Option<String>,
    /// Set a member by its path: decision.id_verifications.0.first_name="Jos\u00e9", or $.decision.id_verifications[0]...;
    /// what is no JSON is text
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// Let it go wrong on the way
    #[arg(long, value_name = "NAME", value_parser = values::misbehaviour)]
    pub(crate) misbehave: Option<Misbehaviour>,
    /// The same seed gives the same ids
    #[arg(long)]
    pub(crate) seed: Option<String>,
    /// The signed time, in Unix seconds, instead of now
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i64).range(0..=LAST))]
    pub(crate) now: Option<i64>,
    #[command(flatten)]
    pub(crate) secret: SecretSource,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `didit-dev listen`.
#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// Where to send what arrives
    #[arg(long, value_name = "URL", value_parser = values::url)]
    pub(crate) forward_to: String,
    /// Only what goes to this destination
    #[arg(long, value_name = "UUID", value_parser = values::uuid)]
    pub(crate) destination: Option<String>,
    /// Seconds between two looks, at least 0.1
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = values::interval)]
    pub(crate) interval: Duration,
    /// Stop after so many deliveries
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    #[command(flatten)]
    pub(crate) secret: SecretSource,
    /// Print JSON lines
    #[arg(long)]
    pub(crate) json: bool,
}

/// A delivery to look at.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// A request as it was dumped (headers, an empty line, the body), a JSON object with "headers" and "body", or, with
    /// --headers, the body alone; - is standard input
    #[arg(default_value = "-")]
    pub(crate) file: String,
    /// A file with the headers, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) headers: Option<PathBuf>,
    /// Take the delivery of this id from the account or the emulator instead of a file
    #[arg(long, value_name = "UUID", conflicts_with_all = ["file", "headers"], value_parser = values::uuid)]
    pub(crate) delivery: Option<String>,
    /// The time by which it is judged, in Unix seconds, instead of now
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i64).range(0..=LAST))]
    pub(crate) now: Option<i64>,
    #[command(flatten)]
    pub(crate) secret: SecretSource,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `didit-dev explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) input: Input,
    /// A file with other secrets, one a line: of other destinations, or older ones
    #[arg(long, value_name = "FILE")]
    pub(crate) other_secrets: Option<PathBuf>,
}

/// `didit-dev verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) input: Input,
    /// The seconds that a delivery may be old
    #[arg(long)]
    pub(crate) max_age: Option<u64>,
}

/// `didit-dev sign`.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// A file with the body; - is standard input
    #[arg(default_value = "-")]
    pub(crate) file: String,
    /// X-Timestamp, in Unix seconds, instead of the body's own
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i64).range(0..=LAST))]
    pub(crate) timestamp: Option<i64>,
    #[command(flatten)]
    pub(crate) secret: SecretSource,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `didit-dev recover`.
#[derive(Debug, Args)]
pub(crate) struct Recover {
    /// The first day, as YYYY-MM-DD in UTC
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub(crate) since: String,
    /// Only of this destination
    #[arg(long, value_name = "UUID", value_parser = values::uuid)]
    pub(crate) destination: Option<String>,
    /// Only say what would be sent
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Seconds to wait for what the receiver answers
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = values::patience)]
    pub(crate) wait: Duration,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `didit-dev serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The address to listen on; anything but loopback lets others in
    #[arg(long, default_value = "127.0.0.1", value_parser = values::host)]
    pub(crate) host: IpAddr,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 8787)]
    pub(crate) port: u16,
    /// The address in links, where it is another one
    #[arg(long, value_name = "URL", value_parser = values::base)]
    pub(crate) public_url: Option<String>,
    /// A name by which it may be called beside its address, as in a compose file; may be given several times
    #[arg(long = "allow-host", value_name = "NAME", value_parser = values::name)]
    pub(crate) allow_host: Vec<String>,
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
    #[arg(long, value_name = "SECONDS", value_parser = values::time)]
    pub(crate) now: Option<f64>,
    /// Emulated seconds in one real second; 0 stands still
    #[arg(long, default_value = "1", value_parser = values::speed)]
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
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) credits: Option<i64>,
    /// How many sessions, and how many deliveries, are kept
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keep: u32,
    /// Seconds after which a session that nobody opened is Expired
    #[arg(long, value_name = "SECONDS", default_value_t = 604_800, value_parser = clap::value_parser!(i64).range(0..=LAST))]
    pub(crate) expire_after: i64,
    /// Seconds after which a session that somebody began is Abandoned
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(i64).range(0..=LAST))]
    pub(crate) abandon_after: i64,
    /// Seconds after which an approval is Kyc Expired; never by default
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i64).range(0..=LAST))]
    pub(crate) kyc_expire_after: Option<i64>,
    /// Give automatic retries a new timestamp; it is not known whether Didit does
    #[arg(long)]
    pub(crate) restamp_retries: bool,
    /// Seconds that a destination has to answer
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = values::timeout)]
    pub(crate) timeout: Duration,
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
