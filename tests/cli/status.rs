use serde_json::json;

use crate::world::World;

#[test]
fn a_pipe_gets_one_line_a_pointer() {
    let world = World::promoted();
    let run = world.done(&["status"]);
    let lines = "prompts/greeting\tstaging\t1\nprompts/greeting\tprod\t1\nprompts/router\tstaging\t2\nprompts/router\tprod\t1\n";
    assert_eq!((&*run.stdout, &*run.stderr), (lines, ""));
    let production = world.done(&["status", "--production"]).stdout;
    assert_eq!(
        production,
        "prompts/greeting\tprod\t1\nprompts/router\tprod\t1\n"
    );
}

#[test]
fn json_says_where_what_is_live_and_what_differs() {
    let world = World::promoted();
    let answer = world.json(0, &["status"]);
    assert_eq!(answer["schema"], "envctl.status/v1");
    assert_eq!(
        (&answer["project"], &answer["branch"], &answer["live"]),
        (&json!("."), &json!("main"), &json!(true))
    );
    assert_eq!(answer["commit"], world.head());
    let router = &answer["resources"][1];
    let expected = json!({
        "resource": "prompts/router", "newest": 2, "differs": true
    });
    assert_eq!(router, &expected);
    let version = |environment: &str| {
        let pointers = answer["pointers"].as_array().unwrap().iter();
        pointers
            .filter(|pointer| pointer["environment"] == environment)
            .find(|pointer| pointer["resource"] == "prompts/router")
            .map(|pointer| pointer["version"].clone())
    };
    assert_eq!(
        (version("prod"), version("staging")),
        (Some(json!(1)), Some(json!(2)))
    );
}

#[test]
fn an_empty_project_says_what_to_do() {
    let run = World::new().done(&["status"]);
    assert_eq!(run.stdout, "");
    run.says(&["nothing is published yet", "envctl publish"]);
}

#[test]
fn the_past_is_named_by_revision_or_time() {
    let world = World::new();
    world.write("a.md", "1");
    world.done_at(
        "2026-01-02T12:00:00Z",
        &["publish", "prompts/a", "a.md", "--to", "staging"],
    );
    world.write("a.md", "2");
    world.done_at(
        "2026-01-03T12:00:00Z",
        &["publish", "prompts/a", "a.md", "--to", "staging"],
    );
    world.git(&["tag", "v2"]);
    let one = "prompts/a\tstaging\t1\n";
    let two = "prompts/a\tstaging\t2\n";
    for (at, expected) in [
        ("HEAD", two),
        ("v2", two),
        ("main", two),
        ("HEAD~1", one),
        ("HEAD^", one),
        (&world.git(&["rev-parse", "--short", "HEAD~1"]), one),
        ("2026-01-02T12:00:00Z", one),
        ("2026-01-03T11:59:59Z", one),
        ("2026-01-03T12:30:00+01:00", one),
        ("2026-01-03 13:30", two),
        ("2026-01-02", ""),
        ("1h ago", two),
    ] {
        assert_eq!(world.done(&["status", "--at", at]).stdout, expected, "{at}");
    }
    for (at, code) in [
        ("2020-01-01", "no-project-then"),
        ("HEAD~9", "no-such-revision"),
        ("nothing", "no-such-revision"),
        ("--upload-pack=x", "no-such-revision"),
        ("", "no-such-revision"),
    ] {
        let run = world.run(&["status", &format!("--at={at}"), "--json"]);
        assert_eq!((run.exit, &*run.code()), (1, code), "{at}: {run:?}");
    }
}

#[test]
fn every_reader_says_that_something_could_not_be_read() {
    let world = World::promoted();
    world.write("pointers/prod.toml", "[prompts.router\nversion = 1\n");
    world.commit_all("oops");
    for arguments in [
        &["status"] as &[&str],
        &["diff", "staging", "prod"],
        &["log"],
        &["blame", "staging"],
        &["env", "list"],
        &["env", "show", "prod"],
        &["resolve", "prompts/router", "--env", "prod"],
    ] {
        world
            .run(arguments)
            .says(&["warning: unreadable parts are not shown (1 finding): see envctl check"]);
    }
    for arguments in [
        &["status", "--at", "HEAD~1"] as &[&str],
        &["check", "--exit-zero"],
    ] {
        assert_eq!(
            world.done(arguments).stderr.matches("warning").count(),
            0,
            "{arguments:?}"
        );
    }
}

#[test]
fn a_broken_file_hides_only_itself() {
    let world = World::promoted();
    world.write("pointers/prod.toml", "[prompts.router\nversion = 1\n");
    world.commit_all("oops");
    let run = world.done(&["status"]);
    assert_eq!(
        run.stdout,
        "prompts/greeting\tstaging\t1\nprompts/router\tstaging\t2\n"
    );
    run.says(&["warning: ", "(1 finding)", "envctl check"]);
    let answer = world.json(0, &["status"]);
    let found = &answer["findings"][0];
    assert_eq!(
        (&found["code"], &found["file"], &found["line"]),
        (
            &json!("toml-syntax"),
            &json!("pointers/prod.toml"),
            &json!(1)
        )
    );
    assert_eq!(
        world
            .done(&["resolve", "prompts/router", "--env", "staging"])
            .stdout,
        "2\n"
    );
}

#[test]
fn work_tree_edits_are_never_live() {
    let world = World::promoted();
    world.replace("pointers/prod.toml", "version = 1", "version = 99");
    world.git(&["add", "-A"]);
    assert!(!world.done(&["status"]).stdout.contains("99"));
}
