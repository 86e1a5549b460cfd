//! What a client is made of, and where each option comes from: an argument, else the environment.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use super::blame::blame;
use super::url::{self, Base};
use crate::secret::Secret;
use crate::{Code, Error};

/// Where Didit's API lives.
pub const VERIFICATION_URL: &str = "https://verification.didit.me";
/// Where accounts, and the tokens of V1, live.
pub const ACCOUNT_URL: &str = "https://apx.didit.me/auth/v2";

/// What a client is made of. [`Config::resolve`] fills it from arguments and an environment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Sent as `x-api-key`, and only to the verification host.
    pub api_key: Option<Secret>,
    /// The secrets of webhook destinations, the current one first.
    pub webhook_secrets: Vec<Secret>,
    /// The secret of V1 webhooks.
    pub legacy_webhook_secret: Option<Secret>,
    /// The workflow of sessions that name none.
    pub workflow_id: Option<String>,
    /// For the paths that name an organization.
    pub organization_id: Option<String>,
    /// For the paths that name an application.
    pub application_id: Option<String>,
    /// For account calls.
    pub access_token: Option<Secret>,
    /// For tokens of V1.
    pub client_id: Option<Secret>,
    /// For tokens of V1.
    pub client_secret: Option<Secret>,
    /// Instead of [`VERIFICATION_URL`].
    pub base_url: String,
    /// Instead of [`ACCOUNT_URL`].
    pub account_url: String,
    /// The application's OpenID issuer.
    pub issuer_url: Option<String>,
    /// For a whole call with its retries.
    pub timeout: Duration,
    /// For making one connection: name, socket, TLS.
    pub connect_timeout: Duration,
    /// How often a failed attempt is repeated at most.
    pub max_retries: u32,
    /// Whether to wait before a rate limit is reached.
    pub limiter: bool,
    /// How long an answer may be.
    pub max_response_bytes: u64,
    /// An http proxy.
    pub proxy: Option<Secret>,
    /// Hosts that are reached without it, separated by commas.
    pub no_proxy: Option<String>,
    /// Whose certificates are accepted.
    pub trust: Trust,
    /// What is said about the language, in `User-Agent`.
    pub user_agent: Option<String>,
}

/// Whose certificates are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trust {
    /// The system's trust store instead of the bundled Mozilla roots.
    pub system: bool,
    /// A PEM file instead of the bundled roots.
    pub ca_file: Option<String>,
    /// A PEM file besides them.
    pub extra_ca_file: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            api_key: None,
            webhook_secrets: Vec::new(),
            legacy_webhook_secret: None,
            workflow_id: None,
            organization_id: None,
            application_id: None,
            access_token: None,
            client_id: None,
            client_secret: None,
            base_url: VERIFICATION_URL.to_owned(),
            account_url: ACCOUNT_URL.to_owned(),
            issuer_url: None,
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            max_retries: 3,
            limiter: false,
            max_response_bytes: 64 * 1024 * 1024,
            proxy: None,
            no_proxy: None,
            trust: Trust::default(),
            user_agent: None,
        }
    }
}

/// Takes options from the arguments, and what they leave out from the environment.
struct Source<'a> {
    given: Map<String, Value>,
    environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Source<'_> {
    /// An argument that is null counts as not given.
    fn given(&mut self, name: &str) -> Option<Value> {
        self.given.remove(name).filter(|value| !value.is_null())
    }

    /// The first of these variables that is set. Faces write U+FFFD for what is no UTF-8: it would be another
    /// value than the one that was meant, a secret that refuses every delivery.
    fn variable(&self, names: &[&str]) -> Result<Option<String>, Error> {
        let set = names.iter().find_map(|name| {
            let value = (self.environment)(name).filter(|value| !value.is_empty());
            Some((*name, value?))
        });
        match set {
            Some((name, value)) if value.contains(char::REPLACEMENT_CHARACTER) => Err(wrong(name, "is not UTF-8")),
            found => Ok(found.map(|(_, value)| value)),
        }
    }

    fn text(&mut self, name: &str, variables: &[&str]) -> Result<Option<String>, Error> {
        match self.given(name) {
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "is not a string")),
            None => self.variable(variables),
        }
    }

    fn secret(&mut self, name: &str, variables: &[&str]) -> Result<Option<Secret>, Error> {
        let Some(text) = self.text(name, variables)? else { return Ok(None) };
        if !text.is_ascii() || text.bytes().any(|byte| byte.is_ascii_control()) || text.trim() != text {
            // The usual cause is a line end at the end of a file or variable.
            return Err(wrong(name, "has white space around it, or characters that no header can hold"));
        }
        if text.len() > MOST_IN_HEADER {
            return Err(wrong(name, &format!("is longer than {MOST_IN_HEADER} bytes")));
        }
        Ok(Secret::new(text))
    }

    fn seconds(&mut self, name: &str, default: Duration) -> Result<Duration, Error> {
        match self.given(name) {
            None => Ok(default),
            Some(value) => seconds(name, &value),
        }
    }

    fn whole(&mut self, name: &str, default: u64) -> Result<u64, Error> {
        match self.given(name) {
            None => Ok(default),
            Some(value) => value.as_u64().ok_or_else(|| wrong(name, "is not a whole number from 0 up")),
        }
    }

    fn flag(&mut self, name: &str) -> Result<bool, Error> {
        match self.given(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(wrong(name, "is not true or false")),
        }
    }
}

