//! What a person entered on the steps so far, and what becomes of it in the decision.

use serde_json::{Map, Value, json};

use super::fields::{CHECKS, Check, Kind, Step};
use crate::clock::days;
use crate::service::reply::Refusal;
use crate::service::session::Session;
use crate::service::{Context, Status, decision, template};

/// The fields of the page that belong to no check.
const PLAIN: [&str; 7] = ["go", "at", "status", "device", "embedded", "reason", "resubmit"];
/// The statuses that a check can be given; an empty one follows the session's.
pub const STATUSES: [&str; 5] = ["", "Approved", "Declined", "In Review", "Not Finished"];

/// The fields of a form, in their order.
#[derive(Debug, Clone, Default)]
pub struct Draft(Vec<(String, String)>);

/// A value that cannot be what its field holds.
#[derive(Debug, Clone)]
pub struct Mistake {
    /// The check's array.
    pub array: &'static str,
    /// The field.
    pub field: &'static str,
    /// What it holds.
    pub kind: Kind,
}

impl Draft {
    /// Of a form or a query.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Refuse fields that no form of the page has, and values that none of its choices has.
    ///
    /// # Errors
    ///
    /// 400 that names the field.
    pub fn check(&self) -> Result<(), Refusal> {
        for (name, value) in &self.0 {
            let known = match name.split_once('.') {
                None => PLAIN.contains(&name.as_str()),
                Some((array, field)) => CHECKS.iter().filter(|check| check.array == array).any(|check| {
                    ["status", "warnings", "other_warning"].contains(&field)
                        || check.fields.iter().any(|(known, _)| *known == field)
                }),
            };
            if !known {
                return Err(Refusal::detail(400, format!("The page has no field {name:?}.")));
            }
            let chosen = match name.as_str() {
                "resubmit" => CHECKS.iter().any(|check| check.array == value),
                _ if name.ends_with(".status") => STATUSES.contains(&value.as_str()),
                _ => true,
            };
            if !chosen {
                return Err(Refusal::detail(400, format!("{name} cannot be {value:?}.")));
            }
        }
        Ok(())
    }

    /// Every value of a name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    /// What is carried on once the session has gone on: the device, and whether there is a frame.
    pub fn of_device(&self) -> Self {
        Self(self.0.iter().filter(|(name, _)| name == "device" || name == "embedded").cloned().collect())
    }

    /// What belongs to a check, to be carried through the steps that do not show it.
    pub fn of_check(&self, check: &Check) -> impl Iterator<Item = &(String, String)> {
        let prefix = format!("{}.", check.array);
        self.0.iter().filter(move |(name, _)| name.starts_with(&prefix))
    }

    /// The values of a check that differ from what it would find by itself.
    fn changes(&self, check: &Check, session: &Session, now: i64) -> Result<Map<String, Value>, Mistake> {
        let usual = usual(session, check.array, now);
        // What need not be done again is on no step, and stays as it was found.
        let kept = (session.status == Status::Resubmitted).then(|| first(session, check.array, now));
        let mut changed = Map::new();
        for (field, kind) in check.fields {
            let entered = self.get(&format!("{}.{field}", check.array)).map(str::to_owned);
            let found = kept.as_ref().and_then(|entry| entry.get(field));
            let Some(text) = entered.or_else(|| found.map(shown)) else { continue };
            if text == shown(usual.get(field).unwrap_or(&Value::Null)) {
                continue;
            }
            let value = match found {
                // Whatever it was, nobody changed it.
                Some(found) if shown(found) == text => found.clone(),
                _ => read(*kind, &text).ok_or(Mistake { array: check.array, field, kind: *kind })?,
            };
            changed.insert((*field).to_owned(), value);
        }
        if let Some(status) = self.get(&format!("{}.status", check.array)).filter(|status| !status.is_empty()) {
            changed.insert("status".to_owned(), status.into());
        }
        let warnings = self.warnings(check);
        if !warnings.is_empty() {
            let level =
                if changed.get("status").and_then(Value::as_str) == Some("Declined") { "error" } else { "warning" };
            let node = usual.get("node_id").cloned().unwrap_or_default();
            let warning = |risk: &String| {
                json!({
                    "feature": check.feature, "risk": risk, "log_type": level, "node_id": node, "additional_data": null,
                    "short_description": risk.replace('_', " ").to_lowercase(),
                    "long_description": format!("Sample text for {risk}."),
                })
            };
            changed.insert("warnings".to_owned(), warnings.iter().map(warning).collect());
        }
        Ok(changed)
    }

