use std::cell::Cell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use crate::bombs;
use crate::company;
use crate::contest::{Contest, Side, seconds};
use crate::history::{Graph, Opponent, at_time, dwell, dwell_peak};
use crate::moves::{log, peak, range};
use crate::process::Took;
use crate::repository::{MOVED_PROMPT, Plan, Repository, USUAL, edit, source};

/// The program that is measured.
pub const ENVCTL: &str = env!("CARGO_BIN_EXE_envctl");

/// What a script does in a bare repository: the blob, the two trees, the commit, the branch.
const PLUMBING: &str = r#"
set -e
old=$(git rev-parse refs/heads/main)
blob=$(git cat-file blob $old:pointers/prod.toml | sed "$1" | git hash-object -w --stdin)
pointers=$(git ls-tree $old:pointers | sed "s/ [0-9a-f]*\tprod.toml$/ $blob\tprod.toml/" | git mktree)
root=$(git ls-tree $old | sed "s/ [0-9a-f]*\tpointers$/ $pointers\tpointers/" | git mktree)
new=$(git commit-tree $root -p $old -m promote)
git update-ref refs/heads/main $new $old
"#;

/// Whether it is about the numbers or only about whether everything still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    Full,
    Smoke,
}

impl Scale {
    fn of(self, full: usize) -> usize {
        if self == Self::Full {
            full
        } else {
            full.min(12)
        }
    }
}

/// A line of the table.
pub struct Row {
    pub name: &'static str,
    /// At most this is good enough.
    pub target: f64,
    /// What stands beside it.
    pub against: &'static str,
    pub rounds: usize,
    pub contest: fn(&Path, Scale) -> io::Result<Contest>,
}

impl Row {
    /// Whether the repository is in memory. A name says so where there are both.
    pub fn in_memory(&self) -> bool {
        !self.name.ends_with("disk")
    }
}

/// How many commits a long history has.
const LONG: usize = 100_000;
/// How many commits a range is judged of.
const RANGE: usize = 10_000;

