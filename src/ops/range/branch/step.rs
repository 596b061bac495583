//! One step of a branch: what the judge says of it, and who set what after it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Branch;
use crate::check::{Meta, Stand, Transition, check_transition};
use crate::model::{Entry, EnvironmentSlug};
use crate::ops::ReadError;
use crate::ops::range::branch::setters::{BranchStep, own, settle};
use crate::ops::range::inputs::demands_signatures;
use crate::ops::range::pasts::PastOf;
use crate::policy::{Facts, MoveKind, Origin, PastFacts as _, Question, Request};
use crate::store::StrictCommit;

impl<'b, 's> Branch<'b, 's> {
    /// Judges one commit, and records in `set` who set what after it.
    pub(super) fn step(
        &mut self,
        step: &BranchStep<'_>,
        strict_commit: Option<&StrictCommit>,
        set: &mut BTreeMap<Entry, Origin>,
    ) -> Result<(), ReadError> {
        let signs = demands_signatures(&self.live.project);
        let meta = match strict_commit {
            Some(strict_commit) => self.inputs.meta(strict_commit, self.lands, signs),
            None => Meta::unsigned(None, self.lands.own),
        };
        let meta = Meta {
            moved: step.moved,
            ..meta
        };
        // The past ends with the parent on the branch, and not with what is live: a request and its
        // approval may both be made on the branch, and who asked is found only there.
        let mut past = PastOf {
            pasts: &mut self.pasts,
            tip: step.on,
            folder: step.folder,
        };
        let mut facts = Facts::default();
        let stand = Stand::Branch {
            live: &self.live.project,
            origins: step.origins,
        };
        let (before, after) = (step.before, &*step.after.state);
        let report = past.judge(&mut facts, |facts| {
            check_transition(&Transition {
                before,
                after,
                meta: &meta,
                wrong_before: None,
                published: None,
                facts,
                stand,
            })
        })?;
        // The origin of an approved pointer includes its request, for the judge of the merge to
        // compare. Asked only for environments in which this commit approves something, since each
        // answer takes a walk through the past.
        self.moves |= !report.judged.is_empty();
        let approves = report
            .judged
            .iter()
            .filter(|judged| judged.kind == MoveKind::Approved);
        let mut requests: BTreeMap<EnvironmentSlug, Option<Request>> = BTreeMap::new();
        for slug in approves.map(|judged| judged.moved.environment.clone()) {
            let question = Question::Request(slug.clone());
            if !facts.answer(&question) {
                past.answer(&[question], &mut facts)?;
            }
            requests.insert(slug.clone(), facts.request(&slug).cloned());
        }
        // An unknown date counts as long ago, so that a request or an approval gains nothing from
        // it.
        let at = strict_commit.map_or(Timestamp::MIN, |strict_commit| strict_commit.committer.at);
        // A commit whose author is unknown has its finding already. Findings that follow from the
        // missing author would only repeat it.
        if strict_commit.is_some() && !report.introduced.is_empty() {
            let found = self.inputs.found(
                step.commit,
                strict_commit,
                report.introduced.clone(),
                step.after,
            )?;
            self.findings.push(found);
        }
        settle(step, set, |entry| {
            own((step.commit, at), &meta, &report, &requests, entry)
        });
        Ok(())
    }
}
