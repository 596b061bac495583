//! The table: what moves where, by whom and why, and may it.

use envctl::diag::{Code, Finding, Severity};
use envctl::model::Move;
use envctl::ops::{EnvironmentReview, ReleaseChange, ReleaseReview, Review, ReviewedMove, Ruling};
use envctl::policy::Outcome;

use super::deciding::{decisive, is_own_approval, open};
use super::pull_request::PullRequest;
use super::who::{of_commit, person};
use super::words::{of_verdict, short, wait};
use crate::commands::diff::words;
use crate::render::report::CheckReport;
use crate::render::{joined, markdown};

/// How a pointer is about to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Made,
    Requested,
    Closed,
}

/// Returns the header and the rows of the table.
pub fn table(comment: &PullRequest<'_>, review: &Review) -> ([&'static str; 5], Vec<Vec<String>>) {
    let mut rows = Vec::new();
    for environment in &review.environments {
        for reviewed in &environment.moves {
            rows.push(row(comment, review, environment, (reviewed, Manner::Made)));
        }
        if let Some(release) = &environment.release {
            let manner = match release.change {
                ReleaseChange::Approved => continue,
                ReleaseChange::Requested | ReleaseChange::Tampered => Manner::Requested,
                ReleaseChange::Closed => Manner::Closed,
            };
            for reviewed in &release.moves {
                rows.push(row(comment, review, environment, (reviewed, manner)));
            }
        }
    }
    fold_repeated(&mut rows);
    (
        ["Environment", "Move", "Text", "By, and why", "Verdict"],
        rows,
    )
}

/// The column that says who did it and why.
const BY: usize = 3;

/// Says of each row that has the same author and reason as the one above it just that.
fn fold_repeated(rows: &mut [Vec<String>]) {
    let told: Vec<String> = rows.iter().map(|row| row[BY].clone()).collect();
    for (index, row) in rows.iter_mut().enumerate().skip(1) {
        if told[index] == told[index - 1] && told[index] != unknown() {
            "as above".clone_into(&mut row[BY]);
        }
    }
}

fn row(
    comment: &PullRequest<'_>,
    review: &Review,
    environment: &EnvironmentReview,
    (reviewed, manner): (&ReviewedMove, Manner),
) -> Vec<String> {
    let production = if environment.production { " 🔴" } else { "" };
    let release = environment.release.as_ref();
    vec![
        format!("`{}`{production}", environment.slug),
        step(&reviewed.moved, manner),
        markdown::text(&words::lines_of(review, reviewed)),
        by(reviewed, release.filter(|_| manner != Manner::Made)),
        verdict(comment, review, reviewed, manner),
    ]
}

fn step(moved: &Move, manner: Manner) -> String {
    let resource = markdown::code(&moved.resource.to_string());
    let numbers = match (moved.before, moved.after) {
        (Some(before), Some(after)) if after < before => format!("{before} → **{after}** back"),
        (Some(before), Some(after)) => format!("{before} → **{after}**"),
        (None, Some(after)) => format!("**{after}** new"),
        (Some(before), None) => format!("{before} **removed**"),
        (None, None) => String::new(),
    };
    match manner {
        Manner::Made => format!("{resource} {numbers}"),
        Manner::Requested => format!("requests {resource} {numbers}"),
        Manner::Closed => format!("closes the request for {resource} {numbers}"),
    }
}

/// Returns who moved it, who had asked for it, and why.
fn by(reviewed: &ReviewedMove, release: Option<&ReleaseReview>) -> String {
    if let Some(release) = release {
        return release.commit.as_ref().map_or_else(unknown, of_commit);
    }
    let Some(account) = &reviewed.account else {
        return unknown();
    };
    match &account.request {
        None => of_commit(&account.origin),
        Some(asked) => {
            let approval = match is_own_approval(account) {
                true => format!("the same person (`{}`)", account.origin.id.short()),
                false => person(&account.origin),
            };
            format!("{}; approved by {approval}", of_commit(&asked.commit))
        }
    }
}

fn unknown() -> String {
    "—".to_owned()
}

/// Returns the verdict in a few words. What the judge found outranks what the policies say about a move by itself.
fn verdict(
    comment: &PullRequest<'_>,
    review: &Review,
    reviewed: &ReviewedMove,
    manner: Manner,
) -> String {
    if manner == Manner::Closed {
        return "—".to_owned();
    }
    match comment.report {
        Some(report) => of_report(comment, report, reviewed, manner),
        None => of_policies(review, reviewed, manner),
    }
}

