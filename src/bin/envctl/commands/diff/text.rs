//! A review as text, for people and for `cut`.

use anstyle::Style;
use envctl::ops::{
    DiffLine, EnvironmentReview, Fate, ReleaseChange, Review, ReviewedMove, Ruling, SettingChange,
    TextChange, TextDifference,
};
use envctl::plan::PolicyChange;
use envctl::policy::Outcome;

use super::{lines, summary, words};
use crate::app::App;
use crate::commands::{moves, variables};
use crate::render::{Cell, Table, joined};
use crate::ui::{Shown, ShownLines, style};

/// Writes a review, with texts if `content` is set.
pub fn write(review: &Review, content: bool, app: &mut App) {
    if app.output.medium().terminal {
        review
            .environments
            .iter()
            .for_each(|environment| write_environment(review, environment, app));
        write_versions(review, app);
        write_section(app, "Project", &settings(&review.settings));
        if let Some(fate) = review.access {
            app.answer(format!("access.toml  {}\n", words::fate(fate)));
        }
        write_section(app, "Access", &settings(&review.members));
    } else {
        app.answer_table(&lines::table(review));
    }
    for change in &review.variables {
        app.output.warn(Shown(&variables::sentence(change)));
    }
    if content {
        review.texts.iter().for_each(|text| write_text(text, app));
    }
    if !review.is_empty() {
        app.output.say(summary::sentence(review));
    }
}

fn write_section(app: &mut App, title: &str, table: &Table) {
    if !table.is_empty() {
        let strong = style::STRONG;
        app.answer(format!("{strong}{title}{strong:#}"));
        app.answer_table(table);
        app.answer("");
    }
}

fn write_environment(review: &Review, environment: &EnvironmentReview, app: &mut App) {
    let EnvironmentReview {
        slug,
        name,
        production,
        fate,
        ..
    } = environment;
    let strong = style::STRONG;
    let name = name
        .as_ref()
        .map(|name| format!("  {}", Shown(&name.to_string())))
        .unwrap_or_default();
    let serves = if *production {
        "  serves production"
    } else {
        ""
    };
    let fate = if *fate == Fate::Changed {
        String::new()
    } else {
        format!("  {}", words::fate(*fate))
    };
    app.answer(format!("{strong}{slug}{strong:#}{name}{serves}{fate}"));
    app.answer_table(&settings(&environment.settings));
    app.answer_table(&policy(&environment.policy));
    write_moves(review, &environment.moves, app);
    if let Some(release) = &environment.release {
        let from = release
            .from
            .as_ref()
            .map(|from| format!(" from {from}"))
            .unwrap_or_default();
        app.answer(format!(
            "{strong}release{from} {}{strong:#}",
            words::release(release.change)
        ));
        if release.change != ReleaseChange::Approved {
            write_moves(review, &release.moves, app);
        }
    }
    app.answer("");
}

fn write_moves(review: &Review, moves: &[ReviewedMove], app: &mut App) {
    let mut table = Table::new(&[
        "RESOURCE", "LIVE", "THEN", "MOVE", "LINES", "LIVE FOR", "VERDICT",
    ]);
    for reviewed in moves {
        let moved = &reviewed.moved;
        table.row([
            Cell::new(&moved.resource),
            moves::number(moved.before),
            moves::number(moved.after).style(style::STRONG),
            Cell::new(words::direction(moved.direction())),
            Cell::new(words::lines_of(review, reviewed)),
            Cell::new(words::dwell(&reviewed.dwell, review.at)),
            Cell::new(words::verdict(&reviewed.ruling)).style(verdict_style(&reviewed.ruling)),
        ]);
    }
    app.answer_table(&table);
    let mut why = Table::under([]);
    for reviewed in moves
        .iter()
        .filter(|reviewed| reviewed.ruling.outcome() != Some(Outcome::Pass))
    {
        let eligible = reviewed
            .ruling
            .outcome()
            .and_then(|outcome| words::eligible(outcome, review.at));
        for (index, reason) in words::reasons(reviewed)
            .into_iter()
            .chain(eligible)
            .enumerate()
        {
            // As wide as the longest one, so that the next column is aligned.
            let word = if index == 0 {
                words::verdict(&reviewed.ruling)
            } else {
                " "
            };
            let word = Cell::new(format!("  {word:7}")).style(verdict_style(&reviewed.ruling));
            why.row([word, Cell::new(reason)]);
        }
    }
    app.answer_table(&why);
}

fn verdict_style(ruling: &Ruling) -> Style {
    match ruling.outcome() {
        Some(Outcome::Pass) => style::GOOD,
        Some(Outcome::Warn | Outcome::Wait(_)) => style::WARNING,
        Some(Outcome::Refuse) => style::ERROR,
        None if *ruling == Ruling::Unknown => style::WARNING,
        None => style::FAINT,
    }
}

fn settings(changes: &[SettingChange]) -> Table {
    let mut table = Table::new(&["KEY", "BEFORE", "AFTER"]);
    for SettingChange { key, before, after } in changes {
        table.row([
            Cell::new(key),
            words::said(before.as_ref()),
            words::said(after.as_ref()),
        ]);
    }
    table
}

fn policy(changes: &[PolicyChange]) -> Table {
    let mut table = Table::new(&["POLICY", "BEFORE", "AFTER"]);
    for PolicyChange { setting, before } in changes {
        table.row([
            Cell::new(setting.name()),
            words::said(before.as_ref()),
            words::said(setting.value().as_ref()),
        ]);
    }
    table
}

fn write_versions(review: &Review, app: &mut App) {
    let mut table = Table::new(&["VERSION", "BYTES", "LIVE IN"]);
    for published in &review.published {
        let live = joined(&published.live, ", ");
        table.row([
            Cell::new(&published.id),
            Cell::new(published.size).right(),
            Cell::new(live),
        ]);
    }
    write_section(app, "Published", &table);
    let mut broken = Table::under([]);
    for (ids, what) in [(&review.altered, "altered"), (&review.vanished, "gone")] {
        for id in ids {
            broken.row([Cell::new(id), Cell::new(what).style(style::ERROR)]);
        }
    }
    write_section(app, "Published versions never change", &broken);
}

/// Writes how a text changes, under a line that says of what.
pub fn write_text(text: &TextChange, app: &mut App) {
    let strong = style::STRONG;
    let (step, lines) = (words::step(text), words::lines(&text.difference));
    app.answer(format!("{strong}{step}{strong:#}  {lines}"));
    if let TextDifference::Lines { shown, .. } = &text.difference {
        write_lines(shown, app);
        app.answer("");
    }
}

/// Writes the lines of a unified diff.
pub fn write_lines(lines: &[DiffLine], app: &mut App) {
    for line in lines {
        let style = match line {
            DiffLine::Place(_) => style::HINT,
            DiffLine::Added(_) => style::GOOD,
            DiffLine::Removed(_) => style::ERROR,
            DiffLine::Same(_) | DiffLine::NoBreak => Style::new(),
        };
        app.answer(format!("{style}{}{style:#}", ShownLines(&line.to_string())));
    }
}
