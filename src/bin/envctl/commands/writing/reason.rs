//! Where the reason of a change comes from if -m does not give it: an editor on a terminal, as for `git commit`.

use envctl::model::Reason;

use super::arguments::WriteArgs;
use crate::app::App;
use crate::error::Failure;
use crate::exit::Exit;
use crate::ui::{Prompting, editor};

/// Succeeds if a reason was given, or opens an editor for it.
///
/// # Errors
///
/// When the reason is missing and there is no terminal to ask on, or the text from the editor is not a valid reason.
pub fn require(app: &mut App, args: &WriteArgs, what: &str) -> anyhow::Result<()> {
    if args.reason().is_some() || ask(app, args, what)? {
        return Ok(());
    }
    let message = format!("{what} requires a reason");
    Err(Failure::new(Exit::Usage, "reason-needed", message)
        .hint("pass -m WHY")
        .into())
}

/// Opens an editor for the reason of a change. Returns `false` if nobody can be asked, or a reason was given.
///
/// # Errors
///
/// When the editor fails, or its text is not a valid reason.
pub fn ask(app: &mut App, args: &WriteArgs, what: &str) -> anyhow::Result<bool> {
    // With an empty -m the user chose to give no reason, so the editor is not opened.
    if args.message.is_some() || app.prompting != Prompting::Allowed {
        return Ok(false);
    }
    let template = format!(
        "\n# {what} requires a reason. Write it above; lines that begin with # are left out,\n# and an empty text ends the command.\n"
    );
    app.output.flush();
    let text = editor::edit(&app.process, &template)?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let text = lines.collect::<Vec<_>>().join("\n");
    if text.trim().is_empty() {
        return Err(Failure::declined().into());
    }
    let reason: Reason = text.parse()?;
    args.give(reason);
    Ok(true)
}
