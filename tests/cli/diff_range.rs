use serde_json::json;

use crate::world::{Run, World};

/// A world in which the last commit promotes a prompt to prod and says more in its text.
fn reviewed() -> World {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    world
}

/// The columns of the lines about a change of that kind.
fn lines(run: &Run, change: &str) -> Vec<Vec<String>> {
    let columns = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    run.stdout
        .lines()
        .map(columns)
        .filter(|columns| columns[0] == change)
        .collect()
}

#[test]
fn a_pipe_gets_one_line_a_change() {
    let world = reviewed();
    let run = world.refused(0, &["diff", "HEAD~1.."]);
    let expected = "move\tprod\tprompts/router\t1\t2\tforward\tstaging\t2026-01-01T12:00:00Z\t1\t1\tpass\t-\tno rule applies\n";
    assert_eq!(run.stdout, expected);
    run.says(&["Moves 1 pointer in prod."]);
    let run = world.done(&["diff", "HEAD~2.."]);
    assert_eq!(
        lines(&run, "published")[0][..5],
        ["published", "prod,staging", "prompts/router@2", "-", "13"]
    );
    assert!(
        run.stdout
            .lines()
            .all(|line| line.split('\t').count() == 13),
        "{run:?}"
    );
}

#[test]
fn the_exit_code_tells_on_request() {
    let world = reviewed();
    world.refused(10, &["diff", "HEAD~1..", "--exit-code"]);
    assert_eq!(
        world.json(10, &["diff", "HEAD~1..", "--exit-code"])["ok"],
        true
    );
    for range in ["HEAD..", "..", "HEAD...HEAD"] {
        let run = world.refused(0, &["diff", range, "--exit-code"]);
        assert_eq!(run.stdout, "", "{range}");
        run.says(&["nothing of the project differs"]);
    }
    world.write("src/app.py", "print()\n");
    world.commit_all("not envctl's business");
    world.refused(0, &["diff", "HEAD~1..", "--exit-code"]);
}

#[test]
fn the_difference_of_two_environments_is_asked_for_as_before() {
    let world = World::promoted();
    let answer = world.json(0, &["diff", "staging", "prod"]);
    assert_eq!(answer["schema"], "envctl.diff/v1");
    let said = |format: &str| {
        world
            .done(&["diff", "staging", "prod", "--format", format])
            .stdout
    };
    assert_eq!(
        said("text"),
        world.done(&["diff", "staging", "prod"]).stdout
    );
    assert_eq!(
        said("json"),
        world.done(&["diff", "staging", "prod", "--json"]).stdout
    );
    for (arguments, said) in [
        (&["diff", "staging"] as &[&str], "TO is missing"),
        (&["diff", "staging", "prompts/router"], "TO is missing"),
        (&["diff", "staging", "prod", "qa"], "invalid resource qa"),
        (
            &["diff", "staging", "prod", "--format", "markdown"],
            "between commits",
        ),
        (&["diff", "HEAD~1..", "prod"], "invalid resource prod"),
        (
            &["diff", "HEAD~1..", "--at", "HEAD"],
            "--at looks at one commit",
        ),
        (&["diff", "Staging", "prod"], "Staging"),
    ] {
        world.refused(2, arguments).says(&[said]);
    }
}

#[test]
fn a_refusal_says_why_and_a_wait_until_when() {
    let world = World::demanding(&["required_source=staging", "min_dwell=24h"]);
    let head = world.head();
    world.replace(
        "pointers/prod.toml",
        "version = 1\n\n[prompts.router]\nversion = 1",
        "version = 1\n\n[prompts.router]\nversion = 2",
    );
    world.commit_all("by hand");
    let range = format!("{head}..");
    let [line] = &*lines(&world.done(&["diff", &range]), "move") else {
        panic!("one move")
    };
    assert_eq!(line[10..12], ["wait", "2026-01-02T12:00:00Z"]);
    world
        .done(&["diff", &range])
        .says(&["Moves 1 pointer in prod (1 waits)."]);
    let moved = &world.json(0, &["diff", &range])["changes"][0]["moves"][0];
    assert_eq!(
        (&moved["source"], &moved["live_since"]),
        (&json!("staging"), &json!("2026-01-01T12:00:00Z"))
    );
    assert_eq!(moved["verdicts"].as_array().unwrap().len(), 2);
    let later = world.done_at("2026-01-02T12:00:00Z", &["diff", &range]);
    assert_eq!(lines(&later, "move")[0][10], "pass");
}

