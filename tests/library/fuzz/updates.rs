//! What git tells a hook on stdin, or somebody who pretends to be git.

use envctl::ops::{Push, PushDestination, Update, judge_push};
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
    let (tip, now) = (world.session.tip().unwrap(), world.session.now);
    let store = std::cell::RefCell::new(world.session.store);
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
            let Ok(received) = update.received(&store.borrow()) else {
                return Ok(());
            };
            let push = Push {
                updates: vec![received],
                destination: PushDestination::Here,
                project: None,
                allowed: Vec::new(),
            };
            if let Ok(judged) = judge_push(&mut store.borrow_mut(), &push, now) {
                for pushed in judged {
                    prop_assert_eq!(
                        pushed.reference,
                        "refs/heads/main",
                        "no other branch is live"
                    );
                }
            }
            Ok(())
        },
    );
    run.unwrap_or_else(|failure| panic!("{failure}"));
}
