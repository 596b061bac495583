//! The short words of the page, where the evidence has whole sentences.

use envctl::diag::Code;
use envctl::ops::LandingWay;
use envctl::policy::{Outcome, Verdict};
use jiff::Timestamp;

use crate::render::joined;
use crate::render::when::{rfc3339, until};

/// Returns what a broken rule comes to, in a few words.
pub fn short(code: Code) -> String {
    let known = match code {
        Code::REQUIRED_SOURCE => "not live in the required source",
        Code::MIN_DWELL => "not live for long enough",
        Code::NO_ROLLBACK => "a lower number too soon",
        Code::APPROVAL => "needs approval",
        Code::SEPARATION_OF_DUTIES => "duties are not separated",
        Code::ROLLED_BACK => "was rolled back",
        Code::PENDING_RELEASE => "a release waits",
        Code::SAME_VARIABLES => "other variables",
        Code::COHERENCE => "does not fit what is live",
        Code::PERMISSION => "not permitted",
        Code::SIGNATURE => "not signed",
        Code::REQUIRED_CHECKS => "a check is missing or failed",
        Code::VETO => "vetoed",
        Code::VERSION_IMMUTABLE => "changes a published version",
        other => return other.as_str().replace('-', " "),
    };
    known.to_owned()
}

/// Returns what a verdict that does not pass comes to, with the moment at which it will pass.
pub fn of_verdict(verdict: &Verdict, at: Timestamp) -> String {
    match verdict.outcome {
        Outcome::Wait(Some(eligible)) => wait(eligible, at),
        _ => short(verdict.rule),
    }
}

/// Returns when a wait ends: `in 3 h 12 min (2026-11-30T12:48:39Z)`.
pub fn wait(eligible: Timestamp, at: Timestamp) -> String {
    format!("{} ({})", until(eligible, at), rfc3339(eligible))
}

/// Returns a list as people write it: `a`, `a or b`, `a, b or c`.
pub fn enumerated(parts: &[impl AsRef<str>], last: &str) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((one, [])) => one.as_ref().to_owned(),
        Some((one, others)) => {
            let others = joined(others.iter().map(AsRef::as_ref), ", ");
            format!("{others} {last} {}", one.as_ref())
        }
    }
}

/// Returns ways of landing as they complete "lands by …".
pub fn ways(ways: &[LandingWay]) -> String {
    let phrases: Vec<&str> = ways.iter().map(|way| way.phrase()).collect();
    enumerated(&phrases, "or")
}
