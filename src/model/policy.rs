use std::collections::{BTreeMap, BTreeSet};

use crate::model::check_name::CheckName;
use crate::model::policy_key::PolicyKey;
use crate::model::policy_value::PolicyValue;
use crate::model::resource::Kind;
use crate::model::slug::EnvironmentSlug;
use crate::model::time_span::TimeSpan;
use crate::model::window::{Window, WindowName};

/// What an environment requires of moves into it: rules for everything, and overrides of single keys for a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// `[policy]`: holds for every kind.
    pub base: PolicyRules,
    /// `[policy.prompts]` and its siblings: what they set replaces the key of `[policy]`.
    pub overrides: BTreeMap<Kind, PolicyRules>,
    /// `[policy.windows]`, for every kind: if there is one, moves happen only inside one of them.
    pub windows: BTreeMap<WindowName, Window>,
}

/// The keys of one policy table. An absent key requires nothing; in an override, it overrides nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyRules(BTreeMap<PolicyKey, PolicyValue>);

/// What a policy requires of moves of one kind, after overrides and without rules that are switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demands<'p> {
    policy: &'p Policy,
    kind: Kind,
}

impl PolicyRules {
    /// Returns the value of `key` in this table.
    pub fn get(&self, key: PolicyKey) -> Option<&PolicyValue> {
        self.0.get(&key)
    }

    /// Sets the value of `key`, or removes it.
    pub fn set(&mut self, key: PolicyKey, value: Option<PolicyValue>) {
        match value {
            Some(value) => self.0.insert(key, value),
            None => self.0.remove(&key),
        };
    }

    /// Returns every key that is set, in the order in which they are written.
    pub fn iter(&self) -> impl Iterator<Item = (PolicyKey, &PolicyValue)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    /// Returns the environment that is required as source.
    pub fn required_source(&self) -> Option<&EnvironmentSlug> {
        match self.get(PolicyKey::RequiredSource)? {
            PolicyValue::Source(slug) => Some(slug),
            _ => None,
        }
    }
}

impl<'p> Demands<'p> {
    /// Returns the value of `key` that is in force; `None` if there is none. Values that other keys imply and
    /// defaults count.
    pub fn value(self, key: PolicyKey) -> Option<PolicyValue> {
        let row = key.row();
        let elsewhere = row.only.is_some_and(|(kind, _)| kind != self.kind);
        if elsewhere || row.part_of.is_some_and(|whole| !self.says_true(whole)) {
            return None;
        }
        let implied = row.implied_by.filter(|(other, _)| self.switch(*other));
        self.own(key)
            .or(implied.map(|_| PolicyValue::Switch(true)))
            // A window of zero length switches its rule off.
            .filter(|_| key.parts().all(|part| self.own(part).is_some()))
    }

    /// Reports whether the switch `key` is on.
    pub fn switch(self, key: PolicyKey) -> bool {
        self.value(key) == Some(PolicyValue::Switch(true))
    }

    /// Returns the duration that is in force for `key`.
    pub fn span(self, key: PolicyKey) -> Option<TimeSpan> {
        match self.value(key)? {
            PolicyValue::Span(span) => Some(span),
            _ => None,
        }
    }

    /// Returns the checks that are in force for `key`.
    pub fn checks(self, key: PolicyKey) -> Option<&'p BTreeSet<CheckName>> {
        match self.policy.value(self.kind, key)? {
            PolicyValue::Checks(checks) => Some(checks),
            _ => None,
        }
    }

    /// Returns the environment that is in force for `key`.
    pub fn source(self, key: PolicyKey) -> Option<&'p EnvironmentSlug> {
        match self.policy.value(self.kind, key)? {
            PolicyValue::Source(slug) => Some(slug),
            _ => None,
        }
    }

    /// Reports whether any rule is in force. Keys that only detail or lift another rule do not count.
    pub fn are_any(self) -> bool {
        const NO_RULES: [PolicyKey; 3] = [
            PolicyKey::RollbackWindow,
            PolicyKey::ApproveRollbacks,
            PolicyKey::AllowRolledBack,
        ];
        let mut rules = PolicyKey::ALL.into_iter();
        rules.any(|key| !NO_RULES.contains(&key) && self.value(key).is_some())
    }

    /// Reports whether `key` is set to `true`, whatever implies it.
    fn says_true(self, key: PolicyKey) -> bool {
        self.policy.value(self.kind, key) == Some(&PolicyValue::Switch(true))
    }

    /// Returns the value that the policy sets for `key`, or its default; `None` if that switches it off.
    fn own(self, key: PolicyKey) -> Option<PolicyValue> {
        let unset = || key.row().unless_set.map(PolicyValue::Span);
        let said = self.policy.value(self.kind, key).cloned();
        said.or_else(unset).filter(|value| match value {
            PolicyValue::Switch(on) => *on,
            PolicyValue::Source(_) | PolicyValue::Window(_) => true,
            PolicyValue::Checks(checks) => !checks.is_empty(),
            PolicyValue::Span(span) => !span.is_zero(),
        })
    }
}

