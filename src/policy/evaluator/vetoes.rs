//! Which versions are vetoed, and who wrote them.

use super::Evaluator;
use crate::model::{Entry, Identity, Project, VersionId, Vetoes};
use crate::policy::facts::Question;

impl<'a> Evaluator<'a> {
    /// Returns the vetoes that hold before the step; `None` if history has to be asked first.
    ///
    /// What an invalid `vetoes.toml` says is unknown. What it said last counts instead: to damage a file must not lift
    /// what is in it.
    pub(in crate::policy) fn vetoes_before(&mut self) -> Option<&'a Vetoes> {
        self.vetoes_of(self.step.before)
    }

    fn vetoes_of(&mut self, project: &'a Project) -> Option<&'a Vetoes> {
        if !project.unsound_vetoes {
            return Some(&project.vetoes);
        }
        self.knows(Question::SoundVetoes);
        self.step.facts.sound_vetoes()
    }

    /// Returns the veto that bars `id`: the version that it is on, and why.
    pub(in crate::policy) fn veto(&mut self, id: &VersionId) -> Option<(VersionId, String)> {
        let step = self.step;
        let version = step.after.version(id).or_else(|| step.before.version(id));
        let content = version.map(|version| version.content);
        // Those before the step, so that nobody lifts a veto in passing; those after it, so that nobody moves what they
        // veto in the same breath.
        let mut all = vec![self.vetoes_of(step.rules), self.vetoes_of(step.before)];
        all.push((!step.after.unsound_vetoes).then_some(&step.after.vetoes));
        all.into_iter().flatten().find_map(|vetoes| {
            let found = step.after.barred_by(vetoes, id, content);
            let (on, veto) = found.or_else(|| step.before.barred_by(vetoes, id, content))?;
            Some((on.clone(), veto.reason.as_str().to_owned()))
        })
    }

    /// Returns who published each version of the project with the bytes of `id`; `None` for one whose author is unknown.
    pub(in crate::policy) fn authors(&mut self, id: &VersionId) -> Vec<Option<Identity>> {
        let step = self.step;
        let version = step.before.version(id).or_else(|| step.after.version(id));
        let Some(version) = version else {
            return vec![None];
        };
        let content = version.content;
        let mut same: Vec<_> = vec![(id.clone(), version.extension.clone())];
        // Versions with the same bytes and another name were written by the same people, whoever copied them.
        for (resource, numbers) in &step.before.versions {
            let alike = numbers.iter().filter(|(_, of)| of.content == content);
            same.extend(alike.map(|(number, of)| (resource.at(*number), of.extension.clone())));
        }
        same.sort();
        same.dedup();
        let mut authors = Vec::new();
        for (id, extension) in same {
            if step.before.version(&id).is_none() {
                authors.push(step.actor(&Entry::Version(id)).cloned());
                continue;
            }
            self.knows(Question::Publisher(id.clone(), extension));
            authors.push(step.facts.publisher(&id).cloned());
        }
        authors
    }
}
