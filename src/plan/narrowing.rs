use std::fmt;
use std::str::FromStr;

use glob::{MatchOptions, Pattern, PatternError};

use crate::model::{Project, Resource};
use crate::plan::error::PlanError;

/// A pattern for resources, such as `prompts/*` or `prompts/billing-*`; `*` and `?` do not match a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePattern(Pattern);

/// Why a text is not a valid pattern.
#[derive(Debug, thiserror::Error)]
#[error("invalid pattern: {}", .0.msg)]
pub struct ResourcePatternError(PatternError);

/// Which of the resources that differ a promotion takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Only what one of these matches; empty for everything.
    pub only: Vec<ResourcePattern>,
    /// Nothing that one of these matches.
    pub except: Vec<ResourcePattern>,
}

impl ResourcePattern {
    /// Reports whether it matches `resource`.
    pub fn names(&self, resource: &Resource) -> bool {
        let options = MatchOptions {
            require_literal_separator: true,
            ..MatchOptions::new()
        };
        self.0.matches_with(&resource.to_string(), options)
    }
}

impl FromStr for ResourcePattern {
    type Err = ResourcePatternError;

    fn from_str(text: &str) -> Result<Self, ResourcePatternError> {
        Pattern::new(text).map(Self).map_err(ResourcePatternError)
    }
}

impl fmt::Display for ResourcePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl Narrowing {
    /// Reports whether it takes `resource`.
    pub fn takes(&self, resource: &Resource) -> bool {
        let names = |patterns: &[ResourcePattern]| patterns.iter().any(|one| one.names(resource));
        (self.only.is_empty() || names(&self.only)) && !names(&self.except)
    }

    /// Succeeds if every pattern matches a resource that was ever published. One that matches nothing is most
    /// likely a typo, and in `except` it would promote what was meant to be left out.
    ///
    /// # Errors
    ///
    /// The first pattern that matches nothing.
    pub(super) fn require_names(&self, project: &Project) -> Result<(), PlanError> {
        let mut patterns = self.only.iter().chain(&self.except);
        let names_nothing =
            |pattern: &&ResourcePattern| !project.versions.keys().any(|one| pattern.names(one));
        match patterns.find(names_nothing) {
            None => Ok(()),
            Some(pattern) => Err(PlanError::NamesNothing {
                pattern: pattern.to_string(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_whole_resources() {
        let names = |pattern: &str, resource: &str| {
            let pattern: ResourcePattern = pattern.parse().unwrap();
            pattern.names(&resource.parse().unwrap())
        };
        for (pattern, resource, expected) in [
            ("prompts/router", "prompts/router", true),
            ("prompts/router", "prompts/router-2", false),
            ("prompts/*", "prompts/router", true),
            ("prompts/*", "routing/primary", false),
            ("*/primary", "routing/primary", true),
            ("prompts/r?uter", "prompts/router", true),
            ("*", "prompts/router", false),
            ("prompts/[ab]*", "prompts/billing", true),
        ] {
            assert_eq!(names(pattern, resource), expected, "{pattern} {resource}");
        }
        assert!("prompts/[".parse::<ResourcePattern>().is_err());
    }

    #[test]
    fn what_is_excepted_is_taken_by_nothing() {
        let narrowing = Narrowing {
            only: vec!["prompts/*".parse().unwrap()],
            except: vec!["prompts/legacy-*".parse().unwrap()],
        };
        let takes = |resource: &str| narrowing.takes(&resource.parse().unwrap());
        assert!(takes("prompts/router"));
        assert!(!takes("prompts/legacy-1"));
        assert!(!takes("routing/primary"));
        assert!(Narrowing::default().takes(&"routing/primary".parse().unwrap()));
    }
}
