use super::access::{Who, listed, member, no_member, plan, roles_at, set_roles};
use crate::files::{Edit, MemberEdit};
use crate::model::{Access, Email, GrantScope, Member, Project, PublicKey, Reason, Role};
use crate::plan::error::PlanError;
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;

/// Permissions that a member is not to have any more. With nothing but `who`, the member is removed.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// From whom.
    pub who: Who,
    /// The roles to remove.
    pub roles: Vec<Role>,
    /// Where to remove them; `None` for the whole project. With a place and no roles, all roles there are
    /// removed.
    pub scope: Option<GrantScope>,
    /// An address to remove.
    pub email: Option<Email>,
    /// A key to remove.
    pub key: Option<PublicKey>,
    /// Why.
    pub reason: Option<Reason>,
}

/// Plans what `revocation` asks for.
///
/// # Errors
///
/// When the member does not exist, when the address to remove is the last one, and [`PlanError::NotGranted`]
/// when the member does not have what is to be removed: otherwise somebody could believe that a key is gone
/// which is listed under another member's name.
pub fn revoke(project: &Project, revocation: &Revocation) -> Result<Plan, PlanError> {
    let none = Access::default();
    let access = project.access.as_ref().unwrap_or(&none);
    let Some((name, before)) = member(access, &revocation.who) else {
        let who = match &revocation.who {
            Who::Email(email) => email.as_str(),
            Who::Member(name) => name.as_str(),
        };
        return Err(no_member(access, who));
    };
    let Revocation {
        roles,
        scope,
        email,
        key,
        ..
    } = revocation;
    if roles.is_empty() && scope.is_none() && email.is_none() && key.is_none() {
        let message = Message::new(Action::AccessEdit, format!("access revoke {name}"));
        let edit = Some(Edit::RemoveMember(name.clone()));
        return Ok(plan(edit, message, revocation.reason.as_ref(), name));
    }
    // Before any edit is built: a revocation is done as a whole or not at all.
    if let Some(what) = not_granted(before, revocation) {
        return Err(PlanError::NotGranted {
            member: name.clone(),
            what,
        });
    }
    let mut edit = MemberEdit::of(name.clone());
    let there = roles_at(before, scope.as_ref());
    let left: Vec<Role> = there
        .iter()
        .filter(|role| !(roles.contains(role) || roles.is_empty() && scope.is_some()))
        .cloned()
        .collect();
    if left.len() < there.len() {
        set_roles(&mut edit, scope.clone(), left);
    }
    let emails: Vec<Email> = before
        .emails
        .iter()
        .filter(|known| email.as_ref() != Some(known))
        .cloned()
        .collect();
    // A member without an address could not be the author of anything, and the file would be
    // invalid.
    if emails.is_empty() {
        return Err(PlanError::LastAddress {
            member: name.clone(),
        });
    }
    edit.emails = (emails.len() < before.emails.len()).then_some(emails);
    edit.remove_key = key
        .clone()
        .filter(|key| before.keys.iter().any(|known| known.key == *key));
    let message = Message::new(
        Action::AccessEdit,
        format!("access revoke {name}: {}", taken(revocation)),
    );
    Ok(plan(
        Some(Edit::EditMember(edit)),
        message,
        revocation.reason.as_ref(),
        name,
    ))
}

/// Returns what `revocation` removes and `member` does not have; `None` if they have all of it.
fn not_granted(member: &Member, revocation: &Revocation) -> Option<String> {
    let Revocation {
        roles,
        scope,
        email,
        key,
        ..
    } = revocation;
    let place = place(scope.as_ref());
    let there = roles_at(member, scope.as_ref());
    let role = roles
        .iter()
        .find(|role| !there.contains(role))
        .map(|role| format!("the role {}{place}", role.as_str()));
    let any = (scope.is_some() && roles.is_empty() && there.is_empty())
        .then(|| format!("any role{place}"));
    let email = email
        .as_ref()
        .filter(|email| !member.emails.contains(email))
        .map(|email| format!("the address {email}"));
    let key = key
        .as_ref()
        .filter(|key| !member.keys.iter().any(|known| known.key == **key));
    role.or(any)
        .or(email)
        .or(key.map(|_| "that key".to_owned()))
}

/// Returns where roles are removed, as the end of a clause; empty for the whole project.
fn place(scope: Option<&GrantScope>) -> String {
    scope.map_or_else(String::new, |scope| format!(" in {scope}"))
}

/// Returns what a revocation removes, as the commit's subject says it. Addresses and keys are not spelled
/// out: subjects are read by many, and stay short.
fn taken(
    Revocation {
        roles,
        scope,
        email,
        key,
        ..
    }: &Revocation,
) -> String {
    let (place, names) = (place(scope.as_ref()), listed(roles, "every role"));
    let roles = (!roles.is_empty() || scope.is_some()).then(|| format!("{names}{place}"));
    let email = email.as_ref().map(|_| "an address".to_owned());
    let key = key.as_ref().map(|_| "a key".to_owned());
    [roles, email, key]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("; ")
}
