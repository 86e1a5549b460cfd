//! The description made into the model: references followed, inline objects named, facts turned into types.

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::facts::{BODIES, CONFIDENCES, PAGINATIONS, PLACES, RESPONSES, auth, host, one_of, retry, scope};
use crate::model::{
    Answer, Confidence, Field, Model, Object, Operation, Pagination, Parameter, Place, Resource, ResponseKind, Shape,
    SharedError, Text, Type,
};
use crate::names;
use crate::openapi::{self, Additional, Description, Json, Media, OneOrMany, Schema};
use crate::usage;

pub(crate) type Result<T> = std::result::Result<T, String>;

/// Makes the model, or says what is wrong with the description.
pub(crate) fn model(description: &Description) -> Result<Model> {
    let mut builder = Builder { description, objects: IndexMap::new() };
    let mut operations = Vec::new();
    for (path, verbs) in &description.paths {
        for (verb, operation) in verbs {
            let built = builder.operation(path, verb, operation);
            operations.push(built.map_err(|problem| format!("{verb} {path}: {problem}"))?);
        }
    }
    operations.sort_by_key(Operation::id);
    if let Some(pair) = operations.windows(2).find(|pair| pair[0].id() == pair[1].id()) {
        return Err(format!("two operations are called {}", pair[0].id()));
    }
    // Objects that no operation has, but that belong to a file all the same.
    for (name, schema) in &description.components.schemas {
        if schema.group.is_some() {
            builder.named(name)?;
        }
    }
    let resources = resources(description, &operations, &builder.objects)?;
    let mut errors = IndexMap::new();
    for (name, response) in &description.components.responses {
        let error = SharedError { description: response.description.clone(), examples: examples(&response.content) };
        errors.insert(name.trim_start_matches('E').to_owned(), error);
    }
    let mut model = Model { resources, operations, objects: builder.objects, errors };
    usage::assign_groups(&mut model, description);
    Ok(model)
}

fn resources(
    description: &Description,
    operations: &[Operation],
    objects: &IndexMap<String, Object>,
) -> Result<Vec<Resource>> {
    let mut resources: Vec<Resource> = description
        .resources
        .iter()
        .map(|(path, resource)| Resource { path: path.clone(), description: resource.description.clone() })
        .collect();
    resources.sort_by(|one, other| one.path.cmp(&other.path));
    let known: HashSet<&str> = resources.iter().map(|resource| resource.path.as_str()).collect();
    if let Some(name) = known.iter().map(|path| names::pascal(path)).find(|name| objects.contains_key(name)) {
        return Err(format!("a resource and a schema are both called {name}"));
    }
    match operations.iter().find(|operation| !known.contains(operation.resource.as_str())) {
        Some(operation) => Err(format!("x-resources does not describe {}", operation.resource)),
        None => Ok(resources),
    }
}

struct Builder<'a> {
    description: &'a Description,
    objects: IndexMap<String, Object>,
}

