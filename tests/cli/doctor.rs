use std::fs;

use serde_json::Value;

use crate::world::{Run, World};

/// The codes of the problems in an answer, worst first.
fn problems(answer: &Value) -> Vec<&str> {
    answer["problems"].as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap()).collect()
}

/// A world that is not durable, as all of them are, and otherwise sound.
fn sound() -> World {
    let world = World::promoted();
    assert_eq!(problems(&world.json(0, &["doctor"])), ["not-durable"]);
    world
}

#[test]
fn a_sound_project_has_no_problems() {
    let world = sound();
    world.git(&["config", "envctl.durable", "true"]);
    let run = world.refused(0, &["doctor"]);
    assert_eq!((run.stdout.as_str(), run.stderr.trim()), ("", "0 problems"));
}

/// What is done to a world, the problem that is found then, and a word of what mends it.
type Case = (fn(&World), &'static str, &'static str);

#[test]
fn each_problem_is_found_and_says_what_mends_it() {
    let cases: [Case; 9] = [
        (|world| world.write(".git/info/grafts", format!("{}\n", world.head())), "altered-history", "git replace -d"),
        (|world| world.write(".git/index.lock", ""), "index-locked", "rm "),
        (|world| world.write(".git/refs/heads/main.lock", ""), "branch-locked", "rm "),
        (|world| drop(world.git(&["switch", "-q", "-c", "other"])), "not-live", "git switch main"),
        (|world| world.write("prompts/router/9.md", "x"), "untracked", "git add"),
        (|world| world.replace("envctl.toml", "Support", "Help"), "edited", "git diff"),
        (
            |world| fs::remove_file(world.repo().join(".gitattributes")).map(|()| world.commit_all("x")).unwrap(),
            "attributes",
            "echo 'prompts/** -text'",
        ),
        (
            |world| {
                world.replace("pointers/prod.toml", "version = 1", "version = 7");
                world.commit_all("x");
            },
            "findings",
            "envctl check",
        ),
        (|world| world.write(".git/hooks/pre-push", "#!/bin/sh\n"), "hook-foreign", "envctl check --pre-push"),
    ];
    for (spoil, code, mend) in cases {
        let world = sound();
        spoil(&world);
        let run = world.run(&["doctor", "--json"]);
        let answer = run.json(run.exit);
        let problem = answer["problems"].as_array().unwrap().iter().find(|problem| problem["code"] == code);
        let problem = problem.unwrap_or_else(|| panic!("no {code}: {answer:#}"));
        assert!(problem["mend"].as_str().unwrap().contains(mend), "{problem}");
        assert_eq!(run.exit == 11, problem["gravity"] == "error", "{answer:#}");
    }
}

#[test]
fn a_shallow_clone_and_a_merge_in_progress_are_said() {
    let world = World::promoted();
    world.git_in(
        &world.path(""),
        &["clone", "-q", "--depth", "1", &format!("file://{}", world.repo().display()), "shallow"],
    );
    let run = world.run_in(&world.path("shallow"), &["doctor", "--json"]);
    assert!(problems(&run.json(0)).contains(&"shallow"));
    world.git(&["checkout", "-q", "-b", "one"]);
    world.write("notes", "1");
    world.commit_all("one");
    world.git(&["checkout", "-q", "main"]);
    world.write("notes", "2");
    world.commit_all("two");
    let _ = Run::of(world.sealed("git", &world.repo()).args(["merge", "-q", "one"]));
    assert!(problems(&world.json(0, &["doctor"])).contains(&"in-progress"));
}

#[test]
fn it_works_where_there_is_no_project_and_nobody_is_known() {
    let world = World::empty();
    assert_eq!(world.json(1, &["doctor"])["error"]["code"], "not-a-repository");
    world.git(&["init", "-q", "-b", "main"]);
    let answer = world.json(11, &["doctor"]);
    assert!(problems(&answer).contains(&"project"), "{answer:#}");
    let mut command = world.program(&world.repo());
    let nobody = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
    for name in nobody {
        command.env_remove(name);
    }
    let answer = Run::of(command.args(["doctor", "--json"])).json(11);
    assert!(problems(&answer).contains(&"identity"), "{answer:#}");
    world.git(&["config", "extensions.partialClone", "origin"]);
    assert_eq!(problems(&world.json(11, &["doctor"])), ["repository"]);
}

#[cfg(unix)]
#[test]
fn what_needs_no_decision_is_mended() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = sound();
    world.done(&["hooks", "install", "pre-commit"]);
    let hook = world.repo().join(".git/hooks/pre-commit");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(problems(&world.json(0, &["doctor"])).contains(&"hook-disabled"));
    let run = world.done(&["doctor", "--fix"]);
    assert!(run.stdout.contains("done: wrote the hook pre-commit anew"), "{run:?}");
    assert_eq!(problems(&world.json(0, &["doctor"])), ["not-durable"]);
}
