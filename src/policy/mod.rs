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
//! Each rule is a file in `rules/` and a row of [`RULES`]: what it says of a move, in which words, what would help, and as data
//! which moves it [applies](Applies) to. A rule asks an evaluator for facts, which collects the questions that are open.
//!
//! Order is ancestry along first parents, never the clock; time is the effective time of commits, which never steps back.

mod denial;
mod evaluator;
mod facts;
mod going_back;
mod judge;
mod lifeline;
mod move_kind;
mod origins;
mod past;
mod release;
mod rule;
mod rules;
mod source;
mod step;
mod verdict;
mod wait;

pub use denial::{Denial, Missing, denials};
pub use facts::{Before, Beyond, Facts, Question, Reach, Reception, Request, Stretch, Timeline};
pub use going_back::only_goes_back;
pub use judge::{Judged, judge};
pub use lifeline::{Lifeline, Lived, Made, Span, Until};
pub use move_kind::MoveKind;
pub use origins::{Claim, Lapse, Origin, Origins, Side, Taken, changed_alone, compared_parent};
pub use past::PastFacts;
pub use release::{Release, asked_moves, releases};
pub use rule::{Applies, Exempt, Rule};
pub use rules::{RULES, decide_first, rule};
pub use source::{dwelling_places, longest_dwell};
pub use step::{Scope, Step};
pub use verdict::{Outcome, Verdict};
pub use wait::Wait;

#[cfg(test)]
mod router;
#[cfg(test)]
mod tests;
