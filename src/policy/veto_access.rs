//! Who may veto a version, and who may lift a veto.

use std::collections::BTreeSet;

use super::access_check::AccessCheck;
use super::denial::Missing;
use super::evaluator::Evaluator;
use super::facts::Question;
use super::timeline::{Reach, Timeline};
use crate::model::{ContentId, Entry, EnvironmentSlug, Identity, Permission, Resource, VersionId};

impl AccessCheck<'_> {
    /// Notes the denials of a change of the veto on `id`, or of a comment on it.
    pub(super) fn veto(&mut self, entry: &Entry, id: &VersionId) {
        let mut evaluator = Evaluator::new(self.step);
        let exists = evaluator
            .vetoes_before()
            .is_some_and(|vetoes| vetoes.contains_key(id));
        if exists {
            self.need_person(entry, None);
            self.lift(&mut evaluator, entry, id);
        } else {
            self.need(entry, Permission::to_review(id.resource.kind), None);
            for slug in served(&mut evaluator, id) {
                self.need(entry, Permission::ManagePolicies, Some(&slug));
            }
        }
        self.open.extend(evaluator.open());
    }

    /// Notes those who answer for `entry` and may neither lift nor change the veto on `id`.
    ///
    /// Whoever made it may, since it was their doubt. But an author of the version may not, or they could veto their own
    /// version before anybody else does, and lift that at will.
    fn lift(&mut self, evaluator: &mut Evaluator<'_>, entry: &Entry, id: &VersionId) {
        for (who, merged) in self.answering(entry) {
            if self.may(who, Permission::Override, None) {
                continue;
            }
            evaluator.knows(Question::Vetoed(id.clone()));
            let step = self.step;
            let creator = step
                .facts
                .vetoed(id)
                .and_then(|setter| setter.author.as_ref());
            let same = |one: &Identity| who.is_some_and(|who| step.is_same_person(one, who));
            let authors = evaluator.authors(id);
            let is_author = authors
                .iter()
                .any(|author| author.as_ref().is_none_or(same));
            if !creator.is_some_and(same) || is_author {
                self.note_of(entry, (who.cloned(), merged), Missing::Lift, None);
            }
        }
    }
}

/// Returns the production environments that serve the bytes of `id`, or did immediately before.
fn served(evaluator: &mut Evaluator<'_>, id: &VersionId) -> Vec<EnvironmentSlug> {
    let step = evaluator.step;
    let project = step.before;
    let content = |id: &VersionId| -> Option<ContentId> {
        let version = project.version(id).or_else(|| step.after.version(id))?;
        Some(version.content)
    };
    let bytes = content(id);
    let is_it = |other: &VersionId| other == id || (bytes.is_some() && content(other) == bytes);
    let production = |slug: &&EnvironmentSlug| {
        [step.rules, project]
            .iter()
            .any(|project| project.serves_production(slug))
    };
    // Only what ever had these bytes can have served them.
    let mut resources: BTreeSet<&Resource> = project
        .versions
        .iter()
        .filter(|(_, numbers)| numbers.values().any(|of| Some(of.content) == bytes))
        .map(|(resource, _)| resource)
        .collect();
    resources.insert(&id.resource);
    let mut places = Vec::new();
    for slug in project.environments.keys().filter(production) {
        let mut serves = project
            .live_in(slug)
            .any(|(resource, number)| is_it(&resource.at(number)));
        for resource in &resources {
            if serves {
                break;
            }
            let timeline = evaluator.timeline(slug, resource, Reach::Stretches(1));
            let previous = timeline.and_then(Timeline::previous).flatten();
            serves = previous.is_some_and(|number| is_it(&resource.at(number)));
        }
        if serves {
            places.push(slug.clone());
        }
    }
    places
}
