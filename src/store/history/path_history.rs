use git2::{ObjectType, Oid};

use crate::model::ContentId;
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::history::commit_graph::PathKeys;
use crate::store::history::line::FirstParentLine;
use crate::store::ids::{content_id, content_oid};
use crate::store::open::Store;

/// Files of a project, followed along a first-parent line into the past: the same answers as [`Store::file`] for each
/// commit, without asking for each.
///
/// Where the root tree is the same as in the commit before, so are the files; where the commit-graph has filters of changed
/// paths, most commits cost a few bits of one.
pub struct PathHistory<'s> {
    store: &'s Store,
    line: &'s FirstParentLine,
    place: PathPlace,
}

/// A commit of a line, and the files of a project as they are there: from here one can go on along that line.
#[derive(Clone)]
pub struct PathPlace {
    /// The project's folder, and the files in it.
    folder: ProjectFolder,
    paths: Vec<String>,
    files: Vec<FollowedPath>,
    /// How many commits before the tip.
    index: usize,
    /// A root tree in which the files are as they are now.
    root: ContentId,
}

/// What one step along the line brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// The files are the same as before the step.
    Same,
    /// One of them is another, or begins or ends here.
    Changed,
}

/// One file.
#[derive(Clone)]
struct FollowedPath {
    path: String,
    keys: PathKeys,
    /// The folders on the way to the file, from the root, as they were when somebody looked last.
    trees: Vec<Oid>,
    content: Option<ContentId>,
}

impl Store {
    /// The files at `paths` of `folder`, as they are in the newest commit of `line`; none: the line is empty.
    ///
    /// # Errors
    ///
    /// When a commit or tree cannot be read.
    pub fn path_history<'s>(
        &'s self,
        line: &'s FirstParentLine,
        folder: &ProjectFolder,
        paths: &[&str],
    ) -> Result<Option<PathHistory<'s>>, StoreError> {
        self.path_history_from(line, 0, folder, paths)
    }

    /// As [`Store::path_history`], from the commit so many `places` before the newest; none: the line ends before it.
    ///
    /// # Errors
    ///
    /// When a commit or tree cannot be read.
    pub fn path_history_from<'s>(
        &'s self,
        line: &'s FirstParentLine,
        places: usize,
        folder: &ProjectFolder,
        paths: &[&str],
    ) -> Result<Option<PathHistory<'s>>, StoreError> {
        let place = PathPlace::of(self, line, places, (folder, paths))?;
        Ok(place.map(|place| PathHistory {
            store: self,
            line,
            place,
        }))
    }
}

impl PathHistory<'_> {
    /// The names of the files' contents, in the order of the paths; none: there is no such file.
    pub fn contents(&self) -> impl Iterator<Item = Option<ContentId>> {
        self.place.contents()
    }

    /// The project's folder there.
    pub fn folder(&self) -> &ProjectFolder {
        self.place.folder()
    }

    /// Goes to the first parent; none: there is none, and nothing has changed.
    ///
    /// # Errors
    ///
    /// When a commit or tree cannot be read.
    pub fn older(&mut self) -> Result<Option<PathStep>, StoreError> {
        self.place.older(self.store, self.line)
    }
}

