//! Moves that a policy bars, and decisions on releases that nobody made.

use super::{ASKED, Attack, PROD, QA, RULED, SETTINGS, STAGING, WAITING, approve, one, to_prod};
use envctl::ops::Pin;
use jiff::{SignedDuration, Timestamp};

use crate::forge::{Op, by, codes, gone, put, swap};
use crate::project::time;

pub fn attacks() -> Vec<Attack> {
    let tone = || {
        vec![swap(
            PROD,
            "version = 1\n\n[routing",
            "version = 2\n\n[routing",
        )]
    };
    let lift = || vec![swap("environments/prod.toml", "min_dwell = \"24h\"\n", "")];
    let publish = || vec![put("prompts/tone/3.txt", "Be exact.\n")];
    let stage3 = || {
        swap(
            STAGING,
            "version = 2\n\n[routing",
            "version = 3\n\n[routing",
        )
    };
    vec![
        one("a dwell that is skipped", "dora", &["min-dwell"], tone()),
        one("a source that is skipped", "dora", &["min-dwell", "required-source"], [publish(), vec![swap(PROD, "version = 1\n\n[routing", "version = 3\n\n[routing")]].concat()),
        one("a source and its use in one commit", "dora", &["min-dwell", "required-source"], [publish(), vec![stage3(), swap(PROD, "version = 1\n\n[routing", "version = 3\n\n[routing")]].concat()),
        (
            "a dwell that is skipped by back-dating",
            vec![
                by("dora", [publish(), vec![stage3()]].concat()).minutes_ago(20 * 24 * 60),
                by("dora", vec![swap(PROD, "version = 1\n\n[routing", "version = 3\n\n[routing")]),
            ],
            vec![&[], &["min-dwell"]],
        ),
        (
            "a dwell that is skipped by a date to come",
            vec![by("dora", tone()).minutes_ago(-25 * 60)],
            // Dwell counts to the date of the move, so that the verdict stays the same once the date has come.
            vec![&["future-date"]],
        ),
        ("a date to come", vec![by("ana", vec![swap(SETTINGS, "\"Support\"", "\"Help\"")]).minutes_ago(-60)], vec![&["future-date"]]),
        one("a rollback within the window", "dora", &["no-rollback"], to_prod()),
        one("a rollback within the window, to long ago", "dora", &["min-dwell", "no-rollback", "required-source"], vec![swap(PROD, "version = 3", "version = 1")]),
        one("a policy that is lifted in the same commit", "adam", &["min-dwell"], [lift(), tone()].concat()),
        one("a policy that a kind overrides in the same commit", "adam", &["min-dwell"], [vec![put("environments/prod.toml", format!("{RULED}\n[policy.prompts]\nmin_dwell = \"0s\"\n"))], tone()].concat()),
        (
            "done and undone",
            vec![by("dora", tone()), by("dora", vec![swap(PROD, "version = 2\n\n[routing", "version = 1\n\n[routing")])],
            vec![&["min-dwell"], &["no-rollback"]],
        ),
        (
            "retired and brought back as something lower",
            vec![
                by("dora", vec![swap(PROD, "[prompts.router]\nversion = 3\n\n", "")]),
                by("dora", vec![Op::Put(PROD, "[prompts.router]\nversion = 2\n\n[prompts.tone]\nversion = 1\n\n[routing.primary]\nrelease = 1\n\n[providers.openai]\nactivation = 1\n".to_owned())]),
            ],
            // Where nothing is live there is nothing to return from.
            vec![&[], &["min-dwell", "no-rollback", "required-source"]],
        ),
        one("other variables than callers give", "dora", &["min-dwell", "required-source", "same-variables"], vec![put("prompts/router/4.md", "{{ nobody_gives_this }}\n"), swap(PROD, "version = 3", "version = 4")]),
        one("without approval", "ana", &["pending-release"], vec![swap(QA, "version = 1\n\n[routing", "version = 2\n\n[routing")]),
        (
            "without approval, nothing waiting",
            vec![by("dora", vec![gone(WAITING)]), by("ana", vec![swap(QA, "version = 1\n\n[routing", "version = 2\n\n[routing")])],
            vec![&[], &["approval"]],
        ),
        (
            "asked and approved in one commit",
            vec![by("dora", vec![gone(WAITING)]), by("rita", vec![swap(QA, "version = 2", "version = 3")])],
            vec![&[], &["approval", "permission"]],
        ),
        one("approved by who asked", "dora", &["separation-of-duties"], approve()),
        (
            "approved from another address",
            vec![
                by("dora", vec![gone(WAITING)]),
                by("ana", vec![put(WAITING, ASKED)]),
                by("12+ana@users.noreply.example.com", approve()),
            ],
            vec![&[], &[], &["separation-of-duties"]],
        ),
        one("approved, and more moved", "rita", &["approval", "pending-release", "permission"], [approve(), vec![swap(QA, "version = 1\n\n[routing", "version = 2\n\n[routing")]].concat()),
        one("approved, and something else moved", "ana", &["approval", "pending-release"], vec![gone(WAITING), swap(QA, "version = 1\n\n[routing", "version = 2\n\n[routing")]),
        one("a request that is edited", "dora", &["pending-release"], vec![swap(WAITING, "version = 3", "version = 1")]),
        one("a request that is taken over", "ana", &["pending-release"], vec![put(WAITING, format!("{ASKED}\n[prompts.tone]\nversion = 2\nseen = 1\n"))]),
        (
            "a request that is edited, and then approved by who had asked",
            vec![by("ana", vec![put(WAITING, format!("{ASKED}\n[prompts.tone]\nversion = 2\nseen = 1\n"))]), by("ana", [approve(), vec![swap(QA, "version = 1\n\n[routing", "version = 2\n\n[routing")]].concat())],
            vec![&["pending-release"], &["separation-of-duties"]],
        ),
        (
            "an approval that is replayed",
            vec![by("ana", approve()), by("ana", vec![put(QA, String::from("[prompts.router]\nversion = 2\n\n[prompts.tone]\nversion = 1\n\n[routing.primary]\nrelease = 1\n\n[providers.openai]\nactivation = 1\n"))]), by("ana", vec![swap(QA, "version = 2", "version = 1")])],
            vec![&[], &[], &["approval"]],
        ),
        one("a request that saw something else", "dora", &["pending-release"], vec![put("pending/staging.toml", "[prompts.tone]\nversion = 1\nseen = 9\n")]),
        one("a request for nothing", "dora", &["pending-release"], vec![put("pending/staging.toml", "[prompts.tone]\nversion = 9\nseen = 2\n")]),
        one("a request of no environment", "ana", &["pending-release"], vec![put("pending/eu.toml", "[prompts.tone]\nversion = 2\n")]),
        one("past a release that waits", "ana", &["pending-release"], vec![swap(QA, "[prompts.router]\nversion = 2\n\n", "")]),
        one("an environment that goes with its release", "ana", &["approval", "pending-release"], vec![gone("environments/qa.toml"), gone(QA), gone(WAITING), swap(SETTINGS, "    \"qa\",\n", "")]),
        one("a new environment that breaks the policy it brings", "ana", &["required-source"], vec![put("environments/eu.toml", "[policy]\nrequired_source = \"staging\"\n"), put("pointers/eu.toml", "[prompts.tone]\nversion = 1\n")]),
    ]
}

