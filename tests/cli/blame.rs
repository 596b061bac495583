use serde_json::{Value, json};

use crate::world::{Run, World};

/// A world in which a release waits for approval in prod: prompts/router 1 → 2, asked for by Ana.
fn asked() -> World {
    let world = World::promoted();
    world.write(
        "environments/prod.toml",
        "name = \"Production\"\nproduction = true\n\n[policy]\nrequires_approval = true\n",
    );
    world.commit_all("prod needs approval");
    let run = world.run(&["promote", "staging", "prod", "-y", "-m", "Weekly release"]);
    assert!(world.path("repo/pending/prod.toml").exists(), "{run:?}");
    world
}

/// Commits everything as Ben, who has changed the pointers of prod as the release asks for.
fn approve(world: &World) {
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "[prompts.router]\nversion = 2",
    );
    world.git(&["rm", "-q", "pending/prod.toml"]);
    commit_as_ben(world, "approve prod\n\nLooks right.");
}

fn commit_as_ben(world: &World, message: &str) {
    world.git(&["add", "-A"]);
    world.git(&[
        "commit",
        "-q",
        "--author",
        "Ben <ben@example.org>",
        "-m",
        message,
    ]);
}

fn pointer(world: &World, arguments: &[&str]) -> Value {
    let answer = world.json(0, &[&["blame"], arguments].concat());
    assert_eq!(answer["schema"], "envctl.blame/v1");
    let pointers = answer["pointers"].as_array().unwrap();
    assert_eq!(pointers.len(), 1, "{answer:#}");
    pointers[0].clone()
}

#[test]
fn a_pipe_gets_one_line_a_pointer() {
    let world = World::promoted();
    let at = "2026-01-02T12:00:00Z";
    world.done_at(
        at,
        &[
            "promote",
            "staging",
            "prod",
            "-y",
            "-m",
            "Better routes\n\nSecond try",
        ],
    );
    let (promoted, first) = (world.head(), world.git(&["rev-parse", "HEAD~2"]));
    let greeting = [
        "prod",
        "prompts/greeting",
        "1",
        "2026-01-01T12:00:00Z",
        &first,
        "ana@example.org",
    ];
    let greeting = [
        &greeting[..],
        &["promote staging → prod: 2 pointers", "-", &first],
    ]
    .concat()
    .join("\t");
    let router = [
        "prod",
        "prompts/router",
        "2",
        at,
        &promoted,
        "ana@example.org",
    ];
    let router = [
        &router[..],
        &["Better routes\\n\\nSecond try", "-", &promoted],
    ]
    .concat()
    .join("\t");
    assert_eq!(
        world.refused(0, &["blame", "prod"]).stdout,
        format!("{greeting}\n{router}\n")
    );
    assert_eq!(
        world.done(&["blame", "prod", "prompts/router"]).stdout,
        format!("{router}\n")
    );
    assert_eq!(
        world.done(&["blame", "prompts/router", "prod"]).stdout,
        format!("{router}\n")
    );
    assert_eq!(
        world.done(&["blame", "--production"]).stdout,
        format!("{greeting}\n{router}\n")
    );
    assert_eq!(
        world
            .done(&["blame", "prod", "--at", "HEAD~1"])
            .stdout
            .lines()
            .count(),
        2
    );
    assert!(
        world
            .done(&["blame", "prod", "--at", "2026-01-02T11:59:59Z"])
            .stdout
            .contains("prompts/router\t1\t")
    );
}

#[test]
fn json_says_who_why_and_in_which_commit() {
    let world = World::promoted();
    let told = pointer(&world, &["prod", "prompts/router"]);
    let commit = world.git(&["rev-parse", "HEAD~1"]);
    let expected = json!({
        "environment": "prod", "resource": "prompts/router", "version": 1, "at": "2026-01-01T12:00:00Z",
        "commit": commit, "origin_commit": commit, "merged": false,
        "author": { "name": "Ana", "email": "ana@example.org" },
        "subject": "promote staging → prod: 2 pointers", "reason": null, "overridden": [], "approval": null,
        "checks": [],
    });
    assert_eq!(told, expected);
}

