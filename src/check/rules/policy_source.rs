use crate::diag::{Code, Finding, Place};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, Kind, Project};

/// The source that a policy requires is another environment, and exists.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    for (slug, environment) in &project.environments {
        for (kind, rules) in environment.policy.tables() {
            let Some(source) = rules.required_source() else { continue };
            if let Some(message) = problem(project, slug, source) {
                findings.push(
                    Finding::error(Code::POLICY_SOURCE, place(slug, kind), message)
                        .help("name another environment, or take the key out of the policy"),
                );
            }
        }
    }
}

fn problem(project: &Project, slug: &EnvironmentSlug, source: &EnvironmentSlug) -> Option<String> {
    if source == slug {
        return Some(format!("the policy of `{slug}` requires `{slug}` itself as source"));
    }
    let missing = !project.environments.contains_key(source);
    missing.then(|| format!("the policy of `{slug}` requires `{source}` as source, which is no environment"))
}

fn place(slug: &EnvironmentSlug, kind: Option<Kind>) -> Place {
    let keys = std::iter::once("policy").chain(kind.map(Kind::folder)).chain(["required_source"]);
    Place::value(OwnedPath::Environment(slug.clone()).to_string(), keys)
}
