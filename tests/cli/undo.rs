use serde_json::{Value, json};

use crate::remotes::Remotes;
use crate::world::{NOON, Run, World, codes};

const BEN: &str = "ben@example.org";

/// Everything of the tip but versions.
fn state(world: &World) -> String {
    let kept = |line: &&str| {
        let path = line.rsplit('\t').next().unwrap();
        !["prompts/", "routing/", "providers/"]
            .iter()
            .any(|folder| path.starts_with(folder))
    };
    let listed = world.git(&["ls-tree", "-r", "HEAD"]);
    listed.lines().filter(kept).collect::<Vec<_>>().join("\n")
}

fn by(world: &World, email: &str, arguments: &[&str]) -> Run {
    let mut command = world.program(&world.repo());
    let command = command.args(arguments).env("GIT_AUTHOR_EMAIL", email);
    Run::of(command.env("GIT_COMMITTER_EMAIL", email))
}

fn short(world: &World) -> String {
    world.head()[..10].to_owned()
}

/// Follows the undo line of an answer.
fn follow(world: &World, answer: &Value) -> Run {
    let line = answer["undo"]
        .as_str()
        .unwrap_or_else(|| panic!("no undo line: {answer:#}"));
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    assert_eq!(words[0], "undo", "{line}");
    world.done(&[&*words, &["-y"]].concat())
}

#[test]
fn the_newest_change_is_taken_back_and_the_message_says_what() {
    let world = World::promoted();
    let before = state(&world);
    world.done(&["promote", "staging", "prod", "-y"]);
    let promotion = short(&world);
    let start = world.head();
    let run = world.done(&["undo", "-y", "-m", "Too many refunds"]);
    assert_eq!(run.stdout, "prompts/router\t2\t1\tback\n");
    run.says(&[
        &format!(
            "undone {promotion}: promote staging → prod: 1 pointer ({})",
            short(&world)
        ),
        &format!("undo: envctl undo {}", short(&world)),
    ]);
    assert_eq!(state(&world), before);
    assert_eq!(
        world.subjects(&start),
        [format!(
            "undo {promotion}: promote staging → prod: 1 pointer"
        )]
    );
    let message = world.git(&["log", "-1", "--format=%B"]);
    let trailers = format!("Envctl-Action: undo\nEnvctl-Undoes: {start}\n");
    assert!(
        message.contains("\n\nprompts/router 2 → 1\n\nToo many refunds\n\n"),
        "{message}"
    );
    assert!(message.contains(&trailers), "{message}");
    let log = world.json(0, &["log", "--limit", "1"]);
    assert_eq!(log["entries"][0]["actions"], json!(["undo", "rollback"]));
    assert_eq!(world.status(), "");
    world.done(&["check", &format!("{start}..HEAD")]);
}

#[test]
fn every_writer_says_how_to_undo_and_that_gives_the_files_before() {
    let world = World::promoted();
    world.write("new.md", "Route best\n");
    world.done(&["env", "create", "qa", "--description", "Trials"]);
    world.done(&["promote", "staging", "qa", "prompts/router", "-y"]);
    let gateway = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/gateways/speech/gateway.toml"
    );
    for arguments in [
        &["publish", "prompts/router", "new.md", "--to", "staging"] as &[&str],
        &["publish", "prompts/fresh", "new.md", "--to", "staging"],
        &["promote", "staging", "prod"],
        &["point", "qa", "prompts/router@1"],
        &["retire", "qa", "prompts/router"],
        &["env", "create", "eu", "--color", "red"],
        &["env", "create", "eu", "--default-publish"],
        &["env", "create", "eu", "--gateway-fallback", "--incomplete"],
        &[
            "env",
            "edit",
            "qa",
            "--description",
            "",
            "--name",
            "Quality",
        ],
        &["env", "edit", "qa", "--default-publish"],
        &["env", "reorder", "qa", "staging"],
        &["env", "delete", "qa"],
        &[
            "policy",
            "set",
            "qa",
            "min_dwell=1h",
            "prompts.requires_approval=true",
        ],
        &["rollback", "staging", "prompts/router", "--to", "1"],
        &["import", gateway, "--to", "qa"],
    ] {
        let before = state(&world);
        let answer = world.json(0, &[arguments, &["-y"]].concat());
        assert_ne!(state(&world), before, "{arguments:?}");
        follow(&world, &answer);
        assert_eq!(state(&world), before, "{arguments:?}");
        world.done(&["check"]);
    }
}

