//! What a job of GitHub Actions is told beside the annotations: its summary and its outputs.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::app::App;
use crate::render::report::{self, Report};

/// The most bytes of a step's summary; GitHub drops one that is larger altogether.
const MOST_SUMMARY: usize = 1024 * 1024;
/// The most bytes of one character, since a report is cut by characters.
const WIDEST: usize = 4;

/// Appends the report to the step's summary and tells its outputs, where the job says which files those are.
pub fn tell(app: &App, report: &Report) -> anyhow::Result<()> {
    if let Some(path) = file(app, "GITHUB_STEP_SUMMARY") {
        let taken = fs::metadata(&path).map_or(0, |file| usize::try_from(file.len()).unwrap_or(usize::MAX));
        let most = MOST_SUMMARY.saturating_sub(taken) / WIDEST;
        append(&path, &format!("{}\n", report::markdown(report, most)))?;
    }
    if let Some(path) = file(app, "GITHUB_OUTPUT") {
        // None of these holds text of the repository, so none can add an output of its own.
        let (findings, fails) = (report.count(), report.fails());
        let level = report.level.as_str();
        append(&path, &format!("findings={findings}\nok={}\nlevel={level}\njudged={}\n", !fails, report.judged))?;
    }
    Ok(())
}

fn file(app: &App, variable: &str) -> Option<PathBuf> {
    app.world.variable(variable).map(PathBuf::from)
}

fn append(path: &PathBuf, text: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("cannot write {}", path.display()))
}
