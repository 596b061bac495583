use serde_json::json;

use crate::world::{Run, World};

fn subjects(world: &World, arguments: &[&str]) -> Vec<String> {
    let run = world.done(&[&["log"], arguments].concat());
    run.stdout
        .lines()
        .map(|line| line.rsplit('\t').next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_pipe_gets_one_line_a_commit_newest_first() {
    let world = World::promoted();
    let run = world.done(&["log"]);
    let first: Vec<_> = run.stdout.lines().next().unwrap().split('\t').collect();
    let head = world.head();
    assert_eq!(
        first,
        [
            &*head,
            "2026-01-01T12:00:00Z",
            "ana@example.org",
            "publish prompts/router@2 to staging"
        ]
    );
    assert_eq!(run.stdout.lines().count(), 5);
}

#[test]
fn an_environment_a_resource_or_both_narrow_it() {
    let world = World::promoted();
    let promoted = "promote staging → prod: 2 pointers";
    assert_eq!(subjects(&world, &["prod"])[0], promoted);
    assert_eq!(subjects(&world, &["--production"])[0], promoted);
    assert_eq!(subjects(&world, &["prod", "prompts/router"]), [promoted]);
    assert_eq!(subjects(&world, &["prompts/router", "prod"]), [promoted]);
    assert_eq!(
        subjects(&world, &["prompts/greeting"]),
        [promoted, "publish prompts/greeting@1 to staging"]
    );
    assert_eq!(subjects(&world, &["--limit", "1"]).len(), 1);
    assert_eq!(subjects(&world, &["--limit", "0"]).len(), 0);
    assert_eq!(subjects(&world, &["--at", "HEAD~4"]), ["init Support"]);
}

#[test]
fn commits_that_touch_nothing_of_the_project_are_not_in_it() {
    let world = World::promoted();
    world.write("src/app.py", "print()\n");
    world.commit_all("app");
    assert!(!subjects(&world, &[]).contains(&"app".to_owned()));
}

#[test]
fn a_commit_made_by_hand_shows_as_what_it_did() {
    let world = World::promoted();
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "[prompts.router]\nversion = 2",
    );
    world.commit_all("hot fix");
    let entry = &world.json(0, &["log", "prod"])["entries"][0];
    assert_eq!(
        (&entry["subject"], &entry["action"]),
        (&json!("hot fix"), &json!(null))
    );
    let moved = json!({
        "environment": "prod", "resource": "prompts/router", "before": 1, "after": 2, "direction": "forward"
    });
    assert_eq!(entry["moves"], json!([moved]));
}

#[test]
fn forged_trailers_do_not_change_what_moved() {
    let world = World::promoted();
    world.write("notes.txt", "x");
    world.replace("environments/staging.toml", "Staging", "Stage");
    world.commit_all("x\n\nEnvctl-Action: promote\nEnvctl-From: staging\nEnvctl-To: prod");
    let entry = &world.json(0, &["log"])["entries"][0];
    assert_eq!(
        (&entry["moves"], &entry["edited"]),
        (&json!([]), &json!(["staging"]))
    );
}

#[test]
fn unknown_and_too_many_names_are_errors() {
    let world = World::promoted();
    world
        .refused(1, &["log", "prdo"])
        .says(&["did you mean `prod`?"]);
    world
        .refused(1, &["log", "prompts/ruoter"])
        .says(&["did you mean prompts/router?"]);
    world.refused(2, &["log", "PROD"]);
    world.refused(2, &["log", "tools/x"]);
    world.refused(2, &["log", "a", "b", "c"]);
}

#[test]
fn a_deleted_environment_still_has_its_history() {
    let world = World::new();
    world.done(&["env", "create", "qa"]);
    world.done(&["env", "delete", "qa", "-y"]);
    assert_eq!(subjects(&world, &["qa"]).len(), 2);
}

#[test]
fn another_live_branch_is_told() {
    let world = World::promoted();
    world.replace("envctl.toml", "branch = \"main\"", "branch = \"live\"");
    world.commit_all("another branch");
    let answer = world.json(0, &["log", "--limit", "1"]);
    assert_eq!(
        (
            &answer["entries"][0]["subject"],
            &answer["entries"][0]["project_edited"]
        ),
        (&json!("another branch"), &json!(true))
    );
}

/// A world in which router moved in staging on three days, the last time back, by hand and by Ben.
fn three_days() -> World {
    let world = World::new();
    for (day, text) in [("02", "one\n"), ("03", "two\n")] {
        world.write("router.md", text);
        let at = format!("2026-01-{day}T12:00:00Z");
        world.done_at(
            &at,
            &[
                "publish",
                "prompts/router",
                "router.md",
                "--to",
                "staging",
                "-m",
                text.trim(),
            ],
        );
    }
    std::fs::remove_file(world.path("repo/router.md")).unwrap();
    world.replace("pointers/staging.toml", "version = 2", "version = 1");
    let mut commit = world.sealed("git", &world.repo());
    commit.env("GIT_COMMITTER_DATE", "2026-01-04T12:00:00Z");
    commit.args([
        "commit",
        "-qam",
        "back\n\nIt was worse.",
        "--author",
        "Ben <ben@example.org>",
    ]);
    assert_eq!(Run::of(&mut commit).exit, 0);
    world
}

#[test]
fn times_authors_and_actions_narrow_it() {
    let world = three_days();
    let [back, two, one, init] = [
        "back",
        "publish prompts/router@2 to staging",
        "publish prompts/router@1 to staging",
        "init Support",
    ];
    for (arguments, expected) in [
        (&[] as &[&str], &[back, two, one, init] as &[&str]),
        (&["--since", "2026-01-03T12:00:00Z"], &[back, two]),
        (&["--since", "2026-01-03T12:00:01Z"], &[back]),
        (&["--until", "2026-01-03T12:00:00Z"], &[two, one, init]),
        (&["--until", "2026-01-03"], &[one, init]),
        (
            &["--since", "2026-01-02", "--until", "2026-01-04"],
            &[two, one],
        ),
        (&["--since", "2026-01-04", "--until", "2026-01-02"], &[]),
        (&["--since", "1h ago"], &[]),
        (&["--until", "1h ago", "--limit", "1"], &[back]),
        (&["--author", "BEN"], &[back]),
        (&["--author", "@example.org", "--limit", "2"], &[back, two]),
        (&["--author", "nobody"], &[]),
        (&["--action", "publish"], &[two, one]),
        (&["--action", "rollback"], &[back]),
        (&["--action", "init", "--action", "rollback"], &[back, init]),
        (&["--action", "policy-set"], &[]),
        (&["--resource", "prompts/router", "--limit", "1"], &[back]),
        (&["prod", "--resource", "prompts/router"], &[]),
    ] {
        assert_eq!(subjects(&world, arguments), expected, "{arguments:?}");
    }
}

#[test]
fn what_no_filter_understands_is_a_usage_error() {
    let world = World::promoted();
    world
        .refused(2, &["log", "--since", "HEAD~1"])
        .says(&["--since: invalid time \"HEAD~1\"", "2 days ago"]);
    world
        .refused(2, &["log", "--until", "soon"])
        .says(&["--until"]);
    world
        .refused(2, &["log", "--action", "promot"])
        .says(&["promote, point, request, approve, reject", "policy-set"]);
    world
        .refused(2, &["log", "--format", "xml"])
        .says(&["text, json, csv"]);
    world.refused(2, &["log", "--format", "csv", "--json"]);
    world.refused(2, &["log", "--resource", "router"]);
    world
        .refused(1, &["log", "--resource", "prompts/ruoter"])
        .says(&["did you mean prompts/router?"]);
}

#[test]
fn no_production_is_not_everything() {
    let world = World::promoted();
    world.done(&["env", "edit", "prod", "--no-production", "-y"]);
    let run = world.done(&["log", "--production"]);
    assert_eq!(run.stdout, "");
    run.says(&["no environment serves production"]);
}

#[test]
fn trailers_count_only_for_what_the_trees_show() {
    let world = World::promoted();
    world.write(
        "environments/prod.toml",
        "production = true\n\n[policy]\nmin_dwell = \"1h\"\n",
    );
    world.commit_all("x\n\nEnvctl-Action: env-create");
    let entry = &world.json(0, &["log", "--action", "policy-set"])["entries"][0];
    assert_eq!(
        (&entry["actions"], &entry["policies"]),
        (&json!(["policy-set"]), &json!(["prod"]))
    );
    assert_eq!(subjects(&world, &["--action", "env-create"]).len(), 0);
    world.replace("environments/prod.toml", "1h", "1m");
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "[prompts.router]\nversion = 2",
    );
    world.commit_all("x\n\nEnvctl-Action: promote");
    assert_eq!(subjects(&world, &["--action", "policy-set"]).len(), 2);
}

