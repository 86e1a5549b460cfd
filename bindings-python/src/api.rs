//! Calls to Didit's API: one entry for all operations.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use didit_core::Error;
use didit_core::api::operation::{Operation, Verb};
use didit_core::api::{self, Answer, CallOptions, Config, Didit, FilePart};
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes, PyString};

use crate::arguments::{Arguments, Given};
use crate::attempts::Told;
use crate::convert::{Text, lossy};
use crate::error::raised;
use crate::guard::guard;
use crate::pending::{self, Pending};

type Limit = (Option<u64>, Option<u64>, Option<u64>, Option<f64>, String);

/// A field's name, the file's name, its media type, its bytes.
type Part<'py> = (Text<'py>, Option<Text<'py>>, Option<Text<'py>>, Bound<'py, PyBytes>);

/// The client without its methods.
#[pyclass(frozen, module = "didit_client._native")]
pub(crate) struct Client {
    didit: Didit,
    /// Ends the calls of a client that is closed.
    closed: api::CancelToken,
}

#[pymethods]
impl Client {
    /// Sets up a client from options as JSON, and from the variables of an environment.
    #[new]
    fn new(config: &str, environment: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(environment.py(), || {
            // What is no UTF-8 has surrogates here, which become what the core refuses by the variable's name.
            let variable = |name: &str| environment.get_item(name).ok()?.cast::<PyString>().ok().map(lossy);
            let mut config = Config::resolve(config, &variable).map_err(|error| raised(&error))?;
            config.user_agent.get_or_insert_with(|| user_agent(environment.py()));
            let didit = Didit::new(config).map_err(|error| raised(&error))?;
            Ok(Self { didit, closed: api::CancelToken::new() })
        })
    }

    /// Makes a call of the description; returns the head and the body of its answer.
    #[pyo3(signature = (operation, arguments, options, files, cancel, observer, waited, /))]
    #[expect(clippy::too_many_arguments, reason = "one call for everything")]
    fn call<'py>(
        &self,
        py: Python<'py>,
        operation: &str,
        arguments: Given<'py>,
        options: Option<&str>,
        files: Option<Vec<Part<'py>>>,
        cancel: Option<&CancelToken>,
        observer: Option<Py<PyAny>>,
        waited: f64,
    ) -> PyResult<(Head, Bound<'py, PyBytes>)> {
        guard(py, || {
            let (arguments, files) = (arguments.read(), files.map(files_of));
            self.perform(py, options, cancel, observer, waited, |options| {
                let operation = Operation::named(operation)?;
                let mut arguments = arguments?;
                if let Some(files) = files {
                    arguments.to_mut().files = files;
                }
                self.didit.call(operation, &arguments, options)
            })
        })
    }

    /// Makes a call of a path that the description need not know.
    #[pyo3(signature = (method, path, arguments, json, options, files, cancel, observer, waited, /))]
    #[expect(clippy::too_many_arguments, reason = "one call for everything")]
    fn request<'py>(
        &self,
        py: Python<'py>,
        method: Text<'py>,
        path: Text<'py>,
        arguments: &str,
        json: Option<&str>,
        options: Option<&str>,
        files: Option<Vec<Part<'py>>>,
        cancel: Option<&CancelToken>,
        observer: Option<Py<PyAny>>,
        waited: f64,
    ) -> PyResult<(Head, Bound<'py, PyBytes>)> {
        guard(py, || {
            let (method, path, files) = (lossy(&method), lossy(&path), files.map(files_of));
            self.perform(py, options, cancel, observer, waited, |options| {
                let mut arguments = api::Arguments::from_json(arguments)?;
                arguments.files = files.unwrap_or_default();
                // A parameter of its own, so that it is read with the same care.
                let mut json = json.map(api::Arguments::from_json).transpose()?;
                let json = json.as_mut().and_then(|json| json.params.remove("json"));
                self.didit.request(Verb::named(&method)?, &path, json.as_ref(), &arguments, options)
            })
        })
    }

    /// The arguments of the next page, or None behind the last.
    #[pyo3(signature = (operation, arguments, head, body, /))]
    fn next_page(
        &self,
        py: Python<'_>,
        operation: &str,
        arguments: Given<'_>,
        head: &Head,
        body: &[u8],
    ) -> PyResult<Option<Arguments>> {
        guard(py, || {
            let next = || {
                let mut answer = head.answer.clone();
                answer.body = body.to_vec();
                api::next_page(Operation::named(operation)?, &*arguments.read()?, &answer)
            };
            Ok(next().map_err(|error| raised(&error))?.map(Arguments))
        })
    }

    /// Limit, remaining, reset, seconds to wait, operation: what was last said about a rate limit.
    fn rate_limit(&self, py: Python<'_>) -> PyResult<Option<Limit>> {
        guard(py, || {
            Ok(self.didit.rate_limit().map(|seen| {
                let wait = seen.retry_after.map(|wait| wait.as_secs_f64());
                (seen.limit, seen.remaining, seen.reset, wait, seen.operation)
            }))
        })
    }

    /// How many seconds a call with these options has, as JSON.
    fn timeout(&self, py: Python<'_>, options: Option<&str>) -> PyResult<f64> {
        guard(py, || {
            let options = options_of(options)?;
            Ok(options.timeout.unwrap_or(self.didit.config().timeout).as_secs_f64())
        })
    }

    /// Where the API is.
    #[getter]
    fn base_url(&self) -> &str {
        &self.didit.config().base_url
    }

    /// The secrets of webhook destinations.
    fn webhook_secrets(&self) -> Vec<String> {
        self.didit.webhook_secrets().iter().map(|secret| secret.expose().to_owned()).collect()
    }

    /// The secret of V1 webhooks.
    fn legacy_webhook_secret(&self) -> Option<String> {
        self.didit.config().legacy_webhook_secret.as_ref().map(|secret| secret.expose().to_owned())
    }

    /// Ends all calls of this client.
    fn close(&self) {
        self.closed.cancel();
    }
}

