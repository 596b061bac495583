//! What git tells a hook on stdin, or somebody who pretends to be git.

use envctl::ops::Update;
use envctl::store::ProjectFolder;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::mutation::mutated;
use crate::cases::cases;
use crate::project::World;

const WORDS: &[&str] = &[
    " ",
    "  ",
    "\n",
    "\t",
    "\0",
    "refs/heads/main",
    "refs/heads/",
    "refs/tags/v1",
    "HEAD",
    "../",
    "-",
    "--upload-pack=x",
    "\u{1b}",
    "0000000000000000000000000000000000000000",
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "A",
    "g",
];

#[test]
fn a_line_is_read_as_it_is_or_not_at_all() {
    let world = World::of("support");
    let store = &world.session.store;
    let tip = world.session.tip().unwrap();
    let tree = world.sandbox.git(&["rev-parse", "HEAD^{tree}"]);
    let zero = "0".repeat(40);
    let right = [
        format!("{zero} {tip} refs/heads/main"),
        format!("{tip} {zero} refs/heads/main"),
        format!("{tip} {tip} refs/heads/feature/x"),
        format!("{tip} {tree} refs/heads/main"),
        format!("{zero} {tip} refs/tags/v1"),
    ];
    let mut runner = TestRunner::new(cases(1500));
    let run = runner.run(
        &mutated(right.map(String::into_bytes).to_vec(), WORDS),
        |line| {
            let line = String::from_utf8_lossy(&line.0).into_owned();
            let Ok(update) = line.parse::<Update>() else {
                return Ok(());
            };
            let name = |commit: Option<envctl::model::CommitId>| {
                commit.map_or_else(|| zero.clone(), |commit| commit.to_string())
            };
            prop_assert_eq!(
                format!(
                    "{} {} {}",
                    name(update.old),
                    name(update.new),
                    update.reference
                ),
                line
            );
            // Whatever it names, the answer is an answer or an error.
            let Ok(received) = update.received(store) else {
                return Ok(());
            };
            if let Ok(Some(branch)) = received.live_branch(store, &ProjectFolder::root()) {
                prop_assert_eq!(branch.as_str(), "main", "no other branch is live");
            }
            if let Ok(Ok(range)) = received.range(store) {
                prop_assert_eq!(Some(range.head), received.new);
            }
            Ok(())
        },
    );
    run.unwrap_or_else(|failure| panic!("{failure}"));
}
