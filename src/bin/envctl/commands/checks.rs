//! What evaluations found about a version, and why it is vetoed, as answers and tables show it.

use envctl::diag::Code;
use envctl::model::{Attestation, CheckName, CommitId, Link, Reason, Score};
use envctl::ops::{CheckRecord, VetoRecord};
use envctl::policy::{Judged, Outcome};
use schemars::JsonSchema;
use serde::Serialize;

use super::moves::VersionBody;
use super::who::Person;
use crate::render::when::When;

/// What a check says about a version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CheckBody<'a> {
    check: &'a CheckName,
    passed: bool,
    score: Option<Score>,
    /// How many cases there were.
    cases: Option<u32>,
    /// How many of them failed.
    failures: Option<u32>,
    /// Where the evaluation can be read up on.
    link: Option<&'a Link>,
}

/// What a check says about a version, and who says so.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CheckRecordBody<'a> {
    #[serde(flatten)]
    check: CheckBody<'a>,
    /// Whether it is about the bytes of the version; if not, it counts for nothing.
    is_of_bytes: bool,
    author: Option<Person<'a>>,
    at: Option<When>,
    commit: Option<CommitId>,
    /// How often it has replaced what it said before.
    replaced: usize,
}

/// Why no pointer may move to a version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VetoBody<'a> {
    /// The version that is vetoed: this one, or one with the same bytes.
    #[serde(flatten)]
    version: VersionBody,
    #[schemars(with = "String")]
    reason: &'a Reason,
    author: Option<Person<'a>>,
    commit: Option<CommitId>,
}

impl<'a> CheckBody<'a> {
    /// Returns what `check` says as data.
    pub fn of(check: &'a CheckName, attestation: &'a Attestation) -> Self {
        let Attestation {
            content: _,
            passed,
            score,
            cases,
            failures,
            link,
        } = attestation;
        Self {
            check,
            passed: *passed,
            score: *score,
            cases: *cases,
            failures: *failures,
            link: link.as_ref(),
        }
    }
}

impl<'a> CheckRecordBody<'a> {
    /// Returns what a check says, and who says so, as data.
    pub fn of(record: &'a CheckRecord) -> Self {
        let setter = record.setter.as_ref();
        Self {
            check: CheckBody::of(&record.name, &record.attestation),
            is_of_bytes: record.is_of_bytes,
            author: setter
                .and_then(|setter| setter.author.as_ref())
                .map(|author| Person {
                    name: author.name(),
                    email: author.email(),
                }),
            at: setter.map(|setter| When(setter.at)),
            commit: setter.map(|setter| setter.commit),
            replaced: record.replaced,
        }
    }

    /// Returns what checks say as data.
    pub fn all(records: &'a [CheckRecord]) -> Vec<Self> {
        records.iter().map(Self::of).collect()
    }
}

impl<'a> VetoBody<'a> {
    /// Returns a veto as data.
    pub fn of(veto: &'a VetoRecord) -> Self {
        let setter = veto.setter.as_ref();
        Self {
            version: VersionBody::of(&veto.on),
            reason: &veto.reason,
            author: setter
                .and_then(|setter| setter.author.as_ref())
                .map(|author| Person {
                    name: author.name(),
                    email: author.email(),
                }),
            commit: setter.map(|setter| setter.commit),
        }
    }
}

/// Returns what a check says in a few words: `evals passed: 120 cases, by Eve`.
pub fn words(record: &CheckRecord) -> String {
    let author = record
        .setter
        .as_ref()
        .and_then(|setter| setter.author.as_ref());
    let by = author.map_or_else(String::new, |author| format!(", by {}", author.name()));
    let bytes = match record.is_of_bytes {
        true => "",
        false => " (for other bytes)",
    };
    let changed = match record.replaced {
        0 => String::new(),
        1 => ", replaced once".to_owned(),
        times => format!(", replaced {times} times"),
    };
    format!(
        "{} {}{by}{changed}{bytes}",
        record.name,
        record.attestation.summary()
    )
}

/// Returns the names of checks with a mark each, for a cell: `evals ✓ safety ✗`.
pub fn marks(records: &[CheckRecord]) -> String {
    let mark = |record: &CheckRecord| {
        let mark = match (record.is_of_bytes, record.attestation.passed) {
            (false, _) => "?",
            (true, true) => "\u{2713}",
            (true, false) => "\u{2717}",
        };
        format!("{} {mark}", record.name)
    };
    records.iter().map(mark).collect::<Vec<_>>().join(", ")
}

/// Returns a veto in a few words.
pub fn vetoed(veto: &VetoRecord) -> String {
    let author = veto
        .setter
        .as_ref()
        .and_then(|setter| setter.author.as_ref());
    let by = author.map_or_else(String::new, |author| format!(" by {}", author.name()));
    format!("vetoed{by}: {}", veto.reason.as_str())
}

/// Returns what proves that moves passed the checks that policies require, a sentence each.
pub fn evidence<'j>(judged: impl IntoIterator<Item = &'j Judged>) -> Vec<&'j str> {
    let verdicts = judged.into_iter().flat_map(|judged| &judged.verdicts);
    let passed = verdicts.filter(|verdict| {
        verdict.rule == Code::REQUIRED_CHECKS && verdict.outcome == Outcome::Pass
    });
    passed.map(|verdict| &*verdict.sentence).collect()
}