    /// The risk codes that were chosen for a check.
    pub fn warnings(&self, check: &Check) -> Vec<String> {
        let chosen = self.all(&format!("{}.warnings", check.array)).into_iter().map(str::to_owned);
        let other = self.get(&format!("{}.other_warning", check.array)).unwrap_or_default();
        let others = other.split(',').map(|risk| risk.trim().replace(' ', "_").to_uppercase());
        let mut all: Vec<String> = chosen.chain(others).filter(|risk| !risk.is_empty()).collect();
        all.dedup();
        all
    }

    /// What cannot be read of all that was entered.
    pub fn mistakes(&self, session: &Session, now: i64) -> Vec<Mistake> {
        CHECKS.iter().filter_map(|check| self.changes(check, session, now).err()).collect()
    }

    /// What is merged into the decision when the session goes to `target`: whole entries of the checks that were changed.
    ///
    /// # Errors
    ///
    /// 400 for a value that its field cannot hold.
    pub fn change(&self, context: &Context<'_>, session: &Session, target: Status) -> Result<Value, Refusal> {
        let mut trial = session.clone();
        trial.status = if target == Status::Resubmitted { Status::InReview } else { target };
        decision::find(context, &mut trial);
        let found = trial.checks();
        let mut change = Map::new();
        for check in &CHECKS {
            let changes = self.changes(check, session, context.now).map_err(|mistake| {
                Refusal::detail(400, format!("{}.{} cannot be that.", mistake.array, mistake.field))
            })?;
            if changes.is_empty() {
                continue;
            }
            let mut entry = found.pointer(&format!("/{}/0", check.array)).cloned().unwrap_or_else(|| {
                let mut entry = template::entry(check.array);
                template::expand(&mut entry, context.now, &session.id);
                entry
            });
            let named = changes.contains_key("first_name") || changes.contains_key("last_name");
            template::merge(&mut entry, &Value::Object(changes));
            if named {
                let part = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                let full = format!("{} {}", part("first_name"), part("last_name"));
                template::merge(&mut entry, &json!({ "full_name": full.trim() }));
            }
            change.insert(check.array.to_owned(), json!([entry]));
        }
        Ok(Value::Object(change))
    }
}

/// A value as a field shows it.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn read(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        _ if text.is_empty() => Some(Value::Null),
        Kind::Text | Kind::Choice(_) => Some(text.into()),
        Kind::Date => days(text).map(|_| text.into()),
        Kind::Number => serde_json::from_str(text.trim()).ok().filter(Value::is_number),
        Kind::Flag => text.parse::<bool>().ok().map(Value::Bool),
    }
}

/// What a check of the session finds where nobody changes anything; the scenario counts.
pub fn usual(session: &Session, array: &str, now: i64) -> Value {
    let mut entry = template::entry(array);
    let steps = session.scenario.as_deref().and_then(|name| template::steps(Some(name), ""));
    if let Some(step) = steps.and_then(|steps| steps.get(array)).filter(|step| !step.is_null()) {
        template::merge(&mut entry, step);
    }
    template::expand(&mut entry, now, &session.id);
    entry
}

/// What a check shows at first: what it found before where it need not be done again.
pub fn first(session: &Session, array: &str, now: i64) -> Value {
    let usual = usual(session, array, now);
    if session.status != Status::Resubmitted {
        return usual;
    }
    let node = usual.get("node_id").and_then(Value::as_str).unwrap_or_default();
    if again(session).iter().any(|(id, _)| id == node) {
        return usual;
    }
    session.checks().pointer(&format!("/{array}/0")).cloned().unwrap_or(usual)
}

