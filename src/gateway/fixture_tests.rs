//! Configurations in the forms that teams publish: each is imported, nothing of it is lost silently, and what is rendered of it
//! is imported the same.

use std::collections::BTreeMap;

use serde_json::Value;

use super::accounted::unaccounted;
use super::format::{GatewayFormat, ServedGateway};
use super::formats::{formats, recognised};
use super::imported::{Imported, PromptSource};
use super::{Gateway, ServedPrompt};
use crate::files::yaml::{self, YamlNode, YamlValue};
use crate::model::VersionNumber;

/// The names of files and their texts.
type Files = &'static [(&'static str, &'static str)];

macro_rules! files {
    ($folder:literal: $($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../fixtures/gateways/", $folder, $name)))),*]
    };
}

const LITELLM: Files = files!("litellm/": "anchors.yaml" "azure.yaml" "bedrock.yaml" "config.yaml" "credentials.yaml" "fallbacks.yaml" "guardrails.yaml" "local.yaml" "modes.yaml" "proxied.yaml" "vertex.yaml" "wildcards.yaml");
const TENSORZERO: Files = files!("tensorzero/": "bon.toml" "clouds.toml" "cot.toml" "embedding.toml" "experiment.toml" "json.toml" "limits.toml" "namespaces.toml" "quickstart.toml" "timeouts.toml" "tools.toml");

/// Returns what serves what was imported; prompts whose texts are in files have their keys as texts.
fn served(imported: &Imported) -> ServedGateway {
    let mut served = ServedGateway {
        gateway: Gateway {
            providers: imported.providers.clone(),
            rules: imported.rules.clone(),
            prompts: BTreeMap::new(),
        },
        ..ServedGateway::default()
    };
    for (name, prompt) in &imported.prompts {
        let version = prompt.version.or(VersionNumber::new(1)).unwrap();
        let path = format!("prompts/{name}/{version}.md");
        let text = match &prompt.source {
            PromptSource::Text(text) => text.clone(),
            PromptSource::File(file) => file.clone(),
        };
        served.texts.insert(name.clone(), text.as_bytes().into());
        let prompt = ServedPrompt { version, path };
        served.gateway.prompts.insert(name.clone(), prompt);
    }
    for name in imported.rules.keys() {
        served
            .releases
            .insert(name.clone(), VersionNumber::new(1).unwrap());
    }
    served
}

fn json(node: &YamlNode) -> Value {
    match &node.value {
        YamlValue::Null => Value::Null,
        YamlValue::Bool(value) => (*value).into(),
        YamlValue::Number(number) => Value::Number(number.clone()),
        YamlValue::Text(text) => text.as_str().into(),
        YamlValue::List(values) => values.iter().map(json).collect(),
        YamlValue::Table(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, node)| (key.name.clone(), json(node)))
                .collect(),
        ),
    }
}

/// Returns `text` as data, and a way to write such data in the format.
fn data(format: &dyn GatewayFormat, text: &str) -> (Value, fn(&Value) -> String) {
    match format.name() {
        // JSON is YAML.
        "litellm" => (json(&yaml::parse(text).unwrap()), Value::to_string),
        _ => {
            let table: toml::Table = toml::from_str(text).unwrap();
            let write = |value: &Value| toml::to_string(value).unwrap_or_default();
            (serde_json::to_value(table).unwrap(), write)
        }
    }
}

#[test]
fn files_in_the_forms_of_real_ones_are_imported_and_come_back() {
    for (name, files) in [("litellm", LITELLM), ("tensorzero", TENSORZERO)] {
        let mut formats = formats().iter();
        let format = formats.find(|format| format.name() == name).unwrap();
        for (file, text) in files {
            assert_eq!(recognised(text).name(), format.name(), "{file}");
            let imported = format.read("config", text);
            assert_eq!(imported.findings, [], "{file}");
            assert!(
                !imported.rules.is_empty(),
                "{file}: {:#?}",
                imported.remarks
            );
            let (value, write) = data(*format, text);
            let read = |value: &Value| format.read("config", &write(value));
            assert_eq!(unaccounted(&read, &value), Vec::<String>::new(), "{file}");
            let rendered = match format.write(&served(&imported)) {
                Ok(rendering) => rendering.text,
                Err(refused) => panic!("{file}: {refused:#?}"),
            };
            let again = format.read("config", &rendered);
            assert_eq!(again.findings, [], "{file}\n{rendered}");
            assert_eq!(again.providers, imported.providers, "{file}\n{rendered}");
            assert_eq!(again.rules, imported.rules, "{file}\n{rendered}");
        }
    }
}