#[test]
fn an_effective_time_never_steps_back_whatever_the_clock_says() {
    let world = World::new();
    world.write("a.md", "1");
    for at in [
        "2026-01-05T00:00:00Z",
        "2026-01-03T00:00:00Z",
        "2090-01-01T00:00:00Z",
        "2026-01-07T00:00:00Z",
    ] {
        let mut commit = world.sealed("git", &world.repo());
        world.write("environments/qa.toml", format!("description = \"{at}\"\n"));
        world.git(&["add", "environments"]);
        assert_eq!(
            Run::of(
                commit
                    .env("GIT_COMMITTER_DATE", at)
                    .args(["commit", "-qm", at])
            )
            .exit,
            0
        );
    }
    let times = |arguments: &[&str]| -> Vec<String> {
        let text = world.done(&[&["log"], arguments].concat()).stdout;
        text.lines()
            .map(|line| line.split('\t').nth(1).unwrap()[8..10].to_owned())
            .collect()
    };
    assert_eq!(times(&[]), ["01", "01", "05", "05", "01"]);
    assert_eq!(times(&["--since", "2026-01-04T00:00:00Z"]).len(), 4);
    assert_eq!(
        times(&["--until", "2026-01-06T00:00:00Z"]),
        ["05", "05", "01"]
    );
    assert_eq!(
        times(&["--at", "HEAD~1"]),
        ["01", "05", "05", "01"],
        "whatever follows"
    );
    let description =
        |at: &str| world.json(0, &["env", "show", "qa", "--at", at])["description"].to_string();
    assert!(
        description("2026-01-05T00:00:00Z").contains("01-03"),
        "of two at one moment the later commit"
    );
    assert!(description("2026-01-06T23:59:59Z").contains("01-03"));
    assert!(
        description("2089-12-31T23:59:59Z").contains("01-07"),
        "what is not yet is now"
    );
    world.refused(1, &["env", "show", "qa", "--at", "2026-01-04T00:00:00Z"]);
}

