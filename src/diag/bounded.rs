use crate::diag::{Finding, Place};

/// The most findings that are told one by one: 200,000 files can each be wrong.
const MOST: usize = 10_000;

/// Findings, of which no more are kept than anybody reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct BoundedFindings {
    kept: Vec<Finding>,
    cut: usize,
}

impl BoundedFindings {
    pub(crate) fn push(&mut self, finding: Finding) {
        if self.kept.len() < MOST {
            self.kept.push(finding);
        } else {
            self.cut += 1;
        }
    }

    /// Returns these and `others` by file, as if all files had been read in the order of their paths.
    pub(crate) fn merged(mut self, others: Self) -> Self {
        if !others.kept.is_empty() {
            self.kept.extend(others.kept);
            self.kept
                .sort_by(|one, other| one.place.file.cmp(&other.place.file));
        }
        self.cut += others.cut + self.kept.len().saturating_sub(MOST);
        self.kept.truncate(MOST);
        self
    }

    /// Returns the findings, and one more that counts those that were not kept.
    pub(crate) fn into_findings(mut self) -> Vec<Finding> {
        if let (1.., Some(last)) = (self.cut, self.kept.last()) {
            let message = format!("{} more findings in this and other files", self.cut);
            let rest = Finding::error(last.code, Place::file(&last.place.file), message);
            self.kept
                .push(rest.help("fix these first; more will be shown"));
        }
        self.kept
    }
}

impl Extend<Finding> for BoundedFindings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }
}
