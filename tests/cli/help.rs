use std::path::Path;

use crate::tools;
use crate::world::Run;
use crate::world::World;

const COMMANDS: [&str; 40] = [
    "init",
    "demo",
    "import",
    "schema",
    "status",
    "diff",
    "log",
    "blame",
    "bisect",
    "show",
    "versions",
    "resolve",
    "render",
    "publish",
    "promote",
    "point",
    "rollback",
    "retire",
    "undo",
    "attest",
    "veto",
    "pending",
    "approve",
    "reject",
    "freeze",
    "thaw",
    "sync",
    "withdraw",
    "env",
    "policy",
    "access",
    "check",
    "doctor",
    "hooks",
    "explain",
    "completions",
    "help",
    "env create",
    "policy set",
    "hooks install",
];

#[test]
fn every_command_is_named_in_the_help_and_has_its_own() {
    let world = World::empty();
    let top = world.done(&["--help"]).stdout;
    assert_eq!(top, world.done(&["help"]).stdout);
    for command in COMMANDS {
        let words: Vec<&str> = command.split(' ').collect();
        assert!(
            top.lines()
                .any(|line| line.trim_start().starts_with(&format!("{} ", words[0]))),
            "{command}: {top}"
        );
        let help = world.done(&[&["help"], &words[..]].concat()).stdout;
        assert!(help.contains(&format!("Usage: envctl {command}")), "{help}");
        assert_eq!(
            help,
            world.done(&[&words[..], &["--help"]].concat()).stdout,
            "{command}"
        );
        assert!(
            world
                .done(&[&words[..], &["-h"]].concat())
                .stdout
                .contains("Usage:"),
            "{command}"
        );
    }
}

#[test]
fn the_help_tells_more_than_the_first_line() {
    let world = World::empty();
    for (command, more) in [
        (&["init"] as &[&str], "Where there is no repository"),
        (&["promote"], "unless --prune"),
        (&["resolve"], "fall-through"),
        (&["env", "delete"], "Refused for prod and staging"),
        (&["policy"], "separation_of_duties = true"),
        (&["hooks"], "does not bear the mark"),
    ] {
        assert!(
            world
                .done(&[command, &["--help"]].concat())
                .stdout
                .contains(more),
            "{command:?}"
        );
        assert!(
            !world
                .done(&[command, &["-h"]].concat())
                .stdout
                .contains(more),
            "{command:?}"
        );
    }
}

