//! A hundred and more commits that somebody forged, one attack each, and the rule that refuses each of them.

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
const REVIEWED: &str = "name = \"Quality\"\n\n[policy]\nrequires_approval = true\nseparation_of_duties = true\n";
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
    let first = forge.sandbox.git(&["rev-list", "--max-parents=0", "main"]).parse().unwrap();
    let report = forge.check(first, forge.base, Pin::Line).unwrap();
    assert_eq!((report.commits, report.judged), (4, 4));
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

/// Its name, the commits, and the codes that each of them is refused with.
type Attack = (&'static str, Vec<Step>, Vec<&'static [&'static str]>);

fn one(name: &'static str, author: &'static str, code: &'static [&'static str], ops: Vec<Op>) -> Attack {
    (name, vec![by(author, ops)], vec![code])
}

fn to_prod() -> Vec<Op> {
    vec![swap(PROD, "version = 3", "version = 2")]
}

fn approve() -> Vec<Op> {
    vec![gone(WAITING), swap(QA, "version = 2", "version = 3")]
}

fn by_people_who_may_not() -> Vec<Attack> {
    const NO: &[&str] = &["permission"];
    let owner = "roles = [\"owner\"]";
    let stage = || vec![swap(STAGING, "version = 2\n\n[routing", "version = 1\n\n[routing")];
    vec![
        one("a stranger moves a pointer", "mallory", NO, stage()),
        one("a viewer moves a pointer", "vic", NO, stage()),
        one("a bot's look-alike moves a pointer", "ci@example.com", NO, stage()),
        one("an address with a dot more", "do.ra@example.org", NO, stage()),
        one("a grant for qa used in staging", "quentin", NO, stage()),
        one("a grant for production used in staging", "paul", NO, stage()),
        one("a reviewer moves a pointer", "rita", NO, stage()),
        one("a curator moves a pointer", "ed", NO, stage()),
        one("a stranger publishes", "mallory", NO, vec![put("prompts/router/4.md", "Hi {{ name }}\n")]),
        one("a grant for qa used to publish", "quentin", NO, vec![put("prompts/new/1.md", "Hi\n")]),
        one(
            "a viewer grants himself a role",
            "vic",
            NO,
            vec![swap(ACCESS, "roles = [\"viewer\"]", "roles = [\"admin\"]")],
        ),
        one("a stranger adds himself", "mallory", NO, vec![put_member("mallory", "owner")]),
        one("an admin makes himself an owner", "adam", NO, vec![swap(ACCESS, "roles = [\"admin\"]", owner)]),
        one("an admin adds an owner", "adam", NO, vec![put_member("eve", "owner")]),
        one(
            "an admin demotes the owner",
            "adam",
            &["members", "permission"],
            vec![swap(ACCESS, owner, "roles = [\"viewer\"]")],
        ),
        one(
            "an admin takes over an owner's address",
            "adam",
            NO,
            vec![swap(ACCESS, "12+ana@users.noreply.example.com", "eve@x")],
        ),
        one(
            "an admin adds a key to the owner",
            "adam",
            NO,
            vec![swap(
                ACCESS,
                owner,
                "roles = [\"owner\"]\nkeys = [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlE0R4rBkLbcTqvo5i6Hsh3YBUDVGbgvOPmqVbL5Dws\"]",
            )],
        ),
        one(
            "an admin makes an owner of one environment",
            "adam",
            NO,
            vec![swap(
                ACCESS,
                "emails = [\"dora@example.org\"]",
                "emails = [\"dora@example.org\"]\nenvironments.qa = [\"owner\"]",
            )],
        ),
        one(
            "a developer widens a role",
            "rita",
            NO,
            vec![swap(ACCESS, "\"routing:review\"]", "\"routing:review\", \"prompt:publish\"]")],
        ),
        one(
            "a recruiter demands signatures",
            "mia",
            NO,
            vec![Op::Put(ACCESS, format!("signatures = \"required\"\n{}", team()))],
        ),
        one("a developer creates an environment", "dora", NO, vec![put("environments/eu.toml", "name = \"EU\"\n")]),
        one("a developer describes an environment", "dora", NO, vec![swap("environments/qa.toml", "Quality", "Q")]),
        one(
            "a developer sets a policy",
            "dora",
            NO,
            vec![swap("environments/qa.toml", "separation_of_duties = true", "separation_of_duties = false")],
        ),
        one(
            "a developer lifts the policy of prod",
            "dora",
            NO,
            vec![swap("environments/prod.toml", "min_dwell = \"24h\"\n", "")],
        ),
        one(
            "a developer makes qa a production environment",
            "dora",
            NO,
            vec![swap("environments/qa.toml", "\n\n[policy]", "\nproduction = true\n\n[policy]")],
        ),
        one("a developer orders environments", "dora", NO, vec![swap(SETTINGS, "    \"qa\",\n", "")]),
        one(
            "a developer names the default target",
            "dora",
            NO,
            vec![swap(SETTINGS, "default_publish = \"staging\"", "default_publish = \"qa\"")],
        ),
        one(
            "a developer hands over the fallback",
            "dora",
            NO,
            vec![swap(SETTINGS, "gateway_fallback = \"prod\"", "gateway_fallback = \"qa\"")],
        ),
        one(
            "a curator hands over the fallback",
            "ed",
            NO,
            vec![swap(SETTINGS, "gateway_fallback = \"prod\"", "gateway_fallback = \"qa\"")],
        ),
        one(
            "a curator creates a production environment",
            "ed",
            NO,
            vec![put("environments/eu.toml", "production = true\n")],
        ),
        one(
            "a curator creates an environment with a policy",
            "ed",
            NO,
            vec![put("environments/eu.toml", "[policy]\nmin_dwell = \"1h\"\n")],
        ),
        one("an admin renames the project", "adam", NO, vec![swap(SETTINGS, "\"Support\"", "\"Help\"")]),
        one("an admin makes another branch the live one", "adam", NO, vec![swap(SETTINGS, "\"main\"", "\"attic\"")]),
        one("a bot approves", "ci", NO, approve()),
        one("a viewer approves", "vic", NO, approve()),
        one("a stranger turns down", "mallory", NO, vec![gone(WAITING)]),
        one(
            "a viewer asks",
            "vic",
            NO,
            vec![put("pending/staging.toml", "from = \"qa\"\n\n[prompts.tone]\nversion = 1\nseen = 2\n")],
        ),
        (
            "who asked has lost the right by then",
            vec![
                by(
                    "ana",
                    vec![swap(
                        ACCESS,
                        "emails = [\"dora@example.org\"]\nroles = [\"developer\"]",
                        "emails = [\"dora@example.org\"]\nroles = [\"viewer\"]",
                    )],
                ),
                by("rita", approve()),
            ],
            vec![&[], NO],
        ),
        (
            "granted and used",
            vec![by("vic", vec![swap(ACCESS, "roles = [\"viewer\"]", "roles = [\"developer\"]")]), by("vic", stage())],
            vec![NO, &[]],
        ),
        one("the owner removes access.toml", "ana", &["members"], vec![gone(ACCESS)]),
        one("a stranger removes access.toml", "mallory", &["members", "permission"], vec![gone(ACCESS)]),
        one("the last owner leaves", "ana", &["members"], vec![swap(ACCESS, owner, "roles = [\"admin\"]")]),
        one(
            "one address, two members",
            "ana",
            &["members"],
            vec![swap(ACCESS, "\"dora@example.org\"", "\"dora@example.org\", \"adam@example.org\"")],
        ),
        one("a role that nobody defined", "ana", &["members"], vec![swap(ACCESS, "[\"curator\"]", "[\"chief\"]")]),
        one("access.toml that does not read", "ana", &["members", "toml-syntax"], vec![put(ACCESS, "[members\n")]),
    ]
}

fn team() -> String {
    String::from_utf8(crate::fixtures::project("team")[ACCESS].to_vec()).unwrap()
}

fn put_member(name: &str, role: &str) -> Op {
    Op::Put(ACCESS, format!("{}\n[members.{name}]\nemails = [\"{name}@example.org\"]\nroles = [\"{role}\"]\n", team()))
}

fn of_content() -> Vec<Attack> {
    let text = |path, text: &str| vec![put(path, text)];
    let mode = |path, mode, text: &str| vec![Op::Mode(path, mode, text.to_owned())];
    vec![
        one("an edited version", "ana", &["version-immutable"], text("prompts/router/1.md", "Other\n")),
        one("an edited version that is live", "ana", &["version-immutable"], text("prompts/router/3.md", "Other\n")),
        one(
            "an edited activation",
            "ana",
            &["version-immutable"],
            vec![swap("providers/openai/1.toml", "openai", "opemai")],
        ),
        one("a deleted version", "ana", &["version-immutable", "version-sequence"], vec![gone("prompts/router/1.md")]),
        one(
            "a deleted version that is live",
            "ana",
            &["pending-release", "pointer", "version-immutable"],
            vec![gone("prompts/router/3.md")],
        ),
        one(
            "a version of another name",
            "ana",
            &["version-immutable"],
            vec![gone("prompts/tone/2.txt"), put("prompts/tone/2.md", "Be brief.\n")],
        ),
        one("a gap in the numbers", "dora", &["version-sequence"], text("prompts/router/5.md", "Hi {{ name }}\n")),
        one(
            "two files of one number",
            "dora",
            &["version-immutable", "version-sequence"],
            text("prompts/tone/2.md", "x\n"),
        ),
        one("a number with a zero before it", "dora", &["unknown-file"], text("prompts/tone/03.txt", "x\n")),
        one(
            "a literal secret",
            "dora",
            &["literal-secret"],
            text(
                "providers/openai/2.toml",
                "base_url = \"https://api.example.com/v1\"\nmodels = [\"gpt-5\"]\ncredential = \"sk-proj-abcdefghijklmnopqrstuvwxyz0123456789\"\n",
            ),
        ),
        one("a pointer to nothing", "dora", &["pointer"], vec![swap(STAGING, "version = 3", "version = 9")]),
        one(
            "pointers of no environment",
            "dora",
            &["pointer"],
            text("pointers/eu.toml", "[prompts.tone]\nversion = 1\n"),
        ),
        one(
            "a key twice",
            "dora",
            &["toml-syntax"],
            vec![swap(STAGING, "version = 3\n", "version = 3\nversion = 2\n")],
        ),
        one("a byte order mark", "ana", &["not-text"], vec![Op::Put(SETTINGS, format!("\u{feff}{}", settings()))]),
        one(
            "conflict markers",
            "ana",
            &["toml-syntax"],
            vec![swap(
                SETTINGS,
                "name = \"Support\"\n",
                "<<<<<<< ours\nname = \"Support\"\n=======\nname = \"Help\"\n>>>>>>> theirs\n",
            )],
        ),
        one("an unknown key", "ana", &["unknown-key"], vec![swap(SETTINGS, "name = ", "nmae = \"x\"\nname = ")]),
        one(
            "a value of another type",
            "ana",
            &["wrong-type"],
            vec![swap("environments/qa.toml", "requires_approval = true", "requires_approval = \"no\"")],
        ),
        one("a newer schema", "ana", &["newer-schema"], vec![swap(SETTINGS, "schema = 1", "schema = 2")]),
        one(
            "a fallback that is not there",
            "ana",
            &["gateway-fallback"],
            vec![swap(SETTINGS, "gateway_fallback = \"prod\"", "gateway_fallback = \"eu\"")],
        ),
        one(
            "no default target",
            "ana",
            &["default-publish"],
            vec![swap(SETTINGS, "default_publish = \"staging\"\n", "")],
        ),
        one(
            "a system environment goes",
            "ana",
            &["default-publish", "pending-release", "policy-source", "system-environments"],
            vec![gone("environments/staging.toml"), gone(STAGING)],
        ),
        one("the project goes", "ana", &["system-environments"], vec![gone(SETTINGS)]),
        one(
            "an executable pointers file",
            "dora",
            &["unknown-file"],
            mode(STAGING, "100755", "[prompts.router]\nversion = 3\n"),
        ),
        one("a symlinked pointers file", "ana", &["unknown-file"], mode("pointers/eu.toml", "120000", "prod.toml")),
        one(
            "a symlinked settings file",
            "ana",
            &["system-environments", "unknown-file"],
            mode(SETTINGS, "120000", "other.toml"),
        ),
        one(
            "a symlinked version",
            "dora",
            &["unknown-file"],
            mode("prompts/new/1.md", "120000", "../../../etc/passwd"),
        ),
        one(
            "a submodule in a folder of envctl",
            "dora",
            &["unknown-file"],
            mode("prompts/new", "160000", "0123456789012345678901234567890123456789"),
        ),
        one(
            "an environment of a device's name",
            "adam",
            &["unknown-file"],
            text("environments/con.toml", "name = \"x\"\n"),
        ),
        one("a slug in capitals", "adam", &["unknown-file"], text("environments/EU.toml", "name = \"x\"\n")),
        one("a stray file", "dora", &["unknown-file"], text("prompts/router/notes.txt", "x\n")),
        one("a change queued for later", "ana", &["not-supported"], text("scheduled/prod/x.toml", "at = 1\n")),
        one(
            "a rule without its provider",
            "dora",
            &["coherence"],
            vec![swap(STAGING, "\n[providers.openai]\nactivation = 1\n", "")],
        ),
        one(
            "an environment that its order names twice",
            "ana",
            &["display-order"],
            vec![swap(SETTINGS, "    \"qa\",\n", "    \"qa\",\n    \"qa\",\n")],
        ),
        one(
            "a policy that requires itself",
            "ana",
            &["policy-source"],
            vec![swap("environments/prod.toml", "\"staging\"", "\"prod\"")],
        ),
    ]
}

fn settings() -> String {
    String::from_utf8(crate::fixtures::project("support")[SETTINGS].to_vec()).unwrap()
}

fn past_policies() -> Vec<Attack> {
    let tone = || vec![swap(PROD, "version = 1\n\n[routing", "version = 2\n\n[routing")];
    let lift = || vec![swap("environments/prod.toml", "min_dwell = \"24h\"\n", "")];
    let publish = || vec![put("prompts/tone/3.txt", "Be exact.\n")];
    let stage3 = || swap(STAGING, "version = 2\n\n[routing", "version = 3\n\n[routing");
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
            vec![&["future-date", "min-dwell"]],
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
            vec![&[], &["no-rollback"]],
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
        one("an environment that goes with its release", "ana", &["pending-release"], vec![gone("environments/qa.toml"), gone(QA), gone(WAITING), swap(SETTINGS, "    \"qa\",\n", "")]),
        one("a new environment that breaks the policy it brings", "ana", &["required-source"], vec![put("environments/eu.toml", "[policy]\nrequired_source = \"staging\"\n"), put("pointers/eu.toml", "[prompts.tone]\nversion = 1\n")]),
    ]
}

