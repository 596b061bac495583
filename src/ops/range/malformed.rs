use super::inputs::RangeInputs;
use crate::diag::{Code, Finding, Place as FindingPlace};
use crate::files::SETTINGS;
use crate::model::ContentId;
use crate::ops::ReadError;
use crate::ops::project_place::ProjectPlace;
use crate::store::StoreError;

impl<'s> RangeInputs<'s> {
    /// Returns the finding for headers that can be read in more than one way, at the first file
    /// that the commit changes.
    pub(super) fn malformed_commit(
        &self,
        place: &ProjectPlace,
        tree: Option<ContentId>,
        why: &dyn std::fmt::Display,
    ) -> Finding {
        let mut snapshot = (*place.snapshot).clone();
        let changed = self
            .store
            .advance(&mut snapshot, &place.folder, place.tree, tree)
            .unwrap_or_default();
        let file = changed
            .into_iter()
            .next()
            .unwrap_or_else(|| SETTINGS.to_owned());
        let message = format!("cannot determine who made this commit: {why}");
        Finding::error(Code::COMMIT_HEADER, FindingPlace::file(file), message)
            .help("make the commit again with git: git commit --amend --no-edit --reset-author")
    }

    /// Returns the finding for a tree that can be read in more than one way. Any other error is
    /// returned as it is.
    pub(super) fn malformed_tree(&self, error: ReadError) -> Result<Finding, ReadError> {
        let ReadError::Store(StoreError::MalformedTree { path, why }) = error else {
            return Err(error);
        };
        let prefix = self.folder.join("");
        let file = path.strip_prefix(&prefix).unwrap_or(&path).to_owned();
        let message = format!("this folder is stored in a way that no git program writes: {why}");
        Ok(
            Finding::error(Code::MALFORMED_TREE, FindingPlace::file(file), message)
                .help("make the commit again with git, from a work tree"),
        )
    }
}
