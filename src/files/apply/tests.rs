use proptest::prelude::*;

use super::*;
use crate::files::PayloadTexts;
use crate::files::{Mode, SnapshotEntry, State};
use crate::model::ContentId;
use crate::model::EnvironmentKey;

const ENVCTL: &str = "\
# who answers
schema = 1
name = 'Support'   # shown in reports
branch = \"main\"

default_publish = \"staging\"
gateway_fallback = \"prod\" # handed over in March
order = [
    # where we try things
    \"staging\",
    \"qa\", # quality
    \"prod\",
]
";

fn snapshot(files: &[(&str, &str)]) -> Snapshot {
    let entry = |(path, text): &(&str, &str)| {
        let bytes: Arc<[u8]> = text.as_bytes().into();
        let content = ContentId::from_bytes([0; 20]);
        (
            (*path).to_owned(),
            SnapshotEntry {
                mode: Mode::File,
                content,
                size: bytes.len() as u64,
                bytes: Some(bytes),
            },
        )
    };
    Snapshot::of(files.iter().map(entry).collect())
}

fn edited(files: &[(&str, &str)], edits: &[Edit]) -> Snapshot {
    let before = snapshot(files);
    let changes = apply(&before, edits).unwrap();
    before.with(&changes, |_| ContentId::from_bytes([0; 20]))
}

fn point(resource: &str, to: Option<u32>) -> Edit {
    Edit::Point {
        environment: "prod".parse().unwrap(),
        resource: resource.parse().unwrap(),
        to: to.and_then(VersionNumber::new),
    }
}

fn slugs(slugs: &[&str]) -> Vec<EnvironmentSlug> {
    slugs.iter().map(|slug| slug.parse().unwrap()).collect()
}

#[test]
fn a_role_is_handed_over_without_touching_the_comment_behind_it() {
    let after = edited(
        &[(SETTINGS, ENVCTL)],
        &[Edit::Assign(
            EnvironmentRole::GatewayFallback,
            "qa".parse().unwrap(),
        )],
    );
    let expected = ENVCTL.replace(
        "gateway_fallback = \"prod\" # ",
        "gateway_fallback = \"qa\" # ",
    );
    assert_eq!(after.text(SETTINGS), Some(expected.as_str()));
}

#[test]
fn reordering_takes_the_comments_along_and_back() {
    let there = edited(
        &[(SETTINGS, ENVCTL)],
        &[Edit::Reorder(slugs(&["prod", "qa", "staging"]))],
    );
    let text = there.text(SETTINGS).unwrap();
    assert!(
        text.ends_with(
            "order = [\n    \"prod\",\n    \"qa\", # quality\n    # where we try things\n    \"staging\",\n]\n"
        ),
        "{text}"
    );
    let back = edited(
        &[(SETTINGS, text)],
        &[Edit::Reorder(slugs(&["staging", "qa", "prod"]))],
    );
    assert_eq!(back.text(SETTINGS), Some(ENVCTL));
}

#[test]
fn an_array_on_one_line_becomes_one_item_a_line() {
    let after = edited(
        &[(SETTINGS, "order = [\"a\", \"b\"] # x\n")],
        &[Edit::Reorder(slugs(&["b", "a"]))],
    );
    assert_eq!(
        after.text(SETTINGS),
        Some(
            "order = [\n  \"b\",\n  \"a\",\n  # One a line: branches that add one each can be merged.\n] # x\n"
        )
    );
}

#[test]
fn deleting_an_environment_takes_its_files_and_its_place_in_the_order() {
    let files = [
        (SETTINGS, ENVCTL),
        ("environments/qa.toml", "name = \"QA\"\n"),
        ("pointers/qa.toml", ""),
    ];
    let after = edited(&files, &[Edit::DeleteEnvironment("qa".parse().unwrap())]);
    assert_eq!(after.entries.keys().collect::<Vec<_>>(), [SETTINGS]);
    assert_eq!(
        after.text(SETTINGS),
        Some(ENVCTL.replace("    \"qa\", # quality\n", "").as_str())
    );
}

#[test]
fn a_value_keeps_its_quotes_and_a_new_key_its_place() {
    let files = [(
        "environments/prod.toml",
        "# live\r\nname = 'Production'\r\nproduction = true\r\n",
    )];
    let settings = [
        (EnvironmentKey::Name, "Live"),
        (EnvironmentKey::Color, "red"),
    ];
    let edit = EnvironmentEdit::parse(settings).unwrap();
    let after = edited(
        &files,
        &[Edit::EditEnvironment("prod".parse().unwrap(), edit)],
    );
    let expected = "# live\r\nname = 'Live'\r\ncolor = \"red\"\r\nproduction = true\r\n";
    assert_eq!(after.text("environments/prod.toml"), Some(expected));
}

#[test]
fn an_empty_description_takes_the_key_away() {
    let files = [(
        "environments/prod.toml",
        "name = \"P\"\ndescription = \"x\" # why\nproduction = true\n",
    )];
    let edit = EnvironmentEdit::parse([(EnvironmentKey::Description, "")]).unwrap();
    let after = edited(
        &files,
        &[Edit::EditEnvironment("prod".parse().unwrap(), edit)],
    );
    assert_eq!(
        after.text("environments/prod.toml"),
        Some("name = \"P\"\nproduction = true\n")
    );
}

#[test]
fn pointers_are_written_sorted_and_a_table_each() {
    let edits = [
        point("routing/b", Some(2)),
        point("prompts/z", Some(1)),
        point("prompts/a", Some(7)),
    ];
    let after = edited(&[], &edits);
    let expected =
        "[prompts.a]\nversion = 7\n\n[prompts.z]\nversion = 1\n\n[routing.b]\nrelease = 2\n";
    assert_eq!(after.text("pointers/prod.toml"), Some(expected));
}

