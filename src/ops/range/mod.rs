//! Judging ranges of commits: what `envctl check BASE..HEAD` and the hooks of a server ask.

mod branch;
mod line;
mod pin;
mod place;
mod report;
mod update;

use jiff::Timestamp;

use self::place::Place;
use super::line::believable;
use super::{ReadError, Session};
use crate::check::Meta;
use crate::diag::Finding;
use crate::files::{Snapshot, State};
use crate::model::{CommitId, Identity, Signature, Signatures};
use crate::policy::Origins;
use crate::store::{Ancestors, AttestedCommit, ProjectFolder, Store};

pub use report::{Assurance, CommitFindings, RangeReport};
pub use update::{Rewound, Update};

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
    // A verdict rests on what objects say and on nothing that is kept beside them.
    session.store.ignore_commit_graph();
    session.store.require_unaltered_history()?;
    let bench = Bench {
        store: &session.store,
        folder: &session.folder,
        now: session.now,
    };
    match (pin, range.base) {
        (Pin::Base, Some(base)) => pin::judge(&bench, base, range.head),
        _ => line::judge(&bench, range),
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
    };
    let brought = session
        .store
        .brought_by(heads, &mut Ancestors::of(Some(tip)))?;
    let mut branch = branch::Branch::new(&bench, bench.folder, before, bench.now);
    branch.judge(&brought, heads)?;
    branch.origins((tip, &before.project), heads, &after.project)
}

/// What every judgement of a range needs.
struct Bench<'s> {
    store: &'s Store,
    /// The project's folder where the range ends.
    folder: &'s ProjectFolder,
    now: Timestamp,
}

impl Bench<'_> {
    /// Who takes a step of that commit, at its effective time `at`; `signs` if signatures matter.
    fn meta(&self, commit: &AttestedCommit, at: Timestamp, signs: bool) -> Meta {
        let identity = |actor: &crate::store::Actor| Identity::new(&actor.name, &actor.email).ok();
        let claimed = commit.committer.at;
        Meta {
            author: identity(&commit.author),
            at,
            committer: identity(&commit.committer),
            signature: if signs {
                commit.signature()
            } else {
                Signature::Awaited
            },
            misdated: (!believable(claimed, self.now)).then_some(claimed),
            moved: false,
        }
    }

    /// The `findings` of a commit, with the files that they are in.
    fn found(
        &self,
        commit: CommitId,
        attested: Option<&AttestedCommit>,
        findings: Vec<Finding>,
        place: &Place,
    ) -> CommitFindings {
        let files = findings.iter().map(|finding| finding.place.file.as_str());
        let entries = files
            .filter_map(|file| Some((file.to_owned(), place.snapshot.entries.get(file)?.clone())));
        let snapshot = Snapshot {
            entries: entries.collect(),
        };
        let author = attested.map(|commit| commit.author.clone());
        let subject = attested
            .map(|commit| commit.subject.clone())
            .unwrap_or_default();
        CommitFindings {
            commit,
            author,
            subject,
            findings,
            snapshot,
        }
    }
}

/// Whether the rules of a state demand signatures.
fn demands_signatures(project: &crate::model::Project) -> bool {
    project
        .access
        .as_ref()
        .is_some_and(|access| access.signatures == Signatures::Required)
}
