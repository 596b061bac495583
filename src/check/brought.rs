use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::diag::Finding;
use crate::diag::bounded::BoundedFindings;
use crate::files::{OwnedPath, ParsedPayload, State};
use crate::model::{Changes, Configuration, EnvironmentSlug, Kind, Project, VersionId};
use crate::policy::{Facts, Question, Release};

/// What the versions say that a step brings: those that are new or have changed, and those that it makes live
/// or asks to make live. Whatever is about to be served is checked again, since it may have been committed
/// without envctl.
#[derive(Clone, Debug, Default)]
pub(super) struct Brought {
    /// What is wrong with them.
    pub(super) findings: Vec<Finding>,
    /// What the valid rules and providers among them say, unless the state after the step has it already.
    pub(super) configuration: Configuration,
}

impl Brought {
    /// Looks at what the step from `before` to `after` brings.
    ///
    /// # Errors
    ///
    /// The questions for those payloads that `facts` do not contain. No payload is skipped: one that is not
    /// known would otherwise pass as valid.
    pub(super) fn of(
        before: &Project,
        after: &State,
        (changes, releases): (&Changes, &[(EnvironmentSlug, Release)]),
        facts: &Facts,
    ) -> Result<Self, Vec<Question>> {
        let (mut brought, mut findings) = (Self::default(), BoundedFindings::default());
        let mut questions = Vec::new();
        for id in versions(before, &after.project, changes, releases) {
            // A missing version is a finding of another rule.
            let Some(version) = after.project.version(&id) else {
                continue;
            };
            // Live rules and providers are part of every state, so they are checked with it, and
            // their findings are in it.
            if after.configuration.holds(&id) {
                continue;
            }
            let (kind, content) = (id.resource.kind, version.content);
            match facts.payload(kind, content) {
                None => questions.push(Question::Payload(kind, content)),
                Some(ParsedPayload::Prompt) => {}
                Some(ParsedPayload::Rule(rule)) => {
                    brought.configuration.rules.insert(id, rule.clone());
                }
                Some(ParsedPayload::Provider(provider)) => {
                    brought.configuration.providers.insert(id, provider.clone());
                }
                Some(wrong @ ParsedPayload::Wrong(_)) => {
                    let path = OwnedPath::of_version(&after.project, &id);
                    let path = path.map(|path| path.to_string()).unwrap_or_default();
                    findings.extend(wrong.findings(&path));
                }
            }
        }
        // All unknown payloads are asked for in one round. Findings made so far are dropped: the
        // judge asks again with the answers.
        if !questions.is_empty() {
            return Err(questions);
        }
        brought.findings = findings.into_findings();
        Ok(brought)
    }

    /// Returns what all rules and providers say that are `live` or brought by the step.
    // Most steps bring none: then the live ones need not be copied.
    pub(super) fn beside<'c>(&self, live: &'c Configuration) -> Cow<'c, Configuration> {
        if self.configuration == Configuration::default() {
            return Cow::Borrowed(live);
        }
        let mut all = live.clone();
        all.rules.extend(self.configuration.rules.clone());
        all.providers.extend(self.configuration.providers.clone());
        Cow::Owned(all)
    }
}

/// Returns the versions whose payloads the step brings. Of moves only prompts are looked up, since live rules
/// and providers are read with every state.
fn versions(
    before: &Project,
    after: &Project,
    changes: &Changes,
    releases: &[(EnvironmentSlug, Release)],
) -> BTreeSet<VersionId> {
    let asked = releases.iter().filter_map(|(_, release)| match release {
        Release::Requested { moves, .. } => Some(moves),
        _ => None,
    });
    let asked = asked
        .flatten()
        .filter_map(|moved| Some(moved.resource.at(moved.after?)));
    let moved = changes
        .moves
        .iter()
        .filter(|moved| moved.resource.kind == Kind::Prompts)
        .filter_map(|moved| Some(moved.resource.at(moved.after?)));
    let published = changes.published.iter().cloned();
    published
        .chain(altered(before, after))
        .chain(moved)
        .chain(asked)
        .collect()
}

/// Returns the versions that were published before and have another file or other bytes now.
// A large project has tens of thousands of versions, and most steps change none. Comparing the
// shared tables first makes an ordinary step independent of their number.
fn altered(before: &Project, after: &Project) -> Vec<VersionId> {
    if before.versions.is_copy_of(&after.versions) {
        return Vec::new();
    }
    let mut altered = Vec::new();
    for (resource, numbers) in &after.versions {
        let Some(known) = before.versions.get(resource) else {
            continue;
        };
        if known == numbers {
            continue;
        }
        let other = numbers
            .iter()
            .filter(|(number, version)| known.get(number).is_some_and(|known| known != *version));
        altered.extend(other.map(|(number, _)| resource.at(*number)));
    }
    altered
}
