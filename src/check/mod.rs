//! The judge: the only place that decides whether a state, or the step from one state to the next, is valid.
//!
//! The write path calls [`check_transition`] on the re-parsed bytes that it is about to commit; `envctl
//! check` calls it on bytes that are committed, staged, or in a work tree. What one of them refuses the other
//! reports, in the same words, because both ask the same function.

mod brought;
mod deciding;
mod meta;
mod report;
mod rules;

use self::brought::Brought;
use self::deciding::Deciding;
use crate::diag::Finding;
use crate::files::{Payloads, Snapshot, State, VETOES, version_findings};
use crate::model::{Entry, Project, changes};
use crate::policy::{
    self, Facts, Origins, Question, Step, denials, judge, only_freezes, only_goes_back,
    only_vetoes, releases,
};

pub use meta::Meta;
pub use report::{Report, any_error};
pub use rules::{Change, CheckRule, RULES, RuleScope, check_date, check_signature, place_of};

/// A step from one state of a project to the next.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'a> {
    /// The state before.
    pub before: &'a State,
    /// The state after, real or planned.
    pub after: &'a State,
    /// Who takes the step, and when.
    pub meta: &'a Meta,
    /// What is wrong with the state before, if it has been judged already: see [`Report::wrong`].
    pub wrong_before: Option<&'a [Finding]>,
    /// The versions that are live already, where the step may still be amended; only those are immutable.
    /// `None` makes all versions of the state before immutable.
    pub published: Option<&'a Project>,
    /// What history says, as far as it has been read.
    pub facts: &'a Facts,
    /// Whether the step is on the live line, or on a branch that is not live yet.
    pub stand: Stand<'a>,
}

/// Where a step is, which decides whose rules judge it.
#[derive(Clone, Copy, Debug)]
pub enum Stand<'a> {
    /// On the live line. The state before has the rules.
    Live,
    /// On the live line as a merge, which takes entries from its other sides. The state before has the rules.
    Merge(&'a Origins),
    /// On the live line, as it would be if a branch landed the way it is. The live state has the rules: a
    /// branch cannot change the rules that it is judged by.
    Landing {
        /// The state that is live.
        live: &'a State,
        /// Who set what the step takes from other sides, if it is a merge.
        origins: Option<&'a Origins>,
    },
    /// On a branch that is not live yet. The live state has the rules: a branch cannot change the rules that
    /// it is judged by. Whether pointers may move is judged when they do so on the live line.
    Branch {
        /// The state that is live.
        live: &'a Project,
        /// Who set what the step takes from other sides, if it is a merge.
        origins: Option<&'a Origins>,
    },
}

/// Returns what is wrong with `state` by itself, sorted by place: unreadable parts, and violations of every
/// rule about a state.
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

/// Returns what is wrong with `state` by itself and with any version in it, live or not, sorted by place.
/// `snapshot` contains its files.
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

