use std::collections::HashMap;

use git2::{ObjectType, Oid, Tree, TreeEntry};

use crate::model::{CommitId, ContentId};
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::ids::{content_id, content_oid};
use crate::store::open::Store;
use crate::store::tree::owned::spelled;

/// The file that makes a folder a project.
pub(in crate::store) const PROJECT_FILE: &str = "envctl.toml";
/// The longest path of a project's folder, in bytes: more than any system checks out.
const LONGEST_PATH: usize = 4096;

/// Searches trees for projects, and reads each tree object once, however often it occurs: a few objects can name more
/// folders than anybody can visit.
pub struct ProjectSearch<'s> {
    store: &'s Store,
    /// What was found in the trees that were read, by how much deeper the search went there.
    known: HashMap<ProjectKey, Option<FoundProject>>,
    /// How many trees were read that count against the budget.
    counted: usize,
}

/// A tree, and how many levels below it are searched.
type ProjectKey = (Oid, usize);

/// What a tree holds that is a project or has one below it.
struct FoundProject {
    is_project: bool,
    /// The folders in it that are projects or have some. They are named and not held: a tree may be so deep that nobody
    /// could drop it.
    inner: Vec<(Vec<u8>, Oid)>,
}

/// Whether the trees that a search reads count against the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// They do not: what is there already is never a reason to refuse.
    Free,
    /// They do, unless they were read before.
    New,
}

/// The projects that a commit holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projects {
    /// Their folders, in order.
    pub folders: Vec<ProjectFolder>,
    /// Those in folders that no [`ProjectFolder`] can name (bytes that are not UTF-8, a backslash, a path without end), as
    /// they can be shown, each with its tree.
    pub unnamed: Vec<(String, ContentId)>,
}

impl Projects {
    /// Returns the projects whose `envctl.toml` is among these files of a repository, each with what it holds.
    pub(in crate::store) fn of_files(
        files: impl IntoIterator<Item = (Vec<u8>, ContentId)>,
    ) -> Self {
        let mut projects = Self::default();
        for (path, content) in files {
            let Some(above) = path.strip_suffix(PROJECT_FILE.as_bytes()) else {
                continue;
            };
            let folder = match above {
                [] => above,
                [folder @ .., b'/'] => folder,
                _ => continue,
            };
            let named = std::str::from_utf8(folder).ok();
            match named.and_then(|named| named.parse().ok()) {
                Some(folder) => projects.folders.push(folder),
                None => projects.unnamed.push((spelled(folder), content)),
            }
        }
        projects.folders.sort();
        projects.folders.dedup();
        projects
    }
}

/// A tree whose folders are being read.
struct Open {
    key: ProjectKey,
    found: FoundProject,
    left: Vec<(Vec<u8>, Oid)>,
}

impl Store {
    /// A search for projects.
    pub fn project_search(&self) -> ProjectSearch<'_> {
        ProjectSearch {
            store: self,
            known: HashMap::new(),
            counted: 0,
        }
    }

    /// The folders with an `envctl.toml` in `commit`, the root and those at most `depth` levels down, in order.
    ///
    /// # Errors
    ///
    /// When the commit or a tree cannot be read.
    pub fn projects_within(
        &self,
        commit: CommitId,
        depth: usize,
    ) -> Result<Vec<ProjectFolder>, StoreError> {
        let root = self.root_of(commit)?;
        let found = self.project_search().search(root, depth, Counting::Free)?;
        Ok(found.folders)
    }
}