/// All rows.
pub const ALL: &[Row] = &[
    Row {
        name: "promote-memory",
        target: 0.50,
        against: "sed -i; git commit -nqam",
        rounds: 61,
        contest: |folder, _| beside_git(Repository::build(folder, USUAL)?, &[]),
    },
    Row {
        name: "promote-disk",
        target: 0.60,
        against: "sed -i; git commit -nqam",
        rounds: 61,
        contest: |folder, _| beside_git(Repository::build(folder, USUAL)?, &[]),
    },
    Row {
        name: "promote-durable-disk",
        target: 0.70,
        against: "sed -i; git -c core.fsync=all commit -nqam",
        rounds: 41,
        contest: |folder, _| {
            beside_git(
                Repository::build(
                    folder,
                    Plan {
                        durable: true,
                        ..USUAL
                    },
                )?,
                &["-c", "core.fsync=all"],
            )
        },
    },
    Row {
        name: "promote-bare",
        target: 0.20,
        against: "cat-file, hash-object, 2 mktree, commit-tree, update-ref in a script",
        rounds: 31,
        contest: |folder, _| {
            let repository = Repository::build(
                folder,
                Plan {
                    bare: true,
                    ..USUAL
                },
            )?;
            Ok(Contest::Ratio(
                promotion(repository.clone()),
                script(repository),
            ))
        },
    },
    Row {
        name: "promote-new",
        target: 0.50,
        against: "sed -i; git commit -nqam, both to a number that never was live",
        rounds: 61,
        contest: |folder, scale| {
            let plan = Plan {
                versions: 2 * scale.of(62) + 3,
                ..USUAL
            };
            new_numbers(Repository::build(folder, plan)?)
        },
    },
    Row {
        name: "status",
        target: 1.3,
        against: "git show HEAD:pointers/prod.toml",
        rounds: 101,
        contest: |folder, _| reading(folder, &["status"]),
    },
    Row {
        name: "resolve",
        target: 1.3,
        against: "git show HEAD:pointers/prod.toml",
        rounds: 101,
        contest: |folder, _| reading(folder, &["resolve", "prompts/000", "--env", "prod"]),
    },
    Row {
        name: "promote-1000-envs",
        target: 1.6,
        against: "the same with 10 environments",
        rounds: 31,
        contest: |folder, scale| {
            let with = |environments| {
                Repository::build(
                    folder,
                    Plan {
                        environments,
                        ..USUAL
                    },
                )
            };
            Ok(Contest::Ratio(
                promotion(with(scale.of(1_000))?),
                promotion(with(10)?),
            ))
        },
    },
    Row {
        name: "promote-10000-pointers",
        target: 1.5,
        against: "sed -i; git commit -nqam",
        rounds: 15,
        contest: |folder, scale| {
            beside_git(
                Repository::build(
                    folder,
                    Plan {
                        resources: scale.of(10_000),
                        ..USUAL
                    },
                )?,
                &[],
            )
        },
    },
    Row {
        name: "promote-10000-files",
        target: 2.0,
        against: "sed -i; git commit -nqam",
        rounds: 15,
        contest: |folder, scale| {
            let plan = Plan {
                versions: scale.of(1_000),
                ..USUAL
            };
            beside_git(Repository::build(folder, plan)?, &[])
        },
    },
    Row {
        name: "first-releases-2000",
        target: 5.0,
        against: "the same with 500",
        rounds: 11,
        contest: |folder, scale| {
            let with = |resources| {
                let plan = Plan {
                    resources,
                    empty_prod: true,
                    ..USUAL
                };
                Repository::build(folder, plan)
            };
            Ok(Contest::Ratio(
                running(with(scale.of(2_000))?, FIRST_RELEASES.into()),
                running(with(scale.of(500) - 1)?, FIRST_RELEASES.into()),
            ))
        },
    },
    Row {
        name: "resolve-100000-files",
        target: 1.3,
        against: "the same with 100",
        rounds: 31,
        contest: |folder, scale| {
            let line = &["resolve", "prompts/000", "--env", "prod"];
            grown(folder, (100, scale.of(1_000)), (10, 10), line)
        },
    },
    Row {
        name: "check-100000-files",
        target: 3.0,
        against: "one commit, too, with 1,000",
        rounds: 11,
        contest: |folder, scale| {
            let line = &["check", "main~1..main"];
            grown(folder, (100, scale.of(1_000)), (100, 10), line)
        },
    },
    Row {
        name: "promote-peak-mib",
        target: 8.0,
        against: "nothing: the most memory at once, in MiB",
        rounds: 11,
        contest: |folder, _| {
            let repository = Repository::build(folder, USUAL)?;
            Ok(Contest::Cost(Box::new(move || {
                Ok(repository.moved(promote)?.peak)
            })))
        },
    },
    Row {
        name: "at-filters",
        target: 0.15,
        against: "git rev-list -1 --first-parent --before, without a graph",
        rounds: 21,
        contest: |folder, scale| {
            at_time(folder, scale.of(LONG), Graph::ChangedPaths, Opponent::Plain)
        },
    },
    Row {
        name: "at-filters-both",
        target: 1.0,
        against: "git rev-list -1 --first-parent --before, with the graph",
        rounds: 21,
        contest: |folder, scale| {
            at_time(
                folder,
                scale.of(LONG),
                Graph::ChangedPaths,
                Opponent::WithGraph,
            )
        },
    },
    Row {
        name: "at-no-graph",
        target: 4.0,
        against: "git rev-list -1 --first-parent --before, without a graph",
        rounds: 11,
        contest: |folder, scale| at_time(folder, scale.of(LONG), Graph::Nothing, Opponent::Plain),
    },
    Row {
        name: "dwell-filters",
        target: 0.15,
        against: "git log -1 -- pointers/qa.toml, without a graph",
        rounds: 21,
        contest: |folder, scale| {
            dwell(folder, scale.of(LONG), Graph::ChangedPaths, Opponent::Plain)
        },
    },
    Row {
        name: "dwell-filters-both",
        target: 1.0,
        against: "git log -1 -- pointers/qa.toml, with the graph",
        rounds: 21,
        contest: |folder, scale| {
            dwell(
                folder,
                scale.of(LONG),
                Graph::ChangedPaths,
                Opponent::WithGraph,
            )
        },
    },
    Row {
        name: "dwell-graph",
        target: 1.0,
        against: "git log -1 -- pointers/qa.toml, without a graph",
        rounds: 11,
        contest: |folder, scale| dwell(folder, scale.of(LONG), Graph::Commits, Opponent::Plain),
    },
    Row {
        name: "dwell-no-graph",
        target: 4.0,
        against: "git log -1 -- pointers/qa.toml, without a graph",
        rounds: 11,
        contest: |folder, scale| dwell(folder, scale.of(LONG), Graph::Nothing, Opponent::Plain),
    },
    Row {
        name: "check-range",
        target: 6.0,
        against: "git log --raw of the same 10,000 commits, without a graph",
        rounds: 11,
        contest: |folder, scale| range(folder, scale.of(RANGE)),
    },
    Row {
        name: "check-range-peak-mib",
        target: 150.0,
        against: "nothing: the most memory at once, in MiB",
        rounds: 5,
        contest: |folder, scale| peak(folder, scale.of(RANGE), &["check", "first..main"]),
    },
    Row {
        name: "log-range",
        target: 4.0,
        against: "git log --raw of the same 10,000 commits, without a graph",
        rounds: 11,
        contest: |folder, scale| log(folder, scale.of(RANGE)),
    },
    Row {
        name: "log-peak-mib",
        target: 50.0,
        against: "nothing: the most memory at once of a log of 10,000 commits, in MiB",
        rounds: 5,
        contest: |folder, scale| peak(folder, scale.of(RANGE), &["log"]),
    },
    Row {
        name: "log-20-peak-mib",
        target: 50.0,
        against: "nothing: the same of the last 20 of 100,000 commits, in MiB",
        rounds: 5,
        contest: |folder, scale| peak(folder, scale.of(LONG), &["log", "--limit", "20"]),
    },
    Row {
        name: "blame-peak-mib",
        target: 50.0,
        against: "nothing: the most memory at once of blame over 100,000 commits, in MiB",
        rounds: 5,
        contest: |folder, scale| peak(folder, scale.of(LONG), &["blame", "prod"]),
    },
    Row {
        name: "company-status",
        target: 8.0,
        against: "git show of the pointers of 30 environments",
        rounds: 21,
        contest: |folder, scale| company::now(folder, scale, &["status"], "staging"),
    },
    Row {
        name: "company-promote",
        target: 8.0,
        against: "git show of the pointers of 30 environments",
        rounds: 21,
        contest: |folder, scale| {
            let line = ["promote", "staging", "qa", MOVED_PROMPT, "--dry-run"];
            company::now(folder, scale, &line, MOVED_PROMPT)
        },
    },
    Row {
        name: "company-log",
        target: 3.0,
        against: "git rev-list --first-parent --count, with the same graph",
        rounds: 11,
        contest: |folder, scale| {
            company::past(
                folder,
                scale,
                &["log", "--limit", "20"],
                "bench@example.org",
            )
        },
    },
    Row {
        name: "company-blame",
        target: 3.0,
        against: "git rev-list --first-parent --count, with the same graph",
        rounds: 11,
        contest: |folder, scale| company::past(folder, scale, &["blame", "prod"], "prompts/000"),
    },
    Row {
        name: "company-log-mib",
        target: 50.0,
        against: "nothing: the most memory at once of log --limit 20, in MiB",
        rounds: 3,
        contest: |folder, scale| company::peak(folder, scale, &["log", "--limit", "20"]),
    },
    Row {
        name: "company-blame-mib",
        target: 50.0,
        against: "nothing: the most memory at once of blame, in MiB",
        rounds: 3,
        contest: |folder, scale| company::peak(folder, scale, &["blame", "prod"]),
    },
    Row {
        name: "dwell-peak-mib",
        target: 16.0,
        against: "nothing: the most memory at once, in MiB, mapped pages of packs included",
        rounds: 5,
        contest: |folder, scale| dwell_peak(folder, scale.of(LONG)),
    },
    Row {
        name: "bombs-ms",
        target: 100.0,
        against: "nothing: the longest that check takes to judge one of nine bombs, in ms",
        rounds: 11,
        contest: bombs::time,
    },
    Row {
        name: "bombs-peak-mib",
        target: 50.0,
        against: "nothing: the most memory at once of that, in MiB",
        rounds: 5,
        contest: bombs::peak,
    },
];