#[test]
fn a_shallow_clone_still_shows_the_rest() {
    let world = World::demanding(&["min_dwell=24h"]);
    world.write(
        "pointers/prod.toml",
        "[prompts.greeting]\nversion = 1\n\n[prompts.router]\nversion = 2\n",
    );
    world.commit_all("by hand");
    let origin = format!("file://{}", world.repo().display());
    world.git(&["clone", "-q", "--depth", "2", &origin, "../clone"]);
    let run = world.run_in(&world.path("clone"), &["diff", "HEAD~1.."]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(lines(&run, "move")[0][8..11], ["1", "1", "unknown"]);
    assert!(lines(&run, "move")[0][12].contains("shallow clone"));
    let run = world.run_in(
        &world.path("clone"),
        &["diff", "HEAD~1..", "--format", "markdown"],
    );
    assert!(
        run.stdout.contains("| ❔ the history is not here |"),
        "{run:?}"
    );
    let run = world.run_in(&world.path("clone"), &["diff", "HEAD~5...", "--json"]);
    assert_eq!(run.code(), "no-such-revision");
}

#[test]
fn policies_environments_and_the_project_are_told_key_by_key() {
    let world = World::new();
    world.done(&[
        "policy",
        "set",
        "prod",
        "min_dwell=24h",
        "prompts.no_rollback=true",
    ]);
    world.done(&[
        "env",
        "create",
        "qa",
        "--color",
        "red",
        "--gateway-fallback",
        "-y",
    ]);
    let run = world.done(&["diff", "HEAD~2.."]);
    let told: Vec<String> = run
        .stdout
        .lines()
        .map(|line| line.split('\t').take(5).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        told,
        [
            "policy prod min_dwell - 24h",
            "policy prod prompts.no_rollback - true",
            "environment qa qa - created",
            "setting qa name - qa",
            "setting qa color - red",
            "project - gateway_fallback prod qa",
        ]
    );
    run.says(&["Creates qa, changes the policy of prod, makes qa the gateway fallback."]);
    let answer = world.json(0, &["diff", "HEAD~2.."]);
    let policy = json!([
        { "key": "min_dwell", "old": null, "new": "24h" },
        { "key": "prompts.no_rollback", "old": null, "new": true },
    ]);
    assert_eq!(answer["changes"][0]["policy_changes"], policy);
}

#[test]
fn content_shows_the_text_behind_the_numbers() {
    let world = reviewed();
    assert!(!world.done(&["diff", "HEAD~1.."]).stdout.contains("Route"));
    let text = world.done(&["diff", "HEAD~1..", "--content"]).stdout;
    assert!(
        text.ends_with("prompts/router 1 → 2  +1 −1\n@@ -1 +1 @@\n-Route\n+Route better\n\n"),
        "{text}"
    );
    assert_eq!(world.json(0, &["diff", "HEAD~1.."]).get("texts"), None);
    let texts = world.json(0, &["diff", "HEAD~1..", "--content"])["texts"].clone();
    assert_eq!(texts[0]["diff"], "@@ -1 +1 @@\n-Route\n+Route better\n");
    assert_eq!(texts[0]["lines"], json!({ "added": 1, "removed": 1 }));
    world.done(&["publish", "prompts/router", "envctl.toml", "--no-release"]);
    let unused = world.json(0, &["diff", "HEAD~1..", "--content"])["texts"].clone();
    assert_eq!(
        (&unused[0]["before"], &unused[0]["after"]),
        (&json!(2), &json!(3))
    );
}

#[test]
fn a_prompts_new_variables_are_for_its_callers() {
    let world = World::promoted();
    world.publish("prompts/router", "Route {{ customer }}\n", "staging");
    world
        .done(&["diff", "HEAD~1.."])
        .says(&["prompts/router 2 → 3 adds {{ customer }}: callers have to change"]);
    let answer = world.json(0, &["diff", "HEAD~1.."]);
    assert_eq!(
        answer["variable_changes"][0]["variables_added"],
        json!(["customer"])
    );
}

#[test]
fn only_what_is_named() {
    let world = World::published();
    let run = world.done(&["diff", "HEAD~2..", "prompts/router"]);
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    assert!(
        run.stdout
            .lines()
            .all(|line| line.contains("prompts/router")),
        "{run:?}"
    );
    world
        .refused(1, &["diff", "HEAD~2..", "prompts/ruoter"])
        .says(&["did you mean prompts/router?"]);
}

#[test]
fn a_project_that_is_only_on_one_side_is_made_or_removed() {
    let world = World::promoted();
    world.git(&["checkout", "-q", "--orphan", "bare"]);
    world.git(&["rm", "-q", "-rf", "."]);
    world.write("README", "nothing yet\n");
    world.commit_all("before");
    world
        .done(&["diff", "bare..main"])
        .says(&["Makes the project, moves 2 pointers in prod and 2 in staging"]);
    world
        .done(&["diff", "main..bare"])
        .says(&["Removes the project"]);
    let answer = world.json(0, &["diff", "bare..main"]);
    assert_eq!(
        (&answer["base_exists"], &answer["head_exists"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        world.run(&["diff", "main...bare", "--json"]).code(),
        "no-merge-base"
    );
    assert_eq!(
        world.run(&["diff", "bare..bare", "--json"]).code(),
        "no-project"
    );
}

#[test]
fn what_cannot_be_read_is_a_warning() {
    let world = World::promoted();
    world.write("environments/staging.toml", "name = \n");
    world.commit_all("broken");
    world
        .done(&["diff", "HEAD~1.."])
        .says(&["what could not be read after", "(1 finding)"]);
    let answer = world.json(0, &["diff", "HEAD~1.."]);
    assert_eq!(answer["head_findings"].as_array().unwrap().len(), 1);
}

#[test]
fn an_empty_side_is_the_branch_that_is_named() {
    let world = reviewed();
    world.git(&["branch", "old", "HEAD~1"]);
    assert_eq!(
        world.done(&["diff", "HEAD~1..", "--branch", "old"]).stdout,
        ""
    );
    world.git(&["checkout", "-q", "--detach", "HEAD~1"]);
    assert_eq!(
        world.done(&["diff", "main.."]).stdout.split('\t').nth(5),
        Some("back")
    );
}

#[test]
fn who_may_do_other_things_is_part_of_a_review() {
    let world = World::promoted();
    world.done(&["access", "grant", "ana@example.org", "owner"]);
    world.done(&["access", "grant", "bob@example.org", "developer"]);
    world.done(&["access", "grant", "bob", "admin", "--env", "prod"]);
    let answer = world.json(0, &["diff", "HEAD~2..HEAD"]);
    let expected = json!([
        { "key": "members.bob.emails", "old": null, "new": "bob@example.org" },
        { "key": "members.bob.environments.prod", "old": null, "new": "admin" },
        { "key": "members.bob.roles", "old": null, "new": "developer" },
    ]);
    assert_eq!(
        (&answer["access"], &answer["member_changes"]),
        (&json!("changed"), &expected)
    );
    let page = world
        .done(&["diff", "HEAD~1..HEAD", "--format", "markdown"])
        .stdout;
    let told = "> 🔑 `access.toml`: `members.bob.environments.prod`: nothing → **admin**";
    assert!(page.contains(told), "{page}");
    assert!(page.contains("- `access.toml` is changed"), "{page}");
}
