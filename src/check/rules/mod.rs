//! One file a rule: its facts, its wording, its unit tests. What a rule means to people is in `src/diag/codes/<code>.md`,
//! and `fixtures/rules/<code>/` holds states that keep it and states that break it.

mod change;
mod coherence;
mod date_order;
mod display_order;
mod entry_place;
mod environment_name;
mod future_date;
mod members;
mod merge;
mod pending_release;
mod permission;
mod pointer;
mod policy_source;
mod roles;
mod signature;
mod system_environments;
pub(super) mod verdict;
mod version_immutable;
mod version_sequence;

pub use change::Change;
pub use entry_place::place_of;
pub use future_date::check_date;
pub use signature::check_signature;

use crate::diag::{Code, Finding};
use crate::model::{Configuration, Project};

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
    /// A state by itself, with what is live of its rules and providers.
    Configuration(fn(&Project, &Configuration, &mut Vec<Finding>)),
    /// The step from one state to the next.
    Change(fn(&Change<'_>, &mut Vec<Finding>)),
}

/// Every rule but those of policies, which are in [`crate::policy::RULES`], by its code. What a file says wrongly by itself is
/// found while it is read, in [`crate::files`].
pub const RULES: &[Rule] = &[
    Rule {
        code: Code::COHERENCE,
        scope: Scope::Change(coherence::judge_request),
    },
    Rule {
        code: Code::COHERENCE,
        scope: Scope::Configuration(coherence::judge),
    },
    Rule {
        code: Code::DATE_ORDER,
        scope: Scope::Change(date_order::judge),
    },
    Rule {
        code: Code::DEFAULT_PUBLISH,
        scope: Scope::State(roles::default_publish),
    },
    Rule {
        code: Code::DISPLAY_ORDER,
        scope: Scope::State(display_order::judge),
    },
    Rule {
        code: Code::ENVIRONMENT_NAME,
        scope: Scope::State(environment_name::judge),
    },
    Rule {
        code: Code::FUTURE_DATE,
        scope: Scope::Change(future_date::judge),
    },
    Rule {
        code: Code::GATEWAY_FALLBACK,
        scope: Scope::State(roles::gateway_fallback),
    },
    Rule {
        code: Code::MEMBERS,
        scope: Scope::Change(members::judge_change),
    },
    Rule {
        code: Code::MEMBERS,
        scope: Scope::State(members::judge),
    },
    Rule {
        code: Code::MERGE,
        scope: Scope::Change(merge::judge),
    },
    Rule {
        code: Code::PENDING_RELEASE,
        scope: Scope::Change(pending_release::judge_change),
    },
    Rule {
        code: Code::PENDING_RELEASE,
        scope: Scope::State(pending_release::judge),
    },
    Rule {
        code: Code::PERMISSION,
        scope: Scope::Change(permission::judge),
    },
    Rule {
        code: Code::POINTER,
        scope: Scope::State(pointer::judge),
    },
    Rule {
        code: Code::POLICY_SOURCE,
        scope: Scope::State(policy_source::judge),
    },
    Rule {
        code: Code::SIGNATURE,
        scope: Scope::Change(signature::judge),
    },
    Rule {
        code: Code::SYSTEM_ENVIRONMENTS,
        scope: Scope::Change(system_environments::judge_change),
    },
    Rule {
        code: Code::SYSTEM_ENVIRONMENTS,
        scope: Scope::State(system_environments::judge),
    },
    Rule {
        code: Code::VERSION_IMMUTABLE,
        scope: Scope::Change(version_immutable::judge),
    },
    Rule {
        code: Code::VERSION_SEQUENCE,
        scope: Scope::State(version_sequence::judge),
    },
];
