//! The README runs: every command in its `sh` blocks, one after the other, from an empty folder on.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::Output;

#[path = "support/isolation.rs"]
mod isolation;
#[path = "support/limit.rs"]
mod limit;

use isolation::isolated;
use limit::limited;

const README: &str = include_str!("../README.md");

/// Whoever follows the README has told git who they are.
const SETTINGS: &str = "[user]\nname = Ana\nemail = ana@example.com\n";

/// A command of the README, and how it must end.
struct Line {
    command: String,
    exit: Option<i32>,
}

/// The commands in the `sh` blocks of the README, one after the other. A comment that begins with `exit N:` says how the command
/// ends; a command that a file is written with goes on to the line `EOF`.
fn lines() -> Vec<Line> {
    let blocks = README
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap());
    let mut commands = Vec::new();
    for block in blocks {
        let mut rest = block.lines().filter(|line| !line.is_empty());
        while let Some(line) = rest.next() {
            let mut command = Line::read(line);
            if line.ends_with("<<'EOF'") {
                for line in rest.by_ref() {
                    command.command.push_str(&format!("\n{line}"));
                    if line == "EOF" {
                        break;
                    }
                }
            }
            commands.push(command);
        }
    }
    commands
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

/// The command as it works in a test, where nobody is there to answer a question.
fn answered(command: &str) -> String {
    let asks = ["promote", "point", "rollback", "undo", "thaw"]
        .iter()
        .any(|word| command.starts_with(&format!("envctl {word}")));
    if asks && !command.contains(" --yes") && !command.contains(" -n") {
        format!("{command} --yes")
    } else {
        command.to_owned()
    }
}

fn shell(line: &str, home: &Path, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_envctl")).parent().unwrap();
    let mut shell = isolated("sh", folder, home, None);
    shell
        .args(["-c", &format!("PATH=\"$PROGRAM_FOLDER:$PATH\"; {line}")])
        .env("PROGRAM_FOLDER", program);
    limited(&mut shell).unwrap_or_else(|late| panic!("{line} does not end: {late:?}"))
}

#[test]
fn every_command_of_the_readme_runs_from_an_empty_folder() {
    let home = tempfile::tempdir().unwrap();
    let mut folder = home.path().join("empty");
    fs::create_dir(&folder).unwrap();
    fs::write(home.path().join(".gitconfig"), SETTINGS).unwrap();
    let lines = lines();
    assert!(lines.len() > 40, "the README lost its commands");
    for Line { command, exit } in lines {
        if let Some(into) = command.strip_prefix("cd ") {
            folder = folder.join(into).canonicalize().unwrap();
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

#[test]
fn the_readme_can_be_read_in_two_minutes() {
    assert!(README.lines().count() <= 200);
}
