//! Judging ranges of commits: what `envctl check BASE..HEAD` and the hooks of a server ask.

mod branch;
mod line;
mod live;
mod pin;
mod place;
mod pushed;
mod report;
mod update;

use jiff::Timestamp;

use self::place::Place;
use super::line::{Line, is_ahead, own_time_after};
use super::{ReadError, Session};
use crate::check::Meta;
use crate::diag::Finding;
use crate::files::{Snapshot, State};
use crate::model::{CommitId, Identity, Signature, Signatures};
use crate::policy::Origins;
use crate::store::{Ancestors, AttestedCommit, ProjectFolder, Store};

pub use live::Destination as PushDestination;
pub use pushed::{Push, PushError, PushedRange, Refusal, Unjudged, judge_push};
pub use report::{Assurance, CommitFindings, RangeReport};
pub use update::Update;

/// A range of commits: those that lead to `head` and not to `base`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// What is live; none: nothing is yet.
    pub base: Option<CommitId>,
    /// What is to be judged.
    pub head: CommitId,
}

/// What a range is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// Was every step of the live line allowed when it was taken? The base is on the first-parent line of the head.
    Line,
    /// As [`Pin::Line`], asked by the server that is about to receive the range: dwell of what the range makes live counts
    /// from this moment at the earliest, and keys must be valid at it.
    Received,
    /// May this land on the base now? Rules, access and facts are the base's.
    Base,
}

/// Judges every commit of `range`.
///
/// # Errors
///
/// When history is shallow, altered or not all here; [`ReadError::OffTheLine`] when the base is not on the first-parent line
/// of the head, where it has to be.
pub fn check_range(
    session: &mut Session,
    range: Range,
    pin: Pin,
) -> Result<RangeReport, ReadError> {
    session.store.ignore_commit_graph();
    let folder = match range.base {
        Some(base) => judged_folder(session, pin, base, range.head)?,
        None => session.folder.clone(),
    };
    let bench = Bench {
        store: &session.store,
        folder: &folder,
        now: session.now,
        received: (pin == Pin::Received).then_some(session.now),
    };
    let report = judge_range(&bench, range, pin)?;
    session.store.require_budget()?;
    Ok(report)
}

/// The folder of the project that a range is judged for.
///
/// Where `base` has none in the session's folder, which is looked for where the range ends, somebody may have put that one
/// there in the place of another: in front of it, so that it is found first, or instead of it. By the rules of `base`, that
/// other one is judged.
fn judged_folder(
    session: &Session,
    pin: Pin,
    base: CommitId,
    head: CommitId,
) -> Result<ProjectFolder, ReadError> {
    let (store, folder) = (&session.store, &session.folder);
    if store.has_project(base, folder)? {
        return Ok(folder.clone());
    }
    if pin == Pin::Base {
        let mut above = folder.parent();
        while let Some(outer) = above {
            if store.has_project(base, &outer)? {
                return Ok(outer);
            }
            above = outer.parent();
        }
    }
    let gone = line::gone(store, base, head)?;
    match (gone.as_slice(), pin) {
        ([], _) => Ok(folder.clone()),
        ([moved], Pin::Base) => Ok(moved.clone()),
        // The walk along the line follows the project to where it ends.
        ([_], Pin::Line | Pin::Received) => Ok(folder.clone()),
        _ => Err(ReadError::SeveralGone { folders: gone }),
    }
}

fn judge_range(bench: &Bench<'_>, range: Range, pin: Pin) -> Result<RangeReport, ReadError> {
    // A verdict rests on what objects say and on nothing that is kept beside them.
    bench.store.require_unaltered_history()?;
    match (pin, range.base) {
        (Pin::Base, Some(base)) => pin::judge(bench, base, range.head),
        _ => line::judge(bench, range),
    }
}

/// Who set what `after`, a merge of `heads` into the commit `tip` with the state `before` that is not made yet, takes from
/// them.
pub(super) fn origins_of_merge(
    session: &Session,
    (tip, before): (CommitId, &State),
    heads: &[CommitId],
    after: &State,
) -> Result<Origins, ReadError> {
    let bench = Bench {
        store: &session.store,
        folder: &session.folder,
        now: session.now,
        received: None,
    };
    let brought = session
        .store
        .brought_by(heads, &mut Ancestors::of(Some(tip)))?;
    let mut branch = branch::Branch::new(&bench, bench.folder, before, Landing::on(&bench, tip)?);
    branch.judge(&brought, heads)?;
    branch.origins((tip, &before.project), heads, &after.project)
}

/// What every judgement of a range needs.
struct Bench<'s> {
    store: &'s Store,
    /// The project's folder where the range ends.
    folder: &'s ProjectFolder,
    now: Timestamp,
    /// When a server receives the range, if it asks.
    received: Option<Timestamp>,
}

/// When a step becomes live.
#[derive(Clone, Copy, Debug)]
struct Landing {
    /// By the date of the commit that it becomes live with.
    own: Timestamp,
    /// By the latest date up to there.
    effective: Timestamp,
}

impl Landing {
    /// Of what would be merged into `tip` at this moment.
    fn on(bench: &Bench<'_>, tip: CommitId) -> Result<Self, ReadError> {
        let own = own_time_after(bench.store, Some(tip), (bench.now, bench.now))?;
        let reached = Line::of(bench.store, bench.folder, tip)?.reached();
        let effective = reached.map_or(own, |reached| reached.max(own));
        Ok(Self { own, effective })
    }
}

impl Bench<'_> {
    /// Who takes a step of that commit, and when; `signs` if signatures matter.
    fn meta(&self, commit: &AttestedCommit, lands: Landing, signs: bool) -> Meta {
        let identity = |actor: &crate::store::Actor| Identity::new(&actor.name, &actor.email).ok();
        Meta {
            effective: lands.effective,
            received: self.received,
            committer: identity(&commit.committer),
            signature: if signs {
                commit.signature()
            } else {
                Signature::Awaited
            },
            misdated: self.ahead(lands.own),
            ..Meta::unsigned(identity(&commit.author), lands.own)
        }
    }

    /// The date `own` of a commit, if it is too far ahead of the clock.
    fn ahead(&self, own: Timestamp) -> Option<Timestamp> {
        Some(own).filter(|own| is_ahead(*own, self.now))
    }

    /// The `findings` of a commit, with the files that they are in.
    fn found(
        &self,
        commit: CommitId,
        attested: Option<&AttestedCommit>,
        findings: Vec<Finding>,
        place: &Place,
    ) -> Result<CommitFindings, ReadError> {
        let files = findings.iter().map(|finding| finding.place.file.as_str());
        let entries = files
            .filter_map(|file| Some((file.to_owned(), place.snapshot.entries.get(file)?.clone())));
        let mut snapshot = Snapshot {
            entries: entries.collect(),
        };
        snapshot.load_for(&findings, self.store)?;
        let author = attested.map(|commit| commit.author.clone());
        let subject = attested
            .map(|commit| commit.subject.clone())
            .unwrap_or_default();
        Ok(CommitFindings {
            commit,
            author,
            subject,
            findings,
            snapshot,
        })
    }
}

/// Whether the rules of a state demand signatures.
fn demands_signatures(project: &crate::model::Project) -> bool {
    project
        .access
        .as_ref()
        .is_some_and(|access| access.signatures == Signatures::Required)
}
