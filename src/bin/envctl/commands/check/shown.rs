use super::job;
use crate::app::App;
use crate::render::report::{self, COMMENT, CheckReport, ReportFormat};

/// Writes the report in the requested format; JSON is the answer of the command itself.
pub fn show(app: &mut App, format: ReportFormat, report: &CheckReport) -> anyhow::Result<()> {
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
            job::write_report(app, report)?;
        }
        ReportFormat::Gitlab => app.answer(report::gitlab(report)),
        ReportFormat::Sarif => app.answer(report::sarif(report)),
        ReportFormat::Junit => app.answer(report::junit(report)),
        ReportFormat::Markdown => app.answer(report::markdown(report, COMMENT)),
    }
    Ok(())
}
