//! Resource classes and types of the Node package.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Environment, Value, context};

use super::{File, Files, input_name, quoted, render};
use crate::model::{Answer, Field, Model, Object, Operation, Parameter, Place, Resource, Text, Type, top_of};
use crate::{names, text};

const FOLDER: &str = "bindings-node/lib/generated";

/// The width of a comment line that is indented that far, behind its asterisk.
fn width(indentation: usize) -> usize {
    117 - indentation
}

pub(crate) fn files(model: &Model, templates: &Environment<'_>) -> Files {
    let mut files = Vec::new();
    let mut add = |path: &str, template: &str, context: Value| -> Result<(), String> {
        files.push(File { path: format!("{FOLDER}/{path}"), text: render(templates, template, context)? });
        Ok(())
    };
    let top: Vec<_> = model.top_resources().map(attribute).collect();
    add("client.ts", "node_client", context! { resources => top })?;
    let mut groups: BTreeSet<String> = model.top_resources().map(|top| top.path.clone()).collect();
    for top in model.top_resources() {
        add(&format!("resources/{}.ts", top.path), "node_resource", resource_file(model, top))?;
    }
    for object in model.objects.values() {
        groups.extend(object.in_answers.clone());
        groups.extend(object.in_requests.clone());
    }
    let mut kept = Vec::new();
    for group in groups {
        let file = types_file(model, &group);
        if let Some(context) = file {
            add(&format!("types/{group}.ts"), "node_types", context)?;
            kept.push(group);
        }
    }
    add("types/index.ts", "node_index", context! { groups => kept })?;
    Ok(files)
}

fn attribute(resource: &Resource) -> Value {
    let name = resource.path.rsplit('.').next().unwrap_or_default();
    context! {
        name,
        attribute => names::camel(name),
        class => names::pascal(&resource.path),
        description => comment(&text::sentence(&resource.description)),
    }
}

/// Names by the file that they are imported from.
#[derive(Default)]
struct Imports(BTreeMap<String, BTreeSet<String>>);

impl Imports {
    fn add(&mut self, file: &str, name: &str) {
        self.0.entry(file.to_owned()).or_default().insert(name.to_owned());
    }

    fn lines(&self) -> Vec<String> {
        let one = |(file, names): (&String, &BTreeSet<String>)| {
            format!("import type {{ {} }} from \"{file}\";", names.iter().cloned().collect::<Vec<_>>().join(", "))
        };
        self.0.iter().map(one).collect()
    }
}

/// Where a type is declared, seen from a folder beside `types`.
fn types_of(group: &str) -> String {
    format!("../types/{group}.js")
}

fn resource_file(model: &Model, top: &Resource) -> Value {
    let mut imports = Imports::default();
    let mut classes = Vec::new();
    for resource in model.resources_below(&top.path) {
        let methods: Vec<_> = model.operations_of(&resource.path).map(|it| method(model, it, &mut imports)).collect();
        classes.push(context! {
            class => names::pascal(&resource.path),
            description => comment(&text::sentence(&resource.description)),
            children => model.children(&resource.path).map(attribute).collect::<Vec<_>>(),
            methods,
        });
    }
    context! { classes, imports => imports.lines() }
}

/// The parameters of a method's object; those of the path stand before it.
fn members(operation: &Operation) -> Vec<&Parameter> {
    let mut members: Vec<&Parameter> = Vec::new();
    for parameter in operation.parameters.iter().filter(|it| !is_positional(it)) {
        // One value may go to two places.
        if !members.iter().any(|known| known.name == parameter.name) {
            members.push(parameter);
        }
    }
    members
}

fn is_positional(parameter: &Parameter) -> bool {
    parameter.place == Place::Path && parameter.option.is_none()
}

fn is_required(parameter: &Parameter) -> bool {
    parameter.required && parameter.option.is_none()
}

fn params_name(operation: &Operation) -> String {
    format!("{}{}Params", names::pascal(&operation.resource), names::pascal(&operation.method))
}

