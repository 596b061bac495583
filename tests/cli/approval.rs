use serde_json::json;

use crate::world::{PROVIDER, ROUTE, Run, World, codes};

/// Ben, who has nothing to do with what Ana does.
const BEN: &str = "ben@example.org";

/// A world in which staging is one prompt version ahead of prod, whose policy is `rules`.
fn demanding(rules: &str) -> World {
    let world = World::promoted();
    let file = world.read("environments/prod.toml");
    world.write(
        "environments/prod.toml",
        format!("{file}\n[policy]\n{rules}\n"),
    );
    world.commit_all("policy");
    world
}

fn by(world: &World, email: &str, arguments: &[&str]) -> Run {
    Run::of(
        world
            .program(&world.repo())
            .args(arguments)
            .env("GIT_AUTHOR_EMAIL", email),
    )
}

const ASK: [&str; 4] = ["promote", "staging", "prod", "-y"];

#[test]
fn where_approval_is_demanded_a_promotion_waits() {
    let world = demanding("requires_approval = true");
    let live = world.read("pointers/prod.toml");
    let run = world.run(&ASK);
    assert_eq!(
        (run.exit, run.stdout.as_str()),
        (5, "prompts/router\t1\t2\tforward\n")
    );
    run.says(&[
        "requested: staging → prod: 1 pointer, which waits for approval",
        "envctl approve prod",
        "envctl withdraw prod",
    ]);
    assert_eq!(
        world.read("pending/prod.toml"),
        "from = \"staging\"\n\n[prompts.router]\nversion = 2\nseen = 1\n"
    );
    assert_eq!(world.read("pointers/prod.toml"), live);
    assert_eq!(
        world.git(&["show", "--format=%s", "--name-status", "HEAD"]),
        "request promote staging → prod: 1 pointer\n\nA\tpending/prod.toml"
    );
    assert_eq!(world.status(), "");
    world.done(&["check"]);
}

#[test]
fn a_request_says_in_json_what_it_waits_for() {
    let world = demanding("requires_approval = true");
    let before = world.everything();
    let rehearsed = world.json(5, &["promote", "staging", "prod", "-n"]);
    assert_eq!(
        (&rehearsed["error"]["wait"], &rehearsed["error"]["recorded"]),
        (&json!("approval"), &json!(false))
    );
    assert_eq!(world.everything(), before);
    let asked = world.json(5, &ASK);
    assert_eq!(
        (&asked["error"]["wait"], &asked["error"]["recorded"]),
        (&json!("approval"), &json!(true))
    );
    assert_eq!(
        (&asked["moves"], &asked["commit"]),
        (&json!([]), &json!(world.head()))
    );
    assert_eq!(
        asked["pending"][0]["moves"][0]["resource"],
        "prompts/router"
    );
    // A job may repeat itself, and may call a recorded request a success.
    let head = world.head();
    assert_eq!(world.json(5, &ASK)["error"]["recorded"], json!(true));
    assert_eq!(
        world.json(0, &[&ASK[..], &["--accept-pending"]].concat())["pending"][0]["environment"],
        "prod"
    );
    assert_eq!(world.head(), head);
}

#[test]
fn approving_moves_exactly_what_was_asked_for() {
    let world = demanding("requires_approval = true");
    world.run(&ASK);
    world.publish("prompts/router", "Route even better\n", "staging");
    let run = world.done(&["approve", "prod", "-y", "-m", "Read the transcripts"]);
    assert_eq!(run.stdout, "prompts/router\t1\t2\tforward\n");
    assert_eq!(
        world.read("pointers/prod.toml"),
        "[prompts.greeting]\nversion = 1\n\n[prompts.router]\nversion = 2\n"
    );
    let changed = world.git(&["show", "--format=%s", "--name-status", "HEAD"]);
    assert_eq!(
        changed,
        "approve staging → prod: 1 pointer\n\nD\tpending/prod.toml\nM\tpointers/prod.toml"
    );
    assert!(
        world
            .git(&["log", "-1", "--format=%B"])
            .contains("\nRead the transcripts\n\nEnvctl-Action: approve\n")
    );
    world.done(&["check"]);
}

