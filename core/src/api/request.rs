//! From an operation and its arguments to the bytes of a request.

use serde_json::{Map, Value};

use super::arguments::Arguments;
use super::check::Checker;
use super::config::{Config, MOST_IN_HEADER};
use super::operation::{
    Auth, BodyKind, ClientOption, Host, Operation, Parameter, Place, ResponseKind, Retry, Schema, Verb,
};
use super::transport::HttpRequest;
use super::{multipart, url};
use crate::{Code, Error, FieldError, Http, nearest};

/// The longest address: servers seldom take more, and what is too long for them they refuse by themselves.
const MOST_IN_ADDRESS: usize = 8 * 1024;

/// A request without credentials, and what the client has to know about it.
pub(crate) struct Prepared {
    pub(crate) http: HttpRequest,
    /// Whether a repeat is harmless although the bytes may have arrived.
    pub(crate) repeatable: bool,
}

/// What the arguments come to, place by place.
#[derive(Default)]
struct Parts {
    path: Vec<(&'static str, String)>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Map<String, Value>,
    whole: Option<Value>,
    files: Vec<multipart::Part>,
}

/// Builds the request of an operation, or says everything that is wrong with the arguments.
pub(crate) fn prepare(config: &Config, operation: &Operation, arguments: &Arguments) -> Result<Prepared, Error> {
    let mut checker = Checker::new(operation.strict());
    let mut parts = Parts::default();
    for parameter in operation.parameters {
        place(config, operation, parameter, arguments, &mut checker, &mut parts)?;
    }
    leftovers(operation, arguments, &mut checker, &mut parts);
    extras(arguments, &mut checker, &mut parts);
    let url = address(config, operation, &parts);
    refuse_if_long(&url, &parts, &mut checker);
    refuse_if_wrong(checker.errors)?;

    let mut http = HttpRequest { verb: operation.verb, url, headers: Vec::new(), body: None };
    let accept = match operation.response {
        ResponseKind::Pdf => "application/pdf, application/json;q=0.9",
        ResponseKind::Csv => "text/csv, application/json;q=0.9",
        ResponseKind::Json | ResponseKind::Empty => "application/json",
    };
    http.set_header("accept", accept);
    http.set_header("user-agent", agent(config));
    write_body(&mut http, operation.body, parts.body, parts.whole, parts.files);
    for (name, value) in parts.headers {
        http.set_header(&name, value);
    }
    Ok(Prepared { http, repeatable: repeatable(operation, arguments) })
}

/// The request of a path that is not described. Its body and query are the caller's own.
pub(crate) fn raw(
    config: &Config,
    verb: Verb,
    path: &str,
    json: Option<&Value>,
    arguments: &Arguments,
) -> Result<Prepared, Error> {
    let mut checker = Checker::new(false);
    let mut parts = Parts::default();
    let (bare, in_path) = path.split_once('?').unwrap_or((path, ""));
    let visible = path.bytes().all(|byte| byte.is_ascii_graphic() && !b"#\\\"<>^`{|}".contains(&byte));
    if !bare.starts_with('/') || !visible || bare.split('/').any(url::is_dots) {
        checker.refuse(
            "path",
            "does not start with /, or holds what a percent-encoded path cannot hold; the host is not part of it",
        );
    }
    for (name, value) in &arguments.params {
        query_pairs(name, value, &mut parts.query);
    }
    for file in &arguments.files {
        parts.files.push(multipart::Part::file(&file.field, file));
    }
    extras(arguments, &mut checker, &mut parts);
    let kind = match () {
        () if !parts.files.is_empty() => BodyKind::Multipart,
        () if json.is_some() || !parts.body.is_empty() => BodyKind::Json,
        () => BodyKind::None,
    };
    let whole = match json {
        Some(Value::Object(members)) => {
            let extra = std::mem::replace(&mut parts.body, members.clone());
            parts.body.extend(extra);
            (kind == BodyKind::Json).then(|| Value::Object(std::mem::take(&mut parts.body)))
        }
        Some(_) if kind == BodyKind::Multipart => {
            checker.refuse("json", "is not an object, although files are sent beside it");
            None
        }
        other => other.cloned(),
    };
    let mut address = format!("{}{bare}", config.base_url);
    let query = [in_path, &url::query(&parts.query)]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join("&");
    if !query.is_empty() {
        address.push('?');
        address.push_str(&query);
    }
    if path.len() > MOST_IN_ADDRESS {
        checker.refuse("path", format!("is longer than {MOST_IN_ADDRESS} bytes"));
    }
    refuse_if_long(&address, &parts, &mut checker);
    refuse_if_wrong(checker.errors)?;
    let mut http = HttpRequest { verb, url: address, headers: Vec::new(), body: None };
    http.set_header("accept", "application/json, */*;q=0.5");
    http.set_header("user-agent", agent(config));
    write_body(&mut http, kind, parts.body, whole, parts.files);
    for (name, value) in parts.headers {
        http.set_header(&name, value);
    }
    Ok(Prepared { http, repeatable: matches!(verb, Verb::Get | Verb::Put | Verb::Delete) })
}

fn agent(config: &Config) -> String {
    let ours = concat!("didit-client/", env!("CARGO_PKG_VERSION"));
    let face = config
        .user_agent
        .as_deref()
        .filter(|face| !face.is_empty() && face.bytes().all(|byte| (32..127).contains(&byte)));
    face.map_or_else(|| ours.to_owned(), |face| format!("{ours} {face}"))
}

/// An address that is too long, by its longest argument; and headers that are too long together.
fn refuse_if_long(address: &str, parts: &Parts, checker: &mut Checker) {
    if address.len() > MOST_IN_ADDRESS && checker.errors.is_empty() {
        let in_path = parts.path.iter().map(|(name, value)| (*name, value.len()));
        let all = in_path.chain(parts.query.iter().map(|(name, value)| (&**name, name.len() + value.len())));
        let longest = all.max_by_key(|(_, length)| *length).map_or("path", |(name, _)| name);
        let longest: String = longest.chars().take(100).collect();
        checker.refuse(&longest, format!("is too long: the address has more than {MOST_IN_ADDRESS} bytes"));
    }
    let of_headers: usize = parts.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if of_headers > MOST_IN_HEADER {
        checker.refuse("extra_headers", format!("have more than {MOST_IN_HEADER} bytes together"));
    }
}

/// Where a parameter's value comes from: the call, else the client.
fn value_of(
    config: &Config,
    operation: &Operation,
    parameter: &Parameter,
    arguments: &Arguments,
) -> Result<Option<Value>, Error> {
    match arguments.params.get(parameter.name) {
        Some(Value::Null) if parameter.nullable => return Ok(Some(Value::Null)),
        Some(Value::Null) | None => {}
        Some(value) => return Ok(Some(value.clone())),
    }
    let Some(option) = parameter.option else { return Ok(None) };
    let (held, variable) = match option {
        ClientOption::OrganizationId => (&config.organization_id, "DIDIT_ORGANIZATION_ID"),
        ClientOption::ApplicationId => (&config.application_id, "DIDIT_APPLICATION_ID"),
        ClientOption::WorkflowId => (&config.workflow_id, "DIDIT_WORKFLOW_ID"),
    };
    match held {
        Some(held) if !held.is_empty() => Ok(Some(Value::String(held.clone()))),
        _ if parameter.required => {
            // Both in one go: they are set in the same place.
            let keyless = operation.auth == Auth::ApiKey && config.api_key.is_none();
            let too = if keyless { "; there is no API key (DIDIT_API_KEY) either" } else { "" };
            Err(Error::about(Code::MissingOption, format!("{} ({variable}){too}", parameter.name)))
        }
        _ => Ok(None),
    }
}

fn place(
    config: &Config,
    operation: &Operation,
    parameter: &Parameter,
    arguments: &Arguments,
    checker: &mut Checker,
    parts: &mut Parts,
) -> Result<(), Error> {
    if parameter.place == Place::File {
        file(parameter, arguments, checker, parts);
        return Ok(());
    }
    let Some(mut value) = value_of(config, operation, parameter, arguments)? else {
        // A body that is added to by hand may hold what the arguments lack.
        if parameter.required && !arguments.extra_body.contains_key(parameter.wire) {
            checker.refuse(parameter.name, "is missing");
        }
        return Ok(());
    };
    if !value.is_null() {
        checker.value(parameter.name, &mut value, parameter.schema);
    }
    match parameter.place {
        Place::Path => match plain(&value) {
            Some(text) if !text.is_empty() && !url::is_dots(&text) => parts.path.push((parameter.wire, text)),
            _ => checker.refuse(parameter.name, "cannot be a part of the path"),
        },
        Place::Query => query_pairs(parameter.wire, &value, &mut parts.query),
        Place::Header => header(parameter.wire, parameter.name, &value, checker, parts),
        Place::Body if operation.body == BodyKind::None => query_pairs(parameter.wire, &value, &mut parts.query),
        Place::Body => drop(parts.body.insert(parameter.wire.to_owned(), value)),
        Place::WholeBody => parts.whole = Some(value),
        Place::File => {}
    }
    Ok(())
}

fn file(parameter: &Parameter, arguments: &Arguments, checker: &mut Checker, parts: &mut Parts) {
    let before = parts.files.len();
    for file in arguments.files.iter().filter(|file| file.field == parameter.name) {
        if let Schema::File { max_bytes: Some(most) } = parameter.schema
            && file.bytes.len() > *most
        {
            checker.refuse(parameter.name, format!("is larger than {most} bytes"));
        }
        parts.files.push(multipart::Part::file(parameter.wire, file));
    }
    if arguments.params.get(parameter.name).is_some_and(|value| !value.is_null()) {
        checker.refuse(parameter.name, "is not a file");
    } else if parameter.required && parts.files.len() == before {
        checker.refuse(parameter.name, "is missing");
    }
}

/// Arguments that no parameter takes.
fn leftovers(operation: &Operation, arguments: &Arguments, checker: &mut Checker, parts: &mut Parts) {
    let known = |name: &str| operation.parameters.iter().any(|parameter| parameter.name == name);
    for (name, value) in arguments.params.iter().filter(|(name, value)| !known(name) && !value.is_null()) {
        if operation.strict() {
            let meant = nearest(name, operation.parameters.iter().map(|parameter| parameter.name));
            let meant = meant.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
            let otherwise = "extra_body and extra_query send it all the same";
            checker.refuse(name, format!("is not an argument of this operation{meant}; {otherwise}"));
        } else if operation.body == BodyKind::None {
            query_pairs(name, value, &mut parts.query);
        } else {
            parts.body.insert(name.clone(), value.clone());
        }
    }
    for file in arguments.files.iter().filter(|file| !known(&file.field)) {
        if operation.strict() {
            checker.refuse(&file.field, "is not a file of this operation");
        } else {
            parts.files.push(multipart::Part::file(&file.field, file));
        }
    }
}

fn extras(arguments: &Arguments, checker: &mut Checker, parts: &mut Parts) {
    for (name, value) in &arguments.extra_query {
        parts.query.retain(|(known, _)| known != name);
        query_pairs(name, value, &mut parts.query);
    }
    for (name, value) in &arguments.extra_headers {
        let lower = name.to_ascii_lowercase();
        // These decide where a body ends and whom the key is sent to.
        const OURS: &[&str] =
            &["x-api-key", "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "expect"];
        if OURS.contains(&&*lower) {
            checker.refuse(&format!("extra_headers.{name}"), "is a header that the client sets itself");
            continue;
        }
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if lower.is_empty() || !lower.bytes().all(token) {
            checker.refuse("extra_headers", "holds a name that no header can have");
            continue;
        }
        header(&lower, &format!("extra_headers.{name}"), value, checker, parts);
    }
    for (name, value) in &arguments.extra_body {
        parts.body.insert(name.clone(), value.clone());
    }
}

fn header(wire: &str, path: &str, value: &Value, checker: &mut Checker, parts: &mut Parts) {
    match plain(value) {
        Some(text) if text.bytes().all(|byte| (32..127).contains(&byte)) => {
            parts.headers.push((wire.to_ascii_lowercase(), text));
        }
        _ => checker.refuse(path, "holds what no header can hold"),
    }
}

/// The text of a scalar.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A list is written as several pairs of one name; null is not written at all.
fn query_pairs(name: &str, value: &Value, into: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| query_pairs(name, item, into)),
        other => into.push((name.to_owned(), plain(other).unwrap_or_else(|| other.to_string()))),
    }
}

