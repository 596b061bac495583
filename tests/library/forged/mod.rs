//! A hundred and more commits that somebody forged, one attack each, and the rule that refuses each of them.

mod bots;
mod content;
mod escalation;
mod evidence;
mod landing;
mod lines;
mod merges;
mod people;
mod policies;

use envctl::model::CommitId;
use envctl::ops::{Pin, ReadError};

use crate::forge::{Forge, Op, Step, by, codes, gone, put, swap};

const PROD: &str = "pointers/prod.toml";
const QA: &str = "pointers/qa.toml";
const STAGING: &str = "pointers/staging.toml";
const WAITING: &str = "pending/qa.toml";
const ACCESS: &str = "access.toml";
const SETTINGS: &str = "envctl.toml";
const RULED: &str = "name = \"Production\"\nproduction = true\n\n[policy]\nrequired_source = \"staging\"\nmin_dwell = \"24h\"\n\
                     no_rollback = true\nsame_variables = true\n";
const REVIEWED: &str =
    "name = \"Quality\"\n\n[policy]\nrequires_approval = true\nseparation_of_duties = true\n";
const ASKED: &str = "from = \"staging\"\n\n[prompts.router]\nversion = 3\nseen = 2\n";

/// Two months of honest history: router@3 has been in staging for a month, tone@2 for two hours; router@3 went to prod an hour
/// ago and waits for approval in qa, asked for by dora.
fn forge() -> Forge {
    let pointers = "[prompts.router]\nversion = 2\n\n[prompts.tone]\nversion = 1\n\n[routing.primary]\nrelease = 1\n\n\
                    [providers.openai]\nactivation = 1\n";
    let over = [
        ("environments/prod.toml", RULED),
        ("environments/qa.toml", REVIEWED),
        (PROD, pointers),
        (QA, pointers),
        (STAGING, pointers),
        ("prompts/tone/2.txt", "Be brief.\n"),
    ];
    let mut forge = Forge::of("support+team", &over);
    forge.honest(&[
        by("dora", vec![swap(STAGING, "version = 2", "version = 3")]).minutes_ago(30 * 24 * 60),
        by("dora", vec![swap(STAGING, "version = 1", "version = 2")]).minutes_ago(120),
        by("dora", vec![swap(PROD, "version = 2", "version = 3")]).minutes_ago(60),
        by("dora", vec![put(WAITING, ASKED)]).minutes_ago(30),
    ]);
    forge
}

