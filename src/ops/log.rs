use super::{ReadError, Session, View};
use crate::model::{Changes, CommitId, EnvironmentSlug, Resource, changes};
use crate::plan::Trailers;
use crate::store::CommitRecord;

/// One commit that changed the project.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The commit.
    pub commit: CommitRecord,
    /// What the tool noted about it, if envctl made it.
    pub trailers: Trailers,
    /// What it changed, derived from the trees.
    pub changes: Changes,
}

/// Which commits a log shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only what happened in these environments; empty: anywhere.
    pub environments: Vec<EnvironmentSlug>,
    /// Only what happened to this resource.
    pub resource: Option<Resource>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// The commits of the first-parent line below `from` that changed the project, newest first.
///
/// A merge is shown as what it brought to this line. A commit that did not touch the project's folder costs a comparison of
/// two trees.
///
/// # Errors
///
/// When the history cannot be read, or is shallow.
pub fn log(session: &Session, from: CommitId, filter: &Filter) -> Result<Vec<Entry>, ReadError> {
    let mut entries = Vec::new();
    let mut after: Option<View> = None;
    for record in session.store.first_parents(from) {
        let record = record?;
        if filter.limit.is_some_and(|limit| entries.len() >= limit) {
            break;
        }
        if !touches_project(session, &record)? {
            continue;
        }
        // The state after this commit is the one before the commit that was read last, unless others lie between.
        let now = match after.take() {
            Some(view) if view.commit == record.id => view,
            _ => session.view_of(record.id)?,
        };
        let before = record.parents.first().map(|parent| session.view_of(*parent)).transpose()?;
        let changes = match &before {
            Some(before) => changes(&before.state.project, &now.state.project),
            None => changes(&Default::default(), &now.state.project),
        };
        after = before;
        if filter.shows(&changes) {
            let trailers = Trailers::of(&record.message);
            entries.push(Entry { commit: record, trailers, changes });
        }
    }
    Ok(entries)
}

fn touches_project(session: &Session, record: &CommitRecord) -> Result<bool, ReadError> {
    let tree = |commit| session.store.folder_tree(commit, &session.folder);
    let before = match record.parents.first() {
        Some(parent) => tree(*parent)?,
        None => None,
    };
    Ok(tree(record.id)? != before)
}

impl Filter {
    fn shows(&self, changes: &Changes) -> bool {
        let in_environment = |slug: &EnvironmentSlug| changes.touches(slug);
        let environment = self.environments.is_empty() || self.environments.iter().any(in_environment);
        let of_resource = |resource: &Resource| {
            let moved = changes.moves.iter().any(|moved| {
                let here = self.environments.is_empty() || self.environments.contains(&moved.environment);
                here && moved.resource == *resource
            });
            moved || (self.environments.is_empty() && changes.published.iter().any(|id| id.resource == *resource))
        };
        !changes.is_empty() && environment && self.resource.as_ref().is_none_or(of_resource)
    }
}
