//! Writes the summary and the outputs of a GitHub Actions job.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::app::App;
use crate::commands::comment::PullRequest;
use crate::render::report::{self, CheckReport};

/// The most bytes of a step's summary; GitHub drops a larger one completely.
const MOST_SUMMARY: usize = 1024 * 1024;
/// The most bytes of one character, because a report is cut by characters.
const WIDEST: usize = 4;

/// Appends the report to the step's summary and writes its outputs, if the job names the files.
pub fn write_report(
    app: &App,
    report: &CheckReport,
    comment: Option<&PullRequest<'_>>,
) -> anyhow::Result<()> {
    if let Some(path) = file(app, "GITHUB_STEP_SUMMARY") {
        let taken =
            fs::metadata(&path).map_or(0, |file| usize::try_from(file.len()).unwrap_or(usize::MAX));
        let most = MOST_SUMMARY.saturating_sub(taken) / WIDEST;
        let page = match comment {
            Some(comment) => comment.page(most),
            None => report::markdown(report, most),
        };
        append(&path, &format!("{page}\n"))?;
    }
    // None of these contains text of the repository, so none can add another output.
    let (findings, errors) = (report.count(), report.errors());
    let (ok, warnings, level) = (!report.fails(), findings - errors, report.level.as_str());
    outputs(
        app,
        &format!(
            "findings={findings}\nerrors={errors}\nwarnings={warnings}\nok={ok}\nlevel={level}\njudged={}\n",
            report.judged
        ),
    )
}

/// Reports that there was no verdict, and why. For a failed step, GitHub shows nothing of its stderr.
pub fn write_failure(app: &mut App, message: &str) -> anyhow::Result<()> {
    if !app.json() {
        app.output.commands(&report::github_failure(message));
    }
    // Without a verdict, the number of findings is unknown. An empty output would equal 0 in an expression.
    outputs(
        app,
        "findings=unknown\nerrors=unknown\nwarnings=unknown\nok=false\nlevel=unknown\njudged=unknown\n",
    )
}

fn outputs(app: &App, lines: &str) -> anyhow::Result<()> {
    file(app, "GITHUB_OUTPUT").map_or(Ok(()), |path| append(&path, lines))
}

fn file(app: &App, variable: &str) -> Option<PathBuf> {
    app.process.variable(variable).map(PathBuf::from)
}

fn append(path: &PathBuf, text: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("cannot write {}", path.display()))
}
