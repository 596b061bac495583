use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use super::ReadError;
use super::line::TimedLine;
use crate::files::{OwnedPath, pointers_in};
use crate::model::{EnvironmentSlug, Pointers, Resource, VersionNumber};
use crate::store::{PathPlace, PathStep, ProjectFolder, Store, StoreError};

mod answers;

/// What an environment served along a first-parent line, as far as it was read.
///
/// Each commit is read once, no matter how many pointers are asked about and where the past ends.
/// Changes are kept by pointer. So the cost of a range grows with its commits, and not with the
/// pairs of them.
pub(super) struct Course {
    /// The ends of the part of the line that was read, with the files that say what is live in the
    /// environment and that it exists.
    newest: PathPlace,
    oldest: PathPlace,
    /// What was live at both ends, or `None` if the environment did not exist.
    at_newest: LivePointers,
    at_oldest: LivePointers,
    /// The places of the commits that changed a pointer, newest first, and the version before.
    changes: HashMap<Resource, VecDeque<(usize, Option<VersionNumber>)>>,
    /// The places of the commits that created or deleted the environment, newest first, and whether
    /// it existed before.
    existence: VecDeque<(usize, bool)>,
    /// The places of the commits that moved the project, newest first, and its folder from there
    /// on.
    folders: VecDeque<(usize, ProjectFolder)>,
}

type LivePointers = Option<Rc<Pointers>>;

impl Course {
    /// Returns the course of `environment` from the commit `places` before the tip of `line`, where
    /// the project is in `folder`. Returns `None` if the line ends before it.
    pub(super) fn of(
        store: &Store,
        line: &TimedLine,
        (places, folder): (usize, &ProjectFolder),
        environment: &EnvironmentSlug,
    ) -> Result<Option<Self>, ReadError> {
        let [pointers, marker] = files_of(environment);
        let files = [&*pointers, &*marker];
        let Some(newest) = PathPlace::of(store, line.first_parents(), places, (folder, &files))?
        else {
            return Ok(None);
        };
        let served = served(store, &newest)?;
        Ok(Some(Self {
            oldest: newest.clone(),
            newest,
            at_newest: served.clone(),
            at_oldest: served,
            changes: HashMap::new(),
            existence: VecDeque::new(),
            folders: VecDeque::new(),
        }))
    }

    /// Reports whether the commit `places` before the tip is not older than the part that was read.
    pub(super) fn begins_before(&self, places: usize) -> bool {
        places <= self.oldest.index()
    }

    /// Reads the newer commits up to the one `places` before the tip, where the project is in
    /// `folder`. Returns `None` if it was moved in between.
    pub(super) fn reaching_up_to(
        mut self,
        store: &Store,
        line: &TimedLine,
        (places, folder): (usize, &ProjectFolder),
    ) -> Result<Option<Self>, ReadError> {
        // A walk along a range moves the end of the past towards newer commits. Across a move of
        // the project the files are at another path, and the caller starts over there.
        if self.newest.folder() != folder {
            return Ok((places >= self.newest.index()).then_some(self));
        }
        while places < self.newest.index() {
            let Some(step) = self.newest.newer(store, line.first_parents())? else {
                return Ok(None);
            };
            if step == PathStep::Same {
                continue;
            }
            // Changes are noted at the newer commit of the two, the one that made them, in front of
            // what is known.
            let now = served(store, &self.newest)?;
            let then = std::mem::replace(&mut self.at_newest, now.clone());
            let place = self.newest.index();
            if now.is_some() != then.is_some() {
                self.existence.push_front((place, then.is_some()));
            }
            for (resource, before) in differences(now, then) {
                let changes = self.changes.entry(resource).or_default();
                changes.push_front((place, before));
            }
        }
        Ok(Some(self))
    }

    fn look_back_to(
        &mut self,
        store: &Store,
        line: &TimedLine,
        place: usize,
    ) -> Result<(), ReadError> {
        self.look_back_by(store, line, place, |_| true).map(drop)
    }

    /// Goes back to the next commit with a change, at most to `place`. Reports whether there was an
    /// older commit at all.
    fn look_back(
        &mut self,
        store: &Store,
        line: &TimedLine,
        place: usize,
    ) -> Result<bool, ReadError> {
        self.look_back_by(store, line, place, |step| step != PathStep::Changed)
    }

    /// Goes back while `goes_on` accepts the last step, at most to `place`. Reports whether there
    /// was an older commit.
    fn look_back_by(
        &mut self,
        store: &Store,
        line: &TimedLine,
        place: usize,
        goes_on: impl Fn(PathStep) -> bool,
    ) -> Result<bool, ReadError> {
        let mut moved = false;
        while self.oldest.index() < place {
            let folder = self.oldest.folder().clone();
            let Some(step) = self.oldest.older(store, line.first_parents())? else {
                break;
            };
            moved = true;
            // Across a move of the project the same path names another file. The commit before this
            // one is the last that has it in the folder that was left.
            if folder != *self.oldest.folder() {
                self.folders.push_back((self.oldest.index() - 1, folder));
            }
            if step == PathStep::Changed {
                let then = served(store, &self.oldest)?;
                self.note(then);
            }
            if !goes_on(step) {
                break;
            }
        }
        Ok(moved)
    }

    /// Records what was live in the oldest commit, before the one that was the oldest until now.
    fn note(&mut self, then: LivePointers) {
        let place = self.oldest.index() - 1;
        let now = std::mem::replace(&mut self.at_oldest, then.clone());
        if now.is_some() != then.is_some() {
            self.existence.push_back((place, then.is_some()));
        }
        for (resource, before) in differences(now, then) {
            let changes = self.changes.entry(resource).or_default();
            changes.push_back((place, before));
        }
    }
}

/// Returns the pointers that differ `now`, with the version that each had `then`.
fn differences(now: LivePointers, then: LivePointers) -> Vec<(Resource, Option<VersionNumber>)> {
    let (now, then) = (now.unwrap_or_default(), then.unwrap_or_default());
    let mut differences = Vec::new();
    for (resource, number) in &*then {
        if now.get(resource) != Some(number) {
            differences.push((resource.clone(), Some(*number)));
        }
    }
    let added = now.keys().filter(|resource| !then.contains_key(*resource));
    differences.extend(added.map(|resource| (resource.clone(), None)));
    differences
}

/// Returns what is live at `place` according to its first file, which may be missing. Returns
/// `None` if the environment does not exist.
pub(super) fn served(store: &Store, place: &PathPlace) -> Result<LivePointers, StoreError> {
    let mut contents = place.contents();
    match contents.next().flatten() {
        Some(content) => Ok(Some(Rc::new(pointers_in(&store.content(content)?)))),
        None => Ok(contents.next().flatten().map(|_| Rc::default())),
    }
}

/// Returns the files that say what is live in an environment, and that it exists.
pub(super) fn files_of(environment: &EnvironmentSlug) -> [String; 2] {
    [
        OwnedPath::Pointers(environment.clone()),
        OwnedPath::Environment(environment.clone()),
    ]
    .map(|path| path.to_string())
}
