use super::job;
use crate::app::App;
use crate::render::report::{self, COMMENT, Format, Report};

/// Writes the report in the form that was asked for; JSON is the answer of the command itself.
pub fn show(app: &mut App, format: Format, report: &Report) -> anyhow::Result<()> {
    match format {
        Format::Text if report.count() > 0 => app.answer(report::text(report, app.output.medium())),
        Format::Text | Format::Json => {}
        Format::Github => {
            let annotations = report::github(report);
            if !annotations.is_empty() && !app.json() {
                app.output.commands(&annotations);
            }
            job::tell(app, report)?;
        }
        Format::Gitlab => app.answer(report::gitlab(report)),
        Format::Sarif => app.answer(report::sarif(report)),
        Format::Junit => app.answer(report::junit(report)),
        Format::Markdown => app.answer(report::markdown(report, COMMENT)),
    }
    Ok(())
}
