use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::gateway::configuration::Gateway;
use crate::gateway::imported::Imported;
use crate::model::{EnvironmentSlug, Resource, ResourceName, VersionNumber};

/// A format of configurations that some gateway reads.
///
/// A further one is a file with its implementation, and a row in [`formats`](crate::gateway::formats); the command line takes it from there.
pub trait GatewayFormat: Sync {
    /// Returns its name, as `--format` and `--from` take it.
    fn name(&self) -> &'static str;

    /// Returns the name of the file that a configuration is written to.
    fn file_name(&self) -> &'static str;

    /// Reports whether `text` is in this format, as far as its form tells.
    fn recognises(&self, text: &str) -> bool;

    /// Reads a configuration; `file` is how findings name it. What has no place in a project is a remark, what no project
    /// can hold and a literal secret are findings.
    fn read(&self, file: &str, text: &str) -> Imported;

    /// Returns what an environment serves, in this format.
    ///
    /// # Errors
    ///
    /// Everything that the format cannot express.
    fn write(&self, served: &ServedGateway) -> Result<Rendering, Vec<Inexpressible>>;

    /// Returns what all environments serve in one configuration that the gateway chooses from by request; `None` where the
    /// format has no such thing, so that each environment has a configuration of its own.
    ///
    /// # Errors
    ///
    /// Everything that the format cannot express.
    fn write_all(&self, _: &ServedGateways) -> Option<Result<Rendering, Vec<Inexpressible>>> {
        None
    }
}

impl fmt::Debug for dyn GatewayFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What one environment serves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServedGateway {
    /// The configuration.
    pub gateway: Gateway,
    /// The number of the release of each of its rules.
    pub releases: BTreeMap<ResourceName, VersionNumber>,
    /// The bytes of each of its prompts.
    pub texts: BTreeMap<ResourceName, Arc<[u8]>>,
}

/// What all environments serve.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedGateways {
    /// The environment that answers for one that does not exist, if the project has such.
    pub fallback: Option<EnvironmentSlug>,
    /// What each of them serves.
    pub environments: BTreeMap<EnvironmentSlug, ServedGateway>,
}

/// A configuration in some format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendering {
    /// The text of its file.
    pub text: String,
    /// What is not in it although it is served: the gateway does something else there.
    pub lost: Vec<Inexpressible>,
}

/// Something that a format does not express.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Inexpressible {
    /// The resource, or the environment, that it is about.
    pub about: String,
    /// The key in its file, dotted; none where it is about the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Why, in a sentence without a full stop.
    pub message: String,
}

impl Inexpressible {
    /// Returns what is said about `key` in the file of `resource`.
    pub fn at(resource: &Resource, key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            about: resource.to_string(),
            key: Some(key.into()),
            message: message.into(),
        }
    }

    /// Returns what is said about several environments, each thing once, with the environments behind what it is about.
    pub fn in_environments(
        all: impl IntoIterator<Item = (EnvironmentSlug, Vec<Self>)>,
    ) -> Vec<Self> {
        let mut environments: BTreeMap<Self, Vec<String>> = BTreeMap::new();
        for (slug, of_one) in all {
            for one in of_one {
                environments.entry(one).or_default().push(slug.to_string());
            }
        }
        let named = environments.into_iter().map(|(one, mut slugs)| {
            slugs.dedup();
            let about = format!("{} ({})", one.about, slugs.join(", "));
            Self { about, ..one }
        });
        named.collect()
    }

    /// Returns what is said about the whole of `about`.
    pub fn whole(about: impl fmt::Display, message: impl Into<String>) -> Self {
        Self {
            about: about.to_string(),
            key: None,
            message: message.into(),
        }
    }
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{}: `{key}`: {}", self.about, self.message),
            None => write!(f, "{}: {}", self.about, self.message),
        }
    }
}