impl ProjectSearch<'_> {
    /// Returns every project of `commit`, at any depth.
    ///
    /// # Errors
    ///
    /// When the commit or a tree cannot be read, and [`StoreError::OverBudget`].
    pub fn projects(
        &mut self,
        commit: CommitId,
        counting: Counting,
    ) -> Result<Projects, StoreError> {
        let root = self.store.root_of(commit)?;
        self.search(root, usize::MAX, counting)
    }

    /// Returns every project in the tree `top`, by its folder from there.
    pub(in crate::store) fn projects_in(
        &mut self,
        top: Oid,
    ) -> Result<Vec<ProjectFolder>, StoreError> {
        let found = self.search(content_id(top), usize::MAX, Counting::Free)?;
        Ok(found.folders)
    }

    fn search(
        &mut self,
        root: ContentId,
        depth: usize,
        counting: Counting,
    ) -> Result<Projects, StoreError> {
        let root = (content_oid(root), depth);
        self.look(root, counting)?;
        let mut projects = self.list(root, counting)?;
        projects.folders.sort();
        projects.unnamed.sort();
        Ok(projects)
    }

    /// Reads the tree `root` and all below it that were not read yet. Without recursion: a tree may be as deep as it likes.
    fn look(&mut self, root: ProjectKey, counting: Counting) -> Result<(), StoreError> {
        let mut open = Vec::new();
        if !self.known.contains_key(&root) {
            open.push(self.open(root, counting)?);
        }
        while let Some(mut last) = open.pop() {
            let Some((name, tree)) = last.left.pop() else {
                let holds = last.found.is_project || !last.found.inner.is_empty();
                self.known.insert(last.key, holds.then_some(last.found));
                continue;
            };
            let key = (tree, below(last.key.1));
            match self.known.get(&key) {
                Some(None) => open.push(last),
                Some(Some(_)) => {
                    last.found.inner.push((name, tree));
                    open.push(last);
                }
                None => {
                    last.left.push((name, tree));
                    open.push(last);
                    open.push(self.open(key, counting)?);
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, key: ProjectKey, counting: Counting) -> Result<Open, StoreError> {
        if counting == Counting::New {
            self.counted += 1;
            self.store.require_few_folders(self.counted)?;
        }
        let (id, depth) = key;
        let tree = self
            .store
            .tree(id)
            .map_err(StoreError::git(format!("read the tree {id}")))?;
        let folders = tree
            .iter()
            .filter(|entry| depth > 0 && entry.kind() == Some(ObjectType::Tree));
        Ok(Open {
            key,
            left: folders
                .map(|entry| (entry.name_bytes().to_vec(), entry.id()))
                .collect(),
            found: FoundProject {
                is_project: is_project(&tree),
                inner: Vec::new(),
            },
        })
    }

    /// Lists the folders of projects: a tree that occurs several times is several folders.
    fn list(&self, root: ProjectKey, counting: Counting) -> Result<Projects, StoreError> {
        let mut projects = Projects::default();
        let mut open = vec![(Vec::new(), root)];
        let mut listed = 0;
        while let Some((path, key)) = open.pop() {
            let Some(Some(found)) = self.known.get(&key) else {
                continue;
            };
            self.store.require_budget()?;
            if counting == Counting::New {
                listed += 1;
                self.store.require_few_folders(listed)?;
            }
            let folder = folder(&path);
            if found.is_project || path.len() > LONGEST_PATH {
                match folder {
                    Some(folder) => projects.folders.push(folder),
                    None => projects.unnamed.push((spelled(&path), content_id(key.0))),
                }
            }
            if path.len() <= LONGEST_PATH {
                let inner = found.inner.iter();
                open.extend(inner.map(|(name, tree)| (joined(&path, name), (*tree, below(key.1)))));
            }
        }
        Ok(projects)
    }
}

fn below(depth: usize) -> usize {
    match depth {
        usize::MAX => usize::MAX,
        depth => depth.saturating_sub(1),
    }
}

fn joined(path: &[u8], name: &[u8]) -> Vec<u8> {
    if path.is_empty() {
        name.to_vec()
    } else {
        [path, b"/", name].concat()
    }
}

/// The folder at `path`, if it can be named.
fn folder(path: &[u8]) -> Option<ProjectFolder> {
    let path = std::str::from_utf8(path).ok()?;
    if path.len() > LONGEST_PATH {
        return None;
    }
    path.parse().ok()
}

/// Whether the tree holds a project.
pub(in crate::store) fn is_project(tree: &Tree<'_>) -> bool {
    project_file(tree).is_some()
}

/// Returns the file that makes the tree a project. Where a search by name finds none, every entry is looked at: in a tree that
/// is out of order it may miss one.
pub(in crate::store) fn project_file(tree: &Tree<'_>) -> Option<Oid> {
    let is_file = |entry: &TreeEntry<'_>| {
        entry.name_bytes() == PROJECT_FILE.as_bytes() && entry.kind() == Some(ObjectType::Blob)
    };
    let named = tree.get_name(PROJECT_FILE).filter(is_file);
    let found = named.map(|entry| entry.id());
    found.or_else(|| tree.iter().find(is_file).map(|entry| entry.id()))
}
