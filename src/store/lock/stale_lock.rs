use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

/// A lock on a branch that remains, held by a running git or left by one that crashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleLock {
    /// The lock file.
    pub path: PathBuf,
    /// When it was made, as far as the file system knows.
    pub since: Option<SystemTime>,
    /// The process id of the envctl that holds it, or `None` if another program does or its process
    /// has ended.
    pub holder: Option<u32>,
}

impl fmt::Display for StaleLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        if let Some(holder) = self.holder {
            return write!(
                f,
                "the branch is locked by {path}, which the envctl with process id {holder} holds; wait for it"
            );
        }
        write!(
            f,
            "the branch is locked by {path}: another git process holds it, or one crashed; if none is running, remove the file"
        )
    }
}
