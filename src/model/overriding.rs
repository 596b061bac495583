use std::fmt;
use std::str::FromStr;

use crate::model::resource::{Resource, VersionId, VersionNumber};
use crate::model::slug::EnvironmentSlug;
use crate::model::word::{WordError, words};

words! {
    /// A rule of policies that a commit can override for the moves that it names.
    OverridableRule {
        /// The version is live in the required source.
        RequiredSource = "required_source",
        /// It has been live there for long enough.
        MinDwell = "min_dwell",
        /// No lower number follows a higher one too soon.
        NoRollback = "no_rollback",
        /// It takes the same variables.
        SameVariables = "same_variables",
        /// Its checks passed.
        RequiredChecks = "required_checks",
        /// Moves happen inside windows.
        Windows = "windows",
        /// Nothing moves while it is frozen.
        Freezes = "freezes",
        /// It was not rolled back.
        RolledBack = "rolled-back",
        /// Somebody approved it, where duties are not separated.
        Approval = "approval",
    }
}

/// What a commit states in a trailer `Envctl-Override: ENV RULE[,RULE] RES@N…`: that rules do not bar the moves
/// that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Where.
    pub environment: EnvironmentSlug,
    /// Which rules.
    pub rules: Vec<OverridableRule>,
    /// What moves, and to which version; `None` for a removal.
    pub moves: Vec<(Resource, Option<VersionNumber>)>,
}

/// Why a text is not an override.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// It does not have the form.
    #[error("expected ENV RULE[,RULE] RESOURCE@N…")]
    Form,
    /// A word is not what stands in its place.
    #[error("invalid {what} {text:?}: {why}")]
    Word {
        /// What stands there.
        what: &'static str,
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Override {
    /// Reports whether it names the move of `resource` to `to` in `environment`.
    pub fn names(
        &self,
        environment: &EnvironmentSlug,
        resource: &Resource,
        to: Option<VersionNumber>,
    ) -> bool {
        let mut moves = self.moves.iter();
        self.environment == *environment
            && moves.any(|(named, number)| named == resource && *number == to)
    }
}

impl FromStr for Override {
    type Err = OverrideError;

    fn from_str(text: &str) -> Result<Self, OverrideError> {
        let word = |what, text: &str, why: String| OverrideError::Word {
            what,
            text: text.to_owned(),
            why,
        };
        let mut words = text.split_whitespace();
        let (Some(environment), Some(rules)) = (words.next(), words.next()) else {
            return Err(OverrideError::Form);
        };
        let rule = |name: &str| {
            let read = name.parse::<OverridableRule>();
            read.map_err(|error: WordError| word("rule", name, error.to_string()))
        };
        let moved = |text: &str| match text.strip_suffix("@-") {
            Some(resource) => match resource.parse::<Resource>() {
                Ok(resource) => Ok((resource, None)),
                Err(error) => Err(word("resource", text, error.to_string())),
            },
            None => match text.parse::<VersionId>() {
                Ok(id) => Ok((id.resource, Some(id.number))),
                Err(error) => Err(word("version", text, error.to_string())),
            },
        };
        let moves: Vec<_> = words.map(moved).collect::<Result<_, _>>()?;
        if moves.is_empty() {
            return Err(OverrideError::Form);
        }
        Ok(Self {
            environment: environment
                .parse()
                .map_err(|error: crate::model::slug::SlugError| {
                    word("environment", environment, error.to_string())
                })?,
            rules: rules.split(',').map(rule).collect::<Result<_, _>>()?,
            moves,
        })
    }
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<&str> = self.rules.iter().map(|rule| rule.as_str()).collect();
        write!(f, "{} {}", self.environment, rules.join(","))?;
        for (resource, number) in &self.moves {
            match number {
                Some(number) => write!(f, " {}", resource.at(*number))?,
                None => write!(f, " {resource}@-")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_round_trips() {
        for text in [
            "prod windows prompts/router@8",
            "prod windows,freezes,rolled-back prompts/router@8 routing/primary@-",
            "qa required_source,min_dwell,no_rollback,same_variables,required_checks,approval providers/openai@1",
        ] {
            assert_eq!(text.parse::<Override>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_override_says_why() {
        for (text, says) in [
            ("", "expected ENV"),
            ("prod", "expected ENV"),
            ("prod windows", "expected ENV"),
            ("prod separation_of_duties prompts/router@8", "invalid rule"),
            ("prod require_reason prompts/router@8", "invalid rule"),
            ("prod window prompts/router@8", "did you mean windows?"),
            ("prod windows, prompts/router@8", "invalid rule \"\""),
            ("Prod windows prompts/router@8", "invalid environment"),
            ("prod windows prompts/router", "invalid version"),
            ("prod windows prompts/*@8", "invalid version"),
            ("prod windows router@-", "invalid resource"),
        ] {
            let error = text.parse::<Override>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
