use std::collections::BTreeSet;

use crate::diag::{Finding, Severity};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, VersionId};
use crate::policy::Release;

/// The files that decide about what a step moves, or asks to move.
///
/// An error in one of them counts against the move, however old the error is: rules that cannot be read must
/// not let anything pass.
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
                // Rejecting or withdrawing makes nothing live, so it must be possible whatever is
                // broken: it may be the way out.
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

    /// Returns the findings of `unread` that leave open what the rules of these files are. `unread` are the
    /// findings of the state whose rules apply.
    pub(super) fn unread(&self, unread: &[Finding]) -> Vec<Finding> {
        let open = |finding: &&Finding| {
            finding.severity == Severity::Error && self.has_rules(&finding.place.file)
        };
        let help = "fix it in a separate commit; until then, the rules for a move are unknown";
        let with_help = |finding: &Finding| finding.clone().help(help);
        unread.iter().filter(open).map(with_help).collect()
    }

    /// Reports whether anything moves, or is asked to.
    pub(super) fn has_moves(&self) -> bool {
        !self.environments.is_empty()
    }

    /// Returns the findings of `unread` that leave open which versions are vetoed.
    pub(super) fn unread_vetoes(&self, unread: &[Finding]) -> Vec<Finding> {
        let help = "fix it in a separate commit; until then, nothing moves but what goes back to what was live right before";
        let of_vetoes = |finding: &&Finding| {
            finding.severity == Severity::Error
                && OwnedPath::parse(&finding.place.file) == Some(Ok(OwnedPath::Vetoes))
        };
        let with_help = |finding: &Finding| finding.clone().help(help);
        unread.iter().filter(of_vetoes).map(with_help).collect()
    }

    /// Reports whether `finding`, which the step leaves as it was, is in a file that the step's moves depend
    /// on.
    pub(super) fn decides(&self, finding: &Finding) -> bool {
        if self.environments.is_empty() || finding.severity != Severity::Error {
            return false;
        }
        let file = finding.place.file.as_str();
        match OwnedPath::parse(file) {
            // A version with an error must not begin to be served.
            Some(Ok(OwnedPath::Version(resource, number, _))) => {
                self.versions.contains(&resource.at(number))
            }
            _ => self.has_rules(file),
        }
    }

    /// Reports whether `finding` is about the project's settings, or about the pointers or the request of an
    /// environment where something moves. Such a finding stands in the way of a return as well.
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

    /// Reports whether `file` contains rules that a move is judged by, or says who may make it.
    fn has_rules(&self, file: &str) -> bool {
        match OwnedPath::parse(file) {
            // access.toml decides about every move.
            Some(Ok(OwnedPath::Access)) => !self.environments.is_empty(),
            Some(Ok(OwnedPath::Environment(slug))) => self.environments.contains(&slug),
            _ => false,
        }
    }
}
