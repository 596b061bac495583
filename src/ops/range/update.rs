use std::str::FromStr;

use super::Range;
use crate::files::read_project;
use crate::model::{BranchName, CommitId};
use crate::ops::ReadError;
use crate::store::{ProjectFolder, Reading, Store};

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

/// An update of the live branch that no commit can make good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rewound {
    /// It would go.
    #[error("the live branch is never deleted")]
    Deleted,
    /// It would lose commits.
    #[error("the live branch only goes forward: what was live stays in its history")]
    NotForward,
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

    /// The branch that it moves, if that is the live one of the project in `folder`: as the project named it before, or where
    /// nothing was before, as it names it then.
    ///
    /// # Errors
    ///
    /// When a commit cannot be read.
    pub fn live_branch(
        &self,
        store: &Store,
        folder: &ProjectFolder,
    ) -> Result<Option<BranchName>, ReadError> {
        let Some(name) = self
            .reference
            .strip_prefix("refs/heads/")
            .and_then(|name| name.parse::<BranchName>().ok())
        else {
            return Ok(None);
        };
        for commit in [self.old, self.new].into_iter().flatten() {
            let project = read_project(&store.snapshot(commit, folder, Reading::Control)?);
            if project.exists {
                // A project whose settings cannot be read may call any branch the live one.
                let is_live = project
                    .settings
                    .branch
                    .as_ref()
                    .is_none_or(|live| *live == name);
                return Ok(is_live.then_some(name));
            }
        }
        Ok(None)
    }

    /// The commits that it brings to the live branch.
    ///
    /// # Errors
    ///
    /// [`Rewound`] when it takes some away, and when a commit cannot be read.
    pub fn range(&self, store: &Store) -> Result<Result<Range, Rewound>, ReadError> {
        let Some(head) = self.new else {
            return Ok(Err(Rewound::Deleted));
        };
        match self.old {
            Some(old) if !store.is_ancestor(old, head)? => Ok(Err(Rewound::NotForward)),
            base => Ok(Ok(Range { base, head })),
        }
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
