//! Whatever command a screen proposes, it does not bring back what was rolled back.

use std::process::Command;

use crate::world::{Run, World};

const BEN: &str = "ben@example.org";

fn by(world: &World, email: &str, arguments: &[&str]) -> Run {
    let mut command = world.program(&world.repo());
    command.args(arguments).env("GIT_AUTHOR_EMAIL", email);
    Run::of(&mut command)
}

/// A world in which prod has served router 1 and 2, and 2 was rolled back there.
fn rolled_back() -> World {
    let world = World::promoted();
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["rollback", "prod", "-y", "-m", "Misleads customers"]);
    world
}

/// A world in which a rule in staging needs the activation of its provider that was rolled back in prod.
fn beside_its_provider() -> World {
    let provider = |models: &[&str]| {
        format!(
            "base_url = \"https://api.openai.com/v1\"\nmodels = {models:?}\ncredential = \"env::OPENAI_API_KEY\"\n"
        )
    };
    let rule = |model: &str| {
        format!(
            "endpoint = \"chat\"\nmodels = [\"chat\"]\nstrategy = \"single\"\n\n\
             [targets.main]\nprovider = \"openai\"\nmodel = {model:?}\n"
        )
    };
    let world = World::new();
    world.publish("providers/openai", &provider(&["gpt-4"]), "staging");
    world.publish("routing/primary", &rule("gpt-4"), "staging");
    world.publish("prompts/router", "Route\n", "staging");
    world.done(&["promote", "staging", "prod", "-y"]);
    world.publish(
        "providers/openai",
        &provider(&["gpt-4", "gpt-5"]),
        "staging",
    );
    world.done(&["promote", "staging", "prod", "-y"]);
    world.publish("routing/primary", &rule("gpt-5"), "staging");
    world.publish("prompts/router", "Route better\n", "staging");
    world.done(&["rollback", "prod", "providers/openai", "--to", "1", "-y"]);
    world
}

/// Returns the commands that `text` proposes and that can be run as they stand: words in capitals would have to be replaced.
fn proposed(text: &str) -> Vec<Vec<String>> {
    let stop = |text: &str| -> String {
        let ends = ["`", "  #", ", ", "; ", " && ", "\t", "\n"];
        let end = ends.iter().filter_map(|end| text.find(end)).min();
        text[..end.unwrap_or(text.len())]
            .trim_end_matches('"')
            .to_owned()
    };
    let placeholder = |word: &String| word.chars().all(|c| c.is_ascii_uppercase());
    text.lines()
        .flat_map(|line| line.split("envctl ").skip(1))
        .map(|rest| {
            stop(rest)
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter(|words: &Vec<String>| !words.iter().any(placeholder))
        .filter(|words| {
            let moves = ["promote", "point", "rollback", "retire", "approve", "undo"];
            words
                .first()
                .is_some_and(|first| moves.contains(&first.as_str()))
        })
        .collect()
}

/// Runs what `run` proposes, each in a copy of the repository, and whatever these runs propose in their turn.
fn nothing_proposed_is_kept_out(world: &World, email: &str, run: &Run, left: usize) -> usize {
    let told = format!("{}\n{}", run.stdout, run.stderr);
    let mut tried = 0;
    for words in proposed(&told) {
        let copy = tempfile::tempdir().unwrap();
        let repo = copy.path().join("repo");
        let copied = Command::new("cp")
            .args(["-r".as_ref(), world.repo().as_os_str(), repo.as_os_str()])
            .status()
            .unwrap();
        assert!(copied.success());
        let mut command = world.program(&repo);
        command
            .args(&words)
            .arg("--yes")
            .env("GIT_AUTHOR_EMAIL", email);
        let run = Run::of(&mut command);
        let text = format!("{}\n{}", run.stdout, run.stderr);
        assert!(
            !text.contains("error[rolled-back]") && !text.contains("and comes back only by name"),
            "{words:?}, proposed by\n{told}\n{text}"
        );
        tried += 1;
        if left > 0 && run.exit != 0 {
            nothing_proposed_is_kept_out(world, email, &run, left - 1);
        }
    }
    tried
}

#[test]
fn no_command_that_is_proposed_is_refused_because_of_a_rollback() {
    type Scene = (&'static str, fn() -> World);
    let scenes: [Scene; 4] = [
        ("two versions", rolled_back),
        ("something else differs", || {
            let world = rolled_back();
            world.publish("prompts/greeting", "Hi\n", "staging");
            world
        }),
        ("a rule beside its provider", beside_its_provider),
        ("rolled back in the source", || {
            let world = World::promoted();
            world.done(&[
                "policy",
                "set",
                "prod",
                "required_source=staging",
                "requires_approval=true",
            ]);
            world.done(&["policy", "set", "staging", "rollback_window=1h"]);
            assert_eq!(world.run(&["promote", "staging", "prod", "-y"]).exit, 5);
            world.done(&["rollback", "staging", "prompts/router", "--to", "1", "-y"]);
            world
        }),
    ];
    let mut tried = 0;
    for (scene, world) in scenes {
        let world = world();
        let router = "prompts/router";
        for arguments in [
            &["promote", "staging", "prod", "-n"][..],
            &["promote", "staging", "prod", "-y"],
            &["promote", "staging", "prod", router, "-y"],
            &["promote", "staging", "prod", "routing/primary", "-y"],
            &["promote", "staging", "prod", "--request", "-y"],
            &["point", "prod", "prompts/router@2", "-y"],
            &["policy", "explain", "staging", "prod"],
            &["diff", "staging", "prod"],
            &["status"],
            &["pending"],
            &["approve", "prod", "-n"],
            &["rollback", "prod", "-n"],
            &["rollback", "prod", router, "-n"],
            &["rollback", "staging", "-n"],
        ] {
            for email in [BEN, "ana@example.org"] {
                let before = world.head();
                let run = by(&world, email, arguments);
                tried += nothing_proposed_is_kept_out(&world, email, &run, 2);
                world.git(&["reset", "-q", "--hard", &before]);
                assert_ne!(run.exit, 10, "{scene}: {arguments:?} {run:?}");
            }
        }
    }
    assert!(tried > 20, "{tried}");
}
