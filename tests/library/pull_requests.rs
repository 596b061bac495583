//! Pull requests as forges land them, by people who may do what they do: none of it is found, and what is forged is.

use envctl::model::CommitId;
use envctl::ops::{LandingWay, Pin};

use crate::forge::{Forge, Op, Step, by, codes, gone, put, swap};

const STAGING: &str = "pointers/staging.toml";
const QA: &str = "pointers/qa.toml";
const WAITING: &str = "pending/qa.toml";
const MERGED: Pin = Pin::Landing(LandingWay::Merge);
const FORGE: &str = "noreply@forge.example.com";
const ASKED: &str = "from = \"staging\"\n\n[prompts.tone]\nversion = 1\n";
const REVIEWED: &str = "name = \"Quality\"\n\n[policy]\nrequires_approval = true\n";

fn forge() -> Forge {
    Forge::of("support+team", &[("environments/qa.toml", REVIEWED)])
}

/// The three commits of a pull request: a version, where it is tried, and a request that somebody else approves.
fn request() -> Vec<Step> {
    vec![
        by("dora", vec![put("prompts/tone/2.txt", "Be brief.\n")]).minutes_ago(90),
        by("dora", vec![swap(STAGING, "version = 1", "version = 2")]).minutes_ago(80),
        by("dora", vec![put(WAITING, ASKED)]).minutes_ago(70),
        by("rita", approve()).minutes_ago(60),
    ]
}

fn approve() -> Vec<Op> {
    vec![
        gone(WAITING),
        put(
            QA,
            "[prompts.router]\nversion = 3\n\n[prompts.tone]\nversion = 1\n\n[routing.primary]\nrelease = 2\n\n[providers.openai]\nactivation = 1\n",
        ),
    ]
}

/// What others did on the live branch meanwhile.
fn meanwhile() -> Vec<Step> {
    vec![
        by(
            "dora",
            vec![put("prompts/router/4.md", "Hello {{ name }}\n")],
        )
        .minutes_ago(50),
        by(
            "adam",
            vec![swap(
                "envctl.toml",
                "    \"qa\",\n    \"prod\",\n",
                "    \"prod\",\n    \"qa\",\n",
            )],
        )
        .minutes_ago(40),
    ]
}

fn ops(steps: &[Step]) -> Vec<Op> {
    steps.iter().flat_map(|step| step.ops.clone()).collect()
}

fn last(commits: &[CommitId]) -> CommitId {
    *commits.last().unwrap()
}

fn clean(forge: &Forge, base: CommitId, head: CommitId, pin: Pin, name: &str) {
    let report = forge
        .check(base, head, pin)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(report.findings.is_empty(), "{name}: {:#?}", report.findings);
    assert!(report.judged > 0, "{name}");
}

#[test]
fn a_pull_request_that_is_merged_is_clean() {
    let forge = forge();
    let side = last(&forge.branch(forge.base, &request()));
    clean(&forge, forge.base, side, MERGED, "before it lands");
    let merge = forge.merge(
        FORGE,
        &[forge.base, side],
        &forge.files_after(&ops(&request())),
    );
    clean(&forge, forge.base, merge, Pin::Line, "once it has landed");
    let live = last(&forge.branch(forge.base, &meanwhile()));
    clean(&forge, live, side, MERGED, "the live branch has moved on");
    let both = forge.files_after(&ops(&[meanwhile(), request()].concat()));
    let merge = forge.merge(FORGE, &[live, side], &both);
    clean(
        &forge,
        live,
        merge,
        Pin::Line,
        "merged into what has moved on",
    );
}

#[test]
fn a_pull_request_that_is_brought_up_to_date_by_a_merge_is_clean() {
    let forge = forge();
    let (start, rest) = (request()[..2].to_vec(), request()[2..].to_vec());
    let side = last(&forge.branch(forge.base, &start));
    let live = last(&forge.branch(forge.base, &meanwhile()));
    let files = forge.files_after(&ops(&[start.clone(), meanwhile()].concat()));
    let updated = forge.merge("dora", &[side, live], &files);
    clean(&forge, live, updated, MERGED, "up to date");
    // What comes after the merge is committed on it.
    let mut then = forge;
    then.base = updated;
    then.files_are(files);
    let head = last(&then.branch(updated, &rest));
    clean(&then, live, head, MERGED, "and went on");
    let landed = then.merge(FORGE, &[live, head], &then.files_after(&ops(&rest)));
    clean(&then, live, landed, Pin::Line, "and landed");
    clean(&then, live, landed, MERGED, "and is asked about once more");
}

