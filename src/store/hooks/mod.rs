//! git's hooks: those that a write runs, and those that envctl installs.

pub(in crate::store) mod hook_file;
pub(in crate::store) mod hook_name;
pub(in crate::store) mod hook_script;
pub(in crate::store) mod run;
pub(in crate::store) mod shell;
