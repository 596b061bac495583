use toml::de::DeTable;

use crate::diag::{Code, Finding, Spot};
use crate::files::reader::{TomlReader, TomlTable};
use crate::files::snapshot::MAX_STATE_FILE;
use crate::files::splice::{Layout, Splice, quoted, quoted_like};
use crate::model::{Attestation, Attestations, CheckName, ContentId};

/// The keys of a table, in the order in which they are written.
pub(super) const KEYS: [&str; 6] = ["content", "passed", "score", "cases", "failures", "link"];

/// Reads `attestations/<kind>/<name>/<n>.toml`. A table that is not valid says nothing.
pub(super) fn read(file: &str, entries: &DeTable<'_>) -> (Attestations, Vec<Finding>) {
    let mut reader = TomlReader::new(file);
    let root = TomlTable::root(entries);
    let mut attestations = Attestations::new();
    if root.len() > Attestation::MOST {
        let (has, most) = (root.len(), Attestation::MOST);
        let message = format!("{has} checks; at most {most} are allowed for one version");
        reader.note(Code::INVALID_VALUE, Spot::File, message);
    }
    for (name, mut table) in root.tables(&mut reader).into_iter().take(Attestation::MOST) {
        let attestation = read_table(&mut reader, &mut table);
        table.finish(&mut reader);
        match name.parse::<CheckName>() {
            Ok(name) => attestations.extend(attestation.map(|found| (name, found))),
            Err(error) => reader.invalid(
                &root.path_of(name),
                format!("invalid check name {name:?}: {error}"),
            ),
        }
    }
    (attestations, reader.into_findings())
}

/// Reads one table.
fn read_table(reader: &mut TomlReader<'_>, table: &mut TomlTable<'_, '_>) -> Option<Attestation> {
    let content = table.required_text::<ContentId>(reader, "content");
    if !table.has("passed") {
        table.missing(reader, "passed");
    }
    let passed = table.boolean(reader, "passed");
    let score = table.score(reader, "score");
    let cases = table.count(reader, "cases");
    let failures = table.count(reader, "failures");
    let link = table.text(reader, "link");
    // A claim that contradicts itself must not count as whichever half suits the reader.
    if passed == Some(true) && failures.is_some_and(|failures| failures > 0) {
        let path = table.path_of("passed");
        reader.invalid(&path, "it cannot have passed with failures");
        return None;
    }
    if let (Some(cases), Some(failures)) = (cases, failures)
        && failures > cases
    {
        let path = table.path_of("failures");
        reader.invalid(
            &path,
            format!("{failures} of {cases} cases cannot have failed"),
        );
        return None;
    }
    Some(Attestation {
        content: content?,
        passed: passed?,
        score,
        cases,
        failures,
        link,
    })
}

/// Returns the valid part of an attestations file with these `bytes`. What is wrong with it is not reported.
pub fn attestations_in(bytes: &[u8]) -> Attestations {
    let text = std::str::from_utf8(bytes).ok();
    let text = text.filter(|text| {
        bytes.len() as u64 <= MAX_STATE_FILE && !text.starts_with(super::text::MARK)
    });
    let table = text.and_then(|text| DeTable::parse(text).ok());
    table
        .map(|table| read("", table.get_ref()).0)
        .unwrap_or_default()
}

/// Sets the table of `check`, or removes it. Comments on keys that stay are kept.
///
/// # Errors
///
/// The table that is inline or dotted.
pub(super) fn set(
    splice: &mut Splice,
    check: &CheckName,
    attestation: Option<&Attestation>,
) -> Result<(), String> {
    let table = [check.as_str()];
    let done = match attestation {
        None if !splice.has(&table) => Ok(()),
        None => splice.remove_table(&table),
        Some(attestation) if splice.has_header(&table) => replace(splice, table[0], attestation),
        Some(_) if splice.has(&table) => Err(Layout),
        Some(attestation) => {
            let lines = values(attestation).into_iter();
            let lines = lines.filter_map(|(key, value)| Some(format!("{key} = {}", value?)));
            let body = lines.collect::<Vec<_>>().join("\n");
            splice.insert_table(
                &table,
                &body,
                |other| matches!(other, [name] if name.as_str() > table[0]),
            )
        }
    };
    done.map_err(|Layout| check.to_string())
}

/// Sets the keys of a table that exists.
fn replace(splice: &mut Splice, check: &str, attestation: &Attestation) -> Result<(), Layout> {
    for (key, value) in values(attestation) {
        let path = [check, key];
        match value {
            Some(value) => {
                let spelled = |existing: &str| match value.strip_prefix('"') {
                    Some(_) => quoted_like(existing, value.trim_matches('"')),
                    None => value.clone(),
                };
                if !splice.replace(&path, spelled)
                    && !splice.insert_into(&[check], key, &value, &KEYS)
                {
                    return Err(Layout);
                }
            }
            None if splice.has(&path) => splice.remove(&path),
            None => {}
        }
    }
    Ok(())
}

