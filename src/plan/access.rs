use crate::files::{Edit, MemberEdit};
use crate::model::{
    Access, Email, GrantScope, Member, MemberName, Project, PublicKey, Role, RoleName, SigningKey,
    closest,
};
use crate::plan::error::{PlanError, existing};
use crate::plan::message::{Action, Message, Reason};
use crate::plan::planned::Plan;

/// Somebody, as people name them: by an address, or by the name of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// An address.
    Email(Email),
    /// A member.
    Member(MemberName),
}

/// What somebody is to be able to do from then on.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Who.
    pub who: Who,
    /// Further roles.
    pub roles: Vec<Role>,
    /// Where they hold; none: in the whole project.
    pub scope: Option<GrantScope>,
    /// What a new member is called; none: after the address.
    pub name: Option<MemberName>,
    /// Further addresses.
    pub emails: Vec<Email>,
    /// A further key.
    pub key: Option<SigningKey>,
    /// Whether it is a program.
    pub bot: bool,
    /// Why.
    pub reason: Option<Reason>,
}

/// What somebody is to be able to do no longer. With nothing but `who`, the member goes.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// Who.
    pub who: Who,
    /// The roles that go.
    pub roles: Vec<Role>,
    /// Where they go; none: in the whole project. With a place and no roles, all roles there go.
    pub scope: Option<GrantScope>,
    /// An address that goes.
    pub email: Option<Email>,
    /// A key that goes.
    pub key: Option<PublicKey>,
    /// Why.
    pub reason: Option<Reason>,
}

