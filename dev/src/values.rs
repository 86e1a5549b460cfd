//! Values of the command line: what cannot be is refused before anything begins.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::http::Uri;
use axum::http::uri::Authority;
use didit_dev::delivery::misbehaviour::Misbehaviour;
use didit_dev::service::check::is_uuid;

/// The last second of the year 9999.
pub(crate) const LAST: i64 = 253_402_300_799;

/// An address that requests can be sent to.
pub(crate) fn url(text: &str) -> Result<String, String> {
    let parsed: Option<Uri> = text.parse().ok();
    let fits = |uri: &Uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    };
    match parsed.filter(fits) {
        Some(_) => Ok(text.to_owned()),
        None => Err("it has to begin with http:// or https:// and a host".to_owned()),
    }
}

/// An address that paths are added to.
pub(crate) fn base(text: &str) -> Result<String, String> {
    if text.contains(['?', '#', '@']) { Err("it has to end with its path".to_owned()) } else { url(text) }
}

/// An address of this machine, or the name that every machine has for itself.
pub(crate) fn host(text: &str) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    text.parse().map_err(|_| "it has to be an IP address, or localhost".to_owned())
}

/// A name without a port.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let fits = |name: &Authority| name.port().is_none() && !name.as_str().contains('@') && !name.host().is_empty();
    match text.parse::<Authority>().ok().filter(fits) {
        Some(_) => Ok(text.to_owned()),
        None => Err("it has to be a name alone, such as didit.test".to_owned()),
    }
}

/// Eight, four, four, four and twelve hexadecimal digits.
pub(crate) fn uuid(text: &str) -> Result<String, String> {
    if is_uuid(text) { Ok(text.to_owned()) } else { Err("it has to be a UUID".to_owned()) }
}

/// A day.
pub(crate) fn day(text: &str) -> Result<String, String> {
    match didit_dev::clock::days(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("it has to be a day, YYYY-MM-DD".to_owned()),
    }
}

fn number(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("it has to be a number between {least} and {most}"))
}

/// Unix seconds from 1970 to 9999.
pub(crate) fn time(text: &str) -> Result<f64, String> {
    #[expect(clippy::cast_precision_loss, reason = "it is far below 2^53")]
    number(text, 0.0, LAST as f64)
}

/// Emulated seconds in one real second.
pub(crate) fn speed(text: &str) -> Result<f64, String> {
    number(text, 0.0, 1e6)
}

/// How long a destination may take: not no time at all.
pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    number(text, 0.001, 3600.0).map(Duration::from_secs_f64)
}

/// The pause between two looks: no flood.
pub(crate) fn interval(text: &str) -> Result<Duration, String> {
    number(text, 0.1, 86_400.0).map(Duration::from_secs_f64)
}

/// How long to wait for something, or not at all.
pub(crate) fn patience(text: &str) -> Result<Duration, String> {
    number(text, 0.0, 3600.0).map(Duration::from_secs_f64)
}

/// A way in which one event can go wrong.
pub(crate) fn misbehaviour(text: &str) -> Result<Misbehaviour, String> {
    let alone = |one: &Misbehaviour| !matches!(one, Misbehaviour::Drop | Misbehaviour::Reorder);
    match Misbehaviour::parse(text) {
        Some(Misbehaviour::Drop) => {
            Err("drop sends nothing; ask didit-dev serve for it, at /_dev/misbehaviours".to_owned())
        }
        Some(Misbehaviour::Reorder) => {
            Err("reorder needs a second event; ask didit-dev serve for it, at /_dev/misbehaviours".to_owned())
        }
        Some(one) => Ok(one),
        None => {
            let known: Vec<&str> = Misbehaviour::ALL.into_iter().filter(alone).map(Misbehaviour::as_str).collect();
            Err(format!("there are {}", known.join(", ")))
        }
    }
}
