//! Resource classes, answer models and request types of the Python package.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Environment, Value, context};

use super::{File, Files, quoted, render};
use crate::model::{Answer, Field, Model, Object, Operation, Parameter, Place, Resource, Text, Type};
use crate::{names, text};

const FOLDER: &str = "bindings-python/didit_client/generated";

/// What `View` has itself: members of these names are read with `view["name"]`.
const TAKEN: [&str; 4] = ["get", "keys", "to_dict", "last_response"];

/// The width of a docstring that is indented that far.
fn width(indentation: usize) -> usize {
    120 - indentation
}

pub(crate) fn files(model: &Model, templates: &Environment<'_>) -> Files {
    let mut files = Vec::new();
    let mut add = |path: &str, template: &str, context: Value| -> Result<(), String> {
        files.push(File { path: format!("{FOLDER}/{path}"), text: render(templates, template, context)? });
        Ok(())
    };
    for (package, about) in [
        ("", "What `cargo xtask generate` writes from the description of the API."),
        ("resources/", "The resources of a client, one file for each of its attributes."),
        ("models/", "What the API answers, as views."),
        ("inputs/", "What the API takes, for type checkers."),
    ] {
        add(&format!("{package}__init__.py"), "python_package", context! { about })?;
    }
    let top: Vec<_> = model.top_resources().map(attribute).collect();
    add("client.py", "python_client", context! { resources => top })?;
    for top in model.top_resources() {
        add(&format!("resources/{}.py", top.path), "python_resource", resource_file(model, top))?;
    }
    for (group, objects) in groups(model, |object| object.in_answers.as_ref()) {
        add(&format!("models/{group}.py"), "python_models", models_file(model, &group, &objects)?)?;
    }
    for (group, objects) in groups(model, |object| object.in_requests.as_ref()) {
        add(&format!("inputs/{group}.py"), "python_inputs", inputs_file(model, &group, &objects))?;
    }
    Ok(files)
}

type Groups<'a> = BTreeMap<String, Vec<(&'a str, &'a Object)>>;

fn groups<'a>(model: &'a Model, group: impl Fn(&Object) -> Option<&String>) -> Groups<'a> {
    let mut groups = Groups::new();
    for (name, object) in &model.objects {
        if let Some(group) = group(object) {
            groups.entry(group.clone()).or_default().push((name, object));
        }
    }
    groups
}

fn attribute(resource: &Resource) -> Value {
    let name = resource.path.rsplit('.').next().unwrap_or_default();
    context! {
        name,
        class => names::pascal(&resource.path),
        description => doc(&text::sentence(&resource.description)),
    }
}

fn resource_file(model: &Model, top: &Resource) -> Value {
    let (mut models, mut inputs) = (Imports::default(), Imports::default());
    let mut classes = Vec::new();
    for resource in model.resources_below(&top.path) {
        let methods: Vec<_> =
            model.operations_of(&resource.path).map(|it| method(model, it, &mut models, &mut inputs)).collect();
        classes.push(context! {
            class => names::pascal(&resource.path),
            description => doc(&text::sentence(&resource.description)),
            children => model.children(&resource.path).map(attribute).collect::<Vec<_>>(),
            methods,
        });
    }
    context! {
        description => doc(&text::sentence(&top.description)),
        classes,
        models => models.lines("..models"),
        inputs => inputs.lines("..inputs"),
    }
}

/// Names by the file that they are imported from.
#[derive(Default)]
struct Imports(BTreeMap<String, BTreeSet<String>>);

impl Imports {
    fn add(&mut self, file: &str, name: &str) {
        self.0.entry(file.to_owned()).or_default().insert(name.to_owned());
    }

    fn lines(&self, package: &str) -> Vec<String> {
        let one = |(file, names): (&String, &BTreeSet<String>)| {
            format!("from {package}.{file} import {}", names.iter().cloned().collect::<Vec<_>>().join(", "))
        };
        self.0.iter().map(one).collect()
    }
}

