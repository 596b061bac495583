use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use crate::diag::{Code, Finding, KeyPath, Place};
use crate::files::secret;
use crate::files::text::{MARK, marked, syntax};
use crate::gateway::imported::Imported;
use crate::gateway::key_tree::KeyTree;
use crate::gateway::notes::ImportNotes;

/// Reads a configuration that is TOML: `imported` says what its tables mean. A literal secret in it is a finding, and no
/// finding repeats one.
pub(super) fn read(
    file: &str,
    text: &str,
    imported: impl FnOnce(&mut ImportNotes<'_>, Table) -> Imported,
) -> Imported {
    let broken = |findings| Imported {
        findings,
        ..Imported::default()
    };
    if text.starts_with(MARK) {
        return broken(vec![marked(file)]);
    }
    let outline = match DeTable::parse(text) {
        Ok(outline) => outline,
        Err(error) => {
            return broken(secret::guarded(
                file,
                text,
                None,
                vec![syntax(file, text, &error)],
            ));
        }
    };
    let mut desk = ImportNotes::new(file);
    let mut shape = KeyTree::Nothing;
    let mut imported = match toml::from_str::<Table>(text) {
        Ok(root) => {
            shape = KeyTree::from(&root);
            imported(&mut desk, root)
        }
        // What the outline lets through and no value can hold, such as a number beyond 64 bits.
        Err(_) => {
            too_large(&mut desk, outline.get_ref(), &KeyPath::new());
            if desk.findings.is_empty() {
                // What the parser says of it may repeat it, and it may be a key.
                let message = "it has a value that TOML does not";
                desk.findings.push(Finding::error(
                    Code::INVALID_VALUE,
                    Place::file(file),
                    message,
                ));
            }
            Imported::default()
        }
    };
    let (remarks, findings) = desk.finish(&shape);
    imported.remarks = remarks;
    imported.findings = secret::guarded(file, text, Some(outline.get_ref()), findings);
    imported
}

/// Notes the numbers in `table`, which stands at `at`, that no 64 bits hold; in an array, the array.
fn too_large(desk: &mut ImportNotes<'_>, table: &DeTable<'_>, at: &KeyPath) {
    for (key, value) in table {
        let at: KeyPath = at
            .iter()
            .cloned()
            .chain([key.get_ref().to_string()])
            .collect();
        match value.get_ref() {
            DeValue::Table(table) => too_large(desk, table, &at),
            value if holds_too_large(value) => {
                desk.wrong_value(Code::INVALID_VALUE, at, "a number has at most 64 bits");
            }
            _ => {}
        }
    }
}

fn holds_too_large(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).is_err()
        }
        DeValue::Array(array) => array.iter().any(|value| holds_too_large(value.get_ref())),
        DeValue::Table(table) => table.values().any(|value| holds_too_large(value.get_ref())),
        _ => false,
    }
}

/// Returns the number that `value` is, whole or not.
pub(super) fn number(value: &Value) -> Option<f64> {
    let whole = || value.as_integer().and_then(|it| i32::try_from(it).ok());
    value.as_float().or_else(|| whole().map(f64::from))
}
