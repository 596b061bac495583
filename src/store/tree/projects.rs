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
/// The longest path of a project's folder, in bytes. No system checks out longer ones.
const LONGEST_PATH: usize = 4096;

/// A search of trees for projects. It reads each tree object once, however often it occurs, since a
/// few objects can name more folders than could ever be visited.
pub struct ProjectSearch<'s> {
    store: &'s Store,
    /// What was found in the trees that were read, by the depth that remained to be searched.
    known: HashMap<ProjectKey, Option<FoundProject>>,
    /// How many of the trees that were read count against the budget.
    counted: usize,
}

/// A tree, and how many levels below it are searched.
type ProjectKey = (Oid, usize);

/// The result for a tree that is a project or contains one.
struct FoundProject {
    is_project: bool,
    /// The folders in it that are projects or contain some. Their names are stored instead of their
    /// values, because dropping a value that is nested as deep as a tree may be would overflow the
    /// stack.
    inner: Vec<(Vec<u8>, Oid)>,
}

/// Whether the trees that a search reads count against the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// They do not. What is in the repository already is never a reason to refuse.
    Free,
    /// They do, unless they were read before.
    New,
}

/// The projects that a commit holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projects {
    /// Their folders, in order.
    pub folders: Vec<ProjectFolder>,
    /// The projects in folders that no [`ProjectFolder`] can name (bytes that are not UTF-8, a
    /// backslash, an endless path), as they can be shown, each with its tree.
    pub unnamed: Vec<(String, ContentId)>,
}

impl Projects {
    /// Returns the projects whose `envctl.toml` is among these files of a repository, each with its
    /// content.
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
    /// Returns a search for projects.
    pub fn project_search(&self) -> ProjectSearch<'_> {
        ProjectSearch {
            store: self,
            known: HashMap::new(),
            counted: 0,
        }
    }

    /// Returns the folders with an `envctl.toml` in `commit`, the root and those at most `depth`
    /// levels below it, in order.
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

    /// Reads the tree `root` and all trees below it that were not read yet. It does not recurse,
    /// because a tree may be nested to any depth.
    fn look(&mut self, root: ProjectKey, counting: Counting) -> Result<(), StoreError> {
        let mut open = Vec::new();
        if !self.known.contains_key(&root) {
            open.push(self.open(root, counting)?);
        }
        // The stack holds the path from the root to the current tree. A tree is finished when all
        // of its folders are known; one that is not known yet is pushed on top, and the tree below
        // looks at it again afterwards.
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

    /// Lists the folders of projects. A tree that occurs several times is several folders.
    fn list(&self, root: ProjectKey, counting: Counting) -> Result<Projects, StoreError> {
        let mut projects = Projects::default();
        let mut open = vec![(Vec::new(), root)];
        let mut listed = 0;
        while let Some((path, key)) = open.pop() {
            let Some(Some(found)) = self.known.get(&key) else {
                continue;
            };
            // Listing is limited as well as reading. Shared trees were read once, but each path to
            // a project is one entry of the list.
            self.store.require_budget()?;
            if counting == Counting::New {
                listed += 1;
                self.store.require_few_folders(listed)?;
            }
            let folder = folder(&path);
            // A path that is too long is listed as one that cannot be named, and not followed
            // further, so that a tree that contains itself many levels deep ends.
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

/// Returns the folder at `path`, if it can be named.
fn folder(path: &[u8]) -> Option<ProjectFolder> {
    let path = std::str::from_utf8(path).ok()?;
    if path.len() > LONGEST_PATH {
        return None;
    }
    path.parse().ok()
}

/// Reports whether the tree contains a project.
pub(in crate::store) fn is_project(tree: &Tree<'_>) -> bool {
    project_file(tree).is_some()
}

/// Returns the file that makes the tree a project. If a search by name finds none, every entry is
/// looked at, because the search may miss one in a tree that is out of order.
pub(in crate::store) fn project_file(tree: &Tree<'_>) -> Option<Oid> {
    let is_file = |entry: &TreeEntry<'_>| {
        entry.name_bytes() == PROJECT_FILE.as_bytes() && entry.kind() == Some(ObjectType::Blob)
    };
    let named = tree.get_name(PROJECT_FILE).filter(is_file);
    let found = named.map(|entry| entry.id());
    found.or_else(|| tree.iter().find(is_file).map(|entry| entry.id()))
}