/// Makes everything live that is not yet, as far as that is possible without doing it: each round begins alike.
const FIRST_RELEASES: [&str; 6] = [ENVCTL, "promote", "staging", "prod", "--dry-run", "--yes"];

/// A command in a project of so many resources with so many versions each, against the same in a smaller one.
fn grown(
    folder: &Path,
    large: (usize, usize),
    small: (usize, usize),
    arguments: &'static [&'static str],
) -> io::Result<Contest> {
    let with = |(resources, versions)| {
        let plan = Plan {
            resources,
            versions,
            ..USUAL
        };
        let repository = Repository::build(folder, plan)?;
        repository.moved(promote)?;
        Ok::<_, io::Error>(repository)
    };
    let line = [&[ENVCTL], arguments].concat();
    Ok(Contest::Ratio(
        running(with(large)?, line.clone()),
        running(with(small)?, line),
    ))
}

/// A promotion against an edit and a commit of git's with these `options`, in the same checkout.
fn beside_git(repository: Repository, options: &'static [&'static str]) -> io::Result<Contest> {
    let other = repository.clone();
    let theirs: Side = Box::new(move || {
        Ok(seconds(
            other
                .moved(|here, number| commit(here, number, options))?
                .time,
        ))
    });
    Ok(Contest::Ratio(promotion(repository), theirs))
}