#[test]
fn a_pull_request_that_is_rebased_is_clean() {
    let forge = forge();
    let mut live = forge;
    live.honest(&meanwhile());
    let rebased: Vec<Step> = request()
        .into_iter()
        .map(|step| Step {
            committer: FORGE,
            minutes_ago: 0,
            ..step
        })
        .collect();
    let head = last(&live.branch(live.base, &rebased));
    clean(&live, live.base, head, Pin::Line, "rebased");
    for way in [
        LandingWay::Rebase,
        LandingWay::FastForward,
        LandingWay::Merge,
    ] {
        clean(
            &live,
            live.base,
            head,
            Pin::Landing(way),
            "rebased, and pinned",
        );
    }
}

/// Asking and approving are two commits, so it takes two pull requests to squash.
#[test]
fn two_pull_requests_that_are_squashed_are_clean_and_one_is_not() {
    let mut forge = forge();
    let squash = |author, steps: &[Step]| Step {
        committer: FORGE,
        ..by(author, ops(steps))
    };
    let one = last(&forge.branch(forge.base, &[squash("dora", &request())]));
    let report = forge.check(forge.base, one, Pin::Line).unwrap();
    assert_eq!(codes(&report, one), ["approval"], "{:#?}", report.findings);
    forge.honest(&[squash("dora", &request()[..3])]);
    let second = last(&forge.branch(forge.base, &[squash("rita", &request()[3..])]));
    clean(&forge, forge.base, second, Pin::Line, "the second");
    clean(&forge, forge.base, second, Pin::Base, "the second, pinned");
}

#[test]
fn what_is_forged_in_a_pull_request_is_found_however_it_lands() {
    let forge = forge();
    let bad = by(
        "mallory",
        vec![swap(
            STAGING,
            "version = 2\n\n[routing",
            "version = 1\n\n[routing",
        )],
    );
    let steps = [request()[..2].to_vec(), vec![bad.clone()]].concat();
    let commits = forge.branch(forge.base, &steps);
    let files = forge.files_after(&ops(&steps));
    let merge = forge.merge(FORGE, &[forge.base, last(&commits)], &files);
    let squashed = last(&forge.branch(
        forge.base,
        &[Step {
            committer: FORGE,
            ..by("mallory", ops(&steps))
        }],
    ));
    for (name, head, at, pin) in [
        ("pinned", last(&commits), last(&commits), Pin::Base),
        ("merged", merge, last(&commits), Pin::Line),
        ("rebased", last(&commits), last(&commits), Pin::Line),
        ("squashed", squashed, squashed, Pin::Line),
    ] {
        let report = forge.check(forge.base, head, pin).unwrap();
        assert_eq!(
            codes(&report, at),
            ["permission"],
            "{name}: {:#?}",
            report.findings
        );
    }
}

#[test]
fn branches_that_conflict_say_where() {
    let forge = forge();
    let one = last(&forge.branch(
        forge.base,
        &[by("dora", vec![put("prompts/tone/2.txt", "Be brief.\n")])],
    ));
    let other = last(&forge.branch(
        forge.base,
        &[by("dora", vec![put("prompts/tone/2.txt", "Be exact.\n")])],
    ));
    let report = forge.check(one, other, Pin::Base).unwrap();
    assert_eq!(
        codes(&report, other),
        ["merge-conflict"],
        "{:#?}",
        report.findings
    );
    assert_eq!(
        report.findings[0].findings[0].place.file,
        "prompts/tone/2.txt"
    );
}

#[test]
fn thousands_of_honest_commits_give_no_finding() {
    honest_commits_give_no_finding(400);
}

#[test]
#[ignore = "the full form: ten thousand commits"]
fn full_ten_thousand_honest_commits_give_no_finding() {
    honest_commits_give_no_finding(3200);
}