#[test]
fn a_commit_made_by_hand_counts_by_what_it_did() {
    let world = World::promoted();
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "[prompts.router]\nversion = 2",
    );
    commit_as_ben(
        &world,
        "hot fix\n\nThe routes were wrong.\n\nSigned-off-by: Ben <ben@example.org>",
    );
    let told = pointer(&world, &["prod", "prompts/router"]);
    assert_eq!(
        (&told["author"]["name"], &told["subject"], &told["reason"]),
        (
            &json!("Ben"),
            &json!("hot fix"),
            &json!("The routes were wrong.")
        )
    );
}

#[test]
fn nothing_but_another_number_begins_a_new_stretch() {
    let world = World::promoted();
    let before = pointer(&world, &["prod", "prompts/router"]);
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]",
        "# the one that asks first\n[prompts.router]",
    );
    world.commit_all("a comment");
    world.done(&["promote", "staging", "prod", "prompts/greeting", "-y"]);
    world.done(&["env", "edit", "prod", "--color", "red"]);
    assert_eq!(pointer(&world, &["prod", "prompts/router"]), before);
}

#[test]
fn an_approval_names_who_agreed_and_who_asked() {
    let world = asked();
    let request = world.head();
    approve(&world);
    let told = pointer(&world, &["prod", "prompts/router"]);
    let by = json!({ "name": "Ben", "email": "ben@example.org" });
    assert_eq!(
        (&told["author"], &told["commit"], &told["merged"]),
        (&by, &json!(world.head()), &json!(false))
    );
    let expected = json!({
        "author": by, "commit": world.head(), "reason": "Looks right.",
        "request": {
            "author": { "name": "Ana", "email": "ana@example.org" }, "at": "2026-01-01T12:00:00Z", "commit": request,
            "subject": "request promote staging → prod: 1 pointer", "reason": "Weekly release",
        },
    });
    assert_eq!(told["approval"], expected);
    let line = world.done(&["blame", "prod", "prompts/router"]).stdout;
    let cells: Vec<&str> = line.trim_end().split('\t').collect();
    assert_eq!(
        cells[5..8],
        ["ana@example.org", "Weekly release", "ben@example.org"]
    );
    assert_eq!(
        pointer(&world, &["prod", "prompts/greeting"])["approval"],
        Value::Null
    );
}

#[test]
fn what_approve_reject_and_withdraw_write_reads_as_that() {
    let world = asked();
    for (decision, yes) in [
        ("reject", &[] as &[&str]),
        ("withdraw", &[]),
        ("approve", &["-y"]),
    ] {
        world.run(&["promote", "staging", "prod", "-y"]);
        world.done(&[&[decision, "prod", "-m", "So be it"], yes].concat());
        let entry = &world.json(0, &["log", "prod", "--limit", "1"])["entries"][0];
        assert_eq!(
            (&entry["actions"], &entry["reason"]),
            (&json!([decision]), &json!("So be it"))
        );
    }
    assert_eq!(
        pointer(&world, &["prod", "prompts/router"])["approval"]["reason"],
        "So be it"
    );
}

#[test]
fn other_moves_than_were_asked_for_are_no_approval() {
    let world = asked();
    world.publish("prompts/router", "Route best\n", "staging");
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "[prompts.router]\nversion = 3",
    );
    world.git(&["rm", "-q", "pending/prod.toml"]);
    commit_as_ben(&world, "approve prod");
    assert_eq!(
        pointer(&world, &["prod", "prompts/router"])["approval"],
        Value::Null
    );
}

