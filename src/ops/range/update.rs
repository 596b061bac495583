use std::str::FromStr;

use crate::model::{BranchName, CommitId};
use crate::ops::ReadError;
use crate::store::Store;

/// One line of the input of a `pre-receive` hook: a reference, where it was, and where it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Where it was, or `None` if it is new.
    pub old: Option<CommitId>,
    /// Where it is to be, or `None` if it is deleted.
    pub new: Option<CommitId>,
    /// Its full name.
    pub reference: String,
}

/// A line that git does not write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid update {0:?}: expected OLD NEW REFERENCE, as git gives to a hook")]
pub struct UpdateError(String);

impl FromStr for Update {
    type Err = UpdateError;

    fn from_str(line: &str) -> Result<Self, UpdateError> {
        let wrong = || UpdateError(line.to_owned());
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().ok_or_else(wrong);
        let (old, new, reference) = (word()?, word()?, word()?);
        let commit = |text: &str| text.parse::<CommitId>().map_err(|_| wrong());
        let some = |id: CommitId| (*id.as_bytes() != [0; 20]).then_some(id);
        Ok(Self {
            old: some(commit(old)?),
            new: some(commit(new)?),
            reference: reference.to_owned(),
        })
    }
}

impl Update {
    /// Returns the update as the receiving repository carries it out. What is sent to a symbolic
    /// reference moves its target, but git tells a hook only the name that was sent.
    ///
    /// # Errors
    ///
    /// When a reference cannot be read.
    pub fn received(self, store: &Store) -> Result<Self, ReadError> {
        let reference = store.followed(&self.reference)?;
        Ok(Self { reference, ..self })
    }

    /// Returns the branch that it moves, or `None` if the reference is not a branch, or has a name
    /// that no project can use.
    pub fn branch(&self) -> Option<BranchName> {
        self.reference.strip_prefix("refs/heads/")?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_git_is_read_and_nothing_else() {
        let (zero, one) = ("0".repeat(40), "1".repeat(40));
        let update: Update = format!("{zero} {one} refs/heads/main").parse().unwrap();
        assert_eq!(
            (update.old, update.new.is_some(), update.reference.as_str()),
            (None, true, "refs/heads/main")
        );
        for line in [
            "",
            "a b c",
            &format!("{zero} {one}"),
            &format!("{zero}  {one} refs/heads/main"),
        ] {
            assert!(line.parse::<Update>().is_err(), "{line:?}");
        }
    }
}
