use std::collections::BTreeSet;

use crate::model::{ResourceName, TargetName};

/// Returns `text` with everything that no slug has as a hyphen.
pub(super) fn slug(text: &str) -> String {
    let fine = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let slug: String = text.chars().map(fine).collect();
    slug.trim_matches('-').to_owned()
}

/// Returns the name of a resource that is as near to `wanted` as a project allows and not `taken`, and takes it; `None` if
/// nothing of `wanted` can be in a name.
pub(super) fn unique(wanted: &str, taken: &mut BTreeSet<String>) -> Option<ResourceName> {
    let name = unique_text(&slug(wanted), ResourceName::MAX, taken);
    let name = name.parse().ok()?;
    taken.insert(ResourceName::to_string(&name));
    Some(name)
}

/// Returns the name of a target that is as near to `wanted` as a rule allows and not `taken`, and takes it; `None` if
/// `wanted` is empty.
pub(super) fn target_name(wanted: &str, taken: &mut BTreeSet<String>) -> Option<TargetName> {
    let fine = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
            c
        } else {
            '-'
        }
    };
    let name: String = wanted.chars().map(fine).collect();
    let name = unique_text(&name, TargetName::MAX, taken);
    taken.insert(name.clone());
    name.parse().ok()
}

/// Returns the beginning of `wanted`, with a number where that is taken.
fn unique_text(wanted: &str, most: usize, taken: &BTreeSet<String>) -> String {
    let name: String = wanted.chars().take(most).collect();
    let name = name.trim_end_matches('-').to_owned();
    if !taken.contains(&name) {
        return name;
    }
    let numbered = |number: usize| {
        let ending = format!("-{number}");
        let short: String = name.chars().take(most - ending.len()).collect();
        format!("{short}{ending}")
    };
    let mut numbers = (2..).map(numbered);
    numbers.find(|name| !taken.contains(name)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_near_as_may_be_and_differ() {
        let mut taken = BTreeSet::new();
        let mut name = |wanted: &str| unique(wanted, &mut taken).map(|name| name.to_string());
        assert_eq!(name("GPT_4.1").as_deref(), Some("gpt-4-1"));
        assert_eq!(name("gpt 4 1").as_deref(), Some("gpt-4-1-2"));
        assert_eq!(name("***"), None);
        let long = "x".repeat(200);
        assert_eq!(name(&long).unwrap().len(), ResourceName::MAX);
        assert_eq!(name(&long).unwrap().len(), ResourceName::MAX);
        let mut taken = BTreeSet::new();
        let mut name = |wanted: &str| target_name(wanted, &mut taken).map(|name| name.to_string());
        assert_eq!(name("a.b").as_deref(), Some("a-b"));
        assert_eq!(name("a b").as_deref(), Some("a-b-2"));
        assert_eq!(name(""), None);
    }
}
