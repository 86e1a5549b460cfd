//! The client: credentials, attempts, one deadline.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::arguments::{Arguments, CallOptions};
use super::cancel::Stop;
use super::config::Config;
use super::limits::{Limits, RateLimit};
use super::observe::{Attempt, Observer};
use super::operation::{Auth, Operation, RateScope, Verb};
use super::request::{self, Prepared};
use super::response::{self, Answer};
use super::retry::{self, Ended, Facts};
use super::token::{FETCH, Tokens, stopped};
use super::transport::{Failure, HttpRequest, HttpResponse, Terms, Transport, ureq::Ureq};
use super::url;
use crate::secret::Secret;
use crate::{Code, Error, Http};

/// A client of Didit's API. Cloning gives another handle of the same client; threads may share it.
#[derive(Clone)]
pub struct Didit {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    transport: Arc<dyn Transport>,
    observer: Option<Arc<dyn Observer>>,
    limits: Limits,
    tokens: Tokens,
}

/// What a call is, beside its request.
struct Call<'a> {
    operation: &'a str,
    path: &'a str,
    auth: Auth,
    scope: RateScope,
    described: Option<&'a Operation>,
    arguments: &'a Arguments,
    options: &'a CallOptions,
    stop: &'a Stop,
}

impl Didit {
    /// A client that sends over the network.
    ///
    /// # Errors
    ///
    /// `invalid_configuration` where a base URL, the proxy or a CA file cannot be used.
    pub fn new(mut config: Config) -> Result<Self, Error> {
        // The fields can be set without `resolve`; plain http to elsewhere must not come in by that door.
        config.base_url = url::base("base_url", &config.base_url)?.text;
        config.account_url = url::base("account_url", &config.account_url)?.text;
        if let Some(issuer) = &mut config.issuer_url {
            *issuer = url::base("issuer_url", issuer)?.text;
        }
        let transport = Arc::new(Ureq::new(&config)?);
        Ok(Self::with_transport(config, transport))
    }

    /// A client that sends through `transport`.
    pub fn with_transport(config: Config, transport: Arc<dyn Transport>) -> Self {
        let (limits, tokens) = (Limits::default(), Tokens::default());
        Self { inner: Arc::new(Inner { config, transport, observer: None, limits, tokens }) }
    }

