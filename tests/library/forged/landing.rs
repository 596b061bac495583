//! Pull requests that are one thing or another depending on how a forge lands them.

use envctl::model::CommitId;
use envctl::ops::{LandingWay, Pin, RangeReport, ReadError};

use super::{ACCESS, ASKED, PROD, QA, STAGING, WAITING, approve, forge, messages};
use crate::forge::{Forge, Op, Step, by, codes, gone, put, swap};

const DAY: i64 = 24 * 60;
const REVIEWED: &str = "name = \"Quality\"\n\n[policy]\nrequires_approval = true\n";

fn last(commits: &[CommitId]) -> CommitId {
    *commits.last().unwrap()
}

/// What is found in a commit if the way is not known, and for each way in turn: merge, squash, rebase, fast-forward.
type Expected = [&'static [&'static str]; 5];

const NONE: &[&str] = &[];

fn pins() -> [Pin; 5] {
    let [merge, squash, rebase, forward] = LandingWay::ALL.map(Pin::Landing);
    [Pin::Base, merge, squash, rebase, forward]
}

fn judge(forge: &Forge, name: &str, head: CommitId, at: CommitId, expected: Expected) {
    for (pin, expected) in pins().into_iter().zip(expected) {
        let report = forge.check(forge.base, head, pin).unwrap();
        assert_eq!(
            codes(&report, at),
            expected,
            "{name}, {pin:?}: {:#?}",
            messages(&report)
        );
        let elsewhere = report.findings.iter().filter(|found| found.commit != at);
        assert_eq!(
            elsewhere
                .flat_map(|found| codes(&report, found.commit))
                .next(),
            None,
            "{name}, {pin:?}: {:#?}",
            messages(&report)
        );
    }
}

fn warnings(report: &RangeReport) -> Vec<&str> {
    let findings = report.findings.iter().flat_map(|found| &found.findings);
    findings
        .filter(|finding| finding.code.as_str() == "landing")
        .map(|finding| finding.message.as_str())
        .collect()
}

/// A repository whose qa is approved by anybody who may, without a request that waits.
fn reviewed() -> Forge {
    let mut forge = forge();
    forge.honest(&[
        by("dora", vec![gone(WAITING)]).minutes_ago(20),
        by("adam", vec![put("environments/qa.toml", REVIEWED)]).minutes_ago(10),
    ]);
    forge
}

fn tone(path: &'static str, from: &'static str, to: &'static str) -> Op {
    swap(path, from, to)
}

const ONE: &str = "version = 1\n\n[routing";
const TWO: &str = "version = 2\n\n[routing";

#[test]
fn a_request_and_its_approval_survive_all_but_a_squash() {
    let forge = reviewed();
    let steps = [by("dora", vec![put(WAITING, ASKED)]), by("rita", approve())];
    let head = last(&forge.branch(forge.base, &steps));
    let expected = [&["approval"], NONE, &["approval"], NONE, NONE];
    judge(&forge, "asked and approved", head, head, expected);
    let report = forge.check(forge.base, head, Pin::Base).unwrap();
    let help = report.findings[0].findings[0].help.as_deref().unwrap();
    assert!(
        help.starts_with(
            "this applies if it lands by a squash; land it by a merge commit: envctl check --pin-policy --landing merge"
        ),
        "{help}"
    );
}

/// Two pull requests: the request is live by then.
#[test]
fn an_approval_of_what_waits_survives_every_landing() {
    let forge = forge();
    let head = last(&forge.branch(forge.base, &[by("rita", approve())]));
    judge(&forge, "approved", head, head, [NONE; 5]);
    // Whoever asked approves nothing, in no way.
    let head = last(&forge.branch(forge.base, &[by("dora", approve())]));
    judge(
        &forge,
        "by who asked",
        head,
        head,
        [&["separation-of-duties"]; 5],
    );
}

/// All in all nothing moves, and each commit would be live for a moment: long enough for a "was live here".
#[test]
fn moves_that_cancel_out_are_found_where_each_commit_becomes_live() {
    let forge = forge();
    let steps = [
        by("dora", vec![tone(PROD, ONE, TWO)]),
        by("dora", vec![tone(PROD, TWO, ONE)]),
    ];
    let commits = forge.branch(forge.base, &steps);
    for (pin, live) in pins().into_iter().zip([true, false, false, true, true]) {
        let report = forge.check(forge.base, last(&commits), pin).unwrap();
        let expected: [&[&str]; 2] = match live {
            true => [&["min-dwell"], &["no-rollback"]],
            false => [NONE, NONE],
        };
        assert_eq!(
            [codes(&report, commits[0]), codes(&report, commits[1])],
            expected,
            "{pin:?}: {:#?}",
            messages(&report)
        );
    }
}