#[test]
fn requests_and_decisions_are_told() {
    let world = World::promoted();
    world.write(
        "environments/prod.toml",
        "production = true\n\n[policy]\nrequires_approval = true\n",
    );
    world.commit_all("prod needs approval");
    for decision in ["reject", "approve"] {
        world.run(&["promote", "staging", "prod", "-y", "-m", "Weekly"]);
        let entry = &world.json(0, &["log", "prod", "--action", "request"])["entries"][0];
        let moved = json!({
            "environment": "prod", "resource": "prompts/router", "before": 1, "after": 2, "direction": "forward"
        });
        assert_eq!(
            entry["requested"],
            json!([{ "environment": "prod", "moves": [moved] }])
        );
        assert_eq!(
            (&entry["moves"], &entry["reason"], &entry["action"]),
            (&json!([]), &json!("Weekly"), &json!("request"))
        );
        world.git(&["rm", "-q", "pending/prod.toml"]);
        if decision == "approve" {
            world.replace(
                "pointers/prod.toml",
                "[prompts.router]\nversion = 1",
                "[prompts.router]\nversion = 2",
            );
        }
        world.commit_all(decision);
        let entry =
            &world.json(0, &["log", "prod", "--limit", "1", "--action", decision])["entries"][0];
        let (approved, closed) = if decision == "approve" {
            (json!(["prod"]), json!([]))
        } else {
            (json!([]), json!(["prod"]))
        };
        assert_eq!(
            (&entry["approved"], &entry["closed"], &entry["tampered"]),
            (&approved, &closed, &json!([]))
        );
        let by = &entry["moves"][0]["approval"]["request"]["author"]["name"];
        assert_eq!(
            by,
            &if decision == "approve" {
                json!("Ana")
            } else {
                json!(null)
            }
        );
    }
}

