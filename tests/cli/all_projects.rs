use serde_json::{Value, json};

use crate::world::{World, codes};

/// A repository with the projects `a` and `deep/in/b/c`, and none in its root.
fn projects() -> World {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    world.write("README.md", "two projects\n");
    world.commit_all("begin");
    for folder in ["a", "deep/in/b/c"] {
        world.done(&["init", folder, "--name", folder]);
    }
    world
}

fn by_project(answer: &Value) -> Vec<(&str, Vec<&str>)> {
    let projects = answer["projects"].as_array().unwrap();
    projects
        .iter()
        .map(|project| (project["project"].as_str().unwrap(), codes(project)))
        .collect()
}

#[test]
fn every_project_is_judged_at_any_depth() {
    let world = projects();
    let answer = world.json(0, &["check", "--all-projects"]);
    assert_eq!(
        by_project(&answer),
        [("a", vec![]), ("deep/in/b/c", vec![])]
    );
    assert_eq!(answer["unjudged"], json!([]));
    world
        .done(&["check", "--all-projects"])
        .says(&["0 findings in 2 projects"]);
    // Each way of looking finds what is wrong in the one that nobody stands in.
    let path = "deep/in/b/c/pointers/prod.toml";
    world.write(path, "[prompts.x]\nversion = 9\n");
    let broken = [("a", vec![]), ("deep/in/b/c", vec!["pointer"])];
    assert_eq!(
        by_project(&world.json(11, &["check", "--all-projects", "--worktree"])),
        broken
    );
    assert_eq!(world.run(&["check", "--all-projects", "--staged"]).exit, 0);
    world.git(&["add", "-A"]);
    assert_eq!(
        by_project(&world.json(11, &["check", "--all-projects", "--staged"])),
        broken
    );
    assert_eq!(world.run(&["check", "--all-projects"]).exit, 0);
    world.commit_all("to nothing");
    assert_eq!(
        by_project(&world.json(11, &["check", "--all-projects"])),
        broken
    );
    let run = world.run(&["check", "--all-projects", "HEAD~1..HEAD"]);
    assert_eq!(run.exit, 11);
    assert!(run.stdout.contains(&format!("--> {path}:")), "{run:?}");
    assert_eq!(
        world.run(&["check", "--all-projects", "--exit-zero"]).exit,
        0
    );
    for format in ["github", "gitlab", "sarif", "junit", "markdown"] {
        let run = world.run(&["check", "--all-projects", "--format", format]);
        assert!(
            run.exit == 11 && run.stdout.contains(path),
            "{format}: {run:?}"
        );
    }
}

#[test]
fn a_project_that_begins_or_goes_is_judged_too() {
    let world = projects();
    world.write("new/envctl.toml", "schema = 1\n");
    let answer = world.json(11, &["check", "--all-projects", "--worktree"]);
    assert_eq!(by_project(&answer).last().unwrap().0, "new");
    assert_eq!(
        by_project(&world.json(0, &["check", "--all-projects", "--staged"])).len(),
        2
    );
    world.git(&["add", "-A"]);
    let answer = world.json(11, &["check", "--all-projects", "--staged"]);
    assert_eq!(by_project(&answer).last().unwrap().0, "new");
    world.git(&["rm", "-rqf", "new"]);
    // Who removes a project has to be allowed to.
    world.done(&[
        "--project",
        "a",
        "access",
        "grant",
        "ana@example.org",
        "owner",
    ]);
    world.git(&["rm", "-rq", "a"]);
    world.git(&["-c", "user.email=eve@example.org", "commit", "-qm", "away"]);
    for range in [&["HEAD~1..HEAD"][..], &["--pin-policy", "HEAD~1..HEAD"]] {
        let arguments = [&["check", "--all-projects"], range].concat();
        let answer = world.json(11, &arguments);
        assert_eq!(by_project(&answer)[0].0, "a", "{answer:#}");
        assert!(!by_project(&answer)[0].1.is_empty(), "{answer:#}");
    }
    // One that was moved is judged where it is.
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.git(&["mv", "a", "moved"]);
    world.commit_all("move");
    let answer = world.json(0, &["check", "--all-projects", "HEAD~1..HEAD"]);
    assert_eq!(
        by_project(&answer),
        [("deep/in/b/c", vec![]), ("moved", vec![])]
    );
}

/// What was found in others is told all the same, and the exit is that of the worst.
#[test]
fn a_project_that_cannot_be_judged_makes_all_of_it_fail() {
    let world = projects();
    world.write(
        "deep/in/b/c/pointers/prod.toml",
        "[prompts.x]\nversion = 9\n",
    );
    world.commit_all("to nothing");
    let id = world.git(&["rev-parse", "HEAD:a/environments/prod.toml"]);
    let object = world
        .repo()
        .join(".git/objects")
        .join(&id[..2])
        .join(&id[2..]);
    // Both projects begin with the same bytes.
    world.write(
        "a/environments/prod.toml",
        "name = \"Production\"\nproduction = true\n# a\n",
    );
    world.commit_all("its own");
    let own = world.git(&["rev-parse", "HEAD:a/environments/prod.toml"]);
    assert_ne!(own, id);
    let object = object
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join(&own[..2])
        .join(&own[2..]);
    std::fs::remove_file(object).unwrap();
    let outputs = world.path("outputs");
    let mut command = world.program(&world.repo());
    command
        .args(["check", "--all-projects", "--format", "github"])
        .env("GITHUB_OUTPUT", &outputs);
    let run = crate::world::Run::of(&mut command);
    assert_eq!(run.exit, 7, "{run:?}");
    let told = std::fs::read_to_string(&outputs).unwrap();
    assert!(told.ends_with("findings=unknown\nerrors=unknown\nwarnings=unknown\nok=false\nlevel=unknown\njudged=unknown\n"), "{told}");
    let answer = world.json(7, &["check", "--all-projects"]);
    assert_eq!(by_project(&answer), [("deep/in/b/c", vec!["pointer"])]);
    assert_eq!(answer["unjudged"][0]["project"], "a");
    assert_eq!(answer["error"]["code"], "missing-object");
}

#[test]
fn where_there_is_no_project_that_is_said() {
    let world = World::empty();
    world.git(&["init", "-q", "-b", "main"]);
    let staged = world.json(0, &["check", "--all-projects", "--staged"]);
    assert_eq!(staged["projects"], json!([]));
    world.write("README.md", "none\n");
    world.commit_all("begin");
    assert_eq!(
        world.json(1, &["check", "--all-projects"])["error"]["code"],
        "no-project"
    );
    assert_eq!(world.run(&["check", "--all-projects", "--staged"]).exit, 0);
    for arguments in [
        &["--project", "a", "check", "--all-projects"][..],
        &["check", "--all-projects", "--pre-receive"],
        &["check", "--all-projects", "--pre-push"],
    ] {
        assert_eq!(world.run(arguments).exit, 2, "{arguments:?}");
    }
}