impl Builder<'_> {
    fn operation(&mut self, path: &str, verb: &str, given: &openapi::Operation) -> Result<Operation> {
        let title = names::pascal(&given.resource) + &names::pascal(&given.method);
        let open = given.shape.is_some();
        let parameters = self.parameters(given, &title, open)?;
        let names: HashSet<(&str, bool)> =
            parameters.iter().map(|parameter| (parameter.name.as_str(), parameter.place == Place::Header)).collect();
        if names.len() != parameters.len() {
            return Err("two parameters have the same name".to_owned());
        }
        let auth = auth(given)?;
        let host = host(given)?;
        let pagination = one_of(&given.pagination, &PAGINATIONS)?;
        let response = one_of(&given.response, &RESPONSES)?;
        Ok(Operation {
            resource: given.resource.clone(),
            method: given.method.clone(),
            verb: verb.to_owned(),
            path: path.to_owned(),
            summary: given.summary.clone(),
            description: given.description.clone(),
            deprecated: given.deprecated,
            confidence: one_of(&given.confidence, &CONFIDENCES)?,
            scope: scope(path, verb, &host),
            host,
            auth,
            retry: retry(&given.retry)?,
            pagination,
            body: one_of(&given.body, &BODIES)?,
            response,
            open,
            parameters,
            answer: self.answer(given, pagination, response, &title)?,
            shape: self.shape(given, response)?,
            sdk_name: given.sdk_name.clone(),
            responses: given.responses.iter().map(|(status, it)| (status.clone(), examples(&it.content))).collect(),
        })
    }

    fn parameters(&mut self, given: &openapi::Operation, title: &str, open: bool) -> Result<Vec<Parameter>> {
        let mut parameters = Vec::new();
        for parameter in &given.parameters {
            let kind = self.kind(&parameter.schema, &(title.to_owned() + &names::pascal(&parameter.name)))?;
            parameters.push(Parameter {
                name: parameter.client_name.clone().unwrap_or_else(|| names::snake(&parameter.name)),
                wire: parameter.name.clone(),
                place: one_of(&parameter.place, &PLACES)?,
                required: parameter.required,
                nullable: nullable(&parameter.schema),
                kind,
                description: described(&parameter.description, &parameter.schema),
                option: parameter.client_option.clone(),
                secret: parameter.secret,
                personal: parameter.personal || parameter.schema.personal,
            });
        }
        parameters.sort_by_key(|parameter| match parameter.place {
            Place::Path => 0,
            Place::Query => 1,
            _ => 2,
        });
        if let Some(body) = &given.request_body {
            self.body(body, title, open, &mut parameters)?;
        }
        Ok(parameters)
    }

    /// The members of the body, which callers give beside the other parameters.
    fn body(
        &mut self,
        body: &openapi::RequestBody,
        title: &str,
        open: bool,
        parameters: &mut Vec<Parameter>,
    ) -> Result<()> {
        let several = body.content.len() > 1;
        for (media_type, media) in &body.content {
            let schema = self.followed(&media.schema)?.clone();
            if schema.properties.is_empty() {
                parameters.push(Parameter {
                    name: "body".to_owned(),
                    wire: "body".to_owned(),
                    place: Place::WholeBody,
                    required: body.required && !open,
                    nullable: false,
                    kind: self.kind(&media.schema, title)?,
                    description: "The whole body: its members are not known.".to_owned(),
                    option: None,
                    secret: false,
                    personal: false,
                });
                continue;
            }
            for (wire, field) in &schema.properties {
                let kind = self.kind(field, &(title.to_owned() + &names::pascal(wire)))?;
                let place = if file_in(&kind) { Place::File } else { Place::Body };
                let name = names::snake(wire);
                if several && parameters.iter().any(|known| known.name == name && known.place == place) {
                    continue;
                }
                let described_by = self.followed(field)?;
                parameters.push(Parameter {
                    name,
                    wire: wire.clone(),
                    place,
                    // A field that only one of two kinds of body has may be left out.
                    required: schema.required.contains(wire) && (!several || media_type != "multipart/form-data"),
                    nullable: nullable(field),
                    kind,
                    description: described(&field.description, described_by),
                    option: field.client_option.clone(),
                    secret: field.secret,
                    personal: field.personal,
                });
            }
        }
        Ok(())
    }

    fn answer(
        &mut self,
        given: &openapi::Operation,
        pagination: Pagination,
        response: ResponseKind,
        title: &str,
    ) -> Result<Answer> {
        match response {
            ResponseKind::Pdf | ResponseKind::Csv => return Ok(Answer::File),
            ResponseKind::Empty => return Ok(Answer::Empty),
            ResponseKind::Json => {}
        }
        let Some(schema) = good_json(given) else { return Ok(Answer::Value(Type::open())) };
        let name = title.to_owned() + "Answer";
        if pagination != Pagination::None
            && let Some((item, bare)) = self.items(schema, &name)?
        {
            return Ok(Answer::List { item, bare });
        }
        match self.kind(schema, &name)? {
            Type::Any => Ok(Answer::Value(Type::open())),
            kind => Ok(Answer::Value(kind)),
        }
    }

    /// What can be relied on: nothing where only the path is known, and least where it is only reported.
    fn shape(&self, given: &openapi::Operation, response: ResponseKind) -> Result<Shape> {
        let schema = good_json(given).filter(|_| given.shape.is_none() && response == ResponseKind::Json);
        let Some(schema) = schema else { return Ok(Shape::Any) };
        let confidence = one_of(&given.confidence, &CONFIDENCES)?;
        // Several forms are in use only for lists: a page, and an array.
        let schema = self.followed(schema.any_of.first().unwrap_or(schema))?;
        match &schema.kind {
            Some(OneOrMany::One(kind)) if kind == "array" => return Ok(Shape::List),
            Some(OneOrMany::One(kind)) if kind == "object" => {}
            _ => return Ok(Shape::Any),
        }
        if schema.required.iter().any(|name| name == "results") {
            return Ok(Shape::List);
        }
        if schema.properties.is_empty() && confidence != Confidence::Documented {
            return Ok(Shape::Any);
        }
        let (mut required, mut known) = (Vec::new(), Vec::new());
        let mut next = Some(schema);
        while let Some(part) = next {
            required.extend(part.required.iter().cloned());
            known.extend(part.properties.keys().cloned());
            next = part.base.as_ref().and_then(|base| self.description.components.schemas.get(base));
        }
        if confidence == Confidence::Reported {
            required.clear();
        }
        // Of a single known member it is not sure that every answer has it.
        if confidence != Confidence::Documented || !required.is_empty() || known.len() < 2 {
            known.clear();
        }
        let shape = Shape::Object { required, known };
        let good = given.responses.iter().filter(|(status, _)| status.starts_with('2'));
        for (name, example) in good.flat_map(|(_, response)| examples(&response.content)) {
            if !shape.fits(&example) {
                return Err(format!("the example {name} lacks a member that every answer is said to have"));
            }
        }
        Ok(shape)
    }

    /// What a list holds, and whether it is a bare array; None where the answer is an object that is no page.
    fn items(&mut self, schema: &Schema, name: &str) -> Result<Option<(Type, bool)>> {
        if let Some(list) = schema.any_of.first() {
            return self.items(&list.clone(), name);
        }
        let schema = self.followed(schema)?.clone();
        let (list, bare) = schema.properties.get("results").map_or((&schema, true), |results| (results, false));
        let item = match (&list.items, &list.kind) {
            (Some(items), _) => self.kind(items, &format!("{name}Item"))?,
            (None, None) => Type::Any,
            (None, Some(_)) => return Ok(None),
        };
        Ok(Some((if item == Type::Any { Type::open() } else { item }, bare)))
    }

    /// The type of a schema; an inline object gets the name.
    fn kind(&mut self, schema: &Schema, name: &str) -> Result<Type> {
        if let Some(reference) = &schema.reference {
            return self.named(schema_name(reference)?);
        }
        if !schema.any_of.is_empty() {
            let mut several = schema.any_of.iter().filter(|one| !is_null(one));
            return match (several.next(), several.next()) {
                (Some(one), None) => self.kind(&one.clone(), name),
                _ => Err("anyOf may only add null to one schema".to_owned()),
            };
        }
        let kinds: Vec<&str> = match &schema.kind {
            None => vec![],
            Some(OneOrMany::One(one)) => vec![one],
            Some(OneOrMany::Many(many)) => many.iter().map(String::as_str).filter(|kind| *kind != "null").collect(),
        };
        match kinds.as_slice() {
            [] => Ok(Type::Any),
            ["boolean"] => Ok(Type::Boolean),
            ["integer"] => Ok(Type::Integer { minimum: whole(schema.minimum), maximum: whole(schema.maximum) }),
            ["number"] => Ok(Type::Number { minimum: schema.minimum, maximum: schema.maximum }),
            ["number" | "integer", "string"] => Ok(Type::NumberOrText),
            ["string"] => text(schema),
            ["array"] => {
                let items = schema.items.as_deref().cloned().unwrap_or_default();
                let items = Box::new(self.kind(&items, &singular(name))?);
                Ok(Type::Array { items, min_items: schema.min_items, max_items: schema.max_items })
            }
            ["object"] if !schema.properties.is_empty() => {
                self.object(name, schema)?;
                Ok(Type::Object(name.to_owned()))
            }
            ["object"] => match &schema.additional_properties {
                Some(Additional::Values(values)) => Ok(Type::Map(Box::new(self.kind(&values.clone(), name)?))),
                _ => Ok(Type::open()),
            },
            other => Err(format!("no type for {other:?} at {name}")),
        }
    }

    fn named(&mut self, name: &str) -> Result<Type> {
        let schemas = &self.description.components.schemas;
        let schema = schemas.get(name).ok_or_else(|| format!("there is no schema {name}"))?;
        if schema.properties.is_empty() {
            return self.kind(schema, name);
        }
        if !self.objects.contains_key(name) {
            self.object(name, schema)?;
        }
        Ok(Type::Object(name.to_owned()))
    }

    fn object(&mut self, name: &str, schema: &Schema) -> Result<()> {
        let object = Object {
            description: schema.description.clone(),
            fields: Vec::new(),
            open: matches!(schema.additional_properties, Some(Additional::Allowed(true))) && !schema.closed_in_requests,
            mixin: schema.mixin.clone(),
            base: schema.base.clone(),
            in_requests: None,
            in_answers: None,
        };
        // Before its members, so that an object may hold itself.
        if self.objects.insert(name.to_owned(), object).is_some() {
            return Err(format!("two objects are called {name}"));
        }
        let mut fields = Vec::new();
        for (member, field) in &schema.properties {
            let kind = self.kind(field, &(name.to_owned() + &names::pascal(member)))?;
            fields.push(Field {
                name: member.clone(),
                required: schema.required.contains(member),
                nullable: nullable(field),
                kind,
                description: described(&field.description, self.followed(field)?),
                secret: field.secret,
                personal: field.personal,
            });
        }
        self.objects[name].fields = fields;
        match &schema.base {
            Some(base) if self.named(base)? == Type::Object(name.to_owned()) => Err(format!("{name} is its own base")),
            _ => Ok(()),
        }
    }

    fn followed<'s>(&'s self, schema: &'s Schema) -> Result<&'s Schema> {
        match &schema.reference {
            None => Ok(schema),
            Some(reference) => {
                let name = schema_name(reference)?;
                self.description.components.schemas.get(name).ok_or_else(|| format!("there is no schema {name}"))
            }
        }
    }
}

