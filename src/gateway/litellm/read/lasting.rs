use std::collections::BTreeMap;

use toml::de::DeTable;

use crate::diag::Spot;
use crate::files::secret;
use crate::gateway::native::release_text;
use crate::gateway::notes::ImportNotes;
use crate::model::{JsonTable, RoutingRule, TargetName};

/// Takes out of the targets of `rule` what a release would be refused for: what may be a secret there and is not in
/// LiteLLM's file, such as the path of a key. `places` says which entry of `model_list` each target is.
pub(super) fn keep(
    desk: &mut ImportNotes<'_>,
    rule: &mut RoutingRule,
    places: &BTreeMap<TargetName, usize>,
) {
    let text = release_text(rule);
    let Ok(table) = DeTable::parse(&text) else {
        return;
    };
    let found = secret::guarded("", &text, Some(table.get_ref()), Vec::new());
    for finding in found {
        let (Spot::Key(path) | Spot::Value(path)) = finding.place.spot else {
            continue;
        };
        let [_, name, part, key, ..] = path.as_slice() else {
            continue;
        };
        let Ok(name) = name.parse::<TargetName>() else {
            continue;
        };
        let (Some(target), Some(index)) = (rule.targets.get_mut(&name), places.get(&name)) else {
            continue;
        };
        let (table, section) = match part.as_str() {
            "params" => (&mut target.params, "litellm_params"),
            _ => (&mut target.metadata, "model_info"),
        };
        *table = without(table, key);
        let at = ["model_list", &index.to_string(), section, key];
        desk.left_out(
            &at,
            "it may be a secret: say it in a variable of the gateway's environment",
        );
    }
}

fn without(table: &JsonTable, key: &str) -> JsonTable {
    let rest = table.iter().filter(|(name, _)| *name != key);
    let rest = rest.map(|(name, value)| (name.to_owned(), value.clone()));
    // A part of a table is within its limits.
    JsonTable::new(rest.collect()).unwrap_or_default()
}
