use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::diag::Code;
use crate::gateway::imported::{ImportedPrompt, PromptSource};
use crate::gateway::native::names::Names;
use crate::gateway::notes::{ImportNotes, path};
use crate::gateway::prompt_files::from_file;
use crate::gateway::slugs::slug;
use crate::model::{Extension, Kind, ResourceName, VersionNumber};

/// The keys of a function that hold a template, and what its prompt is called after the function.
const TEMPLATES: [(&str, &str); 4] = [
    ("prompt", ""),
    ("system_template", "-system"),
    ("user_template", "-user"),
    ("assistant_template", "-assistant"),
];
/// The ending of a version whose text stands in the configuration.
const INLINE: &str = "md";

/// Takes `[prompts]` and the templates of `[functions]` out of `root`.
pub(super) fn take(
    desk: &mut ImportNotes<'_>,
    root: &mut Table,
) -> BTreeMap<ResourceName, ImportedPrompt> {
    let mut import = PromptImport::default();
    for (given, table) in desk.tables(root, "prompts") {
        let table = desk.known(&["prompts", &given], table, &["path", "text", "version"]);
        import.prompt(desk, &given, &table);
    }
    for (given, table) in desk.tables(root, "functions") {
        import.function(desk, &["functions", &given], &given, table);
    }
    import.prompts
}

#[derive(Default)]
struct PromptImport {
    names: Names,
    prompts: BTreeMap<ResourceName, ImportedPrompt>,
}

impl PromptImport {
    fn prompt(&mut self, desk: &mut ImportNotes<'_>, given: &str, table: &Table) {
        let at = ["prompts", given];
        let Some(name) = self.names.add(desk, &at, given) else {
            return;
        };
        let prompt = match (table.get("path"), table.get("text")) {
            (Some(file), None) => from_file(desk, &["prompts", given, "path"], file),
            (None, Some(Value::String(text))) => inline(&["prompts", given, "text"], text),
            (None, Some(_)) => {
                desk.wrong_value(
                    Code::WRONG_TYPE,
                    path(&["prompts", given, "text"]),
                    "`text` takes a string",
                );
                None
            }
            _ => {
                desk.wrong_key(
                    Code::MISSING_KEY,
                    path(&at),
                    "a prompt has either a `path` or a `text`",
                );
                None
            }
        };
        let said = table.get("version");
        let number = said
            .and_then(Value::as_integer)
            .and_then(|number| u32::try_from(number).ok());
        let version = number.and_then(VersionNumber::new);
        if said.is_some() && version.is_none() {
            desk.left_out(
                &["prompts", given, "version"],
                "versions have the numbers 1, 2, 3 …",
            );
        }
        self.prompts
            .extend(prompt.map(|prompt| (name, ImportedPrompt { version, ..prompt })));
    }

    /// The templates of a function and of its variants; which model a function calls does not belong to a prompt.
    fn function(
        &mut self,
        desk: &mut ImportNotes<'_>,
        at: &[&str],
        called: &str,
        mut table: Table,
    ) {
        for (key, ending) in TEMPLATES {
            let Some(file) = table.remove(key) else {
                continue;
            };
            let at: Vec<&str> = at.iter().copied().chain([key]).collect();
            let Some(name) = self
                .names
                .add(desk, &at, &slug(&format!("{called}{ending}")))
            else {
                continue;
            };
            desk.adapted(&at, format!("becomes prompts/{name}"));
            self.prompts
                .extend(from_file(desk, &at, &file).map(|prompt| (name, prompt)));
        }
        if let Some(Value::Table(variants)) = table.remove("variants") {
            for (variant, value) in variants {
                let at: Vec<&str> = at.iter().copied().chain(["variants", &variant]).collect();
                match value {
                    Value::Table(table) => {
                        self.function(desk, &at, &format!("{called}-{variant}"), table);
                    }
                    _ => desk.left_out(&at, "a variant is a table"),
                }
            }
        }
        for key in table.keys() {
            let at: Vec<&str> = at.iter().copied().chain([key.as_str()]).collect();
            desk.left_out(&at, "of a function only the templates map, as prompts");
        }
    }
}

fn inline(at: &[&str], text: &str) -> Option<ImportedPrompt> {
    let extension = Extension::of(Kind::Prompts, INLINE)?;
    Some(ImportedPrompt {
        source: PromptSource::Text(text.to_owned()),
        extension,
        version: None,
        key: path(at),
    })
}
