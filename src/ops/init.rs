use std::cell::RefCell;

use super::inquiry::Known;
use super::writer::{Base, Writer};
use super::{Basis, Operation, ReadError, Rehearsal, SyncState, Upstream, WriteError, Written};
use crate::check::{Meta, Stand, Transition, check_transition};
use crate::files::{
    ATTRIBUTES, NotAtHand, OwnedPath, PayloadTexts, Payloads, Snapshot, SnapshotEntry, State,
    TABLE_SETTING, apply,
};
use crate::model::{BranchName, CommitId, DisplayName, Project, Reason};
use crate::plan::{self, Plan, PlanError};
use crate::policy::Facts;
use crate::store::{ProjectFolder, Reading, Store, StoreError};

/// A project to create.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// Its folder in the repository.
    pub folder: ProjectFolder,
    /// Its branch, which becomes the live one.
    pub branch: BranchName,
    /// Its name.
    pub name: DisplayName,
    /// Why it is created.
    pub reason: Option<Reason>,
    /// Where it is pushed to, or `None`.
    pub upstream: Option<Upstream>,
}

/// Creates a project with the environments `prod` and `staging`, as one commit.
///
/// # Errors
///
/// When there is one already, or a folder that it would own has other content.
pub fn init(store: &Store, new: &NewProject, operation: &Operation) -> Result<Written, WriteError> {
    found(store, new, operation, |project| intent(project, new))
}

/// Creates a project as `intent` plans it.
///
/// # Errors
///
/// As [`init`].
pub fn found(
    store: &Store,
    new: &NewProject,
    operation: &Operation,
    intent: impl Fn(&Project) -> Result<Plan, PlanError>,
) -> Result<Written, WriteError> {
    let known = RefCell::default();
    let writer = writer(store, new, operation, &known);
    let intent = |basis: &Basis<'_>| Ok(intent(basis.project)?);
    let rehearse = |base| writer.rehearse(base, intent);
    let sync_state = start(store, new, &writer)?;
    match &new.upstream {
        None => writer.run(
            || base(store, new, store.tip(&new.branch)?),
            rehearse,
            |_| Ok(()),
        ),
        Some(upstream) => writer.run_pushed(
            upstream,
            sync_state,
            |commit| base(store, new, commit),
            rehearse,
            |_| Ok(()),
        ),
    }
}

/// Returns what [`init`] would write.
///
/// # Errors
///
/// As [`init`].
pub fn rehearse_init(
    store: &Store,
    new: &NewProject,
    operation: &Operation,
) -> Result<Rehearsal, WriteError> {
    rehearse_found(store, new, operation, |project| intent(project, new))
}

/// Returns what [`found`] would write.
///
/// # Errors
///
/// As [`init`].
pub fn rehearse_found(
    store: &Store,
    new: &NewProject,
    operation: &Operation,
    intent: impl Fn(&Project) -> Result<Plan, PlanError>,
) -> Result<Rehearsal, WriteError> {
    let known = RefCell::default();
    let writer = writer(store, new, operation, &known);
    let sync_state = start(store, new, &writer)?;
    writer.rehearse(base(store, new, sync_state.base)?, |basis| {
        Ok(intent(basis.project)?)
    })
}

/// Returns what [`found`] would write where not even a repository exists yet.
///
/// # Errors
///
/// When no plan can be made, or the judge refuses the result.
pub fn rehearse_anew(
    operation: &Operation,
    intent: impl Fn(&Project) -> Result<Plan, PlanError>,
) -> Result<Rehearsal, WriteError> {
    let before = State::default();
    let plan = intent(&before.project)?;
    let changes = apply(&Snapshot::default(), &plan.edits).map_err(PlanError::Edit)?;
    let snapshot = Snapshot::default().with(&changes, Store::content_id);
    let Ok((after, facts)) = in_memory(&snapshot) else {
        unreachable!("all that is written is in memory")
    };
    let meta = Meta::unsigned(Some(operation.author.clone()), operation.committer_time.at);
    let step = Transition {
        before: &before,
        after: &after,
        meta: &meta,
        wrong_before: None,
        published: None,
        facts: &facts,
        stand: Stand::Live,
    };
    let Ok(report) = check_transition(&step) else {
        unreachable!("without a project before there is no policy to judge by")
    };
    let rehearsal = Rehearsal {
        tip: None,
        before,
        plan,
        changes,
        snapshot,
        after,
        report,
    };
    if rehearsal.report.allows_write() {
        Ok(rehearsal)
    } else {
        Err(WriteError::Refused(Box::new(rehearsal)))
    }
}

