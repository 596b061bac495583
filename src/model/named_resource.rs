//! How a resource, or a version of it, is read from text.

use std::fmt;
use std::str::FromStr;

use crate::model::resource::{Resource, ResourceError, VersionId, VersionNumber};

/// A resource as a command takes it, with the version that is meant if one is named: `prompts/support-router` or
/// `prompts/support-router@7`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamedResource {
    /// The resource.
    pub resource: Resource,
    /// The number that is named behind an `@`.
    pub number: Option<VersionNumber>,
}

impl NamedResource {
    /// Returns the version that is named, if one is.
    pub fn version(&self) -> Option<VersionId> {
        self.number.map(|number| self.resource.at(number))
    }
}

impl From<Resource> for NamedResource {
    fn from(resource: Resource) -> Self {
        Self {
            resource,
            number: None,
        }
    }
}

/// The one reader of these texts: [`Resource`] and [`VersionId`] are read by it too, so that all agree.
impl FromStr for NamedResource {
    type Err = ResourceError;

    fn from_str(text: &str) -> Result<Self, ResourceError> {
        let (resource, number) = match text.split_once('@') {
            Some((resource, number)) => (resource, Some(number)),
            None => (text, None),
        };
        let (kind, name) = resource.split_once('/').ok_or(ResourceError::NoSlash)?;
        let resource = Resource {
            kind: kind.parse()?,
            name: name.parse().map_err(|source| ResourceError::Name {
                name: name.to_owned(),
                source,
            })?,
        };
        Ok(Self {
            resource,
            number: number.map(str::parse).transpose()?,
        })
    }
}

impl FromStr for Resource {
    type Err = ResourceError;

    fn from_str(text: &str) -> Result<Self, ResourceError> {
        let NamedResource { resource, number } = text.parse()?;
        match number {
            None => Ok(resource),
            Some(number) => Err(ResourceError::Numbered {
                version: resource.at(number),
            }),
        }
    }
}

impl FromStr for VersionId {
    type Err = ResourceError;

    fn from_str(text: &str) -> Result<Self, ResourceError> {
        let NamedResource { resource, number } = text.parse()?;
        match number {
            Some(number) => Ok(resource.at(number)),
            None => Err(ResourceError::Unnumbered { resource }),
        }
    }
}

impl fmt::Display for NamedResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version() {
            Some(version) => version.fmt(f),
            None => self.resource.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::Kind;

    #[test]
    fn a_version_is_written_kind_slash_name_at_number() {
        let id: VersionId = "prompts/support-router@7".parse().unwrap();
        assert_eq!((id.resource.kind, id.number.value()), (Kind::Prompts, 7));
        assert_eq!(id.to_string(), "prompts/support-router@7");
    }

    #[test]
    fn a_version_is_named_only_where_one_is_expected() {
        let error = "prompts/x@4".parse::<Resource>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "prompts/x@4 names a version, but only a resource is expected: prompts/x"
        );
        let error = "prompts/x".parse::<VersionId>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "prompts/x names no version; write it as prompts/x@N, such as prompts/x@1"
        );
        for (text, number) in [("prompts/x", None), ("prompts/x@4", VersionNumber::new(4))] {
            let named: NamedResource = text.parse().unwrap();
            assert_eq!((named.number, named.to_string().as_str()), (number, text));
        }
        for text in [
            "prompts/x@",
            "prompts/x@4@5",
            "prompts/x@newest",
            "prompts/x@04",
        ] {
            let wrong = [
                text.parse::<NamedResource>().unwrap_err(),
                text.parse::<Resource>().unwrap_err(),
                text.parse::<VersionId>().unwrap_err(),
            ];
            for error in wrong {
                assert!(
                    matches!(error, ResourceError::Number { .. }),
                    "{text}: {error}"
                );
            }
        }
    }

    #[test]
    fn other_kinds_and_names_are_refused() {
        for text in [
            "prompt/x",
            "prompts",
            "prompts/",
            "prompts/a/b",
            "prompts/X",
            "environments/prod",
        ] {
            assert!(text.parse::<Resource>().is_err(), "{text:?}");
        }
    }
}
