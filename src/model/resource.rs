use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::model::slug::{self, SlugError};

/// What a resource is: a prompt, a routing rule or a provider's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A prompt; its numbers are called versions.
    Prompts,
    /// A routing rule; its numbers are called releases.
    Routing,
    /// A provider's configuration; its numbers are called activations.
    Providers,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Prompts, Self::Routing, Self::Providers];

    /// Returns the folder of this kind, which is also its word in a resource: `prompts`, `routing`,
    /// `providers`.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Prompts => "prompts",
            Self::Routing => "routing",
            Self::Providers => "providers",
        }
    }

    /// Returns the gateway's word for a number of this kind, which is also the key in a pointers file.
    pub fn number_word(self) -> &'static str {
        match self {
            Self::Prompts => "version",
            Self::Routing => "release",
            Self::Providers => "activation",
        }
    }

    /// Returns what one resource of this kind is called.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Prompts => "prompt",
            Self::Routing => "routing rule",
            Self::Providers => "provider",
        }
    }

    /// Returns the extensions of its versions, the usual one first: for prompts text, data, and the templates of dotprompt,
    /// prompty, Jinja, minijinja, handlebars and mustache.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Prompts => &[
                "md",
                "txt",
                "json",
                "yaml",
                "yml",
                "toml",
                "xml",
                "prompt",
                "prompty",
                "j2",
                "jinja",
                "jinja2",
                "minijinja",
                "hbs",
                "handlebars",
                "mustache",
            ],
            Self::Routing | Self::Providers => &["toml"],
        }
    }

    /// Returns the [extensions](Self::extensions) as an enumeration: `md, txt or json`.
    pub fn extension_list(self) -> String {
        match self.extensions() {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.folder())
    }
}

impl FromStr for Kind {
    type Err = ResourceError;

    fn from_str(text: &str) -> Result<Self, ResourceError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.folder() == text)
            .ok_or_else(|| ResourceError::Kind {
                kind: text.to_owned(),
            })
    }
}

/// The name of a resource: the rules of a slug, up to 128 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceName(String);

impl ResourceName {
    /// The most characters a resource's name may have.
    pub const MAX: usize = 128;

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ResourceName {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        slug::judge(text, Self::MAX)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A resource of the project, written `prompts/support-router`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// What it is.
    pub kind: Kind,
    /// What it is called; unique within its kind.
    pub name: ResourceName,
}

impl Resource {
    /// Returns the resource of a kind that is called `name`.
    pub fn new(kind: Kind, name: &ResourceName) -> Self {
        let name = name.clone();
        Self { kind, name }
    }

    /// Returns the version of this resource with that number.
    pub fn at(&self, number: VersionNumber) -> VersionId {
        VersionId {
            resource: self.clone(),
            number,
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.kind, self.name))
    }
}

impl Serialize for ResourceName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a text is not a resource or a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceError {
    /// There is no slash.
    #[error("a resource is written KIND/NAME, such as prompts/support-router")]
    NoSlash,
    /// The part before the slash is not a kind.
    #[error("unknown kind {kind:?}; the kinds are prompts, routing and providers")]
    Kind {
        /// The text.
        kind: String,
    },
    /// The part after the slash is not a name.
    #[error("invalid resource name {name:?}: {source}")]
    Name {
        /// The text.
        name: String,
        /// Which rule it breaks.
        source: SlugError,
    },
    /// The part after the `@` is not a number.
    #[error("invalid version number {number:?}; versions are numbered 1, 2, 3 …")]
    Number {
        /// The text.
        number: String,
    },
    /// It names a version where only a resource is taken.
    #[error("{version} names a version, but only a resource is expected: {}", .version.resource)]
    Numbered {
        /// The text.
        version: VersionId,
    },
    /// It names no version where one is expected.
    #[error("{resource} names no version; write it as {resource}@N, such as {resource}@1")]
    Unnumbered {
        /// The text.
        resource: Resource,
    },
}

/// The number of a version, a release or an activation: 1, 2, 3 …
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct VersionNumber(NonZeroU32);

impl VersionNumber {
    /// The first number of every resource.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// Returns the number `value`; `None` for zero.
    pub fn new(value: u32) -> Option<Self> {
        NonZeroU32::new(value).map(Self)
    }

    /// Returns the number as an integer.
    pub fn value(self) -> u32 {
        self.0.get()
    }

    /// Returns the next number; `None` after `u32::MAX`.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for VersionNumber {
    type Err = ResourceError;

    /// Reads a number as a file name spells it: digits without a leading zero.
    fn from_str(text: &str) -> Result<Self, ResourceError> {
        let canonical = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
        canonical
            .then(|| text.parse().ok().and_then(Self::new))
            .flatten()
            .ok_or_else(|| ResourceError::Number {
                number: text.to_owned(),
            })
    }
}

/// One version of one resource, written `prompts/support-router@7`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionId {
    /// The resource.
    pub resource: Resource,
    /// Its number.
    pub number: VersionNumber,
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.resource, self.number))
    }
}

impl Serialize for VersionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_one_way_only() {
        for text in ["", "0", "01", "+1", "1.0", "4294967296", "١"] {
            assert!(text.parse::<VersionNumber>().is_err(), "{text:?}");
        }
    }
}