#[test]
fn a_merge_is_when_and_the_commit_on_its_side_is_who_and_why() {
    for pending in [false, true] {
        let world = if pending { asked() } else { World::promoted() };
        world.git(&["checkout", "-q", "-b", "topic"]);
        if pending {
            approve(&world);
        } else {
            world.replace(
                "pointers/prod.toml",
                "[prompts.router]\nversion = 1",
                "[prompts.router]\nversion = 2",
            );
            commit_as_ben(&world, "better routes");
        }
        let set = world.head();
        world.write("notes.txt", "x");
        world.commit_all("something else");
        world.git(&["checkout", "-q", "main"]);
        world.git(&["merge", "-q", "--no-ff", "-m", "Merge topic", "topic"]);
        let told = pointer(&world, &["prod", "prompts/router"]);
        assert_eq!(
            (
                &told["commit"],
                &told["origin_commit"],
                &told["merged"],
                &told["author"]["name"]
            ),
            (
                &json!(world.head()),
                &json!(set),
                &json!(true),
                &json!("Ben")
            ),
        );
        assert_eq!(told["approval"].is_null(), !pending, "{told:#}");
    }
}

#[test]
fn a_merge_can_bring_request_and_approval_at_once() {
    let world = asked();
    let request = world.head();
    world.git(&["branch", "base", "HEAD~1"]);
    approve(&world);
    world.git(&["branch", "topic"]);
    world.git(&["checkout", "-q", "base"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "Merge topic", "topic"]);
    let told = pointer(&world, &["prod", "prompts/router"]);
    assert_eq!(
        (&told["approval"]["request"]["commit"], &told["merged"]),
        (&json!(request), &json!(true))
    );
}

#[test]
fn names_that_are_not_there_and_nothing_live_are_told() {
    let world = World::promoted();
    world.refused(2, &["blame"]);
    world.refused(2, &["blame", "prod", "staging"]);
    world
        .refused(2, &["blame", "prod", "--production"])
        .says(&["takes the place"]);
    world
        .refused(2, &["blame", "prompts/router"])
        .says(&["which environment?"]);
    world
        .refused(1, &["blame", "prdo"])
        .says(&["did you mean `prod`?"]);
    world
        .refused(1, &["blame", "prod", "prompts/ruoter"])
        .says(&["did you mean prompts/router?"]);
    world.publish("prompts/new", "x", "staging");
    world
        .refused(1, &["blame", "prod", "prompts/new"])
        .says(&["no version of prompts/new is live in `prod`"]);
    world.done(&["env", "create", "qa"]);
    let run = world.refused(0, &["blame", "qa"]);
    assert_eq!(run.stdout, "");
    run.says(&["nothing is live"]);
    world.done(&["env", "edit", "prod", "--no-production", "-y"]);
    world
        .done(&["blame", "--production"])
        .says(&["no environment serves production"]);
}

#[test]
fn a_shallow_clone_is_no_answer() {
    let world = World::promoted();
    let url = format!("file://{}", world.repo().display());
    world.git(&["clone", "-q", "--depth", "2", &url, "../shallow"]);
    for arguments in [
        &["blame", "prod", "--json"] as &[&str],
        &["log", "--json"],
        &["log", "--limit", "1", "--json"],
    ] {
        let run = world.run_in(&world.path("shallow"), arguments);
        assert_eq!((run.exit, &*run.code()), (7, "shallow"), "{run:?}");
        run.says(&["git fetch --unshallow"]);
    }
    let status = world.run_in(&world.path("shallow"), &["status"]);
    assert_eq!(
        (status.exit, status.stdout),
        (0, world.done(&["status"]).stdout)
    );
}

#[test]
fn what_people_wrote_is_harmless() {
    let world = World::promoted();
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "[prompts.router]\nversion = 2",
    );
    world.git(&[
        "commit",
        "-qa",
        "--author",
        "B\u{1b}[2Jn <b@x>",
        "-m",
        "h\u{1b}[2Jot\n\n\u{202e}fix\t\u{9b}1m",
    ]);
    for arguments in [
        &["blame", "prod"] as &[&str],
        &["log"],
        &["log", "--format", "csv"],
        &["blame", "prod", "--json"],
    ] {
        let Run { stdout, .. } = world.done(arguments);
        assert!(
            !stdout.contains(['\u{1b}', '\u{202e}', '\u{9b}']),
            "{stdout:?}"
        );
    }
}
