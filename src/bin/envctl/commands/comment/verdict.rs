//! The first lines: may it land, and what would change that.

use std::collections::BTreeSet;

use envctl::diag::{Code, Finding, Severity};
use envctl::ops::{LandingWay, Review, ReviewedMove, Ruling};
use envctl::policy::Outcome;
use jiff::Timestamp;

use super::deciding::{decisive, is_own_approval, outcome};
use super::pull_request::PullRequest;
use super::rules;
use super::words::{enumerated, wait, ways};
use crate::render::report::CheckReport;
use crate::render::when::{rfc3339, until};
use crate::render::{count, joined, markdown};

/// The most lines about what to do.
const MOST_REMEDIES: usize = 8;

/// Whether a pull request may land, and how.
enum MayLand {
    /// In every way that was judged.
    May,
    /// Only in these ways.
    Only(Vec<LandingWay>),
    /// In none.
    MayNot,
}

/// Returns the first line: the verdict, and what would change it.
pub fn headline(comment: &PullRequest<'_>) -> String {
    match (comment.report, comment.review) {
        (Some(report), _) => of_report(comment, report),
        (None, Some(review)) => of_review(review),
        (None, None) => String::new(),
    }
}

fn landing(report: &CheckReport) -> MayLand {
    let open = report.landings.iter().filter(|landing| landing.passes);
    let open: Vec<LandingWay> = open.map(|landing| landing.way).collect();
    match (open.is_empty(), open.len() == report.landings.len()) {
        // A range without commits has no way of landing, and nothing to refuse.
        (_, true) if !report.fails() => MayLand::May,
        (false, false) => MayLand::Only(open),
        // An error that belongs to no way of landing bars all of them.
        _ => MayLand::MayNot,
    }
}

fn of_report(comment: &PullRequest<'_>, report: &CheckReport) -> String {
    let onto = &comment.onto;
    match landing(report) {
        MayLand::May if !risks(comment).is_empty() => format!(
            "⚠️ **May land on {onto}, but {}.**{}",
            enumerated(&risks(comment), "and"),
            holds(comment, report)
        ),
        MayLand::May => {
            let warnings = report.count() - report.errors();
            let warned = match warnings {
                0 => String::new(),
                some => format!(", with {}", count(some, "warning")),
            };
            format!(
                "✅ **May land on {onto}{warned}.**{}",
                holds(comment, report)
            )
        }
        MayLand::Only(open) => format!(
            "⚠️ **May land on {onto} by {}, but not by {}.**{}{}",
            ways(&open),
            ways(&closed(report)),
            match risks(comment) {
                risks if risks.is_empty() => String::new(),
                risks => format!(" Note that {}.", enumerated(&risks, "and")),
            },
            holds(comment, report)
        ),
        MayLand::MayNot => {
            let errors = decisive(report);
            let needs = needs(&errors, comment.at);
            let sign = match errors.iter().all(|error| error.eligible.is_some()) {
                true if !errors.is_empty() => "⏳",
                _ => "❌",
            };
            format!("{sign} **May not land on {onto}.** {needs}")
        }
    }
}

