use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use crate::model::{ResourceName, TargetName};

/// Returns `text` as a slug: in small letters, with one hyphen for all that no slug has, and `all` for `*`. A slug stays as it is.
pub(super) fn slug(text: &str) -> String {
    let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.chars().all(is_fine) {
        return text.trim_matches('-').to_owned();
    }
    let mut slug = String::with_capacity(text.len());
    for character in text.replace('*', "all").chars() {
        match character.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || c.is_ascii_digit() => slug.push(c),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// The names that are taken of one kind of things, and where counting goes on for those that would be called the same.
#[derive(Clone, Debug, Default)]
pub(super) struct TakenNames {
    taken: BTreeSet<String>,
    next: BTreeMap<String, usize>,
}

impl TakenNames {
    /// Reports whether `name` is taken.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// Takes `name`.
    pub(super) fn insert(&mut self, name: &str) {
        self.taken.insert(name.to_owned());
    }

    /// Takes the name of a resource that is as near to `wanted` as a project allows; `None` if nothing of `wanted` can be
    /// in a name.
    pub(super) fn resource(&mut self, wanted: &str) -> Option<ResourceName> {
        self.resource_beside(wanted, &BTreeSet::new())
    }

    /// Takes a name like [`resource`](Self::resource) does, and none of `others`.
    pub(super) fn resource_beside(
        &mut self,
        wanted: &str,
        others: &BTreeSet<String>,
    ) -> Option<ResourceName> {
        self.free(
            slug(wanted).trim_end_matches('-'),
            ResourceName::MAX,
            others,
        )
    }

    /// Takes the name of a target that is as near to `wanted` as a rule allows; `None` if `wanted` is empty.
    pub(super) fn target(&mut self, wanted: &str) -> Option<TargetName> {
        let fine = |c: char| {
            if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
                c
            } else {
                '-'
            }
        };
        let name: String = wanted.chars().map(fine).collect();
        self.free(&name, TargetName::MAX, &BTreeSet::new())
    }

    /// Takes the beginning of `wanted`, which is of ASCII, with a number where that is taken or no name.
    fn free<T: FromStr>(
        &mut self,
        wanted: &str,
        most: usize,
        others: &BTreeSet<String>,
    ) -> Option<T> {
        let shortened = |most: usize| &wanted[..wanted.len().min(most)];
        let mut name = match shortened(most) {
            whole if whole.len() == wanted.len() => whole.to_owned(),
            short => short.trim_end_matches('-').to_owned(),
        };
        if name.is_empty() {
            return None;
        }
        let next = self.next.entry(name.clone()).or_insert(2);
        loop {
            let parsed = name.parse().ok();
            if let Some(parsed) =
                parsed.filter(|_| !self.taken.contains(&name) && !others.contains(&name))
            {
                self.taken.insert(name);
                return Some(parsed);
            }
            let ending = format!("-{next}");
            *next += 1;
            name = format!(
                "{}{ending}",
                shortened(most - ending.len()).trim_end_matches('-')
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_near_as_may_be_and_differ() {
        let mut taken = TakenNames::default();
        let mut name = |wanted: &str| taken.resource(wanted).map(|name| name.to_string());
        assert_eq!(name("GPT_4.1").as_deref(), Some("gpt-4-1"));
        assert_eq!(name("gpt 4 1").as_deref(), Some("gpt-4-1-2"));
        assert_eq!(name("a--b").as_deref(), Some("a--b"));
        assert_eq!(name("A  b").as_deref(), Some("a-b"));
        assert_eq!(name("openai/*").as_deref(), Some("openai-all"));
        assert_eq!(name("**").as_deref(), Some("allall"));
        assert_eq!(name("…"), None);
        assert_eq!(name("con").as_deref(), Some("con-2"));
        let long = "x".repeat(200);
        assert_eq!(name(&long).unwrap().len(), ResourceName::MAX);
        assert_eq!(name(&long).unwrap().len(), ResourceName::MAX);
        let mut taken = TakenNames::default();
        let mut name = |wanted: &str| taken.target(wanted).map(|name| name.to_string());
        assert_eq!(name("a.b").as_deref(), Some("a-b"));
        assert_eq!(name("a b").as_deref(), Some("a-b-2"));
        assert_eq!(name(""), None);
    }

    #[test]
    fn twenty_thousand_names_that_are_alike_differ() {
        let mut taken = TakenNames::default();
        for number in 1..=20_000 {
            let expected = if number == 1 {
                "a".to_owned()
            } else {
                format!("a-{number}")
            };
            assert_eq!(taken.resource("A").unwrap().as_str(), expected);
        }
    }
}