    /// A client of its own that tells `observer` of every attempt.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        let (config, transport) = (self.inner.config.clone(), Arc::clone(&self.inner.transport));
        let (limits, tokens) = (Limits::default(), Tokens::default());
        Self { inner: Arc::new(Inner { config, transport, observer: Some(observer), limits, tokens }) }
    }

    /// How the client was configured.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The secrets of webhook destinations, the current one first.
    pub fn webhook_secrets(&self) -> &[Secret] {
        &self.inner.config.webhook_secrets
    }

    /// What the service last said about a rate limit.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.inner.limits.last()
    }

    /// Calls an operation.
    ///
    /// # Errors
    ///
    /// `invalid_argument` and the `missing_...` codes before anything is sent; else what became of the
    /// call. See the table of codes in docs/errors.md.
    pub fn call(&self, operation: &Operation, arguments: &Arguments, options: &CallOptions) -> Result<Answer, Error> {
        let stop = self.stop(options);
        let prepared = request::prepare(&self.inner.config, operation, arguments)?;
        let call = Call {
            operation: operation.id,
            path: operation.path,
            auth: request::auth_of(Some(operation)),
            scope: operation.scope,
            described: Some(operation),
            arguments,
            options,
            stop: &stop,
        };
        self.run(&call, prepared)
    }

    /// Calls a path that is not described, with the API key. `path` begins with a slash and is
    /// percent-encoded; `arguments` hold the query as `params`, files and extras.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn request(
        &self,
        verb: Verb,
        path: &str,
        json: Option<&Value>,
        arguments: &Arguments,
        options: &CallOptions,
    ) -> Result<Answer, Error> {
        let stop = self.stop(options);
        let prepared = request::raw(&self.inner.config, verb, path, json, arguments)?;
        let call = Call {
            operation: "request",
            path: "",
            auth: request::auth_of(None),
            scope: if verb == Verb::Get { RateScope::Read } else { RateScope::Write },
            described: None,
            arguments,
            options,
            stop: &stop,
        };
        self.run(&call, prepared)
    }

    fn stop(&self, options: &CallOptions) -> Stop {
        let timeout = options.timeout.unwrap_or(self.inner.config.timeout);
        Stop::new(options.cancel.clone(), options.poll.clone(), Instant::now().checked_add(timeout))
    }

    fn run(&self, call: &Call<'_>, prepared: Prepared) -> Result<Answer, Error> {
        let Prepared { mut http, repeatable } = prepared;
        let mut attempts = 0;
        let mut token_renewed = false;
        loop {
            let token = self.authorize(call, &mut http)?;
            self.wait_for_room(call, attempts)?;
            attempts += 1;
            let begun = Instant::now();
            self.tell(call, &http, attempts, None);
            let result = self.inner.transport.send(&http, &self.terms(call));
            let ended = self.ended(call, &result);
            // A V1 token can be revoked before its time. The refused request was not carried out.
            if let (Ended::Answered { status: 401 | 403, .. }, Some((token, false)), false) =
                (ended, &token, token_renewed)
            {
                self.inner.tokens.forget(token);
                token_renewed = true;
                self.tell(call, &http, attempts, Some((&result, begun, Some(Duration::ZERO))));
                continue;
            }
            let wait = retry::decide(&Facts {
                ended,
                repeatable,
                attempts,
                max_retries: call.options.max_retries.unwrap_or(self.inner.config.max_retries),
                remaining: call.stop.remaining(),
                chance: retry::chance(),
            });
            self.tell(call, &http, attempts, Some((&result, begun, wait)));
            let Some(wait) = wait else { return finish(call, &http, result, attempts) };
            // What ended the wait is less telling than what made it necessary, except for the caller's wish.
            if let Err(why) = call.stop.sleep(wait) {
                return Err(with_attempts(stopped(why), attempts));
            }
        }
    }

    fn terms<'a>(&self, call: &Call<'a>) -> Terms<'a> {
        let config = &self.inner.config;
        let connect_timeout = call.options.connect_timeout.unwrap_or(config.connect_timeout);
        Terms { stop: call.stop, connect_timeout, max_response_bytes: config.max_response_bytes }
    }

    /// Adds the credentials; gives the V1 token, and whether it is fresh.
    fn authorize(&self, call: &Call<'_>, http: &mut HttpRequest) -> Result<Option<(Secret, bool)>, Error> {
        let config = &self.inner.config;
        let own = call.arguments.extra_headers.keys().any(|name| name.eq_ignore_ascii_case("authorization"));
        match call.auth {
            Auth::None => {}
            Auth::ApiKey => match &config.api_key {
                Some(key) => http.set_header("x-api-key", key.expose()),
                None if own => {}
                None => return Err(Error::new(Code::MissingApiKey)),
            },
            _ if own => {}
            Auth::Bearer => {
                let token = call.options.access_token.as_ref().or(config.access_token.as_ref());
                let token = token.ok_or_else(|| Error::new(Code::MissingAccessToken))?;
                http.set_header("authorization", format!("Bearer {}", token.expose()));
            }
            Auth::Basic => {
                let (Some(id), Some(secret)) = (&config.client_id, &config.client_secret) else {
                    return Err(Error::new(Code::MissingCredentials));
                };
                let pair = BASE64_STANDARD.encode(format!("{}:{}", id.expose(), secret.expose()));
                http.set_header("authorization", format!("Basic {pair}"));
            }
            Auth::Legacy => {
                let (token, fresh) = self.inner.tokens.get(call.stop, || self.fetch_token(call))?;
                http.set_header("authorization", format!("Bearer {}", token.expose()));
                return Ok(Some((token, fresh)));
            }
        }
        Ok(None)
    }

    fn fetch_token(&self, call: &Call<'_>) -> Result<Answer, Error> {
        let mut arguments = Arguments::new();
        arguments.extra_body.insert("grant_type".to_owned(), "client_credentials".into());
        let prepared = request::prepare(&self.inner.config, &FETCH, &arguments)?;
        let fetch = Call {
            operation: FETCH.id,
            path: FETCH.path,
            auth: FETCH.auth,
            scope: FETCH.scope,
            described: Some(&FETCH),
            arguments: &arguments,
            options: call.options,
            stop: call.stop,
        };
        self.run(&fetch, prepared)
    }

    /// Waits until the limiter, if it is on, lets the request through.
    fn wait_for_room(&self, call: &Call<'_>, attempts: u32) -> Result<(), Error> {
        if !self.inner.config.limiter {
            return Ok(());
        }
        while let Err(wait) = self.inner.limits.admit(call.scope, Instant::now()) {
            if call.stop.remaining().is_some_and(|remaining| remaining <= wait) {
                let error = Error::about(Code::RateLimited, "the limiter of this client sent nothing");
                return Err(error.with_http(Http { retry_after: Some(wait), attempts, ..Http::default() }));
            }
            call.stop.sleep(wait).map_err(|why| with_attempts(stopped(why), attempts))?;
        }
        Ok(())
    }

    fn ended(&self, call: &Call<'_>, result: &Result<HttpResponse, Failure>) -> Ended {
        match result {
            Err(failure) => Ended::Failed { cause: failure.cause, sent: failure.sent },
            Ok(answer) => {
                let retry_after = match answer.status {
                    429 | 503 | 502 | 504 => response::retry_after(answer, SystemTime::now()),
                    _ => None,
                };
                self.inner.limits.learn(call.operation, call.scope, answer, retry_after);
                Ended::Answered { status: answer.status, retry_after }
            }
        }
    }

    /// Tells the observers: before an attempt, and how it ended.
    fn tell(
        &self,
        call: &Call<'_>,
        http: &HttpRequest,
        attempt: u32,
        ended: Option<(&Result<HttpResponse, Failure>, Instant, Option<Duration>)>,
    ) {
        let observers = [self.inner.observer.as_ref(), call.options.observer.as_ref()];
        if observers.iter().all(Option::is_none) {
            return;
        }
        let answer = ended.and_then(|(result, ..)| result.as_ref().ok());
        let request_id = answer.and_then(response::request_id);
        let failed = ended.and_then(|(result, ..)| match result {
            Ok(answer) if (200..300).contains(&answer.status) => None,
            other => finish(call, http, other.clone(), attempt).err(),
        });
        let facts = Attempt {
            operation: call.operation,
            verb: http.verb,
            path: call.path,
            attempt,
            status: answer.map(|answer| answer.status),
            request_id: request_id.as_deref(),
            elapsed: ended.map(|(_, begun, _)| begun.elapsed()),
            code: failed.as_ref().map(Error::code),
            retry_in: ended.and_then(|(.., wait)| wait),
        };
        for observer in observers.into_iter().flatten() {
            match ended {
                None => observer.before(&facts),
                Some(_) => observer.after(&facts),
            }
        }
    }
}

