use crate::model::policy::Policy;
use crate::model::policy_key::PolicyKey;
use crate::model::policy_value::PolicyValue;
use crate::model::resource::Kind;

/// A rule that a policy states less strictly than another one, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoosenedRule {
    /// The kind that it is loosened for; `None` if for every kind that the rule is about.
    pub kind: Option<Kind>,
    /// The rule's key.
    pub key: PolicyKey,
    /// What was in force; `None` only for a key that lifts a rule when it is set.
    pub before: Option<PolicyValue>,
    /// What is in force instead.
    pub after: Option<PolicyValue>,
}

impl LoosenedRule {
    /// Returns the key with the kind that it is loosened for: `min_dwell`, `prompts.min_dwell`.
    pub fn name(&self) -> String {
        match self.kind {
            None => self.key.to_string(),
            Some(kind) => format!("{}.{}", kind.folder(), self.key),
        }
    }
}

impl Policy {
    /// Returns the rules that `after` states less strictly, in the order of the keys.
    ///
    /// The values in force are compared, so it does not matter in which table a value is written, or
    /// which other key implies it. Another required source counts as less strict: neither of two
    /// environments is stricter, and what was tried in the one may never have been in the other.
    pub fn loosened(&self, after: &Self) -> Vec<LoosenedRule> {
        let mut found = Vec::new();
        for key in PolicyKey::ALL {
            let rows = Kind::ALL.map(|kind| {
                let values = (
                    self.demands(kind).value(key),
                    after.demands(kind).value(key),
                );
                is_looser(key, &values).then_some((kind, values))
            });
            // A detail of a rule that is gone is gone with it.
            let whole = |kind| {
                let told = |rule: &LoosenedRule| rule.kind.is_none_or(|told| told == kind);
                let whole = |rule: &LoosenedRule| key.row().part_of == Some(rule.key);
                found.iter().any(|rule| told(rule) && whole(rule))
            };
            let rows: Vec<(Kind, _)> = rows
                .into_iter()
                .flatten()
                .filter(|(kind, _)| !whole(*kind))
                .collect();
            let about = match key.row().only {
                Some(_) => 1,
                None => Kind::ALL.len(),
            };
            let alike = rows.windows(2).all(|two| two[0].1 == two[1].1);
            let everywhere = rows.len() == about && alike;
            let kept = if everywhere { 1 } else { rows.len() };
            found.extend(
                rows.into_iter()
                    .take(kept)
                    .map(|(kind, (before, after))| LoosenedRule {
                        kind: Some(kind).filter(|_| !everywhere),
                        key,
                        before,
                        after,
                    }),
            );
        }
        found
    }
}

fn is_looser(key: PolicyKey, values: &(Option<PolicyValue>, Option<PolicyValue>)) -> bool {
    // The one key that lifts a rule.
    if key == PolicyKey::AllowRolledBack {
        return values.0.is_none() && values.1.is_some();
    }
    match values {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(PolicyValue::Span(before)), Some(PolicyValue::Span(after))) => after < before,
        (Some(PolicyValue::Checks(before)), Some(PolicyValue::Checks(after))) => {
            !before.is_subset(after)
        }
        (Some(before), Some(after)) => before != after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(lines: &str) -> Policy {
        let mut policy = Policy::default();
        for line in lines.split_whitespace() {
            let (key, value) = line.split_once('=').unwrap();
            let (kind, key) = match key.split_once('.') {
                Some((kind, key)) => (
                    Some(*Kind::ALL.iter().find(|one| one.folder() == kind).unwrap()),
                    key,
                ),
                None => (None, key),
            };
            let key: PolicyKey = key.parse().unwrap();
            policy
                .table_mut(kind)
                .set(key, Some(key.value(value).unwrap()));
        }
        policy
    }

    #[test]
    fn a_rule_is_looser_by_what_is_in_force() {
        for (before, after, expected) in [
            ("min_dwell=24h", "min_dwell=24h", ""),
            ("min_dwell=24h", "min_dwell=2d", ""),
            ("min_dwell=24h", "min_dwell=1h", "min_dwell 24h 1h"),
            ("min_dwell=24h", "", "min_dwell 24h -"),
            ("", "min_dwell=24h", ""),
            (
                "min_dwell=24h",
                "min_dwell=24h prompts.min_dwell=0s",
                "prompts.min_dwell 24h -",
            ),
            ("prompts.min_dwell=24h", "min_dwell=24h", ""),
            (
                "required_source=staging",
                "required_source=qa",
                "required_source staging qa",
            ),
            ("requires_approval=true", "separation_of_duties=true", ""),
            (
                "separation_of_duties=true",
                "requires_approval=true",
                "separation_of_duties true -",
            ),
            ("no_rollback=true", "", "no_rollback true -"),
            (
                "no_rollback=true",
                "no_rollback=true rollback_window=1h",
                "rollback_window 24h 1h",
            ),
            ("", "allow_rolled_back=true", "allow_rolled_back - true"),
            ("allow_rolled_back=true", "", ""),
            ("same_variables=true", "", "same_variables true -"),
            ("required_checks=evals", "required_checks=evals,safety", ""),
            (
                "required_checks=evals,safety",
                "required_checks=evals",
                "required_checks evals,safety evals",
            ),
        ] {
            let said = |value: &Option<PolicyValue>| {
                value
                    .as_ref()
                    .map_or_else(|| "-".to_owned(), ToString::to_string)
            };
            let found: Vec<String> = policy(before)
                .loosened(&policy(after))
                .iter()
                .map(|rule| {
                    format!(
                        "{} {} {}",
                        rule.name(),
                        said(&rule.before),
                        said(&rule.after)
                    )
                })
                .collect();
            assert_eq!(found.join(", "), expected, "{before} to {after}");
        }
    }
}
