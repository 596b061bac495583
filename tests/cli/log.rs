use serde_json::json;

use crate::world::World;

fn subjects(world: &World, arguments: &[&str]) -> Vec<String> {
    let run = world.done(&[&["log"], arguments].concat());
    run.stdout.lines().map(|line| line.rsplit('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn a_pipe_gets_one_line_a_commit_newest_first() {
    let world = World::promoted();
    let run = world.done(&["log"]);
    let first: Vec<_> = run.stdout.lines().next().unwrap().split('\t').collect();
    let head = world.head();
    assert_eq!(first, [&*head, "2026-01-01T12:00:00Z", "ana@example.org", "publish prompts/router@2 to staging"]);
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
    assert_eq!(subjects(&world, &["prompts/greeting"]), [promoted, "publish prompts/greeting@1 to staging"]);
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
    world.replace("pointers/prod.toml", "[prompts.router]\nversion = 1", "[prompts.router]\nversion = 2");
    world.commit_all("hot fix");
    let entry = &world.json(0, &["log", "prod"])["entries"][0];
    assert_eq!((&entry["subject"], &entry["action"]), (&json!("hot fix"), &json!(null)));
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
    assert_eq!((&entry["moves"], &entry["edited"]), (&json!([]), &json!(["staging"])));
}

#[test]
fn unknown_and_too_many_names_are_errors() {
    let world = World::promoted();
    world.refused(1, &["log", "prdo"]).says(&["did you mean `prod`?"]);
    world.refused(1, &["log", "prompts/ruoter"]).says(&["did you mean prompts/router?"]);
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
        (&answer["entries"][0]["subject"], &answer["entries"][0]["project_edited"]),
        (&json!("another branch"), &json!(true))
    );
}
