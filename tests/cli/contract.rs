use std::io::Read;
use std::process::Stdio;

use crate::world::{Run, World};

/// What must never reach a terminal from outside: a clear screen, a title, a bell, C1, a carriage return, reordering.
const EVIL: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\r\u{202e}x";

fn is_harmless(run: &Run) -> bool {
    let steers = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
    !run.stdout.contains(steers) && !run.stderr.contains(steers)
}

#[test]
fn every_command_answers_with_one_json_object() {
    let world = World::promoted();
    world.write("a.md", "a");
    for (arguments, command, exit) in [
        (&["status"] as &[&str], "status", 0),
        (&["diff", "staging", "prod"], "diff", 0),
        (&["diff", "staging", "nowhere"], "diff", 1),
        (&["diff", "staging"], "diff", 2),
        (&["diff", "HEAD~1.."], "diff-range", 0),
        (&["diff", "HEAD~1..", "--exit-code"], "diff-range", 10),
        (&["diff", "HEAD~1..nowhere"], "diff-range", 1),
        (&["diff", "HEAD~1..", "prompts/none"], "diff-range", 1),
        (&["diff", "HEAD~1..", "--at", "HEAD"], "diff-range", 2),
        (&["log"], "log", 0),
        (&["log", "nowhere"], "log", 1),
        (&["log", "--since", "nonsense"], "log", 2),
        (&["blame", "prod"], "blame", 0),
        (&["blame", "nowhere"], "blame", 1),
        (&["versions", "prompts/router"], "versions", 0),
        (&["versions", "prompts/none"], "versions", 1),
        (&["versions", "prompts/router@1"], "versions", 2),
        (&["show", "prompts/router@2"], "show", 0),
        (&["show", "prompts/router@3"], "show", 1),
        (&["show", "prompts/router"], "show", 2),
        (
            &["diff", "prompts/router@1", "prompts/router@2"],
            "diff-versions",
            0,
        ),
        (&["diff", "prompts/router@1"], "diff-versions", 2),
        (&["resolve", "prompts/router"], "resolve", 0),
        (&["resolve", "prompts/none"], "resolve", 1),
        (
            &["resolve", "--model", "m", "--endpoint", "chat"],
            "resolve",
            1,
        ),
        (&["render", "prod"], "render", 0),
        (&["import", "none.toml"], "import", 1),
        (&["publish", "--from", "environments"], "publish", 4),
        (&["render", "nowhere"], "render", 1),
        (&["env", "list"], "env-list", 0),
        (&["env", "show", "prod"], "env-show", 0),
        (&["env", "create", "qa", "-n"], "env-create", 0),
        (&["env", "create", "prod"], "env-create", 4),
        (
            &["env", "edit", "prod", "--color", "red", "-n"],
            "env-edit",
            0,
        ),
        (
            &[
                "env",
                "edit",
                "prod",
                "--color",
                "red",
                "--no-production",
                "--branch",
                "none",
            ],
            "env-edit",
            1,
        ),
        (
            &["env", "reorder", "prod", "staging", "-n"],
            "env-reorder",
            0,
        ),
        (&["env", "delete", "prod", "-n"], "env-delete", 4),
        (&["policy", "show", "prod"], "policy-show", 0),
        (&["policy", "show", "nowhere"], "policy-show", 1),
        (
            &["policy", "set", "prod", "min_dwell=1h", "-n"],
            "policy-set",
            0,
        ),
        (
            &["policy", "set", "prod", "required_source=nowhere"],
            "policy-set",
            4,
        ),
        (
            &["policy", "explain", "staging", "prod"],
            "policy-explain",
            0,
        ),
        (
            &["policy", "explain", "staging", "staging"],
            "policy-explain",
            2,
        ),
        (
            &["publish", "prompts/a", "a.md", "--to", "staging", "-n"],
            "publish",
            0,
        ),
        (&["promote", "staging", "prod", "-n"], "promote", 0),
        (
            &["promote", "staging", "prod", "prompts/router@1", "-n"],
            "promote",
            6,
        ),
        (&["promote", "staging", "prod"], "promote", 2),
        (&["rollback", "prod", "prompts/router", "-n"], "rollback", 0),
        (&["rollback", "prod", "--to", "1"], "rollback", 2),
        (&["retire", "prod", "prompts/router", "-n"], "retire", 0),
        (&["retire", "prod", "prompts/none"], "retire", 1),
        (&["undo", "-n"], "undo", 0),
        (&["undo"], "undo", 2),
        (&["undo", "none"], "undo", 1),
        (&["init"], "init", 4),
        (&["demo", "environments"], "demo", 1),
        (&["check"], "check", 0),
        (&["hooks", "install", "-n"], "hooks-install", 0),
        (&["hooks", "uninstall"], "hooks-uninstall", 0),
        (&["hooks", "status"], "hooks-status", 0),
        (&["doctor"], "doctor", 0),
        (&["explain"], "explain", 0),
        (&["explain", "none"], "explain", 1),
        (&["completions", "bash"], "completions", 0),
        (&["help"], "help", 0),
        (&["--version"], "usage", 0),
        (&["promote", "--help"], "usage", 0),
        (&["promote"], "promote", 2),
        (&["promot"], "usage", 2),
        (&[], "usage", 2),
        (
            &["promote", "staging", "prod", "--frobnicate"],
            "promote",
            2,
        ),
        (&["status", "--color", "mauve"], "status", 2),
        (&["status", "-q", "-v"], "status", 2),
        (&["env"], "usage", 2),
        (&["policy"], "usage", 2),
        (&["policy", "set", "prod", "min_dwel=1h"], "policy-set", 2),
    ] {
        let run = world.refused(exit, &[&["--json"], arguments].concat());
        assert_eq!(
            run.json(exit)["schema"],
            format!("envctl.{command}/v1"),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_dry_run_of_every_writer_changes_nothing() {
    let world = World::promoted();
    world.write("a.md", "a");
    world.done(&["env", "create", "qa"]);
    for arguments in [
        &["env", "create", "eu", "--gateway-fallback", "--incomplete"] as &[&str],
        &[
            "env",
            "edit",
            "qa",
            "--gateway-fallback",
            "--incomplete",
            "--name",
            "x",
        ],
        &["env", "reorder", "qa", "prod"],
        &["env", "delete", "qa"],
        &["policy", "set", "qa", "min_dwell=1h"],
        &["publish", "prompts/a", "a.md"],
        &["promote", "staging", "prod"],
        &["rollback", "prod", "prompts/router"],
        &["retire", "prod", "prompts/router"],
        &["undo"],
    ] {
        for flag in ["-n", "--dry-run"] {
            world
                .refused(0, &[arguments, &[flag]].concat())
                .says(&["dry run: ", "nothing was changed"]);
            let answer = world.json(0, &[arguments, &[flag]].concat());
            assert_eq!(
                (&answer["dry_run"], &answer["commit"]),
                (&true.into(), &().into()),
                "{arguments:?}"
            );
        }
    }
}

/// The help is for people, so it stays whole; a program gets one message.
#[test]
fn without_a_command_the_help_is_shown_beside_the_error() {
    let world = World::new();
    for (arguments, command) in [(&[] as &[&str], "promote "), (&["env"], "create ")] {
        let run = world.refused(2, arguments);
        assert_eq!(run.stdout, "");
        run.says(&["Usage: envctl", command, "error: a command is missing"]);
        assert_eq!(run.stderr.matches("hint: ").count(), 1, "{}", run.stderr);
        let answer = world.json(2, arguments);
        assert_eq!(answer["error"]["message"], "a command is missing");
    }
}

#[test]
fn usage_errors_suggest_what_was_meant() {
    let world = World::new();
    for (arguments, said) in [
        (&["promot", "staging", "prod"] as &[&str], "promote"),
        (&["promote", "staging", "prod", "--prun"], "--prune"),
        (&["env", "lst"], "list"),
    ] {
        world.refused(2, arguments).says(&["error: ", said]);
    }
}

#[test]
fn arguments_that_are_no_text_are_usage_errors() {
    use std::os::unix::ffi::OsStrExt;
    let world = World::new();
    let bad = std::ffi::OsStr::from_bytes(b"pro\xffd");
    for before in [
        &["env", "show"] as &[&str],
        &["log"],
        &["promote", "staging"],
        &["status", "--at"],
        &[],
    ] {
        let run = Run::of(
            world
                .program(&world.repo())
                .args(before)
                .arg(bad)
                .arg("--json"),
        );
        let name = match before {
            [] => "usage".to_owned(),
            words => {
                let words = words.iter().filter(|word| !word.starts_with("--"));
                let words: Vec<&str> = words.copied().take(2).collect();
                match words[..] {
                    ["env", below] => format!("env-{below}"),
                    [word, ..] => word.to_owned(),
                    [] => unreachable!("one is there"),
                }
            }
        };
        let schema = format!("envctl.{name}/v1");
        assert_eq!(run.json(2)["schema"], schema, "{before:?}");
    }
    let run = Run::of(
        world
            .program(&world.repo())
            .args(["publish", "prompts/a"])
            .arg(bad),
    );
    assert_eq!(run.exit, 1, "{run:?}");
}

#[test]
fn quiet_says_only_what_is_wrong() {
    let world = World::promoted();
    let run = world.done(&["promote", "staging", "prod", "-y", "-q"]);
    assert_eq!(
        (&*run.stdout, &*run.stderr),
        ("prompts/router\t1\t2\tforward\n", "")
    );
    let run = world.run(&["env", "show", "prdo", "-q"]);
    assert_eq!(run.stderr, "error: no environment `prdo`\n");
}

#[test]
fn colour_is_for_terminals_and_for_who_asks() {
    let world = World::promoted();
    let lost = ["env", "show", "prdo"];
    assert!(!world.run(&lost).stderr.contains('\u{1b}'));
    assert!(
        world
            .run(&["env", "show", "prdo", "--color", "always"])
            .stderr
            .contains('\u{1b}')
    );
    let run = |name: &str| Run::of(world.program(&world.repo()).args(lost).env(name, "1")).stderr;
    assert!(run("CLICOLOR_FORCE").contains('\u{1b}'));
    assert!(!run("NO_COLOR").contains('\u{1b}'));
    let json = world.run(&["status", "--json", "--color", "always"]);
    assert!(!json.stdout.contains('\u{1b}'));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let world = World::promoted();
    for arguments in [
        &["log"] as &[&str],
        &["status", "--json"],
        &["explain", "pointer"],
        &["--help"],
        &["completions", "zsh"],
    ] {
        let mut command = world.program(&world.repo());
        let mut child = command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut errors = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        let status = child.wait().unwrap();
        assert_eq!((status.code(), &*errors), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_is_an_error() {
    let world = World::promoted();
    for arguments in [
        &["log"] as &[&str],
        &["status", "--json"],
        &["--help"],
        &["resolve", "prompts/router", "--content"],
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut command = world.program(&world.repo());
        let child = command
            .args(arguments)
            .stdout(full)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let run: Run = child.wait_with_output().unwrap().into();
        assert_eq!(run.exit, 1, "{arguments:?}");
        run.says(&["cannot write to stdout"]);
    }
}

#[test]
fn nothing_from_the_repository_steers_the_terminal() {
    let world = World::promoted();
    let mut hand = world.sealed("git", &world.repo());
    hand.args([
        "commit",
        "-q",
        "--cleanup=verbatim",
        "-am",
        &format!("subject {EVIL}\n\nbody {EVIL}\n"),
    ]);
    hand.env("GIT_AUTHOR_NAME", format!("Eve {EVIL}"))
        .env("GIT_AUTHOR_EMAIL", format!("eve{EVIL}@example.org"));
    world.replace("environments/staging.toml", "Staging", "Stage");
    assert_eq!(Run::of(&mut hand).exit, 0);
    world.write(
        "environments/prod.toml",
        format!("name = \"Production\"\n\"{EVIL}\" = 1\n# {EVIL}\n"),
    );
    world.write(
        "environments/qa.toml",
        "name = \"a\\u001b[2Jb\\u202e\"\ndescription = \"\\u009b31m\"\n",
    );
    world.write(&format!("prompts/router/{EVIL}.md"), "x");
    world.write("prompts/evil/1.md", EVIL);
    world.write("prompts/evil/2.md", format!("{EVIL} {EVIL}"));
    world.write(&format!("{EVIL}/x.toml"), "x");
    world.git(&["add", "-A"]);
    for arguments in [
        &["check", "--staged"] as &[&str],
        &["check", "--worktree"],
        &["doctor"],
        &["doctor", "--json"],
    ] {
        assert!(
            is_harmless(&world.run(arguments)),
            "{arguments:?}: {:?}",
            world.run(arguments)
        );
    }
    world.git(&["commit", "-qm", "evil"]);
    world.git(&["branch", "b\u{202e}d"]);
    let key = "\\u001b[2J\\u202e";
    world.write(
        "evil.toml",
        format!(
            "\"{key}\" = 1\n[providers.\"{key}\"]\n\"{key}\" = 1\n[prompts.a]\ntext = \"{key}\"\n"
        ),
    );
    let range = format!("{EVIL}..");
    for arguments in [
        &["status"] as &[&str],
        &["log"],
        &["check"],
        &["doctor"],
        &["doctor", "--project", EVIL],
        &["hooks", "status"],
        &["hooks", "install", EVIL],
        &["env", "list"],
        &["env", "show", "qa"],
        &["env", "edit", "qa", "--color", "red"],
        &["promote", "staging", "prod", "-y"],
        &["status", "--branch", "b\u{202e}d"],
        &["status", "--at", EVIL],
        &["diff", "HEAD~2..", "--content"],
        &["diff", "HEAD~2..", "--content", "--format", "markdown"],
        &["diff", "HEAD~2..b\u{202e}d"],
        &["diff", &range],
        &["env", "show", EVIL],
        &["policy", "set", "prod", EVIL],
        &["policy", "explain", "staging", "prod", "--at", EVIL],
        &["versions", "prompts/router"],
        &["versions", EVIL],
        &["show", EVIL],
        &["diff", "prompts/evil@1", "prompts/evil@2"],
        &["diff", "prompts/evil@1", EVIL],
        &["explain", EVIL],
        &["help", EVIL],
        &["completions", EVIL],
        &["publish", "prompts/a", EVIL],
        &["demo", EVIL],
        &["import", EVIL],
        &["import", "evil.toml", "--to", "qa"],
        &["publish", "--from", EVIL],
        &["render", EVIL],
        &["resolve", "--model", EVIL, "--endpoint", "chat"],
        &[EVIL],
    ] {
        for format in [&["-v"] as &[&str], &["--json"], &["--color=never"]] {
            let run = world.run(&[format, arguments].concat());
            assert!(is_harmless(&run), "{arguments:?} {format:?}: {run:?}");
        }
    }
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let world = World::promoted();
    let mut command = world.program(&world.repo());
    command
        .env("ENVCTL_PROJECT", "")
        .env("GIT_DIR", "")
        .env("NO_COLOR", "")
        .arg("status");
    assert_eq!(Run::of(&mut command).exit, 0);
}