/// Staged weeks ago by the dates of the branch, which nobody has seen until now.
#[test]
fn a_dwell_that_exists_only_on_the_branch_counts_in_no_way() {
    let forge = forge();
    let newer = vec![
        put("prompts/tone/3.txt", "Be exact.\n"),
        tone(STAGING, TWO, "version = 3\n\n[routing"),
    ];
    let steps = [
        by("dora", newer).minutes_ago(0),
        by("dora", vec![tone(PROD, ONE, "version = 3\n\n[routing")]).minutes_ago(-2 * DAY),
    ];
    let commits = forge.branch(forge.base, &steps);
    let later = crate::project::time()
        .checked_add(jiff::SignedDuration::from_hours(48))
        .unwrap();
    for pin in pins() {
        let report = forge
            .check_at(forge.base, last(&commits), pin, later)
            .unwrap();
        let found = codes(&report, last(&commits));
        assert!(
            found.contains(&"min-dwell") || found.contains(&"required-source"),
            "{pin:?}: {:#?}",
            messages(&report)
        );
    }
    // On the live line each of the two was allowed when it was made.
    let line = forge
        .check_at(forge.base, last(&commits), Pin::Line, later)
        .unwrap();
    assert!(line.findings.is_empty(), "{:#?}", messages(&line));
}

/// Finding S7: a merge with swapped parents, from which somebody goes on. Landed by a fast-forward, its line would be the live one.
#[test]
fn a_branch_that_takes_in_what_is_live_lands_by_all_but_a_fast_forward() {
    let mut forge = forge();
    let fork = forge.base;
    let staged = vec![
        put("prompts/tone/3.txt", "Be exact.\n"),
        tone(STAGING, TWO, "version = 3\n\n[routing"),
    ];
    let side = last(&forge.branch(fork, &[by("dora", staged.clone()).minutes_ago(20)]));
    forge.honest(&[by("dora", vec![put("prompts/new/1.md", "Hi\n")]).minutes_ago(15)]);
    let updated = forge.merge("dora", &[side, forge.base], &forge.files_after(&staged));
    let report = forge.check(forge.base, updated, Pin::Base).unwrap();
    assert!(
        codes(&report, updated).is_empty(),
        "{:#?}",
        messages(&report)
    );
    let [warning] = warnings(&report)[..] else {
        panic!("{:#?}", messages(&report));
    };
    assert!(
        warning.contains("it would replace the live line"),
        "{warning}"
    );
    for way in [LandingWay::Merge, LandingWay::Squash, LandingWay::Rebase] {
        let report = forge.check(forge.base, updated, Pin::Landing(way)).unwrap();
        assert!(
            report.findings.is_empty(),
            "{way:?}: {:#?}",
            messages(&report)
        );
    }
    let forward = Pin::Landing(LandingWay::FastForward);
    for pin in [forward, Pin::Line, Pin::Received] {
        let refused = forge.check(forge.base, updated, pin);
        assert!(
            matches!(refused, Err(ReadError::OffTheLine { .. })),
            "{pin:?}"
        );
    }
    // Nor does what has parted, however sound it is.
    let refused = forge.check(forge.base, side, forward);
    assert!(matches!(refused, Err(ReadError::OffTheLine { .. })));
    // Where neither side has touched the project, it is the same line all the same.
    let noted = last(&forge.branch(forge.base, &[by("vic", vec![put("notes.md", "x\n")])]));
    let before = forge.base;
    forge.honest(&[by("ana", vec![put("code.rs", "x\n")])]);
    let both = forge.files_after(&[put("notes.md", "x\n")]);
    let pulled = forge.merge("vic", &[noted, forge.base], &both);
    for pin in [Pin::Base, forward] {
        let report = forge.check(forge.base, pulled, pin).unwrap();
        assert!(report.findings.is_empty(), "{:#?}", messages(&report));
    }
    assert_ne!(before, forge.base);
}

