use proptest::prelude::*;

use super::*;

const FILE: &str = "providers/openai/1.toml";

fn shown(text: &str) -> String {
    redacted(FILE, text).into_owned()
}

fn refused(text: &str) -> Vec<(Option<String>, String)> {
    let table = DeTable::parse(text).unwrap();
    let findings = guarded(FILE, text, Some(table.get_ref()), Vec::new());
    findings
        .into_iter()
        .map(|finding| (finding.place.dotted_key(), finding.message))
        .collect()
}

#[test]
fn what_stands_where_a_reference_goes_is_blotted_out_and_nothing_else_moves() {
    for (text, expected) in [
        (
            "credential = \"hünter2\" # ours",
            "credential = \"********\" # ours",
        ),
        ("credential = 12345", "credential = *****"),
        (
            "credential = \"env::OPENAI_API_KEY\"",
            "credential = \"env::OPENAI_API_KEY\"",
        ),
        (
            "credential = \"env::openai_key\"",
            "credential = \"env::openai_key\"",
        ),
        (
            "credential = \"env::sk-12345678\"",
            "credential = \"****************\"",
        ),
        (
            "headers = { Authorization = \"x y\" }",
            "headers = { Authorization = \"***\" }",
        ),
        (
            "models = [\"gpt-5\", \"sk-12345678\"]",
            "models = [\"gpt-5\", \"***********\"]",
        ),
        ("# was sk-12345678, is ours", "# was ***********, is ours"),
        (
            "[targets.token]\nmodel = \"gpt-5\"",
            "[targets.token]\nmodel = \"gpt-5\"",
        ),
        (
            "auth_header_name = \"X-Key: a1\"",
            "auth_header_name = \"*********\"",
        ),
        ("credential = \"hunter2", "credential = \"*******"),
        (
            "credential = \"env::Hunter2\"",
            "credential = \"************\"",
        ),
    ] {
        assert_eq!(shown(text), expected, "{text}");
        assert_eq!(shown(text).len(), text.len());
    }
}

#[test]
fn a_value_that_may_have_been_meant_for_another_key_is_not_shown() {
    for (text, expected) in [
        ("crdential = \"hunter2\"", "crdential = \"*******\""),
        (
            "headers = [[\"x-team\", \"hunter2\"]]",
            "headers = [[\"******\", \"*******\"]]",
        ),
        (
            "headers = [{ name = \"x-api-key\", value = \"hunter2\" }]",
            "headers = [{ name = \"*********\", value = \"*******\" }]",
        ),
        (
            "base_url = \"me:hunter2@host/v1\"",
            "base_url = \"******************\"",
        ),
        (
            "base_url = \"https://host/v1?subscription=hunter2\"",
            "base_url = \"************************************\"",
        ),
        (
            "base_url = \"htps://host/v1\"",
            "base_url = \"htps://host/v1\"",
        ),
        ("auth_type = \"hunter2\"", "auth_type = \"*******\""),
        (
            "auth_type = \"api-key-haeder\"",
            "auth_type = \"api-key-haeder\"",
        ),
        (
            "auth_header_name = \"x-api-key\"",
            "auth_header_name = \"x-api-key\"",
        ),
        (
            "[targets.a]\nprovider = \"P\"\nmodel = \"gpt 5\"",
            "[targets.a]\nprovider = \"P\"\nmodel = \"gpt 5\"",
        ),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn prompts_and_pointers_keep_what_only_has_a_telling_name() {
    let text = "[prompts.token]\nversion = 7\n";
    assert_eq!(redacted("pointers/qa.toml", text), text);
    assert_eq!(
        redacted("pointers/qa.toml", "# sk-12345678"),
        "# ***********"
    );
}

#[test]
fn each_secret_is_one_finding_at_its_key() {
    let at = |key: &str| Some(key.to_owned());
    let found =
        refused("credential = \"hunter2\"\nmodels = [\"a\", \"sk-12345678\"]\n# sk-87654321\n");
    let keys: Vec<_> = found.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(keys, [at("credential"), at("models.1"), None]);
    assert!(found[2].1.starts_with("line 3 "), "{found:?}");
}

#[test]
fn a_secret_in_the_name_of_a_key_is_not_part_of_the_place() {
    let found = refused("[headers]\n\"sk-12345678\" = 1\n");
    assert_eq!(found[0].0, Some("headers".to_owned()));
    assert!(!format!("{found:?}").contains("12345678"));
    let mut finding = Finding::error(
        Code::UNKNOWN_KEY,
        Place::key(FILE, ["sk-12345678"]),
        "unknown key `sk-12345678`",
    );
    hush(&mut finding);
    assert_eq!(finding.place, Place::file(FILE));
    assert_eq!(finding.message, "unknown key `***********`");
}

#[test]
fn a_large_file_of_nothing_but_suspicion_is_read_in_one_go() {
    for part in [
        "://",
        "sk-12345678 ",
        "bearer ",
        "a=://b?key=1&",
        "key = 1\n",
        "credential\n",
    ] {
        let text = part.repeat(100_000 / part.len());
        assert_eq!(shown(&text).len(), text.len());
        guarded(FILE, &text, None, Vec::new());
    }
}

proptest! {
    #[test]
    fn what_is_shown_is_as_long_as_what_is_there(
        text in "(credential|token|sk-12345678 |bearer |://|@|[?&]key=|env::K|\"\"\"|'''|[\"'=:#\\[\\]{}é日\n \t]|[a-z0-9]){0,40}",
    ) {
        prop_assert_eq!(shown(&text).len(), text.len());
        prop_assert_eq!(shown(&text).lines().count(), text.lines().count());
        let table = DeTable::parse(&text).ok();
        guarded(FILE, &text, table.as_ref().map(Spanned::get_ref), Vec::new());
    }
}
