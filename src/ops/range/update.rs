use std::str::FromStr;

use crate::model::{BranchName, CommitId};
use crate::ops::ReadError;
use crate::store::Store;

/// One line of what git tells a `pre-receive` hook: a reference, where it was, and where it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Where it was; none: it is new.
    pub old: Option<CommitId>,
    /// Where it is to be; none: it goes.
    pub new: Option<CommitId>,
    /// Its full name.
    pub reference: String,
}

/// The line is none that git writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no update such as git gives to a hook: OLD NEW REFERENCE")]
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
    /// The update as the repository that receives it carries it out: what is sent to a symbolic reference moves the one that
    /// it leads to, and git tells a hook only what was sent.
    ///
    /// # Errors
    ///
    /// When a reference cannot be read.
    pub fn received(self, store: &Store) -> Result<Self, ReadError> {
        let reference = store.followed(&self.reference)?;
        Ok(Self { reference, ..self })
    }

    /// The branch that it moves; none: the reference is no branch, or one that no project can name.
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
