use super::*;
use crate::model::{Pointers, VersionNumber};
use crate::policy::changed_alone;

fn project(live: u32) -> Project {
    let pointers: Pointers = VersionNumber::new(live)
        .map(|live| ("prompts/a".parse().unwrap(), live))
        .into_iter()
        .collect();
    Project {
        exists: true,
        pointers: [("prod".parse().unwrap(), pointers.into())].into(),
        ..Project::default()
    }
}

fn entry() -> Entry {
    Entry::Pointer("prod".parse().unwrap(), "prompts/a".parse().unwrap())
}

fn set() -> BTreeMap<Entry, Origin> {
    let commit = CommitId::from_bytes([1; 20]);
    [(
        entry(),
        Origin {
            commit,
            committer: None,
            statement: Default::default(),
            author: None,
            at: Timestamp::UNIX_EPOCH,
            kind: Some(MoveKind::Direct),
            before: None,
            request: None,
        },
    )]
    .into()
}

#[test]
fn what_a_side_set_is_that_sides() {
    let (side, set) = (project(2), set());
    let origins = Origins::of(
        &project(1),
        &project(2),
        &[Side {
            project: &side,
            set: &set,
            bases: vec![&project(1)],
        }],
    );
    assert!(origins.get(&entry()).is_some() && origins.unexplained.is_empty());
}

#[test]
fn what_no_side_says_is_nobodys() {
    let (side, set) = (project(2), set());
    let origins = Origins::of(
        &project(1),
        &project(3),
        &[Side {
            project: &side,
            set: &set,
            bases: vec![&project(1)],
        }],
    );
    assert_eq!(
        (origins.get(&entry()), &origins.unexplained),
        (None, &vec![entry()])
    );
}

/// The side is as old as it was when it parted: to take its value is to undo what the first parent did.
#[test]
fn what_a_side_only_kept_is_the_merges_own() {
    let side = project(1);
    let none = BTreeMap::new();
    let origins = Origins::of(
        &project(2),
        &project(1),
        &[Side {
            project: &side,
            set: &none,
            bases: vec![&project(1)],
        }],
    );
    assert!(origins.is_empty());
}

/// Both sides changed it, and the merge decided for one of them.
#[test]
fn what_both_sides_changed_is_the_merges_own() {
    let (side, set) = (project(2), set());
    let origins = Origins::of(
        &project(1),
        &project(2),
        &[Side {
            project: &side,
            set: &set,
            bases: vec![&project(3)],
        }],
    );
    assert!(origins.is_empty());
}

#[test]
fn a_side_changed_alone_what_no_base_says_and_the_first_parent_kept() {
    for (first, side, bases, alone) in [
        (0, 1, &[0][..], true),
        (0, 1, &[1], false),
        (2, 1, &[0], false),
        (0, 1, &[0, 2], true),
        (0, 1, &[0, 1], false),
        (0, 1, &[], false),
    ] {
        assert_eq!(changed_alone(&first, &side, bases), alone, "{bases:?}");
    }
}
