use git2::{ObjectType, Oid, Tree};

use crate::model::ContentId;
use crate::store::error::StoreError;
use crate::store::folder::ProjectFolder;
use crate::store::history::commit_graph::PathKeys;
use crate::store::history::line::FirstParentLine;
use crate::store::ids::{content_id, content_oid};
use crate::store::open::Store;
use crate::store::tree::children::unread;
use crate::store::tree::large_folders::FolderEntry;
use crate::store::tree::projects::{PROJECT_FILE, project_file};

/// Files of a project, followed along a first-parent line into the past. The answers are those of
/// [`Store::file`] for each commit, without asking for each. Where the project was moved, the files
/// are followed to the folder that it was moved from.
///
/// Where the root tree is the same as in the commit before, so are the files. Where the
/// commit-graph has filters of changed paths, most commits cost a few bits of one.
pub struct PathHistory<'s> {
    store: &'s Store,
    line: &'s FirstParentLine,
    place: PathPlace,
}

/// A commit of a line, and the files of a project as they are there. From here one can go on along
/// that line.
#[derive(Clone)]
pub struct PathPlace {
    folder: FollowedPath,
    /// The project's folder, and the files in it.
    project: ProjectFolder,
    files: Vec<FollowedPath>,
    /// The hashed paths of the files in the repository, and of the one that makes the folder a
    /// project.
    keys: Vec<PathKeys>,
    /// The file that makes the folder a project. It disappears when the project was moved.
    settings: Option<ContentId>,
    /// How many commits before the tip.
    index: usize,
    /// A root tree in which the files are the same as now.
    root: ContentId,
}

/// What one step along the line changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// The files are the same as before the step.
    Same,
    /// One of them has other content, or begins or ends here.
    Changed,
}

/// A file or a folder, and the trees on the way to it.
#[derive(Clone)]
struct FollowedPath {
    path: String,
    kind: ObjectType,
    /// The trees that the parts of the path led to last time, without the last part.
    above: Vec<Oid>,
    found: Option<Oid>,
}

impl Store {
    /// Starts with the files at `paths` of `folder` in the newest commit of `line`. Returns `None`
    /// for an empty line.
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

    /// Does what [`Store::path_history`] does, from the commit `places` before the newest. Returns
    /// `None` if the line ends before it.
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
    /// Returns the names of the files' contents, in the order of the paths, and `None` for a file
    /// that does not exist.
    pub fn contents(&self) -> impl Iterator<Item = Option<ContentId>> {
        self.place.contents()
    }

    /// Returns the project's folder in this commit.
    pub fn folder(&self) -> &ProjectFolder {
        self.place.folder()
    }

    /// Reports whether there is a project in this commit.
    pub fn is_project(&self) -> bool {
        self.place.settings.is_some()
    }

    /// Goes to the first parent. Returns `None`, and changes nothing, if there is none.
    ///
    /// # Errors
    ///
    /// When a commit or tree cannot be read.
    pub fn older(&mut self) -> Result<Option<PathStep>, StoreError> {
        self.place.older(self.store, self.line)
    }
}

