//! Who did something and why, as the commands that look back show it.

use envctl::ops::{Account, Asked};
use envctl::plan::reason_of;
use envctl::store::{Actor, CommitRecord};
use serde::Serialize;

use crate::render::when;

/// A person as data.
#[derive(Serialize)]
pub struct Person<'a> {
    name: &'a str,
    email: &'a str,
}

/// An approval as data: who agreed, with which words, and what to.
#[derive(Serialize)]
pub struct Approval<'a> {
    by: Person<'a>,
    note: Option<String>,
    request: Request<'a>,
}

/// A request as data.
#[derive(Serialize)]
pub struct Request<'a> {
    by: Person<'a>,
    at: String,
    commit: String,
    subject: &'a str,
    reason: Option<String>,
}

impl<'a> Person<'a> {
    pub fn of(actor: &'a Actor) -> Self {
        Self {
            name: &actor.name,
            email: &actor.email,
        }
    }
}

impl<'a> Approval<'a> {
    /// The approval in `account`, if there was one.
    pub fn of(account: &'a Account) -> Option<Self> {
        let asked = account.request.as_ref()?;
        let decision = &account.origin;
        Some(Self {
            by: Person::of(&decision.author),
            note: reason_of(&decision.message),
            request: Request::of(asked),
        })
    }
}

impl<'a> Request<'a> {
    fn of(asked: &'a Asked) -> Self {
        let Asked { commit, since } = asked;
        Self {
            by: Person::of(&commit.author),
            at: when::rfc3339(*since),
            commit: commit.id.to_string(),
            subject: subject(commit),
            reason: reason_of(&commit.message),
        }
    }
}

/// The commit that wanted what `account` tells of: the request, where it was one that was approved.
pub fn wanted(account: &Account) -> &CommitRecord {
    account
        .request
        .as_ref()
        .map_or(&account.origin, |asked| &asked.commit)
}

/// The first line of what `commit` says.
pub fn subject(commit: &CommitRecord) -> &str {
    commit
        .message
        .trim_start()
        .lines()
        .next()
        .unwrap_or_default()
}

/// Why `commit` was made: the reason that it gives, else its subject.
pub fn why(commit: &CommitRecord) -> String {
    reason_of(&commit.message).unwrap_or_else(|| subject(commit).to_owned())
}
