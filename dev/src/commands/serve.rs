//! `didit-dev serve`.

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use didit_dev::server::run::{Server, Setup};
use didit_dev::service::Options;
use didit_dev::service::check::is_uuid;

use super::Done;
use crate::cli::{Environment, Serve};

/// Serve until somebody asks to stop.
///
/// # Errors
///
/// A message for the person who started it.
pub(crate) fn run(serve: Serve) -> Done {
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
        announce(&ready, &server.given()?, json);
        server.run(stop()).await;
        Ok::<(), String>(())
    })?;
    // What still waits for a receiver is lost; nobody waits for it.
    runtime.shutdown_timeout(Duration::from_millis(200));
    Ok(ExitCode::SUCCESS)
}

fn setup(serve: Serve) -> Result<Setup, String> {
    let from_environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let workflow_id = from_environment("DIDIT_WORKFLOW_ID");
    if workflow_id.as_deref().is_some_and(|id| !is_uuid(id)) {
        return Err("DIDIT_WORKFLOW_ID is not a UUID".to_owned());
    }
    Ok(Setup {
        address: SocketAddr::new(serve.host, serve.port),
        public_url: serve.public_url,
        names: serve.allow_host,
        file: serve.state,
        start: serve.now,
        speed: serve.speed,
        timeout: serve.timeout,
        options: Options {
            seed: serve.seed,
            environment: match serve.environment {
                Environment::Live => "live".to_owned(),
                Environment::Sandbox => "sandbox".to_owned(),
            },
            api_key: from_environment("DIDIT_API_KEY"),
            workflow_id,
            secret: from_environment("DIDIT_WEBHOOK_SECRET"),
            auth_errors_401: serve.auth_errors == "401",
            rate_limits: !serve.no_rate_limits,
            credits: serve.credits,
            keep: serve.keep,
            restamp: serve.restamp_retries,
            expire_after: serve.expire_after,
            abandon_after: serve.abandon_after,
            kyc_expire_after: serve.kyc_expire_after,
        },
    })
}

fn log(serve: &Serve) {
    // Colours are for people who want them: https://no-color.org
    let coloured = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let builder = tracing_subscriber::fmt().with_max_level(serve.log).with_writer(std::io::stderr);
    let builder = builder.with_ansi(coloured).with_target(false);
    if serve.json { builder.json().flatten_event(true).init() } else { builder.init() }
}

/// Under another name first, so that nobody reads half of it, and readable by its owner only.
fn write_ready(file: &std::path::Path, ready: &serde_json::Value) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", file.display());
    let unfinished = file.with_extension("unfinished");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&unfinished).and_then(|mut open| open.write_all(ready.to_string().as_bytes())).map_err(failed)?;
    std::fs::rename(&unfinished, file).map_err(failed)
}

/// Say loudly what this is, in lines that a shell can take. What came from the environment may be somebody's real key, so it is not shown.
fn announce(ready: &serde_json::Value, given: &[&str], json: bool) {
    let text = |name: &str| ready.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    if json {
        tracing::info!(base_url = text("base_url"), "didit-dev is ready; it is a stand-in, not Didit");
        return;
    }
    let line = |variable: &str, name: &str| match std::env::var(variable) {
        Ok(value) if !value.is_empty() => format!("# {variable} is that of the environment"),
        _ if given.contains(&name) => format!("# {variable} is that of the environment of an earlier start"),
        _ => format!("export {variable}={}", quoted(&text(name))),
    };
    let base = text("base_url");
    let banner = format!(
        "# didit-dev plays Didit on this machine. It is not Didit, and nobody is verified by it.\n\
         export DIDIT_BASE_URL={}\n{}\n{}\n{}\n# inspector: {base}/_dev\n# control: {base}/_dev/status\n",
        quoted(&base),
        line("DIDIT_API_KEY", "api_key"),
        line("DIDIT_WORKFLOW_ID", "workflow_id"),
        line("DIDIT_WEBHOOK_SECRET", "webhook_secret"),
    );
    let _nobody_reads_it = std::io::stdout().write_all(banner.as_bytes());
}

/// A value as a shell reads it.
fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/[]".contains(&byte);
    if value.bytes().all(plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
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