#[test]
fn where_nothing_could_be_taken_back_no_line_says_so() {
    let world = World::demanding(&["requires_approval=true"]);
    world.write("new.md", "Hello again\n");
    let publish = ["publish", "prompts/greeting", "new.md", "--no-release"];
    assert_eq!(world.json(0, &publish)["undo"], Value::Null);
    world
        .refused(1, &["undo", "-y"])
        .says(&["only changed versions, which stay"]);
    assert_eq!(
        world.json(1, &["undo", "-y"])["error"]["code"],
        "nothing-to-undo"
    );
    // The member who asked withdraws it; nobody asks again by an undo.
    assert_eq!(world.run(&["promote", "staging", "prod", "-y"]).exit, 5);
    assert_eq!(world.json(0, &["withdraw", "prod"])["undo"], Value::Null);
    world.refused(4, &["undo", "-y"]).says(&[
        "took back the request in `prod` and moved nothing",
        "ask again: envctl promote staging prod prompts/router",
    ]);
    let answer = world.json(0, &["access", "grant", "ana@example.org", "owner"]);
    assert_eq!(answer["undo"], Value::Null);
    world
        .refused(4, &["undo", "-y"])
        .says(&["created access.toml"]);
}

#[test]
fn an_approval_is_undone_and_its_request_does_not_wait_again() {
    let world = World::demanding(&["requires_approval=true"]);
    assert_eq!(world.run(&["promote", "staging", "prod", "-y"]).exit, 5);
    let before = world.read("pointers/prod.toml");
    let answer = world.json(0, &["approve", "prod", "-y"]);
    let run = follow(&world, &answer);
    assert_eq!(run.stdout, "prompts/router\t2\t1\tback\n");
    assert_eq!(world.read("pointers/prod.toml"), before);
    assert!(!world.repo().join("pending/prod.toml").exists());
    world.done(&["check"]);
}

#[test]
fn a_request_is_undone_while_it_waits() {
    let world = World::demanding(&["requires_approval=true"]);
    let before = state(&world);
    let answer = world.json(5, &["promote", "staging", "prod", "-y"]);
    let run = follow(&world, &answer);
    assert_eq!(run.stdout, "prod\tpending release\tprompts/router@2\t-\n");
    assert_eq!(state(&world), before);
    let request = world.git(&["rev-parse", "HEAD~1"]);
    world
        .refused(0, &["undo", &request, "-y"])
        .says(&["is undone already"]);
    // Once it was approved, the approval is what moved the pointer.
    assert_eq!(world.run(&["promote", "staging", "prod", "-y"]).exit, 5);
    let request = world.head();
    world.done(&["approve", "prod", "-y"]);
    let approval = format!("undo what came later first: envctl undo {}", short(&world));
    world
        .refused(4, &["undo", &request, "-y"])
        .says(&["pending release of `prod` changed since", &approval]);
}

#[test]
fn a_rollback_is_undone_by_who_made_it_and_by_nobody_else() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    let before = state(&world);
    world.done(&["rollback", "prod", "-y"]);
    let rollback = world.head();
    let refused = by(&world, BEN, &["undo", &rollback, "-y", "--json"]).json(4);
    assert_eq!(codes(&refused), ["rolled-back"], "{refused:#}");
    world.done(&["undo", "-y"]);
    assert_eq!(state(&world), before);
    world.done(&["check"]);
}

