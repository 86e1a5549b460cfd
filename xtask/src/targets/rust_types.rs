//! Resources and types for Rust programs, behind the feature `typed`.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Environment, Value, context};

use super::{File, Files, input_name, render};
use crate::model::{Answer, Field, Model, Object, Operation, Parameter, Place, Resource, Type, top_of};
use crate::{names, text};

const FOLDER: &str = "core/src/api/generated";
const WIDTH: usize = 108;

pub(crate) fn files(model: &Model, templates: &Environment<'_>) -> Files {
    let mut files = Vec::new();
    let mut add = |path: &str, template: &str, context: Value| -> Result<(), String> {
        files.push(File { path: format!("{FOLDER}/{path}.rs"), text: render(templates, template, context)? });
        Ok(())
    };
    let resources: Vec<_> = model.top_resources().map(attribute).collect();
    let modules: Vec<_> = model.top_resources().map(|top| top.path.clone()).collect();
    let about = "The resources of a client, one module for each of its methods.";
    add("resources/mod", "rust_package", context! { about, modules, resources })?;
    for top in model.top_resources() {
        add(&format!("resources/{}", top.path), "rust_resource", resource_file(model, top))?;
    }
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for operation in model.operations.iter().filter(|it| !members(it).is_empty()) {
        groups.entry(top_of(&operation.resource)).or_default().push(params(model, operation));
    }
    for (name, object) in &model.objects {
        if let Some(group) = object.in_requests.as_deref() {
            groups.entry(group).or_default().push(input(model, name, object));
        }
        if let Some(group) = object.in_answers.as_deref() {
            groups.entry(group).or_default().push(view(model, name, object));
        }
    }
    let modules: Vec<_> = groups.keys().map(|group| (*group).to_owned()).collect();
    let about = "What requests and answers hold, one module for each resource.";
    add("types/mod", "rust_package", context! { about, modules, resources => Vec::<Value>::new() })?;
    for (group, entries) in groups {
        add(&format!("types/{group}"), "rust_types", context! { group, entries })?;
    }
    Ok(files)
}

fn attribute(resource: &Resource) -> Value {
    let name = resource.path.rsplit('.').next().unwrap_or_default();
    context! {
        name,
        attribute => names::rust(name),
        class => names::pascal(&resource.path),
        description => text::sentence(&resource.description),
    }
}

fn resource_file(model: &Model, top: &Resource) -> Value {
    let mut classes = Vec::new();
    for resource in model.resources_below(&top.path) {
        classes.push(context! {
            class => names::pascal(&resource.path),
            description => text::sentence(&resource.description),
            children => model.children(&resource.path).map(attribute).collect::<Vec<_>>(),
            methods => model.operations_of(&resource.path).map(|it| method(model, it)).collect::<Vec<_>>(),
        });
    }
    context! { description => text::sentence(&top.description), classes }
}

fn is_positional(parameter: &Parameter) -> bool {
    parameter.place == Place::Path && parameter.option.is_none()
}

/// The parameters that a method takes as one value.
fn members(operation: &Operation) -> Vec<&Parameter> {
    let mut seen = BTreeSet::new();
    // One value may go to two places.
    operation.parameters.iter().filter(|it| !is_positional(it) && seen.insert(it.name.clone())).collect()
}

fn params_name(operation: &Operation) -> String {
    format!("{}{}Params", names::pascal(&operation.resource), names::pascal(&operation.method))
}

fn method(model: &Model, operation: &Operation) -> Value {
    let positional: Vec<_> = operation.parameters.iter().filter(|it| is_positional(it)).collect();
    let mut arguments: Vec<_> =
        positional.iter().map(|it| format!("{}: impl Into<String>", names::rust(&it.name))).collect();
    let mut sent = "Arguments::new()".to_owned();
    if !members(operation).is_empty() {
        let group = top_of(&operation.resource);
        arguments.push(format!("params: types::{group}::{}", params_name(operation)));
        sent = "params.0".to_owned();
    }
    for it in &positional {
        sent += &format!(".with(\"{}\", {}.into())", it.name, names::rust(&it.name));
    }
    let (call, returns) = match &operation.answer {
        Answer::File => ("file", "Answer".to_owned()),
        Answer::Empty => ("call", "Answered<View>".to_owned()),
        Answer::List { item, .. } => ("list", format!("Page<{}>", answer(model, item))),
        Answer::Value(kind) => ("call", format!("Answered<{}>", answer(model, kind))),
    };
    let mut paragraphs: Vec<_> = std::iter::once(text::summary(operation)).chain(text::details(operation)).collect();
    paragraphs.extend(positional.iter().map(|it| format!("* `{}`: {}", it.name, text::parameter(it))));
    context! {
        name => names::rust(&operation.method),
        id => operation.id(),
        arguments,
        call,
        returns,
        sent,
        paragraphs => paragraphs.iter().map(|it| text::wrapped(&doc(it), WIDTH)).collect::<Vec<_>>(),
    }
}

fn answer(model: &Model, kind: &Type) -> String {
    match kind {
        Type::Object(name) => path(model.objects[name].in_answers.as_deref(), name),
        _ => "View".to_owned(),
    }
}

fn path(group: Option<&str>, name: &str) -> String {
    format!("types::{}::{name}", group.unwrap_or_default())
}

fn params(model: &Model, operation: &Operation) -> Value {
    let members = members(operation);
    let path: Vec<_> = operation.resource.split('.').map(|part| format!("{}()", names::rust(part))).collect();
    let about = format!("What `didit.{}.{}` takes.", path.join("."), names::rust(&operation.method));
    let needed = members.iter().filter(|it| it.required && it.option.is_none()).copied();
    let (required, calls) = constructor(needed.map(|it| (it.name.as_str(), arguments(model, &it.kind))));
    let fields: Vec<_> =
        members.iter().map(|it| setter(model, &it.name, &it.name, &it.kind, &text::parameter(it))).collect();
    context! { kind => "params", name => params_name(operation), about => vec![about], required, calls, fields }
}

