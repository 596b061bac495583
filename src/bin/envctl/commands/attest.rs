mod junit;

use std::path::{Path, PathBuf};

use anyhow::Context;
use envctl::model::{CheckName, Link, Score, VersionId};
use envctl::ops::{Basis, WriteError};
use envctl::plan::{self, Evaluation, Plan};
use schemars::JsonSchema;
use serde::Serialize;

use self::junit::TestReport;
use super::checks::CheckBody;
use super::moves::VersionBody;
use super::writing::arguments::WriteArgs;
use super::writing::body::WriteBody;
use super::writing::command::WriteCommand;
use super::writing::outcome::WriteOutcome;
use super::writing::runner;
use crate::app::{Answer, App};
use crate::ui::patience;

/// Record what an evaluation found about a version.
///
/// The result is about the bytes of the version, and counts for moves that come after it. A policy
/// asks for it with `required_checks`. Recording a check again replaces what it said before; git
/// keeps that. With --junit the result comes from a report that pytest, DeepEval, promptfoo or
/// another tool wrote: it passed if it has test cases, and none of them failed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl attest prompts/support-router@8 evals --passed --score 0.93
  envctl attest prompts/support-router@8 safety --failed --link https://ci.example.com/runs/42
  pytest evals --junit-xml report.xml; envctl attest prompts/support-router@8 evals --junit report.xml --push")]
pub struct AttestArgs {
    /// The version, such as prompts/support-router@8.
    version: VersionId,
    /// The name of the check, such as evals.
    check: CheckName,
    #[command(flatten)]
    result: ResultArgs,
    /// What was measured, a number such as 0.93.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    score: Option<Score>,
    /// Where the evaluation can be read up on.
    #[arg(long, value_name = "URL")]
    link: Option<Link>,
    #[command(flatten)]
    write: WriteArgs,
}

/// What the evaluation found, in one of three ways.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct ResultArgs {
    /// The version passed.
    #[arg(long)]
    passed: bool,
    /// The version failed.
    #[arg(long)]
    failed: bool,
    /// Read the result from a JUnit report of at most 1 MiB; - reads standard input.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    #[serde(flatten)]
    write: WriteBody,
    #[serde(flatten)]
    version: VersionBody,
    /// What the checks say about the version now.
    checks: Vec<CheckBody<'a>>,
}

pub fn run(args: &AttestArgs, app: &mut App) -> anyhow::Result<Answer> {
    let report = match &args.result.junit {
        Some(file) => Some(read(file, app)?),
        None => None,
    };
    let passed = report.map_or(args.result.passed, |report| report.failures == 0);
    let evaluation = Evaluation {
        passed,
        score: args.score,
        cases: report.map(|report| report.cases),
        failures: report.map(|report| report.failures),
        link: args.link.clone(),
    };
    runner::run(&Attesting { args, evaluation }, app)
}

/// Reads the report in `file`, or from standard input.
fn read(file: &Path, app: &mut App) -> anyhow::Result<TestReport> {
    let (name, bytes) = if file == Path::new("-") {
        let bytes = patience::read_stdin(junit::MOST, &mut app.output);
        ("standard input".to_owned(), bytes)
    } else {
        let path = app.folder()?.join(file);
        let bytes = patience::read_file(&path, junit::MOST, &mut app.output);
        (file.display().to_string(), bytes)
    };
    let bytes = bytes.with_context(|| format!("cannot read {name}"))?;
    Ok(junit::read(&name, &bytes).map_err(|failure| *failure)?)
}

/// An attestation of what was found.
struct Attesting<'a> {
    args: &'a AttestArgs,
    evaluation: Evaluation,
}

impl WriteCommand for Attesting<'_> {
    fn arguments(&self) -> &WriteArgs {
        &self.args.write
    }

    fn plan(&self, basis: &Basis<'_>) -> Result<Plan, WriteError> {
        let AttestArgs { version, check, .. } = self.args;
        let reason = self.args.write.reason();
        Ok(plan::attest(
            basis.project,
            version,
            check,
            &self.evaluation,
            reason,
        )?)
    }

    fn done(&self, _: &WriteOutcome) -> String {
        let result = match self.evaluation.passed {
            true => "passed",
            false => "failed",
        };
        let AttestArgs { version, check, .. } = self.args;
        match (self.evaluation.failures, self.evaluation.cases) {
            (Some(failures), Some(cases)) if failures > 0 => {
                format!("attested that {check} {result} for {version}: {failures} of {cases} cases")
            }
            (_, Some(cases)) => {
                format!("attested that {check} {result} for {version}: {cases} cases")
            }
            _ => format!("attested that {check} {result} for {version}"),
        }
    }

    fn nothing_to_do(&self) -> String {
        format!("{} says that already", self.args.check)
    }

    fn answer(&self, app: &App, write: WriteBody, outcome: &WriteOutcome) -> Answer {
        let version = &self.args.version;
        let attested = outcome.rehearsal.after.project.attestations.get(version);
        let checks = attested.into_iter().flatten();
        app.done(&Body {
            write,
            version: VersionBody::of(version),
            checks: checks
                .map(|(check, found)| CheckBody::of(check, found))
                .collect(),
        })
    }
}
