use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::{
    Endpoint, ModelName, Provider, ResourceName, Retry, RoutingRule, Strategy, Target, TargetName,
    VersionNumber,
};

/// Everything that a gateway has to know to serve one environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gateway {
    /// The providers that are active.
    pub providers: BTreeMap<ResourceName, Provider>,
    /// The routing rules that are live.
    pub rules: BTreeMap<ResourceName, RoutingRule>,
    /// The prompts that are served.
    pub prompts: BTreeMap<ResourceName, ServedPrompt>,
}

/// Which version of a prompt is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ServedPrompt {
    /// Its number.
    pub version: VersionNumber,
    /// The file that holds it, relative to the project's folder.
    pub path: String,
}

/// The name of a target among those of all rules.
pub(super) fn qualified(rule: &ResourceName, target: &TargetName) -> String {
    format!("{rule}.{target}")
}

/// With the same tables and keys as the TOML.
impl Serialize for Gateway {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let targets = self.rules.iter().flat_map(|(name, rule)| {
            rule.targets
                .iter()
                .map(move |(target, content)| (qualified(name, target), content))
        });
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("providers", &self.providers)?;
        map.serialize_entry("targets", &targets.collect::<BTreeMap<_, _>>())?;
        let routes = self
            .rules
            .iter()
            .map(|(name, rule)| (name, ConfiguredRoute::of(name, rule)));
        map.serialize_entry("routes", &routes.collect::<BTreeMap<_, _>>())?;
        map.serialize_entry("prompts", &self.prompts)?;
        map.end()
    }
}

impl JsonSchema for Gateway {
    fn schema_name() -> Cow<'static, str> {
        "Gateway".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The configuration of a gateway, with the tables and keys of its TOML.",
            "type": "object",
            "properties": {
                "providers": generator.subschema_for::<BTreeMap<String, Provider>>(),
                "targets": generator.subschema_for::<BTreeMap<String, Target>>(),
                "routes": generator.subschema_for::<BTreeMap<String, ConfiguredRoute<'static>>>(),
                "prompts": generator.subschema_for::<BTreeMap<String, ServedPrompt>>(),
            },
            "required": ["providers", "targets", "routes", "prompts"],
        })
    }
}

/// A routing rule as it stands under `routes`.
#[derive(Serialize, JsonSchema)]
struct ConfiguredRoute<'r> {
    endpoint: Endpoint,
    models: &'r [ModelName],
    strategy: Strategy,
    targets: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<&'r Retry>,
    #[serde(skip_serializing_if = "no_prompts")]
    #[schemars(default)]
    prompts: &'r [ResourceName],
}

fn no_prompts(prompts: &&[ResourceName]) -> bool {
    prompts.is_empty()
}

impl<'r> ConfiguredRoute<'r> {
    fn of(name: &ResourceName, rule: &'r RoutingRule) -> Self {
        Self {
            endpoint: rule.endpoint,
            models: &rule.models,
            strategy: rule.strategy,
            targets: rule
                .order
                .iter()
                .map(|target| qualified(name, target))
                .collect(),
            retry: rule.retry.as_ref(),
            prompts: &rule.prompts,
        }
    }
}
