//! The README runs: every command in its `sh` blocks, one after the other, in a project of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const README: &str = include_str!("../README.md");

/// The commands in the `sh` blocks of the README, without their comments.
fn commands() -> Vec<String> {
    let blocks = README.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    let line = |line: &str| line.split("  #").next().unwrap().trim().to_owned();
    blocks.flat_map(str::lines).map(line).filter(|line| !line.is_empty()).collect()
}

fn shell(line: &str, home: &Path, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_envctl")).parent().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("PATH=\"$PROGRAM_FOLDER:$PATH\"; {line}")]).current_dir(folder);
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "XDG_CONFIG_HOME", "ENVCTL_PROJECT"] {
        command.env_remove(variable);
    }
    command.env("PROGRAM_FOLDER", program).env("HOME", home).env("CI_JOB", "nightly").output().unwrap()
}

#[test]
fn every_command_of_the_readme_runs() {
    let home = tempfile::tempdir().unwrap();
    let project = home.path().join("project");
    fs::create_dir(&project).unwrap();
    fs::write(home.path().join(".gitconfig"), "[user]\nname = Ana\nemail = ana@example.com\n").unwrap();
    fs::write(project.join("router.md"), "Sort {{ ticket }} into a queue.\n").unwrap();
    let provider =
        "base_url = \"https://api.openai.com/v1\"\nmodels = [\"gpt-4o\"]\ncredential = \"env::OPENAI_KEY\"\n";
    fs::write(project.join("openai.toml"), provider).unwrap();
    let commands = commands();
    assert!(commands.len() > 10, "the README lost its commands: {commands:?}");
    for line in commands {
        // There is nobody here to answer the question that a promotion asks, and no project was there two days ago.
        let asks = line.starts_with("envctl promote") && !line.contains("--yes");
        let line = if asks { format!("{line} --yes") } else { line.replace("2 days ago", "0 s ago") };
        let output = shell(&line, home.path(), &project);
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 10)), "{line}: {code:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
