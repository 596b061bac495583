use std::collections::BTreeMap;

use super::{EnvironmentSlug, Kind};

/// What an environment demands of a move into it: rules for everything, and single keys overridden for a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// `[policy]`: holds for every kind.
    pub base: PolicyRules,
    /// `[policy.prompts]` and its siblings: what they set replaces the key of `[policy]`.
    pub overrides: BTreeMap<Kind, PolicyRules>,
}

/// The keys of one policy table; what is absent is not demanded (in an override: not overridden).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyRules {
    /// The exact version must be live in this environment.
    pub required_source: Option<EnvironmentSlug>,
}

impl Policy {
    /// The environment in which a version of that kind must be live before it may move in here.
    pub fn required_source(&self, kind: Kind) -> Option<&EnvironmentSlug> {
        let override_ = self.overrides.get(&kind).and_then(|rules| rules.required_source.as_ref());
        override_.or(self.base.required_source.as_ref())
    }

    /// Every table of the policy: the kind it is for (none: all of them) and its keys.
    pub fn tables(&self) -> impl Iterator<Item = (Option<Kind>, &PolicyRules)> {
        let base = std::iter::once((None, &self.base));
        base.chain(self.overrides.iter().map(|(kind, rules)| (Some(*kind), rules)))
    }
}
