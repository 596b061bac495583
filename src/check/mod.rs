//! The judge: the only place that says whether a state, or the step from one state to the next, is sound.
//!
//! The write path calls [`check_transition`] on the re-parsed bytes that it is about to commit; `envctl check` calls it on
//! bytes that somebody committed, staged or left in a work tree. What one of them refuses the other reports, in the same
//! words, because there is nothing else to ask.

mod brought;
mod deciding;
mod meta;
mod rules;

use self::brought::Brought;
use self::deciding::Deciding;
use crate::diag::{Finding, Severity};
use crate::files::{Payloads, Snapshot, State, version_findings};
use crate::model::{Entry, Project, changes};
use crate::policy::{
    self, Facts, Judged, Origins, Question, Step, denials, judge, only_goes_back, releases,
};

pub use meta::Meta;
pub use rules::{Change, CheckRule, RULES, RuleScope, check_date, check_signature, place_of};

/// A step from one state of a project to the next.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'a> {
    /// What was.
    pub before: &'a State,
    /// What would be, or is.
    pub after: &'a State,
    /// Who takes the step, and when.
    pub meta: &'a Meta,
    /// What is wrong with the state before, if somebody has judged it already: see [`Report::wrong`].
    pub wrong_before: Option<&'a [Finding]>,
    /// The versions that are live already, where the step may still be amended: only those are immutable. `None`: all that the
    /// state before has.
    pub published: Option<&'a Project>,
    /// What history says, as far as somebody looked.
    pub facts: &'a Facts,
    /// Where the step stands: on the live line, or on a branch that is not live yet.
    pub stand: Stand<'a>,
}

/// Where a step stands, which decides whose rules judge it.
#[derive(Clone, Copy, Debug)]
pub enum Stand<'a> {
    /// On the live line: the state before has the rules.
    Live,
    /// On the live line as a merge, which takes entries from its other sides: the state before has the rules.
    Merge(&'a Origins),
    /// Where it would come to the live line if a branch landed as it is: this state, which is live, has the rules, and the
    /// branch may have changed none of them for its own good.
    Landing {
        /// The state that is live.
        live: &'a State,
        /// Who set what the step takes from other sides, if it is a merge.
        origins: Option<&'a Origins>,
    },
    /// On a branch that is not live yet: this state, which is live, has the rules, and the branch may have changed none of
    /// them for its own good. Whether pointers may move is judged once they do where it is live.
    Branch {
        /// The state that is live.
        live: &'a Project,
        /// Who set what the step takes from other sides, if it is a merge.
        origins: Option<&'a Origins>,
    },
}

/// What the judge found in a transition; each list sorted by place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What the step breaks.
    pub introduced: Vec<Finding>,
    /// What was broken before and still is.
    pub standing: Vec<Finding>,
    /// What was broken before and no longer is.
    pub mended: Vec<Finding>,
    /// What the policies say of every move.
    pub judged: Vec<Judged>,
    /// What is wrong with the state after the step by itself.
    pub wrong: Vec<Finding>,
    /// Whether all it does is to go back to what was live right before. Asked only where nothing else lets the step be written.
    pub goes_back: bool,
}

impl Report {
    /// Reports whether the step may be written: it breaks nothing, and where something is broken it mends some of it, or is
    /// a return to what was live right before, which an incident must not wait for.
    pub fn allows_write(&self) -> bool {
        !any_error(&self.introduced) && (self.goes_back || !self.is_held_up())
    }

    /// Reports whether something is broken that the step leaves as it is, and it mends nothing.
    fn is_held_up(&self) -> bool {
        any_error(&self.standing) && !any_error(&self.mended)
    }

    /// Everything that is wrong after the step.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.introduced.iter().chain(&self.standing)
    }
}

/// Whether any of `findings` is worse than a warning.
pub fn any_error<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> bool {
    findings
        .into_iter()
        .any(|finding| finding.severity == Severity::Error)
}

/// What is wrong with `state` by itself, sorted by place: unreadable parts, and every rule about a state.
pub fn check_state(state: &State) -> Vec<Finding> {
    let mut findings = state.findings.clone();
    if state.project.exists {
        for rule in RULES {
            match rule.scope {
                RuleScope::State(judge) => judge(&state.project, &mut findings),
                RuleScope::Configuration(judge) => {
                    judge(&state.project, &state.configuration, &mut findings);
                }
                RuleScope::Change(_) => {}
            }
        }
    }
    sorted(findings)
}

/// Returns what is wrong with `state` by itself and with any version of it, live or not, sorted by place; `snapshot` has its
/// files.
///
/// # Errors
///
/// When a version cannot be read.
pub fn check_versions<P: Payloads>(
    state: &State,
    snapshot: &Snapshot,
    payloads: &P,
) -> Result<Vec<Finding>, P::Error> {
    let mut findings = check_state(state);
    findings.extend(version_findings(snapshot, payloads)?);
    Ok(sorted(findings))
}