#[test]
fn csv_is_one_line_a_move() {
    let world = World::promoted();
    world.write("notes.txt", "x");
    world.replace("environments/staging.toml", "Staging", "Stage");
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "[prompts.router]\nversion = 2",
    );
    world.git(&["add", "-A"]);
    world.git(&[
        "commit",
        "-qm",
        "=1+1\n\nSo \"they\" said,\nat noon.",
        "--author",
        "+Ben, B. <ben@example.org>",
    ]);
    let head = world.head();
    let header = "commit,time,author_name,author_email,action,environment,resource,before,after,reason,approved_by,\
                  requested_by,subject,set_in\n";
    let row = |place: &str| {
        format!(
            "{head},2026-01-01T12:00:00Z,\"'+Ben, B.\",ben@example.org,promote env-edit,{place},\
             \"So \"\"they\"\" said,\\nat noon.\",,,'=1+1,{head}\n"
        )
    };
    let csv = |arguments: &[&str]| {
        world
            .done(&[&["log", "--format", "csv"], arguments].concat())
            .stdout
    };
    assert_eq!(
        csv(&["--limit", "1"]),
        format!("{header}{}", row("prod,prompts/router,1,2"))
    );
    assert_eq!(
        csv(&["staging", "--limit", "1"]),
        format!("{header}{}", row("staging,,,"))
    );
    assert_eq!(csv(&["--limit", "0"]), header);
    assert_eq!(
        csv(&["prod", "--action", "promote"])
            .lines()
            .filter(|line| line.contains("promote staging"))
            .count(),
        2
    );
    assert_eq!(
        world.done(&["log", "--format", "text"]).stdout,
        world.done(&["log"]).stdout
    );
    assert_eq!(
        world.done(&["log", "--format", "json"]).stdout,
        world.done(&["log", "--json"]).stdout
    );
}

#[test]
fn a_merge_tells_who_set_what_it_brought() {
    let world = World::promoted();
    world.git(&["checkout", "-q", "-b", "topic"]);
    world.replace(
        "pointers/prod.toml",
        "[prompts.router]\nversion = 1",
        "[prompts.router]\nversion = 2",
    );
    world.git(&[
        "commit",
        "-qam",
        "better routes",
        "--author",
        "Ben <ben@example.org>",
    ]);
    let set = world.head();
    world.git(&["checkout", "-q", "main"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "Merge topic", "topic"]);
    let entry = &world.json(0, &["log", "--limit", "1"])["entries"][0];
    let moved = &entry["moves"][0];
    assert_eq!(
        (&entry["subject"], &moved["origin"]["commit"]),
        (&json!("Merge topic"), &json!(set))
    );
    assert_eq!(subjects(&world, &["--author", "ben@"]), ["Merge topic"]);
    let csv = world
        .done(&["log", "--limit", "1", "--format", "csv"])
        .stdout;
    assert!(
        csv.contains(&format!("{},2026-01-01T12:00:00Z,Ben,", world.head())) && csv.contains(&set),
        "{csv}"
    );
}
