use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, Kind, Project, closest};

/// Checks that the source that a policy requires is another environment that exists.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    for (slug, environment) in &project.environments {
        for (kind, rules) in environment.policy.tables() {
            let Some(source) = rules.required_source() else {
                continue;
            };
            if let Some(message) = problem(project, slug, source) {
                findings.push(
                    Finding::error(Code::POLICY_SOURCE, place(slug, kind), message).help(help(
                        project,
                        (slug, kind),
                        source,
                    )),
                );
            }
        }
    }
}

/// Returns what is wrong with `source` as the required source of `slug`.
fn problem(project: &Project, slug: &EnvironmentSlug, source: &EnvironmentSlug) -> Option<String> {
    if source == slug {
        return Some(format!(
            "the policy of `{slug}` requires `{slug}` itself as source"
        ));
    }
    let missing = !project.environments.contains_key(source);
    missing.then(|| {
        format!("the policy of `{slug}` requires `{source}` as source, which does not exist")
    })
}

/// Returns which source may have been meant, and the commands that set another one or none.
fn help(
    project: &Project,
    (slug, kind): (&EnvironmentSlug, Option<Kind>),
    source: &EnvironmentSlug,
) -> String {
    let key = kind.map_or_else(String::new, |kind| format!("{kind}."));
    let set = format!("envctl policy set {slug} {key}required_source");
    let others = project
        .environments
        .keys()
        .filter(|other| *other != slug && *other != source);
    match closest(source.as_str(), others.map(EnvironmentSlug::as_str)) {
        Some(meant) => {
            format!(
                "did you mean `{meant}`? {set}={meant}; or remove the key from the policy: {set}="
            )
        }
        None => format!(
            "name another environment, {set}=ENV, or remove the key from the policy: {set}="
        ),
    }
}

/// Returns where the required source of `slug` is set.
fn place(slug: &EnvironmentSlug, kind: Option<Kind>) -> Place {
    let keys = std::iter::once("policy")
        .chain(kind.map(Kind::folder))
        .chain(["required_source"]);
    Place::value(OwnedPath::Environment(slug.clone()).to_string(), keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Environment, PolicyKey};

    #[test]
    fn a_source_that_is_misspelt_is_told_what_it_is_called() {
        for (source, meant) in [
            ("stagin", Some("`staging`")),
            ("canary", None),
            ("prod", None),
        ] {
            let mut project = Project::default();
            for slug in EnvironmentSlug::system() {
                project
                    .environments
                    .insert(slug.clone(), Environment::named_after(&slug));
            }
            let prod: EnvironmentSlug = "prod".parse().unwrap();
            let rules = &mut project.environments.get_mut(&prod).unwrap().policy.base;
            rules.set(
                PolicyKey::RequiredSource,
                PolicyKey::RequiredSource.value(source).ok(),
            );
            let mut findings = Vec::new();
            judge(&project, &mut findings);
            let [finding] = &findings[..] else {
                panic!("{findings:?}")
            };
            let help = finding.help.as_deref().unwrap();
            match meant {
                Some(meant) => assert!(
                    help.starts_with(&format!("did you mean {meant}?")),
                    "{help}"
                ),
                None => assert!(help.starts_with("name another environment"), "{help}"),
            }
        }
    }
}
