use std::collections::BTreeMap;

use super::naming::slug;
use super::values::{bounded_number, text};
use crate::files::yaml::YamlNode;
use crate::gateway::imported::{ImportedPrompt, PromptSource};
use crate::gateway::litellm::prompts::{CONTENT, INTEGRATION};
use crate::gateway::notes::{ImportNotes, path};
use crate::model::{Extension, Kind, ResourceName, VersionNumber};

/// How a version ends whose text stands in the configuration.
const ENDING: &str = "md";

/// Returns the prompts whose texts stand under `prompts`.
pub(super) fn read(
    desk: &mut ImportNotes<'_>,
    node: Option<&YamlNode>,
) -> BTreeMap<ResourceName, ImportedPrompt> {
    let mut prompts: BTreeMap<ResourceName, ImportedPrompt> = BTreeMap::new();
    for (index, node) in node
        .and_then(YamlNode::list)
        .into_iter()
        .flatten()
        .enumerate()
    {
        let index = index.to_string();
        let at = ["prompts", index.as_str()];
        match prompt(desk, &at, node) {
            Ok((name, prompt)) => match prompts.get(&name) {
                Some(other) if other.version >= prompt.version => {
                    desk.left_out(
                        &at,
                        format!("prompts/{name} stands here with a later version"),
                    );
                }
                Some(other) => {
                    let before: Vec<&str> = other.key.iter().take(2).map(String::as_str).collect();
                    desk.left_out(
                        &before,
                        format!("prompts/{name} stands here with a later version"),
                    );
                    prompts.insert(name, prompt);
                }
                None => drop(prompts.insert(name, prompt)),
            },
            Err(message) => desk.left_out(&at, message),
        }
    }
    prompts
}

fn prompt(
    desk: &mut ImportNotes<'_>,
    at: &[&str; 2],
    node: &YamlNode,
) -> Result<(ResourceName, ImportedPrompt), String> {
    let id = node.get("prompt_id").and_then(text).unwrap_or_default();
    let name: ResourceName = slug(&id)
        .parse()
        .map_err(|error| format!("its `prompt_id` is no name: {error}"))?;
    let params = node.get("litellm_params");
    let said = |key: &str| {
        params
            .and_then(|params| params.get(key))
            .and_then(YamlNode::text)
    };
    if said("prompt_integration") != Some(INTEGRATION) {
        return Err("its text is kept elsewhere, by its `prompt_integration`".to_owned());
    }
    let content = said(CONTENT).ok_or_else(|| format!("it has no `{CONTENT}`"))?;
    if name.as_str() != id {
        desk.changed(at, format!("is called prompts/{name}"));
    }
    let version = node.get("version").and_then(bounded_number);
    let extension = Extension::of(Kind::Prompts, ENDING).ok_or("a prompt ends in md")?;
    let prompt = ImportedPrompt {
        source: PromptSource::Text(content.to_owned()),
        extension,
        version: version.and_then(VersionNumber::new),
        key: path(&[at[0], at[1], "litellm_params", CONTENT]),
    };
    Ok((name, prompt))
}
