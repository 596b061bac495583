use super::{History, ReadError};
use crate::files::{OwnedPath, without_credentials};
use crate::model::{
    CommitId, EnvironmentSlug, Extension, Identity, Resource, VersionNumber, reason_of,
};
use crate::policy::{Lifeline, Made};

/// The most characters of a reason that a sentence repeats.
const LONGEST: usize = 120;

impl History<'_> {
    /// Returns what was live of `resource` in every environment with the slug `environment`, back
    /// to the commit that first published a number, whose file ends as `published` says.
    ///
    /// # Errors
    ///
    /// When the history cannot be read.
    pub(super) fn lifeline(
        &self,
        environment: &EnvironmentSlug,
        resource: &Resource,
        published: &(VersionNumber, Extension),
    ) -> Result<Lifeline, ReadError> {
        let (number, extension) = published;
        let version = OwnedPath::Version(resource.clone(), *number, extension.clone()).to_string();
        let Some(mut course) = self.course(environment)? else {
            return Ok(Lifeline::default());
        };
        let asked = (resource, *number, &*version);
        let found = course.lifeline(self.store(), self.line(), self.end(), asked)?;
        self.keep(environment, course);
        Ok(found)
    }

    /// Returns who moved the pointer to `resource` in `environment` with `commit`, a commit of the
    /// line. Without a resource, returns who made that commit.
    ///
    /// # Errors
    ///
    /// When a commit cannot be read.
    pub(super) fn made(
        &self,
        commit: CommitId,
        environment: &EnvironmentSlug,
        resource: Option<&Resource>,
    ) -> Result<Made, ReadError> {
        let setter = match resource {
            Some(resource) => self.setter(commit, environment, resource)?,
            None => commit,
        };
        let strict_commit = self.store().strict_commit(setter)?.ok();
        let author = strict_commit.and_then(|strict_commit| {
            Identity::new(&strict_commit.author.name, &strict_commit.author.email).ok()
        });
        let reason = reason_of(&self.store().commit(setter)?.message);
        Ok(Made {
            author,
            at: self.store().commit(commit)?.committer.at,
            reason: reason.as_deref().and_then(first_line),
        })
    }
}

/// Returns the first line of `reason` for use in a sentence: without possible credentials, and
/// shortened if it is long.
fn first_line(reason: &str) -> Option<String> {
    let line = reason.lines().next()?;
    let shown = without_credentials(line);
    let mut line: String = shown.chars().take(LONGEST).collect();
    if shown.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    Some(line.trim_end_matches('.').to_owned())
}
