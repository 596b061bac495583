//! One file a rule: its facts, its wording, its unit tests. What a rule means to people is in `src/diag/codes/<code>.md`,
//! and `fixtures/rules/<code>/` holds states that keep it and states that break it.

mod display_order;
mod pending_release;
mod pointer;
mod policy_source;
mod required_source;
mod roles;
mod system_environments;
mod version_immutable;
mod version_sequence;

use crate::diag::{Code, Finding};
use crate::model::Project;

/// A rule that the judge applies.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The code of its findings.
    pub code: Code,
    /// What it looks at.
    pub scope: Scope,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// A state by itself.
    State(fn(&Project, &mut Vec<Finding>)),
    /// The step from one state to the next.
    Change(fn(&Project, &Project, &mut Vec<Finding>)),
}

/// Every rule, by its code. What a file says wrongly by itself is found while it is read, in [`crate::files`].
pub const RULES: &[Rule] = &[
    Rule { code: Code::DEFAULT_PUBLISH, scope: Scope::State(roles::default_publish) },
    Rule { code: Code::DISPLAY_ORDER, scope: Scope::State(display_order::judge) },
    Rule { code: Code::GATEWAY_FALLBACK, scope: Scope::State(roles::gateway_fallback) },
    Rule { code: Code::PENDING_RELEASE, scope: Scope::State(pending_release::judge) },
    Rule { code: Code::POINTER, scope: Scope::State(pointer::judge) },
    Rule { code: Code::POLICY_SOURCE, scope: Scope::State(policy_source::judge) },
    Rule { code: Code::REQUIRED_SOURCE, scope: Scope::Change(required_source::judge) },
    Rule { code: Code::SYSTEM_ENVIRONMENTS, scope: Scope::State(system_environments::judge) },
    Rule { code: Code::VERSION_IMMUTABLE, scope: Scope::Change(version_immutable::judge) },
    Rule { code: Code::VERSION_SEQUENCE, scope: Scope::State(version_sequence::judge) },
];
