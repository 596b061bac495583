//! A commit of the live line that changes the project.

use super::{Stop, Walk};
use crate::check::{Meta, Report, Transition, check_transition};
use crate::files::State;
use crate::model::ContentId;
use crate::ops::ReadError;
use crate::ops::range::branch::Branch;
use crate::ops::range::inputs::{RangeInputs, demands_signatures};
use crate::ops::range::report::without;
use crate::policy::{Facts, Origins, PastFacts as _};

impl<'b, 's> Walk<'b, 's> {
    /// Judges a commit that changes the project's folder to `tree`.
    pub(super) fn change(
        &mut self,
        stop: &Stop<'_>,
        tree: Option<ContentId>,
        branch: &mut Branch<'_, '_>,
    ) -> Result<(), ReadError> {
        let RangeInputs { store, .. } = *self.inputs;
        self.judged += 1;
        self.signed &= demands_signatures(&self.rules().project);
        let strict_commit = match store.strict_commit(stop.commit)? {
            Ok(strict_commit) => Some(strict_commit),
            Err(why) => {
                let finding = self.inputs.malformed_commit(&self.place, tree, &why);
                branch.findings.push(self.inputs.found(
                    stop.commit,
                    None,
                    vec![finding],
                    &self.place,
                )?);
                None
            }
        };
        let (moved, tree) = match stop.parent {
            Some(parent) => self.place.follow(store, (parent, stop.commit), tree)?,
            None => (false, tree),
        };
        let before = self.place.state.clone();
        // A tree that cannot be read one way only is a finding, and the walk stays at the state
        // before it: the next commit is compared with that, so nothing that hides behind the
        // malformed tree goes unjudged.
        if let Err(error) = self.place.advance(store, tree) {
            let finding = self.inputs.malformed_tree(error)?;
            branch.findings.push(self.inputs.found(
                stop.commit,
                strict_commit.as_ref(),
                vec![finding],
                &self.place,
            )?);
            return Ok(());
        }
        let origins = self.origins(stop, (&before, moved), branch)?;
        // What is wrong with the state before is known from the step before, if that was judged; it
        // is found anew otherwise.
        let known = self.wrong.take();
        if let Some(strict_commit) = &strict_commit {
            self.wrong = known;
            let rules = self.terms.rules.as_ref().unwrap_or(&before);
            let signs = !self.terms.drafted && demands_signatures(&rules.project);
            let meta = Meta {
                moved,
                overtaken: stop.overtaken,
                ..self.inputs.meta(strict_commit, stop.lands, signs)
            };
            let report = self.report(&before, &meta, origins.as_ref())?;
            self.wrong = Some(report.wrong);
            // A merge repeats the findings of the commits that it brings. Each is reported once, at
            // the commit that caused it.
            let new = without(report.introduced, &branch.findings);
            if !new.is_empty() {
                branch.findings.push(self.inputs.found(
                    stop.commit,
                    Some(strict_commit),
                    new,
                    &self.place,
                )?);
            }
        }
        Ok(())
    }

    fn origins(
        &self,
        stop: &Stop<'_>,
        (before, moved): (&State, bool),
        branch: &mut Branch<'_, '_>,
    ) -> Result<Option<Origins>, ReadError> {
        match stop.parent {
            Some(parent) if !stop.others.is_empty() => {
                let (before, after) = (&before.project, &self.place.state.project);
                let mut origins = branch.origins((parent, before), stop.others, after)?;
                if moved {
                    branch.explain_move(&mut origins, stop.others, &self.place.folder)?;
                }
                Ok(Some(origins))
            }
            _ => Ok(None),
        }
    }

    fn report(
        &mut self,
        before: &State,
        meta: &Meta,
        origins: Option<&Origins>,
    ) -> Result<Report, ReadError> {
        let stand = self.terms.stand(origins);
        let (after, wrong_before) = (&self.place.state, self.wrong.as_deref());
        let mut facts = Facts::on_reception(self.reception.clone());
        self.past.judge(&mut facts, |facts| {
            check_transition(&Transition {
                before,
                after,
                meta,
                wrong_before,
                published: None,
                facts,
                stand,
            })
        })
    }
}
