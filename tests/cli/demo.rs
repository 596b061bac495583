use crate::world::{Run, World};

#[test]
fn the_demo_is_a_sound_project_with_a_history() {
    let world = World::empty();
    let answer = world.json(0, &["demo", "desk"]);
    assert_eq!(answer["schema"], "envctl.demo/v1");
    assert!(answer["moves"].as_array().is_some_and(|moves| !moves.is_empty()));
    let desk = world.path("repo/desk");
    assert_eq!(world.run_in(&desk, &["check"]).exit, 0);
    assert_eq!(world.git_in(&desk, &["status", "--porcelain"]), "");
    world.git_in(&desk, &["fsck", "--strict"]);
    let run = world.run_in(&desk, &["log"]);
    assert!(run.stdout.lines().count() > 20, "{run:?}");
}

#[test]
fn what_the_demo_suggests_works_without_an_identity() {
    let world = World::empty();
    let run = world.done(&["demo"]);
    assert!(run.stdout.contains("$ envctl promote staging prod"), "{run:?}");
    run.says(&["Try next:", "cd envctl-demo"]);
    let desk = world.path("repo/envctl-demo");
    let suggested: Vec<_> = run
        .stderr
        .lines()
        .filter_map(|line| line.trim().split("  ").next())
        .filter(|line| line.starts_with("envctl "))
        .collect();
    assert!(suggested.len() >= 4, "{run:?}");
    for line in suggested {
        let mut command = world.program(&desk);
        for part in ["AUTHOR", "COMMITTER"] {
            command.env_remove(format!("GIT_{part}_NAME")).env_remove(format!("GIT_{part}_EMAIL"));
        }
        let run = Run::of(command.args(line.split(' ').skip(1)));
        // A promotion asks first, and here is nobody to ask.
        let expected = if line.contains("promote") { 2 } else { 0 };
        assert_eq!(run.exit, expected, "{line}: {run:?}");
    }
}

#[test]
fn the_demo_overwrites_nothing() {
    let world = World::empty();
    world.write("desk/mine.txt", "mine");
    world.write("file", "mine");
    for folder in ["desk", "file"] {
        assert_eq!(world.json(1, &["demo", folder])["error"]["code"], "not-empty");
    }
    assert!(!world.path("repo/desk/.git").exists());
}
