use std::collections::BTreeSet;

use crate::diag::{Finding, Severity};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, VersionId};
use crate::policy::Release;

/// The files that decide about what a step moves, or asks to move.
///
/// What is wrong with one of them is wrong with the move, too, however long it has been wrong: rules that nobody can read
/// are no reason to let something pass.
#[derive(Clone, Debug, Default)]
pub(super) struct Deciding {
    environments: BTreeSet<EnvironmentSlug>,
    versions: BTreeSet<VersionId>,
}

impl Deciding {
    /// Returns the files that decide about `releases`.
    pub(super) fn of(releases: &[(EnvironmentSlug, Release)]) -> Self {
        let mut deciding = Self::default();
        for (slug, release) in releases {
            let moves = match release {
                Release::Direct(moves)
                | Release::Past(moves)
                | Release::Approved(moves)
                | Release::Tampered(moves) => vec![moves],
                Release::Requested { moves, beside } => vec![moves, beside],
                Release::Closed(_) => continue,
            };
            let mut moves = moves.into_iter().flatten().peekable();
            if moves.peek().is_some() {
                deciding.environments.insert(slug.clone());
            }
            let brought = moves.filter_map(|moved| Some(moved.resource.at(moved.after?)));
            deciding.versions.extend(brought);
        }
        deciding
    }

    /// Returns those of `unread`, which is wrong with the state that has the rules, that leave open what these say.
    pub(super) fn unread(&self, unread: &[Finding]) -> Vec<Finding> {
        let open = |finding: &&Finding| {
            finding.severity == Severity::Error && self.has_rules(&finding.place.file)
        };
        let help = "mend it in a commit of its own: until then nobody can tell what the rules say of a move";
        let told = |finding: &Finding| finding.clone().help(help);
        unread.iter().filter(open).map(told).collect()
    }

    /// Reports whether `finding`, which the step leaves as it was, is wrong with what a move rests on.
    pub(super) fn bears(&self, finding: &Finding) -> bool {
        if self.environments.is_empty() || finding.severity != Severity::Error {
            return false;
        }
        let file = finding.place.file.as_str();
        match OwnedPath::parse(file) {
            Some(Ok(OwnedPath::Version(resource, number, _))) => {
                self.versions.contains(&resource.at(number))
            }
            _ => self.has_rules(file),
        }
    }

    /// Reports whether `finding` is about the project's settings, or about what is live or waits where something moves.
    pub(super) fn surrounds(&self, finding: &Finding) -> bool {
        let about = match OwnedPath::parse(&finding.place.file) {
            Some(Ok(OwnedPath::Settings)) => true,
            Some(Ok(OwnedPath::Pointers(slug) | OwnedPath::Pending(slug))) => {
                self.environments.contains(&slug)
            }
            _ => false,
        };
        about && finding.severity == Severity::Error
    }

    /// Reports whether `file` says what rules a move is judged by, and who may make it.
    fn has_rules(&self, file: &str) -> bool {
        match OwnedPath::parse(file) {
            Some(Ok(OwnedPath::Access)) => !self.environments.is_empty(),
            Some(Ok(OwnedPath::Environment(slug))) => self.environments.contains(&slug),
            _ => false,
        }
    }
}
