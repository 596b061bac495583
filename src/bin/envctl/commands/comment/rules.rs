//! What a reviewer should see before the table of moves: loosened rules, versions that were rolled back, what must never happen.

use envctl::model::{EnvironmentSlug, LoosenedRule, PolicyValue, VersionId};
use envctl::ops::{Fate, Review, View};

use crate::commands::diff::words;
use crate::render::{joined, markdown};

/// The most lines about one thing.
const TOLD: usize = 12;

/// Returns violations that must never happen, and what could not be compared.
pub fn alarm(review: &Review) -> Vec<String> {
    let exists = review.to.state.project.exists;
    let broken = [(&review.altered, "changed"), (&review.vanished, "removed")];
    let broken = broken
        .into_iter()
        .filter(|_| exists)
        .flat_map(|(ids, what)| {
            ids.iter().map(move |id| {
                let live = live_in(review, id);
                let live = match live.is_empty() {
                    true => String::new(),
                    false => format!(", which is live in {}", joined(live, ", ")),
                };
                format!(
                    "{}{live}, is {what}: published versions are immutable",
                    markdown::code(&id.to_string())
                )
            })
        });
    let unread = |view: &View, side: &str| {
        let mut files: Vec<&str> = Vec::new();
        for finding in &view.state.findings {
            if !files.contains(&finding.place.file.as_str()) {
                files.push(&finding.place.file);
            }
        }
        let more = files.len().saturating_sub(TOLD);
        let mut named: Vec<String> = files
            .iter()
            .take(TOLD)
            .map(|file| markdown::code(file))
            .collect();
        named.extend((more > 0).then(|| format!("{more} more")));
        (!named.is_empty()).then(|| {
            format!(
                "{side} the change, {} cannot be read, and what it says is not compared",
                joined(named, ", ")
            )
        })
    };
    let unread = [unread(&review.from, "before"), unread(&review.to, "after")];
    told(broken.chain(unread.into_iter().flatten()).collect(), "⚠️")
}

/// Returns the environments in which a version is live before the change.
fn live_in(review: &Review, id: &VersionId) -> Vec<String> {
    let before = &review.from.state.project;
    let serves = |slug: &&EnvironmentSlug| before.live(slug, &id.resource) == Some(id.number);
    let slugs = before.environments.keys().filter(serves);
    slugs.map(|slug| format!("`{slug}`")).collect()
}

/// Returns the rules that hold no longer, or less strictly.
pub fn loosened(review: &Review) -> Vec<String> {
    let mut lines = Vec::new();
    let before = &review.from.state.project.environments;
    for (slug, old) in before {
        let Some(new) = review.to.state.project.environments.get(slug) else {
            if !old.policy.is_empty() {
                lines.push(format!("`{slug}` is removed, with its rules"));
            }
            continue;
        };
        if old.production && !new.production {
            lines.push(format!("`{slug}` no longer serves production"));
        }
        let rules = old.policy.loosened(&new.policy);
        lines.extend(rules.iter().map(|rule| looser(slug, rule)));
    }
    told(lines, "🔓")
}

/// Returns what changes about who may do what.
pub fn access(review: &Review) -> Vec<String> {
    let mut lines = Vec::new();
    if review.access == Some(Fate::Removed) {
        lines.push("`access.toml` is removed: everyone is an owner".to_owned());
    }
    for change in &review.members {
        let value = |value: &Option<String>| match value {
            Some(value) => markdown::text(&cut(value)),
            None => "nothing".to_owned(),
        };
        lines.push(format!(
            "`access.toml`: {}: {} → **{}**",
            markdown::code(&change.key),
            value(&change.before),
            value(&change.after)
        ));
    }
    told(lines, "🔑")
}

/// Returns what a policy states less strictly: `prod`: `min_dwell` 24h → **1h**.
fn looser(slug: &EnvironmentSlug, rule: &LoosenedRule) -> String {
    let value = |value: &Option<PolicyValue>| match value {
        Some(value) => markdown::text(&value.to_string()),
        None => "off".to_owned(),
    };
    format!(
        "`{slug}`: `{}` {} → **{}**",
        rule.name(),
        value(&rule.before),
        value(&rule.after)
    )
}

/// Returns the moves that would bring back a version that was rolled back.
pub fn rolled_back(review: &Review) -> Vec<String> {
    let back = words::rolled_back(review);
    let lines = back.iter().map(|back| markdown::sentence(&back.message));
    told(lines.collect(), "↩️")
}

fn told(mut lines: Vec<String>, sign: &str) -> Vec<String> {
    let more = lines.len().saturating_sub(TOLD);
    lines.truncate(TOLD);
    lines.extend((more > 0).then(|| format!("and {more} more")));
    // Two spaces at the end keep each on a line of its own.
    lines
        .into_iter()
        .map(|line| format!("> {sign} {line}  "))
        .collect()
}

/// The most characters of a value: a list of names can have any length.
const LONGEST: usize = 300;

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