/// Judges the step from one state to the next: every rule about a state on both sides, and every rule about a change.
///
/// # Errors
///
/// The questions to history, and to the versions that the step brings, that the facts do not answer; with the answers the judge has to be asked again.
pub fn check_transition(transition: &Transition<'_>) -> Result<Report, Vec<Question>> {
    let (old, new) = (&transition.before.project, &transition.after.project);
    let changes = changes(old, new);
    let Meta {
        author, at, moved, ..
    } = transition.meta;
    let (author, facts) = (author.as_ref(), transition.facts);
    let (rules, origins, scope) = match transition.stand {
        Stand::Live => (old, None, policy::Scope::Live),
        Stand::Merge(origins) => (old, Some(origins), policy::Scope::Live),
        Stand::Landing { live, origins } => (&live.project, origins, policy::Scope::Live),
        Stand::Branch { live, origins } => (live, origins, policy::Scope::Branch),
    };
    let moved = *moved;
    let explained = match transition.stand {
        Stand::Live => false,
        Stand::Merge(origins) => origins.add_nothing(old, new),
        Stand::Landing { origins, .. } => {
            origins.is_some_and(|origins| origins.add_nothing(old, new))
        }
        Stand::Branch { origins, .. } => {
            origins.is_some_and(|origins| origins.explain_all(old, new))
        }
    };
    let move_explained = origins.is_some_and(|origins| origins.get(&Entry::Project).is_some());
    let adds_nothing = explained && (!moved || move_explained);
    let origins = origins.unwrap_or(Origins::none());
    let step = Step {
        rules,
        before: old,
        after: new,
        changes: &changes,
        author,
        at: *at,
        lands: transition.meta.effective,
        facts,
        origins,
        scope,
        moved,
    };
    let releases = releases(&step);
    let brought = Brought::of(old, transition.after, (&changes, &releases), facts)?;
    // Where there is no project yet there are no rules to judge by; on a branch, whatever it begins with, there are the live ones.
    let ruled = old.exists || rules.exists;
    let (judged, denials) = if ruled {
        (judge(&step)?, denials(&step)?)
    } else {
        Default::default()
    };
    let before = transition
        .wrong_before
        .map_or_else(|| check_state(transition.before), <[Finding]>::to_vec);
    let wrong = check_state(transition.after);
    let found = brought
        .findings
        .iter()
        .filter(|finding| !among(finding, &wrong));
    let now = sorted(wrong.iter().chain(found).cloned().collect());
    let mended: Vec<&Finding> = before
        .iter()
        .filter(|finding| !among(finding, &now))
        .collect();
    let unread = match transition.stand {
        Stand::Landing { live, .. } => &live.findings,
        _ => &transition.before.findings,
    };
    // Mostly nothing was wrong before, and nothing that decides is.
    let sound = before.is_empty() && unread.is_empty();
    let deciding = match scope {
        policy::Scope::Live if ruled && !sound => Deciding::of(&releases),
        _ => Deciding::default(),
    };
    let stays = |finding: &Finding| among(finding, &before) && !deciding.bears(finding);
    let (standing, mut introduced): (Vec<_>, Vec<_>) = now.iter().cloned().partition(stays);
    let unread = deciding.unread(unread).into_iter();
    introduced.extend(unread.filter(|finding| !is_told(finding, &now)));
    if ruled {
        let configuration = brought.beside(&transition.after.configuration);
        let change = Change {
            before: old,
            after: new,
            published: transition.published.unwrap_or(old),
            unread: &transition.before.findings,
            releases,
            configuration: &configuration,
            judged: &judged,
            denials: &denials,
            unexplained: &origins.unexplained,
            adds_nothing,
            meta: transition.meta,
            rules,
        };
        rules::verdict::judge(&change, &mut introduced);
        for rule in RULES {
            if let RuleScope::Change(judge) = rule.scope {
                judge(&change, &mut introduced);
            }
        }
    }
    let mut report = Report {
        introduced: sorted(introduced),
        standing,
        mended: mended.into_iter().cloned().collect(),
        judged,
        wrong,
        goes_back: false,
    };
    let unsound = any_error(&report.introduced)
        || report
            .standing
            .iter()
            .any(|standing| deciding.surrounds(standing));
    if ruled && scope == policy::Scope::Live && report.is_held_up() && !unsound {
        report.goes_back = only_goes_back(&step, &report.judged)?;
    }
    Ok(report)
}

/// Reports whether `findings` tell the same, whatever would help.
fn is_told(finding: &Finding, findings: &[Finding]) -> bool {
    findings.iter().any(|told| {
        (told.code, &told.place, &told.message) == (finding.code, &finding.place, &finding.message)
    })
}

/// Whether `finding` is one of `sorted`; a hostile file can have tens of thousands.
fn among(finding: &Finding, sorted: &[Finding]) -> bool {
    sorted.binary_search(finding).is_ok()
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort();
    findings.dedup();
    findings
}
