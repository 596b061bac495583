use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::Timestamp;

use super::account::{Account, Accounts, released};
use super::log_entry::LogEntry;
use super::project_place::ProjectPlace;
use super::{ReadError, Session, View, actions};
use crate::model::{
    CommitId, ContentId, EnvironmentSlug, Move, Override, Project, Resource, Statement, Trailers,
    changes, reason_of,
};
use crate::plan::Action;
use crate::store::{Actor, CommitRecord, ProjectFolder};

/// Which commits a log shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only changes in these environments. Empty means all.
    pub environments: Vec<EnvironmentSlug>,
    /// Only changes of these resources. Empty means all.
    pub resources: Vec<Resource>,
    /// Only changes that took effect then or later.
    pub since: Option<Timestamp>,
    /// Only changes that took effect then or earlier.
    pub until: Option<Timestamp>,
    /// Only changes by somebody whose name or e-mail address contains this, ignoring case.
    pub author: Option<String>,
    /// Only commits that did one of these. Empty means all.
    pub actions: Vec<Action>,
    /// The most entries to return.
    pub limit: Option<usize>,
}

/// Returns the commits of the first-parent line from that of `from` that changed the project, newest first.
///
/// A merge is shown as what it brought to this line. A commit that did not touch the project's
/// folder costs one comparison of two trees.
///
/// # Errors
///
/// When the history cannot be read, or is shallow.
pub fn log(session: &Session, from: &View, filter: &Filter) -> Result<Vec<LogEntry>, ReadError> {
    let store = &session.store;
    let history = session.history(from.commit)?;
    let accounts = Accounts::new(session, &history);
    let mut entries = Vec::new();
    // The project that was parsed last: the one before the commit that was shown last. A view with findings also has the
    // bytes that they are about, which a walk does not need.
    let sound = from.state.findings.is_empty();
    let mut read = sound
        .then(|| ProjectPlace::of_view(store, from))
        .transpose()?;
    // The project's folder in the commit that is looked at, once it is known.
    let mut folder: Option<ProjectFolder> = None;
    for (position, (commit, at)) in history.line().iter().enumerate() {
        let enough = filter.limit.is_some_and(|limit| entries.len() >= limit);
        // Effective times never step back, so nothing older than the first entry that is too old
        // can match.
        if enough || filter.since.is_some_and(|since| at < since) {
            break;
        }
        let parent = history.line().get(position + 1).map(|(parent, _)| parent);
        let too_late = filter.until.is_some_and(|until| at > until);
        if too_late {
            continue;
        }
        let here = match folder.take() {
            Some(folder) => folder,
            None => session.folder_in(commit)?.unwrap_or(session.folder.clone()),
        };
        let tree = store.folder_tree(commit, &here)?;
        let Some(came_from) = touched(session, (commit, &here, tree), parent)? else {
            folder = Some(here);
            continue;
        };
        // The state after this commit is the one before the commit that was read last, unless there
        // are others in between. Going on from it costs only what changed, instead of a whole
        // project per entry.
        let known = read
            .take()
            .filter(|place| place.folder == here && place.tree == tree);
        let mut place = known.map_or_else(|| ProjectPlace::of_tree(store, tree, &here), Ok)?;
        let after = place.state.clone();
        let before = match parent {
            Some(parent) => {
                let tree = store.folder_tree(parent, &came_from)?;
                place.go_to(store, tree, &came_from)?;
                place.state.clone()
            }
            None => Rc::default(),
        };
        read = Some(place);
        folder = Some(came_from);
        let record = store.commit(commit)?;
        let is_merge = record.parents.len() > 1;
        let mut entry = entry(record, at, (&before.project, &after.project));
        // What a merge brought was overridden in commits of the branch. They are read beforehand only
        // where that decides what is shown.
        let sought = is_merge && filter.actions.contains(&Action::Override);
        if sought {
            entry.accounts = accounts.of_moves(commit, &entry.changes.moves)?;
            entry.overrides = overrides_of(&entry);
        }
        if filter.shows(&entry) {
            // Only for entries that are shown: each account may walk the branch that a merge
            // brought. The author is asked after that, since whoever set a pointer on that branch
            // counts, too.
            if !sought {
                entry.accounts = accounts.of_moves(commit, &entry.changes.moves)?;
                entry.overrides = overrides_of(&entry);
            }
            entries.extend(filter.is_by(&entry).then_some(entry));
        }
    }
    Ok(entries)
}

