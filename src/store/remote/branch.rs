use std::fmt;

use crate::model::{BranchName, RemoteName};

/// A branch of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteBranch {
    /// The remote.
    pub remote: RemoteName,
    /// The branch, with the same name as the branch here.
    pub branch: BranchName,
}

impl fmt::Display for RemoteBranch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.remote, self.branch)
    }
}