/// What the shell completes is all that there is, so it is the witness of what the help may have forgotten.
#[test]
fn the_help_forgets_no_command() {
    let world = World::empty();
    let mut command = world.program(&world.repo());
    command
        .env("ENVCTL_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "1")
        .args(["--", "envctl", ""]);
    let completed = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let mut commands: Vec<_> = completed
        .lines()
        .filter(|word| !word.starts_with('-'))
        .collect();
    commands.sort_unstable();
    let mut expected: Vec<_> = COMMANDS
        .into_iter()
        .filter(|command| !command.contains(' '))
        .collect();
    expected.sort_unstable();
    assert_eq!(commands, expected);
}

#[test]
fn the_names_of_schemas_complete() {
    let world = World::empty();
    let completed = |word: &str| {
        let mut command = world.program(&world.repo());
        command
            .env("ENVCTL_COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", "2")
            .args(["--", "envctl", "schema", word]);
        let output = Run::of(&mut command).stdout;
        output
            .lines()
            .map(str::to_owned)
            .collect::<std::collections::BTreeSet<_>>()
    };
    let answer = world.json(0, &["schema"]);
    let names = answer["names"].as_array().unwrap();
    let of = |beginning: &str| {
        let names = names.iter().map(|name| name.as_str().unwrap());
        names
            .filter(|name| name.starts_with(beginning))
            .map(str::to_owned)
            .collect::<std::collections::BTreeSet<_>>()
    };
    for beginning in ["env", "po", "access"] {
        assert!(of(beginning).len() > 1);
        assert_eq!(completed(beginning), of(beginning), "{beginning}");
    }
}

/// What a shell is offered for the last of `words`.
fn completed(world: &World, words: &[&str]) -> Vec<String> {
    let mut command = world.program(&world.repo());
    command
        .env("ENVCTL_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .args(["--", "envctl"])
        .args(words);
    let run = Run::of(&mut command);
    assert_eq!((run.exit, &*run.stderr), (0, ""), "{words:?}");
    let offered = run.stdout.lines().map(str::to_owned);
    offered.filter(|word| !word.starts_with('-')).collect()
}

#[test]
fn the_names_of_the_project_complete() {
    let world = World::promoted();
    world.publish("prompts/rota", "Rota\n", "staging");
    for (words, offered) in [
        (&["promote", ""][..], &["staging", "prod"][..]),
        (&["promote", "staging", "p"], &["prod"]),
        (
            &["promote", "staging", "prod", "prompts/r"],
            &["prompts/rota", "prompts/router"],
        ),
        (
            &["promote", "staging", "prod", "prompts/router@"],
            &["prompts/router@2", "prompts/router@1"],
        ),
        (
            &["point", "prod", "prompts/r"],
            &["prompts/rota@", "prompts/router@"],
        ),
        (
            &["show", "prompts/route"],
            &["prompts/router@2", "prompts/router@1"],
        ),
        (&["show", "prompts/router@1"], &["prompts/router@1"]),
        (&["show", "prompts/none@"], &[]),
        (&["versions", "prompts/g"], &["prompts/greeting"]),
        (&["versions", "prompts/router@"], &[]),
        (&["blame", "s"], &["staging"]),
        (&["blame", "prod", "prompts/g"], &["prompts/greeting"]),
        (
            &["diff", "prompts/router@1", "prompts/router@"],
            &["prompts/router@2", "prompts/router@1"],
        ),
        (&["resolve", "prompts/g", "--env", "st"], &["staging"]),
        (&["log", "--resource", "prompts/g"], &["prompts/greeting"]),
        (&["-C", "..", "promote", ""], &[]),
    ] {
        let offered: Vec<_> = offered.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(completed(&world, words), offered, "{words:?}");
    }
    // Where there is nothing to complete, nothing disturbs the line.
    let empty = World::empty();
    assert_eq!(completed(&empty, &["promote", ""]), Vec::<String>::new());
    world.write("envctl.toml", "broken");
    world.commit_all("broken");
    completed(&world, &["promote", ""]);
}

/// bash breaks words at each `@`, so the script joins them before it asks.
#[test]
fn bash_completes_versions_in_words_that_it_breaks() {
    let world = World::promoted();
    world.write(
        "completions.bash",
        world.done(&["completions", "bash"]).stdout,
    );
    let program = Path::new(env!("CARGO_BIN_EXE_envctl")).parent().unwrap();
    for (words, at, offered) in [
        ("envctl show prompts/router @", 3, "2|1|"),
        ("envctl show prompts/router @ 1", 4, "1|"),
        ("envctl diff prompts/router @ 1 prompts/router @", 6, "2|1|"),
        (
            "envctl promote staging prod prompts/router @ 2 prompts/greeting @",
            8,
            "1|",
        ),
        (
            "envctl show prompts/rou",
            2,
            "prompts/router@2|prompts/router@1|",
        ),
        (
            "envctl versions --at HEAD @ {1} prompts/gre",
            6,
            "prompts/greeting|",
        ),
    ] {
        let script = format!(
            "source ./completions.bash; COMP_WORDS=({words}); COMP_CWORD={at}; COMP_TYPE=9; \
             current=\"${{COMP_WORDS[{at}]}}\"; [[ $current == @ ]] && current=; \
             _envctl_whole_words envctl \"$current\" x; printf '%s|' \"${{COMPREPLY[@]}}\""
        );
        let mut bash = world.sealed("bash", &world.repo());
        let others = &world.variables()[0].1;
        let path = format!("{}:{others}", program.display());
        let run = Run::of(bash.args(["-c", &script]).env("PATH", path));
        assert_eq!((&*run.stdout, &*run.stderr), (offered, ""), "{words}");
    }
}

#[test]
fn every_topic_has_a_text() {
    let world = World::empty();
    let help = world.done(&["--help"]).stdout;
    // The list may take several lines.
    let (_, topics) = help.split_once("Topics: ").unwrap();
    let topics = topics.split("\n\n").next().unwrap();
    let topics: Vec<&str> = topics.split(',').map(str::trim).collect();
    assert!(topics.len() > 10, "{topics:?}");
    for topic in topics {
        let run = world.done(&["help", topic]);
        assert!(run.stdout.lines().count() > 10, "{topic}");
        assert_eq!(
            world.json(0, &["help", topic])["text"],
            run.stdout.trim_end()
        );
    }
    assert_eq!(
        world.json(1, &["help", "nothing"])["error"]["code"],
        "no-such-topic"
    );
}

#[test]
fn the_version_is_that_of_the_package() {
    let world = World::empty();
    assert_eq!(
        world.done(&["--version"]).stdout,
        format!("envctl {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn every_code_is_explained() {
    let world = World::empty();
    let listed = world.done(&["explain"]).stdout;
    assert!(listed.lines().count() >= 20, "{listed}");
    for line in listed.lines() {
        let (code, sentence) = line.split_once('\t').unwrap();
        assert!(sentence.len() > 20, "{line}");
        let text = world.done(&["explain", code]).stdout;
        assert!(text.starts_with(&format!("# {code}\n")), "{text}");
    }
    world
        .run(&["explain", "gateway-fallbak"])
        .says(&["did you mean gateway-fallback?"]);
    assert_eq!(
        world.json(1, &["explain", "nonsense\u{1b}"])["error"]["code"],
        "no-such-code"
    );
}

#[test]
fn every_shell_gets_completions() {
    let world = World::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = world.done(&["completions", shell]).stdout;
        assert!(script.contains("ENVCTL_COMPLETE"), "{script}");
        assert_eq!(world.json(0, &["completions", shell])["shell"], shell);
    }
    let answer = world.json(2, &["completions", "tcsh"]);
    assert!(
        answer["error"]["hint"].as_str().unwrap().contains("bash"),
        "{answer:#}"
    );
}

#[test]
fn bash_accepts_its_completions() {
    let world = World::empty();
    world.write(
        "completions.bash",
        world.done(&["completions", "bash"]).stdout,
    );
    let run = crate::world::Run::of(
        world
            .sealed("bash", &world.repo())
            .args(["-n", "completions.bash"]),
    );
    assert_eq!((run.exit, &*run.stderr), (0, ""));
}

/// The lines of `help json` with jq, and the question that each answers.
fn questions(help: &str) -> Vec<(&str, &str)> {
    help.lines()
        .filter(|line| line.contains("| jq "))
        .map(|line| line.trim().rsplit_once("  # ").unwrap())
        .map(|(command, question)| (command.trim_end(), question))
        .collect()
}

#[test]
fn the_questions_of_the_help_are_answered_by_jq() {
    let Some(jq) = tools::program("jq") else {
        return;
    };
    let world = World::demanding(&["requires_approval=true", "min_dwell=1h"]);
    world.done(&["policy", "set", "prod", "min_dwell=0s"]);
    world.run(&["promote", "staging", "prod", "-y", "-m", "Weekly"]);
    world.done(&["policy", "set", "prod", "min_dwell=1h"]);
    world.write("prompts/router/draft.md", "?");
    world.commit_all("a draft");
    let help = world.done(&["help", "json"]).stdout;
    let questions = questions(&help);
    assert_eq!(questions.len(), 11);
    let program = Path::new(env!("CARGO_BIN_EXE_envctl")).parent().unwrap();
    let path = [program, jq.parent().unwrap()].map(|folder| folder.display().to_string());
    for (command, question) in questions {
        let mut shell = world.sealed("sh", &world.repo());
        let others = &world.variables()[0].1;
        let path = format!("{}:{others}", path.join(":"));
        let run = Run::of(shell.args(["-c", command]).env("PATH", path));
        assert_eq!(run.exit, 0, "{command}: {run:?}");
        assert!(
            !run.stdout.trim().is_empty() && !run.stdout.contains("null"),
            "{question}: {command}: {run:?}"
        );
    }
}
