use crate::diag::Code;
use crate::policy::evaluator::Evaluator;
use crate::policy::facts::Question;
use crate::policy::move_kind::MoveKind;
use crate::policy::rule::{Applies, Exempt, Opinion, Rule, RuleCase};
use crate::policy::wait::Wait;

/// No pointer moves to a version that is vetoed, in no environment and in no way: not back to it, and not by an approval that
/// was given before. No policy switches it off.
pub(super) const RULE: Rule = Rule {
    code: Code::VETO,
    applies: Applies {
        kinds: MoveKind::ALL,
        removals: false,
        branches: false,
        exempt: Exempt::Nothing,
    },
    waits_for: Wait::Approval,
    lifted_by: &[],
    evaluate,
};

fn evaluate(evaluator: &mut Evaluator<'_>, case: &RuleCase<'_>) -> Opinion {
    let Some(number) = case.moved.after else {
        return Opinion::Silent;
    };
    let id = case.moved.resource.at(number);
    let Some((on, reason)) = evaluator.veto(&id) else {
        return Opinion::Silent;
    };
    // Who vetoed it is told where history shows it. In a shallow clone it may not, and the veto holds all the same.
    let setter = match evaluator.knows(Question::Vetoed(on.clone())) {
        true => evaluator.step.facts.vetoed(&on),
        false => None,
    };
    let author = setter.and_then(|setter| setter.author.as_ref());
    let by = author.map_or_else(String::new, |author| format!(" by {}", author.name()));
    let sentence = if on == id {
        format!("{id} was vetoed{by}: {reason}")
    } else {
        format!("{id} has the bytes of {on}, which was vetoed{by}: {reason}")
    };
    let help = "publish what should be served as the next version";
    let verdict = case.refuse(sentence).help(help);
    Opinion::Final(verdict.proven_by(setter.map(|setter| setter.commit)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{ContentId, Extension, Kind, Project, Version, VersionNumber, Veto, Vetoes};
    use crate::policy::router::{facts, judged, project, router, with};
    use crate::policy::{Facts, Judged, Outcome};

    /// Versions 1 to 4 of the router; 4 has the bytes of 2. Version 2 is vetoed.
    fn vetoed() -> Project {
        let mut project = with(&project(&[]), &[("prod", 1)]);
        let version = |(number, byte): (u32, u8)| {
            let version = Version {
                extension: Extension::of(Kind::Prompts, "md").unwrap(),
                content: ContentId::from_bytes([byte; 20]),
            };
            (VersionNumber::new(number).unwrap(), version)
        };
        let numbers: BTreeMap<_, _> = [(1, 1), (2, 2), (3, 3), (4, 2)]
            .into_iter()
            .map(version)
            .collect();
        project.versions.insert(router(), numbers.into());
        veto(&mut project, 2);
        project
    }

    fn veto(project: &mut Project, number: u32) {
        let reason = "It invents refunds".parse().unwrap();
        let id = router().at(VersionNumber::new(number).unwrap());
        project.vetoes.insert(id, Veto { reason });
    }

    fn known(past: &[(u32, i64)]) -> Facts {
        let mut facts = facts(&[("prod", past)]);
        for number in [2, 3] {
            facts.record_vetoed(router().at(VersionNumber::new(number).unwrap()), None);
        }
        facts.record_sound_vetoes(Vetoes::clone(&vetoed().vetoes));
        facts
    }

    fn says(judged: &[Judged]) -> Vec<(Code, Outcome)> {
        let verdicts = judged.iter().flat_map(|judged| &judged.verdicts);
        verdicts
            .map(|verdict| (verdict.rule, verdict.outcome))
            .collect()
    }

    #[test]
    fn nothing_moves_to_vetoed_bytes_under_any_number() {
        let before = vetoed();
        for (to, expected) in [
            (2, vec![(Code::VETO, Outcome::Refuse)]),
            (3, vec![]),
            (4, vec![(Code::VETO, Outcome::Refuse)]),
            (0, vec![]),
        ] {
            let after = with(&before, &[("prod", to)]);
            let judged = judged(&before, &after, &known(&[(1, 90), (0, 99)])).unwrap();
            assert_eq!(says(&judged), expected, "→ {to}");
        }
    }

    #[test]
    fn a_return_is_no_way_around_it() {
        let before = with(&vetoed(), &[("prod", 3)]);
        let after = with(&before, &[("prod", 2)]);
        let judged = judged(&before, &after, &known(&[(3, 1), (2, 90), (0, 99)])).unwrap();
        assert_eq!(says(&judged), [(Code::VETO, Outcome::Refuse)]);
    }

    #[test]
    fn it_is_neither_lifted_nor_set_in_passing() {
        let before = vetoed();
        let mut lifted = with(&before, &[("prod", 2)]);
        lifted.vetoes.clear();
        let mut set = with(&before, &[("prod", 3)]);
        veto(&mut set, 3);
        for after in [lifted, set] {
            let judged = judged(&before, &after, &known(&[(1, 90), (0, 99)])).unwrap();
            assert_eq!(says(&judged), [(Code::VETO, Outcome::Refuse)]);
        }
    }

    #[test]
    fn an_invalid_file_bars_what_it_barred_last() {
        let mut before = vetoed();
        before.vetoes.clear();
        before.unsound_vetoes = true;
        let after = with(&before, &[("prod", 2)]);
        let judged = judged(&before, &after, &known(&[(1, 90), (0, 99)])).unwrap();
        assert_eq!(says(&judged), [(Code::VETO, Outcome::Refuse)]);
    }
}