#[test]
fn every_forged_commit_is_refused_by_its_rule() {
    let forge = forge();
    let attacks: Vec<Attack> = [by_people_who_may_not(), of_content(), past_policies()].concat();
    assert!(attacks.len() > 100, "{}", attacks.len());
    let mut wrong = Vec::new();
    for (name, steps, expected) in attacks {
        let commits = forge.branch(forge.base, &steps);
        let report = forge.check(forge.base, *commits.last().unwrap(), Pin::Line).unwrap();
        let found: Vec<_> = commits.iter().map(|commit| codes(&report, *commit)).collect();
        if found != expected {
            wrong.push(format!("{name}: {found:?} instead of {expected:?}\n{:#?}", messages(&report)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn messages(report: &envctl::ops::RangeReport) -> Vec<String> {
    let of = report.findings.iter().flat_map(|found| &found.findings);
    of.map(|finding| format!("{} {}: {}", finding.code, finding.place.file, finding.message)).collect()
}

#[test]
fn commits_that_read_in_two_ways_are_refused() {
    let forge = forge();
    let text = forge.text(vec![swap(SETTINGS, "\"Support\"", "\"Help\"")]);
    let author = text.lines().find(|line| line.starts_with("author ")).unwrap().to_owned();
    let committer = text.lines().find(|line| line.starts_with("committer ")).unwrap().to_owned();
    let mallory = author.replace("ana", "mallory");
    let bent = [
        text.replace(&author, &format!("{author}\n{mallory}")),
        text.replace(&author, &format!("{mallory}\n{author}")),
        text.replace(&committer, &format!("{committer}\n{author}")),
        text.replace(&committer, &format!("{committer}\n{committer}")),
        text.replace(&format!("{author}\n{committer}"), &format!("{committer}\n{author}")),
        text.replace(&format!("{author}\n"), ""),
        text.replace(&format!("{committer}\n"), ""),
        text.replace(&author, &author.replace("<ana@example.org>", "<ana@example.org> <mallory@example.org>")),
        text.replace(&author, &author.replace("<ana@example.org>", "< ana@example.org >")),
        text.replace(&author, &author.replace("<ana@example.org>", "<<ana@example.org>")),
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
    let object = |path: &str| forge.sandbox.git(&["rev-parse", &format!("{}:{path}", forge.base)]);
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
        ("pointers", vec![(file, "staging.toml", &staging), (file, "prod.toml", &prod), (file, "qa.toml", &qa)]),
        (
            "pointers",
            vec![
                (file, "PROD.toml", &qa),
                (file, "prod.toml", &prod),
                (file, "qa.toml", &qa),
                (file, "staging.toml", &staging),
            ],
        ),
        ("pointers", vec![(file, "../access.toml", &prod), (file, "prod.toml", &prod)]),
        ("pointers", vec![(file, "..", &prod), (file, "prod.toml", &prod)]),
        ("pointers", vec![("40000", ".git", &prod), (file, "prod.toml", &prod)]),
    ];
    for (folder, entries) in trees {
        let entries: Vec<_> = entries.iter().map(|(mode, name, object)| (*mode, *name, object.as_str())).collect();
        let tree = forge.raw_tree(&entries);
        let commit = forge.commit_with_tree(folder, &tree);
        let report = forge.check(forge.base, commit, Pin::Line).unwrap_or_else(|error| panic!("{error}: {entries:?}"));
        assert_eq!(codes(&report, commit), ["malformed-tree"], "{entries:?}");
    }
    let listed = forge.sandbox.git(&["ls-tree", &forge.base.to_string()]);
    let top: Vec<(String, String, String)> = listed.lines().map(entry).collect();
    let twice = [top.clone(), vec![("100644".into(), "Envctl.toml".into(), prod.clone())]].concat();
    let mut twice: Vec<_> =
        twice.iter().map(|(mode, name, object)| (mode.as_str(), name.as_str(), object.as_str())).collect();
    twice.sort_by_key(|(_, name, _)| *name);
    let commit = forge.commit_with_tree("", &forge.raw_tree(&twice));
    let report = forge.check(forge.base, commit, Pin::Line).unwrap();
    assert_eq!(codes(&report, commit), ["malformed-tree"]);
}

/// Mode, name and object of a line of `git ls-tree`.
fn entry(line: &str) -> (String, String, String) {
    let (left, name) = line.split_once('\t').unwrap();
    let words: Vec<&str> = left.split(' ').collect();
    (words[0].trim_start_matches('0').to_owned(), name.to_owned(), words[2].to_owned())
}

/// What a malformed commit changes is not forgotten: the next one is judged by what was sound last.
#[test]
fn what_hides_behind_a_malformed_tree_is_found_in_the_next_commit() {
    let forge = forge();
    let object = |path: &str| forge.sandbox.git(&["rev-parse", &format!("{}:{path}", forge.base)]);
    let (prod, qa) = (object(PROD), object(QA));
    let tree = forge.raw_tree(&[("100644", "prod.toml", &prod), ("100644", "prod.toml", &qa)]);
    let hidden = forge.commit_with_tree("pointers", &tree);
    let next = forge
        .branch(hidden, &[by("mallory", vec![swap(STAGING, "version = 2\n\n[routing", "version = 1\n\n[routing")])]);
    let report = forge.check(forge.base, next[0], Pin::Line);
    match report {
        Ok(report) => {
            assert_eq!(codes(&report, hidden), ["malformed-tree"]);
            assert!(!codes(&report, next[0]).is_empty());
        }
        Err(error) => panic!("{error}"),
    }
}

fn merged(forge: &Forge, author: &'static str, one: &[Step], other: &[Step], ops: &[Op]) -> (CommitId, CommitId) {
    let live = if one.is_empty() { forge.base } else { *forge.branch(forge.base, one).last().unwrap() };
    let side = *forge.branch(forge.base, other).last().unwrap();
    let both =
        [one, other].concat().into_iter().flat_map(|step| step.ops).chain(ops.iter().cloned()).collect::<Vec<_>>();
    (side, forge.merge(author, &[live, side], &forge.files_after(&both)))
}

#[test]
fn merges_that_decide_something_are_refused() {
    let forge = forge();
    let live = [by("dora", vec![swap(SETTINGS, "schema = 1", "schema = 1 # the first")])];
    let side = [by("dora", vec![put("prompts/tone/3.txt", "Be exact.\n")])];
    let honest = merged(&forge, "ana", &live, &side, &[]);
    let report = forge.check(forge.base, honest.1, Pin::Line).unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    for (name, author, ops, expected) in [
        ("a value of no side", "ana", swap(STAGING, "version = 3", "version = 1"), "merge"),
        ("a policy of no side", "ana", swap("environments/prod.toml", "min_dwell = \"24h\"\n", ""), "merge"),
        ("a member of no side", "ana", put_member("eve", "owner"), "merge"),
        ("a version of no side", "ana", put("prompts/tone/4.txt", "x\n"), "merge"),
        ("an approval of no side", "ana", gone(WAITING), "merge"),
        (
            "a role of no side",
            "ana",
            swap(SETTINGS, "gateway_fallback = \"prod\"", "gateway_fallback = \"qa\""),
            "merge",
        ),
    ] {
        let (_, merge) = merged(&forge, author, &live, &side, &[ops]);
        let report = forge.check(forge.base, merge, Pin::Line).unwrap();
        assert!(codes(&report, merge).contains(&expected), "{name}: {:#?}", messages(&report));
    }
}

/// The side has what was there when it began, so nobody there decided to go back to it: whoever merged did.
#[test]
fn a_merge_that_takes_back_what_was_live_is_the_mergers_own_doing() {
    let forge = forge();
    let stage = by(
        "dora",
        vec![put("prompts/new/1.md", "Hi\n"), swap(STAGING, "version = 2\n\n[routing", "version = 1\n\n[routing")],
    );
    let live = *forge.branch(forge.base, &[stage]).last().unwrap();
    let side = *forge.branch(forge.base, &[by("dora", vec![put("prompts/tone/3.txt", "Be exact.\n")])]).last().unwrap();
    let files = forge.files_after(&[put("prompts/new/1.md", "Hi\n"), put("prompts/tone/3.txt", "Be exact.\n")]);
    for (author, expected) in [("mallory", &["permission"][..]), ("dora", &[])] {
        let merge = forge.merge(author, &[live, side], &files);
        let report = forge.check(live, merge, Pin::Line).unwrap();
        assert_eq!(codes(&report, merge), expected, "{author}: {:#?}", messages(&report));
    }
}

#[test]
fn what_a_merge_brings_is_judged_where_it_was_done() {
    let forge = forge();
    for (name, step, expected) in [
        (
            "a stranger's move",
            by("mallory", vec![swap(STAGING, "version = 2\n\n[routing", "version = 1\n\n[routing")]),
            "permission",
        ),
        ("approved by who asked", by("dora", approve()), "separation-of-duties"),
        (
            "granted to himself",
            by("vic", vec![swap(ACCESS, "roles = [\"viewer\"]", "roles = [\"admin\"]")]),
            "permission",
        ),
        ("an edited version", by("ana", vec![put("prompts/router/1.md", "Other\n")]), "version-immutable"),
    ] {
        let (side, merge) = merged(&forge, "ana", &[], &[step], &[]);
        let report = forge.check(forge.base, merge, Pin::Line).unwrap();
        assert_eq!(codes(&report, side), [expected], "{name}: {:#?}", messages(&report));
        assert_eq!(codes(&report, merge), [""; 0], "{name} is found once");
    }
}

/// What policies say of time is judged where it becomes live: at the merge.
#[test]
fn a_dwell_is_not_skipped_on_a_side() {
    let forge = forge();
    let side = by("dora", vec![swap(PROD, "version = 1\n\n[routing", "version = 2\n\n[routing")]);
    let (side, merge) = merged(&forge, "ana", &[], &[side], &[]);
    let report = forge.check(forge.base, merge, Pin::Line).unwrap();
    assert_eq!((codes(&report, side), codes(&report, merge)), (vec![], vec!["min-dwell"]));
}

#[test]
fn a_merge_the_other_way_round_cannot_be_judged() {
    let forge = forge();
    let side = forge.branch(forge.base, &[by("dora", vec![put("prompts/tone/3.txt", "Be exact.\n")])])[0];
    let live = forge.branch(forge.base, &[by("dora", vec![put("prompts/new/1.md", "Hi\n")])])[0];
    let files = forge.files_after(&[put("prompts/tone/3.txt", "Be exact.\n"), put("prompts/new/1.md", "Hi\n")]);
    let swapped = forge.merge("ana", &[side, live], &files);
    let refused = forge.check(live, swapped, Pin::Line);
    assert!(matches!(refused, Err(ReadError::OffTheLine { .. })), "{refused:?}");
}

/// Each is allowed where one step follows the other on the live line, and not as one pull request.
#[test]
fn a_rule_that_a_branch_loosens_does_not_serve_the_branch() {
    let forge = forge();
    let lift = || by("adam", vec![swap("environments/prod.toml", "min_dwell = \"24h\"\n", "")]);
    let tone = || by("dora", vec![swap(PROD, "version = 1\n\n[routing", "version = 2\n\n[routing")]);
    let tighten = || by("adam", vec![put("environments/prod.toml", RULED)]);
    let grant = || by("ana", vec![swap(ACCESS, "roles = [\"viewer\"]", "roles = [\"developer\"]")]);
    let use_it = || by("vic", vec![swap(STAGING, "version = 2\n\n[routing", "version = 1\n\n[routing")]);
    for (name, steps, expected) in [
        ("loosened and used", vec![lift(), tone()], vec![vec![], vec!["min-dwell"]]),
        ("off, act, on", vec![lift(), tone(), tighten()], vec![vec![], vec!["min-dwell"], vec![]]),
        ("granted and used", vec![grant(), use_it()], vec![vec![], vec!["permission"]]),
    ] {
        let commits = forge.branch(forge.base, &steps);
        let report = forge.check(forge.base, *commits.last().unwrap(), Pin::Base).unwrap();
        let found: Vec<_> = commits.iter().map(|commit| codes(&report, *commit)).collect();
        assert_eq!(found, expected, "{name}: {:#?}", messages(&report));
        let line = forge.check(forge.base, *commits.last().unwrap(), Pin::Line).unwrap();
        assert!(line.findings.is_empty(), "{name}: {:#?}", messages(&line));
    }
}
