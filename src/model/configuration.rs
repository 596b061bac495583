use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::provider::Provider;
use crate::model::resource::VersionId;
use crate::model::routing::RoutingRule;

/// What routing releases and provider activations say, by version.
///
/// Nobody fills it piece by piece from whatever happens to be in memory: a state holds that of everything live in it, and a
/// judge adds what it asked for. So a version that is not in here was never published, or what it says is wrong, which is
/// a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The rules, by release.
    pub rules: BTreeMap<VersionId, Arc<RoutingRule>>,
    /// The providers, by activation.
    pub providers: BTreeMap<VersionId, Arc<Provider>>,
}

impl Configuration {
    /// Returns what the routing release `id` says.
    pub fn rule(&self, id: &VersionId) -> Option<&RoutingRule> {
        self.rules.get(id).map(AsRef::as_ref)
    }

    /// Returns what the provider activation `id` says.
    pub fn provider(&self, id: &VersionId) -> Option<&Provider> {
        self.providers.get(id).map(AsRef::as_ref)
    }

    /// Adds what `other` holds.
    pub fn extend(&mut self, other: Self) {
        self.rules.extend(other.rules);
        self.providers.extend(other.providers);
    }

    /// Reports whether it holds what `id` says.
    pub fn holds(&self, id: &VersionId) -> bool {
        self.rules.contains_key(id) || self.providers.contains_key(id)
    }

    /// Notes in `other` what `id` says, and reports whether that is known here.
    pub fn share(&self, id: &VersionId, other: &mut Self) -> bool {
        if let Some(rule) = self.rules.get(id) {
            other.rules.insert(id.clone(), rule.clone());
            true
        } else if let Some(provider) = self.providers.get(id) {
            other.providers.insert(id.clone(), provider.clone());
            true
        } else {
            false
        }
    }
}
