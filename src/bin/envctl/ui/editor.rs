//! The user's editor.

use std::fs;
use std::process::Command;

use anyhow::Context;

use crate::error::Failure;
use crate::exit::Exit;
use crate::process::Process;

/// Opens the editor that git would open, and returns what was written.
///
/// # Errors
///
/// When the editor cannot be started, or fails.
pub fn edit(process: &Process, template: &str) -> anyhow::Result<String> {
    // A folder of this user's own, and a name by which editors know what they edit.
    let folder = tempfile::tempdir().context("cannot create a file for the editor")?;
    let file = folder.path().join("COMMIT_EDITMSG");
    fs::write(&file, template).context("cannot create a file for the editor")?;
    let named = ["GIT_EDITOR", "VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| process.variable(name));
    let editor = named.unwrap_or_else(|| "vi".into());
    // Through a shell, as git does: an editor may have arguments.
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg("eval \"$0\" '\"$1\"'")
        .arg(&editor)
        .arg(&file);
    let status = command
        .status()
        .with_context(|| format!("cannot start the editor {}", editor.to_string_lossy()))?;
    if !status.success() {
        let message = format!("the editor {} failed", editor.to_string_lossy());
        return Err(Failure::new(Exit::Error, "editor", message)
            .hint("pass -m WHY")
            .into());
    }
    fs::read_to_string(&file).context("cannot read what was written")
}
