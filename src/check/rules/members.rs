use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::ACCESS;
use crate::model::{Access, Email, GrantScope, Member, MemberName, Project, Role, closest};

/// Everybody is one member, every role is known, and somebody owns the project.
pub(super) fn judge(project: &Project, findings: &mut Vec<Finding>) {
    let Some(access) = &project.access else {
        return;
    };
    if !access.has_owner() {
        let message = "nobody owns the project: no member has the role `owner` in it";
        let help = "an owner is who can change every other member; bring the file back as it was if nobody can";
        findings.push(Finding::error(Code::MEMBERS, Place::file(ACCESS), message).help(help));
    }
    findings.extend(shared_addresses(access));
    for (name, member) in &access.members {
        findings.extend(unknown_roles(access, name, member));
        findings.extend(unknown_environments(project, name, member));
    }
}

/// Once there is an `access.toml` it stays: without it everybody would be an owner.
pub(super) fn judge_change(change: &Change<'_>, findings: &mut Vec<Finding>) {
    if change.before.access.is_some() && change.after.access.is_none() && change.after.exists {
        let message = "access.toml is gone, and everybody would own the project";
        findings.push(
            Finding::error(Code::MEMBERS, Place::file(ACCESS), message).help("bring the file back"),
        );
    }
}

fn shared_addresses(access: &Access) -> Vec<Finding> {
    let mut holders: BTreeMap<&Email, Vec<&MemberName>> = BTreeMap::new();
    for (name, member) in &access.members {
        member
            .emails
            .iter()
            .for_each(|email| holders.entry(email).or_default().push(name));
    }
    let shared = holders
        .into_iter()
        .filter_map(|(email, names)| Some((email, *names.first()?, *names.get(1)?)));
    let finding = |(email, first, second): (&Email, &MemberName, &MemberName)| {
        let message =
            format!("{email} is an address of `{first}` already; an address belongs to one member");
        let place = Place::value(ACCESS, ["members", second.as_str(), "emails"]);
        Finding::error(Code::MEMBERS, place, message).help("take it out of one of the two")
    };
    shared.map(finding).collect()
}

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
        let message = format!("`{name}` has the role `{role}`, which is none of the project");
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

/// A grant for an environment that is not there is only a warning: it grants nothing. But it would as soon as somebody makes
/// an environment of that slug.
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
            .help("take the grant out, or it will hold once there is one")
    };
    unknown.map(finding).collect()
}
