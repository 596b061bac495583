use std::collections::BTreeMap;

use super::parts::Parts;
use super::values::{self, text};
use crate::files::yaml::YamlNode;
use crate::gateway::imported::{ImportedPrompt, PromptSource};
use crate::gateway::litellm::prompts::{CONTENT, INTEGRATION};
use crate::gateway::notes::{ImportNotes, path};
use crate::gateway::slugs::slug;
use crate::model::{Extension, Kind, ResourceName, VersionNumber};

/// How a version ends whose text stands in the configuration.
const ENDING: &str = "md";
/// The environments of which LiteLLM serves the first that a prompt has, unless a request names one.
const ENVIRONMENTS: [&str; 3] = ["production", "staging", DEFAULT_ENVIRONMENT];
/// The environment of a prompt that names none.
const DEFAULT_ENVIRONMENT: &str = "development";

/// A prompt that the configuration says, and what LiteLLM chooses by among those that are called the same.
struct Candidate<'n> {
    index: usize,
    id: String,
    environment: String,
    version: Option<VersionNumber>,
    content: &'n str,
}

/// Returns the prompts whose texts stand under `prompts`: of those that are called the same, the one that LiteLLM serves.
pub(super) fn read(
    desk: &mut ImportNotes<'_>,
    node: Option<&YamlNode>,
) -> BTreeMap<ResourceName, ImportedPrompt> {
    let mut candidates: BTreeMap<ResourceName, Vec<Candidate<'_>>> = BTreeMap::new();
    let listed = node.and_then(YamlNode::list).into_iter().flatten();
    for (index, node) in listed.enumerate() {
        let at = ["prompts", &index.to_string()];
        match candidate(desk, &at, index, node) {
            Ok((name, candidate)) => candidates.entry(name).or_default().push(candidate),
            Err(message) => desk.left_out(&at, message),
        }
    }
    let chosen = candidates.into_iter().filter_map(|(name, candidates)| {
        let prompt = chosen(desk, &name, candidates)?;
        Some((name, prompt))
    });
    chosen.collect()
}

fn candidate<'n>(
    desk: &mut ImportNotes<'_>,
    at: &[&str; 2],
    index: usize,
    node: &'n YamlNode,
) -> Result<(ResourceName, Candidate<'n>), String> {
    let mut parts = Parts::of(at, Some(node));
    let id = parts.need(desk, "prompt_id", "a text", text)?;
    let id = id.ok_or("it has no `prompt_id`")?;
    let (base, number) = base_id(&id);
    let name: ResourceName = slug(base)
        .parse()
        .map_err(|error| format!("its `prompt_id`: {error}"))?;
    let version = parts.take(desk, "version", "a whole number from 1 on", values::version);
    let environment = parts.take(desk, "environment", "a text", text);
    let params = parts.remove("litellm_params").map(|part| part.node);
    let mut params = Parts::of(&[at[0], at[1], "litellm_params"], params);
    let integration = params.need(desk, "prompt_integration", "a text", text)?;
    if integration.as_deref() != Some(INTEGRATION) {
        return Err("its text is kept elsewhere, by its `prompt_integration`".to_owned());
    }
    let content = params.need(desk, CONTENT, "a text", YamlNode::text)?;
    let content = content.ok_or_else(|| format!("it has no `{CONTENT}`"))?;
    let same = |node: &YamlNode| text(node).filter(|inner| *inner == id);
    if params
        .take(desk, "prompt_id", "the same as outside", same)
        .is_none()
    {
        let message = "LiteLLM ignores a prompt without a `prompt_id` in its `litellm_params`; here it is served";
        desk.adapted(at, message);
    }
    let candidate = Candidate {
        index,
        environment: environment.unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned()),
        version: version.or(number),
        content,
        id,
    };
    Ok((name, candidate))
}

/// Returns the name of a prompt without the version behind it, and that version: `router.v2`, `router_v2`.
fn base_id(id: &str) -> (&str, Option<VersionNumber>) {
    let parted = id.rsplit_once(".v").or_else(|| id.rsplit_once("_v"));
    let version =
        parted.and_then(|(base, number)| Some((base, VersionNumber::new(number.parse().ok()?)?)));
    match version {
        Some((base, number)) if !base.is_empty() => (base, Some(number)),
        _ => (id, None),
    }
}

/// Returns the one of `candidates` that LiteLLM serves, and leaves out the others.
fn chosen(
    desk: &mut ImportNotes<'_>,
    name: &ResourceName,
    mut candidates: Vec<Candidate<'_>>,
) -> Option<ImportedPrompt> {
    let rank = |it: &Candidate<'_>| {
        let place = ENVIRONMENTS
            .iter()
            .position(|known| *known == it.environment);
        (place.unwrap_or(ENVIRONMENTS.len()), it.environment.clone())
    };
    let version = |it: &Candidate<'_>| it.version.or(VersionNumber::new(1));
    // Of one id and one environment, the first counts; of several ids, the highest version.
    candidates.sort_by_key(|it| (rank(it), std::cmp::Reverse(version(it)), it.index));
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let environment = candidates.first()?.environment.clone();
    for it in candidates.iter().filter(|it| it.environment == environment) {
        let first = seen.entry(&it.id).or_insert(it.index);
        *first = (*first).min(it.index);
    }
    let is_served = |it: &&Candidate<'_>| {
        it.environment == environment && seen.get(it.id.as_str()) == Some(&it.index)
    };
    let served = candidates.iter().find(is_served)?;
    for it in candidates.iter().filter(|it| it.index != served.index) {
        let message = if it.environment == environment {
            format!("LiteLLM serves prompts.{} as `{name}`", served.index)
        } else {
            format!(
                "LiteLLM serves `{environment}` before `{}`: publish this to an environment of its own",
                it.environment
            )
        };
        desk.left_out(&["prompts", &it.index.to_string()], message);
    }
    if name.as_str() != served.id {
        let message = format!("is called prompts/{name}");
        desk.adapted(&["prompts", &served.index.to_string()], message);
    }
    let index = served.index.to_string();
    Some(ImportedPrompt {
        source: PromptSource::Text(served.content.to_owned()),
        extension: Extension::of(Kind::Prompts, ENDING)?,
        version: served.version,
        key: path(&["prompts", &index, "litellm_params", CONTENT]),
    })
}
