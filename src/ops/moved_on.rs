use std::fmt;

use crate::model::{Advice, CommitId, Entry, FailureClass};
use crate::plan::in_words;
use crate::store::CommitRecord;

/// How many commits a message names.
const NAMED: usize = 3;

/// What has changed since a commit that is to be taken back.
#[derive(Clone, Debug)]
pub struct MovedOn {
    /// The commit.
    pub commit: CommitId,
    /// What has changed, by the newest commit that changed it, newest first. `None` if that was not found.
    pub since: Vec<(Option<CommitRecord>, Vec<Entry>)>,
}

impl fmt::Display for MovedOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot undo {}: ", self.commit.short())?;
        for (index, (record, entries)) in self.since.iter().take(NAMED).enumerate() {
            let entries: Vec<String> = entries.iter().map(in_words).collect();
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{} changed since", listed(&entries))?;
            if let Some(record) = record {
                let subject = record.message.lines().next().unwrap_or_default();
                write!(
                    f,
                    " in {} by {} ({subject})",
                    record.id.short(),
                    record.author.name
                )?;
            }
        }
        match self.since.len().saturating_sub(NAMED) {
            0 => Ok(()),
            1 => write!(f, "; and more in 1 other commit"),
            more => write!(f, "; and more in {more} other commits"),
        }
    }
}

/// Returns the first [`NAMED`] of `entries`, and how many more there are.
fn listed(entries: &[String]) -> String {
    let named = entries.iter().take(NAMED).cloned().collect::<Vec<_>>();
    match entries.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

impl std::error::Error for MovedOn {}

impl MovedOn {
    /// Returns what the error means and what helps.
    pub fn advice(&self) -> Advice {
        let advice = Advice::new(FailureClass::Refused, "moved-on");
        let commits = self.since.iter().filter_map(|(record, _)| record.as_ref());
        let first = commits.take(NAMED).map(|record| record.id.short());
        match first
            .map(|short| format!("envctl undo {short}"))
            .collect::<Vec<_>>()
        {
            commands if commands.is_empty() => advice,
            commands => advice.hint(format!(
                "undo what came later first: {}",
                commands.join(" && ")
            )),
        }
    }
}
