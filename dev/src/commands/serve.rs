//! `didit-dev serve`.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use didit_dev::server::run::{Server, Setup};
use didit_dev::service::Options;

use crate::cli::{Environment, Serve};

/// Serve until somebody asks to stop.
///
/// # Errors
///
/// A message for the person who started it.
pub(crate) fn run(serve: Serve) -> Result<ExitCode, String> {
    log(&serve);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let ready_file = serve.ready_file.clone();
        let json = serve.json;
        let server = Server::bind(setup(serve)?).await?;
        if !server.address.ip().is_loopback() {
            tracing::warn!(address = %server.address, "didit-dev listens beyond this machine: anybody who reaches it can do anything with it");
        }
        let ready = server.ready()?;
        if let Some(file) = &ready_file {
            write_ready(file, &ready)?;
        }
        announce(&ready, json);
        server.run(stop()).await.map_err(|error| error.to_string())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn setup(serve: Serve) -> Result<Setup, String> {
    let timeout =
        Duration::try_from_secs_f64(serve.timeout).map_err(|_| "--timeout must be a number of seconds".to_owned())?;
    if !(0.0..=1e6).contains(&serve.speed) {
        return Err("--speed must be between 0 and 1000000".to_owned());
    }
    let from_environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    Ok(Setup {
        address: SocketAddr::new(serve.host, serve.port),
        public_url: serve.public_url,
        file: serve.state,
        start: serve.now,
        speed: serve.speed,
        timeout,
        options: Options {
            seed: serve.seed,
            environment: match serve.environment {
                Environment::Live => "live".to_owned(),
                Environment::Sandbox => "sandbox".to_owned(),
            },
            api_key: from_environment("DIDIT_API_KEY"),
            workflow_id: from_environment("DIDIT_WORKFLOW_ID"),
            secret: from_environment("DIDIT_WEBHOOK_SECRET"),
            auth_errors_401: serve.auth_errors == "401",
            rate_limits: !serve.no_rate_limits,
            credits: serve.credits,
            keep: serve.keep,
            restamp: serve.restamp_retries,
            ..Options::default()
        },
    })
}

fn log(serve: &Serve) {
    let builder = tracing_subscriber::fmt().with_max_level(serve.log).with_writer(std::io::stderr).with_target(false);
    if serve.json { builder.json().flatten_event(true).init() } else { builder.init() }
}

/// Under another name first, so that nobody reads half of it.
fn write_ready(file: &std::path::Path, ready: &serde_json::Value) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", file.display());
    let unfinished = file.with_extension("unfinished");
    std::fs::write(&unfinished, ready.to_string()).map_err(failed)?;
    std::fs::rename(&unfinished, file).map_err(failed)
}

/// Say loudly what this is.
fn announce(ready: &serde_json::Value, json: bool) {
    let text = |name: &str| ready.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    if json {
        tracing::info!(base_url = text("base_url"), "didit-dev is ready; it is a stand-in, not Didit");
        return;
    }
    let banner = format!(
        "didit-dev plays Didit on this machine. It is not Didit, and nobody is verified by it.\n\n  DIDIT_BASE_URL={}\n  DIDIT_API_KEY={}\n  DIDIT_WORKFLOW_ID={}\n  DIDIT_WEBHOOK_SECRET={}\n\n  inspector: {}/_dev\n\n",
        text("base_url"),
        text("api_key"),
        text("workflow_id"),
        text("webhook_secret"),
        text("base_url"),
    );
    let _nobody_reads_it = std::io::stdout().write_all(banner.as_bytes());
}

/// Ctrl-C or a polite kill.
async fn stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        match terminated {
            Ok(mut terminated) => tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            },
            Err(_) => drop(interrupted.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}
