//! The program as people, CI jobs and attackers meet it: arguments in; text, JSON, exit code and commits out.
//!
//! A file a command, each test in a [`world::World`] of its own. `git` is the witness of what was written.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod all_projects;
#[path = "../support/schemas.rs"]
mod answers;
mod approval;
mod attest;
mod bisect;
mod blame;
mod certificates;
mod check;
mod contract;
mod credentials;
mod delivery;
mod demo;
mod dependencies;
mod diff;
mod diff_markdown;
mod diff_range;
mod diff_releases;
mod displaced;
mod doctor;
mod doctor_fix;
mod driven;
mod editors;
mod env;
#[path = "../support/feed.rs"]
mod feed;
mod flags;
mod freezing;
mod gateways;
mod git_settings;
mod help;
mod hooks;
mod import;
mod init;
#[path = "../support/isolation.rs"]
mod isolation;
mod jobs;
mod landing;
mod large_commits;
mod litellm;
mod log;
mod merging;
mod moments;
mod moved;
mod moving;
mod overriding;
mod pins;
mod places;
mod point;
mod policy;
mod policy_explain;
mod promote;
mod proposals;
mod publish;
mod publish_tree;
mod pull_request;
mod push;
mod range;
mod receive;
mod remotes;
mod render;
mod report_formats;
mod resolve;
mod retire;
mod rollback;
mod rolled_back;
mod route;
mod same_variables;
mod schemas;
mod secrets;
mod shown;
mod status;
mod sync;
mod terminal;
#[path = "../support/tools.rs"]
mod tools;
mod undo;
mod undo_by_hand;
mod variables;
mod versions;
mod veto;
mod waiting;
mod world;
