use std::collections::BTreeMap;

use crate::files::yaml::YamlNode;

/// Makes `wanted` a name that `taken` does not have yet, with a number behind it.
pub(super) fn unused<T: std::str::FromStr>(
    wanted: &str,
    longest: usize,
    taken: impl Fn(&T) -> bool,
) -> Option<T> {
    let numbered = |number: usize| {
        let ending = match number {
            1 => String::new(),
            number => format!("-{number}"),
        };
        let short = &wanted[..wanted.len().min(longest - ending.len())];
        format!("{}{ending}", short.trim_end_matches('-'))
    };
    (1..10_000)
        .filter_map(|number| numbered(number).parse::<T>().ok())
        .find(|name| !taken(name))
}

/// `text` as a slug: in small letters, with one hyphen for everything that no slug has.
pub(super) fn slug(text: &str) -> String {
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

/// What stands behind the names of a table.
pub(super) type Parts<'n> = BTreeMap<&'n str, &'n YamlNode>;
