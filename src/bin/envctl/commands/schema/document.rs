//! The envelope of every answer, as a JSON Schema.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::render::findings::Located;
use crate::render::json::ErrorBody;

/// Describes the data of an answer.
pub type Describe = fn(&mut SchemaGenerator) -> Schema;

/// An answer of a command.
#[derive(Clone, Copy)]
pub struct Described {
    /// The name of the command, as in `envctl.<name>/v1`.
    pub name: &'static str,
    /// Its data; several forms if they depend on the arguments.
    pub data: &'static [Describe],
    /// Fields that an error may have, with their names.
    pub beside: &'static [(&'static str, Describe)],
    /// Whether it has all of its data even if a rule refuses the change.
    pub writes: bool,
}

/// The errors with which a command that writes still has all of its data, because the change was planned and judged.
const JUDGED: [&str; 4] = [
    "declined",
    "not-eligible-yet",
    "refused",
    "waits-for-approval",
];

/// Describes a type by its fields, so that the fields of the envelope can be added.
pub fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    T::json_schema(generator)
}

impl Described {
    /// Returns the answer as a JSON Schema.
    pub fn schema(&self) -> Value {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        let mut generator = settings.into_generator();
        let mut variants: Vec<Value> = self
            .data
            .iter()
            .map(|describe| {
                let data = describe(&mut generator).to_value();
                Value::Object(self.around(data, &mut generator))
            })
            .collect();
        let mut schema = Map::new();
        schema.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        schema.insert("title".to_owned(), json!(self.id()));
        let description = format!(
            "What `envctl {} --json` writes. Later versions may add fields.",
            self.name.replacen('-', " ", 1)
        );
        schema.insert("description".to_owned(), json!(description));
        match variants.as_mut_slice() {
            [Value::Object(only)] => schema.append(only),
            _ => drop(schema.insert("anyOf".to_owned(), Value::Array(variants))),
        }
        schema.insert(
            "$defs".to_owned(),
            Value::Object(generator.take_definitions(true)),
        );
        Value::Object(schema)
    }

    /// Returns the `schema` of the answer.
    pub fn id(&self) -> String {
        format!("envctl.{}/v1", self.name)
    }

    /// Returns one form of the answer: `data` with the envelope around it.
    fn around(&self, data: Value, generator: &mut SchemaGenerator) -> Map<String, Value> {
        let mut form = match data {
            Value::Object(form) => form,
            _ => Map::new(),
        };
        form.remove("title");
        form.remove("description");
        let own = form.remove("required").unwrap_or_else(|| json!([]));
        let mut properties = Map::new();
        properties.insert("schema".to_owned(), json!({ "const": self.id() }));
        properties.insert(
            "ok".to_owned(),
            json!({
                "description": "Whether the command did what it was asked to: the exit code is 0 or 10.",
                "type": "boolean",
            }),
        );
        if let Some(Value::Object(mut fields)) = form.remove("properties") {
            properties.append(&mut fields);
        }
        let findings = generator.subschema_for::<Vec<Located<'static>>>();
        properties
            .entry("findings")
            .or_insert_with(|| findings.to_value());
        for (name, describe) in self.beside {
            let beside = describe(generator).to_value();
            properties.entry(*name).or_insert(beside);
        }
        let error = generator.subschema_for::<ErrorBody>().to_value();
        properties.insert("error".to_owned(), error);
        form.insert("type".to_owned(), json!("object"));
        form.insert("properties".to_owned(), Value::Object(properties));
        form.insert("required".to_owned(), json!(["schema", "ok"]));
        form.insert(
            "if".to_owned(),
            json!({ "properties": { "ok": { "const": true } } }),
        );
        form.insert("then".to_owned(), json!({ "required": own }));
        form.insert("else".to_owned(), json!({ "required": ["error"] }));
        if self.writes {
            let judged = json!({
                "properties": { "error": { "properties": { "code": { "enum": JUDGED } } } },
                "required": ["error"],
            });
            let all = json!([{ "if": judged, "then": { "required": own } }]);
            form.insert("allOf".to_owned(), all);
        }
        form
    }
}
