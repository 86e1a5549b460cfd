//! The deliveries of an account, or of the emulator: whatever DIDIT_BASE_URL and DIDIT_API_KEY lead to.

use didit_core::api::{Arguments, CallOptions, Config, Didit, Operation, next_page};
use serde_json::Value;

/// Calls the API.
pub(crate) struct Account(Didit);

impl Account {
    /// With the settings of the environment.
    pub(crate) fn new() -> Result<Self, String> {
        let lookup = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let config = Config::resolve("{}", &lookup).map_err(|error| error.to_string())?;
        Didit::new(config).map(Self).map_err(|error| error.to_string())
    }

    fn call(&self, operation: &str, arguments: &Arguments) -> Result<didit_core::api::Answer, String> {
        let operation = Operation::named(operation).map_err(|error| error.to_string())?;
        self.0.call(operation, arguments, &CallOptions::default()).map_err(|error| error.to_string())
    }

    /// The destinations' ids, or the one that was asked for.
    pub(crate) fn destinations(&self, only: Option<&str>) -> Result<Vec<String>, String> {
        if let Some(only) = only {
            return Ok(vec![only.to_owned()]);
        }
        let answer = self.call("webhooks.destinations.list", &Arguments::new())?;
        let all: Value = answer.json().map_err(|error| error.to_string())?;
        let rows = all.get("results").unwrap_or(&all).as_array().cloned().unwrap_or_default();
        let ids: Vec<String> = rows.iter().filter_map(|row| row.get("uuid")?.as_str()).map(str::to_owned).collect();
        if ids.is_empty() {
            Err("the application has no webhook destination; create one first".to_owned())
        } else {
            Ok(ids)
        }
    }

    /// The deliveries of a destination, newest first, until `enough` says so.
    pub(crate) fn deliveries(
        &self,
        destination: &str,
        since: Option<&str>,
        mut enough: impl FnMut(&Value) -> bool,
    ) -> Result<Vec<Value>, String> {
        let operation = Operation::named("webhooks.deliveries.list").map_err(|error| error.to_string())?;
        let mut arguments = Arguments::new().with("destination_uuid", destination);
        if let Some(since) = since {
            arguments = arguments.with("date_from", since);
        }
        let mut found = Vec::new();
        loop {
            let answer = self.call(operation.id, &arguments)?;
            let page: Value = answer.json().map_err(|error| error.to_string())?;
            for row in page.get("results").unwrap_or(&page).as_array().into_iter().flatten() {
                if enough(row) {
                    return Ok(found);
                }
                found.push(row.clone());
            }
            match next_page(operation, &arguments, &answer).map_err(|error| error.to_string())? {
                Some(next) => arguments = next,
                None => return Ok(found),
            }
        }
    }

    /// One delivery with its headers and body.
    pub(crate) fn delivery(&self, destination: &str, id: &str) -> Result<Value, String> {
        let arguments = Arguments::new().with("destination_uuid", destination).with("delivery_uuid", id);
        self.call("webhooks.deliveries.retrieve", &arguments)?.json().map_err(|error| error.to_string())
    }

    /// The delivery of an id, of whatever destination.
    pub(crate) fn find(&self, id: &str) -> Result<Value, String> {
        let found = self.destinations(None)?.iter().find_map(|destination| self.delivery(destination, id).ok());
        found.ok_or_else(|| format!("no destination has a delivery {id}"))
    }

    /// Send a delivery once more.
    pub(crate) fn resend(&self, destination: &str, id: &str) -> Result<(), String> {
        let arguments = Arguments::new().with("destination_uuid", destination).with("delivery_uuid", id);
        self.call("webhooks.deliveries.resend", &arguments).map(drop)
    }
}

/// A member of a delivery that is a string.
pub(crate) fn member<'a>(delivery: &'a Value, name: &str) -> &'a str {
    delivery.get(name).and_then(Value::as_str).unwrap_or_default()
}