fn of_report(
    comment: &PullRequest<'_>,
    report: &CheckReport,
    reviewed: &ReviewedMove,
    manner: Manner,
) -> String {
    let about = |finding: &&Finding| is_about(finding, &reviewed.moved);
    let found: Vec<&Finding> = report.all().filter(about).collect();
    // What bars only other ways of landing than the one that comes closest does not stand in the way.
    let errors: Vec<&Finding> = decisive(report).into_iter().filter(about).collect();
    let warned = |finding: &&Finding| finding.severity == Severity::Warning;
    let warnings: Vec<&Finding> = found.iter().copied().filter(warned).collect();
    let latest = errors.iter().map(|error| error.eligible).max().flatten();
    let waits = errors.iter().all(|error| error.eligible.is_some());
    match (errors.is_empty(), latest.filter(|_| waits)) {
        (false, Some(latest)) => format!("⏳ {}", wait(latest, comment.at)),
        (false, None) => format!("❌ {}", codes(&errors)),
        (true, _) if found.len() > warnings.len() => "⚠️ depends on how it lands".to_owned(),
        (true, _) if !warnings.is_empty() => format!("⚠️ passes: {}", codes(&warnings)),
        (true, _) if manner == Manner::Requested => "⏳ waits for approval".to_owned(),
        (true, _) => "✅ passes".to_owned(),
    }
}

fn codes(found: &[&Finding]) -> String {
    let mut said: Vec<String> = Vec::new();
    let is_missing = found
        .iter()
        .any(|finding| finding.code == Code::REQUIRED_SOURCE);
    for finding in found {
        // What is not live in the source at all has not been live there for long enough either.
        if is_missing && finding.code == Code::MIN_DWELL && finding.eligible.is_none() {
            continue;
        }
        let words = short(finding.code);
        if !said.contains(&words) {
            said.push(words);
        }
    }
    joined(said, "; ")
}

/// Reports whether a finding is about `moved`, made or requested.
fn is_about(finding: &Finding, moved: &Move) -> bool {
    let slug = &moved.environment;
    let files = [
        format!("pointers/{slug}.toml"),
        format!("pending/{slug}.toml"),
    ];
    let table = format!("{}.{}", moved.resource.kind.folder(), moved.resource.name);
    let within = |key: String| {
        key.strip_prefix(&table)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    files.contains(&finding.place.file) && finding.place.dotted_key().is_some_and(within)
}

fn of_policies(review: &Review, reviewed: &ReviewedMove, manner: Manner) -> String {
    let judged = match &reviewed.ruling {
        Ruling::Judged(judged) => judged,
        Ruling::Unknown => return "❔ the history is not here".to_owned(),
        Ruling::Unjudged => return "—".to_owned(),
    };
    let outcome = open(reviewed, judged).map(|verdict| verdict.outcome);
    let outcome = outcome.fold(Outcome::Pass, Outcome::outranking);
    if let (true, Some(account)) = (outcome.passes(), reviewed.approved_within()) {
        let approval = account.origin.id.short();
        return format!("⚠️ approved in `{approval}`: keep both commits");
    }
    let mut said: Vec<String> = Vec::new();
    let is_missing = open(reviewed, judged)
        .any(|verdict| verdict.rule == Code::REQUIRED_SOURCE && !verdict.passes());
    for verdict in open(reviewed, judged) {
        if is_missing && verdict.rule == Code::MIN_DWELL {
            continue;
        }
        let words = of_verdict(verdict, review.at);
        let decides = outcome == verdict.outcome && verdict.outcome != Outcome::Pass;
        if decides && !said.contains(&words) {
            said.push(words);
        }
    }
    let said = joined(said, "; ");
    match outcome {
        Outcome::Pass if manner == Manner::Requested => "⏳ waits for approval".to_owned(),
        Outcome::Pass => "✅ passes".to_owned(),
        Outcome::Warn => format!("⚠️ passes: {said}"),
        Outcome::Refuse | Outcome::Wait(None) => format!("❌ {said}"),
        Outcome::Wait(Some(_)) => format!("⏳ {said}"),
    }
}
