use super::*;

fn read_as(path: &str, text: &str) -> Vec<(String, Entry)> {
    let file = OwnedPath::parse(path).unwrap().unwrap();
    let comments = super::read(&file, text).into_iter();
    comments.map(|comment| (comment.text, comment.on)).collect()
}

fn pointer(resource: &str) -> Entry {
    Entry::Pointer("prod".parse().unwrap(), resource.parse().unwrap())
}

#[test]
fn a_comment_stands_on_its_line_or_on_the_next_entry_or_on_the_last() {
    let text = "## above a\n[prompts.a] # beside a\n# within a\nversion = 1 # one\n\n#above b\n\
        [routing.\"b\"]\nrelease = 2\n# at the end";
    let (a, b) = (pointer("prompts/a"), pointer("routing/b"));
    let expected = [
        ("above a", &a),
        ("beside a", &a),
        ("within a", &a),
        ("one", &a),
        ("above b", &b),
        ("at the end", &b),
    ];
    let expected = expected.map(|(text, on)| (text.to_owned(), on.clone()));
    assert_eq!(read_as("pointers/prod.toml", text), expected);
}

#[test]
fn a_sign_within_a_text_is_no_comment() {
    let text = "name = \"# no\" # yes\ndescription = '''\n# no\n'''\ncolor = '#ff0000'\n";
    let on = Entry::EnvironmentKey("qa".parse().unwrap(), EnvironmentKey::Name);
    assert_eq!(
        read_as("environments/qa.toml", text),
        [("yes".to_owned(), on)]
    );
}

#[test]
fn keys_of_every_file_are_known_and_others_take_the_most() {
    let slug = || "qa".parse().unwrap();
    let ana = || "ana".parse().unwrap();
    let policy = Entry::Policy(slug(), Some(Kind::Prompts), PolicyKey::MinDwell);
    for (path, text, on) in [
        (
            "envctl.toml",
            "# c\nbranch = 1",
            Entry::Setting(SettingKey::Branch),
        ),
        ("envctl.toml", "# c\nschema = 1", Entry::Project),
        ("envctl.toml", "# c", Entry::Project),
        (
            "access.toml",
            "# c\n[members.ana]\nemails = [\n]",
            Entry::Member(ana(), MemberKey::Emails),
        ),
        (
            "access.toml",
            "[members.ana]\nkeys = [\n # c\n 'x']",
            Entry::Member(ana(), MemberKey::Keys),
        ),
        (
            "access.toml",
            "[members]\nana.environments.qa = [] # c",
            Entry::Member(ana(), MemberKey::Environments),
        ),
        (
            "access.toml",
            "roles.\"x\".permissions = [] # c",
            Entry::Role("x".parse().unwrap()),
        ),
        ("access.toml", "# c\n[members]", Entry::Access),
        (
            "environments/qa.toml",
            "[policy.prompts]\nmin_dwell = 1 # c",
            policy,
        ),
        ("pending/qa.toml", "# c\nfrom = 1", Entry::Pending(slug())),
    ] {
        assert_eq!(read_as(path, text), [("c".to_owned(), on)], "{path} {text}");
    }
}
