//! What somebody does and takes back at once leaves the project as it was.

use std::collections::BTreeSet;

use envctl::files::OwnedPath;
use envctl::model::CommitId;
use envctl::ops::{Rehearsal, WriteError, Written, commit_to_undo, undo};
use envctl::plan::{PlanError, UndoError};
use proptest::prelude::*;

use crate::cases::cases;
use crate::project::{World, time};
use crate::properties::{Step, steps};
use crate::sandbox::alice;

/// What git lists in `commit`, without versions.
fn listed(world: &World, commit: CommitId) -> Vec<String> {
    let listed = world.sandbox.git(&["ls-tree", "-r", &commit.to_string()]);
    let kept = |line: &&str| !OwnedPath::is_of_version(line.rsplit('\t').next().unwrap());
    listed.lines().filter(kept).map(str::to_owned).collect()
}

fn taken_back(world: &World, commit: CommitId) -> Result<Written, WriteError> {
    let name = commit.to_string();
    let undone = commit_to_undo(&world.session, &alice(), Some(&name))?;
    world.write_by(&alice(), time(), |basis| {
        undo(&world.session, basis, &undone, None)
    })
}

/// Returns the codes of what the judge finds wrong with an undo, each once.
fn codes(refused: &Rehearsal) -> BTreeSet<&str> {
    let introduced = refused.report.introduced.iter();
    introduced.map(|finding| finding.code.as_str()).collect()
}

/// Takes back what landed, and takes that back, as often as `again` says.
fn run(steps: &[(Step, bool)]) {
    let world = World::of("support");
    for (step, again) in steps {
        let before = world.session.tip().unwrap();
        let written = world.write_by(&alice(), time(), |basis| Ok(step.plan(basis)?));
        let Ok(Written::Landed { commit, .. }) = written else {
            continue;
        };
        let landed = match taken_back(&world, commit) {
            Ok(Written::Landed { commit, .. }) => commit,
            Err(WriteError::Plan(PlanError::Undo(UndoError::OnlyVersions { .. }))) => {
                assert_eq!(listed(&world, before), listed(&world, commit), "{step:?}");
                continue;
            }
            // What takes a rollback or a removal back is judged as a move forward, and its source may have moved on.
            Err(WriteError::Refused(refused)) => {
                assert_eq!(
                    codes(&refused),
                    BTreeSet::from(["required-source"]),
                    "{step:?}"
                );
                assert_eq!(world.session.tip().unwrap(), commit, "{step:?}");
                continue;
            }
            other => panic!("{step:?}: {other:#?}"),
        };
        assert_eq!(listed(&world, before), listed(&world, landed), "{step:?}");
        if *again {
            match taken_back(&world, landed) {
                Ok(Written::Landed { commit: redone, .. }) => {
                    assert_eq!(listed(&world, commit), listed(&world, redone), "{step:?}");
                }
                Err(WriteError::Refused(refused)) => {
                    assert_eq!(
                        codes(&refused),
                        BTreeSet::from(["required-source"]),
                        "{step:?}"
                    );
                    assert_eq!(world.session.tip().unwrap(), landed, "{step:?}");
                }
                other => panic!("{step:?}: {other:#?}"),
            }
        }
    }
    assert_eq!(world.sandbox.status(), "");
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn what_is_done_and_taken_back_leaves_everything_but_versions_as_it_was(
        steps in steps(), again in prop::collection::vec(any::<bool>(), 12),
    ) {
        let steps: Vec<(Step, bool)> = steps.into_iter().zip(again).collect();
        run(&steps);
    }
}