fn address(config: &Config, operation: &Operation, parts: &Parts) -> String {
    let (base, template) = match (operation.host, &config.issuer_url) {
        (Host::Verification, _) => (&config.base_url, operation.path),
        (Host::Issuer(below), Some(issuer)) => (issuer, below),
        (Host::Account | Host::Issuer(_), _) => (&config.account_url, operation.path),
    };
    let mut address = base.clone();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        address.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        if let Some((_, value)) = parts.path.iter().find(|(wire, _)| *wire == name) {
            url::encode(&mut address, value);
        }
        rest = after;
    }
    address.push_str(rest);
    if !parts.query.is_empty() {
        address.push('?');
        address.push_str(&url::query(&parts.query));
    }
    address
}

fn write_body(
    http: &mut HttpRequest,
    kind: BodyKind,
    body: Map<String, Value>,
    whole: Option<Value>,
    files: Vec<multipart::Part>,
) {
    let (content_type, bytes) = match kind {
        _ if !files.is_empty() || kind == BodyKind::Multipart => {
            let fields = body.iter().flat_map(|(name, value)| multipart::Part::fields(name, value));
            multipart::write(&fields.chain(files).collect::<Vec<_>>())
        }
        BodyKind::Form => {
            let mut pairs = Vec::new();
            body.iter().for_each(|(name, value)| query_pairs(name, value, &mut pairs));
            ("application/x-www-form-urlencoded".to_owned(), url::query(&pairs).into_bytes())
        }
        _ => {
            let value = match whole {
                Some(Value::Object(mut members)) => {
                    members.extend(body);
                    Value::Object(members)
                }
                Some(other) => other,
                None if body.is_empty() && kind == BodyKind::None => return,
                // A DELETE whose description allows a body usually has none.
                None if body.is_empty() && matches!(http.verb, Verb::Get | Verb::Delete) => return,
                None => Value::Object(body),
            };
            ("application/json".to_owned(), value.to_string().into_bytes())
        }
    };
    http.set_header("content-type", content_type);
    http.body = Some(bytes);
}