impl PathPlace {
    /// Returns the files at `paths` of `folder` in the commit `places` before the newest one of
    /// `line`, or `None` if the line ends before it.
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
        let file = |path: &&str| FollowedPath::new(path, ObjectType::Blob);
        let mut place = Self {
            folder: FollowedPath::new(folder.as_str(), ObjectType::Tree),
            keys: keys(folder, paths.iter().copied()),
            project: folder.clone(),
            files: paths.iter().map(file).collect(),
            settings: None,
            index: places,
            root: line.tree(store, places)?,
        };
        place.look(store)?;
        Ok(Some(place))
    }

    /// Returns how many commits it is before the newest one of the line.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the names of the files' contents, in the order of the paths, and `None` for a file
    /// that does not exist.
    pub fn contents(&self) -> impl Iterator<Item = Option<ContentId>> {
        self.files.iter().map(|file| file.found.map(content_id))
    }

    /// Returns the project's folder in this commit.
    pub fn folder(&self) -> &ProjectFolder {
        &self.project
    }

    /// Goes to the first parent. Returns `None`, and changes nothing, if there is none. Where the
    /// files are missing because the project was moved, it follows them to the folder that they
    /// were in.
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
        let denied = line.denies_change(self.index, self.keys.iter());
        self.index += 1;
        // Denied means: the commit did not change any of the paths against its first parent, so no
        // tree has to be read. `root` stays the tree that was looked at last; it differs, but not
        // in these files.
        if denied {
            return Ok(Some(PathStep::Same));
        }
        let (settings, before) = (self.settings, self.found());
        self.look_in(store, line.tree(store, self.index)?)?;
        // A project that was moved with one commit has no settings file at its new place before
        // that. Files that differ without such a commit are followed no further: a copy is not a
        // move.
        if settings.is_some() && settings != self.settings {
            self.follow_a_move(store, line)?;
        }
        Ok(Some(self.step_from(&before)))
    }

    /// Goes to the next commit of the line. Returns `None` if there is none, or if that commit
    /// moved the project to this folder.
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
        if line.denies_change(newer, self.keys.iter()) {
            return Ok(Some(PathStep::Same));
        }
        let (settings, before) = (self.settings, self.found());
        self.look_in(store, line.tree(store, newer)?)?;
        // The way back does not follow a move: the files are asked for by their path in the folder
        // of an older commit, and who walks towards the tip has to start again in the new folder.
        if self.settings.is_some() && settings != self.settings {
            let (newer, older) = (line.commits()[newer], line.commits()[newer + 1]);
            if store.moved(&self.project, newer, older)?.is_some() {
                return Ok(None);
            }
        }
        Ok(Some(self.step_from(&before)))
    }

    /// Goes on in the folder that the project was moved from, if that is why its settings are
    /// missing here.
    fn follow_a_move(&mut self, store: &Store, line: &FirstParentLine) -> Result<(), StoreError> {
        let (newer, older) = (line.commits()[self.index - 1], line.commits()[self.index]);
        let Some(folder) = store.moved(&self.project, newer, older)? else {
            return Ok(());
        };
        self.folder = FollowedPath::new(folder.as_str(), ObjectType::Tree);
        let paths = self.files.iter().map(|file| &*file.path);
        self.keys = keys(&folder, paths);
        self.project = folder;
        self.look(store)
    }

    fn found(&self) -> Vec<Option<Oid>> {
        self.files.iter().map(|file| file.found).collect()
    }

    fn step_from(&self, before: &[Option<Oid>]) -> PathStep {
        let now = self.files.iter().map(|file| file.found);
        if now.eq(before.iter().copied()) {
            PathStep::Same
        } else {
            PathStep::Changed
        }
    }

    fn look_in(&mut self, store: &Store, root: ContentId) -> Result<(), StoreError> {
        if root == self.root {
            return Ok(());
        }
        self.root = root;
        self.look(store)
    }

    fn look(&mut self, store: &Store) -> Result<(), StoreError> {
        let known = self.folder.found;
        let root = tree(store, content_oid(self.root))?;
        let found = self.folder.look(store, &root)?;
        // The project's folder has the same name, and the name of a tree is the hash of all that is
        // in it. So no file in it has changed.
        if found == known && known.is_some() {
            return Ok(());
        }
        self.settings = None;
        let Some(found) = found else {
            self.files.iter_mut().for_each(FollowedPath::forget);
            return Ok(());
        };
        let folder = match found == root.id() {
            true => root,
            false => tree(store, found)?,
        };
        self.settings = project_file(&folder).map(content_id);
        for file in &mut self.files {
            file.look(store, &folder)?;
        }
        Ok(())
    }
}

/// Returns the hashed paths of the files in the repository, and of the one that makes `folder` a
/// project.
fn keys<'p>(folder: &ProjectFolder, paths: impl Iterator<Item = &'p str>) -> Vec<PathKeys> {
    let paths = paths.chain([PROJECT_FILE]);
    paths.map(|path| PathKeys::of(&folder.join(path))).collect()
}

fn tree(store: &Store, id: Oid) -> Result<Tree<'_>, StoreError> {
    store.tree(id).map_err(unread(id))
}

impl FollowedPath {
    fn new(path: &str, kind: ObjectType) -> Self {
        Self {
            path: path.to_owned(),
            kind,
            above: Vec::new(),
            found: None,
        }
    }

    fn forget(&mut self) {
        self.above.clear();
        self.found = None;
    }

    /// Looks for it in the folder `top`. As soon as a folder on the way is the same as last time,
    /// so is what it leads to.
    fn look(&mut self, store: &Store, top: &Tree<'_>) -> Result<Option<Oid>, StoreError> {
        let mut parts = self.path.split('/').filter(|part| !part.is_empty());
        let mut next = parts.next();
        let mut at = top.id();
        for depth in 0.. {
            let Some(part) = next else { break };
            if self.above.get(depth) == Some(&at) {
                return Ok(self.found);
            }
            // Those below stay: they are still the ones that led to what is known.
            match self.above.get_mut(depth) {
                Some(known) => *known = at,
                None => self.above.push(at),
            }
            next = parts.next();
            let kind = if next.is_some() {
                ObjectType::Tree
            } else {
                self.kind
            };
            let child = match depth {
                0 => FolderEntry::of(top, part),
                _ => store.folder_entry(at, part).map_err(unread(at))?,
            };
            let Some(child) = child.filter(|child| child.kind == Some(kind)) else {
                self.above.truncate(depth + 1);
                self.found = None;
                return Ok(None);
            };
            at = child.id;
        }
        self.found = Some(at);
        Ok(self.found)
    }
}