#[test]
fn an_undo_is_undone_and_so_is_that() {
    let world = World::promoted();
    let before = state(&world);
    world.done(&["promote", "staging", "prod", "-y"]);
    let promoted = state(&world);
    for expected in [&before, &promoted, &before] {
        world.done(&["undo", "-y"]);
        assert_eq!(state(&world), *expected);
    }
    // However often, the subject stays one line.
    let subject = world.git(&["log", "-1", "--format=%s"]);
    assert_eq!(subject.matches("undo ").count(), 2, "{subject}");
}

#[test]
fn a_policy_is_set_back_key_by_key_and_other_keys_stay() {
    let world = World::promoted();
    world.done(&["policy", "set", "prod", "min_dwell=24h"]);
    world.done(&[
        "policy",
        "set",
        "prod",
        "min_dwell=48h",
        "required_source=staging",
    ]);
    let change = world.head();
    world.done(&["policy", "set", "prod", "no_rollback=true"]);
    let run = world.done(&["undo", &change, "-y"]);
    assert_eq!(
        run.stdout,
        "prod\tpolicy.required_source\tstaging\t-\nprod\tpolicy.min_dwell\t2 days\t24h\n"
    );
    let file = world.read("environments/prod.toml");
    assert!(
        file.contains("[policy]\nmin_dwell = \"24h\"\nno_rollback = true\n"),
        "{file}"
    );
    let answer = world.json(0, &["undo", "-y"]);
    assert_eq!(
        answer["settings"],
        json!([
            { "environment": "prod", "key": "policy.required_source", "old": null, "new": "staging" },
            { "environment": "prod", "key": "policy.min_dwell", "old": "24h", "new": "2 days" },
        ])
    );
    let message = world.git(&["log", "-1", "--format=%B"]);
    assert!(
        message.contains("prod policy.min_dwell: 24h → 2 days\n"),
        "{message}"
    );
}

#[test]
fn access_is_taken_back_one_by_one_and_others_keep_what_they_got() {
    let world = World::promoted();
    world.done(&["access", "grant", "ana@example.org", "owner"]);
    let start = state(&world);
    follow(
        &world,
        &world.json(0, &["access", "grant", BEN, "developer"]),
    );
    assert_eq!(state(&world), start);
    world.done(&["access", "grant", BEN, "developer"]);
    world.done(&["access", "grant", BEN, "admin"]);
    let admin = world.head();
    world.done(&["access", "grant", BEN, "viewer", "--env", "prod"]);
    world.done(&["access", "grant", "cy@example.org", "developer"]);
    world.done(&["undo", &admin, "-y"]);
    let file = world.read("access.toml");
    assert!(
        file.contains("roles = [\"developer\"]\nenvironments.prod = [\"viewer\"]\n"),
        "{file}"
    );
    assert!(file.contains("cy@example.org"), "{file}");
    // Whoever was removed comes back as a whole.
    world.done(&["access", "revoke", "ben"]);
    let removed = world.head();
    world.done(&["access", "grant", "cy@example.org", "viewer"]);
    world.done(&["undo", &removed, "-y"]);
    world.done(&["undo", "HEAD~1", "-y"]);
    let members = |text: &str| text.matches("[members.").count();
    assert_eq!(members(&world.read("access.toml")), 3);
    world.done(&["check"]);
    // An undo is a change like any other: it takes the right to make it.
    let refused = by(&world, BEN, &["undo", &removed, "-y", "--json"]);
    assert_eq!(refused.exit, 0, "{refused:?}");
    let refused = by(&world, BEN, &["undo", &admin, "-y", "--json"]);
    assert_eq!(refused.exit, 0, "{refused:?}");
    let grant = world.git(&[
        "log",
        "--format=%H",
        "--grep",
        "access grant cy: developer",
        "-1",
    ]);
    let refused = by(&world, BEN, &["undo", &grant, "-y", "--json"]).json(4);
    assert!(codes(&refused).contains(&"permission"), "{refused:#}");
}