/// Judges the step from one state to the next by the rules about states, on both sides, and by the rules
/// about changes.
///
/// # Errors
///
/// The questions to history, and to the versions that the step brings, that the facts do not answer. The
/// judge has to be called again with the answers.
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
    // A merge that takes everything from its sides needs no author of its own: whoever set an entry
    // there answers for it. On the live line that is stricter (`add_nothing`), because a merge also
    // puts guarded entries into effect; on a branch it does not.
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
    // Everything below judges this one value, whoever asks and on whichever line, so that a write,
    // a range and a landing cannot come to differ in what they look at.
    let step = Step {
        rules,
        before: old,
        after: new,
        changes: &changes,
        author,
        committer: transition.meta.committer.as_ref(),
        statement: transition.meta.statement.as_ref(),
        at: *at,
        lands: transition.meta.effective,
        received: transition.meta.received,
        facts,
        origins,
        scope,
        moved,
    };
    let releases = releases(&step);
    let brought = Brought::of(old, transition.after, (&changes, &releases), facts)?;
    // Where no project exists yet, no rules exist either. On a branch the live ones apply, whatever
    // it begins with, so a branch cannot escape them by adding the project anew.
    let ruled = old.exists || rules.exists;
    let (judged, denials) = if ruled {
        (judge(&step)?, denials(&step)?)
    } else {
        Default::default()
    };
    // A range judges each state once: what was wrong after one step is what is wrong before the
    // next.
    let before = transition
        .wrong_before
        .map_or_else(|| check_state(transition.before), <[Finding]>::to_vec);
    let wrong = check_state(transition.after);
    // Payloads that are live are part of the state and were checked with it; equal findings must
    // not count twice.
    let found = brought
        .findings
        .iter()
        .filter(|finding| !among(finding, &wrong));
    let now = sorted(wrong.iter().chain(found).cloned().collect());
    let fixed: Vec<&Finding> = before
        .iter()
        .filter(|finding| !among(finding, &now))
        .collect();
    // Unreadable parts of the rules: of the live state for a landing, since the branch cannot
    // repair the rules it is judged by.
    let unread = match transition.stand {
        Stand::Landing { live, .. } => &live.findings,
        _ => &transition.before.findings,
    };
    // In most steps nothing was wrong before, so which files decide need not be collected.
    let sound = before.is_empty() && unread.is_empty();
    let deciding = match scope {
        policy::Scope::Live if ruled && !sound => Deciding::of(&releases),
        _ => Deciding::default(),
    };
    // What was wrong before does not stop a step, except where its moves depend on it. There an old
    // error counts as introduced, so that it is an error of this step.
    let stays = |finding: &Finding| among(finding, &before) && !deciding.decides(finding);
    let (standing, mut introduced): (Vec<_>, Vec<_>) = now.iter().cloned().partition(stays);
    let undecided = deciding.unread(unread).into_iter();
    // The same finding may be there already, with another hint.
    introduced.extend(undecided.filter(|finding| !is_reported(finding, &now)));
    // Rules about changes compare with a project that exists. The first commit of a project is
    // judged as a state only.
    if ruled {
        // Beside what is live: a request may ask for a rule and a provider together, and neither
        // would fit what is live alone.
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
            step: &step,
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
        fixed: fixed.into_iter().cloned().collect(),
        judged,
        wrong,
        is_urgent: false,
    };
    // An invalid `vetoes.toml` bars unknown versions, so nothing moves past it, except a return to what was live right before:
    // for that, its newest valid content counts.
    let bars_unknown = scope == policy::Scope::Live
        && deciding.has_moves()
        && (rules.unsound_vetoes || old.unsound_vetoes);
    if ruled && bars_unknown && !only_goes_back(&step, &report.judged)? {
        let is_of_vetoes = |finding: &Finding| finding.place.file == VETOES;
        report.standing.retain(|finding| !is_of_vetoes(finding));
        report.introduced.extend(deciding.unread_vetoes(unread));
        report.introduced = sorted(report.introduced);
    }
    // A return may pass old errors, but none that it depends on. And only if it is needed: this
    // question can reach far back.
    let unsound = any_error(&report.introduced)
        || report
            .standing
            .iter()
            .any(|standing| deciding.surrounds(standing));
    if ruled && scope == policy::Scope::Live && report.is_held_up() && !unsound {
        report.is_urgent =
            only_vetoes(&step) || only_freezes(&step) || only_goes_back(&step, &report.judged)?;
    }
    Ok(report)
}

/// Reports whether one of `findings` says the same as `finding`, apart from the help.
fn is_reported(finding: &Finding, findings: &[Finding]) -> bool {
    findings.iter().any(|reported| {
        (reported.code, &reported.place, &reported.message)
            == (finding.code, &finding.place, &finding.message)
    })
}

/// Reports whether `finding` is one of `sorted`, by binary search: a hostile file can have tens of thousands
/// of findings.
fn among(finding: &Finding, sorted: &[Finding]) -> bool {
    sorted.binary_search(finding).is_ok()
}

/// Returns `findings` sorted by place, each once.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort();
    findings.dedup();
    findings
}