/// Plans what `grant` asks for; what is already so is left alone.
///
/// # Errors
///
/// When a role or an environment is none of the project, nobody is called that, or a name for a new member is missing or taken.
pub fn grant(project: &Project, grant: &Grant) -> Result<Plan, PlanError> {
    let nobody = Access::default();
    let access = project.access.as_ref().unwrap_or(&nobody);
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

/// Plans what `revocation` asks for.
///
/// # Errors
///
/// When nobody is called that, when an address goes that is the last, and [`PlanError::NotGranted`] when they do not have what is to go: nobody is to believe that a
/// key is gone which is there under another member's name.
pub fn revoke(project: &Project, revocation: &Revocation) -> Result<Plan, PlanError> {
    let nobody = Access::default();
    let access = project.access.as_ref().unwrap_or(&nobody);
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

/// Returns the key as the file is to list it, `None` if it does so already. New limits take the place of the old ones.
///
/// A limit that is listed and not stated again is not dropped without a word: most who repeat a key paste it from its file,
/// where no limit is written.
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

/// What `revocation` takes away and `member` does not have; none: they have all of it.
fn not_granted(member: &Member, revocation: &Revocation) -> Option<String> {
    let Revocation {
        roles,
        scope,
        email,
        key,
        ..
    } = revocation;
    let place = scope
        .as_ref()
        .map(|scope| format!(" in {scope}"))
        .unwrap_or_default();
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

fn plan(edit: Option<Edit>, message: Message, reason: Option<&Reason>, name: &MemberName) -> Plan {
    let message = message.reason(reason).trailer("Member", name.as_str());
    Plan::new(edit.into_iter().collect(), Vec::new(), message)
}

/// What a revocation takes away, as a commit's subject says it.
fn taken(
    Revocation {
        roles,
        scope,
        email,
        key,
        ..
    }: &Revocation,
) -> String {
    let place = scope
        .as_ref()
        .map(|scope| format!(" in {scope}"))
        .unwrap_or_default();
    let names = match roles.as_slice() {
        [] => "every role".to_owned(),
        roles => roles
            .iter()
            .map(Role::as_str)
            .collect::<Vec<_>>()
            .join(", "),
    };
    let roles = (!roles.is_empty() || scope.is_some()).then(|| format!("{names}{place}"));
    let email = email.as_ref().map(|_| "an address".to_owned());
    let key = key.as_ref().map(|_| "a key".to_owned());
    [roles, email, key]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("; ")
}

/// What an edit sets, as a commit's subject says it.
fn described(edit: &MemberEdit) -> String {
    let roles = |roles: &[Role]| match roles {
        [] => "no role".to_owned(),
        roles => roles
            .iter()
            .map(Role::as_str)
            .collect::<Vec<_>>()
            .join(", "),
    };
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

/// The member that `who` names.
pub fn member<'a>(access: &'a Access, who: &Who) -> Option<(&'a MemberName, &'a Member)> {
    match who {
        Who::Email(email) => access.member(email.as_str()),
        Who::Member(name) => access.members.get_key_value(name),
    }
}

fn roles_at(member: &Member, scope: Option<&GrantScope>) -> Vec<Role> {
    let roles = match scope {
        None => Some(&member.roles),
        Some(scope) => member.environments.get(scope),
    };
    roles.into_iter().flatten().cloned().collect()
}

fn set_roles(edit: &mut MemberEdit, scope: Option<GrantScope>, roles: Vec<Role>) {
    match scope {
        None => edit.roles = Some(roles),
        Some(scope) => edit.environment = Some((scope, roles)),
    }
}

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

fn no_member(access: &Access, who: &str) -> PlanError {
    // Addresses of one company are all alike from the @ on, so only names are guessed.
    let names = access.members.keys().map(MemberName::as_str);
    PlanError::NoSuchMember {
        who: who.to_owned(),
        meant: closest(who, names).map(str::to_owned),
    }
}

/// What a new member is called: `name`, or what stands before the @ of the address made into a slug.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn email(text: &str) -> Who {
        Who::Email(text.parse().unwrap())
    }

    fn granting(who: Who, roles: &[&str], scope: Option<&str>) -> Grant {
        let roles = roles.iter().map(|role| role.parse().unwrap()).collect();
        let scope = scope.map(|scope| scope.parse().unwrap());
        Grant {
            who,
            roles,
            scope,
            name: None,
            emails: Vec::new(),
            key: None,
            bot: false,
            reason: None,
        }
    }

    fn project() -> Project {
        let ana = Member {
            emails: ["ana@x".parse().unwrap()].into(),
            roles: [Role::Owner].into(),
            ..Member::default()
        };
        let access = Access {
            members: [("ana".parse().unwrap(), ana)].into(),
            ..Access::default()
        };
        let slug: crate::model::EnvironmentSlug = "prod".parse().unwrap();
        let environments = [(slug.clone(), crate::model::Environment::named_after(&slug))].into();
        Project {
            exists: true,
            access: Some(access),
            environments,
            ..Project::default()
        }
    }

    #[test]
    fn a_new_member_is_called_after_the_address() {
        let plan = grant(
            &project(),
            &granting(email("Bob.Q+x@example.org"), &["developer"], None),
        )
        .unwrap();
        assert_eq!(
            plan.message.subject(),
            "access grant bob-q-x: developer; addresses"
        );
        let clash = grant(&project(), &granting(email("ana@y"), &["developer"], None));
        assert!(matches!(clash, Err(PlanError::MemberExists { .. })));
    }

    #[test]
    fn what_is_already_so_is_left_alone() {
        let same = grant(&project(), &granting(email("ANA@x"), &["owner"], None)).unwrap();
        assert!(same.is_empty());
        let more = grant(
            &project(),
            &granting(email("ana@x"), &["admin"], Some("prod")),
        )
        .unwrap();
        assert_eq!(more.message.subject(), "access grant ana: admin in prod");
    }

    #[test]
    fn limits_of_a_listed_key_are_replaced_and_never_dropped() {
        let plain =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB/4bLi5JkD1hqIrRoQ1klD3/i86JxBTwFcZFCp29GRy";
        let until = |moment: &str| format!("valid-before=\"{moment}\" {plain}");
        let both = format!("valid-after=\"20260101\",{}", until("20271231"));
        let granted = |listed: &str, stated: &str| {
            let mut project = project();
            let access = project.access.as_mut().unwrap();
            let ana = access.members.values_mut().next().unwrap();
            ana.keys = [listed.parse().unwrap()].into();
            let key = Some(stated.parse().unwrap());
            grant(
                &project,
                &Grant {
                    key,
                    ..granting(email("ana@x"), &[], None)
                },
            )
        };
        let written =
            |listed: &str, stated: &str| match granted(listed, stated).unwrap().edits.pop() {
                Some(Edit::EditMember(edit)) => edit.add_key.map(|key| key.to_string()),
                _ => None,
            };
        let (this_year, next_year) = (until("20271231000000Z"), until("20281231000000Z"));
        assert_eq!(written(plain, &this_year), Some(this_year.clone()));
        assert_eq!(written(&this_year, &next_year), Some(next_year));
        assert_eq!(written(&this_year, &this_year), None);
        assert_eq!(written(plain, plain), None);
        for stated in [plain, &until("20281231")] {
            let error = granted(&both, stated).unwrap_err();
            assert!(matches!(error, PlanError::KeyLimited { .. }), "{error}");
        }
    }

    #[test]
    fn who_or_what_is_not_there_is_said() {
        let typo = grant(&project(), &granting(email("b@x"), &["develper"], None));
        assert!(
            matches!(typo, Err(PlanError::NoSuchRole { meant: Some(meant), .. }) if meant == "developer")
        );
        let nobody = Who::Member("anna".parse().unwrap());
        assert!(matches!(
            grant(&project(), &granting(nobody, &["owner"], None)),
            Err(PlanError::NoSuchMember { .. })
        ));
    }

    #[test]
    fn with_nothing_but_a_name_the_member_goes() {
        let all = Revocation {
            who: email("ana@x"),
            roles: Vec::new(),
            scope: None,
            email: None,
            key: None,
            reason: None,
        };
        assert_eq!(
            revoke(&project(), &all).unwrap().edits,
            [Edit::RemoveMember("ana".parse().unwrap())]
        );
        let one = Revocation {
            roles: vec![Role::Owner],
            ..all
        };
        let edit = MemberEdit {
            roles: Some(Vec::new()),
            ..MemberEdit::of("ana".parse().unwrap())
        };
        assert_eq!(
            revoke(&project(), &one).unwrap().edits,
            [Edit::EditMember(edit)]
        );
    }

    #[test]
    fn what_somebody_does_not_have_cannot_go() {
        let nothing = Revocation {
            who: email("ana@x"),
            roles: Vec::new(),
            scope: None,
            email: None,
            key: None,
            reason: None,
        };
        let key =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB/4bLi5JkD1hqIrRoQ1klD3/i86JxBTwFcZFCp29GRy"
                .parse()
                .unwrap();
        for (revocation, missing) in [
            (
                Revocation {
                    roles: vec![Role::Admin],
                    ..nothing.clone()
                },
                "the role admin",
            ),
            (
                Revocation {
                    scope: Some("prod".parse().unwrap()),
                    ..nothing.clone()
                },
                "any role in prod",
            ),
            (
                Revocation {
                    email: Some("b@x".parse().unwrap()),
                    ..nothing.clone()
                },
                "the address b@x",
            ),
            (
                Revocation {
                    key: Some(key),
                    ..nothing
                },
                "that key",
            ),
        ] {
            let error = revoke(&project(), &revocation).unwrap_err();
            assert_eq!(error.to_string(), format!("ana does not have {missing}"));
        }
    }

    #[test]
    fn the_last_address_cannot_go() {
        let who = email("ana@x");
        let last = Some("ANA@x".parse().unwrap());
        let revocation = Revocation {
            who,
            roles: Vec::new(),
            scope: None,
            email: last,
            key: None,
            reason: None,
        };
        assert!(matches!(
            revoke(&project(), &revocation),
            Err(PlanError::LastAddress { .. })
        ));
    }
}
