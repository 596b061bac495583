//! May this move happen? The one evaluator of an environment's `[policy]`.
//!
//! So far it knows `required_source`, the one rule that the state alone can answer. Every other rule of a policy rests on
//! history; until it is here, its key is refused as unknown rather than read and not enforced.

use crate::model::{EnvironmentSlug, Move, Policy, Project};

/// What one rule says of one move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The rule is kept.
    Pass,
    /// The version is not live in the environment that the policy requires.
    NotInSource {
        /// The environment that is required.
        source: EnvironmentSlug,
    },
}

/// Judges `moved` by the policy of its environment, read from the state `before` it, or from `after` where the move comes
/// with the environment itself.
///
/// Taking a pointer away is never a question of its source.
pub fn judge(moved: &Move, before: &Project, after: &Project) -> Verdict {
    let policy = policy_of(&moved.environment, before).or_else(|| policy_of(&moved.environment, after));
    let source = policy.and_then(|policy| policy.demands(moved.resource.kind).required_source);
    match (source, moved.after) {
        (Some(source), Some(_)) if before.live(source, &moved.resource) != moved.after => {
            Verdict::NotInSource { source: source.clone() }
        }
        _ => Verdict::Pass,
    }
}

fn policy_of<'p>(environment: &EnvironmentSlug, project: &'p Project) -> Option<&'p Policy> {
    project.environments.get(environment).map(|environment| &environment.policy)
}
