use std::collections::BTreeSet;

use super::key_tree::KeyTree;
use crate::diag::KeyPath;

/// Which keys of a configuration are accounted for: taken into the project, or reported.
///
/// What a reader does not account for is left out, and is listed. So a reader that forgets a key lists it for nothing, and never
/// loses it silently.
#[derive(Debug, Default)]
pub(super) struct TakenKeys {
    /// The keys that stand for everything below them.
    whole: BTreeSet<KeyPath>,
    /// The keys that stand for themselves alone.
    alone: BTreeSet<KeyPath>,
}

/// What of a part of a configuration is accounted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accounted {
    All,
    Some,
    None,
}

impl TakenKeys {
    /// Accounts for the key `at` and everything below it.
    pub(super) fn whole(&mut self, at: &[&str]) {
        self.whole.insert(key_path(at));
    }

    /// Accounts for the value at `at`, if it is one value.
    pub(super) fn alone(&mut self, at: &[&str]) {
        self.alone.insert(key_path(at));
    }

    /// Accounts for all that `other` does.
    pub(super) fn add(&mut self, other: Self) {
        self.whole.extend(other.whole);
        self.alone.extend(other.alone);
    }

    /// Returns the keys of `outline` that nothing accounts for: of a list or a table of which nothing is, its own key.
    pub(super) fn missing(&self, outline: &KeyTree) -> Vec<KeyPath> {
        let (mut missing, mut at) = (Vec::new(), KeyPath::new());
        if self.judge(outline, &mut at, &mut missing) == Accounted::None {
            // Then not even a section is known, which is said otherwise.
            missing.clear();
        }
        missing
    }

    fn judge(&self, outline: &KeyTree, at: &mut KeyPath, missing: &mut Vec<KeyPath>) -> Accounted {
        if self.whole.contains(at.as_slice()) || *outline == KeyTree::Nothing {
            return Accounted::All;
        }
        let KeyTree::Parts(parts) = outline else {
            if self.alone.contains(at.as_slice()) {
                return Accounted::All;
            }
            missing.push(at.clone());
            return Accounted::None;
        };
        let before = missing.len();
        let (mut some, mut none) = (false, false);
        for (key, part) in parts {
            at.push(key.clone());
            match self.judge(part, at, missing) {
                _ if *part == KeyTree::Nothing => {}
                Accounted::All => some = true,
                Accounted::None => none = true,
                Accounted::Some => (some, none) = (true, true),
            }
            at.pop();
        }
        match (some, none) {
            (_, false) => Accounted::All,
            (true, true) => Accounted::Some,
            (false, true) => {
                missing.truncate(before);
                missing.push(at.clone());
                Accounted::None
            }
        }
    }
}

fn key_path(parts: &[&str]) -> KeyPath {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_accounts_for_is_missing_by_its_longest_key() {
        let table: toml::Table = toml::from_str(
            "a = { b = 1, c = [1, { d = 2 }], e = 3 }\nf = [[1, 2], []]\ng = { h = {} }\n",
        )
        .unwrap();
        let missing = |account: &TakenKeys| -> Vec<String> {
            let missing = account.missing(&KeyTree::from(&table));
            missing.iter().map(|key| key.join(".")).collect()
        };
        let mut account = TakenKeys::default();
        assert_eq!(missing(&account), Vec::<String>::new());
        account.alone(&["a", "b"]);
        // A list is not one value.
        account.alone(&["f"]);
        assert_eq!(missing(&account), ["a.c", "a.e", "f"]);
        account.whole(&["a", "c", "1"]);
        account.whole(&["f", "0", "1"]);
        assert_eq!(missing(&account), ["a.c.0", "a.e", "f.0.0"]);
        account.whole(&["a"]);
        account.whole(&["f"]);
        assert_eq!(missing(&account), Vec::<String>::new());
    }
}
