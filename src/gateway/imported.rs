use std::collections::BTreeMap;

use crate::diag::{Finding, KeyPath};
use crate::gateway::remark::Remark;
use crate::model::{Extension, Provider, ResourceName, RoutingRule, VersionNumber};

/// What a configuration says that a project can hold, and what was not taken word for word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The providers, by the names that they have in the project.
    pub providers: BTreeMap<ResourceName, Provider>,
    /// The routing rules.
    pub rules: BTreeMap<ResourceName, RoutingRule>,
    /// The prompts.
    pub prompts: BTreeMap<ResourceName, ImportedPrompt>,
    /// What is said otherwise, and what is left out; sorted.
    pub remarks: Vec<Remark>,
    /// What is wrong; where there is anything, the rest is not whole.
    pub findings: Vec<Finding>,
}

/// A prompt, as far as a configuration says what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedPrompt {
    /// Where its text is.
    pub source: PromptSource,
    /// How the file of its version ends.
    pub extension: Extension,
    /// Which version it was where the configuration comes from.
    pub version: Option<VersionNumber>,
    /// The key that names it.
    pub key: KeyPath,
}

/// Where the text of a prompt is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptSource {
    /// In a file: a path below the folder of the configuration, with `/` between its parts.
    File(String),
    /// In the configuration.
    Text(String),
}
