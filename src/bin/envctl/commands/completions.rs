use clap_complete::env::{CompleteEnv, Shells};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;

/// The variable that a shell sets when it asks for completions.
const VARIABLE: &str = "ENVCTL_COMPLETE";

/// Print the script that teaches a shell to complete envctl.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  source <(envctl completions bash)      in ~/.bashrc
  source <(envctl completions zsh)       in ~/.zshrc
  envctl completions fish | source       in ~/.config/fish/config.fish")]
pub struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh.
    shell: String,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    shell: &'a str,
    script: String,
}

/// Answers a shell that asks for completions of the command line, and ends the run; otherwise does nothing.
pub fn answer_shell(line: fn() -> clap::Command) {
    CompleteEnv::with_factory(line).var(VARIABLE).complete();
}

pub fn run(args: &CompletionsArgs, app: &mut App) -> anyhow::Result<Answer> {
    let shells = Shells::builtins();
    let Some(shell) = shells.completer(&args.shell) else {
        let names = shells.names().collect::<Vec<_>>().join(", ");
        let message = format!("no completions for {:?}", args.shell);
        return Err(Failure::new(Exit::Usage, "no-such-shell", message)
            .hint(format!("the shells are {names}"))
            .into());
    };
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "envctl", "envctl", "envctl", &mut script)?;
    let script = String::from_utf8_lossy(&script).into_owned();
    app.answer(script.trim_end());
    Ok(app.done(&Body {
        shell: &args.shell,
        script,
    }))
}
