//! Every answer of the test suite is validated against its schema, as `envctl schema` prints it.

use std::collections::HashMap;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};

/// Returns how `answer` differs from the schema of its command. Fields that the schema does not
/// describe count as differences.
pub fn differences(answer: &Value) -> Vec<String> {
    let schema = answer["schema"].as_str().unwrap_or_default();
    let name = schema
        .strip_prefix("envctl.")
        .and_then(|rest| rest.strip_suffix("/v1"));
    let Some(name) = name else {
        return vec![format!("no schema: {schema:?}")];
    };
    validator(name)
        .iter_errors(answer)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect()
}

fn validator(name: &str) -> Arc<Validator> {
    static KNOWN: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let known = KNOWN.get_or_init(Mutex::default);
    let mut known = known.lock().unwrap();
    let build = || {
        let mut schema = printed(name);
        close(&mut schema);
        Arc::new(
            jsonschema::options()
                .should_validate_formats(true)
                .build(&schema)
                .unwrap(),
        )
    };
    known.entry(name.to_owned()).or_insert_with(build).clone()
}

pub fn printed(name: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_envctl"))
        .args(["schema", name])
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{name}: {error}: {output:?}"))
}

/// Turns every open object into a closed one. Later versions may add fields, but this one has
/// exactly those that it describes.
pub fn close(schema: &mut Value) {
    close_all_but(schema, false);
}

/// Does what [`close`] does. A `part` of a larger object is not closed by itself, since that object
/// has more fields.
fn close_all_but(schema: &mut Value, part: bool) {
    const IN_PLACE: [&str; 3] = ["allOf", "anyOf", "oneOf"];
    match schema {
        Value::Object(fields) => {
            let describes = fields.get("properties").is_some_and(Value::is_object)
                && fields.contains_key("type");
            for (key, below) in fields.iter_mut().filter(|(key, _)| *key != "if") {
                let in_place = IN_PLACE.contains(&key.as_str());
                close_all_but(below, in_place && (describes || part));
            }
            if describes && !part && !fields.contains_key("additionalProperties") {
                fields.insert("unevaluatedProperties".to_owned(), json!(false));
            }
        }
        Value::Array(parts) => parts
            .iter_mut()
            .for_each(|below| close_all_but(below, part)),
        _ => {}
    }
}
