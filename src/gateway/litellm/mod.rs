//! The configuration of LiteLLM: `model_list` and `prompts`, in a file that the team's own names under `include`.
//!
//! An entry of `model_list` is a target under a name that callers ask for. Entries of one name are a rule: tried in their
//! `order`, or chosen by their `weight`. The `id` of an entry is `<rule>.<target>`, so what LiteLLM says answered is what
//! `resolve` calls it; behind a rule that a target leads to, it is `<rule>.<target>.<its target>`, and `envctl_via` names the rules.

mod endpoints;
mod kinds;
mod prompts;
mod read;
mod words;
mod write;
mod yaml_text;

#[cfg(test)]
mod import_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use crate::gateway::format::{GatewayFormat, Inexpressible, Rendering, ServedGateway};
use crate::gateway::imported::Imported;

/// The format of LiteLLM.
pub(super) struct LiteLlm;

impl GatewayFormat for LiteLlm {
    fn name(&self) -> &'static str {
        "litellm"
    }

    fn file_name(&self) -> &'static str {
        "litellm.yaml"
    }

    fn recognises(&self, text: &str) -> bool {
        crate::files::yaml::is_yaml(text)
    }

    fn read(&self, file: &str, text: &str) -> Imported {
        read::read(file, text)
    }

    fn write(&self, served: &ServedGateway) -> Result<Rendering, Vec<Inexpressible>> {
        write::write(served)
    }
}
