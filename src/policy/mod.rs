//! Decides whether a move may happen, and if not yet, when: the one evaluator of an environment's `[policy]`.
//!
//! [`judge()`] takes a step between two states and what history says, and gives a verdict for each rule and
//! each move: pass, warn, refuse, or wait, with the commit that proves it. Planning, dry runs, `policy
//! explain`, every write and `check` all ask this function; nothing else decides.
//!
//! What history says comes as plain data, [`Facts`]. Reading history costs time, and most verdicts need
//! little of it or none. So where a fact is missing, the answer is not a verdict but a list of
//! [questions](Question), which say how far back history has to be read. The variables of a prompt are such a
//! fact, too, for the one rule that needs them.
//!
//! Each rule is a file in `rules/` and a row of [`RULES`]: how it judges a move, in which words, what would
//! help, and as data which moves it [applies](Applies) to. A rule asks an evaluator for facts; the evaluator
//! collects the open questions.
//!
//! Order is ancestry along first parents, never the clock; time is the effective time of commits, which never steps back.

mod access_check;
mod calendar;
mod denial;
mod denials;
mod evaluator;
mod facts;
mod going_back;
mod granted;
mod judge;
mod lapse;
mod lifeline;
mod mark;
mod move_kind;
mod only_freezes;
mod only_vetoes;
mod origins;
mod overriding;
mod past;
mod release;
mod release_access;
mod rule;
mod rules;
mod setter;
mod source;
mod step;
mod taken;
mod timeline;
mod verdict;
mod veto_access;
mod wait;

pub use calendar::Calendar;
pub use denial::{Denial, Missing};
pub use denials::denials;
pub use facts::{Facts, Question, Reception, Request};
pub use going_back::only_goes_back;
pub use judge::{Judged, judge};
pub use lapse::Lapse;
pub use lifeline::{Lifeline, Lived, Made, Span, Until};
pub use mark::{RollbackMark, marks};
pub use move_kind::MoveKind;
pub use only_freezes::only_freezes;
pub use only_vetoes::only_vetoes;
pub use origins::{Origin, Origins, Side};
pub use overriding::overridable;
pub use past::PastFacts;
pub use release::{Release, asked_moves, releases};
pub use rule::{Applies, Exempt, Rule};
pub use rules::{GIVE_A_REASON, RULES, closes_without_reason, decide_first, lacking_reason, rule};
pub use setter::Setter;
pub use source::{dwelling_places, longest_dwell};
pub use step::{Scope, Step};
pub use taken::{Claim, Taken, changed_alone, compared_parent};
pub use timeline::{Before, Beyond, Reach, Stretch, Timeline};
pub use verdict::{Outcome, Verdict};
pub use wait::Wait;

#[cfg(test)]
mod router;
#[cfg(test)]
mod tests;
