use std::fmt;
use std::str::FromStr;

/// The folder of a project inside its repository: the root, or `a/b`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectFolder(String);

impl ProjectFolder {
    /// Returns the repository's root.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reports whether the project is the whole repository.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the folder above this one, or `None` for the repository's root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(Self(
            self.0
                .rsplit_once('/')
                .map_or("", |(parent, _)| parent)
                .to_owned(),
        ))
    }

    /// Returns the folder as text, empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `path` of the project as a path from the repository's root.
    pub fn join(&self, path: &str) -> String {
        if self.is_root() {
            path.to_owned()
        } else {
            format!("{}/{path}", self.0)
        }
    }
}

impl fmt::Display for ProjectFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_root() { "." } else { &self.0 })
    }
}

/// Why a text is not a folder inside a repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid folder of a repository {0:?}: write it relative to the root, as a/b, without . or .."
)]
pub struct ProjectFolderError(String);

impl FromStr for ProjectFolder {
    type Err = ProjectFolderError;

    fn from_str(text: &str) -> Result<Self, ProjectFolderError> {
        if text.is_empty() || text == "." {
            return Ok(Self::root());
        }
        // `.git` in any case, because file systems that ignore case would open git's own folder
        // through it; backslashes because Windows reads them as separators.
        let fine = |part: &str| {
            !matches!(part, "" | "." | "..")
                && !part.eq_ignore_ascii_case(".git")
                && !part.contains(['\\', '\0'])
        };
        if text.split('/').all(fine) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProjectFolderError(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_empty_or_a_dot_and_joins_to_nothing() {
        for text in ["", "."] {
            let folder: ProjectFolder = text.parse().unwrap();
            assert!(folder.is_root());
            assert_eq!(folder.join("envctl.toml"), "envctl.toml");
            assert_eq!(folder.to_string(), ".");
        }
    }

    #[test]
    fn a_subfolder_joins_with_a_slash() {
        let folder: ProjectFolder = "services/gateway".parse().unwrap();
        assert_eq!(folder.join("envctl.toml"), "services/gateway/envctl.toml");
    }

    #[test]
    fn folders_that_leave_the_repository_are_refused() {
        for text in [
            "/a", "a/", "a//b", "..", "a/../b", "./a", ".git", "a/.GIT/b", "a\\b", "a\0",
        ] {
            assert!(text.parse::<ProjectFolder>().is_err(), "{text:?}");
        }
    }
}