/// Reads the project in `snapshot`, which has the bytes of all versions, and parses each of them.
fn in_memory(snapshot: &Snapshot) -> Result<(State, Facts), NotAtHand> {
    let texts = PayloadTexts::of(snapshot);
    let state = State::read(snapshot, &texts)?;
    let mut facts = Facts::default();
    for (resource, numbers) in &state.project.versions {
        for version in numbers.values() {
            let (kind, content) = (resource.kind, version.content);
            facts.record_payload(kind, content, texts.parsed(kind, content)?);
        }
    }
    Ok((state, facts))
}

/// Makes `git diff` in this repository show for each hunk the table that it begins in. An existing
/// setting is kept.
///
/// # Errors
///
/// When the repository's settings cannot be written.
pub fn name_tables_in_diffs(store: &Store) -> Result<(), StoreError> {
    let (key, pattern) = TABLE_SETTING;
    match store.setting(key)? {
        Some(_) => Ok(()),
        None => store.keep_setting(key, pattern),
    }
}

fn writer<'a>(
    store: &'a Store,
    new: &'a NewProject,
    operation: &'a Operation,
    known: &'a RefCell<Option<Known>>,
) -> Writer<'a> {
    Writer {
        store,
        folder: &new.folder,
        branch: &new.branch,
        operation,
        now: operation.committer_time.at,
        known,
    }
}

fn intent(project: &Project, new: &NewProject) -> Result<Plan, PlanError> {
    plan::init(project, &new.name, &new.branch, new.reason.as_ref())
}

/// Returns the state that the project will be created on, if nothing is in its way there.
fn start(store: &Store, new: &NewProject, writer: &Writer<'_>) -> Result<SyncState, WriteError> {
    let ours = store.tip(&new.branch)?;
    let sync_state = match &new.upstream {
        None => SyncState {
            ours,
            base: ours,
            ..SyncState::default()
        },
        Some(upstream) => {
            writer.stand(upstream, store.fetch(&upstream.place, &upstream.runner)?)?
        }
    };
    vacant(store, new, sync_state.base)?;
    Ok(sync_state)
}

/// Returns the content of the commit `tip`, or nothing for `None`.
fn base(store: &Store, new: &NewProject, tip: Option<CommitId>) -> Result<Base, ReadError> {
    let Some(tip) = tip else {
        return Ok(Base {
            tip: None,
            snapshot: Snapshot::default(),
            state: State::default(),
            wrong: None,
        });
    };
    let mut snapshot = store.snapshot(tip, &new.folder, Reading::Control)?;
    // The project does not own this file, so no snapshot contains it. Without it, the plan would
    // edit it as if it did not exist, and the lines of others would be lost.
    if let Some(attributes) = attributes(store, tip, &new.folder)? {
        snapshot.insert(ATTRIBUTES.to_owned(), attributes);
    }
    let state = State::read(&snapshot, store)?;
    Ok(Base {
        tip: Some(tip),
        snapshot,
        state,
        wrong: None,
    })
}

/// Returns the folder's `.gitattributes`, which is edited but not owned.
fn attributes(
    store: &Store,
    tip: CommitId,
    folder: &ProjectFolder,
) -> Result<Option<SnapshotEntry>, StoreError> {
    let Some(content) = store.file(tip, folder, ATTRIBUTES)? else {
        return Ok(None);
    };
    Ok(Some(SnapshotEntry::of(
        store.content(content)?.into(),
        content,
    )))
}

/// Fails if a folder that the project would own has content, in the commit or in the work tree.
fn vacant(store: &Store, new: &NewProject, tip: Option<CommitId>) -> Result<(), WriteError> {
    let committed = base(store, new, tip)?;
    if committed.state.project.exists {
        return Err(PlanError::ProjectExists.into());
    }
    // The work tree, too: files that were never added would become versions with the next `git
    // add`, without having been published.
    let on_disk = match store.work_tree() {
        Some(_) => store.work_tree_snapshot(&new.folder)?,
        None => Snapshot::default(),
    };
    let foreign = |path: &String| {
        !matches!(
            OwnedPath::parse(path),
            None | Some(Ok(OwnedPath::Companion))
        )
    };
    // The first one by path, of the commit before the work tree.
    let first = |snapshot: &Snapshot| {
        let paths = snapshot.files().map(|(path, _)| path);
        paths.filter(foreign).min()
    };
    match first(&committed.snapshot).or_else(|| first(&on_disk)) {
        None => Ok(()),
        Some(path) => {
            let folder = path.split('/').next().unwrap_or(&path).to_owned();
            Err(PlanError::Occupied { folder, path }.into())
        }
    }
}
