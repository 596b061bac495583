//! Every rule's sentence about every move, folded.

use envctl::ops::{Dwell, EnvironmentReview, Review, ReviewedMove, Ruling};
use envctl::policy::Outcome;

use super::deciding::open;
use super::folded::Folded;
use crate::commands::diff::words;
use crate::render::when::lasting;
use crate::render::{count, joined, markdown};

/// Returns what the rules say, environment by environment.
pub fn sections(review: &Review) -> Vec<Folded> {
    let groups: Vec<(String, Vec<String>)> = review
        .environments
        .iter()
        .map(|environment| (heading(environment), rows(review, environment)))
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    let moves: usize = groups.iter().map(|(_, rows)| rows.len()).sum();
    match moves {
        0 => Vec::new(),
        _ => vec![Folded {
            title: format!(
                "Evidence: what each rule says about {}",
                count(moves, "move")
            ),
            groups,
        }],
    }
}

fn heading(environment: &EnvironmentReview) -> String {
    let name = environment.name.as_ref().map(ToString::to_string);
    let name = name
        .filter(|name| name != environment.slug.as_str())
        .map(|name| format!(" ({})", markdown::text(&name)));
    format!("**`{}`**{}\n", environment.slug, name.unwrap_or_default())
}

fn rows(review: &Review, environment: &EnvironmentReview) -> Vec<String> {
    let mut all: Vec<&ReviewedMove> = environment.moves.iter().collect();
    let known = |reviewed: &&ReviewedMove| {
        !environment
            .moves
            .iter()
            .any(|made| made.moved == reviewed.moved)
    };
    let release = environment.release.iter();
    all.extend(release.flat_map(|release| &release.moves).filter(known));
    all.into_iter().map(|one| row(review, one)).collect()
}

fn row(review: &Review, reviewed: &ReviewedMove) -> String {
    let moved = &reviewed.moved;
    let what = match moved.after {
        Some(after) => moved.resource.at(after).to_string(),
        None => format!("{} removed", moved.resource),
    };
    let mut said = Vec::new();
    match &reviewed.ruling {
        Ruling::Judged(judged) => said.extend(open(reviewed, judged).map(|verdict| {
            let sign = match verdict.outcome {
                Outcome::Pass => "✅",
                Outcome::Warn => "⚠️",
                Outcome::Refuse => "❌",
                Outcome::Wait(_) => "⏳",
            };
            let proof = verdict
                .evidence
                .map(|commit| format!(" (`{}`)", commit.short()));
            format!(
                "{sign} {}: {}{}",
                verdict.rule,
                markdown::sentence(&verdict.sentence),
                proof.unwrap_or_default()
            )
        })),
        Ruling::Unknown => said.push("❔ the history is not here (shallow clone)".to_owned()),
        Ruling::Unjudged => {}
    }
    if said.is_empty() && reviewed.approved_within().is_none() {
        said.push("no rule applies".to_owned());
    }
    said.extend(words::approval_within(reviewed).map(|within| markdown::sentence(&within)));
    if let Dwell::Live { source, since, .. } = &reviewed.dwell {
        said.push(format!(
            "live in `{source}` for {}",
            lasting(*since, review.at)
        ));
    }
    if let Some(account) = &reviewed.account {
        let by = &account.origin.author.email;
        said.push(format!("set by {}", markdown::code(by)));
        if let Some(asked) = &account.request {
            let by = markdown::code(&asked.commit.author.email);
            said.push(format!("requested by {by}"));
        }
    }
    format!("- {}: {}", markdown::code(&what), joined(said, "; "))
}
