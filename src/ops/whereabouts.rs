use std::cell::RefCell;
use std::collections::HashMap;

use super::ReadError;
use crate::files::{SETTINGS, name_in};
use crate::model::{CommitId, ContentId};
use crate::store::{ProjectFolder, Store, StoreError};

/// The folders of a project in the commits of a repository, as far as they were asked for. A
/// project may have been moved.
///
/// All questions about this are answered here, so that the log, a view of the past and the facts of
/// verdicts agree.
#[derive(Default)]
pub(super) struct Whereabouts {
    known: RefCell<Option<SeenProject>>,
}

/// What is known about a project as seen from one commit.
struct SeenProject {
    seen_from: (CommitId, ProjectFolder),
    /// Its `envctl.toml` there.
    settings: Option<ContentId>,
    /// Its past along the line, once a question needed it.
    past: Option<FolderHistory>,
}

/// The commits of a line with the project, by how many places they are before its end.
struct FolderHistory {
    places: HashMap<CommitId, usize>,
    /// The folders that it was in, newest first, each with the last place at which it was.
    folders: Vec<(usize, ProjectFolder)>,
}

impl Whereabouts {
    /// Returns the folder in `commit` of the project that is in `folder` of the commit `from`, or
    /// `None` if it is not there.
    ///
    /// If the same folder contains a project of the same name, that is taken to be it. Otherwise
    /// its past is followed along first parents.
    ///
    /// # Errors
    ///
    /// When history is needed and cannot be read.
    pub(super) fn folder_in(
        &self,
        store: &Store,
        (from, folder): (CommitId, &ProjectFolder),
        commit: CommitId,
    ) -> Result<Option<ProjectFolder>, ReadError> {
        if commit == from {
            return Ok(Some(folder.clone()));
        }
        let mut known = self.known.borrow_mut();
        let same = known
            .as_ref()
            .is_some_and(|known| known.seen_from.0 == from && known.seen_from.1 == *folder);
        let known = match known.as_mut().filter(|_| same) {
            Some(known) => known,
            None => known.insert(SeenProject {
                seen_from: (from, folder.clone()),
                settings: store.file(from, folder, SETTINGS)?,
                past: None,
            }),
        };
        // The cheap answer first: nearly always the project was never moved. The name is compared
        // because `envctl.toml` may have changed, and because two projects may have exchanged their
        // folders.
        if known.is_same(store, store.file(commit, folder, SETTINGS)?)? {
            return Ok(Some(folder.clone()));
        }
        if known.settings.is_none() {
            return Ok(None);
        }
        // Following the past reads the whole line, so it is kept for further questions about the
        // same commit.
        let past = match known.past.take() {
            Some(past) => past,
            None => FolderHistory::of(store, from, folder)?,
        };
        let past = known.past.insert(past);
        match past.places.get(&commit) {
            Some(place) => Ok(past.folder_at(*place).cloned()),
            None => past.beside(store, (from, folder), commit),
        }
    }
}

impl SeenProject {
    /// Reports whether `settings` are those of this project: the same bytes or the same name.
    fn is_same(&self, store: &Store, settings: Option<ContentId>) -> Result<bool, StoreError> {
        let (Some(known), Some(settings)) = (self.settings, settings) else {
            return Ok(false);
        };
        if known == settings {
            return Ok(true);
        }
        let name = |content| Ok::<_, StoreError>(name_in(&store.content(content)?));
        let known = name(known)?;
        Ok(known.is_some() && known == name(settings)?)
    }
}

impl FolderHistory {
    fn of(store: &Store, from: CommitId, folder: &ProjectFolder) -> Result<Self, ReadError> {
        let line = store.line(from)?;
        let mut folders: Vec<(usize, ProjectFolder)> = Vec::new();
        let mut place = 0;
        if let Some(mut project) = store.path_history(&line, folder, &[])? {
            // Until the project ends. A project of the same folder that existed before that is
            // another one.
            while project.is_project() {
                match folders.last_mut() {
                    Some((last, folder)) if folder == project.folder() => *last = place,
                    _ => folders.push((place, project.folder().clone())),
                }
                if project.older()?.is_none() {
                    break;
                }
                place += 1;
            }
        }
        let places = line.commits().iter().copied().zip(0..).collect();
        Ok(Self { places, folders })
    }

    fn folder_at(&self, place: usize) -> Option<&ProjectFolder> {
        let mut until = self.folders.iter();
        until
            .find(|(last, _)| place <= *last)
            .map(|(_, folder)| folder)
    }

    /// Returns the folder of the project in a commit that is not on the line: that of the newest
    /// common commit, unless it was moved since.
    fn beside(
        &self,
        store: &Store,
        from: (CommitId, &ProjectFolder),
        commit: CommitId,
    ) -> Result<Option<ProjectFolder>, ReadError> {
        let parted = store.merge_base(from.0, commit)?;
        let on_line = parted.and_then(|parted| {
            let folder = self.folder_at(*self.places.get(&parted)?)?;
            Some((parted, folder))
        });
        let (near, folder) = on_line.unwrap_or(from);
        if let Some(moved) = store.moved(folder, near, commit)? {
            return Ok(Some(moved));
        }
        let there = store.has_project(commit, folder)?;
        Ok(there.then(|| folder.clone()))
    }
}
