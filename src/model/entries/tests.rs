use super::*;
use crate::model::environment::Environment;
use crate::model::{PolicyKey, Role};

fn project() -> Project {
    let slug: EnvironmentSlug = "prod".parse().unwrap();
    let environments = [(slug.clone(), Environment::named_after(&slug))].into();
    Project {
        exists: true,
        environments,
        ..Project::default()
    }
}

#[test]
fn only_what_differs_is_an_entry() {
    assert_eq!(changed_entries(&project(), &project()), []);
    let slug: EnvironmentSlug = "prod".parse().unwrap();
    let mut after = project();
    let prod = after.environments.get_mut(&slug).unwrap();
    prod.production = true;
    prod.policy
        .table_mut(Some(Kind::Prompts))
        .set(PolicyKey::MinDwell, PolicyKey::MinDwell.value("1h").ok());
    let expected = [
        Entry::EnvironmentKey(slug.clone(), EnvironmentKey::Production),
        Entry::Policy(slug, Some(Kind::Prompts), PolicyKey::MinDwell),
    ];
    assert_eq!(changed_entries(&project(), &after), expected);
    assert_eq!(changed_entries(&after, &project()), expected);
}

#[test]
fn a_member_is_several_entries() {
    let mut after = project();
    let member = Member {
        roles: [Role::Owner].into(),
        ..Member::default()
    };
    after.access = Some(Access {
        members: [("ana".parse().unwrap(), member)].into(),
        ..Access::default()
    });
    let mut other = after.clone();
    other
        .access
        .as_mut()
        .unwrap()
        .members
        .values_mut()
        .for_each(|member| member.bot = true);
    assert_eq!(
        changed_entries(&after, &other),
        [Entry::Member("ana".parse().unwrap(), MemberKey::Bot)]
    );
    let found = changed_entries(&project(), &after);
    assert_eq!(found.len(), 1 + 1 + MemberKey::ALL.len(), "{found:?}");
}
