//! Lines that a merge replaces: a merge that takes what is live in as a later parent makes another line the live one.

use envctl::model::CommitId;
use envctl::ops::{Pin, ReadError};

use jiff::SignedDuration;

use super::{PROD, STAGING, forge, messages};
use crate::forge::{Forge, Op, Step, by, codes, put, swap};
use crate::project::time;

const NOTES: &str = "notes.md";
const DAY: i64 = 24 * 60;

fn last(commits: &[CommitId]) -> CommitId {
    *commits.last().unwrap()
}

fn note(author: &'static str, text: &str) -> Step {
    by(author, vec![put(NOTES, text)])
}

fn stage() -> Op {
    swap(
        STAGING,
        "version = 2\n\n[routing",
        "version = 1\n\n[routing",
    )
}

fn refused(forge: &Forge, base: CommitId, head: CommitId, pin: Pin) -> bool {
    matches!(
        forge.check(base, head, pin),
        Err(ReadError::OffTheLine { .. })
    )
}

/// `git pull` and `git push`, where neither side has done anything to the project.
#[test]
fn a_pull_is_no_other_line_where_nobody_touched_the_project() {
    let forge = forge();
    let live = last(&forge.branch(forge.base, &[note("dora", "live\n")]));
    let side = forge.branch(forge.base, &[by("vic", vec![put("code.rs", "x\n")])]);
    let both = [put(NOTES, "live\n"), put("code.rs", "x\n")];
    let pulled = forge.merge("vic", &[last(&side), live], &forge.files_after(&both));
    for pin in [Pin::Line, Pin::Received] {
        let report = forge.check(live, pulled, pin).unwrap();
        assert!(report.findings.is_empty(), "{:#?}", messages(&report));
    }
    // What follows is judged as on any line.
    let bad = last(&forge.branch(pulled, &[by("mallory", vec![stage()])]));
    let report = forge.check(live, bad, Pin::Received).unwrap();
    assert_eq!(codes(&report, bad), ["permission"]);
    // A date counts also where it is new to the line only.
    let ahead = note("vic", "ahead\n").minutes_ago(-DAY);
    let ahead = last(&forge.branch(forge.base, &[ahead]));
    let other = last(&forge.branch(forge.base, &[by("dora", vec![put("code.rs", "y\n")])]));
    let files = forge.files_after(&[put(NOTES, "ahead\n"), put("code.rs", "y\n")]);
    let pulled = forge.merge("vic", &[ahead, other], &files);
    let report = forge.check(other, pulled, Pin::Line).unwrap();
    assert_eq!(codes(&report, ahead), ["future-date"]);
}

#[test]
fn a_pull_replaces_the_live_line_where_either_side_touched_the_project() {
    let forge = forge();
    let touch = |ops| vec![by("dora", ops)];
    let undone = vec![
        by("dora", vec![stage()]),
        by(
            "dora",
            vec![swap(
                STAGING,
                "version = 1\n\n[routing",
                "version = 2\n\n[routing",
            )],
        ),
    ];
    for (name, live, side) in [
        ("live", touch(vec![stage()]), vec![note("vic", "side\n")]),
        (
            "the side",
            vec![note("vic", "live\n")],
            touch(vec![stage()]),
        ),
        (
            "the side, and undid it",
            vec![note("vic", "live\n")],
            undone,
        ),
    ] {
        let ops: Vec<Op> = [&live, &side]
            .into_iter()
            .flatten()
            .flat_map(|step| step.ops.clone())
            .collect();
        let (live, side) = (
            last(&forge.branch(forge.base, &live)),
            last(&forge.branch(forge.base, &side)),
        );
        let merge = forge.merge("ana", &[side, live], &forge.files_after(&ops));
        for pin in [Pin::Line, Pin::Received] {
            assert!(refused(&forge, live, merge, pin), "{name}");
        }
    }
}

