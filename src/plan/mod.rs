//! Plans: from an intent and the present state to what will be written, which are edits, the commit's
//! message, and the moves.
//!
//! A plan is plain data made without I/O, so a dry run, the table that a person confirms, and the JSON of a
//! CI job all read the same value. Planning refuses only what cannot be *expressed*, such as an environment
//! that does not exist. Whether the result is *allowed* is decided by the judge, who sees the re-parsed
//! bytes.

mod access;
mod advice;
mod decide;
mod dependencies;
mod environments;
mod error;
mod evidence;
mod freeze;
mod grant;
mod import;
mod init;
mod message;
mod narrowing;
mod outlook;
mod planned;
mod point;
mod policy;
mod promote;
mod publish;
mod request;
mod retire;
mod revoke;
mod rollback;
mod tree;
mod undo;
mod undo_error;

pub use access::{Who, member};
pub use decide::{Decision, decide};
pub use dependencies::{Dependencies, coherent_part, dependencies, promote_with_dependencies};
pub use environments::{
    complete_fallback, create_environment, delete_environment, edit_environment, lost_to_fallback,
    reorder_environments,
};
pub use error::{PlanError, existing, existing_version, no_such_environment, no_such_resource};
pub use evidence::{Evaluation, attest, lift_veto, veto};
pub use freeze::{NewFreeze, freeze, thaw};
pub use grant::{Grant, grant};
pub use import::{Content, Import, Meaning, import, init_with_import};
pub use init::init;
pub use message::{Action, Message};
pub use narrowing::{Narrowing, ResourcePattern, ResourcePatternError};
pub use outlook::{Outlook, outlook};
pub use planned::{Asking, OnApproval, Plan, Published};
pub use point::point;
pub use policy::{PolicyChange, policy_changes, set_policy};
pub use promote::{Promotion, promote};
pub use publish::{Publication, PublishTarget, publish};
pub use request::settle;
pub use retire::retire;
pub use revoke::{Revocation, revoke};
pub use rollback::{Targets, as_then, rollback};
pub use tree::publish_all;
pub use undo::{ChangedFile, Undoing, UndoneSetting, entry_file, undo, undone_settings};
pub use undo_error::{UndoError, in_words};
