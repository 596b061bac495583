use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::contest::{Contest, Side, seconds};
use crate::process::World;
use crate::rows::{ENVCTL, Scale};

/// The variable that asks for the whole repository, with the value `whole`.
const VARIABLE: &str = "ENVCTL_BENCH_COMPANY";
/// When the first commit was made, and how many seconds lie between two.
const BEGIN: usize = 1_500_000_000;
const STEP: usize = 600;
/// How often a line stands in a prompt.
const LINES: usize = 20;

/// How much has come together.
#[derive(Clone, Copy, Debug)]
struct Size {
    environments: usize,
    prompts: usize,
    versions: usize,
    commits: usize,
}

/// What a company has after years. To make it takes ten minutes, and half a gigabyte.
const WHOLE: Size = Size {
    environments: 30,
    prompts: 200,
    versions: 500,
    commits: 100_000,
};
const SMALL: Size = Size {
    environments: 30,
    prompts: 40,
    versions: 25,
    commits: 5_000,
};
const SMOKE: Size = Size {
    environments: 4,
    prompts: 3,
    versions: 4,
    commits: 60,
};

/// A repository in which every second commit publishes versions to `staging`, and the others promote two prompts into
/// one of the other environments. git has a commit graph of it, with changed paths.
#[derive(Clone, Debug)]
struct Company {
    world: World,
    folder: PathBuf,
    size: Size,
}

impl Company {
    /// Builds the repository in `parent`. The whole one is built once and stays beside the build, for all rows.
    fn build(parent: &Path, scale: Scale) -> io::Result<Self> {
        let size = match scale {
            Scale::Smoke => SMOKE,
            Scale::Full if is_whole() => WHOLE,
            Scale::Full => SMALL,
        };
        let parent = match size.commits == WHOLE.commits {
            true => &Path::new(env!("CARGO_TARGET_TMPDIR")).join("company"),
            false => parent,
        };
        let company = Self {
            world: World::in_folder(parent),
            folder: parent.join("repository"),
            size,
        };
        let done = parent.join("done");
        if !done.exists() {
            let _ = fs::remove_dir_all(&company.folder);
            fs::create_dir_all(&company.folder)?;
            company.fill(&parent.join("stream"))?;
            File::create(done)?;
        }
        Ok(company)
    }

