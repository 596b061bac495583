//! A review as a comment on a pull request.

mod fitted;
mod sections;
mod texts;

use envctl::model::Resource;
use envctl::ops::{Review, View};

use self::fitted::{Left, Room, length};
use self::sections::Limits;
use super::{summary, words};
use crate::render::when::rfc3339;
use crate::render::{count, joined, markdown};

/// The line by which a bot finds its comment again, to replace it.
const MARK: &str = "<!-- envctl-diff -->";
/// The most characters that a comment has. Forges take 65,536.
const MOST: usize = 65_000;
/// The room that is kept free for the note about what was left out.
const RESERVE: usize = 1_000;

/// The limits that are tried one after the other until the page fits: rows of each table, and environments.
const LIMITS: [Limits; 5] = [
    Limits {
        rows: usize::MAX,
        environments: usize::MAX,
    },
    Limits {
        rows: 100,
        environments: 100,
    },
    Limits {
        rows: 30,
        environments: 30,
    },
    Limits {
        rows: 10,
        environments: 15,
    },
    Limits {
        rows: 3,
        environments: 5,
    },
];

/// Returns a review about `resources` as a page of at most 65,000 characters, with texts if `content` asks for them.
pub fn page(review: &Review, resources: &[Resource], content: bool) -> String {
    let head = head(review);
    let mut left = Left::default();
    let mut page = head.clone();
    for limits in &LIMITS {
        let (sections, cut) = sections::all(review, limits);
        let tried = [std::slice::from_ref(&head), &*sections]
            .concat()
            .join("\n\n");
        if length(&tried) <= MOST - RESERVE {
            (page, left) = (tried, cut);
            break;
        }
        left = Left {
            everything: true,
            ..Left::default()
        };
    }
    if content {
        let mut room = Room::of(MOST - RESERVE - length(&page));
        let (texts, cut) = texts::all(review, &mut room);
        left.texts = cut;
        page = [vec![page], texts].concat().join("\n\n");
    }
    match left.words() {
        None => page,
        Some(words) => {
            format!(
                "{page}\n\n> Left out, for length: {words}. All of it: {}",
                command(review, resources, content)
            )
        }
    }
}

fn head(review: &Review) -> String {
    let (from, to) = (review.from.commit.short(), review.to.commit.short());
    let summary = markdown::text(&summary::sentence(review));
    let judged = format!(
        "`{from}` → `{to}`, judged by the policies of `{from}` as of {}",
        rfc3339(review.at)
    );
    let mut lines = vec![MARK.to_owned(), format!("**{summary}**"), judged];
    lines.extend(alarm(review));
    lines.extend(rolled_back(review));
    lines.join("\n\n")
}

/// The most versions that were rolled back for which the page says when, by whom and why.
const TOLD: usize = 10;

/// Returns the moves that would bring back a version that was rolled back. A reviewer should know
/// them before the table of moves.
fn rolled_back(review: &Review) -> Option<String> {
    let back = words::rolled_back(review);
    let told = back.iter().take(TOLD);
    let mut lines: Vec<String> = told
        .map(|back| format!("> ↩️ {}", markdown::sentence(&back.message)))
        .collect();
    let left = back.len().saturating_sub(TOLD);
    lines.extend((left > 0).then(|| format!("> ↩️ and {left} more that were rolled back")));
    (!lines.is_empty()).then(|| lines.join("\n>\n"))
}

/// Returns what a reviewer has to know first: violations that must never happen, and what could not be compared.
fn alarm(review: &Review) -> Option<String> {
    let broken = review.altered.len() + review.vanished.len();
    let broken = (broken > 0 && review.to.state.project.exists).then(|| {
        format!(
            "{} changed or removed, but versions are immutable",
            count(broken, "published version")
        )
    });
    let unread = |view: &View, side: &str| {
        let findings = view.state.findings.len();
        (findings > 0).then(|| {
            format!(
                "what could not be read {side} is not compared ({})",
                count(findings, "finding")
            )
        })
    };
    let parts: Vec<String> = [
        broken,
        unread(&review.from, "before"),
        unread(&review.to, "after"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| format!("> ⚠️ {}: see `envctl check`", joined(parts, "; ")))
}

/// Returns the command that shows the whole review. It names commits, because anybody can choose the names of branches.
fn command(review: &Review, resources: &[Resource], content: bool) -> String {
    let range = format!(
        "{}..{}",
        review.from.commit.short(),
        review.to.commit.short()
    );
    let content = content.then(|| "--content".to_owned());
    let words = ["envctl diff".to_owned(), range]
        .into_iter()
        .chain(resources.iter().take(5).map(ToString::to_string));
    format!("`{}`", joined(words.chain(content), " "))
}
