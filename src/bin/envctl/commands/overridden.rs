//! Overrides, as commands show them.

use envctl::model::{
    EnvironmentSlug, OverridableRule, Override, Resource, Statement, VersionNumber,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::render::joined;

/// The rules that a commit overrides in an environment.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OverrideBody {
    environment: EnvironmentSlug,
    rules: Vec<OverridableRule>,
}

impl OverrideBody {
    /// Returns what `stated` says.
    pub fn of(stated: &Override) -> Self {
        Self {
            environment: stated.environment.clone(),
            rules: stated.rules.clone(),
        }
    }
}

/// Returns the overrides as a line: `overrides windows, freezes in prod`.
pub fn line(stated: &Override) -> String {
    format!(
        "overrides {} in {}",
        joined(&stated.rules, ", "),
        stated.environment
    )
}

/// Returns the rules that the commit with that `message` overrides for the move of `resource` to `version`.
pub fn rules_for(
    message: &str,
    environment: &EnvironmentSlug,
    (resource, version): (&Resource, VersionNumber),
) -> Vec<OverridableRule> {
    let stated = Statement::of(message).overrides.into_iter();
    let named = stated.filter(|stated| stated.names(environment, resource, Some(version)));
    named.flat_map(|stated| stated.rules).collect()
}