fn repeatable(operation: &Operation, arguments: &Arguments) -> bool {
    match operation.retry {
        Retry::Safe | Retry::Idempotent => true,
        Retry::Never => false,
        Retry::IdempotentWith(name) => {
            let known = operation.parameters.iter().find(|one| one.name == name || one.wire == name);
            let (client, wire) = known.map_or((name, name), |known| (known.name, known.wire));
            let places = [
                arguments.params.get(client),
                arguments.extra_body.get(wire),
                arguments.extra_headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(wire)).map(|(_, value)| value),
            ];
            places.into_iter().flatten().any(|value| !value.is_null() && value != "")
        }
    }
}

fn refuse_if_wrong(errors: Vec<FieldError>) -> Result<(), Error> {
    if errors.is_empty() {
        return Ok(());
    }
    let say = |error: &FieldError| format!("{} {}", error.path, error.messages.join(", ")).trim().to_owned();
    let about = errors.iter().map(say).collect::<Vec<_>>().join("; ");
    Err(Error::about(Code::InvalidArgument, about).with_http(Http { fields: errors, ..Http::default() }))
}

/// Whose credential a request carries.
pub(crate) fn auth_of(operation: Option<&Operation>) -> Auth {
    operation.map_or(Auth::ApiKey, |operation| match (operation.auth, operation.host) {
        // The key belongs to the verification host alone, whatever a description says.
        (Auth::ApiKey, Host::Account | Host::Issuer(_)) => Auth::None,
        (auth, _) => auth,
    })
}
