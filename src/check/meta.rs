use jiff::Timestamp;

use crate::model::{CommitId, Identity, Signature, Statement};

/// Who takes a step, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The author of the commit; `None` if unknown.
    pub author: Option<Identity>,
    /// The commit's own time, which is its committer date.
    pub at: Timestamp,
    /// The commit's effective time: the latest committer date of itself and its first-parent ancestors.
    pub effective: Timestamp,
    /// When a server received the commit, if it judges a push.
    pub received: Option<Timestamp>,
    /// The committer of the commit; `None` if unknown.
    pub committer: Option<Identity>,
    /// What the commit's message states; `None` if it has none yet.
    pub statement: Option<Statement>,
    /// What the commit's signature proves.
    pub signature: Signature,
    /// The commit's own time, if it is too far ahead of the clock of the machine that checks.
    pub misdated: Option<Timestamp>,
    /// The ancestor that gives the commit's parent its effective time, if the commit's own time is too far
    /// before it.
    pub overtaken: Option<(CommitId, Timestamp)>,
    /// Whether the project is in another folder afterwards.
    pub moved: bool,
}

impl Meta {
    /// Returns an unsigned step that `author` takes and commits at `at`.
    pub fn unsigned(author: Option<Identity>, at: Timestamp) -> Self {
        Self {
            author,
            at,
            effective: at,
            received: None,
            committer: None,
            statement: None,
            signature: Signature::Awaited,
            misdated: None,
            overtaken: None,
            moved: false,
        }
    }
}
