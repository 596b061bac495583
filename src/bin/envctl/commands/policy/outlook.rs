//! Describes the outcome of a promotion in words, and names the commands that fit.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use envctl::model::{EnvironmentSlug, Project, Resource};
use envctl::ops::Explanation;
use envctl::plan::{Outlook, Promotion};
use envctl::policy::{Judged, Verdict, Wait, rule};

use crate::render::count;
use crate::render::when::{rfc3339, until};

/// Returns the word for programs.
pub fn word(outlook: Outlook) -> &'static str {
    match outlook {
        Outlook::Nothing => "nothing",
        Outlook::Moves => "pass",
        Outlook::Request => "request",
        Outlook::Requested => "requested",
        Outlook::Waits { .. } => "wait",
        Outlook::Refused => "refuse",
    }
}

/// Returns what a promotion has to wait for first.
pub fn wait(outlook: Outlook) -> Option<Wait> {
    match outlook {
        Outlook::Request | Outlook::Requested => Some(Wait::Approval),
        Outlook::Waits { rule: code, .. } => rule(code).map(|rule| rule.waits_for),
        Outlook::Nothing | Outlook::Moves | Outlook::Refused => None,
    }
}

/// Returns what would happen to a promotion.
pub fn sentence(promotion: &Promotion, explanation: &Explanation) -> String {
    let Promotion { from, to, .. } = promotion;
    let Explanation {
        at,
        judged,
        outlook,
    } = explanation;
    let pointers = count(judged.len(), "pointer");
    match outlook {
        Outlook::Nothing => format!("{to} serves what {from} serves: nothing to do"),
        Outlook::Moves => format!("a promotion moves {pointers} now"),
        Outlook::Request => format!("a promotion of {pointers} is recorded and waits for approval"),
        Outlook::Requested => {
            format!("this promotion of {pointers} is recorded already and waits for approval")
        }
        Outlook::Waits {
            until: end,
            approval,
            ..
        } => {
            let then = if *approval {
                "; then it needs approval"
            } else {
                ""
            };
            format!(
                "a promotion of {pointers} waits: eligible {}, at {}{then}",
                until(*end, *at),
                rfc3339(*end)
            )
        }
        Outlook::Refused => format!("a promotion of {pointers} is refused"),
    }
}

/// Returns the commands that help, each with its purpose: for all of it, for what is eligible, or for what has to be
/// done first.
pub fn commands(
    promotion: &Promotion,
    project: &Project,
    explanation: &Explanation,
) -> Vec<(String, String)> {
    let Promotion {
        from,
        to,
        resources,
        ..
    } = promotion;
    let whole = |note: &str| (promote(from, to, resources), note.to_owned());
    let some = |chosen: Vec<&Judged>| {
        let resources: Vec<Resource> = chosen
            .iter()
            .map(|judged| judged.moved.resource.clone())
            .collect();
        let approval = chosen.iter().any(|judged| !judged.outcome().passes());
        let pointers = count(resources.len(), "pointer");
        let note = if approval {
            format!("requests approval for {pointers}")
        } else {
            format!("moves {pointers} now")
        };
        (!resources.is_empty()).then(|| (promote(from, to, &resources), note))
    };
    match explanation.outlook {
        Outlook::Nothing => Vec::new(),
        Outlook::Moves => vec![whole("moves all of it now")],
        Outlook::Requested => decisions(to),
        Outlook::Request => {
            // Moves that need no approval need not wait for those that do.
            let at_once = explanation
                .judged
                .iter()
                .filter(|judged| judged.outcome().passes())
                .collect();
            std::iter::once(whole("requests approval for all of it"))
                .chain(some(at_once))
                .collect()
        }
        Outlook::Waits { .. } | Outlook::Refused => {
            let first = first_elsewhere(promotion, project, &explanation.judged);
            let waiting = if project.pending.contains_key(to) {
                decisions(to)
            } else {
                Vec::new()
            };
            some(explanation.eligible().collect())
                .into_iter()
                .chain(first)
                .chain(waiting)
                .collect()
        }
    }
}

fn promote(from: &EnvironmentSlug, to: &EnvironmentSlug, resources: &[impl Display]) -> String {
    let names = resources
        .iter()
        .map(|resource| format!(" {resource}"))
        .collect::<String>();
    format!("envctl promote {from} {to}{names}")
}

fn decisions(to: &EnvironmentSlug) -> Vec<(String, String)> {
    let decisions = [
        ("approve", "moves its pointers"),
        ("reject", "rejects it"),
        ("withdraw", "withdraws it"),
    ];
    decisions
        .map(|(word, note)| (format!("envctl {word} {to}"), note.to_owned()))
        .into()
}

/// Returns the promotions into the required sources, except into the target itself.
fn first_elsewhere(
    promotion: &Promotion,
    project: &Project,
    judged: &[Judged],
) -> Vec<(String, String)> {
    let Promotion { from, to, .. } = promotion;
    let mut missing: BTreeMap<&EnvironmentSlug, BTreeSet<&Resource>> = BTreeMap::new();
    for judged in judged {
        for Verdict { missing_in, .. } in judged.verdicts.iter().filter(|it| !it.passes()) {
            if let Some(source) = missing_in {
                missing
                    .entry(source)
                    .or_default()
                    .insert(&judged.moved.resource);
            }
        }
    }
    let possible = |source: &EnvironmentSlug| {
        source != from && source != to && project.environments.contains_key(source)
    };
    let sources = missing.into_iter().filter(|(source, _)| possible(source));
    let command = |(source, resources): (&EnvironmentSlug, BTreeSet<&Resource>)| {
        (
            promote(
                from,
                source,
                &resources.into_iter().cloned().collect::<Vec<_>>(),
            ),
            format!("before {to}"),
        )
    };
    sources.map(command).collect()
}
