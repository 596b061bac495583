use super::access::{Who, listed, member, no_member, plan, roles_at, set_roles};
use crate::files::{Edit, MemberEdit};
use crate::model::{
    Access, Email, GrantScope, Member, MemberName, Project, Reason, Role, RoleName, SigningKey,
    closest,
};
use crate::plan::error::{PlanError, existing};
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;

/// Permissions that a member is to have from now on.
#[derive(Clone, Debug)]
pub struct Grant {
    /// To whom.
    pub who: Who,
    /// Further roles.
    pub roles: Vec<Role>,
    /// Where they apply; `None` for the whole project.
    pub scope: Option<GrantScope>,
    /// The name of a new member; `None` derives it from the address.
    pub name: Option<MemberName>,
    /// Further addresses.
    pub emails: Vec<Email>,
    /// A further key.
    pub key: Option<SigningKey>,
    /// Whether the member is a program.
    pub bot: bool,
    /// Why.
    pub reason: Option<Reason>,
}

/// Plans what `grant` asks for. What the member already has is left alone.
///
/// # Errors
///
/// When a role, an environment or a member does not exist, or the name for a new member is missing or taken.
pub fn grant(project: &Project, grant: &Grant) -> Result<Plan, PlanError> {
    let none = Access::default();
    let access = project.access.as_ref().unwrap_or(&none);
    grant
        .roles
        .iter()
        .try_for_each(|role| known_role(access, role))?;
    if let Some(GrantScope::Environment(slug)) = &grant.scope {
        existing(project, slug)?;
    }
    let known = member(access, &grant.who);
    let name = match (&known, &grant.who) {
        (Some((name, _)), _) => (*name).clone(),
        (None, Who::Email(email)) => new_name(access, email, grant.name.as_ref())?,
        (None, Who::Member(name)) => return Err(no_member(access, name.as_str())),
    };
    let new = Member::default();
    let before = known.map_or(&new, |(_, member)| member);
    let mut edit = MemberEdit::of(name.clone());
    let address = if let Who::Email(email) = &grant.who {
        Some(email.clone())
    } else {
        None
    };
    let mut emails: Vec<Email> = before.emails.iter().cloned().collect();
    emails.extend(
        address
            .into_iter()
            .chain(grant.emails.iter().cloned())
            .filter(|email| !before.emails.contains(email)),
    );
    edit.emails = (emails.len() > before.emails.len()).then_some(emails);
    let there = roles_at(before, grant.scope.as_ref());
    let roles = [
        there.clone(),
        grant
            .roles
            .iter()
            .filter(|role| !there.contains(role))
            .cloned()
            .collect(),
    ]
    .concat();
    if roles.len() > there.len() {
        set_roles(&mut edit, grant.scope.clone(), roles);
    }
    if let Some(key) = &grant.key {
        edit.add_key = key_to_write(&name, before, key)?;
    }
    edit.bot = Some(true).filter(|_| grant.bot && !before.bot);
    let changes = edit != MemberEdit::of(name.clone());
    let message = Message::new(
        Action::AccessEdit,
        format!("access grant {name}: {}", described(&edit)),
    );
    Ok(plan(
        changes.then_some(Edit::EditMember(edit)),
        message,
        grant.reason.as_ref(),
        &name,
    ))
}

/// Returns the key as the file should list it, or `None` if it already does. New limits replace the old ones.
///
/// A limit that is listed and not stated again is refused rather than dropped silently: most people who
/// repeat a key paste it from its file, where no limit is written.
fn key_to_write(
    name: &MemberName,
    before: &Member,
    key: &SigningKey,
) -> Result<Option<SigningKey>, PlanError> {
    let Some(known) = before.keys.iter().find(|known| known.key == key.key) else {
        return Ok(Some(key.clone()));
    };
    let limits = [
        ("valid-after", known.valid_after, key.valid_after),
        ("valid-before", known.valid_before, key.valid_before),
    ];
    let dropped = limits
        .iter()
        .find(|(_, listed, stated)| listed.is_some() && stated.is_none());
    match dropped {
        Some((limit, ..)) => Err(PlanError::KeyLimited {
            member: name.clone(),
            listed: known.clone(),
            limit,
        }),
        None => Ok((known != key).then(|| key.clone())),
    }
}

/// Returns what an edit sets, as the commit's subject says it.
fn described(edit: &MemberEdit) -> String {
    let roles = |roles: &[Role]| listed(roles, "no role");
    let here = edit.roles.as_deref().map(roles);
    let there = edit
        .environment
        .as_ref()
        .map(|(scope, held)| format!("{} in {scope}", roles(held)));
    let emails = edit.emails.as_ref().map(|_| "addresses".to_owned());
    let keys = edit
        .add_key
        .as_ref()
        .map(|_| ())
        .or(edit.remove_key.as_ref().map(|_| ()))
        .map(|()| "keys".to_owned());
    let bot = edit.bot.map(|_| "bot".to_owned());
    let parts: Vec<String> = [here, there, emails, keys, bot]
        .into_iter()
        .flatten()
        .collect();
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join("; ")
    }
}

/// Succeeds if `role` is built in or defined by the project.
fn known_role(access: &Access, role: &Role) -> Result<(), PlanError> {
    let Role::Custom(name) = role else {
        return Ok(());
    };
    if access.roles.contains_key(name) {
        return Ok(());
    }
    let names: Vec<String> = Role::BUILT_IN
        .map(|role| role.as_str().to_owned())
        .into_iter()
        .collect();
    let names: Vec<String> = names
        .into_iter()
        .chain(access.roles.keys().map(RoleName::to_string))
        .collect();
    let meant = closest(name.as_str(), names.iter().map(String::as_str)).map(str::to_owned);
    Err(PlanError::NoSuchRole {
        role: name.to_string(),
        meant,
        known: names,
    })
}

/// Returns the name of a new member: `name`, or the part of the address before the @, made into a slug.
fn new_name(
    access: &Access,
    email: &Email,
    name: Option<&MemberName>,
) -> Result<MemberName, PlanError> {
    let local = email.as_str().split('@').next().unwrap_or_default();
    let letters = |c: char| {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            c
        } else {
            '-'
        }
    };
    let slug: String = local.chars().map(letters).collect();
    let slug = slug
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    let needed = || PlanError::NeedsMemberName {
        email: email.clone(),
    };
    let name = name
        .cloned()
        .map_or_else(|| slug.parse().map_err(|_| needed()), Ok)?;
    match access.members.contains_key(&name) {
        true => Err(PlanError::MemberExists { name }),
        false => Ok(name),
    }
}
