use super::change::Change;
use crate::diag::{Code, Finding, Place};
use crate::files::SETTINGS;

/// Warns if a commit is dated more than a few minutes before an ancestor. An older date gains nothing, since
/// only effective times count, so this is not an error.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    let meta = change.meta;
    findings.extend(meta.overtaken.map(|(ancestor, date)| {
        let message = format!(
            "the commit is dated {}, more than five minutes before its ancestor {}, which is dated {date}",
            meta.at,
            ancestor.short()
        );
        Finding::warning(Code::DATE_ORDER, Place::file(SETTINGS), message)
            .help("one of the two clocks was wrong: dwell counts from the later date")
    }));
}
