use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::model::settings::BranchName;

/// The name of a remote, such as `origin`: what may be between `refs/remotes/` and the name of a branch.
///
/// Never a URL or a path: those could be read as options by the programs that they are given to,
/// and the settings of a remote (how to log in, what to sign) belong to its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RemoteName(String);

impl RemoteName {
    /// Returns the name as people write it: `origin`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RemoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text is not a valid name of a remote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid remote name {0:?}; `git remote` lists the remotes")]
pub struct RemoteNameError(String);

impl FromStr for RemoteName {
    type Err = RemoteNameError;

    fn from_str(text: &str) -> Result<Self, RemoteNameError> {
        // The rules for what follows refs/ are the same as for branches.
        match text.parse::<BranchName>() {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(RemoteNameError(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_none_of_what_git_could_take_for_something_else() {
        for name in ["origin", "team/fork", "up-stream"] {
            assert_eq!(name.parse::<RemoteName>().unwrap().as_str(), name);
        }
        for text in [
            "",
            ".",
            "--upload-pack=x",
            "ext::sh -c x",
            "https://example.org/x",
            "../other",
            "a b",
            "a\u{1b}",
        ] {
            assert!(text.parse::<RemoteName>().is_err(), "{text:?}");
        }
    }
}
