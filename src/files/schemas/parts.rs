//! The parts that schemas of files are made of.

use schemars::SchemaGenerator;
use serde_json::{Value, json};

/// Returns the schema of a key that holds a `T`.
pub(super) fn key<T: schemars::JsonSchema>(
    generator: &mut SchemaGenerator,
    description: &str,
) -> Value {
    let of = generator.subschema_for::<T>().to_value();
    // In draft 7 everything beside a reference is ignored, so the reference goes into an `allOf`.
    json!({ "description": description, "allOf": [of] })
}

/// Returns the schema of a list of `T`, each once.
pub(super) fn list<T: schemars::JsonSchema>(
    generator: &mut SchemaGenerator,
    description: &str,
) -> Value {
    let items = generator.subschema_for::<T>().to_value();
    json!({ "description": description, "type": "array", "items": items, "uniqueItems": true })
}

/// Returns the schema of a switch.
pub(super) fn switch(description: &str) -> Value {
    json!({ "description": description, "type": "boolean" })
}

/// Returns the schema of a table with these keys and no others.
pub(super) fn table(description: &str, properties: Value, required: &[&str]) -> Value {
    json!({
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Returns the schema of a table whose keys are names of the type `K`.
pub(super) fn named<K: schemars::JsonSchema>(
    generator: &mut SchemaGenerator,
    description: &str,
    each: Value,
) -> Value {
    let names = generator.subschema_for::<K>().to_value();
    json!({
        "description": description,
        "type": "object",
        "propertyNames": names,
        "additionalProperties": each,
    })
}

/// Returns the schema of a value, or of `false` for none.
pub(super) fn or_off(value: Value) -> Value {
    json!({ "anyOf": [value, { "const": false }] })
}
