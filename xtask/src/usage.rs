//! Which file an object belongs to: that of the one resource that uses it, `shared` where several do.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Answer, Model, Place, Type, top_of};
use crate::openapi::Description;

/// The file of what several resources use.
pub(crate) const SHARED: &str = "shared";

type Owners = BTreeMap<String, BTreeSet<String>>;

/// Says for each object in which files it is declared, for requests and for answers.
pub(crate) fn assign_groups(model: &mut Model, description: &Description) {
    let own_group = |name: &str| description.components.schemas.get(name).and_then(|schema| schema.group.clone());
    let (mut requests, mut answers) = (Owners::new(), Owners::new());
    for operation in &model.operations {
        let owner = top_of(&operation.resource);
        for parameter in operation.parameters.iter().filter(|parameter| parameter.place != Place::File) {
            mark(model, &parameter.kind, owner, &mut requests, &|_| None);
        }
        match &operation.answer {
            Answer::Value(kind) | Answer::List { item: kind, .. } => mark(model, kind, owner, &mut answers, &own_group),
            Answer::File | Answer::Empty => {}
        }
    }
    for name in model.objects.keys() {
        if let Some(group) = own_group(name) {
            mark(model, &Type::Object(name.clone()), &group, &mut answers, &own_group);
        }
    }
    let own_groups: BTreeSet<String> =
        description.components.schemas.values().filter_map(|schema| schema.group.clone()).collect();
    for (name, object) in &mut model.objects {
        object.in_requests = requests.get(name).map(|owners| one(owners, &BTreeSet::new()));
        object.in_answers = answers.get(name).map(|owners| one(owners, &own_groups));
    }
}

/// Notes the owner on an object and on all that it holds. An object with a group of its own owns what it holds.
fn mark(model: &Model, kind: &Type, owner: &str, owners: &mut Owners, own_group: &impl Fn(&str) -> Option<String>) {
    let Some(name) = kind.object() else { return };
    let owner = own_group(name).unwrap_or_else(|| owner.to_owned());
    if owners.entry(name.to_owned()).or_default().insert(owner.clone()) {
        for field in &model.objects[name].fields {
            mark(model, &field.kind, &owner, owners, own_group);
        }
    }
}

/// What an object with a group of its own holds stays with it, so that its file needs no other.
fn one(owners: &BTreeSet<String>, own_groups: &BTreeSet<String>) -> String {
    match (owners.intersection(own_groups).next(), owners.first()) {
        (Some(group), _) => group.clone(),
        (None, Some(owner)) if owners.len() == 1 => owner.clone(),
        _ => SHARED.to_owned(),
    }
}