/// Weeks of work by people who may do it: versions, requests, approvals, policies; at least three commits a round.
fn honest_commits_give_no_finding(rounds: usize) {
    const RULED: &str = "production = true\n\n[policy]\nrequired_source = \"staging\"\nmin_dwell = \"24h\"\nno_rollback = true\n";
    let tone = |number: usize| format!("[prompts.tone]\nversion = {number}\n");
    let mut forge = Forge::of(
        "plain+team",
        &[
            ("environments/prod.toml", RULED),
            ("environments/qa.toml", REVIEWED),
            ("prompts/tone/1.txt", "1\n"),
            (STAGING, "[prompts.tone]\nversion = 1\n"),
            ("pointers/prod.toml", "[prompts.tone]\nversion = 1\n"),
            (QA, "[prompts.tone]\nversion = 1\n"),
        ],
    );
    let first = forge.base;
    let mut steps = Vec::new();
    for round in 0..rounds {
        // All rounds of the long form fit between the first commit and the present.
        let (number, minutes_ago) = (round + 2, i64::try_from(rounds - round).unwrap() * 24);
        let path: &'static str = Box::leak(format!("prompts/tone/{number}.txt").into_boxed_str());
        let asked = format!(
            "from = \"staging\"\n\n[prompts.tone]\nversion = {number}\nseen = {}\n",
            number - 1
        );
        let at = |minutes| minutes_ago - minutes;
        steps.push(
            by(
                "dora",
                vec![put(path, format!("{number}\n")), put(STAGING, tone(number))],
            )
            .minutes_ago(at(0)),
        );
        steps.push(by("dora", vec![put(WAITING, asked)]).minutes_ago(at(5)));
        steps.push(
            by(
                if round % 2 == 0 { "rita" } else { "ana" },
                vec![gone(WAITING), put(QA, tone(number))],
            )
            .minutes_ago(at(10)),
        );
        if round % 5 == 4 {
            steps.push(
                by(
                    "adam",
                    vec![put(
                        "environments/prod.toml",
                        format!("description = \"{round}\"\n{RULED}"),
                    )],
                )
                .minutes_ago(at(15)),
            );
        }
    }
    forge.honest(&steps);
    let report = forge.check(first, forge.base, Pin::Line).unwrap();
    assert!(report.commits > 3 * rounds, "{}", report.commits);
    assert!(report.findings.is_empty(), "{:#?}", report.findings.first());
}

/// A project that moves keeps its history: what was live how long, and every rule with it.
#[test]
fn a_project_that_is_moved_keeps_its_rules_and_its_history() {
    const RULED: &str =
        "production = true\n\n[policy]\nrequired_source = \"staging\"\nmin_dwell = \"24h\"\n";
    let forge = Forge::of("support+team", &[("environments/prod.toml", RULED)]);
    let base = forge.base;
    let stage = |minutes| {
        by(
            "dora",
            vec![
                put("prompts/tone/2.txt", "x\n"),
                swap(STAGING, "version = 1", "version = 2"),
            ],
        )
        .minutes_ago(minutes)
    };
    for (minutes, author, expected) in [
        (48 * 60, "ana", [vec![], vec![]]),
        (60, "ana", [vec![], vec!["min-dwell"]]),
        (48 * 60, "dora", [vec!["permission"], vec![]]),
    ] {
        let staged = last(&forge.branch(base, &[stage(minutes)]));
        let moved = forge.moved(staged, author, "gateway");
        let promoted = forge.branch(
            moved,
            &[by("dora", vec![swap_in("gateway/pointers/prod.toml")])],
        );
        let head = last(&promoted);
        forge
            .sandbox
            .git(&["update-ref", "refs/heads/main", &head.to_string()]);
        let report = forge.check(staged, head, Pin::Line).unwrap();
        assert_eq!(
            [codes(&report, moved), codes(&report, head)],
            expected,
            "{:#?}",
            report.findings
        );
        let report = forge.check(moved, head, Pin::Line).unwrap();
        assert_eq!(
            codes(&report, head),
            expected[1],
            "from after the move: {:#?}",
            report.findings
        );
        forge
            .sandbox
            .git(&["update-ref", "refs/heads/main", &base.to_string()]);
    }
}

fn swap_in(path: &'static str) -> Op {
    put(
        path,
        "[prompts.router]\nversion = 2\n\n[prompts.tone]\nversion = 2\n\n[routing.primary]\nrelease = 1\n\n[providers.openai]\nactivation = 1\n",
    )
}

/// Branches that live for a while, each brought up to date now and then, and merged by the forge.
#[test]
fn hundreds_of_honest_merges_give_no_finding() {
    honest_merges_give_no_finding(80);
}

