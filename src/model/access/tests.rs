use super::*;

#[test]
fn addresses_are_folded_in_ascii_only() {
    let mark = Member {
        emails: ["mark@x".parse().unwrap()].into(),
        ..Member::default()
    };
    let access = Access {
        members: [("mark".parse().unwrap(), mark)].into(),
        ..Access::default()
    };
    for (address, known) in [
        ("MARK@X", true),
        ("mar\u{212a}@x", false),
        ("mar\u{130}@x", false),
    ] {
        assert_eq!(access.member(address).is_some(), known, "{address}");
        let one = crate::model::Identity::new("a", address).unwrap();
        let other = crate::model::Identity::new("b", "mark@x").unwrap();
        assert_eq!(one.is_same_person(&other), known, "{address}");
        let email: Email = address.parse().unwrap();
        assert_eq!(email.as_str() == "mark@x", known, "{address}");
    }
}

#[test]
fn roles_allow_what_they_are_for() {
    for (role, count) in [
        ("viewer", 0),
        ("evaluator", 1),
        ("developer", 11),
        ("admin", 17),
        ("owner", 19),
    ] {
        let role: Role = role.parse().unwrap();
        let allowed = Permission::ALL
            .into_iter()
            .filter(|permission| role.allows(*permission) == Some(true));
        assert_eq!(allowed.count(), count, "{role}");
    }
    let mut access = Access::default();
    let custom: Role = "release-manager".parse().unwrap();
    assert!(
        !access.role_allows(&custom, Permission::PromptReview),
        "a role that nobody defined"
    );
    access.roles.insert(
        "release-manager".parse().unwrap(),
        [Permission::PromptReview].into(),
    );
    assert!(access.role_allows(&custom, Permission::PromptReview));
    assert!(!access.role_allows(&custom, Permission::PromptPublish));
}

#[test]
fn people_are_told_apart_by_address_and_not_by_letter_case() {
    assert_eq!(
        "Ana@Example.org".parse::<Email>(),
        "ana@example.org".parse()
    );
    for text in ["", "a b@x", "a@x>", "<a@x", "a\u{1b}@x", &"a".repeat(255)] {
        assert_eq!(text.parse::<Email>(), Err(EmailError), "{text:?}");
    }
}