/// The schema of the JSON that a good answer holds.
fn good_json(given: &openapi::Operation) -> Option<&Schema> {
    let good = given.responses.iter().filter(|(status, _)| status.starts_with('2'));
    good.filter_map(|(_, response)| response.content.get("application/json")).map(|media| &media.schema).next()
}

fn schema_name(reference: &str) -> Result<&str> {
    reference.strip_prefix("#/components/schemas/").ok_or_else(|| format!("{reference} is not a schema"))
}

fn file_in(kind: &Type) -> bool {
    match kind {
        Type::File { .. } => true,
        Type::Array { items, .. } => file_in(items),
        _ => false,
    }
}

/// The formats that the core has a check for.
const CHECKED_FORMATS: [&str; 5] = ["uuid", "uri", "date", "date-time", "email"];

fn text(schema: &Schema) -> Result<Type> {
    if schema.format.as_deref() == Some("binary") {
        return Ok(Type::File { max_bytes: schema.max_bytes });
    }
    let format = schema.format.clone();
    if let Some(unknown) = format.as_deref().filter(|format| !CHECKED_FORMATS.contains(format)) {
        return Err(format!("nothing is known of the format {unknown}"));
    }
    let texts = |values: &[Json]| values.iter().filter_map(Json::text).map(str::to_owned).collect();
    Ok(Type::Text(Text {
        check: schema.check.clone().or(format),
        values: texts(&schema.values),
        known: texts(&schema.known_values),
        min_length: schema.min_length,
        max_length: schema.max_length,
        max_bytes: schema.max_bytes,
    }))
}