#[test]
fn turning_down_and_taking_back_move_nothing() {
    for (word, subject) in [
        ("reject", "reject staging → prod: 1 pointer"),
        ("withdraw", "withdraw staging → prod: 1 pointer"),
    ] {
        let world = demanding("separation_of_duties = true");
        world.run(&ASK);
        let answer = world.json(0, &[word, "prod", "-m", "Not yet"]);
        assert_eq!(
            (&answer["environment"], &answer["moves"][0]["after"]),
            (&json!("prod"), &json!(2))
        );
        let changed = world.git(&["show", "--format=%s", "--name-status", "HEAD"]);
        assert_eq!(changed, format!("{subject}\n\nD\tpending/prod.toml"));
        assert!(
            world
                .git(&["log", "-1", "--format=%b"])
                .starts_with("not made: prompts/router 1 → 2\n\nNot yet\n")
        );
        assert_eq!(
            world.json(1, &[word, "prod"])["error"]["code"],
            "nothing-waits"
        );
        world.done(&["check"]);
    }
}

#[test]
fn whoever_asked_does_not_approve_where_duties_are_separated() {
    let world = demanding("separation_of_duties = true");
    world.run(&ASK).says(&["another member has to approve"]);
    let run = world.refused(4, &["approve", "prod", "-y"]);
    run.says(&[
        "error[separation-of-duties]",
        "ana@example.org requested prompts/router@2",
    ]);
    assert_eq!(
        by(&world, "ANA@EXAMPLE.ORG", &["approve", "prod", "-y"]).exit,
        4
    );
    assert_eq!(by(&world, BEN, &["approve", "prod", "-y"]).exit, 0);
    world.done(&["check"]);
}