fn method(model: &Model, operation: &Operation, imports: &mut Imports) -> Value {
    let positional: Vec<_> = operation.parameters.iter().filter(|it| is_positional(it)).collect();
    let members = members(operation);
    let mut arguments: Vec<String> =
        positional.iter().map(|it| format!("{}: string", names::camel(&it.name))).collect();
    if !members.is_empty() {
        let name = params_name(operation);
        imports.add(&types_of(top_of(&operation.resource)), &name);
        let is_needed = members.iter().any(|it| is_required(it));
        arguments.push(if is_needed { format!("params: {name}") } else { format!("params: {name} = {{}}") });
    } else {
        // So that options have the same place everywhere, also when a first parameter comes to be known.
        imports.add("../../resource.js", "Nothing");
        arguments.push("params: Nothing = {}".to_owned());
    }
    imports.add("../../resource.js", "CallOptions");
    arguments.push("options?: CallOptions".to_owned());
    let files: Vec<_> = members.iter().filter(|it| it.place == Place::File).map(|it| it.name.clone()).collect();
    let mut sent = vec![if files.is_empty() { "...params" } else { "...rest" }.to_owned()];
    sent.extend(positional.iter().map(|it| {
        let (wire, name) = (it.name.clone(), names::camel(&it.name));
        if wire == name { name } else { format!("{wire}: {name}") }
    }));
    let sent = match sent.as_slice() {
        [one] if one == "...params" => "params".to_owned(),
        [one] if one == "...rest" => "rest".to_owned(),
        several => format!("{{ {} }}", several.join(", ")),
    };
    let (call, kind) = match &operation.answer {
        Answer::File => ("_file", String::new()),
        Answer::Empty => ("_call", "object".to_owned()),
        Answer::List { item, .. } => ("_list", answer(model, item, imports)),
        Answer::Value(kind) => ("_call", answer(model, kind, imports)),
    };
    let returns = match call {
        "_file" => {
            imports.add("../../resource.js", "File");
            "Promise<File>".to_owned()
        }
        "_list" => {
            imports.add("../../resource.js", "PagePromise");
            format!("PagePromise<{kind}>")
        }
        _ => {
            imports.add("../../resource.js", "Answered");
            format!("Promise<Answered<{kind}>>")
        }
    };
    let mixin = match &operation.answer {
        Answer::Value(kind) | Answer::List { item: kind, .. } => {
            kind.object().and_then(|name| model.objects[name].mixin.clone())
        }
        Answer::File | Answer::Empty => None,
    };
    let mut details = Vec::new();
    if !files.is_empty() {
        details.push(format!("files: {{ {} }}", files.join(", ")));
    }
    details.extend(mixin.map(|mixin| format!("mixin: {}", quoted(&mixin))));
    let paragraphs = std::iter::once(text::summary(operation)).chain(text::details(operation));
    let documented = positional.iter().map(|it| format!("@param {} - {}", names::camel(&it.name), text::parameter(it)));
    context! {
        name => names::camel(&operation.method),
        id => operation.id(),
        arguments,
        returns,
        call,
        kind,
        sent,
        files,
        details => details.join(", "),
        paragraphs => paragraphs.map(|it| text::wrapped(&comment(&it), width(5))).collect::<Vec<_>>(),
        documented => documented.flat_map(|it| text::wrapped(&comment(&it), width(5))).collect::<Vec<_>>(),
    }
}

/// The type of an answer, imported where it has a name.
fn answer(model: &Model, kind: &Type, imports: &mut Imports) -> String {
    if let Type::Object(name) = kind {
        imports.add(&types_of(model.objects[name].in_answers.as_deref().unwrap_or_default()), name);
        return name.clone();
    }
    imports.add("../../open.js", "Open");
    "Open<object>".to_owned()
}

fn types_file(model: &Model, group: &str) -> Option<Value> {
    let mut imports = Imports::default();
    let mut entries = Vec::new();
    for operation in model.operations.iter().filter(|it| top_of(&it.resource) == group) {
        let members = members(operation);
        if !members.is_empty() {
            let fields: Vec<_> = members.iter().map(|it| parameter_field(model, it, &mut imports)).collect();
            let about = format!("What `{}` takes.", method_name(operation));
            entries.push(context! { kind => "params", name => params_name(operation), about => vec![about], fields });
        }
    }
    for (name, object) in &model.objects {
        if object.in_requests.as_deref() == Some(group) {
            let fields: Vec<_> = object.fields.iter().map(|it| input_field(model, it, &mut imports)).collect();
            let about = about_object(name, object);
            entries.push(context! { kind => "params", name => input_name(name), about, fields });
        }
    }
    for (name, object) in &model.objects {
        if object.in_answers.as_deref() == Some(group) {
            imports.add("../../open.js", "Open");
            let mixin = object.mixin.as_ref().map(|mixin| {
                let class = names::pascal(mixin) + "Mixin";
                imports.add(&format!("../../{mixin}.js"), &class);
                class
            });
            let fields: Vec<_> = object.fields.iter().map(|it| answer_field(model, it, &mut imports)).collect();
            let about = about_object(name, object);
            let (given, fields): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_given);
            entries.push(context! { kind => "answer", name, about, fields, given, mixin });
        }
    }
    imports.0.remove(&format!("./{group}.js"));
    (!entries.is_empty()).then(|| context! { entries, imports => imports.lines() })
}