fn input(model: &Model, name: &str, object: &Object) -> Value {
    let needed = object.fields.iter().filter(|it| it.required);
    let (required, calls) = constructor(needed.map(|it| (it.name.as_str(), arguments(model, &it.kind))));
    let fields: Vec<_> = object
        .fields
        .iter()
        .map(|it| setter(model, &names::snake(&it.name), &it.name, &it.kind, &described(it)))
        .collect();
    context! { kind => "input", name => input_name(name), about => about(name, object), required, calls, fields }
}

/// The parameters of `new`, and the setters that it calls.
fn constructor<'a>(needed: impl Iterator<Item = (&'a str, Vec<(String, String)>)>) -> (Vec<String>, Vec<String>) {
    let (mut required, mut calls) = (Vec::new(), Vec::new());
    for (name, arguments) in needed {
        let method = names::rust(&names::snake(name));
        let mut given = Vec::new();
        for (argument, kind) in arguments {
            // A file has two arguments; others are called as the field is.
            let argument = if argument == "value" { method.clone() } else { format!("{name}_{argument}") };
            required.push(format!("{argument}: {kind}"));
            given.push(argument);
        }
        calls.push(format!("{method}({})", given.join(", ")));
    }
    (required, calls)
}

/// The arguments of a setter: name and type.
fn arguments(model: &Model, kind: &Type) -> Vec<(String, String)> {
    let value = |kind: &str| vec![("value".to_owned(), kind.to_owned())];
    match kind {
        Type::Boolean => value("bool"),
        Type::Integer { .. } => value("i64"),
        Type::Number { .. } => value("f64"),
        Type::Text(_) => value("impl Into<String>"),
        Type::Object(name) => value(&path(model.objects[name].in_requests.as_deref(), &input_name(name))),
        Type::Array { items, .. } => match &**items {
            Type::File { .. } => arguments(model, items),
            Type::Object(name) => {
                let item = path(model.objects[name].in_requests.as_deref(), &input_name(name));
                value(&format!("impl IntoIterator<Item = {item}>"))
            }
            _ => value("impl IntoIterator<Item = impl Into<Value>>"),
        },
        Type::File { .. } => vec![
            ("filename".to_owned(), "impl Into<String>".to_owned()),
            ("bytes".to_owned(), "impl Into<Vec<u8>>".to_owned()),
        ],
        Type::Any | Type::Map(_) | Type::NumberOrText => value("impl Into<Value>"),
    }
}

fn setter(model: &Model, name: &str, wire: &str, kind: &Type, about: &str) -> Value {
    let arguments = arguments(model, kind);
    let is_file = arguments.len() == 2;
    let setter = match kind {
        _ if is_file => format!("attach(\"{wire}\", filename, bytes)"),
        Type::Text(_) => format!("put(\"{wire}\", value.into())"),
        Type::Array { .. } => format!("put(\"{wire}\", value.into_iter().map(Into::into).collect::<Vec<Value>>())"),
        _ => format!("put(\"{wire}\", value)"),
    };
    let arguments: Vec<_> = arguments.iter().map(|(name, kind)| format!("{name}: {kind}")).collect();
    let mut about = about.to_owned();
    if is_file && matches!(kind, Type::Array { .. }) {
        about += " Call it once for each file.";
    }
    context! {
        name => names::rust(name),
        arguments => arguments.join(", "),
        setter,
        about => text::wrapped(&doc(&about), WIDTH),
    }
}

fn view(model: &Model, name: &str, object: &Object) -> Value {
    let mut fields = Vec::new();
    for field in &object.fields {
        let method = names::snake(&field.name);
        // `View` has these; `view.get("name")` reads the member.
        if method == "get" || method == "members" || method.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        let (kind, reader) = reader(model, &field.kind);
        let about = text::wrapped(&doc(&described(field)), WIDTH);
        fields.push(context! { name => names::rust(&method), wire => field.name.clone(), kind, reader, about });
    }
    context! { kind => "view", name, about => about(name, object), fields }
}

/// The type that a member is read as, and the method of `View` that reads it.
fn reader(model: &Model, kind: &Type) -> (String, &'static str) {
    match kind {
        Type::Any | Type::NumberOrText => ("&Value".to_owned(), "get"),
        Type::Boolean => ("bool".to_owned(), "boolean"),
        Type::Integer { .. } => ("i64".to_owned(), "integer"),
        Type::Number { .. } => ("f64".to_owned(), "number"),
        Type::Text(_) | Type::File { .. } => ("&str".to_owned(), "text"),
        Type::Map(_) => ("View".to_owned(), "object"),
        Type::Object(_) => (answer(model, kind), "object"),
        Type::Array { items, .. } => match &**items {
            Type::Object(_) | Type::Map(_) => (format!("Vec<{}>", answer(model, items)), "objects"),
            _ => ("&[Value]".to_owned(), "array"),
        },
    }
}

fn described(field: &Field) -> String {
    let about = text::field(field);
    if about.is_empty() { text::fallback(&field.name) } else { about }
}

fn about(name: &str, object: &Object) -> Vec<String> {
    let about = if object.description.is_empty() {
        text::fallback(&names::snake(name))
    } else {
        text::sentence(&object.description)
    };
    text::wrapped(&doc(&about), WIDTH)
}

/// Brackets would be links.
fn doc(text: &str) -> String {
    text.replace('[', "\\[").replace(']', "\\]").replace('<', "\\<")
}
