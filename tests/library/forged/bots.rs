//! What a bot never does, whatever its roles give it, and what it may.

use envctl::ops::Pin;

use super::{ACCESS, ASKED, QA, REVIEWED, WAITING, approve, messages, team};
use crate::forge::{Forge, Op, Step, by, codes, gone, put, swap};

/// The bot is an owner; dora has asked for a release in qa, and nothing waits in staging.
fn forge() -> Forge {
    let access = team().replace(
        "emails = [\"ci@example.org\"]\nroles = [\"developer\"]",
        "emails = [\"ci@example.org\"]\nroles = [\"owner\"]",
    );
    assert_ne!(access, team());
    let pointers = "[prompts.router]\nversion = 2\n\n[prompts.tone]\nversion = 1\n";
    let over = [
        (ACCESS, access.as_str()),
        ("environments/qa.toml", REVIEWED),
        (QA, pointers),
    ];
    let mut forge = Forge::of("support+team", &over);
    forge.honest(&[by("dora", vec![put(WAITING, ASKED)]).minutes_ago(30)]);
    forge
}

const CURIOUS: &str = "name = \"Canary\"\n";
const STRICT: &str = "name = \"Canary\"\n\n[policy]\nmin_dwell = \"1h\"\n";

/// Everything that takes a person: what it is, and the changes.
fn reserved() -> Vec<(&'static str, Vec<Op>)> {
    vec![
        ("approves", approve()),
        ("rejects", vec![gone(WAITING)]),
        (
            "lifts a rule",
            vec![swap(
                "environments/qa.toml",
                "requires_approval = true\n",
                "",
            )],
        ),
        (
            "adds a rule",
            vec![swap(
                "environments/staging.toml",
                "name = ",
                "policy.min_dwell = \"1h\"\nname = ",
            )],
        ),
        (
            "creates an environment with rules",
            vec![put("environments/canary.toml", STRICT)],
        ),
        (
            "deletes an environment with rules",
            vec![gone("environments/qa.toml"), gone(QA), gone(WAITING)],
        ),
        (
            "grants a role",
            vec![swap(
                ACCESS,
                "roles = [\"viewer\"]",
                "roles = [\"developer\"]",
            )],
        ),
        (
            "takes a role away",
            vec![swap(ACCESS, "roles = [\"release-manager\"]", "roles = []")],
        ),
        (
            "lists an address",
            vec![swap(
                ACCESS,
                "[\"vic@example.org\"]",
                "[\"vic@example.org\", \"ci2@example.org\"]",
            )],
        ),
        (
            "changes a role",
            vec![swap(
                ACCESS,
                "[\"prompt:review\", ",
                "[\"prompt:review\", \"prompt:publish\", ",
            )],
        ),
        ("becomes a person", vec![swap(ACCESS, "bot = true\n", "")]),
        (
            "lets signatures count",
            vec![swap(
                ACCESS,
                "# Who may do what.\n",
                "# Who may do what.\n\nsignatures = \"required\"\n",
            )],
        ),
        (
            "changes a comment on a member",
            vec![swap(ACCESS, "[members.vic]", "# Trusted.\n[members.vic]")],
        ),
    ]
}

#[test]
fn a_bot_never_decides_whatever_its_roles_give_it() {
    let forge = forge();
    for (name, ops) in reserved() {
        let commit = forge.branch(forge.base, &[by("ci", ops.clone())])[0];
        for pin in [Pin::Line, Pin::Received, Pin::Base] {
            let report = forge.check(forge.base, commit, pin).unwrap();
            let found = codes(&report, commit);
            assert!(
                found.contains(&"permission"),
                "a bot {name}: {found:?} {:#?}",
                messages(&report)
            );
            assert!(
                messages(&report)
                    .iter()
                    .any(|message| message.contains("a bot cannot")),
                "a bot {name}: {:#?}",
                messages(&report)
            );
        }
        // On a branch, which a person merges, it is the same.
        let merge = forge.merge("ana", &[forge.base, commit], &forge.files_after(&ops));
        let report = forge.check(forge.base, merge, Pin::Line).unwrap();
        assert!(
            codes(&report, commit).contains(&"permission"),
            "a bot {name} on a branch: {:#?}",
            messages(&report)
        );
    }
}

/// The merge is what lets a grant or a rule hold, so whoever makes it decides.
#[test]
fn a_bot_merges_no_grant_and_no_rule_of_somebody_else() {
    let forge = forge();
    let guarded = [
        "lifts a rule",
        "creates an environment with rules",
        "grants a role",
        "changes a role",
        "lets signatures count",
    ];
    for (name, ops) in reserved() {
        if !guarded.contains(&name) {
            continue;
        }
        let side = forge.branch(forge.base, &[by("ana", ops.clone())])[0];
        for (merger, expected) in [("ci", vec!["permission"]), ("ana", vec![])] {
            let merge = forge.merge(merger, &[forge.base, side], &forge.files_after(&ops));
            let report = forge.check(forge.base, merge, Pin::Line).unwrap();
            assert_eq!(
                codes(&report, merge),
                expected,
                "{merger} merges what {name}: {:#?}",
                messages(&report)
            );
        }
    }
}

#[test]
fn a_bot_does_what_its_roles_give_it() {
    let forge = forge();
    let asks = || {
        vec![
            by("dora", vec![gone(WAITING)]),
            by("ci", vec![put(WAITING, ASKED)]),
        ]
    };
    let take_back = [asks(), vec![by("ci", vec![gone(WAITING)])]].concat();
    let honest: Vec<(&str, Vec<Step>)> = vec![
        ("asks", asks()),
        ("takes its own request back", take_back),
        (
            "publishes",
            vec![by("ci", vec![put("prompts/tone/2.txt", "Be exact.\n")])],
        ),
        (
            "creates an environment without rules",
            vec![by("ci", vec![put("environments/canary.toml", CURIOUS)])],
        ),
        (
            "renames an environment with rules",
            vec![by(
                "ci",
                vec![swap("environments/qa.toml", "Quality", "Tests")],
            )],
        ),
    ];
    for (name, steps) in honest {
        let commits = forge.branch(forge.base, &steps);
        let report = forge
            .check(forge.base, *commits.last().unwrap(), Pin::Line)
            .unwrap();
        assert!(
            report.findings.is_empty(),
            "a bot {name}: {:#?}",
            messages(&report)
        );
    }
}
