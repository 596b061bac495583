use super::course::served;
use super::{History, ReadError};
use crate::files::{OwnedPath, without_credentials};
use crate::model::{CommitId, EnvironmentSlug, Extension, Identity, Resource, VersionNumber};
use crate::plan::reason_of;
use crate::policy::{Lifeline, Lived, Made, Span, Until};
use crate::store::{PathHistory, PathStep};

/// The most characters of a reason that a sentence repeats.
const LONGEST: usize = 120;

impl History<'_> {
    /// Returns what was live of `resource` in every environment that was `environment`, back to the commit that first
    /// published a number, whose file ends as `published` says.
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
        let [pointers, marker, version] = [
            OwnedPath::Pointers(environment.clone()),
            OwnedPath::Environment(environment.clone()),
            OwnedPath::Version(resource.clone(), *number, extension.clone()),
        ]
        .map(|path| path.to_string());
        let mut found = Lifeline::default();
        let line = self.line().first_parents();
        let paths = [&*pointers, &*marker, &*version];
        let files = self
            .store()
            .path_history_from(line, self.end(), self.folder(), &paths)?;
        let (Some(mut files), Some((mut newer, _))) = (files, self.line().get(self.end())) else {
            return Ok(found);
        };
        let mut lived = self.lived(&pointers, &files, resource)?;
        for (place, (older, _)) in self.line().iter().enumerate().skip(self.end() + 1) {
            if let Some(joined) = self.known_lifeline(environment, resource, place - 1, *number) {
                found.spans.extend(joined.spans);
                found.until = joined.until;
                self.remember_lifeline(environment, resource, &found);
                return Ok(found);
            }
            let step = files.older()?;
            let before = match step {
                Some(PathStep::Changed) => self.lived(&pointers, &files, resource)?,
                _ => lived,
            };
            if before != lived {
                let commit = Some(newer);
                found.spans.push(Span { lived, commit });
                lived = before;
            }
            if files.contents().nth(2).flatten().is_none() {
                let commit = None;
                found.spans.push(Span { lived, commit });
                found.until = Until::Published(*number);
                self.remember_lifeline(environment, resource, &found);
                return Ok(found);
            }
            newer = older;
        }
        let begun = Span {
            lived,
            commit: Some(newer),
        };
        let before = Span {
            lived: Lived::NoEnvironment,
            commit: None,
        };
        found.spans.extend([begun, before]);
        self.remember_lifeline(environment, resource, &found);
        Ok(found)
    }

    /// Returns what was live of `resource` where `files` are: its pointers, and the file of the environment.
    fn lived(
        &self,
        pointers: &str,
        files: &PathHistory<'_>,
        resource: &Resource,
    ) -> Result<Lived, ReadError> {
        let there = served(self.store(), pointers, files)?;
        Ok(there.map_or(Lived::NoEnvironment, |there| {
            Lived::of(there.get(resource).copied())
        }))
    }

    /// Returns who moved the pointer to `resource` in `environment` with `commit`, a commit of the line.
    ///
    /// # Errors
    ///
    /// When a commit cannot be read.
    pub(super) fn made(
        &self,
        commit: CommitId,
        environment: &EnvironmentSlug,
        resource: &Resource,
    ) -> Result<Made, ReadError> {
        let setter = self.setter(commit, environment, resource)?;
        let attested = self.store().attested(setter)?.ok();
        let author = attested
            .and_then(|attested| Identity::new(&attested.author.name, &attested.author.email).ok());
        let reason = reason_of(&self.store().commit(setter)?.message);
        Ok(Made {
            author,
            at: self.store().commit(commit)?.committer.at,
            reason: reason.as_deref().and_then(first_line),
        })
    }
}

/// Returns the first line of `reason` as a sentence repeats it: without what may be a credential, and cut where it is long.
fn first_line(reason: &str) -> Option<String> {
    let line = reason.lines().next()?;
    let shown = without_credentials(line);
    let mut line: String = shown.chars().take(LONGEST).collect();
    if shown.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    Some(line.trim_end_matches('.').to_owned())
}
