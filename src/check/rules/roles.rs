use crate::diag::{Code, Finding, Place};
use crate::files::{EnvironmentRole, SETTINGS};
use crate::model::{Project, Settings};

/// Exactly one environment is the default publish target, and it exists.
pub(super) fn default_publish(project: &Project, findings: &mut Vec<Finding>) {
    findings.extend(judge(project, EnvironmentRole::DefaultPublish));
}

/// Exactly one environment is the gateway fallback, and it exists.
pub(super) fn gateway_fallback(project: &Project, findings: &mut Vec<Finding>) {
    findings.extend(judge(project, EnvironmentRole::GatewayFallback));
}

fn judge(project: &Project, role: EnvironmentRole) -> Option<Finding> {
    let (code, flag) = match role {
        EnvironmentRole::DefaultPublish => (Code::DEFAULT_PUBLISH, "--default-publish"),
        EnvironmentRole::GatewayFallback => (Code::GATEWAY_FALLBACK, "--gateway-fallback"),
    };
    let name = role.name();
    let message = match role.holder(&project.settings) {
        Some(slug) if project.environments.contains_key(slug) => return None,
        Some(slug) => format!("the {name} is `{slug}`, which does not exist"),
        // Nothing of the file could be read, which is a finding of its own.
        None if project.settings == Settings::default() => return None,
        None => format!("no environment is the {name}"),
    };
    let help = format!("hand the role to an environment that exists: envctl env edit SLUG {flag}");
    Some(Finding::error(code, Place::value(SETTINGS, [role.key()]), message).help(help))
}
