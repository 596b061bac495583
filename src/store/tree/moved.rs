//! Finds where a project was before it was moved.

use std::collections::BTreeMap;

use git2::{ObjectType, Oid, Tree};

use crate::model::CommitId;
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::open::Store;
use crate::store::tree::projects::project_file;

/// The file that makes a folder a project, in two commits. `None` if there is no project.
type SettingsPair = (Option<Oid>, Option<Oid>);

/// Two trees at the same path of two commits; `None` where the folder does not exist.
type TreePair<'s> = (Option<Tree<'s>>, Option<Tree<'s>>);

impl Store {
    /// Returns where the project of `folder` in `here` is in `there`, a commit next to it, if it
    /// was moved in between, or `None`.
    ///
    /// A project is identified by its `envctl.toml`. It was moved if `there` has exactly that file
    /// in one other folder, where it is not in `here`. So projects that are moved together are
    /// distinguished. If another project is in `folder` instead, that one must have been moved as
    /// well: the two were exchanged. If the file was changed, too, the project was moved if there
    /// is none in `folder`, and exactly one elsewhere that `here` does not have.
    ///
    /// # Errors
    ///
    /// When a commit or a tree cannot be read.
    pub fn moved(
        &self,
        folder: &ProjectFolder,
        here: CommitId,
        there: CommitId,
    ) -> Result<Option<ProjectFolder>, StoreError> {
        let settings = |commit| -> Result<Option<Oid>, StoreError> {
            let tree = self.tree_of(commit, folder)?;
            Ok(tree.and_then(|tree| project_file(&tree)))
        };
        let (known, instead) = (settings(here)?, settings(there)?);
        // Without a project, or with the same file still in place, nothing was moved. This ends
        // nearly every call before trees are searched.
        if known.is_none() || known == instead {
            return Ok(None);
        }
        let elsewhere = self.projects_elsewhere(folder, (here, there))?;
        let only = |fits: &dyn Fn(&SettingsPair) -> bool| {
            let mut fitting = elsewhere.iter().filter(|(_, settings)| fits(settings));
            let first = fitting.next().map(|(folder, _)| folder.clone());
            first.filter(|_| fitting.next().is_none())
        };
        let same = only(&|(here, there)| *there == known && *here != known);
        if instead.is_some() {
            let left = |(here, there): &SettingsPair| *here == instead && *there != instead;
            return Ok(same.filter(|_| elsewhere.values().any(left)));
        }
        let new = || only(&|(here, there)| here.is_none() && there.is_some());
        Ok(same.or_else(new))
    }

    /// Returns the projects outside of `folder` whose `envctl.toml` may differ between two commits.
    /// Only folders that differ are searched.
    fn projects_elsewhere(
        &self,
        folder: &ProjectFolder,
        (here, there): (CommitId, CommitId),
    ) -> Result<BTreeMap<ProjectFolder, SettingsPair>, StoreError> {
        let root = ProjectFolder::root();
        let (mut above, mut way) = (root.clone(), folder.as_str().split('/'));
        let mut pair: TreePair<'_> = (self.tree_of(here, &root)?, self.tree_of(there, &root)?);
        let mut found = BTreeMap::new();
        // Level by level along the path of `folder`. The folders on that path always differ,
        // because the project is in them, so only what is beside them is searched.
        loop {
            if above != *folder {
                let file = |tree: &Option<Tree<'_>>| tree.as_ref().and_then(project_file);
                found.insert(above.clone(), (file(&pair.0), file(&pair.1)));
            }
            let next = way.next().filter(|part| !part.is_empty());
            self.search_beside(&above, &pair, next, &mut found)?;
            let Some(next) = next else {
                return Ok(found);
            };
            let Ok(below) = above.join(next).parse() else {
                return Ok(found);
            };
            above = below;
            pair = (self.inner(pair.0, next)?, self.inner(pair.1, next)?);
        }
    }

    /// Searches the folders of `pair`, which is at `above`, that differ, except the one named
    /// `but`.
    fn search_beside(
        &self,
        above: &ProjectFolder,
        pair: &TreePair<'_>,
        but: Option<&str>,
        found: &mut BTreeMap<ProjectFolder, SettingsPair>,
    ) -> Result<(), StoreError> {
        let mut search = self.project_search();
        let mut differing: BTreeMap<Vec<u8>, (Option<Oid>, Option<Oid>)> = BTreeMap::new();
        for (side, tree) in [&pair.0, &pair.1].into_iter().enumerate() {
            let entries = tree.iter().flat_map(Tree::iter);
            let folders = entries.filter(|entry| entry.kind() == Some(ObjectType::Tree));
            for entry in folders.filter(|entry| Some(entry.name_bytes()) != but.map(str::as_bytes))
            {
                let known = differing.entry(entry.name_bytes().to_vec()).or_default();
                let of_side = if side == 0 {
                    &mut known.0
                } else {
                    &mut known.1
                };
                *of_side = Some(entry.id());
            }
        }
        differing.retain(|_, (here, there)| here != there);
        for (name, sides) in differing {
            // A folder whose name is not UTF-8 cannot be that of a project.
            let Ok(name) = String::from_utf8(name) else {
                continue;
            };
            for (side, top) in [sides.0, sides.1].into_iter().enumerate() {
                let Some(top) = top else { continue };
                for inner in search.projects_in(top)? {
                    let Ok(folder) = above.join(&joined(&name, &inner)).parse() else {
                        continue;
                    };
                    let tree = self.descend(self.read(top)?, inner.as_str())?;
                    let settings = tree.and_then(|tree| project_file(&tree));
                    let known: &mut SettingsPair = found.entry(folder).or_default();
                    let of_side = if side == 0 {
                        &mut known.0
                    } else {
                        &mut known.1
                    };
                    *of_side = settings;
                }
            }
        }
        Ok(())
    }

    fn inner<'s>(
        &'s self,
        tree: Option<Tree<'s>>,
        name: &str,
    ) -> Result<Option<Tree<'s>>, StoreError> {
        match tree {
            Some(tree) => self.descend(tree, name),
            None => Ok(None),
        }
    }

    fn read(&self, tree: Oid) -> Result<Tree<'_>, StoreError> {
        let failed = |error| StoreError::git(format!("read the folder {tree}"))(error);
        self.tree(tree).map_err(failed)
    }
}

fn joined(name: &str, inner: &ProjectFolder) -> String {
    match inner.is_root() {
        true => name.to_owned(),
        false => format!("{name}/{inner}"),
    }
}