#[test]
fn a_created_environment_goes_unless_something_happened_in_it() {
    let world = World::promoted();
    world.done(&["env", "create", "qa"]);
    let created = world.head();
    world.done(&["env", "edit", "qa", "--color", "red"]);
    let edit = short(&world);
    world.done(&["promote", "staging", "qa", "-y"]);
    let promotion = short(&world);
    world.refused(4, &["undo", &created, "-y"]).says(&[
        "prompts/greeting of `qa`, prompts/router of `qa` changed since",
        &format!("in {promotion} by Ana (promote staging → qa: 2 pointers)"),
        &format!("color of `qa` changed since in {edit}"),
        &format!("undo what came later first: envctl undo {promotion} && envctl undo {edit}"),
    ]);
    assert_eq!(
        world.json(4, &["undo", &created, "-y"])["error"]["code"],
        "moved-on"
    );
    for commit in [&promotion, &edit, &created] {
        world.done(&["undo", commit, "-y"]);
    }
    assert!(!world.repo().join("environments/qa.toml").exists());
    world
        .refused(0, &["undo", &created, "-y"])
        .says(&["is undone already"]);
}

#[test]
fn what_has_moved_on_is_named_with_who_moved_it() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    let promotion = world.head();
    world.publish("prompts/router", "Route best\n", "prod");
    let later = short(&world);
    world.refused(4, &["undo", &promotion, "-y"]).says(&[
        "prompts/router of `prod` changed since",
        &format!("in {later} by Ana (publish prompts/router@3 to prod)"),
        &format!("undo what came later first: envctl undo {later}"),
    ]);
    world.done(&["undo", &later, "-y"]);
    world.done(&["undo", &promotion, "-y"]);
    assert!(
        world
            .read("pointers/prod.toml")
            .contains("[prompts.router]\nversion = 1\n")
    );
}

#[test]
fn where_the_file_has_changed_elsewhere_only_the_entry_goes_back() {
    let world = World::published();
    world.done(&["promote", "staging", "prod", "prompts/router", "-y"]);
    let first = world.head();
    world.done(&["promote", "staging", "prod", "prompts/greeting", "-y"]);
    world.done(&["undo", &first, "-y"]);
    assert_eq!(
        world.read("pointers/prod.toml"),
        "[prompts.greeting]\nversion = 1\n"
    );
}

#[test]
fn what_is_no_change_of_the_project_is_refused() {
    let world = World::promoted();
    world
        .refused(
            4,
            &[
                "undo",
                &world.git(&["rev-list", "--max-parents=0", "HEAD"]),
                "-y",
            ],
        )
        .says(&["created or removed the project"]);
    world.write("notes.txt", "not envctl's\n");
    world.commit_all("notes");
    assert_eq!(
        world.json(1, &["undo", "HEAD", "-y"])["error"]["code"],
        "nothing-to-undo"
    );
    world
        .refused(1, &["undo", "HEAD", "-y"])
        .says(&["did not change the project"]);
    for unknown in ["HEAD~99", "none", "123456789abcdef"] {
        let answer = world.json(1, &["undo", unknown, "-y"]);
        assert_eq!(answer["error"]["code"], "no-such-revision", "{unknown}");
    }
    world.git(&["switch", "-qc", "topic"]);
    world.done(&["env", "create", "qa"]);
    let topic = world.head();
    world.git(&["switch", "-q", "main"]);
    world
        .refused(4, &["undo", &topic, "-y"])
        .says(&["is not on the first-parent line of main"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "merge", "topic"]);
    for merged in ["HEAD", &topic] {
        assert_eq!(
            world.json(4, &["undo", merged, "-y"])["error"]["code"],
            "cannot-undo"
        );
    }
    world
        .refused(4, &["undo", "-y"])
        .says(&["is a merge", "envctl rollback ENVIRONMENT --at "]);
    let run = by(&world, "nobody@example.org", &["undo", "-y", "--json"]);
    assert_eq!((run.exit, &*run.code()), (1, "nothing-to-undo"));
}