impl Client {
    /// Runs a call without the GIL, and asks Python about signals meanwhile.
    fn perform<'py>(
        &self,
        py: Python<'py>,
        options: Option<&str>,
        cancel: Option<&CancelToken>,
        observer: Option<Py<PyAny>>,
        waited: f64,
        call: impl FnOnce(&CallOptions) -> Result<Answer, Error> + Send,
    ) -> PyResult<(Head, Bound<'py, PyBytes>)> {
        let mut settings = options_of(options)?;
        if waited > 0.0 {
            // The time in which no thread was free for the call counts too.
            let timeout = settings.timeout.unwrap_or(self.didit.config().timeout);
            settings.timeout = Some(timeout.saturating_sub(Duration::try_from_secs_f64(waited).unwrap_or(timeout)));
        }
        // What Python code on this thread raised: a Ctrl-C, or an exception of a hook that must not get lost.
        let interrupted = Arc::new(Mutex::new(None));
        let pending = Pending::begin();
        // Whoever can cancel a call waits for it on a thread that is not the main one.
        let signals = OnceLock::new();
        if cancel.is_some() {
            let _ = signals.set(false);
        }
        if let Some(cancel) = cancel {
            settings.cancel = cancel.0.clone();
        }
        let (generation, closed, seen) = (pending.generation(), self.closed.clone(), interrupted.clone());
        settings.poll = Some(Arc::new(move || {
            if closed.is_cancelled() || pending::is_over(generation) {
                return ControlFlow::Break(());
            }
            if signals.get() != Some(&false)
                && let Err(error) = Python::attach(|py| check_signals(py, &signals))
            {
                keep(&seen, error);
            }
            if taken(&seen) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }));
        if let Some(observer) = observer {
            settings.observer =
                Some(Arc::new(Told { observer, interrupted: interrupted.clone(), token: settings.cancel.clone() }));
        }
        let answer = py.detach(|| {
            let answer = call(&settings);
            pending.end();
            answer
        });
        if let Some(error) = interrupted.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(error);
        }
        let mut answer = answer.map_err(|error| raised(&error))?;
        let body = PyBytes::new(py, &std::mem::take(&mut answer.body));
        Ok((Head { answer }, body))
    }
}

pub(crate) type Interrupted = Arc<Mutex<Option<PyErr>>>;

/// Keeps the first exception.
pub(crate) fn keep(interrupted: &Interrupted, error: PyErr) {
    interrupted.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
}

fn taken(interrupted: &Interrupted) -> bool {
    interrupted.lock().unwrap_or_else(PoisonError::into_inner).is_some()
}

/// Options as JSON, or none.
fn options_of(options: Option<&str>) -> PyResult<CallOptions> {
    options
        .map_or_else(|| Ok(CallOptions::default()), |text| CallOptions::from_json(text).map_err(|error| raised(&error)))
}

/// Python tells its main thread about Ctrl-C, and only if it asks. Whether this is that thread is found out at the first
/// time: most calls have ended by then. A signal may already come while Python is asked.
fn check_signals(py: Python<'_>, signals: &OnceLock<bool>) -> PyResult<()> {
    if signals.get().is_none() {
        let threading = py.import("threading")?;
        let main = threading.call_method0("main_thread")?.getattr("ident")?;
        let _ = signals.set(main.eq(threading.call_method0("get_ident")?)?);
    }
    if signals.get() == Some(&true) { py.check_signals() } else { Ok(()) }
}

fn files_of(parts: Vec<Part<'_>>) -> Vec<FilePart> {
    let part = |(field, name, kind, bytes): Part<'_>| {
        let mut part = FilePart::new(lossy(&field), lossy(name.as_ref().unwrap_or(&field)), bytes.as_bytes());
        part.content_type = kind.as_ref().map(lossy);
        part
    };
    parts.into_iter().map(part).collect()
}

/// The head of an answer.
#[pyclass(frozen, module = "didit_client._native")]
pub(crate) struct Head {
    answer: Answer,
}

#[pymethods]
impl Head {
    /// The HTTP status.
    #[getter]
    fn status(&self) -> u16 {
        self.answer.status
    }

    /// The id under which the service knows the request.
    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.answer.request_id.as_deref()
    }

    /// How many requests it took.
    #[getter]
    fn attempts(&self) -> u32 {
        self.answer.attempts
    }

    /// Names and values in the order of the answer.
    fn headers(&self) -> Vec<(&str, &str)> {
        self.answer.headers.iter().map(|(name, value)| (&**name, &**value)).collect()
    }
}

/// Ends the calls that it was given to.
#[pyclass(frozen, module = "didit_client._native")]
pub(crate) struct CancelToken(api::CancelToken);

#[pymethods]
impl CancelToken {
    /// A token that nobody has used yet.
    #[new]
    fn new() -> Self {
        Self(api::CancelToken::new())
    }

    /// Ends the calls.
    fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether `cancel` was called.
    #[getter]
    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

fn user_agent(py: Python<'_>) -> String {
    let version = py.version_info();
    format!("python/{}.{}.{}", version.major, version.minor, version.patch)
}
