//! Checks that nobody ran, and vetoes that are to disappear.

use envctl::model::CommitId;
use envctl::ops::Pin;
use envctl::store::Store;

use super::{ACCESS, PROD, STAGING, messages, team};
use crate::forge::{Forge, Op, Step, by, gone, put, swap};

const VETOES: &str = "vetoes.toml";
const ATTESTED: &str = "attestations/prompts/router/3.toml";
const VETO: &str = "[prompts.router.1]\nreason = \"It invents refunds\"\n";
const CHECKED: &str =
    "name = \"Production\"\nproduction = true\n\n[policy]\nrequired_checks = [\"evals\"]\n";
const SEPARATED: &str =
    "name = \"Quality\"\n\n[policy]\nrequired_checks = [\"evals\"]\nseparation_of_duties = true\n";
const DAY: i64 = 24 * 60;

/// A project in which prod and qa require the check evals, eve evaluates, and rita has vetoed router@1.
fn forge() -> Forge {
    let eve = "[members.eve]\nemails = [\"eve@example.org\"]\nroles = [\"evaluator\"]\n";
    let access = format!("{}\n{eve}", team());
    let over = [
        ("environments/prod.toml", CHECKED),
        ("environments/qa.toml", SEPARATED),
        (ACCESS, access.as_str()),
    ];
    let mut forge = Forge::of("support+team", &over);
    forge.honest(&[by("rita", vec![put(VETOES, VETO)]).minutes_ago(10 * DAY)]);
    forge
}

/// The table of the check evals about these bytes.
fn evals(file: &str, passed: bool) -> String {
    let bytes = crate::fixtures::project("support")[file].clone();
    let content = Store::content_id(&bytes);
    format!("[evals]\ncontent = \"{content}\"\npassed = {passed}\n")
}

fn attest(file: &str, passed: bool) -> Op {
    put(ATTESTED, evals(file, passed))
}

fn passed() -> Op {
    attest("prompts/router/3.md", true)
}

fn to_prod() -> Op {
    swap(PROD, "version = 2", "version = 3")
}

fn text(file: &str) -> String {
    let bytes = crate::fixtures::project("support")[file].to_vec();
    String::from_utf8(bytes).unwrap()
}

