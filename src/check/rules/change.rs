use crate::check::meta::Meta;
use crate::diag::Finding;
use crate::model::{Configuration, Entry, EnvironmentSlug, Project};
use crate::policy::{Denial, Judged, Release};

/// The step from one state to the next, as rules look at it.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The state before.
    pub before: &'a Project,
    /// The state after.
    pub after: &'a Project,
    /// The state whose versions are immutable.
    pub published: &'a Project,
    /// What the rules and providers say that are live in the state after, or are asked to be.
    pub configuration: &'a Configuration,
    /// What could not be read of the state before.
    pub unread: &'a [Finding],
    /// What happens in each environment to its pointers and to the release that waits there.
    pub releases: Vec<(EnvironmentSlug, Release)>,
    /// What the policies say of every move.
    pub judged: &'a [Judged],
    /// What was done by people who may not.
    pub denials: &'a [Denial],
    /// What a merge says and no side of it does.
    pub unexplained: &'a [Entry],
    /// Whether it is a merge that takes everything from its sides.
    pub adds_nothing: bool,
    /// Who takes the step, and what proves it.
    pub meta: &'a Meta,
    /// The state whose rules hold.
    pub rules: &'a Project,
}