/// Returns what no rule forbids and a reviewer has to know all the same.
fn risks(comment: &PullRequest<'_>) -> Vec<&'static str> {
    let about = |told: fn(&Review) -> Vec<String>| {
        let told = comment.review.map(told);
        told.is_some_and(|lines| !lines.is_empty())
    };
    let all = [
        (about(rules::loosened), "it loosens rules"),
        (about(rules::access), "it changes who may do what"),
        (approves_itself(comment), "whoever asked for it approved it"),
    ];
    let risks = all.into_iter().filter(|(is_so, _)| *is_so);
    risks.map(|(_, risk)| risk).collect()
}

/// Reports whether somebody approved a request of their own.
fn approves_itself(comment: &PullRequest<'_>) -> bool {
    let moves = comment.review.iter().flat_map(|review| review.moves());
    let mut accounts = moves.filter_map(|reviewed| reviewed.account.as_ref());
    accounts.any(is_own_approval)
}

fn closed(report: &CheckReport) -> Vec<LandingWay> {
    let closed = report.landings.iter().filter(|landing| !landing.passes);
    closed.map(|landing| landing.way).collect()
}

/// Returns until when the verdict holds, and why no longer.
fn holds(comment: &PullRequest<'_>, report: &CheckReport) -> String {
    let Some(moment) = report.valid_until else {
        return String::new();
    };
    let when = format!("{}, {}", rfc3339(moment), until(moment, comment.at));
    match report.lapses == Some(moment) {
        true => {
            format!(" Land it before {when}: by then a request or an approval in it is too old.")
        }
        false => {
            format!(" This holds until {when}, when a window, a freeze or a key begins or ends.")
        }
    }
}

/// Returns what would have to happen, in one sentence.
fn needs(errors: &[&Finding], at: Timestamp) -> String {
    let mut parts = BTreeSet::new();
    for error in errors {
        parts.insert(match (error.eligible, error.code) {
            (Some(_), _) => Need::Wait,
            (None, Code::APPROVAL) => Need::Approval,
            (None, Code::SEPARATION_OF_DUTIES) => Need::OtherApproval,
            (None, Code::ROLLED_BACK) => Need::NamedRequest,
            (None, Code::MERGE_CONFLICT) => Need::Resolution,
            _ => Need::Change,
        });
    }
    let latest = errors.iter().filter_map(|error| error.eligible).max();
    let said: Vec<String> = parts
        .iter()
        .map(|need| match need {
            Need::Wait => match latest {
                Some(latest) => format!("a wait that ends {}", wait(latest, at)),
                None => "a wait".to_owned(),
            },
            Need::Approval => "a request and its approval".to_owned(),
            Need::OtherApproval => {
                "a request that lands first, and in a later pull request its approval by another person"
                    .to_owned()
            }
            Need::NamedRequest => {
                "a request for the version that was rolled back, which somebody else approves".to_owned()
            }
            Need::Resolution => "its conflicts resolved; nothing else could be judged".to_owned(),
            Need::Change => "a change to the pull request".to_owned(),
        })
        .collect();
    match parts.iter().all(|need| *need == Need::Change) {
        true => "Neither waiting nor an approval helps: the pull request has to change.".to_owned(),
        false => format!("It needs {}.", joined(said, "; ")),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Wait,
    Approval,
    OtherApproval,
    NamedRequest,
    Resolution,
    Change,
}

/// Returns the first line of a page that no judge was asked for: what the policies say about the moves.
fn of_review(review: &Review) -> String {
    let made: Vec<&ReviewedMove> = review.moves().collect();
    let all = count(made.len(), "move");
    let outcomes =
        |wanted: fn(&ReviewedMove) -> bool| made.iter().filter(|one| wanted(one)).count();
    let refused = outcomes(|one| outcome(one) == Some(Outcome::Refuse));
    let unapproved = outcomes(|one| outcome(one) == Some(Outcome::Wait(None)));
    let unknown = outcomes(|one| one.ruling == Ruling::Unknown);
    let latest = made.iter().filter_map(|one| outcome(one)?.eligible()).max();
    let judge = "`envctl check --pin-policy` judges the whole.";
    let (sign, verdict) = if made.is_empty() {
        ("ℹ️", "Nothing moves.".to_owned())
    } else if refused > 0 {
        ("❌", format!("The policies refuse {refused} of {all}."))
    } else if unknown > 0 {
        (
            "❔",
            format!("For {unknown} of {all}, the history is not here."),
        )
    } else if let Some(latest) = latest {
        let ends = wait(latest, review.at);
        ("⏳", format!("The policies allow all moves {ends}."))
    } else if unapproved > 0 {
        ("❌", format!("{unapproved} of {all} need approval first."))
    } else {
        ("✅", format!("The policies allow {all}."))
    };
    format!("{sign} **{verdict}** {judge}")
}

/// Returns what to do, in the words of the findings, each help once; what is warned of where nothing stands in the way.
pub fn remedies(comment: &PullRequest<'_>) -> Vec<String> {
    let Some(report) = comment.report else {
        return Vec::new();
    };
    let errors = match landing(report) {
        MayLand::MayNot => decisive(report),
        MayLand::May | MayLand::Only(_) => return warnings(report),
    };
    let mut told = BTreeSet::new();
    let mut lines = Vec::new();
    for error in errors {
        let mut help = error.help.iter().flat_map(|help| help.lines());
        // A line that says when the finding applies does not help anybody.
        let help = help.find(|line| !line.starts_with("this applies if"));
        let line = match (error.eligible, help) {
            (Some(moment), _) => format!("wait until {}", rfc3339(moment)),
            (None, Some(help)) => help.to_owned(),
            (None, None) => format!("{}: {}", error.place.file, error.message),
        };
        if told.insert(line.clone()) {
            lines.push(format!("- {}", with_command(&line)));
        }
    }
    let mut listing = listed("What helps:\n", lines);
    let warned = warnings(report);
    if !warned.is_empty() {
        listing.push(String::new());
        listing.extend(warned);
    }
    listing
}

fn warnings(report: &CheckReport) -> Vec<String> {
    let warnings = report
        .all()
        .filter(|finding| finding.severity == Severity::Warning);
    let lines = warnings.map(|warning| format!("- ⚠️ {}", markdown::sentence(&warning.message)));
    listed("Warnings:\n", lines.collect())
}

/// Returns as many of `lines` as a reader takes in, under a title.
fn listed(title: &str, mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(MOST_REMEDIES);
    lines.truncate(MOST_REMEDIES);
    lines.extend((more > 0).then(|| format!("- {more} more: see the findings")));
    match lines.is_empty() {
        true => lines,
        false => std::iter::once(title.to_owned()).chain(lines).collect(),
    }
}

/// Returns a hint with its command as code: `promote it there first: envctl promote qa staging`.
fn with_command(hint: &str) -> String {
    match hint.split_once(": envctl ") {
        Some((text, command)) if !command.contains(';') => format!(
            "{}: {}",
            markdown::sentence(text),
            markdown::code(&format!("envctl {command}"))
        ),
        _ => markdown::sentence(hint),
    }
}
