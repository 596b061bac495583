use super::rules::Rules;
use crate::files::yaml::YamlNode;
use crate::gateway::notes::ImportNotes;
use crate::model::ModelName;

/// Where LiteLLM looks for further names of models.
const ALIASES: [[&str; 2]; 2] = [
    ["router_settings", "model_group_alias"],
    ["litellm_settings", "model_alias_map"],
];

/// Adds to the rules the further names that the configuration gives their models.
pub(super) fn add(desk: &mut ImportNotes<'_>, root: &YamlNode, rules: &mut Rules) {
    for [section, key] in ALIASES {
        let aliases = root
            .get(section)
            .and_then(|it| it.get(key))
            .and_then(YamlNode::table);
        for (alias, node) in aliases.into_iter().flatten() {
            let at = [section, key, alias.name.as_str()];
            match one(rules, &alias.name, node) {
                Ok(message) => {
                    desk.adapted(&at, message);
                    desk.took(&[&at[..], &["model"]].concat());
                }
                Err(message) => desk.left_out(&at, message),
            }
        }
    }
}

fn one(rules: &mut Rules, alias: &str, node: &YamlNode) -> Result<String, String> {
    let model = node
        .text()
        .or_else(|| node.get("model").and_then(YamlNode::text));
    let model = model.ok_or("it names no model")?;
    if rules.answering(alias).is_some() {
        return Err("an entry of model_list has that name".to_owned());
    }
    let name = rules.answering(model).cloned();
    let name = name.ok_or("no entry that a project holds has the name that it stands for")?;
    let alias: ModelName = alias.parse().map_err(|error| format!("{error}"))?;
    if alias.as_str().contains('*') || !rules.answer(&name, alias) {
        return Err("no rule can answer for it".to_owned());
    }
    Ok(format!(
        "is a model of routing/{name}, so it may be removed there"
    ))
}
