//! One file per rule: how it judges a move, in which words, and what would make the move possible.
//!
//! Which moves a rule applies to, and which are exempt from it, is data in its file. What a rule means is
//! explained in `src/diag/codes/<code>.md`, and its keys are in the table of `model/policy_key.rs`.

mod approval;
mod freezes;
mod min_dwell;
mod no_rollback;
mod pending_release;
mod require_reason;
mod required_checks;
mod required_source;
mod rolled_back;
mod same_variables;
mod separation_of_duties;
mod veto;
mod windows;

pub use pending_release::decide_first;
pub use require_reason::{GIVE_A_REASON, closes_without_reason, lacking as lacking_reason};

use super::rule::Rule;
use crate::diag::Code;

/// Every rule, in the order in which verdicts are shown.
pub const RULES: &[Rule] = &[
    required_source::RULE,
    min_dwell::RULE,
    no_rollback::RULE,
    same_variables::RULE,
    required_checks::RULE,
    rolled_back::RULE,
    veto::RULE,
    windows::RULE,
    freezes::RULE,
    approval::RULE,
    pending_release::RULE,
    separation_of_duties::RULE,
    require_reason::RULE,
];

/// Returns the rule whose findings have that code.
pub fn rule(code: Code) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}
