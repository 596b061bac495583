use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::ACCESS;
use crate::model::{Access, Email, GrantScope, Member, MemberName, Project, Role, closest};

/// Checks that every person is one member, every role exists, and the project has an owner.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    let Some(access) = &project.access else {
        return;
    };
    // Nobody else may change an owner, so without one the project could never get one again.
    if !access.has_owner() {
        let message =
            "the project has no owner: no member has the role `owner` in the whole project";
        let help = "only an owner can change every member: restore the file if nobody can any more";
        findings.push(Finding::error(Code::MEMBERS, Place::file(ACCESS), message).help(help));
    }
    findings.extend(shared_addresses(access));
    for (name, member) in &access.members {
        findings.extend(unknown_roles(access, name, member));
        findings.extend(unknown_environments(project, name, member));
    }
}

/// Checks that an `access.toml` is not removed: without it, everybody would be an owner.
pub(super) fn judge_change(change: &Change<'_>, findings: &mut Vec<Finding>) {
    if change.before.access.is_some() && change.after.access.is_none() && change.after.exists {
        let message = "access.toml was removed, which would make everybody an owner";
        findings.push(
            Finding::error(Code::MEMBERS, Place::file(ACCESS), message).help("restore the file"),
        );
    }
}

/// Returns a finding for each address that several members have.
fn shared_addresses(access: &Access) -> Vec<Finding> {
    let mut holders: BTreeMap<&Email, Vec<&MemberName>> = BTreeMap::new();
    for (name, member) in &access.members {
        member
            .emails
            .iter()
            .for_each(|email| holders.entry(email).or_default().push(name));
    }
    // An address that two members share would give its holder the permissions of both, and let one
    // person both ask and approve.
    let shared = holders
        .into_iter()
        .filter_map(|(email, names)| Some((email, *names.first()?, *names.get(1)?)));
    let finding = |(email, first, second): (&Email, &MemberName, &MemberName)| {
        let message =
            format!("{email} is already an address of `{first}`; an address belongs to one member");
        let place = Place::value(ACCESS, ["members", second.as_str(), "emails"]);
        Finding::error(Code::MEMBERS, place, message).help("remove it from one of the two")
    };
    shared.map(finding).collect()
}

/// Returns a finding for each role that `member` has and that does not exist.
fn unknown_roles(access: &Access, name: &MemberName, member: &Member) -> Vec<Finding> {
    let everywhere = member
        .roles
        .iter()
        .map(|role| (vec!["roles".to_owned()], role));
    let somewhere = member.environments.iter().flat_map(|(scope, roles)| {
        roles
            .iter()
            .map(move |role| (vec!["environments".to_owned(), scope.to_string()], role))
    });
    let unknown =
        |role: &Role| matches!(role, Role::Custom(custom) if !access.roles.contains_key(custom));
    let finding = |(keys, role): (Vec<String>, &Role)| {
        let message = format!("`{name}` has the role `{role}`, which does not exist");
        let path = ["members", name.as_str()]
            .into_iter()
            .chain(keys.iter().map(String::as_str));
        Finding::error(Code::MEMBERS, Place::value(ACCESS, path), message).help(meant(access, role))
    };
    everywhere
        .chain(somewhere)
        .filter(|(_, role)| unknown(role))
        .map(finding)
        .collect()
}

/// Returns a hint that suggests the role that was meant, or lists all.
fn meant(access: &Access, role: &Role) -> String {
    let built_in = Role::BUILT_IN.map(|role| role.as_str().to_owned());
    let names: BTreeSet<String> = built_in
        .into_iter()
        .chain(access.roles.keys().map(ToString::to_string))
        .collect();
    match closest(role.as_str(), names.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!(
            "the roles are {}",
            names.into_iter().collect::<Vec<_>>().join(", ")
        ),
    }
}

/// Warns of grants for environments that do not exist. Such a grant has no effect now, but it would as soon
/// as somebody creates an environment with that slug.
fn unknown_environments(project: &Project, name: &MemberName, member: &Member) -> Vec<Finding> {
    let unknown = member.environments.keys().filter_map(|scope| match scope {
        GrantScope::Environment(slug) if !project.environments.contains_key(slug) => Some(slug),
        _ => None,
    });
    let finding = |slug: &crate::model::EnvironmentSlug| {
        let message = format!("`{name}` has roles in `{slug}`, which does not exist");
        let place = Place::value(
            ACCESS,
            ["members", name.as_str(), "environments", slug.as_str()],
        );
        Finding::warning(Code::MEMBERS, place, message)
            .help("remove the grant, or it will take effect once the environment is created")
    };
    unknown.map(finding).collect()
}