/// The answer or the error of the last attempt.
fn finish(
    call: &Call<'_>,
    http: &HttpRequest,
    result: Result<HttpResponse, Failure>,
    attempts: u32,
) -> Result<Answer, Error> {
    let values = || call.arguments.strings().into_iter().map(str::to_owned).collect();
    let of_client = ["x-api-key", "authorization"].into_iter().filter_map(|name| http.header(name));
    let of_client = of_client.map(|value| value.split_once(' ').map_or(value, |(_, value)| value));
    // Passwords, codes and tokens.
    let secret = call.described.into_iter().flat_map(|operation| operation.parameters).filter(|one| one.secret);
    let of_call = secret.filter_map(|one| call.arguments.params.get(one.name)?.as_str());
    let credentials: Vec<&str> = of_client.chain(of_call).collect();
    let judged = match result {
        Ok(answer) => response::judge(answer, call.described, values, &credentials),
        Err(failure) => Err(response::transport_error(failure)),
    };
    match judged {
        Ok(answer) => Ok(Answer { attempts, ..answer }),
        Err(error) => Err(with_attempts(named(error, call, &http.url), attempts)),
    }
}

/// Says which call to which host: a wrong one of them, or a key for another host, is a likely cause.
fn named(error: Error, call: &Call<'_>, url: &str) -> Error {
    let host = url::host(url);
    let place = format!("{} at {host}", call.operation);
    match (error.code(), error.http().and_then(|http| http.status)) {
        // The caller's own wish and limit; the call may have been anywhere.
        (Code::Cancelled | Code::Timeout, _) => error,
        (Code::ConnectionFailed, _) if error.says(REFUSED) && url::is_this_machine(host) => {
            error.with_more("nothing listens there; is didit-dev running?").with_place(&place)
        }
        (_, Some(404)) => match begins_twice(url, call.path) {
            Some(first) => error.with_more(&format!(
                "the base URL ends in /{first}, with which the paths of the calls begin: leave it out there"
            )),
            None => error,
        }
        .with_place(&place),
        _ => error.with_place(&place),
    }
}

/// How the system names a connection to a port that nobody has opened.
const REFUSED: &str = "connection refused";

/// The first part of an operation's path, if it stands in the URL twice: once as the end of the base URL.
fn begins_twice<'a>(url: &str, path: &'a str) -> Option<&'a str> {
    let first = path.trim_start_matches('/').split('/').next().filter(|first| !first.is_empty())?;
    url.contains(&format!("/{first}/{first}/")).then_some(first)
}

fn with_attempts(error: Error, attempts: u32) -> Error {
    let http = error.http().cloned().unwrap_or_default();
    error.with_http(Http { attempts, ..http })
}

impl fmt::Debug for Didit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Didit").field("base_url", &self.inner.config.base_url).finish_non_exhaustive()
    }
}
