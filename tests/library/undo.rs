use envctl::files::{EnvironmentEdit, Snapshot, State, apply};
use envctl::model::{Environment, EnvironmentKey};
use envctl::plan::edit_environment;
use envctl::store::Store;
use proptest::prelude::*;

use crate::cases::cases;
use crate::fixtures::{Files, project, snapshot};
use crate::project::{environment_edit, slug};

const FILE: &str = "environments/qa.toml";

/// The file of an environment as people might leave it: comments anywhere, either quote, any line ending.
fn file() -> impl Strategy<Value = String> {
    let comment =
        || prop_oneof![3 => Just(""), 1 => Just("# note\n"), 1 => Just("\n# one\n# two\n")];
    let tail = || prop_oneof![Just(""), Just(" # why"), Just("   ")];
    // White space around a name is not part of it, so no text begins with any.
    let text = || {
        prop_oneof![
            "'([A-Zß#][A-Za-zß #]{0,4})?[a-z]'",
            "\"([A-Zß#'][A-Za-zß #']{0,4})?(\\\\\\\\|\\\\\")[a-z]\""
        ]
    };
    let is = || prop_oneof![Just(" = "), Just("="), Just("\t= ")];
    let line = |key: &'static str, value: BoxedStrategy<String>| {
        (comment(), is(), value, tail())
            .prop_map(move |(above, is, value, tail)| format!("{above}{key}{is}{value}{tail}\n"))
    };
    let colors = prop_oneof![Just("'red'"), Just("\"#0a1b2c\"")].prop_map(str::to_owned);
    let policy = prop_oneof![
        Just(""),
        Just("# who goes first\n[policy]\nrequired_source = \"staging\" # always\n"),
        Just("policy.required_source = 'staging'\n"),
    ];
    let lines = (
        line("name", text().boxed()),
        prop::option::of(line("description", text().boxed())),
        line("color", colors.boxed()),
        line(
            "production",
            any::<bool>().prop_map(|value| value.to_string()).boxed(),
        ),
        policy,
    );
    (lines, any::<bool>(), any::<bool>()).prop_map(
        |((name, description, color, production, policy), crlf, cut)| {
            let text = [
                &name,
                &description.unwrap_or_default(),
                &color,
                &production,
                policy,
            ]
            .concat();
            let text = if cut {
                text.trim_end().to_owned()
            } else {
                text
            };
            if crlf {
                text.replace('\n', "\r\n")
            } else {
                text
            }
        },
    )
}

fn edit() -> impl Strategy<Value = EnvironmentEdit> {
    // An apostrophe would not fit between single quotes, and which quotes stood there before is nowhere noted.
    let name = prop::option::of("([A-Z][A-Za-zß\"\\\\ ]{0,4})?[a-z]");
    let description = prop::option::of("[A-Za-zß\"\\\\ ]{1,6}");
    // A colour that goes takes its quotes along, so it is only replaced here.
    let color = prop::option::of(prop_oneof![
        Just("blue".to_owned()),
        Just("#ffffff".to_owned())
    ]);
    let production = prop::option::of(any::<bool>().prop_map(|on| on.to_string()));
    (name, description, color, production).prop_map(environment_edit)
}

/// The edit that brings every key that `edit` sets back to what `environment` says.
fn opposite(edit: &EnvironmentEdit, environment: &Environment) -> EnvironmentEdit {
    edit.iter()
        .map(|(key, _)| (key, key.of(environment)))
        .collect()
}

fn edited(before: &Snapshot, edit: &EnvironmentEdit) -> Snapshot {
    let project = State::in_memory(before).unwrap().project;
    let plan = edit_environment(&project, &slug("qa"), edit, &[], None).unwrap();
    before.with(&apply(before, &plan.edits).unwrap(), Store::content_id)
}

fn with(text: &str) -> Snapshot {
    let mut files: Files = project("support");
    files.insert(FILE.to_owned(), text.as_bytes().into());
    snapshot(&files)
}

#[test]
fn a_description_comes_and_goes_in_a_file_without_a_final_newline() {
    let before = with("name = 'Quality'");
    let edit = EnvironmentEdit::parse([(EnvironmentKey::Description, "Trials")]).unwrap();
    let there = edited(&before, &edit);
    assert_eq!(
        there.text(FILE),
        Some("name = 'Quality'\ndescription = \"Trials\"")
    );
    let back = EnvironmentEdit::parse([(EnvironmentKey::Description, "")]).unwrap();
    assert_eq!(edited(&there, &back).text(FILE), before.text(FILE));
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn an_edit_and_its_opposite_give_the_same_bytes(text in file(), edit in edit()) {
        let before = with(&text);
        let state = State::in_memory(&before).unwrap();
        prop_assert_eq!(&state.findings, &vec![]);
        let environment = &state.project.environments[&slug("qa")];
        // Comments behind a description go with it, so only one that is not there yet, or that stays, can be undone.
        prop_assume!(edit.iter().all(|(_, value)| value.is_some()));
        let there = edited(&before, &edit);
        prop_assert_eq!(State::in_memory(&there).unwrap().findings, vec![]);
        let back = edited(&there, &opposite(&edit, environment));
        prop_assert_eq!(back.text(FILE), Some(text.as_str()));
    }
}
