use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::ALL;

#[test]
fn answers_are_sorted_and_valid_schemas() {
    assert!(ALL.is_sorted_by_key(|answer| answer.name));
    for answer in ALL {
        let schema = answer.schema();
        assert!(jsonschema::meta::is_valid(&schema), "{}", answer.name);
    }
}

/// Each command that has no commands of its own answers; `usage` is the answer of no command, `diff-range` and `diff-versions`
/// of one in another form.
#[test]
fn every_command_has_an_answer() {
    fn leaves(command: &clap::Command, before: &str, into: &mut BTreeSet<String>) {
        for command in command.get_subcommands() {
            let name = format!("{before}{}", command.get_name());
            if command.has_subcommands() {
                leaves(command, &format!("{name}-"), into);
            } else {
                into.insert(name);
            }
        }
    }
    let mut commands = BTreeSet::from(["usage", "diff-range", "diff-versions"].map(str::to_owned));
    leaves(&crate::cli::command(), "", &mut commands);
    let answers: BTreeSet<String> = ALL.iter().map(|answer| answer.name.to_owned()).collect();
    assert_eq!(answers, commands);
}

/// Returns what a field holds as a reader of several answers sees it: the name of its type, or its form.
fn form(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        // The same kind of thing with more or less of it.
        return match name {
            "Severity" | "Gravity" | "Outcome" | "HookState" | "Action" | "Assurance" => {
                "string".to_owned()
            }
            name if IDENTIFIERS.contains(&name) => name.to_owned(),
            name if NAMES.contains(&name) => "string".to_owned(),
            _ => "object".to_owned(),
        };
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let forms: BTreeSet<String> = choices
            .iter()
            .map(form)
            .filter(|form| form != "null")
            .collect();
        return forms.into_iter().collect::<Vec<_>>().join(" or ");
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several
            .iter()
            .filter_map(Value::as_str)
            .filter(|one| *one != "null")
            .collect(),
        _ => vec!["anything"],
    };
    match types[..] {
        ["array"] => format!("list of {}", form(&schema["items"])),
        ["object"] if schema["additionalProperties"].is_object() => "map".to_owned(),
        _ => types.join(" or "),
    }
}

/// Types that stand for one thing wherever they are.
const IDENTIFIERS: [&str; 6] = [
    "BranchName",
    "CommitId",
    "EnvironmentSlug",
    "Resource",
    "Time",
    "VersionNumber",
];
/// Types that are names or words, of whatever.
const NAMES: [&str; 25] = [
    "BaseUrl",
    "Code",
    "Color",
    "ContentId",
    "Credential",
    "Description",
    "DisplayName",
    "Email",
    "Endpoint",
    "GrantScope",
    "HeaderName",
    "HookName",
    "MemberName",
    "ModelName",
    "Permission",
    "PolicyRule",
    "ProviderKind",
    "RemoteName",
    "ResourceName",
    "Role",
    "RoleName",
    "Remarked",
    "Strategy",
    "TargetName",
    "Wait",
];

fn words(schema: &Value, at: &str, into: &mut BTreeMap<String, BTreeMap<String, Vec<String>>>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get("properties") {
                for (word, held) in properties.iter().filter(|(_, held)| {
                    held.as_object().is_some_and(|held| {
                        !held.contains_key("const") && !held.contains_key("enum")
                            || held.contains_key("type")
                    })
                }) {
                    into.entry(word.clone())
                        .or_default()
                        .entry(form(held))
                        .or_default()
                        .push(at.to_owned());
                }
            }
            for (name, part) in fields {
                // What a gateway reads is its own language.
                if !matches!(
                    name.as_str(),
                    "Gateway"
                        | "Provider"
                        | "ProviderOptions"
                        | "Target"
                        | "ConfiguredRoute"
                        | "if"
                ) {
                    words(part, &format!("{at}.{name}"), into);
                }
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| words(part, at, into)),
        _ => {}
    }
}

#[test]
fn one_word_has_one_type_in_all_answers() {
    let mut found = BTreeMap::new();
    for answer in ALL {
        words(&answer.schema(), answer.name, &mut found);
    }
    let ambiguous: Vec<String> = found
        .iter()
        .filter(|(_, forms)| forms.len() > 1)
        .map(|(word, forms)| {
            let forms: Vec<String> = forms
                .iter()
                .map(|(form, places)| format!("{form} ({})", places[0]))
                .collect();
            format!("{word}: {}", forms.join("; "))
        })
        .collect();
    assert!(ambiguous.is_empty(), "{}", ambiguous.join("\n"));
}

/// The words that scripts use most, and what they stand for.
#[test]
fn the_words_of_the_contract_stand_for_what_they_say() {
    let mut found = BTreeMap::new();
    for answer in ALL {
        words(&answer.schema(), answer.name, &mut found);
    }
    for (word, form) in [
        ("at", "Time"),
        ("branch", "BranchName"),
        ("code", "string"),
        ("commit", "CommitId"),
        ("environment", "EnvironmentSlug"),
        ("environments", "list of object"),
        ("findings", "list of object"),
        ("live", "boolean"),
        ("moves", "list of object"),
        ("pointers", "list of object"),
        ("reason", "string"),
        ("resource", "Resource"),
        ("version", "VersionNumber"),
        ("wait", "string"),
    ] {
        let forms: Vec<&String> = found[word].keys().collect();
        assert_eq!(forms, [form], "{word}");
    }
    for gone in [
        "number", "rule", "why", "note", "help", "mend", "slug", "set_in",
    ] {
        assert!(!found.contains_key(gone), "{gone}: {:?}", found[gone]);
    }
}
