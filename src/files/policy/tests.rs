use super::*;

fn setting(kind: Option<Kind>, key: PolicyKey, value: &str) -> PolicySetting {
    let value = (!value.is_empty()).then(|| key.value(value).unwrap());
    PolicySetting::Key { kind, key, value }
}

fn edited(text: &str, settings: &[PolicySetting]) -> Result<String, String> {
    let mut splice = Splice::new(text).unwrap();
    settings
        .iter()
        .try_for_each(|setting| set(&mut splice, setting))?;
    Ok(splice.into_text())
}

#[test]
fn keys_come_and_go_where_they_belong() {
    use PolicyKey::{MinDwell, RequiredSource, RequiresApproval};
    let plain = "name = \"Production\"\n";
    let one = "name = \"Production\"\n\n[policy]\nmin_dwell = \"24h\"\n";
    let two = "name = \"Production\"\n\n[policy]\nrequired_source = \"staging\" # always\nmin_dwell = \"24h\"\n";
    let of_kind = "name = \"Production\"\n\n[policy.routing]\nmin_dwell = \"24h\"\n";
    let base = "name = \"Production\"\n\n[policy]\nmin_dwell = \"24h\"\n\n[policy.routing]\nmin_dwell = \"24h\"\n";
    let kinds = "[policy.prompts]\nmin_dwell = \"24h\"\n\n[policy.routing]\nmin_dwell = \"24h\"\n";
    for (before, kind, key, value, after) in [
        (plain, None, MinDwell, "24h", one),
        (plain, Some(Kind::Routing), MinDwell, "24h", of_kind),
        (of_kind, None, MinDwell, "24h", base),
        (
            "[policy.routing]\nmin_dwell = \"24h\"\n",
            Some(Kind::Prompts),
            MinDwell,
            "24h",
            kinds,
        ),
        (
            "name = 'x'",
            None,
            RequiresApproval,
            "true",
            "name = 'x'\n\n[policy]\nrequires_approval = true",
        ),
        (
            "a = 1\r\n",
            None,
            MinDwell,
            "1h",
            "a = 1\r\n\r\n[policy]\r\nmin_dwell = \"1h\"\r\n",
        ),
    ] {
        assert_eq!(
            edited(before, &[setting(kind, key, value)]).as_deref(),
            Ok(after)
        );
        let back = edited(after, &[setting(kind, key, "")]).unwrap();
        assert_eq!(back, before, "{after:?}");
    }
    let window = |text: &str| text.parse::<PolicySetting>().unwrap();
    let office = window("windows.office=mon-thu 09:00-16:00 Europe/Berlin");
    let night = window("windows.night=sun 22:00-02:00 UTC");
    let windowed = edited(base, &[office.clone(), night]).unwrap();
    let expected = "\n[policy.windows]\nnight = \"sun 22:00-02:00 UTC\"\noffice = \"mon-thu 09:00-16:00 Europe/Berlin\"\n";
    assert_eq!(windowed, format!("{base}{expected}"));
    let none = [window("windows.office="), window("windows.night=")];
    assert_eq!(edited(&windowed, &none).as_deref(), Ok(base));
    assert_eq!(edited(base, &none).as_deref(), Ok(base));
    let source = setting(None, RequiredSource, "staging");
    let commented = one.replace(
        "[policy]\n",
        "[policy]\nrequired_source = \"qa\" # always\n",
    );
    assert_eq!(edited(&commented, &[source]).as_deref(), Ok(two));
}

#[test]
fn settings_are_read_as_they_are_written() {
    for text in [
        "min_dwell=24h",
        "prompts.requires_approval=true",
        "routing.required_source=qa",
        "no_rollback=",
        "windows.office=mon-thu 09:00-16:00 Europe/Berlin",
        "windows.office=",
    ] {
        assert_eq!(text.parse::<PolicySetting>().unwrap().to_string(), text);
    }
    assert_eq!(
        "min_dwell = 1 day".parse(),
        Ok(setting(None, PolicyKey::MinDwell, "24h"))
    );
}

#[test]
fn what_is_no_setting_says_what_would_be() {
    for (text, said) in [
        ("min_dwell", "key=value"),
        ("", "key=value"),
        ("=", "required_source, min_dwell"),
        ("min_dwel=1h", "did you mean min_dwell?"),
        ("prompt.min_dwell=1h", "did you mean prompts?"),
        ("x.min_dwell=1h", "prompts, routing, providers"),
        ("prompts.routing.min_dwell=1h", "unknown policy key"),
        ("prompts.=1h", "unknown policy key"),
        (
            "min_dwell=24",
            "min_dwell takes a duration, or false: invalid duration \"24\"; expected for example 90m",
        ),
        ("min_dwell=-1h", "negative"),
        ("rollback_window=1.5h", "fraction"),
        ("no_rollback=yes", "no_rollback takes true or false"),
        (
            "required_source=PROD",
            "required_source takes the slug of an environment, or false",
        ),
    ] {
        let error = text.parse::<PolicySetting>().unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn a_policy_in_one_line_is_only_changed_where_it_says_something() {
    let inline = "policy = { min_dwell = '1h', no_rollback = true }\n";
    let replaced = edited(inline, &[setting(None, PolicyKey::MinDwell, "2h")]);
    assert_eq!(
        replaced.as_deref(),
        Ok("policy = { min_dwell = '2h', no_rollback = true }\n")
    );
    for setting in [
        setting(None, PolicyKey::MinDwell, ""),
        setting(None, PolicyKey::RequiresApproval, "true"),
    ] {
        assert_eq!(edited(inline, &[setting]), Err("policy".to_owned()));
    }
    let dotted = "policy.min_dwell = '1h'\n";
    assert_eq!(
        edited(dotted, &[setting(None, PolicyKey::MinDwell, "")]),
        Err("policy".to_owned())
    );
}

#[test]
fn what_is_written_reads_the_same() {
    let mut policy = Policy::default();
    for (kind, key, value) in [
        (None, PolicyKey::RequiredSource, "staging"),
        (None, PolicyKey::MinDwell, "90m"),
        (Some(Kind::Prompts), PolicyKey::RequiredSource, "false"),
        (Some(Kind::Providers), PolicyKey::RequiresApproval, "true"),
    ] {
        policy
            .table_mut(kind)
            .set(key, Some(key.value(value).unwrap()));
    }
    for (name, window) in [
        ("office", "mon-thu 09:00-16:00 Europe/Berlin"),
        ("night", "sun 22:00-02:00 UTC"),
    ] {
        policy
            .windows
            .insert(name.parse().unwrap(), window.parse().unwrap());
    }
    let text = text(&policy);
    let root = toml::de::DeTable::parse(&text).unwrap();
    let mut reader = TomlReader::new("environments/prod.toml");
    let table = TomlTable::root(root.get_ref())
        .table(&mut reader, TABLE)
        .unwrap();
    assert_eq!(read(&mut reader, table), policy, "{text}");
    assert_eq!(reader.into_findings(), []);
}