impl PathPlace {
    /// Returns the files at `paths` of `folder` in the commit so many `places` before the newest one of `line`; `None` where
    /// the line ends before it.
    ///
    /// # Errors
    ///
    /// When a commit or tree cannot be read.
    pub fn of(
        store: &Store,
        line: &FirstParentLine,
        places: usize,
        (folder, paths): (&ProjectFolder, &[&str]),
    ) -> Result<Option<Self>, StoreError> {
        if places >= line.commits().len() {
            return Ok(None);
        }
        let files = paths
            .iter()
            .map(|path| FollowedPath::new(folder.join(path)))
            .collect();
        let mut place = Self {
            folder: folder.clone(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            files,
            index: places,
            root: line.tree(store, places)?,
        };
        place.look(store)?;
        Ok(Some(place))
    }

    /// How many commits before the newest one of the line.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The names of the files' contents, in the order of the paths; none: there is no such file.
    pub fn contents(&self) -> impl Iterator<Item = Option<ContentId>> {
        self.files.iter().map(|file| file.content)
    }

    /// The project's folder there.
    pub fn folder(&self) -> &ProjectFolder {
        &self.folder
    }

    /// Goes to the first parent; none: there is none, and nothing has changed. Where the files are gone because the project
    /// was moved, it follows them to the folder that they were in.
    ///
    /// # Errors
    ///
    /// When a commit or tree cannot be read. Then the place says nothing any more.
    pub fn older(
        &mut self,
        store: &Store,
        line: &FirstParentLine,
    ) -> Result<Option<PathStep>, StoreError> {
        if self.index + 1 >= line.commits().len() {
            return Ok(None);
        }
        let denied = self.is_denied(line, self.index);
        self.index += 1;
        if denied {
            return Ok(Some(PathStep::Same));
        }
        let before: Vec<Option<ContentId>> = self.contents().collect();
        let step = self.look_in(store, line.tree(store, self.index)?)?;
        let gone =
            self.contents().all(|content| content.is_none()) && before.iter().any(Option::is_some);
        if gone {
            self.follow_a_move(store, line, (step, &before)).map(Some)
        } else {
            Ok(Some(step))
        }
    }

    /// Goes to the next commit of the line; none: there is none, or the project was moved to this folder with it.
    ///
    /// # Errors
    ///
    /// When a commit or tree cannot be read. Then, as where the project was moved, the place says nothing any more.
    pub fn newer(
        &mut self,
        store: &Store,
        line: &FirstParentLine,
    ) -> Result<Option<PathStep>, StoreError> {
        let Some(newer) = self.index.checked_sub(1) else {
            return Ok(None);
        };
        self.index = newer;
        if self.is_denied(line, newer) {
            return Ok(Some(PathStep::Same));
        }
        let nothing = self.contents().all(|content| content.is_none());
        let step = self.look_in(store, line.tree(store, newer)?)?;
        if nothing && step == PathStep::Changed {
            let (newer, older) = (line.commits()[newer], line.commits()[newer + 1]);
            if store.moved(&self.folder, newer, older)?.is_some() {
                return Ok(None);
            }
        }
        Ok(Some(step))
    }

    /// Reports whether the commit-graph knows that the commit at `index` changed none of the files.
    fn is_denied(&self, line: &FirstParentLine, index: usize) -> bool {
        line.denies_change(index, self.files.iter().map(|file| &file.keys))
    }

    fn look_in(&mut self, store: &Store, root: ContentId) -> Result<PathStep, StoreError> {
        if root == self.root {
            return Ok(PathStep::Same);
        }
        self.root = root;
        self.look(store)
    }

    /// Goes on in the folder that the project was moved from, if that is why its files are no longer there.
    fn follow_a_move(
        &mut self,
        store: &Store,
        line: &FirstParentLine,
        (step, before): (PathStep, &[Option<ContentId>]),
    ) -> Result<PathStep, StoreError> {
        let (newer, older) = (line.commits()[self.index - 1], line.commits()[self.index]);
        let Some(folder) = store.moved(&self.folder, newer, older)? else {
            return Ok(step);
        };
        self.files = self
            .paths
            .iter()
            .map(|path| FollowedPath::new(folder.join(path)))
            .collect();
        self.folder = folder;
        self.look(store)?;
        Ok(if self.contents().eq(before.iter().copied()) {
            PathStep::Same
        } else {
            PathStep::Changed
        })
    }

    fn look(&mut self, store: &Store) -> Result<PathStep, StoreError> {
        let mut step = PathStep::Same;
        for file in &mut self.files {
            let content = file.content_in(store, content_oid(self.root))?;
            if content != file.content {
                step = PathStep::Changed;
            }
            file.content = content;
        }
        Ok(step)
    }
}

impl FollowedPath {
    fn new(path: String) -> Self {
        Self {
            keys: PathKeys::of(&path),
            path,
            trees: Vec::new(),
            content: None,
        }
    }

    /// The file in the commit with this root tree. As soon as a folder on the way is the one of last time, so is the file.
    fn content_in(&mut self, store: &Store, root: Oid) -> Result<Option<ContentId>, StoreError> {
        let mut tree = root;
        let mut parts = self.path.split('/').enumerate().peekable();
        while let Some((depth, part)) = parts.next() {
            if self.trees.get(depth) == Some(&tree) {
                return Ok(self.content);
            }
            let doing = || format!("read the folder above {} (tree {tree})", self.path);
            let folder = store
                .tree(tree)
                .map_err(|error| StoreError::git(doing())(error))?;
            // Those below stay: they are still the ones that led to what is known.
            if depth < self.trees.len() {
                self.trees[depth] = tree;
            } else {
                self.trees.push(tree);
            }
            let kind = if parts.peek().is_some() {
                ObjectType::Tree
            } else {
                ObjectType::Blob
            };
            match folder
                .get_name(part)
                .filter(|entry| entry.kind() == Some(kind))
            {
                Some(entry) => tree = entry.id(),
                None => {
                    self.trees.truncate(depth + 1);
                    return Ok(None);
                }
            }
        }
        Ok(Some(content_id(tree)))
    }
}