#[test]
#[ignore = "the full form: a thousand merges"]
fn full_a_thousand_honest_merges_give_no_finding() {
    honest_merges_give_no_finding(750);
}

/// Four merges every three rounds.
fn honest_merges_give_no_finding(rounds: usize) {
    let mut forge = Forge::of(
        "plain+team",
        &[("prompts/tone/1.txt", "1\n"), ("prompts/news/1.txt", "1\n")],
    );
    let first = forge.base;
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    for round in 0..rounds {
        let number = round + 2;
        let staged =
            |resource: &str, number: usize| format!("[prompts.{resource}]\nversion = {number}\n");
        let mut side = vec![
            by(
                "dora",
                vec![put(
                    leak(format!("prompts/tone/{number}.txt")),
                    format!("{number}\n"),
                )],
            ),
            by(
                "dora",
                vec![put("pointers/staging.toml", staged("tone", number))],
            ),
        ];
        // Whoever merges a policy may set it.
        let merger = match round % 4 {
            1 => {
                let ruled = format!("name = \"Quality\"\n\n[policy]\nmin_dwell = \"{number}h\"\n");
                side.push(by("adam", vec![put("environments/qa.toml", ruled)]));
                "adam"
            }
            _ => FORGE,
        };
        let live = [by(
            "ci",
            vec![put(
                leak(format!("prompts/news/{number}.txt")),
                format!("{number}\n"),
            )],
        )];
        let before = forge.base;
        let head = last(&forge.branch(before, &side));
        forge.honest(&live);
        let both = forge.files_after(&ops(&side));
        // Every third branch takes in what happened meanwhile before it lands.
        let head = if round % 3 == 0 {
            forge.merge("dora", &[head, forge.base], &both)
        } else {
            head
        };
        let landed = forge.merge(merger, &[forge.base, head], &both);
        clean(&forge, forge.base, head, MERGED, "pinned");
        forge.base = landed;
        forge.files_are(both);
    }
    let report = forge.check(first, forge.base, Pin::Line).unwrap();
    assert!(
        report.commits > 4 * rounds && report.findings.is_empty(),
        "{}: {:#?}",
        report.commits,
        report.findings.first()
    );
}

/// Two releases that a branch has approved one after the other are both approved where they land together; one that was
/// approved for something else than what is live where it lands is not.
#[test]
fn an_approval_holds_for_what_was_live_when_it_was_asked_for() {
    let tone = |number: u32| format!("[prompts.tone]\nversion = {number}\n");
    let asked = |number: u32, seen: u32| {
        put(
            WAITING,
            format!("from = \"staging\"\n\n[prompts.tone]\nversion = {number}\nseen = {seen}\n"),
        )
    };
    let texts = [1, 2, 3].map(|number| (format!("prompts/tone/{number}.txt"), number.to_string()));
    let mut over: Vec<(&str, &str)> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let (first, third) = (tone(1), tone(3));
    over.extend([
        ("environments/qa.toml", REVIEWED),
        (QA, first.as_str()),
        (STAGING, third.as_str()),
    ]);
    let mut forge = Forge::of("plain+team", &over);
    let side = [
        by("dora", vec![asked(2, 1)]),
        by("rita", vec![gone(WAITING), put(QA, tone(2))]),
        by("dora", vec![asked(3, 2)]),
        by("rita", vec![gone(WAITING), put(QA, tone(3))]),
    ];
    let before = forge.base;
    let head = last(&forge.branch(before, &side));
    let both = forge.files_after(&[put(QA, tone(3))]);
    let merge = forge.merge(FORGE, &[before, head], &both);
    clean(&forge, before, merge, Pin::Line, "one after the other");
    clean(&forge, before, head, MERGED, "one after the other, pinned");
    // Meanwhile the live branch went on to 2 by itself, so that 1 → 3 is not what would move.
    let others = [
        by("dora", vec![asked(2, 1)]),
        by("ana", vec![gone(WAITING), put(QA, tone(2))]),
    ];
    forge.honest(&others.map(|step| step.minutes_ago(5)));
    let merge = forge.merge(FORGE, &[forge.base, head], &both);
    let report = forge.check(forge.base, merge, Pin::Line).unwrap();
    assert_eq!(
        codes(&report, merge),
        ["approval", "permission"],
        "{:#?}",
        report.findings
    );
}
