use jiff::Timestamp;

use super::evaluator::Evaluator;
use super::move_kind::MoveKind;
use super::step::Scope;
use super::verdict::{Outcome, Verdict};
use super::wait::Wait;
use crate::diag::Code;
use crate::model::{Demands, Entry, Move, PolicyKey};

/// A rule of a policy, or the one rule that no policy can lift: nothing moves past a pending release.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The code of its findings, which tables and JSON use, too.
    pub code: Code,
    /// Which moves it applies to.
    pub applies: Applies,
    /// What a move waits for that the rule makes wait, in a word.
    pub waits_for: Wait,
    /// The settings that lift it.
    pub lifted_by: &'static [(PolicyKey, &'static str)],
    /// What it says of a move that it applies to.
    pub(super) evaluate: fn(&mut Evaluator<'_>, &RuleCase<'_>) -> Opinion,
}

/// The moves that a rule applies to.
#[derive(Clone, Copy, Debug)]
pub struct Applies {
    /// How the moves come about.
    pub kinds: &'static [MoveKind],
    /// Whether it applies to the removal of a pointer.
    pub removals: bool,
    /// Whether it applies on a branch that is not live yet.
    pub branches: bool,
    /// Which moves it lets through although they break it.
    pub exempt: Exempt,
}

/// The moves that a rule lets through although they break it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exempt {
    /// None.
    Nothing,
    /// Those to a version that was live in the environment before.
    Returns,
    /// Those to what was live there right before, unless that key of the policy is switched on.
    BackToPrevious {
        /// The key, if there is one.
        unless: Option<PolicyKey>,
    },
}

/// A move that a rule is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct RuleCase<'a> {
    /// Which rule is asked.
    pub(super) rule: Code,
    pub(super) moved: &'a Move,
    pub(super) kind: MoveKind,
    /// What the policy demands of a resource of that kind.
    pub(super) demands: Demands<'a>,
}

/// What the rule says about a move.
#[derive(Clone, Debug)]
pub(super) enum Opinion {
    /// Nothing: the policy does not demand it.
    Silent,
    /// This, whatever the move is.
    Final(Verdict),
    /// This, unless the move is exempt from the rule.
    UnlessExempt(Verdict),
}

impl Applies {
    /// Reports whether `moved`, which comes about as `kind` says, is one of the moves.
    pub fn to(&self, moved: &Move, kind: MoveKind, scope: Scope) -> bool {
        self.kinds.contains(&kind)
            && (self.removals || moved.after.is_some())
            && (self.branches || scope == Scope::Live)
    }
}

impl Rule {
    /// Returns what the rule says, exemptions considered; `None` if the policy does not demand it.
    pub(super) fn judge(
        &self,
        evaluator: &mut Evaluator<'_>,
        case: &RuleCase<'_>,
    ) -> Option<Verdict> {
        match (self.evaluate)(evaluator, case) {
            Opinion::Silent => None,
            Opinion::Final(verdict) => Some(verdict),
            // Whether a move returns is asked only where that matters: it can take all of history
            // to tell.
            Opinion::UnlessExempt(verdict) => {
                Some(self.exempted(evaluator, case).unwrap_or(verdict))
            }
        }
    }

    fn exempted(&self, evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Option<Verdict> {
        let (what, environment) = (case.what(), &case.moved.environment);
        match self.applies.exempt {
            Exempt::Nothing => None,
            Exempt::Returns => {
                let commit = evaluator.earlier(case.moved, case.moved.after?)?;
                let sentence = format!("{what} was live in `{environment}` before");
                Some(case.pass(sentence).proven_by(commit))
            }
            Exempt::BackToPrevious { unless } => {
                let commit = evaluator.back_to_previous(case.moved)?;
                let sentence =
                    format!("{what} goes back to what was live in `{environment}` right before");
                let verdict = case.pass(sentence).proven_by(commit);
                let barred = unless.is_some_and(|unless| case.demands.switch(unless));
                (!barred).then_some(verdict)
            }
        }
    }

    /// Returns the command that lifts the rule for what moves, as an audited commit of its own: for its kind, since an
    /// override for the kind would outlast a change of `[policy]`. `None` if nothing lifts it.
    pub fn lift(&self, moved: &Move) -> Option<String> {
        let (slug, kind) = (&moved.environment, moved.resource.kind);
        let setting = |(key, value): &(PolicyKey, &str)| format!(" {kind}.{key}={value}");
        let settings: String = self.lifted_by.iter().map(setting).collect();
        (!settings.is_empty()).then(|| {
            format!(
                "or switch the rule off in a separate commit: envctl policy set {slug}{settings}"
            )
        })
    }
}

impl RuleCase<'_> {
    /// Returns what moves, as sentences call it.
    pub(super) fn what(&self) -> String {
        let resource = &self.moved.resource;
        match self.moved.after {
            Some(number) => resource.at(number).to_string(),
            None => format!("the removal of {resource}"),
        }
    }

    /// Returns the entry that the move changes: the pointer, or the request for it.
    pub(super) fn entry(&self) -> Entry {
        let (slug, resource) = (&self.moved.environment, &self.moved.resource);
        match self.kind {
            MoveKind::Requested => Entry::Pending(slug.clone()),
            _ => Entry::Pointer(slug.clone(), resource.clone()),
        }
    }

    pub(super) fn pass(&self, sentence: String) -> Verdict {
        self.verdict(Outcome::Pass, sentence)
    }

    pub(super) fn refuse(&self, sentence: String) -> Verdict {
        self.verdict(Outcome::Refuse, sentence)
    }

    /// Returns the verdict that the rule is not kept, which stops nothing here.
    pub(super) fn warn(&self, sentence: String) -> Verdict {
        self.verdict(Outcome::Warn, sentence)
    }

    /// Returns the verdict that the move has to wait: until that moment, or for somebody to approve it.
    pub(super) fn wait(&self, until: Option<Timestamp>, sentence: String) -> Verdict {
        self.verdict(Outcome::Wait(until), sentence)
    }

    fn verdict(&self, outcome: Outcome, sentence: String) -> Verdict {
        Verdict {
            rule: self.rule,
            outcome,
            sentence,
            help: None,
            evidence: None,
            missing_in: None,
            overridden: None,
        }
    }
}
