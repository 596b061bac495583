use crate::diag::{Code, Finding, Place};
use crate::files::{EnvironmentRole, SETTINGS};
use crate::model::{Project, Settings};

/// Checks that the default publish target is an environment that exists.
pub(super) fn default_publish(project: &Project, findings: &mut Vec<Finding>) {
    findings.extend(judge(project, EnvironmentRole::DefaultPublish));
}

/// Checks that the gateway fallback is an environment that exists.
pub(super) fn gateway_fallback(project: &Project, findings: &mut Vec<Finding>) {
    findings.extend(judge(project, EnvironmentRole::GatewayFallback));
}

/// Returns a finding if `role` is not held by an environment that exists.
fn judge(project: &Project, role: EnvironmentRole) -> Option<Finding> {
    let (code, flag) = match role {
        EnvironmentRole::DefaultPublish => (Code::DEFAULT_PUBLISH, "--default-publish"),
        EnvironmentRole::GatewayFallback => (Code::GATEWAY_FALLBACK, "--gateway-fallback"),
    };
    let name = role.name();
    let message = match role.holder(&project.settings) {
        Some(slug) if project.environments.contains_key(slug) => return None,
        Some(slug) => format!("the {name} is `{slug}`, which does not exist"),
        // The settings could not be read at all, which is a finding of its own. A second one would
        // only repeat it.
        None if project.settings == Settings::default() => return None,
        None => format!("no environment is the {name}"),
    };
    let help = format!("give the role to an environment that exists: envctl env edit SLUG {flag}");
    Some(Finding::error(code, Place::value(SETTINGS, [role.key()]), message).help(help))
}