/// The longest value of a header: servers seldom take more, and all headers have to fit into one buffer.
pub(crate) const MOST_IN_HEADER: usize = 8 * 1024;

/// An hour. Milliseconds in place of seconds, as 30000, are above it.
const LONGEST: f64 = 3600.0;

/// A time-out in seconds: more than zero, and at most an hour, so that it is always finite.
pub(crate) fn seconds(name: &str, value: &Value) -> Result<Duration, Error> {
    match value.as_f64() {
        Some(seconds) if seconds > 0.0 && seconds <= LONGEST => Ok(Duration::from_secs_f64(seconds)),
        Some(seconds) if seconds > LONGEST => {
            Err(wrong(name, "is above 3600 seconds, which is an hour; time-outs are in seconds, not milliseconds"))
        }
        _ => Err(wrong(name, "is not a number of seconds above 0, up to 3600")),
    }
}

/// The options of a client whose names are several words.
const WORDS: &[&str] = &[
    "access_token",
    "account_url",
    "api_key",
    "application_id",
    "base_url",
    "ca_file",
    "client_id",
    "client_secret",
    "connect_timeout",
    "extra_ca_file",
    "issuer_url",
    "legacy_webhook_secret",
    "max_response_bytes",
    "max_retries",
    "no_proxy",
    "organization_id",
    "system_trust_store",
    "user_agent",
    "webhook_secret",
    "workflow_id",
];

/// A text about options with their names as JavaScript writes them: `apiKey` for `api_key`.
pub fn in_camel_case(text: &str) -> String {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut said = String::new();
    let mut rest = text;
    while let Some(from) = rest.find(is_letter) {
        let (before, word) = rest.split_at(from);
        let (word, after) = word.split_at(word.find(|letter| !is_letter(letter)).unwrap_or(word.len()));
        said.push_str(before);
        let mut parts = word.split('_').filter(|_| WORDS.contains(&word));
        said.push_str(parts.next().unwrap_or(word));
        for part in parts {
            let (first, tail) = part.split_at(part.len().min(1));
            said.push_str(&first.to_ascii_uppercase());
            said.push_str(tail);
        }
        rest = after;
    }
    said + rest
}

/// The members of options as JSON. What cannot be read is told by the option's name, where one is to blame.
pub(crate) fn read_options(text: &str, all: &str) -> Result<Map<String, Value>, Error> {
    serde_json::from_str(text).map_err(|_| match blame(text) {
        Some((name, what)) => wrong(&name, what),
        None => wrong(all, "are not a JSON object"),
    })
}

pub(crate) fn wrong(name: &str, what: &str) -> Error {
    Error::about(Code::InvalidConfiguration, format!("{name} {what}"))
}

