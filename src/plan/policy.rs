use crate::files::{Edit, PolicySetting};
use crate::model::{EnvironmentSlug, Policy, PolicyValue, Project, Reason};
use crate::plan::error::{PlanError, existing};
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;

/// A change of one key of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// The key and its new value.
    pub setting: PolicySetting,
    /// Its present value; `None` if it is not set.
    pub before: Option<PolicyValue>,
}

/// Plans to change keys of the policy of `slug`. Keys that have the value already are left alone.
///
/// # Errors
///
/// When the environment does not exist, or a key is set twice.
pub fn set_policy(
    project: &Project,
    slug: &EnvironmentSlug,
    settings: &[PolicySetting],
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    existing(project, slug)?;
    for (index, setting) in settings.iter().enumerate() {
        if settings[..index]
            .iter()
            .any(|other| other.name() == setting.name())
        {
            return Err(PlanError::SetTwice {
                key: setting.name(),
            });
        }
    }
    let changes = policy_changes(&project.environments[slug].policy, settings);
    let names: Vec<String> = changes.iter().map(|change| change.setting.name()).collect();
    let message = Message::new(
        Action::PolicySet,
        format!("policy set {slug}: {}", names.join(", ")),
    );
    let message = changes
        .iter()
        .fold(message, |message, change| message.detail(described(change)));
    let message = message.reason(reason).trailer("Environment", slug.as_str());
    let settings: Vec<PolicySetting> = changes.into_iter().map(|change| change.setting).collect();
    let edit = (!settings.is_empty()).then(|| Edit::SetPolicy(slug.clone(), settings));
    Ok(Plan::new(edit.into_iter().collect(), Vec::new(), message))
}

/// Returns those of `settings` that change `policy`, each with the present value.
pub fn policy_changes(policy: &Policy, settings: &[PolicySetting]) -> Vec<PolicyChange> {
    let change = |setting: &PolicySetting| {
        let before = setting.value_in(policy);
        (before != setting.value()).then(|| PolicyChange {
            setting: setting.clone(),
            before,
        })
    };
    settings.iter().filter_map(change).collect()
}

/// Returns the line of the commit's body for a change.
fn described(change: &PolicyChange) -> String {
    let described = |value: &Option<PolicyValue>| {
        value
            .as_ref()
            .map_or_else(|| "unset".to_owned(), ToString::to_string)
    };
    format!(
        "{}: {} → {}",
        change.setting.name(),
        described(&change.before),
        described(&change.setting.value())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Environment;

    fn project(says: &[&str]) -> Project {
        let slug: EnvironmentSlug = "prod".parse().unwrap();
        let mut environment = Environment::named_after(&slug);
        for setting in settings(says) {
            if let PolicySetting::Key { kind, key, value } = setting {
                environment.policy.table_mut(kind).set(key, value);
            }
        }
        Project {
            exists: true,
            environments: [(slug, environment)].into(),
            ..Project::default()
        }
    }

    fn settings(texts: &[&str]) -> Vec<PolicySetting> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn planned(says: &[&str], set: &[&str]) -> Result<Plan, PlanError> {
        set_policy(
            &project(says),
            &"prod".parse().unwrap(),
            &settings(set),
            None,
        )
    }

    #[test]
    fn the_message_has_a_line_for_each_key() {
        let set = [
            "min_dwell=48h",
            "prompts.requires_approval=true",
            "no_rollback=",
        ];
        let plan = planned(&["min_dwell=24h", "no_rollback=true"], &set).unwrap();
        assert_eq!(
            plan.message.to_string(),
            "policy set prod: min_dwell, prompts.requires_approval, no_rollback\n\n\
             min_dwell: 24h → 2 days\nprompts.requires_approval: unset → true\nno_rollback: true → unset\n\n\
             Envctl-Action: policy-set\nEnvctl-Environment: prod\n"
        );
        assert_eq!(
            plan.edits,
            [Edit::SetPolicy("prod".parse().unwrap(), settings(&set))]
        );
    }

    #[test]
    fn what_is_already_so_is_left_alone() {
        let says = ["min_dwell=24h", "prompts.min_dwell=0s"];
        assert!(
            planned(
                &says,
                &["min_dwell=1 day", "prompts.min_dwell=0s", "no_rollback="]
            )
            .unwrap()
            .is_empty()
        );
        let plan = planned(&says, &["min_dwell=24h", "routing.min_dwell=24h"]).unwrap();
        assert_eq!(plan.message.subject(), "policy set prod: routing.min_dwell");
    }

    #[test]
    fn a_key_is_set_once() {
        let twice = planned(&[], &["min_dwell=1h", "prompts.min_dwell=1h", "min_dwell="]);
        assert_eq!(
            twice,
            Err(PlanError::SetTwice {
                key: "min_dwell".to_owned()
            })
        );
    }
}
