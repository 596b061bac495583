//! Merges: what they take from a branch, and what they decide themselves.

use envctl::model::CommitId;
use envctl::ops::{LandingWay, Pin};

use super::{ACCESS, ASKED, PROD, QA, REVIEWED, STAGING, WAITING, approve, forge, messages};
use crate::forge::{Forge, Op, Step, by, codes, gone, put, swap};

const DAY: i64 = 24 * 60;
const MAY_PUBLISH_2: &str = "version = 2\n\n[routing";
const MAY_PUBLISH_1: &str = "version = 1\n\n[routing";

fn last(commits: &[CommitId]) -> CommitId {
    *commits.last().unwrap()
}

/// Commits `live` on the live line and `side` on a branch, merges the branch, and checks what is found in the merge.
struct Case {
    name: &'static str,
    live: Vec<Step>,
    side: Vec<Step>,
    /// Who merges.
    by: &'static str,
    /// What the merge holds, as changes from where the two parted.
    holds: Vec<Op>,
    expected: &'static [&'static str],
}

impl Case {
    fn judge(self, forge: &Forge, wrong: &mut Vec<String>) {
        let on = |steps: &[Step]| match steps {
            [] => forge.base,
            steps => last(&forge.branch(forge.base, steps)),
        };
        let (live, side) = (on(&self.live), on(&self.side));
        let merge = forge.merge(self.by, &[live, side], &forge.files_after(&self.holds));
        for base in [forge.base, live] {
            let report = forge.check(base, merge, Pin::Line).unwrap();
            let found = codes(&report, merge);
            if found != self.expected {
                wrong.push(format!(
                    "{}: {found:?} instead of {:?}\n{:#?}",
                    self.name,
                    self.expected,
                    messages(&report)
                ));
            }
        }
    }
}