impl Config {
    /// Fills a configuration from `given`, a JSON object of options, and from `environment`, which is
    /// asked for the variables of options that were not given. An empty variable counts as missing.
    ///
    /// # Errors
    ///
    /// `invalid_configuration`, which names the option.
    pub fn resolve(given: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let given = read_options(given, "the options")?;
        let mut source = Source { given, environment };
        let own = Self::default();
        let webhook_secrets = secrets(&mut source)?;
        let legacy = match source.given("legacy_webhook_secret") {
            Some(Value::String(secret)) => Secret::new(secret),
            Some(_) => return Err(wrong("legacy_webhook_secret", "is not a string")),
            None => source.variable(&["WEBHOOK_SECRET_KEY"])?.and_then(Secret::new),
        };
        let base = source.text("base_url", &["DIDIT_BASE_URL"])?.unwrap_or(own.base_url);
        let base = url::base("base_url", &base)?;
        let account = match source.text("account_url", &["DIDIT_ACCOUNT_URL"])? {
            Some(account) => url::base("account_url", &account)?.text,
            // Credentials of an emulator do not belong on the real account host.
            None if base.loopback => format!("{}/auth/v2", base.text),
            None => own.account_url,
        };
        let issuer = source.text("issuer_url", &["DIDIT_AUTH_ISSUER"])?;
        let issuer = issuer.map(|issuer| url::base("issuer_url", &issuer)).transpose()?;
        let (proxy, no_proxy) = proxies(&mut source, &base)?;
        let config = Self {
            api_key: source.secret("api_key", &["DIDIT_API_KEY"])?,
            webhook_secrets,
            legacy_webhook_secret: legacy,
            workflow_id: source.text("workflow_id", &["DIDIT_WORKFLOW_ID"])?,
            organization_id: source.text("organization_id", &["DIDIT_ORGANIZATION_ID"])?,
            application_id: source.text("application_id", &["DIDIT_APPLICATION_ID"])?,
            access_token: source.secret("access_token", &["DIDIT_ACCESS_TOKEN"])?,
            client_id: source.secret("client_id", &["CLIENT_ID"])?,
            client_secret: source.secret("client_secret", &["CLIENT_SECRET"])?,
            base_url: base.text,
            account_url: account,
            issuer_url: issuer.map(|issuer| issuer.text),
            timeout: source.seconds("timeout", own.timeout)?,
            connect_timeout: source.seconds("connect_timeout", own.connect_timeout)?,
            max_retries: source.whole("max_retries", own.max_retries.into())?.try_into().unwrap_or(u32::MAX),
            limiter: source.flag("limiter")?,
            max_response_bytes: source.whole("max_response_bytes", own.max_response_bytes)?,
            proxy,
            no_proxy,
            trust: trust(&mut source)?,
            user_agent: source.text("user_agent", &[])?,
        };
        match source.given.keys().next() {
            Some(unknown) => Err(wrong(unknown, "is not an option of the client")),
            None => Ok(config),
        }
    }
}

/// One secret or a list; else the two variables, the previous secret after the current one.
fn secrets(source: &mut Source<'_>) -> Result<Vec<Secret>, Error> {
    let of = |value: &Value| value.as_str().map(str::to_owned);
    let texts = match source.given("webhook_secret") {
        Some(Value::Array(several)) if several.is_empty() => return Err(wrong("webhook_secret", "is empty")),
        Some(Value::Array(several)) => several.iter().map(of).collect(),
        Some(one) => of(&one).map(|one| vec![one]),
        None => {
            let names = ["DIDIT_WEBHOOK_SECRET", "DIDIT_WEBHOOK_SECRET_PREVIOUS"];
            let found: Result<Vec<_>, Error> = names.iter().map(|name| source.variable(&[name])).collect();
            Some(found?.into_iter().flatten().collect())
        }
    };
    let texts: Vec<String> = texts.ok_or_else(|| wrong("webhook_secret", "is neither a string nor a list of them"))?;
    let secrets: Option<Vec<Secret>> = texts.into_iter().map(Secret::new).collect();
    secrets.ok_or_else(|| wrong("webhook_secret", "is empty"))
}

/// The variables of a proxy are for hosts elsewhere; a service on this machine is reached directly.
/// HTTP_PROXY is not among them: under CGI a request's header can set it.
fn proxies(source: &mut Source<'_>, base: &Base) -> Result<(Option<Secret>, Option<String>), Error> {
    let no_proxy = source.text("no_proxy", &["NO_PROXY", "no_proxy"])?;
    let proxy = match source.text("proxy", &[])? {
        Some(given) => Some(given).filter(|given| !given.is_empty()),
        None if base.loopback => None,
        None => proxy_variable(source)?,
    };
    Ok((proxy.and_then(Secret::new), no_proxy))
}

/// The first of these variables that is set. Other programs may use a kind of proxy that this client cannot.
fn proxy_variable(source: &Source<'_>) -> Result<Option<String>, Error> {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let Some(proxy) = source.variable(&[name])? else { continue };
        let proxy = if proxy.contains("://") { proxy } else { format!("http://{proxy}") };
        if !proxy.starts_with("http://") {
            let what = "is not of the form http://[user:password@]host:port; an empty proxy, as an option, uses none";
            return Err(wrong(name, what));
        }
        return Ok(Some(proxy));
    }
    Ok(None)
}

/// As these variables are understood elsewhere: the first two replace the roots, the last adds to them.
fn trust(source: &mut Source<'_>) -> Result<Trust, Error> {
    let system = source.flag("system_trust_store")?;
    let variables: &[&str] = if system { &[] } else { &["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] };
    let ca_file = source.text("ca_file", variables)?;
    if system && ca_file.is_some() {
        return Err(wrong("ca_file", "and system_trust_store exclude each other; extra_ca_file adds to either"));
    }
    Ok(Trust { system, ca_file, extra_ca_file: source.text("extra_ca_file", &["NODE_EXTRA_CA_CERTS"])? })
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Didit at {}", self.base_url)
    }
}
