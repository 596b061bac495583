//! Compares texts as people sort them.

use std::cmp::Ordering;

/// Compares two paths folder by folder, runs of digits by their number: `9.toml` comes before `10.toml`.
pub fn natural(one: &str, other: &str) -> Ordering {
    let (mut ones, mut others) = (one.split('/'), other.split('/'));
    loop {
        let compared = match (ones.next(), others.next()) {
            (Some(one), Some(other)) => by_runs(one, other),
            (one, other) => return one.cmp(&other),
        };
        if compared != Ordering::Equal {
            return compared;
        }
    }
}

fn by_runs(one: &str, other: &str) -> Ordering {
    let (mut one_rest, mut other_rest) = (one, other);
    loop {
        let (a, b) = (split(one_rest), split(other_rest));
        let compared = a.0.cmp(b.0).then_with(|| by_number(a.1, b.1));
        if compared != Ordering::Equal || (a.2.is_empty() && b.2.is_empty()) {
            // Texts that differ in leading zeros only are not the same.
            return compared.then_with(|| one.cmp(other));
        }
        (one_rest, other_rest) = (a.2, b.2);
    }
}

/// Returns what comes before the first digits, the digits, and the rest.
fn split(text: &str) -> (&str, &str, &str) {
    let begins = text.find(|c: char| c.is_ascii_digit());
    let (before, from) = text.split_at(begins.unwrap_or(text.len()));
    let ends = from.find(|c: char| !c.is_ascii_digit());
    let (digits, rest) = from.split_at(ends.unwrap_or(from.len()));
    (before, digits, rest)
}

fn by_number(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_count_as_numbers() {
        let mut texts = [
            "prompts/b/1.md",
            "prompts/a/10.md",
            "prompts/a/9.md",
            "prompts/a10/1.md",
            "prompts/a9/1.md",
            "prompts/a",
        ];
        texts.sort_by(|one, other| natural(one, other));
        let expected = [
            "prompts/a",
            "prompts/a/9.md",
            "prompts/a/10.md",
            "prompts/a9/1.md",
            "prompts/a10/1.md",
            "prompts/b/1.md",
        ];
        assert_eq!(texts, expected);
    }

    proptest::proptest! {
        #[test]
        fn it_is_an_order(mut texts in proptest::collection::vec("[a0-9/]{0,4}", 3)) {
            texts.sort_by(|one, other| natural(one, other));
            proptest::prop_assert!(natural(&texts[0], &texts[2]).is_le());
            proptest::prop_assert_eq!(natural(&texts[0], &texts[1]).is_eq(), texts[0] == texts[1]);
        }
    }
}
