//! The gateways that teams run, started for real: what `envctl resolve` says of a request is what they do with it.
//!
//! Each test promotes, renders, starts the gateway on loopback with what was rendered, and asks it; the providers are
//! [`upstream::Upstream`]s, which fail as they are told to. Without the gateway the tests are skipped (`.ci/tools` installs it).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/schemas.rs"]
mod answers;
#[path = "../support/feed.rs"]
mod feed;
mod gateway;
mod http;
#[path = "../support/isolation.rs"]
mod isolation;
mod litellm;
mod litellm_walk;
mod project;
mod tensorzero;
#[path = "../support/tools.rs"]
#[expect(dead_code, reason = "shared with suites that look for programs")]
mod tools;
mod upstream;
#[path = "../cli/world.rs"]
#[expect(dead_code, reason = "shared with the suite of the commands")]
mod world;
