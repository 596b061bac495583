use super::job;
use crate::app::App;
use crate::commands::comment::{COMMENT, PullRequest};
use crate::render::report::{self, CheckReport, ReportFormat};

/// Writes the report in the requested format; JSON is the answer of the command itself.
///
/// A range that is judged for landing has a `comment` besides.
pub fn show(
    app: &mut App,
    format: ReportFormat,
    report: &CheckReport,
    comment: Option<&PullRequest<'_>>,
) -> anyhow::Result<()> {
    match format {
        ReportFormat::Text if report.count() > 0 => {
            app.answer(report::text(report, app.output.medium()));
        }
        ReportFormat::Text | ReportFormat::Json => {}
        ReportFormat::Github => {
            let annotations = report::github(report);
            if !annotations.is_empty() && !app.json() {
                app.output.commands(&annotations);
            }
            job::write_report(app, report, comment)?;
        }
        ReportFormat::Gitlab => app.answer(report::gitlab(report)),
        ReportFormat::Sarif => app.answer(report::sarif(report)),
        ReportFormat::Junit => app.answer(report::junit(report)),
        ReportFormat::Markdown => app.answer(match comment {
            Some(comment) => comment.page(COMMENT),
            None => report::markdown(report, COMMENT),
        }),
    }
    Ok(())
}
