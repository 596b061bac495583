use crate::check::meta::Meta;
use crate::diag::Finding;
use crate::model::{Configuration, Entry, EnvironmentSlug, Project};
use crate::policy::{Denial, Judged, Release, Step};

/// The step from one state to the next, as rules see it.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The state before.
    pub before: &'a Project,
    /// The state after.
    pub after: &'a Project,
    /// The state whose versions are immutable.
    pub published: &'a Project,
    /// What the rules and providers say that are live in the state after, or requested there.
    pub configuration: &'a Configuration,
    /// What could not be read of the state before.
    pub unread: &'a [Finding],
    /// What happens in each environment to its pointers and its pending release.
    pub releases: Vec<(EnvironmentSlug, Release)>,
    /// What the policies say about every move.
    pub judged: &'a [Judged],
    /// What was done by people who were not allowed to.
    pub denials: &'a [Denial],
    /// Entries whose value in a merge occurs on none of its sides.
    pub unexplained: &'a [Entry],
    /// Whether it is a merge that takes everything from its sides, so that nobody else answers for it.
    pub adds_nothing: bool,
    /// Who takes the step, and when.
    pub meta: &'a Meta,
    /// The state whose rules apply.
    pub rules: &'a Project,
    /// The step, as policies judge it.
    pub step: &'a Step<'a>,
}
