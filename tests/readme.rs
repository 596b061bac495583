//! The README runs: every command in its `sh` blocks, one after the other, in a project of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::Output;

#[path = "support/isolation.rs"]
mod isolation;

use isolation::isolated;

const README: &str = include_str!("../README.md");

/// A command of the README, and how it must end.
struct Line {
    command: String,
    exit: Option<i32>,
}

/// The commands in each `sh` block of the README. A comment that begins with `exit N:` says how the command ends.
fn blocks() -> Vec<Vec<Line>> {
    let blocks = README
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap());
    blocks
        .map(|block| {
            block
                .lines()
                .filter(|line| !line.is_empty())
                .map(Line::read)
                .collect()
        })
        .collect()
}

impl Line {
    fn read(line: &str) -> Self {
        let (command, comment) = line.split_once("  #").unwrap_or((line, ""));
        let exit = comment
            .trim()
            .strip_prefix("exit ")
            .and_then(|rest| rest.split_once(':'));
        Self {
            command: answered(command.trim()),
            exit: exit.map(|(number, _)| number.parse().unwrap()),
        }
    }
}

/// The command as it works in a test: nobody is here to answer a question, no project was there two days ago, what a
/// job compares with was not fetched, and no version of the program that the project belongs to was tagged.
fn answered(command: &str) -> String {
    let asks = ["promote", "approve", "rollback"]
        .iter()
        .any(|word| command.starts_with(&format!("envctl {word}")));
    let answered = [" --yes", " -n"].iter().any(|flag| command.contains(flag));
    let command = command
        .replace("2 days ago", "0 s ago")
        .replace("origin/main", "main~1")
        .replace("v1.4", "main~2");
    if asks && !answered {
        format!("{command} --yes")
    } else {
        command
    }
}

fn shell(line: &str, home: &Path, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_envctl")).parent().unwrap();
    isolated("sh", folder, home, None)
        .args(["-c", &format!("PATH=\"$PROGRAM_FOLDER:$PATH\"; {line}")])
        .env("PROGRAM_FOLDER", program)
        .env("CI_JOB", "nightly")
        .output()
        .unwrap()
}

#[test]
fn every_command_of_the_readme_runs() {
    let home = tempfile::tempdir().unwrap();
    let project = home.path().join("project");
    fs::create_dir(&project).unwrap();
    let settings =
        "[user]\nname = Ana\nemail = ana@example.com\n[remote \"origin\"]\nurl = ../remote.git\n";
    fs::write(home.path().join(".gitconfig"), settings).unwrap();
    assert!(
        shell("git init -q --bare remote.git", home.path(), home.path())
            .status
            .success()
    );
    fs::write(
        project.join("router.md"),
        "Sort {{ ticket }} into a queue.\n",
    )
    .unwrap();
    let provider = "base_url = \"https://api.openai.com/v1\"\nmodels = [\"gpt-4o\"]\ncredential = \"env::OPENAI_KEY\"\n";
    fs::write(project.join("openai.toml"), provider).unwrap();
    let blocks = blocks();
    assert!(
        blocks.iter().map(Vec::len).sum::<usize>() > 20,
        "the README lost its commands"
    );
    for block in blocks {
        let mut folder = project.clone();
        for Line { command, exit } in block {
            if let Some(into) = command.strip_prefix("cd ") {
                folder.push(into);
                continue;
            }
            let output = shell(&command, home.path(), &folder);
            let code = output.status.code();
            let expected = exit.map_or(matches!(code, Some(0 | 10)), |exit| code == Some(exit));
            assert!(
                expected,
                "{command}: {code:?}\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}
