use toml::de::DeTable;

use crate::diag::Finding;
use crate::files::pointers;
use crate::files::reader::{TomlReader, TomlTable};
use crate::files::snapshot::MAX_STATE_FILE;
use crate::files::splice::{Layout, Splice, quoted, quoted_like};
use crate::model::{Kind, Reason, Resource, VersionId, VersionNumber, Veto, Vetoes};

/// The one key of a veto.
const REASON: &str = "reason";

/// Reads `vetoes.toml`.
pub(super) fn read(file: &str, entries: &DeTable<'_>) -> (Vetoes, Vec<Finding>) {
    let mut reader = TomlReader::new(file);
    let mut root = TomlTable::root(entries);
    let mut vetoes = Vetoes::new();
    for (resource, numbers) in pointers::resources(&mut reader, &mut root) {
        for (number, mut table) in numbers.tables(&mut reader) {
            let reason: Option<Reason> = table.required_text(&mut reader, REASON);
            table.finish(&mut reader);
            match number.parse::<VersionNumber>() {
                Ok(number) => {
                    vetoes.extend(reason.map(|reason| (resource.at(number), Veto { reason })));
                }
                Err(_) => reader.invalid(
                    &numbers.path_of(number),
                    format!("invalid {} {number:?}", resource.kind.number_word()),
                ),
            }
        }
    }
    root.finish(&mut reader);
    (vetoes, reader.into_findings())
}

/// Returns the vetoes in a file with these `bytes`; `None` if anything in it is wrong.
pub fn vetoes_in(bytes: &[u8]) -> Option<Vetoes> {
    let text = std::str::from_utf8(bytes).ok()?;
    if bytes.len() as u64 > MAX_STATE_FILE || text.starts_with(super::text::MARK) {
        return None;
    }
    let table = DeTable::parse(text).ok()?;
    let (vetoes, findings) = read("", table.get_ref());
    findings.is_empty().then_some(vetoes)
}

/// Sets the veto on `id`, or removes it.
///
/// # Errors
///
/// The table that is inline or dotted.
pub(super) fn set(splice: &mut Splice, id: &VersionId, veto: Option<&Veto>) -> Result<(), String> {
    let number = id.number.to_string();
    let table = table(&id.resource, &number);
    let path: Vec<&str> = table.iter().copied().chain([REASON]).collect();
    let done = match veto {
        Some(veto) => {
            let reason = veto.reason.as_str();
            if splice.replace(&path, |existing| quoted_like(existing, reason)) {
                Ok(())
            } else {
                let body = format!("{REASON} = {}", quoted(reason));
                splice.insert_table(&table, &body, |other| sorts_after(other, id))
            }
        }
        None if splice.has(&path) => splice.remove_table(&table),
        None => Ok(()),
    };
    done.map_err(|Layout| table.join("."))
}

/// Returns the keys of the table about a version.
fn table<'i>(resource: &'i Resource, number: &'i str) -> [&'i str; 3] {
    [resource.kind.folder(), resource.name.as_str(), number]
}

/// Reports whether the table with the keys `other` belongs after the one about `id`: by kind, name and number.
fn sorts_after(other: &[String], id: &VersionId) -> bool {
    let [kind, name, number] = other else {
        return false;
    };
    let (Ok(kind), Ok(number)) = (kind.parse::<Kind>(), number.parse::<VersionNumber>()) else {
        return false;
    };
    (kind, name.as_str(), number) > (id.resource.kind, id.resource.name.as_str(), id.number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> VersionId {
        text.parse().unwrap()
    }

    fn set_all(text: &str, vetoes: &[(&str, Option<&str>)]) -> String {
        let mut splice = Splice::new(text).unwrap();
        for (version, reason) in vetoes {
            let veto = reason.map(|reason| Veto {
                reason: reason.parse().unwrap(),
            });
            set(&mut splice, &id(version), veto.as_ref()).unwrap();
        }
        splice.into_text()
    }

    #[test]
    fn what_is_written_reads_the_same_and_is_sorted() {
        let text = set_all(
            "",
            &[
                ("prompts/router@10", Some("It \"invents\" refunds")),
                ("providers/openai@1", Some("two\nlines")),
                ("prompts/router@9", Some("also")),
            ],
        );
        let headers: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
        assert_eq!(
            headers,
            [
                "[prompts.router.9]",
                "[prompts.router.10]",
                "[providers.openai.1]"
            ]
        );
        let vetoes = vetoes_in(text.as_bytes()).unwrap();
        assert_eq!(vetoes.len(), 3);
        let reason = |version| vetoes[&id(version)].reason.as_str().to_owned();
        assert_eq!(reason("prompts/router@10"), "It \"invents\" refunds");
        assert_eq!(reason("providers/openai@1"), "two\nlines");
    }

    #[test]
    fn lifting_what_was_set_restores_the_bytes() {
        for text in ["", "# why\n[prompts.a.1]\nreason = 'x' # y\n"] {
            let set = set_all(text, &[("prompts/b@2", Some("z"))]);
            assert_ne!(set, text);
            assert_eq!(set_all(&set, &[("prompts/b@2", None)]), text);
        }
        let changed = set_all(
            "# why\n[prompts.a.1]\nreason = 'x' # y\n",
            &[("prompts/a@1", Some("w"))],
        );
        assert_eq!(changed, "# why\n[prompts.a.1]\nreason = 'w' # y\n");
    }

    #[test]
    fn a_file_with_anything_wrong_in_it_has_no_vetoes() {
        for text in [
            "[prompts.router.6]\n",
            "[prompts.router.0]\nreason = 'x'\n",
            "[prompts.router.06]\nreason = 'x'\n",
            "[prompts.router.6]\nreason = ''\n",
            "[prompts.router.6]\nreason = \"a\\u001Bb\"\n",
            "[prompts.router.6]\nreason = 'x'\nuntil = 'y'\n",
            "[prompts.Router.6]\nreason = 'x'\n",
            "[prompt.router.6]\nreason = 'x'\n",
            "prompts.router = 6\n",
            "[prompts.router\n",
            "\u{feff}[prompts.router.6]\nreason = 'x'\n",
        ] {
            assert_eq!(vetoes_in(text.as_bytes()), None, "{text}");
        }
        assert_eq!(vetoes_in(b""), Some(Vetoes::new()));
    }
}