/// What has to be done again: nodes with their reasons.
pub fn again(session: &Session) -> Vec<(String, String)> {
    let info: Value =
        session.resubmit_info.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let nodes = info.get("nodes_to_resubmit").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let node = |node: &Value| {
        let id = node.get("node_id")?.as_str()?;
        let reason = info.get("reasons").and_then(|reasons| reasons.get(id)).and_then(Value::as_str);
        Some((id.to_owned(), reason.unwrap_or_default().to_owned()))
    };
    nodes.iter().filter_map(node).collect()
}

/// The checks of a session, in the order of the page.
pub fn checks(session: &Session) -> Vec<&'static Check> {
    let features: Vec<String> = serde_json::from_str(&session.features).unwrap_or_default();
    let steps = session.scenario.as_deref().and_then(|name| template::steps(Some(name), ""));
    let reached = |array: &str| steps.and_then(|steps| steps.get(array)).is_some_and(|step| !step.is_null());
    CHECKS.iter().filter(|check| features.iter().any(|array| array == check.array) || reached(check.array)).collect()
}

/// The steps that a session goes through; after a resubmission only those that are to be done again.
pub fn steps(session: &Session) -> Vec<Step> {
    let again = again(session);
    let wanted = |check: &&&'static Check| {
        let node = template::entry(check.array);
        let node = node.get("node_id").and_then(Value::as_str).unwrap_or_default();
        session.status != Status::Resubmitted || again.iter().any(|(id, _)| id == node)
    };
    let checks = checks(session);
    let mut steps: Vec<Step> = [Step::Document, Step::Selfie]
        .into_iter()
        .filter(|step| checks.iter().filter(wanted).any(|check| check.step == *step))
        .collect();
    steps.push(Step::Result);
    steps
}

/// What a reviewer asks for again, exactly as the event carries it; `None` leaves the choice to the emulator.
pub fn resubmit_info(draft: &Draft, reason: &str) -> Option<String> {
    let nodes: Vec<Value> = draft
        .all("resubmit")
        .into_iter()
        .filter_map(|array| {
            let feature = decision::workflow_feature(array)?;
            let entry = template::entry(array);
            Some(json!({ "node_id": entry.get("node_id")?, "feature": feature }))
        })
        .collect();
    let names = nodes.iter().filter_map(|node| node.get("node_id")?.as_str());
    let reasons: Map<String, Value> = names.map(|name| (name.to_owned(), reason.into())).collect();
    (!nodes.is_empty()).then(|| json!({ "nodes_to_resubmit": nodes, "reasons": reasons }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_their_kind() {
        assert_eq!(read(Kind::Number, "12.50"), serde_json::from_str("12.50").ok());
        assert_eq!(read(Kind::Number, "NaN"), None);
        assert_eq!(read(Kind::Number, "\"1\""), None);
        assert_eq!(read(Kind::Number, ""), Some(Value::Null));
        assert_eq!(read(Kind::Text, "زينب 'Ünal' <b>"), Some("زينب 'Ünal' <b>".into()));
        assert_eq!(read(Kind::Flag, "true"), Some(Value::Bool(true)));
        assert_eq!(read(Kind::Flag, "maybe"), None);
        assert_eq!(read(Kind::Date, "2024-02-29"), Some("2024-02-29".into()));
        assert_eq!(read(Kind::Date, "2023-02-29"), None);
    }

    #[test]
    fn warnings_are_those_chosen_and_those_written() {
        let [check, ..] = &CHECKS;
        let pairs =
            [("id_verifications.warnings", "DOCUMENT_EXPIRED"), ("id_verifications.other_warning", "new risk, ,X")];
        let draft = Draft::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec());
        assert_eq!(draft.warnings(check), ["DOCUMENT_EXPIRED", "NEW_RISK", "X"]);
    }
}