#[test]
fn the_last_pointer_takes_the_file_with_it() {
    let after = edited(
        &[("pointers/prod.toml", "[prompts.a]\nversion = 7\n")],
        &[point("prompts/a", None)],
    );
    assert!(after.entries.is_empty());
}

#[test]
fn inline_tables_are_moved_but_not_removed() {
    let files = [("pointers/prod.toml", "prompts = { a = { version = 1 } }\n")];
    let moved = edited(&files, &[point("prompts/a", Some(2))]);
    assert_eq!(
        moved.text("pointers/prod.toml"),
        Some("prompts = { a = { version = 2 } }\n")
    );
    for edit in [point("prompts/a", None), point("prompts/b", Some(1))] {
        assert!(matches!(
            apply(&snapshot(&files), &[edit]),
            Err(EditError::Layout { .. })
        ));
    }
}

#[test]
fn an_edit_that_changes_nothing_changes_no_file() {
    let files = [("pointers/prod.toml", "[prompts.a]\nversion = 7\n")];
    assert_eq!(
        apply(&snapshot(&files), &[point("prompts/a", Some(7))]),
        Ok(Vec::new())
    );
}

/// Pointer files as people might leave them: comments anywhere, any line ending, with or without a final newline.
fn pointer_file() -> impl Strategy<Value = String> {
    let comment = prop_oneof![Just(""), Just("# note\n"), Just("# one\n# two\n")];
    let name = prop_oneof![Just("a"), Just("c"), Just("e"), Just("g")];
    let table = (
        comment,
        name,
        1..99u32,
        prop_oneof![Just(""), Just(" # why")],
    );
    (
        prop::collection::btree_map(0..8usize, table, 0..4),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(tables, crlf, cut)| {
            let mut names = std::collections::BTreeSet::new();
            let tables: Vec<_> = tables
                .into_values()
                .filter(|(_, name, ..)| names.insert(*name))
                .collect();
            let blocks = tables
                .iter()
                .map(|(c, name, n, tail)| format!("{c}[prompts.{name}]\nversion = {n}{tail}\n"));
            let text = blocks.collect::<Vec<_>>().join("\n");
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
        })
}

/// Edits of pointers that are there or not, sometimes of the settings too; pointers that go were there before.
fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let points = prop::collection::btree_map("[a-h]", 1..99u32, 0..4);
    (points, any::<bool>()).prop_map(|(points, assigns)| {
        let assign = assigns
            .then(|| Edit::Assign(EnvironmentRole::GatewayFallback, "staging".parse().unwrap()));
        let points = points
            .into_iter()
            .map(|(name, number)| point(&format!("prompts/{name}"), Some(number)));
        points.chain(assign).collect()
    })
}

proptest! {
    #[test]
    fn adding_a_pointer_and_removing_it_is_byte_identical(text in pointer_file(), name in "[a-h]") {
        let resource = format!("prompts/{name}");
        let before = snapshot(&[("pointers/prod.toml", &text)]);
        let state = State::in_memory(&before).unwrap();
        prop_assume!(state.project.live(&"prod".parse().unwrap(), &resource.parse().unwrap()).is_none());
        let there = edited(&[("pointers/prod.toml", &text)], &[point(&resource, Some(5))]);
        prop_assert_eq!(State::in_memory(&there).unwrap().findings, vec![]);
        let back = edited(&[("pointers/prod.toml", there.text("pointers/prod.toml").unwrap())], &[point(&resource, None)]);
        prop_assert_eq!(back.text("pointers/prod.toml").unwrap_or(""), text);
    }

    #[test]
    fn moving_a_pointer_and_moving_it_back_is_byte_identical(text in pointer_file()) {
        let state = State::in_memory(&snapshot(&[("pointers/prod.toml", &text)])).unwrap();
        for (resource, number) in state.project.live_in(&"prod".parse().unwrap()) {
            let there = edited(&[("pointers/prod.toml", &text)], &[point(&resource.to_string(), Some(1000))]);
            let moved = there.text("pointers/prod.toml").unwrap();
            let back = edited(&[("pointers/prod.toml", moved)], &[point(&resource.to_string(), Some(number.value()))]);
            prop_assert_eq!(back.text("pointers/prod.toml"), Some(text.as_str()));
        }
    }

    #[test]
    fn reading_only_what_changed_is_like_reading_all(text in pointer_file(), edits in edits(), broken in any::<bool>()) {
        let environment = if broken { "production = 1\n" } else { "production = true\n" };
        let files = [("envctl.toml", ENVCTL), ("environments/prod.toml", environment), ("pointers/prod.toml", &text)];
        let before = snapshot(&files);
        let changes = apply(&before, &edits).unwrap();
        let state = State::in_memory(&before).unwrap();
        let after = before.with(&changes, |_| ContentId::from_bytes([0; 20]));
        prop_assert_eq!(state.after(changes.iter().map(|change| change.path.as_str()), &after, &PayloadTexts::of(&after)).unwrap(), State::in_memory(&after).unwrap());
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in any::<String>()) {
        for path in [SETTINGS, "environments/prod.toml", "pointers/prod.toml", "pending/prod.toml"] {
            let state = State::in_memory(&snapshot(&[(path, &text)])).unwrap();
            let outline = crate::files::Outline::of(&text);
            for finding in &state.findings {
                outline.locate(&finding.place.spot);
            }
        }
    }
}
