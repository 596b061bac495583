use serde_json::{Value, json};

use super::yaml_text::write_table;
use crate::gateway::format::{Inexpressible, ServedGateway};
use crate::model::{Kind, Resource};

/// The words with which a line begins a message of another role.
const ROLES: [&str; 3] = ["System:", "User:", "Assistant:"];
/// What LiteLLM calls the prompts that it serves unless it is asked for others.
const ENVIRONMENT: &str = "production";
/// The word for prompts whose text stands in the configuration.
pub(super) const INTEGRATION: &str = "dotprompt";
/// The key of that text.
pub(super) const CONTENT: &str = "dotprompt_content";

/// Writes the prompts of `served`, and notes what LiteLLM makes of their texts.
pub(super) fn write(
    text: &mut String,
    served: &ServedGateway,
    refused: &mut Vec<Inexpressible>,
    lost: &mut Vec<Inexpressible>,
) {
    let mut begun = false;
    for (name, prompt) in &served.gateway.prompts {
        let resource = Resource::new(Kind::Prompts, name);
        let bytes = served
            .texts
            .get(name)
            .map(AsRef::as_ref)
            .unwrap_or_default();
        let Ok(content) = std::str::from_utf8(bytes) else {
            refused.push(Inexpressible::whole(resource, "it is not UTF-8 text"));
            continue;
        };
        lost.extend(changes(content).map(|what| Inexpressible::whole(&resource, what)));
        if !begun {
            text.push_str("prompts:\n");
            begun = true;
        }
        let params = json!({
            "prompt_integration": INTEGRATION,
            // Without it a second time, LiteLLM ignores the prompt and says nothing.
            "prompt_id": name.as_str(),
            CONTENT: content,
        });
        let entry: [(&str, Value); 4] = [
            ("prompt_id", name.as_str().into()),
            ("version", prompt.version.value().into()),
            ("environment", ENVIRONMENT.into()),
            ("litellm_params", params),
        ];
        write_table(text, &entry, 2, "- ");
    }
}

/// What a caller gets of `text` that is not what it says.
fn changes(text: &str) -> impl Iterator<Item = &'static str> {
    let body = text.trim();
    let lines = || body.split('\n');
    let indented = lines().any(|line| line != line.trim());
    let begins_a_role = |line: &str| ROLES.iter().any(|role| line.trim_start().starts_with(role));
    let roles = lines().any(begins_a_role);
    let front_matter = text.starts_with("---");
    [
        (
            indented,
            "white space at the beginning and end of its lines is lost",
        ),
        (
            roles,
            "a line that begins with System:, User: or Assistant: begins a message there",
        ),
        (
            front_matter,
            "what stands between --- at its beginning is taken for settings",
        ),
    ]
    .into_iter()
    .filter_map(|(changed, what)| changed.then_some(what))
}