/// As [`beside_git`], but no tree and no file of a round has been there before.
fn new_numbers(repository: Repository) -> io::Result<Contest> {
    let next = Rc::new(Cell::new(3));
    let (ours, theirs) = ((repository.clone(), next.clone()), (repository, next));
    let number = |next: &Cell<usize>| next.replace(next.get() + 1);
    let point: Side = Box::new(move || {
        let (here, number) = (&ours.0, number(&ours.1));
        let version = format!("{MOVED_PROMPT}@{number}");
        let line = [ENVCTL, "point", "prod", &version, "--yes"];
        Ok(seconds(
            here.became(number, |here| here.world.run(&here.folder, &line))?
                .time,
        ))
    });
    let edit: Side = Box::new(move || {
        let (here, number) = (&theirs.0, number(&theirs.1));
        let took = here.became(number, |here| commit(here, number, &[]))?;
        Ok(seconds(took.time))
    });
    Ok(Contest::Ratio(point, edit))
}

fn promotion(repository: Repository) -> Side {
    Box::new(move || Ok(seconds(repository.moved(promote)?.time)))
}

fn promote(here: &Repository, number: usize) -> io::Result<Took> {
    here.world.run(
        &here.folder,
        &[
            ENVCTL,
            "promote",
            source(number),
            "prod",
            MOVED_PROMPT,
            "--yes",
        ],
    )
}

fn commit(here: &Repository, number: usize, options: &[&str]) -> io::Result<Took> {
    let edited = here.world.run(
        &here.folder,
        &["sed", "-i", &edit(number), "pointers/prod.toml"],
    )?;
    let line = [&["git"], options, &["commit", "-nqam", "promote"]].concat();
    let committed = here.world.run(&here.folder, &line)?;
    Ok(Took {
        time: edited.time + committed.time,
        ..committed
    })
}

fn script(repository: Repository) -> Side {
    let run = |here: &Repository, number| {
        here.world.run(
            &here.folder,
            &["sh", "-c", PLUMBING, "plumbing", &edit(number)],
        )
    };
    Box::new(move || Ok(seconds(repository.moved(run)?.time)))
}

/// A command that reads against git, which only prints one file.
fn reading(folder: &Path, arguments: &'static [&'static str]) -> io::Result<Contest> {
    let repository = Repository::build(folder, USUAL)?;
    let ours = [&[ENVCTL], arguments].concat();
    let answer = repository.world.ask(&repository.folder, &ours)?;
    assert!(answer.contains('1'), "{ours:?} answers {answer:?}");
    let theirs = vec!["git", "show", "HEAD:pointers/prod.toml"];
    Ok(Contest::Ratio(
        running(repository.clone(), ours),
        running(repository, theirs),
    ))
}

fn running(repository: Repository, line: Vec<&'static str>) -> Side {
    Box::new(move || {
        Ok(seconds(
            repository.world.run(&repository.folder, &line)?.time,
        ))
    })
}
