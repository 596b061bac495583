use std::fmt;
use std::str::FromStr;

use glob::{MatchOptions, Pattern, PatternError};

use crate::model::{Project, Resource};
use crate::plan::error::PlanError;

/// Which resources a pattern names, such as `prompts/*` or `prompts/billing-*`; `*` and `?` match no slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePattern(Pattern);

/// Why a text is no pattern.
#[derive(Debug, thiserror::Error)]
#[error("invalid pattern: {}", .0.msg)]
pub struct ResourcePatternError(PatternError);

/// Which of what differs a promotion takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Only what one of these names; empty: everything.
    pub only: Vec<ResourcePattern>,
    /// Nothing that one of these names.
    pub except: Vec<ResourcePattern>,
}

impl ResourcePattern {
    /// Reports whether it names `resource`.
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

    /// Succeeds if every pattern names something that was ever published: one that names nothing is a mistake.
    ///
    /// # Errors
    ///
    /// The first pattern that names nothing.
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