fn judge(forge: &Forge, cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for case in cases {
        case.judge(forge, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn withdraw() -> Step {
    by("dora", vec![gone(WAITING)])
}

fn stage(author: &'static str, from: &'static str, to: &'static str) -> Step {
    by(author, vec![swap(STAGING, from, to)])
}

#[test]
fn an_approval_on_a_branch_counts_while_its_request_waits_on_the_live_line() {
    let case = |name, live, expected| Case {
        name,
        live,
        side: vec![by("ana", approve())],
        by: "adam",
        holds: approve(),
        expected,
    };
    let ask = |who| by(who, vec![put(WAITING, ASKED)]);
    let back = by("dora", vec![swap(QA, "version = 3", "version = 2")]);
    let cases = vec![
        case("it waits", vec![], &[]),
        case("it was taken back", vec![withdraw()], &["approval"]),
        case(
            "it was taken back, and whoever approved asked for the same",
            vec![withdraw(), ask("ana")],
            &["approval"],
        ),
    ];
    let mut forge = forge();
    judge(&forge, cases);
    // Approved, used, and rolled back, where a return needs approval like any other move.
    let ruled = format!("{REVIEWED}approve_rollbacks = true\n");
    forge.honest(&[by("adam", vec![put("environments/qa.toml", ruled)]).minutes_ago(10)]);
    let live = last(&forge.branch(forge.base, &[by("rita", approve()), back]));
    let side = last(&forge.branch(forge.base, &[by("ana", approve())]));
    let merge = forge.merge("adam", &[live, side], &forge.files_after(&approve()));
    let report = forge.check(live, merge, Pin::Line).unwrap();
    assert_eq!(
        codes(&report, merge),
        ["approval", "rolled-back"],
        "{:#?}",
        messages(&report)
    );
}

/// Nobody could see on the live line that it was asked for.
#[test]
fn separated_duties_take_two_merges() {
    let mut forge = forge();
    forge.honest(&[withdraw().minutes_ago(20)]);
    let ask = by("dora", vec![put(WAITING, ASKED)]);
    let decided = || vec![swap(QA, "version = 2", "version = 3")];
    let side = forge.branch(forge.base, &[ask, by("rita", approve())]);
    let merge = forge.merge(
        "adam",
        &[forge.base, last(&side)],
        &forge.files_after(&decided()),
    );
    let report = forge.check(forge.base, merge, Pin::Line).unwrap();
    assert_eq!(
        codes(&report, merge),
        ["separation-of-duties"],
        "{:#?}",
        messages(&report)
    );
    let merged = Pin::Landing(LandingWay::Merge);
    let pinned = forge.check(forge.base, last(&side), merged).unwrap();
    assert_eq!(codes(&pinned, last(&side)), ["separation-of-duties"]);
    // The request first, and then its approval.
    let asked = forge.files_after(&[put(WAITING, ASKED)]);
    let first = forge.merge("adam", &[forge.base, side[0]], &asked);
    let second = forge.merge("adam", &[first, side[1]], &forge.files_after(&decided()));
    let report = forge.check(forge.base, second, Pin::Line).unwrap();
    assert!(report.findings.is_empty(), "{:#?}", messages(&report));
}

#[test]
fn what_lay_on_a_branch_for_more_than_a_week_is_asked_for_again() {
    let mut forge = forge();
    let reviewed = "name = \"Quality\"\n\n[policy]\nrequires_approval = true\n";
    forge.honest(&[
        withdraw().minutes_ago(20),
        by("adam", vec![put("environments/qa.toml", reviewed)]).minutes_ago(10),
    ]);
    let asked = |minutes| by("dora", vec![put(WAITING, ASKED)]).minutes_ago(minutes);
    let approved = |minutes| by("ana", approve()).minutes_ago(minutes);
    let case = |name, side, holds, expected| Case {
        name,
        live: vec![],
        side,
        by: "adam",
        holds,
        expected,
    };
    let (waits, moves) = (
        vec![put(WAITING, ASKED)],
        vec![swap(QA, "version = 2", "version = 3")],
    );
    judge(
        &forge,
        vec![
            case(
                "a request of a week",
                vec![asked(7 * DAY)],
                waits.clone(),
                &[],
            ),
            case(
                "an older one",
                vec![asked(7 * DAY + 1)],
                waits,
                &["pending-release"],
            ),
            case(
                "an approval of a week",
                vec![asked(7 * DAY), approved(7 * DAY)],
                moves.clone(),
                &[],
            ),
            case(
                "an older one",
                vec![asked(7 * DAY + 1), approved(7 * DAY + 1)],
                moves.clone(),
                &["approval"],
            ),
            case(
                "an older request, approved lately",
                vec![asked(7 * DAY + 1), approved(1)],
                moves,
                &["approval"],
            ),
        ],
    );
}

#[test]
fn what_both_sides_changed_is_the_decision_of_whoever_merged() {
    let role = |to: &'static str| vec![swap(ACCESS, "roles = [\"viewer\"]", to)];
    let (developer, admin) = ("roles = [\"developer\"]", "roles = [\"admin\"]");
    let both = |by, expected| Case {
        name: "a member's roles",
        live: vec![self::by("ana", role(developer))],
        side: vec![self::by("ana", role(admin))],
        by,
        holds: role(admin),
        expected,
    };
    let revoked = |by, expected| Case {
        name: "a grant that was taken back meanwhile",
        live: vec![self::by(
            "ana",
            vec![swap(
                ACCESS,
                "emails = [\"dora@example.org\"]\nroles = [\"developer\"]",
                "emails = [\"dora@example.org\"]\nroles = [\"viewer\"]",
            )],
        )],
        side: vec![self::by("ana", vec![put("prompts/tone/3.txt", "x\n")])],
        by,
        holds: vec![put("prompts/tone/3.txt", "x\n")],
        expected,
    };
    let pointer = |by, expected| Case {
        name: "a pointer",
        live: vec![self::by(
            "dora",
            vec![
                put("prompts/tone/3.txt", "x\n"),
                swap(STAGING, MAY_PUBLISH_2, "version = 3\n\n[routing"),
            ],
        )],
        side: vec![stage("dora", MAY_PUBLISH_2, MAY_PUBLISH_1)],
        by,
        holds: vec![
            put("prompts/tone/3.txt", "x\n"),
            swap(STAGING, MAY_PUBLISH_2, MAY_PUBLISH_1),
        ],
        expected,
    };
    const NO: &[&str] = &["permission"];
    judge(
        &forge(),
        vec![
            both("mallory", NO),
            both("vic", NO),
            both("ana", &[]),
            revoked("dora", NO),
            revoked("ana", &[]),
            pointer("mallory", NO),
            pointer("dora", &[]),
        ],
    );
}

#[test]
fn a_fork_from_before_a_deletion_does_not_bring_back_what_was_deleted() {
    const EU: &str = "environments/eu.toml";
    let mut forge = forge();
    forge.honest(&[by("ana", vec![put(EU, "name = \"EU\"\n")]).minutes_ago(20)]);
    let case = |by, side: Vec<Step>, expected| {
        let holds = side.iter().flat_map(|step| step.ops.clone()).collect();
        Case {
            name: by,
            live: vec![self::by("ana", vec![gone(EU)])],
            side,
            by,
            holds,
            expected,
        }
    };
    let kept = || vec![by("dora", vec![put("prompts/tone/3.txt", "x\n")])];
    let edited = || vec![by("ana", vec![put(EU, "name = \"Europe\"\n")])];
    judge(
        &forge,
        vec![
            case("dora", kept(), &["permission"]),
            case("dora", edited(), &["permission"]),
            case("ana", edited(), &[]),
        ],
    );
}

/// A grant that an owner drafted and gave up is made to hold by whoever merges it.
#[test]
fn whoever_merges_a_grant_or_a_policy_may_make_it() {
    let grant = || {
        vec![swap(
            ACCESS,
            "roles = [\"viewer\"]",
            "roles = [\"developer\"]",
        )]
    };
    let lift = || vec![swap("environments/prod.toml", "min_dwell = \"24h\"\n", "")];
    let create = || {
        vec![put(
            "environments/eu.toml",
            "name = \"EU\"\n\n[policy]\nmin_dwell = \"1h\"\n",
        )]
    };
    let case = |author, by, ops: Vec<Op>, expected| Case {
        name: by,
        live: vec![],
        side: vec![self::by(author, ops.clone())],
        by,
        holds: ops,
        expected,
    };
    const NO: &[&str] = &["permission"];
    judge(
        &forge(),
        vec![
            case("ana", "vic", grant(), NO),
            case("ana", "noreply@forge.example.com", grant(), NO),
            case("ana", "ana", grant(), &[]),
            case("adam", "dora", lift(), NO),
            case("adam", "ana", lift(), &[]),
            case("ana", "ed", create(), NO),
            case("ana", "adam", create(), &[]),
            case("dora", "vic", vec![put("prompts/tone/3.txt", "x\n")], &[]),
        ],
    );
}

#[test]
fn elements_that_both_sides_add_to_an_array_are_taken_from_both() {
    let emails = |list: &str| {
        vec![Op::Put(
            ACCESS,
            super::team().replace(
                "emails = [\"dora@example.org\"]",
                &format!("emails = [{list}]"),
            ),
        )]
    };
    let (one, two) = (
        "\"dora@example.org\", \"d1@example.org\"",
        "\"d2@example.org\", \"dora@example.org\"",
    );
    let case = |name, by, holds: &str, expected| Case {
        name,
        live: vec![self::by("ana", emails(one))],
        side: vec![self::by("ana", emails(two))],
        by,
        holds: emails(holds),
        expected,
    };
    let all = "\"d2@example.org\", \"dora@example.org\", \"d1@example.org\"";
    let more =
        "\"d2@example.org\", \"dora@example.org\", \"d1@example.org\", \"mallory@example.org\"";
    judge(
        &forge(),
        vec![
            case("both", "ana", all, &[]),
            case(
                "both, by somebody who may not",
                "dora",
                all,
                &["permission"],
            ),
            case("without what the first added", "dora", two, &["permission"]),
            case("and one of nobody", "ana", more, &["merge"]),
        ],
    );
}

#[test]
fn an_octopus_takes_each_entry_from_the_side_that_changed_it() {
    let forge = forge();
    let (tone, news) = (
        put("prompts/tone/3.txt", "x\n"),
        put("prompts/news/1.txt", "y\n"),
    );
    let down = swap(STAGING, MAY_PUBLISH_2, MAY_PUBLISH_1);
    let one = last(&forge.branch(forge.base, &[by("dora", vec![tone.clone()])]));
    let two = last(&forge.branch(forge.base, &[by("dora", vec![news.clone(), down.clone()])]));
    let live = last(&forge.branch(
        forge.base,
        &[by("dora", vec![put("prompts/faq/1.txt", "z\n")])],
    ));
    let faq = put("prompts/faq/1.txt", "z\n");
    let all = vec![faq.clone(), tone.clone(), news.clone(), down];
    let merge = forge.merge("vic", &[live, one, two], &forge.files_after(&all));
    let report = forge.check(forge.base, merge, Pin::Line).unwrap();
    assert!(report.findings.is_empty(), "{:#?}", messages(&report));
    // What only one side changed and the octopus gives back is taken by nobody else.
    let back = forge.branch(
        live,
        &[by(
            "dora",
            vec![swap(STAGING, MAY_PUBLISH_2, MAY_PUBLISH_1)],
        )],
    );
    let merge = forge.merge("vic", &[last(&back), one], &forge.files_after(&[faq, tone]));
    let report = forge.check(forge.base, merge, Pin::Line).unwrap();
    assert_eq!(
        codes(&report, merge),
        ["permission"],
        "{:#?}",
        messages(&report)
    );
}

/// Two branches that took in each other parted in two commits, and one of them says what the side says.
#[test]
fn a_criss_cross_brings_back_what_was_taken_back_only_by_its_own_decision() {
    let forge = forge();
    let text = put("prompts/faq/1.txt", "z\n");
    let down = swap(STAGING, MAY_PUBLISH_2, MAY_PUBLISH_1);
    let live = last(&forge.branch(forge.base, &[by("dora", vec![text.clone()])]));
    let side = last(&forge.branch(forge.base, &[by("dora", vec![down.clone()])]));
    let both = forge.files_after(&[text.clone(), down]);
    let one = forge.merge("dora", &[live, side], &both);
    let other = forge.merge("dora", &[side, live], &both);
    let kept = forge.files_after(&[text]);
    let back = Op::Put(STAGING, String::from_utf8(kept[STAGING].to_vec()).unwrap());
    let back = last(&forge.branch(one, &[by("dora", vec![back])]));
    for (author, expected) in [("mallory", &["permission"][..]), ("dora", &[])] {
        let merge = forge.merge(author, &[back, other], &both);
        let report = forge.check(forge.base, merge, Pin::Line).unwrap();
        assert_eq!(
            codes(&report, merge),
            expected,
            "{author}: {:#?}",
            messages(&report)
        );
    }
}

#[test]
fn a_branch_that_is_brought_up_to_date_changes_nothing_of_what_is_live() {
    let forge = forge();
    let (text, named) = (
        put("prompts/tone/3.txt", "x\n"),
        put("prompts/faq/1.txt", "z\n"),
    );
    let down = swap(STAGING, MAY_PUBLISH_2, MAY_PUBLISH_1);
    let side = last(&forge.branch(forge.base, &[by("dora", vec![text.clone()])]));
    let line = forge.branch(
        forge.base,
        &[
            by("dora", vec![named.clone(), down.clone()]),
            by("dora", vec![put("prompts/faq/2.txt", "z\n")]),
        ],
    );
    let updated = forge.merge(
        "mallory",
        &[side, line[0]],
        &forge.files_after(&[text.clone(), named.clone(), down]),
    );
    for base in &line {
        let report = forge.check(*base, updated, Pin::Base).unwrap();
        assert_eq!(codes(&report, updated), [""; 0], "{:#?}", messages(&report));
    }
    // What it keeps in spite of the live line is decided by whoever brought it up to date.
    let kept = forge.merge(
        "mallory",
        &[side, line[0]],
        &forge.files_after(&[text, named]),
    );
    let report = forge.check(line[0], kept, Pin::Base).unwrap();
    assert_eq!(
        codes(&report, kept),
        ["permission"],
        "{:#?}",
        messages(&report)
    );
}

/// What a branch moved and moved back was never live where it was merged.
#[test]
fn a_branch_that_moves_and_moves_back_makes_no_return_possible() {
    let forge = forge();
    let (one, two) = ("version = 1\n\n[routing", "version = 2\n\n[routing");
    let side = [
        by("dora", vec![swap(PROD, one, two)]),
        by("dora", vec![swap(PROD, two, one)]),
    ];
    let side = last(&forge.branch(forge.base, &side));
    let merge = forge.merge("adam", &[forge.base, side], &forge.files_after(&[]));
    let then = last(&forge.branch(merge, &[by("dora", vec![swap(PROD, one, two)])]));
    let report = forge.check(forge.base, then, Pin::Line).unwrap();
    assert_eq!(codes(&report, merge), [""; 0]);
    assert_eq!(
        codes(&report, then),
        ["min-dwell"],
        "{:#?}",
        messages(&report)
    );
}

/// A branch on which a version lay for days served nothing with it: what it asks for has waited nowhere.
#[test]
fn a_request_whose_dwell_exists_only_on_the_branch_is_refused() {
    let mut forge = forge();
    let ruled = "name = \"Quality\"\n\n[policy]\nrequired_source = \"staging\"\nmin_dwell = \"24h\"\n\
                 requires_approval = true\n";
    forge.honest(&[
        withdraw().minutes_ago(20),
        by("adam", vec![put("environments/qa.toml", ruled)]).minutes_ago(10),
    ]);
    let asked = "from = \"staging\"\n\n[prompts.tone]\nversion = 3\nseen = 1\n";
    let (text, staged) = (
        put("prompts/tone/3.txt", "x\n"),
        swap(STAGING, MAY_PUBLISH_2, "version = 3\n\n[routing"),
    );
    let side = [
        by("dora", vec![text.clone(), staged.clone()]).minutes_ago(3 * DAY),
        by("dora", vec![put(WAITING, asked)]),
    ];
    let side = last(&forge.branch(forge.base, &side));
    let files = forge.files_after(&[text, staged, put(WAITING, asked)]);
    let merge = forge.merge("dora", &[forge.base, side], &files);
    for pin in [Pin::Line, Pin::Received] {
        let report = forge.check(forge.base, merge, pin).unwrap();
        let found = codes(&report, merge);
        assert!(found.contains(&"min-dwell"), "{:#?}", messages(&report));
    }
    let report = forge.check(forge.base, side, Pin::Base).unwrap();
    assert!(
        codes(&report, side).contains(&"min-dwell"),
        "{:#?}",
        messages(&report)
    );
}