/// Only that a commit is dated ahead is said as long as it is. Once the date has come, dwell counts from there, whenever that is
/// asked.
#[test]
fn a_date_to_come_counts_once_it_has_come() {
    let mut forge = super::forge();
    let (one, two) = ("version = 1\n\n[routing", "version = 2\n\n[routing");
    let three = put("prompts/tone/3.txt", "Be exact.\n");
    // Staged two hours ahead of the clock; what is made on it before then is no older.
    let staged = by(
        "dora",
        vec![three, swap(STAGING, two, "version = 3\n\n[routing")],
    );
    forge.honest(&[staged.minutes_ago(-120)]);
    let ahead = forge.base;
    let after = |hours: i64| {
        time()
            .checked_add(SignedDuration::from_hours(hours))
            .unwrap()
    };
    let to_prod = vec![swap(PROD, one, "version = 3\n\n[routing")];
    let moved = |hours: i64| {
        let step = by("dora", to_prod.clone()).minutes_ago(-60 * hours);
        forge.branch(ahead, &[step])[0]
    };
    let first = forge.sandbox.git(&["rev-parse", &format!("{ahead}~1")]);
    let first = first.parse().unwrap();
    let (early, late) = (moved(25), moved(26));
    let found = |commit, now: Timestamp| {
        let report = forge.check_at(first, commit, Pin::Line, now).unwrap();
        [codes(&report, ahead), codes(&report, commit)]
    };
    assert_eq!(
        found(early, time()),
        [
            ["future-date"].to_vec(),
            ["future-date", "min-dwell"].to_vec()
        ]
    );
    for hours in [27, 40, 24 * 30] {
        let none: Vec<&str> = vec![];
        assert_eq!(
            found(early, after(hours)),
            [none.clone(), vec!["min-dwell"]]
        );
        assert_eq!(found(late, after(hours)), [none.clone(), none]);
    }
}