fn method(model: &Model, operation: &Operation, models: &mut Imports, inputs: &mut Imports) -> Value {
    let is_positional = |it: &Parameter| it.place == Place::Path && it.option.is_none();
    let mut parameters: Vec<&Parameter> = Vec::new();
    for parameter in &operation.parameters {
        // One value may go to two places.
        if !parameters.iter().any(|known| known.name == parameter.name) {
            parameters.push(parameter);
        }
    }
    parameters.sort_by_key(|it| match () {
        () if is_positional(it) => 0,
        () if it.option.is_some() && it.place == Place::Path => 3,
        () if it.required && it.option.is_none() => 1,
        () => 2,
    });
    let mut signature = |it: &&Parameter| {
        let mut annotation = input(model, &it.kind, inputs);
        let mut default = "";
        if it.nullable {
            annotation = optional(&annotation);
        }
        if !it.required || (it.option.is_some()) {
            if it.nullable {
                annotation = format!("Unset | {annotation}");
                default = " = UNSET";
            } else {
                annotation = optional(&annotation);
                default = " = None";
            }
        }
        format!("{}: {annotation}{default}", names::python(&it.name))
    };
    let (positional, keywords): (Vec<&Parameter>, Vec<&Parameter>) =
        parameters.iter().partition(|it| is_positional(it));
    let pairs = |files: bool| -> Vec<String> {
        let chosen = parameters.iter().filter(|it| (it.place == Place::File) == files);
        chosen.map(|it| format!("{}: {}", quoted(&it.name), names::python(&it.name))).collect()
    };
    let options = if parameters.iter().any(|it| it.name == "options") { "call_options" } else { "options" };
    let (call, answer) = match &operation.answer {
        Answer::File => ("_file", "File".to_owned()),
        Answer::Empty => ("_call", "AnyView".to_owned()),
        Answer::List { item, .. } => ("_list", view(model, item, models)),
        Answer::Value(kind) => ("_call", view(model, kind, models)),
    };
    let documented: Vec<_> = parameters
        .iter()
        .map(|it| doc_lines(&format!("{}: {}", names::python(&it.name), text::parameter(it)), width(20), 4))
        .collect();
    let paragraphs = text::details(operation).iter().map(|it| doc_lines(it, width(8), 0)).collect::<Vec<_>>();
    context! {
        name => names::python(&operation.method),
        id => operation.id(),
        positional => positional.iter().map(&mut signature).collect::<Vec<_>>(),
        keywords => keywords.iter().map(&mut signature).collect::<Vec<_>>(),
        options,
        call,
        answer,
        params => pairs(false),
        files => pairs(true),
        summary => doc(&text::summary(operation)),
        paragraphs,
        documented,
    }
}

fn optional(annotation: &str) -> String {
    if annotation == "Any" { annotation.to_owned() } else { format!("{annotation} | None") }
}

/// The class of an answer; a list where the answer is a bare array of objects never comes here.
fn view(model: &Model, kind: &Type, models: &mut Imports) -> String {
    match kind {
        Type::Object(name) => {
            let group = model.objects[name].in_answers.as_deref().unwrap_or_default();
            models.add(group, name);
            name.clone()
        }
        _ => "AnyView".to_owned(),
    }
}

/// The annotation of something that a caller gives.
fn input(model: &Model, kind: &Type, inputs: &mut Imports) -> String {
    match kind {
        Type::Any => "Any".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Integer { .. } => "int".to_owned(),
        Type::Number { .. } => "float".to_owned(),
        Type::NumberOrText => "float | str".to_owned(),
        Type::Text(text) => literals(text),
        Type::Array { items, .. } if matches!(**items, Type::File { .. }) => "FileInputs".to_owned(),
        Type::Array { items, .. } => format!("Sequence[{}]", input(model, items, inputs)),
        Type::Map(values) => format!("Mapping[str, {}]", input(model, values, inputs)),
        Type::Object(name) => {
            let name_of_input = super::input_name(name);
            inputs.add(model.objects[name].in_requests.as_deref().unwrap_or_default(), &name_of_input);
            name_of_input
        }
        Type::File { .. } => "FileInput".to_owned(),
    }
}

fn literals(text: &Text) -> String {
    let list = |values: &[String]| values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ");
    if !text.values.is_empty() {
        format!("Literal[{}]", list(&text.values))
    } else if !text.known.is_empty() {
        format!("Literal[{}] | str", list(&text.known))
    } else {
        "str".to_owned()
    }
}

/// The annotation of something that the API answers.
fn answered(kind: &Type) -> String {
    match kind {
        Type::Any => "Any".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Integer { .. } => "int".to_owned(),
        Type::Number { .. } => "float".to_owned(),
        Type::NumberOrText => "float | str".to_owned(),
        Type::Text(_) | Type::File { .. } => "str".to_owned(),
        Type::Array { items, .. } => format!("list[{}]", answered(items)),
        Type::Map(_) => "AnyView".to_owned(),
        Type::Object(name) => name.clone(),
    }
}

