//! Keys that were typed into a configuration: refused, and repeated nowhere.

use crate::world::{World, codes};

const SECRET: &str = "sk-proj-V3ryS3cret";
/// Nothing about it says that it is a secret but where it stands.
const PLAIN: &str = "hunter2";

const PROVIDER: &str = "base_url = \"https://api.openai.com/v1\"\nmodels = [\"gpt-5\"]\n";

/// Ways to put a secret into a provider's activation, with the codes that it is refused with.
fn payloads() -> Vec<(String, Vec<&'static str>)> {
    let literal = || vec!["literal-secret"];
    let with = |text: &str| format!("{PROVIDER}{text}\n");
    vec![
        (with(&format!("credential = \"{PLAIN}\"")), literal()),
        (
            with(&format!("credential = \"{SECRET}\" # ours")),
            literal(),
        ),
        (with(&format!("credential = \"env::{SECRET}\"")), literal()),
        (
            with(&format!("credential = \"\"\"\n{PLAIN}\n\"\"\"")),
            literal(),
        ),
        (
            with(&format!("credential = [\"{PLAIN}\"]")),
            vec!["wrong-type", "literal-secret"],
        ),
        (
            with(&format!("credential = {{ value = \"{PLAIN}\" }}")),
            vec!["wrong-type", "literal-secret"],
        ),
        (with(&format!("api_key = \"{PLAIN}\"")), literal()),
        (
            with(&format!(
                "headers = {{ Authorization = \"Bearer {PLAIN}\" }}"
            )),
            vec!["unknown-key", "literal-secret"],
        ),
        (
            with(&format!("[headers]\nx = \"Bearer {PLAIN}\"")),
            vec!["unknown-key", "literal-secret"],
        ),
        (
            with(&format!("[headers]\n\"{SECRET}\" = 1")),
            vec!["literal-secret", "unknown-key"],
        ),
        (with(&format!("\"{SECRET}\" = 1")), literal()),
        (with(&format!("# the old one: {SECRET}")), literal()),
        (
            with(&format!(
                "auth_type = \"{SECRET}\"\ncredential = \"env::K\""
            )),
            literal(),
        ),
        (
            with(&format!(
                "credential = \"env::K\"\nauth_type = \"api_key_header\"\nauth_header_name = \"x-key: {PLAIN}\""
            )),
            literal(),
        ),
        (
            PROVIDER.replace("https://", &format!("https://me:{PLAIN}@")),
            literal(),
        ),
        (
            PROVIDER.replace("/v1", &format!("/v1?api_key={PLAIN}")),
            literal(),
        ),
        (PROVIDER.replace("gpt-5", SECRET), literal()),
        (
            with(&format!("credential = \"{PLAIN}")),
            vec!["toml-syntax"],
        ),
        (with(&format!("credential = {PLAIN}")), vec!["toml-syntax"]),
        (
            with(&format!("credential: \"{PLAIN}\"")),
            vec!["toml-syntax"],
        ),
        (
            with(&format!("credential = \"{SECRET}")),
            vec!["toml-syntax", "literal-secret"],
        ),
        (
            with(&format!(
                "credential = \"env::K\"\ncredential = \"{PLAIN}\""
            )),
            vec!["toml-syntax"],
        ),
        (
            with(&format!("timeout_ms = {SECRET}")),
            vec!["toml-syntax", "literal-secret"],
        ),
    ]
}

#[test]
fn no_secret_is_ever_repeated() {
    let world = World::new();
    for (payload, mut expected) in payloads() {
        world.write("openai.toml", &payload);
        let publish = [
            "publish",
            "providers/openai",
            "openai.toml",
            "--to",
            "staging",
        ];
        let terminal = world.refused(4, &publish);
        let program = world.run(&[&publish[..], &["--json"]].concat());
        for (text, medium) in [(&terminal, "terminal"), (&program, "--json")] {
            let said = format!("{}{}", text.stdout, text.stderr);
            for secret in [SECRET, &SECRET[8..], PLAIN] {
                assert!(!said.contains(secret), "{medium}: {said}");
            }
        }
        let answer = program.json(4);
        let mut found = codes(&answer);
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{payload}");
    }
    assert_eq!(world.git(&["rev-list", "--count", "HEAD"]), "1");
}

#[test]
fn the_line_of_a_secret_is_shown_without_it() {
    let world = World::new();
    world.write(
        "openai.toml",
        format!("{PROVIDER}credential = \"{PLAIN}\" # ours\n"),
    );
    let run = world.refused(
        4,
        &[
            "publish",
            "providers/openai",
            "openai.toml",
            "--to",
            "staging",
        ],
    );
    run.says(&[
        "error[literal-secret]: `credential` is not a reference of the form env::NAME",
        "providers/openai/1.toml:3:14",
        "3 | credential = \"*******\" # ours",
        "credential = \"env::NAME\"",
    ]);
}

#[test]
fn a_secret_that_somebody_committed_is_found_and_not_repeated() {
    let world = World::new();
    world.write(
        "routing/a/1.toml",
        format!("endpoint = \"{SECRET}\"\ntoken = \"{PLAIN}\"\n"),
    );
    world.commit_all("by hand");
    for arguments in [&["check"][..], &["check", "--json"]] {
        let run = world.run(arguments);
        assert_eq!(run.exit, 11, "{run:?}");
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(
            said.contains("literal-secret") && !said.contains(SECRET) && !said.contains(PLAIN),
            "{said}"
        );
    }
}