/// Whether an answer cannot do without a member.
fn is_given(field: &Value) -> bool {
    field.get_attr("given").is_ok_and(|given| given.is_true())
}

/// `didit.webhooks.destinations.create`.
fn method_name(operation: &Operation) -> String {
    let path: Vec<_> = operation.resource.split('.').map(names::camel).collect();
    format!("didit.{}.{}", path.join("."), names::camel(&operation.method))
}

fn about_object(name: &str, object: &Object) -> Vec<String> {
    let about = if object.description.is_empty() {
        text::fallback(&names::snake(name))
    } else {
        text::sentence(&object.description)
    };
    text::wrapped(&comment(&about), width(3))
}

fn parameter_field(model: &Model, it: &Parameter, imports: &mut Imports) -> Value {
    let about = text::parameter(it);
    let kind = input(model, &it.kind, imports);
    field(&it.name, &about, is_required(it), it.nullable, &kind)
}

fn input_field(model: &Model, it: &Field, imports: &mut Imports) -> Value {
    let kind = input(model, &it.kind, imports);
    field(&it.name, &text::field(it), it.required, it.nullable, &kind)
}

fn field(name: &str, about: &str, required: bool, nullable: bool, kind: &str) -> Value {
    let mut kind = kind.to_owned();
    if nullable && kind != "unknown" {
        kind += " | null";
    }
    if !required && kind != "unknown" {
        kind += " | undefined";
    }
    let about = if about.is_empty() { vec![] } else { text::wrapped(&comment(about), width(5)) };
    context! { name => format!("{name}{}", if required { "" } else { "?" }), about, kind }
}

fn answer_field(model: &Model, it: &Field, imports: &mut Imports) -> Value {
    let about = text::field(it);
    let about = if about.is_empty() { vec![] } else { text::wrapped(&comment(&about), width(5)) };
    context! { name => it.name.clone(), about, kind => answered(model, &it.kind, imports), given => it.required && !it.nullable }
}

/// The type of something that a caller gives.
fn input(model: &Model, kind: &Type, imports: &mut Imports) -> String {
    match kind {
        Type::Any => "unknown".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Integer { .. } | Type::Number { .. } => "number".to_owned(),
        Type::NumberOrText => "number | string".to_owned(),
        Type::Text(text) => known(text, imports),
        Type::Array { items, .. } => format!("readonly {}[]", in_brackets(&input(model, items, imports))),
        Type::Map(values) => {
            format!("{{ readonly [name: string]: {} }}", input(model, values, imports))
        }
        Type::Object(name) => {
            let other = model.objects[name].in_requests.as_deref().unwrap_or_default();
            imports.add(&format!("./{other}.js"), &input_name(name));
            input_name(name)
        }
        Type::File { .. } => {
            imports.add("../../resource.js", "FileInput");
            "FileInput".to_owned()
        }
    }
}

/// The type of something that the API answers.
fn answered(model: &Model, kind: &Type, imports: &mut Imports) -> String {
    match kind {
        Type::Any => "unknown".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Integer { .. } | Type::Number { .. } => "number".to_owned(),
        Type::NumberOrText => "number | string".to_owned(),
        Type::File { .. } => "string".to_owned(),
        Type::Text(text) => {
            // A value that is new tomorrow must not be a surprise for the types.
            let all = [text.values.as_slice(), text.known.as_slice()].concat();
            known(&Text { known: all, ..Text::default() }, imports)
        }
        Type::Array { items, .. } => format!("{}[]", in_brackets(&answered(model, items, imports))),
        Type::Map(values) if **values == Type::Any => {
            imports.add("../../open.js", "Open");
            "Open<object>".to_owned()
        }
        Type::Map(values) => format!("{{ [name: string]: {} }}", answered(model, values, imports)),
        Type::Object(name) => {
            let other = model.objects[name].in_answers.as_deref().unwrap_or_default();
            imports.add(&format!("./{other}.js"), name);
            name.clone()
        }
    }
}

fn in_brackets(kind: &str) -> String {
    if kind.contains(" | ") { format!("({kind})") } else { kind.to_owned() }
}

fn known(text: &Text, imports: &mut Imports) -> String {
    let list = |values: &[String]| values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(" | ");
    if !text.values.is_empty() {
        list(&text.values)
    } else if !text.known.is_empty() {
        imports.add("../../open.js", "Known");
        format!("Known<{}>", list(&text.known))
    } else {
        "string".to_owned()
    }
}

/// What can stand in a comment.
fn comment(text: &str) -> String {
    text.replace("*/", "*\\/")
}
