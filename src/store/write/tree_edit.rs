use std::collections::BTreeMap;

use git2::{ObjectType, Oid, Repository, Tree, TreeBuilder};

use crate::store::error::StoreError;
use crate::store::write::retry::retried;

/// The mode of every file that is written.
const FILE: i32 = 0o100_644;
/// The mode of a folder.
const FOLDER: i32 = 0o040_000;

/// Changes to files, by folder, so that only trees that change are read and written.
#[derive(Debug, Default)]
pub(in crate::store) struct Edits {
    files: BTreeMap<String, Option<Oid>>,
    folders: BTreeMap<String, Edits>,
}

impl Edits {
    /// Puts `blob` at `path`. `None` removes what is there.
    pub(in crate::store) fn add(&mut self, path: &str, blob: Option<Oid>) {
        match path.split_once('/') {
            Some((folder, rest)) => self
                .folders
                .entry(folder.to_owned())
                .or_default()
                .add(rest, blob),
            None => {
                self.files.insert(path.to_owned(), blob);
            }
        }
    }

    /// Applies these changes to `base`, writes the resulting trees and returns the topmost. The
    /// name of each is added to `written`.
    pub(in crate::store) fn write(
        &self,
        repo: &Repository,
        base: Option<&Tree<'_>>,
        written: &mut Vec<Oid>,
    ) -> Result<Oid, StoreError> {
        let builder = self.build(repo, base, "", written)?;
        finish(&builder, written)
    }

    fn build<'r>(
        &self,
        repo: &'r Repository,
        base: Option<&Tree<'_>>,
        path: &str,
        written: &mut Vec<Oid>,
    ) -> Result<TreeBuilder<'r>, StoreError> {
        let mut builder = repo
            .treebuilder(base)
            .map_err(StoreError::git("put a tree together"))?;
        for (name, blob) in &self.files {
            put_file(&mut builder, &join(path, name), name, *blob)?;
        }
        for (name, edits) in &self.folders {
            let inner = join(path, name);
            let tree = folder(repo, &builder, &inner, name)?;
            let edited = edits.build(repo, tree.as_ref(), &inner, written)?;
            // git has no empty folders: a tree without entries is never stored below another.
            let blob = if edited.is_empty() {
                None
            } else {
                Some(finish(&edited, written)?)
            };
            put(&mut builder, name, blob, FOLDER)?;
        }
        Ok(builder)
    }
}

/// Returns the folder `name` as it is now, or `None` if there is none yet.
fn folder<'r>(
    repo: &'r Repository,
    builder: &TreeBuilder<'_>,
    path: &str,
    name: &str,
) -> Result<Option<Tree<'r>>, StoreError> {
    let doing = || format!("read the folder {path}");
    let entry = builder
        .get(name)
        .map_err(|error| StoreError::git(doing())(error))?;
    match entry.map(|entry| (entry.kind(), entry.id())) {
        None => Ok(None),
        Some((Some(ObjectType::Tree), id)) => repo
            .find_tree(id)
            .map(Some)
            .map_err(|error| StoreError::git(doing())(error)),
        Some(_) => Err(StoreError::InTheWay {
            path: path.to_owned(),
            what: "a file in the commit, not a folder",
        }),
    }
}

fn put_file(
    builder: &mut TreeBuilder<'_>,
    path: &str,
    name: &str,
    blob: Option<Oid>,
) -> Result<(), StoreError> {
    let there = builder
        .get(name)
        .map_err(|error| StoreError::git(format!("look up {path}"))(error))?;
    if there.is_some_and(|entry| entry.kind() == Some(ObjectType::Tree)) {
        return Err(StoreError::InTheWay {
            path: path.to_owned(),
            what: "a folder in the commit, not a file",
        });
    }
    put(builder, name, blob, FILE)
}

fn put(
    builder: &mut TreeBuilder<'_>,
    name: &str,
    id: Option<Oid>,
    mode: i32,
) -> Result<(), StoreError> {
    let put = match id {
        Some(id) => builder.insert(name, id, mode).map(|_| ()),
        // libgit2 fails to remove what is not there.
        None if matches!(builder.get(name), Ok(None)) => Ok(()),
        None => builder.remove(name),
    };
    put.map_err(|error| StoreError::git(format!("put {name:?} into a tree"))(error))
}

fn finish(builder: &TreeBuilder<'_>, written: &mut Vec<Oid>) -> Result<Oid, StoreError> {
    let id = retried(|| builder.write()).map_err(StoreError::git("write a tree"))?;
    written.push(id);
    Ok(id)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}/{name}")
    }
}