fn models_file(model: &Model, group: &str, objects: &[(&str, &Object)]) -> Result<Value, String> {
    let mut imports = Imports::default();
    let mut mixins = Imports::default();
    let mut classes = Vec::new();
    for (name, object) in in_order(objects)? {
        let mut fields = Vec::new();
        let mut bases = Vec::new();
        if let Some(mixin) = &object.mixin {
            let class = names::pascal(mixin) + "Mixin";
            mixins.add(&format!("{mixin}s"), &class);
            bases.push(class);
        }
        bases.push(object.base.clone().unwrap_or_else(|| "View".to_owned()));
        let inherited = object.base.as_ref().map_or(&[][..], |base| &model.objects[base].fields);
        let is_own = |field: &Field| !inherited.iter().any(|other| other.name == field.name);
        for field in object.fields.iter().filter(|field| readable(field) && is_own(field)) {
            let mut view = String::new();
            // A map is a view whose members are views.
            if let (Some(held), false) = (field.kind.object(), matches!(field.kind, Type::Map(_))) {
                let other = model.objects[held].in_answers.as_deref().unwrap_or_default();
                if other != group {
                    imports.add(other, held);
                }
                view = format!(", {held}");
            }
            let annotation = answered(&field.kind);
            fields.push(context! { name => field.name.clone(), annotation, about => field_doc(field), view, given => is_given(field) });
        }
        let about = if object.description.is_empty() {
            text::fallback(&names::snake(name))
        } else {
            text::sentence(&object.description)
        };
        classes.push(context! { name, bases => bases.join(", "), about => doc_paragraphs(&about, width(10)), fields });
    }
    Ok(context! { group, classes, imports => imports.lines(""), mixins => mixins.lines("..") })
}

/// Whether an answer cannot do without a member.
fn is_given(field: &Field) -> bool {
    field.required && !field.nullable
}

/// The doc of a field as a Python expression, on several lines where it is long.
fn field_doc(field: &Field) -> Vec<String> {
    let about = Some(text::field(field)).filter(|about| !about.is_empty());
    let lines = text::wrapped(&about.unwrap_or_else(|| text::fallback(&field.name)), 96);
    let last = lines.len() - 1;
    let line = |(at, line): (usize, &String)| quoted(&if at == last { line.clone() } else { format!("{line} ") });
    lines.iter().enumerate().map(line).collect()
}

/// Whether a member can be an attribute.
fn readable(field: &Field) -> bool {
    names::python(&field.name) == field.name
        && !TAKEN.contains(&field.name.as_str())
        && field.name.starts_with(|first: char| first.is_ascii_alphabetic())
        && field.name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// The objects such that each stands behind those that it holds.
fn in_order<'a>(objects: &[(&'a str, &'a Object)]) -> Result<Vec<(&'a str, &'a Object)>, String> {
    let mut ordered: Vec<(&str, &Object)> = Vec::new();
    let mut left: Vec<_> = objects.to_vec();
    while !left.is_empty() {
        let names: BTreeSet<&str> = left.iter().map(|(name, _)| *name).collect();
        let is_ready = |object: &Object| {
            let held = object.fields.iter().filter_map(|field| field.kind.object());
            !held.chain(object.base.as_deref()).any(|other| names.contains(other))
        };
        let (ready, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|(_, object)| is_ready(object));
        if ready.is_empty() {
            return Err(format!("these objects hold each other: {names:?}"));
        }
        ordered.extend(ready);
        left = rest;
    }
    Ok(ordered)
}

fn inputs_file(model: &Model, group: &str, objects: &[(&str, &Object)]) -> Value {
    let mut imports = Imports::default();
    let mut classes = Vec::new();
    for (name, object) in objects {
        let mut fields = Vec::new();
        for field in &object.fields {
            let mut annotation = input(model, &field.kind, &mut imports);
            if field.nullable {
                annotation = optional(&annotation);
            }
            if field.required {
                annotation = format!("Required[{annotation}]");
            }
            let about = text::field(field);
            let about = if about.is_empty() { vec![] } else { doc_lines(&about, width(10), 0) };
            fields.push(context! { name => field.name.clone(), annotation, about });
        }
        let about = if object.description.is_empty() {
            text::fallback(&names::snake(name))
        } else {
            text::sentence(&object.description)
        };
        classes.push(context! { name => super::input_name(name), about => doc_paragraphs(&about, width(10)), fields });
    }
    imports.0.remove(group);
    context! { group, classes, imports => imports.lines("") }
}

/// The text of a docstring.
fn doc(text: &str) -> String {
    text.replace('\\', "\\\\").replace("\"\"\"", "'''")
}

/// The lines of a docstring: a summary, and behind an empty line what does not fit on its line.
fn doc_paragraphs(text: &str, width: usize) -> Vec<String> {
    let Some((summary, rest)) = text.split_once(". ").filter(|_| text.chars().count() > width) else {
        return doc_lines(text, width, 0);
    };
    [vec![doc(summary) + ".", String::new()], doc_lines(rest, width, 0)].concat()
}

/// The lines of a paragraph; those behind the first one are indented.
fn doc_lines(paragraph: &str, width: usize, indentation: usize) -> Vec<String> {
    let lines = text::wrapped(&doc(paragraph), width);
    let indented = |(at, line): (usize, String)| if at == 0 { line } else { " ".repeat(indentation) + &line };
    lines.into_iter().enumerate().map(indented).collect()
}
