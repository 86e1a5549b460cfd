//! What commands read: secrets, bodies, whole deliveries.

use std::io::Read as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use didit_core::webhook::RawHeaders;
use serde_json::Value;

use super::account::Account;
use crate::cli::{Input, SecretSource};
use crate::failure::Failure;

/// The webhook secret, from a file or the environment.
pub(crate) fn secret(source: &SecretSource) -> Result<String, String> {
    let secret = match &source.secret_file {
        Some(file) => one_line(&text(file)?),
        None => std::env::var("DIDIT_WEBHOOK_SECRET").unwrap_or_default(),
    };
    if secret.is_empty() { Err("set DIDIT_WEBHOOK_SECRET, or give --secret-file".to_owned()) } else { Ok(secret) }
}

/// A file ends its line; the secret does not.
fn one_line(text: &str) -> String {
    text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text)).to_owned()
}

fn text(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
}

/// Secrets, one a line.
pub(crate) fn secrets(file: &Path) -> Result<Vec<String>, String> {
    Ok(text(file)?.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// The bytes of a file, or of standard input.
pub(crate) fn bytes(file: &str) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("cannot read {file}: {error}");
    if file != "-" {
        return std::fs::read(file).map_err(failed);
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Unix seconds.
pub(crate) fn now(given: Option<i64>) -> i64 {
    let machine = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    given.unwrap_or_else(|| i64::try_from(machine()).unwrap_or(i64::MAX))
}

/// A delivery.
pub(crate) struct Delivery {
    pub(crate) headers: RawHeaders,
    pub(crate) body: Vec<u8>,
}

/// The delivery that a command looks at.
pub(crate) fn delivery(input: &Input) -> Result<Delivery, Failure> {
    if let Some(id) = &input.delivery {
        let found = Account::new()?.find(id)?;
        let headers = found.get("request_header").and_then(Value::as_str).unwrap_or("{}");
        let body = found.get("request_body").and_then(Value::as_str).unwrap_or_default();
        return Ok(Delivery {
            headers: of_json(&serde_json::from_str(headers).unwrap_or_default()),
            body: body.into(),
        });
    }
    let bytes = bytes(&input.file)?;
    if let Some(file) = &input.headers {
        return Ok(Delivery { headers: of_lines(text(file)?.lines()), body: bytes });
    }
    if let Ok(Value::Object(whole)) = serde_json::from_slice::<Value>(&bytes)
        && let (Some(headers), Some(body)) = (whole.get("headers"), whole.get("body").and_then(Value::as_str))
    {
        return Ok(Delivery { headers: of_json(headers), body: body.into() });
    }
    dumped(&bytes).ok_or_else(|| {
        "the file holds neither a dumped request nor {\"headers\", \"body\"}; give the headers with --headers".into()
    })
}

/// Headers, an empty line, and the body, with the line of the request or without it.
fn dumped(bytes: &[u8]) -> Option<Delivery> {
    let separators: [&[u8]; 2] = [b"\r\n\r\n", b"\n\n"];
    let found = separators
        .iter()
        .filter_map(|end| Some((bytes.windows(end.len()).position(|window| window == *end)?, end.len())))
        .min()?;
    let head = std::str::from_utf8(bytes.get(..found.0)?).ok()?;
    head.contains(':').then(|| Delivery {
        headers: of_lines(head.lines()),
        body: bytes.get(found.0 + found.1..).unwrap_or_default().to_vec(),
    })
}

fn of_lines<'a>(lines: impl Iterator<Item = &'a str>) -> RawHeaders {
    let mut headers = RawHeaders::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        headers.push(name.trim().as_bytes(), value.trim().as_bytes());
    }
    headers
}

fn of_json(value: &Value) -> RawHeaders {
    let mut headers = RawHeaders::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        for value in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
            headers.push(name.as_bytes(), value.as_str().unwrap_or_default().as_bytes());
        }
    }
    headers
}