/// Weeks ago somebody staged a version on a branch, which was merged only now; who goes on from that branch and takes what is live
/// in would have it live since then. Neither side has touched the project since they parted, and the two lines parted long before.
#[test]
fn a_pull_onto_a_branch_that_was_merged_is_another_line() {
    let forge = forge();
    let old = by("dora", vec![stage()]).minutes_ago(21 * DAY);
    let branch = last(&forge.branch(forge.base, &[old]));
    let files = forge.files_after(&[stage()]);
    let merged = forge.merge("ana", &[forge.base, branch], &files);
    let forge = {
        let mut forge = forge;
        forge.files_are(files);
        forge
    };
    let onto = last(&forge.branch(branch, &[note("dora", "on the branch\n")]));
    let both = forge.files_after(&[put(NOTES, "on the branch\n")]);
    let swapped = forge.merge("dora", &[onto, merged], &both);
    for pin in [Pin::Line, Pin::Received] {
        assert!(refused(&forge, merged, swapped, pin));
    }
}

/// Finding S7's repair: a merge that goes on from what was displaced, with the present state, by somebody who manages the project.
#[test]
fn a_displaced_line_is_put_back_by_a_merge_of_an_owner() {
    let forge = forge();
    let displaced = last(&forge.branch(forge.base, &[by("dora", vec![stage()])]));
    let side = last(&forge.branch(forge.base, &[note("vic", "side\n")]));
    let both = forge.files_after(&[stage(), put(NOTES, "side\n")]);
    let swapped = forge.merge("vic", &[side, displaced], &both);
    let mut forge = forge;
    forge.files_are(both.clone());
    let later = last(&forge.branch(
        swapped,
        &[by("dora", vec![put("prompts/new/1.md", "Hi\n")])],
    ));
    let there = forge.files_after(&[put("prompts/new/1.md", "Hi\n")]);
    for (author, expected) in [("ana", &[][..]), ("dora", &["permission"])] {
        let repair = forge.merge(author, &[displaced, later], &there);
        for base in [swapped, later] {
            for pin in [Pin::Line, Pin::Received] {
                let report = forge.check(base, repair, pin).unwrap();
                assert_eq!(
                    codes(&report, repair),
                    expected,
                    "{author}: {:#?}",
                    messages(&report)
                );
            }
        }
    }
    // It takes the present state and nothing else, and goes on from what a merge had displaced.
    let other = forge.files_after(&[put("prompts/new/1.md", "Hi\n"), put(NOTES, "other\n")]);
    let changed = forge.merge("ana", &[displaced, later], &other);
    let elsewhere = forge.merge("ana", &[forge.base, later], &there);
    for head in [changed, elsewhere] {
        assert!(refused(&forge, later, head, Pin::Received), "{head}");
    }
    // What was made before and after it is judged like anything else.
    let bad = by("mallory", vec![swap(PROD, "version = 3", "version = 2")]);
    let repair = forge.merge("ana", &[displaced, later], &there);
    let after = last(&forge.branch(repair, &[bad]));
    let report = forge.check(swapped, after, Pin::Line).unwrap();
    assert!(codes(&report, after).contains(&"permission"));
    assert_eq!(report.judged, 3, "a version, the repair, a move");
}

/// After the repair the line is the one that was live, so what it brought back is live since then.
#[test]
fn what_a_repair_brings_back_is_live_since_the_repair() {
    let forge = forge();
    let displaced = last(&forge.branch(forge.base, &[note("vic", "live\n")]));
    let newer = || {
        vec![
            put("prompts/tone/3.txt", "Be exact.\n"),
            swap(
                STAGING,
                "version = 2\n\n[routing",
                "version = 3\n\n[routing",
            ),
        ]
    };
    let old = by("dora", newer()).minutes_ago(30);
    let side = last(&forge.branch(forge.base, &[old]));
    let both = forge.files_after(&[newer(), vec![put(NOTES, "live\n")]].concat());
    let swapped = forge.merge("dora", &[side, displaced], &both);
    assert!(refused(&forge, displaced, swapped, Pin::Received));
    let repair = forge.merge("ana", &[displaced, swapped], &both);
    let mut forge = forge;
    forge.files_are(both);
    let promote = by(
        "dora",
        vec![swap(
            PROD,
            "version = 1\n\n[routing",
            "version = 3\n\n[routing",
        )],
    )
    .minutes_ago(15 - DAY);
    let then = time().checked_add(SignedDuration::from_hours(24)).unwrap();
    for (from, expected) in [(swapped, &[][..]), (repair, &["min-dwell"])] {
        let head = last(&forge.branch(from, std::slice::from_ref(&promote)));
        let report = forge.check_at(swapped, head, Pin::Line, then).unwrap();
        assert_eq!(codes(&report, head), expected, "{:#?}", messages(&report));
    }
}