fn entry(commit: CommitRecord, at: Timestamp, (before, after): (&Project, &Project)) -> LogEntry {
    let changes = changes(before, after);
    LogEntry {
        trailers: Trailers::of(&commit.message),
        reason: reason_of(&commit.message),
        overrides: overrides_in(&commit.message, &changes.moves),
        began: !before.exists,
        releases: released(before, after, &changes),
        accounts: Vec::new(),
        commit,
        at,
        changes,
    }
}

/// Returns the overrides that a message states for some of `moves`.
fn overrides_in(message: &str, moves: &[Move]) -> Vec<Override> {
    let mut stated = Statement::of(message).overrides;
    stated.retain(|stated| {
        let mut moves = moves.iter();
        moves.any(|moved| stated.names(&moved.environment, &moved.resource, moved.after))
    });
    stated
}

/// Returns the overrides that the commits state which set the pointers that `entry` moves.
fn overrides_of(entry: &LogEntry) -> Vec<Override> {
    let mut overrides = Vec::new();
    let mut seen = BTreeSet::new();
    for account in &entry.accounts {
        if seen.insert(account.origin.id) {
            overrides.extend(overrides_in(&account.origin.message, &entry.changes.moves));
        }
    }
    overrides
}

/// Returns the project's folder in the parent of `commit` if the commit touches the project in
/// `folder`, or `None` if it does not.
fn touched(
    session: &Session,
    (commit, folder, tree): (CommitId, &ProjectFolder, Option<ContentId>),
    parent: Option<CommitId>,
) -> Result<Option<ProjectFolder>, ReadError> {
    let store = &session.store;
    let before = parent.map(|parent| store.folder_tree(parent, folder));
    if tree == before.transpose()?.flatten() {
        return Ok(None);
    }
    let moved = parent.map(|parent| store.moved(folder, commit, parent));
    let moved = moved.transpose()?.flatten();
    Ok(Some(moved.unwrap_or_else(|| folder.clone())))
}

impl Accounts<'_> {
    fn of_moves(&self, commit: CommitId, moves: &[Move]) -> Result<Vec<Account>, ReadError> {
        moves
            .iter()
            .map(|moved| self.of(commit, &moved.environment, &moved.resource))
            .collect()
    }
}

impl Filter {
    /// Reports whether the filter includes `moved`.
    pub fn fits(&self, moved: &Move) -> bool {
        let here = self.environments.is_empty() || self.environments.contains(&moved.environment);
        here && (self.resources.is_empty() || self.resources.contains(&moved.resource))
    }

    fn shows(&self, entry: &LogEntry) -> bool {
        let LogEntry {
            changes, releases, ..
        } = entry;
        let in_environment = |slug: &EnvironmentSlug| {
            changes.touches(slug) || releases.iter().any(|(touched, _)| touched == slug)
        };
        let somewhere =
            self.environments.is_empty() || self.environments.iter().any(in_environment);
        let did = || {
            self.actions.is_empty()
                || actions(entry)
                    .iter()
                    .any(|action| self.actions.contains(action))
        };
        let happened = !changes.is_empty() || !releases.is_empty();
        happened && somewhere && self.is_about(entry) && did()
    }

    /// Reports whether one of the resources moved, was requested to, no longer is, or was
    /// published.
    fn is_about(&self, entry: &LogEntry) -> bool {
        let moved = || entry.changes.moves.iter().any(|moved| self.fits(moved));
        let asked = || {
            let mut waited = entry.requested().chain(entry.closed());
            waited.any(|(_, moves)| moves.iter().any(|moved| self.fits(moved)))
        };
        let published = || {
            let named = |id: &crate::model::VersionId| self.resources.contains(&id.resource);
            self.environments.is_empty() && entry.changes.published.iter().any(named)
        };
        self.resources.is_empty() || moved() || asked() || published()
    }

    /// Reports whether the wanted author made the commit, or one of the moves that it brought.
    fn is_by(&self, entry: &LogEntry) -> bool {
        let Some(wanted) = self.author.as_ref().map(|wanted| wanted.to_lowercase()) else {
            return true;
        };
        let names = |actor: &Actor| {
            [&actor.name, &actor.email]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
        };
        let moves = || {
            entry
                .changes
                .moves
                .iter()
                .zip(&entry.accounts)
                .filter(|(moved, _)| self.fits(moved))
        };
        names(&entry.commit.author) || moves().any(|(_, account)| names(&account.origin.author))
    }
}
