use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::verdict::verdict;
use crate::world::World;

/// The cases of one kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What every case runs that says nothing of the sort itself.
    #[serde(default)]
    runs: Vec<Run>,
    case: Vec<Case>,
}

/// A world, and what is asked there.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What is hostile about it.
    pub what: String,
    /// What is done to a sound repository first, in shell.
    #[serde(default)]
    prepare: String,
    #[serde(default)]
    runs: Vec<Run>,
    /// How the runs of the whole file end here, in their order, where that is not as usual.
    #[serde(default)]
    exits: Vec<i32>,
    /// What the first run must say.
    says: Option<String>,
}

/// One command.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The arguments of envctl as a shell reads them.
    pub envctl: String,
    /// What stands before it in the shell: variables, limits.
    #[serde(default)]
    pub before: String,
    /// What stands behind it: redirections.
    #[serde(default)]
    pub behind: String,
    /// The exact exit code.
    pub exit: i32,
    /// What it must say, on stderr or as its answer.
    pub says: Option<String>,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile")
}

/// The cases of `kind`, each with all that it runs.
pub fn read(kind: &str) -> Vec<Case> {
    let text = fs::read_to_string(folder().join(format!("{kind}.toml"))).unwrap();
    let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{kind}.toml: {error}"));
    let usual = |case: Case| {
        let exits = case
            .exits
            .iter()
            .copied()
            .chain(file.runs.iter().skip(case.exits.len()).map(|run| run.exit));
        let runs = file
            .runs
            .iter()
            .cloned()
            .zip(exits)
            .map(|(run, exit)| Run { exit, ..run });
        let runs = if case.runs.is_empty() {
            runs.collect()
        } else {
            case.runs.clone()
        };
        Case { runs, ..case }
    };
    file.case.into_iter().map(usual).collect()
}

/// What is not as the cases of `kind` say it must be.
pub fn complaints(kind: &str) -> Vec<String> {
    let sound = World::sound();
    let mut complaints = Vec::new();
    for case in read(kind) {
        let mut world = sound.prepared(&case.prepare);
        for (number, run) in case.runs.iter().enumerate() {
            let says = run
                .says
                .as_ref()
                .or(case.says.as_ref().filter(|_| number == 0));
            for json in ["", "--json"] {
                let before = world.everything();
                let output = world.run(run, json);
                let mut wrong = verdict(&output, run.exit, says.map(String::as_str), json);
                if world.everything() != before {
                    wrong.extend(
                        (output.exit != 0).then(|| "it failed and changed something".to_owned()),
                    );
                    world = sound.prepared(&case.prepare);
                }
                let line = format!("{}: envctl {} {json}", case.what, run.envctl);
                complaints.extend(
                    wrong
                        .into_iter()
                        .map(|wrong| format!("{line}: {wrong}: {output:?}")),
                );
            }
        }
    }
    complaints
}
