use crate::model::{Advice, CommitId, FailureClass};

/// Why there is no commit to take back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UndoChoiceError {
    /// The text names no commit.
    #[error("no commit `{revision}`")]
    NoSuchCommit {
        /// What was asked for.
        revision: String,
    },
    /// The commit is not one of those whose changes were made on this line.
    #[error("{} is not on the first-parent line of {}", .commit.short(), .branch.as_deref().unwrap_or("HEAD"))]
    OffTheLine {
        /// The commit.
        commit: CommitId,
        /// The branch, if there is one.
        branch: Option<String>,
    },
    /// The commit is a merge.
    #[error("{} is a merge, which brought what others did", .commit.short())]
    Merge {
        /// The commit.
        commit: CommitId,
        /// What the branch was at before.
        parent: CommitId,
    },
    /// Nobody with that address has changed the project.
    #[error("nothing to undo: {email} made no commit that changed the project")]
    NoneYet {
        /// The address.
        email: String,
    },
}

impl UndoChoiceError {
    /// Returns what the error means and what helps.
    pub fn advice(&self) -> Advice {
        use FailureClass::{Failed, Refused};
        match self {
            Self::NoSuchCommit { .. } => Advice::new(Failed, "no-such-revision")
                .hint("`envctl log` lists the commits that changed the project"),
            Self::OffTheLine { .. } => Advice::new(Refused, "cannot-undo").hint(
                "what a merge brought is taken back with a change of its own, such as `envctl rollback`",
            ),
            Self::Merge { parent, .. } => Advice::new(Refused, "cannot-undo").hint(format!(
                "to serve what was live before it: envctl rollback ENVIRONMENT --at {}",
                parent.short()
            )),
            Self::NoneYet { .. } => Advice::new(Failed, "nothing-to-undo")
                .hint("name the commit; `envctl log` lists them"),
        }
    }
}
