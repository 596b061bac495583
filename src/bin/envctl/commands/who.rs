//! Shows who did something and why. The commands that look back use this.

use envctl::model::{CommitId, reason_of};
use envctl::ops::{Account, Asked};
use envctl::store::CommitRecord;
use schemars::JsonSchema;
use serde::Serialize;

pub use crate::render::Person;
use crate::render::when::When;

/// An approval as data: who approved which request, and why.
#[derive(Serialize, JsonSchema)]
pub struct ApprovedBody<'a> {
    author: Person<'a>,
    commit: CommitId,
    reason: Option<String>,
    request: RequestBody<'a>,
}

/// A request as data.
#[derive(Serialize, JsonSchema)]
pub struct RequestBody<'a> {
    author: Person<'a>,
    at: When,
    commit: CommitId,
    subject: &'a str,
    reason: Option<String>,
}

impl<'a> ApprovedBody<'a> {
    /// Returns the approval in `account`, if there was one.
    pub fn of(account: &'a Account) -> Option<Self> {
        let asked = account.request.as_ref()?;
        let decision = &account.origin;
        Some(Self {
            author: Person::of(&decision.author),
            commit: decision.id,
            reason: reason_of(&decision.message),
            request: RequestBody::of(asked),
        })
    }
}

impl<'a> RequestBody<'a> {
    fn of(asked: &'a Asked) -> Self {
        let Asked { commit, since } = asked;
        Self {
            author: Person::of(&commit.author),
            at: When(*since),
            commit: commit.id,
            subject: subject(commit),
            reason: reason_of(&commit.message),
        }
    }
}

/// Returns the commit that caused the change: the request, if one was approved.
pub fn wanted(account: &Account) -> &CommitRecord {
    account
        .request
        .as_ref()
        .map_or(&account.origin, |asked| &asked.commit)
}

/// Returns the first line of the message of `commit`.
pub fn subject(commit: &CommitRecord) -> &str {
    commit
        .message
        .trim_start()
        .lines()
        .next()
        .unwrap_or_default()
}

/// Returns why `commit` was made: the reason in its message, else its subject.
pub fn why(commit: &CommitRecord) -> String {
    reason_of(&commit.message).unwrap_or_else(|| subject(commit).to_owned())
}
