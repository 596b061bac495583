//! What some ways of landing lose or replace.

use std::collections::{BTreeMap, BTreeSet};

use super::{Forward, Lander};
use crate::diag::{Code, Finding, Place as FindingPlace, Severity};
use crate::files::{ACCESS, SETTINGS};
use crate::model::{Identity, PolicyKey};
use crate::ops::range::asked::LandingWay;
use crate::ops::range::inputs::demands_signatures;

fn warning(message: impl Into<String>, help: &str) -> Finding {
    Finding::warning(Code::LANDING, FindingPlace::file(SETTINGS), message).help(help)
}

impl Lander<'_, '_> {
    /// Returns the warnings about what some ways of landing lose or replace.
    pub(super) fn warnings(&self, asked: Option<LandingWay>, forward: Forward) -> Vec<Finding> {
        let mut found = Vec::new();
        if let Forward::Replaces(merge) = forward
            && asked.is_none()
        {
            let message = format!(
                "the merge {} has the live branch as a later parent: a fast-forward to it would replace the live line",
                merge.short()
            );
            let help =
                "land it by a merge commit or a squash: envctl check --pin-policy --landing merge";
            found.push(warning(message, help));
        }
        // If no commit touches the project, nothing is lost.
        if self.authors.is_empty() {
            return found;
        }
        let project = &self.pull.place.state.project;
        if demands_signatures(project) {
            let lost = |ways: &[LandingWay]| asked.is_none_or(|asked| ways.contains(&asked));
            let signed = |message: &str, help: &str| Finding {
                place: FindingPlace::value(ACCESS, ["signatures"]),
                severity: match asked {
                    None => Severity::Warning,
                    Some(_) => Severity::Error,
                },
                ..warning(message, help)
            };
            if lost(&[LandingWay::Squash, LandingWay::Rebase]) {
                found.push(signed(
                    "a squash or a rebase makes new commits, without the signatures that are required",
                    "land it by a merge commit or a fast-forward: envctl check --pin-policy --landing merge",
                ));
            }
            if lost(&[LandingWay::Merge]) && self.net.origins.take_guarded() {
                found.push(signed(
                    "a merge of access or policies must be signed by whoever makes it, and a forge signs with its own key",
                    "let somebody who may change them make the merge with git, sign it, and push it",
                ));
            }
        }
        let remakes = [LandingWay::Squash, LandingWay::Rebase];
        if asked.is_none_or(|asked| remakes.contains(&asked)) && self.net.origins.take_overrides() {
            found.push(warning(
                "a squash or a rebase makes new commits, and so loses the overrides of these commits",
                "land it by a merge commit, made by somebody who may override, or by a fast-forward: envctl check --pin-policy --landing merge",
            ));
        }
        if asked.is_none_or(|asked| asked == LandingWay::Squash) && self.authorship_matters() {
            let persons = self.persons();
            if persons.len() > 1 {
                let message = format!(
                    "a squash has one author, and {} people made these commits: {}",
                    persons.len(),
                    persons.into_iter().collect::<Vec<_>>().join(", ")
                );
                let help = "land it by a merge commit: envctl check --pin-policy --landing merge; or make a pull request for each author";
                found.push(warning(message, help));
            }
        }
        found
    }

    /// Reports whether any rule depends on who did what.
    fn authorship_matters(&self) -> bool {
        let project = &self.pull.place.state.project;
        let separated = |key: PolicyKey| {
            project.environments.values().any(|environment| {
                crate::model::Kind::ALL
                    .iter()
                    .any(|kind| environment.policy.demands(*kind).switch(key))
            })
        };
        project.access.is_some() || separated(PolicyKey::SeparationOfDuties)
    }

    /// Returns the addresses of the authors, one for each person.
    fn persons(&self) -> BTreeSet<String> {
        let access = self.pull.place.state.project.access.as_ref();
        let mut persons: BTreeMap<String, String> = BTreeMap::new();
        for author in &self.authors {
            let member = Identity::new(&author.name, &author.email)
                .ok()
                .and_then(|who| Some(access?.member(who.email())?.0.to_string()));
            let person = member.unwrap_or_else(|| author.email.to_ascii_lowercase());
            persons
                .entry(person)
                .or_insert_with(|| author.email.clone());
        }
        persons.into_values().collect()
    }
}
