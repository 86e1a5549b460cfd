//! Arguments of JavaScript as arguments of the core.

use didit_core::webhook::{Environment, HeaderTimestamp, Headers, Options, RawHeaders, Scheme};
use napi_derive::napi;

/// The options of a verifier that were given; the core has the defaults of the others.
#[napi(object, object_to_js = false)]
pub struct VerifierOptions {
    /// Names of schemes.
    pub schemes: Option<Vec<String>>,
    /// Seconds.
    pub max_age: Option<f64>,
    /// Seconds.
    pub max_future: Option<f64>,
    /// What the timestamp header has to satisfy.
    pub header_timestamp: Option<String>,
    /// Bytes.
    pub max_body: Option<f64>,
    /// Names of environments.
    pub environments: Option<Vec<String>>,
}

impl VerifierOptions {
    /// The options of the core, or a message about the first value that it does not know.
    pub(crate) fn into_core(self) -> Result<Options, String> {
        let defaults = Options::default();
        Ok(Options {
            schemes: match self.schemes {
                Some(names) => all(&names, "schemes", Scheme::parse)?,
                None => defaults.schemes,
            },
            max_age: self.max_age.map(whole),
            max_future: self.max_future.map_or(defaults.max_future, whole),
            header_timestamp: match self.header_timestamp {
                Some(name) => one(&name, "headerTimestamp", HeaderTimestamp::parse)?,
                None => defaults.header_timestamp,
            },
            max_body: self
                .max_body
                .map_or(defaults.max_body, |bytes| usize::try_from(whole(bytes)).unwrap_or(usize::MAX)),
            environments: match self.environments {
                Some(names) => Some(all(&names, "environments", Environment::parse)?),
                None => defaults.environments,
            },
        })
    }
}

/// The face has checked that the number is whole and not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn whole(number: f64) -> u64 {
    number as u64
}

fn one<T>(name: &str, what: &str, parse: fn(&str) -> Result<T, String>) -> Result<T, String> {
    parse(name).map_err(|reason| format!("{what}: {reason}"))
}

fn all<T>(names: &[String], what: &str, parse: fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    names.iter().map(|name| one(name, what, parse)).collect()
}

/// Headers from names and values in turn, with a NUL behind each, which the face has taken out of them. One
/// string crosses the border in a fraction of the time of a list.
pub(crate) fn headers(joined: &str) -> Headers {
    let mut parts = joined.split('\0');
    std::iter::from_fn(|| parts.next().zip(parts.next())).collect()
}

/// How many bytes of the desk are left for what is known of a verdict.
const NUMBERS: usize = 64;

/// The headers that the face has laid on the desk: for each the place of its name among [`Headers::NAMES`], counted from
/// 1, the length of its value in four bytes, the lowest first, and the value. A zero ends them.
pub(crate) fn laid_headers(desk: &[u8]) -> Headers {
    let mut headers = Headers::new();
    let mut rest = desk.get(NUMBERS..).unwrap_or_default();
    while let [place, a, b, c, d, behind @ ..] = rest {
        let Some(name) = usize::from(*place).checked_sub(1).and_then(|place| Headers::NAMES.get(place)) else { break };
        let length = usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).unwrap_or(usize::MAX);
        let Some((value, next)) = behind.split_at_checked(length) else { break };
        headers.push(name.as_bytes(), value);
        rest = next;
    }
    headers
}

/// All headers, from a flat list of names and values.
pub(crate) fn raw_headers(flat: &[String]) -> RawHeaders {
    flat.chunks_exact(2).filter_map(|pair| pair.first().zip(pair.last())).collect()
}