/// Returns each key and its value as TOML; `None` for a key that is left out.
fn values(attestation: &Attestation) -> [(&'static str, Option<String>); 6] {
    let Attestation {
        content,
        passed,
        score,
        cases,
        failures,
        link,
    } = attestation;
    let [
        of_content,
        of_passed,
        of_score,
        of_cases,
        of_failures,
        of_link,
    ] = KEYS;
    [
        (of_content, Some(quoted(&content.to_string()))),
        (of_passed, Some(passed.to_string())),
        (of_score, score.map(|score| score.to_string())),
        (of_cases, cases.map(|cases| cases.to_string())),
        (of_failures, failures.map(|failures| failures.to_string())),
        (of_link, link.as_ref().map(|link| quoted(link.as_str()))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attestation(passed: bool) -> Attestation {
        Attestation {
            content: ContentId::from_bytes([7; 20]),
            passed,
            score: "0.93".parse().ok(),
            cases: Some(120),
            failures: Some(if passed { 0 } else { 3 }),
            link: "https://ci.example.com/runs/42".parse().ok(),
        }
    }

    fn edited(text: &str, check: &str, attestation: Option<&Attestation>) -> String {
        let mut splice = Splice::new(text).unwrap();
        set(&mut splice, &check.parse().unwrap(), attestation).unwrap();
        splice.into_text()
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let text = edited("", "evals", Some(&attestation(true)));
        assert_eq!(
            text,
            "[evals]\ncontent = \"0707070707070707070707070707070707070707\"\npassed = true\nscore = 0.93\n\
             cases = 120\nfailures = 0\nlink = \"https://ci.example.com/runs/42\"\n"
        );
        let both = edited(&text, "a-check", Some(&attestation(false)));
        let read = attestations_in(both.as_bytes());
        let expected: Attestations = [("evals", true), ("a-check", false)]
            .map(|(check, passed)| (check.parse().unwrap(), attestation(passed)))
            .into();
        assert_eq!(read, expected);
        assert!(both.starts_with("[a-check]"));
        assert_eq!(edited(&both, "a-check", None), text);
        assert_eq!(edited(&text, "evals", None), "");
    }

    #[test]
    fn a_table_that_is_replaced_keeps_its_comments() {
        let text = "# nightly\n[evals]\ncontent = '0707070707070707070707070707070707070707' # the bytes\npassed = false\nfailures = 3\n";
        let only_passed = Attestation {
            score: None,
            cases: None,
            failures: None,
            link: None,
            ..attestation(true)
        };
        assert_eq!(
            edited(text, "evals", Some(&only_passed)),
            "# nightly\n[evals]\ncontent = '0707070707070707070707070707070707070707' # the bytes\npassed = true\n"
        );
        let full = edited(text, "evals", Some(&attestation(true)));
        assert_eq!(
            attestations_in(full.as_bytes()).into_values().next(),
            Some(attestation(true))
        );
    }

    #[test]
    fn what_is_not_valid_says_nothing() {
        let id = "content = '0707070707070707070707070707070707070707'";
        for text in [
            format!("[evals]\n{id}\n"),
            "[evals]\npassed = true\n".to_owned(),
            format!("[evals]\n{id}\npassed = 'yes'\n"),
            format!("[evals]\n{id}\npassed = true\nfailures = 2\n"),
            format!("[evals]\n{id}\npassed = false\ncases = 1\nfailures = 2\n"),
            format!("[Evals]\n{id}\npassed = true\n"),
            format!("[\"ev\\u001Bals\"]\n{id}\npassed = true\n"),
            "evals = true\n".to_owned(),
        ] {
            let table = DeTable::parse(&text).unwrap();
            let (read, findings) = read("attestations/prompts/a/1.toml", table.get_ref());
            assert_eq!((read.len(), findings.len()), (0, 1), "{text}");
        }
        for more in [
            "score = nan",
            "score = 'high'",
            "cases = -1",
            "link = 'javascript:alert(1)'",
            "extra = 1",
        ] {
            let text = format!("[evals]\n{id}\npassed = true\n{more}\n");
            let table = DeTable::parse(&text).unwrap();
            let (_, findings) = read("attestations/prompts/a/1.toml", table.get_ref());
            assert_eq!(findings.len(), 1, "{text}");
        }
    }

    #[test]
    fn a_version_has_a_bounded_number_of_checks() {
        let table = |n: usize| {
            format!("[c{n}]\ncontent = '0707070707070707070707070707070707070707'\npassed = true\n")
        };
        for (count, read_of, wrong) in [(64, 64, 0), (65, 64, 1)] {
            let text: String = (0..count).map(table).collect();
            let parsed = DeTable::parse(&text).unwrap();
            let (read, findings) = read("attestations/prompts/a/1.toml", parsed.get_ref());
            assert_eq!((read.len(), findings.len()), (read_of, wrong));
        }
    }
}
