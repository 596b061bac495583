//! Text from the repository in every command and every format: no credential, and nothing at the start of a line that the
//! runner of a job would obey.

use crate::remotes::write_hook;
use crate::world::{Run, World};

/// A key as a vendor makes them.
const KEY: &str = "sk-proj-V3ryS3cretV3ryS3cret";
/// What must not be seen of it, and of the other credentials below.
const SECRETS: [&str; 3] = ["V3ryS3cret", "hunter2horse", "Zm9vYmFyMTIzNDU2Nzg5"];

/// Texts with credentials, each of another kind.
fn texts() -> [String; 3] {
    [
        format!("rotate {KEY}"),
        "see https://ana:hunter2horse@wiki.invalid/x".to_owned(),
        "send Authorization: Bearer Zm9vYmFyMTIzNDU2Nzg5".to_owned(),
    ]
}

/// As much of `text` as the name of a branch or a file can be, where that still is a credential.
fn name(text: &str) -> String {
    if !text.contains(KEY) {
        return "plain".to_owned();
    }
    text.replace([' ', ':'], "-")
}

/// A project in which everything that is somebody's own text has `text` in it: names and addresses of authors, subjects,
/// reasons, the project's and an environment's name and description, files, folders, branches, tags and a remote.
fn world(text: &str) -> World {
    let world = World::demanding(&["requires_approval=true"]);
    let run = Run::of(
        world
            .program(&world.repo())
            .args(["promote", "staging", "prod", "-y"]),
    );
    assert_eq!(run.exit, 5, "{run:?}");
    world.replace(
        "environments/prod.toml",
        "name = \"Production\"",
        &format!("name = \"{text}\"\ndescription = \"{text}\""),
    );
    world.write("prompts/router/draft.md", text);
    // What a file system allows: a line break, and what a runner obeys behind it.
    let file = format!("prompts/router/{}\n::set-env name=A::b", name(text));
    world.write(&file, text);
    world.git(&["add", "-A"]);
    let mut git = world.sealed("git", &world.repo());
    let message = format!("{text}\n\n{text}\n::set-env name=A::b\n\nEnvctl-Reason: {text}\n");
    git.args(["commit", "-q", "-m", &message])
        .env("GIT_AUTHOR_NAME", text)
        .env("GIT_AUTHOR_EMAIL", format!("{}@x", name(text)))
        .env("GIT_COMMITTER_NAME", text)
        .env("GIT_COMMITTER_EMAIL", format!("{}@x", name(text)));
    assert_eq!(Run::of(&mut git).exit, 0);
    // A decision of such a person on a pointer.
    world.replace("pointers/staging.toml", "version = 2", "version = 1");
    world.git(&["add", "-A"]);
    let mut git = world.sealed("git", &world.repo());
    git.args(["commit", "-q", "-m", &message])
        .env("GIT_AUTHOR_NAME", text)
        .env("GIT_COMMITTER_NAME", text);
    assert_eq!(Run::of(&mut git).exit, 0);
    world.git(&["branch", &name(text)]);
    world.git(&["tag", &format!("t{}", name(text))]);
    let remote = format!("https://ana:hunter2horse@{KEY}.invalid/o.git");
    world.git(&["remote", "add", "origin", &remote]);
    let hook = "#!/bin/sh\ngrep -q by-hook \"$1\" || exit 0\nprintf '\\n::set-env name=A::b\\nhttps://ana:hunter2horse@x/\\n' >&2; exit 1\n";
    write_hook(&world.repo().join(".git/hooks/commit-msg"), hook);
    world
}

#[test]
fn no_command_in_no_format_repeats_a_credential_or_begins_a_line_for_a_runner() {
    for text in texts() {
        let world = world(&text);
        let range = "HEAD~2..HEAD";
        let branch = name(&text);
        let commands: &[&[&str]] = &[
            &["status"],
            &["env", "list"],
            &["env", "show", "prod"],
            &["log"],
            &["log", "--verbose"],
            &["log", "--format", "csv"],
            &["log", "staging"],
            &["blame", "staging"],
            &["blame", "prod"],
            &["pending"],
            &["check"],
            &["check", range],
            &["check", "--pin-policy", range],
            &["check", range, "--format", "github"],
            &["check", range, "--format", "gitlab"],
            &["check", range, "--format", "junit"],
            &["check", range, "--format", "sarif"],
            &["check", range, "--format", "markdown"],
            &["diff", range],
            &["diff", range, "--content"],
            &["diff", range, "--format", "markdown"],
            &["diff", range, "--format", "markdown", "--content"],
            &["diff", "staging", "prod"],
            &["policy", "show", "prod"],
            &["policy", "explain", "staging", "prod"],
            &["access", "show"],
            &["doctor"],
            &["hooks", "status"],
            &["sync", "-n"],
            &["sync"],
            &["status", "--branch", &branch],
            &["status", "--branch", &text],
            &["status", "--at", &text],
            &["env", "show", &text],
            &["resolve", &text],
            &["check", &format!("{branch}..{branch}")],
            &["rollback", "staging", "-n"],
            &["approve", "prod", "-n"],
            &["withdraw", "prod", "-n", "-m", &text],
            &["promote", "staging", "prod", "-n", "--push"],
            &["publish", "prompts/a", &text, "--to", "staging"],
            &["policy", "set", "staging", "min_dwell=1h", "-m", "by-hook"],
            &["policy", "set", "staging", &text],
            &["import", &text],
        ];
        for command in commands {
            for json in [false, true] {
                let mut program = world.program(&world.repo());
                program.args(*command).env("ENVCTL_PUSH_TIMEOUT", "5s");
                if json {
                    program.arg("--json");
                }
                let run = Run::of(&mut program);
                let both = format!("{}\n{}", run.stdout, run.stderr);
                for secret in SECRETS {
                    assert!(!both.contains(secret), "{command:?} says {secret}: {both}");
                }
                let obeyed = |line: &&str| {
                    line.trim_start().starts_with("::set-env") || line.contains("##[")
                };
                let line = both.lines().find(obeyed);
                assert!(line.is_none(), "{command:?} {line:?}");
            }
        }
    }
}