#[test]
fn what_waits_is_shown_with_who_asked_and_what_stands_in_the_way() {
    let world = demanding("separation_of_duties = true");
    assert_eq!(world.json(0, &["pending"])["pending"], json!([]));
    world.run(&ASK);
    let line = format!(
        "prod\tprompts/router\t1\t2\tana@example.org\t2026-01-01T12:00:00Z\t{}\n",
        world.head()
    );
    assert_eq!(world.done(&["pending"]).stdout, line);
    let release = &world.json(0, &["pending", "prod"])["pending"][0];
    assert_eq!(
        (&release["author"]["email"], &release["can_be_approved"]),
        (&json!("ana@example.org"), &json!(false))
    );
    assert_eq!(release["obstacles"][0]["code"], "separation-of-duties");
    let release = &by(&world, BEN, &["pending", "--json"]).json(0)["pending"][0];
    assert_eq!(
        (&release["can_be_approved"], &release["obstacles"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(world.json(0, &["pending", "staging"])["pending"], json!([]));
    assert_eq!(
        world.json(1, &["pending", "porduction"])["error"]["code"],
        "no-such-environment"
    );
    assert_eq!(
        world.json(0, &["pending", "--at", "HEAD~1"])["pending"],
        json!([])
    );
}

#[test]
fn what_waits_is_shown_with_why_and_with_what_is_wrong_with_it() {
    let world = demanding("requires_approval = true");
    world.run(&[&ASK[..], &["-m", "Legal asked for it"]].concat());
    assert_eq!(
        world.json(0, &["pending"])["pending"][0]["reason"],
        "Legal asked for it"
    );
    let wrong = [
        (
            "version = 9\nseen = 1",
            "prompts/router@9 was never published",
        ),
        ("seen = 1", "`prompts.router.version` is missing"),
    ];
    for (text, flaw) in wrong {
        world.write("pending/prod.toml", format!("[prompts.router]\n{text}\n"));
        world.commit_all("by hand");
        let release = &world.json(0, &["pending"])["pending"][0];
        assert_eq!(
            (
                &release["can_be_approved"],
                &release["obstacles"][0]["message"]
            ),
            (&json!(false), &json!(flaw))
        );
        assert_eq!(world.run(&["approve", "prod", "-y"]).exit, 4);
    }
}

#[test]
fn while_a_release_waits_nothing_else_moves_there_but_a_return() {
    let world = demanding("requires_approval = true");
    world.run(&ASK);
    world.publish("prompts/other", "x", "staging");
    let answer = world.json(4, &ASK);
    assert_eq!(codes(&answer), ["pending-release", "pending-release"]);
    let run = world.refused(4, &ASK);
    run.says(&[
        "envctl approve prod",
        "envctl reject prod",
        "envctl withdraw prod",
    ]);
    // To take a pointer away is no return, and has to be approved.
    world.git(&["rm", "-q", "pointers/prod.toml"]);
    world.refused(11, &["check", "--staged"]);
}

#[test]
fn a_release_whose_pointer_moved_meanwhile_can_only_be_taken_back() {
    let world = demanding("requires_approval = true");
    world.run(&ASK);
    // The return is judged as one: prod served nothing before its first release.
    world.write("pointers/prod.toml", "[prompts.greeting]\nversion = 1\n");
    world.commit_all("an incident");
    world.done(&["check"]);
    let run = world.refused(4, &["approve", "prod", "-y"]);
    run.says(&[
        "prompts/router is now at nothing in `prod`, but was at 1 when the release was requested",
        "envctl withdraw prod",
    ]);
    assert_eq!(
        world.json(4, &["approve", "prod", "-y"])["error"]["code"],
        "seen-otherwise"
    );
    assert_eq!(
        world.json(0, &["pending"])["pending"][0]["obstacles"][0]["message"],
        "prompts/router moved since it was requested"
    );
    world.done(&["reject", "prod"]);
}

#[test]
fn a_release_is_finished_or_taken_back_whatever_became_of_its_rule() {
    for (rules, exit) in [
        ("", 0),
        ("requires_approval = true\nmin_dwell = \"24h\"", 5),
        ("required_source = \"qa\"", 4),
    ] {
        let world = demanding("requires_approval = true");
        world.done(&["env", "create", "qa"]);
        world.run(&ASK);
        world.replace("environments/prod.toml", "requires_approval = true", rules);
        world.commit_all("another policy");
        assert_eq!(
            world.run(&["approve", "prod", "-y", "-n"]).exit,
            exit,
            "{rules}"
        );
        world.done(&["withdraw", "prod"]);
    }
}

#[test]
fn a_release_that_was_edited_or_broken_by_hand_can_be_taken_back() {
    for (text, code) in [
        (
            "[prompts.router]\nversion = 1\nseen = 1\n",
            "pending-release",
        ),
        (
            "[prompts.router]\nversion = 9\nseen = 1\n",
            "pending-release",
        ),
        ("<<<<<<< a\n=======\n>>>>>>> b\n", "toml-syntax"),
        ("from = \"staging\"\n", "pending-release"),
    ] {
        let world = demanding("requires_approval = true");
        world.run(&ASK);
        world.write("pending/prod.toml", text);
        assert!(
            codes(&world.json(11, &["check", "--worktree"])).contains(&"pending-release"),
            "{text}"
        );
        world.commit_all("by hand");
        assert_eq!(codes(&world.json(11, &["check"])), [code], "{text}");
        assert_ne!(world.run(&["approve", "prod", "-y"]).exit, 0, "{text}");
        world.done(&["withdraw", "prod"]);
        world.done(&["check"]);
    }
}

#[test]
fn a_release_for_an_environment_that_is_gone_can_be_taken_back() {
    let world = demanding("requires_approval = true");
    world.done(&["env", "create", "qa"]);
    world.write(
        "environments/qa.toml",
        "name = \"qa\"\n\n[policy]\nrequires_approval = true\n",
    );
    world.commit_all("policy of qa");
    assert_eq!(world.run(&["promote", "staging", "qa", "-y"]).exit, 5);
    world
        .refused(4, &["env", "delete", "qa", "-y"])
        .says(&["envctl reject qa", "envctl withdraw qa"]);
    world.git(&["rm", "-q", "environments/qa.toml"]);
    world.git(&["commit", "-q", "-m", "by hand"]);
    assert_eq!(
        world.json(0, &["pending", "qa"])["pending"][0]["environment"],
        "qa"
    );
    assert_eq!(
        world.json(1, &["approve", "qa", "-y"])["error"]["code"],
        "no-such-environment"
    );
    world.done(&["withdraw", "qa"]);
    world.done(&["check"]);
}

#[test]
fn a_publication_into_such_an_environment_adds_the_version_and_asks() {
    let world = demanding("requires_approval = true");
    let run = world.fed(
        b"New\n",
        &[
            "publish",
            "prompts/router",
            "-",
            "--to",
            "prod",
            "-y",
            "--json",
        ],
    );
    let answer = run.json(5);
    assert_eq!(
        (
            &answer["versions"][0]["version"],
            &answer["versions"][0]["is_new"],
            &answer["error"]["recorded"]
        ),
        (&json!(3), &json!(true), &json!(true))
    );
    let changed = world.git(&["show", "--format=", "--name-status", "HEAD"]);
    assert_eq!(changed, "A\tpending/prod.toml\nA\tprompts/router/3.md");
    world.done(&["approve", "prod", "-y"]);
    assert!(world.read("pointers/prod.toml").contains("version = 3"));
}

#[test]
fn a_wait_for_time_is_not_recorded() {
    let world = demanding("requires_approval = true\nmin_dwell = \"24h\"");
    let answer = world.json(5, &ASK);
    let error = &answer["error"];
    assert_eq!(
        (&error["wait"], &error["recorded"]),
        (&json!("dwell"), &json!(false))
    );
    assert_eq!(
        (&error["eligible"], codes(&answer)),
        (&json!("2026-01-02T12:00:00Z"), vec!["min-dwell"])
    );
    world
        .refused(5, &ASK)
        .says(&["not yet: ", "eligible at 2026-01-02T12:00:00Z"]);
    let later = |time: &str| {
        Run::of(
            world
                .program(&world.repo())
                .args(ASK)
                .env("GIT_COMMITTER_DATE", time),
        )
        .exit
    };
    assert_eq!(later("2026-01-02T11:59:59Z"), 5);
    assert_eq!(world.status(), "");
    assert_eq!(later("2026-01-02T12:00:00Z"), 5);
    assert!(world.read("pending/prod.toml").contains("version = 2"));
}

#[test]
fn a_request_and_its_approval_in_one_commit_are_no_approval() {
    let world = demanding("requires_approval = true");
    let start = world.head();
    world.run(&ASK);
    world.done(&["approve", "prod", "-y"]);
    world.git(&["reset", "-q", "--soft", &start]);
    let report = world.json(11, &["check", "--staged"]);
    assert_eq!(codes(&report), ["approval"]);
}

#[test]
fn the_requester_of_a_merged_request_is_who_asked_on_the_branch() {
    let world = demanding("separation_of_duties = true");
    world.git(&["checkout", "-q", "-b", "feature"]);
    assert_eq!(by(&world, BEN, &ASK).exit, 5);
    let asked = world.head();
    world.git(&["checkout", "-q", "main"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge", "feature"]);
    let release = &world.json(0, &["pending"])["pending"][0];
    assert_eq!(
        (&release["author"]["email"], &release["commit"]),
        (&json!(BEN), &json!(asked))
    );
    assert_eq!(by(&world, BEN, &["approve", "prod", "-y"]).exit, 4);
    world.done(&["approve", "prod", "-y"]);
}

#[test]
fn requests_of_two_branches_conflict_and_the_finding_says_so() {
    let world = demanding("requires_approval = true");
    world.git(&["checkout", "-q", "-b", "feature"]);
    world.run(&ASK);
    world.git(&["checkout", "-q", "main"]);
    world.publish("prompts/router", "Third\n", "staging");
    world.run(&ASK);
    let merge = Run::of(
        world
            .sealed("git", &world.repo())
            .args(["merge", "-q", "feature"]),
    );
    assert_eq!(merge.exit, 1);
    let report = world.json(11, &["check", "--worktree"]);
    let found = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|found| found["code"] == "toml-syntax")
        .unwrap();
    assert!(
        found["file"] == "pending/prod.toml"
            && found["hint"].as_str().unwrap().contains("merge conflict")
    );
}

#[test]
fn in_a_shallow_clone_what_needs_history_is_refused_with_the_command_that_fetches_it() {
    let world = demanding("requires_approval = true\nseparation_of_duties = true");
    world.run(&ASK);
    let clone = world.path("clone");
    let url = format!("file://{}", world.repo().display());
    world.git_in(
        &world.path("."),
        &["clone", "-q", "--depth", "1", &url, clone.to_str().unwrap()],
    );
    let run = Run::of(
        world
            .program(&clone)
            .args(["approve", "prod", "-y", "--json"])
            .env("GIT_AUTHOR_EMAIL", BEN),
    );
    assert_eq!(run.code(), "shallow");
    assert!(
        run.exit == 7 && run.stdout.contains("git fetch --unshallow"),
        "{run:?}"
    );
    let release = &world.run_in(&clone, &["pending", "--json"]).json(0)["pending"][0];
    assert_eq!(
        (&release["author"], &release["moves"][0]["after"]),
        (&json!(null), &json!(2))
    );
}

#[test]
fn going_back_and_taking_away_wait_like_any_other_move() {
    let world = demanding("requires_approval = true\napprove_rollbacks = true");
    let waits = world.json(5, &["rollback", "prod", "prompts/router", "-y"]);
    assert_eq!(
        (&waits["error"]["wait"], &waits["moves"]),
        (&json!("approval"), &json!([]))
    );
    world.done(&["undo", "-y"]);
    let run = world.run(&["retire", "prod", "prompts/greeting", "-y"]);
    assert_eq!(run.exit, 5);
    run.says(&["requested: the retirement of 1 pointer from prod, which waits for approval"]);
    assert_eq!(
        world.read("pending/prod.toml"),
        "[prompts.greeting]\nretire = true\nseen = 1\n"
    );
    let undo = world.json(0, &["approve", "prod", "-y"])["undo"].clone();
    assert_eq!(undo, "envctl rollback prod prompts/greeting --to 1");
    assert_eq!(
        world.read("pointers/prod.toml"),
        "[prompts.router]\nversion = 1\n"
    );
}

#[test]
fn an_approval_that_git_reverts_waits_again_and_is_no_finding() {
    let world = demanding("requires_approval = true");
    world.run(&ASK);
    world.done(&["approve", "prod", "-y"]);
    world.git(&["revert", "--no-commit", "HEAD"]);
    world.done(&["check", "--staged"]);
    world.git(&["commit", "-q", "-m", "revert"]);
    world.done(&["approve", "prod", "-y"]);
    assert!(
        world
            .read("pointers/prod.toml")
            .contains("[prompts.router]\nversion = 2\n")
    );
}

#[test]
fn the_log_tells_of_what_was_asked_for_and_what_became_of_it() {
    let world = demanding("requires_approval = true");
    world.run(&ASK);
    world.done(&["reject", "prod"]);
    let table = world
        .done(&[
            "log",
            "prod",
            "prompts/router",
            "--format",
            "csv",
            "--limit",
            "2",
        ])
        .stdout;
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    let told: Vec<&[&str]> = rows.iter().map(|row| &row[4..9]).collect();
    assert_eq!(
        told,
        [
            ["reject", "prod", "prompts/router", "1", "2"],
            ["request", "prod", "prompts/router", "1", "2"]
        ]
    );
}

#[test]
fn a_script_may_say_yes_to_every_decision() {
    for word in ["reject", "withdraw", "approve"] {
        let world = demanding("requires_approval = true");
        world.run(&ASK);
        world.done(&[word, "prod", "-y"]);
        world.done(&["policy", "set", "prod", "min_dwell=1h", "-y"]);
    }
}

#[test]
fn what_would_break_the_environment_is_not_even_asked_for() {
    let world = World::new();
    world.publish("providers/openai", PROVIDER, "staging");
    world.publish("routing/primary", ROUTE, "staging");
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&[
        "policy",
        "set",
        "prod",
        "requires_approval=true",
        "approve_rollbacks=true",
    ]);
    let answer = world.json(4, &["retire", "prod", "providers/openai", "-y"]);
    assert_eq!(
        (codes(&answer), &answer["findings"][0]["file"]),
        (vec!["coherence"], &json!("pending/prod.toml"))
    );
    world
        .refused(4, &["retire", "prod", "providers/openai", "-y"])
        .says(&["together: envctl retire prod"]);
    world.json(
        5,
        &[
            "retire",
            "prod",
            "providers/openai",
            "routing/primary",
            "-y",
        ],
    );
    world.done(&["approve", "prod", "-y"]);
}

#[test]
fn a_request_keeps_the_source_that_it_had() {
    let world = World::demanding(&["required_source=staging", "requires_approval=true"]);
    assert_eq!(world.run(&ASK).exit, 5);
    world.publish("prompts/router", "Route best\n", "staging");
    let approved = by(&world, BEN, &["approve", "prod", "-y"]);
    assert_eq!(approved.exit, 0, "{approved:?}");
    world.done(&[
        "check",
        &format!("{}..HEAD", world.git(&["rev-parse", "HEAD~2"])),
    ]);
}

#[test]
fn a_request_lapses_when_its_version_is_rolled_back_in_the_source() {
    let world = World::demanding(&["required_source=staging", "requires_approval=true"]);
    assert_eq!(world.run(&ASK).exit, 5);
    world.done(&["rollback", "staging", "prompts/router", "-y"]);
    let answer = by(&world, BEN, &["approve", "prod", "-y", "--json"]).json(4);
    assert_eq!(codes(&answer), ["required-source"]);
    world.done(&["withdraw", "prod"]);
}

#[test]
fn what_moved_and_moved_back_since_is_not_what_was_asked_for() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["policy", "set", "prod", "requires_approval=true"]);
    world.publish("prompts/router", "Route best\n", "staging");
    assert_eq!(world.run(&ASK).exit, 5);
    world.done(&["rollback", "prod", "prompts/router", "--to", "1", "-y"]);
    world.done(&["rollback", "prod", "prompts/router", "--to", "2", "-y"]);
    let answer = by(&world, BEN, &["approve", "prod", "-y", "--json"]).json(4);
    assert_eq!(codes(&answer), ["pending-release"]);
}
