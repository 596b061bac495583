//! `init --editor`: configures editors and formatters for a project.
//!
//! The schemas are beside the settings, because editors read them as files. None of this is state:
//! it is written to the folder, and the user decides whether to commit it.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use envctl::files::schemas::{self, FileSchema};

use crate::app::App;
use crate::render::{count, json};

/// The folder of the schemas, below the project's folder.
const SCHEMAS: &str = ".envctl/schemas";
/// The folders of versions, which are served byte for byte.
const IMMUTABLE: [&str; 3] = ["prompts", "routing", "providers"];
/// The first line of each file.
const HEAD: &str = "# From `envctl init --editor`. Versions are served byte for byte: no formatter may touch them.\n";

/// A file for an editor: its path below the project's folder, and its text.
struct EditorFile {
    path: String,
    text: String,
    /// Whether only envctl writes it, so that a later run may update it.
    ours: bool,
}

/// Writes the files into `folder` and returns their paths; with `dry_run`, only returns them.
/// Existing settings stay as they are, and their missing lines are printed.
pub fn write(folder: &Path, dry_run: bool, app: &mut App) -> anyhow::Result<Vec<String>> {
    let mut written = Vec::new();
    for file in files()? {
        let path = folder.join(&file.path);
        match fs::read_to_string(&path) {
            Ok(there) if there == file.text => continue,
            Ok(_) if !file.ours => {
                let text = format!(
                    "{} already exists; add these lines to it:\n{}",
                    file.path, file.text
                );
                app.output.warn(text.trim_end());
                continue;
            }
            _ => {}
        }
        if !dry_run {
            let cannot = || format!("cannot write {}", path.display());
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).with_context(cannot)?;
            }
            fs::write(&path, file.text).with_context(cannot)?;
        }
        written.push(file.path);
    }
    let files = count(written.len(), "file");
    match (written.is_empty(), dry_run) {
        (true, _) => app.output.say("editors are already configured"),
        (false, true) => app
            .output
            .say(format!("dry run: {files} for editors would be written")),
        (false, false) => app.output.say(format!(
            "{files} for editors written; to share them, commit them"
        )),
    }
    Ok(written)
}

fn files() -> anyhow::Result<Vec<EditorFile>> {
    let settings = |path: &str, text: String| EditorFile {
        path: path.to_owned(),
        text,
        ours: false,
    };
    let mut files = vec![
        settings(".editorconfig", editorconfig()),
        settings(".prettierignore", prettier()),
        settings(".taplo.toml", taplo()),
        settings("tombi.toml", tombi()),
    ];
    for schema in schemas::ALL {
        files.push(EditorFile {
            path: place(schema),
            text: json::pretty(&schema.schema())? + "\n",
            ours: true,
        });
    }
    Ok(files)
}

/// Returns the path of a schema from the project's folder.
fn place(schema: FileSchema) -> String {
    let name = schema.name.trim_end_matches(".toml");
    format!("{SCHEMAS}/{name}.json")
}

/// Returns a list of patterns in TOML for everything in the folders of versions.
fn immutable() -> String {
    IMMUTABLE
        .map(|folder| format!("\"{folder}/**\""))
        .join(", ")
}

fn taplo() -> String {
    // Arrays stay as they are, with one slug per line, so that two branches merge.
    let mut text = format!(
        "{HEAD}exclude = [{}]\n\n[formatting]\narray_auto_collapse = false\n",
        immutable()
    );
    for schema in schemas::ALL {
        text.push_str(&format!(
            "\n[[rule]]\ninclude = [\"{}\"]\n\n[rule.schema]\npath = \"{}\"\n",
            schema.path,
            place(schema)
        ));
    }
    text
}

fn tombi() -> String {
    let mut text = HEAD.to_owned();
    for schema in schemas::ALL {
        text.push_str(&format!(
            "\n[[schemas]]\npath = \"{}\"\ninclude = [\"{}\"]\n",
            place(schema),
            schema.path
        ));
    }
    text.push_str(&format!(
        "\n[[overrides]]\nfiles.include = [{}]\nformat.enabled = false\n",
        immutable()
    ));
    text
}

fn prettier() -> String {
    let folders = IMMUTABLE.map(|folder| format!("/{folder}/\n")).concat();
    format!("{HEAD}{folders}/.envctl/\n")
}

fn editorconfig() -> String {
    let folders = IMMUTABLE.join(",");
    format!(
        "{HEAD}[*.toml]\nindent_style = space\nindent_size = 2\n\n[{{{folders}}}/**]\ncharset = unset\nend_of_line = unset\n\
         indent_size = unset\nindent_style = unset\ninsert_final_newline = unset\ntrim_trailing_whitespace = unset\n"
    )
}
