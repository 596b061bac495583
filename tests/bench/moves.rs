use std::fmt::{self, Write};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::contest::{Contest, Side, seconds};
use crate::process::World;
use crate::rows::ENVCTL;

/// When the first commit was made, and how many seconds lie between two.
const BEGIN: usize = 1_600_000_000;
const STEP: usize = 600;
/// How many prompts there are.
const PROMPTS: usize = 10;

/// A branch of which every commit moves a pointer: of ten prompts, in three environments, one of which demands an hour in
/// another. Every tenth commit publishes a version, and every tenth promotes it.
#[derive(Clone, Debug)]
struct Moves {
    world: World,
    folder: PathBuf,
}

impl Moves {
    fn build(parent: &Path, commits: usize) -> io::Result<Self> {
        let (world, folder) = (World::in_folder(parent), parent.join("moves"));
        fs::create_dir(&folder)?;
        fs::write(
            parent.join("stream"),
            stream(commits).map_err(io::Error::other)?,
        )?;
        let moves = Self { world, folder };
        for line in [
            &["git", "init", "-q", "-b", "main", "--template="][..],
            &["git", "config", "gc.auto", "0"],
        ] {
            moves.world.run(&moves.folder, line)?;
        }
        moves.world.run(
            &moves.folder,
            &["sh", "-c", "git fast-import --quiet < ../stream"],
        )?;
        fs::remove_file(parent.join("stream"))?;
        moves.world.run(
            &moves.folder,
            &[
                "sh",
                "-c",
                "git tag first $(git rev-list --max-parents=0 main)",
            ],
        )?;
        moves
            .world
            .run(&moves.folder, &["git", "reset", "-q", "--hard"])?;
        Ok(moves)
    }
}

/// Judging every commit, against git listing what each of them changes.
pub fn range(parent: &Path, commits: usize) -> io::Result<Contest> {
    let moves = Moves::build(parent, commits)?;
    let answer = moves
        .world
        .ask(&moves.folder, &[ENVCTL, "check", "first..main", "--json"])?;
    let expected = format!("\"judged\": {}", commits - 1);
    assert!(answer.contains(&expected), "{answer} without {expected}");
    Ok(beside_raw_log(moves, &[ENVCTL, "check", "first..main"]))
}

/// Telling what each commit did, against git listing what each of them changes.
pub fn log(parent: &Path, commits: usize) -> io::Result<Contest> {
    let moves = Moves::build(parent, commits)?;
    let ours = [
        "sh",
        "-c",
        "\"$0\" log --json | grep -c '\"commit\":'",
        ENVCTL,
    ];
    let told = moves.world.ask(&moves.folder, &ours)?;
    let told: usize = told.parse().map_err(io::Error::other)?;
    assert!(told >= commits, "{told} of {commits} commits");
    Ok(beside_raw_log(moves, &[ENVCTL, "log"]))
}

fn beside_raw_log(moves: Moves, ours: &[&'static str]) -> Contest {
    let theirs = [
        "git",
        "-c",
        "core.commitGraph=false",
        "log",
        "--raw",
        "--format=%H",
        "first..main",
    ];
    let running = |line: &[&'static str]| -> Side {
        let (moves, line) = (moves.clone(), line.to_vec());
        Box::new(move || Ok(seconds(moves.world.run(&moves.folder, &line)?.time)))
    };
    Contest::Ratio(running(ours), running(&theirs))
}

/// The most memory at once of a command, in MiB.
pub fn peak(
    parent: &Path,
    commits: usize,
    arguments: &'static [&'static str],
) -> io::Result<Contest> {
    let moves = Moves::build(parent, commits)?;
    let line = [&[ENVCTL], arguments].concat();
    Ok(Contest::Cost(Box::new(move || {
        Ok(moves.world.run(&moves.folder, &line)?.peak)
    })))
}

/// The history for git's fast-import.
fn stream(commits: usize) -> Result<String, fmt::Error> {
    let mut stream = String::new();
    let mut live = [[1; PROMPTS]; 3];
    let mut newest = [2; PROMPTS];
    for index in 0..commits {
        let date = BEGIN + index * STEP;
        write!(
            stream,
            "commit refs/heads/main\ncommitter Bench <bench@example.org> {date} +0000\ndata 2\nc\n"
        )?;
        let prompt = index / 10 % PROMPTS;
        let mut files = Vec::new();
        let moved = match index % 10 {
            0 => {
                newest[prompt] += 1;
                files.push((
                    format!("prompts/p{prompt}/{}.md", newest[prompt]),
                    format!("{index}\n"),
                ));
                live[1][prompt] = newest[prompt];
                1
            }
            // Eighty minutes after it was published, and every time another version.
            8 => {
                live[0][prompt] = live[1][prompt];
                0
            }
            other => {
                let tried = (index + other) % PROMPTS;
                live[2][tried] = 3 - live[2][tried];
                2
            }
        };
        if index == 0 {
            files.extend(project());
            (0..3).for_each(|environment| files.push(pointers(environment, &live[environment])));
        } else {
            files.push(pointers(moved, &live[moved]));
        }
        for (path, text) in files {
            write!(stream, "M 644 inline {path}\ndata {}\n{text}\n", text.len())?;
        }
    }
    Ok(stream)
}

fn project() -> Vec<(String, String)> {
    let settings = "schema = 1\nname = \"Bench\"\nbranch = \"main\"\ndefault_publish = \"staging\"\n\
                    gateway_fallback = \"prod\"\norder = [\n    \"prod\",\n]\n";
    let ruled =
        "production = true\n\n[policy]\nrequired_source = \"staging\"\nmin_dwell = \"1h\"\n";
    let mut files = vec![
        ("envctl.toml".to_owned(), settings.to_owned()),
        ("environments/prod.toml".to_owned(), ruled.to_owned()),
        (
            "environments/staging.toml".to_owned(),
            "name = \"Staging\"\n".to_owned(),
        ),
        (
            "environments/qa.toml".to_owned(),
            "name = \"Quality\"\n".to_owned(),
        ),
    ];
    for prompt in 0..PROMPTS {
        files.extend([1, 2].map(|number| {
            (
                format!("prompts/p{prompt}/{number}.md"),
                format!("{prompt} {number}\n"),
            )
        }));
    }
    files
}

fn pointers(environment: usize, live: &[usize; PROMPTS]) -> (String, String) {
    let slug = ["prod", "staging", "qa"][environment];
    let table =
        |(prompt, number): (usize, &usize)| format!("[prompts.p{prompt}]\nversion = {number}\n");
    let tables: Vec<String> = live.iter().enumerate().map(table).collect();
    (format!("pointers/{slug}.toml"), tables.join("\n"))
}