/// What the items of an array are called: `Features` -> `Feature`, `Breaches` -> `Breach`.
fn singular(name: &str) -> String {
    match name {
        _ if name.ends_with("ies") => format!("{}y", name.trim_end_matches("ies")),
        _ if name.ends_with("ches") => name.trim_end_matches("es").to_owned(),
        _ if name.ends_with('s') && !name.ends_with("ss") => name.trim_end_matches('s').to_owned(),
        _ => format!("{name}Item"),
    }
}

fn described(own: &str, schema: &Schema) -> String {
    let mut text = if own.is_empty() { schema.description.clone() } else { own.to_owned() };
    if let Some(default) = &schema.default {
        let default = match default {
            Json::Text(text) => text.clone(),
            Json::Boolean(value) => value.to_string(),
            Json::Integer(value) => value.to_string(),
            Json::Number(value) => value.to_string(),
            _ => return text,
        };
        if !text.is_empty() && !text.ends_with('.') {
            text.push('.');
        }
        text = format!("{text} Default: {default}.").trim_start().to_owned();
    }
    text
}

#[expect(clippy::cast_possible_truncation, reason = "limits in the description are small")]
fn whole(limit: Option<f64>) -> Option<i64> {
    limit.map(|limit| limit as i64)
}

fn nullable(schema: &Schema) -> bool {
    let many = matches!(&schema.kind, Some(OneOrMany::Many(kinds)) if kinds.iter().any(|kind| kind == "null"));
    many || schema.any_of.iter().any(is_null)
}

fn is_null(schema: &Schema) -> bool {
    matches!(&schema.kind, Some(OneOrMany::One(kind)) if kind == "null")
}

fn examples(content: &IndexMap<String, Media>) -> IndexMap<String, Json> {
    let all = content.values().flat_map(|media| &media.examples);
    all.map(|(name, example)| (name.clone(), example.value.clone())).collect()
}
