use crate::files::{Edit, MemberEdit};
use crate::model::closest;
use crate::model::{Access, Email, GrantScope, Member, MemberName, Reason, Role};
use crate::plan::error::PlanError;
use crate::plan::message::Message;
use crate::plan::planned::Plan;

/// A member, as people name one: by an address, or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// An address.
    Email(Email),
    /// A member.
    Member(MemberName),
}

/// Returns the plan that makes `edit`, with the trailers of every change of access.
pub(super) fn plan(
    edit: Option<Edit>,
    message: Message,
    reason: Option<&Reason>,
    name: &MemberName,
) -> Plan {
    let message = message.reason(reason).trailer("Member", name.as_str());
    Plan::new(edit.into_iter().collect(), Vec::new(), message)
}

/// Returns the member that `who` names.
pub fn member<'a>(access: &'a Access, who: &Who) -> Option<(&'a MemberName, &'a Member)> {
    match who {
        Who::Email(email) => access.member(email.as_str()),
        Who::Member(name) => access.members.get_key_value(name),
    }
}

/// Returns the roles of `member` in `scope`, or in the whole project if that is `None`.
pub(super) fn roles_at(member: &Member, scope: Option<&GrantScope>) -> Vec<Role> {
    let roles = match scope {
        None => Some(&member.roles),
        Some(scope) => member.environments.get(scope),
    };
    roles.into_iter().flatten().cloned().collect()
}

/// Makes `edit` set the roles in `scope`.
pub(super) fn set_roles(edit: &mut MemberEdit, scope: Option<GrantScope>, roles: Vec<Role>) {
    match scope {
        None => edit.roles = Some(roles),
        Some(scope) => edit.environment = Some((scope, roles)),
    }
}

/// Returns `roles` as a list, or `none` if there are none.
pub(super) fn listed(roles: &[Role], none: &str) -> String {
    if roles.is_empty() {
        return none.to_owned();
    }
    let names: Vec<&str> = roles.iter().map(Role::as_str).collect();
    names.join(", ")
}

/// Returns the error for a member that does not exist.
pub(super) fn no_member(access: &Access, who: &str) -> PlanError {
    // Addresses of one company are alike from the @ on, so a suggestion among them would mostly be
    // wrong. Only names are suggested.
    let names = access.members.keys().map(MemberName::as_str);
    PlanError::NoSuchMember {
        who: who.to_owned(),
        meant: closest(who, names).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Project;
    use crate::plan::grant::{Grant, grant};
    use crate::plan::revoke::{Revocation, revoke};

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