#[test]
fn the_history_that_everything_is_forged_on_is_honest() {
    let forge = forge();
    let first = forge
        .sandbox
        .git(&["rev-list", "--max-parents=0", "main"])
        .parse()
        .unwrap();
    let report = forge.check(first, forge.base, Pin::Line).unwrap();
    assert_eq!((report.commits, report.judged), (4, 4));
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

/// Its name, the commits, and the codes that each of them is refused with.
type Attack = (&'static str, Vec<Step>, Vec<&'static [&'static str]>);

fn one(
    name: &'static str,
    author: &'static str,
    code: &'static [&'static str],
    ops: Vec<Op>,
) -> Attack {
    (name, vec![by(author, ops)], vec![code])
}

fn to_prod() -> Vec<Op> {
    vec![swap(PROD, "version = 3", "version = 2")]
}

fn approve() -> Vec<Op> {
    vec![gone(WAITING), swap(QA, "version = 2", "version = 3")]
}

fn team() -> String {
    String::from_utf8(crate::fixtures::project("team")[ACCESS].to_vec()).unwrap()
}

fn put_member(name: &str, role: &str) -> Op {
    Op::Put(
        ACCESS,
        format!(
            "{}\n[members.{name}]\nemails = [\"{name}@example.org\"]\nroles = [\"{role}\"]\n",
            team()
        ),
    )
}

#[test]
fn every_forged_commit_is_refused_by_its_rule() {
    let forge = forge();
    let attacks: Vec<Attack> = [
        people::attacks(),
        content::attacks(),
        policies::attacks(),
        escalation::attacks(),
    ]
    .concat();
    assert!(attacks.len() > 120, "{}", attacks.len());
    let mut wrong = Vec::new();
    for (name, steps, expected) in attacks {
        let commits = forge.branch(forge.base, &steps);
        let report = forge
            .check(forge.base, *commits.last().unwrap(), Pin::Line)
            .unwrap();
        let found: Vec<_> = commits
            .iter()
            .map(|commit| codes(&report, *commit))
            .collect();
        if found != expected {
            wrong.push(format!(
                "{name}: {found:?} instead of {expected:?}\n{:#?}",
                messages(&report)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_only_looks_like_an_attack_is_allowed() {
    let forge = forge();
    for (name, step) in escalation::honest() {
        let commits = forge.branch(forge.base, &[step]);
        for pin in [Pin::Line, Pin::Base] {
            let report = forge.check(forge.base, commits[0], pin).unwrap();
            assert!(
                report.findings.is_empty(),
                "{name}: {:#?}",
                messages(&report)
            );
        }
    }
}

fn messages(report: &envctl::ops::RangeReport) -> Vec<String> {
    let of = report.findings.iter().flat_map(|found| &found.findings);
    of.map(|finding| {
        format!(
            "{} {}: {}",
            finding.code, finding.place.file, finding.message
        )
    })
    .collect()
}

#[test]
fn commits_that_read_in_two_ways_are_refused() {
    let forge = forge();
    let text = forge.text(vec![swap(SETTINGS, "\"Support\"", "\"Help\"")]);
    let author = text
        .lines()
        .find(|line| line.starts_with("author "))
        .unwrap()
        .to_owned();
    let committer = text
        .lines()
        .find(|line| line.starts_with("committer "))
        .unwrap()
        .to_owned();
    let mallory = author.replace("ana", "mallory");
    let bent = [
        text.replace(&author, &format!("{author}\n{mallory}")),
        text.replace(&author, &format!("{mallory}\n{author}")),
        text.replace(&committer, &format!("{committer}\n{author}")),
        text.replace(&committer, &format!("{committer}\n{committer}")),
        text.replace(
            &format!("{author}\n{committer}"),
            &format!("{committer}\n{author}"),
        ),
        text.replace(&format!("{author}\n"), ""),
        text.replace(&format!("{committer}\n"), ""),
        text.replace(
            &author,
            &author.replace(
                "<ana@example.org>",
                "<ana@example.org> <mallory@example.org>",
            ),
        ),
        text.replace(
            &author,
            &author.replace("<ana@example.org>", "< ana@example.org >"),
        ),
        text.replace(
            &author,
            &author.replace("<ana@example.org>", "<<ana@example.org>"),
        ),
        text.replace(&author, &author.replace("ana <", "ana\0<")),
        text.replace(&author, &author.replace("> 1", "> -1")),
        text.replace(&committer, &committer.replace("> 1", "> 99999999999991")),
        text.replace(&committer, &committer.replace("+0000", "0000")),
        text.replace(&committer, &format!("{committer}\ngpgsig a\ngpgsig b")),
        text.replace(&committer, &format!("{committer}\nparent {}", forge.base)),
    ];
    for text in bent {
        let commit = forge.commit(&text);
        match forge.check(forge.base, commit, Pin::Line) {
            Ok(report) => assert_eq!(codes(&report, commit), ["commit-header"], "{text}"),
            Err(error) => panic!("{error}: {text}"),
        }
    }
}

#[test]
fn folders_that_read_in_two_ways_are_refused() {
    let forge = forge();
    let object = |path: &str| {
        forge
            .sandbox
            .git(&["rev-parse", &format!("{}:{path}", forge.base)])
    };
    let (prod, qa, staging) = (object(PROD), object(QA), object(STAGING));
    let file = "100644";
    let trees = [
        (
            "pointers",
            vec![
                (file, "prod.toml", &prod),
                (file, "prod.toml", &qa),
                (file, "qa.toml", &qa),
                (file, "staging.toml", &staging),
            ],
        ),
        (
            "pointers",
            vec![
                (file, "staging.toml", &staging),
                (file, "prod.toml", &prod),
                (file, "qa.toml", &qa),
            ],
        ),
        (
            "pointers",
            vec![
                (file, "PROD.toml", &qa),
                (file, "prod.toml", &prod),
                (file, "qa.toml", &qa),
                (file, "staging.toml", &staging),
            ],
        ),
        (
            "pointers",
            vec![(file, "../access.toml", &prod), (file, "prod.toml", &prod)],
        ),
        (
            "pointers",
            vec![(file, "..", &prod), (file, "prod.toml", &prod)],
        ),
        (
            "pointers",
            vec![("40000", ".git", &prod), (file, "prod.toml", &prod)],
        ),
    ];
    for (folder, entries) in trees {
        let entries: Vec<_> = entries
            .iter()
            .map(|(mode, name, object)| (*mode, *name, object.as_str()))
            .collect();
        let tree = forge.raw_tree(&entries);
        let commit = forge.commit_with_tree(folder, &tree);
        let report = forge
            .check(forge.base, commit, Pin::Line)
            .unwrap_or_else(|error| panic!("{error}: {entries:?}"));
        assert_eq!(codes(&report, commit), ["malformed-tree"], "{entries:?}");
    }
    let listed = forge.sandbox.git(&["ls-tree", &forge.base.to_string()]);
    let top: Vec<(String, String, String)> = listed.lines().map(entry).collect();
    let twice = [
        top.clone(),
        vec![("100644".into(), "Envctl.toml".into(), prod.clone())],
    ]
    .concat();
    let mut twice: Vec<_> = twice
        .iter()
        .map(|(mode, name, object)| (mode.as_str(), name.as_str(), object.as_str()))
        .collect();
    twice.sort_by_key(|(_, name, _)| *name);
    let commit = forge.commit_with_tree("", &forge.raw_tree(&twice));
    let report = forge.check(forge.base, commit, Pin::Line).unwrap();
    assert_eq!(codes(&report, commit), ["malformed-tree"]);
}

/// Mode, name and object of a line of `git ls-tree`.
fn entry(line: &str) -> (String, String, String) {
    let (left, name) = line.split_once('\t').unwrap();
    let words: Vec<&str> = left.split(' ').collect();
    (
        words[0].trim_start_matches('0').to_owned(),
        name.to_owned(),
        words[2].to_owned(),
    )
}

/// What a malformed commit changes is not forgotten: the next one is judged by what was sound last.
#[test]
fn what_hides_behind_a_malformed_tree_is_found_in_the_next_commit() {
    let forge = forge();
    let object = |path: &str| {
        forge
            .sandbox
            .git(&["rev-parse", &format!("{}:{path}", forge.base)])
    };
    let (prod, qa) = (object(PROD), object(QA));
    let tree = forge.raw_tree(&[("100644", "prod.toml", &prod), ("100644", "prod.toml", &qa)]);
    let hidden = forge.commit_with_tree("pointers", &tree);
    let next = forge.branch(
        hidden,
        &[by(
            "mallory",
            vec![swap(
                STAGING,
                "version = 2\n\n[routing",
                "version = 1\n\n[routing",
            )],
        )],
    );
    let report = forge.check(forge.base, next[0], Pin::Line);
    match report {
        Ok(report) => {
            assert_eq!(codes(&report, hidden), ["malformed-tree"]);
            assert!(!codes(&report, next[0]).is_empty());
        }
        Err(error) => panic!("{error}"),
    }
}

fn merged(
    forge: &Forge,
    author: &'static str,
    one: &[Step],
    other: &[Step],
    ops: &[Op],
) -> (CommitId, CommitId) {
    let live = if one.is_empty() {
        forge.base
    } else {
        *forge.branch(forge.base, one).last().unwrap()
    };
    let side = *forge.branch(forge.base, other).last().unwrap();
    let both = [one, other]
        .concat()
        .into_iter()
        .flat_map(|step| step.ops)
        .chain(ops.iter().cloned())
        .collect::<Vec<_>>();
    (
        side,
        forge.merge(author, &[live, side], &forge.files_after(&both)),
    )
}

#[test]
fn merges_that_decide_something_are_refused() {
    let forge = forge();
    let live = [by(
        "ana",
        vec![swap(SETTINGS, "schema = 1", "schema = 1 # the first")],
    )];
    let side = [by("dora", vec![put("prompts/tone/3.txt", "Be exact.\n")])];
    let honest = merged(&forge, "ana", &live, &side, &[]);
    let report = forge.check(forge.base, honest.1, Pin::Line).unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    for (name, author, ops, expected) in [
        (
            "a value of no side",
            "ana",
            swap(STAGING, "version = 3", "version = 1"),
            "merge",
        ),
        (
            "a policy of no side",
            "ana",
            swap("environments/prod.toml", "min_dwell = \"24h\"\n", ""),
            "merge",
        ),
        (
            "a member of no side",
            "ana",
            put_member("eve", "owner"),
            "merge",
        ),
        (
            "a version of no side",
            "ana",
            put("prompts/tone/4.txt", "x\n"),
            "merge",
        ),
        ("an approval of no side", "ana", gone(WAITING), "merge"),
        (
            "a comment of no side",
            "ana",
            swap(ACCESS, "# Who may do what.", "# Everybody may."),
            "merge",
        ),
        (
            "attributes of no side",
            "ana",
            put("prompts/.gitattributes", "* ident\n"),
            "merge",
        ),
        (
            "a role of no side",
            "ana",
            swap(
                SETTINGS,
                "gateway_fallback = \"prod\"",
                "gateway_fallback = \"qa\"",
            ),
            "merge",
        ),
    ] {
        let (_, merge) = merged(&forge, author, &live, &side, &[ops]);
        let report = forge.check(forge.base, merge, Pin::Line).unwrap();
        assert!(
            codes(&report, merge).contains(&expected),
            "{name}: {:#?}",
            messages(&report)
        );
    }
}

/// The side has what was there when it began, so nobody there decided to go back to it: whoever merged did.
#[test]
fn a_merge_that_takes_back_what_was_live_is_the_mergers_own_doing() {
    let forge = forge();
    let stage = by(
        "dora",
        vec![
            put("prompts/new/1.md", "Hi\n"),
            swap(
                STAGING,
                "version = 2\n\n[routing",
                "version = 1\n\n[routing",
            ),
        ],
    );
    let live = *forge.branch(forge.base, &[stage]).last().unwrap();
    let side = *forge
        .branch(
            forge.base,
            &[by("dora", vec![put("prompts/tone/3.txt", "Be exact.\n")])],
        )
        .last()
        .unwrap();
    let files = forge.files_after(&[
        put("prompts/new/1.md", "Hi\n"),
        put("prompts/tone/3.txt", "Be exact.\n"),
    ]);
    for (author, expected) in [("mallory", &["permission"][..]), ("dora", &[])] {
        let merge = forge.merge(author, &[live, side], &files);
        let report = forge.check(live, merge, Pin::Line).unwrap();
        assert_eq!(
            codes(&report, merge),
            expected,
            "{author}: {:#?}",
            messages(&report)
        );
    }
}

#[test]
fn what_a_merge_brings_is_judged_where_it_was_done() {
    let forge = forge();
    for (name, step, expected) in [
        (
            "a stranger's move",
            by(
                "mallory",
                vec![swap(
                    STAGING,
                    "version = 2\n\n[routing",
                    "version = 1\n\n[routing",
                )],
            ),
            "permission",
        ),
        (
            "approved by who asked",
            by("dora", approve()),
            "separation-of-duties",
        ),
        (
            "granted to himself",
            by(
                "vic",
                vec![swap(ACCESS, "roles = [\"viewer\"]", "roles = [\"admin\"]")],
            ),
            "permission",
        ),
        (
            "an edited version",
            by("ana", vec![put("prompts/router/1.md", "Other\n")]),
            "version-immutable",
        ),
    ] {
        let (side, merge) = merged(&forge, "ana", &[], &[step], &[]);
        let report = forge.check(forge.base, merge, Pin::Line).unwrap();
        assert_eq!(
            codes(&report, side),
            [expected],
            "{name}: {:#?}",
            messages(&report)
        );
        assert_eq!(codes(&report, merge), [""; 0], "{name} is found once");
    }
}

/// What policies say of time is judged where it becomes live: at the merge.
#[test]
fn a_dwell_is_not_skipped_on_a_side() {
    let forge = forge();
    let side = by(
        "dora",
        vec![swap(
            PROD,
            "version = 1\n\n[routing",
            "version = 2\n\n[routing",
        )],
    );
    let (side, merge) = merged(&forge, "ana", &[], &[side], &[]);
    let report = forge.check(forge.base, merge, Pin::Line).unwrap();
    assert_eq!(
        (codes(&report, side), codes(&report, merge)),
        (vec![], vec!["min-dwell"])
    );
}

#[test]
fn a_merge_the_other_way_round_cannot_be_judged() {
    let forge = forge();
    let side = forge.branch(
        forge.base,
        &[by("dora", vec![put("prompts/tone/3.txt", "Be exact.\n")])],
    )[0];
    let live = forge.branch(
        forge.base,
        &[by("dora", vec![put("prompts/new/1.md", "Hi\n")])],
    )[0];
    let files = forge.files_after(&[
        put("prompts/tone/3.txt", "Be exact.\n"),
        put("prompts/new/1.md", "Hi\n"),
    ]);
    let swapped = forge.merge("ana", &[side, live], &files);
    let refused = forge.check(live, swapped, Pin::Line);
    assert!(
        matches!(refused, Err(ReadError::OffTheLine { .. })),
        "{refused:?}"
    );
}

/// Each is allowed where one step follows the other on the live line, and not as one pull request.
#[test]
fn a_rule_that_a_branch_loosens_does_not_serve_the_branch() {
    let forge = forge();
    let lift = || {
        by(
            "adam",
            vec![swap("environments/prod.toml", "min_dwell = \"24h\"\n", "")],
        )
    };
    let tone = || {
        by(
            "dora",
            vec![swap(
                PROD,
                "version = 1\n\n[routing",
                "version = 2\n\n[routing",
            )],
        )
    };
    let tighten = || by("adam", vec![put("environments/prod.toml", RULED)]);
    let grant = || {
        by(
            "ana",
            vec![swap(
                ACCESS,
                "roles = [\"viewer\"]",
                "roles = [\"developer\"]",
            )],
        )
    };
    let use_it = || {
        by(
            "vic",
            vec![swap(
                STAGING,
                "version = 2\n\n[routing",
                "version = 1\n\n[routing",
            )],
        )
    };
    for (name, steps, expected) in [
        (
            "loosened and used",
            vec![lift(), tone()],
            vec![vec![], vec!["min-dwell"]],
        ),
        (
            "off, act, on",
            vec![lift(), tone(), tighten()],
            vec![vec![], vec!["min-dwell"], vec![]],
        ),
        (
            "granted and used",
            vec![grant(), use_it()],
            vec![vec![], vec!["permission"]],
        ),
    ] {
        let commits = forge.branch(forge.base, &steps);
        let report = forge
            .check(forge.base, *commits.last().unwrap(), Pin::Base)
            .unwrap();
        let found: Vec<_> = commits
            .iter()
            .map(|commit| codes(&report, *commit))
            .collect();
        assert_eq!(found, expected, "{name}: {:#?}", messages(&report));
        let line = forge
            .check(forge.base, *commits.last().unwrap(), Pin::Line)
            .unwrap();
        assert!(line.findings.is_empty(), "{name}: {:#?}", messages(&line));
    }
}
