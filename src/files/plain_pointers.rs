//! Reads and changes a pointers file in the form that envctl writes, without a TOML parser.
//!
//! History has one such file for every promotion, and parsing them is most of what a question about the past
//! costs. Whatever is not in exactly this form goes to the parser, which is the one that reports errors.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::{Kind, Pointers, Resource, VersionNumber};

/// Returns the pointers in `text` if each line is empty, a comment, a header such as `[prompts.greeting]`, or
/// the number below a header. `None` for every other text, even if it is valid TOML.
pub(super) fn read(text: &str) -> Option<Pointers> {
    let mut pointers = Vec::new();
    scan(text, |resource, number, _| {
        pointers.push((resource, number));
        Some(())
    })?;
    let number_of_tables = pointers.len();
    let pointers: Pointers = pointers.into_iter().collect();
    // A table that occurs twice is an error of TOML, which the parser has to report.
    (pointers.len() == number_of_tables).then_some(pointers)
}

/// Returns `text` with other numbers for the pointers in `targets`. `None` for a text that [`read`] does not read, and if one
/// of the pointers is not in it.
pub(super) fn renumbered(
    text: &str,
    targets: &BTreeMap<&Resource, Option<VersionNumber>>,
) -> Option<String> {
    let mut renumbered = String::with_capacity(text.len() + targets.len());
    let (mut known, mut found, mut copied) = (Pointers::new(), 0, 0);
    scan(text, |resource, number, digits| {
        if let Some(target) = targets.get(&resource) {
            found += 1;
            renumbered.push_str(&text[copied..digits.start]);
            renumbered.push_str(&(*target)?.to_string());
            copied = digits.end;
        }
        known.insert(resource, number).is_none().then_some(())
    })?;
    renumbered.push_str(&text[copied..]);
    (found == targets.len()).then_some(renumbered)
}

/// Calls `pointer` with each pointer in `text` and the place of its digits. `None` for a text of another form, and if the call
/// returns that.
fn scan(
    text: &str,
    mut pointer: impl FnMut(Resource, VersionNumber, Range<usize>) -> Option<()>,
) -> Option<()> {
    let mut open: Option<Resource> = None;
    let mut next = 0;
    for line in text.split('\n') {
        let end = next + line.len();
        next = end + 1;
        // TOML forbids control characters in comments. Accepting them here would accept what the
        // parser refuses. A carriage return is one, so files with CR LF go to the parser as well.
        if line.is_empty() || line.starts_with('#') && !line.contains(char::is_control) {
            continue;
        }
        // `take` makes a second header or a second number after one header fail: each table has
        // exactly one key.
        match open.take() {
            None => open = Some(header(line)?),
            Some(resource) => {
                let (number, digits) = number(&resource, line)?;
                pointer(resource, number, end - digits..end)?;
            }
        }
    }
    open.is_none().then_some(())
}

/// Returns the resource that a header names.
fn header(line: &str) -> Option<Resource> {
    let (kind, name) = line.strip_prefix('[')?.strip_suffix(']')?.split_once('.')?;
    Some(Resource {
        kind: Kind::ALL.into_iter().find(|known| known.folder() == kind)?,
        // No name that is valid needs quotes in TOML, so there is only one spelling.
        name: name.parse().ok()?,
    })
}

/// Returns the number below the header of `resource`, and how many digits it has, which end the line.
fn number(resource: &Resource, line: &str) -> Option<(VersionNumber, usize)> {
    let digits = line
        .strip_prefix(resource.kind.number_word())?
        .strip_prefix(" = ")?;
    // TOML allows `+1`, `1_0` and `0x1`, but not `01`. Only plain digits are read here.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    let number = VersionNumber::new(digits.parse().ok().filter(|_| plain)?)?;
    Some((number, digits.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;
    use toml::de::DeTable;

    use super::*;
    use crate::files::pointers;
    use crate::files::splice::Splice;

    /// What a pointers file is made of, and what looks like it.
    fn piece() -> impl Strategy<Value = String> {
        let kinds = select(vec!["prompts", "routing", "providers", "prompt", "Prompts"]);
        let names = select(vec!["a", "b", "a-b", "a.b", "A", "\"a\"", "", "é", " a"]);
        let keys = select(vec!["version", "release", "revision", "Version", "x"]);
        let numbers = select(vec![
            "1",
            "2",
            "42",
            "0",
            "01",
            "+1",
            "1_0",
            "0x1",
            "4294967295",
            "4294967296",
            "-1",
            "1.0",
            "",
        ]);
        let gaps = select(vec![
            "",
            "\n",
            "# why\n",
            "# \u{7f}\n",
            "# \t\n",
            "\r\n",
            " \n",
        ]);
        let equals = select(vec![" = ", " = ", " = ", "=", "  = "]);
        let ends = select(vec!["\n", "\n", "\n", "", "\r\n", " # why\n", "\n\n"]);
        prop_oneof![
            6 => (kinds.clone(), names.clone(), numbers.clone(), gaps.clone(), ends.clone()).prop_map(
                |(kind, name, number, gap, end)| {
                    let known = Kind::ALL.into_iter().find(|known| known.folder() == kind);
                    let key = known.map_or("version", Kind::number_word);
                    format!("[{kind}.{name}]\n{gap}{key} = {number}{end}")
                }
            ),
            1 => (kinds, names).prop_map(|(kind, name)| format!("[{kind}.{name}]\n")),
            1 => (keys, equals, numbers, ends).prop_map(|(key, equals, number, end)| format!("{key}{equals}{number}{end}")),
            1 => gaps.prop_map(str::to_owned),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        #[test]
        fn what_it_reads_is_what_toml_says_and_nothing_is_wrong_with_it(
            text in prop::collection::vec(piece(), 0..5).prop_map(|pieces| pieces.concat()),
        ) {
            if let Some(pointers) = read(&text) {
                let table = DeTable::parse(&text).unwrap();
                let (expected, findings) = pointers::read("pointers/prod.toml", table.get_ref());
                prop_assert_eq!(pointers, expected);
                prop_assert_eq!(findings, Vec::new());
            }
        }

        #[test]
        fn a_number_is_changed_as_the_editor_of_toml_changes_it(
            text in prop::collection::vec(piece(), 0..5).prop_map(|pieces| pieces.concat()),
            moved in prop::collection::btree_map(select(vec!["a", "b", "a-b"]), 1u32..20, 0..3),
        ) {
            let named = |name: &str| Resource { kind: Kind::Prompts, name: name.parse().unwrap() };
            let moved: Vec<_> = moved.into_iter().map(|(name, number)| (named(name), VersionNumber::new(number))).collect();
            let targets: BTreeMap<&Resource, _> = moved.iter().map(|(resource, number)| (resource, *number)).collect();
            if let Some(renumbered) = renumbered(&text, &targets) {
                let mut splice = Splice::new(&text).unwrap();
                pointers::point(&mut splice, &targets).unwrap();
                prop_assert_eq!(renumbered, splice.into_text());
            }
        }
    }

    #[test]
    fn the_form_that_envctl_writes_is_read() {
        let text = "# Written by envctl.\n\n[prompts.greeting]\nversion = 12\n\n[routing.main]\n# why\nrelease = 3\n";
        let key = Kind::Routing.number_word();
        let text = text.replace("release", key);
        let read = read(&text).unwrap();
        assert_eq!(read.len(), 2);
        assert!(read.values().map(|number| number.value()).eq([12, 3]));
    }
}
