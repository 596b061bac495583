//! The text behind the numbers, folded under its name.

use std::borrow::Cow;

use envctl::ops::{DiffLine, Review, TextChange, TextDifference};

use super::room::{LeftTexts, Room, length};
use crate::commands::diff::words;
use crate::render::{count, markdown};

/// The largest part of a page that one text may take, so that others fit too.
const MOST_OF_ONE: usize = 20_000;
/// The longest line that is shown in full.
const LONGEST_LINE: usize = 2_000;
/// A text that is shorter than this is useless.
const LEAST: usize = 400;

/// Returns the text changes that fit into `room`, those of the environments shown first; and what was left out.
pub fn all(review: &Review, room: &mut Room) -> (Vec<String>, LeftTexts) {
    let mut left = LeftTexts::default();
    let mut shown = Vec::new();
    let mut changes: Vec<&TextChange> = review.texts.iter().collect();
    changes.sort_by_key(|text| place(review, text));
    for change in changes {
        let (text, cut) = one(change, room.left().min(MOST_OF_ONE));
        let shows = room.left() >= LEAST && room.take(&text);
        if shows {
            left.lines += cut;
            shown.push(text);
        } else {
            left.whole += 1;
        }
    }
    (shown, left)
}

/// Returns the position of the first environment that uses a text; unused texts come last.
fn place(review: &Review, text: &TextChange) -> usize {
    let takes = |moved: &envctl::model::Move| {
        moved.resource == text.resource
            && moved.before == text.before
            && moved.after == Some(text.after)
    };
    let first = review
        .environments
        .iter()
        .position(|one| one.moves.iter().any(|reviewed| takes(&reviewed.moved)));
    first.unwrap_or(usize::MAX)
}

/// Returns one text change that takes about `room`, and how many of its lines were left out.
fn one(change: &TextChange, room: usize) -> (String, usize) {
    let title = format!(
        "{} ({})",
        words::step(change),
        words::lines(&change.difference)
    );
    let TextDifference::Lines { shown, .. } = &change.difference else {
        return (markdown::text(&title), 0);
    };
    let mut taken = length(&title) + 100;
    let mut lines = Vec::new();
    for line in shown {
        let line = shortened(line);
        taken += length(&line) + 1;
        if taken > room {
            break;
        }
        lines.push(line);
    }
    let cut = shown.len() - lines.len();
    if cut > 0 {
        lines.push(format!("… {} more", count(cut, "line")).into());
    }
    (
        markdown::folded(
            &markdown::text(&title),
            &markdown::block("diff", lines.into_iter()),
        ),
        cut,
    )
}

fn shortened(line: &DiffLine) -> Cow<'static, str> {
    let line = line.to_string();
    match line.char_indices().nth(LONGEST_LINE) {
        None => line.into(),
        Some((end, _)) => format!("{}…", &line[..end]).into(),
    }
}
