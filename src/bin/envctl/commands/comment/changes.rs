//! What changes besides pointers: versions, settings, access; folded but for what callers have to do.

use envctl::ops::{Fate, Review, SettingChange};
use envctl::plan::PolicyChange;

use super::folded::Folded;
use crate::commands::diff::words;
use crate::commands::variables;
use crate::render::{joined, markdown};

/// The most lines about variables.
const MOST_VARIABLES: usize = 10;
/// The most characters of a cell: a list of names can have any length.
const LONGEST_CELL: usize = 1_000;

/// Returns which callers have to change.
pub fn variables(review: &Review) -> Vec<String> {
    let all = &review.variables;
    let mut lines: Vec<String> = all
        .iter()
        .take(MOST_VARIABLES)
        .map(|change| format!("- ✏️ {}", cell(&variables::sentence(change))))
        .collect();
    let more = all.len().saturating_sub(MOST_VARIABLES);
    lines.extend((more > 0).then(|| format!("- and {more} more")));
    lines
}

/// Returns everything else that differs.
pub fn sections(review: &Review) -> Vec<Folded> {
    let mut groups = Vec::new();
    let mut group = |title: String, rows: Vec<String>| {
        if !rows.is_empty() {
            groups.push((title, rows));
        }
    };
    for environment in &review.environments {
        let slug = &environment.slug;
        let fate = match environment.fate {
            Fate::Changed => None,
            fate => Some(format!("- {}", words::fate(fate))),
        };
        let policy = environment.policy.iter().map(policy);
        let settings = environment.settings.iter().map(setting);
        let rows = fate.into_iter().chain(policy).chain(settings).collect();
        group(format!("**Environment `{slug}`**\n"), rows);
    }
    let published = review.published.iter().map(|one| {
        let live = joined(one.live.iter().map(|slug| format!("`{slug}`")), ", ");
        let live = if live.is_empty() {
            "nowhere yet".to_owned()
        } else {
            format!("in {live}")
        };
        format!("- {}: {} bytes, live {live}", code(&one.id), one.size)
    });
    let broken = [(&review.altered, "changed"), (&review.vanished, "gone")];
    let broken = broken.into_iter().flat_map(|(ids, what)| {
        ids.iter()
            .map(move |id| format!("- ❌ {}: {what}", code(id)))
    });
    group(
        "**Versions**\n".to_owned(),
        published.chain(broken).collect(),
    );
    let access = review
        .access
        .map(|fate| format!("- `access.toml` is {}: who may do what", words::fate(fate)));
    let settings = review.settings.iter().map(setting);
    let members = review.members.iter().map(setting);
    group(
        "**Project**\n".to_owned(),
        settings.chain(access).chain(members).collect(),
    );
    match groups.is_empty() {
        true => Vec::new(),
        false => vec![Folded {
            title: "Versions, settings and access".to_owned(),
            groups,
        }],
    }
}

fn policy(change: &PolicyChange) -> String {
    let PolicyChange { setting, before } = change;
    line(&setting.name(), before.as_ref(), setting.value().as_ref())
}

fn setting(change: &SettingChange) -> String {
    line(&change.key, change.before.as_ref(), change.after.as_ref())
}

fn line(key: &str, before: Option<&impl ToString>, after: Option<&impl ToString>) -> String {
    format!("- {}: {} → {}", code(&key), said(before), said(after))
}

/// Returns the value of a key, or that it has none.
fn said(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| cell(&value.to_string()))
}

fn cell(text: &str) -> String {
    match text.char_indices().nth(LONGEST_CELL) {
        None => markdown::sentence(text),
        Some((end, _)) => format!("{}…", markdown::sentence(&text[..end])),
    }
}

fn code(text: &impl ToString) -> String {
    markdown::code(&text.to_string())
}