impl Policy {
    /// Returns what is required of a move of `kind`.
    pub fn demands(&self, kind: Kind) -> Demands<'_> {
        Demands { policy: self, kind }
    }

    /// Returns the value of `key` for a move of `kind`: the override, else that of `[policy]`.
    pub fn value(&self, kind: Kind, key: PolicyKey) -> Option<&PolicyValue> {
        self.overrides
            .get(&kind)
            .and_then(|rules| rules.get(key))
            .or_else(|| self.base.get(key))
    }

    /// Reports whether no key is set.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty() && self.tables().all(|(_, rules)| rules.0.is_empty())
    }

    /// Returns every table of the policy with the kind that it is for, which is `None` for `[policy]`.
    pub fn tables(&self) -> impl Iterator<Item = (Option<Kind>, &PolicyRules)> {
        let base = std::iter::once((None, &self.base));
        base.chain(
            self.overrides
                .iter()
                .map(|(kind, rules)| (Some(*kind), rules)),
        )
    }

    /// Returns the value of `key` in `[policy]`, or in the table of a kind.
    pub fn says(&self, kind: Option<Kind>, key: PolicyKey) -> Option<&PolicyValue> {
        match kind {
            None => self.base.get(key),
            Some(kind) => self.overrides.get(&kind)?.get(key),
        }
    }

    /// Returns the keys of `[policy]`, or of the table of a kind.
    pub fn table_mut(&mut self, kind: Option<Kind>) -> &mut PolicyRules {
        match kind {
            None => &mut self.base,
            Some(kind) => self.overrides.entry(kind).or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(lines: &[(Option<Kind>, PolicyKey, &str)]) -> Policy {
        let mut policy = Policy::default();
        for (kind, key, text) in lines {
            policy
                .table_mut(*kind)
                .set(*key, Some(key.value(text).unwrap()));
        }
        policy
    }

    #[test]
    fn an_override_replaces_single_keys() {
        let policy = policy(&[
            (None, PolicyKey::RequiredSource, "staging"),
            (None, PolicyKey::MinDwell, "24h"),
            (None, PolicyKey::RequiresApproval, "true"),
            (Some(Kind::Prompts), PolicyKey::MinDwell, "1h"),
            (Some(Kind::Routing), PolicyKey::RequiredSource, "false"),
            (Some(Kind::Routing), PolicyKey::MinDwell, "0s"),
            (Some(Kind::Providers), PolicyKey::MinDwell, "false"),
            (Some(Kind::Providers), PolicyKey::RequiresApproval, "false"),
        ]);
        let staging = "staging".parse().unwrap();
        let prompts = policy.demands(Kind::Prompts);
        assert_eq!(
            (
                prompts.source(PolicyKey::RequiredSource),
                prompts.span(PolicyKey::MinDwell)
            ),
            (Some(&staging), Some(TimeSpan::hours(1)))
        );
        let routing = policy.demands(Kind::Routing);
        assert_eq!(
            (
                routing.source(PolicyKey::RequiredSource),
                routing.span(PolicyKey::MinDwell),
                routing.switch(PolicyKey::RequiresApproval)
            ),
            (None, None, true)
        );
        let providers = policy.demands(Kind::Providers);
        assert_eq!(
            (
                providers.source(PolicyKey::RequiredSource),
                providers.span(PolicyKey::MinDwell)
            ),
            (Some(&staging), None)
        );
        assert!(!providers.switch(PolicyKey::RequiresApproval));
    }

    #[test]
    fn a_rollback_is_barred_for_a_day_unless_the_window_says_otherwise() {
        let within = |lines: &[_]| {
            policy(lines)
                .demands(Kind::Prompts)
                .span(PolicyKey::RollbackWindow)
        };
        let barred = (None, PolicyKey::NoRollback, "true");
        assert_eq!(within(&[]), None);
        assert_eq!(within(&[barred]), Some(TimeSpan::hours(24)));
        assert_eq!(
            within(&[barred, (None, PolicyKey::RollbackWindow, "2h")]),
            Some(TimeSpan::hours(2))
        );
        assert_eq!(
            within(&[barred, (None, PolicyKey::RollbackWindow, "0s")]),
            None
        );
        assert_eq!(within(&[(None, PolicyKey::RollbackWindow, "2h")]), None);
    }

    #[test]
    fn separation_of_duties_implies_approval() {
        assert!(
            policy(&[(None, PolicyKey::SeparationOfDuties, "true")])
                .demands(Kind::Prompts)
                .switch(PolicyKey::RequiresApproval)
        );
    }

    #[test]
    fn only_prompts_have_variables() {
        let everywhere = policy(&[(None, PolicyKey::SameVariables, "true")]);
        assert_eq!(
            Kind::ALL.map(|kind| everywhere.demands(kind).switch(PolicyKey::SameVariables)),
            [true, false, false]
        );
        let off = (Some(Kind::Prompts), PolicyKey::SameVariables, "false");
        assert!(
            !policy(&[(None, PolicyKey::SameVariables, "true"), off])
                .demands(Kind::Prompts)
                .switch(PolicyKey::SameVariables)
        );
    }

    #[test]
    fn what_is_in_force_is_told_key_by_key() {
        let policy = policy(&[
            (None, PolicyKey::MinDwell, "0s"),
            (None, PolicyKey::RollbackWindow, "2h"),
            (None, PolicyKey::SeparationOfDuties, "true"),
            (Some(Kind::Routing), PolicyKey::NoRollback, "true"),
        ]);
        let in_force = |kind| {
            let demands = policy.demands(kind);
            let setting = |key: PolicyKey| Some(format!("{key}={}", demands.value(key)?));
            PolicyKey::ALL
                .into_iter()
                .filter_map(setting)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            in_force(Kind::Prompts),
            "requires_approval=true separation_of_duties=true"
        );
        let routing =
            "no_rollback=true rollback_window=2h requires_approval=true separation_of_duties=true";
        assert_eq!(in_force(Kind::Routing), routing);
    }
}
