//! Whether everything in a configuration is accounted for: it is in what was imported, or it is reported.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::gateway::imported::Imported;

/// The keys that only say what is so anyway: without them, or with another value, which is reported, the same is imported.
const REDUNDANT: [&str; 8] = [
    "candidate_variants",
    "credential_name",
    "environment",
    "num_retries",
    "order",
    "prompt_id",
    "ttft_ms",
    "type",
];

/// Returns the paths of the values in `file` that `read` neither takes nor reports: none of the ways to change them changes
/// what is imported.
pub(super) fn unaccounted(read: &dyn Fn(&Value) -> Imported, file: &Value) -> Vec<String> {
    let imported = read(file);
    if !imported.findings.is_empty() {
        return Vec::new();
    }
    let is_reported = |path: &[String]| {
        let path = path.join(".");
        imported.remarks.iter().any(|remark| {
            path == remark.key
                || path.starts_with(&format!("{}.", remark.key))
                    && remark.remarked == crate::gateway::Remarked::LeftOut
        })
    };
    let same = |other: &Value| {
        let other = read(other);
        (
            &other.providers,
            &other.rules,
            &other.prompts,
            &other.findings,
        ) == (
            &imported.providers,
            &imported.rules,
            &imported.prompts,
            &imported.findings,
        )
    };
    let mut paths = Vec::new();
    leaves(file, &mut Vec::new(), &mut paths);
    let lost = paths.into_iter().filter(|path| {
        let is_redundant = path.iter().any(|key| REDUNDANT.contains(&key.as_str()));
        let others = [
            None,
            Some(json!("marker")),
            Some(json!(3)),
            Some(json!(["marker"])),
        ];
        !is_redundant
            && !is_reported(path)
            && others
                .into_iter()
                .all(|other| same(&with(file, path, other)))
    });
    lost.map(|path| path.join(".")).collect()
}

fn leaves(value: &Value, at: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let parts: Vec<(String, &Value)> = match value {
        Value::Null => return,
        Value::Object(entries) if entries.is_empty() => return,
        Value::Array(values) if values.is_empty() => return,
        Value::Object(entries) => entries.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .map(|(index, it)| (index.to_string(), it))
            .collect(),
        _ => Vec::new(),
    };
    if parts.is_empty() {
        found.push(at.clone());
    }
    for (key, part) in parts {
        at.push(key);
        leaves(part, at, found);
        at.pop();
    }
}

/// Returns `file` with `other` at `path`, or with nothing there.
fn with(file: &Value, path: &[String], other: Option<Value>) -> Value {
    let mut file = file.clone();
    let Some((last, above)) = path.split_last() else {
        return other.unwrap_or(Value::Null);
    };
    let mut at = &mut file;
    for key in above {
        at = match at {
            Value::Array(values) => &mut values[key.parse::<usize>().unwrap()],
            other => &mut other[key.as_str()],
        };
    }
    match (at, other) {
        (Value::Array(values), Some(other)) => values[last.parse::<usize>().unwrap()] = other,
        (Value::Array(values), None) => drop(values.remove(last.parse().unwrap())),
        (Value::Object(entries), Some(other)) => drop(entries.insert(last.clone(), other)),
        (Value::Object(entries), None) => drop(entries.remove(last)),
        _ => unreachable!("only lists and tables have parts"),
    }
    file
}

/// Returns a table in which each of `keys` may be, with one of its values or with something odd.
pub(super) fn table(keys: &[(&'static str, Value)]) -> BoxedStrategy<Value> {
    let keys: Vec<(&'static str, Value)> = keys.to_vec();
    let entries = keys.into_iter().map(|(key, values)| {
        let values = match values {
            Value::Array(values) => values,
            other => vec![other],
        };
        let value = prop_oneof![
            4 => Just(None),
            8 => select(values).prop_map(Some),
            1 => odd().prop_map(Some),
        ];
        value.prop_map(move |value| (key, value))
    });
    entries
        .collect::<Vec<_>>()
        .prop_map(|entries| {
            let given = entries
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?)));
            Value::Object(given.collect::<Map<_, _>>())
        })
        .boxed()
}

/// Returns a value that nothing takes, or hardly anything.
pub(super) fn odd() -> impl Strategy<Value = Value> {
    select(vec![
        json!(7),
        json!(0.5),
        json!(true),
        json!("odd"),
        json!(["odd", 1]),
        json!({"odd": {"er": 1}}),
        json!([]),
        json!({}),
    ])
}
