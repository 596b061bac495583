//! envctl keeps the environments of an LLM-gateway project in git.

pub mod check;
pub mod diag;
pub mod files;
pub mod model;
pub mod plan;
pub mod policy;
pub mod store;