/// `git rebase` leaves merges out, and what they decided with them.
#[test]
fn a_rebase_leaves_merges_out() {
    let mut forge = forge();
    let fork = forge.base;
    let mine = by("dora", vec![put("prompts/tone/3.txt", "Be exact.\n")]);
    let side = last(&forge.branch(fork, &[mine]));
    forge.honest(&[by("dora", vec![put("prompts/tone/3.txt", "Be brief.\n")])]);
    // The merge decides for what is live.
    let files = forge.files_after(&[]);
    let merge = forge.merge("dora", &[side, forge.base], &files);
    let staged = by("dora", vec![tone(STAGING, TWO, ONE)]);
    let head = last(&forge.branch(merge, &[staged]));
    let rebase = Pin::Landing(LandingWay::Rebase);
    let report = forge.check(forge.base, head, rebase).unwrap();
    assert_eq!(codes(&report, side), ["merge-conflict"]);
    for way in [LandingWay::Merge, LandingWay::Squash] {
        let report = forge.check(forge.base, head, Pin::Landing(way)).unwrap();
        assert!(!codes(&report, side).contains(&"merge-conflict"));
    }
    let report = forge.check(forge.base, head, Pin::Base).unwrap();
    assert!(
        !codes(&report, side).contains(&"merge-conflict"),
        "no forge lands it so: {:#?}",
        messages(&report)
    );
}

/// The commits are made again on what is live now, and keep who made them.
#[test]
fn a_rebase_is_judged_as_it_is_made_again() {
    let mut forge = forge();
    let fork = forge.base;
    let steps = |author| {
        vec![
            by("dora", vec![put("prompts/new/1.md", "Hi\n")]).minutes_ago(9),
            by(author, approve()).minutes_ago(8),
        ]
    };
    let honest = last(&forge.branch(fork, &steps("rita")));
    let own = last(&forge.branch(fork, &steps("dora")));
    forge.honest(&[by("dora", vec![put("prompts/tone/3.txt", "Be exact.\n")])]);
    for (head, expected) in [(honest, NONE), (own, &["separation-of-duties"])] {
        for way in [LandingWay::Rebase, LandingWay::Merge] {
            let report = forge.check(forge.base, head, Pin::Landing(way)).unwrap();
            assert_eq!(codes(&report, head), expected, "{:#?}", messages(&report));
        }
    }
    // The project is moved in one of the commits.
    let moved = forge.moved(forge.base, "ana", "gateway");
    let step = by("dora", vec![put("gateway/prompts/new/1.md", "Hi\n")]);
    let head = last(&forge.branch(moved, &[step]));
    let report = forge
        .check(forge.base, head, Pin::Landing(LandingWay::Rebase))
        .unwrap();
    assert!(report.findings.is_empty(), "{:#?}", messages(&report));
}

#[test]
fn a_squash_has_one_author_and_the_warning_names_all() {
    let forge = forge();
    let published = by("dora", vec![put("prompts/new/1.md", "Hi\n")]);
    let steps: [Step; 2] = [published, by("rita", approve())];
    let head = last(&forge.branch(forge.base, &steps));
    for (pin, warned) in pins().into_iter().zip([true, false, true, false, false]) {
        let report = forge.check(forge.base, head, pin).unwrap();
        assert!(codes(&report, head).is_empty(), "{:#?}", messages(&report));
        let warnings = warnings(&report);
        assert_eq!(warnings.len(), usize::from(warned), "{pin:?}: {warnings:?}");
        assert!(
            warnings
                .iter()
                .all(|said| { said.contains("dora@example.org, rita@example.org") })
        );
    }
    // One person, and another who touches nothing of the project's.
    let steps = [
        by("rita", approve()),
        by("vic", vec![put("code.rs", "x\n")]),
        by("rita", vec![put("prompts/new/1.md", "Hi\n")]),
    ];
    let head = last(&forge.branch(forge.base, &steps));
    let report = forge.check(forge.base, head, Pin::Base).unwrap();
    assert_eq!(warnings(&report), [""; 0], "{:#?}", messages(&report));
}

/// Rules are those of the base in every way, though each commit would be judged by the one before it once it has landed.
#[test]
fn what_a_branch_loosens_serves_it_in_no_way() {
    let forge = forge();
    let grant = swap(ACCESS, "roles = [\"viewer\"]", "roles = [\"developer\"]");
    let steps = [
        by("ana", vec![grant]),
        by("vic", vec![tone(STAGING, TWO, ONE)]),
    ];
    let head = last(&forge.branch(forge.base, &steps));
    judge(&forge, "granted and used", head, head, [&["permission"]; 5]);
    let lifted = swap("environments/qa.toml", "requires_approval = true\n", "");
    let lifted = [
        lifted,
        swap("environments/qa.toml", "separation_of_duties = true\n", ""),
    ];
    let steps = [
        by("adam", lifted.to_vec()),
        by("dora", vec![gone(WAITING), swap(QA, ONE, TWO)]),
    ];
    let head = last(&forge.branch(forge.base, &steps));
    for pin in pins() {
        let report = forge.check(forge.base, head, pin).unwrap();
        assert!(
            codes(&report, head).contains(&"approval"),
            "{pin:?}: {:#?}",
            messages(&report)
        );
    }
}
