use super::*;

/// An example of a value of each type, as on a command line.
fn example(of: EnvironmentType) -> &'static str {
    match of {
        EnvironmentType::Name => "Quality",
        EnvironmentType::Description => "Trials of every kind",
        EnvironmentType::Color => "purple",
        EnvironmentType::Switch => "true",
    }
}

#[test]
fn each_key_sets_its_own_field_and_no_other() {
    let unset = Environment::named_after(&"qa".parse().unwrap());
    for key in EnvironmentKey::ALL {
        let value = key.value(example(key.takes())).unwrap();
        assert!(value.is_some());
        let mut set = unset.clone();
        key.set(&mut set, value.clone());
        assert_eq!(key.of(&set), value, "{key}");
        for other in EnvironmentKey::ALL
            .into_iter()
            .filter(|other| *other != key)
        {
            assert_eq!(other.of(&set), other.of(&unset), "{key} and {other}");
        }
    }
}

#[test]
fn a_key_without_a_value_says_what_a_missing_key_says() {
    for key in EnvironmentKey::ALL
        .into_iter()
        .filter(|key| *key != EnvironmentKey::Name)
    {
        let unset = Environment::named_after(&"qa".parse().unwrap());
        let mut changed = unset.clone();
        key.set(&mut changed, key.value(example(key.takes())).unwrap());
        assert_ne!(changed, unset, "{key}");
        key.set(&mut changed, None);
        assert_eq!(changed, unset, "{key}");
    }
}

#[test]
fn an_empty_description_and_no_colour_remove_their_keys() {
    assert_eq!(EnvironmentKey::Description.value(""), Ok(None));
    assert_eq!(EnvironmentKey::Color.value("None"), Ok(None));
    assert!(EnvironmentKey::Name.value("").is_err());
    assert!(EnvironmentKey::Production.value("").is_err());
}

#[test]
fn each_key_has_help_and_a_switch_can_be_turned_off() {
    for key in EnvironmentKey::ALL {
        assert!(
            !key.create_help().is_empty() && !key.edit_help().is_empty(),
            "{key}"
        );
        let is_switch = key.takes() == EnvironmentType::Switch;
        assert_eq!(key.off().is_some(), is_switch, "{key}");
    }
}
