use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::asked::{LandingWay, Range};
use crate::diag::Finding;
use crate::files::Snapshot;
use crate::model::{CommitId, schema_of};
use crate::store::Actor;

/// What was found in a range of commits.
#[derive(Clone, Debug)]
pub struct RangeReport {
    /// The beginning of the range, or `None` for the first commit.
    pub base: Option<CommitId>,
    /// Where it ends.
    pub head: CommitId,
    /// How many commits there are in it.
    pub commits: usize,
    /// How many of them change the project.
    pub judged: usize,
    /// What proves the identities in it.
    pub level: Assurance,
    /// The commits with findings, in the order in which they were judged: each after its parents.
    pub findings: Vec<CommitFindings>,
    /// The ways of landing that were judged. Empty if the range has landed, or has no commits.
    pub landings: Vec<LandingVerdict>,
    /// The next moment at which time alone changes the verdict on a range that has not landed, if it
    /// is known: a wait ends, or a request or an approval becomes too old.
    pub valid_until: Option<Timestamp>,
    /// When the first request or approval in a range that has not landed becomes too old.
    pub lapses: Option<Timestamp>,
}

/// Whether a range may land in a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LandingVerdict {
    /// The way.
    pub way: LandingWay,
    /// Whether nothing bars it.
    pub passes: bool,
}

impl RangeReport {
    /// Joins the reports of the parts of `range`.
    pub(super) fn joined(range: Range, parts: impl IntoIterator<Item = Self>) -> Self {
        let (mut commits, mut judged, mut findings) = (0, 0, Vec::new());
        let mut level = None;
        for part in parts {
            commits += part.commits;
            judged += part.judged;
            findings.extend(part.findings);
            // The weakest part counts: one unsigned step is enough to smuggle something in. Parts
            // in which nothing was judged prove nothing either way.
            if part.judged > 0 {
                level = Some(level.map_or(part.level, |level: Assurance| level.min(part.level)));
            }
        }
        Self {
            base: range.base,
            head: range.head,
            commits,
            judged,
            level: level.unwrap_or(Assurance::Unsigned),
            findings,
            landings: Vec::new(),
            valid_until: None,
            lapses: None,
        }
    }
}

/// What is wrong with one commit.
#[derive(Clone, Debug)]
pub struct CommitFindings {
    /// The commit.
    pub commit: CommitId,
    /// Who wrote it, if its headers can be read in only one way.
    pub author: Option<Actor>,
    /// The first line of its message.
    pub subject: String,
    /// What it introduces, sorted by place.
    pub findings: Vec<Finding>,
    /// The files that the findings are in, as they are in the commit.
    pub snapshot: Snapshot,
}

/// What proves who did something. Each level stops what the one before stops, and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assurance {
    /// Nothing: a commit says who its author is, and anybody can write anything there. It stops accidents.
    Unsigned,
    /// A signature by a key that was listed for that person before. It stops everybody who does not
    /// have that key; whoever has it can still choose the date.
    Signed,
}

impl Assurance {
    /// Returns the name of the level: `A0`, `A1`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsigned => "A0",
            Self::Signed => "A1",
        }
    }

    /// Returns what the level guarantees, as a sentence without a full stop.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Unsigned => {
                "authors and dates are as the commits claim: this stops accidents, not attackers"
            }
            Self::Signed => "authors are proved by signatures; dates are as the commits claim",
        }
    }
}

impl Serialize for Assurance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

schema_of!(Assurance, "Assurance", {
    "description": "How identities are proved: A0 not at all, A1 by signatures.",
    "type": "string", "enum": ["A0", "A1"],
});

/// Returns those of `findings` that no commit of the branch has.
pub(super) fn without(findings: Vec<Finding>, branch: &[CommitFindings]) -> Vec<Finding> {
    let known = |finding: &Finding| {
        let mut all = branch.iter().flat_map(|of| &of.findings);
        all.any(|known| {
            (known.code, &known.place, &known.message)
                == (finding.code, &finding.place, &finding.message)
        })
    };
    findings
        .into_iter()
        .filter(|finding| !known(finding))
        .collect()
}