    fn fill(&self, stream: &Path) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(stream)?);
        self.write(&mut out)?;
        out.flush()?;
        drop(out);
        let git = |arguments: &[&str]| {
            self.world
                .run(&self.folder, &[&["git"], arguments].concat())
        };
        git(&["init", "-q", "-b", "main", "--template="])?;
        git(&["config", "gc.auto", "0"])?;
        let import = "git fast-import --quiet < ../stream";
        self.world.run(&self.folder, &["sh", "-c", import])?;
        fs::remove_file(stream)?;
        git(&["repack", "-adq"])?;
        git(&["commit-graph", "write", "--reachable", "--changed-paths"])?;
        git(&["reset", "-q", "--hard"])?;
        Ok(())
    }

    fn slugs(&self) -> Vec<String> {
        let first = ["staging", "qa", "prod"].map(str::to_owned);
        let others =
            (first.len()..self.size.environments).map(|index| format!("customer-{index:04}"));
        first.into_iter().chain(others).collect()
    }

    /// Returns how many versions exist after the commit of this index, one round over all prompts after the other.
    fn published(&self, index: usize) -> usize {
        let Size {
            prompts,
            versions,
            commits,
            ..
        } = self.size;
        prompts + prompts * (versions - 1) * index.div_ceil(2) / commits.div_ceil(2)
    }

    /// Returns the newest version of a prompt after the commit of this index.
    fn newest(&self, index: usize, prompt: usize) -> usize {
        (self.published(index) - prompt).div_ceil(self.size.prompts)
    }

    /// Writes the history for git's fast-import. The last commit promotes everything but one version into `qa`.
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Size {
            environments,
            prompts,
            commits,
            ..
        } = self.size;
        let slugs = self.slugs();
        let mut live = vec![vec![1; prompts]; environments];
        for index in 0..=commits {
            let date = BEGIN + index * STEP;
            writeln!(
                out,
                "commit refs/heads/main\ncommitter Bench <bench@example.org> {date} +0000\ndata 2\nc"
            )?;
            let mut moved = 0;
            let mut files = Vec::new();
            if index == 0 {
                files.extend(self.beginning(&slugs));
            } else if index == commits {
                moved = 1;
                live[1] = live[0].clone();
                live[1][0] -= 1;
            } else if index % 2 == 1 {
                files.extend(
                    (self.published(index - 1)..self.published(index))
                        .map(|order| self.version(order)),
                );
                live[0] = (0..prompts)
                    .map(|prompt| self.newest(index, prompt))
                    .collect();
            } else {
                let turn = index / 2;
                moved = 1 + turn % (environments - 1);
                for prompt in [turn * 14 % prompts, turn * 26 % prompts] {
                    live[moved][prompt] = live[0][prompt];
                }
            }
            files.push((
                format!("pointers/{}.toml", slugs[moved]),
                pointers(&live[moved]),
            ));
            for (path, text) in files {
                write!(out, "M 644 inline {path}\ndata {}\n{text}\n", text.len())?;
            }
        }
        Ok(())
    }

    /// Returns the files of the first commit, without the pointers of `staging`.
    fn beginning(&self, slugs: &[String]) -> Vec<(String, String)> {
        let order: Vec<String> = slugs
            .iter()
            .map(|slug| format!("  \"{slug}\",\n"))
            .collect();
        let settings = format!(
            "schema = 1\nname = \"Company\"\nbranch = \"main\"\ndefault_publish = \"staging\"\n\
             gateway_fallback = \"prod\"\norder = [\n{}]\n",
            order.concat()
        );
        let mut files = vec![("envctl.toml".to_owned(), settings)];
        for slug in slugs {
            let environment = format!("name = \"{slug}\"\nproduction = {}\n", slug == "prod");
            files.push((format!("environments/{slug}.toml"), environment));
            files.push((
                format!("pointers/{slug}.toml"),
                pointers(&vec![1; self.size.prompts]),
            ));
        }
        files.extend((0..self.size.prompts).map(|order| self.version(order)));
        files
    }

    /// Returns the version that is published in this place: all prompts get their second one before any gets a third.
    fn version(&self, order: usize) -> (String, String) {
        let (prompt, number) = (order % self.size.prompts, order / self.size.prompts + 1);
        let line = format!("You are {prompt:03}, number {number}.\n");
        (
            format!("prompts/{prompt:03}/{number}.md"),
            line.repeat(LINES),
        )
    }

    fn beside(self, ours: &[&str], expected: &str, theirs: Vec<String>) -> io::Result<Contest> {
        let ours: Vec<String> = [&[ENVCTL], ours]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let words: Vec<&str> = ours.iter().map(String::as_str).collect();
        let answer = self.world.ask(&self.folder, &words)?;
        assert!(answer.contains(expected), "{ours:?} answers {answer:?}");
        let running = |line: Vec<String>| -> Side {
            let company = self.clone();
            Box::new(move || {
                let line: Vec<&str> = line.iter().map(String::as_str).collect();
                Ok(seconds(company.world.run(&company.folder, &line)?.time))
            })
        };
        Ok(Contest::Ratio(running(ours), running(theirs)))
    }

    /// Returns the command with which git shows the pointers of all environments.
    fn show(&self) -> Vec<String> {
        let files = self
            .slugs()
            .into_iter()
            .map(|slug| format!("HEAD:pointers/{slug}.toml"));
        ["git", "show"]
            .map(str::to_owned)
            .into_iter()
            .chain(files)
            .collect()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "who runs the benchmark says what it takes"
)]
fn is_whole() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|value| value == "whole")
}

/// Returns the command with which git walks along the line.
fn walk() -> Vec<String> {
    ["git", "rev-list", "--first-parent", "--count", "main"]
        .map(str::to_owned)
        .into()
}

/// A command that reads the project as it is, against git showing all that is live.
pub fn now(parent: &Path, scale: Scale, ours: &[&str], expected: &str) -> io::Result<Contest> {
    let company = Company::build(parent, scale)?;
    let theirs = company.show();
    company.beside(ours, expected, theirs)
}

/// A command that looks back, against git counting the commits.
pub fn past(parent: &Path, scale: Scale, ours: &[&str], expected: &str) -> io::Result<Contest> {
    Company::build(parent, scale)?.beside(ours, expected, walk())
}

/// The memory of a command that looks back, in MiB.
pub fn peak(parent: &Path, scale: Scale, ours: &'static [&'static str]) -> io::Result<Contest> {
    let company = Company::build(parent, scale)?;
    let line = [&[ENVCTL], ours].concat();
    Ok(Contest::Cost(Box::new(move || {
        Ok(company.world.run(&company.folder, &line)?.peak)
    })))
}

fn pointers(live: &[usize]) -> String {
    let table =
        |(prompt, live): (usize, &usize)| format!("[prompts.{prompt:03}]\nversion = {live}\n");
    let tables: Vec<String> = live.iter().enumerate().map(table).collect();
    tables.join("\n")
}