/// Its name, the commits, and what each is refused with.
type Attack = (&'static str, Vec<Step>, Vec<&'static [&'static str]>);

const YES: &[&str] = &[];
const CHECKS: &[&str] = &["required-checks"];
const NO: &[&str] = &["permission"];

fn attacks() -> Vec<Attack> {
    let ask = "[prompts.router]\nversion = 4\nseen = 3\n";
    let waits = "pending/qa.toml";
    let own = |author| by(author, vec![put("prompts/router/4.md", "Better.\n")]);
    let content = Store::content_id(b"Better.\n");
    let better = format!("[evals]\ncontent = \"{content}\"\npassed = true\n");
    let fourth = "attestations/prompts/router/4.toml";
    let eve = |op| by("eve", vec![op]);
    vec![
        (
            "nothing attested",
            vec![by("dora", vec![to_prod()])],
            vec![CHECKS],
        ),
        (
            "attested and moved",
            vec![eve(passed()), by("dora", vec![to_prod()])],
            vec![YES, YES],
        ),
        (
            "attested for other bytes",
            vec![
                eve(attest("prompts/router/2.md", true)),
                by("dora", vec![to_prod()]),
            ],
            vec![YES, CHECKS],
        ),
        (
            "attested that it failed",
            vec![
                eve(attest("prompts/router/3.md", false)),
                by("dora", vec![to_prod()]),
            ],
            vec![YES, CHECKS],
        ),
        (
            "attested in the commit that moves",
            vec![by("ana", vec![passed(), to_prod()])],
            vec![CHECKS],
        ),
        (
            "attested by somebody who may not, and moved",
            vec![by("dora", vec![passed()]), by("dora", vec![to_prod()])],
            vec![NO, YES],
        ),
        (
            "attested by the author where duties are separated",
            vec![
                own("adam"),
                by("adam", vec![put(fourth, better.clone())]),
                by("dora", vec![put(waits, ask)]),
            ],
            vec![YES, YES, CHECKS],
        ),
        (
            "attested by another where duties are separated",
            vec![
                own("adam"),
                eve(put(fourth, better.clone())),
                by("dora", vec![put(waits, ask)]),
            ],
            vec![YES, YES, YES],
        ),
        (
            "attested about a version that does not exist",
            vec![eve(put("attestations/prompts/router/9.toml", better))],
            vec![&["attestation"]],
        ),
        (
            "attested without saying whether it passed",
            vec![eve(put(
                ATTESTED,
                "[evals]\ncontent = \"0707070707070707070707070707070707070707\"\n",
            ))],
            vec![&["missing-key"]],
        ),
        (
            "a name of a check with control characters",
            vec![eve(put(
                ATTESTED,
                "[\"ev\\u001Bals\"]\ncontent = \"0707070707070707070707070707070707070707\"\npassed = true\n",
            ))],
            vec![&["invalid-value"]],
        ),
        (
            "the vetoed version",
            vec![by(
                "dora",
                vec![swap(STAGING, "version = 3", "version = 1")],
            )],
            vec![&["veto"]],
        ),
        (
            "the vetoed bytes under a new number",
            vec![by(
                "dora",
                vec![
                    put("prompts/router/4.md", text("prompts/router/1.md")),
                    swap(STAGING, "version = 3", "version = 4"),
                ],
            )],
            vec![&["veto"]],
        ),
        (
            "the veto lifted and the version moved in one commit",
            vec![by(
                "ana",
                vec![gone(VETOES), swap(STAGING, "version = 3", "version = 1")],
            )],
            vec![&["veto"]],
        ),
        (
            "the veto lifted by an owner, and the version moved",
            vec![
                by("ana", vec![gone(VETOES)]),
                by("dora", vec![swap(STAGING, "version = 3", "version = 1")]),
            ],
            vec![YES, YES],
        ),
        (
            "the veto lifted by another",
            vec![by("adam", vec![gone(VETOES)])],
            vec![NO],
        ),
        (
            "the table edited to become its creator",
            vec![
                by("adam", vec![swap(VETOES, "invents", "grants")]),
                by("adam", vec![gone(VETOES)]),
            ],
            vec![NO, NO],
        ),
        (
            "the veto lifted after its creator reworded it",
            vec![
                by("rita", vec![swap(VETOES, "invents", "grants")]),
                by("rita", vec![gone(VETOES)]),
            ],
            vec![YES, YES],
        ),
        (
            "the file damaged, and repaired without the veto",
            vec![
                by("adam", vec![put(VETOES, "<<<<<<<\n")]),
                by("adam", vec![put(VETOES, "\n")]),
            ],
            vec![&["toml-syntax"], NO],
        ),
        (
            "the file damaged, and the version moved",
            vec![
                by("adam", vec![put(VETOES, "<<<<<<<\n")]),
                by("dora", vec![swap(STAGING, "version = 3", "version = 1")]),
            ],
            vec![&["toml-syntax"], &["veto", "toml-syntax"]],
        ),
        (
            "a veto on a version that does not exist",
            vec![by(
                "rita",
                vec![put(
                    VETOES,
                    format!("{VETO}\n[prompts.router.9]\nreason = \"x\"\n"),
                )],
            )],
            vec![&["veto"]],
        ),
    ]
}

#[test]
fn checks_and_vetoes_are_judged_in_commits_made_by_hand() {
    let forge = forge();
    let mut wrong = Vec::new();
    for (name, steps, expected) in attacks() {
        let commits = forge.branch(forge.base, &steps);
        let last = *commits.last().unwrap();
        let report = forge.check(forge.base, last, Pin::Line).unwrap();
        let found: Vec<_> = commits
            .iter()
            .map(|commit| errors(&report, *commit))
            .collect();
        if found != expected {
            let messages = messages(&report);
            wrong.push(format!(
                "{name}: {found:?} instead of {expected:?}\n{messages:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The codes of the errors in a commit, each once.
fn errors(report: &envctl::ops::RangeReport, commit: CommitId) -> Vec<&'static str> {
    let mut codes: Vec<&str> = report
        .findings
        .iter()
        .filter(|found| found.commit == commit)
        .flat_map(|found| &found.findings)
        .filter(|finding| finding.severity == envctl::diag::Severity::Error)
        .map(|finding| finding.code.as_str())
        .collect();
    codes.dedup();
    codes
}

#[test]
fn what_a_merge_brings_counts_as_it_was_made() {
    let forge = forge();
    let attested = |ago| by("eve", vec![passed()]).minutes_ago(ago);
    let moved = |ago| by("dora", vec![to_prod()]).minutes_ago(ago);
    let lifted = || by("ana", vec![gone(VETOES)]).minutes_ago(DAY);
    for (name, author, side, expected) in [
        (
            "attested, then moved",
            "ana",
            vec![attested(60), moved(30)],
            YES,
        ),
        (
            "moved, then attested",
            "ana",
            vec![moved(60), attested(30)],
            CHECKS,
        ),
        (
            "attested and moved at once",
            "ana",
            vec![by("ana", vec![passed(), to_prod()]).minutes_ago(30)],
            CHECKS,
        ),
        (
            "attested a week ago",
            "ana",
            vec![attested(7 * DAY - 60), moved(30)],
            YES,
        ),
        (
            "attested longer ago",
            "ana",
            vec![attested(8 * DAY), moved(30)],
            CHECKS,
        ),
        (
            "a veto lifted by an owner, merged by her",
            "ana",
            vec![lifted()],
            YES,
        ),
        (
            "a veto lifted by an owner, merged by another",
            "dora",
            vec![lifted()],
            NO,
        ),
        (
            "a veto that is set, merged by somebody who may not set it",
            "vic",
            vec![
                by(
                    "rita",
                    vec![put(
                        VETOES,
                        format!("{VETO}\n[prompts.router.3]\nreason = \"x\"\n"),
                    )],
                )
                .minutes_ago(60),
            ],
            YES,
        ),
    ] {
        let (_, merge) = super::merged(&forge, author, &[], &side, &[]);
        let report = forge.check(forge.base, merge, Pin::Line).unwrap();
        let found = errors(&report, merge);
        assert_eq!(found, expected, "{name}: {:#?}", messages(&report));
    }
}

#[test]
fn two_sides_attest_two_checks_of_one_version() {
    let forge = forge();
    let safety = evals("prompts/router/3.md", true).replace("evals", "safety");
    let one = [by("eve", vec![passed()])];
    let other = [by("eve", vec![put(ATTESTED, safety.clone())])];
    let live = *forge.branch(forge.base, &one).last().unwrap();
    let side = *forge.branch(forge.base, &other).last().unwrap();
    let both = [evals("prompts/router/3.md", true), safety].join("\n");
    for (author, text, expected) in [
        ("vic", both.clone(), YES),
        // A result that no side has is whoever merges.
        (
            "vic",
            both.replacen("true", "false", 1),
            &["permission", "merge"] as &[&str],
        ),
    ] {
        let files = forge.files_after(&[put(ATTESTED, text)]);
        let merge = forge.merge(author, &[live, side], &files);
        let report = forge.check(forge.base, merge, Pin::Line).unwrap();
        let mut found = errors(&report, merge);
        found.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{:#?}", messages(&report));
    }
}
