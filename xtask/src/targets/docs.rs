//! The reference of all operations and objects, one page for each attribute of the client.

use std::collections::BTreeSet;

use minijinja::{Environment, Value, context};

use super::{File, Files, input_name, render};
use crate::model::{Answer, Model, Object, Operation, Parameter, Place, ResponseKind, Text, Type, top_of};
use crate::{names, text};

const FOLDER: &str = "docs/operations";

pub(crate) fn files(model: &Model, templates: &Environment<'_>) -> Files {
    let mut files = Vec::new();
    let mut groups: BTreeSet<&str> = model.resources.iter().map(|resource| top_of(&resource.path)).collect();
    for object in model.objects.values() {
        groups.extend(object.in_requests.as_deref());
        groups.extend(object.in_answers.as_deref());
    }
    let mut index = Vec::new();
    for group in groups {
        let operations: Vec<_> = model.operations.iter().filter(|it| top_of(&it.resource) == group).collect();
        let about = model.resources.iter().find(|resource| resource.path == group);
        let about = about.map_or_else(
            || format!("Objects of {}.", if group == "shared" { "several resources" } else { "the decision" }),
            |resource| text::sentence(&resource.description),
        );
        index.push(context! { group, about => about.clone(), count => operations.len() });
        let context = context! {
            group,
            about,
            operations => operations.iter().map(|it| section(model, it, group)).collect::<Vec<_>>(),
            objects => objects(model, group),
        };
        files.push(File { path: format!("{FOLDER}/{group}.md"), text: render(templates, "docs_page", context)? });
    }
    let context = context! { pages => index, count => model.operations.len() };
    files.push(File { path: format!("{FOLDER}/README.md"), text: render(templates, "docs_index", context)? });
    Ok(files)
}

fn section(model: &Model, operation: &Operation, group: &str) -> Value {
    let path: Vec<&str> = operation.resource.split('.').collect();
    let camel: Vec<String> = path.iter().map(|part| names::camel(part)).collect();
    let mut facts = vec![format!("authorization: {}", text::authorization(operation)), text::retry(operation)];
    facts.extend(text::pagination(operation).map(str::to_owned));
    facts.extend(operation.sdk_name.as_ref().map(|name| format!("in Didit's own libraries `{name}`")));
    let rows: Vec<_> = operation.parameters.iter().map(|it| row(model, it, group)).collect();
    context! {
        id => operation.id(),
        summary => text::summary(operation),
        details => text::details(operation),
        facts => names::capitalised(&facts.join("; ")) + ".",
        python => format!("client.{}.{}", path.join("."), names::python(&operation.method)),
        node => format!("didit.{}.{}", camel.join("."), names::camel(&operation.method)),
        rust => format!("didit.{}().{}", path.join("()."), names::rust(&operation.method)),
        rows,
        answer => answer(model, operation, group),
        status => statuses(operation, true),
        refusals => statuses(operation, false),
    }
}

/// The statuses with which the service is known to answer the call, or to refuse it.
fn statuses(operation: &Operation, good: bool) -> String {
    let statuses = operation.responses.keys().filter(|status| status.starts_with('2') == good);
    statuses.map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn row(model: &Model, it: &Parameter, group: &str) -> Value {
    let place = match it.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Body => "body",
        Place::WholeBody => "the body",
        Place::File => "file",
    };
    let needed = match (it.required, &it.option) {
        (true, None) => ", required",
        _ => "",
    };
    let kind = kind(model, &it.kind, group, true) + if it.nullable { " or null" } else { "" };
    context! { name => it.name.clone(), kind, place => format!("{place}{needed}"), about => cell(&text::parameter(it)) }
}

fn answer(model: &Model, operation: &Operation, group: &str) -> String {
    match (&operation.answer, operation.response) {
        (Answer::List { item, .. }, _) => format!("pages of {}", kind(model, item, group, false)),
        (Answer::Value(value), _) => kind(model, value, group, false),
        (Answer::File, ResponseKind::Csv) => "a CSV file".to_owned(),
        (Answer::File, _) => "a PDF file".to_owned(),
        (Answer::Empty, _) => "nothing".to_owned(),
    }
}

fn objects(model: &Model, group: &str) -> Vec<Value> {
    let mut objects = Vec::new();
    for (name, object) in &model.objects {
        if object.in_requests.as_deref() == Some(group) {
            objects.push(entry(model, &input_name(name), object, group, true));
        }
        if object.in_answers.as_deref() == Some(group) {
            objects.push(entry(model, name, object, group, false));
        }
    }
    objects
}

fn entry(model: &Model, name: &str, object: &Object, group: &str, in_request: bool) -> Value {
    let fields: Vec<_> = object
        .fields
        .iter()
        .map(|field| {
            let mut kind = kind(model, &field.kind, group, in_request);
            if in_request && field.required {
                kind += ", required";
            }
            if !in_request && field.required && !field.nullable {
                kind += ", given";
            }
            if in_request && field.nullable {
                kind += " or null";
            }
            context! { name => field.name.clone(), kind, about => cell(&text::field(field)) }
        })
        .collect();
    let about = text::sentence(&object.description);
    context! { name, about, in_request, fields }
}

/// A type in words, with a link to the object that it holds.
fn kind(model: &Model, it: &Type, group: &str, in_request: bool) -> String {
    match it {
        Type::Any => "any JSON".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Integer { .. } => "integer".to_owned(),
        Type::Number { .. } => "number".to_owned(),
        Type::NumberOrText => "number or string".to_owned(),
        Type::Text(Text { values, .. }) if in_request && !values.is_empty() => {
            values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
        }
        Type::Text(_) => "string".to_owned(),
        Type::Array { items, .. } => format!("array of {}", kind(model, items, group, in_request)),
        Type::Map(values) if **values == Type::Any => "object".to_owned(),
        Type::Map(values) => format!("object of {}", kind(model, values, group, in_request)),
        Type::Object(name) => {
            let object = &model.objects[name];
            let (file, name) = if in_request {
                (object.in_requests.as_deref(), input_name(name))
            } else {
                (object.in_answers.as_deref(), name.clone())
            };
            let file = file.filter(|file| *file != group).map_or(String::new(), |file| format!("{file}.md"));
            format!("[{name}]({file}#{})", name.to_lowercase())
        }
        Type::File { .. } => "file".to_owned(),
    }
}

/// What can stand in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
