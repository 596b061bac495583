//! May this move happen, and if not yet, when? The one evaluator of an environment's `[policy]`.
//!
//! [`judge()`] takes a step between two states and what history says, and gives a verdict for each rule and each move: pass,
//! refuse, or wait, with the commit that proves it. Planning, a dry run, `policy explain`, every write and `check` ask it
//! and nobody else decides.
//!
//! What history says comes as plain data, [`Facts`]. Reading history costs time, and most verdicts need little of it or
//! none; so a verdict that lacks a fact is no verdict but a list of [questions](Question), which say how far back somebody
//! has to look. The variables of a prompt are such a fact, too, for the one rule that needs them.
//!
//! Order is ancestry along first parents, never the clock; time is the effective time of commits, which never steps back.

mod denial;
mod facts;
mod judge;
mod origins;
mod past;
mod release;
mod source;
mod verdict;

pub use denial::{Denial, Missing, denials};
pub use facts::{Before, Beyond, Facts, Question, Reach, Reception, Request, Stretch, Timeline};
pub use judge::{Judged, MoveKind, Scope, Step, judge};
pub use origins::{Claim, Origin, Origins, Side, Taken, changed_alone, compared_parent};
pub use past::PastFacts;
pub use release::{Release, asked_moves, releases};
pub use source::{dwelling_places, longest_dwell};
pub use verdict::{Outcome, PolicyRule, Verdict, Why};

#[cfg(test)]
mod tests;
