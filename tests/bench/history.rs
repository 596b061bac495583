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

/// What git keeps beside the commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Graph {
    Nothing,
    Commits,
    ChangedPaths,
}

/// What git is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opponent {
    /// It reads every commit.
    Plain,
    /// It has the same graph.
    WithGraph,
}

/// Many commits on files that are not envctl's, among which `qa` went to version 2 once, two fifths of the way, and
/// `staging` goes to and fro. `prod` takes only what was live in `qa` for an hour.
#[derive(Clone, Debug)]
struct LongHistory {
    world: World,
    folder: PathBuf,
    commits: usize,
}

impl LongHistory {
    fn build(parent: &Path, commits: usize, graph: Graph) -> io::Result<Self> {
        let (world, folder) = (World::in_folder(parent), parent.join("long"));
        fs::create_dir(&folder)?;
        fs::write(
            parent.join("stream"),
            stream(commits).map_err(io::Error::other)?,
        )?;
        let long = Self {
            world,
            folder,
            commits,
        };
        long.git(&["init", "-q", "-b", "main", "--template="])?;
        long.git(&["config", "gc.auto", "0"])?;
        long.world.run(
            &long.folder,
            &["sh", "-c", "git fast-import --quiet < ../stream"],
        )?;
        fs::remove_file(parent.join("stream"))?;
        long.git(&["reset", "-q", "--hard"])?;
        match graph {
            Graph::Nothing => {}
            Graph::Commits => long.git(&["commit-graph", "write", "--reachable"])?,
            Graph::ChangedPaths => {
                long.git(&["commit-graph", "write", "--reachable", "--changed-paths"])?;
            }
        }
        Ok(long)
    }

    fn git(&self, arguments: &[&str]) -> io::Result<()> {
        self.world
            .run(&self.folder, &[&["git"], arguments].concat())
            .map(drop)
    }

    /// Runs envctl, whose answer must hold `expected`, against git.
    fn contest(
        self,
        ours: &[&str],
        expected: &str,
        opponent: Opponent,
        theirs: &[&str],
    ) -> io::Result<Contest> {
        let graph = if opponent == Opponent::Plain {
            "core.commitGraph=false"
        } else {
            "core.commitGraph=true"
        };
        let (ours, theirs) = (
            [&[ENVCTL], ours].concat(),
            [&["git", "-c", graph], theirs].concat(),
        );
        let answers = [
            self.world.ask(&self.folder, &ours)?,
            self.world.ask(&self.folder, &theirs)?,
        ];
        assert!(
            answers[0].contains(expected),
            "{ours:?} answers {:?}",
            answers[0]
        );
        assert_eq!(answers[1].len(), 40, "{theirs:?} answers {:?}", answers[1]);
        Ok(Contest::Ratio(self.running(&ours), self.running(&theirs)))
    }

    fn running(&self, line: &[&str]) -> Side {
        let (long, line) = (
            self.clone(),
            line.iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>(),
        );
        Box::new(move || {
            let line: Vec<&str> = line.iter().map(String::as_str).collect();
            Ok(seconds(long.world.run(&long.folder, &line)?.time))
        })
    }

    /// The moment right after the commit of this index, in seconds.
    fn after(&self, index: usize) -> usize {
        BEGIN + index * STEP + 1
    }
}

/// What was live in the middle of the history, against the name of the commit of then.
pub fn at_time(
    parent: &Path,
    commits: usize,
    graph: Graph,
    opponent: Opponent,
) -> io::Result<Contest> {
    let long = LongHistory::build(parent, commits, graph)?;
    let moment = long.after(long.commits / 2);
    let at = long.world.ask(
        &long.folder,
        &[
            "date",
            "-u",
            "-d",
            &format!("@{moment}"),
            "+%Y-%m-%dT%H:%M:%SZ",
        ],
    )?;
    let before = format!("--before={moment}");
    let ours = ["env", "show", "qa", "--at", &at];
    long.contest(
        &ours,
        "prompts/000\t2",
        opponent,
        &["rev-list", "-1", "--first-parent", &before, "main"],
    )
}

/// Whether `prod` may have what `qa` has, against the name of the commit that last changed `qa`.
pub fn dwell(
    parent: &Path,
    commits: usize,
    graph: Graph,
    opponent: Opponent,
) -> io::Result<Contest> {
    let long = LongHistory::build(parent, commits, graph)?;
    let ours = ["promote", "qa", "prod", "--dry-run"];
    long.contest(
        &ours,
        "prompts/000\t1\t2",
        opponent,
        &["log", "-1", "--format=%H", "--", "pointers/qa.toml"],
    )
}

/// The most memory at once of that question, in MiB.
pub fn dwell_peak(parent: &Path, commits: usize) -> io::Result<Contest> {
    let long = LongHistory::build(parent, commits, Graph::ChangedPaths)?;
    let ours = [ENVCTL, "promote", "qa", "prod", "--dry-run"];
    Ok(Contest::Cost(Box::new(move || {
        Ok(long.world.run(&long.folder, &ours)?.peak)
    })))
}

/// The history for git's fast-import.
fn stream(commits: usize) -> Result<String, fmt::Error> {
    let mut stream = String::new();
    for index in 0..commits {
        let date = BEGIN + index * STEP;
        write!(
            stream,
            "commit refs/heads/main\ncommitter Bench <bench@example.org> {date} +0000\ndata 2\nc\n"
        )?;
        let mut files = vec![(format!("other/{}.txt", index % 100), index.to_string())];
        if index == 0 {
            files.extend(project());
        }
        if index % 20 == 5 {
            files.push(pointers("staging", 1 + index / 20 % 2));
        }
        if index == commits * 2 / 5 {
            files.push(pointers("qa", 2));
        }
        for (path, text) in files {
            write!(stream, "M 644 inline {path}\ndata {}\n{text}\n", text.len())?;
        }
    }
    Ok(stream)
}

fn project() -> Vec<(String, String)> {
    let settings = "schema = 1\nname = \"Bench\"\nbranch = \"main\"\ndefault_publish = \"staging\"\n\
                    gateway_fallback = \"prod\"\norder = [\n    \"staging\",\n    \"qa\",\n    \"prod\",\n]\n";
    let mut files = vec![("envctl.toml".to_owned(), settings.to_owned())];
    for slug in ["staging", "qa", "prod"] {
        let policy = if slug == "prod" {
            "\n[policy]\nmin_dwell = \"1h\"\nrequired_source = \"qa\"\n"
        } else {
            ""
        };
        let environment = format!(
            "name = \"{slug}\"\nproduction = {}\n{policy}",
            slug == "prod"
        );
        files.push((format!("environments/{slug}.toml"), environment));
        files.push(pointers(slug, 1));
    }
    files.extend([1, 2].map(|number| {
        (
            format!("prompts/000/{number}.md"),
            format!("Number {number}.\n"),
        )
    }));
    files
}

fn pointers(slug: &str, number: usize) -> (String, String) {
    (
        format!("pointers/{slug}.toml"),
        format!("[prompts.000]\nversion = {number}\n"),
    )
}
