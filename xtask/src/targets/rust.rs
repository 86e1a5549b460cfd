//! The operation table and the request schemas that the core walks.

use minijinja::{Environment, Value, context};

use super::{File, Files, quoted, render};
use crate::model::{Host, Model, Object, Operation, Parameter, Place, Retry, Shape, Text, Type};
use crate::names;

const FOLDER: &str = "core/src/api/generated";

pub(crate) fn files(model: &Model, templates: &Environment<'_>) -> Files {
    let operations: Vec<_> = model.operations.iter().map(operation).collect();
    let objects: Vec<_> = model
        .objects
        .iter()
        .filter(|(_, object)| object.in_requests.is_some())
        .map(|(name, it)| schema_of(name, it))
        .collect();
    Ok(vec![
        File { path: format!("{FOLDER}/mod.rs"), text: render(templates, "rust_mod", context! {})? },
        File {
            path: format!("{FOLDER}/operations.rs"),
            text: render(templates, "rust_operations", context! { operations })?,
        },
        File { path: format!("{FOLDER}/schemas.rs"), text: render(templates, "rust_schemas", context! { objects })? },
    ])
}

fn operation(operation: &Operation) -> Value {
    use crate::model::Confidence;
    context! {
        id => operation.id(),
        verb => names::capitalised(&operation.verb),
        path => operation.path.clone(),
        host => match &operation.host {
            Host::Verification => "Verification".to_owned(),
            Host::Account => "Account".to_owned(),
            Host::Issuer(path) => format!("Issuer({})", quoted(path)),
        },
        auth => format!("{:?}", operation.auth),
        confidence => match operation.confidence {
            Confidence::Documented => "Documented",
            Confidence::Seen => "Seen",
            Confidence::Reported => "Reported",
        },
        retry => match &operation.retry {
            Retry::Safe => "Safe".to_owned(),
            Retry::Idempotent => "Idempotent".to_owned(),
            Retry::IdempotentWith(name) => format!("IdempotentWith({})", quoted(name)),
            Retry::Never => "Never".to_owned(),
        },
        pagination => format!("{:?}", operation.pagination),
        body => format!("{:?}", operation.body),
        response => format!("{:?}", operation.response),
        shape => shape(&operation.shape),
        parameters => operation.parameters.iter().map(cell).collect::<Vec<_>>(),
        open => operation.open.to_string(),
        scope => format!("{:?}", operation.scope),
    }
}

fn shape(shape: &Shape) -> String {
    let list = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    match shape {
        Shape::Any => "Shape::Any".to_owned(),
        Shape::List => "Shape::List".to_owned(),
        Shape::Object { required, known } => {
            format!("Shape::Object {{ required: &[{}], known: &[{}] }}", list(required), list(known))
        }
    }
}

/// The members in which a parameter differs from what the template has for its place.
fn cell(parameter: &Parameter) -> Value {
    let mut members = vec![format!("name: {}", quoted(&parameter.name)), format!("wire: {}", quoted(&parameter.wire))];
    let in_path = parameter.place == Place::Path;
    let facts =
        [("required", parameter.required && !in_path), ("nullable", parameter.nullable), ("secret", parameter.secret)];
    members.extend(facts.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| format!("{name}: true")));
    members.push(format!("schema: &{}", schema(&parameter.kind, "schemas::")));
    if let Some(option) = &parameter.option {
        members.push(format!("option: Some(ClientOption::{})", names::pascal(option)));
    }
    let base = names::snake(&format!("{:?}", parameter.place)).to_uppercase();
    context! { members => members.join(", "), base }
}

fn schema_of(name: &str, object: &Object) -> Value {
    let fields = object.fields.iter().map(|field| {
        context! {
            name => field.name.clone(),
            required => field.required.to_string(),
            nullable => field.nullable.to_string(),
            schema => schema(&field.kind, ""),
        }
    });
    context! { name => names::snake(name).to_uppercase(), fields => fields.collect::<Vec<_>>(), open => object.open.to_string() }
}

/// The value of a `Schema`; objects are looked up below the prefix.
fn schema(kind: &Type, prefix: &str) -> String {
    match kind {
        Type::Text(text) if *text == Text::default() => "TEXT".to_owned(),
        Type::Any => "Schema::Any".to_owned(),
        Type::Boolean => "Schema::Boolean".to_owned(),
        Type::Integer { minimum, maximum } => {
            format!("Schema::Integer {{ minimum: {minimum:?}, maximum: {maximum:?} }}")
        }
        Type::Number { minimum, maximum } => {
            format!("Schema::Number {{ minimum: {minimum:?}, maximum: {maximum:?} }}")
        }
        Type::NumberOrText => {
            "Schema::OneOf(&[&Schema::Number { minimum: None, maximum: None }, &Schema::String(Text::ANY)])".to_owned()
        }
        Type::Text(text) => format!("Schema::String({})", rules(text)),
        Type::Array { items, min_items, max_items } => format!(
            "Schema::Array {{ items: &{}, min_items: {min_items:?}, max_items: {max_items:?} }}",
            schema(items, prefix)
        ),
        Type::Map(_) => "OPEN".to_owned(),
        Type::Object(name) => format!("{prefix}{}", names::snake(name).to_uppercase()),
        Type::File { max_bytes } => format!("Schema::File {{ max_bytes: {max_bytes:?} }}"),
    }
}

fn rules(text: &Text) -> String {
    let mut rules = Vec::new();
    if let Some(check) = &text.check {
        // The core's word for a web address.
        let check = if check == "uri" { "Url".to_owned() } else { names::pascal(check) };
        rules.push(format!("check: Some(Check::{check})"));
    }
    if !text.values.is_empty() {
        let values: Vec<_> = text.values.iter().map(|value| quoted(value)).collect();
        rules.push(format!("values: &[{}]", values.join(", ")));
    }
    let limits = [("min_length", text.min_length), ("max_length", text.max_length), ("max_bytes", text.max_bytes)];
    rules.extend(limits.iter().filter_map(|(name, limit)| limit.map(|limit| format!("{name}: Some({limit})"))));
    if rules.is_empty() { "Text::ANY".to_owned() } else { format!("Text {{ {}, ..Text::ANY }}", rules.join(", ")) }
}
