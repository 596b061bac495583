//! One file per rule, with its facts, its wording and its unit tests. What a rule means is explained in
//! `src/diag/codes/<code>.md`, and `fixtures/rules/<code>/` holds states that keep it and states that break
//! it.

mod attestation;
mod change;
mod coherence;
mod date_order;
mod display_order;
mod entry_place;
mod environment_name;
mod freezes;
mod future_date;
mod members;
mod merge;
mod overrides;
mod pending_release;
mod permission;
mod pointer;
mod policy_source;
mod require_reason;
mod roles;
mod signature;
mod system_environments;
pub(super) mod verdict;
mod version_immutable;
mod version_sequence;
mod veto;

pub use change::Change;
pub use entry_place::place_of;
pub use future_date::check_date;
pub use signature::check_signature;

use crate::diag::{Code, Finding};
use crate::model::{Configuration, Project};

/// A rule that the judge applies.
#[derive(Clone, Copy, Debug)]
pub struct CheckRule {
    /// The code of its findings.
    pub code: Code,
    /// What it looks at.
    pub scope: RuleScope,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub enum RuleScope {
    /// A state by itself.
    State(fn(&Project, &mut Vec<Finding>)),
    /// A state by itself, with what is live of its rules and providers.
    Configuration(fn(&Project, &Configuration, &mut Vec<Finding>)),
    /// The step from one state to the next.
    Change(fn(&Change<'_>, &mut Vec<Finding>)),
}

/// Every rule except those of policies, which are in [`crate::policy::RULES`], by its code. Errors within one
/// file are found while it is read, in [`crate::files`].
pub const RULES: &[CheckRule] = &[
    CheckRule {
        code: Code::ATTESTATION,
        scope: RuleScope::State(attestation::judge),
    },
    CheckRule {
        code: Code::COHERENCE,
        scope: RuleScope::Change(coherence::judge_request),
    },
    CheckRule {
        code: Code::COHERENCE,
        scope: RuleScope::Configuration(coherence::judge),
    },
    CheckRule {
        code: Code::DATE_ORDER,
        scope: RuleScope::Change(date_order::judge),
    },
    CheckRule {
        code: Code::DEFAULT_PUBLISH,
        scope: RuleScope::State(roles::default_publish),
    },
    CheckRule {
        code: Code::DISPLAY_ORDER,
        scope: RuleScope::State(display_order::judge),
    },
    CheckRule {
        code: Code::ENVIRONMENT_NAME,
        scope: RuleScope::State(environment_name::judge),
    },
    CheckRule {
        code: Code::FREEZES,
        scope: RuleScope::Change(freezes::judge_change),
    },
    CheckRule {
        code: Code::FREEZES,
        scope: RuleScope::State(freezes::judge),
    },
    CheckRule {
        code: Code::FUTURE_DATE,
        scope: RuleScope::Change(future_date::judge),
    },
    CheckRule {
        code: Code::GATEWAY_FALLBACK,
        scope: RuleScope::State(roles::gateway_fallback),
    },
    CheckRule {
        code: Code::MEMBERS,
        scope: RuleScope::Change(members::judge_change),
    },
    CheckRule {
        code: Code::MEMBERS,
        scope: RuleScope::State(members::judge),
    },
    CheckRule {
        code: Code::MERGE,
        scope: RuleScope::Change(merge::judge),
    },
    CheckRule {
        code: Code::OVERRIDE,
        scope: RuleScope::Change(overrides::judge),
    },
    CheckRule {
        code: Code::PENDING_RELEASE,
        scope: RuleScope::Change(pending_release::judge_change),
    },
    CheckRule {
        code: Code::PENDING_RELEASE,
        scope: RuleScope::State(pending_release::judge),
    },
    CheckRule {
        code: Code::PERMISSION,
        scope: RuleScope::Change(permission::judge),
    },
    CheckRule {
        code: Code::POINTER,
        scope: RuleScope::State(pointer::judge),
    },
    CheckRule {
        code: Code::POLICY_SOURCE,
        scope: RuleScope::State(policy_source::judge),
    },
    CheckRule {
        code: Code::REQUIRE_REASON,
        scope: RuleScope::Change(require_reason::judge),
    },
    CheckRule {
        code: Code::SIGNATURE,
        scope: RuleScope::Change(signature::judge),
    },
    CheckRule {
        code: Code::SYSTEM_ENVIRONMENTS,
        scope: RuleScope::Change(system_environments::judge_change),
    },
    CheckRule {
        code: Code::SYSTEM_ENVIRONMENTS,
        scope: RuleScope::State(system_environments::judge),
    },
    CheckRule {
        code: Code::VERSION_IMMUTABLE,
        scope: RuleScope::Change(version_immutable::judge),
    },
    CheckRule {
        code: Code::VERSION_SEQUENCE,
        scope: RuleScope::State(version_sequence::judge),
    },
    CheckRule {
        code: Code::VETO,
        scope: RuleScope::State(veto::judge),
    },
];
