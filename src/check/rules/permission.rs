use std::collections::BTreeMap;

use super::change::Change;
use super::entry_place::place_of;
use crate::diag::{Code, Finding, Place};
use crate::model::{Entry, EnvironmentSlug, Identity, Permission};
use crate::policy::{Denial, Missing};

/// Checks that everybody was allowed to do what they did, by `access.toml` as it was before.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    // By file and person: a refusal lists everything that is missing at once, instead of one
    // permission per attempt.
    let mut files: BTreeMap<_, Vec<(Place, &Denial)>> = BTreeMap::new();
    for denial in change.denials {
        let place = place_of(&denial.entry, change.after);
        let who = (denial.who.as_ref().map(Identity::email), denial.merged);
        files
            .entry((place.file.clone(), who))
            .or_default()
            .push((place, denial));
    }
    findings.extend(files.into_values().filter_map(|denials| finding(&denials)));
}

/// Returns one finding for everything that one person may not do to one file.
fn finding(denials: &[(Place, &Denial)]) -> Option<Finding> {
    let (place, first) = denials.iter().min_by_key(|(place, _)| place)?;
    let mut missing: Vec<String> = denials.iter().map(|(_, denial)| said(denial)).collect();
    missing.sort();
    missing.dedup();
    let who = first
        .who
        .as_ref()
        .map_or("an unknown author", Identity::email);
    let done = if first.merged { "merge" } else { "do" };
    let message = format!("{who} may not {done} this: {}", missing.join("; "));
    Some(Finding::error(Code::PERMISSION, place.clone(), message).help(help(first)))
}

/// Returns what is missing, as a clause.
fn said(denial: &Denial) -> String {
    let place = denial.environment.as_ref().map_or_else(
        || " in the project".to_owned(),
        |slug| format!(" in `{slug}`"),
    );
    match &denial.missing {
        Missing::Permission(any) => {
            let any: Vec<&str> = any.iter().map(|permission| permission.as_str()).collect();
            format!("requires {}{place}", any.join(" or "))
        }
        Missing::Owner => {
            "only an owner can change an owner, or whether signatures are required".to_owned()
        }
        Missing::OwnerOfNew => {
            "whoever adds the first access.toml must be an owner in it".to_owned()
        }
        Missing::Granted(permissions) => {
            let all: Vec<&str> = permissions
                .iter()
                .map(|permission| permission.as_str())
                .collect();
            format!(
                "only an owner can grant permissions that they do not have themselves: {}",
                all.join(", ")
            )
        }
        Missing::Person => format!("a bot cannot {}", reserved(&denial.entry)),
        Missing::Lift => "only whoever made the veto can lift or change it, unless they wrote the version, or somebody with env:override in the project".to_owned(),
        Missing::RequestersRight(permission) => {
            format!("the requester no longer has {permission}{place}")
        }
    }
}

/// Returns what a bot cannot do that changes `entry`.
fn reserved(entry: &Entry) -> &'static str {
    match entry {
        Entry::Pointer(..) => "approve a release, only request one",
        Entry::Pending(_) => "reject another person's request",
        Entry::Policy(..) | Entry::Window(..) | Entry::Environment(_) => "change a policy",
        Entry::Veto(_) => "lift or change a veto",
        Entry::Freeze(..) => "thaw an environment",
        _ => "change access.toml",
    }
}

/// Returns what would help against `denial`.
fn help(denial: &Denial) -> String {
    if denial.merged {
        return "have the merge made by somebody who has that permission, too".to_owned();
    }
    let who = denial.who.as_ref().map_or("EMAIL", Identity::email);
    let environment = denial.environment.as_ref().map(EnvironmentSlug::as_str);
    match &denial.missing {
        Missing::OwnerOfNew => {
            "list your address under a member with roles = [\"owner\"]".to_owned()
        }
        Missing::Owner | Missing::Granted(_) | Missing::Lift => {
            "ask one of the owners: envctl access show".to_owned()
        }
        Missing::Person => "let a person do it".to_owned(),
        Missing::Permission(any) => granted(who, any.first().copied(), environment),
        Missing::RequestersRight(permission) => {
            format!(
                "withdraw it and let somebody else request it, or: {}",
                granted(who, Some(*permission), environment)
            )
        }
    }
}

/// Returns the commands that show and extend what `who` may do.
fn granted(who: &str, permission: Option<Permission>, environment: Option<&str>) -> String {
    let place = environment
        .map(|slug| format!(" {slug}"))
        .unwrap_or_default();
    // The smallest built-in role that has it.
    let role = match permission {
        Some(Permission::ManageProject | Permission::Override) => "owner",
        Some(Permission::CheckAttest) => "evaluator",
        Some(permission) if permission.is_of_resources() => "developer",
        _ => "admin",
    };
    let limit = environment
        .map(|slug| format!(" --env {slug}"))
        .unwrap_or_default();
    format!(
        "`envctl access explain {who}{place}` shows what they may do; `envctl access grant {who} {role}{limit}` lets them"
    )
}
