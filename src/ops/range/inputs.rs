use jiff::Timestamp;

use super::report::CommitFindings;
use crate::check::Meta;
use crate::diag::Finding;
use crate::files::Snapshot;
use crate::model::{CommitId, Identity, Signature, Signatures, Statement};
use crate::ops::ReadError;
use crate::ops::line::{TimedLine, is_ahead, own_time_after};
use crate::ops::project_place::ProjectPlace;
use crate::store::{ProjectFolder, Store, StrictCommit};

/// What judging a range needs.
pub(super) struct RangeInputs<'s> {
    pub(super) store: &'s Store,
    /// The project's folder at the end of the range.
    pub(super) folder: &'s ProjectFolder,
    pub(super) now: Timestamp,
    /// When a server receives the range, if a server is asking.
    pub(super) received: Option<Timestamp>,
}

/// When a step becomes live.
#[derive(Clone, Copy, Debug)]
pub(super) struct Landing {
    /// The date of the commit that makes it live.
    pub(super) own: Timestamp,
    /// The latest date up to that commit.
    pub(super) effective: Timestamp,
}

impl Landing {
    /// Returns when something would become live that is merged into `tip` now.
    pub(super) fn on(inputs: &RangeInputs<'_>, tip: CommitId) -> Result<Self, ReadError> {
        let own = own_time_after(inputs.store, Some(tip), (inputs.now, inputs.now))?;
        let reached = TimedLine::of(inputs.store, inputs.folder, tip)?.reached();
        let effective = reached.map_or(own, |reached| reached.max(own));
        Ok(Self { own, effective })
    }
}

impl RangeInputs<'_> {
    /// Returns who takes the step of that commit, and when. `signs` says whether signatures matter.
    pub(super) fn meta(&self, commit: &StrictCommit, lands: Landing, signs: bool) -> Meta {
        let identity = |actor: &crate::store::Actor| Identity::new(&actor.name, &actor.email).ok();
        Meta {
            effective: lands.effective,
            received: self.received,
            committer: identity(&commit.committer),
            statement: Some(Statement::of(&commit.message)),
            // Verifying takes far longer than everything else about a commit, so it happens only if
            // the rules ask for it.
            signature: if signs {
                commit.signature()
            } else {
                Signature::Awaited
            },
            misdated: self.ahead(lands.own),
            ..Meta::unsigned(identity(&commit.author), lands.own)
        }
    }

    /// Returns the date `own` of a commit if it is too far ahead of the clock.
    pub(super) fn ahead(&self, own: Timestamp) -> Option<Timestamp> {
        Some(own).filter(|own| is_ahead(*own, self.now))
    }

    /// Returns the `findings` of a commit, with the files that they are in.
    pub(super) fn found(
        &self,
        commit: CommitId,
        strict_commit: Option<&StrictCommit>,
        findings: Vec<Finding>,
        place: &ProjectPlace,
    ) -> Result<CommitFindings, ReadError> {
        // Only the files that the findings are about are kept, for the excerpts that are shown. The
        // walk goes on and changes the place.
        let files = findings.iter().map(|finding| finding.place.file.as_str());
        let entry = |file: &str| Some((file.to_owned(), place.snapshot.get(file)?.into_owned()));
        let mut snapshot = Snapshot::of(files.filter_map(entry).collect());
        snapshot.load_for(&findings, self.store)?;
        let author = strict_commit.map(|commit| commit.author.clone());
        let subject = strict_commit
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

/// Reports whether the rules of a state require signatures.
pub(super) fn demands_signatures(project: &crate::model::Project) -> bool {
    project
        .access
        .as_ref()
        .is_some_and(|access| access.signatures == Signatures::Required)
}
