//! The deliveries of an account, or of the emulator: whatever DIDIT_BASE_URL and DIDIT_API_KEY lead to.

use didit_core::api::{Arguments, CallOptions, Config, Didit, Operation, next_page};
use serde_json::Value;

use crate::failure::Failure;

/// Calls the API.
pub(crate) struct Account(Didit);

impl Account {
    /// With the settings of the environment.
    pub(crate) fn new() -> Result<Self, Failure> {
        let lookup = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let config = Config::resolve("{}", &lookup)?;
        Ok(Self(Didit::new(config)?))
    }

    fn call(&self, operation: &str, arguments: &Arguments) -> Result<didit_core::api::Answer, Failure> {
        let operation = Operation::named(operation)?;
        Ok(self.0.call(operation, arguments, &CallOptions::default())?)
    }

    /// The destinations' ids, or the one that was asked for.
    pub(crate) fn destinations(&self, only: Option<&str>) -> Result<Vec<String>, Failure> {
        if let Some(only) = only {
            return Ok(vec![only.to_owned()]);
        }
        let answer = self.call("webhooks.destinations.list", &Arguments::new())?;
        let all: Value = answer.json()?;
        let rows = all.get("results").unwrap_or(&all).as_array().cloned().unwrap_or_default();
        let ids: Vec<String> = rows.iter().filter_map(|row| row.get("uuid")?.as_str()).map(str::to_owned).collect();
        if ids.is_empty() {
            Err("the application has no webhook destination; create one first".into())
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
    ) -> Result<Vec<Value>, Failure> {
        let operation = Operation::named("webhooks.deliveries.list")?;
        let mut arguments = Arguments::new().with("destination_uuid", destination);
        if let Some(since) = since {
            arguments = arguments.with("date_from", since);
        }
        let mut found = Vec::new();
        loop {
            let answer = self.call(operation.id, &arguments)?;
            let page: Value = answer.json()?;
            for row in page.get("results").unwrap_or(&page).as_array().into_iter().flatten() {
                if enough(row) {
                    return Ok(found);
                }
                found.push(row.clone());
            }
            match next_page(operation, &arguments, &answer)? {
                Some(next) => arguments = next,
                None => return Ok(found),
            }
        }
    }

    /// One delivery with its headers and body.
    pub(crate) fn delivery(&self, destination: &str, id: &str) -> Result<Value, Failure> {
        let arguments = Arguments::new().with("destination_uuid", destination).with("delivery_uuid", id);
        Ok(self.call("webhooks.deliveries.retrieve", &arguments)?.json()?)
    }

    /// The delivery of an id, of whatever destination.
    pub(crate) fn find(&self, id: &str) -> Result<Value, Failure> {
        let found = self.destinations(None)?.iter().find_map(|destination| self.delivery(destination, id).ok());
        found.ok_or_else(|| format!("no destination has a delivery {id}").into())
    }

    /// Send a delivery once more; the id of the new attempt comes back, where the answer says it.
    pub(crate) fn resend(&self, destination: &str, id: &str) -> Result<Option<String>, Failure> {
        let arguments = Arguments::new().with("destination_uuid", destination).with("delivery_uuid", id);
        let answer: Value = self.call("webhooks.deliveries.resend", &arguments)?.json().unwrap_or_default();
        // An answer that repeats the old attempt says nothing of the new one.
        Ok(answer.get("uuid").and_then(Value::as_str).filter(|uuid| *uuid != id).map(str::to_owned))
    }
}

/// A member of a delivery that is a string.
pub(crate) fn member<'a>(delivery: &'a Value, name: &str) -> &'a str {
    delivery.get(name).and_then(Value::as_str).unwrap_or_default()
}
