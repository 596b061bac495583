use std::path::{Path, PathBuf};

/// How to find the repository.
#[derive(Clone, Copy, Debug)]
pub enum Discovery<'a> {
    /// The one that contains this folder, searched upwards as git does.
    From(&'a Path),
    /// The one that `GIT_DIR` and its related variables name. In a hook, only this one sees the
    /// objects of a push that is not accepted yet.
    Variables,
}

/// What the variables of the process say about where git finds a repository and its settings.
#[derive(Clone, Debug, Default)]
pub struct GitEnvironment {
    /// Whether a variable names settings that libgit2 does not read.
    pub names_settings: bool,
    /// Whether the settings of the machine are ignored.
    pub without_system: bool,
    /// The folders at which the search for a repository ends.
    pub ceilings: Vec<PathBuf>,
    /// The index that git is about to commit, where variables name the repository.
    pub index_file: Option<PathBuf>,
    /// Whether that search goes on into another file system.
    pub across_file_systems: bool,
}
