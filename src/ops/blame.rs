use std::rc::Rc;

use jiff::Timestamp;

use super::account::{Account, Accounts};
use super::evidence::CheckRecord;
use super::{History, ReadError, Session, View};
use crate::model::{EnvironmentSlug, Project, Resource, VersionId};
use crate::policy::{Facts, Question, Reach};
use crate::store::CommitRecord;

/// Since when, by whom and why one pointer has its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blamed {
    /// The environment.
    pub environment: EnvironmentSlug,
    /// The version that is live there.
    pub version: VersionId,
    /// Since when it has been live without a break: the effective time of [`Blamed::commit`].
    pub since: Timestamp,
    /// The commit of the first-parent line with which it went live.
    pub commit: Rc<CommitRecord>,
    /// Who set it, and who approved it.
    pub account: Account,
    /// What checks say about the version.
    pub checks: Vec<CheckRecord>,
}

impl Blamed {
    /// Reports whether a merge brought it. Then the commit that set it differs from the one with
    /// which it became live.
    pub fn is_merged(&self) -> bool {
        self.commit.id != self.account.origin.id
    }
}

/// Returns since when, by whom and why the versions that are live in `environments` of `view` are
/// live. Only `resources` are included, unless there are none.
///
/// History is walked once per environment, back to the beginning of its oldest stretch and no
/// further.
///
/// # Errors
///
/// When the history is shallow, altered, or cannot be read.
pub fn blame(
    session: &Session,
    view: &View,
    environments: &[EnvironmentSlug],
    resources: &[Resource],
) -> Result<Vec<Blamed>, ReadError> {
    let history = session.history(view.commit)?;
    let accounts = Accounts::new(session, &history);
    let mut blamed = Vec::new();
    for environment in environments {
        let live = view
            .state
            .project
            .live_in(environment)
            .map(|(resource, _)| resource);
        let wanted: Vec<&Resource> = live
            .filter(|live| resources.is_empty() || resources.contains(live))
            .collect();
        let project = &view.state.project;
        blamed.extend(blame_environment(
            (&history, project),
            &accounts,
            environment,
            &wanted,
        )?);
    }
    Ok(blamed)
}

fn blame_environment(
    (history, project): (&History<'_>, &Project),
    accounts: &Accounts<'_>,
    environment: &EnvironmentSlug,
    resources: &[&Resource],
) -> Result<Vec<Blamed>, ReadError> {
    let question = |resource: &&Resource| Question::Live {
        environment: environment.clone(),
        resource: (*resource).clone(),
        reach: Reach::Stretches(1),
    };
    let questions: Vec<Question> = resources.iter().map(question).collect();
    let mut facts = Facts::default();
    history.answer(&questions, &mut facts)?;
    let mut blamed = Vec::new();
    for resource in resources {
        let Some(stretch) = facts
            .timeline(environment, resource)
            .and_then(|timeline| timeline.current())
        else {
            continue;
        };
        let Some(number) = stretch.live else { continue };
        blamed.push(Blamed {
            environment: environment.clone(),
            checks: history.checks(project, &resource.at(number))?,
            version: resource.at(number),
            since: stretch.since,
            commit: accounts.record(stretch.commit)?,
            account: accounts.of(stretch.commit, environment, resource)?,
        });
    }
    Ok(blamed)
}