#[test]
fn a_commit_by_hand_is_undone_like_any_other() {
    let world = World::promoted();
    let before = state(&world);
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "# why\n[prompts.router]\nversion = 2",
    );
    world.replace("envctl.toml", "name = \"Support\"", "name = \"Help\"");
    world.commit_all("by hand");
    let hand = world.head();
    world.done(&["undo", "-y"]);
    assert_eq!(state(&world), before);
    world.done(&["undo", "-y"]);
    // For a name there is no command, so it is set back only with its file as it was.
    world.done(&[
        "env",
        "edit",
        "staging",
        "--gateway-fallback",
        "--incomplete",
        "-y",
    ]);
    world.done(&["env", "reorder", "staging", "prod"]);
    world
        .refused(4, &["undo", &hand, "-y"])
        .says(&["no command sets name"]);
}

#[test]
fn a_state_that_a_rule_forbids_does_not_come_back() {
    let world = World::promoted();
    world.done(&["env", "create", "qa"]);
    let created = world.head();
    world.done(&["policy", "set", "prod", "required_source=qa"]);
    let answer = world.json(4, &["undo", &created, "-y"]);
    assert_eq!(codes(&answer), ["policy-source"], "{answer:#}");
    // Moves that need approval are not requested by an undo; the command that does is named.
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    let promotion = short(&world);
    world.done(&[
        "policy",
        "set",
        "prod",
        "requires_approval=true",
        "approve_rollbacks=true",
    ]);
    let run = world.refused(4, &["undo", &promotion, "-y"]);
    let parent = &world.git(&["rev-parse", &format!("{promotion}~1")])[..10];
    let request = format!("envctl rollback prod prompts/router --at {parent}");
    run.says(&[&format!("request it: {request}")]);
    let words: Vec<&str> = request.split(' ').skip(1).chain(["-y"]).collect();
    assert_eq!(world.run(&words).exit, 5);
}

#[test]
fn it_asks_and_a_dry_run_changes_nothing() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    let run = world.refused(2, &["undo"]);
    run.says(&["confirmation required", "--yes"]);
    assert_eq!(run.stdout, "prompts/router\t2\t1\tback\n");
    let answer = world.json(0, &["undo", "-n"]);
    assert_eq!(
        (
            &answer["undone"],
            &answer["commit"],
            &answer["undo"],
            &answer["changed"]
        ),
        (
            &json!(world.head()),
            &Value::Null,
            &Value::Null,
            &json!(true)
        )
    );
}

#[test]
fn it_is_pushed_and_judged_on_top_of_what_is_there() {
    let remotes = Remotes::new();
    let world = &remotes.world;
    world.done(&["promote", "staging", "prod", "-y"]);
    let local = world.head();
    // Somebody else has gone on meanwhile, so what was not pushed is made again on top of that.
    let other = world.path("other");
    let run = world.run_in(&other, &["env", "create", "qa", "--push"]);
    assert_eq!(run.exit, 0, "{run:?}");
    let answer = world.json(0, &["undo", &local, "-y", "--push"]);
    assert_eq!(answer["pushed"]["commits"], 2);
    remotes.together();
    assert!(
        world
            .read("pointers/prod.toml")
            .contains("[prompts.router]\nversion = 1\n")
    );
    let line = answer["undo"].as_str().unwrap();
    assert!(line.ends_with(" --push=origin"), "{line}");
}

#[test]
fn the_project_may_have_moved_since() {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    let promotion = world.head();
    world.done_at(NOON, &["env", "create", "qa"]);
    world.git(&["mv", "-k", "envctl.toml", "envctl.toml"]);
    std::fs::create_dir(world.repo().join("gateway")).unwrap();
    for owned in [
        "envctl.toml",
        "environments",
        "pointers",
        "prompts",
        ".gitattributes",
    ] {
        world.git(&["mv", owned, "gateway/"]);
    }
    world.git(&["commit", "-qm", "move"]);
    let folder = world.repo().join("gateway");
    let run = world.run_in(&folder, &["undo", &promotion, "-y"]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert!(
        world
            .read("gateway/pointers/prod.toml")
            .contains("[prompts.router]\nversion = 1\n")
    );
}
